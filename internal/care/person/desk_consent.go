package person

import (
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person/html"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// consentShown is how much of the past stands on the page.
const consentShown = 50

// consentViews words what was agreed to. Names are of who said so and who
// wrote it down.
func consentViews(c *web.Ctx, list []Consent, of string, people map[string]Person, members map[string]org.Member) (out []html.Consent) {
	for _, x := range list {
		v := html.Consent{PointView: ui.PointView{Icon: "circle-check", Text: c.P.T("people.purpose." + string(x.Purpose))}, Tag: c.P.T("people.consent-yes")}
		if !x.Given {
			v.Icon, v.Off, v.Tag = "ban", true, c.P.T("people.consent-no")
		}
		who, by := "", members[x.ByMember].Name
		if x.By != of {
			who = people[x.By].Name
		}
		v.Note = c.P.T("people.consent-note", "At", x.At, "How", c.P.T("people.how."+x.How), "Who", who, "Member", by)
		out = append(out, v)
	}
	return out
}

// newestOf keeps the newest of each purpose.
func newestOf(list []Consent) (out []Consent) {
	seen := map[Purpose]bool{}
	for _, x := range list {
		if !seen[x.Purpose] {
			seen[x.Purpose] = true
			out = append(out, x)
		}
	}
	return out
}

// consentNames looks up who said so and who wrote it down.
func consentNames(q db.Q, orgID string, list []Consent) (map[string]Person, map[string]org.Member, error) {
	var persons, staff []string
	for _, x := range list {
		persons = append(persons, x.By)
		if x.ByMember != "" {
			staff = append(staff, x.ByMember)
		}
	}
	people, err := ByIDs(q, orgID, persons)
	if err != nil {
		return nil, nil, err
	}
	members, err := org.MembersByIDs(q, orgID, staff)
	return people, members, err
}

// consentInput is what a customer said, as it is typed.
type consentInput struct {
	Purpose string `form:"purpose"`
	Given   string `form:"given"`
	How     string `form:"how"`
	By      string `form:"by"`
}

func (s *Service) deskConsentPage(c *web.Ctx) error {
	return s.showConsent(c, consentInput{}, "", nil, 0)
}

func (s *Service) showConsent(c *web.Ctx, in consentInput, problem string, wrong ui.Errors, status int) error {
	if err := auth.Require(c.Actor, auth.PersonRead); err != nil {
		return err
	}
	card, err := s.Get(c.Context(), c.Actor, c.Path("person"))
	if err != nil {
		return err
	}
	list, err := s.ConsentsOf(c.Context(), c.Actor, card.Person.ID)
	if err != nil {
		return err
	}
	list = list[:min(len(list), consentShown)]
	var people map[string]Person
	var members map[string]org.Member
	if err := s.DB.Read(c.Context(), func(q db.Q) error {
		people, members, err = consentNames(q, c.Actor.Org, list)
		return err
	}); err != nil {
		return err
	}
	c.Saw("person", card.Person.ID)
	v := html.ConsentView{Title: c.P.T("people.consent-title", "Name", card.Person.Called()), Sub: c.P.T("people.consent-sub"), Back: href(card.Person.ID), Action: href(card.Person.ID) + "/consent",
		Now: consentViews(c, newestOf(list), card.Person.ID, people, members), Past: consentViews(c, list, card.Person.ID, people, members), Problem: problem, Errors: wrong,
		Purposes: choices(c, "purpose", "people.consent-purpose", "people.purpose.", codes(Purposes), in.Purpose, wrong),
		Given:    choices(c, "given", "people.consent-given", "people.consent-say-", []string{"yes", "no"}, in.Given, wrong),
		How:      choices(c, "how", "people.consent-how", "people.how.", Hows, in.How, wrong),
		By:       ui.ChoicesView{Name: "by", Legend: c.P.T("people.consent-by"), Layout: "row", Error: wrong.For("by")}}
	v.By.Options = append(v.By.Options, ui.Option{Value: card.Person.ID, Label: card.Person.Name, Selected: in.By == card.Person.ID})
	for _, r := range card.Representatives {
		v.By.Options = append(v.By.Options, ui.Option{Value: r.By, Label: r.Name, Selected: in.By == r.By})
	}
	return c.Page(web.Page{Title: v.Title, Nav: "people", Failed: status >= 400, Status: status, Body: html.ConsentPage(v)})
}

func (s *Service) deskConsent(c *web.Ctx) error {
	var in consentInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	var err error
	if in.Given != "yes" && in.Given != "no" {
		err = errs.New(errs.Invalid, "consent-unsaid").Field("given", "consent-unsaid")
	} else {
		_, err = s.SayConsent(c.Context(), c.Actor, c.Path("person"), SayConsent{Purpose: Purpose(in.Purpose), Given: in.Given == "yes", How: in.How, By: in.By})
	}
	if err != nil {
		problem, wrong, status, rest := ui.Refusal(c, err, map[string]string{"by_person_id": "by"})
		if rest != nil {
			return rest
		}
		return s.showConsent(c, in, problem, wrong, status)
	}
	c.Toast("people.saved")
	return c.Redirect(href(c.Path("person")) + "/consent")
}
