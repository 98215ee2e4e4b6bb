package casefile

import (
	"sort"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/ledger"
)

// Line is a fact as people read it. Every capability words its own facts in
// its catalogue, under "fact.<kind>" for staff and "fact.<kind>.customer" for
// the customer's page; a fact without a sentence is not shown there.
type Line struct {
	ID       string
	At       time.Time
	Kind     string
	Org      string
	Who      string // display name of the actor
	Sentence string
	Quote    string // what somebody said or wrote, in their words
	Data     map[string]any
}

// Timeline gives the facts of a case as staff read them, newest first, before
// a fact id.
func (s *Service) Timeline(q db.Q, words lang.Printer, c Case, before string, limit int) ([]Line, error) {
	return s.lines(q, words, c, before, limit, false)
}

func (s *Service) lines(q db.Q, words lang.Printer, c Case, before string, limit int, customer bool) ([]Line, error) {
	facts, err := ledger.Timeline(q, c.Org, c.ID, before, limit)
	if err != nil {
		return nil, err
	}
	return s.word(q, words, c, facts, customer)
}

// word words facts for people; those without a sentence are left out.
func (s *Service) word(q db.Q, words lang.Printer, c Case, facts []ledger.Fact, customer bool) ([]Line, error) {
	suffix := ""
	if customer {
		suffix = ".customer"
	}
	var shown []ledger.Fact
	var ids []string
	for _, f := range facts {
		if words.Has("fact." + f.Kind + suffix) {
			shown = append(shown, f)
			ids = append(ids, f.ID)
		}
	}
	texts, err := ledger.Texts(q, c.Org, ids)
	if err != nil {
		return nil, err
	}
	names, err := namesIn(q, c.Org, shown)
	if err != nil {
		return nil, err
	}
	var out []Line
	for _, f := range shown {
		data := f.Map()
		if customer && (data["visible"] == false || data["kind"] == string(promise.Duty)) {
			continue // not for them: a duty is ours alone
		}
		l := Line{ID: f.ID, At: f.At, Kind: f.Kind, Org: f.Org, Data: data, Who: names.actor(words, f)}
		params := map[string]any{"Who": l.Who, "At": f.At}
		for k, v := range data {
			params[k] = names.show(k, v)
		}
		for k, v := range texts[f.ID] {
			params[k] = v
		}
		fill(params)
		l.Sentence = words.T("fact."+f.Kind+suffix, params)
		l.Quote = quote(texts[f.ID])
		out = append(out, l)
	}
	return out, nil
}

// quote is the part of a fact's text that is somebody's own words.
func quote(text map[string]string) string {
	for _, key := range []string{"said", "note", "why", "explanation"} {
		if s := text[key]; s != "" {
			return s
		}
	}
	return ""
}

// optional are the parameters a sentence may use that a fact may not have.
var optional = []string{"what", "subject", "note", "why", "said", "name", "when", "text", "explanation", "from", "by", "level",
	"in_a_row", "how", "reason", "until", "new_due", "due", "channel", "to", "to_org", "kind", "direction", "delivered", "member",
	"door", "missing", "answer_by", "onward_org", "of_org", "count", "next", "given_by", "owner", "told", "successor", "keeper",
	"ref", "urgent", "with", "code", "fallback", "template", "peer_org", "hops", "from_org", "predecessor", "internal", "silent_at", "asker", "whom", "case", "promises"}

// fill gives sentences blank parameters for what a fact does not have.
func fill(params map[string]any) {
	for _, k := range optional {
		if _, ok := params[k]; !ok {
			params[k] = nil
		}
	}
}

// names are what ids in facts stand for.
type names struct{ members, persons, orgs map[string]string }

// holdsMember, holdsPerson and holdsOrg are the keys of fact data that hold such ids.
var (
	holdsMember = map[string]bool{"keeper": true, "owner": true, "member": true, "from": true, "to": true, "given_by": true}
	holdsPerson = map[string]bool{"with": true, "to": true, "asker": true}
	holdsOrg    = map[string]bool{"to_org": true, "onward_org": true, "of_org": true, "from_org": true, "peer_org": true, "to": true, "origin_org": true}
)

func (n names) show(key string, v any) any {
	id, ok := v.(string)
	if !ok {
		return v
	}
	for _, m := range []map[string]string{n.members, n.persons, n.orgs} {
		if name, ok := m[id]; ok {
			return name
		}
	}
	return v
}

func (n names) actor(words lang.Printer, f ledger.Fact) string {
	switch actor.Kind(f.ActorKind) {
	case actor.Staff:
		return n.members[f.ActorID]
	case actor.Customer:
		return n.persons[f.ActorID]
	case actor.Organisation:
		return n.orgs[f.ActorID]
	}
	return actor.ForSystem("").Name
}

// namesIn looks up every id that occurs in some facts, in three queries.
func namesIn(q db.Q, orgID string, facts []ledger.Fact) (names, error) {
	members, persons, orgs := set{}, set{}, set{}
	for _, f := range facts {
		switch actor.Kind(f.ActorKind) {
		case actor.Staff:
			members.add(f.ActorID)
		case actor.Customer:
			persons.add(f.ActorID)
		case actor.Organisation:
			orgs.add(f.ActorID)
		}
		for k, v := range f.Map() {
			id, _ := v.(string)
			switch {
			case holdsMember[k] && strings.HasPrefix(id, "mem_"):
				members.add(id)
			case holdsPerson[k] && strings.HasPrefix(id, "per_"):
				persons.add(id)
			case holdsOrg[k] && strings.HasPrefix(id, "org_"):
				orgs.add(id)
			}
		}
	}
	n := names{map[string]string{}, map[string]string{}, map[string]string{}}
	ms, err := org.MembersByIDs(q, orgID, members.list())
	if err != nil {
		return n, err
	}
	for id, m := range ms {
		n.members[id] = m.Name
	}
	ps, err := person.ByIDs(q, orgID, persons.list())
	if err != nil {
		return n, err
	}
	for id, p := range ps {
		n.persons[id] = p.Name
	}
	for _, id := range orgs.list() {
		o, err := org.PartnerByID(q, id)
		if err != nil {
			return n, err
		}
		n.orgs[id] = o.Name
	}
	return n, nil
}

type set map[string]struct{}

func (s set) add(v string) {
	if v != "" {
		s[v] = struct{}{}
	}
}

func (s set) list() []string {
	out := make([]string, 0, len(s))
	for v := range s {
		out = append(out, v)
	}
	sort.Strings(out)
	return out
}

func sortLines(ls []Line) {
	sort.SliceStable(ls, func(i, j int) bool {
		if ls[i].At.Equal(ls[j].At) {
			return ls[i].ID > ls[j].ID
		}
		return ls[i].At.After(ls[j].At)
	})
}

func sortByDue(ps []promise.Promise) {
	sort.SliceStable(ps, func(i, j int) bool { return ps[i].Due.Before(ps[j].Due) })
}
