package handoff

import (
	"slices"
	"strconv"
	"strings"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/handoff/html"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// declineInput is how a handoff is given back, as typed.
type declineInput struct {
	Version     string `form:"version"`
	Reason      string `form:"reason"`
	Explanation string `form:"explanation"`
	Next        string `form:"next"`
	TryTo       string `form:"try_to"`
}

var declineNames = map[string]string{"next_step": "next", "to": "try_to"}

// again is a form that was not accepted.
type again struct {
	open    string // which form
	problem string
	errors  ui.Errors
	status  int
}

// failed makes of an error what the page shows; rest is for others.
func failed(c *web.Ctx, open string, err error, rename map[string]string) (a again, rest error) {
	a.open = open
	a.problem, a.errors, a.status, rest = ui.Refusal(c, err, rename)
	return a, rest
}

func (a again) of(form string) ui.Errors {
	if a.open == form {
		return a.errors
	}
	return nil
}

func (s *Service) deskHandoff(c *web.Ctx) error { return s.showHandoff(c, declineInput{}, again{}) }

// showHandoff shows one handoff, with what whoever looks can do.
func (s *Service) showHandoff(c *web.Ctx, in declineInput, a again) error {
	h, err := s.Get(c.Context(), c.Actor, c.Path("handoff"))
	if err != nil {
		return err
	}
	var n names
	mine := false
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) {
		if n, err = namesOf(q, h.Org, work{offers: []Handoff{h}}); err != nil {
			return err
		}
		may := mayAnswer(q, c.Actor, h)
		mine = may == nil
		if errs.ClassOf(may) != errs.Forbidden {
			return may
		}
		return nil
	}); err != nil {
		return err
	}
	c.Saw("case", h.Case)
	x := n.cases[h.Case]
	v := html.HandoffPage{Detail: html.Detail{Back: home, Open: a.open, LiveKey: "case:" + h.Case, Pack: packView(c.P, h.Pack), History: h.Pack.History, Note: h.Pack.Note}}
	v.Eyebrow = c.P.T("desk.handoff.from-to", "From", n.members[h.From].Name, "To", n.members[h.To].Name)
	v.Title, v.Problem, v.Errors = x.Subject, a.problem, a.errors
	v.PackOf = c.P.T("handoff.pack.complete", "Count", len(h.Pack.Items())-len(h.Pack.Missing()), "Of", len(h.Pack.Items()))
	v.Facts = []ui.Fact{
		{Term: c.P.T("desk.handoff.case"), Value: x.Ref(), Href: caseHref(x)},
		{Term: c.P.T("desk.handoff.since"), Value: c.P.Moment(h.OfferedAt)},
		{Term: c.P.T("desk.handoff.answer-by"), Value: c.P.Moment(h.AnswerBy)},
	}
	if !x.NextDue.IsZero() && !x.Closed() {
		v.Facts = append(v.Facts, ui.Fact{Term: c.P.T("desk.handoff.promise"), Value: c.P.Moment(x.NextDue)})
	}
	version := strconv.FormatInt(h.Version, 10)
	base := home + "/" + h.ID
	if !h.State.Open() {
		v.Callout, v.State = s.outcome(c, n, h), stateOf(h.State)
		return c.Page(web.Page{Title: v.Title, Nav: "handoffs", Live: events, Failed: a.status >= 400, Status: a.status, Body: html.Handoff(v)})
	}
	if h.State == TimedOut {
		v.Callout, v.State = c.P.T("desk.handoff.late", "By", h.AnswerBy, "From", n.members[h.From].Name), ui.AtRisk
	}
	if mine {
		v.Sub = c.P.T("desk.handoff.owner-until", "From", n.members[h.From].Name)
		v.Accept = &html.Choice{Action: base + "/accept", Version: version}
		f := &html.DeclineForm{Choice: html.Choice{Action: base + "/decline", Version: version, Errors: a.of("decline")}, Explanation: in.Explanation,
			Reasons: options(c.P, "handoff.why.code-", Reasons, in.Reason), Nexts: options(c.P, "handoff.next.", []string{SenderKeeps, AskCustomer, "try"}, in.Next)}
		if f.Receivers, err = s.receivers(c, in.TryTo, h.To); err != nil {
			return err
		}
		v.Decline = f
	}
	if c.Actor.Member == h.From || c.Actor.Member == h.OfferedBy || leads(c.Actor) {
		v.Withdraw = &html.Choice{Action: base + "/withdraw", Version: version}
	}
	return c.Page(web.Page{Title: v.Title, Nav: "handoffs", Live: events, Failed: a.status >= 400, Status: a.status, Body: html.Handoff(v)})
}

