package app

import (
	"context"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/fold"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
	"github.com/houvast/houvast/internal/surface/desk"
)

// What the palette shows at most.
const (
	foundPeople  = 6
	foundCases   = 3 // of each of them
	foundNumbers = 3
)

// finding is what was read for the palette.
type finding struct {
	people []person.Card
	cases  map[string][]casefile.Case // of each, open ones
	exact  *casefile.Case             // by its whole reference
	owners map[string]org.Member
}

// find looks for people, their questions and their phone numbers.
func (s *services) find(ctx context.Context, who actor.Actor, words lang.Printer, typed string) (out desk.Found, err error) {
	for _, a := range []auth.Action{auth.PersonRead, auth.CaseRead} {
		if err := auth.Require(who, a); err != nil {
			return out, err
		}
	}
	var f finding
	err = s.person.DB.Read(ctx, func(q db.Q) (err error) {
		f, err = lookUp(q, who, typed)
		return err
	})
	if err != nil {
		return out, err
	}
	if f.exact != nil {
		out.Only = "/desk/cases/" + f.exact.Ref()
	}
	add := func(title string, hits []ui.HitView) {
		if len(hits) > 0 {
			out.Groups = append(out.Groups, ui.HitGroup{Title: words.T(title), Hits: hits})
		}
	}
	var people, cases, numbers []ui.HitView
	if f.exact != nil {
		cases = append(cases, f.question(words, *f.exact, typed))
		out.Saw = append(out.Saw, web.Seen{Kind: "case", ID: f.exact.ID})
	}
	for _, card := range f.people {
		people = append(people, f.somebody(words, card, typed))
		out.Saw = append(out.Saw, web.Seen{Kind: "person", ID: card.Person.ID})
		for _, c := range f.cases[card.Person.ID] {
			cases = append(cases, f.question(words, c, typed))
			out.Saw = append(out.Saw, web.Seen{Kind: "case", ID: c.ID})
		}
		if len(numbers) < foundNumbers && len(fold.Digits(typed)) >= 3 {
			numbers = append(numbers, numbersOf(words, card)...)
		}
	}
	add("find.people", people)
	add("find.cases", cases)
	add("find.numbers", numbers)
	return out, nil
}

func lookUp(q db.Q, who actor.Actor, typed string) (f finding, err error) {
	f.cases = map[string][]casefile.Case{}
	var members []string
	if c, err := casefile.Look(q, who, typed); err == nil {
		f.exact, members = &c, []string{c.Owner}
	} else if errs.ClassOf(err) != errs.NotFound {
		return f, err
	}
	if len(person.Query(typed)) > 0 {
		p, err := person.Find(q, who.Org, typed, "", foundPeople)
		if err != nil {
			return f, err
		}
		f.people = p.Items
	}
	for _, card := range f.people {
		list, err := casefile.List(q, who.Org, casefile.Filter{Person: card.Person.ID}, time.Time{}, "", foundCases)
		if err != nil {
			return f, err
		}
		f.cases[card.Person.ID] = list
		for _, c := range list {
			members = append(members, c.Owner)
		}
	}
	f.owners, err = org.MembersByIDs(q, who.Org, members)
	return f, err
}

// somebody is a person as the palette shows them.
func (f finding) somebody(words lang.Printer, card person.Card, typed string) ui.HitView {
	h := ui.HitView{Href: "/desk/people/" + card.Person.ID, Title: card.Person.Name, Match: typed, Person: &ui.Person{ID: card.Person.ID, Name: card.Person.Name}}
	if born, err := time.Parse("2006-01-02", card.Person.BirthDate); err == nil {
		h.Note = words.T("find.born", "Year", born.Format("2006"))
	}
	if list := f.cases[card.Person.ID]; len(list) > 0 {
		h.Right, h.Due = words.T("find.open", "Count", len(list)), list[0].NextDue
	} else {
		h.Right = words.T("find.nothing-open")
	}
	return h
}

// question is a case as the palette shows it.
func (f finding) question(words lang.Printer, c casefile.Case, typed string) ui.HitView {
	h := ui.HitView{Href: "/desk/cases/" + c.Ref(), Title: c.Subject, Match: typed, State: ui.Open, Due: c.NextDue,
		Note: words.T("find.case", "Ref", c.Ref(), "Owner", f.owners[c.Owner].Name)}
	switch {
	case c.Closed():
		h.State, h.Due, h.Right = ui.Kept, time.Time{}, words.T("find.closed", "At", c.ClosedAt)
	case c.NextDue.Before(words.Now()):
		h.State = ui.Broken
	case c.NextDue.Sub(words.Now()) < promiseSoon:
		h.State = ui.AtRisk
	}
	return h
}

// promiseSoon is how near a promise is that the palette marks as at risk.
const promiseSoon = 2 * time.Hour

// numbersOf are the phone numbers of somebody.
func numbersOf(words lang.Printer, card person.Card) (list []ui.HitView) {
	for _, p := range card.Points {
		if p.Kind == person.Phone && p.Usable && !p.Refused {
			list = append(list, ui.HitView{Href: "/desk/people/" + card.Person.ID, Title: person.Spoken(p.Value), Note: card.Person.Name, Icon: "phone",
				ActionLabel: words.T("find.call"), ActionHref: "/desk/cases/new?person=" + card.Person.ID})
		}
	}
	return list
}
