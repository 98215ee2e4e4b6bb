package person

import (
	"slices"
	"strings"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person/html"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// factIcons are how the facts of a customer look.
var factIcons = map[string]string{"person": "user-plus", "contact-point": "phone", "matter": "heart", "representation": "shield-check",
	"household": "users", "contact-person": "users", "consent": "circle-check", "link": "eye", "emergency": "siren"}

// shownHere says whether a fact is about the customer's details; what happened
// to their questions stands with those.
func shownHere(kind string) bool {
	group, _, _ := strings.Cut(kind, ".")
	return factIcons[group] != ""
}

// record gives the facts of everybody who is this customer, newest first. What
// was hidden for safety is left out for who may not see it.
func record(q db.Q, orgID, id, before string, limit int, all bool) ([]ledger.Fact, error) {
	same, err := Same(q, orgID, id)
	if err != nil {
		return nil, err
	}
	hidden, err := hiddenTies(q, orgID, same)
	if err != nil {
		return nil, err
	}
	var out []ledger.Fact
	for _, row := range same {
		for from, got := before, 0; got < limit; {
			list, err := ledger.OfPerson(q, orgID, row, from, 200)
			if err != nil {
				return nil, err
			}
			for _, f := range list {
				from = f.ID
				tie, _ := f.Map()["tie"].(string)
				with, _ := f.Map()["with"].(string)
				told := row != same[0] && slices.Contains(same, with) // the other side tells it too
				if shownHere(f.Kind) && (all || !hidden[tie]) && !told && got < limit {
					out, got = append(out, f), got+1
				}
			}
			if len(list) < 200 {
				break
			}
		}
	}
	slices.SortFunc(out, func(a, b ledger.Fact) int { return cmpText(b.ID, a.ID) })
	return out[:min(len(out), limit)], nil
}

func (s *Service) deskRecord(c *web.Ctx) error {
	if err := auth.Require(c.Actor, auth.PersonRead); err != nil {
		return err
	}
	before := ""
	key, err := page.Parse(c.Query("after"), 1)
	if err != nil {
		return err
	}
	if key != nil {
		before = key[0]
	}
	var p Person
	var cut page.Page[ledger.Fact]
	var texts map[string]map[string]string
	var people map[string]Person
	var members map[string]org.Member
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) {
		if p, err = ByID(q, c.Actor.Org, c.Path("person")); err != nil {
			return err
		}
		same, err := Same(q, p.Org, p.ID)
		if err != nil {
			return err
		}
		hidden, by, err := sees(q, c.Actor, same)
		if err != nil {
			return err
		}
		if by.ID != "" {
			c.Saw(seenHidden, p.ID)
		}
		facts, err := record(q, p.Org, p.ID, before, page.Default+1, hidden)
		if err != nil {
			return err
		}
		cut = page.Of(facts, page.Default, func(f ledger.Fact) []string { return []string{f.ID} })
		var ids, with, staff []string
		for _, f := range cut.Items {
			ids = append(ids, f.ID)
			staff = append(staff, f.ActorID, text(f.Map()["member"]))
			if other, ok := f.Map()["with"].(string); ok {
				with = append(with, other)
			}
			if seen, ok := f.Map()["seen"].([]any); ok {
				for _, x := range seen {
					staff = append(staff, text(x))
				}
			}
		}
		if texts, err = ledger.Texts(q, p.Org, ids); err != nil {
			return err
		}
		if people, err = ByIDs(q, p.Org, with); err != nil {
			return err
		}
		members, err = org.MembersByIDs(q, p.Org, slices.DeleteFunc(staff, func(id string) bool { return !strings.HasPrefix(id, "mem_") }))
		return err
	}); err != nil {
		return err
	}
	c.Saw("person", p.ID)
	v := html.RecordView{Title: c.P.T("people.record-title", "Name", p.Name), Sub: c.P.T("people.record-sub"), Back: href(p.ID),
		Empty: ui.EmptyView{Title: c.P.T("people.record-none-title"), Text: c.P.T("people.record-none-text")}}
	for _, f := range cut.Items {
		if !c.P.Has("fact." + f.Kind) {
			continue
		}
		day := c.P.Date(f.At)
		if n := len(v.Days); n == 0 || v.Days[n-1].Day != day {
			v.Days = append(v.Days, html.RecordDay{Day: day})
		}
		d := &v.Days[len(v.Days)-1]
		d.Entries = append(d.Entries, entry(c, f, texts[f.ID], people, members))
	}
	if cut.Next != "" || key != nil {
		v.Pager = &ui.PagerView{Summary: c.P.T("people.record-page", "Count", len(cut.Items))}
		if key != nil {
			v.Pager.PrevHref, v.Pager.PrevLabel = href(p.ID)+"/record", c.P.T("people.begin")
		}
		if cut.Next != "" {
			v.Pager.NextHref, v.Pager.NextLabel = href(p.ID)+"/record?after="+cut.Next, c.P.T("people.more")
		}
	}
	return c.Page(web.Page{Title: v.Title, Nav: "people", Body: html.Record(v)})
}

// entry words one fact.
func entry(c *web.Ctx, f ledger.Fact, said map[string]string, people map[string]Person, members map[string]org.Member) ui.EntryView {
	group, _, _ := strings.Cut(f.Kind, ".")
	data := f.Map()
	who := members[f.ActorID].Name
	if actor.Kind(f.ActorKind) == actor.Customer {
		who = c.P.T("people.record-themselves")
	}
	if who == "" {
		who = c.P.T("people.record-system")
	}
	params := map[string]any{"Who": who, "With": people[text(data["with"])].Name, "Function": said["function"],
		"Kind": word(c, "channel.", data["kind"]), "Word": word(c, "people.tie.", data["word"]), "Basis": word(c, "person.basis.", data["basis"]),
		"Answer": word(c, "people.emergency.answer.", data["answer"]), "Opener": members[text(data["member"])].Name,
		"Purpose": word(c, "people.purpose.", data["purpose"]), "Ended": data["until"] != nil}
	if seen, ok := data["seen"].([]any); ok {
		var names []string
		for _, x := range seen {
			if m, ok := members[text(x)]; ok {
				names = append(names, m.Name)
			}
		}
		params["Seen"] = names
		params["Count"] = len(names)
	} else {
		params["Seen"], params["Count"] = []string{}, 0
	}
	e := ui.EntryView{ID: f.ID, Icon: factIcons[group], When: c.P.Clock(f.At), Title: c.P.T("fact."+f.Kind, params)}
	for _, key := range []string{"why", "text"} {
		if e.Quote == "" {
			e.Quote = said[key]
		}
	}
	return e
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// word is a code in the reader's language; nothing when there is none.
func word(c *web.Ctx, prefix string, code any) string {
	if s := text(code); s != "" && c.P.Has(prefix+s) {
		return c.P.T(prefix + s)
	}
	return ""
}
