package casefile

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/care/casefile/html"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// events is the stream that keeps the desk's pages live.
const events = "/desk/events"

// maxPaper is how much may be sent to the desk with a document; what surrounds
// the files in a form is small.
const maxPaper = mostUpload + 1<<20

// desk are the pages for staff.
func (s *Service) desk(m *web.Mux) {
	m.Get("/desk", s.deskToday)
	m.Get("/desk/print/day", s.deskDay)
	m.Get("/desk/cases", s.deskList)
	m.Get(bulkHref, s.deskBulkHome)
	m.Post(bulkHref, s.deskBulk)
	m.Post(bulkHref+"/run", s.deskBulkRun)
	m.Get(bulkHref+"/{bulk}", s.deskBulkResult)
	m.Get("/desk/filters", s.deskFilters)
	m.Get("/desk/filters/new", s.deskFilterNew)
	m.Post("/desk/filters/new", s.deskFilterKeep)
	m.Get("/desk/filters/{filter}", s.deskFilterEdit)
	m.Post("/desk/filters/{filter}", s.deskFilterChange)
	m.Post("/desk/filters/{filter}/drop", s.deskFilterDrop)
	m.Get("/desk/cases/new", s.deskOpenPage)
	m.Post("/desk/cases/new", s.deskOpen)
	m.Get("/desk/cases/{case}", s.deskCase)
	m.Post("/desk/cases/{case}/plain", s.deskPlain)
	m.Get(timesHref, s.deskTimes)
	m.Post("/desk/cases/{case}/contacts", s.deskLog)
	m.Post("/desk/cases/{case}/promises", s.deskPromise)
	m.Get("/desk/cases/{case}/series", s.deskSeriesPage)
	m.Post("/desk/cases/{case}/series", s.deskSeries)
	m.Get("/desk/cases/{case}/series/{series}", s.deskChangePage)
	m.Post("/desk/cases/{case}/series/{series}", s.deskChange)
	m.Post("/desk/cases/{case}/series/{series}/stop", s.deskStop)
	m.Post("/desk/cases/{case}/close", s.deskClose)
	m.Post("/desk/cases/{case}/reopen", s.deskReopen)
	m.Upload("/desk/cases/{case}/documents", maxPaper, s.deskAddDocument)
	m.Post("/desk/cases/{case}/doors", s.deskDoor)
	m.Post("/desk/cases/{case}/wait", s.deskWait)
	m.Post("/desk/cases/{case}/wait/end", s.deskWaitEnd)
	m.Post("/desk/cases/{case}/links", s.deskLink)
	m.Post("/desk/cases/{case}/links/{other}/drop", s.deskUnlink)
	m.Get("/desk/cases/{case}/merge", s.deskMergePage)
	m.Post("/desk/cases/{case}/merge", s.deskMerge)
	m.Get("/desk/cases/{case}/promises/{promise}/keep", s.deskKeepPage)
	m.Post("/desk/cases/{case}/promises/{promise}/keep", s.deskKeep)
	m.Get("/desk/cases/{case}/promises/{promise}/move", s.deskMovePage)
	m.Post("/desk/cases/{case}/promises/{promise}/move", s.deskMove)
	m.Get("/desk/cases/{case}/promises/{promise}/withdraw", s.deskWithdrawPage)
	m.Post("/desk/cases/{case}/promises/{promise}/withdraw", s.deskWithdraw)
	m.Post("/desk/cases/{case}/promises/{promise}/undo", s.deskUndo)
	m.Get("/desk/documents/{document}", s.deskPaper)
	m.Get("/desk/documents/{document}/file", s.deskFile)
	m.Post("/desk/signals/{signal}/take", s.deskTake)
}

// nav are the desk's entries: today, with what is at risk, and the cases.
func (s *Service) nav() []module.NavItem {
	return []module.NavItem{
		{Key: "today", Href: "/desk", Icon: "sun", LabelKey: "desk.nav.today", Order: 10,
			Count: func(ctx context.Context, who actor.Actor) (n int, hot bool, err error) {
				err = s.DB.Read(ctx, func(q db.Q) error {
					c, err := promise.Count(q, who.Org, who.Member)
					n, hot = int(c.AtRisk), c.AtRisk > 0
					return err
				})
				return n, hot, err
			}},
		{Key: "cases", Href: "/desk/cases", Icon: "inbox", LabelKey: "desk.nav.cases", Order: 20,
			Count: func(ctx context.Context, who actor.Actor) (n int, hot bool, err error) {
				err = s.DB.Read(ctx, func(q db.Q) error {
					open, err := OpenCount(q, who.Org, who.Member)
					n = int(open)
					return err
				})
				return n, false, err
			}},
	}
}

