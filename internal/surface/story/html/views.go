// Package html draws the pages of stories: a story twice along one time axis.
package html

import (
	"embed"

	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

//go:embed lang/*.toml
var texts embed.FS

// Lang are the sentences of these pages.
var Lang = lang.Source{FS: texts, Dir: "lang"}

// ListView is the page with all stories.
type ListView struct{ Stories []Card }

// Card is one story in the list.
type Card struct {
	Href, Title, Summary string
	Tally                []ui.TallyItem
}

// View is one story.
type View struct {
	Title, Summary, When  string
	All                   string // the list
	Others                int
	Tally                 []ui.TallyItem
	WasOutcome, IsOutcome string
	Story                 ui.StoryView
	Made                  []Point
	Unchanged             []string
	Method                string
}

// Point is one thing that made a difference, perhaps with what it stopped.
type Point struct {
	Text string
	List []string
}
