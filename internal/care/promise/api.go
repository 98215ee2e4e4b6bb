package promise

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/web"
)

// View is a promise as the API gives it. Moments are RFC 3339, UTC.
type View struct {
	ID          string    `json:"id"`
	CaseID      string    `json:"case_id"`
	Kind        Kind      `json:"kind" enum:"answer,decision,update,callback,document,visit,closing,duty"`
	What        string    `json:"what"`
	ToPerson    string    `json:"to_person_id"`
	Keeper      string    `json:"keeper_id"`
	MadeBy      string    `json:"made_by"`
	MadeAt      time.Time `json:"made_at"`
	FromAt      time.Time `json:"from_at,omitzero"`
	DueAt       time.Time `json:"due_at"`
	InternalAt  time.Time `json:"internal_at" doc:"Our own earlier target."`
	FirstDueAt  time.Time `json:"first_due_at" doc:"What was promised before it was ever moved."`
	Told        Told      `json:"told" enum:"untold,sent,delivered,spoken"`
	ToldAt      time.Time `json:"told_at,omitzero"`
	State       State     `json:"state" enum:"open,kept,broken,renegotiated,withdrawn"`
	AtRisk      bool      `json:"at_risk"`
	EndedAt     time.Time `json:"ended_at,omitzero"`
	BrokeWhy    string    `json:"broke_why,omitempty" enum:"late,early"`
	Predecessor string    `json:"predecessor_id,omitempty"`
	Successor   string    `json:"successor_id,omitempty"`
	MessageID   string    `json:"message_id,omitempty"`
	SeriesID    string    `json:"series_id,omitempty" doc:"The series it is a step of."`
	Step        int       `json:"step,omitempty"`
	StandsIn    bool      `json:"stands_in,omitempty" doc:"It only stands in for its step, which broke, until that is promised anew or done."`
	Version     int       `json:"version"`
}

// ViewOf is a promise as the API gives it.
func ViewOf(p Promise) View {
	return View{p.ID, p.Case, p.Kind, p.What, p.To, p.Keeper, p.MadeBy, p.MadeAt, p.From, p.Due, p.Internal, p.FirstDue,
		p.Told, p.ToldAt, p.State, p.State == Open && p.Risk >= RiskKeeper, p.EndedAt, p.BrokeWhy, p.Predecessor, p.Successor, p.Message, p.Series, p.Step, p.StandsIn, p.Version}
}

// Body is a promise to be made, as requests hold it.
type Body struct {
	Kind    Kind   `json:"kind,omitempty" enum:"answer,decision,update,callback,document,visit" default:"answer"`
	What    string `json:"what" maxLength:"500" doc:"What the customer will know or have, in words they understand."`
	ToID    string `json:"to_person_id,omitempty" doc:"Default: who asked."`
	Keeper  string `json:"keeper_id,omitempty" doc:"A member or a team, which means its duty holder. Default: who promises."`
	FromAt  string `json:"from_at,omitempty" maxLength:"60" doc:"For a window: not before."`
	DueAt   string `json:"due_at" maxLength:"60" doc:"A day and a clock time: RFC 3339, or as people type it (\"tomorrow 17:00\"). \"As soon as possible\" is refused."`
	Channel string `json:"channel,omitempty" doc:"How it will be kept. Default: as the customer prefers."`
	Spoken  bool   `json:"spoken,omitempty" doc:"The customer heard it just now; otherwise they are sent a message."`
}

// Make turns the body into a promise to be made.
func (s *Service) Read(ctx context.Context, who actor.Actor, path string, b Body) (Make, error) {
	words := web.Printer(ctx)
	due, err := s.ParseDue(ctx, who, words, path+"due_at", b.DueAt)
	if err != nil {
		return Make{}, err
	}
	from, err := s.ParseDue(ctx, who, words, path+"from_at", b.FromAt)
	if err != nil {
		return Make{}, err
	}
	return Make{Kind: b.Kind, What: b.What, To: b.ToID, Keeper: b.Keeper, From: from, Due: due, Channel: b.Channel, Spoken: b.Spoken}, nil
}

// NextBody says what comes after the last open promise of a case.
type NextBody struct {
	Promise *Body  `json:"promise,omitempty"`
	Close   string `json:"close,omitempty" enum:"agreed,withdrawn,mistake,deceased" doc:"Close the case instead, for this reason."`
}

