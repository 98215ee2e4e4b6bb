package casefile

import (
	"context"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/casefile/html"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// openInput is a question as it is typed on the desk. Without a person
// somebody new is added with it.
type openInput struct {
	Person  string `form:"person"`
	Pair    string `form:"pair"` // whom it is about and who asks: "about asker"
	Name    string `form:"name"`
	Born    string `form:"born"`
	Phone   string `form:"phone"`
	Email   string `form:"email"`
	Subject string `form:"subject"`
	Said    string `form:"said"`
	Channel string `form:"channel"`
	Owner   string `form:"owner"`
	promiseInput
}

// openNames are the fields of the form by what services call them.
var openNames = map[string]string{"due_at": "by_text", "from_at": "from_text", "person_id": "name", "asker_id": "pair", "birth_date": "born"}

// opening is what the page needs to know before anything is typed.
type opening struct {
	org     org.Organisation
	card    person.Card // zero for somebody new
	pairs   []pair
	open    []Case
	doors   []Door
	members []org.Member
	teams   []org.Team
}

// pair is who asks, and for whom.
type pair struct {
	about, asker person.Person
	basis        person.Basis // of who asks for another
	value        string
}

// deskOpenPage begins with who it is, then asks for the question.
func (s *Service) deskOpenPage(c *web.Ctx) error {
	if err := auth.Require(c.Actor, auth.CaseWrite); err != nil {
		return err
	}
	id, typed := c.Query("person"), c.Query("q")
	if id == "" && c.Query("new") == "" {
		v := html.OpenView{Query: typed, SkipHref: "/desk/cases/new?new=1"}
		if err := s.DB.Read(c.Context(), func(q db.Q) error {
			found, open, err := s.findPeople(q, c, typed)
			v.Found = foundPeople(c.P, found, open)
			return err
		}); err != nil {
			return err
		}
		return c.Page(web.Page{Title: c.P.T("desk.open.title"), Nav: "cases", Body: html.Open(v)})
	}
	o, err := s.opening(c, id)
	if err != nil {
		return err
	}
	in := openInput{Person: id, Channel: "phone", Owner: c.Actor.Member}
	in.Told, in.Kind = "spoken", oneOf(c.Query("kind"), deskKinds...)
	return s.showOpen(c, o, in, false, html.OpenView{}, 0, nil)
}

func (s *Service) opening(c *web.Ctx, id string) (o opening, err error) {
	who := c.Actor
	if err := s.DB.Read(c.Context(), func(q db.Q) error {
		if o.org, err = org.ByID(q, who.Org); err != nil || id == "" {
			return err
		}
		if o.card, err = person.CardOf(q, who.Org, id); err != nil {
			return err
		}
		c.Saw("person", id)
		if o.pairs, err = pairs(q, o.org, o.card); err != nil {
			return err
		}
		if o.open, err = List(q, who.Org, Filter{Person: id}, time.Time{}, "", 5); err != nil {
			return err
		}
		o.doors, err = Doors(q, who.Org, id, q.Now())
		return err
	}); err != nil {
		return o, err
	}
	staff := org.New(org.Deps{DB: s.DB})
	members, err := staff.Members(c.Context(), who, org.MemberFilter{}, "", 200)
	if err != nil {
		return o, err
	}
	teams, err := staff.Teams(c.Context(), who, "", 200)
	o.members, o.teams = members.Items, teams.Items
	return o, err
}

// pairs are the ways in which somebody can ask: for themselves, through
// somebody who may speak for them, or for somebody they may speak for.
func pairs(q db.Q, o org.Organisation, card person.Card) (out []pair, err error) {
	now := q.Now().In(o.Calendar.Location())
	self := card.Person
	age := func(p person.Person) int {
		if n, ok := p.Age(now); ok {
			return n
		}
		return -1
	}
	out = []pair{{about: self, asker: self}}
	for _, r := range card.Representatives {
		if !person.AgesOf(o.Settings).MayRepresent(r.Representation, age(self), now).Representative {
			continue
		}
		by, err := person.ByID(q, o.ID, r.By)
		if err != nil {
			return nil, err
		}
		out = append(out, pair{about: self, asker: by, basis: r.Basis})
	}
	represented, err := person.RepresentedBy(q, o.ID, self.ID)
	if err != nil {
		return nil, err
	}
	for _, r := range represented {
		about, err := person.ByID(q, o.ID, r.Person)
		if err != nil {
			return nil, err
		}
		if person.AgesOf(o.Settings).MayRepresent(r, age(about), now).Representative {
			out = append(out, pair{about: about, asker: self, basis: r.Basis})
		}
	}
	for i := range out {
		out[i].value = out[i].about.ID + " " + out[i].asker.ID
	}
	return out, nil
}

func (s *Service) deskOpen(c *web.Ctx) error {
	if err := auth.Require(c.Actor, auth.CaseWrite); err != nil {
		return err
	}
	var in openInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	o, err := s.opening(c, in.Person)
	if err != nil {
		return err
	}
	open := Open{Subject: in.Subject, Said: in.Said, Channel: in.Channel, Owner: in.Owner}
	var ck errs.Checks
	ck.Must(in.Person != "" || in.Name != "", "name", "open-name-missing")
	ck.Must(in.Subject != "", "subject", "subject-missing")
	ck.Must(knownChannel(in.Channel), "channel", "unknown-channel")
	if in.Person != "" {
		open.Person, open.Asker, _ = strings.Cut(in.Pair, " ")
		if len(o.pairs) == 1 || in.Pair == "" && len(o.pairs) == 0 {
			open.Person, open.Asker = in.Person, in.Person
		}
		ck.Must(open.Person != "" && open.Asker != "", "pair", "person-missing")
	}
	born, bornErr := birthDate(in.Born)
	ck.Must(bornErr == nil, "born", "birth-date-unreadable")
	m, promiseErr := s.readPromise(c, o.org, in.promiseInput)
	if e, ok := errs.As(promiseErr); ok && len(e.Fields) > 0 {
		for _, f := range e.Fields {
			ck.Add(f)
		}
	} else if promiseErr != nil {
		return promiseErr
	}
	err = ck.Err()
	if err == nil && in.Do == "preview" {
		preview, err := s.reads(c, o.org, o.card, nil, m, "", nil)
		if err != nil {
			return err
		}
		return s.showOpen(c, o, in, true, html.OpenView{}, 0, preview)
	}
	open.Promise = m
	var row Case
	if err == nil {
		row, err = s.openFor(c.Context(), c, in, born, open)
	}
	if err != nil {
		problem, wrong, status, rest := ui.Refusal(c, err, openNames)
		if rest != nil {
			return rest
		}
		return s.showOpen(c, o, in, true, html.OpenView{Problem: problem, Errors: wrong}, status, nil)
	}
	c.Toast("desk.open.opened", "Ref", row.Ref())
	return c.Redirect(caseHref(row))
}

// openFor opens the case, and adds the customer in the same transaction when
// they are new.
func (s *Service) openFor(ctx context.Context, c *web.Ctx, in openInput, born string, open Open) (row Case, err error) {
	if in.Person == "" {
		if err := auth.Require(c.Actor, auth.PersonWrite); err != nil {
			return row, err
		}
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		now := open
		if in.Person == "" {
			p, err := person.Add(t, c.Actor, newPerson(in, born))
			if err != nil {
				return err
			}
			now.Person, now.Asker = p.ID, p.ID
		}
		row, _, err = s.OpenIn(t, c.Actor, now)
		return err
	})
	return row, inForm(err)
}

