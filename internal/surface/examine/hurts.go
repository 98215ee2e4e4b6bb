package examine

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/surface/examine/html"
)

// few is below how many handovers a share says nothing.
const few = 20

// holders lists who passes on and gets back, the highest shares first.
func (r Report) holders(p lang.Printer, names map[string]string) *html.Holders {
	list, usual := r.passing()
	if len(list) == 0 {
		return nil
	}
	v := &html.Holders{Sub: p.T("examine.report.holders-sub", "Few", few)}
	if r.Names {
		v.Sub = p.T("examine.report.holders-sub-named", "Few", few)
	}
	many := 0
	for _, h := range list {
		if low, _ := h.Passed.Wilson(); low > usual {
			many++
		}
	}
	v.Title = p.T("examine.report.holders-even", "Share", percent(p, usual))
	if many > 0 {
		v.Title = p.T("examine.report.holders-many", "Count", many, "All", len(list), "Share", percent(p, usual))
	}
	for _, h := range list[:min(len(list), shown)] {
		low, _ := h.Passed.Wilson()
		v.Rows = append(v.Rows, html.HolderRow{Name: names[h.Name], Cases: p.Number(h.Cases), Text: percent(p, h.Passed.Of()),
			Share: strconv.Itoa(int(math.Round(h.Passed.Of() * 100))), Risk: low > usual, Held: p.Number(math.Round(h.Hours/24/float64(h.Cases)*10) / 10)})
	}
	return v
}

// passing are those who passed on often enough for a share, highest first, and
// the share over everybody.
func (r Report) passing() (list []Holder, usual float64) {
	var all Share
	for _, h := range r.Figures.Holders {
		all.N, all.Hits = all.N+h.Passed.N, all.Hits+h.Passed.Hits
		if h.Passed.N >= few {
			list = append(list, h)
		}
	}
	slices.SortStableFunc(list, func(a, b Holder) int { return cmp.Compare(b.Passed.Of(), a.Passed.Of()) })
	return list, all.Of()
}

// between is the share over all handovers that came back.
func (f *Figures) between() (all Share) {
	for _, b := range f.Between {
		all.N, all.Hits = all.N+b.N, all.Hits+b.Hits
	}
	return all
}

// label names one end of a handover.
func (r Report) label(p lang.Printer, names map[string]string, s string) string {
	switch {
	case s == "":
		return p.T("examine.report.no-group")
	case !r.Figures.BetweenGroups:
		return names[s]
	}
	return s
}

// matrix says from whom to whom cases went that came back, for those who hand
// over most.
func (r Report) matrix(p lang.Printer, names map[string]string) *html.Matrix {
	f := r.Figures
	volume, places := map[string]int{}, []string{}
	cells := map[[2]string]Share{}
	for _, b := range f.Between {
		for _, end := range []string{b.From, b.To} {
			if volume[end] == 0 {
				places = append(places, end)
			}
			volume[end] += b.N
		}
		cells[[2]string{b.From, b.To}] = b.Share
	}
	if len(places) < 2 {
		return nil
	}
	slices.SortStableFunc(places, func(a, b string) int { return volume[b] - volume[a] })
	left := len(places) - shown
	places = places[:min(len(places), shown)]
	what := "people"
	if f.BetweenGroups {
		what = "groups"
	}
	v := &html.Matrix{Sub: p.T("examine.report.matrix-sub", "Few", few), Caption: p.T("examine.report.matrix-caption-" + what)}
	if left > 0 {
		v.Sub = p.T("examine.report.matrix-sub-left", "Few", few, "Shown", shown, "Left", left)
	}
	for _, from := range places {
		v.To = append(v.To, r.label(p, names, from))
		row := html.MatrixRow{From: r.label(p, names, from)}
		for _, to := range places {
			row.Cells = append(row.Cells, cellOf(p, cells[[2]string{from, to}]))
		}
		v.Rows = append(v.Rows, row)
	}
	v.Title = p.T("examine.report.matrix-even", "Share", percent(p, f.between().Of()))
	if b, ok := r.worstBetween(); ok {
		v.Title = p.T("examine.report.matrix-worst", "From", r.label(p, names, b.From), "To", r.label(p, names, b.To), "Share", percent(p, b.Of()), "N", b.N)
	}
	return v
}

