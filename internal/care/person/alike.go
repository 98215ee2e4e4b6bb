package person

import (
	"cmp"
	"slices"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/fold"
	"github.com/houvast/houvast/internal/kit/db"
)

// Alike is a customer who has something in common with what was looked for:
// a term of theirs, or an address, and beside it the name or the birth date.
type Alike struct {
	Term      string `db:"term"`
	Person    string `db:"person_id"`
	Name      string `db:"search"` // folded
	BirthDate string `db:"birth_date"`
}

// Alikes finds the customers who have one of some terms and are called like
// one of some folded names, or have one of the terms and were born on one of
// some days. Who has which is for the caller to see: it asks for many at once.
func Alikes(q db.Q, org string, terms, names, births []string) ([]Alike, error) {
	terms, names, births = distinct(terms), distinct(names), distinct(births)
	out, err := alikes(q, org, terms, "search", names)
	if err != nil {
		return nil, err
	}
	more, err := alikes(q, org, terms, "birth_date", births)
	return sorted(append(out, more...)), err
}

// Addressed finds the customers who have one of some postal addresses and are
// called like one of some folded names.
func Addressed(q db.Q, org string, addresses, names []string) ([]Alike, error) {
	out, err := addressed(q, org, distinct(addresses), distinct(names))
	return sorted(out), err
}

func sorted(list []Alike) []Alike {
	slices.SortFunc(list, func(a, b Alike) int { return cmp.Or(cmp.Compare(a.Person, b.Person), cmp.Compare(a.Term, b.Term)) })
	return slices.Compact(list)
}

func distinct(list []string) []string {
	list = slices.Sorted(slices.Values(list))
	return slices.DeleteFunc(slices.Compact(list), func(s string) bool { return s == "" })
}

// Fill gives a customer what they lack of what is known elsewhere: a call
// name, a birth date, contact points behind those there are. Nothing that is
// there changes. It says how much was added, in the caller's transaction.
func Fill(tx *db.Tx, who actor.Actor, id string, in NewPerson) (filled int, err error) {
	p, err := lock(tx, who.Org, id)
	if err != nil {
		return 0, err
	}
	var what []string
	if call := clean(in.CallName); p.CallName == "" && call != "" && call != p.Name && !HasBSN(call) {
		p.CallName, what = call, append(what, "call_name")
	}
	if p.Kind == Human && p.BirthDate == "" && in.BirthDate != "" {
		p.BirthDate, what = in.BirthDate, append(what, "birth_date")
	}
	if len(what) > 0 {
		p.Search = fold.Text(p.Name)
		if err := updatePerson(tx, p); err != nil {
			return 0, err
		}
		changed(tx, who, p.ID, map[string]any{"what": what})
	}
	points, err := ownPoints(tx, who.Org, p.ID)
	if err != nil {
		return 0, err
	}
	filled = len(what)
	for _, np := range in.Points {
		value, err := Normalise(np.Kind, np.Value)
		if err != nil || len(points) >= 50 ||
			slices.ContainsFunc(points, func(c ContactPoint) bool { return c.Kind == np.Kind && c.Value == value }) {
			continue
		}
		np.Rank = 0
		c, err := insertPoint(tx, who, p, points, np)
		if err != nil {
			return 0, err
		}
		points = append(points, c)
		filled++
	}
	if filled == 0 {
		return 0, nil
	}
	if err := index(tx, p, points); err != nil {
		return 0, err
	}
	return filled, compare(tx, p, points)
}
