// Command bench measures the house: see internal/proof/bench.
//
//	go run ./tools/bench --quick
//	go run ./tools/bench --databases sqlite,postgres --sizes 10000,200000 --rows open,read --markdown results.md
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/houvast/houvast/internal/proof/bench"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 1 {
		switch args[0] { // what it starts itself as
		case bench.EmptyCommand:
			return bench.Empty(ctx)
		case bench.BareCommand:
			return bench.Bare(ctx)
		case bench.ServeCommand:
			return bench.Serve(ctx)
		}
	}
	o := bench.Options{Err: os.Stderr}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	quick := f.Bool("quick", false, "about a minute: SQLite, 10,000 cases, short runs")
	sizes := f.String("sizes", "10000,200000,1000000", "cases, separated by commas")
	databases := f.String("databases", "sqlite,postgres", "sqlite, postgres or both")
	rows := f.String("rows", "", "only these rows, separated by commas")
	asJSON := f.Bool("json", false, "print everything as JSON")
	markdown := f.String("markdown", "", "put the table into this document as well, between its marks")
	f.StringVar(&o.Cache, "cache", ".cache/bench", "where full databases are kept")
	f.StringVar(&o.Program, "program", "", "measure this program instead of building one")
	f.StringVar(&o.Profile, "profile", "", "write processor profiles of the server to this directory")
	f.BoolVar(&o.Drop, "drop", false, "take each full database away once it was measured: 1,000,000 cases are about 16 GB")
	f.IntVar(&o.Runs, "runs", 3, "runs of each row; the median counts")
	f.IntVar(&o.Connections, "connections", 16, "connections at once")
	f.IntVar(&o.Open, "open", 200_000, "cases open where the watch and idling are measured; 0: not")
	f.IntVar(&o.Due, "due", 100_000, "of those, due at once")
	syncs := f.String("syncs", "-1ns,1ms,5ms", "added to each sync; -1ns: only traced, to see what that costs")
	f.IntVar(&o.SyncCases, "sync-cases", 10_000, "cases where slow syncs are measured")
	f.DurationVar(&o.Duration, "duration", 5*time.Second, "of one run")
	if err := f.Parse(args); err != nil {
		return err
	}
	set := map[string]bool{}
	f.Visit(func(f *flag.Flag) { set[f.Name] = true })
	if *quick {
		if !set["sizes"] {
			*sizes = "10000"
		}
		if !set["databases"] {
			*databases = "sqlite"
		}
		if !set["duration"] {
			o.Duration = time.Second
		}
		if !set["runs"] {
			o.Runs = 3
		}
		if !set["open"] {
			o.Open, o.Due = 0, 0
		}
		if !set["syncs"] {
			*syncs = ""
		}
	}
	o.Databases = list(*databases)
	o.Rows = list(*rows)
	for _, s := range list(*sizes) {
		n, err := strconv.Atoi(strings.ReplaceAll(s, "_", ""))
		if err != nil || n < 100 {
			return fmt.Errorf("--sizes: %q is not a number of at least 100", s)
		}
		o.Sizes = append(o.Sizes, n)
	}
	for _, s := range list(*syncs) {
		d, err := time.ParseDuration(s)
		if err != nil {
			return fmt.Errorf("--syncs: %w", err)
		}
		o.Syncs = append(o.Syncs, d)
	}
	report, err := bench.Run(ctx, o)
	if report != nil && len(report.Figures) > 0 {
		if *asJSON {
			err = errors.Join(err, bench.WriteJSON(os.Stdout, report))
		} else {
			err = errors.Join(err, bench.WriteText(os.Stdout, report.Figures))
		}
		if *markdown != "" {
			err = errors.Join(err, write(*markdown, report))
		}
	}
	return err
}

// write puts the report into a document, or makes one.
func write(file string, r *bench.Report) error {
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.WriteFile(file, []byte(r.Into(string(old))), 0o644) //nolint:gosec // it is to be read
}

func list(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}
