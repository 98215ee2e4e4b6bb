package bench

import (
	"context"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/ledger"
)

// bases runs a test on an empty database of each kind.
func bases(t *testing.T, run func(t *testing.T, address string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { run(t, t.TempDir()+"/houvast.db") })
	t.Run("postgres", func(t *testing.T) {
		dsn := kittest.PostgresDSN(t)
		run(t, kittest.WithSchema(dsn, kittest.NewSchema(t, dsn)))
	})
}

// What is filled in is as if it had been lived through: every check of the
// house holds over it, with rows to look at, and the record verifies.
func TestFillHolds(t *testing.T) {
	pl, err := play(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	bases(t, func(t *testing.T, address string) {
		ctx := context.Background()
		now := clock.Real{}.Now()
		out, err := fill(ctx, address, pl, Size{Cases: 300}, now, func(string) {})
		if err != nil {
			t.Fatal(err)
		}
		if out.Facts < 1500 || len(out.Main.Keys) == 0 || len(out.Main.Open) < 20 {
			t.Errorf("filled with little: %+v", out)
		}
		h, err := openHouse(ctx, address, now)
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close() //nolint:errcheck // it was read
		reports, err := ledger.Verify(ctx, h.DB, nil, nil)
		if err != nil || len(reports) != 7 {
			t.Fatalf("%d reports, %v", len(reports), err)
		}
		var sealed int64
		for _, r := range reports {
			sealed += r.Facts
			if r.Bad != nil || r.Unsealed != 0 || r.Erased != 0 {
				t.Errorf("%s: %+v, %+v", r.Org, r, r.Bad)
			}
		}
		if sealed < out.Facts {
			t.Errorf("%d facts sealed, %d written", sealed, out.Facts)
		}
		looked := 0
		for _, c := range h.Checks() {
			if err := h.DB.Read(ctx, func(q db.Q) error {
				rows, wrong, err := c.Run(q)
				if len(wrong) > 0 {
					t.Errorf("%s: %v", c.Name, wrong)
				}
				if rows > 0 {
					looked++
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		if looked < 12 {
			t.Errorf("only %d checks saw a row", looked)
		}
		// It goes on from there: what is due in the next days happens.
		if err := h.until(ctx, now.Add(30*time.Hour)); err != nil {
			t.Fatal(err)
		}
		var found struct {
			Items []map[string]any `json:"items"`
		}
		if err := h.call(ctx, "GET", "/search/cases?q=uitslag", out.Main.Keys[0], nil, &found); err != nil || len(found.Items) == 0 {
			t.Errorf("found %d, %v", len(found.Items), err)
		}
	})
}
