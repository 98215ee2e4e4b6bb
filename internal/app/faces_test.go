package app

import (
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/houvast/houvast/stories"
)

var (
	desktop = look{name: "light", width: 1440, height: 900, lang: "en"}
	night   = look{name: "dark", width: 1440, height: 900, dark: true, lang: "en"}
	phone   = look{name: "phone", width: 390, height: 844, phone: true, lang: "en"}
)

func in(l look, language string) look { l.lang = language; return l }

func TestFirstStartInABrowser(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	s := serveAt(t, false)
	for _, l := range []look{desktop, in(night, "nl"), in(phone, "nl")} {
		w := s.browser(t, l)
		w.open("/")
		w.checkAccess("first page " + l.name)
	}
	w := s.browser(t, in(desktop, "nl"))
	w.open("/sign-in?lang=nl")
	w.checkAccess("sign-in")
	w.open("/api")
	w.checkAccess("API documentation")
}

// deskUser is who the pictures are taken for: the front desk of the practice.
const deskUser = stories.Begin

// shown are the faces whose pictures are kept in docs/screenshots.
var shown = map[string]bool{"today": true, "case": true, "story": true}

// Who opens which faces.
const (
	managerUser = "Marga Oldenburg"
	adminUser   = "Thijs Roelofs"
)

// face is a page of the desk. One without a path is behind the first link of
// that beginning on the page before it, with what follows behind that.
type face struct{ name, path, link, then string }

// faces are the pages of the desk by who opens them.
func faces(c customer) map[string][]face {
	person, one := "/desk/people/"+c.id, "/desk/cases/"+c.caseID
	return map[string][]face{
		deskUser: {
			{name: "today", path: "/desk"}, {name: "print-day", path: "/desk/print/day"},
			{name: "case", path: one},
			{name: "keep", link: "/desk/cases/", then: "/keep"}, {name: "move", path: one}, {name: "moving", link: "/desk/cases/", then: "/move"},
			{name: "withdraw-from", path: one}, {name: "withdraw", link: "/desk/cases/", then: "/withdraw"},
			{name: "hand-off", path: one + "/hand-off"}, {name: "refer", path: one + "/refer"}, {name: "ask-document", path: one + "/ask-document"},
			{name: "customer-preview", path: one + "/customer-page"}, {name: "series", path: one + "/series"}, {name: "series-rule", path: one + "/series?sort=rule"},
			{name: "cases", path: "/desk/cases"}, {name: "cases-closed", path: "/desk/cases?lane=closed"}, {name: "filters", path: "/desk/filters"}, {name: "filter", path: "/desk/filters/new"},
			{name: "open", path: "/desk/cases/new?person=" + c.id}, {name: "open-unknown", path: "/desk/cases/new"},
			{name: "people", path: "/desk/people"}, {name: "people-found", path: "/desk/people?q=van"}, {name: "person-new", path: "/desk/people/new"}, {name: "person", path: person},
			{name: "person-edit", path: person + "/edit"}, {name: "person-reach", path: person + "/reach"}, {name: "person-speak", path: person + "/speak"},
			{name: "person-seen", path: person + "/seen"}, {name: "person-home", path: person + "/home"}, {name: "person-emergency", path: person + "/emergency"},
			{name: "person-contacts", path: person + "/contacts"}, {name: "person-consent", path: person + "/consent"},
			{name: "handoffs", path: "/desk/handoffs"}, {name: "handoff", link: "/desk/handoffs/"},
			{name: "calls", path: "/desk/calls"}, {name: "message", link: "/desk/messages/"}, {name: "signals", path: "/desk/signals"},
			{name: "call", path: "/desk/call"}, {name: "call-known", path: "/desk/call?person=" + c.id}, {name: "red-flags", path: "/desk/red-flags"},
			{name: "me", path: "/desk/me"}, {name: "find", path: "/desk/find?q=van"}, {name: "drafts", path: "/desk/drafts"}, {name: "keys", path: "/desk/keys"},
			{name: "absence", path: "/desk/absence"}, {name: "absence-plan", path: "/desk/absence/new?kind=ill"},
			{name: "stories", path: "/desk/stories"}, {name: "story", path: "/desk/stories/hospital"},
		},
		managerUser: {
			{name: "manager-today", path: "/desk"}, {name: "insight", path: "/desk/insight"}, {name: "behind", link: "/desk/insight/"},
			{name: "duplicates", path: "/desk/people/duplicates"}, {name: "join", link: "/desk/people/", then: "/join/"}, {name: "templates", path: "/desk/templates"}, {name: "template", link: "/desk/templates/"}, {name: "absence-all", path: "/desk/absence"},
			{name: "person-record", path: person + "/record"}, {name: "emergencies", path: "/desk/emergencies?show=all"},
		},
		adminUser: {
			{name: "settings", path: "/desk/settings"}, {name: "organisation", path: "/desk/settings/organisation"}, {name: "hours", path: "/desk/settings/hours"},
			{name: "changes", path: "/desk/settings/changes"}, {name: "settings-people", path: "/desk/settings/people"}, {name: "member", link: "/desk/settings/people/mem"}, {name: "starter", path: "/desk/settings/people/new"},
			{name: "teams", path: "/desk/settings/teams"}, {name: "team", link: "/desk/settings/teams/tea"}, {name: "team-new", path: "/desk/settings/teams/new"}, {name: "roles", path: "/desk/roles"},
			{name: "settings-again", path: "/desk/settings"}, {name: "choices", link: "/desk/settings/choices/"},
			{name: "flag-new", path: "/desk/red-flags/new"}, {name: "flags", path: "/desk/red-flags"}, {name: "flag", link: "/desk/red-flags/"},
			{name: "import", path: "/desk/customers/import"}, {name: "export", path: "/desk/customers/export"},
		},
	}
}

