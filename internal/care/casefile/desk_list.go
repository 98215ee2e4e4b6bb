package casefile

import (
	"strconv"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/casefile/html"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// casesHref is where the list is.
const casesHref = "/desk/cases"

// filtersHref is where the kept filters are.
const filtersHref = "/desk/filters"

// shelf is everything the list of cases shows.
type shelf struct {
	query   Query
	filter  Filter
	h       horizon
	rows    []Case
	next    string // cursors
	prev    string
	counts  map[string]int
	total   int
	soon    int
	soonBy  time.Time
	longest Case
	fresh   int // opened since the page was drawn
	saved   []SavedFilter
	teams   []teamRow
	members []org.Member
	named   map[string]org.Member
	people  map[string]person.Person
	nexts   map[string]promise.Promise
}

// deskList lists cases: open ones by next promise, closed ones by their end.
func (s *Service) deskList(c *web.Ctx) error {
	who := c.Actor
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return err
	}
	l := shelf{query: ReadQuery(c.Request().URL.Query())}
	if err := s.DB.Read(c.Context(), func(q db.Q) error { return l.read(q, c) }); err != nil {
		return err
	}
	for _, x := range l.rows {
		c.Saw("case", x.ID)
	}
	v := l.view(c)
	if len(l.rows) > 0 && !l.filter.Closed && auth.Require(who, auth.CaseWrite) == nil {
		v.Bulk, v.All = s.bulkBar(c.P), c.Query("all") == "1"
		v.AllHref = l.tickHref(c, !v.All)
		for i := range v.Days {
			for j := range v.Days[i].Rows {
				v.Days[i].Rows[j].Checked = v.All
			}
		}
	}
	return c.Page(web.Page{Title: v.Title, Nav: "cases", Live: events, Body: html.List(v)})
}

// tickHref is this page of the list with every row ticked, or none: for whom
// the script does not run.
func (l *shelf) tickHref(c *web.Ctx, all bool) string {
	q := l.query.Values()
	for _, name := range []string{"after", "before"} {
		if v := c.Query(name); v != "" {
			q.Set(name, v)
		}
	}
	if all {
		q.Set("all", "1")
	}
	if s := q.Encode(); s != "" {
		return casesHref + "?" + s
	}
	return casesHref
}

// horizonOf is what "soon" means now: two working hours, or two on the clock
// for who is never open.
func horizonOf(cal org.Organisation, now time.Time) horizon {
	h := horizon{now: now}
	h.begin, h.tomorrow = midnights(now, cal.Calendar.Location())
	h.soon = cal.Calendar.Add(now, soonWork)
	if h.soon.Before(now.Add(soonWork)) {
		h.soon = now.Add(soonWork)
	}
	return h
}

// markOf reads a cursor.
func markOf(cursor string) (Mark, error) {
	key, err := page.Parse(cursor, 2)
	if err != nil || key == nil {
		return Mark{}, err
	}
	at, err := cursorTime(key[0])
	if err == nil && key[1] == "" {
		err = errs.New(errs.Malformed, "bad-cursor")
	}
	return Mark{at, key[1]}, err
}

func (m Mark) cursor() string { return page.Cursor(strconv.FormatInt(m.At.UnixMilli(), 10), m.ID) }

// turn reads one page of a list, in either direction, with the cursors of the
// pages beside it.
func turn(q db.Q, orgID string, f Filter, after, before string, size int) (rows []Case, prev, next string, err error) {
	from, err := markOf(after)
	if err != nil {
		return nil, "", "", err
	}
	back := from.ID == "" && before != ""
	if back {
		if from, err = markOf(before); err != nil {
			return nil, "", "", err
		}
	}
	if rows, err = Cut(q, orgID, f, from, back, size+1); err != nil {
		return nil, "", "", err
	}
	more := len(rows) > size
	switch {
	case back && more:
		rows = rows[1:]
	case more:
		rows = rows[:size]
	}
	if len(rows) == 0 {
		return rows, "", "", nil
	}
	if more && back || !back && from.ID != "" {
		prev = f.mark(rows[0]).cursor()
	}
	if more && !back || back {
		next = f.mark(rows[len(rows)-1]).cursor()
	}
	return rows, prev, next, nil
}

