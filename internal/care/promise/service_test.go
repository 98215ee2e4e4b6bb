package promise_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/casefile/casefiletest"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

var ctx = casefiletest.Ctx()

// both runs a test in a world on every database; afterwards every check holds.
func both(t *testing.T, run func(t *testing.T, w *casefiletest.World)) {
	t.Helper()
	kittest.Databases(t, casefiletest.Migrations, func(t *testing.T, d *kittest.DB) {
		w := casefiletest.New(t, d)
		run(t, w)
		w.Rest()
		w.Sound()
	})
}

// active expects a member who works here.
func active(t *testing.T, w *casefiletest.World, member string) {
	t.Helper()
	w.Read(func(q db.Q) error {
		m, err := org.MemberByID(q, w.Org.ID, member)
		if err == nil && !m.Active {
			t.Errorf("%s does not work here any more", m.Name)
		}
		return err
	})
}

func called(w *casefiletest.World, member string) (s string) {
	w.Read(func(q db.Q) error {
		m, err := org.MemberByID(q, w.Org.ID, member)
		s = m.Name
		return err
	})
	return s
}

func next(w *casefiletest.World, d time.Duration) *promise.Next {
	m := w.Make(d)
	return &promise.Next{Promise: &m}
}

func TestMake(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		c, p := w.Open(w.Make(3 * time.Hour))
		if p.State != promise.Open || p.Keeper != w.Desk.ID || p.To != w.Anna.Person.ID || p.Told != promise.Sent || p.Kind != promise.Answer ||
			!p.Due.Equal(w.Now().Add(3*time.Hour)) || !p.FirstDue.Equal(p.Due) || !p.Internal.Before(p.Due) || p.Version != 1 {
			t.Errorf("%+v", p)
		}
		if said := w.Teller.Of("promise-made"); len(said) != 1 || said[0].Person != p.To || said[0].Promise != p.ID || said[0].Params["due"] != p.Due.UnixMilli() {
			t.Errorf("told %+v", said)
		}
		// A second one, spoken, kept by a team.
		m := w.Make(24 * time.Hour)
		m.Keeper, m.Spoken, m.Kind = w.Team.ID, true, promise.Callback
		second, err := w.Promises.Make(ctx, w.As(w.Specialist), c.ID, m)
		w.Must(err)
		if second.Keeper != w.Desk.ID || second.Told != promise.Spoken || !second.ToldAt.Equal(w.Now()) || second.MadeBy != w.Specialist.ID {
			t.Errorf("%+v", second)
		}
		if len(w.Teller.Of("promise-made")) != 1 {
			t.Error("what was spoken was sent as well")
		}
		if got := w.Case(c.ID); got.OpenPromises != 2 || !got.NextDue.Equal(p.Due) {
			t.Errorf("%+v", got)
		}
	})
}

