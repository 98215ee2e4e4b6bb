package absence

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/web"
)

// Path names an absence.
type Path struct {
	ID string `path:"absence_id" maxLength:"60"`
}

// Moved is a new time for a promise, as a program asks for it.
type Moved struct {
	Promise string    `json:"promise_id" maxLength:"60"`
	From    time.Time `json:"from_at,omitempty" doc:"Of a visit"`
	Due     time.Time `json:"due_at"`
}

// Body is an absence to be previewed or arranged.
type Body struct {
	Member   string    `json:"member_id" maxLength:"60"`
	Kind     Kind      `json:"kind,omitempty" enum:"ill,planned" doc:"Ill begins now. Default: ill."`
	From     time.Time `json:"from,omitempty"`
	Until    time.Time `json:"until,omitempty" doc:"Without it: until further notice"`
	StandIn  string    `json:"stand_in_id,omitempty" maxLength:"60" doc:"Who was asked to stand in; needed when no deputy is there"`
	AllCases *bool     `json:"all_cases,omitempty" doc:"All open cases pass, not only those with something due. Default: by the length of the absence."`
	Moves    []Moved   `json:"moves,omitempty" maxItems:"200" doc:"Promises that come at a later time instead of passing to who stands in"`
}

func (b Body) ask() Ask {
	in := Ask{Member: b.Member, Kind: b.Kind, From: b.From, Until: b.Until, StandIn: b.StandIn, AllCases: b.AllCases}
	for _, m := range b.Moves {
		in.Moves = append(in.Moves, Shift(m))
	}
	return in
}

// RowView is what would become of one promise.
type RowView struct {
	Promise  string    `json:"promise_id"`
	Case     string    `json:"case_id"`
	What     string    `json:"what"`
	Due      time.Time `json:"due_at"`
	Action   Action    `json:"action" enum:"hand,move,stay"`
	To       string    `json:"to_member_id,omitempty"`
	NewDue   time.Time `json:"new_due_at,omitzero"`
	Later    time.Time `json:"later_at" doc:"A later time that can be promised"`
	PhoneNow bool      `json:"phone_now" doc:"Due so soon that somebody must phone"`
	Message  string    `json:"message,omitempty" doc:"What the customer would read"`
	Channel  string    `json:"channel,omitempty"`
}

// PlanView is what arranging would do.
type PlanView struct {
	Member   string    `json:"member_id"`
	From     time.Time `json:"from"`
	Until    time.Time `json:"until,omitzero"`
	StandIn  string    `json:"stand_in_id,omitempty" doc:"Who would stand in"`
	Needs    bool      `json:"needs_stand_in"`
	Could    []string  `json:"could_stand_in"`
	AllCases bool      `json:"all_cases"`
	Cases    int64     `json:"open_cases"`
	Promises []RowView `json:"promises"`
	More     int64     `json:"more"`
}

func planView(p Plan) PlanView {
	v := PlanView{Member: p.Member.ID, From: p.Absence.From, Until: p.Absence.Until, StandIn: p.StandIn, Needs: p.Needs, Could: []string{},
		AllCases: p.Absence.AllCases, Cases: p.Cases, Promises: []RowView{}, More: p.More}
	for _, m := range p.Could {
		v.Could = append(v.Could, m.ID)
	}
	for _, r := range p.Rows {
		x := RowView{Promise: r.Promise.ID, Case: r.Case.ID, What: r.Promise.What, Due: r.Promise.Due, Action: r.Action, To: r.To, NewDue: r.NewDue,
			Later: r.Later, PhoneNow: r.PhoneNow}
		if r.Message != nil {
			x.Message, x.Channel = r.Message.Text, r.Message.Channel
		}
		v.Promises = append(v.Promises, x)
	}
	return v
}

