package message_test

import (
	"context"
	"errors"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/message"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/person/persontest"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/mail"
	"github.com/houvast/houvast/internal/kit/mail/mailtest"
)

var migrations = []fs.FS{org.Migrations, person.Migrations, signal.Migrations, promise.Migrations, casefile.Migrations, message.Migrations}

func words(t testing.TB) *lang.Bundle {
	t.Helper()
	b, err := lang.Load(lang.Source{FS: message.Words, Dir: "lang"})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// cases closes the circle between promises and cases, as the application does.
type cases struct{ *casefile.Service }

type fixture struct {
	persontest.Fixture
	t        testing.TB
	ctx      context.Context
	messages *message.Service
	promises *promise.Service
	cases    *casefile.Service
	workers  []job.Worker
}

func setup(t testing.TB, d *kittest.DB, sender mail.Sender, more ...func(*message.Deps)) *fixture {
	t.Helper()
	b := words(t)
	deps := message.Deps{DB: d.DB, Mail: sender, ReplyTo: "balie@delinde.example", Lang: b, Log: kittest.Log(t)}
	for _, m := range more {
		m(&deps)
	}
	f := &fixture{Fixture: persontest.New(t, orgtest.New(t, d)), t: t, ctx: t.Context(), messages: message.New(deps)}
	ref := &cases{}
	f.promises = promise.New(promise.Deps{DB: d.DB, Cases: ref, Teller: f.messages, Lang: b})
	f.cases = casefile.New(casefile.Deps{DB: d.DB, Promises: f.promises, Teller: f.messages, Lang: b})
	ref.Service = f.cases
	f.workers = []job.Worker{f.queue(), ledger.NewSealer(d.DB), ledger.Follow(d.DB, f.promises.Follower(), kittest.Log(t)),
		ledger.Follow(d.DB, f.messages.Follower(), kittest.Log(t)), message.NewWatch(f.messages)}
	return f
}

func (f *fixture) queue() *job.Queue {
	q, err := job.NewQueue(f.DB.DB, kittest.Log(f.t), 1, f.messages.Kinds()...)
	if err != nil {
		f.t.Fatal(err)
	}
	return q
}

// rest lets the workers do what is due now.
func (f *fixture) rest() {
	f.t.Helper()
	if err := job.Drain(f.ctx, f.workers); err != nil {
		f.t.Fatal(err)
	}
}

// after lets time pass, with everything happening at its own time.
func (f *fixture) after(d time.Duration) {
	f.t.Helper()
	f.rest()
	end := f.DB.Clock.Now().Add(d)
	for {
		next, err := job.NextOf(f.ctx, f.workers)
		if err != nil {
			f.t.Fatal(err)
		}
		if next.IsZero() || next.After(end) {
			break
		}
		f.DB.Clock.Set(next)
		f.rest()
	}
	f.DB.Clock.Set(end)
	f.rest()
}

func (f *fixture) desk() actor.Actor { return orgtest.As(f.Desk) }

// open opens a case with a promise by tomorrow at four.
func (f *fixture) open(who person.Card) (casefile.Case, promise.Promise) {
	f.t.Helper()
	c, p, err := f.cases.Open(f.ctx, f.desk(), casefile.Open{Person: who.Person.ID, Subject: "Hoe is mijn bloed?", Channel: "phone",
		Promise: promise.Make{What: "de uitslag van het bloedonderzoek", Due: at(1, 16, 0)}})
	if err != nil {
		f.t.Fatal(err)
	}
	return c, p
}

// handOver gives a case to another owner, as an accepted handoff does.
func (f *fixture) handOver(c casefile.Case, to string) {
	f.t.Helper()
	f.write(func(tx *db.Tx) error {
		_, err := f.cases.ChangeOwner(tx, f.desk(), c, to, "hof_1")
		return err
	})
}

// all gives the messages of a case, oldest first.
func (f *fixture) all(c casefile.Case) []message.Message {
	f.t.Helper()
	var out []message.Message
	f.read(func(q db.Q) (err error) { out, err = message.OfCase(q, c.Org, c.ID, 100); return err })
	slices.Reverse(out)
	return out
}

// only gives the one message of a case.
func (f *fixture) only(c casefile.Case) message.Message {
	f.t.Helper()
	list := f.all(c)
	if len(list) != 1 {
		f.t.Fatalf("%d messages: %+v", len(list), list)
	}
	return list[0]
}

func (f *fixture) read(fn func(db.Q) error) {
	f.t.Helper()
	if err := f.DB.Read(f.ctx, fn); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) write(fn func(*db.Tx) error) {
	f.t.Helper()
	if err := f.DB.Write(f.ctx, fn); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) signals(c casefile.Case) []string {
	f.t.Helper()
	var kinds []string
	f.read(func(q db.Q) error {
		list, err := signal.OfCase(q, c.Org, c.ID)
		for _, s := range list {
			kinds = append(kinds, s.Kind)
		}
		return err
	})
	return kinds
}

// facts gives the kinds of message facts of a case, oldest first.
func (f *fixture) facts(c casefile.Case) []string {
	f.t.Helper()
	var kinds []string
	f.read(func(q db.Q) error {
		list, err := ledger.Timeline(q, c.Org, c.ID, "", 200)
		for _, x := range list {
			if strings.HasPrefix(x.Kind, "message.") {
				kinds = append(kinds, strings.TrimPrefix(x.Kind, "message."))
			}
		}
		return err
	})
	slices.Reverse(kinds)
	return kinds
}

func (f *fixture) told(p promise.Promise) promise.Told {
	f.t.Helper()
	var got promise.Told
	f.read(func(q db.Q) error {
		list, err := promise.OfCase(q, p.Org, p.Case)
		for _, x := range list {
			if x.ID == p.ID {
				got = x.Told
			}
		}
		return err
	})
	return got
}

// held runs the checks of the replay.
func (f *fixture) held() {
	f.t.Helper()
	f.read(func(q db.Q) error {
		for name, check := range map[string]func(db.Q) (int64, []string, error){"once": message.CheckOnce, "lost": message.CheckLost,
			"stuck": func(q db.Q) (int64, []string, error) { return message.CheckStuck(q, 10*time.Minute) }} {
			if _, wrong, err := check(q); err != nil || len(wrong) > 0 {
				f.t.Errorf("%s: %v %v", name, wrong, err)
			}
		}
		return nil
	})
}

func is[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func sameList(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// server is a real SMTP server and a sender that uses it.
func server(t testing.TB) (*mailtest.Server, mail.Sender) {
	t.Helper()
	s := mailtest.Start(t, mailtest.Options{})
	sender, err := mail.NewSMTP(mail.Config{Host: s.Host(), Port: s.Port(), TLS: config.MailNone,
		From: mail.Address{Name: "Huisartsenpraktijk De Linde", Email: "post@delinde.example"}})
	if err != nil {
		t.Fatal(err)
	}
	return s, sender
}

func both(t *testing.T, run func(t *testing.T, d *kittest.DB)) {
	t.Helper()
	kittest.Databases(t, migrations, run)
}

func TestAccepted(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		smtp, sender := server(t)
		f := setup(t, d, sender)
		c, p := f.open(f.Mother)
		m := f.only(c)
		is(t, "before", m.State, message.Queued)
		is(t, "told", f.told(p), promise.Sent)
		f.rest()
		m = f.only(c)
		is(t, "state", m.State, message.Accepted)
		is(t, "told, because 250 is not delivery", f.told(p), promise.Sent)
		sameList(t, "facts", f.facts(c), "queued", "sent")
		got := smtp.Received()
		if len(got) != 1 {
			t.Fatalf("%d arrived", len(got))
		}
		if !strings.HasPrefix(got[0].MessageID, m.ID+"@") {
			t.Errorf("Message-ID %s", got[0].MessageID)
		}
		if strings.TrimSpace(strings.ReplaceAll(got[0].Text, "\r\n", "\n")) != m.Body {
			t.Errorf("what was sent is not what was queued:\n%s\n---\n%s", got[0].Text, m.Body)
		}
		for _, want := range []string{"Beste Els Müller", "vrijdag 13 november om 16:00", "Dee de Boer", "bloedonderzoek", "020 555 0100", c.Ref()} {
			if !strings.Contains(m.Body, want) {
				t.Errorf("%q is not in:\n%s", want, m.Body)
			}
		}
		if strings.Contains(got[0].Subject, "bloed") || !strings.Contains(got[0].Subject, c.Ref()) {
			t.Errorf("subject %q", got[0].Subject)
		}
		if strings.Contains(m.Body+got[0].HTML, "⟦") || !strings.Contains(got[0].HTML, `<html lang="nl">`) {
			t.Errorf("HTML %s", got[0].HTML)
		}
		f.held()
	})
}

func TestTriedAgain(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		smtp, sender := server(t)
		f := setup(t, d, sender)
		smtp.Fail(mailtest.Faults{Recipient: mailtest.Reply{Code: 451, Enhanced: "4.3.0", Text: "later"}, Times: 2})
		c, _ := f.open(f.Mother)
		f.rest()
		m := f.only(c)
		is(t, "state", m.State, message.Queued)
		is(t, "code", m.Code, "smtp-451")
		tr, err := f.messages.Trouble(f.ctx, f.desk())
		if err != nil || tr.Waiting != 1 || !tr.Since.Equal(kittest.Start) || tr.Code != "smtp-451" {
			t.Errorf("trouble: %+v, %v", tr, err)
		}
		f.held()
		f.after(time.Minute)
		m = f.only(c)
		is(t, "state", m.State, message.Accepted)
		is(t, "attempts", m.Attempts, 3)
		is(t, "copies", len(smtp.Received()), 1)
		if tr, err = f.messages.Trouble(f.ctx, f.desk()); err != nil || tr.Waiting != 0 {
			t.Errorf("trouble: %+v, %v", tr, err)
		}
	})
}

