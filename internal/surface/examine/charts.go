package examine

import (
	"math"
	"strconv"
	"time"

	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// handovers draws how often cases were passed on.
func (r Report) handovers(p lang.Printer) *ui.ChartView {
	f := r.Figures
	if f.People == 0 {
		return nil
	}
	v := &ui.ChartView{ID: "f1", Sub: p.T("examine.chart.handovers.sub", "N", f.Cases),
		Table: ui.ChartTable{Caption: p.T("examine.chart.handovers.caption"), Head: []string{p.T("examine.chart.handovers.head"), p.T("examine.report.cases"), p.T("examine.chart.share")}}}
	var columns []ui.Column
	many := 0
	for i, n := range f.ByHandovers {
		label := strconv.Itoa(i)
		if i == len(f.ByHandovers)-1 {
			label = p.T("examine.chart.or-more", "N", i)
		}
		if i >= 3 {
			many += n
		}
		share := percent(p, Share{f.Cases, n}.Of())
		columns = append(columns, ui.Column{Label: label, Top: share, Value: float64(n), Strong: i >= 3})
		v.Table.Rows = append(v.Table.Rows, ui.Cells(label, p.Number(n), share))
	}
	v.Title = p.T("examine.chart.handovers.title", "Share", percent(p, Share{f.Cases, many}.Of()))
	if many == 0 {
		v.Title = p.T("examine.chart.handovers.few")
	}
	v.Label = p.T("examine.chart.handovers.label", "None", f.ByHandovers[0], "Many", many, "N", f.Cases)
	v.Drawing = ui.Columns(columns, p.T("examine.chart.handovers.axis"))
	return v
}

// returns draws what coming back costs.
func (r Report) returns(p lang.Printer) *ui.ChartView {
	f := r.Figures
	if f.CasesWithReturn == 0 {
		return nil
	}
	var longest int64
	for _, list := range f.ByReturns {
		if len(list) > 0 {
			_, high := medianInterval(list)
			longest = max(longest, high)
		}
	}
	u := unitFor(longest)
	v := &ui.ChartView{ID: "f2", Sub: p.T("examine.chart.returns.sub", "Unit", p.T("examine.unit."+u.name)),
		Table: ui.ChartTable{Caption: p.T("examine.chart.returns.caption"), Head: []string{p.T("examine.chart.returns.head"), p.T("examine.report.cases"),
			p.T("examine.chart.median"), p.T("examine.chart.interval")}}}
	var rows []ui.LengthRow
	for i, list := range f.ByReturns {
		if len(list) == 0 {
			continue
		}
		label := p.T("examine.chart.returns.row-" + strconv.Itoa(i))
		m := median(list)
		row := ui.LengthRow{Label: label, Value: u.of(m), Low: u.of(m), High: u.of(m), Text: sayTime(p, micro(m))}
		interval := p.T("examine.chart.too-few")
		if len(list) >= 10 {
			low, high := medianInterval(list)
			row.Low, row.High = u.of(low), u.of(high)
			interval = p.T("examine.chart.from-to", "Low", sayTime(p, micro(low)), "High", sayTime(p, micro(high)))
		}
		rows = append(rows, row)
		v.Table.Rows = append(v.Table.Rows, ui.Cells(label, p.Number(len(list)), row.Text, interval))
	}
	back := median(returned(f))
	v.Title = p.T("examine.chart.returns.title", "Back", sayTime(p, micro(back)))
	if len(f.ByReturns[0]) > 0 {
		v.Title = p.T("examine.chart.returns.title-both", "Back", sayTime(p, micro(back)), "Never", sayTime(p, micro(median(f.ByReturns[0]))))
	}
	v.Label = v.Title
	v.Drawing = ui.Lengths(rows, p.T("examine.chart.returns.axis", "Unit", p.T("examine.unit."+u.name)))
	return v
}

// unit is in what a chart counts time.
type unit struct {
	name string
	size int64 // microseconds
}

func (u unit) of(t int64) float64 { return float64(t) / float64(u.size) }

func unitFor(longest int64) unit {
	switch {
	case longest < 3*hour:
		return unit{"minutes", minute}
	case longest < 4*day:
		return unit{"hours", hour}
	}
	return unit{"days", day}
}

// steps are how wide a column of the chart of lead times may be.
var steps = []int64{minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 3 * hour, 4 * hour, 6 * hour, 12 * hour,
	day, 2 * day, 3 * day, 5 * day, 7 * day, 14 * day, 30 * day, 60 * day, 90 * day, 180 * day, 365 * day, 730 * day, 3650 * day}

const leadColumns = 14

// leads draws how long cases took.
func (r Report) leads(p lang.Printer) *ui.ChartView {
	f := r.Figures
	half, ninety := f.Quantile(.5), f.Quantile(.9)
	step := steps[len(steps)-1]
	for _, s := range steps {
		if micro(s)*leadColumns >= ninety*13/10 {
			step = s
			break
		}
	}
	u := unitFor(step * leadColumns)
	var counts [leadColumns + 1]int
	for _, t := range f.Leads {
		counts[min(t/step, leadColumns)]++
	}
	v := &ui.ChartView{ID: "f3", Sub: p.T("examine.chart.leads.sub", "N", f.Cases),
		Table: ui.ChartTable{Caption: p.T("examine.chart.leads.caption"), Head: []string{p.T("examine.chart.leads.head"), p.T("examine.report.cases"), p.T("examine.chart.share")}}}
	var columns []ui.Column
	number := func(n int64) string { return p.Number(math.Round(u.of(n)*100) / 100) }
	for i, n := range counts {
		from := int64(i) * step
		col := ui.Column{Label: number(from), Value: float64(n), Strong: micro(from) < ninety}
		label := p.T("examine.chart.leads.row", "From", sayTime(p, micro(from)), "To", sayTime(p, micro(from+step)))
		if i == leadColumns {
			label = p.T("examine.chart.leads.over", "To", sayTime(p, micro(from)))
			col.Label, col.Tail, col.Strong = "≥ "+number(from), true, false
		}
		columns = append(columns, col)
		v.Table.Rows = append(v.Table.Rows, ui.Cells(label, p.Number(n), percent(p, Share{f.Cases, n}.Of())))
	}
	at := func(d time.Duration) float64 { return min(float64(d)/float64(micro(step)), leadColumns) }
	v.Title = p.T("examine.chart.leads.title", "Half", sayTime(p, half), "Ninety", sayTime(p, ninety), "Longest", sayTime(p, micro(f.Leads[len(f.Leads)-1])))
	v.Label = p.T("examine.chart.leads.label", "Half", sayTime(p, half), "Ninety", sayTime(p, ninety), "Over", counts[leadColumns], "To", sayTime(p, micro(step*leadColumns)))
	v.Drawing = ui.Columns(columns, p.T("examine.chart.leads.axis", "Unit", p.T("examine.unit."+u.name)),
		ui.ColumnMark{At: at(half), Text: p.T("examine.chart.leads.half", "Half", sayTime(p, half))},
		ui.ColumnMark{At: at(ninety), Text: p.T("examine.chart.leads.ninety", "Ninety", sayTime(p, ninety))})
	return v
}

// shown is up to how many kinds, holders or groups are drawn; the rest is one.
const shown = 8

// kinds draws the deadlines that were kept, by kind.
func (r Report) kinds(p lang.Printer) *ui.ChartView {
	f := r.Figures
	if f.Deadlines.N == 0 {
		return nil
	}
	list, rest := f.ByKind, KindShare{Kind: p.T("examine.chart.kinds.rest")}
	for i := len(list) - 1; i > 0 && (i >= shown || list[i].N < few); i-- { // the last, smallest ones are one
		rest.N, rest.Hits = rest.N+list[i].N, rest.Hits+list[i].Hits
		list = list[:i:i]
	}
	if rest.N > 0 {
		list = append(list, rest)
	}
	v := &ui.ChartView{ID: "f4", Table: ui.ChartTable{Caption: p.T("examine.chart.kinds.caption"),
		Head: []string{p.T("examine.role.kind"), p.T("examine.chart.kinds.kept"), p.T("examine.chart.of"), p.T("examine.chart.interval")}}}
	var rows []ui.DotRow
	var shares []ui.Share
	worst := -1
	for i, k := range list {
		name := k.Kind
		switch {
		case name == "" && len(f.ByKind) == 1:
			name = p.T("examine.chart.kinds.all")
		case name == "":
			name = p.T("examine.chart.kinds.none")
		}
		low, high := k.Wilson()
		share := ui.Share{Value: k.Of(), Low: low, High: high, Known: true}
		shares = append(shares, share)
		rows = append(rows, ui.DotRow{Label: short(name), Share: share, Of: p.T("examine.chart.of-n", "N", k.N), Risk: high < f.Deadlines.Of()})
		v.Table.Rows = append(v.Table.Rows, ui.Cells(name, p.Number(k.Hits), p.Number(k.N), p.T("examine.chart.from-to", "Low", percent(p, low), "High", percent(p, high))))
		if high < f.Deadlines.Of() && (worst < 0 || k.Of() < list[worst].Of()) {
			worst = i
		}
	}
	v.Sub = p.T("examine.chart.kinds.sub", "Start", ui.AxisStart(0, shares...))
	v.Title = p.T("examine.chart.kinds.title", "Share", percent(p, f.Deadlines.Of()), "N", f.Deadlines.N)
	if worst >= 0 && rows[worst].Label != "" {
		v.Title = p.T("examine.chart.kinds.worst", "Kind", rows[worst].Label, "Share", percent(p, list[worst].Of()), "All", percent(p, f.Deadlines.Of()))
	}
	v.Label = v.Title
	v.Drawing = ui.Dots(rows, 0, p.T("examine.chart.kinds.axis"))
	return v
}

// short cuts a name that does not fit beside a drawing.
func short(s string) string {
	if r := []rune(s); len(r) > 22 {
		return string(r[:21]) + "…"
	}
	return s
}

// backtest draws over time what would have been kept.
func (r Report) backtest(p lang.Printer) *ui.ChartView {
	b := r.Backtest
	v := &ui.ChartView{ID: "f7", Title: p.T("examine.chart.backtest.title", "Quoted", percent(p, b.Quoted), "Kept", p.Number(math.Round(b.Share()*1000)/10)+"%"),
		Table: ui.ChartTable{Caption: p.T("examine.chart.backtest.caption"),
			Head: []string{p.T("examine.chart.backtest.head"), p.T("examine.chart.kinds.kept"), p.T("examine.chart.of"), p.T("examine.chart.interval"),
				p.T("examine.chart.backtest.quote"), p.T("examine.chart.backtest.real")}}}
	var points []ui.SharePoint
	var shares []ui.Share
	for _, x := range b.Periods {
		from := time.UnixMilli(x.From).In(p.Loc())
		share := ui.Share{Value: x.Share(), Low: x.Low, High: x.High, Known: x.N > 0}
		points = append(points, ui.SharePoint{Label: from.Format("2006-01"), Share: share})
		shares = append(shares, share)
		v.Table.Rows = append(v.Table.Rows, ui.Cells(p.T("examine.chart.from-on", "From", plainDate(p, from)), p.Number(x.Kept), p.Number(x.N),
			p.T("examine.chart.from-to", "Low", percent(p, x.Low), "High", percent(p, x.High)),
			sayTime(p, micro(x.Quote*1000)), sayTime(p, micro(x.Lead*1000))))
	}
	v.Sub = p.T("examine.chart.backtest.sub", "N", b.N, "Low", percent(p, b.Low), "High", percent(p, b.High), "Declined", b.Declined)
	v.Label = p.T("examine.chart.backtest.label", "N", len(points), "Kept", percent(p, b.Share()))
	v.Drawing = ui.Spreads(points, b.Quoted, p.T("examine.chart.backtest.axis", "Start", ui.AxisStart(b.Quoted, shares...)))
	return v
}

// claims draws what came true at each chance that was quoted.
func (r Report) claims(p lang.Printer) *ui.ChartView {
	b := r.Backtest
	v := &ui.ChartView{ID: "f8", Sub: p.T("examine.chart.claims.sub"),
		Table: ui.ChartTable{Caption: p.T("examine.chart.claims.caption"),
			Head: []string{p.T("examine.chart.claims.head"), p.T("examine.chart.kinds.kept"), p.T("examine.chart.of"), p.T("examine.chart.interval")}}}
	var points []ui.ClaimPoint
	var hopeful, careful []string
	for _, c := range b.Calibration {
		if c.N == 0 {
			continue
		}
		quoted := percent(p, c.Quoted)
		point := ui.ClaimPoint{Claimed: c.Quoted, Share: ui.Share{Value: c.Share(), Low: c.Low, High: c.High, Known: true}}
		if math.Abs(c.Quoted-b.Quoted) < .001 {
			point.Text = p.T("examine.chart.claims.point", "Quoted", quoted, "Kept", percent(p, c.Share()))
		}
		points = append(points, point)
		v.Table.Rows = append(v.Table.Rows, ui.Cells(quoted, percent(p, c.Share()), p.Number(c.N), p.T("examine.chart.from-to", "Low", percent(p, c.Low), "High", percent(p, c.High))))
		switch {
		case c.High < c.Quoted:
			hopeful = append(hopeful, quoted)
		case c.Low > c.Quoted:
			careful = append(careful, quoted)
		}
	}
	if len(points) == 0 {
		return nil
	}
	switch {
	case len(hopeful) > 0:
		v.Title = p.T("examine.chart.claims.hopeful", "At", p.List(hopeful))
	case len(careful) > 0:
		v.Title = p.T("examine.chart.claims.careful", "At", p.List(careful))
	default:
		v.Title = p.T("examine.chart.claims.good")
	}
	v.Label = v.Title
	v.Drawing = ui.Claims(points, p.T("examine.chart.claims.axis"), p.T("examine.chart.claims.above"), p.T("examine.chart.claims.below"))
	return v
}

func (r Report) sharpness(p lang.Printer) (said, why string) {
	b := r.Backtest
	if b.N == 0 || b.Sharpness == 0 {
		return p.T("examine.report.sharpness-none"), p.T("examine.report.sharpness-none-why")
	}
	best := sayTime(p, micro(b.Best*1000))
	said = p.T("examine.report.sharpness", "Sharpness", math.Round(b.Sharpness*100)/100)
	if b.Sharpness < 1 {
		return said, p.T("examine.report.sharper", "Share", percent(p, 1-b.Sharpness), "Best", best)
	}
	return said, p.T("examine.report.blunter", "Best", best)
}

// unheld says how long cases waited for somebody.
func (r Report) unheld(p lang.Printer) string {
	w := r.Figures.Waits
	if w.Cases == 0 || r.Figures.People == 0 {
		return ""
	}
	key := "examine.report.unheld"
	if w.Begin {
		key = "examine.report.unheld-begin"
	}
	return p.T(key, "Cases", w.Cases, "All", r.Figures.Cases, "Half", sayTime(p, w.Half), "Share", percent(p, r.Figures.unheldShare()))
}

// unheldShare is the share of all time in which nobody had a case.
func (f *Figures) unheldShare() float64 {
	if total := f.Waits.Hours + f.HeldHours; total > 0 {
		return f.Waits.Hours / total
	}
	return 0
}
