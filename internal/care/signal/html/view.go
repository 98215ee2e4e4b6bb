// Package html holds the desk's page of signals. The view structs hold texts
// in the reader's language; the capability fills them.
package html

import "github.com/houvast/houvast/internal/kit/web/ui"

// ListView are the open signals.
type ListView struct {
	Title, Sub string
	Scopes     []ui.Segment
	Groups     []Group
	Pager      *ui.PagerView
	Empty      ui.EmptyView
	Problem    string
}

// Group are the signals of one level.
type Group struct {
	ID, Title string
	Signals   []Signal
}

// Signal is one signal with what can be done about it.
type Signal struct {
	ui.SignalView
	Open, Take, Settle string // the case, and where the forms post to
	Reasons            []ui.Option
}
