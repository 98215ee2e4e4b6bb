package ui

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"
)

// RailMark is a promise on a rail. Label is written beside it on OwnerRail.
type RailMark struct {
	At    time.Time
	State PromiseState
	Label string
}

// Window is a stretch of time, such as a callback window.
type Window struct{ From, To time.Time }

// DayRailView is a day at a glance. Label is the sentence that says the same:
// "Your day from 8:00 to 18:00. Twelve promises kept so far, …".
type DayRailView struct {
	From, To    time.Time
	Marks       []RailMark
	Windows     []Window
	Label       string
	WindowsWord string // what Windows are, for the legend
}

// The drawing, in units of its own viewBox.
const (
	dayLeft, dayRight = 20.0, 1140.0
	dayBase           = 44.0
	dayStep           = 13.0 // between marks at the same time
)

// DayRail draws the promises of a day along its hours. It is an overview: rows
// below it say everything, and on a narrow screen it is left out.
func DayRail(v DayRailView) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if !v.To.After(v.From) {
			return fmt.Errorf("ui: day rail from %v to %v", v.From, v.To)
		}
		_, err := io.WriteString(w, dayRail(W(ctx), v))
		return err
	})
}

func dayRail(words Words, v DayRailView) string {
	x := scale(v.From, v.To, dayLeft, dayRight)
	var b strings.Builder
	for t := nextHour(v.From, words.Loc()); !t.After(v.To); t = t.Add(time.Hour) {
		fmt.Fprintf(&b, `<path class="g-line" d="M%s 44v6"/><text x="%s" y="64" text-anchor="middle">%s</text>`, num(x(t)), num(x(t)), esc(words.Clock(t)))
	}
	for _, win := range v.Windows {
		from, to := x(win.From), x(win.To)
		if to > from {
			fmt.Fprintf(&b, `<rect x="%s" y="42" width="%s" height="4" rx="2" class="f-brand"/>`, num(from+1.5), num(max(to-from-3, 2)))
		}
	}
	top := 8.0
	height := map[string]int{} // marks so far at a place
	for _, m := range v.Marks {
		at := num(x(m.At))
		y := dayBase - 10 - dayStep*float64(height[at])
		height[at]++
		top = min(top, y-dayStep)
		b.WriteString(mark(m.State, x(m.At), y))
	}
	if now := words.Now(); !now.Before(v.From) && !now.After(v.To) {
		anchor := "middle"
		if nx := x(now); nx < dayLeft+40 {
			anchor = "start"
		} else if nx > dayRight-40 {
			anchor = "end"
		}
		fmt.Fprintf(&b, `<path d="M%s %sV50" class="s-brand"/><text x="%s" y="%s" text-anchor="%s" class="now-t">%s</text>`,
			num(x(now)), num(top), num(x(now)), num(top-5), anchor, esc(words.T("ui.rail.now", "Time", words.Clock(now))))
	}
	top -= 18
	return fmt.Sprintf(`<div class="dayrail">%s<svg viewBox="0 %s 1160 %s" role="img" aria-label="%s"><path class="g-base" d="M20 44H1140"/>%s</svg></div>`,
		dayLegend(words, v), num(top), num(68-top), esc(v.Label), b.String())
}

// dayLegend names the marks that occur, and only those.
func dayLegend(words Words, v DayRailView) string {
	seen := map[PromiseState]bool{}
	for _, m := range v.Marks {
		seen[m.State] = true
	}
	var b strings.Builder
	item := func(drawing, word string) {
		fmt.Fprintf(&b, `<li><svg viewBox="0 0 16 16" aria-hidden="true">%s</svg>%s</li>`, drawing, esc(word))
	}
	for _, s := range PromiseStates() {
		if seen[s] {
			item(mark(s, 8, 8), words.T("ui.state."+string(s)))
		}
	}
	if len(v.Windows) > 0 && v.WindowsWord != "" {
		item(`<rect x="0" y="6" width="16" height="4" rx="2" class="f-brand"/>`, v.WindowsWord)
	}
	return `<ul class="legend" aria-hidden="true">` + b.String() + `</ul>`
}

