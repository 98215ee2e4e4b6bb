package lang

import (
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// Whatever people type as a time is read as one in the coming years, to the
// minute, or refused as a problem with a sentence; and capitals and spaces make
// no difference.
func FuzzParseMoment(f *testing.F) {
	for _, s := range []string{"morgen 17:00", "volgende week dinsdag om half vijf", "over anderhalf uur", "29-02-2028 9u", "next thursday 3pm",
		"zo snel mogelijk", "2026-11-12T14:30", "overmorgen om kwart voor twaalf 's avonds", "31/12/99 24:00", "in 999 weken"} {
		f.Add(s, true, int64(1_794_476_520))
	}
	loc, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, dutch bool, unix int64) {
		if unix < 1e9 || unix > 4e9 {
			return
		}
		language := English
		if dutch {
			language = Dutch
		}
		now := time.Unix(unix, 0)
		at, err := ParseMoment(text, language, loc, now)
		if err != nil {
			if errs.ClassOf(err) != errs.Invalid {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if at.Second() != 0 && at.Nanosecond() != 0 || at.Before(now.Add(-time.Minute)) || at.Year() > 9999 {
			t.Errorf("%q at %s is %s", text, now, at)
		}
		same, err := ParseMoment("  "+strings.ReplaceAll(text, " ", "   ")+" ", language, loc, now)
		if err != nil || !same.Equal(at) {
			t.Errorf("%q is %s, with more spaces %s, %v", text, at, same, err)
		}
	})
}

// What is found to be vague stands in the text, as it was written.
func FuzzVague(f *testing.F) {
	for _, s := range []string{"We bellen u zo spoedig mogelijk terug", "ASAP!", "binnenkort", "in due course", "t\u0301ijdig", "Zo\u00adsnel mogelijk"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if wording, ok := Vague(s); ok && (wording == "" || !strings.Contains(s, wording)) {
			t.Errorf("%q has no %q", s, wording)
		}
	})
}

// A sentence of the catalogue is refused when it is loaded, or it can be said
// with any words in the places of its parameters.
func FuzzMessage(f *testing.F) {
	f.Add("{{.Name}} belt om {{clock .Due}}", "Jan")
	f.Add("{{if .Name}}{{.Name}}{{else}}niemand{{end}}", "")
	f.Add("{{with .X}}{{range .}}{{.}}{{end}}{{end}}", "{{.Name}}")
	f.Fuzz(func(t *testing.T, sentence, word string) {
		m, err := parseMessage(Dutch, "fuzz.sentence", map[string]string{other: sentence}, template.New("").Funcs(functions()))
		if err != nil {
			return
		}
		if len(m.forms) == 0 {
			t.Errorf("%q was loaded and has no form", sentence)
		}
		if !strings.Contains(sentence, "{{") && m.forms[other].text != sentence {
			t.Errorf("%q is kept as %q", sentence, m.forms[other].text)
		}
		for p := range m.params {
			if !strings.Contains(sentence, p) {
				t.Errorf("%q has no parameter %q", sentence, p)
			}
		}
	})
}
