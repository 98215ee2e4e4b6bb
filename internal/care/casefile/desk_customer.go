package casefile

import (
	"time"

	"github.com/houvast/houvast/internal/care/casefile/html"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// customer is whoever asks, with what staff see first.
func (d dossier) customer(words lang.Printer, now time.Time) html.CustomerView {
	local := now.In(words.Loc())
	p := d.asker.Person
	v := html.CustomerView{Person: personView(p)}
	switch {
	case d.c.Person != d.c.Asker:
		v.Note = words.T("desk.case.asks-about", "About", withAge(words, d.about.Person, local))
	default:
		v.Note = ageOf(words, p, local)
	}
	v.Matters = matters(words, d.asker, d.asker)
	if d.c.Person != d.c.Asker {
		v.Matters = append(v.Matters, matters(words, d.about, d.asker)...)
	}
	v.Points = points(words, d.asker)
	if p.Language != "" {
		v.Facts = append(v.Facts, ui.Fact{Term: words.T("desk.case.language"), Value: words.T("language." + p.Language)})
	}
	v.Facts = append(v.Facts, ui.Fact{Term: words.T("desk.case.her-page"), Value: words.T("desk.case.see-page"), Href: caseHref(d.c) + "/customer-page"})
	if !p.DeceasedAt.IsZero() {
		v.Facts = append(v.Facts, ui.Fact{Term: words.T("desk.case.deceased"), Value: words.Date(p.DeceasedAt)})
	}
	for _, x := range d.others {
		v.Facts = append(v.Facts, ui.Fact{Term: words.T("desk.case.also-open"), Value: words.T("desk.case.with-next", "Subject", x.Subject, "Next", x.NextDue), Href: caseHref(x)})
	}
	age, known := d.about.Person.Age(local)
	if !known {
		age = -1
	}
	for _, r := range d.about.Representatives {
		if !r.At(now) {
			continue
		}
		note := words.T("desk.basis." + string(r.Basis))
		if !person.AgesOf(d.org.Settings).MayRepresent(r.Representation, age, local).Representative {
			note = words.T("desk.case.not-speaking", "Basis", note)
		}
		v.Speakers = append(v.Speakers, ui.PointView{Person: ui.Person{ID: r.By, Name: r.Name}, Text: r.Name, Note: note})
	}
	return v
}

func ageOf(words lang.Printer, p person.Person, at time.Time) string {
	if p.Kind == person.Company {
		return words.T("desk.case.company")
	}
	if age, ok := p.Age(at); ok {
		return words.T("desk.case.age", "Count", age)
	}
	return ""
}

func withAge(words lang.Printer, p person.Person, at time.Time) string {
	if age, ok := p.Age(at); ok {
		return words.T("desk.case.name-age", "Name", p.Name, "Age", age)
	}
	return p.Name
}

// matters is what matters to somebody, in their own words.
func matters(words lang.Printer, card, asker person.Card) []ui.MattersView {
	v := ui.MattersView{Title: words.T("desk.case.matters")}
	if card.Person.ID != asker.Person.ID {
		v.Title = words.T("desk.case.matters-of", "Name", card.Person.Called())
	}
	var last time.Time
	for _, m := range card.Matters {
		if m.EndedAt.IsZero() {
			v.Items = append(v.Items, m.Text)
			if m.SaidAt.After(last) {
				last = m.SaidAt
			}
		}
	}
	if len(v.Items) == 0 {
		return nil
	}
	if card.Person.Language != words.Lang() {
		v.Lang = card.Person.Language
	}
	v.Note = words.T("desk.case.matters-note", "At", last)
	return []ui.MattersView{v}
}

// points are the ways to reach somebody, the preferred one first.
func points(words lang.Printer, card person.Card) (out []ui.PointView) {
	for _, p := range card.Points {
		v := ui.PointView{Icon: channelIcons[string(p.Kind)], Text: pointText(p), Note: words.T("channel." + string(p.Kind)), Preferred: p.Rank == 1 && !p.Refused && p.Usable, Off: p.Refused || !p.Usable}
		if p.Label != "" {
			v.Note = p.Label
		}
		switch {
		case p.Refused:
			v.Note = words.T("desk.point.refused")
		case !p.Usable:
			v.Note = words.T("desk.point.unusable")
		case v.Preferred:
			v.Note = words.T("desk.point.preferred", "Label", v.Note)
		}
		if !v.Off {
			switch p.Kind {
			case person.Phone:
				v.Href = "tel:" + p.Value
			case person.SMS:
				v.Href = "sms:" + p.Value
			case person.Email:
				v.Href = "mailto:" + p.Value
			case person.Post:
			}
		}
		out = append(out, v)
	}
	return out
}

// both names who asks, and for whom when that is another.
func both(words lang.Printer, asker, about person.Person) string {
	if asker.ID == about.ID {
		return asker.Name
	}
	return words.T("desk.case.asks-for", "Asker", asker.Name, "About", about.Called())
}

// foundPeople are found customers with what they have open.
func foundPeople(words lang.Printer, found []person.Card, open map[string][]Case) (out []html.FoundPerson) {
	for _, card := range found {
		f := html.FoundPerson{Person: personView(card.Person), Note: identity(words, card), Href: "/desk/cases/new?person=" + card.Person.ID}
		for _, c := range open[card.Person.ID] {
			f.Cases = append(f.Cases, ui.Fact{Term: words.T("desk.find.next", "At", c.NextDue), Value: c.Subject, Href: caseHref(c)})
		}
		out = append(out, f)
	}
	return out
}

// identity is what tells two customers of one name apart.
func identity(words lang.Printer, card person.Card) string {
	var parts []string
	if born, err := time.Parse("2006-01-02", card.Person.BirthDate); err == nil {
		parts = append(parts, words.T("desk.case.born", "Date", born.Format("02-01-2006")))
	}
	for _, p := range card.Points {
		if !p.Refused && p.Usable {
			parts = append(parts, pointText(p))
			break
		}
	}
	if len(parts) == 2 {
		return words.T("desk.case.two", "A", parts[0], "B", parts[1])
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return ""
}

func pointText(p person.ContactPoint) string {
	if p.Kind == person.Phone || p.Kind == person.SMS {
		return person.Spoken(p.Value)
	}
	return p.Value
}
