package ui

import (
	"fmt"
	"math"
	"strings"

	"github.com/a-h/templ"
)

// ChartView is a chart as pages show it: the title is the finding, Sub the
// method, n and axis; the table under it says everything the drawing does.
type ChartView struct {
	ID         string // unique on the page
	Title, Sub string
	Drawing    Drawing
	Label      string // the finding in words, for who cannot see the drawing
	Table      ChartTable
}

// ChartTable is the data of a chart. The first column holds headings of rows;
// a cell of the others may have a link to the cases behind it.
type ChartTable struct {
	Caption string
	Head    []string
	Rows    [][]ChartCell
}

// ChartCell is one figure.
type ChartCell struct{ Text, Href string }

// Cells makes a row of figures without links.
func Cells(texts ...string) []ChartCell {
	row := make([]ChartCell, len(texts))
	for i, t := range texts {
		row[i].Text = t
	}
	return row
}

// Drawing is what stands in the SVG of a chart.
type Drawing struct {
	width, height float64
	class         string // how narrow it may become
	body          string
}

// Svg gives the drawing with the sentence that says what it shows.
func (d Drawing) Svg(label string) templ.Component {
	return templ.Raw(fmt.Sprintf(`<svg class="viz %s" viewBox="0 0 %s %s" role="img" aria-label="%s">%s</svg>`,
		d.class, num(d.width), num(d.height), esc(label), d.body))
}

// Column is one bar of a histogram.
type Column struct {
	Label  string // under it; empty for none
	Top    string // above it; empty for none
	Value  float64
	Strong bool // in the strong colour
	Tail   bool // everything beyond the axis: in the colour of risk
}

// ColumnMark is an upright line with words, at a place between columns: 2.5 is
// in the middle of the third.
type ColumnMark struct {
	At   float64
	Text string
}

// Columns draws a histogram, its axis named below it.
func Columns(columns []Column, axis string, marks ...ColumnMark) Drawing {
	d := Drawing{width: 520, height: 250}
	if len(columns) > 9 {
		d.width, d.class = 1100, "viz--wide"
	}
	const base, top = 196.0, 34.0
	most, pitch := 0.0, (d.width-20)/float64(max(len(columns), 1))
	for _, c := range columns {
		most = max(most, c.Value)
	}
	var b strings.Builder
	for i, c := range columns {
		x, h := 10+pitch*float64(i), 0.0
		if most > 0 && c.Value > 0 {
			h = max((base-top)*c.Value/most, 2)
		}
		class := "f-soft"
		if c.Tail {
			class = "f-risk"
		} else if c.Strong {
			class = "f-brand"
		}
		fmt.Fprintf(&b, `<rect x="%s" y="%s" width="%s" height="%s" rx="3" class="%s"/>`, num(x+pitch*.08), num(base-h), num(pitch*.84), num(h), class)
		if c.Top != "" {
			caption(&b, x+pitch/2, base-h-8, "strong", "middle", c.Top)
		}
		if c.Label != "" {
			caption(&b, x+pitch/2, base+17, "dim", "middle", c.Label)
		}
	}
	fmt.Fprintf(&b, `<path class="g-base" d="M6 %sH%s"/>`, num(base+.5), num(d.width-6))
	for i, m := range marks {
		x, y := 10+pitch*m.At, 14+16*float64(i%2)
		fmt.Fprintf(&b, `<path class="s-ink" d="M%s %sV%s"/>`, num(x), num(y-6), num(base))
		anchor, dx := "start", 7.0
		if x > d.width*.7 {
			anchor, dx = "end", -7
		}
		caption(&b, x+dx, y+4, "strong", anchor, m.Text)
	}
	caption(&b, d.width/2, base+42, "dim", "middle", axis)
	d.body = b.String()
	return d
}

// Share is a measured share with its interval, all from 0 to 1. Known says
// whether there was anything to measure.
type Share struct {
	Value, Low, High float64
	Known            bool
}

