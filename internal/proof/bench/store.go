package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/app"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/ledger"
)

// of the tables that a question leaves rows in, in the order of their keys.
// Words and counters are worked out anew; work of the queue is done.
var questionTables = []string{"case_file", "question_party", "contact_moment", "promise", "delivery", "message", "link", "insight_outcome",
	"signal", "access_log", "fact", "fact_body"}

// of a customer.
var personTables = []string{"person", "contact_point", "fact", "fact_body"}

// everything reads a table, column by column: text, whole numbers and nothing
// are all there is in the house but for the files.
func everything(ctx context.Context, pool *sql.DB, table, org string) (cols []string, rows [][]any, err error) {
	list, err := pool.QueryContext(ctx, `SELECT * FROM `+table+` WHERE org_id = $1 ORDER BY 1, 2`, org)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, list.Close()) }()
	if cols, err = list.Columns(); err != nil {
		return nil, nil, err
	}
	for list.Next() {
		row := make([]any, len(cols))
		at := make([]any, len(cols))
		for i := range row {
			at[i] = &row[i]
		}
		if err := list.Scan(at...); err != nil {
			return nil, nil, err
		}
		for i, v := range row {
			if b, ok := v.([]byte); ok {
				row[i] = string(b)
			}
		}
		rows = append(rows, row)
	}
	return cols, rows, list.Err()
}

// bulk writes rows of many tables, many at a time, past all that makes single
// writes safe: whoever fills a database begins again when it breaks.
type bulk struct {
	ctx      context.Context
	pool     *sql.DB
	conn     *sql.Conn
	postgres bool
	tables   map[string]*bulkTable
	order    []string
	later    []string // indexes, made when all is written
	rows     int64
}

type bulkTable struct {
	name  string
	cols  []string
	types []string // PostgreSQL: of the columns
	wait  []any
	n     int
	stmt  *sql.Stmt // SQLite: of a full load
}

// load is how many rows are written at once.
func (b *bulk) load(t *bulkTable) int {
	if b.postgres {
		return 2000
	}
	return 900 / len(t.cols)
}

