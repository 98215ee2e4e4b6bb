package promise

import (
	"cmp"
	"container/heap"
	"context"
	"slices"

	"github.com/houvast/houvast/internal/kernel/stats"
)

// Span is one ended case of a history: its first and its last moment, in
// epoch milliseconds.
type Span struct{ Start, End int64 }

// BacktestResult says what honest promises would have been.
type BacktestResult struct {
	Quoted    float64 // the share that was to be kept
	N         int     // cases quoted
	Declined  int     // cases of the later half for which nothing could be promised
	Kept      int     // of N
	Low, High float64 // Wilson's 95% interval of the share kept
	// Sharpness is the mean pinball loss of the quotes ÷ that of the best
	// single number in hindsight, which is Best: below 1 is better than any
	// constant. 0 when nothing was quoted or that loss is nought.
	Sharpness float64
	Best      int64 // ms; nearest-rank quantile of the quoted cases' lead times

	Periods     []Period     // the later half in stretches of equal numbers of cases, for a chart
	Calibration []Calibrated // what came of quotes at several shares
}

// Period is a stretch of a backtest, by start.
type Period struct {
	From, To    int64 // first and last start, epoch ms
	N, Kept     int   // cases quoted
	Low, High   float64
	Quote, Lead int64 // ms: the median quote, and how long the promised share really took
}

// Calibrated is what came of quotes at one share. In a large history only
// every so manieth case was asked about.
type Calibrated struct {
	Quoted    float64
	N, Kept   int
	Low, High float64
}

// Share is the share kept; 0 of none.
func (r BacktestResult) Share() float64 { return share(r.Kept, r.N) }

// Share is the share kept; 0 of none.
func (p Period) Share() float64 { return share(p.Kept, p.N) }

// Share is the share kept; 0 of none.
func (c Calibrated) Share() float64 { return share(c.Kept, c.N) }

func share(kept, n int) float64 {
	if n == 0 {
		return 0
	}
	return float64(kept) / float64(n)
}

const (
	maxPeriods    = 12
	periodAtLeast = 25
	calibrateOn   = 20_000 // cases
)

// calibratedAt are the shares of the calibration table.
var calibratedAt = []float64{.5, .75, .8, .9, .95}

// Backtest goes through a history in time order and says, for each case in the
// later half by start (ties in the order given), what could honestly be
// promised at its start at share p, knowing only what had happened by that
// moment: a case had ended when its last moment was not later, and was open
// otherwise. Cases whose end lies before their start count as ending at once.
// The input is not changed. Between some thousands of cases it looks whether
// ctx is done; then it gives what it has with the error of ctx.
func Backtest(ctx context.Context, cases []Span, p float64) (BacktestResult, error) {
	order := make([]int32, len(cases))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(cases[a].Start, cases[b].Start) })

	shares := append([]float64{p}, calibratedAt...)
	f := stats.NewForecaster(shares...)
	half := len(order) / 2
	every := max(1, len(order)/calibrateOn)
	var (
		running endings
		r       = BacktestResult{Quoted: p}
		table   = make([]Calibrated, len(calibratedAt))
		quoted  = make([]quotedCase, 0, len(order)-half)
		err     error
	)
	for i, x := range order {
		c := cases[x]
		if i%4096 == 0 {
			if err = ctx.Err(); err != nil {
				break
			}
		}
		for len(running) > 0 && running[0].at <= c.Start {
			e := heap.Pop(&running).(ending)
			f.End(e.ticket, e.at)
		}
		end := max(c.End, c.Start)
		later := i >= half
		quotes, said := [8]stats.Quote{}, [8]bool{}
		for j := range shares {
			if j > 0 && i%every != 0 {
				break
			}
			quotes[j], said[j] = f.Quote(j, c.Start)
			switch {
			case !later:
			case j == 0 && said[0]:
				quoted = append(quoted, quotedCase{c.Start, end - c.Start, quotes[0].Lead})
			case j == 0:
				r.Declined++
			case said[j]:
				table[j-1].N++
				if end-c.Start <= quotes[j].Lead {
					table[j-1].Kept++
				}
			}
		}
		t := f.Start(c.Start)
		for j := range shares {
			if said[j] {
				f.Follow(t, j, quotes[j])
			}
		}
		heap.Push(&running, ending{end, t})
	}
	for j := range table {
		table[j].Quoted = calibratedAt[j]
		table[j].Low, table[j].High = stats.Wilson(table[j].Kept, table[j].N)
	}
	r.Calibration = table
	r.judge(quoted)
	return r, err
}

// quotedCase is a quote and what came of it.
type quotedCase struct{ start, lead, quote int64 }

func (c quotedCase) kept() bool { return c.lead <= c.quote }

func (r *BacktestResult) judge(all []quotedCase) {
	r.N = len(all)
	leads := make([]int64, len(all))
	for i, c := range all {
		leads[i] = c.lead
		if c.kept() {
			r.Kept++
		}
	}
	r.Low, r.High = stats.Wilson(r.Kept, r.N)
	slices.Sort(leads)
	r.Best = stats.NearestRank(leads, r.Quoted)
	ours, constant := 0.0, 0.0
	for _, c := range all {
		ours += stats.Pinball(r.Quoted, float64(c.lead), float64(c.quote))
		constant += stats.Pinball(r.Quoted, float64(c.lead), float64(r.Best))
	}
	if constant > 0 {
		r.Sharpness = ours / constant
	}
	n := min(maxPeriods, max(1, len(all)/periodAtLeast))
	for i := range n {
		if part := all[i*len(all)/n : (i+1)*len(all)/n]; len(part) > 0 {
			r.Periods = append(r.Periods, period(part, r.Quoted))
		}
	}
}

func period(part []quotedCase, p float64) Period {
	out := Period{From: part[0].start, To: part[len(part)-1].start, N: len(part)}
	quotes, leads := make([]int64, len(part)), make([]int64, len(part))
	for i, c := range part {
		quotes[i], leads[i] = c.quote, c.lead
		if c.kept() {
			out.Kept++
		}
	}
	slices.Sort(quotes)
	slices.Sort(leads)
	out.Low, out.High = stats.Wilson(out.Kept, out.N)
	out.Quote, out.Lead = stats.NearestRank(quotes, .5), stats.NearestRank(leads, p)
	return out
}

// ending is when a running case will have ended; endings is a heap of them.
type ending struct {
	at     int64
	ticket stats.Ticket
}

type endings []ending

func (h endings) Len() int           { return len(h) }
func (h endings) Less(i, j int) bool { return h[i].at < h[j].at }
func (h endings) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *endings) Push(x any)        { *h = append(*h, x.(ending)) }
func (h *endings) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
