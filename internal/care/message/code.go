package message

import (
	"context"
	"fmt"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/mail"
)

// CodeJob is the kind of work that sends a code with which a customer shows
// that a link is theirs. A code is not a message about their question: it is
// kept nowhere once it was sent, and is no use after some minutes.
const CodeJob = "message.code"

// codeLife is how long a code is worth sending.
const codeLife = 10 * time.Minute

type codePayload struct {
	Mail   string    `json:"mail"` // id of the mail, so that a second try is the same one
	Person string    `json:"person"`
	Point  string    `json:"point"`
	Code   string    `json:"code"`
	Until  time.Time `json:"until"`
}

// SendCode leaves a code to be sent to an e-mail address of a customer.
func (s *Service) SendCode(t *db.Tx, orgID, personID, _, point, code string) error {
	id := t.NewID("cod")
	t.Enqueue(db.Job{Org: orgID, Kind: CodeJob, Key: id, Payload: codePayload{Mail: id, Person: personID, Point: point, Code: code, Until: t.Now().Add(codeLife)}})
	return nil
}

func (s *Service) sendCode(ctx context.Context, j job.Job) error {
	var in codePayload
	if err := j.Payload(&in); err != nil {
		return err
	}
	var out mail.Message
	fits := false
	err := s.DB.Read(ctx, func(q db.Q) error {
		point, err := person.PointByID(q, j.Org, in.Point)
		if err != nil {
			return err
		}
		p, err := person.ByID(q, j.Org, in.Person)
		if err != nil {
			return err
		}
		o, err := org.ByID(q, j.Org)
		if err != nil {
			return err
		}
		fits = q.Now().Before(in.Until) && point.Person == p.ID && point.Kind == person.Email && point.Usable
		words := s.Lang.Printer(p.Language, o.Calendar.Location(), q.Now())
		subject := words.T("message.code.subject", "Organisation", o.Name)
		body := words.T("message.code.body", "Code", in.Code, "Organisation", o.Name, "Phone", o.Phone)
		out = mail.Message{ID: in.Mail, From: s.From, To: mail.Address{Email: point.Value}, ReplyTo: s.ReplyTo, Subject: subject,
			Text: body, HTML: htmlPage(words.Lang(), subject, body, "", ""), Language: words.Lang(), AutoSubmitted: true}
		return nil
	})
	if err != nil || !fits {
		return err
	}
	r, err := s.Mail.Send(ctx, out)
	if err != nil && r.Retry() {
		return fmt.Errorf("send a code: %w", err)
	}
	return nil // accepted, refused or uncertain: the customer asks for another one
}
