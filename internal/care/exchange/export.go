package exchange

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
)

// Export says how customers are written out.
type Export struct {
	Form      Form   `json:"form" enum:"csv,vcard"`
	Separator string `json:"separator,omitempty" enum:"semicolon,comma,tab" doc:"Of CSV. Without one: semicolon, which a Dutch Excel opens."`
	BOM       bool   `json:"bom,omitempty" doc:"Begin CSV with the mark by which Excel knows UTF-8."`
}

var exportSeparators = map[string]byte{"": ';', "semicolon": ';', "comma": ',', "tab": '\t'}

func (e Export) check() error {
	var c errs.Checks
	c.Must(e.Form == CSV || e.Form == VCard, "form", "export-form")
	_, ok := exportSeparators[e.Separator]
	c.Must(ok, "separator", "export-separator")
	return c.Err()
}

// exportPage is how many customers are read at a time.
const exportPage = 200

// Out is an export that has begun: it was written down that somebody takes
// the customers out, and Write writes them.
type Out struct {
	s       *Service
	who     actor.Actor
	how     Export
	request string
	words   lang.Printer
}

// ContentType and FileName are for the answer.
func (o Out) ContentType() string {
	if o.how.Form == VCard {
		return "text/vcard; charset=utf-8"
	}
	return "text/csv; charset=utf-8"
}

// FileName is what the file is called.
func (o Out) FileName(at time.Time) string {
	ext := "csv"
	if o.how.Form == VCard {
		ext = "vcf"
	}
	return "houvast-" + at.Format("2006-01-02") + "." + ext
}

// Export begins to take all customers out. That it was done is a fact, before
// anybody is written.
func (s *Service) Export(ctx context.Context, who actor.Actor, how Export, request string, words lang.Printer) (Out, error) {
	out := Out{s, who, how, request, words}
	if err := auth.Require(who, auth.PersonExport); err != nil {
		return out, err
	}
	if err := how.check(); err != nil {
		return out, err
	}
	return out, s.DB.Write(ctx, func(tx *db.Tx) error {
		tx.Emit(db.Fact{Org: who.Org, Kind: fact.PeopleExported, By: who, Data: map[string]any{"form": string(how.Form)}})
		return nil
	})
}

// Write writes all customers, a page at a time. Who is on a page is in the
// access log before the page is written.
func (o Out) Write(ctx context.Context, w io.Writer) (n int, err error) {
	out := bufio.NewWriterSize(w, 64<<10)
	sep := exportSeparators[o.how.Separator]
	if o.how.Form == CSV {
		if o.how.BOM {
			_, _ = out.WriteString("\uFEFF")
		}
		writeRow(out, sep, o.heads())
	}
	for after := ""; ; {
		var ids []string
		var cards map[string]person.Card
		var numbers map[string]string
		if err := o.s.DB.Read(ctx, func(q db.Q) (err error) {
			if ids, err = peopleAfter(q, o.who.Org, after, exportPage); err != nil {
				return err
			}
			if cards, err = person.Cards(q, o.who.Org, ids); err != nil {
				return err
			}
			numbers, err = numbersOf(q, o.who.Org, ids)
			return err
		}); err != nil {
			return n, err
		}
		if len(ids) == 0 {
			return n, out.Flush()
		}
		seen := make([]web.Seen, len(ids))
		for i, id := range ids {
			seen[i] = web.Seen{Kind: "person", ID: id}
		}
		if err := o.s.Seen(ctx, o.who, o.request, seen); err != nil {
			return n, err
		}
		for _, id := range ids {
			if o.how.Form == CSV {
				writeRow(out, sep, exportRow(o.words, cards[id], numbers[id]))
			} else {
				writeCard(out, cards[id], numbers[id])
			}
		}
		if err := out.Flush(); err != nil { // whoever asked is gone
			return n, err
		}
		n, after = n+len(ids), ids[len(ids)-1]
	}
}