// mark draws a state by shape as well as by colour.
func mark(s PromiseState, x, y float64) string {
	cx, cy := num(x), num(y)
	switch s {
	case Kept:
		return fmt.Sprintf(`<circle cx="%s" cy="%s" r="4.5" class="f-kept m-past"/>`, cx, cy)
	case AtRisk:
		return fmt.Sprintf(`<path d="M%s %sl6.3 11.2h-12.6Z" class="f-risk"/>`, cx, num(y-6.5))
	case Broken:
		return fmt.Sprintf(`<path d="M%s %sl8 8m0-8l-8 8" class="m-broken"/>`, num(x-4), num(y-4))
	}
	return fmt.Sprintf(`<circle cx="%s" cy="%s" r="4.3" class="m-ring m-%s"/>`, cx, cy, string(s))
}

// OwnerSpanKind says how a case was held for a while.
type OwnerSpanKind string

// A solid line is somebody who has it; a dashed one was handed over and not
// accepted; a dotted red one is nobody.
const (
	Held    OwnerSpanKind = "held"
	Offered OwnerSpanKind = "offered"
	Nobody  OwnerSpanKind = "nobody"
)

// OwnerSpan is one stretch of ownership. A zero To is "until now".
type OwnerSpan struct {
	Kind     OwnerSpanKind
	Name     string // "Nadia", or "Karin, Zuiderhof"
	Note     string // "not accepted"
	From, To time.Time
}

// OwnerRailView is who had a case, over time. Label is the sentence that says
// the same in full.
type OwnerRailView struct {
	Spans []OwnerSpan
	Marks []RailMark
	Label string
	// Title names the scrolling box the rail stands in: "Owners over time".
	Title string
	// Until ends the rail for a closed case; zero is now.
	Until time.Time
}

const (
	ownLeft, ownRight = 10.0, 1030.0
)

// OwnerRail draws who had a case.
func OwnerRail(v OwnerRailView) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if len(v.Spans) == 0 {
			return nil
		}
		_, err := io.WriteString(w, ownerRail(ctx, v))
		return err
	})
}

func ownerRail(ctx context.Context, v OwnerRailView) string {
	words := W(ctx)
	end := v.Until
	if end.IsZero() {
		end = words.Now()
	}
	from, to := v.Spans[0].From, end
	for _, s := range v.Spans {
		if s.From.Before(from) {
			from = s.From
		}
	}
	for _, m := range v.Marks {
		if m.At.After(to) {
			to = m.At
		}
		if m.At.Before(from) {
			from = m.At
		}
	}
	if !to.After(from) {
		to = from.Add(time.Hour) // a case that was opened this minute
	}
	x := scale(from, to, ownLeft, ownRight)

	var b strings.Builder
	for _, t := range railTicks(from, to, words.Loc()) {
		label := words.Day(t.at)
		if t.hour {
			label = words.Clock(t.at)
		}
		fmt.Fprintf(&b, `<path class="g-line" d="M%s 40v10"/>`, num(x(t.at)))
		if x(t.at) < ownRight-20 {
			fmt.Fprintf(&b, `<text class="dim" x="%s" y="70">%s</text>`, num(x(t.at)+4), esc(label))
		}
	}
	var names [2]float64 // where the last label of each row ends
	for _, s := range v.Spans {
		until := s.To
		current := until.IsZero()
		if current {
			until = end
		}
		x1, x2 := x(s.From), x(until)
		switch s.Kind {
		case Offered:
			fmt.Fprintf(&b, `<path d="M%s 34V24H%s" class="r-offered"/>`, num(x1), num(x2))
		case Nobody:
			fmt.Fprintf(&b, `<path d="M%s 34H%s" class="r-nobody"/>`, num(x1), num(x2))
		default:
			class := "r-past"
			if current {
				class = "r-held"
			}
			fmt.Fprintf(&b, `<path d="M%s 34H%s" class="%s"/>`, num(x1), num(x2), class)
		}
		b.WriteString(ownerName(words, s, x1, &names))
	}
	for i, s := range v.Spans {
		if s.Kind == Held && i > 0 {
			fmt.Fprintf(&b, `<circle cx="%s" cy="34" r="6" class="r-change"/>`, num(x(s.From)))
		}
	}
	for _, m := range v.Marks {
		at := x(m.At)
		fmt.Fprintf(&b, `<g transform="translate(%s 26)" class="r-mark is-%s"><circle cx="8" cy="8" r="9.5" class="f-surface"/><use href="%s" width="16" height="16"/></g>`, num(at-8), string(m.State), use(ctx, string(m.State)))
		if m.Label != "" {
			fmt.Fprintf(&b, `<text x="%s" y="39" class="strong">%s</text>`, num(at+14), esc(m.Label))
		}
	}
	if v.Until.IsZero() {
		fmt.Fprintf(&b, `<path d="M%s 22v28" class="s-brand"/><text x="%s" y="70" text-anchor="middle" class="now-t">%s</text>`, num(x(end)), num(x(end)), esc(words.T("ui.rail.now", "Time", words.Clock(end))))
	}
	return fmt.Sprintf(`<div class="rail__wrap" tabindex="0" role="group" aria-label="%s"><svg class="rail__svg" viewBox="0 -8 1120 86" role="img" aria-label="%s">%s</svg></div>`, esc(v.Title), esc(v.Label), b.String())
}

