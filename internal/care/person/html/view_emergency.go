package html

import "github.com/houvast/houvast/internal/kit/web/ui"

// Glass is how what is hidden of a customer is opened in an emergency: where
// that is done, or until when it is open and where it is closed.
type Glass struct{ Open, Text, End string }

// OpenView asks for the reason before anything is opened.
type OpenView struct {
	Title, Sub, Action, Back, Problem string
	Why                               ui.Input
	Errors                            ui.Errors
}

// EmergenciesView is what was opened in an emergency.
type EmergenciesView struct {
	Title, Sub string
	Scopes     []ui.Segment
	Rows       []EmergencyRow
	Pager      *ui.PagerView
	Empty      ui.EmptyView
}

// EmergencyRow is one of them.
type EmergencyRow struct {
	Who                          ui.Person
	Href, Text, Why, Note, State string
}

// EmergencyView is one of them, with "was this right?".
type EmergencyView struct {
	Title, Sub, Back, Problem string
	Errors                    ui.Errors
	Facts                     []ui.Fact
	Why, Note, Answered, End  string
	Action                    string // where the answer goes; empty: it cannot be given here
	Answer                    ui.ChoicesView
	AnswerNote                ui.Input
}
