package casefile

import (
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/casefile/portalhtml"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// questionPage is what the customer's page shows, not yet worded.
type questionPage struct {
	Question
	words   lang.Printer
	keepers map[string]org.Member
	waits   []waiting
	wait    Waiting // what we wait for, of the customer or of others
	doors   []placedDoor
	matters []person.Matter
}

// waiting is somebody who was asked to take the question on and has not
// accepted it yet; the owner keeps it meanwhile.
type waiting struct{ Other string }

// placedDoor is a return door and where it is.
type placedDoor struct {
	Door
	Org org.Organisation
}

func (p *questionPage) read(q db.Q) error {
	h := p.Holder
	ids := make([]string, 0, len(h.Promises))
	for _, x := range h.Promises {
		ids = append(ids, x.Keeper)
	}
	var err error
	if p.keepers, err = org.MembersByIDs(q, h.Org.ID, ids); err != nil {
		return err
	}
	if !h.Case.Closed() {
		facts, err := ledger.Timeline(q, h.Org.ID, h.Case.ID, "", maxFacts)
		if err != nil {
			return err
		}
		if p.waits, err = waitingIn(q, h.Org.ID, facts); err != nil {
			return err
		}
		if p.wait, _, err = WaitingOf(q, h.Org.ID, h.Case.ID); err != nil {
			return err
		}
	}
	for _, x := range append([]Holder{h}, p.Others...) {
		doors, err := Doors(q, x.Org.ID, x.Case.Person, q.Now())
		if err != nil {
			return err
		}
		for _, d := range doors {
			p.doors = append(p.doors, placedDoor{d, x.Org})
		}
	}
	card, err := person.CardOf(q, h.Org.ID, h.Case.Asker)
	if err != nil {
		return err
	}
	p.matters = card.Matters
	return nil
}

// asked are the offers among facts (newest first) that nobody has answered.
func asked(facts []ledger.Fact) (open []map[string]any) {
	ended := map[string]bool{}
	for _, f := range facts {
		data := f.Map()
		key, _ := data["referral"].(string)
		if key == "" {
			key, _ = data["handoff"].(string)
		}
		if key == "" || ended[key] {
			continue
		}
		switch f.Kind {
		case fact.HandoffAccepted, fact.HandoffDeclined, fact.HandoffWithdrawn,
			fact.ReferralAccepted, fact.ReferralDeclined:
			ended[key] = true
		case fact.HandoffOffered, fact.ReferralOffered, fact.ReferralForwarded:
			ended[key] = true // what is older about it was overtaken
			open = append(open, data)
		}
	}
	return open
}

func waitingIn(q db.Q, orgID string, facts []ledger.Fact) (out []waiting, err error) {
	for _, data := range asked(facts) {
		other := ""
		for _, key := range []string{"onward_org", "to_org", "to"} {
			id, _ := data[key].(string)
			switch {
			case strings.HasPrefix(id, "org_"):
				o, err := org.PartnerByID(q, id)
				if err != nil {
					return nil, err
				}
				other = o.Name
			case strings.HasPrefix(id, "mem_"):
				m, err := org.MemberByID(q, orgID, id)
				if err != nil {
					return nil, err
				}
				other = m.Name
			}
			if other != "" {
				out = append(out, waiting{other})
				break
			}
		}
	}
	return out, nil
}

// view words the page.
func (p questionPage) view() portalhtml.View {
	h, w := p.Holder, p.words
	v := portalhtml.View{Question: p.ID, Confirmed: p.Confirmed, Title: w.T("question.title"), Owner: h.Owner.Name, Hold: p.hold(),
		Reach: portalhtml.Reach{Org: h.Org.Name, Phone: person.Spoken(h.Org.Phone)}}
	if h.Org.Phone == "" {
		v.Reach.Phone = ""
	}
	if !p.Confirmed {
		return v
	}
	if p.About != "" {
		v.Title = w.T("question.title-about", "About", p.About)
	}
	v.Subject, v.Reach.Ref = p.Subject, h.Case.Ref()
	for _, x := range p.waits {
		v.Pending = append(v.Pending, w.T("question.waits", "Owner", oneLine(h.Owner.Name), "Other", oneLine(x.Other)))
	}
	if p.wait.ID != "" {
		v.Pending = append(v.Pending, w.T("question.waits-"+p.wait.Kind, "What", oneLine(p.wait.What), "Whom", oneLine(p.wait.Whom), "By", w.MomentLong(p.wait.Until)))
	}
	main, ok := p.main()
	for _, x := range h.Promises {
		switch {
		case x.Kind == promise.Closing:
			v.Asking = &portalhtml.Asking{Until: w.MomentLong(x.Due)}
		case ok && x.ID != main.ID:
			v.More = append(v.More, portalhtml.Promised{Text: p.sentence(x)})
		}
	}
	switch {
	case h.Case.Closed():
		v.Note = w.T("question.ended."+h.Case.CloseReason, "On", w.Date(h.Case.ClosedAt))
		v.Reopen = h.Case.CloseReason != HandedOver
	case !ok && v.Asking == nil:
		v.Note = w.T("question.no-promise", "Owner", h.Owner.Name)
	}
	for _, x := range h.Series {
		v.Series = append(v.Series, seriesLines(w, x, p.keeper)...)
	}
	v.CanWrite, v.CanSolve = !h.Case.Closed(), !h.Case.Closed()
	v.Steps = p.steps()
	for _, d := range p.doors {
		v.Doors = append(v.Doors, portalhtml.Door{Until: w.Date(d.Until), Condition: oneLine(d.Condition), At: d.Org.Name, Phone: phone(d.Org)})
	}
	for _, m := range p.matters {
		if m.EndedAt.IsZero() {
			v.Matters = append(v.Matters, portalhtml.Matter{ID: m.ID, Text: m.Text})
		}
	}
	return v
}

func phone(o org.Organisation) string {
	if o.Phone == "" {
		return ""
	}
	return person.Spoken(o.Phone)
}

// main is the promise in the head of the page: the first that falls due, and
// our question whether it is solved only when nothing else stands.
func (p questionPage) main() (promise.Promise, bool) {
	for _, x := range p.Holder.Promises {
		if x.Kind != promise.Closing {
			return x, true
		}
	}
	return p.Holder.Current()
}

// hold is who has the question and what was promised by when. Before the
// second factor the words say nothing of what it is about.
func (p questionPage) hold() ui.HoldView {
	h, w := p.Holder, p.words
	where := ""
	if len(p.Others) > 0 {
		where = h.Org.Name
	}
	out := ui.HoldView{Keeper: ui.Person{ID: h.Owner.ID, Name: h.Owner.Name}, Since: w.T("question.has", "Since", w.Date(h.Case.OwnerSince), "Org", where)}
	if h.Case.Closed() {
		out.Since = w.T("question.had", "Org", where)
		return out
	}
	x, ok := p.main()
	if !ok {
		return out
	}
	out.Due, out.IsDue = x.Due, x.Kind == promise.Closing
	if x.Kind == promise.Visit { // what counts is when to be there
		out.Due = x.From
	}
	day := p.day(out.Due)
	if !p.Confirmed {
		key := "question.neutral.word"
		switch x.Kind {
		case promise.Visit:
			key = "question.neutral.visit"
		case promise.Closing:
			key = "question.neutral.closing"
		case promise.Answer, promise.Decision, promise.Update, promise.Callback, promise.Document, promise.Duty:
		}
		out.Lead = w.T(key, "Day", day, "Owner", h.Owner.Name)
		return out
	}
	var from any
	if !x.From.IsZero() {
		from = x.From
	}
	out.Lead = w.T("question.lead."+string(x.Kind), "Day", day, "Keeper", p.keeper(x), "From", from)
	switch x.Kind {
	case promise.Visit:
		out.What = w.T("question.what.visit", "What", oneLine(x.What), "Until", x.Due)
	case promise.Closing:
		out.What = w.T("question.what.closing")
	case promise.Update: // the sentence above says it all
		out.Sure = w.T("question.sure")
	case promise.Answer:
		out.What, out.Sure = w.T("question.what.answer", "What", oneLine(x.What)), w.T("question.sure")
	case promise.Callback, promise.Decision, promise.Document, promise.Duty:
		out.What, out.Sure = w.T("question.what.about", "What", oneLine(x.What)), w.T("question.sure")
	}
	return out
}

func (p questionPage) keeper(x promise.Promise) string {
	if m, ok := p.keepers[x.Keeper]; ok {
		return m.Name
	}
	return p.Holder.Owner.Name
}

// sentence is a further promise, whole.
func (p questionPage) sentence(x promise.Promise) string {
	x.What = oneLine(x.What)
	return promiseWords(p.words, x, p.keeper(x))
}

// day is today, tomorrow, or the date, as it stands within a sentence.
func (p questionPage) day(t time.Time) string {
	w := p.words
	y, m, d := w.Now().In(w.Loc()).Date()
	switch t.In(w.Loc()).Format(time.DateOnly) {
	case time.Date(y, m, d, 12, 0, 0, 0, w.Loc()).Format(time.DateOnly):
		return w.T("question.day.today")
	case time.Date(y, m, d+1, 12, 0, 0, 0, w.Loc()).Format(time.DateOnly):
		return w.T("question.day.tomorrow")
	}
	return w.T("question.day.date", "Date", w.Date(t))
}
