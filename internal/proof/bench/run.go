package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
)

// Options say what is measured.
type Options struct {
	Cache       string   // where full databases are kept
	Databases   []string // sqlite, postgres
	Sizes       []int
	Rows        []string // empty: all
	Runs        int
	Duration    time.Duration // of one run
	Connections int
	Program     string // the program to measure; "" builds it
	Profile     string // directory for processor profiles of the server; it is then run inside this program
	Err         io.Writer
}

// Report is what a run found.
type Report struct {
	Machine Machine   `json:"machine"`
	At      time.Time `json:"at"`
	Figures []Figure  `json:"figures"`
	Notes   []string  `json:"notes,omitempty"`
}

type bench struct {
	Options
	program []string
	mail    *mailbox
	report  *Report
	begin   time.Time
	nth     atomic.Int64
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.Err, "%6.0f s  %s\n", clock.Machine.Since(b.begin).Seconds(), fmt.Sprintf(format, args...))
}

func (o Options) wants(name string) bool { return len(o.Rows) == 0 || slices.Contains(o.Rows, name) }

// Run measures everything that was asked for.
func Run(ctx context.Context, o Options) (_ *Report, err error) {
	b := &bench{Options: o, begin: clock.Machine.Now(), report: &Report{At: clock.Real{}.Now(), Machine: thisMachine()}}
	if err := os.MkdirAll(o.Cache, 0o750); err != nil {
		return nil, err
	}
	b.program = []string{o.Program, "serve"}
	switch {
	case o.Profile != "":
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		b.program = []string{self, ServeCommand}
	case o.Program == "":
		b.say("building the program")
		if b.program[0], err = build(ctx, o.Cache); err != nil {
			return nil, err
		}
	}
	if b.mail, err = openMailbox(); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.mail.close()) }()
	limit, err := b.emptyLimit(ctx)
	if err != nil {
		return nil, err
	}
	for _, database := range o.Databases {
		for _, cases := range o.Sizes {
			if err := b.measure(ctx, database, cases, limit); err != nil {
				return b.report, fmt.Errorf("%s, %d cases: %w", database, cases, err)
			}
		}
	}
	return b.report, nil
}

func (b *bench) load(address string, want int) load {
	return load{address: address, connections: b.Connections, warm: b.Duration / 4, run: b.Duration, want: want}
}

// emptyLimit is how often an empty handler answers.
func (b *bench) emptyLimit(ctx context.Context) (float64, error) {
	address, stop, err := emptyServer(ctx)
	if err != nil {
		return 0, err
	}
	defer stop()
	var runs []result
	req := jsonRequest("GET", "/cases/x", "k", nil)
	for range b.Runs {
		r, err := b.load(address, 200).do(ctx, func(int, int) []byte { return req })
		if err != nil {
			return 0, err
		}
		runs = append(runs, r)
	}
	s := summarise(runs)
	b.say("an empty handler answers %s, p99 %s", amount(s.PerSecond, "/s"), span3(s.P99))
	return s.PerSecond, nil
}

// measure measures one database of one size.
func (b *bench) measure(ctx context.Context, database string, cases int, limit float64) (err error) {
	dir, err := os.MkdirTemp(b.Cache, "run-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	address, full, err := b.ready(ctx, database, Size{Cases: cases}, dir)
	if err != nil {
		return err
	}
	srv, err := start(ctx, starting{program: b.program, database: address, mail: b.mail.port(), dir: dir})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, srv.stop()) }()
	b.say("%s, %d cases: first page after %s", database, cases, srv.took.Round(time.Millisecond))
	s := &site{server: srv, full: full, nth: func() int64 { return b.nth.Add(1) }}
	s.queries = queries(full, vocabulary(rand.New(rand.NewPCG(1, 2)), vocabularySize))
	if s.cookie, err = signIn(s.address, full); err != nil {
		return err
	}
	clock.Machine.Sleep(ctx, time.Second)
	for _, r := range rows {
		if !b.wants(r.name) {
			continue
		}
		f := Figure{Database: database, Cases: cases, Row: r.name, What: r.what, Unit: "/s"}
		if !r.write {
			f.Limit = limit
		}
		var runs []result
		for range b.Runs {
			x, err := b.load(s.address, r.want).do(ctx, r.next(s))
			if err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			runs = append(runs, x)
		}
		sum := summarise(runs)
		f.Value, f.P50, f.P99, f.Runs = sum.PerSecond, sum.P50, sum.P99, sum.Runs
		if r.goal != nil {
			f = r.goal(f, cases, database)
		}
		b.say("%s: %s, p50 %s, p99 %s", r.name, amount(f.Value, "/s"), span3(f.P50), span3(f.P99))
		b.report.Figures = append(b.report.Figures, f)
	}
	return nil
}

// ready gives a full database to a run of its own, with what is open in the
// future.
func (b *bench) ready(ctx context.Context, database string, size Size, dir string) (address string, full *Filled, err error) {
	say := func(s string) { b.say("filling %s, %d cases: %s", database, size.Cases, s) }
	file, full, err := fillFile(ctx, b.Cache, size, say)
	if err != nil {
		return "", nil, err
	}
	address = filepath.Join(dir, "houvast.db")
	if err := copyFile(file, address); err != nil {
		return "", nil, err
	}
	return address, full, freshen(ctx, address, full, clock.Real{}.Now())
}

// signIn gives the session of somebody who leads.
func signIn(address string, full *Filled) (cookie string, err error) {
	c, err := dial(address)
	if err != nil {
		return "", err
	}
	defer c.close()
	form := url.Values{"email": {full.Email}, "password": {full.Password}, "next": {"/desk"}}.Encode()
	status, body, err := c.do(request("POST", "/sign-in", "", "application/x-www-form-urlencoded", []byte(form)))
	if err != nil || status != 303 || c.cookie == "" || strings.HasPrefix(c.moved, "/sign-in") {
		return "", errors.Join(err, fmt.Errorf("sign in: %d %.200s", status, body))
	}
	return c.cookie, nil
}
