package stats

import "math"

// Forecaster says how long a case that starts now will take, so that a share p
// of such cases takes no longer. It is fed starts and ends in time order and
// knows nothing but what it was fed: open cases count as open for as long as
// they have lasted. It holds nothing of a case that ended, and does no input
// or output. It is not safe for use by two at once.
//
// How it works. Experts estimate the survival curve (Kaplan and Meier's) in
// four ways: in time by the clock, in busy time (an hour counts as much as
// usually ends in that hour of the week, so that nights and weekends pass
// quickly), and both once more per open case, as a queue would have it. Each
// does so with four memories, from all history to the last thirty-odd cases; a
// shorter memory leans on the next longer one where it has seen too little, so
// that no window is too short to reach the quantile. Their quotes are averaged
// with weights by how well each did lately (pinball loss). Last, the level is
// nudged by how all earlier quotes turned out, as far as that is known by now:
// a quote whose time has passed counts as missed, one that is still running as
// much as the curve says it will be. So the share kept stays near p also while
// the work drifts.
type Forecaster struct {
	levels   []level
	families [families]family
	busy     busyClock

	slots   []openCase // by Ticket; free ones are chained
	free    Ticket
	open    int
	started int // how many cases were ever started
	ended   int
	base    int // weights are relative to this start

	fresh   bool // curves were drawn
	changes int  // starts and ends since
}

// Ticket is the case that was started, for as long as it is open.
type Ticket int32

// Quote is what was said for a case.
type Quote struct {
	Lead  int64 // no longer than this, in the unit of the moments that were fed
	parts [experts]float32
}

const (
	memories = 4
	families = 4
	experts  = memories * families

	lean      = 10.0 // as many cases of the longer memory stand behind a shorter one
	sharpen   = 0.5  // how fast an expert that did worse is heard less
	forget    = 0.99 // of the experts' losses, per outcome
	gain      = 0.07 // of the nudge per quote missed too many
	steep     = 6.0  // as many too many double the gain
	downMost  = -3.0 // bounds of the nudge, in log odds
	upMost    = 6.0
	patient   = 150.0 // with more quotes than this in the air a nudge is heard late, so each is smaller
	beyond    = 1.5   // a curve that ends above the level by this factor cannot say it
	hugeScale = 1e150
)

// halfLives of the memories, in cases; 0 forgets nothing.
var halfLives = [memories]float64{0, 400, 100, 30}

type openCase struct {
	start  int64
	busy   float64 // the busy clock at the start
	queue  float32 // how many were open then, itself included
	index  int     // how many started before
	weight [memories]float64
	free   bool
	next   Ticket
	quotes []said // by level; nil: nothing was quoted
}

type said struct {
	Quote
	set  bool
	miss float64 // how much it counts as missed by now, less what was expected
}

// level is one share p at which is quoted.
type level struct {
	p       float64
	done    float64 // missed less expected, of those that ended
	running float64 // the same of those still open
	unknown int     // quotes whose time has not come yet
	loss    [experts]float64
	mean    float64 // discounted loss of what was quoted
}

// NewForecaster quotes at each of the shares given.
func NewForecaster(shares ...float64) *Forecaster {
	f := &Forecaster{free: -1}
	for _, p := range shares {
		f.levels = append(f.levels, level{p: p})
	}
	for k := range f.families {
		f.families[k].byBusy, f.families[k].byQueue = k&1 == 1, k >= 2
		f.families[k].low, f.families[k].high = bins, -1
	}
	f.busy.draw()
	return f
}

// Start tells of a case that starts. Moments are milliseconds.
func (f *Forecaster) Start(at int64) Ticket {
	f.open++
	c := openCase{start: at, busy: f.busy.at(at), queue: float32(f.open), weight: f.weights(f.started), index: f.started}
	f.started++
	// What is long past need not be made good: an outcome weighs as far into the
	// history as its case started.
	for i := range f.levels {
		f.levels[i].done *= 1 - 1/float64(f.started)
	}
	f.changes++
	if f.free < 0 {
		f.slots = append(f.slots, c)
		return Ticket(len(f.slots) - 1)
	}
	i := f.free
	f.free = f.slots[i].next
	c.quotes = f.slots[i].quotes
	clear(c.quotes)
	f.slots[i] = c
	return i
}

// Follow remembers what was quoted for a case, to learn from how it ends.
func (f *Forecaster) Follow(t Ticket, which int, q Quote) {
	c := &f.slots[t]
	if c.quotes == nil {
		c.quotes = make([]said, len(f.levels))
	}
	c.quotes[which] = said{Quote: q, set: true}
}

// End tells that a case ended. The ticket may be given out again.
func (f *Forecaster) End(t Ticket, at int64) {
	c := &f.slots[t]
	busy := f.busy.at(at)
	for k := range f.families {
		f.families[k].ended(bin(f.families[k].took(c, at, busy)), &c.weight)
	}
	f.busy.saw(at)
	lead := float64(at - c.start)
	for i := range c.quotes {
		if s := &c.quotes[i]; s.set {
			f.levels[i].learn(s, lead, f.share(c))
		}
	}
	c.free, c.next, f.free = true, f.free, t
	f.open--
	f.ended++
	f.changes++
}

// share is how far into the history a case started, from 0 to 1.
func (f *Forecaster) share(c *openCase) float64 { return float64(c.index+1) / float64(f.started) }

