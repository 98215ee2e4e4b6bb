package org_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person/persontest"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
)

func catalogue(t testing.TB) *lang.Bundle {
	t.Helper()
	b, err := lang.Load(append(web.Languages(), auth.Lang, lang.Source{FS: org.Words, Dir: "lang"})...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func settingsDesk(t *testing.T, f orgtest.Fixture, m org.Member, language string) *persontest.Desk {
	t.Helper()
	return persontest.Pages(t, f.DB, orgtest.As(m), f.Org.Calendar.Location(), language, catalogue(t), org.Module(f.Service).Desk)
}

// Whoever adds a setting also says what it is, in both languages, and it is
// one that the page can show and check.
func TestEverySettingIsExplained(t *testing.T) {
	b := catalogue(t)
	values := map[string]bool{}
	for path := range org.ValuesOf(org.Defaults()) {
		values[path] = true
	}
	seen := map[string]bool{}
	for _, f := range org.SettingFields() {
		if seen[f.Path] {
			t.Errorf("%s is listed twice", f.Path)
		}
		seen[f.Path] = true
		if !values[f.Path] {
			t.Errorf("%s is no field of Settings", f.Path)
		}
		for _, language := range lang.Languages() {
			p := b.Printer(language, nil, kittest.Start)
			dashed := strings.ReplaceAll(f.Path, "_", "-")
			keys := []string{"setting." + dashed + ".label", "setting." + dashed + ".hint", "setting-group." + f.Group + ".title", "setting-group." + f.Group + ".text"}
			if f.Unit != "" {
				keys = append(keys, "unit."+f.Unit)
			}
			for _, c := range f.Choices {
				keys = append(keys, "setting."+dashed+"."+c)
			}
			for _, key := range keys {
				if !p.Has(key) {
					t.Errorf("%s: no sentence %s", language, key)
				}
			}
		}
	}
	for path := range values {
		if !seen[path] {
			t.Errorf("%s has no line in SettingFields, so nobody can set it", path)
		}
	}
}

func TestDeskSettings(t *testing.T) {
	databases(t, func(t *testing.T, d *kittest.DB) {
		f := orgtest.New(t, d)
		k := settingsDesk(t, f, f.Administrator, "en")
		k.Shows(t, "/desk/settings", "Opening hours", "/desk/settings/choices/cases", "Nothing was changed yet")
		page := k.Shows(t, "/desk/settings/choices/cases", "Closing after silence", `value="7"`, "Unless you choose otherwise: 7 days.")
		if strings.Contains(page, "update_clock") {
			t.Error("a setting of another group")
		}
		// What is refused keeps what was typed.
		k.Again(t, "/desk/settings/choices/cases", 422, []string{"from 1 to 90", `value="100"`, `value="6"`}, "version", "1", "closing_days", "100", "handoff_hours", "6")
		k.Goes(t, "/desk/settings/choices/cases", "version", "1", "closing_days", "14", "handoff_hours", "4")
		k.Shows(t, "/desk/settings/choices/cases", `value="14"`, "from “7 days” to “14 days”", f.Administrator.Name)
		// Somebody else saved meanwhile.
		k.Again(t, "/desk/settings/choices/cases", 412, []string{`value="20"`, `name="version" value="2"`, "while you were looking: " + f.Administrator.Name + ", "}, "version", "1", "closing_days", "20", "handoff_hours", "4")
		k.Goes(t, "/desk/settings/choices/promises", "version", "2", "update_clock", "15.30", "internal_target", "80%")
		k.Shows(t, "/desk/settings/choices/promises", `value="15:30"`, `value="80"`, "from “75%” to “80%”")
		k.Shows(t, "/desk/settings/changes", "14 days", "15:30", "/desk/settings/choices/cases")

		k.Goes(t, "/desk/settings/organisation", "version", "3", "name", "De Nieuwe Linde", "phone", "020 555 01 00", "language", "nl", "zone", "Europe/Amsterdam")
		k.Shows(t, "/desk/settings/organisation", "De Nieuwe Linde", "from “Huisartsenpraktijk De Linde”")
		k.Again(t, "/desk/settings/organisation", 422, []string{"020 555"}, "version", "4", "name", "", "phone", "020 555 01 00", "language", "nl", "zone", "Europe/Amsterdam")

		hours := []string{"version", "4", "do", "save", "day-1", "8-12, 13-17", "day-2", "9-17", "holidays", "christmas", "closed-from-0", "24-12-2026", "closed-to-0", "31-12-2026", "closed-note-0", "vakantie"}
		k.Again(t, "/desk/settings/hours", 422, []string{"8-12, 13-17", "24-12-2026"}, append(append([]string{}, hours...), "day-3", "eight")...)
		k.Goes(t, "/desk/settings/hours", hours...)
		k.Shows(t, "/desk/settings/hours", "24-12-2026", "vakantie", "Monday", "to “Closed”", "24-12-2026 to 31-12-2026")

		k.Shows(t, "/desk/settings/people", f.Desk.Name, "/desk/settings/people/"+f.Specialist.ID)
		member := "/desk/settings/people/" + f.Specialist.ID
		k.Shows(t, member, "Works here", "/desk/absence?member="+f.Specialist.ID)
		k.Again(t, member, 422, []string{"Radioloog"}, "version", "1", "name", f.Specialist.Name, "role", "specialist", "title", "Radioloog", "deputy", f.Desk.ID, "active", "yes")
		k.Goes(t, member, "version", "1", "name", f.Specialist.Name, "role", "specialist", "title", "Radioloog", "deputy", f.Desk.ID, "agreed", "yes", "active", "yes")
		k.Shows(t, member, "Radioloog")
		k.Again(t, member, 412, nil, "version", "1", "name", "X", "role", "desk", "active", "yes")
		duty := "/desk/settings/people/" + f.Desk.ID
		k.Again(t, duty, 409, []string{"Balie"}, "version", "1", "name", f.Desk.Name, "role", "desk")

		boss := settingsDesk(t, f, f.Manager, "nl")
		boss.Shows(t, "/desk/settings/choices/cases", "Alleen een beheerder", "disabled")
		if status, _, _ := boss.Post(t, "/desk/settings/choices/cases", "version", "5", "closing_days", "2", "handoff_hours", "4"); status != 403 {
			t.Error("a manager changed a setting:", status)
		}
		for _, language := range lang.Languages() {
			k := settingsDesk(t, f, f.Administrator, language)
			for _, g := range org.Groups() {
				k.Shows(t, "/desk/settings/choices/"+g)
			}
		}
		if _, err := f.Service.Changes(context.Background(), orgtest.As(f.Desk), "", "", 5); errs.ClassOf(err) != errs.Forbidden {
			t.Error("the front desk reads the record of changes:", err)
		}
	})
}

// The record says what every change was and became, page by page, and only
// within the organisation.
func TestChangesAreRecorded(t *testing.T) {
	databases(t, func(t *testing.T, d *kittest.DB) {
		ctx := context.Background()
		f, other := orgtest.New(t, d), orgtest.Named(t, d, "Elders", org.Firm)
		who := orgtest.As(f.Administrator)
		for n := range 5 {
			if _, err := f.Service.ChangeSettings(ctx, who, int64(n+1), map[string]any{"closing_days": float64(10 + n), "update_clock": fmt.Sprintf("1%d:00", n)}); err != nil {
				t.Fatal(err)
			}
		}
		var all []org.Change
		for cursor := ""; ; {
			p, err := f.Service.Changes(ctx, who, "cases", cursor, 2)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, p.Items...)
			if cursor = p.Next; cursor == "" {
				break
			}
		}
		if len(all) != 5 || all[0].Was != "13" || all[0].Became != "14" || all[4].Was != "7" || all[0].By != f.Administrator.ID {
			t.Errorf("%+v", all)
		}
		p, err := f.Service.Changes(ctx, orgtest.As(other.Administrator), "", "", 50)
		if err != nil || len(p.Items) != 0 {
			t.Error("changes of another organisation:", p.Items, err)
		}
		for name, v := range map[string]any{"text": "many", "null": nil, "half": 1.5, "list": []any{}} {
			if _, err := f.Service.ChangeSettings(ctx, who, 6, map[string]any{"closing_days": v}); errs.TypeOf(err) != "setting-out-of-range" {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
