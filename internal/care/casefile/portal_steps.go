package casefile

import (
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// steps are what happened, newest first, as the customer reads it: each thing
// once, and a broken promise together with what was promised instead.
func (p questionPage) steps() (out []ui.DoneView) {
	several := len(p.Others) > 0
	names := map[string]string{p.Holder.Org.ID: p.Holder.Org.Name}
	for _, o := range p.Others {
		names[o.Org.ID] = o.Org.Name
	}
	standing := map[string]bool{} // stands in the head of the page already
	for _, x := range p.Holder.Promises {
		standing[x.ID] = true
	}
	for _, l := range tellable(p.Steps) {
		if id, _ := l.Data["promise"].(string); l.Kind == fact.PromiseMade && standing[id] {
			continue
		}
		state, icon := look(l.Line)
		text := oneSpace(l.Sentence)
		if l.Kind == fact.PromiseBroken {
			text = "**" + text + "**"
			if l.then != "" {
				text += " " + oneSpace(l.then)
			}
		}
		if ownWords(l.Line) {
			text += " “" + oneSpace(l.Quote) + "”"
		}
		org := ""
		if several {
			org = names[l.Org]
		}
		out = append(out, ui.DoneView{State: state, Icon: icon, Text: text, When: p.words.T("question.when", "At", capital(p.words.MomentLong(l.At)), "Org", org)})
	}
	return out
}

// told is a line with the sentence that belongs to it.
type told struct {
	Line
	then string
}

// tellable leaves out what another line says already. Lines come newest first.
func tellable(lines []Line) (out []told) {
	instead := map[string]string{} // promise made instead of a broken one → its sentence
	for _, l := range lines {
		if id, _ := l.Data["successor"].(string); l.Kind == fact.PromiseBroken && id != "" {
			instead[id] = ""
		}
	}
	opened, accepted := map[time.Time]bool{}, map[time.Time]bool{}
	ended := map[string]bool{}
	for _, l := range lines {
		id, _ := l.Data["promise"].(string)
		if _, is := instead[id]; is && l.Kind == fact.PromiseMade {
			instead[id] = l.Sentence
		}
		switch l.Kind {
		case fact.CaseOpened:
			opened[l.At] = true
		case fact.HandoffAccepted, fact.ReferralAccepted:
			accepted[l.At] = true
		case fact.PromiseKept, fact.PromiseBroken, fact.PromiseRenegotiated:
			ended[id] = true
		}
	}
	for _, l := range lines {
		id, _ := l.Data["promise"].(string)
		successor, _ := l.Data["successor"].(string)
		_, second := instead[id]
		switch kind, _ := l.Data["kind"].(string); {
		case strings.HasPrefix(l.Kind, "promise.") && (kind == string(promise.Closing) || kind == string(promise.Duty)):
			continue // our question has a line of its own; a duty is ours alone
		case l.Kind == fact.PromiseMade && second:
			continue // told with the promise that broke
		case l.Kind == fact.ContactLogged && opened[l.At] && l.Data["channel"] != "page":
			continue // the contact with which the question began
		case l.Kind == fact.CaseOwner && accepted[l.At]:
			continue // whoever accepted has it
		case l.Kind == fact.MessageDelivered:
			continue // they have the message itself
		case l.Kind == fact.PromiseMade && ended[id]:
			continue // what became of it says what it was
		case l.Kind == fact.PromiseBroken && instead[successor] != "":
			out = append(out, told{l, instead[successor]})
			continue
		}
		out = append(out, told{Line: l})
	}
	return out
}

// look is the shape of a line: the state of a promise, or an icon.
func look(l Line) (ui.PromiseState, string) {
	switch l.Kind {
	case fact.PromiseMade:
		return ui.Open, ""
	case fact.PromiseKept:
		return ui.Kept, ""
	case fact.PromiseBroken:
		return ui.Broken, ""
	case fact.PromiseRenegotiated:
		return ui.Renegotiated, ""
	case fact.CaseOpened:
		return "", "inbox"
	case fact.CaseOwner, fact.HandoffAccepted, fact.ReferralAccepted:
		return "", "user-check"
	case fact.CaseClosed:
		return "", "circle-check"
	case fact.CaseReopened:
		return "", "refresh-cw"
	case fact.CaseAskClose:
		return "", "circle-help"
	case fact.ContactLogged:
		return "", contactIcon(l.Data)
	}
	for prefix, icon := range map[string]string{"handoff.": "arrow-left-right", "referral.": "arrow-left-right", "door.": "door-open",
		"document.": "file-text", "message.": "mail"} {
		if strings.HasPrefix(l.Kind, prefix) {
			return "", icon
		}
	}
	return "", "info"
}

func contactIcon(data map[string]any) string {
	switch data["channel"] {
	case "phone":
		if data["direction"] == In {
			return "phone-incoming"
		}
		return "phone-outgoing"
	case "email", "post":
		return "mail"
	case "video":
		return "video"
	}
	return "message-square"
}

// ownWords says whether a line quotes what its reader wrote on this page.
func ownWords(l Line) bool {
	return l.Kind == fact.ContactLogged && l.Data["direction"] == In && l.Data["channel"] == "page" && l.Quote != ""
}

// oneSpace keeps a text to one line, without marks of its own.
func oneSpace(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "**", "")), " ")
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
