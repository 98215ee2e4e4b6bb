package org

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/care/org/html"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// Addresses of the settings.
const (
	settingsHome = "/desk/settings"
	choicesHome  = settingsHome + "/choices/"
	shownChanges = 10 // on the page of one area
)

// desk are the pages of the settings.
func (s *Service) desk(m *web.Mux) {
	m.Get(settingsHome, s.deskSettings)
	m.Get(settingsHome+"/organisation", s.deskOrganisation)
	m.Post(settingsHome+"/organisation", s.deskSaveOrganisation)
	m.Get(settingsHome+"/hours", s.deskHours)
	m.Post(settingsHome+"/hours", s.deskSaveHours)
	m.Get(choicesHome+"{group}", s.deskGroup)
	m.Post(choicesHome+"{group}", s.deskSaveGroup)
	m.Get(settingsHome+"/changes", s.deskChanges)
	m.Get(peopleHome, s.deskPeople)
	m.Get(peopleHome+"/new", s.deskStarter)
	m.Post(peopleHome+"/new", s.deskInvite)
	m.Get(peopleHome+"/{member}/invitation", s.deskInvited)
	m.Post(peopleHome+"/{member}/invitation", s.deskInviteAgain)
	m.Get(peopleHome+"/{member}", s.deskMember)
	m.Post(peopleHome+"/{member}", s.deskSaveMember)
	m.Get(teamsHome, s.deskTeams)
	m.Get(teamsHome+"/new", s.deskNewTeam)
	m.Post(teamsHome+"/new", s.deskAddTeam)
	m.Get(teamsHome+"/{team}", s.deskTeam)
	m.Post(teamsHome+"/{team}", s.deskSaveTeam)
}

// mayLook lets those see the settings who lead.
func mayLook(who actor.Actor) bool { return auth.Require(who, auth.OrgAudit) == nil }

// frame is what all settings pages have; it refuses who may not look.
func (s *Service) frame(c *web.Ctx, key, title, sub string) (f html.Frame, o Organisation, err error) {
	if err := auth.Require(c.Actor, auth.OrgAudit); err != nil {
		return f, o, err
	}
	if o, err = s.Get(c.Context(), c.Actor); err != nil {
		return f, o, err
	}
	f = html.Frame{Title: title, Sub: sub, ReadOnly: auth.Require(c.Actor, auth.OrgAdmin) != nil, Version: strconv.FormatInt(o.Version, 10)}
	for _, p := range places(c.P) {
		f.Places = append(f.Places, ui.Segment{Label: p.Title, Href: p.Href, Current: p.Href == key})
	}
	return f, o, nil
}

// places are all parts of the settings, in order.
func places(words lang.Printer) (list []html.Entry) {
	add := func(href, key, icon string) {
		list = append(list, html.Entry{Href: href, Title: words.T("desk.settings." + key), Text: words.T("desk.settings." + key + "-text"), Icon: icon})
	}
	add(settingsHome+"/organisation", "organisation", "building-2")
	add(settingsHome+"/hours", "hours", "clock")
	add(peopleHome, "people", "users")
	add(teamsHome, "teams", "users-round")
	for _, g := range Groups() {
		list = append(list, html.Entry{Href: choicesHome + g, Title: words.T("setting-group." + g + ".title"), Text: words.T("setting-group." + g + ".text"), Icon: groupIcons[g]})
	}
	return list
}

var groupIcons = map[string]string{GroupPromises: "handshake", GroupCases: "clipboard-list", GroupMessages: "mail", GroupUrgency: "siren",
	GroupPeople: "user-round", GroupDesk: "monitor"}

func (s *Service) deskSettings(c *web.Ctx) error {
	f, _, err := s.frame(c, settingsHome, c.P.T("desk.settings.title"), c.P.T("desk.settings.sub"))
	if err != nil {
		return err
	}
	f.Places = nil
	v := html.HomeView{Frame: f, Entries: places(c.P)}
	if v.Changes, err = s.changesOf(c, "", shownChanges); err != nil {
		return err
	}
	return settingsPage(c, v.Frame, html.Home(v), 0)
}

// settingsPage answers with a page of the settings.
func settingsPage(c *web.Ctx, f html.Frame, body templ.Component, status int) error {
	return c.Page(web.Page{Title: f.Title, Nav: "settings", Failed: f.Problem != "" || len(f.Errors) > 0, Status: status, Body: body})
}

// refused makes what a form says when it was refused; any other error is given back.
func refused(c *web.Ctx, f *html.Frame, err error, rename func(string) string) (status int, rest error) {
	summary, _, ok := web.FormErrors(err, c.P)
	if !ok {
		return 0, err
	}
	for _, e := range ui.ErrorsOf(c.P, err) {
		e.Field = rename(e.Field)
		f.Errors = append(f.Errors, e)
	}
	if len(f.Errors) == 0 {
		f.Problem = summary
	}
	return web.Status(errs.ClassOf(err)), nil
}

