package persontest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// Desk lets one member use the pages of a capability, in a bare frame.
type Desk struct {
	Who  actor.Actor // who is signed in; a test may become somebody else
	Said string      // the last toast
	Seen []web.Seen
	site http.Handler
}

// Wrap implements web.Gate.
func (d *Desk) Wrap(h http.Handler) http.Handler { return h }

// Identify implements web.Gate.
func (d *Desk) Identify(*http.Request) (actor.Actor, error) { return d.Who, nil }

// Put implements web.Gate.
func (d *Desk) Put(_ context.Context, _, value string) { d.Said = value }

// Pop implements web.Gate.
func (d *Desk) Pop(context.Context, string) string { return "" }

// Seen implements web.Gate: gate keeps the method apart from the field.
func (d *gate) Seen(_ context.Context, _ actor.Actor, _ string, what []web.Seen) error {
	d.Desk.Seen = append(d.Desk.Seen, what...)
	return nil
}

type gate struct{ *Desk }

// Pages serves the desk pages of capabilities to a member, in a language.
func Pages(t testing.TB, db *kittest.DB, who actor.Actor, zone *time.Location, language string, words *lang.Bundle, pages ...func(*web.Mux)) *Desk {
	t.Helper()
	d := &Desk{Who: who}
	d.Who.Language = language
	assets, err := ui.NewAssets()
	if err != nil {
		t.Fatal(err)
	}
	site := web.New(web.Options{DB: db.DB, Bundle: words, Language: language, Gate: &gate{d}, Zone: func(context.Context, string) *time.Location { return zone }})
	layout := func(c *web.Ctx, p web.Page) (templ.Component, error) {
		return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
			return ui.Plain(ui.PlainPage{Page: ui.Page{Words: c.P, Assets: assets, Title: p.Title, Class: p.Class}}).Render(templ.WithChildren(ctx, p.Body), w)
		}), nil
	}
	mux := web.NewMux(site, layout)
	for _, p := range pages {
		p(mux)
	}
	d.site = site.Handler()
	return d
}

// Get gives the status and the page at a path.
func (d *Desk) Get(t testing.TB, path string) (status int, page string) {
	t.Helper()
	w := httptest.NewRecorder()
	d.site.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

// Post sends a form, as name, value, name, value.
func (d *Desk) Post(t testing.TB, path string, fields ...string) (status int, location, page string) {
	t.Helper()
	v := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		v.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	d.site.ServeHTTP(w, r)
	return w.Code, w.Header().Get("Location"), w.Body.String()
}

// Goes posts a form that must be accepted, and gives where it leads.
func (d *Desk) Goes(t testing.TB, path string, fields ...string) string {
	t.Helper()
	status, to, page := d.Post(t, path, fields...)
	if status != http.StatusSeeOther {
		t.Fatalf("%s: status %d\n%s", path, status, text(page))
	}
	return to
}

// Again posts a form that must be shown again, with these texts in it.
func (d *Desk) Again(t testing.TB, path string, status int, want []string, fields ...string) {
	t.Helper()
	got, _, page := d.Post(t, path, fields...)
	if got != status {
		t.Errorf("%s: status %d, not %d", path, got, status)
	}
	for _, w := range want {
		if !strings.Contains(page, w) {
			t.Errorf("%s does not say %q:\n%s", path, w, text(page))
		}
	}
}

// Shows gets a page that must hold these texts.
func (d *Desk) Shows(t testing.TB, path string, want ...string) string {
	t.Helper()
	status, page := d.Get(t, path)
	if status != http.StatusOK {
		t.Errorf("%s: status %d", path, status)
	}
	for _, w := range want {
		if !strings.Contains(page, w) {
			t.Errorf("%s does not say %q:\n%s", path, w, text(page))
		}
	}
	return page
}

// Link gives the first address on a page that begins with a path and goes on
// with an id.
func Link(t testing.TB, page, path string) string {
	t.Helper()
	m := regexp.MustCompile(`href="(` + regexp.QuoteMeta(path) + `[0-9a-zA-Z_]+)["#]`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no link to %s… on the page:\n%s", path, text(page))
	}
	return m[1]
}

var (
	mainPart = regexp.MustCompile(`(?s)<main.*</main>`)
	breaks   = regexp.MustCompile(`(</(?:p|li|h[1-3]|div|section|form|ol|ul|label|fieldset|article|aside|details|summary|dl|dd|option|time)>)`)
	tags     = regexp.MustCompile(`<[^>]*>`)
	once     = regexp.MustCompile(`(name="once" value=")[^"]*`) // another each time
	blank    = regexp.MustCompile(`\s*\n\s*`)
)

// text is what a page says, for failures.
func text(page string) string {
	return blank.ReplaceAllString(tags.ReplaceAllString(breaks.ReplaceAllString(mainPart.FindString(page), "$1\n"), ""), "\n")
}

// Golden compares the main part of a page with a file that people can review.
func Golden(t testing.TB, name, page string, update bool) {
	t.Helper()
	got := once.ReplaceAllString(breaks.ReplaceAllString(mainPart.FindString(page), "$1\n"), "$1")
	if i := strings.Index(got, "⟦"); i >= 0 {
		t.Errorf("%s: a sentence is missing: %s", name, got[i:min(len(got), i+80)])
	}
	path := filepath.Join("testdata", name+".golden.html")
	if update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil { //nolint:gosec // a file for everybody
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(once.ReplaceAllString(string(want), "$1"), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("%s differs; look at it, then run with -update:\n%s", name, d)
	}
}
