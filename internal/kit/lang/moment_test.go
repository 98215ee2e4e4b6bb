package lang

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/houvast/houvast/internal/kernel/errs"
)

func amsterdam(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestParseMoment(t *testing.T) {
	loc := amsterdam(t)
	now := time.Date(2026, 11, 10, 10, 42, 30, 0, loc) // Tuesday
	for text, want := range map[string]string{
		"morgen 17:00": "2026-11-11 17:00", "Morgen om 17.00 uur": "2026-11-11 17:00", "do 12 nov 16.00": "2026-11-12 16:00", "12-11 16:00": "2026-11-12 16:00",
		"12-11-2026 16u": "2026-11-12 16:00", "12/11/26 16u30": "2026-11-12 16:30", "12.11.2026 16:00": "2026-11-12 16:00", "thursday 4pm": "2026-11-12 16:00", "Thu 4:30 p.m.": "2026-11-12 16:30",
		"2026-11-12 16:00": "2026-11-12 16:00", "2026-11-12T16:00": "2026-11-12 16:00", "vr 9.30": "2026-11-13 09:30", "vr. 9.30": "2026-11-13 09:30", "today 16:00": "2026-11-10 16:00", "16:00": "2026-11-10 16:00",
		"over 2 uur": "2026-11-10 12:42", "in 2 hours": "2026-11-10 12:42", "over een half uur": "2026-11-10 11:12", "in half an hour": "2026-11-10 11:12", "over anderhalf uur": "2026-11-10 12:12", "over 1,5 uur": "2026-11-10 12:12",
		"binnen een uur": "2026-11-10 11:42", "within an hour": "2026-11-10 11:42", "over 1 uur en 15 min": "2026-11-10 11:57", "over 90 minuten": "2026-11-10 12:12", "over een kwartier": "2026-11-10 10:57",
		"over 3 dagen 16:00": "2026-11-13 16:00", "in a week at 9:30": "2026-11-17 09:30", "overmorgen 8:00": "2026-11-12 08:00", "the day after tomorrow at 08:00": "2026-11-12 08:00",
		"vanmiddag 4 uur": "2026-11-10 16:00", "vanavond half acht": "2026-11-10 19:30", "morgenmiddag half vijf": "2026-11-11 16:30", "tomorrow afternoon at 4": "2026-11-11 16:00", "tomorrow morning 9:15": "2026-11-11 09:15",
		"vrijdagmiddag kwart over 2": "2026-11-13 14:15", "donderdag om kwart voor 9": "2026-11-12 08:45", "donderdag 4 uur 's middags": "2026-11-12 16:00", "12 november 2026 om 12 uur": "2026-11-12 12:00",
		"November 12, 2026 16:00": "2026-11-12 16:00", "12th of November 16:00": "2026-11-12 16:00", "noon": "2026-11-10 12:00", "tomorrow noon": "2026-11-11 12:00", "di 9:00": "2026-11-17 09:00", "di 11:00": "2026-11-10 11:00",
		"dinsdag 10-11 11:00": "2026-11-10 11:00", "aanstaande donderdag 16:00": "2026-11-12 16:00", "this Thursday 16:00": "2026-11-12 16:00", "volgende week donderdag 16:00": "2026-11-19 16:00", "next week on monday 9:30": "2026-11-16 09:30",
		"uiterlijk vrijdag 17:00": "2026-11-13 17:00", "vóór vrijdag 17:00": "2026-11-13 17:00", "no later than friday 5pm": "2026-11-13 17:00", "17:00 morgen": "2026-11-11 17:00", "5-1 10:00": "2027-01-05 10:00", "do 12 nov. 16:00.": "2026-11-12 16:00",
		"vandaag 24:00": "2026-11-11 00:00", "morgen 04:30": "2026-11-11 04:30", "29-2-2028 12:00": "2028-02-29 12:00", "twaalf uur": "2026-11-10 12:00", "12 dec 16 uur 30": "2026-12-12 16:30", "16u 12-11-2026": "2026-11-12 16:00", "morgen om 11": "2026-11-11 11:00",
		"1 mei 2027 9h": "2027-05-01 09:00", "zo 12:00": "2026-11-15 12:00", "mon 9:30 am": "2026-11-16 09:30", "half acht 's avonds": "2026-11-10 19:30",
	} {
		got, err := ParseMoment(text, "nl", loc, now)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if s := got.In(loc).Format("2006-01-02 15:04"); s != want {
			t.Errorf("%q = %s, want %s", text, s, want)
		}
	}
}

func TestParseMomentRefuses(t *testing.T) {
	loc := amsterdam(t)
	now := time.Date(2026, 11, 10, 10, 42, 30, 0, loc)
	for text, want := range map[string]string{
		"zsm": "vague-time", "zo snel mogelijk": "vague-time", "asap": "vague-time", "As soon as possible": "vague-time", "binnenkort": "vague-time", "soon": "vague-time", "later": "vague-time", "straks": "vague-time",
		"eind van de middag": "vague-time", "morgen zsm": "vague-time", "straks 16:00": "vague-time", "morgen rond 16:00": "vague-time", "volgende week": "vague-time", "next week": "vague-time", "deze maand": "vague-time", "meteen": "vague-time", "now": "vague-time",
		"morgen": "time-missing-clock", "do 12 nov": "time-missing-clock", "vanmiddag": "time-missing-clock", "12-11-2026": "time-missing-clock", "friday": "time-missing-clock", "over 3 dagen": "time-missing-clock", "tomorrow afternoon": "time-missing-clock",
		"": "time-unreadable", "?": "time-unreadable", "banaan": "time-unreadable", "16:60": "time-unreadable", "25:00": "time-unreadable", "16:00-17:00": "time-unreadable", "do 12": "time-unreadable", "morgen vrijdag 12:00 13:00": "time-unreadable",
		"middernacht": "time-unreadable", "13pm": "time-unreadable", "morgenmiddag 9:00": "time-unreadable", "over 2 uur 16:00": "time-unreadable", "over 0 uur": "time-unreadable", "morgen overmorgen 9:30": "time-unreadable",
		"vandaag 10:42": "time-past", "9:30": "time-past", "gisteren 16:00": "time-past", "9-11 16:00": "time-past", "1-1-2020 12:00": "time-past",
		"do 4 uur": "clock-ambiguous", "morgen om 5": "clock-ambiguous", "morgen half vijf": "clock-ambiguous", "vr 4.30": "clock-ambiguous", "tomorrow at 4": "clock-ambiguous",
		"volgende donderdag 16:00": "day-ambiguous", "next thursday 4pm": "day-ambiguous", "vr 12 nov 16:00": "weekday-mismatch", "31-2 12:00": "day-not-on-calendar", "12-13-2026 12:00": "day-not-on-calendar", "29-2-2027 12:00": "day-not-on-calendar",
		"28-3-2027 02:30": "time-not-on-clock",
	} {
		got, err := ParseMoment(text, "nl", loc, now)
		if errs.ClassOf(err) != errs.Invalid || errs.TypeOf(err) != want {
			t.Errorf("%q = %v, %v, want %s", text, got, err, want)
		}
	}
}

// Half five is an hour later than half vijf.
func TestHalfFiveDependsOnTheLanguage(t *testing.T) {
	loc := amsterdam(t)
	now := time.Date(2026, 11, 10, 10, 42, 0, 0, loc)
	for _, tc := range []struct{ text, lang, want string }{
		{"vanmiddag half 5", "nl", "16:30"}, {"vanmiddag half vijf", "en", "16:30"},
		{"this afternoon half past 5", "en", "17:30"}, {"this afternoon half 5", "en", ""}, {"this afternoon half five", "en", ""},
	} {
		got, err := ParseMoment(tc.text, tc.lang, loc, now)
		if tc.want == "" {
			if errs.TypeOf(err) != "time-unreadable" {
				t.Errorf("%q in %s = %v, %v", tc.text, tc.lang, got, err)
			}
		} else if err != nil || got.Format("15:04") != tc.want {
			t.Errorf("%q in %s = %v, %v", tc.text, tc.lang, got, err)
		}
	}
}

func TestTypedTimesInTheNightsTheClockChanges(t *testing.T) {
	loc := amsterdam(t)
	autumn := time.Date(2026, 10, 24, 12, 0, 0, 0, loc)
	for text, want := range map[string]string{
		"morgen 01:59": "2026-10-25T01:59:00+02:00", "morgen 02:30": "2026-10-25T02:30:00+02:00", // twice: the first
		"morgen 03:00": "2026-10-25T03:00:00+01:00",
	} {
		if got, err := ParseMoment(text, "nl", loc, autumn); err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%q = %v, %v, want %s", text, got, err, want)
		}
	}
	spring := time.Date(2026, 3, 28, 12, 0, 0, 0, loc)
	for _, text := range []string{"morgen 02:00", "morgen 02:30", "zo 29-3 02:59"} {
		if got, err := ParseMoment(text, "nl", loc, spring); errs.TypeOf(err) != "time-not-on-clock" {
			t.Errorf("%q = %v, %v", text, got, err)
		}
	}
	if got, err := ParseMoment("morgen 03:00", "nl", loc, spring); err != nil || got.Format(time.RFC3339) != "2026-03-29T03:00:00+02:00" {
		t.Errorf("03:00 = %v, %v", got, err)
	}
	// "over 2 uur" is two hours, whatever the clock does.
	if got, err := ParseMoment("over 2 uur", "nl", loc, time.Date(2026, 3, 29, 1, 0, 0, 0, loc)); err != nil || got.Format("15:04") != "04:00" {
		t.Errorf("over 2 uur = %v, %v", got, err)
	}
}

