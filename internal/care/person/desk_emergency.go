package person

import (
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person/html"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

const emergencies = "/desk/emergencies"

// seenHidden is how the access log names that somebody saw what is hidden of a
// customer by an emergency.
const seenHidden = "person-hidden"

func (s *Service) deskEmergencies(m *web.Mux) {
	m.Get(home+"/{person}/emergency", s.deskOpenPage)
	m.Post(home+"/{person}/emergency", s.deskOpen)
	m.Get(emergencies, s.deskEmergencyList)
	m.Get(emergencies+"/{emergency}", s.deskEmergencyPage)
	m.Post(emergencies+"/{emergency}/end", s.deskEndEmergency)
	m.Post(emergencies+"/{emergency}/answer", s.deskAnswerEmergency)
}

func mayReview(who actor.Actor) bool { return auth.May(who, auth.EmergencyReview) }

// glass is what the page of a customer says of it: how to open what is hidden,
// or until when it is open. It says the same whether anything is hidden or not.
func (s *Service) glass(c *web.Ctx, person string, e Emergency) (v html.Glass) {
	switch {
	case e.ID != "":
		c.Saw(seenHidden, person)
		v.Text, v.End = c.P.T("people.emergency.holds", "Until", c.P.Clock(e.Until)), emergencies+"/"+e.ID+"/end"
	case s.Alarm != nil && auth.May(c.Actor, auth.EmergencyOpen) && !auth.May(c.Actor, auth.PersonShield):
		v.Open = href(person) + "/emergency"
	}
	return v
}

type whyInput struct {
	Why string `form:"why"`
}

func (s *Service) deskOpenPage(c *web.Ctx) error { return s.showOpen(c, whyInput{}, "", nil, 0) }

func (s *Service) showOpen(c *web.Ctx, in whyInput, problem string, wrong ui.Errors, status int) error {
	if err := auth.Require(c.Actor, auth.EmergencyOpen); err != nil {
		return err
	}
	var p Person
	var o org.Organisation
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) {
		if p, err = ByID(q, c.Actor.Org, c.Path("person")); err != nil {
			return err
		}
		o, err = org.ByID(q, c.Actor.Org)
		return err
	}); err != nil {
		return err
	}
	c.Saw("person", p.ID)
	v := html.OpenView{Title: c.P.T("people.emergency.title"), Sub: c.P.T("people.emergency.sub", "Name", p.Name, "Minutes", o.Settings.EmergencyMinutes), Action: href(p.ID) + "/emergency", Back: href(p.ID),
		Problem: problem, Errors: wrong,
		Why: ui.Input{Name: "why", Label: c.P.T("people.emergency.why"), Hint: c.P.T("people.emergency.why-hint"), Value: in.Why, Error: wrong.For("why"), Rows: 3, Max: longestWhy}}
	return c.Page(web.Page{Title: v.Title, Nav: "people", Failed: status >= 400, Status: status, Body: html.Open(v)})
}

func (s *Service) deskOpen(c *web.Ctx) error {
	var in whyInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	e, err := s.OpenInEmergency(c.Context(), c.Actor, c.Path("person"), in.Why)
	if err != nil {
		problem, wrong, status, rest := ui.Refusal(c, err, nil)
		if rest != nil {
			return rest
		}
		return s.showOpen(c, in, problem, wrong, status)
	}
	c.Saw(seenHidden, e.Person)
	c.Toast("people.emergency.opened")
	return c.Redirect(href(e.Person) + "#home")
}

func (s *Service) deskEndEmergency(c *web.Ctx) error {
	e, err := s.EndEmergency(c.Context(), c.Actor, c.Path("emergency"))
	if err != nil {
		return err
	}
	c.Toast("people.emergency.ended")
	if e.Member != c.Actor.Member {
		return c.Redirect(emergencies + "/" + e.ID)
	}
	return c.Redirect(href(e.Person))
}

// told are the names on the pages of emergencies.
type told struct {
	people  map[string]Person
	members map[string]org.Member
}

func (s *Service) toldOf(c *web.Ctx, list []Emergency) (n told, err error) {
	err = s.DB.Read(c.Context(), func(q db.Q) error {
		var people, members []string
		for _, e := range list {
			people, members = append(people, e.Person), append(members, e.Member)
			if e.AnsweredBy != "" {
				members = append(members, e.AnsweredBy)
			}
		}
		if n.people, err = ByIDs(q, c.Actor.Org, people); err != nil {
			return err
		}
		n.members, err = org.MembersByIDs(q, c.Actor.Org, members)
		return err
	})
	return n, err
}

func (n told) state(c *web.Ctx, e Emergency) string {
	switch {
	case e.Answer != "":
		return c.P.T("people.emergency.answer." + string(e.Answer))
	case e.Holds(c.Now()):
		return c.P.T("people.emergency.open-now")
	}
	return c.P.T("people.emergency.asks")
}

// until is when it stopped opening anything, or will.
func (e Emergency) until() time.Time {
	if !e.EndedAt.IsZero() {
		return e.EndedAt
	}
	return e.Until
}

