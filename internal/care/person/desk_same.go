package person

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person/html"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// doublesShown is how many likely doubles stand on the page of a customer.
const doublesShown = 3

// whyAlike words what two customers have in common.
func whyAlike(c *web.Ctx, why string) string {
	var parts []string
	for _, w := range strings.Fields(why) {
		parts = append(parts, c.P.T("people.shares."+w))
	}
	return c.P.T("people.double-why", "Why", parts)
}

// doubleViews are who may be the same customer as the one on the page.
func doubleViews(c *web.Ctx, id string, pairs []Pair) (out []html.Double) {
	for _, p := range pairs[:min(len(pairs), doublesShown)] {
		other := p.One
		if other.ID == id {
			other = p.Two
		}
		c.Saw("person", other.ID)
		out = append(out, html.Double{Text: c.P.T("people.double", "Name", other.Name, "At", other.CreatedAt, "Why", whyAlike(c, p.Why)),
			Compare: href(id) + "/join/" + other.ID, Apart: href(id) + "/apart", Other: other.ID})
	}
	return out
}

// joinedViews are who was joined to the customer on the page.
func joinedViews(c *web.Ctx, list []Merging, people map[string]Person, members map[string]org.Member) (out []html.Joined) {
	for _, m := range list {
		c.Saw("person", m.Person)
		by := members[m.MergedBy].Name
		out = append(out, html.Joined{Text: c.P.T("people.joined", "Name", people[m.Person].Name, "At", m.MergedAt, "Member", by), Apart: href(m.Person) + "/unjoin"})
	}
	return out
}

func (s *Service) deskDuplicates(c *web.Ctx) error {
	p, err := s.Duplicates(c.Context(), c.Actor, c.Query("after"), page.Default)
	if err != nil {
		return err
	}
	var ids []string
	for _, x := range p.Items {
		ids = append(ids, x.Person, x.Other)
	}
	var cards map[string]Card
	if err := s.DB.Read(c.Context(), func(q db.Q) error {
		cards, err = Cards(q, c.Actor.Org, ids)
		return err
	}); err != nil {
		return err
	}
	c.Saw("person", ids...)
	v := html.DuplicatesView{Empty: ui.EmptyView{Title: c.P.T("people.doubles-none-title"), Text: c.P.T("people.doubles-none-text")}}
	for _, x := range p.Items {
		v.Pairs = append(v.Pairs, html.DuplicatePair{One: view(x.One), Two: view(x.Two), OneNote: identity(c.P, cards[x.Person]), TwoNote: identity(c.P, cards[x.Other]),
			Why: whyAlike(c, x.Why), Compare: href(x.Person) + "/join/" + x.Other, Apart: href(x.Person) + "/apart", ApartOther: x.Other,
			CompareName: c.P.T("people.double-compare-of", "One", x.One.Name, "Two", x.Two.Name), ApartOf: c.P.T("people.double-apart-of", "One", x.One.Name, "Two", x.Two.Name)})
	}
	if later := c.Query("after") != ""; p.Next != "" || later {
		v.Pager = &ui.PagerView{Summary: c.P.T("people.doubles-page", "Count", len(v.Pairs))}
		if later {
			v.Pager.PrevHref, v.Pager.PrevLabel = home+"/duplicates", c.P.T("people.begin")
		}
		if p.Next != "" {
			v.Pager.NextHref, v.Pager.NextLabel = home+"/duplicates?after="+p.Next, c.P.T("people.more")
		}
	}
	return c.Page(web.Page{Title: c.P.T("people.doubles-title"), Nav: "people", Body: html.Duplicates(v)})
}

// joinInput is what somebody decides of two customers.
type joinInput struct {
	Other string `form:"other"`
	Stay  string `form:"stay"`
	Asked bool   `form:"asked"`
	List  bool   `form:"list"`
}

