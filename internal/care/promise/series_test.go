package promise_test

import (
	"sync"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/casefile/casefiletest"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/db"
)

// steps is a series of three: an answer now, a call two working days after that,
// and a decision at a clock time.
func steps(w *casefiletest.World) promise.MakeSeries {
	first := w.Make(3 * time.Hour)
	first.Spoken = true
	return promise.MakeSeries{First: first, Steps: []promise.SeriesStep{
		{What: "Bellen hoe het gaat", Kind: promise.Callback, After: 2, Unit: promise.Days},
		{What: "Het besluit", Kind: promise.Decision, Keeper: w.Specialist.ID, Due: w.Local(14, 12, 0)},
	}}
}

func series(w *casefiletest.World, id string) promise.Outline {
	w.T.Helper()
	x, err := w.Promises.GetSeries(ctx, w.Who(), id)
	w.Must(err)
	return x
}

// begun is a case with a series beside nothing else.
func begun(w *casefiletest.World, in promise.MakeSeries) (casefile.Case, promise.Series, promise.Promise) {
	w.T.Helper()
	c, only := w.Open(w.Make(time.Hour))
	x, p, err := w.Promises.MakeSeries(ctx, w.Who(), c.ID, in)
	w.Must(err)
	_, err = w.Promises.Keep(ctx, w.Who(), only.ID, promise.Keep{Done: true})
	w.Must(err)
	return c, x, p
}