// both reachable by mail first, phone second.
func (f *fixture) mailThenPhone() person.Card {
	return f.AddPerson(f.t, person.NewPerson{Name: "Bo Bakker", Points: []person.NewPoint{
		{Kind: person.Post, Value: "Dorpsstraat 1\n1234 AB Ons Dorp"}, {Kind: person.Email, Value: "bo@example.nl"}, {Kind: person.Phone, Value: "0612345679"}}})
}

func TestRefusedGoesByPhone(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		smtp, sender := server(t)
		f := setup(t, d, sender)
		smtp.Fail(mailtest.Faults{Recipient: mailtest.Reply{Code: 550, Enhanced: "5.1.1", Text: "no such user"}})
		c, p := f.open(f.mailThenPhone())
		f.rest()
		list := f.all(c)
		if len(list) != 2 {
			t.Fatalf("%d messages", len(list))
		}
		is(t, "mail", list[0].State, message.Failed)
		is(t, "code", list[0].Code, "smtp-550")
		is(t, "phone", list[1].Channel, message.Phone)
		is(t, "fallback of", list[1].FallbackOf, list[0].ID)
		is(t, "who phones", list[1].Member, f.Desk.ID)
		if !slices.Equal(list[0].Skipped, []message.Channel{message.Post}) {
			t.Errorf("skipped %v", list[0].Skipped)
		}
		sameList(t, "facts", f.facts(c), "queued", "queued", "failed")
		f.read(func(q db.Q) error {
			pt, err := person.PointByID(q, c.Org, list[0].Point)
			is(t, "still used", pt.Usable, false)
			return err
		})
		calls, err := f.messages.Calls(f.ctx, f.desk(), f.Desk.ID, "", 10)
		if err != nil || len(calls.Items) != 1 || calls.Items[0].Number != "06 12345679" || calls.Items[0].Name != "Bo Bakker" {
			t.Fatalf("calls %+v, %v", calls, err)
		}
		if strings.Contains(calls.Items[0].Body, "Beste") || !strings.Contains(calls.Items[0].Body, "bloedonderzoek") {
			t.Errorf("to say: %s", calls.Items[0].Body)
		}
		f.held()
		if _, err := f.messages.Spoken(f.ctx, f.desk(), list[1].ID, "", ""); err != nil {
			t.Fatal(err)
		}
		f.rest()
		is(t, "told", f.told(p), promise.Spoken)
		f.read(func(q db.Q) error {
			n, err := casefile.CountContacts(q, c.Org, c.ID, casefile.Out)
			is(t, "contact moments from us", n, 1)
			return err
		})
		_, err = f.messages.Spoken(f.ctx, f.desk(), list[1].ID, "", "")
		is(t, "twice", errs.TypeOf(err), "message-told")
		f.held()
	})
}

