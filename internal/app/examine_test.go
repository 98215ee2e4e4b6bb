package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/config"
	exam "github.com/houvast/houvast/internal/surface/examine"
)

// smallLog is a log with something to say in every part of a report: two teams
// that send cases back and forth, deadlines by kind, lines that are left out.
func smallLog() string {
	var b strings.Builder
	b.WriteString("zaaknummer;soort;team;medewerker;tijdstip;startdatum;deadline;einddatum\n")
	for i := range 400 {
		day := 1 + i%27
		month := 1 + i/27%12
		line := func(who, team string, hour, days int) {
			d := min(day+days, 28)
			kind := []string{"Recept", "Verwijzing", "Klacht"}[i%3]
			end := 12
			if i%3 == 2 {
				end = 26
			}
			b.WriteString(strings.Join([]string{"Z" + string(rune('A'+i%26)) + strings.Repeat("x", i/26), kind, team, who, date(d, month, hour), date(day, month, 7), date(20, month, 12), date(end, month, 9)}, ";") + "\n")
		}
		line("Karin de Vries", "Balie", 8, 0)
		if i%2 == 0 {
			line("Ria Bos", "Huisarts", 10, i%5)
		}
		if i%4 == 0 {
			line("Karin de Vries", "Balie", 15, i%7)
		}
		if i%8 == 0 {
			line("Ria Bos", "Huisarts", 16, i%9)
		}
	}
	b.WriteString(";Recept;Balie;Karin de Vries;2-1-2024 09:00;;;\n")
	return b.String()
}

func date(day, month, hour int) string {
	two := func(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }
	return two(day) + "-" + two(month) + "-2024 " + two(hour) + ":00"
}

func runExamine(t *testing.T, o ExamineOptions) (out, said string, err error) {
	t.Helper()
	var a, b bytes.Buffer
	o.Out, o.Err = &a, &b
	err = Examine(t.Context(), o)
	return a.String(), b.String(), err
}

func TestExamineSpeaksAndReports(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "export.csv")
	if err := os.WriteFile(log, []byte(smallLog()), 0o600); err != nil {
		t.Fatal(err)
	}
	out, said, err := runExamine(t, ExamineOptions{File: log, JSON: true, Lang: "en"})
	if err != nil {
		t.Fatal(err, said)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal([]byte(out), &keys); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"cases", "events", "people", "handovers", "bounces", "cases_with_bounce", "lead_hours", "deadlines", "backtest"} {
		if keys[k] == nil {
			t.Errorf("no %s in %s", k, out)
		}
	}
	if !strings.Contains(said, "zaaknummer") || !strings.Contains(said, "the day stands before the month") {
		t.Errorf("the mapping is not told: %s", said)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("a report that nobody asked for: %v %v", files, err)
	}
	report := filepath.Join(dir, "report.html")
	for range 2 { // the second replaces the first
		if out, said, err = runExamine(t, ExamineOptions{File: log, Lang: "nl", Both: true, Report: report}); err != nil {
			t.Fatal(err, said)
		}
	}
	if !strings.Contains(out, "kwam terug") || !strings.Contains(out, "Een regel had geen zaaknummer") || !strings.Contains(said, "report.nl.html") {
		t.Errorf("%s\n%s", out, said)
	}
	for _, l := range []string{"nl", "en"} {
		page, err := os.ReadFile(filepath.Join(dir, "report."+l+".html"))
		if err != nil {
			t.Fatal(err)
		}
		text := string(page)
		for _, not := range []string{"⟦", "Karin", "Ria Bos", "<script", "http://", "NaN", "%!"} {
			if strings.Contains(text, not) {
				t.Errorf("%s: the report holds %s", l, not)
			}
		}
		for _, want := range []string{`lang="` + l + `"`, exam.Mark, "<svg", "Klacht", "Balie", "@font-face", "data:font/woff2"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the report lacks %s", l, want)
			}
		}
	}
	if _, said, err = runExamine(t, ExamineOptions{File: log, Lang: "en", Report: report, Names: true}); err != nil {
		t.Fatal(err, said)
	}
	if page, err := os.ReadFile(report); err != nil || !strings.Contains(string(page), "Karin de Vries") {
		t.Errorf("names were asked for: %v", err)
	}
}

