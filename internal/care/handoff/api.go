package handoff

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/web"
)

// View is a handoff as the API gives it, with what comes along.
type View struct {
	Handoff
	Items   []Item `json:"items" doc:"What must come along, and whether it does."`
	Missing int    `json:"missing" doc:"How many of them do not."`
}

func viewOf(h Handoff) View { return View{h, h.Pack.Items(), len(h.Pack.Missing())} }

// ReferralView is a referral with the papers that go with it.
type ReferralView struct {
	Referral
	Documents []Paper `json:"documents"`
}

type one[T any] struct {
	ETag string `header:"ETag"`
	Body T
}

type many[T any] struct {
	Link string `header:"Link"`
	Body struct {
		Items []T `json:"items"`
	}
}

func handoffOf(h Handoff, err error) (*one[View], error) {
	if err != nil {
		return nil, err
	}
	return &one[View]{web.ETag(h.Version), viewOf(h)}, nil
}

func referralOf(r Referral, papers []Paper, err error) (*one[ReferralView], error) {
	if err != nil {
		return nil, err
	}
	if papers == nil {
		papers = []Paper{}
	}
	return &one[ReferralView]{web.ETag(r.Version), ReferralView{r, papers}}, nil
}

// RequestView is a request for a document. It holds the document itself where
// the asker has neither a case nor a referral to put it in.
type RequestView struct {
	Request
	Content string `json:"content,omitempty"`
}

func requestView(r Request) RequestView {
	v := RequestView{Request: r}
	if r.Direction == Out && r.Case == "" && r.Referral == "" {
		v.Content = r.Content
	}
	return v
}

func requestOf(r Request, err error) (*one[RequestView], error) {
	if err != nil {
		return nil, err
	}
	return &one[RequestView]{web.ETag(r.Version), requestView(r)}, nil
}

// pageOf makes the answer of a list, with the link to its next page.
func pageOf[T, V any](ctx context.Context, p page.Page[T], err error, view func(T) V) (*many[V], error) {
	if err != nil {
		return nil, err
	}
	out := &many[V]{}
	out.Body.Items = make([]V, len(p.Items))
	for i, v := range p.Items {
		out.Body.Items[i] = view(v)
	}
	if p.Next != "" {
		out.Link = web.NextLink(web.From(ctx).Request().URL, p.Next)
	}
	return out, nil
}

// IDPath is a handoff in an address. Exported, because huma sees no others.
type IDPath struct {
	ID string `path:"handoff_id" maxLength:"60"`
}

// ReferralPath is a referral in an address.
type ReferralPath struct {
	ID string `path:"referral_id" maxLength:"60"`
}

// RequestPath is a document request in an address.
type RequestPath struct {
	ID string `path:"request_id" maxLength:"60"`
}

// act is an operation that changes something that is there: it answers 200.
func act(id, path, summary, tag string) huma.Operation {
	op := web.Operation(id, http.MethodPost, path, summary, tag)
	op.DefaultStatus = http.StatusOK
	return op
}

func (s *Service) api(api huma.API) {
	s.apiHandoffs(api)
	s.apiReferrals(api)
	s.apiAnswers(api)
	s.apiRequests(api)
}

