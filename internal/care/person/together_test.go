package person_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/person/persontest"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/ledger"
)

func household(t *testing.T, f persontest.Fixture, who actor.Actor, id string) (members, suggested []string) {
	t.Helper()
	h, err := f.People.Household(ctx, who, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range h.Members {
		s := m.Person.Name + " " + string(m.Word)
		if m.Hidden {
			s += " hidden"
		}
		members = append(members, s)
	}
	for _, n := range h.Suggested {
		suggested = append(suggested, fmt.Sprint(n.Person.Name, n.Why))
	}
	return members, suggested
}

func TestHousehold(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		desk, manager := orgtest.As(f.Desk), orgtest.As(f.Manager)
		home := person.NewPoint{Kind: person.Post, Value: "Dorpsstraat 1\n1234 AB Dorp"}
		tim := f.AddPerson(t, person.NewPerson{Name: "Tim de Wit", Points: []person.NewPoint{home, {Kind: person.Phone, Value: "06 11111111"}}}).Person.ID
		mila := f.AddPerson(t, person.NewPerson{Name: "Mila de Wit", Points: []person.NewPoint{{Kind: person.Post, Value: "Dorpsstraat 1, 1234ab Dorp"}, {Kind: person.SMS, Value: "0611111111"}}}).Person.ID
		f.AddPerson(t, person.NewPerson{Name: "De Wit BV", Kind: person.Company, Points: []person.NewPoint{home}})
		members, suggested := household(t, f, desk, mila)
		if diff := cmp.Diff([]string{"Tim de Wit[address phone]"}, suggested); diff != "" || members != nil {
			t.Error(members, diff)
		}
		say := func(who actor.Actor, a, b string, w person.TieWord) error {
			_, err := f.People.ConfirmTie(ctx, who, a, person.SayTie{Other: b, Word: w})
			return err
		}
		wantType(t, say(desk, mila, tim, "cousin"), "tie-word")
		wantType(t, say(desk, mila, mila, person.TiePartner), "tie-oneself")
		wantType(t, say(desk, mila, "per_x", person.TiePartner), "person-unknown")
		wantType(t, say(actor.Actor{Kind: actor.Customer, Org: f.Org.ID, Person: mila, Confirmed: true}, mila, tim, person.TieParent), "not-allowed")
		for range 2 { // the second time changes nothing
			if err := say(desk, mila, tim, person.TieParent); err != nil {
				t.Fatal(err)
			}
		}
		if n := facts(t, f, mila, "household.confirmed"); n != 1 {
			t.Errorf("%d facts", n)
		}
		for id, want := range map[string]string{mila: "Tim de Wit parent", tim: "Mila de Wit child"} {
			members, suggested = household(t, f, desk, id)
			if !cmp.Equal(members, []string{want}) || suggested != nil {
				t.Error(members, suggested)
			}
		}
		_, err := f.People.HideTie(ctx, desk, tim, mila, " ")
		wantType(t, err, "hide-why")
		if _, err := f.People.HideTie(ctx, desk, tim, mila, "Geheim adres na geweld"); err != nil {
			t.Fatal(err)
		}
		members, suggested = household(t, f, desk, mila)
		if members != nil || suggested != nil {
			t.Errorf("hidden, but %v %v", members, suggested)
		}
		members, _ = household(t, f, manager, mila)
		if !cmp.Equal(members, []string{"Tim de Wit parent hidden"}) {
			t.Error(members)
		}
		wantType(t, say(desk, mila, tim, person.TieParent), "tie-not-here")
		_, err = f.People.ShowTie(ctx, desk, mila, tim)
		wantType(t, err, "not-allowed")
		if _, err := f.People.ShowTie(ctx, manager, tim, mila); err != nil {
			t.Fatal(err)
		}
		if members, _ = household(t, f, desk, mila); !cmp.Equal(members, []string{"Tim de Wit parent"}) {
			t.Error(members)
		}
		if _, err := f.People.DismissTie(ctx, desk, mila, tim); err != nil {
			t.Fatal(err)
		}
		if members, suggested = household(t, f, desk, tim); members != nil || suggested != nil {
			t.Errorf("dismissed, but %v %v", members, suggested)
		}
		// What was hidden and never confirmed is not suggested once it is shown.
		_, err = f.People.HideTie(ctx, desk, f.Anna.Person.ID, tim, "Ex")
		if err != nil {
			t.Fatal(err)
		}
		if tie, err := f.People.ShowTie(ctx, manager, f.Anna.Person.ID, tim); err != nil || tie.State != person.TieDismissed {
			t.Errorf("%+v %v", tie, err)
		}
		// Another organisation finds nobody.
		other := persontest.New(t, orgtest.Named(t, f.DB, "Praktijk Zuid", org.Practice))
		_, err = other.People.Household(ctx, orgtest.As(other.Desk), tim)
		wantType(t, err, "person-unknown")
		wantType(t, say(orgtest.As(other.Manager), other.Anna.Person.ID, tim, person.TiePartner), "person-unknown")
		_, err = other.People.HideTie(ctx, orgtest.As(other.Manager), other.Anna.Person.ID, tim, "x")
		wantType(t, err, "person-unknown")
	})
}

