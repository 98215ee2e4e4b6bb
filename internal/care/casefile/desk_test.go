package casefile_test

import (
	"context"
	"io"
	"io/fs"
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

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/casefile/casefiletest"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/care/template"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// tables are those a desk needs.
var tables = append([]fs.FS{auth.Migrations, web.Migrations}, casefiletest.Migrations...)

// door is a gate that lets one member in, and keeps toasts in memory.
type door struct {
	who  actor.Actor
	kept map[string]string
	seen []web.Seen
}

func (d *door) Wrap(h http.Handler) http.Handler            { return h }
func (d *door) Identify(*http.Request) (actor.Actor, error) { return d.who, nil }
func (d *door) Put(_ context.Context, key, value string)    { d.kept[key] = value }
func (d *door) Pop(_ context.Context, key string) (value string) {
	value, d.kept[key] = d.kept[key], ""
	return
}
func (d *door) Seen(_ context.Context, _ actor.Actor, _ string, what []web.Seen) error {
	d.seen = append(d.seen, what...)
	return nil
}

// desk is a practice at its desk.
type desk struct {
	*casefiletest.World
	Door *door
	site http.Handler
}

func catalogue(t testing.TB) *lang.Bundle {
	t.Helper()
	b, err := lang.Load(append(web.Languages(), auth.Lang, lang.Source{FS: org.Words, Dir: "lang"}, lang.Source{FS: person.Words, Dir: "lang"},
		lang.Source{FS: signal.Words, Dir: "lang"}, lang.Source{FS: promise.Words, Dir: "lang"}, lang.Source{FS: casefile.Words, Dir: "lang"},
		lang.Source{FS: template.Words, Dir: "lang"})...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newDesk(t testing.TB, d *kittest.DB, language string) *desk {
	t.Helper()
	k := &desk{World: casefiletest.New(t, d)}
	k.Door = &door{who: k.Who(), kept: map[string]string{}}
	k.Door.who.Language = language
	words := catalogue(t)
	assets, err := ui.NewAssets()
	if err != nil {
		t.Fatal(err)
	}
	site := web.New(web.Options{DB: d.DB, Log: kittest.Log(t), Bundle: words, Language: language, Gate: k.Door, Zone: func(context.Context, string) *time.Location { return k.Org.Calendar.Location() }})
	layout := func(c *web.Ctx, p web.Page) (templ.Component, error) {
		return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
			return ui.Plain(ui.PlainPage{Page: ui.Page{Words: c.P, Assets: assets, Title: p.Title}}).Render(templ.WithChildren(ctx, p.Body), w)
		}), nil
	}
	casefile.Module(k.Cases).Desk(web.NewMux(site, layout))
	k.site = site.Handler()
	return k
}

func (k *desk) get(t testing.TB, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	k.site.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

// post sends a form, as name, value, name, value.
func (k *desk) post(t testing.TB, path string, fields ...string) (status int, location, body string) {
	t.Helper()
	v := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		v.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	k.site.ServeHTTP(w, r)
	return w.Code, w.Header().Get("Location"), w.Body.String()
}

// open opens a case for Anna with a promise due so long from now.
func (k *desk) open(t testing.TB, subject, what string, in time.Duration) (casefile.Case, promise.Promise) {
	t.Helper()
	c, p, err := k.Cases.Open(t.Context(), k.Who(), casefile.Open{Person: k.Anna.Person.ID, Subject: subject, Channel: "phone",
		Promise: promise.Make{What: what, Due: k.DB.Clock.Now().Add(in), Spoken: true}})
	if err != nil {
		t.Fatal(err)
	}
	return c, p
}

var (
	mainPart = regexp.MustCompile(`(?s)<main.*</main>`)
	breaks   = regexp.MustCompile(`(</(?:p|li|h[1-3]|div|section|form|ol|ul|label|fieldset|article|aside|details|summary|dl|dd|option|time)>)`)
)

// goldenPage compares the main part of a page with a file that people can review.
// onceToken is other each time a form is shown.
var onceToken = regexp.MustCompile(`once(=|" value=")req_[a-z0-9]+(\.[0-9]+)?`)

func goldenPage(t *testing.T, name, page string) {
	t.Helper()
	got := onceToken.ReplaceAllString(breaks.ReplaceAllString(mainPart.FindString(page), "$1\n"), "once${1}…")
	if strings.Contains(got, "⟦") {
		t.Errorf("%s: a sentence is missing: %s", name, got[strings.Index(got, "⟦"):min(len(got), strings.Index(got, "⟦")+80)])
	}
	path := filepath.Join("testdata", name+".golden.html")
	if *updateGolden {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil { //nolint:gosec // a file for everybody
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(onceToken.ReplaceAllString(string(want), "once${1}…"), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("%s differs; look at it, then run with -update:\n%s", name, d)
	}
}

// lively makes a day: something breaking, something kept, something later.
func (k *desk) lively(t testing.TB) (soon casefile.Case) {
	t.Helper()
	soon, _ = k.open(t, "Wie maakt de afspraak voor Mila?", "welk ziekenhuis Mila test", time.Hour)
	k.open(t, "Kan de uitslag naar mijn werk?", "of het mag", 4*time.Hour)
	k.open(t, "Wanneer komt de spalk?", "op welke dag de spalk er is", 26*time.Hour)
	kept, p := k.open(t, "Is het recept klaar?", "wanneer het recept klaar is", 5*time.Hour)
	k.DB.Clock.Advance(20 * time.Minute)
	if _, err := k.Cases.Promises.Make(t.Context(), k.Who(), kept.ID, promise.Make{What: "of het medicijn helpt", Due: k.DB.Clock.Now().Add(28 * time.Hour), Kind: promise.Callback}); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Cases.Promises.Keep(t.Context(), k.Who(), p.ID, promise.Keep{Note: "Het ligt klaar.", Spoken: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := k.People.AddMatter(t.Context(), k.Who(), k.Anna.Person.ID, "Bel me liefst tussen 11:00 en 13:30."); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Cases.LogContact(t.Context(), k.Who(), soon.ID, casefile.Contact{Direction: casefile.Out, Channel: "phone", Said: "Het ziekenhuis belt terug.", Visible: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Cases.NewDoor(t.Context(), k.Who(), soon.ID, "als het erger wordt", k.DB.Clock.Now().AddDate(0, 6, 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Cases.AddDocument(t.Context(), k.Who(), soon.ID, casefile.Document{Kind: "referral-letter", Name: "Verwijzing longfunctie", Content: "Geachte collega,\n\nGraag onderzoek."}); err != nil {
		t.Fatal(err)
	}
	return soon
}

func TestDeskPages(t *testing.T) {
	for _, language := range []string{"en", "nl"} {
		k := newDesk(t, kittest.SQLite(t, tables...), language)
		_, empty := k.get(t, "/desk")
		goldenPage(t, "today-empty."+language, empty)
		soon := k.lively(t)
		ref := soon.Ref()
		p := k.All(soon.ID)[0]
		for name, path := range map[string]string{
			"today": "/desk?who=me", "today-all": "/desk?who=all", "case": "/desk/cases/" + ref, "list": "/desk/cases", "closed": "/desk/cases?who=closed",
			"open-who": "/desk/cases/new", "open": "/desk/cases/new?person=" + k.Anna.Person.ID, "open-new": "/desk/cases/new?new=1",
			"keep": "/desk/cases/" + ref + "/promises/" + p.ID + "/keep", "move": "/desk/cases/" + ref + "/promises/" + p.ID + "/move",
			"withdraw": "/desk/cases/" + ref + "/promises/" + p.ID + "/withdraw",
		} {
			status, page := k.get(t, path)
			if status != http.StatusOK {
				t.Errorf("%s: status %d", path, status)
			}
			goldenPage(t, name+"."+language, page)
		}
	}
}