// caseHref is the address of a case: by its reference, as people say it.
func caseHref(c Case) string { return "/desk/cases/" + c.Ref() }

func promiseHref(c Case, p promise.Promise, do string) string {
	return caseHref(c) + "/promises/" + p.ID + "/" + do
}

// panels draws what siblings put in a slot; Keys go with them for tabs.
func (s *Service) panels(c *web.Ctx, slot module.Slot, args module.PanelArgs) (keys []module.Panel, drawn []templ.Component, err error) {
	if s.Panels == nil {
		return nil, nil, nil
	}
	for _, p := range s.Panels(slot) {
		part, err := p.Render(c, args)
		if err != nil {
			return nil, nil, err
		}
		if part != nil {
			keys, drawn = append(keys, p), append(drawn, part)
		}
	}
	return keys, drawn, nil
}

// book is who and what ids on a page stand for.
type book struct {
	members map[string]org.Member
	cards   map[string]person.Card
	cases   map[string]Case
}

// bookOf reads the cases, customers and keepers of promises.
func bookOf(q db.Q, orgID string, list ...[]promise.Promise) (b book, err error) {
	cases, people, members := set{}, set{}, set{}
	for _, l := range list {
		for _, p := range l {
			cases.add(p.Case)
			people.add(p.To)
			members.add(p.Keeper)
		}
	}
	if b.cases, err = ByIDs(q, orgID, cases.list()); err != nil {
		return b, err
	}
	if b.cards, err = person.Cards(q, orgID, people.list()); err != nil {
		return b, err
	}
	b.members, err = org.MembersByIDs(q, orgID, members.list())
	return b, err
}

func memberView(m org.Member) ui.Person { return ui.Person{ID: m.ID, Name: m.Name} }

func personView(p person.Person) ui.Person { return ui.Person{ID: p.ID, Name: p.Name} }

// stateOf is how a promise is drawn.
func stateOf(p promise.Promise, now time.Time) ui.PromiseState {
	switch p.State {
	case promise.Kept:
		return ui.Kept
	case promise.Broken:
		return ui.Broken
	case promise.Renegotiated:
		return ui.Renegotiated
	case promise.Withdrawn:
		return ui.Withdrawn
	case promise.Open:
	}
	switch {
	case p.Kind == promise.Closing:
		return ui.Waiting // the customer's word
	case p.Risk >= promise.RiskKeeper || now.After(p.Due):
		return ui.AtRisk
	case p.Predecessor != "":
		return ui.Renegotiated
	}
	return ui.Open
}

var channelIcons = map[string]string{"phone": "phone", "sms": "message-square", "email": "mail", "post": "scroll-text", "desk": "user-round", "page": "globe", "video": "video"}

// preferred is the channel on which a customer is told first.
func preferred(card person.Card, now time.Time) string {
	for _, p := range person.Reach(card.Points, now) {
		return string(p.Kind)
	}
	return ""
}

func via(words lang.Printer, p promise.Promise, card person.Card) ui.Via {
	channel := p.Channel
	if channel == "preferred" {
		if channel = preferred(card, words.Now().In(words.Loc())); channel == "" {
			return ui.Via{}
		}
	}
	return ui.Via{Icon: channelIcons[channel], Word: words.T("channel." + channel)}
}

// row is a promise in a lane: what to do, for whom, and in which case.
func (b book) row(words lang.Printer, p promise.Promise, owners bool) ui.PromiseRowView {
	c, card := b.cases[p.Case], b.cards[p.To]
	r := ui.PromiseRowView{ID: p.ID, State: stateOf(p, words.Now()), Due: p.Due, What: words.T("desk.row."+string(p.Kind), "Who", card.Person.Name, "What", p.What),
		Href: caseHref(c), Why: c.Subject, Dept: c.Ref(), Via: via(words, p, card), DoneHref: promiseHref(c, p, "keep"), MoveHref: promiseHref(c, p, "move")}
	if p.Told == promise.Untold && p.Kind != promise.Duty {
		r.Why = words.T("desk.row.untold", "Subject", c.Subject)
	}
	if owners {
		m := memberView(b.members[p.Keeper])
		r.Owner = &m
	}
	return r
}