// chips are the filters that always stand above the list, in their order.
func (l *shelf) chips() (names []string, queries map[string]Query) {
	queries = map[string]Query{}
	add := func(name string, q Query) { names = append(names, name); queries[name] = q.tidy() }
	add("everyone", Query{})
	for _, t := range l.teams {
		if t.Mine {
			add("team:"+t.ID, Query{Team: t.ID})
		}
	}
	add("mine", Query{Owner: Me})
	add(LaneSoon, Query{Lane: LaneSoon})
	add(LaneWaiting, Query{Lane: LaneWaiting})
	add(LaneBack, Query{Lane: LaneBack})
	days := oldDays
	if l.query.Lane == LaneOld {
		days = l.query.Days
	}
	add(LaneOld, Query{Lane: LaneOld, Days: days})
	add(LaneUrgent, Query{Lane: LaneUrgent})
	add(LaneClosed, Query{Lane: LaneClosed})
	return names, queries
}

func (l *shelf) read(q db.Q, c *web.Ctx) error {
	who := c.Actor
	o, err := org.ByID(q, who.Org)
	if err != nil {
		return err
	}
	l.h = horizonOf(o, c.Now())
	l.filter = l.query.Filter(who.Member, l.h)
	if l.rows, l.prev, l.next, err = turn(q, who.Org, l.filter, c.Query("after"), c.Query("before"), page.Default); err != nil {
		return err
	}
	if l.teams, err = teamsFor(q, who.Org, who.Member); err != nil {
		return err
	}
	if l.members, err = org.Active(q, who.Org, 200); err != nil {
		return err
	}
	if l.saved, err = savedOf(q, who.Org, who.Member); err != nil {
		return err
	}
	if err := l.count(q, c); err != nil {
		return err
	}
	return l.names(q, who.Org)
}

// count counts what the filters hold, what is breaking soon within this one,
// and which case of it is open longest.
func (l *shelf) count(q db.Q, c *web.Ctx) (err error) {
	who := c.Actor
	names, queries := l.chips()
	filters := map[string]Filter{}
	for _, n := range names {
		if n != LaneClosed {
			filters[n] = queries[n].Filter(who.Member, l.h)
		}
	}
	if !l.filter.Closed {
		filters["this"] = l.filter
		if since := since(c); !since.IsZero() {
			f := l.filter
			f.OpenedAfter = since
			filters["fresh"] = f
		}
	}
	soon := l.query
	soon.Lane, soon.Order = LaneSoon, ""
	filters["soon-here"] = soon.tidy().Filter(who.Member, l.h)
	if l.counts, err = Tally(q, who.Org, filters); err != nil {
		return err
	}
	l.total, l.soon, l.fresh = l.counts["this"], l.counts["soon-here"], l.counts["fresh"]
	if l.filter.Closed {
		return nil
	}
	if l.soon > 0 {
		last, err := Cut(q, who.Org, filters["soon-here"], Mark{}, true, 1)
		if err != nil {
			return err
		}
		if len(last) > 0 {
			l.soonBy = last[0].NextDue
		}
	}
	old := l.filter
	old.Order = OrderOldest
	first, err := Cut(q, who.Org, old, Mark{}, false, 1)
	if len(first) > 0 {
		l.longest = first[0]
	}
	return err
}

// since is when the page was drawn that asks what is new: the script sends it
// when it looks again.
func since(c *web.Ctx) time.Time {
	at, err := time.Parse(time.RFC3339, c.Request().Header.Get("Houvast-Since"))
	if err != nil || at.After(c.Now()) {
		return time.Time{}
	}
	return at.UTC()
}

func (l *shelf) names(q db.Q, orgID string) (err error) {
	ids, owners, persons := set{}, set{}, set{}
	for _, x := range l.rows {
		ids.add(x.ID)
		owners.add(x.Owner)
		persons.add(x.Asker)
		persons.add(x.Person)
	}
	persons.add(l.longest.Asker)
	if l.nexts, err = promise.NextOf(q, orgID, ids.list()); err != nil {
		return err
	}
	if l.named, err = org.MembersByIDs(q, orgID, owners.list()); err != nil {
		return err
	}
	l.people, err = person.ByIDs(q, orgID, persons.list())
	return err
}

