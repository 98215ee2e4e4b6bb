package db_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// together has the closures run in one batch, in their order, and gives what
// became of each. The writer is kept busy until all of them wait for it.
func together(t *testing.T, d *kittest.DB, ctxs map[int]context.Context, closures ...func(*db.Tx) error) []error {
	t.Helper()
	busy, free := make(chan struct{}), make(chan struct{})
	first := make(chan error, 1)
	go func() {
		first <- d.Write(ctx, func(*db.Tx) error { close(busy); <-free; return nil })
	}()
	<-busy
	results := make([]chan error, len(closures))
	for i, fn := range closures {
		c := ctx
		if ctxs[i] != nil {
			c = ctxs[i]
		}
		results[i] = make(chan error, 1)
		go func() { results[i] <- d.Write(c, fn) }()
		for d.Queued() != i+1 {
			clock.Machine.Sleep(ctx, 100*time.Microsecond)
		}
	}
	close(free)
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	out := make([]error, len(closures))
	for i := range out {
		out[i] = <-results[i]
	}
	return out
}

func insert(name string) func(*db.Tx) error {
	return func(tx *db.Tx) error { return db.Insert(tx, "parent", map1(name)) }
}

func parents(t *testing.T, d *kittest.DB) (out []string) {
	t.Helper()
	if err := d.Read(ctx, func(q db.Q) (err error) {
		out, err = db.Select[string](q, `SELECT id FROM parent ORDER BY id`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestOneCommitForAllWhoWait(t *testing.T) {
	d := kittest.SQLite(t, schema...)
	seen := -1
	errs := together(t, d, nil, insert("a"), insert("b"), func(tx *db.Tx) error {
		inside, err := db.Get[int](tx, `SELECT COUNT(*) FROM parent`)
		if inside != 2 {
			t.Error("a member does not see those before it:", inside)
		}
		seen = len(parents(t, d)) // what others see now
		return err
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if seen != 0 {
		t.Errorf("%d were committed before the last one ran", seen)
	}
	if got := parents(t, d); !cmp.Equal(got, []string{"a", "b"}) {
		t.Error(got)
	}
}

func TestOneBadMemberHurtsOnlyItself(t *testing.T) {
	boom := errors.New("boom")
	gone, leave := context.WithCancel(ctx)
	d := kittest.SQLite(t, schema...)
	results := together(t, d, map[int]context.Context{3: gone},
		insert("a"),
		func(tx *db.Tx) error { return errors.Join(insert("b")(tx), boom) },
		func(tx *db.Tx) error {
			if err := insert("c")(tx); err != nil {
				return err
			}
			leave() // the next one's client goes away while it waits
			panic("oh no")
		},
		insert("d"),
		insert("a"), // is there already, since a moment
		insert("e"),
	)
	if results[0] != nil || results[5] != nil {
		t.Error("good members failed:", results)
	}
	if !errors.Is(results[1], boom) || results[2] == nil || !errors.Is(results[3], context.Canceled) || !db.Violates(results[4], db.Unique) {
		t.Error("bad members heard:", results)
	}
	if got := parents(t, d); !cmp.Equal(got, []string{"a", "e"}) {
		t.Error(got)
	}
}

// Whatever kills a batch (here: a closure that ends the transaction itself),
// its members run again singly, with the ids they had, and only the one who
// cannot go alone either fails.
func TestADeadBatchRunsSingly(t *testing.T) {
	d := kittest.SQLite(t, schema...)
	var runs [][]string
	keep := func(tx *db.Tx) error {
		var a1, a2, b string
		if len(runs) == 0 {
			a1, b, a2 = tx.NewID("aaa"), tx.NewID("bbb"), tx.NewID("aaa")
		} else { // another way the second time
			b, a1, a2 = tx.NewID("bbb"), tx.NewID("aaa"), tx.NewID("aaa")
		}
		run := []string{a1, b, a2}
		runs = append(runs, run)
		return insert("kept")(tx)
	}
	results := together(t, d, nil, insert("a"), keep, func(tx *db.Tx) error {
		_, err := tx.Exec(`ROLLBACK`)
		return err
	}, insert("z"))
	if results[0] != nil || results[1] != nil || results[3] != nil {
		t.Error("those who did nothing wrong heard", results)
	}
	if results[2] == nil {
		t.Error("the one who killed the batch was told it went well")
	}
	if len(runs) != 2 || !cmp.Equal(runs[0], runs[1]) {
		t.Error("ids of the runs:", runs)
	}
	if got := parents(t, d); !cmp.Equal(got, []string{"a", "kept", "z"}) {
		t.Error(got)
	}
}

// A full disk: what fits is written, what does not is told so, nothing breaks.
func TestDiskFull(t *testing.T) {
	d := kittest.SQLite(t, schema...)
	limit := func(extra int) {
		t.Helper()
		if err := d.Write(ctx, func(tx *db.Tx) error {
			used, err := db.Get[int](tx, `SELECT page_count FROM pragma_page_count()`)
			if err != nil {
				return err
			}
			_, err = db.Get[int](tx, fmt.Sprintf(`PRAGMA max_page_count = %d`, used+extra))
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	big := func(tx *db.Tx) error {
		row := some("big")
		row.Raw = make([]byte, 1<<20)
		return db.Insert(tx, "thing", row)
	}
	limit(3)
	results := together(t, d, nil, insert("a"), big, insert("b"))
	if results[0] != nil || results[2] != nil {
		t.Error("what fits was refused:", results)
	}
	e, ok := errs.As(results[1])
	if !ok || e.Class != errs.Unavailable || e.Type != "disk-full" {
		t.Error("a full disk was told as", results[1])
	}
	if err := d.Write(ctx, big); errs.TypeOf(err) != "disk-full" {
		t.Error("alone:", err)
	}
	limit(100_000)
	if err := d.Write(ctx, big); err != nil {
		t.Error("with room again:", err)
	}
	if got := parents(t, d); !cmp.Equal(got, []string{"a", "b"}) || len(things(t, d)) != 1 {
		t.Error(got)
	}
}

// More texts than the writer keeps prepared, and a table that changes under them.
func TestPreparedStatements(t *testing.T) {
	d := kittest.SQLite(t, schema...)
	if err := d.Write(ctx, func(tx *db.Tx) error {
		for i := range db.MaxStmts + 50 {
			if _, err := tx.Exec(fmt.Sprintf(`INSERT INTO parent (org_id, id) VALUES ('o', '%04d')`, i)); err != nil {
				return err
			}
		}
		return insert("again")(tx)
	}); err != nil {
		t.Fatal(err)
	}
	if n := len(parents(t, d)); n != db.MaxStmts+51 {
		t.Error(n)
	}
	if _, err := d.Pool().Exec(`ALTER TABLE parent ADD COLUMN more TEXT NOT NULL DEFAULT 'x'`); err != nil {
		t.Fatal(err)
	}
	if err := d.Write(ctx, insert("after")); err != nil {
		t.Error("a statement prepared before a migration:", err)
	}
}

// While another process writes, ours waits its turn; it does not fail at once.
func TestTwoProcessesOneFile(t *testing.T) {
	d := kittest.SQLite(t, schema...)
	other := d.Again(t)
	done := make(chan error, 2)
	for i, x := range []*kittest.DB{d, other} {
		go func() {
			for k := range 20 {
				if err := x.Write(ctx, insert(fmt.Sprintf("%d-%d", i, k))); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	if err := errors.Join(<-done, <-done); err != nil {
		t.Error(err)
	}
	if n := len(parents(t, d)); n != 40 {
		t.Error(n, "of 40 are there")
	}
}

// Nearly always all members go well: they run once. When one fails after it
// wrote, all run a second time and still share one commit.
func TestASpoiltBatchRunsAgainTogether(t *testing.T) {
	boom := errors.New("boom")
	for name, c := range map[string]struct {
		fail func(*db.Tx) error
		runs int
	}{
		"nobody fails":              {insert("x"), 1},
		"one fails, wrote nothing":  {func(*db.Tx) error { return boom }, 1},
		"one fails after it wrote":  {func(tx *db.Tx) error { return errors.Join(insert("x")(tx), boom) }, 2},
		"one writes by a query":     {func(tx *db.Tx) error { return errors.Join(returning(tx), boom) }, 2},
		"one ends the transaction":  {func(tx *db.Tx) error { _, err := tx.Exec(`COMMIT`); return err }, 2},
		"one ends it with a query":  {func(tx *db.Tx) error { _, err := db.Select[string](tx, `rollback;`); return err }, 1},
		"one panics after it wrote": {func(tx *db.Tx) error { _ = insert("x")(tx); panic("oh no") }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			d := kittest.SQLite(t, schema...)
			runs := 0
			before := d.Totals().Commits
			results := together(t, d, nil, func(tx *db.Tx) error { runs++; return insert("a")(tx) }, c.fail, insert("b"))
			if results[0] != nil || results[2] != nil || (results[1] == nil) != (name == "nobody fails") {
				t.Error(results)
			}
			want := []string{"a", "b"}
			if results[1] == nil {
				want = append(want, "x")
			}
			if got := parents(t, d); !cmp.Equal(got, want) {
				t.Error(got)
			}
			if n := d.Totals().Commits - before; runs != c.runs || n != 2 { // one is of who kept the writer busy
				t.Errorf("%d runs, %d commits", runs, n)
			}
		})
	}
}

func returning(tx *db.Tx) error {
	_, err := db.Get[string](tx, `INSERT INTO parent (org_id, id) VALUES ('o', 'x') RETURNING id`)
	return err
}

// The plan of a statement does not follow what is bound to it, so that SQLite
// does not plan it anew for every value: an index that would do for this value
// only is not used.
func TestPlansDoNotFollowValues(t *testing.T) {
	d := kittest.SQLite(t, schema...)
	if _, err := d.Pool().Exec(`CREATE TABLE task (a TEXT NOT NULL, state TEXT NOT NULL) STRICT; CREATE INDEX task_open ON task (a) WHERE state = 'open'`); err != nil {
		t.Fatal(err)
	}
	if err := d.Read(ctx, func(q db.Q) error {
		for range 2 { // the second time it would be planned for the value of the first
			var plan string
			if err := db.Raw(q, `EXPLAIN QUERY PLAN SELECT a FROM task WHERE a = 'x' AND state = 'open'`, func(row []any) error { plan = fmt.Sprint(row...); return nil }); err != nil {
				return err
			}
			if !strings.Contains(plan, "task_open") {
				t.Error("the index does not do for the text itself:", plan)
			}
			rows, err := db.Select[step](q, `EXPLAIN QUERY PLAN SELECT a FROM task WHERE a = $1 AND state = $2`, "x", "open")
			if err != nil {
				return err
			}
			if got := fmt.Sprint(rows); strings.Contains(got, "task_open") {
				t.Error("planned for a value:", got)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

type step struct {
	ID      int64  `db:"id"`
	Parent  int64  `db:"parent"`
	NotUsed int64  `db:"notused"`
	Detail  string `db:"detail"`
}
