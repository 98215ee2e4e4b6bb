package casefile

import (
	"embed"
	"fmt"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

// Migrations are the capability's tables.
//
//go:embed schema/*.sql
var Migrations embed.FS

var (
	caseColumns     = db.Columns[Case]("")
	contactColumns  = db.Columns[Contact]("")
	doorColumns     = db.Columns[Door]("")
	documentColumns = db.Columns[Document]("")
)

// ByID gives a case.
func ByID(q db.Q, org, id string) (Case, error) {
	return db.Once(q, "case_file", org+id, func() (Case, error) {
		return found(db.Find[Case](q, `SELECT `+caseColumns+` FROM case_file WHERE org_id = $1 AND case_id = $2`, org, id))
	})
}

// ByNumber gives a case by the number in its reference.
func ByNumber(q db.Q, org string, number int64) (Case, error) {
	return found(db.Find[Case](q, `SELECT `+caseColumns+` FROM case_file WHERE org_id = $1 AND number = $2`, org, number))
}

// ByQuestion gives the case of a question in an organisation, if it has one.
func ByQuestion(q db.Q, org, question string) (Case, bool, error) {
	return db.Find[Case](q, `SELECT `+caseColumns+` FROM case_file WHERE org_id = $1 AND question_id = $2`, org, question)
}

func found(c Case, ok bool, err error) (Case, error) {
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "case-not-found")
	}
	return c, err
}

// lock gives a case and keeps others from changing it until the transaction ends.
func lock(t *db.Tx, org, id string) (Case, error) {
	c, err := found(db.Find[Case](t, `SELECT `+caseColumns+` FROM case_file WHERE org_id = $1 AND case_id = $2 FOR UPDATE`, org, id))
	if err != nil {
		return c, err
	}
	return held(t, c)
}

// held is a row that nobody else can change before this transaction ends:
// whoever asks for it after this need not read it.
func held(t *db.Tx, c Case) (Case, error) {
	return db.Once(t, "case_file", c.Org+c.ID, func() (Case, error) { return c, nil })
}

// nextNumber counts the cases of an organisation. It is the last thing a
// transaction asks for before it inserts: the row is locked until the commit.
func nextNumber(t *db.Tx, org string) (int64, error) {
	return db.Get[int64](t, `INSERT INTO case_number (org_id, last) VALUES ($1, 1)
		ON CONFLICT (org_id) DO UPDATE SET last = case_number.last + 1 RETURNING last`, org)
}

func insertCase(t *db.Tx, c Case) error {
	if err := db.Insert(t, "case_file", c); err != nil {
		return err
	}
	if _, err := held(t, c); err != nil {
		return err
	}
	if err := index(t, c); err != nil {
		return err
	}
	return join(t, c.Question, c.Org)
}

