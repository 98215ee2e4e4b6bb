package desk

import (
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
	"github.com/houvast/houvast/internal/surface/desk/html"
)

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

func (d *Desk) mePage(c *web.Ctx) error { return d.showMe(c, nil, "") }

func (d *Desk) showMe(c *web.Ctx, wrong ui.Errors, problem string) error {
	var a auth.Account
	if err := d.DB.Read(c.Context(), func(q db.Q) (err error) { a, err = auth.AccountOf(q, c.Actor.Account); return err }); err != nil {
		return err
	}
	places, err := d.places(c)
	if err != nil {
		return err
	}
	v := html.MeView{Name: c.Actor.Name, Email: a.Email, Role: c.P.T("role." + string(c.Actor.Role)), Language: c.P.Lang(),
		Look: ui.LookOf(c.Request()), Several: len(places) > 1, Errors: wrong, Problem: problem}
	for _, code := range lang.Languages() {
		v.Languages = append(v.Languages, ui.Option{Value: code, Label: c.P.In(code).T("desk.language"), Selected: code == c.P.Lang()})
	}
	return c.Page(web.Page{Title: c.P.T("desk.me.title"), Failed: len(wrong) > 0 || problem != "", Body: html.Me(v)})
}

func (d *Desk) me(c *web.Ctx) error {
	var in struct {
		Language string `form:"language"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if in.Language != lang.Dutch && in.Language != lang.English {
		return errs.New(errs.Invalid, "language-unknown")
	}
	if err := d.setLanguage(c, in.Language); err != nil {
		return err
	}
	c.P = c.P.In(in.Language)
	c.Toast("desk.me.saved")
	return c.Redirect("/desk/me")
}

func (d *Desk) mePassword(c *web.Ctx) error {
	if err := c.Decode(&struct{}{}); err != nil {
		return err
	}
	r := c.Request()
	password := r.PostFormValue("password")
	err := error(errs.New(errs.Invalid, "passwords-differ").Field("again", "passwords-differ"))
	if password == r.PostFormValue("again") {
		err = d.Auth.ChangePassword(c.Context(), c.Actor, r.PostFormValue("old"), password)
	}
	if err != nil {
		summary, _, ok := web.FormErrors(err, c.P)
		if !ok {
			return err
		}
		wrong := ui.ErrorsOf(c.P, err)
		if len(wrong) > 0 {
			summary = ""
		}
		return d.showMe(c, wrong, summary)
	}
	c.Toast("desk.me.password-changed")
	return c.Redirect("/desk/me")
}
