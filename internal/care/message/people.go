package message

import (
	"context"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
)

// Filter says which messages a list shows.
type Filter struct {
	Case  string
	State State
}

// Get gives a message of the actor's organisation.
func (s *Service) Get(ctx context.Context, who actor.Actor, id string) (m Message, err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return m, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error { m, err = ByID(q, who.Org, id); return err })
	return m, err
}

// List gives a page of messages, newest first.
func (s *Service) List(ctx context.Context, who actor.Actor, f Filter, cursor string, limit int) (p page.Page[Message], err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return p, err
	}
	key, err := page.Parse(cursor, 1)
	if err != nil {
		return p, err
	}
	if key == nil {
		key = []string{"~"} // after every id
	}
	limit = page.Size(limit)
	err = s.DB.Read(ctx, func(q db.Q) error {
		rows, err := list(q, who.Org, f, key[0], limit+1)
		p = page.Of(rows, limit, func(m Message) []string { return []string{m.ID} })
		return err
	})
	return p, err
}

// Call is a call to be made: a message by phone.
type Call struct {
	Message
	Name   string // whom to ask for
	Number string // as people write it
}

// Calls gives a page of the calls to be made by the time they are wanted: by a
// member, or by anybody when member is empty.
func (s *Service) Calls(ctx context.Context, who actor.Actor, member, cursor string, limit int) (p page.Page[Call], err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return p, err
	}
	key, err := page.Parse(cursor, 2)
	if err != nil {
		return p, err
	}
	var at time.Time
	id := ""
	if key != nil {
		if at, err = time.Parse(time.RFC3339Nano, key[0]); err != nil {
			return p, errs.New(errs.Malformed, "cursor-unreadable")
		}
		id = key[1]
	}
	limit = page.Size(limit)
	err = s.DB.Read(ctx, func(q db.Q) error {
		rows, err := calls(q, who.Org, member, at, id, limit+1)
		if err != nil {
			return err
		}
		people, points := make([]string, len(rows)), make([]string, len(rows))
		for i, m := range rows {
			people[i], points[i] = m.Person, m.Point
		}
		whom, err := person.ByIDs(q, who.Org, people)
		if err != nil {
			return err
		}
		where, err := person.PointsByIDs(q, who.Org, points)
		if err != nil {
			return err
		}
		list := make([]Call, len(rows))
		for i, m := range rows {
			list[i] = Call{Message: m, Name: whom[m.Person].Called(), Number: person.Spoken(where[m.Point].Value)}
		}
		p = page.Of(list, limit, func(c Call) []string { return []string{c.LookAt.Format(time.RFC3339Nano), c.ID} })
		return nil
	})
	return p, err
}

// Trouble is MailTrouble as a use case.
func (s *Service) Trouble(ctx context.Context, who actor.Actor) (tr Trouble, err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return tr, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error { tr, err = MailTrouble(q, who.Org); return err })
	return tr, err
}

// change runs a command of a member on a message that is held.
func (s *Service) change(ctx context.Context, who actor.Actor, id string, do func(t *db.Tx, m Message) error) (m Message, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return m, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		m, err := hold(t, who.Org, id)
		if err != nil {
			return err
		}
		return do(t, m)
	})
	if err != nil {
		return m, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error { m, err = ByID(q, who.Org, id); return err })
	return m, err
}

// Spoken says that somebody told the customer, by phone or at the desk; it is
// a contact moment too. It settles a call to be made, and anything that failed,
// is uncertain or was not seen.
func (s *Service) Spoken(ctx context.Context, who actor.Actor, id, channel, said string) (Message, error) {
	if channel == "" {
		channel = "phone"
	}
	var c errs.Checks
	c.Must(channel == "phone" || channel == "desk" || channel == "video", "channel", "message-not-spoken-there")
	c.Must(len(said) <= 10_000, "said", "message-text-too-long")
	if err := c.Err(); err != nil {
		return Message{}, err
	}
	return s.change(ctx, who, id, func(t *db.Tx, m Message) error {
		switch {
		case m.State.Told():
			return errs.New(errs.Conflict, "message-told")
		case m.State == Recalled:
			return errs.New(errs.Conflict, "message-recalled")
		case m.State == Sending:
			return errs.New(errs.Conflict, "message-sending")
		}
		if err := s.contact(t, who, m, channel, said); err != nil {
			return err
		}
		if err := job.Cancel(t, m.Org, SendJob, m.ID); err != nil {
			return err
		}
		if m.State != Queued {
			m.DecidedBy, m.DecidedAt = who.ID(), t.Now()
		}
		return s.reached(t, who, m, Spoken)
	})
}

// contact logs that we spoke, or tried to.
func (s *Service) contact(t *db.Tx, who actor.Actor, m Message, channel, said string) error {
	if m.Case == "" {
		return nil
	}
	if strings.TrimSpace(said) == "" {
		said = s.Shown(m)
	}
	_, err := casefile.LogOut(t, who, m.Case, casefile.Contact{Person: m.Person, Direction: casefile.Out, Channel: channel, Said: said, Visible: true})
	return err
}

