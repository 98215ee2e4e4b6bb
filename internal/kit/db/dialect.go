package db

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

var (
	placeholder = regexp.MustCompile(`\$([0-9]+)`)
	locking     = regexp.MustCompile(`(?i)\s+FOR UPDATE( SKIP LOCKED)?`)
	rewritten   sync.Map // SQLite text by portable text: statements are constants, so it stays small
)

// rewrite turns the portable text into what the database reads. SQLite gets
// ?1 for $1, because it takes "$2, $1" for names and binds them in the order
// they appear; and no row locks, because it has one writer.
func rewrite(d Dialect, text string) string {
	if d == Postgres {
		return text
	}
	if s, ok := rewritten.Load(text); ok {
		return s.(string)
	}
	mark := "?$1"
	if inOrder(text) { // each once: SQLite looks up names one by one, also those of thousands
		mark = "?"
	}
	s := locking.ReplaceAllString(placeholder.ReplaceAllString(text, mark), "")
	rewritten.Store(text, s)
	return s
}

// inOrder says whether the places of a statement are $1, $2 and so on, each once.
func inOrder(text string) bool {
	for i, m := range placeholder.FindAllStringSubmatch(text, -1) {
		if n, err := strconv.Atoi(m[1]); err != nil || n != i+1 {
			return false
		}
	}
	return true
}

var (
	ddlInteger = regexp.MustCompile(`\bINTEGER\b`)
	ddlBlob    = regexp.MustCompile(`\bBLOB\b`)
	ddlText    = regexp.MustCompile(`\bTEXT\b`)
)

// DDL turns a portable migration into what the database reads. Migrations are
// written for SQLite's strict tables: INTEGER, TEXT, BLOB, "STRICT". On
// PostgreSQL text sorts by bytes, as it does in SQLite.
func DDL(d Dialect, text string) string {
	if d == SQLite {
		return text
	}
	text = ddlInteger.ReplaceAllString(text, "BIGINT")
	text = ddlBlob.ReplaceAllString(text, "BYTEA")
	text = ddlText.ReplaceAllString(text, `TEXT COLLATE "C"`)
	return strings.NewReplacer(") STRICT;", ");", ") STRICT, WITHOUT ROWID;", ");").Replace(text)
}

// Millis is a moment as the database keeps it; nil for the zero moment.
func Millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// bind turns Go values into what both databases take: moments into
// milliseconds (zero into NULL), booleans into 0 and 1.
func bind(args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		switch v := a.(type) {
		case nil, string, int64:
			out[i] = a
		case time.Time:
			out[i] = Millis(v)
		case *time.Time:
			if v == nil {
				out[i] = nil
			} else {
				out[i] = Millis(*v)
			}
		case bool:
			out[i] = int64(0)
			if v {
				out[i] = int64(1)
			}
		case time.Duration:
			out[i] = v.Milliseconds()
		default:
			out[i] = a
		}
	}
	return out
}
