package story

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/mail"
)

// mind is a customer following rules (decision 27). What they know is what
// they were told by voice and what their page shows them, nothing else.
//
//   - Told to turn elsewhere, they do so a little later, in opening hours.
//   - A promised time that passed without a word, and some grace: they get in
//     touch with who promised it.
//   - Nothing promised to them that still holds, for as long as their
//     patience: they get in touch with whoever has the question.
//   - A message arrives: they open its link when they get to it.
//   - An appointment they know of: they wait for it.
type mind struct {
	rule    *Caller
	persons map[string]string // their person id → organisation in the story
	about   map[string]bool   // person ids of whom it is about
	email   string

	wake struct {
		at   time.Time
		kind int
		org  string
	}
	turn     *turn
	letters  []letter
	calls    []time.Time // when they got in touch
	at       map[string]int
	lastOrg  string
	holder   string // organisation that has the question, as told on their page or at the desk
	news     time.Time
	seen     map[string]bool // promises their page showed
	known    []heard
	session  string
	ready    bool // passed the second factor
	finished bool
}

// Kinds of waking up.
const (
	wakeContact = iota
	wakeRead
)

// turn is somewhere the customer was told to go.
type turn struct {
	at  time.Time
	org string
}

// letter is a message that arrived and is not read yet.
type letter struct {
	at    time.Time
	token string
}

func newMind(r *run, c *Caller) *mind {
	m := &mind{rule: c, persons: map[string]string{}, about: map[string]bool{}, at: map[string]int{}, seen: map[string]bool{}}
	for _, o := range r.s.Cast.Organisations {
		if id := r.ids[c.ID+"@"+o.ID]; id != "" {
			m.persons[id] = o.ID
		}
		if id := r.ids[c.About+"@"+o.ID]; id != "" {
			m.about[id] = true
		}
	}
	m.email = r.s.customer(c.ID).Email
	m.turn = &turn{at: c.Begins.At(r.s.Zone, r.s.days), org: c.BeginsAt}
	m.decide(r)
	return m
}

// mine says whether a person is this customer, or whom they ask about.
func (m *mind) mine(person string) bool { return m.persons[person] != "" || m.about[person] }

// heardOf says whether the customer knows of a promise.
func (m *mind) heardOf(p heard) bool {
	return p.Told == "spoken" || p.Told == "delivered" || m.seen[p.ID]
}

// look takes in what the customer can know now, and decides again.
func (m *mind) look(q db.Q, r *run) error {
	all, err := promisesIn(q)
	if err != nil {
		return err
	}
	m.known = m.known[:0]
	for _, p := range all {
		if m.persons[p.To] == "" && !m.about[p.To] {
			continue
		}
		if m.heardOf(p) && !p.MadeAt.Before(r.begun) {
			m.known = append(m.known, p)
		}
	}
	out, err := reachedOut(q)
	if err != nil {
		return err
	}
	for _, c := range out {
		if m.mine(c.Person) && c.At.After(m.news) {
			m.news = c.At
		}
	}
	cases, err := casesIn(q)
	if err != nil {
		return err
	}
	for _, c := range cases {
		// Whoever took the question last has it; a case that ended where it began
		// is nobody's.
		if m.mine(c.Person) && c.ClosedAt.IsZero() && !c.OpenedAt.Before(r.begun) {
			m.holder = r.org[c.Org]
		}
	}
	m.decide(r)
	return nil
}

// meet takes in that an organisation made a record of a customer.
func (m *mind) meet(customer, person, org string) {
	if m.rule.ID == customer {
		m.persons[person] = org
	}
	if m.rule.About == customer {
		m.about[person] = true
	}
}

