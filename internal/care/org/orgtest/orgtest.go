package orgtest

import (
	"context"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// Installer makes organisations.
var Installer = actor.Actor{Kind: actor.Installer, Name: "Installer"}

// Fixture is an organisation with one member per role and a team of which the
// desk has duty. It is open Monday to Friday from 8 to 17 in Amsterdam.
type Fixture struct {
	DB            *kittest.DB
	Service       *org.Service
	Org           org.Organisation
	Administrator org.Member
	Manager       org.Member
	Specialist    org.Member
	Desk          org.Member
	Team          org.Team
}

// Hours are Monday to Friday from 8 to 17, without holidays.
func Hours() workcal.Calendar {
	c := workcal.Calendar{Zone: workcal.DefaultZone}
	for d := time.Monday; d <= time.Friday; d++ {
		c.Week[d] = []workcal.Interval{{From: 8 * 60, To: 17 * 60}}
	}
	return c
}

// Free lets everybody leave: nobody holds a case or a signal.
type Free struct{}

// OpenCases implements org.Holds.
func (Free) OpenCases(*db.Tx, string, string) (int64, error) { return 0, nil }

// Pass implements org.Signals.
func (Free) Pass(*db.Tx, actor.Actor, string, string) error { return nil }

// New makes a practice.
func New(t testing.TB, d *kittest.DB) Fixture {
	t.Helper()
	return Named(t, d, "Huisartsenpraktijk De Linde", org.Practice)
}

// Named makes an organisation with a name.
func Named(t testing.TB, d *kittest.DB, name string, kind org.Kind) Fixture {
	t.Helper()
	ctx := context.Background()
	f := Fixture{DB: d, Service: org.New(org.Deps{DB: d.DB, Holds: Free{}, Signals: Free{}})}
	hours := Hours()
	var err error
	f.Org, f.Administrator, err = f.Service.Create(ctx, Installer, org.NewOrganisation{Name: name, Kind: kind,
		Phone: "+31205550100", Calendar: &hours, Admin: org.NewMember{Name: "Ada Admiraal"}})
	if err != nil {
		t.Fatal(err)
	}
	f.Manager = f.Add(t, "Mo Meester", actor.Manager)
	f.Specialist = f.Add(t, "Sam Smit", actor.Specialist)
	f.Desk = f.Add(t, "Dee de Boer", actor.Desk)
	if f.Team, err = f.Service.AddTeam(ctx, As(f.Administrator), org.NewTeam{Name: "Balie", Duty: f.Desk.ID}); err != nil {
		t.Fatal(err)
	}
	return f
}

// Add adds a member.
func (f Fixture) Add(t testing.TB, name string, role actor.Role) org.Member {
	t.Helper()
	m, err := f.Service.AddMember(context.Background(), As(f.Administrator), org.NewMember{Name: name, Role: role})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Change changes a member as the administrator does.
func (f Fixture) Change(t testing.TB, id string, c org.ChangeMember) org.Member {
	t.Helper()
	ctx := context.Background()
	m, err := f.Service.Member(ctx, As(f.Administrator), id)
	if err != nil {
		t.Fatal(err)
	}
	if m, err = f.Service.UpdateMember(ctx, As(f.Administrator), id, m.Version, c); err != nil {
		t.Fatal(err)
	}
	return m
}

// As is a member as somebody who acts.
func As(m org.Member) actor.Actor {
	return actor.Actor{Kind: actor.Staff, Org: m.Org, Member: m.ID, Role: m.Role, Name: m.Name, Language: "nl"}
}

// Ptr is a pointer to a value, for changes.
func Ptr[T any](v T) *T { return &v }
