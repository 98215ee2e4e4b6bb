package desk_test

import (
	"context"
	"flag"
	"io"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
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
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/mail"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
	"github.com/houvast/houvast/internal/surface/desk"
)

var update = flag.Bool("update", false, "write the golden files anew")

const password = "vier woorden op een rij"

// places are who belongs where: account → organisations.
type places map[string][]auth.Membership

func (p places) Membership(_ db.Q, account, org string) (actor.Actor, bool, error) {
	for _, m := range p[account] {
		if m.Org == org {
			return actor.Actor{Kind: actor.Staff, Org: org, Member: m.Member, Role: m.Role, Name: "Marit Kuipers", Account: account}, true, nil
		}
	}
	return actor.Actor{}, false, nil
}

func (p places) Of(_ db.Q, account string) ([]auth.Membership, error) { return p[account], nil }

func (p places) Member(db.Q, string, string) (actor.Actor, bool, error) {
	return actor.Actor{}, false, nil
}

// first is a first start that remembers what it was asked to make.
type first struct {
	h    *house
	made *desk.First
	done bool
}

func (f *first) Needed(context.Context) (bool, error) { return !f.done, nil }
func (f *first) Code(code string) bool                { return code == "right-code" }
func (f *first) Finish(ctx context.Context, in desk.First) error {
	if err := auth.CheckPassword(in.Password, in.Email); err != nil {
		return err
	}
	if !strings.Contains(in.Email, "@") {
		return errs.New(errs.Invalid, "not-an-address").Field("email", "not-an-address")
	}
	f.made, f.done = &in, true
	return f.h.account(ctx, in.Email, in.Password, auth.Membership{Org: "org_1", OrgName: in.Name, Member: "mem_1", Role: actor.Administrator})
}

// postOffice is a mail server of which the name does not exist.
type postOffice struct{}

func (postOffice) Send(context.Context, mail.Message) (mail.Receipt, error) {
	return mail.Receipt{}, nil
}

func (postOffice) Check(context.Context) []mail.CheckResult {
	return []mail.CheckResult{{Step: "server", State: mail.CheckFailed, Reason: "server-not-found"}, {Step: "encrypted", State: mail.CheckSkipped, Reason: "not-reached"}}
}

// house is a desk with one page of a capability on it.
type house struct {
	t       *testing.T
	db      *kittest.DB
	auth    *auth.Service
	places  places
	first   *first
	trouble desk.Trouble
	screen  desk.Screen
	broken  error // what the page of the capability answers
	url     string
	client  *http.Client
}

func newHouse(t *testing.T, d *kittest.DB) *house {
	t.Helper()
	h := &house{t: t, db: d, places: places{}}
	h.first = &first{h: h, done: true}
	h.auth = auth.New(auth.Options{DB: d.DB, Members: h.places, PublicURL: "http://localhost"})
	words, err := lang.Load(append(web.Languages(), auth.Lang, desk.Lang, lang.Source{FS: mail.Catalogue(), Dir: "lang"})...)
	if err != nil {
		t.Fatal(err)
	}
	assets, err := ui.NewAssets()
	if err != nil {
		t.Fatal(err)
	}
	staff := desk.New(desk.Deps{DB: d.DB, Auth: h.auth, Members: h.places, Assets: assets, Setup: h.first, Mail: postOffice{}, NewCase: "/desk/cases/new", Search: "/desk/find",
		MailTrouble: func(context.Context, actor.Actor) (desk.Trouble, error) { return h.trouble, nil },
		Screen:      func(context.Context, string) (desk.Screen, error) { return h.screen, nil },
		Find: func(context.Context, actor.Actor, lang.Printer, string, bool) (desk.Found, error) {
			return desk.Found{}, nil
		},
		Status: func(context.Context, actor.Actor, lang.Printer) (string, error) { return "3 open", nil }})
	site := web.New(web.Options{DB: d.DB, Bundle: words, Language: lang.English, Gate: h.auth, Problem: staff.Problem, ProblemFragment: staff.ProblemFragment, Log: nil})
	staff.Mount(site, []module.Module{{Name: "a capability",
		Nav: []module.NavItem{{Key: "today", Href: "/desk", Icon: "sun", LabelKey: "word.today", Count: func(context.Context, actor.Actor) (int, bool, error) { return 3, true, nil }}},
		Desk: func(m *web.Mux) {
			m.Get("/desk", func(c *web.Ctx) error {
				if h.broken != nil {
					return h.broken
				}
				return c.Page(web.Page{Title: "Today", Nav: "today", Body: templ.Raw("<h1>Today</h1>")})
			})
			m.Post("/desk/made", func(c *web.Ctx) error { return c.Redirect("/desk") })
			m.Post("/desk/save", func(*web.Ctx) error { return errs.New(errs.Unavailable, "database-gone") })
		}}})
	server := httptest.NewServer(site.Handler())
	t.Cleanup(server.Close)
	h.url = server.URL
	h.again()
	return h
}

