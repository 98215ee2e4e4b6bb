package web

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/telemetry"
)

func newTestAdmission(most, waiting int) *Admission {
	return NewAdmission(AdmissionOptions{Most: most, Waiting: waiting, Patience: 400 * time.Millisecond, Target: 200 * time.Millisecond,
		Weigh: func(r *http.Request) Weight {
			if strings.HasPrefix(r.URL.Path, "/bulk") {
				return Bulk
			}
			return Ordinary
		}})
}

// front is a site that one handler answers everything on.
func front(t *testing.T, a *Admission, h http.HandlerFunc) http.Handler {
	t.Helper()
	x := lite(t, func(o *Options) { o.Admission = a })
	x.site.Handle("/desk/x", h)
	x.site.Handle("/api/v1/x", h)
	return x.site.Handler()
}

// told gives what a waiter heard, if anything.
func told(w *waiter) string {
	select {
	case in := <-w.told:
		if in {
			return "in"
		}
		return "refused"
	default:
		return "waits"
	}
}

func TestPlacesAreHandedOn(t *testing.T) {
	a, at := newTestAdmission(4, 3), time.Unix(1000, 0)
	for range 4 {
		if in, _ := a.enter(Ordinary, at); !in {
			t.Fatal("a free place was refused")
		}
	}
	_, bulk := a.enter(Bulk, at)
	_, first := a.enter(Ordinary, at)
	_, second := a.enter(Ordinary, at)
	if in, w := a.enter(Bulk, at); in || w != nil {
		t.Error("the queue is full, and bulk is not refused")
	}
	_, third := a.enter(Ordinary, at)
	if got := told(bulk); got != "refused" {
		t.Errorf("bulk does not make room for who waits: it %s", got)
	}
	if in, w := a.enter(Ordinary, at); in || w != nil {
		t.Error("the queue is full, and the next is not refused")
	}
	a.leave(Ordinary, at, time.Millisecond)
	if told(first) != "in" || told(second) != "waits" {
		t.Error("the place did not go to who waited longest")
	}
	a.leave(Ordinary, at.Add(500*time.Millisecond), time.Millisecond)
	if told(second) != "refused" || told(third) != "refused" {
		t.Error("who waited too long should hear so, not be answered late")
	}
	if _, taken, waiting := a.Places(); taken != 3 || waiting != 0 {
		t.Errorf("%d taken and %d waiting", taken, waiting)
	}
}

func TestBulkLeavesRoom(t *testing.T) {
	a, at := newTestAdmission(8, 8), time.Unix(1000, 0)
	n := 0
	for range 8 {
		if in, _ := a.enter(Bulk, at); in {
			n++
		}
	}
	if n != 2 {
		t.Errorf("bulk has %d of 8 places", n)
	}
	if in, _ := a.enter(Ordinary, at); !in {
		t.Error("who waits for an answer found no room among bulk")
	}
}

func TestAStandingQueueIsKeptShort(t *testing.T) {
	a, at := newTestAdmission(1, 100), time.Unix(1000, 0)
	a.enter(Ordinary, at)
	if a.patienceNow(at) != 400*time.Millisecond {
		t.Error("a burst may wait")
	}
	// One place, and two come for each that goes: the queue never empties.
	var late int
	for step := range 100 {
		now := at.Add(time.Duration(step) * 20 * time.Millisecond)
		_, w1 := a.enter(Ordinary, now)
		_, w2 := a.enter(Ordinary, now)
		a.leave(Ordinary, now, 20*time.Millisecond)
		if w1 == nil || w2 == nil {
			t.Fatal("somebody overtook the queue")
		}
		if now.Sub(at) > time.Second {
			a.mu.Lock()
			if first := a.waiting[Ordinary].Front(); first != nil && now.Sub(first.Value.(*waiter).came) > 60*time.Millisecond {
				late++
			}
			a.mu.Unlock()
		}
	}
	if a.patienceNow(at.Add(2*time.Second)) != 50*time.Millisecond {
		t.Error("with more to do than can be done, waiting must be short")
	}
	if late > 0 {
		t.Errorf("%d times somebody had waited longer than that", late)
	}
}

