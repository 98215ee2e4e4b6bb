package person

import (
	"context"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// CompanyContact is somebody through whom a company speaks.
type CompanyContact struct {
	Org      string    `db:"org_id" json:"-"`
	ID       string    `db:"contact_id" json:"id"`
	Company  string    `db:"company_id" json:"company_id"`
	Person   string    `db:"person_id" json:"person_id"`
	Function string    `db:"function" json:"function,omitempty"`
	Since    time.Time `db:"since" json:"since"`
	Until    time.Time `db:"until" json:"until,omitzero"`
	ByMember string    `db:"by_member" json:"by_member,omitempty"`
	Version  int64     `db:"version" json:"version"`
}

// ContactPerson is a contact with who it is, seen from one of both sides.
type ContactPerson struct {
	CompanyContact
	Other Person `json:"other" doc:"The person of a company, or the company of a person"`
	Acts  bool   `json:"acts" doc:"May ask and decide for the company"`
}

// NewContact is a contact person of a company to be recorded.
type NewContact struct {
	Person   string `json:"person_id" maxLength:"60"`
	Function string `json:"function,omitempty" maxLength:"100"`
	Acts     bool   `json:"acts,omitempty" doc:"May ask and decide for the company"`
	Seen     bool   `json:"seen,omitempty" doc:"It was shown to whoever records it"`
}

// ContactsOf gives a company's contact persons, or the companies that a person
// is a contact of.
func (s *Service) ContactsOf(ctx context.Context, who actor.Actor, id string) (list []ContactPerson, err error) {
	if err := auth.Require(who, auth.PersonRead); err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		p, err := ByID(q, who.Org, id)
		if err != nil {
			return err
		}
		list, err = contactPersons(q, p)
		return err
	})
	return list, err
}

func contactPersons(q db.Q, p Person) ([]ContactPerson, error) {
	out := []ContactPerson{}
	same, err := Same(q, p.Org, p.ID)
	if err != nil {
		return nil, err
	}
	column := "person_id"
	if p.Kind == Company {
		column = "company_id"
	}
	rows, err := contactsOf(q, p.Org, column, same)
	if err != nil || len(rows) == 0 {
		return out, err
	}
	others := make([]string, len(rows))
	for i, c := range rows {
		if others[i] = c.Person; p.Kind != Company {
			others[i] = c.Company
		}
	}
	people, err := survivors(q, p.Org, others)
	if err != nil {
		return nil, err
	}
	acts := map[string]bool{}
	if p.Kind == Company {
		card, err := CardOf(q, p.Org, p.ID)
		if err != nil {
			return nil, err
		}
		for _, r := range card.Representatives {
			acts[r.By] = acts[r.By] || r.Basis == Employee || r.Basis == Mandate
		}
	} else {
		stands, err := RepresentedBy(q, p.Org, p.ID)
		if err != nil {
			return nil, err
		}
		for _, r := range stands {
			acts[r.Person] = acts[r.Person] || r.Basis == Employee || r.Basis == Mandate
		}
	}
	seen := map[string]bool{}
	for i, c := range rows {
		o, ok := people[others[i]]
		if !ok || seen[o.ID] {
			continue
		}
		seen[o.ID] = true
		out = append(out, ContactPerson{CompanyContact: c, Other: o, Acts: acts[o.ID]})
	}
	return out, nil
}

// AddContact records through whom a company speaks. Who acts for it stands by
// it as an employee, so that a question can be asked in its name.
func (s *Service) AddContact(ctx context.Context, who actor.Actor, company string, in NewContact) (c CompanyContact, err error) {
	if err := auth.Require(who, auth.PersonWrite); err != nil {
		return c, err
	}
	in.Function = MaskBSN(clean(in.Function))
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		firm, p, err := lockTwo(tx, who.Org, company, in.Person)
		if err != nil {
			return err
		}
		var ck errs.Checks
		ck.Must(firm.Kind == Company, "company_id", "contact-of-person")
		ck.Must(p.Kind == Human, "person_id", "contact-is-company")
		if err := ck.Err(); err != nil {
			return err
		}
		if c, err = keepContact(tx, who, firm, p, in); err != nil || !in.Acts {
			return err
		}
		_, err = StandBy(tx, who, firm.ID, SetRepresentation{By: p.ID, Basis: Employee, Seen: in.Seen})
		return err
	})
	return c, err
}

func keepContact(tx *db.Tx, who actor.Actor, firm, p Person, in NewContact) (CompanyContact, error) {
	c, ok, err := openContact(tx, who.Org, firm.ID, p.ID)
	if err != nil {
		return c, err
	}
	if ok && c.Function == in.Function {
		return c, nil
	}
	if ok {
		c.Function = in.Function
		if err := updateContact(tx, c); err != nil {
			return c, err
		}
		c.Version++
	} else {
		c = CompanyContact{Org: who.Org, ID: tx.NewID("cop"), Company: firm.ID, Person: p.ID, Function: in.Function, Since: tx.Now(), ByMember: who.Member, Version: 1}
		if err := db.Insert(tx, "company_contact", c); err != nil {
			return c, err
		}
	}
	for _, side := range [][2]string{{firm.ID, p.ID}, {p.ID, firm.ID}} {
		tx.Emit(db.Fact{Org: who.Org, Kind: fact.ContactPersonSet, Person: side[0], By: who, Data: map[string]any{"contact": c.ID, "with": side[1]},
			Text: map[string]string{"function": c.Function}})
	}
	return c, nil
}

// EndContact says that somebody no longer speaks for a company; neither do
// they act for it any more. Ending it twice changes nothing.
func (s *Service) EndContact(ctx context.Context, who actor.Actor, id string) (c CompanyContact, err error) {
	if err := auth.Require(who, auth.PersonWrite); err != nil {
		return c, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if c, err = contactByID(tx, who.Org, id); err != nil {
			return err
		}
		firm, p, err := lockTwo(tx, who.Org, c.Company, c.Person)
		if err != nil {
			return err
		}
		if c, err = contactByID(tx, who.Org, id); err != nil || !c.Until.IsZero() && !c.Until.After(tx.Now()) {
			return err
		}
		if c.Until = tx.Now(); c.Until.Before(c.Since) {
			c.Until = c.Since
		}
		if err := updateContact(tx, c); err != nil {
			return err
		}
		c.Version++
		for _, side := range [][2]string{{firm.ID, p.ID}, {p.ID, firm.ID}} {
			tx.Emit(db.Fact{Org: who.Org, Kind: fact.ContactPersonEnded, Person: side[0], By: who, Data: map[string]any{"contact": c.ID, "with": side[1]}})
		}
		firms, err := Same(tx, who.Org, firm.ID)
		if err != nil {
			return err
		}
		people, err := Same(tx, who.Org, p.ID)
		if err != nil {
			return err
		}
		for _, f := range firms {
			for _, h := range people {
				r, ok, err := openRepresentation(tx, who.Org, f, h)
				if err != nil {
					return err
				}
				if ok && r.Basis == Employee {
					if err := endStanding(tx, who, r); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
	return c, err
}
