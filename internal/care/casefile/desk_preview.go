package casefile

import (
	"github.com/houvast/houvast/internal/care/casefile/portalhtml"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/web"
)

// Preview shows staff what the customer sees of a case, in the customer's own
// language and in the frame of their page, without anything that could be
// sent. It belongs at /desk/cases/{id}/customer-page, behind the desk's guard;
// the frame is the customer surface's.
func (s *Service) Preview(frame web.Layout) web.Handler {
	return func(c *web.Ctx) error {
		if err := auth.Require(c.Actor, auth.CaseRead); err != nil {
			return err
		}
		var row Case
		var asker person.Person
		err := s.DB.Read(c.Context(), func(q db.Q) (err error) {
			if row, err = Look(q, c.Actor, c.Path("id")); err == nil {
				asker, err = person.ByID(q, row.Org, row.Asker)
			}
			return err
		})
		if err != nil {
			return err
		}
		reader := actor.Actor{Kind: actor.Customer, Org: row.Org, Person: row.Asker, Question: row.Question, Confirmed: true, Language: asker.Language}
		p, err := s.questionPage(c.Context(), reader, asker.Language)
		if err != nil {
			return err
		}
		c.Saw("case", row.ID)
		v := p.view()
		v.ReadOnly, v.NoticeTo = true, "/desk/cases/"+row.ID
		v.Notice = c.P.T("question.preview.notice", "Name", oneLine(asker.Called()))
		c.P = p.words
		doc, err := frame(c, web.Page{Title: v.Title, Body: portalhtml.Page(v)})
		if err != nil {
			return err
		}
		return c.Fragment(doc)
	}
}