func TestManyAtOneAddressAreNoHousehold(t *testing.T) {
	f := fixture(t, kittest.SQLite(t, migrations...))
	var last string
	for i := range 10 {
		last = f.AddPerson(t, person.NewPerson{Name: fmt.Sprintf("Bewoner %c", 'A'+i), Points: []person.NewPoint{{Kind: person.Phone, Value: "020 1234567"}}}).Person.ID
	}
	if _, suggested := household(t, f, orgtest.As(f.Desk), last); suggested != nil {
		t.Errorf("a care home is no household: %v", suggested)
	}
}

func facts(t *testing.T, f persontest.Fixture, id, kind string) (n int) {
	t.Helper()
	if err := f.DB.Read(ctx, func(q db.Q) error {
		list, err := ledger.OfPerson(q, f.Org.ID, id, "", 200)
		for _, x := range list {
			if x.Kind == kind {
				n++
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestCompany(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		desk, anna := orgtest.As(f.Desk), f.Anna.Person.ID
		firm := f.AddPerson(t, person.NewPerson{Name: "Catering Oost BV", Kind: person.Company}).Person.ID
		_, err := f.People.AddContact(ctx, desk, anna, person.NewContact{Person: f.Mother.Person.ID})
		wantType(t, err, "contact-of-person")
		_, err = f.People.AddContact(ctx, desk, firm, person.NewContact{Person: firm})
		wantType(t, err, "contact-is-company")
		c, err := f.People.AddContact(ctx, desk, firm, person.NewContact{Person: anna, Function: "Inkoper", Acts: true})
		if err != nil {
			t.Fatal(err)
		}
		again, err := f.People.AddContact(ctx, desk, firm, person.NewContact{Person: anna, Function: "Hoofd inkoop", Acts: true})
		if err != nil || again.ID != c.ID || again.Function != "Hoofd inkoop" {
			t.Fatalf("%+v %v", again, err)
		}
		for id, want := range map[string]string{firm: "Anna Verhagen-Müller", anna: "Catering Oost BV"} {
			list, err := f.People.ContactsOf(ctx, desk, id)
			if err != nil || len(list) != 1 || list[0].Other.Name != want || !list[0].Acts || list[0].Function != "Hoofd inkoop" {
				t.Errorf("%+v %v", list, err)
			}
		}
		may := func() (ok bool) {
			if err := f.DB.Read(ctx, func(q db.Q) (err error) { ok, err = person.MaySpeak(q, f.Org.ID, firm, anna); return err }); err != nil {
				t.Fatal(err)
			}
			return ok
		}
		if !may() {
			t.Error("who acts for a company may speak for it")
		}
		_, err = f.People.Represent(ctx, desk, f.Mother.Person.ID, person.SetRepresentation{By: anna, Basis: person.Employee})
		wantType(t, err, "basis-for-company")
		_, err = f.People.Represent(ctx, desk, firm, person.SetRepresentation{By: anna, Basis: person.Parent})
		wantType(t, err, "basis-for-company")
		f.DB.Clock.Advance(time.Minute)
		for range 2 {
			if _, err := f.People.EndContact(ctx, desk, c.ID); err != nil {
				t.Fatal(err)
			}
		}
		if list, err := f.People.ContactsOf(ctx, desk, anna); err != nil || len(list) != 0 || may() {
			t.Errorf("ended, but %+v %v", list, err)
		}
		other := persontest.New(t, orgtest.Named(t, f.DB, "Praktijk Zuid", org.Practice))
		_, err = other.People.EndContact(ctx, orgtest.As(other.Desk), c.ID)
		wantType(t, err, "contact-person-unknown")
	})
}

func TestConsent(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		desk, anna := orgtest.As(f.Desk), f.Anna.Person.ID
		agreed := func(p person.Purpose) (ok bool) {
			if err := f.DB.Read(ctx, func(q db.Q) (err error) { ok, err = person.Agreed(q, f.Org.ID, anna, p); return err }); err != nil {
				t.Fatal(err)
			}
			return ok
		}
		for _, p := range person.Purposes {
			if agreed(p) {
				t.Errorf("%s is agreed to, though nobody asked", p)
			}
		}
		say := func(who actor.Actor, in person.SayConsent) error {
			_, err := f.People.SayConsent(ctx, who, anna, in)
			f.DB.Clock.Advance(time.Minute)
			return err
		}
		wantType(t, say(desk, person.SayConsent{Purpose: "cookies", Given: true, How: "spoken"}), "purpose-unknown")
		wantType(t, say(desk, person.SayConsent{Purpose: person.BySMS, Given: true}), "how-unknown")
		wantType(t, say(desk, person.SayConsent{Purpose: person.BySMS, Given: true, How: "spoken", By: f.Mother.Person.ID}), "may-not-agree")
		for range 2 {
			if err := say(desk, person.SayConsent{Purpose: person.BySMS, Given: true, How: "spoken"}); err != nil {
				t.Fatal(err)
			}
		}
		me := actor.Actor{Kind: actor.Customer, Org: f.Org.ID, Person: anna, Confirmed: true}
		if err := say(me, person.SayConsent{Purpose: person.Surveys, Given: true, How: "page"}); err != nil {
			t.Fatal(err)
		}
		if !agreed(person.BySMS) || !agreed(person.Surveys) || agreed(person.News) {
			t.Error("what was said is not so")
		}
		if err := say(desk, person.SayConsent{Purpose: person.BySMS, How: "paper"}); err != nil {
			t.Fatal(err)
		}
		if agreed(person.BySMS) {
			t.Error("taken back, but still agreed to")
		}
		list, err := f.People.ConsentsOf(ctx, desk, anna)
		var got []string
		for _, c := range list {
			got = append(got, fmt.Sprint(c.Purpose, c.Given, c.How, c.ByMember == f.Desk.ID))
		}
		if diff := cmp.Diff([]string{"smsfalsepapertrue", "surveytruepagefalse", "smstruespokentrue"}, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
		other := persontest.New(t, orgtest.Named(t, f.DB, "Praktijk Zuid", org.Practice))
		_, err = other.People.ConsentsOf(ctx, orgtest.As(other.Desk), anna)
		wantType(t, err, "person-unknown")
		_, err = other.People.SayConsent(ctx, orgtest.As(other.Desk), anna, person.SayConsent{Purpose: person.BySMS, Given: true, How: "spoken"})
		wantType(t, err, "person-unknown")
	})
}

func TestAuthorityAndAges(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		desk := orgtest.As(f.Desk)
		child := f.AddPerson(t, person.NewPerson{Name: "Jet", BirthDate: f.DB.Clock.Now().AddDate(-13, 0, 0).Format("2006-01-02")}).Person.ID
		may := func() (ok bool) {
			if err := f.DB.Read(ctx, func(q db.Q) (err error) {
				ok, err = person.MaySpeak(q, f.Org.ID, child, f.Anna.Person.ID)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return ok
		}
		for _, c := range []struct {
			authority person.Authority
			want      bool
		}{{"", true}, {person.Sole, true}, {person.NoSay, false}, {person.Joint, true}} {
			if _, err := f.People.Represent(ctx, desk, child, person.SetRepresentation{By: f.Anna.Person.ID, Basis: person.Parent, Authority: c.authority}); err != nil {
				t.Fatal(err)
			}
			f.DB.Clock.Advance(time.Minute)
			if may() != c.want {
				t.Errorf("%q: %v", c.authority, !c.want)
			}
		}
		_, err := f.People.Represent(ctx, desk, child, person.SetRepresentation{By: f.Anna.Person.ID, Basis: person.Parent, Authority: "half"})
		wantType(t, err, "authority-unknown")
		settings := f.Org.Settings
		settings.ChildDecides = 13
		if _, err := org.New(org.Deps{DB: f.DB.DB}).Update(ctx, orgtest.As(f.Administrator), f.Org.Version, org.ChangeOrganisation{Settings: &settings}); err != nil {
			t.Fatal(err)
		}
		if may() {
			t.Error("where 13 decides a parent of 13 does not speak")
		}
	})
}

// doubles are the pairs that are suggested, as names.
func doubles(t *testing.T, f persontest.Fixture) (out []string) {
	t.Helper()
	cursor := ""
	for {
		p, err := f.People.Duplicates(ctx, orgtest.As(f.Desk), cursor, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range p.Items {
			out = append(out, x.One.Name+" = "+x.Two.Name+" "+x.Why)
		}
		if cursor = p.Next; cursor == "" {
			return out
		}
	}
}

func TestDuplicates(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		desk := orgtest.As(f.Desk)
		sanne := f.AddPerson(t, person.NewPerson{Name: "Sanne de Wit", BirthDate: "1988-03-14", Points: []person.NewPoint{{Kind: person.Phone, Value: "0612340012"}}})
		again := f.AddPerson(t, person.NewPerson{Name: "S. de Wit-Kramer", BirthDate: "1988-03-14", Points: []person.NewPoint{{Kind: person.SMS, Value: "06 12340012"}}})
		f.AddPerson(t, person.NewPerson{Name: "Mila de Wit", BirthDate: "2022-01-01", Points: []person.NewPoint{{Kind: person.Phone, Value: "0612340012"}}})
		f.AddPerson(t, person.NewPerson{Name: "Mike de Wit", BirthDate: "2022-01-01"}) // twins
		f.AddPerson(t, person.NewPerson{Name: "Meerkerk Installatie B.V.", Kind: person.Company})
		f.AddPerson(t, person.NewPerson{Name: "Meerkerk Installatie", Kind: person.Company})
		swapped := f.AddPerson(t, person.NewPerson{Name: "Anna Verhagen", BirthDate: "1984-02-03"})
		want := []string{"Anna Verhagen-Müller = Anna Verhagen birth-date", "Meerkerk Installatie B.V. = Meerkerk Installatie name", "Sanne de Wit = S. de Wit-Kramer birth-date phone"}
		if diff := cmp.Diff(want, doubles(t, f)); diff != "" {
			t.Error(diff)
		}
		// What is so no more is forgotten, what comes to be so is found.
		if _, err := f.People.Update(ctx, desk, swapped.Person.ID, 1, person.ChangePerson{BirthDate: orgtest.Ptr("1990-02-03")}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want[1:], doubles(t, f)); diff != "" {
			t.Error(diff)
		}
		if _, err := f.People.AddPoint(ctx, desk, swapped.Person.ID, person.NewPoint{Kind: person.Email, Value: "Anna@example.NL"}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want[1:], doubles(t, f)); diff != "" {
			t.Error("born on other days:", diff)
		}
		// "They are two" is remembered, also when something changes.
		for range 2 {
			if err := f.People.KeepApart(ctx, desk, again.Person.ID, sanne.Person.ID); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.People.Update(ctx, desk, again.Person.ID, 1, person.ChangePerson{CallName: orgtest.Ptr("Sanne")}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want[1:2], doubles(t, f)); diff != "" {
			t.Error(diff)
		}
		if n := facts(t, f, sanne.Person.ID, "person.apart"); n != 1 {
			t.Errorf("%d facts", n)
		}
		// A father and son of one name and number live together, and are two.
		father := f.AddPerson(t, person.NewPerson{Name: "Jan Jansen", Points: []person.NewPoint{{Kind: person.Phone, Value: "0612340099"}}})
		son := f.AddPerson(t, person.NewPerson{Name: "Jan Jansen", Points: []person.NewPoint{{Kind: person.Phone, Value: "0612340099"}}})
		if got := doubles(t, f); len(got) != 2 {
			t.Error(got)
		}
		if _, err := f.People.ConfirmTie(ctx, desk, father.Person.ID, person.SayTie{Other: son.Person.ID, Word: person.TieChild}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.People.Update(ctx, desk, son.Person.ID, 1, person.ChangePerson{CallName: orgtest.Ptr("Jantje")}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want[1:2], doubles(t, f)); diff != "" {
			t.Error(diff)
		}
		other := persontest.New(t, orgtest.Named(t, f.DB, "Praktijk Zuid", org.Practice))
		if got := doubles(t, other); got != nil {
			t.Errorf("of another organisation: %v", got)
		}
		wantType(t, other.People.KeepApart(ctx, orgtest.As(other.Desk), sanne.Person.ID, again.Person.ID), "person-unknown")
	})
}

// revoked remembers whose links ended.
type revoked struct{ of []string }

func (r *revoked) RevokeOf(_ *db.Tx, _ actor.Actor, _, person string) error {
	if !slices.Contains(r.of, person) {
		r.of = append(r.of, person)
	}
	return nil
}

func TestMerge(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		desk, anna := orgtest.As(f.Desk), f.Anna.Person.ID
		links := &revoked{}
		f.People.Links = links
		dup := f.AddPerson(t, person.NewPerson{Name: "A. Müller", Points: []person.NewPoint{{Kind: person.Phone, Value: "0612345678", Refused: true}, {Kind: person.Email, Value: "werk@example.nl"}}}).Person.ID
		if _, err := f.People.AddMatter(ctx, desk, dup, "Leest braille"); err != nil {
			t.Fatal(err)
		}
		if _, err := f.People.Represent(ctx, desk, f.Mother.Person.ID, person.SetRepresentation{By: dup, Basis: person.Mandate, Seen: true}); err != nil {
			t.Fatal(err)
		}
		if err := f.DB.Write(ctx, func(tx *db.Tx) error {
			return db.Insert(tx, "access_log", auth.Access{Org: f.Org.ID, ID: tx.NewID("acl"), At: tx.Now(), ActorKind: "staff", ActorID: f.Specialist.ID, Kind: "person", Record: dup, Request: "r"})
		}); err != nil {
			t.Fatal(err)
		}
		before := card(t, f, anna)
		j, err := f.People.Preview(ctx, desk, dup, anna)
		if err != nil || len(j.FromSaw) != 1 || j.FromSaw[0].ID != f.Specialist.ID || len(j.IntoSaw) != 0 {
			t.Fatalf("%+v %v", j, err)
		}
		if _, err := f.People.Merge(ctx, desk, dup, anna); err != nil {
			t.Fatal(err)
		}
		got := card(t, f, anna)
		var points []string
		for _, p := range got.Points {
			points = append(points, fmt.Sprintf("%s %d %v", p.Value, p.Rank, p.Refused))
		}
		if diff := cmp.Diff([]string{"+31612345678 1 true", "Anna@example.nl 2 false", "werk@example.nl 3 false"}, points); diff != "" {
			t.Error(diff)
		}
		if len(got.Matters) != 1 || got.Matters[0].Text != "Leest braille" {
			t.Error(got.Matters)
		}
		mother := card(t, f, f.Mother.Person.ID)
		if len(mother.Representatives) != 1 || mother.Representatives[0].By != anna || mother.Representatives[0].Name != "Anna Verhagen-Müller" {
			t.Error(mother.Representatives)
		}
		for typed, want := range map[string][]string{"werk@ex": {"Anna Verhagen-Müller"}, "a muller": {"Anna Verhagen-Müller"}, "verhagen": {"Anna Verhagen-Müller"}} {
			if got := found(t, f, typed); !cmp.Equal(got, want) {
				t.Errorf("%s: %v", typed, got)
			}
		}
		slices.Sort(links.of)
		if diff := cmp.Diff([]string{anna, dup}, links.of); diff != "" {
			t.Errorf("links that ended:\n%s", diff)
		}
		// New things go to who is used; the row that was merged does not change.
		if m, err := f.People.AddMatter(ctx, desk, dup, "Nieuw"); err != nil || m.Person != anna {
			t.Errorf("%+v %v", m, err)
		}
		if p, err := f.People.AddPoint(ctx, desk, dup, person.NewPoint{Kind: person.Phone, Value: "0687654321"}); err != nil || p.Person != anna {
			t.Errorf("%+v %v", p, err)
		}
		_, err = f.People.Update(ctx, desk, dup, 2, person.ChangePerson{Name: orgtest.Ptr("X")})
		wantType(t, err, "person-merged")
		if facts(t, f, anna, "person.merged") != 1 || facts(t, f, dup, "person.merged") != 1 {
			t.Error("both records tell of it once")
		}
		_, err = f.People.Unmerge(ctx, desk, anna)
		wantType(t, err, "not-merged")
		if _, err := f.People.Unmerge(ctx, desk, dup); err != nil {
			t.Fatal(err)
		}
		after := card(t, f, anna)
		if len(after.Points) != len(before.Points)+1 || after.Points[0].Refused || len(after.Matters) != 1 || after.Matters[0].Text != "Nieuw" {
			t.Errorf("%+v", after)
		}
		if got := found(t, f, "werk@ex"); !cmp.Equal(got, []string{"A. Müller"}) {
			t.Error(got)
		}
		if got := doubles(t, f); got != nil {
			t.Errorf("suggested again: %v", got)
		}
		other := persontest.New(t, orgtest.Named(t, f.DB, "Praktijk Zuid", org.Practice))
		_, err = other.People.Merge(ctx, orgtest.As(other.Desk), dup, anna)
		wantType(t, err, "person-unknown")
		_, err = other.People.Merge(ctx, orgtest.As(other.Desk), other.Anna.Person.ID, anna)
		wantType(t, err, "person-unknown")
		_, err = f.People.Merge(ctx, actor.Actor{Kind: actor.Customer, Org: f.Org.ID, Person: anna, Confirmed: true}, dup, anna)
		wantType(t, err, "not-allowed")
	})
}

func TestMergeRefusesChainsAndCircles(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		desk := orgtest.As(f.Desk)
		var ids []string
		for i := range 4 {
			ids = append(ids, f.AddPerson(t, person.NewPerson{Name: fmt.Sprintf("Een %c", 'a'+i)}).Person.ID)
		}
		firm := f.AddPerson(t, person.NewPerson{Name: "Firma", Kind: person.Company}).Person.ID
		merge := func(a, b string) error { _, err := f.People.Merge(ctx, desk, a, b); return err }
		wantType(t, merge(ids[0], ids[0]), "merge-oneself")
		wantType(t, merge(ids[0], firm), "merge-kinds")
		wantType(t, merge(ids[0], "per_x"), "person-unknown")
		if err := merge(ids[0], ids[1]); err != nil {
			t.Fatal(err)
		}
		wantType(t, merge(ids[0], ids[2]), "merge-already")
		wantType(t, merge(ids[2], ids[0]), "merge-into-merged")
		wantType(t, merge(ids[1], ids[0]), "merge-into-merged")
		wantType(t, merge(ids[1], ids[2]), "merge-chain")
		if err := merge(ids[2], ids[1]); err != nil {
			t.Fatal(err)
		}
		check(t, f.DB, person.CheckMerged, 2, nil)
		plant(t, f.DB, `UPDATE person SET merged_into = $1 WHERE person_id = $2`, ids[3], ids[1])
		check(t, f.DB, person.CheckMerged, 3, []string{ids[0], ids[1], ids[2]})
	})
}

