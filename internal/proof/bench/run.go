package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
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
	Program     string          // the program to measure; "" builds it
	Open        int             // cases open where the watch and idling are measured
	Due         int             // of those due at once
	Syncs       []time.Duration // added to each sync, for writes
	SyncCases   int             // in that database
	Profile     string          // directory for processor profiles of the server; it is then run inside this program
	Drop        bool            // take each full database away once it was measured
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
	cluster *cluster      // nil until PostgreSQL is measured
	lag     time.Duration // of the oldest fact that was not sealed, in the row that is measured
	played  *played       // nil until rows are written bare
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.Err, "%6.0f s  %s\n", clock.Machine.Since(b.begin).Seconds(), fmt.Sprintf(format, args...))
}

func (o Options) wants(name string) bool { return len(o.Rows) == 0 || slices.Contains(o.Rows, name) }

// Run measures everything that was asked for.
func Run(ctx context.Context, o Options) (_ *Report, err error) {
	b := &bench{Options: o, begin: clock.Machine.Now(), report: &Report{At: clock.Real{}.Now(), Machine: thisMachine()}}
	if err := os.MkdirAll(o.Cache, 0o755); err != nil { //nolint:gosec // the account of PostgreSQL must get in
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
		b.report.Notes = append(b.report.Notes, "The server ran inside the benchmark's own program, with profiles: it starts later and holds more memory than the one that is released.")
	case o.Program == "":
		b.say("building the program")
		if b.program[0], err = build(ctx, o.Cache); err != nil {
			return nil, err
		}
	}
	if b.mail, err = openMailbox(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.mail.close()) }()
	defer func() { err = errors.Join(err, b.cluster.stop()) }()
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
		if err := b.beside(ctx, database); err != nil {
			return b.report, fmt.Errorf("%s: %w", database, err)
		}
	}
	compare(b.report.Figures)
	return b.report, nil
}

func (b *bench) load(address string, want, also int) load {
	return load{address: address, connections: b.Connections, warm: b.Duration / 4, run: b.Duration, want: want, also: also}
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
		r, err := b.load(address, 200, 0).do(ctx, func(int, int) []byte { return req })
		if err != nil {
			return 0, err
		}
		runs = append(runs, r)
	}
	s := summarise(runs)
	b.say("an empty handler answers %s, p99 %s", amount(s.PerSecond, "/s"), span3(s.P99))
	return s.PerSecond, nil
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
