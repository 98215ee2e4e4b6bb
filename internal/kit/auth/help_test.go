package auth

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
)

const (
	linde  = "org_01arz3ndektsv4rrffq69g5fav" // De Linde
	other  = "org_01arz3ndektsv4rrffq69g5faw"
	fatima = "fatima@delinde.example"
	phrase = "paarse fietsen in de regen"
)

// people are the members and customers of a test.
type people struct {
	mu      sync.Mutex
	places  map[string][]Membership // by account
	codes   []string
	warned  []string
	noBirth bool
}

func (p *people) Membership(_ db.Q, account, org string) (actor.Actor, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.places[account] {
		if m.Org == org {
			return actor.Actor{Member: m.Member, Role: m.Role}, true, nil
		}
	}
	return actor.Actor{}, false, nil
}

func (p *people) Of(_ db.Q, account string) ([]Membership, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.places[account], nil
}

func (p *people) Member(_ db.Q, org, member string) (actor.Actor, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, list := range p.places {
		for _, m := range list {
			if m.Org == org && m.Member == member {
				return actor.Actor{Role: m.Role}, true, nil
			}
		}
	}
	return actor.Actor{}, false, nil
}

func (p *people) Offers(db.Q, string, string, string) ([]FactorOffer, error) {
	offers := []FactorOffer{{Kind: FactorCode, Point: "cpt_phone", Hint: "06 •••• ••78"}}
	if !p.noBirth {
		offers = append(offers, FactorOffer{Kind: FactorBirthDate})
	}
	return offers, nil
}

func (p *people) BirthDateIs(_ db.Q, _, _, date string) (bool, error) {
	return date == "1980-02-03", nil
}

func (p *people) SendCode(_ *db.Tx, _, _, _, _, code string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codes = append(p.codes, code)
	return nil
}

func (p *people) Warn(_ *db.Tx, org string, a Account) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.warned = append(p.warned, org+" "+a.ID)
}

func (p *people) lastCode() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.codes[len(p.codes)-1]
}

// house is everything a test of this package runs in.
type house struct {
	*kittest.DB
	t      *testing.T
	s      *Service
	people *people
	url    string
	acc    string
}

func houses(t *testing.T, run func(t *testing.T, h *house)) {
	t.Helper()
	kittest.Databases(t, []fs.FS{Migrations, web.Migrations}, func(t *testing.T, d *kittest.DB) { run(t, newHouse(t, d)) })
}

func newHouse(t *testing.T, d *kittest.DB) *house {
	t.Helper()
	bundle, err := lang.Load(append(web.Languages(), Lang)...)
	if err != nil {
		t.Fatal(err)
	}
	p := &people{places: map[string][]Membership{}}
	h := &house{DB: d, t: t, people: p}
	h.s = New(Options{DB: d.DB, Members: p, Factors: p, Warner: p, PublicURL: "http://houvast.test", Log: kittest.Log(t)})
	site := web.New(web.Options{DB: d.DB, Bundle: bundle, PublicURL: "http://houvast.test", Language: "en", Gate: h.s})
	plain := func(_ *web.Ctx, p web.Page) (templ.Component, error) { return p.Body, nil }
	text := func(s string) web.Page { return web.Page{Body: templ.Raw(s)} }
	mux := web.NewMux(site, plain)
	mux.Get("/who", func(c *web.Ctx) error {
		return c.Page(text(string(c.Actor.Kind) + " " + c.Actor.Org + " " + c.Actor.Member))
	})
	mux.Get("/plant", func(c *web.Ctx) error { h.s.Put(c.Context(), "x", "y"); return c.NoContent() })
	mux.Post("/in", func(c *web.Ctx) error {
		var f struct {
			Email    string `form:"email"`
			Password string `form:"password"`
		}
		if err := c.Decode(&f); err != nil {
			return err
		}
		if _, err := h.s.SignIn(c.Context(), f.Email, f.Password); err != nil {
			return err
		}
		return c.NoContent()
	})
	mux.Post("/out", func(c *web.Ctx) error {
		if err := h.s.SignOut(c.Context()); err != nil {
			return err
		}
		return c.NoContent()
	})
	desk := web.NewMux(site, plain, h.s.Staff("/sign-in"))
	desk.Get("/desk/cases/{id}", func(c *web.Ctx) error {
		c.Saw("case", c.Path("id"))
		c.Saw("case", c.Path("id"))
		return c.Page(text("the case"))
	})
	portal := web.NewMux(site, plain, h.s.Customer)
	portal.Get("/my", func(c *web.Ctx) error { return c.Page(text(c.Actor.Person)) })
	api := web.NewAPI(site, web.APIInfo{Title: "Houvast", Version: "1"})
	h.s.api(api)
	srv := httptest.NewServer(site.Handler())
	t.Cleanup(srv.Close)
	h.url = srv.URL
	h.must(d.Write(context.Background(), func(tx *db.Tx) error {
		a, _, err := h.s.EnsureAccount(tx, NewAccount{Email: fatima, Name: "Fatima"})
		h.acc = a.ID
		return err
	}))
	h.must(h.s.SetPassword(context.Background(), h.acc, phrase))
	p.places[h.acc] = []Membership{{Org: linde, OrgName: "De Linde", Member: "mem_fatima", Role: actor.Administrator}}
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) admin() actor.Actor {
	return actor.Actor{Kind: actor.Staff, Org: linde, Member: "mem_fatima", Role: actor.Administrator}
}

// count asks the database.
func (h *house) count(text string, args ...any) (n int64) {
	h.t.Helper()
	h.must(h.Read(context.Background(), func(q db.Q) (err error) { n, err = db.Get[int64](q, text, args...); return err }))
	return n
}

// browser keeps cookies and follows nothing.
type browser struct {
	h *house
	*http.Client
}

func (h *house) browser() *browser {
	jar, err := cookiejar.New(nil)
	h.must(err)
	return &browser{h, &http.Client{Jar: jar, Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (b *browser) do(method, path, body string, headers ...string) (int, string, http.Header) {
	b.h.t.Helper()
	req, err := http.NewRequest(method, b.h.url+path, strings.NewReader(body))
	b.h.must(err)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := b.Do(req)
	b.h.must(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	b.h.must(err)
	return res.StatusCode, string(text), res.Header
}

func (b *browser) signIn(email, password string) int {
	status, _, _ := b.do("POST", "/in", url.Values{"email": {email}, "password": {password}}.Encode())
	return status
}

func (b *browser) who() string {
	_, text, _ := b.do("GET", "/who", "")
	return strings.TrimSpace(text)
}

func (b *browser) cookie() string {
	u, err := url.Parse(b.h.url)
	b.h.must(err)
	for _, c := range b.Jar.Cookies(u) {
		if c.Name == sessionCookie {
			return c.Value
		}
	}
	return ""
}
