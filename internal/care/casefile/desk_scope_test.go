package casefile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kit/db"
)

func TestTodayOfATeam(t *testing.T) {
	onDesks(t, func(t *testing.T, k *desk) {
		_, p := k.open(t, "When is it?", "the day of the operation", time.Hour)
		team, err := k.Service.AddTeam(t.Context(), k.As(k.Administrator), org.NewTeam{Name: "Reception", Duty: k.Specialist.ID, Members: []string{k.Desk.ID}})
		k.Must(err)
		other, err := k.Service.AddTeam(t.Context(), k.As(k.Administrator), org.NewTeam{Name: "Elsewhere", Duty: k.Manager.ID})
		k.Must(err)
		k.Must(k.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, _, err := signal.Raise(tx, k.Who(), signal.Signal{Kind: promise.SignalBroken, Level: signal.Warning, SubjectKind: "promise", Subject: p.ID, Case: p.Case, Member: k.Desk.ID})
			return err
		}))
		k.Door.who = k.As(k.Specialist)
		k.Door.who.Language = "en"
		_, mine := k.get(t, "/desk")
		has(t, mine, "Reception (1)", "/desk?who="+team.ID)
		if strings.Contains(mine, "the day of the operation") || strings.Contains(mine, "Elsewhere") {
			t.Error("their own day has what others keep, or a team of others")
		}
		_, page := k.get(t, "/desk?who="+team.ID)
		has(t, page, "the day of the operation", "Reception: "+k.Specialist.Name+" has duty", "One promise needs somebody", `id="signals"`)
		// Remembered for them, and for nobody else.
		_, page = k.get(t, "/desk")
		has(t, page, "the day of the operation")
		// What is not theirs is their own day, and is not remembered.
		_, page = k.get(t, "/desk?who="+other.ID)
		if strings.Contains(page, "the day of the operation") {
			t.Error("a team of others is shown")
		}
		k.Door.who = k.As(k.Manager)
		k.Door.who.Language = "en"
		_, page = k.get(t, "/desk")
		has(t, page, "Elsewhere (0)")
		if strings.Contains(page, "the day of the operation") {
			t.Error("remembered for somebody else")
		}
		_, page = k.get(t, "/desk?who=all")
		has(t, page, "the day of the operation")
		// Who leaves the team sees their own day again.
		k.Door.who = k.As(k.Desk)
		_, _ = k.get(t, "/desk?who="+team.ID)
		none := []string{}
		_, err = k.Service.UpdateTeam(t.Context(), k.As(k.Administrator), team.ID, team.Version, org.ChangeTeam{Members: &none})
		k.Must(err)
		if _, page = k.get(t, "/desk"); strings.Contains(page, "Reception") {
			t.Error("a team that was left is still there")
		}
		k.Must(k.DB.Read(t.Context(), func(q db.Q) error {
			by, err := promise.DueBy(q, k.Org.ID, []string{k.Desk.ID, k.Manager.ID}, k.Now().Add(24*time.Hour))
			if err != nil || by[k.Desk.ID] != 1 || by[k.Manager.ID] != 0 {
				t.Error(by, err)
			}
			far, err := promise.DueBy(q, "org_far", []string{k.Desk.ID}, k.Now().Add(24*time.Hour))
			if len(far) != 0 {
				t.Error(far)
			}
			return err
		}))
	})
}
