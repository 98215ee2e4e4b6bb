package absence

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

// Topic is woken in the Hub when an absence changed.
const Topic = "absences"

// Watch begins absences that were planned, and ends those of which the time is
// over. It implements job.Worker; any number may run.
type Watch struct {
	s   *Service
	log *slog.Logger
}

// NewWatch makes the watch.
func NewWatch(s *Service) *Watch { return &Watch{s, s.Log} }

// Name implements job.Worker.
func (w *Watch) Name() string { return "absence watch" }

// Topics implements job.Worker.
func (w *Watch) Topics() []string { return []string{Topic} }

// Next implements job.Worker.
func (w *Watch) Next(ctx context.Context) (at time.Time, err error) {
	err = w.s.DB.Read(ctx, func(q db.Q) error { at, err = nextLook(q); return err })
	return at, err
}

// Work handles what is due now.
func (w *Watch) Work(ctx context.Context) (int, error) {
	var list []due
	if err := w.s.DB.Read(ctx, func(q db.Q) (err error) { list, err = dueNow(q, q.Now(), 100); return err }); err != nil {
		return 0, err
	}
	for _, d := range list {
		err := w.s.DB.Write(ctx, func(t *db.Tx) error { return w.s.look(t, d) })
		if err == nil {
			continue
		}
		if errs.ClassOf(err) == errs.Unavailable || errors.Is(err, context.Canceled) {
			return 0, err
		}
		// One bad row must not hold up the others.
		w.log.Error("the watch could not handle an absence", "absence", d.ID, "org", d.Org, "err", err)
		if err := w.s.DB.Write(ctx, func(t *db.Tx) error { return setLook(t, d, t.Now().Add(time.Minute)) }); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}

// look begins an absence at its time, or ends it.
func (s *Service) look(t *db.Tx, d due) error {
	a, err := ByID(t, d.Org, d.ID)
	if err != nil {
		return err
	}
	who := actor.ForSystem(d.Org)
	m, err := org.LockMember(t, d.Org, a.Member)
	if err != nil {
		return err
	}
	if a, err = lock(t, d.Org, d.ID); err != nil || a.LookAt.IsZero() || a.LookAt.After(t.Now()) {
		return err
	}
	if a.State != Waiting || !a.Covers(t.Now()) || !m.Active {
		_, err := s.end(t, who, a.ID)
		return err
	}
	if _, err := org.SetAway(t, who, m, a.From, a.Until, a.StandIn); err != nil {
		return err
	}
	a.State = Arranging
	a.LookAt = a.Next()
	if err := update(t, a); err != nil {
		return err
	}
	s.goOn(t, a)
	return nil
}
