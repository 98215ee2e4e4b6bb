package html

import "github.com/houvast/houvast/internal/kit/web/ui"

// PersonQuestionsView are the open questions of a customer.
type PersonQuestionsView struct {
	Rows          []ui.PromiseRowView
	Hint, LiveKey string
}

// PersonPromisesView is what was promised to a customer: how all of it ended,
// oldest first, and the newest ones by name.
type PersonPromisesView struct {
	Who, Summary, LiveKey string
	States                []ui.PromiseState
	Rows, Older           []ui.PromiseRowView
}

// PersonContactsView is who spoke with a customer, and when.
type PersonContactsView struct {
	Count int
	Days  []TimelineDay
}
