package ledger_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/ledger"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var ctx = context.Background()

// record emits n facts of a kind in an organisation, each with a text when
// text is not empty, and gives their ids.
func record(t *testing.T, d *kittest.DB, org, kind, text string, n int) (ids []string) {
	t.Helper()
	for len(ids) < n {
		d.Clock.Advance(time.Second)
		if err := d.Write(ctx, func(tx *db.Tx) error {
			for range min(n-len(ids), 100) {
				f := db.Fact{Org: org, Kind: kind, Case: "cas_1", Person: "per_1", By: actor.ForSystem(org),
					Data: map[string]any{"n": len(ids)}}
				if text != "" {
					f.Text = map[string]string{"what": fmt.Sprintf("%s %d", text, len(ids))}
				}
				ids = append(ids, tx.Emit(f))
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return ids
}

func sealAll(t *testing.T, d *kittest.DB) (n int) {
	t.Helper()
	s := ledger.NewSealer(d.DB)
	d.Clock.Advance(2 * time.Second) // the sealer before this one is gone
	for {
		k, err := s.Work(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if n += k; k == 0 {
			return n
		}
	}
}

func feed(t *testing.T, d *kittest.DB) (out []ledger.Fact) {
	t.Helper()
	if err := d.Read(ctx, func(q db.Q) (err error) { out, err = ledger.Feed(q, 0, 10_000); return err }); err != nil {
		t.Fatal(err)
	}
	return out
}

func verify(t *testing.T, d *kittest.DB, kept ...ledger.Head) []ledger.Report {
	t.Helper()
	reports, err := ledger.Verify(ctx, d.DB, kept, nil)
	if err != nil {
		t.Fatal(err)
	}
	return reports
}

func TestFactsAreReadBackAsTheyWereTold(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		var id string
		if err := d.Write(ctx, func(tx *db.Tx) error {
			id = tx.Emit(db.Fact{Org: "a", Kind: "promise.made", Case: "cas_1", Question: "qst_1", Person: "per_1",
				By:   actor.Actor{Kind: actor.Staff, Member: "mem_1"},
				Data: map[string]any{"promise": "prm_1", "due": 123, "list": []string{"x"}}, Text: map[string]string{"what": "de uitslag"}})
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if len(feed(t, d)) != 0 {
			t.Error("a fact is in the feed before it was sealed")
		}
		if n := sealAll(t, d); n != 1 {
			t.Error("sealed", n)
		}
		f := feed(t, d)[0]
		if f.ID != id || f.Org != "a" || f.Kind != "promise.made" || f.Case != "cas_1" || f.Question != "qst_1" ||
			f.Person != "per_1" || f.ActorKind != "staff" || f.ActorID != "mem_1" || !f.At.Equal(kittest.Start) ||
			f.Seq != 1 || f.Pos != 1 || f.Hash == "" || f.Digest == "" {
			t.Errorf("%+v", f)
		}
		if strings.Contains(f.Raw, "uitslag") {
			t.Error("personal text is in the chained data")
		}
		var v struct {
			Promise string
			Due     int64
		}
		if err := f.Data(&v); err != nil || v.Promise != "prm_1" || v.Due != 123 || f.Map()["due"] != 123.0 {
			t.Error(v, err)
		}
		if err := d.Read(ctx, func(q db.Q) error {
			texts, err := ledger.Texts(q, "a", []string{id, "fct_other"})
			if want := map[string]map[string]string{id: {"what": "de uitslag"}}; !cmp.Equal(texts, want) {
				t.Error(texts)
			}
			if other, err := ledger.Texts(q, "b", []string{id}); err != nil || len(other) != 0 {
				t.Error("another organisation reads the text:", other, err)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	})
}

func TestTimelineIsNewestFirstInPages(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		ids := record(t, d, "a", "x", "", 7)
		record(t, d, "b", "x", "", 3) // another organisation, the same case and person
		for name, page := range map[string]func(db.Q, string, string, string, int) ([]ledger.Fact, error){
			"case": ledger.Timeline, "person": ledger.OfPerson,
		} {
			about := map[string]string{"case": "cas_1", "person": "per_1"}[name]
			var got []string
			for before := ""; ; {
				var facts []ledger.Fact
				if err := d.Read(ctx, func(q db.Q) (err error) { facts, err = page(q, "a", about, before, 3); return err }); err != nil {
					t.Fatal(err)
				}
				for _, f := range facts {
					got = append(got, f.ID)
					before = f.ID
				}
				if len(facts) == 0 {
					break
				}
			}
			want := make([]string, len(ids))
			for i, id := range ids {
				want[len(ids)-1-i] = id
			}
			if !cmp.Equal(got, want) {
				t.Errorf("%s: %s", name, cmp.Diff(want, got))
			}
		}
	})
}

func TestSealing(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		record(t, d, "b", "x", "t", 3)
		record(t, d, "a", "x", "t", ledger.Batch+20)
		s := ledger.NewSealer(d.DB)
		for _, want := range []int{ledger.Batch, 23, 0, 0} {
			if n, err := s.Work(ctx); err != nil || n != want {
				t.Errorf("sealed %d, expected %d: %v", n, want, err)
			}
		}
		record(t, d, "b", "x", "t", 2)
		if n, err := s.Work(ctx); err != nil || n != 2 {
			t.Error(n, err)
		}
		seq, at := map[string]int64{}, map[string]time.Time{}
		for i, f := range feed(t, d) {
			seq[f.Org]++
			if f.Pos != int64(i+1) || f.Seq != seq[f.Org] {
				t.Fatalf("entry %d is %s %d at %d", i, f.Org, f.Seq, f.Pos)
			}
			if f.At.Before(at[f.Org]) {
				t.Fatal("what happened later comes first")
			}
			at[f.Org] = f.At
		}
		if seq["a"] != ledger.Batch+20 || seq["b"] != 5 {
			t.Error(seq)
		}
		for _, r := range verify(t, d) {
			if r.Bad != nil || r.Facts != seq[r.Org] || r.Unsealed != 0 {
				t.Errorf("%+v %+v", r, r.Bad)
			}
		}
	})
}

// Two nodes seal at once while facts keep coming: every fact gets one place.
func TestSealersRace(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		other := d.Again(t)
		const facts = 120
		var wg sync.WaitGroup
		stop := make(chan struct{})
		for _, x := range []*kittest.DB{d, other} {
			s := ledger.NewSealer(x.DB)
			wg.Go(func() {
				for {
					d.Clock.Advance(700 * time.Millisecond) // so that the lease changes hands
					if _, err := s.Work(ctx); err != nil {
						t.Error(err)
					}
					select {
					case <-stop:
						return
					default:
					}
				}
			})
		}
		record(t, d, "a", "x", "t", facts/2)
		record(t, other, "b", "x", "t", facts/2)
		close(stop)
		wg.Wait()
		sealAll(t, d)
		seq := map[string]int64{}
		for i, f := range feed(t, d) {
			if seq[f.Org]++; f.Pos != int64(i+1) || f.Seq != seq[f.Org] {
				t.Fatalf("entry %d is %s %d at %d", i, f.Org, f.Seq, f.Pos)
			}
		}
		if seq["a"]+seq["b"] != facts {
			t.Error(seq)
		}
		for _, r := range verify(t, d) {
			if r.Bad != nil || r.Unsealed != 0 {
				t.Errorf("%+v %+v", r, r.Bad)
			}
		}
	})
}

// A sealer that was killed keeps its lease; another goes on within a second.
func TestAnotherSealerGoesOn(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		first, second := ledger.NewSealer(d.DB), ledger.NewSealer(d.DB)
		record(t, d, "a", "x", "", 1)
		if n, err := first.Work(ctx); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if err := d.Write(ctx, func(tx *db.Tx) error {
			tx.Emit(db.Fact{Org: "a", Kind: "x", By: actor.ForSystem("a")})
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if n, err := second.Work(ctx); n != 0 || err != nil {
			t.Error("took a lease that is held:", n, err)
		}
		at, err := second.Next(ctx)
		if wait := at.Sub(d.Clock.Now()); err != nil || wait <= 0 || wait > 2*time.Second {
			t.Error("looks again after", wait, err)
		}
		d.Clock.Set(at)
		if n, err := second.Work(ctx); n != 1 || err != nil {
			t.Error("does not go on:", n, err)
		}
		if at, err := second.Next(ctx); !at.IsZero() || err != nil {
			t.Error("nothing left, but looks again at", at, err)
		}
	})
}

// What dies in the middle of sealing leaves no trace.
func TestSealingIsAllOrNothing(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		record(t, d, "a", "x", "", 3)
		record(t, d, "b", "x", "", 3)
		// A head that will not be written: the third step of sealing fails.
		exec(t, d, `INSERT INTO ledger_head (org_id, seq, hash) VALUES ('b', 0, 'x')`)
		s := ledger.NewSealer(d.DB)
		if n, err := s.Work(ctx); n != 0 || err != nil {
			t.Error("sealed beside a head that moved:", n, err)
		}
		if len(feed(t, d)) != 0 {
			t.Error("half a batch was sealed")
		}
		exec(t, d, `DELETE FROM ledger_head`)
		if n := sealAll(t, d); n != 6 {
			t.Error(n)
		}
	})
}

