package kittest

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/migrate"
)

// Making some eighty tables takes longer than most tests. So they are made
// once in a process for each set of migrations: an SQLite file is copied, and a
// schema of PostgreSQL is emptied and used again by the next test.

// made is what was migrated in this process, by its migrations.
var made = struct {
	sync.Mutex
	files   map[string][]byte
	schemas map[string][]*schema // those that no test uses
	swept   bool
}{files: map[string][]byte{}, schemas: map[string][]*schema{}}

// key tells sets of migrations apart by their text.
func key(sources []fs.FS) (string, error) {
	merged, err := migrate.Merge(db.SQLite, sources...)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	err = fs.WalkDir(merged, ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := fs.ReadFile(merged, p)
		fmt.Fprintf(sum, "%s %d\n%s", p, len(text), text)
		return err
	})
	return string(sum.Sum(nil)), err
}

// with adds the kit's own migrations to those of the capabilities.
func with(migrations []fs.FS) []fs.FS {
	return append([]fs.FS{migrate.Base, ledger.Migrations, job.Migrations}, migrations...)
}

// migratedFile writes a migrated SQLite database.
func migratedFile(t testing.TB, file string, migrations []fs.FS) error {
	t.Helper()
	sources := with(migrations)
	k, err := key(sources)
	if err != nil {
		return err
	}
	made.Lock()
	defer made.Unlock()
	if made.files[k] == nil {
		first := filepath.Join(t.TempDir(), "migrated.db")
		d, err := dial(first, "", NewClock(), 1, Log(t))
		if err != nil {
			return err
		}
		if _, err := migrate.Up(context.Background(), d.DB, sources...); err != nil {
			_ = d.Close()
			return err
		}
		if err := d.Close(); err != nil { // which moves everything from the log into the file
			return err
		}
		if made.files[k], err = os.ReadFile(first); err != nil {
			return err
		}
	}
	return os.WriteFile(file, made.files[k], 0o600)
}

// schema is a migrated schema of PostgreSQL.
type schema struct {
	name  string
	print string            // of its tables, constraints and triggers
	rows  map[string]string // what the migrations themselves put in, by table, as JSON
	drop  func(context.Context) error
}

// migratedSchema opens a migrated schema, new or used before. A test that
// changed tables, or failed, leaves none for others.
func migratedSchema(t testing.TB, dsn string, migrations []fs.FS) *DB {
	t.Helper()
	sources := with(migrations)
	k, err := key(sources)
	if err != nil {
		t.Fatal(err)
	}
	s := takeSchema(t, k+dsn)
	if s == nil {
		s = &schema{name: schemaName()}
		if s.drop, err = db.CreateSchema(context.Background(), dsn, s.name); err != nil {
			t.Fatal(err)
		}
	}
	var d *DB
	t.Cleanup(func() { // after the database was closed
		if d == nil || s.print == "" {
			if err := s.drop(context.Background()); err != nil {
				t.Error(err)
			}
			return
		}
		made.Lock()
		defer made.Unlock()
		made.schemas[k+dsn] = append(made.schemas[k+dsn], s)
	})
	d = connect(t, dsn, s.name, NewClock(), 1)
	if s.print == "" {
		if _, err := migrate.Up(context.Background(), d.DB, sources...); err != nil {
			t.Fatal(err)
		}
		if err := s.learn(d.Pool()); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if t.Failed() || s.empty(d.Pool()) != nil {
			s.print = "" // not to be used again
		}
	})
	return d
}

func takeSchema(t testing.TB, k string) *schema {
	t.Helper()
	made.Lock()
	defer made.Unlock()
	if !made.swept {
		made.swept = true
		if err := sweep(PostgresDSN(t)); err != nil {
			t.Fatal(err)
		}
	}
	free := made.schemas[k]
	if len(free) == 0 {
		return nil
	}
	made.schemas[k] = free[:len(free)-1]
	return free[len(free)-1]
}

