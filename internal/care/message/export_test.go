package message

import (
	"context"
	"testing"

	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// Plant changes a message behind the service's back, for proving that the
// checks see it.
func Plant(t testing.TB, d *kittest.DB, m Message, set string) {
	t.Helper()
	if err := PlantErr(d, m, set, m.Turn); err != nil {
		t.Fatal(err)
	}
}

// PlantErr is Plant for one turn of the intent.
func PlantErr(d *kittest.DB, m Message, set string, turn int) error {
	return d.Write(context.Background(), func(t *db.Tx) error {
		_, err := t.Exec(`UPDATE message SET `+set+` WHERE org_id = $1 AND intent = $2 AND turn = $3`, m.Org, m.Intent, int64(turn))
		return err
	})
}

// PlantCopy adds a second turn of a message in a state.
func PlantCopy(t testing.TB, d *kittest.DB, m Message, state State) {
	t.Helper()
	m.ID, m.Turn, m.State = m.ID+"x", m.Turn+1, state
	if err := d.Write(context.Background(), func(t *db.Tx) error { return insert(t, m) }); err != nil {
		t.Fatal(err)
	}
}
