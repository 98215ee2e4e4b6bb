package model

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/ledger"
)

// round is what happens between two looks: some commands at once, then time.
type round struct {
	Focus  int // what most of them are about
	Draws  []draw
	Beside bool // the house works on while they are given
	Pass   int  // how much time passes after it
}

// bits is a number of which each is as likely as another: rapid's own numbers
// are mostly small, which would make most commands the same.
var bits = rapid.Custom(func(r *rapid.T) (x uint64) {
	for range 32 {
		if x <<= 1; rapid.Bool().Draw(r, "bit") {
			x |= 1
		}
	}
	return x
})

var drawn = rapid.Custom(func(r *rapid.T) draw {
	n := rand.New(rand.NewPCG(bits.Draw(r, "command"), 28)).IntN
	return draw{Kind: n(len(choices)), Who: n(100), A: n(1000), B: n(100), C: n(100), Odd: n(10000)}
})

var rounds = rapid.SliceOfN(rapid.Custom(func(r *rapid.T) round {
	n := rand.New(rand.NewPCG(bits.Draw(r, "round"), 29)).IntN
	return round{Focus: n(100), Draws: rapid.SliceOfN(drawn, 2, 7).Draw(r, "commands"), Beside: n(5) == 0, Pass: n(10)}
}), 8, 14)

type note struct {
	id string
	by *user
}

type trade struct {
	id       string
	from, to *organisation
}

type named struct {
	org  *organisation
	name string
}

// play is one sequence under way.
type play struct {
	h     *house
	r     *rapid.T
	seen  picture
	round int
	focus int
	// away says that somebody is, so that nobody knows who has duty; briefly,
	// that it is so for this round only.
	away, briefly bool

	home      map[*command]*organisation
	notes     map[*organisation][]note
	taken     map[string]bool
	templates map[*organisation][]string
	merged    map[string]bool
	names     map[string]named
	customers []*user
	referrals []trade
	requests  []trade
	imports   []trade
	absences  []trade
	tally     map[string]map[string]int // of facts, by organisation
	count     *counts
	trace     []string
}

// counts are what was tried, over all sequences.
type counts struct {
	sync.Mutex
	given, accepted, refused, contested map[string]int
	barred                              map[string]int
	problems                            map[string]int
	sequences, rounds, groups, checked  int
	facts                               int64
}

func newCounts() *counts {
	return &counts{given: map[string]int{}, accepted: map[string]int{}, refused: map[string]int{}, contested: map[string]int{}, barred: map[string]int{}, problems: map[string]int{}}
}

func (c *counts) String() string {
	var b strings.Builder
	total, yes := 0, 0
	for _, k := range slices.Sorted(maps.Keys(c.given)) {
		total, yes = total+c.given[k], yes+c.accepted[k]
		fmt.Fprintf(&b, "\n  %-40s %6d given %6d accepted %6d refused %5d about the same as another", k, c.given[k], c.accepted[k], c.refused[k], c.contested[k])
	}
	fmt.Fprintf(&b, "\n%d sequences, %d rounds, %d commands of %d kinds, %d accepted; %d groups at once explained; invariants looked at %d times; %d facts verified",
		c.sequences, c.rounds, total, len(c.given), yes, c.groups, c.checked, c.facts)
	fmt.Fprintf(&b, "\nnot allowed: %v\nwhy not: %v", c.barred, c.problems)
	return b.String()
}

// Whatever many people ask at once, the house is as the model says.
func TestWhateverManyPeopleAsk(t *testing.T) {
	for _, postgres := range []bool{false, true} {
		name := map[bool]string{false: "sqlite", true: "postgres"}[postgres]
		t.Run(name, func(t *testing.T) {
			if postgres && os.Getenv("HOUVAST_TEST_POSTGRES") == "" {
				t.Skip("needs PostgreSQL: set HOUVAST_TEST_POSTGRES")
			}
			total := newCounts()
			long := howLong(t)
			start := clock.Machine.Now()
			n := 25
			if long == 0 {
				n = map[bool]int{false: 3, true: 2}[postgres]
			}
			few(t, n, long == 0)
			for again := true; again; again = clock.Machine.Since(start) < long {
				rapid.Check(t, func(r *rapid.T) { sequence(t, r, postgres, total) })
				if t.Failed() {
					return
				}
			}
			t.Log(total)
			if long > 0 && len(total.given) < len(kinds)*9/10 || len(total.given) < 30 {
				t.Errorf("only %d kinds of commands were given", len(total.given))
			}
		})
	}
}

