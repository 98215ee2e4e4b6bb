package handoff_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/handoff"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

func (w *world) offer(c casefile.Case, to string) handoff.Handoff {
	w.t.Helper()
	h, err := w.svc.Offer(w.ctx, orgtest.As(w.gp.Desk), handoff.Offer{Case: c.ID, To: to, History: "Gebeld met de moeder.", Consent: true})
	w.must(err)
	w.rest()
	return h
}

func TestHandoffAccepted(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		c := w.open()
		h := w.offer(c, w.gp.Specialist.ID)
		is(t, "owner until accepted", w.caseOf(c).Owner, w.gp.Desk.ID)
		is(t, "pack", len(h.Pack.Missing()), 0)
		// Four working hours from 10:42 is 14:42 in Amsterdam.
		is(t, "answer by", h.AnswerBy.Format(time.RFC3339), "2026-11-12T13:42:00Z")
		_, err := w.svc.Offer(w.ctx, orgtest.As(w.gp.Desk), handoff.Offer{Case: c.ID, To: w.gp.Manager.ID})
		typed(t, "a second offer", err, "handoff-open")
		h, err = w.svc.Accept(w.ctx, orgtest.As(w.gp.Specialist), h.ID)
		w.must(err)
		is(t, "state", h.State, handoff.Accepted)
		w.rest()
		c = w.caseOf(c)
		is(t, "owner", c.Owner, w.gp.Specialist.ID)
		w.read(func(q db.Q) error {
			list, err := promise.OfCase(q, c.Org, c.ID)
			for _, p := range list {
				is(t, "keeper", p.Keeper, w.gp.Specialist.ID)
			}
			return err
		})
		is(t, "told", w.teller.count(c.Org, "handoff-accepted"), 1)
		is(t, "no bounce yet", w.facts(w.gp, fact.BounceCounted), 0)
		_, err = w.svc.Accept(w.ctx, orgtest.As(w.gp.Specialist), h.ID)
		typed(t, "twice", err, "handoff-answered")
		w.checked()
	})
}

func TestHandoffDeclined(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		c := w.open()
		h := w.offer(c, w.gp.Specialist.ID)
		spec := orgtest.As(w.gp.Specialist)
		_, err := w.svc.Decline(w.ctx, spec, h.ID, handoff.Refuse{Reason: "not-mine", Explanation: "Niet van mij."})
		typed(t, "a bare no", err, "decline-needs-next-step")
		_, err = w.svc.Decline(w.ctx, spec, h.ID, handoff.Refuse{Reason: "not-mine", Explanation: "Voor Mo.", Next: handoff.Try + "mem_nobody"})
		typed(t, "try nobody", err, "receiver-unknown")
		_, err = w.svc.Decline(w.ctx, orgtest.As(w.gp.Desk), h.ID, handoff.Refuse{Reason: "not-mine", Explanation: "x", Next: handoff.SenderKeeps})
		typed(t, "the sender declines", err, "handoff-not-yours")
		_, err = w.svc.Decline(w.ctx, spec, h.ID, handoff.Refuse{Reason: "not-mine", Explanation: "Voor Mo.", Next: handoff.Try + w.gp.Manager.ID})
		w.must(err)
		w.rest()
		is(t, "owner", w.caseOf(c).Owner, w.gp.Desk.ID)
		sig := w.signals(w.gp, handoff.SignalDeclined)
		if len(sig) != 1 || sig[0].Member != w.gp.Desk.ID || sig[0].Data["next"] != handoff.Try+w.gp.Manager.ID {
			t.Error(sig)
		}
		w.offer(c, w.gp.Manager.ID) // and on
		is(t, "signals", len(w.signals(w.gp, handoff.SignalDeclined)), 0)
		w.checked()
	})
}

