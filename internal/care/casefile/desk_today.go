package casefile

import (
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/care/casefile/html"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

const (
	soonWork   = 2 * time.Hour // of working time: what falls due within it needs somebody
	todayRows  = 100           // rows of today's lane
	laterRows  = 30
	todaysMost = 500 // promises of one day that are looked at
	signalRows = 12
)

// day is what Today is made of.
type day struct {
	org     org.Organisation
	soon    []promise.Promise // at risk, late, or due within two working hours
	today   []promise.Promise
	later   []promise.Promise
	next    string // cursor of what comes after later
	ended   []promise.Promise
	counts  promise.Counts
	signals []signal.Signal
	noticed int64
	book    book
	any     bool      // there was ever a case here
	waits   []Waiting // whom we wait for, the longest first
	waiting map[string]Case
}

// deskToday shows what needs whoever looks, and what has time.
func (s *Service) deskToday(c *web.Ctx) error {
	who := c.Actor
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return err
	}
	after, err := page.Parse(c.Query("after"), 2)
	if err != nil {
		return err
	}
	var d day
	var x scope
	var signals []ui.SignalView
	if err := s.DB.Read(c.Context(), func(q db.Q) error {
		if x, err = scopeOf(q, c, c.Query("who")); err != nil {
			return err
		}
		if d, err = readDay(q, c, x.keepers, after); err != nil {
			return err
		}
		signals, err = s.signals(q, c.P, who, d.signals, false)
		return err
	}); err != nil {
		return err
	}
	for id := range d.book.cases {
		c.Saw("case", id)
	}
	if err := s.keep(c, x, c.Query("who")); err != nil {
		return err
	}
	v := d.view(c, x, after != nil)
	v.Signals, v.SignalCount = signals, int(d.noticed)
	if _, v.Panels, err = s.panels(c, module.TodayAside, module.PanelArgs{Org: who.Org}); err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.P.T("desk.nav.today"), Nav: "today", Live: events, Body: html.Today(v)})
}

func readDay(q db.Q, c *web.Ctx, keepers []string, after []string) (d day, err error) {
	orgID, now := c.Actor.Org, c.Now()
	if d.org, err = org.ByID(q, orgID); err != nil {
		return d, err
	}
	begin, tomorrow := midnights(now, c.P.Loc())
	horizon := d.org.Calendar.Add(now, soonWork)
	if horizon.Before(now.Add(soonWork)) { // never open: the clock counts
		horizon = now.Add(soonWork)
	}
	until := tomorrow
	if horizon.After(until) {
		until = horizon.Add(time.Millisecond)
	}
	due, err := promise.DueOf(q, orgID, keepers, time.Time{}, until, time.Time{}, "", todaysMost)
	if err != nil {
		return d, err
	}
	for _, p := range due {
		switch {
		case p.Kind != promise.Closing && (p.Risk >= promise.RiskKeeper && p.Due.Before(tomorrow) || !p.Due.After(horizon)):
			d.soon = append(d.soon, p)
		case p.Due.Before(tomorrow):
			d.today = append(d.today, p)
		}
	}
	from, id := time.Time{}, ""
	if after != nil {
		if from, err = cursorTime(after[0]); err != nil {
			return d, err
		}
		id = after[1]
	}
	later, err := promise.DueOf(q, orgID, keepers, tomorrow, time.Time{}, from, id, laterRows+1)
	if err != nil {
		return d, err
	}
	later = slices.DeleteFunc(later, func(p promise.Promise) bool {
		return slices.ContainsFunc(d.soon, func(x promise.Promise) bool { return x.ID == p.ID })
	})
	cut := page.Of(later, laterRows, func(p promise.Promise) []string { return []string{strconv.FormatInt(p.Due.UnixMilli(), 10), p.ID} })
	d.later, d.next = cut.Items, cut.Next
	if d.ended, err = promise.EndedOf(q, orgID, keepers, begin, tomorrow, todaysMost); err != nil {
		return d, err
	}
	if d.counts, err = promise.CountOf(q, orgID, keepers); err != nil {
		return d, err
	}
	if d.counts.Open == 0 {
		ever, err := List(q, orgID, Filter{Closed: true}, time.Time{}, "", 1)
		if err != nil {
			return d, err
		}
		open, err := OpenCount(q, orgID, "")
		if err != nil {
			return d, err
		}
		d.any = len(ever) > 0 || open > 0
	} else {
		d.any = true
	}
	if err := d.notice(q, c.Actor.Org, keepers); err != nil {
		return d, err
	}
	if err := d.wait(q, orgID, keepers); err != nil {
		return d, err
	}
	d.book, err = bookOf(q, orgID, d.soon, d.today, d.later)
	return d, err
}

// waitRows is how many waits Today shows; the list of cases has them all.
const waitRows = 20

