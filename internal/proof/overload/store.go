package overload

import "github.com/houvast/houvast/internal/kit/db"

// Cases counts the cases there are.
func Cases(q db.Q) (int64, error) {
	// across organisations: the server was filled for this alone
	return db.Get[int64](q, `SELECT COUNT(*) FROM case_file`)
}

// HasCase says whether a case is there.
func HasCase(q db.Q, id string) (bool, error) {
	// across organisations: as above
	n, err := db.Get[int64](q, `SELECT COUNT(*) FROM case_file WHERE case_id = $1`, id)
	return n == 1, err
}
