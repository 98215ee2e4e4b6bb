package casefile

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/web"
)

type filterView struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Query   string `json:"query" doc:"As in the address of the list: lane=soon&team=tea_…"`
	OwnerID string `json:"owner_id"`
	Share   string `json:"share" enum:"own,team,all"`
	TeamID  string `json:"team_id,omitempty"`
	Version int    `json:"version"`
}

func filterOf(f SavedFilter) filterView {
	return filterView{f.ID, f.Name, f.Query, f.Owner, f.Share, f.Team, f.Version}
}

// FilterBody is exported because huma fills exported embedded structs only.
type FilterBody struct {
	Name    string `json:"name" maxLength:"60"`
	OwnerID string `json:"owner_id,omitempty" doc:"Of the cases: a member, or me."`
	TeamID  string `json:"team_id,omitempty" doc:"Of the cases."`
	Lane    string `json:"lane,omitempty" enum:"soon,waiting,back,old,urgent,closed"`
	Days    int    `json:"days,omitempty" minimum:"1" maximum:"3650" doc:"With lane old: open over so many days."`
	Kind    string `json:"kind,omitempty" enum:"answer,decision,update,callback,document,visit,closing,duty"`
	Order   string `json:"order,omitempty" enum:"due,oldest,newest"`
	Share   string `json:"share,omitempty" enum:"own,team,all" default:"own"`
	With    string `json:"share_team_id,omitempty"`
	Version int    `json:"version,omitempty"`
}

func (b FilterBody) keep() KeepFilter {
	return KeepFilter{Name: b.Name, Share: b.Share, Team: b.With,
		Query: Query{Owner: b.OwnerID, Team: b.TeamID, Kind: b.Kind, Lane: b.Lane, Days: b.Days, Order: b.Order}.tidy()}
}

type waitingView struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind" enum:"customer,other"`
	Whom      string    `json:"whom,omitempty"`
	What      string    `json:"what"`
	Since     time.Time `json:"since"`
	Until     time.Time `json:"until"`
	PromiseID string    `json:"promise_id" doc:"The promise to tell the customer how it stands by then."`
}

func waitingOf(w Waiting) waitingView {
	return waitingView{w.ID, w.Kind, w.Whom, w.What, w.Since, w.Until, w.Promise}
}

