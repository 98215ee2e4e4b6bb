package examine

import (
	"math"
	"slices"
	"time"

	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/stats"
)

// Figures are what a log says, in numbers.
type Figures struct {
	Cases, Events, People int
	Handovers, Returns    int
	CasesWithReturn       int
	First, Last           time.Time
	Leads                 []int64    // first to last event in microseconds, sorted
	ByHandovers           [7]int     // cases with 0, 1 … 5, six or more
	ByReturns             [4][]int64 // leads of cases that came back never, once, twice, more often; sorted
	Deadlines             Share
	ByKind                []KindShare // largest first
	Holders               []Holder    // most cases first
	Between               []Between   // most handovers first
	BetweenGroups         bool        // Between is about groups, not persons
	Waits                 Waits
	ReturnsAt             []Part         // activities with which a case came back, most first
	Spans                 []promise.Span // each case from its first to its last event, in the order of the file
	HeldHours             float64        // somebody had a case
}

// Share is how many of how many.
type Share struct{ N, Hits int }

// Of is the share, 0 of nothing.
func (s Share) Of() float64 {
	if s.N == 0 {
		return 0
	}
	return float64(s.Hits) / float64(s.N)
}

// Wilson is the 95% interval of the share.
func (s Share) Wilson() (low, high float64) { return stats.Wilson(s.Hits, s.N) }

// KindShare is a share of one kind of case.
type KindShare struct {
	Kind string
	Share
}

// Holder is what one person did with the cases they had.
type Holder struct {
	Name   string
	Cases  int
	Passed Share   // handovers they made; hits: of which the case came back to them
	Hours  float64 // held: from their event to the next of somebody else
}

// Between is how handovers from one to another fared. Hits are those after
// which the case came back to somebody who had it before the handover.
type Between struct {
	From, To string
	Share
}

// Part is one of several.
type Part struct {
	Name string
	Share
}

// Waits is the time in which nobody had a case.
type Waits struct {
	Cases int           // with such a time
	Hours float64       // over all cases
	Half  time.Duration // half of these cases waited no longer
	Begin bool          // known from when the case came in
}

// Quantile is the nearest-rank quantile of the lead times.
func (f *Figures) Quantile(p float64) time.Duration {
	if len(f.Leads) == 0 {
		return 0
	}
	return micro(stats.NearestRank(f.Leads, p))
}

func micro(us int64) time.Duration {
	if us > math.MaxInt64/1000 {
		return math.MaxInt64
	}
	return time.Duration(us) * time.Microsecond
}

func hours(us int64) float64 { return float64(us) / float64(hour) }

// hold is one turn of one holder.
type hold struct {
	who      uint32
	in, out  uint16 // groups at its first and last event
	what     uint16 // activity with which it began
	from, to int64
}

// counter gathers figures case by case.
type counter struct {
	l     *Log
	f     *Figures
	holds []hold
	first []int    // per hold: where its holder held first in this case
	mark  []uint32 // per person: the case in which they were seen last, + 1
	place []int    // and where in it
	who   []Holder
	pairs map[uint64]*Share
	waits []int64
	kinds []Share
	at    []Share
	begin int64 // of the log
	until int64
}

// maxPairs bounds the memory for pairs of persons; logs with groups have few.
const maxPairs = 1 << 20

// Count counts, once: the log's events are no longer there afterwards.
func (l *Log) Count() *Figures {
	c := &counter{l: l, f: &Figures{Events: l.events.n, People: l.people.Len()}, pairs: map[uint64]*Share{},
		mark: make([]uint32, l.people.Len()), place: make([]int, l.people.Len()), who: make([]Holder, l.people.Len()),
		kinds: make([]Share, l.kinds.Len()+1), at: make([]Share, l.what.Len()+1), begin: math.MaxInt64, until: math.MinInt64}
	f := c.f
	f.BetweenGroups = l.groups.Len() > 1
	f.Waits.Begin = l.start != nil
	f.Spans = make([]promise.Span, 0, l.cases.Len())
	l.cases.slots = nil // no name will be looked up any more
	l.events.byCase(l.cases.Len(), c.add)
	l.events, l.start, l.deadline, l.kind = events{}, nil, nil, nil
	c.finish()
	return f
}

func (c *counter) add(cas uint32, list []event, inOrder bool) {
	f, l := c.f, c.l
	if !inOrder {
		l.Trouble.Unordered++
	}
	f.Cases++
	first, last := list[0].when, list[len(list)-1].when
	lead := last - first
	c.begin, c.until = min(c.begin, first), max(c.until, last)
	f.Spans = append(f.Spans, promise.Span{Start: floorDiv(first, 1000), End: floorDiv(last, 1000)})
	c.turns(cas, list)
	returns := c.handovers(cas)
	n := max(0, len(c.holds)-1)
	f.Handovers += n
	f.Returns += returns
	if returns > 0 {
		f.CasesWithReturn++
	}
	f.ByHandovers[min(n, len(f.ByHandovers)-1)]++
	r := min(returns, len(f.ByReturns)-1)
	f.ByReturns[r] = append(f.ByReturns[r], lead)
	deadline, ok1 := at(l.deadline, cas)
	if end, ok2 := at(l.end, cas); ok1 && ok2 {
		hit := 0
		if end <= deadline {
			hit = 1
		}
		kind := uint32(0)
		if int(cas) < len(l.kind) {
			kind = l.kind[cas]
		}
		for _, s := range []*Share{&f.Deadlines, &c.kinds[kind]} {
			s.N++
			s.Hits += hit
		}
	}
}

