package casefile

import (
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

var savedColumns = db.Columns[SavedFilter]("")

// savedOf gives the filters that a member may use: their own, those of their
// teams, and those of everybody.
func savedOf(q db.Q, org, member string) ([]SavedFilter, error) {
	return db.Select[SavedFilter](q, `SELECT `+savedColumns+` FROM saved_filter
		WHERE org_id = $1 AND (owner_id = $2 OR share = 'all' OR share = 'team' AND (
			team_id IN (SELECT m.team_id FROM team_member m WHERE m.org_id = $1 AND m.member_id = $2)
			OR team_id IN (SELECT t.team_id FROM team t WHERE t.org_id = $1 AND t.duty_member_id = $2)))
		ORDER BY created_at, filter_id LIMIT 100`, org, member)
}

func savedByID(q db.Q, org, id string) (SavedFilter, error) {
	f, ok, err := db.Find[SavedFilter](q, `SELECT `+savedColumns+` FROM saved_filter WHERE org_id = $1 AND filter_id = $2`, org, id)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "filter-not-found")
	}
	return f, err
}

func countSaved(q db.Q, org, member string) (own, shared int64, err error) {
	if own, err = db.Get[int64](q, `SELECT COUNT(*) FROM saved_filter WHERE org_id = $1 AND owner_id = $2`, org, member); err != nil {
		return 0, 0, err
	}
	shared, err = db.Get[int64](q, `SELECT COUNT(*) FROM saved_filter WHERE org_id = $1 AND share <> 'own'`, org)
	return own, shared, err
}

func updateSaved(t *db.Tx, f SavedFilter) error {
	return db.Changed(t.Exec(`UPDATE saved_filter SET name = $4, query = $5, share = $6, team_id = $7, version = version + 1
		WHERE org_id = $1 AND filter_id = $2 AND version = $3`, f.Org, f.ID, f.Version, f.Name, f.Query, f.Share, db.Null(f.Team)))
}

func deleteSaved(t *db.Tx, f SavedFilter) error {
	_, err := t.Exec(`DELETE FROM saved_filter WHERE org_id = $1 AND filter_id = $2`, f.Org, f.ID)
	return err
}

// teamRow is a team as lists name it.
type teamRow struct {
	ID   string `db:"team_id"`
	Name string `db:"name"`
	Mine bool   `db:"mine"`
}

// teamsFor gives the teams of an organisation, those of a member marked.
func teamsFor(q db.Q, org, member string) ([]teamRow, error) {
	return db.Select[teamRow](q, `SELECT t.team_id, t.name, CASE WHEN t.duty_member_id = $2 OR EXISTS (SELECT 1 FROM team_member m
			WHERE m.org_id = t.org_id AND m.team_id = t.team_id AND m.member_id = $2) THEN 1 ELSE 0 END AS mine
		FROM team t WHERE t.org_id = $1 AND t.active = 1 ORDER BY t.name, t.team_id LIMIT 100`, org, member)
}
