package lang

import (
	"encoding/json"
	"testing"
	"time"
)

func TestTimesForPeople(t *testing.T) {
	loc := amsterdam(t)
	now := time.Date(2026, 11, 10, 10, 42, 50, 0, loc) // Tuesday
	at := func(month time.Month, d, h, m int) time.Time { return time.Date(2026, month, d, h, m, 0, 0, loc) }
	nl := (&Bundle{}).Printer("nl", loc, now)
	en := (&Bundle{}).Printer("en", loc, now)
	due := at(11, 12, 12, 0)
	nextYear := time.Date(2027, 3, 1, 9, 5, 0, 0, loc)
	for _, tc := range []struct{ name, got, want string }{
		{"clock", nl.Clock(due), "12:00"}, {"clock", en.Clock(at(11, 12, 9, 5)), "09:05"}, {"clock of UTC", nl.Clock(due.UTC()), "12:00"},
		{"day", nl.Day(due), "do 12 nov"}, {"day", en.Day(due), "Thu 12 Nov"}, {"day", nl.Day(nextYear), "ma 1 mrt 2027"}, {"day", en.Day(nextYear), "Mon 1 Mar 2027"},
		{"date", nl.Date(due), "donderdag 12 november"}, {"date", en.Date(due), "Thursday 12 November"}, {"date", nl.Date(nextYear), "maandag 1 maart 2027"},
		{"moment", nl.Moment(due), "do 12 nov 12:00"}, {"moment", en.Moment(due), "Thu 12 Nov 12:00"},
		{"moment_long", nl.MomentLong(due), "donderdag 12 november om 12:00\u00a0uur"}, {"moment_long", en.MomentLong(due), "Thursday 12 November at 12:00"},
		{"moment_long", nl.MomentLong(at(11, 10, 12, 0)), "vandaag om 12:00\u00a0uur"}, {"moment_long", nl.MomentLong(at(11, 11, 0, 0)), "morgen om 00:00\u00a0uur"}, {"moment_long", nl.MomentLong(at(11, 9, 23, 59)), "gisteren om 23:59\u00a0uur"},
		{"moment_long", en.MomentLong(at(11, 10, 12, 0)), "today at 12:00"}, {"moment_long", en.MomentLong(at(11, 11, 9, 0)), "tomorrow at 09:00"}, {"moment_long", en.MomentLong(at(11, 9, 9, 0)), "yesterday at 09:00"},
		{"moment_full", nl.MomentFull(at(11, 10, 12, 0)), "dinsdag 10 november om 12:00\u00a0uur"}, {"moment_full", en.MomentFull(nextYear), "Monday 1 March 2027 at 09:05"},
		{"window", nl.Window(at(11, 12, 10, 30), at(11, 12, 11, 0)), "do 12 nov tussen 10:30 en 11:00"}, {"window", en.Window(at(11, 12, 10, 30), at(11, 12, 11, 0)), "Thu 12 Nov between 10:30 and 11:00"},
		{"window", nl.Window(at(11, 12, 22, 0), at(11, 13, 2, 0)), "tussen do 12 nov 22:00 en vr 13 nov 02:00"}, {"window of words", nl.Window("a", nil), "a–"},

		{"rel", en.Rel(at(11, 10, 11, 0)), "in 18 min"}, {"rel", nl.Rel(at(11, 10, 11, 0)), "over 18 min"}, {"rel", en.Rel(at(11, 10, 11, 41)), "in 59 min"}, {"rel", en.Rel(at(11, 10, 11, 42)), "in 1 h"},
		{"rel", en.Rel(at(11, 10, 12, 0)), "in 1 h 18 min"}, {"rel", nl.Rel(at(11, 10, 12, 0)), "over 1 u 18 min"}, {"rel", nl.Rel(at(11, 10, 11, 47)), "over 1 u 05 min"}, {"rel", nl.Rel(at(11, 10, 12, 42)), "over 2 uur"},
		{"rel", en.Rel(at(11, 10, 13, 41)), "in 2 h 59 min"}, {"rel", en.Rel(at(11, 10, 13, 42)), "in 3 h"}, {"rel", nl.Rel(at(11, 10, 14, 30)), "over 3 uur"}, {"rel", en.Rel(at(11, 11, 10, 41)), "in 23 h"},
		{"rel", en.Rel(at(11, 11, 10, 42)), "tomorrow"}, {"rel", nl.Rel(at(11, 11, 23, 59)), "morgen"}, {"rel", en.Rel(at(11, 12, 9, 0)), "in 2 days"}, {"rel", nl.Rel(at(11, 14, 9, 0)), "over 4 dagen"},
		{"rel", en.Rel(now), "now"}, {"rel", nl.Rel(now.Add(-40 * time.Second)), "nu"}, {"rel of the past", en.Rel(at(11, 10, 8, 0)), "2 h 42 min ago"},
		{"ago", nl.Ago(at(11, 10, 8, 42)), "2 uur geleden"}, {"ago", en.Ago(at(11, 10, 8, 42)), "2 h ago"}, {"ago", nl.Ago(at(11, 10, 10, 24)), "18 min geleden"}, {"ago", en.Ago(at(11, 9, 9, 0)), "yesterday"},
		{"ago", nl.Ago(at(11, 9, 12, 0)), "22 uur geleden"}, {"ago", nl.Ago(at(11, 6, 9, 0)), "4 dagen geleden"}, {"ago", en.Ago(now), "just now"}, {"ago", en.Ago(at(11, 14, 9, 0)), "in 4 days"},
		{"late", en.Late(at(11, 10, 10, 24)), "18 min late"}, {"late", nl.Late(at(11, 10, 10, 24)), "18 min te laat"}, {"late", nl.Late(at(11, 9, 9, 0)), "1 dag te laat"}, {"late", en.Late(at(11, 6, 9, 0)), "4 days late"},
		{"late", nl.Late(now.Add(-20 * time.Second)), "nog geen minuut te laat"}, {"late", en.Late(at(11, 10, 11, 0)), "in 18 min"}, {"late", nl.Late(at(11, 10, 8, 37)), "2 u 05 min te laat"},
		{"duration", nl.Duration(78 * time.Minute), "1 u 18 min"}, {"duration", en.Duration(int64(4 * 86400000)), "4 days"}, {"duration", en.Duration(-time.Hour), "1 h"}, {"duration", en.Duration(time.Second), "under a minute"}, {"duration", nl.Duration(26 * time.Hour), "1 dag"},

		{"list", nl.List([]string{"a", "b", "c"}), "a, b en c"}, {"list", en.List([]string{"a", "b"}), "a and b"}, {"list", en.List([]string{"a"}), "a"}, {"list", en.List(nil), ""},
		{"number", nl.Number(1234567), "1.234.567"}, {"number", en.Number(-1234.567), "-1,234.57"}, {"number", nl.Number(999), "999"}, {"number", nl.Number(0.5), "0,5"}, {"number", nl.Number("veel"), "veel"}, {"number", en.Number(json.Number("12345.5")), "12,345.5"},
		{"nothing", nl.Moment(nil), ""}, {"no time", nl.Moment(time.Time{}), ""}, {"no time", nl.Moment((*time.Time)(nil)), ""}, {"worded already", nl.Moment("na de lunch"), "na de lunch"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, tc.got, tc.want)
		}
	}
	type millis int64
	ms := due.UnixMilli()
	for _, v := range []any{due, &due, ms, float64(ms), json.Number("1794481200000"), millis(ms), &ms, int(ms), uint64(ms)} {
		if got := nl.Moment(v); got != "do 12 nov 12:00" {
			t.Errorf("%T: %q", v, got)
		}
	}
}

func TestRelativeDaysOverClockChanges(t *testing.T) {
	loc := amsterdam(t)
	for _, tc := range []struct {
		now, due time.Time
		rel      string
	}{
		// A day of 25 hours: 24 hours later is still the same day.
		{time.Date(2026, 10, 25, 0, 0, 0, 0, loc), time.Date(2026, 10, 25, 23, 0, 0, 0, loc), "in 24 h"},
		{time.Date(2026, 10, 24, 12, 0, 0, 0, loc), time.Date(2026, 10, 25, 12, 0, 0, 0, loc), "tomorrow"},
		// A day of 23 hours: the same clock time tomorrow is 23 hours away.
		{time.Date(2026, 3, 28, 12, 0, 0, 0, loc), time.Date(2026, 3, 29, 12, 0, 0, 0, loc), "in 23 h"},
		{time.Date(2026, 3, 28, 12, 0, 0, 0, loc), time.Date(2026, 3, 30, 12, 0, 0, 0, loc), "in 2 days"},
	} {
		if got := (&Bundle{}).Printer("en", loc, tc.now).Rel(tc.due); got != tc.rel {
			t.Errorf("from %v to %v: %q, want %q", tc.now, tc.due, got, tc.rel)
		}
	}
}
