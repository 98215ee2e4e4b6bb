package budget

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// steady are pages on which the number of statements may grow with what they
// show, each with what bounds it. Each statement is one look-up in an index, and
// the bound is far below what a page of a list shows.
var steady = map[string]string{
	"GET /desk/people/{person}": "the newest contact moments of each of the customer's newest cases, of which there are at most ten: twenty of each, put in order afterwards",
	"GET /desk/find":            "the open questions of each customer that was found, of whom there are at most six",
}

// again opens the same addresses once more: no statement may be run for each of
// what a page lists. One or two more is a page that shows something it did not
// before, or a list that is asked for in two parts.
func again(t *testing.T, w *world, visits []visit, before map[visit]cost) {
	t.Helper()
	for _, v := range visits {
		rec := w.sessions[v.who].get(v.path)
		now, was := w.sessions[v.who].last, before[v]
		if rec.Code != was.status {
			t.Errorf("%s %s: %d, and %d before", v.who, v.path, rec.Code, was.status)
			continue
		}
		count := map[string]int{}
		for _, text := range now.texts {
			count[Plain(text)]++
		}
		for _, text := range was.texts {
			count[Plain(text)]--
		}
		var more []string
		for text, n := range count {
			// Who saw what is written for a few records at a time.
			if n > 2 && !strings.HasPrefix(text, "INSERT INTO access_log") {
				more = append(more, fmt.Sprintf("%d times more: %s", n, text))
			}
		}
		slices.Sort(more)
		if len(more) > 0 && steady[now.route] != "" {
			t.Logf("%s opens %s with more, as it may:\n%s", v.who, v.path, strings.Join(more, "\n"))
		} else if len(more) > 0 {
			t.Errorf("%s opens %s with %d statements, and with %d when there is more of everything:\n%s", v.who, v.path, was.Statements, now.Statements, strings.Join(more, "\n"))
		}
	}
}
