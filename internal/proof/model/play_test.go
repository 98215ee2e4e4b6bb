package model

import (
	"context"
	"flag"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/kit/db"
)

// howLong is for how long sequences are tried on each database; 0 is a few.
func howLong(t *testing.T) time.Duration {
	t.Helper()
	v := os.Getenv("HOUVAST_TEST_LONG")
	if v == "" {
		return 0
	}
	if d, err := time.ParseDuration(v); err == nil {
		return d
	}
	return 10 * time.Minute
}

// few makes rapid try n sequences, and the same ones in every run, unless flags
// say otherwise: a run of all tests is no place for a surprise. Whoever looks
// for one says for how long (HOUVAST_TEST_LONG).
func few(t *testing.T, n int, same bool) {
	t.Helper()
	set := map[string]string{"rapid.checks": strconv.Itoa(n)}
	if same {
		set["rapid.seed"] = "28"
	}
	flag.Visit(func(f *flag.Flag) { delete(set, f.Name) })
	for name, v := range set {
		f := flag.Lookup(name)
		old := f.Value.String()
		if err := f.Value.Set(v); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Value.Set(old) })
	}
}

func (p *play) look() {
	seen, err := p.h.look()
	if err != nil {
		p.fail("%v", err)
	}
	p.seen = seen
}

// org is whose users a draw is about: mostly the first.
func (p *play) org(d draw) *organisation {
	if d.Who >= 85 {
		return p.h.orgs[1]
	}
	return p.h.orgs[0]
}

func (p *play) beside(d draw) *organisation {
	if p.org(d) == p.h.orgs[0] {
		return p.h.orgs[1]
	}
	return p.h.orgs[0]
}

func (p *play) orgOf(id string) *organisation {
	for _, o := range p.h.orgs {
		if o.id == id {
			return o
		}
	}
	return nil
}

// by is who gives a command: somebody of the staff.
func (p *play) by(d draw) *user {
	o := p.org(d)
	return o.staff[d.Who%len(o.staff)]
}

// lead is somebody who leads.
func (p *play) lead(d draw) *user {
	o := p.org(d)
	if d.Who%2 == 0 {
		return o.admin()
	}
	return o.staff[3]
}

func (p *play) colleague(d draw) string {
	o := p.org(d)
	return o.staff[d.C%len(o.staff)].member
}

func (p *play) person(d draw) string      { o := p.org(d); return o.people[d.B%min(4, len(o.people))] }
func (p *play) otherPerson(d draw) string { o := p.org(d); return o.people[d.C%len(o.people)] }

func (p *play) casesOf(d draw, open bool) (list []string) {
	for _, id := range p.seen.order {
		if c := p.seen.cases[id]; c.Org == p.org(d).id && c.ClosedAt.IsZero() == open {
			list = append(list, id)
		}
	}
	return list
}

// aCase is the one most commands of the round are about, or another; now and
// then a closed one.
func (p *play) aCase(d draw) string {
	list := p.casesOf(d, d.B%9 != 8)
	if len(list) == 0 {
		return ""
	}
	if d.B%10 < 6 {
		return list[p.focus%len(list)]
	}
	return list[d.A%len(list)]
}

func (p *play) otherCase(d draw) string {
	list := p.casesOf(d, true)
	if len(list) == 0 {
		return ""
	}
	return list[d.C%len(list)]
}

func (p *play) closedCase(d draw) string {
	list := p.casesOf(d, d.B%9 == 8)
	if len(list) == 0 {
		return ""
	}
	return list[d.A%len(list)]
}

// aPromise is one of a case; ended ones when asked for, and now and then.
func (p *play) aPromise(d draw, ended bool) (seenPromise, bool) {
	id := p.aCase(d)
	var list []seenPromise
	for _, x := range p.seen.made {
		if x := p.seen.promises[x]; x.Case == id && (x.State == "open") != (ended || d.B%11 == 10) {
			list = append(list, x)
		}
	}
	if len(list) == 0 {
		return seenPromise{}, false
	}
	return list[p.focus%len(list)], true
}

// isMovingTo says whether another promise is to be replaced by this one.
func (p *play) isMovingTo(x seenPromise) bool {
	for _, y := range p.seen.promises {
		if y.Moving == x.ID {
			return true
		}
	}
	return false
}

func (p *play) inSeries(id string) bool {
	for _, x := range p.seen.promises {
		if x.Case == id && x.Series != "" {
			return true
		}
	}
	return false
}

// firstDue is the promise of a case that falls due first.
func (p *play) firstDue(id string) string {
	var first seenPromise
	for _, x := range p.seen.made {
		if x := p.seen.promises[x]; x.Case == id && x.State == "open" && (first.ID == "" || x.Due.Before(first.Due)) {
			first = x
		}
	}
	return first.ID
}

func (p *play) customer(d draw) *user {
	if len(p.customers) == 0 {
		return nil
	}
	u := p.customers[d.A%len(p.customers)]
	if u.org != p.org(d) {
		return nil
	}
	return u
}

func (p *play) aReferral(d draw) (trade, bool) { return pick(p.referrals, d, p) }
func (p *play) aRequest(d draw) (trade, bool)  { return pick(p.requests, d, p) }

func pick(list []trade, d draw, _ *play) (trade, bool) {
	if len(list) == 0 {
		return trade{}, false
	}
	return list[max(0, len(list)-1-d.B%3)], true
}

func (p *play) aTemplate(d draw) (id, version string) {
	list := p.templates[p.org(d)]
	if len(list) == 0 {
		return "", ""
	}
	id = list[p.focus%len(list)]
	return id, p.version(`SELECT version FROM answer_template WHERE org_id = $1 AND template_id = $2`, p.org(d).id, id)
}

// version reads a version, as a text.
func (p *play) version(query string, args ...any) string {
	var n int64
	if err := p.h.app.DB.Read(context.Background(), func(q db.Q) (err error) {
		n, _, err = db.Find[int64](q, query, args...)
		return err
	}); err != nil {
		p.fail("%v", err)
	}
	return strconv.FormatInt(n, 10)
}

// found is a row of find.
type found struct {
	ID string `db:"id"`
	Of string `db:"of_case"`
}

// find gives one of what a query finds.
func (p *play) find(query string, n int, args ...any) (id, of string) {
	var list []found
	if err := p.h.app.DB.Read(context.Background(), func(q db.Q) (err error) { list, err = db.Select[found](q, query, args...); return err }); err != nil {
		p.fail("%v", err)
	}
	if len(list) == 0 {
		return "", ""
	}
	return list[n%len(list)].ID, list[n%len(list)].Of
}

type kindCount struct {
	Kind string `db:"kind"`
	N    int    `db:"n"`
}

// facts counts the facts of an organisation by kind.
func (p *play) facts(org string) map[string]int {
	out := map[string]int{}
	if err := p.h.app.DB.Read(context.Background(), func(q db.Q) error {
		list, err := db.Select[kindCount](q, `SELECT kind, COUNT(*) AS n FROM fact WHERE org_id = $1 GROUP BY kind`, org)
		for _, x := range list {
			out[x.Kind] = x.N
		}
		return err
	}); err != nil {
		p.fail("%v", err)
	}
	return out
}
