package person

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kit/web"
)

// PersonCard is a card as the API gives it, and its name there.
type PersonCard Card //nolint:revive // the name of the schema is public

type cardAnswer struct {
	ETag string `header:"ETag"`
	Body PersonCard
}

type personAnswer struct {
	ETag string `header:"ETag"`
	Body Person
}

type pointAnswer struct {
	ETag string `header:"ETag"`
	Body ContactPoint
}

func pointOf(c ContactPoint, err error) (*pointAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &pointAnswer{web.ETag(c.Version), c}, nil
}

type matterAnswer struct{ Body Matter }

func matterOf(m Matter, err error) (*matterAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &matterAnswer{m}, nil
}

type peopleAnswer struct {
	Link string `header:"Link"`
	Body struct {
		Items []PersonCard `json:"items"`
	}
}

type representationAnswer struct{ Body Representation }

// IDPath names a customer.
type IDPath struct {
	ID string `path:"person_id" maxLength:"60"`
}

// PointPath names a contact point.
type PointPath struct {
	ID string `path:"point_id" maxLength:"60"`
}

// Seen is the version that a client saw of what it changes. Like all that is
// embedded in an input it is exported: huma does not fill what is not.
type Seen struct {
	IfMatch string `header:"If-Match" doc:"The ETag of what you saw."`
}

// NewMatter is something that matters to a person, to be written down.
type NewMatter struct {
	Text string `json:"text" minLength:"1" maxLength:"500" doc:"In the person's own words."`
}

func (s *Service) api(api huma.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return web.Operation(id, method, path, summary, "People")
	}
	huma.Register(api, op("listPeople", http.MethodGet, "/people", "Find customers while typing"),
		func(ctx context.Context, in *struct {
			web.Paging
			Q string `query:"q" maxLength:"200" doc:"The beginning of any word of the name (three letters), the first or last digits of a phone number, an e-mail address, a birth date, the reference of a case. Without it: those added last."`
		}) (*peopleAnswer, error) {
			p, err := s.List(ctx, web.Actor(ctx), in.Q, in.Cursor, in.Limit)
			if err != nil {
				return nil, err
			}
			out := &peopleAnswer{Link: web.NextLink(web.From(ctx).Request().URL, p.Next)}
			out.Body.Items = make([]PersonCard, len(p.Items))
			for i, c := range p.Items {
				out.Body.Items[i] = PersonCard(c)
				web.Saw(ctx, "person", c.Person.ID)
			}
			return out, nil
		})
	huma.Register(api, op("createPerson", http.MethodPost, "/people", "Add a customer"),
		func(ctx context.Context, in *struct{ Body NewPerson }) (*cardAnswer, error) {
			c, err := s.Create(ctx, web.Actor(ctx), in.Body)
			if err != nil {
				return nil, err
			}
			return &cardAnswer{web.ETag(c.Person.Version), PersonCard(c)}, nil
		})
	huma.Register(api, op("getPerson", http.MethodGet, "/people/{person_id}", "Get a customer: what matters, how to reach them, who speaks for them"),
		func(ctx context.Context, in *IDPath) (*cardAnswer, error) {
			c, err := s.Get(ctx, web.Actor(ctx), in.ID)
			if err != nil {
				return nil, err
			}
			web.Saw(ctx, "person", in.ID)
			return &cardAnswer{web.ETag(c.Person.Version), PersonCard(c)}, nil
		})
	huma.Register(api, op("updatePerson", http.MethodPatch, "/people/{person_id}", "Change a customer"),
		func(ctx context.Context, in *struct {
			IDPath
			Seen
			Body ChangePerson
		}) (*personAnswer, error) {
			who := web.Actor(ctx)
			old, err := s.Get(ctx, who, in.ID)
			if err == nil {
				err = web.CheckIfMatch(in.IfMatch, old.Person.Version)
			}
			if err != nil {
				return nil, err
			}
			p, err := s.Update(ctx, who, in.ID, old.Person.Version, in.Body)
			if err != nil {
				return nil, err
			}
			web.Saw(ctx, "person", in.ID)
			return &personAnswer{web.ETag(p.Version), p}, nil
		})
	s.apiPoints(api, op)
	s.apiRest(api, op)
	s.apiHome(api, op)
	s.apiEmergency(api, op)
	s.apiSame(api, op)
}

func (s *Service) apiPoints(api huma.API, op func(id, method, path, summary string) huma.Operation) {
	huma.Register(api, op("addContactPoint", http.MethodPost, "/people/{person_id}/contact-points", "Add a way of reaching a customer"),
		func(ctx context.Context, in *struct {
			IDPath
			Body NewPoint
		}) (*pointAnswer, error) {
			return pointOf(s.AddPoint(ctx, web.Actor(ctx), in.ID, in.Body))
		})
	huma.Register(api, op("updateContactPoint", http.MethodPatch, "/contact-points/{point_id}", "Change a contact point: preference, hours, refused, verified"),
		func(ctx context.Context, in *struct {
			PointPath
			Seen
			Body ChangePoint
		}) (*pointAnswer, error) {
			who := web.Actor(ctx)
			old, err := s.Point(ctx, who, in.ID)
			if err == nil {
				err = web.CheckIfMatch(in.IfMatch, old.Version)
			}
			if err != nil {
				return nil, err
			}
			return pointOf(s.UpdatePoint(ctx, who, in.ID, old.Version, in.Body))
		})
}

func (s *Service) apiRest(api huma.API, op func(id, method, path, summary string) huma.Operation) {
	huma.Register(api, op("addMatter", http.MethodPost, "/people/{person_id}/matters", "Write down what matters to a customer"),
		func(ctx context.Context, in *struct {
			IDPath
			Body NewMatter
		}) (*matterAnswer, error) {
			return matterOf(s.AddMatter(ctx, web.Actor(ctx), in.ID, in.Body.Text))
		})
	end := op("endMatter", http.MethodPost, "/matters/{matter_id}/end", "Say that something matters no more")
	end.DefaultStatus = http.StatusOK
	huma.Register(api, end,
		func(ctx context.Context, in *struct {
			ID string `path:"matter_id" maxLength:"60"`
		}) (*matterAnswer, error) {
			return matterOf(s.EndMatter(ctx, web.Actor(ctx), in.ID))
		})
	huma.Register(api, op("setRepresentation", http.MethodPost, "/people/{person_id}/representatives", "Record who stands by a customer, or that it ended"),
		func(ctx context.Context, in *struct {
			IDPath
			Body SetRepresentation
		}) (*representationAnswer, error) {
			r, err := s.Represent(ctx, web.Actor(ctx), in.ID, in.Body)
			if err != nil {
				return nil, err
			}
			return &representationAnswer{r}, nil
		})
}