func (s *Service) deskEmergencyList(c *web.Ctx) error {
	all := c.Query("show") == "all"
	p, err := s.Emergencies(c.Context(), c.Actor, !all, c.Query("after"), page.Default)
	if err != nil {
		return err
	}
	n, err := s.toldOf(c, p.Items)
	if err != nil {
		return err
	}
	v := html.EmergenciesView{Title: c.P.T("people.emergency.list"), Sub: c.P.T("people.emergency.list-sub"),
		Empty:  ui.EmptyView{Title: c.P.T("people.emergency.none-title"), Text: c.P.T("people.emergency.none-text")},
		Scopes: []ui.Segment{{Label: c.P.T("people.emergency.waiting"), Href: emergencies, Current: !all}, {Label: c.P.T("people.emergency.all"), Href: emergencies + "?show=all", Current: all}}}
	for _, e := range p.Items {
		c.Saw("person", e.Person)
		v.Rows = append(v.Rows, html.EmergencyRow{Who: ui.Person{ID: e.Member, Name: n.members[e.Member].Name}, Href: emergencies + "/" + e.ID,
			Text: c.P.T("people.emergency.row", "Who", n.members[e.Member].Name, "Name", n.people[e.Person].Name), Why: e.Why, State: n.state(c, e),
			Note: c.P.T("people.emergency.when", "At", e.OpenedAt, "Until", c.P.Clock(e.until()))})
	}
	if later := c.Query("after") != ""; p.Next != "" || later {
		base := emergencies + "?"
		if all {
			base += "show=all&"
		}
		v.Pager = &ui.PagerView{Summary: c.P.T("people.emergency-page", "Count", len(p.Items))}
		if later {
			v.Pager.PrevHref, v.Pager.PrevLabel = base[:len(base)-1], c.P.T("people.begin")
		}
		if p.Next != "" {
			v.Pager.NextHref, v.Pager.NextLabel = base+"after="+p.Next, c.P.T("people.more")
		}
	}
	return c.Page(web.Page{Title: v.Title, Nav: "people", Live: events, Body: html.Emergencies(v)})
}

type answerInput struct {
	Answer string `form:"answer"`
	Note   string `form:"note"`
}

func (s *Service) deskEmergencyPage(c *web.Ctx) error {
	return s.showEmergency(c, answerInput{}, "", nil, 0)
}

func (s *Service) showEmergency(c *web.Ctx, in answerInput, problem string, wrong ui.Errors, status int) error {
	e, err := s.Emergency(c.Context(), c.Actor, c.Path("emergency"))
	if err != nil {
		return err
	}
	n, err := s.toldOf(c, []Emergency{e})
	if err != nil {
		return err
	}
	c.Saw("person", e.Person)
	back := href(e.Person)
	if mayReview(c.Actor) {
		back = emergencies
	}
	who := n.members[e.Member].Name
	v := html.EmergencyView{Title: c.P.T("people.emergency.row", "Who", who, "Name", n.people[e.Person].Name), Sub: n.state(c, e), Back: back, Problem: problem, Errors: wrong, Why: e.Why,
		Facts: []ui.Fact{{Term: c.P.T("people.emergency.who"), Value: who}, {Term: c.P.T("people.emergency.customer"), Value: n.people[e.Person].Name, Href: href(e.Person)},
			{Term: c.P.T("people.emergency.from"), Value: c.P.Moment(e.OpenedAt)}, {Term: c.P.T("people.emergency.until"), Value: c.P.Moment(e.until())}}}
	if e.Holds(c.Now()) {
		v.End = emergencies + "/" + e.ID + "/end"
	}
	switch {
	case e.Answer != "":
		v.Answered = c.P.T("people.emergency.answered", "Who", n.members[e.AnsweredBy].Name, "At", e.AnsweredAt, "Answer", c.P.T("people.emergency.answer."+string(e.Answer)))
		v.Note = e.Note
	case mayReview(c.Actor) && e.Member != c.Actor.Member:
		v.Action = emergencies + "/" + e.ID + "/answer"
		v.Answer = choices(c, "answer", "people.emergency.question", "people.emergency.answer.", codes(Verdicts), in.Answer, wrong)
		v.AnswerNote = ui.Input{Name: "note", Label: c.P.T("people.emergency.note"), Hint: c.P.T("people.emergency.note-hint"), Value: in.Note, Error: wrong.For("note"), Rows: 3, Max: longestWhy, Optional: true}
	}
	return c.Page(web.Page{Title: v.Title, Nav: "people", Failed: status >= 400, Status: status, Body: html.Emergency(v)})
}

func (s *Service) deskAnswerEmergency(c *web.Ctx) error {
	var in answerInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	if _, err := s.ReviewEmergency(c.Context(), c.Actor, c.Path("emergency"), AnswerEmergency{Answer: Verdict(in.Answer), Note: in.Note}); err != nil {
		if errs.ClassOf(err) == errs.Forbidden {
			return err
		}
		problem, wrong, status, rest := ui.Refusal(c, err, nil)
		if rest != nil {
			return rest
		}
		return s.showEmergency(c, in, problem, wrong, status)
	}
	c.Toast("people.emergency.said")
	return c.Redirect(emergencies)
}
