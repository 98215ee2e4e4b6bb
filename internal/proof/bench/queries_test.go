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
	full := &Filled{Names: []string{"Anna Jansen", "Zoë de Vries"}, Phones: []string{"+31612345678", "+31687654321"}, Main: Tenant{Numbers: 5000}}
	list := queries(full, vocabulary(rand.New(rand.NewPCG(1, 2)), vocabularySize))
	people, cases := 0, 0
	for _, q := range list {
		path, asked, ok := strings.Cut(q.path, "?q=")
		switch {
		case path == "/people":
			people++
		case strings.HasPrefix(path, "/cases/H-"):
			cases++
		}
		if q.typed == "" || strings.ContainsAny(q.path, " +\"") && !ok || ok && asked == "" {
			t.Errorf("%+v is no query", q)
		}
	}
	if len(list) != 2200 || people != 400 || cases != 200 {
		t.Errorf("%d queries, %d for people, %d for references", len(list), people, cases)
	}
}
