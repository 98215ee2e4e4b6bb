package casefile

import (
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/id"
)

// Case is what a customer came with, in one organisation.
type Case struct {
	Org          string    `db:"org_id"`
	ID           string    `db:"case_id"`
	Number       int64     `db:"number"`
	Question     string    `db:"question_id"`
	Subject      string    `db:"subject"`
	Person       string    `db:"person_id"`
	Asker        string    `db:"asker_id"`
	Owner        string    `db:"owner_id"`
	OwnerSince   time.Time `db:"owner_since"`
	Team         string    `db:"team_id"`
	Channel      string    `db:"channel"`
	OpenedAt     time.Time `db:"opened_at"`
	OpenPromises int       `db:"open_promises"`
	NextDue      time.Time `db:"next_due"`
	BreaksInRow  int       `db:"breaks_in_row"`
	Urgent       bool      `db:"urgent"`
	ClosedAt     time.Time `db:"closed_at"`
	CloseReason  string    `db:"close_reason"`
	NextKind     string    `db:"next_kind"`   // of the promise that falls due first
	CameBack     int       `db:"came_back"`   // how often it was opened again or passed around
	WaitingBy    time.Time `db:"waiting_by"`  // until when we wait for somebody
	MergedInto   string    `db:"merged_into"` // the case in which this question goes on
	Version      int       `db:"version"`
}

// Ref is the case's reference for speaking, with its check character.
func (c Case) Ref() string { return id.Reference(c.Number) }

// Closed says whether the case has ended.
func (c Case) Closed() bool { return !c.ClosedAt.IsZero() }

func (c Case) subject() promise.Subject {
	return promise.Subject{Org: c.Org, ID: c.ID, Question: c.Question, Ref: c.Ref(), Owner: c.Owner,
		Person: c.Person, Asker: c.Asker, OpenPromises: c.OpenPromises, BreaksInRow: c.BreaksInRow, Closed: c.Closed()}
}

// Reasons for which a case ends (decision 4).
const (
	Agreed     = "agreed"      // the customer said it is solved
	Silence    = "silence"     // a told deadline passed without a word
	HandedOver = "handed-over" // another organisation accepted it
	Withdrawn  = "withdrawn"   // the customer no longer needs it
	Mistake    = "mistake"     // opened by mistake
	Merged     = "merged"
	Deceased   = "deceased"
	SentAway   = "sent-away" // only in a bare replay: what Houvast exists to prevent
)

// byStaff are the ends that a member may give, each needing its own ground.
var byStaff = map[string]bool{Agreed: true, Withdrawn: true, Mistake: true, Deceased: true}

// Contact is one exchange with the customer, by any channel.
type Contact struct {
	Org       string    `db:"org_id"`
	ID        string    `db:"contact_id"`
	Case      string    `db:"case_id"`
	Person    string    `db:"person_id"`
	At        time.Time `db:"at"`
	Direction string    `db:"direction"`
	Channel   string    `db:"channel"`
	Member    string    `db:"member_id"`
	Said      string    `db:"said"`
	Visible   bool      `db:"visible"`
}

// Directions of a contact moment, seen from the organisation.
const (
	In  = "in"
	Out = "out"
)

// Channels by which people meet.
var Channels = []string{"phone", "desk", "email", "page", "video", "post", "sms"}

func knownChannel(s string) bool {
	for _, c := range Channels {
		if c == s {
			return true
		}
	}
	return false
}

// Door is a return door: the right to come back directly, without a new
// referral, until a date.
type Door struct {
	Org       string    `db:"org_id"`
	ID        string    `db:"door_id"`
	Person    string    `db:"person_id"`
	Case      string    `db:"case_id"`
	GivenBy   string    `db:"given_by"`
	GivenAt   time.Time `db:"given_at"`
	Condition string    `db:"condition"`
	Until     time.Time `db:"until"`
	UsedAt    time.Time `db:"used_at"`
	UsedCase  string    `db:"used_case"`
}

// Document is a paper in a case: a referral letter, a specialist's letter.
type Document struct {
	Org      string    `db:"org_id"`
	ID       string    `db:"document_id"`
	Case     string    `db:"case_id"`
	Question string    `db:"question_id"`
	Person   string    `db:"person_id"`
	Kind     string    `db:"kind"`
	Name     string    `db:"name"`
	Content  string    `db:"content"`
	FromOrg  string    `db:"from_org"`
	AddedBy  string    `db:"added_by"`
	AddedAt  time.Time `db:"added_at"`
}

// DocumentKinds are the papers that referrals ask for.
var DocumentKinds = []string{"referral-letter", "specialist-letter", "result", "image", "consent", "other"}

// Party is an organisation that has a case of a question.
type Party struct {
	Question string    `db:"question_id"`
	Org      string    `db:"org_id"`
	JoinedAt time.Time `db:"joined_at"`
}

// maxText bounds what one field of free text may hold, in bytes.
const maxText = 10_000

// text checks a piece of free text: required or not, and not endless.
func text(c *errs.Checks, path, s string, required bool) string {
	s = strings.TrimSpace(s)
	if required {
		c.Must(s != "", path, path+"-missing")
	}
	if len(s) > maxText {
		c.Add(errs.Field{Path: path, Type: "text-too-long", Params: errs.Params{"Max": maxText}})
	}
	return s
}
