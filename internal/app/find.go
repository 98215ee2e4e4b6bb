package app

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/exchange"
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
	foundBrief   = 8  // by their words, in the dialog; the page shows casefile.MostFound
	foundOf      = 50 // of somebody's, among which a word is looked for
	mostSplit    = 6  // words of which some may be a name
)

// finding is what was read for the palette.
type finding struct {
	people []person.Card
	cases  map[string][]casefile.Case // of each, open ones
	exact  *casefile.Case             // by its whole reference
	worded casefile.Found             // by the words of their subject
	owners map[string]org.Member
}

// find looks for people, their questions and their phone numbers, and for
// questions by the words of their subject.
func (s *services) find(ctx context.Context, who actor.Actor, words lang.Printer, typed string, brief bool) (out desk.Found, err error) {
	for _, a := range []auth.Action{auth.PersonRead, auth.CaseRead} {
		if err := auth.Require(who, a); err != nil {
			return out, err
		}
	}
	var f finding
	err = s.person.DB.Read(ctx, func(q db.Q) (err error) {
		f, err = lookUp(q, who, typed, brief)
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
	shown := map[string]bool{}
	question := func(c casefile.Case) {
		if !shown[c.ID] {
			shown[c.ID] = true
			cases = append(cases, f.question(words, c, typed))
			out.Saw = append(out.Saw, web.Seen{Kind: "case", ID: c.ID})
		}
	}
	if f.exact != nil {
		question(*f.exact)
	}
	for _, card := range f.people {
		people = append(people, f.somebody(words, card, typed))
		out.Saw = append(out.Saw, web.Seen{Kind: "person", ID: card.Person.ID})
		for _, c := range f.cases[card.Person.ID] {
			question(c)
		}
		if len(numbers) < foundNumbers && len(fold.Digits(typed)) >= 3 {
			numbers = append(numbers, numbersOf(words, card)...)
		}
	}
	for _, c := range f.worded.Cases {
		question(c)
	}
	switch {
	case f.worded.More:
		out.Note = words.T("find.more", "Count", len(f.worded.Cases))
	case f.worded.Cut:
		out.Note = words.T("find.cut")
	}
	add("find.people", people)
	add("find.cases", cases)
	add("find.numbers", numbers)
	return out, nil
}

func lookUp(q db.Q, who actor.Actor, typed string, brief bool) (f finding, err error) {
	f.cases = map[string][]casefile.Case{}
	if c, err := casefile.Look(q, who, typed); err == nil {
		f.exact = &c
	} else if errs.ClassOf(err) != errs.NotFound {
		return f, err
	}
	if f.people, err = people(q, who.Org, typed); err != nil {
		return f, err
	}
	if f.people, err = person.WithNumber(q, exchange.Numbers{}, who.Org, typed, f.people); err != nil {
		return f, err
	}
	for _, card := range f.people {
		if f.cases[card.Person.ID], err = casefile.List(q, who.Org, casefile.Filter{Person: card.Person.ID}, time.Time{}, "", foundCases); err != nil {
			return f, err
		}
	}
	limit := casefile.MostFound
	if brief {
		limit = foundBrief
	}
	if f.worded, err = casefile.Find(q, who.Org, typed, limit); err != nil {
		return f, err
	}
	if len(f.people) == 0 && len(f.worded.Cases) == 0 && f.exact == nil {
		if f.worded.Cases, err = ofSomebody(q, who.Org, typed); err != nil {
			return f, err
		}
	}
	f.owners, err = org.MembersByIDs(q, who.Org, f.members())
	return f, err
}

func people(q db.Q, orgID, typed string) ([]person.Card, error) {
	if len(person.Query(typed)) == 0 { // too short, or no words
		return nil, nil
	}
	p, err := person.Find(q, orgID, typed, "", foundPeople)
	return p.Items, err
}

// ofSomebody reads what was typed as a name and words of a subject, in either
// order: "jansen longtest".
func ofSomebody(q db.Q, orgID, typed string) (out []casefile.Case, err error) {
	words := strings.Fields(typed)
	if len(words) > mostSplit {
		return nil, nil
	}
	for n := 1; n < len(words); n++ {
		for _, way := range [][2][]string{{words[:n], words[n:]}, {words[n:], words[:n]}} {
			found, err := people(q, orgID, strings.Join(way[0], " "))
			if err != nil {
				return nil, err
			}
			for _, card := range found {
				for _, closed := range []bool{false, true} {
					list, err := casefile.List(q, orgID, casefile.Filter{Person: card.Person.ID, Closed: closed}, time.Time{}, "", foundOf)
					if err != nil {
						return nil, err
					}
					for _, c := range list {
						if casefile.Fits(c.Subject, strings.Join(way[1], " ")) {
							out = append(out, c)
						}
					}
				}
			}
			if len(out) > 0 {
				slices.SortFunc(out, func(a, b casefile.Case) int { return cmp.Compare(b.Number, a.Number) })
				return out[:min(len(out), casefile.MostFound)], nil
			}
		}
	}
	return nil, nil
}

// members are whose names are shown.
func (f finding) members() (ids []string) {
	if f.exact != nil {
		ids = append(ids, f.exact.Owner)
	}
	for _, list := range f.cases {
		for _, c := range list {
			ids = append(ids, c.Owner)
		}
	}
	for _, c := range f.worded.Cases {
		ids = append(ids, c.Owner)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
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
