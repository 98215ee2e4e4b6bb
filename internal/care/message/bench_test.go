package message_test

import (
	"strconv"
	"testing"

	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/mail/mailtest"
)

// BenchmarkTell is one message from being decided to being queued, with its
// text written out, its fact and its work.
func BenchmarkTell(b *testing.B) {
	f := setup(b, kittest.SQLite(b, migrations...), &mailtest.Recorder{})
	n := 0
	for b.Loop() {
		n++
		in := promise.Telling{Org: f.Org.ID, Person: f.Mother.Person.ID, Keeper: f.Desk.ID, Template: "door-open", Intent: strconv.Itoa(n)}
		if err := f.DB.Write(b.Context(), func(t *db.Tx) error { _, err := f.messages.Tell(t, f.desk(), in); return err }); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSend is one message from queued to accepted: claimed, committed as
// sending, given to a server that takes no time, and its outcome committed.
func BenchmarkSend(b *testing.B) {
	f := setup(b, kittest.SQLite(b, migrations...), &mailtest.Recorder{})
	for n := range b.N {
		in := promise.Telling{Org: f.Org.ID, Person: f.Mother.Person.ID, Keeper: f.Desk.ID, Template: "door-open", Intent: strconv.Itoa(n)}
		f.write(func(t *db.Tx) error { _, err := f.messages.Tell(t, f.desk(), in); return err })
	}
	q := f.queue()
	b.ResetTimer()
	for done := 0; done < b.N; {
		n, err := q.Work(b.Context())
		if err != nil || n == 0 {
			b.Fatal(n, err)
		}
		done += n
	}
}
