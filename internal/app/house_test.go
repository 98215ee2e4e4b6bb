package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/mail"
)

// bases runs a test of the whole house on an empty database of each kind.
// The address is what --db takes.
func bases(t *testing.T, run func(t *testing.T, address string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); run(t, t.TempDir()+"/houvast.db") })
	t.Run("postgres", func(t *testing.T) {
		dsn := kittest.PostgresDSN(t)
		t.Parallel()
		run(t, kittest.WithSchema(dsn, kittest.NewSchema(t, dsn)))
	})
}

// settings reads the configuration that a program started with env would have.
func settings(t testing.TB, env []string) *config.Config {
	t.Helper()
	cfg, err := config.Load(config.Source{Env: env})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// environ is what a program gets to use a database.
func environ(address string) []string {
	key := "HOUVAST_DB_PATH="
	if len(address) > 11 && address[:8] == "postgres" {
		key = "HOUVAST_DB_URL="
	}
	return []string{key + address, "HOUVAST_PUBLIC_URL=http://127.0.0.1:8410", "HOUVAST_LOG_LEVEL=error"}
}

// inside opens the house in this process.
func inside(t testing.TB, env []string, c clock.Clock, sender mail.Sender) *App {
	t.Helper()
	a, err := Open(context.Background(), Options{Config: settings(t, env), Clock: c, Log: kittest.Log(t), Mail: sender, Parallel: 4})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// tenant is one organisation with people of every role, a key of every kind
// and customers who can be reached at any hour.
type tenant struct {
	Org     string
	Members map[actor.Role]org.Member
	Team    string
	Keys    map[string]string // by role, and "organisation"
	People  []string
	Points  []string
}

// always is open day and night, so that a test may run at any hour.
func always() workcal.Calendar {
	c := workcal.Calendar{Zone: workcal.DefaultZone}
	for d := range c.Week {
		c.Week[d] = []workcal.Interval{{From: 0, To: 24 * 60}}
	}
	return c
}

func newTenant(t testing.TB, a *App, name string, kind org.Kind) *tenant {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	cal, settings := always(), org.Defaults()
	settings.QuietUntil = settings.QuietFrom // these tests run at any hour
	installer := actor.Actor{Kind: actor.Installer, Name: "test"}
	o, admin, err := a.services.org.Create(ctx, installer, org.NewOrganisation{Name: name, Kind: kind, Phone: "+31205550100",
		Calendar: &cal, Settings: &settings, Admin: org.NewMember{Name: "Ada van " + name}})
	must(err)
	x := &tenant{Org: o.ID, Members: map[actor.Role]org.Member{actor.Administrator: admin}, Keys: map[string]string{}}
	as := actor.Actor{Kind: actor.Staff, Org: o.ID, Member: admin.ID, Role: admin.Role, Name: admin.Name, Language: "nl"}
	for _, role := range []actor.Role{actor.Desk, actor.Specialist, actor.Manager} {
		x.Members[role], err = a.services.org.AddMember(ctx, as, org.NewMember{Name: "Lid " + string(role) + " van " + name, Role: role})
		must(err)
	}
	team, err := a.services.org.AddTeam(ctx, as, org.NewTeam{Name: "Balie van " + name, Duty: x.Members[actor.Desk].ID})
	must(err)
	x.Team = team.ID
	for role, m := range x.Members {
		_, x.Keys[string(role)], err = a.services.auth.CreateKey(ctx, as, auth.NewKey{Kind: auth.MemberKey, Name: "sleutel " + string(role), Member: m.ID})
		must(err)
	}
	_, x.Keys["organisation"], err = a.services.auth.CreateKey(ctx, as, auth.NewKey{Kind: auth.OrganisationKey, Name: "partner"})
	must(err)
	for i := range 4 {
		p, err := a.services.person.Create(ctx, as, person.NewPerson{Name: fmt.Sprintf("Klant%d %s", i, name), BirthDate: "1980-01-02", Points: []person.NewPoint{
			{Kind: person.Email, Value: fmt.Sprintf("klant%d.%s@example.nl", i, o.ID), Verified: true}}})
		must(err)
		x.People = append(x.People, p.Person.ID)
		for _, pt := range p.Points {
			x.Points = append(x.Points, pt.ID)
		}
	}
	return x
}

// client calls the API of a running server, or of a handler.
type client struct {
	http *http.Client
	base string
}

// answer is what came back.
type answer struct {
	Status int
	ETag   string
	Body   []byte
}

func (a answer) ok() bool { return a.Status >= 200 && a.Status < 300 }

// into reads the body.
func (a answer) into(v any) error {
	if err := json.Unmarshal(a.Body, v); err != nil {
		return fmt.Errorf("%s: %w", a.Body, err)
	}
	return nil
}

// call makes one request. An error means that nobody knows what became of it.
func (c client) call(ctx context.Context, method, path, token, idempotency string, body any) (answer, error) {
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		in = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, in)
	if err != nil {
		return answer{}, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if method == http.MethodPatch || method == http.MethodPut {
		req.Header.Set("If-Match", `"1"`)
	}
	if idempotency != "" {
		req.Header.Set("Idempotency-Key", idempotency)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	out := answer{Status: res.StatusCode, ETag: res.Header.Get("ETag")}
	out.Body, err = io.ReadAll(res.Body)
	return out, errors.Join(err, res.Body.Close())
}
