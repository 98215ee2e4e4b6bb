package story

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

func parseFile(t testing.TB, name string) (*Story, error) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return Parse(filepath.Base(name), f)
}

func good(t testing.TB) *Story {
	t.Helper()
	s, err := parseFile(t, "testdata/good.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestParse(t *testing.T) {
	s := good(t)
	if got := len(s.Cast.Organisations); got != 2 {
		t.Errorf("%d organisations", got)
	}
	c := s.Callers[0]
	if c.Patience != 72*time.Hour || c.Grace != time.Hour || c.Turns != 20*time.Minute || len(c.Replies["clinic"]) != 2 {
		t.Errorf("rules: %+v", c)
	}
	if n := 0; true {
		s.walk(func(*Step) { n++ })
		if n != 6 {
			t.Errorf("%d steps, want 6", n)
		}
	}
	if got := local(s.Start(), s.Zone); got != "2021-05-16T06:00:00+02:00" {
		t.Errorf("the clock starts at %s", got)
	}
	// The week is what it is, whatever the year: 7 weeks on is a Monday again.
	if got := local(s.Shift(30).Start(), s.Zone); got != "2021-12-12T06:00:00+01:00" {
		t.Errorf("30 weeks on it starts at %s", got)
	}
	if got := s.Callers[0].Begins.At(s.Zone, s.Shift(30).days); got.Weekday() != time.Monday || got.Hour() != 9 {
		t.Errorf("30 weeks on she phones at %s", got)
	}
}

// TestBadStories compares everything that is said about each bad story with
// what was agreed, in both languages.
func TestBadStories(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d bad stories, %v", len(files), err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".yaml"), func(t *testing.T) {
			_, err := parseFile(t, name)
			var ps Problems
			if !errors.As(err, &ps) {
				t.Fatalf("parsed, or failed otherwise: %v", err)
			}
			got := ps.Say("en") + "\n\n" + ps.Say("nl") + "\n"
			if strings.Contains(got, "⟦") {
				t.Errorf("a sentence is missing:\n%s", got)
			}
			golden := strings.TrimSuffix(name, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Errorf("not what was agreed (-want +got):\n%s", d)
			}
		})
	}
}

func TestSpans(t *testing.T) {
	s := good(t)
	clinic := s.Cast.Organisations[0].Calendar
	friday := time.Date(2021, 5, 21, 15, 0, 0, 0, s.Zone)
	for text, want := range map[string]string{
		"20m": "2021-05-21T15:20:00+02:00", "1h 30m": "2021-05-21T16:30:00+02:00", "3h": "2021-05-21T18:00:00+02:00",
		"1d": "2021-05-22T15:00:00+02:00", "1d 10:00": "2021-05-22T10:00:00+02:00", "2w": "2021-06-04T15:00:00+02:00",
		// The next Monday is Whit Monday: closed.
		"1wd 10:00": "2021-05-25T10:00:00+02:00", "0wd 17:00": "2021-05-21T17:00:00+02:00", "+2wd": "2021-05-26T15:00:00+02:00",
	} {
		sp, ok := readSpan(text)
		if !ok {
			t.Errorf("%q cannot be read", text)
			continue
		}
		if got := local(sp.from(friday, s.Zone, clinic), s.Zone); got != want {
			t.Errorf("%q after Friday 15:00 is %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"", "soon", "5", "1x", "1h 10:00", "1d 25:00", "-1d", "20 m m", "1d 5m"} {
		if _, ok := readSpan(text); ok {
			t.Errorf("%q was read", text)
		}
	}
}

func TestHolds(t *testing.T) {
	for _, c := range []struct {
		want, got any
		found     bool
		holds     bool
	}{
		{"present", "x", true, true}, {"present", nil, true, false}, {"present", nil, false, false},
		{"absent", nil, false, true}, {"absent", "", true, true}, {"absent", "x", true, false},
		{">= 2", 2.0, true, true}, {">= 2", 1.0, true, false}, {"< 2", 1.0, true, true}, {"> 2", nil, false, false},
		{"5..8", 5.0, true, true}, {"5..8", 9.0, true, false}, {"5..8", nil, false, false}, {"!= open", "kept", true, true}, {"!= open", "open", true, false}, {"!= open", nil, false, true},
		{2, 2.0, true, true}, {2, "2", true, true}, {true, true, true, true}, {true, false, true, false},
		{"2021-05-18T15:00:00.000Z", "2021-05-18T17:00:00+02:00", true, true},
		{"<= 2021-05-18T15:00:00Z", "2021-05-18T17:00:01+02:00", true, false},
		{"open", "open", true, true}, {"open", "kept", true, false}, {"open", nil, false, false},
	} {
		if got := holds(c.want, c.got, c.found); got != c.holds {
			t.Errorf("holds(%v, %v, %v) = %v", c.want, c.got, c.found, got)
		}
	}
}

func TestNearest(t *testing.T) {
	for word, want := range map[string]string{"openCsae": "openCase", "opencase": "openCase", "closeCase": "closeCase", "banana": ""} {
		if got := nearest(word, []string{"openCase", "closeCase", "makePromise"}); got != want {
			t.Errorf("nearest to %q is %q, want %q", word, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	raw, err := os.ReadFile("testdata/good.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(raw))
	f.Add("story: x\nsteps: [{at: 2021-01-01T10:00}]")
	f.Add("cast: {organisations: [1, {}], customers: {a: b}}\nhappened: []")
	f.Fuzz(func(t *testing.T, text string) {
		_, err := Parse("x.yaml", strings.NewReader(text))
		if err != nil && err.Error() == "" {
			t.Error("an error that says nothing")
		}
	})
}

func readText(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
