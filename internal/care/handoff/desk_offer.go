package handoff

import (
	"slices"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/handoff/html"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// matter is a case that is to be passed on, with what could go along.
type matter struct {
	row    casefile.Case
	asker  person.Person
	papers []casefile.Document
}

func (s *Service) matterOf(c *web.Ctx, ref string) (m matter, err error) {
	if err := auth.Require(c.Actor, auth.CaseWrite); err != nil {
		return m, err
	}
	err = s.DB.Read(c.Context(), func(q db.Q) error {
		if m.row, err = casefile.Look(q, c.Actor, ref); err != nil {
			return err
		}
		if m.asker, err = person.ByID(q, m.row.Org, m.row.Asker); err != nil {
			return err
		}
		m.papers, err = casefile.Documents(q, m.row.Org, m.row.ID)
		return err
	})
	if err == nil {
		c.Saw("case", m.row.ID)
	}
	return m, err
}

func (m matter) page(words lang.Printer, key string) html.FormPage {
	return html.FormPage{Eyebrow: words.T("desk.handoff.of-case", "Ref", m.row.Ref()), Title: words.T("desk.handoff." + key), Sub: m.row.Subject}
}

// offerInput is a handoff as typed.
type offerInput struct {
	To        string   `form:"to"`
	AnswerBy  string   `form:"answer_by"`
	History   string   `form:"history"`
	Note      string   `form:"note"`
	Chose     bool     `form:"chose"` // the documents were offered to choose from
	Documents []string `form:"documents"`
	Consent   bool     `form:"consent"`
	Do        string   `form:"do"`
}

// offerNames are the inputs' own ids: the form stands beside others on the page
// of a case.
var offerNames = map[string]string{"to": "hand-to", "note": "hand-note", "documents": "hand-papers"}

func (s *Service) offerForm(c *web.Ctx, m matter, in offerInput, wrong ui.Errors) (f html.OfferForm, err error) {
	base := caseHref(m.row)
	f = html.OfferForm{Choice: html.Choice{Action: base + "/hand-off", Back: base, Errors: wrong}, Who: m.asker.Called(), To: in.To, History: in.History,
		Note: in.Note, AnswerBy: in.AnswerBy, Consent: in.Consent, ReferAction: base + "/refer"}
	if f.Receivers, err = s.receivers(c, in.To, m.row.Owner); err != nil {
		return f, err
	}
	if f.Partners, err = s.partners(c, "", false); err != nil {
		return f, err
	}
	for _, d := range m.papers {
		f.Papers = append(f.Papers, ui.Option{Value: d.ID, Label: d.Name, Note: c.P.T("document.kind-" + d.Kind), Selected: !in.Chose || slices.Contains(in.Documents, d.ID)})
	}
	if !m.row.NextDue.IsZero() {
		f.Promise = c.P.T("desk.handoff.goes-with", "Due", m.row.NextDue)
	}
	return f, nil
}

// composerPanel is the tab in which a case is handed off.
func (s *Service) composerPanel(c *web.Ctx, args module.PanelArgs) (templ.Component, error) {
	if auth.Require(c.Actor, auth.CaseWrite) != nil {
		return nil, nil //nolint:nilerr // a panel shows nothing to whom it is not for
	}
	m, err := s.matterOf(c, args.Case)
	if err != nil {
		return nil, err
	}
	f, err := s.offerForm(c, m, offerInput{}, nil)
	return html.Offer(f), err
}

func (s *Service) deskOfferPage(c *web.Ctx) error {
	m, err := s.matterOf(c, c.Path("case"))
	if err != nil {
		return err
	}
	return s.showOffer(c, m, offerInput{}, m.page(c.P, "offer-title"), nil, 0)
}

func (s *Service) showOffer(c *web.Ctx, m matter, in offerInput, p html.FormPage, preview *ui.PreviewView, status int) error {
	f, err := s.offerForm(c, m, in, p.Errors)
	if err != nil {
		return err
	}
	f.Preview = preview
	return c.Page(web.Page{Title: p.Title, Nav: "cases", Failed: status >= 400, Status: status, Body: html.OfferPage(p, f)})
}

func (s *Service) deskOffer(c *web.Ctx) error {
	m, err := s.matterOf(c, c.Path("case"))
	if err != nil {
		return err
	}
	var in offerInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	p := m.page(c.P, "offer-title")
	if in.Do == "preview" {
		preview, err := s.offerPreview(c, m, in.To)
		if err != nil {
			return err
		}
		return s.showOffer(c, m, in, p, preview, 0)
	}
	by, err := s.Promises.ParseDue(c.Context(), c.Actor, c.P, "answer_by", in.AnswerBy)
	if err == nil {
		o := Offer{Case: m.row.ID, To: in.To, History: in.History, Note: in.Note, Consent: in.Consent, AnswerBy: by}
		if in.Chose {
			o.Documents = append([]string{}, in.Documents...)
		}
		var h Handoff
		if h, err = s.Offer(c.Context(), c.Actor, o); err == nil {
			if h.State == Accepted {
				c.Toast("desk.handoff.at-once")
			} else {
				c.Toast("desk.handoff.offered", "By", h.AnswerBy)
			}
			return c.Redirect(caseHref(m.row))
		}
	}
	var status int
	var rest error
	if p.Problem, p.Errors, status, rest = ui.Refusal(c, err, offerNames); rest != nil {
		return rest
	}
	return s.showOffer(c, m, in, p, nil, status)
}

// offerPreview is what the customer will read once somebody accepted.
func (s *Service) offerPreview(c *web.Ctx, m matter, to string) (*ui.PreviewView, error) {
	keeper := ""
	if to != "" {
		if err := s.DB.Read(c.Context(), func(q db.Q) (err error) { keeper, err = org.Duty(q, m.row.Org, to); return err }); err != nil && errs.ClassOf(err) != errs.NotFound {
			return nil, err
		}
	}
	return s.reads(c, m, "handoff-accepted", keeper, "desk.handoff.reads-accepted", nil)
}

// reads is what the customer reads, word for word.
func (s *Service) reads(c *web.Ctx, m matter, template, keeper, label string, extra map[string]any) (*ui.PreviewView, error) {
	if s.Cases.Previews == nil {
		return nil, nil
	}
	params := map[string]any{"keeper": keeper}
	if !m.row.NextDue.IsZero() {
		params["due"] = m.row.NextDue.UnixMilli()
	}
	for k, v := range extra {
		params[k] = v
	}
	p, err := s.Cases.Previews.PreviewText(c.Context(), c.Actor, promise.Telling{Org: m.row.Org, Case: m.row.ID, Question: m.row.Question, Person: m.row.Asker,
		Keeper: keeper, Template: template, Params: params})
	if err != nil {
		return nil, err
	}
	return &ui.PreviewView{Text: p.Text, Lang: p.Language, Label: c.P.T(label, "Who", m.asker.Called(), "Language", c.P.T("language."+p.Language))}, nil
}

// referInput is a referral as typed.
type referInput struct {
	To        string   `form:"to"`
	Subject   string   `form:"subject"`
	Note      string   `form:"note"`
	Documents []string `form:"documents"`
	Consent   bool     `form:"consent"`
	Do        string   `form:"do"`
}

func (s *Service) deskReferPage(c *web.Ctx) error {
	m, err := s.matterOf(c, c.Path("case"))
	if err != nil {
		return err
	}
	in := referInput{To: c.Query("to"), Subject: m.row.Subject}
	for _, d := range m.papers {
		in.Documents = append(in.Documents, d.ID)
	}
	return s.showRefer(c, m, in, m.page(c.P, "refer-title"), nil, 0)
}

func (s *Service) showRefer(c *web.Ctx, m matter, in referInput, p html.FormPage, preview *ui.PreviewView, status int) error {
	base := caseHref(m.row)
	f := html.ReferForm{Choice: html.Choice{Action: base + "/refer", Back: base, Errors: p.Errors}, Who: m.asker.Called(), Subject: in.Subject, To: in.To, Note: in.Note,
		Consent: in.Consent, Preview: preview, Hidden: in.To == ""}
	var err error
	if f.Partners, err = s.partners(c, in.To, true); err != nil {
		return err
	}
	if !f.Hidden {
		if err := s.needs(c, m, in, &f); err != nil {
			return err
		}
	}
	return c.Page(web.Page{Title: p.Title, Nav: "cases", Failed: status >= 400, Status: status, Body: html.ReferPage(p, f)})
}

// needs says what the receiver wants, and what of it goes along: what was
// chosen, and by itself what is here about this customer.
func (s *Service) needs(c *web.Ctx, m matter, in referInput, f *html.ReferForm) error {
	return s.DB.Read(c.Context(), func(q db.Q) error {
		to, err := org.PartnerByID(q, in.To)
		if err != nil {
			return err
		}
		f.ToName = to.Name
		required, err := needsOf(q, in.To)
		if err != nil {
			return err
		}
		var missing []string
		for _, k := range required {
			_, here, err := casefile.DocumentOf(q, m.row.Org, m.row.Person, k)
			if err != nil {
				return err
			}
			if !here {
				missing = append(missing, k)
			}
		}
		f.Needs = append(needView(c.P, required, missing), consentItem(c.P, in.Consent))
		switch {
		case len(required) == 0:
			f.NeedsText = c.P.T("desk.handoff.needs-nothing")
		case len(missing) > 0:
			f.NeedsText = c.P.T("desk.handoff.needs-missing")
		default:
			f.NeedsText = c.P.T("desk.handoff.needs-complete")
		}
		along, err := casefile.FilesOf(q, m.row.Org, m.row.ID)
		for _, d := range m.papers {
			o := ui.Option{Value: d.ID, Label: d.Name, Note: c.P.T("document.kind-" + d.Kind), Selected: slices.Contains(in.Documents, d.ID)}
			if file, is := along[d.ID]; is {
				o.Note = c.P.T("desk.handoff.file-size", "Kind", o.Note, "KB", (file.Size+1023)/1024)
				if !file.State.GivenOut() { // waits for a scan, or was refused by it
					o.Off, o.Selected, o.Note = true, false, c.P.T("desk.file.list-"+string(file.State), "Finding", file.Finding)
				}
			}
			if o.Selected {
				f.Goes = append(f.Goes, html.Paper{Name: d.Name, Kind: o.Note, Href: "/desk/documents/" + d.ID})
			}
			f.Papers = append(f.Papers, o)
		}
		return err
	})
}

func (s *Service) deskRefer(c *web.Ctx) error {
	m, err := s.matterOf(c, c.Path("case"))
	if err != nil {
		return err
	}
	var in referInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	p := m.page(c.P, "refer-title")
	if in.Do == "preview" && in.To != "" {
		name := ""
		if err := s.DB.Read(c.Context(), func(q db.Q) error { o, err := org.PartnerByID(q, in.To); name = o.Name; return err }); err != nil {
			return err
		}
		preview, err := s.reads(c, m, "referral-offered", m.row.Owner, "desk.handoff.reads-now", map[string]any{"to_name": name})
		if err != nil {
			return err
		}
		return s.showRefer(c, m, in, p, preview, 0)
	}
	r, _, err := s.Refer(c.Context(), c.Actor, Refer{Case: m.row.ID, To: in.To, Subject: in.Subject, Note: in.Note, Documents: in.Documents, Consent: in.Consent})
	if err != nil {
		var status int
		var rest error
		if p.Problem, p.Errors, status, rest = ui.Refusal(c, err, map[string]string{"to_organisation_id": "to"}); rest != nil {
			return rest
		}
		return s.showRefer(c, m, in, p, nil, status)
	}
	c.Toast("desk.handoff.referred", "By", r.AnswerBy)
	return c.Redirect(caseHref(m.row))
}

// askInput is a request for a document as typed.
type askInput struct {
	Kind string `form:"kind"`
	Of   string `form:"of"`
	Why  string `form:"ask_why"`
}

var askNames = map[string]string{"of_organisation_id": "of", "why": "ask_why"}

func (s *Service) askForm(c *web.Ctx, action, back string, in askInput, wrong ui.Errors) (f html.AskForm, err error) {
	f = html.AskForm{Choice: html.Choice{Action: action, Back: back, Errors: wrong}, Why: in.Why, Kinds: options(c.P, "document.kind-", casefile.DocumentKinds, in.Kind)}
	if f.Partners, err = s.partners(c, in.Of, true); err == nil {
		f.Partners[0].Label = c.P.T("desk.handoff.whoever")
	}
	return f, err
}

func (s *Service) deskAskPage(c *web.Ctx) error {
	m, err := s.matterOf(c, c.Path("case"))
	if err != nil {
		return err
	}
	return s.showAsk(c, m, askInput{}, m.page(c.P, "ask-title"), 0)
}

func (s *Service) showAsk(c *web.Ctx, m matter, in askInput, p html.FormPage, status int) error {
	f, err := s.askForm(c, caseHref(m.row)+"/ask-document", caseHref(m.row), in, p.Errors)
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: p.Title, Nav: "cases", Failed: status >= 400, Status: status, Body: html.AskPage(p, f)})
}

func (s *Service) deskAsk(c *web.Ctx) error {
	m, err := s.matterOf(c, c.Path("case"))
	if err != nil {
		return err
	}
	var in askInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	r, err := s.RequestDocument(c.Context(), c.Actor, Ask{Case: m.row.ID, Kind: in.Kind, Of: in.Of, Why: in.Why})
	if err != nil {
		p := m.page(c.P, "ask-title")
		var status int
		var rest error
		if p.Problem, p.Errors, status, rest = ui.Refusal(c, err, askNames); rest != nil {
			return rest
		}
		return s.showAsk(c, m, in, p, status)
	}
	c.Toast("desk.handoff.asked", "By", r.AnswerBy)
	return c.Redirect(caseHref(m.row))
}
