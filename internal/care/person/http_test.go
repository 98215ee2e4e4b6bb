package person_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/person/persontest"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
)

func TestAPI(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		c := serve(t, f.DB, person.Module(f.People))
		c.who = orgtest.As(f.Desk)
		w, card := c.do("POST", "/people", `{"name":"Piet Paulusma","birth_date":"2014-01-31","contact_points":[{"kind":"sms","value":"06 87654321"}]}`, 201)
		id := card["person"].(map[string]any)["id"].(string)
		if w.Header().Get("ETag") != `"v1"` || card["contact_points"].([]any)[0].(map[string]any)["value"] != "+31687654321" {
			t.Error(card)
		}
		_, p := c.do("POST", "/people", `{"name":"Jan 123456782"}`, 422)
		if p["type"] != "/problems/bsn-not-kept" || strings.Contains(w.Body.String(), "123456782") {
			t.Error(p)
		}
		c.do("PATCH", "/people/"+id, `{"name":"Piet"}`, 428)
		c.do("PATCH", "/people/"+id, `{"name":"Piet"}`, 200, "If-Match", `"v1"`)
		c.do("PATCH", "/people/"+id, `{"name":"Pieter"}`, 412, "If-Match", `"v1"`)
		_, list := c.do("GET", "/people?q=piet", "", 200)
		if len(list["items"].([]any)) != 1 {
			t.Error(list)
		}
		w, _ = c.do("GET", "/people?limit=2", "", 200)
		if !strings.Contains(w.Header().Get("Link"), `rel="next"`) {
			t.Error(w.Header())
		}
		_, point := c.do("POST", "/people/"+id+"/contact-points", `{"kind":"email","value":"piet@Example.nl","rank":1}`, 201)
		if point["rank"] != 1.0 || point["value"] != "piet@example.nl" {
			t.Error(point)
		}
		c.do("PATCH", "/contact-points/"+point["id"].(string), `{"refused":true}`, 200, "If-Match", `"v1"`)
		c.do("POST", "/people/"+id+"/contact-points", `{"kind":"phone","value":"geheim"}`, 422)
		_, m := c.do("POST", "/people/"+id+"/matters", `{"text":"Is bang voor naalden"}`, 201)
		_, m = c.do("POST", "/matters/"+m["id"].(string)+"/end", "", 200)
		if m["ended_at"] == nil {
			t.Error(m)
		}
		_, r := c.do("POST", "/people/"+id+"/representatives", `{"by_person_id":"`+f.Anna.Person.ID+`","basis":"parent"}`, 201)
		if r["basis"] != "parent" {
			t.Error(r)
		}
		c.seen = nil
		_, card = c.do("GET", "/people/"+id, "", 200)
		if card["representatives"].([]any)[0].(map[string]any)["name"] != "Anna Verhagen-Müller" || card["person"].(map[string]any)["name"] != "Piet" {
			t.Error(card)
		}
		if len(c.seen) != 1 || c.seen[0] != (web.Seen{Kind: "person", ID: id}) {
			t.Errorf("who saw what: %v", c.seen)
		}
		apiTogether(t, c, f, id)
		c.do("GET", "/people/per_x", "", 404)
		c.who = actor.Actor{Kind: actor.Customer, Org: f.Org.ID, Person: id, Confirmed: true}
		c.do("GET", "/people/"+id, "", 403)
	})
}

// apiTogether plays households, companies, consent and merging over HTTP.
func apiTogether(t *testing.T, c client, f persontest.Fixture, id string) {
	t.Helper()
	c.who = orgtest.As(f.Desk)
	anna := f.Anna.Person.ID
	_, tie := c.do("POST", "/people/"+id+"/household", `{"other_person_id":"`+anna+`","word":"parent"}`, 200)
	if tie["word"] != "parent" || tie["other_person_id"] != anna || tie["state"] != "confirmed" {
		t.Error(tie)
	}
	_, tie = c.do("POST", "/people/"+anna+"/household", `{"other_person_id":"`+id+`","word":"child"}`, 200)
	if tie["word"] != "child" || tie["other_person_id"] != id {
		t.Error(tie)
	}
	_, h := c.do("GET", "/people/"+id+"/household", "", 200)
	if len(h["members"].([]any)) != 1 || len(h["suggested"].([]any)) != 0 {
		t.Error(h)
	}
	c.do("POST", "/people/"+id+"/household/"+anna+"/hide", `{"why":"Geheim adres"}`, 200)
	if _, h := c.do("GET", "/people/"+id+"/household", "", 200); len(h["members"].([]any)) != 0 {
		t.Error(h)
	}
	c.do("POST", "/people/"+id+"/household/"+anna+"/show", "", 403)
	c.do("POST", "/people/"+id+"/household/"+anna+"/dismiss", "", 403)
	c.who = orgtest.As(f.Manager)
	c.do("POST", "/people/"+id+"/household/"+anna+"/show", "", 200)
	c.do("POST", "/people/"+id+"/household/"+anna+"/dismiss", "", 200)
	_, firm := c.do("POST", "/people", `{"kind":"company","name":"Catering Oost"}`, 201)
	company := firm["person"].(map[string]any)["id"].(string)
	_, contact := c.do("POST", "/people/"+company+"/contacts", `{"person_id":"`+anna+`","function":"Inkoper","acts":true}`, 201)
	_, list := c.do("GET", "/people/"+anna+"/contacts", "", 200)
	if x := list["items"].([]any)[0].(map[string]any); x["acts"] != true || x["other"].(map[string]any)["name"] != "Catering Oost" {
		t.Error(list)
	}
	c.do("POST", "/contact-persons/"+contact["id"].(string)+"/end", "", 200)
	c.do("POST", "/people/"+anna+"/consents", `{"purpose":"sms","given":true,"how":"spoken"}`, 200)
	if _, list := c.do("GET", "/people/"+anna+"/consents", "", 200); len(list["items"].([]any)) != 1 {
		t.Error(list)
	}
	_, double := c.do("POST", "/people", `{"name":"Pieter Paulusma","call_name":"Piet","birth_date":"2014-01-31"}`, 201)
	second := double["person"].(map[string]any)["id"].(string)
	if _, list := c.do("GET", "/people/duplicates", "", 200); len(list["items"].([]any)) != 1 {
		t.Error(list)
	}
	c.do("POST", "/people/"+second+"/merge", `{"into_person_id":"`+id+`"}`, 422)
	c.do("POST", "/people/"+second+"/merge", `{"into_person_id":"`+id+`","asked":true}`, 200)
	c.do("POST", "/people/"+second+"/merge", `{"into_person_id":"`+anna+`","asked":true}`, 409)
	c.do("POST", "/people/"+second+"/unmerge", "", 200)
	c.do("POST", "/people/"+second+"/apart", `{"other_person_id":"`+id+`"}`, 204)
	if _, list := c.do("GET", "/people/duplicates", "", 200); len(list["items"].([]any)) != 0 {
		t.Error(list)
	}
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
