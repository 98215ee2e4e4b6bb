package bench

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
)

// captured are the rows of one copy, by table in the order in which they can
// be written.
type captured struct {
	cols map[string][]string
	rows map[string][]any
	n    map[string]int
}

func (c *captured) put(table string, cols []string, row []any) error {
	c.cols[table] = cols
	c.rows[table] = append(c.rows[table], row...)
	c.n[table]++
	return nil
}

// bareOrder is that of the foreign keys.
var bareOrder = []string{"person", "contact_point", "person_term", "case_file", "question_party", "contact_moment", "promise", "delivery", "message",
	"link", "insight_outcome", "signal", "access_log", "fact", "fact_body", "case_term"}

// bareRows makes what opening a case leaves in the database when all has come
// to rest: the rows that the limit of writing writes.
type bareRows struct {
	*stamper
	f        *filling
	full     *Filled
	part     *pattern
	customer *pattern // nil: somebody who is known
	main     practice
	number   *atomic.Int64
	known    []customer
}

// bareOpens gives makers of such rows, one for each connection.
func bareOpens(pl *played, full *Filled, known []customer, fresh bool, connections int) []*bareRows {
	at := slices.IndexFunc(pl.parts, func(x part) bool { return x.end == "open" && x.tell })
	main := practice{Org: full.Main.Org, Members: full.Main.Roles, Team: full.Main.Team}
	number := &atomic.Int64{}
	number.Store(full.Main.Numbers + 100_000_000) // above all that the program made
	words := vocabulary(rand.New(rand.NewPCG(1, 2)), vocabularySize)
	var out []*bareRows
	for i := range connections {
		r := rand.New(rand.NewPCG(rand.Uint64(), uint64(i)))
		zone, _ := time.LoadLocation("Europe/Amsterdam") // it is embedded
		b := &bareRows{stamper: &stamper{rand: r, zone: zone}, full: full, part: &pl.patterns.questions[at], main: main, number: number, known: known}
		if fresh {
			b.customer = &pl.customer
		}
		b.f = &filling{stamper: stamper{rand: r}, words: words, zipf: rand.NewZipf(r, wordSkew, 6, uint64(len(words)-1))}
		out = append(out, b)
	}
	return out
}

// next makes the rows of one case.
func (b *bareRows) next(now time.Time) (*captured, error) {
	to := &captured{cols: map[string][]string{}, rows: map[string][]any{}, n: map[string]int{}}
	b.to = to
	number := b.number.Add(1)
	var who customer
	if b.customer != nil {
		var err error
		if who, err = b.meet(b.customer, b.main, int(number), now); err != nil {
			return nil, err
		}
	} else {
		who = b.known[b.rand.IntN(len(b.known))]
	}
	s := b.f.subject()
	c := &stamped{p: b.main, who: who, subject: s, number: number, shift: now.UnixMilli() - b.part.opened.UnixMilli()}
	b.begin(b.part, c)
	if err := b.stamp(b.part, c); err != nil {
		return nil, err
	}
	for len(b.waits) > 0 { // with a place in the chain, as they have before long
		row := b.waits[0].row
		b.waits = b.waits[1:]
		n := 1_000_000_000 + number*64 + int64(len(b.waits))
		row[b.at["seq"]], row[b.at["pos"]], row[b.at["hash"]] = n, n, b.hex(32)
		if err := to.put("fact", b.cols, row); err != nil {
			return nil, err
		}
	}
	for _, t := range b.f.found(s) {
		if err := to.put("case_term", caseTermCols, []any{b.main.Org, t, number}); err != nil {
			return nil, err
		}
	}
	return to, nil
}

// bareWriter writes the rows of one case, durably.
type bareWriter interface {
	write(connection int, c *captured) error
	close() error
}

// bareRun writes cases on a number of connections, as a load of the program does.
func bareRun(ctx context.Context, w bareWriter, makers []*bareRows, warm, run time.Duration) (result, error) {
	var out result
	var mu sync.Mutex
	var wg sync.WaitGroup
	var failure error
	begin := clock.Machine.Now().Add(warm)
	end := begin.Add(run)
	for i, m := range makers {
		wg.Go(func() {
			var took []time.Duration
			for ctx.Err() == nil {
				from := clock.Machine.Now()
				if from.After(end) {
					break
				}
				c, err := m.next(clock.Real{}.Now())
				if err == nil {
					err = w.write(i, c)
				}
				if err != nil {
					mu.Lock()
					failure = errors.Join(failure, err)
					mu.Unlock()
					return
				}
				if to := clock.Machine.Now(); to.After(begin) && to.Before(end) {
					took = append(took, to.Sub(from))
				}
			}
			mu.Lock()
			out.took = append(out.took, took...)
			mu.Unlock()
		})
	}
	wg.Wait()
	out.over = run
	return out, failure
}
