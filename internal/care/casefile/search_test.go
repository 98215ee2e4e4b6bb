package casefile_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/casefile/casefiletest"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

func TestWhatACaseIsFoundBy(t *testing.T) {
	for subject, want := range map[string]string{
		"Wanneer krijg ik de uitslag?": "de ik krijg uitslag wanneer",
		"Hoorapparaat piept: één keer": "een hoorapparaat keer piept",
		"Bel 06-12 34 56 78 terug":     "06 12 31612345678 34 56 78 bel terug",
		"":                             "",
	} {
		if got := strings.Join(casefile.CaseTerms(subject), " "); got != want {
			t.Errorf("%q is found by %q, want %q", subject, got, want)
		}
	}
	if n := len(casefile.CaseTerms(strings.Repeat("x", 5000))); n != 1 {
		t.Error(n)
	}
	many := ""
	for i := range 500 {
		many += fmt.Sprintf(" w%d", i)
	}
	if n := len(casefile.CaseTerms(many)); n != 100 {
		t.Errorf("a subject of 500 words is found by %d", n)
	}
}

// What is found is what a plain reading of every subject finds, newest first,
// on both databases and whichever way the statement goes.
func TestSearchFindsWhatIsThere(t *testing.T) {
	words := []string{"uitslag", "uitslagen", "uit", "longtest", "long", "de", "ik", "één", "Zuiderhof", "06-12345678", "recept", "receptie"}
	typed := []string{"uitslag", "UITSLAG long", "uit", "ui", "de", "een", "\"uit\"", "\"long\" de", "rec zui", "0612345678", "+31 6 1234", "06 12345678 de", "niets", "d", "", "long de uit"}
	kittest.Databases(t, casefiletest.Migrations, func(t *testing.T, d *kittest.DB) {
		w := casefiletest.New(t, d)
		random := rand.New(rand.NewPCG(4, 2))
		var all []casefile.Case
		for n := range 120 {
			var subject []string
			for range 1 + random.IntN(4) {
				subject = append(subject, words[random.IntN(len(words))])
			}
			all = append(all, filler(w, int64(n+1001), strings.Join(subject, " ")))
		}
		w.Must(d.Write(bg, func(tx *db.Tx) error { return casefile.Fill(tx, all) }))
		slices.Reverse(all)
		for _, q := range typed {
			var want []int64
			for _, c := range all {
				if len(strings.Trim(q, `" `)) > 0 && casefile.Fits(c.Subject, q) {
					want = append(want, c.Number)
				}
			}
			for _, few := range []int{1, 30, 1000} { // walked, either, gathered; with many spellings and with few
				var got casefile.Found
				w.Read(func(x db.Q) (err error) {
					got, err = casefile.FindWithin(x, w.Org.ID, q, 10, few, 1000, few%7)
					return err
				})
				var numbers []int64
				for _, c := range got.Cases {
					numbers = append(numbers, c.Number)
				}
				if diff := cmp.Diff(want[:min(10, len(want))], numbers); diff != "" || got.More != (len(want) > 10) || got.Cut {
					t.Errorf("%q with %d: more %v, cut %v\n%s", q, few, got.More, got.Cut, diff)
				}
			}
		}
		// What would take too long is cut off, and says so.
		var cut casefile.Found
		w.Read(func(x db.Q) (err error) {
			cut, err = casefile.FindWithin(x, w.Org.ID, "de ik", 50, 1, 3, 9)
			return err
		})
		if !cut.Cut {
			t.Error("a search that stopped early does not say so")
		}
		for name, text := range casefile.Plans(w.Org.ID) {
			sql, args := text()
			if plan := explain(t, d, sql, args); strings.Contains(plan, "SCAN t\n") || strings.Contains(plan, "SCAN case_term") || strings.Contains(plan, "Seq Scan on case_term") ||
				(name == "newest" || name == "recent") && (strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "Sort")) {
				t.Errorf("%s reads everything, or puts everything in order:\n%s", name, plan)
			}
		}
		t.Run("who may", func(t *testing.T) {
			c, _ := w.Open(w.Make(5 * time.Hour))
			found, err := w.Cases.Search(bg, w.Who(), "wanneer krijg")
			w.Must(err)
			if len(found.Cases) != 1 || found.Cases[0].ID != c.ID {
				t.Errorf("a case is not found at once: %+v", found)
			}
			other := w.Who()
			other.Org = "org_other"
			if found, err = w.Cases.Search(bg, other, "wanneer"); err != nil || len(found.Cases) != 0 {
				t.Errorf("another organisation finds %+v, %v", found, err)
			}
			_, err = w.Cases.Search(bg, actor.Actor{Kind: actor.Customer, Org: w.Org.ID, Person: w.Anna.Person.ID}, "wanneer")
			w.Refused(err, "not-allowed")
			w.Must(d.Write(bg, func(tx *db.Tx) error { return casefile.Unfindable(tx, w.Org.ID, c.Number) }))
			if found, err = w.Cases.Search(bg, w.Who(), "wanneer"); err != nil || len(found.Cases) != 0 {
				t.Errorf("found after it was erased: %+v, %v", found, err)
			}
		})
	})
}

// filler is an open case of Anna, as a row.
func filler(w *casefiletest.World, n int64, subject string) casefile.Case {
	now := w.Now()
	return casefile.Case{Org: w.Org.ID, ID: fmt.Sprintf("cas_%012d", n), Number: n, Question: fmt.Sprintf("qst_%012d", n), Subject: subject,
		Person: w.Anna.Person.ID, Asker: w.Anna.Person.ID, Owner: w.Desk.ID, OwnerSince: now, Channel: "phone", OpenedAt: now,
		OpenPromises: 1, NextDue: now.Add(time.Hour), NextKind: "answer", Version: 1}
}
