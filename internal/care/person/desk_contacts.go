package person

import (
	"github.com/houvast/houvast/internal/care/person/html"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// contactViews are the contact persons of a company, or a person's companies.
func contactViews(c *web.Ctx, list []ContactPerson) (out []ui.PointView) {
	for _, x := range list {
		c.Saw("person", x.Other.ID)
		parts := x.Function
		if parts == "" {
			parts = c.P.T("people.contact-plain")
		}
		key := "people.contact-since"
		if x.Acts {
			key = "people.contact-acts"
		}
		out = append(out, ui.PointView{Person: view(x.Other), Text: x.Other.Name, Href: href(x.Other.ID), Note: c.P.T(key, "Function", parts, "Since", x.Since)})
	}
	return out
}

// contactInput is a contact person as typed.
type contactInput struct {
	Other    string `form:"other"`
	Function string `form:"function"`
	Acts     bool   `form:"acts"`
	Seen     bool   `form:"seen"`
}

func (s *Service) deskContactsPage(c *web.Ctx) error {
	return s.showContacts(c, contactInput{Other: c.Query("with")}, "", nil, 0)
}

func (s *Service) showContacts(c *web.Ctx, in contactInput, problem string, wrong ui.Errors, status int) error {
	if err := auth.Require(c.Actor, auth.PersonWrite); err != nil {
		return err
	}
	card, err := s.Get(c.Context(), c.Actor, c.Path("person"))
	if err != nil {
		return err
	}
	list, err := s.ContactsOf(c.Context(), c.Actor, card.Person.ID)
	if err != nil {
		return err
	}
	to := href(card.Person.ID) + "/contacts"
	v := html.PickView{Title: c.P.T("people.contacts-title", "Name", card.Person.Called()), Sub: c.P.T("people.contacts-sub"), Action: to, Post: to, Problem: problem, Errors: wrong, Save: c.P.T("people.contact-save")}
	if _, err := s.pick(c, &v, card, in.Other); err != nil {
		return err
	}
	if v.By != nil {
		v.Inputs = []ui.Input{{Name: "function", Label: c.P.T("people.contact-function"), Hint: c.P.T("people.contact-function-hint"), Value: in.Function, Error: wrong.For("function"), Max: 100, Optional: true, Autocomplete: "off"}}
		v.Checks = []html.Check{
			{Name: "acts", Option: ui.Option{Value: "1", Label: c.P.T("people.contact-may", "Name", card.Person.Name), Note: c.P.T("people.contact-may-note"), Selected: in.Acts}},
			{Name: "seen", Option: ui.Option{Value: "1", Label: c.P.T("people.proof"), Note: c.P.T("people.proof-note"), Selected: in.Seen}}}
	}
	var rows []html.Contact
	for i, p := range contactViews(c, list) {
		rows = append(rows, html.Contact{PointView: p, End: to + "/" + list[i].ID + "/end"})
	}
	return c.Page(web.Page{Title: v.Title, Nav: "people", Failed: status >= 400, Status: status, Body: html.Contacts(rows, v)})
}

func (s *Service) deskContact(c *web.Ctx) error {
	var in contactInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	company, other := c.Path("person"), in.Other
	if card, err := s.Get(c.Context(), c.Actor, company); err == nil && card.Person.Kind == Human {
		company, other = other, company // recorded from the side of the person
	}
	if _, err := s.AddContact(c.Context(), c.Actor, company, NewContact{Person: other, Function: in.Function, Acts: in.Acts, Seen: in.Seen}); err != nil {
		problem, wrong, status, rest := ui.Refusal(c, err, nil)
		if rest != nil {
			return rest
		}
		return s.showContacts(c, in, problem, wrong, status)
	}
	c.Toast("people.saved")
	return c.Redirect(href(c.Path("person")) + "#contacts")
}

func (s *Service) deskEndContact(c *web.Ctx) error {
	if _, err := s.EndContact(c.Context(), c.Actor, c.Path("contact")); err != nil {
		return err
	}
	c.Toast("people.speak-ended")
	return c.Redirect(href(c.Path("person")) + "/contacts")
}
