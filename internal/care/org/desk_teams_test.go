package org_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/kit/kittest"
)

func TestDeskTeams(t *testing.T) {
	databases(t, func(t *testing.T, d *kittest.DB) {
		ctx := context.Background()
		f, other := orgtest.New(t, d), orgtest.Named(t, d, "Elders", org.Firm)
		k := settingsDesk(t, f, f.Administrator, "en")
		k.Shows(t, "/desk/settings", "/desk/settings/teams")
		k.Shows(t, "/desk/settings/teams", "Balie", "On duty: "+f.Desk.Name, "/desk/settings/teams/new")
		k.Shows(t, "/desk/settings/teams/new", "Choose somebody", f.Specialist.Name)

		// What is refused keeps what was typed and ticked.
		k.Again(t, "/desk/settings/teams/new", 422, []string{"Laboratorium", `value="` + f.Specialist.ID + `" checked`}, "name", "Laboratorium", "members", f.Specialist.ID)
		k.Again(t, "/desk/settings/teams/new", 409, []string{"Balie"}, "name", "Balie", "duty", f.Desk.ID)
		at := k.Goes(t, "/desk/settings/teams/new", "name", "Laboratorium", "duty", f.Desk.ID, "members", f.Specialist.ID, "auto_accept", "yes")
		id := at[strings.LastIndex(at, "/")+1:]
		team, err := f.Service.Team(ctx, orgtest.As(f.Administrator), id)
		if err != nil || !team.AutoAccept || !team.Active || team.Duty != f.Desk.ID {
			t.Fatalf("%+v %v", team, err)
		}
		names := func() (list []string) {
			members, err := f.Service.TeamMembers(ctx, orgtest.As(f.Administrator), id)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range members {
				list = append(list, m.Name)
			}
			return list
		}
		if got := names(); !slices.Equal(got, []string{f.Desk.Name, f.Specialist.Name}) {
			t.Error(got)
		}
		k.Shows(t, at, `value="Laboratorium"`, `value="`+f.Specialist.ID+`" checked`)

		k.Goes(t, at, "version", "1", "name", "Lab", "duty", f.Manager.ID, "members", f.Manager.ID, "active", "yes")
		if got := names(); !slices.Equal(got, []string{f.Manager.Name}) {
			t.Error(got)
		}
		// Somebody else saved meanwhile.
		k.Again(t, at, 412, []string{`value="Anders"`}, "version", "1", "name", "Anders", "duty", f.Desk.ID, "active", "yes")
		k.Again(t, at, 422, []string{`value="Lab 2"`}, "version", "2", "name", "Lab 2", "duty", other.Desk.ID, "active", "yes")
		k.Goes(t, at, "version", "2", "name", "Lab", "duty", f.Manager.ID, "members", f.Manager.ID)
		k.Shows(t, "/desk/settings/teams", "Does not exist any more")

		boss := settingsDesk(t, f, f.Manager, "nl")
		if page := boss.Shows(t, at, "Alleen een beheerder", "disabled"); strings.Contains(page, `value="Opslaan"`) {
			t.Error("a manager gets a button to save")
		}
		if page := boss.Shows(t, "/desk/settings/teams", "Lab"); strings.Contains(page, "/desk/settings/teams/new") {
			t.Error("a manager may make a team")
		}
		for _, path := range []string{at, "/desk/settings/teams/new"} {
			if status, _, _ := boss.Post(t, path, "version", "3", "name", "X", "duty", f.Desk.ID); status != 403 {
				t.Errorf("%s: a manager changed a team: %d", path, status)
			}
		}
		if status, _ := settingsDesk(t, f, f.Desk, "nl").Get(t, "/desk/settings/teams"); status != 403 {
			t.Error("the front desk sees the settings:", status)
		}
		if status, _ := settingsDesk(t, other, other.Administrator, "nl").Get(t, at); status != 404 {
			t.Error("a team of another organisation:", status)
		}
	})
}
