package portal

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

const linde = "org_01arz3ndektsv4rrffq69g5fav"

// customers are what the application knows of customers.
type customers struct {
	mu    sync.Mutex
	codes []string
	none  bool // no way to show who they are
}

func (*customers) Membership(db.Q, string, string) (actor.Actor, bool, error) {
	return actor.Actor{}, false, nil
}
func (*customers) Of(db.Q, string) ([]auth.Membership, error) { return nil, nil }
func (*customers) Member(db.Q, string, string) (actor.Actor, bool, error) {
	return actor.Actor{}, false, nil
}
func (p *customers) Offers(db.Q, string, string, string) ([]auth.FactorOffer, error) {
	if p.none {
		return nil, nil
	}
	return []auth.FactorOffer{{Kind: auth.FactorCode, Point: "cpt_mail", Hint: "j•••@example.nl"}, {Kind: auth.FactorBirthDate}}, nil
}
func (*customers) BirthDateIs(_ db.Q, _, _, date string) (bool, error) {
	return date == "1980-02-03", nil
}
func (p *customers) SendCode(_ *db.Tx, _, _, _, _, code string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codes = append(p.codes, code)
	return nil
}

func (*customers) Organisation(_ context.Context, org string) (Organisation, error) {
	if org != linde {
		return Organisation{}, errs.New(errs.NotFound, "organisation-unknown")
	}
	return Organisation{Name: "Praktijk De Linde", Phone: "020 555 01 00"}, nil
}
func (*customers) Language(_ context.Context, _, person string) (string, error) {
	if person == "per_ann" {
		return lang.English, nil
	}
	return lang.Dutch, nil
}

type world struct {
	t      *testing.T
	db     *kittest.DB
	auth   *auth.Service
	people *customers
	server *httptest.Server
}

func worlds(t *testing.T, run func(t *testing.T, w *world)) {
	kittest.Databases(t, []fs.FS{auth.Migrations, web.Migrations}, func(t *testing.T, d *kittest.DB) {
		words, err := lang.Load(append(web.Languages(), auth.Lang, Lang)...)
		if err != nil {
			t.Fatal(err)
		}
		assets, err := ui.NewAssets()
		if err != nil {
			t.Fatal(err)
		}
		w := &world{t: t, db: d, people: &customers{}}
		w.auth = auth.New(auth.Options{DB: d.DB, Members: w.people, Factors: w.people, Log: kittest.Log(t)})
		site := web.New(web.Options{DB: d.DB, Bundle: words, Log: kittest.Log(t), Language: lang.Dutch, Gate: w.auth})
		own := New(Deps{Auth: w.auth, Directory: w.people, Assets: assets}).Routes(site)
		own.Get(Home, func(c *web.Ctx) error {
			what := "only who and when"
			if c.Actor.Confirmed {
				what = "the subject"
			}
			return c.Page(web.Page{Title: "Q", Body: templ.Raw(fmt.Sprintf("<p>%s of %s in %s</p>", what, c.Actor.Question, c.P.Lang()))})
		})
		w.server = httptest.NewServer(site.Handler())
		t.Cleanup(w.server.Close)
		run(t, w)
	})
}

