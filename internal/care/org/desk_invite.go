package org

import (
	"net/url"
	"strings"

	"github.com/houvast/houvast/internal/care/org/html"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// starterInput is the form of somebody who starts here.
type starterInput struct {
	Name  string `form:"name"`
	Email string `form:"email"`
	Role  string `form:"role"`
	Title string `form:"title"`
}

func (s *Service) deskStarter(c *web.Ctx) error {
	return s.showStarter(c, starterInput{Role: string(actor.Desk)}, nil)
}

func (s *Service) showStarter(c *web.Ctx, in starterInput, wrong error) error {
	f, _, err := s.frame(c, peopleHome, c.P.T("desk.people.invite"), c.P.T("desk.people.invite-sub"))
	if err != nil {
		return err
	}
	status := 0
	if wrong != nil {
		if status, err = refused(c, &f, wrong, same); err != nil {
			return err
		}
	}
	f.Action = peopleHome + "/new"
	return settingsPage(c, f, html.Starter(html.StarterView{Frame: f, Name: in.Name, Email: in.Email, Job: in.Title, Roles: roles(c, in.Role)}), status)
}

func roles(c *web.Ctx, chosen string) (list []ui.Option) {
	for _, r := range actor.Roles {
		list = append(list, ui.Option{Value: string(r), Label: c.P.T("role." + string(r)), Selected: string(r) == chosen})
	}
	return list
}

func (s *Service) deskInvite(c *web.Ctx) error {
	var in starterInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	made, err := s.Invite(c.Context(), c.Actor, NewMember{Name: in.Name, Email: strings.TrimSpace(in.Email), Role: actor.Role(in.Role), Title: in.Title})
	if err != nil {
		return s.showStarter(c, in, err)
	}
	return s.invited(c, made)
}

func (s *Service) deskInviteAgain(c *web.Ctx) error {
	if err := c.Decode(&struct{}{}); err != nil {
		return err
	}
	made, err := s.InviteAgain(c.Context(), c.Actor, c.Path("member"))
	if err != nil {
		return s.showMember(c, c.Path("member"), nil, err, Invitation{})
	}
	return s.invited(c, made)
}

// deskInvited is where a reload leads of a page that showed a link: it is
// shown once.
func (s *Service) deskInvited(c *web.Ctx) error {
	return c.Redirect(peopleHome + "/" + c.Path("member"))
}

// invited leads to the person's page, or shows it with the link: that is never
// kept, so it cannot be shown after leading elsewhere.
func (s *Service) invited(c *web.Ctx, made Invitation) error {
	if made.State == InvitationShown {
		return s.showMember(c, made.Member.ID, nil, nil, made)
	}
	c.Toast("desk.people.invitation-"+string(made.State), "Name", made.Member.Name)
	return c.Redirect(peopleHome + "/" + made.Member.ID)
}

// inviteView says whether a member can sign in yet.
func (s *Service) inviteView(c *web.Ctx, m Member, has holding, made Invitation, readOnly bool) (v html.InviteView) {
	switch {
	case made.URL != "":
		v = html.InviteView{Text: c.P.T("desk.people.link-text", "Name", m.Name), URL: made.URL, Note: c.P.T("desk.people.link-note", "Until", made.Until)}
	case !m.Active || has.ready || s.Accounts == nil:
	case m.Account != "":
		v = html.InviteView{Text: c.P.T("desk.people.not-ready", "Name", m.Name), Label: c.P.T("desk.people.again")}
	case m.Email != "":
		v = html.InviteView{Text: c.P.T("desk.people.no-account", "Name", m.Name), Label: c.P.T("desk.people.invite-now")}
	default:
		v = html.InviteView{Text: c.P.T("desk.people.no-address", "Name", m.Name)}
	}
	if v.Label != "" && !readOnly {
		v.Action = peopleHome + "/" + m.ID + "/invitation"
	}
	return v
}

// holding is what somebody answers for, and whether they can sign in.
type holding struct {
	Held
	duties []string
	deputy []Member // of whom they are the deputy
	ready  bool
}

// any says whether something has to pass before they can leave.
func (h holding) any() bool { return h.Held.any() || len(h.duties) > 0 }

func (s *Service) holding(q db.Q, m Member) (h holding, err error) {
	if s.Load != nil {
		if h.Held, err = s.Load.Held(q, m.Org, m.ID); err != nil {
			return h, err
		}
	}
	if s.Accounts != nil && m.Account != "" {
		if h.ready, err = s.Accounts.Ready(q, m.Account); err != nil {
			return h, err
		}
	}
	if h.duties, err = dutiesOf(q, m.Org, m.ID); err != nil {
		return h, err
	}
	h.deputy, err = standsInFor(q, m.Org, m.ID)
	return h, err
}

// facts words what somebody holds, with where it is.
func (h holding) facts(c *web.Ctx, m Member) (list []html.HeldRow) {
	add := func(n int64, key, href string) {
		if n > 0 {
			list = append(list, html.HeldRow{Text: c.P.T("desk.people.holds-"+key, "Count", n), Href: href})
		}
	}
	add(h.Cases, "cases", "/desk/cases?owner="+url.QueryEscape(m.ID))
	add(h.Promises, "promises", "")
	add(h.Calls, "calls", "/desk/calls?who=all")
	if len(h.duties) > 0 {
		list = append(list, html.HeldRow{Text: c.P.T("desk.people.holds-duty", "Teams", h.duties), Href: teamsHome})
	}
	for _, d := range h.deputy {
		list = append(list, html.HeldRow{Text: c.P.T("desk.people.holds-deputy", "Name", d.Name), Href: peopleHome + "/" + d.ID})
	}
	return list
}
