package org_test

import (
	"context"
	"errors"
	"io/fs"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/ledger"
)

var ctx = context.Background()

func databases(t *testing.T, run func(t *testing.T, d *kittest.DB)) {
	kittest.Databases(t, []fs.FS{org.Migrations}, run)
}

func wantType(t *testing.T, err error, typ string) {
	t.Helper()
	if errs.TypeOf(err) != typ || err == nil {
		t.Errorf("got %v, want %s", err, typ)
	}
}

func duty(t *testing.T, d *kittest.DB, orgID, who string) string {
	t.Helper()
	var id string
	if err := d.Read(ctx, func(q db.Q) (err error) { id, err = org.Duty(q, orgID, who); return err }); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestCreate(t *testing.T) {
	databases(t, func(t *testing.T, d *kittest.DB) {
		f := orgtest.New(t, d)
		got, err := f.Service.Get(ctx, orgtest.As(f.Desk))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(f.Org, got); diff != "" {
			t.Errorf("read back otherwise than made:\n%s", diff)
		}
		if f.Administrator.Role != actor.Administrator || !cmp.Equal(got.Settings, org.Defaults()) || got.Zone != "Europe/Amsterdam" {
			t.Errorf("%+v", got)
		}
		_, _, err = f.Service.Create(ctx, orgtest.As(f.Administrator), org.NewOrganisation{})
		wantType(t, err, "not-allowed")
		_, _, err = f.Service.Create(ctx, orgtest.Installer, org.NewOrganisation{Name: "  ", Kind: org.Firm, Admin: org.NewMember{Name: "X"}})
		wantType(t, err, "name-missing")
		_, _, err = f.Service.Create(ctx, orgtest.Installer, org.NewOrganisation{Name: "A", Kind: org.Firm})
		wantType(t, err, "name-missing") // of the administrator: nothing may be half made
		p, err := f.Service.List(ctx, orgtest.Installer, "", 0)
		if err != nil || len(p.Items) != 1 {
			t.Errorf("%d organisations, %v", len(p.Items), err)
		}
		var facts []ledger.Fact
		if err := d.Read(ctx, func(q db.Q) (err error) {
			facts, err = db.Select[ledger.Fact](q, `SELECT kind, data FROM fact WHERE org_id = $1 ORDER BY id`, f.Org.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		var kinds []string
		for _, x := range facts {
			kinds = append(kinds, x.Kind)
		}
		want := []string{"org.created", "member.added", "member.added", "member.added", "member.added", "team.changed"}
		if diff := cmp.Diff(want, kinds); diff != "" {
			t.Error(diff)
		}
	})
}

func TestUpdateNeedsTheVersionThatWasSeen(t *testing.T) {
	databases(t, func(t *testing.T, d *kittest.DB) {
		f := orgtest.New(t, d)
		admin := orgtest.As(f.Administrator)
		o, err := f.Service.Update(ctx, admin, 1, org.ChangeOrganisation{Name: orgtest.Ptr("De Es")})
		if err != nil || o.Name != "De Es" || o.Version != 2 {
			t.Fatalf("%+v %v", o, err)
		}
		_, err = f.Service.Update(ctx, admin, 1, org.ChangeOrganisation{Name: orgtest.Ptr("De Eik")})
		wantType(t, err, "changed-meanwhile")
		_, err = f.Service.Update(ctx, orgtest.As(f.Manager), 2, org.ChangeOrganisation{})
		wantType(t, err, "not-allowed")
		bad := orgtest.Hours()
		bad.Zone = "Mars/Olympus"
		_, err = f.Service.Update(ctx, admin, 2, org.ChangeOrganisation{Calendar: &bad})
		wantType(t, err, "zone-unknown")
		if o, err = f.Service.Update(ctx, admin, 2, org.ChangeOrganisation{}); err != nil || o.Version != 2 {
			t.Errorf("nothing to change, but version %d, %v", o.Version, err)
		}
		got, err := f.Service.Get(ctx, admin)
		if err != nil || got.Name != "De Es" {
			t.Errorf("%q %v", got.Name, err)
		}
	})
}

func TestTenantsDoNotMeet(t *testing.T) {
	databases(t, func(t *testing.T, d *kittest.DB) {
		a, b := orgtest.New(t, d), orgtest.Named(t, d, "Ziekenhuis Zuid", org.Hospital)
		_, err := a.Service.Member(ctx, orgtest.As(a.Administrator), b.Desk.ID)
		wantType(t, err, "member-unknown")
		_, err = a.Service.UpdateMember(ctx, orgtest.As(a.Administrator), b.Desk.ID, 1, org.ChangeMember{Name: orgtest.Ptr("X")})
		wantType(t, err, "member-unknown")
		_, err = a.Service.AddTeam(ctx, orgtest.As(a.Administrator), org.NewTeam{Name: "T", Duty: b.Desk.ID})
		wantType(t, err, "duty-unknown")
		p, err := a.Service.List(ctx, orgtest.As(a.Desk), "", 1)
		if err != nil {
			t.Fatal(err)
		}
		p2, err := a.Service.List(ctx, orgtest.As(a.Desk), p.Next, 1)
		if err != nil || p2.Next != "" {
			t.Fatalf("%+v %v", p2, err)
		}
		want := []org.Partner{{ID: a.Org.ID, Name: a.Org.Name, Kind: org.Practice, Phone: a.Org.Phone},
			{ID: b.Org.ID, Name: "Ziekenhuis Zuid", Kind: org.Hospital, Phone: b.Org.Phone}}
		if diff := cmp.Diff(want, append(p.Items, p2.Items...)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestDutyIsNeverNobody(t *testing.T) {
	databases(t, func(t *testing.T, d *kittest.DB) {
		f := orgtest.New(t, d)
		now := d.Clock.Now()
		if got := duty(t, d, f.Org.ID, f.Team.ID); got != f.Desk.ID {
			t.Errorf("the duty holder is here, but %s has duty", got)
		}
		away := func(id, deputy string) {
			f.Change(t, id, org.ChangeMember{AwayFrom: &now, AwayUntil: orgtest.Ptr(now.Add(24 * time.Hour)), Deputy: &deputy, DeputyAgreed: true})
		}
		away(f.Desk.ID, f.Specialist.ID)
		if got := duty(t, d, f.Org.ID, f.Team.ID); got != f.Specialist.ID {
			t.Errorf("the deputy stands in, not %s", got)
		}
		away(f.Specialist.ID, f.Administrator.ID)
		if got := duty(t, d, f.Org.ID, f.Desk.ID); got != f.Administrator.ID {
			t.Errorf("the deputy's deputy stands in, not %s", got)
		}
		away(f.Administrator.ID, f.Manager.ID)
		if got := duty(t, d, f.Org.ID, f.Team.ID); got != f.Manager.ID {
			t.Errorf("got %s", got)
		}
		other := f.Add(t, "Zoë Zomer", actor.Desk)
		away(f.Manager.ID, other.ID)
		if got := duty(t, d, f.Org.ID, f.Team.ID); got != other.ID {
			t.Errorf("got %s", got)
		}
		// All away: it is whom was meant.
		f.Change(t, other.ID, org.ChangeMember{AwayFrom: &now, Deputy: orgtest.Ptr(f.Add(t, "Leo Later", actor.Desk).ID), DeputyAgreed: true})
		leo := duty(t, d, f.Org.ID, f.Team.ID)
		f.Change(t, leo, org.ChangeMember{Active: orgtest.Ptr(false)})
		if got := duty(t, d, f.Org.ID, f.Team.ID); got != f.Desk.ID {
			t.Errorf("all are away: got %s", got)
		}
		// And after their absence all is as before.
		d.Clock.Advance(25 * time.Hour)
		if got := duty(t, d, f.Org.ID, f.Team.ID); got != f.Desk.ID {
			t.Errorf("got %s", got)
		}
		err := d.Read(ctx, func(q db.Q) error { _, err := org.Duty(q, f.Org.ID, "mem_nobody"); return err })
		wantType(t, err, "team-unknown")
	})
}

func TestDutyFallsBackOnLeads(t *testing.T) {
	databases(t, func(t *testing.T, d *kittest.DB) {
		f := orgtest.New(t, d)
		f.Change(t, f.Specialist.ID, org.ChangeMember{Active: orgtest.Ptr(false)})
		if got := duty(t, d, f.Org.ID, f.Specialist.ID); got != f.Manager.ID {
			t.Errorf("a member who left without deputy is stood in for by the manager, not %s", got)
		}
	})
}

func TestDeputies(t *testing.T) {
	databases(t, func(t *testing.T, d *kittest.DB) {
		f := orgtest.New(t, d)
		admin := orgtest.As(f.Administrator)
		_, err := f.Service.UpdateMember(ctx, admin, f.Desk.ID, 1, org.ChangeMember{Deputy: &f.Manager.ID})
		wantType(t, err, "deputy-not-asked")
		_, err = f.Service.UpdateMember(ctx, admin, f.Desk.ID, 1, org.ChangeMember{Deputy: orgtest.Ptr("mem_x"), DeputyAgreed: true})
		wantType(t, err, "deputy-unknown")
		_, err = f.Service.UpdateMember(ctx, admin, f.Desk.ID, 1, org.ChangeMember{Deputy: &f.Desk.ID, DeputyAgreed: true})
		wantType(t, err, "deputy-circle")
		f.Change(t, f.Desk.ID, org.ChangeMember{Deputy: &f.Specialist.ID, DeputyAgreed: true})
		f.Change(t, f.Specialist.ID, org.ChangeMember{Deputy: &f.Manager.ID, DeputyAgreed: true})
		_, err = f.Service.UpdateMember(ctx, admin, f.Manager.ID, 1, org.ChangeMember{Deputy: &f.Desk.ID, DeputyAgreed: true})
		wantType(t, err, "deputy-circle")
		now := d.Clock.Now()
		_, err = f.Service.UpdateMember(ctx, admin, f.Manager.ID, 1, org.ChangeMember{AwayFrom: &now})
		wantType(t, err, "away-needs-deputy")
		_, err = f.Service.UpdateMember(ctx, admin, f.Manager.ID, 1, org.ChangeMember{AwayFrom: &now, AwayUntil: &now})
		wantType(t, err, "away-backwards")
		check(t, d, org.CheckDeputies, 2, nil)
		// A circle that got in some other way is found.
		plant(t, d, `UPDATE member SET deputy_id = $1, deputy_agreed = 1 WHERE member_id = $2`, f.Desk.ID, f.Manager.ID)
		check(t, d, org.CheckDeputies, 3, []string{f.Manager.ID, f.Specialist.ID, f.Desk.ID})
		if got := duty(t, d, f.Org.ID, f.Team.ID); got != f.Desk.ID {
			t.Errorf("got %s", got)
		}
	})
}

func TestOwnDetails(t *testing.T) {
	databases(t, func(t *testing.T, d *kittest.DB) {
		f := orgtest.New(t, d)
		me := orgtest.As(f.Desk)
		m, err := f.Service.UpdateMember(ctx, me, f.Desk.ID, 1, org.ChangeMember{Title: orgtest.Ptr("Assistente"), Deputy: &f.Manager.ID, DeputyAgreed: true})
		if err != nil || m.Title != "Assistente" || m.Deputy != f.Manager.ID || m.Version != 2 {
			t.Fatalf("%+v %v", m, err)
		}
		_, err = f.Service.UpdateMember(ctx, me, f.Desk.ID, 2, org.ChangeMember{Role: orgtest.Ptr(actor.Administrator)})
		wantType(t, err, "not-allowed")
		_, err = f.Service.UpdateMember(ctx, me, f.Manager.ID, 1, org.ChangeMember{Title: orgtest.Ptr("Baas")})
		wantType(t, err, "not-allowed")
		_, err = f.Service.UpdateMember(ctx, orgtest.As(f.Administrator), f.Desk.ID, 1, org.ChangeMember{Title: orgtest.Ptr("X")})
		wantType(t, err, "changed-meanwhile")
		got, err := f.Service.Member(ctx, me, f.Desk.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m, got); diff != "" {
			t.Error(diff)
		}
	})
}

// holds answers for members what they hold, and notes to whom signals went.
type holds struct {
	cases  map[string]int64
	passed map[string]string
}

func (h holds) OpenCases(_ *db.Tx, _, member string) (int64, error) { return h.cases[member], nil }
func (h holds) Pass(_ *db.Tx, _ actor.Actor, from, to string) error { h.passed[from] = to; return nil }

func TestNobodyLeavesWhileTheyHoldSomething(t *testing.T) {
	databases(t, func(t *testing.T, d *kittest.DB) {
		f := orgtest.New(t, d)
		h := holds{map[string]int64{f.Specialist.ID: 2}, map[string]string{}}
		s := org.New(org.Deps{DB: d.DB, Holds: h, Signals: h})
		admin := orgtest.As(f.Administrator)
		leave := org.ChangeMember{Active: orgtest.Ptr(false)}
		_, err := s.UpdateMember(ctx, admin, f.Specialist.ID, 1, leave)
		wantType(t, err, "member-holds-cases")
		_, err = s.UpdateMember(ctx, admin, f.Desk.ID, 1, leave)
		wantType(t, err, "member-has-duty")
		_, err = s.UpdateMember(ctx, admin, f.Administrator.ID, 1, leave)
		wantType(t, err, "last-administrator")
		_, err = s.UpdateMember(ctx, admin, f.Administrator.ID, 1, org.ChangeMember{Role: orgtest.Ptr(actor.Desk)})
		wantType(t, err, "last-administrator")
		check(t, d, org.CheckDuty, 1, nil)
		check(t, d, org.CheckAdministrators, 1, nil)

		delete(h.cases, f.Specialist.ID)
		if m, err := s.UpdateMember(ctx, admin, f.Specialist.ID, 1, leave); err != nil || m.Active {
			t.Fatalf("%+v %v", m, err)
		}
		if _, err := s.UpdateMember(ctx, admin, f.Manager.ID, 1, leave); err != nil {
			t.Fatal(err)
		}
		if _, err := s.UpdateTeam(ctx, admin, f.Team.ID, 1, org.ChangeTeam{Duty: &f.Administrator.ID}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.UpdateMember(ctx, admin, f.Desk.ID, 1, leave); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{f.Specialist.ID: f.Manager.ID, f.Manager.ID: f.Administrator.ID, f.Desk.ID: f.Administrator.ID}
		if diff := cmp.Diff(want, h.passed); diff != "" {
			t.Error(diff)
		}
		_, err = s.UpdateTeam(ctx, admin, f.Team.ID, 2, org.ChangeTeam{Duty: &f.Desk.ID})
		wantType(t, err, "duty-unknown")
		// The checks find what the rules prevent.
		plant(t, d, `UPDATE member SET active = 0 WHERE member_id = $1`, f.Administrator.ID)
		check(t, d, org.CheckDuty, 1, []string{f.Team.ID})
		check(t, d, org.CheckAdministrators, 1, []string{f.Org.ID})
	})
}

func TestTeams(t *testing.T) {
	databases(t, func(t *testing.T, d *kittest.DB) {
		f := orgtest.New(t, d)
		admin := orgtest.As(f.Administrator)
		_, err := f.Service.AddTeam(ctx, admin, org.NewTeam{Name: "Balie", Duty: f.Manager.ID})
		wantType(t, err, "team-name-taken")
		second, err := f.Service.AddTeam(ctx, admin, org.NewTeam{Name: " Assistenten  links ", Duty: f.Manager.ID, AutoAccept: true})
		if err != nil || second.Name != "Assistenten links" {
			t.Fatalf("%+v %v", second, err)
		}
		_, err = f.Service.UpdateTeam(ctx, admin, second.ID, 1, org.ChangeTeam{Name: orgtest.Ptr("Balie")})
		wantType(t, err, "team-name-taken")
		p, err := f.Service.Teams(ctx, orgtest.As(f.Desk), "", 1)
		if err != nil || len(p.Items) != 1 || p.Next == "" {
			t.Fatalf("%+v %v", p, err)
		}
		p2, err := f.Service.Teams(ctx, orgtest.As(f.Desk), p.Next, 1)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]org.Team{second, f.Team}, append(p.Items, p2.Items...)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestMembersInPages(t *testing.T) {
	databases(t, func(t *testing.T, d *kittest.DB) {
		f := orgtest.New(t, d)
		f.Change(t, f.Specialist.ID, org.ChangeMember{Active: orgtest.Ptr(false)})
		names := func(filter org.MemberFilter) (out []string) {
			cursor := ""
			for {
				p, err := f.Service.Members(ctx, orgtest.As(f.Desk), filter, cursor, 2)
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range p.Items {
					out = append(out, m.Name)
				}
				if cursor = p.Next; cursor == "" {
					return out
				}
			}
		}
		if diff := cmp.Diff([]string{"Ada Admiraal", "Dee de Boer", "Mo Meester"}, names(org.MemberFilter{})); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"Ada Admiraal", "Dee de Boer", "Mo Meester", "Sam Smit"}, names(org.MemberFilter{Inactive: true})); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"Mo Meester"}, names(org.MemberFilter{Role: actor.Manager})); diff != "" {
			t.Error(diff)
		}
		_, err := f.Service.Members(ctx, orgtest.As(f.Desk), org.MemberFilter{}, "nonsense", 2)
		wantType(t, err, "bad-cursor")
	})
}

func TestMembership(t *testing.T) {
	databases(t, func(t *testing.T, d *kittest.DB) {
		a, b := orgtest.New(t, d), orgtest.Named(t, d, "Apotheek Zon", org.Firm)
		link := func(f orgtest.Fixture, member, account string) error {
			return d.Write(ctx, func(tx *db.Tx) error { return org.Link(tx, orgtest.As(f.Administrator), f.Org.ID, member, account) })
		}
		if err := errors.Join(link(a, a.Desk.ID, "acc_1"), link(b, b.Manager.ID, "acc_1"), link(a, a.Desk.ID, "acc_1")); err != nil {
			t.Fatal(err)
		}
		wantType(t, link(a, a.Manager.ID, "acc_1"), "account-already-member")
		read := func() (who actor.Actor, ok bool, places int) {
			if err := d.Read(ctx, func(q db.Q) (err error) {
				list, err := org.Of(q, "acc_1")
				if err != nil {
					return err
				}
				places = len(list)
				who, ok, err = org.Membership(q, "acc_1", a.Org.ID)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return who, ok, places
		}
		want := orgtest.As(a.Desk)
		want.Account = "acc_1"
		who, ok, places := read()
		if diff := cmp.Diff(want, who); diff != "" || !ok || places != 2 {
			t.Errorf("%v %d\n%s", ok, places, diff)
		}
		a.Change(t, a.Team.Duty, org.ChangeMember{Title: orgtest.Ptr("x")})
		if _, err := a.Service.UpdateTeam(ctx, orgtest.As(a.Administrator), a.Team.ID, 1, org.ChangeTeam{Duty: &a.Manager.ID}); err != nil {
			t.Fatal(err)
		}
		a.Change(t, a.Desk.ID, org.ChangeMember{Active: orgtest.Ptr(false)})
		if _, ok, places := read(); ok || places != 1 {
			t.Errorf("who left is still let in: %v %d", ok, places)
		}
	})
}

func check(t *testing.T, d *kittest.DB, run func(db.Q) (int64, []string, error), rows int64, wrong []string) {
	t.Helper()
	if err := d.Read(ctx, func(q db.Q) error {
		n, list, err := run(q)
		if n != rows || !cmp.Equal(list, wrong) {
			t.Errorf("checked %d rows, wrong %v; want %d, %v", n, list, rows, wrong)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func plant(t *testing.T, d *kittest.DB, text string, args ...any) {
	t.Helper()
	if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(text, args...); return err }); err != nil {
		t.Fatal(err)
	}
}

// A team has a list of who works in it; the duty holder belongs to it anyway,
// and nobody of another organisation does.
func TestTeamMembers(t *testing.T) {
	databases(t, func(t *testing.T, d *kittest.DB) {
		f, other := orgtest.New(t, d), orgtest.Named(t, d, "Elders", org.Firm)
		who := orgtest.As(f.Administrator)
		team, err := f.Service.UpdateTeam(ctx, who, f.Team.ID, 1, org.ChangeTeam{Members: &[]string{f.Specialist.ID, f.Specialist.ID}})
		if err != nil {
			t.Fatal(err)
		}
		list, err := f.Service.TeamMembers(ctx, who, team.ID)
		if err != nil || len(list) != 2 || list[0].ID != f.Desk.ID || list[1].ID != f.Specialist.ID {
			t.Error(list, err)
		}
		_, err = f.Service.UpdateTeam(ctx, who, f.Team.ID, team.Version, org.ChangeTeam{Members: &[]string{other.Desk.ID}})
		wantType(t, err, "team-member-unknown")
		if _, err = f.Service.UpdateTeam(ctx, who, f.Team.ID, team.Version, org.ChangeTeam{Members: &[]string{}}); err != nil {
			t.Fatal(err)
		}
		if list, err = f.Service.TeamMembers(ctx, who, team.ID); err != nil || len(list) != 1 {
			t.Error(list, err)
		}
		_, err = f.Service.TeamMembers(ctx, orgtest.As(other.Administrator), team.ID)
		wantType(t, err, "team-unknown")
	})
}
