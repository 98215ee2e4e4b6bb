package lang

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// phrases finds any of many patterns at the beginning of a word. One pattern
// with all of them as alternatives is slow (most of a millisecond a sentence),
// so each is kept under the bytes it can begin with, and only those are tried.
type phrases struct{ byFirst [256][]*regexp.Regexp }

// oneOf prepares patterns over folded text. A space stands for any white space.
func oneOf(patterns ...string) *phrases {
	ps := &phrases{}
	spaces := strings.NewReplacer(" ?", `\s*`, " ", `\s+`)
	for _, p := range patterns {
		p = `^(?:` + spaces.Replace(p) + `)`
		re := regexp.MustCompile(p)
		for b, can := range firstBytes(p) {
			if can {
				ps.byFirst[b] = append(ps.byFirst[b], re)
			}
		}
	}
	return ps
}

// find is the first match at or after from; start is -1 when there is none.
func (ps *phrases) find(text string, from int) (start, end int) {
	for i := from; i < len(text); i++ {
		if !beginsWord(text, i) {
			continue
		}
		for _, re := range ps.byFirst[text[i]] {
			if m := re.FindStringIndex(text[i:]); m != nil {
				return i, i + m[1]
			}
		}
	}
	return -1, -1
}

// beginsWord says whether a phrase may begin here: a letter or digit after
// something else, or a sign such as ± after a space.
func beginsWord(text string, i int) bool {
	if i == 0 {
		return true
	}
	before := text[i-1]
	return before == ' ' || before == '\t' || before == '\n' || before == '\r' || isWord(text[i]) && !isWord(before)
}

func isWord(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '_'
}

// firstBytes follows the compiled pattern to the first rune it can take.
func firstBytes(pattern string) (out [256]bool) {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		panic(err) // MustCompile accepted it
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		panic(err)
	}
	seen := make([]bool, len(prog.Inst))
	var walk func(pc uint32)
	walk = func(pc uint32) {
		if seen[pc] {
			return
		}
		seen[pc] = true
		in := &prog.Inst[pc]
		switch in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			walk(in.Out)
			walk(in.Arg)
		case syntax.InstCapture, syntax.InstEmptyWidth, syntax.InstNop:
			walk(in.Out)
		case syntax.InstRune, syntax.InstRune1:
			for i := 0; i < len(in.Rune); i += 2 {
				last := in.Rune[min(i+1, len(in.Rune)-1)]
				for r := in.Rune[i]; r <= last; r++ {
					out[utf8.AppendRune(nil, r)[0]] = true
				}
			}
		case syntax.InstRuneAny, syntax.InstRuneAnyNotNL, syntax.InstMatch:
			for b := range out {
				out[b] = true
			}
		}
	}
	walk(uint32(prog.Start))
	return out
}
