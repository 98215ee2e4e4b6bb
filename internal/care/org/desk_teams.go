package org

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/houvast/houvast/internal/care/org/html"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

const (
	teamsHome = settingsHome + "/teams"
	mostShown = 500 // people to choose from
)

func (s *Service) deskTeams(c *web.Ctx) error {
	f, _, err := s.frame(c, teamsHome, c.P.T("desk.settings.teams"), c.P.T("desk.settings.teams-text"))
	if err != nil {
		return err
	}
	p, err := s.Teams(c.Context(), c.Actor, c.Query("after"), page.Default)
	if err != nil {
		return err
	}
	var ids []string
	for _, t := range p.Items {
		ids = append(ids, t.Duty)
	}
	var duty map[string]Member
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) { duty, err = MembersByIDs(q, c.Actor.Org, ids); return err }); err != nil {
		return err
	}
	v := html.TeamsView{Frame: f}
	if !f.ReadOnly {
		v.NewHref = teamsHome + "/new"
	}
	for _, t := range p.Items {
		row := html.TeamRow{Name: t.Name, Href: teamsHome + "/" + t.ID, Note: c.P.T("desk.teams.note", "Name", duty[t.Duty].Name)}
		switch m := duty[t.Duty]; {
		case !t.Active:
			row.Away = c.P.T("desk.teams.over")
		case !m.Here(c.Now()):
			row.Away = c.P.T("desk.people.away", "Until", m.AwayUntil)
		}
		v.Rows = append(v.Rows, row)
	}
	if later := c.Query("after") != ""; p.Next != "" || later {
		v.Pager = &ui.PagerView{Summary: c.P.T("desk.teams.page", "Count", len(v.Rows))}
		if later {
			v.Pager.PrevHref, v.Pager.PrevLabel = teamsHome, c.P.T("desk.people.begin")
		}
		if p.Next != "" {
			v.Pager.NextHref, v.Pager.NextLabel = teamsHome+"?after="+url.QueryEscape(p.Next), c.P.T("desk.people.further")
		}
	}
	return settingsPage(c, f, html.Teams(v), 0)
}

// teamInput is the form of a team.
type teamInput struct {
	Version    int64    `form:"version"`
	Name       string   `form:"name"`
	Duty       string   `form:"duty"`
	Members    []string `form:"members"`
	AutoAccept bool     `form:"auto_accept"`
	Active     bool     `form:"active"`
}

func (s *Service) deskNewTeam(c *web.Ctx) error {
	return s.showTeam(c, &teamInput{Active: true}, nil)
}

func (s *Service) deskTeam(c *web.Ctx) error { return s.showTeam(c, nil, nil) }

func (s *Service) showTeam(c *web.Ctx, in *teamInput, wrong error) error {
	f, _, err := s.frame(c, teamsHome, c.P.T("desk.teams.new"), c.P.T("desk.teams.sub"))
	if err != nil {
		return err
	}
	id := c.Path("team")
	var t Team
	var all, mine []Member
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) {
		if all, err = Active(q, c.Actor.Org, mostShown); err != nil || id == "" {
			return err
		}
		if t, err = TeamByID(q, c.Actor.Org, id); err != nil {
			return err
		}
		mine, err = TeamMembers(q, c.Actor.Org, id)
		return err
	}); err != nil {
		return err
	}
	if in == nil {
		in = &teamInput{Version: t.Version, Name: t.Name, Duty: t.Duty, AutoAccept: t.AutoAccept, Active: t.Active}
		for _, m := range mine {
			in.Members = append(in.Members, m.ID)
		}
	}
	status := 0
	if wrong != nil {
		if status, err = refused(c, &f, wrong, teamField); err != nil {
			return err
		}
	}
	f.Action = teamsHome + "/new"
	v := html.TeamView{New: id == "", Name: in.Name, AutoAccept: in.AutoAccept, Active: in.Active}
	if id != "" {
		f.Title, f.Version, f.Action = t.Name, strconv.FormatInt(in.Version, 10), teamsHome+"/"+t.ID
	}
	v.Frame = f
	v.Duty = []ui.Option{{Label: c.P.T("desk.teams.choose"), Selected: in.Duty == ""}}
	for _, m := range all {
		note := ""
		if !m.Here(c.Now()) {
			note = c.P.T("desk.people.away", "Until", m.AwayUntil)
		}
		v.Duty = append(v.Duty, ui.Option{Value: m.ID, Label: m.Name, Selected: m.ID == in.Duty})
		v.Members = append(v.Members, ui.Option{Value: m.ID, Label: m.Name, Note: note, Selected: slices.Contains(in.Members, m.ID), Off: f.ReadOnly})
	}
	return settingsPage(c, f, html.Team(v), status)
}

// teamField says which input a field of a team is.
func teamField(path string) string {
	switch path {
	case "duty_member_id":
		return "duty"
	case "member_ids":
		return "members"
	}
	return path
}

// all are who work in the team: whoever has duty does too.
func (in teamInput) all() []string {
	if in.Duty == "" || slices.Contains(in.Members, in.Duty) {
		return in.Members
	}
	return append(slices.Clone(in.Members), in.Duty)
}

func (s *Service) deskAddTeam(c *web.Ctx) error {
	var in teamInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	in.Active = true
	t, err := s.AddTeam(c.Context(), c.Actor, NewTeam{Name: in.Name, Duty: in.Duty, AutoAccept: in.AutoAccept, Members: in.all()})
	if err != nil {
		return s.showTeam(c, &in, err)
	}
	c.Toast("desk.teams.made")
	return c.Redirect(teamsHome + "/" + t.ID)
}

func (s *Service) deskSaveTeam(c *web.Ctx) error {
	var in teamInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	all := in.all()
	_, err := s.UpdateTeam(c.Context(), c.Actor, c.Path("team"), in.Version,
		ChangeTeam{Name: &in.Name, Duty: &in.Duty, AutoAccept: &in.AutoAccept, Active: &in.Active, Members: &all})
	if err != nil {
		return s.showTeam(c, &in, err)
	}
	c.Toast("desk.settings.saved")
	return c.Redirect(teamsHome + "/" + c.Path("team"))
}
