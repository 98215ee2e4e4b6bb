package html

import "github.com/houvast/houvast/internal/kit/web/ui"

// Housemate is somebody of a household, or perhaps of it, with what can be
// done about that.
type Housemate struct {
	ui.PointView
	Tag     string // hidden
	AskHref string // of a suggestion: where somebody says what they are
	Dismiss string // where "not a household" posts to
	Hide    string // the page where it is hidden
	Show    string // where showing it again posts to
}

// Consent is how it stands with one purpose.
type Consent struct {
	ui.PointView
	Tag string
}

// Double is a customer who may be the same one.
type Double struct{ Text, Compare, Apart, Other string }

// Joined is a customer who was joined to the one on the page, or it to them.
type Joined struct{ Text, Apart string }

// Check is one box to tick, which is never ticked beforehand.
type Check struct {
	Name, Error string
	Option      ui.Option
}

// PickView finds another customer, then asks what is to be recorded of both.
type PickView struct {
	Title, Sub, Back, Action, Query string
	Searched                        bool
	Found                           []Row
	Empty                           ui.EmptyView
	By                              *ui.Person
	ByName, ByNote, Post, Save      string // Post is where the form goes
	Choices                         []ui.ChoicesView
	Inputs                          []ui.Input
	Checks                          []Check
	Errors                          ui.Errors
	Problem                         string
}

// ConsentView is what a customer agrees to, and since when.
type ConsentView struct {
	Title, Sub, Back, Action string
	Now                      []Consent
	Purposes, Given, How     ui.ChoicesView
	By                       ui.ChoicesView
	Past                     []Consent
	Errors                   ui.Errors
	Problem                  string
}

// DuplicatesView is the list of customers who may be one.
type DuplicatesView struct {
	Pairs []DuplicatePair
	Pager *ui.PagerView
	Empty ui.EmptyView
}

// DuplicatePair is two of them.
type DuplicatePair struct {
	One, Two             ui.Person
	OneHref, TwoHref     string
	OneNote, TwoNote     string
	Why, Compare         string
	Apart, ApartOther    string
	CompareName, ApartOf string // for who cannot see which row it is
}

// JoinView compares two customers before they become one.
type JoinView struct {
	Title, Sub, Back, Action, Apart, Other string
	One, Two                               string
	Rows                                   []JoinRow
	OneSaw, TwoSaw                         string
	Stay                                   ui.ChoicesView
	Asked                                  Check
	Errors                                 ui.Errors
	Problem                                string
}

// JoinRow is one thing of both.
type JoinRow struct {
	What, One, Two string
	Same           bool
}

// RecordView is what happened to a customer's details.
type RecordView struct {
	Title, Sub, Back string
	Days             []RecordDay
	Pager            *ui.PagerView
	Empty            ui.EmptyView
}

// RecordDay are the facts of one day.
type RecordDay struct {
	Day     string
	Entries []ui.EntryView
}

// Contact is a contact person in the list where it is ended.
type Contact struct {
	ui.PointView
	End string
}
