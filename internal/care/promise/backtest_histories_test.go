package promise

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/houvast/houvast/internal/kernel/stats"
)

// made is a way to make a history: hours between starts and hours it takes,
// from how far the history is (0 to 1) and the hour now.
type made struct {
	name  string
	gap   func(r *rand.Rand, x, now float64) float64
	takes func(r *rand.Rand, x, now float64) float64

	sharpness float64 // at most, as the mean over seeds
	loose     float64 // how much further than .02 from .9 a single seed may be
}

func (m made) history(n int, seed uint64) []Span {
	r := rand.New(rand.NewPCG(seed, 77))
	const hour = 3.6e6
	now, out := 0.0, make([]Span, n)
	for i := range out {
		x := float64(i) / float64(n)
		now += m.gap(r, x, now)
		out[i] = Span{int64(1e12 + now*hour), int64(1e12 + (now+m.takes(r, x, now))*hour)}
	}
	slices.SortStableFunc(out, func(a, b Span) int { return cmp.Compare(a.Start, b.Start) })
	return out
}

func lognormal(median, sigma float64) func(r *rand.Rand, x, now float64) float64 {
	return func(r *rand.Rand, _, _ float64) float64 { return median * math.Exp(sigma*r.NormFloat64()) }
}

// drifting has a median that depends on how far the history is.
func drifting(sigma float64, median func(x float64) float64) func(r *rand.Rand, x, now float64) float64 {
	return func(r *rand.Rand, x, _ float64) float64 { return median(x) * math.Exp(sigma*r.NormFloat64()) }
}

func mixed(fast func(x float64) float64) func(r *rand.Rand, x, now float64) float64 {
	short, long := lognormal(.2, .5), lognormal(200, .7)
	return func(r *rand.Rand, x, now float64) float64 {
		if r.Float64() < fast(x) {
			return short(r, x, now)
		}
		return long(r, x, now)
	}
}

func every(hours float64) func(r *rand.Rand, x, now float64) float64 {
	return func(r *rand.Rand, _, _ float64) float64 { return r.ExpFloat64() * hours }
}

// atWork says whether an hour of the week is one of office work.
func atWork(hour float64) bool {
	h := int(hour) % 168
	return h/24 < 5 && h%24 >= 8 && h%24 < 17
}

func inOffice(r *rand.Rand, _, now float64) float64 {
	at := now
	for {
		if at += r.ExpFloat64(); atWork(at) {
			return at - now
		}
	}
}

func workedOff(r *rand.Rand, x, now float64) float64 {
	at, left := now, 4*math.Exp(r.NormFloat64())
	for {
		whole := math.Floor(at) + 1
		if atWork(at) {
			if left <= whole-at {
				return at + left - now
			}
			left -= whole - at
		}
		at = whole
	}
}

func histories(n int) []made {
	queueFree := 0.0
	return []made{
		{name: "stationary", gap: every(2), takes: lognormal(24, 1), sharpness: 1.05},
		{name: "trend up", gap: every(2), takes: drifting(.8, func(x float64) float64 { return 24 * math.Pow(6, x) }), sharpness: 1.08, loose: .03},
		{name: "trend down", gap: every(2), takes: drifting(.8, func(x float64) float64 { return 24 * math.Pow(6, 1-x) }), sharpness: 1.03},
		{name: "level up", gap: every(2), takes: drifting(.8, func(x float64) float64 { return 24 + 48*step(x, .7) }), sharpness: 1.02, loose: .02},
		{name: "level down", gap: every(2), takes: drifting(.8, func(x float64) float64 { return 72 - 48*step(x, .7) }), sharpness: .95, loose: .01},
		{name: "level down before", gap: every(2), takes: drifting(.8, func(x float64) float64 { return 120 - 96*step(x, .45) }), sharpness: 1.3, loose: .01},
		{name: "seasons", gap: every(2), takes: drifting(.7, func(x float64) float64 { return 48 * math.Exp(.8*math.Sin(12*math.Pi*x)) }), sharpness: 1.2},
		{name: "weekly batches", gap: every(2), takes: func(r *rand.Rand, _, now float64) float64 {
			ready := now + 10*math.Exp(r.NormFloat64())
			return math.Ceil((ready-110)/168)*168 + 110 - now
		}, sharpness: 1.27, loose: .02},
		{name: "office hours", gap: inOffice, takes: workedOff, sharpness: .95},
		{name: "heavy tail", gap: every(2), takes: func(r *rand.Rand, _, _ float64) float64 { return 5 * math.Pow(r.Float64(), -1/1.2) }, sharpness: 1.03},
		{name: "bursts", gap: func(r *rand.Rand, _, _ float64) float64 {
			if r.Float64() < .03 {
				return r.ExpFloat64() * 100
			}
			return r.ExpFloat64() * .1
		}, takes: lognormal(24, 1), sharpness: 1.12, loose: .02},
		{name: "queue", gap: every(2), takes: func(r *rand.Rand, x, now float64) float64 {
			if x == 0 {
				queueFree = 0
			}
			queueFree = max(queueFree, now) + r.ExpFloat64()*1.8
			return queueFree - now
		}, sharpness: .7, loose: .01},
		{name: "long cases", gap: every(1), takes: lognormal(.15*float64(n), .8), sharpness: 1.08, loose: .02},
		{name: "two kinds", gap: every(2), takes: mixed(func(float64) float64 { return .7 }), sharpness: 1.06, loose: .01},
		{name: "two kinds drifting", gap: every(2), takes: mixed(func(x float64) float64 { return .3 + .6*x }), sharpness: 1.03, loose: .02},
		{name: "two kinds on the edge", gap: every(2), takes: mixed(func(float64) float64 { return .9 }), sharpness: 1.06},
	}
}