func (s *Service) apiHandoffs(api huma.API) {
	const tag = "Handoffs"
	huma.Register(api, web.Operation("offerHandoff", http.MethodPost, "/handoffs", "Offer a case to a colleague or a team; the owner stays owner until somebody accepts", tag),
		func(ctx context.Context, in *struct {
			Body struct {
				CaseID    string    `json:"case_id"`
				To        string    `json:"to" doc:"A member or a team, which means its duty holder."`
				History   string    `json:"history,omitempty" maxLength:"5000" doc:"What was done so far."`
				Documents []string  `json:"documents,omitempty" maxItems:"200" doc:"Default: all of the case."`
				Consent   bool      `json:"consent,omitempty" doc:"The customer agrees that it is passed on."`
				Note      string    `json:"note,omitempty" maxLength:"5000"`
				AnswerBy  time.Time `json:"answer_by,omitempty" doc:"Default: after the organisation's handoff hours."`
			}
		}) (*one[View], error) {
			b := in.Body
			return handoffOf(s.Offer(ctx, web.Actor(ctx), Offer{b.CaseID, b.To, b.History, b.Documents, b.Consent, b.Note, b.AnswerBy.UTC()}))
		})
	huma.Register(api, web.Operation("listHandoffs", http.MethodGet, "/handoffs", "List handoffs, newest first", tag),
		func(ctx context.Context, in *struct {
			web.Paging
			Direction string `query:"direction" enum:"in,out" default:"in" doc:"Offered to somebody, or by somebody."`
			Member    string `query:"member_id" doc:"To, or by, this member. Default: everybody."`
			Case      string `query:"case_id"`
			Open      bool   `query:"open" doc:"Only those that wait for an answer."`
		}) (*many[View], error) {
			p, err := s.List(ctx, web.Actor(ctx), Filter{in.Direction, in.Member, in.Case, in.Open}, in.Cursor, in.Limit)
			return pageOf(ctx, p, err, viewOf)
		})
	huma.Register(api, web.Operation("getHandoff", http.MethodGet, "/handoffs/{handoff_id}", "Get a handoff with what comes along", tag),
		func(ctx context.Context, in *IDPath) (*one[View], error) {
			h, err := s.Get(ctx, web.Actor(ctx), in.ID)
			web.Saw(ctx, "case", h.Case)
			return handoffOf(h, err)
		})
	huma.Register(api, act("acceptHandoff", "/handoffs/{handoff_id}/accept", "Accept a case: you own it from now on, and the customer is told", tag),
		func(ctx context.Context, in *IDPath) (*one[View], error) {
			return handoffOf(s.Accept(ctx, web.Actor(ctx), in.ID))
		})
	huma.Register(api, act("declineHandoff", "/handoffs/{handoff_id}/decline", "Decline a case with a reason and a next step; the sender still owns it", tag),
		func(ctx context.Context, in *struct {
			IDPath
			Body struct {
				Reason      string `json:"reason" enum:"not-mine,incomplete,no-time,not-competent,away,other"`
				Explanation string `json:"explanation,omitempty" maxLength:"5000" doc:"In your own words."`
				Next        string `json:"next_step,omitempty" maxLength:"100" doc:"sender-keeps, ask-customer, or try: and a member or team."`
			}
		}) (*one[View], error) {
			return handoffOf(s.Decline(ctx, web.Actor(ctx), in.ID, Refuse{in.Body.Reason, in.Body.Explanation, in.Body.Next}))
		})
	huma.Register(api, act("withdrawHandoff", "/handoffs/{handoff_id}/withdraw", "Take an offer back", tag),
		func(ctx context.Context, in *IDPath) (*one[View], error) {
			return handoffOf(s.Withdraw(ctx, web.Actor(ctx), in.ID))
		})
}

