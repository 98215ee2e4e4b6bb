package bench

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
)

// asker makes the next request of one connection.
type asker func(connection, n int) []byte

// load asks on a number of connections at once, each as fast as it is answered.
type load struct {
	address     string
	connections int
	warm, run   time.Duration
	want, also  int // the statuses that are right
}

// result is what came of one run.
type result struct {
	took    []time.Duration // of each answer, after the warm-up
	over    time.Duration
	answers int // all that were right, with those of the warm-up
	failed  int
	why     string // of the first that failed
}

func (r result) perSecond() float64 {
	if r.over <= 0 {
		return 0
	}
	return float64(len(r.took)) / r.over.Seconds()
}

var oneLine = strings.NewReplacer("\n", " ", "|", " ")

func (l load) do(ctx context.Context, next asker) (result, error) {
	var out result
	var mu sync.Mutex
	var wg sync.WaitGroup
	var failure error
	begin := clock.Machine.Now().Add(l.warm)
	end := begin.Add(l.run)
	for i := range l.connections {
		c, err := dial(l.address)
		if err != nil {
			return out, err
		}
		wg.Go(func() {
			defer c.close()
			var took []time.Duration
			failed, right, why := 0, 0, ""
			for n := 0; ctx.Err() == nil; n++ {
				req := next(i, n)
				from := clock.Machine.Now()
				if from.After(end) {
					break
				}
				status, body, err := c.do(req)
				if err != nil {
					mu.Lock()
					failure = fmt.Errorf("connection %d: %w", i, err)
					mu.Unlock()
					return
				}
				to := clock.Machine.Now()
				if status != l.want && status != l.also {
					failed++
					if why == "" {
						why = fmt.Sprintf("%d %.120s", status, oneLine.Replace(string(body)))
					}
					continue
				}
				right++
				if to.After(begin) && to.Before(end) {
					took = append(took, to.Sub(from))
				}
			}
			mu.Lock()
			defer mu.Unlock()
			out.took = append(out.took, took...)
			out.failed += failed
			out.answers += right
			if out.why == "" {
				out.why = why
			}
		})
	}
	wg.Wait()
	out.over = l.run
	return out, failure
}

// trouble says what was not answered as it should be; "" when all was.
func (r result) trouble() string {
	if r.failed == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d were answered otherwise, first: %s", r.failed, r.failed+r.answers, r.why)
}
