package ledger

import "github.com/houvast/houvast/internal/kit/db"

// Rechain computes a chain anew over facts as they are now: what somebody who
// may write to every table would do.
func Rechain(facts []Fact) []Fact {
	prev := ""
	for i := range facts {
		facts[i].Seq = int64(i + 1)
		facts[i].Hash = link(prev, facts[i])
		prev = facts[i].Hash
	}
	return facts
}

// Chain gives the sealed facts of an organisation.
func Chain(q db.Q, org string) ([]Fact, error) { return chain(q, org, 0, 1000) }

// MaxFails is how often a fact is tried.
const MaxFails = maxFails

// Batch is how many facts are sealed at once.
const Batch = batch
