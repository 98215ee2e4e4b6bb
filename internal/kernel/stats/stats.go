package stats

import (
	"cmp"
	"math"
)

// slack forgives what binary fractions do to 0.9: (19+1)·0.9 is 18, not a
// hair more.
const slack = 1e-9

// OrderStatistic is the rank k, from 1, of the ended case whose time may be
// promised at probability p when n comparable cases have ended: ⌈(n+1)p⌉. With
// 19 cases and p = 0.9 that is the 18th. There is none, and ok is false, when
// n cases are too few to say it.
func OrderStatistic(n int, p float64) (k int, ok bool) {
	if n < 1 || p < 0 || p > 1 || math.IsNaN(p) {
		return 0, false
	}
	k = max(1, int(math.Ceil(float64(n+1)*p-slack)))
	return k, k <= n
}

// Promisable is the order statistic of times that are sorted already.
func Promisable[T cmp.Ordered](sorted []T, p float64) (t T, ok bool) {
	k, ok := OrderStatistic(len(sorted), p)
	if !ok {
		return t, false
	}
	return sorted[k-1], true
}

// NearestRank is the nearest-rank quantile of values that are sorted already:
// the ⌈pn⌉th, at least the first. It is the zero value when there are none.
func NearestRank[T cmp.Ordered](sorted []T, p float64) (t T) {
	n := len(sorted)
	if n == 0 {
		return t
	}
	k := int(math.Ceil(p*float64(n) - slack))
	return sorted[min(max(k, 1), n)-1]
}

// z95 is the two-sided 95% point of the normal distribution.
const z95 = 1.959963984540054

// Wilson is Wilson's 95% interval for a share of hits among n. With no trials
// nothing is known: 0 to 1.
func Wilson(hits, n int) (low, high float64) {
	if n <= 0 {
		return 0, 1
	}
	m, p := float64(n), float64(hits)/float64(n)
	z2 := z95 * z95
	middle := p + z2/(2*m)
	half := z95 * math.Sqrt(p*(1-p)/m+z2/(4*m*m))
	low, high = (middle-half)/(1+z2/m), (middle+half)/(1+z2/m)
	if hits <= 0 {
		low = 0
	}
	if hits >= n {
		high = 1
	}
	return low, high
}

// Pinball is the loss of quoting a quantile p when it took actual: what came
// later than quoted counts p, what came earlier counts 1-p. The best quote
// under this loss is the p quantile itself, so it rewards being right and
// being sharp at once.
func Pinball(p, actual, quoted float64) float64 {
	if actual > quoted {
		return p * (actual - quoted)
	}
	return (1 - p) * (quoted - actual)
}
