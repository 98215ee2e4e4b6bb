package org

import (
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
)

// SetAway notes that a member is away, in the transaction that arranges the
// absence and has looked for who stands in. A zero until means until further
// notice. standIn is who was chosen because no deputy is there; empty when the
// deputies do.
func SetAway(tx *db.Tx, who actor.Actor, m Member, from, until time.Time, standIn string) (Member, error) {
	if m.AwayFrom.Equal(from) && m.AwayUntil.Equal(until) && m.StandIn == standIn {
		return m, nil
	}
	m.AwayFrom, m.AwayUntil, m.StandIn = from.UTC(), until.UTC(), standIn
	if until.IsZero() {
		m.AwayUntil = time.Time{}
	}
	if err := updateMember(tx, m); err != nil {
		return m, err
	}
	m.Version++
	tx.Emit(db.Fact{Org: m.Org, Kind: fact.MemberChanged, By: who, Data: map[string]any{"member": m.ID, "what": []string{"away"}}})
	return m, nil
}

// SetBack notes that a member is there again.
func SetBack(tx *db.Tx, who actor.Actor, m Member) (Member, error) {
	if m.AwayFrom.IsZero() {
		return m, nil
	}
	m.AwayFrom, m.AwayUntil, m.StandIn = time.Time{}, time.Time{}, ""
	if err := updateMember(tx, m); err != nil {
		return m, err
	}
	m.Version++
	tx.Emit(db.Fact{Org: m.Org, Kind: fact.MemberChanged, By: who, Data: map[string]any{"member": m.ID, "what": []string{"back"}}})
	return m, nil
}

// longestChain bounds how far a chain of deputies is followed.
const longestChain = 20

// Chain gives who stands in for a member, in order: their deputy, the deputy's
// deputy and so on, at the end who was chosen for this absence. It does not
// look at who is there.
func Chain(q db.Q, m Member) (chain []Member, err error) {
	seen := map[string]bool{m.ID: true}
	add := func(id string) (Member, bool, error) {
		if id == "" || seen[id] || len(chain) == longestChain {
			return Member{}, false, nil
		}
		seen[id] = true
		d, ok, err := findMember(q, m.Org, id)
		if ok {
			chain = append(chain, d)
		}
		return d, ok, err
	}
	for at := m; ; {
		d, ok, err := add(at.Deputy)
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		at = d
	}
	_, _, err = add(m.StandIn)
	return chain, err
}

// TeamsOf gives the active teams a member works in or has duty for, by name.
func TeamsOf(q db.Q, org, member string) ([]Team, error) { return teamsOf(q, org, member) }

// TeamMembersOf gives the ids of the active members of some teams by team, the
// duty holders included, in one look.
func TeamMembersOf(q db.Q, org string, teams []Team) (map[string][]string, error) {
	return teamMembersOf(q, org, teams)
}

// TeamMembers gives the active members of a team, its duty holder included, by name.
func TeamMembers(q db.Q, org, team string) ([]Member, error) { return teamMembers(q, org, team) }
