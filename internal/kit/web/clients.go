package web

import (
	"net/http"
	"sync"
	"time"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/telemetry"
)

// Clients keeps one client from taking what all should have: it may have so
// many requests under way at once, and send so many in a second. A client is
// who asks (a member, a customer, another organisation); where that is nobody,
// an address.
type Clients struct {
	o      ClientOptions
	known  *buckets[client]
	nobody *Limiter
	now    func() time.Time

	mu   sync.Mutex
	busy map[client]int
}

// ClientOptions bound it; 0 is no bound.
type ClientOptions struct {
	AtOnce    int // requests of one client under way
	PerSecond int // requests of one client that is known; twice as many at once
	Anonymous int // requests a second of an address that nobody signed in from; ten times as many at once
	Metrics   *telemetry.Metrics
}

// client is who asks.
type client struct {
	kind     actor.Kind
	org, id  string
	question string
}

// NewClients makes them.
func NewClients(o ClientOptions) *Clients {
	k := &Clients{o: o, now: clock.Machine.Now, busy: map[client]int{}}
	if o.PerSecond > 0 {
		k.known = newBuckets[client](time.Second/time.Duration(o.PerSecond), 2*o.PerSecond)
	}
	if o.Anonymous > 0 {
		k.nobody = NewLimiter(time.Second/time.Duration(o.Anonymous), 10*o.Anonymous)
	}
	return k
}

// enter counts a request of who asks, or refuses it. A nil *Clients refuses
// nothing.
func (k *Clients) enter(c *Ctx) (who client, err error) {
	if k == nil {
		return client{}, nil
	}
	now := k.now()
	if c.Actor.Kind == "" {
		if k.nobody != nil {
			if err := k.nobody.Allow(c.Addr(), now); err != nil {
				k.o.Metrics.Refused("rate")
				return client{}, err
			}
		}
		return client{}, nil
	}
	who = client{kind: c.Actor.Kind, org: c.Actor.Org, id: c.Actor.ID(), question: c.Actor.Question}
	if k.known != nil {
		if wait := k.known.take(who, now); wait > 0 {
			k.o.Metrics.Refused("rate")
			return client{}, errs.New(errs.TooMany, "too-many-requests").With("Seconds", wholeSeconds(wait))
		}
	}
	if k.o.AtOnce <= 0 {
		return client{}, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.busy[who] >= k.o.AtOnce {
		k.o.Metrics.Refused("at-once")
		return client{}, errs.New(errs.TooMany, "too-many-at-once").With("Most", k.o.AtOnce).With("Seconds", 1)
	}
	k.busy[who]++
	return who, nil
}

// leave ends what enter counted.
func (k *Clients) leave(who client) {
	if k == nil || who == (client{}) {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.busy[who]--; k.busy[who] <= 0 {
		delete(k.busy, who)
	}
}

// bounded serves a request within what its client may ask.
func (s *Site) bounded(c *Ctx, w http.ResponseWriter, r *http.Request, next http.Handler) {
	who, err := s.opts.Clients.enter(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	c.counted = who
	defer func() { s.opts.Clients.leave(c.counted) }()
	next.ServeHTTP(w, r)
}
