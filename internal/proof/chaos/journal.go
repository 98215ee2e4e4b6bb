package chaos

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
)

// entry is one write that was acknowledged.
type entry struct {
	at      time.Time // when the answer was here
	org     string
	what    what
	id      string // of the row, or the words where the answer has none
	version int
	ended   bool   // a promise: it was answered as ended
	state   string // a handoff: the state that was answered
}

type what string

// What the clients write.
const (
	aCase    what = "case"
	aContact what = "contact moment"
	aPromise what = "promise"
	aHandoff what = "handoff"
)

// journal is what the clients know: what was acknowledged, and what was asked
// for, so that it can be there once at most.
type journal struct {
	mu      sync.Mutex
	entries []entry
	asked   map[string]what // words that are nowhere but in one write
	seen    int             // so many entries were looked up since they were made
	why     map[string]int  // what was refused, by the type of the problem

	acknowledged, cutOff, refused atomic.Int64
}

func newJournal() *journal {
	return &journal{asked: map[string]what{}, why: map[string]int{}}
}

// ask notes words before they are sent.
func (j *journal) ask(words string, w what) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.asked[words] = w
}

// acknowledge notes what was answered.
func (j *journal) acknowledge(e entry) {
	e.at = clock.Machine.Now()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, e)
}

// until gives the entries acknowledged before a moment; all for the zero time.
func (j *journal) until(t time.Time) []entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	if t.IsZero() {
		return append([]entry(nil), j.entries...)
	}
	var out []entry
	for _, e := range j.entries {
		if e.at.Before(t) {
			out = append(out, e)
		}
	}
	return out
}

// fresh gives what was acknowledged since the last call, and some by chance of
// what was acknowledged before.
func (j *journal) fresh(dice *rand.Rand, older int) (fresh, before []entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	fresh = append(fresh, j.entries[j.seen:]...)
	for range min(older, j.seen) {
		before = append(before, j.entries[dice.IntN(j.seen)])
	}
	j.seen = len(j.entries)
	return fresh, before
}

// words gives what was asked for.
func (j *journal) words() map[string]what {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := make(map[string]what, len(j.asked))
	for k, v := range j.asked {
		out[k] = v
	}
	return out
}

// refuse notes that a write was answered with "not now" or "not so".
func (j *journal) refuse(a answer) {
	j.refused.Add(1)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.why[fmt.Sprintf("%d %s", a.status, a.problem())]++
}

// reasons says why writes were refused, and how often.
func (j *journal) reasons() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var out []string
	for _, k := range slices.Sorted(maps.Keys(j.why)) {
		out = append(out, fmt.Sprintf("%s ×%d", k, j.why[k]))
	}
	return strings.Join(out, ", ")
}