// name is that of the chip which the query is, or "filter".
func (l *shelf) name() string {
	names, queries := l.chips()
	here := l.query
	here.Order = ""
	for _, n := range names {
		if queries[n].is(here) {
			return n
		}
	}
	return "filter"
}

func (l *shelf) view(c *web.Ctx) html.ListView {
	words := c.P
	v := html.ListView{Owners: true, Query: l.query.Values(), Closed: l.filter.Closed}
	name := l.name()
	v.Title = l.title(words, name)
	v.Sub = l.sub(words)
	if l.fresh > 0 {
		v.News = words.T("desk.list.fresh", "Count", l.fresh, "Number", atMost(words, l.fresh))
		v.NewsHref = hrefOf(l.query)
	}
	v.Chips = l.chipViews(words, name)
	v.SaveHref = filtersHref + "/new?" + l.query.Values().Encode()
	v.Refine = l.refine(words)
	v.Empty = l.empty(words, name)
	for _, x := range l.rows {
		l.add(&v, words, x)
	}
	v.Pager = l.pager(words)
	return v
}

// title is the sentence above the list.
func (l *shelf) title(words lang.Printer, name string) string {
	if name == LaneClosed {
		return words.T("desk.cases.title-closed")
	}
	team := ""
	if id, ok := strings.CutPrefix(name, "team:"); ok {
		name = "team"
		for _, t := range l.teams {
			if t.ID == id {
				team = t.Name
			}
		}
	}
	if l.total == 0 {
		return words.T("desk.list.zero."+name, "Team", team, "Days", l.query.Days)
	}
	return words.T("desk.list.title."+name, "Count", l.total, "Number", atMost(words, l.total), "Team", team, "Days", l.query.Days)
}

// sub says what needs somebody, and which question is open longest.
func (l *shelf) sub(words lang.Printer) string {
	if l.filter.Closed || l.total == 0 {
		return ""
	}
	var parts []string
	if l.query.Lane == "" {
		if l.soon > 0 {
			key := "desk.list.need"
			if l.soonBy.Before(words.Now()) {
				key = "desk.list.late"
			}
			parts = append(parts, words.T(key, "Count", l.soon, "Number", numeral(words, l.soon), "By", when(words, l.soonBy)))
		} else {
			parts = append(parts, words.T("desk.list.calm"))
		}
	}
	if age := words.Now().Sub(l.longest.OpenedAt); l.longest.ID != "" && age >= 24*time.Hour {
		parts = append(parts, words.T("desk.list.longest", "Who", l.people[l.longest.Asker].Name, "Age", words.Duration(age.Truncate(24*time.Hour))))
	}
	if len(parts) == 2 {
		return words.T("desk.list.two", "A", parts[0], "B", parts[1])
	}
	return strings.Join(parts, "")
}

// atMost is a number that was counted no further than MostCounted.
func atMost(words lang.Printer, n int) string {
	if n >= MostCounted {
		return words.T("desk.list.most", "Count", words.Number(MostCounted-1))
	}
	return words.Number(n)
}

func hrefOf(q Query) string {
	if s := q.tidy().Values().Encode(); s != "" {
		return casesHref + "?" + s
	}
	return casesHref
}

func (l *shelf) chipViews(words lang.Printer, current string) (out []html.Chip) {
	names, queries := l.chips()
	glyphs := map[string]ui.PromiseState{LaneSoon: ui.AtRisk, LaneWaiting: ui.Waiting}
	here := ""
	for _, f := range l.saved {
		if q := f.Read(); q.is(l.query) && current == "filter" {
			here = f.ID
		}
	}
	for _, n := range names {
		chip := html.Chip{Href: hrefOf(queries[n]), Current: n == current, Glyph: glyphs[n]}
		if id, ok := strings.CutPrefix(n, "team:"); ok {
			for _, t := range l.teams {
				if t.ID == id {
					chip.Label = t.Name
				}
			}
		} else {
			chip.Label = words.T("desk.list.chip."+n, "Days", queries[n].Days)
		}
		if k, ok := l.counts[n]; ok {
			chip.Count = atMost(words, k)
		}
		out = append(out, chip)
	}
	for _, f := range l.saved {
		out = append(out, html.Chip{Label: f.Name, Href: hrefOf(f.Read()), Current: f.ID == here, Saved: true})
	}
	return out
}

