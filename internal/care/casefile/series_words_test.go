package casefile

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
)

// A series is told in words that name what comes, how often, on which days, at
// what time and until when.
func TestSeriesIsWorded(t *testing.T) {
	b, err := lang.Load(append(web.Languages(), auth.Lang, lang.Source{FS: org.Words, Dir: "lang"}, lang.Source{FS: person.Words, Dir: "lang"},
		lang.Source{FS: signal.Words, Dir: "lang"}, lang.Source{FS: promise.Words, Dir: "lang"}, lang.Source{FS: Words, Dir: "lang"})...)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 12, 9, 0, 0, 0, time.UTC)
	words := b.Printer("en", time.UTC, now)
	dates := []promise.Occurrence{{Day: workcal.Date{}, Due: now.AddDate(0, 0, 7)}, {Due: now.AddDate(0, 1, 0)}}
	for name, c := range map[string]struct {
		rule promise.Rule
		want string
	}{
		"every day":              {promise.Rule{Unit: promise.Daily, Every: 1, Minute: 9 * 60}, "And then every day before 09:00, until Saturday 12 December (2 more times)"},
		"every three days":       {promise.Rule{Unit: promise.Daily, Every: 3, Minute: 16*60 + 5}, "And then every 3 days before 16:05, until Saturday 12 December (2 more times)"},
		"two days of a week":     {promise.Rule{Unit: promise.Weekly, Every: 1, Days: []time.Weekday{time.Monday, time.Thursday}, Minute: 720}, "And then every Monday and Thursday before 12:00, until Saturday 12 December (2 more times)"},
		"every other week":       {promise.Rule{Unit: promise.Weekly, Every: 2, Days: []time.Weekday{time.Friday}, Minute: 720}, "And then every 2 weeks on Friday before 12:00, until Saturday 12 December (2 more times)"},
		"a day of the month":     {promise.Rule{Unit: promise.Monthly, Every: 1, Day: 15, Minute: 720}, "And then every month on day 15 before 12:00, until Saturday 12 December (2 more times)"},
		"the second Tuesday":     {promise.Rule{Unit: promise.Monthly, Every: 1, Nth: 2, Days: []time.Weekday{time.Tuesday}, Minute: 720}, "And then every month on the second Tuesday before 12:00, until Saturday 12 December (2 more times)"},
		"the last Friday of two": {promise.Rule{Unit: promise.Monthly, Every: 2, Nth: -1, Days: []time.Weekday{time.Friday}, Minute: 720}, "And then every 2 months on the last Friday before 12:00, until Saturday 12 December (2 more times)"},
	} {
		if got := againWords(words, c.rule, dates); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", name, got, c.want)
		}
		if got := againWords(words, c.rule, nil); got != "" {
			t.Errorf("%s, when nothing is to come: %q", name, got)
		}
	}
	x := promise.Outline{Steps: []promise.SeriesStep{
		{What: "Call how it\nwent", Unit: promise.Days, After: 2},
		{What: "The letter", Unit: promise.Hours, After: 1},
		{What: "The result", Due: now.AddDate(0, 0, 7)},
		{What: "The talk", From: now.AddDate(0, 0, 7), Due: now.AddDate(0, 0, 7).Add(time.Hour)},
	}}
	var got []string
	for _, line := range seriesLines(words, x, func(promise.Promise) string { return "" }) {
		got = append(got, line.Text)
	}
	if d := cmp.Diff([]string{"Call how it went: within 2 working days after that", "The letter: within 1 working hour after that",
		"The result: by Thursday 19 November at 09:00", "The talk: Thu 19 Nov between 09:00 and 10:00"}, got); d != "" {
		t.Error(d)
	}
}
