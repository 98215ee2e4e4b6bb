package exchange

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/person/persontest"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
)

var migrations = []fs.FS{auth.Migrations, org.Migrations, person.Migrations, Migrations}

// world is a practice that brings its customers.
type world struct {
	persontest.Fixture
	*Service
	who  actor.Actor
	seen int
}

func databases(t *testing.T, run func(t *testing.T, w *world)) {
	t.Helper()
	kittest.Databases(t, migrations, func(t *testing.T, d *kittest.DB) { run(t, newWorld(t, d)) })
}

func newWorld(t testing.TB, d *kittest.DB) *world {
	t.Helper()
	w := &world{Fixture: persontest.New(t, orgtest.New(t, d))}
	w.Service = New(Deps{DB: d.DB, Seen: func(_ context.Context, _ actor.Actor, _ string, what []web.Seen) error {
		w.seen += len(what)
		return nil
	}})
	w.who = orgtest.As(w.Manager)
	return w
}

func (w *world) words(t testing.TB) lang.Printer {
	t.Helper()
	b, err := lang.Load(append(web.Languages(), auth.Lang, lang.Source{FS: org.Words, Dir: "lang"}, lang.Source{FS: person.Words, Dir: "lang"}, lang.Source{FS: Words, Dir: "lang"})...)
	if err != nil {
		t.Fatal(err)
	}
	return b.Printer("nl", nil, w.Fixture.DB.Clock.Now())
}

func (w *world) drain(t testing.TB) {
	t.Helper()
	if err := job.Drain(t.Context(), []job.Worker{NewWatch(w.Service.DB)}); err != nil {
		t.Fatal(err)
	}
}

