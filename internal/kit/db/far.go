package db

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/houvast/houvast/internal/kernel/clock"
)

// far carries wakes to the other nodes on one PostgreSQL, by LISTEN and NOTIFY
// on a connection of its own. It is a hint and nothing else: it is sent after
// the commit, at most once in apart, and lost when the connection is; whoever
// needs to know looks again by itself. A commit never waits for it.
type far struct {
	cfg *pgx.ConnConfig
	hub *Hub
	log *slog.Logger
	me  string // tells our own hints from those of others

	start sync.Once
	stop  context.CancelFunc
	over  chan struct{}

	mu     sync.Mutex
	closed bool
	kick   context.CancelFunc  // ends the wait for hints of others; nil when nobody waits
	topics map[string]struct{} // to be told
	says   []said
	sent   time.Time // on the machine's clock
}

// said is a short text for other nodes: ids, never what people wrote.
type said struct {
	Topic string `json:"t"`
	Text  string `json:"x"`
}

type hint struct {
	Node   string   `json:"n"`
	Topics []string `json:"t,omitempty"`
	Says   []said   `json:"s,omitempty"`
}

const (
	apart     = 50 * time.Millisecond // between two hints, so that a busy node sends no more than twenty a second
	quiet     = 30 * time.Second      // without a hint before the connection is tried
	patience  = 10 * time.Second      // with a server that does not answer
	maxSays   = 25                    // waiting to be told; more are dropped
	maxSaying = 180                   // bytes of one; PostgreSQL takes 8000 in all
)

func newFar(cfg *pgx.ConnConfig, hub *Hub, log *slog.Logger, me string) *far {
	return &far{cfg: cfg, hub: hub, log: log, me: me, topics: map[string]struct{}{}, over: make(chan struct{})}
}

// begin starts listening, once: when somebody on this node waits for something.
func (f *far) begin() {
	f.start.Do(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.closed {
			close(f.over)
			return
		}
		ctx, stop := context.WithCancel(context.Background())
		f.stop = stop
		go f.run(ctx)
	})
}

// close stops listening and waits until it has.
func (f *far) close() {
	f.mu.Lock()
	f.closed = true
	stop := f.stop
	f.mu.Unlock()
	f.start.Do(func() { close(f.over) })
	if stop != nil {
		stop()
	}
	<-f.over
}

// tell has other nodes woken.
func (f *far) tell(topics map[string]struct{}, says ...said) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stop == nil || f.closed {
		return // nobody works here: what was written is found by looking
	}
	for t := range topics {
		f.topics[t] = struct{}{}
	}
	for _, s := range says {
		if len(f.says) < maxSays && len(s.Text)+len(s.Topic) <= maxSaying {
			f.says = append(f.says, s)
		}
	}
	if f.kick != nil {
		f.kick()
		f.kick = nil
	}
}

func (f *far) run(ctx context.Context) {
	defer close(f.over)
	for fails := 1; ctx.Err() == nil; fails++ {
		err := f.listen(ctx, func() { fails = 0 })
		if ctx.Err() != nil {
			return
		}
		if fails <= 1 {
			f.log.Warn("other nodes are not heard for a moment; what they did is found by looking", "err", err)
		}
		clock.Machine.Sleep(ctx, min(time.Duration(fails*fails+1)*100*time.Millisecond, patience))
	}
}

// listen hears and tells until the connection is lost.
func (f *far) listen(ctx context.Context, up func()) error {
	dial, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := pgx.ConnectConfig(dial, f.cfg.Copy())
	if err != nil {
		return err
	}
	defer func() {
		bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(bye)
	}()
	var schema string
	if err := conn.QueryRow(dial, `SELECT current_schema()`).Scan(&schema); err != nil {
		return err
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(schema)) // several installations may live in one database
	channel := fmt.Sprintf("houvast_%x", h.Sum64())
	if _, err := conn.Exec(dial, `LISTEN `+pgx.Identifier{channel}.Sanitize()); err != nil {
		return err
	}
	up()
	f.hub.wakeAll() // whatever was told while we did not listen
	for {
		if err := f.turn(ctx, conn, channel); err != nil {
			return err
		}
	}
}

// turn hears one hint, or tells what waits to be told.
func (f *far) turn(ctx context.Context, conn *pgx.Conn, channel string) error {
	wait, cancel := context.WithTimeout(ctx, f.arm())
	defer cancel()
	if f.waits(cancel) {
		n, err := conn.WaitForNotification(wait)
		switch {
		case err == nil:
			f.heard(n.Payload)
			return nil
		case conn.IsClosed() || ctx.Err() != nil || wait.Err() == nil:
			return err
		}
		if f.early() {
			return nil
		}
	}
	call, done := context.WithTimeout(ctx, patience)
	defer done()
	text := f.due()
	if text == "" {
		return conn.Ping(call)
	}
	_, err := conn.Exec(call, `SELECT pg_notify($1, $2)`, channel, text)
	return err
}

// arm is how long to wait for a hint: until there is something to tell again.
func (f *far) arm() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.topics)+len(f.says) == 0 {
		return quiet
	}
	return max(apart-clock.Machine.Since(f.sent), 0)
}

// waits says whether there is nothing to tell yet; if so whoever has
// something may end the wait.
func (f *far) waits(end context.CancelFunc) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.topics)+len(f.says) == 0 {
		f.kick = end
		return true
	}
	return clock.Machine.Since(f.sent) < apart
}

// early says that there is something to tell, but too soon after the last hint.
func (f *far) early() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.topics)+len(f.says) > 0 && clock.Machine.Since(f.sent) < apart
}

// due takes what is to be told now; "" for nothing, or not yet.
func (f *far) due() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kick = nil
	if len(f.topics)+len(f.says) == 0 {
		return ""
	}
	h := hint{Node: f.me, Says: f.says}
	for t := range f.topics {
		h.Topics = append(h.Topics, t)
	}
	text, err := json.Marshal(h)
	if err != nil {
		return ""
	}
	f.topics, f.says, f.sent = map[string]struct{}{}, nil, clock.Machine.Now()
	return string(text)
}

func (f *far) heard(text string) {
	var h hint
	if err := json.Unmarshal([]byte(text), &h); err != nil || h.Node == f.me {
		return
	}
	for _, t := range h.Topics {
		f.hub.wakeHere(t)
	}
	for _, s := range h.Says {
		f.hub.hearHere(s)
	}
}
