package note

import (
	"slices"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/note/html"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// desk are the pages of notes. A note is read in the timeline of its case.
func (s *Service) desk(m *web.Mux) {
	m.Get("/desk/cases/{case}/note", s.deskPage)
	m.Post("/desk/cases/{case}/note", s.deskAdd)
	m.Post("/desk/notes/{note}/take-back", s.deskTakeBack)
}

// input is a note as typed.
type input struct {
	Text   string `form:"text"`
	Member string `form:"member"`
}

func caseHref(c casefile.Case) string { return "/desk/cases/" + c.Ref() }

func (s *Service) caseOf(c *web.Ctx, ref string) (row casefile.Case, err error) {
	if err := staff(c.Actor); err != nil {
		return row, err
	}
	err = s.DB.Read(c.Context(), func(q db.Q) error { row, err = casefile.Look(q, c.Actor, ref); return err })
	if err == nil {
		c.Saw("case", row.ID)
	}
	return row, err
}

// form is the note of a case to be written, with what was typed.
func (s *Service) form(c *web.Ctx, row casefile.Case, in input, wrong ui.Errors) (f html.Form, err error) {
	f = html.Form{Action: caseHref(row) + "/note", Back: caseHref(row), Draft: "case:" + row.ID + ":note", Text: in.Text, Errors: wrong,
		Members: []ui.Option{{Label: c.P.T("desk.note.nobody")}}}
	err = s.DB.Read(c.Context(), func(q db.Q) error {
		members, err := org.Active(q, row.Org, maxMembers)
		if err != nil {
			return err
		}
		for _, m := range members {
			if m.ID == c.Actor.Member {
				continue
			}
			o := ui.Option{Value: m.ID, Label: m.Name, Selected: m.ID == in.Member}
			if !m.Here(c.Now()) {
				o.Label = c.P.T("desk.note.away", "Name", m.Name)
			}
			f.Members = append(f.Members, o)
		}
		mine, ok, err := newestBy(q, row.Org, row.ID, c.Actor.Member)
		if ok && mine.Retractable(c.Actor.Member, c.Now()) {
			f.TakeBack = "/desk/notes/" + mine.ID + "/take-back"
		}
		return err
	})
	return f, err
}

// composerPanel is the tab of a case in which a note is written.
func (s *Service) composerPanel(c *web.Ctx, args module.PanelArgs) (templ.Component, error) {
	if auth.Require(c.Actor, auth.CaseWrite) != nil {
		return nil, nil //nolint:nilerr // a panel shows nothing to whom it is not for
	}
	row, err := s.caseOf(c, args.Case)
	if err != nil {
		return nil, err
	}
	f, err := s.form(c, row, input{}, nil)
	return html.Write(f), err
}

func (s *Service) deskPage(c *web.Ctx) error {
	row, err := s.caseOf(c, c.Path("case"))
	if err != nil {
		return err
	}
	return s.show(c, row, input{}, "", nil, 0)
}

func (s *Service) show(c *web.Ctx, row casefile.Case, in input, problem string, wrong ui.Errors, status int) error {
	f, err := s.form(c, row, in, wrong)
	if err != nil {
		return err
	}
	p := html.Page{Eyebrow: c.P.T("desk.note.of-case", "Ref", row.Ref()), Title: c.P.T("desk.note.title"), Sub: row.Subject, Problem: problem, Form: f}
	return c.Page(web.Page{Title: p.Title, Nav: "cases", Failed: status >= 400, Status: status, Body: html.WritePage(p)})
}

func (s *Service) deskAdd(c *web.Ctx) error {
	row, err := s.caseOf(c, c.Path("case"))
	if err != nil {
		return err
	}
	var in input
	if err := c.Decode(&in); err != nil {
		return err
	}
	add := Add{Text: in.Text}
	if in.Member != "" {
		add.Members = []string{in.Member}
	}
	n, err := s.Add(c.Context(), c.Actor, row.ID, add)
	if err != nil {
		summary, wrong, status, rest := ui.Refusal(c, err, map[string]string{"text": "note-text", "member_ids": "note-member"})
		if rest != nil {
			return rest
		}
		return s.show(c, row, in, summary, wrong, status)
	}
	told := slices.DeleteFunc(slices.Clone(n.Mentioned), func(m Mention) bool { return m.Told == c.Actor.Member })
	c.ToastUndo("/desk/notes/"+n.ID+"/take-back", "desk.note.added", "Count", len(told))
	return c.Redirect(caseHref(row) + "#what-happened")
}

// deskTakeBack takes a note back within its minute.
func (s *Service) deskTakeBack(c *web.Ctx) error {
	n, err := s.TakeBack(c.Context(), c.Actor, c.Path("note"))
	if err != nil {
		return err
	}
	row, err := s.caseOf(c, n.Case)
	if err != nil {
		return err
	}
	c.Toast("desk.note.taken-back")
	return c.Redirect(caseHref(row) + "#what-happened")
}
