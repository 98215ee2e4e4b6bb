package fold

import (
	"testing"

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

func TestDigits(t *testing.T) {
	if got := Digits("06-12 34 (56) 78"); got != "0612345678" {
		t.Errorf("%q", got)
	}
}
