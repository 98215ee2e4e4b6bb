package kittest

import (
	"context"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/id"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/ledger"
)

// Start is where the clock of a test stands: a Thursday morning in Amsterdam.
var Start = time.Date(2026, 11, 12, 9, 42, 0, 0, time.UTC)

// DB is a migrated database for one test.
type DB struct {
	*db.DB
	Clock  *clock.Sim
	DSN    string // for a second node, or a program started by the test
	Schema string // PostgreSQL only
}

// NewClock is a clock that stands at Start.
func NewClock() *clock.Sim { return clock.NewSim(Start) }

// Again opens the database once more, as a second node or after a stop, on the
// same clock and with ids of its own.
func (d *DB) Again(t testing.TB) *DB {
	t.Helper()
	return connect(t, d.DSN, d.Schema, d.Clock, rand.Uint64())
}

// Databases runs a test on every database: always on SQLite, on PostgreSQL
// when HOUVAST_TEST_POSTGRES holds its address. Migrations are the
// capabilities' schemas beside the kit's own.
func Databases(t *testing.T, migrations []fs.FS, run func(t *testing.T, d *DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { run(t, SQLite(t, migrations...)) })
	t.Run("postgres", func(t *testing.T) { run(t, Postgres(t, migrations...)) })
}

// SQLite opens a new database in a file of this test.
func SQLite(t testing.TB, migrations ...fs.FS) *DB {
	t.Helper()
	file := filepath.Join(t.TempDir(), "houvast.db")
	if err := migratedFile(t, file, migrations); err != nil {
		t.Fatal(err)
	}
	return connect(t, file, "", NewClock(), 1)
}

// PostgresDSN gives the address of the test server, or skips the test.
func PostgresDSN(t testing.TB) string {
	t.Helper()
	dsn := os.Getenv("HOUVAST_TEST_POSTGRES")
	if dsn == "" {
		t.Skip("needs PostgreSQL: set HOUVAST_TEST_POSTGRES")
	}
	return dsn
}

// Postgres opens an empty schema on the test server for this test alone.
func Postgres(t testing.TB, migrations ...fs.FS) *DB {
	t.Helper()
	return migratedSchema(t, PostgresDSN(t), migrations)
}

// NewSchema makes a schema of its own on the server, dropped after the test.
func NewSchema(t testing.TB, dsn string) string {
	t.Helper()
	schema := schemaName()
	drop, err := db.CreateSchema(context.Background(), dsn, schema)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := drop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return schema
}

// WithSchema gives the address of a schema, for a program started by a test.
func WithSchema(dsn, schema string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		return dsn
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

func connect(t testing.TB, dsn, schema string, c *clock.Sim, seed uint64) *DB {
	t.Helper()
	d, err := dial(dsn, schema, c, seed, Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func dial(dsn, schema string, c *clock.Sim, seed uint64, log *slog.Logger) (*DB, error) {
	d, err := db.Open(context.Background(), db.Options{
		DSN: dsn, Schema: schema, Clock: c, IDs: Seeded(c, seed),
		Facts: ledger.Write, Jobs: job.Write, Log: log,
	})
	if err != nil {
		return nil, err
	}
	return &DB{DB: d, Clock: c, DSN: dsn, Schema: schema}, nil
}

// Seeded makes ids whose randomness comes from a seed.
func Seeded(c clock.Clock, seed uint64) *id.Source {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	return id.NewSource(c.Now, rand.NewChaCha8(key))
}

// Log is a logger that writes to the test.
func Log(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

type testWriter struct{ t testing.TB }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(string(p))
	return len(p), nil
}
