package casefile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kit/db"
)

// predicate builds the condition of a list. Every list walks one index that is
// led by the organisation, in the order in which it is shown.
type predicate struct {
	text strings.Builder
	args []any
}

// add puts a condition behind the others; each %s is the place of an argument.
func (p *predicate) add(cond string, args ...any) {
	marks := make([]any, len(args))
	for i, a := range args {
		p.args = append(p.args, a)
		marks[i] = fmt.Sprintf("$%d", len(p.args))
	}
	fmt.Fprintf(&p.text, " AND "+cond, marks...)
}

// where says which cases of an organisation a filter is about. The statement
// itself names the organisation, as $1; the conditions follow it.
func (p *predicate) where(org string, f Filter) {
	p.args = append(p.args, org)
	if f.Closed {
		p.add(`closed_at IS NOT NULL`)
	} else {
		p.add(`closed_at IS NULL`)
	}
	if f.Owner != "" {
		p.add(`owner_id = %s`, f.Owner)
	}
	if f.Team != "" {
		p.add(`team_id = %s`, f.Team)
	}
	if f.Kind != "" {
		p.add(`next_kind = %s`, f.Kind)
	}
	if f.Person != "" {
		p.add(`case_id IN (`+ofPerson("%[1]s")+`)`, f.Person)
	}
	switch f.Lane {
	case LaneSoon:
		// What falls due soon, and what the watch says is at risk today.
		p.add(`next_due < %s AND (next_due <= %s AND next_kind <> 'closing' OR EXISTS (SELECT 1 FROM promise r
			WHERE r.org_id = case_file.org_id AND r.case_id = case_file.case_id AND r.state = 'open' AND r.risk >= 2 AND r.due_at < %[1]s))`,
			f.Tomorrow, f.SoonBy)
	case LaneWaiting:
		p.add(`waiting_by IS NOT NULL`)
	case LaneBack:
		p.add(`came_back > 0`)
	case LaneUrgent:
		p.add(`urgent = 1`)
	}
	if !f.OpenedBefore.IsZero() {
		p.add(`opened_at < %s`, f.OpenedBefore)
	}
	if !f.OpenedAfter.IsZero() {
		p.add(`opened_at > %s`, f.OpenedAfter)
	}
}

// column and direction by which a list is ordered.
func (f Filter) column() (name string, down bool) {
	switch {
	case f.Closed:
		return "closed_at", true
	case f.Order == OrderOldest:
		return "opened_at", false
	case f.Order == OrderNewest:
		return "opened_at", true
	}
	return "next_due", false
}

// cutText is the one statement of a page: limit rows beyond a mark, forwards or
// backwards.
func cutText(org string, f Filter, from Mark, back bool, limit int) (string, []any) {
	var p predicate
	p.where(org, f)
	col, down := f.column()
	if back {
		down = !down
	}
	sign, way := ">", "ASC"
	if down {
		sign, way = "<", "DESC"
	}
	if from.ID != "" {
		p.add(`(`+col+`, case_id) `+sign+` (%s, %s)`, from.At, from.ID)
	}
	p.args = append(p.args, limit)
	return `SELECT ` + caseColumns + ` FROM case_file WHERE org_id = $1` + p.text.String() +
		fmt.Sprintf(` ORDER BY %s %s, case_id %s LIMIT $%d`, col, way, way, len(p.args)), p.args
}

// Cut gives a part of a list in its order: at most limit cases after a mark,
// or with back before it. The zero mark is the beginning.
func Cut(q db.Q, org string, f Filter, from Mark, back bool, limit int) ([]Case, error) {
	text, args := cutText(org, f, from, back, limit)
	list, err := db.Select[Case](q, text, args...)
	if back {
		slices.Reverse(list)
	}
	return list, err
}

// List gives cases by next due time (open) or newest end (closed), after a
// cursor: the time and id of the last one seen.
func List(q db.Q, org string, f Filter, after time.Time, afterID string, limit int) ([]Case, error) {
	return Cut(q, org, f, Mark{after, afterID}, false, limit)
}

// MostCounted is how far lists are counted: beyond it a number says nothing
// that anybody acts on.
const MostCounted = 1000

type counted struct {
	Name string `db:"name"`
	N    int    `db:"n"`
}

// tallyText counts several filters in one statement, each up to MostCounted.
func tallyText(org string, filters map[string]Filter) (string, []any) {
	names := make([]string, 0, len(filters))
	for name := range filters {
		names = append(names, name)
	}
	slices.Sort(names)
	parts := make([]string, 0, len(names))
	args := []any{}
	for _, name := range names {
		var p predicate
		p.where(org, filters[name])
		// The arguments of each part follow those of the parts before it.
		text, first := renumber(p.text.String(), len(args)), len(args)+1
		args = append(args, p.args...)
		args = append(args, name)
		parts = append(parts, fmt.Sprintf(`SELECT CAST($%d AS TEXT) AS name, COUNT(*) AS n FROM (SELECT 1 AS one FROM case_file WHERE org_id = $%d`, len(args), first)+
			text+fmt.Sprintf(` LIMIT %d) x`, MostCounted))
	}
	return strings.Join(parts, " UNION ALL "), args
}

// Tally counts the cases of several filters, each up to MostCounted.
func Tally(q db.Q, org string, filters map[string]Filter) (map[string]int, error) {
	out := map[string]int{}
	if len(filters) == 0 {
		return out, nil
	}
	text, args := tallyText(org, filters)
	list, err := db.Select[counted](q, text, args...)
	for _, c := range list {
		out[c.Name] = c.N
	}
	return out, err
}

// renumber moves the places of arguments up by n.
func renumber(text string, n int) string {
	if n == 0 {
		return text
	}
	return marks.ReplaceAllStringFunc(text, func(m string) string {
		var i int
		_, _ = fmt.Sscanf(m, "$%d", &i)
		return fmt.Sprintf("$%d", i+n)
	})
}
