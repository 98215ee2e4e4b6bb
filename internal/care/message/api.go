package message

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/web"
)

// View is a message as the API gives it. Moments are RFC 3339, UTC.
type View struct {
	ID          string    `json:"id"`
	CaseID      string    `json:"case_id,omitempty"`
	PersonID    string    `json:"person_id"`
	PromiseID   string    `json:"promise_id,omitempty"`
	Intent      string    `json:"intent" doc:"What is said once."`
	Template    string    `json:"template"`
	Channel     Channel   `json:"channel" enum:"email,phone,sms,post,page,none"`
	To          string    `json:"to,omitempty" doc:"Enough of the address to know which."`
	Skipped     []Channel `json:"skipped,omitempty" doc:"Channels the customer has and this installation cannot use."`
	Language    string    `json:"language"`
	Subject     string    `json:"subject"`
	Body        string    `json:"body"`
	State       State     `json:"state" enum:"queued,sending,accepted,delivered,seen,answered,failed,uncertain,spoken,recalled"`
	Told        bool      `json:"told" doc:"The customer knows: delivered, seen, answered or spoken."`
	Code        string    `json:"code,omitempty" doc:"Why it failed, waits or is uncertain."`
	Attempts    int       `json:"attempts"`
	MemberID    string    `json:"member_id" doc:"Who phones, and who hears when it goes wrong."`
	BeforeAt    time.Time `json:"before_at,omitzero" doc:"No use any more after this."`
	NotBeforeAt time.Time `json:"not_before_at,omitzero"`
	LookAt      time.Time `json:"look_at,omitzero" doc:"When something must have happened."`
	FallbackOf  string    `json:"fallback_of,omitempty" doc:"The message this one replaces."`
	DecidedBy   string    `json:"decided_by,omitempty"`
	CreatedAt   time.Time `json:"created_at"`
	SendingAt   time.Time `json:"sending_at,omitzero"`
	AcceptedAt  time.Time `json:"accepted_at,omitzero"`
	DeliveredAt time.Time `json:"delivered_at,omitzero"`
	SeenAt      time.Time `json:"seen_at,omitzero"`
}

// ViewOf is a message as the API gives it.
func (s *Service) ViewOf(m Message) View {
	return View{m.ID, m.Case, m.Person, m.Promise, m.Intent, m.Template, m.Channel, m.Masked, m.Skipped, m.Language, m.Subject,
		s.Shown(m), m.State, m.State.Told(), m.Code, m.Attempts, m.Member, m.Before, m.NotBefore, m.LookAt, m.FallbackOf,
		m.DecidedBy, m.CreatedAt, m.SendingAt, m.AcceptedAt, m.DeliveredAt, m.SeenAt}
}

// CallView is a call to be made.
type CallView struct {
	View
	Name   string `json:"name" doc:"Whom to ask for."`
	Number string `json:"number" doc:"As people write it."`
}

// PreviewView is what would be said, and how.
type PreviewView struct {
	Subject     string    `json:"subject"`
	Body        string    `json:"body"`
	Channel     Channel   `json:"channel" enum:"email,phone,sms,post,page,none"`
	Skipped     []Channel `json:"skipped,omitempty"`
	NotBeforeAt time.Time `json:"not_before_at,omitzero"`
}

type (
	one struct{ Body View }

	// IDPath is a message in an address. Exported, because huma sees no others.
	IDPath struct {
		ID string `path:"message_id" maxLength:"60"`
	}
	listOf[T any] struct {
		Link string `header:"Link"`
		Body struct {
			Items []T `json:"items"`
		}
	}
)

// pageOf makes an answer of a page, and notes which records it shows.
func pageOf[A, B any](ctx context.Context, p page.Page[A], view func(A) (B, string)) *listOf[B] {
	out := &listOf[B]{}
	out.Body.Items = make([]B, len(p.Items))
	for i, a := range p.Items {
		var id string
		out.Body.Items[i], id = view(a)
		web.Saw(ctx, "message", id)
	}
	if c := web.From(ctx); c != nil {
		out.Link = web.NextLink(c.Request().URL, p.Next)
	}
	return out
}

