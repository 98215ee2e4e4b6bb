package signal

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

var columns = db.Columns[Signal]("")

// ByID gives a signal, open or not.
func ByID(q db.Q, org, id string) (Signal, error) {
	s, ok, err := db.Find[Signal](q, `SELECT `+columns+` FROM signal WHERE org_id = $1 AND signal_id = $2`, org, id)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "signal-unknown")
	}
	return s, err
}

func lockByID(tx *db.Tx, org, id string) (Signal, error) {
	s, ok, err := db.Find[Signal](tx, `SELECT `+columns+` FROM signal WHERE org_id = $1 AND signal_id = $2 FOR UPDATE`, org, id)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "signal-unknown")
	}
	return s, err
}

func lockOpen(tx *db.Tx, org, kind, subject string) (Signal, bool, error) {
	return db.Find[Signal](tx, `SELECT `+columns+` FROM signal
		WHERE org_id = $1 AND kind = $2 AND subject_id = $3 AND cleared_at IS NULL FOR UPDATE`, org, kind, subject)
}

// lockKinds gives the open signals of some kinds about a subject, in the order
// of the kinds.
func lockKinds(tx *db.Tx, org string, kinds []string, subject string) ([]Signal, error) {
	args, marks := []any{org, subject}, make([]string, len(kinds))
	for i, k := range kinds {
		args = append(args, k)
		marks[i] = fmt.Sprintf("$%d", i+3)
	}
	list, err := db.Select[Signal](tx, `SELECT `+columns+` FROM signal WHERE org_id = $1 AND subject_id = $2
		AND kind IN (`+strings.Join(marks, ", ")+`) AND cleared_at IS NULL FOR UPDATE`, args...)
	slices.SortFunc(list, func(a, b Signal) int { return slices.Index(kinds, a.Kind) - slices.Index(kinds, b.Kind) })
	return list, err
}

// insert says false when such a signal was raised by somebody else meanwhile.
func insert(tx *db.Tx, s Signal) (bool, error) {
	tried, data, err := jsonOf(s)
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(`INSERT INTO signal (org_id, signal_id, kind, level, subject_kind, subject_id, case_id, member_id, raised_at, look_at, tried, data)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (org_id, kind, subject_id) WHERE cleared_at IS NULL DO NOTHING`,
		s.Org, s.ID, s.Kind, int64(s.Level), s.SubjectKind, s.Subject, db.Null(s.Case), s.Member, s.RaisedAt, s.LookAt, tried, data)
	return n == 1, err
}

