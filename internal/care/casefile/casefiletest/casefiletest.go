package casefiletest

import (
	"context"
	"io/fs"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/person/persontest"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/module"
)

// Migrations are the tables of the spine.
var Migrations = []fs.FS{org.Migrations, person.Migrations, signal.Migrations, promise.Migrations, casefile.Migrations}

// Teller records what customers are told, once per intent. It lives beside
// the database, so a closure that runs again finds what it said before.
type Teller struct {
	mu      sync.Mutex
	Said    []promise.Telling
	Nowhere bool            // customers cannot be reached
	Left    map[string]bool // intents of which the message left already
}

// Tell implements promise.Teller.
func (r *Teller) Tell(_ *db.Tx, _ actor.Actor, m promise.Telling) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.Nowhere {
		return "", nil
	}
	for _, old := range r.Said {
		if old.Org == m.Org && old.Intent == m.Intent {
			return "msg_" + m.Intent, nil
		}
	}
	r.Said = append(r.Said, m)
	return "msg_" + m.Intent, nil
}

// Recall takes back what did not leave yet.
func (r *Teller) Recall(_ *db.Tx, _, intent string) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.Left[intent], nil
}

// Of gives what was said with a template.
func (r *Teller) Of(template string) (out []promise.Telling) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.Said {
		if m.Template == template {
			out = append(out, m)
		}
	}
	return out
}

// Elsewhere says that the organisations in it accepted every question.
type Elsewhere map[string]bool

// Accepted implements casefile.Elsewhere.
func (e Elsewhere) Accepted(_ db.Q, _, _, other string) (bool, error) { return e[other], nil }

// World is a practice with customers, and everything that makes cases go on.
type World struct {
	persontest.Fixture
	T         testing.TB
	Cases     *casefile.Service
	Promises  *promise.Service
	Teller    *Teller
	Elsewhere Elsewhere
	Words     *lang.Bundle
	Workers   []job.Worker
	Checks    []module.Check
}

type cases struct{ *casefile.Service }

// New makes a world in a migrated database.
func New(t testing.TB, d *kittest.DB) *World {
	t.Helper()
	w := &World{Fixture: persontest.New(t, orgtest.New(t, d)), T: t, Teller: &Teller{Left: map[string]bool{}}, Elsewhere: Elsewhere{}}
	var err error
	if w.Words, err = lang.Load(lang.Source{FS: promise.Words, Dir: "lang"}, lang.Source{FS: casefile.Words, Dir: "lang"},
		lang.Source{FS: org.Words, Dir: "lang"}, lang.Source{FS: person.Words, Dir: "lang"}, lang.Source{FS: signal.Words, Dir: "lang"}); err != nil {
		t.Fatal(err)
	}
	ref := &cases{}
	w.Promises = promise.New(promise.Deps{DB: d.DB, Cases: ref, Teller: w.Teller, Lang: w.Words})
	w.Cases = casefile.New(casefile.Deps{DB: d.DB, Promises: w.Promises, Teller: w.Teller, Elsewhere: w.Elsewhere, Lang: w.Words})
	ref.Service = w.Cases
	// People leave only as they may in the real house.
	w.Service = org.New(org.Deps{DB: d.DB, Holds: casefile.Rows{}, Signals: signal.Passing{}})
	pm, cm := promise.Module(w.Promises, kittest.Log(t), true), casefile.Module(w.Cases)
	w.Workers = append([]job.Worker{ledger.NewSealer(d.DB), signal.NewWatch(d.DB)}, pm.Workers...)
	for _, f := range pm.Followers {
		w.Workers = append(w.Workers, ledger.Follow(d.DB, f, kittest.Log(t)))
	}
	w.Checks = append(append(w.Checks, pm.Checks...), cm.Checks...)
	return w
}

// Ctx is the context of a test.
func Ctx() context.Context { return context.Background() }

// Must fails the test on an error.
func (w *World) Must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// Refused expects an error of a type.
func (w *World) Refused(err error, typ string) {
	w.T.Helper()
	if errs.TypeOf(err) != typ {
		w.T.Errorf("expected %s, got %v", typ, err)
	}
}

// Now is the time on the world's clock.
func (w *World) Now() time.Time { return w.DB.Clock.Now() }

// Local is a local moment on the day of the world's clock, days later.
func (w *World) Local(days, hour, minute int) time.Time {
	n := w.Now().In(w.Org.Calendar.Location())
	return time.Date(n.Year(), n.Month(), n.Day()+days, hour, minute, 0, 0, n.Location()).UTC()
}

// Rest lets everything come to rest at this moment.
func (w *World) Rest() {
	w.T.Helper()
	w.Must(job.Drain(Ctx(), w.Workers))
}

