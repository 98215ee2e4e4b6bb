package absence

import (
	"context"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// Change is what may be changed of an absence that was arranged: its end. What
// falls due in a longer absence is arranged as well.
type Change struct {
	Version  int64
	Until    time.Time // zero: until further notice
	AllCases *bool     // default: by the new length
}

// Change gives an absence another end.
func (s *Service) Change(ctx context.Context, who actor.Actor, id string, in Change) (a Absence, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return a, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		old, err := ByID(t, who.Org, id)
		if err != nil {
			return err
		}
		m, err := org.LockMember(t, who.Org, old.Member)
		if err != nil {
			return err
		}
		if a, err = lock(t, who.Org, id); err != nil {
			return err
		}
		switch {
		case a.State == Returning || a.State == Ended:
			return errs.New(errs.Conflict, "absence-over")
		case in.Version != a.Version:
			return errs.New(errs.Stale, "changed-meanwhile")
		case !in.Until.IsZero() && (!in.Until.After(a.From) || !in.Until.After(t.Now())):
			return errs.New(errs.Invalid, "away-backwards").Field("until", "away-backwards")
		}
		others, err := openOf(t, a.Org, a.Member)
		if err != nil {
			return err
		}
		for _, x := range others {
			if x.ID != a.ID && x.State != Returning && x.Overlaps(a.From, in.Until) {
				return errs.New(errs.Conflict, "absence-already").With("From", x.From).Field("until", "absence-already")
			}
		}
		o, err := org.ByID(t, a.Org)
		if err != nil {
			return err
		}
		a.Until = in.Until
		// What passed on stays passed on: a case is not given back by a date.
		a.AllCases = a.AllCases || AllByDefault(o.Calendar, a.From, a.Until, o.Settings.AbsenceDays)
		if in.AllCases != nil {
			a.AllCases = *in.AllCases
		}
		if a.State == Arranged {
			a.State = Arranging
		}
		a.LookAt = a.Next()
		if err := update(t, a); err != nil {
			return err
		}
		a.Version++
		if m.AwayFrom.Equal(a.From) {
			if _, err := org.SetAway(t, who, m, a.From, a.Until, a.StandIn); err != nil {
				return err
			}
		}
		data := map[string]any{}
		if !a.Until.IsZero() {
			data["until"] = a.Until.UnixMilli()
		}
		a.emit(t, who, fact.AbsenceChanged, data)
		s.goOn(t, a)
		return nil
	})
	return a, err
}

// End says that a member is back, or will not be away after all. Cases that
// passed are offered back by a job. Ending what is over changes nothing.
func (s *Service) End(ctx context.Context, who actor.Actor, id string) (a Absence, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return a, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error { a, err = s.end(t, who, id); return err })
	return a, err
}

func (s *Service) end(t *db.Tx, who actor.Actor, id string) (a Absence, err error) {
	old, err := ByID(t, who.Org, id)
	if err != nil {
		return a, err
	}
	m, err := org.LockMember(t, who.Org, old.Member)
	if err != nil {
		return a, err
	}
	if a, err = lock(t, who.Org, id); err != nil || a.State == Returning || a.State == Ended {
		return a, err
	}
	begun := a.State.Begun()
	a.State, a.EndedAt, a.EndedBy, a.LookAt = Ended, t.Now(), who.ID(), time.Time{}
	if begun {
		a.State = Returning
	}
	if err := update(t, a); err != nil {
		return a, err
	}
	a.Version++
	if m.AwayFrom.Equal(a.From) {
		if m, err = org.SetBack(t, who, m); err != nil {
			return a, err
		}
		if err := s.announce(t, who, m); err != nil {
			return a, err
		}
	}
	if err := settled(t, a); err != nil {
		return a, err
	}
	a.emit(t, who, fact.AbsenceEnded, nil)
	s.goOn(t, a)
	return a, nil
}

// announce notes the next absence of somebody who is back.
func (s *Service) announce(t *db.Tx, who actor.Actor, m org.Member) error {
	list, err := openOf(t, m.Org, m.ID)
	if err != nil {
		return err
	}
	for _, x := range list {
		if x.State == Waiting {
			_, err := org.SetAway(t, who, m, x.From, x.Until, x.StandIn)
			return err
		}
	}
	return nil
}

// giveBack offers one case to who had it before.
func (s *Service) giveBack(t *db.Tx, a Absence, i Item) error {
	c, err := s.Cases.Lock(t, a.Org, i.Case)
	if err != nil {
		return err
	}
	i.State, i.At = Settled, t.Now()
	if !c.Closed() && c.Owner == i.To { // else it found its way meanwhile
		offered, err := s.Handing.OfferBack(t, actor.ForSystem(a.Org), c, a.Member)
		if err != nil {
			return err
		}
		if offered {
			i.State = OfferedBack
		}
	}
	return save(t, i)
}

// backAgain offers cases back, one transaction each.
func (s *Service) backAgain(ctx context.Context, a Absence) error {
	for {
		var list []Item
		if err := s.DB.Read(ctx, func(q db.Q) (err error) { list, err = handedCases(q, a.Org, a.ID, chunk); return err }); err != nil {
			return err
		}
		if len(list) == 0 {
			break
		}
		for _, i := range list {
			if err := s.DB.Write(ctx, func(t *db.Tx) error { return s.giveBack(t, a, i) }); err != nil {
				return err
			}
		}
	}
	return s.DB.Write(ctx, func(t *db.Tx) error {
		a, err := lock(t, a.Org, a.ID)
		if err != nil || a.State != Returning {
			return err
		}
		a.State = Ended
		return update(t, a)
	})
}

// settled clears the signals about an absence that is over.
func settled(t *db.Tx, a Absence) error {
	m, err := org.MemberByID(t, a.Org, a.Member)
	if err != nil {
		return err
	}
	m.StandIn = a.StandIn
	chain, err := org.Chain(t, m)
	for i := 0; err == nil && i < len(chain); i++ {
		_, err = signal.Clear(t, actor.ForSystem(a.Org), SignalStandingIn, a.ID+":"+chain[i].ID, "back")
	}
	return err
}
