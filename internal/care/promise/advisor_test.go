package promise_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/casefile/casefiletest"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/db"
)

// leads are delivered after one to n working hours, by turns.
func leads(w *casefiletest.World, n int, delivered func(i int) bool) (out []promise.Lead) {
	for i := range n {
		asked := w.Org.Calendar.Add(w.Now().AddDate(0, 0, -90), time.Duration(i)*time.Hour)
		out = append(out, promise.Lead{ID: strconv.Itoa(i), Asked: asked, Delivered: delivered(i),
			Ended: w.Org.Calendar.Add(asked, time.Duration(i%10+1)*time.Hour)})
	}
	return out
}

func always(int) bool { return true }

func advice(w *casefiletest.World) promise.Advice {
	a, err := w.Promises.Advise(ctx, w.Who(), promise.Wanted{Kind: promise.Answer})
	w.Must(err)
	return a
}

func TestAdvice(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		admin := w.As(w.Administrator)
		a := advice(w)
		if a.Basis != promise.BasisNorm || a.CannotSay || len(a.Suggestions) == 0 || a.Suggestions[0].Odds != 0 {
			t.Errorf("without a record: %+v", a)
		}
		all := leads(w, 120, always)
		n, err := promise.ImportHistory(ctx, w.DB.DB, admin, "old system", all)
		w.Must(err)
		again, err := promise.ImportHistory(ctx, w.DB.DB, admin, "old system", all)
		w.Must(err)
		if n != 120 || again != 0 {
			t.Errorf("imported %d, then %d", n, again)
		}
		a = advice(w)
		if a.Basis != promise.BasisKind || a.Of != 120 || len(a.Suggestions) == 0 || len(a.Bars) == 0 {
			t.Fatalf("with a record: %+v", a)
		}
		advised := 0
		for i, s := range a.Suggestions {
			if i > 0 && (!s.Due.After(a.Suggestions[i-1].Due) || s.Odds < a.Suggestions[i-1].Odds) {
				t.Errorf("not soonest first: %+v", a.Suggestions)
			}
			w.Must(promise.CheckDue(w.Org.Calendar, w.Now(), time.Time{}, s.Due))
			if !s.Advised {
				continue
			}
			advised++
			if s.Odds < .9 || w.Org.Calendar.Between(w.Now(), s.Due) < 9*time.Hour {
				t.Errorf("advised %+v", s)
			}
			// Whatever way it is promised, the promise knows at what odds; not what
			// is moved, which is half done.
			c, p := w.Open(promise.Make{What: "the result", Due: s.Due, Spoken: true})
			if p.Odds < 900 || p.Odds > 1000 {
				t.Errorf("promised at odds %d", p.Odds)
			}
			soon, err := w.Promises.Make(ctx, w.Who(), c.ID, w.Make(time.Hour))
			w.Must(err)
			if soon.Odds == 0 || soon.Odds >= p.Odds {
				t.Errorf("within the hour at odds %d", soon.Odds)
			}
			moved, err := w.Promises.Renegotiate(ctx, w.Who(), soon.ID, promise.Move{Due: w.Now().Add(2 * time.Hour), Spoken: true})
			w.Must(err)
			visit, err := w.Promises.Make(ctx, w.Who(), c.ID, promise.Make{Kind: promise.Visit, What: "the visit", From: s.Due.Add(-time.Hour), Due: s.Due, Spoken: true})
			w.Must(err)
			if moved.Odds != 0 || visit.Odds != 0 {
				t.Errorf("moved at odds %d, a visit at %d", moved.Odds, visit.Odds)
			}
		}
		if advised != 1 {
			t.Errorf("%d are advised: %+v", advised, a.Suggestions)
		}
		gone, err := promise.ForgetHistory(ctx, w.DB.DB, admin, "old system")
		if err != nil || gone != 120 || advice(w).Basis != promise.BasisNorm {
			t.Errorf("forgot %d %v", gone, err)
		}
		if _, err := promise.ImportHistory(ctx, w.DB.DB, w.Who(), "x", all); errs.ClassOf(err) != errs.Forbidden {
			t.Error("the desk imported a history:", err)
		}
		bad := []promise.Lead{{ID: "1", Asked: w.Now(), Ended: w.Now().Add(-time.Hour)}}
		_, err = promise.ImportHistory(ctx, w.DB.DB, admin, "x", bad)
		w.Refused(err, "lead-backwards")
	})
}

