package story

import (
	"strings"
	"testing"
)

// A story that is moved to any date must be able to be open on Christmas Day.
func TestHolidays(t *testing.T) {
	text := readText(t, "testdata/good.yaml")
	for edit, closed := range map[string]bool{"": true, "\n      holidays: true": true, "\n      holidays: false": false} {
		s, err := Parse("good.yaml", strings.NewReader(strings.Replace(text, "kind: hospital", "kind: hospital"+edit, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(s.organisation("clinic").Calendar.Holidays) > 0; got != closed {
			t.Errorf("%q: closed on holidays %v, want %v", edit, got, closed)
		}
		if len(s.organisation("gp").Calendar.Holidays) == 0 {
			t.Errorf("%q: the other organisation must keep its holidays", edit)
		}
	}
}

// Who is ten in a story is ten whenever it is played.
func TestBirthDatesMoveAlong(t *testing.T) {
	s, err := Parse("good.yaml", strings.NewReader(readText(t, "testdata/good.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	for days, want := range map[int]string{0: "2010-03-02", 1: "2010-03-03", -2: "2010-02-28"} {
		if got := s.ShiftDays(days).born(s.customer("daughter")); got != want {
			t.Errorf("%d days on she was born on %s, want %s", days, got, want)
		}
	}
	if got := s.ShiftDays(7).born(s.customer("mother")); got != "" {
		t.Errorf("the story does not say when the mother was born, got %s", got)
	}
}
