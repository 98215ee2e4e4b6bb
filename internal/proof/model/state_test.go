package model

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kit/db"
)

// seenCase, seenPromise and seenOffer are rows as they are.
type seenCase struct {
	Org      string    `db:"org_id"`
	ID       string    `db:"case_id"`
	Question string    `db:"question_id"`
	Owner    string    `db:"owner_id"`
	Person   string    `db:"person_id"`
	Asker    string    `db:"asker_id"`
	Open     int       `db:"open_promises"`
	ClosedAt time.Time `db:"closed_at"`
	Reason   string    `db:"close_reason"`
	Version  int       `db:"version"`
	Into     string    `db:"merged_into"`
}

type seenPromise struct {
	Org     string    `db:"org_id"`
	ID      string    `db:"promise_id"`
	Case    string    `db:"case_id"`
	Kind    string    `db:"kind"`
	State   string    `db:"state"`
	Due     time.Time `db:"due_at"`
	Moving  string    `db:"moving_to"`
	Series  string    `db:"series_id"`
	Version int       `db:"version"`
}

type seenOffer struct {
	Org   string `db:"org_id"`
	ID    string `db:"handoff_id"`
	Case  string `db:"case_id"`
	State string `db:"state"`
	To    string `db:"to_member"`
}

// waits says whether an offer can still be answered: also when it was late.
func (o seenOffer) waits() bool { return o.State == "offered" || o.State == "timed-out" }

// picture is all of them at one moment.
type picture struct {
	cases    map[string]seenCase
	promises map[string]seenPromise
	offers   map[string]seenOffer
	order    []string // of cases, oldest first
	made     []string // promises, oldest first
	offered  []string // offers, oldest first
}

func (h *house) look() (p picture, err error) {
	p = picture{cases: map[string]seenCase{}, promises: map[string]seenPromise{}, offers: map[string]seenOffer{}}
	err = h.app.DB.Read(context.Background(), func(q db.Q) error {
		cs, err := db.Select[seenCase](q, `SELECT org_id, case_id, question_id, owner_id, person_id, asker_id, open_promises, closed_at,
			COALESCE(close_reason, '') AS close_reason, version, COALESCE(merged_into, '') AS merged_into FROM case_file ORDER BY case_id`)
		if err != nil {
			return err
		}
		ps, err := db.Select[seenPromise](q, `SELECT org_id, promise_id, case_id, kind, state, due_at, COALESCE(moving_to, '') AS moving_to,
			COALESCE(series_id, '') AS series_id, version FROM promise ORDER BY promise_id`)
		if err != nil {
			return err
		}
		os, err := db.Select[seenOffer](q, `SELECT org_id, handoff_id, case_id, state, to_member FROM handoff ORDER BY handoff_id`)
		p = picture{cases: map[string]seenCase{}, promises: map[string]seenPromise{}, offers: map[string]seenOffer{}}
		for _, c := range cs {
			p.cases[c.ID], p.order = c, append(p.order, c.ID)
		}
		for _, x := range ps {
			p.promises[x.ID], p.made = x, append(p.made, x.ID)
		}
		for _, o := range os {
			p.offers[o.ID], p.offered = o, append(p.offered, o.ID)
		}
		return err
	})
	return p, err
}

// standing is what the model says of one case.
type standing struct {
	open    bool
	reason  string
	owner   string
	live    map[string]bool // open promises
	fresh   int             // made just now, and nobody said their ids
	closing bool            // the customer was asked whether it is solved
	offer   string          // waits for an answer
	touched map[string]bool // promises that changed since the users looked
	// Of what is not modelled nothing is said: somebody did more with the case
	// than the model understands.
	looseLive, looseOwner bool
}

func (s standing) clone() standing {
	s.live, s.touched = maps.Clone(s.live), maps.Clone(s.touched)
	return s
}

// standingOf is where a case stands in a picture.
func (p picture) standingOf(id string) standing {
	c, ok := p.cases[id]
	s := standing{open: ok && c.ClosedAt.IsZero(), reason: c.Reason, owner: c.Owner, live: map[string]bool{}, touched: map[string]bool{}}
	for _, x := range p.promises {
		if x.Case == id && x.State == "open" {
			s.live[x.ID] = true
			s.closing = s.closing || x.Kind == "closing"
		}
	}
	for _, o := range p.offers {
		if o.Case == id && o.waits() {
			s.offer = o.ID
		}
	}
	return s
}

