package handoff

import (
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/errs"
)

// The two sides of a referral and of a document request.
const (
	Out = "out"
	In  = "in"
)

// Referral asks another organisation to take a question on. Each organisation
// has its own row of it.
type Referral struct {
	Org         string    `db:"org_id" json:"-"`
	ID          string    `db:"referral_id" json:"id"`
	Direction   string    `db:"direction" json:"direction" enum:"out,in"`
	Peer        string    `db:"peer_org" json:"peer_organisation_id"`
	Origin      string    `db:"origin_org" json:"origin_organisation_id"`
	Case        string    `db:"case_id" json:"case_id,omitempty"`
	Question    string    `db:"question_id" json:"question_id"`
	Subject     string    `db:"subject" json:"subject"`
	Person      string    `db:"person_id" json:"person_id,omitempty"`
	About       About     `db:"about,json" json:"about"`
	Team        string    `db:"to_team" json:"to_team_id,omitempty"`
	Handler     string    `db:"handler_member" json:"handler_member_id"`
	State       State     `db:"state" json:"state"`
	Settled     bool      `db:"settled" json:"-"`
	Required    []string  `db:"required,json" json:"required"`
	Missing     []string  `db:"missing,json" json:"missing"`
	Chain       []string  `db:"chain,json" json:"chain"`
	Hops        int       `db:"hops" json:"hops"`
	AnswerBy    time.Time `db:"answer_by" json:"answer_by"`
	LookAt      time.Time `db:"look_at" json:"-"`
	Late        int       `db:"late" json:"-"`
	OfferedAt   time.Time `db:"offered_at" json:"offered_at"`
	AnsweredAt  time.Time `db:"answered_at" json:"answered_at,omitzero"`
	AnsweredBy  string    `db:"answered_by" json:"answered_by,omitempty"`
	Onward      string    `db:"onward_org" json:"onward_organisation_id,omitempty"`
	Reason      string    `db:"reason" json:"reason,omitempty"`
	Explanation string    `db:"explanation" json:"explanation,omitempty"`
	NextStep    string    `db:"next_step" json:"next_step,omitempty"`
	NextOrg     string    `db:"next_org" json:"next_organisation_id,omitempty"`
	Advice      string    `db:"advice" json:"advice,omitempty"`
	Note        string    `db:"note" json:"note,omitempty"`
	Consent     bool      `db:"consent" json:"consent"`
	Version     int64     `db:"version" json:"version"`
}

// Someone is a person as another organisation may need to know them.
type Someone struct {
	Kind      person.Kind `json:"kind"`
	Name      string      `json:"name"`
	CallName  string      `json:"call_name,omitempty"`
	BirthDate string      `json:"birth_date,omitempty"`
	Language  string      `json:"language"`
	Points    []Point     `json:"contact_points,omitempty"`
	Matters   []string    `json:"matters,omitempty" doc:"What matters to them, in their own words"`
}

// Point is a way of reaching somebody, in order of preference.
type Point struct {
	Kind    person.Channel `json:"kind"`
	Value   string         `json:"value"`
	Label   string         `json:"label,omitempty"`
	Refused bool           `json:"refused,omitempty"`
}

// About is whom a referral is about, and who asks when that is somebody else.
type About struct {
	Someone
	Asker *Someone     `json:"asker,omitempty"`
	Basis person.Basis `json:"basis,omitempty" doc:"Why the asker may speak for them"`
}

// Paper is a copy of a document that goes with a referral.
type Paper struct {
	Org      string    `db:"org_id" json:"-"`
	Referral string    `db:"referral_id" json:"-"`
	ID       string    `db:"document_id" json:"id"`
	Kind     string    `db:"kind" json:"kind"`
	Name     string    `db:"name" json:"name"`
	Content  string    `db:"content" json:"content"`
	FromOrg  string    `db:"from_org" json:"from_organisation_id"`
	AddedAt  time.Time `db:"added_at" json:"added_at"`
}

// Reasons for declining a referral.
const (
	DocumentsMissing = "documents-missing"
)

// ReferralReasons lists them.
var ReferralReasons = []string{"wrong-organisation", DocumentsMissing, "no-capacity", "not-suitable", "known-already", "other"}

// Next steps after a refusal to another organisation.
const (
	OtherOrganisation = "other-organisation"
	AskDocuments      = "ask-documents"
	BackToSender      = "back-to-sender"
)

// Next is what should happen after a refusal.
type Next struct {
	Step         string   `json:"step" enum:"other-organisation,ask-documents,back-to-sender"`
	Organisation string   `json:"organisation_id,omitempty" doc:"With other-organisation: which"`
	Documents    []string `json:"documents,omitempty" doc:"With ask-documents: kinds; default: all that is missing"`
	Advice       string   `json:"advice,omitempty" maxLength:"5000" doc:"With back-to-sender: what the sender can do"`
}