func (s *Service) apiReferrals(api huma.API) {
	const tag = "Referrals"
	huma.Register(api, web.Operation("getReferralNeeds", http.MethodGet, "/organisations/{organisation_id}/referral-needs", "What a referral to an organisation must bring along", tag),
		func(ctx context.Context, in *struct {
			Org string `path:"organisation_id" maxLength:"60"`
		}) (*struct{ Body Needs }, error) {
			n, err := s.GetNeeds(ctx, web.Actor(ctx), in.Org)
			return &struct{ Body Needs }{n}, err
		})
	put := web.Operation("setReferralNeeds", http.MethodPut, "/referral-needs", "Say what referrals to your organisation must bring along, and who answers them", tag)
	huma.Register(api, put, func(ctx context.Context, in *struct{ Body Needs }) (*struct{ Body Needs }, error) {
		n, err := s.SetNeeds(ctx, web.Actor(ctx), in.Body)
		return &struct{ Body Needs }{n}, err
	})
	huma.Register(api, web.Operation("offerReferral", http.MethodPost, "/referrals", "Ask another organisation to take a question on; you stay owner until somebody there accepts", tag),
		func(ctx context.Context, in *struct {
			Body struct {
				CaseID    string   `json:"case_id"`
				To        string   `json:"to_organisation_id"`
				Team      string   `json:"team_id,omitempty" doc:"A team of that organisation."`
				Subject   string   `json:"subject,omitempty" maxLength:"5000" doc:"Default: that of the case."`
				Note      string   `json:"note,omitempty" maxLength:"5000" doc:"For the receiver."`
				Documents []string `json:"documents,omitempty" maxItems:"200" doc:"What the receiver requires and you have about this person comes along by itself."`
				Consent   bool     `json:"consent,omitempty" doc:"The customer agrees that it is passed on."`
			}
		}) (*one[ReferralView], error) {
			b := in.Body
			return referralOf(s.Refer(ctx, web.Actor(ctx), Refer{b.CaseID, b.To, b.Team, b.Subject, b.Note, b.Documents, b.Consent}))
		})
	huma.Register(api, web.Operation("listReferrals", http.MethodGet, "/referrals", "List referrals, newest first", tag),
		func(ctx context.Context, in *struct {
			web.Paging
			Direction string `query:"direction" enum:"in,out" doc:"Default: both."`
			Handler   string `query:"handler_member_id"`
			Case      string `query:"case_id"`
			Open      bool   `query:"open" doc:"Only those that wait for an answer."`
		}) (*many[Referral], error) {
			p, err := s.ListReferrals(ctx, web.Actor(ctx), Filter{in.Direction, in.Handler, in.Case, in.Open}, in.Cursor, in.Limit)
			return pageOf(ctx, p, err, func(r Referral) Referral { return r })
		})
	huma.Register(api, web.Operation("getReferral", http.MethodGet, "/referrals/{referral_id}", "Get a referral as your organisation has it, with its documents", tag),
		func(ctx context.Context, in *ReferralPath) (*one[ReferralView], error) {
			r, papers, err := s.GetReferral(ctx, web.Actor(ctx), in.ID)
			web.Saw(ctx, "referral", r.ID)
			return referralOf(r, papers, err)
		})
	huma.Register(api, web.Operation("listReferralFiles", http.MethodGet, "/referrals/{referral_id}/files", "The documents of a referral that are files, and whether they are here yet", tag),
		func(ctx context.Context, in *ReferralPath) (*struct {
			Body struct {
				Items []PaperFile `json:"items"`
			}
		}, error) {
			list, err := s.Files(ctx, web.Actor(ctx), in.ID)
			if err != nil {
				return nil, err
			}
			out := &struct {
				Body struct {
					Items []PaperFile `json:"items"`
				}
			}{}
			out.Body.Items = append([]PaperFile{}, list...)
			return out, nil
		})
	content := web.Operation("getReferralFile", http.MethodGet, "/referrals/{referral_id}/files/{document_id}", "The content of a file that goes with a referral, once it is here", tag)
	content.Errors = append(content.Errors, http.StatusConflict)
	huma.Register(api, content, func(ctx context.Context, in *struct {
		ReferralPath
		Document string `path:"document_id" maxLength:"60"`
	}) (*struct {
		Type string `header:"Content-Type"`
		Body []byte
	}, error) {
		_, f, b, err := s.GiveFile(ctx, web.Actor(ctx), in.ID, in.Document)
		if err != nil {
			return nil, err
		}
		web.Saw(ctx, "referral", f.Referral)
		return &struct {
			Type string `header:"Content-Type"`
			Body []byte
		}{f.Media, b}, nil
	})
	huma.Register(api, act("withdrawReferral", "/referrals/{referral_id}/withdraw", "Take a referral back; the customer is told that you go on with it", tag),
		func(ctx context.Context, in *struct {
			ReferralPath
			Body struct {
				Why string `json:"why" maxLength:"5000"`
			}
		}) (*one[ReferralView], error) {
			r, err := s.WithdrawReferral(ctx, web.Actor(ctx), in.ID, in.Body.Why)
			return referralOf(r, nil, err)
		})
}

