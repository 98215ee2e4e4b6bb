package exchange

import (
	"bufio"
	"encoding/base64"
	"errors"
	"io"
	"mime/quotedprintable"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/htmlindex"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// The columns that a card has here. Several values of one stand in one cell.
const (
	cardUID = iota
	cardKind
	cardName
	cardCall
	cardOrg
	cardBirth
	cardTel
	cardSMS
	cardEmail
	cardAddress
	cardLanguage
	cardNote
	cardNumber
	cardRefused
	cardPrefers
	cardWidth
)

func cardColumns() []Column {
	return []Column{cardUID: {Name: "UID", Target: ToID}, cardKind: {Name: "KIND", Target: ToKind}, cardName: {Name: "FN", Target: ToName},
		cardCall: {Name: "NICKNAME", Target: ToCall}, cardOrg: {Name: "ORG", Target: ToCompany}, cardBirth: {Name: "BDAY", Target: ToBirth},
		cardTel: {Name: "TEL", Target: ToPhone}, cardSMS: {Name: "TEL (text)", Target: ToSMS}, cardEmail: {Name: "EMAIL", Target: ToEmail},
		cardAddress: {Name: "ADR", Target: ToAddress}, cardLanguage: {Name: "LANG", Target: ToLang}, cardNote: {Name: "NOTE", Target: ToNote},
		cardNumber: {Name: "X-CUSTOMER-NUMBER", Target: ToNumber}, cardRefused: {Name: "X-HOUVAST-REFUSED", Target: ToRefused},
		cardPrefers: {Name: "PREF", Target: ToPrefers}}
}

// cards cuts a text into cards: vCard 4.0, 3.0, and 2.1 as far as phones still
// write it.
type cards struct {
	in *bufio.Reader
	no int64
}

func newCards(in *bufio.Reader) *cards { return &cards{in: in} }

// maxLine bounds a line that goes on and on: a photo is left out, not kept.
const maxLine = 256 << 10

// line gives the next line as it stands in the file.
func (c *cards) line() (string, error) {
	var b strings.Builder
	for {
		part, err := c.in.ReadSlice('\n')
		if b.Len() < maxLine {
			b.Write(part)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && b.Len() == 0 {
			return "", err
		}
		return strings.TrimRight(b.String(), "\r\n"), nil
	}
}

// unfolded gives a line with those that continue it.
func (c *cards) unfolded() (string, error) {
	first, err := c.line()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(first)
	// vCard 2.1 lets a line of quoted-printable go on by a "=" at its end.
	head, _, _ := strings.Cut(first, ":")
	soft := strings.Contains(strings.ToUpper(head), "QUOTED-PRINTABLE")
	for {
		if soft && strings.HasSuffix(b.String(), "=") {
			next, err := c.line()
			if err != nil {
				return b.String(), nil //nolint:nilerr // the line ends with the file
			}
			b.WriteString("\r\n" + next)
			continue
		}
		next, _ := c.in.Peek(1)
		if len(next) == 0 || next[0] != ' ' && next[0] != '\t' {
			return b.String(), nil
		}
		more, err := c.line()
		if err != nil {
			return b.String(), nil //nolint:nilerr // the line ends with the file
		}
		if b.Len() < maxLine {
			b.WriteString(more[1:])
		}
	}
}

// property is a line of a card.
type property struct {
	name   string
	params map[string][]string
	value  string
}

func (p property) is(param, value string) bool {
	return slices.ContainsFunc(p.params[param], func(s string) bool { return strings.EqualFold(s, value) })
}

// rank is where a value stands in the order of preference; 100 is nowhere.
func (p property) rank() int {
	for _, s := range p.params["PREF"] {
		if n, err := strconv.Atoi(s); err == nil && n > 0 && n < 100 {
			return n
		}
	}
	if p.is("TYPE", "PREF") {
		return 1
	}
	return 100
}

func parseProperty(line string) (p property, ok bool) {
	head, value, ok := cutOutside(line, ':')
	if !ok {
		return p, false
	}
	parts := splitOutside(head, ';')
	p.name = strings.ToUpper(parts[0])
	if _, name, grouped := strings.Cut(p.name, "."); grouped {
		p.name = name
	}
	p.params, p.value = map[string][]string{}, value
	for _, s := range parts[1:] {
		k, v, named := strings.Cut(s, "=")
		if !named { // vCard 2.1: TEL;CELL
			k, v = "TYPE", s
			if u := strings.ToUpper(s); u == "QUOTED-PRINTABLE" || u == "BASE64" {
				k = "ENCODING"
			}
		}
		k = strings.ToUpper(k)
		p.params[k] = append(p.params[k], strings.Split(strings.Trim(v, `"`), ",")...)
	}
	p.decode()
	return p, true
}

func (p *property) decode() {
	switch {
	case p.is("ENCODING", "QUOTED-PRINTABLE"):
		b, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(p.value)))
		if err == nil {
			p.value = p.charset(b)
		}
	case p.is("ENCODING", "BASE64") || p.is("ENCODING", "B"):
		if b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(p.value), "")); err == nil && len(b) < maxCell {
			p.value = p.charset(b)
		}
	}
}

// charset reads bytes that were written in another encoding than the file.
func (p *property) charset(b []byte) string {
	for _, name := range p.params["CHARSET"] {
		if e, err := htmlindex.Get(name); err == nil {
			if out, err := e.NewDecoder().Bytes(b); err == nil {
				return strings.ToValidUTF8(string(out), "")
			}
		}
	}
	t, err := newText(strings.NewReader(string(b)))
	if err != nil {
		return ""
	}
	out, _ := io.ReadAll(t)
	return string(out)
}

