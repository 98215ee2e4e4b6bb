package casefile

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/id"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/web"
)

// View is a case as the API gives it.
type View struct {
	ID           string        `json:"id"`
	Reference    string        `json:"reference" doc:"For speaking, with a check character: H-2417-R."`
	QuestionID   string        `json:"question_id" doc:"The same matter over all organisations."`
	Subject      string        `json:"subject"`
	PersonID     string        `json:"person_id"`
	AskerID      string        `json:"asker_id"`
	OwnerID      string        `json:"owner_id"`
	OwnerSince   time.Time     `json:"owner_since"`
	TeamID       string        `json:"team_id,omitempty"`
	Channel      string        `json:"channel"`
	OpenedAt     time.Time     `json:"opened_at"`
	OpenPromises int           `json:"open_promises"`
	NextDueAt    time.Time     `json:"next_due_at,omitzero"`
	Urgent       bool          `json:"urgent"`
	ClosedAt     time.Time     `json:"closed_at,omitzero"`
	CloseReason  string        `json:"close_reason,omitempty"`
	Version      int           `json:"version"`
	NextPromise  *promise.View `json:"next_promise,omitempty"`
}

// ViewOf is a case as the API gives it.
func ViewOf(c Case, next *promise.Promise) View {
	v := View{c.ID, c.Ref(), c.Question, c.Subject, c.Person, c.Asker, c.Owner, c.OwnerSince, c.Team, c.Channel, c.OpenedAt,
		c.OpenPromises, c.NextDue, c.Urgent, c.ClosedAt, c.CloseReason, c.Version, nil}
	if next != nil {
		p := promise.ViewOf(*next)
		v.NextPromise = &p
	}
	return v
}

type oneCase struct {
	ETag string `header:"ETag"`
	Body View
}

func caseOf(c Case, next *promise.Promise) *oneCase {
	return &oneCase{web.ETag(int64(c.Version)), ViewOf(c, next)}
}

// CasePath is exported because huma fills exported embedded structs only.
type CasePath struct {
	Case string `path:"case_id" maxLength:"60"`
}

type contactView struct {
	ID        string    `json:"id"`
	PersonID  string    `json:"person_id"`
	At        time.Time `json:"at"`
	Direction string    `json:"direction" enum:"in,out"`
	Channel   string    `json:"channel"`
	MemberID  string    `json:"member_id,omitempty"`
	Said      string    `json:"said,omitempty"`
	Visible   bool      `json:"visible" doc:"Shown on the customer's page."`
}

func contactOf(m Contact) contactView {
	return contactView{m.ID, m.Person, m.At, m.Direction, m.Channel, m.Member, m.Said, m.Visible}
}

type documentView struct {
	ID      string    `json:"id"`
	CaseID  string    `json:"case_id"`
	Kind    string    `json:"kind"`
	Name    string    `json:"name"`
	Content string    `json:"content,omitempty"`
	FromOrg string    `json:"from_organisation_id,omitempty"`
	AddedAt time.Time `json:"added_at"`
}

func documentOf(d Document, content bool) documentView {
	v := documentView{d.ID, d.Case, d.Kind, d.Name, "", d.FromOrg, d.AddedAt}
	if content {
		v.Content = d.Content
	}
	return v
}

type doorView struct {
	ID        string    `json:"id"`
	PersonID  string    `json:"person_id"`
	GivenBy   string    `json:"given_by"`
	GivenAt   time.Time `json:"given_at"`
	Condition string    `json:"condition"`
	Until     time.Time `json:"until"`
}

type lineView struct {
	ID       string         `json:"id"`
	At       time.Time      `json:"at"`
	Kind     string         `json:"kind"`
	Who      string         `json:"who,omitempty"`
	Sentence string         `json:"sentence"`
	Quote    string         `json:"quote,omitempty"`
	Data     map[string]any `json:"data"`
}

type body[T any] struct{ Body T }

type items[T any] struct {
	Link string `header:"Link"`
	Body struct {
		Items []T `json:"items"`
	}
}