// NextBody says what should happen after a refusal.
type NextBody struct {
	Step         string   `json:"step" enum:"other-organisation,ask-documents,back-to-sender"`
	Organisation string   `json:"organisation_id,omitempty" doc:"With other-organisation: which. With ask-documents: whom to ask."`
	Documents    []string `json:"documents,omitempty" maxItems:"10" doc:"With ask-documents: kinds. Default: all that is missing."`
	Advice       string   `json:"advice,omitempty" maxLength:"5000" doc:"With back-to-sender: what the sender can do."`
}

func (b *NextBody) next() Next {
	if b == nil {
		return Next{}
	}
	return Next(*b)
}

// Taken is an accepted referral with the case it became.
type Taken struct {
	Referral Referral     `json:"referral"`
	CaseID   string       `json:"case_id"`
	OwnerID  string       `json:"owner_id"`
	Promise  promise.View `json:"promise"`
}

func (s *Service) apiAnswers(api huma.API) {
	const tag = "Referrals"
	huma.Register(api, act("acceptReferral", "/referrals/{referral_id}/accept", "Accept a question with a promise to the customer; the sender's case ends when the news arrives there", tag),
		func(ctx context.Context, in *struct {
			ReferralPath
			Body struct {
				PersonID         string       `json:"person_id,omitempty" doc:"A customer you have already. Default: found by name and birth date, or added."`
				OwnerID          string       `json:"owner_id,omitempty" doc:"A member or a team. Default: who accepts."`
				Promise          promise.Body `json:"promise"`
				WithoutDocuments bool         `json:"without_documents,omitempty" doc:"Accept although documents are missing; say why."`
				Why              string       `json:"why,omitempty" maxLength:"5000"`
			}
		}) (*one[Taken], error) {
			who, b := web.Actor(ctx), in.Body
			m, err := s.Promises.Read(ctx, who, "promise.", b.Promise)
			if err != nil {
				return nil, err
			}
			r, c, p, err := s.AcceptReferral(ctx, who, in.ID, Take{b.PersonID, b.OwnerID, m, b.WithoutDocuments, b.Why})
			if err != nil {
				return nil, err
			}
			return &one[Taken]{web.ETag(r.Version), Taken{r, c.ID, c.Owner, promise.ViewOf(p)}}, nil
		})
	huma.Register(api, act("declineReferral", "/referrals/{referral_id}/decline", "Refuse a referral with a reason, plain words and a next step; with ask-documents it stays open and the documents are asked for", tag),
		func(ctx context.Context, in *struct {
			ReferralPath
			Body struct {
				Reason      string    `json:"reason" enum:"wrong-organisation,documents-missing,no-capacity,not-suitable,known-already,other"`
				Explanation string    `json:"explanation,omitempty" maxLength:"5000" doc:"As you would say it to the customer: they read it."`
				Next        *NextBody `json:"next_step,omitempty"`
			}
		}) (*one[ReferralView], error) {
			r, err := s.DeclineReferral(ctx, web.Actor(ctx), in.ID, No{in.Body.Reason, in.Body.Explanation, in.Body.Next.next()})
			return referralOf(r, nil, err)
		})
	huma.Register(api, act("forwardReferral", "/referrals/{referral_id}/forward", "Pass a referral on to where it belongs, documents included; the customer carries nothing", tag),
		func(ctx context.Context, in *struct {
			ReferralPath
			Body struct {
				To  string `json:"to_organisation_id"`
				Why string `json:"why" maxLength:"5000"`
			}
		}) (*one[ReferralView], error) {
			r, err := s.ForwardReferral(ctx, web.Actor(ctx), in.ID, in.Body.To, in.Body.Why)
			return referralOf(r, nil, err)
		})
}

