package ledger_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/ledger"
)

// notes follows facts of kind "x" and writes down, in the database, which ones
// it handled: a second time would be refused by the primary key.
func notes(d *kittest.DB, t *testing.T, poison map[string]error) *ledger.Following {
	t.Helper()
	return ledger.Follow(d.DB, ledger.Follower{Name: "notes", Kinds: []string{"x"}, Handle: func(tx *db.Tx, f ledger.Fact) error {
		if _, err := tx.Exec(`INSERT INTO lease (name, holder, until) VALUES ($1, 'handled', $2)`, f.ID, f.Pos); err != nil {
			return err
		}
		return poison[f.ID]
	}}, kittest.Log(t))
}

func handled(t *testing.T, d *kittest.DB) (ids []string) {
	t.Helper()
	if err := d.Read(ctx, func(q db.Q) (err error) {
		ids, err = db.Select[string](q, `SELECT name FROM lease WHERE holder = 'handled' ORDER BY until`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestAFollowerHandlesEveryFactOnce(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		w := notes(d, t, nil)
		drain := func() {
			t.Helper()
			if err := job.Drain(ctx, []job.Worker{w}); err != nil {
				t.Fatal(err)
			}
		}
		drain() // nothing to do yet
		var want []string
		for range 3 {
			record(t, d, "a", "y", "", 40) // not for us
			want = append(want, record(t, d, "a", "x", "", 130)...)
			drain()
			if len(handled(t, d)) >= len(want) {
				t.Fatal("a fact was handled before it was sealed")
			}
			sealAll(t, d)
			drain()
			drain()
			if got := handled(t, d); !cmp.Equal(got, want) {
				t.Fatal(cmp.Diff(want, got))
			}
			w = notes(d, t, nil) // a restart: the cursor is in the database
		}
	})
}

func TestFollowersRace(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		other := d.Again(t)
		want := record(t, d, "a", "x", "", 250)
		sealAll(t, d)
		var wg sync.WaitGroup
		for _, x := range []*kittest.DB{d, other, d} {
			w := notes(x, t, nil)
			wg.Go(func() {
				for range 60 {
					if _, err := w.Work(ctx); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if got := handled(t, d); !cmp.Equal(got, want) {
			t.Error(cmp.Diff(want, got))
		}
	})
}

// A fact that cannot be digested holds up what comes after it for its tries,
// never what comes before it, and is then put aside for a person.
func TestAPoisonFactIsPutAside(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		ids := record(t, d, "a", "x", "", 30)
		sealAll(t, d)
		poison := map[string]error{ids[10]: errors.New("indigestible"), ids[20]: errors.New("this one too")}
		w := notes(d, t, poison)
		tries, waits := 0, time.Duration(0)
		for range 100 {
			n, err := w.Work(ctx)
			switch {
			case err != nil:
				tries++
				if got := len(handled(t, d)); got != 10 && got != 19 {
					t.Fatal("what comes before waits for what comes after:", got)
				}
				continue
			case n > 0:
				continue
			}
			at, err := w.Next(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if at.IsZero() {
				break
			}
			waits += at.Sub(d.Clock.Now())
			d.Clock.Set(at)
		}
		want := append(append(append([]string{}, ids[:10]...), ids[11:20]...), ids[21:]...)
		if got := handled(t, d); !cmp.Equal(got, want) {
			t.Error(cmp.Diff(want, got))
		}
		if tries != 2*ledger.MaxFails {
			t.Errorf("tried %d times", tries)
		}
		if waits < 2*time.Minute || waits > 10*time.Minute {
			t.Error("waited", waits)
		}
		type dead struct {
			Fact  string `db:"fact_id"`
			Org   string `db:"org_id"`
			Error string `db:"error"`
		}
		if err := d.Read(ctx, func(q db.Q) error {
			list, err := db.Select[dead](q, `SELECT fact_id, org_id, error FROM follower_dead WHERE name = 'notes' ORDER BY pos`)
			if len(list) != 2 || list[0].Fact != ids[10] || list[1].Fact != ids[20] || list[0].Org != "a" ||
				list[0].Error != fmt.Sprintf("x at %d: indigestible", 11) {
				t.Errorf("put aside: %+v", list)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	})
}

// A panic, and a fact told in vain, are failures like others; a database that
// is busy is nobody's failure.
func TestWhoseFaultItIs(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		record(t, d, "a", "x", "", 3)
		sealAll(t, d)
		behave := func(*db.Tx) error { return nil }
		w := ledger.Follow(d.DB, ledger.Follower{Name: "w", Kinds: []string{"x"},
			Handle: func(tx *db.Tx, _ ledger.Fact) error { return behave(tx) }}, kittest.Log(t))
		fails := func() (n int) { // and lets the time pass until it is tried again
			t.Helper()
			if err := d.Read(ctx, func(q db.Q) (err error) {
				n, _, err = db.Find[int](q, `SELECT fails FROM follower WHERE name = 'w'`)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			d.Clock.Advance(time.Hour)
			return n
		}
		behave = func(*db.Tx) error { return errs.New(errs.Unavailable, "database-gone") }
		if _, err := w.Work(ctx); err == nil || fails() != 0 {
			t.Error("a busy database was held against the fact:", err)
		}
		behave = func(*db.Tx) error { panic("oh no") }
		if _, err := w.Work(ctx); err == nil || fails() != 1 {
			t.Error("a panic was not counted:", err)
		}
		behave = func(tx *db.Tx) error {
			tx.Emit(db.Fact{Org: "a", Kind: "y", Data: map[string]any{"f": func() {}}})
			return nil
		}
		if _, err := w.Work(ctx); err == nil || fails() != 2 {
			t.Error("a fact told in vain was not counted:", err)
		}
		behave = func(*db.Tx) error { return nil }
		if err := job.Drain(ctx, []job.Worker{w}); err != nil || fails() != 0 {
			t.Error("it does not recover:", err)
		}
	})
}

// A follower that has nothing to do writes nothing, but does not read the same
// thousands of facts of others again and again either.
func TestAnIdleFollowerMovesOnSeldom(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		w := notes(d, t, nil)
		pos := func() (p int64) {
			t.Helper()
			if _, err := w.Work(ctx); err != nil {
				t.Fatal(err)
			}
			if err := d.Read(ctx, func(q db.Q) (err error) {
				p, _, err = db.Find[int64](q, `SELECT pos FROM follower WHERE name = 'notes'`)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return p
		}
		if p := pos(); p != 0 {
			t.Error(p)
		}
		record(t, d, "a", "y", "", 900)
		sealAll(t, d)
		if p := pos(); p != 0 {
			t.Error("wrote for nothing:", p)
		}
		record(t, d, "a", "y", "", 200)
		sealAll(t, d)
		if p := pos(); p != 1100 {
			t.Error("does not move on:", p)
		}
	})
}
