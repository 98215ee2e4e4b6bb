package casefile

import (
	"slices"
	"time"

	"github.com/houvast/houvast/internal/care/casefile/html"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// deskDay is the list of a day to print, for when the power or the line is
// gone: who promised what to whom, by when, and how they are phoned.
func (s *Service) deskDay(c *web.Ctx) error {
	who := c.Actor
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return err
	}
	keeper, tomorrow := "", c.Query("day") == "tomorrow"
	if c.Query("who") == "me" {
		keeper = who.Member
	}
	from, to := midnights(c.Now(), c.P.Loc())
	if tomorrow {
		from, to = midnights(to.Add(time.Hour), c.P.Loc())
	}
	var due []promise.Promise
	var b book
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) {
		if due, err = promise.Due(q, who.Org, keeper, from, to, time.Time{}, "", todaysMost); err != nil {
			return err
		}
		b, err = bookOf(q, who.Org, due)
		return err
	}); err != nil {
		return err
	}
	v := html.DayList{Title: c.P.T("desk.day.title", "Day", from), Sub: c.P.T("desk.day.sub", "Now", c.Now()),
		Empty: ui.EmptyView{Top: true, Title: c.P.T("desk.day.none-title"), Text: c.P.T("desk.day.none-text")}}
	for _, x := range []struct{ key, href string }{{"today", ""}, {"tomorrow", "?day=tomorrow"}} {
		v.Days = append(v.Days, ui.Segment{Label: c.P.T("desk.day." + x.key), Href: "/desk/print/day" + x.href, Current: tomorrow == (x.key == "tomorrow")})
	}
	if len(due) == todaysMost {
		v.Cut = c.P.T("desk.day.cut", "Count", todaysMost)
	}
	for _, p := range due {
		at := c.P.Clock(p.Due)
		if !p.From.IsZero() {
			at = c.P.Window(p.From, p.Due)
		}
		s.dayRow(c, &v, b, p, at)
	}
	return c.Page(web.Page{Title: v.Title, Nav: "today", Body: html.Day(v)})
}

// dayRow adds a promise to a printed list, under who keeps it.
func (s *Service) dayRow(c *web.Ctx, v *html.DayList, b book, p promise.Promise, at string) {
	x, card := b.cases[p.Case], b.cards[p.To]
	c.Saw("case", x.ID)
	c.Saw("person", card.Person.ID)
	row := html.DayRow{At: at, Who: card.Person.Name, What: c.P.T("desk.row."+string(p.Kind), "Who", card.Person.Name, "What", p.What), Subject: x.Subject, Ref: x.Ref()}
	if number := phoneOf(card, c.Now().In(c.P.Loc())); number != "" {
		row.Phone = person.Spoken(number)
	}
	i := slices.IndexFunc(v.People, func(k html.DayPerson) bool { return k.ID == p.Keeper })
	if i < 0 {
		i = len(v.People)
		v.People = append(v.People, html.DayPerson{ID: p.Keeper, Name: b.members[p.Keeper].Name})
	}
	v.People[i].Rows = append(v.People[i].Rows, row)
}