// AskingClose is what may go along with the question whether it is solved.
type AskingClose struct {
	Note string `json:"note,omitempty" maxLength:"5000" doc:"In our own words, in the customer's language."`
}

func (s *Service) api(api huma.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return web.Operation(id, method, path, summary, "Cases")
	}
	// A command changes what is there already, and makes nothing that has an address of its own.
	command := func(id, method, path, summary string) huma.Operation {
		o := op(id, method, path, summary)
		o.DefaultStatus = http.StatusOK
		return o
	}
	huma.Register(api, op("openCase", http.MethodPost, "/cases", "Open a question as a case, with its first promise"), s.apiOpen)
	huma.Register(api, op("getCase", http.MethodGet, "/cases/{case_id}", "Get a case, by id or by reference"), s.apiGet)
	huma.Register(api, op("listCases", http.MethodGet, "/cases", "List cases: open ones by next promise, closed ones by end"), s.apiList)
	s.apiLists(api, op, command)
	s.apiBulk(api, op, command)
	huma.Register(api, op("getTimeline", http.MethodGet, "/cases/{case_id}/timeline", "What happened in a case, newest first"), s.apiTimeline)
	huma.Register(api, op("logContact", http.MethodPost, "/cases/{case_id}/contacts", "Log a contact moment"),
		func(ctx context.Context, in *struct {
			CasePath
			Body struct {
				Direction string `json:"direction" enum:"in,out"`
				Channel   string `json:"channel" enum:"phone,desk,email,page,video,post,sms"`
				PersonID  string `json:"person_id,omitempty" doc:"Default: who asked."`
				Said      string `json:"said" maxLength:"10000"`
				Hidden    bool   `json:"hidden,omitempty" doc:"Do not show it on the customer's page."`
			}
		}) (*body[contactView], error) {
			b := in.Body
			m, err := s.LogContact(ctx, web.Actor(ctx), in.Case, Contact{Person: b.PersonID, Direction: b.Direction, Channel: b.Channel, Said: b.Said, Visible: !b.Hidden})
			return &body[contactView]{contactOf(m)}, err
		})
	huma.Register(api, op("listContacts", http.MethodGet, "/cases/{case_id}/contacts", "The contact moments of a case, newest first"),
		func(ctx context.Context, in *struct {
			CasePath
			Limit int `query:"limit" minimum:"1" maximum:"200" default:"50"`
		}) (*items[contactView], error) {
			return reading(ctx, s, in.Case, func(q db.Q, c Case) (*items[contactView], error) {
				list, err := Contacts(q, c.Org, c.ID, in.Limit)
				out := &items[contactView]{}
				for _, m := range list {
					out.Body.Items = append(out.Body.Items, contactOf(m))
				}
				return out, err
			})
		})
	huma.Register(api, command("closeCase", http.MethodPost, "/cases/{case_id}/close", "Close a case on the customer's word, just given"),
		func(ctx context.Context, in *struct {
			CasePath
			Body struct {
				Reason  string `json:"reason" enum:"agreed,withdrawn,mistake,deceased"`
				Said    string `json:"said" maxLength:"10000" doc:"What the customer said, or why it was a mistake."`
				Channel string `json:"channel,omitempty" enum:"phone,desk,email,page,video,post,sms" default:"phone"`
				Version int    `json:"version,omitempty"`
				Series  bool   `json:"end_series,omitempty" doc:"What was promised to come after the promise that stands now need not come."`
			}
		}) (*oneCase, error) {
			c, err := s.Close(ctx, web.Actor(ctx), in.Case, Close{in.Body.Reason, in.Body.Said, in.Body.Channel, in.Body.Version, in.Body.Series})
			if err != nil {
				return nil, err
			}
			return caseOf(c, nil), nil
		})
	huma.Register(api, op("askClose", http.MethodPost, "/cases/{case_id}/ask-close", "Ask the customer whether it is solved"),
		func(ctx context.Context, in *struct {
			CasePath
			Body *AskingClose
		}) (*body[promise.View], error) {
			note := ""
			if in.Body != nil {
				note = in.Body.Note
			}
			p, err := s.AskClose(ctx, web.Actor(ctx), in.Case, note)
			if err != nil {
				return nil, err
			}
			return &body[promise.View]{promise.ViewOf(p)}, nil
		})
	huma.Register(api, command("reopenCase", http.MethodPost, "/cases/{case_id}/reopen", "Open a closed case again, with a new promise"),
		func(ctx context.Context, in *struct {
			CasePath
			Body struct {
				Why     string       `json:"why" maxLength:"10000"`
				Promise promise.Body `json:"promise"`
			}
		}) (*oneCase, error) {
			who := web.Actor(ctx)
			m, err := s.Promises.Read(ctx, who, "promise.", in.Body.Promise)
			if err != nil {
				return nil, err
			}
			c, err := s.Reopen(ctx, who, in.Case, in.Body.Why, m)
			if err != nil {
				return nil, err
			}
			return caseOf(c, nil), nil
		})
	huma.Register(api, op("sendElsewhere", http.MethodPost, "/send-elsewhere",
		"Record that a customer is told to turn to another organisation: only once somebody there accepted the question"),
		func(ctx context.Context, in *struct {
			Body struct {
				CaseID   string `json:"case_id,omitempty"`
				PersonID string `json:"person_id,omitempty"`
				AskerID  string `json:"asker_id,omitempty"`
				Subject  string `json:"subject,omitempty" maxLength:"10000"`
				Channel  string `json:"channel" enum:"phone,desk,email,page,video,post,sms"`
				To       string `json:"to_organisation_id"`
				Why      string `json:"why" maxLength:"10000" doc:"What the customer is told."`

				Direction string `json:"direction,omitempty" enum:"in,out" default:"in" doc:"Who got in touch: the customer, or we."`
			}
		}) (*oneCase, error) {
			b := in.Body
			c, err := s.SendElsewhere(ctx, web.Actor(ctx), SendElsewhere{b.CaseID, b.PersonID, b.AskerID, b.Subject, b.Channel, b.To, b.Why, b.Direction})
			if err != nil {
				return nil, err
			}
			return caseOf(c, nil), nil
		})
	s.apiPapers(api)
	s.apiFiles(api)
	s.apiQuestion(api)
}

