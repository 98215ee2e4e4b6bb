package casefile

import (
	"net/url"
	"regexp"
	"strconv"
	"time"
)

// Lanes are the cases that are alike in what they need.
const (
	LaneSoon    = "soon"    // breaking soon
	LaneWaiting = "waiting" // for the customer or for others
	LaneBack    = "back"    // opened again, or passed around
	LaneOld     = "old"     // open over so many days
	LaneUrgent  = "urgent"
	LaneClosed  = "closed"
)

// Lanes that a filter may name.
var Lanes = []string{LaneSoon, LaneWaiting, LaneBack, LaneOld, LaneUrgent, LaneClosed}

// Orders of a list; closed cases are always in the order of their end.
const (
	OrderDue    = "due"
	OrderOldest = "oldest"
	OrderNewest = "newest"
)

// Orders that a filter may name.
var Orders = []string{OrderDue, OrderOldest, OrderNewest}

// Filter says which cases a list shows, and in which order.
type Filter struct {
	Owner  string // "" is everybody's
	Person string // about or asked by this customer
	Closed bool

	Team  string
	Kind  string // of the next promise
	Lane  string
	Order string

	SoonBy       time.Time // LaneSoon: what falls due until then
	Tomorrow     time.Time // LaneSoon: what is at risk before then
	OpenedBefore time.Time
	OpenedAfter  time.Time
}

// Mark is a place in a list: the time and id of a case.
type Mark struct {
	At time.Time
	ID string
}

var marks = regexp.MustCompile(`\$\d+`)

// Query is a filter as it stands in the address of a page, and as it is kept.
type Query struct {
	Owner string `form:"owner"` // a member, or "me"
	Team  string `form:"team"`
	Kind  string `form:"kind"`
	Lane  string `form:"lane"`
	Days  int    `form:"days"` // LaneOld: open over so many days
	Order string `form:"order"`
}

// Me is the owner that stands for whoever looks.
const Me = "me"

// oldDays is what "open over so many days" means unless somebody says otherwise.
const oldDays = 14

// maxDays bounds it.
const maxDays = 3650

// ReadQuery reads a filter from the values of an address. What is not known is
// left out, so that an old link still leads somewhere.
func ReadQuery(v url.Values) Query {
	q := Query{Owner: short(v.Get("owner")), Team: short(v.Get("team")), Kind: oneOf(v.Get("kind"), nextKinds...),
		Lane: oneOf(v.Get("lane"), Lanes...), Order: oneOf(v.Get("order"), Orders...)}
	switch v.Get("who") { // as links were written before there were filters
	case "closed":
		q.Lane = LaneClosed
	case "mine":
		q.Owner = Me
	}
	if n, err := strconv.Atoi(v.Get("days")); err == nil && n > 0 && n <= maxDays {
		q.Days = n
	}
	return q.tidy()
}

// tidy leaves out what says nothing, so that two ways to write a filter are one.
func (q Query) tidy() Query {
	if q.Lane != LaneOld {
		q.Days = 0
	} else if q.Days == 0 {
		q.Days = oldDays
	}
	if q.Lane == LaneClosed {
		q.Order, q.Kind = "", ""
	}
	if q.Order == q.usual() {
		q.Order = ""
	}
	return q
}

// usual is the order when none is asked for.
func (q Query) usual() string {
	if q.Lane == LaneOld {
		return OrderOldest
	}
	return OrderDue
}

// Values are the filter as it stands in an address.
func (q Query) Values() url.Values {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("owner", q.Owner)
	set("team", q.Team)
	set("kind", q.Kind)
	set("lane", q.Lane)
	if q.Days > 0 {
		v.Set("days", strconv.Itoa(q.Days))
	}
	set("order", q.Order)
	return v
}

// Filter is what the query means for a member at a moment.
func (q Query) Filter(member string, h horizon) Filter {
	f := Filter{Owner: q.Owner, Team: q.Team, Kind: q.Kind, Lane: q.Lane, Order: q.Order, Closed: q.Lane == LaneClosed}
	if f.Owner == Me {
		f.Owner = member
	}
	if f.Order == "" {
		f.Order = q.usual()
	}
	switch q.Lane {
	case LaneSoon:
		f.SoonBy, f.Tomorrow = h.soon, h.until()
	case LaneOld:
		f.OpenedBefore = h.begin.AddDate(0, 0, -q.Days)
	}
	return f
}

// horizon is what "soon" and "today" mean now, where the organisation is.
type horizon struct {
	now, begin, tomorrow time.Time
	soon                 time.Time
}

// until is the end of what may be breaking soon.
func (h horizon) until() time.Time {
	if h.soon.Before(h.tomorrow) {
		return h.tomorrow
	}
	return h.soon.Add(time.Millisecond)
}

// nextKinds are the kinds a next promise can have.
var nextKinds = []string{"answer", "decision", "update", "callback", "document", "visit", "closing", "duty"}

// short is a text of an address that is no longer than any id.
func short(s string) string {
	if len(s) > 60 {
		return ""
	}
	return s
}

// key is the time by which a case stands in the list.
func (f Filter) key(c Case) time.Time {
	switch name, _ := f.column(); name {
	case "closed_at":
		return c.ClosedAt
	case "opened_at":
		return c.OpenedAt
	}
	return c.NextDue
}

// mark is the place of a case in the list.
func (f Filter) mark(c Case) Mark { return Mark{f.key(c), c.ID} }

// is says whether two queries ask for the same.
func (q Query) is(other Query) bool { return q.tidy() == other.tidy() }
