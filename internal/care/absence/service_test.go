package absence_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/houvast/houvast/internal/care/absence"
	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/casefile/casefiletest"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// Ill today: what falls due passes to the deputy with its case, one message
// each; what falls due later stays; on return the case is offered back.
func TestIllToday(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.deputy(w.Specialist, w.Desk)
		today, p := w.open(w.Specialist, w.Local(0, 16, 0))
		later, q := w.open(w.Specialist, w.Local(4, 16, 0))
		plan, err := w.svc.Preview(casefiletest.Ctx(), w.As(w.Manager), absence.Ask{Member: w.Specialist.ID, Until: w.Local(1, 8, 0)})
		w.Must(err)
		if len(plan.Rows) != 1 || plan.Rows[0].Action != absence.Hand || plan.Rows[0].To != w.Desk.ID || plan.Absence.AllCases || plan.Cases != 2 || plan.Needs {
			t.Fatalf("%+v", plan)
		}
		if w.Case(today.ID).Owner != w.Specialist.ID {
			t.Fatal("a preview changed something")
		}
		a := w.ill(w.As(w.Manager), w.Specialist, w.Local(1, 8, 0))
		if a.State != absence.Arranged || w.Case(today.ID).Owner != w.Desk.ID || w.Promise(p.ID).Keeper != w.Desk.ID {
			t.Errorf("%+v %+v", a, w.Case(today.ID))
		}
		if w.Case(later.ID).Owner != w.Specialist.ID || w.Promise(q.ID).Keeper != w.Specialist.ID {
			t.Error("what falls due after the return passed as well")
		}
		said := w.Teller.Of("absence-handed")
		if len(said) != 1 || said[0].Params["keeper"] != w.Desk.ID || said[0].Params["what"] != p.What || said[0].Person != today.Asker {
			t.Errorf("%+v", said)
		}
		if n := w.tally(a.ID); n.Promises != 1 || n.Cases != 1 || n.Failed != 0 {
			t.Errorf("%+v", n)
		}
		// New work meant for who is away goes to who stands in.
		_, r := w.open(w.Desk, w.Local(0, 15, 0))
		w.Read(func(q db.Q) error {
			to, err := org.Duty(q, w.Org.ID, w.Specialist.ID)
			if to != w.Desk.ID {
				t.Error("duty is with", to)
			}
			return err
		})
		w.Until(w.Local(0, 14, 0))
		if _, err := w.Promises.Keep(casefiletest.Ctx(), w.As(w.Desk), r.ID, promise.Keep{Done: true, Next: &promise.Next{Promise: &promise.Make{What: "Nog iets", Due: w.Local(5, 12, 0), Spoken: true}}}); err != nil {
			t.Error(err)
		}
		if _, err := w.Promises.Keep(casefiletest.Ctx(), w.As(w.Desk), p.ID, promise.Keep{Done: true, Next: &promise.Next{Promise: &promise.Make{What: "Nog iets", Due: w.Local(5, 12, 0), Spoken: true}}}); err != nil {
			t.Error(err)
		}
		w.Sound()
		w.Until(w.Local(1, 8, 1)) // the watch knows that it is over
		if a = w.get(a.ID); a.State != absence.Ended {
			t.Errorf("%+v", a)
		}
		if w.Case(today.ID).Owner != w.Desk.ID {
			t.Error("the stand-in is owner until the returned owner accepts")
		}
		if n := w.tally(a.ID); n.Back != 1 {
			t.Errorf("%+v", n)
		}
		m, err := w.Service.Member(casefiletest.Ctx(), w.Who(), w.Specialist.ID)
		w.Must(err)
		if !m.AwayFrom.IsZero() {
			t.Error("still away")
		}
		w.Sound()
	})
}

