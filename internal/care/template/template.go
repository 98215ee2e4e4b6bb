package template

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/lang"
)

// Template is a text an organisation answers with, in both languages.
type Template struct {
	Org       string    `db:"org_id" json:"-"`
	ID        string    `db:"template_id" json:"id"`
	Name      string    `db:"name" json:"name"`
	Dutch     string    `db:"text_nl" json:"text_nl"`
	English   string    `db:"text_en" json:"text_en"`
	ChangedBy string    `db:"changed_by" json:"changed_by"`
	ChangedAt time.Time `db:"changed_at" json:"changed_at"`
	Version   int64     `db:"version" json:"version"`
}

// In gives the text in a language; Dutch when it is neither.
func (t Template) In(language string) string {
	if language == lang.English {
		return t.English
	}
	return t.Dutch
}

// Field is something of a case that a text can name.
type Field string

// The fields.
const (
	Customer     Field = "customer"     // who asks
	Reference    Field = "reference"    // of the case
	Colleague    Field = "colleague"    // who keeps the next promise, else the owner
	Due          Field = "due"          // when the next promise is due
	Organisation Field = "organisation" // our name
	Phone        Field = "phone"        // our number
)

// Fields are all of them, in the order in which they are listed.
var Fields = []Field{Customer, Reference, Colleague, Due, Organisation, Phone}

// written is how a field stands in a text, between brackets.
var written = map[Field]map[string]string{
	Customer:     {lang.Dutch: "klant", lang.English: "customer"},
	Reference:    {lang.Dutch: "nummer", lang.English: "reference"},
	Colleague:    {lang.Dutch: "collega", lang.English: "colleague"},
	Due:          {lang.Dutch: "tijd", lang.English: "time"},
	Organisation: {lang.Dutch: "organisatie", lang.English: "organisation"},
	Phone:        {lang.Dutch: "telefoon", lang.English: "phone"},
}

// Written is a field as it stands in a text of a language: [klant].
func Written(f Field, language string) string {
	if language != lang.English {
		language = lang.Dutch
	}
	return "[" + written[f][language] + "]"
}

// List names all fields as they stand in a text of a language.
func List(language string) string {
	out := make([]string, len(Fields))
	for i, f := range Fields {
		out[i] = Written(f, language)
	}
	return strings.Join(out, ", ")
}

var bracketed = regexp.MustCompile(`\[([^\[\]\n]{1,40})\]`)

// fieldOf reads what stands between brackets, in either language.
func fieldOf(name string) (Field, bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	for _, f := range Fields {
		for _, w := range written[f] {
			if w == name {
				return f, true
			}
		}
	}
	return "", false
}

// unknownField gives the first field of a text that does not exist.
func unknownField(text string) (string, bool) {
	for _, m := range bracketed.FindAllStringSubmatch(text, -1) {
		if _, ok := fieldOf(m[1]); !ok {
			return m[0], true
		}
	}
	return "", false
}

// Fill puts values in the place of fields. A field without a value stays.
func Fill(text string, values map[Field]string) string {
	return bracketed.ReplaceAllStringFunc(text, func(s string) string {
		f, ok := fieldOf(s[1 : len(s)-1])
		if v := values[f]; ok && v != "" {
			return v
		}
		return s
	})
}

// The longest a name and a text may be, in bytes.
const (
	maxName = 100
	maxText = 5000
)

// valid says everything that is wrong with a template at once.
func (t *Template) valid() error {
	var c errs.Checks
	t.Name, t.Dutch, t.English = strings.TrimSpace(t.Name), plain(t.Dutch), plain(t.English)
	c.Must(t.Name != "", "name", "template-name-missing")
	c.Must(len(t.Name) <= maxName, "name", "text-too-long")
	for _, x := range []struct{ path, language, text string }{{"text_nl", lang.Dutch, t.Dutch}, {"text_en", lang.English, t.English}} {
		c.Must(x.text != "", x.path, "template-text-missing")
		c.Must(len(x.text) <= maxText, x.path, "text-too-long")
		if name, ok := unknownField(x.text); ok {
			c.Add(errs.Field{Path: x.path, Type: "template-field-unknown", Params: errs.Params{"Field": name, "Fields": List(x.language)}})
		} else if wording, ok := lang.Vague(x.text); ok {
			c.Add(errs.Field{Path: x.path, Type: "template-vague", Params: errs.Params{"Wording": wording, "Field": Written(Due, x.language)}})
		}
	}
	return c.Err()
}

// plain is a typed text without what a form adds to it.
func plain(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
}

// sample are values for looking at a text without a case.
func sample(words lang.Printer, organisation, phone string, due time.Time) map[Field]string {
	return map[Field]string{Customer: words.T("template.sample-customer"), Reference: "2026-0042-K", Colleague: words.T("template.sample-colleague"),
		Due: words.Moment(due), Organisation: organisation, Phone: phone}
}

// Unfilled gives the fields that stand in a text still, as they are written;
// other words between brackets are nobody's business.
func Unfilled(text string) []string {
	return slices.DeleteFunc(missing(text), func(m string) bool {
		_, ok := fieldOf(m[1 : len(m)-1])
		return !ok
	})
}

// missing are the fields that stand in a text still.
func missing(text string) (out []string) {
	for _, m := range bracketed.FindAllString(text, -1) {
		if !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}