// table is what the model says of the cases that some commands are about.
type table map[string]standing

func (t table) clone() table {
	out := make(table, len(t))
	for id, s := range t {
		out[id] = s.clone()
	}
	return out
}

// verdict is what the model says of a command before it is carried out.
type verdict int

const (
	may     verdict = iota // the model does not know
	must                   // it has to be accepted
	mustNot                // it has to be refused
)

// explains says whether the outcome of commands given at once could have been
// that of the same commands one after the other.
func explains(before table, cs []*command, after picture) bool {
	var try func(t table, left []*command) bool
	try = func(t table, left []*command) bool {
		if len(left) == 0 {
			return t.fits(after)
		}
		for i, c := range left {
			next := t.clone()
			v := may
			if c.step != nil {
				v = c.step(next, c.got)
			}
			switch {
			case c.got.ok() && v == mustNot, !c.got.ok() && v == must && c.barred == "" && !c.got.busy():
				continue
			case !c.got.ok():
				next = t
			}
			if try(next, slices.Delete(slices.Clone(left), i, i+1)) {
				return true
			}
		}
		return false
	}
	return try(before, cs)
}

// fits says whether the model's cases look as those of a picture.
func (t table) fits(p picture) bool {
	for id, s := range t {
		is := p.standingOf(id)
		c := p.cases[id]
		switch {
		case is.open != s.open && !s.looseLive,
			is.owner != s.owner && !s.looseOwner,
			is.offer != s.offer && !s.looseOwner && s.open:
			return false
		case is.open && len(is.live) != c.Open:
			return false // the counter of the row is that of the rows
		case s.looseLive:
			continue
		case len(is.live) != len(s.live)+s.fresh:
			return false
		}
		for x := range s.live {
			if !is.live[x] {
				return false
			}
		}
	}
	return true
}

func (t table) String() string {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(t)) {
		s := t[id]
		fmt.Fprintf(&b, "\n  %s open %v %s owner %s live %v + %d, offer %q, loose %v %v", id, s.open, s.reason, s.owner, slices.Sorted(maps.Keys(s.live)),
			s.fresh, s.offer, s.looseLive, s.looseOwner)
	}
	return b.String()
}

// byItself says what the house did between two pictures that it may not do by
// itself. Early are those that users ended meanwhile.
func byItself(a, b picture, now time.Time, away bool) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	for id, was := range a.promises {
		is, ok := b.promises[id]
		switch {
		case !ok:
			say("promise %s is gone", id)
		case was.State != "open" && is.State != was.State:
			say("promise %s was %s and is %s", id, was.State, is.State)
		case !is.Due.Equal(was.Due):
			say("the time of promise %s was changed in place", id)
		case was.State == "open" && is.State == "broken" && is.Due.After(now):
			say("promise %s broke before its time", id)
		case was.State == "open" && is.State == "kept" && was.Kind != "closing":
			say("promise %s was kept by nobody", id)
		case was.State == "open" && is.State == "renegotiated" && was.Moving == "" && !away && was.Kind != "duty":
			say("promise %s was moved by nobody", id)
		}
	}
	for id, was := range a.cases {
		is := b.cases[id]
		switch {
		case !was.ClosedAt.IsZero() && is.ClosedAt.IsZero():
			say("case %s opened by itself", id)
		case was.ClosedAt.IsZero() && !is.ClosedAt.IsZero() && is.Reason != "silence" && is.Reason != "handed-over":
			say("case %s closed by itself: %s", id, is.Reason)
		}
		if was.Owner == is.Owner {
			continue
		}
		accepted := false
		for _, o := range b.offers {
			accepted = accepted || o.Case == id && o.State == "accepted" && o.To == is.Owner
		}
		if !accepted {
			say("case %s went from %s to %s without an accepted handoff", id, was.Owner, is.Owner)
		}
	}
	return wrong
}
