package person

import (
	"context"
	"slices"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// Merging is how one customer came to be another, and whether it was undone.
type Merging struct {
	Org      string    `db:"org_id" json:"-"`
	ID       string    `db:"merge_id" json:"id"`
	Person   string    `db:"person_id" json:"person_id"`
	Into     string    `db:"into_id" json:"into_person_id"`
	MergedAt time.Time `db:"merged_at" json:"merged_at"`
	MergedBy string    `db:"merged_by" json:"merged_by"`
	UndoneAt time.Time `db:"undone_at" json:"undone_at,omitzero"`
	UndoneBy string    `db:"undone_by" json:"undone_by,omitempty"`
}

// Look says that somebody saw a record, how often, and when last.
type Look struct {
	Kind  string    `db:"actor_kind" json:"kind"`
	ID    string    `db:"actor_id" json:"id"`
	Last  time.Time `db:"last_at" json:"last_at"`
	Times int64     `db:"times" json:"times"`
}

// Links ends the links to customers' pages; auth satisfies it.
type Links interface {
	RevokeOf(t *db.Tx, by actor.Actor, org, person string) error
}

// Cases says how many questions customers have open, and whom the case with a
// number is about and who asked; casefile satisfies it.
type Cases interface {
	PeopleOf(q db.Q, org string, number int64) ([]string, error)
	OpenOf(q db.Q, org string, people []string) (map[string]int, error)
}

// mostLooks is how many of those who saw something are told by name.
const mostLooks = 100

// Joining is what somebody sees before two customers become one: both as they
// are, and who saw each.
type Joining struct {
	From, Into         Card
	FromOpen, IntoOpen int // open questions
	FromSaw, IntoSaw   []Look
}

// Preview gives what would come together when one customer is merged into
// another. It refuses what Merge refuses.
func (s *Service) Preview(ctx context.Context, who actor.Actor, from, into string) (j Joining, err error) {
	if err := auth.Require(who, auth.PersonMerge); err != nil {
		return j, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		if j.From, err = CardOf(q, who.Org, from); err != nil {
			return err
		}
		if j.Into, err = CardOf(q, who.Org, into); err != nil {
			return err
		}
		if err := mayMerge(q, j.From.Person, j.Into.Person); err != nil {
			return err
		}
		if s.Cases != nil {
			open, err := s.Cases.OpenOf(q, who.Org, []string{from, into})
			if err != nil {
				return err
			}
			j.FromOpen, j.IntoOpen = open[from], open[into]
		}
		if j.FromSaw, err = looksAt(q, who.Org, from, time.Time{}, mostLooks); err != nil {
			return err
		}
		j.IntoSaw, err = looksAt(q, who.Org, into, time.Time{}, mostLooks)
		return err
	})
	return j, err
}

// mayMerge refuses circles and chains: who is merged is used no more, and who
// has others merged into them is used for those.
func mayMerge(q db.Q, from, into Person) error {
	switch {
	case from.ID == into.ID:
		return errs.New(errs.Invalid, "merge-oneself").Field("into_person_id", "merge-oneself")
	case from.MergedInto != "":
		return errs.New(errs.Conflict, "merge-already")
	case into.MergedInto != "":
		return errs.New(errs.Conflict, "merge-into-merged")
	case from.Kind != into.Kind:
		return errs.New(errs.Invalid, "merge-kinds").Field("into_person_id", "merge-kinds")
	}
	under, err := mergedInto(q, from.Org, from.ID, 1)
	if err == nil && len(under) > 0 {
		err = errs.New(errs.Conflict, "merge-chain")
	}
	return err
}

