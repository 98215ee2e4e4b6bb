package app

import (
	"context"

	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/mail"
)

const warnKind = "account.warn"

// warner mails the owner of an account that somebody tries to sign in with it.
type warner struct{}

type warning struct {
	Account string `json:"account"`
}

// Warn leaves the letter to a job: who tries cannot tell from the time it takes.
func (warner) Warn(t *db.Tx, org string, a auth.Account) {
	t.Enqueue(db.Job{Org: org, Kind: warnKind, Payload: warning{a.ID}})
}

func warnJob(d *db.DB, sender mail.Sender, words *lang.Bundle, address string) job.Kind {
	return job.Kind{Name: warnKind, Handle: func(ctx context.Context, j job.Job) error {
		var w warning
		if err := j.Payload(&w); err != nil {
			return err
		}
		var letter mail.Message
		if err := d.Read(ctx, func(q db.Q) error {
			a, err := auth.AccountOf(q, w.Account)
			if err != nil {
				return err
			}
			p := words.Printer(a.Language, nil, q.Now())
			letter = mail.Message{ID: "warn-" + q.Now().Format("20060102") + "-" + a.ID, To: mail.Address{Name: a.Name, Email: a.Email},
				Subject: p.T("warn.subject"), Text: p.T("warn.body", "Name", a.Name, "Address", address), Language: p.Lang(), AutoSubmitted: true}
			return nil
		}); err != nil {
			return err
		}
		if r, err := sender.Send(ctx, letter); err != nil && r.Retry() {
			return err
		}
		return nil // it left, or trying again would not help or would send it twice
	}}
}
