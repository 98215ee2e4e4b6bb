package portal

import (
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/surface/portal/html"
)

// look answers the address in a message: a page with one button. It reads
// whether the link is alive and nothing else, and names nobody but the
// organisation.
func (s *Surface) look(c *web.Ctx) error {
	token := c.Path("token")
	org := auth.OrgOfLink(token)
	if err := s.Auth.Links().Look(c.Context(), token); err != nil {
		return s.ended(c, org, err)
	}
	c.Actor = actor.Actor{Org: org}
	o, err := s.organisation(c)
	if err != nil {
		return err
	}
	// The form posts to the page's own address, so that the token is not
	// written anywhere else.
	return c.Page(web.Page{Title: c.P.T("portal.title"), Body: html.Open(html.OpenView{Org: o.Name, Phone: o.Phone})})
}

// open exchanges the token for a session in this browser and leads on to the
// page, whose address holds no secret.
func (s *Surface) open(c *web.Ctx) error {
	if err := s.limit.Allow(c.Addr(), c.Now()); err != nil {
		return err
	}
	token, links := c.Path("token"), s.Auth.Links()
	fresh, err := links.Open(c.Context(), token)
	if err != nil {
		return s.ended(c, auth.OrgOfLink(token), err)
	}
	// Somebody who showed who they are in this browser need not do so again
	// for every message about the same question. The opening was logged.
	if old := auth.LinkToken(c); old != "" {
		ses, err := links.Session(c.Context(), old)
		switch {
		case errs.ClassOf(err) == errs.Internal && err != nil:
			return err
		case err == nil && ses.Confirmed && ses.Org == fresh.Org && ses.Question == fresh.Question && ses.Person == fresh.Person:
			if err := links.Close(c.Context(), fresh.Token); err != nil {
				return err
			}
			return c.Redirect(Home)
		}
	}
	s.Auth.SetLinkCookie(c, fresh, Home)
	return c.Redirect(Home)
}

// leave ends the session here; the link in the message stays what it is.
func (s *Surface) leave(c *web.Ctx) error {
	if token := auth.LinkToken(c); token != "" {
		if err := s.Auth.Links().Close(c.Context(), token); err != nil {
			return err
		}
	}
	s.Auth.ClearLinkCookie(c, Home)
	return c.Redirect(Home + "/left")
}

func (s *Surface) left(c *web.Ctx) error {
	return c.Page(web.Page{Title: c.P.T("portal.left.title"), Body: html.Left()})
}
