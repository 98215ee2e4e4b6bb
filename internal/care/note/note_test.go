package note_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/houvast/houvast/internal/care/note"
)

var house = []note.Name{{ID: "r", Name: "Ruben de Vries"}, {ID: "s", Name: "Sanne Bakker"}, {ID: "t", Name: "Sanne Bakker-Smit"}, {ID: "v", Name: "dr. Vos"}, {ID: "i", Name: "İpek Öz"}}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		text   string
		picked []string
		want   note.Found
	}{
		{"nobody", nil, note.Found{}},
		{"@Ruben, kijk je even?", nil, note.Found{Members: []string{"r"}}},
		{"kijk even @ruben de vries.", nil, note.Found{Members: []string{"r"}}},
		{"@Ruben and @RUBEN", nil, note.Found{Members: []string{"r"}}},
		{"@Sanne", nil, note.Found{Ambiguous: []note.Doubt{{Typed: "Sanne", Names: []string{"Sanne Bakker", "Sanne Bakker-Smit"}}}}},
		{"@Sanne", []string{"t"}, note.Found{Members: []string{"t"}}},
		{"@Sanne Bakker-Smit", nil, note.Found{Members: []string{"t"}}},
		{"@Sanne Bakker", nil, note.Found{Members: []string{"s"}}},
		{"@Vos (@dr. Vos)", nil, note.Found{Members: []string{"v"}}},
		{"@Piet and @Piet", nil, note.Found{Unknown: []string{"Piet"}}},
		{"mail els@ruben.nl @ 10:00", nil, note.Found{}},
		{"@İpek", nil, note.Found{Members: []string{"i"}}},
		{"hello", []string{"x"}, note.Found{Stranger: true}},
	} {
		if d := cmp.Diff(c.want, note.Find(c.text, house, c.picked)); d != "" {
			t.Errorf("%q: %s", c.text, d)
		}
	}
}

// Whatever is written, nobody is mentioned who does not work here.
func TestFindNamesOnlyMembers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("@ RubenSannedVos.-'é\n"))).Draw(t, "text")
		for _, id := range note.Find(text, house, nil).Members {
			if id != "r" && id != "s" && id != "t" && id != "v" && id != "i" {
				t.Fatal(id)
			}
		}
	})
}
