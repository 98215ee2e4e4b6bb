package ledger

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

var factColumns = db.Columns[Fact]("")

// factRow is a fact as it is inserted: not sealed yet.
type factRow struct {
	Org       string    `db:"org_id"`
	ID        string    `db:"id"`
	At        time.Time `db:"at"`
	Kind      string    `db:"kind"`
	Case      string    `db:"case_id"`
	Question  string    `db:"question_id"`
	Person    string    `db:"person_id"`
	ActorKind string    `db:"actor_kind"`
	ActorID   string    `db:"actor_id"`
	Raw       string    `db:"data"`
	Digest    string    `db:"digest"`
}

func insertFacts(t *db.Tx, facts []Fact) error {
	rows := make([]factRow, len(facts))
	for i, f := range facts {
		rows[i] = factRow{f.Org, f.ID, f.At, f.Kind, f.Case, f.Question, f.Person, f.ActorKind, f.ActorID, f.Raw, f.Digest}
	}
	return db.InsertAll(t, "fact", rows)
}

func insertBodies(t *db.Tx, bodies []body) error { return db.InsertAll(t, "fact_body", bodies) }

// Timeline gives the facts of a case, newest first, before a fact id ("" for
// the newest), at most limit.
func Timeline(q db.Q, org, caseID, before string, limit int) ([]Fact, error) {
	if before == "" {
		before = "~" // sorts after every id
	}
	return db.Select[Fact](q, `SELECT `+factColumns+` FROM fact
		WHERE org_id = $1 AND case_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4`, org, caseID, before, limit)
}

// OfPerson gives the facts that concern a person, newest first, as Timeline.
func OfPerson(q db.Q, org, person, before string, limit int) ([]Fact, error) {
	if before == "" {
		before = "~"
	}
	return db.Select[Fact](q, `SELECT `+factColumns+` FROM fact
		WHERE org_id = $1 AND person_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4`, org, person, before, limit)
}

// Texts gives the personal texts of facts of one organisation by fact id. A
// fact whose text was erased, or that never had one, is absent.
func Texts(q db.Q, org string, ids []string) (map[string]map[string]string, error) {
	out := map[string]map[string]string{}
	for len(ids) > 0 {
		n := min(len(ids), 200)
		args, marks := []any{org}, make([]string, n)
		for i, s := range ids[:n] {
			args = append(args, s)
			marks[i] = fmt.Sprintf("$%d", i+2)
		}
		rows, err := db.Select[body](q, `SELECT org_id, fact_id, salt, text FROM fact_body
			WHERE org_id = $1 AND fact_id IN (`+strings.Join(marks, ", ")+`)`, args...)
		if err != nil {
			return nil, err
		}
		for _, b := range rows {
			m := map[string]string{}
			if err := json.Unmarshal([]byte(b.Text), &m); err != nil {
				return nil, fmt.Errorf("text of fact %s: %w", b.Fact, err)
			}
			out[b.Fact] = m
		}
		ids = ids[n:]
	}
	return out, nil
}

// Erase removes the personal text of a fact; the chain stays whole.
func Erase(t *db.Tx, org, factID string) error {
	_, err := t.Exec(`DELETE FROM fact_body WHERE org_id = $1 AND fact_id = $2`, org, factID)
	return err
}

// Feed gives sealed facts after a feed position, in order, at most limit.
func Feed(q db.Q, after int64, limit int) ([]Fact, error) {
	return db.Select[Fact](q, `SELECT `+factColumns+` FROM fact WHERE pos > $1 ORDER BY pos LIMIT $2`, after, limit)
}

// FeedHead is the position of the newest sealed fact.
func FeedHead(q db.Q) (int64, error) {
	return db.Get[int64](q, `SELECT pos FROM ledger_feed WHERE one = 1`)
}

// Head is where the chain of an organisation stands.
type Head struct {
	Org  string `db:"org_id" json:"org_id"`
	Seq  int64  `db:"seq" json:"seq"`
	Hash string `db:"hash" json:"hash"`
}

// Heads gives the heads of all chains, to be kept outside the database.
func Heads(q db.Q) ([]Head, error) {
	return db.Select[Head](q, `SELECT org_id, seq, hash FROM ledger_head ORDER BY org_id`)
}

func headOf(q db.Q, org string) (Head, error) {
	h, ok, err := db.Find[Head](q, `SELECT org_id, seq, hash FROM ledger_head WHERE org_id = $1`, org)
	if !ok {
		h.Org = org
	}
	return h, err
}

func unsealed(q db.Q, limit int) ([]Fact, error) {
	return db.Select[Fact](q, `SELECT `+factColumns+` FROM fact WHERE pos IS NULL ORDER BY org_id, id LIMIT $1`, limit)
}

// chained gives the organisations that have sealed facts, with or without a head.
func chained(q db.Q) ([]string, error) {
	return db.Select[string](q, `SELECT DISTINCT org_id FROM fact WHERE seq IS NOT NULL ORDER BY org_id`)
}

// moved says that somebody else moved a head first: this batch is not ours.
var errMoved = errs.New(errs.Conflict, "head-moved")