func (s *Service) apiRequests(api huma.API) {
	const tag = "Document requests"
	huma.Register(api, web.Operation("requestDocument", http.MethodPost, "/document-requests", "Ask whoever has it for a document, so that the customer need not fetch it", tag),
		func(ctx context.Context, in *struct {
			Body struct {
				CaseID     string `json:"case_id,omitempty" doc:"What it is for: a case …"`
				ReferralID string `json:"referral_id,omitempty" doc:"… or a referral you were asked …"`
				RequestID  string `json:"request_id,omitempty" doc:"… or a document you were asked for and cannot write without it."`
				Kind       string `json:"kind" enum:"referral-letter,specialist-letter,result,image,consent,other"`
				Of         string `json:"of_organisation_id,omitempty" doc:"Default: who sent the question, then others that had it."`
				Why        string `json:"why,omitempty" maxLength:"5000"`
			}
		}) (*one[RequestView], error) {
			b := in.Body
			return requestOf(s.RequestDocument(ctx, web.Actor(ctx), Ask{b.CaseID, b.ReferralID, b.RequestID, b.Kind, b.Of, b.Why}))
		})
	huma.Register(api, web.Operation("listDocumentRequests", http.MethodGet, "/document-requests", "List document requests, newest first", tag),
		func(ctx context.Context, in *struct {
			web.Paging
			Direction string `query:"direction" enum:"in,out" doc:"Default: both."`
			Handler   string `query:"handler_member_id"`
			Case      string `query:"case_id"`
			Referral  string `query:"referral_id"`
			Open      bool   `query:"open" doc:"Only those that wait for an answer."`
		}) (*many[RequestView], error) {
			p, err := s.ListRequests(ctx, web.Actor(ctx), Filter{in.Direction, in.Handler, in.Case, in.Open}, in.Referral, in.Cursor, in.Limit)
			return pageOf(ctx, p, err, requestView)
		})
	huma.Register(api, act("provideDocument", "/document-requests/{request_id}/provide", "Give a document that was asked for: one of yours, or a new one", tag),
		func(ctx context.Context, in *struct {
			RequestPath
			Body struct {
				DocumentID string `json:"document_id,omitempty"`
				Name       string `json:"name,omitempty" maxLength:"200"`
				Content    string `json:"content,omitempty" maxLength:"500000"`
			}
		}) (*one[RequestView], error) {
			return requestOf(s.ProvideDocument(ctx, web.Actor(ctx), in.ID, Give{in.Body.DocumentID, in.Body.Name, in.Body.Content}))
		})
	huma.Register(api, act("refuseDocument", "/document-requests/{request_id}/refuse", "Say why a document is not given, and what the asker can do", tag),
		func(ctx context.Context, in *struct {
			RequestPath
			Body struct {
				Reason      string    `json:"reason" enum:"not-here,not-ours-to-give,never-made,no-consent,other"`
				Explanation string    `json:"explanation,omitempty" maxLength:"5000"`
				Next        *NextBody `json:"next_step,omitempty"`
			}
		}) (*one[RequestView], error) {
			return requestOf(s.RefuseDocument(ctx, web.Actor(ctx), in.ID, No{in.Body.Reason, in.Body.Explanation, in.Body.Next.next()}))
		})
	huma.Register(api, act("passOnDocumentRequest", "/document-requests/{request_id}/pass-on", "Pass a request on to the organisation that has the document", tag),
		func(ctx context.Context, in *struct {
			RequestPath
			Body struct {
				To  string `json:"to_organisation_id"`
				Why string `json:"why,omitempty" maxLength:"5000"`
			}
		}) (*one[RequestView], error) {
			return requestOf(s.PassOnRequest(ctx, web.Actor(ctx), in.ID, in.Body.To, in.Body.Why))
		})
}
