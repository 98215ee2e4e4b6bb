package signal

import (
	"slices"
	"strconv"
	"strings"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/signal/html"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

const home = "/desk/signals"

// settled are the codes of why a member says that a signal is over.
var settled = []string{"handled", "known", "mistaken"}

// desk is the page of signals. Taking one leads to its case, so that route
// belongs to the cases.
func (s *Service) desk(m *web.Mux) {
	m.Get(home, s.deskList)
	m.Post(home+"/{signal}/settle", s.deskSettle)
}

func (s *Service) deskList(c *web.Ctx) error { return s.showList(c, "", 0) }

func (s *Service) showList(c *web.Ctx, problem string, status int) error {
	member, mine := "", c.Query("who") == "me"
	if mine {
		member = c.Actor.Member
	}
	p, err := s.List(c.Context(), c.Actor, member, c.Query("after"), page.Default)
	if err != nil {
		return err
	}
	var members map[string]org.Member
	var subjects map[string]string
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) {
		var ids, cases []string
		for _, x := range p.Items {
			cases = append(cases, x.Case)
			ids = append(ids, x.Member, x.TakenBy)
		}
		if members, err = org.MembersByIDs(q, c.Actor.Org, ids); err != nil || s.Subjects == nil {
			return err
		}
		subjects, err = s.Subjects(q, c.Actor.Org, cases)
		return err
	}); err != nil {
		return err
	}
	v := html.ListView{Title: c.P.T("desk.signals.title", "Count", len(p.Items)), Sub: c.P.T("desk.signals.sub"), Problem: problem,
		Empty:  ui.EmptyView{Title: c.P.T("desk.signals.none-title"), Text: c.P.T("desk.signals.none-text")},
		Scopes: []ui.Segment{{Label: c.P.T("desk.signals.mine"), Href: home + "?who=me", Current: mine}, {Label: c.P.T("desk.signals.everyone"), Href: home, Current: !mine}}}
	if len(p.Items) == 0 {
		v.Title = c.P.T("desk.signals.title-none")
	}
	level := Level(0)
	for _, x := range p.Items {
		if x.Case != "" {
			c.Saw("case", x.Case)
		}
		if x.Level != level {
			level = x.Level
			v.Groups = append(v.Groups, html.Group{ID: "level-" + strconv.Itoa(int(level)), Title: c.P.T("signal.level." + strconv.Itoa(int(level)))})
		}
		g := &v.Groups[len(v.Groups)-1]
		g.Signals = append(g.Signals, view(c, x, members, subjects[x.Case]))
	}
	if later := c.Query("after") != ""; p.Next != "" || later {
		base := home + "?"
		if mine {
			base += "who=me&"
		}
		v.Pager = &ui.PagerView{Summary: c.P.T("desk.signals.page", "Count", len(p.Items))}
		if later {
			v.Pager.PrevHref, v.Pager.PrevLabel = base[:len(base)-1], c.P.T("desk.signals.begin")
		}
		if p.Next != "" {
			v.Pager.NextHref, v.Pager.NextLabel = base+"after="+p.Next, c.P.T("desk.signals.more")
		}
	}
	return c.Page(web.Page{Title: c.P.T("desk.signals.nav"), Nav: "today", Live: "/desk/events", Failed: status >= 400, Status: status, Body: html.List(v)})
}

// icons are the drawings of what signals are about.
var icons = map[string]string{"promise": "timer", "message": "mail", "handoff": "arrow-left-right", "referral": "forward", "document": "file-question",
	"case": "refresh-cw", "note": "message-circle", "customer": "message-circle", "urgent": "siren", "emergency": "siren"}

// view is a signal as staff read it. The sentence of a kind is that of the
// capability that raised it.
func view(c *web.Ctx, x Signal, members map[string]org.Member, subject string) html.Signal {
	area, _, _ := strings.Cut(x.Kind, ".")
	v := html.Signal{SignalView: ui.SignalView{ID: x.ID, Icon: icons[area], Hot: x.Level == Urgent, Fact: sentence(c.P, x.Kind)}}
	if v.Icon == "" {
		v.Icon = "radar"
	}
	if x.Waits() {
		v.Why = c.P.T("desk.signals.waits", "At", x.RaisedAt, "Who", members[x.Member].Name)
		v.Take = home + "/" + x.ID + "/take"
	} else {
		v.Why = c.P.T("desk.signals.taken", "At", x.TakenAt, "Who", members[x.TakenBy].Name)
	}
	if subject != "" {
		v.Why = c.P.T("desk.signals.about", "Subject", subject, "Note", v.Why)
	}
	if x.Case != "" {
		v.Open = "/desk/cases/" + x.Case
	}
	if x.Kind == Emergency && auth.May(c.Actor, auth.EmergencyReview) {
		v.Open = "/desk/emergencies/" + x.Subject
	}
	if (x.Level < Urgent || !x.Waits()) && x.maySettle() == nil {
		v.Settle = home + "/" + x.ID + "/settle"
		for _, r := range settled {
			v.Reasons = append(v.Reasons, ui.Option{Value: r, Label: c.P.T("desk.signals.reason-" + r)})
		}
	}
	if auth.Require(c.Actor, auth.CaseWrite) != nil || x.MayTake(c.Actor) != nil {
		v.Take, v.Settle = "", ""
	}
	return v
}

func sentence(words lang.Printer, kind string) string {
	if key := "signal." + kind; words.Has(key) {
		return words.T(key)
	}
	return words.T("desk.signals.other")
}

type settleInput struct {
	Reason string `form:"reason"`
}

// deskSettle ends a signal by hand.
func (s *Service) deskSettle(c *web.Ctx) error {
	var in settleInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	var err error
	if !slices.Contains(settled, in.Reason) {
		err = errs.New(errs.Invalid, "signal-reason-missing").Field("reason", "signal-reason-missing")
	} else {
		_, err = s.Settle(c.Context(), c.Actor, c.Path("signal"), in.Reason)
	}
	if err != nil {
		summary, _, ok := web.FormErrors(err, c.P)
		if !ok {
			return err
		}
		return s.showList(c, summary, web.Status(errs.ClassOf(err)))
	}
	c.Toast("desk.signals.settled")
	return c.Redirect(home)
}
