package web

import (
	"bytes"
	"container/list"
	"context"
	"io"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/telemetry"
)

// Weight says how a request is treated when there is no room for all.
type Weight int

// The weights.
const (
	Ordinary Weight = iota // somebody waits for the answer
	Bulk                   // reports, imports, exports: at most a quarter of the places, and only when nobody else waits
	Free                   // takes no place: assets
	weights  = 2
)

// Admission keeps a server that is asked more than it can do from doing
// nothing well. So many requests are worked on at once as are answered in
// time; a few wait for a place, for a moment; the others hear "busy" with
// Retry-After before anything of them was done. How many places there are
// follows from how long answers take: fewer when they are slow, more when they
// are quick and all places are taken.
type Admission struct {
	o AdmissionOptions

	mu      sync.Mutex
	places  float64 // at the moment
	busy    [weights]int
	waiting [weights]*list.List // of *waiter, the longest first
	since   time.Time           // since when somebody has waited without a break
	window  window
}

// AdmissionOptions bound an Admission.
type AdmissionOptions struct {
	Most     int           // requests worked on at once, however quick
	Waiting  int           // requests that wait for a place
	Patience time.Duration // how long they wait at most
	Target   time.Duration // how long answers may take on the average before there are fewer places
	Weigh    func(r *http.Request) Weight
	Metrics  *telemetry.Metrics
}

// least is how many places there always are: a server that answers slowly
// whatever it does, because its database hangs, goes on trying.
const least = 8

// startWith is how many places there are at first.
const startWith = 64

// window gathers how long answers took until the places are reconsidered.
type window struct {
	ends time.Time
	n    int
	took time.Duration
	full bool // all places were taken at some time
}

const windowLength = 100 * time.Millisecond

// waiter is a request that waits for a place.
type waiter struct {
	came  time.Time
	told  chan bool // whether it has a place; told once
	place *list.Element
}

// NewAdmission makes an admission whose bounds are positive.
func NewAdmission(o AdmissionOptions) *Admission {
	a := &Admission{o: o, places: float64(min(o.Most, max(startWith, least*runtime.GOMAXPROCS(0))))}
	for w := range a.waiting {
		a.waiting[w] = list.New()
	}
	return a
}

// Places says how many places there are, how many are taken and how many
// requests wait for one.
func (a *Admission) Places() (places, taken, waiting int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return int(a.places), a.busy[Ordinary] + a.busy[Bulk], a.waiting[Ordinary].Len() + a.waiting[Bulk].Len()
}

// fits says whether there is a place for one more request of a weight.
func (a *Admission) fits(w Weight) bool {
	if a.busy[Ordinary]+a.busy[Bulk] >= int(a.places) {
		return false
	}
	return w != Bulk || a.busy[Bulk] < max(1, int(a.places)/4)
}

// enter takes a place, or a place in the queue, or neither.
func (a *Admission) enter(w Weight, now time.Time) (in bool, wait *waiter) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waiting[Ordinary].Len() == 0 && (w == Ordinary || a.waiting[Bulk].Len() == 0) && a.fits(w) {
		a.busy[w]++
		return true, nil
	}
	a.window.full = true
	if a.waiting[Ordinary].Len()+a.waiting[Bulk].Len() >= a.o.Waiting {
		if w == Bulk || a.waiting[Bulk].Len() == 0 {
			return false, nil
		}
		a.drop(a.waiting[Bulk].Back()) // what can wait makes room for who does
	}
	if a.since.IsZero() {
		a.since = now
	}
	wait = &waiter{came: now, told: make(chan bool, 1)}
	wait.place = a.waiting[w].PushBack(wait)
	return false, wait
}

func (a *Admission) drop(e *list.Element) {
	for _, l := range a.waiting {
		l.Remove(e) // does nothing in the other list
	}
	e.Value.(*waiter).told <- false
}

// patience is how long a request may wait at this moment. While a burst passes
// it may take all of it; when the queue has not been empty for that long,
// there is more to do than can be done, and waiting only makes every answer
// late: then it is short.
func (a *Admission) patience(now time.Time) time.Duration {
	if !a.since.IsZero() && now.Sub(a.since) > a.o.Patience {
		return a.o.Patience / 8
	}
	return a.o.Patience
}

// leave gives a place back and hands places on to who waits.
func (a *Admission) leave(w Weight, now time.Time, took time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.busy[w]--
	if w == Ordinary {
		a.reconsider(now, took)
	}
	a.hand(now)
}

