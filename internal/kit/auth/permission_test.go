package auth

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
)

var update = flag.Bool("update", false, "write docs/permissions.md")

func TestPermissionPage(t *testing.T) {
	const page = "../../../docs/permissions.md"
	want := PermissionTable()
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil { //nolint:gosec // a public page
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/permissions.md is not what permission.go says; run with -update:\n%s", diff)
	}
}

// Every action of the tables is explained on the page.
func TestEveryActionHasAMeaning(t *testing.T) {
	known := map[Action]bool{}
	for _, m := range meanings {
		known[m.action] = true
	}
	for r, list := range roles {
		for _, a := range list {
			if !known[a] {
				t.Errorf("%s may %s, which is not explained", r, a)
			}
		}
	}
	for k, list := range kinds {
		for _, a := range list {
			if !known[a] {
				t.Errorf("%s may %s, which is not explained", k, a)
			}
		}
	}
}

func TestMay(t *testing.T) {
	staff := func(r actor.Role) actor.Actor {
		return actor.Actor{Kind: actor.Staff, Org: linde, Member: "m", Role: r}
	}
	for _, c := range []struct {
		who  actor.Actor
		what Action
		want bool
	}{
		{actor.Actor{}, CaseRead, false},
		{actor.Actor{}, Install, false},
		{staff(actor.Desk), CaseWrite, true},
		{staff(actor.Desk), KeyAdmin, false},
		{staff(actor.Manager), LedgerVerify, true},
		{staff(actor.Manager), OrgAdmin, false},
		{staff(actor.Administrator), OrgAdmin, true},
		{staff(actor.Administrator), Install, false},
		{staff(actor.Desk), EmergencyOpen, true},
		{staff(actor.Desk), PersonShield, false},
		{staff(actor.Desk), EmergencyReview, false},
		{staff(actor.Specialist), EmergencyOpen, false}, // sees it anyway
		{staff(actor.Manager), EmergencyOpen, false},
		{staff(actor.Manager), EmergencyReview, true},
		{staff(actor.Administrator), EmergencyOpen, false}, // never
		{staff(actor.Administrator), EmergencyReview, true},
		{actor.Actor{Kind: actor.System, Org: linde}, EmergencyOpen, false},
		{actor.Actor{Kind: actor.Installer, Org: linde}, EmergencyOpen, false},
		{staff("made up"), CaseRead, false},
		{actor.Actor{Kind: actor.Staff, Role: actor.Administrator}, CaseRead, false}, // in no organisation
		{actor.Actor{Kind: actor.Customer, Org: linde}, QuestionRead, true},
		{actor.Actor{Kind: actor.Customer, Org: linde}, CaseRead, false},
		{actor.Actor{Kind: actor.Organisation, Org: linde}, ReferralTrade, true},
		{actor.Actor{Kind: actor.Organisation, Org: linde}, PersonRead, false},
		{actor.Actor{Kind: actor.Installer}, Install, true},
		{actor.Actor{Kind: actor.Installer}, CaseRead, false},
		{actor.Actor{Kind: actor.Installer, Org: linde}, CaseRead, false},
	} {
		if got := May(c.who, c.what); got != c.want {
			t.Errorf("%s %s in %q may %s: %v", c.who.Kind, c.who.Role, c.who.Org, c.what, got)
		}
	}
}

// Every type of problem of this package has a sentence.
func TestEveryProblemHasASentence(t *testing.T) {
	bundle, err := lang.Load(append(web.Languages(), Lang)...)
	if err != nil {
		t.Fatal(err)
	}
	p := bundle.Printer(lang.Dutch, nil, kittest.Start)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	made := regexp.MustCompile(`errs\.New\([\w.]+, "([^"]+)"\)|Must\([^\n]*, "([a-z-]+)"\)|Field\([^\n]*, "([a-z-]+)"\)|Type: "([a-z-]+)"`)
	checked := 0
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range made.FindAllStringSubmatch(string(b), -1) {
			typ := m[1] + m[2] + m[3] + m[4]
			checked++
			if !p.Has("problem."+typ) && !p.Has("field."+typ) {
				t.Errorf("%s: %s has no sentence", f, typ)
			}
		}
	}
	if checked < 30 {
		t.Errorf("only %d types were found: does the pattern still fit?", checked)
	}
}

// The page about roles says each action in both languages.
func TestEveryActionHasWords(t *testing.T) {
	bundle, err := lang.Load(append(web.Languages(), Lang)...)
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range lang.Languages() {
		p := bundle.Printer(code, nil, time.Time{})
		for _, a := range StaffActions() {
			if !p.Has(ActionKey(a)) {
				t.Errorf("%s: %s has no sentence %q in lang/%s.toml", a, code, ActionKey(a), code)
			}
		}
	}
}

// Who opens in an emergency never says whether that was right, and has no use
// for it when the role sees everything already.
func TestEmergencyRolesAreApart(t *testing.T) {
	for _, r := range actor.Roles {
		if RoleMay(r, EmergencyOpen) && (RoleMay(r, EmergencyReview) || RoleMay(r, PersonShield)) {
			t.Errorf("%s opens and reviews, or sees it anyway", r)
		}
	}
}