func TestUncertainIsNotSentAgain(t *testing.T) {
	for name, drop := range map[string]mailtest.DropAt{"arrived": mailtest.AfterData, "lost": mailtest.AfterDataLost} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, d *kittest.DB) {
				smtp, sender := server(t)
				f := setup(t, d, sender)
				smtp.Fail(mailtest.Faults{Drop: drop, Times: 1})
				c, p := f.open(f.Mother)
				f.rest()
				m := f.only(c)
				is(t, "state", m.State, message.Uncertain)
				sameList(t, "signals", f.signals(c), message.SignalUncertain)
				f.after(6 * time.Hour)
				is(t, "conversations", smtp.Conversations(), 1)
				is(t, "state", f.only(c).State, message.Uncertain)
				f.held()
				if name == "arrived" {
					if _, err := f.messages.Settle(f.ctx, f.desk(), m.ID, true); err != nil {
						t.Fatal(err)
					}
					f.rest()
					is(t, "told", f.told(p), promise.Delivered)
				} else {
					got, err := f.messages.Resend(f.ctx, f.desk(), m.ID)
					if err != nil {
						t.Fatal(err)
					}
					is(t, "decided by", got.DecidedBy, f.Desk.ID)
					f.rest()
					is(t, "state", f.only(c).State, message.Accepted)
					is(t, "the same id", smtp.Copies(smtp.Received()[0].MessageID), len(smtp.Received()))
				}
				sameList(t, "signals", f.signals(c))
				f.held()
			})
		})
	}
}