// meanwhile tells who changed an area meanwhile, and when. What it became
// stands below the form, and saving again goes by the version of now.
func meanwhile(c *web.Ctx, f *html.Frame, wrong error, now int64, v html.ChangesView) {
	if errs.ClassOf(wrong) != errs.Stale {
		return
	}
	f.Version = strconv.FormatInt(now, 10)
	if len(v.Rows) > 0 {
		f.Problem = c.P.T("changed.by", "Who", v.Rows[0].Who, "At", v.Rows[0].At)
	}
}

// same leaves the names of inputs as they are.
func same(path string) string { return path }

// One group of settings.

func (s *Service) deskGroup(c *web.Ctx) error {
	return s.showGroup(c, nil, nil)
}

func (s *Service) showGroup(c *web.Ctx, typed map[string]string, wrong error) error {
	group := c.Path("group")
	fields := fieldsOf(group)
	if len(fields) == 0 {
		return errs.New(errs.NotFound, "not-found")
	}
	f, o, err := s.frame(c, choicesHome+group, c.P.T("setting-group."+group+".title"), c.P.T("setting-group."+group+".text"))
	if err != nil {
		return err
	}
	status := 0
	if wrong != nil {
		if status, err = refused(c, &f, wrong, func(p string) string { return strings.TrimPrefix(p, "settings.") }); err != nil {
			return err
		}
		if v, ok := typed["version"]; ok {
			f.Version = v
		}
	}
	f.Action = choicesHome + group
	v := html.GroupView{Frame: f}
	now, def := o.Settings.values(), Defaults().values()
	for _, x := range fields {
		value := x.typed(now[x.Path])
		if t, ok := typed[x.Path]; ok {
			value = t
		}
		v.Fields = append(v.Fields, fieldView(c.P, x, value, def[x.Path], f.Errors.For(x.Path)))
	}
	if v.Changes, err = s.changesOf(c, group, shownChanges); err != nil {
		return err
	}
	meanwhile(c, &v.Frame, wrong, o.Version, v.Changes)
	return settingsPage(c, v.Frame, html.Group(v), status)
}

func fieldView(words lang.Printer, x SettingField, value string, def any, wrong string) html.FieldView {
	v := html.FieldView{Default: shown(words, x, def), Input: ui.Input{Name: x.Path, Label: words.T("setting." + dashed(x.Path) + ".label"),
		Hint: words.T("setting." + dashed(x.Path) + ".hint"), Value: value, Error: wrong, Autocomplete: "off", Max: 60}}
	switch x.Kind {
	case NumberSetting:
		v.Input.InputMode = "numeric"
		v.Unit = words.T("desk.settings.range", "Unit", unit(words, x), "Min", words.Number(x.Min), "Max", words.Number(x.Max))
	case ShareSetting:
		v.Input.InputMode = "decimal"
		v.Unit = words.T("desk.settings.percent")
	case YesNoSetting:
		v.Kind, v.On = "yes-no", value == "on" || value == "yes"
	case ChoiceSetting:
		v.Kind = "choice"
		for _, choice := range x.Choices {
			v.Input.Options = append(v.Input.Options, ui.Option{Value: choice, Label: choiceWord(words, x, choice), Selected: choice == value})
		}
	case LinesSetting:
		v.Kind, v.Input.Rows, v.Input.Max = "lines", max(3, strings.Count(value, "\n")+2), 0
		v.Unit = words.T("desk.settings.lines", "Max", words.Number(x.Max))
	case ClockSetting:
		v.Unit = words.T("desk.settings.clock")
	}
	return v
}

func choiceWord(words lang.Printer, x SettingField, choice string) string {
	return words.T("setting." + dashed(x.Path) + "." + choice)
}

func unit(words lang.Printer, x SettingField) string {
	if x.Unit == "" {
		return words.T("unit.number")
	}
	return words.T("unit." + x.Unit)
}

// shown is a value as people read it.
func shown(words lang.Printer, x SettingField, v any) string {
	typed := x.typed(v)
	switch x.Kind {
	case NumberSetting:
		if n, err := strconv.ParseFloat(typed, 64); err == nil {
			return words.T("desk.settings.number-unit", "N", words.Number(n), "Unit", unit(words, x))
		}
	case ShareSetting:
		if n, err := strconv.ParseFloat(typed, 64); err == nil {
			return words.T("desk.settings.number-percent", "N", words.Number(n))
		}
	case YesNoSetting:
		if typed == "on" {
			return words.T("desk.settings.yes")
		}
		return words.T("desk.settings.no")
	case ChoiceSetting:
		return choiceWord(words, x, typed)
	case LinesSetting:
		if typed == "" {
			return words.T("desk.settings.nothing")
		}
		return strings.ReplaceAll(typed, "\n", "; ")
	case ClockSetting:
	}
	return typed
}

