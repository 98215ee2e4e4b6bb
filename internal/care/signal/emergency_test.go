package signal_test

import (
	"io/fs"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// An emergency goes to who leads, who must take it; it ends with the answer.
func TestAnEmergencyIsForWhoLeads(t *testing.T) {
	kittest.Databases(t, []fs.FS{auth.Migrations, org.Migrations, person.Migrations, signal.Migrations}, func(t *testing.T, d *kittest.DB) {
		f := orgtest.New(t, d)
		people := person.New(person.Deps{DB: f.DB.DB, Alarm: signal.Alarm{}})
		signals := signal.New(signal.Deps{DB: f.DB.DB})
		desk, manager := orgtest.As(f.Desk), orgtest.As(f.Manager)
		anna, err := people.Create(ctx, desk, person.NewPerson{Name: "Anna"})
		if err != nil {
			t.Fatal(err)
		}
		e, err := people.OpenInEmergency(ctx, desk, anna.Person.ID, "Het kind staat alleen voor de deur")
		if err != nil {
			t.Fatal(err)
		}
		open := func() []signal.Signal {
			t.Helper()
			p, err := signals.List(ctx, desk, "", "", 10)
			if err != nil {
				t.Fatal(err)
			}
			return p.Items
		}
		list := open()
		if len(list) != 1 || list[0].Kind != signal.Emergency || list[0].Level != signal.Urgent || list[0].Member != f.Manager.ID || list[0].Subject != e.ID || len(list[0].Data) != 0 {
			t.Fatalf("%+v", list)
		}
		id := list[0].ID
		for _, who := range []actor.Actor{desk, orgtest.As(f.Specialist)} {
			_, err := signals.Take(ctx, who, id)
			wantType(t, err, "not-allowed")
		}
		// Nobody takes it: it goes on to the other one who leads, never to a deputy at the desk.
		agreed, deputy := true, f.Desk.ID
		if _, err := f.Service.UpdateMember(ctx, orgtest.As(f.Administrator), f.Manager.ID, f.Manager.Version, org.ChangeMember{Deputy: &deputy, DeputyAgreed: agreed}); err != nil {
			t.Fatal(err)
		}
		watch := signal.NewWatch(f.DB.DB)
		for range 3 {
			at, err := watch.Next(ctx)
			if err != nil || at.IsZero() {
				t.Fatal(at, err)
			}
			f.DB.Clock.Set(at.Add(time.Second))
			if _, err := watch.Work(ctx); err != nil {
				t.Fatal(err)
			}
			if m := open()[0].Member; m != f.Manager.ID && m != f.Administrator.ID {
				t.Fatalf("it went to %s", m)
			}
		}
		if _, err := signals.Take(ctx, manager, id); err != nil {
			t.Fatal(err)
		}
		_, err = signals.Settle(ctx, manager, id, "handled")
		wantType(t, err, "signal-emergency")
		if _, err := people.ReviewEmergency(ctx, manager, e.ID, person.AnswerEmergency{Answer: person.Right}); err != nil {
			t.Fatal(err)
		}
		if list := open(); len(list) != 0 {
			t.Errorf("%+v", list)
		}
		// What was opened without anybody being told is found.
		check := func(want int) {
			t.Helper()
			if err := f.DB.Read(ctx, func(q db.Q) error {
				rows, wrong, err := person.CheckEmergencies(q)
				if rows != 1 || len(wrong) != want {
					t.Error(rows, wrong)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		check(0)
		if err := f.DB.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(`DELETE FROM signal WHERE org_id = $1`, f.Org.ID); return err }); err != nil {
			t.Fatal(err)
		}
		check(1)
	})
}
