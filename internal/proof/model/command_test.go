package model

import (
	"net/http"
	"slices"
	"time"
)

// draw is what rapid decides of a command; what it comes to depends on what
// there is.
type draw struct{ Kind, Who, A, B, C, Odd int }

// command is something a user asks for.
type command struct {
	kind   string
	who    *user
	method string
	path   string
	body   any
	head   map[string]string

	// roles may give it; empty is everybody who works there.
	roles []string
	// barred says why whoever gives it may not; empty: they may.
	barred string
	// cases it is about, and what the model says of it: step changes the table
	// as the command does when it is accepted.
	cases []string
	step  func(t table, a answer) verdict
	// Of the commands of one contest exactly one is accepted; thing is what all
	// contests about it have in common.
	contest, thing string
	// facts that there are more of when it was accepted.
	facts func(a answer) map[string]int
	// then learns what was made.
	then func(a answer)

	twice bool // sent twice at once with one idempotency key
	got   answer
	again answer
}

func (a answer) busy() bool {
	return a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable
}

// one is a count of one fact.
func one(kind string) func(answer) map[string]int {
	return func(answer) map[string]int { return map[string]int{kind: 1} }
}

// on is a step about one case that has to be there.
func on(id string, f func(s *standing, a answer) verdict) func(table, answer) verdict {
	return func(t table, a answer) verdict {
		s := t[id]
		v := f(&s, a)
		t[id] = s
		return v
	}
}

// untold is a step that does something with promises that is not modelled.
func untold(id string) func(table, answer) verdict {
	return on(id, func(s *standing, _ answer) verdict { s.looseLive = true; return may })
}

// whileOpen is an untold step that a closed case refuses.
func whileOpen(id string) func(table, answer) verdict {
	return on(id, func(s *standing, _ answer) verdict {
		if s.looseLive = true; !s.open {
			return mustNot
		}
		return may
	})
}

func (p *play) post(kind string, u *user, path string, body map[string]any) *command {
	return &command{kind: kind, who: u, method: http.MethodPost, path: path, body: body}
}

// promise is the body of a promise that is accepted where one may be made.
func (p *play) promise(d draw) map[string]any {
	in := []time.Duration{20 * time.Minute, 3 * time.Hour, 26 * time.Hour, 50 * time.Hour, 75 * time.Hour}[d.C%5]
	out := map[string]any{"what": "De uitslag", "due_at": p.h.base.Clock.Now().Add(in + time.Duration(d.Odd%50)*time.Minute).Format(time.RFC3339), "spoken": d.Odd%3 == 0}
	if d.Odd%7 == 0 {
		out["keeper_id"] = p.org(d).team
	}
	return out
}

// next is what comes after the last promise, or nothing.
func (p *play) next(d draw) (body map[string]any, closes, makes bool) {
	switch d.B % 4 {
	case 0:
		return nil, false, false
	case 1:
		return map[string]any{"close": "agreed"}, true, false
	}
	return map[string]any{"promise": p.promise(d)}, false, true
}

// kinds are all commands there are.
var kinds = slices.Concat(caseKinds, promiseKinds, handoffKinds, customerKinds, peopleKinds, orgKinds)

type kind struct {
	name   string
	weight int
	make   func(p *play, d draw) *command // nil: there is nothing to do it to
}

// choices is each kind as often as it is heavy.
var choices = func() (list []kind) {
	for _, k := range kinds {
		for range k.weight {
			list = append(list, k)
		}
	}
	return list
}()

// bound says who may not, whatever the state of things.
func (c *command) bound(home *organisation) {
	u := c.who
	switch {
	case u.role == "nobody":
		c.barred = "nobody"
	case u.role == "customer" && c.roles == nil || u.role == "organisation" && !slices.Contains(c.roles, "organisation"):
		c.barred = u.role
	case u.staff() && u.org != home:
		c.barred = "stranger"
	case len(c.roles) > 0 && !slices.Contains(c.roles, u.role):
		c.barred = "role"
	}
}
