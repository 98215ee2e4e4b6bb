package person

import (
	"slices"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/module"
)

var (
	likenessColumns = db.Columns[Likeness]("")
	mergeColumns    = db.Columns[Merging]("")
)

// Same gives the ids of all rows that are one customer, the one that is used
// first: lists by person look for all of them. An id that is not known is only
// itself.
func Same(q db.Q, org, id string) ([]string, error) {
	rows, err := db.Select[sameRow](q, `SELECT 0 AS place, COALESCE(p.merged_into, p.person_id) AS person_id FROM person p
			WHERE p.org_id = $1 AND p.person_id = $2
		UNION ALL SELECT 1 AS place, o.person_id FROM person p JOIN person o ON o.org_id = p.org_id AND o.merged_into = COALESCE(p.merged_into, p.person_id)
			WHERE p.org_id = $1 AND p.person_id = $2
		ORDER BY place, person_id LIMIT 200`, org, id)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return []string{id}, nil
	}
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.Person
	}
	return out, nil
}

type sameRow struct {
	Place  int    `db:"place"`
	Person string `db:"person_id"`
}

// Survivor gives the id under which a customer goes on: their own, or that of
// whom they were merged into.
func Survivor(q db.Q, org, id string) (string, error) {
	p, err := ByID(q, org, id)
	if err == nil && p.MergedInto != "" {
		return p.MergedInto, nil
	}
	return p.ID, err
}

// survivors gives for each id the person under whom it goes on; ids that are
// not there are absent.
func survivors(q db.Q, org string, ids []string) (map[string]Person, error) {
	people, err := ByIDs(q, org, ids)
	if err != nil {
		return nil, err
	}
	var more []string
	for _, p := range people {
		if p.MergedInto != "" {
			more = append(more, p.MergedInto)
		}
	}
	slices.Sort(more)
	live, err := ByIDs(q, org, slices.Compact(more))
	for id, p := range people {
		if p.MergedInto != "" {
			people[id] = live[p.MergedInto]
		}
	}
	return people, err
}

// sameAs gives for each of some people the rows that are they, the one that is
// used first.
func sameAs(q db.Q, org string, people map[string]Person) (map[string][]string, error) {
	out := make(map[string][]string, len(people))
	var heads []string
	for id, p := range people {
		out[id] = []string{orElse(p.MergedInto, id)}
		heads = append(heads, out[id][0])
	}
	slices.Sort(heads)
	rows, err := in[Person](q, `SELECT `+personColumns+` FROM person WHERE org_id = $1 AND merged_into IN (%s) ORDER BY person_id`, slices.Compact(heads), org)
	if err != nil || len(rows) == 0 {
		return out, err
	}
	slices.SortFunc(rows, func(a, b Person) int { return cmpText(a.ID, b.ID) })
	for id, list := range out {
		for _, r := range rows {
			if r.MergedInto == list[0] {
				list = append(list, r.ID)
			}
		}
		out[id] = list
	}
	return out, nil
}

// mergedInto gives the rows that were merged into a person.
func mergedInto(q db.Q, org, id string, limit int) ([]Person, error) {
	return db.Select[Person](q, `SELECT `+personColumns+` FROM person WHERE org_id = $1 AND merged_into = $2 ORDER BY person_id LIMIT $3`, org, id, limit)
}

// lockRow takes one row, also of somebody who was merged.
func lockRow(tx *db.Tx, org, id string) (Person, error) {
	p, ok, err := db.Find[Person](tx, `SELECT `+personColumns+` FROM person WHERE org_id = $1 AND person_id = $2 FOR UPDATE`, org, id)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "person-unknown")
	}
	return p, err
}

// lock takes the row under which a customer goes on: what belongs to one
// person changes one at a time, and new things go to who is used.
func lock(tx *db.Tx, org, id string) (Person, error) {
	p, err := lockRow(tx, org, id)
	if err == nil && p.MergedInto != "" {
		p, err = lockRow(tx, org, p.MergedInto)
	}
	return p, err
}

// lockTwo locks two customers, always in the same order.
func lockTwo(tx *db.Tx, org, a, b string) (one, two Person, err error) {
	if a, err = Survivor(tx, org, a); err != nil {
		return one, two, err
	}
	if b, err = Survivor(tx, org, b); err != nil {
		return one, two, err
	}
	if b < a {
		two, one, err = lockTwo(tx, org, b, a)
		return one, two, err
	}
	if one, err = lock(tx, org, a); err != nil {
		return one, two, err
	}
	two, err = lock(tx, org, b)
	return one, two, err
}

func setMergedInto(tx *db.Tx, p Person, into string) error {
	return db.Changed(tx.Exec(`UPDATE person SET merged_into = $3, version = version + 1 WHERE org_id = $1 AND person_id = $2 AND version = $4`,
		p.Org, p.ID, db.Null(into), p.Version))
}

// openMerging gives how somebody came to be merged.
func openMerging(q db.Q, org, person string) (Merging, bool, error) {
	return db.Find[Merging](q, `SELECT `+mergeColumns+` FROM person_merge WHERE org_id = $1 AND person_id = $2 AND undone_at IS NULL`, org, person)
}

