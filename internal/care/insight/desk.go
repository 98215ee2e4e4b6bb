package insight

import (
	"math"
	"net/url"
	"strconv"

	"github.com/houvast/houvast/internal/care/insight/html"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

const home = "/desk/insight"

// enough is how many there must be before a share is spoken of as "of 100".
const enough = 20

// desk are the pages for managers.
func (s *Service) desk(m *web.Mux) {
	m.Get(home, s.deskReport)
	m.Get(home+"/{measure}/{outcome}", s.deskBehind)
}

func mayRead(who actor.Actor) bool { return auth.May(who, auth.InsightRead) }

func (s *Service) nav() []module.NavItem {
	return []module.NavItem{{Key: "insight", Href: home, Icon: "chart-line", LabelKey: "desk.insight.nav", Order: 50, May: mayRead}}
}

func (s *Service) commands() []module.Command {
	return []module.Command{{LabelKey: "desk.insight.command", WordsKey: "desk.insight.words", Href: home, Icon: "chart-line", May: mayRead}}
}

func (s *Service) deskReport(c *web.Ctx) error {
	weeks := 12
	if q := c.Query("weeks"); q != "" {
		n, err := strconv.Atoi(q)
		if err != nil {
			return errs.New(errs.Invalid, "insight-span").Field("weeks", "insight-span").Wrap(err)
		}
		weeks = n
	}
	r, err := s.Report(c.Context(), c.Actor, weeks)
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.P.T("desk.insight.nav"), Nav: "insight", Body: html.Report(reportView(c, r))})
}

func of100(r Rate) int { return int(math.Round(r.P * 100)) }

// shared is a rate as charts draw it.
func shared(r Rate) ui.Share { return ui.Share{Value: r.P, Low: r.Low, High: r.High, Known: r.N > 0} }

func bounds(c *web.Ctx, r Rate) string {
	if r.N == 0 {
		return "–"
	}
	return c.P.T("desk.insight.bounds", "Low", int(math.Round(r.Low*100)), "High", int(math.Round(r.High*100)))
}

func share(c *web.Ctx, r Rate) string {
	if r.N == 0 {
		return "–"
	}
	return c.P.T("desk.insight.percent", "N", of100(r))
}

func reportView(c *web.Ctx, r Report) html.ReportView {
	kept, earlier := r.Tally(Kept).Rate(Kept), Sum(r.Earlier[Kept], Kept, nil).Rate(Kept)
	n := len(r.Weeks)
	v := html.ReportView{
		Head: ui.PageHeadView{
			Eyebrow: c.P.T("desk.insight.eyebrow", "From", r.Weeks[0].Label, "To", r.Weeks[n-1].Label, "Organisation", r.Org.Name),
			Title:   title(c, kept), Sub: compared(c, n, kept, earlier)},
	}
	for _, span := range Spans {
		v.Spans = append(v.Spans, ui.Segment{Label: c.P.T("desk.insight.span-" + strconv.Itoa(span)), Href: home + "?weeks=" + strconv.Itoa(span), Current: span == n})
	}
	cases := r.Tally(Returned).Rate(Returned)
	if kept.N == 0 && cases.N == 0 {
		v.Empty = &ui.EmptyView{Title: c.P.T("desk.insight.none-title"), Text: c.P.T("desk.insight.none-text")}
		return v
	}
	v.Kept = keptChart(c, r, kept)
	v.Figures = figures(c, r, n)
	v.ByKind, v.Told = kindChart(c, r), toldChart(c, r)
	v.Advisor, v.NoAdvisor = advisorChart(c, r)
	v.Behind = behindTable(c, r)
	return v
}

func title(c *web.Ctx, kept Rate) string {
	switch {
	case kept.N == 0:
		return c.P.T("desk.insight.title-none")
	case kept.N < enough:
		return c.P.T("desk.insight.title-few", "Hits", kept.Hits, "Count", kept.N)
	}
	return c.P.T("desk.insight.title", "N", of100(kept))
}

func compared(c *web.Ctx, weeks int, now, before Rate) string {
	switch {
	case now.N == 0:
		return c.P.T("desk.insight.sub-none")
	case before.N == 0:
		return c.P.T("desk.insight.sub-first")
	case now.Differs(before):
		return c.P.T("desk.insight.sub-changed", "Weeks", weeks, "Was", of100(before))
	}
	return c.P.T("desk.insight.sub-same", "Weeks", weeks, "Was", of100(before))
}

