package promise

import (
	"embed"
	"fmt"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

// Migrations are the capability's tables.
//
//go:embed schema/*.sql
var Migrations embed.FS

var columns = db.Columns[Promise]("")

func byID(q db.Q, org, id string) (Promise, error) {
	p, ok, err := db.Find[Promise](q, `SELECT `+columns+` FROM promise WHERE org_id = $1 AND promise_id = $2`, org, id)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "promise-not-found")
	}
	return p, err
}

// OfCase gives the promises of a case, oldest first.
func OfCase(q db.Q, org, caseID string) ([]Promise, error) {
	return db.Select[Promise](q, `SELECT `+columns+` FROM promise
		WHERE org_id = $1 AND case_id = $2 ORDER BY made_at, promise_id LIMIT 500`, org, caseID)
}

// OfPerson gives the newest promises to a person.
func OfPerson(q db.Q, org, customer string, limit int) ([]Promise, error) {
	return db.Select[Promise](q, `SELECT `+columns+` FROM promise
		WHERE org_id = $1 AND to_person IN (`+person.SameIDs("$2")+`) ORDER BY made_at DESC LIMIT $3`, org, customer, limit)
}

// Due gives open promises by due time. Keeper "" means everybody's. The cursor
// is the due time and id of the last one seen.
func Due(q db.Q, org, keeper string, from, to, after time.Time, afterID string, limit int) ([]Promise, error) {
	return DueOf(q, org, only(keeper), from, to, after, afterID, limit)
}

// Ended gives promises that ended in a span of time, for the day's rail.
func Ended(q db.Q, org, keeper string, from, to time.Time, limit int) ([]Promise, error) {
	return EndedOf(q, org, only(keeper), from, to, limit)
}

// Counts says how many promises are open, and how many of those are at risk.
type Counts struct {
	Open   int64 `db:"open_n"`
	AtRisk int64 `db:"risk_n"`
}

// Count counts the open promises of a keeper, or of everybody.
func Count(q db.Q, org, keeper string) (Counts, error) { return CountOf(q, org, only(keeper)) }

// NextOf gives the open promise of each case that falls due first.
func NextOf(q db.Q, org string, cases []string) (map[string]Promise, error) {
	out := map[string]Promise{}
	for len(cases) > 0 {
		n := min(len(cases), 200)
		args, marks := []any{org}, make([]string, n)
		for i, c := range cases[:n] {
			args = append(args, c)
			marks[i] = fmt.Sprintf("$%d", i+2)
		}
		list, err := db.Select[Promise](q, `SELECT `+columns+` FROM promise
			WHERE org_id = $1 AND state = 'open' AND case_id IN (`+strings.Join(marks, ", ")+`) ORDER BY due_at, promise_id`, args...)
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			if _, ok := out[p.Case]; !ok {
				out[p.Case] = p
			}
		}
		cases = cases[n:]
	}
	return out, nil
}

func openIn(q db.Q, org, caseID string) (int64, error) {
	return db.Get[int64](q, `SELECT COUNT(*) FROM promise WHERE org_id = $1 AND case_id = $2 AND state = 'open'`, org, caseID)
}

// finish gives a promise its one end.
func finish(t *db.Tx, p Promise, to State, at time.Time, by string) (Promise, error) {
	why := any(nil)
	if to == Broken {
		why = p.BrokeWhy
	} else {
		p.BrokeWhy = ""
	}
	successor := any(nil)
	if p.Successor != "" {
		successor = p.Successor
	}
	n, err := t.Exec(`UPDATE promise SET state = $4, ended_at = $5, ended_by = $6, broke_why = $7, successor = $8,
		moving_to = NULL, look_at = NULL, version = version + 1
		WHERE org_id = $1 AND promise_id = $2 AND version = $3 AND state = 'open'`,
		p.Org, p.ID, p.Version, string(to), at, by, why, successor)
	if err != nil {
		return p, err
	}
	if n == 0 {
		return p, errs.New(errs.Conflict, "promise-ended").With("State", "")
	}
	p.State, p.EndedAt, p.EndedBy, p.LookAt, p.Version = to, at, by, time.Time{}, p.Version+1
	return p, ends(t, p, to == Broken && by != actor.ForSystem(p.Org).ID())
}

