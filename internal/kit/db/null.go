package db

import (
	"strings"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// Null is a text for a column that holds none rather than a blank one.
func Null(s string) any {
	if strings.TrimSpace(s) == "" {
		return nil
	}
	return s
}

// Changed turns an update that found its row in no such version any more into
// "changed-meanwhile". It takes what Exec gives.
func Changed(rows int64, err error) error {
	if err == nil && rows == 0 {
		return errs.New(errs.Stale, "changed-meanwhile")
	}
	return err
}
