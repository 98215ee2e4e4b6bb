package db

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Lease is the right to do what one node does at a time, as one holder sees
// it. What was done under it is safe because of its token and of row locks,
// never because of a clock: Take locks its row until the transaction ends, and
// each change of holder makes the token grow. Clocks only decide how long
// others wait. A holder whose clock is ahead takes it early, which spoils
// nothing; one that died with its clock ahead is waited for no longer than
// Life on the clock of whoever waits.
type Lease struct {
	Name   string
	Holder string
	Life   time.Duration // how long it stands after it was last taken or kept

	mu    sync.Mutex
	seen  leaseRow  // of another holder, unchanged …
	since time.Time // … since then on our own clock
}

type leaseRow struct {
	Holder string    `db:"holder"`
	Until  time.Time `db:"until"`
	Token  int64     `db:"token"`
}

// ErrLeaseLost says that somebody else holds the lease by now: nothing that
// rests on having held it is written.
var ErrLeaseLost = errors.New("db: the lease went to another")

// Look says from when on this holder may take the lease: the zero moment when
// it may at once.
func (l *Lease) Look(q Q) (from time.Time, err error) {
	row, ok, err := Find[leaseRow](q, `SELECT holder, until, token FROM lease WHERE name = $1`, l.Name)
	if err != nil || !ok || row.Holder == l.Holder {
		return time.Time{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := q.Now(); row != l.seen || now.Before(l.since) {
		l.seen, l.since = row, now
	}
	from = l.since.Add(l.Life)
	if row.Until.Before(from) {
		from = row.Until.Add(time.Millisecond)
	}
	if from.After(q.Now()) {
		return from, nil
	}
	return time.Time{}, nil
}

// Take takes or keeps the lease within the transaction that does the work, and
// gives its token; 0 when another holds it.
func (l *Lease) Take(t *Tx) (token int64, err error) {
	l.mu.Lock()
	stale := leaseRow{Token: -1}
	if !l.since.IsZero() && !t.now.Before(l.since.Add(l.Life)) {
		stale = l.seen
	}
	l.mu.Unlock()
	token, ok, err := Find[int64](t, `UPDATE lease SET token = token + CASE WHEN holder = $2 THEN 0 ELSE 1 END, holder = $2, until = $3
		WHERE name = $1 AND (holder = $2 OR until < $4 OR token = $5 AND until = $6) RETURNING token`,
		l.Name, l.Holder, t.now.Add(l.Life), t.now, stale.Token, stale.Until.UnixMilli())
	if ok || err != nil {
		return token, err
	}
	n, err := t.Exec(`INSERT INTO lease (name, holder, until, token) VALUES ($1, $2, $3, 1) ON CONFLICT DO NOTHING`,
		l.Name, l.Holder, t.now.Add(l.Life))
	return n, err
}

// Still refuses with ErrLeaseLost when the lease was taken since it had this
// token, and keeps it from being taken until the transaction ends. It is for
// work that was begun in one transaction and is written in another.
func (l *Lease) Still(t *Tx, token int64) error {
	now, ok, err := Find[int64](t, `SELECT token FROM lease WHERE name = $1 FOR UPDATE`, l.Name)
	if err == nil && (!ok || now != token) {
		err = ErrLeaseLost
	}
	return err
}

type fenceKey struct{}

// Fenced gives a context in which every Write begins with fence: it refuses,
// usually with ErrLeaseLost, when whoever writes may no longer. So whatever a
// job's handler writes is fenced without the handler knowing of it.
func Fenced(ctx context.Context, fence func(t *Tx) error) context.Context {
	return context.WithValue(ctx, fenceKey{}, fence)
}

// Unfenced is for what is true whoever holds the lease by now, such as what a
// mail server answered. The row it writes to must have a token of its own.
func Unfenced(ctx context.Context) context.Context {
	return context.WithValue(ctx, fenceKey{}, (func(*Tx) error)(nil))
}

// fence runs the fence of the context that asked for a transaction.
func fence(ctx context.Context, t *Tx) error {
	if f, _ := ctx.Value(fenceKey{}).(func(*Tx) error); f != nil {
		return f(t)
	}
	return nil
}
