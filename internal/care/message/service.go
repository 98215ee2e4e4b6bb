package message

import (
	"context"
	"log/slog"
	"maps"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/mail"
)

// Links makes a customer's personal link to the page of a question. The link
// belongs to a message, so that opening it tells that the message was seen.
// The application satisfies it.
type Links interface {
	PageURL(t *db.Tx, org, person, question, message string) (url string, err error)
}

// Deps are what the service needs.
type Deps struct {
	DB      *db.DB
	Mail    mail.Sender
	From    mail.Address // the configured sender when empty
	ReplyTo string
	Lang    *lang.Bundle
	Links   Links // nil: messages have no link
	Log     *slog.Logger
	// Confirms says that the provider confirms delivery in its answer, so that
	// accepted is delivered. An SMTP server does not; the mailbox of a story does.
	Confirms bool
}

// Service says things to customers. It satisfies promise.Teller.
type Service struct{ Deps }

// New makes the service.
func New(d Deps) *Service {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{d}
}

// usable says by which channels we can say something ourselves.
func (s *Service) usable(c Channel) bool {
	switch c {
	case Phone:
		return true
	case Email:
		_, off := s.Mail.(mail.Off)
		return s.Mail != nil && !off
	}
	return false
}

// draft is a message before it is queued, with what was needed to write it.
type draft struct {
	Message
	routes []Route
	org    org.Organisation
	dead   bool // the customer died: nothing is sent
}

// draft finds out to whom and by which ways something is to be said.
func (s *Service) draft(q db.Q, who actor.Actor, in promise.Telling) (d draft, vars map[string]any, err error) {
	if d.org, err = org.ByID(q, in.Org); err != nil {
		return d, nil, err
	}
	p, err := person.ByID(q, in.Org, in.Person)
	for range 5 { // merged people are reached as the one they turned out to be
		if err != nil || p.MergedInto == "" {
			break
		}
		p, err = person.ByID(q, in.Org, p.MergedInto)
	}
	if err != nil {
		return d, nil, err
	}
	d.dead = !p.DeceasedAt.IsZero()
	points, err := person.Points(q, in.Org, p.ID)
	if err != nil {
		return d, nil, err
	}
	params, err := paramsOf(in.Params)
	if err != nil {
		return d, nil, err
	}
	d.Message = Message{Org: in.Org, Intent: in.Intent, Turn: 1, Case: in.Case, Question: in.Question, Person: in.Person,
		Promise: in.Promise, Template: in.Template, Language: p.Language, Params: params, State: Queued, Before: in.Before,
		CreatedAt: q.Now()}
	d.routes, d.Skipped = Routes(points, d.org.Calendar, s.usable, q.Now())
	if d.Member, err = s.keeper(q, who, in); err != nil {
		return d, nil, err
	}
	vars, err = s.vars(q, d, p)
	return d, vars, err
}

// keeper is who phones and who hears when it goes wrong: who was named, else
// who owns the case, else who acts, else who leads.
func (s *Service) keeper(q db.Q, who actor.Actor, in promise.Telling) (string, error) {
	member := in.Keeper
	if member == "" && in.Case != "" {
		c, err := casefile.ByID(q, in.Org, in.Case)
		if err != nil {
			return "", err
		}
		member = c.Owner
	}
	if member == "" {
		member = who.Member
	}
	if member == "" {
		leads, err := org.Leads(q, in.Org)
		if err != nil {
			return "", err
		}
		member = leads[0].ID // an organisation always has an active administrator
	}
	return org.Duty(q, in.Org, member)
}

