package message

import (
	"slices"
	"time"

	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

// Route is one contact point by which something could be said, and from when.
type Route struct {
	Point   string
	Channel Channel
	Masked  string
	From    time.Time // the hours the person gave and, for the phone, our own
	Chosen  bool      // the person gave the hours: our quiet hours do not count
}

// Routes gives the ways to reach a person that we can use, in the order in
// which they are tried, and the channels the person has that we cannot use. A
// refused or broken contact point is in neither.
func Routes(points []person.ContactPoint, cal workcal.Calendar, usable func(Channel) bool, now time.Time) (routes []Route, skipped []Channel) {
	for _, p := range person.Reach(points, now.In(cal.Location())) {
		c := Channel(p.Kind)
		if !usable(c) {
			if !slices.Contains(skipped, c) {
				skipped = append(skipped, c)
			}
			continue
		}
		from := now
		if p.Hours != nil {
			from = within(p, cal, now)
		}
		if c == Phone {
			from = both(p, cal, now)
		}
		if !from.IsZero() {
			routes = append(routes, Route{Point: p.ID, Channel: c, Masked: p.Hint(), From: from.UTC(), Chosen: p.Hours != nil})
		}
	}
	return routes, skipped
}

// within is when a contact point can be used next; zero for never.
func within(p person.ContactPoint, cal workcal.Calendar, at time.Time) time.Time {
	if p.Hours == nil {
		return at
	}
	return workcal.Calendar{Zone: cal.Zone, Week: *p.Hours}.NextOpen(at)
}

// both is when we are open and the person can be reached.
func both(p person.ContactPoint, cal workcal.Calendar, at time.Time) time.Time {
	for range 60 {
		open := cal.NextOpen(at)
		if open.IsZero() {
			return within(p, cal, at) // never open: the customer's hours are all there is
		}
		at = within(p, cal, open)
		if at.IsZero() || at.Equal(open) {
			return at
		}
	}
	return time.Time{}
}

// Choose gives the first route that is in time and was not tried in the chain
// of messages with this intent. Once a copy may be with the customer, only a
// person can say it again: the phone.
func Choose(routes []Route, chain []Message, wanted Channel, before time.Time) (Route, bool) {
	onlyPhone := slices.ContainsFunc(chain, func(m Message) bool { return m.State.MayHaveArrived() })
	fits := func(r Route) bool {
		return (before.IsZero() || r.From.Before(before)) && (!onlyPhone || r.Channel == Phone) &&
			!slices.ContainsFunc(chain, func(m Message) bool { return m.Point == r.Point && m.State != Recalled })
	}
	for _, r := range routes {
		if r.Channel == wanted && fits(r) {
			return r, true
		}
	}
	for _, r := range routes {
		if fits(r) {
			return r, true
		}
	}
	return Route{}, false
}
