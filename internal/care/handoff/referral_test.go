package handoff_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/handoff"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/ledger"
)

func (w *world) accept(f orgtest.Fixture, id string) (handoff.Referral, casefile.Case) {
	w.t.Helper()
	r, c, _, err := w.svc.AcceptReferral(w.ctx, orgtest.As(f.Specialist), id, handoff.Take{Promise: w.make()})
	w.must(err)
	w.rest()
	return r, c
}

func (w *world) needs(f orgtest.Fixture, kinds ...string) {
	w.t.Helper()
	_, err := w.svc.SetNeeds(w.ctx, orgtest.As(f.Administrator), handoff.Needs{Documents: kinds, Desk: f.Team.ID})
	w.must(err)
}

func (w *world) letter(c casefile.Case, kind string) casefile.Document {
	w.t.Helper()
	d, err := w.cases.AddDocument(w.ctx, orgtest.As(w.gp.Desk), c.ID, casefile.Document{Kind: kind, Name: "Verwijsbrief", Content: "Graag beoordeling."})
	w.must(err)
	return d
}

func TestReferralAccepted(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.needs(w.h1, "referral-letter")
		n, err := w.svc.GetNeeds(w.ctx, orgtest.As(w.gp.Desk), w.h1.Org.ID)
		w.must(err)
		if diff := cmp.Diff(handoff.Needs{Documents: []string{"referral-letter"}}, n); diff != "" {
			t.Error("partners see what must come along, and nothing else", diff)
		}
		c := w.open()
		w.letter(c, "referral-letter")
		is(t, "accepted there", w.accepted(c, w.h1), false)
		r := w.refer(c, w.h1)
		in := w.row(w.h1, r.ID)
		is(t, "on the desk of", in.Handler, w.h1.Desk.ID)
		is(t, "missing", len(in.Missing), 0)
		if diff := cmp.Diff([]string{"referral-letter"}, w.papers(w.h1, r.ID)); diff != "" {
			t.Error("what is required and here comes along by itself", diff)
		}
		is(t, "signal", len(w.signals(w.h1, handoff.SignalReceived)), 1)
		is(t, "sender knows", w.row(w.gp, r.ID).State, handoff.Received)
		is(t, "told", w.teller.count(w.gp.Org.ID, "referral-offered"), 1)
		if old := w.caseOf(c); old.Closed() || old.Owner != w.gp.Desk.ID || old.OpenPromises != 1 {
			t.Error("the sender keeps it until it is accepted", old)
		}
		_, there := w.accept(w.h1, r.ID)
		is(t, "same question", there.Question, c.Question)
		is(t, "owner", there.Owner, w.h1.Specialist.ID)
		old := w.caseOf(c)
		is(t, "sender's end", old.CloseReason, casefile.HandedOver)
		is(t, "told once", w.teller.count(w.h1.Org.ID, "promise-made"), 1)
		is(t, "and not again", w.teller.count(w.gp.Org.ID, "referral-accepted"), 0)
		is(t, "accepted there", w.accepted(c, w.h1), true)
		is(t, "accepted elsewhere", w.accepted(c, w.h2), false)
		is(t, "signals", len(w.signals(w.h1, handoff.SignalReceived)), 0)
		w.read(func(q db.Q) error {
			docs, err := casefile.Documents(q, there.Org, there.ID)
			if err == nil && (len(docs) != 1 || docs[0].FromOrg != w.gp.Org.ID) {
				t.Error(docs)
			}
			return err
		})
		// They need not introduce themselves: name, birth date, who speaks, what matters.
		w.read(func(q db.Q) error {
			card, err := person.CardOf(q, there.Org, there.Person)
			if err == nil && (card.Person.Name != "Fleur Jansen" || card.Person.BirthDate != "2014-06-01" || len(card.Matters) != 1 ||
				len(card.Representatives) != 1 || card.Representatives[0].By != there.Asker || card.Representatives[0].Basis != person.Parent) {
				t.Errorf("%+v", card)
			}
			return err
		})
		w.checked()

		// A second question of the same family finds them.
		c2 := w.open()
		_, there2 := w.accept(w.h1, w.refer(c2, w.h1).ID)
		is(t, "the same person", there2.Person, there.Person)
		is(t, "the same asker", there2.Asker, there.Asker)
	})
}

func (w *world) accepted(c casefile.Case, f orgtest.Fixture) (ok bool) {
	w.t.Helper()
	w.read(func(q db.Q) (err error) {
		ok, err = handoff.Elsewhere{}.Accepted(q, c.Org, c.Question, f.Org.ID)
		return err
	})
	return ok
}

