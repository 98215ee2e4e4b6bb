package web

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/ledger"
)

// live is a house with a stream that tells about cases and signals.
type live struct {
	*house
	stream *Stream
	sealer *ledger.Sealer
	url    string
}

type reader struct {
	body  io.ReadCloser
	lines chan string
}

func newLive(t *testing.T, h *house) *live {
	t.Helper()
	l := &live{house: h, sealer: ledger.NewSealer(h.DB.DB)}
	l.stream = NewStream(h.DB.DB, func(f ledger.Fact) []Change {
		switch f.Kind {
		case "case.changed":
			return []Change{{Keys: []string{"case:" + f.Case, "today"}, Customer: true}}
		case "signal.raised":
			return []Change{{Keys: []string{"signals"}, Members: []string{"mem_1"}}}
		}
		return nil
	})
	h.mux.Get("/events", l.stream.Serve)
	srv := httptest.NewServer(h.site.Handler())
	t.Cleanup(srv.Close)
	t.Cleanup(l.stream.Close)
	l.url = srv.URL
	return l
}

// happen records a fact and lets the workers come to rest.
func (l *live) happen(org, kind, caseID, question string) {
	l.t.Helper()
	l.must(l.Write(context.Background(), func(tx *db.Tx) error {
		tx.Emit(db.Fact{Org: org, Kind: kind, Case: caseID, Question: question, By: actor.ForSystem(org)})
		return nil
	}))
	l.must(job.Drain(context.Background(), []job.Worker{l.sealer, l.stream}))
}

func (l *live) listen(who, last string) *reader {
	l.t.Helper()
	req, err := http.NewRequest(http.MethodGet, l.url+"/events", nil)
	l.must(err)
	req.Header.Set("X-Who", who)
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := http.DefaultClient.Do(req)
	l.must(err)
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		l.t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	r := &reader{res.Body, make(chan string, 100)}
	l.t.Cleanup(func() { r.body.Close() })
	go func() {
		defer close(r.lines)
		for s := bufio.NewScanner(res.Body); s.Scan(); {
			if s.Text() != "" {
				r.lines <- s.Text()
			}
		}
	}()
	return r
}

// until reads up to a line that begins with end.
func (r *reader) until(t *testing.T, end string) (got []string) {
	t.Helper()
	patience, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for {
		select {
		case line, ok := <-r.lines:
			if !ok {
				t.Fatalf("the stream ended after %v", got)
			}
			if got = append(got, line); strings.HasPrefix(line, end) {
				return got
			}
		case <-patience.Done():
			t.Fatalf("nothing more after %v", got)
		}
	}
}

func TestStream(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		l := newLive(t, h)
		l.happen("org_1", "case.changed", "cas_0", "")
		one, two := l.listen("org_1 mem_1", ""), l.listen("org_1 mem_2", "")
		stranger, customer := l.listen("org_2 mem_1", ""), l.listen("org_1 que_1", "")
		for _, r := range []*reader{one, two, stranger, customer} {
			r.until(t, "id: 1")
		}
		l.happen("org_1", "signal.raised", "", "")          // 2
		l.happen("org_1", "case.changed", "cas_1", "que_1") // 3
		l.happen("org_1", "case.changed", "cas_2", "que_2") // 4
		l.happen("org_2", "case.changed", "cas_3", "que_1") // 5: the other end of a referral
		l.happen("org_1", "case.changed", "cas_4", "que_1") // 6
		l.happen("org_2", "case.changed", "cas_5", "que_5") // 7

		changed := func(id string, keys ...string) (lines []string) {
			for i, k := range keys {
				if i == len(keys)-1 {
					lines = append(lines, "id: "+id)
				}
				lines = append(lines, "event: changed", "data: "+k)
			}
			return lines
		}
		for name, c := range map[string]struct {
			r    *reader
			end  string
			want [][]string
		}{
			"member":   {one, "data: today", [][]string{changed("2", "signals"), changed("3", "case:cas_1", "today")}},
			"other":    {two, "data: today", [][]string{changed("3", "case:cas_1", "today")}},
			"stranger": {stranger, "data: today", [][]string{changed("5", "case:cas_3", "today")}},
		} {
			var want []string
			for _, w := range c.want {
				want = append(want, w...)
			}
			if diff := cmp.Diff(want, c.r.until(t, c.end)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		var got []string
		for range 3 {
			got = append(got, customer.until(t, "data: ")...)
		}
		if diff := cmp.Diff(append(append(changed("3", "question"), changed("5", "question")...), changed("6", "question")...), got); diff != "" {
			t.Errorf("customer: %s", diff)
		}
		// Coming back: what was missed, gathered; nothing of others.
		back := l.listen("org_1 mem_2", "3")
		if diff := cmp.Diff([]string{"event: changed", "data: case:cas_2", "event: changed", "data: today", "id: 7", "event: changed", "data: case:cas_4"}, back.until(t, "data: case:cas_4")); diff != "" {
			t.Errorf("coming back: %s", diff)
		}
		if w := h.do("GET", "/events", ""); w.Code != 401 {
			t.Errorf("nobody: %d", w.Code)
		}
	})
}

func TestStreamTooFarBehind(t *testing.T) {
	h := lite(t)
	l := newLive(t, h)
	for range 2 {
		l.must(l.Write(context.Background(), func(tx *db.Tx) error {
			for range 300 {
				tx.Emit(db.Fact{Org: "org_1", Kind: "case.changed", Case: "cas_1", By: actor.ForSystem("org_1")})
			}
			return nil
		}))
	}
	l.must(job.Drain(context.Background(), []job.Worker{l.sealer, l.stream}))
	if got := l.listen("org_1 mem_1", "1").until(t, "data: "); got[len(got)-1] != "data: *" {
		t.Errorf("%v", got)
	}
}

// One reader cannot hold any number of streams, and one that is too slow is
// let go instead of holding up the others.
func TestStreamLimits(t *testing.T) {
	h := lite(t)
	l := newLive(t, h)
	first := l.listen("org_1 mem_1", "")
	first.until(t, "id: 0")
	for range perReader {
		l.listen("org_1 mem_1", "").until(t, "id: 0")
	}
	for range first.lines { // ends when it was let go
	}
	slow := &subscription{reader: actor.Actor{Kind: actor.Staff, Org: "org_1", Member: "mem_9"}, who: "slow", out: make(chan message, 1), gone: make(chan struct{})}
	l.stream.mu.Lock()
	l.stream.subs[slow] = struct{}{}
	l.stream.mu.Unlock()
	l.happen("org_1", "case.changed", "cas_1", "")
	l.happen("org_1", "case.changed", "cas_2", "")
	select {
	case <-slow.gone:
	default:
		t.Error("a slow reader is kept")
	}
}
