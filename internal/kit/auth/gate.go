package auth

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
)

var _ web.Gate = (*Service)(nil)

// Identify implements web.Gate: by bearer token when there is one, else by the
// browser's session. A session that is over is nobody; a token that is no good
// is an error, so that a client notices.
func (s *Service) Identify(r *http.Request) (actor.Actor, error) {
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, token, _ := strings.Cut(h, " ")
		token = strings.TrimSpace(token)
		switch {
		case !strings.EqualFold(scheme, "Bearer"):
		case strings.HasPrefix(token, sessionPrefix):
			return s.bySessionToken(r.Context(), token)
		case strings.HasPrefix(token, keyPrefix):
			return s.byKey(r.Context(), token)
		}
		return actor.Actor{}, errs.New(errs.Unauthorised, "credential-unknown")
	}
	if !hasSession(r.Context()) {
		return actor.Actor{}, nil
	}
	account, org := s.scs.GetString(r.Context(), keyAccount), s.scs.GetString(r.Context(), keyOrg)
	if account == "" || s.locked(r.Context()) { // behind a lock there is nobody
		return actor.Actor{}, nil
	}
	var who actor.Actor
	err := s.db.Read(r.Context(), func(q db.Q) error {
		a, ok, err := findAccount(q, account)
		if err != nil || !ok || a.Disabled {
			return err
		}
		who, err = s.memberIn(q, a, org)
		return err
	})
	if errs.TypeOf(err) == "no-membership" { // deactivated meanwhile
		return actor.Actor{}, nil
	}
	return who, err
}

func (s *Service) bySessionToken(ctx context.Context, token string) (who actor.Actor, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		row, ses, plain, err := bySession(q, token)
		if err == nil {
			who = view(row, ses, plain).Actor()
		}
		return err
	})
	return who, err
}

// Staff is a web.Guard: pages for members only. Whoever is not signed in is
// sent to signIn, which finds the way back in ?next=.
func (s *Service) Staff(signIn string) web.Guard {
	return func(c *web.Ctx) error {
		if c.Actor.Kind == actor.Staff {
			return nil
		}
		locked, to := s.locked(c.Context()), signIn
		if locked {
			to = LockedAt
		}
		if c.Request().Method == http.MethodGet && !c.IsFragment() && c.Request().Header.Get("Accept") != "text/event-stream" {
			return web.RedirectTo(to + "?next=" + url.QueryEscape(c.Request().URL.RequestURI()))
		}
		if locked {
			return errs.New(errs.Unauthorised, "screen-locked")
		}
		return errs.New(errs.Unauthorised, "sign-in-needed")
	}
}

// linkCookie holds the session of a customer's link.
const linkCookie = "hv_page"

// Customer is a web.Guard: pages for whoever holds a link. It looks at the
// link's cookie only, so that a member of staff who opens a link is there as
// the customer.
func (s *Service) Customer(c *web.Ctx) error {
	c.Actor = actor.Actor{}
	who, err := s.bySessionToken(c.Context(), LinkToken(c))
	if err == nil {
		c.Actor = who
	}
	return err
}

// LinkToken is the token in the link's cookie of this page, or "".
func LinkToken(c *web.Ctx) string {
	if k, err := c.Request().Cookie(linkCookie); err == nil {
		return k.Value
	}
	return ""
}

// SetLinkCookie gives the browser a link's session, for one path and what is
// below it: pages of several questions do not get in each other's way.
func (s *Service) SetLinkCookie(c *web.Ctx, l LinkSession, path string) {
	http.SetCookie(c.ResponseWriter(), &http.Cookie{Name: linkCookie, Value: l.Token, Path: path, Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// ClearLinkCookie takes it away again.
func (s *Service) ClearLinkCookie(c *web.Ctx, path string) {
	http.SetCookie(c.ResponseWriter(), &http.Cookie{Name: linkCookie, Path: path, MaxAge: -1, Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// Module is what this package hands to the application.
func (s *Service) Module() module.Module {
	return module.Module{Name: "auth", Migrations: Migrations, Lang: &Lang, API: s.api, Jobs: []job.Kind{{
		Name: "auth.forget", Every: time.Hour, Handle: s.forget,
	}}}
}

// forget removes what is over: sessions, tokens, failures, links a year old.
func (s *Service) forget(ctx context.Context, _ job.Job) error {
	for {
		var n int64
		err := s.db.Write(ctx, func(t *db.Tx) (err error) {
			now := t.Now()
			n, err = purge(t, now.Add(-sessionIdle), now.Add(-sessionLife), now.Add(-forgetFails), now.AddDate(-1, 0, 0))
			return err
		})
		if err != nil || n < 500 {
			return err
		}
	}
}
