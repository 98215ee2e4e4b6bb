// Package portalhtml draws the customer's page of a question. Every text that
// belongs to the question arrives worded in its view structs.
package portalhtml

import (
	"strings"

	"github.com/houvast/houvast/internal/kit/web/ui"
)

// View is the customer's page.
type View struct {
	Question  string // its id, sent along with every form
	Confirmed bool
	ReadOnly  bool   // how staff see it: nothing can be sent
	Notice    string // to staff, above the page
	NoticeTo  string // the way back from there

	Title   string
	Subject string
	Problem string    // a form was not accepted
	Errors  ui.Errors // the inputs to mend
	Typed   Typed

	Hold    ui.HoldView
	Note    string   // instead of a promise: what is so now
	Pending []string // rich: asked of others, not accepted yet
	More    []Promised
	Series  []ui.DoneView // rich: what is done, promised and to come, where promises follow one another
	Steps   []ui.DoneView

	Owner    string
	Asking   *Asking // we asked whether it is solved
	CanSolve bool
	CanWrite bool
	Reopen   bool

	Doors   []Door
	Matters []Matter
	Reach   Reach
}

// Typed is what a refused form is shown again with.
type Typed struct{ Said, Why, Matter string }

// Promised is a further promise that still stands.
type Promised struct{ Text string }

// Asking is our question whether it is solved.
type Asking struct{ Until string }

// Door is a right to come back.
type Door struct{ Until, Condition, At, Phone string }

// Matter is what the customer said matters to them.
type Matter struct{ ID, Text string }

// Reach is how to talk to somebody, and what to mention then.
type Reach struct{ Org, Phone, Ref string }

// Tel is a phone number as an address.
func Tel(phone string) string {
	var b strings.Builder
	b.WriteString("tel:")
	for _, r := range phone {
		if r >= '0' && r <= '9' || r == '+' && b.Len() == 4 {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// more are further promises as lines of their own.
func more(list []Promised) (out []ui.DoneView) {
	for _, p := range list {
		out = append(out, ui.DoneView{State: ui.Open, Text: p.Text})
	}
	return out
}
