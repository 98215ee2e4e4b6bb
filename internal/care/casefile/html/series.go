package html

import "github.com/houvast/houvast/internal/kit/web/ui"

// SeriesView is a series on the page of its case.
type SeriesView struct {
	Title, Href string
	Lines       []ui.DoneView
}

// SeriesPage is the page on which a series is made or changed.
type SeriesPage struct {
	Head     ui.PageHeadView
	Problem  string
	Errors   ui.Errors
	Lines    []ui.DoneView // how it stands, when it is changed
	Form     SeriesForm
	Stop     *StopForm
	Customer CustomerView
}

// SeriesForm makes a series, or changes what lies ahead in one.
type SeriesForm struct {
	Action, Back, Version string
	Fields                *PromiseFields // the first promise; nil when that stands already
	Sorts                 []ui.Option    // empty: the sort is given
	Steps                 []StepForm     // nil when it goes by a rule
	Rule                  *RuleForm
	More                  bool // another step fits
	Dates                 []ui.DoneView
	Preview               *ui.PreviewView
	Told, Who             string
	ToldNote              string
	Do                    string // what the button says
}

// StepForm is one step that is still to come.
type StepForm struct {
	N            string // from nought
	Legend       string
	What, When   string
	After, From  string
	Unit, Keeper string
	Kinds, Units []ui.Option
	Keepers      []ui.Option
}

// RuleForm is when it comes again.
type RuleForm struct {
	Every, Day, At, Until, Times string
	Units, Days, Nths, Closed    []ui.Option
}

// StopForm ends a series.
type StopForm struct {
	Action, Version, Why string
	Spoken               bool
	Who                  string
}

// OnwardForm asks how a series goes on after one of its promises.
type OnwardForm struct {
	Next    string // what comes next, in words
	Legend  string
	Options []ui.Option
	Why     string
	AskTime bool // the time of the next step has passed
	Due     string
	Told    string
}
