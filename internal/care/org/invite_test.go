package org_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// door is how colleagues sign in, without passwords.
type door struct {
	accounts map[string]string // by address
	chosen   map[string]bool
	links    int
	mailed   []org.Letter
	mail     bool
	left     []string
}

func (d *door) Ensure(t *db.Tx, email, _, _ string) (string, bool, error) {
	if d.accounts[email] == "" {
		d.accounts[email] = t.NewID("acc")
	}
	return d.accounts[email], d.chosen[email], nil
}

func (d *door) Ready(_ db.Q, account string) (bool, error) {
	for email, a := range d.accounts {
		if a == account {
			return d.chosen[email], nil
		}
	}
	return false, nil
}

func (d *door) Link(t *db.Tx, _ string) (org.OneTimeLink, error) {
	d.links++
	return org.OneTimeLink{URL: fmt.Sprintf("https://desk.example/invitation/secret-%d", d.links), Until: t.Now().Add(72 * time.Hour)}, nil
}

func (d *door) Send(_ context.Context, l org.Letter) bool {
	if d.mail {
		d.mailed = append(d.mailed, l)
	}
	return d.mail
}

func (d *door) Leave(_ *db.Tx, _, account string) error { d.left = append(d.left, account); return nil }

// busy are members with something on their hands.
type busy map[string]org.Held

func (b busy) Held(_ db.Q, _, member string) (org.Held, error) { return b[member], nil }

func newDoor() *door { return &door{accounts: map[string]string{}, chosen: map[string]bool{}} }

func TestDeskInvitation(t *testing.T) {
	databases(t, func(t *testing.T, d *kittest.DB) {
		f, way := orgtest.New(t, d), newDoor()
		f.Service = org.New(org.Deps{DB: d.DB, Holds: orgtest.Free{}, Signals: orgtest.Free{}, Accounts: way})
		k := settingsDesk(t, f, f.Administrator, "en")
		const path = "/desk/settings/people/new"
		k.Shows(t, "/desk/settings/people", path)
		k.Shows(t, path, "Invite a colleague")
		k.Again(t, path, 422, []string{"Nel Nieuw", "Assistente"}, "name", "Nel Nieuw", "email", "", "role", "desk", "title", "Assistente")
		k.Again(t, path, 422, []string{`value="nel at home"`}, "name", "Nel", "email", "nel at home", "role", "desk")

		// Without mail the link is shown to whoever invites, once.
		status, _, page := k.Post(t, path, "name", "Nel Nieuw", "email", "nel@example.nl", "role", "desk", "title", "Assistente")
		if status != http.StatusOK || !strings.Contains(page, "invitation/secret-1") || !strings.Contains(page, "readonly") {
			t.Fatal(status, page)
		}
		nel := named(t, f, "Nel Nieuw")
		member := "/desk/settings/people/" + nel.ID
		again := member + "/invitation"
		page = k.Shows(t, member, "Nel Nieuw has not chosen a password yet", "Send a new link")
		if strings.Contains(page, "secret-") {
			t.Error("the link is shown again")
		}
		if status, _, page = k.Post(t, again); status != http.StatusOK || !strings.Contains(page, "secret-2") {
			t.Error(status, page)
		}
		k.Again(t, path, 409, []string{"Nel Nieuw works here already"}, "name", "Nel Tweede", "email", "nel@example.nl", "role", "desk")

		// With mail nobody else sees it.
		way.mail = true
		if at := k.Goes(t, again); at != member {
			t.Error(at)
		}
		if len(way.mailed) != 1 || !strings.HasSuffix(way.mailed[0].URL, "secret-3") || way.mailed[0].By != f.Administrator.Name || way.mailed[0].Account != way.accounts["nel@example.nl"] {
			t.Errorf("%+v", way.mailed)
		}
		way.chosen["nel@example.nl"] = true
		if page := k.Shows(t, member); strings.Contains(page, "has not chosen") {
			t.Error("somebody who chose a password is invited again")
		}
		k.Again(t, again, 409, []string{"can sign in already"})

		// Who has an account is a colleague at once, and keeps the password.
		way.accounts["oude@example.nl"], way.chosen["oude@example.nl"] = "acc_elsewhere", true
		k.Goes(t, path, "name", "Ot Oude", "email", "oude@example.nl", "role", "specialist")
		if way.links != 3 {
			t.Error("a link for who has a password")
		}

		boss := settingsDesk(t, f, f.Manager, "nl")
		for _, at := range []string{path, again} {
			if status, _, _ := boss.Post(t, at, "name", "X", "email", "x@example.nl", "role", "administrator"); status != 403 {
				t.Errorf("%s: a manager invited: %d", at, status)
			}
		}
		if page := boss.Shows(t, member, "Alleen een beheerder"); strings.Contains(page, again) {
			t.Error("a manager gets a button to invite")
		}
	})
}

