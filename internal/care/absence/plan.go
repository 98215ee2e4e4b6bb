package absence

import (
	"context"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// shownItems is how many promises a plan shows; the others are counted and
// arranged in the same way.
const shownItems = 100

// Stand is somebody in the chain of who stands in.
type Stand struct {
	Member org.Member
	There  bool // when the absence begins
	Chosen bool // not by being a deputy
}

// Row is what would become of one promise.
type Row struct {
	Promise  promise.Promise
	Case     casefile.Case
	Action   Action
	To       string    // who would keep it
	NewDue   time.Time // of one that moves
	Later    time.Time // a later time that can be promised
	PhoneNow bool
	Message  *Preview // what the customer would read; nil when nothing is said
}

// Plan is what arranging would do. Nothing has changed yet.
type Plan struct {
	Absence Absence
	Member  org.Member
	Chain   []Stand
	StandIn string // who would take over what has no due time of its own; empty: nobody
	Needs   bool   // somebody has to be chosen first
	Could   []org.Member
	Rows    []Row
	More    int64 // promises beyond the rows
	Cases   int64 // open cases the member answers for
	Already *Absence
}

// Preview says what arranging an absence would do, and changes nothing.
func (s *Service) Preview(ctx context.Context, who actor.Actor, in Ask) (out Plan, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return out, err
	}
	var tell []promise.Telling
	err = s.DB.Read(ctx, func(q db.Q) error {
		p, err := draft(q, who, in)
		if err != nil {
			return err
		}
		out, tell, err = s.plan(q, p, in)
		return err
	})
	if err != nil || s.Previews == nil {
		return out, err
	}
	for i, t := range tell {
		if t.Template == "" {
			continue
		}
		v, err := s.Previews.PreviewTelling(ctx, who, t)
		if err != nil {
			return out, err
		}
		out.Rows[i].Message = &v
	}
	return out, nil
}

func (s *Service) plan(q db.Q, p plan, in Ask) (out Plan, tell []promise.Telling, err error) {
	out = Plan{Absence: p.a, Member: p.m}
	for _, m := range p.chain {
		out.Chain = append(out.Chain, Stand{Member: m, There: m.Here(p.a.From), Chosen: m.ID == in.StandIn && m.ID != p.m.Deputy})
	}
	if m, ok := p.standIn(time.Time{}); ok {
		out.StandIn = m.ID
	}
	if out.Could, err = could(q, p); err != nil {
		return out, nil, err
	}
	out.Needs = out.StandIn == "" && len(out.Could) > 0
	list, err := openOf(q, p.a.Org, p.m.ID)
	if err != nil {
		return out, nil, err
	}
	for _, old := range list {
		if old.State != Returning && old.Overlaps(p.a.From, p.a.Until) {
			out.Already = &old
		}
	}
	if out.Cases, err = casefile.OpenCount(q, p.a.Org, p.m.ID); err != nil {
		return out, nil, err
	}
	to := p.a.Until
	if p.a.AllCases {
		to = time.Time{}
	}
	mine, err := promise.Due(q, p.a.Org, p.m.ID, time.Time{}, to, time.Time{}, "", shownItems)
	if err != nil {
		return out, nil, err
	}
	if len(mine) == shownItems {
		n, err := promise.Count(q, p.a.Org, p.m.ID)
		if err != nil {
			return out, nil, err
		}
		out.More = n.Open - int64(len(mine))
	}
	return s.rows(q, p, in, out, mine)
}

// rows decides about each promise, as arranging will.
func (s *Service) rows(q db.Q, p plan, in Ask, out Plan, mine []promise.Promise) (Plan, []promise.Telling, error) {
	var ids []string
	for _, x := range mine {
		ids = append(ids, x.Case)
	}
	cases, err := casefile.ByIDs(q, p.a.Org, ids)
	if err != nil {
		return out, nil, err
	}
	moves := map[string]Shift{}
	for _, x := range in.Moves {
		moves[x.Promise] = x
	}
	var tell []promise.Telling
	for _, x := range mine {
		wanted := Item{}
		if m, ok := moves[x.ID]; ok {
			wanted = Item{Action: Move, State: Wanted, NewFrom: m.From, NewDue: m.Due}
		}
		r := Row{Promise: x, Case: cases[x.Case], Action: Decide(p.a, x, wanted, p.a.MadeAt), PhoneNow: p.a.State == Arranging && PhoneNow(x, p.a.MadeAt),
			Later: later(p, x)}
		var t promise.Telling
		switch r.Action {
		case Move:
			r.NewDue, r.To = wanted.NewDue, p.m.ID
			if p.a.Covers(r.NewDue) {
				if m, ok := p.standIn(r.NewDue); ok {
					r.To = m.ID
				}
			}
			t = moving(x, r)
		case Hand:
			if m, ok := p.standIn(x.Due); ok {
				r.To = m.ID
			}
			if r.To != "" && !silent(x) {
				t = telling(p.a, r.Case, p.m, []promise.Promise{x}, r.To)
			}
		case Stay:
		}
		out.Rows, tell = append(out.Rows, r), append(tell, t)
	}
	return out, tell, nil
}

// later is a time for a promise when it has to wait: when the member is back
// and has had a working day for it, or the end of the next working day.
func later(p plan, x promise.Promise) time.Time {
	from := p.a.MadeAt
	if p.a.Until.After(from) {
		from = p.a.Until
	}
	if x.Due.After(from) && p.a.Until.IsZero() {
		from = x.Due
	}
	return promise.Suggest(p.o.Calendar, from)
}

// moving is what the customer hears of a new time.
func moving(x promise.Promise, r Row) promise.Telling {
	return promise.Telling{Org: x.Org, Case: x.Case, Question: x.Question, Person: x.To, Keeper: r.To, Template: "promise-moved",
		Intent: "preview:" + x.ID, Params: map[string]any{"what": x.What, "due": r.NewDue.UnixMilli(), "keeper": r.To, "kind": string(x.Kind)}}
}

// could are those who can be asked to stand in: who is in a team with the
// member first, then everybody who is there.
func could(q db.Q, p plan) (list []org.Member, err error) {
	seen := map[string]bool{p.m.ID: true}
	add := func(members []org.Member) {
		for _, m := range members {
			if !seen[m.ID] && m.Active && m.Here(p.a.From) {
				seen[m.ID] = true
				list = append(list, m)
			}
		}
	}
	teams, err := org.TeamsOf(q, p.a.Org, p.m.ID)
	if err != nil {
		return nil, err
	}
	for i, t := range teams {
		if i == 5 {
			break
		}
		duty, err := org.MemberByID(q, p.a.Org, t.Duty)
		if err != nil {
			return nil, err
		}
		add([]org.Member{duty})
		members, err := org.TeamMembers(q, p.a.Org, t.ID)
		if err != nil {
			return nil, err
		}
		add(members)
	}
	leads, err := org.Leads(q, p.a.Org)
	if err != nil {
		return nil, err
	}
	add(leads)
	all, err := org.Active(q, p.a.Org, 200)
	add(all)
	return list, err
}
