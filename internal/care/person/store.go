package person

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

var (
	personColumns         = db.Columns[Person]("")
	pointColumns          = db.Columns[ContactPoint]("")
	matterColumns         = db.Columns[Matter]("")
	representationColumns = db.Columns[Representation]("")
)

// ByID gives a person.
func ByID(q db.Q, org, id string) (Person, error) {
	return db.Once(q, "person", org+id, func() (Person, error) {
		p, ok, err := db.Find[Person](q, `SELECT `+personColumns+` FROM person WHERE org_id = $1 AND person_id = $2`, org, id)
		if err == nil && !ok {
			err = errs.New(errs.NotFound, "person-unknown")
		}
		return p, err
	})
}

// BirthDateIs says whether a person was born on a day, written 1984-03-02. It
// is false when the day is not known.
func BirthDateIs(q db.Q, org, id, date string) (bool, error) {
	p, err := ByID(q, org, id)
	if err == nil && p.MergedInto != "" { // the row that is used says it
		p, err = ByID(q, org, p.MergedInto)
	}
	return err == nil && p.BirthDate != "" && subtle.ConstantTimeCompare([]byte(p.BirthDate), []byte(date)) == 1, err
}

func updatePerson(tx *db.Tx, p Person) error {
	return db.Changed(tx.Exec(`UPDATE person SET kind = $3, name = $4, call_name = $5, birth_date = $6, language = $7, search = $8,
		deceased_at = $9, version = version + 1 WHERE org_id = $1 AND person_id = $2 AND version = $10`,
		p.Org, p.ID, string(p.Kind), p.Name, db.Null(p.CallName), db.Null(p.BirthDate), p.Language, p.Search, p.DeceasedAt, p.Version))
}

// index writes what a person is found by: their own terms, and those of the
// rows that were merged into them. Of a merged row the one that is used is
// written too.
func index(tx *db.Tx, p Person, points []ContactPoint) error {
	if p.MergedInto != "" {
		if err := writeTerms(tx, p, Terms(p, points)); err != nil {
			return err
		}
		return reindex(tx, p.Org, p.MergedInto)
	}
	terms := Terms(p, points)
	under, err := mergedInto(tx, p.Org, p.ID, 200)
	if err != nil {
		return err
	}
	for _, m := range under {
		own, err := ownPoints(tx, m.Org, m.ID)
		if err != nil {
			return err
		}
		terms = append(terms, Terms(m, own)...)
	}
	slices.Sort(terms)
	return writeTerms(tx, p, slices.Compact(terms))
}

// indexNew is index for somebody who was added just now.
func indexNew(tx *db.Tx, p Person, points []ContactPoint) error {
	return addTerms(tx, p, Terms(p, points))
}

// reindex writes the terms of a person as they are in the store.
func reindex(tx *db.Tx, org, id string) error {
	p, err := ByID(tx, org, id)
	if err != nil {
		return err
	}
	own, err := ownPoints(tx, org, id)
	if err != nil {
		return err
	}
	return index(tx, p, own)
}

func writeTerms(tx *db.Tx, p Person, terms []string) error {
	if _, err := tx.Exec(`DELETE FROM person_term WHERE org_id = $1 AND person_id = $2`, p.Org, p.ID); err != nil {
		return err
	}
	return addTerms(tx, p, terms)
}

func addTerms(tx *db.Tx, p Person, terms []string) error {
	rows := make([]termRow, len(terms))
	for i, t := range terms {
		rows[i] = termRow{p.Org, t, p.ID}
	}
	return db.InsertAll(tx, "person_term", rows)
}

// newest gives people, those added last first.
func newest(q db.Q, org, before string, limit int) ([]found, error) {
	return db.Select[found](q, `SELECT '' AS term, person_id FROM person
		WHERE org_id = $1 AND person_id < $2 AND merged_into IS NULL ORDER BY person_id DESC LIMIT $3`, org, before, limit)
}

