package chaos

import (
	"fmt"
	"strings"

	"github.com/houvast/houvast/internal/kit/db"
)

// What the store holds of one organisation, as far as the journal can tell.
type held struct {
	cases    map[string]string // id → subject
	subjects map[string]int    // subject → how many cases
	said     map[string]int    // words → how many contact moments
	promises map[string]heldPromise
	handoffs map[string]string // id → state
}

type heldPromise struct {
	ID      string `db:"promise_id"`
	State   string `db:"state"`
	Version int    `db:"version"`
}

type pair struct {
	Key   string `db:"k"`
	Value string `db:"v"`
}

type counted struct {
	Words string `db:"words"`
	N     int    `db:"n"`
}

func newHeld() held {
	return held{cases: map[string]string{}, subjects: map[string]int{}, said: map[string]int{}, promises: map[string]heldPromise{}, handoffs: map[string]string{}}
}

// some reads what the store holds of some acknowledged writes.
func some(q db.Q, org string, list []entry) (h held, err error) {
	h = newHeld()
	var words []any
	for _, e := range list {
		switch e.what {
		case aCase:
			c, ok, err := db.Find[pair](q, `SELECT case_id AS k, subject AS v FROM case_file WHERE org_id = $1 AND case_id = $2`, org, e.id)
			if err != nil {
				return h, err
			}
			if ok {
				h.cases[c.Key] = c.Value
			}
		case aPromise:
			p, ok, err := db.Find[heldPromise](q, `SELECT promise_id, state, version FROM promise WHERE org_id = $1 AND promise_id = $2`, org, e.id)
			if err != nil {
				return h, err
			}
			if ok {
				h.promises[p.ID] = p
			}
		case aHandoff:
			x, ok, err := db.Find[pair](q, `SELECT handoff_id AS k, state AS v FROM handoff WHERE org_id = $1 AND handoff_id = $2`, org, e.id)
			if err != nil {
				return h, err
			}
			if ok {
				h.handoffs[x.Key] = x.Value
			}
		case aContact:
			words = append(words, e.id)
		}
	}
	if len(words) == 0 {
		return h, nil
	}
	var marks strings.Builder
	for i := range words {
		fmt.Fprintf(&marks, ", $%d", i+2)
	}
	said, err := db.Select[counted](q, `SELECT said AS words, COUNT(*) AS n FROM contact_moment WHERE org_id = $1 AND said IN (`+marks.String()[2:]+`) GROUP BY said`,
		append([]any{org}, words...)...)
	for _, s := range said {
		h.said[s.Words] = s.N
	}
	return h, err
}

// holdings reads what the store holds of an organisation.
func holdings(q db.Q, org string) (h held, err error) {
	h = newHeld()
	cases, err := db.Select[pair](q, `SELECT case_id AS k, subject AS v FROM case_file WHERE org_id = $1`, org)
	if err != nil {
		return h, err
	}
	for _, c := range cases {
		h.cases[c.Key] = c.Value
		h.subjects[c.Value]++
	}
	said, err := db.Select[counted](q, `SELECT said AS words, COUNT(*) AS n FROM contact_moment WHERE org_id = $1 AND said IS NOT NULL GROUP BY said`, org)
	if err != nil {
		return h, err
	}
	for _, s := range said {
		h.said[s.Words] = s.N
	}
	promises, err := db.Select[heldPromise](q, `SELECT promise_id, state, version FROM promise WHERE org_id = $1`, org)
	if err != nil {
		return h, err
	}
	for _, p := range promises {
		h.promises[p.ID] = p
	}
	handoffs, err := db.Select[pair](q, `SELECT handoff_id AS k, state AS v FROM handoff WHERE org_id = $1`, org)
	for _, x := range handoffs {
		h.handoffs[x.Key] = x.Value
	}
	return h, err
}

// said is a message as the store has it.
type said struct {
	Org    string `db:"org_id"`
	ID     string `db:"message_id"`
	Intent string `db:"intent"`
	State  string `db:"state"`
}

func messages(q db.Q, org string) ([]said, error) {
	return db.Select[said](q, `SELECT org_id, message_id, intent, state FROM message WHERE org_id = $1`, org)
}

// loseContact takes a contact moment away behind everybody's back: what an
// answer that left before its commit comes to.
func loseContact(t *db.Tx, org, words string) (int64, error) {
	return t.Exec(`DELETE FROM contact_moment WHERE org_id = $1 AND said = $2`, org, words)
}

// breakFact changes the newest sealed fact of an organisation.
func breakFact(t *db.Tx, org string) (int64, error) {
	return t.Exec(`UPDATE fact SET at = at + 1 WHERE org_id = $1 AND seq = (SELECT MAX(seq) FROM fact WHERE org_id = $1)`, org)
}