func TestHandoffTimesOutToAPerson(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		c := w.open()
		w.gp.Change(t, w.gp.Specialist.ID, org.ChangeMember{Deputy: &w.gp.Administrator.ID, DeputyAgreed: true})
		h := w.offer(c, w.gp.Specialist.ID)
		w.later(4*time.Hour + time.Minute)
		h, err := w.svc.Get(w.ctx, orgtest.As(w.gp.Desk), h.ID)
		w.must(err)
		is(t, "state", h.State, handoff.TimedOut)
		is(t, "owner", w.caseOf(c).Owner, w.gp.Desk.ID)
		stuck, mine := w.signals(w.gp, handoff.SignalStuck), w.signals(w.gp, handoff.SignalUnanswered)
		if len(stuck) != 1 || stuck[0].Member != w.gp.Administrator.ID || stuck[0].Level != 2 {
			t.Error("the deputy hears it", stuck)
		}
		if len(mine) != 1 || mine[0].Member != w.gp.Desk.ID {
			t.Error("the sender hears it", mine)
		}
		w.checked()
		w.later(24 * time.Hour)
		if stuck = w.signals(w.gp, handoff.SignalStuck); len(stuck) != 1 || stuck[0].Level != 3 {
			t.Error("it must be taken by now", stuck)
		}
		is(t, "said once", w.facts(w.gp, fact.HandoffTimedOut), 1)
		// Late is not never: the deputy takes it.
		_, err = w.svc.Accept(w.ctx, orgtest.As(w.gp.Administrator), h.ID)
		w.must(err)
		is(t, "owner", w.caseOf(c).Owner, w.gp.Administrator.ID)
		is(t, "signals", len(w.signals(w.gp, handoff.SignalStuck))+len(w.signals(w.gp, handoff.SignalUnanswered)), 0)
		w.rest()
		w.checked()
	})
}

func TestHandoffToTeam(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		team, err := w.gp.Service.AddTeam(w.ctx, orgtest.As(w.gp.Administrator), org.NewTeam{Name: "Lab", Duty: w.gp.Specialist.ID})
		w.must(err)
		auto, err := w.gp.Service.AddTeam(w.ctx, orgtest.As(w.gp.Administrator), org.NewTeam{Name: "Balie 2", Duty: w.gp.Manager.ID, AutoAccept: true})
		w.must(err)
		c := w.open()
		_, err = w.svc.Offer(w.ctx, orgtest.As(w.gp.Desk), handoff.Offer{Case: c.ID, To: w.gp.Team.ID})
		typed(t, "the sender's own team", err, "handoff-to-self")
		_, err = w.svc.Offer(w.ctx, orgtest.As(w.gp.Desk), handoff.Offer{Case: c.ID, To: w.h1.Team.ID})
		typed(t, "a team of somebody else", err, "receiver-unknown")
		h := w.offer(c, team.ID)
		is(t, "a person", h.To, w.gp.Specialist.ID)
		_, err = w.svc.Withdraw(w.ctx, orgtest.As(w.gp.Specialist), h.ID)
		typed(t, "the receiver withdraws", err, "handoff-not-yours")
		_, err = w.svc.Withdraw(w.ctx, orgtest.As(w.gp.Desk), h.ID)
		w.must(err)
		h = w.offer(c, auto.ID)
		is(t, "accepted at once", h.State, handoff.Accepted)
		is(t, "owner", w.caseOf(c).Owner, w.gp.Manager.ID)
		is(t, "told", w.teller.count(c.Org, "handoff-accepted"), 1)
		w.rest()
		w.checked()
	})
}

func TestHandoffReceiverLeaves(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		c := w.open()
		extra := w.gp.Add(t, "Vera Vertrekt", actor.Specialist)
		h := w.offer(c, extra.ID)
		no := false
		w.gp.Change(t, extra.ID, org.ChangeMember{Active: &no})
		w.rest()
		h, err := w.svc.Get(w.ctx, orgtest.As(w.gp.Desk), h.ID)
		w.must(err)
		if h.To == extra.ID || h.State != handoff.Offered {
			t.Error("the offer waits for somebody who left", h)
		}
		w.checked()
	})
}

func TestBounceWithinAnOrganisation(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		c := w.open()
		h := w.offer(c, w.gp.Specialist.ID)
		_, err := w.svc.Accept(w.ctx, orgtest.As(w.gp.Specialist), h.ID)
		w.must(err)
		w.later(time.Minute)
		h, err = w.svc.Offer(w.ctx, orgtest.As(w.gp.Specialist), handoff.Offer{Case: c.ID, To: w.gp.Desk.ID})
		w.must(err)
		_, err = w.svc.Accept(w.ctx, orgtest.As(w.gp.Desk), h.ID)
		w.must(err)
		w.rest()
		is(t, "bounces", w.facts(w.gp, fact.BounceCounted), 1)
		sig := w.signals(w.gp, handoff.SignalBounce)
		if len(sig) != 1 || sig[0].Member != w.gp.Manager.ID || sig[0].Data["count"] != 2.0 {
			t.Error(sig)
		}
		w.checked()
	})
}

