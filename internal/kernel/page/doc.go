// Package page cuts long lists into pages.
//
// A page ends with a cursor: the sort key of its last item, opaque to
// clients. The next page holds what sorts after it, so that nothing is shown
// twice or skipped when rows come and go between two pages.
package page
