package casefile

import (
	"context"
	"strings"

	"github.com/houvast/houvast/internal/care/casefile/html"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// Text is one of an organisation's own texts for answers.
type Text struct{ ID, Name string }

// Texts are an organisation's own texts for answers, and the check of how plain
// a text is; the template capability satisfies it.
type Texts interface {
	// Names gives the texts by name.
	Names(q db.Q, orgID string) ([]Text, error)
	// FillText gives one as it reads in a case, in the customer's language.
	FillText(ctx context.Context, who actor.Actor, caseID, id string) (string, error)
	// Plain says what makes a text of a language hard to read, one sentence each.
	Plain(words lang.Printer, text, language string) []string
	// Unfilled gives the fields that still stand in a text.
	Unfilled(text string) []string
}

// filled refuses a text for a customer that still holds fields of a template.
func (s *Service) filled(c *errs.Checks, path, text string) {
	if s.Texts == nil {
		return
	}
	if open := s.Texts.Unfilled(text); len(open) > 0 {
		c.Add(errs.Field{Path: path, Type: "text-open-field", Params: errs.Params{"Field": open[0]}})
	}
}

// What the buttons beside a text do; nothing is sent by either.
const (
	doFill  = "fill"
	doPlain = "plain"
)

// texting is the text of a form that a customer reads, with what was chosen
// to fill it.
type texting struct {
	part     string // id of this part of the page
	action   string // of the form
	field    string // name of the input
	text     string
	language string // of whoever reads it
	template string
	filled   bool // just now
}

// fillIn does what a button beside a text asks: it puts the chosen text below
// what was typed already. It says whether it was one of those buttons.
func (s *Service) fillIn(c *web.Ctx, caseID, do, template string, text *string) (bool, error) {
	if do != doFill && do != doPlain {
		return false, nil
	}
	if do == doPlain || template == "" || s.Texts == nil {
		return true, nil
	}
	add, err := s.Texts.FillText(c.Context(), c.Actor, caseID, template)
	if err != nil {
		return true, err
	}
	if *text = strings.TrimSpace(*text); *text != "" {
		*text += "\n\n"
	}
	*text += add
	return true, nil
}

// textView draws what stands beside a text.
func (s *Service) textView(c *web.Ctx, org string, t texting) (v html.TextView, err error) {
	v = html.TextView{ID: t.part, Action: t.action, Field: t.field, Filled: t.filled}
	if t.language != c.P.Lang() {
		v.Lang = t.language
	}
	if s.Texts == nil {
		return v, nil
	}
	var list []Text
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) { list, err = s.Texts.Names(q, org); return err }); err != nil {
		return v, err
	}
	v.Check = true
	if len(list) > 0 {
		v.Templates = []ui.Option{{Label: c.P.T("desk.text.none")}}
	}
	for _, x := range list {
		v.Templates = append(v.Templates, ui.Option{Value: x.ID, Label: x.Name, Selected: x.ID == t.template})
	}
	v.Plain = s.plainView(c, t.text, t.language)
	return v, nil
}

// plainView is what a reader may stumble over in a text.
func (s *Service) plainView(c *web.Ctx, text, language string) html.PlainView {
	if s.Texts == nil || strings.TrimSpace(text) == "" {
		return html.PlainView{}
	}
	return html.PlainView{Read: true, Findings: s.Texts.Plain(c.P, text, language)}
}

// deskPlain looks at a text while it is written. Nothing of it is kept.
func (s *Service) deskPlain(c *web.Ctx) error {
	d, err := s.found(c)
	if err != nil {
		return err
	}
	var in struct {
		Part string `form:"part"`
		Said string `form:"said"`
		Note string `form:"note"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	typed := in.Note
	if in.Part == partLog {
		typed = in.Said
	}
	return c.Fragment(ui.Fragment(c.P, html.Plain(oneOf(in.Part, partLog, partKeep, partClose), s.plainView(c, typed, d.asker.Person.Language))))
}

// The parts of pages in which a text for a customer is written.
const (
	partLog   = "log-text"
	partKeep  = "keep-text"
	partClose = "close-text"
)

// plainHref is where a text about a case is checked while it is written.
func plainHref(c Case) string { return caseHref(c) + "/plain" }

// texting is a text for whoever asks.
func (d dossier) texting(part, action, field string) texting {
	return texting{part: part, action: action, field: field, language: d.asker.Person.Language}
}
