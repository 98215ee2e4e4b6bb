package intake

import (
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/fold"
	"github.com/houvast/houvast/internal/kit/lang"
)

// Flag is a red flag: words that may mean that somebody cannot wait, with the
// questions to ask and what to do.
type Flag struct {
	Org       string    `db:"org_id" json:"-"`
	ID        string    `db:"flag_id" json:"id"`
	Name      string    `db:"name" json:"name"`
	Words     []string  `db:"words,json" json:"words" doc:"Phrases in any language. Other words may stand between those of a phrase; * at the end of a word stands for any ending."`
	Ask       string    `db:"ask" json:"ask" doc:"What to ask, one question a line."`
	Act       string    `db:"act" json:"act" doc:"What to do, one step a line."`
	Active    bool      `db:"active" json:"active"`
	ChangedAt time.Time `db:"changed_at" json:"changed_at,omitzero"`
	ChangedBy string    `db:"changed_by" json:"changed_by,omitempty"`
	Version   int64     `db:"version" json:"version" doc:"0: as the program has it."`
}

// gap is how many other words may stand between two words of a phrase: "pijn
// borst" is found in "pijn op mijn linker borst".
const gap = 3

// Spot gives the active flags that a text may be about. It says too much rather
// than too little: "no pain on the chest" is asked about as well.
func Spot(flags []Flag, text string) (out []Flag) {
	words := fold.Words(text)
	for _, f := range flags {
		if f.Active && slices.ContainsFunc(f.Words, func(p string) bool { return says(words, phrase(p)) }) {
			out = append(out, f)
		}
	}
	return out
}

// phrase is a folded phrase whose words keep their star.
func phrase(p string) []string {
	var out []string
	for w := range strings.FieldsSeq(p) {
		star := strings.HasSuffix(w, "*")
		parts := fold.Words(w)
		if star && len(parts) > 0 {
			parts[len(parts)-1] += "*"
		}
		out = append(out, parts...)
	}
	return out
}

// says whether the words of a phrase stand in a text in their order, with at
// most so many others between two of them.
func says(words, phrase []string) bool {
	if len(phrase) == 0 {
		return false
	}
	for i := range words {
		if fits(words[i], phrase[0]) && follows(words[i+1:], phrase[1:]) {
			return true
		}
	}
	return false
}

func follows(words, phrase []string) bool {
	if len(phrase) == 0 {
		return true
	}
	for i := 0; i < len(words) && i <= gap; i++ {
		if fits(words[i], phrase[0]) && follows(words[i+1:], phrase[1:]) {
			return true
		}
	}
	return false
}

func fits(word, pattern string) bool {
	if begin, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(word, begin)
	}
	return word == pattern
}

// given is a flag of the program: its words here, its script in the catalogue
// under red-flag.<id>, so that staff read it in their own language.
type given struct {
	id    string
	firm  bool // for firms; the others are for practices and hospitals
	words []string
}

