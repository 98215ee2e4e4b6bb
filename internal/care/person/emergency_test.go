package person_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/person/persontest"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// alarm remembers who was told.
type alarm struct {
	mu       sync.Mutex
	told     map[string]string
	answered map[string]bool
}

func (a *alarm) EmergencyOpened(_ *db.Tx, _ actor.Actor, emergency, to string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.told[emergency] = to
	return nil
}

func (a *alarm) EmergencyAnswered(_ *db.Tx, _ actor.Actor, emergency string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answered[emergency] = true
	return nil
}

func alarmed(f persontest.Fixture) *alarm {
	a := &alarm{told: map[string]string{}, answered: map[string]bool{}}
	f.People.Alarm = a
	return a
}

// hide gives Anna a parent of whom that is hidden.
func hide(t *testing.T, f persontest.Fixture) (anna, mother string) {
	t.Helper()
	anna, mother = f.Anna.Person.ID, f.Mother.Person.ID
	if _, err := f.People.ConfirmTie(ctx, orgtest.As(f.Desk), anna, person.SayTie{Other: mother, Word: person.TieParent}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.People.HideTie(ctx, orgtest.As(f.Manager), anna, mother, "Geheim adres"); err != nil {
		t.Fatal(err)
	}
	return anna, mother
}

func sees(t testing.TB, f persontest.Fixture, who actor.Actor, of string) bool {
	t.Helper()
	h, err := f.People.Household(ctx, who, of)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range h.Members {
		if m.Hidden {
			return true
		}
	}
	return false
}

const whyNow = "Het kind staat alleen voor de deur"

func TestAnEmergencyOpensForAWhile(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		told := alarmed(f)
		anna, mother := hide(t, f)
		desk, manager := orgtest.As(f.Desk), orgtest.As(f.Manager)
		if sees(t, f, desk, anna) || !sees(t, f, manager, anna) {
			t.Fatal("the shield does not hold")
		}
		_, err := f.People.OpenInEmergency(ctx, desk, anna, "  kort ")
		wantType(t, err, "emergency-why")
		e, err := f.People.OpenInEmergency(ctx, desk, anna, whyNow+" 111222333")
		if err != nil {
			t.Fatal(err)
		}
		if e.Until.Sub(e.OpenedAt) != time.Hour || told.told[e.ID] != f.Manager.ID || strings.Contains(e.Why, "111222333") {
			t.Errorf("%+v told %v", e, told.told)
		}
		if !sees(t, f, desk, anna) || sees(t, f, desk, mother) {
			t.Error("it opens this customer, and only this one")
		}
		if again, err := f.People.OpenInEmergency(ctx, desk, anna, "Nog een keer, om zeker te zijn"); err != nil || again.ID != e.ID || again.Why != e.Why {
			t.Error(again, err)
		}
		// Somebody else of the same role sees nothing by it.
		other, err := f.Service.AddMember(ctx, orgtest.As(f.Administrator), org.NewMember{Name: "Balie twee", Role: actor.Desk})
		if err != nil {
			t.Fatal(err)
		}
		if sees(t, f, orgtest.As(other), anna) {
			t.Error("a colleague sees it too")
		}
		// It lets see, and nothing more.
		_, err = f.People.ShowTie(ctx, desk, anna, mother)
		wantType(t, err, "not-allowed")
		_, err = f.People.ConfirmTie(ctx, desk, anna, person.SayTie{Other: mother, Word: person.TieParent})
		wantType(t, err, "tie-not-here")
		// Roles that may never, whoever they are.
		for _, who := range []actor.Actor{orgtest.As(f.Administrator), manager, orgtest.As(f.Specialist), actor.ForSystem(f.Org.ID), {Kind: actor.Organisation, Org: f.Org.ID},
			{Kind: actor.Customer, Org: f.Org.ID, Person: anna, Confirmed: true}, {Kind: actor.Installer, Org: f.Org.ID}} {
			_, err := f.People.OpenInEmergency(ctx, who, anna, whyNow)
			wantType(t, err, "not-allowed")
		}
		if sees(t, f, orgtest.As(f.Administrator), anna) {
			t.Error("an administrator sees it")
		}
		// Another organisation finds neither customer nor emergency.
		far := orgtest.As(f.Desk)
		far.Org = "org_far"
		if _, err := f.People.OpenInEmergency(ctx, far, anna, whyNow); err == nil {
			t.Error("another organisation opened it")
		}
		farManager := manager
		farManager.Org = "org_far"
		_, err = f.People.Emergency(ctx, farManager, e.ID)
		wantType(t, err, "emergency-unknown")
		_, err = f.People.ReviewEmergency(ctx, farManager, e.ID, person.AnswerEmergency{Answer: person.Right})
		wantType(t, err, "emergency-unknown")
		if p, err := f.People.Emergencies(ctx, farManager, false, "", 10); err != nil || len(p.Items) != 0 {
			t.Error(p, err)
		}
		// Only who leads looks at the list; who opened it sees their own.
		_, err = f.People.Emergencies(ctx, desk, false, "", 10)
		wantType(t, err, "not-allowed")
		if _, err := f.People.Emergency(ctx, desk, e.ID); err != nil {
			t.Error(err)
		}
		_, err = f.People.Emergency(ctx, orgtest.As(other), e.ID)
		wantType(t, err, "emergency-unknown")
		// Its time passes.
		f.DB.Clock.Advance(time.Hour)
		if sees(t, f, desk, anna) {
			t.Error("it is over and still open")
		}
		// Once there was an answer there is no other.
		_, err = f.People.ReviewEmergency(ctx, manager, e.ID, person.AnswerEmergency{Answer: person.Wrong})
		wantType(t, err, "emergency-note")
		_, err = f.People.ReviewEmergency(ctx, desk, e.ID, person.AnswerEmergency{Answer: person.Right})
		wantType(t, err, "not-allowed")
		got, err := f.People.ReviewEmergency(ctx, manager, e.ID, person.AnswerEmergency{Answer: person.Right})
		if err != nil || got.Answer != person.Right || !told.answered[e.ID] || !got.EndedAt.IsZero() {
			t.Errorf("%+v %v", got, err)
		}
		_, err = f.People.ReviewEmergency(ctx, manager, e.ID, person.AnswerEmergency{Answer: person.Unclear, Note: "x"})
		wantType(t, err, "emergency-answered")
		if p, err := f.People.Emergencies(ctx, manager, true, "", 10); err != nil || len(p.Items) != 0 {
			t.Error(p, err)
		}
	})
}

