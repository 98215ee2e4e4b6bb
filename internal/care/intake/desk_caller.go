package intake

import (
	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/intake/html"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// callerNames are the fields of the form by what services call them.
var callerNames = map[string]string{"caller": "caller-q", "caller.name": "caller-q", "caller.phone": "caller-phone", "caller.birth_date": "caller-born"}

// callerOf gives a case, and whether nobody knows yet who asked it.
func (s *Service) callerOf(c *web.Ctx, ref string) (row casefile.Case, unknown bool, err error) {
	if err := s.require(c.Actor, Party{}, nil); err != nil {
		return row, false, err
	}
	err = s.DB.Read(c.Context(), func(q db.Q) error {
		if row, err = casefile.Look(q, c.Actor, ref); err != nil {
			return err
		}
		_, unknown, err = unknownOf(q, row)
		return err
	})
	if err == nil {
		c.Saw("case", row.ID)
	}
	return row, unknown, err
}

// callerForm asks who an unknown caller was, with who may be meant.
func (s *Service) callerForm(c *web.Ctx, row casefile.Case, in callInput, wrong ui.Errors) (f html.CallerForm, err error) {
	f = html.CallerForm{Action: "/desk/cases/" + row.Ref() + "/caller", Back: "/desk/cases/" + row.Ref(), Query: in.Q, Phone: in.Phone, Born: in.Born, Company: in.Company,
		New: in.New, AskNew: in.askNew || in.New, Errors: wrong}
	var l loaded
	err = s.DB.Read(c.Context(), func(q db.Q) error { l.people, err = s.meant(q, c, in.Q, in.Phone); return err })
	f.Found = l.found(c, in)
	f.Found.ID, f.Found.Name = "caller-found", "pick"
	if len(f.Found.Items) == 0 && f.Found.None != "" {
		f.Found.None = c.P.T("desk.caller.none")
	}
	return f, err
}

// callerPanel stands beside a case of somebody who did not say who they are.
func (s *Service) callerPanel(c *web.Ctx, args module.PanelArgs) (templ.Component, error) {
	if auth.Require(c.Actor, auth.CaseWrite) != nil || auth.Require(c.Actor, auth.PersonWrite) != nil {
		return nil, nil //nolint:nilerr // a panel shows nothing to whom it is not for
	}
	row, unknown, err := s.callerOf(c, args.Case)
	if err != nil || !unknown {
		return nil, err
	}
	f, err := s.callerForm(c, row, callInput{}, nil)
	return html.Caller(f), err
}

func (s *Service) deskCallerPage(c *web.Ctx) error {
	return s.showCaller(c, callInput{Q: c.Query("q"), Phone: c.Query("phone"), Born: c.Query("born"), Company: c.Query("company") != "", New: c.Query("new") != ""}, "", nil, 0)
}

// showCaller is the panel as a page of its own: for looking somebody up without
// a script, and when something is to be mended.
func (s *Service) showCaller(c *web.Ctx, in callInput, problem string, wrong ui.Errors, status int) error {
	row, unknown, err := s.callerOf(c, c.Path("case"))
	if err != nil {
		return err
	}
	if !unknown {
		c.Toast("problem.caller-known")
		return c.Redirect("/desk/cases/" + row.Ref())
	}
	f, err := s.callerForm(c, row, in, wrong)
	if err != nil {
		return err
	}
	v := html.CallerPage{Head: ui.PageHeadView{Eyebrow: c.P.T("desk.caller.of-case", "Ref", row.Ref()), Title: c.P.T("desk.caller.title"), Sub: row.Subject},
		Problem: problem, Form: f}
	return c.Page(web.Page{Title: v.Head.Title, Nav: "cases", Failed: status >= 400, Status: status, Body: html.CallerOf(v)})
}

// deskCaller records who an unknown caller of a case was: a customer who was
// found, or somebody new.
func (s *Service) deskCaller(c *web.Ctx) error {
	var in callInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	if in.Pick != "" {
		in.Person = in.Pick
	}
	if in.Do == "look" && in.Person == "" {
		return s.showCaller(c, in, "", nil, 0)
	}
	row, _, err := s.callerOf(c, c.Path("case"))
	if err != nil {
		return err
	}
	if in.askNew, err = s.same(c, in.Person == "" && !in.New, in.Q, in.Phone); err != nil {
		return err
	}
	if in.askNew {
		err = errs.New(errs.Invalid, "caller-ambiguous").Field("caller", "caller-ambiguous")
	} else {
		row, err = s.NameCaller(c.Context(), c.Actor, row.ID, in.caller())
	}
	if err != nil {
		problem, wrong, status, rest := ui.Refusal(c, err, callerNames)
		if rest != nil {
			return rest
		}
		return s.showCaller(c, in, problem, wrong, status)
	}
	c.Toast("desk.call.named")
	return c.Redirect("/desk/cases/" + row.Ref() + "#customer")
}
