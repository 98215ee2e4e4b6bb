package insight_test

import (
	"io/fs"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/casefile/casefiletest"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/insight"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/ledger"
)

var ctx = casefiletest.Ctx()

// world is a practice whose customers' fate is counted.
type world struct {
	*casefiletest.World
	insight *insight.Service
	boss    actor.Actor
}

func onWorlds(t *testing.T, run func(t *testing.T, w *world)) {
	t.Helper()
	kittest.Databases(t, append(slices.Clone(casefiletest.Migrations), fs.FS(insight.Migrations)), func(t *testing.T, d *kittest.DB) {
		w := newWorld(t, d)
		run(t, w)
		w.Rest()
		w.Sound()
	})
}

func newWorld(t testing.TB, d *kittest.DB) *world {
	w := &world{World: casefiletest.New(t, d), insight: insight.New(insight.Deps{DB: d.DB})}
	m := insight.Module(w.insight)
	for _, f := range m.Followers {
		w.Workers = append(w.Workers, ledger.Follow(d.DB, f, kittest.Log(t)))
	}
	w.Checks = append(w.Checks, m.Checks...)
	w.boss = w.Who()
	w.boss.Role = actor.Manager
	return w
}

// tallies are the outcomes of this week by measure.
func (w *world) tallies() map[insight.Measure]insight.Tally {
	w.T.Helper()
	w.Rest()
	r, err := w.insight.Report(ctx, w.boss, 4)
	w.Must(err)
	out := map[insight.Measure]insight.Tally{}
	for _, m := range insight.Measures {
		out[m] = r.Tally(m)
		for k, n := range out[m] {
			if n == 0 {
				delete(out[m], k)
			}
		}
	}
	return out
}

