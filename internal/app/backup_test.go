package app

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/backup"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/ledger"
)

// written plays the hospital story on a private instance and backs it up while
// the instance is open.
func written(t *testing.T) (file string, info backup.Info) {
	t.Helper()
	s, err := embedded("hospital.yaml")
	if err != nil {
		t.Fatal(err)
	}
	in, err := newInstance(t.Context(), instanceOptions{Start: s.Start()})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close() //nolint:errcheck // a test's own copy
	if _, err := playOn(t.Context(), in, s, false); err != nil {
		t.Fatal(err)
	}
	if file, err = backup.Write(t.Context(), in.DB, t.TempDir(), ""); err != nil {
		t.Fatal(err)
	}
	if info, err = backup.Verify(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if info.Rows < 200 || len(info.Heads) != 3 {
		t.Fatalf("the backup holds %d rows and %d chains: the story is not in it", info.Rows, len(info.Heads))
	}
	return file, info
}

func configFor(t *testing.T, dsn string) *config.Config {
	t.Helper()
	flags := map[string]string{"db.path": filepath.Join(t.TempDir(), "restored.db")}
	if dsn != "" {
		flags = map[string]string{"db.url": dsn}
	}
	cfg, err := config.Load(config.Source{Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestBackupComesBackInEitherDatabase(t *testing.T) {
	file, info := written(t)
	restore := func(t *testing.T, cfg *config.Config) {
		var out bytes.Buffer
		if err := Restore(t.Context(), cfg, file, &out); err != nil {
			t.Fatal(err, out.String())
		}
		if got := strings.Count(out.String(), "the chain holds"); got != len(info.Heads) {
			t.Errorf("%d chains hold, want %d:\n%s", got, len(info.Heads), out.String())
		}
		// A backup of what was restored says the same about every table.
		d, err := OpenDB(t.Context(), Options{Config: cfg})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close() //nolint:errcheck // read only from here
		again, err := backup.Write(t.Context(), d, t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		second, err := backup.Verify(t.Context(), again)
		if err != nil {
			t.Fatal(err)
		}
		rows := map[string]int64{}
		for _, x := range info.Tables {
			rows[x.Name] = x.Rows
		}
		for _, x := range second.Tables {
			if rows[x.Name] != x.Rows {
				t.Errorf("table %s: %d rows came back of %d", x.Name, x.Rows, rows[x.Name])
			}
		}
		if fmt.Sprint(second.Heads) != fmt.Sprint(info.Heads) {
			t.Errorf("heads %v, want %v", second.Heads, info.Heads)
		}
		if err := Restore(t.Context(), cfg, file, &out); errs.TypeOf(err) != "database-not-empty" {
			t.Errorf("restoring over something: %v", err)
		}
	}
	t.Run("sqlite", func(t *testing.T) { restore(t, configFor(t, "")) })
	t.Run("postgres", func(t *testing.T) {
		dsn := kittest.PostgresDSN(t)
		restore(t, configFor(t, kittest.WithSchema(dsn, kittest.NewSchema(t, dsn))))
	})
}

func TestDamagedBackupIsRefused(t *testing.T) {
	file, _ := written(t)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func([]byte) []byte{
		"cut off":    func(b []byte) []byte { return b[:len(b)*2/3] },
		"not a file": func([]byte) []byte { return []byte("something else") },
		"one bit":    func(b []byte) []byte { c := bytes.Clone(b); c[len(c)/2] ^= 4; return c },
	} {
		bad := filepath.Join(t.TempDir(), "bad.tar.gz")
		if err := os.WriteFile(bad, damage(whole), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg := configFor(t, "")
		if err := Restore(t.Context(), cfg, bad, &bytes.Buffer{}); errs.TypeOf(err) != "backup-broken" {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(cfg.Database()); err == nil {
			t.Errorf("%s: a database was made all the same", name)
		}
	}
	if _, err := backup.Write(t.Context(), nil, "", file); errs.TypeOf(err) != "backup-exists" {
		t.Errorf("writing over a backup: %v", err)
	}
}

// TestRewrittenRecordIsNoticed: whoever rewrites the whole chain is given away
// by the heads in a backup.
func TestRewrittenRecordIsNoticed(t *testing.T) {
	file, info := written(t)
	cfg := configFor(t, "")
	if err := Restore(t.Context(), cfg, file, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	d, err := OpenDB(t.Context(), Options{Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	victim := info.Heads[0].Org
	rewrite(t, d, victim)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Verify(t.Context(), cfg, "", false, &out); err != nil {
		t.Errorf("a chain that was rewritten whole fits in itself: %v\n%s", err, out.String())
	}
	out.Reset()
	if err := Verify(t.Context(), cfg, file, false, &out); err == nil || !strings.Contains(out.String(), victim+": BAD at entry") {
		t.Errorf("the heads of the backup did not give it away: %v\n%s", err, out.String())
	}
}

// rewrite changes the first fact of an organisation and seals everything anew.
func rewrite(t *testing.T, d *db.DB, orgID string) {
	t.Helper()
	err := d.Write(context.Background(), func(tx *db.Tx) error {
		for _, text := range []string{
			`UPDATE fact SET data = '{"forged":true}' WHERE org_id = $1 AND seq = 1`,
			`UPDATE fact SET seq = NULL, pos = NULL, hash = NULL WHERE org_id = $1`,
			`DELETE FROM ledger_head WHERE org_id = $1`,
		} {
			if _, err := tx.Exec(text, orgID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	sealer := ledger.NewSealer(d)
	for {
		n, err := sealer.Work(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func TestNewerDatabaseIsRefusedWithAdvice(t *testing.T) {
	cfg := configFor(t, "")
	if err := Migrate(t.Context(), cfg, false, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	d, err := OpenDB(t.Context(), Options{Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Write(t.Context(), func(tx *db.Tx) error {
		if _, err := tx.Exec(`INSERT INTO schema_version (version_id, is_applied, tstamp) VALUES (99999, 1, CURRENT_TIMESTAMP)`); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE schema_floor SET version = 99999`) // as a migration that does more than add
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), Options{Config: cfg})
	if errs.TypeOf(err) != "database-newer" {
		t.Fatalf("opening a newer database: %v", err)
	}
	if said := Explain(err); !strings.Contains(said, "99999") || !strings.Contains(strings.ToLower(said), "nothing was changed") && !strings.Contains(said, "niets veranderd") {
		t.Errorf("the advice is %q", said)
	}
}
