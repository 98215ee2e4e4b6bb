package template

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/houvast/houvast/internal/kit/lang"
)

// FindingKind is what makes a text hard to read; plain.<kind> in the catalogue
// says what to do about it.
type FindingKind string

// The kinds, in the order in which they are told.
const (
	VagueTime    FindingKind = "vague-time"    // names no clock time
	OpenField    FindingKind = "open-field"    // a field without a value
	LongSentence FindingKind = "long-sentence" // more words than are read at once
	LongWord     FindingKind = "long-word"
	Passive      FindingKind = "passive"   // nobody does it
	Jargon       FindingKind = "jargon"    // a common word exists: Instead
	Brushing     FindingKind = "brush-off" // says what cannot be, not what can
	Informal     FindingKind = "informal"  // je, in a text for a customer
	Mixed        FindingKind = "mixed-address"
)

// Finding is one thing a reader may stumble over.
type Finding struct {
	Kind    FindingKind `json:"kind"`
	Found   string      `json:"found" doc:"As it stands in the text"`
	Instead string      `json:"instead,omitempty" doc:"A common word for it, in the language of the text"`
	Count   int         `json:"count,omitempty" doc:"Words of a long sentence"`
}

// The most that is read at once, and the most findings that help.
const (
	maxWords    = 20
	maxLetters  = 22
	maxFindings = 12
)

// common is a word that few use, and one that everybody knows.
type common struct{ word, instead string }

var jargon = map[string][]common{
	lang.Dutch: {
		{"conform", "volgens"}, {"gaarne", "graag"}, {"hierbij", ""}, {"middels", "met"}, {"teneinde", "om"}, {"derhalve", "daarom"}, {"dientengevolge", "daardoor"},
		{"betreffende", "over"}, {"aangaande", "over"}, {"omtrent", "over"}, {"inzake", "over"}, {"ten aanzien van", "over"}, {"met betrekking tot", "over"},
		{"in het kader van", "voor"}, {"alsmede", "en ook"}, {"alsook", "en ook"}, {"indien", "als"}, {"tevens", "ook"}, {"echter", "maar"}, {"reeds", "al"},
		{"thans", "nu"}, {"desgewenst", "als u wilt"}, {"verzoeken", "vragen"}, {"retourneren", "terugsturen"}, {"contacteren", "bellen of mailen"},
		{"naar aanleiding van", "na"}, {"in behandeling genomen", "begonnen"}, {"zorg dragen voor", "zorgen voor"}, {"te allen tijde", "altijd"}, {"voornoemde", "deze"},
		{"bovengenoemde", "deze"}, {"onderstaande", "deze"}, {"abusievelijk", "per ongeluk"}, {"escaleren", "doorgeven"}, {"anamnese", "vragen over uw klachten"},
		{"medicatie", "medicijnen"}, {"poliklinisch", "zonder opname"}, {"consult", "afspraak"}, {"doch", "maar"}, {"mits", "als"}, {"u dient", "u moet"},
	},
	lang.English: {
		{"pursuant to", "under"}, {"in accordance with", "by"}, {"with regard to", "about"}, {"with respect to", "about"}, {"regarding", "about"}, {"concerning", "about"},
		{"commence", "start"}, {"terminate", "end"}, {"endeavour", "try"}, {"utilise", "use"}, {"facilitate", "help"}, {"henceforth", "from now on"},
		{"hereby", ""}, {"herewith", "with this"}, {"aforementioned", "this"}, {"in order to", "to"}, {"prior to", "before"}, {"subsequent to", "after"},
		{"in the event of", "if"}, {"due to the fact that", "because"}, {"notwithstanding", "despite"}, {"kindly", "please"}, {"per our records", "we see that"},
		{"at your disposal", "there for you"}, {"escalate", "pass on"}, {"medication", "medicines"}, {"outpatient", "without staying the night"}, {"please be advised that", ""},
		{"should you", "if you"}, {"require", "need"}, {"assistance", "help"}, {"additional", "more"}, {"sufficient", "enough"},
	},
}

var brushOffs = map[string][]string{
	lang.Dutch: {"helaas kunnen wij niet", "helaas kunnen we niet", "kunnen wij u helaas niet", "kunnen we u helaas niet", "daar gaan wij niet over", "daar gaan we niet over", "dat is niet onze afdeling",
		"u moet zelf", "dat weten wij niet", "wij hebben geen idee", "zoals eerder aangegeven", "wij vragen uw begrip", "excuses voor het ongemak", "dit is nu eenmaal"},
	lang.English: {"unfortunately we cannot", "unfortunately, we cannot", "unfortunately we are unable", "we are unable to", "that is not our department", "you must yourself", "we have no idea",
		"as previously stated", "we ask for your understanding", "sorry for any inconvenience", "apologies for the inconvenience", "it is our policy"},
}

