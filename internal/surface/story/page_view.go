package story

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web/ui"
	"github.com/houvast/houvast/internal/surface/story/html"
)

// pageOf words a story: both sides, what was counted, and what explains the
// difference. Nothing on it that the replay did not find.
func pageOf(w lang.Printer, r, bare *Result) html.View {
	v := html.View{Title: r.Title.In(w.Lang()), Summary: r.Summary.In(w.Lang()), Tally: tally(w, r),
		WasOutcome: r.Happened.Outcome.In(w.Lang()), IsOutcome: r.Houvast.Outcome.Text.In(w.Lang()),
		Made: madeTheDifference(w, r, bare), Unchanged: unchanged(w, r),
		Method: w.T("stories.method", "Steps", r.Steps, "Expectations", r.Expectations, "Failed", r.Failed, "Checks", held(r), "Violations", r.Violations)}
	days := daysLasted(r)
	if len(days) == 0 {
		return v
	}
	v.When = w.T("stories.when", "From", date(w, days[0].date), "To", date(w, days[len(days)-1].date))
	v.Story = ui.StoryView{Left: w.T("stories.left"), LeftNote: w.T("stories.left-note"), Right: w.T("stories.right"), RightNote: w.T("stories.right-note"),
		Days: storyDays(w, r, days)}
	return v
}

// tally compares what was counted from the text with what the replay measured.
func tally(w lang.Printer, r *Result) []ui.TallyItem {
	h, was := r.Houvast, r.Happened
	item := func(key string, was, is int) ui.TallyItem {
		return ui.TallyItem{Label: w.T("stories.tally." + key), Was: strconv.Itoa(was), Is: strconv.Itoa(is)}
	}
	return []ui.TallyItem{item("contacts", was.Contacts, h.Contacts), item("bounces", was.Bounces, h.Bounces),
		item("organisations", was.Organisations, h.Organisations), item("days", was.Days, h.Days)}
}

// held counts the checks that looked at something and found it in order.
func held(r *Result) (n int) {
	for _, c := range r.Checked {
		if c.State == Held {
			n++
		}
	}
	return n
}

// storyDate is one day with what happened on it, on both sides.
type storyDate struct {
	date  time.Time
	left  []Event
	right []scene
}

// daysLasted gives every day from the first event to the last, also the empty ones.
func daysLasted(r *Result) []storyDate {
	byDay := map[string]*storyDate{}
	var first, last time.Time
	at := func(s string) *storyDate {
		d, err := time.Parse(time.DateOnly, s[:min(len(s), 10)])
		if err != nil { // a replay writes none such
			return &storyDate{}
		}
		if first.IsZero() || d.Before(first) {
			first = d
		}
		if d.After(last) {
			last = d
		}
		key := d.Format(time.DateOnly)
		if byDay[key] == nil {
			byDay[key] = &storyDate{date: d}
		}
		return byDay[key]
	}
	for _, e := range r.Happened.Timeline {
		d := at(e.When)
		d.left = append(d.left, e)
	}
	for _, e := range retold(r.Houvast.Timeline) {
		d := at(e.At)
		d.right = append(d.right, e)
	}
	var out []storyDate
	for d := first; !first.IsZero() && !d.After(last); d = d.AddDate(0, 0, 1) {
		if x := byDay[d.Format(time.DateOnly)]; x != nil {
			out = append(out, *x)
		} else {
			out = append(out, storyDate{date: d})
		}
	}
	return out
}

const (
	longest = 2 // quiet days shown one by one; longer stretches become one line
	restful = 3 // days of rest that are worth saying so
)

func storyDays(w lang.Printer, r *Result, days []storyDate) (out []ui.StoryDay) {
	first, lastLeft, lastRight := firstOf(days), -1, -1
	for i, d := range days {
		if len(d.left) > 0 {
			lastLeft = i
		}
		if len(d.right) > 0 {
			lastRight = i
		}
	}
	rest, free := restDay(days, first)
	count := &counter{w: w}
	for i := 0; i < len(days); i++ {
		d := days[i]
		day := ui.StoryDay{Date: w.Day(noon(d.date))}
		day.Left.Gap = i >= first && i <= lastLeft
		day.Right.Owned = i >= first && i <= lastRight
		if len(d.left)+len(d.right) == 0 {
			run := i
			for run+1 < len(days) && len(days[run+1].left)+len(days[run+1].right) == 0 {
				run++
			}
			day.Quiet = true
			if run-i >= longest {
				day.Date = w.T("stories.quiet", "Count", run-i+1)
				i = run
			}
			out = append(out, day)
			continue
		}
		if i >= first {
			day.Label = w.T("stories.day", "N", i-first+1)
		}
		for _, e := range d.left {
			day.Left.Events = append(day.Left.Events, count.happened(e))
		}
		for _, e := range d.right {
			day.Right.Events = append(day.Right.Events, count.measured(e))
		}
		if i == rest {
			day.Right.Rest = w.T("stories.rest")
			day.Right.RestNote = w.T("stories.rest-note", "Count", free)
		}
		out = append(out, day)
	}
	return out
}

// firstOf is the index of the day on which the customer first got in touch in
// real life: day 1. What is earlier is history.
func firstOf(days []storyDate) int {
	for i, d := range days {
		for _, e := range d.left {
			if e.Contact {
				return i
			}
		}
	}
	return 0
}

