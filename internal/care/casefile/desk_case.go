package casefile

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/care/casefile/html"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// dossier is all that the page of a case shows.
type dossier struct {
	c        Case
	org      org.Organisation
	owner    org.Member
	deputy   org.Member // who stands in while the owner is away
	team     string
	asker    person.Card
	about    person.Card
	promises []promise.Promise
	members  map[string]org.Member
	lines    []Line
	older    string // the fact before which the timeline goes on
	facts    []ledger.Fact
	names    names
	papers   []Document
	partners map[string]string
	doors    []Door
	others   []Case
	signals  []ui.SignalView
}

// filters of the timeline, with the kinds of facts that each shows.
var filters = map[string][]string{
	"promises": {"promise."},
	"contact":  {"contact.", "message.", "case.opened", "case.reopened", "customer."},
	"handoffs": {"handoff.", "referral.", "bounce.", "case.owner", "document.requested", "document.provided", "document.refused"},
}

const (
	lineCount = 40            // entries of one page of the timeline
	railFrom  = 4 * time.Hour // from this age a case has something to draw
	railFacts = 1000          // facts that are looked at for the owners
	factBatch = 200
)

// deskCase shows a case.
func (s *Service) deskCase(c *web.Ctx) error { return s.showCase(c, caseState{tab: c.Query("tab")}) }

// caseState is what a form that was not accepted adds to the page.
type caseState struct {
	tab     string // which form stands open
	log     *logInput
	promise *promiseInput
	close   *closeInput
	reopen  *reopenInput
	paper   *paperInput
	door    *doorInput
	preview *ui.PreviewView
	problem string
	errors  ui.Errors
	status  int
}

func (st caseState) failed() bool { return st.status >= 400 }

// errorsOf gives the errors to the form they belong to.
func (st caseState) errorsOf(tab string) ui.Errors {
	if st.tab == tab {
		return st.errors
	}
	return nil
}

func (s *Service) showCase(c *web.Ctx, st caseState) error {
	if err := auth.Require(c.Actor, auth.CaseRead); err != nil {
		return err
	}
	var d dossier
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) { d, err = s.dossier(q, c); return err }); err != nil {
		return err
	}
	if d.c.Ref() != c.Path("case") && !st.failed() { // an id, or a reference typed another way
		if c.Request().URL.RawQuery == "" && c.Request().Method == "GET" {
			return c.Redirect(caseHref(d.c))
		}
	}
	c.Saw("case", d.c.ID)
	c.Saw("person", d.asker.Person.ID, d.about.Person.ID)
	v, err := s.caseView(c, d, st)
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: d.c.Subject, Nav: "cases", Live: events, Failed: st.failed(), Status: st.status, Body: html.Case(v)})
}

func (s *Service) dossier(q db.Q, c *web.Ctx) (d dossier, err error) {
	if d.c, err = Look(q, c.Actor, c.Path("case")); err != nil {
		return d, err
	}
	if err = d.people(q); err != nil {
		return d, err
	}
	if d.promises, err = promise.OfCase(q, d.c.Org, d.c.ID); err != nil {
		return d, err
	}
	keepers := set{}
	for _, p := range d.promises {
		keepers.add(p.Keeper)
	}
	if d.members, err = org.MembersByIDs(q, d.c.Org, keepers.list()); err != nil {
		return d, err
	}
	if err := d.history(q, s, c); err != nil {
		return d, err
	}
	if d.papers, err = Documents(q, d.c.Org, d.c.ID); err != nil {
		return d, err
	}
	d.partners = map[string]string{}
	for _, p := range d.papers {
		if p.FromOrg != "" && d.partners[p.FromOrg] == "" {
			o, err := org.PartnerByID(q, p.FromOrg)
			if err != nil {
				return d, err
			}
			d.partners[p.FromOrg] = o.Name
		}
	}
	if d.doors, err = Doors(q, d.c.Org, d.c.Person, q.Now()); err != nil {
		return d, err
	}
	open, err := List(q, d.c.Org, Filter{Person: d.c.Asker}, time.Time{}, "", 10)
	if err != nil {
		return d, err
	}
	d.others = slices.DeleteFunc(open, func(x Case) bool { return x.ID == d.c.ID })
	list, err := signal.OfCase(q, d.c.Org, d.c.ID)
	if err != nil {
		return d, err
	}
	// The next promise says itself that it is at risk, unless somebody must take that.
	d.signals, err = s.signals(q, c.P, c.Actor, slices.DeleteFunc(list, func(x signal.Signal) bool {
		return !x.IsOpen() || atRisk(x) && !(x.Level == signal.Urgent && x.Waits())
	}), true)
	return d, err
}

