package intake

import (
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/kernel/fold"
)

// A red flag is found in a text that begins with its words, whatever comes
// after, and however the words are written; never by no words at all.
func FuzzSpot(f *testing.F) {
	f.Add("pijn borst", "Ik heb pijn op mijn linker borst sinds gisteren")
	f.Add("bewusteloos*", "BEWUSTELOOSHEID?")
	f.Add("* a*", "a * b")
	f.Add("a a a a a a a a a a a a b", strings.Repeat("a ", 200))
	f.Fuzz(func(t *testing.T, words, text string) {
		flags := []Flag{{ID: "x", Active: true, Words: []string{words}}}
		bare := strings.ReplaceAll(words, "*", " ")
		if len(fold.Words(bare)) == 0 {
			if len(Spot(flags, text)) > 0 {
				t.Errorf("%q is found in %q", words, text)
			}
			return
		}
		if len(Spot(flags, bare+" "+text)) != 1 || len(Spot(flags, strings.ToUpper(strings.ToLower(fold.Text(bare)))+" x")) != 1 {
			t.Errorf("%q is not found in itself", words)
		}
	})
}
