package casefile

import (
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/care/casefile/html"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// deskList lists cases: open ones by next promise, closed ones by their end.
func (s *Service) deskList(c *web.Ctx) error {
	who := c.Actor
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return err
	}
	scope := oneOf(c.Query("who"), "all", "closed")
	f := Filter{Closed: scope == "closed"}
	if scope == "" {
		f.Owner = who.Member
	}
	key, err := page.Parse(c.Query("after"), 2)
	if err != nil {
		return err
	}
	at, id := time.Time{}, ""
	if key != nil {
		if at, err = cursorTime(key[0]); err != nil {
			return err
		}
		id = key[1]
	}
	var cut page.Page[Case]
	var next map[string]promise.Promise
	var members map[string]org.Member
	var people map[string]person.Person
	var total int64
	if err := s.DB.Read(c.Context(), func(q db.Q) error {
		rows, err := List(q, who.Org, f, at, id, page.Default+1)
		if err != nil {
			return err
		}
		cut = page.Of(rows, page.Default, func(x Case) []string {
			return []string{strconv.FormatInt(f.key(x).UnixMilli(), 10), x.ID}
		})
		ids, owners, persons := set{}, set{}, set{}
		for _, x := range cut.Items {
			ids.add(x.ID)
			owners.add(x.Owner)
			persons.add(x.Asker)
			persons.add(x.Person)
		}
		if next, err = promise.NextOf(q, who.Org, ids.list()); err != nil {
			return err
		}
		if members, err = org.MembersByIDs(q, who.Org, owners.list()); err != nil {
			return err
		}
		if people, err = person.ByIDs(q, who.Org, persons.list()); err != nil {
			return err
		}
		if !f.Closed {
			total, err = OpenCount(q, who.Org, f.Owner)
		}
		return err
	}); err != nil {
		return err
	}
	v := html.ListView{Title: c.P.T("desk.cases.title-" + orMine(scope)), Owners: scope != "",
		Empty: ui.EmptyView{Title: c.P.T("desk.cases.none-title"), Text: c.P.T("desk.cases.none-" + orMine(scope))}}
	if !f.Closed {
		v.Sub = c.P.T("desk.cases.sub", "Count", int(total))
	}
	for _, x := range []string{"", "all", "closed"} {
		href := "/desk/cases"
		if x != "" {
			href += "?who=" + x
		}
		v.Scopes = append(v.Scopes, ui.Segment{Label: c.P.T("desk.cases.scope-" + orMine(x)), Href: href, Current: x == scope})
	}
	for _, x := range cut.Items {
		c.Saw("case", x.ID)
		row := html.CaseRow{State: ui.Open, When: f.key(x), Past: f.Closed, Href: caseHref(x), Subject: x.Subject, Ref: x.Ref(),
			Who: both(c.P, people[x.Asker], people[x.Person]), Owner: memberView(members[x.Owner])}
		if p, ok := next[x.ID]; ok {
			row.State = stateOf(p, c.Now())
		} else if f.Closed {
			row.State = ui.Kept
		}
		row.StateWord = stateWord(c.P, row.State)
		if f.Closed {
			row.StateWord = c.P.T("case.reason." + x.CloseReason)
		}
		label := c.P.Date(f.key(x))
		if n := len(v.Days); n == 0 || v.Days[n-1].Day != label {
			v.Days = append(v.Days, html.CaseDay{Day: label})
		}
		v.Days[len(v.Days)-1].Rows = append(v.Days[len(v.Days)-1].Rows, row)
	}
	v.Pager = listPager(c.P, scope, cut, f, key != nil)
	return c.Page(web.Page{Title: v.Title, Nav: "cases", Live: events, Body: html.List(v)})
}

// key is the time by which a case stands in the list.
func (f Filter) key(c Case) time.Time {
	if f.Closed {
		return c.ClosedAt
	}
	return c.NextDue
}

func orMine(scope string) string {
	if scope == "" {
		return "mine"
	}
	return scope
}

func stateWord(words lang.Printer, s ui.PromiseState) string { return words.T("ui.state." + string(s)) }

func listPager(words lang.Printer, scope string, cut page.Page[Case], f Filter, later bool) *ui.PagerView {
	if cut.Next == "" && !later {
		return nil
	}
	q := url.Values{}
	if scope != "" {
		q.Set("who", scope)
	}
	p := &ui.PagerView{Summary: words.T("desk.cases.page", "Count", len(cut.Items))}
	if later {
		p.PrevHref, p.PrevLabel = "/desk/cases?"+q.Encode(), words.T("desk.pager.first")
	}
	if cut.Next != "" {
		q.Set("after", cut.Next)
		p.NextHref, p.NextLabel = "/desk/cases?"+q.Encode(), words.T("desk.pager.after", "At", f.key(cut.Items[len(cut.Items)-1]))
	}
	return p
}

// both names who asks, and for whom when that is another.
func both(words lang.Printer, asker, about person.Person) string {
	if asker.ID == about.ID {
		return asker.Name
	}
	return words.T("desk.case.asks-for", "Asker", asker.Name, "About", about.Called())
}

// findView shows found customers with what they have open.
func findView(words lang.Printer, typed string, found []person.Card, open map[string][]Case) templ.Component {
	return html.Find(html.FindView{Query: typed, Found: foundPeople(words, found, open)})
}

func foundPeople(words lang.Printer, found []person.Card, open map[string][]Case) (out []html.FoundPerson) {
	for _, card := range found {
		f := html.FoundPerson{Person: personView(card.Person), Note: identity(words, card), Href: "/desk/cases/new?person=" + card.Person.ID}
		for _, c := range open[card.Person.ID] {
			f.Cases = append(f.Cases, ui.Fact{Term: words.T("desk.find.next", "At", c.NextDue), Value: c.Subject, Href: caseHref(c)})
		}
		out = append(out, f)
	}
	return out
}

// identity is what tells two customers of one name apart.
func identity(words lang.Printer, card person.Card) string {
	var parts []string
	if born, err := time.Parse("2006-01-02", card.Person.BirthDate); err == nil {
		parts = append(parts, words.T("desk.case.born", "Date", born.Format("02-01-2006")))
	}
	for _, p := range card.Points {
		if !p.Refused && p.Usable {
			parts = append(parts, pointText(p))
			break
		}
	}
	if len(parts) == 2 {
		return words.T("desk.case.two", "A", parts[0], "B", parts[1])
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return ""
}

func pointText(p person.ContactPoint) string {
	if p.Kind == person.Phone || p.Kind == person.SMS {
		return person.Spoken(p.Value)
	}
	return p.Value
}