// crash is a sender that stops in the middle, once.
type crash struct {
	mail.Sender
	mu    sync.Mutex
	times int
}

func (c *crash) Send(ctx context.Context, m mail.Message) (mail.Receipt, error) {
	c.mu.Lock()
	c.times--
	now := c.times >= 0
	c.mu.Unlock()
	if now {
		panic("power cut")
	}
	return c.Sender.Send(ctx, m)
}

func TestCrashBetweenSendingAndTheServer(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		rec := &mailtest.Recorder{}
		f := setup(t, d, &crash{Sender: rec, times: 1})
		c, _ := f.open(f.Mother)
		f.rest()
		is(t, "state", f.only(c).State, message.Sending)
		f.after(4 * time.Minute)
		is(t, "nobody touches it", f.only(c).State, message.Sending)
		f.after(2 * time.Minute)
		m := f.only(c)
		is(t, "state", m.State, message.Uncertain)
		is(t, "code", m.Code, message.CodeLost)
		sameList(t, "signals", f.signals(c), message.SignalUncertain)
		f.after(time.Hour)
		is(t, "sent", len(rec.Sent()), 0)
		f.held()
	})
}

func TestStoppingWhileTheServerIsSpokenTo(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		rec := &mailtest.Recorder{}
		rec.Next(mailtest.Hang)
		f := setup(t, d, rec)
		c, _ := f.open(f.Mother)
		ctx, stop := context.WithCancel(f.ctx)
		done := make(chan error)
		go func() {
			_, err := f.queue().Work(ctx)
			done <- err
		}()
		for rec.Held() == 0 { // stopped before that, it would be known that nothing was sent
			select {
			case err := <-done:
				t.Fatalf("did not hang: %v", err)
			default:
				runtime.Gosched()
			}
		}
		is(t, "written down before", f.only(c).State, message.Sending)
		stop()
		<-done
		is(t, "what is known is written down", f.only(c).State, message.Uncertain)
		f.after(time.Hour)
		is(t, "copies", rec.Copies(f.only(c).ID), 1)
		f.held()
	})
}