func step(x, at float64) float64 {
	if x > at {
		return 1
	}
	return 0
}

// The shares kept and the sharpness of histories of every sort that we could
// think of. What drifts cannot be known before it is seen, so some may be
// further off; nothing may be far off.
func TestBacktestHistories(t *testing.T) {
	const n, seeds = 1000, 2
	for _, m := range histories(n) {
		t.Run(m.name, func(t *testing.T) {
			sharp := 0.0
			for seed := range uint64(seeds) {
				r, err := Backtest(context.Background(), m.history(n, seed+1), .9)
				must(t, err)
				t.Logf("seed %d: kept %.3f, sharpness %.3f, declined %d", seed+1, r.Share(), r.Sharpness, r.Declined)
				if off := math.Abs(r.Share() - .9); off > .02+m.loose+1e-9 {
					t.Errorf("seed %d: kept %.3f of %d", seed+1, r.Share(), r.N)
				}
				sharp += r.Sharpness / seeds
			}
			if sharp > m.sharpness {
				t.Errorf("sharpness %.3f, at most %.2f", sharp, m.sharpness)
			}
		})
	}
}

// With few cases chance decides more, so it is looked at over many histories.
func TestBacktestOfFewCases(t *testing.T) {
	kept, quoted := 0, 0
	m := histories(200)[0]
	for seed := range uint64(30) {
		r, err := Backtest(context.Background(), m.history(200, seed+1), .9)
		must(t, err)
		kept, quoted = kept+r.Kept, quoted+r.N
		if r.Share() < .8 || r.Share() > .98 {
			t.Errorf("seed %d: kept %d of %d", seed+1, r.Kept, r.N)
		}
	}
	if s := share(kept, quoted); s < .87 || s > .93 {
		t.Errorf("kept %.3f of %d", s, quoted)
	}
}

func TestBacktestOfNearlyNothing(t *testing.T) {
	for n := range 12 {
		r, err := Backtest(context.Background(), history(n, 1), .9)
		must(t, err)
		if r.N+r.Declined != n-n/2 {
			t.Errorf("%d cases: %d quoted and %d declined", n, r.N, r.Declined)
		}
	}
	// Impossible times are borne: an end before its start, and all at one moment.
	odd := []Span{{5, 1}, {5, 5}, {5, 9}, {0, 0}, {-7, -9}}
	for range 6 {
		odd = append(odd, odd...)
	}
	r, err := Backtest(context.Background(), odd, .9)
	must(t, err)
	if r.N+r.Declined != len(odd)-len(odd)/2 || r.Low > r.High {
		t.Errorf("%+v", r)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Backtest(ctx, odd, .9); !errors.Is(err, context.Canceled) {
		t.Errorf("a backtest that was stopped says %v", err)
	}
}

// What happens later changes nothing of what was quoted before.
func TestBacktestKnowsNoFuture(t *testing.T) {
	cases := history(400, .5)
	cut := cases[300].Start
	other := slices.Clone(cases)
	for i, c := range other {
		if c.End > cut {
			other[i].End = c.End + 1000*3_600_000
		}
	}
	a, b := quotesBefore(cases, cut), quotesBefore(other, cut)
	if !slices.Equal(a, b) {
		t.Error("quotes before a moment depend on what ended after it")
	}
	if len(a) < 240 {
		t.Errorf("only %d quotes were compared", len(a))
	}
}

// quotesBefore feeds a forecaster as the backtest does, until a moment.
func quotesBefore(cases []Span, cut int64) (quotes []int64) {
	f := stats.NewForecaster(.9)
	var running endings
	for _, c := range cases {
		if c.Start > cut {
			break
		}
		for len(running) > 0 && running[0].at <= c.Start {
			e := heap.Pop(&running).(ending)
			f.End(e.ticket, e.at)
		}
		q, ok := f.Quote(0, c.Start)
		t := f.Start(c.Start)
		if ok {
			quotes = append(quotes, q.Lead)
			f.Follow(t, 0, q)
		}
		heap.Push(&running, ending{c.End, t})
	}
	return quotes
}