func TestWhatCannotBePromised(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		c, _ := w.Open(w.Make(3 * time.Hour))
		stranger := w.AddPerson(t, person.NewPerson{Name: "Wim Vreemd"})
		before := w.Case(c.ID)
		for want, change := range map[string]func(m *promise.Make){
			"what-missing":       func(m *promise.Make) { m.What = "  " },
			"vague-time":         func(m *promise.Make) { m.What = "De uitslag, zo snel mogelijk" },
			"text-too-long":      func(m *promise.Make) { m.What = strings.Repeat("a", 501) },
			"unknown-kind":       func(m *promise.Make) { m.Kind = "present" },
			"time-missing":       func(m *promise.Make) { m.Due = time.Time{} },
			"time-past":          func(m *promise.Make) { m.Due = w.Now() },
			"time-outside-hours": func(m *promise.Make) { m.Due = w.Local(0, 23, 0) },
			"window-missing":     func(m *promise.Make) { m.Kind = promise.Visit },
			"window-backwards":   func(m *promise.Make) { m.From = m.Due },
			"unknown-channel":    func(m *promise.Make) { m.Channel = "pigeon" },
			"person-unknown":     func(m *promise.Make) { m.To = "per_nobody" },
			"may-not-speak":      func(m *promise.Make) { m.To = stranger.Person.ID },
			"team-unknown":       func(m *promise.Make) { m.Keeper = "mem_nobody" },
		} {
			m := w.Make(2 * time.Hour)
			change(&m)
			_, err := w.Promises.Make(ctx, w.Who(), c.ID, m)
			w.Refused(err, want)
		}
		// Only the system appoints duties, and only the rule closes.
		for _, kind := range []promise.Kind{promise.Duty, promise.Closing} {
			m := w.Make(2 * time.Hour)
			m.Kind, m.Spoken = kind, true
			_, err := w.Promises.Make(ctx, w.Who(), c.ID, m)
			w.Refused(err, "unknown-kind")
		}
		_, err := w.Promises.Make(ctx, w.Who(), "cas_nobody", w.Make(time.Hour))
		w.Refused(err, "case-not-found")
		_, err = w.Promises.Make(ctx, w.Customer(c), c.ID, w.Make(time.Hour))
		if errs.ClassOf(err) != errs.Forbidden {
			t.Error("a customer made a promise for us:", err)
		}
		other := orgtest.Named(t, w.DB, "Ziekenhuis Oost", org.Hospital)
		_, err = w.Promises.Make(ctx, orgtest.As(other.Desk), c.ID, w.Make(time.Hour))
		w.Refused(err, "case-not-found")
		if d := cmp.Diff(before, w.Case(c.ID)); d != "" || len(w.All(c.ID)) != 1 {
			t.Error("something changed:", d)
		}
	})
}

func TestKeep(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		c, p := w.Open(w.Make(3 * time.Hour))
		w.Later(time.Hour)
		_, err := w.Promises.Keep(ctx, w.Who(), p.ID, promise.Keep{Note: "De uitslag is goed"})
		w.Refused(err, "next-promise-needed")
		if len(w.Teller.Of("promise-kept")) != 0 {
			t.Fatal("the customer was told of what did not happen")
		}
		_, err = w.Promises.Keep(ctx, w.Who(), p.ID, promise.Keep{Version: p.Version + 7, Next: next(w, 20*time.Hour+18*time.Minute)})
		w.Refused(err, "changed-meanwhile")
		kept, err := w.Promises.Keep(ctx, w.Who(), p.ID, promise.Keep{Version: p.Version, Note: "De uitslag is goed", Next: next(w, 24*time.Hour)})
		w.Must(err)
		if kept.State != promise.Kept || !kept.EndedAt.Equal(w.Now()) || kept.EndedBy != w.Desk.ID {
			t.Errorf("%+v", kept)
		}
		if said := w.Teller.Of("promise-kept"); len(said) != 1 || said[0].Params["note"] != "De uitslag is goed" {
			t.Errorf("%+v", said)
		}
		if open := w.OpenOnes(c.ID); len(open) != 1 || w.Case(c.ID).OpenPromises != 1 {
			t.Errorf("%+v", open)
		}
		_, err = w.Promises.Keep(ctx, w.Who(), p.ID, promise.Keep{Next: next(w, 24*time.Hour)})
		w.Refused(err, "promise-ended")
		_, err = w.Promises.Keep(ctx, w.Who(), "prm_nobody", promise.Keep{})
		w.Refused(err, "promise-not-found")
	})
}