func (s *Service) apiOpen(ctx context.Context, in *struct {
	Body struct {
		PersonID string       `json:"person_id" doc:"Whom it is about."`
		AskerID  string       `json:"asker_id,omitempty" doc:"Who asks, when that is another."`
		Subject  string       `json:"subject" maxLength:"10000" doc:"The question in the customer's words."`
		Said     string       `json:"said,omitempty" maxLength:"10000"`
		Channel  string       `json:"channel" enum:"phone,desk,email,page,video,post,sms"`
		OwnerID  string       `json:"owner_id,omitempty" doc:"A member or a team. Default: who opens it."`
		Urgent   bool         `json:"urgent,omitempty"`
		DoorID   string       `json:"door_id,omitempty" doc:"The return door they come back by. Default: the one that is open."`
		Promise  promise.Body `json:"promise"`
	}
}) (*oneCase, error) {
	who, b := web.Actor(ctx), in.Body
	m, err := s.Promises.Read(ctx, who, "promise.", b.Promise)
	if err != nil {
		return nil, err
	}
	c, p, err := s.Open(ctx, who, Open{Person: b.PersonID, Asker: b.AskerID, Subject: b.Subject, Said: b.Said, Channel: b.Channel,
		Owner: b.OwnerID, Urgent: b.Urgent, Door: b.DoorID, Promise: m})
	if err != nil {
		return nil, err
	}
	return caseOf(c, &p), nil
}

// reading is what the reads of one case share: permission, the case by id or
// reference, and the note of who saw it.
func reading[T any](ctx context.Context, s *Service, ref string, fn func(q db.Q, c Case) (T, error)) (out T, err error) {
	who := web.Actor(ctx)
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return out, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		c, err := Look(q, who, ref)
		if err != nil {
			return err
		}
		web.Saw(ctx, "case", c.ID)
		out, err = fn(q, c)
		return err
	})
	return out, err
}

