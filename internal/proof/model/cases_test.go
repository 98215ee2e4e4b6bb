package model

import (
	"fmt"
	"net/http"
	"time"
)

var leads = []string{"manager", "administrator"}

var caseKinds = []kind{
	{"open case", 6, func(p *play, d draw) *command { return p.openCase(d, false) }},
	{"open case for a new customer", 1, func(p *play, d draw) *command {
		c := p.post("", p.by(d), "/calls", map[string]any{"caller": map[string]any{"name": fmt.Sprintf("Nieuw %d", d.Odd), "birth_date": "1990-05-06",
			"email": fmt.Sprintf("nieuw%d.%d@example.nl", d.Odd, d.A)}, "subject": "Wanneer kan ik komen?", "end": "question", "seen": true, "channel": "phone",
			"promise": map[string]any{"kind": "callback", "due_at": p.in(5 * time.Hour)}})
		c.facts = func(a answer) map[string]int { return map[string]int{"case.opened": 1, "person.added": 1} }
		c.then = func(a answer) { p.org(d).people = append(p.org(d).people, text(a.body, "caller_id")) }
		return c
	}},
	{"call helped at once", 1, func(p *play, d draw) *command {
		c := p.post("", p.by(d), "/calls", map[string]any{"caller": map[string]any{"person_id": p.person(d)}, "subject": "Zijn jullie open?", "end": "helped", "answer": "Ja", "seen": true})
		c.facts = one("case.opened")
		return c
	}},
	{"urgent call", 1, func(p *play, d draw) *command {
		c := p.post("", p.by(d), "/calls/urgent", map[string]any{"caller": map[string]any{"person_id": p.person(d)}, "subject": "Pijn op de borst"})
		c.facts = one("case.opened")
		return c
	}},
	{"log contact", 4, func(p *play, d draw) *command {
		id := p.aCase(d)
		if id == "" {
			return nil
		}
		way := []string{"in", "out"}[d.C%2]
		c := p.post("", p.by(d), "/cases/"+id+"/contacts", map[string]any{"direction": way, "channel": "phone", "said": "Gesproken over de uitslag"})
		c.cases = []string{id}
		c.step = func(t table, a answer) verdict {
			if s := t[id]; way == "in" { // which ends the waiting for the customer
				s.looseLive = true
				t[id] = s
			}
			return must
		}
		return c
	}},
	{"close", 3, func(p *play, d draw) *command {
		id := p.aCase(d)
		if id == "" {
			return nil
		}
		c := p.post("", p.by(d), "/cases/"+id+"/close", map[string]any{"reason": "agreed", "said": "Het is goed zo", "end_series": true})
		c.cases, c.step = []string{id}, on(id, func(s *standing, _ answer) verdict {
			if !s.open {
				return mustNot
			}
			s.open, s.reason, s.live, s.fresh, s.closing = false, "agreed", nil, 0, false
			return must
		})
		return c
	}},
	{"ask whether it is solved", 3, func(p *play, d draw) *command {
		id := p.aCase(d)
		if id == "" {
			return nil
		}
		c := p.post("", p.by(d), "/cases/"+id+"/ask-close", map[string]any{})
		c.cases, c.step = []string{id}, on(id, func(s *standing, a answer) verdict {
			if !s.open || s.closing && !s.looseLive {
				return mustNot
			}
			s.closing = true
			s.add(text(a.body, "id"))
			return p.unless(id, s.looseLive || p.inSeries(id))
		})
		return c
	}},
	{"reopen", 3, func(p *play, d draw) *command {
		id := p.closedCase(d)
		if id == "" {
			return nil
		}
		was := p.seen.cases[id].Reason
		c := p.post("", p.by(d), "/cases/"+id+"/reopen", map[string]any{"why": "Toch niet", "promise": p.promise(d)})
		c.cases, c.step = []string{id}, on(id, func(s *standing, _ answer) verdict {
			if s.open || s.reason == "handed-over" {
				return mustNot
			}
			s.open, s.live, s.touched = true, map[string]bool{}, map[string]bool{}
			s.fresh++
			return p.unless(id, was == "merged" || was == "sent-away")
		})
		c.facts = one("case.reopened")
		return c
	}},
	{"link cases", 1, func(p *play, d draw) *command { return p.link(d, http.MethodPut) }},
	{"unlink cases", 1, func(p *play, d draw) *command { return p.link(d, http.MethodDelete) }},
	{"merge cases", 2, func(p *play, d draw) *command {
		a, b := p.aCase(d), p.otherCase(d)
		if a == "" || b == "" || a == b {
			return nil
		}
		c := p.post("", p.by(d), "/cases/"+a+"/merge", map[string]any{"into_case_id": b})
		c.cases = []string{a, b}
		c.step = func(t table, _ answer) verdict {
			from, to := t[a], t[b]
			if !from.open || !to.open {
				return mustNot
			}
			from.open, from.reason, from.live, from.fresh, from.closing, to.looseLive = false, "merged", nil, 0, false, true
			t[a], t[b] = from, to
			return may
		}
		c.facts = one("case.merged")
		return c
	}},
	{"wait for somebody", 2, func(p *play, d draw) *command {
		id := p.aCase(d)
		if id == "" {
			return nil
		}
		c := p.post("", p.by(d), "/cases/"+id+"/waiting", map[string]any{"kind": []string{"customer", "other"}[d.C%2], "whom": "Het lab", "what": "de uitslag",
			"until": p.in(30 * time.Hour), "spoken": d.Odd%2 == 0})
		c.cases, c.step = []string{id}, whileOpen(id)
		return c
	}},
	{"wait no more", 1, func(p *play, d draw) *command {
		id := p.aCase(d)
		if id == "" {
			return nil
		}
		return &command{who: p.by(d), method: http.MethodDelete, path: "/cases/" + id + "/waiting", cases: []string{id}, step: untold(id)}
	}},
	{"add a paper", 1, func(p *play, d draw) *command {
		id := p.aCase(d)
		if id == "" {
			return nil
		}
		c := p.post("", p.by(d), "/cases/"+id+"/documents", map[string]any{"kind": "result", "name": "Uitslag", "content": "Alles is goed."})
		c.cases = []string{id}
		return c
	}},
	{"give a return door", 1, func(p *play, d draw) *command {
		id := p.aCase(d)
		if id == "" {
			return nil
		}
		c := p.post("", p.by(d), "/cases/"+id+"/doors", map[string]any{"condition": "Als het erger wordt", "until": p.in(20 * 24 * time.Hour)})
		c.cases, c.facts = []string{id}, one("door.opened")
		return c
	}},
	{"write a note", 3, func(p *play, d draw) *command {
		id := p.aCase(d)
		if id == "" {
			return nil
		}
		c := p.post("", p.by(d), "/cases/"+id+"/notes", map[string]any{"text": "Zij belt liever 's morgens"})
		c.cases, c.facts, c.step = []string{id}, one("note.added"), func(table, answer) verdict { return must }
		c.then = func(a answer) { p.notes[p.org(d)] = append(p.notes[p.org(d)], note{text(a.body, "id"), c.who}) }
		return c
	}},
	{"take a note back", 1, func(p *play, d draw) *command {
		list := p.notes[p.org(d)]
		if len(list) == 0 {
			return nil
		}
		n := list[d.A%len(list)]
		c := p.post("", n.by, "/notes/"+n.id+"/take-back", nil)
		c.body, c.facts = nil, nil
		c.then = func(answer) { p.taken[n.id] = true }
		return c
	}},
	{"write a note in several", 1, func(p *play, d draw) *command {
		c := p.bulk(d, "note", map[string]any{"text": "De printer is stuk"})
		if c != nil {
			c.facts = func(a answer) map[string]int {
				n, _ := a.body["done"].(float64)
				return map[string]int{"note.added": int(n)}
			}
		}
		return c
	}},
	{"wait in several", 1, func(p *play, d draw) *command {
		return p.bulk(d, "wait", map[string]any{"text": "Uw foto's", "due_at": p.in(30 * time.Hour)})
	}},
	{"ask in several whether it is solved", 1, func(p *play, d draw) *command { return p.bulk(d, "ask", map[string]any{}) }},
	{"move in several", 1, func(p *play, d draw) *command {
		return p.bulk(d, "move", map[string]any{"due_at": p.in(60 * time.Hour)})
	}},
	{"give several to a colleague", 1, func(p *play, d draw) *command {
		return p.bulk(d, "handoff", map[string]any{"to_id": p.colleague(d)})
	}},
	{"search", 1, func(p *play, d draw) *command {
		return &command{who: p.by(d), method: http.MethodGet, path: "/search/cases?q=" + []string{"uitslag", "wanneer", "borst", "klant"}[d.A%4], step: func(table, answer) verdict { return must }}
	}},
	{"list cases", 1, func(p *play, d draw) *command {
		return &command{who: p.by(d), method: http.MethodGet, path: "/cases?lane=" + []string{"soon", "waiting", "back", "old", "urgent", "closed"}[d.A%6], step: func(table, answer) verdict { return must }}
	}},
	{"read a case", 2, func(p *play, d draw) *command {
		id := p.aCase(d)
		if id == "" {
			return nil
		}
		c := &command{who: p.by(d), method: http.MethodGet, path: "/cases/" + id, cases: []string{id}}
		c.step = on(id, func(s *standing, a answer) verdict { // what is read is one of the states in between
			n, _ := a.body["open_promises"].(float64)
			open := text(a.body, "closed_at") == ""
			if a.ok() && !s.looseLive && (open != s.open || open && int(n) != len(s.live)+s.fresh || !s.looseOwner && text(a.body, "owner_id") != s.owner) {
				return mustNot
			}
			return must
		})
		return c
	}},
	{"read the timeline", 1, func(p *play, d draw) *command {
		id := p.aCase(d)
		if id == "" {
			return nil
		}
		return &command{who: p.by(d), method: http.MethodGet, path: "/cases/" + id + "/timeline", cases: []string{id}, step: func(table, answer) verdict { return must }}
	}},
}

