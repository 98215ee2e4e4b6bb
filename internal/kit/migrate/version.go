package migrate

import (
	"fmt"
	"io/fs"
	"path"
	"strconv"

	"github.com/houvast/houvast/internal/kit/db"
)

// Version is the version the database has: cheap enough to be asked again and
// again.
func Version(q db.Q) (int64, error) {
	return db.Get[int64](q, `SELECT MAX(version_id) FROM `+versions)
}

// Target is the version that some migrations lead to.
func Target(sources ...fs.FS) (target int64, err error) {
	for _, src := range sources {
		files, err := fs.Glob(src, "schema/*.sql")
		if err != nil {
			return 0, err
		}
		for _, f := range files {
			base := path.Base(f)
			if !name.MatchString(base) {
				return 0, fmt.Errorf("migration %s: a name like 00012_handoffs.sql is expected", base)
			}
			n, err := strconv.ParseInt(base[:5], 10, 64)
			if err != nil {
				return 0, err
			}
			target = max(target, n)
		}
	}
	return target, nil
}
