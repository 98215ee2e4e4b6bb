package casefile_test

import (
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/casefile/casefiletest"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

func waitOf(t *testing.T, w *casefiletest.World, id string) (x casefile.Waiting, ok bool) {
	t.Helper()
	if err := w.DB.Read(t.Context(), func(q db.Q) (err error) { x, ok, err = casefile.WaitingOf(q, w.Org.ID, id); return err }); err != nil {
		t.Fatal(err)
	}
	return x, ok
}

// Waiting has its own date and its own promise, and pauses nothing.
func TestWaiting(t *testing.T) {
	kittest.Databases(t, casefiletest.Migrations, func(t *testing.T, d *kittest.DB) {
		w := casefiletest.New(t, d)
		c, first := w.Open(w.Make(5 * time.Hour))
		until := w.Local(5, 12, 0)
		wait, err := w.Cases.Wait(bg, w.Who(), c.ID, casefile.Wait{Kind: casefile.WaitOther, Whom: "Ziekenhuis Zuiderhof", What: "de datum van de longtest", Until: until})
		w.Must(err)
		open := w.OpenOnes(c.ID)
		if len(open) != 2 || open[0].ID != first.ID && open[1].ID != first.ID {
			t.Fatalf("the promise that stood is gone: %+v", open)
		}
		said := w.Teller.Of("waiting-other")
		if len(said) != 1 || said[0].Params["whom"] != "Ziekenhuis Zuiderhof" || said[0].Promise != wait.Promise {
			t.Errorf("the customer was told %+v", said)
		}
		if got := w.Case(c.ID); !got.WaitingBy.Equal(until) {
			t.Errorf("waits until %v, not %v", got.WaitingBy, until)
		}
		w.Sound()

		// The customer's answer ends only waiting for the customer.
		_, err = w.Cases.LogContact(bg, w.Who(), c.ID, casefile.Contact{Direction: casefile.In, Channel: "phone", Said: "Is er al nieuws?", Visible: true})
		w.Must(err)
		if _, ok := waitOf(t, w, c.ID); !ok {
			t.Error("waiting for the hospital ended by a call of the customer")
		}
		_, err = w.Cases.Wait(bg, w.Who(), c.ID, casefile.Wait{Kind: casefile.WaitCustomer, What: "het verzekeringsnummer", Until: until.Add(time.Hour), Spoken: true})
		w.Must(err)
		w.Must(w.Cases.Say(bg, w.Customer(c), c.ID, "Het is 123456."))
		if _, ok := waitOf(t, w, c.ID); ok {
			t.Error("still waiting for a customer who answered")
		}
		w.Refused(w.Cases.EndWait(bg, w.Who(), c.ID), "not-waiting")
		if n := len(w.OpenOnes(c.ID)); n != 3 {
			t.Errorf("%d promises open after waiting, want all 3", n)
		}
		w.Sound()

		// The date passes: the promise for it breaks like any other, told.
		w.Until(until.Add(2 * time.Hour))
		var broke bool
		for _, p := range w.All(c.ID) {
			broke = broke || p.ID == wait.Promise && p.State == promise.Broken
		}
		if !broke {
			t.Error("nobody looked again, and nothing broke")
		}
		w.Sound()

		_, err = w.Cases.Wait(bg, w.Who(), c.ID, casefile.Wait{Kind: casefile.WaitOther, Whom: "X", What: "y", Until: w.Now().Add(-time.Hour)})
		w.Refused(err, "time-past")
		_, err = w.Cases.Wait(bg, w.Who(), c.ID, casefile.Wait{Kind: casefile.WaitOther, What: "y", Until: until})
		w.Refused(err, "whom-missing")
		other := w.Who()
		other.Org = "org_elsewhere"
		_, err = w.Cases.Wait(bg, other, c.ID, casefile.Wait{Kind: casefile.WaitCustomer, What: "y", Until: w.Local(6, 12, 0)})
		w.Refused(err, "case-not-found")
	})
}
