package casefile

import (
	"slices"
	"time"

	"github.com/houvast/houvast/internal/care/casefile/html"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// The tabs of the composer that are ours; siblings add theirs.
const (
	tabLog     = "log"
	tabPromise = "promise"
	tabClose   = "close"
	tabReopen  = "reopen"
)

type logInput struct {
	Direction string `form:"direction"`
	Channel   string `form:"channel"`
	Person    string `form:"person"`
	Said      string `form:"said"`
	Hide      bool   `form:"hide"`
	Template  string `form:"template"`
	Do        string `form:"do"`
}

type closeInput struct {
	How      string `form:"how"`
	Said     string `form:"said"`
	Note     string `form:"note"`
	Version  int    `form:"version"`
	Series   bool   `form:"series"`
	Template string `form:"template"`
	Do       string `form:"do"`
}

type reopenInput struct {
	Why string `form:"why"`
	promiseInput
}

type paperInput struct {
	Name    string `form:"name"`
	Kind    string `form:"doc_kind"`
	Content string `form:"content"`
}

type doorInput struct {
	Condition string `form:"condition"`
	Until     string `form:"until"`
}

// staffEnds are the reasons a member may close for, in the order of the form.
var staffEnds = []string{Agreed, Withdrawn, Mistake, Deceased}

// tabs are the composer's forms, with those of siblings before closing.
func (s *Service) tabs(c *web.Ctx, d dossier, st caseState, args module.PanelArgs) ([]ui.ComposerTab, error) {
	words := c.P
	type tab struct {
		key string
		ui.ComposerTab
	}
	log, err := s.logForm(c, d, st)
	if err != nil {
		return nil, err
	}
	list := []tab{{tabLog, ui.ComposerTab{Label: words.T("desk.tab.log"), Icon: "phone", Panel: html.Log(log)}}}
	if d.c.Closed() {
		reopen, err := s.reopenForm(c, d, st)
		if err != nil {
			return nil, err
		}
		list = append(list, tab{tabReopen, ui.ComposerTab{Label: words.T("desk.tab.reopen"), Icon: "archive-restore", Panel: html.Reopen(reopen)}})
	} else {
		made, err := s.promiseForm(c, d, st)
		if err != nil {
			return nil, err
		}
		list = append(list, tab{tabPromise, ui.ComposerTab{Label: words.T("desk.tab.promise"), Icon: "handshake", Panel: html.Promise(made)}})
		panels, drawn, err := s.panels(c, module.CaseComposer, args)
		if err != nil {
			return nil, err
		}
		for i, p := range panels {
			icon := "arrow-left-right"
			switch p.Key {
			case "referral", "refer":
				icon = "forward"
			case "note":
				icon = "file-text"
			}
			list = append(list, tab{p.Key, ui.ComposerTab{Label: words.T(p.LabelKey), Icon: icon, Panel: drawn[i]}})
		}
		end, err := s.closeForm(c, d, st)
		if err != nil {
			return nil, err
		}
		list = append(list, tab{tabClose, ui.ComposerTab{Label: words.T("desk.tab.close"), Icon: "check", Panel: html.Close(end)}})
	}
	out := make([]ui.ComposerTab, len(list))
	current := slices.IndexFunc(list, func(t tab) bool { return t.key == st.tab })
	for i, t := range list {
		out[i] = t.ComposerTab
		out[i].Current = i == max(current, 0)
	}
	return out, nil
}

func (s *Service) logForm(c *web.Ctx, d dossier, st caseState) (f html.LogForm, err error) {
	words := c.P
	f = html.LogForm{Action: caseHref(d.c) + "/contacts", Plain: plainHref(d.c), Channel: "phone", Who: firstName(d.asker.Person), Errors: st.errorsOf(tabLog), Person: d.c.Asker}
	t := d.texting(partLog, f.Action, "said")
	if in := st.log; in != nil {
		f.Direction, f.Channel, f.Said, f.Hide = in.Direction, in.Channel, in.Said, in.Hide
		t.text, t.template, t.filled = in.Said, in.Template, in.Do == doFill
		if in.Person != "" {
			f.Person = in.Person
		}
	}
	f.Channels = options(words, "channel.", Channels, f.Channel)
	f.People = []ui.Option{{Value: d.c.Asker, Label: d.asker.Person.Name}}
	add := func(id, name string) {
		if !slices.ContainsFunc(f.People, func(o ui.Option) bool { return o.Value == id }) {
			f.People = append(f.People, ui.Option{Value: id, Label: name})
		}
	}
	add(d.c.Person, d.about.Person.Name)
	for _, r := range d.about.Representatives {
		add(r.By, r.Name)
	}
	f.Text, err = s.textView(c, d.c.Org, t)
	return f, err
}

func (s *Service) promiseForm(c *web.Ctx, d dossier, st caseState) (html.PromiseForm, error) {
	fields, err := s.promiseFields(c, d.c.ID, d.asker, st.promise, st.errorsOf(tabPromise))
	fields.Preview = st.preview
	return html.PromiseForm{Action: caseHref(d.c) + "/promises", Note: c.P.T("desk.promise.yours"), Fields: fields}, err
}

func (s *Service) reopenForm(c *web.Ctx, d dossier, st caseState) (f html.ReopenForm, err error) {
	f = html.ReopenForm{Action: caseHref(d.c) + "/reopen", Errors: st.errorsOf(tabReopen)}
	var in *promiseInput
	if st.reopen != nil {
		f.Why, in = st.reopen.Why, &st.reopen.promiseInput
	}
	f.Fields, err = s.promiseFields(c, d.c.ID, d.asker, in, f.Errors)
	return f, err
}

func (s *Service) closeForm(c *web.Ctx, d dossier, st caseState) (f html.CloseForm, err error) {
	words := c.P
	f = html.CloseForm{Action: caseHref(d.c) + "/close", Plain: plainHref(d.c), How: nextAsk, Version: version(d.c.Version), Errors: st.errorsOf(tabClose)}
	t := d.texting(partClose, f.Action, "note")
	if in := st.close; in != nil {
		f.How, f.Said, f.Note, f.Series = in.How, in.Said, in.Note, in.Series
		t.text, t.template, t.filled = in.Note, in.Template, in.Do == doFill
	}
	for _, x := range d.series {
		f.Unfinished = f.Unfinished || x.More() > 0
	}
	f.Hows = []ui.Option{{Value: nextAsk, Label: words.T("desk.close.ask"), Note: words.T("desk.close.ask-note"), Selected: f.How == nextAsk}}
	for _, r := range staffEnds {
		f.Hows = append(f.Hows, ui.Option{Value: r, Label: words.T("case.reason." + r), Selected: f.How == r})
	}
	theirs := words.In(d.asker.Person.Language)
	at := d.org.Calendar.EndOfWorkingDay(c.Now().Add(time.Duration(d.org.Settings.ClosingDays+1)*24*time.Hour), 0)
	f.Preview = ui.PreviewView{Lang: theirs.Lang(), Text: theirs.T("promise.sentence.closing", "Due", at, "What", "", "Keeper", "", "From", nil),
		Label: words.T("desk.close.reads", "Who", firstName(d.asker.Person))}
	f.Text, err = s.textView(c, d.c.Org, t)
	return f, err
}

func (d dossier) asideForms(words lang.Printer, v *html.CaseView, st caseState) {
	v.DocumentForm = html.DocumentForm{Action: caseHref(d.c) + "/documents", MaxMB: d.org.Settings.DocumentMB, Errors: st.errorsOf("document"), Open: st.paper != nil}
	if in := st.paper; in != nil {
		v.DocumentForm.Name, v.DocumentForm.Kind, v.DocumentForm.Content = in.Name, in.Kind, in.Content
	}
	v.DocumentForm.Kinds = options(words, "document.kind-", DocumentKinds, v.DocumentForm.Kind)
	v.DoorForm = html.DoorForm{Action: caseHref(d.c) + "/doors", Errors: st.errorsOf("door"), Open: st.door != nil}
	if in := st.door; in != nil {
		v.DoorForm.Condition, v.DoorForm.Until = in.Condition, in.Until
	}
}

// again shows the page of the case with what was typed and what is wrong.
func (s *Service) again(c *web.Ctx, err error, rename map[string]string, st caseState) error {
	problem, wrong, status, rest := ui.Refusal(c, err, rename)
	if rest != nil {
		return rest
	}
	st.problem, st.errors, st.status = problem, wrong, status
	return s.showCase(c, st)
}

// found gives the case of the address.
func (s *Service) found(c *web.Ctx) (d dossier, err error) {
	if err := auth.Require(c.Actor, auth.CaseWrite); err != nil {
		return d, err
	}
	err = s.DB.Read(c.Context(), func(q db.Q) error {
		if d.c, err = Look(q, c.Actor, c.Path("case")); err != nil {
			return err
		}
		return d.people(q)
	})
	return d, err
}

func (s *Service) deskLog(c *web.Ctx) error {
	d, err := s.found(c)
	if err != nil {
		return err
	}
	var in logInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	if beside, err := s.fillIn(c, d.c.ID, in.Do, in.Template, &in.Said); beside {
		if err != nil {
			return err
		}
		return s.showCase(c, caseState{tab: tabLog, log: &in})
	}
	if _, err := s.LogContact(c.Context(), c.Actor, d.c.ID, Contact{Person: in.Person, Direction: in.Direction, Channel: in.Channel, Said: in.Said, Visible: !in.Hide}); err != nil {
		return s.again(c, err, map[string]string{"asker_id": "person"}, caseState{tab: tabLog, log: &in})
	}
	c.Toast("desk.log.saved")
	return c.Redirect(caseHref(d.c))
}

func (s *Service) deskPromise(c *web.Ctx) error {
	d, err := s.found(c)
	if err != nil {
		return err
	}
	var in promiseInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	if in.Do == "more" { // what was typed is the first of a series
		c.Saw("case", d.c.ID)
		return s.showSeries(c, d, seriesInput{promiseInput: in}, true, seriesState{})
	}
	st := caseState{tab: tabPromise, promise: &in}
	m, err := s.readPromise(c, d.org, in)
	if err != nil {
		return s.again(c, err, promiseNames, st)
	}
	if in.Do == "preview" {
		if st.preview, err = s.reads(c, d.org, d.asker, &d.c, m, "promise-made", nil); err != nil {
			return err
		}
		return s.showCase(c, st)
	}
	p, err := s.Promises.Make(c.Context(), c.Actor, d.c.ID, m)
	if err != nil {
		return s.again(c, err, promiseNames, st)
	}
	c.Toast("desk.promise.made", "Due", p.Due)
	return c.Redirect(caseHref(d.c))
}

func (s *Service) deskClose(c *web.Ctx) error {
	d, err := s.found(c)
	if err != nil {
		return err
	}
	var in closeInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	if beside, err := s.fillIn(c, d.c.ID, in.Do, in.Template, &in.Note); beside {
		if err != nil {
			return err
		}
		return s.showCase(c, caseState{tab: tabClose, close: &in})
	}
	names := map[string]string{"reason": "how", "said": "close-said", "note": "close-note"}
	if in.How == nextAsk {
		if in.Version != 0 && in.Version != d.c.Version {
			err = errs.New(errs.Stale, "changed-meanwhile")
		} else {
			_, err = s.AskClose(c.Context(), c.Actor, d.c.ID, in.Note)
		}
	} else {
		_, err = s.Close(c.Context(), c.Actor, d.c.ID, Close{Reason: in.How, Said: in.Said, Version: in.Version, Series: in.Series})
	}
	if err != nil {
		return s.again(c, err, names, caseState{tab: tabClose, close: &in})
	}
	if in.How == nextAsk {
		c.Toast("desk.close.asked", "Who", firstName(d.asker.Person))
	} else {
		c.Toast("desk.close.closed", "Ref", d.c.Ref())
	}
	return c.Redirect(caseHref(d.c))
}

func (s *Service) deskReopen(c *web.Ctx) error {
	d, err := s.found(c)
	if err != nil {
		return err
	}
	var in reopenInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	m, err := s.readPromise(c, d.org, in.promiseInput)
	if err == nil {
		_, err = s.Reopen(c.Context(), c.Actor, d.c.ID, in.Why, m)
	}
	if err != nil {
		return s.again(c, err, promiseNames, caseState{tab: tabReopen, reopen: &in})
	}
	c.Toast("desk.reopen.done")
	return c.Redirect(caseHref(d.c))
}

func (s *Service) deskDoor(c *web.Ctx) error {
	d, err := s.found(c)
	if err != nil {
		return err
	}
	var in doorInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	until, err := s.Promises.ParseDue(c.Context(), c.Actor, c.P, "until", in.Until)
	if err == nil && until.IsZero() {
		err = errs.New(errs.Invalid, "time-missing").Field("until", "time-missing")
	}
	if err == nil {
		_, err = s.NewDoor(c.Context(), c.Actor, d.c.ID, in.Condition, until)
	}
	if err != nil {
		return s.again(c, err, nil, caseState{tab: "door", door: &in})
	}
	c.Toast("desk.door.given", "Who", firstName(d.about.Person), "Until", until)
	return c.Redirect(caseHref(d.c) + "#doors")
}

// deskAddDocument adds papers: one that was pasted, or files.
func (s *Service) deskAddDocument(c *web.Ctx) error {
	d, err := s.found(c)
	if err != nil {
		return err
	}
	var in paperInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	list, err := uploads(c)
	switch {
	case err != nil:
	case len(list) > 0:
		_, err = s.AddFiles(c.Context(), c.Actor, d.c.ID, in.Kind, in.Name, list)
	default:
		_, err = s.AddDocument(c.Context(), c.Actor, d.c.ID, Document{Kind: in.Kind, Name: in.Name, Content: in.Content})
	}
	if err != nil {
		return s.again(c, err, map[string]string{"kind": "doc_kind"}, caseState{tab: "document", paper: &in})
	}
	c.Toast("desk.document.added")
	return c.Redirect(caseHref(d.c) + "#documents")
}

// deskPaper shows a document.
func (s *Service) deskPaper(c *web.Ctx) error {
	p, err := s.Document(c.Context(), c.Path("document"))
	if err != nil {
		return err
	}
	var row Case
	from := ""
	if err := s.DB.Read(c.Context(), func(q db.Q) error {
		if row, err = ByID(q, p.Org, p.Case); err != nil {
			return err
		}
		from, err = s.partner(q, p)
		return err
	}); err != nil {
		return err
	}
	v := html.PaperView{Name: p.Name, Kind: c.P.T("document.kind-" + p.Kind), Content: p.Content, BackHref: caseHref(row) + "#documents",
		BackText: c.P.T("desk.document.back", "Subject", row.Subject), Meta: c.P.T("desk.document.meta", "At", p.AddedAt)}
	if p.Content == "" {
		f, is, err := s.FileOf(c.Context(), c.Actor, p.ID)
		if err != nil {
			return err
		}
		if is {
			v.File = fileOf(c, f)
		}
	}
	if from != "" {
		v.Meta = c.P.T("desk.document.meta-from", "At", p.AddedAt, "Organisation", from)
	}
	return c.Page(web.Page{Title: p.Name, Nav: "cases", Body: html.Paper(v)})
}
