package handoff_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/care/handoff"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/web"
)

// The hospital story over the API: asked, papers missing, provided, forwarded,
// accepted.
func TestAPI(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		c := serve(t, w)
		c.do("GET", "/referrals", "", 401)
		c.who = orgtest.As(w.h2.Administrator)
		_, n := c.do("PUT", "/referral-needs", `{"documents":["specialist-letter"],"desk_id":"`+w.h2.Team.ID+`"}`, 200)
		is(t, "needs", len(n["documents"].([]any)), 1)
		c.do("PUT", "/referral-needs", `{"documents":["a-poem"]}`, 422)

		q := w.open()
		c.who = orgtest.As(w.gp.Desk)
		_, n = c.do("GET", "/organisations/"+w.h2.Org.ID+"/referral-needs", "", 200)
		if _, tells := n["desk_id"]; tells {
			t.Error("partners see who answers")
		}
		_, h := c.do("POST", "/handoffs", `{"case_id":"`+q.ID+`","to":"`+w.gp.Specialist.ID+`"}`, 201)
		is(t, "missing", h["missing"].(float64), 2) // history and consent
		is(t, "items", len(h["items"].([]any)), 3)
		handoffPath := "/handoffs/" + h["id"].(string)
		_, p := c.do("POST", handoffPath+"/accept", "", 403)
		is(t, "problem", p["type"].(string), "/problems/handoff-not-yours")
		c.who = orgtest.As(w.gp.Specialist)
		_, p = c.do("POST", handoffPath+"/decline", `{"reason":"not-mine","explanation":"Nee."}`, 422)
		is(t, "problem", p["type"].(string), "/problems/decline-needs-next-step")
		_, l := c.do("GET", "/handoffs?open=true&member_id="+w.gp.Specialist.ID, "", 200)
		is(t, "incoming", len(l["items"].([]any)), 1)
		wr, h := c.do("POST", handoffPath+"/accept", "", 200)
		is(t, "state", h["state"].(string), "accepted")
		is(t, "etag", wr.Header().Get("ETag"), `"v2"`)
		c.do("GET", handoffPath, "", 200)
		c.do("POST", handoffPath+"/withdraw", "", 409)

		_, r := c.do("POST", "/referrals", `{"case_id":"`+q.ID+`","to_organisation_id":"`+w.h1.Org.ID+`","note":"Migraine."}`, 201)
		path := "/referrals/" + r["id"].(string)
		w.rest()
		c.who = orgtest.As(w.h1.Desk)
		_, p = c.do("POST", path+"/decline", `{"reason":"documents-missing","explanation":"Zij hebben hem, wij niet."}`, 422)
		is(t, "problem", p["type"].(string), "/problems/decline-needs-next-step")
		c.do("POST", path+"/forward", `{"to_organisation_id":"`+w.h2.Org.ID+`","why":"De hoofdpijnpoli is daar."}`, 200)
		w.rest()

		c.who = actor.Actor{Kind: actor.Organisation, Org: w.h2.Org.ID}
		_, l = c.do("GET", "/referrals?open=true", "", 200)
		is(t, "asked", len(l["items"].([]any)), 1)
		accept := `{"promise":{"what":"wanneer Fleur kan komen","due_at":"` + w.soon().Format("2006-01-02T15:04:05Z07:00") + `"}}`
		_, p = c.do("POST", path+"/accept", accept, 409)
		is(t, "problem", p["type"].(string), "/problems/documents-missing")
		c.who = orgtest.As(w.gp.Specialist)
		_, l = c.do("GET", "/document-requests?direction=in&open=true", "", 200)
		request := "/document-requests/" + l["items"].([]any)[0].(map[string]any)["id"].(string)
		c.do("POST", request+"/refuse", `{"reason":"not-here","explanation":"Nooit gekregen."}`, 422)
		c.do("POST", request+"/pass-on", `{"to_organisation_id":"`+w.h1.Org.ID+`"}`, 200)
		w.rest()
		c.who = orgtest.As(w.h1.Desk)
		c.do("POST", request+"/provide", `{"name":"Brief neuroloog","content":"Augustus."}`, 200)
		w.rest()
		c.who = actor.Actor{Kind: actor.Organisation, Org: w.h2.Org.ID}
		_, r = c.do("GET", path, "", 200)
		is(t, "documents", len(r["documents"].([]any)), 1)
		_, taken := c.do("POST", path+"/accept", accept, 200)
		is(t, "owner", taken["owner_id"].(string), w.h2.Desk.ID)
		w.rest()
		is(t, "handed over", w.caseOf(q).Closed(), true)
		c.who = orgtest.As(w.gp.Desk)
		c.do("POST", path+"/withdraw", `{"why":"Te laat."}`, 409)
		c.do("POST", "/document-requests", `{"kind":"result"}`, 422)
		w.checked()
	})
}

// gate lets everybody in as whoever stands in the test.
type gate struct{ who actor.Actor }

func (g *gate) Wrap(h http.Handler) http.Handler                            { return h }
func (g *gate) Identify(*http.Request) (actor.Actor, error)                 { return g.who, nil }
func (g *gate) Put(context.Context, string, string)                         {}
func (g *gate) Pop(context.Context, string) string                          { return "" }
func (g *gate) Seen(context.Context, actor.Actor, string, []web.Seen) error { return nil }

type client struct {
	t *testing.T
	h http.Handler
	*gate
}

func serve(t *testing.T, w *world) client {
	t.Helper()
	g := &gate{}
	site := web.New(web.Options{DB: w.d.DB, Bundle: words(t), Log: kittest.Log(t), Gate: g})
	handoff.Module(w.svc, nil).API(web.NewAPI(site, web.APIInfo{Title: "Houvast", Version: "1"}))
	return client{t, site.Handler(), g}
}

// do sends a request and gives the answer's body; want is its status.
func (c client) do(method, path, body string, want int) (*httptest.ResponseRecorder, map[string]any) {
	c.t.Helper()
	r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer test")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
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
