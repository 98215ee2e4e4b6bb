package mailtest_test

import (
	"context"
	"testing"

	"github.com/houvast/houvast/internal/kit/mail"
	"github.com/houvast/houvast/internal/kit/mail/mailtest"
)

// What the sender is told and what the recipient has are two things.
func TestRecorder(t *testing.T) {
	var r mailtest.Recorder
	r.Next(mailtest.Decline, mailtest.Drop, mailtest.Lose)
	r.Decide(func(m mail.Message) mailtest.Behaviour {
		if m.To.Email == "gone@example.org" {
			return mailtest.Refuse
		}
		return mailtest.Accept
	})
	steps := []struct {
		to      string
		outcome mail.Outcome
		copies  int
	}{
		{"a@example.org", mail.NotSent, 0},
		{"a@example.org", mail.Uncertain, 1},
		{"a@example.org", mail.Uncertain, 1},
		{"a@example.org", mail.Accepted, 2},
		{"gone@example.org", mail.Refused, 2},
	}
	for i, s := range steps {
		got, err := r.Send(t.Context(), mail.Message{ID: "msg_1", To: mail.Address{Email: s.to}})
		if got.Outcome != s.outcome || (err == nil) != (s.outcome == mail.Accepted) || r.Copies("msg_1") != s.copies {
			t.Errorf("step %d: %+v, %v, %d copies", i, got, err, r.Copies("msg_1"))
		}
	}
	if len(r.Sent()) != 5 || len(r.To("a@example.org")) != 2 || len(r.To("gone@example.org")) != 0 {
		t.Errorf("%d attempts, %d and %d arrived", len(r.Sent()), len(r.To("a@example.org")), len(r.To("gone@example.org")))
	}
	r.Always(mailtest.Hang)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan mail.Receipt)
	go func() {
		got, _ := r.Send(ctx, mail.Message{ID: "msg_2"})
		done <- got
	}()
	select {
	case got := <-done:
		t.Fatalf("did not hang: %+v", got)
	default:
	}
	cancel()
	if got := <-done; got.Outcome == mail.Accepted {
		t.Errorf("got %+v", got)
	}
	if got, _ := r.Send(ctx, mail.Message{ID: "msg_3"}); got.Outcome != mail.NotSent || r.Copies("msg_3") != 0 {
		t.Errorf("an ended context sends nothing, got %+v", got)
	}
}