// Merge says that two customers are one (decision 14). No row is rewritten:
// everything of the one appears under the other, new work goes there, and
// Unmerge takes it apart again. Links to both customers' pages end, and who
// may have seen what is part of the record.
func (s *Service) Merge(ctx context.Context, who actor.Actor, from, into string) (m Merging, err error) {
	if err := auth.Require(who, auth.PersonMerge); err != nil {
		return m, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		one, two, err := lockRows(tx, who.Org, from, into)
		if err != nil {
			return err
		}
		if err := mayMerge(tx, one, two); err != nil {
			return err
		}
		m = Merging{Org: who.Org, ID: tx.NewID("mrg"), Person: from, Into: into, MergedAt: tx.Now(), MergedBy: who.ID()}
		if err := setMergedInto(tx, one, into); err != nil {
			return err
		}
		if err := db.Insert(tx, "person_merge", m); err != nil {
			return err
		}
		return s.renewed(tx, who, fact.PersonMerged, m, time.Time{})
	})
	return m, err
}

// Unmerge says that somebody was merged by mistake. The two are not suggested
// as one again.
func (s *Service) Unmerge(ctx context.Context, who actor.Actor, id string) (m Merging, err error) {
	if err := auth.Require(who, auth.PersonMerge); err != nil {
		return m, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		seen, err := ByID(tx, who.Org, id)
		if err != nil {
			return err
		}
		if seen.MergedInto == "" {
			return errs.New(errs.Conflict, "not-merged")
		}
		p, _, err := lockRows(tx, who.Org, id, seen.MergedInto)
		if err != nil {
			return err
		}
		if p.MergedInto != seen.MergedInto {
			return errs.New(errs.Stale, "changed-meanwhile")
		}
		var ok bool
		if m, ok, err = openMerging(tx, who.Org, id); err != nil {
			return err
		}
		if !ok {
			return errs.New(errs.Conflict, "not-merged")
		}
		m.UndoneAt, m.UndoneBy = tx.Now(), who.ID()
		if err := setMergedInto(tx, p, ""); err != nil {
			return err
		}
		if err := endMerging(tx, m); err != nil {
			return err
		}
		if err := keepApart(tx, who, m.Person, m.Into, "merged"); err != nil {
			return err
		}
		return s.renewed(tx, who, fact.PersonUnmerged, m, m.MergedAt)
	})
	return m, err
}

// lockRows locks two rows by id, in the same order whoever asks.
func lockRows(tx *db.Tx, org, a, b string) (one, two Person, err error) {
	if b < a {
		two, one, err = lockRows(tx, org, b, a)
		return one, two, err
	}
	if one, err = lockRow(tx, org, a); err != nil {
		return one, two, err
	}
	two, err = lockRow(tx, org, b)
	return one, two, err
}

// renewed makes both findable as they are now, ends the links to their pages,
// and records who may have seen what: of both before they were one, of the
// shared page since then.
func (s *Service) renewed(tx *db.Tx, who actor.Actor, kind string, m Merging, since time.Time) error {
	var saw []string
	ids, err := Same(tx, m.Org, m.Into)
	if err != nil {
		return err
	}
	if !slices.Contains(ids, m.Person) {
		ids = append(ids, m.Person)
	}
	for _, id := range ids {
		looks, err := looksAt(tx, m.Org, id, since, mostLooks)
		if err != nil {
			return err
		}
		for _, l := range looks {
			if !slices.Contains(saw, l.ID) {
				saw = append(saw, l.ID)
			}
		}
		if s.Links != nil {
			if err := s.Links.RevokeOf(tx, who, m.Org, id); err != nil {
				return err
			}
		}
	}
	for _, id := range []string{m.Into, m.Person} {
		if err := reindex(tx, m.Org, id); err != nil {
			return err
		}
	}
	for _, side := range [][2]string{{m.Into, m.Person}, {m.Person, m.Into}} {
		tx.Emit(db.Fact{Org: m.Org, Kind: kind, Person: side[0], By: who,
			Data: map[string]any{"merge": m.ID, "person": m.Person, "into": m.Into, "with": side[1], "seen": saw, "count": len(saw)}})
	}
	return nil
}
