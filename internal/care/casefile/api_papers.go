package casefile

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/web"
)

// apiPapers are documents and return doors.
func (s *Service) apiPapers(api huma.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return web.Operation(id, method, path, summary, "Cases")
	}
	huma.Register(api, op("addDocument", http.MethodPost, "/cases/{case_id}/documents", "Add a document to a case"),
		func(ctx context.Context, in *struct {
			CasePath
			Body struct {
				Kind    string `json:"kind" enum:"referral-letter,specialist-letter,result,image,consent,other"`
				Name    string `json:"name" maxLength:"200"`
				Content string `json:"content" maxLength:"500000"`
			}
		}) (*body[documentView], error) {
			d, err := s.AddDocument(ctx, web.Actor(ctx), in.Case, Document{Kind: in.Body.Kind, Name: in.Body.Name, Content: in.Body.Content})
			if err != nil {
				return nil, err
			}
			return &body[documentView]{documentOf(d, false)}, nil
		})
	huma.Register(api, op("listDocuments", http.MethodGet, "/cases/{case_id}/documents", "The documents of a case, newest first"),
		func(ctx context.Context, in *CasePath) (*items[documentView], error) {
			return reading(ctx, s, in.Case, func(q db.Q, c Case) (*items[documentView], error) {
				list, err := Documents(q, c.Org, c.ID)
				out := &items[documentView]{}
				for _, d := range list {
					out.Body.Items = append(out.Body.Items, documentOf(d, false))
				}
				return out, err
			})
		})
	huma.Register(api, op("getDocument", http.MethodGet, "/documents/{document_id}", "Get a document with its content"),
		func(ctx context.Context, in *struct {
			ID string `path:"document_id" maxLength:"60"`
		}) (*body[documentView], error) {
			d, err := s.Document(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return &body[documentView]{documentOf(d, true)}, nil
		})
	huma.Register(api, op("openDoor", http.MethodPost, "/cases/{case_id}/doors", "Give the customer the right to come back directly"),
		func(ctx context.Context, in *struct {
			CasePath
			Body struct {
				Condition string `json:"condition" maxLength:"1000" doc:"When they may come back: \"if it gets worse\"."`
				Until     string `json:"until" maxLength:"60" doc:"RFC 3339, or as people type it."`
			}
		}) (*body[doorView], error) {
			who := web.Actor(ctx)
			until, err := s.Promises.ParseDue(ctx, who, web.Printer(ctx), "until", in.Body.Until)
			if err != nil {
				return nil, err
			}
			d, err := s.NewDoor(ctx, who, in.Case, in.Body.Condition, until)
			if err != nil {
				return nil, err
			}
			return &body[doorView]{doorOf(d)}, nil
		})
	huma.Register(api, op("listDoors", http.MethodGet, "/people/{person_id}/doors", "The return doors a customer has open"),
		func(ctx context.Context, in *struct {
			Person string `path:"person_id" maxLength:"60"`
		}) (*items[doorView], error) {
			who := web.Actor(ctx)
			if err := auth.Require(who, auth.CaseRead); err != nil {
				return nil, err
			}
			out := &items[doorView]{}
			err := s.DB.Read(ctx, func(q db.Q) error {
				doors, err := Doors(q, who.Org, in.Person, q.Now())
				for _, d := range doors {
					out.Body.Items = append(out.Body.Items, doorOf(d))
				}
				return err
			})
			web.Saw(ctx, "person", in.Person)
			return out, err
		})
}

func doorOf(d Door) doorView {
	return doorView{d.ID, d.Person, d.GivenBy, d.GivenAt, d.Condition, d.Until}
}

// Document gives a document with its content, and notes who saw it.
func (s *Service) Document(ctx context.Context, id string) (d Document, err error) {
	who := web.Actor(ctx)
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return d, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error { d, err = DocumentByID(q, who.Org, id); return err })
	if err == nil {
		web.Saw(ctx, "document", d.ID)
	}
	return d, err
}