// outcome says how a handoff was answered.
func (s *Service) outcome(c *web.Ctx, n names, h Handoff) string {
	who := n.members[h.To].Name
	switch h.State {
	case Declined:
		next := h.Next
		if strings.HasPrefix(next, Try) {
			next = "try"
		}
		return c.P.T("desk.handoff.was-declined", "Who", who, "At", h.AnsweredAt, "Reason", c.P.T("handoff.why.code-"+h.Reason), "Why", h.Explanation, "Next", c.P.T("handoff.next."+next))
	case Accepted:
		return c.P.T("desk.handoff.was-accepted", "Who", who, "At", h.AnsweredAt)
	case Withdrawn, Offered, Received, TimedOut, Forwarded:
	}
	return c.P.T("desk.handoff.was-withdrawn", "At", h.AnsweredAt)
}

type versionInput struct {
	Version string `form:"version"`
}

// current gives the handoff of the address, when it is still as it was shown.
func (s *Service) current(c *web.Ctx, version string) error {
	h, err := s.Get(c.Context(), c.Actor, c.Path("handoff"))
	if err != nil {
		return err
	}
	return unchanged(version, h.Version)
}

func (s *Service) deskAccept(c *web.Ctx) error {
	var in versionInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	err := s.current(c, in.Version)
	var h Handoff
	if err == nil {
		h, err = s.Accept(c.Context(), c.Actor, c.Path("handoff"))
	}
	if err != nil {
		a, rest := failed(c, "accept", err, nil)
		if rest != nil {
			return rest
		}
		return s.showHandoff(c, declineInput{}, a)
	}
	c.Toast("desk.handoff.accepted")
	return c.Redirect("/desk/cases/" + h.Case)
}

func (s *Service) deskDecline(c *web.Ctx) error {
	var in declineInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	next := in.Next
	if next == "try" {
		next = Try + in.TryTo
	}
	err := s.current(c, in.Version)
	if err == nil {
		_, err = s.Decline(c.Context(), c.Actor, c.Path("handoff"), Refuse{Reason: in.Reason, Explanation: in.Explanation, Next: next})
	}
	if err != nil {
		a, rest := failed(c, "decline", err, declineNames)
		if rest != nil {
			return rest
		}
		return s.showHandoff(c, in, a)
	}
	c.Toast("desk.handoff.returned")
	return c.Redirect(home)
}

func (s *Service) deskWithdraw(c *web.Ctx) error {
	var in versionInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	err := s.current(c, in.Version)
	var h Handoff
	if err == nil {
		h, err = s.Withdraw(c.Context(), c.Actor, c.Path("handoff"))
	}
	if err != nil {
		a, rest := failed(c, "withdraw", err, nil)
		if rest != nil {
			return rest
		}
		return s.showHandoff(c, declineInput{}, a)
	}
	c.Toast("desk.handoff.withdrawn")
	return c.Redirect("/desk/cases/" + h.Case)
}

// aboutView is whom a question is about, as another organisation told it.
func aboutView(words lang.Printer, a About) (v html.AboutView) {
	v.Name = a.Name
	add := func(term, value string) {
		if value != "" {
			v.Facts = append(v.Facts, ui.Fact{Term: words.T(term), Value: value})
		}
	}
	if born, err := workcal.ParseDate(a.BirthDate); err == nil {
		add("desk.handoff.born", strconv.Itoa(born.Day)+"-"+strconv.Itoa(int(born.Month))+"-"+strconv.Itoa(born.Year))
	}
	if a.Language != "" {
		add("desk.handoff.language", words.T("language."+a.Language))
	}
	reach := a.Someone
	if a.Asker != nil {
		add("desk.handoff.asks", a.Asker.Name)
		if a.Basis != "" {
			add("desk.handoff.basis", words.T("person.basis."+string(a.Basis)))
		}
		reach = *a.Asker
	}
	for _, p := range reach.Points {
		if !p.Refused {
			add("channel."+string(p.Kind), pointText(p))
		}
	}
	if items := append(slices.Clone(a.Matters), matters(a.Asker)...); len(items) > 0 {
		v.Matters = &ui.MattersView{Title: words.T("desk.handoff.matters"), Items: items}
		if a.Language != words.Lang() {
			v.Matters.Lang = a.Language
		}
	}
	return v
}

func matters(s *Someone) []string {
	if s == nil {
		return nil
	}
	return s.Matters
}

