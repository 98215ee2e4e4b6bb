package db_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/id"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// schema is a small world for the store suite: a parent, and children with
// every kind of column and of constraint.
var schema = []fs.FS{fstest.MapFS{"schema/90001_things.sql": {Data: []byte(`-- +goose Up
CREATE TABLE parent (
  org_id TEXT NOT NULL,
  id     TEXT NOT NULL,
  PRIMARY KEY (org_id, id)
) STRICT;
CREATE TABLE thing (
  org_id TEXT NOT NULL,
  id     TEXT NOT NULL,
  parent TEXT,
  n      INTEGER NOT NULL CHECK (n >= 0),
  at     INTEGER,
  took   INTEGER,
  flag   INTEGER NOT NULL,
  raw    BLOB,
  shape  TEXT,
  note   TEXT NOT NULL,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, parent) REFERENCES parent (org_id, id)
) STRICT;
CREATE UNIQUE INDEX thing_note ON thing (org_id, note);
`)}}}

type shape struct {
	Sides []int          `json:"sides"`
	Names map[string]any `json:"names"`
}

type level int

type word string

type thing struct {
	Org    string        `db:"org_id"`
	ID     string        `db:"id"`
	Parent string        `db:"parent"`
	N      level         `db:"n"`
	At     time.Time     `db:"at"`
	Took   time.Duration `db:"took"`
	Flag   bool          `db:"flag"`
	Raw    []byte        `db:"raw"`
	Shape  shape         `db:"shape,json"`
	Note   word          `db:"note"`
	Not    string        // no tag: not a column
	Nor    string        `db:"-"`
}

var ctx = context.Background()

var happened = db.Fact{Org: "o", Kind: "x", By: actor.ForSystem("o")}

const all = `SELECT org_id, id, parent, n, at, took, flag, raw, shape, note FROM thing ORDER BY org_id, id`

func some(id string) thing {
	return thing{Org: "o", ID: id, N: 1, Note: word("note of " + id)}
}

func put(t *testing.T, d *kittest.DB, rows ...thing) {
	t.Helper()
	if err := d.Write(ctx, func(tx *db.Tx) error { return db.InsertAll(tx, "thing", rows) }); err != nil {
		t.Fatal(err)
	}
}

func things(t *testing.T, d *kittest.DB) (out []thing) {
	t.Helper()
	if err := d.Read(ctx, func(q db.Q) (err error) { out, err = db.Select[thing](q, all); return err }); err != nil {
		t.Fatal(err)
	}
	return out
}

func ids(list []thing) (out []string) {
	for _, x := range list {
		out = append(out, x.ID)
	}
	return out
}

