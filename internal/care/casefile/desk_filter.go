package casefile

import (
	"net/url"
	"strings"

	"github.com/houvast/houvast/internal/care/casefile/html"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// filterInput is a filter as it is kept on the desk.
type filterInput struct {
	Name    string `form:"name"`
	Share   string `form:"share"`
	Team    string `form:"team"`
	Version int    `form:"version"`
}

// carried are the values of a filter that a form sends along.
func carried(c *web.Ctx) Query {
	v := url.Values{}
	for name, list := range c.Request().PostForm {
		if key, ok := strings.CutPrefix(name, "q."); ok && len(list) > 0 {
			v.Set(key, list[0])
		}
	}
	return ReadQuery(v)
}

// says tells what a filter is about, part by part.
func (q Query) says(words lang.Printer, members map[string]string, teams []teamRow) string {
	var parts []string
	switch {
	case q.Owner == Me:
		parts = append(parts, words.T("desk.list.chip.mine"))
	case q.Owner != "":
		parts = append(parts, members[q.Owner])
	}
	for _, t := range teams {
		if t.ID == q.Team {
			parts = append(parts, t.Name)
		}
	}
	if q.Lane != "" {
		parts = append(parts, words.T("desk.list.chip."+q.Lane, "Days", q.Days))
	}
	if q.Kind != "" {
		parts = append(parts, words.T("promise.kind."+q.Kind))
	}
	if q.Order != "" {
		parts = append(parts, words.T("desk.list.order-"+q.Order))
	}
	if len(parts) == 0 {
		return words.T("desk.list.chip.everyone")
	}
	return strings.Join(parts, " · ")
}

// filterRoom is what the pages of filters need to name things.
type filterRoom struct {
	teams   []teamRow
	members map[string]string
}

func (s *Service) filterRoom(c *web.Ctx) (r filterRoom, err error) {
	err = s.DB.Read(c.Context(), func(q db.Q) error {
		if r.teams, err = teamsFor(q, c.Actor.Org, c.Actor.Member); err != nil {
			return err
		}
		list, err := org.Active(q, c.Actor.Org, 200)
		r.members = map[string]string{}
		for _, m := range list {
			r.members[m.ID] = m.Name
		}
		return err
	})
	return r, err
}

func (s *Service) deskFilters(c *web.Ctx) error {
	list, err := s.Filters(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	room, err := s.filterRoom(c)
	if err != nil {
		return err
	}
	v := html.FilterList{Title: c.P.T("desk.filter.list"), Sub: c.P.T("desk.filter.list-sub"),
		Empty: ui.EmptyView{Top: true, Title: c.P.T("desk.filter.none-title"), Text: c.P.T("desk.filter.none-text")}}
	leads := c.Actor.Role == actor.Manager || c.Actor.Role == actor.Administrator
	for _, f := range list {
		row := html.FilterRow{Name: f.Name, Href: hrefOf(f.Read()), What: f.Read().says(c.P, room.members, room.teams)}
		row.Note = c.P.T("desk.filter.shared-"+f.Share, "Team", room.team(f.Team), "Owner", room.members[f.Owner])
		if f.Owner == c.Actor.Member || leads {
			row.EditHref = filtersHref + "/" + f.ID
		}
		v.Rows = append(v.Rows, row)
	}
	return c.Page(web.Page{Title: v.Title, Nav: "cases", Body: html.Filters(v)})
}

func (r filterRoom) team(id string) string {
	for _, t := range r.teams {
		if t.ID == id {
			return t.Name
		}
	}
	return ""
}

// showFilter shows the form that keeps a filter; f is nil for a new one.
func (s *Service) showFilter(c *web.Ctx, f *SavedFilter, q Query, in filterInput, refused error) error {
	room, err := s.filterRoom(c)
	if err != nil {
		return err
	}
	v := html.FilterForm{Title: c.P.T("desk.filter.new"), Sub: c.P.T("desk.filter.new-sub"), Action: filtersHref + "/new", Back: hrefOf(q), Name: in.Name,
		What: q.says(c.P, room.members, room.teams), Query: q.Values()}
	if f != nil {
		v.Title, v.Action, v.Back = c.P.T("desk.filter.edit"), filtersHref+"/"+f.ID, filtersHref
		v.Version, v.Drop = version(f.Version), filtersHref+"/"+f.ID+"/drop"
	}
	if in.Share == "" {
		in.Share = ShareOwn
	}
	for _, x := range Shares {
		if x != ShareTeam || len(room.teams) > 0 {
			v.Shares = append(v.Shares, ui.Option{Value: x, Label: c.P.T("desk.filter.share-" + x), Selected: x == in.Share})
		}
	}
	for _, t := range room.teams {
		v.Teams = append(v.Teams, ui.Option{Value: t.ID, Label: t.Name, Selected: t.ID == in.Team})
	}
	status := 0
	if refused != nil {
		var rest error
		if v.Problem, v.Errors, status, rest = ui.Refusal(c, refused, nil); rest != nil {
			return rest
		}
	}
	return c.Page(web.Page{Title: v.Title, Nav: "cases", Failed: status >= 400, Status: status, Body: html.FilterPage(v)})
}

func (s *Service) deskFilterNew(c *web.Ctx) error {
	if err := auth.Require(c.Actor, auth.CaseWrite); err != nil {
		return err
	}
	return s.showFilter(c, nil, ReadQuery(c.Request().URL.Query()), filterInput{}, nil)
}

func (s *Service) deskFilterKeep(c *web.Ctx) error {
	var in filterInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	q := carried(c)
	f, err := s.SaveFilter(c.Context(), c.Actor, KeepFilter{Name: in.Name, Query: q, Share: in.Share, Team: in.Team})
	if err != nil {
		return s.showFilter(c, nil, q, in, err)
	}
	c.Toast("desk.filter.kept", "Name", f.Name)
	return c.Redirect(hrefOf(f.Read()))
}

func (s *Service) filterOf(c *web.Ctx) (f SavedFilter, err error) {
	if err := auth.Require(c.Actor, auth.CaseWrite); err != nil {
		return f, err
	}
	err = s.DB.Read(c.Context(), func(q db.Q) error { f, err = s.theirFilter(q, c.Actor, c.Path("filter")); return err })
	return f, err
}

func (s *Service) deskFilterEdit(c *web.Ctx) error {
	f, err := s.filterOf(c)
	if err != nil {
		return err
	}
	return s.showFilter(c, &f, f.Read(), filterInput{Name: f.Name, Share: f.Share, Team: f.Team}, nil)
}

func (s *Service) deskFilterChange(c *web.Ctx) error {
	f, err := s.filterOf(c)
	if err != nil {
		return err
	}
	var in filterInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	if _, err := s.ChangeFilter(c.Context(), c.Actor, f.ID, in.Version, KeepFilter{Name: in.Name, Share: in.Share, Team: in.Team}); err != nil {
		return s.showFilter(c, &f, f.Read(), in, err)
	}
	c.Toast("desk.filter.changed", "Name", in.Name)
	return c.Redirect(filtersHref)
}

func (s *Service) deskFilterDrop(c *web.Ctx) error {
	if err := s.DropFilter(c.Context(), c.Actor, c.Path("filter")); err != nil {
		return err
	}
	c.Toast("desk.filter.dropped")
	return c.Redirect(filtersHref)
}