func (l *shelf) refine(words lang.Printer) html.RefineForm {
	f := html.RefineForm{Lane: l.query.Lane, Days: l.query.Days, Closed: l.filter.Closed, ManageHref: filtersHref, Saved: len(l.saved) > 0}
	f.Open = l.query.Owner != "" && l.query.Owner != Me || l.query.Kind != "" || l.query.Order != ""
	f.Owners = []ui.Option{{Value: "", Label: words.T("desk.list.anybody")}, {Value: Me, Label: words.T("desk.list.me"), Selected: l.query.Owner == Me}}
	for _, m := range l.members {
		f.Owners = append(f.Owners, ui.Option{Value: m.ID, Label: m.Name, Selected: l.query.Owner == m.ID})
	}
	f.Teams = []ui.Option{{Value: "", Label: words.T("desk.list.all-teams")}}
	for _, t := range l.teams {
		f.Teams = append(f.Teams, ui.Option{Value: t.ID, Label: t.Name, Selected: l.query.Team == t.ID})
	}
	f.Kinds = append([]ui.Option{{Value: "", Label: words.T("desk.list.all-kinds")}}, options(words, "promise.kind.", nextKinds, l.query.Kind)...)
	f.Orders = options(words, "desk.list.order-", Orders, l.filter.Order)
	return f
}

// add puts a case under its day.
func (l *shelf) add(v *html.ListView, words lang.Printer, x Case) {
	row := html.CaseRow{ID: x.ID, State: ui.Open, When: x.NextDue, Past: l.filter.Closed, Href: caseHref(x), Subject: x.Subject, Ref: x.Ref(),
		Who: both(words, l.people[x.Asker], l.people[x.Person]), Owner: memberView(l.named[x.Owner]), Checked: v.All}
	row.OwnerShort, _, _ = strings.Cut(row.Owner.Name, " ")
	p, ok := l.nexts[x.ID]
	switch {
	case l.filter.Closed:
		row.When, row.State = x.ClosedAt, ui.Kept
	case ok:
		row.State = stateOf(p, words.Now())
	}
	if !x.WaitingBy.IsZero() && row.State == ui.Open {
		row.State = ui.Waiting
	}
	row.StateWord = stateWord(words, row.State)
	if l.filter.Closed {
		row.StateWord = words.T("case.reason." + x.CloseReason)
	}
	label := dayLabel(words, l.filter.key(x))
	if n := len(v.Days); n == 0 || v.Days[n-1].Day != label {
		v.Days = append(v.Days, html.CaseDay{Day: label})
	}
	v.Days[len(v.Days)-1].Rows = append(v.Days[len(v.Days)-1].Rows, row)
}

// empty teaches: why there is nothing, and where to look.
func (l *shelf) empty(words lang.Printer, name string) html.EmptyList {
	if strings.HasPrefix(name, "team:") {
		name = "team"
	}
	e := html.EmptyList{View: ui.EmptyView{Title: words.T("desk.list.empty." + name + ".title"), Text: words.T("desk.list.empty." + name + ".text")}}
	if name != "everyone" {
		e.AllHref = casesHref
	}
	e.New = name == "everyone" || name == "mine"
	return e
}

func (l *shelf) pager(words lang.Printer) *ui.PagerView {
	if l.next == "" && l.prev == "" {
		return nil
	}
	p := &ui.PagerView{}
	order := words.T("desk.list.in-order-" + l.filter.Order)
	if l.filter.Closed {
		p.Summary = words.T("desk.cases.page", "Count", len(l.rows))
	} else {
		p.Summary = words.T("desk.list.page", "Count", len(l.rows), "Total", atMost(words, l.total), "Order", order)
	}
	at := func(name, cursor string) string {
		q := l.query.Values()
		q.Set(name, cursor)
		return casesHref + "?" + q.Encode()
	}
	p.PrevLabel = words.T("desk.list.earlier")
	if l.prev != "" {
		p.PrevHref = at("before", l.prev)
	}
	if l.next != "" {
		p.NextHref, p.NextLabel = at("after", l.next), words.T("desk.pager.after", "At", l.filter.key(l.rows[len(l.rows)-1]))
	}
	return p
}

func stateWord(words lang.Printer, s ui.PromiseState) string { return words.T("ui.state." + string(s)) }