// turns finds who held the case one after the other, and when nobody did.
func (c *counter) turns(cas uint32, list []event) {
	c.holds = c.holds[:0]
	unheld, wait := int64(never), int64(0)
	if start, ok := at(c.l.start, cas); ok && start < list[0].when {
		unheld = start
	}
	for _, e := range list {
		last := len(c.holds) - 1
		if e.who == 0 {
			if unheld == never {
				unheld = e.when
				if last >= 0 {
					c.holds[last].to = e.when
				}
			}
			continue
		}
		if unheld != never {
			wait += e.when - unheld
			unheld = never
		} else if last >= 0 {
			c.holds[last].to = e.when
		}
		if last >= 0 && c.holds[last].who == e.who {
			c.holds[last].out, c.holds[last].to = e.group, e.when
			continue
		}
		c.holds = append(c.holds, hold{who: e.who, in: e.group, out: e.group, what: e.what, from: e.when, to: e.when})
	}
	if unheld != never {
		wait += list[len(list)-1].when - unheld
	}
	if wait > 0 {
		c.waits = append(c.waits, wait)
	}
}

// handovers counts what became of each handover of a case, and gives its returns.
func (c *counter) handovers(cas uint32) (returns int) {
	n := len(c.holds)
	c.first = c.first[:0]
	for i, h := range c.holds {
		p := h.who - 1
		if c.mark[p] != cas+1 {
			c.mark[p], c.place[p] = cas+1, i
			c.who[p].Cases++
			c.first = append(c.first, i)
		} else { // not the previous one: consecutive turns of one person are one
			returns++
			c.at[h.what].Hits++
			c.first = append(c.first, c.place[p])
		}
		if i > 0 {
			c.at[h.what].N++
		}
		c.who[p].Hours += hours(h.to - h.from)
	}
	if n < 2 {
		return returns
	}
	// From the end: who appears again, and how early they had it before.
	earliest := math.MaxInt
	for i := n - 1; i >= 0; i-- {
		if i+2 < n && c.first[i+2] < i+2 {
			earliest = min(earliest, c.first[i+2])
		}
		p := c.holds[i].who - 1
		again := c.place[p] < 0
		c.place[p] = -1 // seen from the end
		if i == n-1 {
			continue
		}
		who := &c.who[p].Passed
		who.N++
		if again {
			who.Hits++
		}
		from, to := uint64(c.holds[i].who), uint64(c.holds[i+1].who)
		if c.f.BetweenGroups {
			from, to = uint64(c.holds[i].out), uint64(c.holds[i+1].in)
		}
		pair := c.pairs[from<<32|to]
		if pair == nil {
			if len(c.pairs) >= maxPairs {
				continue
			}
			pair = &Share{}
			c.pairs[from<<32|to] = pair
		}
		pair.N++
		if earliest <= i {
			pair.Hits++
		}
	}
	return returns
}

func (c *counter) finish() {
	f, l := c.f, c.l
	f.Leads = make([]int64, 0, f.Cases)
	for _, list := range f.ByReturns {
		f.Leads = append(f.Leads, list...)
	}
	slices.Sort(f.Leads)
	f.First, f.Last = time.UnixMicro(c.begin).UTC(), time.UnixMicro(c.until).UTC()
	for _, list := range f.ByReturns {
		slices.Sort(list)
	}
	slices.Sort(c.waits)
	f.Waits.Cases = len(c.waits)
	for _, w := range c.waits {
		f.Waits.Hours += hours(w)
	}
	if len(c.waits) > 0 {
		f.Waits.Half = micro(stats.NearestRank(c.waits, .5))
	}
	for k, s := range c.kinds {
		if s.N > 0 {
			name := ""
			if k > 0 {
				name = l.kinds.text(uint32(k - 1))
			}
			f.ByKind = append(f.ByKind, KindShare{name, s})
		}
	}
	slices.SortStableFunc(f.ByKind, func(a, b KindShare) int { return b.N - a.N })
	for k := range c.who {
		c.who[k].Name = l.people.text(uint32(k))
		f.HeldHours += c.who[k].Hours
	}
	f.Holders = c.who
	slices.SortStableFunc(f.Holders, func(a, b Holder) int { return b.Cases - a.Cases })
	name := func(k uint64) string {
		switch {
		case k == 0:
			return ""
		case f.BetweenGroups:
			return l.groups.text(uint32(k - 1))
		}
		return l.people.text(uint32(k - 1))
	}
	keys := make([]uint64, 0, len(c.pairs))
	for k := range c.pairs {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b uint64) int {
		if d := c.pairs[b].N - c.pairs[a].N; d != 0 {
			return d
		}
		return compare(a, b)
	})
	for _, k := range keys {
		f.Between = append(f.Between, Between{name(k >> 32), name(k & math.MaxUint32), *c.pairs[k]})
	}
	for k, s := range c.at {
		if k > 0 && s.Hits > 0 {
			f.ReturnsAt = append(f.ReturnsAt, Part{l.what.text(uint32(k - 1)), s})
		}
	}
	slices.SortStableFunc(f.ReturnsAt, func(a, b Part) int { return b.Hits - a.Hits })
}

func compare[T int64 | uint64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
