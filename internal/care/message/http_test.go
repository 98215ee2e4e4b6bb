package message_test

import (
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/care/message"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/mail/mailtest"
	"github.com/houvast/houvast/internal/kit/web/webtest"
)

func TestAPI(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		rec := &mailtest.Recorder{}
		rec.Next(mailtest.Accept, mailtest.Lose)
		f := setup(t, d, rec)
		c := serve(t, f)
		c.Who = f.desk()
		mailed, _ := f.open(f.Mother)
		f.rest()
		phoned, _ := f.open(f.Anna)
		m, call := f.only(mailed), f.only(phoned)

		got := c.do("GET", "/messages/"+m.ID, "", 200)
		if got["state"] != "accepted" || got["told"] != false || got["to"] != "e•••@example.nl" || len(c.Saw) != 1 || c.Saw[0].ID != m.ID {
			t.Error(got, c.Saw)
		}
		c.do("GET", "/messages/msg_x", "", 404)
		if list := c.do("GET", "/messages?limit=1", "", 200); len(list["items"].([]any)) != 1 || !strings.Contains(c.link, "cursor=") {
			t.Error(list, c.link)
		}
		if list := c.do("GET", "/messages?case_id="+phoned.ID+"&state=queued", "", 200); len(list["items"].([]any)) != 1 {
			t.Error(list)
		}
		tasks := c.do("GET", "/phone-tasks?member_id="+f.Desk.ID, "", 200)["items"].([]any)
		if len(tasks) != 1 || tasks[0].(map[string]any)["number"] != "06 12345678" || tasks[0].(map[string]any)["name"] != "Anna" {
			t.Error(tasks)
		}
		if tasks = c.do("GET", "/phone-tasks?member_id="+f.Manager.ID, "", 200)["items"].([]any); len(tasks) != 0 {
			t.Error(tasks)
		}
		preview := c.do("POST", "/messages/preview", `{"case_id":"`+mailed.ID+`","template":"handoff-accepted","params":{"keeper":"`+f.Specialist.ID+`"}}`, 200)
		if preview["channel"] != "email" || !strings.Contains(preview["body"].(string), "Sam Smit") {
			t.Error(preview)
		}
		if p := c.do("POST", "/messages/preview", `{"case_id":"`+mailed.ID+`","template":"x"}`, 422); p["type"] != "/problems/message-template-unknown" {
			t.Error(p)
		}
		if got = c.do("POST", "/messages/"+call.ID+"/no-answer", "", 200); got["attempts"] != 1.0 {
			t.Error(got)
		}
		if got = c.do("POST", "/messages/"+call.ID+"/spoken", `{"said":"Verteld."}`, 200); got["state"] != "spoken" {
			t.Error(got)
		}
		c.do("POST", "/messages/"+call.ID+"/spoken", `{}`, 409)
		c.do("POST", "/messages/"+call.ID+"/resend", "", 409)
		c.do("POST", "/messages/"+m.ID+"/delivery", `{"status":"delivered"}`, 403)

		c.Who = actor.Actor{Kind: actor.Organisation, Org: f.Org.ID}
		c.do("GET", "/messages", "", 403)
		for range 2 {
			c.do("POST", "/messages/"+m.ID+"/delivery", `{"status":"delivered"}`, 204)
		}
		c.do("POST", "/messages/"+m.ID+"/delivery", `{"status":"lost"}`, 422)
		c.Who = actor.Actor{Kind: actor.Organisation, Org: "org_other"}
		c.do("POST", "/messages/"+m.ID+"/delivery", `{"status":"delivered"}`, 404)

		c.Who = f.desk()
		unsure, _ := f.open(f.Mother)
		f.rest()
		id := f.only(unsure).ID
		if got = c.do("POST", "/messages/"+id+"/settle", `{"arrived":true}`, 200); got["state"] != "delivered" || got["decided_by"] != f.Desk.ID {
			t.Error(got)
		}
		c.do("POST", "/messages/"+id+"/settle", `{"arrived":true}`, 409)
		if got = c.do("GET", "/mail-trouble", "", 200); got["waiting"] != 0.0 {
			t.Error(got)
		}
		c.Who = actor.Actor{}
		c.do("GET", "/messages", "", 401)

		// Another organisation sees nothing of it.
		other := orgtest.Named(t, d, "Ziekenhuis Oost", "hospital")
		c.Who = orgtest.As(other.Desk)
		c.do("GET", "/messages/"+id, "", 404)
		if list := c.do("GET", "/messages", "", 200); len(list["items"].([]any)) != 0 {
			t.Error(list)
		}
	})
}

func TestCallsGoToTheNewOwner(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		f := setup(t, d, &mailtest.Recorder{})
		c, _ := f.open(f.AddPerson(t, person.NewPerson{Name: "Piet", Points: []person.NewPoint{{Kind: person.Phone, Value: "0612345671"}}}))
		f.handOver(c, f.Specialist.ID)
		f.rest()
		if m := f.only(c); m.Member != f.Specialist.ID || m.State != message.Queued {
			t.Errorf("%+v", m)
		}
	})
}

// client gives the body alone, and remembers where the next page is.
type client struct {
	*webtest.API
	link string
}

func serve(t *testing.T, f *fixture) *client {
	t.Helper()
	m := message.Module(f.messages)
	return &client{API: webtest.Serve(t, f.DB, m.API, *m.Lang)}
}

func (c *client) do(method, path, body string, want int) map[string]any {
	w, got := c.Do(method, path, body, want)
	c.link = w.Header().Get("Link")
	return got
}
