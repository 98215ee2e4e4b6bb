package note

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kit/web"
)

// NewNote is a note as the API takes it.
type NewNote struct {
	Text    string   `json:"text" minLength:"1" maxLength:"5000" doc:"For colleagues; customers never see it. @ and the name of a colleague asks them to look."`
	Members []string `json:"member_ids,omitempty" maxItems:"20" doc:"Colleagues to mention besides those named in the text; one of them settles a name that several have."`
}

// CasePath names a case by its id or its reference.
type CasePath struct {
	Case string `path:"case_id" maxLength:"60"`
}

// IDPath names a note.
type IDPath struct {
	ID string `path:"note_id" maxLength:"60"`
}

type answer struct{ Body Note }

func answerOf(ctx context.Context, n Note, err error) (*answer, error) {
	if err != nil {
		return nil, err
	}
	web.Saw(ctx, "case", n.Case)
	return &answer{n}, nil
}

type notesAnswer struct {
	Link string `header:"Link"`
	Body struct {
		Items []Note `json:"items"`
	}
}

func (s *Service) api(api huma.API) {
	op := func(id, method, path, summary string, status int) huma.Operation {
		o := web.Operation(id, method, path, summary, "Notes")
		o.DefaultStatus = status
		return o
	}
	huma.Register(api, op("addNote", http.MethodPost, "/cases/{case_id}/notes", "Write a note for colleagues, and mention them", http.StatusCreated),
		func(ctx context.Context, in *struct {
			CasePath
			Body NewNote
		}) (*answer, error) {
			n, err := s.Add(ctx, web.Actor(ctx), in.Case, Add(in.Body))
			return answerOf(ctx, n, err)
		})
	huma.Register(api, op("listNotes", http.MethodGet, "/cases/{case_id}/notes", "List the notes of a case, newest first", http.StatusOK),
		func(ctx context.Context, in *struct {
			CasePath
			web.Paging
		}) (*notesAnswer, error) {
			p, err := s.List(ctx, web.Actor(ctx), in.Case, in.Cursor, in.Limit)
			if err != nil {
				return nil, err
			}
			out := &notesAnswer{Link: web.NextLink(web.From(ctx).Request().URL, p.Next)}
			out.Body.Items = p.Items
			for _, n := range p.Items {
				web.Saw(ctx, "case", n.Case)
			}
			return out, nil
		})
	huma.Register(api, op("takeBackNote", http.MethodPost, "/notes/{note_id}/take-back", "Take a note of your own back, within a minute", http.StatusOK),
		func(ctx context.Context, in *IDPath) (*answer, error) {
			n, err := s.TakeBack(ctx, web.Actor(ctx), in.ID)
			return answerOf(ctx, n, err)
		})
}
