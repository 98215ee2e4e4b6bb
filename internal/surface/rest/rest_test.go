package rest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

type inner struct {
	Due   string `json:"due_at" doc:"A day and a clock time." maxLength:"60"`
	Inner *inner `json:"inner,omitempty" doc:"The same again: a description may go round."`
}

type opened struct {
	Body struct {
		ID      string   `json:"id"`
		Channel string   `json:"channel" enum:"phone,email"`
		Tags    []string `json:"tags"`
	}
}

// site serves a small API with its pages.
func site(t *testing.T) http.Handler {
	t.Helper()
	words, err := lang.Load(append(web.Languages(), Lang)...)
	if err != nil {
		t.Fatal(err)
	}
	assets, err := ui.NewAssets()
	if err != nil {
		t.Fatal(err)
	}
	s := web.New(web.Options{DB: kittest.SQLite(t, web.Migrations).DB, Bundle: words, Log: kittest.Log(t), Language: lang.Dutch})
	api := web.NewAPI(s, web.APIInfo{Title: "Houvast", Version: "9.9", Description: "All of it."})
	op := web.Operation("openCase", http.MethodPost, "/cases/{case_id}", "Open a case", "Cases")
	op.Description = "Opens <it>."
	huma.Register(api, op, func(context.Context, *struct {
		Case string `path:"case_id" maxLength:"60" doc:"Which."`
		Body struct {
			Subject string `json:"subject" doc:"The question." example:"Who calls?"`
			Note    string `json:"note,omitempty"`
			Promise inner  `json:"promise"`
		}
	}) (*opened, error) {
		return &opened{}, nil
	})
	huma.Register(api, web.Operation("listCases", http.MethodGet, "/cases", "List cases", "Cases"), func(context.Context, *web.Paging) (*opened, error) { return &opened{}, nil })
	huma.Register(api, web.ForCustomers(web.Operation("getQuestion", http.MethodGet, "/question", "The question", "Customer")), func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	Mount(s, func(c *web.Ctx, p web.Page) (templ.Component, error) {
		return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
			return ui.Plain(ui.PlainPage{Page: ui.Page{Words: c.P, Assets: assets, Title: p.Title, Class: p.Class}}).Render(templ.WithChildren(ctx, p.Body), w)
		}), nil
	}, api, words)
	return s.Handler()
}

func get(t *testing.T, h http.Handler, path, language string) (int, string) {
	t.Helper()
	req := httptest.NewRequest(http.MethodGet, path, nil)
	req.Header.Set("Accept-Language", language)
	out := httptest.NewRecorder()
	h.ServeHTTP(out, req)
	return out.Code, out.Body.String()
}

func wants(t *testing.T, body string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(body, p) {
			t.Errorf("no %q in\n%s", p, body)
		}
	}
}

func TestDocumentationIsMadeFromTheDescription(t *testing.T) {
	h := site(t)
	code, body := get(t, h, "/api", "en")
	if code != http.StatusOK {
		t.Fatalf("%d %s", code, body)
	}
	wants(t, body, "Version 9.9", `id="openCase"`, "/api/v1/cases/{case_id}", "Opens &lt;it&gt;.", "promise.due_at", "promise.inner.due_at", "A day and a clock time.", "length ≤ 60",
		"phone, email", "required", "Who calls?", "Authorization: Bearer hv_", "Authorization: Bearer hvs_", "Idempotency-Key", "tags", "For a customer with a link", "412", "Retry-After", `id="tag-cases"`)
	if strings.Contains(body, `&#34;note&#34;`) {
		t.Error("the example of a request holds what may be left out")
	}
	// Offline: nothing from elsewhere, nothing inline.
	if m := regexp.MustCompile(`(?:src|href)="(?:https?:)?//[^"]*"`).FindString(body); m != "" {
		t.Errorf("needs %s", m)
	}
	if m := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+="|<script>`).FindString(body); m != "" {
		t.Errorf("inline %q", m)
	}
	_, nl := get(t, h, "/api", "nl")
	wants(t, nl, "Waar te beginnen", "Hetzelfde verzoek nog een keer", "verplicht")
}

func TestRootLeadsOn(t *testing.T) {
	code, body := get(t, site(t), "/api/v1", "en")
	var out struct {
		Documentation, Description, Problems, Version string
		Links                                         []struct{ Operation, Href string }
	}
	if err := json.Unmarshal([]byte(body), &out); err != nil || code != http.StatusOK {
		t.Fatalf("%d %v %s", code, err, body)
	}
	if out.Documentation != "/api" || out.Description != "/api/openapi.json" || out.Problems != "/problems" || out.Version != "9.9" {
		t.Errorf("%+v", out)
	}
	if len(out.Links) != 2 || out.Links[0].Href != "/api/v1/cases" || out.Links[1].Operation != "getQuestion" {
		t.Errorf("links: %+v", out.Links)
	}
}

func TestEveryProblemIsExplained(t *testing.T) {
	h := site(t)
	code, body := get(t, h, "/problems/too-many-tries", "nl")
	if code != http.StatusOK {
		t.Fatal(code)
	}
	wants(t, body, "Probeer het over … seconden opnieuw", "Try again in … seconds", `lang="nl"`, `lang="en"`)
	if strings.Contains(body, "{{") {
		t.Error("the catalogue's marks show")
	}
	_, list := get(t, h, "/problems", "en")
	links := regexp.MustCompile(`href="(/problems/[a-z0-9-]+)"`).FindAllStringSubmatch(list, -1)
	if len(links) < 30 {
		t.Fatalf("only %d types", len(links))
	}
	for _, l := range links {
		code, body := get(t, h, l[1], "en")
		if code != http.StatusOK || strings.Contains(body, "{{") || strings.Contains(body, "<p></p>") {
			t.Errorf("%s: %d", l[1], code)
		}
	}
	if code, _ := get(t, h, "/problems/none-such", "en"); code != http.StatusNotFound {
		t.Errorf("an unknown type: %d", code)
	}
}

func TestExample(t *testing.T) {
	for key, want := range map[string]string{
		"problem.vague-time":      "“…” is not a time. Give a day and a clock time, for example …",
		"problem.hours-backwards": "These opening hours end (…) before they begin (…). Write afternoon times like 17:00.",
	} {
		words, err := lang.Load()
		if err != nil {
			t.Fatal(err)
		}
		if got := example(words, lang.English, key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}
