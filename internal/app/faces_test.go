package app

import (
	"testing"

	"github.com/chromedp/chromedp"
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
		w.picture("setup." + l.lang + "." + l.name)
	}
	w := s.browser(t, in(desktop, "nl"))
	w.open("/sign-in?lang=nl")
	w.checkAccess("sign-in")
	w.open("/api")
	w.checkAccess("API documentation")
	_ = chromedp.Void{}
}