func update(tx *db.Tx, s Signal) error {
	tried, data, err := jsonOf(s)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE signal SET level = $3, member_id = $4, look_at = $5, tried = $6, taken_at = $7, taken_by = $8,
		cleared_at = $9, clear_reason = $10, data = $11, round = $12 WHERE org_id = $1 AND signal_id = $2`,
		s.Org, s.ID, int64(s.Level), s.Member, s.LookAt, tried, s.TakenAt, db.Null(s.TakenBy), s.ClearedAt, db.Null(s.ClearReason), data, int64(s.Round))
	return err
}

// after is where a page of open signals begins: below this level, or at it
// with a lower id.
type after struct {
	level int64
	id    string
}

var first = after{level: int64(Urgent) + 1}

// only is a list of one member; of nobody, which is everybody, none.
func only(member string) []string {
	if member == "" {
		return nil
	}
	return []string{member}
}

// whose limits a statement to some members; none named is everybody.
func whose(args *[]any, members []string) string {
	if len(members) == 0 {
		return ""
	}
	marks := make([]string, len(members))
	for i, m := range members {
		*args = append(*args, m)
		marks[i] = fmt.Sprintf("$%d", len(*args))
	}
	return ` AND member_id IN (` + strings.Join(marks, ", ") + `)`
}

// openAfter gives open signals, the most serious and then the newest first.
func openAfter(q db.Q, org string, members []string, a after, limit int) ([]Signal, error) {
	args := []any{org, a.level, a.id, limit}
	theirs := whose(&args, members)
	return db.Select[Signal](q, `SELECT `+columns+` FROM signal WHERE org_id = $1 AND cleared_at IS NULL
		AND (level, signal_id) < ($2, $3)`+theirs+` ORDER BY level DESC, signal_id DESC LIMIT $4`, args...)
}

// CountOpen counts the open signals of a member, or of the organisation when
// member is empty.
func CountOpen(q db.Q, org, member string) (int64, error) { return CountOpenOf(q, org, only(member)) }

// CountOpenOf is CountOpen for some members; none is everybody.
func CountOpenOf(q db.Q, org string, members []string) (int64, error) {
	return db.Fresh(q, []string{"signal"}, "signal.open", org+strings.Join(members, ""), func() (int64, error) {
		args := []any{org}
		theirs := whose(&args, members)
		return db.Get[int64](q, `SELECT COUNT(*) FROM signal WHERE org_id = $1 AND cleared_at IS NULL`+theirs, args...)
	})
}

// OfCase gives the open signals of a case, the most serious first.
func OfCase(q db.Q, org, caseID string) ([]Signal, error) {
	return db.Select[Signal](q, `SELECT `+columns+` FROM signal
		WHERE org_id = $1 AND case_id = $2 AND cleared_at IS NULL ORDER BY level DESC, signal_id DESC LIMIT 200`, org, caseID)
}

// OfCases gives the open signals of many cases by case.
func OfCases(q db.Q, org string, cases []string) (map[string][]Signal, error) {
	out := map[string][]Signal{}
	for len(cases) > 0 {
		n := min(len(cases), 200)
		args, marks := []any{org}, make([]string, n)
		for i, s := range cases[:n] {
			args = append(args, s)
			marks[i] = fmt.Sprintf("$%d", i+2)
		}
		rows, err := db.Select[Signal](q, `SELECT `+columns+` FROM signal WHERE org_id = $1 AND case_id IN (`+
			strings.Join(marks, ", ")+`) AND cleared_at IS NULL ORDER BY level DESC, signal_id DESC`, args...)
		if err != nil {
			return nil, err
		}
		for _, s := range rows {
			out[s.Case] = append(out[s.Case], s)
		}
		cases = cases[n:]
	}
	return out, nil
}

func lockOfMember(tx *db.Tx, org, member string, limit int) ([]Signal, error) {
	return db.Select[Signal](tx, `SELECT `+columns+` FROM signal
		WHERE org_id = $1 AND member_id = $2 AND cleared_at IS NULL ORDER BY signal_id LIMIT $3 FOR UPDATE`, org, member, limit)
}

func lockOfCase(tx *db.Tx, org, caseID string) ([]Signal, error) {
	return db.Select[Signal](tx, `SELECT `+columns+` FROM signal
		WHERE org_id = $1 AND case_id = $2 AND cleared_at IS NULL ORDER BY signal_id LIMIT 200 FOR UPDATE`, org, caseID)
}

type due struct {
	Org string    `db:"org_id"`
	At  time.Time `db:"look_at"`
}

func nextDue(q db.Q) (due, bool, error) {
	return db.Find[due](q, `SELECT org_id, look_at FROM signal WHERE look_at IS NOT NULL ORDER BY look_at LIMIT 1`)
}

func claim(tx *db.Tx, org string, limit int) ([]Signal, error) {
	return db.Select[Signal](tx, `SELECT `+columns+` FROM signal
		WHERE org_id = $1 AND look_at IS NOT NULL AND look_at <= $2 ORDER BY look_at, signal_id LIMIT $3 FOR UPDATE SKIP LOCKED`,
		org, tx.Now(), limit)
}

// CheckMembers looks for open signals that have nobody: for replay.
func CheckMembers(q db.Q) (rows int64, wrong []string, err error) {
	if rows, err = db.Get[int64](q, `SELECT COUNT(*) FROM signal WHERE cleared_at IS NULL`); err != nil {
		return 0, nil, err
	}
	wrong, err = db.Select[string](q, `SELECT signal_id FROM signal s WHERE s.cleared_at IS NULL AND NOT EXISTS (SELECT 1 FROM member m
		WHERE m.org_id = s.org_id AND m.member_id = s.member_id AND m.active = 1) ORDER BY signal_id LIMIT 20`)
	return rows, wrong, err
}

// CheckUrgent looks for urgent signals that nobody took and that the watch has
// forgotten: due for more than a minute.
func CheckUrgent(q db.Q) (rows int64, wrong []string, err error) {
	if rows, err = db.Get[int64](q, `SELECT COUNT(*) FROM signal WHERE level = 3 AND taken_at IS NULL AND cleared_at IS NULL`); err != nil {
		return 0, nil, err
	}
	wrong, err = db.Select[string](q, `SELECT signal_id FROM signal WHERE level = 3 AND taken_at IS NULL AND cleared_at IS NULL
		AND (look_at IS NULL OR look_at < $1) ORDER BY signal_id LIMIT 20`, q.Now().Add(-time.Minute))
	return rows, wrong, err
}

func jsonOf(s Signal) (tried, data string, err error) {
	if s.Tried == nil {
		s.Tried = []string{}
	}
	if s.Data == nil {
		s.Data = map[string]any{}
	}
	t, err := json.Marshal(s.Tried)
	if err != nil {
		return "", "", err
	}
	d, err := json.Marshal(s.Data)
	return string(t), string(d), err
}
