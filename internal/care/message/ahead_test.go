package message_test

import (
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/message"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/mail/mailtest"
)

// A message that was being sent when the program died, while the clock was a
// day ahead, is uncertain soon after the clock was set right: somebody hears of
// it now, not when that day has come.
func TestCrashWhileTheClockWasAhead(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		c := clock.NewSim(d.Clock.Now().Add(24 * time.Hour))
		far, err := db.Open(t.Context(), db.Options{DSN: d.DSN, Schema: d.Schema, Clock: c, IDs: kittest.Seeded(c, 7), Facts: ledger.Write, Jobs: job.Write})
		if err != nil {
			t.Fatal(err)
		}
		defer far.Close() //nolint:errcheck // nothing is being written
		ahead := setup(t, &kittest.DB{DB: far, Clock: c, DSN: d.DSN, Schema: d.Schema}, &crash{Sender: &mailtest.Recorder{}, times: 1})
		q, _ := ahead.open(ahead.Mother)
		ahead.rest()
		is(t, "state", ahead.only(q).State, message.Sending)
		right := setup(t, d, &mailtest.Recorder{}) // the same store, with the clock set right
		right.after(15 * time.Minute)
		is(t, "state", ahead.only(q).State, message.Uncertain)
	})
}
