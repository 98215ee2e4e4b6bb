package handoff_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/handoff"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// Whatever people of three organisations do, in whatever order the post
// arrives: at every step each question has at least one open case with an
// owner and an open promise, and when the post came to rest exactly one.
func TestNobodyIsDropped(t *testing.T) {
	d := kittest.SQLite(t, migrations...)
	w := newWorld(t, d, false)
	places := []orgtest.Fixture{w.gp, w.h1, w.h2}
	w.needs(w.h2, "referral-letter")
	done := map[string]int{}
	did := func(what string, err error) {
		switch {
		case err == nil:
			done[what]++
		case errs.ClassOf(err) == errs.Internal:
			t.Fatalf("%s: %v", what, err)
		default:
			done[what+" refused"]++
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		w.rest()
		questions := []casefile.Case{w.open()}
		if rapid.Bool().Draw(r, "two") {
			questions = append(questions, w.open())
		}
		place := rapid.SampledFrom(places)
		step := func() {
			c := rapid.SampledFrom(questions).Draw(r, "question")
			at := place.Draw(r, "at")
			if rapid.IntRange(0, 3).Draw(r, "holder") > 0 { // who has it, or was asked
				at = places[w.concerned(c.Question, places)[rapid.IntRange(0, 1).Draw(r, "which")]]
			}
			who := orgtest.As(rapid.SampledFrom([]org.Member{at.Desk, at.Specialist, at.Manager}).Draw(r, "who"))
			own, has := w.at(at, c.Question)
			var refs, ins []handoff.Referral
			w.read(func(db.Q) error {
				p, err := w.svc.ListReferrals(w.ctx, who, handoff.Filter{}, "", 200)
				for _, x := range p.Items {
					if x.Question == c.Question && x.Direction == handoff.Out {
						refs = append(refs, x)
					} else if x.Question == c.Question {
						ins = append(ins, x)
					}
				}
				return err
			})
			take := handoff.Take{Promise: w.make(), WithoutDocuments: rapid.Bool().Draw(r, "without"), Why: "Zij heeft pijn."}
			// Mostly what can succeed here, now and then anything.
			can := []string{"post", "rest", "time"}
			if has && !own.Closed() {
				can = append(can, "refer", "refer", "offer", "answer", "withdraw", "withdraw", "provide")
			}
			if slices.ContainsFunc(ins, func(x handoff.Referral) bool { return x.State.Open() }) {
				can = append(can, "accept", "accept", "accept", "decline", "decline", "ask", "ask", "ask", "forward", "forward", "forward", "forward")
			}
			if rapid.IntRange(0, 9).Draw(r, "odd") == 9 {
				can = []string{"refer", "offer", "answer", "withdraw", "provide", "accept", "decline", "ask", "forward"}
			}
			switch what := rapid.SampledFrom(can).Draw(r, "what"); what {
			case "refer":
				if has {
					_, _, err := w.svc.Refer(w.ctx, who, handoff.Refer{Case: own.ID, To: place.Draw(r, "to").Org.ID})
					did(what, err)
				}
			case "accept":
				if len(ins) > 0 {
					_, _, _, err := w.svc.AcceptReferral(w.ctx, who, ins[0].ID, take)
					did(what, err)
				}
			case "decline":
				if len(ins) > 0 {
					_, err := w.svc.DeclineReferral(w.ctx, who, ins[0].ID, handoff.No{Reason: "no-capacity", Explanation: "Vol.",
						Next: handoff.Next{Step: handoff.BackToSender, Advice: "Probeer een ander."}})
					did(what, err)
				}
			case "ask":
				if len(ins) > 0 {
					_, err := w.svc.DeclineReferral(w.ctx, who, ins[0].ID, handoff.No{Reason: "documents-missing", Explanation: "Geen brief.",
						Next: handoff.Next{Step: handoff.AskDocuments, Documents: []string{"referral-letter"}}})
					did(what, err)
				}
			case "forward":
				if len(ins) > 0 {
					in, to := ins[0], place.Draw(r, "to").Org.ID // the newest
					for _, f := range places {
						if !slices.Contains(in.Chain, f.Org.ID) {
							to = f.Org.ID // mostly there is one that did not have it yet
						}
					}
					_, err := w.svc.ForwardReferral(w.ctx, who, in.ID, to, "Daar hoort het.")
					did(what, err)
				}
			case "withdraw":
				if len(refs) > 0 {
					_, err := w.svc.WithdrawReferral(w.ctx, who, rapid.SampledFrom(refs).Draw(r, "out").ID, "Toch niet.")
					did(what, err)
				}
			case "offer":
				if has {
					_, err := w.svc.Offer(w.ctx, who, handoff.Offer{Case: own.ID, To: at.Specialist.ID})
					did(what, err)
				}
			case "answer":
				p, err := w.svc.List(w.ctx, who, handoff.Filter{Direction: handoff.In, Open: true}, "", 10)
				if did("list", err); len(p.Items) > 0 {
					if rapid.Bool().Draw(r, "yes") {
						_, err = w.svc.Accept(w.ctx, who, p.Items[0].ID)
					} else {
						_, err = w.svc.Decline(w.ctx, who, p.Items[0].ID, handoff.Refuse{Reason: "no-time", Explanation: "Vol.", Next: handoff.SenderKeeps})
					}
					did(what, err)
				}
			case "provide":
				if list := w.requests(at, handoff.In); len(list) > 0 {
					_, err := w.svc.ProvideDocument(w.ctx, who, list[0].ID, handoff.Give{Name: "Brief", Content: "x"})
					did(what, err)
				}
			case "post":
				// A part of the post arrives: what was recorded is sealed, and some
				// worker does one batch.
				for _, n := range []int{0, rapid.IntRange(1, len(w.workers)-1).Draw(r, "worker")} {
					if _, err := w.workers[n].Work(w.ctx); err != nil {
						t.Fatal(err)
					}
				}
			case "rest":
				w.rest()
			case "time":
				d.Clock.Advance(time.Duration(rapid.IntRange(1, 300).Draw(r, "minutes")) * time.Minute)
			}
		}
		for range rapid.IntRange(1, 40).Draw(r, "steps") {
			step()
			for _, c := range questions {
				if n := w.holders(c.Question); n < 1 {
					r.Fatalf("nobody has question %s", c.Question)
				}
			}
		}
		w.rest()
		for _, c := range questions {
			if n := w.holders(c.Question); n != 1 {
				r.Fatalf("%d organisations have question %s at rest", n, c.Question)
			}
		}
		if bad := w.violations(); len(bad) > 0 {
			r.Fatal(bad)
		}
	})
	for _, f := range places {
		done["crossed"] += len(w.signals(f, handoff.SignalCrossed))
	}
	t.Log(fmt.Sprint(done))
	for _, what := range []string{"refer", "accept", "decline", "ask", "forward", "withdraw", "offer", "answer", "provide"} {
		if done[what] == 0 {
			t.Errorf("%s never succeeded: the property says nothing about it", what)
		}
	}
}

