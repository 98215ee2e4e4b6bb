package person

import (
	"fmt"
	"strings"

	"github.com/houvast/houvast/internal/kit/db"
)

type termRow struct {
	Org    string `db:"org_id"`
	Term   string `db:"term"`
	Person string `db:"person_id"`
}

// found is a hit: the term says where the next page begins.
type found struct {
	Term   string `db:"term"`
	Person string `db:"person_id"`
}

// findAny gives who fits one of several ways to read what was typed, which are
// in the order of their first words; everybody once.
func findAny(q db.Q, org string, ways [][]string, term, person string, limit int) (hits []found, err error) {
	for i, words := range ways {
		if term >= past(words[0]) || len(hits) >= limit {
			continue
		}
		more, err := find(q, org, words, ways[:i], term, person, limit-len(hits))
		if err != nil {
			return nil, err
		}
		hits = append(hits, more...)
	}
	return hits, nil
}

// find walks the index of terms that begin with the first word, in order, and
// keeps the persons who have a term for each other word. A person with two
// such terms is given once, at the lowest; who fits an earlier way not at all.
func find(q db.Q, org string, words []string, earlier [][]string, term, person string, limit int) ([]found, error) {
	if term < words[0] { // every term that begins with the word sorts after the word alone
		term, person = words[0], ""
	}
	args := []any{org, words[0], past(words[0]), term, person, limit}
	var b strings.Builder
	b.WriteString(`SELECT t.term, t.person_id FROM person_term t
		JOIN person p ON p.org_id = t.org_id AND p.person_id = t.person_id
		WHERE t.org_id = $1 AND (t.term, t.person_id) > ($4, $5) AND t.term < $3 AND p.merged_into IS NULL
		AND NOT EXISTS (SELECT 1 FROM person_term o WHERE o.org_id = t.org_id AND o.person_id = t.person_id AND o.term >= $2 AND o.term < t.term)`)
	having := func(not, word string) {
		args = append(args, word, past(word))
		fmt.Fprintf(&b, ` AND %sEXISTS (SELECT 1 FROM person_term o WHERE o.org_id = t.org_id AND o.person_id = t.person_id
			AND o.term >= $%d AND o.term < $%d)`, not, len(args)-1, len(args))
	}
	for _, w := range words[1:] {
		having("", w)
	}
	for _, way := range earlier {
		having("NOT ", way[0])
	}
	b.WriteString(` ORDER BY t.term, t.person_id LIMIT $6`)
	return db.Select[found](q, b.String(), args...)
}

// past is the end of the range of texts that begin with s.
func past(s string) string { return s + "\U0010FFFF" }