// Until further notice everything passes; a circle of two deputies of whom the
// other is away needs somebody to be chosen.
func TestNobodyStandsIn(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.deputy(w.Specialist, w.Manager)
		w.deputy(w.Manager, w.Desk)
		c, p := w.open(w.Specialist, w.Local(5, 12, 0))
		w.ill(w.As(w.Manager), w.Manager, w.Local(1, 8, 0))
		// The deputy is away too: the next in the chain.
		a := w.ill(w.As(w.Desk), w.Specialist, time.Time{})
		if !a.AllCases || w.Case(c.ID).Owner != w.Desk.ID || w.Promise(p.ID).Keeper != w.Desk.ID {
			t.Errorf("%+v %+v", a, w.Case(c.ID))
		}
		// The last of the chain becomes ill: nobody is left of it.
		ask := absence.Ask{Member: w.Desk.ID, Until: w.Local(6, 8, 0)}
		plan, err := w.svc.Preview(casefiletest.Ctx(), w.As(w.Desk), ask)
		w.Must(err)
		if !plan.Needs || len(plan.Could) != 1 || plan.Could[0].ID != w.Administrator.ID {
			t.Errorf("%+v", plan.Could)
		}
		_, err = w.svc.Confirm(casefiletest.Ctx(), w.As(w.Desk), ask)
		w.Refused(err, "absence-needs-stand-in")
		ask.StandIn = w.Specialist.ID
		_, err = w.svc.Confirm(casefiletest.Ctx(), w.As(w.Desk), ask)
		w.Refused(err, "absence-stand-in-away")
		ask.StandIn = w.Desk.ID
		_, err = w.svc.Confirm(casefiletest.Ctx(), w.As(w.Desk), ask)
		w.Refused(err, "absence-own-stand-in")
		ask.StandIn = w.Administrator.ID
		_, err = w.svc.Confirm(casefiletest.Ctx(), w.As(w.Desk), ask)
		w.Must(err)
		w.Rest()
		if w.Case(c.ID).Owner != w.Administrator.ID {
			t.Error("owner is", w.Case(c.ID).Owner)
		}
		w.Read(func(q db.Q) error {
			to, err := org.Duty(q, w.Org.ID, w.Desk.ID)
			if to != w.Administrator.ID {
				t.Error("new work goes to", to)
			}
			return err
		})
		w.Sound()
	})
}

// A promise that is moved is told before the old time, and the member keeps it
// when back.
func TestMoved(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.deputy(w.Specialist, w.Desk)
		c, p := w.open(w.Specialist, w.Local(0, 16, 0))
		shift := absence.Shift{Promise: p.ID, Due: w.Local(4, 12, 0)}
		bad := shift
		bad.Due = w.Local(0, 3, 0)
		_, err := w.svc.Confirm(casefiletest.Ctx(), w.As(w.Desk), absence.Ask{Member: w.Specialist.ID, Until: w.Local(1, 8, 0), Moves: []absence.Shift{bad}})
		if e, ok := errs.As(err); !ok || len(e.Fields) == 0 || e.Fields[0].Path != "moves.0.due_at" {
			t.Error(err)
		}
		a := w.ill(w.As(w.Desk), w.Specialist, w.Local(1, 8, 0), shift)
		open := w.OpenOnes(c.ID)
		if len(open) != 2 || open[0].MovingTo != open[1].ID || open[1].Keeper != w.Specialist.ID || !open[1].Due.Equal(shift.Due) {
			t.Fatalf("%+v", open)
		}
		if open[0].Keeper != w.Desk.ID {
			t.Error("the old time is watched over by", open[0].Keeper)
		}
		if w.Case(c.ID).Owner != w.Specialist.ID || len(w.Teller.Of("promise-moved")) != 1 || len(w.Teller.Of("absence-handed")) != 0 {
			t.Errorf("%+v", w.Teller.Said)
		}
		w.Delivered(open[1])
		if w.Promise(p.ID).State != promise.Renegotiated {
			t.Error(w.Promise(p.ID).State)
		}
		if n := w.tally(a.ID); n.Moved != 1 || n.Promises != 0 || n.Cases != 0 {
			t.Errorf("%+v", n)
		}
		w.Until(w.Local(1, 9, 0))
		w.Sound()
	})
}