// weekly gives the rate of a measure per week.
func weekly(r Report, m Measure) []Rate {
	out := make([]Rate, len(r.Weeks))
	for i, w := range r.Weeks {
		out[i] = Sum(r.Now[m], m, func(x Count) bool { return w.Holds(x.Day) }).Rate(m)
	}
	return out
}

func points(c *web.Ctx, r Report, rates []Rate) []ui.SharePoint {
	out := make([]ui.SharePoint, len(rates))
	for i, w := range r.Weeks {
		label := w.Label
		if i == 0 {
			label = c.P.T("desk.insight.week", "N", w.Label)
		}
		out[i] = ui.SharePoint{Label: label, Share: shared(rates[i])}
	}
	return out
}

func keptChart(c *web.Ctx, r Report, all Rate) ui.ChartView {
	rates := weekly(r, Kept)
	pts := points(c, r, rates)
	goal := r.Org.Settings.GoalKept
	shares := make([]ui.Share, len(rates))
	for i, x := range rates {
		shares[i] = shared(x)
	}
	last := rates[len(rates)-1]
	v := ui.ChartView{ID: "insight-kept", Title: c.P.T("desk.insight.kept-title"), Sub: c.P.T("desk.insight.kept-sub", "Axis", ui.AxisStart(goal, shares...)),
		Drawing: ui.Trend(pts, goal, c.P.T("desk.insight.goal", "N", int(math.Round(goal*100))), share(c, last), bounds(c, last)),
		Label:   c.P.T("desk.insight.kept-label", "Weeks", len(rates), "Share", share(c, all), "Bounds", bounds(c, all)),
		Table: ui.ChartTable{Caption: c.P.T("desk.insight.kept-title"), Head: []string{c.P.T("desk.insight.col-week"), c.P.T("insight.outcome.kept"),
			c.P.T("insight.outcome.broken"), c.P.T("insight.outcome.moved"), c.P.T("desk.insight.col-share"), c.P.T("desk.insight.col-bounds")}}}
	for i, w := range r.Weeks {
		t := Sum(r.Now[Kept], Kept, func(x Count) bool { return w.Holds(x.Day) })
		row := ui.Cells(w.Label)
		for _, o := range outcomes[Kept] {
			row = append(row, counted(Kept, o, t[o], w.From.String(), w.From.AddDays(6).String()))
		}
		v.Table.Rows = append(v.Table.Rows, append(row, ui.Cells(share(c, rates[i]), bounds(c, rates[i]))...))
	}
	return v
}

// counted is a figure with the way to the cases behind it.
func counted(m Measure, outcome string, n int, from, to string) ui.ChartCell {
	cell := ui.ChartCell{Text: strconv.Itoa(n)}
	if n > 0 {
		cell.Href = home + "/" + string(m) + "/" + outcome + "?" + url.Values{"from": {from}, "to": {to}}.Encode()
	}
	return cell
}

func figures(c *web.Ctx, r Report, weeks int) (list []html.Figure) {
	for _, m := range []Measure{Answered, Returned, Told} {
		all, before := r.Tally(m).Rate(m), Sum(r.Earlier[m], m, nil).Rate(m)
		rates := weekly(r, m)
		shares := make([]ui.Share, len(rates))
		for i, x := range rates {
			shares[i] = shared(x)
		}
		f := html.Figure{Title: c.P.T("desk.insight.figure-"+string(m), "Hours", r.Org.Settings.AnswerHours), Value: share(c, all),
			Text: c.P.T("desk.insight.of-"+string(m), "Count", all.N, "Bounds", bounds(c, all)), Label: c.P.T("desk.insight.spark", "Share", share(c, all), "Weeks", weeks)}
		goal := 0.0
		if m == Answered {
			goal = r.Org.Settings.GoalAnswered
			f.Goal = c.P.T("desk.insight.goal", "N", int(math.Round(goal*100)))
		}
		f.Trend = ui.Spark(shares, goal)
		switch {
		case all.N == 0:
			f.Text = c.P.T("desk.insight.nothing-" + string(m))
		case before.N > 0 && all.Differs(before):
			f.Change, f.Better = c.P.T("desk.insight.was", "Was", share(c, before)), all.P > before.P
		}
		list = append(list, f)
	}
	return list
}