// hand gives free places to who has waited longest, those that matter first.
func (a *Admission) hand(now time.Time) {
	most := a.patience(now)
	for w := range a.waiting {
		for a.waiting[w].Len() > 0 {
			first := a.waiting[w].Front()
			if now.Sub(first.Value.(*waiter).came) > most {
				a.drop(first)
				continue
			}
			if !a.fits(Weight(w)) {
				break
			}
			a.waiting[w].Remove(first)
			a.busy[w]++
			first.Value.(*waiter).told <- true
		}
	}
	a.rested()
}

// rested notes that nobody waits any more.
func (a *Admission) rested() {
	if a.waiting[Ordinary].Len()+a.waiting[Bulk].Len() == 0 {
		a.since = time.Time{}
	}
}

// give up waiting; false when a place came at the same moment.
func (a *Admission) giveUp(w Weight, wait *waiter) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	before := a.waiting[w].Len()
	a.waiting[w].Remove(wait.place)
	a.rested()
	return a.waiting[w].Len() < before
}

// reconsider has fewer places when answers are slow, and more when they are
// quick and somebody could have used one.
func (a *Admission) reconsider(now time.Time, took time.Duration) {
	v := &a.window
	v.n++
	v.took += took
	v.full = v.full || a.busy[Ordinary]+a.busy[Bulk]+1 >= int(a.places)
	switch {
	case v.ends.IsZero():
		v.ends = now.Add(windowLength)
		return
	case now.Before(v.ends) || v.n < least:
		return
	}
	switch mean := v.took / time.Duration(v.n); {
	case mean > a.o.Target:
		a.places = max(a.places*0.8, min(least, float64(a.o.Most)))
	case v.full && mean < a.o.Target/2:
		a.places = min(a.places*1.1+1, float64(a.o.Most))
	}
	*v = window{ends: now.Add(windowLength)}
}

// wait lets a request wait for its place; false when it got none.
func (a *Admission) wait(ctx context.Context, w Weight, wait *waiter, most time.Duration) bool {
	over, stop := clock.Machine.After(most)
	defer stop()
	select {
	case in := <-wait.told:
		return in
	case <-over:
	case <-ctx.Done():
	}
	if a.giveUp(w, wait) {
		return false
	}
	return <-wait.told
}

// smallBody is read before a request takes its place, so that who sends slowly
// holds up nobody. What is larger counts as bulk.
const smallBody = 32 << 10

// seat is the place of a request that was admitted, until it gives it back.
type seat struct {
	a     *Admission
	w     Weight
	start time.Time
	given bool
}

func (p *seat) giveBack() {
	if p != nil && !p.given {
		p.given = true
		now := clock.Machine.Now()
		p.a.leave(p.w, now, now.Sub(p.start))
	}
}

// busyError is what a request hears that was not admitted.
func busyError() error { return errs.New(errs.Unavailable, "busy").With("Seconds", 2) }

// admit lets a request in, or refuses it before anything of it was done.
func (s *Site) admit(next http.Handler) http.Handler {
	a := s.opts.Admission
	if a == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		weight := a.o.Weigh(r)
		if weight == Free {
			next.ServeHTTP(w, r)
			return
		}
		if r.ContentLength > smallBody || r.ContentLength < 0 {
			weight = Bulk
		} else if r.ContentLength > 0 {
			b := make([]byte, r.ContentLength)
			n, err := io.ReadFull(r.Body, b)
			if err != nil { // the handler hears of it in its own way
				r.Body = &cutShort{Reader: bytes.NewReader(b[:n]), Closer: r.Body, err: err}
			} else {
				r.Body = &readAhead{Reader: bytes.NewReader(b), Closer: r.Body}
			}
		}
		c := From(r.Context())
		now := clock.Machine.Now()
		in, wait := a.enter(weight, now)
		if wait != nil {
			in = a.wait(r.Context(), weight, wait, a.patienceNow(now))
			now = clock.Machine.Now()
		}
		if !in {
			a.o.Metrics.Refused("busy")
			Fail(w, r, busyError())
			return
		}
		c.place = &seat{a: a, w: weight, start: now}
		defer c.place.giveBack()
		next.ServeHTTP(w, r)
	})
}

func (a *Admission) patienceNow(now time.Time) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.patience(now)
}

// readAhead is a body that has come in already.
type readAhead struct {
	io.Reader
	io.Closer
}

// cutShort is a body that broke off.
type cutShort struct {
	io.Reader
	io.Closer
	err error
}

func (c *cutShort) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if err == io.EOF { //nolint:errorlint // a bytes.Reader says so itself
		err = c.err
	}
	return n, err
}