// View is an absence with what became of everything.
type View struct {
	Absence
	Result Tally `json:"result"`
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

func manyOf[T any](ctx context.Context, p page.Page[T], err error) (*many[T], error) {
	if err != nil {
		return nil, err
	}
	out := &many[T]{Link: web.NextLink(web.From(ctx).Request().URL, p.Next)}
	out.Body.Items = p.Items
	return out, nil
}

func (s *Service) view(ctx context.Context, a Absence, err error) (*one[View], error) {
	if err != nil {
		return nil, err
	}
	a, n, err := s.Get(ctx, web.Actor(ctx), a.ID)
	if err != nil {
		return nil, err
	}
	web.Saw(ctx, "absence", a.ID)
	return &one[View]{web.ETag(a.Version), View{a, n}}, nil
}

func (s *Service) api(api huma.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return web.Operation(id, method, path, summary, "Absence")
	}
	preview := op("previewAbsence", http.MethodPost, "/absences/preview", "Say what arranging an absence would do, without doing it")
	preview.DefaultStatus = http.StatusOK
	huma.Register(api, preview, func(ctx context.Context, in *struct{ Body Body }) (*one[PlanView], error) {
		p, err := s.Preview(ctx, web.Actor(ctx), in.Body.ask())
		if err != nil {
			return nil, err
		}
		for _, r := range p.Rows {
			web.Saw(ctx, "case", r.Case.ID)
		}
		return &one[PlanView]{Body: planView(p)}, nil
	})
	huma.Register(api, op("confirmAbsence", http.MethodPost, "/absences", "Arrange an absence: promises and cases pass to who stands in, or move, and each customer is told"),
		func(ctx context.Context, in *struct{ Body Body }) (*one[View], error) {
			a, err := s.Confirm(ctx, web.Actor(ctx), in.Body.ask())
			return s.view(ctx, a, err)
		})
	huma.Register(api, op("listAbsences", http.MethodGet, "/absences", "List the absences that are not over, by their beginning"),
		func(ctx context.Context, in *web.Paging) (*many[Absence], error) {
			p, err := s.List(ctx, web.Actor(ctx), in.Cursor, in.Limit)
			return manyOf(ctx, p, err)
		})
	huma.Register(api, op("getAbsence", http.MethodGet, "/absences/{absence_id}", "Get an absence, with what became of everything"),
		func(ctx context.Context, in *Path) (*one[View], error) {
			return s.view(ctx, Absence{ID: in.ID}, nil)
		})
	huma.Register(api, op("listAbsenceItems", http.MethodGet, "/absences/{absence_id}/items", "List what became of each promise and case"),
		func(ctx context.Context, in *struct {
			Path
			web.Paging
			State string `query:"state" enum:"wanted,done,failed,offered-back,settled"`
		}) (*many[Item], error) {
			p, err := s.Items(ctx, web.Actor(ctx), in.ID, in.State, in.Cursor, in.Limit)
			for _, i := range p.Items {
				web.Saw(ctx, "case", i.Case)
			}
			return manyOf(ctx, p, err)
		})
	huma.Register(api, op("changeAbsence", http.MethodPatch, "/absences/{absence_id}", "Give an absence another end"),
		func(ctx context.Context, in *struct {
			Path
			IfMatch string `header:"If-Match" doc:"The ETag of what you saw."`
			Body    struct {
				Until    time.Time `json:"until,omitempty" doc:"Without it: until further notice"`
				AllCases *bool     `json:"all_cases,omitempty"`
			}
		}) (*one[View], error) {
			who := web.Actor(ctx)
			old, _, err := s.Get(ctx, who, in.ID)
			if err == nil {
				err = web.CheckIfMatch(in.IfMatch, old.Version)
			}
			if err != nil {
				return nil, err
			}
			a, err := s.Change(ctx, who, in.ID, Change{Version: old.Version, Until: in.Body.Until, AllCases: in.Body.AllCases})
			return s.view(ctx, a, err)
		})
	end := op("endAbsence", http.MethodPost, "/absences/{absence_id}/end", "Say that somebody is back: their cases are offered back to them")
	end.DefaultStatus = http.StatusOK
	huma.Register(api, end, func(ctx context.Context, in *Path) (*one[View], error) {
		if in.ID == "" {
			return nil, errs.New(errs.NotFound, "absence-unknown")
		}
		a, err := s.End(ctx, web.Actor(ctx), in.ID)
		return s.view(ctx, a, err)
	})
}