// newPerson is somebody new, with the way they reached us first.
func newPerson(in openInput, born string) person.NewPerson {
	n := person.NewPerson{Name: in.Name, BirthDate: born}
	if in.Phone != "" {
		n.Points = append(n.Points, person.NewPoint{Kind: person.Phone, Value: in.Phone})
	}
	if in.Email != "" {
		p := person.NewPoint{Kind: person.Email, Value: in.Email}
		if in.Channel == string(person.Email) {
			n.Points = append([]person.NewPoint{p}, n.Points...)
		} else {
			n.Points = append(n.Points, p)
		}
	}
	return n
}

// inForm says which input a contact point that cannot be read was typed in.
func inForm(err error) error {
	e, ok := errs.As(err)
	if !ok {
		return err
	}
	for i, f := range e.Fields {
		if f.Path == "value" {
			if e.Fields[i].Path = "phone"; f.Type == "email-unreadable" {
				e.Fields[i].Path = "email"
			}
		}
	}
	return err
}

// birthDate reads a date as people write it: 2-3-1984, 02/03/1984, 1984-03-02.
func birthDate(typed string) (string, error) {
	if typed == "" {
		return "", nil
	}
	for _, layout := range []string{"2-1-2006", "2/1/2006", "2.1.2006", "2006-1-2", "2 1 2006"} {
		if t, err := time.Parse(layout, typed); err == nil {
			return t.Format("2006-01-02"), nil
		}
	}
	return "", errs.New(errs.Invalid, "birth-date-unreadable")
}