// SharePoint is a share at a place along an axis: a week, a quarter.
type SharePoint struct {
	Label string
	Share
}

// scaleOf is an axis of percents that holds all shares: it begins at a round
// one below the lowest bound.
func scaleOf(goal float64, shares ...Share) (lo float64) {
	lo = 1
	if goal > 0 {
		lo = goal
	}
	for _, s := range shares {
		if s.Known {
			lo = min(lo, s.Low)
		}
	}
	lo = math.Floor(lo*10-.001) / 10
	return min(max(lo, 0), .9)
}

// AxisStart is where the axis of Trend, Spreads and Dots begins, for the
// subtitle that names it, in percent.
func AxisStart(goal float64, shares ...Share) int {
	return int(math.Round(scaleOf(goal, shares...) * 100))
}

func percent(f float64) string { return fmt.Sprintf("%d%%", int(math.Round(f*100))) }

// grid draws an axis of percents from lo to 100, the goal dashed.
func grid(b *strings.Builder, lo, goal, left, right float64, y func(float64) float64) {
	step := .1
	if lo < .5 {
		step = .2
	}
	goalDrawn := false
	for v := lo; v < 1.0001; v += step {
		class := "g-line"
		if goal > 0 && math.Abs(v-goal) < .001 {
			class, goalDrawn = "g-goal", true
		}
		fmt.Fprintf(b, `<path class="%s" d="M%s %sH%s"/>`, class, num(left), num(y(v)), num(right))
		caption(b, left-8, y(v)+4, "dim", "end", percent(v))
	}
	if goal > 0 && !goalDrawn && goal >= lo {
		fmt.Fprintf(b, `<path class="g-goal" d="M%s %sH%s"/>`, num(left), num(y(goal)), num(right))
	}
}

// Trend draws shares over time as a line within the band of their intervals.
// Goal is dashed; 0 for none. Last and lastSub stand beside the newest point.
func Trend(points []SharePoint, goal float64, goalText, last, lastSub string) Drawing {
	d := Drawing{width: 740, height: 362, class: "viz--wide"}
	const left, right, top, bottom = 54.0, 640.0, 24.0, 324.0
	lo := scaleOf(goal, sharesOf(points)...)
	y := func(v float64) float64 { return bottom - (bottom-top)*(v-lo)/(1-lo) }
	x := func(i int) float64 {
		if len(points) < 2 {
			return (left + right) / 2
		}
		return left + (right-left-16)*float64(i)/float64(len(points)-1)
	}
	var b strings.Builder
	grid(&b, lo, goal, left, right, y)
	if goal > 0 && goalText != "" {
		caption(&b, left+6, y(goal)-6, "dim", "start", goalText)
	}
	for from := 0; from < len(points); { // a stretch of points that are known
		if !points[from].Known {
			from++
			continue
		}
		to := from
		for to < len(points) && points[to].Known {
			to++
		}
		var line, over, under string
		for i := from; i < to; i++ {
			p := points[i]
			line += fmt.Sprintf("L%s %s", num(x(i)), num(y(p.Value)))
			over += fmt.Sprintf("L%s %s", num(x(i)), num(y(p.High)))
			under = fmt.Sprintf("L%s %s", num(x(i)), num(y(p.Low))) + under
		}
		if to-from > 1 {
			fmt.Fprintf(&b, `<path class="f-band" d="M%s%sZ"/><path class="s-brand" d="M%s"/>`, over[1:], under, line[1:])
		} else {
			p := points[from]
			fmt.Fprintf(&b, `<path class="s-brand" stroke-opacity=".3" d="M%s %sV%s"/>`, num(x(from)), num(y(p.Low)), num(y(p.High)))
		}
		from = to
	}
	every := (len(points) + 12) / 13
	for i, p := range points {
		if p.Known {
			r := "4"
			if i == len(points)-1 {
				r = "5.5"
			}
			fmt.Fprintf(&b, `<circle class="f-brand dot" cx="%s" cy="%s" r="%s"/>`, num(x(i)), num(y(p.Value)), r)
		}
		if (len(points)-1-i)%max(every, 1) == 0 {
			caption(&b, x(i), bottom+24, "dim", "middle", p.Label)
		}
	}
	if n := len(points); n > 0 && points[n-1].Known {
		at := min(max(y(points[n-1].Value), top+8), bottom-20)
		caption(&b, right+2, at, "strong big", "start", last)
		caption(&b, right+2, at+16, "dim", "start", lastSub)
	}
	d.body = b.String()
	return d
}

