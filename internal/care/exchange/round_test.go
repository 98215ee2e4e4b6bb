package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/person/persontest"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/web"
)

func (w *world) exported(t testing.TB, how Export) string {
	t.Helper()
	out, err := w.Export(t.Context(), w.who, how, "req_1", w.words(t))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := out.Write(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// told is what is known of customers, without ids and moments.
func told(people map[string]person.Card) map[string]string {
	out := map[string]string{}
	for name, c := range people {
		var points, matters []string
		for _, p := range c.Points {
			points = append(points, fmt.Sprintf("%s %q %v", p.Kind, p.Value, p.Refused))
		}
		for _, m := range c.Matters {
			matters = append(matters, m.Text)
		}
		slices.Sort(points) // the order between channels is kept only as far as the first
		out[name] = fmt.Sprintf("%s %q %s %s %v %q", c.Person.Kind, c.Person.CallName, c.Person.BirthDate, c.Person.Language, points, matters)
	}
	return out
}

// What goes out and comes in again adds nobody where it came from, and the
// same customers elsewhere.
func TestOutAndIn(t *testing.T) {
	kittest.Databases(t, migrations, func(t *testing.T, d *kittest.DB) {
		n := 0
		rapid.Check(t, func(r *rapid.T) {
			n++
			w := &world{Fixture: persontest.Fixture{Fixture: orgtest.Named(t, d, fmt.Sprint("Praktijk ", n), org.Practice), People: person.New(person.Deps{DB: d.DB})}}
			w.Service = New(Deps{DB: d.DB, Seen: func(context.Context, actor.Actor, string, []web.Seen) error { return nil }})
			w.who = orgtest.As(w.Manager)
			names := rapid.SliceOfNDistinct(rapid.StringMatching(`[=+@-]?[A-Zé][a-zë;,"|]{1,8} (de |van der )?[A-Z][a-z"';]{2,8}`), 1, 8, rapid.ID[string]).Draw(r, "names")
			for i, name := range names {
				in := person.NewPerson{Kind: rapid.SampledFrom([]person.Kind{person.Human, person.Company}).Draw(r, "kind"), Name: name,
					Language: rapid.SampledFrom([]string{"nl", "en"}).Draw(r, "language")}
				if in.Kind == person.Human && rapid.Bool().Draw(r, "born") {
					in.BirthDate = fmt.Sprintf("19%02d-%02d-%02d", rapid.IntRange(0, 99).Draw(r, "y"), rapid.IntRange(1, 12).Draw(r, "m"), rapid.IntRange(1, 28).Draw(r, "d"))
				}
				for k := range rapid.IntRange(0, 5).Draw(r, "points") {
					p := rapid.SampledFrom([]person.NewPoint{
						{Kind: person.Phone, Value: fmt.Sprintf("+316%08d", 12345600+10*i+k)}, {Kind: person.Phone, Value: fmt.Sprintf("+4930%06d", 123400+10*i+k)},
						{Kind: person.SMS, Value: fmt.Sprintf("+316%08d", 22345600+10*i+k)}, {Kind: person.Email, Value: fmt.Sprintf("j%d.%d@example.nl", i, k)},
						{Kind: person.Post, Value: fmt.Sprintf("Weg %d, \"%d\"; hoog\n1234 AB Dorp", i, k)}}).Draw(r, "point")
					p.Refused = rapid.Bool().Draw(r, "refused")
					in.Points = append(in.Points, p)
				}
				if c, err := w.People.Create(t.Context(), w.who, in); err != nil {
					r.Fatal(err)
				} else if rapid.Bool().Draw(r, "matter") {
					for _, m := range []string{"=Bel me; niet mailen", "Tweede | \"regel\""} {
						if _, err := w.People.AddMatter(t.Context(), w.who, c.Person.ID, m); err != nil {
							r.Fatal(err)
						}
					}
				}
			}
			how := rapid.SampledFrom([]Export{{Form: CSV, BOM: true}, {Form: CSV, Separator: "comma"}, {Form: CSV, Separator: "tab"}, {Form: VCard}}).Draw(r, "how")
			before := told(w.people(t))
			text := w.exported(t, how)
			i := w.guessed(t, w.upload(t, "x", text))
			if f := i.Forecast(); f.Add != 0 || i.Tally["here:id"] != int64(len(names)) {
				r.Fatalf("would add %+v, %v\n%s", f, i.Tally, text)
			}
			if _, err := w.Confirm(t.Context(), w.who, i.ID, i.Version); errs.TypeOf(err) != "import-nothing" {
				r.Fatal(err)
			}
			// Who is completed with what they have does not change.
			choose := map[Group]Choice{"here:id": Complete}
			if _, err := w.Choose(t.Context(), w.who, i.ID, i.Version, choose); err != nil {
				r.Fatal(err)
			}
			w.confirmed(t, w.import_(t, i.ID))
			if d := cmp.Diff(before, told(w.people(t))); d != "" {
				r.Fatalf("completing changed somebody: %s\n%s", d, text)
			}
			// Elsewhere all of them are added.
			w.Fixture.Fixture = orgtest.Named(t, d, fmt.Sprint("Elders ", n), org.Practice)
			w.who = orgtest.As(w.Manager)
			i = w.confirmed(t, w.guessed(t, w.upload(t, "x", text)))
			if d := cmp.Diff(before, told(w.people(t))); d != "" {
				r.Fatalf("%s %v\n%s\n%s", i.State, i.Tally, d, text)
			}
		})
	})
}

func TestNothingIsComputed(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.AddPerson(t, person.NewPerson{Name: `=HYPERLINK("http://x")`})
		w.AddPerson(t, person.NewPerson{Name: "@SUM Smit", Points: []person.NewPoint{{Kind: person.Phone, Value: "+49 30 123456"}}})
		text := w.exported(t, Export{Form: CSV, BOM: true})
		if !strings.HasPrefix(text, "\uFEFFHouvast-id;") || w.seen != 4 {
			t.Errorf("%.20q, %d in the access log", text, w.seen)
		}
		rows, _ := cut_(t, strings.TrimPrefix(text, "\uFEFF"))
		for _, row := range rows {
			for _, cell := range row {
				if strings.IndexAny(cell, "=+-@") == 0 {
					t.Errorf("a spreadsheet computes %q", cell)
				}
			}
		}
		if _, err := w.Export(t.Context(), orgtest.As(w.Desk), Export{Form: CSV}, "", w.words(t)); errs.ClassOf(err) != errs.Forbidden {
			t.Error("the desk takes everybody out:", err)
		}
	})
}

