package message

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/mail"
)

// SendJob is the kind of work that sends one message.
const SendJob = "message.send"

// slowest is the longest wait between two tries while the mail server is gone.
const slowest = 15 * time.Minute

type sendPayload struct {
	Message string `json:"message"`
}

// Kinds are the durable work of this capability.
func (s *Service) Kinds() []job.Kind {
	return []job.Kind{{Name: SendJob, Handle: s.send, Lease: sendLease + time.Minute, Dead: s.dead},
		{Name: CodeJob, Handle: s.sendCode, Lease: sendLease + time.Minute, Attempts: 4}}
}

// send sends one message once. The state sending is committed before the mail
// server is spoken to; what became of it is written afterwards.
func (s *Service) send(ctx context.Context, j job.Job) error {
	var in sendPayload
	if err := j.Payload(&in); err != nil {
		return err
	}
	out, err := s.begin(ctx, j.Org, in.Message)
	switch {
	case err != nil:
		return err
	case !out.later.IsZero():
		return job.Later{At: out.later}
	case !out.ready:
		return nil
	}
	sending, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	r, err := s.Mail.Send(sending, out.mail)
	if err != nil {
		s.Log.Warn("a message was not accepted", "message", in.Message, "outcome", string(r.Outcome), "stage", string(r.Stage), "reason", r.Reason, "code", r.Code)
	}
	// The outcome is written down also when we are stopping, and when another
	// worker has the job by now: it is true all the same, and Attempts fences it.
	later, err := s.end(db.Unfenced(context.WithoutCancel(ctx)), out.msg, r)
	if err == nil && !later.IsZero() {
		return job.Later{At: later}
	}
	return err
}

// outgoing is a message about to be sent; later is when to come back instead.
type outgoing struct {
	msg   Message
	mail  mail.Message
	later time.Time
	ready bool
}

// begin moves a message from queued to sending.
func (s *Service) begin(ctx context.Context, orgID, id string) (out outgoing, err error) {
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		out = outgoing{}
		m, err := hold(t, orgID, id)
		if errs.ClassOf(err) == errs.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		o, err := org.ByID(t, orgID)
		if err != nil {
			return err
		}
		step := Look(m, RulesOf(o), t.Now())
		switch {
		case m.State == Sending && step.Do == Lose:
			return s.uncertain(t, m, step.Code)
		case m.State == Sending: // somebody else is at it, or was until a moment ago
			out.later = step.Look
			return nil
		case m.State != Queued || m.Channel != Email:
			return nil
		case step.Do == Fail:
			return s.fail(t, m, step.Code)
		case m.NotBefore.After(t.Now()):
			out.later = m.NotBefore
			return nil
		}
		point, err := person.PointByID(t, orgID, m.Point)
		if err != nil {
			return err
		}
		if point.Refused || !point.Usable {
			return s.fail(t, m, CodePointGone)
		}
		at := within(point, o.Calendar, t.Now())
		if point.Hours == nil {
			at = RulesOf(o).Quiet(at, m.Before)
		}
		if at.After(t.Now()) {
			m.NotBefore, out.later = at.UTC(), at.UTC()
			return update(t, m)
		}
		url := ""
		if s.Links != nil && strings.Contains(m.Body, linkMark) {
			if url, err = s.Links.PageURL(t, orgID, m.Person, m.Question, m.ID); err != nil {
				return err
			}
		}
		m.State, m.Attempts, m.SendingAt = Sending, m.Attempts+1, t.Now()
		m.LookAt = t.Now().Add(sendLease)
		if err := update(t, m); err != nil {
			return err
		}
		t.Wake(Topic)
		p := s.Lang.Printer(m.Language, o.Calendar.Location(), t.Now())
		out.ready, out.msg = true, m
		out.mail = mail.Message{ID: m.ID, From: s.From, To: mail.Address{Email: point.Value}, ReplyTo: s.ReplyTo,
			Subject: m.Subject, Text: withLink(m.Body, url), HTML: htmlPage(m.Language, m.Subject, m.Body, url, p.T("message.link-text")),
			Language: m.Language, AutoSubmitted: true}
		return nil
	})
	return out, err
}