var (
	words    = regexp.MustCompile(`[\pL\pN][\pL\pN'’\-]*`)
	ends     = regexp.MustCompile(`[.!?…]+["”’)]*(?:\s+|$)|\n+`)
	abbrev   = regexp.MustCompile(`(?i)(?:^|[\s(])(?:dhr|mevr|dr|mr|ir|drs|bijv|bv|nr|tel|ca|o\.a|d\.w\.z|e\.g|i\.e|ms|mrs|no|st)\.["”’)]*\s+$`)
	informal = regexp.MustCompile(`(?i)\b(?:je|jij|jou|jouw|jullie)\b`)
	formal   = regexp.MustCompile(`(?i)\b(?:u|uw)\b`)
	passives = map[string]*regexp.Regexp{
		lang.Dutch: regexp.MustCompile(`(?i)\b(?:word|wordt|worden|werd|werden)\b(?:\s+[\pL\-]+){0,8}?\s+(?:(?:[\pL]{0,8}?ge|be|ver|ont|her)[\pL]{2,}(?:d|t|en)|[\pL]{3,}(?:eerd))\b` +
			`|(?i)\b(?:ge[\pL]{2,}|be[\pL]{3,}|ver[\pL]{3,})(?:d|t|en)\s+(?:wordt|worden|werd|werden)\b`),
		lang.English: regexp.MustCompile(`(?i)\b(?:is|are|was|were|be|been|being)\s+(?:not\s+|also\s+|then\s+|now\s+)?(?:[\pL]{3,}ed|done|made|sent|given|taken|seen|told|kept|held|written|chosen|known|shown|found|paid)\b(?:\s+by\b)?`),
	}
	notPassive = regexp.MustCompile(`(?i)\b(?:is|are|was|were|be|been|being)\s+(?:not\s+|also\s+|then\s+|now\s+)?(?:closed|pleased|worried|delighted|interested|satisfied|tired|married|allowed|needed|supposed)\b`)
)

// Check finds what makes a text hard to read, the gravest first.
func Check(text, language string) (out []Finding) {
	if language != lang.English {
		language = lang.Dutch
	}
	add := func(f Finding) {
		if !slices.ContainsFunc(out, func(g Finding) bool { return g.Kind == f.Kind && strings.EqualFold(g.Found, f.Found) }) {
			out = append(out, f)
		}
	}
	if wording, ok := lang.Vague(text); ok {
		add(Finding{Kind: VagueTime, Found: wording})
	}
	for _, f := range missing(text) {
		add(Finding{Kind: OpenField, Found: f})
	}
	for _, s := range sentences(text) {
		if n := len(words.FindAllString(s, -1)); n > maxWords {
			add(Finding{Kind: LongSentence, Found: start(s), Count: n})
		}
	}
	for _, w := range words.FindAllString(text, -1) {
		if utf8.RuneCountInString(w) > maxLetters {
			add(Finding{Kind: LongWord, Found: w})
		}
	}
	for _, m := range passives[language].FindAllString(text, -1) {
		if !notPassive.MatchString(m) {
			add(Finding{Kind: Passive, Found: m})
		}
	}
	for _, j := range jargon[language] {
		if found, ok := whole(text, j.word); ok {
			add(Finding{Kind: Jargon, Found: found, Instead: j.instead})
		}
	}
	for _, b := range brushOffs[language] {
		if found, ok := whole(text, b); ok {
			add(Finding{Kind: Brushing, Found: found})
		}
	}
	if language == lang.Dutch {
		if je := informal.FindString(text); je != "" {
			kind := Informal
			if formal.MatchString(text) {
				kind = Mixed
			}
			add(Finding{Kind: kind, Found: je})
		}
	}
	return out[:min(len(out), maxFindings)]
}

// sentences cuts a text. The point of an abbreviation ends nothing.
func sentences(text string) (out []string) {
	from := 0
	for _, at := range ends.FindAllStringIndex(text, -1) {
		if abbrev.MatchString(text[from:at[1]]) {
			continue
		}
		if s := strings.TrimSpace(text[from:at[1]]); s != "" {
			out = append(out, s)
		}
		from = at[1]
	}
	if s := strings.TrimSpace(text[from:]); s != "" {
		out = append(out, s)
	}
	return out
}

// start is enough of a sentence to find it by.
func start(s string) string {
	parts := strings.Fields(s)
	if len(parts) <= 7 {
		return s
	}
	return strings.Join(parts[:7], " ") + " …"
}

// whole finds whole words, whatever their case, and gives them as they stand.
func whole(text, wanted string) (string, bool) {
	low := strings.ToLower(text)
	if len(low) != len(text) { // a letter whose small form takes other bytes
		text = low
	}
	for from := 0; ; {
		i := strings.Index(low[from:], wanted)
		if i < 0 {
			return "", false
		}
		a, b := from+i, from+i+len(wanted)
		before, _ := utf8.DecodeLastRuneInString(low[:a])
		after, _ := utf8.DecodeRuneInString(low[b:])
		if !unicode.IsLetter(before) && !unicode.IsLetter(after) {
			return text[a:b], true
		}
		from = b
	}
}
