package intake

import (
	"slices"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/intake/html"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// How much of a caller the page shows.
const (
	foundMost   = 6
	casesMost   = 5
	triesMost   = 3
	membersMost = 200
)

// loaded is what the page of a call needs to know.
type loaded struct {
	org     org.Organisation
	card    person.Card // zero for somebody who is not known
	speaks  []person.Person
	open    []casefile.Case
	next    map[string]promise.Promise
	past    []casefile.Contact // newest first
	people  []person.Card      // who may be meant
	others  []person.Card      // whom it may be about
	about   person.Person
	flags   []Flag
	members []org.Member
	teams   []org.Team
}

func (s *Service) org(c *web.Ctx) (o org.Organisation, err error) {
	err = s.DB.Read(c.Context(), func(q db.Q) error { o, err = org.ByID(q, c.Actor.Org); return err })
	return o, err
}

func (s *Service) memberName(c *web.Ctx, id string) (name string) {
	if err := s.DB.Read(c.Context(), func(q db.Q) error {
		m, err := org.MemberByID(q, c.Actor.Org, id)
		name = m.Name
		return err
	}); err != nil {
		return ""
	}
	return name
}

// load reads what the page shows, in a fixed number of queries.
func (s *Service) load(c *web.Ctx, in callInput) (l loaded, err error) {
	who := c.Actor
	if err := s.DB.Read(c.Context(), func(q db.Q) error {
		if l.org, err = org.ByID(q, who.Org); err != nil {
			return err
		}
		if l.flags, err = s.flags(q, l.org, s.words(q, l.org, c.P.Lang())); err != nil {
			return err
		}
		if in.Person != "" {
			if err := s.loadCaller(q, c, in.Person, &l); err != nil {
				return err
			}
		} else if l.people, err = s.meant(q, c, in.Q, in.Phone); err != nil {
			return err
		}
		if in.About != "" {
			if l.about, err = person.ByID(q, who.Org, in.About); err != nil {
				return err
			}
			c.Saw("person", in.About)
		} else if l.others, err = s.meant(q, c, in.AboutQ, ""); err != nil {
			return err
		}
		l.members, err = org.Active(q, who.Org, membersMost)
		return err
	}); err != nil {
		return l, err
	}
	teams, err := org.New(org.Deps{DB: s.DB}).Teams(c.Context(), who, "", membersMost)
	l.teams = teams.Items
	return l, err
}

func (s *Service) loadCaller(q db.Q, c *web.Ctx, id string, l *loaded) (err error) {
	who := c.Actor
	if l.card, err = person.CardOf(q, who.Org, id); err != nil {
		return err
	}
	c.Saw("person", id)
	if l.open, err = casefile.List(q, who.Org, casefile.Filter{Person: id}, time.Time{}, "", casesMost); err != nil {
		return err
	}
	var ids []string
	for _, x := range l.open {
		c.Saw("case", x.ID)
		ids = append(ids, x.ID)
	}
	if l.next, err = promise.NextOf(q, who.Org, ids); err != nil {
		return err
	}
	if l.past, err = casefile.ContactsSince(q, who.Org, id, time.Time{}, 50); err != nil {
		return err
	}
	stands, err := person.RepresentedBy(q, who.Org, id)
	if err != nil {
		return err
	}
	var about []string
	for _, r := range stands {
		about = append(about, r.Person)
	}
	people, err := person.ByIDs(q, who.Org, about)
	if err != nil {
		return err
	}
	for _, r := range stands {
		p := people[r.Person]
		may, err := s.Cases.MaySpeak(q, who.Org, p.ID, id)
		if err != nil {
			return err
		}
		if may {
			c.Saw("person", p.ID)
			l.speaks = append(l.speaks, p)
		}
	}
	return nil
}

// meant are customers who may be meant by what was typed: a name, a number, a
// birth date.
func (s *Service) meant(q db.Q, c *web.Ctx, typed, phone string) (out []person.Card, err error) {
	for _, t := range []string{typed, phone} {
		if len(person.Query(t)) == 0 || len(out) > 0 {
			continue
		}
		p, err := person.Find(q, c.Actor.Org, t, "", foundMost)
		if err != nil {
			return nil, err
		}
		out = p.Items
	}
	for _, x := range out {
		c.Saw("person", x.Person.ID)
	}
	return out, nil
}

func (s *Service) showCall(c *web.Ctx, in callInput, problem string, wrong ui.Errors, status int) error {
	l, err := s.load(c, in)
	if err != nil {
		return err
	}
	advice, err := s.Promises.Advise(c.Context(), c.Actor, promise.Wanted{Kind: promise.Answer, Case: in.Case})
	if err != nil {
		return err
	}
	if in.Channel == "" {
		in.Channel = "phone"
	}
	if in.Owner == "" {
		in.Owner = c.Actor.Member
	}
	l.chooseMoment(&in, advice)
	f := html.CallForm{Draft: "call:" + in.Person, WhoID: in.Person, Query: in.Q, Phone: in.Phone, Born: in.Born, New: in.New, AskNew: in.askNew || in.New, Company: in.Company,
		Anonymous: in.Anonymous, Found: l.found(c, in), Subject: in.Subject, Flags: l.flagsView(c, in, wrong), AboutID: in.About, AboutQ: in.AboutQ, AboutNew: in.AboutNew,
		AskOther: in.askOther || in.AboutNew, Seen: in.Seen, About: l.aboutFound(c), Helped: in.End == string(Helped), Answer: in.Answer, Written: in.Written, ByText: in.ByText, Errors: wrong}
	f.More = in.For != "" && in.For != forSelf || in.Channel != "phone" || wrong.For("about_q") != "" || wrong.For("for") != "" || wrong.For("basis") != "" || wrong.For("channel") != ""
	f.By, f.Basis = l.chips(c.P, in, advice)
	f.Say = l.say(c, s, in)
	l.choices(c, in, &f)
	v := html.CallView{Head: ui.PageHeadView{Title: c.P.T("desk.call.title"), Sub: c.P.T("desk.call.sub")}, Errors: wrong, Problem: problem}
	if in.Person != "" {
		l.known(c, in, &v, &f)
	}
	if !l.org.Calendar.OpenAt(c.Now()) {
		if v.Closed = l.org.Settings.UrgentClosed; len(v.Closed) == 0 {
			v.Closed = []string{c.P.T("desk.call.closed-life"), c.P.T("desk.call.closed-rest")}
		}
	}
	v.Form, v.Aside.Questions = f, l.org.Settings.ThreeQuestions
	return c.Page(web.Page{Title: v.Head.Title, Nav: "today", Class: "page--call", Failed: status >= 400, Status: status, Body: html.Call(v)})
}

// known fills in what is known of whoever is on the line.
func (l loaded) known(c *web.Ctx, in callInput, v *html.CallView, f *html.CallForm) {
	words, local := c.P, c.Now().In(c.P.Loc())
	p := l.card.Person
	f.Who = &ui.Person{ID: p.ID, Name: p.Name}
	f.WhoNote = identity(words, l.card, local)
	if p.Language != words.Lang() {
		f.Language = p.Language
	}
	midnight := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, local.Location())
	var today []casefile.Contact
	for _, m := range l.past {
		if m.Direction == casefile.In && !m.At.Before(midnight) {
			today = append(today, m)
		}
	}
	v.Head.Title, v.Head.Sub = p.Name, words.T("desk.call.known-sub", "Name", p.Called())
	if in.Phone != "" {
		v.Head.Eyebrow = words.T("desk.call.line", "Number", person.Spoken(in.Phone), "At", c.Now())
	}
	if n := len(today); n > 0 {
		v.Head.Title = words.T("desk.call.again", "Name", p.Name, "Count", n+1)
		v.Head.Sub = words.T("desk.call.begin", "Count", n)
		today = today[:min(n, triesMost)]
		slices.Reverse(today)
		for _, m := range today {
			f.Tries = append(f.Tries, html.Try{Clock: words.Clock(m.At), Text: words.T("desk.call.try", "Channel", words.T("channel."+m.Channel), "Said", cut(m.Said))})
		}
		f.Tries = append(f.Tries, html.Try{Clock: words.Clock(c.Now()), Text: words.T("desk.call.now"), Now: true})
	}
	v.Aside.Matters = matters(words, l.card)
	v.Aside.Facts = []ui.Fact{{Term: words.T("desk.call.fact-open"), Value: words.T("desk.call.open", "Count", len(l.open))}}
	if len(l.past) > 0 {
		v.Aside.Facts = append(v.Aside.Facts, ui.Fact{Term: words.T("desk.call.fact-last"), Value: words.Ago(l.past[0].At)})
	}
	for _, r := range l.card.Representatives {
		v.Aside.Facts = append(v.Aside.Facts, ui.Fact{Term: words.T("desk.call.fact-speaks"), Value: words.T("desk.call.speaks", "Name", r.Name, "Basis", words.T("desk.basis."+string(r.Basis)))})
	}
	v.Aside.Facts = append(v.Aside.Facts, ui.Fact{Term: words.T("desk.call.fact-record"), Value: words.T("desk.call.record", "Name", p.Called()), Href: "/desk/people/" + p.ID})
	for _, point := range person.Reach(l.card.Points, local) {
		if point.Kind == person.Email {
			f.CanSend = words.T("desk.call.written", "Name", p.Called())
			break
		}
	}
}