func sequence(t *testing.T, r *rapid.T, postgres bool, total *counts) {
	inside := &room{TB: t}
	defer inside.leave()
	h := open(inside, postgres)
	p := &play{h: h, r: r, home: map[*command]*organisation{}, notes: map[*organisation][]note{}, taken: map[string]bool{}, templates: map[*organisation][]string{},
		merged: map[string]bool{}, names: map[string]named{}, tally: map[string]map[string]int{}, count: total}
	for _, o := range h.orgs {
		p.tally[o.id] = map[string]int{}
	}
	p.begin()
	for i, x := range rounds.Draw(r, "rounds") {
		p.round, p.focus = i, x.Focus
		p.play(x)
		if i%5 == 4 {
			p.sound()
		}
	}
	p.finish()
	total.Lock()
	defer total.Unlock()
	total.sequences++
}

// begin opens a few cases and lets the facts so far be as they are.
func (p *play) begin() {
	p.look()
	for i, o := range p.h.orgs {
		for j := range 2 - i {
			c := p.openCase(draw{Who: 90 * i, A: j, C: 2, Odd: 40}, false)
			c.who = o.staff[1+j]
			if c.got = p.h.call(c.who, c.method, c.path, "", c.body, nil); !c.got.ok() {
				p.r.Fatalf("%s", c.got.raw)
			}
		}
	}
	p.settle(0)
	for _, o := range p.h.orgs {
		for kind, n := range p.facts(o.id) {
			p.tally[o.id][kind] = n
		}
	}
}

