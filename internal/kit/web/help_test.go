package web

import (
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/a-h/templ"
	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
)

// gate lets in whoever says who they are.
type gate struct {
	mu   sync.Mutex
	kept map[string]string
	seen []Seen
	fail error
}

func (g *gate) Wrap(h http.Handler) http.Handler { return h }

func (g *gate) Identify(r *http.Request) (actor.Actor, error) {
	org, member, ok := strings.Cut(r.Header.Get("X-Who"), " ")
	switch {
	case r.Header.Get("X-Who") == "forged":
		return actor.Actor{}, errs.New(errs.Unauthorised, "not-allowed-in-this-test")
	case !ok:
		return actor.Actor{}, nil
	case strings.HasPrefix(member, "que"):
		return actor.Actor{Kind: actor.Customer, Org: org, Person: "per_1", Question: member}, nil
	}
	return actor.Actor{Kind: actor.Staff, Org: org, Member: member, Role: actor.Desk, Language: r.Header.Get("X-Language")}, nil
}

func (g *gate) Seen(_ context.Context, _ actor.Actor, _ string, what []Seen) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seen = append(g.seen, what...)
	return g.fail
}

func (g *gate) Put(_ context.Context, key, value string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.kept[key] = value
}

func (g *gate) Pop(_ context.Context, key string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	v := g.kept[key]
	delete(g.kept, key)
	return v
}

// house is a site for a test.
type house struct {
	*kittest.DB
	t    *testing.T
	site *Site
	mux  *Mux
	api  huma.API
	gate *gate
	h    http.Handler
}

func bundle(t testing.TB) *lang.Bundle {
	t.Helper()
	b, err := lang.Load(Languages()...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newHouse(t *testing.T, d *kittest.DB, change ...func(*Options)) *house {
	t.Helper()
	h := &house{DB: d, t: t, gate: &gate{kept: map[string]string{}}}
	o := Options{DB: d.DB, Bundle: bundle(t), PublicURL: "https://houvast.test", Language: "nl", Gate: h.gate,
		Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	for _, c := range change {
		c(&o)
	}
	h.site = New(o)
	h.mux = NewMux(h.site, func(_ *Ctx, p Page) (templ.Component, error) { return p.Body, nil })
	h.api = NewAPI(h.site, APIInfo{Title: "Test", Version: "1"})
	return h
}

func houses(t *testing.T, run func(t *testing.T, h *house)) {
	t.Helper()
	kittest.Databases(t, []fs.FS{Migrations}, func(t *testing.T, d *kittest.DB) { run(t, newHouse(t, d)) })
}

func lite(t *testing.T, change ...func(*Options)) *house {
	t.Helper()
	return newHouse(t, kittest.SQLite(t, Migrations), change...)
}

func (h *house) do(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	if h.h == nil {
		h.h = h.site.Handler()
	}
	return serve(h.h, method, path, body, headers...)
}

func serve(handler http.Handler, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	switch {
	case strings.HasPrefix(path, "/api/"):
		r.Header.Set("Content-Type", "application/json")
	case method == http.MethodPost:
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

func problemOf(t *testing.T, w *httptest.ResponseRecorder) Problem {
	t.Helper()
	var p Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Header().Get("Content-Type") != "application/problem+json" || p.Status != w.Code {
		t.Fatalf("not a problem: %d %s %s %v", w.Code, w.Header().Get("Content-Type"), w.Body, err)
	}
	return p
}

func text(s string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	})
}
