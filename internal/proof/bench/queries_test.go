package bench

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// The words differ, the usual ones come first, and it is the same list each time.
func TestVocabulary(t *testing.T) {
	a, b := vocabulary(rand.New(rand.NewPCG(1, 2)), 2000), vocabulary(rand.New(rand.NewPCG(1, 2)), 2000)
	if !slices.Equal(a, b) || len(a) != 2000 || a[0] != usualWords[0] {
		t.Errorf("%d words, the first %q", len(a), a[0])
	}
	slices.Sort(a)
	if n := len(slices.Compact(a)); n != 2000 {
		t.Errorf("%d different words", n)
	}
	for _, w := range b {
		if w != strings.ToLower(w) || strings.ContainsAny(w, " -'") {
			t.Errorf("%q is not folded", w)
		}
	}
}

// The mix asks for every kind as often.
func TestQueries(t *testing.T) {
	full := &Filled{Names: []string{"Anna Jansen", "Zoë de Vries"}, Phones: []string{"+31612345678", "+31687654321"}}
	list := queries(full, vocabulary(rand.New(rand.NewPCG(1, 2)), vocabularySize))
	people := 0
	for _, q := range list {
		if strings.ContainsAny(q, " +\"") && !strings.Contains(q, "q=") {
			t.Errorf("%q is no address", q)
		}
		if strings.HasPrefix(q, "/people?q=") {
			people++
		}
	}
	if len(list) != 2000 || people != 400 {
		t.Errorf("%d queries, %d for people", len(list), people)
	}
}