// again is another browser.
func (h *house) again() {
	jar, err := cookiejar.New(nil)
	h.must(err)
	h.client = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) account(ctx context.Context, email, pw string, at ...auth.Membership) error {
	var a auth.Account
	if err := h.db.Write(ctx, func(t *db.Tx) (err error) {
		a, _, err = h.auth.EnsureAccount(t, auth.NewAccount{Email: email, Name: "Marit Kuipers", Language: "en"})
		return err
	}); err != nil {
		return err
	}
	h.places[a.ID] = at
	return h.auth.SetPassword(ctx, a.ID, pw)
}

func (h *house) do(r *http.Request) (status int, location, body string) {
	h.t.Helper()
	w, err := h.client.Do(r)
	h.must(err)
	defer func() { _ = w.Body.Close() }()
	b, err := io.ReadAll(w.Body)
	h.must(err)
	return w.StatusCode, w.Header.Get("Location"), string(b)
}

func (h *house) get(path string) (int, string, string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, h.url+path, nil)
	h.must(err)
	return h.do(r)
}

func (h *house) post(path string, fields ...string) (int, string, string) {
	h.t.Helper()
	v := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		v.Add(fields[i], fields[i+1])
	}
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.url+path, strings.NewReader(v.Encode()))
	h.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return h.do(r)
}

func onHouses(t *testing.T, run func(t *testing.T, h *house)) {
	kittest.Databases(t, []fs.FS{auth.Migrations, web.Migrations}, func(t *testing.T, d *kittest.DB) { run(t, newHouse(t, d)) })
}

func has(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if !strings.Contains(page, s) {
			t.Errorf("the page does not say %q", s)
		}
	}
}

var breaks = regexp.MustCompile(`(</(?:p|li|h[1-3]|div|section|form|ol|ul|label|fieldset|details|summary|svg|option|header)>)`)

func golden(t *testing.T, name, page string) {
	t.Helper()
	_, got, _ := strings.Cut(page, "<body")
	got = breaks.ReplaceAllString(got, "$1\n")
	if strings.Contains(got, "⟦") {
		t.Errorf("%s: a sentence is missing", name)
	}
	path := filepath.Join("testdata", name+".golden.html")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil { //nolint:gosec // a file for everybody
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("%s differs; look at it, then run with -update:\n%s", name, d)
	}
}

func TestSignIn(t *testing.T) {
	onHouses(t, func(t *testing.T, h *house) {
		h.must(h.account(t.Context(), "marit@delinde.example", password, auth.Membership{Org: "org_1", OrgName: "De Linde", Member: "mem_1", Role: actor.Administrator}))
		if status, to, _ := h.get("/desk"); status != http.StatusSeeOther || to != "/sign-in?next=%2Fdesk" {
			t.Errorf("nobody at the desk: status %d to %q", status, to)
		}
		status, _, page := h.post("/sign-in", "email", "marit@delinde.example", "password", "something else", "next", "/desk/me")
		if status != http.StatusUnprocessableEntity {
			t.Errorf("a wrong password: status %d", status)
		}
		has(t, page, "do not belong together", `value="marit@delinde.example"`, `value="/desk/me"`)
		if strings.Contains(page, "something else") {
			t.Error("the page repeats the password")
		}
		for _, next := range []string{"//evil.example", "https://evil.example", "/sign-in", "/\\evil.example"} {
			h.again()
			if _, to, _ := h.post("/sign-in", "email", "Marit@DeLinde.example", "password", password, "next", next); to != "/desk" {
				t.Errorf("next %q led to %q", next, to)
			}
		}
		status, _, page = h.get("/desk")
		if status != http.StatusOK {
			t.Errorf("at the desk: status %d", status)
		}
		has(t, page, "De Linde", "Marit Kuipers", "3 open", `href="/desk/cases/new"`)
		if status, to, _ := h.post("/sign-out"); status != http.StatusSeeOther || to != "/sign-in" {
			t.Errorf("signed out: status %d to %q", status, to)
		}
		if status, _, _ := h.get("/desk"); status != http.StatusSeeOther {
			t.Errorf("at the desk after signing out: status %d", status)
		}
	})
}

