package lang

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// Printer says sentences in one language and zone, seen from one moment. It is
// a small value, made per request; the zero Printer speaks Dutch words and
// knows no sentence.
type Printer struct {
	b    *Bundle
	lang string
	loc  *time.Location
	now  time.Time
}

// Printer makes a printer. A language that we do not speak becomes Dutch, a
// nil location UTC.
func (b *Bundle) Printer(language string, loc *time.Location, now time.Time) Printer {
	return Printer{b: b, lang: speak(language), loc: loc, now: now}
}

// Lang is "nl" or "en".
func (p Printer) Lang() string {
	if p.lang == "" {
		return Dutch
	}
	return p.lang
}

// Now is the moment from which relative times are seen.
func (p Printer) Now() time.Time { return p.now }

// Loc is the zone in which times are said.
func (p Printer) Loc() *time.Location {
	if p.loc == nil {
		return time.UTC
	}
	return p.loc
}

// In is the same printer in another language: a letter to a customer, from the
// screen of somebody who reads another one.
func (p Printer) In(language string) Printer { p.lang = speak(language); return p }

// Within is the same printer in another zone: the hours of an organisation,
// for somebody who belongs to none yet.
func (p Printer) Within(loc *time.Location) Printer { p.loc = loc; return p }

// Has says whether there is a sentence with this key.
func (p Printer) Has(key string) bool { return p.find(key) != nil }

func (p Printer) find(key string) *message {
	if p.b == nil {
		return nil
	}
	return p.b.messages[p.Lang()][key]
}

// T is the sentence with its parameters filled in: name and value in turn, or
// one map. "Count" chooses the plural form. What is missing shows as ⟦key⟧ or
// ⟦Param⟧ and is logged once; T never fails.
func (p Printer) T(key string, params ...any) string {
	m := p.find(key)
	if m == nil {
		p.warn("no such sentence", key, "")
		return "⟦" + key + "⟧"
	}
	if len(params) == 0 && len(m.params) == 0 {
		return m.forms[other].text
	}
	data := p.params(key, params)
	f := m.choose(p.lang, data["Count"])
	if f.tmpl == nil {
		return f.text
	}
	for name, need := range m.params {
		if _, ok := data[name]; ok || need == optional {
			continue
		}
		if need == required {
			p.warn("a sentence lacks a parameter", key, name)
		}
		data[name] = missing(name)
	}
	if s, ok := p.quick(f.pieces, data); ok {
		return s
	}
	data[printerParam] = p
	var b strings.Builder
	if err := f.tmpl.Execute(&b, data); err != nil {
		p.warn("a sentence cannot be filled in", key, err.Error())
		return "⟦" + key + "⟧"
	}
	return b.String()
}

// missing stands for a parameter that was not given.
type missing string

func (m missing) String() string { return "⟦" + string(m) + "⟧" }

// params gathers the parameters in a map of our own.
func (p Printer) params(key string, in []any) map[string]any {
	out := make(map[string]any, len(in)/2+2)
	if len(in) == 1 {
		switch m := in[0].(type) {
		case map[string]any:
			maps.Copy(out, m)
		case errs.Params:
			maps.Copy(out, m)
		default:
			p.warn("parameters come in pairs or as one map", key, fmt.Sprintf("%T", in[0]))
		}
	} else {
		for i := 0; i+1 < len(in); i += 2 {
			if name, ok := in[i].(string); ok {
				out[name] = in[i+1]
			} else {
				p.warn("the name of a parameter is a string", key, fmt.Sprintf("%T", in[i]))
			}
		}
		if len(in)%2 == 1 {
			p.warn("parameters come in pairs or as one map", key, "odd number")
		}
	}
	for name, v := range out {
		switch v.(type) {
		case nil: // what is not known is left blank
			out[name] = ""
		case float32, float64: // JSON knows no whole numbers: say 1000000, not 1e+06
			if n, ok := whole(v); ok {
				out[name] = n
			}
		}
	}
	return out
}

func (p Printer) warn(msg, key, what string) {
	if p.b != nil {
		p.b.warnOnce(msg, p.Lang(), key, what)
	}
}

// Problem words a problem for people: the title of its class and the sentence
// of its type. A nil problem, or an internal one, says only that it is ours.
func (p Printer) Problem(e *errs.Error) (title, detail string) {
	if e == nil {
		e = errs.New(errs.Internal, "internal")
	}
	title = p.T("problem.class." + string(e.Class))
	for _, key := range []string{"problem." + e.Type, "field." + e.Type} {
		if p.Has(key) {
			return title, p.T(key, e.Params)
		}
	}
	p.warn("a problem has no sentence", "problem."+e.Type, "")
	switch e.Class {
	case errs.Internal:
		return title, p.T("problem.internal")
	case errs.Invalid, errs.Malformed:
		return title, p.T("problem.invalid-input")
	}
	return title, title
}

// Field words what is wrong with one input.
func (p Printer) Field(f errs.Field) string {
	for _, key := range []string{"field." + f.Type, "problem." + f.Type} {
		if p.Has(key) {
			return p.T(key, f.Params)
		}
	}
	p.warn("a field has no sentence", "field."+f.Type, "")
	return p.T("problem.invalid-input")
}
