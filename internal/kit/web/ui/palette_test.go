package ui

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// What was typed stands out where a word begins with it, whatever its case and
// accents.
func TestHitParts(t *testing.T) {
	for _, c := range []struct{ title, typed, want string }{
		{"Sanne de Wit", "de wit", "Sanne [de] [Wit]"},
		{"Hatice Öztürk", "ozt", "Hatice [Özt]ürk"},
		{"Greet de Wit-Molenaar", "mol", "Greet de Wit-[Mol]enaar"},
		{"Brace check", "", "Brace check"},
		{"", "x", ""},
		{"Brace check", "race", "Brace check"},
	} {
		var b strings.Builder
		for _, p := range (HitView{Title: c.title, Match: c.typed}).parts(context.Background()) {
			if p.on {
				b.WriteString("[" + p.text + "]")
			} else {
				b.WriteString(p.text)
			}
		}
		if got := b.String(); got != c.want {
			t.Errorf("%q in %q: %q, want %q", c.typed, c.title, got, c.want)
		}
	}
}

// The privacy view is a cookie of one browser, switched on and off by a form.
func TestPrivacy(t *testing.T) {
	post := func(on string) []*http.Cookie {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, PrivacyAt, strings.NewReader(url.Values{"on": {on}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		PrivacyHandler(w, r)
		return w.Result().Cookies()
	}
	on := post("1")
	if len(on) != 1 || on[0].Value != "1" || !on[0].HttpOnly {
		t.Fatalf("switched on: %v", on)
	}
	r := httptest.NewRequest(http.MethodGet, "/desk", nil)
	r.AddCookie(on[0])
	if !LookOf(r).Private {
		t.Error("not private")
	}
	if off := post(""); len(off) != 1 || off[0].MaxAge >= 0 {
		t.Errorf("switched off: %v", off)
	}
}
