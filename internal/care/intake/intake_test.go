package intake

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/fold"
)

func program() []Flag {
	var out []Flag
	for _, d := range defaults {
		out = append(out, Flag{ID: d.id, Name: d.id, Words: d.words, Active: true})
	}
	return out
}

func TestSpot(t *testing.T) {
	for _, x := range []struct {
		text string
		want string
	}{
		{"Mijn man heeft pijn op zijn linker borst", "chest-pain"},
		{"PÍJN OP DE BORST!", "chest-pain"},
		{"I have chest pains since this morning", "chest-pain"},
		{"He can’t breathe", "breathing"},
		{"Ze is heel benauwd", "breathing"},
		{"Zijn mond hangt ineens scheef", "stroke"},
		{"De wang is dik met koorts", ""},
		{"Dikke wang en koorts sinds gisteren", "dental-swelling"},
		{"Er is een tand uit zijn mond geslagen", "tooth-out"},
		{"Ik ruik een gaslucht in het magazijn", "gas"},
		{"Geen pijn op de borst, gelukkig", "chest-pain"}, // rather once too often
		{"Kan ik een herhaalrecept krijgen voor mijn zalf?", ""},
		{"Wanneer komt de spalk van mijn dochter?", ""},
		{"Mag mijn afspraak naar vrijdag?", ""},
		{"", ""},
		{"pijn aan mijn voet na het sporten, verder niets, gisteren ook al wel eens op de borst", ""}, // too far apart
	} {
		got := strings.Join(ids(Spot(program(), x.text)), " ")
		if x.want == "" && got != "" || x.want != "" && !strings.Contains(got, x.want) {
			t.Errorf("%q: %q, not %q", x.text, got, x.want)
		}
	}
}

// A flag that is off is not looked for.
func TestSpotWhatIsOff(t *testing.T) {
	all := program()
	for i := range all {
		all[i].Active = false
	}
	if got := Spot(all, "pijn op de borst en benauwd"); len(got) != 0 {
		t.Errorf("found %v", ids(got))
	}
}

// Whatever phrase there is: it is found in itself, in capitals, and with other
// words around and between.
func TestEveryPhraseIsFound(t *testing.T) {
	for _, d := range defaults {
		for _, p := range d.words {
			plain := strings.ReplaceAll(p, "*", "")
			for _, text := range []string{plain, strings.ToUpper(plain), "sinds gisteren, " + strings.Join(strings.Fields(plain), " heel erg ") + "?"} {
				if !slices.Contains(ids(Spot(program(), text)), d.id) {
					t.Errorf("%s: %q is not found in %q", d.id, p, text)
				}
			}
			if len([]rune(strings.Join(fold.Words(p), ""))) < 3 {
				t.Errorf("%s: %q is too short", d.id, p)
			}
		}
	}
}

// No text makes the search stop or go wrong, and one without any word of a
// phrase has no flag.
func TestSpotAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		flags := []Flag{{ID: "x", Words: rapid.SliceOf(rapid.String()).Draw(t, "words"), Active: true}}
		got := Spot(flags, text)
		if len(fold.Words(text)) == 0 && len(got) > 0 {
			t.Fatalf("%q in a text without words: %q", flags[0].Words, text)
		}
	})
}

func TestCheckFlag(t *testing.T) {
	for _, x := range []struct {
		in   SetFlag
		want string
	}{
		{SetFlag{Name: " Koorts ", Words: []string{"koorts", " koorts ", ""}, Ask: "Hoe hoog?", Act: "Haal een arts"}, ""},
		{SetFlag{Words: []string{"koorts"}, Ask: "a", Act: "b"}, "flag-name-missing"},
		{SetFlag{Name: "x", Words: []string{" "}, Ask: "a", Act: "b"}, "flag-words-missing"},
		{SetFlag{Name: "x", Words: []string{"de"}, Ask: "a", Act: "b"}, "flag-word-short"},
		{SetFlag{Name: "x", Words: []string{"*"}, Ask: "a", Act: "b"}, "flag-word-short"},
		{SetFlag{Name: "x", Words: []string{"koorts"}, Act: "b"}, "flag-ask-missing"},
		{SetFlag{Name: "x", Words: []string{"koorts"}, Ask: "a"}, "flag-act-missing"},
		{SetFlag{Name: "x", Words: []string{"koorts"}, Ask: strings.Repeat("a", 2001), Act: "b"}, "flag-script-long"},
	} {
		err := x.in.check()
		if x.want == "" && (err != nil || len(x.in.Words) != 1 || x.in.Name != "Koorts") || x.want != "" && errs.TypeOf(err) != x.want {
			t.Errorf("%+v: %v, not %q", x.in, err, x.want)
		}
	}
}
