package bench

import (
	"context"
	"errors"
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

// allDue lets so many promises fall due at one moment.
func allDue(ctx context.Context, address string, count int, at time.Time) (n int64, err error) {
	l, err := look(ctx, address)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	err = l.d.Write(ctx, func(t *db.Tx) error {
		// across organisations: the watch looks over all of them
		n, err = t.Exec(`UPDATE promise SET due_at = $1, internal_at = $1, first_due = $1, look_at = $1, from_at = NULL WHERE state = 'open' AND promise_id IN
			(SELECT promise_id FROM promise WHERE state = 'open' ORDER BY promise_id LIMIT $2)`, at, count)
		if err != nil {
			return err
		}
		// across organisations: as above
		_, err = t.Exec(`UPDATE case_file SET next_due = (SELECT MIN(p.due_at) FROM promise p WHERE p.org_id = case_file.org_id AND p.case_id = case_file.case_id
			AND p.state = 'open') WHERE closed_at IS NULL`)
		return err
	})
	return n, err
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
