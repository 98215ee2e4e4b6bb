// Package html draws the pages of templates for answers.
package html

import "github.com/houvast/houvast/internal/kit/web/ui"

// ListView is all templates, or those to begin with.
type ListView struct {
	May           bool
	New, Examples string
	Rows, Offered []Row
}

// Row is one template.
type Row struct{ Name, Href, Text, Note string }

// EditView is one template, to be read or changed.
type EditView struct {
	Title, Name, Version string
	Action, Drop, Back   string
	May                  bool
	Texts                []TextView
	Errors               ui.Errors
	Problem              string
}

// TextView is its text in one language, how it reads, and what was found.
type TextView struct {
	Language, Name, Label, Text, Hint string
	Sample                            ui.PreviewView
	Findings                          []string
}
