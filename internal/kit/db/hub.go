package db

import "sync"

// Hub wakes workers of this process when work was committed here. It is only
// a hint: a worker that missed it finds the work at its next look.
type Hub struct {
	mu   sync.Mutex
	subs map[string][]chan struct{}
}

func newHub() *Hub { return &Hub{subs: map[string][]chan struct{}{}} }

// On gives a channel that receives after a commit that woke any of the topics.
// Wakes that nobody took yet are folded into one.
func (h *Hub) On(topics ...string) <-chan struct{} {
	c := make(chan struct{}, 1)
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

func (h *Hub) wake(topic string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.subs[topic] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
