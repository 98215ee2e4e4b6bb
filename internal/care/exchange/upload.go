package exchange

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// bounded counts what is read and refuses what is too large.
type bounded struct {
	in   io.Reader
	n    int64
	most int64
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	if b.n += int64(n); b.n > b.most {
		return 0, tooLarge(b.most)
	}
	if _, ours := errs.As(err); err != nil && !errors.Is(err, io.EOF) && !ours { // it stopped arriving
		err = errs.New(errs.Malformed, "unreadable-input").Wrap(err)
	}
	return n, err
}

func tooLarge(most int64) error {
	return errs.New(errs.TooLarge, "import-too-large").With("Max", most>>20).Field("file", "import-too-large")
}

// rows gives one row after the other until io.EOF.
type rows interface {
	read() (row []string, no int64, err error)
}

// Upload reads a list while it is sent and keeps its rows. Nothing of it
// concerns a customer yet. A list that breaks off half-way is dropped.
func (s *Service) Upload(ctx context.Context, who actor.Actor, fileName string, body io.Reader) (i Import, err error) {
	if err := auth.Require(who, auth.PersonImport); err != nil {
		return i, err
	}
	file := &bounded{in: body, most: s.limit()}
	decoded, err := newText(file)
	if err != nil {
		return i, err
	}
	in := bufio.NewReaderSize(decoded, sniffSize)
	i = Import{Org: who.Org, State: Reading, Form: CSV, FileName: plainName(fileName), Choices: map[Group]Choice{}, Tally: map[string]int64{},
		By: who.Member, Version: 1}
	today, err := s.today(ctx, who.Org)
	if err != nil {
		return i, err
	}
	list, err := open(&i, in, today)
	if err != nil {
		return i, err
	}
	if err := s.DB.Write(ctx, func(tx *db.Tx) error {
		i.ID, i.CreatedAt, i.TouchedAt, i.LookAt = tx.NewID("imp"), tx.Now(), tx.Now(), tx.Now().Add(readTime)
		return db.Insert(tx, "customer_import", i)
	}); err != nil {
		return i, err
	}
	if err = s.keep(ctx, &i, list, today); err == nil {
		i.Bytes, i.Encoding = file.n, decoded.Encoding()
		err = s.finishReading(ctx, who, &i)
	}
	if err != nil {
		s.drop(context.WithoutCancel(ctx), i)
	}
	return i, err
}

// open finds out how a list is written and what its columns are.
func open(i *Import, in *bufio.Reader, today workcal.Date) (rows, error) {
	start, _ := in.Peek(200)
	if bytes.HasPrefix(bytes.ToUpper(bytes.TrimSpace(start)), []byte("BEGIN:VCARD")) {
		i.Form, i.Columns, i.Head = VCard, cardColumns(), false
		return newCards(in), nil
	}
	sep := sniffSeparator(in)
	i.Separator = string(sep)
	// What the columns are is guessed twice: from the beginning, to know what
	// must not be kept, and from everything, to show it.
	head, _ := in.Peek(sniffSize)
	if n := bytes.LastIndexByte(head, '\n'); n > 0 && len(head) == sniffSize {
		head = head[:n+1]
	}
	r := &csvReader{in: bufio.NewReader(bytes.NewReader(head)), sep: sep}
	first, _, err := r.read()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = errs.New(errs.Invalid, "import-empty").Field("file", "import-empty")
		}
		return nil, err
	}
	i.Head = isHead(first)
	i.Columns = columnsFor(first, i.Head)
	if !i.Head {
		look(i.Columns, first, today)
	}
	for n := 0; n < 200; n++ {
		row, _, err := r.read()
		if err != nil {
			break
		}
		look(grow(i, len(row)), row, today)
	}
	guessAll(i.Columns, i.Head)
	for n := range i.Columns {
		c := i.Columns[n]
		i.Columns[n] = Column{Name: c.Name, Target: c.Target}
	}
	return &csvReader{in: in, sep: sep}, nil
}

func columnsFor(first []string, head bool) []Column {
	out := make([]Column, len(first))
	for n := range out {
		if head {
			out[n].Name = cut(first[n], sampleLength)
		}
	}
	return out
}

// grow gives the columns, with new ones where a row without a head has more.
func grow(i *Import, n int) []Column {
	for !i.Head && len(i.Columns) < n {
		i.Columns = append(i.Columns, Column{})
	}
	return i.Columns
}

