package casefile

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kit/web"
)

// BulkBody is exported because huma fills exported embedded structs only.
type BulkBody struct {
	What  string    `json:"what" enum:"handoff,move,note,wait,ask"`
	Cases []string  `json:"case_ids" minItems:"1" maxItems:"200" doc:"Ids of cases."`
	To    string    `json:"to_id,omitempty" doc:"With handoff: a member or a team."`
	Due   time.Time `json:"due_at,omitzero" doc:"With move: the new time of the promise that falls due first. With wait: when we look again."`
	Text  string    `json:"text,omitempty" maxLength:"5000" doc:"With note: what is written inside. With wait: what we wait for, in words the customer understands (at most 300)."`
}

func (b BulkBody) wanted() BulkWanted {
	return BulkWanted{What: b.What, Cases: b.Cases, BulkInput: BulkInput{To: b.To, Due: b.Due, Text: b.Text}}
}

type bulkStepView struct {
	CaseID    string `json:"case_id"`
	PromiseID string `json:"promise_id,omitempty" doc:"The promise that falls due first."`
	Problem   string `json:"problem,omitempty" doc:"Why nothing would happen with it."`
}

type bulkPlanView struct {
	What     string         `json:"what"`
	Can      int            `json:"can" doc:"With how many cases it can be done."`
	Member   string         `json:"member_id,omitempty" doc:"With handoff: who answers."`
	AtOnce   bool           `json:"at_once,omitempty" doc:"The team agreed beforehand to accept at once."`
	Closes   time.Time      `json:"closes_at,omitzero" doc:"With ask: when they close if nothing is said."`
	Messages int            `json:"messages" doc:"How many customers get a message."`
	Calls    int            `json:"calls" doc:"How many customers are to be phoned."`
	Steps    []bulkStepView `json:"steps"`
}

type bulkView struct {
	ID      string        `json:"id"`
	What    string        `json:"what"`
	By      string        `json:"member_id"`
	At      time.Time     `json:"at"`
	Total   int           `json:"total"`
	Done    int           `json:"done"`
	Refused int           `json:"refused"`
	EndedAt time.Time     `json:"ended_at,omitzero"`
	Rows    []bulkRowView `json:"rows"`
}

type bulkRowView struct {
	CaseID  string `json:"case_id"`
	State   string `json:"state" enum:"waiting,done,refused"`
	Problem string `json:"problem,omitempty"`
}

func bulkOf(b Bulk, rows []BulkRow) bulkView {
	v := bulkView{ID: b.ID, What: b.What, By: b.Member, At: b.CreatedAt, Total: b.Total, EndedAt: b.EndedAt, Rows: make([]bulkRowView, len(rows))}
	for i, r := range rows {
		v.Rows[i] = bulkRowView{r.Case, r.State, r.Problem}
		switch r.State {
		case RowDone:
			v.Done++
		case RowRefused:
			v.Refused++
		}
	}
	return v
}

// apiBulk are the operations that do one thing with several cases.
func (s *Service) apiBulk(api huma.API, op, command func(id, method, path, summary string) huma.Operation) {
	huma.Register(api, command("previewBulk", http.MethodPost, "/case-bulks/preview", "What would happen with several cases; nothing changes"),
		func(ctx context.Context, in *struct{ Body BulkBody }) (*body[bulkPlanView], error) {
			p, err := s.PreviewBulk(ctx, web.Actor(ctx), in.Body.wanted())
			if err != nil {
				return nil, err
			}
			v := bulkPlanView{What: p.What, Can: p.Can(), Member: p.Member, AtOnce: p.AtOnce, Closes: p.Closes, Messages: p.Messages, Calls: p.Calls, Steps: make([]bulkStepView, len(p.Steps))}
			for i, x := range p.Steps {
				v.Steps[i] = bulkStepView{x.Case.ID, x.Promise.ID, x.Problem}
			}
			return &body[bulkPlanView]{v}, nil
		})
	huma.Register(api, op("runBulk", http.MethodPost, "/case-bulks", "Do one thing with several cases, each by itself; of more than twenty a job does the rest"),
		func(ctx context.Context, in *struct {
			Body struct {
				BulkBody
				Once     string            `json:"once" minLength:"1" maxLength:"200" doc:"Your own name for this; the same name again does nothing again."`
				Promises map[string]string `json:"promise_ids,omitempty" doc:"With move: the promise you saw, by case. One that ended meanwhile is left alone."`
			}
		}) (*body[bulkView], error) {
			who := web.Actor(ctx)
			b, err := s.RunBulk(ctx, who, BulkConfirmed{BulkWanted: in.Body.wanted(), Once: in.Body.Once, Promises: in.Body.Promises})
			if err != nil {
				return nil, err
			}
			b, rows, err := s.GetBulk(ctx, who, b.ID)
			return &body[bulkView]{bulkOf(b, rows)}, err
		})
	huma.Register(api, op("getBulk", http.MethodGet, "/case-bulks/{bulk_id}", "What became of each case"),
		func(ctx context.Context, in *struct {
			ID string `path:"bulk_id" maxLength:"60"`
		}) (*body[bulkView], error) {
			b, rows, err := s.GetBulk(ctx, web.Actor(ctx), in.ID)
			return &body[bulkView]{bulkOf(b, rows)}, err
		})
}
