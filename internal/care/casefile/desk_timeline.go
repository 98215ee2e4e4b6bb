package casefile

import (
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/casefile/html"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// filters of the timeline, with the kinds of facts that each shows.
var filters = map[string][]string{
	"promises": {"promise."},
	"contact":  {"contact.", "message.", "case.opened", "case.reopened", "customer."},
	"handoffs": {"handoff.", "referral.", "bounce.", "case.owner", "document.requested", "document.provided", "document.refused"},
}

const (
	lineCount = 40            // entries of one page of the timeline
	railFrom  = 4 * time.Hour // from this age a case has something to draw
	railFacts = 1000          // facts that are looked at for the owners
	factBatch = 200
)

// history reads what happened: a page of lines, and the facts that say who
// had the case.
func (d *dossier) history(q db.Q, s *Service, c *web.Ctx) (err error) {
	if d.facts, err = ledger.Timeline(q, d.c.Org, d.c.ID, "", railFacts); err != nil {
		return err
	}
	before, show := c.Query("before"), filters[c.Query("show")]
	var page []ledger.Fact
	for facts, more := d.facts, true; more; {
		if before != "" || len(page) > 0 { // not the newest, which we have
			if facts, err = ledger.Timeline(q, d.c.Org, d.c.ID, before, factBatch); err != nil {
				return err
			}
		}
		more = len(facts) >= factBatch
		for _, f := range facts {
			before = f.ID
			if show != nil && !slices.ContainsFunc(show, func(p string) bool { return strings.HasPrefix(f.Kind, p) }) || !c.P.Has("fact."+f.Kind) || echo(f) {
				continue
			}
			if len(page) == lineCount {
				d.older, more = page[lineCount-1].ID, false
				break
			}
			page = append(page, f)
		}
	}
	if d.lines, err = s.word(q, c.P, d.c, page, false); err != nil {
		return err
	}
	d.names, err = namesIn(q, d.c.Org, d.facts)
	return err
}

// echo says whether a fact only repeats another: a warning about a promise
// stands there as the promise being at risk or broken, and one about a mention
// as the note.
func echo(f ledger.Fact) bool {
	kind, _ := f.Map()["kind"].(string)
	if kind == signal.Mention {
		return true
	}
	return (f.Kind == fact.SignalRaised || f.Kind == fact.SignalCleared) && strings.HasPrefix(kind, "promise.")
}

// rail draws who had the case, from its facts.
func (d dossier) rail(words lang.Printer) ui.OwnerRailView {
	v := ui.OwnerRailView{Title: words.T("desk.case.rail-title"), Until: d.c.ClosedAt}
	offers := map[string]int{} // handoff → index of its span
	var held []string
	last := -1
	begin := func(at time.Time, member string) {
		if last >= 0 {
			v.Spans[last].To = at
		}
		last = len(v.Spans)
		v.Spans = append(v.Spans, ui.OwnerSpan{Kind: ui.Held, Name: d.names.members[member], From: at})
		held = append(held, d.names.members[member])
	}
	for i := len(d.facts) - 1; i >= 0; i-- {
		f := d.facts[i]
		data := f.Map()
		id, _ := data["handoff"].(string)
		switch f.Kind {
		case "case.opened":
			owner, _ := data["owner"].(string)
			begin(f.At, owner)
		case "case.owner":
			to, _ := data["to"].(string)
			begin(f.At, to)
		case "handoff.offered", "referral.offered":
			name, _ := d.names.show("to", data["to"]).(string)
			if org, ok := d.names.show("to_org", data["to_org"]).(string); ok && org != "" && org != name {
				name = org
			}
			offers[id] = len(v.Spans)
			v.Spans = append(v.Spans, ui.OwnerSpan{Kind: ui.Offered, Name: name, Note: words.T("desk.case.rail-offered"), From: f.At})
		case "handoff.accepted", "handoff.declined", "handoff.withdrawn", "referral.accepted", "referral.declined", "referral.withdrawn":
			if n, ok := offers[id]; ok && v.Spans[n].To.IsZero() {
				v.Spans[n].To, v.Spans[n].Note = f.At, ""
			}
		}
	}
	if d.c.Closed() {
		for i := range v.Spans {
			if v.Spans[i].To.IsZero() {
				v.Spans[i].To = d.c.ClosedAt
			}
		}
	}
	broken, kept := 0, 0
	for _, p := range d.promises {
		switch p.State {
		case promise.Kept:
			kept++
			v.Marks = append(v.Marks, ui.RailMark{At: p.EndedAt, State: ui.Kept})
		case promise.Broken:
			broken++
			v.Marks = append(v.Marks, ui.RailMark{At: p.EndedAt, State: ui.Broken})
		case promise.Open, promise.Renegotiated, promise.Withdrawn:
		}
	}
	if open := d.open(); len(open) > 0 && open[0].Due.Sub(words.Now()) < 14*24*time.Hour {
		v.Marks = append(v.Marks, ui.RailMark{At: open[0].Due, State: stateOf(open[0], words.Now()), Label: when(words, open[0].Due)})
	}
	v.Label = words.T("desk.case.rail-label", "Names", slices.Compact(held), "From", d.c.OpenedAt, "Kept", kept, "Broken", broken)
	return v
}

// entryIcons are the drawings of what happened, by kind of fact.
var entryIcons = map[string]string{
	"case.opened": "inbox", "case.closed": "archive", "case.reopened": "archive-restore", "case.owner": "user-check", "case.ask-close": "circle-help",
	"contact.logged": "message-circle", "door.opened": "door-open", "door.used": "door-open", "document.added": "file-text", "note.added": "file-text",
	"customer.sent-elsewhere": "split", "handoff.offered": "arrow-left-right", "handoff.accepted": "user-check", "handoff.declined": "undo-2",
	"referral.offered": "forward", "signal.raised": "radar", "bounce.counted": "refresh-cw",
}

var entryStates = map[string]ui.PromiseState{
	"promise.made": ui.Open, "promise.kept": ui.Kept, "promise.broken": ui.Broken, "promise.renegotiated": ui.Renegotiated, "promise.withdrawn": ui.Withdrawn,
	"promise.risk": ui.AtRisk, "message.failed": ui.Broken, "message.delivered": ui.Kept, "message.spoken": ui.Kept, "message.uncertain": ui.AtRisk,
	"handoff.offered": ui.AtRisk, "referral.offered": ui.AtRisk, "handoff.timed-out": ui.AtRisk, "referral.timed-out": ui.AtRisk,
}

func iconOf(l Line) string {
	if l.Kind == "contact.logged" {
		channel, _ := l.Data["channel"].(string)
		switch {
		case channel == "phone" && l.Data["direction"] == In:
			return "phone-incoming"
		case channelIcons[channel] != "":
			return channelIcons[channel]
		}
	}
	if icon, ok := entryIcons[l.Kind]; ok {
		return icon
	}
	if _, drawn := entryStates[l.Kind]; drawn {
		return ""
	}
	area, _, _ := strings.Cut(l.Kind, ".")
	if icon, ok := map[string]string{"message": "mail", "handoff": "arrow-left-right", "referral": "forward", "document": "file-text", "link": "link", "door": "door-open", "signal": "radar"}[area]; ok {
		return icon
	}
	return "clock"
}

func (d dossier) timeline(c *web.Ctx) html.TimelineView {
	words := c.P
	show := c.Query("show")
	if filters[show] == nil {
		show = ""
	}
	v := html.TimelineView{}
	for _, f := range []string{"", "promises", "contact", "handoffs"} {
		href, key := caseHref(d.c), "all"
		if f != "" {
			href, key = href+"?show="+f, f
		}
		v.Filters = append(v.Filters, ui.Segment{Label: words.T("desk.case.show-" + key), Href: href + "#what-happened", Current: f == show})
	}
	for _, l := range d.lines {
		label := dayLabel(words, l.At)
		if n := len(v.Days); n == 0 || v.Days[n-1].Day != label {
			v.Days = append(v.Days, html.TimelineDay{Day: label})
		}
		v.Days[len(v.Days)-1].Entries = append(v.Days[len(v.Days)-1].Entries, ui.EntryView{ID: l.ID, State: entryStates[l.Kind], Icon: iconOf(l), Title: l.Sentence,
			When: words.Clock(l.At), Quote: l.Quote, Lang: d.quoteLang(words, l)})
	}
	if before := c.Query("before"); d.older != "" || before != "" {
		base := caseHref(d.c) + "?"
		if show != "" {
			base += "show=" + show + "&"
		}
		v.Pager = &ui.PagerView{Summary: words.T("desk.case.shown", "Count", len(d.lines))}
		if before != "" {
			v.Pager.PrevHref, v.Pager.PrevLabel = base[:len(base)-1]+"#what-happened", words.T("desk.case.newest")
		}
		if d.older != "" {
			v.Pager.NextHref, v.Pager.NextLabel = base+"before="+d.older+"#what-happened", words.T("desk.case.older")
		}
	}
	return v
}

// quoteLang is the language of the customer's own words.
func (d dossier) quoteLang(words lang.Printer, l Line) string {
	if l.Quote == "" || l.Kind == fact.NoteAdded || d.asker.Person.Language == words.Lang() {
		return ""
	}
	return d.asker.Person.Language
}

func dayLabel(words lang.Printer, t time.Time) string {
	begin, end := midnights(words.Now(), words.Loc())
	switch {
	case !t.Before(begin) && t.Before(end):
		return words.T("desk.case.today", "Date", t)
	case !t.Before(begin.AddDate(0, 0, -1)) && t.Before(begin):
		return words.T("desk.case.yesterday", "Date", t)
	}
	return words.Date(t)
}