// Due within minutes: somebody phones, now.
func TestPhoneNow(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.deputy(w.Specialist, w.Desk)
		c, p := w.open(w.Specialist, w.Now().Add(10*time.Minute))
		plan, err := w.svc.Preview(casefiletest.Ctx(), w.As(w.Desk), absence.Ask{Member: w.Specialist.ID, Until: w.Local(1, 8, 0)})
		w.Must(err)
		if !plan.Rows[0].PhoneNow {
			t.Errorf("%+v", plan.Rows[0])
		}
		a := w.ill(w.As(w.Desk), w.Specialist, w.Local(1, 8, 0))
		if got := w.Signals(c.ID); got[absence.SignalPhoneNow] != w.Desk.ID {
			t.Error(got)
		}
		items, err := w.svc.Items(casefiletest.Ctx(), w.Who(), a.ID, "", "", 50)
		w.Must(err)
		found := false
		for _, i := range items.Items {
			found = found || i.ID == p.ID && i.PhoneNow && i.Told
		}
		if !found {
			t.Errorf("%+v", items.Items)
		}
	})
}

// A leave that was planned begins by itself; until then nothing passes.
func TestPlanned(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.deputy(w.Specialist, w.Desk)
		ask := absence.Ask{Member: w.Specialist.ID, Kind: absence.Planned, From: w.Local(4, 8, 0), Until: w.Local(5, 8, 0)}
		a, err := w.svc.Confirm(casefiletest.Ctx(), w.As(w.Specialist), ask)
		w.Must(err)
		c, p := w.open(w.Specialist, w.Local(4, 16, 0))
		w.Rest()
		if a.State != absence.Waiting || w.Case(c.ID).Owner != w.Specialist.ID {
			t.Errorf("%+v", a)
		}
		again, err := w.svc.Confirm(casefiletest.Ctx(), w.As(w.Specialist), ask)
		if err != nil || again.ID != a.ID {
			t.Error("arranged twice:", again.ID, err)
		}
		ask.Until = w.Local(6, 8, 0)
		_, err = w.svc.Confirm(casefiletest.Ctx(), w.As(w.Specialist), ask)
		w.Refused(err, "absence-already")
		w.Until(w.Local(4, 8, 1))
		if w.get(a.ID).State != absence.Arranged || w.Promise(p.ID).Keeper != w.Desk.ID {
			t.Error(w.get(a.ID).State, w.Promise(p.ID).Keeper)
		}
		// Longer than thought.
		b := w.get(a.ID)
		b, err = w.svc.Change(casefiletest.Ctx(), w.As(w.Desk), a.ID, absence.Change{Version: b.Version, Until: w.Local(9, 8, 0)})
		w.Must(err)
		w.Rest()
		if !b.AllCases {
			t.Errorf("%+v", b)
		}
		if _, err := w.svc.Change(casefiletest.Ctx(), w.As(w.Desk), a.ID, absence.Change{Version: 1, Until: w.Local(9, 8, 0)}); errs.ClassOf(err) != errs.Stale {
			t.Error(err)
		}
		end, err := w.svc.End(casefiletest.Ctx(), w.As(w.Specialist), a.ID)
		w.Must(err)
		if end.State != absence.Returning {
			t.Error(end.State)
		}
		w.Rest()
		if w.get(a.ID).State != absence.Ended {
			t.Error(w.get(a.ID).State)
		}
		w.Sound()
	})
}

// Two people report the same colleague ill at once: one absence, one message.
func TestTwoAtOnce(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.deputy(w.Specialist, w.Desk)
		c, _ := w.open(w.Specialist, w.Local(0, 16, 0))
		ids := make([]string, 4)
		var wg sync.WaitGroup
		for i := range ids {
			wg.Go(func() {
				a, err := w.svc.Confirm(context.Background(), w.As(w.Manager), absence.Ask{Member: w.Specialist.ID, Until: w.Local(1, 8, 0)})
				if err != nil {
					t.Error(err)
				}
				ids[i] = a.ID
			})
		}
		wg.Wait()
		w.Rest()
		for _, id := range ids {
			if id != ids[0] {
				t.Error(ids)
			}
		}
		if n := len(w.Teller.Of("absence-handed")); n != 1 || w.Case(c.ID).Owner != w.Desk.ID {
			t.Error(n)
		}
		list, err := w.svc.List(casefiletest.Ctx(), w.Who(), "", 50)
		if err != nil || len(list.Items) != 1 {
			t.Error(list, err)
		}
	})
}

// stop is a handing that fails once after so many cases: the program died.
type stop struct {
	absence.Handing
	after int
}

var errStopped = errors.New("stopped")

