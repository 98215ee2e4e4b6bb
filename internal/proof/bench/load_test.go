package bench

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/mail"
)

// The client reads every answer as it was sent, on one connection.
func TestClient(t *testing.T) {
	var connections atomic.Int64
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/short":
			_, _ = w.Write([]byte("short"))
		case "/long": // in pieces
			for range 50 {
				_, _ = w.Write([]byte(strings.Repeat("x", 1000)))
				w.(http.Flusher).Flush()
			}
		case "/none":
			w.WriteHeader(http.StatusNoContent)
		case "/moved":
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
			http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
			http.Redirect(w, r, "/short", http.StatusSeeOther)
		case "/who":
			_, _ = w.Write([]byte(r.Method + " " + r.Header.Get("Authorization") + r.Header.Get("Cookie") + r.Header.Get("Content-Type")))
		case "/last":
			w.Header().Set("Connection", "close")
			_, _ = w.Write([]byte("last"))
		}
	}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	srv.Start()
	defer srv.Close()
	c, err := dial(srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for _, x := range []struct {
		req    []byte
		status int
		body   string
	}{
		{request("GET", "/short", "", "", nil), 200, "short"},
		{request("GET", "/long", "", "", nil), 200, strings.Repeat("x", 50_000)},
		{request("GET", "/none", "", "", nil), 204, ""},
		{request("POST", "/who", "key", "text/plain", []byte("body")), 200, "POST Bearer keytext/plain"},
		{request("GET", "/who", "a=1; b=2", "", nil), 200, "GET a=1; b=2"},
		{request("GET", "/last", "", "", nil), 200, "last"},
		{request("GET", "/short", "", "", nil), 200, "short"},
	} {
		status, body, err := c.do(x.req)
		if err != nil || status != x.status || string(body) != x.body {
			t.Errorf("%.30s: %d %.60s %v", x.req, status, body, err)
		}
	}
	if n := connections.Load(); n != 2 { // the second after "last"
		t.Errorf("%d connections", n)
	}
	if status, _, err := c.do(request("POST", "/moved", "", "", []byte{})); err != nil || status != 303 || c.cookie != "a=1; b=2" || c.moved != "/short" {
		t.Errorf("%d %v %s %s", status, err, c.cookie, c.moved)
	}
}

// A load counts what was answered in time, and fails when an answer is wrong.
func TestLoad(t *testing.T) {
	var wrong atomic.Bool
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wrong.Load() && r.URL.Path == "/api/v1/3" {
			w.WriteHeader(http.StatusTeapot)
		}
	}))
	defer srv.Close()
	l := load{address: srv.Listener.Addr().String(), connections: 3, warm: 10 * time.Millisecond, run: 50 * time.Millisecond, want: 200}
	next := func(c, n int) []byte { return jsonRequest("GET", "/"+string(rune('0'+n%10)), "k", nil) }
	r, err := l.do(context.Background(), next)
	if err != nil || r.answers < len(r.took) || r.answers == 0 {
		t.Errorf("%d answers, %d counted, %v", r.answers, len(r.took), err)
	}
	wrong.Store(true)
	if r.trouble() != "" {
		t.Errorf("trouble: %s", r.trouble())
	}
	if r, err = l.do(context.Background(), next); err != nil || !strings.Contains(r.trouble(), "418") || r.failed == 0 {
		t.Errorf("wrong answers: %q, %v", r.trouble(), err)
	}
}

// The mailbox takes what the program sends.
func TestMailbox(t *testing.T) {
	m, err := openMailbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer m.close() //nolint:errcheck // nobody sends any more
	s, err := mail.New(config.Mail{Host: "127.0.0.1", Port: m.port(), TLS: config.MailNone, From: "Huis <vragen@bench.example>"}, clock.Real{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		r, err := s.Send(context.Background(), mail.Message{ID: "m" + string(rune('0'+i)), To: mail.Address{Name: "Anna", Email: "anna@bench.example"}, Subject: "Uw vraag", Text: "Goed nieuws.\n.\nEen punt alleen."})
		if err != nil || r.Outcome != mail.Accepted {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	if n := m.received.Load(); n != 3 {
		t.Errorf("%d received", n)
	}
}