func (s *Service) showOpen(c *web.Ctx, o opening, in openInput, typed bool, v html.OpenView, status int, preview *ui.PreviewView) error {
	f := html.OpenForm{PersonID: in.Person, Name: in.Name, Born: in.Born, Phone: in.Phone, Email: in.Email, Subject: in.Subject, Said: in.Said, Channel: in.Channel,
		ChangeHref: "/desk/cases/new", Errors: v.Errors}
	var p *promiseInput
	if typed {
		p = &in.promiseInput
	}
	to := o.card
	if in.Person == "" {
		to.Person.Name = c.P.T("desk.open.them")
		for _, x := range newPerson(in, "").Points {
			to.Points = append(to.Points, person.ContactPoint{Kind: x.Kind, Value: x.Value, Usable: true})
		}
	}
	var err error
	if f.Fields, err = s.promiseFields(c, "", to, p, v.Errors); err != nil {
		return err
	}
	if f.Fields.Told == "" {
		f.Fields.Told = in.Told
	}
	if !typed && in.Kind != "" { // "plan a call" on the page of a customer
		f.Fields.Kind = in.Kind
		f.Fields.Kinds = options(c.P, "promise.kind.", deskKinds, in.Kind)
	}
	f.Fields.Preview = preview
	f.Channels = options(c.P, "channel.", Channels, in.Channel)
	f.Owners = owners(c, o, in.Owner)
	if in.Person != "" {
		f.Person, f.PersonNote = personView(o.card.Person), identity(c.P, o.card)
		f.Matters = matters(c.P, o.card, o.card)
		for _, x := range o.pairs {
			f.Pairs = append(f.Pairs, ui.Option{Value: x.value, Label: x.label(c), Note: x.note(c), Selected: x.value == in.Pair})
		}
		for _, x := range o.open {
			f.Open = append(f.Open, ui.Fact{Term: x.Ref(), Value: c.P.T("desk.case.with-next", "Subject", x.Subject, "Next", x.NextDue), Href: caseHref(x)})
		}
		if len(o.doors) > 0 {
			f.Door = c.P.T("desk.open.door", "Until", o.doors[0].Until, "Condition", o.doors[0].Condition)
		}
	}
	v.Form = &f
	return c.Page(web.Page{Title: c.P.T("desk.open.title"), Nav: "cases", Failed: status >= 400, Status: status, Body: html.Open(v)})
}

func (p pair) label(c *web.Ctx) string {
	if p.about.ID == p.asker.ID {
		if p.asker.Kind == person.Company { // somebody asks, never the company itself
			return c.P.T("desk.open.somebody", "Name", p.asker.Name)
		}
		return c.P.T("desk.open.self", "Name", p.asker.Name)
	}
	return c.P.T("desk.open.for", "Asker", p.asker.Name, "About", p.about.Name)
}

func (p pair) note(c *web.Ctx) string {
	if p.basis == "" {
		return ""
	}
	return c.P.T("desk.basis." + string(p.basis))
}

// owners are who may answer for it: me first, then teams, then colleagues.
func owners(c *web.Ctx, o opening, chosen string) []ui.Option {
	out := []ui.Option{{Value: c.Actor.Member, Label: c.P.T("desk.open.owner-me", "Name", c.Actor.Name), Selected: chosen == c.Actor.Member}}
	names := map[string]string{}
	for _, m := range o.members {
		names[m.ID] = m.Name
	}
	for _, t := range o.teams {
		if t.Active {
			out = append(out, ui.Option{Value: t.ID, Label: c.P.T("desk.open.owner-team", "Team", t.Name, "Duty", names[t.Duty]), Selected: chosen == t.ID})
		}
	}
	for _, m := range o.members {
		if m.ID != c.Actor.Member {
			out = append(out, ui.Option{Value: m.ID, Label: m.Name, Selected: chosen == m.ID})
		}
	}
	return out
}
