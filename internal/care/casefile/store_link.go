package casefile

import (
	"fmt"
	"strings"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

// places adds values to the arguments of a statement and gives their marks.
func places(args *[]any, values []string) string {
	list := make([]string, len(values))
	for i, v := range values {
		*args = append(*args, v)
		list[i] = fmt.Sprintf("$%d", len(*args))
	}
	return strings.Join(list, ", ")
}

// linksOf gives the cases that a case has to do with, the newest first.
func linksOf(q db.Q, org, caseID string) ([]Related, error) {
	return db.Select[Related](q, `SELECT l.case_b AS case_id, l.why, l.by, l.at FROM case_link l WHERE l.org_id = $1 AND l.case_a = $2
		UNION ALL SELECT l.case_a AS case_id, l.why, l.by, l.at FROM case_link l WHERE l.org_id = $1 AND l.case_b = $2
		ORDER BY 4 DESC, 1 LIMIT 50`, org, caseID)
}

// mergedHere gives the cases that go on in a case.
func mergedHere(q db.Q, org, caseID string) ([]Case, error) {
	return db.Select[Case](q, `SELECT `+caseColumns+` FROM case_file WHERE org_id = $1 AND merged_into = $2 ORDER BY closed_at, case_id LIMIT 50`, org, caseID)
}

type linkRow struct {
	Org string `db:"org_id"`
	A   string `db:"case_a"`
	B   string `db:"case_b"`
	Why string `db:"why"`
	By  string `db:"by"`
	At  int64  `db:"at"`
}

func insertLink(t *db.Tx, l linkRow) error {
	err := db.Insert(t, "case_link", l)
	if db.Violates(err, db.Unique) {
		err = errs.New(errs.Conflict, "linked-already").Wrap(err)
	}
	return err
}

func deleteLink(t *db.Tx, org, a, b string) error {
	n, err := t.Exec(`DELETE FROM case_link WHERE org_id = $1 AND case_a = $2 AND case_b = $3`, org, a, b)
	if err == nil && n == 0 {
		err = errs.New(errs.NotFound, "link-not-found")
	}
	return err
}

// mergeRow closes a case because its question goes on in another.
func mergeRow(t *db.Tx, c Case, into string) error {
	if err := closeRow(t, c, Merged); err != nil {
		return err
	}
	_, err := t.Exec(`UPDATE case_file SET merged_into = $3 WHERE org_id = $1 AND case_id = $2`, c.Org, c.ID, into)
	return err
}

// atLeastBroken keeps the count of breaks in a row of a case that took in
// another one with more.
func atLeastBroken(t *db.Tx, c Case, inARow int) error {
	_, err := t.Exec(`UPDATE case_file SET breaks_in_row = $3 WHERE org_id = $1 AND case_id = $2 AND breaks_in_row < $3`, c.Org, c.ID, inARow)
	return err
}
