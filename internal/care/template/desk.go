package template

import (
	"strconv"

	"github.com/houvast/houvast/internal/care/template/html"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

const home = "/desk/templates"

// desk are the pages of templates.
func (s *Service) desk(m *web.Mux) {
	m.Get(home, s.deskList)
	m.Post(home+"/examples", s.deskExamples)
	m.Get(home+"/new", s.deskNew)
	m.Post(home+"/new", s.deskSave)
	m.Get(home+"/{template}", s.deskEdit)
	m.Post(home+"/{template}", s.deskSave)
	m.Post(home+"/{template}/drop", s.deskDrop)
}

// input is the form as typed.
type input struct {
	Name    string `form:"name"`
	Dutch   string `form:"text_nl"`
	English string `form:"text_en"`
	Version int64  `form:"version"`
	Do      string `form:"do"`
}

func (s *Service) deskList(c *web.Ctx) error {
	list, err := s.List(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	v := html.ListView{May: auth.May(c.Actor, auth.TemplateWrite), New: home + "/new", Examples: home + "/examples"}
	for _, x := range list {
		v.Rows = append(v.Rows, html.Row{Name: x.Name, Href: home + "/" + x.ID, Text: x.In(c.P.Lang()),
			Note: c.P.T("desk.template.changed", "At", x.ChangedAt)})
	}
	if len(list) == 0 {
		for _, x := range s.examples(c.Actor) {
			v.Offered = append(v.Offered, html.Row{Name: x.Name, Text: x.In(c.P.Lang())})
		}
	}
	return c.Page(web.Page{Title: c.P.T("desk.template.title"), Nav: "cases", Body: html.List(v)})
}

func (s *Service) deskExamples(c *web.Ctx) error {
	n, err := s.AddExamples(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	c.Toast("desk.template.added", "Count", n)
	return c.Redirect(home)
}

func (s *Service) deskNew(c *web.Ctx) error {
	if err := auth.Require(c.Actor, auth.TemplateWrite); err != nil {
		return err
	}
	return s.show(c, Template{}, nil)
}

func (s *Service) deskEdit(c *web.Ctx) error {
	x, err := s.Get(c.Context(), c.Actor, c.Path("template"))
	if err != nil {
		return err
	}
	return s.show(c, x, nil)
}

func (s *Service) deskSave(c *web.Ctx) error {
	var in input
	if err := c.Decode(&in); err != nil {
		return err
	}
	x := Template{ID: c.Path("template"), Name: in.Name, Dutch: plain(in.Dutch), English: plain(in.English), Version: in.Version}
	if in.Do == "check" {
		if err := auth.Require(c.Actor, auth.TemplateWrite); err != nil {
			return err
		}
		if x.ID != "" {
			if _, err := s.Get(c.Context(), c.Actor, x.ID); err != nil {
				return err
			}
		}
		return s.show(c, x, nil)
	}
	if _, err := s.Save(c.Context(), c.Actor, x); err != nil {
		return s.show(c, x, err)
	}
	c.Toast("desk.template.saved")
	return c.Redirect(home)
}

func (s *Service) deskDrop(c *web.Ctx) error {
	if err := s.Drop(c.Context(), c.Actor, c.Path("template")); err != nil {
		return err
	}
	c.Toast("desk.template.dropped")
	return c.Redirect(home)
}

// show is the page of one template, with what was typed and how it reads.
func (s *Service) show(c *web.Ctx, x Template, wrong error) error {
	v := html.EditView{Title: x.Name, Name: x.Name, Version: strconv.FormatInt(x.Version, 10), Back: home, Action: home + "/new",
		May: auth.May(c.Actor, auth.TemplateWrite)}
	if x.ID != "" {
		v.Action = home + "/" + x.ID
		v.Drop = v.Action + "/drop"
	}
	if v.Title == "" {
		v.Title = c.P.T("desk.template.new")
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
	for _, l := range lang.Languages() {
		text := x.In(l)
		t := html.TextView{Language: l, Name: "text_" + l, Label: c.P.T("desk.template.text-" + l), Text: text, Hint: c.P.T("desk.template.fields", "Fields", List(l))}
		if text != "" {
			read, err := s.Sample(c.Context(), c.Actor, text, l)
			if err != nil {
				return err
			}
			t.Sample = ui.PreviewView{Label: c.P.T("desk.template.reads"), Text: read, Lang: l}
			t.Findings = Say(c.P, Check(read, l))
		}
		v.Texts = append(v.Texts, t)
	}
	return c.Page(web.Page{Title: v.Title, Nav: "cases", Status: status, Failed: wrong != nil, Body: html.Edit(v)})
}