func sharesOf(points []SharePoint) []Share {
	out := make([]Share, len(points))
	for i, p := range points {
		out[i] = p.Share
	}
	return out
}

// Spreads draws shares over time as points with upright intervals: for
// measurements that are no line.
func Spreads(points []SharePoint, goal float64, axis string) Drawing {
	d := Drawing{width: 520, height: 260}
	const left, right, top, bottom = 48.0, 490.0, 18.0, 210.0
	lo := scaleOf(goal, sharesOf(points)...)
	y := func(v float64) float64 { return bottom - (bottom-top)*(v-lo)/(1-lo) }
	var b strings.Builder
	grid(&b, lo, goal, left, right, y)
	pitch := (right - left) / float64(max(len(points), 1))
	every := (len(points) + 7) / 8
	for i, p := range points {
		x := left + pitch*(float64(i)+.5)
		if p.Known {
			fmt.Fprintf(&b, `<path d="M%s %sV%s" class="s-brand" stroke-opacity=".35"/><circle class="f-brand dot" cx="%s" cy="%s" r="5"/>`,
				num(x), num(y(p.High)), num(y(p.Low)), num(x), num(y(p.Value)))
		}
		if i%max(every, 1) == 0 {
			caption(&b, x, bottom+18, "dim", "middle", p.Label)
		}
	}
	caption(&b, (left+right)/2, bottom+42, "dim", "middle", axis)
	d.body = b.String()
	return d
}

// DotRow is a named share.
type DotRow struct {
	Label string
	Share
	Of   string // "of 104"
	Risk bool   // in the colour of risk
}

// Dots draws named shares under each other, with their intervals.
func Dots(rows []DotRow, goal float64, axis string) Drawing {
	const left, right, pitch = 168.0, 410.0, 36.0
	bottom := pitch*float64(len(rows)) + 8
	d := Drawing{width: 520, height: bottom + 46}
	shares := make([]Share, len(rows))
	for i, r := range rows {
		shares[i] = r.Share
	}
	lo := scaleOf(goal, shares...)
	x := func(v float64) float64 { return left + (right-left)*(v-lo)/(1-lo) }
	step := .1
	if 1-lo > .5 {
		step = .25
	}
	var b strings.Builder
	for v := lo; v < 1.0001; v += step {
		fmt.Fprintf(&b, `<path class="g-line" d="M%s 6V%s"/>`, num(x(v)), num(bottom))
		caption(&b, x(v), bottom+18, "dim", "middle", percent(v))
	}
	if goal > 0 {
		fmt.Fprintf(&b, `<path class="g-goal" d="M%s 6V%s"/>`, num(x(goal)), num(bottom))
	}
	for i, r := range rows {
		y := 24 + pitch*float64(i)
		caption(&b, left-12, y+4, "", "end", r.Label)
		if !r.Known {
			continue
		}
		line, dot := "s-brand", "f-brand"
		if r.Risk {
			line, dot = "s-risk", "f-risk"
		}
		fmt.Fprintf(&b, `<path d="M%s %sH%s" class="%s" stroke-opacity=".4"/><circle class="%s dot" cx="%s" cy="%s" r="6"/>`,
			num(x(r.Low)), num(y), num(x(r.High)), line, dot, num(x(r.Value)), num(y))
		caption(&b, right+14, y+4, "strong", "start", percent(r.Value))
		caption(&b, right+54, y+4, "dim", "start", r.Of)
	}
	caption(&b, (left+right)/2, bottom+40, "dim", "middle", axis)
	d.body = b.String()
	return d
}

