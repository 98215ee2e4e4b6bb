package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/ledger"
)

// Change says which parts of pages a fact changes, and for whom.
type Change struct {
	// Keys are what regions of staff pages listen to: "case:<id>", "today".
	Keys []string
	// Members narrows it to some members of the fact's organisation; empty
	// means all of them.
	Members []string
	// Customer says that the customer's page of the fact's question changes.
	Customer bool
}

// Stream tells open pages that something changed (decision 23). It is a
// job.Worker: run it on every node with job.Loop. Events say only "this
// changed"; the page fetches itself, with all its permissions.
type Stream struct {
	db      *db.DB
	changes func(f ledger.Fact) []Change

	mu    sync.Mutex
	ready bool  // pos is known
	pos   int64 // up to here subscribers were told
	subs  map[*subscription]struct{}
	nth   int64

	// Most is how many may be open on this node; 0 is no bound. Set it before
	// the first.
	Most int
}

const (
	maxBehind     = 500              // facts a returning page is told one by one
	perReader     = 6                // streams one reader may hold open: browsers have no more connections
	pending       = 64               // messages a slow reader may be behind
	heartbeat     = 20 * time.Second // so that proxies keep the connection
	maxBeats      = 45               // then the page comes back, and shows again who it is
	writePatience = 10 * time.Second
)

type subscription struct {
	reader actor.Actor
	who    string
	out    chan message
	gone   chan struct{} // closed when dropped
	once   sync.Once
	nth    int64 // in the order they came
}

func (s *subscription) drop() { s.once.Do(func() { close(s.gone) }) }

// message is what changed up to a position of the feed; 0 for what no fact is
// behind.
type message struct {
	pos  int64
	keys []string
}

// NewStream makes a stream; changes says what a fact changes, and nil for
// nothing.
func NewStream(d *db.DB, changes func(f ledger.Fact) []Change) *Stream {
	s := &Stream{db: d, changes: changes, subs: map[*subscription]struct{}{}}
	d.Hub().Hear(topicLive, s.hear)
	return s
}

// Name implements job.Worker.
func (s *Stream) Name() string { return "live pages" }

// Topics implements job.Worker.
func (s *Stream) Topics() []string { return []string{ledger.Topic} }

// Next implements job.Worker: it waits to be woken, by another node too, and
// polls for what it was not told of.
func (s *Stream) Next(context.Context) (time.Time, error) { return time.Time{}, nil }

// Work reads on in the feed and tells who listens. It never counts as work
// that is due: an open page holds nobody up.
func (s *Stream) Work(ctx context.Context) (int, error) {
	s.mu.Lock()
	from, ready, idle := s.pos, s.ready, len(s.subs) == 0
	s.mu.Unlock()
	var facts []ledger.Fact
	var head int64
	err := s.db.Read(ctx, func(q db.Q) (err error) {
		if head, err = ledger.FeedHead(q); err != nil || !ready || idle || head == from {
			return err
		}
		facts, err = ledger.Feed(q, from, maxBehind)
		return err
	})
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ready || len(facts) == 0 {
		if head > s.pos && (!s.ready || len(s.subs) == 0) {
			s.pos = head
		}
		s.ready = true
		return 0, nil
	}
	if s.pos != from { // another turn was faster
		return 0, nil
	}
	s.pos = facts[len(facts)-1].Pos
	for sub := range s.subs {
		if keys := s.keysFor(sub.reader, facts); len(keys) > 0 {
			select {
			case sub.out <- message{s.pos, keys}:
			default: // too slow: it reconnects and catches up
				delete(s.subs, sub)
				sub.drop()
			}
		}
	}
	if s.pos < head {
		return len(facts), nil
	}
	return 0, nil
}

// keysFor gathers what facts change for a reader, each key once. Nobody hears
// of another organisation's facts, a customer only of their question's.
func (s *Stream) keysFor(who actor.Actor, facts []ledger.Fact) (keys []string) {
	for _, f := range facts {
		mine := who.Kind == actor.Staff && f.Org == who.Org
		theirs := who.Kind == actor.Customer && f.Question != "" && f.Question == who.Question
		if !mine && !theirs {
			continue
		}
		for _, c := range s.changes(f) {
			var add []string
			switch {
			case mine && (len(c.Members) == 0 || slices.Contains(c.Members, who.Member)):
				add = c.Keys
			case theirs && c.Customer:
				add = []string{"question"}
			}
			for _, k := range add {
				if k != "" && !slices.Contains(keys, k) && !strings.ContainsAny(k, "\r\n") {
					keys = append(keys, k)
				}
			}
		}
	}
	return keys
}

// Open is how many streams are open on this node.
func (s *Stream) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.subs)
}