// A crash in the middle of any step, and two nodes at once, add nobody twice.
func TestNobodyIsAddedTwice(t *testing.T) {
	kittest.Databases(t, migrations, func(t *testing.T, d *kittest.DB) {
		w := newWorld(t, d)
		before := len(w.people(t))
		var b strings.Builder
		b.WriteString("naam;telefoon;geboortedatum\n")
		for n := range 230 {
			fmt.Fprintf(&b, "Klant %d;06%08d;%d-3-1970\n", n, 10000000+n, 13+n%15)
		}
		i := w.guessed(t, w.upload(t, "a.csv", b.String()))
		if _, err := w.Confirm(t.Context(), w.who, i.ID, i.Version); err != nil {
			t.Fatal(err)
		}
		// Each chunk is run a second time from what was seen before it, as a node
		// does that was slow, or that came back after the crash.
		watch := NewWatch(d.DB)
		crash := errors.New("the light went out")
		for range 4 {
			seen := w.import_(t, i.ID)
			// Everything of a chunk is undone when it does not reach its commit.
			if err := watch.step(t.Context(), seen, func(tx *db.Tx, i *Import) error {
				rows, err := rowsAfter(tx, i.Org, i.ID, i.At, 10)
				if err != nil {
					return err
				}
				if err := do(tx, i, rows, day0); err != nil {
					return err
				}
				return crash
			}); !errors.Is(err, crash) {
				t.Fatal(err)
			}
			for range 2 {
				if err := watch.run(t.Context(), seen); err != nil {
					t.Fatal(err)
				}
			}
		}
		if n := len(w.people(t)) - before; n != 4*runChunk {
			t.Fatalf("%d were added in four chunks of %d", n, runChunk)
		}
		other := d.Again(t)
		done := make(chan error, 2)
		for _, x := range []*kittest.DB{d, other} {
			go func() { done <- job.Drain(t.Context(), []job.Worker{NewWatch(x.DB)}) }()
		}
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		i = w.import_(t, i.ID)
		if n := len(w.people(t)) - before; n != 230 || i.State != Done || i.Tally["outcome:added"] != 230 {
			t.Errorf("%d were added: %s %v", n, i.State, i.Tally)
		}
		// The same list once more finds everybody.
		again := w.guessed(t, w.upload(t, "a.csv", b.String()))
		if f := again.Forecast(); f.Add != 0 || f.Skip != 230 {
			t.Errorf("%+v %v", f, again.Tally)
		}
	})
}

