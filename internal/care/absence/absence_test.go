package absence

import (
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

var now = time.Date(2026, 11, 12, 8, 0, 0, 0, time.UTC)

func TestDecide(t *testing.T) {
	open := func(kind promise.Kind, in time.Duration) promise.Promise {
		return promise.Promise{ID: "p", Kind: kind, State: promise.Open, Due: now.Add(in)}
	}
	moving := open(promise.Answer, time.Hour)
	moving.MovingTo = "q"
	until := now.Add(24 * time.Hour)
	wanted := Item{Action: Move, State: Wanted, NewDue: now.Add(48 * time.Hour)}
	failed := wanted
	failed.State = Failed
	past := wanted
	past.NewDue = now
	for name, c := range map[string]struct {
		a      Absence
		p      promise.Promise
		wanted Item
		want   Action
	}{
		"due meanwhile":        {Absence{Until: until}, open(promise.Answer, time.Hour), Item{}, Hand},
		"due at the return":    {Absence{Until: until}, open(promise.Answer, 24*time.Hour), Item{}, Stay},
		"due later":            {Absence{Until: until}, open(promise.Answer, 30*time.Hour), Item{}, Stay},
		"no end":               {Absence{}, open(promise.Answer, 300*time.Hour), Item{}, Hand},
		"all":                  {Absence{Until: until, AllCases: true}, open(promise.Answer, 300*time.Hour), Item{}, Hand},
		"moved":                {Absence{Until: until}, open(promise.Answer, time.Hour), wanted, Move},
		"could not be moved":   {Absence{Until: until}, open(promise.Answer, time.Hour), failed, Hand},
		"moved to the past":    {Absence{Until: until}, open(promise.Answer, time.Hour), past, Hand},
		"overdue":              {Absence{Until: until}, open(promise.Answer, -time.Minute), wanted, Hand},
		"is moving already":    {Absence{Until: until}, moving, wanted, Hand},
		"closing":              {Absence{Until: until}, open(promise.Closing, time.Hour), Item{}, Stay},
		"closing of all":       {Absence{Until: until, AllCases: true}, open(promise.Closing, time.Hour), Item{}, Hand},
		"duty cannot be moved": {Absence{Until: until}, open(promise.Duty, time.Hour), wanted, Hand},
	} {
		if got := Decide(c.a, c.p, c.wanted, now); got != c.want {
			t.Errorf("%s: %s, expected %s", name, got, c.want)
		}
	}
}

func TestStandIn(t *testing.T) {
	here := org.Member{ID: "here", Active: true}
	left := org.Member{ID: "left"}
	away := org.Member{ID: "away", Active: true, AwayFrom: now.Add(-time.Hour)}
	soonAway := org.Member{ID: "soon", Active: true, AwayFrom: now.Add(time.Hour)}
	for name, c := range map[string]struct {
		chain []org.Member
		due   time.Time
		want  string
	}{
		"first":              {[]org.Member{here, soonAway}, time.Time{}, "here"},
		"next":               {[]org.Member{away, left, here}, time.Time{}, "here"},
		"there when due":     {[]org.Member{soonAway, here}, now.Add(2 * time.Hour), "here"},
		"due before":         {[]org.Member{soonAway, here}, now.Add(time.Minute), "soon"},
		"nobody when due":    {[]org.Member{away, soonAway}, now.Add(2 * time.Hour), "soon"},
		"nobody":             {[]org.Member{away, left}, time.Time{}, ""},
		"no chain":           {nil, time.Time{}, ""},
		"not for themselves": {[]org.Member{{ID: "me", Active: true}}, time.Time{}, ""},
	} {
		m, ok := StandIn(c.chain, "me", now, c.due)
		if m.ID != c.want || ok != (c.want != "") {
			t.Errorf("%s: %q", name, m.ID)
		}
	}
}

func TestAllByDefault(t *testing.T) {
	cal := workcal.Default("")
	monday := time.Date(2026, 11, 9, 7, 0, 0, 0, time.UTC)
	for until, want := range map[time.Time]bool{{}: true, monday.AddDate(0, 0, 1): false, monday.AddDate(0, 0, 4): false, monday.AddDate(0, 0, 7): true} {
		if AllByDefault(cal, monday, until, 5) != want {
			t.Error(until)
		}
	}
}

func TestOverlaps(t *testing.T) {
	a := Absence{From: now, Until: now.Add(time.Hour)}
	for name, c := range map[string]struct {
		from, until time.Time
		want        bool
	}{
		"after":   {now.Add(time.Hour), time.Time{}, false},
		"before":  {now.Add(-time.Hour), now, false},
		"within":  {now.Add(time.Minute), now.Add(2 * time.Minute), true},
		"endless": {now.Add(-time.Hour), time.Time{}, true},
	} {
		if a.Overlaps(c.from, c.until) != c.want {
			t.Error(name)
		}
	}
}
