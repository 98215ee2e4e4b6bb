package budget

import (
	"bytes"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the lines and the counts anew")

const table = "budget.toml"

// notCounted are routes that ask nothing of the database worth a line, or
// cannot be asked once and be done, each with the reason.
var notCounted = map[string]string{
	"/assets/":                   "files that are part of the program",
	"GET /desk/events":           "a stream that stays open; what it reads is measured with the feed",
	"GET /q/events":              "a stream that stays open",
	"GET /debug/pprof/{profile}": "measures the program for as long as it was asked to",
}

// made are pages about what only a form makes, which no story fills in.
const made = `
GET /desk/bulk
GET /desk/bulk/{bulk}
GET /desk/cases/{case}/series/{series}
GET /desk/customers/import/{import}
GET /desk/customers/import/{import}/columns
GET /desk/customers/import/{import}/problems.csv
GET /desk/customers/import/{import}/rows
GET /desk/documents/{document}/file
GET /desk/emergencies/{emergency}
GET /desk/filters/{filter}
GET /desk/people/{person}/home/{other}/hide
GET /desk/people/{person}/join/{other}
GET /desk/promise-times
GET /desk/referrals/{referral}/files/{document}
GET /desk/settings/people/{member}/invitation
GET /desk/templates/{template}
`

// from are the addresses that a crawl begins with: where people begin, and
// pages that only a command of the palette, a message or a form leads to.
func (w *world) from(who string) []string {
	one := "/desk/cases/" + w.customer.caseID
	switch who {
	case customerUser:
		return []string{"/q", "/q/left"}
	case deskUser:
		return []string{"/desk", one, one + "/hand-off", one + "/refer", one + "/ask-document", one + "/customer-page", one + "/series", one + "/series?sort=rule",
			one + "/note", one + "/caller", "/desk/cases?lane=closed", "/desk/filters", "/desk/filters/new", "/desk/drafts", "/desk/drafts/kept?key=case:1:contact",
			"/desk/people?q=van", "/desk/find?q=van", "/desk/red-flags", "/desk/roles", "/desk/people/" + w.customer.id + "/contacts",
			"/choose", "/sign-in", "/language?lang=en", "/problems", "/problems/case-not-found", "/locked", "/"}
	case managerUser:
		return []string{"/desk", "/desk/templates", "/desk/templates/new", "/desk/insight", "/desk/emergencies?show=all", "/desk/people/duplicates"}
	}
	return []string{"/desk", "/desk/settings", "/desk/settings/changes", "/desk/red-flags", "/desk/red-flags/new", "/desk/customers/import"}
}

// sight opens everything that can be opened.
func (w *world) sight(t *testing.T) (visits []visit, forms []form) {
	t.Helper()
	for _, who := range slices.Concat(staff, []string{customerUser}) {
		v, f, failed := w.crawl(who, w.from(who)...)
		visits, forms = append(visits, v...), append(forms, f...)
		for _, why := range failed {
			t.Errorf("%s cannot open %s", who, why)
		}
	}
	return visits, forms
}

func TestNoRouteAsksForMoreThanItsLine(t *testing.T) {
	tp := newTape()
	w := newSQLite(t, t.TempDir(), tp)
	if err := w.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	visits, _ := w.sight(t)
	if len(visits) < 200 {
		t.Errorf("only %d pages were opened", len(visits))
	}
	compare(t, w, tp)
}

// compare holds what was measured against the table, route by route.
func compare(t *testing.T, w *world, tp *tape) {
	t.Helper()
	ran := tp.lines()
	if *update {
		var b bytes.Buffer
		if err := Write(&b, ran); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(table, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
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
	for _, route := range w.routes.all {
		line, ok := declared[route]
		now, measured := ran[route]
		switch {
		case notCounted[route] != "":
			continue
		case !ok && strings.HasPrefix(route, "GET /desk") && !strings.Contains(made, route+"\n"):
			t.Errorf("%s has no line in %s: say how many statements it may run", route, table)
		case !measured:
			continue
		}
		over, under := Compare(route, line, now)
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
