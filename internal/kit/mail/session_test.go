package mail

import (
	"context"
	"net"
	"testing"
)

// A context that ends just before the end of the message is written stops it
// there: known as not sent, where going on would leave it uncertain.
func TestTheEndIsNotWrittenForAnEndedContext(t *testing.T) {
	here, there := net.Pipe()
	t.Cleanup(func() { here.Close(); there.Close() })
	c := &session{s: &SMTP{}, conn: here}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if c.commit(ended) || c.committed {
		t.Error("the message would be finished for a context that has ended")
	}
	if !c.commit(t.Context()) || !c.committed {
		t.Error("the message must be finished while the context lives")
	}
}
