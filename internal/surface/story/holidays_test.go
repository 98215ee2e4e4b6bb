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
