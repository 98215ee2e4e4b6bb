package app

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/mail"
	"github.com/houvast/houvast/internal/surface/portal"
)

// axe is the accessibility checker, run inside the page.
//
//go:embed testdata/axe/axe.min.js
var axe string

// site is a running server on the day of the demo, whose clock stands still.
type site struct {
	*App
	url     string
	signIns []signIn
	clock   *clock.Sim
	box     *mail.Box
}

// demoNow is the moment at which the demo of the tests stands: a Thursday.
var demoNow = time.Date(2026, 11, 12, demoHour, demoMinute, 0, 0, mustZone())

func mustZone() *time.Location {
	loc, err := time.LoadLocation(demoZone)
	if err != nil {
		panic(err)
	}
	return loc
}

// needBrowser skips a test where there is no browser to be had.
func needBrowser(t *testing.T) {
	t.Helper()
	if os.Getenv("HOUVAST_TEST_BROWSER") == "" {
		t.Skip("needs a browser: set HOUVAST_TEST_BROWSER, and CHROMIUM to its path")
	}
}

// serveAt runs an application until the test ends. An empty one has nothing in
// it; a full one the stories of the demo.
func serveAt(t *testing.T, full bool) *site {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(config.Source{Flags: map[string]string{"listen": address, "db.path": filepath.Join(t.TempDir(), "demo.db")}})
	if err != nil {
		t.Fatal(err)
	}
	s := &site{url: cfg.PublicURL, clock: clock.NewSim(demoNow), box: &mail.Box{}}
	if full {
		d, err := playedDemo()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(cfg.DB.Path, d.file, 0o600); err != nil {
			t.Fatal(err)
		}
		s.signIns = d.signIns
	}
	if s.App, err = Open(t.Context(), Options{Config: cfg, Clock: s.clock, Log: kittest.Log(t), Mail: s.box, Confirms: true, Version: "test"}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() { ended <- s.Serve(ctx, func(string) { close(ready) }) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case <-ready:
	case err := <-ended:
		ended <- err
		t.Fatal(err)
	}
	return s
}

// playedDemo is the database of the demo, in which the stories were played; it
// is played once for all tests.
var playedDemo = sync.OnceValues(func() (d struct {
	file    []byte
	signIns []signIn
}, err error) {
	dir, err := os.MkdirTemp("", "houvast-played-")
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "demo.db")
	cfg, err := config.Load(config.Source{Flags: map[string]string{"db.path": path}})
	if err != nil {
		return d, err
	}
	o := DemoOptions{Config: cfg, Out: io.Discard, Err: io.Discard}
	if d.signIns, err = o.fill(context.Background(), demoNow); err != nil {
		return d, err
	}
	d.file, err = os.ReadFile(path)
	return d, err
})

// window is a browser tab of its own, with its own cookies.
type window struct {
	t    *testing.T
	s    *site
	ctx  context.Context
	look look
	logs chan string
}

type look struct {
	name          string
	width, height int64
	dark, phone   bool
	zoom          float64 // 2: everything twice as large, on the same screen
	lang          string
}

// browser opens a browser for one person.
func (s *site) browser(t *testing.T, l look) *window {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("lang", l.lang), chromedp.Flag("hide-scrollbars", true), chromedp.Flag("force-color-profile", "srgb"))
	if bin := os.Getenv("CHROMIUM"); bin != "" {
		opts = append(opts, chromedp.ExecPath(bin))
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(alloc)
	ctx, done := context.WithTimeout(ctx, 10*time.Minute)
	t.Cleanup(func() { done(); cancel(); stop() })
	w := &window{t: t, s: s, ctx: ctx, look: l, logs: make(chan string, 100)}
	zoom := max(l.zoom, 1)
	w.do(chromedp.EmulateViewport(int64(float64(l.width)/zoom), int64(float64(l.height)/zoom), chromedp.EmulateScale(zoom)))
	w.see(l)
	go func() {
		for m, err := range chromedp.Console(ctx) {
			if err != nil {
				return
			}
			if m.Type == "error" {
				select {
				case w.logs <- fmt.Sprint(m.Text):
				default:
				}
			}
		}
	}()
	return w
}

