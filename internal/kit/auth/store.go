package auth

import (
	"time"

	"github.com/houvast/houvast/internal/kit/db"
)

// Account is somebody who can sign in.
type Account struct {
	ID        string    `db:"id"`
	Email     string    `db:"email"`
	EmailKey  string    `db:"email_key"`
	Name      string    `db:"name"`
	Language  string    `db:"language"`
	Password  string    `db:"password"`
	CreatedAt time.Time `db:"created_at"`
	ChangedAt time.Time `db:"changed_at"`
	Disabled  bool      `db:"disabled"`
	LastOrg   string    `db:"last_org"`
	KeysOff   bool      `db:"keys_off"` // single keys do nothing
}

var accountColumns = db.Columns[Account]("")

func findAccount(q db.Q, id string) (Account, bool, error) {
	return db.Find[Account](q, `SELECT `+accountColumns+` FROM account WHERE id = $1`, id)
}

func accountByEmail(q db.Q, email string) (Account, bool, error) {
	return db.Find[Account](q, `SELECT `+accountColumns+` FROM account WHERE email_key = $1`, fold(email))
}

// setWarned notes that the owner is told; it says no when that was done after
// a moment.
func setWarned(t *db.Tx, id string, since time.Time) (bool, error) {
	n, err := t.Exec(`UPDATE account SET warned_at = $2 WHERE id = $1 AND (warned_at IS NULL OR warned_at <= $3)`, id, t.Now(), since)
	return n == 1, err
}

func insertAccount(t *db.Tx, a Account) (bool, error) {
	n, err := t.Exec(`INSERT INTO account (id, email, email_key, name, language, created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (email_key) DO NOTHING`, a.ID, a.Email, a.EmailKey, a.Name, a.Language, a.CreatedAt, a.ChangedAt)
	return n == 1, err
}

func updatePassword(t *db.Tx, account, phc string) error {
	n, err := t.Exec(`UPDATE account SET password = $2, changed_at = $3 WHERE id = $1`, account, phc, t.Now())
	return one(n, err)
}

func updateAccount(t *db.Tx, account, name, language string) error {
	n, err := t.Exec(`UPDATE account SET name = $2, language = $3 WHERE id = $1`, account, name, language)
	return one(n, err)
}

func updateDisabled(t *db.Tx, account string, disabled bool) error {
	n, err := t.Exec(`UPDATE account SET disabled = $2 WHERE id = $1`, account, disabled)
	return one(n, err)
}

func updateKeys(t *db.Tx, account string, off bool) error {
	n, err := t.Exec(`UPDATE account SET keys_off = $2 WHERE id = $1`, account, off)
	return one(n, err)
}

func updateLastOrg(t *db.Tx, account, org string) error {
	_, err := t.Exec(`UPDATE account SET last_org = $2 WHERE id = $1`, account, org)
	return err
}

func insertAccountToken(t *db.Tx, hash, account string, until time.Time) error {
	if _, err := t.Exec(`DELETE FROM account_token WHERE account_id = $1`, account); err != nil {
		return err
	}
	_, err := t.Exec(`INSERT INTO account_token (hash, account_id, expires_at) VALUES ($1, $2, $3)`, hash, account, until)
	return err
}

func accountByToken(q db.Q, hash string) (Account, bool, error) {
	return db.Find[Account](q, `SELECT `+db.Columns[Account]("a.")+` FROM account_token k JOIN account a ON a.id = k.account_id
		WHERE k.hash = $1 AND k.expires_at > $2 AND a.disabled = 0`, hash, q.Now())
}

func takeAccountToken(t *db.Tx, hash string) (bool, error) {
	n, err := t.Exec(`DELETE FROM account_token WHERE hash = $1 AND expires_at > $2`, hash, t.Now())
	return n == 1, err
}

// guardRow is how often signing in failed for an address that was typed.
type guardRow struct {
	Fails  int       `db:"fails"`
	Until  time.Time `db:"until"`
	LastAt time.Time `db:"last_at"`
}

func lockGuard(t *db.Tx, hash string) (guardRow, error) {
	if _, err := t.Exec(`INSERT INTO sign_in_guard (email_hash, fails, last_at) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING`, hash, t.Now()); err != nil {
		return guardRow{}, err
	}
	return db.Get[guardRow](t, `SELECT fails, until, last_at FROM sign_in_guard WHERE email_hash = $1 FOR UPDATE`, hash)
}

func updateGuard(t *db.Tx, hash string, g guardRow) error {
	_, err := t.Exec(`UPDATE sign_in_guard SET fails = $2, until = $3, last_at = $4 WHERE email_hash = $1`, hash, g.Fails, g.Until, g.LastAt)
	return err
}

func deleteGuard(t *db.Tx, hash string) error {
	_, err := t.Exec(`DELETE FROM sign_in_guard WHERE email_hash = $1`, hash)
	return err
}

// sessionRow is a browser's session.
type sessionRow struct {
	Hash      string    `db:"hash"`
	LockedAt  time.Time `db:"locked_at"`
	Data      string    `db:"data"`
	CreatedAt time.Time `db:"created_at"`
	SeenAt    time.Time `db:"seen_at"`
}

