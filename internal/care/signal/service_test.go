package signal_test

import (
	"context"
	"fmt"
	"io/fs"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/care/signal/signaltest"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/ledger"
)

var ctx = context.Background()

var migrations = []fs.FS{org.Migrations, signal.Migrations}

type fixture struct {
	orgtest.Fixture
	signals *signal.Service
	watch   *signal.Watch
}

func databases(t *testing.T, run func(t *testing.T, f fixture)) {
	kittest.Databases(t, migrations, func(t *testing.T, d *kittest.DB) {
		run(t, fixture{orgtest.New(t, d), signal.New(signal.Deps{DB: d.DB}), signal.NewWatch(d.DB)})
	})
}

func wantType(t *testing.T, err error, typ string) {
	t.Helper()
	if errs.TypeOf(err) != typ || err == nil {
		t.Errorf("got %v, want %s", err, typ)
	}
}

func (f fixture) raise(t *testing.T, s signal.Signal) (out signal.Signal, changed bool) {
	t.Helper()
	if err := f.DB.Write(ctx, func(tx *db.Tx) (err error) {
		out, changed, err = signal.Raise(tx, actor.ForSystem(f.Org.ID), s)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out, changed
}

func (f fixture) risk(level signal.Level) signal.Signal {
	return signal.Signal{Kind: "promise-risk", Level: level, SubjectKind: "promise", Subject: "prm_1", Case: "cas_1", Member: f.Desk.ID,
		Data: map[string]any{"due": float64(1763023320000)}}
}

// facts counts the facts of a kind.
func (f fixture) facts(t *testing.T, kind string) (n int64) {
	t.Helper()
	if err := f.DB.Read(ctx, func(q db.Q) (err error) {
		n, err = db.Get[int64](q, `SELECT COUNT(*) FROM fact WHERE org_id = $1 AND kind = $2`, f.Org.ID, kind)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func (f fixture) byID(t *testing.T, id string) (s signal.Signal) {
	t.Helper()
	if err := f.DB.Read(ctx, func(q db.Q) (err error) { s, err = signal.ByID(q, f.Org.ID, id); return err }); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRaiseOnceAndOnlyMoreSerious(t *testing.T) {
	databases(t, func(t *testing.T, f fixture) {
		s, changed := f.raise(t, f.risk(signal.Warning))
		if !changed || s.Member != f.Desk.ID || !s.LookAt.IsZero() {
			t.Fatalf("%+v", s)
		}
		for _, level := range []signal.Level{signal.Warning, signal.Notice} {
			if again, changed := f.raise(t, f.risk(level)); changed || again.ID != s.ID || again.Level != signal.Warning {
				t.Errorf("raised again at %d: %v %+v", level, changed, again)
			}
		}
		if n := f.facts(t, fact.SignalRaised); n != 1 {
			t.Errorf("%d facts", n)
		}
		up, changed := f.raise(t, f.risk(signal.Urgent))
		if !changed || up.ID != s.ID || up.Level != signal.Urgent || !up.LookAt.Equal(f.DB.Clock.Now().Add(15*time.Minute)) {
			t.Errorf("%v %+v", changed, up)
		}
		if diff := cmp.Diff(up, f.byID(t, s.ID)); diff != "" {
			t.Error(diff)
		}
		if n := f.facts(t, fact.SignalRaised); n != 2 {
			t.Errorf("%d facts", n)
		}
		// After it was cleared it is a new one.
		clear := func() (was bool) {
			if err := f.DB.Write(ctx, func(tx *db.Tx) (err error) {
				was, err = signal.Clear(tx, actor.ForSystem(f.Org.ID), "promise-risk", "prm_1", "kept")
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return was
		}
		if !clear() || clear() {
			t.Error("cleared once, not twice")
		}
		if got := f.byID(t, s.ID); got.IsOpen() || got.ClearReason != "kept" || !got.LookAt.IsZero() {
			t.Errorf("%+v", got)
		}
		if next, changed := f.raise(t, f.risk(signal.Notice)); !changed || next.ID == s.ID {
			t.Errorf("%v %+v", changed, next)
		}
	})
}

func TestRaiseRefusesWhatHasNobody(t *testing.T) {
	databases(t, func(t *testing.T, f fixture) {
		for name, c := range map[string]struct {
			change func(*signal.Signal)
			typ    string
		}{
			"nobody":      {func(s *signal.Signal) { s.Member = "" }, "signal-member-missing"},
			"a stranger":  {func(s *signal.Signal) { s.Member = "mem_x" }, "member-unknown"},
			"no kind":     {func(s *signal.Signal) { s.Kind = "" }, "signal-kind-missing"},
			"no subject":  {func(s *signal.Signal) { s.Subject = "" }, "signal-subject-missing"},
			"no level":    {func(s *signal.Signal) { s.Level = 0 }, "signal-level"},
			"level above": {func(s *signal.Signal) { s.Level = 4 }, "signal-level"},
		} {
			s := f.risk(signal.Warning)
			c.change(&s)
			err := f.DB.Write(ctx, func(tx *db.Tx) error { _, _, err := signal.Raise(tx, actor.ForSystem(f.Org.ID), s); return err })
			if errs.TypeOf(err) != c.typ {
				t.Errorf("%s: %v, want %s", name, err, c.typ)
			}
		}
		// Who left is stood in for.
		f.Change(t, f.Specialist.ID, org.ChangeMember{Active: orgtest.Ptr(false)})
		s := f.risk(signal.Warning)
		s.Member = f.Specialist.ID
		if got, _ := f.raise(t, s); got.Member != f.Manager.ID {
			t.Errorf("%+v", got)
		}
	})
}

// TestRaiseTogether: many notice the same at once; one signal comes of it.
func TestRaiseTogether(t *testing.T) {
	databases(t, func(t *testing.T, f fixture) {
		var wg sync.WaitGroup
		errc := make(chan error, 16)
		for i := range 16 {
			wg.Go(func() {
				errc <- f.DB.Write(ctx, func(tx *db.Tx) error {
					_, _, err := signal.Raise(tx, actor.ForSystem(f.Org.ID), f.risk(signal.Level(1+i%3)))
					return err
				})
			})
		}
		wg.Wait()
		for range 16 {
			if err := <-errc; err != nil {
				t.Fatal(err)
			}
		}
		open := signaltest.Open(t, f.DB.DB, f.Org.ID)
		if len(open) != 1 || open[0].Level != signal.Urgent {
			t.Errorf("%+v", open)
		}
	})
}

func TestTakeAndSettle(t *testing.T) {
	databases(t, func(t *testing.T, f fixture) {
		s, _ := f.raise(t, f.risk(signal.Urgent))
		_, err := f.signals.Settle(ctx, orgtest.As(f.Desk), s.ID, "done")
		wantType(t, err, "signal-take-first")
		got, err := f.signals.Take(ctx, orgtest.As(f.Specialist), s.ID)
		if err != nil || got.Member != f.Specialist.ID || got.TakenBy != f.Specialist.ID || !got.LookAt.IsZero() {
			t.Fatalf("%+v %v", got, err)
		}
		if again, err := f.signals.Take(ctx, orgtest.As(f.Specialist), s.ID); err != nil || !cmp.Equal(again, got) {
			t.Errorf("%+v %v", again, err)
		}
		if n := f.facts(t, fact.SignalTaken); n != 1 {
			t.Errorf("%d facts", n)
		}
		_, err = f.signals.Take(ctx, orgtest.As(f.Desk), s.ID)
		wantType(t, err, "signal-taken")
		_, err = f.signals.Take(ctx, orgtest.As(f.Desk), "sig_x")
		wantType(t, err, "signal-unknown")
		_, err = f.signals.Take(ctx, actor.Actor{Kind: actor.Customer, Org: f.Org.ID, Person: "per_1"}, s.ID)
		wantType(t, err, "not-allowed")
		other := orgtest.Named(t, f.DB, "Apotheek", org.Firm)
		_, err = f.signals.Take(ctx, orgtest.As(other.Desk), s.ID)
		wantType(t, err, "signal-unknown")
		_, err = f.signals.Settle(ctx, orgtest.As(f.Specialist), s.ID, "")
		wantType(t, err, "signal-reason-missing")
		if got, err = f.signals.Settle(ctx, orgtest.As(f.Specialist), s.ID, "seen"); err != nil || got.IsOpen() {
			t.Fatalf("%+v %v", got, err)
		}
		_, err = f.signals.Take(ctx, orgtest.As(f.Desk), s.ID)
		wantType(t, err, "signal-cleared")
	})
}

// TestWatchGoesOnUntilSomebodyTakesIt follows an urgent signal through an
// afternoon: the deputy, the manager, the administrator, and round again.
func TestWatchGoesOnUntilSomebodyTakesIt(t *testing.T) {
	databases(t, func(t *testing.T, f fixture) {
		f.Change(t, f.Desk.ID, org.ChangeMember{Deputy: &f.Specialist.ID, DeputyAgreed: true})
		s, _ := f.raise(t, f.risk(signal.Urgent))
		began := f.DB.Clock.Now()
		f.raise(t, signal.Signal{Kind: "untold", Level: signal.Warning, SubjectKind: "message", Subject: "msg_1", Member: f.Desk.ID})
		run := func() {
			if err := job.Drain(ctx, []job.Worker{f.watch}); err != nil {
				t.Fatal(err)
			}
		}
		run()
		if got := f.byID(t, s.ID); got.Member != f.Desk.ID {
			t.Fatal("went on before its time")
		}
		for _, want := range []struct {
			member string
			after  time.Duration
		}{
			{f.Specialist.ID, 15 * time.Minute}, {f.Manager.ID, 30 * time.Minute}, {f.Administrator.ID, 45 * time.Minute},
			{f.Manager.ID, 60 * time.Minute}, {f.Administrator.ID, 120 * time.Minute}, {f.Manager.ID, 180 * time.Minute},
		} {
			next, err := f.watch.Next(ctx)
			if err != nil || next.Sub(began) != want.after {
				t.Fatalf("next look after %s, want %s (%v)", next.Sub(began), want.after, err)
			}
			f.DB.Clock.Set(next.Add(-time.Millisecond))
			run()
			before := f.byID(t, s.ID).Member
			f.DB.Clock.Set(next)
			run()
			if got := f.byID(t, s.ID).Member; got != want.member || before == got {
				t.Fatalf("after %s: %s had it, then %s, want %s", want.after, before, got, want.member)
			}
			check(t, f, signal.CheckUrgent, 1, nil)
			check(t, f, signal.CheckMembers, 2, nil)
		}
		if n := f.facts(t, fact.SignalRaised); n != 2+6 {
			t.Errorf("%d facts", n)
		}
		if _, err := f.signals.Take(ctx, orgtest.As(f.Manager), s.ID); err != nil {
			t.Fatal(err)
		}
		f.DB.Clock.Advance(48 * time.Hour)
		run()
		if got := f.byID(t, s.ID); got.Member != f.Manager.ID {
			t.Error("what was taken went on")
		}
		if next, err := f.watch.Next(ctx); err != nil || !next.IsZero() {
			t.Errorf("still something to look at: %s %v", next, err)
		}
	})
}

func TestWatchSkipsWhoIsAway(t *testing.T) {
	databases(t, func(t *testing.T, f fixture) {
		now := f.DB.Clock.Now()
		f.Change(t, f.Manager.ID, org.ChangeMember{AwayFrom: &now, Deputy: &f.Desk.ID, DeputyAgreed: true})
		s, _ := f.raise(t, f.risk(signal.Urgent))
		f.DB.Clock.Advance(16 * time.Minute)
		if n, err := f.watch.Work(ctx); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if got := f.byID(t, s.ID); got.Member != f.Administrator.ID {
			t.Errorf("%+v", got)
		}
	})
}

// TestWatchWorksInBatches: more than one batch, over two organisations.
func TestWatchWorksInBatches(t *testing.T) {
	databases(t, func(t *testing.T, f fixture) {
		other := fixture{Fixture: orgtest.Named(t, f.DB, "Apotheek", org.Firm), signals: f.signals, watch: f.watch}
		for _, x := range []fixture{f, other} {
			if err := f.DB.Write(ctx, func(tx *db.Tx) error {
				for i := range 130 {
					s := x.risk(signal.Urgent)
					s.Subject = fmt.Sprintf("prm_%03d", i)
					if _, _, err := signal.Raise(tx, actor.ForSystem(x.Org.ID), s); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		f.DB.Clock.Advance(20 * time.Minute)
		if n, err := f.watch.Work(ctx); n != 100 || err != nil {
			t.Fatalf("a batch of %d, %v", n, err)
		}
		if err := job.Drain(ctx, []job.Worker{f.watch}); err != nil {
			t.Fatal(err)
		}
		for _, x := range []fixture{f, other} {
			list := signaltest.Open(t, f.DB.DB, x.Org.ID)
			if len(list) != 130 {
				t.Errorf("%d open", len(list))
			}
			for _, s := range list {
				if s.Member != x.Manager.ID {
					t.Fatalf("%+v", s)
				}
			}
		}
		check(t, f, signal.CheckMembers, 260, nil)
	})
}

func TestPass(t *testing.T) {
	databases(t, func(t *testing.T, f fixture) {
		s, _ := f.raise(t, f.risk(signal.Urgent))
		if _, err := f.signals.Take(ctx, orgtest.As(f.Desk), s.ID); err != nil {
			t.Fatal(err)
		}
		staff := org.New(org.Deps{DB: f.DB.DB, Holds: orgtest.Free{}, Signals: signal.Passing{}})
		admin := orgtest.As(f.Administrator)
		if _, err := staff.UpdateTeam(ctx, admin, f.Team.ID, 1, org.ChangeTeam{Duty: &f.Manager.ID}); err != nil {
			t.Fatal(err)
		}
		if _, err := staff.UpdateMember(ctx, admin, f.Desk.ID, 1, org.ChangeMember{Active: orgtest.Ptr(false)}); err != nil {
			t.Fatal(err)
		}
		if got := f.byID(t, s.ID); got.Member != f.Manager.ID || !got.Waits() || got.LookAt.IsZero() {
			t.Errorf("what they took is to be taken again: %+v", got)
		}
		check(t, f, signal.CheckMembers, 1, nil)
		if err := f.DB.Write(ctx, func(tx *db.Tx) error { return signal.PassCase(tx, admin, "cas_1", f.Specialist.ID) }); err != nil {
			t.Fatal(err)
		}
		if got := f.byID(t, s.ID); got.Member != f.Specialist.ID {
			t.Errorf("%+v", got)
		}
		if err := f.DB.Write(ctx, func(tx *db.Tx) error { return signal.ClearCase(tx, admin, "cas_1", "closed") }); err != nil {
			t.Fatal(err)
		}
		if kinds := signaltest.Kinds(t, f.DB.DB, f.Org.ID); len(kinds) != 0 {
			t.Errorf("still open: %v", kinds)
		}
	})
}

// TestChecksFindPlantedBugs: a check that finds nothing must be able to find.
func TestChecksFindPlantedBugs(t *testing.T) {
	databases(t, func(t *testing.T, f fixture) {
		s, _ := f.raise(t, f.risk(signal.Urgent))
		f.DB.Clock.Advance(17 * time.Minute) // and the watch does not run
		check(t, f, signal.CheckUrgent, 1, []string{s.ID})
		if err := f.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE member SET active = 0 WHERE member_id = $1`, f.Desk.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		check(t, f, signal.CheckMembers, 1, []string{s.ID})
		// What the schema itself refuses: an urgent signal nobody looks at.
		err := f.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE signal SET look_at = NULL WHERE signal_id = $1`, s.ID)
			return err
		})
		if !db.Violates(err, db.Check) {
			t.Errorf("got %v", err)
		}
	})
}

func TestListInPages(t *testing.T) {
	databases(t, func(t *testing.T, f fixture) {
		for i, level := range []signal.Level{1, 3, 2, 3, 1, 2, 1} {
			s := f.risk(level)
			s.Subject = fmt.Sprintf("prm_%d", i)
			if i == 2 {
				s.Member = f.Manager.ID
			}
			f.raise(t, s)
		}
		list := func(member string) (got string) {
			cursor := ""
			for {
				p, err := f.signals.List(ctx, orgtest.As(f.Desk), member, cursor, 2)
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range p.Items {
					got += fmt.Sprintf("%d:%s ", s.Level, s.Subject)
				}
				if cursor = p.Next; cursor == "" {
					return got
				}
			}
		}
		if got := list(""); got != "3:prm_3 3:prm_1 2:prm_5 2:prm_2 1:prm_6 1:prm_4 1:prm_0 " {
			t.Error(got)
		}
		if got := list(f.Manager.ID); got != "2:prm_2 " {
			t.Error(got)
		}
		if err := f.DB.Read(ctx, func(q db.Q) error {
			all, err := signal.CountOpen(q, f.Org.ID, "")
			if err != nil || all != 7 {
				t.Error(all, err)
			}
			by, err := signal.OfCases(q, f.Org.ID, []string{"cas_1", "cas_2"})
			if err != nil || len(by["cas_1"]) != 7 || len(by) != 1 {
				t.Error(len(by["cas_1"]), err)
			}
			one, err := signal.OfCase(q, f.Org.ID, "cas_1")
			if err != nil {
				return err
			}
			if diff := cmp.Diff(one, by["cas_1"]); diff != "" {
				t.Error(diff)
			}
			mine, err := signal.CountOpen(q, f.Org.ID, f.Manager.ID)
			if mine != 1 {
				t.Error(mine)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		_, err := f.signals.List(ctx, orgtest.As(f.Desk), "", "x", 2)
		wantType(t, err, "bad-cursor")
	})
}

// TestFactsNameTheSignal: followers read these keys.
func TestFactsNameTheSignal(t *testing.T) {
	databases(t, func(t *testing.T, f fixture) {
		s, _ := f.raise(t, f.risk(signal.Urgent))
		if err := f.DB.Read(ctx, func(q db.Q) error {
			list, err := ledger.Timeline(q, f.Org.ID, "cas_1", "", 10)
			if err != nil || len(list) != 1 {
				return fmt.Errorf("%d facts: %w", len(list), err)
			}
			want := map[string]any{"signal": s.ID, "kind": "promise-risk", "member": f.Desk.ID, "subject": "prm_1", "subject_kind": "promise", "level": 3.0}
			if diff := cmp.Diff(want, list[0].Map()); diff != "" {
				t.Error(diff)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func check(t *testing.T, f fixture, run func(db.Q) (int64, []string, error), rows int64, wrong []string) {
	t.Helper()
	if err := f.DB.Read(ctx, func(q db.Q) error {
		n, list, err := run(q)
		if n != rows || !cmp.Equal(list, wrong) {
			t.Errorf("checked %d rows, wrong %v; want %d, %v", n, list, rows, wrong)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