func TestRecalled(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		rec := &mailtest.Recorder{}
		f := setup(t, d, rec)
		c, p := f.open(f.Mother)
		f.rest()
		keep := promise.Keep{Note: "Alles is in orde.", Next: &promise.Next{Promise: &promise.Make{What: "hoe het gaat", Due: at(4, 16, 0), Spoken: true}}}
		if _, err := f.promises.Keep(f.ctx, f.desk(), p.ID, keep); err != nil {
			t.Fatal(err)
		}
		f.after(30 * time.Second)
		is(t, "sent", len(rec.Arrived()), 1)
		if _, err := f.promises.Retract(f.ctx, f.desk(), p.ID); err != nil {
			t.Fatal(err)
		}
		f.after(2 * time.Minute)
		is(t, "sent", len(rec.Arrived()), 1)
		is(t, "state", f.all(c)[1].State, message.Recalled)
		keep.Next = nil
		if _, err := f.promises.Keep(f.ctx, f.desk(), p.ID, keep); err != nil {
			t.Fatal(err)
		}
		f.after(2 * time.Minute)
		is(t, "sent", len(rec.Arrived()), 2)
		is(t, "text", strings.Contains(rec.Arrived()[1].Text, "Alles is in orde."), true)
		f.write(func(t2 *db.Tx) error {
			ok, err := f.messages.Recall(t2, c.Org, "promise-kept:"+p.ID)
			is(t, "what left cannot be taken back", ok, false)
			return err
		})
		f.write(func(t2 *db.Tx) error {
			ok, err := f.messages.Recall(t2, c.Org, "never-said")
			is(t, "nothing was there", ok, true)
			return err
		})
		f.held()
	})
}

func TestReports(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		rec := &mailtest.Recorder{}
		f := setup(t, d, rec)
		c, p := f.open(f.mailThenPhone())
		key := actor.Actor{Kind: actor.Organisation, Org: c.Org}
		m := f.only(c)
		_, err := f.messages.Report(f.ctx, key, m.ID, message.ReportDelivered)
		is(t, "not sent yet", errs.TypeOf(err), "message-not-sent")
		_, err = f.messages.Report(f.ctx, f.desk(), m.ID, message.ReportDelivered)
		is(t, "staff", errs.ClassOf(err), errs.Forbidden)
		f.rest()
		for _, status := range []string{message.ReportDelivered, message.ReportDelivered, message.ReportFailed} {
			if m, err = f.messages.Report(f.ctx, key, m.ID, status); err != nil {
				t.Fatal(err)
			}
			is(t, status, m.State, message.Delivered)
		}
		for range 2 {
			if m, err = f.messages.Report(f.ctx, key, m.ID, message.ReportSeen); err != nil {
				t.Fatal(err)
			}
			is(t, "seen", m.State, message.Seen)
		}
		if m, err = f.messages.Report(f.ctx, key, m.ID, message.ReportDelivered); err != nil || m.State != message.Seen {
			t.Errorf("went back to %s, %v", m.State, err)
		}
		f.rest()
		is(t, "told", f.told(p), promise.Delivered)
		sameList(t, "facts", f.facts(c), "queued", "sent", "delivered", "seen")

		c, _ = f.open(f.mailThenPhone())
		f.rest()
		m = f.only(c)
		if m, err = f.messages.Report(f.ctx, key, m.ID, message.ReportFailed); err != nil || m.State != message.Failed {
			t.Fatalf("%+v, %v", m, err)
		}
		is(t, "next", f.all(c)[1].Channel, message.Phone)
		f.held()
	})
}

func TestQuietHours(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		rec := &mailtest.Recorder{}
		f := setup(t, d, rec)
		evening := workcal.Week{}
		for i := range evening {
			evening[i] = []workcal.Interval{{From: 18 * 60, To: 21 * 60}}
		}
		c, _ := f.open(f.AddPerson(t, person.NewPerson{Name: "Nel Nacht", Points: []person.NewPoint{{Kind: person.Email, Value: "nel@example.nl", Hours: &evening}}}))
		f.after(7 * time.Hour) // 17:42
		is(t, "sent", len(rec.Sent()), 0)
		f.after(time.Hour)
		is(t, "sent", len(rec.Arrived()), 1)
		is(t, "at", f.only(c).SendingAt, at(0, 18, 0))
	})
}

