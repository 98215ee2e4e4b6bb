package signal

import (
	"context"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
)

// batch bounds how many signals go on in one transaction.
const batch = 100

// Watch gives urgent signals that nobody took to somebody else. It implements
// job.Worker; any number may run.
type Watch struct{ db *db.DB }

// NewWatch makes the watch.
func NewWatch(d *db.DB) *Watch { return &Watch{db: d} }

// Name implements job.Worker.
func (w *Watch) Name() string { return "watch signals" }

// Topics implements job.Worker.
func (w *Watch) Topics() []string { return []string{Topic} }

// Next implements job.Worker: the earliest moment to look again.
func (w *Watch) Next(ctx context.Context) (at time.Time, err error) {
	err = w.db.Read(ctx, func(q db.Q) error {
		d, _, err := nextDue(q)
		at = d.At
		return err
	})
	return at, err
}

// Work gives one batch of one organisation to whoever is next.
func (w *Watch) Work(ctx context.Context) (n int, err error) {
	var d due
	var ok bool
	if err := w.db.Read(ctx, func(q db.Q) error {
		d, ok, err = nextDue(q)
		ok = ok && !d.At.After(q.Now())
		return err
	}); err != nil || !ok {
		return 0, err
	}
	err = w.db.Write(ctx, func(tx *db.Tx) error {
		list, err := claim(tx, d.Org, batch)
		n = len(list)
		for i := 0; err == nil && i < len(list); i++ {
			err = escalate(tx, list[i])
		}
		return err
	})
	return n, err
}

// escalate gives a signal to the next one and sets when to look again.
func escalate(tx *db.Tx, s Signal) error {
	candidates, err := candidatesFor(tx, s)
	if err != nil {
		return err
	}
	s.Tried = append(s.Tried, s.Member)
	next, newRound, ok := Escalate(s.Member, s.Tried, candidates)
	if newRound {
		s.Tried, s.Round = nil, s.Round+1
	}
	if ok {
		if s.Member, err = active(tx, s.Org, next); err != nil {
			return err
		}
	}
	if s.LookAt, err = lookAfter(tx, s); err != nil {
		return err
	}
	if err := update(tx, s); err != nil || !ok {
		return err
	}
	raised(tx, actor.ForSystem(s.Org), s)
	return nil
}

// candidatesFor are the clinicians for a red flag, the deputy of who has the
// signal, then the managers and administrators (of an emergency only these): those who are here, else all of
// them.
func candidatesFor(tx *db.Tx, s Signal) ([]string, error) {
	var here, all []string
	m, err := org.MemberByID(tx, s.Org, s.Member)
	if err != nil {
		return nil, err
	}
	leads, err := org.Leads(tx, s.Org)
	if err != nil {
		return nil, err
	}
	if m.Deputy != "" && s.Kind != Emergency {
		d, err := org.MemberByID(tx, s.Org, m.Deputy)
		if err != nil {
			return nil, err
		}
		if d.Active {
			leads = append([]org.Member{d}, leads...)
		}
	}
	if s.Kind == RedFlag {
		clinicians, err := org.Clinicians(tx, s.Org)
		if err != nil {
			return nil, err
		}
		leads = append(clinicians, leads...)
	}
	for _, l := range leads {
		all = append(all, l.ID)
		if l.Here(tx.Now()) {
			here = append(here, l.ID)
		}
	}
	if len(here) > 0 {
		return here, nil
	}
	return all, nil
}
