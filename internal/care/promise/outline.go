package promise

import (
	"context"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// Outline is a series as people read it: what came of each step so far, what is
// promised now, and what comes after that.
type Outline struct {
	Series
	Past  []Promise    // the last promise of each step that has begun, in order, without the current
	Now   Promise      // that of the current step; without id when the series is over
	Steps []SeriesStep // still to come
	Dates []Occurrence // still to come by the rule
}

// More is how many promises are still to come.
func (x Outline) More() int { return len(x.Steps) + len(x.Dates) }

// Outlines gives the series of a case, oldest first.
func Outlines(q db.Q, o org.Organisation, caseID string) ([]Outline, error) {
	list, err := seriesOfCase(q, o.ID, caseID)
	if err != nil {
		return nil, err
	}
	out := make([]Outline, len(list))
	for i, x := range list { // a few of one case
		if out[i], err = outline(q, o, x); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func outline(q db.Q, o org.Organisation, x Series) (Outline, error) {
	out := Outline{Series: x}
	all, err := promisesOf(q, x.Org, x.ID, 1)
	if err != nil {
		return out, err
	}
	for i, p := range all {
		if i+1 < len(all) && all[i+1].Step == p.Step {
			continue // moved, carried or broken: what came of it is the last one
		}
		if x.State != Open || p.Step != x.Position {
			out.Past = append(out.Past, p)
		}
	}
	if x.State != Open {
		return out, nil
	}
	if out.Now, err = current(q, x); err != nil {
		return out, err
	}
	if x.Sort == ByRule {
		out.Dates = x.Rule.Rest(o.Calendar, x.day(), q.Now())
		return out, nil
	}
	out.Steps, err = stepsOf(q, x.Org, x.ID, x.Position)
	return out, err
}

// GetSeries gives one series.
func (s *Service) GetSeries(ctx context.Context, who actor.Actor, id string) (out Outline, err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return out, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		x, err := seriesByID(q, who.Org, id)
		if err != nil {
			return err
		}
		o, err := org.ByID(q, who.Org)
		if err != nil {
			return err
		}
		out, err = outline(q, o, x)
		return err
	})
	return out, err
}
