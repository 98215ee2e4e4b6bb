package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/lang"
)

func TestPagesAndErrors(t *testing.T) {
	var log bytes.Buffer
	h := lite(t, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	h.mux.Get("/ok/{id}", func(c *Ctx) error { return c.Page(Page{Body: text("<p>" + c.Path("id") + "</p>")}) })
	h.mux.Get("/none", func(*Ctx) error { return errs.New(errs.NotFound, "not-found") })
	h.mux.Get("/broken", func(*Ctx) error { return errors.New("the password is hunter2") })
	h.mux.Get("/panic", func(*Ctx) error { panic("hunter2") })
	h.mux.Get("/half", func(c *Ctx) error {
		return c.Page(Page{Body: failing{}})
	})
	h.mux.Post("/form", func(c *Ctx) error { return c.Redirect("//evil.example/") })

	if w := h.do("GET", "/ok/7", ""); w.Code != 200 || w.Body.String() != "<p>7</p>" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for path, want := range map[string]int{"/none": 404, "/nowhere": 404, "/form": 405, "/broken": 500, "/panic": 500, "/half": 500} {
		w := h.do("GET", path, "")
		if w.Code != want || !strings.Contains(w.Body.String(), "<h1>") || strings.Contains(w.Body.String(), "hunter2") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		if id := w.Header().Get("X-Request-Id"); want == 500 && (!strings.Contains(w.Body.String(), id) || !strings.Contains(log.String(), id)) {
			t.Errorf("%s: the incident's id is not on the page and in the log", path)
		}
		if want == 405 && w.Header().Get("Allow") != "POST" {
			t.Errorf("Allow: %q", w.Header().Get("Allow"))
		}
	}
	if w := h.do("GET", "/none", "", "HX-Request", "true"); w.Code != 404 || strings.Contains(w.Body.String(), "<html") {
		t.Errorf("a fragment: %d %s", w.Code, w.Body)
	}
	if w := h.do("POST", "/form", ""); w.Code != 303 || w.Header().Get("Location") != "/" {
		t.Errorf("redirect: %d %s", w.Code, w.Header().Get("Location"))
	}
	if w := h.do("POST", "/form", "", "Sec-Fetch-Site", "cross-site"); w.Code != 403 {
		t.Errorf("from another site: %d", w.Code)
	}
	if w := h.do("POST", "/form", "", "Origin", "https://houvast.test"); w.Code != 303 {
		t.Errorf("from our own address behind a proxy: %d", w.Code)
	}
	if w := h.do("POST", "/form", "", "Origin", "http://example.com"); w.Code != 303 { // httptest's own host, plain http
		t.Errorf("without Sec-Fetch-Site: %d", w.Code)
	}
	if strings.Contains(log.String(), "/ok/7") || !strings.Contains(log.String(), `route="GET /ok/{id}"`) {
		t.Error("the log holds paths instead of patterns")
	}
}

// failing is a component that writes half of itself.
type failing struct{}

func TestHeaders(t *testing.T) {
	w := lite(t).do("GET", "/nowhere", "")
	for name, want := range map[string]string{
		"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
		"Strict-Transport-Security": "max-age=31536000; includeSubDomains",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	plain := lite(t, func(o *Options) { o.PublicURL = "http://localhost:8410" })
	if w := plain.do("GET", "/nowhere", ""); w.Header().Get("Strict-Transport-Security") != "" {
		t.Error("HSTS without https")
	}
}

func TestLanguage(t *testing.T) {
	h := lite(t)
	h.mux.Get("/lang", func(c *Ctx) error { return c.Page(Page{Body: text(c.P.Lang())}) })
	for _, c := range []struct {
		want    string
		headers []string
	}{
		{"nl", nil},
		{"en", []string{"Accept-Language", "de, en-GB;q=0.8, nl;q=0.5"}},
		{"nl", []string{"Accept-Language", "en;q=0.1, nl"}},
		{"nl", []string{"Accept-Language", "\x00;;;"}},
		{"en", []string{"Accept-Language", "nl", "Cookie", "lang=en"}},
		{"nl", []string{"Accept-Language", "en", "Cookie", "lang=en", "X-Who", "org_1 mem_1", "X-Language", "nl"}},
	} {
		if got := h.do("GET", "/lang", "", c.headers...).Body.String(); got != c.want {
			t.Errorf("%v: %s, want %s", c.headers, got, c.want)
		}
	}
}

func TestGzip(t *testing.T) {
	h := lite(t)
	long := strings.Repeat("Een lange pagina. ", 500)
	h.mux.Get("/long", func(c *Ctx) error { return c.Page(Page{Body: text(long)}) })
	w := h.do("GET", "/long", "", "Accept-Encoding", "br;q=1, gzip;q=0.5")
	if w.Header().Get("Content-Encoding") != "gzip" || w.Body.Len() > len(long)/10 {
		t.Fatalf("%v, %d bytes", w.Header(), w.Body.Len())
	}
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(z); err != nil || string(b) != long {
		t.Error("it does not unpack to the page", err)
	}
	if w := h.do("GET", "/long", "", "Accept-Encoding", "gzip;q=0"); w.Header().Get("Content-Encoding") != "" {
		t.Error("gzip for who refuses it")
	}
}

func TestSeenBeforeItLeaves(t *testing.T) {
	h := lite(t)
	h.mux.Get("/case/{id}", func(c *Ctx) error { c.Saw("case", c.Path("id"), ""); return c.Page(Page{Body: text("secret")}) })
	h.do("GET", "/case/1", "", "X-Who", "org_1 mem_1")
	if diff := cmp.Diff([]Seen{{"case", "1"}}, h.gate.seen); diff != "" {
		t.Error(diff)
	}
	h.gate.fail = errors.New("disk on fire")
	if w := h.do("GET", "/case/1", "", "X-Who", "org_1 mem_1"); w.Code != 503 || strings.Contains(w.Body.String(), "secret") || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestToast(t *testing.T) {
	h := lite(t)
	h.mux.Post("/do", func(c *Ctx) error { c.ToastUndo("/undo", "word.undo"); return c.Redirect("/next") })
	h.mux.Get("/next", func(c *Ctx) error {
		if x := c.TakeToast(); x != nil {
			return c.Page(Page{Body: text(x.Text + " " + x.Undo)})
		}
		return c.Page(Page{Body: text("nothing")})
	})
	h.do("POST", "/do", "")
	if got := h.do("GET", "/next", "").Body.String(); !strings.HasSuffix(got, " /undo") {
		t.Errorf("toast: %q", got)
	}
	if got := h.do("GET", "/next", "").Body.String(); got != "nothing" {
		t.Errorf("twice: %q", got)
	}
}

func TestDecode(t *testing.T) {
	type inner struct {
		Page int `form:"page"`
	}
	type form struct {
		inner
		Name   string   `form:"name"`
		Notes  string   `form:"notes"`
		Days   []string `form:"day"`
		Urgent bool     `form:"urgent"`
		Count  int64    `form:"count"`
		Hidden string
	}
	h := lite(t)
	var got form
	h.mux.Post("/form", func(c *Ctx) error {
		got = form{}
		if err := c.Decode(&got); err != nil {
			return err
		}
		return c.NoContent()
	})
	for body, want := range map[string]form{
		"name=+Fatima+&notes=a%0D%0Ab&day=mo&day=+&day=we&urgent=on&count=12&Hidden=x&other=y": {Name: "Fatima", Notes: "a\nb", Days: []string{"mo", "we"}, Urgent: true, Count: 12},
		"count=&page=": {},
		"":             {},
	} {
		if w := h.do("POST", "/form", body); w.Code != 204 {
			t.Errorf("%q: %d %s", body, w.Code, w.Body)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(form{})); diff != "" {
			t.Errorf("%q: %s", body, diff)
		}
	}
	for body, want := range map[string]int{
		"name=a%00b": 422, "name=%ff%fe": 422, "name=%1b[2J": 422, "count=twaalf": 422, "count=99999999999999999999": 422,
		"name=%zz": 400, "name=" + strings.Repeat("x", maxField+1): 422, "name=" + strings.Repeat("x", bodyLimit): 413,
		strings.Repeat("day=mo&", maxValues+1): 422,
	} {
		w := h.do("POST", "/form", body)
		if w.Code != want {
			t.Errorf("%.20q: %d, want %d", body, w.Code, want)
		}
		if strings.Contains(w.Body.String(), "twaalf") {
			t.Errorf("%.20q is repeated", body)
		}
	}
}

func TestFormErrors(t *testing.T) {
	p := bundle(t).Printer("en", nil, time.Now())
	var c errs.Checks
	c.Must(false, "name", "required")
	c.Must(false, "count", "not-a-number")
	summary, fields, ok := FormErrors(c.Err(), p)
	if !ok || summary == "" || fields["name"] != p.T("field.required") || len(fields) != 2 {
		t.Errorf("%q %v %v", summary, fields, ok)
	}
	for _, err := range []error{errors.New("x"), errs.New(errs.NotFound, "not-found"), errs.New(errs.Unavailable, "database-gone")} {
		if _, _, ok := FormErrors(err, p); ok {
			t.Errorf("a form cannot help with %v", err)
		}
	}
}

func TestClientAddr(t *testing.T) {
	h := lite(t)
	for _, c := range []struct{ remote, forwarded, want string }{
		{"192.0.2.1:99", "198.51.100.7", "192.0.2.1"}, // not a proxy: anybody can say that
		{"10.0.0.1:99", "198.51.100.7", "198.51.100.7"},
		{"10.0.0.1:99", "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"}, // what a client put in front does not count
		{"10.0.0.1:99", "nonsense", "10.0.0.1"},
		{"10.0.0.1:99", "", "10.0.0.1"},
		{"[::ffff:192.0.2.1]:99", "", "192.0.2.1"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.remote
		r.Header.Set("X-Forwarded-For", c.forwarded)
		if got := h.site.ClientAddr(r); got.String() != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestLimiter(t *testing.T) {
	l, now := NewLimiter(time.Minute, 3), time.Date(2026, 11, 12, 9, 0, 0, 0, time.UTC)
	one, two := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")
	for i := range 3 {
		if err := l.Allow([]netip.Addr{one, two}[i%2], now); err != nil {
			t.Errorf("try %d: %v", i+1, err)
		}
	}
	err := l.Allow(two, now) // the same subscriber's
	if e, ok := errs.As(err); !ok || e.Class != errs.TooMany || e.Params["Seconds"] != 60 {
		t.Errorf("the fourth: %v", err)
	}
	if err := l.Allow(netip.MustParseAddr("2001:db8:1::1"), now); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	if err := l.Allow(one, now.Add(time.Minute)); err != nil {
		t.Errorf("a minute later: %v", err)
	}
	for i := range maxClients + 100 {
		_ = l.Allow(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), now)
	}
	if l.by.order.Len() != maxClients || len(l.by.byKey) != maxClients {
		t.Errorf("remembers %d clients", l.by.order.Len())
	}
}

func TestCursorAndETag(t *testing.T) {
	s := EncodeCursor("2026-11-12", "cas_1")
	got, err := (Paging{Cursor: s}).After(2)
	if err != nil || got[1] != "cas_1" {
		t.Error(got, err)
	}
	for _, bad := range []string{"x", "bm9wZQ", EncodeCursor("one"), EncodeCursor("a\x00", "b")} {
		if _, err := (Paging{Cursor: bad}).After(2); errs.TypeOf(err) != "bad-cursor" {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for header, want := range map[string]string{"": "if-match-needed", `"v3"`: "", `"v2", "v3"`: "", "*": "", `"v2"`: "changed-meanwhile", `W/"v3"`: "changed-meanwhile"} {
		err := CheckIfMatch(header, 3)
		if err == nil && want != "" || err != nil && errs.TypeOf(err) != want {
			t.Errorf("%q: %v", header, err)
		}
	}
}

// Every type of problem this package and auth make, and every class, has a
// sentence in both languages; lang.Load has already compared the languages.
func TestEveryProblemHasASentence(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	p := bundle(t).Printer(lang.English, nil, time.Now())
	made := regexp.MustCompile(`errs\.New\([\w.]+, "([^"]+)"\)|Must\([^\n]*, "([a-z-]+)"\)|Field\([^\n]*, "([a-z-]+)"\)`)
	checked := 0
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range made.FindAllStringSubmatch(string(b), -1) {
			typ := m[1] + m[2] + m[3]
			if typ == "sign-in-needed" { // auth's
				continue
			}
			checked++
			if !p.Has("problem."+typ) && !p.Has("field."+typ) {
				t.Errorf("%s: %s has no sentence", f, typ)
			}
		}
	}
	for _, k := range kinds {
		if !p.Has("field." + k.typ) {
			t.Errorf("field.%s has no sentence", k.typ)
		}
	}
	for c := range statuses {
		if !p.Has("problem.class." + string(c)) {
			t.Errorf("class %s has no title", c)
		}
	}
	if checked < 15 {
		t.Errorf("only %d types were found: does the pattern still fit?", checked)
	}
}

func (failing) Render(_ context.Context, w io.Writer) error {
	_, _ = io.WriteString(w, "hunter2")
	return errors.New("half-way")
}
