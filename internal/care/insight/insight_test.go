package insight

import (
	"math"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/kernel/workcal"
)

func TestRate(t *testing.T) {
	// Published: 81 of 263 has the Wilson interval .2553 to .3662.
	r := RateOf(81, 263)
	if math.Abs(r.Low-.2553) > .0001 || math.Abs(r.High-.3662) > .0001 || math.Abs(r.P-.3080) > .0001 {
		t.Errorf("%+v", r)
	}
	if none := RateOf(0, 0); none.P != 0 || none.High != 0 || none.Differs(r) || r.Differs(none) {
		t.Errorf("of nothing: %+v", none)
	}
	if !RateOf(83, 100).Differs(RateOf(98, 100)) || RateOf(88, 100).Differs(RateOf(92, 100)) {
		t.Error("differences beyond chance are not told from others")
	}
}

func TestTallyRate(t *testing.T) {
	for _, c := range []struct {
		m       Measure
		t       Tally
		hits, n int
	}{
		{Kept, Tally{KeptWell: 8, Broken: 1, Moved: 1}, 8, 10},
		{Answered, Tally{Within: 3, Late: 1, Waiting: 5}, 3, 4},
		{Returned, Tally{Straight: 9, Bounced: 1}, 9, 10},
		{Told, Tally{Before: 1, After: 2, Untold: 1}, 1, 4},
		{Told, Tally{}, 0, 0},
	} {
		if r := c.t.Rate(c.m); r.Hits != c.hits || r.N != c.n {
			t.Errorf("%s %v: %d of %d", c.m, c.t, r.Hits, r.N)
		}
	}
}

func TestWeeks(t *testing.T) {
	// Thursday 31 December 2026 is in week 53, which ends on Sunday 3 January.
	for _, day := range []int{28, 31, 34} {
		got := Weeks(workcal.DateOf(time.Date(2026, 12, day, 12, 0, 0, 0, time.UTC), time.UTC), 2)
		if len(got) != 2 || got[1].Label != "53" || got[1].From.String() != "2026-12-28" || got[0].From.String() != "2026-12-21" {
			t.Errorf("31 December, %d: %+v", day, got)
		}
		if !got[1].Holds("2027-01-03") || got[1].Holds("2027-01-04") || got[1].Holds("2026-12-27") {
			t.Error("week 53 holds other days")
		}
	}
}