func TestTooManyEmergenciesAreRefused(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		alarmed(f)
		hide(t, f)
		desk := orgtest.As(f.Desk)
		// Twelve at a time: the limit of five a day holds.
		var ids []string
		for i := range 12 {
			ids = append(ids, f.AddPerson(t, person.NewPerson{Name: fmt.Sprintf("Klant %d", i)}).Person.ID)
		}
		var wg sync.WaitGroup
		errs := make([]error, len(ids))
		for i, id := range ids {
			wg.Go(func() { _, errs[i] = f.People.OpenInEmergency(ctx, desk, id, whyNow) })
		}
		wg.Wait()
		opened := 0
		for _, err := range errs {
			if err == nil {
				opened++
			} else {
				wantType(t, err, "emergency-too-often")
			}
		}
		if opened != 5 {
			t.Errorf("%d were opened", opened)
		}
		f.DB.Clock.Advance(24 * time.Hour)
		if _, err := f.People.OpenInEmergency(ctx, desk, ids[0], whyNow); err != nil {
			t.Error(err)
		}
		// Without anybody to tell nothing opens.
		f.People.Alarm = nil
		_, err := f.People.OpenInEmergency(ctx, desk, ids[1], whyNow)
		wantType(t, err, "not-allowed")
	})
}

// Whatever happens in whatever order: what is hidden is seen by the roles that
// may, and else by who has an emergency of that customer that still holds.
func TestNothingOpensWithoutAnEmergency(t *testing.T) {
	f := persontest.New(t, orgtest.New(t, kittest.SQLite(t, migrations...)))
	alarmed(f)
	anna, mother := hide(t, f)
	staff := []actor.Actor{orgtest.As(f.Desk), orgtest.As(f.Specialist), orgtest.As(f.Manager), orgtest.As(f.Administrator)}
	rapid.Check(t, func(rt *rapid.T) {
		f.DB.Clock.Advance(25 * time.Hour) // what was opened before is over
		held := map[string]person.Emergency{}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			who := rapid.SampledFrom(staff).Draw(rt, "who")
			of := rapid.SampledFrom([]string{anna, mother}).Draw(rt, "of")
			key := who.Member + of
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0:
				e, err := f.People.OpenInEmergency(ctx, who, of, whyNow)
				if (err == nil) != (who.Role == actor.Desk) && !strings.Contains(fmt.Sprint(err), "too-often") {
					rt.Fatal(who.Role, err)
				}
				if err == nil {
					held[key] = e
				}
			case 1:
				f.DB.Clock.Advance(time.Duration(rapid.IntRange(1, 45).Draw(rt, "minutes")) * time.Minute)
			case 2:
				if e, ok := held[key]; ok {
					if _, err := f.People.EndEmergency(ctx, who, e.ID); err != nil {
						rt.Fatal(err)
					}
					delete(held, key)
				}
			case 3:
				if e, ok := held[key]; ok {
					_, err := f.People.ReviewEmergency(ctx, staff[2], e.ID, person.AnswerEmergency{Answer: person.Wrong, Note: "niet nodig"})
					if err == nil {
						delete(held, key)
					}
				}
			}
			for _, w := range staff {
				for _, p := range []string{anna, mother} {
					e, ok := held[w.Member+p]
					want := auth.May(w, auth.PersonShield) || ok && e.Holds(f.DB.Clock.Now())
					if got := sees(t, f, w, p); got != want {
						rt.Fatalf("%s sees %s: %v, want %v", w.Role, p, got, want)
					}
				}
			}
		}
	})
}