func look(columns []Column, row []string, today workcal.Date) {
	for n := range columns {
		if n < len(row) {
			columns[n].look(row[n], today)
		}
	}
}

// keep writes the rows of a list, in transactions of a bounded size. While one
// is written the next rows are read.
func (s *Service) keep(ctx context.Context, i *Import, list rows, today workcal.Date) (err error) {
	batch := make([]newRow, 0, readChunk)
	size := 0
	var under chan error // what is being written
	settle := func() (err error) {
		if under != nil {
			err, under = <-under, nil
		}
		return err
	}
	defer func() { err = errors.Join(err, settle()) }()
	flush := func() error {
		if err := settle(); err != nil || len(batch) == 0 {
			return err
		}
		full, done := batch, make(chan error, 1)
		under = done
		go func() {
			done <- s.DB.Write(ctx, func(tx *db.Tx) error { return db.InsertAll(tx, "customer_import_row", full) })
		}()
		batch, size = make([]newRow, 0, readChunk), 0
		return nil
	}
	for n := 0; ; n++ {
		row, no, err := list.read()
		if errors.Is(err, io.EOF) {
			return flush()
		}
		if err != nil {
			return err
		}
		if n == 0 && i.Head {
			continue
		}
		if i.Rows++; i.Rows > maxRows {
			return errs.New(errs.TooLarge, "import-rows").With("Max", maxRows).Field("file", "import-rows")
		}
		columns := grow(i, len(row))
		for c := range row {
			if c < len(columns) {
				row[c] = maskCell(&columns[c], row[c])
				columns[c].look(row[c], today)
			} else {
				row[c] = maskCell(&Column{}, row[c])
			}
			size += len(row[c])
		}
		batch = append(batch, newRow{i.Org, i.ID, no, row, Fresh})
		if len(batch) == readChunk || size > 1<<20 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
}

// maxRows bounds a list: a country has fewer customers of one desk.
const maxRows = 5_000_000

// finishReading says that all of a list is here.
func (s *Service) finishReading(ctx context.Context, who actor.Actor, i *Import) error {
	if i.Rows == 0 {
		return errs.New(errs.Invalid, "import-empty").Field("file", "import-empty")
	}
	if i.Form == CSV {
		guessAll(i.Columns, i.Head)
	} else {
		for n := range i.Columns {
			i.Columns[n].settle()
		}
	}
	done := *i
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		now, err := lock(tx, i.Org, i.ID)
		if err != nil {
			return err
		}
		if now.State != Reading { // it took longer than a list may take
			return errs.New(errs.Conflict, "import-broken-off")
		}
		done.State, done.TouchedAt, done.LookAt = Mapping, tx.Now(), tx.Now().Add(keepRows)
		done.Version = now.Version + 1
		tx.Emit(db.Fact{Org: i.Org, Kind: fact.ImportRead, By: who, Data: map[string]any{"import": i.ID, "rows": i.Rows, "form": string(i.Form)}})
		return update(tx, done)
	})
	if err == nil {
		*i = done
	}
	return err
}

// drop gives up a list that could not be read. When that fails too, the watch
// does so a day later.
func (s *Service) drop(ctx context.Context, i Import) {
	_ = s.DB.Write(ctx, func(tx *db.Tx) error {
		now, err := lock(tx, i.Org, i.ID)
		if err != nil || now.State != Reading {
			return err
		}
		now.State, now.EndedAt, now.LookAt = Dropped, tx.Now(), tx.Now()
		tx.Wake(Topic)
		return update(tx, now)
	})
}

// plainName is the name of a file without where it stood.
func plainName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, name)
	if name == "" || name == "." || name == "/" {
		return "-"
	}
	if utf8.RuneCountInString(name) > 100 {
		name = string([]rune(name)[:100])
	}
	return name
}

// today is the day at an organisation.
func (s *Service) today(ctx context.Context, orgID string) (day workcal.Date, err error) {
	err = s.DB.Read(ctx, func(q db.Q) error {
		day, err = today(q, orgID)
		return err
	})
	return day, err
}

func today(q db.Q, orgID string) (workcal.Date, error) {
	c, err := org.Calendar(q, orgID)
	if err != nil {
		return workcal.Date{}, err
	}
	return workcal.DateOf(q.Now(), c.Location()), nil
}
