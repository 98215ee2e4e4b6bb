package absence

import (
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/care/absence/html"
	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

const home = "/desk/absence"

// desk are the pages of absences.
func (s *Service) desk(m *web.Mux) {
	m.Get(home, s.deskHome)
	m.Get(home+"/new", s.deskPlan)
	m.Post(home, s.deskConfirm)
	m.Get(home+"/{absence}", s.deskResult)
	m.Post(home+"/{absence}/end", s.deskEnd)
	m.Post(home+"/{absence}/until", s.deskUntil)
}

// commands are what the palette offers.
func commands() []module.Command {
	return []module.Command{
		{LabelKey: "desk.absence.command", WordsKey: "desk.absence.command-words", Href: home, Icon: "calendar-x-2"},
		{LabelKey: "desk.absence.command-me", WordsKey: "desk.absence.command-me-words", Href: home + "/new?kind=ill", Icon: "user-round"},
	}
}

// input is the form as typed; a promise's own inputs are read apart.
type input struct {
	Member   string `form:"member"`
	Kind     string `form:"kind"`
	From     string `form:"from"`
	Until    string `form:"until"`
	StandIn  string `form:"stand_in_id"`
	AllCases string `form:"all_cases"`
	Do       string `form:"do"`
}

func absencePage(c *web.Ctx, title string, body templ.Component, status int, failed bool) error {
	return c.Page(web.Page{Title: title, Nav: "today", Live: "/desk/events", Status: status, Failed: failed, Body: body})
}

// moment reads a moment as typed; one that cannot be read is told beside its input.
func moment(c *web.Ctx, path, typed string) (time.Time, error) {
	if typed == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, typed); err == nil {
		return at.UTC(), nil
	}
	at, err := lang.ParseMoment(typed, c.P.Lang(), c.P.Loc(), c.Now())
	if e, ok := errs.As(err); ok {
		if e.Params == nil {
			e.Params = errs.Params{}
		}
		if _, there := e.Params["Suggestion"]; !there {
			e.Params["Suggestion"] = c.Now().Add(24 * time.Hour).Truncate(time.Hour)
		}
		e.Fields = []errs.Field{{Path: path, Type: e.Type, Params: e.Params}}
		return at, e
	}
	return at.UTC(), err
}

// asked reads what was asked, without the new times.
func asked(c *web.Ctx, in input) (ask Ask, err error) {
	if in.Member == "" {
		in.Member = c.Actor.Member
	}
	ask = Ask{Member: in.Member, Kind: Kind(in.Kind), StandIn: in.StandIn}
	if ask.Kind == Planned {
		if ask.From, err = moment(c, "from", in.From); err != nil {
			return ask, err
		}
	}
	ask.Until, err = moment(c, "until", in.Until)
	return ask, err
}

func (s *Service) deskHome(c *web.Ctx) error {
	return s.showHome(c, input{Kind: c.Query("kind"), Member: c.Query("member")}, nil)
}

func (s *Service) showHome(c *web.Ctx, in input, wrong error) error {
	v := html.HomeView{Form: html.AskForm{Kind: in.Kind, From: in.From, Until: in.Until}}
	status := 0
	if wrong != nil {
		summary, _, ok := web.FormErrors(wrong, c.P)
		if !ok {
			return wrong
		}
		status = web.Status(errs.ClassOf(wrong))
		if v.Form.Errors = ui.ErrorsOf(c.P, wrong); len(v.Form.Errors) == 0 {
			v.Form.Problem = summary
		}
	}
	list, err := s.List(c.Context(), c.Actor, "", page.Max)
	if err != nil {
		return err
	}
	chosen := in.Member
	if chosen == "" {
		chosen = c.Actor.Member
	}
	var members map[string]org.Member
	if err := s.DB.Read(c.Context(), func(q db.Q) error {
		all, err := org.Active(q, c.Actor.Org, 500)
		if err != nil {
			return err
		}
		for _, m := range all {
			v.Form.Members = append(v.Form.Members, ui.Option{Value: m.ID, Label: m.Name, Selected: m.ID == chosen})
		}
		var ids []string
		for _, a := range list.Items {
			ids = append(ids, a.Member)
		}
		members, err = org.MembersByIDs(q, c.Actor.Org, ids)
		return err
	}); err != nil {
		return err
	}
	for _, a := range list.Items {
		v.Away = append(v.Away, html.AwayRow{Person: ui.Person{ID: a.Member, Name: members[a.Member].Name}, Href: home + "/" + a.ID,
			Note: c.P.T("desk.absence.span", "From", a.From, "Until", a.Until), State: c.P.T("desk.absence.state-" + string(a.State))})
	}
	return absencePage(c, c.P.T("desk.absence.title"), html.Home(v), status, wrong != nil)
}

