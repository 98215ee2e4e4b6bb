package message

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

var columns = db.Columns[Message]("")

// ByID gives a message.
func ByID(q db.Q, org, id string) (Message, error) {
	return found(db.Find[Message](q, `SELECT `+columns+` FROM message WHERE org_id = $1 AND message_id = $2`, org, id))
}

func lock(t *db.Tx, org, id string) (Message, error) {
	return found(db.Find[Message](t, `SELECT `+columns+` FROM message WHERE org_id = $1 AND message_id = $2 FOR UPDATE`, org, id))
}

func found(m Message, ok bool, err error) (Message, error) {
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "message-unknown")
	}
	return m, err
}

// OfIntent gives the messages of an intent, in turn.
func OfIntent(q db.Q, org, intent string) ([]Message, error) {
	return db.Select[Message](q, `SELECT `+columns+` FROM message WHERE org_id = $1 AND intent = $2 ORDER BY turn LIMIT 100`, org, intent)
}

// OfCase gives the newest messages of a case, newest first.
func OfCase(q db.Q, org, caseID string, limit int) ([]Message, error) {
	return db.Select[Message](q, `SELECT `+columns+` FROM message
		WHERE org_id = $1 AND case_id = $2 ORDER BY message_id DESC LIMIT $3`, org, caseID, limit)
}

func insert(t *db.Tx, m Message) error {
	if m.Skipped == nil {
		m.Skipped = []Channel{}
	}
	return db.Insert(t, "message", m)
}

// update writes what can change of a message, whose row the caller holds.
func update(t *db.Tx, m Message) error {
	n, err := t.Exec(`UPDATE message SET state = $3, code = $4, attempts = $5, member_id = $6, not_before = $7, look_at = $8,
		waiting_since = $9, decided_by = $10, decided_at = $11, sending_at = $12, accepted_at = $13, delivered_at = $14,
		seen_at = $15, point_id = $16, channel = $17, masked = $18, before_at = $19
		WHERE org_id = $1 AND message_id = $2`,
		m.Org, m.ID, string(m.State), db.Null(m.Code), int64(m.Attempts), m.Member, m.NotBefore, m.LookAt, m.WaitingSince,
		db.Null(m.DecidedBy), m.DecidedAt, m.SendingAt, m.AcceptedAt, m.DeliveredAt, m.SeenAt,
		db.Null(m.Point), string(m.Channel), db.Null(m.Masked), m.Before)
	if err == nil && n != 1 {
		err = fmt.Errorf("message %s: %d rows changed", m.ID, n)
	}
	return err
}

// passOn gives the calls to be made in a case to its new owner.
func passOn(t *db.Tx, org, caseID, from, to string) (int64, error) {
	return t.Exec(`UPDATE message SET member_id = $4 WHERE org_id = $1 AND case_id = $2 AND member_id = $3
		AND state IN ('queued', 'sending', 'accepted', 'uncertain')`, org, caseID, from, to)
}

// passCalls gives calls that a member was to make to somebody else.
func passCalls(t *db.Tx, org, from, to string, most int) (int64, error) {
	return t.Exec(`UPDATE message SET member_id = $3 WHERE org_id = $1 AND message_id IN (SELECT m.message_id FROM message m
		WHERE m.org_id = $1 AND m.member_id = $2 AND m.state = 'queued' AND m.channel = 'phone' ORDER BY m.look_at, m.message_id LIMIT $4)`,
		org, from, to, most)
}

type dueMessage struct {
	Org string `db:"org_id"`
	ID  string `db:"message_id"`
}

func dueNow(q db.Q, now time.Time, limit int) ([]dueMessage, error) {
	return db.Select[dueMessage](q, `SELECT org_id, message_id FROM message WHERE look_at <= $1 ORDER BY look_at LIMIT $2`, now, limit)
}

// strayed gives what is being sent and would not be looked at for long: its
// times are those of a clock that was ahead.
func strayed(q db.Q, now time.Time, limit int) ([]dueMessage, error) {
	return db.Select[dueMessage](q, `SELECT org_id, message_id FROM message
		WHERE state = 'sending' AND look_at > $1 ORDER BY look_at LIMIT $2`, now.Add(astray), limit)
}

func nextLook(q db.Q) (time.Time, error) {
	return db.Get[time.Time](q, `SELECT MIN(look_at) FROM message WHERE look_at IS NOT NULL`)
}

func setLook(t *db.Tx, d dueMessage, at time.Time) error {
	_, err := t.Exec(`UPDATE message SET look_at = $3 WHERE org_id = $1 AND message_id = $2`, d.Org, d.ID, at)
	return err
}

// list gives messages of a case, or in a state, or all, newest first.
func list(q db.Q, org string, f Filter, before string, limit int) ([]Message, error) {
	args := []any{org, before, limit}
	where := `message_id < $2`
	add := func(column, value string) {
		if value != "" {
			args = append(args, value)
			where += fmt.Sprintf(` AND %s = $%d`, column, len(args))
		}
	}
	add("case_id", f.Case)
	add("state", string(f.State))
	return db.Select[Message](q, `SELECT `+columns+` FROM message WHERE org_id = $1 AND `+where+` ORDER BY message_id DESC LIMIT $3`, args...)
}