// defaults are the flags of the program. They are a beginning that suits a
// Dutch practice; its clinicians decide what it becomes.
var defaults = []given{
	{id: "chest-pain", words: []string{"pijn borst", "borst pijn", "pijn* borst*", "druk borst", "druk* op borst", "beklem* borst", "hartaanval", "hartinfarct", "uitstral* arm", "uitstral* kaak",
		"chest pain*", "pain chest", "pressure chest", "heart attack", "tight* chest"}},
	{id: "breathing", words: []string{"benauwd*", "kortademig*", "geen lucht", "geen adem", "niet ademen", "ademnood", "stikt", "stikken", "blauwe lippen", "naar adem",
		"short* breath", "cannot breathe", "can't breathe", "trouble breathing", "hard to breathe", "choking", "blue lips"}},
	{id: "stroke", words: []string{"scheve mond", "mond scheef", "mond hangt", "hangende mond", "praat onduidelijk", "praten lukt niet", "verlamd*", "arm niet optillen", "beroerte", "herseninfarct", "tia", "plotseling verward", "ineens verward",
		"face droop*", "drooping face", "slurred speech", "cannot lift arm", "stroke", "sudden* confus*", "paralysed", "paralyzed"}},
	{id: "unconscious", words: []string{"bewusteloos", "buiten bewustzijn", "niet wakker te krijgen", "reageert niet", "flauwgevallen", "flauw gevallen", "weggevallen", "stuip*", "epilept*", "insulten",
		"unconscious", "passed out", "not responding", "does not respond", "won't wake", "fainted", "collapsed", "seizure*"}},
	{id: "bleeding", words: []string{"bloedt hevig", "hevig bloed*", "bloeding stopt niet", "bloeden stopt niet", "blijft bloeden", "veel bloed*", "braakt bloed", "bloed braken", "bloed spugen", "zwarte ontlasting",
		"bleeding heavily", "heavy bleeding", "severe bleeding", "won't stop bleeding", "bleeding does not stop", "keeps bleeding", "vomiting blood", "coughing blood"}},
	{id: "allergy", words: []string{"allergisch* reactie", "wespensteek gezwollen", "tong gezwollen", "gezwollen tong", "keel dik", "dikke keel", "lippen gezwollen", "anafyla*",
		"allergic reaction", "swollen tongue", "tongue swelling", "throat clos*", "swollen lips", "anaphyla*"}},
	{id: "meningitis", words: []string{"stijve nek", "nekstijf*", "vlekjes koorts", "koorts vlekjes", "vlekken niet wegdruk*", "nekkramp", "hersenvliesontsteking",
		"stiff neck", "rash fever", "fever rash", "meningitis"}},
	{id: "baby", words: []string{"baby koorts", "koorts baby", "pasgeboren*", "baby drinkt niet", "baby suf", "baby slap", "weken oud", "fontanel",
		"baby fever", "fever baby", "newborn", "baby not drinking", "weeks old", "floppy baby"}},
	{id: "suicide", words: []string{"zelfmoord*", "suicid*", "wil niet meer leven", "wil dood", "dood willen", "maakt er een eind aan", "eind aan mijn leven", "mezelf iets aandoen", "zichzelf iets aandoen", "overdosis",
		"kill myself", "suicid*", "want to die", "end my life", "hurt myself", "overdose"}},
	{id: "poisoning", words: []string{"vergiftig*", "ingeslikt", "teveel pillen", "te veel pillen", "te veel tabletten", "schoonmaakmiddel gedronken", "gedronken bleek",
		"poison*", "swallowed", "too many pills", "drank bleach"}},
	{id: "pregnancy", words: []string{"zwanger bloed*", "bloedverlies zwanger*", "zwanger buikpijn", "minder leven", "vruchtwater", "weeen",
		"pregnant bleed*", "bleeding pregnant", "baby not moving", "waters broke", "contractions"}},
	{id: "injury", words: []string{"van trap gevallen", "van dak gevallen", "op hoofd gevallen", "hoofdletsel", "hersenschudding", "ernstig ongeluk", "ernstig ongeval", "botbreuk", "verbrand*", "brandwond*", "elektrocutie", "stroom gehad",
		"fell stairs", "head injury", "hit head", "concussion", "serious accident", "broken bone", "burn* badly", "electric shock"}},
	{id: "tooth-out", words: []string{"tand uit mond", "tand eruit", "tand uitgeslagen", "tand los na val", "kaak gebroken",
		"tooth knocked out", "knocked out tooth", "tooth fell out", "broken jaw"}},
	{id: "dental-swelling", words: []string{"wang gezwollen koorts", "dikke wang koorts", "dikke wang slik*", "kan niet slikken", "mond niet open", "abces koorts",
		"swollen cheek fever", "swollen jaw swallow*", "cannot swallow", "can't swallow", "cannot open mouth", "abscess fever"}},
	{id: "dental-bleeding", words: []string{"bloed* na kies", "kies getrokken bloed*", "tand getrokken bloed*", "bloeding na trekken",
		"bleed* after extraction", "extraction bleed*", "tooth pulled bleed*"}},
	{id: "gas", firm: true, words: []string{"gaslucht", "ruik* gas", "gas lek*", "gaslek*", "koolmonoxide", "smell* gas", "gas leak*", "carbon monoxide"}},
	{id: "fire", firm: true, words: []string{"brand", "rook uit", "rookontwikkeling", "in brand", "kortsluiting vonk*", "on fire", "smoke from", "sparks"}},
	{id: "trapped", firm: true, words: []string{"vast in lift", "lift vast", "opgesloten", "stuck lift", "stuck elevator", "trapped", "locked in"}},
	{id: "hurt", firm: true, words: []string{"gewond", "ongeluk gebeurd", "van ladder gevallen", "gevallen en", "injured", "accident happened", "fell off ladder"}},
	{id: "water", firm: true, words: []string{"overstroom*", "water stroomt", "plafond lekt", "gesprongen leiding", "flood*", "burst pipe", "water pouring"}},
}