// people reads who has the case, who asks and whom it is about.
func (d *dossier) people(q db.Q) (err error) {
	if d.org, err = org.ByID(q, d.c.Org); err != nil {
		return err
	}
	if d.owner, err = org.MemberByID(q, d.c.Org, d.c.Owner); err != nil {
		return err
	}
	if !d.owner.Here(q.Now()) {
		stand, err := org.Duty(q, d.c.Org, d.owner.ID)
		if err != nil {
			return err
		}
		if d.deputy, err = org.MemberByID(q, d.c.Org, stand); err != nil {
			return err
		}
	}
	if d.c.Team != "" {
		t, err := org.TeamByID(q, d.c.Org, d.c.Team)
		if err != nil {
			return err
		}
		d.team = t.Name
	}
	if d.asker, err = person.CardOf(q, d.c.Org, d.c.Asker); err != nil {
		return err
	}
	d.about = d.asker
	if d.c.Person != d.c.Asker {
		d.about, err = person.CardOf(q, d.c.Org, d.c.Person)
	}
	return err
}

// history reads what happened: a page of lines, and the facts that say who
// had the case.
func (d *dossier) history(q db.Q, s *Service, c *web.Ctx) (err error) {
	if d.facts, err = ledger.Timeline(q, d.c.Org, d.c.ID, "", railFacts); err != nil {
		return err
	}
	before, show := c.Query("before"), filters[c.Query("show")]
	var page []ledger.Fact
	for facts, more := d.facts, true; more; {
		if before != "" || len(page) > 0 { // not the newest, which we have
			if facts, err = ledger.Timeline(q, d.c.Org, d.c.ID, before, factBatch); err != nil {
				return err
			}
		}
		more = len(facts) >= factBatch
		for _, f := range facts {
			before = f.ID
			if show != nil && !slices.ContainsFunc(show, func(p string) bool { return strings.HasPrefix(f.Kind, p) }) || !c.P.Has("fact."+f.Kind) || echo(f) {
				continue
			}
			if len(page) == lineCount {
				d.older, more = page[lineCount-1].ID, false
				break
			}
			page = append(page, f)
		}
	}
	if d.lines, err = s.word(q, c.P, d.c, page, false); err != nil {
		return err
	}
	d.names, err = namesIn(q, d.c.Org, d.facts)
	return err
}

// echo says whether a fact only repeats another: a warning about a promise
// stands there as the promise being at risk or broken.
func echo(f ledger.Fact) bool {
	kind, _ := f.Map()["kind"].(string)
	return (f.Kind == fact.SignalRaised || f.Kind == fact.SignalCleared) && strings.HasPrefix(kind, "promise.")
}