func (l *level) learn(s *said, lead, w float64) {
	l.running -= s.miss
	l.done -= (1 - l.p) * w
	if lead > float64(s.Lead) {
		l.done += w
	}
	l.mean = l.mean*forget + Pinball(l.p, lead, float64(s.Lead))
	for x := range l.loss {
		l.loss[x] = l.loss[x]*forget + Pinball(l.p, lead, float64(s.parts[x]))
	}
}

// Quote says how long a case that starts at this moment may take at one of the
// shares. It is declined, and ok is false, while too little ended to say it.
func (f *Forecaster) Quote(which int, at int64) (q Quote, ok bool) {
	l := &f.levels[which]
	if _, ok := OrderStatistic(f.ended, l.p); !ok {
		return q, false
	}
	f.refresh(at)
	aim := l.aim()
	best := math.Inf(1)
	for _, x := range l.loss {
		best = min(best, x)
	}
	scale := max(1, l.mean*(1-forget))
	sum, weight := 0.0, 0.0
	for k := range f.families {
		fam := &f.families[k]
		for m := range memories {
			x := k*memories + m
			b, ok := fam.reach(m, f.roomFor(m, aim), 1-l.p)
			if !ok && x == 0 {
				return q, false
			}
			if !ok {
				q.parts[x] = q.parts[0]
				continue
			}
			v := upper(b)
			if fam.byQueue {
				v *= float64(f.open + 1)
			}
			if fam.byBusy {
				v = f.busy.until(at, v)
			}
			q.parts[x] = float32(v)
			w := math.Exp(-sharpen * (l.loss[x] - best) / scale)
			sum += w * v
			weight += w
		}
	}
	q.Lead = int64(math.Ceil(sum / weight))
	return q, true
}

// aim is the share that may take longer, nudged by how quotes turned out.
func (l *level) aim() float64 {
	alpha := 1 - l.p
	missed := (l.done + l.running) * 0.3 / math.Sqrt(alpha*l.p)
	missed /= 1 + max(0, float64(l.unknown)-patient)/patient
	nudge := min(max(gain*missed*(1+math.Abs(missed)/steep), downMost), upMost)
	odds := alpha / (1 - alpha) * math.Exp(-nudge)
	return odds / (1 + odds)
}

// roomFor leaves room for the next one, as the order statistic does: (n+1)p of
// the n that a memory is worth.
func (f *Forecaster) roomFor(m int, aim float64) float64 {
	n := float64(f.ended)
	if h := halfLives[m]; h > 0 {
		n = min(n, h*2/math.Ln2)
	}
	return max(aim/3, aim-(1-aim)/n)
}

// interval is how many changes the curves may be behind: none while there are
// few cases, and a small share of what they rest on after that.
func (f *Forecaster) interval() int {
	many := min(f.started/1000, 30)
	return max(1, many, min(f.open*f.open/20000, f.open/20))
}

// refresh draws the curves anew and looks how running quotes stand.
func (f *Forecaster) refresh(at int64) {
	if f.fresh && f.changes < f.interval() {
		return
	}
	f.fresh, f.changes = true, 0
	busy := f.busy.at(at)
	f.busy.draw()
	f.rescale()
	for k := range f.families {
		f.families[k].clearOpen()
	}
	for i := range f.slots {
		c := &f.slots[i]
		if c.free {
			continue
		}
		for k := range f.families {
			fam := &f.families[k]
			fam.still(bin(fam.took(c, at, busy)), &c.weight)
		}
	}
	unit := f.weights(f.started - 1)
	for k := range f.families {
		f.families[k].draw(unit)
	}
	f.look(at)
}

// look estimates how running quotes will turn out.
func (f *Forecaster) look(at int64) {
	for i := range f.levels {
		f.levels[i].running, f.levels[i].unknown = 0, 0
	}
	plain := &f.families[0]
	for i := range f.slots {
		c := &f.slots[i]
		if c.free {
			continue
		}
		age := float64(at - c.start)
		for j := range c.quotes {
			s := &c.quotes[j]
			if !s.set {
				continue
			}
			alpha := 1 - f.levels[j].p
			likely := 1.0
			if age <= float64(s.Lead) {
				likely = alpha
				f.levels[j].unknown++
				if now := plain.survival(bin(age)); now > 0 {
					likely = min(1, plain.survival(bin(float64(s.Lead)))/now)
				}
			}
			s.miss = (likely - alpha) * f.share(c)
			f.levels[j].running += s.miss
		}
	}
}

// weights of the case that was the index-th to start: later ones weigh more.
func (f *Forecaster) weights(index int) (w [memories]float64) {
	w[0] = 1
	for m := 1; m < memories; m++ {
		w[m] = math.Exp2(float64(index-f.base) / halfLives[m])
	}
	return w
}

// rescale keeps the growing weights within what a number holds.
func (f *Forecaster) rescale() {
	if f.weights(f.started)[memories-1] < hugeScale {
		return
	}
	by := f.weights(f.started)
	for i := range f.slots {
		for m := 1; m < memories; m++ {
			f.slots[i].weight[m] /= by[m]
		}
	}
	for k := range f.families {
		for m := 1; m < memories; m++ {
			for b := range f.families[k].done[m] {
				f.families[k].done[m][b] /= by[m]
			}
		}
	}
	f.base = f.started
}
