package person

import (
	"slices"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

var (
	tieColumns     = db.Columns[Tie]("")
	contactColumns = db.Columns[CompanyContact]("")
	consentColumns = db.Columns[Consent]("")
)

// tiesOf gives what was decided of some people and others, the oldest first.
func tiesOf(q db.Q, org string, ids []string) ([]Tie, error) {
	mine, err := in[Tie](q, `SELECT `+tieColumns+` FROM household_tie WHERE org_id = $1 AND person_id IN (%s)`, ids, org)
	if err != nil {
		return nil, err
	}
	theirs, err := in[Tie](q, `SELECT `+tieColumns+` FROM household_tie WHERE org_id = $1 AND other_id IN (%s)`, ids, org)
	if err != nil {
		return nil, err
	}
	all := append(mine, theirs...)
	slices.SortFunc(all, func(a, b Tie) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return slices.CompactFunc(all, func(a, b Tie) bool { return a.ID == b.ID }), nil
}

// tiesBetween gives what was decided of two people, whichever of their merged
// rows it was said of.
func tiesBetween(q db.Q, org, a, b string) ([]Tie, error) {
	as, err := Same(q, org, a)
	if err != nil {
		return nil, err
	}
	bs, err := Same(q, org, b)
	if err != nil {
		return nil, err
	}
	ties, err := tiesOf(q, org, as)
	return slices.DeleteFunc(ties, func(t Tie) bool {
		return !(slices.Contains(as, t.Person) && slices.Contains(bs, t.Other) || slices.Contains(bs, t.Person) && slices.Contains(as, t.Other))
	}), err
}

// pairedWith gives with whom something was decided of some people, or looked
// at: a household, or two rows of perhaps one person.
func pairedWith(q db.Q, org string, ids []string) (map[string]bool, error) {
	out := map[string]bool{}
	for _, text := range []string{
		`SELECT other_id FROM household_tie WHERE org_id = $1 AND person_id IN (%s)`,
		`SELECT person_id FROM household_tie WHERE org_id = $1 AND other_id IN (%s)`,
		`SELECT other_id FROM likeness WHERE org_id = $1 AND person_id IN (%s) AND state = 'maybe'`,
		`SELECT person_id FROM likeness WHERE org_id = $1 AND other_id IN (%s) AND state = 'maybe'`,
	} {
		list, err := in[string](q, text, ids, org)
		if err != nil {
			return nil, err
		}
		live, err := survivors(q, org, list)
		if err != nil {
			return nil, err
		}
		for _, p := range live {
			out[p.ID] = true
		}
	}
	return out, nil
}

func updateTie(tx *db.Tx, t Tie) error {
	_, err := tx.Exec(`UPDATE household_tie SET word = $3, state = $4, since = $5, by_member = $6 WHERE org_id = $1 AND tie_id = $2`,
		t.Org, t.ID, db.Null(string(t.Word)), string(t.State), t.Since, db.Null(t.ByMember))
	return err
}

// hiddenTies gives which ties of some people are hidden.
func hiddenTies(q db.Q, org string, ids []string) (map[string]bool, error) {
	ties, err := tiesOf(q, org, ids)
	out := map[string]bool{}
	for _, t := range ties {
		if t.State == TieHidden {
			out[t.ID] = true
		}
	}
	return out, err
}

// havingTerm gives who is found by exactly a term, at most limit.
func havingTerm(q db.Q, org, term string, limit int) ([]string, error) {
	return db.Select[string](q, `SELECT t.person_id FROM person_term t
		JOIN person p ON p.org_id = t.org_id AND p.person_id = t.person_id
		WHERE t.org_id = $1 AND t.term = $2 AND p.merged_into IS NULL ORDER BY t.person_id LIMIT $3`, org, term, limit)
}

// contactsOf gives the contact persons of companies, or the companies of
// people, that hold at a moment or later; the oldest first.
func contactsOf(q db.Q, org, column string, ids []string) ([]CompanyContact, error) {
	if column != "company_id" {
		column = "person_id"
	}
	return in[CompanyContact](q, `SELECT `+contactColumns+` FROM company_contact
		WHERE org_id = $1 AND `+column+` IN (%s) AND (until IS NULL OR until > $2) ORDER BY contact_id LIMIT 200`, ids, org, q.Now())
}

func contactByID(q db.Q, org, id string) (CompanyContact, error) {
	c, ok, err := db.Find[CompanyContact](q, `SELECT `+contactColumns+` FROM company_contact WHERE org_id = $1 AND contact_id = $2`, org, id)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "contact-person-unknown")
	}
	return c, err
}

func openContact(q db.Q, org, company, person string) (CompanyContact, bool, error) {
	return db.Find[CompanyContact](q, `SELECT `+contactColumns+` FROM company_contact
		WHERE org_id = $1 AND company_id = $2 AND person_id = $3 AND until IS NULL`, org, company, person)
}

func updateContact(tx *db.Tx, c CompanyContact) error {
	return db.Changed(tx.Exec(`UPDATE company_contact SET function = $3, until = $4, version = version + 1
		WHERE org_id = $1 AND contact_id = $2 AND version = $5`, c.Org, c.ID, db.Null(c.Function), c.Until, c.Version))
}

// consentsOf gives all that was agreed to and taken back, the newest first.
func consentsOf(q db.Q, org string, ids []string) ([]Consent, error) {
	list, err := in[Consent](q, `SELECT `+consentColumns+` FROM consent
		WHERE org_id = $1 AND person_id IN (%s) ORDER BY consent_id DESC LIMIT 500`, ids, org)
	slices.SortFunc(list, func(a, b Consent) int {
		if c := b.At.Compare(a.At); c != 0 || a.ID == b.ID {
			return c
		}
		if a.ID > b.ID {
			return -1
		}
		return 1
	})
	return list, err
}
