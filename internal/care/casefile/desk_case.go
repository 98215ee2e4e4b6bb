package casefile

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/care/casefile/html"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/files"
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
	series   []promise.Outline
	members  map[string]org.Member
	lines    []Line
	older    string // the fact before which the timeline goes on
	facts    []ledger.Fact
	names    names
	papers   []Document
	files    map[string]File // of the papers that are files
	partners map[string]string
	doors    []Door
	others   []Case
	signals  []ui.SignalView
	besides  besides
}

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
	wait    *waitInput
	link    *linkInput
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
		if c.Request().URL.RawQuery == "" && c.Request().Method == http.MethodGet {
			return c.Redirect(caseHref(d.c))
		}
	}
	c.Saw("case", d.c.ID)
	c.Saw("person", d.asker.Person.ID, d.about.Person.ID)
	v, err := s.caseView(c, d, st)
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: d.c.Subject, Nav: "cases", Live: events, About: "case:" + d.c.ID, Failed: st.failed(), Status: st.status, Body: html.Case(v)})
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
	if d.series, err = promise.Outlines(q, d.org, d.c.ID); err != nil {
		return d, err
	}
	d.series = goesOn(d.series)
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
	if d.besides, err = d.beside(q); err != nil {
		return d, err
	}
	if d.papers, err = Documents(q, d.c.Org, d.c.ID); err != nil {
		return d, err
	}
	if d.files, err = FilesOf(q, d.c.Org, d.c.ID); err != nil {
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
	for _, x := range d.series {
		v.Series = append(v.Series, html.SeriesView{Title: x.What, Href: caseHref(d.c) + "/series/" + x.ID,
			Lines: seriesLines(words, x, func(p promise.Promise) string { return d.members[p.Keeper].Name })})
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
		if f, is := d.files[p.ID]; is {
			row.State = words.T("desk.file.list-"+string(f.State), "Finding", f.Finding)
			row.Waits, row.Bad = f.State == files.Scanning, f.State == files.Infected
		}
		v.Documents = append(v.Documents, row)
	}
	for _, x := range d.doors {
		v.Doors = append(v.Doors, html.DoorView{Condition: x.Condition, Until: words.T("desk.door.open-until", "Until", x.Until)})
	}
	d.asideForms(words, &v, st)
	v.Beside = d.besideView(words, st)
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

func version(n int) string { return strconv.Itoa(n) }
