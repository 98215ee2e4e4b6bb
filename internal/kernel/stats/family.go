package stats

import (
	"math"
	"sort"
)

// Times are counted in bins: 32 to each doubling, so that none is wider than
// 3% of its time. Bin 0 is no time at all.
const (
	fine  = 5
	parts = 1 << fine
	bins  = 45 * parts
)

// bin of a time in milliseconds, or of such a time per open case.
func bin(t float64) int {
	if t < 1 {
		return 0
	}
	bits := math.Float64bits(t)
	b := 1 + int((bits>>(52-fine))-(1023<<fine))
	return min(b, bins-1)
}

// upper is the longest time of a bin.
func upper(b int) float64 {
	if b == 0 {
		return 0
	}
	return math.Float64frombits(uint64(b+1023<<fine) << (52 - fine))
}

// family is one way to measure how long a case took, with a curve for each memory.
type family struct {
	byBusy  bool // in busy time instead of by the clock
	byQueue bool // per case that was open at the start
	low     int  // the bins in use
	high    int
	done    [memories][bins]float64
	open    [memories][bins]float64
	curve   [memories][bins]float64 // share that lasts longer than the bin
}

// took is how long a case took until now.
func (f *family) took(c *openCase, at int64, busy float64) float64 {
	t := float64(at - c.start)
	if f.byBusy {
		t = busy - c.busy
	}
	if f.byQueue {
		t /= float64(c.queue)
	}
	return t
}

func (f *family) uses(b int) {
	f.low, f.high = min(f.low, b), max(f.high, b)
}

func (f *family) ended(b int, w *[memories]float64) {
	f.uses(b)
	for m := range f.done {
		f.done[m][b] += w[m]
	}
}

func (f *family) clearOpen() {
	for m := range f.open {
		if f.low <= f.high {
			clear(f.open[m][f.low : f.high+1])
		}
	}
}

func (f *family) still(b int, w *[memories]float64) {
	f.uses(b)
	for m := range f.open {
		f.open[m][b] += w[m]
	}
}

// draw makes the survival curves: the share of those at risk that ends in a
// bin, where a shorter memory leans on the longer one before it. The newest
// case weighs unit.
func (f *family) draw(unit [memories]float64) {
	var risk, survival, back [memories]float64
	for m := range risk {
		survival[m] = 1
		if m > 0 {
			back[m] = lean * unit[m]
		}
		for b := f.low; b <= f.high; b++ {
			risk[m] += f.done[m][b] + f.open[m][b]
		}
	}
	for b := f.low; b <= f.high; b++ {
		ends := 0.0
		for m := range risk {
			if all := risk[m] + back[m]; all > 0 {
				ends = min(1, (f.done[m][b]+back[m]*ends)/all)
			}
			survival[m] *= 1 - ends
			f.curve[m][b] = survival[m]
			risk[m] = max(0, risk[m]-f.done[m][b]-f.open[m][b])
		}
	}
}

// survival is the share that lasts longer than a bin, as the shortest memory has it.
func (f *family) survival(b int) float64 {
	if b < f.low || f.high < 0 {
		return 1
	}
	return f.curve[memories-1][min(b, f.high)]
}

// reach finds the first bin beyond which no more than aim lasts. When the curve
// ends well above what was wanted it cannot say.
func (f *family) reach(m int, aim, wanted float64) (b int, ok bool) {
	if f.high < f.low || f.curve[m][f.high] > beyond*wanted {
		return 0, false
	}
	aim = max(aim, f.curve[m][f.high]+slack)
	i := sort.Search(f.high-f.low, func(i int) bool { return f.curve[m][f.low+i] <= aim })
	return f.low + i, true
}
