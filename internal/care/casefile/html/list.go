package html

import (
	"net/url"
	"time"

	"github.com/houvast/houvast/internal/kit/web/ui"
)

// ListView is the list of cases.
type ListView struct {
	Title, Sub     string
	News, NewsHref string // what came in since the page was drawn
	Chips          []Chip
	SaveHref       string
	Refine         RefineForm
	Query          url.Values // sent along with the form, to come back to
	Days           []CaseDay
	Pager          *ui.PagerView
	Empty          EmptyList
	Owners, Closed bool
	Bulk           *BulkBar // nil: nothing can be done with several at once
	All            bool     // every row of this page is ticked
	AllHref        string
}

// Chip is a filter that is one click away.
type Chip struct {
	Label, Href, Count string
	Current, Saved     bool
	Glyph              ui.PromiseState
}

// RefineForm narrows the list further.
type RefineForm struct {
	Lane                         string
	Days                         int
	Owners, Teams, Kinds, Orders []ui.Option
	Open, Closed, Saved          bool
	ManageHref                   string
}

// EmptyList teaches what to do when a filter finds nothing.
type EmptyList struct {
	View    ui.EmptyView
	AllHref string
	New     bool
}

// BulkBar is what can be done with the rows that are ticked.
type BulkBar struct {
	Action string
	Do     []ui.Option
}

// CaseDay are the cases whose next promise falls on one day.
type CaseDay struct {
	Day  string
	Rows []CaseRow
}

// CaseRow is one case in the list.
type CaseRow struct {
	ID         string
	State      ui.PromiseState
	StateWord  string
	When       time.Time
	Past       bool
	Href       string
	Subject    string
	Who, Ref   string
	Owner      ui.Person
	OwnerShort string
	Checked    bool
}

// FilterForm keeps a filter under a name.
type FilterForm struct {
	Title, Sub, Action, Back string
	Name, Version, What      string
	Shares, Teams            []ui.Option
	Query                    url.Values
	Drop                     string // address that deletes it
	Problem                  string
	Errors                   ui.Errors
}

// FilterList are the filters of a member.
type FilterList struct {
	Title, Sub string
	Rows       []FilterRow
	Empty      ui.EmptyView
}

// FilterRow is one kept filter.
type FilterRow struct{ Name, Href, What, Note, EditHref string }