func TestSeriesOfSteps(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		c, x, p := begun(w, steps(w))
		if got := series(w, x.ID); got.Now.ID != p.ID || got.More() != 2 || len(got.Past) != 0 || got.Position != 1 {
			t.Fatalf("%+v", got)
		}
		w.Later(time.Hour)
		// Keeping the first makes the second, in the same transaction, and tells it.
		_, err := w.Promises.Keep(ctx, w.Who(), p.ID, promise.Keep{Done: true})
		w.Must(err)
		got := series(w, x.ID)
		second := got.Now
		want := w.Org.Calendar.EndOfWorkingDay(w.Now(), 2)
		if second.Step != 2 || second.Kind != promise.Callback || !second.Due.Equal(want) || !second.AskedAt.Equal(w.Now()) || second.Told != promise.Sent || second.Message == "" {
			t.Fatalf("second: %+v", second)
		}
		if kept := w.Promise(p.ID); kept.State != promise.Kept || !kept.EndedAt.Equal(second.MadeAt) || len(got.Past) != 1 {
			t.Errorf("first: %+v", kept)
		}
		// It cannot be closed over what is still to come, unless that is said.
		closing := casefile.Close{Reason: casefile.Agreed, Said: "Opgelost"}
		_, err = w.Cases.Close(ctx, w.Who(), c.ID, closing)
		w.Refused(err, "case-unfinished")
		_, err = w.Cases.AskClose(ctx, w.Who(), c.ID, "")
		w.Refused(err, "case-unfinished")
		_, err = w.Promises.Keep(ctx, w.Who(), second.ID, promise.Keep{Spoken: true, Next: &promise.Next{Close: casefile.Agreed}})
		w.Refused(err, "series-unfinished")
		if got := series(w, x.ID); got.Position != 2 || got.Now.State != promise.Open {
			t.Errorf("a refusal changed it: %+v", got.Series)
		}
		// The keeper of the last one left meanwhile: who stands in keeps it.
		w.Must(w.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE member SET active = 0 WHERE org_id = $1 AND member_id = $2`, w.Org.ID, w.Specialist.ID)
			return err
		}))
		w.Until(second.Due.Add(-time.Hour))
		_, err = w.Promises.Keep(ctx, w.Who(), second.ID, promise.Keep{Spoken: true, Then: promise.Onward{Spoken: true}})
		w.Must(err)
		third := series(w, x.ID).Now
		active(t, w, third.Keeper)
		if third.Keeper == w.Specialist.ID || third.Told != promise.Spoken || third.Kind != promise.Decision || !third.FirstDue.Equal(third.Due) {
			t.Errorf("third: %+v", third)
		}
		// After the last one the case needs a next promise or its end, as always.
		w.Later(time.Hour)
		_, err = w.Promises.Keep(ctx, w.Who(), third.ID, promise.Keep{Spoken: true})
		w.Refused(err, "next-promise-needed")
		_, err = w.Promises.Keep(ctx, w.Who(), third.ID, promise.Keep{Spoken: true, Next: &promise.Next{Close: casefile.Agreed}})
		w.Must(err)
		if got := series(w, x.ID); got.State != promise.Over || got.EndedHow != promise.SeriesDone || len(got.Past) != 3 || got.More() != 0 {
			t.Errorf("%+v", got)
		}
		var kinds []string
		for _, f := range w.Facts(c.ID) {
			if f.Kind == fact.SeriesMade || f.Kind == fact.SeriesEnded {
				kinds = append(kinds, f.Kind)
			}
		}
		if len(kinds) != 2 {
			t.Error(kinds)
		}
	})
}

// A break goes as every break does; the series waits at its step until that was
// delivered, or promised anew and kept.
func TestSeriesThatBreaks(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		c, x, p := begun(w, steps(w))
		w.Until(p.Due.Add(time.Second))
		got := series(w, x.ID)
		if got.Position != 1 || got.Now.Kind != promise.Update || !got.Now.StandsIn || w.Promise(p.ID).State != promise.Broken {
			t.Fatalf("%+v", got)
		}
		update := got.Now
		_, err := w.Promises.Keep(ctx, w.Who(), update.ID, promise.Keep{Spoken: true})
		w.Refused(err, "step-undelivered")
		_, err = w.Promises.Withdraw(ctx, w.Who(), update.ID, "Hoeft niet", 0, next(w, time.Hour))
		w.Refused(err, "series-choose")
		_, err = w.Promises.Keep(ctx, w.Who(), update.ID, promise.Keep{Spoken: true, Next: next(w, 24*time.Hour)})
		w.Must(err)
		again := series(w, x.ID).Now
		if again.Step != 1 || again.StandsIn || again.State != promise.Open {
			t.Fatalf("anew: %+v", again)
		}
		// Twice in a row: only a person promises, and the series still waits.
		w.Until(again.Due.Add(time.Second))
		w.Until(series(w, x.ID).Now.Due.Add(time.Second))
		duty := series(w, x.ID).Now
		if duty.Kind != promise.Duty || !duty.StandsIn {
			t.Fatalf("%+v", duty)
		}
		_, err = w.Promises.Keep(ctx, w.As(w.Manager), duty.ID, promise.Keep{Spoken: true, Then: promise.Onward{Done: true, Spoken: true}})
		w.Must(err)
		if got := series(w, x.ID); got.Position != 2 || got.Now.Kind != promise.Callback || w.Case(c.ID).OpenPromises != 1 {
			t.Errorf("%+v", got)
		}
		// The record knows when it came: with the duty, not with the promise that broke.
		w.Read(func(q db.Q) error {
			n, err := db.Get[int64](q, `SELECT COUNT(*) FROM delivery WHERE case_id = $1 AND kind = 'answer' AND delivered = 1 AND ended_at = $2`, c.ID, w.Now())
			if n != 1 {
				t.Errorf("%d answers were delivered now", n)
			}
			return err
		})
	})
}

func TestSeriesByRule(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		first := w.Make(0)
		first.Kind, first.What, first.Due, first.Spoken = promise.Update, "Hoe het met de aanvraag staat", w.Local(1, 12, 0), true
		c, x, p := begun(w, promise.MakeSeries{First: first, Rule: &promise.Rule{Every: 1, Unit: promise.Weekly, Days: []time.Weekday{w.Local(1, 12, 0).Weekday()}, Minute: 12 * 60, Times: 5}})
		got := series(w, x.ID)
		if len(got.Dates) != 5 || !got.Dates[0].Due.Equal(w.Local(8, 12, 0)) || p.Step != 1 || !p.Recurs {
			t.Fatalf("%+v", got)
		}
		told := got.Rule.Until
		w.Until(p.Due.Add(-time.Hour))
		_, err := w.Promises.Keep(ctx, w.Who(), p.ID, promise.Keep{Spoken: true, Then: promise.Onward{Spoken: true}})
		w.Must(err)
		second := series(w, x.ID).Now
		if second.Due.Sub(p.Due) != 7*24*time.Hour || second.Told != promise.Spoken || second.What != first.What {
			t.Fatalf("%+v", second)
		}
		// Late by more than a week: what lies in the past is not promised, and the end
		// stays the day that the customer was told.
		w.DB.Clock.Set(second.Due.Add(15 * 24 * time.Hour))
		w.Rest()
		for range 3 {
			if now := series(w, x.ID).Now; now.StandsIn {
				_, err = w.Promises.Keep(ctx, w.As(w.Manager), now.ID, promise.Keep{Spoken: true, Then: promise.Onward{Done: true, Spoken: true}})
				w.Must(err)
			}
		}
		got = series(w, x.ID)
		if !got.Now.Due.After(w.Now()) || got.Now.Due.Sub(second.Due) != 21*24*time.Hour || got.Rule.Until != told || len(got.Dates) != 1 || got.Position != 3 {
			t.Errorf("%d more, %+v", len(got.Dates), got.Now)
		}
		w.Read(func(q db.Q) error { // what a rule asks for teaches nothing
			n, err := db.Get[int64](q, `SELECT COUNT(*) FROM delivery WHERE case_id = $1 AND kind = 'update'`, c.ID)
			if n != 0 {
				t.Errorf("the record learned from %d of them", n)
			}
			return err
		})
		// It ends when somebody says so, and why; what is promised stands.
		_, err = w.Promises.StopSeries(ctx, w.Who(), x.ID, 0, " ", false)
		w.Refused(err, "reason-missing")
		_, err = w.Promises.StopSeries(ctx, w.Who(), x.ID, got.Version+1, "Besloten", false)
		w.Refused(err, "changed-meanwhile")
		_, err = w.Promises.StopSeries(ctx, w.Who(), x.ID, got.Version, "Het besluit is er al", false)
		w.Must(err)
		if w.Promise(got.Now.ID).State != promise.Open || len(w.Teller.Of("series-ended")) != 1 || series(w, x.ID).More() != 0 {
			t.Error("it did not end as it should")
		}
		_, err = w.Promises.StopSeries(ctx, w.Who(), x.ID, 0, "Nog eens", false)
		w.Refused(err, "series-ended")
	})
}

// What lies ahead can be changed, moved along, joined with another question,
// handed over, taken back, and left.
func TestSeriesThatChanges(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		c, x, p := begun(w, steps(w))
		_, err := w.Promises.ChangeSeries(ctx, w.Who(), x.ID, promise.ChangeSeries{Steps: []promise.SeriesStep{
			{What: "Het besluit", Kind: promise.Decision, Due: w.Local(14, 12, 0)}, {What: "zsm bellen", After: 1, Unit: promise.Hours}}})
		w.Refused(err, "vague-time")
		if len(series(w, x.ID).Steps) != 2 || series(w, x.ID).Version != x.Version {
			t.Error("a refusal changed it")
		}
		_, err = w.Promises.ChangeSeries(ctx, w.Who(), x.ID, promise.ChangeSeries{Steps: []promise.SeriesStep{
			{What: "Het besluit", Kind: promise.Decision, Due: w.Local(4, 12, 0)}, {What: "Nabellen", After: 4, Unit: promise.Hours}, {What: "Het verslag", Kind: promise.Document, Due: w.Local(11, 12, 0)}}})
		w.Must(err)
		if len(w.Teller.Of("series-changed")) != 1 || series(w, x.ID).More() != 3 {
			t.Error("nobody was told")
		}
		// A new time beyond the next step moves what comes after, or is refused.
		to := promise.Move{Due: w.Local(5, 12, 0), Spoken: true}
		_, err = w.Promises.Renegotiate(ctx, w.Who(), p.ID, to)
		w.Refused(err, "steps-in-the-way")
		to.Along = true
		moved, err := w.Promises.Renegotiate(ctx, w.Who(), p.ID, to)
		w.Must(err)
		got := series(w, x.ID)
		if got.Now.ID != moved.ID || got.Position != 1 || !got.Steps[0].Due.After(moved.Due) || got.Steps[1].After != 4 || !got.Steps[2].Due.After(got.Steps[0].Due) {
			t.Fatalf("%+v", got)
		}
		// Joined with another question it goes on there.
		other, _ := w.Open(w.Make(time.Hour))
		_, err = w.Cases.Merge(ctx, w.Who(), c.ID, other.ID, 0)
		w.Must(err)
		got = series(w, x.ID)
		if got.Case != other.ID || got.Now.Case != other.ID || !got.Now.Due.Equal(moved.Due) {
			t.Fatalf("%+v", got)
		}
		// A new owner keeps what the old one was to keep.
		w.Must(w.DB.Write(ctx, func(tx *db.Tx) error {
			row, err := w.Cases.Lock(tx, w.Org.ID, other.ID)
			if err != nil {
				return err
			}
			_, err = w.Cases.ChangeOwner(tx, w.As(w.Specialist), row, w.Specialist.ID, "")
			return err
		}))
		if got = series(w, x.ID); got.Now.Keeper != w.Specialist.ID || got.Steps[0].Keeper != w.Specialist.ID {
			t.Errorf("%+v", got)
		}
		// "Kept" by mistake: the step is back, and what it made is not made twice.
		_, err = w.Promises.Keep(ctx, w.Who(), got.Now.ID, promise.Keep{Done: true})
		w.Must(err)
		second := series(w, x.ID).Now
		_, err = w.Promises.Retract(ctx, w.Who(), got.Now.ID)
		w.Must(err)
		if back := series(w, x.ID); back.Position != 1 || back.Now.ID != got.Now.ID {
			t.Errorf("%+v", back)
		}
		_, err = w.Promises.Keep(ctx, w.Who(), got.Now.ID, promise.Keep{Done: true})
		w.Must(err)
		if again := series(w, x.ID); again.Now.ID != second.ID || again.Position != 2 {
			t.Errorf("made twice: %+v", again.Now)
		}
		// Not needed any more: the rest is left too, because somebody says so.
		_, err = w.Promises.WithdrawThen(ctx, w.Who(), second.ID, "Is al besloten", 0, nil, promise.Onward{Stop: "De rest hoeft ook niet", Spoken: true})
		w.Must(err)
		if got := series(w, x.ID); got.EndedHow != promise.SeriesStopped || got.Why == "" {
			t.Errorf("%+v", got)
		}
		// And a case that ends on the customer's own word takes it along.
		d, y, _ := begun(w, steps(w))
		w.Must(w.Cases.Solved(ctx, w.Customer(d), d.ID))
		if got := series(w, y.ID); got.State != promise.Over || got.EndedHow != casefile.Agreed {
			t.Errorf("%+v", got)
		}
	})
}

func TestSeriesThatCannotBePromised(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		c, _ := w.Open(w.Make(time.Hour))
		weekly := promise.Rule{Every: 1, Unit: promise.Weekly, Days: []time.Weekday{time.Tuesday}, Minute: 12 * 60, Times: 3}
		for name, x := range map[string]struct {
			change func(*promise.MakeSeries)
			typ    string
		}{
			"neither":   {func(in *promise.MakeSeries) { in.Steps = nil }, "series-sort"},
			"both":      {func(in *promise.MakeSeries) { in.Rule = &weekly }, "series-sort"},
			"too many":  {func(in *promise.MakeSeries) { in.Steps = make([]promise.SeriesStep, 20) }, ""},
			"crossed":   {func(in *promise.MakeSeries) { in.Steps[1].Due = in.First.Due }, "steps-crossed"},
			"no time":   {func(in *promise.MakeSeries) { in.Steps[0].After = 0 }, "step-when"},
			"two times": {func(in *promise.MakeSeries) { in.Steps[1].After = 1 }, "step-when"},
			"no window": {func(in *promise.MakeSeries) { in.Steps[0].Kind = promise.Visit }, "window-missing"},
			"no words":  {func(in *promise.MakeSeries) { in.Steps[0].What = " " }, "what-missing"},
			"a closing": {func(in *promise.MakeSeries) { in.Steps[0].Kind = promise.Closing }, "unknown-kind"},
			"never ends": {func(in *promise.MakeSeries) {
				in.Steps, in.Rule = nil, &promise.Rule{Every: 1, Unit: promise.Daily, Minute: 600}
			}, "rule-endless"},
			"too often": {func(in *promise.MakeSeries) {
				in.Steps, in.Rule = nil, &promise.Rule{Every: 1, Unit: promise.Daily, Minute: 600, Until: workcal.DateOf(w.Local(700, 12, 0), time.UTC)}
			}, "rule-too-often"},
			"too long": {func(in *promise.MakeSeries) {
				in.Steps, in.Rule = nil, &promise.Rule{Every: 4, Unit: promise.Monthly, Day: 31, Minute: 600, Times: 9}
			}, "rule-too-long"},
			"a visit": {func(in *promise.MakeSeries) {
				in.Steps, in.Rule = nil, &weekly
				in.First.Kind, in.First.From = promise.Visit, in.First.Due.Add(-time.Hour)
			}, "rule-visit"},
		} {
			in := steps(w)
			x.change(&in)
			_, _, err := w.Promises.MakeSeries(ctx, w.Who(), c.ID, in)
			if err == nil {
				t.Errorf("%s was accepted", name)
			} else if x.typ != "" {
				w.Refused(err, x.typ)
			}
		}
		if list, err := w.Promises.SeriesOf(ctx, w.Who(), c.ID); err != nil || len(list) != 0 || w.Case(c.ID).OpenPromises != 1 {
			t.Errorf("%v %+v", err, list)
		}
		_, x, _ := begun(w, steps(w))
		other := w.Who()
		other.Org = "org_other"
		_, err := w.Promises.GetSeries(ctx, other, x.ID)
		w.Refused(err, "series-not-found")
		_, err = w.Promises.StopSeries(ctx, other, x.ID, 0, "Van een ander", true)
		w.Refused(err, "series-not-found")
	})
}

// Two people who keep one step, or keep it while another changes what comes
// after it: one of them is first, and no step is made twice or passed over.
func TestSeriesAtOnce(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		_, x, p := begun(w, steps(w))
		w.Later(time.Hour)
		var wg sync.WaitGroup
		kept := make([]error, 4)
		for i := range kept {
			wg.Go(func() {
				_, kept[i] = w.Promises.Keep(ctx, w.Who(), p.ID, promise.Keep{Done: true, Then: promise.Onward{Spoken: true}})
			})
		}
		wg.Wait()
		won := 0
		for _, err := range kept {
			if err == nil {
				won++
			}
		}
		got := series(w, x.ID)
		if won != 1 || got.Position != 2 || got.Now.Step != 2 || len(got.Past) != 1 {
			t.Fatalf("%d of %d kept it: %+v", won, len(kept), got)
		}
		var stopped, onward error
		wg.Go(func() {
			_, stopped = w.Promises.StopSeries(ctx, w.Who(), x.ID, got.Version, "Het is zo wel duidelijk", true)
		})
		wg.Go(func() {
			_, onward = w.Promises.Keep(ctx, w.Who(), got.Now.ID, promise.Keep{Done: true, Then: promise.Onward{Spoken: true}})
		})
		wg.Wait()
		after := series(w, x.ID)
		switch {
		case stopped == nil && onward == nil:
			t.Errorf("both were first: %+v", after)
		case stopped == nil && (after.State != promise.Over || errs.TypeOf(onward) != "next-promise-needed"):
			t.Errorf("stopped first: %v, %+v", onward, after)
		case onward == nil && (after.Position != 3 || after.State != promise.Open || errs.ClassOf(stopped) != errs.Stale):
			t.Errorf("kept first: %v, %+v", stopped, after)
		}
		w.Sound()
	})
}
