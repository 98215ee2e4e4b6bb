package exchange

import (
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/fold"
	"github.com/houvast/houvast/internal/kit/db"
)

// known finds customers who are probably the same as candidates.
type known struct{ by map[key][]match }

// match is a customer and when they were born.
type match struct{ id, born string }

// lookUp finds for many candidates at once who they may be.
func lookUp(q db.Q, orgID string, list []candidate) (known, error) {
	k := known{by: map[key][]match{}}
	var ids, numbers, terms, names, births, posts []string
	for _, c := range list {
		if c.ID != "" {
			ids = append(ids, c.ID)
		}
		if n := fold.Text(c.Number); n != "" {
			numbers = append(numbers, n)
		}
		names = append(names, fold.Text(c.Name))
		if c.BirthDate != "" {
			births = append(births, c.BirthDate)
		}
		terms = append(terms, person.Terms(person.Person{BirthDate: c.BirthDate}, pointsOf(c))...)
		for _, p := range c.Points {
			if p.Kind == person.Post {
				posts = append(posts, p.Value)
			}
		}
	}
	there, err := person.ByIDs(q, orgID, ids)
	if err != nil {
		return k, err
	}
	for id := range there {
		k.by[key{SameID, id, "id"}] = []match{{id: id}}
	}
	have, err := numbered(q, orgID, numbers)
	if err != nil {
		return k, err
	}
	for n, id := range have {
		k.by[key{SameNumber, n, "number"}] = []match{{id: id}}
	}
	alike, err := person.Alikes(q, orgID, terms, names, births)
	if err != nil {
		return k, err
	}
	at, err := person.Addressed(q, orgID, posts, names)
	if err != nil {
		return k, err
	}
	for _, a := range append(alike, at...) {
		for _, also := range []key{{SamePhoneBirth, a.Term, a.BirthDate}, {SameNameBirth, a.Term, a.Name}, {SameEmailName, a.Term, a.Name},
			{SamePhoneName, a.Term, a.Name}, {SamePostName, fold.Text(a.Term), a.Name}} {
			k.by[also] = append(k.by[also], match{a.Person, a.BirthDate})
		}
	}
	return k, nil
}

// Numbers implements person.Numbers: the numbers customers had in the lists
// they came from.
type Numbers struct{}

// PersonOf implements person.Numbers.
func (Numbers) PersonOf(q db.Q, org, typed string) (string, error) {
	n := fold.Text(typed)
	if n == "" || len(n) > maxNumber {
		return "", nil
	}
	have, err := numbered(q, org, []string{n})
	return have[n], err
}

func pointsOf(c candidate) []person.ContactPoint {
	out := make([]person.ContactPoint, len(c.Points))
	for i, p := range c.Points {
		out[i] = person.ContactPoint{Kind: p.Kind, Value: p.Value}
	}
	return out
}

// find gives who a candidate is probably the same as, and why.
func (k known) find(c candidate) (id string, why Reason, ok bool) {
	for _, x := range c.keys() {
		for _, m := range k.by[x] {
			if !x.weak() || m.born == "" || c.BirthDate == "" || m.born == c.BirthDate {
				return m.id, x.reason, true
			}
		}
	}
	return "", "", false
}