func TestSomebodyElseWithThatNameIsNotThem(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		for _, born := range []string{"2014-06-01", "1990-01-01"} {
			_, err := w.people.Create(w.ctx, orgtest.As(w.h1.Desk), person.NewPerson{Name: "Fleur  JANSEN", BirthDate: born})
			w.must(err)
		}
		c := w.open()
		_, there := w.accept(w.h1, w.refer(c, w.h1).ID)
		w.read(func(q db.Q) error {
			p, err := person.ByID(q, there.Org, there.Person)
			is(t, "birth date", p.BirthDate, "2014-06-01")
			is(t, "the one who was there", p.Name, "Fleur JANSEN")
			return err
		})
		// Two who fit: a person chooses.
		_, err := w.people.Create(w.ctx, orgtest.As(w.h2.Desk), person.NewPerson{Name: "Fleur Jansen", BirthDate: "2014-06-01"})
		w.must(err)
		second, err := w.people.Create(w.ctx, orgtest.As(w.h2.Desk), person.NewPerson{Name: "Fleur Jansen", BirthDate: "2014-06-01"})
		w.must(err)
		r := w.refer(w.open(), w.h2)
		_, _, _, err = w.svc.AcceptReferral(w.ctx, orgtest.As(w.h2.Desk), r.ID, handoff.Take{Promise: w.make()})
		typed(t, "two fit", err, "person-ambiguous")
		_, there, _, err = w.svc.AcceptReferral(w.ctx, orgtest.As(w.h2.Desk), r.ID, handoff.Take{Person: second.Person.ID, Promise: w.make()})
		w.must(err)
		is(t, "chosen", there.Person, second.Person.ID)
	})
}

func TestAcceptByKey(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		key := actor.Actor{Kind: actor.Organisation, Org: w.h1.Org.ID}
		c := w.open()
		r := w.refer(c, w.h1)
		p, err := w.svc.ListReferrals(w.ctx, key, handoff.Filter{Open: true}, "", 10)
		w.must(err)
		is(t, "listed", len(p.Items), 1)
		_, _, _, err = w.svc.AcceptReferral(w.ctx, key, r.ID, handoff.Take{})
		typed(t, "without a promise", err, "what-missing")
		_, there, _, err := w.svc.AcceptReferral(w.ctx, key, r.ID, handoff.Take{Promise: w.make()})
		w.must(err)
		w.rest()
		is(t, "somebody owns it", there.Owner, w.row(w.h1, r.ID).Handler)
		_, _, err = w.svc.Refer(w.ctx, key, handoff.Refer{Case: there.ID, To: w.h2.Org.ID})
		typed(t, "a key refers", err, "not-allowed")
		_, _, err = w.svc.GetReferral(w.ctx, actor.Actor{Kind: actor.Organisation, Org: w.gp.Org.ID}, r.ID)
		typed(t, "the sender's row is for its people", err, "referral-not-found")
		w.checked()
	})
}

func TestReferralDeclined(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		c := w.open()
		r := w.refer(c, w.h1)
		desk := orgtest.As(w.h1.Desk)
		no := handoff.No{Reason: "wrong-organisation", Explanation: "Voor hoofdpijn moet u in Ziekenhuis Twee zijn."}
		_, err := w.svc.DeclineReferral(w.ctx, desk, r.ID, no)
		typed(t, "a bare no", err, "decline-needs-next-step")
		no.Next = handoff.Next{Step: handoff.OtherOrganisation, Organisation: "org_nowhere"}
		_, err = w.svc.DeclineReferral(w.ctx, desk, r.ID, no)
		typed(t, "nowhere", err, "organisation-unknown")
		no.Next.Organisation = w.gp.Org.ID
		_, err = w.svc.DeclineReferral(w.ctx, desk, r.ID, no)
		typed(t, "back where it came from", err, "referral-loop")
		no.Next.Organisation = w.h2.Org.ID
		_, err = w.svc.DeclineReferral(w.ctx, desk, r.ID, no)
		w.must(err)
		w.rest()
		out := w.row(w.gp, r.ID)
		if out.State != handoff.Declined || out.Explanation != no.Explanation || out.NextOrg != w.h2.Org.ID {
			t.Errorf("%+v", out)
		}
		sig := w.signals(w.gp, handoff.SignalRefused)
		if len(sig) != 1 || sig[0].Member != w.gp.Desk.ID || sig[0].Data["try"] != w.h2.Org.ID {
			t.Error(sig)
		}
		is(t, "told", w.teller.count(w.gp.Org.ID, "referral-declined-told"), 1)
		is(t, "still owned", w.caseOf(c).Owner, w.gp.Desk.ID)
		_, _, _, err = w.svc.AcceptReferral(w.ctx, desk, r.ID, handoff.Take{Promise: w.make()})
		typed(t, "after a no", err, "referral-answered")
		// Following the advice is passing on a second time.
		r2 := w.refer(c, w.h2)
		is(t, "bounces", w.facts(w.gp, fact.BounceCounted), 1)
		w.accept(w.h2, r2.ID)
		is(t, "handed over", w.caseOf(c).CloseReason, casefile.HandedOver)
		w.checked()
	})
}

