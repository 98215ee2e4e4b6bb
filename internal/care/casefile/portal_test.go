package casefile_test

import (
	"bytes"
	"context"
	"flag"
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
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/person/persontest"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

var updateGolden = flag.Bool("update", false, "write the golden files anew")

// letters say nothing and are always on their way.
type letters struct{}

func (letters) Tell(_ *db.Tx, _ actor.Actor, m promise.Telling) (string, error) {
	return "msg_" + m.Intent, nil
}

// nowhere has accepted nothing.
type nowhere struct{}

func (nowhere) Accepted(db.Q, string, string, string) (bool, error) { return false, nil }

// house closes the circle of promises and cases.
type house struct{ *casefile.Service }

// pageWorld is a practice with a question of Els about Anna, and its page.
type pageWorld struct {
	t *testing.T
	persontest.Fixture
	d        *kittest.DB
	cases    *casefile.Service
	promises *promise.Service
	watch    *promise.Watch
	handler  http.Handler
	who      actor.Actor // asks from now on
	c        casefile.Case
	els      actor.Actor
}

func pageWorlds(t *testing.T, run func(t *testing.T, w *pageWorld)) {
	kittest.Databases(t, []fs.FS{org.Migrations, person.Migrations, signal.Migrations, promise.Migrations, casefile.Migrations}, func(t *testing.T, d *kittest.DB) {
		run(t, newPageWorld(t, d))
	})
}

func newPageWorld(t *testing.T, d *kittest.DB) *pageWorld {
	t.Helper()
	words, err := lang.Load(append(web.Languages(), lang.Source{FS: org.Words, Dir: "lang"}, lang.Source{FS: person.Words, Dir: "lang"},
		lang.Source{FS: signal.Words, Dir: "lang"}, lang.Source{FS: promise.Words, Dir: "lang"}, lang.Source{FS: casefile.Words, Dir: "lang"})...)
	if err != nil {
		t.Fatal(err)
	}
	w := &pageWorld{t: t, d: d}
	w.Fixture = persontest.New(t, orgtest.New(t, d))
	var h house
	w.promises = promise.New(promise.Deps{DB: d.DB, Cases: &h, Teller: letters{}, Lang: words})
	w.cases = casefile.New(casefile.Deps{DB: d.DB, Promises: w.promises, Teller: letters{}, Elsewhere: nowhere{}, Lang: words})
	h.Service = w.cases
	w.watch = promise.NewWatch(w.promises, kittest.Log(t))
	if _, err := w.People.Represent(context.Background(), orgtest.As(w.Desk), w.Anna.Person.ID, person.SetRepresentation{By: w.Mother.Person.ID, Basis: person.Mandate, Seen: true}); err != nil {
		t.Fatal(err)
	}

	assets, err := ui.NewAssets()
	if err != nil {
		t.Fatal(err)
	}
	frame := func(c *web.Ctx, p web.Page) (templ.Component, error) {
		return templ.ComponentFunc(func(ctx context.Context, out io.Writer) error {
			return ui.Portal(ui.PortalPage{Org: w.Org.Name, Page: ui.Page{Words: c.P, Assets: assets, Title: p.Title, Failed: p.Failed}}).
				Render(templ.WithChildren(ctx, p.Body), out)
		}), nil
	}
	site := web.New(web.Options{DB: d.DB, Bundle: words, Log: kittest.Log(t), Language: lang.Dutch})
	m := web.NewMux(site, frame, func(c *web.Ctx) error { c.Actor = w.who; return nil })
	casefile.Module(w.cases).Portal(m)
	m.Get("/desk/cases/{id}/customer-page", w.cases.Preview(frame))
	w.handler = site.Handler()

	w.c = w.open(w.Mother.Person.ID, "Wie maakt de afspraak voor de MRI van Anna?", promise.Make{What: "in welk ziekenhuis Anna terecht kan", Due: d.Clock.Now().Add(3 * time.Hour), Spoken: true})
	w.els = actor.Actor{Kind: actor.Customer, Org: w.Org.ID, Person: w.Mother.Person.ID, Question: w.c.Question, Confirmed: true, Language: lang.Dutch}
	w.who = w.els
	return w
}

func (w *pageWorld) open(asker, subject string, p promise.Make) casefile.Case {
	w.t.Helper()
	c, _, err := w.cases.Open(context.Background(), orgtest.As(w.Desk), casefile.Open{Person: w.Anna.Person.ID, Asker: asker, Subject: subject, Channel: "phone", Promise: p})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// sees asks for a page as whoever w.who is.
func (w *pageWorld) sees(method, path string, fields ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	req := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	out := httptest.NewRecorder()
	w.handler.ServeHTTP(out, req)
	return out
}

func (w *pageWorld) page(parts ...string) string {
	w.t.Helper()
	res := w.sees(http.MethodGet, "/q")
	body := res.Body.String()
	if res.Code != http.StatusOK {
		w.t.Fatalf("the page: %d\n%s", res.Code, body)
	}
	for _, s := range parts {
		if !strings.Contains(body, s) {
			w.t.Errorf("no %q on the page\n%s", s, body)
		}
	}
	return body
}

func (w *pageWorld) without(body string, parts ...string) {
	w.t.Helper()
	for _, s := range parts {
		if strings.Contains(body, s) {
			w.t.Errorf("%q is on the page", s)
		}
	}
}

func (w *pageWorld) post(path string, status int, fields ...string) string {
	w.t.Helper()
	res := w.sees(http.MethodPost, path, append([]string{"question", w.who.Question}, fields...)...)
	if res.Code != status {
		w.t.Fatalf("POST %s: %d, want %d\n%s", path, res.Code, status, res.Body)
	}
	return res.Body.String()
}

func (w *pageWorld) now(query string, args ...any) (n int64) {
	w.t.Helper()
	if err := w.d.Read(context.Background(), func(q db.Q) (err error) { n, err = db.Get[int64](q, query, args...); return err }); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// golden compares the body of a page with its file.
func golden(t *testing.T, name, page string) {
	t.Helper()
	_, page, _ = strings.Cut(page, "<main")
	page, _, _ = strings.Cut(page, "</main>")
	for _, r := range []struct{ re, with string }{{`/assets/[0-9a-f]{12}/`, "/assets/HASH/"}, {`(qst|mat|cas)_[0-9a-z]+`, "${1}_ID"}, {`av--[1-5]`, "av--N"}} {
		page = regexp.MustCompile(r.re).ReplaceAllString(page, r.with)
	}
	page = "<main" + strings.ReplaceAll(page, "><", ">\n<") + "</main>\n"
	file := filepath.Join("testdata", name+".golden.html")
	if *updateGolden {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), page); d != "" {
		t.Errorf("%s differs from its golden file; look at it, then run with -update:\n%s", name, d)
	}
}

func TestBeforeTheFactorOnlyWhoAndWhen(t *testing.T) {
	pageWorlds(t, func(t *testing.T, w *pageWorld) {
		w.who.Confirmed = false
		body := w.page("Dee de Boer", "13:42", "iets weten", "/q/confirm")
		w.without(body, "MRI", "Anna", "ziekenhuis", "Els", w.c.Ref(), "/q/say", "Wat er tot nu toe")
		for _, path := range []string{"/q/say", "/q/solved", "/q/not-solved", "/q/matters"} {
			res := w.sees(http.MethodPost, path, "question", w.who.Question, "said", "hallo", "text", "hallo")
			if res.Code != http.StatusSeeOther || res.Header().Get("Location") != "/q/confirm" {
				t.Errorf("%s before the factor: %d %s", path, res.Code, res.Header().Get("Location"))
			}
		}
		if n := w.now(`SELECT count(*) FROM contact_moment WHERE channel = 'page'`); n != 0 {
			t.Error("something was written before the factor")
		}
	})
}

func TestPageOfAQuestion(t *testing.T) {
	pageWorlds(t, func(t *testing.T, w *pageWorld) {
		golden(t, "page.nl", w.page("Uw vraag over Anna", "Wie maakt de afspraak", w.c.Ref(), "in welk ziekenhuis Anna terecht kan", "020 555 0100"))
		w.who.Language = lang.English
		req := httptest.NewRequest(http.MethodGet, "/q", nil)
		req.AddCookie(&http.Cookie{Name: "lang", Value: "en"})
		out := httptest.NewRecorder()
		w.handler.ServeHTTP(out, req)
		golden(t, "page.en", out.Body.String())
	})
}

func TestWhatACustomerDoesArrives(t *testing.T) {
	pageWorlds(t, func(t *testing.T, w *pageWorld) {
		if body := w.post("/q/say", http.StatusUnprocessableEntity, "said", "  "); !strings.Contains(body, "Schrijf eerst iets op") {
			t.Error("an empty message went by")
		}
		w.post("/q/say", http.StatusSeeOther, "said", "Dinsdag kan niet.")
		if w.now(`SELECT count(*) FROM contact_moment WHERE channel = 'page' AND said = 'Dinsdag kan niet.'`) != 1 ||
			w.now(`SELECT count(*) FROM signal WHERE kind = $1`, casefile.SignalSaid) != 1 {
			t.Error("the message did not arrive with a signal")
		}
		w.page("Dinsdag kan niet.")

		w.post("/q/matters", http.StatusSeeOther, "text", "Bel mij liever dan dat u schrijft")
		body := w.page("Bel mij liever dan dat u schrijft")
		end := regexp.MustCompile(`/q/matters/mat_[0-9a-z]+/end`).FindString(body)
		w.post(end, http.StatusSeeOther)
		if w.now(`SELECT count(*) FROM matter WHERE ended_at IS NULL AND person_id = $1`, w.Mother.Person.ID) != 0 {
			t.Error("it still matters")
		}

		w.post("/q/solved", http.StatusSeeOther)
		body = w.page("U zei dat uw vraag is opgelost", "Toch niet opgelost?")
		w.without(body, "/q/solved", "/q/say")
		w.post("/q/not-solved", http.StatusSeeOther, "why", "De afspraak ging niet door.")
		body = w.page("vertelt u", "hoe het ervoor staat", "Uw vraag is weer geopend")
		w.without(body, "Toch niet opgelost?")
	})
}

func TestAskedWhetherItIsSolved(t *testing.T) {
	pageWorlds(t, func(t *testing.T, w *pageWorld) {
		desk := orgtest.As(w.Desk)
		if _, err := w.cases.AskClose(context.Background(), desk, w.c.ID, ""); err != nil {
			t.Fatal(err)
		}
		body := w.page("Is uw vraag opgelost?", "Ja, opgelost", "Nee, nog niet", "in welk ziekenhuis")
		w.without(body, "is-due") // a promise of ours still comes first
		w.without(body, "checked", "zegde u toe: Of uw vraag")
		var first string
		if err := w.d.Read(context.Background(), func(q db.Q) error {
			list, err := promise.OfCase(q, w.Org.ID, w.c.ID)
			for _, p := range list {
				if p.Kind == promise.Answer {
					first = p.ID
				}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.promises.Keep(context.Background(), desk, first, promise.Keep{Spoken: true}); err != nil {
			t.Fatal(err)
		}
		w.page("is-due", "Zegt u niets, dan sluiten wij uw vraag", "Beloofd en gedaan")
		w.post("/q/not-solved", http.StatusSeeOther, "why", "")
		w.without(w.page("hoe het ervoor staat"), "is-due", "Ja, opgelost")
	})
}

func TestABrokenPromiseIsOwnedUpTo(t *testing.T) {
	pageWorlds(t, func(t *testing.T, w *pageWorld) {
		w.d.Clock.Advance(4 * time.Hour)
		if n, err := w.watch.Work(context.Background()); n == 0 || err != nil {
			t.Fatalf("the watch did %d: %v", n, err)
		}
		body := w.page("<b>Wij kwamen onze belofte niet na: in welk ziekenhuis Anna terecht kan", "is-broken", "Hoe het met uw vraag staat", "hoe het ervoor staat")
		if n := strings.Count(body, "zegde u toe: Hoe het met uw vraag staat"); n != 1 {
			t.Errorf("the next promise is told %d times, want with the broken one only", n)
		}
		// After a second one somebody in charge has to promise; that is ours, not theirs to read.
		w.d.Clock.Advance(30 * time.Hour)
		if _, err := w.watch.Work(context.Background()); err != nil {
			t.Fatal(err)
		}
		body = w.page("Er staat nu geen tijd die wij u beloofd hebben", "Bel ons gerust")
		w.without(body, "leidinggevende", "belt de klant")
	})
}

func TestOthersQuestionsDoNotExist(t *testing.T) {
	pageWorlds(t, func(t *testing.T, w *pageWorld) {
		second := w.open(w.Anna.Person.ID, "Een andere vraag van Anna zelf", promise.Make{What: "of het kan", Due: w.d.Clock.Now().Add(2 * time.Hour), Spoken: true})
		for what, who := range map[string]func(*actor.Actor){
			"another question":          func(a *actor.Actor) { a.Question = second.Question }, // Els did not ask it
			"a made-up question":        func(a *actor.Actor) { a.Question = "qst_none" },
			"another organisation":      func(a *actor.Actor) { a.Org = "org_none" },
			"nobody in particular":      func(a *actor.Actor) { a.Person = "" },
			"a person who is not in it": func(a *actor.Actor) { a.Person = "per_none" },
		} {
			w.who = w.els
			who(&w.who)
			if res := w.sees(http.MethodGet, "/q"); res.Code != http.StatusNotFound {
				t.Errorf("%s: %d", what, res.Code)
			}
			if res := w.sees(http.MethodPost, "/q/solved", "question", w.who.Question); res.Code != http.StatusNotFound {
				t.Errorf("solving %s: %d", what, res.Code)
			}
		}
		// A page that stood open while this browser opened another link.
		w.who = w.els
		res := w.sees(http.MethodPost, "/q/solved", "question", second.Question)
		if res.Code != http.StatusConflict {
			t.Errorf("a form of another question: %d", res.Code)
		}
		if n := w.now(`SELECT count(*) FROM case_file WHERE closed_at IS NOT NULL`); n != 0 {
			t.Errorf("%d cases were closed", n)
		}
		// Staff and nobody have no page here.
		w.who = orgtest.As(w.Desk)
		if res := w.sees(http.MethodGet, "/q"); res.Code != http.StatusForbidden {
			t.Errorf("staff: %d", res.Code)
		}
	})
}

func TestAnotherOrganisationHasItNow(t *testing.T) {
	pageWorlds(t, func(t *testing.T, w *pageWorld) {
		ctx := context.Background()
		there := persontest.New(t, orgtest.Named(t, w.d, "Ziekenhuis Zuiderhof", org.Hospital))
		var c casefile.Case
		if err := w.d.Write(ctx, func(tx *db.Tx) error {
			mine, err := w.cases.Lock(tx, w.Org.ID, w.c.ID)
			if err != nil {
				return err
			}
			if c, _, err = w.cases.OpenFor(tx, orgtest.As(there.Specialist), mine.Question, casefile.Open{Person: there.Mother.Person.ID, Subject: mine.Subject, Channel: "post",
				Promise: promise.Make{What: "wanneer Anna kan komen", Due: tx.Now().Add(5 * time.Hour)}}); err != nil {
				return err
			}
			return w.cases.HandOver(tx, actor.ForSystem(w.Org.ID), mine)
		}); err != nil {
			t.Fatal(err)
		}
		w.page("Sam Smit", "van Ziekenhuis Zuiderhof, heeft uw vraag", "wanneer Anna kan komen", c.Ref())
		w.post("/q/say", http.StatusSeeOther, "said", "Fijn.")
		if w.now(`SELECT count(*) FROM contact_moment WHERE org_id = $1 AND said = 'Fijn.'`, there.Org.ID) != 1 {
			t.Error("the message did not arrive where the question is")
		}
	})
}

func TestStaffSeeTheSameAndCanSendNothing(t *testing.T) {
	pageWorlds(t, func(t *testing.T, w *pageWorld) {
		w.who = orgtest.As(w.Desk)
		res := w.sees(http.MethodGet, "/desk/cases/"+w.c.ID+"/customer-page")
		body := res.Body.String()
		if res.Code != http.StatusOK || !strings.Contains(body, "Uw vraag over Anna") || !strings.Contains(body, "/desk/cases/"+w.c.ID) {
			t.Fatalf("preview: %d\n%s", res.Code, body)
		}
		if strings.Contains(body, "<form") {
			t.Error("something can be sent from the preview")
		}
		stranger := orgtest.Named(t, w.d, "Elders", org.Practice)
		w.who = orgtest.As(stranger.Desk)
		if res := w.sees(http.MethodGet, "/desk/cases/"+w.c.ID+"/customer-page"); res.Code != http.StatusNotFound {
			t.Errorf("another organisation: %d", res.Code)
		}
		w.who = w.els
		if res := w.sees(http.MethodGet, "/desk/cases/"+w.c.ID+"/customer-page"); res.Code != http.StatusForbidden {
			t.Errorf("a customer: %d", res.Code)
		}
	})
}

func TestDoors(t *testing.T) {
	pageWorlds(t, func(t *testing.T, w *pageWorld) {
		if _, err := w.cases.NewDoor(context.Background(), orgtest.As(w.Desk), w.c.ID, "als het erger wordt.", w.d.Clock.Now().AddDate(0, 6, 0)); err != nil {
			t.Fatal(err)
		}
		w.page("mag u rechtstreeks terugkomen: als het erger wordt.", "Een nieuwe verwijzing is niet nodig", "020 555 0100")
	})
}

func TestThePageHoldsNothingInline(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|<script>|javascript:`)
	pageWorlds(t, func(t *testing.T, w *pageWorld) {
		w.post("/q/say", http.StatusSeeOther, "said", `<script>alert(1)</script> **vet**`)
		body := w.page("&lt;script&gt;")
		if m := inline.FindString(body); m != "" {
			t.Errorf("inline %q", m)
		}
		if bytes.Contains([]byte(body), []byte("<b>vet</b>")) {
			t.Error("a customer's text changes how the page looks")
		}
	})
}
