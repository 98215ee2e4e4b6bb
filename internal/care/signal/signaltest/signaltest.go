package signaltest

import (
	"context"
	"testing"

	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kit/db"
)

// Open gives the open signals of an organisation, the most serious first.
func Open(t testing.TB, d *db.DB, org string) []signal.Signal {
	t.Helper()
	var out []signal.Signal
	if err := d.Read(context.Background(), func(q db.Q) error {
		p, err := signal.Open(q, org, "", "", 200)
		out = p.Items
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// Kinds gives the kinds of the open signals, the most serious first.
func Kinds(t testing.TB, d *db.DB, org string) []string {
	t.Helper()
	kinds := []string{}
	for _, s := range Open(t, d, org) {
		kinds = append(kinds, s.Kind)
	}
	return kinds
}
