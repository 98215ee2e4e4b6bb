package exchange

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

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
	"github.com/houvast/houvast/internal/kit/web/webtest"
)

var sentences = []lang.Source{auth.Lang, {FS: org.Words, Dir: "lang"}, {FS: person.Words, Dir: "lang"}, {FS: Words, Dir: "lang"}}

const short = "Klantnr;Naam;Geboortedatum;Telefoon\nK-1001;Piet Paulusma;31-1-1984;06-87654321\nK-1002;;;\n"

// A list goes through the API from sending to taking back.
func TestAPI(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		c := webtest.Serve(t, w.Fixture.DB, w.api, append(web.Languages(), sentences...)...)
		c.Do("GET", "/imports", "", 401)
		c.Who = orgtest.As(w.Desk)
		c.Do("GET", "/imports", "", 403)
		c.Who = w.who
		_, i := c.Do("POST", "/imports?file_name=lijst.csv", short, 201, "Content-Type", "text/csv")
		id := i["id"].(string)
		if i["state"] != "mapping" || len(i["columns"].([]any)) != 4 {
			t.Fatalf("%v", i)
		}
		columns := `{"columns":[{"target":"number"},{"target":"name"},{"target":"birth","order":"dmy"},{"target":"phone"}]}`
		c.Do("PUT", "/imports/"+id+"/columns", columns, 428)
		c.Do("PUT", "/imports/"+id+"/columns", columns, 412, "If-Match", `"v99"`)
		c.Do("PUT", "/imports/"+id+"/columns", columns, 200, "If-Match", `"v2"`)
		w.drain(t)
		answer, i := c.Do("GET", "/imports/"+id, "", 200)
		if f := i["forecast"].(map[string]any); i["state"] != "checked" || f["add"] != 1.0 || f["wrong"] != 1.0 {
			t.Errorf("%v", i)
		}
		if _, rows := c.Do("GET", "/imports/"+id+"/rows?class=wrong", "", 200); len(rows["items"].([]any)) != 1 {
			t.Errorf("%v", rows)
		}
		c.Do("POST", "/imports/"+id+"/undo", "", 409)
		c.Do("POST", "/imports/"+id+"/confirm", "", 428)
		c.Do("POST", "/imports/"+id+"/confirm", "", 200, "If-Match", answer.Header().Get("ETag"))
		w.drain(t)
		_, rows := c.Do("GET", "/imports/"+id+"/rows?outcome=added", "", 200)
		if len(rows["items"].([]any)) != 1 {
			t.Fatalf("%v", rows)
		}
		added := rows["items"].([]any)[0].(map[string]any)["person_id"].(string)
		if len(c.Saw) == 0 || c.Saw[len(c.Saw)-1].ID != added {
			t.Errorf("who saw what: %v", c.Saw)
		}
		people := person.New(person.Deps{DB: w.Fixture.DB.DB, Numbers: Numbers{}})
		found, err := people.List(t.Context(), w.who, "k 1001", "", 10)
		if err != nil || len(found.Items) == 0 || found.Items[0].Person.ID != added {
			t.Errorf("not found by the number they had: %v, %v", found, err)
		}
		c.Do("POST", "/imports/"+id+"/undo", "", 200)
		w.drain(t)
		if _, i := c.Do("GET", "/imports/"+id, "", 200); i["state"] != "undone" {
			t.Errorf("%v", i)
		}
		if err := w.Fixture.DB.Read(t.Context(), func(q db.Q) error {
			id, err := Numbers{}.PersonOf(q, w.Org.ID, "K-1001")
			if id != "" {
				t.Error("the number of somebody who was taken back is kept")
			}
			return err
		}); err != nil {
			t.Error(err)
		}
		c.Do("GET", "/imports/imp_x", "", 404)
		c.Do("POST", "/imports", "", 422, "Content-Type", "text/csv")
	})
}

// gate lets in whoever the test says.
type gate struct{ who actor.Actor }

func (g *gate) Wrap(h http.Handler) http.Handler                            { return h }
func (g *gate) Identify(*http.Request) (actor.Actor, error)                 { return g.who, nil }
func (g *gate) Put(context.Context, string, string)                         {}
func (g *gate) Pop(context.Context, string) string                          { return "" }
func (g *gate) Seen(context.Context, actor.Actor, string, []web.Seen) error { return nil }

// The pages show each step, in both languages, and refuse who may not.
func TestPages(t *testing.T) {
	w := newWorld(t, kittest.SQLite(t, migrations...))
	bundle, err := lang.Load(append(web.Languages(), sentences...)...)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{who: w.who}
	site := web.New(web.Options{DB: w.Fixture.DB.DB, Log: kittest.Log(t), Bundle: bundle, Gate: g, Zone: func(context.Context, string) *time.Location { return w.Org.Calendar.Location() }})
	assets, err := ui.NewAssets()
	if err != nil {
		t.Fatal(err)
	}
	w.desk(web.NewMux(site, func(c *web.Ctx, p web.Page) (templ.Component, error) {
		return templ.ComponentFunc(func(ctx context.Context, out io.Writer) error {
			return ui.Plain(ui.PlainPage{Page: ui.Page{Words: c.P, Assets: assets, Title: p.Title}}).Render(templ.WithChildren(ctx, p.Body), out)
		}), nil
	}))
	ask := func(method, path string, form url.Values) (int, string) {
		r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		out := httptest.NewRecorder()
		site.Handler().ServeHTTP(out, r)
		return out.Code, out.Body.String()
	}
	i := w.upload(t, "lijst.csv", short)
	at := home + "/" + i.ID
	for _, language := range []string{"nl", "en"} {
		g.who.Language = language
		for path, want := range map[string]string{home: "lijst.csv", at + "/columns": "Geboortedatum", exportHref: "CSV"} {
			if status, page := ask(http.MethodGet, path, nil); status != http.StatusOK || !strings.Contains(page, want) || strings.Contains(page, "⟦") {
				t.Errorf("%s in %s: %d, without %q", path, language, status, want)
			}
		}
	}
	i = w.guessed(t, i)
	for path, want := range map[string]string{at: "lijst.csv", at + "/rows": "Piet Paulusma", at + "/problems.csv": "K-1002"} {
		if status, page := ask(http.MethodGet, path, nil); status != http.StatusOK || !strings.Contains(page, want) {
			t.Errorf("%s: %d, without %q", path, status, want)
		}
	}
	if status, _ := ask(http.MethodGet, home+"/imp_x", nil); status != http.StatusNotFound {
		t.Errorf("an import that is not there: %d", status)
	}
	g.who = orgtest.As(w.Desk)
	for _, path := range []string{at, at + "/rows", exportHref} {
		if status, page := ask(http.MethodGet, path, nil); status != http.StatusForbidden || strings.Contains(page, "Paulusma") {
			t.Errorf("%s for the desk: %d", path, status)
		}
	}
	if status, _ := ask(http.MethodPost, at+"/drop", nil); status != http.StatusForbidden {
		t.Errorf("thrown away by the desk: %d", status)
	}
	if w.import_(t, i.ID).State != Checked {
		t.Error("something changed")
	}
}
