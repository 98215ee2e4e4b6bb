package signal

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/houvast/houvast/internal/kernel/workcal"
)

func TestNextLook(t *testing.T) {
	at := func(s string) time.Time {
		loc, err := time.LoadLocation("Europe/Amsterdam")
		if err != nil {
			t.Fatal(err)
		}
		v, err := time.ParseInLocation("2006-01-02 15:04", s, loc)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	open := workcal.Calendar{Zone: "Europe/Amsterdam"}
	for d := time.Monday; d <= time.Friday; d++ {
		open.Week[d] = []workcal.Interval{{From: 8 * 60, To: 17 * 60}}
	}
	taken, cleared := Signal{Level: Urgent, TakenAt: at("2026-11-12 09:00")}, Signal{Level: Urgent, ClearedAt: at("2026-11-12 09:00")}
	for _, c := range []struct {
		name string
		s    Signal
		cal  workcal.Calendar
		from string
		want string // empty: never
	}{
		{"within hours", Signal{Level: Urgent}, open, "2026-11-12 09:42", "2026-11-12 09:57"},
		{"over closing time", Signal{Level: Urgent}, open, "2026-11-12 16:50", "2026-11-13 08:05"},
		{"over the weekend", Signal{Level: Urgent}, open, "2026-11-13 18:00", "2026-11-16 08:15"},
		{"never open", Signal{Level: Urgent}, workcal.Calendar{Zone: "Europe/Amsterdam"}, "2026-11-12 23:00", "2026-11-12 23:15"},
		{"a warning stays", Signal{Level: Warning}, open, "2026-11-12 09:42", ""},
		{"taken", taken, open, "2026-11-12 09:42", ""},
		{"cleared", cleared, open, "2026-11-12 09:42", ""},
	} {
		got := NextLook(c.s, at(c.from), 15*time.Minute, c.cal)
		if c.want == "" && !got.IsZero() || c.want != "" && !got.Equal(at(c.want)) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestEscalate(t *testing.T) {
	for _, c := range []struct {
		name              string
		now               string
		tried, candidates []string
		next              string
		round, ok         bool
	}{
		{"the deputy first", "a", nil, []string{"deputy", "m1", "m2"}, "deputy", false, true},
		{"then a lead", "deputy", []string{"a", "deputy"}, []string{"m1", "m2"}, "m1", false, true},
		{"not who has it", "m1", []string{"a"}, []string{"m1", "m2"}, "m2", false, true},
		{"all were asked", "m2", []string{"a", "m1", "m2"}, []string{"m1", "m2"}, "m1", true, true},
		{"nobody else", "m1", []string{"m1"}, []string{"m1"}, "", true, false},
		{"nobody at all", "m1", nil, nil, "", true, false},
	} {
		next, round, ok := Escalate(c.now, c.tried, c.candidates)
		if next != c.next || round != c.round || ok != c.ok {
			t.Errorf("%s: %q %v %v", c.name, next, round, ok)
		}
	}
}

// TestEscalateAsksEverybody: whoever the candidates are, going on reaches each
// of them before anybody is asked twice, and nobody gets what they have.
func TestEscalateAsksEverybody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		candidates := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"}), 1, 6, rapid.ID[string]).Draw(t, "candidates")
		now, tried, asked := "x", []string(nil), []string{}
		for range candidates {
			tried = append(tried, now)
			next, round, ok := Escalate(now, tried, candidates)
			if !ok || round || next == now || slices.Contains(asked, next) {
				t.Fatalf("after %v: %q %v %v", asked, next, round, ok)
			}
			asked, now = append(asked, next), next
		}
		if len(asked) != len(candidates) {
			t.Fatalf("asked %v of %v", asked, candidates)
		}
	})
}
