package org_test

import (
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/web/webtest"
)

func TestAPI(t *testing.T) {
	databases(t, func(t *testing.T, d *kittest.DB) {
		f := orgtest.New(t, d)
		mod := org.Module(f.Service)
		c := webtest.Serve(t, d, mod.API, *mod.Lang)
		_, p := c.Do("GET", "/organisation", "", 401)
		if p["type"] != "/problems/sign-in-needed" {
			t.Error(p)
		}
		c.Who = orgtest.As(f.Administrator)
		w, o := c.Do("GET", "/organisation", "", 200)
		if o["name"] != f.Org.Name || w.Header().Get("ETag") != `"v1"` {
			t.Error(o, w.Header())
		}
		c.Do("PATCH", "/organisation", `{"name":"De Es"}`, 428)
		c.Do("PATCH", "/organisation", `{"name":"De Es"}`, 412, "If-Match", `"v9"`)
		w, o = c.Do("PATCH", "/organisation", `{"name":"De Es","settings":{"closing_days":5}}`, 200, "If-Match", `"v1"`)
		settings := o["settings"].(map[string]any)
		if o["name"] != "De Es" || w.Header().Get("ETag") != `"v2"` || settings["closing_days"] != 5.0 || settings["update_clock"] != "16:00" {
			t.Error(o)
		}
		_, p = c.Do("PATCH", "/organisation", `{"calendar":{"zone":"Europe/Amsterdam","week":[[],[{"from":600,"to":500}],[],[],[],[],[]]}}`, 422, "If-Match", `"v2"`)
		if p["errors"].([]any)[0].(map[string]any)["path"] != "calendar.week.1" {
			t.Error(p)
		}
		_, o = c.Do("PATCH", "/organisation", `{"calendar":{"zone":"Europe/Amsterdam","week":[[],[{"from":540,"to":600}],[],[],[],[],[]],"closures":[{"from":"2026-12-24","to":"2026-12-31"}]}}`, 200, "If-Match", `"v2"`)
		if o["calendar"].(map[string]any)["closures"].([]any)[0].(map[string]any)["to"] != "2026-12-31" {
			t.Error(o)
		}

		w, m := c.Do("POST", "/members", `{"name":"Nel Nieuw","role":"desk","email":"nel@example.nl"}`, 201)
		if m["name"] != "Nel Nieuw" || w.Header().Get("ETag") != `"v1"` {
			t.Error(m)
		}
		member := "/members/" + m["id"].(string)
		c.Do("PATCH", member, `{"deputy_id":"`+f.Desk.ID+`"}`, 422, "If-Match", `"v1"`)
		c.Do("PATCH", member, `{"deputy_id":"`+f.Desk.ID+`","deputy_agreed":true,"away_from":"2026-11-12T08:00:00+01:00"}`, 200, "If-Match", `"v1"`)
		_, m = c.Do("GET", member, "", 200)
		if m["away_from"] != "2026-11-12T07:00:00Z" {
			t.Error(m)
		}
		_, m = c.Do("PATCH", member, `{"back":true}`, 200, "If-Match", `"v2"`)
		if _, still := m["away_from"]; still {
			t.Error(m)
		}
		c.Do("POST", "/members", `{"name":"X","role":"boss"}`, 422)
		w, list := c.Do("GET", "/members?limit=2&role=desk", "", 200)
		if len(list["items"].([]any)) != 2 || w.Header().Get("Link") != "" {
			t.Error(list, w.Header())
		}
		w, _ = c.Do("GET", "/members?limit=2", "", 200)
		if !strings.Contains(w.Header().Get("Link"), `rel="next"`) {
			t.Error(w.Header())
		}
		_, team := c.Do("POST", "/teams", `{"name":"Lab","duty_member_id":"`+f.Desk.ID+`"}`, 201)
		c.Do("PATCH", "/teams/"+team["id"].(string), `{"auto_accept":true}`, 200, "If-Match", `"v1"`)
		_, team = c.Do("GET", "/teams/"+team["id"].(string), "", 200)
		if team["auto_accept"] != true {
			t.Error(team)
		}
		_, list = c.Do("GET", "/teams", "", 200)
		if len(list["items"].([]any)) != 2 {
			t.Error(list)
		}
		c.Do("POST", "/organisations", `{"name":"Nieuw","kind":"firm","administrator":{"name":"A","role":"administrator"}}`, 403)
		c.Who = orgtest.Installer
		_, made := c.Do("POST", "/organisations", `{"name":"Nieuw","kind":"firm","administrator":{"name":"A","role":"administrator"}}`, 201)
		if made["organisation"].(map[string]any)["zone"] != "Europe/Amsterdam" {
			t.Error(made)
		}
		_, list = c.Do("GET", "/organisations", "", 200)
		for _, o := range list["items"].([]any) {
			if _, tells := o.(map[string]any)["settings"]; tells {
				t.Error("the directory tells more than name, kind and phone")
			}
		}
	})
}
