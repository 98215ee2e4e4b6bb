package casefile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/houvast/houvast/internal/kit/db"
)

type termRow struct {
	Org    string `db:"org_id"`
	Term   string `db:"term"`
	Number int64  `db:"number"`
}

// index writes what a new case is found by, in the transaction that opens it.
func index(t *db.Tx, c Case) error {
	terms := caseTerms(c.Subject)
	rows := make([]termRow, len(terms))
	for i, term := range terms {
		rows[i] = termRow{c.Org, term, c.Number}
	}
	return db.InsertAll(t, "case_term", rows)
}

// Unfindable takes the words of a case out of the index: whoever erases its
// subject calls it in the same transaction.
func Unfindable(t *db.Tx, org string, number int64) error {
	_, err := t.Exec(`DELETE FROM case_term WHERE org_id = $1 AND number = $2`, org, number)
	return err
}

// countTerms counts how often a word stands in the index, up to a limit.
func countTerms(q db.Q, org string, w span, limit int) (int, error) {
	n, err := db.Get[int64](q, `SELECT COUNT(*) FROM (SELECT 1 AS one FROM case_term
		WHERE org_id = $1 AND term >= $2 AND term < $3 LIMIT $4) x`, org, w.from, w.to, limit)
	return int(n), err
}

// beside are the conditions that a case has other words too. They count, so
// that each is looked up for one case after the other: of EXISTS PostgreSQL
// makes a join over all that have the word. The empty text keeps both databases
// from looking the word up first: the few words of one case are read.
func beside(args *[]any, rest []span) string {
	var b strings.Builder
	for _, w := range rest {
		*args = append(*args, w.from, w.to)
		fmt.Fprintf(&b, ` AND (SELECT COUNT(*) FROM case_term o WHERE o.org_id = t.org_id AND o.number = t.number
			AND o.term || '' >= $%d AND o.term || '' < $%d) > 0`, len(*args)-1, len(*args))
	}
	return b.String()
}

// gather gives the newest of few. The sign keeps both databases from walking
// all cases in their order instead: it makes no use of an index.
func gather(q db.Q, org string, first span, rest []span, limit int) ([]int64, error) {
	text, args := gatherText(org, first, rest, limit)
	return db.Select[int64](q, text, args...)
}

func gatherText(org string, first span, rest []span, limit int) (string, []any) {
	args := []any{org, first.from, first.to, limit}
	return `SELECT number FROM (SELECT DISTINCT +t.number AS number FROM case_term t
		WHERE t.org_id = $1 AND t.term >= $2 AND t.term < $3` + beside(&args, rest) + `) x ORDER BY number DESC LIMIT $4`, args
}

// recent gives the newest cases that have all words, out of the very newest:
// it tries them one by one, and stops when there are enough.
func recent(q db.Q, org string, words []span, among, limit int) ([]int64, error) {
	text, args := recentText(org, words, among, limit)
	return db.Select[int64](q, text, args...)
}

func recentText(org string, words []span, among, limit int) (string, []any) {
	args := []any{org, among, limit}
	return `SELECT t.number FROM case_file t WHERE t.org_id = $1
		AND t.number > (SELECT MAX(m.number) FROM case_file m WHERE m.org_id = $1) - $2` + beside(&args, words) + `
		ORDER BY t.number DESC LIMIT $3`, args
}

// newest gives the newest cases above a number that have a word.
func newest(q db.Q, org, term string, rest []span, above int64, limit int) ([]int64, error) {
	text, args := newestText(org, term, rest, above, limit)
	return db.Select[int64](q, text, args...)
}

func newestText(org, term string, rest []span, above int64, limit int) (string, []any) {
	args := []any{org, term, above, limit}
	return `SELECT t.number FROM case_term t WHERE t.org_id = $1 AND t.term = $2 AND t.number > $3` + beside(&args, rest) +
		` ORDER BY t.number DESC LIMIT $4`, args
}

// lookedTo gives how old the case is that is so many back among those with a
// word; ok says that there are so many.
func lookedTo(q db.Q, org, term string, back int) (int64, bool, error) {
	return db.Find[int64](q, `SELECT number FROM case_term WHERE org_id = $1 AND term = $2 ORDER BY number DESC LIMIT 1 OFFSET $3`, org, term, back)
}

// spellingsText jumps from each word to the next one.
const spellingsText = `WITH RECURSIVE w (term, n) AS (
		SELECT MIN(term), 1 FROM case_term WHERE org_id = $1 AND term >= $2 AND term < $3
		UNION ALL
		SELECT (SELECT MIN(t.term) FROM case_term t WHERE t.org_id = $1 AND t.term > w.term AND t.term < $3), w.n + 1
		FROM w WHERE w.term IS NOT NULL AND w.n < $4)
	SELECT w.term, (SELECT MAX(t.number) FROM case_term t WHERE t.org_id = $1 AND t.term = w.term) AS newest
	FROM w WHERE w.term IS NOT NULL`

// spellings gives the different words of a span with their newest case.
func spellings(q db.Q, org string, w span, limit int) ([]spelled, error) {
	return db.Select[spelled](q, spellingsText, org, w.from, w.to, limit)
}

// byNumbers gives cases in the order of their numbers, newest first.
func byNumbers(q db.Q, org string, numbers []int64) ([]Case, error) {
	args, marks := []any{org}, make([]string, len(numbers))
	for i, n := range numbers {
		args = append(args, n)
		marks[i] = fmt.Sprintf("$%d", i+2)
	}
	list, err := db.Select[Case](q, `SELECT `+caseColumns+` FROM case_file
		WHERE org_id = $1 AND number IN (`+strings.Join(marks, ", ")+`)`, args...)
	slices.SortFunc(list, func(a, b Case) int { return int(b.Number - a.Number) })
	return list, err
}