// Two lists with the same customers, both looked at before either ran.
func TestMeanwhileSomebodyElse(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		before := len(w.people(t))
		a, b := w.guessed(t, w.upload(t, "a.csv", practice)), w.guessed(t, w.upload(t, "b.csv", practice))
		w.confirmed(t, a)
		b = w.confirmed(t, b)
		if n := len(w.people(t)) - before; n != 2 || b.Tally["outcome:failed"] != 2 {
			t.Errorf("%d were added: %v", n, b.Tally)
		}
	})
}

func TestStopAndGoOn(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		var b strings.Builder
		b.WriteString("naam;telefoon\n")
		for n := range 100 {
			fmt.Fprintf(&b, "Klant %d;06%08d\n", n, 10000000+n)
		}
		before := len(w.people(t))
		i := w.guessed(t, w.upload(t, "a.csv", b.String()))
		if _, err := w.Confirm(t.Context(), w.who, i.ID, i.Version-1); errs.ClassOf(err) != errs.Stale {
			t.Error("confirmed what was not seen:", err)
		}
		if _, err := w.Confirm(t.Context(), w.who, i.ID, i.Version); err != nil {
			t.Fatal(err)
		}
		if _, err := NewWatch(w.Service.DB).Work(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Stop(t.Context(), w.who, i.ID); err != nil {
			t.Fatal(err)
		}
		w.drain(t)
		if n := len(w.people(t)) - before; n != runChunk {
			t.Error(n, "were added before it was stopped")
		}
		if _, err := w.Stop(t.Context(), w.who, i.ID); errs.TypeOf(err) != "import-state" {
			t.Error(err)
		}
		if _, err := w.Continue(t.Context(), w.who, i.ID); err != nil {
			t.Fatal(err)
		}
		w.drain(t)
		if n := len(w.people(t)) - before; n != 100 || w.import_(t, i.ID).State != Done {
			t.Error(n, "were added")
		}
	})
}

func TestChoices(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		text := "naam;geboortedatum;telefoon;e-mail\nAnna Verhagen-Müller;2-3-1984;0699;anna.werk@example.nl\nEls Müller;24-12-1955;010 1234567;\nNieuw Mens;14-3-1999;12;n@example.nl\nNog Een;15-3-1999;;\n"
		i := w.guessed(t, w.upload(t, "a.csv", text))
		if f := i.Forecast(); f != (Forecast{Add: 1, Skip: 3}) {
			t.Errorf("%+v %v", f, i.Tally)
		}
		i, err := w.Choose(ctx, w.who, i.ID, i.Version, map[Group]Choice{"here:name-birth": Complete, "part": Add})
		if err != nil {
			t.Fatal(err)
		}
		if i, err = w.ChooseRow(ctx, w.who, i.ID, 3, Skip); err != nil {
			t.Fatal(err)
		}
		if i, err = w.ChooseRow(ctx, w.who, i.ID, 3, Skip); err != nil || i.Forecast() != (Forecast{Add: 2, Complete: 1, Skip: 1}) {
			t.Errorf("%+v %v %v", i.Forecast(), i.Tally, err)
		}
		if _, err := w.ChooseRow(ctx, w.who, i.ID, 5, Complete); errs.TypeOf(err) != "import-choice-unknown" {
			t.Error(err)
		}
		i = w.confirmed(t, i)
		people := w.people(t)
		if n := len(people["Anna Verhagen-Müller"].Points); n != 3 {
			t.Error("Anna is reached in", n, "ways")
		}
		if n := len(people["Els Müller"].Points); n != 1 {
			t.Error("Els was left out, and is reached in", n, "ways")
		}
		if n := people["Nieuw Mens"]; len(n.Points) != 1 || n.Points[0].Kind != person.Email || people["Nog Een"].Person.ID == "" {
			t.Errorf("%+v", n)
		}
		var b bytes.Buffer
		if err := w.Problems(ctx, w.who, i.ID, w.words(t), &b); err != nil || !strings.Contains(b.String(), "geen telefoonnummer dat je kunt bellen") || strings.Count(b.String(), "\r\n") != 4 {
			t.Error(b.String(), err)
		}
	})
}