// join notes that an organisation has a case of a question.
func join(t *db.Tx, question, org string) error {
	_, err := t.Exec(`INSERT INTO question_party (question_id, org_id, joined_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		question, org, t.Now())
	return err
}

// Parties gives the organisations that have a case of a question, in the
// order in which they came to it.
func Parties(q db.Q, question string) ([]Party, error) {
	return db.Select[Party](q, `SELECT question_id, org_id, joined_at FROM question_party WHERE question_id = $1 ORDER BY joined_at, org_id LIMIT 50`, question)
}

// Rows satisfies promise.Cases except for End, which needs the service.
type Rows struct{}

// Hold implements promise.Cases.
func (Rows) Hold(t *db.Tx, org, id string) (promise.Subject, error) {
	c, err := lock(t, org, id)
	return c.subject(), err
}

// Counted implements promise.Cases. The first promise of a new case, or of
// one that reopens, is counted when the row is written.
func (Rows) Counted(t *db.Tx, org, id string, delta int) error {
	n, err := t.Exec(`UPDATE case_file SET open_promises = (SELECT COUNT(*) FROM promise
			WHERE promise.org_id = $1 AND promise.case_id = $2 AND promise.state = 'open'),
		next_due = (SELECT MIN(p.due_at) FROM promise p WHERE p.org_id = $1 AND p.case_id = $2 AND p.state = 'open'),
		next_kind = (SELECT p.kind FROM promise p WHERE p.org_id = $1 AND p.case_id = $2 AND p.state = 'open'
			ORDER BY p.due_at, p.promise_id LIMIT 1),
		version = version + 1 WHERE org_id = $1 AND case_id = $2 AND closed_at IS NULL`, org, id)
	if err == nil && n == 0 && delta <= 0 {
		err = errs.New(errs.Conflict, "case-closed")
	}
	return err
}

// Broke implements promise.Cases.
func (Rows) Broke(t *db.Tx, org, id string, inARow int) error {
	_, err := t.Exec(`UPDATE case_file SET breaks_in_row = $3 WHERE org_id = $1 AND case_id = $2 AND breaks_in_row <> $3`, org, id, inARow)
	return err
}

func closeRow(t *db.Tx, c Case, reason string) error {
	n, err := t.Exec(`UPDATE case_file SET closed_at = $3, close_reason = $4, open_promises = 0, next_due = NULL,
		next_kind = NULL, waiting_by = NULL, version = version + 1 WHERE org_id = $1 AND case_id = $2 AND closed_at IS NULL`, c.Org, c.ID, t.Now(), reason)
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "case-closed")
	}
	return err
}

func reopenRow(t *db.Tx, c Case, due time.Time) error {
	n, err := t.Exec(`UPDATE case_file SET closed_at = NULL, close_reason = NULL, open_promises = 1, next_due = $3,
		breaks_in_row = 0, came_back = came_back + 1, merged_into = NULL, version = version + 1 WHERE org_id = $1 AND case_id = $2 AND closed_at IS NOT NULL`, c.Org, c.ID, due)
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "case-open")
	}
	return err
}

// setOwner is compare-and-set: whoever acts on an owner that changed meanwhile
// changes nothing.
func setOwner(t *db.Tx, c Case, to string) error {
	n, err := t.Exec(`UPDATE case_file SET owner_id = $4, owner_since = $5, version = version + 1
		WHERE org_id = $1 AND case_id = $2 AND owner_id = $3`, c.Org, c.ID, c.Owner, to, t.Now())
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "owner-changed")
	}
	return err
}

// ByIDs gives cases by id.
func ByIDs(q db.Q, org string, ids []string) (map[string]Case, error) {
	out := map[string]Case{}
	for len(ids) > 0 {
		n := min(len(ids), 200)
		args, marks := []any{org}, make([]string, n)
		for i, s := range ids[:n] {
			args = append(args, s)
			marks[i] = fmt.Sprintf("$%d", i+2)
		}
		list, err := db.Select[Case](q, `SELECT `+caseColumns+` FROM case_file
			WHERE org_id = $1 AND case_id IN (`+strings.Join(marks, ", ")+`)`, args...)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			out[c.ID] = c
		}
		ids = ids[n:]
	}
	return out, nil
}

// CameBack notes that a case was passed around without the customer getting
// further.
func CameBack(t *db.Tx, org, id string) error {
	_, err := t.Exec(`UPDATE case_file SET came_back = came_back + 1 WHERE org_id = $1 AND case_id = $2`, org, id)
	return err
}

// OpenCount counts the open cases of an owner, or of everybody.
func OpenCount(q db.Q, org, owner string) (int64, error) {
	if owner == "" {
		return db.Fresh(q, []string{"case_file"}, "case.open", org, func() (int64, error) {
			return db.Get[int64](q, `SELECT COUNT(*) FROM case_file WHERE org_id = $1 AND closed_at IS NULL`, org)
		})
	}
	return db.Get[int64](q, `SELECT COUNT(*) FROM case_file WHERE org_id = $1 AND owner_id = $2 AND closed_at IS NULL`, org, owner)
}

// Contacts gives the contact moments of a case, newest first.
func Contacts(q db.Q, org, caseID string, limit int) ([]Contact, error) {
	return db.Select[Contact](q, `SELECT `+contactColumns+` FROM contact_moment
		WHERE org_id = $1 AND case_id = $2 ORDER BY at DESC, contact_id DESC LIMIT $3`, org, caseID, limit)
}

// CountContacts counts how often the customer had to come to us in a case.
func CountContacts(q db.Q, org, caseID, direction string) (int64, error) {
	return db.Get[int64](q, `SELECT COUNT(*) FROM contact_moment WHERE org_id = $1 AND case_id = $2 AND direction = $3`, org, caseID, direction)
}

// Doors gives the return doors of a person that are open at a moment.
func Doors(q db.Q, org, customer string, at time.Time) ([]Door, error) {
	return db.Select[Door](q, `SELECT `+doorColumns+` FROM return_door
		WHERE org_id = $1 AND person_id IN (`+person.SameIDs("$2")+`) AND until >= $3 AND used_at IS NULL ORDER BY until LIMIT 50`, org, customer, at)
}

func useDoor(t *db.Tx, d Door, caseID string) error {
	n, err := t.Exec(`UPDATE return_door SET used_at = $3, used_case = $4 WHERE org_id = $1 AND door_id = $2 AND used_at IS NULL`,
		d.Org, d.ID, t.Now(), caseID)
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "door-used")
	}
	return err
}

// Documents gives the papers of a case, newest first.
func Documents(q db.Q, org, caseID string) ([]Document, error) {
	return db.Select[Document](q, `SELECT `+documentColumns+` FROM document
		WHERE org_id = $1 AND case_id = $2 ORDER BY added_at DESC, document_id DESC LIMIT 200`, org, caseID)
}

// DocumentByID gives one paper.
func DocumentByID(q db.Q, org, id string) (Document, error) {
	d, ok, err := db.Find[Document](q, `SELECT `+documentColumns+` FROM document WHERE org_id = $1 AND document_id = $2`, org, id)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "document-not-found")
	}
	return d, err
}

// DocumentOf gives the newest paper of a kind about a person, in any case of
// the organisation: what a colleague can be asked for. Files do not travel to
// another organisation yet, so only texts are found.
func DocumentOf(q db.Q, org, customer, kind string) (Document, bool, error) {
	return db.Find[Document](q, `SELECT `+documentColumns+` FROM document
		WHERE org_id = $1 AND person_id IN (`+person.SameIDs("$2")+`) AND kind = $3 AND content IS NOT NULL ORDER BY added_at DESC LIMIT 1`, org, customer, kind)
}

// OpenCases implements org.Holds: whoever answers for cases cannot leave.
func (Rows) OpenCases(t *db.Tx, org, member string) (int64, error) { return OpenCount(t, org, member) }
