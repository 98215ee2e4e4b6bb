package message

import (
	"context"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/care/message/html"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

const (
	events       = "/desk/events"
	callsHome    = "/desk/calls"
	messagesHome = "/desk/messages"

	callRows  = 50
	panelRows = 5
	caseRows  = 8
)

// desk are the pages for staff.
func (s *Service) desk(m *web.Mux) {
	m.Get(callsHome, s.deskCalls)
	m.Get(messagesHome+"/{message}", s.deskMessage)
	m.Post(messagesHome+"/{message}/spoken", s.deskSpoken)
	m.Post(messagesHome+"/{message}/no-answer", s.deskNoAnswer)
	m.Post(messagesHome+"/{message}/resend", s.deskDecide("desk.message.resent", s.Resend))
	m.Post(messagesHome+"/{message}/arrived", s.deskDecide("desk.message.settled", s.settles(true)))
	m.Post(messagesHome+"/{message}/not-arrived", s.deskDecide("desk.message.next-channel", s.settles(false)))
}

func (s *Service) settles(arrived bool) func(context.Context, actor.Actor, string) (Message, error) {
	return func(ctx context.Context, who actor.Actor, id string) (Message, error) {
		return s.Settle(ctx, who, id, arrived)
	}
}

// nav is the desk's entry: the calls of whoever looks, hot when one is late.
func (s *Service) nav() []module.NavItem {
	return []module.NavItem{{Key: "calls", Href: callsHome, Icon: "phone-call", LabelKey: "desk.calls.nav", Order: 35,
		Count: func(ctx context.Context, who actor.Actor) (n int, hot bool, err error) {
			err = s.DB.Read(ctx, func(q db.Q) error {
				count, err := CountCalls(q, who.Org, who.Member)
				if err != nil || count == 0 {
					return err
				}
				n = int(count)
				first, err := calls(q, who.Org, who.Member, time.Time{}, "", callRows)
				for _, m := range first {
					hot = hot || !m.Before.IsZero() && m.Before.Sub(q.Now()) < phoneMargin
				}
				return err
			})
			return n, hot, err
		}}}
}

func (s *Service) panels() []module.Panel {
	return []module.Panel{
		{Slot: module.TodayAside, Key: "calls", Order: 20, Render: s.todayPanel},
		{Slot: module.CaseAside, Key: "messages", Order: 20, Render: s.casePanel},
	}
}

var channelIcons = map[Channel]string{Email: "mail", Phone: "phone", SMS: "message-square", Post: "scroll-text", Page: "globe", None: "ban"}

// drawn is how a state is drawn: only what the customer knows is kept.
func drawn(m Message) ui.PromiseState {
	switch m.State {
	case Delivered, Seen, Answered, Spoken:
		return ui.Kept
	case Failed:
		return ui.Broken
	case Uncertain:
		return ui.AtRisk
	case Recalled:
		return ui.Withdrawn
	case Queued, Sending, Accepted:
	}
	return ui.Waiting
}

func title(words lang.Printer, m Message) string {
	if key := "message." + m.Template + ".title"; words.Has(key) {
		return words.T(key)
	}
	return words.T("desk.message.something")
}

// reason is why a message failed, waits or is uncertain.
func reason(words lang.Printer, m Message) string {
	switch key := "message.reason." + m.Code; {
	case m.Code == "":
		return ""
	case words.Has(key):
		return words.T(key)
	}
	return words.T("desk.message.server", "Code", m.Code)
}

func stateWord(words lang.Printer, m Message) string {
	if m.Channel == Phone && m.State == Queued {
		return words.T("desk.message.to-call")
	}
	return words.T("message.state." + string(m.State))
}

// paragraphs cuts a plain text at its empty lines.
func paragraphs(s string) (out []string) {
	for part := range strings.SplitSeq(s, "\n\n") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func (s *Service) callView(c *web.Ctx, m Call) html.Call {
	v := html.Call{ID: m.ID, Name: m.Name, Number: m.Number, Tel: "tel:" + strings.ReplaceAll(m.Number, " ", ""), About: title(c.P, m.Message), Say: paragraphs(s.Shown(m.Message)), By: m.LookAt,
		Spoken: messagesHome + "/" + m.ID + "/spoken", NoAnswer: messagesHome + "/" + m.ID + "/no-answer"}
	if v.By.IsZero() {
		v.By = m.Before
	}
	if m.Language != c.P.Lang() {
		v.SayLang = m.Language
	}
	if m.Case != "" {
		v.CaseHref = "/desk/cases/" + m.Case
		c.Saw("case", m.Case)
	}
	if m.Attempts > 0 {
		v.Note = c.P.T("desk.calls.tried", "Count", m.Attempts)
	}
	if m.NotBefore.After(c.Now()) {
		v.Note = c.P.T("desk.calls.not-before", "From", m.NotBefore)
	}
	c.Saw("person", m.Person)
	return v
}

// callState is what a form that was not accepted adds to the page.
type callState struct {
	id, said, problem string
	errors            ui.Errors
	status            int
}

func (s *Service) deskCalls(c *web.Ctx) error { return s.showCalls(c, callState{}) }

func (s *Service) showCalls(c *web.Ctx, st callState) error {
	member, everyone := c.Actor.Member, c.Query("who") == "all"
	if everyone {
		member = ""
	}
	p, err := s.Calls(c.Context(), c.Actor, member, c.Query("after"), callRows)
	if err != nil {
		return err
	}
	v := html.CallsView{Title: c.P.T("desk.calls.title", "Count", len(p.Items)), Sub: c.P.T("desk.calls.sub"), Problem: st.problem, Errors: st.errors,
		Empty:  ui.EmptyView{Title: c.P.T("desk.calls.none-title"), Text: c.P.T("desk.calls.none-text")},
		Scopes: []ui.Segment{{Label: c.P.T("desk.calls.mine"), Href: callsHome, Current: !everyone}, {Label: c.P.T("desk.calls.everyone"), Href: callsHome + "?who=all", Current: everyone}}}
	if len(p.Items) == 0 {
		v.Title = c.P.T("desk.calls.title-none")
	}
	for i, m := range p.Items {
		x := s.callView(c, m)
		x.Primary = i == 0
		if m.ID == st.id {
			x.Said, x.Errors = st.said, st.errors
		}
		v.Calls = append(v.Calls, x)
	}
	if later := c.Query("after") != ""; p.Next != "" || later {
		base := callsHome + "?"
		if everyone {
			base += "who=all&"
		}
		v.Pager = &ui.PagerView{Summary: c.P.T("desk.calls.page", "Count", len(p.Items))}
		if later {
			v.Pager.PrevHref, v.Pager.PrevLabel = base[:len(base)-1], c.P.T("desk.calls.begin")
		}
		if p.Next != "" {
			v.Pager.NextHref, v.Pager.NextLabel = base+"after="+p.Next, c.P.T("desk.calls.more")
		}
	}
	return c.Page(web.Page{Title: c.P.T("desk.calls.nav"), Nav: "calls", Live: events, Failed: st.status >= 400, Status: st.status, Body: html.Calls(v)})
}

// todayPanel are the next calls of whoever looks.
func (s *Service) todayPanel(c *web.Ctx, _ module.PanelArgs) (templ.Component, error) {
	if auth.Require(c.Actor, auth.CaseRead) != nil {
		return nil, nil //nolint:nilerr // a panel shows nothing to whom it is not for
	}
	p, err := s.Calls(c.Context(), c.Actor, c.Actor.Member, "", panelRows)
	if err != nil {
		return nil, err
	}
	var v html.Panel
	for _, m := range p.Items {
		v.Calls = append(v.Calls, s.callView(c, m))
	}
	v.Count = len(v.Calls)
	if p.Next != "" {
		err = s.DB.Read(c.Context(), func(q db.Q) error {
			n, err := CountCalls(q, c.Actor.Org, c.Actor.Member)
			v.Count = int(n)
			return err
		})
	}
	return html.Today(v), err
}

// casePanel are the newest messages of a case, with what a person must decide.
func (s *Service) casePanel(c *web.Ctx, args module.PanelArgs) (part templ.Component, err error) {
	v := html.CaseView{LiveKey: "case:" + args.Case}
	err = s.DB.Read(c.Context(), func(q db.Q) error {
		rows, err := OfCase(q, args.Org, args.Case, caseRows)
		for _, m := range rows {
			v.Items = append(v.Items, item(c.P, m))
		}
		return err
	})
	if v.Count = len(v.Items); err != nil || v.Count == 0 {
		return nil, err
	}
	return html.OfCase(v), nil
}

func item(words lang.Printer, m Message) html.Item {
	i := html.Item{ID: m.ID, Icon: channelIcons[m.Channel], Title: title(words, m), Href: messagesHome + "/" + m.ID, State: drawn(m), Word: stateWord(words, m), When: moment(m)}
	if m.Masked != "" {
		i.Note = m.Masked
	}
	if why := reason(words, m); why != "" && !m.State.Told() {
		i.Note = strings.TrimSpace(i.Note + " " + why)
	}
	if m.decidable() && m.DecidedAt.IsZero() {
		i.Decide = words.T("desk.message.needs-you")
	}
	return i
}

// decidable says whether a person can do something about a message.
func (m Message) decidable() bool { return m.State == Failed || m.State == Uncertain }

// moment is when a message got where it is.
func moment(m Message) time.Time {
	for _, at := range []time.Time{m.SeenAt, m.DeliveredAt, m.AcceptedAt, m.SendingAt} {
		if !at.IsZero() {
			return at
		}
	}
	return m.CreatedAt
}

func (s *Service) deskMessage(c *web.Ctx) error {
	return s.showMessage(c, spokenInput{}, "", nil, 0)
}

func (s *Service) showMessage(c *web.Ctx, in spokenInput, problem string, wrong ui.Errors, status int) error {
	m, err := s.Get(c.Context(), c.Actor, c.Path("message"))
	if err != nil {
		return err
	}
	c.Saw("case", m.Case)
	c.Saw("person", m.Person)
	words := c.P
	var to person.Person
	var members map[string]org.Member
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) {
		if to, err = person.ByID(q, m.Org, m.Person); err != nil {
			return err
		}
		members, err = org.MembersByIDs(q, m.Org, []string{m.Member, m.DecidedBy})
		return err
	}); err != nil {
		return err
	}
	v := html.MessageView{Eyebrow: words.T("desk.message.to", "Name", to.Name), Title: title(words, m), Sub: m.Subject, State: drawn(m), Body: paragraphs(s.Shown(m)), LiveKey: "case:" + m.Case,
		Problem: problem, Errors: wrong, Said: in.Said, Channel: in.Channel, Back: "/desk"}
	if m.Language != words.Lang() {
		v.BodyLang = m.Language
	}
	v.Callout = "**" + stateWord(words, m) + ".** " + reason(words, m)
	v.Facts = []ui.Fact{{Term: words.T("desk.message.by"), Value: words.T("desk.message.via-" + string(m.Channel))}}
	add := func(term, value string) {
		if value != "" {
			v.Facts = append(v.Facts, ui.Fact{Term: words.T(term), Value: value})
		}
	}
	told := "desk.message.delivered"
	if m.State == Spoken {
		told = "message.state.spoken"
	}
	add("desk.message.where", m.Masked)
	add("desk.message.member", members[m.Member].Name)
	for _, x := range []struct {
		term string
		at   time.Time
	}{{"desk.message.queued", m.CreatedAt}, {"desk.message.before", m.Before}, {"desk.message.accepted", m.AcceptedAt}, {told, m.DeliveredAt}, {"desk.message.seen", m.SeenAt}, {"desk.message.decided", m.DecidedAt}} {
		if !x.at.IsZero() {
			add(x.term, words.Moment(x.at))
		}
	}
	add("desk.message.decided-by", members[m.DecidedBy].Name)
	if m.Case != "" {
		v.Back = "/desk/cases/" + m.Case
	}
	base := messagesHome + "/" + m.ID
	if auth.Require(c.Actor, auth.CaseWrite) == nil {
		if m.decidable() {
			v.Resend = base + "/resend"
		}
		if m.State == Uncertain || m.State == Accepted {
			v.Arrived, v.Missed = base+"/arrived", base+"/not-arrived"
		}
		if !m.State.Told() && m.State != Recalled && m.State != Sending {
			v.Spoken = base + "/spoken"
		}
	}
	return c.Page(web.Page{Title: v.Title, Nav: "cases", Live: events, Failed: status >= 400, Status: status, Body: html.Message(v)})
}

