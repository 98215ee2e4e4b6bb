package budget

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/kit/backup"
	"github.com/houvast/houvast/internal/kit/db"
)

var update = flag.Bool("update", false, "write the lines and the counts anew")

const table = "budget.toml"

// notCounted are routes that ask nothing of the database worth a line, or
// cannot be asked once and be done, each with the reason.
var notCounted = map[string]string{
	"/assets/":                   "files that are part of the program",
	"GET /debug/pprof/{profile}": "a profile of the program, for as long as it is asked for",
	"GET /desk/events":           "a stream that stays open; what it reads is measured with the feed",
	"GET /q/events":              "a stream that stays open",
}

// from are the addresses that a crawl begins with: where people begin, and
// pages that only a command of the palette, a message or a form leads to.
func (w *world) from(who string) []string {
	one := "/desk/cases/" + w.customer.caseID
	switch who {
	case customerUser:
		return []string{"/q", "/q/left"}
	case deskUser:
		return []string{"/desk", one, one + "/hand-off", one + "/refer", one + "/ask-document", one + "/customer-page", one + "/series", one + "/series?sort=rule",
			one + "/note", one + "/caller", one + "/merge", "/desk/cases?lane=closed", "/desk/filters", "/desk/filters/new", "/desk/drafts", "/desk/drafts/kept?key=case:1:contact",
			"/desk/people?q=van", "/desk/find?q=van", "/desk/red-flags", "/desk/roles", "/desk/people/" + w.customer.id + "/contacts",
			"/choose", "/sign-in", "/language?lang=en", "/problems", "/problems/case-not-found", "/health", "/locked", "/"}
	case managerUser:
		return []string{"/desk", "/desk/templates", "/desk/templates/new", "/desk/insight", "/desk/emergencies?show=all", "/desk/people/duplicates"}
	}
	return []string{"/desk", "/desk/settings", "/desk/settings/changes", "/desk/red-flags", "/desk/red-flags/new", "/desk/customers/import"}
}

// sight opens everything that can be opened.
func (w *world) sight(t *testing.T) (visits []visit, forms []form) {
	t.Helper()
	count := map[string]int{}
	for _, who := range slices.Concat(staff, []string{customerUser}) {
		v, f, failed := w.crawl(count, who, w.from(who)...)
		visits, forms = append(visits, v...), append(forms, f...)
		for _, why := range failed {
			t.Errorf("%s cannot open %s", who, why)
		}
	}
	return visits, forms
}

// open opens addresses, and says what each asked for.
func (w *world) open(visits []visit) map[visit]cost {
	out := make(map[visit]cost, len(visits))
	for _, v := range visits {
		w.sessions[v.who].get(v.path)
		out[v] = w.sessions[v.who].last
	}
	return out
}

func TestBudget(t *testing.T) {
	dir := t.TempDir()
	all := newTape() // whatever was heard of anywhere
	w := newSQLite(t, dir, all)
	if err := w.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	visits, forms := w.sight(t)
	w.send(forms)
	if err := w.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	more, forms := w.sight(t) // and what the forms made
	w.send(forms)
	if err := errors.Join(w.Settle(t.Context()), w.read(t.Context())); err != nil {
		t.Fatal(err)
	}
	for _, v := range more {
		if !slices.Contains(visits, v) {
			visits = append(visits, v)
		}
	}
	if len(visits) < 150 {
		t.Errorf("only %d pages were opened", len(visits))
	}
	tables, err := shapes(t.Context(), w.DB)
	if err != nil {
		t.Fatal(err)
	}
	file, err := backup.Write(t.Context(), w.DB, dir, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Run("counts", func(t *testing.T) { count(t, w) })
		before := w.open(visits)
		w.perform(t)
		compare(t, w, all)
		if err := multiply(t.Context(), w.DB, tables); err != nil {
			t.Fatal(err)
		}
		t.Run("growth", func(t *testing.T) { again(t, w, visits, before) })
		t.Run("plans", func(t *testing.T) { plans(t, w.DB, all.statements) })
	})
	t.Run("postgres", func(t *testing.T) {
		own := newTape()
		p := restored(t, file, w, newTape())
		// Counts over whole tables are kept from then on, as they were on SQLite.
		// Pages of one record are not opened yet: who saw it is shown on some.
		p.open(slices.DeleteFunc(slices.Clone(visits), func(v visit) bool { return strings.Contains(v.path, "_") }))
		t.Run("counts", func(t *testing.T) { count(t, p) })
		p.tape = own
		before := p.open(visits)
		p.clock.Advance(time.Minute) // whoever worked in the background on SQLite holds it no longer
		p.perform(t)
		compare(t, p, own)
		if err := multiply(t.Context(), p.DB, tables); err != nil {
			t.Fatal(err)
		}
		t.Run("growth", func(t *testing.T) { again(t, p, visits, before) })
		t.Run("plans", func(t *testing.T) { plans(t, p.DB, all.statements) })
	})
}

// slack lets PostgreSQL read a row in fifty more than the line says, which was
// written on SQLite: of rows that are equal in what they are ordered by, each
// database takes others.
func slack(d *db.DB, l Line) Line {
	if d.Dialect() == db.Postgres {
		l.Rows += 2 + l.Rows/50
	}
	return l
}

// wider is the line with which what another database took is within it too.
func (l Line) wider(d *db.DB, now Line) Line {
	if over, _ := Compare("", slack(d, l), now); len(over) > 0 {
		return l.most(now)
	}
	return l
}

// write writes the table.
func write(t *testing.T, lines map[string]Line) {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, lines); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(table, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// compare holds what was measured against the table, route by route.
func compare(t *testing.T, w *world, tp *tape) {
	t.Helper()
	ran := tp.lines()
	if *update && w.DB.Dialect() == db.SQLite {
		write(t, ran)
		return
	}
	f, err := os.Open(table)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read only
	declared, err := Read(f)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		for route, now := range ran {
			if line, ok := declared[route]; ok {
				declared[route] = line.wider(w.DB, now)
			}
		}
		write(t, declared)
		return
	}
	for _, route := range w.routes.all {
		line, ok := declared[route]
		now, measured := ran[route]
		switch {
		case notCounted[route] != "":
			continue
		case !ok && !slices.Contains(unplayed, route):
			t.Errorf("%s has no line in %s: play it, or let a page lead to it, and write the lines anew with -update", route, table)
		case ok && slices.Contains(unplayed, route):
			t.Errorf("%s has a line in %s: it is played, and no longer stands with what is not", route, table)
		case !measured:
			continue
		}
		over, under := Compare(route, slack(w.DB, line), now)
		for _, why := range over {
			t.Errorf("%s:\n%s", why, strings.Join(tp.most[route].texts, "\n"))
		}
		for _, why := range under {
			t.Log(why + ": lower its line")
		}
	}
	for route := range declared {
		if !slices.Contains(w.routes.all, route) {
			t.Errorf("%s has a line for %s, which is no route", table, route)
		}
	}
}
