package lang

import "testing"

func TestVagueWordingIsFound(t *testing.T) {
	for _, text := range []string{
		"zsm", "z.s.m.", "ZSM", "wij bellen z.s.m. terug", "wij bellen zo snel mogelijk", "Zo Spoedig Mogelijk", "zo gauw mogelijk", "zo vlug mogelijk",
		"zo snel als mogelijk", "zo snel we kunnen", "zo snel als we kunnen", "spoedig", "binnenkort", "we nemen binnenkort contact op", "straks", "dadelijk", "zo meteen", "zometeen",
		"zo dadelijk", "weldra", "eerdaags", "een dezer dagen", "een van deze dagen", "in de komende dagen", "in de komende periode", "op korte termijn", "bij de eerste gelegenheid",
		"zodra het kan", "zodra we kunnen", "zodra ik tijd heb", "later", "wij bellen u later terug", "later vandaag", "te zijner tijd", "t.z.t.", "ooit een keer", "op een later moment",
		"als het uitkomt", "als ik tijd heb", "ergens volgende week", "ergens in de week", "over een paar dagen", "binnen enkele werkdagen", "over een tijdje", "over wat weken", "in de loop van de middag",
		"in de loop van volgende week", "eind van de middag", "aan het eind van de dag", "einde dag", "begin volgende week", "halverwege de week", "vroeg in de ochtend", "rond het middaguur",
		"rond 16:00", "rond de klok van vier uur", "omstreeks half 5", "om ongeveer 10 uur", "ongeveer 16.30", "tegen vijven", "tegen 17:00", "ca. 14:00", "±16:00", "om ± 16 uur", "over een uurtje of twee", "n.t.b.", "vandaag of morgen",
		"nader te bepalen", "wij laten snel iets horen", "vroeg of later", "zo spoedig mogelijk", "zo snel\u00a0mogelijk", "zó snel mogelijk", "met spoed",
		"asap", "A.S.A.P.", "as soon as possible", "we will call as soon as we can", "as quickly as possible", "soon", "We'll call you back soon.", "shortly", "before long", "in a bit", "in a moment", "in the near future",
		"any day now", "one of these days", "in the coming days", "over the next few weeks", "later today", "we will do it later", "sometime next week", "some time", "someday", "eventually", "at some point",
		"when possible", "when we have time", "whenever it suits", "at your earliest convenience", "at our earliest opportunity", "in due course", "without delay", "in a few days", "within a couple of hours", "in several weeks",
		"in the course of the day", "during the course of the afternoon", "end of the day", "by end of day", "EOD", "close of business", "early next week", "late in the afternoon", "around lunchtime", "around 4pm", "at around 16:00",
		"at about 4 o'clock", "about 16:00", "approximately 10:30", "4ish", "4-ish", "tbd", "t.b.a.", "to be determined", "sooner or later", "somewhere next week",
	} {
		wording, ok := Vague(text)
		if !ok || wording == "" {
			t.Errorf("%q passes", text)
		}
	}
}

func TestExactWordingPasses(t *testing.T) {
	for _, text := range []string{
		"", "Nadia belt u donderdag 12 november om 16:00 uur terug", "Soonje Laterveer krijgt vandaag om 12:00 een antwoord", "mevrouw Straksma", "Wij sturen de latere facturen mee",
		"niet later dan 16:00", "uiterlijk vrijdag 17:00", "niet later dan morgen 12:00 uur", "no later than Friday 17:00", "Not later than noon", "twee uur later controleren wij of het werkt",
		"2 weken later volgt de controle", "we check again 3 days later", "binnen 2 uur", "within 24 hours", "over 2 uur", "in 2 hours", "binnen 5 werkdagen", "zo doen wij dat", "zo groot mogelijk", "De uitslag is zo nauwkeurig mogelijk",
		"een zo goed mogelijk antwoord", "ongeveer 20 lunches op dinsdag 10 november om 12:00", "about 5 invoices", "around 20 people", "tegen 10 procent korting", "het onderzoek duurt ongeveer 2 uur", "about your invoice of 12 November",
		"De ronde tafel staat klaar", "snelkoppeling sturen", "De monteur komt maandag tussen 8:00 en 10:00", "lunch van volgende week leveren wij maandag om 11:30", "pijn ergens in de rug", "future orders ship on Monday at 9:00",
		"too soon after surgery", "dat is te snel na de operatie", "Wij wensen u spoedig herstel", "sometimes it helps to call", "Beëindigen van de overeenkomst", "corn on the cob", "de eindafrekening", "begin met paracetamol", "the end user gets a mail at 16:00",
		"Kees Gauwstra", "gesprek met de specialist op 3 december 9:30", "de directe lijn", "Tegenwoordig sturen wij een brief",
	} {
		if wording, ok := Vague(text); ok {
			t.Errorf("%q is refused for %q", text, wording)
		}
	}
}

func TestVagueWordingIsReturnedAsWritten(t *testing.T) {
	for text, want := range map[string]string{
		"Wij bellen Zó Snel Mogelijk terug":     "Zó Snel Mogelijk",
		"We will – as ever – call SOON.":        "SOON",
		"eerst niet later dan 3 uur, nu straks": "straks",
	} {
		if got, _ := Vague(text); got != want {
			t.Errorf("Vague(%q) = %q, want %q", text, got, want)
		}
	}
}