// NoAnswer says that somebody phoned and nobody answered. After the second
// time the next channel is used.
func (s *Service) NoAnswer(ctx context.Context, who actor.Actor, id string) (Message, error) {
	return s.change(ctx, who, id, func(t *db.Tx, m Message) error {
		if m.Channel != Phone || m.State != Queued {
			return errs.New(errs.Conflict, "message-not-to-phone")
		}
		o, err := org.ByID(t, m.Org)
		if err != nil {
			return err
		}
		said := s.Lang.Printer(m.Language, o.Calendar.Location(), t.Now()).T("message.tried", "At", t.Now())
		if err := s.contact(t, who, m, "phone", said); err != nil {
			return err
		}
		m.Attempts++
		step := Look(m, RulesOf(o), t.Now())
		if step.Do == Fail {
			return s.fail(t, m, step.Code)
		}
		if step.Do == Nothing {
			m.LookAt = step.Look
		}
		return update(t, m)
	})
}

// Resend sends again what failed or is uncertain: the decision of a person,
// who knows that the customer may get it twice.
func (s *Service) Resend(ctx context.Context, who actor.Actor, id string) (m Message, err error) {
	sent := id
	_, err = s.change(ctx, who, id, func(t *db.Tx, m Message) error {
		sent = id
		if m.State != Failed && m.State != Uncertain {
			return errs.New(errs.Conflict, "message-not-resendable")
		}
		chain, err := OfIntent(t, m.Org, m.Intent)
		if err != nil {
			return err
		}
		for _, other := range chain {
			switch {
			case other.State.Told():
				return errs.New(errs.Conflict, "message-told")
			case other.State == Queued || other.State == Sending:
				return errs.New(errs.Conflict, "message-under-way")
			}
		}
		in := m.telling()
		if !in.Before.IsZero() && !in.Before.After(t.Now()) {
			in.Before = time.Time{} // it is of use: a person says so
		}
		d, vars, err := s.draft(t, who, in)
		if err != nil {
			return err
		}
		r, ok := again(d.routes, m)
		if !ok || d.dead {
			return errs.New(errs.Conflict, "message-no-route")
		}
		if err := settle(t, m, "sent-again"); err != nil {
			return err
		}
		m.DecidedBy, m.DecidedAt = who.ID(), t.Now()
		if r.Point == m.Point { // the same message, so that a mail program knows it has it already
			m.State, m.Code, m.Before, m.NotBefore = Queued, "", in.Before, r.From
			if m.Channel == Phone {
				m.Attempts = 0
			}
			m.LookAt = Look(m, RulesOf(d.org), t.Now()).Look
			if err := update(t, m); err != nil {
				return err
			}
			s.schedule(t, m)
			return nil
		}
		if err := update(t, m); err != nil {
			return err
		}
		if err := s.by(&d, vars, r, true, t.Now()); err != nil {
			return err
		}
		d.Turn, d.FallbackOf, d.DecidedBy, d.DecidedAt = chain[len(chain)-1].Turn+1, m.ID, who.ID(), t.Now()
		sent, err = s.queue(t, who, d)
		return err
	})
	if err != nil {
		return m, err
	}
	return s.Get(ctx, who, sent)
}

// again is the way to send a message once more: the same one where it still
// works, else the first there is.
func again(routes []Route, m Message) (Route, bool) {
	for _, r := range routes {
		if r.Point == m.Point {
			return r, true
		}
	}
	if len(routes) == 0 {
		return Route{}, false
	}
	return routes[0], true
}

// Settle decides about a message of which we do not know whether it arrived:
// it did, or it did not; then the next channel is used.
func (s *Service) Settle(ctx context.Context, who actor.Actor, id string, arrived bool) (Message, error) {
	return s.change(ctx, who, id, func(t *db.Tx, m Message) error {
		if m.State != Uncertain && m.State != Accepted {
			return errs.New(errs.Conflict, "message-not-uncertain")
		}
		m.DecidedBy, m.DecidedAt = who.ID(), t.Now()
		if arrived {
			return s.reached(t, who, m, Delivered)
		}
		return s.fail(t, m, CodeNotArrived)
	})
}

// Reports that a provider gives.
const (
	ReportDelivered = "delivered"
	ReportFailed    = "failed"
	ReportSeen      = "seen"
)

// Report notes what a provider says became of a message. Saying it twice
// changes nothing; and once the customer was told, no report makes it untold.
func (s *Service) Report(ctx context.Context, who actor.Actor, id, status string) (m Message, err error) {
	if err := auth.Require(who, auth.DeliveryTell); err != nil {
		return m, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		m, err := hold(t, who.Org, id)
		if err != nil {
			return err
		}
		if m.Channel == Phone || m.State == Queued || m.State == Recalled {
			return errs.New(errs.Conflict, "message-not-sent")
		}
		switch status {
		case ReportSeen:
			return s.seen(t, who.Org, id, Seen)
		case ReportDelivered:
			if m.State.Told() {
				return nil
			}
			return s.seen(t, who.Org, id, Delivered)
		case ReportFailed:
			if m.State.Told() || m.State == Failed {
				return nil
			}
			return s.fail(t, m, CodeBounced)
		}
		return errs.New(errs.Invalid, "message-status-unknown").Field("status", "message-status-unknown")
	})
	if err != nil {
		return m, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error { m, err = ByID(q, who.Org, id); return err })
	return m, err
}
