package page

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// Sizes of a page.
const (
	Default = 50
	Max     = 200
)

// Page is a part of a list. Next is empty on the last page.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// Size makes a sensible size of what was asked for: 0 gives Default, and
// nobody gets more than Max.
func Size(n int) int {
	if n <= 0 {
		return Default
	}
	return min(n, Max)
}

// Of makes a page of at most size items. Callers read one row more than size:
// that it is there says that there is a next page. Key gives the sort key of
// an item.
func Of[T any](rows []T, size int, key func(T) []string) Page[T] {
	p := Page[T]{Items: rows}
	if len(rows) > size {
		p.Items = rows[:size]
		p.Next = Cursor(key(rows[size-1])...)
	}
	if p.Items == nil {
		p.Items = []T{} // a list without items is [] in an answer, not null
	}
	return p
}

// Cursor packs a sort key.
func Cursor(key ...string) string {
	b, _ := json.Marshal(key) // strings can always be written
	return base64.RawURLEncoding.EncodeToString(b)
}

// Parse unpacks a cursor of n parts; an empty cursor gives nil. Anything that
// is not such a cursor is a Malformed error "bad-cursor".
func Parse(cursor string, n int) ([]string, error) {
	if cursor == "" {
		return nil, nil
	}
	var key []string
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || json.Unmarshal(b, &key) != nil || len(key) != n || strings.ContainsRune(strings.Join(key, ""), 0) {
		return nil, errs.New(errs.Malformed, "bad-cursor").Field("query.cursor", "bad-cursor")
	}
	return key, nil
}
