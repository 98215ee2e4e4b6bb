package job_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/kittest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var ctx = context.Background()

type payload struct{ N int }

func enqueue(t *testing.T, d *kittest.DB, jobs ...db.Job) {
	t.Helper()
	if err := d.Write(ctx, func(tx *db.Tx) error {
		for _, j := range jobs {
			tx.Enqueue(j)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func queue(t *testing.T, d *kittest.DB, kinds ...job.Kind) *job.Queue {
	t.Helper()
	q, err := job.NewQueue(d.DB, kittest.Log(t), 4, kinds...)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func work(t *testing.T, q *job.Queue) int {
	t.Helper()
	n, err := q.Work(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// left tells the jobs that are in the table.
type left struct {
	Kind    string    `db:"kind"`
	Key     string    `db:"ukey"`
	RunAt   time.Time `db:"run_at"`
	Attempt int       `db:"attempt"`
	Leased  bool      `db:"leased"`
	DeadAt  time.Time `db:"dead_at"`
	Error   string    `db:"error"`
}

func table(t *testing.T, d *kittest.DB) (out []left) {
	t.Helper()
	if err := d.Read(ctx, func(q db.Q) (err error) {
		out, err = db.Select[left](q, `SELECT kind, ukey, run_at, attempt, leased, dead_at, error FROM job ORDER BY run_at, id`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestJobsAreDoneWhenDue(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		var mu sync.Mutex
		var done []int
		q := queue(t, d, job.Kind{Name: "add", Handle: func(_ context.Context, j job.Job) error {
			var p payload
			err := j.Payload(&p)
			mu.Lock()
			defer mu.Unlock()
			done = append(done, p.N)
			if j.Org != "o" || j.Attempt != 1 || j.Kind != "add" {
				t.Errorf("%+v", j)
			}
			return err
		}})
		if at, err := q.Next(ctx); err != nil || !at.IsZero() {
			t.Error("nothing is due at", at, err)
		}
		start := d.Clock.Now()
		enqueue(t, d, db.Job{Org: "o", Kind: "add", Payload: payload{1}},
			db.Job{Org: "o", Kind: "add", Payload: payload{2}, At: start.Add(time.Hour)},
			db.Job{Org: "o", Kind: "add", Payload: payload{3}, At: start.Add(time.Minute)})
		for _, want := range [][]int{{1}, {1, 3}, {1, 3, 2}} {
			for work(t, q) > 0 {
			}
			if !cmp.Equal(done, want) {
				t.Errorf("done %v, expected %v", done, want)
			}
			at, err := q.Next(ctx)
			if err != nil {
				t.Fatal(err)
			}
			d.Clock.Set(at)
		}
		if rest := table(t, d); len(rest) != 0 {
			t.Errorf("%+v", rest)
		}
	})
}

func TestOneWaitingJobPerKey(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		var runs atomic.Int32
		q := queue(t, d, job.Kind{Name: "k", Handle: func(context.Context, job.Job) error {
			if runs.Add(1) == 1 {
				// The same work is asked for while it is being done: it is done again.
				enqueue(t, d, db.Job{Org: "o", Kind: "k", Key: "1"}, db.Job{Org: "o", Kind: "k", Key: "1"})
			}
			return nil
		}})
		enqueue(t, d, db.Job{Org: "o", Kind: "k", Key: "1"}, db.Job{Org: "o", Kind: "k", Key: "1"})
		enqueue(t, d, db.Job{Org: "o", Kind: "k", Key: "1"})
		if n := len(table(t, d)); n != 1 {
			t.Fatal(n, "wait")
		}
		for work(t, q) > 0 {
		}
		if runs.Load() != 2 {
			t.Error("ran", runs.Load())
		}
		// Other keys, kinds and organisations are others.
		enqueue(t, d, db.Job{Org: "o", Kind: "k", Key: "1"}, db.Job{Org: "p", Kind: "k", Key: "1"}, db.Job{Org: "o", Kind: "l", Key: "1"},
			db.Job{Org: "o", Kind: "k", Key: "2"}, db.Job{Org: "o", Kind: "k"}, db.Job{Org: "o", Kind: "k"})
		if n := len(table(t, d)); n != 6 {
			t.Error(n, "wait")
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { return job.Cancel(tx, "o", "k", "1") }); err != nil {
			t.Fatal(err)
		}
		if n := len(table(t, d)); n != 5 {
			t.Error(n, "wait after one was cancelled")
		}
	})
}

// A worker that dies gives the job back when its lease ends; one that is slow
// can no longer say what became of it.
func TestASlowWorkerIsFenced(t *testing.T) {
	for name, outcome := range map[string]error{"done": nil, "failed": errors.New("late failure"), "later": job.Later{At: kittest.Start.Add(10 * time.Hour)}} {
		t.Run(name, func(t *testing.T) {
			kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
				slow, wake := make(chan struct{}), make(chan struct{})
				first := queue(t, d, job.Kind{Name: "k", Lease: time.Minute, Handle: func(context.Context, job.Job) error {
					close(slow)
					<-wake
					return outcome
				}})
				attempt := 0
				second := queue(t, d, job.Kind{Name: "k", Lease: time.Minute, Handle: func(_ context.Context, j job.Job) error {
					attempt = j.Attempt
					return job.Later{At: d.Clock.Now().Add(time.Hour)} // sets the count of attempts back
				}})
				enqueue(t, d, db.Job{Org: "o", Kind: "k", Key: "key"})
				done := make(chan error, 1)
				go func() { _, err := first.Work(ctx); done <- err }()
				<-slow
				if n := work(t, second); n != 0 {
					t.Error("took a job that another has")
				}
				d.Clock.Advance(61 * time.Second)
				if n := work(t, second); n != 1 || attempt != 2 {
					t.Errorf("claimed %d, attempt %d", n, attempt)
				}
				before := table(t, d)
				close(wake)
				if err := <-done; err != nil {
					t.Error(err)
				}
				if after := table(t, d); len(before) != 1 || !cmp.Equal(before, after) {
					t.Error("the slow worker changed the job:", cmp.Diff(before, after))
				}
			})
		})
	}
}

func TestFailuresWaitLongerAndBecomeDeadLetters(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		var tried []time.Duration
		var died []string
		start := d.Clock.Now()
		mourn := errors.New("the phone is busy")
		q := queue(t, d, job.Kind{Name: "k", Attempts: 4,
			Handle: func(context.Context, job.Job) error {
				tried = append(tried, d.Clock.Now().Sub(start))
				if len(tried)%2 == 0 {
					panic("oh no")
				}
				return errors.New("boom")
			},
			Dead: func(_ context.Context, j job.Job, cause error) error {
				died = append(died, fmt.Sprint(j.Attempt, " ", cause))
				return mourn
			}})
		enqueue(t, d, db.Job{Org: "o", Kind: "k", Key: "key", Payload: payload{7}})
		for range 4 {
			if _, err := q.Work(ctx); err != nil && !errors.Is(err, mourn) {
				t.Fatal(err)
			}
			at, err := q.Next(ctx)
			if err != nil {
				t.Fatal(err)
			}
			d.Clock.Set(at)
		}
		if want := []time.Duration{0, 2 * time.Second, 6 * time.Second, 14 * time.Second}; !cmp.Equal(tried, want) {
			t.Error("tried at", tried)
		}
		// Whoever must know could not be told: it is not a dead letter yet.
		if l := table(t, d)[0]; !l.DeadAt.IsZero() {
			t.Errorf("%+v", l)
		}
		mourn = nil
		work(t, q)
		if want := []string{"4 panic in job k: oh no", "5 boom"}; !cmp.Equal(died, want) {
			t.Error(cmp.Diff(want, died))
		}
		if at, err := q.Next(ctx); err != nil || !at.IsZero() {
			t.Error("a dead letter is due at", at, err)
		}
		if err := d.Read(ctx, func(r db.Q) error {
			dead, err := job.DeadLetters(r, "o", 10)
			if len(dead) != 1 || dead[0].Error != "boom" || dead[0].Raw != `{"N":7}` {
				t.Errorf("%+v", dead)
			}
			if other, _ := job.DeadLetters(r, "p", 10); len(other) != 0 {
				t.Error("another organisation's:", other)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
		// Its key is free again.
		enqueue(t, d, db.Job{Org: "o", Kind: "k", Key: "key"})
		if n := len(table(t, d)); n != 2 {
			t.Error(n)
		}
	})
}

func TestLaterIsNoFailure(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		var attempts []int
		q := queue(t, d, job.Kind{Name: "k", Attempts: 2, Handle: func(_ context.Context, j job.Job) error {
			if attempts = append(attempts, j.Attempt); len(attempts) < 6 {
				return fmt.Errorf("outside hours: %w", job.Later{At: d.Clock.Now().Add(time.Hour)})
			}
			return nil
		}})
		enqueue(t, d, db.Job{Org: "o", Kind: "k"})
		for range 6 {
			work(t, q)
			d.Clock.Advance(time.Hour)
		}
		if !cmp.Equal(attempts, []int{1, 1, 1, 1, 1, 1}) || len(table(t, d)) != 0 {
			t.Error(attempts, table(t, d))
		}
	})
}

// While one fails and waits, the same work was asked for anew: one remains.
func TestARetryMeetsItsTwin(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		q := queue(t, d, job.Kind{Name: "k", Handle: func(_ context.Context, j job.Job) error {
			if j.Attempt == 1 && j.Raw == "1" {
				enqueue(t, d, db.Job{Org: "o", Kind: "k", Key: "key", Payload: 2, At: d.Clock.Now().Add(time.Hour)})
				return errors.New("boom")
			}
			return nil
		}})
		enqueue(t, d, db.Job{Org: "o", Kind: "k", Key: "key", Payload: 1})
		work(t, q)
		if l := table(t, d); len(l) != 1 || !l[0].RunAt.Equal(d.Clock.Now().Add(time.Hour)) || l[0].Attempt != 0 {
			t.Errorf("%+v", l)
		}
	})
}

func TestPeriodicWork(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		runs, fail := 0, false
		kind := job.Kind{Name: "clean", Every: time.Hour, Attempts: 2, Handle: func(context.Context, job.Job) error {
			runs++
			if fail {
				return errors.New("boom")
			}
			return nil
		}}
		for range 3 { // three nodes, and restarts
			if err := queue(t, d, kind).Start(ctx); err != nil {
				t.Fatal(err)
			}
		}
		q := queue(t, d, kind)
		if work(t, q) != 0 || len(table(t, d)) != 1 {
			t.Errorf("%+v", table(t, d))
		}
		for range 5 {
			d.Clock.Advance(time.Hour)
			for work(t, q) > 0 {
			}
		}
		if runs != 5 || len(table(t, d)) != 1 {
			t.Errorf("%d runs, left %+v", runs, table(t, d))
		}
		// It never gives up.
		fail = true
		for range 30 {
			d.Clock.Advance(time.Hour)
			work(t, q)
		}
		if l := table(t, d); runs != 35 || len(l) != 1 || !l[0].DeadAt.IsZero() {
			t.Errorf("%d runs, left %+v", runs, l)
		}
	})
}

