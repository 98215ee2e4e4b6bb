package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/id"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/backup"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/mail"
	"github.com/houvast/houvast/internal/kit/migrate"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/telemetry"
	"github.com/houvast/houvast/internal/kit/web"
)

// Options are how an application differs from the one in production.
type Options struct {
	Config *config.Config
	Log    *slog.Logger
	// Version of the program, for the API's description.
	Version string

	Clock  clock.Clock // default: the machine's
	Random io.Reader   // of the ids; default: crypto/rand
	Schema string      // PostgreSQL: a schema of its own
	Mail   mail.Sender // default: as configured
	// Confirms says that Mail confirms delivery in its answer.
	Confirms bool
	// Guarded bounds what is asked, as settings say: for a server that anybody
	// can reach.
	Guarded bool
	// Traces follow requests and jobs; nil: nobody does.
	Traces *telemetry.Traces
	// Bare turns the safeguards off, for a replay's comparison.
	Bare bool
	// Parallel is how many jobs run at once; 0 means one after the other.
	Parallel int
	// Migrations beside those of the house: for tests of an upgrade to come.
	Migrations []fs.FS
	// Afresh keeps nothing between requests: for tests that count what is asked.
	Afresh bool
	// KeepSchema opens the database as it is: the caller migrates.
	KeepSchema bool
}

// App is the application: open, but not running yet.
type App struct {
	DB      *db.DB
	Log     *slog.Logger
	Config  *config.Config
	Site    *web.Site
	API     huma.API
	Modules []module.Module

	services  *services
	heads     job.Kind
	warn      job.Kind
	queue     *job.Queue
	workers   []job.Worker // what stories drain; without live pages
	stream    *web.Stream
	ready     *readiness
	admission *web.Admission
	traces    *telemetry.Traces
	metrics   *telemetry.Metrics
	handler   http.Handler
}

// Open opens the database, brings it up to date and puts the house together.
func Open(ctx context.Context, o Options) (*App, error) {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	d, err := OpenDB(ctx, o)
	if err != nil {
		return nil, err
	}
	a, err := build(ctx, o, d)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return a, nil
}

// OpenDB opens the database of a configuration without anything on top.
func OpenDB(ctx context.Context, o Options) (*db.DB, error) {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	dsn := o.Config.Database()
	if !db.IsPostgres(dsn) {
		if err := os.MkdirAll(filepath.Dir(dsn), 0o750); err != nil {
			return nil, fmt.Errorf("make the directory of the database: %w", err)
		}
	}
	return db.Open(ctx, db.Options{
		DSN: dsn, Schema: o.Schema, Afresh: o.Afresh, Clock: o.Clock, IDs: id.NewSource(o.Clock.Now, o.Random),
		Log: o.Log, Facts: ledger.Write, Jobs: job.Write,
	})
}

func build(ctx context.Context, o Options, d *db.DB) (*App, error) {
	a := &App{DB: d, Log: o.Log, Config: o.Config, ready: &readiness{db: d}, traces: o.Traces, metrics: telemetry.NewMetrics(o.Version)}
	var err error
	if a.ready.target, err = migrate.Target(o.migrations()...); err != nil {
		return nil, err
	}
	if !o.KeepSchema {
		if err := upgrade(ctx, o, d); err != nil {
			return nil, err
		}
	}
	if err := a.wire(o); err != nil {
		return nil, err
	}
	var kinds []job.Kind
	for _, m := range a.Modules {
		kinds = append(kinds, m.Jobs...)
	}
	kinds = append(kinds, a.Site.Jobs()...)
	kinds = append(kinds, a.heads, a.warn)
	for i := range kinds {
		kinds[i].Handle = a.followed(kinds[i])
	}
	if a.queue, err = job.NewQueue(d, o.Log, o.Parallel, kinds...); err != nil {
		return nil, err
	}
	a.workers = []job.Worker{ledger.NewSealer(d), a.queue}
	for _, m := range a.Modules {
		for _, f := range m.Followers {
			a.workers = append(a.workers, ledger.Follow(d, f, o.Log))
		}
		a.workers = append(a.workers, m.Workers...)
	}
	if err := a.metrics.Register(newGauges(a, kinds)); err != nil {
		return nil, err
	}
	a.handler = a.probes(a.Site.Handler())
	return a, nil
}

// upgrade brings the database up to date; what holds something already is
// backed up first.
func upgrade(ctx context.Context, o Options, d *db.DB) error {
	s, err := migrate.Look(ctx, d, o.migrations()...)
	if err != nil {
		return err
	}
	if s.Current > 0 && s.Pending > 0 && s.Current <= s.Target {
		name, err := backup.Write(ctx, d, o.Config.BackupDir, "")
		switch {
		case err == nil:
			o.Log.Info("backup written before migrating", "file", name)
		case !moved(ctx, o, d, s.Current):
			return fmt.Errorf("back up before migrating: %w", err)
		}
	}
	_, err = migrate.Up(ctx, d, o.migrations()...)
	return err
}

// moved says whether another node is migrating at this very moment: what it has
// half-way made cannot be backed up, and the node that began has done so.
func moved(ctx context.Context, o Options, d *db.DB, from int64) bool {
	for range 50 {
		s, err := migrate.Look(ctx, d, o.migrations()...)
		if err != nil || s.Current != from {
			return err == nil
		}
		clock.Machine.Sleep(ctx, 100*time.Millisecond)
	}
	return false
}

func (o Options) migrations() []fs.FS { return append(Migrations(), o.Migrations...) }

// Migrations are all tables of the house, in one list.
func Migrations() []fs.FS {
	all := []fs.FS{migrate.Base, ledger.Migrations, job.Migrations, web.Migrations}
	return append(all, capabilityMigrations...)
}

// Handler answers every request.
func (a *App) Handler() http.Handler { return a.handler }

// Checks are the invariants that can be looked up in the store.
func (a *App) Checks() (list []module.Check) {
	for _, m := range a.Modules {
		list = append(list, m.Checks...)
	}
	return list
}

// Run does the background work until ctx ends: sealing, followers, jobs,
// watches, live pages. It returns when all of it stopped.
func (a *App) Run(ctx context.Context) error {
	if err := a.queue.Start(ctx); err != nil {
		return err
	}
	var wg sync.WaitGroup
	for _, w := range append(append([]job.Worker{}, a.workers...), a.stream) {
		wg.Go(func() { job.Loop(ctx, a.DB.Clock(), a.DB.Hub(), a.Log, w) })
	}
	wg.Wait()
	return nil
}

// Settle does everything that is due now and comes back when nothing is: the
// moment at which a story may go on.
func (a *App) Settle(ctx context.Context) error { return job.Drain(ctx, a.workers) }

// Next is when something will be due by itself; zero when nothing waits.
func (a *App) Next(ctx context.Context) (time.Time, error) { return job.NextOf(ctx, a.workers) }

// OpenAPI is the description of the API.
func (a *App) OpenAPI() ([]byte, error) { return a.API.OpenAPI().MarshalJSON() }

// InstallerKey makes a key with which organisations can be made: for stories,
// the demo and the command line.
func (a *App) InstallerKey(ctx context.Context, name string) (string, error) {
	_, token, err := a.services.auth.CreateKey(ctx, actor.Actor{Kind: actor.Installer, Name: name}, auth.NewKey{Kind: auth.InstallerKey, Name: name})
	return token, err
}

// Close closes the database.
func (a *App) Close() error {
	a.stream.Close()
	return a.DB.Close()
}