// look is what tells whether a test changed the tables themselves.
const look = `SELECT md5(string_agg(x, ',' ORDER BY x)) FROM (
	SELECT 'r' || oid || relname AS x FROM pg_class WHERE relnamespace = current_schema()::regnamespace
	UNION ALL SELECT 'c' || oid || convalidated::text FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
	UNION ALL SELECT 'f' || oid || md5(prosrc) FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
	UNION ALL SELECT 't' || g.oid || tgenabled::text FROM pg_trigger g JOIN pg_class r ON r.oid = tgrelid WHERE relnamespace = current_schema()::regnamespace
	UNION ALL SELECT 'a' || attrelid || '.' || attnum || attname || attnotnull::text || atthasdef::text FROM pg_attribute JOIN pg_class r ON r.oid = attrelid
		WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND attnum > 0) AS y`

// learn notes how the schema is directly after its migrations.
func (s *schema) learn(pool *sql.DB) error {
	ctx := context.Background()
	tables, err := column(ctx, pool, `SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'schema_version'`)
	if err != nil {
		return err
	}
	s.rows = map[string]string{}
	for _, name := range tables {
		var held string
		if err := pool.QueryRowContext(ctx, `SELECT coalesce(json_agg(t), '[]') FROM "`+name+`" AS t`).Scan(&held); err != nil {
			return err
		}
		s.rows[name] = held
	}
	return pool.QueryRowContext(ctx, look).Scan(&s.print)
}

// column gives what a statement finds, of one column.
func column(ctx context.Context, pool *sql.DB, text string) (out []string, err error) {
	rows, err := pool.QueryContext(ctx, text)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// empty brings the schema back to how it was directly after its migrations, or
// says why it cannot.
func (s *schema) empty(pool *sql.DB) error {
	ctx := context.Background()
	var print string
	if err := pool.QueryRowContext(ctx, look).Scan(&print); err != nil {
		return err
	}
	if print != s.print {
		return fmt.Errorf("the tables of %s were changed", s.name)
	}
	var all strings.Builder
	all.WriteString("DO $empty$ BEGIN SET LOCAL session_replication_role = replica;") // no trigger, no order among tables
	for name, held := range s.rows {
		fmt.Fprintf(&all, `DELETE FROM "%s";`, name)
		if held != "[]" {
			fmt.Fprintf(&all, `INSERT INTO "%s" SELECT * FROM json_populate_recordset(NULL::"%s", '%s');`, name, name, strings.ReplaceAll(held, "'", "''"))
		}
	}
	all.WriteString(" END $empty$")
	_, err := pool.ExecContext(ctx, all.String())
	return err
}

// host keeps the schemas of different machines on one server apart.
var host = sync.OnceValue(func() string {
	name, _ := os.Hostname() // without a name all such machines are one
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return strconv.FormatUint(uint64(h.Sum32()), 36)
})

// schemaName is a new name that says whose the schema is.
func schemaName() string { return fmt.Sprintf("t%s_%d_%016x", host(), os.Getpid(), rand.Uint64()) }

var ours = regexp.MustCompile(`^t([0-9a-z]+)_([0-9]+)_[0-9a-f]{16}$`)

// sweep drops the schemas that test processes of this machine left behind.
func sweep(dsn string) error {
	ctx := context.Background()
	d, err := dial(dsn, "", NewClock(), 1, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	names, err := column(ctx, d.Pool(), `SELECT nspname FROM pg_namespace WHERE nspname LIKE 't%'`)
	if err != nil {
		return err
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		m := ours.FindStringSubmatch(name)
		if m == nil || m[1] != host() {
			return true
		}
		pid, err := strconv.Atoi(m[2])
		return err != nil || syscall.Kill(pid, 0) != syscall.ESRCH
	})
	for _, name := range names {
		if _, err := d.Pool().ExecContext(ctx, `DROP SCHEMA IF EXISTS "`+name+`" CASCADE`); err != nil {
			return err
		}
	}
	return nil
}
