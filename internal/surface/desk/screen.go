package desk

import (
	"context"
	"net/http"
	"net/url"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
	"github.com/houvast/houvast/internal/surface/desk/html"
)

// Screen is what an organisation chose for screens that several people share.
type Screen struct {
	LockMinutes int  // without input, after which the screen locks itself; 0 for never
	ShowNames   bool // a locked screen names who signed in on it before
}

// mountScreen adds locking, unlocking and taking over.
func (d *Desk) mountScreen(plain *web.Mux) {
	plain.Post("/lock", d.lock)
	plain.Get(auth.LockedAt, d.lockedPage)
	plain.Post("/unlock", d.unlock)
}

func (d *Desk) screen(ctx context.Context, org string) (Screen, error) {
	if d.Screen == nil || org == "" {
		return Screen{}, nil
	}
	return d.Deps.Screen(ctx, org)
}

// lock locks the screen, or hides it for somebody else to sign in. What the
// browser kept of pages is cleared, so that going back shows nothing.
func (d *Desk) lock(c *web.Ctx) error {
	var in struct {
		Next   string `form:"next"`
		Switch bool   `form:"switch"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if _, _, locked, err := d.Auth.LockedFor(c.Context()); err != nil || locked {
		if err == nil {
			err = c.Redirect(auth.LockedAt)
		}
		return err
	}
	if err := d.Auth.Lock(c.Context()); err != nil {
		return err
	}
	c.ResponseWriter().Header().Set("Clear-Site-Data", `"cache"`)
	to := auth.LockedAt + "?next=" + url.QueryEscape(next(in.Next))
	if in.Switch {
		to += "&switch=1"
	}
	return c.Redirect(to)
}

func (d *Desk) lockedPage(c *web.Ctx) error {
	return d.showLocked(c, html.LockedView{Next: next(c.Query("next")), Switch: c.Query("switch") != ""}, http.StatusOK)
}

func (d *Desk) showLocked(c *web.Ctx, v html.LockedView, status int) error {
	a, org, locked, err := d.Auth.LockedFor(c.Context())
	if err != nil {
		return err
	}
	if !locked {
		return c.Redirect(next(v.Next))
	}
	if _, chosen := c.Request().Cookie("lang"); chosen != nil && a.Language != "" {
		c.P = c.P.In(a.Language) // nobody is known here, but the screen was theirs
	}
	set, err := d.screen(c.Context(), org)
	if err != nil {
		return err
	}
	if v.Account == "" && !v.Switch {
		v.Account = a.ID
	}
	v.People = []ui.Option{{Value: a.ID, Label: a.Name, Selected: v.Account == a.ID}}
	if set.ShowNames {
		recent, err := d.Auth.Recent(c.Context())
		if err != nil {
			return err
		}
		for _, r := range recent {
			if r.ID != a.ID {
				v.People = append(v.People, ui.Option{Value: r.ID, Label: r.Name, Selected: v.Account == r.ID})
			}
		}
	}
	v.Name, v.Elsewhere = a.Name, SignIn+"?next="+url.QueryEscape(next(v.Next))
	return c.Page(web.Page{Title: c.P.T("desk.locked.title"), Class: "setup", Failed: status >= 400, Status: status, Body: html.Locked(v)})
}

func (d *Desk) unlock(c *web.Ctx) error {
	var in struct {
		Account string `form:"account"`
		Next    string `form:"next"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	a, _, locked, err := d.Auth.LockedFor(c.Context())
	if err != nil {
		return err
	}
	if !locked {
		return c.Redirect(next(in.Next))
	}
	if in.Account == "" {
		in.Account = a.ID
	}
	// Spaces at the ends may belong to a password; Decode takes them off.
	signed, err := d.Auth.Unlock(c.Context(), in.Account, c.Request().PostFormValue("password"))
	if err != nil {
		v := html.LockedView{Next: next(in.Next), Account: in.Account}
		status := http.StatusUnprocessableEntity
		e, ok := errs.As(err)
		if !ok {
			return err
		}
		_, v.Problem = c.P.Problem(e)
		if e.Class == errs.TooMany {
			status = http.StatusTooManyRequests
			if wait, isTime := e.Params["Seconds"].(int); isTime {
				v.Again = c.Now().Add(seconds(wait))
			}
		} else if e.Class != errs.Invalid {
			return err
		}
		return d.showLocked(c, v, status)
	}
	if signed.Account.ID != a.ID { // what the other had open is not theirs
		in.Next = Home
	}
	return c.Redirect(next(in.Next))
}
