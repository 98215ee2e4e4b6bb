package promise

import (
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
)

// Delivery is one thing that was asked, and what came of it. It lives on when
// its promise is moved or broken: it ends when the customer has it, or when
// nobody waits for it any more.
type Delivery struct {
	Org       string        `db:"org_id"`
	ID        string        `db:"delivery_id"`
	Source    string        `db:"source"`
	Kind      Kind          `db:"kind"`
	Team      string        `db:"team_id"`
	Case      string        `db:"case_id"`
	Promise   string        `db:"promise_id"`
	Asked     time.Time     `db:"asked_at"`
	Ended     time.Time     `db:"ended_at"`
	Delivered bool          `db:"delivered"`
	Waits     bool          `db:"waits"`
	Work      time.Duration `db:"work_ms"`
}

// learns says whether the advisor learns from a promise. An appointment takes
// as long as the agenda has it, and what the system promises by itself falls at
// the organisation's clock time.
func learns(p Promise) bool {
	if p.Recurs { // its time follows from a rule, not from how long things take
		return false
	}
	switch p.Kind {
	case Answer, Decision, Callback, Document:
		return true
	case Update:
		return p.MadeBy != actor.ForSystem(p.Org).ID()
	case Visit, Closing, Duty:
	}
	return false
}

// begins records that something was asked, or that a new promise takes the
// place of one that broke.
func begins(t *db.Tx, p Promise) error {
	if !learns(p) || p.Predecessor != "" { // what was moved goes on as it is
		return nil
	}
	if taken, err := takesOver(t, p); err != nil || taken {
		return err
	}
	team, err := teamOf(t, p.Org, p.Keeper)
	if err != nil {
		return err
	}
	return insertDelivery(t, Delivery{Org: p.Org, ID: p.ID, Kind: p.Kind, Team: team, Case: p.Case, Promise: p.ID, Asked: p.AskedAt})
}

// ends records what the end of a promise means for what was asked.
func ends(t *db.Tx, p Promise, late bool) error {
	switch {
	case !learns(p):
		return nil
	case p.Successor != "" && (p.State == Renegotiated || p.State == Withdrawn):
		return movesOn(t, p)
	case p.State == Broken && !late && p.MovingTo != "": // its new time was not heard in time, but stands
		p.Successor = p.MovingTo
		return movesOn(t, p)
	case p.State == Broken && !late: // nobody did it: the customer still waits
		return setWaits(t, p)
	}
	return endDeliveries(t, p.Org, openByPromise, p.ID, p.State != Withdrawn, p.EndedAt)
}

// mostMoves bounds how far a promise is followed that was moved again and again.
const mostMoves = 100

// movesOn hands what was asked to the promise that goes on with it. That one
// may have been moved itself while the old one stood, because the customer had
// not heard of it yet, or have ended: then what was asked ends as it did.
func movesOn(t *db.Tx, p Promise) error {
	next, err := byID(t, p.Org, p.Successor)
	for range mostMoves {
		if err != nil || next.Successor == "" || next.State != Renegotiated && next.State != Withdrawn {
			break
		}
		next, err = byID(t, p.Org, next.Successor)
	}
	if err != nil {
		return err
	}
	if err := hand(t, p, next.ID); err != nil {
		return err
	}
	switch next.State {
	case Open:
		return nil
	case Broken:
		return setWaits(t, next)
	default:
		return endDeliveries(t, next.Org, openByPromise, next.ID, next.State != Withdrawn, next.EndedAt)
	}
}

// resumes takes an end back.
func resumes(t *db.Tx, p Promise) error {
	known, err := resumesDelivery(t, p)
	if err != nil || known {
		return err
	}
	return begins(t, p)
}

// endDeliveries ends what is meant by a promise, or what still waits in a case.
func endDeliveries(t *db.Tx, orgID, which, id string, delivered bool, at time.Time) error {
	open, err := openDeliveries(t, orgID, which, id)
	if err != nil || len(open) == 0 {
		return err
	}
	o, err := org.ByID(t, orgID)
	if err != nil {
		return err
	}
	for _, d := range open {
		d.Ended, d.Delivered, d.Waits = at, delivered, false
		if delivered && !at.After(d.Asked) {
			// Helped while asking: nobody waited, so it says nothing about how long
			// it takes when somebody does.
			if err := dropDelivery(t, d); err != nil {
				return err
			}
			continue
		}
		d.Work = max(0, o.Calendar.Between(d.Asked, at))
		if err := endDelivery(t, d); err != nil {
			return err
		}
	}
	return nil
}
