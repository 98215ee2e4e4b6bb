package handoff

import (
	"slices"

	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/fold"
	"github.com/houvast/houvast/internal/kit/db"
)

// describe writes down whom a question is about for an organisation that may
// not know them.
func describe(q db.Q, org, about, asker string) (About, error) {
	a := About{}
	card, err := person.CardOf(q, org, about)
	if err != nil {
		return a, err
	}
	a.Someone = someone(card)
	if asker == "" || asker == about {
		return a, nil
	}
	by, err := person.CardOf(q, org, asker)
	if err != nil {
		return a, err
	}
	other := someone(by)
	a.Asker = &other
	for _, r := range card.Representatives {
		if r.By == asker {
			a.Basis = r.Basis
		}
	}
	return a, nil
}

func someone(c person.Card) Someone {
	s := Someone{Kind: c.Person.Kind, Name: c.Person.Name, CallName: c.Person.CallName, BirthDate: c.Person.BirthDate, Language: c.Person.Language}
	for _, p := range c.Points {
		if p.Usable {
			s.Points = append(s.Points, Point{p.Kind, p.Value, p.Label, p.Refused})
		}
	}
	for _, m := range c.Matters {
		s.Matters = append(s.Matters, m.Text)
	}
	return s
}

// admit finds the people of a referral among an organisation's customers, or
// adds them, so that nobody has to introduce themselves twice. It gives whom
// it is about and who asks.
func admit(t *db.Tx, who actor.Actor, a About, known string) (about, asker string, err error) {
	if known != "" {
		p, err := person.ByID(t, who.Org, known)
		if err != nil {
			return "", "", err
		}
		about = p.ID
	} else if about, err = admitOne(t, who, a.Someone); err != nil {
		return "", "", err
	}
	if a.Asker == nil {
		return about, about, nil
	}
	if asker, err = admitOne(t, who, *a.Asker); err != nil || asker == about {
		return about, about, err
	}
	stands, err := person.RepresentedBy(t, who.Org, asker)
	if err != nil {
		return "", "", err
	}
	if a.Basis != "" && !slices.ContainsFunc(stands, func(r person.Representation) bool { return r.Person == about }) {
		// The organisation that sent the question saw the proof.
		if _, err := person.StandBy(t, who, about, person.SetRepresentation{By: asker, Basis: a.Basis, Seen: true}); err != nil {
			return "", "", err
		}
	}
	return about, asker, nil
}

func admitOne(t *db.Tx, who actor.Actor, s Someone) (string, error) {
	same, err := matches(t, who.Org, s)
	if err != nil {
		return "", err
	}
	switch len(same) {
	case 0:
	case 1:
		return same[0], nil
	default: // a person decides which of them it is
		return "", errs.New(errs.Conflict, "person-ambiguous").With("Count", len(same)).Field("person_id", "person-ambiguous")
	}
	in := person.NewPerson{Kind: s.Kind, Name: s.Name, CallName: s.CallName, BirthDate: s.BirthDate, Language: s.Language}
	for _, p := range s.Points {
		in.Points = append(in.Points, person.NewPoint{Kind: p.Kind, Value: p.Value, Label: p.Label, Refused: p.Refused})
	}
	p, err := person.Add(t, who, in)
	if err != nil {
		return "", err
	}
	for _, m := range s.Matters {
		if _, err := person.NoteMatter(t, who, p.ID, m); err != nil {
			return "", err
		}
	}
	return p.ID, nil
}

// matches gives the customers who are this very person: the same name, and the
// same birth date or, when one of the two is unknown, a contact point in
// common. A shared phone alone proves nothing (decision 13).
func matches(q db.Q, org string, s Someone) ([]string, error) {
	candidates := map[string]bool{}
	if s.BirthDate != "" {
		list, err := person.Find(q, org, s.BirthDate, "", 200)
		if err != nil {
			return nil, err
		}
		for _, c := range list.Items {
			candidates[c.Person.ID] = true
		}
	}
	for _, p := range s.Points {
		ids, err := person.WithValue(q, org, p.Value)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			candidates[id] = true
		}
	}
	ids := make([]string, 0, len(candidates))
	for id := range candidates {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	people, err := person.ByIDs(q, org, ids)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, id := range ids {
		p, ok := people[id]
		if ok && p.MergedInto == "" && p.DeceasedAt.IsZero() && p.Kind == s.Kind && fold.Text(p.Name) == fold.Text(s.Name) &&
			(p.BirthDate == s.BirthDate || p.BirthDate == "" || s.BirthDate == "") {
			out = append(out, id)
		}
	}
	return out, nil
}