func (s *Service) deskPlan(c *web.Ctx) error {
	in := input{Member: c.Query("member"), Kind: c.Query("kind"), From: c.Query("from"), Until: c.Query("until"), StandIn: c.Query("stand_in_id")}
	ask, err := asked(c, in)
	if err == nil {
		var p Plan
		if p, err = s.Preview(c.Context(), c.Actor, ask); err == nil {
			return s.showPlan(c, p, in, nil, nil)
		}
	}
	return s.showHome(c, in, err)
}

// moves reads the new times that were chosen for promises.
func (s *Service) moves(c *web.Ctx) (list []Shift, typed map[string]string, err error) {
	typed = map[string]string{}
	var ck errs.Checks
	for name := range c.Request().PostForm {
		id, ok := strings.CutPrefix(name, "do-")
		if !ok || c.Request().PostFormValue(name) != "move" || len(list) > mostMoves {
			continue
		}
		text := strings.TrimSpace(c.Request().PostFormValue("due-" + id))
		typed[id] = text
		at, err := moment(c, "due-"+id, text)
		if e, ok := errs.As(err); ok {
			for _, f := range e.Fields {
				ck.Add(f)
			}
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		ck.Must(!at.IsZero(), "due-"+id, "time-missing")
		list = append(list, Shift{Promise: id, Due: at})
	}
	return list, typed, ck.Err()
}

func (s *Service) deskConfirm(c *web.Ctx) error {
	var in input
	if err := c.Decode(&in); err != nil {
		return err
	}
	ask, err := asked(c, in)
	if err != nil {
		return s.showHome(c, in, err)
	}
	all := in.AllCases != ""
	ask.AllCases = &all
	moves, typed, wrong := s.moves(c)
	if wrong == nil {
		ask.Moves = moves
		if in.Do == "confirm" {
			a, err := s.Confirm(c.Context(), c.Actor, ask)
			if err == nil {
				c.Toast("desk.absence.confirmed")
				return c.Redirect(home + "/" + a.ID)
			}
			wrong = named(err, moves)
		}
	}
	keep := ask
	if e, ok := errs.As(wrong); ok && len(e.Fields) > 0 && e.Fields[0].Path == "stand_in_id" {
		keep.StandIn = ""
	}
	p, err := s.Preview(c.Context(), c.Actor, keep)
	if err != nil {
		if wrong == nil {
			wrong = err
		}
		keep.StandIn = ""
		if p, err = s.Preview(c.Context(), c.Actor, keep); err != nil {
			return s.showHome(c, in, wrong)
		}
	}
	return s.showPlan(c, p, in, typed, wrong)
}

// named gives errors about new times the names of their inputs.
func named(err error, moves []Shift) error {
	if e, ok := errs.As(err); ok {
		for n, f := range e.Fields {
			for i, m := range moves {
				if f.Path == moveField(i) {
					e.Fields[n].Path = "due-" + m.Promise
				}
			}
		}
	}
	return err
}

func (s *Service) showPlan(c *web.Ctx, p Plan, in input, typed map[string]string, wrong error) error {
	v := html.PlanView{Title: c.P.T("desk.absence.plan-title", "Name", p.Member.Name), Member: p.Member.ID, Kind: string(p.Absence.Kind), From: in.From, Until: in.Until,
		Sub: c.P.T("desk.absence.plan-sub", "From", p.Absence.From, "Until", p.Absence.Until), Needs: p.Needs, StandIn: in.StandIn, AllCases: p.Absence.AllCases,
		AllText: c.P.T("desk.absence.all-note", "Count", p.Cases)}
	status := 0
	if wrong != nil {
		summary, _, ok := web.FormErrors(wrong, c.P)
		if !ok {
			return wrong
		}
		status = web.Status(errs.ClassOf(wrong))
		if v.Errors = ui.ErrorsOf(c.P, wrong); len(v.Errors) == 0 {
			v.Problem = summary
		}
	}
	names := map[string]string{p.Member.ID: p.Member.Name}
	for _, x := range p.Chain {
		names[x.Member.ID] = x.Member.Name
		row := html.ChainRow{Person: ui.Person{ID: x.Member.ID, Name: x.Member.Name}, Away: !x.There, Note: c.P.T("desk.absence.stands-in")}
		switch {
		case !x.There:
			row.Note = c.P.T("desk.absence.away-too")
		case x.Chosen:
			row.Note = c.P.T("desk.absence.chosen")
		}
		v.Chain = append(v.Chain, row)
	}
	v.Could = append(v.Could, ui.Option{Value: "", Label: c.P.T("desk.absence.choose-none"), Selected: in.StandIn == ""})
	for _, m := range p.Could {
		names[m.ID] = m.Name
		v.Could = append(v.Could, ui.Option{Value: m.ID, Label: m.Name, Selected: m.ID == in.StandIn})
	}
	if p.More > 0 {
		v.More = c.P.T("desk.absence.more", "Count", p.More)
	}
	if p.Already != nil {
		v.Already, v.AlreadyHref = c.P.T("desk.absence.already", "From", p.Already.From), home+"/"+p.Already.ID
	}
	for _, r := range p.Rows {
		c.Saw("case", r.Case.ID)
		row := planRow(c.P, r, names)
		if text, there := typed[r.Promise.ID]; there {
			row.Move, row.New = true, text
		}
		row.Error = v.Errors.For("due-" + r.Promise.ID)
		v.Rows = append(v.Rows, row)
	}
	return absencePage(c, v.Title, html.Plan(v), status, wrong != nil)
}

func planRow(words lang.Printer, r Row, names map[string]string) html.PlanRow {
	row := html.PlanRow{ID: r.Promise.ID, Href: "/desk/cases/" + r.Case.Ref(), What: r.Promise.What, Who: r.Case.Subject, Due: r.Promise.Due, Move: r.Action == Move,
		MayMove: !silent(r.Promise) && r.Promise.MovingTo == "" && r.Promise.Kind != promise.Visit, PhoneNow: r.PhoneNow, New: words.Moment(r.Later)}
	if row.Move {
		row.New = words.Moment(r.NewDue)
	}
	switch {
	case r.Action == Stay:
		row.HandText = words.T("desk.absence.stays")
	case names[r.To] == "" || r.Action == Move:
		row.HandText = words.T("desk.absence.hand")
	default:
		row.HandText = words.T("desk.absence.hand-to", "Name", names[r.To])
	}
	if r.Message != nil {
		row.Preview = &ui.PreviewView{Label: words.T("desk.absence.reads"), Text: r.Message.Text, Lang: r.Message.Language}
	}
	return row
}

func (s *Service) deskResult(c *web.Ctx) error { return s.showResult(c, nil) }

func (s *Service) showResult(c *web.Ctx, wrong error) error {
	a, n, err := s.Get(c.Context(), c.Actor, c.Path("absence"))
	if err != nil {
		return err
	}
	all, err := s.Items(c.Context(), c.Actor, a.ID, "", c.Query("after"), page.Default)
	if err != nil {
		return err
	}
	failed, err := s.Items(c.Context(), c.Actor, a.ID, Failed, "", page.Default)
	if err != nil {
		return err
	}
	var m org.Member
	var members map[string]org.Member
	var cases map[string]casefile.Case
	var left promise.Counts
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) {
		if m, err = org.MemberByID(q, a.Org, a.Member); err != nil {
			return err
		}
		var ids, who []string
		for _, i := range append(append([]Item{}, all.Items...), failed.Items...) {
			ids, who = append(ids, i.Case), append(who, i.To)
		}
		if cases, err = casefile.ByIDs(q, a.Org, ids); err != nil {
			return err
		}
		if left, err = promise.Count(q, a.Org, a.Member); err != nil {
			return err
		}
		members, err = org.MembersByIDs(q, a.Org, who)
		return err
	}); err != nil {
		return err
	}
	c.Saw("absence", a.ID)
	v := html.ResultView{ID: a.ID, Title: c.P.T("desk.absence.result-title", "Name", m.Name), Sub: c.P.T("desk.absence.span", "From", a.From, "Until", a.Until),
		Working: a.State == Arranging || a.State == Returning, Version: strconv.FormatInt(a.Version, 10),
		MayEnd: a.State != Ended && a.State != Returning && auth.Require(c.Actor, auth.CaseWrite) == nil}
	v.EndLabel = c.P.T("desk.absence.end")
	if a.State == Waiting {
		v.EndLabel = c.P.T("desk.absence.call-off")
	}
	if !a.Until.IsZero() {
		v.Until = c.P.Moment(a.Until)
	}
	v.Done = int(n.Promises + n.Moved)
	v.Of = max(v.Done+int(n.Wanted), v.Done+int(left.Open))
	fact := func(key string, count int64) {
		v.Facts = append(v.Facts, ui.Fact{Term: c.P.T("desk.absence." + key), Value: c.P.Number(count)})
	}
	v.Facts = append(v.Facts, ui.Fact{Term: c.P.T("desk.absence.state"), Value: c.P.T("desk.absence.state-" + string(a.State))})
	fact("count-promises", n.Promises)
	fact("count-moved", n.Moved)
	fact("count-cases", n.Cases)
	fact("count-back", n.Back)
	fact("count-failed", n.Failed)
	for _, i := range all.Items {
		row := itemRow(c, i, cases, members)
		if i.PhoneNow && i.State == Done {
			needs := row
			needs.State, needs.Note = ui.AtRisk, c.P.T("desk.absence.phone-now")
			v.Needs = append(v.Needs, needs)
		}
		v.Items = append(v.Items, row)
	}
	for _, i := range failed.Items {
		v.Needs = append(v.Needs, itemRow(c, i, cases, members))
	}
	base := home + "/" + a.ID
	if later := c.Query("after") != ""; all.Next != "" || later {
		v.Pager = &ui.PagerView{Summary: c.P.T("desk.absence.page", "Count", len(v.Items))}
		if later {
			v.Pager.PrevHref, v.Pager.PrevLabel = base, c.P.T("desk.absence.begin")
		}
		if all.Next != "" {
			v.Pager.NextHref, v.Pager.NextLabel = base+"?after="+all.Next, c.P.T("desk.absence.further")
		}
	}
	status := 0
	if wrong != nil {
		summary, _, ok := web.FormErrors(wrong, c.P)
		if !ok {
			return wrong
		}
		status = web.Status(errs.ClassOf(wrong))
		if v.Errors = ui.ErrorsOf(c.P, wrong); len(v.Errors) == 0 {
			v.Problem = summary
		}
	}
	return absencePage(c, v.Title, html.Result(v), status, wrong != nil)
}

