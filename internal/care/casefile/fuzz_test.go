package casefile

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/houvast/houvast/internal/kernel/fold"
)

// A question is found by each of its own words, whole or begun, in quotes or
// not; what is looked for is bounded and so is what it is found by.
func FuzzSearch(f *testing.F) {
	f.Add("Is de uitslag van mw. d'Ártagnan er al? 020-123 45 67", "uitsl")
	f.Add(`"hele zin" \" a`, `"uitslag" 06 12345678`)
	f.Add(strings.Repeat("woord ", 300), strings.Repeat("é", 100))
	f.Add("+31 6 12 34 56 78 (0)20/123", "0031612345678")
	f.Fuzz(func(t *testing.T, subject, typed string) {
		terms := caseTerms(subject)
		if len(terms) > maxTerms {
			t.Errorf("%d words to be found by", len(terms))
		}
		for i, w := range terms {
			if w == "" || !utf8.ValidString(w) || utf8.RuneCountInString(w) > maxTerm || strings.ContainsAny(w, " \x00\x01") || i > 0 && terms[i-1] >= w {
				t.Errorf("%q is found by %q", subject, w)
			}
		}
		looked := spans(typed)
		if len(looked) > maxWords {
			t.Errorf("%q looks for %d words", typed, len(looked))
		}
		for _, s := range looked {
			if s.from >= s.to || s.from == "" {
				t.Errorf("%q looks for nothing: %q", typed, s)
			}
		}
		if len(terms) == maxTerms || number.MatchString(subject) {
			return // of a long one not every word is kept, and numbers are looked for as one
		}
		for _, w := range fold.Words(subject) {
			if !Fits(subject, w) || !Fits(subject, `"`+w+`"`) {
				t.Errorf("%q is not found by its word %q", subject, w)
			}
		}
	})
}

// A filter that is read from an address is written as one and read again as
// the same.
func FuzzQuery(f *testing.F) {
	f.Add("lane=old&days=30&owner=me&order=newest&kind=answer")
	f.Add("who=closed&days=-1&team=%00&lane=nowhere")
	f.Fuzz(func(t *testing.T, raw string) {
		v, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		q := ReadQuery(v)
		if again := ReadQuery(q.Values()); again != q {
			t.Errorf("%q is %+v, and written and read again %+v", raw, q, again)
		}
		if len(q.Owner) > 100 || len(q.Team) > 100 || q.Days < 0 || q.Days > maxDays {
			t.Errorf("%q is %+v", raw, q)
		}
	})
}