func (s *stop) StandIn(t *db.Tx, who actor.Actor, c casefile.Case, to string) (casefile.Case, error) {
	if s.after--; s.after == 0 {
		return c, errs.New(errs.Unavailable, "stopped").Wrap(errStopped)
	}
	return s.Handing.StandIn(t, who, c, to)
}

// Cut off in the middle the work goes on where it was, and nobody hears
// anything twice.
func TestCutOff(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.deputy(w.Specialist, w.Desk)
		var cases []casefile.Case
		for i := range 8 {
			c, _ := w.open(w.Specialist, w.Local(0, 15, i))
			cases = append(cases, c)
		}
		w.svc.Handing = &stop{w.svc.Handing, 4}
		a, err := w.svc.Confirm(casefiletest.Ctx(), w.As(w.Desk), absence.Ask{Member: w.Specialist.ID, Until: w.Local(1, 8, 0)})
		w.Must(err)
		if _, err := w.queue.Work(casefiletest.Ctx()); err != nil {
			t.Fatal(err)
		}
		if w.get(a.ID).State != absence.Arranging || w.tally(a.ID).Cases != 3 {
			t.Error(w.get(a.ID).State, w.tally(a.ID))
		}
		w.Later(time.Minute)
		if w.get(a.ID).State != absence.Arranged || w.tally(a.ID).Cases != 8 || len(w.Teller.Of("absence-handed")) != 8 {
			t.Error(w.get(a.ID).State, w.tally(a.ID), len(w.Teller.Of("absence-handed")))
		}
		for _, c := range cases {
			if w.Case(c.ID).Owner != w.Desk.ID {
				t.Error(c.ID, "is forgotten")
			}
		}
		w.Sound()
	})
}

// Another organisation sees and changes nothing.
func TestTenancy(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.deputy(w.Specialist, w.Desk)
		a := w.ill(w.As(w.Desk), w.Specialist, w.Local(1, 8, 0))
		other := orgtest.Named(t, w.DB, "Elders", org.Firm)
		who := as(other.Administrator)
		if _, err := w.svc.Confirm(casefiletest.Ctx(), who, absence.Ask{Member: w.Manager.ID}); errs.ClassOf(err) != errs.NotFound {
			t.Error(err)
		}
		if _, err := w.svc.Preview(casefiletest.Ctx(), who, absence.Ask{Member: w.Manager.ID}); errs.ClassOf(err) != errs.NotFound {
			t.Error(err)
		}
		if _, _, err := w.svc.Get(casefiletest.Ctx(), who, a.ID); errs.ClassOf(err) != errs.NotFound {
			t.Error(err)
		}
		if _, err := w.svc.End(casefiletest.Ctx(), who, a.ID); errs.ClassOf(err) != errs.NotFound {
			t.Error(err)
		}
		if _, err := w.svc.Items(casefiletest.Ctx(), who, a.ID, "", "", 5); errs.ClassOf(err) != errs.NotFound {
			t.Error(err)
		}
		if p, err := w.svc.List(casefiletest.Ctx(), who, "", 5); err != nil || len(p.Items) != 0 {
			t.Error(p, err)
		}
		if _, err := w.svc.Confirm(casefiletest.Ctx(), actor.Actor{Kind: actor.Customer, Org: w.Org.ID}, absence.Ask{Member: w.Manager.ID}); errs.ClassOf(err) != errs.Forbidden {
			t.Error(err)
		}
	})
}