// paragraphs cuts a plain text at its empty lines.
func paragraphs(s string) (out []string) {
	for part := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n\n") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// requestOfPath gives the request of the address.
func (s *Service) requestOfPath(c *web.Ctx) (r Request, n names, papers []casefile.Document, err error) {
	if err := auth.Require(c.Actor, auth.CaseRead); err != nil {
		return r, n, nil, err
	}
	err = s.DB.Read(c.Context(), func(q db.Q) error {
		var ok bool
		if r, ok, err = findRequest(q, c.Actor.Org, c.Path("request")); err != nil || !ok {
			return orElse(err, errs.New(errs.NotFound, "request-not-found"))
		}
		if n, err = namesOf(q, r.Org, work{requests: []Request{r}}); err != nil {
			return err
		}
		if r.Direction == In && r.State == Asked {
			papers, err = candidatesFor(q, r)
		}
		return err
	})
	return r, n, papers, err
}

// candidatesFor are our own papers of the kind, about the same person.
func candidatesFor(q db.Q, r Request) (out []casefile.Document, err error) {
	ids, err := matches(q, r.Org, r.About.Someone)
	if err != nil {
		return nil, err
	}
	if c, ok, err := casefile.ByQuestion(q, r.Org, r.Question); err != nil {
		return nil, err
	} else if ok && !slices.Contains(ids, c.Person) {
		ids = append(ids, c.Person)
	}
	for _, id := range ids {
		d, ok, err := casefile.DocumentOf(q, r.Org, id, r.Kind)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, d)
		}
	}
	return out, nil
}

// requestInput is an answer to a request, as typed.
type requestInput struct {
	Version  string `form:"version"`
	Document string `form:"document"`
	Name     string `form:"name"`
	Content  string `form:"content"`
	To       string `form:"to"`
	Why      string `form:"forward_why"`
	refuseInput
}

// refuseInput is a refusal as typed.
type refuseInput struct {
	Reason      string   `form:"reason"`
	Explanation string   `form:"explanation"`
	Next        string   `form:"next"`
	NextOrg     string   `form:"next_org"`
	Advice      string   `form:"advice"`
	Documents   []string `form:"documents"`
}

var refuseNames = map[string]string{"next_step": "next", "next_step.organisation_id": "next_org", "next_step.advice": "advice", "next_step.documents": "documents"}

func (in refuseInput) no() No {
	n := No{Reason: in.Reason, Explanation: in.Explanation, Next: Next{Step: in.Next}}
	switch in.Next {
	case OtherOrganisation:
		n.Next.Organisation = in.NextOrg
	case BackToSender:
		n.Next.Advice = in.Advice
	case AskDocuments:
		n.Next.Documents, n.Next.Organisation = in.Documents, in.NextOrg
	}
	return n
}

func (s *Service) deskRequest(c *web.Ctx) error {
	return s.showRequest(c, requestInput{}, again{})
}

