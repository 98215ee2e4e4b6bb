package org

import "github.com/houvast/houvast/internal/kit/db"

// Count is how many organisations share the installation, up to limit.
func Count(q db.Q, limit int) (int64, error) {
	// across organisations: it is about the installation
	return db.Get[int64](q, `SELECT COUNT(*) FROM (SELECT org_id FROM organisation LIMIT $1) AS some`, limit)
}
