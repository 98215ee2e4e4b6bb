package html

import "github.com/houvast/houvast/internal/kit/web/ui"

// PeopleView is a page of who works here.
type PeopleView struct {
	Frame
	Rows  []PersonRow
	Pager *ui.PagerView
}

// PersonRow is one of them.
type PersonRow struct {
	Person           ui.Person
	Href, Note, Away string
}

// MemberView is one who works here.
type MemberView struct {
	Frame
	Name, Job, Email, Phone string
	Roles, Deputies         []ui.Option
	DeputyNote, AbsenceHref string
	Agreed, Active          bool
}
