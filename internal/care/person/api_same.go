package person

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/web"
)

type pairsAnswer struct {
	Link string `header:"Link"`
	Body struct {
		Items []Pair `json:"items"`
	}
}

type mergingAnswer struct{ Body Merging }

func mergingOf(m Merging, err error) (*mergingAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &mergingAnswer{m}, nil
}

func (s *Service) apiSame(api huma.API, op operation) {
	huma.Register(api, op("listDuplicates", http.MethodGet, "/people/duplicates", "Pairs of customers who may be one, the newest first"),
		func(ctx context.Context, in *struct{ web.Paging }) (*pairsAnswer, error) {
			p, err := s.Duplicates(ctx, web.Actor(ctx), in.Cursor, in.Limit)
			if err != nil {
				return nil, err
			}
			out := &pairsAnswer{Link: web.NextLink(web.From(ctx).Request().URL, p.Next)}
			out.Body.Items = p.Items
			for _, x := range p.Items {
				web.Saw(ctx, "person", x.Person)
				web.Saw(ctx, "person", x.Other)
			}
			return out, nil
		})
	apart := op("keepApart", http.MethodPost, "/people/{person_id}/apart", "Say that two customers who look like one are two")
	apart.DefaultStatus = http.StatusNoContent
	huma.Register(api, apart,
		func(ctx context.Context, in *struct {
			IDPath
			Body struct {
				Other string `json:"other_person_id" maxLength:"60"`
			}
		}) (*struct{}, error) {
			return nil, s.KeepApart(ctx, web.Actor(ctx), in.ID, in.Body.Other)
		})
	huma.Register(api, ended(op("mergePerson", http.MethodPost, "/people/{person_id}/merge", "Say that a customer is another one: everything of theirs appears there")),
		func(ctx context.Context, in *struct {
			IDPath
			Body struct {
				Into  string `json:"into_person_id" maxLength:"60" doc:"Who is used from now on"`
				Asked bool   `json:"asked,omitempty" doc:"Somebody made sure: asked the customer, or saw it on paper"`
			}
		}) (*mergingAnswer, error) {
			if !in.Body.Asked {
				return nil, errs.New(errs.Invalid, "merge-not-asked").Field("asked", "merge-not-asked")
			}
			return mergingOf(s.Merge(ctx, web.Actor(ctx), in.ID, in.Body.Into))
		})
	huma.Register(api, ended(op("unmergePerson", http.MethodPost, "/people/{person_id}/unmerge", "Say that a customer was merged by mistake")),
		func(ctx context.Context, in *IDPath) (*mergingAnswer, error) {
			return mergingOf(s.Unmerge(ctx, web.Actor(ctx), in.ID))
		})
}
