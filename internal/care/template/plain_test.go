package template

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestCheck(t *testing.T) {
	type f = Finding
	for _, x := range []struct {
		name, language, text string
		want                 []Finding
	}{
		{"plain Dutch", "nl", "Beste Anna,\n\nUw uitslag is er. Joris belt u morgen vóór 16:00 om hem uit te leggen. U hoeft niets te doen.", nil},
		{"plain English", "en", "Dear Anna,\n\nYour result is in. Joris calls you by 16:00 tomorrow to explain it. You do not have to do anything.", nil},
		{"nothing", "nl", "", nil},
		{"vague", "nl", "Wij bellen u zo snel mogelijk.", []f{{Kind: VagueTime, Found: "zo snel mogelijk"}}},
		{"vague English", "en", "We call you soon.", []f{{Kind: VagueTime, Found: "soon"}}},
		{"a field without a value", "nl", "U hoort van ons vóór [tijd]. Echt vóór [tijd].", []f{{Kind: OpenField, Found: "[tijd]"}}},
		{"twenty words are read at once", "nl", "een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien twintig.", nil},
		{"twenty-one are not", "nl", "een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien twintig eenentwintig.",
			[]f{{Kind: LongSentence, Found: "een twee drie vier vijf zes zeven …", Count: 21}}},
		{"an abbreviation ends no sentence", "nl", "Vraag naar dr. Jansen of naar mevr. De Vries als u op dinsdag of op donderdag in de ochtend naar ons toe wilt komen.",
			[]f{{Kind: LongSentence, Found: "Vraag naar dr. Jansen of naar mevr. …", Count: 24}}},
		{"a line ends a sentence", "nl", "Onze tijden zijn\nmaandag van acht tot vijf\ndinsdag van acht tot vijf\nwoensdag van acht tot vijf\ndonderdag van acht tot vijf", nil},
		{"long word", "nl", "Vul het arbeidsongeschiktheidsformulier in.", []f{{Kind: LongWord, Found: "arbeidsongeschiktheidsformulier"}}},
		{"passive", "nl", "Uw vraag wordt door ons bekeken.", []f{{Kind: Passive, Found: "wordt door ons bekeken"}}},
		{"passive the other way round", "nl", "Wij zien dat uw aanvraag behandeld wordt.", []f{{Kind: Passive, Found: "behandeld wordt"}}},
		{"to become is not passive", "nl", "Morgen wordt het mooi weer.", nil},
		{"passive English", "en", "Your request was received.", []f{{Kind: Passive, Found: "was received"}}},
		{"a state is not passive", "en", "We are closed on Monday. We are pleased.", nil},
		{"jargon keeps its capitals", "nl", "Conform afspraak sturen wij de brief.", []f{{Kind: Jargon, Found: "Conform", Instead: "volgens"}}},
		{"jargon within a word is none", "nl", "Dat is conformistisch.", nil},
		{"needless", "nl", "Hierbij sturen wij de brief.", []f{{Kind: Jargon, Found: "Hierbij"}}},
		{"jargon English", "en", "Prior to the visit, call us.", []f{{Kind: Jargon, Found: "Prior to", Instead: "before"}}},
		{"brush-off", "nl", "Helaas kunnen wij niet helpen.", []f{{Kind: Brushing, Found: "Helaas kunnen wij niet"}}},
		{"brush-off English", "en", "Unfortunately we cannot help.", []f{{Kind: Brushing, Found: "Unfortunately we cannot"}}},
		{"informal", "nl", "Kom je morgen om 9:00?", []f{{Kind: Informal, Found: "je"}}},
		{"mixed", "nl", "Kom je met uw brief?", []f{{Kind: Mixed, Found: "je"}}},
		{"je is no English word", "en", "Ask for Je Li.", nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			if diff := cmp.Diff(x.want, Check(x.text, x.language)); diff != "" {
				t.Errorf("%q (-want +got):\n%s", x.text, diff)
			}
		})
	}
}

func TestFields(t *testing.T) {
	values := map[Field]string{Customer: "Anna", Due: "morgen 16:00"}
	for in, want := range map[string]string{
		"Beste [klant], vóór [tijd].":   "Beste Anna, vóór morgen 16:00.",
		"Dear [Customer], by [ time ].": "Dear Anna, by morgen 16:00.",
		"Bel [telefoon].":               "Bel [telefoon].", // no value: a person fills it in
		"[klant][klant]":                "AnnaAnna",
		"[niets] en [] en [\nklant]":    "[niets] en [] en [\nklant]",
		"geen veld":                     "geen veld",
	} {
		if got := Fill(in, values); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	if name, ok := unknownField("Beste [klant], zie [bijlage]."); !ok || name != "[bijlage]" {
		t.Errorf("found %q, %v", name, ok)
	}
	for _, f := range Fields {
		for _, l := range []string{"nl", "en"} {
			if got, ok := fieldOf(Written(f, l)[1 : len(Written(f, l))-1]); !ok || got != f {
				t.Errorf("%s in %s is read as %q", f, l, got)
			}
		}
	}
}

// Whatever is typed, the check answers, names what stands in the text, and
// says nothing twice.
func TestCheckBearsAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`([Ww]ordt|conform|je|u|[a-z]+|\[tijd\]|[.!?\n İß]){0,20}`)).Draw(t, "text")
		seen := map[string]bool{}
		for _, f := range Check(text, rapid.SampledFrom([]string{"nl", "en", "xx"}).Draw(t, "language")) {
			if key := string(f.Kind) + f.Found; seen[key] {
				t.Errorf("said twice: %+v", f)
			} else {
				seen[key] = true
			}
			if f.Found == "" {
				t.Errorf("nothing quoted: %+v", f)
			}
		}
	})
}
