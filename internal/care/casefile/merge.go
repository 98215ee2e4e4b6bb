package casefile

import (
	"context"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// SignalMerged tells an owner that their case took in another one.
const SignalMerged = "case.merged"

// MergePlan is what joining two cases would do, before it is done.
type MergePlan struct {
	From, Into Case
	Comes      []promise.Promise // go on in the other case, at the same time
	Ends       []promise.Promise // the question whether this one is solved
	Waits      bool              // whom it waits for comes along
	Refused    error             // why it cannot be done
}

// PlanMerge says what joining two cases would do.
func (s *Service) PlanMerge(q db.Q, from, into Case) (plan MergePlan, err error) {
	plan = MergePlan{From: from, Into: into}
	all, err := promise.OfCase(q, from.Org, from.ID)
	if err != nil {
		return plan, err
	}
	for _, p := range all {
		switch {
		case p.State != promise.Open:
		case p.Kind == promise.Closing:
			plan.Ends = append(plan.Ends, p)
		default:
			plan.Comes = append(plan.Comes, p)
		}
	}
	sortByDue(plan.Comes)
	plan.Waits = !from.WaitingBy.IsZero() && into.WaitingBy.IsZero()
	plan.Refused, err = s.mayMerge(q, from, into, all)
	return plan, err
}

// mayMerge says why two cases cannot be joined: they are not the same
// question of the same people, or somebody else is at work on one of them.
func (s *Service) mayMerge(q db.Q, from, into Case, all []promise.Promise) (refused, err error) {
	switch {
	case from.ID == into.ID:
		return errs.New(errs.Invalid, "same-case").Field("other", "same-case"), nil
	case from.Closed() || into.Closed():
		return errs.New(errs.Conflict, "case-closed"), nil
	}
	for _, pair := range [][2]string{{from.Person, into.Person}, {from.Asker, into.Asker}} {
		same, err := samePerson(q, from.Org, pair[0], pair[1])
		if err != nil {
			return nil, err
		}
		if !same {
			return errs.New(errs.Conflict, "merge-other-person"), nil
		}
	}
	parties, err := Parties(q, from.Question)
	if err != nil {
		return nil, err
	}
	for _, p := range parties {
		if p.Org == from.Org {
			continue
		}
		there, ok, err := ByQuestion(q, p.Org, from.Question)
		if err != nil {
			return nil, err
		}
		if ok && !there.Closed() {
			return errs.New(errs.Conflict, "merge-elsewhere"), nil
		}
	}
	return promise.MayCarry(all, q.Now()), nil
}

// samePerson says whether two ids are of one customer, also when they were
// found to be the same later.
func samePerson(q db.Q, orgID, a, b string) (bool, error) {
	if a == b {
		return true, nil
	}
	x, err := whoNow(q, orgID, a)
	if err != nil {
		return false, err
	}
	y, err := whoNow(q, orgID, b)
	return x == y, err
}

func whoNow(q db.Q, orgID, id string) (string, error) {
	for range 5 {
		p, err := person.ByID(q, orgID, id)
		if err != nil || p.MergedInto == "" {
			return id, err
		}
		id = p.MergedInto
	}
	return id, nil
}

// Merge joins a question that was asked twice: the first case goes on in the
// second. Every promise keeps its time; the customer is told, and their page
// of the first question leads to the second.
func (s *Service) Merge(ctx context.Context, who actor.Actor, fromID, intoID string, version int) (into Case, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return into, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		from, to, err := lockTwo(t, who.Org, fromID, intoID)
		if err != nil {
			return err
		}
		if version != 0 && version != from.Version {
			return errs.New(errs.Stale, "changed-meanwhile")
		}
		plan, err := s.PlanMerge(t, from, to)
		if err != nil {
			return err
		}
		if plan.Refused != nil {
			return plan.Refused
		}
		into, err = s.merge(t, who, plan)
		return err
	})
	return into, err
}

func (s *Service) merge(t *db.Tx, who actor.Actor, plan MergePlan) (Case, error) {
	from, into := plan.From, plan.Into
	carried, err := s.Promises.CarryIn(t, who, from.subject(), into.subject())
	if err != nil {
		return into, err
	}
	if err := s.carryWait(t, who, plan, carried); err != nil {
		return into, err
	}
	if err := mergeRow(t, from, into.ID); err != nil {
		return into, err
	}
	if err := atLeastBroken(t, into, from.BreaksInRow); err != nil {
		return into, err
	}
	t.Emit(s.fact(from, fact.CaseClosed, who, map[string]any{"reason": Merged, "case": into.ID, "ref": into.Ref()}, nil))
	t.Emit(s.fact(into, fact.CaseMerged, who, map[string]any{"case": from.ID, "ref": from.Ref(), "promises": len(carried)},
		map[string]string{"subject": from.Subject}))
	t.Wake(promise.Topic)
	if err := s.carrySignals(t, who, from, into); err != nil {
		return into, err
	}
	params := map[string]any{"from_ref": from.Ref()}
	if _, err := s.Teller.Tell(t, who, promise.Telling{Org: into.Org, Case: into.ID, Question: into.Question, Person: into.Asker, Keeper: into.Owner,
		Template: "question-merged", Intent: "question-merged:" + from.ID, Params: params}); err != nil {
		return into, err
	}
	return ByID(t, into.Org, into.ID)
}

// carryWait lets the case that goes on wait for whom the other one waited for,
// unless it waits for somebody itself.
func (s *Service) carryWait(t *db.Tx, who actor.Actor, plan MergePlan, carried []promise.Carried) error {
	w, ok, err := WaitingOf(t, plan.From.Org, plan.From.ID)
	if err != nil || !ok {
		return err
	}
	if err := s.endWait(t, who, plan.From, WaitClosed); err != nil || !plan.Waits {
		return err
	}
	for _, c := range carried {
		if c.Old.ID != w.Promise || !w.Until.After(t.Now()) {
			continue
		}
		w.ID, w.Case, w.Promise = t.NewID("wai"), plan.Into.ID, c.New.ID
		if err := startWaiting(t, w); err != nil {
			return err
		}
		t.Emit(s.fact(plan.Into, fact.CaseWaits, who, map[string]any{"waiting": w.ID, "kind": w.Kind, "until": w.Until.UnixMilli(), "promise": w.Promise},
			map[string]string{"whom": w.Whom, "what": w.What}))
	}
	return nil
}

// carrySignals lets nothing that the customer said go unread: it is raised in
// the case that goes on before the signals of the other one are cleared.
func (s *Service) carrySignals(t *db.Tx, who actor.Actor, from, into Case) error {
	system := actor.ForSystem(from.Org)
	open, err := signal.OfCase(t, from.Org, from.ID)
	if err != nil {
		return err
	}
	if err := signal.ClearCase(t, system, from.ID, "case-closed"); err != nil {
		return err
	}
	for _, x := range open {
		if x.Kind != SignalSaid && x.Kind != SignalReopened {
			continue
		}
		again := signal.Signal{Kind: SignalSaid, Level: x.Level, SubjectKind: x.SubjectKind, Subject: x.Subject, Case: into.ID, Member: into.Owner}
		if _, _, err := signal.Raise(t, system, again); err != nil {
			return err
		}
	}
	if who.ID() == into.Owner {
		return nil
	}
	_, _, err = signal.Raise(t, system, signal.Signal{Kind: SignalMerged, Level: signal.Notice, SubjectKind: "case", Subject: from.ID, Case: into.ID, Member: into.Owner})
	return err
}