func itemRow(c *web.Ctx, i Item, cases map[string]casefile.Case, members map[string]org.Member) html.ItemRow {
	row := cases[i.Case]
	c.Saw("case", row.ID)
	out := html.ItemRow{State: ui.Kept, Text: row.Subject, Href: "/desk/cases/" + row.Ref()}
	name := members[i.To].Name
	switch {
	case i.State == Failed:
		out.State, out.Note = ui.Broken, c.P.T("desk.absence.item-failed")
	case i.State == Wanted:
		out.State, out.Note = ui.Waiting, c.P.T("desk.absence.item-wanted", "Due", i.NewDue)
	case i.State == OfferedBack:
		out.State, out.Note = ui.Waiting, c.P.T("desk.absence.item-back", "Name", name)
	case i.Action == Move:
		out.State, out.Note = ui.Renegotiated, c.P.T("desk.absence.item-moved", "Due", i.Due, "New", i.NewDue)
	case i.Kind == ofCase:
		out.Note = c.P.T("desk.absence.item-case", "Name", name)
	default:
		out.Note = c.P.T("desk.absence.item-promise", "Name", name, "Due", i.Due)
	}
	return out
}

func (s *Service) deskEnd(c *web.Ctx) error {
	if err := c.Decode(&struct{}{}); err != nil {
		return err
	}
	a, err := s.End(c.Context(), c.Actor, c.Path("absence"))
	if err != nil {
		return err
	}
	c.Toast("desk.absence.ended")
	return c.Redirect(home + "/" + a.ID)
}

func (s *Service) deskUntil(c *web.Ctx) error {
	var in struct {
		Version int64  `form:"version"`
		Until   string `form:"until"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	until, err := moment(c, "until", in.Until)
	if err == nil {
		_, err = s.Change(c.Context(), c.Actor, c.Path("absence"), Change{Version: in.Version, Until: until})
	}
	if err != nil {
		return s.showResult(c, err)
	}
	c.Toast("desk.absence.changed")
	return c.Redirect(home + "/" + c.Path("absence"))
}
