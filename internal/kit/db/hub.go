package db

import "sync"

// Hub wakes workers when work was committed, on this node at once and on the
// others of a PostgreSQL a moment later. It is only a hint: a worker that
// missed it finds the work at its next look.
type Hub struct {
	mu    sync.Mutex
	subs  map[string][]chan struct{}
	hears map[string]func(text string)
	far   *far // the other nodes; nil on SQLite
}

func newHub() *Hub { return &Hub{subs: map[string][]chan struct{}{}, hears: map[string]func(string){}} }

// On gives a channel that receives after a commit that woke any of the topics.
// Wakes that nobody took yet are folded into one.
func (h *Hub) On(topics ...string) <-chan struct{} {
	c := make(chan struct{}, 1)
	if h.far != nil {
		h.far.begin()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range topics {
		h.subs[t] = append(h.subs[t], c)
	}
	return c
}

// Off ends a subscription.
func (h *Hub) Off(c <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for t, list := range h.subs {
		kept := list[:0]
		for _, s := range list {
			if s != c {
				kept = append(kept, s)
			}
		}
		h.subs[t] = kept
	}
}

// Say tells the other nodes a short text that nothing committed is behind, such
// as that somebody began typing. It may get lost. It holds ids only.
func (h *Hub) Say(topic, text string) {
	if h.far != nil {
		h.far.tell(nil, said{topic, text})
	}
}

// Hear calls fn with what other nodes say about a topic.
func (h *Hub) Hear(topic string, fn func(text string)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hears[topic] = fn
}

func (h *Hub) hearHere(s said) {
	h.mu.Lock()
	fn := h.hears[s.Topic]
	h.mu.Unlock()
	if fn != nil {
		fn(s.Text)
	}
}

// wake wakes whoever waits for topics, here and on the other nodes.
func (h *Hub) wake(topics map[string]struct{}) {
	for t := range topics {
		h.wakeHere(t)
	}
	if h.far != nil && len(topics) > 0 {
		h.far.tell(topics)
	}
}

func (h *Hub) wakeAll() {
	h.mu.Lock()
	topics := make([]string, 0, len(h.subs))
	for t := range h.subs {
		topics = append(topics, t)
	}
	h.mu.Unlock()
	for _, t := range topics {
		h.wakeHere(t)
	}
}

func (h *Hub) wakeHere(topic string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.subs[topic] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