// TestTwoMergesAtOnce: of merges that would make a chain or a circle, or merge
// somebody twice, one is done.
func TestTwoMergesAtOnce(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		desk := orgtest.As(f.Desk)
		for round := range 8 {
			var ids []string
			for i := range 3 {
				ids = append(ids, f.AddPerson(t, person.NewPerson{Name: fmt.Sprintf("Ronde%d %c", round, 'a'+i)}).Person.ID)
			}
			for _, both := range [][2][2]string{{{ids[0], ids[1]}, {ids[1], ids[2]}}, {{ids[0], ids[1]}, {ids[1], ids[0]}}, {{ids[0], ids[1]}, {ids[0], ids[2]}}} {
				var wait sync.WaitGroup
				failed := make([]error, 2)
				for i, m := range both {
					wait.Go(func() { _, failed[i] = f.People.Merge(ctx, desk, m[0], m[1]) })
				}
				wait.Wait()
				if (failed[0] == nil) == (failed[1] == nil) {
					t.Errorf("%v: %v, %v", both, failed[0], failed[1])
				}
				for _, err := range failed {
					if err != nil && errs.ClassOf(err) != errs.Conflict {
						t.Error(err)
					}
				}
				for _, id := range ids {
					if _, err := f.People.Unmerge(ctx, desk, id); err != nil && errs.TypeOf(err) != "not-merged" {
						t.Error(err)
					}
				}
			}
		}
	})
}

