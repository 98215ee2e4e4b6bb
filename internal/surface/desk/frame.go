package desk

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
	"github.com/houvast/houvast/internal/surface/desk/html"
)

// page is what both layouts have in common.
func (d *Desk) page(c *web.Ctx, p web.Page) ui.Page {
	out := ui.Page{Words: c.P, Assets: d.Assets, Title: p.Title, Look: ui.LookOf(c.Request()), Class: p.Class, Failed: p.Failed,
		Live: p.Live, About: p.About, LookAction: "/look", Languages: languages(c)}
	if t := c.TakeToast(); t != nil {
		out.Toast = &ui.ToastView{State: ui.Kept, Text: t.Text, UndoAction: t.Undo}
	}
	return out
}

// languages offers the page in another language, and the same page again.
func languages(c *web.Ctx) (list []ui.Language) {
	next := c.Request().URL.RequestURI()
	if c.Request().Method != http.MethodGet {
		next = c.Request().URL.Path
	}
	for _, code := range lang.Languages() {
		list = append(list, ui.Language{Code: code, Name: c.P.In(code).T("desk.language"), Current: code == c.P.Lang(),
			Href: "/language?to=" + code + "&next=" + url.QueryEscape(next)})
	}
	return list
}

// Plain is the layout of pages without navigation.
func (d *Desk) Plain(c *web.Ctx, p web.Page) (templ.Component, error) {
	return with(ui.Plain(ui.PlainPage{Page: d.page(c, p), HomeURL: "/"}), p.Body), nil
}

// Layout is the layout of pages for staff.
func (d *Desk) Layout(c *web.Ctx, p web.Page) (templ.Component, error) {
	ctx, who := c.Context(), c.Actor
	places, keysOff, err := d.account(c)
	if err != nil {
		return nil, err
	}
	out := ui.DeskPage{Page: d.page(c, p), HomeURL: Home, Current: p.Nav,
		Me: &ui.Me{Person: ui.Person{ID: who.Member, Name: who.Name}, Note: c.P.T("role." + string(who.Role)), ProfileHref: "/desk/me", SignOutAction: "/sign-out",
			LockAction: "/lock", DraftsHref: "/desk/drafts", KeysHref: "/desk/keys", KeysAction: "/desk/me/keys", KeysOff: keysOff}}
	set, err := d.screen(ctx, who.Org)
	if err != nil {
		return nil, err
	}
	out.Me.LockMinutes = set.LockMinutes
	for _, m := range places {
		if m.Org == who.Org {
			out.Org = m.OrgName
		}
	}
	if len(places) > 1 {
		out.More = append(out.More, ui.NavGroup{Title: c.P.T("desk.nav.places"), Items: []ui.NavItem{{Key: "choose", Href: "/choose", Icon: "building-2", Label: c.P.T("desk.nav.choose")}}})
	}
	groups := map[module.Group]*ui.NavGroup{}
	for _, g := range module.Groups {
		groups[g] = &ui.NavGroup{Title: c.P.T("desk.nav.group-" + string(g))}
	}
	for _, item := range d.nav {
		if item.May != nil && !item.May(who) {
			continue
		}
		v := ui.NavItem{Key: item.Key, Href: item.Href, Icon: item.Icon, Label: c.P.T(item.LabelKey)}
		if item.Count != nil {
			n, hot, err := item.Count(ctx, who)
			if err != nil {
				return nil, err
			}
			if n > 0 {
				v.Count, v.Hot = strconv.Itoa(n), hot
			}
			if v.Hot {
				v.HotWord = c.P.T("desk.nav.hot")
			}
		}
		if g := groups[item.Group]; g != nil {
			g.Items = append(g.Items, v)
			continue
		}
		out.Nav = append(out.Nav, v)
	}
	for _, name := range slices.Backward(module.Groups) { // before where else somebody may work
		if g := groups[name]; len(g.Items) > 0 {
			out.More = slices.Insert(out.More, 0, *g)
		}
	}
	if d.Status != nil {
		if out.LiveText, err = d.Status(ctx, who, c.P); err != nil {
			return nil, err
		}
	}
	if d.NewCase != "" {
		out.New = &ui.ButtonView{Label: c.P.T("desk.nav.new"), Icon: "plus", Href: d.NewCase, Key: "C"}
	}
	if d.Search != "" {
		out.Search = &ui.Search{Action: d.Search, Value: c.Query("q")}
	}
	body := p.Body
	if d.MailTrouble != nil {
		t, err := d.MailTrouble(ctx, who)
		if err != nil {
			return nil, err
		}
		body = html.Below(html.MailTrouble{Waiting: int(t.Waiting), Since: t.Since}, p.Body)
	}
	return with(ui.Desk(out), body), nil
}

