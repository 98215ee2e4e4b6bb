package ledger

import (
	"context"
	"errors"
	"time"

	"github.com/houvast/houvast/internal/kit/db"
)

// batch bounds a sealing transaction (decision 22: no more than 500 rows).
const batch = 500

// lease is how long one sealer keeps others waiting after its last batch: when
// its process was killed, another goes on within this time.
const lease = time.Second

// Sealer gives recorded facts their order. Any number may run; one holds the
// lease, and compare-and-set on the heads makes a second one harmless.
type Sealer struct {
	db    *db.DB
	lease *db.Lease
}

// NewSealer makes a sealer for this process.
func NewSealer(d *db.DB) *Sealer {
	return &Sealer{db: d, lease: &db.Lease{Name: "sealer", Holder: d.NewID("nod"), Life: lease}}
}

// Name implements job.Worker.
func (s *Sealer) Name() string { return "sealer" }

// Topics implements job.Worker.
func (s *Sealer) Topics() []string { return []string{db.TopicFacts} }

// Next implements job.Worker: the sealer waits to be woken, or for the end of
// another's lease when there is something left to seal. Facts recorded by
// another node are found at the next poll.
func (s *Sealer) Next(ctx context.Context) (at time.Time, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		facts, err := unsealed(q, 1)
		if err != nil || len(facts) == 0 {
			return err
		}
		if at, err = s.lease.Look(q); at.IsZero() {
			at = q.Now()
		}
		return err
	})
	return at, err
}

// Work seals one batch and says how many facts it sealed.
func (s *Sealer) Work(ctx context.Context) (int, error) {
	// A look outside a transaction first: a sealer that is idle, or not the one
	// whose turn it is, writes nothing.
	idle := false
	if err := s.db.Read(ctx, func(q db.Q) error {
		facts, err := unsealed(q, 1)
		if idle = len(facts) == 0; idle || err != nil {
			return err
		}
		from, err := s.lease.Look(q)
		idle = !from.IsZero()
		return err
	}); err != nil || idle {
		return 0, err
	}
	n := 0
	err := s.db.Write(ctx, func(t *db.Tx) error {
		n = 0
		token, err := s.lease.Take(t)
		if err != nil || token == 0 {
			return err
		}
		facts, err := unsealed(t, batch)
		if err != nil || len(facts) == 0 {
			return err
		}
		from, err := FeedHead(t)
		if err != nil {
			return err
		}
		old, heads := map[string]Head{}, map[string]Head{}
		for i := range facts {
			f := &facts[i]
			h, ok := heads[f.Org]
			if !ok {
				if h, err = headOf(t, f.Org); err != nil {
					return err
				}
				old[f.Org] = h
			}
			f.Seq, f.Pos = h.Seq+1, from+int64(i)+1
			f.Hash = link(h.Hash, *f)
			heads[f.Org] = Head{Org: f.Org, Seq: f.Seq, Hash: f.Hash}
		}
		n = len(facts)
		t.Wake(Topic)
		return seal(t, facts, from, from+int64(n), old, heads)
	})
	if errors.Is(err, errMoved) {
		return 0, nil // another node was first; its facts are sealed
	}
	return n, err
}
