package ui

import (
	"bytes"
	"context"
	"encoding/xml"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/houvast/houvast/internal/kit/lang"
)

var update = flag.Bool("update", false, "write the golden files anew")

func amsterdam(t *testing.T) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func words(t *testing.T, language string) lang.Printer {
	t.Helper()
	b, err := lang.Load(lang.Source{FS: os.DirFS(".."), Dir: "lang"})
	if err != nil {
		t.Fatal(err)
	}
	loc := amsterdam(t)
	return b.Printer(language, loc, time.Date(2026, 11, 12, 10, 42, 0, 0, loc))
}

func assets(t *testing.T) *Assets {
	t.Helper()
	a, err := NewAssets()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func render(t *testing.T, ctx context.Context, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// pages are all pages of this package, by name.
func pages(t *testing.T) map[string]string {
	t.Helper()
	a := assets(t)
	out := map[string]string{}
	for _, language := range []string{"en", "nl"} {
		w := words(t, language)
		p := Page{Words: w, Assets: a, Title: "Parts"}
		out["parts."+language] = render(t, t.Context(), Parts(p))
		p.Title = "Uw vraag over Mila"
		out["portal."+language] = render(t, t.Context(), PartsPortal(p))
		plain := Plain(PlainPage{Page: Page{Words: w, Assets: a, Title: "Sign in", Failed: true, Look: Look{Theme: "dark"}}, HomeURL: "/", Org: "De Linde"})
		out["plain."+language] = render(t, templ.WithChildren(t.Context(), TextInput(Input{Name: "mail", Label: "E-mail", Type: "email", Autocomplete: "username"})), plain)
	}
	return out
}

func TestGolden(t *testing.T) {
	hash := regexp.MustCompile(`/assets/[0-9a-f]{12}/`)
	for name, page := range pages(t) {
		got := hash.ReplaceAllString(page, "/assets/HASH/")
		got = strings.ReplaceAll(got, "><", ">\n<") // so that a difference can be read
		file := filepath.Join("testdata", name+".golden.html")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s differs from its golden file; look at it, then run with -update:\n%s", name, d)
		}
	}
}

// walk visits every element of a page.
func walk(t *testing.T, page string, visit func(n *html.Node, attr func(string) (string, bool))) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for d := range doc.Descendants() {
		if d.Type != html.ElementNode {
			continue
		}
		n++
		visit(d, func(name string) (string, bool) {
			for _, a := range d.Attr {
				if a.Key == name {
					return a.Val, true
				}
			}
			return "", false
		})
	}
	if n < 15 {
		t.Fatalf("only %d elements: nothing was checked", n)
	}
}

// The pages work under Content-Security-Policy "default-src 'self'".
func TestNothingInline(t *testing.T) {
	for name, page := range pages(t) {
		walk(t, page, func(n *html.Node, attr func(string) (string, bool)) {
			if n.Data == "style" {
				t.Errorf("%s: <style>", name)
			}
			if src, ok := attr("src"); n.Data == "script" && (!ok || !strings.HasPrefix(src, AssetsPrefix) || n.FirstChild != nil) {
				t.Errorf("%s: a script that is not an asset", name)
			}
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") || strings.HasPrefix(strings.TrimSpace(strings.ToLower(a.Val)), "javascript:") || strings.Contains(a.Val, "js:") {
					t.Errorf("%s: <%s %s=%q>", name, n.Data, a.Key, a.Val)
				}
			}
		})
	}
}

// Every icon used stands in the sprite, and no other does.
func TestSprite(t *testing.T) {
	for name, page := range pages(t) {
		used, have := map[string]bool{}, map[string]bool{}
		walk(t, page, func(n *html.Node, attr func(string) (string, bool)) {
			if id, _ := attr("id"); n.Data == "symbol" {
				have["#"+id] = true
			}
			if href, _ := attr("href"); n.Data == "use" {
				used[href] = true
			}
		})
		if len(used) == 0 {
			t.Errorf("%s uses no icon", name)
		}
		if d := cmp.Diff(used, have); d != "" {
			t.Errorf("%s (-used +in the sprite):\n%s", name, d)
		}
	}
}

