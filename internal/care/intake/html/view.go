// Package html holds the pages of a call and of the red flags. The view structs
// hold texts in the reader's language; the capability fills them.
package html

import "github.com/houvast/houvast/internal/kit/web/ui"

// CallView is the page of a call.
type CallView struct {
	Head    ui.PageHeadView
	Closed  []string // what to do when it is urgent and nobody is here
	Errors  ui.Errors
	Problem string
	Form    CallForm
	Aside   AsideView
}

// CallForm is the one form of a call.
type CallForm struct {
	Draft     string
	Who       *ui.Person // chosen; nil: to be found or typed
	WhoID     string
	WhoNote   string
	Query     string
	Phone     string
	Born      string
	New       bool // somebody new, although there is one of that name
	AskNew    bool
	Company   bool
	Anonymous bool
	Found     FoundView
	Tries     []Try

	Subject  string
	Language string // of the customer's words
	Flags    FlagsView

	For      []ui.Option // whom it is about
	About    FoundView
	AboutWho *ui.Person
	AboutID  string
	AboutQ   string
	AboutNew bool
	AskOther bool
	Bases    []ui.Option
	Seen     bool
	More     bool // the part about somebody else stands open
	Channels []ui.Option

	Cases   []ui.Option
	Helped  bool
	Answer  string
	Written bool
	CanSend string // how it would be sent; empty: not
	By      []ui.Option
	ByText  string
	Basis   string // on what the advice rests
	What    string
	Told    []ui.Option
	Owners  []ui.Option
	Say     SayView
	Errors  ui.Errors
}

// Try is an earlier contact of today.
type Try struct {
	Clock, Text string
	Now         bool
}

// FoundView are customers who may be meant.
type FoundView struct {
	ID, Name string // of the region, and of its buttons
	Items    []Found
	None     string
}

// Found is one of them.
type Found struct {
	Person ui.Person
	Note   string
}

// FlagsView are red flags to ask about.
type FlagsView struct {
	Items []FlagView
	Error string
}

// FlagView is one of them with its script.
type FlagView struct {
	ID, Name string
	Ask, Act []string
	Asked    bool
}

// SayView is what to say now.
type SayView struct {
	Label, Text, Lang, Problem string
}

// AsideView stands beside the form while somebody talks.
type AsideView struct {
	Matters   []ui.MattersView
	Facts     []ui.Fact
	Questions bool
}

// FlagsPage is the list of red flags.
type FlagsPage struct {
	Title, Sub string
	Rows       []FlagRow
	MayChange  bool
}

// FlagRow is one of them in the list.
type FlagRow struct {
	Name, Words, Note, Href string
	Off                     bool
}

// FlagForm changes one.
type FlagForm struct {
	Title, Sub, Action, Drop, DropLabel, Back, Version string
	Name, Words, Ask, Act                              string
	Active                                             bool
	Problem                                            string
	Errors                                             ui.Errors
}