// Somebody who was invited elsewhere and has no password yet gets the link by
// mail only: whoever else held it would get into the other organisation.
func TestInvitationOfSomebodyElsewhere(t *testing.T) {
	databases(t, func(t *testing.T, d *kittest.DB) {
		ctx := context.Background()
		f, other, way := orgtest.New(t, d), orgtest.Named(t, d, "Elders", org.Firm), newDoor()
		s := org.New(org.Deps{DB: d.DB, Holds: orgtest.Free{}, Signals: orgtest.Free{}, Accounts: way})
		in := org.NewMember{Name: "Bo Beide", Email: "bo@example.nl", Role: "desk"}
		first, err := s.Invite(ctx, orgtest.As(other.Administrator), in)
		if err != nil || first.State != org.InvitationShown || first.URL == "" {
			t.Fatalf("%+v %v", first, err)
		}
		second, err := s.Invite(ctx, orgtest.As(f.Administrator), in)
		if err != nil || second.State != org.InvitationUnsent || second.URL != "" || second.Member.Org != f.Org.ID {
			t.Fatalf("%+v %v", second, err)
		}
		_, err = s.InviteAgain(ctx, orgtest.As(f.Administrator), first.Member.ID)
		wantType(t, err, "member-unknown")
	})
}

func TestDeskLeaving(t *testing.T) {
	databases(t, func(t *testing.T, d *kittest.DB) {
		f, way := orgtest.New(t, d), newDoor()
		hands := busy{f.Specialist.ID: {Cases: 2, Promises: 3, Calls: 1}}
		f.Service = org.New(org.Deps{DB: d.DB, Holds: orgtest.Free{}, Signals: orgtest.Free{}, Accounts: way, Load: hands})
		f.Change(t, f.Manager.ID, org.ChangeMember{Deputy: &f.Specialist.ID, DeputyAgreed: true})
		f.Change(t, f.Specialist.ID, org.ChangeMember{Email: orgtest.Ptr("sam@example.nl")})
		if _, err := f.Service.InviteAgain(context.Background(), orgtest.As(f.Administrator), f.Specialist.ID); err != nil {
			t.Fatal(err)
		}
		k := settingsDesk(t, f, f.Administrator, "en")
		at := "/desk/settings/people/" + f.Specialist.ID
		k.Shows(t, at, "2 open cases", "/desk/cases?owner="+f.Specialist.ID, "3 open promises", "One call to make", "Is the deputy of "+f.Manager.Name,
			"/desk/absence/new?kind=planned&amp;member="+f.Specialist.ID)
		k.Shows(t, "/desk/settings/people/"+f.Desk.ID, "Has duty for Balie")
		m, err := f.Service.Member(context.Background(), orgtest.As(f.Administrator), f.Specialist.ID)
		if err != nil {
			t.Fatal(err)
		}
		leaves := []string{"version", fmt.Sprint(m.Version), "name", m.Name, "email", m.Email, "role", "specialist"}
		k.Again(t, at, 409, []string{"still keeps promises (3)"}, leaves...)
		if len(way.left) > 0 {
			t.Error("signed out although nothing changed")
		}
		delete(hands, f.Specialist.ID)
		k.Shows(t, at, "this colleague can leave")
		k.Goes(t, at, leaves...)
		if len(way.left) != 1 || way.left[0] != way.accounts["sam@example.nl"] {
			t.Errorf("%v", way.left)
		}
	})
}

// named is the member with a name.
func named(t *testing.T, f orgtest.Fixture, name string) org.Member {
	t.Helper()
	p, err := f.Service.Members(context.Background(), orgtest.As(f.Administrator), org.MemberFilter{}, "", 50)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range p.Items {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("%s is no member", name)
	return org.Member{}
}