// Until lets time pass, everything at its own moment.
func (w *World) Until(at time.Time) {
	w.T.Helper()
	for {
		w.Rest()
		next, err := job.NextOf(Ctx(), w.Workers)
		w.Must(err)
		if next.IsZero() || next.After(at) {
			break
		}
		w.DB.Clock.Set(next)
	}
	w.DB.Clock.Set(at)
	w.Rest()
}

// Later is Until after a while.
func (w *World) Later(d time.Duration) {
	w.T.Helper()
	w.Until(w.Now().Add(d))
}

// Who is the member of the desk.
func (w *World) Who() actor.Actor { return orgtest.As(w.Desk) }

// As is a member of the world as somebody who acts.
func (w *World) As(m org.Member) actor.Actor { return orgtest.As(m) }

// Make is a promise that holds, due a while from now.
func (w *World) Make(d time.Duration) promise.Make {
	return promise.Make{What: "De uitslag van het onderzoek", Due: w.Now().Add(d)}
}

// Open opens a case of Anna with a promise.
func (w *World) Open(m promise.Make) (casefile.Case, promise.Promise) {
	w.T.Helper()
	c, p, err := w.Cases.Open(Ctx(), w.Who(), casefile.Open{Person: w.Anna.Person.ID, Subject: "Wanneer krijg ik de uitslag?", Channel: "phone", Promise: m})
	w.Must(err)
	return c, p
}

// Customer is Anna with the link to a case, confirmed.
func (w *World) Customer(c casefile.Case) actor.Actor {
	return actor.Actor{Kind: actor.Customer, Org: c.Org, Person: c.Asker, Question: c.Question, Confirmed: true, Language: "nl"}
}

// Case reads a case.
func (w *World) Case(id string) (c casefile.Case) {
	w.T.Helper()
	w.Read(func(q db.Q) (err error) { c, err = casefile.ByID(q, w.Org.ID, id); return err })
	return c
}

// Promise reads a promise.
func (w *World) Promise(id string) promise.Promise {
	w.T.Helper()
	p, err := w.Promises.Get(Ctx(), w.Who(), id)
	w.Must(err)
	return p
}

// All reads the promises of a case, oldest first.
func (w *World) All(caseID string) (out []promise.Promise) {
	w.T.Helper()
	w.Read(func(q db.Q) (err error) { out, err = promise.OfCase(q, w.Org.ID, caseID); return err })
	return out
}

// OpenOnes are the open promises of a case.
func (w *World) OpenOnes(caseID string) (out []promise.Promise) {
	w.T.Helper()
	for _, p := range w.All(caseID) {
		if p.State == promise.Open {
			out = append(out, p)
		}
	}
	return out
}

// Read reads from the database.
func (w *World) Read(fn func(q db.Q) error) {
	w.T.Helper()
	w.Must(w.DB.Read(Ctx(), fn))
}

// Facts are what happened to a case, oldest first.
func (w *World) Facts(caseID string) (out []ledger.Fact) {
	w.T.Helper()
	w.Read(func(q db.Q) error {
		for before := ""; ; before = out[len(out)-1].ID {
			page, err := ledger.Timeline(q, w.Org.ID, caseID, before, 500)
			if err != nil || len(page) == 0 {
				return err
			}
			out = append(out, page...)
		}
	})
	slices.Reverse(out)
	return out
}

// Signals are the open signals about a case, by kind, with whom they are for.
func (w *World) Signals(caseID string) map[string]string {
	w.T.Helper()
	out := map[string]string{}
	w.Read(func(q db.Q) error {
		list, err := signal.OfCase(q, w.Org.ID, caseID)
		for _, s := range list {
			if s.IsOpen() {
				out[s.Kind] = s.Member
			}
		}
		return err
	})
	return out
}

// Deliver tells that the message about a promise was delivered, as the message
// capability does.
func (w *World) Deliver(p promise.Promise, kind string) {
	w.T.Helper()
	w.Must(w.DB.Write(Ctx(), func(t *db.Tx) error {
		t.Emit(db.Fact{Org: p.Org, Kind: kind, Case: p.Case, Question: p.Question, Person: p.To, By: actor.ForSystem(p.Org),
			Data: map[string]any{"message": p.Message, "promise": p.ID, "channel": "email", "template": "promise-made"}})
		return nil
	}))
}

// Delivered is Deliver of a message that arrived, with everything at rest.
func (w *World) Delivered(p promise.Promise) {
	w.T.Helper()
	w.Deliver(p, fact.MessageDelivered)
	w.Rest()
}

// Sound fails the test when any check of the capabilities finds a violation.
func (w *World) Sound() {
	w.T.Helper()
	for _, c := range w.Checks {
		w.Read(func(q db.Q) error {
			_, wrong, err := c.Run(q)
			for _, v := range wrong {
				w.T.Errorf("invariant %d, %s: %s", c.Invariant, c.Name, v)
			}
			return err
		})
	}
}
