package person

import (
	"embed"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

// Migrations are the tables of this capability.
//
//go:embed schema/*.sql
var Migrations embed.FS

// Kind says whether a customer is a human being or a company.
type Kind string

// The kinds of customer.
const (
	Human   Kind = "person"
	Company Kind = "company"
)

// Person is a customer of an organisation.
type Person struct {
	Org        string    `db:"org_id" json:"-"`
	ID         string    `db:"person_id" json:"id"`
	Kind       Kind      `db:"kind" json:"kind"`
	Name       string    `db:"name" json:"name"`
	CallName   string    `db:"call_name" json:"call_name,omitempty"`
	BirthDate  string    `db:"birth_date" json:"birth_date,omitempty"`
	Language   string    `db:"language" json:"language"`
	Search     string    `db:"search" json:"-"`
	MergedInto string    `db:"merged_into" json:"merged_into,omitempty"`
	DeceasedAt time.Time `db:"deceased_at" json:"deceased_at,omitzero"`
	CreatedAt  time.Time `db:"created_at" json:"created_at"`
	Version    int64     `db:"version" json:"version"`
}

// Called is the name to speak to the person with.
func (p Person) Called() string {
	if p.CallName != "" {
		return p.CallName
	}
	return p.Name
}

// Age is how old the person is on the local day of at; false when the birth
// date is not known. Who was born on 29 February is a year older on 1 March
// in other years, as Dutch law has it.
func (p Person) Age(at time.Time) (int, bool) {
	born, err := workcal.ParseDate(p.BirthDate)
	if err != nil {
		return 0, false
	}
	today := workcal.DateOf(at, at.Location())
	age := today.Year - born.Year
	if today.Month < born.Month || today.Month == born.Month && today.Day < born.Day {
		age--
	}
	return age, true
}

// Matter is something that matters to a person, in their own words; staff see
// it first.
type Matter struct {
	Org      string    `db:"org_id" json:"-"`
	ID       string    `db:"matter_id" json:"id"`
	Person   string    `db:"person_id" json:"person_id"`
	Text     string    `db:"text" json:"text"`
	SaidAt   time.Time `db:"said_at" json:"said_at"`
	By       By        `db:"said_by" json:"by"`
	ByMember string    `db:"by_member" json:"by_member,omitempty"`
	EndedAt  time.Time `db:"ended_at" json:"ended_at,omitzero"`
}

// By says who wrote a matter down.
type By string

// Who wrote it down.
const (
	BySelf   By = "self"
	ByMember By = "member"
)

// Card is all that staff see of a person at a glance: the open matters, the
// contact points in their order, and who speaks for them.
type Card struct {
	Person          Person           `json:"person"`
	Points          []ContactPoint   `json:"contact_points"`
	Matters         []Matter         `json:"matters"`
	Representatives []Representative `json:"representatives"`
}

// check says everything that is wrong with a person.
func (p Person) check(today workcal.Date) error {
	var c errs.Checks
	c.Must(p.Name != "", "name", "name-missing")
	c.Must(!HasBSN(p.Name), "name", "bsn-not-kept")
	c.Must(!HasBSN(p.CallName), "call_name", "bsn-not-kept")
	c.Must(p.Kind == Human || p.Kind == Company, "kind", "kind-unknown")
	c.Must(p.Language == "nl" || p.Language == "en", "language", "language-unknown")
	if p.BirthDate != "" {
		born, err := workcal.ParseDate(p.BirthDate)
		c.Must(err == nil && born.Year >= 1880 && born.Compare(today) <= 0, "birth_date", "birth-date-wrong")
		c.Must(p.Kind != Company, "birth_date", "company-not-born")
	}
	return c.Err()
}

func clean(s string) string { return strings.Join(strings.Fields(s), " ") }
