package handoff

import (
	"context"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/handoff/html"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// The addresses of the desk's pages.
const (
	events        = "/desk/events"
	home          = "/desk/handoffs"
	referralsHome = "/desk/referrals"
	requestsHome  = "/desk/document-requests"
)

// How much the lists show.
const (
	listRows  = 50
	todayRows = 5
	lateRows  = 10
	asideRows = 10
)

// desk are the pages for staff.
func (s *Service) desk(m *web.Mux) {
	m.Get(home, s.deskList)
	m.Get(home+"/{handoff}", s.deskHandoff)
	m.Post(home+"/{handoff}/accept", s.deskAccept)
	m.Post(home+"/{handoff}/decline", s.deskDecline)
	m.Post(home+"/{handoff}/withdraw", s.deskWithdraw)
	m.Get("/desk/cases/{case}/hand-off", s.deskOfferPage)
	m.Post("/desk/cases/{case}/hand-off", s.deskOffer)
	m.Get("/desk/cases/{case}/refer", s.deskReferPage)
	m.Post("/desk/cases/{case}/refer", s.deskRefer)
	m.Get("/desk/cases/{case}/ask-document", s.deskAskPage)
	m.Post("/desk/cases/{case}/ask-document", s.deskAsk)
	m.Get(referralsHome+"/{referral}", s.deskReferral)
	m.Get(referralsHome+"/{referral}/files/{document}", s.deskFile)
	m.Post(referralsHome+"/{referral}/accept", s.deskAcceptReferral)
	m.Post(referralsHome+"/{referral}/decline", s.deskDeclineReferral)
	m.Post(referralsHome+"/{referral}/forward", s.deskForward)
	m.Post(referralsHome+"/{referral}/ask", s.deskAskFor)
	m.Post(referralsHome+"/{referral}/withdraw", s.deskWithdrawReferral)
	m.Get(requestsHome+"/{request}", s.deskRequest)
	m.Post(requestsHome+"/{request}/provide", s.deskProvide)
	m.Post(requestsHome+"/{request}/refuse", s.deskRefuse)
	m.Post(requestsHome+"/{request}/pass-on", s.deskPassOn)
}

// nav is the desk's entry, with what waits for an answer of whoever looks.
func (s *Service) nav() []module.NavItem {
	return []module.NavItem{{Key: "handoffs", Href: home, Icon: "arrow-left-right", LabelKey: "desk.handoff.nav", Order: 40,
		Count: func(ctx context.Context, who actor.Actor) (n int, hot bool, err error) {
			var w work
			err = s.DB.Read(ctx, func(q db.Q) error { w, err = toAnswer(q, who.Org, who.Member, listRows); return err })
			for _, h := range w.offers {
				hot = hot || h.State == TimedOut
			}
			for _, r := range w.referrals {
				hot = hot || r.State == TimedOut
			}
			return len(w.offers) + len(w.referrals) + len(w.requests), hot, err
		}}}
}

func (s *Service) panels() []module.Panel {
	return []module.Panel{
		{Slot: module.TodayAside, Key: "handoffs", Order: 10, Render: s.todayPanel},
		{Slot: module.CaseComposer, Key: "handoff", LabelKey: "desk.handoff.tab", Order: 10, Render: s.composerPanel},
		{Slot: module.CaseAside, Key: "where", Order: 10, Render: s.wherePanel},
	}
}

// todayPanel is what waits for whoever looks, beside today's promises.
func (s *Service) todayPanel(c *web.Ctx, args module.PanelArgs) (templ.Component, error) {
	if auth.Require(c.Actor, auth.CaseRead) != nil {
		return nil, nil //nolint:nilerr // a panel shows nothing to whom it is not for
	}
	var w work
	var n names
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) {
		if w, err = toAnswer(q, args.Org, c.Actor.Member, listRows); err != nil {
			return err
		}
		n, err = namesOf(q, args.Org, w)
		return err
	}); err != nil {
		return nil, err
	}
	var v html.TodayView
	for i, h := range w.offers {
		if i < todayRows {
			v.Offers = append(v.Offers, n.offerView(c, h, i == 0))
		}
	}
	for _, r := range w.referrals {
		if len(v.Offers)+len(v.Referrals) < todayRows {
			v.Referrals = append(v.Referrals, n.referralCard(c, r))
		}
	}
	v.More = len(w.offers) + len(w.referrals) - len(v.Offers) - len(v.Referrals)
	return html.Today(v), nil
}

