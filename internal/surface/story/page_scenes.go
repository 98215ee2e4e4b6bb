package story

import (
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
)

// scene is what the reader of a page sees of one or more entries.
type scene struct {
	Entry
	promised, kept bool
}

// together is how close two things that somebody says must be to be told in
// one breath.
const together = 12 * time.Minute

// retold makes of a timeline what is worth reading. Whoever acts says so in
// the story, so a fact of the same minute is not told again; how a message
// travelled is of no interest. What a safeguard did stays.
func retold(all []Entry) (out []scene) {
	begun := slices.IndexFunc(all, func(e Entry) bool { return e.Kind == EntryContact })
	spoken := map[string]int{} // minute → scene in which somebody says something
	for i, e := range all {
		if i < begun && e.Kind != fact.DoorOpened {
			continue // history: only what it left behind counts
		}
		said, same := spoken[minuteOf(e)]
		switch {
		case e.Kind == EntrySaid:
			if n := len(out) - 1; n >= 0 && out[n].Kind == EntrySaid && out[n].Actor == e.Actor && apartBy(out[n].Entry, e) <= together {
				out[n].Text = Text{NL: out[n].Text.NL + " " + e.Text.NL, EN: out[n].Text.EN + " " + e.Text.EN}
				spoken[minuteOf(e)] = n
				continue
			}
			spoken[minuteOf(e)] = len(out)
		case e.Kind == fact.PromiseMade && same:
			out[said].promised = true
			continue
		case e.Kind == fact.PromiseKept && same:
			out[said].kept = true
			continue
		case e.Kind == fact.PromiseMade && slices.ContainsFunc(all, func(o Entry) bool { return o.Kind == fact.PromiseBroken && minuteOf(o) == minuteOf(e) }):
			continue // the promise instead of the broken one, told with it
		case untold[e.Kind]:
			continue
		case same && !safeguard[e.Kind]:
			continue
		case e.Kind == fact.PromiseRisk && len(out) > 0 && out[len(out)-1].Kind == fact.PromiseRisk:
			out[len(out)-1] = scene{Entry: e} // the last warning of several
			continue
		}
		out = append(out, scene{Entry: e, promised: e.Kind == fact.PromiseMade, kept: e.Kind == fact.PromiseKept})
	}
	return out
}

// untold are the kinds that the reader would only stumble over.
var untold = map[string]bool{
	fact.SignalTaken: true, fact.MessageSent: true, fact.MessageSeen: true, fact.MessageDelivered: true, fact.ReferralReceived: true,
	fact.CaseOwner: true, fact.CaseOpened: true,
}

// safeguard are the kinds that say what the system did by itself.
var safeguard = map[string]bool{
	EntryContact: true, EntryStopped: true, EntryEnds: true, fact.PromiseBroken: true, fact.PromiseRisk: true, fact.HandoffTimedOut: true,
	fact.ReferralTimedOut: true, fact.BounceCounted: true, fact.DoorOpened: true, fact.DoorUsed: true,
}

// minuteOf is the minute of an entry, as its moment is written.
func minuteOf(e Entry) string { return strings.Replace(e.At[:min(len(e.At), 16)], " ", "T", 1) }

func apartBy(a, b Entry) time.Duration {
	const form = "2006-01-02T15:04"
	x, errX := time.Parse(form, minuteOf(a))
	y, errY := time.Parse(form, minuteOf(b))
	if errX != nil || errY != nil {
		return together + 1
	}
	return y.Sub(x).Abs()
}
