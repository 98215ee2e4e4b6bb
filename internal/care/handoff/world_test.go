package handoff_test

import (
	"context"
	"io/fs"
	"sync"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/handoff"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/ledger"
)

var migrations = []fs.FS{org.Migrations, person.Migrations, signal.Migrations, promise.Migrations, casefile.Migrations, handoff.Migrations}

// both runs a test on every database.
func both(t *testing.T, run func(t *testing.T, w *world)) {
	kittest.Databases(t, migrations, func(t *testing.T, d *kittest.DB) { run(t, newWorld(t, d, false)) })
}

// teller records what customers are told, once per intent.
type teller struct {
	mu   sync.Mutex
	said []promise.Telling
}

// Tell implements promise.Teller.
func (r *teller) Tell(t *db.Tx, _ actor.Actor, m promise.Telling) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, old := range r.said {
		if old.Org == m.Org && old.Intent == m.Intent {
			return "msg_" + m.Intent, nil
		}
	}
	r.said = append(r.said, m)
	return "msg_" + m.Intent, nil
}

// count says how often a template was used at an organisation.
func (r *teller) count(org, template string) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.said {
		if m.Org == org && m.Template == template {
			n++
		}
	}
	return n
}

type cases struct{ *casefile.Service }

// world is a GP and two hospitals with everything that makes them work.
type world struct {
	t          *testing.T
	d          *kittest.DB
	ctx        context.Context
	gp, h1, h2 orgtest.Fixture
	teller     *teller
	svc        *handoff.Service
	cases      *casefile.Service
	promises   *promise.Service
	people     *person.Service
	workers    []job.Worker
	girl, mum  person.Card
	mod        []ledger.Follower
}

