package casefile_test

import (
	"flag"
	"fmt"
	"io/fs"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/casefile/casefiletest"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// Whatever people do and however the clock jumps, the invariants hold after
// every step: by the capabilities' own checks, and counted anew in Go from
// rows and facts.
func TestWhateverPeopleDo(t *testing.T) {
	few(t, 12)
	for name, open := range map[string]func(testing.TB, ...fs.FS) *kittest.DB{"sqlite": kittest.SQLite, "postgres": kittest.Postgres} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				d := open(t, casefiletest.Migrations...) // a house of its own: histories stay short
				defer func() { _ = d.Close() }()
				m := &machine{w: casefiletest.New(t, d), r: r}
				for range rapid.IntRange(4, 25).Draw(r, "steps") {
					if m.step(); t.Failed() {
						r.Fatal("it could not even be tried")
					}
				}
			})
		})
	}
}

// few bounds how many sequences are tried, unless -rapid.checks says otherwise:
// each step is several transactions on a real disk.
func few(t *testing.T, n int) {
	t.Helper()
	f := flag.Lookup("rapid.checks")
	given := false
	flag.Visit(func(g *flag.Flag) { given = given || g.Name == f.Name })
	if given {
		return
	}
	old := f.Value.String()
	if err := f.Value.Set(strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Value.Set(old) })
}

// machine does what is drawn to one case after another.
type machine struct {
	w    *casefiletest.World
	r    *rapid.T
	mine []string
}

// refusals are what a command may say no with; anything else is a bug.
var refusals = map[errs.Class]bool{errs.Conflict: true, errs.Invalid: true, errs.Stale: true}

func (m *machine) did(what string, err error) {
	if err != nil && !refusals[errs.ClassOf(err)] {
		m.r.Fatalf("%s: %v", what, err)
	}
}

func (m *machine) promise() promise.Make {
	w := m.w
	d := rapid.SampledFrom([]time.Duration{20 * time.Minute, 3 * time.Hour, 26 * time.Hour, 50 * time.Hour}).Draw(m.r, "in")
	at := w.Now().Add(d)
	if cal := w.Org.Calendar; !cal.OpenAt(at) {
		at = cal.CloseOf(at).UTC()
	}
	p := promise.Make{What: "De uitslag", Due: at, Spoken: rapid.Bool().Draw(m.r, "spoken"), Keeper: rapid.SampledFrom([]string{"", w.Team.ID, w.Specialist.ID}).Draw(m.r, "keeper")}
	if rapid.IntRange(0, 5).Draw(m.r, "visit") == 0 {
		p.Kind, p.From = promise.Visit, at.Add(-15*time.Minute)
	}
	return p
}

func (m *machine) next() *promise.Next {
	switch rapid.IntRange(0, 4).Draw(m.r, "next") {
	case 0:
		return nil
	case 1:
		return &promise.Next{Close: rapid.SampledFrom([]string{casefile.Agreed, casefile.Withdrawn, casefile.Silence}).Draw(m.r, "close")}
	}
	p := m.promise()
	return &promise.Next{Promise: &p}
}

// series is some steps after a first promise, or the same again by a rule.
func (m *machine) series() promise.MakeSeries {
	in := promise.MakeSeries{First: m.promise()}
	if rapid.Bool().Draw(m.r, "by a rule") {
		local := in.First.Due.In(m.w.Org.Calendar.Location())
		in.Rule = &promise.Rule{Every: rapid.IntRange(1, 2).Draw(m.r, "every"), Unit: rapid.SampledFrom([]promise.Unit{promise.Daily, promise.Weekly}).Draw(m.r, "unit"),
			Days: []time.Weekday{local.Weekday()}, Minute: local.Hour()*60 + local.Minute(), Times: rapid.IntRange(1, 4).Draw(m.r, "times")}
		return in
	}
	for n := range rapid.IntRange(1, 3).Draw(m.r, "steps of the series") {
		x := promise.SeriesStep{What: fmt.Sprintf("Stap %d", n+2), After: rapid.IntRange(1, 9).Draw(m.r, "after"), Unit: rapid.SampledFrom([]promise.AfterUnit{promise.Hours, promise.Days}).Draw(m.r, "counted in"),
			Keeper: rapid.SampledFrom([]string{"", m.w.Team.ID, m.w.Specialist.ID}).Draw(m.r, "keeper of the step")}
		if rapid.IntRange(0, 3).Draw(m.r, "at a clock time") == 0 {
			x.After, x.Unit, x.Due = 0, "", m.promise().Due.AddDate(0, 0, 7*(n+1))
		}
		in.Steps = append(in.Steps, x)
	}
	return in
}

