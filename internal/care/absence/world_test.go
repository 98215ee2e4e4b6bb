package absence_test

import (
	"io/fs"
	"sync"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/absence"
	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/casefile/casefiletest"
	"github.com/houvast/houvast/internal/care/handoff"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/kittest"
)

var migrations = append(append([]fs.FS{}, casefiletest.Migrations...), handoff.Migrations, absence.Migrations)

// calls counts what was asked of it.
type calls struct {
	mu     sync.Mutex
	passed [][2]string
}

func (c *calls) PassCalls(_ *db.Tx, _, from, to string, _ int) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.passed = append(c.passed, [2]string{from, to})
	return 0, nil
}

// world is a practice with colleagues who stand in for each other.
type world struct {
	*casefiletest.World
	svc   *absence.Service
	calls *calls
	queue *job.Queue
}

func newWorld(t testing.TB, d *kittest.DB) *world {
	t.Helper()
	w := &world{World: casefiletest.New(t, d), calls: &calls{}}
	hand := handoff.New(handoff.Deps{DB: d.DB, Cases: w.Cases, Promises: w.Promises, Teller: w.Teller})
	w.svc = absence.New(absence.Deps{DB: d.DB, Cases: w.Cases, Promises: w.Promises, Teller: w.Teller, Handing: hand, Calls: w.calls, Log: kittest.Log(t)})
	m := absence.Module(w.svc, true)
	var err error
	if w.queue, err = job.NewQueue(d.DB, kittest.Log(t), 1, m.Jobs...); err != nil {
		t.Fatal(err)
	}
	w.Workers = append(append(w.Workers, m.Workers...), w.queue)
	w.Checks = append(w.Checks, m.Checks...)
	return w
}

func databases(t *testing.T, run func(t *testing.T, w *world)) {
	t.Helper()
	kittest.Databases(t, migrations, func(t *testing.T, d *kittest.DB) { run(t, newWorld(t, d)) })
}

// deputy makes one member stand in for another.
func (w *world) deputy(m, d org.Member) {
	w.T.Helper()
	w.Change(w.T, m.ID, org.ChangeMember{Deputy: &d.ID, DeputyAgreed: true})
}

// case of a member, with a promise due at a moment.
func (w *world) open(m org.Member, due time.Time) (casefile.Case, promise.Promise) {
	w.T.Helper()
	c, p, err := w.Cases.Open(casefiletest.Ctx(), w.As(m), casefile.Open{Person: w.Anna.Person.ID, Subject: "Wanneer krijg ik de uitslag?", Channel: "phone",
		Promise: promise.Make{What: "De uitslag van het onderzoek", Due: due, Spoken: true}})
	w.Must(err)
	return c, p
}

// ill arranges an illness from now on, and lets everything come to rest.
func (w *world) ill(who actor.Actor, m org.Member, until time.Time, moves ...absence.Shift) absence.Absence {
	w.T.Helper()
	a, err := w.svc.Confirm(casefiletest.Ctx(), who, absence.Ask{Member: m.ID, Until: until, Moves: moves})
	w.Must(err)
	w.Rest()
	return w.get(a.ID)
}

func (w *world) get(id string) absence.Absence {
	w.T.Helper()
	a, _, err := w.svc.Get(casefiletest.Ctx(), w.Who(), id)
	w.Must(err)
	return a
}

func (w *world) tally(id string) absence.Tally {
	w.T.Helper()
	_, n, err := w.svc.Get(casefiletest.Ctx(), w.Who(), id)
	w.Must(err)
	return n
}

var as = orgtest.As