func TestExamineRefusesInWords(t *testing.T) {
	dir := t.TempDir()
	log, other := filepath.Join(dir, "export.csv"), filepath.Join(dir, "letter.html")
	for name, text := range map[string]string{log: smallLog(), other: "<p>Dear reader</p>"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		o    ExamineOptions
		want string
	}{
		{ExamineOptions{File: filepath.Join(dir, "none.csv"), Lang: "nl"}, "Er is geen bestand"},
		{ExamineOptions{File: other, Lang: "en"}, "not IEEE XES"},
		{ExamineOptions{File: log, Lang: "en", Zone: "Mars"}, "no time zone Mars"},
		{ExamineOptions{File: log, Lang: "en", Columns: map[exam.Role]string{exam.Who: "whom"}}, "no column whom for --who"},
		{ExamineOptions{File: log, Lang: "en", Report: other}, "no report of Houvast"},
	} {
		_, said, err := runExamine(t, c.o)
		var status ExitStatus
		if !errors.As(err, &status) || status != 1 || !strings.Contains(said, c.want) {
			t.Errorf("%v: %s, want %s", err, said, c.want)
		}
	}
	if b, err := os.ReadFile(other); err != nil || string(b) != "<p>Dear reader</p>" {
		t.Errorf("somebody's file was overwritten: %v %s", err, b)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 {
		t.Errorf("something was left behind: %v, %v", slices.Collect(func(yield func(string) bool) {
			for _, f := range files {
				if !yield(f.Name()) {
					return
				}
			}
		}), err)
	}
}

// TestReportInABrowser lets axe look at the report, as TestScreenshots does at
// the desk.
func TestReportInABrowser(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	dir := t.TempDir()
	log := filepath.Join(dir, "export.csv")
	if err := os.WriteFile(log, []byte(smallLog()), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, said, err := runExamine(t, ExamineOptions{File: log, Lang: "nl", Both: true, Report: filepath.Join(dir, "report.html")}); err != nil {
		t.Fatal(err, said)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(server.Close)
	s := &site{url: server.URL}
	narrow := look{name: "320", width: 320, height: 640, phone: true}
	for _, l := range []look{desktop, night, phone, narrow, in(desktop, "nl"), in(night, "nl"), in(phone, "nl"), in(narrow, "nl")} {
		if l.lang == "" {
			l.lang = "en"
		}
		t.Run(l.lang+"."+l.name, func(t *testing.T) {
			w := s.browser(t, l)
			w.open("/report." + l.lang + ".html")
			w.checkAccess("report")
			eval[bool](w, `document.querySelectorAll("details").forEach(d => d.open = true), true`)
			w.checkAccess("report with its tables")
		})
	}
}

// TestExamineTeachesTheAdvisor: what is imported is there once, and can be
// taken back without the file.
func TestExamineTeachesTheAdvisor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log := filepath.Join(dir, "export.csv")
	if err := os.WriteFile(log, []byte(smallLog()), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(config.Source{Flags: map[string]string{"db.path": filepath.Join(dir, "houvast.db")}})
	if err != nil {
		t.Fatal(err)
	}
	o := ExamineOptions{File: log, Lang: "en", NoReport: true, Import: true, Config: cfg}
	var status ExitStatus
	if _, said, err := runExamine(t, o); !errors.As(err, &status) || !strings.Contains(said, "no such organisation") {
		t.Errorf("without an organisation: %v, %s", err, said)
	}
	a, err := Open(t.Context(), Options{Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = a.services.org.Create(t.Context(), actor.Actor{Kind: actor.Installer}, org.NewOrganisation{Name: "De Linde", Kind: org.Practice, Phone: "+31205550100",
		Language: "nl", Admin: org.NewMember{Name: "Femke", Email: "femke@example.org"}})
	if err = errors.Join(err, a.Close()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"400 of 400 cases are new to the advisor of De Linde", "0 of 400 cases are new"} {
		if _, said, err := runExamine(t, o); err != nil || !strings.Contains(said, want) {
			t.Errorf("%v: %s, want %s", err, said, want)
		}
	}
	if err := os.Remove(log); err != nil {
		t.Fatal(err)
	}
	o.Import, o.Undo = false, true
	for _, want := range []string{"400 cases were taken back", "0 cases were taken back"} {
		if _, said, err := runExamine(t, o); err != nil || !strings.Contains(said, want) {
			t.Errorf("%v: %s, want %s", err, said, want)
		}
	}
}