// long says whether every face is looked at, in every look: that takes a
// quarter of an hour.
func long() bool { return os.Getenv("HOUVAST_TEST_LONG") != "" }

// alwaysFaces are that are looked at in every run, in the looks of every
// run; the others when long tests are asked for.
var alwaysFaces = map[string]bool{"today": true, "case": true, "cases": true, "open": true, "people": true, "person": true, "handoffs": true,
	"calls": true, "call": true, "signals": true, "me": true, "story": true, "stories": true, "insight": true, "settings": true}

// mainFaces are those that people spend their day with: they are looked at in
// more ways.
var mainFaces = map[string]bool{"today": true, "case": true, "keep": true, "cases": true, "open": true, "people": true, "person": true, "handoffs": true, "call": true, "call-known": true,
	"calls": true, "signals": true, "absence": true, "insight": true, "settings": true, "import": true}

// visit goes to a face, which is there and is answered. A link that no record
// of the demo has leads nowhere.
func (w *window) visit(f face) bool {
	w.t.Helper()
	path := f.path
	if path == "" {
		path = eval[string](w, fmt.Sprintf(`[...document.querySelectorAll("main a[href]")].map(a => a.getAttribute("href")).find(h => h.startsWith(%q) && h.includes(%q) && h.length > %d) || ""`,
			f.link, f.then, len(f.link)))
		if path == "" {
			return false
		}
	}
	resp, err := chromedp.Run(w.ctx, chromedp.NavigateResponse(w.s.url+path))
	if err != nil {
		w.t.Fatalf("%s: %v", path, err)
	}
	if resp != nil && resp.Status >= 400 {
		w.t.Errorf("%s (%s): status %d", f.name, path, resp.Status)
		return false
	}
	return true
}

