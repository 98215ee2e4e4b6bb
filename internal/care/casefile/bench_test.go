package casefile_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/casefile/casefiletest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// How many cases the benchmarks look through: -args -cases 1000000.
var benchCases = flag.Int("cases", 200_000, "cases in the benchmarks of lists and search")

// BenchmarkLarge measures search and lists in a practice with very many cases,
// of which one in ten is open, on both databases. It tells the middle and the
// slowest hundredth of each query of the mix, with the page of cases it gives.
func BenchmarkLarge(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchLarge(b, kittest.SQLite(b, casefiletest.Migrations...)) })
	b.Run("postgres", func(b *testing.B) {
		if os.Getenv("HOUVAST_TEST_POSTGRES") == "" {
			b.Skip("needs PostgreSQL: set HOUVAST_TEST_POSTGRES")
		}
		benchLarge(b, kittest.Postgres(b, casefiletest.Migrations...))
	})
}

func benchLarge(b *testing.B, d *kittest.DB) {
	w := casefiletest.New(b, d)
	start := clock.Machine.Now()
	vocabulary := fillLarge(w, *benchCases)
	b.Logf("%d cases written in %s", *benchCases, clock.Machine.Now().Sub(start).Round(time.Second))
	b.Run("open", func(b *testing.B) {
		measure(b, func(int) { w.Open(w.Make(5 * time.Hour)) })
	})
	n := len(vocabulary)
	searches := []struct {
		name string
		of   func(i int) string
	}{
		{"common word", func(i int) string { return `"` + vocabulary[i%20] + `"` }},
		{"rare word", func(i int) string { return vocabulary[n-1-i%2000] }},
		{"prefix of three", func(i int) string { return vocabulary[i%200][:3] }},
		{"prefix of five", func(i int) string { return vocabulary[i%2000][:5] }},
		{"common and rare", func(i int) string { return vocabulary[i%20] + " " + vocabulary[n-1-i%2000] }},
		{"two common", func(i int) string { return vocabulary[i%20] + " " + vocabulary[20+i%20] }},
		{"two of the middle", func(i int) string { return vocabulary[500+i%500] + " " + vocabulary[1000+i%500] }},
		{"two prefixes", func(i int) string { return vocabulary[i%200][:3] + " " + vocabulary[200+i%200][:3] }},
		{"phone", func(i int) string { return fmt.Sprintf("06-1%07d", i*7%(*benchCases/5)) }},
		{"name", func(i int) string { return fmt.Sprintf("jansen%05d", i*7%(*benchCases/5)) }},
		{"no hit", func(i int) string { return "qqq" + vocabulary[i%n] }},
	}
	var all []time.Duration
	for _, q := range searches {
		b.Run("search/"+q.name, func(b *testing.B) {
			all = append(all, measure(b, func(i int) {
				w.Read(func(x db.Q) error {
					if _, err := person.Find(x, w.Org.ID, q.of(i), "", 6); err != nil {
						return err
					}
					_, err := casefile.Find(x, w.Org.ID, q.of(i), casefile.MostFound)
					return err
				})
			})...)
		})
	}
	b.Run("search/the mix", func(b *testing.B) { report(b, all) })
	filters := largeFilters(w)
	for _, name := range []string{"everyone", "mine", "team", "mine of a kind", "kind", "late", "soon", "waiting", "back", "urgent", "old", "newest", "team newest", "closed", "closed mine", "closed team"} {
		f := filters[name]
		b.Run("list/"+name, func(b *testing.B) {
			measure(b, func(int) { page(w, f, casefile.Mark{}) })
		})
		b.Run("next/"+name, func(b *testing.B) {
			var from casefile.Mark
			measure(b, func(int) {
				if from = page(w, f, from); from.ID == "" {
					from = page(w, f, from)
				}
			})
		})
		b.Run("count/"+name, func(b *testing.B) {
			measure(b, func(int) {
				w.Read(func(q db.Q) error {
					_, err := casefile.Tally(q, w.Org.ID, map[string]casefile.Filter{name: f})
					return err
				})
			})
		})
	}
}