// add is a promise that was made: known by its id, when the answer told it.
func (s *standing) add(id string) {
	if id == "" {
		s.fresh++
		return
	}
	s.live[id] = true
}

func (p *play) in(d time.Duration) string {
	return p.h.base.Clock.Now().Add(d).Format(time.RFC3339)
}

// unless is must, or may where the model does not know everything.
func (p *play) unless(_ string, unknown bool) verdict {
	if unknown {
		return may
	}
	return must
}

func (p *play) openCase(d draw, urgent bool) *command {
	o, u := p.org(d), p.by(d)
	owner, want := "", u.member
	switch d.C % 4 {
	case 0:
		owner = o.staff[d.A%len(o.staff)].member
		want = owner
	case 1:
		owner = o.team
		want = o.duty[o.team]
	}
	body := map[string]any{"person_id": p.person(d), "subject": "Is de uitslag er al?", "channel": "phone", "urgent": urgent, "promise": p.promise(d)}
	if owner != "" {
		body["owner_id"] = owner
	}
	c := p.post("", u, "/cases", body)
	c.facts = one("case.opened")
	c.step = func(_ table, a answer) verdict {
		if a.ok() && !p.away && text(a.body, "owner_id") != want {
			return mustNot // somebody else owns it than was asked for
		}
		return must
	}
	return c
}