func exec(t *testing.T, d *kittest.DB, text string, args ...any) {
	t.Helper()
	if d.Dialect() == db.SQLite {
		for i := range args {
			text = strings.ReplaceAll(text, fmt.Sprintf("$%d", i+1), fmt.Sprintf("?%d", i+1))
		}
	}
	if _, err := d.Pool().Exec(text, args...); err != nil {
		t.Fatal(err)
	}
}

// world is a database with a sealed chain in organisation "a".
type world struct {
	*kittest.DB
	ids []string
}

func TestVerifyNamesTheFirstBadEntry(t *testing.T) {
	const sealed = 10
	for name, c := range map[string]struct {
		tamper func(t *testing.T, w world)
		kept   bool // with the heads that were kept elsewhere
		seq    int64
		fact   bool // named by id as well
		why    string
	}{
		"nothing":        {tamper: func(*testing.T, world) {}},
		"nothing, kept":  {tamper: func(*testing.T, world) {}, kept: true},
		"an erased text": {tamper: func(t *testing.T, w world) { w.erase(t, 4) }, kept: true},
		"changed data": {tamper: func(t *testing.T, w world) {
			exec(t, w.DB, `UPDATE fact SET data = '{"n":99}' WHERE id = $1`, w.ids[3])
			exec(t, w.DB, `UPDATE fact SET data = '{"n":98}' WHERE id = $1`, w.ids[6])
		}, seq: 4, fact: true, why: "not what was sealed"},
		"another moment": {tamper: func(t *testing.T, w world) {
			exec(t, w.DB, `UPDATE fact SET at = at - 60000 WHERE id = $1`, w.ids[2])
		}, seq: 3, fact: true, why: "not what was sealed"},
		"another actor": {tamper: func(t *testing.T, w world) {
			exec(t, w.DB, `UPDATE fact SET actor_id = 'mem_other' WHERE id = $1`, w.ids[0])
		}, seq: 1, fact: true, why: "not what was sealed"},
		"another case": {tamper: func(t *testing.T, w world) {
			exec(t, w.DB, `UPDATE fact SET case_id = NULL, person_id = 'cas_1' WHERE id = $1`, w.ids[9])
		}, seq: 10, fact: true, why: "not what was sealed"},
		"a deleted entry": {tamper: func(t *testing.T, w world) { w.drop(t, 5) }, seq: 5, why: "missing"},
		"a changed text": {tamper: func(t *testing.T, w world) {
			exec(t, w.DB, `UPDATE fact_body SET text = '{"what":"something else"}' WHERE fact_id = $1`, w.ids[1])
		}, seq: 2, fact: true, why: "text of the entry was changed"},
		"a text with its digest": {tamper: func(t *testing.T, w world) {
			exec(t, w.DB, `UPDATE fact SET digest = NULL WHERE id = $1`, w.ids[1])
			exec(t, w.DB, `DELETE FROM fact_body WHERE fact_id = $1`, w.ids[1])
		}, seq: 2, fact: true, why: "not what was sealed"},
		"an added text": {tamper: func(t *testing.T, w world) {
			exec(t, w.DB, `INSERT INTO fact_body (org_id, fact_id, salt, text) VALUES ('a', $1, 's', '{"what":"x"}')`, w.ids[7])
		}, seq: 8, fact: true, why: "text was added"},
		"two that changed places": {tamper: func(t *testing.T, w world) {
			exec(t, w.DB, `UPDATE fact SET seq = 100 WHERE id = $1`, w.ids[4])
			exec(t, w.DB, `UPDATE fact SET seq = 5 WHERE id = $1`, w.ids[5])
			exec(t, w.DB, `UPDATE fact SET seq = 6 WHERE id = $1`, w.ids[4])
		}, seq: 5, fact: true, why: "not what was sealed"},
		"one slipped in before the first": {tamper: func(t *testing.T, w world) {
			exec(t, w.DB, `INSERT INTO fact (org_id, id, at, kind, actor_kind, actor_id, data, seq, pos, hash)
				VALUES ('a', 'fct_0', 1, 'x', 'system', 'system', '{}', -3, -3, 'h')`)
		}, seq: 1, why: "missing"},
		"one added after the head": {tamper: func(t *testing.T, w world) {
			record(t, w.DB, "a", "x", "", 1)
			sealAll(t, w.DB)
			w.rewriteHead(t, sealed)
		}, seq: 11, why: "its head says 10"},
		"the end cut off": {tamper: func(t *testing.T, w world) { w.drop(t, 10) }, seq: 10, why: "its head says 10"},
		"a head with another hash": {tamper: func(t *testing.T, w world) {
			exec(t, w.DB, `UPDATE ledger_head SET hash = 'x' WHERE org_id = 'a'`)
		}, seq: 10, why: "head is not that"},
		"the head taken away": {tamper: func(t *testing.T, w world) {
			exec(t, w.DB, `DELETE FROM ledger_head WHERE org_id = 'a'`)
		}, seq: 1, why: "its head says 0"},
		"the end cut off with its head": {tamper: func(t *testing.T, w world) {
			w.drop(t, 10)
			w.drop(t, 9)
			w.rewriteHead(t, 8)
		}, kept: true, seq: 9, why: "kept elsewhere says 10"},
		"the whole chain rewritten": {tamper: func(t *testing.T, w world) {
			exec(t, w.DB, `UPDATE fact SET data = '{"n":99}' WHERE id = $1`, w.ids[3])
			w.rechain(t)
		}, kept: true, seq: 10, fact: true, why: "rewritten"},
		"everything taken away": {tamper: func(t *testing.T, w world) {
			exec(t, w.DB, `DELETE FROM fact_body WHERE org_id = 'a'`)
			exec(t, w.DB, `DELETE FROM fact WHERE org_id = 'a'`)
			exec(t, w.DB, `DELETE FROM ledger_head WHERE org_id = 'a'`)
		}, kept: true, seq: 1, why: "kept elsewhere says 10"},
	} {
		t.Run(name, func(t *testing.T) {
			kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
				w := world{DB: d, ids: record(t, d, "a", "x", "text", sealed-3)}
				w.ids = append(w.ids, record(t, d, "a", "x", "", 3)...)
				record(t, d, "b", "x", "text", 4)
				sealAll(t, d)
				kept := heads(t, d)
				c.tamper(t, w)
				if !c.kept {
					kept = nil
				}
				for _, r := range verify(t, d, kept...) {
					switch {
					case r.Org == "b":
						if r.Bad != nil || r.Facts != 4 {
							t.Errorf("the other organisation: %+v", r.Bad)
						}
					case c.seq == 0:
						if r.Bad != nil || r.Facts != sealed {
							t.Errorf("%+v %+v", r, r.Bad)
						}
						if want := int64(strings.Count(name, "erased")); r.Erased != want {
							t.Errorf("%d erased, expected %d", r.Erased, want)
						}
					case r.Bad == nil:
						t.Error("nothing was noticed")
					case r.Bad.Seq != c.seq || !strings.Contains(r.Bad.Why, c.why) || (r.Bad.Fact != "") != c.fact:
						t.Errorf("named %+v", *r.Bad)
					}
				}
			})
		})
	}
}

