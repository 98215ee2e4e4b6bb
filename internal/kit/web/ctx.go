package web

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/telemetry"
)

// Ctx is one request on its way to its answer.
type Ctx struct {
	Actor actor.Actor  // who is asking; the zero Actor is nobody
	P     lang.Printer // in the language and zone of who is asking
	ID    string       // of the request: in the log, and shown with a problem

	site   *Site
	layout Layout
	w      http.ResponseWriter
	r      *http.Request
	route  string // pattern, for the log: a path may hold a link's secret
	failed string // type of the problem that was answered
	secret bool   // the answer holds a secret that is told once
	live   bool   // a stream of events, which is not slow because it lasts
	resend *Resend
	trace  string // id of the trace it is a part of

	place   *seat       // what it holds while it is worked on
	counted client      // under whose name it is counted
	wait    db.Patience // of its first write
	span    telemetry.Span

	mu    sync.Mutex
	seen  []Seen
	forms int // drawn on the page so far
}

type ctxKey struct{}

// within is the context of a request: one value for all that is looked up in it.
type within struct {
	context.Context
	c *Ctx
}

// Value implements context.Context.
func (w within) Value(key any) any {
	switch key.(type) {
	case ctxKey:
		return w.c
	case db.PatienceKey:
		return &w.c.wait
	}
	return w.Context.Value(key)
}

// From gives the request's Ctx; nil outside a request.
func From(ctx context.Context) *Ctx {
	c, _ := ctx.Value(ctxKey{}).(*Ctx)
	return c
}

// Actor is who is asking: for API handlers, which get a plain context.
func Actor(ctx context.Context) actor.Actor {
	if c := From(ctx); c != nil {
		return c.Actor
	}
	return actor.Actor{}
}

// Printer is the printer of the request: for API handlers.
func Printer(ctx context.Context) lang.Printer {
	if c := From(ctx); c != nil {
		return c.P
	}
	return lang.Printer{}
}

// Saw notes that the answer shows a record: for API handlers.
func Saw(ctx context.Context, kind string, ids ...string) {
	if c := From(ctx); c != nil {
		c.Saw(kind, ids...)
	}
}

// Secret marks the answer as holding a secret that is told once: it is not
// kept to be given again under an Idempotency-Key. For API handlers.
func Secret(ctx context.Context) {
	if c := From(ctx); c != nil {
		c.secret = true
	}
}

// Context of the request; it ends when the reader leaves.
func (c *Ctx) Context() context.Context { return c.r.Context() }

// Request is the request itself.
func (c *Ctx) Request() *http.Request { return c.r }

// ResponseWriter is for what Page and Fragment cannot do: files, headers.
func (c *Ctx) ResponseWriter() http.ResponseWriter { return c.w }

// Now is the business time, frozen at the start of the request.
func (c *Ctx) Now() time.Time { return c.P.Now() }

// Path is a {name} of the pattern; "" when it cannot be text.
func (c *Ctx) Path(name string) string {
	s := c.r.PathValue(name)
	if !clean(s) || len(s) > maxField {
		return ""
	}
	return s
}

// Query is a parameter of the address, trimmed; "" when it cannot be text.
func (c *Ctx) Query(name string) string {
	s := strings.TrimSpace(c.r.URL.Query().Get(name))
	if !clean(s) || len(s) > maxField {
		return ""
	}
	return s
}

// IsFragment says whether htmx asks for a part of a page. The refresh of a
// live page asks for the whole one.
func (c *Ctx) IsFragment() bool {
	return c.r.Header.Get("HX-Request") == "true" && c.r.Header.Get("HX-Request-Type") != "full"
}

// Saw notes that the answer shows records. It is kept before the answer
// leaves (decision 19); without an organisation there is nothing to keep.
func (c *Ctx) Saw(kind string, ids ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range ids {
		if s := (Seen{kind, id}); id != "" && !slices.Contains(c.seen, s) {
			c.seen = append(c.seen, s)
		}
	}
}

// takeSeen gives what is not kept yet.
func (c *Ctx) takeSeen() []Seen {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.seen
	c.seen = nil
	return list
}

// Page is one page within a layout. Status 0 is 200.
type Page struct {
	Title  string
	Nav    string // Key of the navigation entry it belongs to
	Status int
	Class  string // of <main>
	Failed bool   // the answer to a form that was not accepted
	Live   string // address of the event stream, when the page is live
	About  string // "case:<id>": who else has the page open is shown on it
	Body   templ.Component
}

// Layout puts a page's body into the whole document.
type Layout func(c *Ctx, p Page) (templ.Component, error)

// Page answers with a page in the layout of the mux. A failed form without a
// status is 422.
func (c *Ctx) Page(p Page) error {
	if p.Status == 0 {
		p.Status = http.StatusOK
		if p.Failed {
			p.Status = http.StatusUnprocessableEntity
		}
	}
	doc, err := c.layout(c, p)
	if err != nil {
		return err
	}
	return c.render(p.Status, doc)
}

// Fragment answers htmx with a part of a page. The component brings its own
// words along (ui.Fragment).
func (c *Ctx) Fragment(part templ.Component) error { return c.render(http.StatusOK, part) }

// FragmentStatus is Fragment with another status, such as 422.
func (c *Ctx) FragmentStatus(status int, part templ.Component) error { return c.render(status, part) }

// Redirect goes to a path of this site with 303, also for htmx.
func (c *Ctx) Redirect(path string) error {
	path = local(path)
	if c.IsFragment() { // htmx would follow by itself and show a page within a page
		c.w.Header().Set("HX-Redirect", path)
		c.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	c.w.Header().Set("Location", path)
	c.w.WriteHeader(http.StatusSeeOther)
	return nil
}

// NotModified answers 304.
func (c *Ctx) NotModified() error {
	c.w.WriteHeader(http.StatusNotModified)
	return nil
}

// NoContent answers 204.
func (c *Ctx) NoContent() error {
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// local keeps an address on this site, whatever it says.
func local(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}

// Toast is what the next page says once about what was done.
type Toast struct {
	Text string `json:"text"`
	Undo string `json:"undo,omitempty"` // where undoing posts to
}

const toastKey = "toast"

// Toast makes the next page say a sentence of the catalogue.
func (c *Ctx) Toast(key string, params ...any) { c.putToast(Toast{Text: c.P.T(key, params...)}) }

// ToastUndo is Toast with an address that undoes what was done.
func (c *Ctx) ToastUndo(undo, key string, params ...any) {
	c.putToast(Toast{Text: c.P.T(key, params...), Undo: local(undo)})
}

func (c *Ctx) putToast(t Toast) {
	if c.site.opts.Gate == nil {
		return
	}
	b, err := json.Marshal(t)
	if err != nil { // two strings always marshal
		return
	}
	c.site.opts.Gate.Put(c.Context(), toastKey, string(b))
}

// TakeToast gives what the page has to say, once; layouts call it.
func (c *Ctx) TakeToast() *Toast {
	if c.site.opts.Gate == nil {
		return nil
	}
	var t Toast
	if s := c.site.opts.Gate.Pop(c.Context(), toastKey); s == "" || json.Unmarshal([]byte(s), &t) != nil {
		return nil
	}
	return &t
}
