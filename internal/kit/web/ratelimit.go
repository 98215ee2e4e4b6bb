package web

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// maxClients bounds how many clients a limiter remembers: the least recently
// seen one is forgotten first.
const maxClients = 10_000

// Limiter slows down whoever tries too often, by address: for signing in and
// links. It counts on the business clock and per node.
type Limiter struct{ by *buckets[netip.Prefix] }

// buckets hold so many tries of each client, and fill up again.
type buckets[K comparable] struct {
	every time.Duration
	burst int

	mu    sync.Mutex
	order *list.List // most recent first; values are *bucket[K]
	byKey map[K]*list.Element
}

type bucket[K comparable] struct {
	key   K
	limit *rate.Limiter
}

func newBuckets[K comparable](every time.Duration, burst int) *buckets[K] {
	return &buckets[K]{every: every, burst: burst, order: list.New(), byKey: map[K]*list.Element{}}
}

// NewLimiter allows burst tries at once and one more each time every has passed.
func NewLimiter(every time.Duration, burst int) *Limiter {
	return &Limiter{newBuckets[netip.Prefix](every, burst)}
}

// Allow takes one try of an address; "too-many-tries" when there is none left.
func (l *Limiter) Allow(a netip.Addr, now time.Time) error {
	wait := l.by.take(subscriber(a), now)
	if wait == 0 {
		return nil
	}
	return errs.New(errs.TooMany, "too-many-tries").With("Seconds", wholeSeconds(wait))
}

func wholeSeconds(wait time.Duration) int { return int((wait + time.Second - 1) / time.Second) }

// take takes one try of a client, or says how long to wait for it.
func (l *buckets[K]) take(key K, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	el, ok := l.byKey[key]
	if ok {
		l.order.MoveToFront(el)
	} else {
		if l.order.Len() >= maxClients {
			last := l.order.Back()
			delete(l.byKey, last.Value.(*bucket[K]).key)
			l.order.Remove(last)
		}
		el = l.order.PushFront(&bucket[K]{key: key, limit: rate.NewLimiter(rate.Every(l.every), l.burst)})
		l.byKey[key] = el
	}
	r := el.Value.(*bucket[K]).limit.ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return wait
	}
	return 0
}

// Guard limits the routes of a handler by the address a request came from.
func (l *Limiter) Guard(h Handler) Handler {
	return func(c *Ctx) error {
		if err := l.Allow(c.Addr(), c.Now()); err != nil {
			return err
		}
		return h(c)
	}
}

// Addr is the address the request came from; see Site.ClientAddr.
func (c *Ctx) Addr() netip.Addr { return c.site.ClientAddr(c.r) }

// subscriber is what one client can use at will: a single IPv4 address, a
// whole /64 of IPv6.
func subscriber(a netip.Addr) netip.Prefix {
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, err := a.WithZone("").Prefix(bits)
	if err != nil { // no address: all such share one limit
		return netip.Prefix{}
	}
	return p
}