// TestNothingIsLostOrDoubled: whatever is merged and unmerged in whatever
// order, everybody who is used shows every matter and number of theirs once,
// is found, and is the same customer as whom they were merged with.
func TestNothingIsLostOrDoubled(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		desk := orgtest.As(f.Desk)
		round := 0
		rapid.Check(t, func(r *rapid.T) {
			round++
			const people = 5
			ids, matters, numbers := make([]string, people), map[string]string{}, map[string]string{}
			for i := range people {
				number := fmt.Sprintf("+316%04d%04d", 1000+round, i)
				c, err := f.People.Create(ctx, desk, person.NewPerson{Name: fmt.Sprintf("Klant%d %c", round, 'a'+i), Points: []person.NewPoint{{Kind: person.Phone, Value: number}}})
				if err != nil {
					r.Fatal(err)
				}
				ids[i] = c.Person.ID
				m, err := f.People.AddMatter(ctx, desk, ids[i], fmt.Sprint("matter ", i))
				if err != nil {
					r.Fatal(err)
				}
				matters[m.ID], numbers[number] = ids[i], ids[i]
			}
			into := map[string]string{}
			live := func(id string) string {
				if to := into[id]; to != "" {
					return to
				}
				return id
			}
			for range rapid.IntRange(1, 8).Draw(r, "steps") {
				a := rapid.SampledFrom(ids).Draw(r, "a")
				b := rapid.SampledFrom(ids).Draw(r, "b")
				switch rapid.IntRange(0, 3).Draw(r, "what") {
				case 0, 1:
					_, err := f.People.Merge(ctx, desk, a, b)
					free := a != b && into[a] == "" && into[b] == "" && !slices.Contains(slices.Collect(maps.Values(into)), a)
					if (err == nil) != free {
						r.Fatalf("merge %s into %s: %v", a, b, err)
					}
					if free {
						into[a] = b
					}
				case 2:
					_, err := f.People.Unmerge(ctx, desk, a)
					if (err == nil) != (into[a] != "") {
						r.Fatalf("unmerge %s: %v", a, err)
					}
					delete(into, a)
				case 3:
					m, err := f.People.AddMatter(ctx, desk, a, "more")
					if err != nil || m.Person != live(a) {
						r.Fatalf("%+v %v", m, err)
					}
					matters[m.ID] = live(a)
				}
				if err := f.DB.Read(ctx, func(q db.Q) error {
					cards, err := person.Cards(q, f.Org.ID, ids)
					if err != nil {
						return err
					}
					for _, id := range ids {
						wantMatters, wantNumbers := map[string]int{}, map[string]int{}
						for m, of := range matters {
							if live(of) == live(id) {
								wantMatters[m] = 1
							}
						}
						for n, of := range numbers {
							if live(of) == live(id) {
								wantNumbers[n] = 1
							}
						}
						gotMatters, gotNumbers := map[string]int{}, map[string]int{}
						for _, m := range cards[id].Matters {
							gotMatters[m.ID]++
						}
						for _, p := range cards[id].Points {
							gotNumbers[p.Value]++
						}
						if !maps.Equal(wantMatters, gotMatters) || !maps.Equal(wantNumbers, gotNumbers) {
							return fmt.Errorf("%s shows %v %v, want %v %v", id, gotMatters, gotNumbers, wantMatters, wantNumbers)
						}
						same, err := person.Same(q, f.Org.ID, id)
						if err != nil {
							return err
						}
						if same[0] != live(id) || !slices.Contains(same, id) || len(same) != len(wantNumbers) {
							return fmt.Errorf("%s is the same as %v", id, same)
						}
					}
					for n, of := range numbers {
						p, err := person.Find(q, f.Org.ID, n, "", 10)
						if err != nil || len(p.Items) != 1 || p.Items[0].Person.ID != live(of) {
							return errors.Join(err, fmt.Errorf("%s finds %d, not only %s", n, len(p.Items), live(of)))
						}
					}
					return nil
				}); err != nil {
					r.Fatal(err)
				}
			}
		})
	})
}