// Outside its window a promise is broken, whatever was meant.
func TestKeptAtTheWrongTime(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		visit := w.Make(0)
		visit.Kind, visit.From, visit.Due = promise.Visit, w.Local(0, 14, 0), w.Local(0, 15, 0)
		c, p := w.Open(visit)
		early, err := w.Promises.Keep(ctx, w.Who(), p.ID, promise.Keep{Done: true, Next: next(w, 24*time.Hour)})
		w.Must(err)
		if early.State != promise.Broken || early.BrokeWhy != promise.Early || w.Case(c.ID).BreaksInRow != 1 {
			t.Errorf("kept too early: %+v", early)
		}
		if said := w.Teller.Of("promise-early"); len(said) != 1 || said[0].Promise != p.ID {
			t.Errorf("ticked off too early, and the customer heard %+v", said)
		}
		late := w.OpenOnes(c.ID)[0]
		// The watch stands still: it is the command that notices.
		w.DB.Clock.Set(late.Due.Add(time.Minute))
		got, err := w.Promises.Keep(ctx, w.Who(), late.ID, promise.Keep{Spoken: true, Next: next(w, 71*time.Hour)})
		w.Must(err)
		if got.State != promise.Broken || got.BrokeWhy != promise.Late || w.Case(c.ID).BreaksInRow != 2 {
			t.Errorf("kept too late: %+v", got)
		}
		third := w.OpenOnes(c.ID)[0]
		if _, err = w.Promises.Keep(ctx, w.Who(), third.ID, promise.Keep{Spoken: true, Next: next(w, 73*time.Hour)}); err != nil {
			t.Fatal(err)
		}
		if got := w.Case(c.ID).BreaksInRow; got != 0 {
			t.Error("kept in time, and still in a row:", got)
		}
	})
}

func TestKeepAndClose(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		c, p := w.Open(w.Make(3 * time.Hour))
		_, err := w.Promises.Keep(ctx, w.Who(), p.ID, promise.Keep{Note: "De uitslag is goed", Next: &promise.Next{Close: casefile.Agreed}})
		w.Refused(err, "agreed-unheard")
		_, err = w.Promises.Keep(ctx, w.Who(), p.ID, promise.Keep{Spoken: true, Next: &promise.Next{Close: casefile.Silence}})
		w.Refused(err, "unknown-reason")
		if w.Case(c.ID).Closed() {
			t.Fatal("closed without the customer's word")
		}
		_, err = w.Promises.Keep(ctx, w.Who(), p.ID, promise.Keep{Note: "De uitslag is goed", Spoken: true, Next: &promise.Next{Close: casefile.Agreed}})
		w.Must(err)
		if got := w.Case(c.ID); !got.Closed() || got.CloseReason != casefile.Agreed || got.OpenPromises != 0 {
			t.Errorf("%+v", got)
		}
		_, err = w.Promises.Make(ctx, w.Who(), c.ID, w.Make(time.Hour))
		w.Refused(err, "case-closed")
	})
}

func TestRenegotiateSpoken(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		c, p := w.Open(w.Make(3 * time.Hour))
		_, err := w.Promises.Renegotiate(ctx, w.Who(), p.ID, promise.Move{Due: p.Due, Spoken: true})
		w.Refused(err, "same-time")
		_, err = w.Promises.Renegotiate(ctx, w.Who(), p.ID, promise.Move{Due: w.Now().Add(-time.Hour), Spoken: true})
		w.Refused(err, "time-past")
		moved, err := w.Promises.Renegotiate(ctx, w.Who(), p.ID, promise.Move{Due: p.Due.Add(24 * time.Hour), Spoken: true, ByCustomer: true})
		w.Must(err)
		old := w.Promise(p.ID)
		if old.State != promise.Renegotiated || old.Successor != moved.ID || !old.Due.Equal(p.Due) {
			t.Errorf("old: %+v", old)
		}
		if moved.Predecessor != p.ID || !moved.FirstDue.Equal(p.Due) || moved.What != p.What || moved.Told != promise.Spoken || moved.Keeper != p.Keeper {
			t.Errorf("new: %+v", moved)
		}
		if got := w.Case(c.ID); got.OpenPromises != 1 || !got.NextDue.Equal(moved.Due) {
			t.Errorf("%+v", got)
		}
		// Once it fell due it can no longer be moved.
		w.DB.Clock.Set(moved.Due.Add(time.Second))
		_, err = w.Promises.Renegotiate(ctx, w.Who(), moved.ID, promise.Move{Due: w.Now().Add(24 * time.Hour), Spoken: true})
		w.Refused(err, "promise-overdue")
	})
}