// columns of each channel; what a customer has more stands in the last.
var exportPoints = []struct {
	kind person.Channel
	n    int
}{{person.Phone, 3}, {person.SMS, 1}, {person.Email, 2}, {person.Post, 1}}

func (o Out) heads() []string {
	t := func(key string) string { return o.words.T("exchange.head." + key) }
	heads := []string{t("id"), t("number"), t("kind"), t("name"), t("call-name"), t("birth"), t("language")}
	for _, p := range exportPoints {
		for i := range p.n {
			h := t(string(p.kind))
			if i > 0 {
				h += fmt.Sprintf(" %d", i+1)
			}
			heads = append(heads, h)
		}
	}
	return append(heads, t("prefers"), t("refused"), t("note"))
}

func exportRow(words lang.Printer, c person.Card, number string) []string {
	row := []string{c.Person.ID, number, words.T("exchange.kind." + string(c.Person.Kind)), c.Person.Name, c.Person.CallName, c.Person.BirthDate, c.Person.Language}
	var refused []string
	prefers := ""
	for _, p := range c.Points {
		if prefers == "" && !p.Refused && p.Usable {
			prefers = string(p.Kind)
		}
	}
	for _, group := range exportPoints {
		cells := make([]string, group.n)
		at := 0
		for _, p := range c.Points {
			if p.Kind != group.kind || !p.Usable {
				continue
			}
			if p.Refused {
				refused = append(refused, written(p))
			}
			if cells[at] != "" {
				cells[at] += " | "
			}
			cells[at] += written(p)
			at = min(at+1, group.n-1)
		}
		row = append(row, cells...)
	}
	var notes []string
	for _, m := range c.Matters {
		notes = append(notes, m.Text)
	}
	return append(row, prefers, strings.Join(refused, " | "), strings.Join(notes, "\n\n"))
}

// written is a contact point as a cell: a number so that no spreadsheet takes
// it for something to compute, an address on one line per line.
func written(p person.ContactPoint) string {
	switch p.Kind {
	case person.Phone, person.SMS:
		s := person.Spoken(p.Value)
		if rest, ok := strings.CutPrefix(s, "+"); ok {
			s = "00 " + rest
		}
		return s
	case person.Post:
		return strings.ReplaceAll(p.Value, "|", "/")
	case person.Email:
	}
	return p.Value
}

// guard keeps a spreadsheet from computing what a cell says. Blanks around it
// are left out, as reading leaves them out: some spreadsheets skip them and
// compute what follows, and a mark before them could not be taken away again.
func guard(s string) string {
	s = strings.TrimSpace(s)
	if s != "" && strings.ContainsRune("=+-@", rune(s[0])) {
		return "'" + s
	}
	return s
}

func writeRow(w *bufio.Writer, sep byte, row []string) {
	for i, s := range row {
		if i > 0 {
			_ = w.WriteByte(sep)
		}
		s = guard(s)
		if strings.ContainsAny(s, "\"\r\n;,\t|") {
			s = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
		}
		_, _ = w.WriteString(s)
	}
	_, _ = w.WriteString("\r\n")
}

// writeCard writes a customer as a vCard 4.0.
func writeCard(w *bufio.Writer, c person.Card, number string) {
	line := func(s string) { fold75(w, s) }
	line("BEGIN:VCARD")
	line("VERSION:4.0")
	line("UID:" + uidPrefix + c.Person.ID)
	kind := "individual"
	if c.Person.Kind == person.Company {
		kind = "org"
	}
	line("KIND:" + kind)
	line("FN:" + escape(c.Person.Name))
	if c.Person.Kind == person.Company {
		line("ORG:" + escape(c.Person.Name))
	}
	if c.Person.CallName != "" {
		line("NICKNAME:" + escape(c.Person.CallName))
	}
	if c.Person.BirthDate != "" {
		line("BDAY:" + strings.ReplaceAll(c.Person.BirthDate, "-", ""))
	}
	line("LANG:" + c.Person.Language)
	points := slices.DeleteFunc(slices.Clone(c.Points), func(p person.ContactPoint) bool { return !p.Usable })
	for i, p := range points {
		params := fmt.Sprintf(";PREF=%d", min(i+1, 99))
		if p.Refused {
			params += ";X-REFUSED=1"
		}
		switch p.Kind {
		case person.Phone:
			line("TEL;TYPE=voice" + params + ":" + p.Value)
		case person.SMS:
			line("TEL;TYPE=text" + params + ":" + p.Value)
		case person.Email:
			line("EMAIL" + params + ":" + escape(p.Value))
		case person.Post:
			line("ADR" + params + ":;;" + escape(p.Value) + ";;;;")
		}
	}
	for _, m := range c.Matters {
		line("NOTE:" + escape(m.Text))
	}
	if number != "" {
		line("X-CUSTOMER-NUMBER:" + escape(number))
	}
	line("END:VCARD")
}

var escapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, ",", `\,`, ";", `\;`)

func escape(s string) string { return escapes.Replace(s) }

// fold75 writes a line in pieces of at most 75 bytes, between characters.
func fold75(w *bufio.Writer, s string) {
	n := 0
	for _, r := range s {
		c := string(r)
		if n+len(c) > 74 {
			_, _ = w.WriteString("\r\n ")
			n = 1
		}
		_, _ = w.WriteString(c)
		n += len(c)
	}
	_, _ = w.WriteString("\r\n")
}

// Problems writes the rows of an import that something is wrong with, with a
// column that says what: to mend them and bring them again.
func (s *Service) Problems(ctx context.Context, who actor.Actor, id string, words lang.Printer, w io.Writer) error {
	i, err := s.Get(ctx, who, id)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	sep := byte(';')
	if i.Form == CSV && i.Separator != "" {
		sep = i.Separator[0]
	}
	_, _ = out.WriteString("\uFEFF")
	heads := []string{words.T("exchange.row"), words.T("exchange.problem")}
	for n := range i.Columns {
		heads = append(heads, i.columnName(n, words))
	}
	writeRow(out, sep, heads)
	for _, f := range []Filter{{Class: Wrong}, {Class: Part}, {Class: Twin}, {Outcome: failed}} {
		for after := int64(0); ; {
			var list []Row
			if err := s.DB.Read(ctx, func(q db.Q) error {
				list, err = rowsBy(q, i, f, after, exportPage)
				return err
			}); err != nil {
				return err
			}
			for _, r := range list {
				if f.Outcome == "" && r.Outcome == failed { // told below
					continue
				}
				cells := make([]string, len(i.Columns))
				for n := range cells {
					if n < len(r.Cells) {
						cells[n] = strings.ReplaceAll(r.Cells[n], several, " | ")
					}
				}
				writeRow(out, sep, append([]string{itoa(int(r.No)), strings.Join(i.says(r, words), " ")}, cells...))
			}
			if err := out.Flush(); err != nil {
				return err
			}
			if len(list) < exportPage {
				break
			}
			after = list[len(list)-1].No
		}
	}
	return out.Flush()
}

// columnName is what a column is called: by its heading, else by its place.
func (i Import) columnName(n int, words lang.Printer) string {
	if n >= 0 && n < len(i.Columns) && i.Columns[n].Name != "" {
		return i.Columns[n].Name
	}
	return words.T("exchange.column", "N", n+1)
}

// says tells what is wrong with a row, or whom it is the same as, and what to do.
func (i Import) says(r Row, words lang.Printer) (out []string) {
	for _, p := range r.Problems {
		text := words.T("exchange.code." + p.Code)
		if p.Column >= 0 {
			text = words.T("exchange.in-column", "Column", i.columnName(p.Column, words), "What", text)
		}
		out = append(out, text)
	}
	if r.Class == Twin {
		if r.TwinID != "" {
			out = append(out, words.T("exchange.twin-here", "Why", words.T("exchange.reason."+string(r.Reason))))
		} else {
			out = append(out, words.T("exchange.twin-list", "Row", r.TwinRow, "Why", words.T("exchange.reason."+string(r.Reason))))
		}
	}
	return out
}