// page reads a page of a list and gives its last place; none when it was the end.
func page(w *casefiletest.World, f casefile.Filter, from casefile.Mark) (last casefile.Mark) {
	w.Read(func(q db.Q) error {
		list, err := casefile.Cut(q, w.Org.ID, f, from, false, 51)
		if len(list) > 0 {
			last = casefile.MarkOf(f, list[len(list)-1])
		}
		return err
	})
	return last
}

// largeFilters are the filters that people use.
func largeFilters(w *casefiletest.World) map[string]casefile.Filter {
	now := w.Now()
	return map[string]casefile.Filter{
		"everyone": {}, "mine": {Owner: w.Desk.ID}, "team": {Team: w.Team.ID}, "kind": {Kind: "visit"},
		"mine of a kind": {Owner: w.Desk.ID, Kind: "visit"},
		"late":           {Lane: casefile.LaneSoon, SoonBy: now, Tomorrow: now.Add(time.Millisecond)},
		"soon":           {Lane: casefile.LaneSoon, SoonBy: now.Add(2 * time.Hour), Tomorrow: now.Add(9 * time.Hour)},
		"waiting":        {Lane: casefile.LaneWaiting}, "back": {Lane: casefile.LaneBack}, "urgent": {Lane: casefile.LaneUrgent},
		"old": {OpenedBefore: now.Add(-14 * 24 * time.Hour), Order: casefile.OrderOldest}, "newest": {Order: casefile.OrderNewest},
		"team newest": {Team: w.Team.ID, Order: casefile.OrderNewest}, "mine oldest": {Owner: w.Desk.ID, Order: casefile.OrderOldest},
		"kind newest": {Kind: "visit", Order: casefile.OrderNewest}, "mine waiting": {Owner: w.Desk.ID, Lane: casefile.LaneWaiting},
		"closed": {Closed: true}, "closed mine": {Closed: true, Owner: w.Desk.ID}, "closed team": {Closed: true, Team: w.Team.ID},
	}
}

// measure runs something and tells its middle and its slowest hundredth.
func measure(b *testing.B, run func(i int)) (took []time.Duration) {
	b.Helper()
	run(0) // the first one prepares the statements
	for i := 0; b.Loop(); i++ {
		from := clock.Machine.Now()
		run(i)
		took = append(took, clock.Machine.Now().Sub(from))
	}
	report(b, took)
	return took
}

func report(b *testing.B, took []time.Duration) {
	b.Helper()
	took = slices.Sorted(slices.Values(took))
	if len(took) > 0 {
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	}
}

