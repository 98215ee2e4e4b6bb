package exchange

import (
	"embed"
	"slices"
	"strings"
	"time"
)

// Migrations are the tables of this capability.
//
//go:embed schema/*.sql
var Migrations embed.FS

// Form is how a list is written.
type Form string

// The forms.
const (
	CSV   Form = "csv"
	VCard Form = "vcard"
)

// State is how far an import is.
type State string

// The states, in the order in which an import goes through them.
const (
	Reading  State = "reading"  // the file is being sent
	Mapping  State = "mapping"  // somebody says what each column is
	Checking State = "checking" // the dry run
	Checked  State = "checked"  // somebody sees what would happen
	Running  State = "running"
	Stopped  State = "stopped"
	Done     State = "done"
	Undoing  State = "undoing"
	Undone   State = "undone"
	Dropped  State = "dropped" // not wanted
)

// Works says whether the watch has something to do for it.
func (s State) Works() bool { return s == Checking || s == Running || s == Undoing }

// Sizes and times. A chunk is one transaction (at most 500 rows each).
const (
	readChunk  = 500 // rows kept at a time while a file is read
	checkChunk = 100 // rows looked at in a dry run
	runChunk   = 25  // customers added: each has a name, contact points, terms and facts
	scanRows   = 400 // rows passed over in one step of a run
	clearChunk = 250

	// keepRows is how long the rows of a list are kept after the last thing that
	// was done with it. Until then an import can be undone.
	keepRows = 30 * 24 * time.Hour
	// readTime is how long a list may be on its way before it counts as broken off.
	readTime = 24 * time.Hour
)

// Class is what a dry run makes of a row.
type Class string

// The classes of rows.
const (
	Fresh Class = "new"   // not looked at yet
	OK    Class = "ok"    // will be added
	Part  Class = "part"  // something in it cannot be read, the rest can
	Wrong Class = "wrong" // cannot be added
	Twin  Class = "twin"  // probably somebody who is here already
)

// Choice is what happens with a row.
type Choice string

// The choices.
const (
	Skip     Choice = "skip"
	Add      Choice = "add"
	Complete Choice = "complete" // give the customer who is there what is missing
)

// Reason is what a row has in common with a customer.
type Reason string

// The reasons, the surest first.
const (
	SameID         Reason = "id"
	SameNumber     Reason = "number"
	SamePhoneBirth Reason = "phone-birth"
	SameNameBirth  Reason = "name-birth"
	SameEmailName  Reason = "email-name"
	SamePhoneName  Reason = "phone-name"
	SamePostName   Reason = "post-name"
)

var reasons = []Reason{SameID, SameNumber, SamePhoneBirth, SameNameBirth, SameEmailName, SamePhoneName, SamePostName}

// Group is a set of rows that share a choice: "ok", "part", "wrong", and for
// twins where the other is and why: "here:name-birth", "list:number".
type Group string

const (
	here   = "here:" // the same as a customer
	inList = "list:" // the same as an earlier row
)

// groups are those that leave something to choose.
func groups() []Group {
	out := []Group{Group(Part)}
	for _, where := range []string{here, inList} {
		for _, r := range reasons {
			out = append(out, Group(where+string(r)))
		}
	}
	return out
}

// Choices gives what may be chosen for a group; the first is what happens when
// nobody chooses.
func (g Group) Choices() []Choice {
	switch {
	case g == Group(OK):
		return []Choice{Add, Skip}
	case g == Group(Part):
		return []Choice{Skip, Add}
	case strings.HasPrefix(string(g), here+string(SameID)), strings.HasPrefix(string(g), inList+string(SameID)):
		return []Choice{Skip, Complete}
	case strings.HasPrefix(string(g), here), strings.HasPrefix(string(g), inList):
		return []Choice{Skip, Complete, Add}
	}
	return []Choice{Skip}
}

// Problem is something wrong with a row: the column, counted from 0 (-1 is the
// whole row), and the code of what it is.
type Problem struct {
	Column int    `json:"column"`
	Code   string `json:"code"`
}

// Codes of problems. Those in hard keep a row out; those in mild are said and
// change nothing else; with the rest the row can be added without that part.
const (
	nameMissing     = "name-missing"
	nameLong        = "name-long"
	bsnInName       = "bsn-in-name"
	tooManyCells    = "too-many-cells"
	cardUnreadable  = "card-unreadable"
	birthUnreadable = "birth-unreadable"
	birthImpossible = "birth-impossible"
	phoneUnreadable = "phone-unreadable"
	emailUnreadable = "email-unreadable"
	addressLong     = "address-long"
	pointsMany      = "points-many"
	noteLong        = "note-long"
	birthOfCompany  = "birth-of-company"
	languageOther   = "language-other"
	bsnMasked       = "bsn-masked"
	refusedUnknown  = "refused-unknown"
	rowFailed       = "row-failed"
	twinMeanwhile   = "twin-meanwhile"
)

var (
	hard = []string{nameMissing, nameLong, bsnInName, tooManyCells, cardUnreadable, rowFailed, twinMeanwhile}
	mild = []string{languageOther, bsnMasked}
)

