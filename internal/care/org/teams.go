package org

import (
	"context"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// NewTeam is a team to be made.
type NewTeam struct {
	Name       string `json:"name" maxLength:"200"`
	Duty       string `json:"duty_member_id"`
	AutoAccept bool   `json:"auto_accept,omitempty"`
	// Members are who work in the team beside its duty holder.
	Members []string `json:"member_ids,omitempty" maxItems:"200" doc:"All who work in this team; the duty holder belongs to it in any case"`
}

// AddTeam makes a team.
func (s *Service) AddTeam(ctx context.Context, who actor.Actor, in NewTeam) (t Team, err error) {
	if err := auth.Require(who, auth.OrgAdmin); err != nil {
		return t, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := lock(tx, who.Org); err != nil {
			return err
		}
		t = Team{Org: who.Org, Name: clean(in.Name), Duty: in.Duty, Active: true, AutoAccept: in.AutoAccept, CreatedAt: tx.Now(), Version: 1}
		if err := t.check(tx); err != nil {
			return err
		}
		t.ID = tx.NewID("tea")
		if err := saved(tx, who, t, db.Insert(tx, "team", t)); err != nil || len(in.Members) == 0 {
			return err
		}
		return work(tx, t, in.Members)
	})
	return t, err
}

// ChangeTeam is what may be changed of a team; nil leaves as it is.
type ChangeTeam struct {
	Name       *string `json:"name,omitempty" maxLength:"200"`
	Duty       *string `json:"duty_member_id,omitempty"`
	Active     *bool   `json:"active,omitempty"`
	AutoAccept *bool   `json:"auto_accept,omitempty"`
	// Members, when given, are all who work in the team from now on.
	Members *[]string `json:"member_ids,omitempty" maxItems:"200" doc:"All who work in this team; the duty holder belongs to it in any case"`
}

// UpdateTeam changes a team, when it is still at version.
func (s *Service) UpdateTeam(ctx context.Context, who actor.Actor, id string, version int64, in ChangeTeam) (t Team, err error) {
	if err := auth.Require(who, auth.OrgAdmin); err != nil {
		return t, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := lock(tx, who.Org); err != nil {
			return err
		}
		if t, err = TeamByID(tx, who.Org, id); err != nil {
			return err
		}
		if t.Version != version {
			return errs.New(errs.Stale, "changed-meanwhile")
		}
		var what []string
		set(&what, "name", &t.Name, cleaned(in.Name))
		set(&what, "duty", &t.Duty, in.Duty)
		set(&what, "active", &t.Active, in.Active)
		set(&what, "auto_accept", &t.AutoAccept, in.AutoAccept)
		if err := t.check(tx); err != nil {
			return err
		}
		if in.Members != nil {
			if err := work(tx, t, *in.Members); err != nil {
				return err
			}
			what = append(what, "members")
		}
		if len(what) == 0 {
			return nil
		}
		err := saved(tx, who, t, updateTeam(tx, t))
		t.Version++
		return err
	})
	return t, err
}

func (t Team) check(tx *db.Tx) error {
	var c errs.Checks
	c.Must(t.Name != "", "name", "name-missing")
	m, ok, err := findMember(tx, t.Org, t.Duty)
	if err != nil {
		return err
	}
	c.Must(ok && (m.Active || !t.Active), "duty_member_id", "duty-unknown")
	return c.Err()
}

// work sets who works in a team. Only active members of the organisation do.
func work(tx *db.Tx, t Team, ids []string) error {
	known, err := MembersByIDs(tx, t.Org, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if m, ok := known[id]; !ok || !m.Active {
			return errs.New(errs.Invalid, "team-member-unknown").Field("member_ids", "team-member-unknown")
		}
	}
	if err := clearTeam(tx, t); err != nil {
		return err
	}
	for id := range known { // each once, however often they were named
		if err := joinTeam(tx, t, id); err != nil {
			return err
		}
	}
	return nil
}

// saved tells of a team that was written.
func saved(tx *db.Tx, who actor.Actor, t Team, err error) error {
	if db.Violates(err, db.Unique) {
		return errs.New(errs.Conflict, "team-name-taken").Field("name", "team-name-taken").Wrap(err)
	}
	if err == nil {
		tx.Emit(db.Fact{Org: t.Org, Kind: fact.TeamChanged, By: who, Data: map[string]any{"team": t.ID, "duty": t.Duty}, Text: map[string]string{"name": t.Name}})
	}
	return err
}

// Teams gives a page of teams by name.
func (s *Service) Teams(ctx context.Context, who actor.Actor, cursor string, limit int) (p page.Page[Team], err error) {
	if err := auth.Require(who, auth.OrgRead); err != nil {
		return p, err
	}
	key, err := page.Parse(cursor, 1)
	if err != nil {
		return p, err
	}
	if key == nil {
		key = []string{""}
	}
	limit = page.Size(limit)
	err = s.DB.Read(ctx, func(q db.Q) error {
		rows, err := teamsAfter(q, who.Org, key[0], limit+1)
		p = page.Of(rows, limit, func(t Team) []string { return []string{t.Name} })
		return err
	})
	return p, err
}

// Team gives one team.
func (s *Service) Team(ctx context.Context, who actor.Actor, id string) (t Team, err error) {
	if err := auth.Require(who, auth.OrgRead); err != nil {
		return t, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error { t, err = TeamByID(q, who.Org, id); return err })
	return t, err
}

// TeamMembers gives the active members of a team, its duty holder included.
func (s *Service) TeamMembers(ctx context.Context, who actor.Actor, id string) (list []Member, err error) {
	if err := auth.Require(who, auth.OrgRead); err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		if _, err := TeamByID(q, who.Org, id); err != nil {
			return err
		}
		list, err = TeamMembers(q, who.Org, id)
		return err
	})
	return list, err
}