func (s *Service) next(ctx context.Context, who actor.Actor, b *NextBody) (*Next, error) {
	if b == nil {
		return nil, nil
	}
	n := &Next{Close: b.Close}
	if b.Promise != nil {
		m, err := s.Read(ctx, who, "next.promise.", *b.Promise)
		if err != nil {
			return nil, err
		}
		n.Promise = &m
	}
	return n, nil
}

type one struct {
	ETag string `header:"ETag"`
	Body View
}

func oneOf(p Promise) *one { return &one{web.ETag(int64(p.Version)), ViewOf(p)} }

// IDPath is exported because huma fills exported embedded structs only.
type IDPath struct {
	ID string `path:"promise_id" maxLength:"60"`
}

type list struct {
	Link string `header:"Link"`
	Body struct {
		Items []View `json:"items"`
	}
}

func (s *Service) api(api huma.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return web.Operation(id, method, path, summary, "Promises")
	}
	// A command changes what is there already, and makes nothing that has an address of its own.
	command := func(id, method, path, summary string) huma.Operation {
		o := op(id, method, path, summary)
		o.DefaultStatus = http.StatusOK
		return o
	}
	huma.Register(api, op("makePromise", http.MethodPost, "/cases/{case_id}/promises", "Make a promise in a case"),
		func(ctx context.Context, in *struct {
			Case string `path:"case_id" maxLength:"60"`
			Body Body
		}) (*one, error) {
			who := web.Actor(ctx)
			m, err := s.Read(ctx, who, "", in.Body)
			if err != nil {
				return nil, err
			}
			p, err := s.Make(ctx, who, in.Case, m)
			if err != nil {
				return nil, err
			}
			return oneOf(p), nil
		})
	huma.Register(api, op("advisePromise", http.MethodGet, "/advice", "What can honestly be promised now, from your own record"),
		func(ctx context.Context, in *AdviceQuery) (*struct{ Body AdviceView }, error) {
			a, err := s.Advise(ctx, web.Actor(ctx), Wanted{Kind: in.Kind, Team: in.Team, Case: in.Case})
			if err != nil {
				return nil, err
			}
			return &struct{ Body AdviceView }{adviceView(a)}, nil
		})
	huma.Register(api, op("getPromise", http.MethodGet, "/promises/{promise_id}", "Get a promise"),
		func(ctx context.Context, in *IDPath) (*one, error) {
			p, err := s.Get(ctx, web.Actor(ctx), in.ID)
			if err != nil {
				return nil, err
			}
			web.Saw(ctx, "case", p.Case)
			return oneOf(p), nil
		})
	huma.Register(api, op("listPromises", http.MethodGet, "/promises", "List open promises by due time"),
		func(ctx context.Context, in *struct {
			web.Paging
			Keeper string `query:"keeper_id" doc:"Only those this member must keep."`
		}) (*list, error) {
			return s.apiList(ctx, in.Paging, in.Keeper)
		})
	huma.Register(api, command("keepPromise", http.MethodPost, "/promises/{promise_id}/keep", "Keep a promise"),
		func(ctx context.Context, in *struct {
			IDPath
			Body struct {
				Version int       `json:"version,omitempty" doc:"The version you saw; a promise that changed since is not touched."`
				Note    string    `json:"note,omitempty" maxLength:"2000" doc:"What the customer was told or got."`
				Spoken  bool      `json:"spoken,omitempty" doc:"Said by phone or at the desk just now."`
				Done    bool      `json:"done,omitempty" doc:"Nothing to tell: they were here, or have it."`
				Written bool      `json:"written,omitempty" doc:"What was said is sent to them as well."`
				Next    *NextBody `json:"next,omitempty" doc:"Needed when this is the last open promise of the case."`
				Then    *ThenBody `json:"then,omitempty" doc:"How its series goes on, when it is a step of one."`
			}
		}) (*one, error) {
			who := web.Actor(ctx)
			next, err := s.next(ctx, who, in.Body.Next)
			if err != nil {
				return nil, err
			}
			then, err := s.then(ctx, who, in.Body.Then)
			if err != nil {
				return nil, err
			}
			p, err := s.Keep(ctx, who, in.ID, Keep{Version: in.Body.Version, Note: in.Body.Note, Spoken: in.Body.Spoken, Done: in.Body.Done, Written: in.Body.Written, Next: next, Then: then})
			if err != nil {
				return nil, err
			}
			return oneOf(p), nil
		})
	huma.Register(api, op("renegotiatePromise", http.MethodPost, "/promises/{promise_id}/renegotiate", "Move a promise to a new time, with the customer"),
		func(ctx context.Context, in *struct {
			IDPath
			Body struct {
				Version    int    `json:"version,omitempty"`
				DueAt      string `json:"due_at" maxLength:"60"`
				FromAt     string `json:"from_at,omitempty" maxLength:"60"`
				What       string `json:"what,omitempty" maxLength:"500"`
				Spoken     bool   `json:"spoken,omitempty" doc:"Agreed with the customer just now. Otherwise the old promise stays open until the new time was delivered."`
				ByCustomer bool   `json:"by_customer,omitempty"`
				Along      bool   `json:"along,omitempty" doc:"Move the later steps of its series that have a clock time as well."`
			}
		}) (*one, error) {
			who, words := web.Actor(ctx), web.Printer(ctx)
			due, err := s.ParseDue(ctx, who, words, "due_at", in.Body.DueAt)
			if err != nil {
				return nil, err
			}
			from, err := s.ParseDue(ctx, who, words, "from_at", in.Body.FromAt)
			if err != nil {
				return nil, err
			}
			p, err := s.Renegotiate(ctx, who, in.ID, Move{Version: in.Body.Version, From: from, Due: due, What: in.Body.What, Spoken: in.Body.Spoken, ByCustomer: in.Body.ByCustomer, Along: in.Body.Along})
			if err != nil {
				return nil, err
			}
			return oneOf(p), nil
		})
	huma.Register(api, command("withdrawPromise", http.MethodPost, "/promises/{promise_id}/withdraw", "End a promise the customer no longer needs"),
		func(ctx context.Context, in *struct {
			IDPath
			Body struct {
				Version int       `json:"version,omitempty"`
				Why     string    `json:"why" maxLength:"2000"`
				Next    *NextBody `json:"next,omitempty"`
				Then    *ThenBody `json:"then,omitempty" doc:"Needed when it is a step of a series that goes on: stop, or done."`
			}
		}) (*one, error) {
			who := web.Actor(ctx)
			next, err := s.next(ctx, who, in.Body.Next)
			if err != nil {
				return nil, err
			}
			then, err := s.then(ctx, who, in.Body.Then)
			if err != nil {
				return nil, err
			}
			p, err := s.WithdrawThen(ctx, who, in.ID, in.Body.Why, in.Body.Version, next, then)
			if err != nil {
				return nil, err
			}
			return oneOf(p), nil
		})
	huma.Register(api, command("retractPromise", http.MethodPost, "/promises/{promise_id}/retract", "Take back that a promise was kept, within a minute"),
		func(ctx context.Context, in *IDPath) (*one, error) {
			p, err := s.Retract(ctx, web.Actor(ctx), in.ID)
			if err != nil {
				return nil, err
			}
			return oneOf(p), nil
		})
	s.apiSeries(api, op, command)
}

