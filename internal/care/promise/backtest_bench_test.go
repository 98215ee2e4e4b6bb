package promise

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

func history(n int, hours float64) []Span {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]Span, n)
	at := 1.2e12
	for i := range out {
		at += r.ExpFloat64() * 3.6e6 / 30 // thirty an hour
		out[i] = Span{int64(at), int64(at + hours*3.6e6*math.Exp(r.NormFloat64()))}
	}
	return out
}

// A history of ten million events is about a million and a half cases.
func BenchmarkBacktest(b *testing.B) {
	for _, c := range []struct {
		name  string
		n     int
		hours float64
	}{{"short-100k", 100_000, 4}, {"long-100k", 100_000, 400}, {"1.5M", 1_500_000, 100}} {
		cases := history(c.n, c.hours)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r, err := Backtest(context.Background(), cases, .9)
				if err != nil || r.N == 0 {
					b.Fatal(r, err)
				}
				b.ReportMetric(r.Share(), "kept")
				b.ReportMetric(r.Sharpness, "sharpness")
			}
		})
	}
}
