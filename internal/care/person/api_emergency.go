package person

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kit/web"
)

type emergencyAnswer struct{ Body Emergency }

func emergencyOf(ctx context.Context, e Emergency, err error) (*emergencyAnswer, error) {
	if err != nil {
		return nil, err
	}
	web.Saw(ctx, "person", e.Person)
	return &emergencyAnswer{e}, nil
}

type emergenciesAnswer struct {
	Link string `header:"Link"`
	Body struct {
		Items []Emergency `json:"items"`
	}
}

// EmergencyPath names an emergency.
type EmergencyPath struct {
	ID string `path:"emergency_id" maxLength:"60"`
}

// OpenEmergency says why what is hidden must be seen now.
type OpenEmergency struct {
	Why string `json:"why" minLength:"1" maxLength:"500" doc:"In a sentence, without details of the customer's health. Whoever leads reads it, and it becomes part of the record."`
}

func (s *Service) apiEmergency(api huma.API, op operation) {
	huma.Register(api, ended(op("openInEmergency", http.MethodPost, "/people/{person_id}/emergency", "Open in an emergency what is hidden of a customer, for a while; whoever leads is told")),
		func(ctx context.Context, in *struct {
			IDPath
			Body OpenEmergency
		}) (*emergencyAnswer, error) {
			e, err := s.OpenInEmergency(ctx, web.Actor(ctx), in.ID, in.Body.Why)
			return emergencyOf(ctx, e, err)
		})
	huma.Register(api, op("listEmergencies", http.MethodGet, "/emergencies", "What was opened in an emergency, newest first"),
		func(ctx context.Context, in *struct {
			web.Paging
			Open bool `query:"open" doc:"Only what waits for an answer"`
		}) (*emergenciesAnswer, error) {
			p, err := s.Emergencies(ctx, web.Actor(ctx), in.Open, in.Cursor, in.Limit)
			if err != nil {
				return nil, err
			}
			out := &emergenciesAnswer{Link: web.NextLink(web.From(ctx).Request().URL, p.Next)}
			out.Body.Items = append([]Emergency{}, p.Items...)
			for _, e := range p.Items {
				web.Saw(ctx, "person", e.Person)
			}
			return out, nil
		})
	huma.Register(api, op("getEmergency", http.MethodGet, "/emergencies/{emergency_id}", "One of them, for who leads and for who opened it"),
		func(ctx context.Context, in *EmergencyPath) (*emergencyAnswer, error) {
			e, err := s.Emergency(ctx, web.Actor(ctx), in.ID)
			return emergencyOf(ctx, e, err)
		})
	huma.Register(api, ended(op("endEmergency", http.MethodPost, "/emergencies/{emergency_id}/end", "Close it before its time")),
		func(ctx context.Context, in *EmergencyPath) (*emergencyAnswer, error) {
			e, err := s.EndEmergency(ctx, web.Actor(ctx), in.ID)
			return emergencyOf(ctx, e, err)
		})
	huma.Register(api, ended(op("answerEmergency", http.MethodPost, "/emergencies/{emergency_id}/answer", "Say whether it was right to open it")),
		func(ctx context.Context, in *struct {
			EmergencyPath
			Body AnswerEmergency
		}) (*emergencyAnswer, error) {
			e, err := s.ReviewEmergency(ctx, web.Actor(ctx), in.ID, in.Body)
			return emergencyOf(ctx, e, err)
		})
}
