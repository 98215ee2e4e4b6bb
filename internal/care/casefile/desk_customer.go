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