// wait reads whom we wait for, and in which cases.
func (d *day) wait(q db.Q, orgID string, owners []string) (err error) {
	if d.waits, err = waits(q, orgID, owners, waitRows); err != nil {
		return err
	}
	ids := make([]string, len(d.waits))
	for i, w := range d.waits {
		ids[i] = w.Case
	}
	d.waiting, err = ByIDs(q, orgID, ids)
	return err
}

// waitLane draws them.
func (d day) waitLane(words lang.Printer, v *html.TodayView) {
	for i, w := range d.waits {
		x := d.waiting[w.Case]
		if i == 0 {
			v.WaitHint = words.T("desk.wait.longest", "Text", waitText(words, w), "Age", words.Duration(words.Now().Sub(w.Since).Truncate(time.Minute)))
		}
		v.Waits = append(v.Waits, ui.PromiseRowView{ID: w.ID, State: ui.Waiting, Due: w.Until, What: waitText(words, w), Why: x.Subject, Dept: x.Ref(), Href: caseHref(x)})
	}
	v.WaitsHref = hrefOf(Query{Lane: LaneWaiting})
}

// cursorTime reads the time in a cursor of ours.
func cursorTime(s string) (time.Time, error) {
	ms, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, errs.New(errs.Malformed, "bad-cursor")
	}
	return time.UnixMilli(ms).UTC(), nil
}

// notice reads the signals, without the warnings about what stands in the
// first lane anyway and needs nobody to take it.
func (d *day) notice(q db.Q, orgID string, members []string) error {
	p, err := signal.OpenOf(q, orgID, members, "", signalRows)
	if err != nil {
		return err
	}
	if d.noticed, err = signal.CountOpenOf(q, orgID, members); err != nil {
		return err
	}
	for _, x := range p.Items {
		shown := atRisk(x) && slices.ContainsFunc(d.soon, func(p promise.Promise) bool { return p.ID == x.Subject })
		if shown && !(x.Level == signal.Urgent && x.Waits()) {
			d.noticed--
			continue
		}
		d.signals = append(d.signals, x)
	}
	return nil
}

// atRisk says whether a signal only warns that a promise may break.
func atRisk(x signal.Signal) bool {
	return x.Kind == promise.SignalRisk || x.Kind == promise.SignalLate
}

// midnights are those around a moment, where the organisation is.
func midnights(now time.Time, loc *time.Location) (begin, end time.Time) {
	y, m, d := now.In(loc).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, loc), time.Date(y, m, d+1, 0, 0, 0, 0, loc)
}

func (d day) view(c *web.Ctx, x scope, paged bool) html.TodayView {
	words, others := c.P, !x.mine()
	v := html.TodayView{Eyebrow: x.eyebrow(c, c.Now()), Owners: others, NewHref: "/desk/cases/new", Teach: !d.any, Scopes: x.segments(c)}
	v.Title, v.Sub = d.sentence(words, x.words())
	v.Rail = d.rail(words)
	d.waitLane(words, &v)
	v.PrintHref = "/desk/print/day"
	for i, p := range d.soon {
		r := d.book.row(words, p, false)
		r.Tall, r.Action = true, d.best(words, p, i == 0)
		v.Soon = append(v.Soon, r)
	}
	for i, p := range d.today {
		if i == todayRows {
			v.More, v.MoreHref = len(d.today)-todayRows, "/desk/cases?who=all"
			break
		}
		v.Today = append(v.Today, d.book.row(words, p, others))
	}
	v.LaterCount = max(int(d.counts.Open)-len(d.soon)-len(d.today), len(d.later))
	if len(d.later) > 0 && !paged {
		first := d.later[0]
		v.LaterHint = words.T("desk.today.later-hint", "At", first.Due, "Who", d.book.cards[first.To].Person.Name)
	}
	v.LaterOpen = paged
	for _, p := range d.later {
		label := words.Date(p.Due)
		if n := len(v.Later); n == 0 || v.Later[n-1].Day != label {
			v.Later = append(v.Later, html.DayRows{Day: label})
		}
		r := d.book.row(words, p, others)
		r.InDay = true
		v.Later[len(v.Later)-1].Rows = append(v.Later[len(v.Later)-1].Rows, r)
	}
	if d.next != "" || paged {
		v.LaterOpen = true
		v.LaterPager = laterPager(words, d, x, paged)
	}
	return v
}

func laterPager(words lang.Printer, d day, x scope, paged bool) *ui.PagerView {
	p := &ui.PagerView{Summary: words.T("desk.today.later-page", "Count", len(d.later))}
	if paged {
		p.PrevHref, p.PrevLabel = x.href("")+"#later", words.T("desk.pager.first")
	}
	if d.next != "" {
		p.NextHref, p.NextLabel = x.href("after="+d.next)+"#later", words.T("desk.pager.after", "At", d.later[len(d.later)-1].Due)
	}
	return p
}

