package exchange

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/fold"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

// several stands between the values of one cell where a file said that there
// are several: the cards of vCard.
const several = "\x1f"

// candidate is a row as a customer.
type candidate struct {
	person.NewPerson
	ID       string // of a customer of ours, as we write it out
	Number   string // in the list they come from
	Notes    []string
	problems []Problem
}

func (c *candidate) wrong(column int, code string) {
	c.problems = append(c.problems, Problem{column, code})
}

// values splits a cell into its values.
func values(cell string) []string {
	var out []string
	for _, s := range strings.FieldsFunc(cell, func(r rune) bool { return r == '\x1f' || r == '|' }) {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

var or = regexp.MustCompile(`\s*(?:[/;,\n]|\bof\b|\bor\b|\ben\b|\band\b)\s*`)

// unguard takes away the mark before what a spreadsheet would compute.
func unguard(s string) string {
	if len(s) > 1 && s[0] == '\'' && strings.ContainsRune("=+-@", rune(s[1])) {
		return s[1:]
	}
	return s
}

// lengths beyond which a text is no name or address.
const (
	maxName    = 200
	maxAddress = 500
	maxNote    = 500
	maxNotes   = 8
	maxPoints  = 40
	maxNumber  = 100
)

// read makes a candidate of a row: what the columns say it is. Problems name
// the column.
func read(columns []Column, cells []string, today workcal.Date) candidate {
	var c candidate
	for len(cells) > len(columns) && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) > len(columns) {
		c.wrong(-1, tooManyCells)
	}
	var parts nameParts
	var street, house, extra, code, city, country string
	nameAt, addressAt := -1, -1
	prefers := ""
	var refused []string
	refusedAt, birthAt := -1, -1
	for i, col := range columns {
		if i >= len(cells) || cells[i] == "" || col.Target == Ignore || col.Target == ToBSN {
			continue
		}
		cell := unguard(cells[i])
		line := strings.Join(strings.Fields(strings.ReplaceAll(cell, several, " ")), " ")
		if strings.Contains(cell, bsnMask) && col.Target != ToName && col.Target != ToLast && col.Target != ToFirst {
			c.wrong(i, bsnMasked)
		}
		text := func(to *string) {
			*to = line
			if nameAt < 0 {
				nameAt = i
			}
		}
		part := func(to *string) { *to, addressAt = line, i }
		switch col.Target {
		case ToID:
			c.ID = strings.TrimPrefix(line, uidPrefix)
		case ToNumber:
			c.Number = cut(line, maxNumber)
		case ToKind:
			c.Kind = kindOf(line)
		case ToName:
			text(&parts.full)
			parts.sorted = col.Commas*2 > col.Filled
		case ToCall:
			text(&parts.call)
		case ToFirst:
			text(&parts.first)
		case ToInit:
			text(&parts.initials)
		case ToInfix:
			parts.infix = line
		case ToLast:
			text(&parts.last)
		case ToCompany:
			parts.company = line
			if nameAt < 0 {
				nameAt = i
			}
		case ToBirth:
			birthAt = i
			c.birth(i, col, line, today)
		case ToPhone:
			c.points(i, person.Phone, cell, phoneUnreadable)
		case ToSMS:
			c.points(i, person.SMS, cell, phoneUnreadable)
		case ToEmail:
			c.points(i, person.Email, cell, emailUnreadable)
		case ToStreet:
			part(&street)
		case ToHouse:
			part(&house)
		case ToExtra:
			part(&extra)
		case ToCode:
			part(&code)
		case ToCity:
			part(&city)
		case ToCountry:
			part(&country)
		case ToAddress:
			for _, a := range values(cell) {
				c.address(i, a)
			}
		case ToLang:
			c.language(i, line)
		case ToNote:
			for _, n := range strings.FieldsFunc(strings.ReplaceAll(cell, "\n\n", several), func(r rune) bool { return r == '\x1f' }) {
				c.note(i, n)
			}
		case ToPrefers:
			prefers = fold.Text(line)
		case ToRefused:
			refusedAt = i
			refused = append(refused, values(cell)...)
		case Ignore, ToBSN:
		}
	}
	if street != "" || code != "" || city != "" {
		c.address(addressAt, strings.Join([]string{strings.TrimSpace(street + " " + house + extraOf(extra)), strings.TrimSpace(code + " " + city), homeless(country)}, "\n"))
	}
	parts.sorted = parts.sorted && c.ID == "" // we write names as they are said
	c.named(parts, nameAt)
	if c.Kind == person.Company && c.BirthDate != "" {
		c.BirthDate = ""
		c.wrong(birthAt, birthOfCompany)
	}
	c.prefer(prefers)
	c.refuse(refusedAt, refused)
	if len(c.Points) > maxPoints {
		c.Points = c.Points[:maxPoints]
		c.wrong(-1, pointsMany)
	}
	return c
}

// bsnMask is what stands where a citizen service number was.
var bsnMask = strings.Repeat("*", 9)

// uidPrefix begins our ids where the whole world may read them.
const uidPrefix = "urn:houvast:"

func kindOf(s string) person.Kind {
	switch fold.Text(s) {
	case "company", "bedrijf", "organisatie", "organisation", "organization", "org", "zakelijk", "business", "b", "rechtspersoon", "firma":
		return person.Company
	}
	return person.Human
}

// extraOf is what follows a house number: "12 A", "12-2".
func extraOf(s string) string {
	switch {
	case s == "":
		return ""
	case strings.HasPrefix(s, "-"):
		return s
	}
	return " " + s
}

// homeless leaves out our own country, as on an envelope.
func homeless(country string) string {
	switch fold.Text(country) {
	case "nl", "nld", "nederland", "netherlands", "the netherlands", "holland":
		return ""
	}
	return country
}

func (c *candidate) birth(i int, col Column, s string, today workcal.Date) {
	if unknownDate(s) {
		return
	}
	r := readings(s, today)
	order := col.Order
	if order == "" {
		order = DayFirst
	}
	iso, ok := r[order]
	born, err := workcal.ParseDate(iso)
	switch {
	case !ok:
		c.wrong(i, birthUnreadable)
	case err != nil || born.Year < 1880 || born.Compare(today) > 0:
		c.wrong(i, birthImpossible)
	default:
		c.BirthDate = iso
	}
}

// points reads the numbers or addresses of a cell: one, or several with a
// slash or the like between them.
func (c *candidate) points(i int, kind person.Channel, cell, code string) {
	for _, v := range values(cell) {
		if _, err := person.Normalise(kind, v); err != nil {
			if pieces := or.Split(v, -1); len(pieces) > 1 {
				for _, p := range pieces {
					c.point(i, kind, p, code)
				}
				continue
			}
		}
		c.point(i, kind, v, code)
	}
}

func (c *candidate) point(i int, kind person.Channel, v, code string) {
	switch fold.Text(v) {
	case "", "onbekend", "unknown", "geen", "none", "nvt", "n v t":
		return
	}
	value, err := person.Normalise(kind, strings.TrimPrefix(strings.TrimPrefix(v, "tel:"), "mailto:"))
	if err != nil || len(value) > maxAddress {
		c.wrong(i, code)
		return
	}
	if !slices.ContainsFunc(c.Points, func(p person.NewPoint) bool { return p.Kind == kind && p.Value == value }) {
		c.Points = append(c.Points, person.NewPoint{Kind: kind, Value: value})
	}
}

func (c *candidate) address(i int, s string) {
	if utf8.RuneCountInString(s) > maxAddress {
		c.wrong(i, addressLong)
		return
	}
	value, err := person.Normalise(person.Post, s)
	if err == nil && !slices.ContainsFunc(c.Points, func(p person.NewPoint) bool { return p.Kind == person.Post && p.Value == value }) {
		c.Points = append(c.Points, person.NewPoint{Kind: person.Post, Value: value})
	}
}

func (c *candidate) language(i int, s string) {
	word := fold.Text(s)
	base, _, _ := strings.Cut(word, " ")
	switch base {
	case "nl", "nld", "dut", "nederlands", "dutch", "hollands", "vlaams":
		c.Language = "nl"
	case "en", "eng", "engels", "english":
		c.Language = "en"
	default:
		c.wrong(i, languageOther)
	}
}

// note cuts a long text into pieces that are short enough, between words.
func (c *candidate) note(i int, s string) {
	begin := len(c.Notes)
	for _, word := range strings.Fields(s) {
		last := len(c.Notes) - 1
		switch {
		case utf8.RuneCountInString(word) > maxNote:
			c.wrong(i, noteLong)
			return
		case last < begin || utf8.RuneCountInString(c.Notes[last])+1+utf8.RuneCountInString(word) > maxNote:
			c.Notes = append(c.Notes, word)
		default:
			c.Notes[last] += " " + word
		}
	}
	if len(c.Notes) > maxNotes {
		c.Notes = c.Notes[:maxNotes]
		c.wrong(i, noteLong)
	}
}

func (c *candidate) named(p nameParts, at int) {
	c.Name, c.CallName = p.compose()
	switch {
	case c.Name == "" && p.company != "":
		c.Kind, c.Name, c.CallName = person.Company, p.company, ""
	case p.company != "" && p.company != c.Name && c.Kind != person.Company:
		// Somebody who is reached at a company: say so where they are reached.
		for i := range c.Points {
			c.Points[i].Label = cut(p.company, 100)
		}
	}
	if c.Kind == "" {
		c.Kind = person.Human
	}
	switch {
	case len(fold.Words(c.Name)) == 0:
		c.wrong(max(at, -1), nameMissing)
	case utf8.RuneCountInString(c.Name) > maxName || utf8.RuneCountInString(c.CallName) > maxName:
		c.wrong(at, nameLong)
	case strings.Contains(c.Name+c.CallName, bsnMask) || person.HasBSN(c.Name) || person.HasBSN(c.CallName):
		c.wrong(at, bsnInName)
	}
}

// prefer puts the points of the channel that the customer prefers first.
func (c *candidate) prefer(word string) {
	kind := person.Channel("")
	switch word {
	case "phone", "telefoon", "bellen", "tel":
		kind = person.Phone
	case "sms", "text":
		kind = person.SMS
	case "email", "e mail", "mail":
		kind = person.Email
	case "post", "brief", "letter":
		kind = person.Post
	}
	slices.SortStableFunc(c.Points, func(a, b person.NewPoint) int {
		switch {
		case a.Kind == kind && b.Kind != kind:
			return -1
		case b.Kind == kind && a.Kind != kind:
			return 1
		}
		return 0
	})
}

// refuse marks the points that the customer does not want used: by their
// value, or all of a channel.
func (c *candidate) refuse(column int, list []string) {
	for _, s := range list {
		hit := false
		for i, p := range c.Points {
			value, err := person.Normalise(p.Kind, unguard(s))
			if err == nil && value == p.Value || fold.Text(s) == string(p.Kind) || fold.Text(s) == fold.Text(p.Value) {
				c.Points[i].Refused, hit = true, true
			}
		}
		if !hit {
			c.wrong(column, refusedUnknown)
		}
	}
}

// key is something by which a customer is recognised, and how surely.
type key struct {
	reason Reason
	term   string // what the customers are found by: a phone number, a date …
	also   string // what else must be the same: the folded name, the birth date
}

// weak says whether another birth date makes it somebody else: a father and a
// son may have one name and one address.
func (k key) weak() bool {
	return k.reason == SameEmailName || k.reason == SamePhoneName || k.reason == SamePostName
}

// digest is a key without anything personal.
func (k key) digest(born string) string {
	sum := sha256.Sum256([]byte(string(k.reason) + "\x00" + k.term + "\x00" + k.also + "\x00" + born))
	return hex.EncodeToString(sum[:12])
}

// Words for a birth date in a digest: one that is not known, and any.
const (
	bornUnknown = "-"
	bornAny     = "*"
)

// mark is a digest of a candidate and why it stands for them.
type mark struct {
	digest string
	reason Reason
}

// marks are the digests to look for among earlier rows, the surest first, and
// those to leave for later ones.
func (c candidate) marks() (look, leave []mark) {
	for _, k := range c.keys() {
		m := func(born string) mark { return mark{k.digest(born), k.reason} }
		switch {
		case !k.weak():
			look, leave = append(look, m("")), append(leave, m(""))
		case c.BirthDate == "":
			look, leave = append(look, m(bornAny)), append(leave, m(bornAny), m(bornUnknown))
		default:
			look, leave = append(look, m(c.BirthDate), m(bornUnknown)), append(leave, m(bornAny), m(c.BirthDate))
		}
	}
	return look, leave
}

// keys are all by which a candidate can be the same as somebody, the surest first.
func (c candidate) keys() []key {
	var out []key
	add := func(r Reason, term, also string) {
		if term != "" && also != "" {
			out = append(out, key{r, term, also})
		}
	}
	name := fold.Text(c.Name)
	add(SameID, c.ID, "id")
	add(SameNumber, fold.Text(c.Number), "number")
	for _, p := range c.Points {
		if p.Kind == person.Phone || p.Kind == person.SMS {
			add(SamePhoneBirth, fold.Digits(p.Value), c.BirthDate)
		}
	}
	add(SameNameBirth, c.BirthDate, name)
	for _, p := range c.Points {
		switch p.Kind {
		case person.Email:
			add(SameEmailName, strings.ToLower(p.Value), name)
		case person.Phone, person.SMS:
			add(SamePhoneName, fold.Digits(p.Value), name)
		case person.Post:
			add(SamePostName, fold.Text(p.Value), name)
		}
	}
	slices.SortStableFunc(out, func(a, b key) int { return slices.Index(reasons, a.reason) - slices.Index(reasons, b.reason) })
	return out
}
