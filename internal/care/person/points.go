package person

import (
	"context"
	"slices"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// Point gives a contact point.
func (s *Service) Point(ctx context.Context, who actor.Actor, id string) (c ContactPoint, err error) {
	if err := auth.Require(who, auth.PersonRead); err != nil {
		return c, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error { c, err = PointByID(q, who.Org, id); return err })
	return c, err
}

// AddPoint adds a contact point.
func (s *Service) AddPoint(ctx context.Context, who actor.Actor, person string, in NewPoint) (c ContactPoint, err error) {
	if err := auth.Require(who, auth.PersonWrite); err != nil {
		return c, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := lock(tx, who.Org, person)
		if err != nil {
			return err
		}
		points, err := ownPoints(tx, who.Org, p.ID)
		if err != nil {
			return err
		}
		if c, err = insertPoint(tx, who, p, points, in); err != nil {
			return err
		}
		if in.Rank > 0 && in.Rank < c.Rank {
			if err := move(tx, append(points, c), c.ID, in.Rank); err != nil {
				return err
			}
			c.Rank = in.Rank
		}
		points = append(points, c)
		if err := index(tx, p, points); err != nil {
			return err
		}
		return compare(tx, p, points)
	})
	return c, err
}

// insertPoint puts a contact point behind those there are.
func insertPoint(tx *db.Tx, who actor.Actor, p Person, points []ContactPoint, in NewPoint) (ContactPoint, error) {
	c := ContactPoint{Org: p.Org, Person: p.ID, Kind: in.Kind, Label: MaskBSN(clean(in.Label)), Rank: len(points) + 1,
		Hours: in.Hours, Refused: in.Refused, Usable: true, CreatedAt: tx.Now(), Version: 1}
	if len(points) >= 50 {
		return c, errs.New(errs.Invalid, "contact-points-many").Field("contact_points", "contact-points-many")
	}
	var err error
	if c.Value, err = Normalise(in.Kind, in.Value); err != nil {
		return c, err
	}
	if err := checkHours(in.Hours); err != nil {
		return c, err
	}
	if slices.ContainsFunc(points, func(o ContactPoint) bool { return o.Kind == c.Kind && o.Value == c.Value }) {
		return c, errs.New(errs.Conflict, "contact-point-known").Field("value", "contact-point-known")
	}
	if in.Verified {
		c.VerifiedAt = tx.Now()
	}
	c.ID = tx.NewID("cpt")
	if err := db.Insert(tx, "contact_point", c); err != nil {
		return c, err
	}
	tx.Emit(db.Fact{Org: p.Org, Kind: fact.ContactPointAdded, Person: p.ID, By: who, Data: map[string]any{"point": c.ID, "kind": string(c.Kind)}})
	return c, nil
}

// move puts a contact point at a rank and the others behind it.
func move(tx *db.Tx, points []ContactPoint, id string, rank int) error {
	var ids []string
	for _, c := range points {
		if c.ID != id {
			ids = append(ids, c.ID)
		}
	}
	at := min(max(rank, 1), len(ids)+1) - 1
	return rerank(tx, points[0].Org, points[0].Person, slices.Insert(ids, at, id))
}

// ChangePoint is what may be changed of a contact point; nil leaves as it is.
// The value itself stays: another number is another contact point.
type ChangePoint struct {
	Label    *string       `json:"label,omitempty" maxLength:"100"`
	Rank     *int          `json:"rank,omitempty" minimum:"1"`
	Hours    *workcal.Week `json:"hours,omitempty"`
	AnyHour  bool          `json:"any_hour,omitempty" doc:"Takes the hours away"`
	Refused  *bool         `json:"refused,omitempty"`
	Verified *bool         `json:"verified,omitempty"`
	Usable   *bool         `json:"usable,omitempty"`
}

// UpdatePoint changes a contact point, when it is still at version.
func (s *Service) UpdatePoint(ctx context.Context, who actor.Actor, id string, version int64, in ChangePoint) (c ContactPoint, err error) {
	if err := auth.Require(who, auth.PersonWrite); err != nil {
		return c, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if c, err = lockPoint(tx, who.Org, id); err != nil {
			return err
		}
		if c.Version != version {
			return errs.New(errs.Stale, "changed-meanwhile")
		}
		c, err = changePoint(tx, who, c, in)
		return err
	})
	return c, err
}

// lockPoint locks the person, then reads the point: everything about one
// person goes through that one lock.
func lockPoint(tx *db.Tx, orgID, id string) (ContactPoint, error) {
	c, err := PointByID(tx, orgID, id)
	if err != nil {
		return c, err
	}
	if _, err := lock(tx, orgID, c.Person); err != nil {
		return c, err
	}
	return PointByID(tx, orgID, id)
}

func changePoint(tx *db.Tx, who actor.Actor, c ContactPoint, in ChangePoint) (ContactPoint, error) {
	var what []string
	if in.Label != nil {
		masked := MaskBSN(clean(*in.Label))
		set(&what, "label", &c.Label, &masked)
	}
	set(&what, "refused", &c.Refused, in.Refused)
	set(&what, "usable", &c.Usable, in.Usable)
	if in.Hours != nil || in.AnyHour && c.Hours != nil {
		if err := checkHours(in.Hours); err != nil {
			return c, err
		}
		c.Hours, what = in.Hours, append(what, "hours")
	}
	if in.Verified != nil && *in.Verified == c.VerifiedAt.IsZero() {
		c.VerifiedAt, what = time.Time{}, append(what, "verified")
		if *in.Verified {
			c.VerifiedAt = tx.Now()
		}
	}
	if in.Rank != nil && *in.Rank != c.Rank {
		points, err := ownPoints(tx, c.Org, c.Person)
		if err != nil {
			return c, err
		}
		if err := move(tx, points, c.ID, *in.Rank); err != nil {
			return c, err
		}
		c.Rank, what = min(max(*in.Rank, 1), len(points)), append(what, "rank")
	}
	if len(what) == 0 {
		return c, nil
	}
	if err := updatePoint(tx, c); err != nil {
		return c, err
	}
	c.Version++
	tx.Emit(db.Fact{Org: c.Org, Kind: fact.ContactPointChanged, Person: c.Person, By: who, Data: map[string]any{"point": c.ID, "what": what}})
	return c, nil
}

// GiveUp says that messages to a contact point do not arrive, in the
// transaction in which that turned out.
func GiveUp(tx *db.Tx, who actor.Actor, point string) error {
	c, err := lockPoint(tx, who.Org, point)
	if err != nil {
		return err
	}
	no := false
	_, err = changePoint(tx, who, c, ChangePoint{Usable: &no})
	return err
}