func TestDeskOpensInAnEmergency(t *testing.T) {
	databases(t, func(t *testing.T, f persontest.Fixture) {
		alarmed(f)
		id, _ := hide(t, f)
		anna := "/desk/people/" + id
		d := pages(t, f, "en")
		if page := d.Shows(t, anna, "In an emergency: see what is hidden here"); strings.Contains(page, "Els Müller") {
			t.Error("what was hidden is on the page")
		}
		// A customer of whom nothing is hidden says the same.
		d.Shows(t, "/desk/people/"+f.AddPerson(t, person.NewPerson{Name: "Jan Zonder"}).Person.ID, "In an emergency: see what is hidden here")
		d.Shows(t, anna+"/emergency", "Is it an emergency?", "for 60 minutes", "Whoever leads hears of it at once")
		d.Again(t, anna+"/emergency", 422, []string{"Write down in a sentence", "te kort"}, "why", "te kort")
		d.Goes(t, anna+"/emergency", "why", whyNow)
		if page := d.Shows(t, anna, "You see what is hidden, until", "Els Müller", "Close it now"); strings.Contains(page, "/show") {
			t.Error("it may be shown again by who may only see it")
		}
		d.Shows(t, anna+"/record", "opened in an emergency", whyNow, "hid for safety")
		d.Shows(t, anna+"/seen", "Opened in an emergency", f.Desk.Name, whyNow)
		seen := false
		for _, s := range d.Seen {
			seen = seen || s.Kind == "person-hidden" && s.ID == id
		}
		if !seen {
			t.Error("the access log does not say it")
		}
		if status, _ := d.Get(t, "/desk/emergencies"); status != http.StatusForbidden {
			t.Error(status)
		}
		p, err := f.People.Emergencies(ctx, orgtest.As(f.Manager), true, "", 10)
		if err != nil || len(p.Items) != 1 {
			t.Fatal(p, err)
		}
		at := "/desk/emergencies/" + p.Items[0].ID
		d.Goes(t, at+"/end")
		if page := d.Shows(t, anna); strings.Contains(page, "Els Müller") {
			t.Error("it was closed and still shows")
		}
		d.Who = orgtest.As(f.Manager)
		d.Who.Language = "en"
		d.Shows(t, "/desk/emergencies", f.Desk.Name, whyNow, "Was this right?")
		d.Shows(t, at, "Was this right?", whyNow)
		d.Again(t, at+"/answer", 422, []string{"Choose whether it was right"}, "answer", "")
		d.Again(t, at+"/answer", 422, []string{"what was wrong", "It was not right"}, "answer", "wrong", "note", "")
		d.Goes(t, at+"/answer", "answer", "wrong", "note", "Dit had kunnen wachten")
		d.Shows(t, at, "It was not right", "Dit had kunnen wachten")
		d.Shows(t, "/desk/emergencies", "Nothing waits for your answer")
		d.Shows(t, "/desk/emergencies?show=all", "It was not right")
		d.Shows(t, anna+"/record", "answered whether the emergency access of")
	})
}
