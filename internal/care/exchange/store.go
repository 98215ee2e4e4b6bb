package exchange

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

var (
	importColumns = db.Columns[Import]("")
	rowColumns    = db.Columns[Row]("")
)

// ByID gives an import.
func ByID(q db.Q, org, id string) (Import, error) {
	return found(db.Find[Import](q, `SELECT `+importColumns+` FROM customer_import WHERE org_id = $1 AND import_id = $2`, org, id))
}

// lock takes the import's row: whatever changes an import does so one at a time.
func lock(tx *db.Tx, org, id string) (Import, error) {
	return found(db.Find[Import](tx, `SELECT `+importColumns+` FROM customer_import WHERE org_id = $1 AND import_id = $2 FOR UPDATE`, org, id))
}

func found(i Import, ok bool, err error) (Import, error) {
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "import-unknown")
	}
	return i, err
}

// list gives imports, the newest first, before an id.
func list(q db.Q, org, before string, limit int) ([]Import, error) {
	return db.Select[Import](q, `SELECT `+importColumns+` FROM customer_import WHERE org_id = $1 AND import_id < $2
		ORDER BY import_id DESC LIMIT $3`, org, before, limit)
}

func update(tx *db.Tx, i Import) error {
	columns, err := json.Marshal(i.Columns)
	if err != nil {
		return err
	}
	choices, err := json.Marshal(i.Choices)
	if err != nil {
		return err
	}
	tally, err := json.Marshal(i.Tally)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE customer_import SET state = $3, bytes = $4, encoding = $5, head = $6, columns = $7, choices = $8, tally = $9,
		row_count = $10, at_row = $11, confirmed_by = $12, confirmed_at = $13, ended_at = $14, touched_at = $15, cleared = $16, look_at = $17,
		version = $18, undone_by = $19 WHERE org_id = $1 AND import_id = $2`,
		i.Org, i.ID, string(i.State), i.Bytes, db.Null(i.Encoding), i.Head, string(columns), string(choices), string(tally),
		i.Rows, i.At, db.Null(i.ConfirmedBy), i.ConfirmedAt, i.EndedAt, i.TouchedAt, i.Cleared, i.LookAt, i.Version, db.Null(i.UndoneBy))
	return err
}

// due is an import that the watch has something to do for.
type due struct {
	Org string    `db:"org_id"`
	ID  string    `db:"import_id"`
	At  time.Time `db:"look_at"`
}

// nextDue gives the import to look at first. The watch looks across
// organisations: whoever waits longest is first.
func nextDue(q db.Q) (due, bool, error) {
	return db.Find[due](q, `SELECT org_id, import_id, look_at FROM customer_import WHERE look_at IS NOT NULL ORDER BY look_at LIMIT 1`)
}

// newRow is a row as it is read from a file.
type newRow struct {
	Org    string   `db:"org_id"`
	Import string   `db:"import_id"`
	No     int64    `db:"row_no"`
	Cells  []string `db:"cells,json"`
	Class  Class    `db:"class"`
}

// rowsAfter gives rows in order.
func rowsAfter(q db.Q, org, id string, after int64, limit int) ([]Row, error) {
	return db.Select[Row](q, `SELECT `+rowColumns+` FROM customer_import_row WHERE org_id = $1 AND import_id = $2 AND row_no > $3
		ORDER BY row_no LIMIT $4`, org, id, after, limit)
}

func rowsOfClass(q db.Q, org, id string, class Class, after int64, limit int) ([]Row, error) {
	return db.Select[Row](q, `SELECT `+rowColumns+` FROM customer_import_row WHERE org_id = $1 AND import_id = $2 AND class = $3 AND row_no > $4
		ORDER BY row_no LIMIT $5`, org, id, string(class), after, limit)
}

func rowsOfOutcome(q db.Q, org, id, outcome string, after int64, limit int) ([]Row, error) {
	return db.Select[Row](q, `SELECT `+rowColumns+` FROM customer_import_row WHERE org_id = $1 AND import_id = $2 AND outcome = $3 AND row_no > $4
		ORDER BY row_no LIMIT $5`, org, id, outcome, after, limit)
}

func lockRow(tx *db.Tx, org, id string, no int64) (Row, error) {
	r, ok, err := db.Find[Row](tx, `SELECT `+rowColumns+` FROM customer_import_row WHERE org_id = $1 AND import_id = $2 AND row_no = $3 FOR UPDATE`, org, id, no)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "import-row-unknown")
	}
	return r, err
}

// plain says of all rows of a stretch that nothing is wrong with them; those
// of which that is not so are written afterwards.
func plain(tx *db.Tx, org, id string, after, last int64) error {
	_, err := tx.Exec(`UPDATE customer_import_row SET class = 'ok', problems = NULL, reason = NULL, twin_row = NULL, twin_id = NULL, choice = NULL
		WHERE org_id = $1 AND import_id = $2 AND row_no > $3 AND row_no <= $4`, org, id, after, last)
	return err
}

func updateRow(tx *db.Tx, r Row) error {
	var problems any
	if len(r.Problems) > 0 {
		b, err := json.Marshal(r.Problems)
		if err != nil {
			return err
		}
		problems = string(b)
	}
	var twin any
	if r.TwinRow > 0 {
		twin = r.TwinRow
	}
	_, err := tx.Exec(`UPDATE customer_import_row SET class = $4, problems = $5, reason = $6, twin_row = $7, twin_id = $8, choice = $9,
		outcome = $10, person_id = $11, facts = $12 WHERE org_id = $1 AND import_id = $2 AND row_no = $3`,
		r.Org, r.Import, r.No, string(r.Class), problems, db.Null(string(r.Reason)), twin, db.Null(r.TwinID), db.Null(string(r.Choice)),
		db.Null(r.Outcome), db.Null(r.Person), r.Facts)
	return err
}

// keyRow is a digest and the first row that has it.
type keyRow struct {
	Digest string `db:"digest"`
	Row    int64  `db:"row_no"`
}

// keysOf gives the first rows that have one of some digests.
func keysOf(q db.Q, org, id string, digests []string) (map[string]int64, error) {
	out := map[string]int64{}
	for len(digests) > 0 {
		n := min(len(digests), 200)
		args := []any{org, id}
		rows, err := db.Select[keyRow](q, `SELECT digest, row_no FROM customer_import_key WHERE org_id = $1 AND import_id = $2
			AND digest IN (`+marks(&args, digests[:n])+`)`, args...)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.Digest] = r.Row
		}
		digests = digests[n:]
	}
	return out, nil
}

// addKeys keeps digests; one that an earlier row has stays that row's.
func addKeys(tx *db.Tx, org, id string, keys []keyRow) error {
	for len(keys) > 0 {
		n := min(len(keys), 200)
		args := []any{org, id}
		var b strings.Builder
		for i, k := range keys[:n] {
			if i > 0 {
				b.WriteString(", ")
			}
			args = append(args, k.Digest, k.Row)
			fmt.Fprintf(&b, "($1, $2, $%d, $%d)", len(args)-1, len(args))
		}
		if _, err := tx.Exec(`INSERT INTO customer_import_key (org_id, import_id, digest, row_no) VALUES `+b.String()+` ON CONFLICT DO NOTHING`, args...); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

// clearKeys removes up to so many digests, and says how many. Where they end is
// asked once: with IN a planner that knows no numbers yet asks it for each row.
func clearKeys(tx *db.Tx, org, id string, limit int) (int64, error) {
	return tx.Exec(`DELETE FROM customer_import_key WHERE org_id = $1 AND import_id = $2 AND digest <=
		(SELECT MAX(digest) FROM (SELECT digest FROM customer_import_key WHERE org_id = $1 AND import_id = $2 ORDER BY digest LIMIT $3) AS first)`, org, id, limit)
}

// clearRows removes up to so many rows, and says how many.
func clearRows(tx *db.Tx, org, id string, limit int) (int64, error) {
	return tx.Exec(`DELETE FROM customer_import_row WHERE org_id = $1 AND import_id = $2 AND row_no <=
		(SELECT MAX(row_no) FROM (SELECT row_no FROM customer_import_row WHERE org_id = $1 AND import_id = $2 ORDER BY row_no LIMIT $3) AS first)`, org, id, limit)
}

// number is the number a customer had in the list they came from.
type number struct {
	Org     string `db:"org_id"`
	Number  string `db:"number"`
	Written string `db:"written"`
	Person  string `db:"person_id"`
}

// numbered gives the customers who have one of some numbers, by number.
func numbered(q db.Q, org string, numbers []string) (map[string]string, error) {
	out := map[string]string{}
	for len(numbers) > 0 {
		n := min(len(numbers), 200)
		args := []any{org}
		rows, err := db.Select[number](q, `SELECT `+db.Columns[number]("n.")+` FROM customer_number n
			JOIN person p ON p.org_id = n.org_id AND p.person_id = n.person_id
			WHERE n.org_id = $1 AND p.merged_into IS NULL AND n.number IN (`+marks(&args, numbers[:n])+`)`, args...)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.Number] = r.Person
		}
		numbers = numbers[n:]
	}
	return out, nil
}

// numbersOf gives the numbers of customers.
func numbersOf(q db.Q, org string, people []string) (map[string]string, error) {
	out := map[string]string{}
	for len(people) > 0 {
		n := min(len(people), 200)
		args := []any{org}
		rows, err := db.Select[number](q, `SELECT `+db.Columns[number]("")+` FROM customer_number WHERE org_id = $1
			AND person_id IN (`+marks(&args, people[:n])+`) ORDER BY number DESC`, args...)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.Person] = r.Written
		}
		people = people[n:]
	}
	return out, nil
}

// keepNumber keeps a number, unless somebody has it.
func keepNumber(tx *db.Tx, n number) error {
	_, err := tx.Exec(`INSERT INTO customer_number (org_id, number, written, person_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		n.Org, n.Number, n.Written, n.Person)
	return err
}

func dropNumbers(tx *db.Tx, org, person string) error {
	_, err := tx.Exec(`DELETE FROM customer_number WHERE org_id = $1 AND person_id = $2`, org, person)
	return err
}

// peopleAfter gives ids of customers in order.
func peopleAfter(q db.Q, org, after string, limit int) ([]string, error) {
	return db.Select[string](q, `SELECT person_id FROM person WHERE org_id = $1 AND person_id > $2 AND merged_into IS NULL
		ORDER BY person_id LIMIT $3`, org, after, limit)
}

// marks gives the placeholders for texts and adds them to the arguments.
func marks(args *[]any, list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		*args = append(*args, s)
		out[i] = fmt.Sprintf("$%d", len(*args))
	}
	return strings.Join(out, ", ")
}