func (s *Service) deskApart(c *web.Ctx) error {
	var in joinInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	if err := s.KeepApart(c.Context(), c.Actor, c.Path("person"), in.Other); err != nil {
		return err
	}
	c.Toast("people.kept-apart")
	if in.List {
		return c.Redirect(home + "/duplicates")
	}
	return c.Redirect(href(c.Path("person")))
}

func (s *Service) deskUnjoin(c *web.Ctx) error {
	m, err := s.Unmerge(c.Context(), c.Actor, c.Path("person"))
	if err != nil {
		return err
	}
	c.Toast("people.unjoined")
	return c.Redirect(href(m.Person))
}

func (s *Service) deskJoinPage(c *web.Ctx) error { return s.showJoin(c, joinInput{}, "", nil, 0) }

// showJoin compares two customers. Which one stays is not chosen beforehand.
func (s *Service) showJoin(c *web.Ctx, in joinInput, problem string, wrong ui.Errors, status int) error {
	one, two := c.Path("person"), c.Path("other")
	j, err := s.Preview(c.Context(), c.Actor, one, two)
	if errs.TypeOf(err) == "merge-chain" { // the other way round it may be
		one, two = two, one
		j, err = s.Preview(c.Context(), c.Actor, one, two)
	}
	if err != nil {
		return err
	}
	a, b := j.From, j.Into
	var homes [2]Household
	for i, id := range []string{one, two} {
		if homes[i], err = s.Household(c.Context(), c.Actor, id); err != nil {
			return err
		}
	}
	c.Saw("person", one, two)
	members, err := s.lookers(c, append(slices.Clone(j.FromSaw), j.IntoSaw...))
	if err != nil {
		return err
	}
	to := href(one)
	v := html.JoinView{Title: c.P.T("people.join-title"), Sub: c.P.T("people.join-sub"), Back: href(c.Path("person")), Action: to + "/join/" + two, Apart: to + "/apart", Other: two,
		One: a.Person.Name, Two: b.Person.Name, Problem: problem, Errors: wrong,
		OneSaw: whoSaw(c, a.Person.Name, j.FromSaw, members), TwoSaw: whoSaw(c, b.Person.Name, j.IntoSaw, members),
		Asked: html.Check{Name: "asked", Error: wrong.For("asked"), Option: ui.Option{Value: "1", Label: c.P.T("people.join-asked"), Note: c.P.T("people.join-asked-note"), Selected: in.Asked}}}
	row := func(key, x, y string) {
		if x == "" && y == "" {
			return
		}
		v.Rows = append(v.Rows, html.JoinRow{What: c.P.T(key), One: orElse(x, c.P.T("people.join-none")), Two: orElse(y, c.P.T("people.join-none")), Same: x == y})
	}
	row("people.name", a.Person.Name, b.Person.Name)
	row("people.call-name", a.Person.CallName, b.Person.CallName)
	row("people.born", typedDate(a.Person.BirthDate), typedDate(b.Person.BirthDate))
	row("people.language", c.P.T("language."+a.Person.Language), c.P.T("language."+b.Person.Language))
	for _, k := range Channels {
		row("channel."+string(k), pointsText(a, k), pointsText(b, k))
	}
	row("people.matters", mattersText(a), mattersText(b))
	row("people.speak", speakersText(a), speakersText(b))
	row("people.home", homeText(homes[0]), homeText(homes[1]))
	row("people.join-open", strconv.Itoa(j.FromOpen), strconv.Itoa(j.IntoOpen))
	row("people.join-since", c.P.Date(a.Person.CreatedAt), c.P.Date(b.Person.CreatedAt))
	v.Stay = ui.ChoicesView{Name: "stay", Legend: c.P.T("people.join-stay"), Hint: c.P.T("people.join-stay-hint"), Error: wrong.For("stay")}
	for _, x := range []Card{a, b} {
		v.Stay.Options = append(v.Stay.Options, ui.Option{Value: x.Person.ID, Label: x.Person.Name, Note: identity(c.P, x), Selected: in.Stay == x.Person.ID})
	}
	return c.Page(web.Page{Title: v.Title, Nav: "people", Failed: status >= 400, Status: status, Body: html.Join(v)})
}