// mergingsInto gives who was merged into a person and still is.
func mergingsInto(q db.Q, org, into string) ([]Merging, error) {
	return db.Select[Merging](q, `SELECT `+mergeColumns+` FROM person_merge
		WHERE org_id = $1 AND into_id = $2 AND undone_at IS NULL ORDER BY merge_id DESC LIMIT 50`, org, into)
}

func endMerging(tx *db.Tx, m Merging) error {
	_, err := tx.Exec(`UPDATE person_merge SET undone_at = $3, undone_by = $4 WHERE org_id = $1 AND merge_id = $2 AND undone_at IS NULL`,
		m.Org, m.ID, m.UndoneAt, m.UndoneBy)
	return err
}

// likenessesOf gives who is like a person, of all states.
func likenessesOf(q db.Q, org, id string) ([]Likeness, error) {
	return db.Select[Likeness](q, `SELECT `+likenessColumns+` FROM likeness WHERE org_id = $1 AND person_id = $2
		UNION ALL SELECT `+likenessColumns+` FROM likeness WHERE org_id = $1 AND other_id = $2 ORDER BY like_id DESC LIMIT 500`, org, id)
}

// likenesses gives the pairs that somebody should look at, newest first,
// before one of them. Who was merged is not looked at again.
func likenesses(q db.Q, org, before string, limit int) ([]Likeness, error) {
	return db.Select[Likeness](q, `SELECT `+db.Columns[Likeness]("l.")+` FROM likeness l
		JOIN person a ON a.org_id = l.org_id AND a.person_id = l.person_id
		JOIN person b ON b.org_id = l.org_id AND b.person_id = l.other_id
		WHERE l.org_id = $1 AND l.state = 'maybe' AND l.like_id < $2 AND a.merged_into IS NULL AND b.merged_into IS NULL
		ORDER BY l.like_id DESC LIMIT $3`, org, before, limit)
}

func likenessBetween(q db.Q, org, a, b string) (Likeness, bool, error) {
	return db.Find[Likeness](q, `SELECT `+likenessColumns+` FROM likeness WHERE org_id = $1 AND person_id = $2 AND other_id = $3`,
		org, min(a, b), max(a, b))
}

func setLikeness(tx *db.Tx, l Likeness) error {
	_, err := tx.Exec(`UPDATE likeness SET why = $3, state = $4, by_member = $5 WHERE org_id = $1 AND like_id = $2`,
		l.Org, l.ID, l.Why, string(l.State), db.Null(l.ByMember))
	return err
}

// dropLikeness forgets that two people may be one: now they are known not to.
func dropLikeness(tx *db.Tx, org, a, b string) error {
	_, err := tx.Exec(`DELETE FROM likeness WHERE org_id = $1 AND person_id = $2 AND other_id = $3 AND state = 'maybe'`, org, min(a, b), max(a, b))
	return err
}

// looksAt sums up who looked at a record, the last ones first, since a moment.
func looksAt(q db.Q, org, person string, since time.Time, limit int) ([]Look, error) {
	from := int64(0)
	if !since.IsZero() {
		from = since.UnixMilli()
	}
	return db.Select[Look](q, `SELECT actor_kind, actor_id, MAX(at) AS last_at, COUNT(*) AS times FROM access_log
		WHERE org_id = $1 AND kind = 'person' AND record_id = $2 AND at >= $3
		GROUP BY actor_kind, actor_id ORDER BY MAX(at) DESC, actor_id LIMIT $4`, org, person, from, limit)
}

func cmpText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// CheckMerged looks for customers merged in a chain, or of whom nobody said
// that they are one: everything of them would not come together.
func CheckMerged(q db.Q) (rows int64, wrong []string, err error) {
	return module.CountAndList(q, `SELECT COUNT(*) FROM person WHERE merged_into IS NOT NULL`,
		`SELECT p.person_id FROM person p WHERE p.merged_into IS NOT NULL AND (
			EXISTS (SELECT 1 FROM person o WHERE o.org_id = p.org_id AND o.person_id = p.merged_into AND o.merged_into IS NOT NULL)
			OR NOT EXISTS (SELECT 1 FROM person_merge m WHERE m.org_id = p.org_id AND m.person_id = p.person_id
				AND m.into_id = p.merged_into AND m.undone_at IS NULL)) ORDER BY p.person_id`)
}

// SameIDs is Same inside a statement of which $1 is the organisation and mark
// stands for a customer: "person_id IN (" + SameIDs("$2") + ")".
func SameIDs(mark string) string {
	return `SELECT COALESCE(same_a.merged_into, same_a.person_id) FROM person same_a WHERE same_a.org_id = $1 AND same_a.person_id = ` + mark +
		` UNION ALL SELECT same_c.person_id FROM person same_b JOIN person same_c ON same_c.org_id = same_b.org_id
			AND same_c.merged_into = COALESCE(same_b.merged_into, same_b.person_id) WHERE same_b.org_id = $1 AND same_b.person_id = ` + mark
}
