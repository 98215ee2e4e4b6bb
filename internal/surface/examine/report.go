package examine

import (
	"context"
	"io"
	"math"
	"time"

	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web/ui"
	"github.com/houvast/houvast/internal/surface/examine/html"
)

// Report is what an examination found.
type Report struct {
	File     string
	Log      *Log
	Figures  *Figures
	Backtest promise.BacktestResult
	Names    bool // name people as the log does
	Version  string
}

// Mark stands in every report, so that one is never taken for another file.
const Mark = `content="Houvast examine"`

// WriteHTML writes the report as one page that stands on its own.
func WriteHTML(ctx context.Context, w io.Writer, r Report, p lang.Printer) error {
	style, err := ui.StyleSheet("tokens.css", "base.css", "insight.css")
	if err != nil {
		return err
	}
	v := r.view(p)
	v.Style = style
	return html.Report(v).Render(ui.With(ctx, p), w)
}

func (r Report) view(p lang.Printer) html.View {
	f, b := r.Figures, r.Backtest
	names := r.nameless(p)
	v := html.View{Lang: p.Lang(), Title: r.title(p), Sub: r.sub(p),
		Eyebrow:   p.T("examine.report.eyebrow", "File", Title(r.File), "First", plainDate(p, f.First), "Last", plainDate(p, f.Last)),
		Version:   p.T("examine.report.made", "Version", r.Version, "At", p.Moment(p.Now())),
		Handovers: r.handovers(p), Returns: r.returns(p), Leads: r.leads(p), Kinds: r.kinds(p), Holders: r.holders(p, names), Unheld: r.unheld(p),
		Matrix: r.matrix(p, names), First: r.first(p, names), Data: r.data(p), Method: r.method(p)}
	v.Tally = []html.Figure{{Label: p.T("examine.report.tally.cases"), Text: p.Number(f.Cases)}}
	if f.People > 0 {
		v.Tally = append(v.Tally, html.Figure{Label: p.T("examine.report.tally.handovers"), Text: p.Number(math.Round(float64(f.Handovers)/float64(f.Cases)*10) / 10)},
			html.Figure{Label: p.T("examine.report.tally.returned"), Text: percent(p, Share{f.Cases, f.CasesWithReturn}.Of())})
	}
	v.Tally = append(v.Tally, html.Figure{Label: p.T("examine.report.tally.ninety"), Text: sayTime(p, f.Quantile(.9))})
	if f.Deadlines.N > 0 {
		v.Tally = append(v.Tally, html.Figure{Label: p.T("examine.report.tally.deadlines"), Text: percent(p, f.Deadlines.Of())})
	}
	if b.N > 0 {
		v.Backtest, v.Claims = r.backtest(p), r.claims(p)
	}
	v.Sharpness, v.SharpnessText = r.sharpness(p)
	for role := range roles {
		if name := r.Log.Mapping.Name(role); name != "" {
			v.Columns = append(v.Columns, html.Pair{Name: p.T("examine.role." + role.Flag()), Text: name})
		}
	}
	return v
}

// title is the finding in one sentence.
func (r Report) title(p lang.Printer) string {
	f := r.Figures
	if f.CasesWithReturn > 0 {
		return p.T("examine.report.title.returns", "Fraction", fraction(p, Share{f.Cases, f.CasesWithReturn}))
	}
	return p.T("examine.report.title.leads", "Half", sayTime(p, f.Quantile(.5)), "Ninety", sayTime(p, f.Quantile(.9)))
}

func (r Report) sub(p lang.Printer) string {
	f, b := r.Figures, r.Backtest
	out := ""
	if never, back := f.ByReturns[0], returned(f); len(never) > 0 && len(back) > 0 {
		out = p.T("examine.report.sub.returns", "Back", sayTime(p, micro(median(back))), "Never", sayTime(p, micro(median(never)))) + " "
	}
	switch {
	case b.N < fewQuotes:
		return out + p.T("examine.report.sub.too-little")
	case b.Sharpness > 0 && b.Sharpness < 1 && b.High >= b.Quoted:
		return out + p.T("examine.report.sub.honest", "Quoted", percent(p, b.Quoted), "Kept", percent(p, b.Share()))
	}
	return out + p.T("examine.report.sub.not-yet", "Quoted", percent(p, b.Quoted), "Kept", percent(p, b.Share()))
}

// fewQuotes is below how many tried promises nothing is concluded from them.
const fewQuotes = 30

// nameless gives everybody a number, by how many cases they had, unless the
// report may name them. A team that stands for who had a case keeps its name.
func (r Report) nameless(p lang.Printer) map[string]string {
	m := r.Log.Mapping
	out := make(map[string]string, len(r.Figures.Holders))
	for i, h := range r.Figures.Holders {
		out[h.Name] = h.Name
		if !r.Names && m.Of[Who] != m.Of[Group] {
			out[h.Name] = p.T("examine.report.person", "N", i+1)
		}
	}
	return out
}

// data says what the log could and could not tell.
func (r Report) data(p lang.Printer) []string {
	f, t := r.Figures, r.Log.Trouble
	out := []string{p.T("examine.report.data-read", "Lines", t.Lines, "Events", f.Events, "Cases", f.Cases)}
	out = append(out, t.Notes(p)...)
	out = append(out, r.Log.timeNotes(p)...)
	if f.Deadlines.N > 0 && f.Deadlines.N < f.Cases {
		out = append(out, p.T("examine.report.data-deadlines", "N", f.Deadlines.N, "Cases", f.Cases))
	}
	return append(out, p.T("examine.report.data-open"), p.T("examine.report.data-calls"))
}

func (r Report) method(p lang.Printer) []string {
	out := []string{p.T("examine.report.method-holder"), p.T("examine.report.method-return"), p.T("examine.report.method-time"),
		p.T("examine.report.method-intervals", "Seed", seed, "Draws", draws), p.T("examine.report.method-backtest", "Quoted", percent(p, Quoted)),
		p.T("examine.report.method-history")}
	if r.Names {
		return append(out, p.T("examine.report.method-named"))
	}
	return append(out, p.T("examine.report.method-names"))
}

// plainDate is a date without its weekday.
func plainDate(p lang.Printer, t time.Time) string {
	t = t.In(p.Loc())
	return p.T("examine.report.date", "Day", t.Day(), "Month", p.T("examine.month."+t.Format("01")), "Year", t.Format("2006"))
}

func median(sorted []int64) int64 { return sorted[(len(sorted)+1)/2-1] }

// returned are the lead times of all cases that came back, sorted.
func returned(f *Figures) []int64 {
	n := 0
	for _, list := range f.ByReturns[1:] {
		n += len(list)
	}
	out := make([]int64, 0, n)
	for _, list := range f.ByReturns[1:] {
		out = append(out, list...)
	}
	return sorted(out)
}