func (s *Service) caseView(c *web.Ctx, d dossier, st caseState) (v html.CaseView, err error) {
	words := c.P
	v = html.CaseView{ID: d.c.ID, Ref: d.c.Ref(), Subject: d.c.Subject, Owner: memberView(d.owner), LiveKey: "case:" + d.c.ID, Signals: d.signals,
		Problem: st.problem, Errors: st.errors}
	if d.asker.Person.Language != words.Lang() {
		v.Lang = d.asker.Person.Language
	}
	v.Tags = d.tags(words)
	v.OwnerText = words.T("desk.case.has", "Owner", d.owner.Name)
	v.OwnerNote = words.T("desk.case.since", "Since", d.c.OwnerSince)
	if d.deputy.ID != "" && d.deputy.ID != d.owner.ID {
		v.OwnerNote = words.T("desk.case.since-away", "Since", d.c.OwnerSince, "Deputy", d.deputy.Name)
	}
	if d.c.Closed() {
		v.Closed = words.T("desk.case.closed-at", "At", d.c.ClosedAt, "Reason", words.T("case.reason."+d.c.CloseReason))
		v.OwnerText = words.T("desk.case.had", "Owner", d.owner.Name)
	}
	for i, p := range d.open() {
		if i == 0 {
			next := d.next(words, p, true)
			v.Next = &next
			continue
		}
		v.Others = append(v.Others, d.row(words, p))
	}
	if v.Rail = d.rail(words); len(v.Rail.Spans) == 1 && c.Now().Sub(d.c.OpenedAt) < railFrom {
		v.Rail.Spans = nil // one line of one name says nothing yet
	}
	v.Timeline = d.timeline(c)
	v.Customer = d.customer(words, c.Now())
	for _, p := range d.papers {
		row := html.DocumentView{Day: words.Day(p.AddedAt), Name: p.Name, Kind: words.T("document.kind-" + p.Kind), Href: "/desk/documents/" + p.ID}
		if p.FromOrg != "" {
			row.From = words.T("desk.document.from", "Organisation", d.partners[p.FromOrg])
		}
		v.Documents = append(v.Documents, row)
	}
	for _, x := range d.doors {
		v.Doors = append(v.Doors, html.DoorView{Condition: x.Condition, Until: words.T("desk.door.open-until", "Until", x.Until)})
	}
	d.asideForms(words, &v, st)
	args := module.PanelArgs{Org: d.c.Org, Case: d.c.ID, Person: d.c.Asker, Question: d.c.Question}
	if v.Tabs, err = s.tabs(c, d, st, args); err != nil {
		return v, err
	}
	_, v.Panels, err = s.panels(c, module.CaseAside, args)
	return v, err
}

// open gives the open promises by due time.
func (d dossier) open() (out []promise.Promise) {
	for _, p := range d.promises {
		if p.State == promise.Open {
			out = append(out, p)
		}
	}
	sortByDue(out)
	return out
}

func (d dossier) tags(words lang.Printer) (out []html.Tag) {
	out = append(out, html.Tag{Icon: channelIcons[d.c.Channel], Text: words.Moment(d.c.OpenedAt)})
	if d.c.Urgent {
		out = append(out, html.Tag{Icon: "siren", Text: words.T("desk.case.urgent")})
	}
	if d.team != "" {
		out = append(out, html.Tag{Icon: "users", Text: d.team})
	}
	if d.c.Person != d.c.Asker {
		out = append(out, html.Tag{Icon: "user-round", Text: words.T("desk.case.about", "Name", d.about.Person.Name)})
	}
	if !d.c.Closed() {
		begin, _ := midnights(words.Now(), words.Loc())
		first, _ := midnights(d.c.OpenedAt, words.Loc())
		if days := int(begin.Sub(first).Hours()+12) / 24; days > 0 {
			out = append(out, html.Tag{Text: words.T("desk.case.open-days", "Count", days)})
		}
	}
	return out
}

// row is a promise of this case, in a lane.
func (d dossier) row(words lang.Printer, p promise.Promise) ui.PromiseRowView {
	b := book{members: d.members, cases: map[string]Case{d.c.ID: d.c}, cards: map[string]person.Card{d.asker.Person.ID: d.asker, d.about.Person.ID: d.about}}
	r := b.row(words, p, false)
	r.Dept, r.Why = "", words.T("promise.told."+string(p.Told))
	r.Href = promiseHref(d.c, p, "keep")
	return r
}

// next is the next promise, large, with what can be done about it.
func (d dossier) next(words lang.Printer, p promise.Promise, actions bool) ui.NextView {
	v := ui.NextView{ID: "next", State: stateOf(p, words.Now()), Due: p.Due, What: words.T("desk.row."+string(p.Kind), "Who", d.asker.Person.Name, "What", p.What)}
	switch keeper := d.members[p.Keeper].Name; {
	case p.MovingTo != "":
		v.Why = words.T("desk.case.moving")
	case p.Kind == promise.Closing:
		v.Why = words.T("desk.case.closing-note", "Due", p.Due)
	case p.Kind == promise.Duty:
		v.Why = words.T("desk.case.duty-note", "Keeper", keeper)
	case p.Risk >= promise.RiskKeeper:
		v.Why = words.T("desk.case.risk-note", "Internal", p.Internal, "Keeper", keeper, "Told", words.T("promise.told."+string(p.Told)))
	default:
		v.Why = words.T("desk.case.next-note", "Keeper", keeper, "Told", words.T("promise.told."+string(p.Told)))
	}
	if !actions || p.Kind == promise.Closing {
		return v
	}
	list := []templ.Component{ui.LinkButton(ui.ButtonView{Label: words.T("desk.row.keep"), Kind: "primary", Icon: "check", Href: promiseHref(d.c, p, "keep")})}
	if p.Kind != promise.Duty && p.MovingTo == "" && !words.Now().After(p.Due) {
		list = append(list, ui.LinkButton(ui.ButtonView{Label: words.T("desk.row.move", "Who", firstName(d.asker.Person)), Href: promiseHref(d.c, p, "move")}))
	}
	if p.Kind != promise.Duty {
		list = append(list, ui.LinkButton(ui.ButtonView{Label: words.T("desk.row.withdraw"), Kind: "quiet", Href: promiseHref(d.c, p, "withdraw")}))
	}
	v.Actions = html.Actions(list)
	return v
}

