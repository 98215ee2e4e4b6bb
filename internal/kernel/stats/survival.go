package stats

import (
	"slices"
	"sort"
)

// Seen is one case as far as it is known: it ended after Time, or was still
// open when it had lasted Time.
type Seen struct {
	Time   float64
	Ended  bool
	Weight float64 // how much it counts; 0 means 1
}

// Step is one drop of a survival curve.
type Step struct {
	Time     float64
	AtRisk   float64 // weight of what had lasted at least this long
	Ended    float64 // weight of what ended just then
	Survival float64 // estimated share that lasts longer than Time
}

// Curve is a survival curve by Kaplan and Meier: its drops, in time order.
type Curve []Step

// KaplanMeier estimates from ended and open cases which share lasts how long.
// A case that is still open at the moment another ended was at risk then.
func KaplanMeier(seen []Seen) Curve {
	all := slices.Clone(seen)
	slices.SortFunc(all, func(a, b Seen) int {
		switch {
		case a.Time < b.Time:
			return -1
		case a.Time > b.Time:
			return 1
		}
		return 0
	})
	risk := 0.0
	for i := range all {
		if all[i].Weight == 0 {
			all[i].Weight = 1
		}
		risk += all[i].Weight
	}
	var curve Curve
	survival := 1.0
	for i := 0; i < len(all); {
		at, ended, gone, last := all[i].Time, 0.0, 0.0, true
		for ; i < len(all) && all[i].Time == at; i++ {
			gone += all[i].Weight
			if all[i].Ended {
				ended += all[i].Weight
			} else {
				last = false
			}
		}
		if ended > 0 {
			survival *= 1 - ended/risk
			if last && i == len(all) {
				survival = 0 // exactly: the longest of all ended
			}
			curve = append(curve, Step{Time: at, AtRisk: risk, Ended: ended, Survival: survival})
		}
		risk -= gone
	}
	return curve
}

// At is the estimated share that lasts longer than t.
func (c Curve) At(t float64) float64 {
	i := sort.Search(len(c), func(i int) bool { return c[i].Time > t })
	if i == 0 {
		return 1
	}
	return c[i-1].Survival
}

// Quantile is the smallest t with S(t) ≤ 1-p: the time that a share p manages.
// When the curve never falls that far, ok is false: it cannot be said.
func (c Curve) Quantile(p float64) (t float64, ok bool) {
	i := sort.Search(len(c), func(i int) bool { return c[i].Survival <= 1-p+slack })
	if i == len(c) {
		return 0, false
	}
	return c[i].Time, true
}