// TestPlacesFollowTheAnswers: slow answers leave fewer places, quick ones more,
// and never fewer than the least nor more than the most.
func TestPlacesFollowTheAnswers(t *testing.T) {
	a, at := newTestAdmission(300, 0), time.Unix(1000, 0)
	run := func(n int, took time.Duration) int {
		for range n {
			places, _, _ := a.Places()
			for range places {
				if in, _ := a.enter(Ordinary, at); !in {
					t.Fatal("refused a free place")
				}
			}
			at = at.Add(took)
			for range places {
				a.leave(Ordinary, at, took)
			}
		}
		p, _, _ := a.Places()
		return p
	}
	first, _, _ := a.Places()
	if n := run(60, 110*time.Millisecond); n != first {
		t.Errorf("answers in time: %d places", n)
	}
	if n := run(60, 10*time.Millisecond); n <= first {
		t.Errorf("quick answers and nobody more is let in: %d places", n)
	}
	if n := run(200, 20*time.Millisecond); n != 300 {
		t.Errorf("more places than allowed, or fewer: %d", n)
	}
	if n := run(60, time.Second); n != least {
		t.Errorf("slow answers leave %d places", n)
	}
	if n := run(60, 10*time.Millisecond); n <= least {
		t.Errorf("it does not recover: %d places", n)
	}
}

// TestAdmissionCounts: whatever comes, leaves, gives up and in which order, no
// place is lost, none is given twice, and each waiter is told once.
func TestAdmissionCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most, queue := rapid.IntRange(1, 12).Draw(t, "most"), rapid.IntRange(0, 8).Draw(t, "queue")
		a, at := newTestAdmission(most, queue), time.Unix(1000, 0)
		var in [weights]int
		type waits struct {
			w      *waiter
			weight Weight
		}
		var queued []waits
		settle := func() {
			queued = slices.DeleteFunc(queued, func(x waits) bool {
				heard := told(x.w)
				if heard == "in" {
					in[x.weight]++
				}
				return heard != "waits"
			})
		}
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			at = at.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "ms")) * time.Millisecond)
			w := Weight(rapid.IntRange(0, 1).Draw(t, "weight"))
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0, 1:
				ok, wait := a.enter(w, at)
				if ok {
					in[w]++
				}
				if wait != nil {
					queued = append(queued, waits{wait, w})
				}
			case 2:
				if in[w] > 0 {
					in[w]--
					a.leave(w, at, time.Duration(rapid.IntRange(0, 600).Draw(t, "took"))*time.Millisecond)
				}
			case 3:
				if len(queued) > 0 && a.giveUp(queued[0].weight, queued[0].w) {
					queued = queued[1:]
				}
			}
			settle()
			places, taken, waiting := a.Places()
			if taken != in[Ordinary]+in[Bulk] || taken > most || places > most {
				t.Fatalf("%d places of %d, %d taken, and %d are in", places, most, taken, in[Ordinary]+in[Bulk])
			}
			if waiting != len(queued) || waiting > queue {
				t.Fatalf("%d wait, it says %d, of at most %d", len(queued), waiting, queue)
			}
			if in[Bulk] > max(1, most/4) {
				t.Fatalf("bulk has %d places of %d", in[Bulk], most)
			}
		}
		for w := range in {
			for ; in[w] > 0; in[w]-- {
				a.leave(Weight(w), at, 0)
				settle()
			}
		}
		if _, taken, _ := a.Places(); taken != in[Ordinary]+in[Bulk] {
			t.Fatalf("%d places were lost", taken)
		}
	})
}

// TestTooMuchIsRefusedBeforeItBegins: four times as many requests as there is
// room for. Those that are let in all finish; all others hear 503 with
// Retry-After in the form they can read, and nothing of them was done.
func TestTooMuchIsRefusedBeforeItBegins(t *testing.T) {
	const room, queue = 4, 4
	a := newTestAdmission(room, queue)
	gate := make(chan struct{})
	var begun atomic.Int64
	h := front(t, a, func(w http.ResponseWriter, r *http.Request) {
		begun.Add(1)
		if _, err := io.ReadAll(r.Body); err != nil {
			t.Error(err)
		}
		<-gate
		_, _ = io.WriteString(w, "done")
	})
	var wg sync.WaitGroup
	answers := make(chan *httptest.ResponseRecorder, 64)
	send := func(path, language string) {
		wg.Go(func() {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader("a=1"))
			r.Header.Set("Accept-Language", language)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			answers <- w
		})
	}
	for range room {
		send("/api/v1/x", "en")
	}
	for begun.Load() < room {
		clock.Machine.Sleep(t.Context(), time.Millisecond)
	}
	for i := range 3 * room {
		send([]string{"/api/v1/x", "/desk/x"}[i%2], []string{"nl", "en"}[i/2%2])
	}
	// Nobody leaves: the queue fills, waits in vain, and hears so.
	refused := map[string]int{}
	for range 3 * room {
		w := <-answers
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "2" {
			t.Errorf("%d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
		}
		kind, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
		for _, words := range []string{"Nothing was saved", "niets opgeslagen"} {
			if strings.Contains(w.Body.String(), words) {
				refused[kind+" "+words]++
			}
		}
	}
	for _, want := range []string{"application/problem+json Nothing was saved", "application/problem+json niets opgeslagen", "text/html Nothing was saved", "text/html niets opgeslagen"} {
		if refused[want] != 3 {
			t.Errorf("%s: %d of 3; %v", want, refused[want], refused)
		}
	}
	if n := begun.Load(); n != room {
		t.Errorf("%d requests were begun, %d had a place", n, room)
	}
	close(gate)
	wg.Wait()
	close(answers)
	for w := range answers {
		if w.Code != http.StatusOK || w.Body.String() != "done" {
			t.Errorf("one that was let in was answered %d %q", w.Code, w.Body)
		}
	}
	if _, taken, waiting := a.Places(); taken+waiting != 0 {
		t.Errorf("%d places taken and %d waiting at the end", taken, waiting)
	}
}