// cutOutside cuts at the first mark that is not within quotation marks.
func cutOutside(s string, at rune) (before, after string, ok bool) {
	quoted := false
	for i, r := range s {
		switch {
		case r == '"':
			quoted = !quoted
		case r == at && !quoted:
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

func splitOutside(s string, at rune) []string {
	var out []string
	for {
		before, after, ok := cutOutside(s, at)
		out = append(out, before)
		if !ok {
			return out
		}
		s = after
	}
}

// unescape reads a value: \n is a new line, and a mark after a backslash is itself.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		if s[i] == 'n' || s[i] == 'N' {
			b.WriteByte('\n')
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// components are the parts of a value that has several.
func components(s string, at byte) []string {
	var out []string
	start := 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == at:
			out, start = append(out, strings.TrimSpace(unescape(s[start:i]))), i+1
		}
	}
	return append(out, strings.TrimSpace(unescape(s[start:])))
}

// read gives the next card as a row. Cards are numbered, not lines.
func (c *cards) read() (row []string, no int64, err error) {
	for { // whatever stands between two cards is none
		line, err := c.unfolded()
		if err != nil {
			return nil, 0, err
		}
		if strings.EqualFold(strings.ReplaceAll(line, " ", ""), "BEGIN:VCARD") {
			break
		}
	}
	c.no++
	var props []property
	size, deep := 0, 0
	for {
		line, err := c.unfolded()
		if errors.Is(err, io.EOF) {
			return nil, 0, errs.New(errs.Invalid, "import-card-open").With("Card", c.no).Field("file", "import-card-open")
		}
		if err != nil {
			return nil, 0, err
		}
		p, ok := parseProperty(line)
		switch {
		case !ok:
		case p.name == "BEGIN": // a card within a card: somebody's agent
			deep++
		case p.name == "END" && deep > 0:
			deep--
		case p.name == "END":
			return rowOf(props), c.no, nil
		case deep > 0, p.name == "PHOTO", p.name == "LOGO", p.name == "SOUND", p.name == "KEY":
		default:
			if size += len(p.value); size < maxCell*4 {
				props = append(props, p)
			}
		}
	}
}

func rowOf(props []property) []string {
	row := make([]string, cardWidth)
	add := func(at int, v string) {
		if v = strings.TrimSpace(strings.ReplaceAll(v, several, " ")); v == "" {
			return
		}
		if row[at] != "" {
			row[at] += several
		}
		row[at] += v
	}
	slices.SortStableFunc(props, func(a, b property) int { return a.rank() - b.rank() })
	given := ""
	best := 100
	prefers := func(p property, kind string) {
		if r := p.rank(); r < best {
			best, row[cardPrefers] = r, kind
		}
	}
	for _, p := range props {
		value := unescape(p.value)
		at := -1
		switch p.name {
		case "UID":
			if strings.HasPrefix(value, uidPrefix) { // anybody else's says nothing to us
				row[cardUID] = value
			}
		case "KIND":
			row[cardKind] = value
		case "FN":
			if row[cardName] == "" {
				row[cardName] = strings.Join(strings.Fields(value), " ")
			}
		case "N":
			n := append(components(p.value, ';'), "", "", "", "")
			given = strings.Join(strings.Fields(strings.Join([]string{n[1], n[2], n[0]}, " ")), " ")
		case "NICKNAME":
			if row[cardCall] == "" {
				row[cardCall] = components(p.value, ',')[0]
			}
		case "ORG":
			if row[cardOrg] == "" {
				row[cardOrg] = components(p.value, ';')[0]
			}
		case "BDAY":
			row[cardBirth] = value
		case "TEL":
			at = cardTel
			v := strings.TrimPrefix(strings.TrimPrefix(value, "tel:"), "TEL:")
			if n, _, ext := strings.Cut(v, ";"); ext {
				v = n
			}
			if p.is("TYPE", "fax") || p.is("TYPE", "pager") {
				continue
			}
			if p.is("TYPE", "text") && !p.is("TYPE", "voice") {
				at = cardSMS
				prefers(p, "sms")
			} else {
				prefers(p, "phone")
			}
			add(at, v)
			value = v
		case "EMAIL":
			at = cardEmail
			add(at, value)
			prefers(p, "email")
		case "ADR":
			at = cardAddress
			value = addressOf(components(p.value, ';'))
			add(at, value)
			prefers(p, "post")
		case "LANG":
			if row[cardLanguage] == "" {
				row[cardLanguage] = value
			}
		case "NOTE":
			add(cardNote, value)
		case "X-CUSTOMER-NUMBER":
			row[cardNumber] = value
		}
		if at >= 0 && p.is("X-REFUSED", "1") {
			add(cardRefused, strings.ReplaceAll(value, "|", " "))
		}
	}
	if row[cardName] == "" {
		row[cardName] = given
	}
	if strings.EqualFold(row[cardKind], "individual") {
		row[cardKind] = ""
	}
	if row[cardName] != "" && row[cardName] == row[cardOrg] && row[cardKind] == "" {
		row[cardKind] = "org" // phones write companies like this
	}
	return row
}

// addressOf writes an address as on an envelope.
func addressOf(a []string) string {
	for len(a) < 7 {
		a = append(a, "")
	}
	lines := []string{a[0], a[1], a[2], strings.TrimSpace(a[5] + " " + a[3]), a[4], homeless(a[6])}
	return strings.Join(slices.DeleteFunc(lines, func(s string) bool { return s == "" }), "\n")
}
