package workcal

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/houvast/houvast/internal/kernel/errs"
)

func TestParseHours(t *testing.T) {
	for in, want := range map[string]string{
		"8-12.30, 13.30-17":                 "08:00–12:30, 13:30–17:00",
		"08:00–12:30, 13:30–17:00":          "08:00–12:30, 13:30–17:00",
		"8 - 12:30 en 13:30 - 17":           "08:00–12:30, 13:30–17:00",
		"13.30-17; 8-12.30":                 "08:00–12:30, 13:30–17:00",
		"8-12 13-17":                        "08:00–12:00, 13:00–17:00",
		"9-17u":                             "09:00–17:00",
		"9u-17u":                            "09:00–17:00",
		"9u30-17u15":                        "09:30–17:15",
		"van 9 tot 17 uur":                  "09:00–17:00",
		"9.00 uur tot 17.00 uur":            "09:00–17:00",
		"from 9am to 5pm":                   "09:00–17:00",
		"9:30 am – 12 pm and 1 pm – 5 pm":   "09:30–12:00, 13:00–17:00",
		"8-12, 12-17":                       "08:00–17:00",
		"18-24":                             "18:00–24:00",
		"18:00-00:00":                       "18:00–24:00",
		"24 uur":                            "00:00–24:00",
		" 9 – 17 . ":                        "09:00–17:00",
		"9-12\n13-17":                       "09:00–12:00, 13:00–17:00",
		"":                                  "",
		" Gesloten ":                        "",
		"closed":                            "",
		"-":                                 "",
		"8-9, 9-10, 11-12, 14-16, 20.30-22": "08:00–10:00, 11:00–12:00, 14:00–16:00, 20:30–22:00",
	} {
		ivs, err := ParseHours(in)
		if err != nil {
			t.Errorf("ParseHours(%q): %v", in, err)
			continue
		}
		if got := FormatHours(ivs); got != want {
			t.Errorf("ParseHours(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"morning": "hours-unreadable", "9": "hours-unreadable", "9-17 of zo": "hours-unreadable", "9-25": "hours-unreadable",
		"9.60-17": "hours-unreadable", "24.30-25": "hours-unreadable", "13pm-5pm": "hours-unreadable", "9-12-17": "hours-unreadable",
		"9-5": "hours-backwards", "17-9": "hours-backwards", "9-9": "hours-backwards", "0-0": "",
		"8-12, 11-17": "hours-overlap", "8-17, 9-10": "hours-overlap",
	} {
		_, err := ParseHours(in)
		if want == "" {
			if err != nil {
				t.Errorf("ParseHours(%q): %v", in, err)
			}
			continue
		}
		if errs.ClassOf(err) != errs.Invalid || errs.TypeOf(err) != want {
			t.Errorf("ParseHours(%q) = %v, want %s", in, err, want)
		}
	}
}

func TestHoursReadBackAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := genDay(t, false)
		got, err := ParseHours(FormatHours(want))
		if err != nil {
			t.Fatalf("%s: %v", FormatHours(want), err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	})
}