// By message the old promise stays open until the new time was delivered; too
// late, and it breaks.
func TestRenegotiateByMessage(t *testing.T) {
	for name, c := range map[string]struct {
		delivered time.Duration // after the old one fell due
		lag       bool          // we hear of it only after that
		want      promise.State
	}{
		"in time":                         {-time.Minute, false, promise.Renegotiated},
		"in time, and we hear it late":    {-time.Second, true, promise.Renegotiated},
		"too late":                        {time.Minute, false, promise.Broken},
		"a moment too late":               {time.Millisecond, true, promise.Broken},
		"at the very moment it falls due": {0, true, promise.Renegotiated},
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, w *casefiletest.World) {
				cas, p := w.Open(w.Make(3 * time.Hour))
				moved, err := w.Promises.Renegotiate(ctx, w.Who(), p.ID, promise.Move{Due: p.Due.Add(24 * time.Hour)})
				w.Must(err)
				if old := w.Promise(p.ID); old.State != promise.Open || old.MovingTo != moved.ID {
					t.Fatalf("%+v", old)
				}
				_, err = w.Promises.Renegotiate(ctx, w.Who(), p.ID, promise.Move{Due: p.Due.Add(48 * time.Hour)})
				w.Refused(err, "promise-moving")
				w.Until(p.Due.Add(min(c.delivered, 0) - time.Millisecond))
				if c.lag {
					w.DB.Clock.Set(p.Due.Add(c.delivered))
					w.Deliver(moved, fact.MessageDelivered)
					w.Later(time.Second) // the watch and the follower find it together
				} else {
					w.Until(p.Due.Add(c.delivered))
					w.Delivered(moved)
				}
				w.Until(p.Due.Add(2 * time.Minute))
				old := w.Promise(p.ID)
				if old.State != c.want {
					t.Errorf("%+v", old)
				}
				if got := w.Promise(moved.ID); got.State != promise.Open || got.Told != promise.Delivered {
					t.Errorf("the new one: %+v", got)
				}
				if wantBreaks := map[promise.State]int{promise.Broken: 1}[c.want]; w.Case(cas.ID).BreaksInRow != wantBreaks {
					t.Error("breaks in a row:", w.Case(cas.ID).BreaksInRow)
				}
			})
		})
	}
}

func TestWithdraw(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		c, p := w.Open(w.Make(3 * time.Hour))
		_, err := w.Promises.Withdraw(ctx, w.Who(), p.ID, " ", 0, next(w, 24*time.Hour))
		w.Refused(err, "reason-missing")
		_, err = w.Promises.Withdraw(ctx, w.Who(), p.ID, "Hoeft niet meer", 0, nil)
		w.Refused(err, "next-promise-needed")
		_, err = w.Promises.Withdraw(ctx, w.Who(), p.ID, "Hoeft niet meer", p.Version+1, next(w, 24*time.Hour))
		w.Refused(err, "changed-meanwhile")
		got, err := w.Promises.Withdraw(ctx, w.Who(), p.ID, "Hoeft niet meer", p.Version, next(w, 24*time.Hour))
		w.Must(err)
		if got.State != promise.Withdrawn || len(w.OpenOnes(c.ID)) != 1 {
			t.Errorf("%+v", got)
		}
		last := w.OpenOnes(c.ID)[0]
		_, err = w.Promises.Withdraw(ctx, w.Who(), last.ID, "Ze is al geholpen", 0, &promise.Next{Close: casefile.Withdrawn})
		w.Must(err)
		if got := w.Case(c.ID); got.CloseReason != casefile.Withdrawn {
			t.Errorf("%+v", got)
		}
	})
}