func (w *world) upload(t testing.TB, name, text string) Import {
	t.Helper()
	i, err := w.Upload(t.Context(), w.who, name, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// guessed takes over what was guessed and runs the dry run.
func (w *world) guessed(t testing.TB, i Import) Import {
	t.Helper()
	i, err := w.Map(t.Context(), w.who, i.ID, i.Version, mapping(i))
	if err != nil {
		t.Fatal(err)
	}
	w.drain(t)
	return w.import_(t, i.ID)
}

func mapping(i Import) (out []ColumnMapping) {
	for _, c := range i.Columns {
		out = append(out, ColumnMapping{c.Target, c.Order})
	}
	return out
}

func (w *world) import_(t testing.TB, id string) Import {
	t.Helper()
	i, err := w.Get(t.Context(), w.who, id)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func (w *world) confirmed(t testing.TB, i Import) Import {
	t.Helper()
	if _, err := w.Confirm(t.Context(), w.who, i.ID, i.Version); err != nil {
		t.Fatal(err)
	}
	w.drain(t)
	return w.import_(t, i.ID)
}

func (w *world) people(t testing.TB) (out map[string]person.Card) {
	t.Helper()
	out = map[string]person.Card{}
	if err := w.Service.DB.Read(t.Context(), func(q db.Q) error {
		for after := ""; ; {
			ids, err := peopleAfter(q, w.Org.ID, after, 200)
			if err != nil || len(ids) == 0 {
				return err
			}
			cards, err := person.Cards(q, w.Org.ID, ids)
			if err != nil {
				return err
			}
			for _, c := range cards {
				out[c.Person.Name] = c
			}
			after = ids[len(ids)-1]
		}
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

const practice = "Klantnr;Voorletters;Voornaam;Tussenvoegsel;Achternaam;Geboortedatum;Telefoon;Mobiel;E-mail;Straat;Huisnummer;Postcode;Plaats;BSN;Opmerking\r\n" +
	"1001;J.;Jan;van der;Berg;14-3-1961;0101234567;06-12345679;jan@example.nl;Dorpsstraat;12 A;1234 AB;Dorp;111222333;Liever 's middags\r\n" +
	"1002;A.;;de;Vries;2-7-1990;;0612345670;;Kerkweg;3;1234AC;Dorp;123456782;\r\n" +
	"1003;;;;;1-1-1970;;;;;;;;;\r\n" +
	"1004;P.;;;Post;31-2-1980;;06 123;p@;;;;;;\r\n" +
	"1005;A.;Anna;;Verhagen-Müller;2-3-1984;;06 12345678;;;;;;;\r\n" +
	"1006;J.;Jan;van der;Berg;14-3-1961;0101234567;;;;;;;;\r\n"

func TestADryRunChangesNothing(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		i := w.upload(t, `C:\lijsten\patienten.csv`, practice)
		if i.State != Mapping || i.Rows != 6 || i.Separator != ";" || i.Encoding != encUTF8 || !i.Head || i.FileName != "patienten.csv" {
			t.Fatalf("%+v", i)
		}
		var got []string
		for _, c := range i.Columns {
			got = append(got, string(c.Target))
		}
		if s := strings.Join(got, " "); s != "number initials first infix last birth phone phone email street house postcode city bsn note" {
			t.Error("taken for", s)
		}
		if c := i.Columns[13]; c.Masked != 2 || len(c.Samples) != 0 {
			t.Errorf("BSN: %+v", c)
		}
		before := len(w.people(t))
		i = w.guessed(t, i)
		if len(w.people(t)) != before {
			t.Error("a dry run added somebody")
		}
		f := i.Forecast()
		if i.State != Checked || f != (Forecast{Add: 2, Skip: 3, Wrong: 1}) {
			t.Errorf("%s %+v %v", i.State, f, i.Tally)
		}
		if n := i.Tally["here:phone-birth"]; n != 1 {
			t.Error("Anna is here already:", i.Tally)
		}
		if n := i.Tally["list:phone-birth"]; n != 1 {
			t.Error("Jan is there twice:", i.Tally)
		}
		i = w.confirmed(t, i)
		if i.State != Done || i.Tally["outcome:added"] != 2 {
			t.Errorf("%s %v", i.State, i.Tally)
		}
		jan := w.people(t)["Jan van der Berg"]
		if jan.Person.BirthDate != "1961-03-14" || jan.Person.CallName != "Jan" || len(jan.Points) != 4 || jan.Points[0].Value != "+31101234567" ||
			jan.Points[3].Value != "Dorpsstraat 12 A\n1234 AB Dorp" || len(jan.Matters) != 1 {
			t.Errorf("%+v", jan)
		}
	})
}

// Whatever an import added goes again, unless it was used.
func TestUndo(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		before := len(w.people(t))
		var b strings.Builder
		b.WriteString("naam,telefoon\n")
		for n := range 70 {
			fmt.Fprintf(&b, "Klant %d,06%08d\n", n, 10000000+n)
		}
		i := w.confirmed(t, w.guessed(t, w.upload(t, "a.csv", b.String())))
		if len(w.people(t)) != before+70 {
			t.Fatal(len(w.people(t)), i.Tally)
		}
		used := w.people(t)["Klant 7"]
		if _, err := w.People.AddMatter(ctx, orgtest.As(w.Desk), used.Person.ID, "Belt liever zelf."); err != nil {
			t.Fatal(err)
		}
		stood := w.people(t)["Klant 9"]
		if _, err := w.People.Represent(ctx, orgtest.As(w.Desk), w.Anna.Person.ID, person.SetRepresentation{By: stood.Person.ID, Basis: person.Partner}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Undo(ctx, w.who, i.ID); err != nil {
			t.Fatal(err)
		}
		w.drain(t)
		i = w.import_(t, i.ID)
		if i.State != Undone || i.Tally["outcome:undone"] != 68 || i.Tally["outcome:kept"] != 2 || len(w.people(t)) != before+2 {
			t.Errorf("%s %v, %d people", i.State, i.Tally, len(w.people(t)))
		}
		if _, p, err := w.Rows(ctx, w.who, i.ID, Filter{Outcome: kept}, "", 10); err != nil || len(p.Items) != 2 || p.Items[0].Person != used.Person.ID {
			t.Error(p, err)
		}
		// What was read is cleared a month later.
		w.Fixture.DB.Clock.Advance(keepRows + later)
		w.drain(t)
		if _, p, err := w.Rows(ctx, w.who, i.ID, Filter{}, "", 10); err != nil || len(p.Items) != 0 || !w.import_(t, i.ID).Cleared {
			t.Error(p, err)
		}
	})
}

func TestOthersFindNothing(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		i := w.upload(t, "a.csv", practice)
		other := orgtest.As(orgtest.Named(t, w.Fixture.DB, "Andere praktijk", org.Practice).Manager)
		ctx := t.Context()
		for name, err := range map[string]error{
			"get":  second(w.Get(ctx, other, i.ID)),
			"map":  second(w.Map(ctx, other, i.ID, i.Version, mapping(i))),
			"drop": second(w.Drop(ctx, other, i.ID)),
			"undo": second(w.Undo(ctx, other, i.ID)),
		} {
			if errs.TypeOf(err) != "import-unknown" {
				t.Error(name, err)
			}
		}
		if _, err := w.Upload(ctx, orgtest.As(w.Desk), "a.csv", strings.NewReader(practice)); errs.ClassOf(err) != errs.Forbidden {
			t.Error("the desk may bring a list:", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }
