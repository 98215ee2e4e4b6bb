package migrate_test

import (
	"context"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/migrate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var ctx = context.Background()

func files(list map[string]string) fs.FS {
	out := fstest.MapFS{}
	for name, text := range list {
		out["schema/"+name] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + text)}
	}
	return out
}

var (
	first  = files(map[string]string{"00001_a.sql": "CREATE TABLE a (id TEXT NOT NULL PRIMARY KEY, n INTEGER NOT NULL) STRICT;"})
	second = files(map[string]string{
		"00003_c.sql": "ALTER TABLE a ADD COLUMN c BLOB;",
		"00002_b.sql": "CREATE TABLE b (id TEXT NOT NULL PRIMARY KEY) STRICT;\nINSERT INTO a (id, n) VALUES ('x', 7);"})
	third = files(map[string]string{"00004_d.sql": "UPDATE a SET n = n + 1;"})
)

// empty opens a database without any table, twice when it is asked again.
func empty(t *testing.T, run func(t *testing.T, open func() *db.DB)) {
	opener := func(dsn, schema string) func(*testing.T) func() *db.DB {
		return func(t *testing.T) func() *db.DB {
			return func() *db.DB {
				c := kittest.NewClock()
				d, err := db.Open(ctx, db.Options{DSN: dsn, Schema: schema, Clock: c, IDs: kittest.Seeded(c, 1), Facts: ledger.Write, Jobs: job.Write})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = d.Close() })
				return d
			}
		}
	}
	t.Run("sqlite", func(t *testing.T) { run(t, opener(filepath.Join(t.TempDir(), "x.db"), "")(t)) })
	t.Run("postgres", func(t *testing.T) {
		dsn := kittest.PostgresDSN(t)
		run(t, opener(dsn, kittest.NewSchema(t, dsn))(t))
	})
}

func up(t *testing.T, d *db.DB, want migrate.Status, sources ...fs.FS) {
	t.Helper()
	got, err := migrate.Up(ctx, d, sources...)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("%+v, expected %+v", got, want)
	}
}

func rows(t *testing.T, d *db.DB) (out []int) {
	t.Helper()
	if err := d.Read(ctx, func(q db.Q) (err error) { out, err = db.Select[int](q, `SELECT n FROM a`); return err }); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestUp(t *testing.T) {
	empty(t, func(t *testing.T, open func() *db.DB) {
		d := open()
		s, err := migrate.Look(ctx, d, first, second)
		if want := (migrate.Status{Current: 0, Target: 3, Pending: 3}); err != nil || s != want {
			t.Errorf("an empty database: %+v %v", s, err)
		}
		up(t, d, migrate.Status{Current: 1, Target: 1}, first)
		if s, err = migrate.Look(ctx, d, second, first); err != nil || s != (migrate.Status{Current: 1, Target: 3, Pending: 2}) {
			t.Errorf("an older database: %+v %v", s, err)
		}
		up(t, d, migrate.Status{Current: 3, Target: 3}, second, first) // whatever the order of the capabilities
		up(t, d, migrate.Status{Current: 3, Target: 3}, first, second)
		up(t, d, migrate.Status{Current: 4, Target: 4}, first, second, third)
		if got := rows(t, d); len(got) != 1 || got[0] != 8 {
			t.Error("each migration runs once:", got)
		}
	})
}

func TestANewerDatabaseIsRefused(t *testing.T) {
	empty(t, func(t *testing.T, open func() *db.DB) {
		d := open()
		up(t, d, migrate.Status{Current: 4, Target: 4}, first, second, third)
		_, err := migrate.Up(ctx, d, first, second)
		e, ok := errs.As(err)
		if !ok || e.Type != "database-newer" || e.Params["Has"] != int64(4) || e.Params["Knows"] != int64(3) {
			t.Error(err)
		}
		if got := rows(t, d); len(got) != 1 || got[0] != 8 {
			t.Error("something was changed:", got)
		}
		s, err := migrate.Look(ctx, d, first, second)
		if err != nil || s.Current != 4 || s.Target != 3 {
			t.Errorf("%+v %v", s, err)
		}
	})
}

// A migration that fails half-way leaves nothing of itself, and those before
// it stay.
func TestAFailedMigrationLeavesNothing(t *testing.T) {
	bad := files(map[string]string{"00004_bad.sql": "INSERT INTO a (id, n) VALUES ('y', 1);\nCREATE TABLE nonsense (;"})
	empty(t, func(t *testing.T, open func() *db.DB) {
		d := open()
		if _, err := migrate.Up(ctx, d, first, second, bad); err == nil || !strings.Contains(err.Error(), "version:4") {
			t.Error(err)
		}
		if s, err := migrate.Look(ctx, d, first, second, bad); err != nil || s.Current != 3 || s.Pending != 1 {
			t.Errorf("%+v %v", s, err)
		}
		if got := rows(t, d); len(got) != 1 {
			t.Error("half a migration is there:", got)
		}
		up(t, d, migrate.Status{Current: 4, Target: 4}, first, second, third)
	})
}

// Several nodes start at once on an empty database, and on an old one.
func TestNodesMigrateAtOnce(t *testing.T) {
	empty(t, func(t *testing.T, open func() *db.DB) {
		nodes := []*db.DB{open(), open(), open()}
		for _, sources := range [][]fs.FS{{first, second}, {first, second, third}} {
			var wg sync.WaitGroup
			for _, d := range nodes {
				wg.Go(func() {
					s, err := migrate.Up(ctx, d, sources...)
					if err != nil || s.Current != s.Target || s.Pending != 0 {
						t.Errorf("%+v %v", s, err)
					}
				})
			}
			wg.Wait()
		}
		if got := rows(t, nodes[0]); len(got) != 1 || got[0] != 8 {
			t.Error("each migration runs once:", got)
		}
	})
}

func TestMergeChecksNames(t *testing.T) {
	for name, c := range map[string]struct {
		sources []fs.FS
		says    string
	}{
		"two with one number":  {[]fs.FS{first, files(map[string]string{"00001_other.sql": "SELECT 1;"})}, "same number"},
		"twice the same":       {[]fs.FS{first, first}, "same number"},
		"a number too short":   {[]fs.FS{files(map[string]string{"0001_a.sql": "SELECT 1;"})}, "00012_handoffs.sql is expected"},
		"capitals":             {[]fs.FS{files(map[string]string{"00001_A.sql": "SELECT 1;"})}, "is expected"},
		"nothing but a number": {[]fs.FS{files(map[string]string{"00001.sql": "SELECT 1;"})}, "is expected"},
	} {
		if _, err := migrate.Merge(db.SQLite, c.sources...); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for dialect, want := range map[db.Dialect]string{db.SQLite: "n INTEGER NOT NULL) STRICT;", db.Postgres: "n BIGINT NOT NULL);"} {
		merged, err := migrate.Merge(dialect, first, second)
		if err != nil {
			t.Fatal(err)
		}
		text, err := fs.ReadFile(merged, "00001_a.sql")
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s reads %q", dialect, text)
		}
	}
}
