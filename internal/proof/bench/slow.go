package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
)

// BareCommand makes the program write bare SQL: what is to be written is read
// from its input, the figure goes to its output.
const BareCommand = "bare"

// bareWork is an order for a process of its own, so that its syncs alone are slow.
type bareWork struct {
	Address     string
	Full        string // the file that describes the database
	Fresh       bool
	Connections int
	Runs        int
	Duration    time.Duration
	First       int64
}

// Bare writes rows as bare SQL, as it was told.
func Bare(ctx context.Context) error {
	var w bareWork
	if err := json.NewDecoder(bufio.NewReader(os.Stdin)).Decode(&w); err != nil {
		return err
	}
	full, err := readFilled(w.Full)
	if err != nil {
		return err
	}
	b := &bench{Options: Options{Connections: w.Connections, Runs: w.Runs, Duration: w.Duration, Err: os.Stderr}, begin: clock.Machine.Now()}
	b.nth.Store(w.First)
	s, err := b.bare(ctx, w.Address, full, w.Fresh)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(s)
}

// bareTraced is bare in a process of its own whose syncs are slowed down.
func (b *bench) bareTraced(ctx context.Context, dir, address string, full *Filled, fresh bool, delay time.Duration) (s summary, err error) {
	self, err := os.Executable()
	if err != nil {
		return s, err
	}
	file := dir + "/filled.json"
	if err := writeFilled(file, full); err != nil {
		return s, err
	}
	args := append(traced(delay), self, BareCommand)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return s, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return s, err
	}
	if err := cmd.Start(); err != nil {
		return s, err
	}
	err = json.NewEncoder(in).Encode(bareWork{Address: address, Full: file, Fresh: fresh, Connections: b.Connections, Runs: b.Runs, Duration: b.Duration, First: b.nth.Add(1)})
	err = errors.Join(err, in.Close(), json.NewDecoder(out).Decode(&s))
	return s, errors.Join(err, cmd.Wait())
}

// slow measures opening a case on a disk whose syncs take longer. The delay is
// put in by strace into the real program (on PostgreSQL: into its server); what
// being traced costs by itself is measured too, with a delay below zero.
func (b *bench) slow(ctx context.Context, database string, delay time.Duration) (err error) {
	if !b.wants("open") {
		return nil
	}
	if _, err := exec.LookPath("strace"); err != nil {
		b.report.Notes = append(b.report.Notes, "strace is not installed: slow disks were not measured")
		b.say("strace is not installed: slow disks are not measured")
		return nil
	}
	dir, err := os.MkdirTemp(b.Cache, "run-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	address, drop, full, err := b.ready(ctx, database, Size{Cases: b.SyncCases}, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, drop()) }()
	traceServer := delay
	if database == "postgres" {
		traceServer = 0
		if err := b.cluster.restart(ctx, delay); err != nil {
			return err
		}
		address = b.cluster.dsn(b.cluster.run)
		defer func() { err = errors.Join(err, b.cluster.restart(ctx, 0)) }()
	}
	f, err := b.slowOpen(ctx, database, address, dir, full, delay, traceServer)
	if err != nil {
		return err
	}
	var limit summary
	if database == "postgres" {
		limit, err = b.bare(ctx, address, full, false)
	} else {
		limit, err = b.bareTraced(ctx, dir, address, full, false, delay)
	}
	if err != nil {
		return fmt.Errorf("bare SQL: %w", err)
	}
	f.Limit = limit.PerSecond
	b.add(f.judge("1/3 of the limit", f.ratio() >= 1.0/3))
	return nil
}

func (b *bench) slowOpen(ctx context.Context, database, address, dir string, full *Filled, delay, traced time.Duration) (f Figure, err error) {
	srv, err := start(ctx, starting{program: b.program, database: address, mail: b.mail.port(), dir: dir, delay: traced})
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, srv.stop()) }()
	s, err := b.site(srv, full)
	if err != nil {
		return f, err
	}
	for _, r := range rows {
		if r.name == "open" {
			f = Figure{Database: database, Cases: b.SyncCases, Sync: delay}
			if f, err = b.row(ctx, s, r, f, 0, address); delay < 0 {
				f.Sync, f.Note = 0, "traced, nothing added: what measuring costs"
				f.Row = "open-traced"
			}
		}
	}
	return f, err
}