// The hospital of the story: "they have it, we don't, so we can do nothing".
func TestMissingLetter(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.needs(w.h1, "referral-letter", "specialist-letter")
		c := w.open()
		w.letter(c, "referral-letter")
		r, _, err := w.svc.Refer(w.ctx, orgtest.As(w.gp.Desk), handoff.Refer{Case: c.ID, To: w.h1.Org.ID})
		w.must(err)
		if diff := cmp.Diff([]string{"specialist-letter"}, r.Missing); diff != "" {
			t.Error("the sender knows at once", diff)
		}
		w.rest()
		// At delivery it is asked for by itself, and the customer hears once that
		// they need do nothing.
		asked := w.requests(w.gp, handoff.In)
		if len(asked) != 1 || asked[0].Kind != "specialist-letter" || asked[0].Handler != w.gp.Desk.ID || asked[0].Asker != w.h1.Org.ID {
			t.Fatalf("%+v", asked)
		}
		is(t, "told", w.teller.count(w.gp.Org.ID, "document-requested"), 1)
		is(t, "signal", len(w.signals(w.gp, handoff.SignalRequested)), 1)
		desk := orgtest.As(w.h1.Desk)
		_, _, _, err = w.svc.AcceptReferral(w.ctx, desk, r.ID, handoff.Take{Promise: w.make()})
		typed(t, "incomplete", err, "documents-missing")
		e, _ := errs.As(err)
		if diff := cmp.Diff([]string{"specialist-letter"}, e.Params["Missing"]); diff != "" {
			t.Error(diff)
		}
		no := handoff.No{Reason: handoff.DocumentsMissing, Explanation: "Zij hebben hem, wij niet.", Next: handoff.Next{Step: handoff.BackToSender, Advice: "Vraag een nieuwe."}}
		_, err = w.svc.DeclineReferral(w.ctx, desk, r.ID, no)
		typed(t, "they have it, we don't", err, "decline-needs-next-step")
		no.Next = handoff.Next{Step: handoff.AskDocuments}
		in, err := w.svc.DeclineReferral(w.ctx, desk, r.ID, no)
		w.must(err)
		is(t, "it stays", in.State, handoff.Received)
		_, err = w.svc.RequestDocument(w.ctx, desk, handoff.Ask{Referral: r.ID, Kind: "specialist-letter"})
		typed(t, "asked already", err, "document-asked")

		// The GP has it not, but knows who has.
		gp := orgtest.As(w.gp.Desk)
		_, err = w.svc.RefuseDocument(w.ctx, gp, asked[0].ID, handoff.No{Reason: "not-here", Explanation: "Nooit gekregen."})
		typed(t, "a bare no", err, "decline-needs-next-step")
		_, err = w.svc.PassOnRequest(w.ctx, gp, asked[0].ID, w.h1.Org.ID, "")
		typed(t, "back to who asks", err, "request-loop")
		_, err = w.svc.PassOnRequest(w.ctx, gp, asked[0].ID, w.h2.Org.ID, "Zij behandelden haar in augustus.")
		w.must(err)
		w.rest()
		is(t, "the asker follows", w.requests(w.h1, handoff.Out)[0].Peer, w.h2.Org.ID)
		there := w.requests(w.h2, handoff.In)
		_, err = w.svc.ProvideDocument(w.ctx, orgtest.As(w.h2.Desk), there[0].ID, handoff.Give{Name: "Brief neuroloog", Content: "Augustus: migraine."})
		w.must(err)
		w.rest()
		in = w.row(w.h1, r.ID)
		is(t, "missing", len(in.Missing), 0)
		sig := w.signals(w.h1, handoff.SignalProvided)
		if len(sig) != 1 || sig[0].Data["complete"] != true {
			t.Error(sig)
		}
		is(t, "told once in all", w.teller.count(w.gp.Org.ID, "document-requested"), 1)
		_, c2 := w.accept(w.h1, r.ID)
		w.read(func(q db.Q) error {
			docs, err := casefile.Documents(q, c2.Org, c2.ID)
			from := []string{}
			for _, d := range docs {
				from = append(from, d.FromOrg)
			}
			slices.Sort(from)
			want := []string{w.gp.Org.ID, w.h2.Org.ID}
			slices.Sort(want)
			if diff := cmp.Diff(want, from); diff != "" {
				t.Error(diff)
			}
			return err
		})
		w.checked()
	})
}

func (w *world) requests(f orgtest.Fixture, direction string) []handoff.Request {
	w.t.Helper()
	p, err := w.svc.ListRequests(w.ctx, orgtest.As(f.Desk), handoff.Filter{Direction: direction}, "", "", 50)
	w.must(err)
	return p.Items
}

func TestAcceptWithoutDocuments(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.needs(w.h1, "result")
		c := w.open()
		r := w.refer(c, w.h1)
		take := handoff.Take{Promise: w.make(), WithoutDocuments: true}
		_, _, _, err := w.svc.AcceptReferral(w.ctx, orgtest.As(w.h1.Desk), r.ID, take)
		typed(t, "without a reason", err, "why-missing")
		take.Why = "Zij heeft nu pijn; de uitslag komt na."
		_, there, _, err := w.svc.AcceptReferral(w.ctx, orgtest.As(w.h1.Desk), r.ID, take)
		w.must(err)
		w.rest()
		// What was asked still arrives, now in the case.
		asked := w.requests(w.gp, handoff.In)[0]
		d := w.letter(c, "result")
		_, err = w.svc.ProvideDocument(w.ctx, orgtest.As(w.gp.Desk), asked.ID, handoff.Give{Document: d.ID})
		w.must(err)
		w.rest()
		w.read(func(q db.Q) error {
			docs, err := casefile.Documents(q, there.Org, there.ID)
			is(t, "documents", len(docs), 1)
			return err
		})
		w.checked()
	})
}

