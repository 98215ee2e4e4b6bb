package html

import "github.com/houvast/houvast/internal/kit/web/ui"

// PeopleView is a page of who works here.
type PeopleView struct {
	Frame
	InviteHref string
	Rows       []PersonRow
	Pager      *ui.PagerView
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
	Invite                  InviteView
	// What they hold; Free says that they can leave.
	Held     []HeldRow
	Free     bool
	HandHref string
}

// HeldRow is one sort of thing that somebody holds.
type HeldRow struct{ Text, Href string }

// InviteView is whether somebody can sign in yet.
type InviteView struct {
	Text   string
	URL    string // to be copied; shown once
	Note   string
	Action string // "": nothing to send
	Label  string
}

// StarterView is the form of somebody who starts here.
type StarterView struct {
	Frame
	Name, Email, Job string
	Roles            []ui.Option
}