// What we print ourselves must be readable: forms are prefilled with it.
func TestWhatWePrintCanBeTyped(t *testing.T) {
	loc := amsterdam(t)
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, loc).Add(time.Duration(rapid.IntRange(0, 525600).Draw(t, "now")) * time.Minute)
		want := now.Add(time.Duration(rapid.IntRange(1, 300*1440).Draw(t, "ahead")) * time.Minute)
		lang := rapid.SampledFrom(Languages()).Draw(t, "lang")
		if u := want.Add(-time.Hour).In(loc); u.Format("15:04") == want.In(loc).Format("15:04") {
			return // the second time round of a repeated hour cannot be typed
		}
		p := b.Printer(lang, loc, now)
		for _, text := range []string{p.Moment(want), p.MomentLong(want), p.MomentFull(want)} {
			got, err := ParseMoment(text, lang, loc, now)
			if err != nil || !got.Equal(want) {
				t.Fatalf("%q = %v, %v, want %v", text, got, err, want)
			}
		}
	})
}

func TestParseMomentNeverPanics(t *testing.T) {
	loc := amsterdam(t)
	now := time.Date(2026, 11, 10, 10, 42, 30, 0, loc)
	words := []string{"morgen", "do", "12", "nov", "16:00", "over", "2", "uur", "half", "vijf", "om", "-", ".", "999", "volgende", "week", "'s", "middags", "pm", "é", "\xff", "a.m."}
	rapid.Check(t, func(t *rapid.T) {
		text := ""
		for _, w := range rapid.SliceOfN(rapid.SampledFrom(words), 0, 7).Draw(t, "words") {
			text += w + rapid.SampledFrom([]string{" ", "", "  "}).Draw(t, "gap")
		}
		got, err := ParseMoment(text, "nl", loc, now)
		if err == nil && !got.After(now.Add(-time.Minute)) {
			t.Fatalf("%q = %v, in the past", text, got)
		}
		if err != nil && errs.ClassOf(err) != errs.Invalid {
			t.Fatalf("%q: %v", text, err)
		}
	})
}
