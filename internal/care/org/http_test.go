package org_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
)

func TestAPI(t *testing.T) {
	databases(t, func(t *testing.T, d *kittest.DB) {
		f := orgtest.New(t, d)
		c := serve(t, d, org.Module(f.Service))
		_, p := c.do("GET", "/organisation", "", 401)
		if p["type"] != "/problems/sign-in-needed" {
			t.Error(p)
		}
		c.who = orgtest.As(f.Administrator)
		w, o := c.do("GET", "/organisation", "", 200)
		if o["name"] != f.Org.Name || w.Header().Get("ETag") != `"v1"` {
			t.Error(o, w.Header())
		}
		c.do("PATCH", "/organisation", `{"name":"De Es"}`, 428)
		c.do("PATCH", "/organisation", `{"name":"De Es"}`, 412, "If-Match", `"v9"`)
		w, o = c.do("PATCH", "/organisation", `{"name":"De Es","settings":{"closing_days":5}}`, 200, "If-Match", `"v1"`)
		settings := o["settings"].(map[string]any)
		if o["name"] != "De Es" || w.Header().Get("ETag") != `"v2"` || settings["closing_days"] != 5.0 || settings["update_clock"] != "16:00" {
			t.Error(o)
		}
		_, p = c.do("PATCH", "/organisation", `{"calendar":{"zone":"Europe/Amsterdam","week":[[],[{"from":600,"to":500}],[],[],[],[],[]]}}`, 422, "If-Match", `"v2"`)
		if p["errors"].([]any)[0].(map[string]any)["path"] != "calendar.week.1" {
			t.Error(p)
		}
		_, o = c.do("PATCH", "/organisation", `{"calendar":{"zone":"Europe/Amsterdam","week":[[],[{"from":540,"to":600}],[],[],[],[],[]],"closures":[{"from":"2026-12-24","to":"2026-12-31"}]}}`, 200, "If-Match", `"v2"`)
		if o["calendar"].(map[string]any)["closures"].([]any)[0].(map[string]any)["to"] != "2026-12-31" {
			t.Error(o)
		}

		w, m := c.do("POST", "/members", `{"name":"Nel Nieuw","role":"desk","email":"nel@example.nl"}`, 201)
		if m["name"] != "Nel Nieuw" || w.Header().Get("ETag") != `"v1"` {
			t.Error(m)
		}
		member := "/members/" + m["id"].(string)
		c.do("PATCH", member, `{"deputy_id":"`+f.Desk.ID+`"}`, 422, "If-Match", `"v1"`)
		c.do("PATCH", member, `{"deputy_id":"`+f.Desk.ID+`","deputy_agreed":true,"away_from":"2026-11-12T08:00:00+01:00"}`, 200, "If-Match", `"v1"`)
		_, m = c.do("GET", member, "", 200)
		if m["away_from"] != "2026-11-12T07:00:00Z" {
			t.Error(m)
		}
		_, m = c.do("PATCH", member, `{"back":true}`, 200, "If-Match", `"v2"`)
		if _, still := m["away_from"]; still {
			t.Error(m)
		}
		c.do("POST", "/members", `{"name":"X","role":"boss"}`, 422)
		w, list := c.do("GET", "/members?limit=2&role=desk", "", 200)
		if len(list["items"].([]any)) != 2 || w.Header().Get("Link") != "" {
			t.Error(list, w.Header())
		}
		w, _ = c.do("GET", "/members?limit=2", "", 200)
		if !strings.Contains(w.Header().Get("Link"), `rel="next"`) {
			t.Error(w.Header())
		}
		_, team := c.do("POST", "/teams", `{"name":"Lab","duty_member_id":"`+f.Desk.ID+`"}`, 201)
		c.do("PATCH", "/teams/"+team["id"].(string), `{"auto_accept":true}`, 200, "If-Match", `"v1"`)
		_, team = c.do("GET", "/teams/"+team["id"].(string), "", 200)
		if team["auto_accept"] != true {
			t.Error(team)
		}
		_, list = c.do("GET", "/teams", "", 200)
		if len(list["items"].([]any)) != 2 {
			t.Error(list)
		}
		c.do("POST", "/organisations", `{"name":"Nieuw","kind":"firm","administrator":{"name":"A","role":"administrator"}}`, 403)
		c.who = orgtest.Installer
		_, made := c.do("POST", "/organisations", `{"name":"Nieuw","kind":"firm","administrator":{"name":"A","role":"administrator"}}`, 201)
		if made["organisation"].(map[string]any)["zone"] != "Europe/Amsterdam" {
			t.Error(made)
		}
		_, list = c.do("GET", "/organisations", "", 200)
		for _, o := range list["items"].([]any) {
			if _, tells := o.(map[string]any)["settings"]; tells {
				t.Error("the directory tells more than name, kind and phone")
			}
		}
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