// calls gives the calls to be made by the time they are wanted.
func calls(q db.Q, org, member string, at time.Time, id string, limit int) ([]Message, error) {
	args := []any{org, at, id, limit}
	mine := ""
	if member != "" {
		mine, args = ` AND member_id = $5`, append(args, member)
	}
	return db.Select[Message](q, `SELECT `+columns+` FROM message
		WHERE org_id = $1 AND state = 'queued' AND channel = 'phone'
		AND (look_at > COALESCE($2, CAST(0 AS BIGINT)) OR look_at = COALESCE($2, CAST(0 AS BIGINT)) AND message_id > $3)`+mine+`
		ORDER BY look_at, message_id LIMIT $4`, args...)
}

// CountCalls counts the calls to be made, by a member or by anybody.
func CountCalls(q db.Q, org, member string) (int64, error) {
	return db.Fresh(q, []string{"message"}, "message.calls", org+member, func() (int64, error) {
		const text = `SELECT COUNT(*) FROM message WHERE org_id = $1 AND state = 'queued' AND channel = 'phone'`
		if member == "" {
			return db.Get[int64](q, text, org)
		}
		return db.Get[int64](q, text+` AND member_id = $2`, org, member)
	})
}

// Trouble says that mail waits because the mail server does not take it.
type Trouble struct {
	Waiting int64     `db:"n" json:"waiting"`
	Since   time.Time `db:"since" json:"since,omitzero"`
	Code    string    `db:"code" json:"code,omitempty"`
}

// MailTrouble says how much mail waits for the mail server, since when, and why.
func MailTrouble(q db.Q, org string) (Trouble, error) {
	return db.Fresh(q, []string{"message"}, "message.trouble", org, func() (Trouble, error) {
		return db.Get[Trouble](q, `SELECT COUNT(*) AS n, MIN(waiting_since) AS since, MAX(code) AS code FROM message
			WHERE org_id = $1 AND waiting_since IS NOT NULL AND state = 'queued'`, org)
	})
}

// CheckOnce counts intents and gives those of which, without a person's
// decision, more than one copy may be with the customer, or which are queued
// more than once: for replay.
func CheckOnce(q db.Q) (rows int64, wrong []string, err error) {
	if rows, err = db.Get[int64](q, `SELECT COUNT(*) FROM (SELECT DISTINCT org_id, intent FROM message) i`); err != nil {
		return 0, nil, err
	}
	wrong, err = db.Select[string](q, `SELECT MIN(message_id) FROM message WHERE decided_by IS NULL
		AND (channel <> 'phone' AND state IN ('sending', 'uncertain', 'accepted', 'delivered', 'seen', 'answered') OR state = 'queued')
		GROUP BY org_id, intent, CASE WHEN state = 'queued' THEN 1 ELSE 0 END HAVING COUNT(*) > 1 ORDER BY 1 LIMIT 20`)
	return rows, wrong, err
}

// CheckStuck gives messages that nothing will happen to any more although
// something must: in sending beyond their lease, or queued and forgotten.
func CheckStuck(q db.Q, longer time.Duration) (rows int64, wrong []string, err error) {
	if rows, err = db.Get[int64](q, `SELECT COUNT(*) FROM message WHERE state IN ('sending', 'queued')`); err != nil {
		return 0, nil, err
	}
	wrong, err = db.Select[string](q, `SELECT message_id FROM message m WHERE
		(state = 'sending' AND (look_at IS NULL OR look_at < $1))
		OR (state = 'queued' AND look_at IS NOT NULL AND look_at < $1)
		OR (state = 'queued' AND channel = 'email' AND NOT EXISTS (SELECT 1 FROM job j
			WHERE j.org_id = m.org_id AND j.kind = $2 AND j.ukey = m.message_id AND j.dead_at IS NULL))
		ORDER BY message_id LIMIT 20`, q.Now().Add(-longer), SendJob)
	return rows, wrong, err
}

// CheckLost gives messages that failed or are uncertain of which nobody knows:
// without a signal, another turn, or a person who decided.
func CheckLost(q db.Q) (rows int64, wrong []string, err error) {
	if rows, err = db.Get[int64](q, `SELECT COUNT(*) FROM message WHERE state IN ('failed', 'uncertain')`); err != nil {
		return 0, nil, err
	}
	wrong, err = db.Select[string](q, `SELECT message_id FROM message m WHERE state IN ('failed', 'uncertain')
		AND NOT EXISTS (SELECT 1 FROM message f WHERE f.org_id = m.org_id AND f.intent = m.intent AND (f.turn > m.turn
			OR f.state IN ('delivered', 'seen', 'answered', 'spoken')))
		AND NOT EXISTS (SELECT 1 FROM signal s WHERE s.org_id = m.org_id AND s.subject_id = m.message_id)
		ORDER BY message_id LIMIT 20`)
	return rows, wrong, err
}

// paramsOf takes parameters through JSON, so that a text written out now and
// one written out from the table later see the same kinds of values. Moments
// become milliseconds; one that is not known is left out.
func paramsOf(in map[string]any) (map[string]any, error) {
	plain := make(map[string]any, len(in))
	for k, v := range in {
		if at, ok := v.(time.Time); ok {
			if at.IsZero() {
				continue
			}
			v = at.UnixMilli()
		}
		plain[k] = v
	}
	b, err := json.Marshal(plain)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	return out, json.Unmarshal(b, &out)
}
