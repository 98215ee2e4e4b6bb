package exchange

import (
	"bufio"
	"bytes"
	"io"
	"strings"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// Bounds of a list. What is larger is no list of customers, or a quotation
// mark that nobody closed.
const (
	maxCell    = 16 << 10
	maxColumns = 120
)

// separators are those that lists come with, the likeliest first.
var separators = []byte{';', ',', '\t', '|'}

// csvReader cuts a text into rows. It is as lenient as spreadsheets are: a
// quotation mark within a cell that did not begin with one is a letter, rows
// may differ in length, lines end in any way.
type csvReader struct {
	in   *bufio.Reader
	sep  byte
	line int64 // of the row that is read
	no   int64 // of the row, counted as spreadsheets do
	cell bytes.Buffer
}

// read gives the next row that holds anything, and its number.
func (r *csvReader) read() (row []string, no int64, err error) {
	for {
		row, err = r.record()
		if err != nil {
			return nil, 0, err
		}
		r.no++
		for _, c := range row {
			if c != "" {
				return row, r.no, nil
			}
		}
	}
}

func (r *csvReader) record() (row []string, err error) {
	r.line++
	at := r.line
	quoted, began := false, false // within quotes; something of the cell was read
	some := false                 // something of the row was read
	end := func() {
		row = append(row, strings.TrimSpace(r.cell.String()))
		r.cell.Reset()
		began = false
	}
	for {
		b, err := r.in.ReadByte()
		if err == io.EOF {
			if quoted {
				return nil, errs.New(errs.Invalid, "import-quote").With("Line", at).Field("file", "import-quote")
			}
			if !some {
				return nil, io.EOF
			}
			end()
			return row, nil
		}
		if err != nil {
			return nil, err
		}
		some = true
		switch {
		case quoted && b == '"':
			if next, _ := r.in.Peek(1); len(next) == 1 && next[0] == '"' {
				_, _ = r.in.Discard(1)
				r.cell.WriteByte('"')
			} else {
				quoted = false
			}
		case quoted:
			if b == '\n' {
				r.line++
			}
			if b != '\r' {
				r.cell.WriteByte(b)
			}
		case b == r.sep:
			end()
			if len(row) > maxColumns {
				return nil, errs.New(errs.Invalid, "import-columns").With("Line", at).With("Max", maxColumns).Field("file", "import-columns")
			}
		case b == '\n', b == '\r':
			if next, _ := r.in.Peek(1); b == '\r' && len(next) == 1 && next[0] == '\n' {
				_, _ = r.in.Discard(1)
			}
			end()
			return row, nil
		case b == '"' && !began:
			quoted, began = true, true
			r.cell.Reset() // blanks before the mark
		case (b == ' ' || b == '\t') && !began:
		default:
			began = true
			r.cell.WriteByte(b)
		}
		if r.cell.Len() > maxCell {
			typ := "import-cell"
			if quoted {
				typ = "import-quote"
			}
			return nil, errs.New(errs.Invalid, typ).With("Line", at).Field("file", typ)
		}
	}
}

// sniffSeparator finds what a list is cut with: the candidate under which most
// rows have the same number of cells, and more than one. A first line such as
// "sep=;" says so itself, and is left out.
func sniffSeparator(in *bufio.Reader) byte {
	head, _ := in.Peek(sniffSize)
	if first, _, ok := bytes.Cut(head, []byte("\n")); ok {
		first = bytes.TrimRight(first, "\r")
		if len(first) == 5 && strings.EqualFold(string(first[:4]), "sep=") {
			_, _ = in.Discard(len(first) + 1)
			if b, err := in.Peek(1); err == nil && b[0] == '\n' {
				_, _ = in.Discard(1)
			}
			return first[4]
		}
	}
	best, most := separators[0], 0
	for _, sep := range separators {
		r := csvReader{in: bufio.NewReader(bytes.NewReader(head)), sep: sep}
		widths, rows := map[int]int{}, 0
		for rows < 50 {
			row, _, err := r.read()
			if err != nil {
				break
			}
			widths[len(row)]++
			rows++
		}
		for w, n := range widths {
			if score := n*1000/rows + w; w > 1 && score > most {
				best, most = sep, score
			}
		}
	}
	return best
}
