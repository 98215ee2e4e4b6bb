package handoff

import (
	"strconv"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/handoff/html"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// work is what waits for an answer.
type work struct {
	offers    []Handoff
	referrals []Referral
	requests  []Request
}

// toAnswer gives what waits for a member's answer, or for anybody's when
// member is empty.
func toAnswer(q db.Q, orgID, member string, limit int) (w work, err error) {
	f := Filter{Direction: In, Member: member, Open: true}
	if w.offers, err = listHandoffs(q, orgID, f, "", limit); err != nil {
		return w, err
	}
	if w.referrals, err = listReferrals(q, orgID, f, "", limit); err != nil {
		return w, err
	}
	w.requests, err = listRequests(q, orgID, f, "", "", limit)
	return w, err
}

// asked gives what a member, or everybody, waits for from others.
func (w *work) asked(q db.Q, orgID, member string, open bool, limit int) (err error) {
	f := Filter{Direction: Out, Member: member, Open: open}
	if member != "" || !open { // everybody's offers are somebody's to answer
		if w.offers, err = listHandoffs(q, orgID, f, "", limit); err != nil {
			return err
		}
	}
	if w.referrals, err = listReferrals(q, orgID, f, "", limit); err != nil {
		return err
	}
	w.requests, err = listRequests(q, orgID, f, "", "", limit)
	return err
}

// names are who and what the ids of a page stand for.
type names struct {
	members map[string]org.Member
	orgs    map[string]string
	cases   map[string]casefile.Case
}

func namesOf(q db.Q, orgID string, list ...work) (n names, err error) {
	var members, cases []string
	n.orgs = map[string]string{}
	for _, w := range list {
		for _, h := range w.offers {
			members, cases = append(members, h.From, h.To), append(cases, h.Case)
		}
		for _, r := range w.referrals {
			members, cases = append(members, r.Handler), append(cases, r.Case)
			n.orgs[r.Peer], n.orgs[r.Origin], n.orgs[r.Onward], n.orgs[r.NextOrg] = "", "", "", ""
		}
		for _, r := range w.requests {
			members, cases = append(members, r.Handler), append(cases, r.Case)
			n.orgs[r.Peer], n.orgs[r.Asker], n.orgs[r.Onward], n.orgs[r.NextOrg] = "", "", "", ""
		}
	}
	delete(n.orgs, "")
	for id := range n.orgs {
		o, err := org.PartnerByID(q, id)
		if err != nil {
			return n, err
		}
		n.orgs[id] = o.Name
	}
	if n.members, err = org.MembersByIDs(q, orgID, members); err != nil {
		return n, err
	}
	n.cases, err = casefile.ByIDs(q, orgID, cases)
	return n, err
}

func (n names) person(member string) ui.Person {
	return ui.Person{ID: member, Name: n.members[member].Name}
}

// to names the receiver as the reader knows them.
func (n names) to(c *web.Ctx, member string) string {
	if member == c.Actor.Member {
		return c.P.T("desk.handoff.you")
	}
	return n.members[member].Name
}

func caseHref(c casefile.Case) string { return "/desk/cases/" + c.Ref() }

func packView(words lang.Printer, p Pack) (out []ui.PackItem) {
	for _, i := range p.Items() {
		key := "handoff.item."
		if !i.Present {
			key = "handoff.missing."
		}
		out = append(out, ui.PackItem{Label: words.T(key + i.Code), Missing: !i.Present})
	}
	return out
}

// needView is what a receiver requires, and whether it goes along.
func needView(words lang.Printer, required, missing []string) (out []ui.PackItem) {
	lacks := map[string]bool{}
	for _, k := range missing {
		lacks[k] = true
	}
	for _, k := range required {
		i := ui.PackItem{Label: words.T("document.kind-" + k), Missing: lacks[k]}
		if i.Missing {
			i.Label = words.T("desk.handoff.lacks", "Kind", i.Label)
		}
		out = append(out, i)
	}
	return out
}

// offerView is a handoff to be answered.
func (n names) offerView(c *web.Ctx, h Handoff, first bool) ui.HandoffView {
	x := n.cases[h.Case]
	v := ui.HandoffView{ID: h.ID, From: n.person(h.From), To: n.to(c, h.To), Title: x.Subject, Href: home + "/" + h.ID, Pack: packView(c.P, h.Pack),
		AcceptAction: home + "/" + h.ID + "/accept", Version: strconv.FormatInt(h.Version, 10), ReturnHref: home + "/" + h.ID + "#decline", First: first}
	v.Promise = c.P.T("desk.handoff.comes-with", "Due", x.NextDue, "By", h.AnswerBy, "Late", h.State == TimedOut)
	c.Saw("case", h.Case)
	return v
}

// referralCard is an incoming referral.
func (n names) referralCard(c *web.Ctx, r Referral) html.Card {
	v := html.Card{ID: r.ID, Title: r.Subject, Href: referralsHome + "/" + r.ID, From: ui.Person{ID: r.Origin, Name: n.orgs[r.Origin]}, To: n.to(c, r.Handler),
		Late: r.State == TimedOut, Promise: c.P.T("desk.handoff.referral-note", "Name", r.About.Name, "By", r.AnswerBy, "Late", r.State == TimedOut)}
	v.Pack = needView(c.P, r.Required, r.Missing)
	v.Pack = append(v.Pack, consentItem(c.P, r.Consent))
	if r.Peer != r.Origin {
		v.FromNote = c.P.T("desk.handoff.through", "Organisation", n.orgs[r.Peer])
	}
	c.Saw("referral", r.ID)
	return v
}

func consentItem(words lang.Printer, given bool) ui.PackItem {
	if given {
		return ui.PackItem{Label: words.T("handoff.item.consent")}
	}
	return ui.PackItem{Label: words.T("handoff.missing.consent"), Missing: true}
}

// stateOf is how an answer is drawn.
func stateOf(s State) ui.PromiseState {
	switch s {
	case Accepted:
		return ui.Kept
	case Declined, Withdrawn:
		return ui.Withdrawn
	case Forwarded:
		return ui.Renegotiated
	case TimedOut:
		return ui.AtRisk
	case Offered, Received:
	}
	return ui.Waiting
}

func requestState(r Request) ui.PromiseState {
	switch {
	case r.State == Provided:
		return ui.Kept
	case r.State == Refused:
		return ui.Withdrawn
	case r.State == PassedOn:
		return ui.Renegotiated
	case r.Late > 0:
		return ui.AtRisk
	}
	return ui.Waiting
}

func at(open bool, by, answered time.Time) (time.Time, bool) {
	if open {
		return by, false
	}
	return answered, true
}

func (n names) offerItem(c *web.Ctx, h Handoff) html.Item {
	i := html.Item{ID: h.ID, Icon: "arrow-left-right", Title: n.cases[h.Case].Subject, Note: c.P.T("desk.handoff.from-to", "From", n.members[h.From].Name, "To", n.members[h.To].Name),
		Href: home + "/" + h.ID, State: stateOf(h.State), Word: c.P.T("handoff.state." + string(h.State))}
	i.At, i.Past = at(h.State.Open(), h.AnswerBy, h.AnsweredAt)
	return i
}

func (n names) referralItem(c *web.Ctx, r Referral) html.Item {
	i := html.Item{ID: r.ID, Icon: "forward", Title: r.Subject, Href: referralsHome + "/" + r.ID, State: stateOf(r.State), Word: c.P.T("handoff.state." + string(r.State))}
	i.Note = c.P.T("desk.handoff.referred-"+r.Direction, "Organisation", n.orgs[r.Peer])
	i.At, i.Past = at(r.State.Open(), r.AnswerBy, r.AnsweredAt)
	return i
}

func (n names) requestItem(c *web.Ctx, r Request) html.Item {
	peer := r.Peer
	if r.Direction == In {
		peer = r.Asker
	}
	i := html.Item{ID: r.ID, Icon: "file-question", Title: c.P.T("desk.handoff.paper-about", "Kind", c.P.T("document.kind-"+r.Kind), "Name", r.About.Name), Href: requestsHome + "/" + r.ID,
		State: requestState(r), Word: c.P.T("request.state." + r.State), Note: c.P.T("desk.handoff.asked-"+r.Direction, "Organisation", n.orgs[peer])}
	i.At, i.Past = at(r.State == Asked, r.AnswerBy, r.AnsweredAt)
	c.Saw("document-request", r.ID)
	return i
}

func (n names) items(c *web.Ctx, w work, keep func(open bool) bool) (out []html.Item) {
	for _, h := range w.offers {
		if keep(h.State.Open()) {
			out = append(out, n.offerItem(c, h))
		}
	}
	for _, r := range w.referrals {
		if keep(r.State.Open()) {
			out = append(out, n.referralItem(c, r))
		}
	}
	for _, r := range w.requests {
		if keep(r.State == Asked) {
			out = append(out, n.requestItem(c, r))
		}
	}
	return out
}