// Close ends all streams: the node is stopping and they find another.
func (s *Stream) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for sub := range s.subs {
		delete(s.subs, sub)
		sub.drop()
	}
}

// Serve is the handler of a stream, behind the guards of its surface.
func (s *Stream) Serve(c *Ctx) error {
	if c.Actor.Kind != actor.Staff && c.Actor.Kind != actor.Customer {
		return errs.New(errs.Unauthorised, "sign-in-needed")
	}
	sub, head, err := s.subscribe(c)
	if err != nil {
		return err
	}
	defer s.unsubscribe(sub)
	first, err := s.missed(c, head)
	if err != nil {
		return err
	}
	c.live = true
	// It lasts, and asks nothing: others have its place.
	c.place.giveBack()
	c.site.opts.Clients.leave(c.counted)
	c.counted = client{}
	h := c.w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")
	c.w.WriteHeader(http.StatusOK)
	if !send(c.w, first) {
		return nil
	}
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	beat := make(chan struct{})
	go func() {
		defer close(beat)
		for ctx.Err() == nil {
			clock.Machine.Sleep(ctx, heartbeat)
			select {
			case beat <- struct{}{}:
			case <-ctx.Done():
			}
		}
	}()
	for beats := 0; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-sub.gone:
			return nil
		case <-beat:
			if beats++; beats > maxBeats || !flush(c.w, ": still here\n\n") {
				return nil
			}
		case m := <-sub.out:
			if m.told(first.pos) && !send(c.w, m) {
				return nil
			}
		}
	}
}

func (s *Stream) subscribe(c *Ctx) (*subscription, int64, error) {
	var head int64
	if err := s.db.Read(c.Context(), func(q db.Q) (err error) { head, err = ledger.FeedHead(q); return err }); err != nil {
		return nil, 0, err
	}
	a := c.Actor
	sub := &subscription{reader: a, who: a.Org + " " + a.ID() + " " + a.Question, out: make(chan message, pending), gone: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ready || len(s.subs) == 0 && head > s.pos {
		s.pos, s.ready = head, true
	}
	var oldest *subscription
	same := 0
	for other := range s.subs {
		if other.who == sub.who {
			if same++; oldest == nil || other.nth < oldest.nth {
				oldest = other
			}
		}
	}
	if same >= perReader {
		delete(s.subs, oldest)
		oldest.drop()
	}
	if s.Most > 0 && len(s.subs) >= s.Most {
		return nil, 0, busyError()
	}
	s.nth++
	sub.nth = s.nth
	s.subs[sub] = struct{}{}
	return sub, s.pos, nil
}

func (s *Stream) unsubscribe(sub *subscription) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.subs, sub)
}

// missed gives what changed between the last event a returning page had and
// head, where its subscription begins; everything ("*") when that is too much.
func (s *Stream) missed(c *Ctx, head int64) (message, error) {
	last, err := strconv.ParseInt(c.r.Header.Get("Last-Event-ID"), 10, 64)
	if err != nil || last >= head {
		return message{pos: head}, nil //nolint:nilerr // a page that has seen nothing yet misses nothing
	}
	if last < 0 || head-last > maxBehind {
		return message{head, []string{"*"}}, nil
	}
	var facts []ledger.Fact
	if err := s.db.Read(c.Context(), func(q db.Q) (err error) {
		facts, err = ledger.Feed(q, last, int(head-last))
		return err
	}); err != nil {
		return message{}, err
	}
	return message{head, s.keysFor(c.Actor, facts)}, nil
}

// send writes a message as one event per key. Only the last bears the
// position: a reader that lost the connection half-way hears the rest again.
func send(w http.ResponseWriter, m message) bool {
	var b strings.Builder
	for i, k := range m.keys {
		if i == len(m.keys)-1 && m.pos > 0 {
			fmt.Fprintf(&b, "id: %d\n", m.pos)
		}
		fmt.Fprintf(&b, "event: changed\ndata: %s\n\n", k)
	}
	if len(m.keys) == 0 { // an id alone, for where to go on
		fmt.Fprintf(&b, "id: %d\n\n", m.pos)
	}
	return flush(w, b.String())
}

func flush(w http.ResponseWriter, text string) bool {
	rc := http.NewResponseController(w)
	// A writer that knows no deadlines (a test's) is as patient as it is.
	_ = rc.SetWriteDeadline(clock.Machine.Now().Add(writePatience))
	if _, err := w.Write([]byte(text)); err != nil {
		return false
	}
	ok := rc.Flush() == nil
	_ = rc.SetWriteDeadline(time.Time{}) // HTTP/2 would end a quiet stream at its deadline
	return ok
}