func (s *Service) api(api huma.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return web.Operation(id, method, path, summary, "Messages")
	}
	do := func(id, path, summary string) huma.Operation {
		o := op(id, http.MethodPost, path, summary)
		o.DefaultStatus = http.StatusOK
		return o
	}
	answer := func(ctx context.Context, m Message, err error) (*one, error) {
		if err != nil {
			return nil, err
		}
		web.Saw(ctx, "message", m.ID)
		return &one{s.ViewOf(m)}, nil
	}
	huma.Register(api, op("listMessages", http.MethodGet, "/messages", "List messages, newest first"),
		func(ctx context.Context, in *struct {
			web.Paging
			Case  string `query:"case_id" maxLength:"60" doc:"Only those of this case."`
			State State  `query:"state" enum:"queued,sending,accepted,delivered,seen,answered,failed,uncertain,spoken,recalled" doc:"Only those in this state."`
		}) (*listOf[View], error) {
			p, err := s.List(ctx, web.Actor(ctx), Filter{in.Case, in.State}, in.Cursor, in.Limit)
			if err != nil {
				return nil, err
			}
			return pageOf(ctx, p, func(m Message) (View, string) { return s.ViewOf(m), m.ID }), nil
		})
	huma.Register(api, op("listPhoneTasks", http.MethodGet, "/phone-tasks", "List the calls to be made, the most pressing first"),
		func(ctx context.Context, in *struct {
			web.Paging
			Member string `query:"member_id" maxLength:"60" doc:"Only those this member must make."`
		}) (*listOf[CallView], error) {
			p, err := s.Calls(ctx, web.Actor(ctx), in.Member, in.Cursor, in.Limit)
			if err != nil {
				return nil, err
			}
			return pageOf(ctx, p, func(c Call) (CallView, string) {
				return CallView{s.ViewOf(c.Message), c.Name, c.Number}, c.ID
			}), nil
		})
	huma.Register(api, op("getMessage", http.MethodGet, "/messages/{message_id}", "Get a message"),
		func(ctx context.Context, in *IDPath) (*one, error) {
			m, err := s.Get(ctx, web.Actor(ctx), in.ID)
			return answer(ctx, m, err)
		})
	huma.Register(api, op("getMailTrouble", http.MethodGet, "/mail-trouble", "Say how much mail waits for the mail server, and why"),
		func(ctx context.Context, _ *struct{}) (*struct{ Body Trouble }, error) {
			tr, err := s.Trouble(ctx, web.Actor(ctx))
			return &struct{ Body Trouble }{tr}, err
		})
	huma.Register(api, do("previewMessage", "/messages/preview", "Show exactly what would be said, and how"),
		func(ctx context.Context, in *struct {
			Body struct {
				CaseID   string         `json:"case_id" maxLength:"60"`
				PersonID string         `json:"person_id,omitempty" maxLength:"60" doc:"Default: who asked."`
				Template string         `json:"template" maxLength:"60"`
				KeeperID string         `json:"keeper_id,omitempty" maxLength:"60"`
				Channel  Channel        `json:"channel,omitempty" enum:"email,phone"`
				BeforeAt time.Time      `json:"before_at,omitempty"`
				Params   map[string]any `json:"params,omitempty" doc:"What the template needs: moments in epoch milliseconds, codes and words."`
			}
		}) (*struct{ Body PreviewView }, error) {
			b := in.Body
			p, err := s.PreviewOf(ctx, web.Actor(ctx), promise.Telling{Case: b.CaseID, Person: b.PersonID, Template: b.Template,
				Keeper: b.KeeperID, Channel: string(b.Channel), Before: b.BeforeAt, Params: b.Params})
			if err != nil {
				return nil, err
			}
			web.Saw(ctx, "case", b.CaseID)
			return &struct{ Body PreviewView }{PreviewView{p.Subject, p.Body, p.Channel, p.Skipped, p.From}}, nil
		})
	huma.Register(api, do("spokenMessage", "/messages/{message_id}/spoken", "Say that somebody told the customer, by phone or at the desk"),
		func(ctx context.Context, in *struct {
			IDPath
			Body struct {
				Channel string `json:"channel,omitempty" enum:"phone,desk,video" default:"phone"`
				Said    string `json:"said,omitempty" maxLength:"10000" doc:"What was said. Default: the text of the message."`
			}
		}) (*one, error) {
			m, err := s.Spoken(ctx, web.Actor(ctx), in.ID, in.Body.Channel, in.Body.Said)
			return answer(ctx, m, err)
		})
	huma.Register(api, do("noAnswerMessage", "/messages/{message_id}/no-answer", "Say that nobody answered the phone"),
		func(ctx context.Context, in *IDPath) (*one, error) {
			m, err := s.NoAnswer(ctx, web.Actor(ctx), in.ID)
			return answer(ctx, m, err)
		})
	huma.Register(api, do("resendMessage", "/messages/{message_id}/resend", "Send again what failed or is uncertain"),
		func(ctx context.Context, in *IDPath) (*one, error) {
			m, err := s.Resend(ctx, web.Actor(ctx), in.ID)
			return answer(ctx, m, err)
		})
	huma.Register(api, do("settleMessage", "/messages/{message_id}/settle", "Decide whether a message arrived"),
		func(ctx context.Context, in *struct {
			IDPath
			Body struct {
				Arrived bool `json:"arrived" doc:"False: it did not, so the next channel is used."`
			}
		}) (*one, error) {
			m, err := s.Settle(ctx, web.Actor(ctx), in.ID, in.Body.Arrived)
			return answer(ctx, m, err)
		})
	report := do("reportDelivery", "/messages/{message_id}/delivery", "Report what became of a message")
	report.Description = "For providers: with the key of an organisation that may " + string(auth.DeliveryTell) + ". Reporting the same again changes nothing."
	report.Security = []map[string][]string{{web.KeyScheme: {}}}
	report.DefaultStatus = http.StatusNoContent
	huma.Register(api, report,
		func(ctx context.Context, in *struct {
			IDPath
			Body struct {
				Status string `json:"status" enum:"delivered,failed,seen"`
			}
		}) (*struct{}, error) {
			_, err := s.Report(ctx, web.Actor(ctx), in.ID, in.Body.Status)
			return nil, err
		})
}
