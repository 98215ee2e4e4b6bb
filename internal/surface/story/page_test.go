package story

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
	"github.com/houvast/houvast/internal/surface/story/html"
)

func both(s string) Text { return Text{NL: "nl " + s, EN: s} }

// found is a small result with everything the page can show.
func found() *Result {
	at := func(day, clock string) string { return "2021-" + day + "T" + clock + ":00+02:00" }
	entry := func(day, clock, kind, who, text string) Entry {
		return Entry{At: at(day, clock), Kind: kind, Actor: who, Text: both(text)}
	}
	return &Result{Story: "small", Title: both("A small story"), Summary: both("Somebody calls."), Steps: 9, Expectations: 4,
		Checked: []Checked{{State: Held, Rows: 3}, {State: NotApplicable}},
		Happened: Happened{Contacts: 3, Organisations: 2, Days: 12, Bounces: 1, Outcome: both("Nothing."), Timeline: []Event{
			{When: "2021-05-17T09:10", Text: both("She calls."), Contact: true, Bounce: true},
			{When: "2021-05-24", Text: both("It arrives."), Contact: false},
			{When: "2021-05-25T09:00", Text: both("She calls again."), Contact: true},
			{When: "2021-05-29T10:00", Text: both("And again."), Contact: true},
		}},
		Houvast: Measured{Contacts: 1, Organisations: 2, Days: 2, Stopped: 1, Promises: Promises{Made: 2, Kept: 1, Broken: 1},
			Outcome: Outcome{Kind: Appointment, At: time.Date(2021, 5, 31, 8, 0, 0, 0, time.UTC), ToldAt: time.Date(2021, 5, 19, 8, 0, 0, 0, time.UTC), Text: both("An appointment.")},
			Timeline: []Entry{
				entry("04-01", "09:00", EntrySaid, "Vera", "History."),
				entry("04-01", "09:05", fact.DoorOpened, "Vera", "The door stays open."),
				entry("05-17", "09:10", EntryContact, "Karin", "May we come?"),
				entry("05-17", "09:10", EntryStopped, "Ria", "“The file is closed.”"),
				entry("05-17", "09:13", EntrySaid, "Ria", "Tomorrow at five you know."),
				entry("05-17", "09:13", fact.PromiseMade, "Ria", "Promised."),
				entry("05-17", "09:13", fact.CaseOpened, "Ria", "Ria has it."),
				entry("05-17", "09:20", EntrySaid, "Ria", "She asks around."),
				entry("05-18", "10:00", fact.PromiseRisk, "Houvast", "Ria is warned."),
				entry("05-18", "11:00", fact.PromiseRisk, "Houvast", "Marit is warned."),
				entry("05-18", "17:00", fact.PromiseMade, "Houvast", "Promised anew."),
				entry("05-18", "17:00", fact.PromiseBroken, "Houvast", "Not kept; she hears it."),
				entry("05-18", "17:00", fact.MessageSent, "Houvast", "A message leaves."),
				entry("05-19", "10:00", EntrySaid, "Ria", "You can come on the 31st."),
				entry("05-19", "10:00", fact.PromiseKept, "Ria", "Kept."),
				entry("05-31", "10:40", EntrySaid, "Ria", "She has been."),
			}}}
}

func pagePrinter(t *testing.T, language string) lang.Printer {
	t.Helper()
	b, err := lang.Load(append(web.Languages(), html.Lang)...)
	if err != nil {
		t.Fatal(err)
	}
	return b.Printer(language, nil, time.Date(2026, 11, 12, 10, 42, 0, 0, time.UTC))
}

