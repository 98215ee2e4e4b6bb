package chaos

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/houvast/houvast/internal/app"
)

// What was acknowledged and is not in the store is found between two kills as
// well, each kind of it; and what was looked up counts as new only once.
func TestEveryLossIsSeenAtOnce(t *testing.T) {
	ctx := context.Background()
	cfg, err := settings([]string{"HOUVAST_DB_PATH=" + filepath.Join(t.TempDir(), "houvast.db")})
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.Open(ctx, app.Options{Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	h := &house{row: &Row{}, journal: newJournal(), tenants: []*tenant{{id: "org_a"}, {id: "org_b"}}}
	kinds := []what{aCase, aContact, aPromise, aHandoff}
	for _, w := range kinds {
		h.journal.acknowledge(entry{org: "org_b", what: w, id: "gone"})
	}
	dice := rand.New(rand.NewPCG(1, 2))
	fresh, before := h.journal.fresh(dice, older)
	if len(fresh) != len(kinds) || len(before) != 0 {
		t.Fatalf("%d are new and %d are not, want %d and 0", len(fresh), len(before), len(kinds))
	}
	if err := h.findAll(ctx, a.DB, fresh); err != nil {
		t.Fatal(err)
	}
	if len(h.row.Lost) != len(kinds) || h.row.LookedUp != int64(len(kinds)) {
		t.Errorf("%d were looked up, and these are lost: %q", h.row.LookedUp, h.row.Lost)
	}
	if fresh, before = h.journal.fresh(dice, older); len(fresh) != 0 || len(before) != len(kinds) {
		t.Errorf("the second time %d are new and %d are not, want 0 and %d", len(fresh), len(before), len(kinds))
	}
}