func (s *Service) apiList(ctx context.Context, page web.Paging, keeper string) (*list, error) {
	who := web.Actor(ctx)
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return nil, err
	}
	after, err := page.After(2)
	if err != nil {
		return nil, err
	}
	at, _ := time.Parse(time.RFC3339Nano, after[0]) // our own cursor: a zero moment is the first page
	out := &list{}
	err = s.DB.Read(ctx, func(q db.Q) error {
		ps, err := Due(q, who.Org, keeper, time.Time{}, time.Time{}, at, after[1], page.Limit+1)
		if err != nil {
			return err
		}
		if len(ps) > page.Limit {
			ps = ps[:page.Limit]
			last := ps[len(ps)-1]
			out.Link = web.NextLink(web.From(ctx).Request().URL, web.EncodeCursor(last.Due.Format(time.RFC3339Nano), last.ID))
		}
		out.Body.Items = make([]View, len(ps))
		for i, p := range ps {
			out.Body.Items[i] = ViewOf(p)
			web.Saw(ctx, "case", p.Case)
		}
		return nil
	})
	return out, err
}

// Get gives a promise.
func (s *Service) Get(ctx context.Context, who actor.Actor, id string) (p Promise, err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return p, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error { p, err = byID(q, who.Org, id); return err })
	return p, err
}
