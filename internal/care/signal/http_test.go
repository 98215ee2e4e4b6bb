package signal_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
)

func TestAPI(t *testing.T) {
	kittest.Databases(t, migrations, func(t *testing.T, d *kittest.DB) {
		f := fixture{orgtest.New(t, d), signal.New(signal.Deps{DB: d.DB}), signal.NewWatch(d.DB)}
		c := serve(t, d, signal.Module(f.signals, true))
		s, _ := f.raise(t, f.risk(signal.Urgent))
		c.who = orgtest.As(f.Desk)
		_, list := c.do("GET", "/signals?member_id="+f.Desk.ID, "", 200)
		if len(list["items"].([]any)) != 1 || len(c.seen) != 1 || c.seen[0].ID != "cas_1" {
			t.Error(list, c.seen)
		}
		c.do("GET", "/signals?cursor=x", "", 400)
		c.do("POST", "/signals/"+s.ID+"/clear", `{"reason":"handled"}`, 409)
		_, got := c.do("POST", "/signals/"+s.ID+"/take", "", 200)
		if got["taken_by"] != f.Desk.ID {
			t.Error(got)
		}
		c.who = orgtest.As(f.Manager)
		_, p := c.do("POST", "/signals/"+s.ID+"/take", "", 409)
		if p["type"] != "/problems/signal-taken" || !strings.Contains(p["detail"].(string), f.Desk.Name) {
			t.Error(p)
		}
		c.do("POST", "/signals/"+s.ID+"/clear", `{"reason":"Said by Mrs Jansen"}`, 422)
		_, got = c.do("POST", "/signals/"+s.ID+"/clear", `{"reason":"handled"}`, 200)
		if got["clear_reason"] != "handled" {
			t.Error(got)
		}
		c.do("POST", "/signals/"+s.ID+"/take", "", 410)
		c.do("POST", "/signals/sig_x/take", "", 404)
		c.who = actor.Actor{}
		c.do("GET", "/signals", "", 401)
	})
}

// gate lets everybody in as whoever stands in the test.
type gate struct {
	who  actor.Actor
	seen []web.Seen
}

func (g *gate) Wrap(h http.Handler) http.Handler            { return h }
func (g *gate) Identify(*http.Request) (actor.Actor, error) { return g.who, nil }
func (g *gate) Put(context.Context, string, string)         {}
func (g *gate) Pop(context.Context, string) string          { return "" }
func (g *gate) Seen(_ context.Context, _ actor.Actor, _ string, what []web.Seen) error {
	g.seen = append(g.seen, what...)
	return nil
}

type client struct {
	t *testing.T
	h http.Handler
	*gate
}

func serve(t *testing.T, d *kittest.DB, m module.Module) client {
	t.Helper()
	words, err := lang.Load(*m.Lang)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{}
	site := web.New(web.Options{DB: d.DB, Bundle: words, Log: kittest.Log(t), Gate: g})
	m.API(web.NewAPI(site, web.APIInfo{Title: "Houvast", Version: "1"}))
	return client{t, site.Handler(), g}
}

// do sends a request and gives the answer's body; want is its status. Headers
// are pairs of name and value.
func (c client) do(method, path, body string, want int, headers ...string) (*httptest.ResponseRecorder, map[string]any) {
	c.t.Helper()
	r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer test")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	c.h.ServeHTTP(w, r)
	if w.Code != want {
		c.t.Fatalf("%s %s: %d, want %d: %s", method, path, w.Code, want, w.Body)
	}
	m := map[string]any{}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil {
			c.t.Fatal(err)
		}
	}
	return w, m
}
