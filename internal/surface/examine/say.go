package examine

import (
	"embed"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kit/lang"
)

//go:embed lang/*.toml
var texts embed.FS

// Lang holds the sentences.
var Lang = lang.Source{FS: texts, Dir: "lang"}

// WriteMapping says which column was taken for what, before any figure.
func WriteMapping(w io.Writer, l *Log, file string, p lang.Printer) error {
	var b strings.Builder
	format := l.Format
	if format == "csv" {
		format += map[string]string{",": "-comma", ";": "-semicolon", "\t": "-tab", "|": "-bar"}[l.Separator]
	}
	if p.Has("examine.format." + format) {
		format = p.T("examine.format." + format)
	}
	if l.Packed {
		format += ", " + p.T("examine.format.packed")
	}
	fmt.Fprintf(&b, "%s %s\n", p.T("examine.mapping", "File", file), format)
	for r := range roles {
		name := l.Mapping.Name(r)
		if name == "" {
			if r == Clock || r == Group || r == Start {
				continue
			}
			name = p.T("examine.unmapped")
		}
		if l.Mapping.Chosen[r] {
			name += " " + p.T("examine.asked")
		}
		fmt.Fprintf(&b, "  %-16s%s\n", p.T("examine.role."+r.Flag()), name)
	}
	for _, note := range l.timeNotes(p) {
		fmt.Fprintf(&b, "  %s\n", note)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// timeNotes say what was decided about times that can be read in two ways.
func (l *Log) timeNotes(p lang.Printer) (out []string) {
	for _, r := range []Role{When, Start, Deadline, End} {
		name, t := l.Mapping.Name(r), l.Mapping.Times[r]
		if name == "" {
			continue
		}
		if t.Order != "" {
			key := "examine.times." + t.Order
			if !t.Decided {
				key += "-guess"
			}
			out = append(out, p.T(key, "Column", name))
		}
		if t.Unit != "" {
			out = append(out, p.T("examine.times.unit", "Column", name, "Unit", t.Unit))
		}
		if t.Zoneless {
			out = append(out, p.T("examine.times.zone", "Column", name, "Zone", l.Zone.String()))
		}
	}
	return out
}

// Notes say what was left out, and what was not as one would expect.
func (t Trouble) Notes(p lang.Printer) (out []string) {
	for _, x := range []struct {
		key string
		n   int64
	}{
		{"no-case", t.NoCase}, {"no-time", t.NoTime}, {"bad-time", t.BadTime}, {"impossible", t.Impossible}, {"ragged", t.Ragged}, {"quotes", t.Quotes},
		{"no-who", t.NoWho}, {"bad-dates", t.BadDates}, {"changed", t.Changed}, {"unordered", int64(t.Unordered)},
	} {
		if x.n > 0 {
			out = append(out, p.T("examine.trouble."+x.key, "Count", x.n))
		}
	}
	if t.TooMany {
		out = append(out, p.T("examine.trouble.too-many", "Count", most))
	}
	return out
}

// WriteText says the findings in a few lines.
func WriteText(w io.Writer, l *Log, f *Figures, b promise.BacktestResult, p lang.Printer) error {
	lines := []string{p.T("examine.said.cases", "Cases", f.Cases, "Events", f.Events, "People", f.People, "First", p.Date(f.First), "Last", p.Date(f.Last))}
	switch {
	case f.People == 0:
		lines = append(lines, p.T("examine.said.nobody"))
	case f.Returns == 0:
		lines = append(lines, p.T("examine.said.no-returns", "Handovers", f.Handovers))
	default:
		lines = append(lines, p.T("examine.said.returns", "Fraction", fraction(p, Share{f.Cases, f.CasesWithReturn}), "Cases", f.CasesWithReturn,
			"Returns", f.Returns, "Handovers", f.Handovers))
	}
	lines = append(lines, p.T("examine.said.leads", "Half", sayTime(p, f.Quantile(.5)), "Ninety", sayTime(p, f.Quantile(.9))))
	if f.Deadlines.N > 0 {
		low, high := f.Deadlines.Wilson()
		lines = append(lines, p.T("examine.said.deadlines", "Kept", f.Deadlines.Hits, "N", f.Deadlines.N,
			"Share", percent(p, f.Deadlines.Of()), "Low", percent(p, low), "High", percent(p, high)))
	} else {
		lines = append(lines, p.T("examine.said.no-deadlines"))
	}
	if b.N > 0 {
		lines = append(lines, p.T("examine.said.backtest", "Quoted", percent(p, b.Quoted), "N", b.N, "Kept", percent(p, b.Share()), "Low", percent(p, b.Low), "High", percent(p, b.High),
			"Declined", b.Declined), p.T("examine.said.sharpness", "Sharpness", math.Round(b.Sharpness*100)/100))
	} else {
		lines = append(lines, p.T("examine.said.no-backtest"))
	}
	lines = append(lines, l.Trouble.Notes(p)...)
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}

// percent is a share in whole percents.
func percent(p lang.Printer, share float64) string {
	return p.Number(int64(math.Round(share*100))) + "%"
}

// sayTime is a length of time in the unit that fits it.
func sayTime(p lang.Printer, d time.Duration) string {
	switch {
	case d < 90*time.Minute:
		return p.T("examine.minutes", "N", int64(math.Round(d.Minutes())))
	case d < 48*time.Hour:
		return p.T("examine.hours", "N", math.Round(d.Hours()*10)/10)
	}
	return p.T("examine.days", "N", math.Round(d.Hours()/24*10)/10)
}

// fraction says a share as people do: one in eight cases.
func fraction(p lang.Printer, s Share) string {
	share := s.Of()
	switch {
	case s.Hits == 0:
		return p.T("examine.fraction.none")
	case s.Hits == s.N:
		return p.T("examine.fraction.all")
	case share >= .45 && share <= .55:
		return p.T("examine.fraction.half")
	case share > .55 || share < .095:
		return p.T("examine.fraction.share", "Share", percent(p, share))
	}
	n := math.Round(1 / share)
	number := p.T(fmt.Sprintf("examine.number.%d", int(n)))
	if share < 1/n*.985 {
		return p.T("examine.fraction.almost", "N", number)
	}
	return p.T("examine.fraction.one-in", "N", number)
}
