package bench

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kit/db"
)

// pattern is what one question, or one customer, left in the database: rows
// with holes for what is different each time.
type pattern struct {
	ids    []string // ids made with it, in the order in which they were found
	rows   []patternRow
	open   bool
	opened time.Time
	last   time.Time // when the last thing happened
	due    time.Time // of what is open
}

type patternRow struct {
	table string
	cols  []string
	cells []cell
	outAt int // insight_outcome: where its moment stands; else -1
}

// cell is one value.
type cell struct {
	kind   cellKind
	value  any     // of fixed
	moment int64   // of moment
	pieces []piece // of text
}

type cellKind int

const (
	fixed  cellKind = iota
	moment          // shifted
	text            // put together
	number          // of the case
	hash            // made anew: it must be the only one
	day             // of the moment in the row
	digest          // of the text of a fact, made with it
)

// piece is a part of a text.
type piece struct {
	kind pieceKind
	lit  string
	n    int   // which id, which member
	at   int64 // of when and stamp
}

type pieceKind int

const (
	literal pieceKind = iota
	ownID
	orgID
	teamID
	memberID
	personID
	emailID
	phoneID
	subject
	name
	reference
	when  // milliseconds
	stamp // RFC 3339
	email
	phone
)

// patterns are all there are.
type patterns struct {
	questions []pattern
	customer  pattern
}

var (
	idForm   = regexp.MustCompile(`\b[a-z]{3}_[0-9abcdefghjkmnpqrstvwxyz]{26}\b`)
	anything = regexp.MustCompile(`\b[a-z]{3}_[0-9abcdefghjkmnpqrstvwxyz]{26}\b` + // ids
		`|\bH-\d+-[A-Z]\b` + // references
		`|` + markSubject + `\d+` +
		`|` + markName + `\d+ Zbenchz` +
		`|zklantz\d+@bench\.example` +
		`|\+3161234\d{4}` +
		`|\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z` +
		`|\b1[6-9]\d{11}\b`) // moments
)

// isMoment says that a number is one: of our time, in milliseconds.
func isMoment(n int64) bool { return n > 1_600_000_000_000 && n < 2_200_000_000_000 }

// readPatterns takes apart what was played: whose row is whose is seen by the
// ids in it.
func readPatterns(ctx context.Context, d *db.DB, p practice, samples []sample) (out patterns, err error) {
	type tableRows struct {
		cols []string
		rows [][]any
	}
	all := map[string]tableRows{}
	for _, t := range questionTables {
		var r tableRows
		if r.cols, r.rows, err = everything(ctx, d.Pool(), t, p.Org); err != nil {
			return out, fmt.Errorf("read %s: %w", t, err)
		}
		all[t] = r
	}
	for _, t := range personTables {
		if _, ok := all[t]; ok {
			continue
		}
		var r tableRows
		if r.cols, r.rows, err = everything(ctx, d.Pool(), t, p.Org); err != nil {
			return out, fmt.Errorf("read %s: %w", t, err)
		}
		all[t] = r
	}
	shared := map[string]piece{p.Org: {kind: orgID}, p.Team: {kind: teamID}}
	for i, r := range roles {
		for _, m := range p.Members[r] {
			shared[m] = piece{kind: memberID, n: i}
		}
	}
	for i, s := range samples {
		of := func(caseRow bool) map[string]bool {
			if caseRow {
				return map[string]bool{s.caseID: true}
			}
			return map[string]bool{s.person: true}
		}
		// A customer is what they are without their question.
		own := map[string]piece{s.person: {kind: personID}}
		for _, row := range all["contact_point"].rows {
			if value(all["contact_point"].cols, row, "person_id") == s.person {
				kind := emailID
				if value(all["contact_point"].cols, row, "kind") == "phone" {
					kind = phoneID
				}
				own[value(all["contact_point"].cols, row, "point_id").(string)] = piece{kind: kind}
			}
		}
		q := pattern{}
		mine := of(true)
		known := map[string]piece{}
		for k, v := range shared {
			known[k] = v
		}
		for k, v := range own {
			known[k] = v
		}
		for _, t := range questionTables {
			r := all[t]
			for _, row := range r.rows {
				if !names(row, mine) {
					continue
				}
				for _, v := range row {
					for _, found := range idsIn(v) {
						if _, ok := known[found]; !ok {
							known[found] = piece{kind: ownID, n: len(q.ids)}
							q.ids = append(q.ids, found)
						}
						if known[found].kind == ownID {
							mine[found] = true
						}
					}
				}
				q.rows = append(q.rows, compile(t, r.cols, row, known))
				q.notice(t, r.cols, row)
			}
		}
		out.questions = append(out.questions, q)
		if i > 0 {
			continue
		}
		c := pattern{}
		known = map[string]piece{}
		for k, v := range shared {
			known[k] = v
		}
		for k, v := range own {
			known[k] = v
		}
		mine = of(false)
		for _, t := range personTables {
			r := all[t]
			for _, row := range r.rows {
				if !names(row, mine) || t == "fact" && value(r.cols, row, "case_id") != nil {
					continue
				}
				for _, v := range row {
					for _, found := range idsIn(v) {
						if _, ok := known[found]; !ok {
							known[found] = piece{kind: ownID, n: len(c.ids)}
							c.ids = append(c.ids, found)
							mine[found] = true
						}
					}
				}
				if t == "contact_point" && value(r.cols, row, "person_id") != s.person {
					continue
				}
				c.rows = append(c.rows, compile(t, r.cols, row, known))
				c.notice(t, r.cols, row)
			}
		}
		out.customer = c
	}
	return out, nil
}

