package ui

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// AdvisorView is what was managed before, as an advice for what to promise.
type AdvisorView struct {
	Text  string // "9 of 10 times we manage this by Thursday 16:00."
	Basis string // "Based on 60 earlier test dates through Zuiderhof."
	// Bars are how many took how long, from soonest to latest; the first Cut
	// of them lie before the advised time.
	Bars []int
	Cut  int
	// Share is written at the cut, the others under the axis.
	Share, Start, At, End string
	Label                 string // the sentence that says what the bars show
}

// Advisor draws the advice with its record, so that it can be judged.
func Advisor(v AdvisorView) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, advisor(v))
		return err
	})
}

func advisor(v AdvisorView) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<div class="advisor"><div><p>%s</p><p class="xs soft">%s</p></div>`, esc(v.Text), esc(v.Basis))
	most := 0
	for _, n := range v.Bars {
		most = max(most, n)
	}
	if most == 0 {
		return b.String() + `</div>` // no record yet: the words alone
	}
	pitch := 282 / float64(len(v.Bars))
	cut := 4 + pitch*float64(v.Cut)
	fmt.Fprintf(&b, `<svg viewBox="0 0 290 92" role="img" aria-label="%s">`, esc(v.Label))
	for i, n := range v.Bars {
		class := "f-brand"
		if i >= v.Cut {
			class = "f-soft"
		}
		h := 56 * float64(n) / float64(most)
		if n > 0 {
			h = max(h, 3)
		}
		fmt.Fprintf(&b, `<rect x="%s" y="%s" width="%s" height="%s" rx="3" class="%s"/>`, num(4+pitch*float64(i)+pitch*.08), num(66-h), num(pitch*.84), num(h), class)
	}
	anchor, x := "end", cut-5
	if cut < 60 {
		anchor, x = "start", cut+5
	}
	fmt.Fprintf(&b, `<path d="M2 66.5H288" class="g-base"/><path d="M%s 4v66" class="a-cut"/><text x="%s" y="12" text-anchor="%s" class="strong">%s</text>`, num(cut), num(x), anchor, esc(v.Share))
	fmt.Fprintf(&b, `<text x="4" y="84">%s</text>`, esc(v.Start))
	if cut > 90 && cut < 200 { // the two at the ends have room
		fmt.Fprintf(&b, `<text x="%s" y="84" text-anchor="middle">%s</text>`, num(cut), esc(v.At))
	}
	fmt.Fprintf(&b, `<text x="286" y="84" text-anchor="end">%s</text></svg></div>`, esc(v.End))
	return b.String()
}

// HoursRail draws the opening hours of one day, from 7 to 21 o'clock, beside
// the field they are typed in. Minutes count from midnight.
func HoursRail(intervals [][2]int) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		x := func(minute int) float64 {
			return 4 + 232*float64(min(max(minute, 7*60), 21*60)-7*60)/(14*60)
		}
		var b strings.Builder
		b.WriteString(`<svg viewBox="0 0 240 20" aria-hidden="true"><path class="g-line" d="M4 10H236"/>`)
		for h := 7; h <= 21; h += 2 {
			fmt.Fprintf(&b, `<path class="g-line" d="M%s 6v8"/>`, num(x(h*60)))
		}
		for _, i := range intervals {
			if i[1] > i[0] {
				fmt.Fprintf(&b, `<rect class="f-brand" x="%s" y="5" width="%s" height="10" rx="3"/>`, num(x(i[0])), num(x(i[1])-x(i[0])))
			}
		}
		b.WriteString(`</svg>`)
		_, err := io.WriteString(w, b.String())
		return err
	})
}