// EndAll ends what is still open in a case that closes, in one way.
func EndAll(t *db.Tx, org, caseID string, to State, by string) ([]Promise, error) {
	open, err := db.Select[Promise](t, `SELECT `+columns+` FROM promise
		WHERE org_id = $1 AND case_id = $2 AND state = 'open' ORDER BY due_at LIMIT 500`, org, caseID)
	if err != nil {
		return nil, err
	}
	for i := range open {
		if open[i], err = finish(t, open[i], to, t.Now(), by); err != nil {
			return nil, err
		}
	}
	return open, endDeliveries(t, org, waitingInCase, caseID, false, t.Now())
}

func reopen(t *db.Tx, p Promise) (Promise, error) {
	p.State, p.EndedAt, p.EndedBy = Open, time.Time{}, ""
	p.LookAt = Look(p, t.Now()).Look
	if p.LookAt.IsZero() { // it fell due meanwhile: the watch decides
		p.LookAt = t.Now()
	}
	n, err := t.Exec(`UPDATE promise SET state = 'open', ended_at = NULL, ended_by = NULL, look_at = $4, version = version + 1
		WHERE org_id = $1 AND promise_id = $2 AND version = $3 AND state = 'kept'`, p.Org, p.ID, p.Version, p.LookAt)
	if err != nil || n != 1 {
		return p, orConflict(err, "cannot-undo")
	}
	p.Version++
	return p, resumes(t, p)
}

func orConflict(err error, typ string) error {
	if err != nil {
		return err
	}
	return errs.New(errs.Conflict, typ)
}

func setMoving(t *db.Tx, p Promise, next string) error {
	_, err := t.Exec(`UPDATE promise SET moving_to = $3, version = version + 1 WHERE org_id = $1 AND promise_id = $2 AND state = 'open'`,
		p.Org, p.ID, next)
	return err
}

func setTold(t *db.Tx, p Promise, told Told, at time.Time) error {
	if !told.Reached() {
		at = time.Time{}
	}
	_, err := t.Exec(`UPDATE promise SET told = $3, told_at = $4, version = version + 1 WHERE org_id = $1 AND promise_id = $2`,
		p.Org, p.ID, string(told), at)
	return err
}

func setLook(t *db.Tx, p Promise, look time.Time, risk int) error {
	_, err := t.Exec(`UPDATE promise SET look_at = $3, risk = $4, version = version + 1
		WHERE org_id = $1 AND promise_id = $2 AND state = 'open'`, p.Org, p.ID, look, risk)
	return err
}

// SetKeeper hands a promise to another keeper, with its case.
func SetKeeper(t *db.Tx, org, caseID, from, to string) error {
	_, err := t.Exec(`UPDATE promise SET keeper_id = $4, version = version + 1
		WHERE org_id = $1 AND case_id = $2 AND keeper_id = $3 AND state = 'open'`, org, caseID, from, to)
	if err != nil {
		return err
	}
	return keepSeries(t, org, caseID, from, to)
}

// SetPerson makes the open promises of a case to one person those to another:
// it became known who called.
func SetPerson(t *db.Tx, org, caseID, from, to string) error {
	_, err := t.Exec(`UPDATE promise SET to_person = $4, version = version + 1
		WHERE org_id = $1 AND case_id = $2 AND to_person = $3 AND state = 'open'`, org, caseID, from, to)
	if err != nil {
		return err
	}
	return hearSeries(t, org, caseID, from, to)
}

// passTo gives one promise to another keeper.
func passTo(t *db.Tx, p Promise, to string) (int64, error) {
	return t.Exec(`UPDATE promise SET keeper_id = $4, version = version + 1
		WHERE org_id = $1 AND promise_id = $2 AND version = $3 AND state = 'open'`, p.Org, p.ID, p.Version, to)
}

type duePromise struct {
	Org  string `db:"org_id"`
	ID   string `db:"promise_id"`
	Case string `db:"case_id"`
}

func dueNow(q db.Q, now time.Time, limit int) ([]duePromise, error) {
	return db.Select[duePromise](q, `SELECT org_id, promise_id, case_id FROM promise
		WHERE look_at <= $1 ORDER BY look_at LIMIT $2`, now, limit)
}

func nextLook(q db.Q) (time.Time, error) {
	return db.Get[time.Time](q, `SELECT MIN(look_at) FROM promise WHERE look_at IS NOT NULL`)
}
