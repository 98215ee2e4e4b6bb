package org

import (
	"embed"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

// Migrations are the tables of this capability.
//
//go:embed schema/*.sql
var Migrations embed.FS

// Kind is the sort of organisation.
type Kind string

// The kinds of organisation.
const (
	Practice Kind = "practice"
	Hospital Kind = "hospital"
	Firm     Kind = "firm"
)

// Organisation is one tenant of the installation.
type Organisation struct {
	ID        string           `db:"org_id" json:"id"`
	Name      string           `db:"name" json:"name"`
	Kind      Kind             `db:"kind" json:"kind"`
	Phone     string           `db:"phone" json:"phone,omitempty"`
	Zone      string           `db:"zone" json:"zone"`
	Language  string           `db:"language" json:"language"`
	Calendar  workcal.Calendar `db:"calendar,json" json:"calendar"`
	Settings  Settings         `db:"settings,json" json:"settings"`
	CreatedAt time.Time        `db:"created_at" json:"created_at"`
	Version   int64            `db:"version" json:"version"`
}

// Partner is what another organisation may see of one.
type Partner struct {
	ID    string `db:"org_id" json:"id"`
	Name  string `db:"name" json:"name"`
	Kind  Kind   `db:"kind" json:"kind"`
	Phone string `db:"phone" json:"phone,omitempty"`
}

// Member is somebody who works at an organisation.
type Member struct {
	Org          string     `db:"org_id" json:"-"`
	ID           string     `db:"member_id" json:"id"`
	Account      string     `db:"account_id" json:"-"`
	Name         string     `db:"name" json:"name"`
	Role         actor.Role `db:"role" json:"role"`
	Title        string     `db:"title" json:"title,omitempty"`
	Email        string     `db:"email" json:"email,omitempty"`
	Phone        string     `db:"phone" json:"phone,omitempty"`
	Active       bool       `db:"active" json:"active"`
	Deputy       string     `db:"deputy_id" json:"deputy_id,omitempty"`
	DeputyAgreed bool       `db:"deputy_agreed" json:"deputy_agreed"`
	AwayFrom     time.Time  `db:"away_from" json:"away_from,omitzero"`
	AwayUntil    time.Time  `db:"away_until" json:"away_until,omitzero"`
	StandIn      string     `db:"stand_in_id" json:"stand_in_id,omitempty" doc:"Who stands in for this absence when no deputy is there"`
	CreatedAt    time.Time  `db:"created_at" json:"created_at"`
	Version      int64      `db:"version" json:"version"`
}

// Here says whether a member works at a moment: active and not away. Away
// until a moment means back at that moment; without one, until further notice.
func (m Member) Here(at time.Time) bool {
	return m.Active && (m.AwayFrom.IsZero() || at.Before(m.AwayFrom) ||
		!m.AwayUntil.IsZero() && !at.Before(m.AwayUntil))
}

// Leads says whether the member is somebody to turn to: manager or administrator.
func (m Member) Leads() bool { return m.Role == actor.Manager || m.Role == actor.Administrator }

// Team is some members under one name. Whoever has duty stands for it.
type Team struct {
	Org        string    `db:"org_id" json:"-"`
	ID         string    `db:"team_id" json:"id"`
	Name       string    `db:"name" json:"name"`
	Duty       string    `db:"duty_member_id" json:"duty_member_id"`
	Active     bool      `db:"active" json:"active"`
	AutoAccept bool      `db:"auto_accept" json:"auto_accept"`
	CreatedAt  time.Time `db:"created_at" json:"created_at"`
	Version    int64     `db:"version" json:"version"`
}

// StandIn follows the chain of deputies from a member to the first who is here
// at a moment; next looks a member up. False means that the whole chain is
// away, inactive or goes round.
func StandIn(from Member, at time.Time, next func(id string) (Member, bool, error)) (Member, bool, error) {
	seen := map[string]bool{}
	for m := from; !seen[m.ID]; {
		if m.Here(at) {
			return m, true, nil
		}
		seen[m.ID] = true
		if m.Deputy == "" {
			break
		}
		d, ok, err := next(m.Deputy)
		if err != nil || !ok {
			return Member{}, false, err
		}
		m = d
	}
	return Member{}, false, nil
}

// Circle says whether making deputy stand in for member would close a circle.
func Circle(member, deputy string, next func(id string) (Member, bool, error)) (bool, error) {
	seen := map[string]bool{}
	for id := deputy; id != "" && !seen[id]; {
		if id == member {
			return true, nil
		}
		seen[id] = true
		d, ok, err := next(id)
		if err != nil || !ok {
			return false, err
		}
		id = d.Deputy
	}
	return false, nil
}

// clean takes the spaces off a single line of text.
func clean(s string) string { return strings.Join(strings.Fields(s), " ") }
