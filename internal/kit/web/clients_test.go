package web

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// A client has so many requests under way and no more, whoever else asks.
func TestOneClientLeavesRoomForOthers(t *testing.T) {
	k := NewClients(ClientOptions{AtOnce: 2})
	h := lite(t, func(o *Options) { o.Clients = k })
	gate, in := make(chan struct{}), make(chan struct{}, 10)
	h.mux.Get("/slow", func(c *Ctx) error {
		in <- struct{}{}
		<-gate
		return c.NoContent()
	})
	h.mux.Get("/quick", func(c *Ctx) error { return c.NoContent() })
	get := func(path, who string) (int, http.Header, string) {
		w := serve(h.h, http.MethodGet, path, "", "X-Who", who, "Accept-Language", "en")
		return w.Code, w.Header(), w.Body.String()
	}
	h.h = h.site.Handler()
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() { get("/slow", "org_a mem_1") })
	}
	<-in
	<-in
	status, header, body := get("/quick", "org_a mem_1")
	if status != http.StatusTooManyRequests || header.Get("Retry-After") != "1" || !strings.Contains(body, "2 requests") {
		t.Errorf("a third at once: %d %v %s", status, header, body)
	}
	for _, other := range []string{"org_a mem_2", "org_b mem_1", "org_a que_1", ""} {
		if status, _, _ := get("/quick", other); status != http.StatusNoContent {
			t.Errorf("%q has to wait for somebody else: %d", other, status)
		}
	}
	close(gate)
	wg.Wait()
	if status, _, _ := get("/quick", "org_a mem_1"); status != http.StatusNoContent {
		t.Errorf("afterwards: %d", status)
	}
	if len(k.busy) != 0 {
		t.Errorf("%d clients are remembered as busy", len(k.busy))
	}
}

func TestRates(t *testing.T) {
	k, at := NewClients(ClientOptions{PerSecond: 1, Anonymous: 1}), time.Unix(1000, 0)
	k.now = func() time.Time { return at }
	h := lite(t, func(o *Options) { o.Clients = k })
	h.mux.Get("/x", func(c *Ctx) error { return c.NoContent() })
	count := func(who string) (n int) {
		for range 30 {
			w := h.do(http.MethodGet, "/x", "", "X-Who", who)
			switch w.Code {
			case http.StatusNoContent:
				n++
			case http.StatusTooManyRequests:
				if w.Header().Get("Retry-After") != "1" {
					t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
				}
			default:
				t.Fatal(w.Code)
			}
		}
		return n
	}
	for _, x := range []struct {
		who  string
		want int
	}{{"org_a mem_1", 2}, {"org_a mem_2", 2}, {"org_b mem_1", 2}, {"", 10}, {"org_a mem_1", 0}, {"", 0}} {
		if n := count(x.who); n != x.want {
			t.Errorf("%q was answered %d times at once, not %d", x.who, n, x.want)
		}
	}
	at = at.Add(time.Second)
	if n := count("org_a mem_1"); n != 1 {
		t.Errorf("a second later %d times", n)
	}
}
