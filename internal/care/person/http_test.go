package person_test

import (
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/person/persontest"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/webtest"
)

func TestAPI(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		mod := person.Module(f.People)
		c := webtest.Serve(t, f.DB, mod.API, *mod.Lang)
		c.Who = orgtest.As(f.Desk)
		w, card := c.Do("POST", "/people", `{"name":"Piet Paulusma","birth_date":"2014-01-31","contact_points":[{"kind":"sms","value":"06 87654321"}]}`, 201)
		id := card["person"].(map[string]any)["id"].(string)
		if w.Header().Get("ETag") != `"v1"` || card["contact_points"].([]any)[0].(map[string]any)["value"] != "+31687654321" {
			t.Error(card)
		}
		_, p := c.Do("POST", "/people", `{"name":"Jan 123456782"}`, 422)
		if p["type"] != "/problems/bsn-not-kept" || strings.Contains(w.Body.String(), "123456782") {
			t.Error(p)
		}
		c.Do("PATCH", "/people/"+id, `{"name":"Piet"}`, 428)
		c.Do("PATCH", "/people/"+id, `{"name":"Piet"}`, 200, "If-Match", `"v1"`)
		c.Do("PATCH", "/people/"+id, `{"name":"Pieter"}`, 412, "If-Match", `"v1"`)
		_, list := c.Do("GET", "/people?q=piet", "", 200)
		if len(list["items"].([]any)) != 1 {
			t.Error(list)
		}
		w, _ = c.Do("GET", "/people?limit=2", "", 200)
		if !strings.Contains(w.Header().Get("Link"), `rel="next"`) {
			t.Error(w.Header())
		}
		_, point := c.Do("POST", "/people/"+id+"/contact-points", `{"kind":"email","value":"piet@Example.nl","rank":1}`, 201)
		if point["rank"] != 1.0 || point["value"] != "piet@example.nl" {
			t.Error(point)
		}
		c.Do("PATCH", "/contact-points/"+point["id"].(string), `{"refused":true}`, 200, "If-Match", `"v1"`)
		c.Do("POST", "/people/"+id+"/contact-points", `{"kind":"phone","value":"geheim"}`, 422)
		_, m := c.Do("POST", "/people/"+id+"/matters", `{"text":"Is bang voor naalden"}`, 201)
		_, m = c.Do("POST", "/matters/"+m["id"].(string)+"/end", "", 200)
		if m["ended_at"] == nil {
			t.Error(m)
		}
		_, r := c.Do("POST", "/people/"+id+"/representatives", `{"by_person_id":"`+f.Anna.Person.ID+`","basis":"parent"}`, 201)
		if r["basis"] != "parent" {
			t.Error(r)
		}
		c.Saw = nil
		_, card = c.Do("GET", "/people/"+id, "", 200)
		if card["representatives"].([]any)[0].(map[string]any)["name"] != "Anna Verhagen-Müller" || card["person"].(map[string]any)["name"] != "Piet" {
			t.Error(card)
		}
		if len(c.Saw) != 1 || c.Saw[0] != (web.Seen{Kind: "person", ID: id}) {
			t.Errorf("who saw what: %v", c.Saw)
		}
		apiTogether(t, c, f, id)
		c.Do("GET", "/people/per_x", "", 404)
		c.Who = actor.Actor{Kind: actor.Customer, Org: f.Org.ID, Person: id, Confirmed: true}
		c.Do("GET", "/people/"+id, "", 403)
	})
}

// apiTogether plays households, companies, consent and merging over HTTP.
func apiTogether(t *testing.T, c *webtest.API, f persontest.Fixture, id string) {
	t.Helper()
	c.Who = orgtest.As(f.Desk)
	anna := f.Anna.Person.ID
	_, tie := c.Do("POST", "/people/"+id+"/household", `{"other_person_id":"`+anna+`","word":"parent"}`, 200)
	if tie["word"] != "parent" || tie["other_person_id"] != anna || tie["state"] != "confirmed" {
		t.Error(tie)
	}
	_, tie = c.Do("POST", "/people/"+anna+"/household", `{"other_person_id":"`+id+`","word":"child"}`, 200)
	if tie["word"] != "child" || tie["other_person_id"] != id {
		t.Error(tie)
	}
	_, h := c.Do("GET", "/people/"+id+"/household", "", 200)
	if len(h["members"].([]any)) != 1 || len(h["suggested"].([]any)) != 0 {
		t.Error(h)
	}
	c.Do("POST", "/people/"+id+"/household/"+anna+"/hide", `{"why":"Geheim adres"}`, 200)
	if _, h := c.Do("GET", "/people/"+id+"/household", "", 200); len(h["members"].([]any)) != 0 {
		t.Error(h)
	}
	c.Do("POST", "/people/"+id+"/household/"+anna+"/show", "", 403)
	c.Do("POST", "/people/"+id+"/household/"+anna+"/dismiss", "", 403)
	c.Who = orgtest.As(f.Manager)
	c.Do("POST", "/people/"+id+"/household/"+anna+"/show", "", 200)
	c.Do("POST", "/people/"+id+"/household/"+anna+"/dismiss", "", 200)
	_, firm := c.Do("POST", "/people", `{"kind":"company","name":"Catering Oost"}`, 201)
	company := firm["person"].(map[string]any)["id"].(string)
	_, contact := c.Do("POST", "/people/"+company+"/contacts", `{"person_id":"`+anna+`","function":"Inkoper","acts":true}`, 201)
	_, list := c.Do("GET", "/people/"+anna+"/contacts", "", 200)
	if x := list["items"].([]any)[0].(map[string]any); x["acts"] != true || x["other"].(map[string]any)["name"] != "Catering Oost" {
		t.Error(list)
	}
	c.Do("POST", "/contact-persons/"+contact["id"].(string)+"/end", "", 200)
	c.Do("POST", "/people/"+anna+"/consents", `{"purpose":"sms","given":true,"how":"spoken"}`, 200)
	if _, list := c.Do("GET", "/people/"+anna+"/consents", "", 200); len(list["items"].([]any)) != 1 {
		t.Error(list)
	}
	_, double := c.Do("POST", "/people", `{"name":"Pieter Paulusma","call_name":"Piet","birth_date":"2014-01-31"}`, 201)
	second := double["person"].(map[string]any)["id"].(string)
	if _, list := c.Do("GET", "/people/duplicates", "", 200); len(list["items"].([]any)) != 1 {
		t.Error(list)
	}
	c.Do("POST", "/people/"+second+"/merge", `{"into_person_id":"`+id+`"}`, 422)
	c.Do("POST", "/people/"+second+"/merge", `{"into_person_id":"`+id+`","asked":true}`, 200)
	c.Do("POST", "/people/"+second+"/merge", `{"into_person_id":"`+anna+`","asked":true}`, 409)
	c.Do("POST", "/people/"+second+"/unmerge", "", 200)
	c.Do("POST", "/people/"+second+"/apart", `{"other_person_id":"`+id+`"}`, 204)
	if _, list := c.Do("GET", "/people/duplicates", "", 200); len(list["items"].([]any)) != 0 {
		t.Error(list)
	}
}
