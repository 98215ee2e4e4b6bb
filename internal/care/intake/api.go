package intake

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/web"
)

// Result is what a call left behind, as the API gives it.
type Result struct {
	Case     casefile.View `json:"case"`
	Promise  promise.View  `json:"promise" doc:"What was promised, or kept in the call itself."`
	CallerID string        `json:"caller_id" doc:"The customer on the line."`
	Placed   bool          `json:"placed" doc:"Brought by somebody who may not speak for whom it is about: that person is told."`
	Fetched  string        `json:"fetched_id,omitempty" doc:"The member who was fetched."`
	Flags    []string      `json:"red_flags" doc:"Red flags that were recognised."`
}

func resultOf(o Outcome) *body[Result] {
	flags := o.Flags
	if flags == nil {
		flags = []string{}
	}
	return &body[Result]{Result{casefile.ViewOf(o.Case, nil), promise.ViewOf(o.Promise), o.Caller, o.Placed, o.Fetched, flags}}
}

type body[T any] struct{ Body T }

type flagList struct {
	Body struct {
		Items []Flag `json:"items"`
	}
}

type oneFlag struct {
	ETag string `header:"ETag"`
	Body Flag
}

// FlagPath is exported because huma fills exported embedded structs only.
type FlagPath struct {
	ID string `path:"flag_id" maxLength:"60"`
}

// QuickPromise is what is promised at the end of a call.
type QuickPromise struct {
	Kind    promise.Kind `json:"kind,omitempty" enum:"answer,decision,update,callback,document" default:"answer"`
	What    string       `json:"what,omitempty" maxLength:"500" doc:"Default: an answer to the question."`
	DueAt   string       `json:"due_at" maxLength:"60" doc:"A day and a clock time: RFC 3339, or as people type it (\"tomorrow 17:00\")."`
	Keeper  string       `json:"keeper_id,omitempty"`
	Channel string       `json:"channel,omitempty" doc:"How it will be kept. Default: as the customer prefers."`
	Message bool         `json:"message,omitempty" doc:"Send a message instead of saying it now."`
}

func (s *Service) api(api huma.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return web.Operation(id, method, path, summary, "Calls")
	}
	command := func(id, method, path, summary string) huma.Operation {
		o := op(id, method, path, summary)
		o.DefaultStatus = http.StatusOK
		return o
	}
	huma.Register(api, op("quickCall", http.MethodPost, "/calls", "Record a call with how it ends: helped at once, or a question with a promise"), s.apiCall)
	huma.Register(api, op("raiseUrgent", http.MethodPost, "/calls/urgent", "Fetch a clinician for somebody who cannot wait"), s.apiUrgent)
	huma.Register(api, command("nameCaller", http.MethodPost, "/cases/{case_id}/caller", "Record who an unknown caller turned out to be"),
		func(ctx context.Context, in *struct {
			casefile.CasePath
			Body Party
		}) (*body[casefile.View], error) {
			c, err := s.NameCaller(ctx, web.Actor(ctx), in.Case, in.Body)
			if err != nil {
				return nil, err
			}
			return &body[casefile.View]{casefile.ViewOf(c, nil)}, nil
		})
	huma.Register(api, op("listRedFlags", http.MethodGet, "/red-flags", "The red flags of the organisation, with what to ask and to do"),
		func(ctx context.Context, _ *struct{}) (*flagList, error) {
			list, err := s.Flags(ctx, web.Actor(ctx))
			out := &flagList{}
			out.Body.Items = list
			return out, err
		})
	huma.Register(api, command("spotRedFlags", http.MethodPost, "/red-flags/spot", "The red flags that a text may be about"),
		func(ctx context.Context, in *struct {
			Body struct {
				Text string `json:"text" maxLength:"10000"`
			}
		}) (*flagList, error) {
			list, err := s.SpotIn(ctx, web.Actor(ctx), in.Body.Text)
			out := &flagList{}
			if out.Body.Items = list; list == nil {
				out.Body.Items = []Flag{}
			}
			return out, err
		})
	huma.Register(api, op("addRedFlag", http.MethodPost, "/red-flags", "Add a red flag of the organisation's own"),
		func(ctx context.Context, in *struct{ Body SetFlag }) (*oneFlag, error) {
			f, err := s.AddFlag(ctx, web.Actor(ctx), in.Body)
			return &oneFlag{web.ETag(f.Version), f}, err
		})
	huma.Register(api, op("changeRedFlag", http.MethodPut, "/red-flags/{flag_id}", "Change a red flag, or turn it off"),
		func(ctx context.Context, in *struct {
			FlagPath
			IfMatch string `header:"If-Match"`
			Body    SetFlag
		}) (*oneFlag, error) {
			who := web.Actor(ctx)
			version, err := s.matching(ctx, in.ID, in.IfMatch)
			if err != nil {
				return nil, err
			}
			f, err := s.ChangeFlag(ctx, who, in.ID, version, in.Body)
			return &oneFlag{web.ETag(f.Version), f}, err
		})
	huma.Register(api, op("dropRedFlag", http.MethodDelete, "/red-flags/{flag_id}", "Take a change of a red flag back, or one of your own away"),
		func(ctx context.Context, in *struct {
			FlagPath
			IfMatch string `header:"If-Match"`
		}) (*struct{}, error) {
			version, err := s.matching(ctx, in.ID, in.IfMatch)
			if err == nil {
				err = s.DropFlag(ctx, web.Actor(ctx), in.ID, version)
			}
			return nil, err
		})
}

