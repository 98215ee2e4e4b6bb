// Package html holds the desk pages of customers: the list, one customer, how
// they are reached, who speaks for them, who looked. The view structs hold
// texts in the reader's language; the capability fills them.
package html

import (
	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/kit/web/ui"
)

// ListView is the list of customers.
type ListView struct {
	Query string
	Rows  []Row
	Pager *ui.PagerView
	Empty *ui.EmptyView

	ImportHref, ExportHref string // for who may bring customers in, and take them out
}

// Row is one customer in a list.
type Row struct {
	Person     ui.Person
	Note, Href string
	Action     *ui.ButtonView // other than opening it
}

// PersonView is the page of a customer.
type PersonView struct {
	Person      ui.Person
	Kind        string
	Facts       []string // "Born 14 March 1988"
	Tags        []Tag
	Seen        string
	SeenHref    string
	EditHref    string
	CallHref    string
	CallNote    string
	NewHref     string
	Callout     string // merged, deceased
	CalloutHref string
	CalloutLink string
	Matters     []Matter
	MattersLang string
	MattersNote string
	MatterForm  MatterForm
	Points      []Point
	ReachHref   string
	Speakers    []Speaker // who speaks for them
	SpeaksFor   []ui.PointView
	SpeakHref   string
	Main, Aside []templ.Component
	Home        []Housemate
	HomeHref    string
	Glass       Glass
	Contacts    []ui.PointView // of a company; of a person the companies
	ContactsT   string
	ContactHref string
	Consents    []Consent
	ConsentHref string
	Doubles     []Double
	Joined      []Joined
	PlanHref    string
	RecordHref  string
	LiveKey     string
	Errors      ui.Errors
	Problem     string
}

// Tag is a neutral fact.
type Tag struct{ Icon, Text string }

// Matter is something that matters to a customer.
type Matter struct{ Text, End string }

// MatterForm adds one.
type MatterForm struct {
	Action, Text string
	Open         bool
}

// Point is a way to be reached.
type Point struct {
	ui.PointView
	Tag, Href string
	Up        string // where moving it up posts to; empty for the first
	Version   string
}

// Speaker is somebody who stands by the customer.
type Speaker struct {
	ui.PointView
	End     string
	AskHref string // of a suggestion: where it is recorded
}

// EditView changes or adds a customer.
type EditView struct {
	Title, Sub, Action, Back string
	Save                     string
	Version                  string
	Kinds, Languages         []ui.Option
	Name, CallName, Born     string
	Deceased                 string
	ShowDeceased             bool
	Phone, Email, Post       string
	New                      bool
	Now                      []Now // what somebody else made of it meanwhile
	Errors                   ui.Errors
	Problem                  string
}

// Now is a value as it is kept now, beside what was typed.
type Now struct{ Label, Value string }

// ReachView is where the ways to be reached are changed.
type ReachView struct {
	Title, Sub, Back string
	Points           []Point
	Add              PointForm
	Errors           ui.Errors
	Problem          string
}

// PointForm adds or changes a way to be reached.
type PointForm struct {
	Action, Version, Value, Label string
	Kinds, Days                   []ui.Option
	Hours                         string
	Shown                         string // hours that this form cannot show, in words
	Refused, Verified, Usable     bool
	Post                          bool
	Errors                        ui.Errors
}

// PointPage changes one way to be reached.
type PointPage struct {
	Title, Sub, Back string
	Form             PointForm
	Errors           ui.Errors
	Problem          string
}

// SpeakView is where it is recorded who may speak for a customer.
type SpeakView struct {
	Title, Sub, Back, Action, Query string
	Found                           []Row
	Searched                        bool
	By                              *ui.Person
	ByNote                          string
	Bases, Authorities              []ui.Option
	Until                           string
	Seen                            bool
	Errors                          ui.Errors
	Problem                         string
}

// SeenView is who looked at a customer.
type SeenView struct {
	Emergencies      []SeenRow // what is hidden was opened in one
	Title, Sub, Back string
	Days             []SeenDay
	Pager            *ui.PagerView
	Empty            ui.EmptyView
}

// SeenDay are the looks of one day.
type SeenDay struct {
	Day  string
	Rows []SeenRow
}

// SeenRow is one look.
type SeenRow struct {
	Who   ui.Person
	Text  string
	Clock string
}