type linkedView struct {
	CaseID string    `json:"case_id"`
	Why    string    `json:"why"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// OtherPath is exported because huma fills exported embedded structs only.
type OtherPath struct {
	CasePath
	Other string `path:"other_case_id" maxLength:"60"`
}

// apiLists are the operations about lists of cases, and about cases that have
// to do with each other.
func (s *Service) apiLists(api huma.API, op, command func(id, method, path, summary string) huma.Operation) {
	huma.Register(api, op("searchCases", http.MethodGet, "/search/cases", "Look for cases by the words of their subject, newest first"), s.apiSearch)
	gone := func(id, method, path, summary string) huma.Operation {
		o := op(id, method, path, summary)
		o.DefaultStatus = http.StatusNoContent
		return o
	}
	huma.Register(api, op("listCaseFilters", http.MethodGet, "/case-filters", "The kept filters that you may use"),
		func(ctx context.Context, _ *struct{}) (*items[filterView], error) {
			list, err := s.Filters(ctx, web.Actor(ctx))
			out := &items[filterView]{}
			out.Body.Items = make([]filterView, len(list))
			for i, f := range list {
				out.Body.Items[i] = filterOf(f)
			}
			return out, err
		})
	huma.Register(api, op("keepCaseFilter", http.MethodPost, "/case-filters", "Keep a filter under a name"),
		func(ctx context.Context, in *struct{ Body FilterBody }) (*body[filterView], error) {
			f, err := s.SaveFilter(ctx, web.Actor(ctx), in.Body.keep())
			if err != nil {
				return nil, err
			}
			return &body[filterView]{filterOf(f)}, nil
		})
	huma.Register(api, op("changeCaseFilter", http.MethodPut, "/case-filters/{filter_id}", "Rename, change or share a kept filter"),
		func(ctx context.Context, in *struct {
			ID   string `path:"filter_id" maxLength:"60"`
			Body FilterBody
		}) (*body[filterView], error) {
			f, err := s.ChangeFilter(ctx, web.Actor(ctx), in.ID, in.Body.Version, in.Body.keep())
			if err != nil {
				return nil, err
			}
			return &body[filterView]{filterOf(f)}, nil
		})
	huma.Register(api, gone("dropCaseFilter", http.MethodDelete, "/case-filters/{filter_id}", "Delete a kept filter"),
		func(ctx context.Context, in *struct {
			ID string `path:"filter_id" maxLength:"60"`
		}) (*struct{}, error) {
			return nil, s.DropFilter(ctx, web.Actor(ctx), in.ID)
		})
	huma.Register(api, op("waitFor", http.MethodPost, "/cases/{case_id}/waiting", "Note for whom a case waits, with the time at which you look again; no promise is paused"),
		func(ctx context.Context, in *struct {
			CasePath
			Body struct {
				Kind    string `json:"kind" enum:"customer,other"`
				Whom    string `json:"whom,omitempty" maxLength:"300" doc:"Who it is, when not the customer."`
				What    string `json:"what" maxLength:"300" doc:"In words the customer understands."`
				Until   string `json:"until" maxLength:"100" doc:"RFC 3339, or as a person types it: tomorrow 17:00."`
				Spoken  bool   `json:"spoken,omitempty" doc:"The customer heard it just now; else it is sent."`
				Version int    `json:"version,omitempty"`
			}
		}) (*body[waitingView], error) {
			who, b := web.Actor(ctx), in.Body
			until, err := s.Promises.ParseDue(ctx, who, web.Printer(ctx), "until", b.Until)
			if err != nil {
				return nil, err
			}
			w, err := s.Wait(ctx, who, in.Case, Wait{Kind: b.Kind, Whom: b.Whom, What: b.What, Until: until, Spoken: b.Spoken, Version: b.Version})
			if err != nil {
				return nil, err
			}
			return &body[waitingView]{waitingOf(w)}, nil
		})
	huma.Register(api, op("getWaiting", http.MethodGet, "/cases/{case_id}/waiting", "For whom a case waits"),
		func(ctx context.Context, in *CasePath) (*body[waitingView], error) {
			return reading(ctx, s, in.Case, func(q db.Q, c Case) (*body[waitingView], error) {
				w, ok, err := WaitingOf(q, c.Org, c.ID)
				if err == nil && !ok {
					err = errs.New(errs.NotFound, "not-waiting")
				}
				return &body[waitingView]{waitingOf(w)}, err
			})
		})
	huma.Register(api, gone("endWaiting", http.MethodDelete, "/cases/{case_id}/waiting", "What you waited for is there; the promises stay"),
		func(ctx context.Context, in *CasePath) (*struct{}, error) {
			return nil, s.EndWait(ctx, web.Actor(ctx), in.Case)
		})
	huma.Register(api, command("mergeCase", http.MethodPost, "/cases/{case_id}/merge", "Join a question that was asked twice with another: every promise goes on there at its own time"),
		func(ctx context.Context, in *struct {
			CasePath
			Body struct {
				Into    string `json:"into_case_id" maxLength:"60"`
				Version int    `json:"version,omitempty"`
			}
		}) (*oneCase, error) {
			c, err := s.Merge(ctx, web.Actor(ctx), in.Case, in.Body.Into, in.Body.Version)
			if err != nil {
				return nil, err
			}
			return caseOf(c, nil), nil
		})
	huma.Register(api, gone("linkCases", http.MethodPut, "/cases/{case_id}/links/{other_case_id}", "Say that two cases have to do with each other"),
		func(ctx context.Context, in *struct {
			OtherPath
			Body struct {
				Why string `json:"why" maxLength:"300"`
			}
		}) (*struct{}, error) {
			return nil, s.LinkCases(ctx, web.Actor(ctx), in.Case, in.Other, in.Body.Why)
		})
	huma.Register(api, gone("unlinkCases", http.MethodDelete, "/cases/{case_id}/links/{other_case_id}", "Take that back"),
		func(ctx context.Context, in *OtherPath) (*struct{}, error) {
			return nil, s.UnlinkCases(ctx, web.Actor(ctx), in.Case, in.Other)
		})
	huma.Register(api, op("listLinks", http.MethodGet, "/cases/{case_id}/links", "The cases that a case has to do with"),
		func(ctx context.Context, in *CasePath) (*items[linkedView], error) {
			list, err := s.Links(ctx, web.Actor(ctx), in.Case)
			out := &items[linkedView]{}
			out.Body.Items = make([]linkedView, len(list))
			for i, l := range list {
				out.Body.Items[i] = linkedView{l.Case, l.Why, l.By, l.At}
			}
			return out, err
		})
}

type searchView struct {
	Body struct {
		Items []View `json:"items"`
		More  bool   `json:"more" doc:"There are older ones that fit, beyond the fifty."`
		Cut   bool   `json:"cut" doc:"There may be older ones: not everything was looked through."`
	}
}

func (s *Service) apiSearch(ctx context.Context, in *struct {
	Q string `query:"q" maxLength:"200" doc:"All words must be there. Three letters find every word that begins with them; fewer, and words in quotes, are whole words."`
}) (*searchView, error) {
	found, err := s.Search(ctx, web.Actor(ctx), in.Q)
	if err != nil {
		return nil, err
	}
	out := &searchView{}
	out.Body.Items, out.Body.More, out.Body.Cut = make([]View, 0, len(found.Cases)), found.More, found.Cut
	for _, c := range found.Cases {
		web.Saw(ctx, "case", c.ID)
		out.Body.Items = append(out.Body.Items, ViewOf(c, nil))
	}
	return out, nil
}
