package job

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/houvast/houvast/internal/kit/db"
)

// Migrations are the queue's table.
//
//go:embed schema/*.sql
var Migrations embed.FS

// Installation is the organisation of jobs that concern no organisation.
const Installation = "*"

// Job is one piece of work as its handler gets it.
type Job struct {
	Org     string    `db:"org_id"`
	ID      string    `db:"id"`
	Kind    string    `db:"kind"`
	Key     string    `db:"ukey"`
	Raw     string    `db:"payload"`
	RunAt   time.Time `db:"run_at"`
	Attempt int       `db:"attempt"` // 1 for the first
	DeadAt  time.Time `db:"dead_at"`
	Error   string    `db:"error"`
	Token   int64     `db:"token"` // grows with each claim; fences a slow worker
}

// Payload reads the job's payload.
func (j Job) Payload(v any) error {
	if err := json.Unmarshal([]byte(j.Raw), v); err != nil {
		return fmt.Errorf("payload of %s: %w", j.Kind, err)
	}
	return nil
}

// Kind is a sort of work and how it is done.
type Kind struct {
	Name   string
	Handle func(ctx context.Context, j Job) error
	// Lease is how long a worker may take; default a minute.
	Lease time.Duration
	// Attempts before it is a dead letter; default 10.
	Attempts int
	// Every makes it periodic: enqueued at start and again after each run.
	Every time.Duration
	// Dead is called when the job becomes a dead letter; may be nil. Like Handle
	// it bears being called again, after a crash.
	Dead func(ctx context.Context, j Job, cause error) error
}

// Later is returned by a handler that wants to run again at a time without
// having failed: outside hours, provider asks to wait.
type Later struct{ At time.Time }

func (l Later) Error() string { return "later" }

// Write inserts enqueued jobs. db calls it at the end of each transaction.
func Write(t *db.Tx, jobs []db.Job) error {
	for _, j := range jobs {
		payload, err := json.Marshal(j.Payload)
		if err != nil {
			return fmt.Errorf("job %s: %w", j.Kind, err)
		}
		if j.Org == "" {
			j.Org = Installation
		}
		if j.At.IsZero() {
			j.At = t.Now()
		}
		if err := insert(t, Job{Org: j.Org, ID: t.NewID("job"), Kind: j.Kind, Key: j.Key, Raw: string(payload), RunAt: j.At}); err != nil {
			return err
		}
	}
	return nil
}

// Queue works off jobs.
type Queue struct {
	db       *db.DB
	kinds    map[string]Kind
	log      *slog.Logger
	parallel int
}

// NewQueue makes a queue that knows some kinds of work and does at most so
// many jobs at once. With 1 the order is always the same: for stories.
func NewQueue(d *db.DB, log *slog.Logger, parallel int, kinds ...Kind) (*Queue, error) {
	q := &Queue{db: d, kinds: map[string]Kind{}, log: log, parallel: max(1, parallel)}
	for _, k := range kinds {
		if _, dup := q.kinds[k.Name]; dup || k.Handle == nil {
			return nil, fmt.Errorf("job kind %q: registered twice, or without a handler", k.Name)
		}
		if k.Lease == 0 {
			k.Lease = time.Minute
		}
		if k.Attempts == 0 {
			k.Attempts = 10
		}
		q.kinds[k.Name] = k
	}
	return q, nil
}