// spokenInput is what somebody said to a customer.
type spokenInput struct {
	Channel string `form:"channel"`
	Said    string `form:"said"`
	Back    string `form:"back"`
}

// done leads back to the list the form stood in, or to the message.
func (s *Service) done(c *web.Ctx, m Message, back string) error {
	if back == "calls" {
		return c.Redirect(callsHome)
	}
	return c.Redirect(messagesHome + "/" + m.ID)
}

// again shows the page the form stood on, with what was typed.
func (s *Service) again(c *web.Ctx, in spokenInput, err error) error {
	problem, wrong, status, rest := ui.Refusal(c, err, nil)
	if rest != nil {
		return rest
	}
	if in.Back != "calls" {
		return s.showMessage(c, in, problem, wrong, status)
	}
	id := c.Path("message")
	for i := range wrong { // one of several forms on the page
		wrong[i].Field += "-" + id
	}
	return s.showCalls(c, callState{id: id, said: in.Said, problem: problem, errors: wrong, status: status})
}

func (s *Service) deskSpoken(c *web.Ctx) error {
	var in spokenInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	m, err := s.Spoken(c.Context(), c.Actor, c.Path("message"), in.Channel, in.Said)
	if err != nil {
		return s.again(c, in, err)
	}
	c.Toast("desk.calls.told")
	return s.done(c, m, in.Back)
}

func (s *Service) deskNoAnswer(c *web.Ctx) error {
	var in spokenInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	m, err := s.NoAnswer(c.Context(), c.Actor, c.Path("message"))
	if err != nil {
		return s.again(c, in, err)
	}
	if m.State == Queued {
		c.Toast("desk.calls.once-more")
	} else {
		c.Toast("desk.message.next-channel")
	}
	return s.done(c, m, in.Back)
}

// deskDecide is a decision about a message by one button.
func (s *Service) deskDecide(toast string, do func(context.Context, actor.Actor, string) (Message, error)) web.Handler {
	return func(c *web.Ctx) error {
		m, err := do(c.Context(), c.Actor, c.Path("message"))
		if err != nil {
			return s.again(c, spokenInput{}, err)
		}
		c.Toast(toast)
		return s.done(c, m, "")
	}
}