// account is what the frame asks about who is signed in: where else they
// belong, and whether single keys do nothing for them.
func (d *Desk) account(c *web.Ctx) (list []auth.Membership, keysOff bool, err error) {
	if c.Actor.Account == "" {
		return nil, false, nil
	}
	err = d.DB.Read(c.Context(), func(q db.Q) error {
		a, err := auth.AccountOf(q, c.Actor.Account)
		if err != nil {
			return err
		}
		keysOff = a.KeysOff
		list, err = d.Members.Of(q, c.Actor.Account)
		return err
	})
	return list, keysOff, err
}

// places are the organisations of who is signed in.
func (d *Desk) places(c *web.Ctx) (list []auth.Membership, err error) {
	if c.Actor.Account == "" {
		return nil, nil
	}
	err = d.DB.Read(c.Context(), func(q db.Q) error { list, err = d.Members.Of(q, c.Actor.Account); return err })
	return list, err
}

func with(layout, body templ.Component) templ.Component { return html.Fill(layout, body) }

// Problem draws a page about a problem, for every face of the site. It reads
// nothing, so that it can be drawn when the database is gone.
func (d *Desk) Problem(c *web.Ctx, v web.ProblemView) templ.Component {
	view := html.ProblemView{Title: v.Title, Detail: v.Detail, Incident: v.Incident, Home: "/"}
	if c.Actor.Kind == actor.Staff {
		view.Home = Home
	}
	switch {
	case v.Status == http.StatusUnauthorized && !portal(c):
		view.SignIn = SignIn + "?next=" + url.QueryEscape(back(c))
	case v.Status == http.StatusServiceUnavailable:
		view.Again = c.Request().URL.RequestURI()
		if view.Typed = c.Request().Method != http.MethodGet; view.Typed {
			view.Again = back(c)
		}
	case v.Resend != nil:
		view.Result = v.Resend.Result
		if v.Resend.Action != "" {
			view.Resend = &html.Resend{Action: v.Resend.Action}
			for _, f := range v.Resend.Fields {
				view.Resend.Fields = append(view.Resend.Fields, html.ResendField(f))
			}
		}
	case v.Status == http.StatusPreconditionFailed, v.Status == http.StatusConflict:
		view.Again = back(c)
	}
	p := ui.Page{Words: c.P, Assets: d.Assets, Title: v.Title, Look: ui.LookOf(c.Request()), Failed: true, Class: "setup", Languages: nil}
	return with(ui.Plain(ui.PlainPage{Page: p, HomeURL: view.Home}), html.Problem(view))
}

// ProblemFragment draws a problem within a page.
func (d *Desk) ProblemFragment(c *web.Ctx, v web.ProblemView) templ.Component {
	text := v.Detail
	if text == "" {
		text = v.Title
	}
	return ui.Fragment(c.P, ui.Problem(text))
}

// portal says whether the page is one for customers, who do not sign in.
func portal(c *web.Ctx) bool {
	p := c.Request().URL.Path
	return !strings.HasPrefix(p, "/desk") && p != "/choose" && p != "/"
}

// back is where the reader came from: the page itself, or the one whose form
// was sent.
func back(c *web.Ctx) string {
	r := c.Request()
	if r.Method == http.MethodGet {
		return r.URL.RequestURI()
	}
	if u, err := url.Parse(r.Header.Get("Referer")); err == nil && u.Host == r.Host && strings.HasPrefix(u.Path, "/") {
		return u.RequestURI()
	}
	return Home
}
