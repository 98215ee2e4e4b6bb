package app

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/mail"
)

// headsJob mails each organisation's administrators where the chain of their
// record stands, every day: kept outside the database, it gives away whoever
// would rewrite the whole record (decision 18).
func headsJob(d *db.DB, sender mail.Sender, words *lang.Bundle) job.Kind {
	return job.Kind{Name: "ledger.heads", Every: 24 * time.Hour, Handle: func(ctx context.Context, j job.Job) error {
		var letters []mail.Message
		err := d.Read(ctx, func(q db.Q) error {
			heads, err := ledger.Heads(q)
			if err != nil {
				return err
			}
			for _, h := range heads {
				mine, err := headLetters(q, words, h)
				if err != nil {
					return err
				}
				letters = append(letters, mine...)
			}
			return nil
		})
		if err != nil {
			return err
		}
		// Only a copy of what the database knows anyway: what is not sent today
		// is sent tomorrow, so a failure of one stops none of the others.
		var failed []error
		for _, l := range letters {
			if _, err := sender.Send(ctx, l); err != nil {
				failed = append(failed, err)
			}
		}
		return errors.Join(failed...)
	}}
}

func headLetters(q db.Q, words *lang.Bundle, h ledger.Head) ([]mail.Message, error) {
	o, err := org.ByID(q, h.Org)
	if err != nil {
		return nil, err
	}
	leads, err := org.Leads(q, h.Org)
	if err != nil {
		return nil, err
	}
	list, err := json.Marshal([]ledger.Head{h})
	if err != nil {
		return nil, err
	}
	p := words.Printer(o.Language, o.Calendar.Location(), q.Now())
	var out []mail.Message
	for _, m := range leads {
		if m.Role != actor.Administrator || m.Email == "" {
			continue
		}
		out = append(out, mail.Message{ID: "heads-" + q.Now().Format("20060102") + "-" + m.ID, To: mail.Address{Name: m.Name, Email: m.Email},
			Subject: p.T("heads.subject", "Organisation", o.Name), Text: p.T("heads.body", "Entries", h.Seq, "Heads", string(list)),
			Language: p.Lang(), AutoSubmitted: true})
	}
	return out, nil
}