// TestWhoSendsSlowlyHoldsNobodyUp: a place is taken when the body has come in.
func TestWhoSendsSlowlyHoldsNobodyUp(t *testing.T) {
	a := newTestAdmission(1, 0)
	h := front(t, a, func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
		_, _ = w.Write(b)
	})
	in, out := io.Pipe()
	slow := httptest.NewRequest(http.MethodPost, "/desk/x", in)
	slow.ContentLength = 6
	done := make(chan string)
	go func() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, slow)
		done <- w.Body.String()
	}()
	_, _ = io.WriteString(out, "abc")
	for range 20 {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/desk/x", nil))
		if w.Code != http.StatusOK {
			t.Fatalf("refused with %d while somebody sends slowly", w.Code)
		}
	}
	_, _ = io.WriteString(out, "def")
	if got := <-done; got != "abcdef" {
		t.Errorf("the body came in as %q", got)
	}
	cut := httptest.NewRequest(http.MethodPost, "/desk/x", strings.NewReader("ab"))
	cut.ContentLength = 6
	w := httptest.NewRecorder()
	h.ServeHTTP(w, cut)
	if w.Code != http.StatusBadRequest || w.Body.String() != "ab" {
		t.Errorf("a body that breaks off: %d %q", w.Code, w.Body)
	}
}

func TestWhoLeavesWhileWaitingTakesNoPlace(t *testing.T) {
	a := newTestAdmission(1, 4)
	a.enter(Ordinary, clock.Machine.Now())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, wait := a.enter(Ordinary, clock.Machine.Now())
	if a.wait(ctx, Ordinary, wait, time.Minute) {
		t.Error("who left got a place")
	}
	if _, taken, waiting := a.Places(); taken != 1 || waiting != 0 {
		t.Errorf("%d taken, %d waiting", taken, waiting)
	}
}

// BenchmarkChain is what a request costs that does nothing, and how much of it
// is being let in, counted and measured.
func BenchmarkChain(b *testing.B) {
	run := func(name string, change func(*Options)) {
		b.Run(name, func(b *testing.B) {
			d := kittest.SQLite(b, Migrations)
			o := Options{DB: d.DB, Bundle: bundle(b), PublicURL: "https://houvast.test", Language: "nl", Gate: &gate{kept: map[string]string{}}}
			change(&o)
			site := New(o)
			NewMux(site, nil).Get("/x/{id}", func(c *Ctx) error { return c.NoContent() })
			h := site.Handler()
			r := httptest.NewRequest(http.MethodGet, "/x/1", nil)
			r.Header.Set("X-Who", "org_a mem_1")
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(&nowhere{header: http.Header{}}, r)
			}
		})
	}
	guard := func(o *Options) {
		o.Admission = newTestAdmission(256, 512)
		o.Clients = NewClients(ClientOptions{AtOnce: 64, Anonymous: 50})
		o.Patience, o.Reading, o.Writing = time.Second, time.Minute, time.Minute
	}
	run("bare", func(*Options) {})
	run("metrics", func(o *Options) { o.Metrics = telemetry.NewMetrics("x") })
	run("admission", guard)
	run("all", func(o *Options) { guard(o); o.Metrics = telemetry.NewMetrics("x") })
}

// nowhere is where answers go that nobody reads.
type nowhere struct{ header http.Header }

func (n *nowhere) Header() http.Header         { return n.header }
func (n *nowhere) WriteHeader(int)             {}
func (n *nowhere) Write(b []byte) (int, error) { return len(b), nil }
