package intake_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/casefile/casefiletest"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/intake"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
)

var tables = append(append([]fs.FS{auth.Migrations, web.Migrations}, casefiletest.Migrations...), intake.Migrations)

// front is a practice whose phone rings.
type front struct {
	*casefiletest.World
	Calls *intake.Service
	words *lang.Bundle
}

func catalogue(t testing.TB) *lang.Bundle {
	t.Helper()
	at := "lang"
	b, err := lang.Load(append(web.Languages(), auth.Lang, lang.Source{FS: org.Words, Dir: at}, lang.Source{FS: person.Words, Dir: at},
		lang.Source{FS: signal.Words, Dir: at}, lang.Source{FS: promise.Words, Dir: at}, lang.Source{FS: casefile.Words, Dir: at},
		lang.Source{FS: intake.Words, Dir: at})...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newFront(t testing.TB, d *kittest.DB) *front {
	t.Helper()
	f := &front{World: casefiletest.New(t, d), words: catalogue(t)}
	f.Calls = intake.New(intake.Deps{DB: d.DB, Cases: f.Cases, Promises: f.Promises, Lang: f.words})
	f.Checks = append(f.Checks, intake.Module(f.Calls).Checks...)
	return f
}

func both(t *testing.T, run func(t *testing.T, f *front)) {
	kittest.Databases(t, tables, func(t *testing.T, d *kittest.DB) {
		f := newFront(t, d)
		run(t, f)
		f.Rest()
		f.Sound()
	})
}

func (f *front) due(d time.Duration) promise.Make {
	return promise.Make{Due: f.Now().Add(d), Spoken: true}
}

func (f *front) anna() intake.Party { return intake.Party{Person: f.Anna.Person.ID} }

func (f *front) save(t testing.TB, in intake.Call) intake.Outcome {
	t.Helper()
	if in.Channel == "" {
		in.Channel = "phone"
	}
	out, err := f.Calls.Save(t.Context(), f.Who(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (f *front) kinds(caseID string) (out []string) {
	for _, x := range f.Facts(caseID) {
		out = append(out, x.Kind)
	}
	return out
}

// contacts are the contact moments of a case, newest first.
func (f *front) contacts(t testing.TB, caseID string) (out []casefile.Contact) {
	t.Helper()
	f.Read(func(q db.Q) (err error) { out, err = casefile.Contacts(q, f.Org.ID, caseID, 20); return err })
	return out
}

func TestHelpedAtOnce(t *testing.T) {
	both(t, func(t *testing.T, f *front) {
		out := f.save(t, intake.Call{Caller: f.anna(), Subject: "Zijn jullie vrijdag open?", End: intake.Helped, Answer: "Ja, van 8 tot 17."})
		c := f.Case(out.Case.ID)
		if !c.Closed() || c.CloseReason != casefile.Agreed || c.Owner != f.Desk.ID || c.OpenPromises != 0 {
			t.Errorf("the case: %+v", c)
		}
		all := f.All(c.ID)
		if len(all) != 1 || all[0].State != promise.Kept || all[0].Told != promise.Spoken || !all[0].EndedAt.Equal(all[0].MadeAt) {
			t.Errorf("its promises: %+v", all)
		}
		if m := f.contacts(t, c.ID); len(m) != 1 || m[0].Direction != casefile.In || m[0].Said != "Zijn jullie vrijdag open?" {
			t.Errorf("contact moments: %+v", m)
		}
		f.Rest()
		want := []string{fact.CaseOpened, fact.ContactLogged, fact.PromiseMade, fact.PromiseKept, fact.CaseClosed}
		if got := f.kinds(c.ID); !slices.Equal(got, want) {
			t.Errorf("facts: %v", got)
		}
		if len(f.Teller.Said) != 0 {
			t.Errorf("said to somebody who heard it: %+v", f.Teller.Said)
		}
		// Her page is intact: what happened is there, and she opens it again.
		v, err := f.Cases.GetQuestion(t.Context(), f.Customer(c))
		if err != nil || len(v.Steps) == 0 || v.Holder.Case.ID != c.ID {
			t.Errorf("her page: %+v, %v", v, err)
		}
		f.Must(f.Cases.NotSolved(t.Context(), f.Customer(c), c.ID, "Vrijdag is het Koningsdag"))
		if c = f.Case(c.ID); c.Closed() || c.OpenPromises != 1 {
			t.Errorf("not solved after all: %+v", c)
		}
	})
}

func TestHelpedAtOnceInWritingToo(t *testing.T) {
	both(t, func(t *testing.T, f *front) {
		f.save(t, intake.Call{Caller: f.anna(), Subject: "Hoe bewaar ik de zalf?", End: intake.Helped, Answer: "In de koelkast.", Written: true})
		said := f.Teller.Of("promise-kept")
		if len(said) != 1 || said[0].Person != f.Anna.Person.ID || said[0].Params["note"] != "In de koelkast." {
			t.Errorf("said: %+v", f.Teller.Said)
		}
	})
}

func TestBecomesAQuestion(t *testing.T) {
	both(t, func(t *testing.T, f *front) {
		out := f.save(t, intake.Call{Caller: intake.Party{Name: "Sanne de Wit", Phone: "06 12345679"}, Subject: "Wie maakt de afspraak?", End: intake.Question,
			Promise: f.due(3 * time.Hour), Owner: f.Team.ID})
		c := f.Case(out.Case.ID)
		if c.Closed() || c.Team != f.Team.ID || c.Owner != f.Desk.ID || c.Asker != out.Caller {
			t.Errorf("the case: %+v", c)
		}
		if p := f.OpenOnes(c.ID); len(p) != 1 || p[0].What != "het antwoord op uw vraag" || p[0].Told != promise.Spoken {
			t.Errorf("its promise: %+v", p)
		}
		f.Read(func(q db.Q) error {
			points, err := person.Points(q, f.Org.ID, out.Caller)
			if len(points) != 1 || points[0].Value != "+31612345679" {
				t.Errorf("how she is reached: %+v", points)
			}
			return err
		})
	})
}

// What is wrong is said at once, under the names of the inputs, and nothing of
// the call is kept: no customer, no case.
func TestRefusedAsAWhole(t *testing.T) {
	both(t, func(t *testing.T, f *front) {
		count := func() (n int64) {
			f.Read(func(q db.Q) (err error) {
				n, err = db.Get[int64](q, `SELECT COUNT(*) FROM person WHERE org_id = $1`, f.Org.ID)
				return err
			})
			return n
		}
		before := count()
		fresh := intake.Party{Name: "Iemand Nieuw", Phone: "06 12345670"}
		for typ, in := range map[string]intake.Call{
			"caller-missing":     {Subject: "Iets", Channel: "phone", End: intake.Helped, Answer: "Zo"},
			"answer-missing":     {Caller: fresh, Subject: "Iets", Channel: "phone", End: intake.Helped},
			"ending-missing":     {Caller: fresh, Subject: "Iets", Channel: "phone"},
			"subject-missing":    {Caller: fresh, Channel: "phone", End: intake.Helped, Answer: "Zo"},
			"unknown-channel":    {Caller: fresh, Subject: "Iets", Channel: "duif", End: intake.Helped, Answer: "Zo"},
			"time-missing":       {Caller: fresh, Subject: "Iets", Channel: "phone", End: intake.Question},
			"time-outside-hours": {Caller: fresh, Subject: "Iets", Channel: "phone", End: intake.Question, Promise: promise.Make{Due: f.Local(1, 3, 0)}},
			"phone-unreadable":   {Caller: intake.Party{Name: "Iemand", Phone: "tien"}, Subject: "Iets", Channel: "phone", End: intake.Helped, Answer: "Zo"},
			"invalid-input":      {Channel: "phone"},
			"person-unknown":     {Caller: intake.Party{Person: "per_06gwy8nj81sg717ykmbmebyrz8"}, Subject: "Iets", Channel: "phone", End: intake.Helped, Answer: "Zo"},
			"red-flag-unasked":   {Caller: fresh, Subject: "Pijn op de borst", Channel: "phone", End: intake.Helped, Answer: "Rust nemen"},
		} {
			_, err := f.Calls.Save(t.Context(), f.Who(), in)
			f.Refused(err, typ)
		}
		if n := count(); n != before {
			t.Errorf("%d customers were added by calls that were refused", n-before)
		}
		if n := f.openCount(t); n != 0 {
			t.Errorf("%d cases", n)
		}
	})
}

func (f *front) openCount(t testing.TB) (n int64) {
	t.Helper()
	f.Read(func(q db.Q) (err error) { n, err = casefile.OpenCount(q, f.Org.ID, ""); return err })
	return n
}

func TestAskedAndNotUrgent(t *testing.T) {
	both(t, func(t *testing.T, f *front) {
		in := intake.Call{Caller: f.anna(), Subject: "Al weken pijn op de borst bij het hoesten", End: intake.Question, Promise: f.due(2 * time.Hour), Asked: []string{"chest-pain"}}
		out := f.save(t, in)
		if !slices.Equal(out.Flags, []string{"chest-pain"}) || out.Case.Urgent {
			t.Errorf("%+v", out)
		}
		f.Rest()
		if !slices.Contains(f.kinds(out.Case.ID), fact.UrgencyAsked) {
			t.Error("it is not recorded that somebody asked")
		}
	})
}

// An unknown caller is a customer without a name, is told by voice only, and is
// recognised later.
func TestUnknownCaller(t *testing.T) {
	both(t, func(t *testing.T, f *front) {
		out := f.save(t, intake.Call{Caller: intake.Party{Anonymous: true}, Subject: "Hoe werkt het klachtrecht?", End: intake.Question, Promise: promise.Make{Due: f.Now().Add(2 * time.Hour)}})
		other := f.save(t, intake.Call{Caller: intake.Party{Anonymous: true}, Subject: "Waar kan ik parkeren?", End: intake.Helped, Answer: "Achter het gebouw."})
		if out.Caller == other.Caller {
			t.Error("two unknown callers became one")
		}
		f.Read(func(q db.Q) error {
			p, err := person.ByID(q, f.Org.ID, out.Caller)
			if !strings.HasPrefix(p.Name, "Onbekende beller") || p.BirthDate != "" {
				t.Errorf("what is kept of them: %+v", p)
			}
			return err
		})
		if p := f.OpenOnes(out.Case.ID); len(p) != 1 || p[0].Told != promise.Spoken || len(f.Teller.Said) != 0 {
			t.Errorf("promised: %+v, said %v", p, f.Teller.Said)
		}
		f.Rest()
		c, err := f.Calls.NameCaller(t.Context(), f.Who(), out.Case.ID, f.anna())
		f.Must(err)
		if c.Person != f.Anna.Person.ID || c.Asker != f.Anna.Person.ID || f.OpenOnes(c.ID)[0].To != f.Anna.Person.ID {
			t.Errorf("after recognising: %+v", c)
		}
		if m := f.contacts(t, c.ID); m[0].Person != f.Anna.Person.ID {
			t.Errorf("contact moment: %+v", m)
		}
		f.Rest()
		if !slices.Contains(f.kinds(c.ID), fact.CaseCaller) {
			t.Error("it is not recorded who it was")
		}
		_, err = f.Calls.NameCaller(t.Context(), f.Who(), c.ID, f.anna())
		f.Refused(err, "caller-known")
		_, err = f.Calls.NameCaller(t.Context(), f.Who(), other.Case.ID, intake.Party{Anonymous: true})
		f.Refused(err, "caller-missing")
	})
}

func TestOnSomebodysBehalf(t *testing.T) {
	both(t, func(t *testing.T, f *front) {
		child := &intake.Party{Name: "Mila Verhagen", BirthDate: "2022-05-01"}
		in := intake.Call{Caller: f.anna(), About: child, Basis: person.Parent, Subject: "Mila hoest al een week", End: intake.Helped, Answer: "Kom vanmiddag langs."}
		out := f.save(t, in)
		if out.Placed || out.Case.Asker != f.Anna.Person.ID || out.Case.Person == f.Anna.Person.ID {
			t.Errorf("a mother for her child: %+v", out)
		}
		// The second time it is known.
		again := f.save(t, intake.Call{Caller: f.anna(), About: &intake.Party{Person: out.Case.Person}, Subject: "En haar zusje?", End: intake.Question, Promise: f.due(time.Hour)})
		if again.Placed || again.Case.Person != out.Case.Person {
			t.Errorf("the second time: %+v", again)
		}
		// A mandate needs proof that was seen.
		_, err := f.Calls.Save(t.Context(), f.Who(), intake.Call{Caller: f.anna(), About: &intake.Party{Person: f.Mother.Person.ID}, Basis: person.Mandate,
			Subject: "De uitslag van mijn moeder", Channel: "phone", End: intake.Question, Promise: f.due(time.Hour)})
		f.Refused(err, "mandate-not-seen")
	})
}

// Another organisation places a question for somebody new: who need not phone,
// is told, and is the only one who can agree (decision 12).
func TestPlacedByAnotherOrganisation(t *testing.T) {
	both(t, func(t *testing.T, f *front) {
		in := intake.Call{Caller: intake.Party{Name: "Tandartspraktijk Zuid", Phone: "020 1234567", Company: true}, About: &intake.Party{Name: "Bo Jansen", Email: "bo@example.nl"},
			Channel: "phone", Subject: "Bo is toe aan een beugel", End: intake.Question, Promise: f.due(4 * time.Hour)}
		out := f.save(t, in)
		if !out.Placed || out.Case.Asker != out.Case.Person || out.Case.Asker == out.Caller {
			t.Errorf("placed: %+v", out)
		}
		p := f.OpenOnes(out.Case.ID)[0]
		if p.To != out.Case.Person || p.Told != promise.Sent || len(f.Teller.Of("promise-made")) != 1 {
			t.Errorf("who is told: %+v, %+v", p, f.Teller.Said)
		}
		if m := f.contacts(t, out.Case.ID); m[0].Person != out.Caller {
			t.Errorf("who brought it: %+v", m)
		}
		in.End, in.Answer = intake.Helped, "We bellen hem."
		in.About, in.Caller = &intake.Party{Person: out.Case.Person}, intake.Party{Person: out.Caller}
		_, err := f.Calls.Save(t.Context(), f.Who(), in)
		f.Refused(err, "not-theirs-to-agree")
	})
}

func TestAboutAnOpenCase(t *testing.T) {
	both(t, func(t *testing.T, f *front) {
		c, p := f.Open(f.Make(5 * time.Hour))
		call := intake.Call{Caller: f.anna(), Case: c.ID, Subject: "Hoe staat het ermee?", End: intake.Question}

		call.Stays = true
		out := f.save(t, call)
		if out.Case.ID != c.ID || len(f.All(c.ID)) != 1 || len(f.contacts(t, c.ID)) != 2 {
			t.Errorf("what was promised stands: %+v, %d contacts", f.All(c.ID), len(f.contacts(t, c.ID)))
		}
		call.Stays, call.Promise = false, f.due(3*time.Hour)
		out = f.save(t, call)
		if got := f.Promise(p.ID); got.State != promise.Renegotiated || out.Promise.Predecessor != p.ID {
			t.Errorf("a new time: %+v, then %+v", got, out.Promise)
		}
		call.End, call.Answer = intake.Helped, "De uitslag is goed."
		out = f.save(t, call)
		if !out.Case.Closed() || out.Case.CloseReason != casefile.Agreed || out.Promise.State != promise.Kept {
			t.Errorf("answered: %+v", out)
		}
		_, err := f.Calls.Save(t.Context(), f.Who(), intake.Call{Caller: f.anna(), Channel: "phone", Case: c.ID, Subject: "Nog iets", End: intake.Helped, Answer: "Zo"})
		f.Refused(err, "case-closed")
		mother, _, err := f.Cases.Open(t.Context(), f.Who(), casefile.Open{Person: f.Mother.Person.ID, Subject: "Van haar", Channel: "phone", Promise: f.Make(time.Hour)})
		f.Must(err)
		_, err = f.Calls.Save(t.Context(), f.Who(), intake.Call{Caller: f.anna(), Channel: "phone", Case: mother.ID, Subject: "Wat heeft zij?", End: intake.Question, Stays: true})
		f.Refused(err, "may-not-speak")
	})
}

// Somebody who phones about a case that is about to close is not content: it
// goes on.
func TestAboutACaseThatCloses(t *testing.T) {
	both(t, func(t *testing.T, f *front) {
		c, p := f.Open(f.Make(5 * time.Hour))
		_, err := f.Cases.AskClose(t.Context(), f.Who(), c.ID, "")
		f.Must(err)
		_, err = f.Promises.Keep(t.Context(), f.Who(), p.ID, promise.Keep{Spoken: true, Note: "Goed"})
		f.Must(err)
		out := f.save(t, intake.Call{Caller: f.anna(), Case: c.ID, Subject: "Het is toch niet goed", End: intake.Question, Promise: f.due(2 * time.Hour)})
		open := f.OpenOnes(c.ID)
		if len(open) != 1 || open[0].Kind == promise.Closing || out.Promise.ID != open[0].ID {
			t.Errorf("open promises: %+v", open)
		}
	})
}

func TestOtherOrganisationsDoNotExist(t *testing.T) {
	both(t, func(t *testing.T, f *front) {
		c, _ := f.Open(f.Make(5 * time.Hour))
		other := orgtest.Named(t, f.DB, "Een andere praktijk", org.Practice)
		who := orgtest.As(other.Desk)
		_, err := f.Calls.Save(t.Context(), who, intake.Call{Caller: f.anna(), Channel: "phone", Subject: "x y z", End: intake.Helped, Answer: "zo"})
		f.Refused(err, "person-unknown")
		_, err = f.Calls.Save(t.Context(), who, intake.Call{Caller: intake.Party{Anonymous: true}, Case: c.ID, Channel: "phone", Subject: "x y z", End: intake.Helped, Answer: "zo"})
		f.Refused(err, "case-not-found")
		_, err = f.Calls.Urgent(t.Context(), who, intake.Urgent{Case: c.ID})
		f.Refused(err, "case-not-found")
		_, err = f.Calls.NameCaller(t.Context(), who, c.ID, intake.Party{Name: "Iemand"})
		f.Refused(err, "case-not-found")
		_, err = f.Calls.Save(t.Context(), actor.Actor{Kind: actor.Customer, Org: f.Org.ID}, intake.Call{})
		f.Refused(err, "not-allowed")
	})
}

// facts reads the facts of an organisation that are about no case.
func (f *front) has(t testing.TB, kind string) (n int64) {
	t.Helper()
	f.Read(func(q db.Q) (err error) {
		n, err = db.Get[int64](q, `SELECT COUNT(*) FROM fact WHERE org_id = $1 AND kind = $2`, f.Org.ID, kind)
		return err
	})
	return n
}