// wherePanel says, beside a case, with whom it is and what was asked of
// others.
func (s *Service) wherePanel(c *web.Ctx, args module.PanelArgs) (templ.Component, error) {
	var w work
	var n names
	var row casefile.Case
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) {
		f := Filter{Case: args.Case}
		if row, err = casefile.ByID(q, args.Org, args.Case); err != nil {
			return err
		}
		if w.offers, err = listHandoffs(q, args.Org, f, "", asideRows); err != nil {
			return err
		}
		if w.referrals, err = listReferrals(q, args.Org, f, "", asideRows); err != nil {
			return err
		}
		if w.requests, err = listRequests(q, args.Org, f, "", "", asideRows); err != nil {
			return err
		}
		n, err = namesOf(q, args.Org, w)
		return err
	}); err != nil {
		return nil, err
	}
	v := html.Aside{ID: "where", Title: c.P.T("desk.handoff.where"), LiveKey: "case:" + args.Case, Items: n.items(c, w, func(bool) bool { return true })}
	if !row.Closed() {
		v.AskHref = caseHref(row) + "/ask-document"
	}
	if len(v.Items) == 0 && v.AskHref == "" {
		return nil, nil
	}
	return html.Where(v), nil
}

// unchanged refuses an answer to something that changed since it was shown.
func unchanged(typed string, version int64) error {
	if typed != "" && typed != strconv.FormatInt(version, 10) {
		return errs.New(errs.Stale, "changed-meanwhile")
	}
	return nil
}

func options(words lang.Printer, prefix string, codes []string, chosen ...string) []ui.Option {
	out := make([]ui.Option, len(codes))
	for i, code := range codes {
		out[i] = ui.Option{Value: code, Label: words.T(prefix + code)}
		for _, x := range chosen {
			out[i].Selected = out[i].Selected || x == code
		}
	}
	return out
}

// partners are the other organisations of the installation.
func (s *Service) partners(c *web.Ctx, chosen string, blank bool) (out []ui.Option, err error) {
	if blank {
		out = append(out, ui.Option{Label: c.P.T("desk.handoff.choose")})
	}
	err = s.DB.Read(c.Context(), func(q db.Q) error {
		list, err := org.Partners(q, "", "", 500)
		for _, o := range list {
			if o.ID != c.Actor.Org {
				out = append(out, ui.Option{Value: o.ID, Label: o.Name, Selected: o.ID == chosen})
			}
		}
		return err
	})
	return out, err
}

// receivers are the colleagues and teams that can take something on.
func (s *Service) receivers(c *web.Ctx, chosen string, except ...string) ([]ui.Option, error) {
	out := []ui.Option{{Label: c.P.T("desk.handoff.choose")}}
	house := org.New(org.Deps{DB: s.DB})
	teams, err := house.Teams(c.Context(), c.Actor, "", 200)
	if err != nil {
		return nil, err
	}
	members, err := house.Members(c.Context(), c.Actor, org.MemberFilter{}, "", 200)
	if err != nil {
		return nil, err
	}
	by := map[string]org.Member{}
	for _, m := range members.Items {
		by[m.ID] = m
	}
	for _, t := range teams.Items {
		if t.Active {
			out = append(out, ui.Option{Value: t.ID, Label: c.P.T("desk.handoff.team", "Team", t.Name, "Duty", by[t.Duty].Name), Selected: t.ID == chosen})
		}
	}
	for _, m := range members.Items {
		if !m.Active || strings.Contains(strings.Join(except, " "), m.ID) {
			continue
		}
		o := ui.Option{Value: m.ID, Label: m.Name, Selected: m.ID == chosen}
		if !m.Here(c.Now()) {
			o.Label = c.P.T("desk.handoff.away", "Name", m.Name)
		}
		out = append(out, o)
	}
	return out, nil
}
