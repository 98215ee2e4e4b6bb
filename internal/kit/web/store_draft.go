package web

import (
	"time"

	"github.com/houvast/houvast/internal/kit/db"
)

// Draft is what somebody typed into a form and has not sent yet.
type Draft struct {
	Org     string    `db:"org_id"`
	Account string    `db:"account_id"`
	Key     string    `db:"dkey"`
	Form    string    `db:"form"`
	Path    string    `db:"path"`
	Title   string    `db:"title"`
	Fields  string    `db:"fields"`
	SavedAt time.Time `db:"saved_at"`
}

// keepDraft keeps what was typed, unless the same showing of the form was sent
// meanwhile: then it comes too late.
func keepDraft(t *db.Tx, d Draft) error {
	_, err := t.Exec(`INSERT INTO draft (org_id, account_id, dkey, form, path, title, fields, saved_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (org_id, account_id, dkey) DO UPDATE
		SET form = excluded.form, path = excluded.path, title = excluded.title, fields = excluded.fields, saved_at = excluded.saved_at
		WHERE draft.fields <> '' OR draft.form <> excluded.form`, d.Org, d.Account, d.Key, d.Form, d.Path, d.Title, d.Fields, t.Now())
	return err
}

// endDraft empties a draft: its form was sent, or it is no longer wanted.
func endDraft(t *db.Tx, org, account, key, form string) error {
	_, err := t.Exec(`INSERT INTO draft (org_id, account_id, dkey, form, path, title, fields, saved_at) VALUES ($1, $2, $3, $4, '', '', '', $5)
		ON CONFLICT (org_id, account_id, dkey) DO UPDATE SET form = excluded.form, path = '', title = '', fields = '', saved_at = excluded.saved_at`,
		org, account, key, form, t.Now())
	return err
}

func countDrafts(q db.Q, org, account string, since time.Time) (int, error) {
	return db.Get[int](q, `SELECT count(*) FROM draft WHERE org_id = $1 AND account_id = $2 AND fields <> '' AND saved_at > $3`, org, account, since)
}

func findDraft(q db.Q, org, account, key string, since time.Time) (Draft, bool, error) {
	return db.Find[Draft](q, `SELECT `+db.Columns[Draft]("")+` FROM draft
		WHERE org_id = $1 AND account_id = $2 AND dkey = $3 AND fields <> '' AND saved_at > $4`, org, account, key, since)
}

func listDrafts(q db.Q, org, account string, since time.Time) ([]Draft, error) {
	return db.Select[Draft](q, `SELECT `+db.Columns[Draft]("")+` FROM draft
		WHERE org_id = $1 AND account_id = $2 AND fields <> '' AND saved_at > $3 ORDER BY saved_at DESC, dkey LIMIT $4`, org, account, since, maxDrafts)
}

// eraseDrafts forgets whatever an account typed in an organisation.
func eraseDrafts(t *db.Tx, org, account string) error {
	_, err := t.Exec(`DELETE FROM draft WHERE org_id = $1 AND account_id = $2`, org, account)
	return err
}

// purgeTyped removes up to 500 drafts and up to 500 signs of presence that are
// over, of all organisations, and says how many of which there were most.
func purgeTyped(t *db.Tx, drafts, presence time.Time) (int64, error) {
	// across organisations: what is over is over everywhere
	n, err := t.Exec(`DELETE FROM draft WHERE (org_id, account_id, dkey) IN
		(SELECT org_id, account_id, dkey FROM draft WHERE saved_at <= $1 LIMIT 500)`, drafts)
	if err != nil {
		return 0, err
	}
	// across organisations: the same
	m, err := t.Exec(`DELETE FROM presence WHERE (org_id, about, member_id) IN
		(SELECT org_id, about, member_id FROM presence WHERE seen_at <= $1 LIMIT 500)`, presence)
	return max(n, m), err
}

// Here is somebody who has a page about a record open.
type Here struct {
	Member   string    `db:"member_id"`
	Name     string    `db:"name"`
	TypingAt time.Time `db:"typing_at"`
	SeenAt   time.Time `db:"seen_at"`
}

func findHere(q db.Q, org, about, member string) (Here, bool, error) {
	return db.Find[Here](q, `SELECT member_id, name, typing_at, seen_at FROM presence WHERE org_id = $1 AND about = $2 AND member_id = $3`, org, about, member)
}

func keepHere(t *db.Tx, org, about string, h Here) error {
	_, err := t.Exec(`INSERT INTO presence (org_id, about, member_id, name, typing_at, seen_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (org_id, about, member_id) DO UPDATE SET name = excluded.name, typing_at = excluded.typing_at, seen_at = excluded.seen_at`,
		org, about, h.Member, h.Name, h.TypingAt, t.Now())
	return err
}

func leave(t *db.Tx, org, about, member string) error {
	_, err := t.Exec(`DELETE FROM presence WHERE org_id = $1 AND about = $2 AND member_id = $3`, org, about, member)
	return err
}

func othersHere(q db.Q, org, about, member string, since time.Time) ([]Here, error) {
	return db.Select[Here](q, `SELECT member_id, name, typing_at, seen_at FROM presence
		WHERE org_id = $1 AND about = $2 AND member_id <> $3 AND seen_at > $4 ORDER BY name, member_id LIMIT $5`, org, about, member, since, maxHere)
}
