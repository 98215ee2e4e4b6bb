package org

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// longestLine is how long one line of a list may be.
const longestLine = 200

// values gives settings by path. What a colleague's setting looks like in Go
// does not matter here: a setting is what it is in JSON.
func (s Settings) values() map[string]any {
	b, err := json.Marshal(s)
	if err != nil { // texts, numbers and lists always marshal
		return nil
	}
	var m map[string]any
	if json.Unmarshal(b, &m) != nil {
		return nil
	}
	return m
}

// with gives the settings with other values at some paths.
func (s Settings) with(values map[string]any) (Settings, error) {
	m := s.values()
	for path, v := range values {
		m[path] = v
	}
	b, err := json.Marshal(m)
	if err != nil {
		return s, err
	}
	var out Settings
	err = json.Unmarshal(b, &out)
	return out, err
}

// same says whether two settings say the same.
func (s Settings) same(o Settings) bool { return len(changed(s.values(), o.values())) == 0 }

// changed gives the paths at which two sets of values differ, in the order of
// the settings page.
func changed(was, became map[string]any) (paths []string) {
	for _, f := range SettingFields() {
		if encoded(was[f.Path]) != encoded(became[f.Path]) {
			paths = append(paths, f.Path)
		}
	}
	return paths
}

func encoded(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// wrong is what is the matter with a value of this setting; nil when nothing.
func (f SettingField) wrong(v any) *errs.Field {
	bad := func(typ string, params errs.Params) *errs.Field {
		return &errs.Field{Path: "settings." + f.Path, Type: typ, Params: params}
	}
	switch f.Kind {
	case ClockSetting:
		s, ok := v.(string)
		if _, err := time.Parse("15:04", s); !ok || err != nil {
			return bad("clock-unreadable", nil)
		}
	case NumberSetting:
		n, ok := v.(float64)
		if !ok || n != float64(int64(n)) || n < f.Min || n > f.Max {
			return bad("setting-out-of-range", errs.Params{"Min": f.Min, "Max": f.Max})
		}
	case ShareSetting:
		n, ok := v.(float64)
		if !ok || n <= f.Min || n > f.Max {
			return bad("share-out-of-range", errs.Params{"Min": f.Min * 100, "Max": f.Max * 100})
		}
	case YesNoSetting:
		if _, ok := v.(bool); !ok {
			return bad("setting-unknown", nil)
		}
	case ChoiceSetting:
		if s, ok := v.(string); !ok || !slices.Contains(f.Choices, s) {
			return bad("choice-unknown", nil)
		}
	case LinesSetting:
		list, _ := v.([]any) // null is an empty list
		if f.Max > 0 && float64(len(list)) > f.Max {
			return bad("too-many-lines", errs.Params{"Max": f.Max})
		}
		for _, x := range list {
			if s, ok := x.(string); !ok || strings.TrimSpace(s) == "" || len(s) > longestLine {
				return bad("line-too-long", errs.Params{"Max": longestLine})
			}
		}
	}
	return nil
}

// read turns what was typed into a value. What cannot be one stays as typed,
// so that the check afterwards says what is wrong with it.
func (f SettingField) read(typed string) any {
	typed = strings.TrimSpace(typed)
	switch f.Kind {
	case ClockSetting:
		for _, layout := range []string{"15:04", "15.04", "15u04", "15h04", "15"} {
			if t, err := time.Parse(layout, typed); err == nil {
				return t.Format("15:04")
			}
		}
	case NumberSetting:
		if n, err := strconv.ParseInt(typed, 10, 64); err == nil {
			return float64(n)
		}
	case ShareSetting:
		n, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(strings.TrimSuffix(typed, "%")), ",", "."), 64)
		if err == nil {
			return n / 100
		}
	case YesNoSetting:
		return typed == "on" || typed == "true" || typed == "yes"
	case LinesSetting:
		list := []any{}
		for line := range strings.SplitSeq(typed, "\n") {
			if line = clean(line); line != "" {
				list = append(list, line)
			}
		}
		return list
	case ChoiceSetting:
	}
	return typed
}

// typed is a value as it stands in the form.
func (f SettingField) typed(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if v {
			return "on"
		}
		return ""
	case float64:
		if f.Kind == ShareSetting {
			v = float64(int64(v*10000+0.5)) / 100
		}
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		lines := make([]string, len(v))
		for i, x := range v {
			lines[i] = fmt.Sprint(x)
		}
		return strings.Join(lines, "\n")
	}
	return fmt.Sprint(v)
}

// Groups are the groups of the settings page that have settings, in order.
func Groups() (list []string) {
	for _, f := range SettingFields() {
		if !slices.Contains(list, f.Group) {
			list = append(list, f.Group)
		}
	}
	return list
}

// fieldsOf are the settings of a group.
func fieldsOf(group string) (list []SettingField) {
	for _, f := range SettingFields() {
		if f.Group == group {
			list = append(list, f)
		}
	}
	return list
}

// dashed is a path as the catalogue spells it.
func dashed(path string) string { return strings.ReplaceAll(path, "_", "-") }

// week is the week as people read it.
var week = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

// checkValues says everything that is wrong with values that were filled in.
func checkValues(values map[string]any) error {
	var c errs.Checks
	for _, f := range SettingFields() {
		if v, there := values[f.Path]; there {
			if wrong := f.wrong(v); wrong != nil {
				c.Add(*wrong)
			}
		}
	}
	return c.Err()
}