func value(cols []string, row []any, col string) any {
	if i := slices.Index(cols, col); i >= 0 {
		return row[i]
	}
	return nil
}

func idsIn(v any) []string {
	if s, ok := v.(string); ok {
		return idForm.FindAllString(s, -1)
	}
	return nil
}

// names says whether a row names one of these ids.
func names(row []any, ids map[string]bool) bool {
	for _, v := range row {
		for _, s := range idsIn(v) {
			if ids[s] {
				return true
			}
		}
	}
	return false
}

// notice keeps what a pattern is chosen by.
func (p *pattern) notice(table string, cols []string, row []any) {
	at := func(col string) time.Time {
		n, _ := value(cols, row, col).(int64)
		return time.UnixMilli(n).UTC()
	}
	switch table {
	case "case_file":
		p.opened = at("opened_at")
		if value(cols, row, "closed_at") == nil {
			p.open, p.due = true, at("next_due")
		}
	case "person":
		p.opened = at("created_at")
	case "fact":
		if t := at("at"); t.After(p.last) {
			p.last = t
		}
	}
}

// compile puts holes into a row.
func compile(table string, cols []string, row []any, known map[string]piece) patternRow {
	out := patternRow{table: table, cols: cols, outAt: -1}
	for i, v := range row {
		c := cell{kind: fixed, value: v}
		switch v := v.(type) {
		case int64:
			if isMoment(v) {
				c = cell{kind: moment, moment: v}
			}
			if table == "case_file" && cols[i] == "number" {
				c = cell{kind: number}
			}
		case string:
			if parts := cut(v, known); len(parts) != 1 || parts[0].kind != literal {
				c = cell{kind: text, pieces: parts}
			}
			switch {
			case cols[i] == "hash" && table == "link":
				c = cell{kind: hash}
			case cols[i] == "day" && table == "insight_outcome":
				c = cell{kind: day}
				out.outAt = slices.Index(cols, "at")
			case cols[i] == "digest" && table == "fact":
				c = cell{kind: digest}
			}
		}
		out.cells = append(out.cells, c)
	}
	return out
}

// cut takes a text apart.
func cut(s string, known map[string]piece) (out []piece) {
	from := 0
	for _, at := range anything.FindAllStringIndex(s, -1) {
		token := s[at[0]:at[1]]
		p := piece{}
		switch {
		case idForm.MatchString(token):
			var ok bool
			if p, ok = known[token]; !ok {
				continue
			}
		case strings.HasPrefix(token, "H-"):
			p.kind = reference
		case strings.HasPrefix(token, markSubject):
			p.kind = subject
		case strings.HasPrefix(token, markName):
			p.kind = name
		case strings.Contains(token, "@"):
			p.kind = email
		case strings.HasPrefix(token, "+"):
			p.kind = phone
		case strings.HasSuffix(token, "Z"):
			t, err := time.Parse(time.RFC3339Nano, token)
			if err != nil {
				continue
			}
			p = piece{kind: stamp, at: t.UnixMilli()}
		default:
			n, err := strconv.ParseInt(token, 10, 64)
			if err != nil {
				continue
			}
			p = piece{kind: when, at: n}
		}
		if at[0] > from {
			out = append(out, piece{kind: literal, lit: s[from:at[0]]})
		}
		out, from = append(out, p), at[1]
	}
	if from < len(s) || len(out) == 0 {
		out = append(out, piece{kind: literal, lit: s[from:]})
	}
	return out
}
