package desk

import (
	"time"

	"github.com/houvast/houvast/internal/kernel/actor"
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
	v.Keys = html.KeysView{Off: a.KeysOff, Back: "me"}
	list, err := d.Auth.Sessions(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	for _, s := range list {
		if s.Browser == "" {
			s.Browser = c.P.T("desk.sessions.unknown")
		}
		v.Sessions = append(v.Sessions, html.SessionView{ID: s.ID, Browser: s.Browser, This: s.This, Locked: s.Locked,
			Note: c.P.T("desk.sessions.when", "Since", c.P.Moment(s.Since), "Seen", c.P.Ago(s.SeenAt))})
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

// keysPage is the list of single keys, for who has no script or came by ?.
func (d *Desk) keysPage(c *web.Ctx) error {
	var a auth.Account
	if err := d.DB.Read(c.Context(), func(q db.Q) (err error) { a, err = auth.AccountOf(q, c.Actor.Account); return err }); err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.P.T("ui.keys.title"), Body: html.Keys(html.KeysView{Off: a.KeysOff, Back: "keys"})})
}

func (d *Desk) switchKeys(c *web.Ctx) error {
	var in struct {
		Keys string `form:"keys"`
		Back string `form:"back"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if in.Keys != "on" && in.Keys != "off" {
		return errs.New(errs.Invalid, "not-a-choice")
	}
	if err := d.DB.Write(c.Context(), func(t *db.Tx) error { return auth.SwitchKeys(t, c.Actor.Account, in.Keys == "off") }); err != nil {
		return err
	}
	if c.Request().Header.Get("Houvast-Script") != "" {
		return c.NoContent()
	}
	c.Toast("desk.keys.saved-" + in.Keys)
	if in.Back == "keys" {
		return c.Redirect("/desk/keys")
	}
	return c.Redirect("/desk/me")
}

func (d *Desk) endSessions(c *web.Ctx) error {
	var in struct {
		ID     string `form:"id"`
		Others bool   `form:"others"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	end := func() error { return d.Auth.EndSession(c.Context(), c.Actor, in.ID) }
	if in.Others {
		end = func() error { return d.Auth.EndOtherSessions(c.Context(), c.Actor) }
	}
	if err := end(); err != nil {
		return err
	}
	c.Toast("desk.sessions.ended")
	return c.Redirect("/desk/me#sessions")
}

// rolesPage is the table of who may do what, as the services obey it.
func (d *Desk) rolesPage(c *web.Ctx) error {
	if err := auth.Require(c.Actor, auth.OrgRead); err != nil {
		return err
	}
	var v html.RolesView
	for _, r := range actor.Roles {
		v.Roles = append(v.Roles, html.RoleView{Name: c.P.T("role." + string(r)), Current: r == c.Actor.Role})
	}
	for _, a := range auth.StaffActions() {
		row := html.RoleRow{Action: c.P.T(auth.ActionKey(a))}
		for _, r := range actor.Roles {
			row.May = append(row.May, auth.RoleMay(r, a))
		}
		v.Rows = append(v.Rows, row)
	}
	return c.Page(web.Page{Title: c.P.T("desk.roles.title"), Nav: "roles", Body: html.Roles(v)})
}
