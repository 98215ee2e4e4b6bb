package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/app"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/mail"
)

// house is the application in this process, under a clock of its own.
type house struct {
	*app.App
	clock *clock.Sim
	auth  *auth.Service
	org   *org.Service
}

// practice is an organisation of the benchmark. Members of one role stand for
// each other when history is written.
type practice struct {
	Org     string
	Team    string
	Members map[actor.Role][]string
}

// roles in the order in which members are made.
var roles = []actor.Role{actor.Administrator, actor.Desk, actor.Specialist, actor.Manager}

// settings are those of a program on this database.
func settings(address string) (*config.Config, error) {
	return config.Load(config.Source{Env: []string{databaseSetting(address), "HOUVAST_PUBLIC_URL=http://127.0.0.1:8410", "HOUVAST_LOG_LEVEL=error"}})
}

func databaseSetting(address string) string {
	if db.IsPostgres(address) {
		return "HOUVAST_DB_URL=" + address
	}
	return "HOUVAST_DB_PATH=" + address
}

// openHouse opens the application on a database, at a moment.
func openHouse(ctx context.Context, address string, at time.Time) (*house, error) {
	cfg, err := settings(address)
	if err != nil {
		return nil, err
	}
	sim := clock.NewSim(at)
	a, err := app.Open(ctx, app.Options{Config: cfg, Clock: sim, Mail: &mail.Box{}, Confirms: true, Version: "bench", Parallel: 4})
	if err != nil {
		return nil, err
	}
	return &house{App: a, clock: sim, org: org.New(org.Deps{DB: a.DB}),
		auth: auth.New(auth.Options{DB: a.DB, Members: org.Members{}, PublicURL: cfg.PublicURL})}, nil
}

// until lets time pass, everything at its own moment.
func (h *house) until(ctx context.Context, at time.Time) error {
	for {
		if err := h.Settle(ctx); err != nil {
			return err
		}
		next, err := h.Next(ctx)
		if err != nil {
			return err
		}
		if next.IsZero() || next.After(at) {
			break
		}
		h.clock.Set(next)
	}
	h.clock.Set(at)
	return h.Settle(ctx)
}

// staff is a member of a practice as somebody who acts.
func (p practice) staff(role actor.Role) actor.Actor {
	return actor.Actor{Kind: actor.Staff, Org: p.Org, Member: p.Members[role][0], Role: role, Name: "bench", Language: "nl"}
}

// found makes an organisation that is open day and night, so that it can be
// measured at any hour.
func (h *house) found(ctx context.Context, name string, perRole map[actor.Role]int) (p practice, err error) {
	cal, set := workcal.Calendar{Zone: workcal.DefaultZone}, org.Defaults()
	for d := range cal.Week {
		cal.Week[d] = []workcal.Interval{{From: 0, To: 24 * 60}}
	}
	set.QuietUntil = set.QuietFrom
	o, admin, err := h.org.Create(ctx, actor.Actor{Kind: actor.Installer, Name: "bench"}, org.NewOrganisation{Name: name, Kind: org.Practice,
		Phone: "+31205550100", Calendar: &cal, Settings: &set, Admin: org.NewMember{Name: "Ada van " + name}})
	if err != nil {
		return p, err
	}
	p = practice{Org: o.ID, Members: map[actor.Role][]string{actor.Administrator: {admin.ID}}}
	who := p.staff(actor.Administrator)
	for _, role := range roles[1:] {
		for i := range max(1, perRole[role]) {
			m, err := h.org.AddMember(ctx, who, org.NewMember{Name: fmt.Sprintf("%s %d van %s", role, i+1, name), Role: role})
			if err != nil {
				return p, err
			}
			p.Members[role] = append(p.Members[role], m.ID)
		}
	}
	team, err := h.org.AddTeam(ctx, who, org.NewTeam{Name: "Balie van " + name, Duty: p.Members[actor.Desk][0], Members: p.Members[actor.Desk]})
	p.Team = team.ID
	return p, err
}

// key makes an API key of a member.
func (h *house) key(ctx context.Context, p practice, member string) (string, error) {
	_, token, err := h.auth.CreateKey(ctx, p.staff(actor.Administrator), auth.NewKey{Kind: auth.MemberKey, Name: "bench", Member: member})
	return token, err
}

// account gives a member a way to sign in.
func (h *house) account(ctx context.Context, p practice, member, email, password string) error {
	phc, err := h.auth.Hash(ctx, password, email)
	if err != nil {
		return err
	}
	return h.DB.Write(ctx, func(t *db.Tx) error {
		a, _, err := h.auth.EnsureAccount(t, auth.NewAccount{Email: email, Name: "Bench"})
		if err != nil {
			return err
		}
		if err := h.auth.SetHash(t, a, phc); err != nil {
			return err
		}
		return org.Link(t, actor.Actor{Kind: actor.Installer, Org: p.Org, Name: "bench"}, p.Org, member, a.ID)
	})
}

// call asks the API in this process. What it answers is read into into.
func (h *house) call(ctx context.Context, method, path, key string, body, into any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	r := httptest.NewRequestWithContext(ctx, method, "/api/v1"+path, bytes.NewReader(text))
	r.Header.Set("Authorization", "Bearer "+key)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	h.Handler().ServeHTTP(w, r)
	if w.Code >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %d %s", method, path, w.Code, strings.TrimSpace(w.Body.String()))
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(w.Body.Bytes(), into)
}

func (h *house) close(err error) error { return errors.Join(err, h.Close()) }