func heads(t *testing.T, d *kittest.DB) (out []ledger.Head) {
	t.Helper()
	if err := d.Read(ctx, func(q db.Q) (err error) { out, err = ledger.Heads(q); return err }); err != nil {
		t.Fatal(err)
	}
	return out
}

func chainOf(t *testing.T, d *kittest.DB, org string) (out []ledger.Fact) {
	t.Helper()
	if err := d.Read(ctx, func(q db.Q) (err error) { out, err = ledger.Chain(q, org); return err }); err != nil {
		t.Fatal(err)
	}
	return out
}

func (w world) erase(t *testing.T, i int) {
	t.Helper()
	if err := w.Write(ctx, func(tx *db.Tx) error { return ledger.Erase(tx, "a", w.ids[i]) }); err != nil {
		t.Fatal(err)
	}
}

// drop deletes an entry with its text.
func (w world) drop(t *testing.T, seq int) {
	t.Helper()
	exec(t, w.DB, `DELETE FROM fact_body WHERE fact_id = $1`, w.ids[seq-1])
	exec(t, w.DB, `DELETE FROM fact WHERE id = $1`, w.ids[seq-1])
}

// rewriteHead makes the head fit an entry.
func (w world) rewriteHead(t *testing.T, seq int) {
	t.Helper()
	f := chainOf(t, w.DB, "a")[seq-1]
	exec(t, w.DB, `UPDATE ledger_head SET seq = $1, hash = $2 WHERE org_id = 'a'`, f.Seq, f.Hash)
}

// rechain computes every hash anew.
func (w world) rechain(t *testing.T) {
	t.Helper()
	facts := ledger.Rechain(chainOf(t, w.DB, "a"))
	for _, f := range facts {
		exec(t, w.DB, `UPDATE fact SET hash = $1 WHERE id = $2`, f.Hash, f.ID)
	}
	w.rewriteHead(t, len(facts))
}