// see sets how the page is looked at.
func (w *window) see(l look) {
	w.t.Helper()
	scheme := "light"
	if l.dark {
		scheme = "dark"
	}
	if _, err := chromedp.Call(w.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *window) do(steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	if err := chromedp.Do(w.ctx, steps...); err != nil {
		w.t.Fatal(err)
	}
}

// open goes to a page and expects it to be answered.
func (w *window) open(path string) {
	w.t.Helper()
	resp, err := chromedp.Run(w.ctx, chromedp.NavigateResponse(w.s.url+path))
	if err != nil {
		w.t.Fatalf("%s: %v", path, err)
	}
	if resp != nil && resp.Status >= 400 {
		w.t.Fatalf("%s: status %d", path, resp.Status)
	}
}

// eval runs a script in the page.
func eval[T any](w *window, script string) T {
	w.t.Helper()
	v, err := chromedp.Run(w.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		w.t.Fatalf("%s: %v", script, err)
	}
	return v
}

// leave ends the session of whoever sits at the window.
func (w *window) leave() {
	w.t.Helper()
	if _, err := chromedp.Call(w.ctx, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
		w.t.Fatal(err)
	}
}

// scripts turns scripts on or off for the pages that follow.
func (w *window) scripts(on bool) {
	w.t.Helper()
	if _, err := chromedp.Call(w.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		w.t.Fatal(err)
	}
}

// signIn signs in by the form, as a person does.
func (w *window) signIn(email string) {
	w.t.Helper()
	w.open("/sign-in")
	w.do(chromedp.SendKeys(chromedp.CSS(`input[name="email"]`), email),
		chromedp.SendKeys(chromedp.CSS(`input[name="password"]`), demoPassword))
	if _, err := chromedp.RunResponse(w.ctx, chromedp.Click(chromedp.CSS(`main form button[type="submit"], main form .btn--primary`))); err != nil {
		w.t.Fatal(err)
	}
	if at := eval[string](w, `location.pathname`); !strings.HasPrefix(at, "/desk") {
		w.t.Fatalf("signing in as %s led to %s: %s", email, at, eval[string](w, `document.querySelector("main").innerText`))
	}
}

type axeFinding struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		HTML string   `json:"html"`
		At   []string `json:"target"`
		Why  string   `json:"failureSummary"`
	} `json:"nodes"`
}

// axeRules are all that axe has to say about WCAG 2.2 AA; axeColours those of
// them that can say something else about the same page in other colours.
const (
	axeRules   = `["wcag2a","wcag2aa","wcag21a","wcag21aa","wcag22aa","best-practice"]`
	axeColours = `{type: "rule", values: ["color-contrast", "link-in-text-block"]}`
)

// axe lets axe look at the page by some of its rules: nothing may be found.
func (w *window) axe(name, rules string, atLeast int) {
	w.t.Helper()
	raw := eval[string](w, `axe.run(document, {runOnly: `+rules+`, resultTypes: ["violations"]})
		.then(r => JSON.stringify({violations: r.violations, passes: r.passes.length}))`)
	var found struct {
		Violations []axeFinding `json:"violations"`
		Passes     int          `json:"passes"`
	}
	if err := json.Unmarshal([]byte(raw), &found); err != nil {
		w.t.Fatal(err)
	}
	if found.Passes+len(found.Violations) < atLeast {
		w.t.Errorf("%s: axe checked only %d rules: it did not see the page", name, found.Passes)
	}
	for _, v := range found.Violations {
		for _, n := range v.Nodes {
			w.t.Errorf("%s: axe %s (%s): %s\n  at %v\n  %s\n  %s", name, v.ID, v.Impact, v.Help, n.At, n.HTML, n.Why)
		}
	}
}

// checkColours looks at a page that checkAccess has found good once more, in
// other colours.
func (w *window) checkColours(name string, l look) {
	w.t.Helper()
	w.see(l)
	w.axe(name, axeColours, 1)
	w.quiet(name)
}

// checkAccess looks at the page: axe finds nothing (WCAG 2.2 AA), it is no
// wider than the screen, no sentence is missing, the browser is content.
func (w *window) checkAccess(name string) {
	w.t.Helper()
	eval[bool](w, axe+`;true`)
	w.axe(name, axeRules, 10)
	if wide := eval[int64](w, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); wide > 0 {
		w.t.Errorf("%s: the page is %d pixels wider than the screen: %s", name, wide, eval[string](w, `(() => {
			const edge = document.documentElement.clientWidth, out = [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > edge + 1);
			return out.filter(e => !out.some(o => o !== e && e.contains(o))).slice(0, 3).map(e => e.outerHTML.slice(0, 120) + " in " + e.parentElement.outerHTML.slice(0, 120)).join("; ") })()`))
	}
	if lost := eval[string](w, `(document.body.innerText.match(/⟦[^⟧]*⟧/g) || []).join(" ")`); lost != "" {
		w.t.Errorf("%s: sentences are missing: %s", name, lost)
	}
	w.quiet(name)
}

// quiet fails when the browser complained about something.
func (w *window) quiet(name string) {
	w.t.Helper()
	for {
		select {
		case m := <-w.logs:
			w.t.Errorf("%s: the browser complains: %s", name, m)
			continue
		default:
		}
		break
	}
}