func TestTwoWorkersSendOneCopy(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		rec := &mailtest.Recorder{}
		f := setup(t, d, rec)
		var list []casefile.Case
		for range 12 {
			c, _ := f.open(f.Mother)
			list = append(list, c)
			// The same work once more, as if the first had been lost.
			m := f.only(c)
			f.write(func(tx *db.Tx) error {
				tx.Enqueue(db.Job{Org: c.Org, Kind: message.SendJob, Key: "again-" + m.ID, Payload: map[string]string{"message": m.ID}})
				return nil
			})
		}
		var wg sync.WaitGroup
		for range 4 {
			q := f.queue()
			wg.Go(func() {
				for range 20 {
					if _, err := q.Work(f.ctx); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		f.rest()
		for _, c := range list {
			m := f.only(c)
			is(t, "state", m.State, message.Accepted)
			is(t, "copies", rec.Copies(m.ID), 1)
		}
		f.held()
	})
}

func TestNobodyCanBeReached(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		f := setup(t, d, mail.Off{})
		c, p := f.open(f.Mother)
		m := f.only(c)
		is(t, "state", m.State, message.Failed)
		is(t, "channel", m.Channel, message.None)
		if !slices.Equal(m.Skipped, []message.Channel{message.Email}) {
			t.Errorf("skipped %v", m.Skipped)
		}
		is(t, "told", f.told(p), promise.Untold)
		sameList(t, "signals", f.signals(c), message.SignalUntold)
		_, err := f.messages.Resend(f.ctx, f.desk(), m.ID)
		is(t, "resend", errs.TypeOf(err), "message-no-route")
		if _, err := f.People.AddPoint(f.ctx, f.desk(), f.Mother.Person.ID, person.NewPoint{Kind: person.Phone, Value: "0612345670"}); err != nil {
			t.Fatal(err)
		}
		call, err := f.messages.Resend(f.ctx, f.desk(), m.ID)
		if err != nil {
			t.Fatal(err)
		}
		is(t, "now by phone", call.Channel, message.Phone)
		if _, err := f.messages.Spoken(f.ctx, f.desk(), call.ID, "desk", "Zij was er net."); err != nil {
			t.Fatal(err)
		}
		f.rest()
		is(t, "told", f.told(p), promise.Spoken)
		sameList(t, "signals", f.signals(c))
		f.held()
	})
}

func TestPhoneFirst(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		rec := &mailtest.Recorder{}
		f := setup(t, d, rec)
		c, _ := f.open(f.Anna)
		call := f.only(c)
		is(t, "channel", call.Channel, message.Phone)
		f.after(4 * time.Hour)
		sameList(t, "overdue", f.signals(c), message.SignalOverdue)
		for n := range 2 {
			m, err := f.messages.NoAnswer(f.ctx, f.desk(), call.ID)
			if err != nil {
				t.Fatal(err)
			}
			is(t, "calls", m.Attempts, n+1)
		}
		_, err := f.messages.NoAnswer(f.ctx, f.desk(), call.ID)
		is(t, "a third time", errs.TypeOf(err), "message-not-to-phone")
		f.rest()
		list := f.all(c)
		is(t, "phone", list[0].State, message.Failed)
		is(t, "code", list[0].Code, message.CodeNoAnswer)
		is(t, "then", list[1].Channel, message.Email)
		is(t, "to", len(rec.To("Anna@example.nl")), 1)
		sameList(t, "signals", f.signals(c))
		f.held()

		// Nobody phones: half an hour before the promised time it goes by mail.
		c, _ = f.open(f.Anna)
		f.after(at(1, 15, 30).Sub(f.DB.Clock.Now()))
		list = f.all(c)
		is(t, "code", list[0].Code, message.CodeNotPhoned)
		is(t, "then", list[1].State, message.Accepted)
		is(t, "at", list[1].CreatedAt, at(1, 15, 30))
		f.held()
	})
}

// links are personal links with a secret.
type links struct{}

func (links) PageURL(_ *db.Tx, _, _, _, msg string) (string, error) {
	return "https://houvast.example/l/secret-" + msg, nil
}

