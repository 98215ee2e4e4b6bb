package lang

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

// catalogue is a source made from two texts.
func catalogue(en, nl string) Source {
	return Source{FS: fstest.MapFS{
		"lang/en.toml": {Data: []byte(en)}, "lang/nl.toml": {Data: []byte(nl)},
	}, Dir: "lang"}
}

func load(t testing.TB, en, nl string) (*Bundle, *bytes.Buffer) {
	t.Helper()
	b, err := Load(catalogue(en, nl))
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	b.log = slog.New(slog.NewTextHandler(&log, nil))
	return b, &log
}

func TestLoadRefusesWhatDoesNotFit(t *testing.T) {
	for _, tc := range []struct {
		name, en, nl string
		want         []string
	}{
		{"missing", `a = "A"`, "a = \"A\"\nb = \"B\"", []string{"b: missing in en"}},
		{"missing the other way", "a = \"A\"\nb = \"B\"", `a = "A"`, []string{"b: missing in nl"}},
		{"parameter", `a = "{{.Who}}"`, `a = "{{.Wie}}"`, []string{"a: uses Who in en but not in nl", "a: uses Wie in nl but not in en"}},
		{"parameter within a with", `a = "{{with .X}}{{$.Who}}{{.}}{{end}}"`, `a = "{{with .X}}{{.}}{{end}}"`, []string{"a: uses Who in en but not in nl"}},
		{"parameter of a function", `a = "{{clock .Due}}"`, `a = "om"`, []string{"a: uses Due in en but not in nl"}},
		{"plural in one", "[a]\none = \"x\"\nother = \"y\"", `a = "x"`, []string{"a: uses Count in en but not in nl"}},
		{"unparsable", `a = "{{.Who"`, `a = "x"`, []string{"lang/en.toml: a: ", "unclosed action"}},
		{"unknown function", `a = "{{shout .Who}}"`, `a = "{{.Who}}"`, []string{"lang/en.toml: a: ", "shout"}},
		{"other template", `a = "{{template \"b\"}}"`, `a = "x"`, []string{"may not use another template"}},
		{"duplicate of the shared one", "[word]\nyes = \"Y\"", "[word]\nyes = \"J\"", []string{"lang/en.toml: word.yes: duplicate key", "lang/nl.toml: word.yes: duplicate key"}},
		{"duplicate in a file", "a = \"1\"\na = \"2\"", `a = "1"`, []string{"lang/en.toml", "a"}},
		{"not a sentence", `a = 1`, `a = "x"`, []string{"a: a sentence is a string, not int64"}},
		{"empty", `a = " "`, `a = "x"`, []string{"a: empty sentence"}},
		{"unknown plural", "[a]\nfew = \"x\"\nother = \"y\"", "[a]\none = \"x\"\nother = \"y\"", []string{`no plural form "few"`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Load(catalogue(tc.en, tc.nl))
			if err == nil {
				t.Fatal("accepted")
			}
			for _, w := range tc.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q lacks %q", err, w)
				}
			}
		})
	}
	if _, err := Load(Source{FS: fstest.MapFS{}, Dir: "x"}); err == nil || !strings.Contains(err.Error(), "x/nl.toml") {
		t.Errorf("no files: %v", err)
	}
	if _, err := Load(catalogue(`a = "A"`, `a = "A"`), catalogue(`a = "A"`, `a = "A"`)); err == nil {
		t.Error("accepted the same key from two sources")
	}
}