// Half of them never came: nobody can say what nine in ten manage.
func TestAdviceCannotSay(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		all := leads(w, 100, func(i int) bool { return i%2 == 0 })
		for i := range all {
			if !all[i].Delivered {
				all[i].Ended = w.Now()
			}
		}
		_, err := promise.ImportHistory(ctx, w.DB.DB, w.As(w.Administrator), "old", all)
		w.Must(err)
		if a := advice(w); !a.CannotSay || len(a.Suggestions) != 0 || !a.TellMore.After(w.Now()) || a.Of != 100 {
			t.Errorf("%+v", a)
		}
	})
}

func deliveries(w *casefiletest.World, caseID string) (out []promise.Delivery) {
	w.Read(func(q db.Q) (err error) {
		out, err = promise.DeliveriesOf(q, w.Org.ID, caseID)
		return err
	})
	return out
}

// What was moved counts from when it was asked, until it really came.
func TestDeliveryOfAMovedPromise(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		c, p := w.Open(w.Make(2 * time.Hour))
		asked := w.Now()
		w.Later(time.Hour)
		moved, err := w.Promises.Renegotiate(ctx, w.Who(), p.ID, promise.Move{Due: w.Local(1, 15, 0), Spoken: true})
		w.Must(err)
		w.Later(time.Hour)
		_, err = w.Promises.Keep(ctx, w.Who(), moved.ID, promise.Keep{Spoken: true, Next: next(w, 2*time.Hour)})
		w.Must(err)
		all := deliveries(w, c.ID)
		if len(all) != 2 || !all[0].Asked.Equal(asked) || !all[0].Ended.Equal(w.Now()) || !all[0].Delivered ||
			all[0].Work != w.Org.Calendar.Between(asked, w.Now()) || !all[1].Ended.IsZero() {
			t.Errorf("%+v", all)
		}
	})
}

// What broke goes on until the promise that takes its place is kept.
func TestDeliveryAfterABreak(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		c, p := w.Open(w.Make(time.Hour))
		asked := w.Now()
		w.Later(2 * time.Hour)
		if got := w.Promise(p.ID); got.State != promise.Broken {
			t.Fatalf("%+v", got)
		}
		if all := deliveries(w, c.ID); len(all) != 1 || !all[0].Waits || !all[0].Ended.IsZero() {
			t.Fatalf("after the break: %+v", all)
		}
		second, err := w.Promises.Make(ctx, w.Who(), c.ID, w.Make(time.Hour))
		w.Must(err)
		_, err = w.Promises.Keep(ctx, w.Who(), second.ID, promise.Keep{Spoken: true, Next: next(w, 2*time.Hour)})
		w.Must(err)
		if all := deliveries(w, c.ID); len(all) != 2 || !all[0].Asked.Equal(asked) || !all[0].Delivered || all[0].Waits {
			t.Errorf("after it came: %+v", all)
		}
	})
}

// Nobody waited for what was done while they asked. Taken back, they wait for it.
func TestHelpedAtOnceIsNoDelivery(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		c, p := w.Open(w.Make(time.Hour))
		_, err := w.Promises.Keep(ctx, w.Who(), p.ID, promise.Keep{Spoken: true, Next: next(w, 2*time.Hour)})
		w.Must(err)
		if all := deliveries(w, c.ID); len(all) != 1 || all[0].Promise == p.ID {
			t.Errorf("done while asking: %+v", all)
		}
		_, err = w.Promises.Retract(ctx, w.Who(), p.ID)
		w.Must(err)
		w.Later(10 * time.Minute)
		_, err = w.Promises.Keep(ctx, w.Who(), p.ID, promise.Keep{Spoken: true})
		w.Must(err)
		all := deliveries(w, c.ID)
		if len(all) != 2 || all[0].Delivered == all[1].Delivered {
			t.Errorf("after it was taken back and done later: %+v", all)
		}
	})
}

