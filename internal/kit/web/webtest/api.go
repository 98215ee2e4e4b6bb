package webtest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
)

// API is a client of the operations of a capability.
type API struct {
	Who  actor.Actor // who asks; nobody at first
	Saw  []web.Seen  // what was written to the access log
	t    testing.TB
	site http.Handler
}

// Serve serves operations over a database.
func Serve(t testing.TB, d *kittest.DB, operations func(huma.API), words ...lang.Source) *API {
	t.Helper()
	bundle, err := lang.Load(words...)
	if err != nil {
		t.Fatal(err)
	}
	a := &API{t: t}
	site := web.New(web.Options{DB: d.DB, Bundle: bundle, Log: kittest.Log(t), Gate: gate{a}})
	operations(web.NewAPI(site, web.APIInfo{Title: "Houvast", Version: "1"}))
	a.site = site.Handler()
	return a
}

// gate lets everybody in as whoever the test says.
type gate struct{ *API }

func (g gate) Wrap(h http.Handler) http.Handler            { return h }
func (g gate) Identify(*http.Request) (actor.Actor, error) { return g.Who, nil }
func (g gate) Put(context.Context, string, string)         {}
func (g gate) Pop(context.Context, string) string          { return "" }
func (g gate) Seen(_ context.Context, _ actor.Actor, _ string, what []web.Seen) error {
	g.Saw = append(g.Saw, what...)
	return nil
}

// Do sends a request to a path below /api/v1 and gives the answer and its body;
// want is its status. Headers are pairs of name and value.
func (a *API) Do(method, path, body string, want int, headers ...string) (*httptest.ResponseRecorder, map[string]any) {
	a.t.Helper()
	r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer test")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	a.site.ServeHTTP(w, r)
	if w.Code != want {
		a.t.Fatalf("%s %s: %d, want %d: %s", method, path, w.Code, want, w.Body)
	}
	m := map[string]any{}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil {
			a.t.Fatal(err)
		}
	}
	return w, m
}
