package intake

import (
	"embed"
	"encoding/json"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kit/db"
)

// Migrations are the tables of this capability.
//
//go:embed schema/*.sql
var Migrations embed.FS

var flagColumns = db.Columns[Flag]("")

// ownFlags gives what an organisation changed in the list of red flags, in the
// order of what it added.
func ownFlags(q db.Q, org string) ([]Flag, error) {
	return db.Select[Flag](q, `SELECT `+flagColumns+` FROM red_flag WHERE org_id = $1 ORDER BY flag_id LIMIT 500`, org)
}

func putFlag(t *db.Tx, f Flag) error {
	words, err := json.Marshal(f.Words)
	if err != nil {
		return err
	}
	_, err = t.Exec(`INSERT INTO red_flag (org_id, flag_id, name, words, ask, act, active, changed_at, changed_by, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (org_id, flag_id) DO UPDATE SET name = $3, words = $4, ask = $5, act = $6, active = $7, changed_at = $8, changed_by = $9, version = $10`,
		f.Org, f.ID, f.Name, string(words), f.Ask, f.Act, f.Active, f.ChangedAt, f.ChangedBy, f.Version)
	return err
}

func deleteFlag(t *db.Tx, org, id string) error {
	_, err := t.Exec(`DELETE FROM red_flag WHERE org_id = $1 AND flag_id = $2`, org, id)
	return err
}

// lockOrg lets the red flags of one organisation change one at a time.
func lockOrg(t *db.Tx, id string) (org.Organisation, error) {
	if _, err := t.Exec(`UPDATE organisation SET version = version WHERE org_id = $1`, id); err != nil {
		return org.Organisation{}, err
	}
	return org.ByID(t, id)
}

// anonymous is a caller who did not say who they are.
type anonymous struct {
	Org      string    `db:"org_id"`
	Person   string    `db:"person_id"`
	CalledAt time.Time `db:"called_at"`
	KnownAs  string    `db:"known_as"`
	KnownAt  time.Time `db:"known_at"`
}

var anonymousColumns = db.Columns[anonymous]("")

// unknownOf gives the unknown caller of a case, when there is one whom nobody
// recognised yet.
func unknownOf(q db.Q, c casefile.Case) (anonymous, bool, error) {
	return db.Find[anonymous](q, `SELECT `+anonymousColumns+` FROM anonymous_caller
		WHERE org_id = $1 AND person_id IN ($2, $3) AND known_as IS NULL LIMIT 1`, c.Org, c.Asker, c.Person)
}

// becomeKnown notes who an unknown caller is.
func becomeKnown(t *db.Tx, a anonymous, as string) error {
	_, err := t.Exec(`UPDATE anonymous_caller SET known_as = $3, known_at = $4 WHERE org_id = $1 AND person_id = $2 AND known_as IS NULL`,
		a.Org, a.Person, as, t.Now())
	return err
}
