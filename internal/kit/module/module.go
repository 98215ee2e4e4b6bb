package module

import (
	"context"
	"io/fs"

	"github.com/a-h/templ"
	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/web"
)

// Module is one capability. Whatever is nil or empty it simply has not.
type Module struct {
	Name       string
	Migrations fs.FS // schema/*.sql
	Lang       *lang.Source
	Jobs       []job.Kind
	Followers  []ledger.Follower
	Workers    []job.Worker
	API        func(huma.API)
	Desk       func(*web.Mux) // pages for staff
	Portal     func(*web.Mux) // pages for customers and other organisations
	Nav        []NavItem
	Commands   []Command
	Checks     []Check
	Panels     []Panel
}

// NavItem is an entry of the desk's navigation. Count may be nil; hot means
// that something counted needs somebody soon. On a phone the first five without
// a group stand in the bar, all others in the menu.
type NavItem struct {
	Key, Href, Icon string
	LabelKey        string                 // in the language catalogue
	Order           int                    // place in the navigation, lowest first
	Group           Group                  // the titled group it stands in; "" is the main one
	May             func(actor.Actor) bool // who sees it; nil is everybody who signed in
	Count           func(ctx context.Context, who actor.Actor) (n int, hot bool, err error)
}

// Group is a titled part of the navigation, below the main one.
type Group string

// GroupOrganisation is what is about the organisation itself: its people,
// agreements and settings.
const GroupOrganisation Group = "organisation"

// Groups are all of them, in the order of the page; their titles stand in the
// catalogue under desk.nav.group-<group>.
var Groups = []Group{GroupOrganisation}

// Command is something the palette offers by name: a page to go to. Every
// command works as a link too.
type Command struct {
	LabelKey string                 // in the catalogue: "Import customers"
	WordsKey string                 // other words people look for it by, in the catalogue; may be empty
	Href     string                 // where it leads
	Icon     string                 // of the icon set
	May      func(actor.Actor) bool // who is offered it; nil is everybody who signed in
}

// Check looks at the store as it is for rows that break an invariant. Rows is
// how many it looked at: none means "not applicable", never "held"
// (decision 28). A violation is told by ids and codes, without personal text.
type Check struct {
	Invariant int // of the ten in docs/invariants.md
	Name      string
	Run       func(q db.Q) (rows int64, violations []string, err error)
}

// CountAndList is what most checks are: one query that counts the rows looked
// at, and one that gives the ids of those that break the invariant, of which
// the first twenty are enough.
func CountAndList(q db.Q, count, list string) (rows int64, violations []string, err error) {
	if rows, err = db.Get[int64](q, count); err != nil {
		return 0, nil, err
	}
	violations, err = db.Select[string](q, list+` LIMIT 20`)
	return rows, violations, err
}

// Slot is a place on a shared page where siblings put a piece of their own.
type Slot string

// The slots.
const (
	CaseAside    Slot = "case.aside"    // beside a case
	CaseComposer Slot = "case.composer" // a tab where something is done to a case
	TodayAside   Slot = "today.aside"   // beside today's promises
	PersonMain   Slot = "person.main"   // on the page of a person
	PersonAside  Slot = "person.aside"  // beside it
	Question     Slot = "question"      // on the customer's page
)

// Panel is a piece of a page that a capability puts on a page of another. A
// Render that gives nil has nothing to show here.
type Panel struct {
	Slot     Slot
	Key      string // for the anchor, and the tab of a composer
	LabelKey string // in the catalogue; empty where the slot shows no label
	Order    int    // lowest first
	Render   func(c *web.Ctx, args PanelArgs) (templ.Component, error)
}

// PanelArgs say what the page is about; empty what it is not about.
type PanelArgs struct {
	Org, Case, Person, Question string
}