// TestScreenshots opens every face of the demo as its people do, in both
// languages, light and dark, on a desk, on a phone, on the narrowest screen and
// at twice the size. Axe finds nothing on any of them, none is wider than its
// screen, the browser complains about nothing, no sentence is missing. Asked to
// (make screenshots), it keeps the pictures that the README shows.
func TestScreenshots(t *testing.T) {
	needBrowser(t)
	narrow, zoomed := look{name: "narrow", width: 320, height: 700, phone: true}, look{name: "zoomed", width: 1440, height: 900, zoom: 2}
	// Whoever reads another language has another site: it is kept with the account.
	// The dark is a look of its own when there is time; else each page of the desktop is darkened once it was seen.
	all := map[string][]look{"en": {desktop, night, phone, zoomed}, "nl": {desktop, night, phone, narrow}}
	if !long() {
		all = map[string][]look{"en": {desktop, phone}, "nl": {desktop, phone}}
	}
	for language, looks := range all {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			s := serveAt(t, true)
			person := s.personWithQuestion(t)
			pages := faces(person)
			seen := map[string]bool{}
			for _, l := range looks {
				l = in(l, language)
				few := l.name == narrow.name || l.name == zoomed.name
				t.Run(l.name, func(t *testing.T) {
					w := s.browser(t, l)
					for _, who := range []string{deskUser, managerUser, adminUser} {
						email := s.emailOf(t, who)
						s.speak(t, email, l.lang)
						w.leave()
						w.signIn(email)
						for _, f := range pages[who] {
							if few && !mainFaces[f.name] || !long() && !alwaysFaces[f.name] || !w.visit(f) {
								continue
							}
							seen[f.name] = true
							w.looksRight(f.name, shown[f.name] && !few)
						}
					}
					s.asCustomer(t, w, person, !few)
				})
			}
			for who, list := range pages {
				for _, f := range list {
					if long() && !seen[f.name] {
						t.Logf("nothing in the demo leads %s to %q", who, f.name)
					}
				}
			}
		})
	}
}

// asCustomer looks at what the customer sees.
func (s *site) asCustomer(t *testing.T, w *window, person customer, picture bool) {
	t.Helper()
	w.leave()
	w.asCustomer(s.linkFor(t, person))
	w.checkAccess("customer before the factor")
	w.confirm(person.born)
	w.open("/q?lang=" + w.look.lang)
	w.looksRight("customer", picture)
}

// looksRight checks a page in the look of the window and, where the dark has
// no window of its own, in the dark.
func (w *window) looksRight(name string, picture bool) {
	w.t.Helper()
	check := func(l look, f func(name string)) {
		full := name + "." + l.lang + "." + l.name
		f(full)
		if picture {
			w.picture(full)
		}
	}
	check(w.look, w.checkAccess)
	if w.look.name == desktop.name && !long() {
		dark := in(night, w.look.lang)
		check(dark, func(name string) { w.checkColours(name, dark) })
		w.see(w.look)
	}
}

// Without scripts the pages say the same, and their forms can be sent.
func TestMainPagesWithoutScripts(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	s := serveAt(t, true)
	person := s.personWithQuestion(t)
	w := s.browser(t, in(desktop, "nl"))
	w.scripts(false)
	for _, who := range []string{deskUser, managerUser, adminUser} {
		w.leave()
		w.signIn(s.emailOf(t, who))
		for _, f := range faces(person)[who] {
			if !mainFaces[f.name] || !w.visit(f) {
				continue
			}
			got := eval[string](w, `(() => { const main = document.querySelector("main"), forms = [...main.querySelectorAll("form")];
				const dead = forms.filter(f => f.method !== "dialog" && !f.querySelector("button:not([type=button]), input[type=submit]") && !document.querySelector("button[form='" + f.id + "']"));
				return [main.querySelector("h1") ? "" : "no heading", main.innerText.trim().length < 40 ? "no contents" : "",
					...dead.map(f => "a form that nothing sends: " + f.outerHTML.slice(0, 200))].filter(Boolean).join("; ") })()`)
			if got != "" {
				t.Errorf("%s without scripts: %s", f.name, got)
			}
		}
	}
}
