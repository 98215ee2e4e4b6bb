package casefile

import (
	"context"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// Related is a case that another has to do with, and why.
type Related struct {
	Case string    `db:"case_id"`
	Why  string    `db:"why"`
	By   string    `db:"by"`
	At   time.Time `db:"at"`
}

// maxLinks bounds how many cases one has to do with.
const maxLinks = 40

// LinkCases says that two cases have to do with each other. Either shows the
// other; neither changes.
func (s *Service) LinkCases(ctx context.Context, who actor.Actor, a, b, why string) error {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return err
	}
	var ck errs.Checks
	why = text(&ck, "why", why, true)
	if len(why) > maxWait {
		ck.Add(errs.Field{Path: "why", Type: "text-too-long", Params: errs.Params{"Max": maxWait}})
	}
	if err := ck.Err(); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(t *db.Tx) error {
		x, y, err := lockTwo(t, who.Org, a, b)
		if err != nil {
			return err
		}
		there, err := linksOf(t, who.Org, x.ID)
		if err != nil {
			return err
		}
		if len(there) >= maxLinks {
			return errs.New(errs.Conflict, "too-many-links").With("Max", maxLinks)
		}
		l := linkRow{Org: who.Org, A: min(x.ID, y.ID), B: max(x.ID, y.ID), Why: why, By: who.ID(), At: t.Now().UnixMilli()}
		if err := insertLink(t, l); err != nil {
			return err
		}
		for _, p := range [][2]Case{{x, y}, {y, x}} {
			t.Emit(s.fact(p[0], fact.CaseLinked, who, map[string]any{"case": p[1].ID, "ref": p[1].Ref()}, map[string]string{"why": why}))
		}
		return nil
	})
}

// UnlinkCases takes that back.
func (s *Service) UnlinkCases(ctx context.Context, who actor.Actor, a, b string) error {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(t *db.Tx) error {
		x, y, err := lockTwo(t, who.Org, a, b)
		if err != nil {
			return err
		}
		if err := deleteLink(t, who.Org, min(x.ID, y.ID), max(x.ID, y.ID)); err != nil {
			return err
		}
		for _, p := range [][2]Case{{x, y}, {y, x}} {
			t.Emit(s.fact(p[0], fact.CaseUnlinked, who, map[string]any{"case": p[1].ID, "ref": p[1].Ref()}, nil))
		}
		return nil
	})
}

// lockTwo holds two cases, always in the same order, and gives them as asked.
func lockTwo(t *db.Tx, orgID, a, b string) (x, y Case, err error) {
	if a == b {
		return x, y, errs.New(errs.Invalid, "same-case").Field("other", "same-case")
	}
	first, err := lock(t, orgID, min(a, b))
	if err != nil {
		return x, y, err
	}
	second, err := lock(t, orgID, max(a, b))
	if err != nil {
		return x, y, err
	}
	if first.ID == a {
		return first, second, nil
	}
	return second, first, nil
}

// Links gives the cases that a case has to do with.
func (s *Service) Links(ctx context.Context, who actor.Actor, caseID string) (list []Related, err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		c, err := ByID(q, who.Org, caseID)
		if err != nil {
			return err
		}
		list, err = linksOf(q, who.Org, c.ID)
		return err
	})
	return list, err
}