// rail draws who had the case, from its facts.
func (d dossier) rail(words lang.Printer) ui.OwnerRailView {
	v := ui.OwnerRailView{Title: words.T("desk.case.rail-title"), Until: d.c.ClosedAt}
	offers := map[string]int{} // handoff → index of its span
	var held []string
	last := -1
	begin := func(at time.Time, member string) {
		if last >= 0 {
			v.Spans[last].To = at
		}
		last = len(v.Spans)
		v.Spans = append(v.Spans, ui.OwnerSpan{Kind: ui.Held, Name: d.names.members[member], From: at})
		held = append(held, d.names.members[member])
	}
	for i := len(d.facts) - 1; i >= 0; i-- {
		f := d.facts[i]
		data := f.Map()
		id, _ := data["handoff"].(string)
		switch f.Kind {
		case "case.opened":
			owner, _ := data["owner"].(string)
			begin(f.At, owner)
		case "case.owner":
			to, _ := data["to"].(string)
			begin(f.At, to)
		case "handoff.offered", "referral.offered":
			name, _ := d.names.show("to", data["to"]).(string)
			if org, ok := d.names.show("to_org", data["to_org"]).(string); ok && org != "" && org != name {
				name = org
			}
			offers[id] = len(v.Spans)
			v.Spans = append(v.Spans, ui.OwnerSpan{Kind: ui.Offered, Name: name, Note: words.T("desk.case.rail-offered"), From: f.At})
		case "handoff.accepted", "handoff.declined", "handoff.withdrawn", "referral.accepted", "referral.declined", "referral.withdrawn":
			if n, ok := offers[id]; ok && v.Spans[n].To.IsZero() {
				v.Spans[n].To, v.Spans[n].Note = f.At, ""
			}
		}
	}
	if d.c.Closed() {
		for i := range v.Spans {
			if v.Spans[i].To.IsZero() {
				v.Spans[i].To = d.c.ClosedAt
			}
		}
	}
	broken, kept := 0, 0
	for _, p := range d.promises {
		switch p.State {
		case promise.Kept:
			kept++
			v.Marks = append(v.Marks, ui.RailMark{At: p.EndedAt, State: ui.Kept})
		case promise.Broken:
			broken++
			v.Marks = append(v.Marks, ui.RailMark{At: p.EndedAt, State: ui.Broken})
		case promise.Open, promise.Renegotiated, promise.Withdrawn:
		}
	}
	if open := d.open(); len(open) > 0 && open[0].Due.Sub(words.Now()) < 14*24*time.Hour {
		v.Marks = append(v.Marks, ui.RailMark{At: open[0].Due, State: stateOf(open[0], words.Now()), Label: when(words, open[0].Due)})
	}
	v.Label = words.T("desk.case.rail-label", "Names", slices.Compact(held), "From", d.c.OpenedAt, "Kept", kept, "Broken", broken)
	return v
}

// entryIcons are the drawings of what happened, by kind of fact.
var entryIcons = map[string]string{
	"case.opened": "inbox", "case.closed": "archive", "case.reopened": "archive-restore", "case.owner": "user-check", "case.ask-close": "circle-help",
	"contact.logged": "message-circle", "door.opened": "door-open", "door.used": "door-open", "document.added": "file-text",
	"customer.sent-elsewhere": "split", "handoff.offered": "arrow-left-right", "handoff.accepted": "user-check", "handoff.declined": "undo-2",
	"referral.offered": "forward", "signal.raised": "radar", "bounce.counted": "refresh-cw",
}

