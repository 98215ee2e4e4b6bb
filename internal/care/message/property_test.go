package message_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/houvast/houvast/internal/care/message"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/mail/mailtest"
)

// Whatever the mail server, the people and the power do: without a person's
// decision at most one written copy of an intent arrives, everything comes to
// an end or has somebody who knows, and told is never untold.
func TestNeverTwice(t *testing.T) {
	d := kittest.SQLite(t, migrations...)
	rec := &mailtest.Recorder{}
	power := &crash{Sender: rec}
	f := setup(t, d, power)
	desk, key := f.desk(), actor.Actor{Kind: actor.Organisation, Org: f.Org.ID}
	n := 0
	var intents, fallbacks, uncertain, resent, lost int
	rapid.Check(t, func(r *rapid.T) {
		n++
		power.mu.Lock()
		power.times = 0 // what an earlier run left
		power.mu.Unlock()
		var points []person.NewPoint
		for i := range rapid.IntRange(0, 4).Draw(r, "points") {
			switch rapid.SampledFrom([]string{"email", "phone", "sms"}).Draw(r, "kind") {
			case "email":
				points = append(points, person.NewPoint{Kind: person.Email, Value: fmt.Sprintf("p%d-%d@example.nl", n, i)})
			case "phone":
				points = append(points, person.NewPoint{Kind: person.Phone, Value: "06" + strconv.Itoa(10_000_000+n*10+i)})
			case "sms":
				points = append(points, person.NewPoint{Kind: person.SMS, Value: "06" + strconv.Itoa(10_000_000+n*10+i)})
			}
		}
		who := f.AddPerson(t, person.NewPerson{Name: "Klant " + strconv.Itoa(n), Points: points})
		in := promise.Telling{Org: f.Org.ID, Person: who.Person.ID, Keeper: f.Desk.ID, Template: "door-open", Intent: "test:" + strconv.Itoa(n)}
		if rapid.Bool().Draw(r, "deadline") {
			in.Before = d.Clock.Now().Add(time.Duration(rapid.IntRange(30, 3000).Draw(r, "minutes")) * time.Minute)
		}
		tell := func() { f.write(func(tx *db.Tx) error { _, err := f.messages.Tell(tx, desk, in); return err }) }
		chain := func() (list []message.Message) {
			f.read(func(q db.Q) (err error) { list, err = message.OfIntent(q, f.Org.ID, in.Intent); return err })
			return list
		}
		told := map[string]bool{}
		decided := 0
		look := func() {
			copies := 0
			for _, p := range points {
				if p.Kind == person.Email {
					copies += len(rec.To(p.Value))
				}
			}
			if copies > 1+decided {
				r.Fatalf("%d copies arrived, %d decisions: %+v", copies, decided, chain())
			}
			for _, m := range chain() {
				if told[m.ID] && !m.State.Told() {
					r.Fatalf("told became %s", m.State)
				}
				told[m.ID] = m.State.Told()
			}
		}
		tell()
		for range rapid.IntRange(1, 20).Draw(r, "steps") {
			list := chain()
			m := list[rapid.IntRange(0, len(list)-1).Draw(r, "which")]
			switch rapid.SampledFrom([]string{"rest", "rest", "later", "long", "fail", "fail", "crash", "crash", "spoken", "no-answer", "report", "seen", "resend", "resend", "settle", "again", "recall"}).Draw(r, "do") {
			case "rest":
				f.rest()
			case "later":
				f.after(time.Duration(rapid.IntRange(1, 90).Draw(r, "minutes")) * time.Minute)
			case "long":
				f.after(time.Duration(rapid.IntRange(2, 40).Draw(r, "hours")) * time.Hour)
			case "fail":
				rec.Next(rapid.SampledFrom([]mailtest.Behaviour{mailtest.Decline, mailtest.Refuse, mailtest.Drop, mailtest.Lose, mailtest.Accept}).Draw(r, "how"))
			case "crash":
				power.mu.Lock()
				power.times = max(power.times, 0) + 1
				power.mu.Unlock()
				if rapid.Bool().Draw(r, "at once") { // else it comes in the middle of what is drawn next
					f.rest()
				}
			case "spoken":
				_, _ = f.messages.Spoken(f.ctx, desk, m.ID, "", "")
			case "no-answer":
				_, _ = f.messages.NoAnswer(f.ctx, desk, m.ID)
			case "report":
				status := rapid.SampledFrom([]string{message.ReportDelivered, message.ReportFailed, message.ReportSeen}).Draw(r, "status")
				if got, err := f.messages.Report(f.ctx, key, m.ID, status); err == nil && m.State != message.Failed && got.State == message.Failed {
					decided++ // a provider's word that a copy did not arrive, which may be wrong
				}
			case "seen":
				f.write(func(tx *db.Tx) error { return f.messages.Seen(tx, f.Org.ID, m.ID) })
			case "resend":
				if i := slices.IndexFunc(list, func(m message.Message) bool { return m.State == message.Uncertain || m.State == message.Failed }); i >= 0 {
					m = list[i] // others cannot be sent again
				}
				if _, err := f.messages.Resend(f.ctx, desk, m.ID); err == nil {
					decided++
					resent++
				}
			case "settle":
				arrived := rapid.Bool().Draw(r, "arrived")
				if _, err := f.messages.Settle(f.ctx, desk, m.ID, arrived); err == nil && !arrived {
					decided++
				}
			case "again":
				tell()
			case "recall":
				f.write(func(tx *db.Tx) error {
					_, err := f.messages.Recall(tx, f.Org.ID, in.Intent)
					return err
				})
			}
			look()
		}
		f.after(72 * time.Hour)
		look()
		list := chain()
		for _, m := range list {
			if m.State == message.Sending || m.State == message.Queued && m.Channel != message.Phone {
				r.Fatalf("never came to an end: %+v", m)
			}
			if m.State == message.Uncertain {
				uncertain++
			}
			if m.FallbackOf != "" {
				fallbacks++
			}
			if m.Code == message.CodeLost {
				lost++
			}
		}
		intents++
		f.read(func(q db.Q) error {
			for name, check := range map[string]func(db.Q) (int64, []string, error){"once": message.CheckOnce, "lost": message.CheckLost,
				"stuck": func(q db.Q) (int64, []string, error) { return message.CheckStuck(q, 10*time.Minute) }} {
				_, wrong, err := check(q)
				if err != nil {
					return err
				}
				if slices.ContainsFunc(wrong, func(id string) bool {
					return slices.ContainsFunc(list, func(m message.Message) bool { return m.ID == id })
				}) {
					r.Fatalf("%s: %v in %+v", name, wrong, list)
				}
			}
			return nil
		})
		for _, m := range list { // so that it does not slow down the next
			if m.State == message.Queued {
				_, _ = f.messages.Spoken(f.ctx, desk, m.ID, "", "")
			}
		}
	})
	t.Logf("%d intents, %d fallbacks, %d uncertain at the end, %d interrupted, %d sent again", intents, fallbacks, uncertain, lost, resent)
	if intents < 20 || fallbacks == 0 || uncertain == 0 || lost == 0 || resent == 0 {
		t.Error("too little happened to say anything")
	}
}
