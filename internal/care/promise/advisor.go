package promise

import (
	"math"
	"slices"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/stats"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/db"
)

const (
	recordMost  = 400   // recent deliveries an advice looks at
	recordLeast = 20    // that were delivered, for a group to speak for itself
	recordHalf  = 120.0 // the delivery this far back counts half
	riskyShare  = .7
	safeShare   = .97
	barsMost    = 9
)

// record is what a group of deliveries says: the survival curve of working
// time, in milliseconds, where recent ones weigh more and open ones count for
// as long as they have lasted.
type record struct {
	basis Basis
	curve stats.Curve
	leads []float64 // of those delivered, sorted
	of    int       // open ones included
	worth float64   // how many equal ones the weighted ones are worth
}

// recordOf reads deliveries, newest first.
func recordOf(basis Basis, list []Delivery, cal workcal.Calendar, now time.Time) record {
	r := record{basis: basis, of: len(list)}
	seen := make([]stats.Seen, len(list))
	last, age, sum, squares := now, time.Duration(0), 0.0, 0.0
	for i, d := range list {
		// Ages add up, so that the calendar is walked once.
		age += max(0, cal.Between(d.Asked, last))
		last = d.Asked
		w := math.Exp2(-float64(i) / recordHalf)
		seen[i] = stats.Seen{Time: float64(age.Milliseconds()), Weight: w}
		if !d.Ended.IsZero() {
			seen[i].Time, seen[i].Ended = float64(d.Work.Milliseconds()), d.Delivered
		}
		if seen[i].Ended {
			r.leads = append(r.leads, seen[i].Time)
		}
		sum += w
		squares += w * w
	}
	slices.Sort(r.leads)
	r.curve = stats.KaplanMeier(seen)
	if squares > 0 {
		r.worth = sum * sum / squares
	}
	return r
}

func (r record) speaks() bool { return len(r.leads) >= recordLeast }

// within is the working time in which a share is managed, with the order
// statistic's room for the next one: (n+1)p of n.
func (r record) within(share float64) (time.Duration, bool) {
	if !r.speaks() || share*(r.worth+1) > r.worth {
		return 0, false
	}
	t, ok := r.curve.Quantile(share * (r.worth + 1) / r.worth)
	return time.Duration(t) * time.Millisecond, ok
}

// odds is the share managed within a working time, counted the same way.
func (r record) odds(work time.Duration) float64 {
	if !r.speaks() {
		return 0
	}
	return (1 - r.curve.At(float64(work.Milliseconds()))) * r.worth / (r.worth + 1)
}

// groups are what an advice may rest on, narrow to wide.
type groups struct {
	org     org.Organisation
	kind    Kind
	now     time.Time
	records []record
}

func groupsFor(q db.Q, who actor.Actor, in Wanted) (groups, error) {
	o, err := org.ByID(q, who.Org)
	if err != nil {
		return groups{}, err
	}
	team := in.Team
	if team == "" && who.Member != "" {
		if team, err = teamOf(q, who.Org, who.Member); err != nil {
			return groups{}, err
		}
	}
	return groupsOf(q, o, in.Kind, team)
}

// groupsOf reads no further than the narrowest group that can say it: as a rule
// one query of recordMost rows, by index.
func groupsOf(q db.Q, o org.Organisation, kind Kind, team string) (groups, error) {
	if kind == "" {
		kind = Answer
	}
	g := groups{org: o, kind: kind, now: q.Now()}
	if kind == Visit || kind == Closing || kind == Duty {
		return g, nil
	}
	for _, x := range []struct {
		basis Basis
		kind  Kind
		team  string
	}{{BasisTeamKind, g.kind, team}, {BasisKind, g.kind, ""}, {BasisAll, "", ""}} {
		if x.basis == BasisTeamKind && team == "" {
			continue
		}
		list, err := recentDeliveries(q, o.ID, x.kind, x.team, recordMost)
		if err != nil {
			return g, err
		}
		r := recordOf(x.basis, list, g.org.Calendar, g.now)
		g.records = append(g.records, r)
		if _, ok := r.within(g.org.Settings.AdvisedShare); ok {
			break // the narrowest group that can say it
		}
	}
	return g, nil
}

// told is the narrowest record that can say the advised share; there is one
// that spoke but could not say it when cannot is true.
func (g groups) told() (r record, ok, cannot bool) {
	for _, r := range g.records {
		if _, ok := r.within(g.org.Settings.AdvisedShare); ok {
			return r, true, false
		}
		cannot = cannot || r.speaks()
	}
	return r, false, cannot
}

func (g groups) odds(due time.Time) int {
	r, ok, _ := g.told()
	if !ok {
		return 0
	}
	return int(1000 * r.odds(g.org.Calendar.Between(g.now, due)))
}

