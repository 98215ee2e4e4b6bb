package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/telemetry"
)

// policy keeps everything on this site: no script, style or frame from
// elsewhere, and none inside a page.
const policy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

// outer is the first and last thing a request meets: it gets an id, headers, a
// Ctx and a line in the log; a panic becomes an answer.
func (s *Site) outer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := clock.Machine.Now()
		s.opts.Metrics.Began()
		defer s.opts.Metrics.Ended()
		a := &answer{ResponseWriter: w, site: s, since: start}
		c := &Ctx{ID: s.opts.DB.NewID("req"), site: s, w: a}
		c.wait.Most = s.opts.Patience
		a.c = c
		ctx, span := s.opts.Traces.Request(r)
		if c.span, c.trace = span, span.ID(); c.trace == "" {
			c.trace = telemetry.TraceOf(r.Header.Get("Traceparent"))
		}
		r = r.WithContext(within{ctx, c})
		arriving(a, r)
		c.r = r
		c.P = s.printer(r, actor.Actor{})
		s.headers(a.Header(), c.ID)
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares it in the same way
					panic(p)
				}
				s.opts.Metrics.Panicked()
				c.w = a // what is in between may be what broke
				s.fail(c, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
			}
			took := clock.Machine.Since(start)
			if !c.live {
				s.opts.Metrics.Request(c.path(), r.Method, a.Status(), took)
			}
			s.traced(c, r, a.Status())
			line := []any{"request", c.ID, "method", r.Method, "route", c.route, "status", a.Status(),
				"bytes", a.bytes, "took_ms", took.Milliseconds(), "kind", string(c.Actor.Kind), "org", c.Actor.Org, "type", c.failed, "trace", c.trace}
			if c.trace == "" {
				line = line[:len(line)-2]
			}
			s.opts.Log.Info("request", line...)
		}()
		next.ServeHTTP(a, r)
	})
}

// traced ends the span of a request, called by its route.
func (s *Site) traced(c *Ctx, r *http.Request, status int) {
	if !c.span.On() {
		return
	}
	name := c.route
	if name == "" {
		name = r.Method
	}
	c.span.Name(name)
	c.span.Set(slog.String("route", c.route), slog.Int("status", status), slog.String("request", c.ID), slog.String("kind", string(c.Actor.Kind)),
		slog.String("org", c.Actor.Org), slog.String("type", c.failed))
	var err error
	if status >= 500 {
		err = errs.New(errs.Internal, c.failed)
	}
	c.span.End(err)
}

// path is the pattern of the route without its method.
func (c *Ctx) path() string {
	if _, path, ok := strings.Cut(c.route, " "); ok {
		return path
	}
	return c.route
}

func (s *Site) headers(h http.Header, request string) {
	h.Set("X-Request-Id", request)
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	// Not "no-referrer": browsers then send "Origin: null" with our own forms,
	// and over plain http that is all sameOrigin has to go by.
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store") // files that may be kept say so themselves
	if s.secure {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
}

// sameOrigin refuses posts that another site makes a browser send.
func (s *Site) sameOrigin(next http.Handler) http.Handler {
	p := http.NewCrossOriginProtection()
	if u, err := url.Parse(s.opts.PublicURL); err == nil && u.Host != "" {
		// Behind a proxy the Host header may be another than people see.
		if err := p.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			s.opts.Log.Warn("the public address is not an origin", "err", err)
		}
	}
	p.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Fail(w, r, errs.New(errs.Forbidden, "cross-origin"))
	}))
	return p.Handler(next)
}

// identify says who is asking, before any handler.
func (s *Site) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := From(r.Context())
		c.w, c.r = w, r
		if s.opts.Gate != nil {
			who, err := s.opts.Gate.Identify(r)
			if err != nil {
				s.fail(c, err)
				return
			}
			c.Actor = who
			c.P = s.printer(r, who)
		}
		s.bounded(c, w, r, next)
	})
}

// printer speaks the language of who is asking: of the account, else the
// cookie "lang", else what the client asks for, else the site's own. An API
// client that asks for a language gets it whoever's key it uses.
func (s *Site) printer(r *http.Request, who actor.Actor) lang.Printer {
	asked := fromHeader(r.Header.Get("Accept-Language"))
	code := who.Language
	if isAPI(r.URL.Path) && asked != "" {
		code = asked
	}
	if code == "" {
		if k, err := r.Cookie("lang"); err == nil && (k.Value == lang.Dutch || k.Value == lang.English) {
			code = k.Value
		}
	}
	if code == "" {
		code = asked
	}
	if code == "" {
		code = s.opts.Language
	}
	now := s.clock.Now()
	p := s.opts.Bundle.Printer(code, nil, now)
	if s.opts.Zone != nil && who.Org != "" {
		p = s.opts.Bundle.Printer(code, s.opts.Zone(r.Context(), who.Org), now)
	}
	return p
}

// fromHeader gives the first language a client likes that we speak.
func fromHeader(header string) string {
	if header == "" || len(header) > 1000 {
		return ""
	}
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return ""
	}
	for _, t := range tags {
		switch base, _ := t.Base(); base.String() {
		case "nl":
			return lang.Dutch
		case "en":
			return lang.English
		}
	}
	return ""
}

// ClientAddr is the address a request came from: what a trusted proxy says,
// else who holds the connection.
func (s *Site) ClientAddr(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	a = a.Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusted(a); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		a = next.Unmap()
	}
	return a
}

func (s *Site) trusted(a netip.Addr) bool {
	for _, p := range s.opts.Proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// answer counts what goes out and lets nothing out before it was kept who saw
// it: the first byte waits for the access log.
type answer struct {
	http.ResponseWriter
	site   *Site
	c      *Ctx
	status int
	bytes  int64
	broken bool // what the handler writes is thrown away

	since time.Time // who reads it was last given time to
	fresh int64     // bytes written since then
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// ledAway says whether the answer led elsewhere, by which a form says that it
// was done.
func (a *answer) ledAway() bool {
	return a.status == http.StatusSeeOther || a.Header().Get("HX-Redirect") != ""
}

// Status is what was answered; 200 when nothing was said.
func (a *answer) Status() int {
	if a.status == 0 {
		return http.StatusOK
	}
	return a.status
}

func (a *answer) WriteHeader(status int) {
	if a.status != 0 || status < 200 {
		if a.status == 0 {
			a.ResponseWriter.WriteHeader(status)
		}
		return
	}
	if seen := a.c.takeSeen(); len(seen) > 0 && a.site.opts.Gate != nil && status < 400 {
		if err := a.site.opts.Gate.Seen(a.c.Context(), a.c.Actor, a.c.ID, seen); err != nil {
			a.unkept(err)
			return
		}
	}
	a.status = status
	a.giveTime(0)
	a.ResponseWriter.WriteHeader(status)
}

// unkept answers that nothing can be shown because it cannot be kept who saw it.
func (a *answer) unkept(err error) {
	for _, h := range []string{"Content-Type", "Content-Length", "Content-Encoding", "Content-Disposition", "Etag", "Last-Modified"} {
		a.Header().Del(h)
	}
	a.c.w = a
	if errs.ClassOf(err) != errs.Unavailable && !errors.Is(err, context.Canceled) {
		err = errs.New(errs.Unavailable, "access-log").Wrap(err)
	}
	a.site.fail(a.c, err)
	a.broken = true
}

func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if a.broken {
		return len(b), nil
	}
	a.giveTime(len(b))
	n, err := a.ResponseWriter.Write(b)
	a.bytes += int64(n)
	return n, err
}
