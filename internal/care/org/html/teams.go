package html

import "github.com/houvast/houvast/internal/kit/web/ui"

// TeamsView is a page of the teams.
type TeamsView struct {
	Frame
	NewHref string
	Rows    []TeamRow
	Pager   *ui.PagerView
}

// TeamRow is one of them.
type TeamRow struct{ Name, Href, Note, Away string }

// TeamView is one team, to be made or changed.
type TeamView struct {
	Frame
	New                bool
	Name               string
	Duty, Members      []ui.Option
	AutoAccept, Active bool
}
