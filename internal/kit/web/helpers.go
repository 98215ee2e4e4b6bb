package web

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// ETag is the entity tag of a version of a record.
func ETag(version int64) string { return `"v` + strconv.FormatInt(version, 10) + `"` }

// CheckIfMatch compares the If-Match header of a change with the version the
// record has: "if-match-needed" without one, "changed-meanwhile" when it is
// another one.
func CheckIfMatch(header string, version int64) error {
	if strings.TrimSpace(header) == "" {
		return errs.New(errs.Precondition, "if-match-needed")
	}
	for part := range strings.SplitSeq(header, ",") {
		if tag := strings.TrimSpace(part); tag == "*" || tag == ETag(version) {
			return nil
		}
	}
	return errs.New(errs.Stale, "changed-meanwhile")
}

// Paging is embedded in the input of an operation that gives a list.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many to give at most."`
	Cursor string `query:"cursor" maxLength:"500" doc:"Where to go on: from the Link header of the page before. Opaque."`
}

// After reads the cursor: the parts it was made of, or none for the first page.
func (p Paging) After(parts int) ([]string, error) {
	if p.Cursor == "" {
		return make([]string, parts), nil
	}
	list, err := DecodeCursor(p.Cursor)
	if err != nil || len(list) != parts {
		return nil, errs.New(errs.Malformed, "bad-cursor").Field("query.cursor", "bad-cursor")
	}
	return list, nil
}

// EncodeCursor makes an opaque cursor of what a list is sorted by.
func EncodeCursor(parts ...string) string {
	b, err := json.Marshal(parts)
	if err != nil { // texts always marshal
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// DecodeCursor gives the parts of a cursor.
func DecodeCursor(s string) (parts []string, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, &parts)
	}
	for _, p := range parts {
		if !clean(p) {
			err = errs.New(errs.Malformed, "bad-cursor")
		}
	}
	if err != nil {
		return nil, errs.New(errs.Malformed, "bad-cursor")
	}
	return parts, nil
}

// NextLink is the Link header to the next page of a list; current is the
// address of this one (From(ctx).Request().URL), cursor "" for the last page.
func NextLink(current *url.URL, cursor string) string {
	if cursor == "" {
		return ""
	}
	q := current.Query()
	q.Set("cursor", cursor)
	return "<" + current.EscapedPath() + "?" + q.Encode() + `>; rel="next"`
}