func TestSentences(t *testing.T) {
	en := `
plain = "Hello"
"dotted.key" = "Dotted"
who = "{{.Who}} calls {{.Whom}} at {{clock .Due}}"
maybe = "Done{{if .Why}}: {{.Why}}{{end}}"
inner = "{{if .A}}{{.B}}{{else}}no{{end}}"
each = "{{range .Items}}<{{.}}{{$.Sep}}>{{end}}"
piped = "{{.Due | moment_long}} and {{printf \"%s!\" (day .Due)}}"
listed = "{{list .Names}}"
[cases]
one = "One case"
other = "{{number .Count}} cases"`
	nl := strings.NewReplacer("Hello", "Hallo", "One case", "Eén vraag", "cases\"", "vragen\"", " calls ", " belt ", " at ", " om ").Replace(en)
	b, log := load(t, en, nl)
	loc := amsterdam(t)
	now := time.Date(2026, 11, 10, 10, 42, 0, 0, loc)
	due := time.Date(2026, 11, 12, 12, 0, 0, 0, loc)
	p := b.Printer("en", loc, now)
	for _, tc := range []struct{ got, want string }{
		{p.T("plain"), "Hello"}, {p.T("plain", "Unused", 1), "Hello"}, {p.T("dotted.key"), "Dotted"},
		{p.In("nl").T("plain"), "Hallo"}, {b.Printer("fr", loc, now).T("plain"), "Hallo"}, {b.Printer("en-GB", nil, now).T("plain"), "Hello"},
		{p.T("who", "Who", "Nadia", "Whom", "<b>", "Due", due), "Nadia calls <b> at 12:00"},
		{p.T("who", map[string]any{"Who": "Nadia", "Whom": "you", "Due": due.UnixMilli()}), "Nadia calls you at 12:00"},
		{p.T("who", errs.Params{"Who": "Nadia", "Whom": "you", "Due": float64(due.UnixMilli())}), "Nadia calls you at 12:00"},
		{p.T("maybe"), "Done"}, {p.T("maybe", "Why", "late"), "Done: late"},
		{p.T("inner"), "no"}, {p.T("inner", "A", true, "B", "b"), "b"},
		{p.T("each", "Items", []string{"a", "b"}, "Sep", ";"), "<a;><b;>"},
		{p.T("piped", "Due", &due), "Thursday 12 November at 12:00 and Thu 12 Nov!"},
		{p.T("listed", "Names", []any{"a", "b", "c"}), "a, b and c"},
		{p.T("cases", "Count", 1), "One case"}, {p.T("cases", "Count", int64(0)), "0 cases"}, {p.T("cases", "Count", 1.0), "One case"},
		{p.T("cases", "Count", 1234567), "1,234,567 cases"}, {p.T("cases", "Count", float64(2000000)), "2,000,000 cases"}, {p.T("cases", "Count", 10_000_001), "10,000,001 cases"},
		{p.In("nl").T("cases", "Count", 1), "Eén vraag"}, {p.In("nl").T("cases", "Count", 1.5), "1,5 vragen"},
	} {
		if tc.got != tc.want {
			t.Errorf("got %q, want %q", tc.got, tc.want)
		}
	}
	if log.Len() > 0 {
		t.Errorf("complaints about what is right: %s", log)
	}
	if !p.Has("plain") || p.Has("nothing") {
		t.Error("Has is wrong")
	}
}

func TestMistakesShowAndAreLoggedOnce(t *testing.T) {
	b, log := load(t, `who = "{{.Who}} at {{clock .Due}}, {{index .L 3}}"`+"\n"+`what = "{{.What}}"`, `who = "{{.Who}} om {{clock .Due}} {{index .L 3}}"`+"\n"+`what = "{{.What}}"`)
	p := b.Printer("en", time.UTC, time.Time{})
	for range 3 {
		for _, tc := range []struct{ got, want string }{
			{p.T("no.such"), "⟦no.such⟧"},
			{p.T("what"), "⟦What⟧"},
			{p.T("what", "What"), "⟦What⟧"},
			{p.T("what", 1, 2), "⟦What⟧"},
			{p.T("what", 1), "⟦What⟧"},
			{p.T("who", "Who", "Nadia", "L", []int{1}), "⟦who⟧"},
		} {
			if tc.got != tc.want {
				t.Errorf("got %q, want %q", tc.got, tc.want)
			}
		}
	}
	if n := strings.Count(log.String(), "no such sentence"); n != 1 {
		t.Errorf("logged %d times", n)
	}
	if n := strings.Count(log.String(), "lacks a parameter"); n != 2 { // What, Due
		t.Errorf("missing parameters logged %d times: %s", n, log)
	}
	if got := (Printer{}).T("x"); got != "⟦x⟧" {
		t.Errorf("the zero printer says %q", got)
	}
	in := map[string]any{"What": 1.0}
	p.T("what", in)
	if len(in) != 1 || in["What"] != 1.0 {
		t.Error("T changed the caller's map")
	}
}

func TestProblems(t *testing.T) {
	b, _ := load(t, "[problem]\nhas = \"It has {{.N}}\"\n[field]\nname-missing = \"Say the name\"\nhas = \"here\"", "[problem]\nhas = \"Het heeft {{.N}}\"\n[field]\nname-missing = \"Noem de naam\"\nhas = \"hier\"")
	p := b.Printer("en", time.UTC, time.Time{})
	for _, tc := range []struct {
		err           *errs.Error
		title, detail string
	}{
		{errs.New(errs.Conflict, "has").With("N", 2), "This cannot be done now", "It has 2"},
		{errs.New(errs.Invalid, "name-missing"), "Something needs mending", "Say the name"},
		{errs.New(errs.Invalid, "unheard-of"), "Something needs mending", p.T("problem.invalid-input")},
		{errs.New(errs.NotFound, "unheard-of"), "Not found", "Not found"},
		{errs.New(errs.Internal, "x"), p.T("problem.class.internal"), p.T("problem.internal")},
		{nil, p.T("problem.class.internal"), p.T("problem.internal")},
	} {
		title, detail := p.Problem(tc.err)
		if title != tc.title || detail != tc.detail {
			t.Errorf("%v: %q, %q", tc.err, title, detail)
		}
	}
	for typ, want := range map[string]string{"name-missing": "Say the name", "has": "here", "time-missing-clock": p.T("problem.time-missing-clock"), "unheard-of": p.T("problem.invalid-input")} {
		if got := p.Field(errs.Field{Type: typ}); got != want {
			t.Errorf("field %s: %q", typ, got)
		}
	}
}