func (w *world) link(person, question string, ttl time.Duration) (token string) {
	w.t.Helper()
	if err := w.db.Write(context.Background(), func(tx *db.Tx) (err error) {
		token, err = w.auth.Links().Issue(tx, linde, person, question, "msg_1", ttl)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return token
}

func (w *world) count(query string) (n int64) {
	w.t.Helper()
	if err := w.db.Read(context.Background(), func(q db.Q) (err error) { n, err = db.Get[int64](q, query); return err }); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// browser is one browser: it keeps cookies and follows nothing by itself.
type browser struct {
	w *world
	c *http.Client
}

func (w *world) browser() browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return browser{w, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

type page struct {
	status   int
	location string
	body     string
	header   http.Header
}

func (b browser) do(req *http.Request) page {
	b.w.t.Helper()
	res, err := b.c.Do(req)
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return page{res.StatusCode, res.Header.Get("Location"), string(body), res.Header}
}

func (b browser) get(path string) page {
	b.w.t.Helper()
	req, err := http.NewRequest(http.MethodGet, b.w.server.URL+path, nil)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return b.do(req)
}

func (b browser) post(path string, fields ...string) page {
	b.w.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	req, err := http.NewRequest(http.MethodPost, b.w.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(req)
}

func (p page) want(t *testing.T, what string, status int, parts ...string) {
	t.Helper()
	if p.status != status {
		t.Fatalf("%s: status %d, want %d\n%s", what, p.status, status, p.body)
	}
	for _, s := range parts {
		if !strings.Contains(p.body, s) {
			t.Errorf("%s: no %q in\n%s", what, s, p.body)
		}
	}
}

func born(b browser, day, month, year string) page {
	return b.post("/q/confirm", "kind", "birth-date", "day", day, "month", month, "year", year)
}

func TestScannersChangeNothing(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		token := w.link("per_jan", "qst_1", time.Hour)
		for range 5 {
			p := w.browser().get("/q/" + token)
			p.want(t, "the link", 200, "Praktijk De Linde", `<form method="post">`, "Open mijn pagina", "020 555 01 00")
			if strings.Contains(p.body, token) {
				t.Error("the token stands in the page")
			}
			if len(p.header["Set-Cookie"]) > 0 {
				t.Errorf("looking set a cookie: %v", p.header["Set-Cookie"])
			}
			if !strings.Contains(p.body, "noindex") {
				t.Error("search engines may keep the page")
			}
			// No script of ours presses the button either: some scanners run scripts.
			if n := strings.Count(p.body, "<script"); n != 1 {
				t.Errorf("%d scripts, want ui.js alone", n)
			}
		}
		for _, q := range []string{`SELECT count(*) FROM fact`, `SELECT count(*) FROM link_session`, `SELECT count(*) FROM access_log`} {
			if n := w.count(q); n != 0 {
				t.Errorf("%s = %d after looking", q, n)
			}
		}
	})
}

func TestOpenConfirmLeave(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		token, b := w.link("per_jan", "qst_1", time.Hour), w.browser()
		p := b.post("/q/" + token)
		p.want(t, "opening", 303)
		if p.location != "/q" {
			t.Fatalf("leads to %q: the address may not hold the token", p.location)
		}
		if w.count(`SELECT count(*) FROM fact WHERE kind = 'link.opened'`) != 1 {
			t.Error("the opening is no fact")
		}
		b.get("/q").want(t, "before the factor", 200, "only who and when of qst_1 in nl")
		b.get("/q/confirm").want(t, "the factor", 200, "Wat is uw geboortedatum?", "j•••@example.nl", "020 555 01 00", "/q/leave")

		// What cannot be a date costs no attempt; a wrong one does.
		born(b, "31", "2", "1980").want(t, "an impossible date", 422, "Vul een dag, een maand en een jaar in")
		born(b, "4", "2", "1980").want(t, "a wrong date", 422, "U hebt nog 4 pogingen")
		b.post("/q/confirm", "kind", "code", "code", "12").want(t, "an impossible code", 422, "Een code heeft zes cijfers", "U hebt nog 4 pogingen")

		born(b, "3", "2", "1980").want(t, "the right date", 303)
		b.get("/q").want(t, "after the factor", 200, "the subject of qst_1")
		if p := b.get("/q/confirm"); p.status != 303 || p.location != "/q" {
			t.Errorf("confirming twice: %d %q", p.status, p.location)
		}
		b.post("/q/leave").want(t, "leaving", 303)
		b.get("/q/left").want(t, "left", 200, "U bent weg van uw pagina")
		b.get("/q").want(t, "after leaving", 401, "Uw bezoek is voorbij", "Open de link in ons bericht nog een keer")
	})
}

func TestCode(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.post("/q/" + w.link("per_jan", "qst_1", time.Hour))
		p := b.post("/q/confirm/code", "point", "cpt_mail")
		p.want(t, "asking for a code", 303)
		b.get(p.location).want(t, "waiting for the code", 200, "onderweg naar", "one-time-code", "Geen code gekregen?")
		b.post("/q/confirm/code", "point", "cpt_else").want(t, "a code to somebody else", 422)
		code := w.people.codes[0]
		b.post("/q/confirm", "kind", "code", "code", code[:3]+" "+code[3:], "sent", "cpt_mail").want(t, "the code", 303)
		b.get("/q").want(t, "after the code", 200, "the subject")
	})
}

func TestFiveWrongAnswersCloseTheLink(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		token, b := w.link("per_jan", "qst_1", time.Hour), w.browser()
		b.post("/q/" + token)
		for i := 4; i >= 1; i-- {
			left := fmt.Sprintf("U hebt nog %d pogingen", i)
			if i == 1 {
				left = "U hebt nog één poging"
			}
			born(b, "1", "1", "1970").want(t, "a wrong date", 422, left)
		}
		born(b, "1", "1", "1970").want(t, "the fifth", 403, "vijf verkeerde antwoorden", "Bel ons en vraag om een nieuwe link", "020 555 01 00")
		locked := born(b, "3", "2", "1980")
		locked.want(t, "the right date, too late", 403, "vijf verkeerde antwoorden")
		if strings.Contains(locked.body, `name="day"`) {
			t.Error("a closed link still asks")
		}
		// Nor is another browser a way around it.
		c := w.browser()
		c.post("/q/" + token)
		born(c, "3", "2", "1980").want(t, "in another browser", 403, "vijf verkeerde antwoorden")
		c.get("/q").want(t, "still who and when", 200, "only who and when")
	})
}

