package story

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/houvast/houvast/internal/kit/lang"
)

// Words are the sentences of this package.
//
//go:embed lang/*.toml
var Words embed.FS

// bundle is the catalogue with our own sentences. What it holds never changes.
var bundle = sync.OnceValues(func() (*lang.Bundle, error) { return lang.Load(lang.Source{FS: Words, Dir: "lang"}) })

// printer speaks our own sentences; a catalogue that cannot be read is a
// mistake of ours, which every test of this package would notice.
func printer(language string, loc *time.Location, now time.Time) lang.Printer {
	b, err := bundle()
	if err != nil {
		panic(err)
	}
	return b.Printer(language, loc, now)
}

// Problem is one thing that is wrong with a story file.
type Problem struct {
	File         string
	Line, Column int
	Key          string // of the sentence, under "story.bad"
	Params       []any
}

// Say is the problem in a language, with its place.
func (p Problem) Say(language string) string {
	what := printer(language, nil, time.Time{}).T("story.bad."+p.Key, p.Params...)
	if p.Line == 0 {
		return p.File + ": " + what
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, what)
}

// Problems is everything that is wrong with a story file.
type Problems []Problem

// Error says all of it, one a line, in English.
func (ps Problems) Error() string { return ps.Say("en") }

// Say is all of it in a language, one a line.
func (ps Problems) Say(language string) string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Say(language)
	}
	return strings.Join(lines, "\n")
}

// err gives the problems in the order of the file, or nil.
func (ps Problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	// The same place is read more than once.
	return slices.CompactFunc(ps, func(a, b Problem) bool { return a.Say("en") == b.Say("en") })
}

// reader reads nodes and gathers what is wrong with them.
type reader struct {
	file     string
	zone     *time.Location
	problems Problems
}

func (r *reader) bad(n *yaml.Node, key string, params ...any) {
	p := Problem{File: r.file, Key: key, Params: params}
	if n != nil {
		p.Line, p.Column = n.Line, n.Column
	}
	r.problems = append(r.problems, p)
}

// unknown reports a word that is not one of those we know, with the nearest.
func (r *reader) unknown(n *yaml.Node, kind, word string, known []string) {
	if near := nearest(word, known); near != "" {
		r.bad(n, "unknown-"+kind+"-near", "Word", word, "Near", near)
		return
	}
	sorted := slices.Sorted(slices.Values(known))
	r.bad(n, "unknown-"+kind, "Word", word, "Known", strings.Join(sorted, ", "))
}

// fields gives the values of a mapping by key. Unknown keys, keys that come
// twice and values that are no mapping are reported.
func (r *reader) fields(n *yaml.Node, known ...string) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	if n == nil {
		return out
	}
	if n.Kind != yaml.MappingNode {
		r.bad(n, "mapping-expected")
		return out
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case out[k.Value] != nil:
			r.bad(k, "key-twice", "Word", k.Value)
		case len(known) > 0 && !slices.Contains(known, k.Value):
			r.unknown(k, "key", k.Value, known)
		default:
			out[k.Value] = v
		}
	}
	return out
}

// need reports fields that are not there.
func (r *reader) need(n *yaml.Node, f map[string]*yaml.Node, keys ...string) {
	for _, k := range keys {
		if f[k] == nil {
			r.bad(n, "key-missing", "Word", k)
		}
	}
}

func (r *reader) list(n *yaml.Node) []*yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		r.bad(n, "list-expected")
		return nil
	}
	return n.Content
}

// str is a single text. A date or a number that was written without quotes
// counts as the text it is.
func (r *reader) str(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || strings.TrimSpace(n.Value) == "" {
		r.bad(n, "text-expected")
		return ""
	}
	return strings.TrimSpace(n.Value)
}

func (r *reader) oneOf(n *yaml.Node, kind string, known ...string) string {
	s := r.str(n)
	if s != "" && !slices.Contains(known, s) {
		r.unknown(n, kind, s, known)
		return ""
	}
	return s
}

func (r *reader) words(n *yaml.Node) (out []string) {
	if n != nil && n.Kind == yaml.ScalarNode {
		return []string{r.str(n)}
	}
	for _, x := range r.list(n) {
		out = append(out, r.str(x))
	}
	return out
}

func (r *reader) number(n *yaml.Node) int {
	if n == nil {
		return 0
	}
	var v int
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" || n.Decode(&v) != nil || v < 0 {
		r.bad(n, "number-expected")
		return 0
	}
	return v
}

func (r *reader) yes(n *yaml.Node) bool {
	if n == nil {
		return false
	}
	var v bool
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" || n.Decode(&v) != nil {
		r.bad(n, "yes-expected")
	}
	return v
}

// text is a sentence in both languages.
func (r *reader) text(n *yaml.Node) Text {
	if n == nil {
		return Text{}
	}
	if n.Kind != yaml.MappingNode {
		r.bad(n, "both-languages")
		return Text{}
	}
	f := r.fields(n, "nl", "en")
	r.need(n, f, "nl", "en")
	return Text{NL: r.str(f["nl"]), EN: r.str(f["en"])}
}

func (r *reader) moment(n *yaml.Node) Moment {
	s := r.str(n)
	if s == "" {
		return Moment{}
	}
	m, ok := readMoment(s)
	if !ok {
		if d, err := time.Parse(time.DateOnly, s); err == nil {
			r.bad(n, "clock-missing", "Word", s, "Near", d.Format("2006-01-02")+"T09:00")
		} else {
			r.bad(n, "bad-moment", "Word", s)
		}
		return Moment{}
	}
	if r.zone != nil && !m.offset {
		if at := m.At(r.zone, 0); at.Format("15:04") != m.wall.Format("15:04") {
			r.bad(n, "no-such-moment", "Word", s, "Zone", r.zone.String())
		}
	}
	return m
}

func (r *reader) span(n *yaml.Node) Span {
	s := r.str(n)
	sp, ok := readSpan(s)
	if s != "" && !ok {
		r.bad(n, "bad-span", "Word", s)
	}
	return sp
}

func (r *reader) duration(n *yaml.Node, usual time.Duration) time.Duration {
	if n == nil {
		return usual
	}
	sp := r.span(n)
	if sp.working || sp.clock >= 0 {
		r.bad(n, "plain-span", "Word", n.Value)
	}
	return sp.duration()
}

// nearest is the known word that is most like a word; "" when none is.
func nearest(word string, known []string) string {
	best, at := "", max(2, len(word)/3)+1
	for _, k := range slices.Sorted(slices.Values(known)) {
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < at && d < min(len(k), len(word)) {
			best, at = k, d
		}
	}
	return best
}

// distance is how many letters must be changed, added, left out or swapped
// with their neighbour to make one word of the other.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range y {
		rows[0][j+1] = j + 1
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(x)][len(y)]
}
