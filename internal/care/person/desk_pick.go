package person

import (
	"github.com/houvast/houvast/internal/care/person/html"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// pick fills a page that first finds another customer; by is who was found.
func (s *Service) pick(c *web.Ctx, v *html.PickView, card Card, by string) (other Card, err error) {
	c.Saw("person", card.Person.ID)
	v.Back, v.Query, v.Searched = href(card.Person.ID), c.Query("q"), c.Query("q") != ""
	v.Empty = ui.EmptyView{Title: c.P.T("people.none-title"), Text: c.P.T("people.none-text")}
	if by != "" {
		if other, err = s.Get(c.Context(), c.Actor, by); err != nil {
			return other, err
		}
		c.Saw("person", other.Person.ID)
		w := view(other.Person)
		v.By, v.ByName, v.ByNote, v.Back = &w, other.Person.Name, identity(c.P, other), v.Action
		return other, nil
	}
	if !v.Searched {
		return other, nil
	}
	p, err := s.List(c.Context(), c.Actor, v.Query, "", 20)
	if err != nil {
		return other, err
	}
	for _, x := range p.Items {
		if x.Person.ID == card.Person.ID {
			continue
		}
		c.Saw("person", x.Person.ID)
		to := v.Action + "?with=" + x.Person.ID
		v.Found = append(v.Found, html.Row{Person: view(x.Person), Note: identity(c.P, x), Href: to,
			Action: &ui.ButtonView{Label: c.P.T("people.choose"), Size: "s", Href: to}})
	}
	return other, nil
}

// choices are the codes of a set with their words; nothing is chosen but what
// was typed.
func choices(c *web.Ctx, name, legend, prefix string, codes []string, chosen string, wrong ui.Errors) ui.ChoicesView {
	v := ui.ChoicesView{Name: name, Legend: c.P.T(legend), Layout: "row", Error: wrong.For(name)}
	for _, x := range codes {
		v.Options = append(v.Options, ui.Option{Value: x, Label: c.P.T(prefix + x), Selected: x == chosen})
	}
	return v
}

func codes[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = string(x)
	}
	return out
}
