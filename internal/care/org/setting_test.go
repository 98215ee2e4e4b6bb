package org

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/kernel/actor"
)

// What is typed into the form of a setting becomes its value, or says what is
// wrong with it; what stands in the form again is what was typed.
func TestSettingIsRead(t *testing.T) {
	kind := func(k SettingKind) SettingField {
		return SettingField{Path: "x", Kind: k, Min: 1, Max: 3, Choices: []string{"first", "second"}}
	}
	share := SettingField{Path: "x", Kind: ShareSetting, Min: 0, Max: 1}
	for _, c := range []struct {
		f     SettingField
		typed string
		value any
		wrong string
		again string // in the form
	}{
		{kind(ClockSetting), "15.30", "15:30", "", "15:30"},
		{kind(ClockSetting), "9u05", "09:05", "", "09:05"},
		{kind(ClockSetting), " 16 ", "16:00", "", "16:00"},
		{kind(ClockSetting), "after lunch", "after lunch", "clock-unreadable", "after lunch"},
		{kind(ClockSetting), "", "", "clock-unreadable", ""},
		{kind(NumberSetting), "2", 2.0, "", "2"},
		{kind(NumberSetting), "4", 4.0, "setting-out-of-range", "4"},
		{kind(NumberSetting), "0", 0.0, "setting-out-of-range", "0"},
		{kind(NumberSetting), "two", "two", "setting-out-of-range", "two"},
		{kind(NumberSetting), "1.5", "1.5", "setting-out-of-range", "1.5"},
		{share, "80 %", 0.8, "", "80"},
		{share, "82,5%", 0.825, "", "82.5"},
		{share, "0", 0.0, "share-out-of-range", "0"},
		{share, "101", 1.01, "share-out-of-range", "101"},
		{share, "most", "most", "share-out-of-range", "most"},
		{kind(YesNoSetting), "on", true, "", "on"},
		{kind(YesNoSetting), "yes", true, "", "on"},
		{kind(YesNoSetting), "", false, "", ""},
		{kind(ChoiceSetting), "second", "second", "", "second"},
		{kind(ChoiceSetting), "third", "third", "choice-unknown", "third"},
		{kind(LinesSetting), "one\r\n\n two ", []any{"one", "two"}, "", "one\ntwo"},
		{kind(LinesSetting), "", []any{}, "", ""},
		{kind(LinesSetting), "a\nb\nc\nd", []any{"a", "b", "c", "d"}, "too-many-lines", "a\nb\nc\nd"},
		{kind(LinesSetting), strings.Repeat("x", longestLine+1), []any{strings.Repeat("x", longestLine+1)}, "line-too-long", strings.Repeat("x", longestLine+1)},
	} {
		got := c.f.read(c.typed)
		if d := cmp.Diff(c.value, got); d != "" {
			t.Errorf("%s %q: %s", c.f.Kind, c.typed, d)
		}
		problem := ""
		if w := c.f.wrong(got); w != nil {
			if problem = w.Type; w.Path != "settings.x" {
				t.Errorf("%s %q: the problem is at %s", c.f.Kind, c.typed, w.Path)
			}
		}
		if problem != c.wrong {
			t.Errorf("%s %q is %q, want %q", c.f.Kind, c.typed, problem, c.wrong)
		}
		if again := c.f.typed(got); again != c.again {
			t.Errorf("%s %q stands in the form as %q, want %q", c.f.Kind, c.typed, again, c.again)
		}
	}
	// Values that no form gives, but the API may.
	for name, c := range map[string]struct {
		f     SettingField
		value any
		wrong string
	}{
		"a word for yes":       {kind(YesNoSetting), "on", "setting-unknown"},
		"a number of choices":  {kind(ChoiceSetting), 1.0, "choice-unknown"},
		"no list":              {kind(LinesSetting), nil, ""},
		"an empty line":        {kind(LinesSetting), []any{"a", " "}, "line-too-long"},
		"a number for a line":  {kind(LinesSetting), []any{1.0}, "line-too-long"},
		"a number for a clock": {kind(ClockSetting), 15.0, "clock-unreadable"},
		"half a number":        {kind(NumberSetting), 1.5, "setting-out-of-range"},
	} {
		problem := ""
		if w := c.f.wrong(c.value); w != nil {
			problem = w.Type
		}
		if problem != c.wrong {
			t.Errorf("%s: %q, want %q", name, problem, c.wrong)
		}
	}
	if got := kind(LinesSetting).typed(nil) + kind(NumberSetting).typed(7); got != "7" {
		t.Errorf("%q", got)
	}
}

func TestWhoLeads(t *testing.T) {
	for role, want := range map[actor.Role]bool{actor.Desk: false, actor.Specialist: false, actor.Manager: true, actor.Administrator: true} {
		if (Member{Role: role}).Leads() != want {
			t.Errorf("%s: %v", role, !want)
		}
	}
}