func TestRetract(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		c, p := w.Open(w.Make(3 * time.Hour))
		keep := func(id string) promise.Promise {
			t.Helper()
			got, err := w.Promises.Keep(ctx, w.Who(), id, promise.Keep{Next: next(w, 24*time.Hour)})
			w.Must(err)
			return got
		}
		keep(p.ID)
		_, err := w.Promises.Retract(ctx, w.As(w.Manager), p.ID)
		w.Refused(err, "cannot-undo") // somebody else
		w.Later(time.Minute)
		back, err := w.Promises.Retract(ctx, w.Who(), p.ID)
		w.Must(err)
		if back.State != promise.Open || !back.EndedAt.IsZero() || w.Case(c.ID).OpenPromises != 2 || !w.Case(c.ID).NextDue.Equal(p.Due) {
			t.Errorf("%+v", back)
		}
		_, err = w.Promises.Retract(ctx, w.Who(), p.ID)
		w.Refused(err, "cannot-undo")
		keep(p.ID) // again, this time for good
		w.Teller.Left["promise-kept:"+p.ID] = true
		_, err = w.Promises.Retract(ctx, w.Who(), p.ID)
		w.Refused(err, "already-told")
		delete(w.Teller.Left, "promise-kept:"+p.ID)
		w.Later(time.Minute + time.Millisecond)
		_, err = w.Promises.Retract(ctx, w.Who(), p.ID)
		w.Refused(err, "undo-too-late")
	})
}

// Taking back a "kept" that fell due meanwhile breaks it after all; and a row
// of breaks is as long as it was.
func TestRetractAfterItFellDue(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		c, p := w.Open(w.Make(3 * time.Hour))
		w.Until(p.Due.Add(time.Second)) // the first one breaks
		second := w.OpenOnes(c.ID)[0]
		w.Until(second.Due.Add(-10 * time.Second))
		_, err := w.Promises.Keep(ctx, w.Who(), second.ID, promise.Keep{Done: true, Next: next(w, 24*time.Hour)})
		w.Must(err)
		if w.Case(c.ID).BreaksInRow != 0 {
			t.Error("kept, and still in a row")
		}
		w.DB.Clock.Set(second.Due.Add(20 * time.Second))
		_, err = w.Promises.Retract(ctx, w.Who(), second.ID)
		w.Must(err)
		if got := w.Case(c.ID).BreaksInRow; got != 1 {
			t.Error("the break before it was forgotten:", got)
		}
		w.Rest()
		if got := w.Promise(second.ID); got.State != promise.Broken {
			t.Errorf("%+v", got)
		}
		if got := w.Case(c.ID).BreaksInRow; got != 2 {
			t.Error("breaks in a row:", got)
		}
	})
}

// A break: the customer hears it at once, with the next clock time, in the
// transaction of the break. A second one in a row appoints a person, and
// promises nothing.
func TestBreaking(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		c, p := w.Open(w.Make(3 * time.Hour))
		w.Until(p.Due)
		if got := w.Promise(p.ID); got.State != promise.Open {
			t.Fatal("broken before it was late")
		}
		w.Later(time.Millisecond)
		broken := w.Promise(p.ID)
		if broken.State != promise.Broken || broken.BrokeWhy != promise.Late || broken.EndedBy != "system" {
			t.Fatalf("%+v", broken)
		}
		update := w.Promise(broken.Successor)
		if update.Kind != promise.Update || update.State != promise.Open || !update.Due.Equal(w.Local(0, 16, 0)) || update.Told != promise.Sent || update.Message == "" {
			t.Errorf("successor: %+v", update)
		}
		said := w.Teller.Of("promise-broken")
		if len(said) != 1 || said[0].Promise != update.ID || said[0].Params["new_due"] != update.Due.UnixMilli() {
			t.Errorf("said %+v", said)
		}
		facts := w.Facts(c.ID)
		var moment time.Time
		for _, f := range facts {
			if f.Kind == fact.PromiseBroken {
				moment = f.At
			}
		}
		if !moment.Equal(broken.EndedAt) || !update.MadeAt.Equal(moment) {
			t.Error("the update was not promised in the moment of the break")
		}
		if got := w.Signals(c.ID); got[promise.SignalBroken] != w.Desk.ID || got[promise.SignalRisk] != "" {
			t.Error("signals:", got)
		}
		w.Until(update.Due.Add(time.Second))
		second := w.Promise(update.ID)
		duty := w.Promise(second.Successor)
		if second.State != promise.Broken || duty.Kind != promise.Duty || duty.Told != promise.Untold || duty.State != promise.Open {
			t.Fatalf("after the second: %+v", duty)
		}
		if duty.Keeper != w.Manager.ID || w.Signals(c.ID)[promise.SignalDuty] != w.Manager.ID {
			t.Error("nobody who leads was appointed:", duty.Keeper, w.Signals(c.ID))
		}
		again := w.Teller.Of("promise-broken-again")
		if len(again) != 1 || again[0].Params["new_due"] != nil || again[0].Promise == duty.ID {
			t.Errorf("something was promised: %+v", again)
		}
		if w.Case(c.ID).BreaksInRow != 2 {
			t.Error(w.Case(c.ID).BreaksInRow)
		}
		_, err := w.Promises.Renegotiate(ctx, w.As(w.Manager), duty.ID, promise.Move{Due: duty.Due.Add(24 * time.Hour), Spoken: true})
		w.Refused(err, "cannot-move")
		// The person promises; the duty is done, and its signals are over.
		m := promise.Make{What: "Ik bel u zelf", Due: w.Local(1, 11, 0), Spoken: true}
		_, err = w.Promises.Keep(ctx, w.As(w.Manager), duty.ID, promise.Keep{Spoken: true, Next: &promise.Next{Promise: &m}})
		w.Must(err)
		if got := w.Signals(c.ID); len(got) != 0 {
			t.Error("signals left:", got)
		}
		if w.Case(c.ID).BreaksInRow != 0 {
			t.Error("a person promised, and still in a row")
		}
	})
}

