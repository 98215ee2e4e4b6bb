package handoff

import (
	"strings"

	"github.com/houvast/houvast/internal/care/handoff/html"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// The lists of the page, each of which can be gone through to its end.
const (
	listOffers        = "offers"
	listTheirs        = "referrals"
	listPapers        = "requests"
	listSentOffers    = "sent-offers"
	listSentReferrals = "sent-referrals"
	listSentRequests  = "sent-requests"
)

// shown is what the page of handoffs shows, and where each list goes on.
type shown struct {
	mine, out, late work
	next            map[string]string // by list; none: it ends here
}

// part keeps one page of a list and says where it goes on.
func part[T any](s *shown, list string, rows []T, err error, id func(T) string) ([]T, error) {
	cut := page.Of(rows, listRows, func(x T) []string { return []string{id(x)} })
	if cut.Next != "" {
		s.next[list] = cut.Next
	}
	return cut.Items, err
}

// readShown reads the first page of every list, or a later page of one.
func readShown(q db.Q, orgID, member, only, before string) (s shown, err error) {
	s.next = map[string]string{}
	in, out := Filter{Direction: In, Member: member, Open: true}, Filter{Direction: Out, Member: member, Open: true}
	offers := func(list string, f Filter, to *[]Handoff) error {
		rows, err := listHandoffs(q, orgID, f, before, listRows+1)
		*to, err = part(&s, list, rows, err, func(h Handoff) string { return h.ID })
		return err
	}
	referrals := func(list string, f Filter, to *[]Referral) error {
		rows, err := listReferrals(q, orgID, f, before, listRows+1)
		*to, err = part(&s, list, rows, err, func(r Referral) string { return r.ID })
		return err
	}
	requests := func(list string, f Filter, to *[]Request) error {
		rows, err := listRequests(q, orgID, f, "", before, listRows+1)
		*to, err = part(&s, list, rows, err, func(r Request) string { return r.ID })
		return err
	}
	for _, l := range []struct {
		name string
		read func() error
	}{
		{listOffers, func() error { return offers(listOffers, in, &s.mine.offers) }},
		{listTheirs, func() error { return referrals(listTheirs, in, &s.mine.referrals) }},
		{listPapers, func() error { return requests(listPapers, in, &s.mine.requests) }},
		{listSentOffers, func() error {
			if member == "" { // everybody's offers are somebody's to answer
				return nil
			}
			return offers(listSentOffers, out, &s.out.offers)
		}},
		{listSentReferrals, func() error { return referrals(listSentReferrals, out, &s.out.referrals) }},
		{listSentRequests, func() error { return requests(listSentRequests, out, &s.out.requests) }},
	} {
		if only == "" || only == l.name {
			if err := l.read(); err != nil {
				return s, err
			}
		}
	}
	if only == "" {
		err = s.late.asked(q, orgID, member, false, lateRows)
	}
	return s, err
}

// deskList shows everything that is being passed on.
func (s *Service) deskList(c *web.Ctx) error {
	if err := auth.Require(c.Actor, auth.CaseRead); err != nil {
		return err
	}
	member, everyone, only := c.Actor.Member, c.Query("who") == "all", c.Query("list")
	base := home + "?"
	if everyone {
		member, base = "", base+"who=all&"
	}
	before := ""
	key, err := page.Parse(c.Query("after"), 1)
	if err != nil {
		return err
	}
	if key != nil {
		before = key[0]
	}
	var w shown
	var n names
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) {
		if w, err = readShown(q, c.Actor.Org, member, only, before); err != nil {
			return err
		}
		n, err = namesOf(q, c.Actor.Org, w.mine, w.out, w.late)
		return err
	}); err != nil {
		return err
	}
	v := html.ListView{Scopes: []ui.Segment{
		{Label: c.P.T("desk.handoff.mine"), Href: home, Current: !everyone},
		{Label: c.P.T("desk.handoff.everyone"), Href: home + "?who=all", Current: everyone},
	}}
	for i, h := range w.mine.offers {
		v.Offers = append(v.Offers, n.offerView(c, h, i == 0))
	}
	for _, r := range w.mine.referrals {
		v.Referrals = append(v.Referrals, n.referralCard(c, r))
	}
	v.Requests = n.items(c, work{requests: w.mine.requests}, func(bool) bool { return true })
	v.Waiting = n.items(c, w.out, func(open bool) bool { return open })
	v.Answered = n.items(c, w.late, func(open bool) bool { return !open })
	waits := len(v.Offers) + len(v.Referrals) + len(v.Requests)
	v.Quiet = waits+len(v.Waiting) == 0
	v.Title, v.Sub = c.P.T("desk.handoff.title", "Count", waits), c.P.T("desk.handoff.sub", "Count", len(v.Waiting))
	v.OffersTitle = c.P.T("desk.handoff.offers")
	if everyone {
		v.Title, v.OffersTitle = c.P.T("desk.handoff.title-all", "Count", waits), c.P.T("desk.handoff.offers-all")
	}
	if len(v.Waiting) == 0 {
		v.Sub = c.P.T("desk.handoff.sub-none")
	}
	switch {
	case only != "":
		v.Title, v.Sub = c.P.T("desk.handoff.more-title"), ""
	case waits == 0 && everyone:
		v.Title = c.P.T("desk.handoff.title-none-all")
	case waits == 0:
		v.Title = c.P.T("desk.handoff.title-none")
	}
	w.pages(c, &v, base, only, waits+len(v.Waiting))
	return c.Page(web.Page{Title: c.P.T("desk.handoff.nav"), Nav: "handoffs", Live: events, Body: html.List(v)})
}

// pages are the ways on: to the rest of each list, or through one of them.
func (s shown) pages(c *web.Ctx, v *html.ListView, base, only string, here int) {
	if only != "" {
		v.Pager = &ui.PagerView{Summary: c.P.T("desk.handoff.page", "Count", here)}
		v.Pager.PrevHref, v.Pager.PrevLabel = strings.TrimRight(base, "?&"), c.P.T("desk.handoff.begin")
		if next := s.next[only]; next != "" {
			v.Pager.NextHref, v.Pager.NextLabel = base+"list="+only+"&after="+next, c.P.T("desk.handoff.further")
		}
		return
	}
	for _, list := range []string{listOffers, listTheirs, listPapers, listSentOffers, listSentReferrals, listSentRequests} {
		if next := s.next[list]; next != "" {
			v.More = append(v.More, ui.Fact{Term: list, Value: c.P.T("desk.handoff.more-" + list), Href: base + "list=" + list + "&after=" + next})
		}
	}
}
