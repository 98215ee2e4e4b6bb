package casefile_test

import (
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/person/persontest"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/module"
)

// TestPersonPanels draws a customer's page as the house does: the frame is
// person's, what is known of cases comes in panels.
func TestPersonPanels(t *testing.T) {
	for _, language := range []string{"en", "nl"} {
		k := newDesk(t, kittest.SQLite(t, tables...), language)
		late, p := k.open(t, "Waarom duurt het zo lang?", "waarom het zo lang duurt", time.Hour)
		k.lively(t)
		k.DB.Clock.Advance(2 * time.Hour)
		if _, err := k.Cases.Promises.Keep(t.Context(), k.Who(), p.ID, promise.Keep{Note: "Het spijt ons.", Spoken: true,
			Next: &promise.Next{Promise: &promise.Make{What: "wanneer het af is", Due: k.DB.Clock.Now().Add(26 * time.Hour), Spoken: true}}}); err != nil {
			t.Fatal(err)
		}
		panels := func(slot module.Slot) (out []module.Panel) {
			for _, p := range casefile.Module(k.Cases).Panels {
				if p.Slot == slot {
					out = append(out, p)
				}
			}
			return out
		}
		people := person.New(person.Deps{DB: k.DB.DB, Panels: panels})
		d := persontest.Pages(t, k.DB, k.Who(), k.Org.Calendar.Location(), language, catalogue(t), person.Module(people).Desk)
		page := d.Shows(t, "/desk/people/"+k.Anna.Person.ID, late.Ref(), "Wanneer komt de spalk?", "als het erger wordt", "Het ziekenhuis belt terug.")
		persontest.Golden(t, "person."+language, page, *updateGolden)
		persontest.Golden(t, "person-new."+language, d.Shows(t, "/desk/people/"+k.Mother.Person.ID), *updateGolden)
	}
}