// CheckReferralDecline says whether a refusal is a decent one. "We have no
// letter" is never the end of it: then the papers are asked for.
func CheckReferralDecline(reason, explanation string, next Next, missing []string, bare bool) error {
	var c errs.Checks
	c.Must(slices.Contains(ReferralReasons, reason), "reason", "unknown-reason")
	c.Must(bare || strings.TrimSpace(explanation) != "", "explanation", "explanation-missing")
	if err := c.Err(); err != nil || bare {
		return err
	}
	can := []string{AskDocuments, "forward", OtherOrganisation, BackToSender}
	ok := false
	switch next.Step {
	case OtherOrganisation:
		ok = next.Organisation != ""
	case BackToSender:
		ok = strings.TrimSpace(next.Advice) != ""
	case AskDocuments:
		ok = len(next.Documents) > 0 || len(missing) > 0
	}
	if reason == DocumentsMissing && next.Step != AskDocuments {
		ok, can = false, []string{AskDocuments}
	}
	if ok {
		return nil
	}
	return errs.New(errs.Invalid, "decline-needs-next-step").Field("next_step", "decline-needs-next-step").
		With("Can", can).With("Missing", missing)
}

// MissingKinds gives what is required and not among the papers.
func MissingKinds(required []string, papers []Paper) []string {
	out := []string{}
	for _, k := range required {
		if !slices.ContainsFunc(papers, func(p Paper) bool { return p.Kind == k }) {
			out = append(out, k)
		}
	}
	return out
}

func knownKind(k string) bool { return slices.Contains(casefile.DocumentKinds, k) }

// Request asks another organisation for a paper.
type Request struct {
	Org         string    `db:"org_id" json:"-"`
	ID          string    `db:"request_id" json:"id"`
	Direction   string    `db:"direction" json:"direction" enum:"out,in"`
	Peer        string    `db:"peer_org" json:"peer_organisation_id"`
	Asker       string    `db:"asker_org" json:"asker_organisation_id"`
	Question    string    `db:"question_id" json:"question_id"`
	Case        string    `db:"case_id" json:"case_id,omitempty"`
	Referral    string    `db:"referral_id" json:"referral_id,omitempty"`
	Kind        string    `db:"kind" json:"kind"`
	About       About     `db:"about,json" json:"about"`
	Why         string    `db:"why" json:"why,omitempty"`
	State       string    `db:"state" json:"state" enum:"asked,provided,refused,passed-on"`
	Handler     string    `db:"handler_member" json:"handler_member_id"`
	Chain       []string  `db:"chain,json" json:"chain"`
	AnswerBy    time.Time `db:"answer_by" json:"answer_by"`
	LookAt      time.Time `db:"look_at" json:"-"`
	Late        int       `db:"late" json:"-"`
	AskedAt     time.Time `db:"asked_at" json:"asked_at"`
	AnsweredAt  time.Time `db:"answered_at" json:"answered_at,omitzero"`
	AnsweredBy  string    `db:"answered_by" json:"answered_by,omitempty"`
	Onward      string    `db:"onward_org" json:"onward_organisation_id,omitempty"`
	Reason      string    `db:"reason" json:"reason,omitempty"`
	Explanation string    `db:"explanation" json:"explanation,omitempty"`
	NextStep    string    `db:"next_step" json:"next_step,omitempty"`
	NextOrg     string    `db:"next_org" json:"next_organisation_id,omitempty"`
	Advice      string    `db:"advice" json:"advice,omitempty"`
	Document    string    `db:"document_id" json:"document_id,omitempty"`
	Name        string    `db:"name" json:"name,omitempty"`
	Content     string    `db:"content" json:"-"`
	Version     int64     `db:"version" json:"version"`
}

// States of a request.
const (
	Asked    = "asked"
	Provided = "provided"
	Refused  = "refused"
	PassedOn = "passed-on"
)

// RequestReasons lists why a paper is not given.
var RequestReasons = []string{"not-here", "not-ours-to-give", "never-made", "no-consent", "other"}

// CheckRefusal says whether refusing a paper is decent: reason, explanation
// and what the asker can do instead.
func CheckRefusal(reason, explanation string, next Next, bare bool) error {
	var c errs.Checks
	c.Must(slices.Contains(RequestReasons, reason), "reason", "unknown-reason")
	c.Must(bare || strings.TrimSpace(explanation) != "", "explanation", "explanation-missing")
	if err := c.Err(); err != nil || bare {
		return err
	}
	if next.Step == OtherOrganisation && next.Organisation != "" || next.Step == BackToSender && strings.TrimSpace(next.Advice) != "" {
		return nil
	}
	return errs.New(errs.Invalid, "decline-needs-next-step").Field("next_step", "decline-needs-next-step").
		With("Can", []string{OtherOrganisation, BackToSender, "pass-on"})
}

// WhomToAsk gives who is asked for a paper: whoever sent the question, then
// the others that had it, each once. Without anybody left it gives "".
func WhomToAsk(self string, senders, parties, asked []string) string {
	for _, o := range append(slices.Clone(senders), parties...) {
		if o != "" && o != self && !slices.Contains(asked, o) {
			return o
		}
	}
	return ""
}