// restDay finds the longest stretch in which the right side is empty while
// something happened in real life: the emptiness is what there is to tell. It
// gives the day of that stretch with the most room, and how many days it has.
func restDay(days []storyDate, first int) (day, free int) {
	day = -1
	for from := first; from < len(days); from++ {
		to, best := from, -1
		for to < len(days) && len(days[to].right) == 0 {
			if len(days[to].left) > 0 && (best < 0 || len(days[to].left) > len(days[best].left)) {
				best = to
			}
			to++
		}
		if best >= 0 && to-from >= restful && to-from > free {
			day, free = best, to-from
		}
		from = max(from, to)
	}
	return day, free
}

// noon keeps a day the same day in every zone.
func noon(d time.Time) time.Time { return d.Add(12 * time.Hour) }

func date(w lang.Printer, d time.Time) string { return w.Date(noon(d)) }

// counter numbers contacts and bounces as the reader goes.
type counter struct {
	w                           lang.Printer
	calls, bounces, callsBefore int
}

func (c *counter) happened(e Event) ui.EventView {
	v := ui.EventView{Icon: "circle-help", Text: e.Text.In(c.w.Lang()), Clock: clockOf(e.When)}
	if e.Contact {
		c.callsBefore++
		v.Icon, v.Note = "phone", c.w.T("stories.contact", "N", c.callsBefore)
	}
	if e.Bounce {
		c.bounces++
		v.Bounce = c.w.T("stories.bounce", "N", c.bounces)
	}
	if !e.Contact && !e.Bounce {
		v.Icon = "clock"
	}
	return v
}

func (c *counter) measured(e scene) ui.EventView {
	v := ui.EventView{Icon: iconOf(e.Kind), Clock: clockOf(e.At), Who: e.Actor, Text: e.Text.In(c.w.Lang())}
	if e.kept {
		v.Good = c.w.T("stories.kept")
	}
	if e.promised {
		v.Note = c.w.T("stories.promise")
	}
	switch e.Kind {
	case EntryContact:
		c.calls++
		v.Note = c.w.T("stories.contact", "N", c.calls)
	case EntryStopped:
		v.Good = c.w.T("stories.stopped")
	}
	return v
}

// clockOf is the clock time in "2021-05-17T09:10+02:00"; a day alone has none.
func clockOf(at string) string {
	if len(at) < 16 || at[10] != 'T' && at[10] != ' ' {
		return ""
	}
	return at[11:16]
}

func iconOf(kind string) string {
	switch kind {
	case EntryContact:
		return "phone"
	case EntrySaid:
		return "message-circle"
	case EntryStopped:
		return "shield-check"
	case EntryEnds:
		return "ellipsis"
	case fact.CaseOwner, fact.HandoffAccepted, fact.ReferralAccepted:
		return "user-check"
	case fact.CaseOpened:
		return "inbox"
	case fact.CaseClosed:
		return "circle-check"
	}
	for prefix, icon := range map[string]string{"promise.": "handshake", "door.": "door-open", "referral.": "arrow-left-right", "handoff.": "arrow-left-right",
		"document.": "file-text", "message.": "mail", "signal.": "radar", "bounce.": "undo-2"} {
		if strings.HasPrefix(kind, prefix) {
			return icon
		}
	}
	return "circle-help"
}

// madeTheDifference names each safeguard that did something in this replay.
func madeTheDifference(w lang.Printer, r, bare *Result) (out []html.Point) {
	h := r.Houvast
	n := map[string]int{}
	var stopped []string
	for _, e := range h.Timeline {
		n[e.Kind]++
		if e.Kind == EntryStopped {
			stopped = append(stopped, e.Actor+": “"+strings.Trim(e.Text.In(w.Lang()), "“”\"")+"”")
		}
	}
	add := func(count int, key string, more ...any) {
		if count > 0 {
			out = append(out, html.Point{Text: w.T("stories.made."+key, append([]any{"Count", count}, more...)...)})
		}
	}
	add(h.Promises.Made, "promises", "Kept", h.Promises.Kept)
	if len(stopped) > 0 {
		out = append(out, html.Point{Text: w.T("stories.made.stopped", "Count", len(stopped)), List: stopped})
	}
	add(n[fact.DoorUsed], "door")
	add(n[fact.ReferralForwarded], "forwarded")
	add(n[fact.DocumentRequested], "documents")
	add(n[fact.ReferralAccepted]+n[fact.HandoffAccepted], "accepted")
	add(n[fact.HandoffTimedOut]+n[fact.ReferralTimedOut]+n[fact.PromiseRisk], "watched")
	if h.Promises.Broken > 0 && h.Promises.Untold == 0 {
		add(h.Promises.Broken, "told")
	}
	if bare != nil {
		out = append(out, html.Point{Text: w.T("stories.made.bare", "Count", bare.Houvast.Contacts, "Outcome", bare.Houvast.Outcome.Text.In(w.Lang()))})
	}
	return out
}

// unchanged says honestly what stayed as it was.
func unchanged(w lang.Printer, r *Result) (out []string) {
	h := r.Houvast
	out = append(out, w.T("stories.same.staff"))
	if o := h.Outcome; o.Kind == Appointment && !o.At.IsZero() && !o.ToldAt.IsZero() {
		if days := int(o.At.Sub(o.ToldAt).Hours() / 24); days > 0 {
			out = append(out, w.T("stories.same.waiting", "Count", days))
		}
	}
	if h.Promises.Broken > 0 {
		out = append(out, w.T("stories.same.broken", "Count", h.Promises.Broken))
	}
	if h.Promises.Untold > 0 {
		out = append(out, w.T("stories.same.untold", "Count", h.Promises.Untold))
	}
	if h.Bounces > 0 {
		out = append(out, w.T("stories.same.bounces", "Count", h.Bounces))
	}
	for _, f := range r.Failures {
		out = append(out, w.T("stories.same.failed", "What", fmt.Sprint(f.What)))
	}
	return append(out, w.T("stories.same.rules"))
}