// matching gives the version of a flag that the caller saw.
func (s *Service) matching(ctx context.Context, id, header string) (int64, error) {
	all, err := s.Flags(ctx, web.Actor(ctx))
	if err != nil {
		return 0, err
	}
	for _, f := range all {
		if f.ID == id {
			return f.Version, web.CheckIfMatch(header, f.Version)
		}
	}
	return 0, errs.New(errs.NotFound, "flag-unknown")
}

func (s *Service) apiCall(ctx context.Context, in *struct {
	Body struct {
		Caller  Party         `json:"caller" doc:"Who is on the line."`
		About   *Party        `json:"about,omitempty" doc:"Somebody else it is about. A referring organisation places a question for a customer like this."`
		Basis   person.Basis  `json:"basis,omitempty" enum:"parent,guardian,mandate,partner,care-worker" doc:"Why the caller may speak for them, when it is recorded now."`
		Seen    bool          `json:"seen,omitempty" doc:"The proof of a mandate was shown."`
		Channel string        `json:"channel,omitempty" enum:"phone,desk,email,page,video,post,sms" default:"phone"`
		Subject string        `json:"subject" maxLength:"10000" doc:"What they want to know or have, in their words."`
		CaseID  string        `json:"case_id,omitempty" doc:"An open case it is about."`
		Asked   []string      `json:"asked,omitempty" maxItems:"50" doc:"Red flags that were asked about, and it was not urgent."`
		End     Ending        `json:"end" enum:"helped,question" doc:"How the call ends."`
		Answer  string        `json:"answer,omitempty" maxLength:"2000" doc:"What helped."`
		Written bool          `json:"written,omitempty" doc:"Send the answer to them as well."`
		OwnerID string        `json:"owner_id,omitempty" doc:"A member or a team. Default: who takes the call."`
		Stays   bool          `json:"stays,omitempty" doc:"What was promised in the open case stands."`
		Promise *QuickPromise `json:"promise,omitempty"`
	}
}) (*body[Result], error) {
	who, b := web.Actor(ctx), in.Body
	call := Call{Caller: b.Caller, About: b.About, Basis: b.Basis, Seen: b.Seen, Channel: b.Channel, Subject: b.Subject, Case: b.CaseID, Asked: b.Asked,
		End: b.End, Answer: b.Answer, Written: b.Written, Owner: b.OwnerID, Stays: b.Stays}
	if p := b.Promise; p != nil {
		due, err := s.Promises.ParseDue(ctx, who, web.Printer(ctx), "promise.due_at", p.DueAt)
		if err != nil {
			return nil, err
		}
		call.Promise = promise.Make{Kind: p.Kind, What: strings.TrimSpace(p.What), Keeper: p.Keeper, Due: due, Channel: p.Channel, Spoken: !p.Message}
	}
	out, err := s.Save(ctx, who, call)
	if err != nil {
		return nil, err
	}
	web.Saw(ctx, "case", out.Case.ID)
	return resultOf(out), nil
}

func (s *Service) apiUrgent(ctx context.Context, in *struct {
	Body struct {
		Caller  *Party   `json:"caller,omitempty" doc:"Who is on the line; nothing when there is no time to ask."`
		About   *Party   `json:"about,omitempty"`
		Channel string   `json:"channel,omitempty" enum:"phone,desk,email,page,video,post,sms" default:"phone"`
		Subject string   `json:"subject,omitempty" maxLength:"10000"`
		CaseID  string   `json:"case_id,omitempty" doc:"An open case it is about."`
		Flags   []string `json:"red_flags,omitempty" maxItems:"50"`
	}
}) (*body[Result], error) {
	b := in.Body
	call := Urgent{About: b.About, Channel: b.Channel, Subject: b.Subject, Case: b.CaseID, Flags: b.Flags}
	if b.Caller != nil {
		call.Caller = *b.Caller
	}
	out, err := s.Urgent(ctx, web.Actor(ctx), call)
	if err != nil {
		return nil, err
	}
	web.Saw(ctx, "case", out.Case.ID)
	return resultOf(out), nil
}