func words(t testing.TB) *lang.Bundle {
	t.Helper()
	b, err := lang.Load(lang.Source{FS: promise.Words, Dir: "lang"}, lang.Source{FS: casefile.Words, Dir: "lang"},
		lang.Source{FS: org.Words, Dir: "lang"}, lang.Source{FS: person.Words, Dir: "lang"}, lang.Source{FS: signal.Words, Dir: "lang"},
		lang.Source{FS: handoff.Words, Dir: "lang"})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newWorld(t *testing.T, d *kittest.DB, bare bool) *world {
	t.Helper()
	w := &world{t: t, d: d, ctx: context.Background(), teller: &teller{}}
	b := words(t)
	ref := &cases{}
	w.promises = promise.New(promise.Deps{DB: d.DB, Cases: ref, Teller: w.teller, Lang: b})
	w.cases = casefile.New(casefile.Deps{DB: d.DB, Promises: w.promises, Teller: w.teller, Elsewhere: handoff.Elsewhere{}, Lang: b, Bare: bare})
	ref.Service = w.cases
	w.svc = handoff.New(handoff.Deps{DB: d.DB, Cases: w.cases, Promises: w.promises, Teller: w.teller, Bare: bare})
	w.people = person.New(person.Deps{DB: d.DB})
	w.mod = w.svc.Followers()
	w.workers = []job.Worker{ledger.NewSealer(d.DB)}
	for _, f := range w.mod {
		w.workers = append(w.workers, ledger.Follow(d.DB, f, kittest.Log(t)))
	}
	if m := handoff.Module(w.svc, kittest.Log(t)); !bare {
		w.workers = append(w.workers, m.Workers...)
	}
	w.gp = orgtest.Named(t, d, "Huisartsenpraktijk De Linde", org.Practice)
	w.h1 = orgtest.Named(t, d, "Ziekenhuis Een", org.Hospital)
	w.h2 = orgtest.Named(t, d, "Ziekenhuis Twee", org.Hospital)
	w.girl, w.mum = w.family(w.gp)
	w.rest()
	return w
}

// family are a daughter and her mother, who speaks for her.
func (w *world) family(f orgtest.Fixture) (girl, mum person.Card) {
	w.t.Helper()
	add := func(in person.NewPerson) person.Card {
		c, err := w.people.Create(w.ctx, orgtest.As(f.Desk), in)
		w.must(err)
		return c
	}
	girl = add(person.NewPerson{Name: "Fleur Jansen", BirthDate: "2014-06-01"})
	mum = add(person.NewPerson{Name: "Iris Jansen", BirthDate: "1980-02-02", Points: []person.NewPoint{{Kind: person.Email, Value: "iris@example.nl"}}})
	_, err := w.people.Represent(w.ctx, orgtest.As(f.Desk), girl.Person.ID, person.SetRepresentation{By: mum.Person.ID, Basis: person.Parent})
	w.must(err)
	_, err = w.people.AddMatter(w.ctx, orgtest.As(f.Desk), girl.Person.ID, "Vertel Fleur zelf ook wat er gaat gebeuren.")
	w.must(err)
	return girl, mum
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// rest lets everything come to rest at this moment.
func (w *world) rest() {
	w.t.Helper()
	w.must(job.Drain(w.ctx, w.workers))
}

// later lets time pass, everything at its own moment.
func (w *world) later(d time.Duration) {
	w.t.Helper()
	w.rest()
	end := w.d.Clock.Now().Add(d)
	for {
		next, err := job.NextOf(w.ctx, w.workers)
		w.must(err)
		if next.IsZero() || next.After(end) {
			break
		}
		w.d.Clock.Set(next)
		w.rest()
	}
	w.d.Clock.Set(end)
	w.rest()
}

// soon is tomorrow at four, when everybody is open.
func (w *world) soon() time.Time {
	at := w.d.Clock.Now().In(orgtest.Hours().Location())
	due := time.Date(at.Year(), at.Month(), at.Day()+1, 16, 0, 0, 0, at.Location())
	for due.Weekday() == time.Saturday || due.Weekday() == time.Sunday {
		due = due.AddDate(0, 0, 1)
	}
	return due.UTC()
}

func (w *world) make() promise.Make {
	return promise.Make{What: "wat de kinderneuroloog ervan vindt", Due: w.soon()}
}

// open opens the daughter's case at the GP, asked by her mother.
func (w *world) open() casefile.Case {
	w.t.Helper()
	c, _, err := w.cases.Open(w.ctx, orgtest.As(w.gp.Desk), casefile.Open{Person: w.girl.Person.ID, Asker: w.mum.Person.ID,
		Subject: "De hoofdpijn wordt erger", Channel: "phone", Promise: w.make()})
	w.must(err)
	return c
}

func (w *world) caseOf(c casefile.Case) casefile.Case {
	w.t.Helper()
	w.read(func(q db.Q) (err error) { c, err = casefile.ByID(q, c.Org, c.ID); return err })
	return c
}

// at gives the case of a question at an organisation.
func (w *world) at(f orgtest.Fixture, question string) (c casefile.Case, ok bool) {
	w.t.Helper()
	w.read(func(q db.Q) (err error) { c, ok, err = casefile.ByQuestion(q, f.Org.ID, question); return err })
	return c, ok
}

func (w *world) read(fn func(q db.Q) error) {
	w.t.Helper()
	w.must(w.d.Read(w.ctx, fn))
}

// refer asks another organisation for the case, and lets it be delivered.
func (w *world) refer(c casefile.Case, to orgtest.Fixture) handoff.Referral {
	w.t.Helper()
	r, _, err := w.svc.Refer(w.ctx, orgtest.As(w.gp.Desk), handoff.Refer{Case: c.ID, To: to.Org.ID, Note: "Migraine sinds de zomer."})
	w.must(err)
	w.rest()
	return r
}

func (w *world) row(f orgtest.Fixture, id string) handoff.Referral {
	w.t.Helper()
	r, _, err := w.svc.GetReferral(w.ctx, orgtest.As(f.Desk), id)
	w.must(err)
	return r
}

func (w *world) papers(f orgtest.Fixture, id string) (kinds []string) {
	w.t.Helper()
	_, papers, err := w.svc.GetReferral(w.ctx, orgtest.As(f.Desk), id)
	w.must(err)
	for _, p := range papers {
		kinds = append(kinds, p.Kind)
	}
	return kinds
}

// signals gives the open signals of a kind at an organisation.
func (w *world) signals(f orgtest.Fixture, kind string) (out []signal.Signal) {
	w.t.Helper()
	w.read(func(q db.Q) error {
		p, err := signal.Open(q, f.Org.ID, "", "", 200)
		for _, s := range p.Items {
			if s.Kind == kind {
				out = append(out, s)
			}
		}
		return err
	})
	return out
}

// facts counts the facts of a kind in an organisation.
func (w *world) facts(f orgtest.Fixture, kind string) (n int) {
	w.t.Helper()
	w.read(func(q db.Q) error {
		list, err := ledger.Feed(q, 0, 100_000)
		for _, x := range list {
			if x.Org == f.Org.ID && x.Kind == kind {
				n++
			}
		}
		return err
	})
	return n
}

// checked runs the checks of a replay: none may find anything.
func (w *world) checked() {
	w.t.Helper()
	for _, err := range w.violations() {
		w.t.Error(err)
	}
}

func (w *world) violations() (out []string) {
	w.t.Helper()
	w.read(func(q db.Q) error {
		for _, c := range handoff.Module(w.svc, nil).Checks {
			_, bad, err := c.Run(q)
			if err != nil {
				return err
			}
			for _, b := range bad {
				out = append(out, c.Name+": "+b)
			}
		}
		return nil
	})
	return out
}

func is[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
