package casefile

import (
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/care/casefile/html"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// How much of a customer's history their page shows.
const (
	promisesShown  = 5
	promisesRead   = 100
	questionsRead  = 50
	contactCases   = 10 // newest open and closed questions whose contacts are shown
	contactsOfCase = 20
	contactsShown  = 20
)

// personPanels are what the desk shows of cases on the page of a customer.
func (s *Service) personPanels() []module.Panel {
	return []module.Panel{
		{Slot: module.PersonMain, Key: "questions", Order: 10, Render: s.personPanel(s.personQuestions)},
		{Slot: module.PersonMain, Key: "promised", Order: 20, Render: s.personPanel(s.personPromises)},
		{Slot: module.PersonMain, Key: "contact", Order: 30, Render: s.personPanel(s.personContacts)},
		{Slot: module.PersonAside, Key: "doors", Order: 10, Render: s.personPanel(s.personDoors)},
	}
}

// personPanel draws a panel for who may read cases; nothing for others.
func (s *Service) personPanel(draw func(q db.Q, c *web.Ctx, orgID, person string) (templ.Component, error)) func(*web.Ctx, module.PanelArgs) (templ.Component, error) {
	return func(c *web.Ctx, args module.PanelArgs) (part templ.Component, err error) {
		if auth.Require(c.Actor, auth.CaseRead) != nil {
			return nil, nil
		}
		err = s.DB.Read(c.Context(), func(q db.Q) error { part, err = draw(q, c, args.Org, args.Person); return err })
		return part, err
	}
}

func (s *Service) personQuestions(q db.Q, c *web.Ctx, orgID, id string) (templ.Component, error) {
	open, err := List(q, orgID, Filter{Person: id}, time.Time{}, "", questionsRead)
	if err != nil {
		return nil, err
	}
	ids, owners := set{}, set{}
	for _, x := range open {
		ids.add(x.ID)
		owners.add(x.Owner)
	}
	next, err := promise.NextOf(q, orgID, ids.list())
	if err != nil {
		return nil, err
	}
	members, err := org.MembersByIDs(q, orgID, owners.list())
	if err != nil {
		return nil, err
	}
	v := html.PersonQuestionsView{LiveKey: "person:" + id}
	if len(open) > 1 {
		v.Hint = c.P.T("desk.person.questions-hint")
	}
	for _, x := range open {
		c.Saw("case", x.ID)
		r := ui.PromiseRowView{ID: "q-" + x.ID, State: ui.Open, Due: x.NextDue, What: x.Subject, Href: caseHref(x), Dept: x.Ref(),
			Why: c.P.T("desk.person.has", "Owner", members[x.Owner].Name)}
		if p, ok := next[x.ID]; ok {
			r.State = stateOf(p, c.Now())
			r.DoneHref, r.MoveHref = promiseHref(x, p, "keep"), promiseHref(x, p, "move")
		}
		v.Rows = append(v.Rows, r)
	}
	return html.PersonQuestions(v), nil
}

func (s *Service) personPromises(q db.Q, c *web.Ctx, orgID, id string) (templ.Component, error) {
	all, err := promise.OfPerson(q, orgID, id, promisesRead)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(p promise.Promise) bool { return p.Kind == promise.Duty || p.Kind == promise.Closing })
	if len(all) == 0 {
		return nil, nil
	}
	who, err := person.ByID(q, orgID, id)
	if err != nil {
		return nil, err
	}
	b, err := bookOf(q, orgID, all)
	if err != nil {
		return nil, err
	}
	v := html.PersonPromisesView{Who: firstName(who), LiveKey: "person:" + id}
	n := map[promise.State]int{}
	for i, p := range all {
		n[p.State]++
		v.States = append(v.States, stateOf(p, c.Now()))
		if row := promised(c.P, p, b); i < promisesShown {
			v.Rows = append(v.Rows, row)
		} else {
			v.Older = append(v.Older, row)
		}
	}
	slices.Reverse(v.States)
	v.Summary = c.P.T("desk.person.summary", "Kept", n[promise.Kept], "Broken", n[promise.Broken], "Moved", n[promise.Renegotiated], "Open", n[promise.Open])
	return html.PersonPromises(v), nil
}

