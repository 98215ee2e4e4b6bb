package auth

import (
	"fmt"
	"slices"
	"strings"

	"github.com/houvast/houvast/internal/kernel/actor"
)

// meanings say in English what each action is, in the order of the table.
var meanings = []struct {
	action Action
	text   string
}{
	{CaseRead, "see cases, promises and contact moments"},
	{CaseWrite, "take on cases, make and keep promises"},
	{PersonRead, "see people and what matters to them"},
	{PersonWrite, "change people and their contact points"},
	{PersonImport, "bring a list of customers in, and take it back"},
	{PersonExport, "take all customers out"},
	{PersonMerge, "say that two customers are one, or two after all"},
	{PersonShield, "see what was hidden of a household for safety"},
	{EmergencyOpen, "open in an emergency what was hidden of a household, for a reason and a while"},
	{EmergencyReview, "be told of an emergency, and say whether it was right"},
	{HandoffAnswer, "accept or decline a handoff"},
	{OrgRead, "see the organisation, its teams and members"},
	{OrgAdmin, "change opening hours, teams and members"},
	{OrgAudit, "read the settings, see who changed what"},
	{InsightRead, "see how customers fare, with figures"},
	{TemplateWrite, "write the texts for answers"},
	{KeyAdmin, "make and revoke API keys"},
	{LedgerVerify, "verify the ledger, see dead letters"},
	{Install, "make organisations"},
	{QuestionRead, "see the customer's page of a question"},
	{QuestionWrite, "answer and add to a question as the customer"},
	{ReferralTrade, "take part in a referral as another organisation"},
	{DeliveryTell, "report what became of a message"},
	{StoryRead, "read stories"},
	{Profile, "look into the running program; an organisation's administrator only where it is the only one"},
}

// StaffActions are the actions that some role may do, in the order of the
// table.
func StaffActions() (list []Action) {
	for _, m := range meanings {
		for _, r := range actor.Roles {
			if slices.Contains(roles[r], m.action) {
				list = append(list, m.action)
				break
			}
		}
	}
	return list
}

// RoleMay says whether a role may do something.
func RoleMay(r actor.Role, what Action) bool { return slices.Contains(roles[r], what) }

// ActionKey is where the catalogue says what an action is.
func ActionKey(a Action) string { return "action." + strings.ReplaceAll(string(a), ".", "-") }

// PermissionTable writes the table of docs/permissions.md.
func PermissionTable() string {
	var b strings.Builder
	b.WriteString("# Who may do what\n\n")
	b.WriteString("Made from the table in `internal/kit/auth/permission.go`; a test keeps this page fresh\n")
	b.WriteString("(`go test ./internal/kit/auth -run TestPermissionPage -update` writes it).\n\n")
	b.WriteString("Everything holds within the actor's own organisation only: a service takes the organisation from whoever is asking, and\nfrom nowhere else. ")
	b.WriteString("A customer reaches one question, the one the link is for, and before the second factor only who has it and when they will hear.\n\n")
	heads := []string{"action", "meaning"}
	for _, r := range actor.Roles {
		heads = append(heads, string(r))
	}
	others := []actor.Kind{actor.Customer, actor.Organisation, actor.System, actor.Installer}
	for _, k := range others {
		heads = append(heads, string(k))
	}
	fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(heads, " | "), strings.Repeat("---|", len(heads)))
	for _, m := range meanings {
		cells := []string{"`" + string(m.action) + "`", m.text}
		for _, r := range actor.Roles {
			cells = append(cells, tick(slices.Contains(roles[r], m.action)))
		}
		for _, k := range others {
			cells = append(cells, tick(slices.Contains(kinds[k], m.action)))
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	b.WriteString("\nWhat was hidden of a household is seen by `person.shield`. Who has `emergency.open` instead may open it with a written\nreason: for the minutes the organisation chose, of one customer, at most so often a day. Whoever has `emergency.review`\nis told at once and answers whether it was right. A role with neither never opens it. See\n[ADR 0022](adr/0022-in-an-emergency-a-reason-opens.md).\n\nAn API key of a member has the role the member has at that moment. A key of the kind *organisation* acts as the column\n*organisation*. The installer acts from the command line, or with a key made there.\n")
	return b.String()
}

func tick(yes bool) string {
	if yes {
		return "yes"
	}
	return ""
}