// ownerName writes who it was above the line, if there is room: names of
// holders in one row, of those who were asked in a row above it.
func ownerName(words Words, s OwnerSpan, x float64, ends *[2]float64) string {
	row, y, class := 0, 18.0, "strong"
	name, note, noteClass := s.Name, s.Note, "rt-risk"
	switch s.Kind {
	case Offered:
		row, y, class = 1, 2, ""
	case Nobody:
		name, note, class = words.T("ui.rail.nobody"), "", "rt-broken"
	}
	text := name
	if note != "" {
		text += " " + note
	}
	width := 7.2 * float64(utf8.RuneCountInString(text))
	x = max(min(x+2, 1115-width), 0)
	if x < ends[row] {
		return ""
	}
	ends[row] = x + width + 8
	out := fmt.Sprintf(`<text class="%s" x="%s" y="%s">%s`, class, num(x), num(y), esc(name))
	if note != "" {
		out += fmt.Sprintf(` <tspan class="%s">%s</tspan>`, noteClass, esc(note))
	}
	return out + `</text>`
}

type tick struct {
	at   time.Time
	hour bool
}

// railTicks are midnights, or hours for less than two days; never more than
// eleven, so that labels do not meet.
func railTicks(from, to time.Time, loc *time.Location) []tick {
	var out []tick
	if to.Sub(from) < 36*time.Hour {
		step := time.Hour
		for _, h := range []int{1, 2, 3, 4, 6} {
			step = time.Duration(h) * time.Hour
			if to.Sub(from)/step <= 10 {
				break
			}
		}
		for t := nextHour(from, loc); t.Before(to); t = t.Add(step) {
			out = append(out, tick{t, true})
		}
		return out
	}
	days := int(to.Sub(from)/(24*time.Hour)) + 1
	step := 1
	for _, n := range []int{1, 2, 3, 7, 14, 28, 56, 91, 182, 364} {
		step = n
		if days/n <= 10 {
			break
		}
	}
	y, m, d := from.In(loc).Date()
	for t := time.Date(y, m, d+1, 0, 0, 0, 0, loc); t.Before(to); t = t.AddDate(0, 0, step) {
		out = append(out, tick{t, false})
	}
	return out
}

// scale maps a stretch of time on a stretch of the drawing; what lies outside
// is drawn at its edge.
func scale(from, to time.Time, left, right float64) func(time.Time) float64 {
	return func(t time.Time) float64 {
		f := float64(t.Sub(from)) / float64(to.Sub(from))
		return left + (right-left)*min(max(f, 0), 1)
	}
}

// nextHour is the first full hour at or after t, by the clock on the wall.
func nextHour(t time.Time, loc *time.Location) time.Time {
	l := t.In(loc)
	past := time.Duration(l.Minute())*time.Minute + time.Duration(l.Second())*time.Second + time.Duration(l.Nanosecond())
	if past == 0 {
		return l
	}
	return l.Add(time.Hour - past)
}

func num(f float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
}

func esc(s string) string { return templ.EscapeString(s) }
