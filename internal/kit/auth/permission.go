package auth

import (
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
)

// Action is something a service lets an actor do, or not.
type Action string

// The actions. A service names one at the start of every use case.
const (
	CaseRead     Action = "case.read"
	CaseWrite    Action = "case.write"
	PersonRead   Action = "person.read"
	PersonWrite  Action = "person.write"
	PersonImport Action = "person.import" // bring a list of customers in, and take it back
	PersonExport Action = "person.export" // take all customers out
	PersonMerge  Action = "person.merge"  // two customers are one, or two
	PersonShield Action = "person.shield" // what was hidden of a household for safety
	// EmergencyOpen is opening what is hidden without PersonShield, for a reason
	// and a while; whoever leads is told. EmergencyReview is being told, and
	// saying whether it was right.
	EmergencyOpen   Action = "emergency.open"
	EmergencyReview Action = "emergency.review"
	HandoffAnswer   Action = "handoff.answer"
	OrgRead         Action = "org.read"
	OrgAdmin        Action = "org.admin"     // hours, teams, members
	OrgAudit        Action = "org.audit"     // the settings page, and who changed what
	InsightRead     Action = "insight.read"  // how customers fared
	KeyAdmin        Action = "key.admin"     // API keys
	LedgerVerify    Action = "ledger.verify" // verify, heads, dead letters
	Install         Action = "install"       // make organisations
	QuestionRead    Action = "question.read" // the customer's page
	QuestionWrite   Action = "question.write"
	ReferralTrade   Action = "referral.trade" // another organisation's part in a referral
	DeliveryTell    Action = "delivery.tell"  // a provider reports what became of a message
	TemplateWrite   Action = "template.write" // texts for answers
	StoryRead       Action = "story.read"
	Profile         Action = "profile" // look into the running program; see app for whose it is
)

var everyone = []Action{CaseRead, CaseWrite, PersonRead, PersonWrite, PersonMerge, HandoffAnswer, OrgRead, StoryRead}

// roles is the one table of role × action (decision 16); the scope is always
// the actor's own organisation, because services take the organisation from
// the actor and from nowhere else. docs/permissions.md is made from it.
var roles = map[actor.Role][]Action{
	actor.Desk:          append([]Action{EmergencyOpen}, everyone...),
	actor.Specialist:    append([]Action{PersonShield}, everyone...),
	actor.Manager:       append([]Action{InsightRead, LedgerVerify, OrgAudit, PersonShield, EmergencyReview, PersonImport, PersonExport, TemplateWrite}, everyone...),
	actor.Administrator: append([]Action{InsightRead, LedgerVerify, OrgAudit, OrgAdmin, KeyAdmin, EmergencyReview, PersonImport, PersonExport, TemplateWrite, Profile}, everyone...),
}

var kinds = map[actor.Kind][]Action{
	actor.Customer:     {QuestionRead, QuestionWrite},
	actor.Organisation: {ReferralTrade, DeliveryTell, OrgRead},
	actor.Installer:    {Install, OrgRead, OrgAdmin, KeyAdmin, LedgerVerify, Profile},
	actor.System: append([]Action{InsightRead, LedgerVerify, OrgAdmin, KeyAdmin, QuestionRead, QuestionWrite, ReferralTrade, DeliveryTell},
		everyone...),
}

// May says whether an actor may do something in its own organisation.
func May(who actor.Actor, what Action) bool {
	allowed := kinds[who.Kind]
	if who.Kind == actor.Staff {
		allowed = roles[who.Role]
	}
	if who.Org == "" && what != Install && what != Profile {
		return false
	}
	for _, a := range allowed {
		if a == what {
			return true
		}
	}
	return false
}

// Require is May as an error: "sign-in-needed" for nobody, else "not-allowed".
func Require(who actor.Actor, what Action) error {
	if who.Kind == "" {
		return errs.New(errs.Unauthorised, "sign-in-needed")
	}
	if !May(who, what) {
		return errs.New(errs.Forbidden, "not-allowed").With("Action", string(what))
	}
	return nil
}
