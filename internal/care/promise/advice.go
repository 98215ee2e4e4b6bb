package promise

import (
	"context"
	"time"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// Wanted is what an advice is asked for.
type Wanted struct {
	Kind Kind   // default: answer
	Team string // of the case; empty: whoever
	Case string // the case it is about; empty for one that is not open yet
}

// Suggestion is a moment that can be promised, with how often we managed.
type Suggestion struct {
	Due     time.Time
	Odds    float64 // the share that was managed within this time; 0 when it cannot be said
	Of      int     // out of how many earlier ones
	Advised bool    // the one to choose unless there is a reason not to
}

// Basis is on whose record an advice rests.
type Basis string

// The bases, from narrow to wide.
const (
	BasisTeamKind Basis = "team-kind" // this kind of promise by this team
	BasisKind     Basis = "kind"      // this kind of promise by everybody here
	BasisAll      Basis = "all"       // everything that was promised here
	BasisNorm     Basis = "norm"      // no record yet: the norm of the settings
)

// Advice is what can honestly be promised. Without a record, or with one that
// never reaches the odds, Norm or CannotSay is what the page tells.
type Advice struct {
	Suggestions []Suggestion // at most three, soonest first
	Basis       Basis
	Of          int       // promises the advice rests on, open ones included
	CannotSay   bool      // then promise to tell more, at TellMore
	TellMore    time.Time // a moment by which we can tell more
	Bars        []int     // how many took how long, for the picture; empty without a record
	Cut         int       // how many of the bars lie before the advised moment
	Until       time.Time // where the last bar ends, counted from now
}

// Tenths is a share as people say it, 9 of 10: never more than was managed.
func Tenths(odds float64) int { return min(10, max(1, int(odds*10+1e-9))) }

// Advise says what can be promised now, from the organisation's own record
// (decision 7). It reads a bounded number of recent deliveries, however long
// the record is.
func (s *Service) Advise(ctx context.Context, who actor.Actor, in Wanted) (a Advice, err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return a, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		g, err := groupsFor(q, who, in)
		if err != nil {
			return err
		}
		a = g.advise()
		return nil
	})
	return a, err
}
