package handoff_test

import (
	"testing"

	"github.com/houvast/houvast/internal/care/handoff"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/web/webtest"
)

// The hospital story over the API: asked, papers missing, provided, forwarded,
// accepted.
func TestAPI(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		m := handoff.Module(w.svc, nil)
		c := webtest.Serve(t, w.d, m.API, *m.Lang)
		c.Do("GET", "/referrals", "", 401)
		c.Who = orgtest.As(w.h2.Administrator)
		_, n := c.Do("PUT", "/referral-needs", `{"documents":["specialist-letter"],"desk_id":"`+w.h2.Team.ID+`"}`, 200)
		is(t, "needs", len(n["documents"].([]any)), 1)
		c.Do("PUT", "/referral-needs", `{"documents":["a-poem"]}`, 422)

		q := w.open()
		c.Who = orgtest.As(w.gp.Desk)
		_, n = c.Do("GET", "/organisations/"+w.h2.Org.ID+"/referral-needs", "", 200)
		if _, tells := n["desk_id"]; tells {
			t.Error("partners see who answers")
		}
		_, h := c.Do("POST", "/handoffs", `{"case_id":"`+q.ID+`","to":"`+w.gp.Specialist.ID+`"}`, 201)
		is(t, "missing", h["missing"].(float64), 2) // history and consent
		is(t, "items", len(h["items"].([]any)), 3)
		handoffPath := "/handoffs/" + h["id"].(string)
		_, p := c.Do("POST", handoffPath+"/accept", "", 403)
		is(t, "problem", p["type"].(string), "/problems/handoff-not-yours")
		c.Who = orgtest.As(w.gp.Specialist)
		_, p = c.Do("POST", handoffPath+"/decline", `{"reason":"not-mine","explanation":"Nee."}`, 422)
		is(t, "problem", p["type"].(string), "/problems/decline-needs-next-step")
		_, l := c.Do("GET", "/handoffs?open=true&member_id="+w.gp.Specialist.ID, "", 200)
		is(t, "incoming", len(l["items"].([]any)), 1)
		wr, h := c.Do("POST", handoffPath+"/accept", "", 200)
		is(t, "state", h["state"].(string), "accepted")
		is(t, "etag", wr.Header().Get("ETag"), `"v2"`)
		c.Do("GET", handoffPath, "", 200)
		c.Do("POST", handoffPath+"/withdraw", "", 409)

		_, r := c.Do("POST", "/referrals", `{"case_id":"`+q.ID+`","to_organisation_id":"`+w.h1.Org.ID+`","note":"Migraine."}`, 201)
		path := "/referrals/" + r["id"].(string)
		w.rest()
		c.Who = orgtest.As(w.h1.Desk)
		_, p = c.Do("POST", path+"/decline", `{"reason":"documents-missing","explanation":"Zij hebben hem, wij niet."}`, 422)
		is(t, "problem", p["type"].(string), "/problems/decline-needs-next-step")
		c.Do("POST", path+"/forward", `{"to_organisation_id":"`+w.h2.Org.ID+`","why":"De hoofdpijnpoli is daar."}`, 200)
		w.rest()

		c.Who = actor.Actor{Kind: actor.Organisation, Org: w.h2.Org.ID}
		_, l = c.Do("GET", "/referrals?open=true", "", 200)
		is(t, "asked", len(l["items"].([]any)), 1)
		accept := `{"promise":{"what":"wanneer Fleur kan komen","due_at":"` + w.soon().Format("2006-01-02T15:04:05Z07:00") + `"}}`
		_, p = c.Do("POST", path+"/accept", accept, 409)
		is(t, "problem", p["type"].(string), "/problems/documents-missing")
		c.Who = orgtest.As(w.gp.Specialist)
		_, l = c.Do("GET", "/document-requests?direction=in&open=true", "", 200)
		request := "/document-requests/" + l["items"].([]any)[0].(map[string]any)["id"].(string)
		c.Do("POST", request+"/refuse", `{"reason":"not-here","explanation":"Nooit gekregen."}`, 422)
		c.Do("POST", request+"/pass-on", `{"to_organisation_id":"`+w.h1.Org.ID+`"}`, 200)
		w.rest()
		c.Who = orgtest.As(w.h1.Desk)
		c.Do("POST", request+"/provide", `{"name":"Brief neuroloog","content":"Augustus."}`, 200)
		w.rest()
		c.Who = actor.Actor{Kind: actor.Organisation, Org: w.h2.Org.ID}
		_, r = c.Do("GET", path, "", 200)
		is(t, "documents", len(r["documents"].([]any)), 1)
		_, taken := c.Do("POST", path+"/accept", accept, 200)
		is(t, "owner", taken["owner_id"].(string), w.h2.Desk.ID)
		w.rest()
		is(t, "handed over", w.caseOf(q).Closed(), true)
		c.Who = orgtest.As(w.gp.Desk)
		c.Do("POST", path+"/withdraw", `{"why":"Te laat."}`, 409)
		c.Do("POST", "/document-requests", `{"kind":"result"}`, 422)
		w.checked()
	})
}
