package app

import (
	"testing"

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

// TestScreenshots opens every face of the demo as its people do, in both
// languages, light and dark, on a desk and on a phone. Axe finds nothing on any
// of them, the browser complains about nothing, no sentence is missing. Asked
// to (make screenshots), it keeps the pictures that the README shows.
func TestScreenshots(t *testing.T) {
	needBrowser(t)
	s := serveAt(t, true)
	looks := []look{desktop, night, phone, in(desktop, "nl"), in(night, "nl"), in(phone, "nl")}
	person := s.personWithQuestion(t)
	for _, l := range looks {
		t.Run(l.lang+"."+l.name, func(t *testing.T) {
			w := s.browser(t, l)
			email := s.emailOf(t, deskUser)
			s.speak(t, email, l.lang)
			w.signIn(email)
			for _, p := range []struct{ name, path string }{
				{"today", "/desk"}, {"case", "/desk/cases/" + person.caseID}, {"cases", "/desk/cases"}, {"open", "/desk/cases/new?person=" + person.id},
				{"people", "/desk/people"}, {"person", "/desk/people/" + person.id}, {"handoffs", "/desk/handoffs"},
				{"call", "/desk/call"}, {"call-known", "/desk/call?person=" + person.id}, {"red-flags", "/desk/red-flags"},
				{"calls", "/desk/calls"}, {"signals", "/desk/signals"}, {"me", "/desk/me"}, {"absence", "/desk/absence"}, {"absence-plan", "/desk/absence/new?kind=ill"}, {"templates", "/desk/templates"}, {"template-new", "/desk/templates/new"}, {"find", "/desk/find?q=van"}, {"drafts", "/desk/drafts"}, {"keys", "/desk/keys"}, {"roles", "/desk/roles"}, {"insight", "/desk/insight"},
				{"story", "/desk/stories/hospital"}, {"stories", "/desk/stories"},
				{"customer-preview", "/desk/cases/" + person.caseID + "/customer-page"},
			} {
				w.open(p.path)
				name := p.name + "." + l.lang + "." + l.name
				w.checkAccess(name)
				if shown[p.name] {
					w.picture(name)
				}
			}
		})
		t.Run("customer."+l.lang+"."+l.name, func(t *testing.T) {
			w := s.browser(t, l)
			w.asCustomer(s.linkFor(t, person))
			w.checkAccess("customer before the factor")
			w.confirm(person.born)
			w.open("/q?lang=" + l.lang)
			w.checkAccess("customer")
			w.picture("customer." + l.lang + "." + l.name)
		})
	}
}
