package intake_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/intake"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// Whatever somebody types and however a call ends, accepted or refused: after
// it every invariant holds, and an accepted call left a case with its contact
// moment and a promise.
func TestWhateverTheEnding(t *testing.T) {
	kittest.Databases(t, tables, func(t *testing.T, d *kittest.DB) {
		f := newFront(t, d)
		var known []string
		var cases []string
		n, saved, refused := 0, 0, map[string]int{}
		rapid.Check(t, func(rt *rapid.T) {
			party := func(name string) intake.Party {
				n++
				switch rapid.SampledFrom([]string{"anna", "new", "anna", "new", "company", "anonymous", "known", "nobody"}).Draw(rt, name) {
				case "anna":
					return f.anna()
				case "new":
					return intake.Party{Name: fmt.Sprintf("Klant %d", n), Phone: fmt.Sprintf("06 1%07d", n), BirthDate: rapid.SampledFrom([]string{"", "2020-02-02", "1950-01-01", "gisteren"}).Draw(rt, "born")}
				case "company":
					return intake.Party{Name: fmt.Sprintf("Praktijk %d", n), Company: true}
				case "anonymous":
					return intake.Party{Anonymous: true}
				case "known":
					if len(known) > 0 {
						return intake.Party{Person: rapid.SampledFrom(known).Draw(rt, "person")}
					}
				}
				return intake.Party{}
			}
			in := intake.Call{Caller: party("caller"), Channel: rapid.SampledFrom([]string{"phone", "phone", "phone", "desk", "email", "duif"}).Draw(rt, "channel"),
				Subject: rapid.SampledFrom([]string{"Wanneer komt mijn recept?", "Mag ik een afspraak?", "Wanneer bellen jullie?", "Pijn op de borst", ""}).Draw(rt, "subject"),
				End:     rapid.SampledFrom([]intake.Ending{intake.Helped, intake.Question, intake.Helped, intake.Question, ""}).Draw(rt, "end"),
				Answer:  rapid.SampledFrom([]string{"Morgen na tien uur", "Morgen na tien uur", ""}).Draw(rt, "answer"), Written: rapid.Bool().Draw(rt, "written"),
				Basis: rapid.SampledFrom([]person.Basis{"", person.Parent, person.Mandate, person.CareWorker}).Draw(rt, "basis"), Seen: rapid.Bool().Draw(rt, "seen"),
				Stays:   rapid.Bool().Draw(rt, "stays"),
				Promise: promise.Make{Due: f.Now().Add(time.Duration(rapid.IntRange(-60, 400).Draw(rt, "minutes")) * time.Minute), Spoken: rapid.Bool().Draw(rt, "spoken")}}
			if rapid.Bool().Draw(rt, "for another") {
				p := party("about")
				in.About = &p
			}
			if len(cases) > 0 && rapid.Bool().Draw(rt, "about a case") {
				in.Case = rapid.SampledFrom(cases).Draw(rt, "case")
			}
			if rapid.Bool().Draw(rt, "asked") {
				in.Asked = []string{"chest-pain"}
			}
			var out intake.Outcome
			var err error
			if rapid.IntRange(0, 4).Draw(rt, "urgent") == 0 {
				out, err = f.Calls.Urgent(t.Context(), f.Who(), intake.Urgent{Caller: in.Caller, About: in.About, Channel: in.Channel, Subject: in.Subject, Case: in.Case})
			} else {
				out, err = f.Calls.Save(t.Context(), f.Who(), in)
			}
			if e, ok := errs.As(err); err != nil && (!ok || e.Class == errs.Internal) {
				rt.Fatalf("not an answer for people: %v", err)
			}
			if err != nil {
				refused[errs.TypeOf(err)]++
			} else {
				saved++
				known, cases = append(known, out.Caller), append(cases, out.Case.ID)
				if p := out.Promise; p.Due.IsZero() || p.Case != out.Case.ID || out.Case.Owner == "" {
					rt.Fatalf("without a promise or an owner: %+v", out)
				}
				f.Read(func(q db.Q) error {
					list, err := casefile.Contacts(q, f.Org.ID, out.Case.ID, 1)
					if len(list) == 0 || list[0].Person != out.Caller || !list[0].At.Equal(f.Now()) {
						rt.Fatalf("contact moments: %+v", list)
					}
					return err
				})
			}
			f.Later(time.Duration(rapid.IntRange(0, 50).Draw(rt, "later")) * time.Minute)
			f.Sound()
			if t.Failed() {
				rt.Fatalf("after %+v: %+v, %v", in, out, err)
			}
		})
		if saved < 5 || len(refused) < 5 {
			t.Errorf("%d accepted, refused: %v: this tries little", saved, refused)
		}
	})
}