func (s *Service) showRequest(c *web.Ctx, in requestInput, a again) error {
	r, n, papers, err := s.requestOfPath(c)
	if err != nil {
		return err
	}
	c.Saw("document-request", r.ID)
	kind := c.P.T("document.kind-" + r.Kind)
	v := html.RequestPage{Detail: html.Detail{Back: home, Open: a.open, LiveKey: "handoffs", Note: r.Why}, About: aboutView(c.P, r.About)}
	peer := n.orgs[r.Peer]
	if r.Direction == In {
		peer = n.orgs[r.Asker]
	}
	v.Eyebrow, v.Title = c.P.T("desk.handoff.asked-"+r.Direction, "Organisation", peer), c.P.T("desk.handoff.paper-about", "Kind", kind, "Name", r.About.Name)
	v.Sub, v.Problem, v.Errors = c.P.T("desk.handoff.customer-nothing"), a.problem, a.errors
	v.Facts = []ui.Fact{{Term: c.P.T("desk.handoff.paper"), Value: kind}, {Term: c.P.T("desk.handoff.since"), Value: c.P.Moment(r.AskedAt)}, {Term: c.P.T("desk.handoff.answer-by"), Value: c.P.Moment(r.AnswerBy)},
		{Term: c.P.T("desk.handoff." + handling(r.Direction)), Value: n.members[r.Handler].Name}}
	if x, ok := n.cases[r.Case]; ok {
		v.Facts = append(v.Facts, ui.Fact{Term: c.P.T("desk.handoff.case"), Value: x.Ref(), Href: caseHref(x)})
		c.Saw("case", x.ID)
	}
	if r.Referral != "" {
		v.Facts = append(v.Facts, ui.Fact{Term: c.P.T("desk.handoff.referral"), Value: c.P.T("desk.handoff.open"), Href: referralsHome + "/" + r.Referral})
	}
	switch {
	case r.State != Asked:
		v.State = requestState(r)
		v.Callout = c.P.T("desk.handoff.request-"+r.State, "At", r.AnsweredAt, "Name", r.Name, "Why", r.Explanation, "Advice", r.Advice, "Organisation", n.orgs[r.Onward]+n.orgs[r.NextOrg])
		if r.Direction == In {
			v.Content = paragraphs(r.Content)
		}
	case r.Direction == In:
		base, version := requestsHome+"/"+r.ID, strconv.FormatInt(r.Version, 10)
		v.Provide = &html.ProvideForm{Choice: html.Choice{Action: base + "/provide", Version: version, Errors: a.of("provide")}, Name: in.Name, Content: in.Content}
		for _, d := range papers {
			v.Provide.Papers = append(v.Provide.Papers, ui.Option{Value: d.ID, Label: d.Name, Note: c.P.Date(d.AddedAt), Selected: in.Document == d.ID})
		}
		if len(papers) > 0 {
			v.Provide.Papers = append(v.Provide.Papers, ui.Option{Value: "", Label: c.P.T("desk.handoff.give-other"), Selected: in.Document == ""})
		}
		others, err := s.partners(c, in.To, true)
		if err != nil {
			return err
		}
		v.PassOn = &html.ForwardForm{Choice: html.Choice{Action: base + "/pass-on", Version: version, Errors: a.of("pass-on")}, Partners: others, Why: in.Why}
		v.Refuse = s.refuseForm(c, base+"/refuse", version, "request.why.code-", RequestReasons, []string{OtherOrganisation, BackToSender}, nil, in.refuseInput, a.of("refuse"))
		if v.Refuse.Partners, err = s.partners(c, in.NextOrg, true); err != nil {
			return err
		}
	}
	return c.Page(web.Page{Title: v.Title, Nav: "handoffs", Live: events, Failed: a.status >= 400, Status: a.status, Body: html.Request(v)})
}

func (s *Service) refuseForm(c *web.Ctx, action, version, why string, reasons, nexts, missing []string, in refuseInput, wrong ui.Errors) *html.RefuseForm {
	f := &html.RefuseForm{Choice: html.Choice{Action: action, Version: version, Errors: wrong}, Explanation: in.Explanation, Advice: in.Advice,
		Reasons: options(c.P, why, reasons, in.Reason), Nexts: options(c.P, "referral.next.", nexts, in.Next)}
	if len(missing) > 0 || slices.Contains(nexts, AskDocuments) {
		chosen := in.Documents
		if in.Reason == "" && len(chosen) == 0 {
			chosen = missing
		}
		f.Kinds = options(c.P, "document.kind-", casefile.DocumentKinds, chosen...)
	}
	return f
}

// answerRequestForm runs an answer to a request and shows the page again when
// it was not accepted.
func (s *Service) answerRequestForm(c *web.Ctx, open, toast string, rename map[string]string, do func(in requestInput) error) error {
	var in requestInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	r, _, _, err := s.requestOfPath(c)
	if err != nil {
		return err
	}
	if err = unchanged(in.Version, r.Version); err == nil {
		err = do(in)
	}
	if err != nil {
		a, rest := failed(c, open, err, rename)
		if rest != nil {
			return rest
		}
		return s.showRequest(c, in, a)
	}
	c.Toast(toast)
	return c.Redirect(requestsHome + "/" + r.ID)
}

func (s *Service) deskProvide(c *web.Ctx) error {
	return s.answerRequestForm(c, "provide", "desk.handoff.given", map[string]string{"document_id": "document"}, func(in requestInput) error {
		_, err := s.ProvideDocument(c.Context(), c.Actor, c.Path("request"), Give{Document: in.Document, Name: in.Name, Content: in.Content})
		return err
	})
}

func (s *Service) deskRefuse(c *web.Ctx) error {
	return s.answerRequestForm(c, "refuse", "desk.handoff.answered-toast", refuseNames, func(in requestInput) error {
		_, err := s.RefuseDocument(c.Context(), c.Actor, c.Path("request"), in.no())
		return err
	})
}

func (s *Service) deskPassOn(c *web.Ctx) error {
	return s.answerRequestForm(c, "pass-on", "desk.handoff.passed-on", map[string]string{"to_organisation_id": "to", "why": "forward_why"}, func(in requestInput) error {
		_, err := s.PassOnRequest(c.Context(), c.Actor, c.Path("request"), in.To, in.Why)
		return err
	})
}
