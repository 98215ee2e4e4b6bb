package examine

import (
	"cmp"
	"math"
	"slices"
)

// never is a moment that is not known.
const never = math.MinInt64

// event is one line: who did something on a case, and when in microseconds
// since 1970. Who, group and what are numbers of names plus one; 0 is nobody.
type event struct {
	when        int64
	who         uint32
	group, what uint16
}

const blockEvents = 1 << 16

type eventBlock struct {
	when        [blockEvents]int64
	who         [blockEvents]uint32
	group, what [blockEvents]uint16
}

// events keeps all events of a log in 20 bytes each, in the order of the file.
type events struct {
	blocks []*eventBlock
	cases  []*[blockEvents]uint32 // of which case each is
	n      int
}

func (s *events) add(cas uint32, e event) {
	i := s.n % blockEvents
	if i == 0 {
		s.blocks, s.cases = append(s.blocks, new(eventBlock)), append(s.cases, new([blockEvents]uint32))
	}
	b := s.blocks[len(s.blocks)-1]
	b.when[i], b.who[i], b.group[i], b.what[i] = e.when, e.who, e.group, e.what
	s.cases[len(s.cases)-1][i] = cas
	s.n++
}

func (s *events) at(k uint32) event {
	b, i := s.blocks[k/blockEvents], k%blockEvents
	return event{b.when[i], b.who[i], b.group[i], b.what[i]}
}

// byCase calls fn with the events of each case in time order, those of the
// same time in the order of the file. The slice is used again for the next
// case. Cases without events are left out. It can be done once.
func (s *events) byCase(cases int, fn func(cas uint32, list []event, inOrder bool)) {
	// A counting sort: where each case begins in the permutation.
	start := make([]uint32, cases+1)
	for k, b := range s.cases {
		for _, c := range b[:min(blockEvents, s.n-k*blockEvents)] {
			start[c+1]++
		}
	}
	for c := range cases {
		start[c+1] += start[c]
	}
	order := make([]uint32, s.n)
	for k, b := range s.cases {
		for i, c := range b[:min(blockEvents, s.n-k*blockEvents)] {
			order[start[c]] = uint32(k*blockEvents + i)
			start[c]++
		}
	}
	// Now start[c] is where case c ends, which is where the next begins. Which
	// case an event is of follows from its place: that memory is free for figures.
	s.cases = nil
	var list []event
	from := uint32(0)
	for c := range cases {
		list = list[:0]
		for _, k := range order[from:start[c]] {
			list = append(list, s.at(k))
		}
		from = start[c]
		if len(list) == 0 {
			continue
		}
		earlier := func(a, b event) int { return cmp.Compare(a.when, b.when) }
		inOrder := slices.IsSortedFunc(list, earlier)
		if !inOrder {
			slices.SortStableFunc(list, earlier)
		}
		fn(uint32(c), list, inOrder)
	}
}