func TestRequestForACase(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		c := w.open()
		desk := orgtest.As(w.gp.Desk)
		_, err := w.svc.RequestDocument(w.ctx, desk, handoff.Ask{Case: c.ID, Kind: "specialist-letter"})
		typed(t, "nobody else had it", err, "say-whom-to-ask")
		_, err = w.svc.RequestDocument(w.ctx, desk, handoff.Ask{Kind: "result"})
		typed(t, "for what", err, "case-or-referral")
		q, err := w.svc.RequestDocument(w.ctx, desk, handoff.Ask{Case: c.ID, Kind: "specialist-letter", Of: w.h1.Org.ID, Why: "Van augustus."})
		w.must(err)
		w.rest()
		is(t, "told", w.teller.count(w.gp.Org.ID, "document-requested"), 1)
		for _, m := range []org.Member{w.h2.Desk, w.gp.Desk} {
			_, err = w.svc.ProvideDocument(w.ctx, orgtest.As(m), q.ID, handoff.Give{Name: "x", Content: "y"})
			typed(t, "who was not asked", err, "request-not-found")
		}
		// The paper of somebody else cannot go by mistake.
		other, err := w.people.Create(w.ctx, orgtest.As(w.h1.Desk), person.NewPerson{Name: "Iemand Anders", BirthDate: "2014-06-01"})
		w.must(err)
		oc, _, err := w.cases.Open(w.ctx, orgtest.As(w.h1.Desk), casefile.Open{Person: other.Person.ID, Subject: "Iets", Channel: "phone", Promise: w.make()})
		w.must(err)
		d, err := w.cases.AddDocument(w.ctx, orgtest.As(w.h1.Desk), oc.ID, casefile.Document{Kind: "specialist-letter", Name: "Brief", Content: "…"})
		w.must(err)
		_, err = w.svc.ProvideDocument(w.ctx, orgtest.As(w.h1.Desk), q.ID, handoff.Give{Document: d.ID})
		typed(t, "of somebody else", err, "document-of-another")
		_, err = w.svc.RefuseDocument(w.ctx, orgtest.As(w.h1.Desk), q.ID, handoff.No{Reason: "never-made", Explanation: "Er is nooit een brief geschreven.",
			Next: handoff.Next{Step: handoff.BackToSender, Advice: "De neuroloog belt morgen om 10:00 uur."}})
		w.must(err)
		w.rest()
		mine := w.requests(w.gp, handoff.Out)[0]
		if mine.State != handoff.Refused || mine.Advice == "" {
			t.Errorf("%+v", mine)
		}
		sig := w.signals(w.gp, handoff.SignalNoPaper)
		if len(sig) != 1 || sig[0].Member != w.gp.Desk.ID {
			t.Error(sig)
		}
		_, err = w.svc.RequestDocument(w.ctx, desk, handoff.Ask{Case: c.ID, Kind: "specialist-letter"})
		typed(t, "not the same one again by itself", err, "say-whom-to-ask")
		w.checked()
	})
}

func TestForwarded(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		c := w.open()
		d := w.letter(c, "referral-letter")
		r, _, err := w.svc.Refer(w.ctx, orgtest.As(w.gp.Desk), handoff.Refer{Case: c.ID, To: w.h1.Org.ID, Documents: []string{d.ID}})
		w.must(err)
		w.rest()
		desk := orgtest.As(w.h1.Desk)
		_, err = w.svc.ForwardReferral(w.ctx, desk, r.ID, w.gp.Org.ID, "Toch voor u.")
		typed(t, "back to who sent it", err, "referral-loop")
		_, err = w.svc.ForwardReferral(w.ctx, desk, r.ID, w.h2.Org.ID, "De hoofdpijnpoli is in Ziekenhuis Twee.")
		w.must(err)
		w.rest()
		out, in := w.row(w.gp, r.ID), w.row(w.h2, r.ID)
		is(t, "who must answer", out.Peer, w.h2.Org.ID)
		is(t, "hops", out.Hops, 2)
		is(t, "still waited for", out.State, handoff.Received)
		is(t, "sent by", in.Peer, w.h1.Org.ID)
		is(t, "asked by", in.Origin, w.gp.Org.ID)
		if diff := cmp.Diff([]string{"referral-letter"}, w.papers(w.h2, r.ID)); diff != "" {
			t.Error("papers go along", diff)
		}
		is(t, "told", w.teller.count(w.gp.Org.ID, "referral-forwarded"), 1)
		is(t, "still owned", w.caseOf(c).Owner, w.gp.Desk.ID)
		is(t, "bounces", w.facts(w.gp, fact.BounceCounted), 1)
		sig := w.signals(w.gp, handoff.SignalBounce)
		if len(sig) != 1 || sig[0].Member != w.gp.Manager.ID {
			t.Error(sig)
		}
		_, err = w.svc.ForwardReferral(w.ctx, orgtest.As(w.h2.Desk), r.ID, w.h1.Org.ID, "Nee, voor hen.")
		typed(t, "from pillar to post", err, "referral-loop")
		_, there := w.accept(w.h2, r.ID)
		is(t, "same question", there.Question, c.Question)
		is(t, "handed over", w.caseOf(c).CloseReason, casefile.HandedOver)
		_, ok := w.at(w.h1, c.Question)
		is(t, "a case in between", ok, false)
		w.checked()
	})
}

