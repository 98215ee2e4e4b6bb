package auth

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/web"
)

// Requests that are answered at the same time are written down together: each
// once, and each before it is answered.
func TestAccessesAreGathered(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		const readers, records = 60, 9
		who := actor.Actor{Kind: actor.Staff, Org: "org_1", Member: "mem_1"}
		before := h.Totals().Writes
		var wg sync.WaitGroup
		for i := range readers {
			wg.Go(func() {
				var what []web.Seen
				for j := range records {
					what = append(what, web.Seen{Kind: "case", ID: fmt.Sprintf("cas_%d_%d", i, j)})
				}
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				if i%7 == 0 {
					cancel() // who asked went away: what they were shown is written all the same
				}
				if err := h.s.Seen(ctx, who, "req_1", what); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := h.count(`SELECT COUNT(DISTINCT record_id) FROM access_log WHERE org_id = $1`, "org_1"); n != readers*records {
			t.Errorf("%d accesses were written, want %d", n, readers*records)
		}
		if n := h.Totals().Writes - before; n > readers {
			t.Errorf("%d transactions for %d requests", n, readers)
		}
	})
}
