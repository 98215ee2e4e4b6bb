package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/houvast/houvast/internal/app"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/ledger"
)

// looking is a second look at the database of a running program.
type looking struct{ d *db.DB }

func look(ctx context.Context, address string) (*looking, error) {
	cfg, err := settings(address)
	if err != nil {
		return nil, err
	}
	d, err := app.OpenDB(ctx, app.Options{Config: cfg})
	return &looking{d}, err
}

func (l *looking) close() error { return l.d.Close() }

// lag says how many facts wait to be sealed and how old the oldest is.
func (l *looking) lag(ctx context.Context) (n int64, oldest time.Time, err error) {
	err = l.d.Read(ctx, func(q db.Q) error { n, oldest, err = ledger.Lag(q, 1_000_000); return err })
	return n, oldest, err
}

// allDue lets so many promises fall due at one moment, across organisations as
// the watch looks at them, and says how many there are.
func allDue(ctx context.Context, address string, count int, at time.Time) (n int64, err error) {
	ms := at.UnixMilli()
	if err := direct(ctx, address,
		fmt.Sprintf(`UPDATE promise SET due_at = %[1]d, internal_at = %[1]d, first_due = %[1]d, look_at = %[1]d, from_at = NULL WHERE state = 'open'
			AND promise_id IN (SELECT promise_id FROM promise WHERE state = 'open' ORDER BY promise_id LIMIT %[2]d)`, ms, count),
		fmt.Sprintf(`UPDATE case_file SET next_due = %[1]d WHERE closed_at IS NULL AND EXISTS (SELECT 1 FROM promise p WHERE p.org_id = case_file.org_id
			AND p.case_id = case_file.case_id AND p.state = 'open' AND p.due_at = %[1]d)`, ms)); err != nil {
		return 0, err
	}
	l, err := look(ctx, address)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	return l.stillDue(ctx, at)
}

// stillDue counts the promises of that moment that nobody has looked at yet.
func (l *looking) stillDue(ctx context.Context, at time.Time) (n int64, err error) {
	err = l.d.Read(ctx, func(q db.Q) error {
		// across organisations: the watch looks over all of them
		n, err = db.Get[int64](q, `SELECT COUNT(*) FROM promise WHERE look_at IS NOT NULL AND look_at <= $1`, at.Add(time.Second))
		return err
	})
	return n, err
}
