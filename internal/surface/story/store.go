package story

import (
	"time"

	"github.com/houvast/houvast/internal/kit/db"
)

// A story's instance is private and small, so these read all of it and the
// caller picks what it needs. The limits are far above what a story can make.

// heard is a promise as far as a customer may know of it.
type heard struct {
	Org       string    `db:"org_id"`
	ID        string    `db:"promise_id"`
	Case      string    `db:"case_id"`
	Kind      string    `db:"kind"`
	To        string    `db:"to_person"`
	MadeAt    time.Time `db:"made_at"`
	From      time.Time `db:"from_at"`
	Due       time.Time `db:"due_at"`
	Told      string    `db:"told"`
	ToldAt    time.Time `db:"told_at"`
	State     string    `db:"state"`
	EndedAt   time.Time `db:"ended_at"`
	Successor string    `db:"successor"`
}

func promisesIn(q db.Q) ([]heard, error) {
	return db.Select[heard](q, `SELECT org_id, promise_id, case_id, kind, to_person, made_at, from_at, due_at, told, told_at, state, ended_at, successor
		FROM promise ORDER BY made_at, promise_id LIMIT 20000`)
}

// contactRow is one contact moment in which the customer got in touch.
type contactRow struct {
	Org    string    `db:"org_id"`
	Person string    `db:"person_id"`
	At     time.Time `db:"at"`
}

func contactsIn(q db.Q, since time.Time) ([]contactRow, error) {
	return db.Select[contactRow](q, `SELECT org_id, person_id, at FROM contact_moment
		WHERE direction = 'in' AND at >= $1 ORDER BY at, org_id, contact_id LIMIT 20000`, since)
}

// reachedOut is one contact moment in which an organisation got in touch.
func reachedOut(q db.Q) ([]contactRow, error) {
	return db.Select[contactRow](q, `SELECT org_id, person_id, at FROM contact_moment
		WHERE direction = 'out' ORDER BY at, org_id, contact_id LIMIT 20000`)
}

type caseRow struct {
	Org      string    `db:"org_id"`
	ID       string    `db:"case_id"`
	Person   string    `db:"person_id"`
	Asker    string    `db:"asker_id"`
	Owner    string    `db:"owner_id"`
	OpenedAt time.Time `db:"opened_at"`
	ClosedAt time.Time `db:"closed_at"`
	Reason   string    `db:"close_reason"`
}

func casesIn(q db.Q) ([]caseRow, error) {
	return db.Select[caseRow](q, `SELECT org_id, case_id, person_id, asker_id, owner_id, opened_at, closed_at, close_reason
		FROM case_file ORDER BY opened_at, case_id LIMIT 20000`)
}

type signalRow struct {
	Org    string `db:"org_id"`
	Kind   string `db:"kind"`
	Level  int    `db:"level"`
	Member string `db:"member_id"`
}

func signalsIn(q db.Q) ([]signalRow, error) {
	return db.Select[signalRow](q, `SELECT org_id, kind, level, member_id FROM signal
		WHERE cleared_at IS NULL ORDER BY signal_id LIMIT 20000`)
}

type personRow struct {
	Org  string `db:"org_id"`
	ID   string `db:"person_id"`
	Name string `db:"name"`
}

func peopleIn(q db.Q) ([]personRow, error) {
	return db.Select[personRow](q, `SELECT org_id, person_id, name FROM person ORDER BY person_id LIMIT 20000`)
}
