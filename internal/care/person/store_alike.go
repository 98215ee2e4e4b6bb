package person

import (
	"fmt"
	"strings"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/ledger"
)

// mostAlike bounds how many customers are alike in one look: where hundreds
// share a phone number and a name it is not a person's.
const mostAlike = 2000

// alikes finds by terms, 200 at a time, whose column is one of some values.
func alikes(q db.Q, org string, terms []string, column string, values []string) ([]Alike, error) {
	return inBoth(q, `SELECT t.term, t.person_id, p.search, p.birth_date FROM person_term t
		JOIN person p ON p.org_id = t.org_id AND p.person_id = t.person_id
		WHERE t.org_id = $1 AND t.term IN (%s) AND p.`+column+` IN (%s) AND p.merged_into IS NULL
		ORDER BY t.person_id LIMIT $2`, org, terms, values)
}

func addressed(q db.Q, org string, addresses, names []string) ([]Alike, error) {
	return inBoth(q, `SELECT c.value AS term, c.person_id, p.search, p.birth_date FROM contact_point c
		JOIN person p ON p.org_id = c.org_id AND p.person_id = c.person_id
		WHERE c.org_id = $1 AND c.value IN (%s) AND p.search IN (%s) AND c.kind = 'post' AND p.merged_into IS NULL
		ORDER BY c.person_id LIMIT $2`, org, addresses, names)
}

// inBoth runs a query with two lists, 200 of each at a time.
func inBoth(q db.Q, text, org string, first, second []string) (out []Alike, err error) {
	for a := 0; a < len(first); a += 200 {
		for b := 0; b < len(second); b += 200 {
			args := []any{org, mostAlike}
			marks := func(list []string) string {
				var m []string
				for _, s := range list {
					args = append(args, s)
					m = append(m, fmt.Sprintf("$%d", len(args)))
				}
				return strings.Join(m, ", ")
			}
			one, two := marks(first[a:min(a+200, len(first))]), marks(second[b:min(b+200, len(second))])
			rows, err := db.Select[Alike](q, fmt.Sprintf(text, one, two), args...)
			if err != nil {
				return nil, err
			}
			out = append(out, rows...)
		}
	}
	return out, nil
}

// Remove takes a customer out of the house who was added by mistake and whom
// nobody used: of whom no more facts tell than so many, who never changed, is
// nobody's survivor and stands by nobody. Anybody else is refused with
// "person-used". What facts tell of them stays, without what they are called.
// A row of another capability that names the customer makes the transaction
// fail: the caller bears that.
func Remove(tx *db.Tx, who actor.Actor, id string, facts int64, data map[string]any) error {
	p, err := lock(tx, who.Org, id)
	if err != nil {
		return err
	}
	told, err := ledger.OfPerson(tx, who.Org, id, "", int(facts)+1)
	if err != nil {
		return err
	}
	others, err := db.Get[int64](tx, `SELECT COUNT(*) FROM representation WHERE org_id = $1 AND (person_id = $2 OR by_person_id = $2)`, who.Org, id)
	if err != nil {
		return err
	}
	merged, err := db.Get[int64](tx, `SELECT COUNT(*) FROM person WHERE org_id = $1 AND merged_into = $2`, who.Org, id)
	if err != nil {
		return err
	}
	if int64(len(told)) > facts || p.Version != 1 || p.MergedInto != "" || others+merged > 0 {
		return errs.New(errs.Conflict, "person-used")
	}
	for _, f := range told {
		if err := ledger.Erase(tx, who.Org, f.ID); err != nil {
			return err
		}
	}
	for _, text := range []string{
		`DELETE FROM likeness WHERE org_id = $1 AND (person_id = $2 OR other_id = $2)`,
		`DELETE FROM person_term WHERE org_id = $1 AND person_id = $2`,
		`DELETE FROM contact_point WHERE org_id = $1 AND person_id = $2`,
		`DELETE FROM matter WHERE org_id = $1 AND person_id = $2 AND ended_at IS NULL`, // one that ended is a fact: they were used
		`DELETE FROM person WHERE org_id = $1 AND person_id = $2`,
	} {
		if _, err := tx.Exec(text, who.Org, id); err != nil {
			return err
		}
	}
	tx.Emit(db.Fact{Org: who.Org, Kind: fact.PersonRemoved, Person: id, By: who, Data: data})
	return nil
}