func pointsText(card Card, k Channel) string {
	var parts []string
	for _, p := range card.Points {
		if p.Kind == k {
			parts = append(parts, p.text())
		}
	}
	return strings.Join(parts, "; ")
}

func mattersText(card Card) string {
	var parts []string
	for _, m := range card.Matters {
		parts = append(parts, m.Text)
	}
	return strings.Join(parts, "; ")
}

func speakersText(card Card) string {
	var parts []string
	for _, r := range card.Representatives {
		parts = append(parts, r.Name)
	}
	return strings.Join(parts, "; ")
}

func homeText(h Household) string {
	var parts []string
	for _, m := range h.Members {
		parts = append(parts, m.Person.Name)
	}
	return strings.Join(parts, "; ")
}

// lookers are the members among those who looked.
func (s *Service) lookers(c *web.Ctx, looks []Look) (members map[string]org.Member, err error) {
	var ids []string
	for _, l := range looks {
		if strings.HasPrefix(l.ID, "mem_") {
			ids = append(ids, l.ID)
		}
	}
	err = s.DB.Read(c.Context(), func(q db.Q) error {
		members, err = org.MembersByIDs(q, c.Actor.Org, ids)
		return err
	})
	return members, err
}

// whoSaw names who looked at a customer.
func whoSaw(c *web.Ctx, name string, looks []Look, members map[string]org.Member) string {
	var names []string
	others := 0
	for _, l := range looks {
		if m, ok := members[l.ID]; ok {
			names = append(names, m.Name)
		} else {
			others++
		}
	}
	slices.Sort(names)
	if others > 0 {
		names = append(names, c.P.T("people.join-programs", "Count", others))
	}
	if len(names) == 0 {
		return c.P.T("people.join-saw-none", "Name", name)
	}
	return c.P.T("people.join-saw-by", "Name", name, "Who", names)
}

func (s *Service) deskJoin(c *web.Ctx) error {
	if err := auth.Require(c.Actor, auth.PersonMerge); err != nil {
		return err
	}
	var in joinInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	one, two := c.Path("person"), c.Path("other")
	var ck errs.Checks
	ck.Must(in.Stay == one || in.Stay == two, "stay", "merge-who-stays")
	ck.Must(in.Asked, "asked", "merge-not-asked")
	err := ck.Err()
	if err == nil {
		from := one
		if in.Stay == one {
			from = two
		}
		_, err = s.Merge(c.Context(), c.Actor, from, in.Stay)
	}
	if err != nil {
		problem, wrong, status, rest := ui.Refusal(c, err, nil)
		if rest != nil {
			return rest
		}
		return s.showJoin(c, in, problem, wrong, status)
	}
	c.Toast("people.join-done")
	return c.Redirect(href(in.Stay))
}

// turningDays is how near a birthday is that changes who decides.
const turningDays = 60

// turningText says that a birthday changes who decides, when one is near.
func turningText(c *web.Ctx, p Person, ages Ages, local time.Time) string {
	age, on, ok := Turning(p.BirthDate, workcal.DateOf(local, local.Location()), ages, turningDays)
	if !ok || p.Kind == Company || !p.DeceasedAt.IsZero() {
		return ""
	}
	key := "people.turns"
	if now, known := p.Age(local); known && now >= age {
		key = "people.turned"
	}
	what := "people.turning-adult"
	switch age {
	case ages.Decides:
		what = "people.turning-decides"
	case ages.Speaks:
		what = "people.turning-speaks"
	}
	return c.P.T(key, "Age", age, "On", time.Date(on.Year, on.Month, on.Day, 12, 0, 0, 0, local.Location()), "What", c.P.T(what))
}