// holders counts the open cases of a question that have an owner who works
// there and an open promise.
func (w *world) holders(question string) (n int) {
	w.t.Helper()
	w.read(func(q db.Q) error {
		parties, err := casefile.Parties(q, question)
		if err != nil {
			return err
		}
		for _, p := range parties {
			c, ok, err := casefile.ByQuestion(q, p.Org, question)
			if err != nil {
				return err
			}
			if !ok || c.Closed() || c.Owner == "" {
				continue
			}
			list, err := promise.OfCase(q, c.Org, c.ID)
			if err != nil {
				return err
			}
			for _, x := range list {
				if x.State == promise.Open {
					n++
					break
				}
			}
		}
		return nil
	})
	return n
}

// concerned are the places of who has a question and of who must answer a
// referral of it; the same twice when there is only one.
func (w *world) concerned(question string, places []orgtest.Fixture) [2]int {
	w.t.Helper()
	has, must := -1, -1
	for i, f := range places {
		if c, ok := w.at(f, question); ok && !c.Closed() {
			has = i
		}
		p, err := w.svc.ListReferrals(w.ctx, orgtest.As(f.Desk), handoff.Filter{Direction: handoff.In, Open: true}, "", 200)
		w.must(err)
		if slices.ContainsFunc(p.Items, func(r handoff.Referral) bool { return r.Question == question }) {
			must = i
		}
	}
	if has < 0 {
		has = 0
	}
	if must < 0 {
		must = has
	}
	return [2]int{has, must}
}
