package person_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// BenchmarkFind looks for customers while typing, among 20,000.
func BenchmarkFind(b *testing.B) {
	d := kittest.SQLite(b, org.Migrations, person.Migrations)
	f := orgtest.New(b, d)
	first := []string{"Jan", "Anna", "Mohamed", "Sanne", "Pieter", "Fatima", "Daan", "Els", "Noor", "Kees"}
	last := []string{"Jansen", "de Vries", "Bakker", "van Dijk", "Visser", "Smit", "Meijer", "Yılmaz", "Mulder", "Vos", "Peters"}
	const people, batch = 20_000, 100
	for i := 0; i < people; i += batch {
		if err := d.Write(context.Background(), func(tx *db.Tx) error {
			for n := i; n < i+batch; n++ {
				if _, err := person.Add(tx, orgtest.As(f.Desk), person.NewPerson{
					Name:   fmt.Sprintf("%s %s%04d", first[n%len(first)], last[n%len(last)], n),
					Points: []person.NewPoint{{Kind: person.Phone, Value: fmt.Sprintf("06%08d", 10_000_000+n)}}}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	for _, typed := range []string{"", "jan", "jansen0", "jan jansen", "06-1000", "els vos15", "nobody"} {
		b.Run("typed "+typed, func(b *testing.B) {
			for b.Loop() {
				if err := d.Read(context.Background(), func(q db.Q) error {
					_, err := person.Find(q, f.Org.ID, typed, "", 20)
					return err
				}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