// ClaimPoint is a chance that was claimed and the share that came true.
type ClaimPoint struct {
	Claimed float64
	Share
	Text string // beside it; empty for none
}

// Claims draws what came true against what was claimed. The dashed line is
// exactly as claimed; above it more came true.
func Claims(points []ClaimPoint, axis, above, below string) Drawing {
	d := Drawing{width: 520, height: 290}
	const left, right, top, bottom = 54.0, 480.0, 16.0, 226.0
	shares := make([]Share, len(points))
	lowest := 1.0
	for i, p := range points {
		shares[i], lowest = p.Share, min(lowest, p.Claimed)
	}
	lo := scaleOf(lowest, shares...)
	x := func(v float64) float64 { return left + (right-left)*(v-lo)/(1-lo) }
	y := func(v float64) float64 { return bottom - (bottom-top)*(v-lo)/(1-lo) }
	var b strings.Builder
	grid(&b, lo, 0, left, right, y)
	fmt.Fprintf(&b, `<path class="g-goal" d="M%s %sL%s %s"/>`, num(x(lo)), num(y(lo)), num(x(1)), num(y(1)))
	caption(&b, x(lo+(1-lo)*.12), y(lo+(1-lo)*.62), "dim", "start", above)
	caption(&b, x(lo+(1-lo)*.96), y(lo+(1-lo)*.18), "dim", "end", below)
	for _, p := range points {
		if !p.Known {
			continue
		}
		fmt.Fprintf(&b, `<path d="M%s %sV%s" class="s-brand" stroke-opacity=".35"/><circle class="f-brand dot" cx="%s" cy="%s" r="5"/>`,
			num(x(p.Claimed)), num(y(p.High)), num(y(p.Low)), num(x(p.Claimed)), num(y(p.Value)))
		if p.Text != "" {
			caption(&b, x(p.Claimed)-10, y(p.Value)-10, "strong", "end", p.Text)
		}
	}
	for v := lo; v < 1.0001; v += .1 {
		caption(&b, x(v), bottom+18, "dim", "middle", percent(v))
	}
	caption(&b, (left+right)/2, bottom+42, "dim", "middle", axis)
	d.body = b.String()
	return d
}

// Spark draws a small trend without axes. Values that are not known are left out.
func Spark(values []Share, goal float64) Drawing {
	d := Drawing{width: 112, height: 36}
	lo, hi := 1.0, 0.0
	for _, s := range values {
		if s.Known {
			lo, hi = min(lo, s.Value), max(hi, s.Value)
		}
	}
	if goal > 0 {
		lo, hi = min(lo, goal), max(hi, goal)
	}
	if hi-lo < .02 {
		lo, hi = lo-.01, hi+.01
	}
	y := func(v float64) float64 { return 30 - 24*(v-lo)/(hi-lo) }
	var b strings.Builder
	if goal > 0 {
		fmt.Fprintf(&b, `<path class="g-goal" d="M4 %sH108"/>`, num(y(goal)))
	}
	line, end := "", ""
	for i, s := range values {
		if !s.Known {
			continue
		}
		x := 4 + 104*float64(i)/float64(max(len(values)-1, 1))
		line += fmt.Sprintf("L%s %s", num(x), num(y(s.Value)))
		end = fmt.Sprintf(`<circle class="f-brand" cx="%s" cy="%s" r="3.5"/>`, num(x), num(y(s.Value)))
	}
	if line != "" {
		fmt.Fprintf(&b, `<path class="s-brand" d="M%s"/>`, line[1:])
	}
	d.body = b.String() + end
	return d
}

func caption(b *strings.Builder, x, y float64, class, anchor, s string) {
	if s == "" {
		return
	}
	fmt.Fprintf(b, `<text class="%s" x="%s" y="%s" text-anchor="%s">%s</text>`, class, num(x), num(y), anchor, esc(s))
}
