// Package html draws the settings pages, their people and their teams.
package html

import (
	"time"

	"github.com/houvast/houvast/internal/kit/web/ui"
)

// Frame is what every settings page has: where one can go, and who may save.
type Frame struct {
	Title, Sub string
	Places     []ui.Segment
	Problem    string
	Errors     ui.Errors
	ReadOnly   bool
	Version    string
	Action     string
}

// HomeView is the overview of all settings.
type HomeView struct {
	Frame
	Entries []Entry
	Changes ChangesView
}

// Entry leads to a part of the settings.
type Entry struct{ Title, Text, Note, Href, Icon string }

// GroupView is one group of settings.
type GroupView struct {
	Frame
	Fields  []FieldView
	Changes ChangesView
}

// FieldView is one setting. Input is "text", "lines", "choice" or "yes-no".
type FieldView struct {
	Input   ui.Input
	Kind    string
	On      bool
	Unit    string
	Default string
}

// ChangesView is a piece of the record of changes.
type ChangesView struct {
	Title   string
	Rows    []ChangeRow
	Pager   *ui.PagerView
	AllHref string
}

// ChangeRow is one value that was changed.
type ChangeRow struct {
	At               time.Time
	Who              string
	What             string
	Was, Became      string
	AreaHref, AreaOf string
}

// OrganisationView is how the organisation is called and reached.
type OrganisationView struct {
	Frame
	Name, Phone, Language, Zone string
	Zones                       []string
	Changes                     ChangesView
}

// HoursView is when the organisation is open.
type HoursView struct {
	Frame
	Days     []Day
	Holidays []Holiday
	Closures []Closure
	Read     string
	Changes  ChangesView
}

// Day is one line of opening hours, as typed and as a drawing.
type Day struct {
	Field, Name, Value, Error string
	Rail                      [][2]int
}

// Holiday is a holiday in the next twelve months.
type Holiday struct {
	Key, Name, Day string
	Closed         bool
}

// Closure is a time of being closed, as typed.
type Closure struct {
	N                                  string
	From, To, Note, ErrorFrom, ErrorTo string
}
