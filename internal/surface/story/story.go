package story

import (
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/houvast/houvast/internal/kernel/workcal"
)

// Text is a sentence in both languages.
type Text struct {
	NL string `json:"nl"`
	EN string `json:"en"`
}

// In gives the sentence in a language, Dutch unless English is asked for.
func (t Text) In(language string) string {
	if language == "en" {
		return t.EN
	}
	return t.NL
}

// Story is a parsed story.
type Story struct {
	Name     string
	File     string
	Source   string
	Title    Text
	Summary  Text
	Zone     *time.Location
	Happened Happened
	Cast     Cast
	Callers  []*Caller
	Steps    []*Step
	Finally  map[string]*yaml.Node // "guarded" and "bare": what the counters must be

	days int // how far all dates are shifted
}

// Happened is what happened in real life, counted from the text.
type Happened struct {
	Contacts      int     `json:"contacts_by_customer"`
	Organisations int     `json:"organisations"`
	Days          int     `json:"days"`
	Bounces       int     `json:"bounces"`
	Outcome       Text    `json:"outcome"`
	Timeline      []Event `json:"timeline"`
}

// Event is a line of what happened in real life. Contact says that the customer
// had to get in touch; Bounce that they were sent elsewhere without getting
// further.
type Event struct {
	At      Moment `json:"-"`
	When    string `json:"at"`
	Text    Text   `json:"text"`
	Contact bool   `json:"contact,omitempty"`
	Bounce  bool   `json:"bounce,omitempty"`
}

// Cast is who plays.
type Cast struct {
	Organisations []*Organisation
	Customers     []*Customer
}

// Organisation of the cast.
type Organisation struct {
	ID       string
	Name     string
	Kind     string
	Phone    string
	Language string
	Calendar workcal.Calendar
	Settings *yaml.Node
	Staff    []*Staff
	Teams    []*Team
	Needs    []string // papers that come along with a referral to it
	Desk     string   // team or staff who answers referrals

	line int
}

// Staff is a member of an organisation. The first administrator is the one the
// organisation is made with.
type Staff struct {
	ID, Name, Role, Title, Deputy string

	org  *Organisation
	line int
}

// Team of an organisation.
type Team struct {
	ID, Name, Duty string
	AutoAccept     bool

	org  *Organisation
	line int
}

// Customer of the cast: one person in real life, known at several
// organisations, each with its own record.
type Customer struct {
	ID, Name, CallName, Born, Language string
	Phone, Email                       string
	Prefers                            string // phone or email
	Guardian                           string
	Basis                              string
	KnownAt                            []string
	Matters                            []Text

	line int
}

// Caller is the rules that a customer follows (decision 27).
type Caller struct {
	ID       string // of the customer
	About    string // whom the question is about
	Begins   Moment
	BeginsAt string        // organisation
	Patience time.Duration // without a promise that still holds
	Grace    time.Duration // after a promised time passed
	Turns    time.Duration // after being told to turn elsewhere
	Reads    time.Duration // after a message arrived
	Replies  map[string][]*Reply

	line int
}

// Reply is how the desk of an organisation answers a contact.
type Reply struct {
	Asks  Text // what the customer says
	Steps []*Step
}

// Step is one thing that somebody does, or that is looked at.
type Step struct {
	At        Moment // the zero Moment when After counts
	After     Span
	As        Who
	Say       Text
	Call      string
	With      *yaml.Node
	Save      string
	Expect    *Expect
	StoppedBy string
	Instead   []*Step
	Needs     []string
	Unless    []string
	Only      string

	node *yaml.Node
	line int
}

// Who acts in a step.
type Who struct{ Staff, Customer, Organisation string }

// Expect is what must hold after a step.
type Expect struct {
	Status   int
	Problem  string
	Body     *yaml.Node
	Signals  []map[string]string
	Messages []map[string]string
	Owner    map[string]string // saved case → staff
	Promises map[string]string // state → number or comparison

	line  int
	lines map[string]int
}

// count says how many things are expected.
func (e *Expect) count() int {
	if e == nil {
		return 0
	}
	n := len(e.Signals) + len(e.Messages) + len(e.Owner) + len(e.Promises)
	if e.Status != 0 {
		n++
	}
	if e.Problem != "" {
		n++
	}
	if e.Body != nil {
		n += len(e.Body.Content) / 2
	}
	return n
}

// Shift gives the same story some whole weeks later, or earlier when negative,
// so that weekdays and clock times stay what they are.
func (s *Story) Shift(weeks int) *Story {
	shifted := *s
	shifted.days += 7 * weeks
	return &shifted
}

// ShiftDays gives the same story some days later. Weekdays change, so it is
// only for a story whose organisations are open every day alike.
func (s *Story) ShiftDays(days int) *Story {
	shifted := *s
	shifted.days += days
	return &shifted
}

// born is the birth date of a customer, shifted as far as the story: a child of
// ten stays a child of ten. Empty when the story does not say it.
func (s *Story) born(c *Customer) string {
	d, err := time.Parse(time.DateOnly, c.Born)
	if err != nil { // refused when parsing, so it is absent
		return ""
	}
	return d.AddDate(0, 0, s.days).Format(time.DateOnly)
}

// happened is what happened in real life, on the days to which the story is shifted.
func (s *Story) happened() []Event {
	out := make([]Event, len(s.Happened.Timeline))
	for i, e := range s.Happened.Timeline {
		at := e.At.At(s.Zone, s.days)
		if e.When = at.Format("2006-01-02T15:04"); e.At.wall.Hour() == 0 && e.At.wall.Minute() == 0 {
			e.When = at.Format(time.DateOnly)
		}
		out[i] = e
	}
	return out
}

// Start is the moment at which the clock must stand before the cast is set up:
// the morning of the day before anything happens.
func (s *Story) Start() time.Time {
	first := s.first().At(s.Zone, s.days)
	return time.Date(first.Year(), first.Month(), first.Day()-1, 6, 0, 0, 0, s.Zone)
}

// End is the last moment that the story names itself.
func (s *Story) End() time.Time {
	last := s.first()
	s.moments(func(m Moment) {
		if last.Before(m) {
			last = m
		}
	})
	return last.At(s.Zone, s.days)
}

func (s *Story) first() (first Moment) {
	s.moments(func(m Moment) {
		if first.IsZero() || m.Before(first) {
			first = m
		}
	})
	return first
}

func (s *Story) moments(each func(Moment)) {
	for _, c := range s.Callers {
		each(c.Begins)
	}
	for _, st := range s.Steps {
		if !st.At.IsZero() {
			each(st.At)
		}
	}
}

func (s *Story) organisation(id string) *Organisation {
	for _, o := range s.Cast.Organisations {
		if o.ID == id {
			return o
		}
	}
	return nil
}

func (s *Story) customer(id string) *Customer {
	for _, c := range s.Cast.Customers {
		if c.ID == id {
			return c
		}
	}
	return nil
}

func (s *Story) staff(id string) *Staff {
	for _, o := range s.Cast.Organisations {
		for _, m := range o.Staff {
			if m.ID == id {
				return m
			}
		}
	}
	return nil
}

// walk visits all steps, also those inside others.
func (s *Story) walk(each func(*Step)) {
	var visit func([]*Step)
	visit = func(list []*Step) {
		for _, st := range list {
			each(st)
			visit(st.Instead)
		}
	}
	visit(s.Steps)
	for _, c := range s.Callers {
		for _, o := range s.Cast.Organisations {
			for _, r := range c.Replies[o.ID] {
				visit(r.Steps)
			}
		}
	}
}
