package budget

import (
	"strings"
	"testing"
)

// The judge finds what reads too much, and lets go what does not.
func TestPlansAreJudged(t *testing.T) {
	s := Schema{
		Columns: map[string][]string{"promise": {"org_id", "promise_id", "case_id", "state", "due_at"}, "team": {"org_id", "team_id", "name"}},
		Indexes: map[string]Index{"promise_pkey": {Table: "promise"}, "promise_due": {Table: "promise", Where: "state = 'open'"}, "promise_look": {Table: "promise"}, "team_name": {Table: "team"}},
		Bounded: map[string]string{"team": "few"},
	}
	const ofCase = `SELECT p.promise_id FROM promise p WHERE p.org_id = $1 AND p.case_id = $2 AND p.state = 'open' ORDER BY p.due_at LIMIT 1`
	const firstDue = `SELECT promise_id FROM promise WHERE org_id = $1 AND state = 'open' ORDER BY due_at LIMIT $2`
	const count = `SELECT COUNT(*) FROM promise WHERE org_id = $1 AND state = 'open'`
	for _, x := range []struct {
		name, text, plan, want string
		postgres               bool
	}{
		{"the whole table", firstDue, "SCAN promise", "reads the whole table", false},
		{"all open ones for one case", ofCase, "SEARCH p USING INDEX promise_due (org_id=?)", "looks for case_id", false},
		{"the first in order", firstDue, "SEARCH promise USING INDEX promise_due (org_id=?)", "", false},
		{"all of them to sort", firstDue, "SEARCH promise USING INDEX promise_pkey (org_id=?)\nUSE TEMP B-TREE FOR ORDER BY", "looks for state", false},
		{"a count of all", count, "SEARCH promise USING COVERING INDEX promise_due (org_id=?)", "without a limit", false},
		{"one row", ofCase, "SEARCH p USING INDEX promise_pkey (org_id=? AND promise_id=?)", "", false},
		{"an index of its own", firstDue, "SEARCH promise USING AUTOMATIC COVERING INDEX (org_id=?)", "for this statement alone", false},
		{"the next moment", `SELECT MIN(due_at) FROM promise`, "SEARCH promise USING COVERING INDEX promise_look (due_at>?)", "", false},
		{"few teams", `SELECT name FROM team WHERE org_id = $1`, "SCAN team", "", false},
		{"the whole table", firstDue, "Limit\n  ->  Seq Scan on promise\n        Filter: (org_id = 'o'::text)", "reads the whole table", true},
		{"all open ones for one case", ofCase, "Limit\n  ->  Index Scan using promise_due on promise p\n        Index Cond: (org_id = 'o'::text)\n        Filter: (case_id = 'c'::text)", "looks for case_id", true},
		{"the first in order", firstDue, "Limit\n  ->  Index Scan Backward using promise_due on promise\n        Index Cond: (org_id = 'o'::text)", "", true},
		{"all of them to sort", firstDue, "Limit\n  ->  Sort\n        ->  Index Scan using promise_due on promise\n              Index Cond: (org_id = 'o'::text)", "sorts all", true},
		{"by bitmap", count, "Aggregate\n  ->  Bitmap Heap Scan on promise\n        ->  Bitmap Index Scan on promise_due\n              Index Cond: (org_id = 'o'::text)", "without a limit", true},
		{"one row", ofCase, "Index Scan using promise_pkey on promise p\n  Index Cond: ((org_id = 'o'::text) AND (promise_id = 'p'::text))", "", true},
		{"few teams", `SELECT name FROM team WHERE org_id = $1`, "Seq Scan on team", "", true},
	} {
		judge := s.JudgeSQLite
		if x.postgres {
			judge = s.JudgePostgres
		}
		found := judge(x.text, strings.Split(x.plan, "\n"))
		switch {
		case x.want == "" && len(found) > 0:
			t.Errorf("%s: %+v, want nothing", x.name, found)
		case x.want != "" && (len(found) != 1 || !strings.Contains(found[0].Why, x.want)):
			t.Errorf("%s: %+v, want %q", x.name, found, x.want)
		}
	}
}

func TestLinesAreCompared(t *testing.T) {
	over, under := Compare("GET /desk", Line{Statements: 7, Rows: 10, Reads: 2, Writes: 1}, Line{Statements: 9, Rows: 4, Reads: 2, Writes: 1})
	if len(over) != 1 || over[0] != "GET /desk declares 7 statements, ran 9" || len(under) != 1 || under[0] != "GET /desk declares 10 rows, ran 4" {
		t.Errorf("%q, %q", over, under)
	}
	lines := map[string]Line{"GET /desk": {Statements: 7}, "POST /desk/me": {Writes: 1}}
	var b strings.Builder
	if err := Write(&b, lines); err != nil {
		t.Fatal(err)
	}
	if got, err := Read(strings.NewReader(b.String())); err != nil || len(got) != 2 || got["GET /desk"] != lines["GET /desk"] {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := Read(strings.NewReader(`"GET /desk" = { clocks = 1 }`)); err == nil {
		t.Error("a count that there is not was read")
	}
	if a, b := Plain("SELECT a\n FROM b WHERE c IN ($1, $2, $3)"), Plain("SELECT a FROM b WHERE c IN ($1)"); a != b {
		t.Errorf("%q and %q are one statement", a, b)
	}
	if a, b := Plain("INSERT INTO a (b, c) VALUES ($1, $2), ($3, $4)"), Plain("INSERT INTO a (b, c) VALUES ($1, $2)"); a != b {
		t.Errorf("%q and %q are one statement", a, b)
	}
}
