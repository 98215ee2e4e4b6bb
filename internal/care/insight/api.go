package insight

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kit/web"
)

// MeasureView is one measure over the period.
type MeasureView struct {
	Measure  Measure        `json:"measure"`
	Rate     Rate           `json:"rate" doc:"The share of the good outcome, with its 95% interval by Wilson"`
	Earlier  Rate           `json:"earlier" doc:"The same over as many weeks before"`
	Outcomes map[string]int `json:"outcomes"`
}

// Figures is how customers fared.
type Figures struct {
	From     string        `json:"from"`
	To       string        `json:"to"`
	Measures []MeasureView `json:"measures"`
}

type insightAnswer struct{ Body Figures }

type casesBehindAnswer struct {
	Link string `header:"Link"`
	Body struct {
		Items []CaseBehind `json:"items"`
	}
}

func (s *Service) api(api huma.API) {
	huma.Register(api, web.Operation("getInsight", http.MethodGet, "/insight", "How customers fared in the last weeks", "Insight"),
		func(ctx context.Context, in *struct {
			Weeks int `query:"weeks" minimum:"4" maximum:"52" default:"12" doc:"4, 12 or 52"`
		}) (*insightAnswer, error) {
			r, err := s.Report(ctx, web.Actor(ctx), in.Weeks)
			if err != nil {
				return nil, err
			}
			out := &insightAnswer{Figures{From: r.From, To: r.To}}
			for _, m := range Measures {
				t := r.Tally(m)
				out.Body.Measures = append(out.Body.Measures, MeasureView{m, t.Rate(m), Sum(r.Earlier[m], m, nil).Rate(m), t})
			}
			return out, nil
		})
	huma.Register(api, web.Operation("listInsightCases", http.MethodGet, "/insight/{measure}/{outcome}", "List the cases behind a number, newest first", "Insight"),
		func(ctx context.Context, in *struct {
			web.Paging
			Measure string `path:"measure" enum:"kept,answered,returned,told"`
			Outcome string `path:"outcome" maxLength:"20"`
			From    string `query:"from" format:"date" doc:"First day"`
			To      string `query:"to" format:"date" doc:"Last day"`
		}) (*casesBehindAnswer, error) {
			p, err := s.Behind(ctx, web.Actor(ctx), Behind{Measure: Measure(in.Measure), Outcome: in.Outcome, From: in.From, To: in.To, Cursor: in.Cursor, Limit: in.Limit})
			if err != nil {
				return nil, err
			}
			out := &casesBehindAnswer{Link: web.NextLink(web.From(ctx).Request().URL, p.Next)}
			out.Body.Items = p.Items
			for _, r := range p.Items {
				web.Saw(ctx, "case", r.Case)
			}
			return out, nil
		})
}