func cellOf(p lang.Printer, s Share) html.Cell {
	switch {
	case s.N == 0:
		return html.Cell{Class: "h-none", None: true}
	case s.N < few:
		return html.Cell{Class: "h-few", Text: p.T("examine.report.few"), Of: p.Number(s.N)}
	}
	shade := 1
	for i, bound := range []float64{.10, .20, .30, .45} {
		if math.Round(s.Of()*100)/100 >= bound {
			shade = i + 2
		}
	}
	return html.Cell{Class: "h-" + strconv.Itoa(shade), Text: percent(p, s.Of()), Of: p.T("examine.chart.of-n", "N", s.N)}
}

// worstBetween is where most handovers came back beyond what is usual, if
// that is more than chance.
func (r Report) worstBetween() (worst Between, ok bool) {
	usual, most := r.Figures.between().Of(), 0.0
	for _, b := range r.Figures.Between {
		low, _ := b.Wilson()
		if excess := float64(b.Hits) - usual*float64(b.N); b.From != "" && b.To != "" && b.N >= few && low > usual && excess > most {
			worst, most, ok = b, excess, true
		}
	}
	return worst, ok
}

// todo is something to do first, and about how many cases it is.
type todo struct {
	html.Step
	weight float64
}

// first finds up to three things to do first. Each rests on a difference that
// is more than chance; when there is none, none is made up.
func (r Report) first(p lang.Printer, names map[string]string) (out []html.Step) {
	f, b := r.Figures, r.Backtest
	var list []todo
	add := func(key string, weight float64, params ...any) {
		list = append(list, todo{html.Step{Do: p.T("examine.first."+key, params...), Why: p.T("examine.first."+key+"-why", params...)}, weight})
	}
	if x, ok := r.worstBetween(); ok {
		usual := f.between().Of()
		add("between", float64(x.Hits)-usual*float64(x.N), "From", r.label(p, names, x.From), "To", r.label(p, names, x.To),
			"Hits", x.Hits, "N", x.N, "Share", percent(p, x.Of()), "Usual", percent(p, usual))
	}
	if len(f.ReturnsAt) > 1 && f.Returns >= few {
		if x := f.ReturnsAt[0]; x.Hits*5 >= f.Returns {
			add("activity", float64(x.Hits)/2, "What", x.Name, "Hits", x.Hits, "N", f.Returns, "Share", percent(p, Share{f.Returns, x.Hits}.Of()))
		}
	}
	if list, usual := r.passing(); len(list) > 1 {
		var worst Holder
		most := 0.0
		for _, h := range list {
			low, _ := h.Passed.Wilson()
			if excess := float64(h.Passed.Hits) - usual*float64(h.Passed.N); low > usual && excess > most {
				worst, most = h, excess
			}
		}
		if most > 0 {
			add("holder", most, "Who", names[worst.Name], "Hits", worst.Passed.Hits, "N", worst.Passed.N, "Share", percent(p, worst.Passed.Of()), "Usual", percent(p, usual))
		}
	}
	if missed := f.Deadlines.N - f.Deadlines.Hits; missed >= few {
		worst, most := -1, 0.0
		for i, k := range f.ByKind {
			_, high := k.Wilson()
			if excess := float64(k.N)*f.Deadlines.Of() - float64(k.Hits); k.Kind != "" && k.N >= few && high < f.Deadlines.Of() && excess > most {
				worst, most = i, excess
			}
		}
		if worst >= 0 {
			k := f.ByKind[worst]
			add("kind", most, "Kind", k.Kind, "Missed", k.N-k.Hits, "N", k.N, "Share", percent(p, k.Of()), "Usual", percent(p, f.Deadlines.Of()))
		} else if f.Deadlines.Of() < .9 {
			add("deadlines", float64(missed)/2, "Missed", missed, "N", f.Deadlines.N, "Share", percent(p, f.Deadlines.Of()))
		}
	}
	if share := f.unheldShare(); share >= .1 && f.Waits.Cases >= few {
		add("unheld", share*float64(f.Waits.Cases), "Cases", f.Waits.Cases, "Half", sayTime(p, f.Waits.Half), "Share", percent(p, share))
	}
	slices.SortStableFunc(list, func(a, b todo) int { return cmp.Compare(b.weight, a.weight) })
	room := 3
	quote := b.N >= 100 && b.Sharpness > 0 && b.Sharpness < 1 && b.High >= b.Quoted
	if quote {
		room--
	}
	for _, x := range list[:min(len(list), room)] {
		out = append(out, x.Step)
	}
	if quote {
		list = nil
		add("quote", 0, "N", b.N, "Kept", percent(p, b.Share()))
		out = append(out, list[0].Step)
	}
	return out
}