// onward is what somebody says of the series of a promise, if it has one.
func (m *machine) onward() promise.Onward {
	then := promise.Onward{Done: rapid.Bool().Draw(m.r, "the step is done"), Spoken: rapid.Bool().Draw(m.r, "the next is said")}
	switch rapid.IntRange(0, 5).Draw(m.r, "onward") {
	case 0:
		then.Stop = "Het is zo wel duidelijk"
	case 1:
		then.Due = m.promise().Due
	}
	return then
}

func (m *machine) step() {
	w, r := m.w, m.r
	action := rapid.IntRange(0, 19).Draw(r, "action")
	if len(m.mine) == 0 || action == 0 {
		c, _, err := w.Cases.Open(bg, w.Who(), casefile.Open{Person: w.Anna.Person.ID, Subject: "Vraag", Channel: "phone", Promise: m.promise()})
		m.did("open", err)
		if err == nil {
			m.mine = append(m.mine, c.ID)
		}
		m.sound("open")
		return
	}
	id := rapid.SampledFrom(m.mine).Draw(r, "case")
	c := w.Case(id)
	all := w.All(id)
	p := all[rapid.IntRange(0, len(all)-1).Draw(r, "promise")]
	if open := w.OpenOnes(id); len(open) > 0 && rapid.IntRange(0, 3).Draw(r, "open one") > 0 {
		p = open[0]
	}
	version := rapid.SampledFrom([]int{0, 0, p.Version, p.Version + 1}).Draw(r, "version")
	name := "wait"
	var err error
	switch action {
	case 1:
		name = "make"
		_, err = w.Promises.Make(bg, w.As(w.Specialist), id, m.promise())
	case 2, 3:
		name = "keep"
		_, err = w.Promises.Keep(bg, w.Who(), p.ID, promise.Keep{Version: version, Spoken: rapid.Bool().Draw(r, "said"), Next: m.next(), Then: m.onward()})
	case 4:
		name = "renegotiate"
		to := m.promise()
		_, err = w.Promises.Renegotiate(bg, w.Who(), p.ID, promise.Move{Version: version, Due: to.Due, From: to.From, Spoken: to.Spoken, Along: rapid.Bool().Draw(r, "along")})
	case 5:
		name = "withdraw"
		_, err = w.Promises.WithdrawThen(bg, w.Who(), p.ID, "Hoeft niet meer", version, m.next(), m.onward())
	case 6:
		name = "retract"
		_, err = w.Promises.Retract(bg, w.Who(), p.ID)
	case 7:
		name = "delivered"
		w.Deliver(p, rapid.SampledFrom([]string{fact.MessageDelivered, fact.MessageSpoken}).Draw(r, "how"))
	case 8:
		name = "ask to close"
		_, err = w.Cases.AskClose(bg, w.Who(), id, "")
	case 9:
		name = "close"
		_, err = w.Cases.Close(bg, w.Who(), id, casefile.Close{Reason: rapid.SampledFrom([]string{casefile.Agreed, casefile.Mistake}).Draw(r, "reason"), Said: "Het is goed zo",
			Series: rapid.Bool().Draw(r, "nothing more need come")})
	case 14:
		name = "wait"
		to := m.promise()
		_, err = w.Cases.Wait(bg, w.Who(), id, casefile.Wait{Kind: rapid.SampledFrom([]string{casefile.WaitCustomer, casefile.WaitOther}).Draw(r, "for"),
			Whom: "Het lab", What: "de uitslag", Until: to.Due, Spoken: to.Spoken})
	case 15:
		name = "wait no more"
		err = w.Cases.EndWait(bg, w.Who(), id)
	case 16:
		name = "merge"
		_, err = w.Cases.Merge(bg, w.Who(), id, rapid.SampledFrom(m.mine).Draw(r, "into"), 0)
	case 17:
		name = "link"
		if err = w.Cases.LinkCases(bg, w.Who(), id, rapid.SampledFrom(m.mine).Draw(r, "other"), "Zelfde onderzoek"); err == nil {
			return
		}
	case 18:
		name = "series"
		_, _, err = w.Promises.MakeSeries(bg, w.Who(), id, m.series())
	case 19:
		name = "no more of a series"
		list, listErr := w.Promises.SeriesOf(bg, w.Who(), id)
		w.Must(listErr)
		if len(list) > 0 {
			x := list[rapid.IntRange(0, len(list)-1).Draw(r, "series")]
			_, err = w.Promises.StopSeries(bg, w.Who(), x.ID, rapid.SampledFrom([]int{0, x.Version, x.Version + 1}).Draw(r, "series version"), "Het is zo wel duidelijk", rapid.Bool().Draw(r, "said"))
		}
	case 10:
		name = "the customer's word"
		if rapid.Bool().Draw(r, "solved") {
			err = w.Cases.Solved(bg, w.Customer(c), id)
		} else {
			err = w.Cases.NotSolved(bg, w.Customer(c), id, "Nog niet")
		}
	case 11:
		name = "reopen"
		_, err = w.Cases.Reopen(bg, w.Who(), id, "Toch niet", m.promise())
	default:
		switch rapid.IntRange(0, 3).Draw(r, "until") {
		case 0:
			w.Until(w.Now().Add(30 * time.Second))
		case 1:
			w.Until(w.Now().Add(5 * time.Hour))
		case 2: // everything at its own moment
			w.Until(w.Now().Add(3 * 24 * time.Hour))
		case 3: // a stop: much falls due at once
			w.DB.Clock.Advance(30 * time.Hour)
		}
	}
	m.did(name, err)
	if rapid.Bool().Draw(r, "rest") {
		w.Rest()
	}
	m.sound(name)
}