// ByIDs gives people by id; ids that are not there are absent.
func ByIDs(q db.Q, org string, ids []string) (map[string]Person, error) {
	rows, err := in[Person](q, `SELECT `+personColumns+` FROM person WHERE org_id = $1 AND person_id IN (%s)`, ids, org)
	out := make(map[string]Person, len(rows))
	for _, p := range rows {
		out[p.ID] = p
	}
	return out, err
}

// in runs a query with a list of ids in place of %s, 200 at a time; the other
// arguments have the numbers before those of the ids.
func in[T any](q db.Q, text string, ids []string, args ...any) ([]T, error) {
	var out []T
	for len(ids) > 0 {
		n := min(len(ids), 200)
		all, marks := append([]any(nil), args...), make([]string, n)
		for i, s := range ids[:n] {
			all = append(all, s)
			marks[i] = fmt.Sprintf("$%d", len(all))
		}
		rows, err := db.Select[T](q, fmt.Sprintf(text, strings.Join(marks, ", ")), all...)
		if err != nil {
			return nil, err
		}
		out, ids = append(out, rows...), ids[n:]
	}
	return out, nil
}

// PointByID gives a contact point.
func PointByID(q db.Q, org, id string) (ContactPoint, error) {
	c, ok, err := db.Find[ContactPoint](q, `SELECT `+pointColumns+` FROM contact_point WHERE org_id = $1 AND point_id = $2`, org, id)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "contact-point-unknown")
	}
	return c, err
}

// PointsByIDs gives several contact points by their ids; one that is not there
// is missing.
func PointsByIDs(q db.Q, org string, ids []string) (map[string]ContactPoint, error) {
	rows, err := in[ContactPoint](q, `SELECT `+pointColumns+` FROM contact_point WHERE org_id = $1 AND point_id IN (%s)`, ids, org)
	out := make(map[string]ContactPoint, len(rows))
	for _, c := range rows {
		out[c.ID] = c
	}
	return out, err
}

// Points gives the contact points of a customer in the order of preference.
// Those of rows that were merged come after; the rank is the place in the list.
func Points(q db.Q, org, person string) ([]ContactPoint, error) {
	same, err := Same(q, org, person)
	if err != nil || len(same) == 1 {
		own, err2 := ownPoints(q, org, person)
		return own, errors.Join(err, err2)
	}
	all, err := in[ContactPoint](q, `SELECT `+pointColumns+` FROM contact_point
		WHERE org_id = $1 AND person_id IN (%s) ORDER BY person_id, rank LIMIT 500`, same, org)
	return together(all, same), err
}

// ownPoints gives the contact points of one row.
func ownPoints(q db.Q, org, person string) ([]ContactPoint, error) {
	return db.Select[ContactPoint](q, `SELECT `+pointColumns+` FROM contact_point
		WHERE org_id = $1 AND person_id = $2 ORDER BY rank LIMIT 100`, org, person)
}

// together puts the contact points of rows that are one customer in one list.
// The same one counts once; refused in one is refused.
func together(all []ContactPoint, same []string) []ContactPoint {
	var out []ContactPoint
	for _, id := range same {
		for _, c := range all {
			if c.Person != id {
				continue
			}
			at := slices.IndexFunc(out, func(o ContactPoint) bool { return o.Kind == c.Kind && o.Value == c.Value })
			if at >= 0 {
				out[at].Refused = out[at].Refused || c.Refused
				continue
			}
			c.Rank = len(out) + 1
			out = append(out, c)
		}
	}
	return out
}

// WithValue gives the ids of the people who have a contact point with a
// normalised value, at most 20: for an incoming call or message. More than one
// only suggests a household.
func WithValue(q db.Q, org, value string) ([]string, error) {
	return db.Select[string](q, `SELECT DISTINCT COALESCE(p.merged_into, c.person_id) AS person_id FROM contact_point c
		JOIN person p ON p.org_id = c.org_id AND p.person_id = c.person_id
		WHERE c.org_id = $1 AND c.value = $2 AND c.usable = 1 ORDER BY 1 LIMIT 20`, org, value)
}