// fillLarge writes a practice with n cases; one in ten is open. The words of
// the subjects are as common as words are: some are everywhere, most are rare.
func fillLarge(w *casefiletest.World, n int) (vocabulary []string) {
	r := rand.New(rand.NewPCG(1, 2))
	vocabulary = invented(r, 30_000)
	zipf := rand.NewZipf(r, 1.2, 8, uint64(len(vocabulary)-1))
	owners := []string{w.Desk.ID, w.Specialist.ID, w.Manager.ID, w.Administrator.ID}
	kinds := []string{"answer", "answer", "update", "decision", "callback", "visit", "document"}
	people := largePeople(w, r, n/5)
	now := w.Now()
	const chunk = 250
	for from := 0; from < n; from += chunk {
		var cases []casefile.Case
		var promises []promise.Promise
		for i := from; i < min(from+chunk, n); i++ {
			var subject []string
			for range 4 + r.IntN(6) {
				subject = append(subject, vocabulary[zipf.Uint64()])
			}
			c := filler(w, int64(i+1_000_000), strings.Join(subject, " "))
			c.OpenedAt = now.Add(-time.Duration(n-i) * 90 * time.Second)
			c.OwnerSince, c.Owner = c.OpenedAt, owners[r.IntN(len(owners))]
			c.Person = people[r.IntN(len(people))]
			c.Asker = c.Person
			if r.IntN(3) == 0 {
				c.Team = w.Team.ID
			}
			if r.IntN(10) != 0 {
				c.OpenPromises, c.NextDue, c.NextKind, c.CloseReason = 0, time.Time{}, "", casefile.Agreed
				c.ClosedAt = c.OpenedAt.Add(time.Duration(r.IntN(2000)+1) * time.Minute)
				cases = append(cases, c)
				continue
			}
			c.NextKind = kinds[r.IntN(len(kinds))]
			c.NextDue = now.Add(time.Duration(r.IntN(20*24*60)-120) * time.Minute)
			if !c.NextDue.After(c.OpenedAt) {
				c.NextDue = now.Add(time.Hour)
			}
			if r.IntN(20) == 0 {
				c.WaitingBy = c.NextDue
			}
			if r.IntN(50) == 0 {
				c.CameBack = 1
			}
			c.Urgent = r.IntN(200) == 0
			cases = append(cases, c)
			promises = append(promises, promise.Promise{Org: c.Org, ID: fmt.Sprintf("prm_%012d", i), Case: c.ID, Question: c.Question, Kind: promise.Kind(c.NextKind),
				What: "antwoord", To: c.Person, Keeper: c.Owner, MadeBy: c.Owner, MadeAt: c.OpenedAt, Due: c.NextDue, Internal: c.NextDue, FirstDue: c.NextDue,
				AskedAt: c.OpenedAt, Channel: "phone", Told: "untold", State: promise.Open, LookAt: c.NextDue, Risk: r.IntN(3), Version: 1})
		}
		w.Must(w.DB.Write(bg, func(t *db.Tx) error {
			if err := casefile.Fill(t, cases); err != nil {
				return err
			}
			return db.InsertAll(t, "promise", promises)
		}))
	}
	w.Must(w.DB.Write(bg, func(t *db.Tx) error { // as the database does by itself before long
		_, err := t.Exec(`ANALYZE`)
		return err
	}))
	return vocabulary
}

// largePeople writes customers with a name and a phone number of their own.
func largePeople(w *casefiletest.World, _ *rand.Rand, n int) (ids []string) {
	type row struct {
		Org       string    `db:"org_id"`
		ID        string    `db:"person_id"`
		Kind      string    `db:"kind"`
		Name      string    `db:"name"`
		Language  string    `db:"language"`
		Search    string    `db:"search"`
		CreatedAt time.Time `db:"created_at"`
		Version   int       `db:"version"`
	}
	type term struct {
		Org    string `db:"org_id"`
		Term   string `db:"term"`
		Person string `db:"person_id"`
	}
	const chunk = 100
	for from := 0; from < n; from += chunk {
		var rows []row
		var terms []term
		for i := from; i < min(from+chunk, n); i++ {
			p := person.Person{Name: fmt.Sprintf("Anna Jansen%05d", i)}
			id := fmt.Sprintf("per_%012d", i)
			ids = append(ids, id)
			rows = append(rows, row{w.Org.ID, id, "person", p.Name, "nl", strings.ToLower(p.Name), w.Now(), 1})
			for _, t := range person.Terms(p, []person.ContactPoint{{Kind: person.Phone, Value: fmt.Sprintf("+3161%07d", i)}}) {
				terms = append(terms, term{w.Org.ID, t, id})
			}
		}
		w.Must(w.DB.Write(bg, func(t *db.Tx) error {
			if err := db.InsertAll(t, "person", rows); err != nil {
				return err
			}
			return db.InsertAll(t, "person_term", terms)
		}))
	}
	return ids
}

// invented are words as long as words are, no two the same, the commonest first.
func invented(r *rand.Rand, n int) (words []string) {
	parts := []string{"ver", "wijs", "uit", "slag", "aan", "vraag", "her", "stel", "af", "spraak", "huis", "arts", "be", "zoek", "re", "cept", "long", "test", "bloed", "druk",
		"zorg", "plan", "op", "name", "kaart", "rug", "pijn", "oor", "keel", "hoest", "been", "voet", "ge", "meld", "woord", "brief", "in", "taal", "dag", "week"}
	seen := map[string]bool{}
	for len(words) < n {
		w := ""
		for range 2 + r.IntN(2) {
			w += parts[r.IntN(len(parts))]
		}
		if len(w) >= 5 && !seen[w] {
			seen[w] = true
			words = append(words, w)
		}
	}
	return words
}
