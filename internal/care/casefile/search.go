package casefile

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/fold"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// Limits of looking for cases by their words (decision 24).
const (
	// MostFound is how many cases are given at most, the newest.
	MostFound = 50
	// minPrefix is how many letters find every word that begins with them;
	// fewer find that word only.
	minPrefix = 3
	// maxWords bounds what is looked for, maxTerms what a case is found by.
	maxWords, maxTerms, maxTerm = 6, 100, 40
)

// effort bounds what one search may cost.
type effort struct {
	few     int // may be gathered and put in order without another thought
	recent  int // of the newest cases are tried one by one before all that have a very common word
	looked  int // how far is walked for cases that have another word too
	apiece  int // different words that begin alike, each walked by itself without another thought
	spelled int // different words that begin alike at all
}

var usual = effort{few: 2000, recent: 3000, looked: 4000, apiece: 64, spelled: 5000}

// number is a run of digits as people write phone numbers and dates.
var number = regexp.MustCompile(`\+?[0-9(][0-9 ()./\-]{6,}[0-9]`)

// joined is such a run as one word, with the country code where it begins
// with a zero; "" when it is too short to be meant as one.
func joined(run string) string {
	d := fold.Digits(run)
	switch {
	case len(d) < 8:
		return ""
	case strings.HasPrefix(d, "00"):
		return d[2:]
	case strings.HasPrefix(d, "0"):
		return "31" + d[1:]
	}
	return d
}

// caseTerms are what a case is found by: the folded words of its subject, and
// numbers in it without their gaps.
func caseTerms(subject string) []string {
	terms := fold.Words(subject)
	for _, run := range number.FindAllString(subject, -1) {
		if d := joined(run); d != "" {
			terms = append(terms, d)
		}
	}
	for i, t := range terms {
		if runes := []rune(t); len(runes) > maxTerm {
			terms[i] = string(runes[:maxTerm])
		}
	}
	slices.Sort(terms)
	terms = slices.Compact(terms)
	return terms[:min(len(terms), maxTerms)]
}

// span is a range of terms: one word, or all that begin alike.
type span struct{ from, to string }

// only is the span of one word: folded words hold letters and digits only, so
// nothing stands between a word and the word with a control character.
func only(word string) span { return span{word, word + "\x01"} }

