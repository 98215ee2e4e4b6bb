package person

import (
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person/html"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// editInput is a customer as typed.
type editInput struct {
	Version   int64  `form:"version"`
	Kind      string `form:"kind"`
	Name      string `form:"name"`
	CallName  string `form:"call_name"`
	BirthDate string `form:"birth_date"`
	Language  string `form:"language"`
	Deceased  string `form:"deceased"`
	Phone     string `form:"phone"`
	Email     string `form:"email"`
}

func (s *Service) showEdit(c *web.Ctx, v html.EditView, in editInput, status int) error {
	v.Name, v.CallName, v.Born, v.Deceased, v.Phone, v.Email = in.Name, in.CallName, in.BirthDate, in.Deceased, in.Phone, in.Email
	for _, k := range []Kind{Human, Company} {
		v.Kinds = append(v.Kinds, ui.Option{Value: string(k), Label: c.P.T("person.kind." + string(k)), Selected: in.Kind == string(k)})
	}
	for _, l := range lang.Languages() {
		v.Languages = append(v.Languages, ui.Option{Value: l, Label: c.P.T("language." + l), Selected: in.Language == l})
	}
	return c.Page(web.Page{Title: v.Title, Nav: "people", Failed: status >= 400, Status: status, Body: html.Edit(v)})
}

func newView(words lang.Printer) html.EditView {
	return html.EditView{Title: words.T("people.new-title"), Sub: words.T("people.new-sub"), Action: home + "/new", Back: home, Save: words.T("people.add"), New: true}
}

func (s *Service) deskNewPage(c *web.Ctx) error {
	if err := auth.Require(c.Actor, auth.PersonWrite); err != nil {
		return err
	}
	return s.showEdit(c, newView(c.P), editInput{Kind: string(Human), Language: c.P.Lang(), Name: c.Query("name")}, 0)
}

func (s *Service) deskNew(c *web.Ctx) error {
	if err := auth.Require(c.Actor, auth.PersonWrite); err != nil {
		return err
	}
	var in editInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	card, err := s.addTyped(c, in)
	if err != nil {
		v := newView(c.P)
		var status int
		var rest error
		if v.Problem, v.Errors, status, rest = ui.Refusal(c, err, nil); rest != nil {
			return rest
		}
		return s.showEdit(c, v, in, status)
	}
	c.Toast("people.added", "Name", card.Person.Name)
	return c.Redirect(href(card.Person.ID))
}

// addTyped adds a customer; a number or address that cannot be read is said
// where it was typed.
func (s *Service) addTyped(c *web.Ctx, in editInput) (card Card, err error) {
	n := NewPerson{Kind: Kind(in.Kind), Name: in.Name, CallName: in.CallName, BirthDate: date(in.BirthDate), Language: in.Language}
	var ck errs.Checks
	for _, p := range []struct {
		kind         Channel
		field, typed string
	}{{Phone, "phone", in.Phone}, {Email, "email", in.Email}} {
		if p.typed == "" {
			continue
		}
		if _, err := Normalise(p.kind, p.typed); err != nil {
			ck.Must(false, p.field, errs.TypeOf(err))
		}
		n.Points = append(n.Points, NewPoint{Kind: p.kind, Value: p.typed})
	}
	if err := ck.Err(); err != nil {
		return card, err
	}
	return s.Create(c.Context(), c.Actor, n)
}

func (s *Service) changeView(words lang.Printer, card Card) html.EditView {
	return html.EditView{Title: words.T("people.edit-title", "Name", card.Person.Name), Action: href(card.Person.ID) + "/edit", Back: href(card.Person.ID),
		Save: words.T("word.save"), ShowDeceased: true}
}

func (s *Service) deskEditPage(c *web.Ctx) error {
	card, err := s.Get(c.Context(), c.Actor, c.Path("person"))
	if err != nil {
		return err
	}
	c.Saw("person", card.Person.ID)
	p := card.Person
	in := editInput{Kind: string(p.Kind), Name: p.Name, CallName: p.CallName, BirthDate: typedDate(p.BirthDate), Language: p.Language, Version: p.Version}
	if !p.DeceasedAt.IsZero() {
		in.Deceased = p.DeceasedAt.In(c.P.Loc()).Format("2-1-2006")
	}
	v := s.changeView(c.P, card)
	v.Version = number(p.Version)
	return s.showEdit(c, v, in, 0)
}

func (s *Service) deskEdit(c *web.Ctx) error {
	card, err := s.Get(c.Context(), c.Actor, c.Path("person"))
	if err != nil {
		return err
	}
	var in editInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	kind, born := Kind(in.Kind), date(in.BirthDate)
	change := ChangePerson{Kind: &kind, Name: &in.Name, CallName: &in.CallName, BirthDate: &born, Language: &in.Language}
	err = readDeceased(c, card.Person, in.Deceased, &change)
	if err == nil {
		_, err = s.Update(c.Context(), c.Actor, card.Person.ID, in.Version, change)
	}
	if err != nil {
		v := s.changeView(c.P, card)
		var status int
		var rest error
		if v.Problem, v.Errors, status, rest = ui.Refusal(c, err, map[string]string{"deceased_at": "deceased"}); rest != nil {
			return rest
		}
		v.Version = number(in.Version)
		if errs.ClassOf(err) == errs.Stale {
			if err := s.meanwhile(c, &v); err != nil {
				return err
			}
		}
		return s.showEdit(c, v, in, status)
	}
	c.Toast("people.saved")
	return c.Redirect(href(card.Person.ID))
}

// meanwhile says who changed a customer meanwhile and when, and shows what they
// are now beside what was typed. Saving again goes by the version of now.
func (s *Service) meanwhile(c *web.Ctx, v *html.EditView) error {
	return s.DB.Read(c.Context(), func(q db.Q) error {
		p, err := ByID(q, c.Actor.Org, c.Path("person"))
		if err != nil {
			return err
		}
		v.Version, v.Now = number(p.Version), nil
		for _, x := range []html.Now{
			{Label: c.P.T("people.kind"), Value: c.P.T("person.kind." + string(p.Kind))}, {Label: c.P.T("people.name"), Value: p.Name},
			{Label: c.P.T("people.call-name"), Value: p.CallName}, {Label: c.P.T("people.born"), Value: typedDate(p.BirthDate)},
			{Label: c.P.T("people.language"), Value: c.P.T("language." + p.Language)},
		} {
			if x.Value != "" {
				v.Now = append(v.Now, x)
			}
		}
		if !p.DeceasedAt.IsZero() {
			v.Now = append(v.Now, html.Now{Label: c.P.T("people.deceased"), Value: p.DeceasedAt.In(c.P.Loc()).Format("2-1-2006")})
		}
		facts, err := record(q, p.Org, p.ID, "", 50, false)
		if err != nil {
			return err
		}
		for _, f := range facts {
			if !strings.HasPrefix(f.Kind, "person.") {
				continue
			}
			by, err := org.MembersByIDs(q, p.Org, []string{f.ActorID})
			if m, ok := by[f.ActorID]; ok {
				v.Problem = c.P.T("changed.by", "Who", m.Name, "At", f.At)
			}
			return err
		}
		return nil
	})
}

// readDeceased reads the day somebody died. The same day again changes
// nothing; none takes a mistake away.
func readDeceased(c *web.Ctx, p Person, typed string, change *ChangePerson) error {
	if typed == "" {
		change.Alive = true
		return nil
	}
	d, err := workcal.ParseDate(date(typed))
	if err != nil {
		return errs.New(errs.Invalid, "date-unreadable").Field("deceased", "date-unreadable")
	}
	if !p.DeceasedAt.IsZero() && workcal.DateOf(p.DeceasedAt, c.P.Loc()) == d {
		return nil
	}
	at := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, c.P.Loc())
	change.DeceasedAt = &at
	return nil
}
