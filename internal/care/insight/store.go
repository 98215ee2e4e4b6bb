package insight

import (
	"strconv"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kit/db"
)

func itoa(n int) string { return strconv.Itoa(n) }

var outcomeColumns = db.Columns[Outcome]("")

// get gives what became of a subject.
func get(q db.Q, org string, m Measure, subject string) (Outcome, bool, error) {
	return db.Find[Outcome](q, `SELECT `+outcomeColumns+` FROM insight_outcome WHERE org_id = $1 AND measure = $2 AND subject = $3`, org, m, subject)
}

// byRef gives the outcomes that later facts name so.
func byRef(q db.Q, org, ref string, m Measure) ([]Outcome, error) {
	return db.Select[Outcome](q, `SELECT `+outcomeColumns+` FROM insight_outcome WHERE org_id = $1 AND ref = $2 AND measure = $3 LIMIT 10`, org, ref, m)
}

// put writes what became of a subject and keeps the counters with it.
func put(t *db.Tx, o Outcome) error {
	old, known, err := get(t, o.Org, o.Measure, o.Subject)
	if err != nil || known && old == o {
		return err
	}
	if known {
		if err := add(t, old, -1); err != nil {
			return err
		}
		_, err = t.Exec(`UPDATE insight_outcome SET ref = $4, part = $5, outcome = $6, day = $7, at = $8
			WHERE org_id = $1 AND measure = $2 AND subject = $3`, o.Org, o.Measure, o.Subject, o.Ref, o.Part, o.Outcome, o.Day, o.At)
	} else {
		err = db.Insert(t, "insight_outcome", o)
	}
	if err != nil {
		return err
	}
	return add(t, o, 1)
}

// drop takes a subject out.
func drop(t *db.Tx, org string, m Measure, subject string) error {
	old, known, err := get(t, org, m, subject)
	if err != nil || !known {
		return err
	}
	if _, err := t.Exec(`DELETE FROM insight_outcome WHERE org_id = $1 AND measure = $2 AND subject = $3`, org, m, subject); err != nil {
		return err
	}
	return add(t, old, -1)
}

func add(t *db.Tx, o Outcome, n int) error {
	_, err := t.Exec(`INSERT INTO insight_day (org_id, measure, day, part, outcome, n) VALUES ($1, $2, $3, $4, $5, 0)
		ON CONFLICT (org_id, measure, day, part, outcome) DO NOTHING`, o.Org, o.Measure, o.Day, o.Part, o.Outcome)
	if err != nil {
		return err
	}
	_, err = t.Exec(`UPDATE insight_day SET n = n + $6 WHERE org_id = $1 AND measure = $2 AND day = $3 AND part = $4 AND outcome = $5`,
		o.Org, o.Measure, o.Day, o.Part, o.Outcome, n)
	return err
}

// countsOf are the counters of a measure over days, both ends included.
func countsOf(q db.Q, org string, m Measure, from, to string) ([]Count, error) {
	key := strings.Join([]string{org, string(m), from, to}, " ")
	return db.Fresh(q, []string{"insight_day"}, "insight.days", key, func() ([]Count, error) {
		return db.Select[Count](q, `SELECT measure, day, part, outcome, n FROM insight_day
			WHERE org_id = $1 AND measure = $2 AND day >= $3 AND day <= $4 AND n > 0 ORDER BY day`, org, m, from, to)
	})
}

// behind are the outcomes behind a number, newest first, before a moment.
func behind(q db.Q, org string, m Measure, outcome string, from, before time.Time, beforeID string, limit int) ([]Outcome, error) {
	return db.Select[Outcome](q, `SELECT `+outcomeColumns+` FROM insight_outcome
		WHERE org_id = $1 AND measure = $2 AND outcome = $3 AND at >= $4 AND (at < $5 OR at = $5 AND subject < $6)
		ORDER BY at DESC, subject DESC LIMIT $7`, org, m, outcome, from, before, beforeID, limit)
}

// overdue is how many still wait for an answer that were opened between two
// moments, counted up to limit.
func overdue(q db.Q, org string, from, before time.Time, limit int) (int64, error) {
	return db.Get[int64](q, `SELECT COUNT(*) FROM (SELECT subject FROM insight_outcome
		WHERE org_id = $1 AND measure = $2 AND outcome = $3 AND at >= $4 AND at < $5 LIMIT $6) AS late`, org, Answered, Waiting, from, before, limit)
}