func TestRowsComeBackAsTheyWent(t *testing.T) {
	kittest.Databases(t, schema, func(t *testing.T, d *kittest.DB) {
		full := thing{Org: "o", ID: "a", N: 1 << 40, At: kittest.Start, Took: 90*time.Second + time.Millisecond, Flag: true,
			Raw: []byte{0, 1, 255}, Shape: shape{Sides: []int{3, 4}, Names: map[string]any{"nl": "driehoek, met ‘aanhaling’"}},
			Note: "€ 5, “groot” ’ \\ ? $1 ?1 %"}
		bare := thing{Org: "o", ID: "b", Note: "only what must"}
		put(t, d, full, bare)
		if diff := cmp.Diff([]thing{full, bare}, things(t, d)); diff != "" {
			t.Error(diff)
		}
		// What is empty is NULL, so that NOT NULL means filled.
		if err := d.Read(ctx, func(q db.Q) error {
			n, err := db.Get[int64](q, `SELECT COUNT(*) FROM thing WHERE id = 'b' AND parent IS NULL AND at IS NULL AND raw IS NULL`)
			if n != 1 {
				t.Error("empty text, moment and bytes are not NULL")
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	})
}

func TestSingleColumns(t *testing.T) {
	kittest.Databases(t, schema, func(t *testing.T, d *kittest.DB) {
		row := some("a")
		row.At, row.Flag = kittest.Start, true
		put(t, d, row, some("b"))
		if err := d.Read(ctx, func(q db.Q) error {
			notes, err := db.Select[string](q, `SELECT parent FROM thing ORDER BY id`)
			if err != nil || !cmp.Equal(notes, []string{"", ""}) {
				t.Error("NULL text is not empty:", notes, err)
			}
			at, err := db.Select[time.Time](q, `SELECT at FROM thing ORDER BY id`)
			if err != nil || len(at) != 2 || !at[0].Equal(kittest.Start) || !at[1].IsZero() {
				t.Error("moments:", at, err)
			}
			flag, err := db.Get[bool](q, `SELECT flag FROM thing WHERE id = $1`, "a")
			if err != nil || !flag {
				t.Error("boolean:", flag, err)
			}
			last, err := db.Get[time.Time](q, `SELECT MAX(at) FROM thing WHERE id = 'nobody'`)
			if err != nil || !last.IsZero() {
				t.Error("the newest of none:", last, err)
			}
			if _, err = db.Get[string](q, `SELECT id FROM thing WHERE id = 'nobody'`); errs.ClassOf(err) != errs.NotFound {
				t.Error("a row that is not there:", err)
			}
			if _, ok, err := db.Find[string](q, `SELECT id FROM thing WHERE id = 'nobody'`); ok || err != nil {
				t.Error("found a row that is not there:", err)
			}
			if none, err := db.Select[thing](q, all+` LIMIT 0`); len(none) != 0 || err != nil {
				t.Error("nothing is not nothing:", none, err)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	})
}

func TestWhatDoesNotFitIsAnError(t *testing.T) {
	kittest.Databases(t, schema, func(t *testing.T, d *kittest.DB) {
		put(t, d, some("a"))
		for name, read := range map[string]func(db.Q) error{
			"a column without a field": func(q db.Q) error {
				_, err := db.Select[thing](q, `SELECT id, n AS unknown FROM thing`)
				return err
			},
			"text into a number": func(q db.Q) error { _, err := db.Select[int64](q, `SELECT note FROM thing`); return err },
			"number into text":   func(q db.Q) error { _, err := db.Select[string](q, `SELECT n FROM thing`); return err },
			"bad JSON": func(q db.Q) error {
				_, err := db.Select[thing](q, `SELECT id, note AS shape FROM thing`)
				return err
			},
			"bad SQL": func(q db.Q) error { _, err := db.Select[int64](q, `SELEKT 1`); return err },
		} {
			if err := d.Read(ctx, read); err == nil {
				t.Error(name, "was accepted")
			}
		}
	})
}

func TestPlaceholdersBindByNumber(t *testing.T) {
	kittest.Databases(t, schema, func(t *testing.T, d *kittest.DB) {
		type pair struct {
			A int64 `db:"a"`
			B int64 `db:"b"`
			C int64 `db:"c"`
		}
		var p pair
		if err := d.Read(ctx, func(q db.Q) (err error) {
			p, err = db.Get[pair](q, `SELECT CAST($2 AS BIGINT) AS a, CAST($1 AS BIGINT) AS b, CAST($2 AS BIGINT) AS c`, 1, 2)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if p != (pair{2, 1, 2}) {
			t.Errorf("bound %+v", p)
		}
	})
}

func TestRewrite(t *testing.T) {
	for _, c := range []struct{ in, lite string }{
		{`a = $2 AND b = $1`, `a = ?2 AND b = ?1`},
		{`x = $12`, `x = ?12`},
		{`x = $1 AND y = $2`, `x = ? AND y = ?`},
		{`x = $1 OR y = $1`, `x = ?1 OR y = ?1`},
		{"SELECT 1 FOR UPDATE", "SELECT 1"},
		{"SELECT 1\n\t\tfor update skip locked", "SELECT 1"},
		{"SELECT price FROM t", "SELECT price FROM t"},
	} {
		if got := db.Rewrite(db.SQLite, c.in); got != c.lite {
			t.Errorf("%q on SQLite: %q", c.in, got)
		}
		if got := db.Rewrite(db.Postgres, c.in); got != c.in {
			t.Errorf("%q on PostgreSQL: %q", c.in, got)
		}
	}
	ddl := db.DDL(db.Postgres, "a INTEGER, b TEXT, c BLOB, d_TEXT TEXT\n) STRICT;")
	if want := "a BIGINT, b TEXT COLLATE \"C\", c BYTEA, d_TEXT TEXT COLLATE \"C\"\n);"; ddl != want {
		t.Error(cmp.Diff(want, ddl))
	}
}

func TestViolations(t *testing.T) {
	kittest.Databases(t, schema, func(t *testing.T, d *kittest.DB) {
		put(t, d, some("a"))
		negative, orphan, blank, twin, again := some("b"), some("c"), some("d"), some("e"), some("a")
		negative.N, orphan.Parent, blank.Note, twin.Note, again.Note = -1, "nobody", "", some("a").Note, "other"
		for _, c := range []struct {
			kind db.VKind
			row  thing
		}{
			{db.Check, negative}, {db.ForeignKey, orphan}, {db.NotNull, blank}, {db.Unique, twin}, {db.Unique, again},
		} {
			// A closure that forgets about the error must not commit the rest.
			err := d.Write(ctx, func(tx *db.Tx) error {
				if err := db.Insert(tx, "thing", some("before "+c.row.ID)); err != nil {
					return err
				}
				if err := db.Insert(tx, "thing", c.row); !db.Violates(err, c.kind) {
					t.Errorf("%s was told inside as %v", c.kind, err)
				}
				if err := db.Insert(tx, "thing", some("after "+c.row.ID)); err == nil {
					t.Errorf("%s: the transaction went on", c.kind)
				}
				if _, err := db.Get[int64](tx, `SELECT COUNT(*) FROM thing`); err == nil {
					t.Errorf("%s: the transaction could still be read from", c.kind)
				}
				return nil
			})
			var v *db.Violation
			if !db.Violates(err, c.kind) || !errors.As(err, &v) || v.Name == "" {
				t.Errorf("%s was told as %v", c.kind, err)
			}
			for _, other := range []db.VKind{db.Unique, db.ForeignKey, db.NotNull, db.Check} {
				if other != c.kind && db.Violates(err, other) {
					t.Errorf("%s is also a violation of kind %s", c.kind, other)
				}
			}
		}
		if got := ids(things(t, d)); !cmp.Equal(got, []string{"a"}) {
			t.Error("something was left behind:", got)
		}
		if db.Violates(nil, db.Unique) || db.Violates(errors.New("x"), db.Unique) {
			t.Error("what is no violation violates")
		}
	})
}

func TestAClosureThatFailsLeavesNothing(t *testing.T) {
	boom := errors.New("boom")
	kittest.Databases(t, schema, func(t *testing.T, d *kittest.DB) {
		wake := d.Hub().On("topic")
		defer d.Hub().Off(wake)
		if d.Dialect() == db.Postgres {
			<-wake // when a node begins to listen everybody looks once
		}
		err := d.Write(ctx, func(tx *db.Tx) error {
			tx.Wake("topic")
			tx.Emit(happened)
			tx.Enqueue(db.Job{Org: "o", Kind: "test"})
			return errors.Join(db.Insert(tx, "thing", some("a")), boom)
		})
		if !errors.Is(err, boom) {
			t.Error("the error became", err)
		}
		err = d.Write(ctx, func(tx *db.Tx) error {
			if err := db.Insert(tx, "thing", some("b")); err != nil {
				return err
			}
			panic("oh no")
		})
		if err == nil || !strings.Contains(err.Error(), "oh no") || !strings.Contains(err.Error(), "db_test.go") {
			t.Error("a panic became", err)
		}
		// A fact that cannot be written takes its transaction along.
		err = d.Write(ctx, func(tx *db.Tx) error {
			tx.Emit(db.Fact{Org: "o", Kind: "x", By: actor.ForSystem("o"), Data: map[string]any{"f": func() {}}})
			return db.Insert(tx, "thing", some("c"))
		})
		if err == nil {
			t.Error("a fact that cannot be written was forgotten")
		}
		err = d.Write(ctx, func(tx *db.Tx) error {
			tx.Enqueue(db.Job{Org: "o", Kind: "test", Payload: make(chan int)})
			return db.Insert(tx, "thing", some("d"))
		})
		if err == nil {
			t.Error("a job that cannot be written was forgotten")
		}
		select {
		case <-wake:
			t.Error("somebody was woken for nothing")
		default:
		}
		put(t, d, some("z"))
		if got := ids(things(t, d)); !cmp.Equal(got, []string{"z"}) {
			t.Error("left behind:", got)
		}
		for _, table := range []string{"fact", "job"} {
			if err := d.Read(ctx, func(q db.Q) error {
				n, err := db.Get[int64](q, `SELECT COUNT(*) FROM `+table)
				if n != 0 {
					t.Errorf("%d rows left in %s", n, table)
				}
				return err
			}); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestWakesAfterTheCommit(t *testing.T) {
	kittest.Databases(t, schema, func(t *testing.T, d *kittest.DB) {
		wake, both := d.Hub().On("a"), d.Hub().On("a", "b")
		for range 3 { // folded into one
			if err := d.Write(ctx, func(tx *db.Tx) error { tx.Wake("a"); tx.Wake("b"); return nil }); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []<-chan struct{}{wake, both} {
			<-c
			select {
			case <-c:
				t.Error("woken twice")
			default:
			}
		}
		d.Hub().Off(wake)
		if err := d.Write(ctx, func(tx *db.Tx) error {
			tx.Wake("a")
			tx.Emit(happened)
			tx.Enqueue(db.Job{Kind: "x"})
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		<-both
		select {
		case <-wake:
			t.Error("woken after it went away")
		default:
		}
		facts, jobs := d.Hub().On(db.TopicFacts), d.Hub().On(db.TopicJobs)
		if err := d.Write(ctx, func(tx *db.Tx) error {
			tx.Emit(happened)
			tx.Enqueue(db.Job{Kind: "x"})
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		<-facts
		<-jobs
	})
}

// A snapshot does not move while others write, and cannot be written through.
func TestReadIsOneSnapshot(t *testing.T) {
	kittest.Databases(t, schema, func(t *testing.T, d *kittest.DB) {
		put(t, d, some("a"))
		if err := d.Read(ctx, func(q db.Q) error {
			for range 3 {
				n, err := db.Get[int64](q, `SELECT COUNT(*) FROM thing`)
				if err != nil || n != 1 {
					t.Error("the snapshot moved:", n, err)
				}
				put(t, d, some(fmt.Sprint("b", len(things(t, d)))))
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if n := len(things(t, d)); n != 4 {
			t.Error("after the snapshot there are", n)
		}
		err := d.Read(ctx, func(q db.Q) error {
			_, err := db.Select[string](q, `DELETE FROM thing RETURNING id`)
			return err
		})
		if err == nil || len(things(t, d)) != 4 {
			t.Error("a reader wrote:", err)
		}
	})
}

func TestATransactionSeesWhatItWrote(t *testing.T) {
	kittest.Databases(t, schema, func(t *testing.T, d *kittest.DB) {
		if err := d.Write(ctx, func(tx *db.Tx) error {
			now := tx.Now()
			if err := db.Insert(tx, "thing", some("a")); err != nil {
				return err
			}
			d.Clock.Advance(time.Hour)
			if !tx.Now().Equal(now) {
				t.Error("time went on inside a transaction")
			}
			if got, err := db.Select[string](tx, `SELECT id FROM thing FOR UPDATE`); err != nil || !cmp.Equal(got, []string{"a"}) {
				t.Error("it sees", got, err)
			}
			n, err := tx.Exec(`UPDATE thing SET n = n + $1, flag = $2, at = $3, took = $4 WHERE id = $5`, 4, true, now, time.Minute, "a")
			if n != 1 {
				t.Error("changed", n)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		got := things(t, d)[0]
		if got.N != 5 || !got.Flag || got.Took != time.Minute || !got.At.Equal(kittest.Start) {
			t.Errorf("%+v", got)
		}
	})
}

func TestManyWritersLoseNothing(t *testing.T) {
	kittest.Databases(t, schema, func(t *testing.T, d *kittest.DB) {
		put(t, d, some("a"))
		const writers, each = 8, 25
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					if err := d.Write(ctx, func(tx *db.Tx) error {
						n, err := db.Get[int64](tx, `SELECT n FROM thing WHERE org_id = 'o' AND id = 'a' FOR UPDATE`)
						if err != nil {
							return err
						}
						if (w+i)%7 == 0 {
							return errs.New(errs.Conflict, "changed-my-mind")
						}
						_, err = tx.Exec(`UPDATE thing SET n = $1 WHERE id = 'a'`, n+1)
						return err
					}); err != nil && errs.TypeOf(err) != "changed-my-mind" {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		want := 1
		for w := range writers {
			for i := range each {
				if (w+i)%7 != 0 {
					want++
				}
			}
		}
		if got := things(t, d)[0].N; int(got) != want {
			t.Errorf("%d, expected %d", got, want)
		}
	})
}

func TestACancelledRequestDoesNotRun(t *testing.T) {
	kittest.Databases(t, schema, func(t *testing.T, d *kittest.DB) {
		gone, cancel := context.WithCancel(ctx)
		cancel()
		if err := d.Write(gone, func(*db.Tx) error { t.Error("it ran"); return nil }); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if err := d.Read(gone, func(q db.Q) error { _, err := db.Select[thing](q, all); return err }); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		// What has begun goes on, whoever asked went away.
		leaving, leave := context.WithCancel(ctx)
		if err := d.Write(leaving, func(tx *db.Tx) error {
			leave()
			return db.Insert(tx, "thing", some("a"))
		}); err != nil {
			t.Error(err)
		}
		if got := ids(things(t, d)); !cmp.Equal(got, []string{"a"}) {
			t.Error(got)
		}
	})
}

// Whoever writes while the database closes hears what became of it: what was
// acknowledged is there, what was not is not.
func TestCloseWhileWriting(t *testing.T) {
	kittest.Databases(t, schema, func(t *testing.T, d *kittest.DB) {
		var mu sync.Mutex
		said := map[string]bool{}
		var wg sync.WaitGroup
		begun := make(chan struct{}, 100)
		for w := range 6 {
			wg.Go(func() {
				for i := 0; ; i++ {
					name := fmt.Sprintf("%d-%d", w, i)
					err := d.Write(ctx, func(tx *db.Tx) error { return db.Insert(tx, "parent", map1(name)) })
					mu.Lock()
					said[name] = err == nil
					mu.Unlock()
					if err != nil {
						if errs.ClassOf(err) != errs.Unavailable {
							t.Errorf("closing was told as %v", err)
						}
						return
					}
					select {
					case begun <- struct{}{}:
					default:
					}
				}
			})
		}
		for range 60 {
			<-begun
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		if err := d.Read(ctx, func(db.Q) error { return nil }); errs.ClassOf(err) != errs.Unavailable {
			t.Errorf("reading from a closed database: %v", err)
		}
		there := again(t, d)
		for name, ok := range said {
			if ok != there[name] {
				t.Errorf("%s: acknowledged %v, there %v", name, ok, there[name])
			}
		}
	})
}

type parent struct {
	Org string `db:"org_id"`
	ID  string `db:"id"`
}

func map1(name string) parent { return parent{"o", name} }

func again(t *testing.T, d *kittest.DB) map[string]bool {
	t.Helper()
	back := d.Again(t)
	out := map[string]bool{}
	if err := back.Read(ctx, func(q db.Q) error {
		list, err := db.Select[string](q, `SELECT id FROM parent`)
		for _, n := range list {
			out[n] = true
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// A closure that runs again gets the ids it had, each kind in its order, also
// when it takes another way the second time.
func TestASecondRunHasTheSameIDs(t *testing.T) {
	kittest.Databases(t, schema, func(t *testing.T, d *kittest.DB) {
		var runs [][]string
		err := d.Write(ctx, func(tx *db.Tx) error {
			var run []string
			if len(runs) > 0 {
				run = append(run, tx.NewID("bbb"))
			}
			run = append(run, tx.NewID("aaa"))
			run = append(run, tx.NewID("aaa"), tx.Emit(happened))
			runs = append(runs, run)
			if len(runs) == 1 {
				return runAgain(tx, d)
			}
			return nil
		})
		if d.Dialect() == db.SQLite {
			t.Skip("SQLite runs a closure again only with others in its batch: TestADeadBatchRunsSingly")
		}
		if err != nil || len(runs) != 2 {
			t.Fatalf("%d runs: %v", len(runs), err)
		}
		if runs[0][0] != runs[1][1] || runs[0][1] != runs[1][2] || runs[0][2] != runs[1][3] {
			t.Error("other ids the second time:", runs)
		}
		for k, s := range map[id.Kind]string{"bbb": runs[1][0], "aaa": runs[1][1], "fct": runs[1][3]} {
			if !id.Valid(k, s) {
				t.Errorf("%s is no id of kind %s", s, k)
			}
		}
	})
}

// runAgain makes PostgreSQL ask for another run.
func runAgain(tx *db.Tx, d *kittest.DB) error {
	if d.Dialect() == db.SQLite {
		return nil
	}
	_, err := tx.Exec(`DO $do$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $do$`)
	return err
}

func TestOpenRefuses(t *testing.T) {
	if _, err := db.Open(ctx, db.Options{DSN: "x.db"}); err == nil {
		t.Error("opened without a clock")
	}
	o := db.Options{Clock: kittest.NewClock(), IDs: kittest.Seeded(kittest.NewClock(), 1), Facts: noFacts, Jobs: noJobs}
	o.DSN = "/nonexistent/directory/x.db"
	if _, err := db.Open(ctx, o); errs.TypeOf(err) != "database-gone" {
		t.Error("a file that cannot be:", err)
	}
	o.DSN = "postgres://houvast:geheim@127.0.0.1:1/none?connect_timeout=2"
	if _, err := db.Open(ctx, o); errs.TypeOf(err) != "database-gone" || strings.Contains(err.Error(), "geheim") {
		t.Error("a server that is not there:", err)
	}
	o.DSN = "postgres://houvast:geheim@:port:/"
	if _, err := db.Open(ctx, o); err == nil || strings.Contains(err.Error(), "geheim") {
		t.Error("an address that cannot be read:", err)
	}
}

func noFacts(*db.Tx, []db.Fact) error { return nil }
func noJobs(*db.Tx, []db.Job) error   { return nil }
