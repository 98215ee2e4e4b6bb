package signal

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kit/web"
)

type answer struct{ Body Signal }

func answerOf(s Signal, err error) (*answer, error) {
	if err != nil {
		return nil, err
	}
	return &answer{s}, nil
}

type signalsAnswer struct {
	Link string `header:"Link"`
	Body struct {
		Items []Signal `json:"items"`
	}
}

// IDPath names a signal.
type IDPath struct {
	ID string `path:"signal_id" maxLength:"60"`
}

// ClearSignal says why a signal is over.
type ClearSignal struct {
	Reason string `json:"reason" minLength:"1" maxLength:"40" pattern:"^[a-z][a-z-]*$" doc:"A code of your own, without personal text: \"handled\", \"not-needed\"."`
}

func (s *Service) api(api huma.API) {
	op := func(id, method, path, summary string) huma.Operation {
		o := web.Operation(id, method, path, summary, "Signals")
		o.DefaultStatus = http.StatusOK
		return o
	}
	huma.Register(api, op("listSignals", http.MethodGet, "/signals", "List open signals, the most serious first"),
		func(ctx context.Context, in *struct {
			web.Paging
			Member string `query:"member_id" maxLength:"60" doc:"Only those this member has."`
		}) (*signalsAnswer, error) {
			p, err := s.List(ctx, web.Actor(ctx), in.Member, in.Cursor, in.Limit)
			if err != nil {
				return nil, err
			}
			out := &signalsAnswer{Link: web.NextLink(web.From(ctx).Request().URL, p.Next)}
			out.Body.Items = p.Items
			for _, sig := range p.Items {
				if sig.Case != "" {
					web.Saw(ctx, "case", sig.Case)
				}
			}
			return out, nil
		})
	huma.Register(api, op("takeSignal", http.MethodPost, "/signals/{signal_id}/take", "Take a signal: you look after it"),
		func(ctx context.Context, in *IDPath) (*answer, error) {
			return answerOf(s.Take(ctx, web.Actor(ctx), in.ID))
		})
	huma.Register(api, op("clearSignal", http.MethodPost, "/signals/{signal_id}/clear", "Say that a signal is over"),
		func(ctx context.Context, in *struct {
			IDPath
			Body ClearSignal
		}) (*answer, error) {
			return answerOf(s.Settle(ctx, web.Actor(ctx), in.ID, in.Body.Reason))
		})
}