// Whoever becomes ill and comes back in whatever order: nothing that falls due
// is left with somebody who is away, unless somebody was told.
func TestNothingIsLeft(t *testing.T) {
	absences, handed := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t, kittest.SQLite(t, migrations...))
		people := []org.Member{w.Administrator, w.Manager, w.Specialist, w.Desk}
		for i, m := range people {
			if j := rapid.IntRange(-1, len(people)-1).Draw(r, "deputy"); j >= 0 && j != i {
				m, err := w.Service.Member(casefiletest.Ctx(), as(w.Administrator), m.ID)
				w.Must(err)
				_, err = w.Service.UpdateMember(casefiletest.Ctx(), as(w.Administrator), m.ID, m.Version, org.ChangeMember{Deputy: &people[j].ID, DeputyAgreed: true})
				if errs.TypeOf(err) != "deputy-circle" {
					w.Must(err)
				}
			}
		}
		for range rapid.IntRange(1, 6).Draw(r, "cases") {
			w.open(rapid.SampledFrom(people).Draw(r, "owner"), w.Org.Calendar.EndOfWorkingDay(w.Now(), rapid.SampledFrom([]int{1, 1, 2, 3}).Draw(r, "day")).UTC())
		}
		var going []string
		for range rapid.IntRange(1, 6).Draw(r, "steps") {
			switch rapid.IntRange(0, 3).Draw(r, "what") {
			case 0, 1:
				ask := absence.Ask{Member: rapid.SampledFrom(people).Draw(r, "ill").ID}
				if days := rapid.IntRange(0, 5).Draw(r, "days"); days > 0 {
					ask.Until = w.Local(days, 8, 0)
				}
				plan, err := w.svc.Preview(casefiletest.Ctx(), as(w.Manager), ask)
				w.Must(err)
				if plan.Needs {
					ask.StandIn = rapid.SampledFrom(plan.Could).Draw(r, "chosen").ID
				}
				a, err := w.svc.Confirm(casefiletest.Ctx(), as(w.Manager), ask)
				if errs.TypeOf(err) == "absence-already" {
					continue
				}
				w.Must(err)
				going = append(going, a.ID)
				absences++
			case 2:
				if len(going) > 0 {
					_, err := w.svc.End(casefiletest.Ctx(), as(w.Manager), rapid.SampledFrom(going).Draw(r, "back"))
					w.Must(err)
				}
			case 3:
				w.Later(rapid.SampledFrom([]time.Duration{time.Minute, 3 * time.Hour, 20 * time.Hour}).Draw(r, "later"))
			}
			w.Rest()
			w.Sound()
			w.left(r)
		}
		for _, id := range going {
			handed += int(w.tally(id).Promises)
		}
	})
	if absences < 10 || handed < 5 {
		t.Errorf("%d absences, %d promises handed: too little happened to say anything", absences, handed)
	}
}

// left looks by itself, not through the check, at what is open.
func (w *world) left(r *rapid.T) {
	w.Read(func(q db.Q) error {
		list, err := promise.Due(q, w.Org.ID, "", time.Time{}, time.Time{}, time.Time{}, "", 200)
		if err != nil {
			return err
		}
		for _, p := range list {
			m, err := org.MemberByID(q, w.Org.ID, p.Keeper)
			if err != nil {
				return err
			}
			if m.Here(q.Now()) || m.Here(p.Due) || p.Kind == promise.Closing || p.Kind == promise.Duty {
				continue
			}
			signals, err := signal.OfCase(q, w.Org.ID, p.Case)
			if err != nil {
				return err
			}
			told := false
			for _, s := range signals {
				told = told || s.Kind == absence.SignalNobody
			}
			to, err := org.Duty(q, w.Org.ID, p.Keeper)
			if err != nil {
				return err
			}
			if stand, err := org.MemberByID(q, w.Org.ID, to); err != nil || stand.Here(q.Now()) && !told {
				r.Fatalf("promise %s is left with %s, who is away, while %s is there: %v", p.ID, m.Name, stand.Name, err)
			}
		}
		return nil
	})
}

// Somebody who left is not away any more: an absence without an end is not
// listed for ever.
func TestWhoLeftIsNotListed(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.deputy(w.Specialist, w.Desk)
		w.ill(w.As(w.Manager), w.Specialist, time.Time{})
		w.Rest()
		if p, err := w.svc.List(t.Context(), w.As(w.Manager), "", 10); err != nil || len(p.Items) != 1 {
			t.Fatal(p, err)
		}
		var m org.Member
		w.Read(func(q db.Q) (err error) { m, err = org.MemberByID(q, w.Org.ID, w.Specialist.ID); return err })
		gone := false
		_, err := w.Service.UpdateMember(t.Context(), w.As(w.Administrator), m.ID, m.Version, org.ChangeMember{Active: &gone})
		w.Must(err)
		if p, err := w.svc.List(t.Context(), w.As(w.Manager), "", 10); err != nil || len(p.Items) != 0 {
			t.Error(p, err)
		}
	})
}
