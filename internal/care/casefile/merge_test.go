package casefile_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/casefile/casefiletest"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// A question asked twice goes on as one: the customer keeps every promised
// time, and their old link leads on.
func TestMerge(t *testing.T) {
	kittest.Databases(t, casefiletest.Migrations, func(t *testing.T, d *kittest.DB) {
		w := casefiletest.New(t, d)
		into, _ := w.Open(w.Make(5 * time.Hour))
		from, sent := w.Open(w.Make(26 * time.Hour)) // told by message, not arrived yet
		spoken := w.Make(3 * time.Hour)
		spoken.Spoken = true
		_, err := w.Promises.Make(bg, w.Who(), from.ID, spoken)
		w.Must(err)
		_, err = w.Cases.AskClose(bg, w.Who(), from.ID, "")
		w.Must(err)
		_, err = w.Cases.Wait(bg, w.Who(), from.ID, casefile.Wait{Kind: casefile.WaitOther, Whom: "Het lab", What: "de uitslag", Until: w.Local(4, 12, 0)})
		w.Must(err)
		w.Must(w.Cases.Say(bg, w.Customer(from), from.ID, "Ik vraag het nog maar eens."))
		before := map[time.Time]promise.Told{}
		for _, p := range w.OpenOnes(from.ID) {
			if p.Kind != promise.Closing {
				before[p.Due] = p.Told
			}
		}
		_, err = w.Cases.Merge(bg, w.Who(), from.ID, into.ID, 0)
		w.Must(err)
		w.Sound()

		got := w.Case(from.ID)
		if got.CloseReason != casefile.Merged || got.MergedInto != into.ID {
			t.Errorf("the first case: %+v", got)
		}
		for _, p := range w.OpenOnes(into.ID) {
			if told, ok := before[p.Due]; ok && told == p.Told && p.Predecessor != "" {
				delete(before, p.Due)
			}
			if p.Kind == promise.Closing {
				t.Error("the question whether the first one is solved came along")
			}
		}
		if len(before) > 0 {
			t.Errorf("promises that vanished: %v", before)
		}
		if _, ok := waitOf(t, w, into.ID); !ok {
			t.Error("nobody waits for the lab any more")
		}
		if n := len(w.Teller.Of("question-merged")); n != 1 {
			t.Errorf("told %d times", n)
		}

		// The message about the old promise arrives: it tells the new one.
		w.Deliver(sent, fact.MessageDelivered)
		w.Rest()
		for _, p := range w.OpenOnes(into.ID) {
			if p.Predecessor == sent.ID && p.Told != promise.Delivered {
				t.Errorf("the promise that goes on is %s", p.Told)
			}
		}

		// The old link leads to the question that goes on, and what is said there arrives.
		v, err := w.Cases.GetQuestion(bg, w.Customer(from))
		w.Must(err)
		if v.Holder.Case.ID != into.ID || v.ID != from.Question {
			t.Errorf("the old link leads to %s", v.Holder.Case.Ref())
		}
		there, id, err := w.Cases.OnCase(bg, w.Customer(from))
		w.Must(err)
		w.Must(w.Cases.Say(bg, there, id, "Dank u."))

		// Opened again it begins anew, with a promise of its own.
		next := w.Make(6 * time.Hour)
		_, err = w.Cases.Reopen(bg, w.Who(), from.ID, "Toch iets anders", next)
		w.Must(err)
		if got := w.Case(from.ID); got.MergedInto != "" || got.OpenPromises != 1 {
			t.Errorf("opened again: %+v", got)
		}
		w.Until(w.Local(6, 17, 0))
		w.Sound()
	})
}

func TestMergeRefuses(t *testing.T) {
	kittest.Databases(t, casefiletest.Migrations, func(t *testing.T, d *kittest.DB) {
		w := casefiletest.New(t, d)
		a, _ := w.Open(w.Make(5 * time.Hour))
		_, err := w.Cases.Merge(bg, w.Who(), a.ID, a.ID, 0)
		w.Refused(err, "same-case")
		b, _, err := w.Cases.Open(bg, w.Who(), casefile.Open{Person: w.Mother.Person.ID, Subject: "Iets anders", Channel: "phone", Promise: w.Make(5 * time.Hour)})
		w.Must(err)
		_, err = w.Cases.Merge(bg, w.Who(), a.ID, b.ID, 0)
		w.Refused(err, "merge-other-person")
		c, _ := w.Open(w.Make(6 * time.Hour))
		_, err = w.Cases.Merge(bg, w.Who(), a.ID, c.ID, 99)
		w.Refused(err, "changed-meanwhile")
		other := w.Who()
		other.Org = "org_elsewhere"
		_, err = w.Cases.Merge(bg, other, a.ID, c.ID, 0)
		w.Refused(err, "case-not-found")
		w.DB.Clock.Advance(5*time.Hour + time.Second) // late, and the watch has not looked yet
		_, err = w.Cases.Merge(bg, w.Who(), a.ID, c.ID, 0)
		w.Refused(err, "promise-overdue")
		w.Rest()
		w.Sound()
	})
}

// Two people join two questions with each other, in both directions at once:
// one of them wins, and nothing is lost.
func TestMergeAtOnce(t *testing.T) {
	kittest.Databases(t, casefiletest.Migrations, func(t *testing.T, d *kittest.DB) {
		w := casefiletest.New(t, d)
		for range 5 {
			a, _ := w.Open(w.Make(5 * time.Hour))
			b, _ := w.Open(w.Make(6 * time.Hour))
			var wg sync.WaitGroup
			results := make([]error, 2)
			for i, pair := range [][2]string{{a.ID, b.ID}, {b.ID, a.ID}} {
				wg.Go(func() { _, results[i] = w.Cases.Merge(bg, w.Who(), pair[0], pair[1], 0) })
			}
			wg.Wait()
			err := errors.Join(results...)
			if (results[0] == nil) == (results[1] == nil) || errs.TypeOf(errOf(results)) != "case-closed" {
				t.Fatalf("both or neither: %v", err)
			}
			w.Sound()
		}
	})
}

func errOf(list []error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestLinks(t *testing.T) {
	kittest.Databases(t, casefiletest.Migrations, func(t *testing.T, d *kittest.DB) {
		w := casefiletest.New(t, d)
		a, _ := w.Open(w.Make(5 * time.Hour))
		b, _ := w.Open(w.Make(5 * time.Hour))
		w.Must(w.Cases.LinkCases(bg, w.Who(), b.ID, a.ID, "Zelfde onderzoek"))
		w.Refused(w.Cases.LinkCases(bg, w.Who(), a.ID, b.ID, "Nog eens"), "linked-already")
		for _, p := range [][2]string{{a.ID, b.ID}, {b.ID, a.ID}} {
			list, err := w.Cases.Links(bg, w.Who(), p[0])
			w.Must(err)
			if len(list) != 1 || list[0].Case != p[1] || list[0].Why != "Zelfde onderzoek" {
				t.Errorf("links of one side: %+v", list)
			}
		}
		other := w.Who()
		other.Org = "org_elsewhere"
		w.Refused(w.Cases.UnlinkCases(bg, other, a.ID, b.ID), "case-not-found")
		w.Must(w.Cases.UnlinkCases(bg, w.Who(), a.ID, b.ID))
		w.Refused(w.Cases.UnlinkCases(bg, w.Who(), a.ID, b.ID), "link-not-found")
	})
}