func TestRetold(t *testing.T) {
	var got []string
	for _, s := range retold(found().Houvast.Timeline) {
		line := s.Kind + ": " + s.Text.EN
		if s.promised {
			line += " [promised]"
		}
		if s.kept {
			line += " [kept]"
		}
		got = append(got, line)
	}
	want := []string{
		"door.opened: The door stays open.",
		"contact: May we come?",
		"stopped: “The file is closed.”",
		"said: Tomorrow at five you know. She asks around. [promised]",
		"promise.risk: Marit is warned.",
		"promise.broken: Not kept; she hears it.",
		"said: You can come on the 31st. [kept]",
		"said: She has been.",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestDaysOfAStory(t *testing.T) {
	v := pageOf(pagePrinter(t, "en"), found(), nil)
	type row struct {
		Label       string
		Quiet       bool
		Left, Right int
		Gap, Owned  bool
		Rest        string
	}
	var got []row
	for _, d := range v.Story.Days {
		got = append(got, row{d.Label, d.Quiet, len(d.Left.Events), len(d.Right.Events), d.Left.Gap, d.Right.Owned, d.Right.RestNote})
	}
	want := []row{
		{"", false, 0, 1, false, false, ""},
		{"", true, 0, 0, false, false, ""}, // 45 days as one line
		{"Day 1", false, 1, 3, true, true, ""},
		{"Day 2", false, 0, 2, true, true, ""},
		{"Day 3", false, 0, 1, true, true, ""},
		{"", true, 0, 0, true, true, ""},
		{"Day 8", false, 1, 0, true, true, "11 days on which the customer did not have to think about us."},
		{"Day 9", false, 1, 0, true, true, ""},
		{"", true, 0, 0, true, true, ""},
		{"Day 13", false, 1, 0, true, true, ""},
		{"", true, 0, 0, false, true, ""},
		{"Day 15", false, 0, 1, false, true, ""},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := v.Story.Days[1].Date; d != "45 days" {
		t.Errorf("the long gap says %q", d)
	}
	last := v.Story.Days[9].Left.Events[0]
	if last.Note != "contact 3" || v.Story.Days[2].Left.Events[0].Bounce != "bounce 1" {
		t.Errorf("contacts and bounces are not counted along: %+v", last)
	}
}

func TestWhatMadeTheDifference(t *testing.T) {
	r, bare := found(), found()
	bare.Houvast.Contacts, bare.Houvast.Outcome = 6, Outcome{Kind: None, Text: both("No appointment.")}
	v := pageOf(pagePrinter(t, "en"), r, bare)
	var all []string
	for _, p := range v.Made {
		all = append(all, p.Text)
		all = append(all, p.List...)
	}
	for _, want := range []string{"2 promises with a clock time", "One mistake of the text was made again", "Ria: “The file is closed.”", "A promise was not kept in time. The customer heard it at that moment",
		"with the safeguards off the same story takes 6 contacts. No appointment."} {
		if !strings.Contains(strings.Join(all, "\n"), want) {
			t.Errorf("no %q in %q", want, all)
		}
	}
	for _, p := range all { // nothing that did not happen in this replay
		if strings.Contains(p, "passed it on") || strings.Contains(p, "paper") {
			t.Errorf("claims %q", p)
		}
	}
	same := strings.Join(v.Unchanged, "\n")
	for _, want := range []string{"12 days between the news and the appointment", "one promise was not kept in time", "not an experiment"} {
		if !strings.Contains(same, want) {
			t.Errorf("no %q in %q", want, same)
		}
	}
	r.Houvast.Promises.Untold, r.Houvast.Bounces, r.Failures = 1, 2, []Failure{{What: "contacts"}}
	v = pageOf(pagePrinter(t, "nl"), r, nil)
	same = strings.Join(v.Unchanged, "\n")
	for _, want := range []string{"niet meteen verteld", "2 keer tevergeefs", "Anders dan het verhaal verwachtte: contacts"} {
		if !strings.Contains(same, want) {
			t.Errorf("hides %q: %q", want, same)
		}
	}
	for _, p := range v.Made {
		if strings.Contains(p.Text, "hoorde dat op dat moment") {
			t.Error("claims that the customer heard it at once")
		}
	}
}

func TestPagesRender(t *testing.T) {
	for _, language := range lang.Languages() {
		w := pagePrinter(t, language)
		var b bytes.Buffer
		if err := html.Story(pageOf(w, found(), nil)).Render(ui.With(context.Background(), w), &b); err != nil {
			t.Fatal(err)
		}
		if s := b.String(); strings.Contains(s, "no value") || strings.Contains(s, " style=") || !strings.Contains(s, found().Title.In(language)) {
			t.Errorf("%s: %s", language, s)
		}
		b.Reset()
		if err := html.List(html.ListView{}).Render(ui.With(context.Background(), w), &b); err != nil || !strings.Contains(b.String(), "houvast replay") {
			t.Errorf("an empty shelf teaches nothing: %v %s", err, b.String())
		}
	}
}

func TestEmptyResult(t *testing.T) {
	if v := pageOf(pagePrinter(t, "en"), &Result{}, nil); len(v.Story.Days) != 0 || v.Method == "" {
		t.Errorf("%+v", v)
	}
}