// Look finds a case by its id or by its spoken reference.
func Look(q db.Q, who actor.Actor, ref string) (Case, error) {
	if id.Valid("cas", ref) {
		return ByID(q, who.Org, ref)
	}
	if n, ok := id.ParseReference(ref); ok {
		return ByNumber(q, who.Org, n)
	}
	return Case{}, errs.New(errs.NotFound, "case-not-found")
}

func (s *Service) apiGet(ctx context.Context, in *CasePath) (*oneCase, error) {
	return reading(ctx, s, in.Case, func(q db.Q, c Case) (*oneCase, error) {
		next, err := promise.NextOf(q, c.Org, []string{c.ID})
		if err != nil {
			return nil, err
		}
		if p, ok := next[c.ID]; ok {
			return caseOf(c, &p), nil
		}
		return caseOf(c, nil), nil
	})
}

func (s *Service) apiList(ctx context.Context, in *struct {
	web.Paging
	Owner  string `query:"owner_id"`
	Person string `query:"person_id" doc:"About or asked by this customer."`
	Closed bool   `query:"closed"`
	Team   string `query:"team_id"`
	Lane   string `query:"lane" enum:"soon,waiting,back,old,urgent,closed"`
	Days   int    `query:"days" minimum:"1" maximum:"3650" default:"14" doc:"With lane old: open over so many days."`
	Kind   string `query:"kind" enum:"answer,decision,update,callback,document,visit,closing,duty" doc:"Of the next promise."`
	Order  string `query:"order" enum:"due,oldest,newest"`
}) (*items[View], error) {
	who := web.Actor(ctx)
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return nil, err
	}
	after, err := in.After(2)
	if err != nil {
		return nil, err
	}
	at, _ := time.Parse(time.RFC3339Nano, after[0]) // our own cursor: a zero moment is the first page
	out := &items[View]{}
	err = s.DB.Read(ctx, func(q db.Q) error {
		o, err := org.ByID(q, who.Org)
		if err != nil {
			return err
		}
		query := Query{Owner: in.Owner, Team: in.Team, Lane: in.Lane, Days: in.Days, Kind: in.Kind, Order: in.Order}
		if in.Closed {
			query.Lane = LaneClosed
		}
		f := query.tidy().Filter(who.Member, horizonOf(o, q.Now()))
		f.Person = in.Person
		list, err := Cut(q, who.Org, f, Mark{at, after[1]}, false, in.Limit+1)
		if err != nil {
			return err
		}
		if len(list) > in.Limit {
			list = list[:in.Limit]
			last := list[len(list)-1]
			when := f.key(last)
			out.Link = web.NextLink(web.From(ctx).Request().URL, web.EncodeCursor(when.Format(time.RFC3339Nano), last.ID))
		}
		ids := make([]string, len(list))
		for i, c := range list {
			ids[i] = c.ID
		}
		next, err := promise.NextOf(q, who.Org, ids)
		if err != nil {
			return err
		}
		out.Body.Items = make([]View, len(list))
		for i, c := range list {
			out.Body.Items[i] = ViewOf(c, nil)
			if p, ok := next[c.ID]; ok {
				v := promise.ViewOf(p)
				out.Body.Items[i].NextPromise = &v
			}
		}
		web.Saw(ctx, "case", ids...)
		return nil
	})
	return out, err
}

func (s *Service) apiTimeline(ctx context.Context, in *struct {
	CasePath
	web.Paging
}) (*items[lineView], error) {
	after, err := in.After(1)
	if err != nil {
		return nil, err
	}
	return reading(ctx, s, in.Case, func(q db.Q, c Case) (*items[lineView], error) {
		lines, err := s.Timeline(q, web.Printer(ctx), c, after[0], in.Limit)
		out := &items[lineView]{}
		for _, l := range lines {
			out.Body.Items = append(out.Body.Items, lineView{l.ID, l.At, l.Kind, l.Who, l.Sentence, l.Quote, l.Data})
		}
		if len(lines) == in.Limit {
			out.Link = web.NextLink(web.From(ctx).Request().URL, web.EncodeCursor(lines[len(lines)-1].ID))
		}
		return out, err
	})
}
