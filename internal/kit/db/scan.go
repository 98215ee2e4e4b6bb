package db

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// Select reads all rows of a query into structs whose fields carry the column
// as tag: `db:"due_at"`. time.Time is read from milliseconds (NULL is the zero
// moment), bool from 0 and 1, string from NULL as "", and a field tagged
// `db:"hours,json"` from JSON. T may also be one column: string, int64, bool
// or time.Time. Callers bound their queries with LIMIT.
func Select[T any](q Q, text string, args ...any) ([]T, error) {
	rows, err := q.query(text, args)
	if err != nil {
		return nil, classify(err)
	}
	defer rows.Close()
	var out []T
	var plan []column
	for rows.Next() {
		var item T
		v := reflect.ValueOf(&item).Elem()
		if plan == nil {
			if plan, err = planFor(v.Type(), rows); err != nil {
				return nil, err
			}
		}
		if err := scanRow(rows, v, plan); err != nil {
			return nil, err
		}
		out = append(out, item)
	}
	q.counted(int64(len(out)))
	if err := rows.Err(); err != nil {
		err = classify(err)
		q.broke(err)
		return nil, err
	}
	return out, nil
}

// Get reads one row; without one it gives a NotFound error "not-found".
func Get[T any](q Q, text string, args ...any) (T, error) {
	list, err := Select[T](q, text, args...)
	if err != nil || len(list) == 0 {
		var zero T
		if err == nil {
			err = errs.New(errs.NotFound, "not-found")
		}
		return zero, err
	}
	return list[0], nil
}

// Find is Get for a row that may be absent: it says whether it was there.
func Find[T any](q Q, text string, args ...any) (T, bool, error) {
	list, err := Select[T](q, text, args...)
	if err != nil || len(list) == 0 {
		var zero T
		return zero, false, err
	}
	return list[0], true, nil
}

// Insert writes a struct as one row of a table; columns come from its tags.
// A tag "-" or none leaves a field out.
func Insert(t *Tx, table string, row any) error {
	cols, args, err := values(row)
	if err != nil {
		return err
	}
	_, err = t.Exec(insertText(table, cols, 1), args...)
	return err
}

// InsertAll writes many rows of one kind in one statement; at most 500.
func InsertAll[T any](t *Tx, table string, rows []T) error {
	if len(rows) == 0 {
		return nil
	}
	var cols []string
	var all []any
	for _, r := range rows {
		c, args, err := values(r)
		if err != nil {
			return err
		}
		cols, all = c, append(all, args...)
	}
	_, err := t.Exec(insertText(table, cols, len(rows)), all...)
	return err
}

func insertText(table string, cols []string, rows int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES ", table, strings.Join(cols, ", "))
	n := 0
	for r := range rows {
		if r > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for c := range cols {
			if c > 0 {
				b.WriteString(", ")
			}
			n++
			fmt.Fprintf(&b, "$%d", n)
		}
		b.WriteByte(')')
	}
	return b.String()
}

type field struct {
	index []int
	col   string
	json  bool
}

var fieldCache sync.Map // []field by reflect.Type

func fieldsOf(t reflect.Type) []field {
	if f, ok := fieldCache.Load(t); ok {
		return f.([]field)
	}
	var out []field
	for _, f := range reflect.VisibleFields(t) {
		tag, ok := f.Tag.Lookup("db")
		if !ok || tag == "-" || !f.IsExported() {
			continue
		}
		name, opt, _ := strings.Cut(tag, ",")
		out = append(out, field{index: f.Index, col: name, json: opt == "json"})
	}
	fieldCache.Store(t, out)
	return out
}

func values(row any) (cols []string, args []any, err error) {
	v := reflect.Indirect(reflect.ValueOf(row))
	for _, f := range fieldsOf(v.Type()) {
		value := v.FieldByIndex(f.index)
		cols = append(cols, f.col)
		switch {
		case f.json:
			b, err := json.Marshal(value.Interface())
			if err != nil {
				return nil, nil, fmt.Errorf("column %s: %w", f.col, err)
			}
			args = append(args, string(b))
		case value.Kind() == reflect.String:
			// Every optional text is NULL when empty, so that NOT NULL means filled.
			if s := value.String(); s == "" {
				args = append(args, nil)
			} else {
				args = append(args, s)
			}
		case value.Kind() == reflect.Int || value.Kind() == reflect.Int64 && value.Type() != reflect.TypeFor[time.Duration]():
			args = append(args, value.Int())
		default:
			args = append(args, value.Interface())
		}
	}
	return cols, args, nil
}

