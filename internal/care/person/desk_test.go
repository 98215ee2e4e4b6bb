package person_test

import (
	"flag"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/person/persontest"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
)

var update = flag.Bool("update", false, "write the golden files anew")

func catalogue(t testing.TB) *lang.Bundle {
	t.Helper()
	b, err := lang.Load(append(web.Languages(), auth.Lang, lang.Source{FS: org.Words, Dir: "lang"}, lang.Source{FS: person.Words, Dir: "lang"})...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func fixture(t testing.TB, d *kittest.DB) persontest.Fixture {
	return persontest.New(t, orgtest.New(t, d))
}

func pages(t testing.TB, f persontest.Fixture, language string) *persontest.Desk {
	t.Helper()
	return persontest.Pages(t, f.DB, orgtest.As(f.Desk), f.Org.Calendar.Location(), language, catalogue(t), person.Module(f.People).Desk)
}

func card(t testing.TB, f persontest.Fixture, id string) person.Card {
	t.Helper()
	c, err := f.People.Get(t.Context(), orgtest.As(f.Desk), id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDeskWritesWhatWasTyped(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		d := pages(t, f, "en")
		to := d.Goes(t, "/desk/people/new", "kind", "person", "name", "Sanne de Wit", "call_name", "Sanne", "birth_date", "14-3-1988", "language", "nl", "phone", "06 12340012", "email", "sanne@example.nl")
		d.Shows(t, to, "Sanne de Wit", "Born 14-3-1988", "Seen by 0 colleagues")
		id := strings.TrimPrefix(to, "/desk/people/")
		c := card(t, f, id)
		if c.Person.BirthDate != "1988-03-14" || len(c.Points) != 2 || c.Points[0].Kind != person.Phone || c.Person.Language != "nl" {
			t.Errorf("%+v", c)
		}
		// What is wrong is said where it was typed, and nothing typed is lost.
		d.Again(t, "/desk/people/new", 422, []string{"cannot be a birth date", `value="Henk"`, `value="31-31-1999"`}, "kind", "person", "name", "Henk", "birth_date", "31-31-1999", "language", "nl")
		d.Again(t, "/desk/people/new", 422, []string{"not a phone number", `value="geheim"`}, "kind", "person", "name", "Henk", "language", "nl", "phone", "geheim")

		d.Goes(t, to+"/matters", "text", "Bel me liefst tussen 11:00 en 13:30.")
		d.Again(t, to+"/matters", 422, []string{"at most 500"}, "text", "")
		d.Shows(t, to, "Bel me liefst tussen 11:00 en 13:30.")
		d.Goes(t, to+"/matters/"+card(t, f, id).Matters[0].ID+"/end")
		if page := d.Shows(t, to); strings.Contains(page, "Bel me liefst") {
			t.Error("what matters no more is still there")
		}

		d.Goes(t, to+"/reach", "kind", "post", "value", "Dorpsstraat 1\n1234 AB Dorp", "hours", "")
		d.Again(t, to+"/reach", 422, []string{"zeven uur"}, "kind", "sms", "value", "06 12340013", "hours", "zeven uur")
		c = card(t, f, id)
		mail := c.Points[1]
		d.Goes(t, to+"/reach/"+mail.ID+"/up", "version", "1")
		d.Goes(t, to+"/reach/"+mail.ID, "version", "2", "label", "work", "hours", "11-13:30", "days", "1", "days", "2", "usable", "1", "verified", "1")
		d.Shows(t, to, "11:00–13:30 on Monday and Tuesday", "Confirmed")
		if c = card(t, f, id); c.Points[0].ID != mail.ID || c.Points[0].VerifiedAt.IsZero() || len(c.Points[0].Hours[time.Monday]) != 1 || c.Points[0].Hours[time.Sunday] != nil {
			t.Errorf("%+v", c.Points)
		}
		d.Again(t, to+"/reach/"+mail.ID, 412, []string{"Somebody else changed this", `value="home"`}, "version", "2", "label", "home", "usable", "1")
		d.Goes(t, to+"/reach/"+c.Points[2].ID, "version", "1", "refused", "1", "usable", "1")
		d.Shows(t, to, "is-off", "asked us not to")

		d.Goes(t, to+"/edit", "version", "1", "kind", "person", "name", "Sanne de Wit-Kramer", "birth_date", "14-3-1988", "language", "en")
		d.Again(t, to+"/edit", 412, []string{"Somebody else changed this while you were looking: " + f.Desk.Name + ", ", "What it is now", "<strong>Sanne de Wit-Kramer</strong>",
			`value="Sanne K"`, `name="version" value="2"`}, "version", "1", "kind", "person", "name", "Sanne K", "language", "en")
		if c = card(t, f, id); c.Person.Name != "Sanne de Wit-Kramer" || c.Person.CallName != "" || c.Person.Language != "en" {
			t.Errorf("%+v", c.Person)
		}
	})
}

func TestDeskRecordsWhoSpeaks(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		d := pages(t, f, "en")
		child := f.AddPerson(t, person.NewPerson{Name: "Mila de Wit", BirthDate: f.DB.Clock.Now().AddDate(-4, 0, 0).Format("2006-01-02")})
		to := "/desk/people/" + child.Person.ID
		d.Shows(t, to+"/speak?q=anna", "Anna Verhagen")
		d.Shows(t, to+"/speak?by="+f.Anna.Person.ID, "On what ground?")
		d.Again(t, to+"/speak", 422, []string{"Choose on what ground"}, "by", f.Anna.Person.ID)
		d.Again(t, to+"/speak", 422, []string{"Ask to see the mandate first"}, "by", f.Anna.Person.ID, "basis", "mandate")
		d.Goes(t, to+"/speak", "by", f.Anna.Person.ID, "basis", "parent", "until", f.DB.Clock.Now().AddDate(8, 0, 0).Format("2-1-2006"))
		d.Shows(t, to, "Anna Verhagen", "Parent, until")
		d.Shows(t, "/desk/people/"+f.Anna.Person.ID, "Mila de Wit", "stands by them")
		r := card(t, f, child.Person.ID).Representatives[0]
		if status, _, _ := d.Post(t, "/desk/people/"+f.Mother.Person.ID+"/speak/"+r.ID+"/end"); status != http.StatusNotFound {
			t.Errorf("ended by way of somebody else: %d", status)
		}
		// One that was to last for years ends now.
		d.Goes(t, to+"/speak/"+r.ID+"/end")
		d.Goes(t, to+"/speak/"+r.ID+"/end")
		if c := card(t, f, child.Person.ID); len(c.Representatives) != 0 {
			t.Errorf("still speaks: %+v", c.Representatives)
		}
	})
}