var entryStates = map[string]ui.PromiseState{
	"promise.made": ui.Open, "promise.kept": ui.Kept, "promise.broken": ui.Broken, "promise.renegotiated": ui.Renegotiated, "promise.withdrawn": ui.Withdrawn,
	"promise.risk": ui.AtRisk, "message.failed": ui.Broken, "message.delivered": ui.Kept, "message.spoken": ui.Kept, "message.uncertain": ui.AtRisk,
	"handoff.offered": ui.AtRisk, "referral.offered": ui.AtRisk, "handoff.timed-out": ui.AtRisk, "referral.timed-out": ui.AtRisk,
}

func iconOf(l Line) string {
	if l.Kind == "contact.logged" {
		channel, _ := l.Data["channel"].(string)
		switch {
		case channel == "phone" && l.Data["direction"] == In:
			return "phone-incoming"
		case channelIcons[channel] != "":
			return channelIcons[channel]
		}
	}
	if icon, ok := entryIcons[l.Kind]; ok {
		return icon
	}
	if _, drawn := entryStates[l.Kind]; drawn {
		return ""
	}
	area, _, _ := strings.Cut(l.Kind, ".")
	if icon, ok := map[string]string{"message": "mail", "handoff": "arrow-left-right", "referral": "forward", "document": "file-text", "link": "link", "door": "door-open", "signal": "radar"}[area]; ok {
		return icon
	}
	return "clock"
}

func (d dossier) timeline(c *web.Ctx) html.TimelineView {
	words := c.P
	show := c.Query("show")
	if filters[show] == nil {
		show = ""
	}
	v := html.TimelineView{}
	for _, f := range []string{"", "promises", "contact", "handoffs"} {
		href, key := caseHref(d.c), "all"
		if f != "" {
			href, key = href+"?show="+f, f
		}
		v.Filters = append(v.Filters, ui.Segment{Label: words.T("desk.case.show-" + key), Href: href + "#what-happened", Current: f == show})
	}
	for _, l := range d.lines {
		label := dayLabel(words, l.At)
		if n := len(v.Days); n == 0 || v.Days[n-1].Day != label {
			v.Days = append(v.Days, html.TimelineDay{Day: label})
		}
		v.Days[len(v.Days)-1].Entries = append(v.Days[len(v.Days)-1].Entries, ui.EntryView{ID: l.ID, State: entryStates[l.Kind], Icon: iconOf(l), Title: l.Sentence,
			When: words.Clock(l.At), Quote: l.Quote, Lang: d.quoteLang(words, l)})
	}
	if before := c.Query("before"); d.older != "" || before != "" {
		base := caseHref(d.c) + "?"
		if show != "" {
			base += "show=" + show + "&"
		}
		v.Pager = &ui.PagerView{Summary: words.T("desk.case.shown", "Count", len(d.lines))}
		if before != "" {
			v.Pager.PrevHref, v.Pager.PrevLabel = base[:len(base)-1]+"#what-happened", words.T("desk.case.newest")
		}
		if d.older != "" {
			v.Pager.NextHref, v.Pager.NextLabel = base+"before="+d.older+"#what-happened", words.T("desk.case.older")
		}
	}
	return v
}

// quoteLang is the language of the customer's own words.
func (d dossier) quoteLang(words lang.Printer, l Line) string {
	if l.Quote == "" || d.asker.Person.Language == words.Lang() {
		return ""
	}
	return d.asker.Person.Language
}

func dayLabel(words lang.Printer, t time.Time) string {
	begin, end := midnights(words.Now(), words.Loc())
	switch {
	case !t.Before(begin) && t.Before(end):
		return words.T("desk.case.today", "Date", t)
	case !t.Before(begin.AddDate(0, 0, -1)) && t.Before(begin):
		return words.T("desk.case.yesterday", "Date", t)
	}
	return words.Date(t)
}

