package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
)

// watch lets very many promises fall due at one moment and sees how fast they
// are worked off: each broken, with its fact, a successor and a message.
func (b *bench) watch(ctx context.Context, database string, open, due int) (err error) {
	dir, err := os.MkdirTemp(b.Cache, "run-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	address, drop, _, err := b.ready(ctx, database, Size{Cases: open, Open: open}, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, drop()) }()
	lead := 20 * time.Second
	for { // preparing it may take longer than that itself
		at := clock.Real{}.Now().Add(lead)
		n, err := allDue(ctx, address, due, at)
		if err != nil {
			return err
		}
		if ready := (clock.Real{}).Now(); ready.Add(8 * time.Second).Before(at) {
			return b.workedOff(ctx, database, address, dir, open, int(n), at)
		}
		lead *= 2
	}
}

func (b *bench) workedOff(ctx context.Context, database, address, dir string, open, due int, at time.Time) (err error) {
	srv, err := start(ctx, starting{program: b.program, database: address, mail: b.mail.port(), dir: dir})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, srv.stop()) }()
	l, err := look(ctx, address)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	b.say("%s: %d promises fall due at once, of %d open", database, due, open)
	clock.Machine.Sleep(ctx, at.Sub(clock.Real{}.Now()))
	begin := clock.Machine.Now()
	left := int64(due)
	for left > 0 && clock.Machine.Since(begin) < 10*time.Minute && ctx.Err() == nil {
		clock.Machine.Sleep(ctx, 50*time.Millisecond)
		if left, err = l.stillDue(ctx, at); err != nil {
			return err
		}
	}
	took := clock.Machine.Since(begin)
	done := float64(int64(due)-left) / took.Seconds()
	f := Figure{Database: database, Cases: open, Row: "watch", What: fmt.Sprintf("%s promises due at once, worked off", thousands(due)), Unit: "/s", Value: done,
		Note: fmt.Sprintf("in %s, with fact, successor, message and signal", took.Round(100*time.Millisecond))}
	if left > 0 {
		f.Note = fmt.Sprintf("%d left after %s", left, took.Round(time.Second))
	}
	b.add(f.judge("10,000/s", done >= 10_000 && left == 0))
	return nil
}

// idle measures what a program that nobody asks anything takes, with so many
// cases open.
func (b *bench) idle(ctx context.Context, database string, size Size) (err error) {
	dir, err := os.MkdirTemp(b.Cache, "run-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	address, drop, _, err := b.ready(ctx, database, size, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, drop()) }()
	srv, err := start(ctx, starting{program: b.program, database: address, mail: b.mail.port(), dir: dir})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, srv.stop()) }()
	clock.Machine.Sleep(ctx, 5*time.Second)
	from, err := srv.processor()
	if err != nil {
		return err
	}
	over := max(10*time.Second, 4*b.Duration)
	clock.Machine.Sleep(ctx, over)
	to, err := srv.processor()
	if err != nil {
		return err
	}
	b.add(Figure{Database: database, Cases: size.Cases, Row: "idle", What: fmt.Sprintf("processor while idle, %s cases open", thousands(size.open())), Unit: "% of a core",
		Value: 100 * float64(to-from) / float64(over), Note: fmt.Sprintf("over %s", over)})
	return nil
}