func TestSignInSlowsDown(t *testing.T) {
	onHouses(t, func(t *testing.T, h *house) {
		h.must(h.account(t.Context(), "marit@delinde.example", password, auth.Membership{Org: "org_1", OrgName: "De Linde", Member: "mem_1", Role: actor.Desk}))
		status, page := 0, ""
		for range 6 {
			status, _, page = h.post("/sign-in", "email", "marit@delinde.example", "password", "not this one")
		}
		if status != http.StatusTooManyRequests {
			t.Fatalf("after six attempts: status %d", status)
		}
		has(t, page, "too many attempts", "You can try again at 09:42")
		h.db.Clock.Advance(time.Minute)
		if status, _, _ = h.post("/sign-in", "email", "marit@delinde.example", "password", password); status != http.StatusSeeOther {
			t.Errorf("the right password a minute later: status %d", status)
		}
	})
}

func TestChoosesAnOrganisation(t *testing.T) {
	onHouses(t, func(t *testing.T, h *house) {
		h.must(h.account(t.Context(), "marit@delinde.example", password, auth.Membership{Org: "org_1", OrgName: "De Linde", Member: "mem_1", Role: actor.Desk},
			auth.Membership{Org: "org_2", OrgName: "Zuiderhof", Member: "mem_2", Role: actor.Manager}))
		status, to, _ := h.post("/sign-in", "email", "marit@delinde.example", "password", password, "next", "/desk/me")
		if status != http.StatusSeeOther || to != "/choose?next=%2Fdesk%2Fme" {
			t.Fatalf("with two places: status %d to %q", status, to)
		}
		_, _, page := h.get(to)
		has(t, page, "Go on at De Linde", "Work at Zuiderhof", "Manager")
		if status, to, _ = h.post("/choose", "org", "org_2", "next", "/desk/me"); status != http.StatusSeeOther || to != "/desk" {
			t.Errorf("chosen: status %d to %q", status, to)
		}
		_, _, page = h.get("/desk")
		has(t, page, `<p class="side__org">Zuiderhof</p>`)
		if status, _, _ = h.post("/choose", "org", "org_3"); status != http.StatusForbidden {
			t.Errorf("an organisation of others: status %d", status)
		}
	})
}

func TestOwnDetails(t *testing.T) {
	onHouses(t, func(t *testing.T, h *house) {
		h.must(h.account(t.Context(), "marit@delinde.example", password, auth.Membership{Org: "org_1", OrgName: "De Linde", Member: "mem_1", Role: actor.Desk}))
		h.post("/sign-in", "email", "marit@delinde.example", "password", password)
		if status, _, _ := h.post("/desk/me", "language", "nl"); status != http.StatusSeeOther {
			t.Errorf("another language: status %d", status)
		}
		_, _, page := h.get("/desk/me")
		has(t, page, `lang="nl"`, "Jouw gegevens", "Je taal is opgeslagen.")
		status, _, page := h.post("/desk/me/password", "old", "not it", "password", "een heel ander wachtwoord", "again", "een heel ander wachtwoord")
		if status != http.StatusUnprocessableEntity {
			t.Errorf("a wrong present password: status %d", status)
		}
		has(t, page, `href="#old"`)
		if status, _, _ = h.post("/desk/me/password", "old", password, "password", "een heel ander wachtwoord", "again", "iets anders"); status != http.StatusUnprocessableEntity {
			t.Errorf("two different passwords: status %d", status)
		}
		if status, _, _ = h.post("/desk/me/password", "old", password, "password", "een heel ander wachtwoord", "again", "een heel ander wachtwoord"); status != http.StatusSeeOther {
			t.Errorf("another password: status %d", status)
		}
		if status, _, _ = h.get("/desk/me"); status != http.StatusOK {
			t.Errorf("this browser after changing the password: status %d", status)
		}
		// A link on another site changes nothing of the account.
		if _, to, _ := h.get("/language?to=en&next=/desk"); to != "/desk/me#language" {
			t.Errorf("the language by a link from elsewhere led to %q", to)
		}
	})
}