// listed are the flags of an organisation: those of the program, replaced by
// what it changed, and its own behind them.
func listed(kind org.Kind, words lang.Printer, own []Flag) []Flag {
	changed := map[string]Flag{}
	for _, f := range own {
		changed[f.ID] = f
	}
	var out []Flag
	for _, d := range defaults {
		if f, ok := changed[d.id]; ok {
			out = append(out, f)
			delete(changed, d.id)
		} else if d.firm == (kind == org.Firm) {
			out = append(out, Flag{ID: d.id, Name: words.T("red-flag." + d.id + ".name"), Words: d.words, Ask: words.T("red-flag." + d.id + ".ask"),
				Act: words.T("red-flag." + d.id + ".act"), Active: true})
		}
	}
	for _, f := range own {
		if _, ok := changed[f.ID]; ok {
			out = append(out, f)
		}
	}
	return out
}

// SetFlag is a red flag as an organisation wants it.
type SetFlag struct {
	Name   string   `json:"name" maxLength:"100"`
	Words  []string `json:"words" maxItems:"200"`
	Ask    string   `json:"ask" maxLength:"2000"`
	Act    string   `json:"act" maxLength:"2000"`
	Active bool     `json:"active"`
}

// check says everything that is wrong with a flag at once.
func (in *SetFlag) check() error {
	var c errs.Checks
	in.Name, in.Ask, in.Act = strings.TrimSpace(in.Name), strings.TrimSpace(in.Ask), strings.TrimSpace(in.Act)
	var kept []string
	for _, w := range in.Words {
		if w = strings.Join(strings.Fields(w), " "); w != "" && !slices.Contains(kept, w) {
			kept = append(kept, w)
		}
	}
	in.Words = kept
	c.Must(in.Name != "", "name", "flag-name-missing")
	c.Must(len(in.Name) <= 100, "name", "flag-name-long")
	c.Must(len(kept) > 0, "words", "flag-words-missing")
	c.Must(len(kept) <= 200, "words", "flag-words-many")
	c.Must(!slices.ContainsFunc(kept, func(w string) bool { return len([]rune(strings.Join(fold.Words(w), ""))) < 3 }), "words", "flag-word-short")
	c.Must(in.Ask != "", "ask", "flag-ask-missing")
	c.Must(in.Act != "", "act", "flag-act-missing")
	c.Must(len(in.Ask) <= 2000, "ask", "flag-script-long")
	c.Must(len(in.Act) <= 2000, "act", "flag-script-long")
	return c.Err()
}

func ids(flags []Flag) []string {
	out := make([]string, len(flags))
	for i, f := range flags {
		out[i] = f.ID
	}
	return out
}

func names(flags []Flag) string {
	out := make([]string, len(flags))
	for i, f := range flags {
		out[i] = f.Name
	}
	return strings.Join(out, ", ")
}