// Start enqueues the periodic kinds that are not waiting yet.
func (q *Queue) Start(ctx context.Context) error {
	for _, k := range q.kinds {
		if k.Every == 0 {
			continue
		}
		if err := q.db.Write(ctx, func(t *db.Tx) error {
			t.Enqueue(db.Job{Kind: k.Name, Key: "periodic", At: t.Now().Add(k.Every)})
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// Name implements Worker.
func (q *Queue) Name() string { return "jobs" }

// Topics implements Worker.
func (q *Queue) Topics() []string { return []string{db.TopicJobs} }

// Next implements Worker: the earliest due time.
func (q *Queue) Next(ctx context.Context) (at time.Time, err error) {
	err = q.db.Read(ctx, func(s db.Q) error { at, err = nextDue(s); return err })
	return at, err
}

// Work claims and does as many jobs as may run at once, and waits for them.
func (q *Queue) Work(ctx context.Context) (int, error) {
	var claimed []Job
	var idle bool
	if err := q.db.Read(ctx, func(s db.Q) error {
		at, err := nextDue(s)
		idle = at.IsZero() || at.After(s.Now())
		return err
	}); err != nil || idle {
		return 0, err
	}
	if err := q.db.Write(ctx, func(t *db.Tx) (err error) {
		claimed, err = claim(t, q.parallel, func(kind string) time.Duration {
			if k, ok := q.kinds[kind]; ok {
				return k.Lease
			}
			return time.Hour // a kind of a newer or older program: leave it be
		})
		return err
	}); err != nil {
		return 0, err
	}
	failed := make([]error, len(claimed))
	var wg sync.WaitGroup
	for i, j := range claimed {
		wg.Go(func() { failed[i] = q.do(ctx, j) })
	}
	wg.Wait()
	return len(claimed), errors.Join(failed...)
}

func (q *Queue) do(ctx context.Context, j Job) error {
	k, ok := q.kinds[j.Kind]
	if !ok {
		q.log.Warn("no handler for job", "kind", j.Kind, "job", j.ID)
		return nil
	}
	if ctx.Err() != nil {
		return q.db.Write(context.WithoutCancel(ctx), func(t *db.Tx) error { return postpone(t, j, t.Now(), j.Attempt-1, j.Error) })
	}
	// Whatever the handler writes, it writes only while the job is still ours.
	fenced := db.Fenced(ctx, func(t *db.Tx) error { return still(t, j) })
	err := handle(fenced, k, j)
	stopping := ctx.Err() != nil
	ctx = context.WithoutCancel(ctx) // what was done is noted, also while stopping
	var later Later
	switch {
	case errors.Is(err, db.ErrLeaseLost):
		q.log.Warn("job went to another worker meanwhile", "kind", j.Kind, "job", j.ID, "attempt", j.Attempt)
		return nil
	case err == nil:
		return q.db.Write(ctx, func(t *db.Tx) error {
			ours, err := remove(t, j)
			if err != nil {
				return err
			}
			if ours && k.Every > 0 {
				t.Enqueue(db.Job{Org: j.Org, Kind: k.Name, Key: "periodic", At: t.Now().Add(k.Every)})
			}
			return nil
		})
	case errors.As(err, &later):
		return q.db.Write(ctx, func(t *db.Tx) error { return postpone(t, j, later.At, j.Attempt-1, "") })
	case stopping: // it was cut short, which is not its fault
		return q.db.Write(ctx, func(t *db.Tx) error { return postpone(t, j, t.Now(), j.Attempt-1, j.Error) })
	case j.Attempt >= k.Attempts && k.Every == 0:
		q.log.Error("job is a dead letter", "kind", j.Kind, "job", j.ID, "attempt", j.Attempt, "err", err)
		// First whoever must know, so that a crash in between loses nothing: the
		// lease then gives the job back once more.
		if k.Dead != nil {
			deadErr := k.Dead(context.WithoutCancel(fenced), j, err)
			if errors.Is(deadErr, db.ErrLeaseLost) {
				return nil
			}
			if deadErr != nil {
				return deadErr
			}
		}
		return q.db.Write(ctx, func(t *db.Tx) error { return die(t, j, err.Error()) })
	}
	q.log.Warn("job failed, will be tried again", "kind", j.Kind, "job", j.ID, "attempt", j.Attempt, "err", err)
	return q.db.Write(ctx, func(t *db.Tx) error {
		return postpone(t, j, t.Now().Add(Backoff(j.Attempt)), j.Attempt, err.Error())
	})
}

// handle keeps a panic in one job from stopping all others.
func handle(ctx context.Context, k Kind, j Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in job %s: %v", k.Name, p)
		}
	}()
	return k.Handle(ctx, j)
}

// Backoff is how long to wait after the n-th failed attempt: 2 s doubling, at
// most an hour.
func Backoff(n int) time.Duration { return min(time.Second<<min(n, 20), time.Hour) }
