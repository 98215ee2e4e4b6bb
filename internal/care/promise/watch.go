package promise

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
)

// Topic is woken in the Hub when the watch may have to look earlier.
const Topic = "promise-watch"

// Signals this capability raises.
const (
	SignalRisk   = "promise.risk" // for the keeper
	SignalLate   = "promise.late" // nearly due: for somebody beside the keeper
	SignalBroken = "promise.broken"
	SignalDuty   = "promise.duty" // two breaks in a row: a person must promise
)

// signals are those about a promise; they are over when it ends.
var signals = []string{SignalRisk, SignalLate, SignalBroken, SignalDuty}

// perTx bounds how many promises of one organisation one transaction handles.
const perTx = 40

// Watch looks at every promise at its time. Its cost follows what is due, not
// what is open: one partial index on look_at.
type Watch struct {
	s   *Service
	log *slog.Logger
}

// NewWatch makes the watch.
func NewWatch(s *Service, log *slog.Logger) *Watch { return &Watch{s, log} }

// Name implements job.Worker.
func (w *Watch) Name() string { return "promise watch" }

// Topics implements job.Worker.
func (w *Watch) Topics() []string { return []string{Topic} }

// Next implements job.Worker.
func (w *Watch) Next(ctx context.Context) (at time.Time, err error) {
	err = w.s.DB.Read(ctx, func(q db.Q) error { at, err = nextLook(q); return err })
	return at, err
}

// Work handles what is due now. Several nodes may do so at once: each command
// holds the case, looks again, and finds nothing left to do the second time.
func (w *Watch) Work(ctx context.Context) (int, error) {
	var due []duePromise
	if err := w.s.DB.Read(ctx, func(q db.Q) (err error) { due, err = dueNow(q, q.Now(), 200); return err }); err != nil {
		return 0, err
	}
	for _, part := range batches(due, perTx) {
		err := w.s.DB.Write(ctx, func(t *db.Tx) error {
			for _, d := range part {
				if err := w.look(t, d); err != nil {
					return fmt.Errorf("promise %s: %w", d.ID, err)
				}
			}
			return nil
		})
		if err == nil || len(part) == 1 && w.skip(ctx, part[0], err) == nil {
			continue
		}
		if len(part) == 1 {
			return 0, err
		}
		// One bad row must not hold up the others.
		for _, d := range part {
			if err := w.s.DB.Write(ctx, func(t *db.Tx) error { return w.look(t, d) }); err != nil {
				if err := w.skip(ctx, d, err); err != nil {
					return 0, err
				}
			}
		}
	}
	return len(due), nil
}

// batches groups due promises by organisation, in order, n at a time.
func batches(due []duePromise, n int) (out [][]duePromise) {
	open := map[string]int{} // organisation → index of its batch that has room
	for _, d := range due {
		i, ok := open[d.Org]
		if !ok || len(out[i]) == n {
			out = append(out, nil)
			i = len(out) - 1
			open[d.Org] = i
		}
		out[i] = append(out[i], d)
	}
	return out
}

// skip puts a promise that cannot be handled aside for a minute and says so.
func (w *Watch) skip(ctx context.Context, d duePromise, cause error) error {
	w.log.Error("the watch could not handle a promise", "promise", d.ID, "org", d.Org, "err", cause)
	return w.s.DB.Write(ctx, func(t *db.Tx) error {
		p, err := byID(t, d.Org, d.ID)
		if err != nil {
			return err
		}
		return setLook(t, p, t.Now().Add(time.Minute), p.Risk)
	})
}

func (w *Watch) look(t *db.Tx, d duePromise) error {
	subj, err := w.s.Cases.Hold(t, d.Org, d.Case)
	if err != nil {
		return err
	}
	p, err := byID(t, d.Org, d.ID)
	if err != nil || p.State != Open || p.LookAt.After(t.Now()) {
		return err
	}
	who := actor.ForSystem(d.Org)
	step := Look(p, t.Now())
	switch {
	case step.Close:
		return w.s.silence(t, who, subj, p)
	case step.Break:
		return w.s.breaks(t, who, subj, p)
	}
	risk := p.Risk
	if step.Risk > 0 {
		risk = step.Risk
		if err := w.s.warn(t, who, subj, p, step.Risk); err != nil {
			return err
		}
	}
	return setLook(t, p, step.Look, risk)
}

// warn tells somebody that a promise may break: first its keeper, then the
// owner, or the keeper's deputy, or whoever leads. It always reaches somebody.
func (s *Service) warn(t *db.Tx, who actor.Actor, subj Subject, p Promise, level int) error {
	kind, member := SignalRisk, p.Keeper
	var err error
	if level >= RiskOthers {
		if member, err = beside(t, p.Org, p.Keeper, subj.Owner); err != nil {
			return err
		}
		kind = SignalLate // a signal of its own: the keeper's stays with the keeper
	}
	// A warning to somebody who is away reaches nobody: it goes to who stands in.
	if member, err = org.Duty(t, p.Org, member); err != nil {
		return err
	}
	if _, _, err := signal.Raise(t, who, signal.Signal{Kind: kind, Level: signal.Level(level), SubjectKind: "promise",
		Subject: p.ID, Case: p.Case, Member: member}); err != nil {
		return err
	}
	t.Emit(p.fact(fact.PromiseRisk, who, map[string]any{"level": level, "member": member}, ""))
	return nil
}