// Of two who answer at the same time one is told so and the other that it was
// answered: never both, never neither.
func TestRaces(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		for range 5 {
			c := w.open()
			h := w.offer(c, w.gp.Specialist.ID)
			results := together(
				func() error { _, err := w.svc.Accept(w.ctx, orgtest.As(w.gp.Specialist), h.ID); return err },
				func() error { _, err := w.svc.Accept(w.ctx, orgtest.As(w.gp.Manager), h.ID); return err },
				func() error { _, err := w.svc.Withdraw(w.ctx, orgtest.As(w.gp.Desk), h.ID); return err })
			won := one(t, results, "handoff-answered", "changed-meanwhile")
			is(t, "owner", w.caseOf(c).Owner, []string{w.gp.Specialist.ID, w.gp.Manager.ID, w.gp.Desk.ID}[won])

			c = w.open()
			r := w.refer(c, w.h1)
			results = together(
				func() error {
					_, _, _, err := w.svc.AcceptReferral(w.ctx, orgtest.As(w.h1.Specialist), r.ID, handoff.Take{Promise: w.make()})
					return err
				},
				func() error {
					_, _, _, err := w.svc.AcceptReferral(w.ctx, orgtest.As(w.h1.Desk), r.ID, handoff.Take{Promise: w.make()})
					return err
				},
				func() error {
					_, err := w.svc.ForwardReferral(w.ctx, orgtest.As(w.h1.Manager), r.ID, w.h2.Org.ID, "Hoofdpijnpoli is daar.")
					return err
				})
			won = one(t, results, "referral-answered", "changed-meanwhile")
			w.rest()
			is(t, "handed over", w.caseOf(c).Closed(), won < 2)
		}
		w.checked()
	})
}

func together(fns ...func() error) []error {
	out := make([]error, len(fns))
	var start, done sync.WaitGroup
	start.Add(1)
	for i, fn := range fns {
		done.Add(1)
		go func() { defer done.Done(); start.Wait(); out[i] = fn() }()
	}
	start.Done()
	done.Wait()
	return out
}

// one finds the only one that won; the others were told why not.
func one(t *testing.T, results []error, reasons ...string) int {
	t.Helper()
	won := -1
	for i, err := range results {
		switch {
		case err == nil && won < 0:
			won = i
		case err == nil:
			t.Fatal("two won", results)
		default:
			ok := false
			for _, r := range reasons {
				ok = ok || errs.TypeOf(err) == r
			}
			if !ok {
				t.Fatal(err)
			}
		}
	}
	if won < 0 {
		t.Fatal("nobody won", errors.Join(results...))
	}
	return won
}

func TestHandoffTenants(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		c := w.open()
		h := w.offer(c, w.gp.Specialist.ID)
		for _, m := range []org.Member{w.h1.Administrator, w.h2.Desk} {
			other := orgtest.As(m)
			_, err := w.svc.Get(w.ctx, other, h.ID)
			typed(t, "get", err, "handoff-not-found")
			_, err = w.svc.Accept(w.ctx, other, h.ID)
			typed(t, "accept", err, "handoff-not-found")
			_, err = w.svc.Decline(w.ctx, other, h.ID, handoff.Refuse{Reason: "other", Explanation: "x", Next: handoff.SenderKeeps})
			typed(t, "decline", err, "handoff-not-found")
			_, err = w.svc.Withdraw(w.ctx, other, h.ID)
			typed(t, "withdraw", err, "handoff-not-found")
			_, err = w.svc.Offer(w.ctx, other, handoff.Offer{Case: c.ID, To: m.ID})
			typed(t, "offer", err, "case-not-found")
			p, err := w.svc.List(w.ctx, other, handoff.Filter{Direction: handoff.In}, "", 10)
			w.must(err)
			is(t, "list", len(p.Items), 0)
		}
		p, err := w.svc.List(w.ctx, orgtest.As(w.gp.Specialist), handoff.Filter{Direction: handoff.In, Member: w.gp.Specialist.ID, Open: true}, "", 10)
		w.must(err)
		if diff := cmp.Diff([]string{h.ID}, []string{p.Items[0].ID}); diff != "" || len(p.Items) != 1 {
			t.Error(diff, p.Items)
		}
	})
}
