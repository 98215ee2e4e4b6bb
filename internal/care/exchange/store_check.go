package exchange

import "github.com/houvast/houvast/internal/kit/db"

// CheckAdded looks for rows that say they added somebody who is not there.
func CheckAdded(q db.Q) (rows int64, wrong []string, err error) {
	if rows, err = db.Get[int64](q, `SELECT COUNT(*) FROM customer_import_row WHERE outcome = 'added'`); err != nil {
		return 0, nil, err
	}
	wrong, err = db.Select[string](q, `SELECT r.import_id FROM customer_import_row r WHERE r.outcome = 'added' AND NOT EXISTS
		(SELECT 1 FROM person p WHERE p.org_id = r.org_id AND p.person_id = r.person_id) ORDER BY r.import_id LIMIT 20`)
	return rows, wrong, err
}

// CheckConfirmed looks for rows that did something though nobody confirmed
// their list.
func CheckConfirmed(q db.Q) (rows int64, wrong []string, err error) {
	if rows, err = db.Get[int64](q, `SELECT COUNT(*) FROM customer_import`); err != nil {
		return 0, nil, err
	}
	wrong, err = db.Select[string](q, `SELECT i.import_id FROM customer_import i WHERE i.confirmed_at IS NULL AND EXISTS
		(SELECT 1 FROM customer_import_row r WHERE r.org_id = i.org_id AND r.import_id = i.import_id AND r.outcome IS NOT NULL)
		ORDER BY i.import_id LIMIT 20`)
	return rows, wrong, err
}