func TestAgainAndElsewhere(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		token, b := w.link("per_jan", "qst_1", time.Hour), w.browser()
		b.post("/q/" + token)
		born(b, "3", "2", "1980").want(t, "confirming", 303)

		// Again in this browser, by this link or a newer one about the same: no need to show it again.
		b.post("/q/"+token).want(t, "again", 303)
		b.get("/q").want(t, "again", 200, "the subject")
		b.post("/q/"+w.link("per_jan", "qst_1", time.Hour)).want(t, "a newer link", 303)
		b.get("/q").want(t, "a newer link", 200, "the subject")

		// Another question, another person: to be confirmed by itself.
		b.post("/q/" + w.link("per_jan", "qst_2", time.Hour))
		b.get("/q").want(t, "another question", 200, "only who and when of qst_2")
		b.post("/q/" + token)
		born(b, "3", "2", "1980")
		b.post("/q/" + w.link("per_eva", "qst_1", time.Hour))
		b.get("/q").want(t, "another person", 200, "only who and when")

		// Another browser with the message: opens, and is asked.
		c := w.browser()
		c.post("/q/"+token).want(t, "elsewhere", 303)
		c.get("/q").want(t, "elsewhere", 200, "only who and when")
	})
}

func TestEnded(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		b := w.browser()
		for what, path := range map[string]string{"nonsense": "/q/nonsense", "made up": "/q/01arz3ndektsv4rrffq69g5fav.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
			"somebody else's": "/q/01arz3ndektsv4rrffq69g5faz.AAAA"} {
			b.get(path).want(t, what, 404, "Deze link kennen wij niet", "Wat u kunt doen")
			b.post(path).want(t, what, 404, "Deze link kennen wij niet")
		}
		old := w.link("per_jan", "qst_1", time.Hour)
		b.post("/q/" + old)
		w.db.Clock.Set(w.db.Clock.Now().Add(2 * time.Hour))
		b.get("/q/"+old).want(t, "over", 410, "Deze link is verlopen", "Praktijk De Linde", "tel:0205550100", "nieuwe link")
		b.get("/q").want(t, "a visit by it, over with it", 401, "Uw bezoek is voorbij", "tel:0205550100")

		gone := w.link("per_jan", "qst_1", time.Hour)
		b.post("/q/" + gone)
		if err := w.db.Write(context.Background(), func(tx *db.Tx) error {
			return w.auth.Links().RevokeOf(tx, actor.ForSystem(linde), linde, "per_jan")
		}); err != nil {
			t.Fatal(err)
		}
		b.get("/q/"+gone).want(t, "revoked", 410, "Deze link werkt niet meer", "020 555 01 00")
		b.post("/q/"+gone).want(t, "revoked", 410, "Deze link werkt niet meer")
		b.get("/q").want(t, "a visit by a revoked one, over with it", 401, "Uw bezoek is voorbij")
		w.browser().get("/q").want(t, "without a link", 401, "Open de link in ons bericht nog een keer")
	})
}

func TestLanguageIsTheirOwnUntilTheyChoose(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.post("/q/" + w.link("per_ann", "qst_1", time.Hour))
		b.get("/q").want(t, "hers", 200, "in en", "This page is only for you")
		p := b.get("/q?lang=nl")
		if p.status != 303 || p.location != "/q" {
			t.Fatalf("choosing: %d %q", p.status, p.location)
		}
		b.get("/q").want(t, "chosen", 200, "in nl")
	})
}

func TestNoWayToConfirm(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.people.none = true
		b := w.browser()
		b.post("/q/" + w.link("per_jan", "qst_1", time.Hour))
		b.get("/q/confirm").want(t, "no way", 200, "Wij kunnen hier niet nagaan dat u het bent", "020 555 01 00")
		born(b, "3", "2", "1980").want(t, "nor by guessing", 422)
	})
}

func TestManyTriesAreSlowedDown(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		b, slowed := w.browser(), false
		for range 30 {
			if p := b.post("/q/nonsense"); p.status == http.StatusTooManyRequests {
				slowed = p.header.Get("Retry-After") != ""
				break
			}
		}
		if !slowed {
			t.Error("thirty guesses went by unhindered")
		}
	})
}

// The pages work under Content-Security-Policy "default-src 'self'".
func TestNothingInline(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|<script>|javascript:`)
	worlds(t, func(t *testing.T, w *world) {
		b := w.browser()
		token := w.link("per_jan", "qst_1", time.Hour)
		for _, p := range []page{b.get("/q/" + token), b.get("/q/nonsense"), b.post("/q/" + token), b.get("/q/confirm"), b.get("/q/confirm?sent=cpt_mail"),
			born(b, "1", "1", "1970"), b.get("/q/left")} {
			if m := inline.FindString(p.body); m != "" {
				t.Errorf("inline %q in\n%s", m, p.body)
			}
		}
	})
}
