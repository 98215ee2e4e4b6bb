package desk

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
	"github.com/houvast/houvast/internal/surface/desk/html"
)

// next keeps the way back on this site, and away from signing in again.
func next(s string) string {
	if !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.ContainsAny(s, "\\\r\n\t") ||
		strings.HasPrefix(s, SignIn) || strings.HasPrefix(s, "/choose") || strings.HasPrefix(s, auth.LockedAt) || s == Events {
		return Home
	}
	return s
}

func (d *Desk) signInPage(c *web.Ctx) error {
	if c.Actor.Kind == actor.Staff {
		return c.Redirect(next(c.Query("next")))
	}
	if d.Setup != nil {
		if needed, err := d.Setup.Needed(c.Context()); err != nil || needed {
			if err == nil {
				err = c.Redirect(SetUp)
			}
			return err
		}
	}
	return d.showSignIn(c, html.SignInView{Next: next(c.Query("next"))})
}

func (d *Desk) showSignIn(c *web.Ctx, v html.SignInView) error {
	return c.Page(web.Page{Title: c.P.T("desk.signin.title"), Class: "setup", Failed: v.Problem != "", Body: html.SignIn(v)})
}

func (d *Desk) signIn(c *web.Ctx) error {
	var in struct {
		Email    string `form:"email"`
		Password string `form:"password"`
		Next     string `form:"next"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	// Spaces at the ends may belong to a password; Decode takes them off.
	signed, err := d.Auth.SignIn(c.Context(), in.Email, c.Request().PostFormValue("password"))
	if err != nil {
		summary, _, ok := web.FormErrors(err, c.P)
		if errs.TypeOf(err) == "no-membership" {
			e, _ := errs.As(err)
			_, summary = c.P.Problem(e)
			ok = true
		}
		if !ok {
			return err
		}
		if errs.ClassOf(err) == errs.TooMany {
			e, _ := errs.As(err)
			v := html.SignInView{Next: next(in.Next), Email: in.Email, Problem: summary}
			if wait, isTime := e.Params["Seconds"].(int); isTime {
				v.Again = c.Now().Add(seconds(wait))
			}
			return c.Page(web.Page{Title: c.P.T("desk.signin.title"), Class: "setup", Failed: true, Status: http.StatusTooManyRequests, Body: html.SignIn(v)})
		}
		return d.showSignIn(c, html.SignInView{Next: next(in.Next), Email: in.Email, Problem: summary})
	}
	if len(signed.Others) > 1 {
		return c.Redirect("/choose?next=" + url.QueryEscape(next(in.Next)))
	}
	return c.Redirect(next(in.Next))
}

func (d *Desk) signOut(c *web.Ctx) error {
	if err := d.Auth.SignOut(c.Context()); err != nil {
		return err
	}
	return c.Redirect(SignIn)
}

func (d *Desk) choosePage(c *web.Ctx) error {
	if c.Actor.Kind != actor.Staff {
		return c.Redirect(SignIn)
	}
	places, err := d.places(c)
	if err != nil {
		return err
	}
	v := html.ChooseView{Next: next(c.Query("next"))}
	for _, m := range places {
		v.Places = append(v.Places, html.Place{ID: m.Org, Name: m.OrgName, Note: c.P.T("role." + string(m.Role)), Current: m.Org == c.Actor.Org})
	}
	return c.Page(web.Page{Title: c.P.T("desk.choose.title"), Class: "setup", Body: html.Choose(v)})
}

func (d *Desk) choose(c *web.Ctx) error {
	var in struct {
		Org  string `form:"org"`
		Next string `form:"next"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	before := c.Actor.Org
	if _, err := d.Auth.Switch(c.Context(), in.Org); err != nil {
		return err
	}
	if in.Org != before { // what was open there is not here
		in.Next = Home
	}
	return c.Redirect(next(in.Next))
}

// language keeps the chosen language in a cookie, and for somebody signed in
// with the account too. A link from another site changes no account.
func (d *Desk) language(c *web.Ctx) error {
	to := c.Query("to")
	if to != lang.Dutch && to != lang.English {
		return errs.New(errs.NotFound, "page-not-found")
	}
	back := c.Query("next")
	if !strings.HasPrefix(back, "/") || strings.HasPrefix(back, "//") {
		back = "/"
	}
	http.SetCookie(c.ResponseWriter(), &http.Cookie{Name: "lang", Value: to, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: strings.HasPrefix(c.Request().Header.Get("X-Forwarded-Proto"), "https") || c.Request().TLS != nil})
	if c.Actor.Account != "" {
		if s := c.Request().Header.Get("Sec-Fetch-Site"); s != "same-origin" {
			return c.Redirect("/desk/me#language")
		}
		if err := d.setLanguage(c, to); err != nil {
			return err
		}
	}
	return c.Redirect(back)
}

func (d *Desk) setLanguage(c *web.Ctx, to string) error {
	return d.DB.Write(c.Context(), func(t *db.Tx) error {
		a, err := auth.AccountOf(t, c.Actor.Account)
		if err != nil {
			return err
		}
		return auth.UpdateAccount(t, a.ID, a.Name, to)
	})
}

func (d *Desk) invitationPage(c *web.Ctx) error {
	a, err := d.Auth.Invited(c.Context(), c.Path("token"))
	if err != nil {
		return err
	}
	return d.showInvitation(c, html.InvitationView{Name: a.Name, Email: a.Email, Action: c.Request().URL.Path})
}

func (d *Desk) showInvitation(c *web.Ctx, v html.InvitationView) error {
	return c.Page(web.Page{Title: c.P.T("desk.invitation.title"), Class: "setup", Failed: len(v.Errors) > 0, Body: html.Invitation(v)})
}

func (d *Desk) invitation(c *web.Ctx) error {
	if err := c.Decode(&struct{}{}); err != nil {
		return err
	}
	password := c.Request().PostFormValue("password")
	a, err := d.Auth.Invited(c.Context(), c.Path("token"))
	if err != nil {
		return err
	}
	v := html.InvitationView{Name: a.Name, Email: a.Email, Action: c.Request().URL.Path}
	if password != c.Request().PostFormValue("again") {
		err = errs.New(errs.Invalid, "passwords-differ").Field("again", "passwords-differ")
	} else {
		_, err = d.Auth.ChoosePassword(c.Context(), c.Path("token"), password)
	}
	if err != nil {
		if v.Errors = ui.ErrorsOf(c.P, err); len(v.Errors) == 0 {
			return err
		}
		return d.showInvitation(c, v)
	}
	if _, err := d.Auth.SignIn(c.Context(), a.Email, password); err != nil {
		return err
	}
	return c.Redirect(Home)
}
