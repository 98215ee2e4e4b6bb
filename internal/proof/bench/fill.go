package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/clock"
)

// Size is how large a practice is to be.
type Size struct {
	Cases int // of all organisations together
	Open  int // of those; 0 for a tenth, but no more than some thousands; negative for none
}

func (s Size) open() int {
	switch {
	case s.Open > 0:
		return min(s.Open, s.Cases)
	case s.Open < 0:
		return 0
	}
	return min(s.Cases/10, 5000)
}

// inPlace says that a database is too large to be copied for each run: then it
// is only read from, and nothing is written but who saw what.
func (s Size) inPlace() bool { return s.Cases > 500_000 }

// span is how long the practices exist.
const span = 3 * 365 * 24 * time.Hour

// Filled is a database that is full.
type Filled struct {
	Size     Size
	At       time.Time // when it was filled: what is open falls due after that
	Main     Tenant    // the organisation that holds most
	Facts    int64
	Rows     int64
	Took     time.Duration
	Schema   int64
	Phones   []string // of some customers, to look for
	Names    []string
	Points   [][2]string // their e-mail address and phone
	Password string
	Email    string
}

// Tenant is an organisation and the ways into it.
type Tenant struct {
	Org     string
	Team    string
	Roles   map[actor.Role][]string
	Keys    []string // of members at the desk
	Lead    string   // of somebody who leads
	People  []string // some customers
	Cases   []string // some cases, open and closed
	Open    []string
	Numbers int64
}

const benchPassword = "een-huis-met-houvast"

// fill makes a database of a size. The address is of an empty one.
func fill(ctx context.Context, address string, pl *played, size Size, now time.Time, say func(string)) (out *Filled, err error) {
	begin := clock.Machine.Now()
	start := now.Add(-span)
	h, err := openHouse(ctx, address, start.Add(-time.Hour))
	if err != nil {
		return nil, err
	}
	closed := false
	defer func() {
		if !closed {
			err = h.close(err)
		}
	}()
	perRole := map[actor.Role]int{actor.Desk: 12, actor.Specialist: 6, actor.Manager: 1}
	main, err := h.found(ctx, "Centrum", perRole)
	if err != nil {
		return nil, err
	}
	practices := []practice{main}
	for i := range 6 {
		p, err := h.found(ctx, fmt.Sprintf("Wijk %d", i+1), nil)
		if err != nil {
			return nil, err
		}
		practices = append(practices, p)
	}
	out = &Filled{Size: size, At: now, Main: Tenant{Org: main.Org, Team: main.Team, Roles: main.Members}, Password: benchPassword, Email: "bench@centrum.example"}
	for _, m := range main.Members[actor.Desk] {
		k, err := h.key(ctx, main, m)
		if err != nil {
			return nil, err
		}
		out.Main.Keys = append(out.Main.Keys, k)
	}
	if out.Main.Lead, err = h.key(ctx, main, main.Members[actor.Manager][0]); err != nil {
		return nil, err
	}
	if err := h.account(ctx, main, main.Members[actor.Manager][0], out.Email, out.Password); err != nil {
		return nil, err
	}
	if err := h.Settle(ctx); err != nil { // what was founded is sealed, and the followers stand somewhere
		return nil, err
	}
	heads, pos, err := standing(ctx, h.DB)
	if err != nil {
		return nil, err
	}
	if !isPostgres(address) { // on a file the writer must be alone
		closed = true
		if err := h.Close(); err != nil {
			return nil, err
		}
	}
	b, err := openBulk(ctx, address, h.DB)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	if err := b.aside(append(slices.Clone(questionTables), "case_term", "person_term", "person", "contact_point")); err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(27, uint64(size.Cases)))
	f := &filling{stamper: stamper{to: b, rand: r, zone: zone, heads: heads, pos: pos, sealed: true}, played: pl, out: out, practices: practices,
		customers: make([][]customer, len(practices)), numbers: make([]int64, len(practices)), words: vocabulary(rand.New(rand.NewPCG(1, 2)), vocabularySize)}
	f.zipf = rand.NewZipf(r, wordSkew, 6, uint64(len(f.words)-1))
	if err := f.run(size, start, now, say); err != nil {
		return nil, err
	}
	if err := b.headed(f.pos, f.heads); err != nil {
		return nil, err
	}
	if err := b.finish(say); err != nil {
		return nil, err
	}
	out.Facts, out.Rows, out.Took, out.Main.Numbers = f.facts, b.rows, clock.Machine.Since(begin), f.numbers[0]
	return out, nil
}

// filling is a fill under way.
type filling struct {
	stamper
	*played
	out       *Filled
	practices []practice
	customers [][]customer // of each practice
	numbers   []int64
	words     []string
	zipf      *rand.Zipf
	terms     []termAt
}

// termAt is a word of a question.
type termAt struct {
	practice int
	term     string
	number   int64
}