type questionView struct {
	ID           string         `json:"id"`
	Confirmed    bool           `json:"confirmed" doc:"Whether the second factor was passed; before it only who and when are given."`
	Subject      string         `json:"subject,omitempty"`
	About        string         `json:"about,omitempty"`
	Organisation string         `json:"organisation"`
	OrgID        string         `json:"organisation_id"`
	OwnerName    string         `json:"owner_name"`
	Closed       bool           `json:"closed"`
	Promises     []promisedView `json:"promises" doc:"What was promised and told, by due time."`
	Steps        []lineView     `json:"steps,omitempty"`
}

type promisedView struct {
	ID       string       `json:"id"`
	Kind     promise.Kind `json:"kind"`
	Due      string       `json:"due_at" format:"date-time"`
	From     string       `json:"from_at,omitempty" format:"date-time"`
	Sentence string       `json:"sentence,omitempty"`
	Told     promise.Told `json:"told"`
}

// apiQuestion is the customer's side: by link, for one question.
func (s *Service) apiQuestion(api huma.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return web.ForCustomers(web.Operation(id, method, path, summary, "Customer"))
	}
	huma.Register(api, op("getQuestion", http.MethodGet, "/question", "The customer's own question: who has it, what was promised, what happened"), s.apiGetQuestion)
	act := func(id, path, summary string, do func(ctx context.Context, caseID, said string) error) {
		o := op(id, http.MethodPost, path, summary)
		o.DefaultStatus = http.StatusNoContent
		huma.Register(api, o, func(ctx context.Context, in *struct {
			Body struct {
				Said string `json:"said,omitempty" maxLength:"10000"`
			}
		}) (*struct{}, error) {
			return nil, do(ctx, "", in.Body.Said)
		})
	}
	act("saySolved", "/question/solved", "Say that it is solved", func(ctx context.Context, _, _ string) error {
		there, id, err := s.OnCase(ctx, web.Actor(ctx))
		if err != nil {
			return err
		}
		return s.Solved(ctx, there, id)
	})
	act("sayNotSolved", "/question/not-solved", "Say that it is not solved", func(ctx context.Context, _, said string) error {
		there, id, err := s.OnCase(ctx, web.Actor(ctx))
		if err != nil {
			return err
		}
		return s.NotSolved(ctx, there, id, said)
	})
	act("sayMore", "/question/messages", "Add something to the question; a person reads it", func(ctx context.Context, _, said string) error {
		there, id, err := s.OnCase(ctx, web.Actor(ctx))
		if err != nil {
			return err
		}
		return s.Say(ctx, there, id, said)
	})
}

func (s *Service) apiGetQuestion(ctx context.Context, _ *struct{}) (*body[questionView], error) {
	v, err := s.GetQuestion(ctx, web.Actor(ctx))
	if err != nil {
		return nil, err
	}
	words := web.Printer(ctx)
	out := questionView{ID: v.ID, Confirmed: v.Confirmed, Subject: v.Subject, About: v.About, Organisation: v.Holder.Org.Name,
		OrgID: v.Holder.Org.ID, OwnerName: v.Holder.Owner.Name, Closed: v.Holder.Case.Closed(), Promises: []promisedView{}}
	for _, p := range v.Holder.Promises {
		pv := promisedView{ID: p.ID, Kind: p.Kind, Due: p.Due.Format("2006-01-02T15:04:05.000Z07:00"), Told: p.Told}
		if !p.From.IsZero() {
			pv.From = p.From.Format("2006-01-02T15:04:05.000Z07:00")
		}
		if v.Confirmed {
			pv.Sentence = v.Holder.Sentence(words, p)
		}
		out.Promises = append(out.Promises, pv)
	}
	for _, l := range v.Steps {
		out.Steps = append(out.Steps, lineView{ID: l.ID, At: l.At, Kind: l.Kind, Who: l.Who, Sentence: l.Sentence})
	}
	return &body[questionView]{out}, nil
}