func (p *play) link(d draw, method string) *command {
	a, b := p.aCase(d), p.otherCase(d)
	if a == "" || b == "" || a == b {
		return nil
	}
	c := &command{who: p.by(d), method: method, path: "/cases/" + a + "/links/" + b, cases: []string{a, b}}
	if c.facts = one("case.unlinked"); method == http.MethodPut {
		c.body = map[string]any{"why": "Zelfde onderzoek"}
		c.facts = one("case.linked")
	}
	once := c.facts
	c.facts = func(a answer) map[string]int { // one in each of the two
		m := once(a)
		for k := range m {
			m[k] = 2
		}
		return m
	}
	return c
}

func (p *play) bulk(d draw, what string, body map[string]any) *command {
	ids := []string{}
	for i := range 3 {
		if id := p.aCase(draw{A: d.A + i, Who: d.Who, B: 9, C: d.C}); id != "" && !contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	body["what"], body["case_ids"], body["once"] = what, ids, fmt.Sprintf("once-%d-%d-%d", p.round, d.A, d.Odd)
	if what == "move" {
		first := map[string]any{}
		for _, id := range ids {
			if x := p.firstDue(id); x != "" {
				first[id] = x
			}
		}
		body["promise_ids"] = first
	}
	c := p.post("", p.by(d), "/case-bulks", body)
	c.cases = ids
	c.step = func(t table, _ answer) verdict {
		for _, id := range ids {
			s := t[id]
			s.looseLive = s.looseLive || what == "wait" || what == "ask" || what == "move"
			s.looseOwner = s.looseOwner || what == "handoff"
			t[id] = s
		}
		return may
	}
	return c
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
