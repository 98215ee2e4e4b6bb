package html

import "github.com/houvast/houvast/internal/kit/web/ui"

// BulkPage is what would happen with several cases; nothing has changed yet.
type BulkPage struct {
	Title, Sub string
	Back       string
	Do         string
	Cases      []string
	To         []ui.Option // handoff: who can be asked
	ToValue    string
	Due        string // move, wait: as typed
	Text       string // note, wait: as typed
	Problem    string
	Errors     ui.Errors
	Plan       *BulkPlan // nil until enough was chosen
}

// BulkPlan is the outcome, before it happens.
type BulkPlan struct {
	Says    []string // what happens, who is asked, who hears of it
	Sample  *ui.PreviewView
	Rows    []BulkLine
	Cannot  []BulkLine
	Confirm string // the word on the button; "" when nothing can be done
	Due     string // the moment that was meant, exactly
	Once    string
	Keep    []BulkPromise
}

// BulkPromise is a promise that was shown with its case.
type BulkPromise struct{ Case, Promise string }

// BulkLine is one case: what would happen with it, what did, or why not.
type BulkLine struct {
	State              ui.PromiseState
	Word               string
	Ref, Subject, Href string
	Who, What          string
}

// BulkResult is what became of each case.
type BulkResult struct {
	Title, Sub   string
	Progress     string // while it goes on
	Done, Of     int
	Rows         []BulkLine
	Back, Reload string
}
