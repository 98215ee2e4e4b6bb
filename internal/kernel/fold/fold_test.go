package fold

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"":                        "",
		"  Jansen ":               "jansen",
		"Müller-Østergård":        "muller ostergard",
		"José  da Silva":          "jose da silva",
		"'s-Gravenmade":           "s gravenmade",
		"D’Angelo":                "dangelo",
		"Weiß & Söhne B.V.":       "weiss sohne b v",
		"Ĳsbrand":                 "ijsbrand",
		"Łukasz":                  "lukasz",
		"Jos\u00e9":               "jose",
		"Jose\u0301":              "jose",
		"Van der Meer (Verhagen)": "van der meer verhagen",
		"１２３":                     "123",
		"Νίκος":                   "νικοσ",
		"ΝΊΚΟΣ":                   "νικοσ",
		"\xf2ǅ":                   "dz",
	} {
		if got := Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTextIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once := Text(rapid.String().Draw(t, "s"))
		if twice := Text(once); twice != once {
			t.Fatalf("%q folds on to %q", once, twice)
		}
	})
}

// No letter, number or sign there is folds differently the second time, or in upper case.
func TestEveryLetter(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !unicode.In(r, unicode.Letter, unicode.Number, unicode.Symbol) {
			continue
		}
		out := Text(string(r))
		if again := Text(out); again != out {
			t.Errorf("%U %q is %q, and that is %q", r, r, out, again)
		}
		for _, other := range []string{string(unicode.ToUpper(r)), string(unicode.ToLower(r)), strings.ToUpper(out)} {
			if got := Text(other); got != out {
				t.Errorf("%U %q is %q, and %q is %q", r, r, out, other, got)
			}
		}
	}
}

func TestDigits(t *testing.T) {
	if got := Digits("06-12 34 (56) 78"); got != "0612345678" {
		t.Errorf("%q", got)
	}
}
