package db

import (
	"database/sql/driver"
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
	defer func() { _ = rows.close() }()
	var out []T
	var plan []column
	for {
		vals, err := rows.next()
		if err != nil {
			err = classify(err)
			q.broke(err)
			return nil, err
		}
		if vals == nil {
			break
		}
		if plan == nil {
			if plan, err = planFor(reflect.TypeFor[T](), text, rows); err != nil {
				return nil, err
			}
		}
		var item T
		if err := scanRow(vals, reflect.ValueOf(&item).Elem(), plan); err != nil {
			return nil, err
		}
		out = append(out, item)
	}
	q.counted(int64(len(out)))
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
	args, err := values(nil, reflect.Indirect(reflect.ValueOf(row)))
	if err != nil {
		return err
	}
	_, err = t.Exec(insertText(table, reflect.Indirect(reflect.ValueOf(row)).Type(), 1), args...)
	return err
}

// InsertAll writes many rows of one kind in one statement; at most 500.
func InsertAll[T any](t *Tx, table string, rows []T) error {
	if len(rows) == 0 {
		return nil
	}
	kind := reflect.TypeFor[T]()
	all := make([]any, 0, len(rows)*len(fieldsOf(kind)))
	for i := range rows {
		var err error
		if all, err = values(all, reflect.ValueOf(&rows[i]).Elem()); err != nil {
			return err
		}
	}
	if t.dia == SQLite {
		// One text for any number of rows: a text with many places takes as long to
		// prepare as to run, and rows in one statement are no faster there.
		return t.execEach(insertText(table, kind, 1), len(rows), all)
	}
	_, err := t.Exec(insertText(table, kind, len(rows)), all...)
	return err
}

var insertTexts sync.Map // string by insertKey

type insertKey struct {
	table string
	t     reflect.Type
	rows  int
}

func insertText(table string, t reflect.Type, rows int) string {
	key := insertKey{table, t, rows}
	if s, ok := insertTexts.Load(key); ok {
		return s.(string)
	}
	fields := fieldsOf(t)
	cols := make([]string, len(fields))
	for i, f := range fields {
		cols[i] = f.col
	}
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
	insertTexts.Store(key, b.String())
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

// values appends the columns of a row.
func values(args []any, v reflect.Value) ([]any, error) {
	for _, f := range fieldsOf(v.Type()) {
		value := v.FieldByIndex(f.index)
		switch {
		case f.json:
			b, err := json.Marshal(value.Interface())
			if err != nil {
				return nil, fmt.Errorf("column %s: %w", f.col, err)
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
	return args, nil
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

// plans are how rows go into structs, by what was asked: texts are constants,
// some with a place per element of a list, so they stay few.
var plans sync.Map // []column by asked

type asked struct {
	t    reflect.Type
	text string
}

func planFor(t reflect.Type, text string, rows rowSet) ([]column, error) {
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() {
		return []column{{}}, nil
	}
	key := asked{t, text}
	if p, ok := plans.Load(key); ok {
		return p.([]column), nil
	}
	names, err := rows.columns()
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
	plans.Store(key, plan)
	return plan, nil
}

func scanRow(vals []driver.Value, v reflect.Value, plan []column) error {
	if len(vals) != len(plan) {
		return fmt.Errorf("db: %d columns into %s", len(vals), v.Type())
	}
	for i, c := range plan {
		target := v
		if c.index != nil {
			target = v.FieldByIndex(c.index)
		}
		if err := (cell{v: target, json: c.json}).scan(vals[i]); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

// cell is where one column goes.
type cell struct {
	v    reflect.Value
	json bool
}

func (c cell) scan(src any) error {
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
	defer func() { _ = rows.close() }()
	var row []any
	for {
		vals, err := rows.next()
		if err != nil || vals == nil {
			return classify(err)
		}
		row = row[:0]
		for _, v := range vals {
			row = append(row, v)
		}
		if err := each(row); err != nil {
			return err
		}
	}
}
