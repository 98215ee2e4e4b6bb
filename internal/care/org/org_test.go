package org

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/houvast/houvast/internal/kernel/errs"
)

var noon = time.Date(2026, 11, 12, 12, 0, 0, 0, time.UTC)

func TestHere(t *testing.T) {
	h := time.Hour
	for _, c := range []struct {
		name        string
		active      bool
		from, until time.Duration // from noon; 0 means not set
		want        bool
	}{
		{"works", true, 0, 0, true},
		{"left", false, 0, 0, false},
		{"away since an hour", true, -h, h, false},
		{"away from now", true, -1, h, false},
		{"back since an hour", true, -2 * h, -h, true},
		{"away later", true, h, 2 * h, true},
		{"away until further notice", true, -h, 0, false},
		{"left while away", false, h, 0, false},
	} {
		m := Member{Active: c.active}
		if c.from != 0 {
			m.AwayFrom = noon.Add(c.from)
		}
		if c.until != 0 {
			m.AwayUntil = noon.Add(c.until)
		}
		if got := m.Here(noon); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	edge := Member{Active: true, AwayFrom: noon, AwayUntil: noon.Add(h)}
	if edge.Here(noon) || !edge.Here(noon.Add(h)) {
		t.Error("away begins at its first moment and ends at its last")
	}
}

// TestStandInNeverTurnsInACircle builds any graph of deputies, circles too,
// and compares with the definition: the first one along the chain who is here.
func TestStandInNeverTurnsInACircle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "members")
		name := func(i int) string { return string(rune('a' + i)) }
		members := map[string]Member{}
		for i := range n {
			m := Member{ID: name(i), Active: rapid.Bool().Draw(t, "active")}
			if d := rapid.IntRange(0, n).Draw(t, "deputy"); d < n {
				m.Deputy = name(d)
			}
			members[m.ID] = m
		}
		next := func(id string) (Member, bool, error) { m, ok := members[id]; return m, ok, nil }
		got, ok, err := StandIn(members["a"], noon, next)
		if err != nil {
			t.Fatal(err)
		}
		want := ""
		id := "a"
		for range n + 1 { // after that many steps one comes back
			if members[id].Active {
				want = id
				break
			}
			if id = members[id].Deputy; id == "" {
				break
			}
		}
		if got.ID != want || ok != (want != "") {
			t.Fatalf("got %q %v, want %q", got.ID, ok, want)
		}
	})
}

func TestCircle(t *testing.T) {
	members := map[string]Member{"a": {ID: "a", Deputy: "b"}, "b": {ID: "b", Deputy: "c"}, "c": {ID: "c"}, "d": {ID: "d", Deputy: "e"}, "e": {ID: "e", Deputy: "d"}}
	next := func(id string) (Member, bool, error) { m, ok := members[id]; return m, ok, nil }
	for _, c := range []struct {
		member, deputy string
		want           bool
	}{
		{"c", "a", true}, {"c", "b", true}, {"c", "c", true}, {"a", "c", false}, {"c", "d", false}, {"c", "nobody", false}, {"b", "", false},
	} {
		if got, err := Circle(c.member, c.deputy, next); err != nil || got != c.want {
			t.Errorf("%s stands in for %s: %v %v", c.deputy, c.member, got, err)
		}
	}
}

func TestSettingsThatAreAbsentHaveTheirDefault(t *testing.T) {
	var s Settings
	if err := json.Unmarshal([]byte(`{"closing_days": 3}`), &s); err != nil {
		t.Fatal(err)
	}
	want := Defaults()
	want.ClosingDays = 3
	if !s.same(want) {
		t.Errorf("%+v", s)
	}
	if s.UpdateMinute() != 16*60 {
		t.Errorf("update clock at minute %d", s.UpdateMinute())
	}
}

func TestSettingsValidate(t *testing.T) {
	if err := Defaults().Validate(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*Settings)
		typ    string
	}{
		"clock":    {func(s *Settings) { s.UpdateClock = "25:00" }, "clock-unreadable"},
		"no days":  {func(s *Settings) { s.ClosingDays = 0 }, "setting-out-of-range"},
		"hours":    {func(s *Settings) { s.HandoffHours = 81 }, "setting-out-of-range"},
		"target":   {func(s *Settings) { s.InternalTarget = 1.1 }, "share-out-of-range"},
		"no time":  {func(s *Settings) { s.TakeMinutes = 0 }, "setting-out-of-range"},
		"too many": {func(s *Settings) { s.ClosingDays, s.TakeMinutes = 0, 0 }, "invalid-input"},
	} {
		s := Defaults()
		c.change(&s)
		if err := s.Validate(); errs.TypeOf(err) != c.typ {
			t.Errorf("%s: %v", name, err)
		}
	}
}
