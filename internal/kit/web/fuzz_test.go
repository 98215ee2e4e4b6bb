package web

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/lang"
)

// everyInput is a form with every type of input there is.
type everyInput struct {
	Inner
	Text  string   `form:"text"`
	Many  []string `form:"many"`
	Yes   bool     `form:"yes"`
	Count int      `form:"count"`
	Long  int64    `form:"long"`
}

// Inner is a part of other forms.
type Inner struct {
	Deep string `form:"deep"`
}

// Whatever is sent as a form is read as text that every database takes, or
// refused; and what was read is read again as the same.
func FuzzForm(f *testing.F) {
	f.Add("text=a&many=1&many=2&yes=on&count=3&long=-4&deep=%C3%A9")
	f.Add("text=%00&count=1e9&long=99999999999999999999")
	f.Add("text=a%0D%0Ab%0D&yes=nee&many=%FF;&&==")
	f.Fuzz(func(t *testing.T, raw string) {
		values, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		var in everyInput
		if err := decode(values, &in); err != nil {
			if c := errs.ClassOf(err); c != errs.Invalid && c != errs.Malformed && c != errs.TooLarge {
				t.Errorf("%q: %v", raw, err)
			}
			return
		}
		for _, s := range append(in.Many, in.Text, in.Deep) {
			if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\r") || len(s) > maxField {
				t.Errorf("%q gives %q", raw, s)
			}
		}
		var again everyInput
		if err := decode(url.Values{"text": {in.Text}, "many": in.Many, "deep": {in.Deep}}, &again); err != nil || again.Text != in.Text || !slices.Equal(again.Many, in.Many) {
			t.Errorf("%q gives %+v and then %+v, %v", raw, in, again, err)
		}
	})
}

// A cursor of a list gives back its parts; anything else is a bad cursor.
func FuzzDecodeCursor(f *testing.F) {
	f.Add("2026-11-12", "cas_1", "W10")
	f.Add("", "\x00", EncodeCursor("a"))
	f.Fuzz(func(t *testing.T, a, b, sent string) {
		if clean(a) && clean(b) {
			if got, err := DecodeCursor(EncodeCursor(a, b)); err != nil || !slices.Equal(got, []string{a, b}) {
				t.Errorf("%q %q came back as %q, %v", a, b, got, err)
			}
		}
		parts, err := DecodeCursor(sent)
		if err != nil && errs.TypeOf(err) != "bad-cursor" {
			t.Errorf("%q: %v", sent, err)
		}
		for _, p := range parts {
			if !clean(p) {
				t.Errorf("%q holds %q", sent, p)
			}
		}
	})
}

// A redirect never leads to another site, whatever it was asked to lead to.
func FuzzLocal(f *testing.F) {
	for _, s := range []string{"/cases", "//evil.example", "/\\evil", "https://evil.example", "/a\r\nSet-Cookie: x", "/%2f/evil"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := local(s)
		if local(out) != out || !strings.HasPrefix(out, "/") || strings.ContainsAny(out, "\r\n") {
			t.Errorf("%q is %q", s, out)
		}
		if u, err := url.Parse(out); err == nil && (u.Host != "" || u.Scheme != "") {
			t.Errorf("%q leads to %s", s, u)
		}
	})
}

// Who is no trusted proxy is who they are, whatever they say; and behind a
// proxy what is no address is not believed.
func FuzzClientAddr(f *testing.F) {
	f.Add("192.0.2.1:5", "10.0.0.1")
	f.Add("10.0.0.1:5", "192.0.2.7, 10.0.0.9")
	f.Add("[fe80::1%eth0]:80", "a, , ::ffff:10.0.0.1, 300.1.1.1")
	s := &Site{opts: Options{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}}
	f.Fuzz(func(t *testing.T, remote, forwarded string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = remote
		plain := s.ClientAddr(r)
		r.Header["X-Forwarded-For"] = []string{forwarded}
		told := s.ClientAddr(r)
		if !s.trusted(plain) && told != plain {
			t.Errorf("%s says it is %s", plain, told)
		}
		if plain.IsValid() && !told.IsValid() {
			t.Errorf("%q of %s is nobody", forwarded, plain)
		}
	})
}

// If-Match lets through the version it names and no other.
func FuzzIfMatch(f *testing.F) {
	f.Add(`"v3"`, int64(3))
	f.Add(`W/"v3", "v4"`, int64(4))
	f.Add("*", int64(0))
	f.Fuzz(func(t *testing.T, header string, version int64) {
		if err := CheckIfMatch(header, version); err == nil && !strings.Contains(header, "*") && !strings.Contains(header, ETag(version)) {
			t.Errorf("%q lets version %d through", header, version)
		}
		if err := CheckIfMatch(ETag(version), version); err != nil {
			t.Errorf("version %d does not fit its own tag: %v", version, err)
		}
		if err := CheckIfMatch(ETag(version), version+1); err == nil {
			t.Errorf("version %d fits the next one", version)
		}
	})
}

// The language of a request is one of ours, or none.
func FuzzAcceptLanguage(f *testing.F) {
	for _, s := range []string{"nl-NL,nl;q=0.9,en;q=0.8", "en", "de;q=1.0,*;q=0.5", "nl;q=9", "zz-\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if l := fromHeader(header); l != "" && l != lang.Dutch && l != lang.English {
			t.Errorf("%q is %q", header, l)
		}
	})
}
