package promise_test

import (
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/casefile/casefiletest"
	"github.com/houvast/houvast/internal/care/promise"
)

// The odds beside a promise are read anew while the record is small, and at
// most once a minute when it is large.
func TestOddsOfALargeRecordAreAMinuteOldAtMost(t *testing.T) {
	both(t, func(t *testing.T, w *casefiletest.World) {
		admin := w.As(w.Administrator)
		imported := func(source string, n int, slower time.Duration) {
			t.Helper()
			list := leads(w, n, always)
			for i := range list {
				list[i].Ended = w.Org.Calendar.Add(list[i].Ended, slower)
			}
			_, err := promise.ImportHistory(ctx, w.DB.DB, admin, source, list)
			w.Must(err)
		}
		odds := func() int {
			t.Helper()
			_, p := w.Open(w.Make(5 * time.Hour))
			return p.Odds
		}
		imported("small", 100, 0)
		small := odds()
		imported("more", 100, 3*time.Hour)
		if now := odds(); small == 0 || now == small {
			t.Errorf("a small record grew to another: the odds stayed %d", now)
		}
		imported("large", 400, 0)
		large := odds()
		imported("worse", 400, 6*time.Hour)
		if now := odds(); now != large {
			t.Errorf("within a minute a large record gave %d, then %d", large, now)
		}
		w.DB.Clock.Set(w.Now().Add(time.Minute))
		if now := odds(); now >= large {
			t.Errorf("after a minute the odds are still %d, and were %d", now, large)
		}
	})
}
