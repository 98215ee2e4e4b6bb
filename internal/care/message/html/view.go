// Package html holds the desk's pages of messages and calls, and the pieces of
// them on other pages. The view structs hold texts in the reader's language;
// the capability fills them.
package html

import (
	"time"

	"github.com/houvast/houvast/internal/kit/web/ui"
)

// CallsView are the calls to be made.
type CallsView struct {
	Title, Sub string
	Scopes     []ui.Segment
	Calls      []Call
	Pager      *ui.PagerView
	Empty      ui.EmptyView
	Errors     ui.Errors
	Problem    string
}

// Call is one call to be made.
type Call struct {
	ID, Name, Number, Tel string
	About, Note           string
	Say                   []string
	SayLang               string
	By                    time.Time
	CaseHref              string
	Spoken, NoAnswer      string // where the forms post to
	Said                  string
	Open                  bool
	Primary               bool
	Errors                ui.Errors
}

// Panel are the calls beside today.
type Panel struct {
	Calls []Call
	Count int
}

// CaseView are the messages of a case.
type CaseView struct {
	LiveKey string
	Items   []Item
	Count   int
}

// Item is one message.
type Item struct {
	ID, Icon, Title, Note, Href string
	State                       ui.PromiseState
	Word                        string
	When                        time.Time
	Decide                      string // what a person is asked to do
}

// MessageView is the page of one message.
type MessageView struct {
	Eyebrow, Title, Sub, Back string
	State                     ui.PromiseState
	Callout                   string // rich
	Body                      []string
	BodyLang                  string
	Facts                     []ui.Fact
	Resend, Arrived, Missed   string // where the buttons post to
	Spoken                    string
	Said                      string
	Channel                   string
	LiveKey                   string
	Errors                    ui.Errors
	Problem                   string
}
