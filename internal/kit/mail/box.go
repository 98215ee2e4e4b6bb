package mail

import (
	"context"
	"slices"
	"sync"
)

// Box is a Sender without a network: every message arrives, and is kept. A
// story reads there what its people got; the demo shows it to who tries it.
type Box struct {
	mu   sync.Mutex
	list []Message
}

// Send implements Sender.
func (b *Box) Send(_ context.Context, m Message) (Receipt, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list = append(b.list, m)
	return Receipt{Outcome: Accepted, Code: 250, Enhanced: "2.0.0", Stage: StageAnswer}, nil
}

// Check implements Sender: everything is well.
func (b *Box) Check(context.Context) []CheckResult {
	out := make([]CheckResult, len(checkSteps))
	for i, step := range checkSteps {
		out[i] = CheckResult{Step: step, State: CheckOK}
	}
	return out
}

// Arrived gives every message, in order.
func (b *Box) Arrived() []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.list)
}