func TestWithdrawnReferral(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		c := w.open()
		r := w.refer(c, w.h1)
		gp := orgtest.As(w.gp.Desk)
		_, err := w.svc.WithdrawReferral(w.ctx, gp, r.ID, "")
		typed(t, "why", err, "why-missing")
		_, err = w.svc.ForwardReferral(w.ctx, orgtest.As(w.h1.Desk), r.ID, w.h2.Org.ID, "Daar hoort het.")
		w.must(err)
		_, err = w.svc.WithdrawReferral(w.ctx, gp, r.ID, "De moeder belde: het is over.")
		w.must(err)
		_, _, err = w.svc.Refer(w.ctx, gp, handoff.Refer{Case: c.ID, To: w.h2.Org.ID})
		typed(t, "before it is settled", err, "referral-withdrawing")
		w.rest()
		is(t, "chased to", w.row(w.h2, r.ID).State, handoff.Withdrawn)
		is(t, "told", w.teller.count(w.gp.Org.ID, "referral-withdrawn"), 1)
		_, _, _, err = w.svc.AcceptReferral(w.ctx, orgtest.As(w.h2.Desk), r.ID, handoff.Take{Promise: w.make()})
		typed(t, "too late", err, "referral-answered")
		r = w.refer(c, w.h2) // settled
		is(t, "and on", w.row(w.h2, r.ID).State, handoff.Received)
		w.checked()
	})
}

// Accepted and withdrawn in the same moment: the acceptance wins, because the
// receiver has promised; one organisation has the question afterwards.
func TestCrossed(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		c := w.open()
		r := w.refer(c, w.h1)
		_, _, _, err := w.svc.AcceptReferral(w.ctx, orgtest.As(w.h1.Desk), r.ID, handoff.Take{Promise: w.make()})
		w.must(err)
		_, err = w.svc.WithdrawReferral(w.ctx, orgtest.As(w.gp.Desk), r.ID, "Wij doen het toch zelf.")
		w.must(err)
		w.rest()
		is(t, "sender", w.caseOf(c).CloseReason, casefile.HandedOver)
		there, _ := w.at(w.h1, c.Question)
		is(t, "receiver has it", there.Closed(), false)
		is(t, "the sender hears it", len(w.signals(w.gp, handoff.SignalCrossed)), 1)
		is(t, "the receiver too", len(w.signals(w.h1, handoff.SignalCrossed)), 1)
		w.checked()

		// And when the customer was done with it in that moment.
		c = w.open()
		r = w.refer(c, w.h2)
		_, _, _, err = w.svc.AcceptReferral(w.ctx, orgtest.As(w.h2.Desk), r.ID, handoff.Take{Promise: w.make()})
		w.must(err)
		_, err = w.cases.Close(w.ctx, orgtest.As(w.gp.Desk), c.ID, casefile.Close{Reason: casefile.Agreed, Said: "Het is over."})
		w.must(err)
		w.rest()
		is(t, "the receiver hears it", len(w.signals(w.h2, handoff.SignalCrossed)), 1)
		w.checked()
	})
}

func TestClosingTakesOffersBack(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		c := w.open()
		h, r := w.offer(c, w.gp.Specialist.ID), w.refer(c, w.h1)
		_, err := w.cases.Close(w.ctx, orgtest.As(w.gp.Desk), c.ID, casefile.Close{Reason: casefile.Agreed, Said: "Het is over."})
		w.must(err)
		w.rest()
		h, err = w.svc.Get(w.ctx, orgtest.As(w.gp.Desk), h.ID)
		w.must(err)
		is(t, "handoff", h.State, handoff.Withdrawn)
		is(t, "referral", w.row(w.gp, r.ID).State, handoff.Withdrawn)
		is(t, "there", w.row(w.h1, r.ID).State, handoff.Withdrawn)
		w.checked()
	})
}

func TestReferralTimesOut(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.needs(w.h1)
		c := w.open()
		r := w.refer(c, w.h1)
		w.later(4*time.Hour + time.Minute)
		is(t, "sender", w.row(w.gp, r.ID).State, handoff.TimedOut)
		is(t, "receiver", w.row(w.h1, r.ID).State, handoff.TimedOut)
		mine, theirs := w.signals(w.gp, handoff.SignalReferral), w.signals(w.h1, handoff.SignalReferral)
		if len(mine) != 1 || mine[0].Member != w.gp.Desk.ID || mine[0].Data["organisation"] != w.h1.Org.ID {
			t.Error("the sender's owner sees whom to call", mine)
		}
		if len(theirs) != 1 || theirs[0].Member != w.h1.Manager.ID {
			t.Error("somebody beside who did not answer", theirs)
		}
		is(t, "still owned", w.caseOf(c).Owner, w.gp.Desk.ID)
		w.checked()
		w.later(24 * time.Hour)
		is(t, "urgent by now", w.signals(w.h1, handoff.SignalReferral)[0].Level, 3)
		w.accept(w.h1, r.ID) // late is not never
		is(t, "signals", len(w.signals(w.gp, handoff.SignalReferral))+len(w.signals(w.h1, handoff.SignalReferral)), 0)
		w.checked()
	})
}