func TestDeskShowsWhoLooked(t *testing.T) {
	f := fixture(t, kittest.SQLite(t, migrations...))
	d := pages(t, f, "en")
	f.DB.Clock.Advance(time.Minute)
	if err := f.DB.Write(t.Context(), func(tx *db.Tx) error {
		return db.Insert(tx, "access_log", auth.Access{Org: f.Org.ID, ID: tx.NewID("acc"), At: tx.Now(), ActorKind: "staff", ActorID: f.Manager.ID, Kind: "person", Record: f.Anna.Person.ID, Request: "r"})
	}); err != nil {
		t.Fatal(err)
	}
	d.Shows(t, "/desk/people/"+f.Anna.Person.ID, "Seen by one colleague")
	d.Shows(t, "/desk/people/"+f.Anna.Person.ID+"/seen", f.Manager.Name, "Manager")
	if len(d.Seen) == 0 || d.Seen[0].ID != f.Anna.Person.ID {
		t.Errorf("looking was not kept: %v", d.Seen)
	}
}

func TestDeskTogether(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		d := pages(t, f, "en")
		anna, mother := "/desk/people/"+f.Anna.Person.ID, f.Mother.Person.ID
		d.Shows(t, anna+"/home?q=els", "Els Müller")
		d.Again(t, anna+"/home", 422, []string{"Choose what the other is at home"}, "other", mother)
		d.Goes(t, anna+"/home", "other", mother, "word", "parent")
		d.Shows(t, anna, "Els Müller", "Parent, since")
		d.Shows(t, "/desk/people/"+mother, "Child, since")
		d.Again(t, anna+"/home/"+mother+"/hide", 422, []string{"why this must stay hidden"}, "why", "")
		d.Goes(t, anna+"/home/"+mother+"/hide", "why", "Geheim adres")
		for _, path := range []string{anna, anna + "/home", anna + "/record", "/desk/people/" + mother + "/record"} {
			if page := d.Shows(t, path); strings.Contains(page, "Parent, since") || strings.Contains(page, "Geheim adres") || strings.Contains(page, "household: Parent") {
				t.Errorf("%s shows what was hidden", path)
			}
		}
		d.Who = orgtest.As(f.Manager)
		d.Who.Language = "en"
		d.Shows(t, anna+"/record", "Geheim adres", "hid for safety")
		d.Shows(t, anna, "Hidden")
		d.Goes(t, anna+"/home/"+mother+"/show")
		d.Goes(t, anna+"/home/"+mother+"/dismiss")

		firm := "/desk/people/" + f.AddPerson(t, person.NewPerson{Name: "Catering Oost", Kind: person.Company}).Person.ID
		d.Shows(t, firm, "Ask who calls")
		d.Goes(t, firm+"/contacts", "other", f.Anna.Person.ID, "function", "Inkoper", "acts", "1")
		d.Shows(t, firm, "Inkoper", "May ask and decide")
		page := d.Shows(t, anna, "Contact person of", "Catering Oost")
		if strings.Contains(page, "household: Parent") {
			t.Error("of what")
		}
		list, err := f.People.ContactsOf(t.Context(), d.Who, f.Anna.Person.ID)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		d.Goes(t, firm+"/contacts/"+list[0].ID+"/end")
		d.Shows(t, firm, "Ask who calls")

		d.Again(t, anna+"/consent", 422, []string{"yes or no"}, "purpose", "sms", "how", "spoken")
		d.Again(t, anna+"/consent", 422, []string{"Choose how you asked"}, "purpose", "sms", "given", "yes")
		d.Goes(t, anna+"/consent", "purpose", "sms", "given", "yes", "how", "spoken")
		d.Goes(t, anna+"/consent", "purpose", "sms", "given", "no", "how", "paper")
		d.Shows(t, anna+"/consent", "on paper", "spoken", "What was said before")

		twin := f.AddPerson(t, person.NewPerson{Name: "A. Verhagen", Points: []person.NewPoint{{Kind: person.SMS, Value: "0612345678"}}}).Person.ID
		d.Shows(t, anna, "Maybe the same", "the same phone number")
		d.Shows(t, "/desk/people/duplicates", "A. Verhagen", "Anna Verhagen-Müller")
		d.Shows(t, anna+"/join/"+twin, "Are these the same?", "Who has seen what?")
		d.Again(t, anna+"/join/"+twin, 422, []string{"Choose under which name", "Ask first"})
		if to := d.Goes(t, anna+"/join/"+twin, "stay", f.Anna.Person.ID, "asked", "1"); to != anna {
			t.Error(to)
		}
		d.Shows(t, anna, "A. Verhagen", "was joined with this customer", "Take apart")
		d.Shows(t, "/desk/people/"+twin, "is the same person as")
		d.Shows(t, anna+"/record", "joined this customer with A. Verhagen")
		if got := found(t, f, "5678"); len(got) != 1 {
			t.Error(got)
		}
		d.Goes(t, "/desk/people/"+twin+"/unjoin")
		d.Shows(t, "/desk/people/duplicates", "Nobody looks doubled")
		d.Goes(t, anna+"/apart", "other", twin, "list", "1")
		if status, _ := d.Get(t, anna+"/join/per_x"); status != http.StatusNotFound {
			t.Error(status)
		}
	})
}

