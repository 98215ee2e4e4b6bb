package ui

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// Words prints in the reader's language and time zone. lang.Printer is one.
type Words interface {
	// T gives the sentence of a key; params are names and values in turn.
	T(key string, params ...any) string
	// Field words what is wrong with one input.
	Field(f errs.Field) string
	// Lang is the BCP 47 code that goes into the lang attribute.
	Lang() string
	// Now is the business clock, frozen for this page.
	Now() time.Time
	// Loc is the time zone in which days begin.
	Loc() *time.Location
	// Clock is "12:00". Times are time.Time, or what lang.Printer also reads.
	Clock(t any) string
	// Day is "Thu 12 Nov", Date "Thursday 12 November".
	Day(t any) string
	Date(t any) string
	// Moment is "Thu 12 Nov 12:00"; MomentLong has full names.
	Moment(t any) string
	MomentLong(t any) string
	// Rel is "in 18 min", Late is "18 min late", Ago is "18 min ago".
	Rel(t any) string
	Late(t any) string
	Ago(t any) string
}

type wordsKey struct{}

// With puts the page's words in the context. The layouts and Fragment do it;
// only tests of a single component need it themselves.
func With(ctx context.Context, w Words) context.Context {
	return context.WithValue(ctx, wordsKey{}, w)
}

// W gives the page's words. Rendering a component outside a layout is a
// programming error, and panics.
func W(ctx context.Context) Words {
	w, ok := ctx.Value(wordsKey{}).(Words)
	if !ok {
		panic("ui: component rendered outside Desk, Portal, Plain, Fragment or With: no words in the context")
	}
	return w
}

// T gives a sentence in the language of the page.
func T(ctx context.Context, key string, params ...any) string { return W(ctx).T(key, params...) }

// absolute is the clock time today, and day with clock time otherwise.
func absolute(w Words, t time.Time) string {
	if sameDay(w, t, w.Now()) {
		return w.Clock(t)
	}
	return w.Moment(t)
}

func sameDay(w Words, a, b time.Time) bool {
	ay, am, ad := a.In(w.Loc()).Date()
	by, bm, bd := b.In(w.Loc()).Date()
	return ay == by && am == bm && ad == bd
}

// relative is for what is due: time left, or how late it is.
func relative(w Words, t time.Time) string {
	if t.Before(w.Now()) {
		return w.Late(t)
	}
	return w.Rel(t)
}

// ticks says whether the script may keep the relative time current. Further
// away the words are days, and those only change with the page.
func ticks(w Words, t time.Time) bool {
	d := t.Sub(w.Now())
	return d < 24*time.Hour && d > -24*time.Hour
}

func stamp(w Words, t time.Time) string { return t.In(w.Loc()).Format(time.RFC3339) }

// TimeLeft is the time left in whole words for customers, "1 hour and 18
// minutes left"; empty when the time has passed or is a day or more away,
// because then the date says it better.
func TimeLeft(ctx context.Context, t time.Time) string {
	w := W(ctx)
	left := int(t.Sub(w.Now()).Round(time.Minute) / time.Minute)
	switch {
	case left <= 0 || left >= 24*60:
		return ""
	case left < 60:
		return w.T("ui.portal.minutes", "M", left)
	case left < 3*60 && left%60 != 0:
		return w.T("ui.portal.both", "H", left/60, "M", left%60)
	}
	return w.T("ui.portal.hours", "H", left/60)
}

// ClockFull is the clock time as customers read it: "12:00 uur", unbreakable.
func ClockFull(ctx context.Context, t time.Time) string {
	w := W(ctx)
	return w.T("ui.portal.clock", "Time", w.Clock(t))
}

// Errors are the inputs to mend, in the order of the form.
type Errors []FieldError

// FieldError is one input that must be mended. Field is the input's name.
type FieldError struct{ Field, Message string }

// For gives the message of an input, or "".
func (e Errors) For(field string) string {
	for _, f := range e {
		if f.Field == field {
			return f.Message
		}
	}
	return ""
}

// ErrorsOf reads the inputs to mend out of an error, with their sentences.
// Paths are the names of the inputs. Any other error gives none.
func ErrorsOf(w Words, err error) Errors {
	e, ok := errs.As(err)
	if !ok {
		return nil
	}
	var out Errors
	for _, f := range e.Fields {
		out = append(out, FieldError{Field: f.Path, Message: w.Field(f)})
	}
	return out
}

// clientWords are the words the script needs, with {n}, {h} and {m} left for
// it to fill in: the server's language, never the browser's.
func clientWords(w Words) string {
	words := map[string]string{
		"now":     w.T("ui.tick.now"),
		"in-m":    w.T("ui.tick.in-m", "M", "{m}"),
		"in-hm":   w.T("ui.tick.in-hm", "H", "{h}", "M", "{m}"),
		"in-h":    w.T("ui.tick.in-h", "H", "{h}"),
		"late-0":  w.T("ui.tick.late-0"),
		"late-m":  w.T("ui.tick.late-m", "M", "{m}"),
		"late-hm": w.T("ui.tick.late-hm", "H", "{h}", "M", "{m}"),
		"late-h":  w.T("ui.tick.late-h", "H", "{h}"),
		"ago-0":   w.T("ui.tick.ago-0"),
		"ago-hm":  w.T("ui.tick.ago-hm", "H", "{h}", "M", "{m}"),
		"ago-m":   w.T("ui.tick.ago-m", "M", "{m}"),
		"ago-h":   w.T("ui.tick.ago-h", "H", "{h}"),
		"unsaved": w.T("ui.script.unsaved"),
		"changed": w.T("ui.script.changed"),
		"show":    w.T("ui.script.show"),
		"draft":   w.T("ui.script.draft"),
		"close":   w.T("ui.close"),
		"discard": w.T("ui.script.discard"),
		"lost":    w.T("ui.script.locked"),
	}
	b, err := json.Marshal(words)
	if err != nil { // a map of strings always marshals
		panic(err)
	}
	return string(b)
}

// Span is a piece of rich text.
type Span struct {
	Text string
	Bold bool
}

// spans cuts a rich text at its ** marks. An unpaired mark is kept as text.
func spans(s string) []Span {
	parts := strings.Split(s, "**")
	if len(parts)%2 == 0 {
		last := len(parts) - 2
		parts = append(parts[:last], parts[last]+"**"+parts[last+1])
	}
	var out []Span
	for i, p := range parts {
		if p != "" {
			out = append(out, Span{Text: p, Bold: i%2 == 1})
		}
	}
	return out
}
