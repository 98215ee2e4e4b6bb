package rest

import (
	"regexp"
	"strings"

	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/surface/rest/html"
)

// problems explains every type of problem that the catalogue has a sentence for.
func problems(b *lang.Bundle) map[string]html.Problem {
	out := map[string]html.Problem{}
	for _, key := range b.Keys() {
		typ, ok := strings.CutPrefix(key, "problem.")
		field := false
		if !ok {
			typ, field = strings.CutPrefix(key, "field.")
		}
		if !ok && !field || strings.Contains(typ, ".") { // problem.class.… are titles
			continue
		}
		p := out[typ]
		p.Type = typ
		nl, en := example(b, lang.Dutch, key), example(b, lang.English, key)
		if field {
			p.FieldNL, p.FieldEN = nl, en
		} else {
			p.NL, p.EN = nl, en
		}
		out[typ] = p
	}
	for t, p := range out {
		if p.NL == "" { // only ever beside a field
			p.NL, p.EN, p.FieldNL, p.FieldEN = p.FieldNL, p.FieldEN, "", ""
			out[t] = p
		}
	}
	return out
}

var (
	control = regexp.MustCompile(`\{\{-?\s*(if|else if|with|range|end)\b[^}]*\}\}`)
	or      = regexp.MustCompile(`\{\{-?\s*else\s*-?\}\}`)
	place   = regexp.MustCompile(`\{\{[^}]*\}\}`)
	spaces  = regexp.MustCompile(`\s+`)
)

// example is a sentence with "…" where something is filled in.
func example(b *lang.Bundle, language, key string) string {
	s := b.Source(language, key)
	s = or.ReplaceAllString(control.ReplaceAllString(s, ""), " / ")
	s = strings.TrimSpace(spaces.ReplaceAllString(place.ReplaceAllString(s, "…"), " "))
	return strings.ReplaceAll(s, "….", "…")
}
