package person_test

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/person/persontest"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/ledger"
)

var ctx = context.Background()

var migrations = []fs.FS{auth.Migrations, org.Migrations, person.Migrations}

func databases(t *testing.T, run func(t *testing.T, f persontest.Fixture)) {
	kittest.Databases(t, migrations, func(t *testing.T, d *kittest.DB) {
		run(t, persontest.New(t, orgtest.New(t, d)))
	})
}

func wantType(t *testing.T, err error, typ string) {
	t.Helper()
	if errs.TypeOf(err) != typ || err == nil {
		t.Errorf("got %v, want %s", err, typ)
	}
}

func TestCreate(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		got, err := f.People.Get(ctx, orgtest.As(f.Specialist), f.Anna.Person.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(f.Anna, got); diff != "" {
			t.Error(diff)
		}
		if got.Person.Called() != "Anna" || got.Person.Language != "nl" || got.Person.Kind != person.Human {
			t.Errorf("%+v", got.Person)
		}
		var values []string
		for _, c := range got.Points {
			values = append(values, c.Value)
		}
		if diff := cmp.Diff([]string{"+31612345678", "Anna@example.nl"}, values); diff != "" {
			t.Error(diff)
		}
		for name, c := range map[string]struct {
			in  person.NewPerson
			typ string
		}{
			"nobody":        {person.NewPerson{Name: " "}, "name-missing"},
			"bsn":           {person.NewPerson{Name: "Jan 123456782"}, "bsn-not-kept"},
			"born tomorrow": {person.NewPerson{Name: "Jan", BirthDate: "2026-11-13"}, "birth-date-wrong"},
			"no such day":   {person.NewPerson{Name: "Jan", BirthDate: "2025-02-29"}, "birth-date-wrong"},
			"born company":  {person.NewPerson{Name: "Jan BV", Kind: person.Company, BirthDate: "1999-01-01"}, "company-not-born"},
			"no number":     {person.NewPerson{Name: "Jan", Points: []person.NewPoint{{Kind: person.Phone, Value: "x"}}}, "phone-unreadable"},
			"same twice": {person.NewPerson{Name: "Jan", Points: []person.NewPoint{{Kind: person.Phone, Value: "0612345678"},
				{Kind: person.Phone, Value: "+31612345678"}}}, "contact-point-known"},
		} {
			_, err := f.People.Create(ctx, orgtest.As(f.Desk), c.in)
			if errs.TypeOf(err) != c.typ {
				t.Errorf("%s: %v, want %s", name, err, c.typ)
			}
		}
		_, err = f.People.Create(ctx, actor.Actor{Kind: actor.Customer, Org: f.Org.ID}, person.NewPerson{Name: "X"})
		wantType(t, err, "not-allowed")
	})
}

