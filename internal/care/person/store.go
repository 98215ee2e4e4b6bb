package person

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
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
	p, ok, err := db.Find[Person](q, `SELECT `+personColumns+` FROM person WHERE org_id = $1 AND person_id = $2`, org, id)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "person-unknown")
	}
	return p, err
}

// BirthDateIs says whether a person was born on a day, written 1984-03-02. It
// is false when the day is not known.
func BirthDateIs(q db.Q, org, id, date string) (bool, error) {
	p, err := ByID(q, org, id)
	return err == nil && p.BirthDate != "" && subtle.ConstantTimeCompare([]byte(p.BirthDate), []byte(date)) == 1, err
}

// lock takes the person's row: what belongs to one person changes one at a time.
func lock(tx *db.Tx, org, id string) (Person, error) {
	p, ok, err := db.Find[Person](tx, `SELECT `+personColumns+` FROM person WHERE org_id = $1 AND person_id = $2 FOR UPDATE`, org, id)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "person-unknown")
	}
	return p, err
}

func updatePerson(tx *db.Tx, p Person) error {
	n, err := tx.Exec(`UPDATE person SET kind = $3, name = $4, call_name = $5, birth_date = $6, language = $7, search = $8,
		deceased_at = $9, version = version + 1 WHERE org_id = $1 AND person_id = $2 AND version = $10`,
		p.Org, p.ID, string(p.Kind), p.Name, null(p.CallName), null(p.BirthDate), p.Language, p.Search, p.DeceasedAt, p.Version)
	return oneRow(n, err)
}

type termRow struct {
	Org    string `db:"org_id"`
	Term   string `db:"term"`
	Person string `db:"person_id"`
}

// index writes what a person is found by.
func index(tx *db.Tx, p Person, points []ContactPoint) error {
	if _, err := tx.Exec(`DELETE FROM person_term WHERE org_id = $1 AND person_id = $2`, p.Org, p.ID); err != nil {
		return err
	}
	var rows []termRow
	for _, t := range Terms(p, points) {
		rows = append(rows, termRow{p.Org, t, p.ID})
	}
	return db.InsertAll(tx, "person_term", rows)
}

// found is a hit: the term says where the next page begins.
type found struct {
	Term   string `db:"term"`
	Person string `db:"person_id"`
}

// find walks the index of terms that begin with the first word, in order, and
// keeps the persons who have a term for each other word. A person with two
// such terms is given once, at the lowest.
func find(q db.Q, org string, words []string, term, person string, limit int) ([]found, error) {
	if term < words[0] { // every term that begins with the word sorts after the word alone
		term, person = words[0], ""
	}
	args := []any{org, words[0], past(words[0]), term, person, limit}
	var b strings.Builder
	b.WriteString(`SELECT t.term, t.person_id FROM person_term t
		JOIN person p ON p.org_id = t.org_id AND p.person_id = t.person_id
		WHERE t.org_id = $1 AND (t.term, t.person_id) > ($4, $5) AND t.term < $3 AND p.merged_into IS NULL
		AND NOT EXISTS (SELECT 1 FROM person_term o WHERE o.org_id = t.org_id AND o.person_id = t.person_id AND o.term >= $2 AND o.term < t.term)`)
	for _, w := range words[1:] {
		args = append(args, w, past(w))
		fmt.Fprintf(&b, ` AND EXISTS (SELECT 1 FROM person_term o WHERE o.org_id = t.org_id AND o.person_id = t.person_id
			AND o.term >= $%d AND o.term < $%d)`, len(args)-1, len(args))
	}
	b.WriteString(` ORDER BY t.term, t.person_id LIMIT $6`)
	return db.Select[found](q, b.String(), args...)
}

// past is the end of the range of texts that begin with s.
func past(s string) string { return s + "\U0010FFFF" }

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

// Points gives the contact points of a person in the order of preference.
func Points(q db.Q, org, person string) ([]ContactPoint, error) {
	return db.Select[ContactPoint](q, `SELECT `+pointColumns+` FROM contact_point
		WHERE org_id = $1 AND person_id = $2 ORDER BY rank LIMIT 100`, org, person)
}

// WithValue gives the ids of the people who have a contact point with a
// normalised value, at most 20: for an incoming call or message. More than one
// only suggests a household.
func WithValue(q db.Q, org, value string) ([]string, error) {
	return db.Select[string](q, `SELECT DISTINCT c.person_id FROM contact_point c
		JOIN person p ON p.org_id = c.org_id AND p.person_id = c.person_id
		WHERE c.org_id = $1 AND c.value = $2 AND c.usable = 1 AND p.merged_into IS NULL ORDER BY c.person_id LIMIT 20`, org, value)
}

func updatePoint(tx *db.Tx, c ContactPoint) error {
	hours, err := json.Marshal(c.Hours)
	if err != nil {
		return err
	}
	n, err := tx.Exec(`UPDATE contact_point SET label = $3, hours = $4, refused = $5, verified_at = $6, usable = $7,
		version = version + 1 WHERE org_id = $1 AND point_id = $2 AND version = $8`,
		c.Org, c.ID, null(c.Label), string(hours), c.Refused, c.VerifiedAt, c.Usable, c.Version)
	return oneRow(n, err)
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

// RepresentedBy gives for whom a person stands, now.
func RepresentedBy(q db.Q, org, by string) ([]Representation, error) {
	return db.Select[Representation](q, `SELECT `+representationColumns+` FROM representation
		WHERE org_id = $1 AND by_person_id = $2 AND since <= $3 AND (until IS NULL OR until > $3) ORDER BY representation_id LIMIT 100`,
		org, by, q.Now())
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

// Cards gives the cards of many people, in four queries per 200; ids that are
// not there are absent.
func Cards(q db.Q, org string, ids []string) (map[string]Card, error) {
	people, err := ByIDs(q, org, ids)
	if err != nil {
		return nil, err
	}
	points, err := in[ContactPoint](q, `SELECT `+pointColumns+` FROM contact_point
		WHERE org_id = $1 AND person_id IN (%s) ORDER BY person_id, rank`, ids, org)
	if err != nil {
		return nil, err
	}
	matters, err := in[Matter](q, `SELECT `+matterColumns+` FROM matter
		WHERE org_id = $1 AND person_id IN (%s) AND ended_at IS NULL ORDER BY person_id, matter_id`, ids, org)
	if err != nil {
		return nil, err
	}
	reps, err := in[Representative](q, `SELECT `+db.Columns[Representation]("r.")+`, p.name FROM representation r
		JOIN person p ON p.org_id = r.org_id AND p.person_id = r.by_person_id
		WHERE r.org_id = $1 AND r.person_id IN (%s) AND r.since <= $2 AND (r.until IS NULL OR r.until > $2)
		ORDER BY r.person_id, r.representation_id`, ids, org, q.Now())
	if err != nil {
		return nil, err
	}
	out := make(map[string]Card, len(people))
	for id, p := range people {
		out[id] = Card{Person: p, Points: []ContactPoint{}, Matters: []Matter{}, Representatives: []Representative{}}
	}
	for _, c := range points {
		card := out[c.Person]
		card.Points = append(card.Points, c)
		out[c.Person] = card
	}
	for _, m := range matters {
		card := out[m.Person]
		card.Matters = append(card.Matters, m)
		out[m.Person] = card
	}
	for _, r := range reps {
		card := out[r.Person]
		card.Representatives = append(card.Representatives, r)
		out[r.Person] = card
	}
	return out, nil
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

func oneRow(n int64, err error) error {
	if err == nil && n == 0 {
		return errs.New(errs.Stale, "changed-meanwhile")
	}
	return err
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}