func TestRequestTimesOut(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		c := w.open()
		_, err := w.svc.RequestDocument(w.ctx, orgtest.As(w.gp.Desk), handoff.Ask{Case: c.ID, Kind: "result", Of: w.h1.Org.ID})
		w.must(err)
		w.later(5 * time.Hour)
		is(t, "who waits", len(w.signals(w.gp, handoff.SignalPaperStuck)), 1)
		is(t, "who was asked", len(w.signals(w.h1, handoff.SignalPaperStuck)), 1)
	})
}

// A question that comes back to where it was goes on in the same case.
func TestComesBack(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		c := w.open()
		_, there := w.accept(w.h1, w.refer(c, w.h1).ID)
		spec := orgtest.As(w.h1.Specialist)
		_, _, err := w.svc.Refer(w.ctx, orgtest.As(w.gp.Desk), handoff.Refer{Case: c.ID, To: w.h2.Org.ID})
		typed(t, "the sender has it no more", err, "case-closed")
		r, _, err := w.svc.Refer(w.ctx, spec, handoff.Refer{Case: there.ID, To: w.gp.Org.ID, Note: "Behandeling klaar; u volgt haar verder."})
		w.must(err)
		w.rest()
		_, back := w.accept(w.gp, r.ID)
		is(t, "the same case", back.ID, c.ID)
		is(t, "open again", back.Closed(), false)
		is(t, "owner", back.Owner, w.gp.Specialist.ID)
		is(t, "ended there", w.caseOf(there).CloseReason, casefile.HandedOver)
		w.checked()
	})
}

func TestReferralTenants(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		c := w.open()
		r := w.refer(c, w.h1)
		for _, who := range []actor.Actor{orgtest.As(w.h2.Administrator), {Kind: actor.Organisation, Org: w.h2.Org.ID}} {
			_, _, err := w.svc.GetReferral(w.ctx, who, r.ID)
			typed(t, "get", err, "referral-not-found")
			_, _, _, err = w.svc.AcceptReferral(w.ctx, who, r.ID, handoff.Take{Promise: w.make()})
			typed(t, "accept", err, "referral-not-found")
			_, err = w.svc.DeclineReferral(w.ctx, who, r.ID, handoff.No{Reason: "other", Explanation: "x", Next: handoff.Next{Step: handoff.BackToSender, Advice: "y"}})
			typed(t, "decline", err, "referral-not-found")
			_, err = w.svc.ForwardReferral(w.ctx, who, r.ID, w.gp.Org.ID, "x")
			typed(t, "forward", err, "referral-not-found")
			_, err = w.svc.RequestDocument(w.ctx, who, handoff.Ask{Referral: r.ID, Kind: "result"})
			typed(t, "request", err, "referral-not-found")
			p, err := w.svc.ListReferrals(w.ctx, who, handoff.Filter{}, "", 10)
			w.must(err)
			is(t, "list", len(p.Items), 0)
		}
		// The receiver cannot do the sender's part, nor the sender the receiver's.
		_, err := w.svc.WithdrawReferral(w.ctx, orgtest.As(w.h1.Desk), r.ID, "x")
		typed(t, "receiver withdraws", err, "referral-not-found")
		_, _, _, err = w.svc.AcceptReferral(w.ctx, orgtest.As(w.gp.Desk), r.ID, handoff.Take{Promise: w.make()})
		typed(t, "sender accepts", err, "referral-not-found")
		_, err = w.svc.SetNeeds(w.ctx, orgtest.As(w.h1.Desk), handoff.Needs{})
		typed(t, "the desk sets needs", err, "not-allowed")
		// Somebody else's papers do not go along.
		other, err := w.people.Create(w.ctx, orgtest.As(w.gp.Desk), person.NewPerson{Name: "Iemand Anders"})
		w.must(err)
		oc, _, err := w.cases.Open(w.ctx, orgtest.As(w.gp.Desk), casefile.Open{Person: other.Person.ID, Subject: "Iets", Channel: "phone", Promise: w.make()})
		w.must(err)
		d := w.letter(oc, "result")
		_, _, err = w.svc.Refer(w.ctx, orgtest.As(w.gp.Desk), handoff.Refer{Case: w.open().ID, To: w.h1.Org.ID, Documents: []string{d.ID}})
		typed(t, "papers of another", err, "document-of-another")
	})
}

