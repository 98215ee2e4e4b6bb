package person

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kit/web"
)

// TieView is what was decided of two customers, seen from one of them.
type TieView struct {
	ID    string   `json:"id"`
	Other string   `json:"other_person_id"`
	Word  TieWord  `json:"word,omitempty"`
	State TieState `json:"state"`
}

type tieAnswer struct{ Body TieView }

func (s *Service) tieOf(t Tie, person string, err error) (*tieAnswer, error) {
	if err != nil {
		return nil, err
	}
	v := TieView{ID: t.ID, Other: t.Other, Word: wordFrom(t, person), State: t.State}
	if v.Other == person {
		v.Other = t.Person
	}
	return &tieAnswer{v}, nil
}

// OtherPath names a customer and another one.
type OtherPath struct {
	IDPath
	Other string `path:"other_person_id" maxLength:"60"`
}

type householdAnswer struct{ Body Household }

type contactPersonAnswer struct{ Body CompanyContact }

type contactPersonsAnswer struct {
	Body struct {
		Items []ContactPerson `json:"items"`
	}
}

type consentAnswer struct{ Body Consent }

type consentsAnswer struct {
	Body struct {
		Items []Consent `json:"items"`
	}
}

type operation func(id, method, path, summary string) huma.Operation

// ended is an operation that ends or changes what is there: 200, not 201.
func ended(op huma.Operation) huma.Operation {
	op.DefaultStatus = http.StatusOK
	return op
}

func (s *Service) apiHome(api huma.API, op operation) {
	huma.Register(api, op("getHousehold", http.MethodGet, "/people/{person_id}/household", "Who lives with a customer, and who perhaps does"),
		func(ctx context.Context, in *IDPath) (*householdAnswer, error) {
			h, err := s.Household(ctx, web.Actor(ctx), in.ID)
			if err != nil {
				return nil, err
			}
			web.Saw(ctx, "person", in.ID)
			if h.Emergency != "" {
				web.Saw(ctx, seenHidden, in.ID)
			}
			for _, m := range h.Members {
				web.Saw(ctx, "person", m.Person.ID)
			}
			for _, n := range h.Suggested {
				web.Saw(ctx, "person", n.Person.ID)
			}
			return &householdAnswer{h}, nil
		})
	huma.Register(api, ended(op("confirmHousehold", http.MethodPost, "/people/{person_id}/household", "Record that somebody lives with a customer, and as what")),
		func(ctx context.Context, in *struct {
			IDPath
			Body SayTie
		}) (*tieAnswer, error) {
			t, err := s.ConfirmTie(ctx, web.Actor(ctx), in.ID, in.Body)
			return s.tieOf(t, in.ID, err)
		})
	huma.Register(api, ended(op("dismissHousehold", http.MethodPost, "/people/{person_id}/household/{other_person_id}/dismiss", "Record that two customers have no household in common")),
		func(ctx context.Context, in *OtherPath) (*tieAnswer, error) {
			t, err := s.DismissTie(ctx, web.Actor(ctx), in.ID, in.Other)
			return s.tieOf(t, in.ID, err)
		})
	huma.Register(api, ended(op("hideHousehold", http.MethodPost, "/people/{person_id}/household/{other_person_id}/hide", "Hide for safety that two customers have to do with each other")),
		func(ctx context.Context, in *struct {
			OtherPath
			Body struct {
				Why string `json:"why" minLength:"1" maxLength:"500"`
			}
		}) (*tieAnswer, error) {
			t, err := s.HideTie(ctx, web.Actor(ctx), in.ID, in.Other, in.Body.Why)
			return s.tieOf(t, in.ID, err)
		})
	huma.Register(api, ended(op("showHousehold", http.MethodPost, "/people/{person_id}/household/{other_person_id}/show", "Hide it no longer")),
		func(ctx context.Context, in *OtherPath) (*tieAnswer, error) {
			t, err := s.ShowTie(ctx, web.Actor(ctx), in.ID, in.Other)
			return s.tieOf(t, in.ID, err)
		})
	huma.Register(api, op("listContactPersons", http.MethodGet, "/people/{person_id}/contacts", "Through whom a company speaks, or for which companies somebody does"),
		func(ctx context.Context, in *IDPath) (*contactPersonsAnswer, error) {
			list, err := s.ContactsOf(ctx, web.Actor(ctx), in.ID)
			if err != nil {
				return nil, err
			}
			out := &contactPersonsAnswer{}
			out.Body.Items = list
			web.Saw(ctx, "person", in.ID)
			for _, c := range list {
				web.Saw(ctx, "person", c.Other.ID)
			}
			return out, nil
		})
	huma.Register(api, op("addContactPerson", http.MethodPost, "/people/{person_id}/contacts", "Record through whom a company speaks"),
		func(ctx context.Context, in *struct {
			IDPath
			Body NewContact
		}) (*contactPersonAnswer, error) {
			c, err := s.AddContact(ctx, web.Actor(ctx), in.ID, in.Body)
			if err != nil {
				return nil, err
			}
			return &contactPersonAnswer{c}, nil
		})
	huma.Register(api, ended(op("endContactPerson", http.MethodPost, "/contact-persons/{contact_id}/end", "Somebody speaks for a company no longer")),
		func(ctx context.Context, in *struct {
			ID string `path:"contact_id" maxLength:"60"`
		}) (*contactPersonAnswer, error) {
			c, err := s.EndContact(ctx, web.Actor(ctx), in.ID)
			if err != nil {
				return nil, err
			}
			return &contactPersonAnswer{c}, nil
		})
	huma.Register(api, op("listConsents", http.MethodGet, "/people/{person_id}/consents", "What a customer agreed to and took back, newest first"),
		func(ctx context.Context, in *IDPath) (*consentsAnswer, error) {
			list, err := s.ConsentsOf(ctx, web.Actor(ctx), in.ID)
			if err != nil {
				return nil, err
			}
			out := &consentsAnswer{}
			out.Body.Items = append([]Consent{}, list...)
			web.Saw(ctx, "person", in.ID)
			return out, nil
		})
	huma.Register(api, ended(op("sayConsent", http.MethodPost, "/people/{person_id}/consents", "Record what a customer agrees to, or takes back")),
		func(ctx context.Context, in *struct {
			IDPath
			Body SayConsent
		}) (*consentAnswer, error) {
			c, err := s.SayConsent(ctx, web.Actor(ctx), in.ID, in.Body)
			if err != nil {
				return nil, err
			}
			return &consentAnswer{c}, nil
		})
}