func TestInvitation(t *testing.T) {
	onHouses(t, func(t *testing.T, h *house) {
		h.must(h.account(t.Context(), "ilse@delinde.example", password, auth.Membership{Org: "org_1", OrgName: "De Linde", Member: "mem_1", Role: actor.Desk}))
		var token string
		h.must(h.db.Write(t.Context(), func(tx *db.Tx) error {
			a, _, err := auth.AccountByEmail(tx, "ilse@delinde.example")
			if err != nil {
				return err
			}
			token, err = h.auth.Invite(tx, a.ID, time.Hour)
			return err
		}))
		if status, _, _ := h.get("/invitation/" + token); status != http.StatusOK {
			t.Errorf("the invitation: status %d", status)
		}
		status, _, page := h.post("/invitation/"+token, "password", "kort", "again", "kort")
		if status != http.StatusUnprocessableEntity {
			t.Errorf("a short password: status %d", status)
		}
		has(t, page, "at least 12 characters")
		if status, to, _ := h.post("/invitation/"+token, "password", "weer een heel nieuw woord", "again", "weer een heel nieuw woord"); status != http.StatusSeeOther || to != "/desk" {
			t.Errorf("chosen: status %d to %q", status, to)
		}
		if status, _, _ = h.get("/invitation/" + token); status != http.StatusGone {
			t.Errorf("the invitation again: status %d", status)
		}
	})
}

func TestSetUp(t *testing.T) {
	onHouses(t, func(t *testing.T, h *house) {
		h.first.done = false
		for _, path := range []string{"/", "/sign-in"} {
			if _, to, _ := h.get(path); to != "/setup" {
				t.Errorf("%s at first start leads to %q", path, to)
			}
		}
		if status, to, _ := h.post("/setup/organisation", "name", "Mine now", "kind", "practice", "language", "nl", "zone", "Europe/Amsterdam"); status != http.StatusSeeOther || to != "/setup" {
			t.Errorf("without the code: status %d to %q", status, to)
		}
		status, _, page := h.get("/setup?code=guessed")
		if status != http.StatusUnprocessableEntity {
			t.Errorf("a guessed code: status %d", status)
		}
		has(t, page, "not the code that was printed")
		if _, to, _ := h.get("/setup?code=right-code"); to != "/setup" {
			t.Errorf("the right code led to %q", to)
		}
		status, _, page = h.post("/setup/organisation", "name", "", "kind", "castle", "language", "nl", "zone", "Mars/Olympus", "phone", "020 000 00 00")
		if status != http.StatusUnprocessableEntity {
			t.Errorf("a wrong organisation: status %d", status)
		}
		has(t, page, `href="#name"`, `href="#kind"`, `href="#zone"`, `value="020 000 00 00"`, `value="Mars/Olympus"`)
		h.post("/setup/organisation", "name", "De Linde", "kind", "practice", "language", "nl", "zone", "Europe/Amsterdam", "phone", "020 000 00 00")

		hours := []string{"day-2", "", "day-3", "", "day-4", "", "day-5", "", "day-6", "", "day-0", "", "holidays", "christmas"}
		status, _, page = h.post("/setup/hours", append(hours, "day-1", "in the morning", "do", "save")...)
		if status != http.StatusUnprocessableEntity {
			t.Errorf("unreadable hours: status %d", status)
		}
		has(t, page, `href="#day-1"`, `value="in the morning"`)
		_, _, page = h.post("/setup/hours", append(hours, "day-1", "8-12.30, 13.30-17", "do", "same")...)
		has(t, page, "open 40 hours a week, on Monday, Tuesday, Wednesday, Thursday and Friday; closed on Saturday and Sunday", "by Fri 13 Nov 17:00")
		if n := strings.Count(page, `value="08:00–12:30, 13:30–17:00"`); n != 5 {
			t.Errorf("Monday's hours stand on %d days", n)
		}
		if status, _, _ = h.post("/setup/hours", append(hours, "day-1", "", "do", "save")...); status != http.StatusUnprocessableEntity {
			t.Errorf("never open: status %d", status)
		}
		h.post("/setup/hours", append(hours, "day-1", "8-17", "do", "save")...)

		_, _, page = h.post("/setup/mail", "do", "check")
		has(t, page, "The name of the mail server does not exist", "(failed)", "(not looked at)")
		h.post("/setup/mail", "do", "go")

		status, _, page = h.post("/setup/account", "admin_name", "Marit Kuipers", "email", "marit@delinde.example", "password", "kort", "again", "kort")
		if status != http.StatusUnprocessableEntity {
			t.Errorf("a short password: status %d", status)
		}
		has(t, page, `href="#password"`, `value="Marit Kuipers"`, `value="marit@delinde.example"`)
		status, to, _ := h.post("/setup/account", "admin_name", "Marit Kuipers", "email", "marit@delinde.example", "password", password, "again", password)
		if status != http.StatusSeeOther || to != "/desk" {
			t.Fatalf("finished: status %d to %q", status, to)
		}
		if m := h.first.made; m.Name != "De Linde" || m.Calendar.Zone != "Europe/Amsterdam" || len(m.Calendar.Week[time.Monday]) != 1 || len(m.Calendar.Week[time.Tuesday]) != 0 ||
			len(m.Calendar.Holidays) != 1 || m.AdminName != "Marit Kuipers" {
			t.Errorf("made: %+v", m)
		}
		_, _, page = h.get("/desk")
		has(t, page, "De Linde is ready.")
		if _, to, _ = h.post("/setup/account", "admin_name", "A stranger", "email", "x@y.example", "password", password, "again", password); to != "/" {
			t.Errorf("a second set-up led to %q", to)
		}
	})
}

