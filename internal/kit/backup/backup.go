package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/ledger"
)

// Info is what a backup says about itself.
type Info struct {
	Format int           `json:"format"`
	Taken  time.Time     `json:"taken_at"`
	Schema int64         `json:"schema_version"`
	Rows   int64         `json:"rows"`
	Tables []TableInfo   `json:"tables"`
	Heads  []ledger.Head `json:"heads"`
}

// TableInfo is one table of a backup.
type TableInfo struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	Rows    int64    `json:"rows"`
	SHA256  string   `json:"sha256"`
}

const (
	format       = 1
	manifestName = "manifest.json"
	// perChunk bounds a tar entry, so that a table of any size streams through
	// a buffer of this many bytes.
	perChunk = 4 << 20
	// perInsert bounds a statement; perTx a transaction.
	perInsert = 50
	perTx     = 500
)

// Write writes a backup of one snapshot to file, or to a dated file in dir,
// and gives its name. The file appears under its name only when it is whole.
func Write(ctx context.Context, d *db.DB, dir, file string) (name string, err error) {
	if file == "" {
		file = filepath.Join(dir, "houvast-"+d.Clock().Now().Format("20060102-150405")+".tar.gz")
	}
	if _, err := os.Stat(file); err == nil {
		return "", errs.New(errs.Conflict, "backup-exists").With("File", file)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		return "", err
	}
	f, err := os.OpenFile(file+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(file + ".part")
		}
	}()
	if err := d.Read(ctx, func(q db.Q) error { return write(q, d.Dialect(), f) }); err != nil {
		return "", err
	}
	if err := f.Sync(); err != nil {
		return "", err
	}
	if err := f.Close(); err != nil {
		return "", err
	}
	return file, os.Rename(file+".part", file)
}

func write(q db.Q, dialect db.Dialect, w io.Writer) error {
	zip := gzip.NewWriter(w)
	out := tar.NewWriter(zip)
	info := Info{Format: format, Taken: q.Now()}
	tables, err := tablesOf(q, dialect)
	if err != nil {
		return err
	}
	if info.Schema, err = schemaVersion(q); err != nil {
		return err
	}
	if info.Heads, err = ledger.Heads(q); err != nil {
		return err
	}
	for _, t := range tables {
		ti, err := dump(q, t, out, info.Taken)
		if err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
		info.Tables = append(info.Tables, ti)
		info.Rows += ti.Rows
	}
	b, err := json.MarshalIndent(info, "", "  ")
	if err != nil {
		return err
	}
	if err := entry(out, manifestName, b, info.Taken); err != nil {
		return err
	}
	return errors.Join(out.Close(), zip.Close())
}

func entry(out *tar.Writer, name string, b []byte, at time.Time) error {
	if err := out.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(b)), ModTime: at}); err != nil {
		return err
	}
	_, err := out.Write(b)
	return err
}

