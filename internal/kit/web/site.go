package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/telemetry"
)

// Options are what a site needs.
type Options struct {
	DB        *db.DB
	Bundle    *lang.Bundle
	Log       *slog.Logger
	PublicURL string         // as people reach it; https here means https everywhere
	Language  string         // for whoever has not chosen one
	Proxies   []netip.Prefix // whose X-Forwarded-For and -Proto are believed
	Gate      Gate           // who is asking; nil: nobody ever is
	Metrics   *telemetry.Metrics
	Traces    *telemetry.Traces
	Admission *Admission // who is let in when there is no room for all; nil: everybody
	Clients   *Clients   // what one client may ask; nil: anything
	BodyLimit int64      // what a form or a call of the API may hold, in bytes; 0: 1 MiB
	// Patience bounds how long the first write of a request waits for the
	// database to begin with it; 0: as long as it takes.
	Patience time.Duration
	// Reading and Writing are how long somebody may take to send a part of a
	// large body, or to take in a part of a large answer; 0: the server's own.
	Reading, Writing time.Duration
	// Zone is that of an organisation; nil: always UTC.
	Zone func(ctx context.Context, org string) *time.Location
	// Problem draws a page about a problem; nil: a bare one.
	Problem func(c *Ctx, v ProblemView) templ.Component
	// ProblemFragment draws it within a page; nil: a bare paragraph.
	ProblemFragment func(c *Ctx, v ProblemView) templ.Component
}

// Gate is what the web kit asks of kit/auth.
type Gate interface {
	// Wrap loads the browser's session and saves it with the answer.
	Wrap(http.Handler) http.Handler
	// Identify says who is asking; the zero Actor is nobody. An error is a
	// credential that was offered and is no good.
	Identify(r *http.Request) (actor.Actor, error)
	// Seen keeps who saw what; the answer leaves only when it was kept.
	Seen(ctx context.Context, who actor.Actor, request string, what []Seen) error
	// Put and Pop keep a text in the browser's session until it is taken.
	Put(ctx context.Context, key, value string)
	Pop(ctx context.Context, key string) string
}

// Seen is one record that somebody saw.
type Seen struct{ Kind, ID string }

// Site is everything answered under one address. Make muxes for pages with
// NewMux and the API with NewAPI, mount what is left with Handle, then serve
// Handler.
type Site struct {
	opts   Options
	clock  clock.Clock
	root   *http.ServeMux
	routes []string // patterns of what was mounted, but for the API
	secure bool     // reached over https
}

// New makes a site without any routes.
func New(o Options) *Site {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.BodyLimit == 0 {
		o.BodyLimit = bodyLimit
	}
	return &Site{opts: o, clock: o.DB.Clock(), root: http.NewServeMux(), secure: strings.HasPrefix(o.PublicURL, "https://")}
}

// Handle mounts a plain handler, such as that of the assets.
func (s *Site) Handle(pattern string, h http.Handler) {
	s.routes = append(s.routes, pattern)
	s.root.Handle(pattern, h)
}

// Routes are the patterns of everything that was mounted, in that order; the
// operations of the API are in its own description.
func (s *Site) Routes() []string { return slices.Clone(s.routes) }

// URL is the absolute address of a path, for messages.
func (s *Site) URL(path string) string { return strings.TrimRight(s.opts.PublicURL, "/") + path }

// Handler gives the whole site behind the chain that every request passes:
// request id, log, panics, headers, cross-origin posts, session, who it is.
// Call it once, after all routes were mounted.
func (s *Site) Handler() http.Handler {
	h := s.identify(s.idempotent(s.route()))
	if s.opts.Gate != nil {
		session, bare := s.opts.Gate.Wrap(h), h
		h = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "" { // says who it is with every request
				bare.ServeHTTP(w, r)
				return
			}
			session.ServeHTTP(w, r)
		})
	}
	return s.outer(s.admit(s.sameOrigin(h)))
}

// route finds the handler, and answers what is not there in our own way.
func (s *Site) route() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := From(r.Context())
		_, pattern := s.root.Handler(r)
		if c.route = pattern; pattern != "" {
			arriving(w, r) // whoever reads it may have set a deadline of their own
			s.root.ServeHTTP(w, r)
			return
		}
		c.w, c.r = w, r
		err := errs.New(errs.NotFound, "page-not-found")
		if allow := s.allowed(r); allow != "" {
			w.Header().Set("Allow", allow)
			err = errs.New(MethodNotAllowed, "method-not-allowed")
		}
		s.fail(c, err)
	})
}

// allowed lists the methods under which a path does exist.
func (s *Site) allowed(r *http.Request) string {
	var list []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		probe := &http.Request{Method: m, URL: &url.URL{Path: r.URL.Path}, Host: r.Host}
		if _, pattern := s.root.Handler(probe); pattern != "" {
			list = append(list, m)
		}
	}
	return strings.Join(list, ", ")
}

// isAPI says whether a path belongs to the API, whose clients read problems as
// JSON and hold no session.
func isAPI(path string) bool { return strings.HasPrefix(path, "/api/") }