// customer is whoever asks, with what staff see first.
func (d dossier) customer(words lang.Printer, now time.Time) html.CustomerView {
	local := now.In(words.Loc())
	p := d.asker.Person
	v := html.CustomerView{Person: personView(p)}
	switch {
	case d.c.Person != d.c.Asker:
		v.Note = words.T("desk.case.asks-about", "About", withAge(words, d.about.Person, local))
	default:
		v.Note = ageOf(words, p, local)
	}
	v.Matters = matters(words, d.asker, d.asker)
	if d.c.Person != d.c.Asker {
		v.Matters = append(v.Matters, matters(words, d.about, d.asker)...)
	}
	v.Points = points(words, d.asker)
	if p.Language != "" {
		v.Facts = append(v.Facts, ui.Fact{Term: words.T("desk.case.language"), Value: words.T("language." + p.Language)})
	}
	v.Facts = append(v.Facts, ui.Fact{Term: words.T("desk.case.her-page"), Value: words.T("desk.case.see-page"), Href: caseHref(d.c) + "/customer-page"})
	if !p.DeceasedAt.IsZero() {
		v.Facts = append(v.Facts, ui.Fact{Term: words.T("desk.case.deceased"), Value: words.Date(p.DeceasedAt)})
	}
	for _, x := range d.others {
		v.Facts = append(v.Facts, ui.Fact{Term: words.T("desk.case.also-open"), Value: words.T("desk.case.with-next", "Subject", x.Subject, "Next", x.NextDue), Href: caseHref(x)})
	}
	age, known := d.about.Person.Age(local)
	if !known {
		age = -1
	}
	for _, r := range d.about.Representatives {
		if !r.At(now) {
			continue
		}
		note := words.T("desk.basis." + string(r.Basis))
		if !person.MayRepresent(r.Representation, age, local).Representative {
			note = words.T("desk.case.not-speaking", "Basis", note)
		}
		v.Speakers = append(v.Speakers, ui.PointView{Person: ui.Person{ID: r.By, Name: r.Name}, Text: r.Name, Note: note})
	}
	return v
}

func ageOf(words lang.Printer, p person.Person, at time.Time) string {
	if p.Kind == person.Company {
		return words.T("desk.case.company")
	}
	if age, ok := p.Age(at); ok {
		return words.T("desk.case.age", "Count", age)
	}
	return ""
}

func withAge(words lang.Printer, p person.Person, at time.Time) string {
	if age, ok := p.Age(at); ok {
		return words.T("desk.case.name-age", "Name", p.Name, "Age", age)
	}
	return p.Name
}

// matters is what matters to somebody, in their own words.
func matters(words lang.Printer, card, asker person.Card) []ui.MattersView {
	v := ui.MattersView{Title: words.T("desk.case.matters")}
	if card.Person.ID != asker.Person.ID {
		v.Title = words.T("desk.case.matters-of", "Name", card.Person.Called())
	}
	var last time.Time
	for _, m := range card.Matters {
		if m.EndedAt.IsZero() {
			v.Items = append(v.Items, m.Text)
			if m.SaidAt.After(last) {
				last = m.SaidAt
			}
		}
	}
	if len(v.Items) == 0 {
		return nil
	}
	if card.Person.Language != words.Lang() {
		v.Lang = card.Person.Language
	}
	v.Note = words.T("desk.case.matters-note", "At", last)
	return []ui.MattersView{v}
}

// points are the ways to reach somebody, the preferred one first.
func points(words lang.Printer, card person.Card) (out []ui.PointView) {
	for _, p := range card.Points {
		v := ui.PointView{Icon: channelIcons[string(p.Kind)], Text: pointText(p), Note: words.T("channel." + string(p.Kind)), Preferred: p.Rank == 1 && !p.Refused && p.Usable, Off: p.Refused || !p.Usable}
		if p.Label != "" {
			v.Note = p.Label
		}
		switch {
		case p.Refused:
			v.Note = words.T("desk.point.refused")
		case !p.Usable:
			v.Note = words.T("desk.point.unusable")
		case v.Preferred:
			v.Note = words.T("desk.point.preferred", "Label", v.Note)
		}
		if !v.Off {
			switch p.Kind {
			case person.Phone:
				v.Href = "tel:" + p.Value
			case person.SMS:
				v.Href = "sms:" + p.Value
			case person.Email:
				v.Href = "mailto:" + p.Value
			case person.Post:
			}
		}
		out = append(out, v)
	}
	return out
}

func version(n int) string { return strconv.Itoa(n) }
