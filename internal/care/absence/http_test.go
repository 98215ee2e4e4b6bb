package absence_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/care/absence"
	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/handoff"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
	"github.com/houvast/houvast/internal/kit/web/webtest"
)

func sentences() []lang.Source {
	return append(web.Languages(), auth.Lang, lang.Source{FS: org.Words, Dir: "lang"}, lang.Source{FS: person.Words, Dir: "lang"},
		lang.Source{FS: signal.Words, Dir: "lang"}, lang.Source{FS: promise.Words, Dir: "lang"}, lang.Source{FS: casefile.Words, Dir: "lang"},
		lang.Source{FS: handoff.Words, Dir: "lang"}, lang.Source{FS: absence.Words, Dir: "lang"})
}

// An illness goes through the API from the preview to the return.
func TestAPI(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		c := webtest.Serve(t, w.DB, absence.Module(w.svc, true).API, sentences()...)
		w.deputy(w.Specialist, w.Desk)
		x, p := w.open(w.Specialist, w.Now().Add(5*time.Hour))
		c.Do("POST", "/absences/preview", `{"member_id":"`+w.Specialist.ID+`"}`, 401)
		c.Who = as(w.Desk)
		_, plan := c.Do("POST", "/absences/preview", `{"member_id":"`+w.Specialist.ID+`"}`, 200)
		if list := plan["promises"].([]any); len(list) != 1 || list[0].(map[string]any)["promise_id"] != p.ID || plan["stand_in_id"] != w.Desk.ID {
			t.Fatalf("%v", plan)
		}
		if len(c.Saw) != 1 || c.Saw[0] != (web.Seen{Kind: "case", ID: x.ID}) {
			t.Errorf("who saw what: %v", c.Saw)
		}
		if w.Promise(p.ID).Keeper != w.Specialist.ID {
			t.Error("a preview changed something")
		}
		if _, list := c.Do("GET", "/absences", "", 200); list["items"] != nil && len(list["items"].([]any)) != 0 {
			t.Errorf("a preview was kept: %v", list)
		}
		c.Do("POST", "/absences", `{"member_id":"mem_x"}`, 404)
		_, a := c.Do("POST", "/absences", `{"member_id":"`+w.Specialist.ID+`"}`, 201)
		id := a["id"].(string)
		w.Rest()
		if w.Promise(p.ID).Keeper != w.Desk.ID {
			t.Error("the promise did not pass")
		}
		answer, _ := c.Do("GET", "/absences/"+id, "", 200)
		if _, items := c.Do("GET", "/absences/"+id+"/items", "", 200); len(items["items"].([]any)) == 0 {
			t.Error("nothing became of anything")
		}
		until := w.Local(1, 17, 0).Format(time.RFC3339)
		c.Do("PATCH", "/absences/"+id, `{"until":"`+until+`"}`, 428)
		c.Do("PATCH", "/absences/"+id, `{"until":"`+until+`"}`, 412, "If-Match", `"v99"`)
		c.Do("PATCH", "/absences/"+id, `{"until":"`+until+`"}`, 200, "If-Match", answer.Header().Get("ETag"))
		c.Do("POST", "/absences/"+id+"/end", "", 200)
		c.Do("GET", "/absences/abs_x", "", 404)
		c.Who.Org = "org_other"
		c.Do("GET", "/absences/"+id, "", 404)
		c.Who = w.Customer(x)
		c.Do("GET", "/absences/"+id, "", 403)
	})
}

// gate lets in whoever the test says.
type gate struct{ who actor.Actor }

func (g *gate) Wrap(h http.Handler) http.Handler                            { return h }
func (g *gate) Identify(*http.Request) (actor.Actor, error)                 { return g.who, nil }
func (g *gate) Put(context.Context, string, string)                         {}
func (g *gate) Pop(context.Context, string) string                          { return "" }
func (g *gate) Seen(context.Context, actor.Actor, string, []web.Seen) error { return nil }

// The pages go the same way by forms, without a script and in both languages.
func TestPages(t *testing.T) {
	w := newWorld(t, kittest.SQLite(t, migrations...))
	bundle, err := lang.Load(sentences()...)
	if err != nil {
		t.Fatal(err)
	}
	assets, err := ui.NewAssets()
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{who: as(w.Desk)}
	site := web.New(web.Options{DB: w.DB.DB, Log: kittest.Log(t), Bundle: bundle, Gate: g, Zone: func(context.Context, string) *time.Location { return w.Org.Calendar.Location() }})
	absence.Module(w.svc, true).Desk(web.NewMux(site, func(c *web.Ctx, p web.Page) (templ.Component, error) {
		return templ.ComponentFunc(func(ctx context.Context, out io.Writer) error {
			return ui.Plain(ui.PlainPage{Page: ui.Page{Words: c.P, Assets: assets, Title: p.Title}}).Render(templ.WithChildren(ctx, p.Body), out)
		}), nil
	}))
	ask := func(method, path string, fields ...string) (int, string, string) {
		form := url.Values{}
		for i := 0; i < len(fields); i += 2 {
			form.Add(fields[i], fields[i+1])
		}
		r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		out := httptest.NewRecorder()
		site.Handler().ServeHTTP(out, r)
		return out.Code, out.Header().Get("Location"), out.Body.String()
	}
	w.deputy(w.Specialist, w.Desk)
	x, p := w.open(w.Specialist, w.Now().Add(5*time.Hour))
	const home = "/desk/absence"
	for _, language := range []string{"nl", "en"} {
		g.who.Language = language
		for path, want := range map[string]string{home: w.Specialist.Name, home + "/new?kind=ill&member=" + w.Specialist.ID: x.Subject} {
			if status, _, page := ask("GET", path); status != http.StatusOK || !strings.Contains(page, want) {
				t.Errorf("%s in %s: %d, without %q", path, language, status, want)
			}
		}
	}
	status, _, page := ask("POST", home, "member", w.Specialist.ID, "kind", "ill", "until", "zo snel mogelijk", "do", "confirm")
	if status != http.StatusUnprocessableEntity || !strings.Contains(page, "zo snel mogelijk") {
		t.Errorf("a vague time: %d", status)
	}
	status, to, page := ask("POST", home, "member", w.Specialist.ID, "kind", "ill", "do", "confirm")
	if status != http.StatusSeeOther {
		t.Fatalf("confirmed: %d %s", status, page)
	}
	w.Rest()
	if w.Promise(p.ID).Keeper != w.Desk.ID {
		t.Error("the promise did not pass")
	}
	to, _, _ = strings.Cut(to, "?")
	if status, _, page := ask("GET", to); status != http.StatusOK || !strings.Contains(page, w.Specialist.Name) {
		t.Errorf("what became of it: %d", status)
	}
	if status, _, page := ask("POST", to+"/end"); status != http.StatusSeeOther {
		t.Errorf("ended: %d %s", status, page)
	}
	if status, _, _ := ask("GET", home+"/abs_x"); status != http.StatusNotFound {
		t.Errorf("one that is not there: %d", status)
	}
	g.who = w.Customer(x)
	if status, _, page := ask("GET", to); status != http.StatusForbidden || strings.Contains(page, w.Specialist.Name) {
		t.Errorf("for a customer: %d", status)
	}
}
