package handoff

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
)

// Topic is woken in the Hub when the watch may have to look earlier.
const Topic = "handoff-watch"

// Watch looks at offers, referrals and requests that are not answered in time.
// Nothing ends by itself: a person hears of it, and the sender stays owner.
type Watch struct {
	s   *Service
	log *slog.Logger
}

// NewWatch makes the watch.
func NewWatch(s *Service, log *slog.Logger) *Watch { return &Watch{s, log} }

// Name implements job.Worker.
func (w *Watch) Name() string { return "handoff watch" }

// Topics implements job.Worker.
func (w *Watch) Topics() []string { return []string{Topic} }

// Next implements job.Worker.
func (w *Watch) Next(ctx context.Context) (at time.Time, err error) {
	err = w.s.DB.Read(ctx, func(q db.Q) error { at, err = nextLook(q); return err })
	return at, err
}

// Work handles what is due now. Several nodes may do so at once: each looks
// again under the lock and finds nothing left to do the second time.
func (w *Watch) Work(ctx context.Context) (int, error) {
	var list []due
	if err := w.s.DB.Read(ctx, func(q db.Q) (err error) { list, err = dueNow(q, 100); return err }); err != nil {
		return 0, err
	}
	for _, d := range list {
		err := w.s.DB.Write(ctx, func(t *db.Tx) error { return w.s.look(t, d) })
		if err == nil {
			continue
		}
		// One bad row must not hold up the others.
		w.log.Error("the watch could not handle an offer", "what", d.What, "id", d.ID, "org", d.Org, "err", err)
		if err := w.s.DB.Write(ctx, func(t *db.Tx) error { return postpone(t, d, t.Now().Add(time.Minute)) }); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}

func (s *Service) look(t *db.Tx, d due) error {
	switch d.What {
	case "handoff":
		return s.lookHandoff(t, d)
	case "referral":
		return s.lookReferral(t, d)
	case "request":
		return s.lookRequest(t, d)
	}
	return fmt.Errorf("nothing is called %q", d.What)
}

// waits says whether something is due for a look under the lock.
func waits(lookAt, now time.Time) bool { return !lookAt.IsZero() && !lookAt.After(now) }

func (s *Service) step(t *db.Tx, orgID string, late int, by time.Time) (Step, error) {
	o, err := org.ByID(t, orgID)
	return Look(late, by, t.Now(), answerBy(o, t.Now())), err
}

func (s *Service) lookHandoff(t *db.Tx, d due) error {
	h, err := handoffByID(t, d.Org, d.ID)
	if err != nil {
		return err
	}
	c, err := s.Cases.Lock(t, d.Org, h.Case)
	if err != nil {
		return err
	}
	if h, err = handoffByID(t, d.Org, d.ID); err != nil || !waits(h.LookAt, t.Now()) {
		return err
	}
	step, err := s.step(t, h.Org, h.Late, h.AnswerBy)
	if err != nil {
		return err
	}
	to, err := beside(t, h.Org, h.To)
	if err != nil {
		return err
	}
	if step.TimeOut {
		h.State = TimedOut
		t.Emit(h.fact(c, fact.HandoffTimedOut, actor.ForSystem(h.Org), map[string]any{"member": to}, nil))
	}
	if step.Level > 0 {
		h.Late++
		if err := raise(t, h.Org, signal.Signal{Kind: SignalStuck, Level: step.Level, SubjectKind: "handoff", Subject: h.ID, Case: h.Case,
			Member: to, Data: map[string]any{"receiver": h.To}}); err != nil {
			return err
		}
		if err := raise(t, h.Org, signal.Signal{Kind: SignalUnanswered, Level: signal.Warning, SubjectKind: "handoff", Subject: h.ID,
			Case: h.Case, Member: c.Owner, Data: map[string]any{"receiver": h.To}}); err != nil {
			return err
		}
	}
	h.LookAt = step.Look
	return updateHandoff(t, h)
}

func (s *Service) lookReferral(t *db.Tx, d due) error {
	r, err := referralByID(t, d.Org, d.ID)
	if err != nil {
		return err
	}
	var c casefile.Case
	if r.Direction == Out {
		if c, err = s.Cases.Lock(t, d.Org, r.Case); err != nil {
			return err
		}
	}
	if r, err = lockReferral(t, d.Org, d.ID); err != nil || !waits(r.LookAt, t.Now()) {
		return err
	}
	step, err := s.step(t, r.Org, r.Late, r.AnswerBy)
	if err != nil {
		return err
	}
	// The sender's owner sees whom to call; at the receiver it goes to somebody
	// beside the one who did not answer.
	to, data := c.Owner, map[string]any{"organisation": r.Peer}
	if r.Direction == In {
		data["organisation"], data["receiver"] = r.Origin, r.Handler
		if to, err = beside(t, r.Org, r.Handler); err != nil {
			return err
		}
	}
	if step.TimeOut {
		r.State = TimedOut
		t.Emit(r.fact(c.Person, fact.ReferralTimedOut, actor.ForSystem(r.Org), map[string]any{"member": to}, nil))
	}
	if step.Level > 0 {
		r.Late++
		if err := raise(t, r.Org, signal.Signal{Kind: SignalReferral, Level: step.Level, SubjectKind: "referral", Subject: r.ID,
			Case: r.Case, Member: to, Data: data}); err != nil {
			return err
		}
	}
	r.LookAt = step.Look
	return updateReferral(t, r)
}

func (s *Service) lookRequest(t *db.Tx, d due) error {
	r, err := lockRequest(t, d.Org, d.ID)
	if err != nil || !waits(r.LookAt, t.Now()) {
		return err
	}
	step, err := s.step(t, r.Org, r.Late, r.AnswerBy)
	if err != nil {
		return err
	}
	to, other := r.Handler, r.Peer
	if r.Direction == In {
		other = r.Asker
		if to, err = beside(t, r.Org, r.Handler); err != nil {
			return err
		}
	}
	if step.Level > 0 {
		r.Late++
		if err := raise(t, r.Org, signal.Signal{Kind: SignalPaperStuck, Level: step.Level, SubjectKind: "request", Subject: r.ID,
			Case: r.Case, Member: to, Data: map[string]any{"organisation": other, "kind": r.Kind}}); err != nil {
			return err
		}
	}
	r.LookAt = step.Look
	return updateRequest(t, r)
}