// Everything the post office carried comes a second time: nothing changes.
func TestReplayedPost(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.needs(w.h1, "referral-letter")
		for i := range 4 {
			c := w.open()
			r := w.refer(c, w.h1)
			switch i {
			case 0:
				_, err := w.svc.ForwardReferral(w.ctx, orgtest.As(w.h1.Desk), r.ID, w.h2.Org.ID, "Daar hoort het.")
				w.must(err)
				w.rest()
				w.accept(w.h2, r.ID)
			case 1:
				_, err := w.svc.DeclineReferral(w.ctx, orgtest.As(w.h1.Desk), r.ID, handoff.No{Reason: "no-capacity", Explanation: "Vol tot maart.",
					Next: handoff.Next{Step: handoff.BackToSender, Advice: "Ziekenhuis Twee heeft plaats."}})
				w.must(err)
			case 2:
				_, err := w.svc.WithdrawReferral(w.ctx, orgtest.As(w.gp.Desk), r.ID, "Niet meer nodig.")
				w.must(err)
			case 3:
				asked := w.requests(w.gp, handoff.In)
				_, err := w.svc.ProvideDocument(w.ctx, orgtest.As(w.gp.Desk), asked[0].ID, handoff.Give{Name: "Brief", Content: "Graag zien."})
				w.must(err)
			}
			w.rest()
		}
		before, said := w.snapshot(), len(w.teller.said)
		var all []ledger.Fact
		w.read(func(q db.Q) (err error) { all, err = ledger.Feed(q, 0, 100_000); return err })
		for _, f := range w.mod {
			for _, x := range all {
				if slices.Contains(f.Kinds, x.Kind) {
					if err := w.d.Write(w.ctx, func(t *db.Tx) error { return f.Handle(t, x) }); err != nil {
						t.Errorf("%s of %s: %v", f.Name, x.Kind, err)
					}
				}
			}
		}
		w.rest()
		if diff := cmp.Diff(before, w.snapshot()); diff != "" {
			t.Error(diff)
		}
		is(t, "said", len(w.teller.said), said)
		w.checked()
	})
}

// snapshot is every row of this capability at every organisation, and every
// case.
func (w *world) snapshot() map[string]any {
	w.t.Helper()
	out := map[string]any{}
	for _, f := range []orgtest.Fixture{w.gp, w.h1, w.h2} {
		who := orgtest.As(f.Administrator)
		r, err := w.svc.ListReferrals(w.ctx, who, handoff.Filter{}, "", 200)
		w.must(err)
		h, err := w.svc.List(w.ctx, who, handoff.Filter{}, "", 200)
		w.must(err)
		out["referrals "+f.Org.ID], out["handoffs "+f.Org.ID] = r.Items, h.Items
		out["requests "+f.Org.ID] = [][]handoff.Request{w.requests(f, handoff.In), w.requests(f, handoff.Out)}
		w.read(func(q db.Q) error {
			open, err := casefile.List(q, f.Org.ID, casefile.Filter{}, time.Time{}, "", 500)
			if err != nil {
				return err
			}
			closed, err := casefile.List(q, f.Org.ID, casefile.Filter{Closed: true}, time.Time{}, "", 500)
			out["cases "+f.Org.ID] = [][]casefile.Case{open, closed}
			return err
		})
	}
	return out
}

// The mistakes of the seed are possible only in a bare replay.
func TestBare(t *testing.T) {
	kittest.Databases(t, migrations, func(t *testing.T, d *kittest.DB) {
		w := newWorld(t, d, true)
		w.needs(w.h1, "referral-letter")
		c := w.open()
		r := w.refer(c, w.h1)
		is(t, "delivered", w.row(w.h1, r.ID).State, handoff.Received)
		is(t, "asked for", len(w.requests(w.gp, handoff.In)), 0)
		_, err := w.svc.DeclineReferral(w.ctx, orgtest.As(w.h1.Desk), r.ID, handoff.No{Reason: handoff.DocumentsMissing})
		w.must(err)
		h := w.offer(c, w.gp.Specialist.ID)
		_, err = w.svc.Decline(w.ctx, orgtest.As(w.gp.Specialist), h.ID, handoff.Refuse{Reason: "not-mine"})
		w.must(err)
		w.refer(c, w.h2)
		w.later(10 * 24 * time.Hour)
		for _, m := range w.teller.said {
			if m.Template != "promise-made" {
				t.Error("nobody is told", m.Template)
			}
		}
		is(t, "nothing runs out", w.facts(w.gp, fact.ReferralTimedOut), 0)
		is(t, "the check sees it", len(w.violations()) > 0, true)
	})
}