// promised is one promise in a customer's record, with how it ended.
func promised(words lang.Printer, p promise.Promise, b book) ui.PromiseRowView {
	x := b.cases[p.Case]
	r := ui.PromiseRowView{ID: "p-" + p.ID, State: stateOf(p, words.Now()), Due: p.Due, What: p.What, Href: caseHref(x)}
	if p.What == "" {
		r.What = x.Subject
	}
	if p.State != promise.Open && p.Due.After(words.Now()) { // done early: then that is the time to show
		r.Due = p.EndedAt
	}
	keeper := b.members[p.Keeper].Name
	switch {
	case p.State == promise.Kept:
		r.Why = words.T("desk.person.kept", "Keeper", keeper, "Early", p.Due.Sub(p.EndedAt))
	case p.State == promise.Broken && p.EndedAt.After(p.Due):
		r.Why = words.T("desk.person.broken", "Keeper", keeper)
	case p.State == promise.Renegotiated:
		r.Why = words.T("desk.person.moved", "Keeper", keeper)
	case p.State == promise.Open:
		r.Why = words.T("desk.person.open", "Keeper", keeper)
	default:
		r.Why = x.Subject
	}
	return r
}

func (s *Service) personContacts(q db.Q, c *web.Ctx, orgID, id string) (templ.Component, error) {
	open, err := List(q, orgID, Filter{Person: id}, time.Time{}, "", contactCases)
	if err != nil {
		return nil, err
	}
	closed, err := List(q, orgID, Filter{Person: id, Closed: true}, time.Time{}, "", contactCases)
	if err != nil {
		return nil, err
	}
	cases := map[string]Case{}
	var all []Contact
	members, persons := set{}, set{}
	for _, x := range append(open, closed...) {
		cases[x.ID] = x
		list, err := Contacts(q, orgID, x.ID, contactsOfCase)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			members.add(m.Member)
			persons.add(m.Person)
		}
		all = append(all, list...)
	}
	if len(all) == 0 {
		return nil, nil
	}
	slices.SortFunc(all, func(a, b Contact) int { return b.At.Compare(a.At) })
	by, err := org.MembersByIDs(q, orgID, members.list())
	if err != nil {
		return nil, err
	}
	people, err := person.ByIDs(q, orgID, persons.list())
	if err != nil {
		return nil, err
	}
	v := html.PersonContactsView{Count: len(all)}
	for _, m := range all[:min(len(all), contactsShown)] {
		day := dayLabel(c.P, m.At)
		if n := len(v.Days); n == 0 || v.Days[n-1].Day != day {
			v.Days = append(v.Days, html.TimelineDay{Day: day})
		}
		e := ui.EntryView{ID: m.ID, Icon: momentIcon(m), When: c.P.Clock(m.At), Text: cases[m.Case].Subject,
			Title: c.P.T("desk.person.contact-"+m.Direction, "Who", firstName(people[m.Person]), "Member", by[m.Member].Name, "Channel", c.P.T("channel."+m.Channel))}
		if m.Said != "" && m.Said != cases[m.Case].Subject {
			e.Quote = m.Said
			if l := people[m.Person].Language; l != c.P.Lang() {
				e.Lang = l
			}
		}
		v.Days[len(v.Days)-1].Entries = append(v.Days[len(v.Days)-1].Entries, e)
	}
	return html.PersonContacts(v), nil
}

func momentIcon(m Contact) string {
	switch {
	case m.Channel == "phone" && m.Direction == In:
		return "phone-incoming"
	case m.Channel == "phone":
		return "phone-outgoing"
	case channelIcons[m.Channel] != "":
		return channelIcons[m.Channel]
	}
	return "message-circle"
}

func (s *Service) personDoors(q db.Q, c *web.Ctx, orgID, id string) (templ.Component, error) {
	list, err := Doors(q, orgID, id, q.Now())
	if err != nil || len(list) == 0 {
		return nil, err
	}
	var out []ui.PointView
	for _, d := range list {
		out = append(out, ui.PointView{Icon: "door-open", Text: d.Condition, Href: "/desk/cases/" + d.Case, Note: c.P.T("desk.door.open-until", "Until", d.Until)})
	}
	return html.PersonDoors(out), nil
}
