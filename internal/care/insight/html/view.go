// Package html are the pages of insight. Its views are filled by the
// capability.
package html

import "github.com/houvast/houvast/internal/kit/web/ui"

// ReportView is how customers fared.
type ReportView struct {
	Head    ui.PageHeadView
	Spans   []ui.Segment
	Empty   *ui.EmptyView // when nothing was recorded yet
	Kept    ui.ChartView
	Figures []Figure
	ByKind  *ui.ChartView
	Told    *ui.ChartView
	Advisor *ui.ChartView
	// NoAdvisor says why there is no chart of the advisor.
	NoAdvisor string
	Behind    ui.ChartTable
}

// Figure is a number with its trend.
type Figure struct {
	Title, Value, Goal string
	Change             string // against the period before, when that is no chance
	Better             bool
	Text, Label        string
	Trend              ui.Drawing
}

// BehindView are the cases behind a number.
type BehindView struct {
	Head  ui.PageHeadView
	Back  string
	Rows  []BehindRow
	Empty ui.EmptyView
	Pager *ui.PagerView
}

// BehindRow is one case.
type BehindRow struct{ Href, Ref, Question, Owner, When, ISO, Part string }
