package budget

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"

	"github.com/houvast/houvast/internal/kit/db"
)

// fill makes what somebody sends with a form: what is in it already, and
// something sensible where it is empty. Thoroughly, every field is filled in;
// otherwise those that must be.
func (f form) fill(thoroughly bool) (values url.Values, files []string) {
	values = url.Values{}
	submitted := false
	for i, x := range f.fields {
		v := x.value
		switch x.kind {
		case "hidden", "select":
		case "submit":
			if submitted {
				continue
			}
			submitted = true
		case "checkbox-off":
			if !x.required && !thoroughly {
				continue
			}
			if v == "" {
				v = "on"
			}
		case "radio-off":
			chosen := slices.ContainsFunc(f.fields, func(o field) bool { return o.name == x.name && o.kind == "radio" })
			first := slices.IndexFunc(f.fields, func(o field) bool { return o.name == x.name })
			if chosen || first != i {
				continue
			}
		case "file":
			files = append(files, x.name)
			continue
		case "password":
			v = password
		default:
			if v == "" && (x.required || thoroughly || needed(x.name)) {
				v = typed(x)
			}
		}
		if x.kind == "select" && v == "" && len(x.options) > 1 && (x.required || thoroughly) {
			v = x.options[1]
		}
		values.Add(x.name, v)
	}
	return values, files
}

// needed says which empty fields are filled in though the page does not say
// that they must be.
func needed(name string) bool {
	return slices.Contains([]string{"text", "what", "why", "said", "name", "reason", "explanation", "next_step", "subject", "due", "due_at", "until", "until_at", "words", "ask", "act"}, name)
}

func typed(x field) string {
	switch {
	case x.kind == "email" || strings.Contains(x.name, "email"):
		return "somebody@practice.example"
	case x.kind == "tel" || strings.Contains(x.name, "phone"):
		return "06 12345678"
	case x.kind == "date" || strings.Contains(x.name, "birth"):
		return "2001-02-03"
	case x.kind == "number":
		return "2"
	case strings.Contains(x.name, "due") || strings.Contains(x.name, "until") || strings.HasSuffix(x.name, "_at") || x.name == "when":
		return "tomorrow 14:00"
	case strings.HasPrefix(x.name, "text_nl"):
		return "We bellen u morgen om twee uur."
	}
	return "About the results of Thursday"
}

// last are forms that end something, or somebody's session: they are sent
// after all others.
var last = []string{"/close", "/drop", "/end", "/withdraw", "/merge", "/join", "/discard", "/password", "/settings/people/{member}", "/leave", "/lock", "/sign-out"}

// never are forms after which nobody can go on.
var never = []string{"POST /sign-out", "POST /lock", "POST /desk/me/password", "POST /desk/me/sessions/end", "POST /q/leave"}

// send sends one form of each route that was not answered well yet: the first
// of those found that is.
func (w *world) send(forms []form) {
	forms = slices.Clone(forms)
	rank := func(f form) int {
		return slices.IndexFunc(last, func(s string) bool { return strings.HasSuffix(w.routeOf(f), s) })
	}
	slices.SortStableFunc(forms, func(a, b form) int { return rank(a) - rank(b) })
	tried := map[string]int{}
	for _, f := range forms {
		route := w.routeOf(f)
		if _, done := w.tape.lines()[route]; done || route == "" || slices.Contains(never, route) || tried[route] >= 4 {
			continue
		}
		tried[route]++
		for _, thoroughly := range []bool{false, true} {
			a := w.sendForm(f, thoroughly)
			if a.Code < 400 {
				break
			}
		}
	}
}

func (w *world) routeOf(f form) string {
	u, err := url.Parse(f.action)
	if err != nil {
		return ""
	}
	return w.routes.of(&http.Request{Method: http.MethodPost, URL: u})
}

func (w *world) sendForm(f form, thoroughly bool) *httptest.ResponseRecorder {
	values, files := f.fill(thoroughly)
	if !f.multipart {
		return w.sessions[f.who].post(f.action, values)
	}
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, name := range files {
		part, err := m.CreateFormFile(name, "customers.csv")
		if err == nil {
			_, _ = part.Write([]byte("Name,E-mail,Phone\nJan Modaal,jan@modaal.example,0612345601\nPiet Snot,piet@snot.example,0612345602\nAn Onbekend,geen adres,0612345603\n"))
		}
	}
	for name, list := range values {
		for _, v := range list {
			_ = m.WriteField(name, v)
		}
	}
	_ = m.Close()
	r := httptest.NewRequest(http.MethodPost, f.action, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return w.sessions[f.who].send(r)
}

// idsOf are the tables in which what a place in an address names is found.
var idsOf = map[string]string{
	"case_id": "case_file", "absence_id": "absence", "handoff_id": "handoff", "referral_id": "referral", "request_id": "document_request", "document_id": "document",
	"person_id": "person", "promise_id": "promise", "message_id": "message", "member_id": "member", "team_id": "team", "series_id": "series", "template_id": "answer_template",
	"filter_id": "saved_filter", "import_id": "customer_import", "emergency_id": "emergency", "bulk_id": "bulk", "organisation_id": "organisation",
}

// adminKey makes a key of the practice's administrator.
func (w *world) adminKey(ctx context.Context) (string, error) {
	var member string
	if err := w.DB.Read(ctx, func(q db.Q) (err error) {
		member, err = db.Get[string](q, `SELECT member_id FROM member WHERE org_id = $1 AND name = $2`, w.home, adminUser)
		return err
	}); err != nil {
		return "", err
	}
	return w.AdministratorKey(ctx, w.home, member)
}

// read asks for everything that the API gives to read, with a key of the
// administrator.
func (w *world) read(ctx context.Context) error {
	ids := map[string][]string{"measure": {"kept"}, "outcome": {"kept"}}
	if err := w.DB.Read(ctx, func(q db.Q) (err error) {
		for place, table := range idsOf {
			column := place
			if place == "organisation_id" {
				column = "org_id"
			}
			if ids[place], err = db.Select[string](q, `SELECT `+column+` FROM `+table+` WHERE org_id = $1 ORDER BY 1 DESC LIMIT 3`, w.home); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	key, err := w.adminKey(ctx)
	if err != nil {
		return err
	}
	for _, route := range w.routes.all {
		path, ok := strings.CutPrefix(route, "GET /api/v1")
		if !ok {
			continue
		}
		for n := range 3 {
			at := path
			for place, list := range ids {
				if n < len(list) {
					at = strings.ReplaceAll(at, "{"+place+"}", list[n])
				}
			}
			if strings.Contains(at, "{") {
				break
			}
			query := ""
			switch path {
			case "/people", "/search/cases":
				query = "?q=van"
			case "/advice":
				query = "?kind=callback"
			}
			w.asKey(key, http.MethodGet, "/api/v1"+at+query)
		}
	}
	if len(ids["case_id"]) == 0 {
		return fmt.Errorf("the practice has no case")
	}
	return nil
}
