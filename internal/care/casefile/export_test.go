package casefile

import (
	"context"

	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
)

// CutText and TallyText are the statements behind lists, for tests of their plans.
var (
	CutText   = cutText
	TallyText = tallyText
)

// CaseTerms are what a case is found by.
var CaseTerms = caseTerms

// Plans are the statements of a search for two words.
func Plans(org string) map[string]func() (string, []any) {
	a, b := spans("uitslag")[0], spans("longtest")
	return map[string]func() (string, []any){
		"gather":   func() (string, []any) { return gatherText(org, a, b, 51) },
		"recent":   func() (string, []any) { return recentText(org, b, 3000, 51) },
		"newest":   func() (string, []any) { return newestText(org, a.from, b, 0, 51) },
		"spelling": func() (string, []any) { return spellingsText, []any{org, a.from, a.to, 100} },
	}
}

// FindWithin is Find with little effort allowed.
func FindWithin(q db.Q, org, typed string, limit, few, looked, apiece int) (Found, error) {
	return find(q, org, typed, limit, effort{few: few, recent: 7, looked: looked, apiece: apiece, spelled: 5000})
}

// Fill writes cases as they are, with their words: many at once.
func Fill(t *db.Tx, cases []Case) error {
	if err := db.InsertAll(t, "case_file", cases); err != nil {
		return err
	}
	var rows []termRow
	for _, c := range cases {
		for _, term := range caseTerms(c.Subject) {
			rows = append(rows, termRow{c.Org, term, c.Number})
		}
	}
	for len(rows) > 0 {
		n := min(len(rows), 500)
		if err := db.InsertAll(t, "case_term", rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// MarkOf is the place of a case in a list.
func MarkOf(f Filter, c Case) Mark { return f.mark(c) }

// WorkBulk does the next cases of a bulk, as the job does.
func WorkBulk(ctx context.Context, s *Service, org, id string) error {
	_, err := s.workBulk(ctx, org, id)
	return err
}

// KilledAfter is a context that ends while the n-th transaction after it is
// written, as if the process died there.
func KilledAfter(ctx context.Context, s *Service, n int) (context.Context, context.CancelFunc) {
	ctx, kill := context.WithCancel(ctx)
	old := s.Teller
	s.Promises.Teller = &dying{Teller: old, n: n, kill: kill, ctx: ctx}
	return ctx, func() { s.Promises.Teller = old; kill() }
}

type dying struct {
	promise.Teller
	n    int
	kill context.CancelFunc
	ctx  context.Context
}

// Tell implements promise.Teller.
func (d *dying) Tell(t *db.Tx, who actor.Actor, m promise.Telling) (string, error) {
	if d.n--; d.n < 0 {
		d.kill()
		return "", d.ctx.Err()
	}
	return d.Teller.Tell(t, who, m)
}