// Ids are unique, every reference to one leads somewhere, every input has a
// name for people, and every image says what it shows or is silent.
func TestStructure(t *testing.T) {
	for name, page := range pages(t) {
		ids := map[string]int{}
		labelled := map[string]bool{}
		walk(t, page, func(n *html.Node, attr func(string) (string, bool)) {
			if id, ok := attr("id"); ok {
				ids[id]++
			}
			if f, ok := attr("for"); ok && n.Data == "label" {
				labelled[f] = true
			}
		})
		for id, n := range ids {
			if n > 1 {
				t.Errorf("%s: %d times id=%q", name, n, id)
			}
			if id == "" {
				t.Errorf("%s: an empty id", name)
			}
		}
		h1 := 0
		walk(t, page, func(n *html.Node, attr func(string) (string, bool)) {
			for _, ref := range []string{"aria-labelledby", "aria-describedby", "for", "list", "popovertarget", "commandfor", "form"} {
				v, _ := attr(ref)
				for _, id := range strings.Fields(v) {
					if ids[id] == 0 {
						t.Errorf("%s: %s=%q leads nowhere", name, ref, id)
					}
				}
			}
			if href, _ := attr("href"); n.Data == "a" && strings.HasPrefix(href, "#") && !strings.HasPrefix(href, "#s") && ids[href[1:]] == 0 {
				t.Errorf("%s: href=%q leads nowhere", name, href)
			}
			if n.Data == "h1" {
				h1++
			}
			if kind, _ := attr("type"); (n.Data == "input" && kind != "hidden") || n.Data == "select" || n.Data == "textarea" {
				id, _ := attr("id")
				if !labelled[id] && !within(n, "label") {
					t.Errorf("%s: <%s id=%q> has no label", name, n.Data, id)
				}
			}
			if _, hidden := attr("aria-hidden"); n.Data == "svg" && !hidden {
				if l, _ := attr("aria-label"); l == "" {
					t.Errorf("%s: an <svg> that neither speaks nor is silent", name)
				}
			}
			if n.Data == "button" && text(n) == "" {
				t.Errorf("%s: a button without a name", name)
			}
			if n.Data == "time" {
				if d, ok := attr("datetime"); ok {
					if _, err := time.Parse(time.RFC3339, d); err != nil {
						t.Errorf("%s: datetime=%q", name, d)
					}
				}
			}
			if l, ok := attr("lang"); ok && n.Data == "html" && l != strings.SplitN(name, ".", 2)[1] {
				t.Errorf("%s: lang=%q", name, l)
			}
		})
		if strings.Contains(page, "⟦") {
			t.Errorf("%s lacks a sentence: %s", name, regexp.MustCompile("⟦[^⟧]*⟧").FindString(page))
		}
	}
}