func TestSeenByItsLink(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		rec := &mailtest.Recorder{}
		f := setup(t, d, rec, func(d *message.Deps) { d.Links = links{} })
		c, p := f.open(f.mailThenPhone())
		f.rest()
		m := f.only(c)
		sent := rec.Arrived()[0]
		url := "https://houvast.example/l/secret-" + m.ID
		if !strings.Contains(sent.Text, url) || !strings.Contains(sent.HTML, `href="`+url+`"`) || strings.Contains(m.Body, "secret") {
			t.Errorf("text %s\nHTML %s\nkept %s", sent.Text, sent.HTML, m.Body)
		}
		if got := f.messages.Shown(m); !strings.Contains(got, "[hier staat de persoonlijke link van de klant]") {
			t.Errorf("shown: %s", got)
		}
		// Nobody saw it in a working day: somebody phones as well.
		f.after(24 * time.Hour)
		list := f.all(c)
		if len(list) != 2 || list[1].Channel != message.Phone || list[0].State != message.Accepted {
			t.Fatalf("%+v", list)
		}
		f.held()
		f.write(func(tx *db.Tx) error {
			tx.Emit(db.Fact{Org: c.Org, Kind: fact.LinkOpened, Case: c.ID, Person: m.Person, By: actor.Actor{Kind: actor.Customer, Org: c.Org, Person: m.Person},
				Data: map[string]any{"link": "lnk_1", "message": m.ID}})
			return nil
		})
		f.rest()
		list = f.all(c)
		is(t, "mail", list[0].State, message.Seen)
		is(t, "the call", list[1].State, message.Recalled)
		is(t, "told", f.told(p), promise.Delivered)
		f.held()
	})
}

func TestUnseenWithoutAPhone(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		f := setup(t, d, &mailtest.Recorder{})
		c, _ := f.open(f.Mother)
		f.after(24 * time.Hour)
		is(t, "state", f.only(c).State, message.Accepted)
		sameList(t, "signals", f.signals(c), message.SignalUntold)
	})
}

func TestConfirms(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		f := setup(t, d, &mailtest.Recorder{}, func(d *message.Deps) { d.Confirms = true })
		c, p := f.open(f.Mother)
		f.rest()
		is(t, "state", f.only(c).State, message.Delivered)
		is(t, "told", f.told(p), promise.Delivered)
	})
}

func TestServerGone(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		smtp, sender := server(t)
		f := setup(t, d, sender)
		smtp.Down()
		c, _ := f.open(f.mailThenPhone())
		f.after(time.Hour)
		m := f.only(c)
		is(t, "state", m.State, message.Queued)
		is(t, "code", m.Code, "connection-refused")
		f.held()
		f.after(23*time.Hour + time.Minute)
		list := f.all(c)
		is(t, "state", list[0].State, message.Failed)
		is(t, "code", list[0].Code, message.CodeNotSent)
		is(t, "then", list[1].Channel, message.Phone)
		smtp.Up(t)
		f.after(time.Hour)
		is(t, "arrived", len(smtp.Received()), 0)
		f.held()
	})
}

func TestIntentIsSaidOnce(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		rec := &mailtest.Recorder{}
		f := setup(t, d, rec)
		c, _ := f.open(f.Mother)
		in := promise.Telling{Org: c.Org, Case: c.ID, Question: c.Question, Person: c.Asker, Template: "handoff-accepted",
			Intent: "handoff-accepted:1", Params: map[string]any{"keeper": f.Specialist.ID}}
		var first, second string
		f.write(func(t *db.Tx) (err error) { first, err = f.messages.Tell(t, f.desk(), in); return err })
		f.rest()
		f.write(func(t *db.Tx) (err error) { second, err = f.messages.Tell(t, f.desk(), in); return err })
		f.rest()
		is(t, "the same message", second, first)
		is(t, "copies", len(rec.Arrived()), 2) // with the one about the promise

		// What does not commit is not said.
		in.Intent = "handoff-accepted:2"
		undone := errors.New("undone")
		err := f.DB.Write(f.ctx, func(t *db.Tx) error {
			if _, err := f.messages.Tell(t, f.desk(), in); err != nil {
				return err
			}
			return undone
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		f.after(time.Hour)
		is(t, "copies", len(rec.Arrived()), 2)
	})
}