// TestNamesStayOutOfTheChain: what is chained for ever holds no name, number,
// date or text.
func TestNamesStayOutOfTheChain(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		if _, err := f.People.AddMatter(ctx, orgtest.As(f.Desk), f.Anna.Person.ID, "Hoort slecht links"); err != nil {
			t.Fatal(err)
		}
		if err := f.DB.Read(ctx, func(q db.Q) error {
			facts, err := ledger.OfPerson(q, f.Org.ID, f.Anna.Person.ID, "", 50)
			if err != nil {
				return err
			}
			var kinds []string
			for _, x := range facts {
				kinds = append(kinds, x.Kind)
				for _, secret := range []string{"Anna", "Verhagen", "1984", "345678", "xample", "slecht"} {
					if strings.Contains(x.Raw, secret) {
						t.Errorf("%s tells %q: %s", x.Kind, secret, x.Raw)
					}
				}
			}
			if diff := cmp.Diff([]string{"matter.said", "contact-point.added", "contact-point.added", "person.added"}, kinds); diff != "" {
				t.Error(diff)
			}
			texts, err := ledger.Texts(q, f.Org.ID, []string{facts[0].ID})
			if diff := cmp.Diff(map[string]string{"text": "Hoort slecht links"}, texts[facts[0].ID]); diff != "" {
				t.Error(diff)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestUpdate(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		desk := orgtest.As(f.Desk)
		p, err := f.People.Update(ctx, desk, f.Anna.Person.ID, 1, person.ChangePerson{Name: orgtest.Ptr("Anna de Wit"), CallName: orgtest.Ptr("")})
		if err != nil || p.Called() != "Anna de Wit" || p.Version != 2 {
			t.Fatalf("%+v %v", p, err)
		}
		_, err = f.People.Update(ctx, desk, f.Anna.Person.ID, 1, person.ChangePerson{Name: orgtest.Ptr("X")})
		wantType(t, err, "changed-meanwhile")
		_, err = f.People.Update(ctx, desk, f.Anna.Person.ID, 2, person.ChangePerson{DeceasedAt: orgtest.Ptr(f.DB.Clock.Now().Add(time.Hour))})
		wantType(t, err, "deceased-in-future")
		if got := found(t, f, "wit"); !cmp.Equal(got, []string{"Anna de Wit"}) {
			t.Errorf("by the new name: %v", got)
		}
		if got := found(t, f, "verhagen"); len(got) != 0 {
			t.Errorf("by the old name: %v", got)
		}
		if got := found(t, f, "0612345678"); !cmp.Equal(got, []string{"Anna de Wit"}) {
			t.Errorf("by number: %v", got)
		}
	})
}

func found(t *testing.T, f persontest.Fixture, typed string) (names []string) {
	t.Helper()
	cursor := ""
	for {
		p, err := f.People.List(ctx, orgtest.As(f.Desk), typed, cursor, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range p.Items {
			names = append(names, c.Person.Name)
		}
		if cursor = p.Next; cursor == "" {
			return names
		}
	}
}

func TestFindWhileTyping(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		for _, name := range []string{"Jan Jansen", "Janneke Jansen-Bakker", "Joost van der Meer", "Meerkerk Installatie B.V."} {
			f.AddPerson(t, person.NewPerson{Name: name})
		}
		other := persontest.New(t, orgtest.Named(t, f.DB, "Praktijk Zuid", org.Practice))
		other.AddPerson(t, person.NewPerson{Name: "Jan Jansen van elders"})
		for _, c := range []struct {
			typed string
			want  []string
		}{
			{"jan", []string{"Jan Jansen", "Janneke Jansen-Bakker"}},
			{"JANS", []string{"Jan Jansen", "Janneke Jansen-Bakker"}},
			{"jansen jan", []string{"Jan Jansen", "Janneke Jansen-Bakker"}},
			{"jansen bak", []string{"Janneke Jansen-Bakker"}},
			{"meer", []string{"Joost van der Meer", "Meerkerk Installatie B.V."}},
			{"v d meer", []string{"Joost van der Meer"}},
			{"muller", []string{"Anna Verhagen-Müller", "Els Müller"}},
			{"Müll", []string{"Anna Verhagen-Müller", "Els Müller"}},
			{"06-1234", []string{"Anna Verhagen-Müller"}},
			{"+31612345678", []string{"Anna Verhagen-Müller"}},
			{"anna@ex", []string{"Anna Verhagen-Müller"}},
			{"ELS@EXAMPLE.NL", []string{"Els Müller"}},
			{"2-3-1984", []string{"Anna Verhagen-Müller"}},
			{"ja", nil},
			{"06", nil},
			{"jansen pietersen", nil},
			{"%", nil},
			{"", []string{"Meerkerk Installatie B.V.", "Joost van der Meer", "Janneke Jansen-Bakker", "Jan Jansen", "Els Müller", "Anna Verhagen-Müller"}},
		} {
			if diff := cmp.Diff(c.want, found(t, f, c.typed)); diff != "" {
				t.Errorf("%q:\n%s", c.typed, diff)
			}
		}
		check(t, f.DB, person.CheckFound, 8+1, nil)
	})
}

// TestFindPagesOnce: pages give everybody once, though many have several terms
// that fit.
func TestFindPagesOnce(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		for i := range 25 {
			f.AddPerson(t, person.NewPerson{Name: fmt.Sprintf("Bakker%02d Bakkerij Bak", i%7), CallName: fmt.Sprintf("Baksel%d", i)})
		}
		seen, cursor := map[string]int{}, ""
		for pages := 0; ; pages++ {
			p, err := f.People.List(ctx, orgtest.As(f.Desk), "bak", cursor, 4)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range p.Items {
				seen[c.Person.ID]++
			}
			if cursor = p.Next; cursor == "" {
				if pages != 6 {
					t.Errorf("%d pages", pages+1)
				}
				break
			}
		}
		if len(seen) != 25 {
			t.Errorf("%d of 25 found", len(seen))
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s %d times", id, n)
			}
		}
	})
}

