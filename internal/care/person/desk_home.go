package person

import (
	"time"

	"github.com/houvast/houvast/internal/care/person/html"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// suggestedShown is how many suggestions stand on a page.
const suggestedShown = 5

// homeViews are the household on a page: who is in it, then who perhaps is.
func homeViews(c *web.Ctx, id string, h Household) (out []html.Housemate) {
	local, to := c.Now().In(c.P.Loc()), href(id)+"/home"
	for _, m := range h.Members {
		c.Saw("person", m.Person.ID)
		note := c.P.T("people.home-since", "Word", tieWord(c, m), "Since", m.Since)
		if age, ok := m.Person.Age(local); ok {
			note = c.P.T("people.home-age", "Age", age, "Note", note)
		}
		v := html.Housemate{PointView: ui.PointView{Person: view(m.Person), Text: m.Person.Name, Href: href(m.Person.ID), Note: note}}
		if m.Hidden {
			v.Tag = c.P.T("people.home-hidden")
			if auth.May(c.Actor, auth.PersonShield) { // an emergency only lets see
				v.Show = to + "/" + m.Person.ID + "/show"
			}
		} else {
			v.Dismiss, v.Hide = to+"/"+m.Person.ID+"/dismiss", to+"/"+m.Person.ID+"/hide"
		}
		out = append(out, v)
	}
	for _, n := range h.Suggested[:min(len(h.Suggested), suggestedShown)] {
		c.Saw("person", n.Person.ID)
		var why []string
		for _, w := range n.Why {
			why = append(why, c.P.T("people.shares."+w))
		}
		out = append(out, html.Housemate{
			PointView: ui.PointView{Text: c.P.T("people.home-maybe", "Name", n.Person.Name), Note: c.P.T("people.home-suggested", "Why", why), Suggested: true},
			AskHref:   to + "?with=" + n.Person.ID, Dismiss: to + "/" + n.Person.ID + "/dismiss", Hide: to + "/" + n.Person.ID + "/hide"})
	}
	return out
}

func tieWord(c *web.Ctx, m Housemate) string {
	if m.Word == "" {
		return c.P.T("people.tie.unsaid")
	}
	return c.P.T("people.tie." + string(m.Word))
}

// homeInput is what is said of two customers at home.
type homeInput struct {
	Other string `form:"other"`
	Word  string `form:"word"`
	Why   string `form:"why"`
}

func (s *Service) deskHomePage(c *web.Ctx) error {
	return s.showHome(c, homeInput{Other: c.Query("with")}, "", nil, 0)
}

func (s *Service) showHome(c *web.Ctx, in homeInput, problem string, wrong ui.Errors, status int) error {
	if err := auth.Require(c.Actor, auth.PersonWrite); err != nil {
		return err
	}
	card, err := s.Get(c.Context(), c.Actor, c.Path("person"))
	if err != nil {
		return err
	}
	h, err := s.Household(c.Context(), c.Actor, card.Person.ID)
	if err != nil {
		return err
	}
	if h.Emergency != "" {
		c.Saw(seenHidden, card.Person.ID)
	}
	to := href(card.Person.ID) + "/home"
	v := html.PickView{Title: c.P.T("people.home-title", "Name", card.Person.Called()), Sub: c.P.T("people.home-sub"), Action: to, Post: to, Problem: problem, Errors: wrong, Save: c.P.T("people.home-save")}
	other, err := s.pick(c, &v, card, in.Other)
	if err != nil {
		return err
	}
	if v.By != nil {
		word := choices(c, "word", "people.home-word", "people.tie.", codes(TieWords), in.Word, wrong)
		word.Legend = c.P.T("people.home-word", "Other", other.Person.Called(), "Name", card.Person.Called())
		v.Choices = append(v.Choices, word)
	}
	return c.Page(web.Page{Title: v.Title, Nav: "people", Failed: status >= 400, Status: status, Body: html.Home(homeViews(c, card.Person.ID, h), v)})
}

func (s *Service) deskHome(c *web.Ctx) error {
	var in homeInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	if _, err := s.ConfirmTie(c.Context(), c.Actor, c.Path("person"), SayTie{Other: in.Other, Word: TieWord(in.Word)}); err != nil {
		problem, wrong, status, rest := ui.Refusal(c, err, nil)
		if rest != nil {
			return rest
		}
		return s.showHome(c, in, problem, wrong, status)
	}
	c.Toast("people.saved")
	return c.Redirect(href(c.Path("person")) + "#home")
}

func (s *Service) deskDismiss(c *web.Ctx) error {
	if _, err := s.DismissTie(c.Context(), c.Actor, c.Path("person"), c.Path("other")); err != nil {
		return err
	}
	c.Toast("people.home-dismissed")
	return c.Redirect(href(c.Path("person")) + "/home")
}

func (s *Service) deskShowTie(c *web.Ctx) error {
	if _, err := s.ShowTie(c.Context(), c.Actor, c.Path("person"), c.Path("other")); err != nil {
		return err
	}
	c.Toast("people.saved")
	return c.Redirect(href(c.Path("person")) + "/home")
}

func (s *Service) deskHidePage(c *web.Ctx) error { return s.showHide(c, homeInput{}, "", nil, 0) }

func (s *Service) showHide(c *web.Ctx, in homeInput, problem string, wrong ui.Errors, status int) error {
	if err := auth.Require(c.Actor, auth.PersonWrite); err != nil {
		return err
	}
	card, err := s.Get(c.Context(), c.Actor, c.Path("person"))
	if err != nil {
		return err
	}
	to := href(card.Person.ID) + "/home"
	v := html.PickView{Title: c.P.T("people.hide-title"), Sub: c.P.T("people.hide-sub"), Action: to, Post: to + "/" + c.Path("other") + "/hide", Problem: problem, Errors: wrong, Save: c.P.T("people.hide-save")}
	if _, err := s.pick(c, &v, card, c.Path("other")); err != nil {
		return err
	}
	v.Inputs = []ui.Input{{Name: "why", Label: c.P.T("people.hide-why"), Hint: c.P.T("people.hide-why-hint"), Value: in.Why, Error: wrong.For("why"), Max: 500, Autocomplete: "off"}}
	return c.Page(web.Page{Title: v.Title, Nav: "people", Failed: status >= 400, Status: status, Body: html.Pick(v)})
}

func (s *Service) deskHide(c *web.Ctx) error {
	var in homeInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	if _, err := s.HideTie(c.Context(), c.Actor, c.Path("person"), c.Path("other"), in.Why); err != nil {
		problem, wrong, status, rest := ui.Refusal(c, err, nil)
		if rest != nil {
			return rest
		}
		return s.showHide(c, in, problem, wrong, status)
	}
	c.Toast("people.hidden")
	return c.Redirect(href(c.Path("person")))
}

// parents are those of a child's household who are not recorded as speaking
// for it: only suggested.
func parents(c *web.Ctx, card Card, h Household, ages Ages, local time.Time) (out []html.Speaker) {
	age, ok := card.Person.Age(local)
	if !ok || age >= ages.Decides {
		return nil
	}
	for _, m := range h.Members {
		known := m.Hidden || m.Word != TieParent
		for _, r := range card.Representatives {
			known = known || r.By == m.Person.ID
		}
		if known {
			continue
		}
		out = append(out, html.Speaker{PointView: ui.PointView{Text: c.P.T("people.home-maybe", "Name", m.Person.Name), Note: c.P.T("people.speak-suggested"), Suggested: true},
			AskHref: href(card.Person.ID) + "/speak?by=" + m.Person.ID + "&basis=" + string(Parent)})
	}
	return out
}
