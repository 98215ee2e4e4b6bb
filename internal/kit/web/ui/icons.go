package ui

import (
	"bytes"
	"context"
	_ "embed"
	"io"
	"regexp"
	"slices"

	"github.com/a-h/templ"
)

//go:embed icons.svg
var iconFile []byte

var symbols = readSymbols(iconFile)

// readSymbols reads the icon file: one <symbol id="i-name"> a line.
func readSymbols(file []byte) map[string][]byte {
	out := map[string][]byte{}
	re := regexp.MustCompile(`(?m)^<symbol id="i-([a-z0-9-]+)" .*</symbol>$`)
	for _, m := range re.FindAllSubmatch(file, -1) {
		out[string(m[1])] = m[0]
	}
	return out
}

// Icons lists the names Icon knows.
func Icons() []string {
	names := make([]string, 0, len(symbols))
	for n := range symbols {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// used collects the icons of one page while its body renders.
type used map[string]bool

type usedKey struct{}

// use notes an icon and gives the reference to it. A name that does not exist
// is a programming error, and panics.
func use(ctx context.Context, name string) string {
	if _, ok := symbols[name]; !ok {
		panic("ui: no icon named " + name)
	}
	if u, ok := ctx.Value(usedKey{}).(used); ok {
		u[name] = true
	}
	return "#i-" + name
}

// collect renders a component and gives its markup and the icons it used.
func collect(ctx context.Context, c templ.Component) ([]byte, used, error) {
	u := used{}
	var b bytes.Buffer
	err := c.Render(context.WithValue(ctx, usedKey{}, u), &b)
	return b.Bytes(), u, err
}

// writeSprite writes the symbols of a page. part marks the sprite of a
// fragment, which the script adds to that of the page.
func writeSprite(w io.Writer, u used, part bool) error {
	names := make([]string, 0, len(u))
	for n := range u {
		names = append(names, n)
	}
	slices.Sort(names)
	open := `<svg class="sr" id="sprite" aria-hidden="true" focusable="false">`
	if part {
		open = `<svg class="sr" data-sprite aria-hidden="true" focusable="false">`
	}
	b := []byte(open)
	for _, n := range names {
		b = append(append(b, '\n'), symbols[n]...)
	}
	_, err := w.Write(append(b, "\n</svg>\n"...))
	return err
}

// Fragment renders a part of a page for an htmx request, with its words and
// with the icons it uses.
func Fragment(words Words, c templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		body, u, err := collect(With(ctx, words), c)
		if err != nil {
			return err
		}
		if _, err := w.Write(body); err != nil || len(u) == 0 {
			return err
		}
		return writeSprite(w, u, true)
	})
}

// PromiseState is what became of a promise. A case without one has "".
type PromiseState string

// The states, with the class each has in the style sheets.
const (
	Open         PromiseState = "open"
	AtRisk       PromiseState = "risk"
	Kept         PromiseState = "kept"
	Broken       PromiseState = "broken"
	Renegotiated PromiseState = "reneg"
	Waiting      PromiseState = "wait"
	Withdrawn    PromiseState = "withdrawn"
)

// PromiseStates lists them all, in the order of the legend.
func PromiseStates() []PromiseState {
	return []PromiseState{Open, AtRisk, Kept, Broken, Renegotiated, Waiting, Withdrawn}
}

func (s PromiseState) class() string {
	if s == "" {
		return ""
	}
	return "is-" + string(s)
}

// StateWord is the word of a state for staff. Customers read a sentence.
func StateWord(ctx context.Context, s PromiseState) string {
	return T(ctx, "ui.state."+string(s))
}
