package casefile

import (
	"fmt"
	"strconv"

	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// stepWords is a step that is still to come.
func stepWords(words lang.Printer, x promise.SeriesStep) string {
	what := oneLine(x.What)
	switch {
	case !x.Due.IsZero():
		var from any
		if !x.From.IsZero() {
			from = x.From
		}
		return words.T("promise.ahead.at", "What", what, "From", from, "Due", x.Due)
	case x.Unit == promise.Hours:
		return words.T("promise.ahead.hours", "What", what, "Count", x.After)
	}
	return words.T("promise.ahead.days", "What", what, "Count", x.After)
}

// againWords says when something comes again; empty when it does not.
func againWords(words lang.Printer, r promise.Rule, dates []promise.Occurrence) string {
	if len(dates) == 0 {
		return ""
	}
	key := string(r.Unit)
	if r.Unit == promise.Monthly && r.Nth != 0 {
		key = "nth"
	}
	names := make([]string, len(r.Days))
	for i, d := range r.Days {
		names[i] = words.T("weekday." + strconv.Itoa(int(d)))
	}
	nth := "last"
	if r.Nth > 0 {
		nth = strconv.Itoa(r.Nth)
	}
	return words.T("promise.again."+key, "Every", r.Every, "Days", words.List(names), "Day", r.Day, "Nth", words.T("promise.nth."+nth),
		"At", fmt.Sprintf("%02d:%02d", r.Minute/60, r.Minute%60), "Until", dates[len(dates)-1].Due, "Count", len(dates))
}

// maxPast is how many steps that are done a page shows; the timeline has all.
const maxPast = 20

// seriesLines are a series as people read it: what is done, what is promised
// now, and what comes after that.
func seriesLines(words lang.Printer, x promise.Outline, keeper func(promise.Promise) string) (out []ui.DoneView) {
	for _, p := range x.Past[max(0, len(x.Past)-maxPast):] {
		if p.Kind != promise.Duty {
			out = append(out, ui.DoneView{State: stateOf(p, words.Now()), Text: oneLine(p.What), When: words.MomentLong(p.EndedAt)})
		}
	}
	if x.Now.ID != "" && x.Now.Kind != promise.Duty && x.Now.Told != promise.Untold {
		p := x.Now
		p.What = oneLine(p.What)
		out = append(out, ui.DoneView{State: stateOf(p, words.Now()), Text: promiseWords(words, p, keeper(p)), When: words.Rel(p.Due)})
	}
	for _, y := range x.Steps {
		out = append(out, ui.DoneView{Icon: "clock", Text: stepWords(words, y)})
	}
	if again := againWords(words, x.Rule, x.Dates); again != "" {
		out = append(out, ui.DoneView{Icon: "refresh-cw", Text: again})
	}
	return out
}

// goesOn are the series of which more is to come, or that stand now.
func goesOn(list []promise.Outline) (out []promise.Outline) {
	for _, x := range list {
		if x.State == promise.Open {
			out = append(out, x)
		}
	}
	return out
}
