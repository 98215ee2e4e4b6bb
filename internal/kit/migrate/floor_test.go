package migrate_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/migrate"
)

// later is a migration of a version to come.
func later(n int, text string) fs.FS {
	return fstest.MapFS{fmt.Sprintf("schema/%05d_later.sql", n): &fstest.MapFile{Data: []byte("-- +goose Up\n" + text)}}
}

// A program goes on, and may start again, on a database that a newer one has
// migrated, for as long as what is new only expands it.
func TestOlderProgramsGoOnWhileTheSchemaExpands(t *testing.T) {
	known := []fs.FS{migrate.Base, ledger.Migrations, job.Migrations}
	expands := later(90001, "-- expands: the older program leaves it empty\nALTER TABLE job ADD COLUMN later TEXT;\nCREATE TABLE later (org_id TEXT NOT NULL PRIMARY KEY, n INTEGER NOT NULL) STRICT;\nINSERT INTO later (org_id, n) VALUES ('o', 1);\nCREATE UNIQUE INDEX later_n ON later (org_id, n);\nCREATE INDEX job_later ON job (org_id, later);")
	changes := later(90002, "UPDATE later SET n = n + 1;")
	empty(t, func(t *testing.T, open func() *db.DB) {
		d := open()
		now, err := migrate.Up(ctx, d, known...)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := migrate.Up(ctx, d, append(known, expands)...); err != nil || s.Current != 90001 {
			t.Fatal(s, err)
		}
		s, err := migrate.Up(ctx, d, known...)
		if want := (migrate.Status{Current: 90001, Target: now.Target}); err != nil || s != want {
			t.Errorf("the older program is refused: %+v %v", s, err)
		}
		if s, err := migrate.Up(ctx, d, append(known, expands, changes)...); err != nil || s.Current != 90002 {
			t.Fatal(s, err)
		}
		for _, sources := range [][]fs.FS{known, append(known, expands)} {
			if s, err := migrate.Up(ctx, d, sources...); errs.TypeOf(err) != "database-newer" {
				t.Errorf("an older program goes on without what it needs: %+v %v", s, err)
			}
		}
		if s, err := migrate.Up(ctx, d, append(known, expands, changes, later(90003, "-- expands: a table\nCREATE TABLE more (org_id TEXT NOT NULL PRIMARY KEY) STRICT;"))...); err != nil || s.Current != 90003 {
			t.Fatal(s, err)
		}
		if s, err := migrate.Up(ctx, d, append(known, expands)...); errs.TypeOf(err) != "database-newer" {
			t.Errorf("the floor sank: %+v %v", s, err)
		}
		if s, err := migrate.Up(ctx, d, append(known, expands, changes)...); err != nil || s.Current != 90003 {
			t.Errorf("%+v %v", s, err)
		}
	})
}

// A migration says that it expands, and is looked at.
func TestWhatOnlyExpands(t *testing.T) {
	for text, ok := range map[string]bool{
		"CREATE TABLE a (org_id TEXT NOT NULL PRIMARY KEY) STRICT;":           true,
		"ALTER TABLE job ADD COLUMN a TEXT;":                                  true,
		"ALTER TABLE job ADD COLUMN a INTEGER NOT NULL DEFAULT 0;":            true,
		"ALTER TABLE job ADD COLUMN a INTEGER NOT NULL;":                      false,
		"ALTER TABLE job ADD COLUMN a TEXT REFERENCES x (id);":                false,
		"ALTER TABLE job DROP COLUMN a;":                                      false,
		"ALTER TABLE job RENAME TO work;":                                     false,
		"CREATE INDEX a ON job (org_id, a);":                                  true,
		"CREATE UNIQUE INDEX a ON job (org_id, a);":                           false,
		"CREATE TABLE b (c TEXT) STRICT;\nCREATE UNIQUE INDEX a ON b (c);":    true,
		"INSERT INTO job (org_id) VALUES ('o');":                              false,
		"UPDATE job SET a = 1;":                                               false,
		"DROP TABLE job;":                                                     false,
		"CREATE TRIGGER x AFTER INSERT ON job BEGIN SELECT 1; END;":           false,
		"CREATE TABLE b (c TEXT) STRICT;\nINSERT INTO b (c) VALUES ('x');\n-": false,
	} {
		_, err := migrate.Merge(db.SQLite, later(90001, "-- expands: reason\n"+text))
		if (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "90001_later.sql") {
			t.Errorf("%s: %v", text, err)
		}
		if _, err := migrate.Merge(db.SQLite, later(90001, text)); err != nil {
			t.Errorf("without the mark anything goes: %s: %v", text, err)
		}
	}
}
