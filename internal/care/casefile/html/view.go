// Package html holds the desk pages of cases: today, a case, opening one, the
// list. The view structs hold texts in the reader's language; the capability
// fills them.
package html

import (
	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/kit/web/ui"
)

// TodayView is the day of whoever looks.
type TodayView struct {
	Title, Sub, Eyebrow string
	Scopes              []ui.Segment
	Rail                ui.DayRailView
	Soon, Today         []ui.PromiseRowView
	Owners              bool
	More                int // of today's that do not fit
	MoreHref            string
	Signals             []ui.SignalView
	SignalCount         int
	Later               []DayRows
	LaterCount          int
	LaterHint           string
	LaterOpen           bool
	LaterPager          *ui.PagerView
	Waits               []ui.PromiseRowView
	WaitHint, WaitsHref string
	PrintHref           string
	Teach               bool // no case was opened here yet
	NewHref             string
	Panels              []templ.Component
}

// DayRows are the promises of one day.
type DayRows struct {
	Day  string
	Rows []ui.PromiseRowView
}

// CaseView is the page of a case.
type CaseView struct {
	Series                 []SeriesView // what follows the promises that stand
	ID, Ref, Subject, Lang string
	Tags                   []Tag
	Owner                  ui.Person
	OwnerText, OwnerNote   string
	Next                   *ui.NextView
	Others                 []ui.PromiseRowView // the other open promises
	Closed                 string              // how it ended, when it did
	Rail                   ui.OwnerRailView
	LiveKey                string
	Tabs                   []ui.ComposerTab
	Timeline               TimelineView
	Customer               CustomerView
	Doors                  []DoorView
	DoorForm               DoorForm
	Documents              []DocumentView
	DocumentForm           DocumentForm
	Signals                []ui.SignalView
	Beside                 BesideView
	Panels                 []templ.Component
	Problem                string // a form of this page was refused as a whole
	Errors                 ui.Errors
}

// Tag is a neutral fact.
type Tag struct{ Icon, Text string }

// TimelineView is what happened.
type TimelineView struct {
	Filters []ui.Segment
	Days    []TimelineDay
	Pager   *ui.PagerView
}

// TimelineDay is what happened on one day.
type TimelineDay struct {
	Day     string
	Entries []ui.EntryView
}

// CustomerView is whoever asks, and whom it is about.
type CustomerView struct {
	Person   ui.Person
	Note     string
	Matters  []ui.MattersView
	Points   []ui.PointView
	Speakers []ui.PointView
	Facts    []ui.Fact
}

// DoorView is an open return door.
type DoorView struct{ Condition, Until string }

// DoorForm gives one.
type DoorForm struct {
	Action, Condition, Until string
	Open                     bool
	Errors                   ui.Errors
}

// DocumentView is a paper in the case.
type DocumentView struct {
	Day, Name, Kind, From, Href string
	State                       string // what a scanner said of it, when it is a file
	Waits, Bad                  bool
}

// DocumentForm adds one.
type DocumentForm struct {
	Action, Name, Kind, Content string
	MaxMB                       int // how large one file may be
	Kinds                       []ui.Option
	Open                        bool
	Errors                      ui.Errors
}

// PaperView is one document, to be read.
type PaperView struct {
	Name, Kind, Meta, Content string
	BackHref, BackText        string
	File                      *FileView // nil: a text
}

// FileView is a document that is a file: how it is seen and had, and what is
// known of it. Without Download it is not given out.
type FileView struct {
	State, Size, Sum string
	Bad              bool
	Href, Download   string
	Image            bool
}

// PromiseFields are the inputs of a promise, wherever one is made.
type PromiseFields struct {
	Who          string // the customer, as they are called
	What, Kind   string
	By, ByText   string // a chip's value, or "other" with what was typed
	FromText     string
	Told         string
	ToldNote     string // by which channel it is sent
	Kinds, Chips []ui.Option
	Advisor      *ui.AdvisorView // what the record says of the chips; nil when nothing
	Errors       ui.Errors
	Preview      *ui.PreviewView
	NoTold       bool // how it is told was asked elsewhere
	TimesHref    string
}

// follow fetches other moments when another kind is chosen.
func (f PromiseFields) follow() templ.Attributes {
	return templ.Attributes{"data-hx-get": f.TimesHref, "data-hx-trigger": "change", "data-hx-target": "#times", "data-hx-swap": "outerHTML"}
}

// LogForm logs a contact moment.
type LogForm struct {
	Action, Direction, Channel, Person, Said string
	Hide                                     bool
	Channels, People                         []ui.Option
	Who                                      string
	Text                                     TextView
	Plain                                    string // where the text is checked
	Errors                                   ui.Errors
	Problem                                  string
}

// PromiseForm makes a promise in a case.
type PromiseForm struct {
	Action  string
	Fields  PromiseFields
	Note    string
	Problem string
}

// CloseForm ends a case.
type CloseForm struct {
	Unfinished, Series               bool // more is to come; it is not needed
	Action, How, Said, Note, Version string
	Hows                             []ui.Option
	Preview                          ui.PreviewView
	Text                             TextView
	Plain                            string // where the text is checked
	Errors                           ui.Errors
	Problem                          string
}

// ReopenForm opens a closed case again.
type ReopenForm struct {
	Action, Why string
	Fields      PromiseFields
	Errors      ui.Errors
	Problem     string
}

// PromisePage is a page on which one promise is kept, moved or withdrawn.
type PromisePage struct {
	Head     ui.PageHeadView
	Next     ui.NextView
	Errors   ui.Errors
	Problem  string
	Form     templ.Component
	Customer CustomerView
}

// KeepForm keeps a promise.
type KeepForm struct {
	Action, Version, Back string
	Who, Told, Note       string
	ToldNote              string
	Text                  TextView
	Plain                 string // where the text is checked
	Last                  bool
	Onward                *OnwardForm // how its series goes on
	Next                  string
	Nexts                 []ui.Option
	Fields                PromiseFields
	Errors                ui.Errors
	Preview               *ui.PreviewView
}

// MoveForm moves a promise with the customer.
type MoveForm struct {
	Action, Version, Back string
	Who                   string
	Fields                PromiseFields
	ByCustomer            bool
	CanAlong, Along       bool // the later steps of its series move as well
	Errors                ui.Errors
}

// WithdrawForm ends a promise that is no longer needed.
type WithdrawForm struct {
	Action, Version, Back string
	Why                   string
	Rest                  []ui.Option // of its series: needed, or not
	RestNext              string
	Last                  bool
	Next                  string
	Nexts                 []ui.Option
	Fields                PromiseFields
	Errors                ui.Errors
}

// OpenView is the page on which a question is opened.
type OpenView struct {
	Query    string
	Found    []FoundPerson
	SkipHref string // to the form for somebody new
	Form     *OpenForm
	Errors   ui.Errors
	Problem  string
}

// FoundPerson is a customer who was found.
type FoundPerson struct {
	Person ui.Person
	Note   string
	Href   string
	Cases  []ui.Fact
}

// OpenForm opens a question.
type OpenForm struct {
	PersonID                 string
	Person                   ui.Person
	PersonNote               string
	Name, Phone, Email, Born string // somebody new
	Pairs                    []ui.Option
	Subject, Said, Channel   string
	Channels                 []ui.Option
	Owners                   []ui.Option
	Fields                   PromiseFields
	Matters                  []ui.MattersView
	Open                     []ui.Fact // other open cases
	Door                     string
	Urgent                   bool
	ChangeHref               string
	Errors                   ui.Errors
}