// Columns lists the columns of a struct, for SELECT lists: Columns[Promise]("p.").
func Columns[T any](prefix string) string {
	fields := fieldsOf(reflect.TypeFor[T]())
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = prefix + f.col
	}
	return strings.Join(names, ", ")
}

type column struct {
	index []int
	json  bool
}

func planFor(t reflect.Type, rows *sql.Rows) ([]column, error) {
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() {
		return []column{{}}, nil
	}
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	plan := make([]column, len(names))
	for i, n := range names {
		found := false
		for _, f := range fieldsOf(t) {
			if f.col == n {
				plan[i], found = column{index: f.index, json: f.json}, true
				break
			}
		}
		if !found {
			return nil, fmt.Errorf("db: no field for column %q in %s", n, t)
		}
	}
	return plan, nil
}

func scanRow(rows *sql.Rows, v reflect.Value, plan []column) error {
	dest := make([]any, len(plan))
	for i, c := range plan {
		target := v
		if c.index != nil {
			target = v.FieldByIndex(c.index)
		}
		dest[i] = &cell{v: target, json: c.json}
	}
	return rows.Scan(dest...)
}

// cell scans one column into one field.
type cell struct {
	v    reflect.Value
	json bool
}

// Scan implements sql.Scanner.
func (c *cell) Scan(src any) error {
	if c.json {
		var b []byte
		switch s := src.(type) {
		case string:
			b = []byte(s)
		case []byte:
			b = s
		}
		if len(b) == 0 {
			c.v.SetZero()
			return nil
		}
		return json.Unmarshal(b, c.v.Addr().Interface())
	}
	switch s := src.(type) {
	case nil:
		c.v.SetZero()
	case int64:
		switch {
		case c.v.Type() == reflect.TypeFor[time.Time]():
			c.v.Set(reflect.ValueOf(time.UnixMilli(s).UTC()))
		case c.v.Type() == reflect.TypeFor[time.Duration]():
			c.v.SetInt(s * int64(time.Millisecond))
		case c.v.Kind() == reflect.Bool:
			c.v.SetBool(s != 0)
		case c.v.CanInt():
			c.v.SetInt(s)
		case c.v.Kind() == reflect.Float64:
			c.v.SetFloat(float64(s))
		default:
			return fmt.Errorf("integer into %s", c.v.Type())
		}
	case float64:
		if c.v.Kind() != reflect.Float64 {
			return fmt.Errorf("real into %s", c.v.Type())
		}
		c.v.SetFloat(s)
	case string:
		if c.v.Kind() != reflect.String {
			return fmt.Errorf("text into %s", c.v.Type())
		}
		c.v.SetString(s)
	case []byte:
		if c.v.Kind() == reflect.String {
			c.v.SetString(string(s))
		} else {
			c.v.SetBytes(append([]byte(nil), s...))
		}
	default:
		return fmt.Errorf("%T into %s", src, c.v.Type())
	}
	return nil
}

// Raw gives every row of a query as the driver read it, one at a time: for
// backups. The slice is reused.
func Raw(q Q, text string, each func(row []any) error) error {
	rows, err := q.query(text, nil)
	if err != nil {
		return classify(err)
	}
	defer rows.Close()
	cols, err := rows.Columns()
	if err != nil {
		return err
	}
	row, dest := make([]any, len(cols)), make([]any, len(cols))
	for rows.Next() {
		for i := range row {
			row[i], dest[i] = nil, &row[i]
		}
		if err := rows.Scan(dest...); err != nil {
			return classify(err)
		}
		if err := each(row); err != nil {
			return err
		}
	}
	return classify(rows.Err())
}