func (s *Service) deskSaveGroup(c *web.Ctx) error {
	var in struct {
		Version int64 `form:"version"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	typed, values := map[string]string{"version": strconv.FormatInt(in.Version, 10)}, map[string]any{}
	for _, x := range fieldsOf(c.Path("group")) {
		if !c.Request().PostForm.Has(x.Path) {
			continue // a form of an older page: what it does not ask stays as it is
		}
		text := strings.ReplaceAll(c.Request().PostFormValue(x.Path), "\r\n", "\n")
		typed[x.Path], values[x.Path] = text, x.read(text)
	}
	if _, err := s.ChangeSettings(c.Context(), c.Actor, in.Version, values); err != nil {
		return s.showGroup(c, typed, err)
	}
	c.Toast("desk.settings.saved")
	return c.Redirect(choicesHome + c.Path("group"))
}

// The record of changes.

func (s *Service) deskChanges(c *web.Ctx) error {
	f, _, err := s.frame(c, settingsHome+"/changes", c.P.T("desk.settings.changes"), c.P.T("desk.settings.changes-sub"))
	if err != nil {
		return err
	}
	v, err := s.changesOf(c, c.Query("area"), page.Default)
	if err != nil {
		return err
	}
	v.AllHref = ""
	return settingsPage(c, f, html.Changes(f, v), 0)
}

// changesOf draws the newest changes in an area, or everywhere.
func (s *Service) changesOf(c *web.Ctx, area string, limit int) (v html.ChangesView, err error) {
	p, err := s.Changes(c.Context(), c.Actor, area, c.Query("after"), limit)
	if err != nil {
		return v, err
	}
	v = html.ChangesView{Title: c.P.T("desk.settings.changes")}
	var ids []string
	for _, x := range p.Items {
		ids = append(ids, x.By)
	}
	var members map[string]Member
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) { members, err = MembersByIDs(q, c.Actor.Org, ids); return err }); err != nil {
		return v, err
	}
	for _, x := range p.Items {
		row := html.ChangeRow{At: x.At, Who: c.P.T("desk.settings.by-installer")}
		if m, ok := members[x.By]; ok {
			row.Who = m.Name
		}
		row.What, row.Was, row.Became = told(c.P, x)
		if area == "" {
			row.AreaHref, row.AreaOf = areaOf(c.P, x.Area)
		}
		v.Rows = append(v.Rows, row)
	}
	base := settingsHome + "/changes?area=" + area
	if limit < page.Default {
		if p.Next != "" {
			v.AllHref = base
		}
		return v, nil
	}
	if later := c.Query("after") != ""; p.Next != "" || later {
		v.Pager = &ui.PagerView{Summary: c.P.T("desk.settings.changes-page", "Count", len(v.Rows))}
		if later {
			v.Pager.PrevHref, v.Pager.PrevLabel = base, c.P.T("desk.settings.newest")
		}
		if p.Next != "" {
			v.Pager.NextHref, v.Pager.NextLabel = base+"&after="+p.Next, c.P.T("desk.settings.older")
		}
	}
	return v, nil
}

func areaOf(words lang.Printer, area string) (href, name string) {
	switch area {
	case AreaOrganisation, AreaHours:
		return settingsHome + "/" + area, words.T("desk.settings." + area)
	}
	return choicesHome + area, words.T("setting-group." + area + ".title")
}

// told words a change: what it is called, and its two values.
func told(words lang.Printer, x Change) (what, was, became string) {
	var a, b any
	if json.Unmarshal([]byte(x.Was), &a) != nil || json.Unmarshal([]byte(x.Became), &b) != nil {
		return x.Path, x.Was, x.Became
	}
	for _, f := range SettingFields() {
		if f.Path == x.Path && f.Group == x.Area {
			return words.T("setting." + dashed(f.Path) + ".label"), shown(words, f, a), shown(words, f, b)
		}
	}
	plain := func(v any) string {
		var parts []string
		switch v := v.(type) {
		case string:
			if v != "" {
				parts = []string{v}
			}
		case []any:
			for _, y := range v {
				s, _ := y.(string)
				switch x.Path {
				case "holidays":
					s = words.T("holiday." + s)
				case "closures":
					s = span(words, s)
				}
				parts = append(parts, s)
			}
		}
		if len(parts) == 0 {
			if strings.HasPrefix(x.Path, "day.") {
				return words.T("desk.settings.closed")
			}
			return words.T("desk.settings.nothing")
		}
		return strings.Join(parts, ", ")
	}
	switch {
	case strings.HasPrefix(x.Path, "day."):
		return words.T("weekday." + strings.TrimPrefix(x.Path, "day.")), plain(a), plain(b)
	case x.Path == "language":
		word := func(v any) string { s, _ := v.(string); return words.T("desk.settings.language-" + s) }
		return words.T("desk.settings.language"), word(a), word(b)
	case words.Has("desk.settings." + x.Path):
		return words.T("desk.settings." + x.Path), plain(a), plain(b)
	}
	return x.Path, plain(a), plain(b) // a setting of an older or newer program
}

// span words a time of being closed: "24-12-2026 to 31-12-2026".
func span(words lang.Printer, s string) string {
	a, b, _ := strings.Cut(s, "/")
	from, err := workcal.ParseDate(a)
	to, err2 := workcal.ParseDate(b)
	if err != nil || err2 != nil {
		return s
	}
	if from == to {
		return typedDate(from)
	}
	return words.T("desk.settings.span", "From", typedDate(from), "To", typedDate(to))
}