func TestContactPoints(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		desk, anna := orgtest.As(f.Desk), f.Anna.Person.ID
		order := func() (kinds []person.Channel) {
			c, err := f.People.Get(ctx, desk, anna)
			if err != nil {
				t.Fatal(err)
			}
			for i, p := range c.Points {
				if p.Rank != i+1 {
					t.Errorf("%s has rank %d at place %d", p.Kind, p.Rank, i+1)
				}
				kinds = append(kinds, p.Kind)
			}
			return kinds
		}
		post, err := f.People.AddPoint(ctx, desk, anna, person.NewPoint{Kind: person.Post, Value: "Dorpsstraat 1\n1234 AB Dorp", Rank: 1, Refused: true})
		if err != nil || post.Rank != 1 {
			t.Fatalf("%+v %v", post, err)
		}
		if diff := cmp.Diff([]person.Channel{person.Post, person.Phone, person.Email}, order()); diff != "" {
			t.Error(diff)
		}
		mail := f.Anna.Points[1]
		got, err := f.People.UpdatePoint(ctx, desk, mail.ID, mail.Version, person.ChangePoint{Rank: orgtest.Ptr(1), Label: orgtest.Ptr("werk, BSN 123456782")})
		if err != nil || got.Rank != 1 || got.Label != "werk, BSN *********" {
			t.Fatalf("%+v %v", got, err)
		}
		if diff := cmp.Diff([]person.Channel{person.Email, person.Post, person.Phone}, order()); diff != "" {
			t.Error(diff)
		}
		if _, err = f.People.UpdatePoint(ctx, desk, post.ID, post.Version, person.ChangePoint{Rank: orgtest.Ptr(99)}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]person.Channel{person.Email, person.Phone, person.Post}, order()); diff != "" {
			t.Error(diff)
		}
		_, err = f.People.UpdatePoint(ctx, desk, mail.ID, mail.Version, person.ChangePoint{Refused: orgtest.Ptr(true)})
		wantType(t, err, "changed-meanwhile")
		_, err = f.People.AddPoint(ctx, desk, anna, person.NewPoint{Kind: person.Phone, Value: "06-12345678"})
		wantType(t, err, "contact-point-known")
		var week workcal.Week
		week[1] = []workcal.Interval{{From: 700, To: 600}}
		_, err = f.People.UpdatePoint(ctx, desk, mail.ID, got.Version, person.ChangePoint{Hours: &week})
		wantType(t, err, "hours-backwards")
		week[1] = []workcal.Interval{{From: 600, To: 700}}
		got, err = f.People.UpdatePoint(ctx, desk, mail.ID, got.Version, person.ChangePoint{Hours: &week, Verified: orgtest.Ptr(false)})
		if err != nil || got.Hours == nil || !got.VerifiedAt.IsZero() {
			t.Fatalf("%+v %v", got, err)
		}
		got, err = f.People.UpdatePoint(ctx, desk, mail.ID, got.Version, person.ChangePoint{AnyHour: true, Verified: orgtest.Ptr(true)})
		if err != nil || got.Hours != nil || !got.VerifiedAt.Equal(f.DB.Clock.Now()) {
			t.Fatalf("%+v %v", got, err)
		}
		check(t, f.DB, person.CheckRanks, 2, nil)
		plant(t, f.DB, `UPDATE contact_point SET rank = 7 WHERE point_id = $1`, post.ID)
		check(t, f.DB, person.CheckRanks, 2, []string{anna})
	})
}

func TestGiveUpAndWithValue(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		if _, err := f.People.AddPoint(ctx, orgtest.As(f.Desk), f.Mother.Person.ID, person.NewPoint{Kind: person.Phone, Value: "0612345678"}); err != nil {
			t.Fatal(err)
		}
		with := func() (ids []string) {
			if err := f.DB.Read(ctx, func(q db.Q) (err error) { ids, err = person.WithValue(q, f.Org.ID, "+31612345678"); return err }); err != nil {
				t.Fatal(err)
			}
			slices.Sort(ids)
			return ids
		}
		if diff := cmp.Diff([]string{f.Anna.Person.ID, f.Mother.Person.ID}, with()); diff != "" {
			t.Error(diff)
		}
		for range 2 { // the second time changes nothing
			if err := f.DB.Write(ctx, func(tx *db.Tx) error {
				return person.GiveUp(tx, actor.ForSystem(f.Org.ID), f.Anna.Points[0].ID)
			}); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff([]string{f.Mother.Person.ID}, with()); diff != "" {
			t.Error(diff)
		}
		c, err := f.People.Get(ctx, orgtest.As(f.Desk), f.Anna.Person.ID)
		if err != nil || c.Points[0].Usable || c.Points[0].Version != 2 {
			t.Errorf("%+v %v", c.Points[0], err)
		}
	})
}

