package person

import (
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

// speakInput is somebody who may speak for a customer, as typed.
type speakInput struct {
	By        string `form:"by"`
	Basis     string `form:"basis"`
	Authority string `form:"authority"`
	Until     string `form:"until"`
	Seen      bool   `form:"seen"`
}

func (s *Service) deskSpeakPage(c *web.Ctx) error {
	return s.showSpeak(c, speakInput{By: c.Query("by"), Basis: c.Query("basis")}, "", nil, 0)
}

// showSpeak first finds who speaks, then asks on what ground.
func (s *Service) showSpeak(c *web.Ctx, in speakInput, problem string, wrong ui.Errors, status int) error {
	if err := auth.Require(c.Actor, auth.PersonWrite); err != nil {
		return err
	}
	card, err := s.Get(c.Context(), c.Actor, c.Path("person"))
	if err != nil {
		return err
	}
	c.Saw("person", card.Person.ID)
	to := href(card.Person.ID)
	v := html.SpeakView{Title: c.P.T("people.speak-title", "Name", card.Person.Called()), Sub: c.P.T("people.speak-sub"), Back: to, Action: to + "/speak",
		Query: c.Query("q"), Searched: c.Query("q") != "", Until: in.Until, Seen: in.Seen, Problem: problem, Errors: wrong}
	if in.By != "" {
		by, err := s.Get(c.Context(), c.Actor, in.By)
		if err != nil {
			return err
		}
		c.Saw("person", by.Person.ID)
		w := view(by.Person)
		ages, err := s.ages(c)
		if err != nil {
			return err
		}
		v.By, v.ByNote = &w, identity(c.P, by)
		for _, b := range Bases {
			o := ui.Option{Value: string(b), Label: c.P.T("person.basis." + string(b)), Selected: in.Basis == string(b)}
			switch b {
			case Mandate:
				o.Note = c.P.T("people.basis-mandate")
			case Partner, CareWorker:
				o.Note = c.P.T("people.basis-call")
			case Employee:
				o.Note = c.P.T("people.basis-employee")
			case Parent, Guardian:
				o.Note = c.P.T("people.basis-child", "Speaks", ages.Speaks, "Decides", ages.Decides)
			}
			if (b == Employee) != (card.Person.Kind == Company) && b != Mandate {
				continue // of a company its employees speak
			}
			v.Bases = append(v.Bases, o)
		}
		for _, x := range Authorities {
			v.Authorities = append(v.Authorities, ui.Option{Value: string(x), Label: c.P.T("person.authority." + string(x)), Selected: in.Authority == string(x)})
		}
	} else if v.Searched {
		p, err := s.List(c.Context(), c.Actor, v.Query, "", 20)
		if err != nil {
			return err
		}
		for _, x := range p.Items {
			if x.Person.ID == card.Person.ID {
				continue
			}
			c.Saw("person", x.Person.ID)
			pick := to + "/speak?by=" + x.Person.ID
			v.Found = append(v.Found, html.Row{Person: view(x.Person), Note: identity(c.P, x), Href: pick,
				Action: &ui.ButtonView{Label: c.P.T("people.choose"), Size: "s", Href: pick}})
		}
	}
	return c.Page(web.Page{Title: v.Title, Nav: "people", Failed: status >= 400, Status: status, Body: html.Speak(v)})
}

func (s *Service) deskSpeak(c *web.Ctx) error {
	var in speakInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	set := SetRepresentation{By: in.By, Basis: Basis(in.Basis), Authority: Authority(in.Authority), Seen: in.Seen}
	err := readUntil(c, in.Until, &set)
	if err == nil {
		_, err = s.Represent(c.Context(), c.Actor, c.Path("person"), set)
	}
	if err != nil {
		problem, wrong, status, rest := ui.Refusal(c, err, nil)
		if rest != nil {
			return rest
		}
		return s.showSpeak(c, in, problem, wrong, status)
	}
	c.Toast("people.saved")
	return c.Redirect(href(c.Path("person")) + "#speak")
}

// ages are those at which a child begins to speak and to decide here.
func (s *Service) ages(c *web.Ctx) (a Ages, err error) {
	err = s.DB.Read(c.Context(), func(q db.Q) error {
		o, err := org.ByID(q, c.Actor.Org)
		a = AgesOf(o.Settings)
		return err
	})
	return a, err
}

// readUntil reads the last day on which somebody may speak.
func readUntil(c *web.Ctx, typed string, set *SetRepresentation) error {
	if typed == "" {
		return nil
	}
	d, err := workcal.ParseDate(date(typed))
	if err != nil {
		return errs.New(errs.Invalid, "date-unreadable").Field("until", "date-unreadable")
	}
	set.Until = time.Date(d.Year, d.Month, d.Day+1, 0, 0, 0, 0, c.P.Loc())
	if !set.Until.After(c.Now()) {
		return errs.New(errs.Invalid, "until-before-since").Field("until", "until-before-since")
	}
	return nil
}

func (s *Service) deskEndSpeak(c *web.Ctx) error {
	if err := s.EndRepresentation(c.Context(), c.Actor, c.Path("person"), c.Path("representation")); err != nil {
		return err
	}
	c.Toast("people.speak-ended")
	return c.Redirect(href(c.Path("person")) + "#speak")
}

// deskSeen shows who looked at a customer. The page itself is a look too, and
// is kept like any other.
// seenEmergencies is how many of the newest emergencies stand above the looks.
const seenEmergencies = 20

func (s *Service) deskSeen(c *web.Ctx) error {
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
	var cut page.Page[auth.Access]
	var opened []Emergency
	var members map[string]org.Member
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) {
		if p, err = ByID(q, c.Actor.Org, c.Path("person")); err != nil {
			return err
		}
		rows, err := auth.AccessTo(q, c.Actor.Org, "person", p.ID, before, page.Default+1)
		if err != nil {
			return err
		}
		cut = page.Of(rows, page.Default, func(a auth.Access) []string { return []string{a.ID} })
		var ids []string
		if key == nil {
			same, err := Same(q, p.Org, p.ID)
			if err != nil {
				return err
			}
			if opened, err = emergenciesOf(q, p.Org, same, seenEmergencies); err != nil {
				return err
			}
		}
		for _, e := range opened {
			ids = append(ids, e.Member)
		}
		for _, a := range cut.Items {
			if strings.HasPrefix(a.ActorID, "mem_") {
				ids = append(ids, a.ActorID)
			}
		}
		members, err = org.MembersByIDs(q, c.Actor.Org, ids)
		return err
	}); err != nil {
		return err
	}
	c.Saw("person", p.ID)
	v := html.SeenView{Title: c.P.T("people.seen-title", "Name", p.Name), Sub: c.P.T("people.seen-sub"), Back: href(p.ID),
		Empty: ui.EmptyView{Title: c.P.T("people.seen-none-title"), Text: c.P.T("people.seen-none-text")}}
	for _, e := range opened {
		v.Emergencies = append(v.Emergencies, html.SeenRow{Who: ui.Person{ID: e.Member, Name: members[e.Member].Name}, Clock: c.P.Moment(e.OpenedAt),
			Text: c.P.T("people.emergency.seen-why", "Why", e.Why, "Until", c.P.Clock(e.until()))})
	}
	for _, a := range cut.Items {
		day := c.P.Date(a.At)
		if n := len(v.Days); n == 0 || v.Days[n-1].Day != day {
			v.Days = append(v.Days, html.SeenDay{Day: day})
		}
		row := html.SeenRow{Clock: c.P.Clock(a.At), Who: ui.Person{ID: a.ActorID, Name: c.P.T("people.seen-by-key")}, Text: c.P.T("people.seen-through-key")}
		if m, ok := members[a.ActorID]; ok {
			row.Who.Name, row.Text = m.Name, c.P.T("role."+string(m.Role))
		}
		v.Days[len(v.Days)-1].Rows = append(v.Days[len(v.Days)-1].Rows, row)
	}
	if cut.Next != "" || key != nil {
		v.Pager = &ui.PagerView{Summary: c.P.T("people.seen-page", "Count", len(cut.Items))}
		if key != nil {
			v.Pager.PrevHref, v.Pager.PrevLabel = href(p.ID)+"/seen", c.P.T("people.begin")
		}
		if cut.Next != "" {
			v.Pager.NextHref, v.Pager.NextLabel = href(p.ID)+"/seen?after="+cut.Next, c.P.T("people.more")
		}
	}
	return c.Page(web.Page{Title: v.Title, Nav: "people", Body: html.Seen(v)})
}