func updatePoint(tx *db.Tx, c ContactPoint) error {
	hours, err := json.Marshal(c.Hours)
	if err != nil {
		return err
	}
	return db.Changed(tx.Exec(`UPDATE contact_point SET label = $3, hours = $4, refused = $5, verified_at = $6, usable = $7,
		version = version + 1 WHERE org_id = $1 AND point_id = $2 AND version = $8`,
		c.Org, c.ID, db.Null(c.Label), string(hours), c.Refused, c.VerifiedAt, c.Usable, c.Version))
}

// rerank writes a new order. All ranks go out of the way first, because no two
// points of a person may have the same one, not even for a moment.
func rerank(tx *db.Tx, org, person string, ids []string) error {
	if _, err := tx.Exec(`UPDATE contact_point SET rank = -rank WHERE org_id = $1 AND person_id = $2`, org, person); err != nil {
		return err
	}
	for i, id := range ids {
		if _, err := tx.Exec(`UPDATE contact_point SET rank = $3 WHERE org_id = $1 AND point_id = $2`, org, id, int64(i+1)); err != nil {
			return err
		}
	}
	return nil
}

func lockMatter(tx *db.Tx, org, id string) (Matter, error) {
	m, ok, err := db.Find[Matter](tx, `SELECT `+matterColumns+` FROM matter WHERE org_id = $1 AND matter_id = $2 FOR UPDATE`, org, id)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "matter-unknown")
	}
	return m, err
}

func endMatter(tx *db.Tx, m Matter, at time.Time) error {
	_, err := tx.Exec(`UPDATE matter SET ended_at = $3 WHERE org_id = $1 AND matter_id = $2`, m.Org, m.ID, at)
	return err
}

func openRepresentation(tx *db.Tx, org, person, by string) (Representation, bool, error) {
	return db.Find[Representation](tx, `SELECT `+representationColumns+` FROM representation
		WHERE org_id = $1 AND person_id = $2 AND by_person_id = $3 AND until IS NULL FOR UPDATE`, org, person, by)
}

func representationByID(tx *db.Tx, org, id string) (Representation, error) {
	r, ok, err := db.Find[Representation](tx, `SELECT `+representationColumns+` FROM representation
		WHERE org_id = $1 AND representation_id = $2 FOR UPDATE`, org, id)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "representation-unknown")
	}
	return r, err
}

func endRepresentation(tx *db.Tx, r Representation, at time.Time) error {
	_, err := tx.Exec(`UPDATE representation SET until = $3 WHERE org_id = $1 AND representation_id = $2`, r.Org, r.ID, at)
	return err
}

// RepresentedBy gives for whom a customer stands, now, under the ids that are
// used.
func RepresentedBy(q db.Q, org, by string) ([]Representation, error) {
	same, err := Same(q, org, by)
	if err != nil {
		return nil, err
	}
	rows, err := in[standing](q, `SELECT `+db.Columns[Representation]("r.")+`, p.name, p.merged_into AS goes_on FROM representation r
		JOIN person p ON p.org_id = r.org_id AND p.person_id = r.person_id
		WHERE r.org_id = $1 AND r.by_person_id IN (%s) AND r.since <= $2 AND (r.until IS NULL OR r.until > $2)
		ORDER BY r.representation_id LIMIT 100`, same, org, q.Now())
	var out []Representation
	for _, r := range rows {
		r.Person, r.By = orElse(r.GoesOn, r.Person), same[0]
		if r.Person != r.By && !slices.ContainsFunc(out, func(o Representation) bool { return o.Person == r.Person && o.Basis == r.Basis }) {
			out = append(out, r.Representation)
		}
	}
	return out, err
}

// standing is a representation with where the other one goes on.
type standing struct {
	Representative
	GoesOn string `db:"goes_on"`
}

// CardOf gives what staff see of a person at a glance.
func CardOf(q db.Q, org, id string) (Card, error) {
	cards, err := Cards(q, org, []string{id})
	if err != nil {
		return Card{}, err
	}
	c, ok := cards[id]
	if !ok {
		return c, errs.New(errs.NotFound, "person-unknown")
	}
	return c, nil
}

