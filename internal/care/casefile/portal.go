package casefile

import (
	"context"
	"strings"

	"github.com/houvast/houvast/internal/care/casefile/portalhtml"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// portalHome is where the customer's page is; the surface guards it.
const portalHome = "/q"

// portal registers the customer's page. Everything done on it arrives at the
// organisation that has the question now.
func (s *Service) portal(m *web.Mux) {
	m.Get(portalHome, func(c *web.Ctx) error { return s.showQuestion(c, portalhtml.Typed{}, nil) })
	m.Post(portalHome+"/solved", s.portalSolved)
	m.Post(portalHome+"/not-solved", s.portalNotSolved)
	m.Post(portalHome+"/say", s.portalSay)
	m.Post(portalHome+"/matters", s.portalAddMatter)
	m.Post(portalHome+"/matters/{id}/end", s.portalEndMatter)
}

// showQuestion draws the page; after a form that was refused with what was
// typed and what to mend.
func (s *Service) showQuestion(c *web.Ctx, typed portalhtml.Typed, refused error) error {
	p, err := s.questionPage(c.Context(), c.Actor, c.P.Lang())
	if err != nil {
		return err
	}
	c.P = p.words
	v := p.view()
	page := web.Page{Title: v.Title, Live: portalHome + "/events"}
	if e, ok := errs.As(refused); ok {
		_, v.Problem = c.P.Problem(e)
		v.Errors, v.Typed = ui.ErrorsOf(c.P, refused), typed
		page.Failed, page.Status = true, web.Status(e.Class)
	}
	c.Saw("question", p.Question.ID)
	page.Body = portalhtml.Page(v)
	return c.Page(page)
}

// portalForm is what every form of the page sends.
type portalForm struct {
	Question string `form:"question"`
	Said     string `form:"said"`
	Why      string `form:"why"`
	Text     string `form:"text"`
}

// portalDo reads a form, does what it asks where the question is now, and goes
// back to the page. A form of another question, from a page that stood open
// while this browser opened a second link, does nothing.
func (s *Service) portalDo(c *web.Ctx, toast string, do func(ctx context.Context, there actor.Actor, caseID string, in portalForm) error) error {
	if !c.Actor.Confirmed {
		return c.Redirect(portalHome + "/confirm")
	}
	var in portalForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	if in.Question != c.Actor.Question {
		return errs.New(errs.Conflict, "other-question")
	}
	there, caseID, err := s.OnCase(c.Context(), c.Actor)
	if err == nil {
		err = do(c.Context(), there, caseID, in)
	}
	switch errs.ClassOf(err) {
	case errs.Invalid, errs.Conflict, errs.Stale:
		return s.showQuestion(c, portalhtml.Typed{Said: in.Said, Why: in.Why, Matter: in.Text}, err)
	}
	if err != nil {
		return err
	}
	c.Toast(toast)
	return c.Redirect(portalHome)
}

func (s *Service) portalSolved(c *web.Ctx) error {
	return s.portalDo(c, "question.done.solved", func(ctx context.Context, there actor.Actor, caseID string, _ portalForm) error {
		return s.Solved(ctx, there, caseID)
	})
}

func (s *Service) portalNotSolved(c *web.Ctx) error {
	return s.portalDo(c, "question.done.not-solved", func(ctx context.Context, there actor.Actor, caseID string, in portalForm) error {
		return s.NotSolved(ctx, there, caseID, in.Why)
	})
}

func (s *Service) portalSay(c *web.Ctx) error {
	return s.portalDo(c, "question.done.said", func(ctx context.Context, there actor.Actor, caseID string, in portalForm) error {
		if in.Said == "" {
			return errs.New(errs.Invalid, "nothing-written").Field("said", "nothing-written")
		}
		return s.Say(ctx, there, caseID, in.Said)
	})
}

func (s *Service) portalAddMatter(c *web.Ctx) error {
	return s.portalDo(c, "question.done.matter", func(ctx context.Context, there actor.Actor, _ string, in portalForm) error {
		if in.Text == "" {
			return errs.New(errs.Invalid, "nothing-written").Field("text", "nothing-written")
		}
		_, err := s.people().AddMatter(ctx, there, there.Person, in.Text)
		return err
	})
}

func (s *Service) portalEndMatter(c *web.Ctx) error {
	id := c.Path("id")
	return s.portalDo(c, "question.done.matter-ended", func(ctx context.Context, there actor.Actor, _ string, _ portalForm) error {
		_, err := s.people().EndMatter(ctx, there, id)
		return err
	})
}

// people are the customers: the page writes down what matters to its reader.
func (s *Service) people() *person.Service { return person.New(person.Deps{DB: s.DB}) }

// questionPage reads everything the page shows, in one look at the store.
func (s *Service) questionPage(ctx context.Context, who actor.Actor, language string) (p questionPage, err error) {
	if err := auth.Require(who, auth.QuestionRead); err != nil {
		return p, err
	}
	who.Language = language // of the page, so that its steps are told in it as well
	err = s.DB.Read(ctx, func(q db.Q) error {
		if p.Question, err = s.question(q, who); err != nil {
			return err
		}
		h := p.Question.Holder
		p.words = s.Lang.Printer(language, h.Org.Calendar.Location(), q.Now())
		if !who.Confirmed {
			return nil
		}
		return p.read(q)
	})
	return p, err
}

// oneLine takes from a text what would break the sentence around it.
func oneLine(s string) string {
	return strings.TrimRight(strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "**", ""), ". ")
}