// Nobody is there at the organisation's clock time, or ever: it breaks and
// goes on all the same.
func TestBreakingWhereNobodyIsEverThere(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		c, p := w.Open(w.Make(3 * time.Hour))
		cal := w.Org.Calendar
		for d := range cal.Week {
			cal.Week[d] = nil
		}
		w.Must(w.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE organisation SET calendar = '{"zone":"Europe/Amsterdam","week":[[],[],[],[],[],[],[]]}' WHERE org_id = $1`, w.Org.ID)
			return err
		}))
		w.Until(p.Due.Add(time.Second))
		if open := w.OpenOnes(c.ID); len(open) != 1 || open[0].ID == p.ID || !open[0].Due.After(w.Now()) {
			t.Errorf("%+v", open)
		}
	})
}

// A warning always reaches somebody who works here: the keeper first, then
// somebody beside them.
func TestWarnings(t *testing.T) {
	leave := func(w *casefiletest.World, m org.Member) { // as if the house had let them go
		w.Must(w.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE member SET active = 0 WHERE org_id = $1 AND member_id = $2`, w.Org.ID, m.ID)
			return err
		}))
	}
	away := func(w *casefiletest.World, m org.Member) {
		w.Must(w.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE member SET away_from = $3 WHERE org_id = $1 AND member_id = $2`, w.Org.ID, m.ID, w.Now())
			return err
		}))
	}
	for name, c := range map[string]struct {
		other   bool // the specialist keeps it, the desk owns the case
		prepare func(t *testing.T, w *casefiletest.World)
		first   func(w *casefiletest.World) org.Member // nil: anybody active
		second  func(w *casefiletest.World) org.Member
	}{
		"the owner beside the keeper": {other: true,
			first:  func(w *casefiletest.World) org.Member { return w.Specialist },
			second: func(w *casefiletest.World) org.Member { return w.Desk }},
		"the owner keeps it; the deputy": {
			prepare: func(t *testing.T, w *casefiletest.World) {
				w.Change(t, w.Desk.ID, org.ChangeMember{Deputy: orgtest.Ptr(w.Specialist.ID), DeputyAgreed: true})
			},
			first:  func(w *casefiletest.World) org.Member { return w.Desk },
			second: func(w *casefiletest.World) org.Member { return w.Specialist }},
		"the deputy is away; who leads": {
			prepare: func(t *testing.T, w *casefiletest.World) {
				w.Change(t, w.Desk.ID, org.ChangeMember{Deputy: orgtest.Ptr(w.Specialist.ID), DeputyAgreed: true})
				away(w, w.Specialist)
			},
			first:  func(w *casefiletest.World) org.Member { return w.Desk },
			second: func(w *casefiletest.World) org.Member { return w.Manager }},
		"the keeper is away; who stands in": {
			prepare: func(t *testing.T, w *casefiletest.World) {
				w.Change(t, w.Desk.ID, org.ChangeMember{Deputy: orgtest.Ptr(w.Specialist.ID), DeputyAgreed: true})
				away(w, w.Desk)
			},
			first: func(w *casefiletest.World) org.Member { return w.Specialist }},
		"the owner is away; who leads": {other: true,
			prepare: func(_ *testing.T, w *casefiletest.World) { away(w, w.Desk) },
			first:   func(w *casefiletest.World) org.Member { return w.Specialist },
			second:  func(w *casefiletest.World) org.Member { return w.Manager }},
		"the manager is away; the administrator": {
			prepare: func(_ *testing.T, w *casefiletest.World) { away(w, w.Manager) },
			second:  func(w *casefiletest.World) org.Member { return w.Administrator }},
		"the keeper left": {other: true,
			prepare: func(_ *testing.T, w *casefiletest.World) { leave(w, w.Specialist) },
			second:  func(w *casefiletest.World) org.Member { return w.Desk }},
		"the owner left": {other: true,
			prepare: func(_ *testing.T, w *casefiletest.World) { leave(w, w.Desk) },
			first:   func(w *casefiletest.World) org.Member { return w.Specialist }},
		"only the administrator is left": {
			prepare: func(_ *testing.T, w *casefiletest.World) {
				for _, m := range []org.Member{w.Desk, w.Specialist, w.Manager} {
					leave(w, m)
				}
			},
			first:  func(w *casefiletest.World) org.Member { return w.Administrator },
			second: func(w *casefiletest.World) org.Member { return w.Administrator }},
	} {
		t.Run(name, func(t *testing.T) {
			kittest.Databases(t, casefiletest.Migrations, func(t *testing.T, d *kittest.DB) {
				w := casefiletest.New(t, d)
				m := w.Make(4 * time.Hour)
				if c.other {
					m.Keeper = w.Specialist.ID
				}
				cas, p := w.Open(m)
				if c.prepare != nil {
					c.prepare(t, w)
				}
				w.Until(p.Internal)
				got := w.Signals(cas.ID)
				active(t, w, got[promise.SignalRisk])
				if c.first != nil && got[promise.SignalRisk] != c.first(w).ID {
					t.Error("first:", called(w, got[promise.SignalRisk]))
				}
				if got[promise.SignalLate] != "" {
					t.Error("others were warned at once")
				}
				w.Until(p.Internal.Add(p.Due.Sub(p.Internal) * 2 / 3))
				got = w.Signals(cas.ID)
				active(t, w, got[promise.SignalLate])
				if c.second != nil && got[promise.SignalLate] != c.second(w).ID {
					t.Error("second:", called(w, got[promise.SignalLate]))
				}
				if w.Promise(p.ID).Risk != promise.RiskOthers {
					t.Error("risk", w.Promise(p.ID).Risk)
				}
				// Keeping it ends both.
				_, err := w.Promises.Keep(ctx, w.As(w.Administrator), p.ID, promise.Keep{Spoken: true, Next: next(w, 24*time.Hour)})
				w.Must(err)
				if got := w.Signals(cas.ID); len(got) != 0 {
					t.Error("left:", got)
				}
			})
		})
	}
}

// A person keeps a promise at the very moment the watch breaks it: it ends once.
func TestKeepingAndBreakingAtOnce(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		watch := promise.NewWatch(w.Promises, kittest.Log(t))
		const cases = 12
		var ps []promise.Promise
		for range cases {
			_, p := w.Open(w.Make(2 * time.Hour))
			ps = append(ps, p)
		}
		w.DB.Clock.Set(ps[0].Due.Add(time.Second))
		var wg sync.WaitGroup
		wg.Go(func() {
			for n := 1; n > 0; {
				var err error
				if n, err = watch.Work(ctx); err != nil {
					t.Error(err)
				}
			}
		})
		for range 2 { // two people, who both pressed the button
			wg.Go(func() {
				for _, p := range ps {
					_, err := w.Promises.Keep(ctx, w.Who(), p.ID, promise.Keep{Spoken: true, Next: next(w, 24*time.Hour)})
					if err != nil && errs.TypeOf(err) != "promise-ended" {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for _, p := range ps {
			ends := 0
			for _, f := range w.Facts(p.Case) {
				var d struct{ Promise string }
				w.Must(f.Data(&d))
				if f.Kind == fact.PromiseBroken && d.Promise == p.ID {
					ends++
				}
			}
			if got := w.Promise(p.ID); got.State != promise.Broken || ends != 1 {
				t.Errorf("%d ends: %+v", ends, got)
			}
			if open := w.OpenOnes(p.Case); len(open) != 1 || w.Case(p.Case).OpenPromises != 1 || w.Case(p.Case).BreaksInRow != 1 {
				t.Errorf("%d open after it", len(open))
			}
		}
	})
}

// Two nodes watch: each break is recorded once, each customer told once.
func TestTwoWatches(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		const cases = 30
		for range cases {
			w.Open(w.Make(2 * time.Hour))
		}
		w.DB.Clock.Advance(2*time.Hour + time.Second)
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				watch := promise.NewWatch(w.Promises, kittest.Log(t))
				for range 5 {
					if _, err := watch.Work(ctx); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if n := len(w.Teller.Of("promise-broken")); n != cases {
			t.Errorf("%d were told", n)
		}
	})
}

// A customer who cannot be reached is not told, and nobody pretends they were.
func TestNobodyToTell(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		w.Teller.Nowhere = true
		_, p := w.Open(w.Make(2 * time.Hour))
		if p.Told != promise.Untold || p.Message != "" {
			t.Errorf("%+v", p)
		}
	})
}

// What the watch cannot handle does not hold up the rest.
func TestOneBadRow(t *testing.T) {
	kittest.Databases(t, casefiletest.Migrations, func(t *testing.T, d *kittest.DB) {
		w := casefiletest.New(t, d)
		_, bad := w.Open(w.Make(2 * time.Hour))
		_, good := w.Open(w.Make(2 * time.Hour))
		w.Must(w.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE promise SET case_id = 'cas_gone' WHERE promise_id = $1`, bad.ID)
			return err
		}))
		w.DB.Clock.Set(good.Due.Add(time.Second))
		w.Rest()
		if got := w.Promise(good.ID); got.State != promise.Broken {
			t.Errorf("%+v", got)
		}
		if got := w.Promise(bad.ID); got.State != promise.Open || !got.LookAt.Equal(w.Now().Add(time.Minute)) {
			t.Errorf("%+v", got)
		}
	})
}

// Telling twice, telling a promise that is gone, telling of another
// organisation's promise: the follower bears it.
func TestTheFollowerBearsAnything(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		c, p := w.Open(w.Make(3 * time.Hour))
		w.Delivered(p)
		first := w.Promise(p.ID)
		if first.Told != promise.Delivered || !first.ToldAt.Equal(w.Now()) {
			t.Fatalf("%+v", first)
		}
		w.Later(time.Minute)
		w.Delivered(p)
		w.Deliver(p, fact.MessageSpoken)
		unknown, none, elsewhere := p, p, p
		unknown.ID, none.ID, elsewhere.Org = "prm_gone", "", "org_other"
		w.Deliver(unknown, fact.MessageDelivered)
		w.Deliver(none, fact.MessageDelivered)
		w.Deliver(elsewhere, fact.MessageDelivered)
		w.Rest()
		if d := cmp.Diff(first, w.Promise(p.ID)); d != "" {
			t.Error(d)
		}
		told := 0
		for _, f := range w.Facts(c.ID) {
			if f.Kind == fact.PromiseTold {
				told++
			}
		}
		if told != 1 {
			t.Errorf("told %d times", told)
		}
	})
}