// spans turn what somebody types into what to look for; all of it must be
// there. Words in quotes, and words of one or two letters, are whole words.
func spans(typed string) []span {
	var out []span
	for i, part := range strings.Split(typed, `"`) {
		quoted := i%2 == 1
		part = number.ReplaceAllStringFunc(part, func(run string) string {
			if d := joined(run); d != "" {
				return " " + d + " "
			}
			return run
		})
		for _, w := range fold.Words(part) {
			runes := []rune(w)
			if len(runes) > maxTerm {
				runes = runes[:maxTerm]
			}
			s := only(string(runes))
			if !quoted && len(runes) >= minPrefix {
				s.to = string(runes) + "\U0010FFFF"
			}
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	// The longest say most, when there are too many.
	slices.SortStableFunc(out, func(a, b span) int { return cmp.Compare(len(b.from), len(a.from)) })
	return out[:min(len(out), maxWords)]
}

// Found are the cases that were looked for, newest first.
type Found struct {
	Cases []Case
	More  bool // there are older ones that fit
	Cut   bool // there may be: not everything was looked through
}

// Search looks for cases by the words of their subject.
func (s *Service) Search(ctx context.Context, who actor.Actor, typed string) (f Found, err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return f, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error { f, err = Find(q, who.Org, typed, MostFound); return err })
	return f, err
}

// Find is Search within a snapshot, for at most limit cases.
func Find(q db.Q, org, typed string, limit int) (f Found, err error) {
	return find(q, org, typed, limit, usual)
}

func find(q db.Q, org, typed string, limit int, e effort) (f Found, err error) {
	words := spans(typed)
	if len(words) == 0 {
		return f, nil
	}
	// The rarest word leads: what has it is looked at, newest first.
	lead, fewest := 0, e.few+1
	for i, w := range words {
		n, err := countTerms(q, org, w, e.few+1)
		if err != nil || n == 0 {
			return f, err
		}
		if n < fewest {
			lead, fewest = i, n
		}
	}
	first, rest := apart(words, lead)
	var numbers []int64
	if fewest <= e.few {
		numbers, err = gather(q, org, first, rest, limit+1)
	} else {
		numbers, f.Cut, err = common(q, org, words, limit+1, e)
	}
	if err != nil || len(numbers) == 0 {
		return f, err
	}
	if f.More = len(numbers) > limit; f.More {
		numbers, f.Cut = numbers[:limit], false
	}
	f.Cases, err = byNumbers(q, org, numbers)
	return f, err
}

// spelled is one of the words that begin alike, with the newest case that has it.
type spelled struct {
	Term   string `db:"term"`
	Newest int64  `db:"newest"`
}

// apart takes one word out of several.
func apart(words []span, lead int) (first span, rest []span) {
	return words[lead], slices.Delete(slices.Clone(words), lead, lead+1)
}

// common looks for words that are all very common.
func common(q db.Q, org string, words []span, limit int, e effort) (numbers []int64, cut bool, err error) {
	lead, fewest := 0, e.looked+1
	for i, w := range words {
		if len(words) == 1 {
			break
		}
		n, err := countTerms(q, org, w, fewest)
		if err != nil {
			return nil, false, err
		}
		if n < fewest {
			lead, fewest = i, n
		}
	}
	first, rest := apart(words, lead)
	terms, err := spellings(q, org, first, e.apiece+1)
	if err != nil {
		return nil, false, err
	}
	if len(terms) <= e.apiece {
		return walk(q, org, terms, rest, limit, e)
	}
	// Written in very many ways, as three letters are: then there are enough
	// among the newest cases, most of the time.
	if numbers, err = recent(q, org, words, e.recent, limit); err != nil || len(numbers) >= limit {
		return numbers, false, err
	}
	if len(rest) > 0 && fewest <= e.looked {
		numbers, err = gather(q, org, first, rest, limit)
		return numbers, false, err
	}
	if len(rest) > 0 { // two short beginnings that seldom stand together: another letter says more
		numbers, err = recent(q, org, words, 2*e.recent, limit)
		return numbers, true, err
	}
	if terms, err = spellings(q, org, first, e.spelled); err != nil {
		return nil, false, err
	}
	numbers, cut, err = walk(q, org, terms, rest, limit, e)
	return numbers, cut || len(terms) == e.spelled, err
}

// walk gives the newest cases that have one of some words: of each its newest ones, the words with the newest case first,
// until no other word can have one that is newer than those there are.
func walk(q db.Q, org string, terms []spelled, rest []span, limit int, e effort) (numbers []int64, cut bool, err error) {
	slices.SortFunc(terms, func(a, b spelled) int { return cmp.Compare(b.Newest, a.Newest) })
	for _, t := range terms {
		var floor int64 // what is not newer does not count any more
		if len(numbers) >= limit {
			if floor = numbers[limit-1]; t.Newest <= floor {
				break
			}
		}
		if len(rest) > 0 {
			far, ok, err := lookedTo(q, org, t.Term, e.looked)
			if err != nil {
				return nil, false, err
			}
			if ok && far > floor {
				floor, cut = far, true
			}
		}
		more, err := newest(q, org, t.Term, rest, floor, limit)
		if err != nil {
			return nil, false, err
		}
		numbers = append(numbers, more...)
		slices.SortFunc(numbers, func(a, b int64) int { return cmp.Compare(b, a) })
		numbers = slices.Compact(numbers)
		numbers = numbers[:min(len(numbers), limit)]
	}
	return numbers, cut, nil
}

// Fits says whether a subject has all that was typed, for cases that were found
// in another way.
func Fits(subject, typed string) bool {
	terms := caseTerms(subject)
	for _, w := range spans(typed) {
		if !slices.ContainsFunc(terms, func(t string) bool { return t >= w.from && t < w.to }) {
			return false
		}
	}
	return true
}
