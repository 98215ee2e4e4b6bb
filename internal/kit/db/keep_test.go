package db_test

import (
	"errors"
	"testing"

	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

func TestWhatWasReadIsKeptUntilItIsWritten(t *testing.T) {
	kittest.Databases(t, schema, func(t *testing.T, d *kittest.DB) {
		loads := 0
		once := func(q db.Q) int64 {
			t.Helper()
			n, err := db.Once(q, "thing", "o/a", func() (int64, error) {
				loads++
				return db.Get[int64](q, `SELECT n FROM thing WHERE org_id = $1 AND id = $2`, "o", "a")
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if err := d.Write(ctx, func(x *db.Tx) error {
			if err := db.Insert(x, "thing", thing{Org: "o", ID: "a", N: 1, Note: "a"}); err != nil {
				return err
			}
			once(x)
			if once(x); loads != 1 {
				t.Errorf("asked twice: read %d times", loads)
			}
			if _, err := x.Exec(`UPDATE thing SET n = $3 WHERE org_id = $1 AND id = $2`, "o", "a", 2); err != nil {
				return err
			}
			if n := once(x); n != 2 {
				t.Errorf("after the row was written it was still %d", n)
			}
			if _, err := db.Select[string](x, `SELECT id FROM parent WHERE org_id = $1 FOR UPDATE`, "o"); err != nil {
				return err
			}
			// A lock may have waited for somebody who changed it, but not where there is one writer.
			want := 3
			if d.Dialect() == db.SQLite {
				want = 2
			}
			if once(x); loads != want {
				t.Errorf("after a lock: read %d times, want %d", loads, want)
			}
			loads = 3
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := d.Read(ctx, func(q db.Q) error { once(q); return nil }); err != nil || loads != 4 {
			t.Errorf("another snapshot: %d reads, want one more (%v)", loads, err)
		}
	})
}

func TestRowsAreKeptByVersion(t *testing.T) {
	kittest.Databases(t, schema, func(t *testing.T, d *kittest.DB) {
		loads := 0
		keep := func(q db.Q, version int64) string {
			t.Helper()
			s, err := db.Keep(q, "thing", "o/a", version, func() (string, error) {
				loads++
				return db.Get[string](q, `SELECT note FROM thing WHERE org_id = $1 AND id = $2`, "o", "a")
			})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		read := func(version int64) (s string) {
			t.Helper()
			if err := d.Read(ctx, func(q db.Q) error { s = keep(q, version); return nil }); err != nil {
				t.Fatal(err)
			}
			return s
		}
		if err := d.Write(ctx, func(x *db.Tx) error {
			return db.Insert(x, "thing", thing{Org: "o", ID: "a", N: 1, Note: "first"})
		}); err != nil {
			t.Fatal(err)
		}
		read(1)
		if s := read(1); s != "first" || loads != 1 {
			t.Errorf("the same version: %q after %d reads, want one", s, loads)
		}
		// What a transaction wrote and then undid was never there.
		undone := errors.New("undone")
		if err := d.Write(ctx, func(x *db.Tx) error {
			if _, err := x.Exec(`UPDATE thing SET note = $3 WHERE org_id = $1 AND id = $2`, "o", "a", "never"); err != nil {
				return err
			}
			if s := keep(x, 2); s != "never" {
				t.Errorf("its own transaction reads %q", s)
			}
			return undone
		}); !errors.Is(err, undone) {
			t.Fatal(err)
		}
		if err := d.Write(ctx, func(x *db.Tx) error {
			_, err := x.Exec(`UPDATE thing SET note = $3 WHERE org_id = $1 AND id = $2`, "o", "a", "second")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if s := read(2); s != "second" {
			t.Errorf("the second version reads %q", s)
		}
	})
}

func TestCountsAreKeptUntilTheirTableIsWritten(t *testing.T) {
	kittest.Databases(t, schema, func(t *testing.T, d *kittest.DB) {
		loads := 0
		things := func(q db.Q) int64 {
			t.Helper()
			n, err := db.Fresh(q, []string{"thing"}, "things", "o", func() (int64, error) {
				loads++
				return db.Get[int64](q, `SELECT COUNT(*) FROM thing WHERE org_id = $1`, "o")
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		count := func() (n int64) {
			t.Helper()
			if err := d.Read(ctx, func(q db.Q) error { n = things(q); return nil }); err != nil {
				t.Fatal(err)
			}
			return n
		}
		count()
		if n := count(); n != 0 || loads != 1 {
			t.Errorf("nothing was written: %d after %d counts, want one", n, loads)
		}
		if err := d.Write(ctx, func(x *db.Tx) error {
			_, err := x.Exec(`INSERT INTO parent (org_id, id) VALUES ($1, $2)`, "o", "p")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if count(); loads != 1 {
			t.Error("another table was written, and it was counted again")
		}
		undone := errors.New("undone")
		for i, end := range []error{undone, nil} {
			if err := d.Write(ctx, func(x *db.Tx) error {
				if err := db.Insert(x, "thing", thing{Org: "o", ID: "a", N: 1, Note: "a"}); err != nil {
					return err
				}
				if n := things(x); n != 1 {
					t.Errorf("its own transaction counts %d", n)
				}
				return end
			}); !errors.Is(err, end) {
				t.Fatal(err)
			}
			if n := count(); n != int64(i) {
				t.Errorf("after a transaction that ended with %v: %d", end, n)
			}
		}
		// A snapshot that is older than the write does not keep what it counted.
		begun, written, done := make(chan bool), make(chan bool), make(chan error)
		go func() {
			done <- d.Read(ctx, func(q db.Q) error {
				if _, err := db.Select[string](q, `SELECT id FROM parent WHERE org_id = $1`, "o"); err != nil { // PostgreSQL takes its snapshot now
					return err
				}
				begun <- true
				<-written
				if n := things(q); n > 2 {
					t.Errorf("counted %d", n)
				}
				return nil
			})
		}()
		<-begun
		if err := d.Write(ctx, func(x *db.Tx) error {
			return db.Insert(x, "thing", thing{Org: "o", ID: "b", N: 1, Note: "b"})
		}); err != nil {
			t.Fatal(err)
		}
		written <- true
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if n := count(); n != 2 {
			t.Errorf("after a reader with an older snapshot: %d, want 2", n)
		}
	})
}
