package org

import (
	"net/url"
	"strconv"

	"github.com/houvast/houvast/internal/care/org/html"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

const peopleHome = settingsHome + "/people"

func (s *Service) deskPeople(c *web.Ctx) error {
	f, _, err := s.frame(c, peopleHome, c.P.T("desk.settings.people"), c.P.T("desk.settings.people-text"))
	if err != nil {
		return err
	}
	p, err := s.Members(c.Context(), c.Actor, MemberFilter{Inactive: true}, c.Query("after"), page.Default)
	if err != nil {
		return err
	}
	var ids []string
	for _, m := range p.Items {
		ids = append(ids, m.Deputy)
	}
	var deputies map[string]Member
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) { deputies, err = MembersByIDs(q, c.Actor.Org, ids); return err }); err != nil {
		return err
	}
	v := html.PeopleView{Frame: f}
	if !f.ReadOnly && s.Accounts != nil {
		v.InviteHref = peopleHome + "/new"
	}
	for _, m := range p.Items {
		row := html.PersonRow{Person: ui.Person{ID: m.ID, Name: m.Name}, Href: peopleHome + "/" + m.ID,
			Note: c.P.T("desk.people.note", "Role", c.P.T("role."+string(m.Role)), "Title", m.Title, "Deputy", deputies[m.Deputy].Name)}
		switch {
		case !m.Active:
			row.Away = c.P.T("desk.people.left")
		case !m.Here(c.Now()):
			row.Away = c.P.T("desk.people.away", "Until", m.AwayUntil)
		}
		v.Rows = append(v.Rows, row)
	}
	if later := c.Query("after") != ""; p.Next != "" || later {
		v.Pager = &ui.PagerView{Summary: c.P.T("desk.people.page", "Count", len(v.Rows))}
		if later {
			v.Pager.PrevHref, v.Pager.PrevLabel = peopleHome, c.P.T("desk.people.begin")
		}
		if p.Next != "" {
			v.Pager.NextHref, v.Pager.NextLabel = peopleHome+"?after="+url.QueryEscape(p.Next), c.P.T("desk.people.further")
		}
	}
	return settingsPage(c, f, html.People(v), 0)
}

// memberInput is the form of a member.
type memberInput struct {
	Version int64  `form:"version"`
	Name    string `form:"name"`
	Title   string `form:"title"`
	Email   string `form:"email"`
	Phone   string `form:"phone"`
	Role    string `form:"role"`
	Deputy  string `form:"deputy"`
	Agreed  bool   `form:"agreed"`
	Active  bool   `form:"active"`
}

func (s *Service) deskMember(c *web.Ctx) error {
	return s.showMember(c, c.Path("member"), nil, nil, Invitation{})
}

// showMember shows a member, with what was typed and refused, or with the
// invitation that was just made.
func (s *Service) showMember(c *web.Ctx, id string, in *memberInput, wrong error, made Invitation) error {
	f, _, err := s.frame(c, peopleHome, "", c.P.T("desk.people.sub"))
	if err != nil {
		return err
	}
	var m Member
	var all []Member
	var has holding
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) {
		if m, err = MemberByID(q, c.Actor.Org, id); err != nil {
			return err
		}
		if has, err = s.holding(q, m); err != nil {
			return err
		}
		all, err = Active(q, c.Actor.Org, 500)
		return err
	}); err != nil {
		return err
	}
	if in == nil {
		in = &memberInput{Version: m.Version, Name: m.Name, Title: m.Title, Email: m.Email, Phone: m.Phone, Role: string(m.Role),
			Deputy: m.Deputy, Agreed: m.DeputyAgreed, Active: m.Active}
	}
	status := 0
	if wrong != nil {
		if status, err = refused(c, &f, wrong, same); err != nil {
			return err
		}
	}
	f.Title, f.Version, f.Action = m.Name, strconv.FormatInt(in.Version, 10), peopleHome+"/"+m.ID
	v := html.MemberView{Frame: f, Name: in.Name, Job: in.Title, Email: in.Email, Phone: in.Phone, Agreed: in.Agreed, Active: in.Active,
		AbsenceHref: "/desk/absence?member=" + url.QueryEscape(m.ID), DeputyNote: c.P.T("desk.people.deputy-hint")}
	v.Roles = roles(c, in.Role)
	if m.Active {
		v.Held, v.HandHref = has.facts(c, m), "/desk/absence/new?kind=planned&member="+url.QueryEscape(m.ID)
		v.Free = !has.any()
	}
	v.Invite = s.inviteView(c, m, has, made, f.ReadOnly)
	v.Deputies = []ui.Option{{Label: c.P.T("desk.people.nobody"), Selected: in.Deputy == ""}}
	for _, d := range all {
		if d.ID == m.ID {
			continue
		}
		v.Deputies = append(v.Deputies, ui.Option{Value: d.ID, Label: d.Name, Selected: d.ID == in.Deputy})
		if d.ID == in.Deputy && !d.Here(c.Now()) {
			v.DeputyNote = c.P.T("desk.people.deputy-away", "Name", d.Name, "Until", d.AwayUntil)
		}
	}
	return settingsPage(c, v.Frame, html.Member(v), status)
}

func (s *Service) deskSaveMember(c *web.Ctx) error {
	var in memberInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	role := actor.Role(in.Role)
	_, err := s.UpdateMember(c.Context(), c.Actor, c.Path("member"), in.Version, ChangeMember{Name: &in.Name, Title: &in.Title, Email: &in.Email,
		Phone: &in.Phone, Role: &role, Deputy: &in.Deputy, DeputyAgreed: in.Agreed, Active: &in.Active})
	if err != nil {
		return s.showMember(c, c.Path("member"), &in, err, Invitation{})
	}
	c.Toast("desk.settings.saved")
	return c.Redirect(peopleHome + "/" + c.Path("member"))
}
