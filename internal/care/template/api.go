package template

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kit/web"
)

// Path names a template.
type Path struct {
	ID string `path:"template_id" maxLength:"60"`
}

// Texts are what a template says.
type Texts struct {
	Name    string `json:"name" maxLength:"100"`
	Dutch   string `json:"text_nl" maxLength:"5000" doc:"Fields stand between brackets: [klant], [nummer], [collega], [tijd], [organisatie], [telefoon]."`
	English string `json:"text_en" maxLength:"5000" doc:"Fields: [customer], [reference], [colleague], [time], [organisation], [phone]."`
}

type one[T any] struct {
	ETag string `header:"ETag"`
	Body T
}

type many[T any] struct {
	Body struct {
		Items []T `json:"items"`
	}
}

func manyOf[T any](list []T) *many[T] {
	out := &many[T]{}
	if out.Body.Items = list; list == nil {
		out.Body.Items = []T{}
	}
	return out
}

func answer(x Template, err error) (*one[Template], error) {
	if err != nil {
		return nil, err
	}
	return &one[Template]{ETag: web.ETag(x.Version), Body: x}, nil
}

func (s *Service) api(api huma.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return web.Operation(id, method, path, summary, "Templates")
	}
	huma.Register(api, op("listTemplates", http.MethodGet, "/templates", "The organisation's own texts for answers, by name"),
		func(ctx context.Context, _ *struct{}) (*many[Template], error) {
			list, err := s.List(ctx, web.Actor(ctx))
			if err != nil {
				return nil, err
			}
			return manyOf(list), nil
		})
	huma.Register(api, op("addTemplate", http.MethodPost, "/templates", "Add a text for answers, in both languages"),
		func(ctx context.Context, in *struct{ Body Texts }) (*one[Template], error) {
			return answer(s.Save(ctx, web.Actor(ctx), Template{Name: in.Body.Name, Dutch: in.Body.Dutch, English: in.Body.English}))
		})
	huma.Register(api, op("getTemplate", http.MethodGet, "/templates/{template_id}", "Get a text for answers"),
		func(ctx context.Context, in *Path) (*one[Template], error) {
			return answer(s.Get(ctx, web.Actor(ctx), in.ID))
		})
	huma.Register(api, op("changeTemplate", http.MethodPut, "/templates/{template_id}", "Change a text for answers"),
		func(ctx context.Context, in *struct {
			Path
			IfMatch string `header:"If-Match" doc:"The ETag of what you saw."`
			Body    Texts
		}) (*one[Template], error) {
			old, err := s.Get(ctx, web.Actor(ctx), in.ID)
			if err == nil {
				err = web.CheckIfMatch(in.IfMatch, old.Version)
			}
			if err != nil {
				return nil, err
			}
			return answer(s.Save(ctx, web.Actor(ctx), Template{ID: old.ID, Version: old.Version, Name: in.Body.Name, Dutch: in.Body.Dutch, English: in.Body.English}))
		})
	drop := op("dropTemplate", http.MethodDelete, "/templates/{template_id}", "Take a text for answers away")
	drop.DefaultStatus = http.StatusNoContent
	huma.Register(api, drop, func(ctx context.Context, in *Path) (*struct{}, error) {
		return nil, s.Drop(ctx, web.Actor(ctx), in.ID)
	})
	huma.Register(api, op("fillTemplate", http.MethodGet, "/cases/{case_id}/templates/{template_id}", "A text for answers as it reads in a case, in the customer's language"),
		func(ctx context.Context, in *struct {
			Case string `path:"case_id" maxLength:"60"`
			Path
		}) (*one[Filled], error) {
			f, err := s.Fill(ctx, web.Actor(ctx), in.Case, in.ID)
			if err != nil {
				return nil, err
			}
			web.Saw(ctx, "case", in.Case)
			return &one[Filled]{Body: f}, nil
		})
	check := op("checkText", http.MethodPost, "/texts/check", "What makes a text hard to read; nothing of it is kept")
	check.DefaultStatus = http.StatusOK
	huma.Register(api, check, func(ctx context.Context, in *struct {
		Body struct {
			Text     string `json:"text" maxLength:"10000"`
			Language string `json:"language" enum:"nl,en"`
		}
	}) (*many[Finding], error) {
		list, err := s.Look(web.Actor(ctx), in.Body.Text, in.Body.Language)
		if err != nil {
			return nil, err
		}
		return manyOf(list), nil
	})
}
