package stats

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func TestOrderStatistic(t *testing.T) {
	for _, c := range []struct {
		n    int
		p    float64
		k    int
		said bool
	}{
		{19, .9, 18, true}, {9, .9, 9, true}, {8, .9, 9, false}, {0, .9, 0, false},
		{99, .9, 90, true}, {39, .95, 38, true}, {18, .95, 19, false}, {19, .95, 19, true}, {9, .5, 5, true}, {1, .5, 1, true},
		{29, .7, 21, true}, {1, 0, 1, true}, {5, 1, 6, false}, {5, 1.2, 0, false},
	} {
		if k, ok := OrderStatistic(c.n, c.p); k != c.k || ok != c.said {
			t.Errorf("OrderStatistic(%d, %v) = %d %v, want %d %v", c.n, c.p, k, ok, c.k, c.said)
		}
	}
	sorted := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19}
	if v, ok := Promisable(sorted, .9); v != 18 || !ok {
		t.Errorf("of 19 the 18th can be promised at .9, got %d %v", v, ok)
	}
	if _, ok := Promisable(sorted, .99); ok {
		t.Error("19 cases cannot say what 99% manage")
	}
}

// The order statistic keeps its word: among n+1 exchangeable values the next
// one is at most the kth in k of n+1 places, which is at least p.
func TestOrderStatisticCovers(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n, p := rapid.IntRange(1, 5000).Draw(r, "n"), rapid.Float64Range(0, 1).Draw(r, "p")
		k, ok := OrderStatistic(n, p)
		if covered := float64(k) / float64(n+1); covered < p-1e-6 {
			r.Fatalf("the %dth of %d covers %v < %v", k, n, covered, p)
		}
		if k > 1 && float64(k-1)/float64(n+1) >= p {
			r.Fatalf("the %dth of %d would do for %v", k-1, n, p)
		}
		if ok != (k <= n) {
			r.Fatalf("rank %d of %d: %v", k, n, ok)
		}
	})
}

// Remission times in weeks on 6-MP: Freireich and others 1963, as given in
// Collett, and Kalbfleisch and Prentice.
func TestKaplanMeierFreireich(t *testing.T) {
	var seen []Seen
	for _, w := range []float64{6, 6, 6, 7, 10, 13, 16, 22, 23} {
		seen = append(seen, Seen{Time: w, Ended: true})
	}
	for _, w := range []float64{6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35} {
		seen = append(seen, Seen{Time: w})
	}
	curve := KaplanMeier(seen)
	want := []Step{{6, 21, 3, .857}, {7, 17, 1, .807}, {10, 15, 1, .753}, {13, 12, 1, .690}, {16, 11, 1, .627}, {22, 7, 1, .538}, {23, 6, 1, .448}}
	if len(curve) != len(want) {
		t.Fatalf("%d steps, want %d: %v", len(curve), len(want), curve)
	}
	for i, w := range want {
		if curve[i].Time != w.Time || curve[i].AtRisk != w.AtRisk || curve[i].Ended != w.Ended {
			t.Errorf("step %d = %+v, want %+v", i, curve[i], w)
		}
		near(t, "S", curve[i].Survival, w.Survival, .0005)
	}
	if median, ok := curve.Quantile(.5); median != 23 || !ok {
		t.Errorf("median remission is 23 weeks, got %v %v", median, ok)
	}
	if _, ok := curve.Quantile(.9); ok {
		t.Error("the curve never falls to .1, so nine in ten cannot be said")
	}
	near(t, "S(5)", curve.At(5), 1, 0)
	near(t, "S(12.5)", curve.At(12.5), .753, .0005)
	near(t, "S(99)", curve.At(99), .448, .0005)
	if q, ok := KaplanMeier(nil).Quantile(.5); ok || q != 0 {
		t.Error("nothing seen, nothing said")
	}
}

// The placebo group of the same trial has no open cases: the curve is the
// plain share, and the median is 8 weeks.
func TestKaplanMeierPlacebo(t *testing.T) {
	var seen []Seen
	for _, w := range []float64{1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23} {
		seen = append(seen, Seen{Time: w, Ended: true})
	}
	curve := KaplanMeier(seen)
	near(t, "S(8)", curve.At(8), .381, .0005)
	near(t, "S(23)", curve.At(23), 0, 0)
	if median, _ := curve.Quantile(.5); median != 8 {
		t.Errorf("median %v, want 8", median)
	}
	if q, _ := curve.Quantile(1); q != 23 {
		t.Errorf("all managed within 23, got %v", q)
	}
}

// A weight of two is the same as being there twice.
func TestKaplanMeierWeights(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(r, "n")
		var once, twice []Seen
		for range n {
			s := Seen{Time: float64(rapid.IntRange(0, 20).Draw(r, "time")), Ended: rapid.Bool().Draw(r, "ended")}
			w := rapid.IntRange(1, 3).Draw(r, "weight")
			for range w {
				twice = append(twice, s)
			}
			s.Weight = float64(w)
			once = append(once, s)
		}
		a, b := KaplanMeier(once), KaplanMeier(twice)
		if len(a) != len(b) {
			r.Fatalf("%v and %v", a, b)
		}
		for i := range a {
			if a[i].Time != b[i].Time || math.Abs(a[i].Survival-b[i].Survival) > 1e-9 {
				r.Fatalf("%v and %v", a[i], b[i])
			}
		}
	})
}

func TestWilson(t *testing.T) {
	for _, c := range []struct {
		hits, n   int
		low, high float64
	}{
		// Newcombe 1998, table I, method 3.
		{81, 263, .2553, .3662}, {15, 148, .0624, .1605}, {0, 20, 0, .1611}, {1, 29, .0061, .1718},
		{20, 20, .8389, 1}, {0, 0, 0, 1},
	} {
		low, high := Wilson(c.hits, c.n)
		near(t, "low", low, c.low, .00005)
		near(t, "high", high, c.high, .00005)
	}
}

func TestNearestRank(t *testing.T) {
	// The worked example of nearest rank: 15, 20, 35, 40, 50.
	v := []int{15, 20, 35, 40, 50}
	for p, want := range map[float64]int{.05: 15, .30: 20, .40: 20, .50: 35, 1: 50, 0: 15} {
		if got := NearestRank(v, p); got != want {
			t.Errorf("%v: %d, want %d", p, got, want)
		}
	}
	if NearestRank([]int(nil), .5) != 0 {
		t.Error("nothing gives nothing")
	}
}

func TestPinball(t *testing.T) {
	near(t, "late", Pinball(.9, 12, 10), 1.8, 1e-12)
	near(t, "early", Pinball(.9, 10, 12), .2, 1e-12)
	near(t, "right", Pinball(.9, 10, 10), 0, 0)
}

// No single number has a smaller mean loss than the nearest-rank quantile.
func TestPinballIsLeastAtTheQuantile(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		v := rapid.SliceOfN(rapid.Float64Range(0, 1000), 1, 60).Draw(r, "values")
		slices.Sort(v)
		p := rapid.SampledFrom([]float64{.5, .75, .9, .95}).Draw(r, "p")
		mean := func(q float64) (sum float64) {
			for _, x := range v {
				sum += Pinball(p, x, q)
			}
			return sum
		}
		best := mean(NearestRank(v, p))
		for _, x := range v {
			if mean(x) < best-1e-6 {
				r.Fatalf("%v is better than the quantile", x)
			}
		}
	})
}
