package story

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/ledger"
)

// brokenPromise is one that was not kept in time.
type brokenPromise struct {
	org, caseID string
	at          time.Time
	successor   string
}

// harvest takes in the facts since the last time, and says how many there were.
func (r *run) harvest(q db.Q) (n int, err error) {
	for {
		facts, err := ledger.Feed(q, r.feed, perFeed)
		if err != nil || len(facts) == 0 {
			return n, err
		}
		texts, err := r.texts(q, facts)
		if err != nil {
			return n, err
		}
		if slices.ContainsFunc(facts, func(f ledger.Fact) bool { return f.Kind == fact.PersonAdded }) {
			if err := r.adopt(q); err != nil {
				return n, err
			}
		}
		for _, f := range facts {
			r.feed = f.Pos
			r.count(f)
			r.tell(f, texts[f.Org][f.ID])
		}
		n += len(facts)
	}
}

func (r *run) texts(q db.Q, facts []ledger.Fact) (map[string]map[string]map[string]string, error) {
	ids := map[string][]string{}
	for _, f := range facts {
		if f.Digest != "" {
			ids[f.Org] = append(ids[f.Org], f.ID)
		}
	}
	out := map[string]map[string]map[string]string{}
	for _, org := range slices.Sorted(maps.Keys(ids)) {
		t, err := ledger.Texts(q, org, ids[org])
		if err != nil {
			return nil, err
		}
		out[org] = t
	}
	return out, nil
}

// count adds a fact to the counters. What happened before the customer first
// got in touch is history.
func (r *run) count(f ledger.Fact) {
	d := f.Map()
	if r.begun.IsZero() || f.At.Before(r.begun) {
		return
	}
	h := &r.res.Houvast
	switch f.Kind {
	case fact.PromiseMade:
		h.Promises.Made++
	case fact.PromiseKept:
		h.Promises.Kept++
	case fact.PromiseRetracted:
		h.Promises.Kept--
	case fact.PromiseRenegotiated:
		h.Promises.Renegotiated++
	case fact.PromiseBroken:
		h.Promises.Broken++
		if d["why"] == "late" && d["delivered"] == nil {
			r.broken = append(r.broken, brokenPromise{org: f.Org, caseID: f.Case, at: f.At, successor: show(d["successor"])})
		}
	case fact.MessageQueued:
		r.told[f.Org+f.Case+f.At.String()] = true
		r.said = append(r.said, map[string]string{"to": r.customerOf(f.Person), "channel": show(d["channel"]), "template": show(d["template"])})
	case fact.MessageSent, fact.MessageDelivered, fact.MessageSpoken:
		if id := show(d["message"]); !r.byID[id] {
			r.byID[id] = true
			h.Messages[show(d["channel"])]++
		}
	case fact.SentElsewhere:
		if d["accepted"] != true {
			h.Bounces++
		}
		for _, m := range r.minds {
			if m.mine(f.Person) {
				m.sentTo(r, r.org[show(d["to"])], f.At)
			}
		}
	}
}

// adopt learns the records that organisations made of somebody of the cast whom
// they did not know before: a referral brings them along. Names are enough to
// find them; the cast is small.
func (r *run) adopt(q db.Q) error {
	people, err := peopleIn(q)
	if err != nil {
		return err
	}
	for _, p := range people {
		org := r.org[p.Org]
		if _, known := r.name[p.ID]; known || org == "" {
			continue
		}
		for _, c := range r.s.Cast.Customers {
			key := c.ID + "@" + org
			if c.Name != p.Name || r.ids[key] != "" {
				continue
			}
			r.ids[key], r.name[p.ID] = p.ID, c.Name
			for _, m := range r.minds {
				m.meet(c.ID, p.ID, org)
			}
		}
	}
	return nil
}

// customerOf is the customer of the cast whose record a person is.
func (r *run) customerOf(person string) string {
	for k, v := range r.ids {
		if name, _, at := strings.Cut(k, "@"); at && v == person {
			return name
		}
	}
	return ""
}

