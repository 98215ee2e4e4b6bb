package ui

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/houvast/houvast/internal/kernel/fold"
	"github.com/houvast/houvast/internal/kit/web"
)

// PaletteView is search and commands.
type PaletteView struct {
	Action   string // where it searches
	Query    string
	Groups   []HitGroup
	Status   string // how much of what was found, for who hears the page
	Empty    string // what to say when nothing was found
	BackHref string
}

// HitGroup is what was found of one kind.
type HitGroup struct {
	Title string
	Hits  []HitView
}

// HitView is one thing that was found, or one command.
type HitView struct {
	Href, Title, Note string
	Match             string // what was typed: it stands out in the title
	Person            *Person
	State             PromiseState
	Icon              string // without Person and State
	Due               time.Time
	Right             string
	Key               string // that does the same
	// ActionLabel and ActionHref are another thing to do with it.
	ActionLabel, ActionHref string
}

func paletteID(n int) string { return "palette-g" + strconv.Itoa(n+1) }

type part struct {
	text string
	on   bool
}

// parts cuts the title so that what was typed stands out: each word of it
// where a word of the title begins with it.
func (h HitView) parts(ctx context.Context) []part {
	if h.Person != nil && masked(ctx) {
		return []part{{text: Name(ctx, h.Title)}}
	}
	typed := strings.Fields(fold.Text(h.Match))
	if len(typed) == 0 {
		return []part{{text: h.Title}}
	}
	var out []part
	add := func(text string, on bool) {
		switch {
		case text == "":
		case len(out) > 0 && out[len(out)-1].on == on:
			out[len(out)-1].text += text
		default:
			out = append(out, part{text, on})
		}
	}
	for sep := h.Title; sep != ""; {
		var word string
		n := strings.IndexFunc(sep, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if n < 0 {
			n = len(sep)
		}
		if word, sep = sep[:n], sep[n:]; word != "" {
			on := 0
			for _, t := range typed {
				if k := prefix(word, t); k > on {
					on = k
				}
			}
			add(word[:on], true)
			add(word[on:], false)
		}
		n = strings.IndexFunc(sep, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
		if n < 0 {
			n = len(sep)
		}
		add(sep[:n], false)
		sep = sep[n:]
	}
	return out
}

// prefix is how many bytes of a word a folded text covers from its beginning.
func prefix(word, folded string) int {
	for i := range word {
		if i > 0 && fold.Text(word[:i]) == folded {
			return i
		}
	}
	if fold.Text(word) == folded {
		return len(word)
	}
	return 0
}

// masked says whether the reader wants nobody beside them to read names.
func masked(ctx context.Context) bool {
	c := web.From(ctx)
	return c != nil && LookOf(c.Request()).Private
}

// Name is a customer's name in a list: initials while the privacy view is on.
func Name(ctx context.Context, name string) string {
	if !masked(ctx) || name == "" {
		return name
	}
	var b strings.Builder
	for i, w := range strings.Fields(name) {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strings.ToUpper(string([]rune(w)[:1])) + ".")
	}
	return b.String()
}
