package bench

import (
	"slices"
	"time"
)

// quantile gives the value below which a share of a sorted list lies: the
// nearest rank, never something in between that was not measured.
func quantile(sorted []time.Duration, share float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	i := int(share*float64(len(sorted)) + 0.9999999)
	return sorted[min(max(i, 1), len(sorted))-1]
}

// median is the middle one of some runs; of an even number the lower one.
func median[T int64 | float64 | time.Duration](list []T) T {
	if len(list) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(list))
	return s[(len(s)-1)/2]
}

// summary is what is told of several runs.
type summary struct {
	PerSecond float64 // median of the runs
	P50, P99  time.Duration
	Slowest   time.Duration
	Runs      []float64
}

func summarise(runs []result) summary {
	var s summary
	var p50, p99 []time.Duration
	for _, r := range runs {
		slices.Sort(r.took)
		s.Runs = append(s.Runs, r.perSecond())
		p50, p99 = append(p50, quantile(r.took, 0.5)), append(p99, quantile(r.took, 0.99))
		if n := len(r.took); n > 0 {
			s.Slowest = max(s.Slowest, r.took[n-1])
		}
	}
	s.PerSecond, s.P50, s.P99 = median(s.Runs), median(p50), median(p99)
	return s
}