// Cards gives the cards of many people, in five queries per 200; ids that are
// not there are absent. What belongs to rows that were merged is in it.
func Cards(q db.Q, org string, ids []string) (map[string]Card, error) {
	people, err := ByIDs(q, org, ids)
	if err != nil {
		return nil, err
	}
	same, err := sameAs(q, org, people)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, list := range same {
		all = append(all, list...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	points, err := in[ContactPoint](q, `SELECT `+pointColumns+` FROM contact_point
		WHERE org_id = $1 AND person_id IN (%s) ORDER BY person_id, rank`, all, org)
	if err != nil {
		return nil, err
	}
	matters, err := in[Matter](q, `SELECT `+matterColumns+` FROM matter
		WHERE org_id = $1 AND person_id IN (%s) AND ended_at IS NULL ORDER BY person_id, matter_id`, all, org)
	if err != nil {
		return nil, err
	}
	reps, err := in[standing](q, `SELECT `+db.Columns[Representation]("r.")+`, COALESCE(s.name, p.name) AS name, p.merged_into AS goes_on FROM representation r
		JOIN person p ON p.org_id = r.org_id AND p.person_id = r.by_person_id
		LEFT JOIN person s ON s.org_id = p.org_id AND s.person_id = p.merged_into
		WHERE r.org_id = $1 AND r.person_id IN (%s) AND r.since <= $2 AND (r.until IS NULL OR r.until > $2)
		ORDER BY r.person_id, r.representation_id`, all, org, q.Now())
	if err != nil {
		return nil, err
	}
	pointsOf, mattersOf, repsOf := byPerson(points, func(c ContactPoint) string { return c.Person }),
		byPerson(matters, func(m Matter) string { return m.Person }), byPerson(reps, func(r standing) string { return r.Person })
	out := make(map[string]Card, len(people))
	for id, p := range people {
		c := Card{Person: p, Points: []ContactPoint{}, Matters: []Matter{}, Representatives: []Representative{}}
		list := same[id]
		for _, row := range list {
			c.Points = append(c.Points, pointsOf[row]...)
			c.Matters = append(c.Matters, mattersOf[row]...)
			for _, r := range repsOf[row] {
				r.Person, r.By = list[0], orElse(r.GoesOn, r.By)
				if r.By != list[0] && !slices.ContainsFunc(c.Representatives, func(o Representative) bool { return o.By == r.By && o.Basis == r.Basis }) {
					c.Representatives = append(c.Representatives, r.Representative)
				}
			}
		}
		if len(list) > 1 {
			c.Points = together(c.Points, list)
		}
		out[id] = c
	}
	return out, nil
}

func byPerson[T any](rows []T, of func(T) string) map[string][]T {
	out := map[string][]T{}
	for _, r := range rows {
		out[of(r)] = append(out[of(r)], r)
	}
	return out
}

// CheckRanks looks for people whose contact points do not have an order from 1
// without gaps: for replay.
func CheckRanks(q db.Q) (rows int64, wrong []string, err error) {
	const per = `SELECT org_id, person_id FROM contact_point GROUP BY org_id, person_id`
	if rows, err = db.Get[int64](q, `SELECT COUNT(*) FROM (`+per+`) g`); err != nil {
		return 0, nil, err
	}
	wrong, err = db.Select[string](q, `SELECT person_id FROM (`+per+` HAVING MIN(rank) <> 1 OR MAX(rank) <> COUNT(*)) g ORDER BY person_id LIMIT 20`)
	return rows, wrong, err
}

// CheckFound looks for people who cannot be found by any term.
func CheckFound(q db.Q) (rows int64, wrong []string, err error) {
	if rows, err = db.Get[int64](q, `SELECT COUNT(*) FROM person`); err != nil {
		return 0, nil, err
	}
	wrong, err = db.Select[string](q, `SELECT person_id FROM person p WHERE NOT EXISTS (SELECT 1 FROM person_term t
		WHERE t.org_id = p.org_id AND t.person_id = p.person_id) ORDER BY person_id LIMIT 20`)
	return rows, wrong, err
}
