package story

import (
	"encoding/json"
	"time"
)

// Result is what a replay found. Its JSON is what the command line prints.
type Result struct {
	Story        string    `json:"story"`
	Source       string    `json:"source,omitempty"`
	Title        Text      `json:"title"`
	Summary      Text      `json:"summary"`
	Bare         bool      `json:"bare"`
	Steps        int       `json:"steps"`   // played
	Skipped      []Skip    `json:"skipped"` // did not need to happen
	Expectations int       `json:"expectations"`
	Failed       int       `json:"failed"`
	Failures     []Failure `json:"failures"`
	Checked      []Checked `json:"invariants_checked"`
	Violations   int       `json:"violations"`
	Happened     Happened  `json:"happened"`
	Houvast      Measured  `json:"houvast"`
}

// OK says whether the replay did what the story says. In a bare replay
// invariants break by design, so only the expectations count.
func (r *Result) OK() bool { return r.Failed == 0 && (r.Bare || r.Violations == 0) }

// JSON is the result as one object.
func (r *Result) JSON() ([]byte, error) { return json.MarshalIndent(r, "", "  ") }

// Skip is a step that was not played.
type Skip struct {
	Line int  `json:"line"`
	Text Text `json:"text"`
}

// Failure is an expectation that did not hold.
type Failure struct {
	Line     int    `json:"line,omitempty"`
	At       string `json:"at"`
	What     string `json:"what"`
	Expected string `json:"expected"`
	Got      string `json:"got"`
}

// Checked says what one check of an invariant looked at. Rows is the most it
// saw at once.
type Checked struct {
	Invariant  int      `json:"invariant"`
	Name       string   `json:"name"`
	Rows       int64    `json:"rows"`
	State      string   `json:"state"` // held, violated, not-applicable
	Violations []string `json:"violations,omitempty"`
}

// States of a check.
const (
	Held          = "held"
	Violated      = "violated"
	NotApplicable = "not-applicable"
)

// Measured is what the replay counted.
type Measured struct {
	Contacts      int            `json:"contacts_by_customer"`
	Organisations int            `json:"organisations"`
	Days          int            `json:"days"`
	Bounces       int            `json:"bounces"`
	Stopped       int            `json:"stopped"` // mistakes that the safeguards stopped
	Promises      Promises       `json:"promises"`
	Messages      map[string]int `json:"messages"`
	Outcome       Outcome        `json:"outcome"`
	Timeline      []Entry        `json:"timeline"`
}

// Promises counts how promises ended. Untold is how many broke without a word
// to the customer at that moment, or without a successor.
type Promises struct {
	Made         int `json:"made"`
	Kept         int `json:"kept"`
	Broken       int `json:"broken"`
	Renegotiated int `json:"renegotiated"`
	Untold       int `json:"broken_untold"`
}

// Outcome is what the customer had in the end: an appointment they know of, or none.
type Outcome struct {
	Kind         string    `json:"kind"` // appointment or none
	Organisation string    `json:"organisation,omitempty"`
	Name         string    `json:"name,omitempty"`
	At           time.Time `json:"at,omitzero"`
	ToldAt       time.Time `json:"told_at,omitzero"`
	Text         Text      `json:"text"`
}

// Kinds of outcome.
const (
	Appointment = "appointment"
	None        = "none"
)

// Entry is one line of the timeline.
type Entry struct {
	At           string `json:"at"`
	Actor        string `json:"actor"`
	Text         Text   `json:"text"`
	Kind         string `json:"kind"`
	Organisation string `json:"organisation,omitempty"`

	moment time.Time
}

// Kinds of entries that are no fact.
const (
	EntryContact = "contact" // the customer gets in touch
	EntrySaid    = "said"    // a step
	EntryStopped = "stopped" // a mistake that was stopped
	EntryEnds    = "ends"    // the story ends for the customer
)

// perFeed is how many facts are read at once.
const perFeed = 500
