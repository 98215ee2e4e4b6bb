package casefile

import (
	"slices"
	"strings"

	"github.com/houvast/houvast/internal/care/casefile/html"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// keepInput is how a promise was kept.
type keepInput struct {
	Version int    `form:"version"`
	How     string `form:"how"`
	Note    string `form:"note"`
	onwardInput
	// Template is the text of the organisation that was chosen to fill the note.
	Template string `form:"template"`
	nextInput
}

// moveInput is a new time for a promise.
type moveInput struct {
	Version    int  `form:"version"`
	ByCustomer bool `form:"by_customer"`
	Along      bool `form:"along"`
	promiseInput
}

// withdrawInput is why a promise is no longer needed.
type withdrawInput struct {
	Version int    `form:"version"`
	Why     string `form:"why"`
	onwardInput
	nextInput
}

// one gives the promise of the address with its case; one that ended leads
// back to the case, where it can be seen how.
func (s *Service) one(c *web.Ctx) (d dossier, p promise.Promise, err error) {
	if d, err = s.found(c); err != nil {
		return d, p, err
	}
	err = s.DB.Read(c.Context(), func(q db.Q) error {
		if d.promises, err = promise.OfCase(q, d.c.Org, d.c.ID); err != nil {
			return err
		}
		if d.series, err = promise.Outlines(q, d.org, d.c.ID); err != nil {
			return err
		}
		d.members, err = membersOf(q, d.c.Org, d.promises)
		return err
	})
	if err != nil {
		return d, p, err
	}
	for _, x := range d.promises {
		if x.ID == c.Path("promise") {
			c.Saw("case", d.c.ID)
			return d, x, nil
		}
	}
	return d, p, errs.New(errs.NotFound, "promise-not-found")
}

// fresh gives the promise of the address as it is now, and says who changed it meanwhile and
// when; the problem stays as it was when nobody of the staff did.
func (s *Service) fresh(c *web.Ctx, d dossier, problem string) (p promise.Promise, told string, err error) {
	err = s.DB.Read(c.Context(), func(q db.Q) error {
		if p, err = promise.ByID(q, d.c.Org, c.Path("promise")); err != nil {
			return err
		}
		facts, err := ledger.Timeline(q, d.c.Org, d.c.ID, "", 50)
		if err != nil {
			return err
		}
		told = problem
		for _, f := range facts {
			data := f.Map()
			if data["promise"] != p.ID && data["predecessor"] != p.ID {
				continue
			}
			by, err := org.MembersByIDs(q, d.c.Org, []string{f.ActorID})
			if m, ok := by[f.ActorID]; ok {
				told = c.P.T("changed.by", "Who", m.Name, "At", f.At)
			}
			return err
		}
		return nil
	})
	return p, told, err
}

// promisePage shows one promise with a form about it.
func (s *Service) promisePage(c *web.Ctx, d dossier, p promise.Promise, do string, page html.PromisePage, status int) error {
	page.Head = ui.PageHeadView{Eyebrow: c.P.T("desk.case.ref", "Ref", d.c.Ref()), Title: c.P.T("desk."+do+".title", "Who", firstName(d.asker.Person)), Sub: d.c.Subject}
	page.Next = d.next(c.P, p, false)
	page.Customer = d.customer(c.P, c.Now())
	return c.Page(web.Page{Title: page.Head.Title, Nav: "cases", Failed: status >= 400, Status: status, Body: html.PromiseOf(page)})
}

// ended answers when somebody else ended the promise meanwhile: the form is
// of no use any more, so the case says what happened.
func ended(c *web.Ctx, d dossier, p promise.Promise) error {
	c.Toast("desk.promise.ended", "State", c.P.T("promise.state."+string(p.State)))
	return c.Redirect(caseHref(d.c))
}

// late tells somebody that a colleague ended the promise first. What they typed
// about it stands in the form for a contact, to be kept there.
func (s *Service) late(c *web.Ctx, d dossier, p promise.Promise, typed string) error {
	if strings.TrimSpace(typed) == "" {
		return ended(c, d, p)
	}
	err := errs.New(errs.Conflict, "promise-ended").With("State", string(p.State))
	return s.again(c, err, nil, caseState{tab: tabLog, log: &logInput{Direction: "out", Channel: "phone", Person: d.c.Asker, Said: typed}})
}

func membersOf(q db.Q, orgID string, list []promise.Promise) (map[string]org.Member, error) {
	ids := set{}
	for _, p := range list {
		ids.add(p.Keeper)
	}
	return org.MembersByIDs(q, orgID, ids.list())
}

func (s *Service) partner(q db.Q, p Document) (string, error) {
	if p.FromOrg == "" {
		return "", nil
	}
	o, err := org.PartnerByID(q, p.FromOrg)
	return o.Name, err
}

// wrongWith shows a promise's form again with what is wrong.
func wrongWith(c *web.Ctx, err error) (page html.PromisePage, status int, rest error) {
	page.Problem, page.Errors, status, rest = ui.Refusal(c, err, promiseNames)
	return page, status, rest
}

func (s *Service) deskKeepPage(c *web.Ctx) error {
	d, p, err := s.one(c)
	if err != nil {
		return err
	}
	if p.State != promise.Open {
		return ended(c, d, p)
	}
	return s.showKeep(c, d, p, keepInput{Version: p.Version, How: "spoken"}, nil, html.PromisePage{}, 0)
}

func (s *Service) showKeep(c *web.Ctx, d dossier, p promise.Promise, in keepInput, preview *ui.PreviewView, page html.PromisePage, status int) error {
	f := html.KeepForm{Action: promiseHref(d.c, p, "keep"), Plain: plainHref(d.c), Version: version(in.Version), Back: caseHref(d.c), Who: firstName(d.asker.Person), Told: in.How, Note: in.Note,
		ToldNote: toldNote(c.P, d.asker, c.Now()), Last: d.needsNext(p, in.Then), Onward: d.onwardForm(c, p, in.onwardInput, in.How), Next: in.Next, Nexts: s.nexts(c, d, in.Next, Agreed), Errors: page.Errors, Preview: preview}
	var typed *promiseInput
	if status != 0 || in.Do != "" {
		typed = &in.promiseInput
	}
	var err error
	if f.Fields, err = s.promiseFields(c, d.c.ID, d.asker, typed, page.Errors); err != nil {
		return err
	}
	t := d.texting(partKeep, f.Action, "note")
	t.text, t.template, t.filled = in.Note, in.Template, in.Do == doFill
	if f.Text, err = s.textView(c, d.c.Org, t); err != nil {
		return err
	}
	page.Form = html.Keep(f)
	return s.promisePage(c, d, p, "keep", page, status)
}

func (s *Service) deskKeep(c *web.Ctx) error {
	d, p, err := s.one(c)
	if err != nil {
		return err
	}
	var in keepInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	if p.State != promise.Open {
		return s.late(c, d, p, in.Note)
	}
	if beside, err := s.fillIn(c, d.c.ID, in.Do, in.Template, &in.Note); beside {
		if err != nil {
			return err
		}
		return s.showKeep(c, d, p, in, nil, html.PromisePage{}, 0)
	}
	keep := promise.Keep{Version: in.Version, Note: in.Note, Spoken: in.How == "spoken", Done: in.How == "done"}
	if oneOf(in.How, "spoken", "message", "done") == "" {
		err = errs.New(errs.Invalid, "unknown-told").Field("how", "unknown-told")
	}
	if err == nil && in.How != "done" && in.Note == "" {
		err = errs.New(errs.Invalid, "note-missing").Field("note", "note-missing")
	}
	if err == nil && in.Do == "preview" {
		template := promise.KeptTemplate(p.Effect(c.Now()))
		heard := keep.Spoken || keep.Done && template == "promise-kept" // too early is told however it was done
		preview, err := s.reads(c, d.org, d.asker, &d.c, promise.Make{Kind: p.Kind, What: p.What, From: p.From, Due: p.Due, Keeper: p.Keeper, Spoken: heard}, template, map[string]any{"note": in.Note})
		if err != nil {
			return err
		}
		return s.showKeep(c, d, p, in, preview, html.PromisePage{}, 0)
	}
	if err == nil {
		keep.Then, err = s.readOnward(c, in.onwardInput)
	}
	if err == nil && d.needsNext(p, in.Then) {
		keep.Next, err = s.readNext(c, d, in.nextInput, Agreed)
	}
	if err == nil {
		p, err = s.Promises.Keep(c.Context(), c.Actor, p.ID, keep)
	}
	if err != nil {
		return s.keepAgain(c, d, p, in, err)
	}
	switch {
	case p.State == promise.Broken:
		c.Toast("desk.keep.broken-" + p.BrokeWhy)
	case keep.Next != nil && keep.Next.Close != "":
		c.Toast("desk.close.closed", "Ref", d.c.Ref())
	default:
		c.ToastUndo(promiseHref(d.c, p, "undo"), "desk.keep.kept", "Who", firstName(d.asker.Person), "At", c.Now())
	}
	return c.Redirect(caseHref(d.c))
}

func (s *Service) keepAgain(c *web.Ctx, d dossier, p promise.Promise, in keepInput, err error) error {
	page, status, rest := wrongWith(c, err)
	if rest != nil {
		return rest
	}
	if errs.ClassOf(err) == errs.Stale { // what was typed stays; the next attempt knows the promise as it is now
		if p, page.Problem, err = s.fresh(c, d, page.Problem); err != nil {
			return err
		}
		in.Version = p.Version
	}
	return s.showKeep(c, d, p, in, nil, page, status)
}

// deskUndo takes "kept" back, within its minute.
func (s *Service) deskUndo(c *web.Ctx) error {
	d, p, err := s.one(c)
	if err != nil {
		return err
	}
	if _, err := s.Promises.Retract(c.Context(), c.Actor, p.ID); err != nil {
		problem, _, status, rest := ui.Refusal(c, err, nil)
		if rest != nil {
			return rest
		}
		return s.showCase(c, caseState{problem: problem, status: status})
	}
	c.Toast("desk.keep.undone")
	return c.Redirect(caseHref(d.c))
}

func (s *Service) deskMovePage(c *web.Ctx) error {
	d, p, err := s.one(c)
	if err != nil {
		return err
	}
	if p.State != promise.Open {
		return ended(c, d, p)
	}
	in := moveInput{Version: p.Version}
	in.Told, in.What = "spoken", p.What
	return s.showMove(c, d, p, in, nil, html.PromisePage{}, 0)
}

func (s *Service) showMove(c *web.Ctx, d dossier, p promise.Promise, in moveInput, preview *ui.PreviewView, page html.PromisePage, status int) error {
	f := html.MoveForm{Action: promiseHref(d.c, p, "move"), Version: version(in.Version), Back: caseHref(d.c), Who: firstName(d.asker.Person), ByCustomer: in.ByCustomer, Along: in.Along, Errors: page.Errors}
	if x, ok := d.present(p); ok {
		f.CanAlong = slices.ContainsFunc(x.Steps, func(y promise.SeriesStep) bool { return !y.Due.IsZero() })
	}
	typed := &in.promiseInput
	if status == 0 && preview == nil {
		typed = nil
	}
	var err error
	if f.Fields, err = s.promiseFields(c, d.c.ID, d.asker, typed, page.Errors); err != nil {
		return err
	}
	f.Fields.What, f.Fields.Told, f.Fields.Preview = in.What, in.Told, preview
	page.Form = html.Move(f)
	return s.promisePage(c, d, p, "move", page, status)
}

func (s *Service) deskMove(c *web.Ctx) error {
	d, p, err := s.one(c)
	if err != nil {
		return err
	}
	var in moveInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	if p.State != promise.Open {
		return ended(c, d, p)
	}
	if in.What == "" {
		in.What = p.What
	}
	in.Kind = string(p.Kind)
	if oneOf(in.Kind, deskKinds...) == "" {
		in.Kind = ""
	}
	m, err := s.readPromise(c, d.org, in.promiseInput)
	if err == nil && in.Do == "preview" {
		m.Kind = p.Kind
		preview, err := s.reads(c, d.org, d.asker, &d.c, m, "promise-moved", nil)
		if err != nil {
			return err
		}
		return s.showMove(c, d, p, in, preview, html.PromisePage{}, 0)
	}
	if err == nil {
		_, err = s.Promises.Renegotiate(c.Context(), c.Actor, p.ID, promise.Move{Version: in.Version, From: m.From, Due: m.Due, What: m.What, Spoken: m.Spoken, ByCustomer: in.ByCustomer, Along: in.Along})
	}
	if err != nil {
		page, status, rest := wrongWith(c, err)
		if rest != nil {
			return rest
		}
		if errs.ClassOf(err) == errs.Stale {
			if p, page.Problem, err = s.fresh(c, d, page.Problem); err != nil {
				return err
			}
			in.Version = p.Version
		}
		return s.showMove(c, d, p, in, nil, page, status)
	}
	if m.Spoken {
		c.Toast("desk.move.moved", "Due", m.Due)
	} else {
		c.Toast("desk.move.sent", "Who", firstName(d.asker.Person))
	}
	return c.Redirect(caseHref(d.c))
}

func (s *Service) deskWithdrawPage(c *web.Ctx) error {
	d, p, err := s.one(c)
	if err != nil {
		return err
	}
	if p.State != promise.Open {
		return ended(c, d, p)
	}
	return s.showWithdraw(c, d, p, withdrawInput{Version: p.Version}, html.PromisePage{}, 0)
}

func (s *Service) showWithdraw(c *web.Ctx, d dossier, p promise.Promise, in withdrawInput, page html.PromisePage, status int) error {
	f := html.WithdrawForm{Action: promiseHref(d.c, p, "withdraw"), Version: version(in.Version), Back: caseHref(d.c), Why: in.Why,
		Last: d.withdrawNeedsNext(p, in.Then), Next: in.Next, Nexts: s.nexts(c, d, in.Next, Withdrawn, Agreed), Errors: page.Errors}
	f.RestNext, f.Rest = d.rest(c, p, in.onwardInput)
	var typed *promiseInput
	if status != 0 {
		typed = &in.promiseInput
	}
	var err error
	if f.Fields, err = s.promiseFields(c, d.c.ID, d.asker, typed, page.Errors); err != nil {
		return err
	}
	page.Form = html.Withdraw(f)
	return s.promisePage(c, d, p, "withdraw", page, status)
}

func (s *Service) deskWithdraw(c *web.Ctx) error {
	d, p, err := s.one(c)
	if err != nil {
		return err
	}
	var in withdrawInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	if p.State != promise.Open {
		return s.late(c, d, p, in.Why)
	}
	var next *promise.Next
	if d.withdrawNeedsNext(p, in.Then) {
		next, err = s.readNext(c, d, in.nextInput, Withdrawn, Agreed)
	}
	if in.Why == "" {
		err = errs.New(errs.Invalid, "reason-missing").Field("why", "reason-missing")
	}
	if err == nil {
		_, err = s.Promises.WithdrawThen(c.Context(), c.Actor, p.ID, in.Why, in.Version, next, d.readRest(p, in))
	}
	if err != nil {
		page, status, rest := wrongWith(c, err)
		if rest != nil {
			return rest
		}
		if errs.ClassOf(err) == errs.Stale {
			if p, page.Problem, err = s.fresh(c, d, page.Problem); err != nil {
				return err
			}
			in.Version = p.Version
		}
		return s.showWithdraw(c, d, p, in, page, status)
	}
	c.Toast("desk.withdraw.done")
	return c.Redirect(caseHref(d.c))
}
