package casefile

import (
	"strings"

	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

// OpenOf implements person.Cases: how many open questions are about some
// customers or asked by them, with those of whom was merged into them.
func (Rows) OpenOf(q db.Q, org string, people []string) (map[string]int, error) {
	out := map[string]int{}
	for _, id := range people {
		n, err := db.Get[int64](q, `SELECT COUNT(*) FROM case_file WHERE org_id = $1 AND closed_at IS NULL AND case_id IN (`+ofPerson("$2")+`)`, org, id)
		if err != nil {
			return nil, err
		}
		out[id] = int(n)
	}
	return out, nil
}

// PeopleOf implements person.Cases: whom the case with a number is about, and
// who asked.
func (Rows) PeopleOf(q db.Q, org string, number int64) ([]string, error) {
	c, err := ByNumber(q, org, number)
	if errs.ClassOf(err) == errs.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if c.Asker == c.Person {
		return []string{c.Person}, nil
	}
	return []string{c.Asker, c.Person}, nil
}

// ofPerson gives the ids of the cases about a customer or asked by them.
func ofPerson(mark string) string {
	same := person.SameIDs(mark)
	return strings.Join([]string{`SELECT b.case_id FROM case_file b WHERE b.org_id = $1 AND b.person_id IN (` + same + `)`,
		`SELECT b.case_id FROM case_file b WHERE b.org_id = $1 AND b.asker_id IN (` + same + `)`}, " UNION ")
}

var _ person.Cases = Rows{}
