package lang

import (
	"strings"
	"testing"
	"text/template"
	"time"
)

// The quick way must say what the template says.
func TestQuickWayAndTemplateAgree(t *testing.T) {
	now := time.Date(2026, 11, 10, 10, 42, 0, 0, time.UTC)
	values := []any{"Nadia", "{{.Who}}", "", 3, int64(4), 5.5, 6.0, true, nil, now, &now, now.UnixMilli(), []string{"a", "b"}, missing("X"), time.Hour}
	for text, simple := range map[string]bool{
		`{{.V}}`: true, `a {{.V}} b {{.V}}`: true, `{{clock .V}}`: true, `{{moment_long .V}}, {{rel .V}} {{- .V}}`: true, `{{number .V}}`: true, `{{list .V}}`: true, `{{duration .V}}`: true,
		`{{/* nothing */}}{{.V}}`: true, `{{.V | clock}}`: false, `{{window .V .V}}`: false, `{{if .V}}{{.V}}{{end}}`: false, `{{with .V}}{{.}}{{end}}`: false,
		`{{printf "%v" .V}}`: false, `{{$x := .V}}{{$x}}`: false, `{{html .V}}`: false, `{{clock $.V}}`: false,
	} {
		m, err := parseMessage(English, "k", map[string]string{other: text}, template.New("").Funcs(functions()))
		if err != nil {
			t.Fatal(err)
		}
		f := m.forms[other]
		if got := f.pieces != nil; got != simple {
			t.Errorf("%s: simple is %v", text, got)
		}
		slow := &message{forms: map[string]form{other: {tmpl: f.tmpl}}, params: m.params}
		for _, v := range values {
			say := func(m *message) string {
				b := &Bundle{messages: map[string]map[string]*message{English: {"k": m}}}
				return b.Printer(English, time.UTC, now).T("k", "V", v)
			}
			if a, b := say(m), say(slow); a != b {
				t.Errorf("%s of %T %v: quick %q, template %q", text, v, v, a, b)
			}
			if v == nil && say(m) != strings.ReplaceAll(say(m), "<no value>", "") {
				t.Errorf("%s of nothing says %q", text, say(m))
			}
		}
	}
}
