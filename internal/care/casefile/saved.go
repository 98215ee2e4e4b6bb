package casefile

import (
	"context"
	"net/url"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// With whom a saved filter is shared.
const (
	ShareOwn  = "own"
	ShareTeam = "team"
	ShareAll  = "all"
)

// Shares are the ways to share a filter.
var Shares = []string{ShareOwn, ShareTeam, ShareAll}

// Bounds of what people may keep.
const (
	maxOwnFilters    = 20
	maxSharedFilters = 40
	maxFilterName    = 60
)

// SavedFilter is a filter that somebody kept under a name.
type SavedFilter struct {
	Org       string    `db:"org_id"`
	ID        string    `db:"filter_id"`
	Name      string    `db:"name"`
	Query     string    `db:"query"`
	Owner     string    `db:"owner_id"`
	Share     string    `db:"share"`
	Team      string    `db:"team_id"`
	CreatedAt time.Time `db:"created_at"`
	Version   int       `db:"version"`
}

// Read gives the filter itself.
func (f SavedFilter) Read() Query {
	v, err := url.ParseQuery(f.Query)
	if err != nil {
		return Query{}
	}
	return ReadQuery(v)
}

// KeepFilter is a filter to be kept.
type KeepFilter struct {
	Name  string
	Query Query
	Share string
	Team  string
}

func (in *KeepFilter) check() error {
	var c errs.Checks
	in.Name = text(&c, "name", in.Name, true)
	if len([]rune(in.Name)) > maxFilterName {
		c.Add(errs.Field{Path: "name", Type: "text-too-long", Params: errs.Params{"Max": maxFilterName}})
	}
	if in.Share == "" {
		in.Share = ShareOwn
	}
	c.Must(oneOf(in.Share, Shares...) != "", "share", "unknown-share")
	c.Must(in.Share != ShareTeam || in.Team != "", "team", "team-missing")
	if in.Share != ShareTeam {
		in.Team = ""
	}
	return c.Err()
}

// Filters gives the filters that a member may use.
func (s *Service) Filters(ctx context.Context, who actor.Actor) (list []SavedFilter, err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error { list, err = savedOf(q, who.Org, who.Member); return err })
	return list, err
}

// SaveFilter keeps a filter under a name.
func (s *Service) SaveFilter(ctx context.Context, who actor.Actor, in KeepFilter) (f SavedFilter, err error) {
	if err := staffOnly(who, auth.CaseWrite); err != nil {
		return f, err
	}
	if err := in.check(); err != nil {
		return f, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		// Whoever keeps two at once is counted one after the other.
		if _, err := org.LockMember(t, who.Org, who.Member); err != nil {
			return err
		}
		own, shared, err := countSaved(t, who.Org, who.Member)
		if err != nil {
			return err
		}
		if own >= maxOwnFilters || in.Share != ShareOwn && shared >= maxSharedFilters {
			return errs.New(errs.Conflict, "too-many-filters").With("Max", maxOwnFilters)
		}
		if err := knownTeam(t, who.Org, in.Team); err != nil {
			return err
		}
		if err := in.Query.known(t, who.Org); err != nil {
			return err
		}
		f = SavedFilter{Org: who.Org, ID: t.NewID("flt"), Name: in.Name, Query: in.Query.tidy().Values().Encode(), Owner: who.Member,
			Share: in.Share, Team: in.Team, CreatedAt: t.Now(), Version: 1}
		return db.Insert(t, "saved_filter", f)
	})
	return f, err
}

// ChangeFilter renames a filter or shares it with others.
func (s *Service) ChangeFilter(ctx context.Context, who actor.Actor, id string, version int, in KeepFilter) (f SavedFilter, err error) {
	if err := staffOnly(who, auth.CaseWrite); err != nil {
		return f, err
	}
	if err := in.check(); err != nil {
		return f, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		if f, err = s.theirFilter(t, who, id); err != nil {
			return err
		}
		if version != 0 && version != f.Version {
			return errs.New(errs.Stale, "changed-meanwhile")
		}
		if err := knownTeam(t, who.Org, in.Team); err != nil {
			return err
		}
		if in.Share != ShareOwn && f.Share == ShareOwn {
			_, shared, err := countSaved(t, who.Org, who.Member)
			if err != nil {
				return err
			}
			if shared >= maxSharedFilters {
				return errs.New(errs.Conflict, "too-many-filters").With("Max", maxSharedFilters)
			}
		}
		f.Name, f.Share, f.Team = in.Name, in.Share, in.Team
		if err := in.Query.known(t, who.Org); err != nil {
			return err
		}
		if in.Query != (Query{}) {
			f.Query = in.Query.tidy().Values().Encode()
		}
		if err := updateSaved(t, f); err != nil {
			return err
		}
		f.Version++
		return nil
	})
	return f, err
}

// known refuses a filter about a member or team that is not of the
// organisation.
func (q Query) known(r db.Q, orgID string) error {
	if err := knownTeam(r, orgID, q.Team); err != nil {
		return err
	}
	if q.Owner == "" || q.Owner == Me {
		return nil
	}
	_, err := org.MemberByID(r, orgID, q.Owner)
	return err
}

// DropFilter deletes a filter.
func (s *Service) DropFilter(ctx context.Context, who actor.Actor, id string) error {
	if err := staffOnly(who, auth.CaseWrite); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(t *db.Tx) error {
		f, err := s.theirFilter(t, who, id)
		if err != nil {
			return err
		}
		return deleteSaved(t, f)
	})
}

// theirFilter gives a filter to whoever may change it: its owner, and of a
// shared one also whoever leads. A filter of somebody else does not exist.
func (s *Service) theirFilter(q db.Q, who actor.Actor, id string) (SavedFilter, error) {
	f, err := savedByID(q, who.Org, id)
	if err != nil || f.Owner == who.Member {
		return f, err
	}
	if f.Share == ShareOwn {
		return f, errs.New(errs.NotFound, "filter-not-found")
	}
	if who.Role != actor.Manager && who.Role != actor.Administrator {
		return f, errs.New(errs.Forbidden, "filter-not-yours")
	}
	return f, nil
}

func knownTeam(q db.Q, orgID, team string) error {
	if team == "" {
		return nil
	}
	_, err := org.TeamByID(q, orgID, team)
	if errs.ClassOf(err) == errs.NotFound {
		return errs.New(errs.Invalid, "team-missing").Field("team", "team-missing")
	}
	return err
}

// staffOnly is auth.Require for what belongs to a member.
func staffOnly(who actor.Actor, a auth.Action) error {
	if err := auth.Require(who, a); err != nil {
		return err
	}
	if who.Kind != actor.Staff || who.Member == "" {
		return errs.New(errs.Forbidden, "not-allowed").With("Action", string(a))
	}
	return nil
}