// decide works out when the customer does something next.
func (m *mind) decide(r *run) {
	m.wake.at, m.wake.kind, m.wake.org = time.Time{}, wakeContact, ""
	if m.finished {
		return
	}
	for _, l := range m.letters {
		if m.wake.at.IsZero() || l.at.Before(m.wake.at) {
			m.wake.at, m.wake.kind = l.at, wakeRead
		}
	}
	at, org := m.contact(r)
	if at.IsZero() {
		return
	}
	if o := r.s.organisation(org); o != nil {
		if open := o.Calendar.NextOpen(at); !open.IsZero() {
			at = open
		}
	}
	if at.Before(r.now()) {
		at = r.now()
	}
	if m.wake.at.IsZero() || at.Before(m.wake.at) {
		m.wake.at, m.wake.kind, m.wake.org = at, wakeContact, org
	}
}

// contact is when and with whom the customer gets in touch, as things stand.
func (m *mind) contact(r *run) (at time.Time, org string) {
	if m.turn != nil {
		return m.turn.at, m.turn.org
	}
	since := m.news
	if n := len(m.calls); n > 0 && m.calls[n-1].After(since) {
		since = m.calls[n-1]
	}
	holds := false
	for _, p := range m.known {
		switch {
		case p.Kind == "visit" && (p.State == "open" || p.State == "kept"):
			return time.Time{}, "" // they have what they came for
		case p.State == "open" && p.Due.Add(m.rule.Grace).After(r.now()):
			holds = true
			if when := p.Due.Add(m.rule.Grace); at.IsZero() || when.Before(at) {
				at, org = when, r.org[p.Org]
			}
		case p.State == "open" || p.State == "broken":
			// Its time passed. A word since then, or having been in touch, settles it.
			if since.Before(p.Due) {
				if when := p.Due.Add(m.rule.Grace); at.IsZero() || when.Before(at) {
					at, org = when, r.org[p.Org]
				}
				holds = true
			}
		}
		if p.EndedAt.After(since) && p.State != "open" {
			since = p.EndedAt
		}
		if p.ToldAt.After(since) {
			since = p.ToldAt
		}
	}
	if holds {
		return at, org
	}
	if len(m.calls) == 0 {
		return time.Time{}, ""
	}
	org = m.holder
	if org == "" {
		org = m.lastOrg
	}
	return since.Add(m.rule.Patience), org
}

// answered says whether the desk has an answer written for the next contact.
func (m *mind) answered() bool { return m.at[m.wake.org] < len(m.rule.Replies[m.wake.org]) }

// end is where the story has no more to say about this customer.
func (m *mind) end(r *run) {
	if m.finished {
		return
	}
	m.finished = true
	m.decide(r)
	r.entry(Entry{moment: r.acted, Actor: r.s.customer(m.rule.ID).Name, Kind: EntryEnds, Organisation: m.wake.org, Text: words(r, "story.continued")})
}

// act is the customer doing what they decided.
func (m *mind) act(ctx context.Context, r *run) error {
	if m.wake.kind == wakeRead {
		return m.read(ctx, r)
	}
	if !m.answered() {
		m.end(r)
		return nil
	}
	org := m.wake.org
	reply := m.rule.Replies[org][m.at[org]]
	m.at[org]++
	m.turn, m.lastOrg = nil, org
	m.calls = append(m.calls, r.now())
	r.did()
	r.entry(Entry{moment: r.now(), Actor: r.s.customer(m.rule.ID).Name, Kind: EntryContact, Organisation: org, Text: reply.Asks})
	t := &track{steps: append([]*Step(nil), reply.Steps...), at: r.now(), org: org}
	if len(t.steps) > 0 {
		if first := t.steps[0]; !first.At.IsZero() {
			t.at = first.At.At(r.s.Zone, r.s.days)
		} else {
			t.at = first.After.from(r.now(), r.s.Zone, r.calendarOf(first.As, org))
		}
		if t.at.Before(r.now()) {
			t.at = r.now()
		}
		r.add(t)
	}
	m.decide(r)
	return nil
}

// sentTo takes in that the customer was told to turn elsewhere.
func (m *mind) sentTo(r *run, org string, at time.Time) {
	m.turn = &turn{at: at.Add(m.rule.Turns), org: org}
	m.decide(r)
}

// linkForm is where a message has the customer's personal link.
var linkForm = regexp.MustCompile(`/q/([A-Za-z0-9._~-]{20,300})`)