// signals draws what was noticed; each has one action. On the page of the case
// itself (here) there is nothing to open.
func (s *Service) signals(q db.Q, words lang.Printer, who actor.Actor, list []signal.Signal, here bool) ([]ui.SignalView, error) {
	ids := set{}
	for _, x := range list {
		ids.add(x.Case)
	}
	cases, err := ByIDs(q, who.Org, ids.list())
	if err != nil {
		return nil, err
	}
	var out []ui.SignalView
	for _, x := range list {
		c, inCase := cases[x.Case]
		v := ui.SignalView{ID: x.ID, Icon: signalIcon(x.Kind), Hot: x.Level == signal.Urgent, Fact: words.T("desk.signal.something")}
		if key := "signal." + x.Kind; words.Has(key) {
			v.Fact = words.T(key)
		}
		if inCase && !here {
			v.Why = words.T("desk.signal.about", "Subject", c.Subject, "Ref", c.Ref(), "At", x.RaisedAt)
		} else {
			v.Why = words.T("desk.signal.since", "At", x.RaisedAt)
		}
		switch {
		case x.Level == signal.Urgent && x.Waits():
			v.Action = html.Take("/desk/signals/" + x.ID + "/take")
		case inCase && !here:
			v.Action = ui.LinkButton(ui.ButtonView{Label: words.T("desk.signal.open"), Size: "s", Href: caseHref(c)})
		}
		out = append(out, v)
	}
	return out, nil
}

func signalIcon(kind string) string {
	area, _, _ := strings.Cut(kind, ".")
	if icon, ok := map[string]string{"promise": "timer", "message": "mail", "handoff": "arrow-left-right", "referral": "forward", "document": "file-question",
		"case": "refresh-cw", "customer": "message-circle", "bounce": "refresh-cw", "urgent": "siren", "emergency": "siren"}[area]; ok {
		return icon
	}
	return "radar"
}

// deskTake takes a signal and leads to what it is about.
func (s *Service) deskTake(c *web.Ctx) error {
	x, err := signal.New(signal.Deps{DB: s.DB}).Take(c.Context(), c.Actor, c.Path("signal"))
	if err != nil {
		return err
	}
	c.Toast("desk.signal.taken")
	if x.Case == "" {
		return c.Redirect("/desk")
	}
	var row Case
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) { row, err = ByID(q, c.Actor.Org, x.Case); return err }); err != nil {
		return err
	}
	return c.Redirect(caseHref(row))
}

// findPeople finds customers, with the cases they have open.
func (s *Service) findPeople(q db.Q, c *web.Ctx, typed string) ([]person.Card, map[string][]Case, error) {
	if typed == "" {
		return nil, nil, nil
	}
	if err := auth.Require(c.Actor, auth.PersonRead); err != nil {
		return nil, nil, err
	}
	p, err := person.Find(q, c.Actor.Org, typed, "", 20)
	if err != nil {
		return nil, nil, err
	}
	open := map[string][]Case{}
	for _, card := range p.Items {
		if open[card.Person.ID], err = List(q, c.Actor.Org, Filter{Person: card.Person.ID}, time.Time{}, "", 5); err != nil {
			return nil, nil, err
		}
		c.Saw("person", card.Person.ID)
	}
	return p.Items, open, nil
}

// firstName is how staff speak of a customer in a label.
func firstName(p person.Person) string {
	if p.CallName != "" {
		return p.CallName
	}
	return p.Name
}

// options makes choices of codes that have a word in the catalogue.
func options(words lang.Printer, prefix string, codes []string, chosen string) []ui.Option {
	out := make([]ui.Option, len(codes))
	for i, code := range codes {
		out[i] = ui.Option{Value: code, Label: words.T(prefix + code), Selected: code == chosen}
	}
	return out
}

func oneOf(s string, allowed ...string) string {
	if slices.Contains(allowed, s) {
		return s
	}
	return ""
}