// dump writes a table in chunks of whole lines.
func dump(q db.Q, t table, out *tar.Writer, at time.Time) (TableInfo, error) {
	ti := TableInfo{Name: t.Name, Columns: t.Columns}
	sum := sha256.New()
	var buf bytes.Buffer
	chunk := 0
	flush := func() error {
		if buf.Len() == 0 {
			return nil
		}
		chunk++
		sum.Write(buf.Bytes())
		err := entry(out, fmt.Sprintf("%s.%05d.jsonl", t.Name, chunk), buf.Bytes(), at)
		buf.Reset()
		return err
	}
	err := db.Raw(q, `SELECT `+strings.Join(t.Columns, ", ")+` FROM `+t.Name, func(row []any) error {
		for i, v := range row {
			if b, ok := v.([]byte); ok { // a BLOB; texts arrive as string
				row[i] = map[string]string{"b": base64.StdEncoding.EncodeToString(b)}
			}
		}
		line, err := json.Marshal(row)
		if err != nil {
			return err
		}
		buf.Write(line)
		buf.WriteByte('\n')
		ti.Rows++
		if buf.Len() >= perChunk {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	ti.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return ti, err
}

// broken is what every damaged file is told as.
func broken(why string) error { return errs.New(errs.Invalid, "backup-broken").With("Why", why) }

// read walks through a backup: each line of each table, then the manifest.
func read(ctx context.Context, file string, line func(table string, b []byte) error) (Info, error) {
	f, err := os.Open(file)
	if err != nil {
		return Info{}, err
	}
	defer f.Close() //nolint:errcheck // read only
	zip, err := gzip.NewReader(f)
	if err != nil {
		return Info{}, broken("it is not a gzipped file")
	}
	in := tar.NewReader(zip)
	sums, rows := map[string]hash.Hash{}, map[string]int64{}
	for {
		if err := ctx.Err(); err != nil {
			return Info{}, err
		}
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return Info{}, broken("the manifest is missing: it was not written to the end")
		}
		if err != nil {
			return Info{}, broken(err.Error())
		}
		if h.Name == manifestName {
			return manifest(in, sums, rows)
		}
		name, _, _ := strings.Cut(h.Name, ".")
		if sums[name] == nil {
			sums[name] = sha256.New()
		}
		scan := bufio.NewScanner(in)
		scan.Buffer(make([]byte, 1<<20), 64<<20)
		for scan.Scan() {
			sums[name].Write(scan.Bytes())
			sums[name].Write([]byte{'\n'})
			rows[name]++
			if line != nil {
				if err := line(name, scan.Bytes()); err != nil {
					return Info{}, err
				}
			}
		}
		if err := scan.Err(); err != nil {
			return Info{}, broken(err.Error())
		}
	}
}

func manifest(in io.Reader, sums map[string]hash.Hash, rows map[string]int64) (Info, error) {
	var info Info
	if err := json.NewDecoder(in).Decode(&info); err != nil {
		return info, broken("the manifest cannot be read")
	}
	if info.Format != format {
		return info, broken(fmt.Sprintf("its format is %d, this program knows %d", info.Format, format))
	}
	for _, t := range info.Tables {
		sum := sums[t.Name]
		if sum == nil {
			sum = sha256.New()
		}
		if rows[t.Name] != t.Rows || hex.EncodeToString(sum.Sum(nil)) != t.SHA256 {
			return info, broken("table " + t.Name + " is not what was written")
		}
	}
	return info, nil
}

// Verify reads a whole backup and compares it with its manifest.
func Verify(ctx context.Context, file string) (Info, error) { return read(ctx, file, nil) }

// Restore puts a verified backup into a database that holds nothing yet, at
// the schema version of the backup.
func Restore(ctx context.Context, d *db.DB, file string) error {
	info, err := Verify(ctx, file)
	if err != nil {
		return err
	}
	columns := map[string]table{}
	for _, t := range info.Tables {
		columns[t.Name] = table{t.Name, t.Columns}
	}
	if err := prepare(ctx, d, info, columns); err != nil {
		return err
	}
	var current table
	var rows [][]any
	put := func() error {
		err := d.Write(ctx, func(t *db.Tx) error {
			for start := 0; start < len(rows); start += perInsert {
				if err := insert(t, current, rows[start:min(start+perInsert, len(rows))]); err != nil {
					return fmt.Errorf("table %s: %w", current.Name, err)
				}
			}
			return nil
		})
		rows = nil
		return err
	}
	each := func(name string, b []byte) error {
		if name != current.Name {
			if err := put(); err != nil {
				return err
			}
			current = columns[name]
		}
		row, err := decode(b)
		if err != nil {
			return err
		}
		if rows = append(rows, row); len(rows) >= perTx {
			return put()
		}
		return nil
	}
	if _, err := read(ctx, file, each); err != nil {
		return err
	}
	if err := put(); err != nil {
		return err
	}
	// The second pass: rows that refer to rows of their own table.
	_, err = read(ctx, file, func(name string, b []byte) error {
		if _, ok := selfReferring[name]; !ok {
			return nil
		}
		row, err := decode(b)
		if err != nil {
			return err
		}
		return d.Write(ctx, func(t *db.Tx) error { return refer(t, columns[name], [][]any{row}) })
	})
	return err
}

// prepare refuses a database with anything in it, and empties the rows that
// migrations put there by themselves.
func prepare(ctx context.Context, d *db.DB, info Info, tables map[string]table) error {
	var made []string
	err := d.Read(ctx, func(q db.Q) error {
		v, err := schemaVersion(q)
		if err != nil {
			return err
		}
		if v != info.Schema {
			return errs.New(errs.Conflict, "backup-version").With("Has", info.Schema).With("Database", v)
		}
		for name := range tables {
			full, err := holds(q, name)
			if err != nil {
				return err
			}
			if full && name != "ledger_feed" && name != "schema_floor" {
				return errs.New(errs.Conflict, "database-not-empty")
			}
			if full {
				made = append(made, name)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return d.Write(ctx, func(t *db.Tx) error {
		for _, name := range made {
			if err := empty(t, name); err != nil {
				return err
			}
		}
		return nil
	})
}

func decode(b []byte) ([]any, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var row []any
	if err := dec.Decode(&row); err != nil {
		return nil, broken("a line cannot be read")
	}
	for i, v := range row {
		switch x := v.(type) {
		case json.Number:
			if n, err := x.Int64(); err == nil {
				row[i] = n
			} else if f, err := x.Float64(); err == nil {
				row[i] = f
			}
		case map[string]any:
			s, _ := x["b"].(string)
			raw, err := base64.StdEncoding.DecodeString(s)
			if err != nil {
				return nil, broken("a line cannot be read")
			}
			row[i] = raw
		}
	}
	return row, nil
}