// picture keeps a picture of the page when pictures are asked for.
func (w *window) picture(name string) {
	w.t.Helper()
	dir := os.Getenv("HOUVAST_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(w.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		w.t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// customer is somebody in the demo with an open question.
type customer struct{ org, id, caseID, question, born string }

// personWithQuestion finds the customer of the demo with the most to see: an
// open question at the desk's practice, and a birth date to confirm with.
func (s *site) personWithQuestion(t *testing.T) (c customer) {
	t.Helper()
	err := s.DB.Read(t.Context(), func(q db.Q) error {
		orgs, err := org.Partners(q, "", "", 50)
		if err != nil {
			return err
		}
		most := 0
		for _, o := range orgs {
			members, err := org.Active(q, o.ID, 200)
			if err != nil {
				return err
			}
			home := false
			for _, m := range members {
				home = home || m.Name == deskUser
			}
			if !home {
				continue
			}
			list, err := casefile.List(q, o.ID, casefile.Filter{}, time.Time{}, "", 200)
			if err != nil {
				return err
			}
			for _, x := range list {
				p, err := person.ByID(q, o.ID, x.Asker)
				if err != nil {
					return err
				}
				facts, err := ledger.Timeline(q, o.ID, x.ID, "", 500)
				if err != nil {
					return err
				}
				if p.BirthDate != "" && len(facts) > most {
					most = len(facts)
					c = customer{org: o.ID, id: x.Asker, caseID: x.ID, question: x.Question, born: p.BirthDate}
				}
			}
		}
		return nil
	})
	if err != nil || c.id == "" {
		t.Fatalf("nobody in the demo has an open question: %v", err)
	}
	return c
}

func (s *site) emailOf(t *testing.T, name string) string {
	t.Helper()
	for _, x := range s.signIns {
		if x.Name == name {
			return x.Email
		}
	}
	t.Fatalf("%s does not work in the demo", name)
	return ""
}

// linkFor makes a personal link, as a message holds it.
func (s *site) linkFor(t *testing.T, c customer) string {
	t.Helper()
	var token string
	err := s.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
		token, err = s.services.auth.Links().Issue(tx, c.org, c.id, c.question, "", time.Hour)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return portal.Home + "/" + token
}

// asCustomer opens a link and presses the button, as the customer does.
func (w *window) asCustomer(link string) {
	w.t.Helper()
	w.open(link)
	if _, err := chromedp.RunResponse(w.ctx, chromedp.Click(chromedp.CSS(`main form button`))); err != nil {
		w.t.Fatal(err)
	}
}

// confirm shows with the birth date that it is them.
func (w *window) confirm(born string) {
	w.t.Helper()
	w.open(portal.Home + "/confirm")
	fields := eval[string](w, `[...document.querySelectorAll("main input:not([type=hidden])")].map(i => i.name + ":" + i.type).join(" ")`)
	day, err := time.Parse("2006-01-02", born)
	if err != nil {
		w.t.Fatal(err)
	}
	w.do(chromedp.Evaluate[chromedp.Void](`(() => {
		const pick = document.querySelector("input[type=radio][value=birth-date]"); if (pick) pick.checked = true;
		for (const [k, v] of Object.entries({day: "` + day.Format("2") + `", month: "` + day.Format("1") + `", year: "` + day.Format("2006") + `", birth_date: "` + day.Format("02-01-2006") + `", date: "` + day.Format("02-01-2006") + `", born: "` + day.Format("02-01-2006") + `"}))
			for (const i of document.getElementsByName(k)) i.value = v;
	})()`))
	if _, err := chromedp.RunResponse(w.ctx, chromedp.Click(chromedp.CSS(`form:has(input[value="birth-date"]) button`))); err != nil {
		w.t.Fatalf("confirming with %s: %v", fields, err)
	}
	if at := eval[string](w, `location.pathname`); at != portal.Home {
		w.t.Fatalf("confirming (%s) led to %s: %s", fields, at, eval[string](w, `document.querySelector("main").innerText`))
	}
}

// speak makes the desk speak a language to somebody.
func (s *site) speak(t *testing.T, email, language string) {
	t.Helper()
	err := s.DB.Write(t.Context(), func(tx *db.Tx) error {
		a, ok, err := auth.AccountByEmail(tx, email)
		if err != nil || !ok {
			return fmt.Errorf("account of %s: %v, %w", email, ok, err)
		}
		return auth.UpdateAccount(tx, a.ID, a.Name, language)
	})
	if err != nil {
		t.Fatal(err)
	}
}