// end writes down what became of a message. When it was taken for lost
// meanwhile, what we know now is better. When a person decided meanwhile it is
// no longer in these states, and stays as they decided.
func (s *Service) end(ctx context.Context, sent Message, r mail.Receipt) (later time.Time, err error) {
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		later = time.Time{}
		m, err := hold(t, sent.Org, sent.ID)
		if err != nil {
			return err
		}
		if m.Attempts != sent.Attempts || m.State != Sending && m.State != Uncertain {
			return nil
		}
		switch r.Outcome {
		case mail.Accepted:
			return s.accepted(t, m)
		case mail.NotSent:
			if m.State == Uncertain { // somebody may be phoning by now
				return s.fail(t, m, codeOf(r))
			}
			later = t.Now().Add(min(job.Backoff(m.Attempts), slowest))
			return s.waits(t, m, codeOf(r))
		case mail.Refused:
			if r.Stage == mail.StageRecipient && strings.HasPrefix(r.Enhanced, "5.1.") {
				if err := bounced(t, m); err != nil {
					return err
				}
			}
			return s.fail(t, m, codeOf(r))
		}
		return s.uncertain(t, m, codeOf(r))
	})
	return later, err
}

// codeOf is what the mail server said, without its words.
func codeOf(r mail.Receipt) string {
	if r.Code != 0 {
		return "smtp-" + strconv.Itoa(r.Code)
	}
	if r.Reason != "" {
		return r.Reason
	}
	return string(r.Outcome)
}

// dead: the work failed too often for a reason of our own.
func (s *Service) dead(ctx context.Context, j job.Job, _ error) error {
	var in sendPayload
	if err := j.Payload(&in); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(t *db.Tx) error {
		m, err := hold(t, j.Org, in.Message)
		if err != nil || m.State != Queued {
			return err
		}
		return s.fail(t, m, CodeBroken)
	})
}

// Watch looks at every message at its time: calls that were not made, mail
// that nobody saw, what was being sent when we stopped. It implements
// job.Worker; any number may run.
type Watch struct {
	s   *Service
	log *slog.Logger
}

// NewWatch makes the watch.
func NewWatch(s *Service) *Watch { return &Watch{s, s.Log} }

// Name implements job.Worker.
func (w *Watch) Name() string { return "message watch" }

// Topics implements job.Worker.
func (w *Watch) Topics() []string { return []string{Topic} }

// Next implements job.Worker.
func (w *Watch) Next(ctx context.Context) (at time.Time, err error) {
	err = w.s.DB.Read(ctx, func(q db.Q) error {
		if stray, err := strayed(q, q.Now(), 1); err != nil || len(stray) > 0 {
			at = q.Now()
			return err
		}
		at, err = nextLook(q)
		return err
	})
	return at, err
}

// Work handles what is due now, each message in a transaction of its own.
func (w *Watch) Work(ctx context.Context) (int, error) {
	var due []dueMessage
	if err := w.s.DB.Read(ctx, func(q db.Q) (err error) {
		if due, err = dueNow(q, q.Now(), 100); err != nil {
			return err
		}
		stray, err := strayed(q, q.Now(), 100)
		due = append(due, stray...)
		return err
	}); err != nil {
		return 0, err
	}
	for _, d := range due {
		err := w.s.DB.Write(ctx, func(t *db.Tx) error { return w.s.look(t, d) })
		if err == nil {
			continue
		}
		if c := errs.ClassOf(err); c == errs.Unavailable || errors.Is(err, context.Canceled) {
			return 0, err
		}
		// One bad row must not hold up the others.
		w.log.Error("the watch could not handle a message", "message", d.ID, "org", d.Org, "err", err)
		if err := w.s.DB.Write(ctx, func(t *db.Tx) error { return setLook(t, d, t.Now().Add(time.Minute)) }); err != nil {
			return 0, fmt.Errorf("message %s: %w", d.ID, err)
		}
	}
	return len(due), nil
}

func (s *Service) look(t *db.Tx, d dueMessage) error {
	m, err := hold(t, d.Org, d.ID)
	if err != nil || m.LookAt.IsZero() || m.LookAt.After(t.Now()) && !strays(m, t.Now()) {
		return err
	}
	o, err := org.ByID(t, m.Org)
	if err != nil {
		return err
	}
	step := Look(m, RulesOf(o), t.Now())
	switch step.Do {
	case Lose:
		return s.uncertain(t, m, step.Code)
	case Fail:
		return s.fail(t, m, step.Code)
	case Besides:
		return s.unseen(t, m)
	case Late:
		if err := raise(t, m, SignalOverdue, signal.Urgent); err != nil {
			return err
		}
	case Nothing:
	}
	m.LookAt = step.Look
	return update(t, m)
}
