package template

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/houvast/houvast/internal/kit/lang"
)

// A text is filled in once: what a customer is called is never itself a field,
// and when every field has a value none is left open.
func FuzzFill(f *testing.F) {
	f.Add("Dag [klant], het nummer is [nummer] [ tijd ].", "Jan", "nl")
	f.Add("[klant]", "[nummer]", "en")
	f.Add("[[klant]] [x] [", "$1", "")
	f.Fuzz(func(t *testing.T, text, value, language string) {
		values := map[Field]string{}
		for _, x := range Fields {
			values[x] = "«" + value + "»"
		}
		out := Fill(text, values)
		if n := strings.Count(text, "[") + 1; len(out) > len(text)+n*(len(value)+4) {
			t.Errorf("%q becomes %d bytes", text, len(out))
		}
		if !strings.ContainsAny(value, "[]") && len(Unfilled(out)) > 0 {
			t.Errorf("%q with every value is %q, which leaves %q open", text, out, Unfilled(out))
		}
		if none := Fill(text, nil); none != text {
			t.Errorf("%q without values is %q", text, none)
		}
		found := Check(text, language)
		if len(found) > maxFindings {
			t.Errorf("%d findings", len(found))
		}
		for _, x := range found {
			if utf8.ValidString(text) && (x.Found == "" || x.Kind != LongSentence && !strings.Contains(strings.ToLower(text), strings.ToLower(x.Found)) && !strings.ContainsAny(text, "İſK")) {
				t.Errorf("%q: %+v is not in it", text, x)
			}
		}
		for _, l := range []string{lang.Dutch, lang.English} {
			for _, x := range Fields {
				if got := Fill(Written(x, l), map[Field]string{x: "a"}); got != "a" {
					t.Errorf("%s is filled in as %q", Written(x, l), got)
				}
			}
		}
	})
}