// Each check finds the row it is for (decision 28).
func TestChecksFind(t *testing.T) {
	d := kittest.SQLite(t, migrations...)
	w := newWorld(t, d, false)
	w.refer(w.open(), w.h1)
	c := w.open()
	w.accept(w.h1, w.refer(c, w.h1).ID)
	w.offer(w.open(), w.gp.Specialist.ID)
	dec := w.open()
	r := w.refer(dec, w.h2)
	_, err := w.svc.DeclineReferral(w.ctx, orgtest.As(w.h2.Desk), r.ID, handoff.No{Reason: "other", Explanation: "Nee.",
		Next: handoff.Next{Step: handoff.BackToSender, Advice: "Bel ons morgen."}})
	w.must(err)
	w.rest()
	w.checked()
	checks := handoff.Module(w.svc, nil).Checks
	bugs := []string{
		`UPDATE case_file SET closed_at = 1, close_reason = 'mistake', open_promises = 0, next_due = NULL`,
		`UPDATE member SET active = 0`,
		`UPDATE case_file SET question_id = 'qst_' || case_id`,
		`UPDATE referral SET next_step = 'none' WHERE state = 'declined'`,
		`UPDATE referral SET state = 'withdrawn', answered_at = 1, look_at = NULL WHERE direction = 'in' AND state = 'received'`,
		`UPDATE referral SET state = 'declined', reason = 'other', explanation = 'x', next_step = 'back-to-sender' WHERE direction = 'out' AND state = 'accepted'`,
	}
	if len(bugs) != len(checks) {
		t.Fatal("a planted bug for each check")
	}
	for i, bug := range bugs {
		undo := errUndo{}
		err := d.Write(w.ctx, func(tx *db.Tx) error {
			rows, bad, err := checks[i].Run(tx)
			if err != nil || rows == 0 || len(bad) != 0 {
				t.Errorf("%s before: %d rows, %v, %v", checks[i].Name, rows, bad, err)
			}
			if _, err := tx.Exec(bug); err != nil {
				return err
			}
			if _, bad, err = checks[i].Run(tx); err != nil || len(bad) == 0 {
				t.Errorf("%s does not find: %s (%v)", checks[i].Name, bug, err)
			}
			return undo
		})
		if !errors.Is(err, undo) {
			t.Fatal(bug, err)
		}
	}
}

type errUndo struct{}

func (errUndo) Error() string { return "undo" }

// Every fact reads as a sentence in both languages, without a gap.
func TestSentences(t *testing.T) {
	d := kittest.SQLite(t, migrations...)
	w := newWorld(t, d, false)
	w.needs(w.h1, "referral-letter")
	c := w.open()
	h := w.offer(c, w.gp.Specialist.ID)
	_, err := w.svc.Decline(w.ctx, orgtest.As(w.gp.Specialist), h.ID, handoff.Refuse{Reason: "no-time", Explanation: "Vol.", Next: handoff.SenderKeeps})
	w.must(err)
	r := w.refer(c, w.h1)
	_, err = w.svc.ForwardReferral(w.ctx, orgtest.As(w.h1.Desk), r.ID, w.h2.Org.ID, "Daar hoort het.")
	w.must(err)
	w.later(5 * time.Hour)
	_, err = w.svc.ProvideDocument(w.ctx, orgtest.As(w.gp.Desk), w.requests(w.gp, handoff.In)[0].ID, handoff.Give{Name: "Brief", Content: "x"})
	w.must(err)
	w.rest()
	w.accept(w.h2, r.ID)
	b, seen := words(t), 0
	w.read(func(q db.Q) error {
		for _, language := range []string{"nl", "en"} {
			p := b.Printer(language, orgtest.Hours().Location(), d.Clock.Now())
			lines, err := w.cases.Timeline(q, p, w.caseIn(q, c), "", 200)
			if err != nil {
				return err
			}
			for _, l := range lines {
				if !slices.Contains([]string{"handoff.offered", "handoff.declined", "referral.offered", "referral.received", "referral.forwarded",
					"referral.timed-out", "referral.accepted", "document.asked", "document.provided", "bounce.counted"}, l.Kind) {
					continue // of other capabilities, whose sentences are not all here
				}
				seen++
				for _, bad := range []string{"⟦", "<no value>", "  ", "org_", "mem_", "ref_"} {
					if strings.Contains(l.Sentence, bad) {
						t.Errorf("%s in %s: %q", l.Kind, language, l.Sentence)
					}
				}
			}
		}
		return nil
	})
	if seen < 16 {
		t.Errorf("only %d sentences seen", seen)
	}
}

func (w *world) caseIn(q db.Q, c casefile.Case) casefile.Case {
	c, err := casefile.ByID(q, c.Org, c.ID)
	w.must(err)
	return c
}

// Every signal, and every problem a service gives, has its words.
func TestWordsOfSignals(t *testing.T) {
	for _, language := range []string{"nl", "en"} {
		p := words(t).Printer(language, nil, kittest.Start)
		for _, kind := range []string{handoff.SignalStuck, handoff.SignalUnanswered, handoff.SignalDeclined, handoff.SignalReceived,
			handoff.SignalReferral, handoff.SignalRefused, handoff.SignalCrossed, handoff.SignalRequested, handoff.SignalPaperStuck,
			handoff.SignalProvided, handoff.SignalNoPaper, handoff.SignalBounce} {
			is(t, kind, p.Has("signal."+kind), true)
		}
		for key, codes := range map[string][]string{"handoff.why.code-": handoff.Reasons, "referral.why.code-": handoff.ReferralReasons,
			"request.why.code-": handoff.RequestReasons, "handoff.next.": {handoff.SenderKeeps, handoff.AskCustomer, "try", handoff.None},
			"referral.next.": {handoff.OtherOrganisation, handoff.AskDocuments, handoff.BackToSender, handoff.None}} {
			for _, c := range codes {
				is(t, key+c, p.Has(key+c), true)
			}
		}
	}
}