func TestCalibration(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		c, _ := w.Open(w.Make(4 * time.Hour))
		for range 32 {
			m := w.Make(time.Hour)
			m.Odds = 300
			p, err := w.Promises.Make(ctx, w.Who(), c.ID, m)
			w.Must(err)
			w.Later(time.Minute)
			_, err = w.Promises.Keep(ctx, w.Who(), p.ID, promise.Keep{Spoken: true})
			w.Must(err)
		}
		// Helped while asking: nothing that odds were about.
		m := w.Make(time.Hour)
		m.Odds = 900
		p, err := w.Promises.Make(ctx, w.Who(), c.ID, m)
		w.Must(err)
		_, err = w.Promises.Keep(ctx, w.Who(), p.ID, promise.Keep{Spoken: true})
		w.Must(err)
		w.Must(w.Promises.Calibrate(ctx))
		w.Read(func(q db.Q) error {
			rows, err := promise.CalibrationOf(q, w.Org.ID)
			if len(rows) != 2 || rows[0].N != 32 || rows[0].Kept != 32 || rows[0].Expected != 300 || !rows[0].Off() || rows[1].Odds != 300 {
				t.Errorf("%+v", rows)
			}
			n, err2 := db.Get[int64](q, `SELECT COUNT(*) FROM signal WHERE org_id = $1 AND kind = $2 AND cleared_at IS NULL`, w.Org.ID, promise.SignalAdvisor)
			if err2 != nil || n != 1 {
				t.Errorf("%d signals, %v", n, err2)
			}
			return err
		})
	})
}

func TestNatural(t *testing.T) {
	day := []workcal.Interval{{From: 8 * 60, To: 12 * 60}, {From: 13 * 60, To: 17 * 60}}
	cal := workcal.Calendar{Zone: "Europe/Amsterdam", Week: [7][]workcal.Interval{1: day, 2: day, 3: day, 4: day, 5: day}}
	loc := cal.Location()
	now := time.Date(2026, 11, 12, 9, 10, 0, 0, loc) // a Thursday
	for work, want := range map[time.Duration]string{
		0:                "2026-11-12 09:30",
		70 * time.Minute: "2026-11-12 10:30",
		3 * time.Hour:    "2026-11-12 14:00",
		6 * time.Hour:    "2026-11-12 17:00",
		8 * time.Hour:    "2026-11-13 12:00",
		20 * time.Hour:   "2026-11-16 17:00",
	} {
		if got := promise.Natural(cal, now, work).In(loc).Format("2006-01-02 15:04"); got != want {
			t.Errorf("%v: %s, want %s", work, got, want)
		}
	}
}

// A promise that is moved by message stands until the customer has heard; its
// new one may have been moved or ended meanwhile. What was asked goes where the
// last of them went.
func TestWhatWasAskedFollowsMovesNobodyHeardOf(t *testing.T) {
	for name, end := range map[string]func(w *casefiletest.World, second promise.Promise) error{
		"moved again": func(w *casefiletest.World, second promise.Promise) error {
			_, err := w.Promises.Renegotiate(ctx, w.Who(), second.ID, promise.Move{Due: second.Due.Add(4 * 24 * time.Hour), Spoken: true})
			return err
		},
		"kept": func(w *casefiletest.World, second promise.Promise) error {
			_, err := w.Promises.Keep(ctx, w.Who(), second.ID, promise.Keep{Note: "Alles is goed", Spoken: true})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, w *casefiletest.World) {
				_, first := w.Open(w.Make(3 * time.Hour))
				second, err := w.Promises.Renegotiate(ctx, w.Who(), first.ID, promise.Move{Due: first.Due.Add(24 * time.Hour)})
				w.Must(err)
				w.Later(time.Minute)
				w.Must(end(w, second))
				w.Until(first.Due.Add(2 * time.Hour)) // nobody heard: the first one breaks
				if old := w.Promise(first.ID); old.State != promise.Broken {
					t.Errorf("the first one is %s", old.State)
				}
				w.Sound()
			})
		})
	}
}