func (g groups) advise() Advice {
	cal, set := g.org.Calendar, g.org.Settings
	a := Advice{Basis: BasisNorm, TellMore: UpdateDue(cal, g.now, set.UpdateMinute())}
	r, ok, cannot := g.told()
	switch {
	case cannot: // there is a record, and it never reaches the share
		a.CannotSay = true
		for _, r := range g.records {
			if r.speaks() {
				a.Basis, a.Of = r.basis, r.of
				break
			}
		}
		return a
	case !ok:
		due := Suggest(cal, g.now)
		if norm := g.norm(); norm > 0 {
			due = Natural(cal, g.now, norm)
		}
		// An update soon, the norm, and two days of room after that.
		for _, at := range []time.Time{a.TellMore, due, cal.EndOfWorkingDay(due, 2).UTC()} {
			if advised := at.Equal(due); advised || len(a.Suggestions) == 0 == at.Before(due) {
				a.Suggestions = append(a.Suggestions, Suggestion{Due: at, Advised: advised})
			}
		}
		return a
	}
	a.Basis, a.Of = r.basis, r.of
	for _, share := range []float64{riskyShare, set.AdvisedShare, safeShare} {
		advised := share == set.AdvisedShare
		work, ok := r.within(share)
		if !ok || !advised && (share > set.AdvisedShare) != (share == safeShare) {
			continue // the record is too short for it, or the advised share is beyond it
		}
		s := Suggestion{Due: Natural(cal, g.now, work), Of: r.of, Advised: advised}
		s.Odds = r.odds(cal.Between(g.now, s.Due))
		if n := len(a.Suggestions); n > 0 && !s.Due.After(a.Suggestions[n-1].Due) { // rounded to the same moment
			a.Suggestions[n-1].Advised = a.Suggestions[n-1].Advised || advised
			continue
		}
		a.Suggestions = append(a.Suggestions, s)
	}
	for _, s := range a.Suggestions {
		if s.Advised {
			g.draw(&a, r, s.Due)
		}
	}
	return a
}

// norm is the working time to promise while there is no record.
func (g groups) norm() time.Duration {
	hours := 0
	switch set := g.org.Settings; g.kind {
	case Answer:
		hours = set.NormAnswer
	case Callback:
		hours = set.NormCallback
	case Decision:
		hours = set.NormDecision
	case Document:
		hours = set.NormDocument
	case Update, Visit, Closing, Duty:
	}
	return time.Duration(hours) * time.Hour
}

// draw counts how many took how long: bars of equal working time, the last one
// holding all that is longer than nearly all took.
func (g groups) draw(a *Advice, r record, due time.Time) {
	cut := float64(g.org.Calendar.Between(g.now, due).Milliseconds())
	long := max(stats.NearestRank(r.leads, safeShare), cut)
	if long <= 0 {
		return
	}
	// The cut falls between two bars.
	a.Cut = min(max(1, int(math.Round(cut/long*barsMost))), barsMost)
	width := cut / float64(a.Cut)
	if width <= 0 {
		return
	}
	a.Bars = make([]int, barsMost)
	for _, t := range r.leads {
		a.Bars[min(max(0, int(math.Ceil(t/width))-1), barsMost-1)]++
	}
	a.Until = g.org.Calendar.Add(g.now, time.Duration(width*barsMost)*time.Millisecond).UTC()
}

// Natural is a moment that people name, within opening hours and at least so
// much working time from now: a half hour when it is soon, a whole hour within
// some hours, the end of a morning, an afternoon or a day after that, and the
// end of a working day when it is days away.
func Natural(cal workcal.Calendar, now time.Time, work time.Duration) time.Time {
	at := cal.Add(now, max(work, 15*time.Minute))
	if at.IsZero() {
		return Suggest(cal, now)
	}
	step := time.Duration(0)
	switch {
	case work <= 2*time.Hour:
		step = 30 * time.Minute
	case work <= 5*time.Hour:
		step = time.Hour
	}
	end := cal.CloseOf(at.Add(-time.Millisecond))
	if end.IsZero() {
		return Suggest(cal, now)
	}
	if step > 0 {
		// Steps count from local midnight, so that a zone of half hours is natural too.
		_, offset := at.In(cal.Location()).Zone()
		shift := time.Duration(offset) * time.Second
		up := at.Add(shift + step - time.Millisecond).Truncate(step).Add(-shift)
		if up.Before(end) {
			return up.UTC()
		}
		return end.UTC()
	}
	if work > 16*time.Hour {
		if day := cal.EndOfWorkingDay(at.Add(-time.Millisecond), 0); !day.Before(at) {
			return day.UTC()
		}
	}
	return end.UTC()
}