// Stopping in the middle gives the work back at once, without counting it
// against the job; what was finished is finished.
func TestStopping(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		stopping, stop := context.WithCancel(ctx)
		q := queue(t, d, job.Kind{Name: "cut", Handle: func(c context.Context, _ job.Job) error { stop(); <-c.Done(); return c.Err() }})
		enqueue(t, d, db.Job{Org: "o", Kind: "cut"})
		if _, err := q.Work(stopping); err != nil {
			t.Error(err)
		}
		if l := table(t, d); len(l) != 1 || l[0].Attempt != 0 || l[0].Leased || l[0].RunAt.After(d.Clock.Now()) {
			t.Errorf("%+v", l)
		}
		stopping, stop = context.WithCancel(ctx)
		q = queue(t, d, job.Kind{Name: "cut", Handle: func(context.Context, job.Job) error { stop(); return nil }})
		if _, err := q.Work(stopping); err != nil {
			t.Error(err)
		}
		if l := table(t, d); len(l) != 0 {
			t.Errorf("done, but left %+v", l)
		}
	})
}

// A job of another version of the program waits for it.
func TestAnUnknownKindIsLeftAlone(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		q := queue(t, d)
		enqueue(t, d, db.Job{Kind: "of-the-future"})
		for work(t, q) > 0 {
		}
		if l := table(t, d); len(l) != 1 || !l[0].DeadAt.IsZero() {
			t.Errorf("%+v", l)
		}
	})
}

