package person

import (
	"context"
	"slices"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// Purpose is what a customer may agree to.
type Purpose string

// The purposes.
const (
	BySMS          Purpose = "sms"             // messages by SMS
	EmailReminders Purpose = "email-reminders" // reminders by e-mail
	SharePapers    Purpose = "share-papers"    // giving papers to another organisation
	Surveys        Purpose = "survey"          // being asked how it was
	News           Purpose = "news"
)

// Purposes lists them.
var Purposes = []Purpose{BySMS, EmailReminders, SharePapers, Surveys, News}

// Hows are the ways in which a customer can say it.
var Hows = []string{"spoken", "paper", "email", "page"}

// Consent is one time that a customer agreed, or took it back.
type Consent struct {
	Org      string    `db:"org_id" json:"-"`
	ID       string    `db:"consent_id" json:"id"`
	Person   string    `db:"person_id" json:"person_id"`
	Purpose  Purpose   `db:"purpose" json:"purpose"`
	Given    bool      `db:"given" json:"given"`
	By       string    `db:"by_person" json:"by_person_id"`
	How      string    `db:"how" json:"how"`
	At       time.Time `db:"at" json:"at"`
	ByMember string    `db:"by_member" json:"by_member,omitempty"`
}

// SayConsent is what a customer, or who speaks for them, says.
type SayConsent struct {
	Purpose Purpose `json:"purpose" enum:"sms,email-reminders,share-papers,survey,news"`
	Given   bool    `json:"given" doc:"false: not, or no longer"`
	How     string  `json:"how" enum:"spoken,paper,email,page" doc:"How it was asked"`
	By      string  `json:"by_person_id,omitempty" maxLength:"60" doc:"Who said so; the customer when empty"`
}

// Consents gives how it stands with each purpose that was ever asked about; a
// purpose that is absent was never agreed to.
func Consents(q db.Q, org, id string) (map[Purpose]Consent, error) {
	same, err := Same(q, org, id)
	if err != nil {
		return nil, err
	}
	list, err := consentsOf(q, org, same)
	out := map[Purpose]Consent{}
	for _, c := range list {
		if _, ok := out[c.Purpose]; !ok {
			out[c.Purpose] = c
		}
	}
	return out, err
}

// Agreed says whether a customer agrees to a purpose now.
func Agreed(q db.Q, org, id string, p Purpose) (bool, error) {
	all, err := Consents(q, org, id)
	return all[p].Given, err
}

// ConsentsOf gives all that a customer agreed to and took back, newest first.
func (s *Service) ConsentsOf(ctx context.Context, who actor.Actor, id string) (list []Consent, err error) {
	if err := auth.Require(who, auth.PersonRead); err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		if _, err := ByID(q, who.Org, id); err != nil {
			return err
		}
		same, err := Same(q, who.Org, id)
		if err != nil {
			return err
		}
		list, err = consentsOf(q, who.Org, same)
		return err
	})
	return list, err
}

// SayConsent records what a customer agrees to, or takes back. Customers do so
// for themselves, staff write down what they heard. Saying the same again
// changes nothing.
func (s *Service) SayConsent(ctx context.Context, who actor.Actor, person string, in SayConsent) (c Consent, err error) {
	if err := may(who, person); err != nil {
		return c, err
	}
	var ck errs.Checks
	ck.Must(slices.Contains(Purposes, in.Purpose), "purpose", "purpose-unknown")
	ck.Must(slices.Contains(Hows, in.How), "how", "how-unknown")
	if err := ck.Err(); err != nil {
		return c, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := lock(tx, who.Org, person)
		if err != nil {
			return err
		}
		if p.Kind == Company && in.By == "" {
			in.By = p.ID
		}
		by, err := Survivor(tx, who.Org, orElse(in.By, p.ID))
		if err != nil {
			return err
		}
		if ok, err := MaySpeak(tx, who.Org, p.ID, by); err != nil {
			return err
		} else if !ok {
			return errs.New(errs.Invalid, "may-not-agree").Field("by_person_id", "may-not-agree")
		}
		now, err := Consents(tx, who.Org, p.ID)
		if err != nil {
			return err
		}
		if old, ok := now[in.Purpose]; ok && old.Given == in.Given {
			c = old
			return nil
		}
		c = Consent{Org: who.Org, ID: tx.NewID("con"), Person: p.ID, Purpose: in.Purpose, Given: in.Given, By: by, How: in.How, At: tx.Now(), ByMember: who.Member}
		kind := fact.ConsentWithdrawn
		if c.Given {
			kind = fact.ConsentGiven
		}
		tx.Emit(db.Fact{Org: who.Org, Kind: kind, Person: p.ID, By: who, Data: map[string]any{"consent": c.ID, "purpose": string(c.Purpose), "with": by, "how": c.How}})
		return db.Insert(tx, "consent", c)
	})
	return c, err
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