func TestDeskPages(t *testing.T) {
	for _, language := range []string{"en", "nl"} {
		f := fixture(t, kittest.SQLite(t, migrations...))
		d := pages(t, f, language)
		if _, err := f.People.AddMatter(t.Context(), orgtest.As(f.Desk), f.Anna.Person.ID, "Bel me liefst tussen 11:00 en 13:30."); err != nil {
			t.Fatal(err)
		}
		if _, err := f.People.Represent(t.Context(), orgtest.As(f.Desk), f.Anna.Person.ID, person.SetRepresentation{By: f.Mother.Person.ID, Basis: person.Partner}); err != nil {
			t.Fatal(err)
		}
		anna, desk := "/desk/people/"+f.Anna.Person.ID, orgtest.As(f.Desk)
		home := person.NewPoint{Kind: person.Post, Value: "Dorpsstraat 1\n1234 AB Dorp"}
		if _, err := f.People.AddPoint(t.Context(), desk, f.Anna.Person.ID, home); err != nil {
			t.Fatal(err)
		}
		child := f.AddPerson(t, person.NewPerson{Name: "Mila Verhagen", BirthDate: f.DB.Clock.Now().AddDate(-16, 0, 20).Format("2006-01-02"), Points: []person.NewPoint{home}})
		f.AddPerson(t, person.NewPerson{Name: "R. Kramer", Points: []person.NewPoint{home}})
		double := f.AddPerson(t, person.NewPerson{Name: "A. Verhagen", Points: []person.NewPoint{{Kind: person.SMS, Value: "0612345678"}}})
		firm := f.AddPerson(t, person.NewPerson{Name: "Catering Oost BV", Kind: person.Company})
		if _, err := f.People.ConfirmTie(t.Context(), desk, f.Anna.Person.ID, person.SayTie{Other: child.Person.ID, Word: person.TieChild}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.People.AddContact(t.Context(), desk, firm.Person.ID, person.NewContact{Person: f.Anna.Person.ID, Function: "Inkoper", Acts: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.People.SayConsent(t.Context(), desk, f.Anna.Person.ID, person.SayConsent{Purpose: person.BySMS, Given: true, How: "spoken"}); err != nil {
			t.Fatal(err)
		}
		to := func(id string) string { return "/desk/people/" + id }
		for name, path := range map[string]string{
			"home": anna + "/home", "home-who": anna + "/home?with=" + f.Mother.Person.ID, "hide": anna + "/home/" + child.Person.ID + "/hide",
			"child": to(child.Person.ID), "firm": to(firm.Person.ID), "contacts": to(firm.Person.ID) + "/contacts", "contacts-who": to(firm.Person.ID) + "/contacts?with=" + f.Mother.Person.ID,
			"consent": anna + "/consent", "duplicates": "/desk/people/duplicates", "join": anna + "/join/" + double.Person.ID, "record": anna + "/record",
			"list": "/desk/people", "find": "/desk/people?q=verhagen", "none": "/desk/people?q=zzzzz", "short": "/desk/people?q=z", "new": "/desk/people/new",
			"person": anna, "edit": anna + "/edit", "reach": anna + "/reach", "point": anna + "/reach/" + f.Anna.Points[0].ID,
			"speak-who": anna + "/speak?q=muller", "speak": anna + "/speak?by=" + f.Mother.Person.ID, "seen": anna + "/seen",
		} {
			persontest.Golden(t, name+"."+language, d.Shows(t, path), *update)
		}
	}
}