func within(n *html.Node, tag string) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == tag {
			return true
		}
	}
	return false
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// Every sentence this package asks for exists, and every one that exists is
// asked for. That both languages fit together is checked by lang.Load.
func TestCatalogue(t *testing.T) {
	p := words(t, "nl")
	asked := map[string]bool{}
	re := regexp.MustCompile(`"(ui(?:\.[a-z0-9-]+)+)"`)
	files, _ := filepath.Glob("*.go")
	templs, _ := filepath.Glob("*.templ")
	for _, f := range append(files, templs...) {
		if strings.HasSuffix(f, "_test.go") || strings.HasSuffix(f, "_templ.go") {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range re.FindAllSubmatch(b, -1) {
			if key := string(m[1]); key != "ui.js" {
				asked[key] = true
			}
		}
	}
	for _, s := range PromiseStates() {
		asked["ui.state."+string(s)] = true
	}
	if len(asked) < 50 {
		t.Fatalf("found only %d keys", len(asked))
	}
	for key := range asked {
		if !p.Has(key) {
			t.Errorf("no sentence %s", key)
		}
	}
	b, err := lang.Load(lang.Source{FS: os.DirFS(".."), Dir: "lang"})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range b.Keys() {
		if strings.HasPrefix(key, "ui.") && !asked[key] {
			t.Errorf("%s is never said", key)
		}
	}
}

// Each icon is well-formed, small, and has its own name.
func TestIcons(t *testing.T) {
	names := Icons()
	if lines := bytes.Count(iconFile, []byte("<symbol ")); lines != len(names) {
		t.Errorf("%d symbols in the file, %d names: two of the same, or one not on its own line", lines, len(names))
	}
	for _, n := range names {
		if err := xml.Unmarshal(symbols[n], new(struct{})); err != nil {
			t.Errorf("%s: %v", n, err)
		}
	}
	for _, s := range PromiseStates() {
		if symbols[string(s)] == nil {
			t.Errorf("state %s has no glyph", s)
		}
	}
}

func TestUnknownNamesPanic(t *testing.T) {
	panics := func(what string, f func()) {
		defer func() {
			if recover() == nil {
				t.Errorf("%s did not panic", what)
			}
		}()
		f()
	}
	panics("an unknown icon", func() { use(t.Context(), "no-such-icon") })
	panics("an unknown asset", func() { assets(t).URL("no-such.css") })
	panics("no words", func() { W(t.Context()) })
}

func TestAssets(t *testing.T) {
	a := assets(t)
	get := func(path, accept string) *http.Response {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept-Encoding", accept)
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		return w.Result()
	}
	for _, name := range a.Names() {
		res := get(a.URL(name), "")
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != http.StatusOK || len(body) == 0 || res.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d, %d bytes, %v", name, res.StatusCode, len(body), res.Header)
		}
		small := get(a.URL(name), "gzip, br;q=0.9")
		if packed := small.Header.Get("Content-Encoding") == "br"; packed == strings.HasSuffix(name, ".woff2") {
			t.Errorf("%s: Content-Encoding %q", name, small.Header.Get("Content-Encoding"))
		}
	}
	if ct := get(a.URL("tokens.css"), "").Header.Get("Content-Type"); ct != "text/css; charset=utf-8" {
		t.Errorf("tokens.css is %q", ct)
	}
	if get(a.URL("ui.js"), "br;q=0").Header.Get("Content-Encoding") != "" {
		t.Error("brotli although it was refused")
	}
	if old := get("/assets/000000000000/tokens.css", ""); old.StatusCode != http.StatusOK || old.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("an address from before an upgrade: %d %q", old.StatusCode, old.Header.Get("Cache-Control"))
	}
	for _, path := range []string{"/assets/", "/assets/x", "/assets/" + a.hash + "/../ui.go", "/assets/" + a.hash + "/none.css"} {
		if res := get(path, ""); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}

// What a style sheet refers to is there, beside it.
func TestStylesheetAddresses(t *testing.T) {
	a := assets(t)
	found := 0
	for _, name := range a.Names() {
		if !strings.HasSuffix(name, ".css") {
			continue
		}
		css := string(a.files[name].plain)
		if strings.Count(css, "{") != strings.Count(css, "}") {
			t.Errorf("%s: braces do not match", name)
		}
		for _, m := range regexp.MustCompile(`url\("?([^")]+)"?\)`).FindAllStringSubmatch(css, -1) {
			found++
			if _, ok := a.files[m[1]]; !ok {
				t.Errorf("%s refers to %s", name, m[1])
			}
		}
		if strings.Contains(css, "@import") || strings.Contains(css, "http") && name != "base.css" {
			t.Errorf("%s leads elsewhere", name)
		}
	}
	if found == 0 {
		t.Error("no address found in any style sheet")
	}
}

// Each class the components use is drawn by some style sheet.
func TestClassesAreDrawn(t *testing.T) {
	a := assets(t)
	var css strings.Builder
	for _, name := range a.Names() {
		if strings.HasSuffix(name, ".css") {
			css.Write(a.files[name].plain)
		}
	}
	silent := map[string]bool{"is-open": true, "plain": true, "desk": true, "hot": true}
	for name, page := range pages(t) {
		walk(t, page, func(n *html.Node, attr func(string) (string, bool)) {
			v, _ := attr("class")
			for _, c := range strings.Fields(v) {
				if !silent[c] && !regexp.MustCompile(`\.`+regexp.QuoteMeta(c)+`[^a-zA-Z0-9_-]`).MatchString(css.String()) {
					t.Errorf("%s: class %q is nowhere drawn", name, c)
					silent[c] = true
				}
			}
		})
	}
}
