package persontest

import (
	"context"
	"testing"

	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
)

// Fixture is an organisation with a customer, who prefers to be phoned, and
// her mother, who prefers e-mail.
type Fixture struct {
	orgtest.Fixture
	People *person.Service
	Anna   person.Card
	Mother person.Card
}

// New makes the customers in an organisation.
func New(t testing.TB, f orgtest.Fixture) Fixture {
	t.Helper()
	out := Fixture{Fixture: f, People: person.New(person.Deps{DB: f.DB.DB})}
	out.Anna = out.AddPerson(t, person.NewPerson{Name: "Anna Verhagen-Müller", CallName: "Anna", BirthDate: "1984-03-02", Points: []person.NewPoint{
		{Kind: person.Phone, Value: "06 12345678", Verified: true},
		{Kind: person.Email, Value: "Anna@Example.NL", Verified: true}}})
	out.Mother = out.AddPerson(t, person.NewPerson{Name: "Els Müller", BirthDate: "1955-12-24", Points: []person.NewPoint{
		{Kind: person.Email, Value: "els@example.nl", Verified: true}}})
	return out
}

// AddPerson adds a customer as the desk does.
func (f Fixture) AddPerson(t testing.TB, in person.NewPerson) person.Card {
	t.Helper()
	c, err := f.People.Create(context.Background(), orgtest.As(f.Desk), in)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