// finish compares what was counted with what the story expects in the end.
func (r *run) finish(ctx context.Context) error {
	h := &r.res.Houvast
	if err := r.in.Read(ctx, func(q db.Q) error {
		if err := r.contacts(q); err != nil {
			return err
		}
		if err := r.outcomeOf(q); err != nil {
			return err
		}
		return r.check(q)
	}); err != nil {
		return err
	}
	for _, b := range r.broken {
		if !r.told[b.org+b.caseID+b.at.String()] || b.successor == "" {
			h.Promises.Untold++
		}
	}
	if h.Promises.Untold > 0 && !r.opt.Bare {
		r.fail(0, "promises that broke", "the customer told at that moment, and a successor", fmt.Sprintf("%d without", h.Promises.Untold))
	}
	r.res.Checked = r.checks
	if r.res.Checked == nil {
		r.res.Checked = []Checked{}
	}
	for _, c := range r.checks {
		r.res.Violations += len(c.Violations)
	}
	slices.SortStableFunc(h.Timeline, func(a, b Entry) int { return a.moment.Compare(b.moment) })
	return r.finally()
}

// apart is how far two contact moments at one organisation must be apart to be
// two contacts: one call may be logged in several lines.
const apart = 30 * time.Minute

// contacts counts how often the customers got in touch, in the store, and
// compares that with how often their rules made them.
func (r *run) contacts(q db.Q) error {
	rows, err := contactsIn(q, r.begun)
	if err != nil {
		return err
	}
	h := &r.res.Houvast
	last, orgs := map[string]time.Time{}, map[string]bool{}
	var first, latest time.Time
	for _, c := range rows {
		for _, m := range r.minds {
			if !m.mine(c.Person) {
				continue
			}
			orgs[c.Org] = true
			if at, ok := last[c.Org]; !ok || c.At.Sub(at) > apart {
				h.Contacts++
			}
			last[c.Org] = c.At
			if first.IsZero() {
				first = c.At
			}
			latest = c.At
			break
		}
	}
	cases, err := casesIn(q)
	if err != nil {
		return err
	}
	for _, c := range cases {
		for _, m := range r.minds {
			if m.mine(c.Person) && !c.OpenedAt.Before(r.begun) {
				orgs[c.Org] = true
			}
		}
	}
	h.Organisations = len(orgs)
	fired := 0
	for _, m := range r.minds {
		fired += len(m.calls)
	}
	r.res.Expectations++
	if fired != h.Contacts {
		r.fail(0, "contacts by the customer", fmt.Sprintf("%d, as often as the customers got in touch", fired), fmt.Sprintf("%d in the store", h.Contacts))
	}
	h.Days = days(first, latest, r.s.Zone)
	return nil
}

// days is how many calendar days lie between two moments.
func days(a, b time.Time, loc *time.Location) int {
	if a.IsZero() || b.IsZero() {
		return 0
	}
	x, y := a.In(loc), b.In(loc)
	d := time.Date(y.Year(), y.Month(), y.Day(), 0, 0, 0, 0, time.UTC).Sub(time.Date(x.Year(), x.Month(), x.Day(), 0, 0, 0, 0, time.UTC))
	return int(d.Hours() / 24)
}

// outcomeOf measures what the customers have in the end: an appointment that
// stands, or took place, and that they were told of.
func (r *run) outcomeOf(q db.Q) error {
	h := &r.res.Houvast
	h.Outcome = Outcome{Kind: None, Text: words(r, "story.outcome.none")}
	all, err := promisesIn(q)
	if err != nil {
		return err
	}
	for _, p := range all {
		for _, m := range r.minds {
			if p.Kind != "visit" || p.State != "open" && p.State != "kept" || p.MadeAt.Before(r.begun) || !m.mine(p.To) || !m.heardOf(p) {
				continue
			}
			at := p.From
			if at.IsZero() {
				at = p.Due
			}
			h.Outcome = Outcome{Kind: Appointment, Organisation: r.org[p.Org], Name: r.name[p.Org], At: at, ToldAt: p.ToldAt,
				Text: words(r, "story.outcome.appointment", "Name", r.name[p.Org], "At", at)}
			if len(m.calls) > 0 {
				h.Days = days(m.calls[0], p.ToldAt, r.s.Zone)
			}
		}
	}
	return nil
}

// finally compares the counters with what the story says they must be.
func (r *run) finally() error {
	mode := "guarded"
	if r.opt.Bare {
		mode = "bare"
	}
	n := r.s.Finally[mode]
	if n == nil {
		return nil
	}
	raw, err := asJSON(r.res.Houvast)
	if err != nil {
		return err
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		path, want := n.Content[i].Value, n.Content[i+1]
		v, err := r.scope(Who{}, "").value(want)
		if err != nil {
			return err
		}
		got, found := dig(raw, path)
		r.res.Expectations++
		if !holds(v, got, found) {
			r.fail(n.Content[i].Line, path, strings.TrimSpace(show(v)), shown(got, found))
		}
	}
	return nil
}