func TestMatters(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		desk, anna := orgtest.As(f.Desk), f.Anna.Person.ID
		m, err := f.People.AddMatter(ctx, desk, anna, "  Bel niet voor tienen;  BSN 123456782 ")
		if err != nil || m.Text != "Bel niet voor tienen; BSN *********" || m.By != person.ByMember || m.ByMember != f.Desk.ID {
			t.Fatalf("%+v %v", m, err)
		}
		_, err = f.People.AddMatter(ctx, desk, anna, " ")
		wantType(t, err, "matter-length")
		me := actor.Actor{Kind: actor.Customer, Org: f.Org.ID, Person: anna, Confirmed: true}
		own, err := f.People.AddMatter(ctx, me, anna, "Ik hoor slecht")
		if err != nil || own.By != person.BySelf || own.ByMember != "" {
			t.Fatalf("%+v %v", own, err)
		}
		_, err = f.People.AddMatter(ctx, me, f.Mother.Person.ID, "x")
		wantType(t, err, "not-allowed")
		unconfirmed := me
		unconfirmed.Confirmed = false
		_, err = f.People.AddMatter(ctx, unconfirmed, anna, "x")
		wantType(t, err, "not-allowed")
		hers, err := f.People.AddMatter(ctx, desk, f.Mother.Person.ID, "Leest braille")
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.People.EndMatter(ctx, me, hers.ID)
		wantType(t, err, "matter-unknown")
		if ended, err := f.People.EndMatter(ctx, desk, m.ID); err != nil || ended.EndedAt.IsZero() {
			t.Fatalf("%+v %v", ended, err)
		}
		c, err := f.People.Get(ctx, desk, anna)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]person.Matter{own}, c.Matters); diff != "" {
			t.Error(diff)
		}
	})
}

func TestRepresentation(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		desk, anna, mother := orgtest.As(f.Desk), f.Anna.Person.ID, f.Mother.Person.ID
		firm := f.AddPerson(t, person.NewPerson{Name: "Bewind BV", Kind: person.Company}).Person.ID
		set := func(p string, in person.SetRepresentation) error {
			_, err := f.People.Represent(ctx, desk, p, in)
			return err
		}
		wantType(t, set(anna, person.SetRepresentation{By: anna, Basis: person.Partner}), "represents-oneself")
		wantType(t, set(anna, person.SetRepresentation{By: mother, Basis: "friend"}), "basis-unknown")
		wantType(t, set(anna, person.SetRepresentation{By: mother, Basis: person.Mandate}), "mandate-not-seen")
		wantType(t, set(anna, person.SetRepresentation{By: "per_x", Basis: person.Parent}), "person-unknown")
		wantType(t, set("per_x", person.SetRepresentation{By: anna, Basis: person.Parent}), "person-unknown")
		wantType(t, set(anna, person.SetRepresentation{By: firm, Basis: person.Parent}), "basis-of-company")
		reps := func() (out []string) {
			c, err := f.People.Get(ctx, desk, anna)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range c.Representatives {
				out = append(out, r.Name+" "+string(r.Basis)+" "+r.SeenBy)
			}
			return out
		}
		if err := set(anna, person.SetRepresentation{By: mother, Basis: person.Parent}); err != nil {
			t.Fatal(err)
		}
		f.DB.Clock.Advance(time.Minute)
		if err := set(anna, person.SetRepresentation{By: mother, Basis: person.Mandate, Seen: true}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"Els Müller mandate " + f.Desk.ID}, reps()); diff != "" {
			t.Error(diff)
		}
		f.DB.Clock.Advance(time.Minute)
		if err := set(anna, person.SetRepresentation{By: mother, Basis: person.Partner, Until: f.DB.Clock.Now()}); err != nil {
			t.Fatal(err)
		}
		if got := reps(); len(got) != 0 {
			t.Errorf("ended, but %v", got)
		}
	})
}

func TestCards(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		if err := f.DB.Read(ctx, func(q db.Q) error {
			cards, err := person.Cards(q, f.Org.ID, []string{f.Mother.Person.ID, "per_x", f.Anna.Person.ID, f.Anna.Person.ID})
			if diff := cmp.Diff(map[string]person.Card{f.Mother.Person.ID: f.Mother, f.Anna.Person.ID: f.Anna}, cards); diff != "" {
				t.Error(diff)
			}
			if ok, err := person.BirthDateIs(q, f.Org.ID, f.Anna.Person.ID, "1984-03-02"); !ok || err != nil {
				t.Error(ok, err)
			}
			if ok, err := person.BirthDateIs(q, f.Org.ID, f.Anna.Person.ID, ""); ok || err != nil {
				t.Error(ok, err)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func check(t *testing.T, d *kittest.DB, run func(db.Q) (int64, []string, error), rows int64, wrong []string) {
	t.Helper()
	if err := d.Read(ctx, func(q db.Q) error {
		n, list, err := run(q)
		if n != rows || !cmp.Equal(list, wrong) {
			t.Errorf("checked %d rows, wrong %v; want %d, %v", n, list, rows, wrong)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func plant(t *testing.T, d *kittest.DB, text string, args ...any) {
	t.Helper()
	if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(text, args...); return err }); err != nil {
		t.Fatal(err)
	}
}
