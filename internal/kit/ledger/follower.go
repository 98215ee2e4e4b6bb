package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

// maxFails is how often a follower tries a fact before it is put aside.
const maxFails = 8

// Follower does something when facts of some kinds were sealed. Handle runs
// in the transaction that also moves the cursor: it happens exactly once.
type Follower struct {
	Name   string // stable: the cursor is kept under it
	Kinds  []string
	Handle func(t *db.Tx, f Fact) error
}

// Following runs one follower.
type Following struct {
	db  *db.DB
	f   Follower
	log *slog.Logger
}

// Follow prepares a follower to be run.
func Follow(d *db.DB, f Follower, log *slog.Logger) *Following {
	return &Following{db: d, f: f, log: log}
}

// Name implements job.Worker.
func (w *Following) Name() string { return "follower " + w.f.Name }

// Topics implements job.Worker.
func (w *Following) Topics() []string { return []string{Topic} }

// Next implements job.Worker: when a failed fact is tried again.
func (w *Following) Next(ctx context.Context) (at time.Time, err error) {
	err = w.db.Read(ctx, func(q db.Q) error {
		c, _, err := cursorOf(q, w.f.Name)
		at = c.RetryAt
		return err
	})
	return at, err
}

// Work handles the next facts, up to 100 in one transaction.
func (w *Following) Work(ctx context.Context) (int, error) {
	var c cursor
	var facts []Fact
	var head int64
	known := false
	err := w.db.Read(ctx, func(q db.Q) (err error) {
		if c, known, err = cursorOf(q, w.f.Name); err != nil {
			return err
		}
		if head, err = FeedHead(q); err != nil || head == c.Pos {
			return err
		}
		limit := 100
		if c.Fails > 0 {
			if q.Now().Before(c.RetryAt) {
				return nil
			}
			limit = 1
		}
		facts, err = feedOf(q, c.Pos, w.f.Kinds, limit)
		return err
	})
	if err != nil || known && (head == c.Pos || c.Fails > 0 && len(facts) == 0) {
		return 0, err
	}
	if len(facts) == 0 {
		// Nothing for us up to head. Move on, so that the next look starts
		// there; but seldom, or an idle follower would write all the time.
		if known && head-c.Pos < 1000 {
			return 0, nil
		}
		return 0, w.db.Write(ctx, func(t *db.Tx) error {
			if !known {
				return addCursor(t, w.f.Name, head)
			}
			return moveCursor(t, w.f.Name, c.Pos, head)
		})
	}
	for {
		at, err := w.handle(ctx, c, known, facts)
		switch {
		case err == nil:
			return len(facts), nil
		case errors.Is(err, errMoved):
			return 0, nil
		case ctx.Err() != nil, errs.ClassOf(err) == errs.Unavailable:
			return 0, err // the database's fault, not the fact's
		case len(facts) == 1 || at == 0:
			return 0, errors.Join(err, w.failed(ctx, c, known, facts[0], err))
		}
		// What comes before the one that fails is done without it; it is the
		// first next time. When only the commit failed, one by one.
		facts = facts[:max(at, 1)]
	}
}

// handle does some facts in one transaction; at is the one being handled when
// it went wrong, or -1 when that was none of them.
func (w *Following) handle(ctx context.Context, c cursor, known bool, facts []Fact) (at int, err error) {
	err = w.db.Write(ctx, func(t *db.Tx) error {
		at = -1
		if !known {
			if err := addCursor(t, w.f.Name, 0); err != nil {
				return err
			}
		}
		// The cursor first: on PostgreSQL its row lock keeps another node from
		// doing the same work at the same time.
		if err := moveCursor(t, w.f.Name, c.Pos, facts[len(facts)-1].Pos); err != nil {
			return err
		}
		for i, f := range facts {
			at = i
			if err := w.f.Handle(t, f); err != nil {
				return fmt.Errorf("%s at %d: %w", f.Kind, f.Pos, err)
			}
		}
		at = -1
		return nil
	})
	return at, err
}

// failed notes the failure; a fact that failed too often is put aside.
func (w *Following) failed(ctx context.Context, c cursor, known bool, f Fact, cause error) error {
	w.log.Error("follower could not digest a fact", "follower", w.f.Name, "kind", f.Kind, "fact", f.ID, "attempt", c.Fails+1, "err", cause)
	return w.db.Write(ctx, func(t *db.Tx) error {
		if !known {
			if err := addCursor(t, w.f.Name, 0); err != nil {
				return err
			}
		}
		if c.Fails+1 < maxFails {
			return failCursor(t, w.f.Name, c.Pos, c.Fails+1, t.Now().Add(time.Second<<c.Fails))
		}
		if err := bury(t, w.f.Name, f, cause.Error()); err != nil {
			return err
		}
		return moveCursor(t, w.f.Name, c.Pos, f.Pos)
	})
}