func classOf(problems []Problem) Class {
	c := OK
	for _, p := range problems {
		switch {
		case slices.Contains(hard, p.Code):
			return Wrong
		case !slices.Contains(mild, p.Code):
			c = Part
		}
	}
	return c
}

// Import is a list of customers that somebody brought.
type Import struct {
	Org         string           `db:"org_id" json:"-"`
	ID          string           `db:"import_id" json:"id"`
	State       State            `db:"state" json:"state"`
	Form        Form             `db:"form" json:"form"`
	FileName    string           `db:"file_name" json:"file_name"`
	Bytes       int64            `db:"bytes" json:"bytes"`
	Encoding    string           `db:"encoding" json:"encoding,omitempty"`
	Separator   string           `db:"separator" json:"separator,omitempty"`
	Head        bool             `db:"head" json:"has_header"`
	Columns     []Column         `db:"columns,json" json:"columns"`
	Choices     map[Group]Choice `db:"choices,json" json:"choices"`
	Tally       map[string]int64 `db:"tally,json" json:"tally"`
	Rows        int64            `db:"row_count" json:"rows"`
	At          int64            `db:"at_row" json:"at_row"`
	By          string           `db:"by_member" json:"by_member_id"`
	ConfirmedBy string           `db:"confirmed_by" json:"confirmed_by_member_id,omitempty"`
	UndoneBy    string           `db:"undone_by" json:"undone_by_member_id,omitempty"`
	CreatedAt   time.Time        `db:"created_at" json:"created_at"`
	ConfirmedAt time.Time        `db:"confirmed_at" json:"confirmed_at,omitzero"`
	EndedAt     time.Time        `db:"ended_at" json:"ended_at,omitzero"`
	TouchedAt   time.Time        `db:"touched_at" json:"-"`
	Cleared     bool             `db:"cleared" json:"cleared"`
	LookAt      time.Time        `db:"look_at" json:"-"`
	Version     int64            `db:"version" json:"version"`
}

// Row is one customer of a list.
type Row struct {
	Org      string    `db:"org_id" json:"-"`
	Import   string    `db:"import_id" json:"-"`
	No       int64     `db:"row_no" json:"row"`
	Cells    []string  `db:"cells,json" json:"cells"`
	Class    Class     `db:"class" json:"class"`
	Problems []Problem `db:"problems,json" json:"problems,omitempty"`
	Reason   Reason    `db:"reason" json:"reason,omitempty"`
	TwinRow  int64     `db:"twin_row" json:"twin_row,omitempty"`
	TwinID   string    `db:"twin_id" json:"twin_person_id,omitempty"`
	Choice   Choice    `db:"choice" json:"choice,omitempty"`
	Outcome  string    `db:"outcome" json:"outcome,omitempty"`
	Person   string    `db:"person_id" json:"person_id,omitempty"`
	Facts    int64     `db:"facts" json:"-"`
}

// Group is the group a row is in.
func (r Row) Group() Group {
	switch {
	case r.Class == Twin && r.TwinID != "":
		return Group(here + string(r.Reason))
	case r.Class == Twin:
		return Group(inList + string(r.Reason))
	}
	return Group(r.Class)
}

// ChoiceFor is what will happen with a row: what was chosen for it, else for
// its group, else what the group does by itself.
func (i Import) ChoiceFor(r Row) Choice {
	g := r.Group()
	if r.Choice != "" && slices.Contains(g.Choices(), r.Choice) {
		return r.Choice
	}
	return i.ChoiceOf(g)
}

// ChoiceOf is what happens with a group.
func (i Import) ChoiceOf(g Group) Choice {
	if c, ok := i.Choices[g]; ok && slices.Contains(g.Choices(), c) {
		return c
	}
	return g.Choices()[0]
}

// Forecast is how many rows end in which way when an import runs.
type Forecast struct {
	Add      int64 `json:"add"`
	Complete int64 `json:"complete"`
	Skip     int64 `json:"skip"`
	Wrong    int64 `json:"wrong"`
}

// Tally keys: a group alone counts its rows; with a choice the rows for which
// somebody chose that; "problem:" counts problems, "outcome:" what became of rows.
func chosenKey(g Group, c Choice) string { return string(g) + "|" + string(c) }

func problemKey(code string) string { return "problem:" + code }

func outcomeKey(outcome string) string { return "outcome:" + outcome }

// Outcomes of rows.
const (
	added     = "added"
	completed = "completed"
	failed    = "failed"
	undone    = "undone"
	kept      = "kept"
)

// Forecast tells what running would do.
func (i Import) Forecast() (f Forecast) {
	count := func(c Choice, n int64) {
		switch c {
		case Add:
			f.Add += n
		case Complete:
			f.Complete += n
		case Skip:
			f.Skip += n
		}
	}
	for _, g := range append([]Group{Group(OK)}, groups()...) {
		rest := i.Tally[string(g)]
		for _, c := range g.Choices() {
			n := i.Tally[chosenKey(g, c)]
			count(c, n)
			rest -= n
		}
		count(i.ChoiceOf(g), rest)
	}
	f.Wrong = i.Tally[string(Wrong)]
	return f
}
