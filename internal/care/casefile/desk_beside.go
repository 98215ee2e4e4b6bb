package casefile

import (
	"slices"

	"github.com/houvast/houvast/internal/care/casefile/html"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// besides are the things that stand beside a case.
type besides struct {
	wait   Waiting
	waits  bool
	links  []Related
	cases  map[string]Case // of the links
	into   Case            // in which this one goes on
	merged []Case          // that go on here
}

func (d *dossier) beside(q db.Q) (b besides, err error) {
	if b.wait, b.waits, err = WaitingOf(q, d.c.Org, d.c.ID); err != nil {
		return b, err
	}
	if b.links, err = linksOf(q, d.c.Org, d.c.ID); err != nil {
		return b, err
	}
	ids := make([]string, 0, len(b.links)+1)
	for _, l := range b.links {
		ids = append(ids, l.Case)
	}
	if d.c.MergedInto != "" {
		ids = append(ids, d.c.MergedInto)
	}
	if b.cases, err = ByIDs(q, d.c.Org, ids); err != nil {
		return b, err
	}
	b.into = b.cases[d.c.MergedInto]
	b.merged, err = mergedHere(q, d.c.Org, d.c.ID)
	return b, err
}

// besideView draws them.
func (d dossier) besideView(words lang.Printer, st caseState) html.BesideView {
	here := caseHref(d.c)
	v := html.BesideView{LinkForm: &html.LinkForm{Action: here + "/links", Errors: st.errorsOf("link"), Open: st.link != nil}}
	if in := st.link; in != nil {
		v.LinkForm.Other, v.LinkForm.Why = in.Other, in.Why
	}
	b := d.besides
	if b.waits {
		v.Wait = &html.WaitView{Text: waitText(words, b.wait), Since: words.T("desk.wait.since", "Since", b.wait.Since),
			Until: words.T("desk.wait.look", "Until", b.wait.Until), Late: b.wait.Until.Before(words.Now()), EndAction: here + "/wait/end"}
	}
	if !d.c.Closed() {
		v.WaitForm = &html.WaitForm{Action: here + "/wait", Kind: WaitCustomer, Version: version(d.c.Version), Errors: st.errorsOf("wait"), Open: st.wait != nil, Again: b.waits}
		if in := st.wait; in != nil {
			in.fill(v.WaitForm)
		}
		var options []ui.Option
		for _, x := range d.others {
			if x.Person == d.c.Person && x.Asker == d.c.Asker {
				options = append(options, ui.Option{Value: x.Ref(), Label: words.T("desk.case.two", "A", x.Ref(), "B", x.Subject)})
			}
		}
		if len(options) > 0 {
			v.MergeForm = &html.MergePick{Action: here + "/merge", Cases: options}
		}
	}
	if b.into.ID != "" {
		v.Links = append(v.Links, html.LinkView{Ref: b.into.Ref(), Href: caseHref(b.into), Subject: b.into.Subject, Note: words.T("desk.link.goes-on")})
	}
	for _, x := range b.merged {
		v.Links = append(v.Links, html.LinkView{Ref: x.Ref(), Href: caseHref(x), Subject: x.Subject, Note: words.T("desk.link.came-from", "On", x.ClosedAt)})
	}
	for _, l := range b.links {
		x := b.cases[l.Case]
		v.Links = append(v.Links, html.LinkView{Ref: x.Ref(), Href: caseHref(x), Subject: x.Subject, Note: l.Why, Drop: here + "/links/" + x.Ref() + "/drop"})
	}
	return v
}

// waitText says for whom and for what a case waits.
func waitText(words lang.Printer, w Waiting) string {
	return words.T("desk.wait.text-"+w.Kind, "Whom", w.Whom, "What", w.What)
}

type waitInput struct {
	Kind    string `form:"wait_kind"`
	Whom    string `form:"wait_whom"`
	What    string `form:"wait_what"`
	Until   string `form:"wait_until"`
	Told    string `form:"wait_told"`
	Version int    `form:"version"`
}

func (in waitInput) fill(f *html.WaitForm) {
	f.Kind, f.Whom, f.What, f.Until, f.Told = in.Kind, in.Whom, in.What, in.Until, in.Told
}

var waitNames = map[string]string{"kind": "wait_kind", "whom": "wait_whom", "what": "wait_what", "until": "wait_until", "due_at": "wait_until"}

type linkInput struct {
	Other string `form:"other"`
	Why   string `form:"link_why"`
}

// readWait reads waiting as typed.
func (s *Service) readWait(c *web.Ctx, in waitInput) (w Wait, err error) {
	w = Wait{Kind: in.Kind, Whom: in.Whom, What: in.What, Spoken: in.Told == "spoken", Version: in.Version}
	w.Until, err = s.Promises.ParseDue(c.Context(), c.Actor, c.P, "until", in.Until)
	return w, err
}

func (s *Service) deskWait(c *web.Ctx) error {
	d, err := s.found(c)
	if err != nil {
		return err
	}
	var in waitInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	w, err := s.readWait(c, in)
	if err == nil {
		_, err = s.Wait(c.Context(), c.Actor, d.c.ID, w)
	}
	if err != nil {
		return s.again(c, err, waitNames, caseState{tab: "wait", wait: &in})
	}
	c.Toast("desk.wait.noted", "Until", w.Until)
	return c.Redirect(caseHref(d.c))
}

func (s *Service) deskWaitEnd(c *web.Ctx) error {
	d, err := s.found(c)
	if err != nil {
		return err
	}
	if err := s.EndWait(c.Context(), c.Actor, d.c.ID); err != nil && errs.TypeOf(err) != "not-waiting" {
		return err
	}
	c.Toast("desk.wait.ended")
	return c.Redirect(caseHref(d.c))
}

// otherCase gives the case that somebody typed the reference of.
func (s *Service) otherCase(c *web.Ctx, typed string) (other Case, err error) {
	err = s.DB.Read(c.Context(), func(q db.Q) error {
		other, err = Look(q, c.Actor, typed)
		return err
	})
	if errs.ClassOf(err) == errs.NotFound || errs.ClassOf(err) == errs.Malformed {
		err = errs.New(errs.Invalid, "case-not-found").Field("other", "case-not-found")
	}
	return other, err
}

func (s *Service) deskLink(c *web.Ctx) error {
	d, err := s.found(c)
	if err != nil {
		return err
	}
	var in linkInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	other, err := s.otherCase(c, in.Other)
	if err == nil {
		err = s.LinkCases(c.Context(), c.Actor, d.c.ID, other.ID, in.Why)
	}
	if err != nil {
		return s.again(c, err, map[string]string{"why": "link_why"}, caseState{tab: "link", link: &in})
	}
	c.Toast("desk.link.made", "Ref", other.Ref())
	return c.Redirect(caseHref(d.c))
}

func (s *Service) deskUnlink(c *web.Ctx) error {
	d, err := s.found(c)
	if err != nil {
		return err
	}
	other, err := s.otherCase(c, c.Path("other"))
	if err != nil {
		return err
	}
	if err := s.UnlinkCases(c.Context(), c.Actor, d.c.ID, other.ID); err != nil && errs.ClassOf(err) != errs.NotFound {
		return err
	}
	c.Toast("desk.link.dropped", "Ref", other.Ref())
	return c.Redirect(caseHref(d.c))
}

func (s *Service) deskMergePage(c *web.Ctx) error {
	if c.Query("into") == "" { // the case itself asks with which
		d, err := s.found(c)
		if err != nil {
			return err
		}
		c.Toast("desk.merge.which")
		return c.Redirect(caseHref(d.c) + "#links")
	}
	return s.showMerge(c, c.Query("into"), nil)
}

func (s *Service) showMerge(c *web.Ctx, into string, refused error) error {
	if err := auth.Require(c.Actor, auth.CaseWrite); err != nil {
		return err
	}
	d, err := s.found(c)
	if err != nil {
		return err
	}
	other, err := s.otherCase(c, into)
	if err != nil {
		return err
	}
	var plan MergePlan
	if err := s.DB.Read(c.Context(), func(q db.Q) error { plan, err = s.PlanMerge(q, d.c, other); return err }); err != nil {
		return err
	}
	c.Saw("case", d.c.ID, other.ID)
	v := html.MergePage{Head: ui.PageHeadView{Eyebrow: c.P.T("desk.case.ref", "Ref", d.c.Ref()), Title: c.P.T("desk.merge.title", "Ref", other.Ref()), Sub: d.c.Subject},
		Back: caseHref(d.c), Action: caseHref(d.c) + "/merge", Into: other.Ref(), Version: version(d.c.Version)}
	if refused == nil {
		refused = plan.Refused
	}
	status := 0
	if refused != nil {
		var rest error
		if v.Problem, _, status, rest = ui.Refusal(c, refused, nil); rest != nil {
			return rest
		}
	} else if err := s.mergeLines(c, d, plan, &v); err != nil {
		return err
	}
	return c.Page(web.Page{Title: v.Head.Title, Nav: "cases", Failed: status >= 400, Status: status, Body: html.Merge(v)})
}

// mergeLines says what will happen, who is told what, and which times stand.
func (s *Service) mergeLines(c *web.Ctx, d dossier, plan MergePlan, v *html.MergePage) error {
	words := c.P
	v.Lines = append(v.Lines, words.T("desk.merge.closes", "Ref", plan.From.Ref(), "Into", plan.Into.Ref(), "Subject", plan.Into.Subject))
	if n := len(plan.Ends); n > 0 {
		v.Lines = append(v.Lines, words.T("desk.merge.ends"))
	}
	if plan.Waits {
		v.Lines = append(v.Lines, words.T("desk.merge.waits"))
	}
	v.Lines = append(v.Lines, words.T("desk.merge.page"))
	for _, p := range plan.Comes {
		v.Promises = append(v.Promises, ui.Fact{Term: words.Moment(p.Due), Value: words.T("desk.row."+string(p.Kind), "Who", d.asker.Person.Name, "What", p.What)})
	}
	if s.Previews == nil {
		return nil
	}
	p, err := s.Previews.PreviewText(c.Context(), c.Actor, promise.Telling{Org: plan.Into.Org, Case: plan.Into.ID, Question: plan.Into.Question,
		Person: plan.Into.Asker, Keeper: plan.Into.Owner, Template: "question-merged", Params: map[string]any{"from_ref": plan.From.Ref()}})
	if err != nil {
		return err
	}
	v.Preview = &ui.PreviewView{Text: p.Text, Lang: p.Language, Label: words.T("desk.promise.reads", "Who", firstName(d.asker.Person), "Language", words.T("language."+p.Language))}
	return nil
}

func (s *Service) deskMerge(c *web.Ctx) error {
	d, err := s.found(c)
	if err != nil {
		return err
	}
	var in struct {
		Into    string `form:"into"`
		Version int    `form:"version"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	other, err := s.otherCase(c, in.Into)
	if err != nil {
		return err
	}
	into, err := s.Merge(c.Context(), c.Actor, d.c.ID, other.ID, in.Version)
	if err != nil {
		if !slices.Contains([]errs.Class{errs.Conflict, errs.Invalid, errs.Stale}, errs.ClassOf(err)) {
			return err
		}
		return s.showMerge(c, in.Into, err)
	}
	c.Toast("desk.merge.done", "Ref", d.c.Ref(), "Into", into.Ref())
	return c.Redirect(caseHref(into))
}