// cut is the beginning of what was said.
func cut(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// identity is what tells two customers of one name apart.
func identity(words lang.Printer, card person.Card, at time.Time) string {
	age, ok := card.Person.Age(at)
	number := ""
	for _, p := range card.Points {
		if p.Usable && !p.Refused {
			if number = p.Value; p.Kind == person.Phone || p.Kind == person.SMS {
				number = person.Spoken(p.Value)
			}
			break
		}
	}
	switch {
	case card.Person.Kind == person.Company:
		return words.T("desk.call.who-company", "Point", number)
	case ok:
		return words.T("desk.call.who-age", "Count", age, "Point", number)
	}
	return number
}

// matters is what matters to somebody, in their own words.
func matters(words lang.Printer, card person.Card) []ui.MattersView {
	v := ui.MattersView{Title: words.T("desk.case.matters")}
	var last time.Time
	for _, m := range card.Matters {
		v.Items = append(v.Items, m.Text)
		if m.SaidAt.After(last) {
			last = m.SaidAt
		}
	}
	if len(v.Items) == 0 {
		return nil
	}
	if card.Person.Language != words.Lang() {
		v.Lang = card.Person.Language
	}
	v.Note = words.T("desk.case.matters-note", "At", last)
	return []ui.MattersView{v}
}

func (l loaded) found(c *web.Ctx, in callInput) html.FoundView {
	v := html.FoundView{ID: "found", Name: "pick"}
	if in.Person != "" {
		return v
	}
	v.Items = hits(c, l.people)
	if len(v.Items) == 0 && (len(person.Query(in.Q)) > 0 || len(person.Query(in.Phone)) > 0) {
		v.None = c.P.T("desk.call.found-none")
	}
	return v
}

func (l loaded) aboutFound(c *web.Ctx) html.FoundView {
	return html.FoundView{ID: "about-found", Name: "pick_about", Items: hits(c, l.others)}
}

func hits(c *web.Ctx, cards []person.Card) (out []html.Found) {
	for _, x := range cards {
		out = append(out, html.Found{Person: ui.Person{ID: x.Person.ID, Name: x.Person.Name}, Note: identity(c.P, x, c.Now().In(c.P.Loc()))})
	}
	return out
}

// flagsView are the red flags in what was typed.
func (l loaded) flagsView(_ *web.Ctx, in callInput, wrong ui.Errors) html.FlagsView {
	v := html.FlagsView{Error: wrong.For("asked")}
	for _, f := range Spot(l.flags, in.Subject) {
		v.Items = append(v.Items, html.FlagView{ID: f.ID, Name: f.Name, Ask: lines(f.Ask), Act: lines(f.Act), Asked: slices.Contains(in.Asked, f.ID)})
	}
	return v
}

// chooseMoment chooses the advised moment when none was.
func (l loaded) chooseMoment(in *callInput, a promise.Advice) {
	if in.By != "" {
		return
	}
	for _, x := range a.Suggestions {
		if in.By == "" || x.Advised {
			in.By = x.Due.UTC().Format(time.RFC3339)
		}
	}
	if in.By == "" && !a.TellMore.IsZero() {
		in.By = a.TellMore.UTC().Format(time.RFC3339)
	}
}

// chips are the moments to choose from, with how often we managed.
func (l loaded) chips(words lang.Printer, in callInput, a promise.Advice) (out []ui.Option, basis string) {
	if len(l.open) > 0 {
		out = append(out, ui.Option{Value: byStays, Label: words.T("desk.call.stays"), Note: words.T("desk.call.stays-note"), Selected: in.By == byStays})
	}
	there := false
	list := a.Suggestions
	if len(list) == 0 && !a.TellMore.IsZero() {
		list = []promise.Suggestion{{Due: a.TellMore, Advised: true}}
	}
	for _, x := range list {
		value := x.Due.UTC().Format(time.RFC3339)
		note := words.Rel(x.Due)
		switch {
		case x.Odds > 0 && x.Advised:
			note = words.T("desk.call.odds-advised", "N", tenths(x.Odds))
		case x.Odds > 0 && x.Odds < 0.75:
			note = words.T("desk.call.odds-risky", "N", tenths(x.Odds))
		case x.Odds > 0:
			note = words.T("desk.call.odds", "N", tenths(x.Odds))
		}
		there = there || value == in.By
		out = append(out, ui.Option{Value: value, Label: words.Moment(x.Due), Note: note, Selected: value == in.By && in.ByText == ""})
	}
	if at, err := time.Parse(time.RFC3339, in.By); err == nil && !there { // offered a while ago
		out = append(out, ui.Option{Value: in.By, Label: words.Moment(at), Note: words.Rel(at), Selected: in.ByText == ""})
	}
	out = append(out, ui.Option{Value: byTyped, Label: words.T("desk.call.other"), Note: words.T("desk.call.other-note"), Selected: in.By == byTyped || in.ByText != ""})
	switch {
	case a.CannotSay:
		basis = words.T("desk.call.cannot-say")
	case a.Basis == promise.BasisNorm:
		basis = words.T("desk.call.norm")
	default:
		basis = words.T("desk.call.basis-of", "Count", a.Of)
	}
	return out, basis
}

// tenths is a share as people say it: 9 of 10.
func tenths(odds float64) int { return min(10, max(1, int(odds*10+0.5))) }

// say is the sentence for now, in the language of whoever hears it.
func (l loaded) say(c *web.Ctx, s *Service, in callInput) html.SayView {
	if in.By == byStays && in.ByText == "" {
		p, ok := l.next[in.Case]
		if !ok {
			return html.SayView{}
		}
		words := c.P.In(l.card.Person.Language)
		return html.SayView{Label: c.P.T("desk.call.say"), Lang: words.Lang(),
			Text: sentence(words, promise.Make{Kind: p.Kind, What: p.What, Due: p.Due}, l.name(p.Keeper))}
	}
	m, err := s.typedPromise(c, in)
	if err != nil {
		problem, _, _, rest := ui.Refusal(c, err, nil)
		if rest != nil {
			return html.SayView{}
		}
		return html.SayView{Problem: problem}
	}
	if m.Due.IsZero() {
		return html.SayView{}
	}
	words := c.P.In(l.org.Language)
	if l.card.Person.Language != "" {
		words = c.P.In(l.card.Person.Language)
	}
	m.What = words.T("intake.what-answer")
	if m.Kind == promise.Callback {
		m.What = words.T("intake.what-callback")
	}
	owner := in.Owner
	if owner == "" {
		owner = c.Actor.Member
	}
	return html.SayView{Label: c.P.T("desk.call.say"), Text: sentence(words, m, l.name(owner)), Lang: words.Lang()}
}

// name is who a member or a team means.
func (l loaded) name(id string) string {
	for _, t := range l.teams {
		if t.ID == id {
			id = t.Duty
		}
	}
	for _, m := range l.members {
		if m.ID == id {
			return m.Name
		}
	}
	return ""
}

// choices are the lists of the form.
func (l loaded) choices(c *web.Ctx, in callInput, f *html.CallForm) {
	words := c.P
	f.Cases = []ui.Option{{Value: "", Label: words.T("desk.call.case-new"), Selected: in.Case == ""}}
	for _, x := range l.open {
		f.Cases = append(f.Cases, ui.Option{Value: x.ID, Label: x.Subject, Note: words.T("desk.call.case-next", "Ref", x.Ref(), "Next", x.NextDue, "Owner", l.name(x.Owner)), Selected: in.Case == x.ID})
	}
	f.For = []ui.Option{{Value: forSelf, Label: words.T("desk.call.for-self"), Selected: in.For == "" || in.For == forSelf}}
	for _, p := range l.speaks {
		f.For = append(f.For, ui.Option{Value: p.ID, Label: words.T("desk.call.for-known", "Name", p.Name), Selected: in.For == p.ID})
	}
	f.For = append(f.For, ui.Option{Value: forOther, Label: words.T("desk.call.for-other"), Selected: in.For == forOther})
	if l.about.ID != "" {
		f.AboutWho = &ui.Person{ID: l.about.ID, Name: l.about.Name}
	}
	f.Bases = []ui.Option{{Value: "", Label: words.T("desk.call.basis-none"), Selected: in.Basis == ""}}
	for _, b := range person.Bases {
		f.Bases = append(f.Bases, ui.Option{Value: string(b), Label: words.T("person.basis." + string(b)), Selected: in.Basis == string(b)})
	}
	for _, ch := range []string{"phone", "desk", "email", "video", "post", "sms"} {
		f.Channels = append(f.Channels, ui.Option{Value: ch, Label: words.T("channel." + ch), Selected: in.Channel == ch})
	}
	if in.Told == "" {
		in.Told = toldPrefer
	}
	for _, t := range []string{toldPrefer, toldPhone, toldDesk} {
		f.Told = append(f.Told, ui.Option{Value: t, Label: words.T("desk.call.told-" + t), Selected: in.Told == t})
	}
	f.Owners = []ui.Option{{Value: c.Actor.Member, Label: words.T("desk.call.owner-me", "Name", c.Actor.Name), Selected: in.Owner == c.Actor.Member}}
	for _, t := range l.teams {
		if t.Active {
			f.Owners = append(f.Owners, ui.Option{Value: t.ID, Label: words.T("desk.call.owner-team", "Team", t.Name, "Duty", l.name(t.Duty)), Selected: in.Owner == t.ID})
		}
	}
	for _, m := range l.members {
		if m.ID != c.Actor.Member {
			f.Owners = append(f.Owners, ui.Option{Value: m.ID, Label: m.Name, Selected: in.Owner == m.ID})
		}
	}
}

// mayChange says whether somebody may change the list of red flags.
func mayChange(c *web.Ctx) bool { return auth.May(c.Actor, auth.OrgAdmin) }