// What the code of the lower packages names must have words.
func TestSharedCatalogueIsComplete(t *testing.T) {
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, c := range []errs.Class{errs.Malformed, errs.Unauthorised, errs.Forbidden, errs.NotFound, errs.Conflict, errs.Gone, errs.Stale,
		errs.TooLarge, errs.Invalid, errs.Precondition, errs.TooMany, errs.Internal, errs.Unavailable} {
		keys = append(keys, "problem.class."+string(c))
	}
	for _, r := range actor.Roles {
		keys = append(keys, "role."+string(r))
	}
	for _, h := range workcal.HolidayKeys() {
		keys = append(keys, "holiday."+h)
	}
	for _, l := range Languages() {
		keys = append(keys, "language."+l)
	}
	for _, typ := range []string{"hours-unreadable", "hours-backwards", "hours-overlap", "zone-unknown", "holiday-unknown", "closure-dates",
		"vague-time", "time-unreadable", "time-missing-clock", "time-past", "time-not-on-clock", "day-not-on-calendar", "day-ambiguous", "clock-ambiguous", "weekday-mismatch"} {
		keys = append(keys, "problem."+typ)
	}
	p := b.Printer(English, nil, time.Time{})
	for _, k := range keys {
		if !p.Has(k) {
			t.Errorf("no sentence %s", k)
		}
	}
	if len(b.Keys()) < len(keys) {
		t.Errorf("only %d keys", len(b.Keys()))
	}
}

func TestTypedTimeProblemsReadWell(t *testing.T) {
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	loc := amsterdam(t)
	now := time.Date(2026, 11, 10, 10, 42, 0, 0, loc)
	for _, tc := range []struct{ text, lang, want string }{
		{"zsm", "nl", "“zsm” is geen tijd. Geef een dag en een kloktijd."},
		{"9:30", "en", "Tue 10 Nov 09:30 has already passed."},
		{"vr om 4", "nl", "“4” kan 04:00 of 16:00 zijn. Schrijf welke van de twee het is."},
		{"vr 12 nov 16:00", "nl", "donderdag 12 november valt niet op de weekdag die er staat. Kijk de dag of de datum na."},
		{"28-3-2027 2:30 am", "en", "02:30 does not exist on Sunday 28 March 2027: the clock goes forward then. Choose a time an hour earlier or later."},
		{"next friday 16:00", "en", "“next friday” can mean two different days. Give the date."},
	} {
		_, err := ParseMoment(tc.text, tc.lang, loc, now)
		e, ok := errs.As(err)
		if !ok {
			t.Errorf("%q: %v", tc.text, err)
			continue
		}
		if _, got := b.Printer(tc.lang, loc, now).Problem(e); got != tc.want {
			t.Errorf("%q: %q, want %q", tc.text, got, tc.want)
		}
	}
	e := errs.New(errs.Invalid, "vague-time").With("Wording", "soon").With("Suggestion", time.Date(2026, 11, 12, 16, 0, 0, 0, loc))
	if _, got := b.Printer("en", loc, now).Problem(e); got != "“soon” is not a time. Give a day and a clock time, for example Thu 12 Nov 16:00." {
		t.Errorf("with a suggestion: %q", got)
	}
}

func TestPrintersAreIndependent(t *testing.T) {
	b, _ := load(t, `a = "{{clock .Due}}"`, `a = "{{clock .Due}} uur"`)
	due := time.Date(2026, 11, 12, 12, 0, 0, 0, time.UTC)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			loc := time.FixedZone("", i*3600)
			want := due.In(loc).Format("15:04")
			for range 200 {
				if got := b.Printer("en", loc, due).T("a", "Due", due); got != want {
					t.Errorf("got %s, want %s", got, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkSentence(b *testing.B) {
	bu, _ := load(b, "[a]\none = \"{{.Who}} calls you by {{clock .Due}}, {{.Count}} case\"\nother = \"{{.Who}} calls you by {{clock .Due}}, {{.Count}} cases\"\n",
		"[a]\none = \"{{.Who}} belt u om {{clock .Due}}, {{.Count}} vraag\"\nother = \"{{.Who}} belt u om {{clock .Due}}, {{.Count}} vragen\"\n")
	now := time.Date(2026, 11, 10, 10, 42, 0, 0, time.UTC)
	p := bu.Printer("en", time.UTC, now)
	b.ReportAllocs()
	for b.Loop() {
		p.T("a", "Who", "Nadia", "Due", now, "Count", 2)
	}
}

func BenchmarkPlainSentence(b *testing.B) {
	bu, _ := load(b, `a = "Save"`, `a = "Opslaan"`)
	p := bu.Printer("en", time.UTC, time.Time{})
	b.ReportAllocs()
	for b.Loop() {
		p.T("a")
	}
}

func BenchmarkVague(b *testing.B) {
	for b.Loop() {
		Vague("Nadia belt u donderdag 12 november om 16:00 uur terug over de uitslag van het onderzoek")
	}
}

func BenchmarkParseMoment(b *testing.B) {
	now := time.Date(2026, 11, 10, 10, 42, 0, 0, time.UTC)
	for b.Loop() {
		if _, err := ParseMoment("donderdag 12 november om 16:00 uur", "nl", time.UTC, now); err != nil {
			b.Fatal(err)
		}
	}
}