func TestFramePages(t *testing.T) {
	for _, language := range []string{"en", "nl"} {
		h := newHouse(t, kittest.SQLite(t, auth.Migrations, web.Migrations))
		h.get("/language?to=" + language + "&next=/")
		_, _, page := h.get("/sign-in")
		golden(t, "sign-in."+language, page)
		h.first.done = false
		_, _, page = h.get("/setup")
		golden(t, "setup-code."+language, page)
		h.get("/setup?code=right-code")
		_, _, page = h.get("/setup")
		golden(t, "setup-organisation."+language, page)
		_, _, page = h.get("/setup?step=hours")
		golden(t, "setup-hours."+language, page)
		h.first.done = true
		h.must(h.account(t.Context(), "marit@delinde.example", password, auth.Membership{Org: "org_1", OrgName: "De Linde", Member: "mem_1", Role: actor.Desk}))
		h.post("/sign-in", "email", "marit@delinde.example", "password", password)
		h.post("/desk/me", "language", language)
		h.get("/desk")
		h.trouble = desk.Trouble{Waiting: 3, Since: h.db.Clock.Now().Add(-10 * time.Minute)}
		_, _, page = h.get("/desk")
		golden(t, "desk-trouble."+language, page)
		_, _, page = h.get("/desk/me")
		golden(t, "me."+language, page)
	}
}

func TestProblems(t *testing.T) {
	h := newHouse(t, kittest.SQLite(t, auth.Migrations, web.Migrations))
	h.must(h.account(t.Context(), "marit@delinde.example", password, auth.Membership{Org: "org_1", OrgName: "De Linde", Member: "mem_1", Role: actor.Desk}))
	h.post("/sign-in", "email", "marit@delinde.example", "password", password)
	status, _, page := h.get("/desk/nowhere")
	if status != http.StatusNotFound {
		t.Errorf("no such page: status %d", status)
	}
	has(t, page, "There is no page at this address", `href="/desk"`)
	h.broken = errs.New(errs.Unavailable, "database-gone")
	status, _, page = h.get("/desk?who=all")
	if status != http.StatusServiceUnavailable {
		t.Errorf("the database is gone: status %d", status)
	}
	has(t, page, `href="/desk?who=all"`, "Try again")
	status, _, page = h.post("/desk/save", "said", "a long text")
	if status != http.StatusServiceUnavailable {
		t.Errorf("saving while the database is gone: status %d", status)
	}
	has(t, page, "What you typed is still in the form", "give this number")
	if strings.Contains(page, "a long text") {
		t.Error("a problem repeats what was sent")
	}
	h.broken = io.ErrUnexpectedEOF
	if status, _, page = h.get("/desk"); status != http.StatusInternalServerError || strings.Contains(page, "EOF") {
		t.Errorf("a fault of ours: status %d: %s", status, page)
	}
}