// Two nodes share the work: nothing is done twice while leases hold.
func TestNodesShareTheWork(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		const jobs = 60
		var mu sync.Mutex
		done := map[int]int{}
		kind := job.Kind{Name: "k", Handle: func(_ context.Context, j job.Job) error {
			var p payload
			err := j.Payload(&p)
			mu.Lock()
			defer mu.Unlock()
			done[p.N]++
			return err
		}}
		for i := range jobs {
			enqueue(t, d, db.Job{Org: "o", Kind: "k", Payload: payload{i}})
		}
		var wg sync.WaitGroup
		for _, x := range []*kittest.DB{d, d.Again(t), d} {
			q := queue(t, x, kind)
			wg.Go(func() {
				for len(table(t, x)) > 0 {
					if _, err := q.Work(ctx); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		for i := range jobs {
			if done[i] != 1 {
				t.Errorf("job %d was done %d times", i, done[i])
			}
		}
	})
}

func TestAQueueKnowsEachKindOnce(t *testing.T) {
	k := job.Kind{Name: "k", Handle: func(context.Context, job.Job) error { return nil }}
	if _, err := job.NewQueue(nil, nil, 1, k, k); err == nil {
		t.Error("two kinds with one name")
	}
	if _, err := job.NewQueue(nil, nil, 1, job.Kind{Name: "k"}); err == nil {
		t.Error("a kind that cannot be done")
	}
}

func TestBackoff(t *testing.T) {
	for n, want := range map[int]time.Duration{1: 2 * time.Second, 2: 4 * time.Second, 5: 32 * time.Second, 11: 2048 * time.Second, 12: time.Hour, 400: time.Hour} {
		if got := job.Backoff(n); got != want {
			t.Errorf("after attempt %d: %s", n, got)
		}
	}
}