// vars are the parameters of the templates: those of the telling, and what
// every template may use.
func (s *Service) vars(q db.Q, d draft, p person.Person) (map[string]any, error) {
	vars := map[string]any{}
	for k, v := range d.Params {
		if t, ok := v.(string); ok {
			v = plain(t)
		}
		vars[k] = v
	}
	phone := ""
	if d.org.Phone != "" {
		phone = person.Spoken(d.org.Phone)
	}
	maps.Copy(vars, map[string]any{"Organisation": d.org.Name, "Phone": phone, "Name": plain(p.Called()),
		"Ref": "", "Keeper": "", "About": "", "Link": ""})
	if id, _ := d.Params["keeper"].(string); id != "" {
		m, err := org.MemberByID(q, d.Org, id)
		if err != nil {
			return nil, err
		}
		vars["Keeper"] = m.Name
	}
	if d.Case != "" {
		c, err := casefile.ByID(q, d.Org, d.Case)
		if err != nil {
			return nil, err
		}
		vars["Ref"] = c.Ref()
		if c.Person != d.Person {
			about, err := person.ByID(q, d.Org, c.Person)
			if err != nil {
				return nil, err
			}
			vars["About"] = plain(about.Called())
		}
	}
	return vars, nil
}

// by writes a draft out for a route, or for none.
func (s *Service) by(d *draft, vars map[string]any, r Route, ok bool, now time.Time) error {
	d.Channel = None
	if ok {
		d.Channel, d.Point, d.Masked = r.Channel, r.Point, r.Masked
		at := r.From
		if r.Channel == Email && !r.Chosen {
			at = RulesOf(d.org).Quiet(at, d.Before)
		}
		if at.After(now) {
			d.NotBefore = at
		}
	}
	p := s.Lang.Printer(d.Language, d.org.Calendar.Location(), now)
	t, err := write(p, d.Template, d.Channel, vars, s.Links != nil && d.Question != "")
	d.Subject, d.Body = t.Subject, t.Body
	return err
}

// Tell says something to a customer: queued here, in the transaction that
// decides it; sent once per intent. It gives "" when there is no way to say
// it; then a signal asks the keeper to find one. It implements promise.Teller.
func (s *Service) Tell(t *db.Tx, who actor.Actor, in promise.Telling) (string, error) {
	chain, err := OfIntent(t, in.Org, in.Intent)
	if err != nil {
		return "", err
	}
	for _, m := range chain {
		if m.State == Recalled {
			continue
		}
		if m.Channel == None && m.State == Failed {
			return "", nil
		}
		return m.ID, nil
	}
	d, vars, err := s.draft(t, who, in)
	if err != nil {
		return "", err
	}
	d.Turn = len(chain) + 1
	r, ok := Choose(d.routes, nil, Channel(in.Channel), in.Before)
	ok = ok && !d.dead
	if err := s.by(&d, vars, r, ok, t.Now()); err != nil {
		return "", err
	}
	if in.Template == "promise-kept" && d.Channel == Email {
		if at := t.Now().Add(takeBack); at.After(d.NotBefore) {
			d.NotBefore = at
		}
	}
	return s.queue(t, who, d)
}

// queue writes a message and sets going what comes next.
func (s *Service) queue(t *db.Tx, who actor.Actor, d draft) (string, error) {
	m := d.Message
	m.ID = t.NewID("msg")
	if m.Channel == None {
		m.State, m.Code = Failed, CodeNobody
		if d.dead {
			m.Code = CodeDeceased
		}
		if err := insert(t, m); err != nil {
			return "", err
		}
		emit(t, who, m, fact.MessageFailed, map[string]any{"code": m.Code})
		return "", raise(t, m, SignalUntold, signal.Urgent)
	}
	m.LookAt = Look(m, RulesOf(d.org), t.Now()).Look
	if err := insert(t, m); err != nil {
		return "", err
	}
	extra := map[string]any{}
	if len(m.Skipped) > 0 {
		extra["skipped"] = m.Skipped
	}
	if m.FallbackOf != "" {
		extra["fallback_of"] = m.FallbackOf
	}
	emit(t, who, m, fact.MessageQueued, extra)
	s.schedule(t, m)
	return m.ID, nil
}

// schedule leaves the work of sending, and wakes the watch.
func (s *Service) schedule(t *db.Tx, m Message) {
	if m.State == Queued && m.Channel == Email {
		t.Enqueue(db.Job{Org: m.Org, Kind: SendJob, Key: m.ID, At: m.NotBefore, Payload: sendPayload{m.ID}})
	}
	t.Wake(Topic)
}

