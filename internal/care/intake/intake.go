package intake

import (
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
)

// Ending is how a call ends.
type Ending string

// The two endings.
const (
	Helped   Ending = "helped"   // nothing is left to do
	Question Ending = "question" // somebody has it, with a clock time
)

// Party is somebody in a call: a customer who is known, one who is new, or one
// who does not say who they are.
type Party struct {
	Person    string `json:"person_id,omitempty" doc:"A customer who is known."`
	Name      string `json:"name,omitempty" maxLength:"200" doc:"Somebody new."`
	Phone     string `json:"phone,omitempty" maxLength:"40"`
	Email     string `json:"email,omitempty" maxLength:"254"`
	BirthDate string `json:"birth_date,omitempty" maxLength:"20" doc:"1984-03-02"`
	Company   bool   `json:"company,omitempty" doc:"Another organisation or a firm."`
	Anonymous bool   `json:"anonymous,omitempty" doc:"They do not say who they are."`
}

// known says whether anything was said about who it is.
func (p Party) known() bool { return p.Person != "" || strings.TrimSpace(p.Name) != "" || p.Anonymous }

// fresh says whether somebody has to be added.
func (p Party) fresh() bool { return p.Person == "" }

// newPerson is a party to be added, with the way they reached us first.
func (p Party) newPerson(channel string) person.NewPerson {
	n := person.NewPerson{Kind: person.Human, Name: p.Name, BirthDate: p.BirthDate}
	if p.Company {
		n.Kind = person.Company
	}
	if p.Phone != "" {
		n.Points = append(n.Points, person.NewPoint{Kind: person.Phone, Value: p.Phone})
	}
	if p.Email != "" {
		at := person.NewPoint{Kind: person.Email, Value: p.Email}
		if channel == string(person.Email) {
			n.Points = append([]person.NewPoint{at}, n.Points...)
		} else {
			n.Points = append(n.Points, at)
		}
	}
	return n
}

// Call is one conversation, from who it is to how it ends.
type Call struct {
	Caller  Party
	About   *Party       // somebody else; nil: the caller
	Basis   person.Basis // why the caller may speak for them, when it is recorded now
	Seen    bool         // the proof was shown
	Channel string
	Subject string   // what they want to know or have, in their words
	Case    string   // an open case it is about
	Asked   []string // red flags that were asked about, and it was not urgent

	End     Ending
	Answer  string // helped: what helped
	Written bool   // helped: sent to them as well
	Owner   string // question: a member or a team; default: who takes the call
	Stays   bool   // question about an open case: what was promised there stands
	Promise promise.Make
}

// Outcome is what a call left behind.
type Outcome struct {
	Case    casefile.Case
	Promise promise.Promise
	Caller  string   // the customer on the line
	Placed  bool     // brought by somebody who may not speak for whom it is about
	Fetched string   // the member who was fetched, of an urgent call
	Flags   []string // red flags that were recognised or given
}

// inCall is within what time somebody on the line has their answer: the time of
// the conversation itself.
const inCall = 10 * time.Minute

// check says everything that is wrong with a call at once.
func (in *Call) check() error {
	var c errs.Checks
	in.Subject, in.Answer = strings.TrimSpace(in.Subject), strings.TrimSpace(in.Answer)
	c.Must(in.Caller.known(), "caller", "caller-missing")
	c.Must(in.About == nil || in.About.known(), "about", "about-missing")
	c.Must(in.Subject != "", "subject", "subject-missing")
	c.Must(knownChannel(in.Channel), "channel", "unknown-channel")
	switch in.End {
	case Helped:
		c.Must(in.Answer != "", "answer", "answer-missing")
		if len(in.Answer) > 2000 {
			c.Add(errs.Field{Path: "answer", Type: "text-too-long", Params: errs.Params{"Max": 2000}})
		}
	case Question:
		c.Must(in.Stays && in.Case != "" || !in.Promise.Due.IsZero(), "promise.due_at", "time-missing")
	default:
		c.Add(errs.Field{Path: "end", Type: "ending-missing"})
	}
	return c.Err()
}

func knownChannel(s string) bool {
	for _, c := range casefile.Channels {
		if c == s {
			return true
		}
	}
	return false
}