// sentence says what needs whoever looks, and by when.
func (d day) sentence(words lang.Printer, scope string) (title, sub string) {
	rest := int(d.counts.Open) - len(d.soon)
	switch n := len(d.soon); {
	case n > 0:
		last := d.soon[n-1].Due
		title = words.T("desk.today.need."+scope, "Count", n, "Number", numeral(words, n), "By", when(words, last))
		if last.Before(words.Now()) {
			title = words.T("desk.today.late."+scope, "Count", n, "Number", numeral(words, n))
		}
		if rest > 0 {
			return title, words.T("desk.today.rest", "Count", rest)
		}
		return title, words.T("desk.today.owners")
	case len(d.today) > 0:
		return words.T("desk.today.time", "At", d.today[0].Due), words.T("desk.today.open-in-all", "Count", rest)
	case rest > 0:
		return words.T("desk.today.nothing"), words.T("desk.today.open-in-all", "Count", rest)
	}
	return words.T("desk.today.nothing"), words.T("desk.today.owners")
}

// when is the clock time today, and a day with it on another day.
func when(words lang.Printer, t time.Time) string {
	begin, end := midnights(words.Now(), words.Loc())
	if t.Before(end) && !t.Before(begin) {
		return words.Clock(t)
	}
	return words.Moment(t)
}

// numeral is a number at the beginning of a sentence, in letters up to twelve.
func numeral(words lang.Printer, n int) string {
	if n >= 1 && n <= 12 {
		return words.T("desk.number." + strconv.Itoa(n))
	}
	return words.Number(n)
}

// rail is the day at a glance, from opening to closing.
func (d day) rail(words lang.Printer) ui.DayRailView {
	begin, end := midnights(words.Now(), words.Loc())
	first, last := 8*60, 18*60
	if hours := d.org.Calendar.Week[workcal.DateOf(words.Now(), words.Loc()).Weekday()]; len(hours) > 0 {
		first, last = hours[0].From, hours[len(hours)-1].To
	}
	v := ui.DayRailView{From: begin.Add(time.Duration(first) * time.Minute), To: begin.Add(time.Duration(last) * time.Minute)}
	n := map[ui.PromiseState]int{}
	add := func(at time.Time, state ui.PromiseState) {
		if at.Before(begin) || !at.Before(end) {
			return
		}
		n[state]++
		v.Marks = append(v.Marks, ui.RailMark{At: at, State: state})
		if at.Before(v.From) {
			v.From = at.Truncate(time.Hour)
		}
		if at.After(v.To) {
			v.To = at.Truncate(time.Hour).Add(time.Hour)
		}
	}
	for _, p := range d.ended {
		if p.State == promise.Kept || p.State == promise.Broken {
			add(p.EndedAt, stateOf(p, words.Now()))
		}
	}
	for _, list := range [][]promise.Promise{d.soon, d.today} {
		for _, p := range list {
			add(p.Due, stateOf(p, words.Now()))
		}
	}
	if now := words.Now(); now.Before(v.From) {
		v.From = now.Truncate(time.Hour)
	} else if now.After(v.To) {
		v.To = now.Truncate(time.Hour).Add(time.Hour)
	}
	v.Label = words.T("desk.today.rail", "From", v.From, "To", v.To, "Kept", n[ui.Kept], "Broken", n[ui.Broken], "Risk", n[ui.AtRisk],
		"Open", n[ui.Open]+n[ui.Renegotiated]+n[ui.Waiting])
	return v
}

// best is the next step for a promise that needs somebody: phone who is to be
// phoned, else the page on which it is kept.
func (d day) best(words lang.Printer, p promise.Promise, first bool) templ.Component {
	card := d.book.cards[p.To]
	b := ui.ButtonView{}
	if first {
		b.Kind = "primary"
	}
	now := words.Now().In(words.Loc())
	if number := phoneOf(card, now); number != "" && (p.Kind == promise.Callback || p.Kind == promise.Duty || preferred(card, now) == string(person.Phone)) {
		b.Label, b.Icon, b.Href = words.T("desk.row.call", "Who", firstName(card.Person)), "phone", "tel:"+number
		return ui.LinkButton(b)
	}
	b.Label, b.Href = words.T("desk.row.keep"), promiseHref(d.book.cases[p.Case], p, "keep")
	return ui.LinkButton(b)
}

// phoneOf is the number to call first, if there is one.
func phoneOf(card person.Card, now time.Time) string {
	for _, p := range person.Reach(card.Points, now) {
		if p.Kind == person.Phone {
			return p.Value
		}
	}
	return ""
}