// Recall takes back what is said by an intent. It says true when nothing of it
// left: it was not sent yet, or there was nothing. When something left already
// it changes nothing.
func (s *Service) Recall(t *db.Tx, orgID, intent string) (bool, error) {
	chain, err := OfIntent(t, orgID, intent)
	if err != nil {
		return false, err
	}
	for i, m := range chain {
		if chain[i], err = lock(t, orgID, m.ID); err != nil {
			return false, err
		}
		if chain[i].State.MayHaveArrived() {
			return false, nil
		}
	}
	for _, m := range chain {
		if m.State == Recalled {
			continue
		}
		if err := s.recall(t, m, "recalled"); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (s *Service) recall(t *db.Tx, m Message, reason string) error {
	who := actor.ForSystem(m.Org)
	m.State, m.LookAt, m.WaitingSince = Recalled, time.Time{}, time.Time{}
	if err := update(t, m); err != nil {
		return err
	}
	if err := job.Cancel(t, m.Org, SendJob, m.ID); err != nil {
		return err
	}
	emit(t, who, m, fact.MessageRecalled, map[string]any{"code": reason})
	return settle(t, m, reason)
}

// Preview is what would be said, and how.
type Preview struct {
	Subject string
	Body    string
	Channel Channel
	Skipped []Channel
	From    time.Time // not before; zero for at once
}

// Preview gives exactly what would be sent. The personal link is shown as such.
func (s *Service) Preview(q db.Q, who actor.Actor, in promise.Telling) (p Preview, err error) {
	d, vars, err := s.draft(q, who, in)
	if err != nil {
		return p, err
	}
	r, ok := Choose(d.routes, nil, Channel(in.Channel), in.Before)
	if err := s.by(&d, vars, r, ok && !d.dead, q.Now()); err != nil {
		return p, err
	}
	return Preview{Subject: d.Subject, Body: s.Shown(d.Message), Channel: d.Channel, Skipped: d.Skipped, From: d.NotBefore}, nil
}

// PreviewOf is Preview as a use case.
func (s *Service) PreviewOf(ctx context.Context, who actor.Actor, in promise.Telling) (p Preview, err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return p, err
	}
	if !s.Lang.Printer("", nil, time.Time{}).Has("message." + in.Template + ".body") {
		return p, errs.New(errs.Invalid, "message-template-unknown").Field("template", "message-template-unknown")
	}
	in.Org = who.Org
	err = s.DB.Read(ctx, func(q db.Q) error {
		if in.Case != "" {
			c, err := casefile.ByID(q, in.Org, in.Case)
			if err != nil {
				return err
			}
			in.Question = c.Question
			if in.Person == "" {
				in.Person = c.Asker
			}
		}
		p, err = s.Preview(q, who, in)
		return err
	})
	return p, err
}

// Shown is the body as staff read it: words stand where the customer has their
// personal link.
func (s *Service) Shown(m Message) string {
	return withLink(m.Body, s.Lang.Printer(m.Language, nil, m.CreatedAt).T("message.link-shown"))
}

func emit(t *db.Tx, who actor.Actor, m Message, kind string, extra map[string]any) {
	data := map[string]any{"message": m.ID, "channel": string(m.Channel), "template": m.Template}
	if m.Promise != "" {
		data["promise"] = m.Promise
	}
	for k, v := range extra {
		if v != "" {
			data[k] = v
		}
	}
	t.Emit(db.Fact{Org: m.Org, Kind: kind, Case: m.Case, Question: m.Question, Person: m.Person, By: who, Data: data})
}

func raise(t *db.Tx, m Message, kind string, level signal.Level) error {
	_, _, err := signal.Raise(t, actor.ForSystem(m.Org), signal.Signal{Kind: kind, Level: level, SubjectKind: "message",
		Subject: m.ID, Case: m.Case, Member: m.Member,
		Data: map[string]any{"channel": string(m.Channel), "template": m.Template, "code": m.Code, "person": m.Person}})
	return err
}

// settle ends the signals about a message.
func settle(t *db.Tx, m Message, reason string) error {
	return signal.ClearKinds(t, actor.ForSystem(m.Org), []string{SignalUntold, SignalUncertain, SignalOverdue}, m.ID, reason)
}