// run writes the questions in the order in which they were asked.
func (f *filling) run(size Size, start, now time.Time, say func(string)) error {
	var ended, open []int
	for i, p := range f.patterns.questions {
		for range f.parts[i].share {
			if p.open {
				open = append(open, i)
			} else {
				ended = append(ended, i)
			}
		}
	}
	nOpen := size.open()
	history := now.Add(-72 * time.Hour).Sub(start)
	nEnded := size.Cases - nOpen
	for i := range nEnded {
		at := start.Add(time.Duration(float64(history) * float64(i) / float64(nEnded)))
		if err := f.question(ended[f.rand.IntN(len(ended))], at); err != nil {
			return err
		}
		if i%50_000 == 0 && i > 0 {
			say(fmt.Sprintf("%d of %d cases", i, size.Cases))
		}
	}
	type planned struct {
		part int
		at   time.Time
	}
	plan := make([]planned, nOpen)
	for i := range plan {
		part := open[f.rand.IntN(len(open))]
		back := time.Duration(f.rand.Int64N(int64(f.parts[part].lead) * 6 / 10))
		if most := 71 * time.Hour; back > most {
			back = most
		}
		plan[i] = planned{part, now.Add(-back - 10*time.Minute)}
	}
	slices.SortFunc(plan, func(a, b planned) int { return a.at.Compare(b.at) })
	for _, x := range plan {
		if err := f.question(x.part, x.at); err != nil {
			return err
		}
	}
	if err := f.seal(now.Add(time.Hour)); err != nil {
		return err
	}
	return f.index()
}

// question writes one question, asked at a moment.
func (f *filling) question(part int, at time.Time) error {
	if err := f.seal(at.Add(-2 * time.Minute)); err != nil {
		return err
	}
	n := 0
	if f.rand.IntN(100) < 6 {
		n = 1 + f.rand.IntN(len(f.practices)-1)
	}
	var who customer
	var err error
	if list := f.customers[n]; len(list) == 0 || f.rand.IntN(5) < 2 {
		if who, err = f.meet(&f.customer, f.practices[n], len(f.customers[0])+1_000_000*n, at.Add(-time.Minute)); err != nil {
			return err
		}
		f.customers[n] = append(f.customers[n], who)
		if n == 0 && f.rand.IntN(max(1, f.out.Size.Cases/5000)) == 0 && len(f.out.Main.People) < 2000 {
			f.out.Main.People, f.out.Phones = append(f.out.Main.People, who.id), append(f.out.Phones, who.phoneAddress)
			f.out.Names = append(f.out.Names, who.name)
			f.out.Points = append(f.out.Points, [2]string{who.email, who.phone})
		}
	} else if f.rand.IntN(50) == 0 { // some come again and again
		who = list[f.rand.IntN(min(len(list), 200))]
	} else {
		who = list[f.rand.IntN(len(list))]
	}
	p := &f.patterns.questions[part]
	f.numbers[n]++
	c := &stamped{p: f.practices[n], who: who, subject: f.subject(), number: f.numbers[n], shift: at.UnixMilli() - p.opened.UnixMilli()}
	f.begin(p, c)
	if err := f.stamp(p, c); err != nil {
		return err
	}
	for _, t := range f.found(c.subject) {
		f.terms = append(f.terms, termAt{n, t, c.number})
	}
	if n == 0 {
		id := c.ids[p.caseAt()]
		switch {
		case p.open && len(f.out.Main.Open) < 5000:
			f.out.Main.Open = append(f.out.Main.Open, id)
			fallthrough
		case len(f.out.Main.Cases) < 5000 && f.rand.IntN(max(1, f.out.Size.Cases/5000)) == 0:
			f.out.Main.Cases = append(f.out.Main.Cases, id)
		}
	}
	return nil
}

// caseAt says which of its ids is that of the case.
func (p *pattern) caseAt() int {
	return slices.IndexFunc(p.ids, func(s string) bool { return strings.HasPrefix(s, "cas_") })
}

// subject is what somebody asks: common words and rare ones, in one of twenty
// a number.
func (f *filling) subject() string {
	var b strings.Builder
	for i := range 4 + f.rand.IntN(6) {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(f.words[f.zipf.Uint64()])
	}
	if f.rand.IntN(20) == 0 {
		fmt.Fprintf(&b, " 06-%08d", f.rand.IntN(100_000_000))
	}
	return b.String()
}

// found are the words a question is found by. Those of the vocabulary are
// folded already.
func (f *filling) found(s string) []string {
	if strings.Contains(s, " 06-") {
		return casefile.Terms(s)
	}
	words := strings.Fields(s)
	slices.Sort(words)
	return slices.Compact(words)
}

var caseTermCols = []string{"org_id", "term", "number"}

// index writes the words in the order of their table, which is much faster.
func (f *filling) index() error {
	slices.SortFunc(f.terms, func(a, b termAt) int {
		if a.practice != b.practice {
			return strings.Compare(f.practices[a.practice].Org, f.practices[b.practice].Org)
		}
		if c := strings.Compare(a.term, b.term); c != 0 {
			return c
		}
		return int(a.number - b.number)
	})
	for _, t := range f.terms {
		if err := f.to.put("case_term", caseTermCols, []any{f.practices[t.practice].Org, t.term, t.number}); err != nil {
			return err
		}
	}
	f.terms = nil
	return nil
}