func kindChart(c *web.Ctx, r Report) *ui.ChartView {
	var rows []ui.DotRow
	v := &ui.ChartView{ID: "insight-kinds", Table: ui.ChartTable{Caption: c.P.T("desk.insight.kinds-title"),
		Head: []string{c.P.T("desk.insight.col-kind"), c.P.T("insight.outcome.kept"), c.P.T("desk.insight.col-ended"), c.P.T("desk.insight.col-share"), c.P.T("desk.insight.col-bounds")}}}
	worst, worstKind, shares := Rate{P: 2}, "", []ui.Share{}
	for _, kind := range kinds {
		rate := Sum(r.Now[Kept], Kept, func(x Count) bool { return x.Part == kind }).Rate(Kept)
		if rate.N == 0 {
			continue
		}
		name := c.P.T("promise.kind." + kind)
		if rate.P < worst.P {
			worst, worstKind = rate, name
		}
		shares = append(shares, shared(rate))
		rows = append(rows, ui.DotRow{Label: name, Share: shared(rate), Of: c.P.T("desk.insight.of", "N", rate.N), Risk: rate.High < r.Org.Settings.GoalKept})
		v.Table.Rows = append(v.Table.Rows, ui.Cells(name, strconv.Itoa(rate.Hits), strconv.Itoa(rate.N), share(c, rate), bounds(c, rate)))
	}
	if len(rows) == 0 {
		return nil
	}
	goal := r.Org.Settings.GoalKept
	v.Title = c.P.T("desk.insight.kinds-finding", "Kind", worstKind, "Share", share(c, worst))
	if len(rows) == 1 {
		v.Title = c.P.T("desk.insight.kinds-one", "Kind", worstKind, "Share", share(c, worst))
	}
	v.Sub = c.P.T("desk.insight.kinds-sub", "Axis", ui.AxisStart(goal, shares...))
	v.Drawing, v.Label = ui.Dots(rows, goal, c.P.T("desk.insight.kinds-axis")), v.Title
	return v
}

// kinds of promises that count, in the order of the chart.
var kinds = []string{"answer", "decision", "update", "callback", "document", "visit"}

func toldChart(c *web.Ctx, r Report) *ui.ChartView {
	t := r.Tally(Told)
	rate := t.Rate(Told)
	if rate.N == 0 {
		return nil
	}
	v := &ui.ChartView{ID: "insight-told", Title: c.P.T("desk.insight.told-title", "Hits", rate.Hits, "Count", rate.N), Sub: c.P.T("desk.insight.told-sub", "Bounds", bounds(c, rate)),
		Table: ui.ChartTable{Caption: c.P.T("desk.insight.told-caption"), Head: []string{c.P.T("desk.insight.col-told"), c.P.T("desk.insight.col-promises")}}}
	var bars []ui.Column
	for _, o := range outcomes[Told] {
		name := c.P.T("insight.outcome." + o)
		bars = append(bars, ui.Column{Label: name, Top: strconv.Itoa(t[o]), Value: float64(t[o]), Strong: o == Before, Tail: o == Untold})
		v.Table.Rows = append(v.Table.Rows, []ui.ChartCell{{Text: name}, counted(Told, o, t[o], r.From, r.To)})
	}
	v.Drawing, v.Label = ui.Columns(bars, c.P.T("desk.insight.told-axis")), v.Title
	return v
}

// advisorChart compares what the advisor said with what came true. Without
// promises made at its odds a sentence says so.
func advisorChart(c *web.Ctx, r Report) (*ui.ChartView, string) {
	var points []ui.ClaimPoint
	v := &ui.ChartView{ID: "insight-advisor", Table: ui.ChartTable{Caption: c.P.T("desk.insight.advisor-caption"),
		Head: []string{c.P.T("desk.insight.col-said"), c.P.T("insight.outcome.kept"), c.P.T("desk.insight.col-ended"), c.P.T("desk.insight.col-share"), c.P.T("desk.insight.col-bounds")}}}
	finding := ""
	for _, x := range r.Advisor {
		rate := RateOf(x.Kept, x.N)
		if rate.N == 0 {
			continue
		}
		said := c.P.T("desk.insight.percent", "N", (x.Expected+5)/10)
		if x.Odds == 0 { // all together
			key := "desk.insight.advisor-holds"
			switch expected := float64(x.Expected) / 1000; {
			case x.Off() && rate.P < expected:
				key = "desk.insight.advisor-hopeful"
			case x.Off():
				key = "desk.insight.advisor-careful"
			}
			finding = c.P.T(key, "Said", said, "Share", share(c, rate))
			v.Sub = c.P.T("desk.insight.advisor-sub", "Count", rate.N, "At", x.Checked)
			continue
		}
		points = append(points, ui.ClaimPoint{Claimed: float64(x.Expected) / 1000, Share: shared(rate)})
		v.Table.Rows = append(v.Table.Rows, ui.Cells(said, strconv.Itoa(rate.Hits), strconv.Itoa(rate.N), share(c, rate), bounds(c, rate)))
	}
	if finding == "" || len(points) == 0 {
		return nil, c.P.T("desk.insight.advisor-none")
	}
	v.Title, v.Label = finding, finding
	v.Drawing = ui.Claims(points, c.P.T("desk.insight.advisor-axis"), c.P.T("desk.insight.advisor-above"), c.P.T("desk.insight.advisor-below"))
	return v, ""
}