// play gives the commands of a round at once and judges what came of them.
func (p *play) play(x round) {
	p.look()
	var cs []*command
	for _, d := range x.Draws {
		if c := p.command(d); c != nil {
			cs = append(cs, c)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	var wg, house sync.WaitGroup
	if x.Beside {
		house.Go(func() {
			for ctx.Err() == nil {
				if err := p.h.app.Settle(context.Background()); err != nil {
					p.h.t.Error(err)
					return
				}
			}
		})
	}
	for i, c := range cs {
		key := fmt.Sprintf("%d-%d", p.round, i)
		wg.Go(func() { c.got = p.h.call(c.who, c.method, c.path, key, c.body, c.head) })
		if c.twice {
			wg.Go(func() { c.again = p.h.call(c.who, c.method, c.path, key, c.body, c.head) })
		}
	}
	wg.Wait()
	stop()
	house.Wait()
	p.judge(cs, x.Beside)
	if p.briefly {
		p.away, p.briefly = false, false
	}
	p.settle(x.Pass)
}

// command makes a command of a draw: by who may, and now and then by who may not.
func (p *play) command(d draw) *command {
	k := choices[d.Kind]
	c := k.make(p, d)
	for i := 1; c == nil && i < 8; i++ { // there is nothing to do that to: something else
		k = choices[(d.Kind+i*29)%len(choices)]
		c = k.make(p, d)
	}
	if c == nil {
		k = caseKinds[0]
		c = k.make(p, d)
	}
	c.kind = k.name
	home := p.org(d)
	if o := p.home[c]; o != nil {
		home = o
	}
	about := len(c.cases) > 0 || c.thing != ""
	switch o := p.beside(d); {
	case d.B == 97 && about && c.who.staff():
		if c.who = o.staff[d.A%len(o.staff)]; home == o {
			c.who = p.org(d).staff[d.A%len(o.staff)]
		}
	case d.B == 98 && c.roles == nil:
		c.who = home.key
	case d.B == 99:
		c.who = &user{role: "nobody", name: "nobody"}
	case d.B >= 90 && len(c.roles) > 0 && c.who.staff():
		c.who = home.staff[d.A%len(home.staff)]
	}
	c.bound(home)
	c.twice = c.method != http.MethodGet && d.Odd%5 == 0
	return c
}

func (p *play) fail(format string, args ...any) {
	p.r.Fatalf("%s\nwhat went before:\n%s", fmt.Sprintf(format, args...), strings.Join(p.trace, "\n"))
}

// judge compares the answers with the model.
func (p *play) judge(cs []*command, beside bool) {
	before := p.seen
	p.look()
	things := map[string][]*command{}
	for _, c := range cs {
		if c.twice {
			p.same(c)
		}
		p.trace = append(p.trace, fmt.Sprintf("%d %s by %s: %s %s %v: %d %s", p.round, c.kind, c.who.name, c.method, c.path, c.body, c.got.status, c.got.problem()))
		if c.thing != "" {
			things[c.thing] = append(things[c.thing], c)
		}
	}
	for _, c := range cs {
		p.note(c, len(things[c.thing]) > 1)
		if c.barred != "" && c.got.ok() {
			p.fail("%s was done by %s, who may not (%s)", c.kind, c.who.name, c.barred)
		}
		if c.barred != "" && (c.got.status < 400 || c.got.status >= 500) || c.got.status >= 500 && !c.got.busy() || c.got.status == http.StatusBadRequest {
			p.fail("%s by %s was answered %d %s", c.kind, c.who.name, c.got.status, c.got.raw)
		}
		if c.barred == "role" && c.got.status != http.StatusForbidden {
			p.fail("%s by %s was answered %d, not as forbidden", c.kind, c.who.name, c.got.status)
		}
		if !c.got.ok() {
			continue
		}
		if c.facts != nil {
			for kind, n := range c.facts(c.got) {
				p.tally[c.who.org.id][kind] += n
			}
		}
		if c.then != nil {
			c.then(c.got)
		}
	}
	p.contests(things)
	for _, group := range together(cs) {
		t := table{}
		for _, c := range group {
			for _, id := range c.cases {
				t[id] = before.standingOf(id)
				if beside {
					s := t[id]
					s.looseLive, s.looseOwner = true, true
					t[id] = s
				}
			}
		}
		p.count.groups++
		if !explains(t, group, p.seen) {
			var b strings.Builder
			for _, c := range group {
				fmt.Fprintf(&b, "\n  %s by %s: %d %s %s", c.kind, c.who.name, c.got.status, c.got.problem(), c.path)
			}
			is := table{}
			for id := range t {
				is[id] = p.seen.standingOf(id)
			}
			p.fail("nothing one after the other explains%s\nbefore:%s\nafter:%s", b.String(), t, is)
		}
	}
}

// same says that a command that was sent twice had one effect: the answers are
// the same, but for one that came while the first was under way.
func (p *play) same(c *command) {
	running := func(a answer) bool { return strings.HasPrefix(a.problem(), "idempotency-") || a.busy() }
	switch {
	case running(c.got):
		c.got, c.again = c.again, c.got
	case running(c.again):
	case c.got.ok() != c.again.ok():
		p.fail("%s was sent twice: %d %s and %d %s", c.kind, c.got.status, c.got.raw, c.again.status, c.again.raw)
	case c.got.ok() && text2(c.got.body, "id") != text2(c.again.body, "id"):
		p.fail("%s was sent twice and done twice: %s and %s", c.kind, c.got.raw, c.again.raw)
	}
}

func text2(m map[string]any, key string) string {
	if m == nil {
		return ""
	}
	return text(m, key)
}

func (p *play) note(c *command, contested bool) {
	n := p.count
	n.given[c.kind]++
	switch {
	case c.got.ok():
		n.accepted[c.kind]++
	case c.barred != "":
		n.barred[c.barred]++
		n.refused[c.kind]++
	default:
		n.refused[c.kind]++
		n.problems[c.got.problem()]++
	}
	if contested {
		n.contested[c.kind]++
	}
}

// contests have exactly one winner, when nothing else was about the same.
func (p *play) contests(things map[string][]*command) {
	for thing, cs := range things {
		wins, able, others := 0, 0, false
		for _, c := range cs {
			if c.barred == "" && !c.got.busy() {
				able++
			}
			if c.got.ok() {
				wins++
			}
			others = others || c.contest == "" || c.contest != cs[0].contest || c.got.busy()
		}
		if wins > 1 {
			p.fail("%d commands won about %s", wins, thing)
		}
		if !others && able > 0 && wins != 1 {
			for _, c := range cs {
				if c.got.status != http.StatusPreconditionFailed && c.barred == "" {
					return // refused for itself, not because of another
				}
			}
			p.fail("nobody of %d won about %s", able, thing)
		}
	}
}

// together puts commands that share a case into one group.
func together(cs []*command) (groups [][]*command) {
	left := slices.Clone(cs)
	for len(left) > 0 {
		group, cases := []*command{left[0]}, slices.Clone(left[0].cases)
		left = left[1:]
		for grown := true; grown; {
			grown = false
			for i := 0; i < len(left); i++ {
				if slices.ContainsFunc(left[i].cases, func(id string) bool { return slices.Contains(cases, id) }) {
					group, cases = append(group, left[i]), append(cases, left[i].cases...)
					left = slices.Delete(left, i, i+1)
					grown = true
					i--
				}
			}
		}
		groups = append(groups, group)
	}
	return groups
}

// settle lets the house do what is due, and time pass.
func (p *play) settle(pass int) {
	p.count.rounds++
	before := p.seen
	now := p.h.base.Clock.Now()
	var err error
	switch {
	case pass < 5:
		err = p.h.until(now.Add(10*time.Second), 3)
	case pass < 7:
		err = p.h.until(now.Add(25*time.Minute), 6)
	case pass < 9:
		err = p.h.until(now.Add(7*time.Hour), 12)
	default:
		err = p.h.until(now.Add(49*time.Hour), 25)
	}
	if err != nil {
		p.fail("%v", err)
	}
	p.trace = append(p.trace, fmt.Sprintf("%d until %s", p.round, p.h.base.Clock.Now().Format(time.RFC3339)))
	p.look()
	if wrong := byItself(before, p.seen, p.h.base.Clock.Now(), len(p.absences) > 0); len(wrong) > 0 {
		p.fail("by itself:\n%s", strings.Join(wrong, "\n"))
	}
	for _, u := range p.h.letters(2) {
		for _, id := range p.seen.order {
			if c := p.seen.cases[id]; u.held == "" && c.Question == u.question {
				u.held, u.org = c.ID, p.orgOf(c.Org)
			}
		}
		if u.held != "" {
			p.customers = append(p.customers, u)
		}
	}
}

// sound asks every check, and counts the facts.
func (p *play) sound() {
	p.count.checked++
	err := p.h.app.DB.Read(context.Background(), func(q db.Q) error {
		for _, c := range p.h.app.Checks() {
			_, wrong, err := c.Run(q)
			if err != nil {
				return fmt.Errorf("%s: %w", c.Name, err)
			}
			if len(wrong) > 0 {
				p.fail("invariant %d, %s: %v", c.Invariant, c.Name, wrong)
			}
		}
		return nil
	})
	if err != nil {
		p.fail("%v", err)
	}
}

// exactly are the facts that only commands make, each as often as it is told.
var exactly = []string{"note.added", "template.saved", "template.dropped", "matter.said", "member.added", "people.exported", "handoff.declined",
	"promise.retracted", "case.merged", "case.linked", "case.unlinked", "door.opened"}

// atLeast are those that the house makes as well.
var atLeast = []string{"case.opened", "person.added", "case.reopened", "series.made", "contact-point.added"}

func (p *play) finish() {
	p.settle(9)
	p.sound()
	for _, o := range p.h.orgs {
		got := p.facts(o.id)
		for _, kind := range exactly {
			if got[kind] != p.tally[o.id][kind] {
				p.fail("there are %d facts %s and %d such commands were accepted", got[kind], kind, p.tally[o.id][kind])
			}
		}
		for _, kind := range atLeast {
			if got[kind] < p.tally[o.id][kind] {
				p.fail("there are %d facts %s and %d such commands were accepted", got[kind], kind, p.tally[o.id][kind])
			}
		}
	}
	for id, n := range p.names {
		if got := p.h.call(n.org.admin(), http.MethodGet, "/people/"+id, "", nil, nil); !p.merged[id] && text(got.body, "person", "name") != n.name {
			p.fail("customer %s should be called %s: %s", id, n.name, got.raw)
		}
	}
	reports, err := ledger.Verify(context.Background(), p.h.app.DB, nil, nil)
	if err != nil {
		p.fail("%v", err)
	}
	for _, x := range reports {
		p.count.facts += x.Facts
		if x.Bad != nil {
			p.fail("the chain of %s is bad at %v", x.Org, x.Bad)
		}
	}
}
