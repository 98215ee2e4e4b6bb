package bench

import (
	"math/rand/v2"
	"strings"
)

// usualWords are what questions are full of, in both languages.
var usualWords = strings.Fields(`de het een ik mijn van voor met wanneer kan en is op uitslag afspraak vraag krijg nog the my for when is result recept
	verzetten brief bloed onderzoek dokter appointment moeder vader herhaling medicijn pijn antwoord question kind medication
	rekening verwijzing ziekenhuis letter knie rug test schouder oor keel hoest koorts huid uitslagen controle verlof
	prescription doctor blood knee back throat verzekering declaratie machtiging hulpmiddel thuiszorg vaccinatie inenting
	reis attest verklaring dossier inzage kopie specialist wachttijd operatie datum tijd bellen terugbellen referral invoice`)

// syllables make the rest: words as long as words are.
var syllables = strings.Fields(`ver wijs uit slag aan vraag her stel af spraak huis arts be zoek re cept long test bloed druk zorg plan op name kaart
	rug pijn oor keel hoest been voet ge meld woord brief in taal dag week ment tion care plan heart knee over onder hand greep`)

// vocabulary are n different words, the commonest first.
func vocabulary(r *rand.Rand, n int) []string {
	seen := map[string]bool{}
	var words []string
	add := func(w string) {
		if !seen[w] && len(words) < n {
			seen[w] = true
			words = append(words, w)
		}
	}
	for _, w := range usualWords {
		add(w)
	}
	for len(words) < n {
		var w strings.Builder
		for range 2 + r.IntN(2) {
			w.WriteString(syllables[r.IntN(len(syllables))])
		}
		if w.Len() >= 5 {
			add(w.String())
		}
	}
	return words
}

var (
	firstNames = strings.Fields(`Anna Jan Maria Piet Fatima Kees Sanne Mohammed Els Daan Lotte Bram Emma Henk Noor Willem Sophie Ali Ingrid Tom
		Julia Karel Mila Ruben Zoë Lars Hanna Omar Iris Joost Tess Bas Yara Niels Eva Koen Roos Sem Liv Hugo`)
	nameParts = strings.Fields(`Jans de Vri Bakk Viss Smit Meij Mul Bos Vos Pet Hend Dekk Brou Wit Dijk Smed Graaf Kui Veen Heuv Hoek Schip
		Molen Post Kost Blom Kramer Scho Ver Loo Berg Beek Haan Kok Prins Wolf Maas Rijn Waal Linde`)
	nameEnds = strings.Fields(`en es er ma stra inga sen man mans huis veld berg horst kamp dam beek sma ink ers aar`)
)

// vocabularySize is how many different words the questions are made of, and
// wordSkew how much commoner the common ones are.
const (
	vocabularySize = 30_000
	wordSkew       = 1.15
)

// invent makes a family name: some thousands there are.
func invent(r *rand.Rand) string {
	a, b := nameParts[r.IntN(len(nameParts))], nameEnds[r.IntN(len(nameEnds))]
	if r.IntN(2) == 0 {
		a += strings.ToLower(nameParts[r.IntN(len(nameParts))])
	}
	return a + b
}