// breaks records that a promise was not kept, and sees to what comes next: the
// customer hears it now, from us, with the next clock time.
func (s *Service) breaks(t *db.Tx, who actor.Actor, subj Subject, p Promise) error {
	o, err := org.ByID(t, p.Org)
	if err != nil {
		return err
	}
	row := subj.BreaksInRow + 1
	words := s.Lang.Printer(o.Language, o.Calendar.Location(), t.Now())
	next := Make{Kind: Update, What: words.T("promise.update"), To: p.To, Keeper: p.Keeper,
		Due: UpdateDue(o.Calendar, t.Now(), o.Settings.UpdateMinute()), Untold: true,
		link: link{series: p.Series, step: p.Step, standsIn: p.Series != ""}} // a series stays at this step until it is delivered
	if row >= 2 {
		// Only a person may promise now. The system holds the place with a duty
		// that it does not tell, and gives it to somebody who can decide.
		if next.Keeper, err = senior(t, p.Org, p.Keeper); err != nil {
			return err
		}
		next.Kind, next.What = Duty, words.T("promise.duty")
	}
	successor, err := s.draft(t, who, subj, next)
	if err != nil {
		return err
	}
	m := s.telling(p, "promise-broken", map[string]any{"new_due": successor.Due.UnixMilli(), "keeper": successor.Keeper})
	m.Before, m.Keeper = time.Time{}, successor.Keeper
	if row >= 2 {
		m.Template, m.Intent = "promise-broken-again", "promise-broken-again:"+p.ID
		delete(m.Params, "new_due")
	} else {
		m.Promise = successor.ID // telling this tells the new promise
	}
	if successor.Message, err = s.Teller.Tell(t, who, m); err != nil {
		return err
	}
	if successor.Message != "" && row < 2 {
		successor.Told = Sent
	}
	if err := s.record(t, who, successor); err != nil {
		return err
	}
	p.BrokeWhy, p.Successor = Late, successor.ID
	if _, err = s.ended(t, who, p, Broken, fact.PromiseBroken,
		map[string]any{"why": Late, "in_a_row": row, "successor": successor.ID}, ""); err != nil {
		return err
	}
	if err := s.Cases.Counted(t, p.Org, p.Case, 0); err != nil { // one for the other
		return err
	}
	kind, member := SignalBroken, subj.Owner
	if row >= 2 {
		kind, member = SignalDuty, successor.Keeper
	}
	if _, _, err := signal.Raise(t, who, signal.Signal{Kind: kind, Level: 3, SubjectKind: "promise",
		Subject: successor.ID, Case: p.Case, Member: member}); err != nil {
		return err
	}
	return s.Cases.Broke(t, p.Org, p.Case, row)
}

// silence handles a closing whose deadline passed: the case closes when the
// customer was told in time; when not, nobody may conclude anything from their
// silence, and the owner hears that.
func (s *Service) silence(t *db.Tx, who actor.Actor, subj Subject, p Promise) error {
	if p.Told.Reached() && p.ToldAt.Before(p.Due) && p.Due.Sub(p.ToldAt) >= p.Due.Sub(p.MadeAt)*2/3 {
		if subj.OpenPromises > 1 {
			// Something else is still promised: that goes first.
			_, err := s.end(t, who, subj, p, Withdrawn, fact.PromiseWithdrawn, map[string]any{"by": "us"}, "")
			return err
		}
		if _, err := s.end(t, who, subj, p, Kept, fact.PromiseKept, map[string]any{"how": "silence"}, ""); err != nil {
			return err
		}
		subj.OpenPromises--
		return s.Cases.End(t, who, subj, "silence")
	}
	return s.breaks(t, who, subj, p)
}

// beside is somebody else than the keeper who can still do something: the
// owner of the case, the keeper's deputy, or whoever leads. When there is
// nobody else it is the keeper.
func beside(q db.Q, orgID, keeper, owner string) (string, error) {
	if owner != keeper {
		return owner, nil
	}
	k, err := org.MemberByID(q, orgID, keeper)
	if err != nil {
		return "", err
	}
	if k.Deputy != "" {
		if d, err := org.MemberByID(q, orgID, k.Deputy); err == nil && d.Here(q.Now()) {
			return d.ID, nil
		}
	}
	return senior(q, orgID, keeper)
}

// senior is whoever leads and is here, preferably not the member itself.
func senior(q db.Q, orgID, member string) (string, error) {
	leads, err := org.Leads(q, orgID)
	if err != nil {
		return "", err
	}
	best := member
	for _, l := range leads {
		if l.ID == member {
			continue
		}
		if l.Here(q.Now()) {
			return l.ID, nil
		}
		if best == member {
			best = l.ID
		}
	}
	return org.Duty(q, orgID, best)
}
