// Package html draws notes.
package html

import "github.com/houvast/houvast/internal/kit/web/ui"

// Form is a note to be written. TakeBack is where the one of a moment ago is
// taken back; empty when there is none.
type Form struct {
	Action, Back, Draft string
	Text                string
	Members             []ui.Option
	Errors              ui.Errors
	TakeBack            string
}

// Page is the form on a page of its own.
type Page struct {
	Eyebrow, Title, Sub, Problem string
	Form                         Form
}