// seal writes the order and hashes of a batch and moves the heads by
// compare-and-set.
func seal(t *db.Tx, facts []Fact, from, to int64, old, heads map[string]Head) error {
	const perStatement = 100
	for start := 0; start < len(facts); start += perStatement {
		part := facts[start:min(start+perStatement, len(facts))]
		var b strings.Builder
		var args []any
		b.WriteString(`UPDATE fact SET seq = v.column3, pos = v.column4, hash = v.column5 FROM (VALUES `)
		for i, f := range part {
			if i > 0 {
				b.WriteString(", ")
			}
			n := len(args)
			fmt.Fprintf(&b, "(CAST($%d AS TEXT), CAST($%d AS TEXT), CAST($%d AS BIGINT), CAST($%d AS BIGINT), CAST($%d AS TEXT))",
				n+1, n+2, n+3, n+4, n+5)
			args = append(args, f.Org, f.ID, f.Seq, f.Pos, f.Hash)
		}
		b.WriteString(`) AS v WHERE fact.org_id = v.column1 AND fact.id = v.column2 AND fact.pos IS NULL`)
		n, err := t.Exec(b.String(), args...)
		if err != nil {
			return err
		}
		if n != int64(len(part)) {
			return errMoved
		}
	}
	if n, err := t.Exec(`UPDATE ledger_feed SET pos = $2 WHERE one = 1 AND pos = $1`, from, to); err != nil || n != 1 {
		return orMoved(err)
	}
	for org, h := range heads {
		var n int64
		var err error
		if old[org].Seq == 0 {
			n, err = t.Exec(`INSERT INTO ledger_head (org_id, seq, hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, org, h.Seq, h.Hash)
		} else {
			n, err = t.Exec(`UPDATE ledger_head SET seq = $2, hash = $3 WHERE org_id = $1 AND seq = $4 AND hash = $5`,
				org, h.Seq, h.Hash, old[org].Seq, old[org].Hash)
		}
		if err != nil || n != 1 {
			return orMoved(err)
		}
	}
	return nil
}

func orMoved(err error) error {
	if err != nil {
		return err
	}
	return errMoved
}

type cursor struct {
	Name    string    `db:"name"`
	Pos     int64     `db:"pos"`
	Fails   int       `db:"fails"`
	RetryAt time.Time `db:"retry_at"`
}

func cursorOf(q db.Q, name string) (cursor, bool, error) {
	return db.Find[cursor](q, `SELECT name, pos, fails, retry_at FROM follower WHERE name = $1`, name)
}

func addCursor(t *db.Tx, name string, pos int64) error {
	_, err := t.Exec(`INSERT INTO follower (name, pos) VALUES ($1, $2) ON CONFLICT DO NOTHING`, name, pos)
	return err
}

func moveCursor(t *db.Tx, name string, from, to int64) error {
	n, err := t.Exec(`UPDATE follower SET pos = $3, fails = 0, retry_at = NULL WHERE name = $1 AND pos = $2`, name, from, to)
	if err != nil || n != 1 {
		return orMoved(err)
	}
	return nil
}

func failCursor(t *db.Tx, name string, pos int64, fails int, retry time.Time) error {
	_, err := t.Exec(`UPDATE follower SET fails = $3, retry_at = $4 WHERE name = $1 AND pos = $2`, name, pos, fails, retry)
	return err
}

func bury(t *db.Tx, name string, f Fact, reason string) error {
	_, err := t.Exec(`INSERT INTO follower_dead (name, pos, org_id, fact_id, at, error) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT DO NOTHING`, name, f.Pos, f.Org, f.ID, t.Now(), reason)
	return err
}

// feedOf gives the next facts of some kinds and the position up to which
// there is nothing else for those kinds.
func feedOf(q db.Q, after int64, kinds []string, limit int) ([]Fact, error) {
	args, marks := []any{after, limit}, make([]string, len(kinds))
	for i, k := range kinds {
		args = append(args, k)
		marks[i] = fmt.Sprintf("$%d", i+3)
	}
	return db.Select[Fact](q, `SELECT `+factColumns+` FROM fact
		WHERE pos > $1 AND kind IN (`+strings.Join(marks, ", ")+`) ORDER BY pos LIMIT $2`, args...)
}

// chain gives sealed facts of one organisation after a place in its chain;
// from the beginning with whatever was slipped in before its first entry.
func chain(q db.Q, org string, after int64, limit int) ([]Fact, error) {
	if after == 0 {
		after = math.MinInt64
	}
	return db.Select[Fact](q, `SELECT `+factColumns+` FROM fact
		WHERE org_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`, org, after, limit)
}

func bodiesOf(q db.Q, org, first, last string) ([]body, error) {
	return db.Select[body](q, `SELECT org_id, fact_id, salt, text FROM fact_body
		WHERE org_id = $1 AND fact_id >= $2 AND fact_id <= $3`, org, first, last)
}

func countUnsealed(q db.Q, org string) (int64, error) {
	return db.Get[int64](q, `SELECT COUNT(*) FROM fact WHERE org_id = $1 AND pos IS NULL`, org)
}

// Lag says how many facts wait to be sealed, counted up to limit, and since
// when the oldest of them does.
func Lag(q db.Q, limit int) (n int64, oldest time.Time, err error) {
	// across organisations: one sealer serves the installation
	type lag struct {
		N      int64     `db:"n"`
		Oldest time.Time `db:"oldest"`
	}
	l, err := db.Get[lag](q, `SELECT COUNT(*) AS n, MIN(at) AS oldest FROM (SELECT at FROM fact WHERE pos IS NULL LIMIT $1) AS waiting`, limit)
	return l.N, l.Oldest, err
}

// CountDead is how many facts followers have put aside for a person.
func CountDead(q db.Q) (int64, error) {
	// across organisations: they are the administrator's of the installation
	return db.Get[int64](q, `SELECT COUNT(*) FROM follower_dead`)
}