func TestPreviewIsWhatIsSent(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		rec := &mailtest.Recorder{}
		f := setup(t, d, rec)
		c, _ := f.open(f.Mother)
		f.rest()
		in := promise.Telling{Case: c.ID, Template: "referral-declined-told", Intent: "x", Params: map[string]any{"keeper": f.Desk.ID,
			"to_name": "Ziekenhuis Oost", "explanation": "Er is geen plaats.", "next": "Wij vragen Ziekenhuis West.", "due": at(1, 16, 0), "until": time.Time{}}}
		p, err := f.messages.PreviewOf(f.ctx, f.desk(), in)
		if err != nil {
			t.Fatal(err)
		}
		in.Org, in.Person, in.Question = c.Org, c.Asker, c.Question
		f.write(func(t *db.Tx) error { _, err := f.messages.Tell(t, f.desk(), in); return err })
		f.rest()
		sent := rec.Arrived()[1]
		is(t, "body", sent.Text, p.Body)
		is(t, "subject", sent.Subject, p.Subject)
		is(t, "channel", p.Channel, message.Email)
		is(t, "the moment in words", strings.Contains(p.Body, "vrijdag 13 november om 16:00"), true)
		in.Template = "no-such"
		_, err = f.messages.PreviewOf(f.ctx, f.desk(), in)
		is(t, "unknown", errs.TypeOf(err), "message-template-unknown")
	})
}

func TestDeceased(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		rec := &mailtest.Recorder{}
		f := setup(t, d, rec)
		if _, err := f.People.Update(f.ctx, f.desk(), f.Mother.Person.ID, f.Mother.Person.Version, person.ChangePerson{DeceasedAt: orgtest.Ptr(at(0, 8, 0))}); err != nil {
			t.Fatal(err)
		}
		c, _ := f.open(f.Mother)
		f.rest()
		is(t, "code", f.only(c).Code, message.CodeDeceased)
		is(t, "sent", len(rec.Sent()), 0)
		sameList(t, "signals", f.signals(c), message.SignalUntold)
		f.held()
	})
}

func TestChecksSeePlantedBugs(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		f := setup(t, d, &mailtest.Recorder{})
		c, _ := f.open(f.Mother)
		m := f.only(c)
		checked := func(check func(db.Q) (int64, []string, error)) (rows int64, wrong []string) {
			f.read(func(q db.Q) (err error) { rows, wrong, err = check(q); return err })
			return rows, wrong
		}
		stuck := func(q db.Q) (int64, []string, error) { return message.CheckStuck(q, 10*time.Minute) }
		rows, wrong := checked(stuck)
		if rows != 1 || len(wrong) != 0 {
			t.Fatalf("%d, %v", rows, wrong)
		}
		// The work of sending is gone.
		f.write(func(t *db.Tx) error { return job.Cancel(t, c.Org, message.SendJob, m.ID) })
		if _, wrong = checked(stuck); !slices.Equal(wrong, []string{m.ID}) {
			t.Errorf("forgotten: %v", wrong)
		}
		message.Plant(t, d, m, "state = 'sending', sending_at = 1, look_at = 1")
		if _, wrong = checked(stuck); !slices.Equal(wrong, []string{m.ID}) {
			t.Errorf("stuck: %v", wrong)
		}
		message.Plant(t, d, m, "state = 'uncertain', code = 'x', look_at = NULL")
		if _, wrong = checked(message.CheckLost); !slices.Equal(wrong, []string{m.ID}) {
			t.Errorf("lost: %v", wrong)
		}
		message.Plant(t, d, m, "state = 'queued', code = NULL")
		message.PlantCopy(t, d, m, "queued")
		if _, wrong = checked(message.CheckOnce); len(wrong) != 1 {
			t.Errorf("queued twice: %v", wrong)
		}
		// A second copy at the customer is refused by the database itself.
		message.Plant(t, d, m, "state = 'accepted', accepted_at = 1")
		if err := message.PlantErr(d, m, "state = 'accepted', accepted_at = 1", 2); !db.Violates(err, db.Unique) {
			t.Errorf("a second copy: %v", err)
		}
	})
}
