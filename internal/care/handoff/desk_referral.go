package handoff

import (
	"slices"
	"strconv"

	"github.com/houvast/houvast/internal/care/handoff/html"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// referralInput is an answer to a referral, as typed.
type referralInput struct {
	Version string `form:"version"`
	Person  string `form:"person"`
	What    string `form:"what"`
	By      string `form:"by_text"`
	Choice  string `form:"by"` // a moment of the advisor's
	Told    string `form:"told"`
	Without bool   `form:"without"`
	Why     string `form:"why"`
	To      string `form:"to"`
	Forward string `form:"forward_why"`
	// PromiseKind is what is promised when it is taken on.
	PromiseKind string `form:"promise_kind"`
	askInput
	refuseInput
}

// handling is what the handler of a row does: keep it here, or answer it.
func handling(direction string) string {
	if direction == Out {
		return "keeps"
	}
	return "handler"
}

func pointText(p Point) string {
	if p.Kind == person.Phone || p.Kind == person.SMS {
		return person.Spoken(p.Value)
	}
	return p.Value
}

func (s *Service) deskReferral(c *web.Ctx) error {
	return s.showReferral(c, referralInput{}, again{})
}

// dossier is a referral with everything its page shows.
type dossier struct {
	files    []PaperFile
	r        Referral
	papers   []Paper
	requests []Request
	n        names
	people   []person.Card // who it may be, when it may be several
}

func (s *Service) dossierOf(c *web.Ctx) (d dossier, err error) {
	if d.r, d.papers, err = s.GetReferral(c.Context(), c.Actor, c.Path("referral")); err != nil {
		return d, err
	}
	err = s.DB.Read(c.Context(), func(q db.Q) error {
		if d.files, err = filesOf(q, d.r.Org, d.r.ID); err != nil {
			return err
		}
		if d.requests, err = listRequests(q, d.r.Org, Filter{}, d.r.ID, "", asideRows); err != nil {
			return err
		}
		if d.n, err = namesOf(q, d.r.Org, work{referrals: []Referral{d.r}, requests: d.requests}); err != nil {
			return err
		}
		if d.r.Direction != In || !d.r.State.Open() {
			return nil
		}
		ids, err := matches(q, d.r.Org, d.r.About.Someone)
		if err != nil || len(ids) < 2 {
			return err
		}
		cards, err := person.Cards(q, d.r.Org, ids)
		for _, id := range ids {
			d.people = append(d.people, cards[id])
		}
		return err
	})
	return d, err
}

func (s *Service) showReferral(c *web.Ctx, in referralInput, a again) error {
	d, err := s.dossierOf(c)
	if err != nil {
		return err
	}
	r, n := d.r, d.n
	c.Saw("referral", r.ID)
	v := html.ReferralPage{Detail: html.Detail{Back: home, Open: a.open, LiveKey: "handoffs", Note: r.Note}, About: aboutView(c.P, r.About)}
	v.Title, v.Problem, v.Errors = r.Subject, a.problem, a.errors
	other := r.Peer
	if r.Direction == In {
		other = r.Origin
	}
	v.Eyebrow = c.P.T("desk.handoff.referred-"+r.Direction, "Organisation", n.orgs[other])
	v.Pack = append(needView(c.P, r.Required, r.Missing), consentItem(c.P, r.Consent))
	v.Facts = []ui.Fact{{Term: c.P.T("desk.handoff.since"), Value: c.P.Moment(r.OfferedAt)}, {Term: c.P.T("desk.handoff.answer-by"), Value: c.P.Moment(r.AnswerBy)},
		{Term: c.P.T("desk.handoff." + handling(r.Direction)), Value: n.members[r.Handler].Name}}
	if r.Peer != r.Origin && r.Direction == In {
		v.Facts = append(v.Facts, ui.Fact{Term: c.P.T("desk.handoff.came-through"), Value: n.orgs[r.Peer]})
	}
	if x, ok := n.cases[r.Case]; ok {
		v.Facts = append(v.Facts, ui.Fact{Term: c.P.T("desk.handoff.case"), Value: x.Ref(), Href: caseHref(x)})
		c.Saw("case", x.ID)
	}
	for _, p := range d.papers {
		v.Papers = append(v.Papers, d.paperView(c, p))
	}
	v.Requests = n.items(c, work{requests: d.requests}, func(bool) bool { return true })
	base, version := referralsHome+"/"+r.ID, strconv.FormatInt(r.Version, 10)
	switch {
	case !r.State.Open():
		v.State = stateOf(r.State)
		v.Callout = c.P.T("desk.handoff.referral-was", "State", c.P.T("handoff.state."+string(r.State)), "At", r.AnsweredAt, "Why", r.Explanation, "Advice", r.Advice, "Organisation", n.orgs[r.Onward]+n.orgs[r.NextOrg])
	case r.Direction == Out:
		v.Sub = c.P.T("desk.handoff.you-keep", "Organisation", n.orgs[r.Peer])
		v.Withdraw = &html.WhyForm{Choice: html.Choice{Action: base + "/withdraw", Version: version, Errors: a.of("withdraw")}, Why: in.Why}
	default:
		v.Sub = c.P.T("desk.handoff.they-keep", "Organisation", n.orgs[r.Origin])
		if err := s.answers(c, &v, d, in, a); err != nil {
			return err
		}
	}
	if r.State == TimedOut {
		v.State, v.Callout = ui.AtRisk, c.P.T("desk.handoff.late", "By", r.AnswerBy, "From", n.orgs[r.Origin])
	}
	return c.Page(web.Page{Title: v.Title, Nav: "handoffs", Live: events, Failed: a.status >= 400, Status: a.status, Body: html.Referral(v)})
}

// answers are the forms by which an incoming referral is answered.
func (s *Service) answers(c *web.Ctx, v *html.ReferralPage, d dossier, in referralInput, a again) (err error) {
	r := d.r
	base, version := referralsHome+"/"+r.ID, strconv.FormatInt(r.Version, 10)
	who := r.About.Someone
	if r.About.Asker != nil {
		who = *r.About.Asker
	}
	name := who.CallName
	if name == "" {
		name = who.Name
	}
	f := &html.AcceptForm{Choice: html.Choice{Action: base + "/accept", Version: version, Errors: a.of("accept")}, Who: name, What: in.What, By: in.By, Told: in.Told, Without: in.Without}
	if a.open == "accept" {
		f.Why = in.Why
	}
	if err := s.promiseChoices(c, f, in); err != nil {
		return err
	}
	if len(r.Missing) > 0 {
		var kinds []string
		for _, k := range r.Missing {
			kinds = append(kinds, c.P.T("document.kind-"+k))
		}
		f.Missing = c.P.T("desk.handoff.missing-here", "Kinds", kinds)
	}
	for _, x := range d.people {
		f.People = append(f.People, ui.Option{Value: x.Person.ID, Label: x.Person.Name, Note: x.Person.BirthDate, Selected: in.Person == x.Person.ID})
	}
	v.Accept = f
	ask, err := s.askForm(c, base+"/ask", "", in.askInput, a.of("ask"))
	if err != nil {
		return err
	}
	if in.Kind == "" && len(r.Missing) > 0 {
		for i := range ask.Kinds {
			ask.Kinds[i].Selected = ask.Kinds[i].Value == r.Missing[0]
		}
	}
	v.Ask = &ask
	v.Forward = &html.ForwardForm{Choice: html.Choice{Action: base + "/forward", Version: version, Errors: a.of("forward")}, Why: in.Forward}
	if v.Forward.Partners, err = s.partners(c, in.To, true); err != nil {
		return err
	}
	v.Decline = s.refuseForm(c, base+"/decline", version, "referral.why.code-", ReferralReasons, []string{AskDocuments, OtherOrganisation, BackToSender}, r.Missing, in.refuseInput, a.of("decline"))
	v.Decline.Partners, err = s.partners(c, in.NextOrg, true)
	return err
}

// answerReferral runs an answer to a referral and shows the page again when it
// was not accepted.
func (s *Service) answerReferral(c *web.Ctx, open, toast string, rename map[string]string, do func(in referralInput) (to string, err error)) error {
	var in referralInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	r, _, err := s.GetReferral(c.Context(), c.Actor, c.Path("referral"))
	if err != nil {
		return err
	}
	to := ""
	if err = unchanged(in.Version, r.Version); err == nil {
		to, err = do(in)
	}
	if err != nil {
		a, rest := failed(c, open, err, rename)
		if rest != nil {
			return rest
		}
		return s.showReferral(c, in, a)
	}
	c.Toast(toast)
	if to == "" {
		to = referralsHome + "/" + r.ID
	}
	return c.Redirect(to)
}

// deskAcceptReferral takes a referral on, with a promise to the customer.
func (s *Service) deskAcceptReferral(c *web.Ctx) error {
	names := map[string]string{"due_at": "by_text", "promise.due_at": "by_text", "promise.what": "what", "person_id": "person"}
	return s.answerReferral(c, "accept", "desk.handoff.taken", names, func(in referralInput) (string, error) {
		var ck errs.Checks
		ck.Must(in.What != "", "what", "what-missing")
		by := in.By
		if by == "" {
			by = in.Choice
		}
		ck.Must(by != "", "by_text", "time-missing")
		ck.Must(slices.Contains(takenKinds, in.PromiseKind) || in.PromiseKind == "", "promise_kind", "kind-unknown")
		if err := ck.Err(); err != nil {
			return "", err
		}
		kind := promise.Answer
		if in.PromiseKind != "" {
			kind = promise.Kind(in.PromiseKind)
		}
		due, err := s.Promises.ParseDue(c.Context(), c.Actor, c.P, "due_at", by)
		if err != nil {
			return "", err
		}
		_, row, _, err := s.AcceptReferral(c.Context(), c.Actor, c.Path("referral"), Take{Person: in.Person, WithoutDocuments: in.Without, Why: in.Why,
			Promise: promise.Make{Kind: kind, What: in.What, Due: due, Spoken: in.Told == "spoken"}})
		return caseHref(row), err
	})
}

func (s *Service) deskDeclineReferral(c *web.Ctx) error {
	return s.answerReferral(c, "decline", "desk.handoff.answered-toast", refuseNames, func(in referralInput) (string, error) {
		_, err := s.DeclineReferral(c.Context(), c.Actor, c.Path("referral"), in.no())
		return "", err
	})
}

func (s *Service) deskForward(c *web.Ctx) error {
	return s.answerReferral(c, "forward", "desk.handoff.forwarded", map[string]string{"to_organisation_id": "to", "next_step.organisation_id": "to", "why": "forward_why"}, func(in referralInput) (string, error) {
		_, err := s.ForwardReferral(c.Context(), c.Actor, c.Path("referral"), in.To, in.Forward)
		return "", err
	})
}

func (s *Service) deskAskFor(c *web.Ctx) error {
	return s.answerReferral(c, "ask", "desk.handoff.asked-toast", askNames, func(in referralInput) (string, error) {
		_, err := s.RequestDocument(c.Context(), c.Actor, Ask{Referral: c.Path("referral"), Kind: in.Kind, Of: in.Of, Why: in.askInput.Why})
		return "", err
	})
}

func (s *Service) deskWithdrawReferral(c *web.Ctx) error {
	return s.answerReferral(c, "withdraw", "desk.handoff.withdrawn", map[string]string{"why": "withdraw-why"}, func(in referralInput) (string, error) {
		r, err := s.WithdrawReferral(c.Context(), c.Actor, c.Path("referral"), in.Why)
		return "/desk/cases/" + r.Case, err
	})
}

// takenKinds are what can be promised when a question is taken on: a visit has
// two ends and is promised on the case itself.
var takenKinds = []string{string(promise.Answer), string(promise.Callback), string(promise.Decision), string(promise.Update), string(promise.Document)}

// promiseChoices are what can be promised, and when honestly, from our own
// record of that kind.
func (s *Service) promiseChoices(c *web.Ctx, f *html.AcceptForm, in referralInput) error {
	kind := string(promise.Answer)
	if slices.Contains(takenKinds, in.PromiseKind) {
		kind = in.PromiseKind
	}
	f.Kinds = options(c.P, "promise.kind.", takenKinds, kind)
	a, err := s.Promises.Advise(c.Context(), c.Actor, promise.Wanted{Kind: promise.Kind(kind)})
	if err != nil {
		return err
	}
	for _, x := range a.Suggestions {
		o := ui.Option{Value: x.Due.In(c.P.Loc()).Format("2006-01-02T15:04"), Label: c.P.Moment(x.Due)}
		if x.Odds > 0 {
			o.Note = c.P.T("desk.handoff.odds", "N", promise.Tenths(x.Odds))
		}
		o.Selected = in.Choice == o.Value || in.Choice == "" && in.By == "" && x.Advised && a.Basis != promise.BasisNorm
		f.Times = append(f.Times, o)
	}
	f.TimesHint = c.P.T("desk.handoff.when-norm")
	if a.Basis != promise.BasisNorm {
		f.TimesHint = c.P.T("desk.handoff.when-record", "Count", a.Of)
	}
	return nil
}
