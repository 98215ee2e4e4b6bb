package intake

import (
	"strconv"
	"strings"

	"github.com/houvast/houvast/internal/care/intake/html"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

const flagsHome = "/desk/red-flags"

func (s *Service) commands() []module.Command {
	return []module.Command{
		{LabelKey: "desk.call.command", WordsKey: "desk.call.command-words", Href: home, Icon: "phone-incoming", May: func(who actor.Actor) bool { return auth.May(who, auth.CaseWrite) }},
		{LabelKey: "desk.flags.title", WordsKey: "desk.flags.command-words", Href: flagsHome, Icon: "siren", May: func(who actor.Actor) bool { return auth.May(who, auth.OrgRead) }},
	}
}

func (s *Service) deskFlags(c *web.Ctx) error {
	list, err := s.Flags(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	v := html.FlagsPage{Title: c.P.T("desk.flags.title"), Sub: c.P.T("desk.flags.sub"), MayChange: mayChange(c)}
	for _, f := range list {
		r := html.FlagRow{Name: f.Name, Words: strings.Join(f.Words[:min(len(f.Words), 6)], ", "), Off: !f.Active}
		switch {
		case !f.Active:
			r.Note = c.P.T("desk.flags.off")
		case f.Version > 0:
			r.Note = c.P.T("desk.flags.changed", "At", f.ChangedAt)
		}
		if v.MayChange {
			r.Href = flagsHome + "/" + f.ID
		}
		v.Rows = append(v.Rows, r)
	}
	return c.Page(web.Page{Title: v.Title, Nav: "settings", Body: html.List(v)})
}

// flagInput is a red flag as it is typed.
type flagInput struct {
	Version int64  `form:"version"`
	Name    string `form:"name"`
	Words   string `form:"words"`
	Ask     string `form:"ask"`
	Act     string `form:"act"`
	Active  bool   `form:"active"`
}

func (in flagInput) set() SetFlag {
	return SetFlag{Name: in.Name, Words: lines(in.Words), Ask: in.Ask, Act: in.Act, Active: in.Active}
}

func (s *Service) flagOf(c *web.Ctx) (Flag, error) {
	if err := auth.Require(c.Actor, auth.OrgAdmin); err != nil {
		return Flag{}, err
	}
	list, err := s.Flags(c.Context(), c.Actor)
	for _, f := range list {
		if f.ID == c.Path("flag") {
			return f, err
		}
	}
	if err == nil {
		err = errs.New(errs.NotFound, "flag-unknown")
	}
	return Flag{}, err
}

func (s *Service) deskFlag(c *web.Ctx) error {
	f, err := s.flagOf(c)
	if err != nil {
		return err
	}
	return s.showFlag(c, f, flagInput{f.Version, f.Name, strings.Join(f.Words, "\n"), f.Ask, f.Act, f.Active}, "", nil, 0)
}

func (s *Service) deskFlagNew(c *web.Ctx) error {
	if err := auth.Require(c.Actor, auth.OrgAdmin); err != nil {
		return err
	}
	return s.showFlag(c, Flag{}, flagInput{Active: true}, "", nil, 0)
}

func (s *Service) showFlag(c *web.Ctx, f Flag, in flagInput, problem string, wrong ui.Errors, status int) error {
	v := html.FlagForm{Title: c.P.T("desk.flags.new"), Sub: c.P.T("desk.flags.form-sub"), Action: flagsHome + "/new", Back: flagsHome, Version: strconv.FormatInt(f.Version, 10),
		Name: in.Name, Words: in.Words, Ask: in.Ask, Act: in.Act, Active: in.Active, Problem: problem, Errors: wrong}
	if f.ID != "" {
		v.Title, v.Action = f.Name, flagsHome+"/"+f.ID
		if f.Version > 0 {
			v.Drop, v.DropLabel = v.Action+"/drop", c.P.T("desk.flags.drop")
		}
	}
	return c.Page(web.Page{Title: v.Title, Nav: "settings", Failed: status >= 400, Status: status, Body: html.Edit(v)})
}

func (s *Service) deskFlagAdd(c *web.Ctx) error {
	var in flagInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	_, err := s.AddFlag(c.Context(), c.Actor, in.set())
	return s.flagSaved(c, Flag{}, in, err)
}

func (s *Service) deskFlagChange(c *web.Ctx) error {
	var in flagInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	f, err := s.flagOf(c)
	if err != nil {
		return err
	}
	_, err = s.ChangeFlag(c.Context(), c.Actor, f.ID, in.Version, in.set())
	return s.flagSaved(c, f, in, err)
}

func (s *Service) flagSaved(c *web.Ctx, f Flag, in flagInput, err error) error {
	if err != nil {
		problem, wrong, status, rest := ui.Refusal(c, err, nil)
		if rest != nil {
			return rest
		}
		return s.showFlag(c, f, in, problem, wrong, status)
	}
	c.Toast("desk.flags.saved")
	return c.Redirect(flagsHome)
}

func (s *Service) deskFlagDrop(c *web.Ctx) error {
	var in flagInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	if err := s.DropFlag(c.Context(), c.Actor, c.Path("flag"), in.Version); err != nil {
		return err
	}
	c.Toast("desk.flags.saved")
	return c.Redirect(flagsHome)
}