// inbox takes in the mail that arrived, and says whether there was any for
// somebody who follows rules.
func (r *run) inbox() bool {
	all := r.in.Arrived()
	got := false
	for _, msg := range all[min(r.mails, len(all)):] {
		for _, m := range r.minds {
			if m.email == "" || msg.To.Email != m.email || r.now().Before(r.begun) {
				continue
			}
			m.arrived(r, msg)
			got = true
		}
	}
	r.mails = len(all)
	return got
}

func (m *mind) arrived(r *run, msg mail.Message) {
	m.news = r.now()
	if found := linkForm.FindStringSubmatch(msg.Text + "\n" + msg.HTML); found != nil {
		m.letters = append(m.letters, letter{at: awake(r.now().Add(m.rule.Reads), r.s.Zone), token: found[1]})
	}
	m.decide(r)
}

// awake is the moment itself by day, else the next morning.
func awake(t time.Time, loc *time.Location) time.Time {
	l := t.In(loc)
	switch {
	case l.Hour() < 7:
		return time.Date(l.Year(), l.Month(), l.Day(), 7, 30, 0, 0, loc)
	case l.Hour() >= 23:
		return time.Date(l.Year(), l.Month(), l.Day()+1, 7, 30, 0, 0, loc)
	}
	return t
}

// read opens the link of the first message and looks at the page.
func (m *mind) read(ctx context.Context, r *run) error {
	first := 0
	for i, l := range m.letters {
		if l.at.Before(m.letters[first].at) {
			first = i
		}
	}
	l := m.letters[first]
	m.letters = append(m.letters[:first], m.letters[first+1:]...)
	a, err := r.api.call(ctx, "", operations.open, map[string]any{"token": l.token})
	if err != nil {
		return err
	}
	if !a.ok() {
		r.fail(m.rule.line, operations.open, "a link that opens", a.String())
		m.decide(r)
		return nil
	}
	if err := m.enter(ctx, r, a.body); err != nil {
		return err
	}
	page, err := r.api.call(ctx, m.session, operations.question, nil)
	if err != nil {
		return err
	}
	if !page.ok() {
		r.fail(m.rule.line, operations.question, "the customer's page", page.String())
		m.decide(r)
		return nil
	}
	shown, _ := dig(page.body, "promises")
	list, _ := shown.([]any)
	for _, p := range list {
		if id, ok := dig(p, "id"); ok {
			m.seen[show(id)] = true
		}
	}
	if org, ok := dig(page.body, "organisation_id"); ok {
		m.lastOrg = r.org[show(org)]
	}
	if _, err := r.settle(ctx); err != nil {
		return err
	}
	err = r.in.Read(ctx, func(q db.Q) error { return m.look(q, r) })
	return err
}

// enter keeps the session of an opened link, and passes the second factor
// where a birth date is enough for it.
func (m *mind) enter(ctx context.Context, r *run, opened any) error {
	token, _ := dig(opened, "token")
	confirmed, _ := dig(opened, "confirmed")
	m.session, m.ready = show(token), confirmed == true
	born := r.s.born(r.s.customer(m.rule.ID))
	factors, _ := dig(opened, "factors")
	list, _ := factors.([]any)
	for _, f := range list {
		kind, _ := dig(f, "kind")
		if m.ready || born == "" || kind != "birth-date" {
			continue
		}
		a, err := r.api.call(ctx, m.session, operations.confirm, map[string]any{"kind": "birth-date", "value": born})
		if err != nil {
			return err
		}
		if !a.ok() {
			r.fail(m.rule.line, operations.confirm, "a birth date that is accepted", a.String())
			return nil
		}
		if token, ok := dig(a.body, "token"); ok {
			m.session, m.ready = show(token), true
		}
	}
	return nil
}

// mayAct says why a customer cannot act by their page.
func (m *mind) mayAct() error {
	switch {
	case m.session == "":
		return errors.New("the customer opened no link yet")
	case !m.ready:
		return fmt.Errorf("%s did not pass the second factor: give the customer a birth date", m.rule.ID)
	}
	return nil
}
