package web

import (
	"errors"
	"net/http"
)

// Handler answers a request, or says why not.
type Handler func(c *Ctx) error

// Guard runs before each handler of a mux; an error is the answer. It may set
// c.Actor.
type Guard func(c *Ctx) error

// bodyLimit is how much a form may hold, unless the options or its route say
// otherwise.
const bodyLimit = 1 << 20

// Mux gathers the pages of one surface, which share a layout and guards.
type Mux struct {
	site   *Site
	layout Layout
	guards []Guard
}

// NewMux makes a mux whose pages stand in a layout.
func NewMux(s *Site, l Layout, guards ...Guard) *Mux {
	return &Mux{site: s, layout: l, guards: guards}
}

// Get registers a page: a read that changes nothing.
func (m *Mux) Get(pattern string, h Handler) {
	m.handle(http.MethodGet, pattern, m.site.opts.BodyLimit, h)
}

// Post registers what a form does.
func (m *Mux) Post(pattern string, h Handler) {
	m.handle(http.MethodPost, pattern, m.site.opts.BodyLimit, h)
}

// Upload registers a form that may hold up to limit bytes, such as a document.
func (m *Mux) Upload(pattern string, limit int64, h Handler) {
	m.handle(http.MethodPost, pattern, limit, h)
}

// Site is the site the mux belongs to.
func (m *Mux) Site() *Site { return m.site }

func (m *Mux) handle(method, pattern string, limit int64, h Handler) {
	m.site.routes = append(m.site.routes, method+" "+pattern)
	m.site.root.HandleFunc(method+" "+pattern, func(w http.ResponseWriter, r *http.Request) {
		if r.Body = http.MaxBytesReader(w, r.Body, limit); limit > m.site.opts.BodyLimit && m.site.opts.Reading > 0 {
			r.Body = &flowing{ReadCloser: r.Body, w: w, patience: m.site.opts.Reading}
		}
		c := From(r.Context())
		c.w, c.r, c.layout = w, r, m.layout
		err := m.run(c, h)
		var to redirect
		if errors.As(err, &to) {
			err = c.Redirect(to.to)
		}
		if err != nil {
			m.site.fail(c, err)
		} else if a := answerOf(w); a != nil && a.ledAway() {
			m.site.sentDraft(c)
		}
	})
}

func (m *Mux) run(c *Ctx, h Handler) error {
	before := c.Actor
	for _, g := range m.guards {
		if err := g(c); err != nil {
			return err
		}
	}
	if c.Actor != before { // perhaps another language or zone
		c.P = m.site.printer(c.r, c.Actor)
	}
	return m.onceForm(c, h)
}

// redirect is an error of a guard that sends the reader elsewhere.
type redirect struct{ to string }

func (r redirect) Error() string { return "redirect" }

// RedirectTo is the error by which a guard sends the reader to another path.
func RedirectTo(path string) error { return redirect{path} }