func (w *world) expect(when string, want map[insight.Measure]insight.Tally) {
	w.T.Helper()
	got := w.tallies()
	for _, m := range insight.Measures {
		if want[m] == nil {
			want[m] = insight.Tally{}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.T.Errorf("%s: %s", when, diff)
	}
}

func TestWhatIsCounted(t *testing.T) {
	onWorlds(t, func(t *testing.T, w *world) {
		w.expect("nothing yet", map[insight.Measure]insight.Tally{})
		c, p := w.Open(w.Make(3 * time.Hour))
		w.expect("opened", map[insight.Measure]insight.Tally{
			insight.Answered: {insight.Waiting: 1}, insight.Returned: {insight.Straight: 1}})

		// Kept within the hour; the next promise is its successor.
		w.Later(30 * time.Minute)
		next := w.Make(3 * time.Hour)
		_, err := w.Promises.Keep(ctx, w.Who(), p.ID, promise.Keep{Spoken: true, Next: &promise.Next{Promise: &next}})
		w.Must(err)
		w.expect("kept", map[insight.Measure]insight.Tally{
			insight.Kept: {insight.KeptWell: 1}, insight.Answered: {insight.Within: 1}, insight.Returned: {insight.Straight: 1}})

		// The next is not kept: broken, and told when the message arrived.
		second := w.OpenOnes(c.ID)[0]
		w.Until(second.Due.Add(time.Minute))
		w.expect("broken", map[insight.Measure]insight.Tally{
			insight.Kept: {insight.KeptWell: 1, insight.Broken: 1}, insight.Answered: {insight.Within: 1}, insight.Returned: {insight.Straight: 1},
			insight.Told: {insight.Untold: 1}})
		update := w.OpenOnes(c.ID)[0]
		w.Must(w.DB.Write(ctx, func(tx *db.Tx) error {
			tx.Emit(db.Fact{Org: c.Org, Kind: fact.MessageDelivered, Case: c.ID, By: actor.ForSystem(c.Org),
				Data: map[string]any{"message": "msg_1", "template": "promise-broken", "promise": update.ID, "channel": "email"}})
			return nil
		}))
		w.expect("told", map[insight.Measure]insight.Tally{
			insight.Kept: {insight.KeptWell: 1, insight.Broken: 1}, insight.Answered: {insight.Within: 1}, insight.Returned: {insight.Straight: 1},
			insight.Told: {insight.After: 1}})

		// What is behind the number is that case, and only for whoever may see it.
		rows, err := w.insight.Behind(ctx, w.boss, insight.Behind{Measure: insight.Kept, Outcome: insight.Broken})
		w.Must(err)
		if len(rows.Items) != 1 || rows.Items[0].Case != c.ID || rows.Items[0].ID != second.ID || rows.Items[0].Ref != w.Case(c.ID).Ref() || !rows.Items[0].Open {
			t.Errorf("behind: %+v", rows.Items)
		}
		_, err = w.insight.Report(ctx, w.Who(), 4)
		w.Refused(err, "not-allowed")
		_, err = w.insight.Behind(ctx, w.Who(), insight.Behind{Measure: insight.Kept, Outcome: insight.Broken})
		w.Refused(err, "not-allowed")
		_, err = w.insight.Report(ctx, w.boss, 5)
		w.Refused(err, "insight-span")
		_, err = w.insight.Behind(ctx, w.boss, insight.Behind{Measure: insight.Kept, Outcome: insight.Straight})
		w.Refused(err, "insight-unknown")
		_, err = w.insight.Behind(ctx, w.boss, insight.Behind{Measure: insight.Kept, Outcome: insight.Broken, From: "gisteren"})
		w.Refused(err, "day-unreadable")
	})
}

// Helped while they ask: the question is answered in time, and no promise was
// kept that anybody waited for.
func TestHelpedAtOnceIsAnAnswer(t *testing.T) {
	onWorlds(t, func(t *testing.T, w *world) {
		_, p := w.Open(w.Make(3 * time.Hour))
		_, err := w.Promises.Keep(ctx, w.Who(), p.ID, promise.Keep{Spoken: true, Next: &promise.Next{Close: casefile.Agreed}})
		w.Must(err)
		w.expect("helped at once", map[insight.Measure]insight.Tally{
			insight.Answered: {insight.Within: 1}, insight.Returned: {insight.Straight: 1}})
	})
}

func TestTakenBackIsTakenOut(t *testing.T) {
	onWorlds(t, func(t *testing.T, w *world) {
		_, p := w.Open(w.Make(3 * time.Hour))
		w.Later(time.Second)
		next := w.Make(4 * time.Hour)
		_, err := w.Promises.Keep(ctx, w.Who(), p.ID, promise.Keep{Spoken: true, Next: &promise.Next{Promise: &next}})
		w.Must(err)
		if got := w.tallies()[insight.Kept]; got[insight.KeptWell] != 1 {
			t.Fatalf("kept: %v", got)
		}
		_, err = w.Promises.Retract(ctx, w.Who(), p.ID)
		w.Must(err)
		if got := w.tallies()[insight.Kept]; len(got) != 0 {
			t.Errorf("taken back, and still counted: %v", got)
		}
	})
}

func TestSlowAnswers(t *testing.T) {
	onWorlds(t, func(t *testing.T, w *world) {
		_, p := w.Open(promise.Make{What: "De uitslag", Due: w.Local(4, 12, 0)})
		w.Until(w.Local(1, 16, 0)) // more than four working hours later
		w.expect("waits too long", map[insight.Measure]insight.Tally{
			insight.Answered: {insight.Late: 1}, insight.Returned: {insight.Straight: 1}})
		_, err := w.Promises.Keep(ctx, w.Who(), p.ID, promise.Keep{Spoken: true, Next: &promise.Next{Promise: &promise.Make{What: "Het recept", Due: w.Local(4, 12, 0)}}})
		w.Must(err)
		w.expect("answered late", map[insight.Measure]insight.Tally{insight.Kept: {insight.KeptWell: 1},
			insight.Answered: {insight.Late: 1}, insight.Returned: {insight.Straight: 1}})
	})
}

func TestOthersSeeNothing(t *testing.T) {
	onWorlds(t, func(t *testing.T, w *world) {
		w.Open(w.Make(3 * time.Hour))
		w.Rest()
		other, _, err := w.Service.Create(ctx, actor.Actor{Kind: actor.Installer, Org: "*"}, org.NewOrganisation{Name: "Elders", Kind: org.Practice,
			Admin: org.NewMember{Name: "Otto Ander", Role: actor.Administrator}})
		w.Must(err)
		stranger := w.boss
		stranger.Org = other.ID
		r, err := w.insight.Report(ctx, stranger, 4)
		w.Must(err)
		for _, m := range insight.Measures {
			if len(r.Now[m]) != 0 {
				t.Errorf("another organisation sees %s: %v", m, r.Now[m])
			}
		}
	})
}

// workday is the end of a working day, some days from now.
func (w *world) workday(days int) time.Time { return w.Org.Calendar.EndOfWorkingDay(w.Now(), days) }

// TestWhateverHappensIsCountedOnce lets promises be kept, broken and forgotten
// at random (with a seed that is kept), and counts the promises themselves.
func TestWhateverHappensIsCountedOnce(t *testing.T) {
	kittest.Databases(t, append(slices.Clone(casefiletest.Migrations), fs.FS(insight.Migrations)), func(t *testing.T, d *kittest.DB) {
		w := newWorld(t, d)
		random := rand.New(rand.NewPCG(2026, 11))
		var cases []string
		for range 8 {
			c, _ := w.Open(promise.Make{What: "De uitslag", Due: w.workday(1)})
			cases = append(cases, c.ID)
			for _, id := range cases {
				open := w.OpenOnes(id)
				if len(open) == 0 || open[0].Kind == promise.Closing || random.IntN(2) == 0 {
					continue
				}
				_, err := w.Promises.Keep(ctx, w.Who(), open[0].ID, promise.Keep{Spoken: true,
					Next: &promise.Next{Promise: &promise.Make{What: "De volgende stap", Due: w.workday(1 + random.IntN(3))}}})
				w.Must(err)
			}
			w.Until(w.workday(1))
		}
		want, got := insight.Tally{}, insight.Tally{}
		for _, id := range cases {
			for _, p := range w.All(id) {
				if p.Kind == promise.Closing || p.Kind == promise.Duty || p.State == promise.Kept && !p.EndedAt.After(p.MadeAt) {
					continue
				}
				switch p.State {
				case promise.Kept:
					want[insight.KeptWell]++
				case promise.Broken:
					want[insight.Broken]++
				}
			}
		}
		if want[insight.KeptWell] < 3 || want[insight.Broken] < 3 {
			t.Fatalf("too little happened: %v", want)
		}
		for _, outcome := range []string{insight.KeptWell, insight.Broken} {
			for cursor := ""; ; {
				p, err := w.insight.Behind(ctx, w.boss, insight.Behind{Measure: insight.Kept, Outcome: outcome, Cursor: cursor, Limit: 3})
				w.Must(err)
				got[outcome] += len(p.Items)
				if cursor = p.Next; cursor == "" {
					break
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("counted otherwise than the promises say: %s", diff)
		}
		w.Sound()
	})
}