// behindTable leads from every number of the period to its cases.
func behindTable(c *web.Ctx, r Report) ui.ChartTable {
	t := ui.ChartTable{Caption: c.P.T("desk.insight.behind-title"), Head: []string{c.P.T("desk.insight.col-measure"), c.P.T("desk.insight.col-outcome"), c.P.T("desk.insight.col-number")}}
	for _, m := range Measures {
		tally := r.Tally(m)
		for _, o := range outcomes[m] {
			cell := counted(m, o, tally[o], r.From, r.To)
			if m == Answered && o == Late && r.Overdue > 0 {
				cell.Href = "" // those that still wait stand under waiting
				cell.Text = c.P.T("desk.insight.late-waiting", "N", tally[o], "Waiting", r.Overdue)
			}
			t.Rows = append(t.Rows, append(ui.Cells(c.P.T("insight.measure."+string(m)), c.P.T("insight.outcome."+o)), cell))
		}
	}
	return t
}

func (s *Service) deskBehind(c *web.Ctx) error {
	in := Behind{Measure: Measure(c.Path("measure")), Outcome: c.Path("outcome"), From: c.Query("from"), To: c.Query("to"), Cursor: c.Query("after")}
	p, err := s.Behind(c.Context(), c.Actor, in)
	if err != nil {
		return err
	}
	var members map[string]org.Member
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) {
		ids := make([]string, len(p.Items))
		for i, x := range p.Items {
			ids[i] = x.Owner
		}
		members, err = org.MembersByIDs(q, c.Actor.Org, ids)
		return err
	}); err != nil {
		return err
	}
	what := c.P.T("insight.measure."+string(in.Measure)) + ": " + c.P.T("insight.outcome."+in.Outcome)
	v := html.BehindView{Head: ui.PageHeadView{Eyebrow: c.P.T("desk.insight.nav"), Title: what, Sub: c.P.T("desk.insight.explain-" + string(in.Measure))}, Back: home,
		Empty: ui.EmptyView{Title: c.P.T("desk.insight.no-cases-title"), Text: c.P.T("desk.insight.no-cases-text")}}
	for _, x := range p.Items {
		c.Saw("case", x.Case)
		v.Rows = append(v.Rows, html.BehindRow{Href: "/desk/cases/" + x.Case, Ref: x.Ref, Question: x.Question, Owner: members[x.Owner].Name,
			When: c.P.Moment(x.At), ISO: x.At.UTC().Format("2006-01-02T15:04:05Z"), Part: part(c, in.Measure, x.Part)})
	}
	if c.Query("after") != "" || p.Next != "" {
		base := url.Values{}
		for _, k := range []string{"from", "to"} {
			if x := c.Query(k); x != "" {
				base.Set(k, x)
			}
		}
		at := home + "/" + string(in.Measure) + "/" + in.Outcome + "?"
		v.Pager = &ui.PagerView{Summary: c.P.T("desk.insight.page", "Count", len(p.Items))}
		if c.Query("after") != "" {
			v.Pager.PrevHref, v.Pager.PrevLabel = at+base.Encode(), c.P.T("desk.insight.newest")
		}
		if p.Next != "" {
			base.Set("after", p.Next)
			v.Pager.NextHref, v.Pager.NextLabel = at+base.Encode(), c.P.T("desk.insight.older")
		}
	}
	return c.Page(web.Page{Title: what, Nav: "insight", Body: html.Behind(v)})
}

func part(c *web.Ctx, m Measure, code string) string {
	if m == Kept || m == Told {
		return c.P.T("promise.kind." + code)
	}
	if key := "channel." + code; c.P.Has(key) {
		return c.P.T(key)
	}
	return ""
}
