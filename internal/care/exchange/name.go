package exchange

import (
	"slices"
	"strings"

	"github.com/houvast/houvast/internal/kernel/fold"
)

// particles are the words that stand before a Dutch family name, and a few of
// neighbours.
var particles = strings.Fields("van der den de het 't ’t t te ter ten in op aan bij uit voor onder over von zu zum zur vom vander vd v/d v.d. la le du des del della di da dos el al bin ibn 's ’s d' l'")

func isParticle(w string) bool { return slices.Contains(particles, strings.ToLower(w)) }

func allParticles(words []string) bool {
	return len(words) > 0 && !slices.ContainsFunc(words, func(w string) bool { return !isParticle(w) })
}

// firms are what follows the comma in the name of a company.
var firms = strings.Fields("bv nv vof cv ltd inc llc gmbh ag plc se ua maatschap stichting vereniging")

// turned puts a name in the order in which it is said: "Jong, Anna de" and
// "Jong, de" are lists' ways of sorting.
func turned(name string) string {
	before, after, ok := strings.Cut(name, ",")
	before, words := strings.TrimSpace(before), strings.Fields(after)
	if !ok || before == "" || len(words) == 0 || strings.Contains(after, ",") && !strings.HasSuffix(strings.TrimSpace(after), ",") {
		return strings.Trim(name, ", ")
	}
	if slices.Contains(firms, strings.ReplaceAll(fold.Text(after), " ", "")) {
		return name
	}
	for i := range words {
		words[i] = strings.Trim(words[i], ",")
	}
	n := len(words)
	for n > 0 && isParticle(words[n-1]) {
		n--
	}
	return strings.Join(append(append(append([]string{}, words[:n]...), words[n:]...), before), " ")
}

// nameParts are the parts of a name that may have a column each.
type nameParts struct {
	full, call, first, initials, infix, last, company string
	sorted                                            bool // full begins with the family name: "Jong, Anna de"
}

// compose makes the names of a customer of their parts.
func (p nameParts) compose() (name, call string) {
	last := p.last
	if before, after, ok := strings.Cut(last, ","); ok && allParticles(strings.Fields(after)) {
		last = strings.TrimSpace(after) + " " + strings.TrimSpace(before)
	}
	first := p.first
	if first == "" && last != "" {
		if first = p.call; p.initials != "" {
			first = p.initials
		}
	}
	name = p.full
	if last != "" || name == "" && first != "" {
		name = strings.Join(strings.Fields(strings.Join([]string{first, p.infix, last}, " ")), " ")
	} else if name = strings.Join(strings.Fields(name), " "); p.sorted {
		name = turned(name)
	}
	if name == "" {
		name = p.call
	}
	if p.call != name {
		call = p.call
	}
	if call == "" && p.first != "" && p.last != "" {
		call = p.first
	}
	return name, call
}
