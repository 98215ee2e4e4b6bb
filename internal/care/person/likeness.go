package person

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// LikenessState says what is thought of two customers who look like one.
type LikenessState string

// The states of a likeness.
const (
	Maybe LikenessState = "maybe" // found, nobody looked yet
	Apart LikenessState = "apart" // somebody said that they are two
)

// Likeness is two customers who may be one; the smaller id first.
type Likeness struct {
	Org      string        `db:"org_id" json:"-"`
	ID       string        `db:"like_id" json:"id"`
	Person   string        `db:"person_id" json:"person_id"`
	Other    string        `db:"other_id" json:"other_person_id"`
	Why      string        `db:"why" json:"why" doc:"birth-date, phone, email, name"`
	State    LikenessState `db:"state" json:"state"`
	ByMember string        `db:"by_member" json:"by_member,omitempty"`
	FoundAt  time.Time     `db:"found_at" json:"found_at"`
}

// At most so many people with one birth date, number or name are compared.
const mostDoubles = 50

// Double is somebody whom a person may already be.
type Double struct {
	Person Person   `json:"person"`
	Why    []string `json:"why"`
}

// Doubles gives who a person may already be: the same birth date, number or
// e-mail address, and a similar name. Without an id it is somebody who is yet
// to be added.
func Doubles(q db.Q, p Person, points []ContactPoint) ([]Double, error) {
	keys := slices.DeleteFunc(sharedTerms(points), func(k sharedTerm) bool { return k.why == "address" })
	if b := p.BirthDate; b != "" {
		keys = append([]sharedTerm{{b, "birth-date"}}, keys...)
		if len(b) == 10 && b[8:] <= "12" && b[8:] != b[5:7] {
			keys = append(keys, sharedTerm{b[:5] + b[8:] + "-" + b[5:7], "birth-date"})
		}
	}
	if words := telling(p); p.Kind == Company && len(words) > 0 {
		keys = append(keys, sharedTerm{slices.MaxFunc(words, func(a, b string) int { return len(a) - len(b) }), "name"})
	}
	why := map[string][]string{}
	var ids []string
	for _, k := range keys {
		with, err := havingTerm(q, p.Org, k.term, mostDoubles)
		if err != nil {
			return nil, err
		}
		for _, id := range with {
			if id == p.ID || slices.Contains(why[id], k.why) {
				continue
			}
			if why[id] == nil {
				ids = append(ids, id)
			}
			why[id] = append(why[id], k.why)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	people, err := ByIDs(q, p.Org, ids)
	if err != nil {
		return nil, err
	}
	var out []Double
	for _, id := range ids {
		if o := people[id]; o.Kind == p.Kind && o.MergedInto == "" && Similar(p, o) && !bornApart(p.BirthDate, o.BirthDate) {
			out = append(out, Double{Person: o, Why: why[id]})
		}
	}
	return out, nil
}

// compare looks for who a person may already be, and keeps it as a
// suggestion; what is so no more is forgotten. What people said stays.
func compare(tx *db.Tx, p Person, points []ContactPoint) error {
	if p.MergedInto != "" {
		return nil
	}
	found, err := Doubles(tx, p, points)
	if err != nil {
		return err
	}
	kept, err := likenessesOf(tx, p.Org, p.ID)
	if err != nil || len(found) == 0 && len(kept) == 0 {
		return err
	}
	home, err := tiesOf(tx, p.Org, []string{p.ID})
	if err != nil {
		return err
	}
	for _, d := range found {
		other := d.Person.ID
		if slices.ContainsFunc(home, func(t Tie) bool { return (t.Person == other || t.Other == other) && t.State != TieDismissed }) {
			continue
		}
		why := strings.Join(d.Why, " ")
		at := slices.IndexFunc(kept, func(l Likeness) bool { return l.Person == other || l.Other == other })
		if at < 0 {
			if err := db.Insert(tx, "likeness", Likeness{Org: p.Org, ID: tx.NewID("lik"), Person: min(p.ID, other), Other: max(p.ID, other),
				Why: why, State: Maybe, FoundAt: tx.Now()}); err != nil {
				return err
			}
			continue
		}
		l := kept[at]
		kept = slices.Delete(kept, at, at+1)
		if l.State == Maybe && l.Why != why {
			l.Why = why
			if err := setLikeness(tx, l); err != nil {
				return err
			}
		}
	}
	for _, l := range kept {
		if l.State != Maybe {
			continue
		}
		if err := dropLikeness(tx, p.Org, l.Person, l.Other); err != nil {
			return err
		}
	}
	return nil
}

// Pair is two customers who may be one, with who they are.
type Pair struct {
	Likeness
	One Person `json:"one"`
	Two Person `json:"two"`
}

// Duplicates lists pairs of customers who may be one, the newest first.
func (s *Service) Duplicates(ctx context.Context, who actor.Actor, cursor string, limit int) (p page.Page[Pair], err error) {
	if err := auth.Require(who, auth.PersonRead); err != nil {
		return p, err
	}
	key, err := page.Parse(cursor, 1)
	if err != nil {
		return p, err
	}
	before := "~"
	if key != nil {
		before = key[0]
	}
	limit = page.Size(limit)
	err = s.DB.Read(ctx, func(q db.Q) error {
		rows, err := likenesses(q, who.Org, before, limit+1)
		if err != nil {
			return err
		}
		cut := page.Of(rows, limit, func(l Likeness) []string { return []string{l.ID} })
		p = page.Page[Pair]{Next: cut.Next}
		p.Items, err = pairsOf(q, who.Org, cut.Items)
		return err
	})
	return p, err
}

func pairsOf(q db.Q, org string, rows []Likeness) ([]Pair, error) {
	var ids []string
	for _, l := range rows {
		ids = append(ids, l.Person, l.Other)
	}
	people, err := ByIDs(q, org, ids)
	out := make([]Pair, 0, len(rows))
	for _, l := range rows {
		out = append(out, Pair{l, people[l.Person], people[l.Other]})
	}
	return out, err
}

// doublesOf gives the suggestions on the page of a person.
func doublesOf(q db.Q, org, id string) ([]Pair, error) {
	rows, err := likenessesOf(q, org, id)
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(l Likeness) bool { return l.State != Maybe })
	pairs, err := pairsOf(q, org, rows)
	return slices.DeleteFunc(pairs, func(p Pair) bool { return p.One.MergedInto != "" || p.Two.MergedInto != "" }), err
}

// KeepApart says that two customers who look like one are two. It is
// remembered.
func (s *Service) KeepApart(ctx context.Context, who actor.Actor, a, b string) error {
	if err := auth.Require(who, auth.PersonMerge); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		one, two, err := lockRows(tx, who.Org, a, b)
		if err != nil {
			return err
		}
		if one.ID == two.ID {
			return errs.New(errs.Invalid, "merge-oneself").Field("other_person_id", "merge-oneself")
		}
		return keepApart(tx, who, a, b, "said")
	})
}

func keepApart(tx *db.Tx, who actor.Actor, a, b, why string) error {
	l, ok, err := likenessBetween(tx, who.Org, a, b)
	if err != nil || ok && l.State == Apart {
		return err
	}
	l.State, l.ByMember = Apart, who.Member
	if ok {
		err = setLikeness(tx, l)
	} else {
		l = Likeness{Org: who.Org, ID: tx.NewID("lik"), Person: min(a, b), Other: max(a, b), Why: why, State: Apart, ByMember: who.Member, FoundAt: tx.Now()}
		err = db.Insert(tx, "likeness", l)
	}
	for _, side := range [][2]string{{a, b}, {b, a}} {
		tx.Emit(db.Fact{Org: who.Org, Kind: fact.PersonApart, Person: side[0], By: who, Data: map[string]any{"with": side[1]}})
	}
	return err
}