func findSession(q db.Q, hash string) (sessionRow, bool, error) {
	return db.Find[sessionRow](q, `SELECT `+db.Columns[sessionRow]("")+` FROM session WHERE hash = $1`, hash)
}

func insertSession(t *db.Tx, hash, account, data string) error {
	_, err := t.Exec(`INSERT INTO session (hash, account_id, data, created_at, seen_at) VALUES ($1, $2, $3, $4, $4)`,
		hash, db.Null(account), data, t.Now())
	return err
}

func updateSession(t *db.Tx, hash, data string) error {
	_, err := t.Exec(`UPDATE session SET data = $2, seen_at = $3 WHERE hash = $1`, hash, data, t.Now())
	return err
}

func touchSession(t *db.Tx, hash string) error {
	_, err := t.Exec(`UPDATE session SET seen_at = $2 WHERE hash = $1`, hash, t.Now())
	return err
}

func deleteSession(t *db.Tx, hash string) error {
	_, err := t.Exec(`DELETE FROM session WHERE hash = $1`, hash)
	return err
}

func lockSession(t *db.Tx, hash string) error {
	_, err := t.Exec(`UPDATE session SET locked_at = $2 WHERE hash = $1 AND locked_at IS NULL`, hash, t.Now())
	return err
}

func sessionsOf(q db.Q, account string, idle, old time.Time) ([]sessionRow, error) {
	return db.Select[sessionRow](q, `SELECT `+db.Columns[sessionRow]("")+` FROM session
		WHERE account_id = $1 AND seen_at > $2 AND created_at > $3 ORDER BY seen_at DESC, hash LIMIT $4`, account, idle, old, maxSessionsShown)
}

func deleteOtherSessions(t *db.Tx, account, hash string) error {
	_, err := t.Exec(`DELETE FROM session WHERE account_id = $1 AND hash <> $2`, account, hash)
	return err
}

func deleteSessionsOf(t *db.Tx, account string) error {
	_, err := t.Exec(`DELETE FROM session WHERE account_id = $1`, account)
	return err
}

// Access is one line of the access log: who saw which record.
type Access struct {
	Org       string    `db:"org_id" json:"-"`
	ID        string    `db:"id" json:"id"`
	At        time.Time `db:"at" json:"at"`
	ActorKind string    `db:"actor_kind" json:"actor_kind"`
	ActorID   string    `db:"actor_id" json:"actor_id"`
	Kind      string    `db:"kind" json:"kind"`
	Record    string    `db:"record_id" json:"record_id"`
	Request   string    `db:"request_id" json:"request_id"`
}

func insertAccess(t *db.Tx, rows []Access) error {
	for len(rows) > 0 {
		// By powers of two, so that few statements are prepared.
		n := 128
		for n > len(rows) {
			n /= 2
		}
		if err := db.InsertAll(t, "access_log", rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// AccessTo lists who saw a record, newest first, before a line's id ("" for
// the newest), at most limit.
func AccessTo(q db.Q, org, kind, record, before string, limit int) ([]Access, error) {
	if before == "" {
		before = "~"
	}
	return db.Select[Access](q, `SELECT `+db.Columns[Access]("")+` FROM access_log
		WHERE org_id = $1 AND kind = $2 AND record_id = $3 AND id < $4 ORDER BY id DESC LIMIT $5`, org, kind, record, before, limit)
}

// AccessBy lists what an actor saw, as AccessTo.
func AccessBy(q db.Q, org, actorID, before string, limit int) ([]Access, error) {
	if before == "" {
		before = "~"
	}
	return db.Select[Access](q, `SELECT `+db.Columns[Access]("")+` FROM access_log
		WHERE org_id = $1 AND actor_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4`, org, actorID, before, limit)
}

// purge removes what is over, up to 500 rows of a kind, and says how many.
func purge(t *db.Tx, sessionsIdle, sessionsOld, guards, links time.Time) (most int64, err error) {
	for _, p := range []struct {
		text string
		args []any
	}{
		{`DELETE FROM session WHERE hash IN (SELECT hash FROM session WHERE seen_at <= $1 OR created_at <= $2 LIMIT 500)`, []any{sessionsIdle, sessionsOld}},
		{`DELETE FROM sign_in_guard WHERE email_hash IN (SELECT email_hash FROM sign_in_guard WHERE last_at <= $1 LIMIT 500)`, []any{guards}},
		{`DELETE FROM account_token WHERE hash IN (SELECT hash FROM account_token WHERE expires_at <= $1 LIMIT 500)`, []any{t.Now()}},
		{`DELETE FROM link_session WHERE (org_id, hash) IN (SELECT org_id, hash FROM link_session WHERE expires_at <= $1 LIMIT 500)`, []any{t.Now()}},
		// Links that ended long ago: until then a late reader hears that it is over.
		{`DELETE FROM link WHERE (org_id, id) IN (SELECT l.org_id, l.id FROM link l WHERE l.expires_at <= $1
			AND NOT EXISTS (SELECT 1 FROM link_session s WHERE s.org_id = l.org_id AND s.link_id = l.id) LIMIT 500)`, []any{links}},
	} {
		n, err := t.Exec(p.text, p.args...)
		if err != nil {
			return most, err
		}
		most = max(most, n)
	}
	return most, nil
}