// sound looks at all that is there, by the checks and by counting.
func (m *machine) sound(after string) {
	w := m.w
	for _, c := range w.Checks {
		w.Read(func(q db.Q) error {
			_, wrong, err := c.Run(q)
			for _, v := range wrong {
				m.r.Errorf("after %s: invariant %d, %s: %s", after, c.Invariant, c.Name, v)
			}
			return err
		})
	}
	for _, id := range m.mine {
		for _, wrong := range m.broken(id) {
			m.r.Errorf("after %s: %s", after, wrong)
		}
	}
}

// brought counts the breaks in the questions that were joined with a case: they
// stay where they were, and count on (ADR 0018).
func (m *machine) brought(id string) (breaks int) {
	for _, other := range m.mine {
		if m.w.Case(other).MergedInto != id {
			continue
		}
		for _, p := range m.w.All(other) {
			if p.State == promise.Broken {
				breaks++
			}
		}
		breaks += m.brought(other)
	}
	return breaks
}

// broken finds what is wrong with a case from its rows and its facts.
func (m *machine) broken(id string) (wrong []string) {
	w := m.w
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	c, all := w.Case(id), w.All(id)
	made, ends := map[string]int64{}, map[string]int{}
	var breaks int
	state := ""
	for _, f := range w.Facts(id) {
		var d struct {
			Promise string
			Due     int64
			Reason  string
		}
		w.Must(f.Data(&d))
		switch f.Kind {
		case fact.PromiseMade:
			if _, twice := made[d.Promise]; twice {
				say("%s was made twice", d.Promise)
			}
			made[d.Promise] = d.Due
		case fact.PromiseKept, fact.PromiseBroken, fact.PromiseRenegotiated, fact.PromiseWithdrawn:
			ends[d.Promise]++
		case fact.PromiseRetracted:
			ends[d.Promise]--
		case fact.CaseClosed:
			state = d.Reason
		case fact.CaseReopened, fact.CaseOpened:
			state = ""
		}
	}
	if state != c.CloseReason {
		say("the facts say %q, the row %q", state, c.CloseReason)
	}
	open, earliest := 0, time.Time{}
	for _, p := range all {
		if due, ok := made[p.ID]; !ok || due != p.Due.UnixMilli() {
			say("%s is due at %d, promised was %d (%v)", p.ID, p.Due.UnixMilli(), due, ok)
		}
		if want := map[bool]int{true: 0, false: 1}[p.State == promise.Open]; ends[p.ID] != want {
			say("%s is %s and has %d ends", p.ID, p.State, ends[p.ID])
		}
		switch p.State {
		case promise.Open:
			if open++; earliest.IsZero() || p.Due.Before(earliest) {
				earliest = p.Due
			}
			if p.LookAt.IsZero() {
				say("nobody looks at %s any more", p.ID)
			}
		case promise.Broken:
			breaks++
			if p.EndedBy == "system" && p.Successor == "" {
				say("%s broke and nothing followed", p.ID)
			}
		case promise.Kept:
			if s, _ := p.Effect(p.EndedAt); s != promise.Kept && p.Kind != promise.Closing {
				say("%s was kept outside its window", p.ID)
			}
		case promise.Renegotiated:
			if n := w.Promise(p.Successor); !n.Told.Reached() || n.ToldAt.After(p.Due) {
				say("%s moved silently", p.ID)
			}
		}
		if p.Kind == promise.Duty && p.Told != promise.Untold && p.Message != "" && p.Told == promise.Sent {
			say("the duty %s was promised by nobody", p.ID)
		}
	}
	switch {
	case c.Closed() && open > 0:
		say("closed with %d open promises", open)
	case !c.Closed() && open == 0:
		say("open without a promise")
	case open != c.OpenPromises || !earliest.Equal(c.NextDue):
		say("%d open, next due %s; the row says %d, %s", open, earliest, c.OpenPromises, c.NextDue)
	case c.BreaksInRow > breaks+m.brought(id):
		say("%d breaks in a row of %d", c.BreaksInRow, breaks)
	case c.Owner == "":
		say("no owner")
	}
	return wrong
}