// Dates that can be read in two ways are asked, and so is a name.
func TestWhatMustBeAsked(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		i := w.upload(t, "a.csv", "naam;geboren\nJan;2-3-1984\nPiet;4-5-1990\n")
		m := mapping(i)
		m[1].Order = ""
		if _, err := w.Map(t.Context(), w.who, i.ID, i.Version, m); errs.TypeOf(err) != "column-order" {
			t.Error(err)
		}
		if _, err := w.Map(t.Context(), w.who, i.ID, i.Version, []ColumnMapping{{}, {}}); errs.TypeOf(err) != "columns-no-name" {
			t.Error(err)
		}
		if _, err := w.Map(t.Context(), w.who, i.ID, i.Version, []ColumnMapping{{Target: ToName}, {Target: ToName}}); errs.TypeOf(err) != "column-twice" {
			t.Error(err)
		}
		m[1].Order = MonthFirst
		if _, err := w.Map(t.Context(), w.who, i.ID, i.Version, m); err != nil {
			t.Fatal(err)
		}
		w.drain(t)
		w.confirmed(t, w.import_(t, i.ID))
		if got := w.people(t)["Jan"].Person.BirthDate; got != "1984-02-03" {
			t.Error(got)
		}
	})
}

// A father and a son of one name and one address are two; a row that does not
// say when somebody was born may be either.
func TestFatherAndSon(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.AddPerson(t, person.NewPerson{Name: "Jan Bos", BirthDate: "1960-01-02", Points: []person.NewPoint{{Kind: person.Phone, Value: "010 1234567"}}})
		i := w.guessed(t, w.upload(t, "a.csv", "naam;geboortedatum;telefoon\nJan Bos;14-3-1990;010 1234567\nJan Bos;15-3-1992;010 1234567\nJan Bos;14-3-1990;010 1234567\nJan Bos;;010 1234567\n"+
			"Piet Vos;14-3-1961;010 7654321\nPiet Vos;;010 7654321\nEls Vos;;010 7654321\nEls Vos;16-3-1963;010 7654321\n"))
		if f := i.Forecast(); f != (Forecast{Add: 4, Skip: 4}) || i.Tally["list:phone-name"] != 2 || i.Tally["here:phone-name"] != 1 || i.Tally["list:phone-birth"] != 1 {
			t.Errorf("%+v %v", f, i.Tally)
		}
	})
}

// A list that is too large, or that stops half-way, leaves nothing behind.
func TestAListThatBreaksOff(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.Max = 1 << 20
		_, err := w.Upload(t.Context(), w.who, "a.csv", strings.NewReader("naam;tel\n"+strings.Repeat("Jan;06\n", 1<<18)))
		if errs.TypeOf(err) != "import-too-large" {
			t.Error(err)
		}
		_, err = w.Upload(t.Context(), w.who, "a.csv", strings.NewReader("naam;tel\n"+strings.Repeat("Jan;06\n", 1000)+"Piet;\"06"))
		if errs.TypeOf(err) != "import-quote" {
			t.Error(err)
		}
		w.drain(t)
		p, err := w.List(t.Context(), w.who, "", 10)
		if err != nil || len(p.Items) != 2 {
			t.Fatal(p, err)
		}
		for _, i := range p.Items {
			if _, rows, err := w.Rows(t.Context(), w.who, i.ID, Filter{}, "", 1); i.State != Dropped || !i.Cleared || len(rows.Items) != 0 || err != nil {
				t.Errorf("%+v %v", i, err)
			}
		}
	})
}
