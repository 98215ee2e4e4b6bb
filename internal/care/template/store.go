package template

import (
	"embed"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

// Migrations are the capability's table.
//
//go:embed schema/*.sql
var Migrations embed.FS

var columns = db.Columns[Template]("")

// all gives an organisation's templates by name.
func all(q db.Q, org string) ([]Template, error) {
	return db.Select[Template](q, `SELECT `+columns+` FROM answer_template WHERE org_id = $1 ORDER BY name LIMIT 200`, org)
}

// name is a template by what it is called.
type name struct {
	ID   string `db:"template_id"`
	Name string `db:"name"`
}

// names gives what an organisation's templates are called, without their texts.
func names(q db.Q, org string) ([]name, error) {
	return db.Select[name](q, `SELECT template_id, name FROM answer_template WHERE org_id = $1 ORDER BY name LIMIT 200`, org)
}

// count says how many templates an organisation has.
func count(q db.Q, org string) (int64, error) {
	return db.Get[int64](q, `SELECT COUNT(*) FROM answer_template WHERE org_id = $1`, org)
}

// byID gives one template.
func byID(q db.Q, org, id string) (Template, error) {
	return found(db.Find[Template](q, `SELECT `+columns+` FROM answer_template WHERE org_id = $1 AND template_id = $2`, org, id))
}

func lock(t *db.Tx, org, id string) (Template, error) {
	return found(db.Find[Template](t, `SELECT `+columns+` FROM answer_template WHERE org_id = $1 AND template_id = $2 FOR UPDATE`, org, id))
}

func found(t Template, ok bool, err error) (Template, error) {
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "template-not-found")
	}
	return t, err
}

// update saves a template whose row is held.
func update(t *db.Tx, x Template) error {
	_, err := t.Exec(`UPDATE answer_template SET name = $3, text_nl = $4, text_en = $5, changed_by = $6, changed_at = $7, version = $8
		WHERE org_id = $1 AND template_id = $2`, x.Org, x.ID, x.Name, x.Dutch, x.English, x.ChangedBy, x.ChangedAt, x.Version)
	return err
}

func drop(t *db.Tx, org, id string) error {
	_, err := t.Exec(`DELETE FROM answer_template WHERE org_id = $1 AND template_id = $2`, org, id)
	return err
}

// free says whether a name is free for a template.
func free(q db.Q, org, name, id string) (bool, error) {
	n, err := db.Get[int64](q, `SELECT COUNT(*) FROM answer_template WHERE org_id = $1 AND name = $2 AND template_id <> $3`, org, name, id)
	return n == 0, err
}
