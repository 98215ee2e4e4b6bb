package auth

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/web"
)

type createKeyInput struct {
	Body struct {
		Kind      string    `json:"kind" enum:"member,organisation" doc:"For whom the key acts."`
		Name      string    `json:"name" minLength:"1" maxLength:"200" doc:"What it is for, so that you recognise it."`
		Member    string    `json:"member_id,omitempty" maxLength:"60" doc:"For a member's key: the member."`
		ExpiresAt time.Time `json:"expires_at,omitempty" doc:"When it ends; without, it does not end by itself."`
	}
}

type createdKey struct {
	Body struct {
		Key
		Token string `json:"token" doc:"The key itself. It is shown this once."`
	}
}

type keyList struct {
	Link string `header:"Link"`
	Body struct {
		Items []Key `json:"items"`
	}
}

type keyID struct {
	ID string `path:"id" maxLength:"60"`
}

type openInput struct {
	Body struct {
		Token string `json:"token" minLength:"20" maxLength:"300" doc:"The last part of the address in the message."`
	}
}

type openedLink struct {
	Body struct {
		Token     string        `json:"token" doc:"Bearer token for the operations of a customer."`
		Question  string        `json:"question_id"`
		Confirmed bool          `json:"confirmed" doc:"Whether the second factor was passed. Before, only who and when are told."`
		ExpiresAt time.Time     `json:"expires_at"`
		TriesLeft int           `json:"tries_left" doc:"Attempts left at the second factor."`
		Factors   []FactorOffer `json:"factors" doc:"Ways to confirm."`
	}
}

type codeInput struct {
	Authorization string `header:"Authorization" hidden:"true"`
	Body          struct {
		Point string `json:"point" minLength:"1" maxLength:"60" doc:"A contact point of the factors."`
	}
}

type confirmInput struct {
	Authorization string `header:"Authorization" hidden:"true"`
	Body          struct {
		Kind  string `json:"kind" enum:"code,birth-date"`
		Value string `json:"value" minLength:"1" maxLength:"40" doc:"The six digits, or the date as 1980-02-03."`
	}
}

// api registers the operations of this package.
func (s *Service) api(api huma.API) {
	const tag = "Access"
	huma.Register(api, web.Operation("createApiKey", http.MethodPost, "/api-keys", "Make an API key", tag),
		func(ctx context.Context, in *createKeyInput) (*createdKey, error) {
			k, token, err := s.CreateKey(ctx, web.Actor(ctx), NewKey{Kind: KeyKind(in.Body.Kind), Name: in.Body.Name, Member: in.Body.Member, Expires: in.Body.ExpiresAt})
			if err != nil {
				return nil, err
			}
			web.Secret(ctx)
			out := &createdKey{}
			out.Body.Key, out.Body.Token = k, token
			return out, nil
		})
	huma.Register(api, web.Operation("listApiKeys", http.MethodGet, "/api-keys", "List the API keys of the organisation", tag),
		func(ctx context.Context, in *web.Paging) (*keyList, error) {
			after, err := in.After(1)
			if err != nil {
				return nil, err
			}
			list, err := s.Keys(ctx, web.Actor(ctx), after[0], in.Limit+1)
			if err != nil {
				return nil, err
			}
			out := &keyList{}
			if len(list) > in.Limit {
				list = list[:in.Limit]
				out.Link = web.NextLink(web.From(ctx).Request().URL, web.EncodeCursor(list[in.Limit-1].ID))
			}
			if out.Body.Items = list; list == nil {
				out.Body.Items = []Key{}
			}
			return out, nil
		})
	huma.Register(api, web.Operation("revokeApiKey", http.MethodDelete, "/api-keys/{id}", "End an API key at once", tag),
		func(ctx context.Context, in *keyID) (*struct{}, error) {
			return nil, s.RevokeKey(ctx, web.Actor(ctx), in.ID)
		})
	s.linkAPI(api)
}

func (s *Service) linkAPI(api huma.API) {
	const tag = "Customer"
	open := web.ForEveryone(web.Operation("openLink", http.MethodPost, "/links/open", "Open a customer's link", tag))
	open.Description = "Exchanges the token of a link for a session. A link can be opened again until it ends; each opening is logged."
	huma.Register(api, open, func(ctx context.Context, in *openInput) (*openedLink, error) {
		if err := s.slow(ctx); err != nil {
			return nil, err
		}
		l, err := s.Links().Open(ctx, in.Body.Token)
		return opened(ctx, l, err)
	})
	code := web.ForCustomers(web.Operation("sendLinkCode", http.MethodPost, "/links/code", "Send a code to confirm with", tag))
	code.DefaultStatus = http.StatusNoContent
	huma.Register(api, code, func(ctx context.Context, in *codeInput) (*struct{}, error) {
		token, err := s.linkBearer(ctx, in.Authorization)
		if err != nil {
			return nil, err
		}
		return nil, s.Links().SendCode(ctx, token, in.Body.Point)
	})
	confirm := web.ForCustomers(web.Operation("confirmLink", http.MethodPost, "/links/confirm", "Confirm who opened the link", tag))
	confirm.Description = "Passes the second factor. The answer holds a new token; the old one ends. Five wrong answers block the link."
	confirm.DefaultStatus = http.StatusOK
	huma.Register(api, confirm, func(ctx context.Context, in *confirmInput) (*openedLink, error) {
		token, err := s.linkBearer(ctx, in.Authorization)
		if err != nil {
			return nil, err
		}
		l, err := s.Links().Confirm(ctx, token, FactorKind(in.Body.Kind), in.Body.Value)
		return opened(ctx, l, err)
	})
}

// slow limits guesses by address.
func (s *Service) slow(ctx context.Context) error {
	c := web.From(ctx)
	return s.limit.Allow(c.Addr(), c.Now())
}

// linkBearer is the token of a customer, who must be the one asking.
func (s *Service) linkBearer(ctx context.Context, header string) (string, error) {
	if err := s.slow(ctx); err != nil {
		return "", err
	}
	if web.Actor(ctx).Kind != actor.Customer {
		return "", errs.New(errs.Unauthorised, "link-needed")
	}
	_, token, _ := strings.Cut(header, " ")
	return strings.TrimSpace(token), nil
}

func opened(ctx context.Context, l LinkSession, err error) (*openedLink, error) {
	if err != nil {
		return nil, err
	}
	web.Secret(ctx)
	out := &openedLink{}
	b := &out.Body
	b.Token, b.Question, b.Confirmed, b.ExpiresAt, b.TriesLeft = l.Token, l.Question, l.Confirmed, l.ExpiresAt, l.TriesLeft
	if b.Factors = l.Offers; b.Factors == nil {
		b.Factors = []FactorOffer{}
	}
	return out, nil
}
