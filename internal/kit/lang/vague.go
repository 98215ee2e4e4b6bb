package lang

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Vague finds wording that names no time where a promise needs one ("wij
// bellen zo snel mogelijk", "we will call soon") and returns it as written.
// It looks in both languages, at whole words, whatever the accents and case.
// Bounds are not vague: "niet later dan 16:00", "within 2 hours".
func Vague(text string) (wording string, ok bool) {
	f := fold(text)
	for from := 0; ; {
		start, end := vague.find(f.text, from)
		if start < 0 {
			return "", false
		}
		if !withinBounds(f.text, start, end) {
			return text[f.at[start]:f.at[end]], true
		}
		from = end
	}
}

// withinBounds says whether the wording is part of an exact one.
func withinBounds(text string, start, end int) bool {
	for from := 0; ; {
		a, b := bounds.find(text, from)
		if a < 0 || a > start {
			return false
		}
		if end <= b {
			return true
		}
		from = a + 1
	}
}

// vagueAlone finds wording that is fine in a sentence ("de lunch van volgende
// week") but is no moment when it is all that was typed.
func vagueAlone(text string) (wording string, ok bool) {
	f := fold(text)
	if start, end := alone.find(f.text, 0); start >= 0 {
		return text[f.at[start]:f.at[end]], true
	}
	return "", false
}

const (
	nlPart   = `(?:dag|ochtend|morgen|middag|avond|week|maand|jaar|kwartaal|zomer|winter|voorjaar|najaar)`
	enPart   = `(?:day|morning|afternoon|evening|week|month|year|quarter|summer|winter|spring|autumn)`
	nlUnit   = `(?:minuten|minuutjes|uur|uren|uurtjes|dagen|werkdagen|weken|weekjes|maanden|tijd)`
	enUnit   = `(?:minutes|mins|hours|days|working days|business days|weeks|months)`
	nlSome   = `(?:een paar|enkele|enige|een aantal|wat|paar)`
	enSome   = `(?:a few|a couple of|several|some)`
	nlSoon   = `(?:snel|spoedig|vlug|gauw|rap|vroeg)`
	nlHour   = `(?:een|twee|drie|vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf)`
	enHour   = `(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)`
	clockish = `\d{1,2}[:.]\d\d\b|\d{1,2} ?(?:am\b|pm\b|a\.m\b|p\.m\b|o'clock\b)|half (?:\d|` + nlHour + `|past)|kwart (?:over|voor)\b|quarter (?:past|to)\b|noon\b`
	anyHour  = `(?:` + clockish + `|\d{1,2} ?(?:uur|u)\b|` + nlHour + ` uur\b|` + enHour + `(?: o'clock\b|$)|(?:enen|tweeen|drieen|vieren|vijven|zessen|zevenen|achten|negenen|tienen|elven|twaalven)\b|\d{1,2}\.?$)`
	possible = `(?:mogelijk|mogelik|als mogelijk|we kunnen|wij kunnen|ik kan|het kan|het lukt)`
)

// vague is the list. Each line is one family; vague_test.go holds the wordings
// it comes from and sentences it must leave alone.
var vague = oneOf(
	// as soon as possible
	`z\.? ?s\.? ?m\b\.?`, `zo `+nlSoon+` `+possible+`\b`, `zo `+nlSoon+` (?:als )?(?:we|wij|ik|hij|zij|ze) (?:kan|kunnen)\b`,
	`(?:snel|spoedig|vlug|gauw)(?:st)? mogelijk\b`, `zodra (?:het |dit )?(?:mogelijk|kan|lukt)\b`,
	`zodra (?:we|wij|ik|ze) (?:kan|kunnen|tijd hebben|tijd heb|eraan toe (?:zijn|ben|komen|kom)|er aan toe (?:zijn|ben|komen|kom))\b`,
	`bij (?:de )?eerste gelegenheid\b`, `met (?:de meeste |gepaste |grote )?spoed\b`, `op korte termijn\b`, `(?:op )?termijn nader te bepalen\b`,
	`a\.?s\.?a\.?p\b\.?`, `(?:as|so) (?:soon|quickly|fast|early|promptly) as (?:possible|we can|i can|they can|we are able|practicable|feasible)\b`,
	`at (?:y?our|the|his|her|their) earliest (?:convenience|opportunity)\b`, `at the first opportunity\b`,
	`soonest\b`, `when(?:ever)? (?:it is |it's )?possible\b`, `when(?:ever)? (?:we|i|they) (?:can|have time|get (?:a|the) chance|get round to it|get around to it)\b`,
	`in due (?:course|time)\b`, `without (?:undue )?delay\b`,
	// soon
	`binnenkort\b`, `binnen afzienbare tijd\b`, `binnen de kortste keren\b`, `spoedig\b`, `weldra\b`, `eerdaags\b`, `gauw\b`, `vlug\b`, `snel (?:terug|weer|iets|contact|antwoord|bericht)\b`,
	`een dezer dagen\b`, `een van deze dagen\b`, `dezer dagen\b`, `(?:in|binnen|ergens|een van) de komende (?:tijd|periode|uren|dagen|weken|maanden)\b`, `(?:de )?komende (?:tijd|periode|dagen)\b`,
	`vandaag of morgen\b`, `zo (?:meteen|dadelijk|direct|terug)\b`, `zometeen\b`, `dadelijk\b`, `straks\b`, `strakjes\b`, `aanstonds\b`, `nog even\b`, `op den duur\b`,
	`soon\b`, `shortly\b`, `before long\b`, `presently\b`, `in a (?:bit|while|moment|minute|sec|jiffy|little while)\b`, `in the near future\b`, `any (?:minute|moment|day|time) now\b`,
	`one of these days\b`, `in the (?:coming|next few|following) `+enUnit+`\b`, `(?:over|during) the (?:coming|next few) `+enUnit+`\b`, `momentarily\b`,
	// later, some day
	`later\b`, `eens een keer\b`, `een keer(?:tje)?\b(?: (?:deze|volgende) week\b)?$`, `te zijner tijd\b`, `t\.?z\.?t\b\.?`, `ooit\b`, `op een (?:later|ander) (?:moment|tijdstip)\b`, `op een gegeven moment\b`,
	`als (?:het|er) (?:uitkomt|schikt|tijd is|rustig is)\b`, `wanneer het (?:uitkomt|schikt)\b`, `als (?:ik|we|wij) (?:tijd|even tijd) (?:heb|hebben)\b`, `als het rustig(?:er)? is\b`,
	`ergens (?:(?:in|van|op) de (?:`+nlPart+`|loop)|deze|volgende|komende|vandaag|morgen|vanmiddag|vanochtend|vanavond|begin|halverwege|midden|eind|volgend|dit)\b`, `t\.?b\.?d\b\.?`, `t\.?b\.?a\b\.?`, `n\.?t\.?b\b\.?`, `nader te bepalen\b`, `nog niet bekend\b`,
	`some ?(?:day|time)(?: (?:soon|today|tomorrow|this|next|in)\b)?`+`\b`, `eventually\b`, `at some (?:point|stage)\b`, `when (?:it is |it's )?convenient\b`, `when(?:ever)? (?:it )?suits\b`, `to be (?:determined|decided|announced)\b`,
	`somewhere (?:this|next|in the `+enPart+`)\b`,
	// a few days
	`(?:over|binnen|na) `+nlSome+` `+nlUnit+`\b`, `(?:over|binnen) een (?:tijdje|poosje|poos|momentje|ogenblik)\b`, `(?:over|binnen) niet al te lange tijd\b`,
	`(?:in|within|after) `+enSome+` `+enUnit+`\b`,
	// part of a day, without saying when
	`in de loop van\b`, `(?:in )?(?:de )?loop van de `+nlPart+`\b`, `(?:aan het |tegen het |het )?(?:eind|einde|begin) van (?:de|deze|volgende|komende) (?:`+nlPart+`|zomervakantie|vakantie)\b`,
	`(?:begin|eind|einde|midden|halverwege) (?:deze|volgende|komende|van de|de) (?:week|maand)\b`, `(?:begin|eind|einde|midden|halverwege) (?:van )?(?:dit|volgend) jaar\b`,
	`eind(?:e)? (?:van )?(?:de )?(?:dag|middag|ochtend|morgen|week|maand)\b`, `(?:vroeg|laat) (?:in|op) de `+nlPart+`\b`, `halverwege de `+nlPart+`\b`, `rond (?:het middaguur|de middag|lunchtijd|etenstijd|de lunch)\b`,
	`(?:in|over|during) the course of\b`, `(?:by |at |towards |before )?(?:the )?(?:end|beginning|start|middle) of (?:the|this|next|my|our) `+enPart+`\b`, `(?:by )?end of day\b`, `e\.?o\.?d\b\.?`, `close of business\b`, `c\.o\.b\b\.?`,
	`(?:early|late|mid|earlier) (?:in the |this |next |tomorrow )`+enPart+`\b`, `(?:early|late) (?:next|this) (?:week|month|year)\b`, `around (?:lunch|lunchtime|midday|dinner|dinnertime)\b`,
	// about
	// ("ongeveer 2 uur" is how long something takes, "om ongeveer 2 uur" is when)
	`(?:om )?(?:omstreeks|rond|tegen)(?: om)?(?: de klok van| de)? `+anyHour, `om (?:ongeveer|circa|ca\.?|plusminus|plm\.?) `+anyHour, `(?:ongeveer|circa|ca\.?|plusminus) (?:om `+anyHour+`|\d{1,2}[:.]\d\d\b)`,
	`(?:±|\+/-|~) ?\d`, `uurtje of (?:\d|wat\b|`+nlHour+`\b)`, `(?:dag|week)(?:je)? of (?:\d|wat\b|`+nlHour+`\b)`,
	`(?:at )?(?:around|towards) `+anyHour, `at (?:about|approximately|approx\.?|roughly|circa) `+anyHour, `(?:about|approximately|approx\.?|roughly|circa) (?:`+clockish+`)`, `\d{1,2}-?ish\b`,
)

// bounds are exact although they hold a word of the list.
var bounds = oneOf(
	`(?:niet|nooit|geen \w+|uiterlijk niet) later (?:dan|als)\b`, `(?:not|no|never) later than\b`, `later (?:dan|als|than)\b`,
	`(?:\d+|een|twee|drie|vier|vijf|zes|half|one|two|three|four|five|six|an?) (?:half )?(?:kwartier|minuut|minuten|min|uur|dag|dagen|werkdag|werkdagen|week|weken|maand|maanden|jaar|minutes?|hours?|days?|weeks?|months?|years?) later\b`,
	`(?:sneller|eerder|vroeger|sooner|earlier) (?:of|or) later (?:dan|than)\b`,
	`(?:as|so) soon as (?:the|your|his|her|their|this|that)\b`, `too soon\b`, `sooner\b`, `te (?:snel|gauw|vlug)\b`,
	`spoedig herstel\b`,
)

var alone = oneOf(
	`nu\b`, `nu meteen\b`, `meteen\b`, `direct\b`, `per direct\b`, `onmiddellijk\b`, `terstond\b`, `snel\b`, `vroeg\b`, `laat\b`, `met spoed\b`, `spoed\b`, `dringend\b`, `een keer\b`,
	`(?:deze|volgende|komende|aanstaande) (?:week|maand|zomer|winter)\b`, `(?:dit|volgend|komend) (?:jaar|kwartaal|weekend|voorjaar|najaar)\b`, `vannacht\b`,
	`now\b`, `right (?:now|away)\b`, `straight away\b`, `immediately\b`, `at once\b`, `instantly\b`, `quickly\b`, `urgent(?:ly)?\b`, `early\b`, `late\b`,
	`(?:this|next|coming) (?:week|month|year|quarter|weekend|summer|winter|spring|autumn)\b`,
)

// folded is text in lower case without accents, and where each of its bytes
// comes from in the original.
type folded struct {
	text string
	at   []int
}

func fold(s string) folded {
	var b strings.Builder
	at := make([]int, 0, len(s)+1)
	for i, r := range s {
		var piece string
		switch r {
		case '’', '‘', '`', '´':
			piece = "'"
		case '–', '—', '−', '‑':
			piece = "-"
		case '\u00a0', '\u202f', '\u2009':
			piece = " "
		case '±':
			piece = "±"
		default:
			for _, d := range norm.NFD.String(string(r)) {
				if d < 0x300 || d > 0x36f { // not a combining accent
					piece += strings.ToLower(string(d))
				}
			}
		}
		b.WriteString(piece)
		for range len(piece) {
			at = append(at, i)
		}
	}
	return folded{b.String(), append(at, len(s))}
}
