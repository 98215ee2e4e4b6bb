package examine

import (
	"math"
	"math/rand/v2"
	"slices"
)

// The bootstrap's random numbers come from a seed that the report tells, so
// that the same log gives the same report.
const (
	seed  = 20261122
	draws = 2000
)

func sorted(list []int64) []int64 {
	slices.Sort(list)
	return list
}

// medianInterval is the 95% bootstrap interval of the median of sorted values,
// by percentiles.
//
// Drawing n values and taking the k-th smallest is the same as taking the value
// at the place n·U, where U is the k-th smallest of n uniform numbers: that is
// a Beta(k, n-k+1) number. So a draw costs the same for ten values and for a
// million.
func medianInterval(list []int64) (low, high int64) {
	n := len(list)
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	k := (n + 1) / 2
	found := make([]int64, draws)
	for i := range found {
		a, b := gamma(r, float64(k)), gamma(r, float64(n-k+1))
		place := int(math.Ceil(a / (a + b) * float64(n)))
		found[i] = list[min(max(place, 1), n)-1]
	}
	slices.Sort(found)
	return found[draws*25/1000], found[draws*975/1000-1]
}

// gamma draws from a gamma distribution of shape a ≥ 1, by the method of
// Marsaglia and Tsang (2000).
func gamma(r *rand.Rand, a float64) float64 {
	d := a - 1./3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(1-r.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}
