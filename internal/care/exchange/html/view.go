// Package html holds the desk pages of bringing customers in and taking them
// out. The view structs hold texts in the reader's language; the capability
// fills them.
package html

import (
	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/kit/web/ui"
)

// HomeView is where a list is brought, with the imports there were.
type HomeView struct {
	Track   []ui.TrackStep
	Max     int64 // megabytes
	Problem string
	Earlier []Earlier
	Pager   *ui.PagerView
}

// Earlier is one import in the list.
type Earlier struct{ Href, Name, Who, State, Counts string }

// ColumnsView is the page that says what each column is.
type ColumnsView struct {
	Track        []ui.TrackStep
	Action, Drop string
	Sub, Written string
	Version      string
	Problem      string
	Errors       ui.Errors
	Columns      []Column
}

// Column is one column of a list.
type Column struct {
	Name    string
	Filled  string
	Samples []string
	Note    string // what was left out
	Fixed   string // instead of a choice
	Target  ui.Input
	Order   *ui.Input
}

// WorkView is the page of an import that is at work.
type WorkView struct {
	Track      []ui.TrackStep
	Href       string
	Title, Sub string
	Progress   string
	Done, Of   int
	Counts     []ui.Fact
	Stop       string
}

// CheckedView shows what would happen.
type CheckedView struct {
	Track    []ui.TrackStep
	Sub      string
	Problem  string
	Forecast []ui.Fact
	Groups   []Group
	Action   string
	Version  string
	Wrong    []ui.Fact // what is wrong, and how often
	WrongAll string    // address of those rows
	Download string
	Confirm  string // label; empty when nobody would be added
	Do       string
	Columns  string
	Drop     string
}

// Group is a set of rows that share a choice.
type Group struct {
	Title, Note, Count string
	Rows               string // address
	Choice             ui.Input
}

// ResultView is an import that ended or was stopped.
type ResultView struct {
	Track      []ui.TrackStep
	Title, Sub string
	Problem    string
	Counts     []ui.Fact
	Notes      []string
	Kept       *Named
	Failed     *Named
	Download   string
	Continue   string
	Undo       string
	Cleared    bool
}

// Named is a few rows under a sentence, and where the rest is.
type Named struct {
	Text  string
	Rows  []ui.PointView
	All   string
	Label string
}

// RowsView lists rows.
type RowsView struct {
	Title, Sub string
	Back       string
	Scopes     []ui.Segment
	Rows       []Row
	Pager      *ui.PagerView
	Empty      *ui.EmptyView
}

// Row is one row of a list.
type Row struct {
	ID, No, Name string
	Says         []string
	Cells        []ui.Fact
	Outcome      string
	Twin         string // address of the customer it is the same as
	Person       string // address of who was added
	Action       string
	Choice       *ui.Input
}

// ExportView is the page to take all customers out.
type ExportView struct {
	Action  string
	Problem string
	Form    ui.ChoicesView
	Sep     ui.Input
	BOM     ui.Option
}

// alive makes a page look again by itself while something is at work. Without
// a script there is a link.
func alive(href string) templ.Attributes {
	return templ.Attributes{"data-hx-get": href, "data-hx-trigger": "every 2s", "data-hx-select": "#import", "data-hx-target": "#import", "data-hx-swap": "outerHTML"}
}