// openBulk opens a migrated database that nobody else has open.
func openBulk(ctx context.Context, address string, d *db.DB) (b *bulk, err error) {
	b = &bulk{ctx: ctx, postgres: db.IsPostgres(address), tables: map[string]*bulkTable{}}
	if b.postgres {
		b.pool = d.Pool()
	} else if b.pool, err = sql.Open("sqlite", "file:"+address+"?_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)&_pragma=cache_size(-400000)&_pragma=temp_store(MEMORY)&_pragma=foreign_keys(0)"); err != nil {
		return nil, err
	}
	if b.conn, err = b.pool.Conn(ctx); err != nil {
		return nil, err
	}
	begin := []string{`BEGIN`}
	if b.postgres {
		begin = []string{`SET session_replication_role = replica`, `SET statement_timeout = 0`, `SET synchronous_commit = off`, `SET maintenance_work_mem = '512MB'`, `BEGIN`}
	}
	for _, s := range begin {
		if err := b.exec(s); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (b *bulk) exec(text string, args ...any) error {
	if _, err := b.conn.ExecContext(b.ctx, text, args...); err != nil {
		return fmt.Errorf("%.80s: %w", text, err)
	}
	return nil
}

// aside takes the indexes of the large tables away, to be made at the end:
// across organisations, because they belong to the database.
func (b *bulk) aside(tables []string) error {
	text := `SELECT name, sql || '' FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = $1`
	if b.postgres {
		text = `SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = $1
			AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conname = indexname)`
	}
	for _, t := range tables {
		rows, err := b.conn.QueryContext(b.ctx, text, t)
		if err != nil {
			return err
		}
		var names []string
		for rows.Next() {
			var name, def string
			if err := rows.Scan(&name, &def); err != nil {
				return errors.Join(err, rows.Close()) //nolint:sqlclosecheck // within the loop: the next table needs the connection
			}
			names, b.later = append(names, name), append(b.later, def)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
		for _, n := range names {
			if err := b.exec(`DROP INDEX ` + n); err != nil {
				return err
			}
		}
	}
	return nil
}

// put writes a row before long.
func (b *bulk) put(table string, cols []string, row []any) error {
	t, ok := b.tables[table]
	if !ok {
		t = &bulkTable{name: table, cols: cols}
		b.tables[table], b.order = t, append(b.order, table)
	}
	t.wait = append(t.wait, row...)
	t.n++
	b.rows++
	if t.n >= b.load(t) {
		return b.flush(t)
	}
	return nil
}

func (b *bulk) flush(t *bulkTable) error {
	if t.n == 0 {
		return nil
	}
	defer func() { t.wait, t.n = t.wait[:0], 0 }()
	if b.postgres {
		return b.unnest(t)
	}
	if t.n == b.load(t) && t.stmt != nil {
		_, err := t.stmt.ExecContext(b.ctx, t.wait...)
		return err
	}
	text := insertText(t.name, t.cols, t.n)
	if t.n == b.load(t) {
		var err error
		if t.stmt, err = b.conn.PrepareContext(b.ctx, text); err != nil {
			return err
		}
		_, err = t.stmt.ExecContext(b.ctx, t.wait...)
		return err
	}
	return b.exec(text, t.wait...)
}

// insertText is a statement with its places by number, for so many rows:
// across organisations, as each row says whose it is.
func insertText(table string, cols []string, rows int) string {
	var s strings.Builder
	fmt.Fprintf(&s, "INSERT INTO %s (%s) VALUES ", table, strings.Join(cols, ", "))
	for r := range rows {
		if r > 0 {
			s.WriteString(", ")
		}
		s.WriteByte('(')
		for c := range cols {
			if c > 0 {
				s.WriteString(", ")
			}
			fmt.Fprintf(&s, "?%d", r*len(cols)+c+1)
		}
		s.WriteByte(')')
	}
	return s.String()
}

// unnest writes the rows as one array a column: across organisations, as each
// row says whose it is.
func (b *bulk) unnest(t *bulkTable) error {
	if t.types == nil {
		rows, err := b.conn.QueryContext(b.ctx, `SELECT * FROM `+t.name+` LIMIT 0`) //nolint:rowserrcheck // there are none to go through
		if err != nil {
			return err
		}
		kinds, err := rows.ColumnTypes()
		if err = errors.Join(err, rows.Close()); err != nil { //nolint:sqlclosecheck // before the connection is used again, below
			return err
		}
		at := map[string]string{}
		for _, k := range kinds {
			at[k.Name()] = k.DatabaseTypeName()
		}
		for _, c := range t.cols {
			t.types = append(t.types, at[c])
		}
	}
	args, places := make([]any, len(t.cols)), make([]string, len(t.cols))
	for c := range t.cols {
		args[c], places[c] = column(t.wait, c, len(t.cols)), fmt.Sprintf("$%d::%s[]", c+1, t.types[c])
	}
	return b.exec(fmt.Sprintf(`INSERT INTO %s (%s) SELECT * FROM unnest(%s)`, t.name, strings.Join(t.cols, ", "), strings.Join(places, ", ")), args...)
}

var escaped = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// column writes one column of rows as PostgreSQL writes an array.
func column(rows []any, c, width int) string {
	var s strings.Builder
	s.WriteByte('{')
	for i := c; i < len(rows); i += width {
		if i > c {
			s.WriteByte(',')
		}
		switch v := rows[i].(type) {
		case nil:
			s.WriteString("NULL")
		case string:
			s.WriteByte('"')
			_, _ = escaped.WriteString(&s, v)
			s.WriteByte('"')
		default:
			fmt.Fprint(&s, v)
		}
	}
	s.WriteByte('}')
	return s.String()
}

// finish writes what waits, counts what is counted, and makes the indexes.
func (b *bulk) finish(say func(string)) error {
	for _, name := range b.order {
		if err := b.flush(b.tables[name]); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		if s := b.tables[name].stmt; s != nil {
			_ = s.Close()
		}
	}
	if err := b.exec(`COMMIT`); err != nil {
		return err
	}
	for i, def := range b.later {
		if i%10 == 0 {
			say(fmt.Sprintf("index %d of %d", i+1, len(b.later)))
		}
		if err := b.exec(def); err != nil {
			return err
		}
	}
	for _, text := range []string{
		// across organisations: each day of each of them
		`INSERT INTO insight_day (org_id, measure, day, part, outcome, n) SELECT org_id, measure, day, part, outcome, COUNT(*)
			FROM insight_outcome GROUP BY org_id, measure, day, part, outcome`,
		// across organisations: each its own counter
		`INSERT INTO case_number (org_id, last) SELECT org_id, MAX(number) FROM case_file GROUP BY org_id`,
		// across organisations: followers have seen the history
		`UPDATE follower SET pos = (SELECT pos FROM ledger_feed WHERE one = 1)`,
		`ANALYZE`,
	} {
		if text == `ANALYZE` && b.postgres {
			text = `VACUUM ANALYZE` // as the server does by itself before long
		}
		if err := b.exec(text); err != nil {
			return err
		}
	}
	return nil
}

// headed says where the chains stand.
func (b *bulk) headed(pos int64, heads map[string]chainHead) error {
	if err := b.exec(`UPDATE ledger_feed SET pos = $1 WHERE one = 1`, pos); err != nil {
		return err
	}
	for org, h := range heads {
		if err := b.exec(`DELETE FROM ledger_head WHERE org_id = $1`, org); err != nil {
			return err
		}
		if err := b.exec(`INSERT INTO ledger_head (org_id, seq, hash) VALUES ($1, $2, $3)`, org, h.seq, h.hash); err != nil {
			return err
		}
	}
	return nil
}

func (b *bulk) close() error {
	if b.postgres {
		return errors.Join(b.exec(`SET session_replication_role = origin`), b.conn.Close())
	}
	return errors.Join(b.conn.Close(), b.pool.Close())
}

func isPostgres(address string) bool { return db.IsPostgres(address) }

// standing says where the chains and the feed stand.
func standing(ctx context.Context, d *db.DB) (heads map[string]chainHead, pos int64, err error) {
	heads = map[string]chainHead{}
	err = d.Read(ctx, func(q db.Q) error {
		list, err := ledger.Heads(q)
		if err != nil {
			return err
		}
		for _, h := range list {
			heads[h.Org] = chainHead{h.Seq, h.Hash}
		}
		pos, err = ledger.FeedHead(q)
		return err
	})
	return heads, pos, err
}

// direct runs statements one after the other past the limits of a request:
// across organisations, over all that is open.
func direct(ctx context.Context, address string, statements ...string) (err error) {
	cfg, err := settings(address)
	if err != nil {
		return err
	}
	d, err := app.OpenDB(ctx, app.Options{Config: cfg})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	conn, err := d.Pool().Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if db.IsPostgres(address) {
		statements = append([]string{`SET statement_timeout = 0`}, append(statements, `RESET statement_timeout`)...)
	}
	for _, s := range statements {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%.60s: %w", s, err)
		}
	}
	return nil
}

// freshen moves what is open to the future of now, across organisations: a full
// database may be older than what was promised in it.
func freshen(ctx context.Context, address string, full *Filled, now time.Time) error {
	by := now.Sub(full.At).Milliseconds()
	full.At = now
	return direct(ctx, address,
		fmt.Sprintf(`UPDATE promise SET due_at = due_at + %[1]d, from_at = from_at + %[1]d, internal_at = internal_at + %[1]d, first_due = first_due + %[1]d,
			look_at = look_at + %[1]d WHERE state = 'open'`, by),
		fmt.Sprintf(`UPDATE case_file SET next_due = next_due + %d WHERE closed_at IS NULL`, by),
		fmt.Sprintf(`UPDATE message SET look_at = look_at + %[1]d, before_at = before_at + %[1]d WHERE look_at IS NOT NULL`, by))
}
