package model

import "net/http"

var customerKinds = []kind{
	{"the customer says it is solved", 3, func(p *play, d draw) *command {
		u := p.customer(d)
		if u == nil {
			return nil
		}
		c := p.post("", u, "/question/solved", map[string]any{})
		c.roles, c.cases = []string{"customer"}, []string{p.held(u)}
		c.step = ofCustomer(p.held(u), func(s *standing, _ answer) verdict {
			if !s.open {
				return mustNot
			}
			s.open, s.reason, s.live, s.fresh, s.closing = false, "agreed", nil, 0, false
			return may
		})
		return c
	}},
	{"the customer says it is not solved", 2, func(p *play, d draw) *command {
		u := p.customer(d)
		if u == nil {
			return nil
		}
		c := p.post("", u, "/question/not-solved", map[string]any{"said": "Het doet nog pijn"})
		c.roles, c.cases = []string{"customer"}, []string{p.held(u)}
		c.step = ofCustomer(p.held(u), func(s *standing, _ answer) verdict {
			s.open, s.looseLive = true, true
			if s.live == nil {
				s.live = map[string]bool{}
			}
			return may
		})
		return c
	}},
	{"the customer writes", 3, func(p *play, d draw) *command {
		u := p.customer(d)
		if u == nil {
			return nil
		}
		c := p.post("", u, "/question/messages", map[string]any{"said": "Kan het ook eerder"})
		c.roles, c.cases, c.step = []string{"customer"}, []string{p.held(u)}, ofCustomer(p.held(u), func(s *standing, _ answer) verdict { s.looseLive = true; return may })
		return c
	}},
	{"the customer reads", 2, func(p *play, d draw) *command {
		u := p.customer(d)
		if u == nil {
			return nil
		}
		return &command{who: u, method: http.MethodGet, path: "/question", roles: []string{"customer"}}
	}},
	{"say it by phone", 3, func(p *play, d draw) *command {
		return p.message(d, "spoken", map[string]any{"said": "Alles verteld"}, "queued", "failed", "uncertain")
	}},
	{"nobody answers the phone", 1, func(p *play, d draw) *command { return p.message(d, "no-answer", nil, "queued") }},
	{"decide whether it arrived", 2, func(p *play, d draw) *command {
		return p.message(d, "settle", map[string]any{"arrived": d.C%2 == 0}, "uncertain")
	}},
	{"send it again", 1, func(p *play, d draw) *command { return p.message(d, "resend", nil, "failed", "uncertain") }},
	{"report what became of a message", 2, func(p *play, d draw) *command {
		c := p.message(d, "delivery", map[string]any{"status": []string{"delivered", "failed", "seen"}[d.C%3]}, "accepted", "delivered", "sending")
		if c != nil {
			c.roles = []string{"organisation"}
			c.who = p.org(d).key
		}
		return c
	}},
	{"take a signal", 2, func(p *play, d draw) *command { return p.signal(d, "take", nil) }},
	{"clear a signal", 2, func(p *play, d draw) *command {
		return p.signal(d, "clear", map[string]any{"reason": "gezien"})
	}},
}

// held is the case a customer's link leads to: of a question that was joined
// with another, or that another organisation took over, it leads there.
func (p *play) held(u *user) string {
	id := u.held
	for p.seen.cases[id].Into != "" {
		id = p.seen.cases[id].Into
	}
	if c := p.seen.cases[id]; c.Reason == "handed-over" {
		for _, other := range p.seen.order {
			if o := p.seen.cases[other]; o.Question == c.Question && o.Org != c.Org {
				return other
			}
		}
	}
	return id
}

// ofCustomer is a step on the case of a customer. When it goes on elsewhere
// meanwhile the word of the customer goes there, which is not modelled.
func ofCustomer(id string, f func(s *standing, a answer) verdict) func(table, answer) verdict {
	return func(t table, a answer) verdict {
		if r := t[id].reason; r != "merged" && r != "handed-over" {
			return on(id, f)(t, a)
		}
		for other, s := range t {
			s.looseLive = true
			t[other] = s
		}
		return may
	}
}

// message does something with a message in one of some states.
func (p *play) message(d draw, how string, body map[string]any, states ...string) *command {
	id, of := p.find(`SELECT message_id AS id, COALESCE(case_id, '') AS of_case FROM message WHERE org_id = $1 AND state = $2 ORDER BY message_id DESC LIMIT 8`, d.A, p.org(d).id, states[d.C%len(states)])
	if id == "" {
		return nil
	}
	c := p.post("", p.by(d), "/messages/"+id+"/"+how, body)
	if body == nil {
		c.body = nil
	}
	if of != "" {
		c.cases, c.step = []string{of}, untold(of)
	}
	c.thing = ""
	return c
}

func (p *play) signal(d draw, how string, body map[string]any) *command {
	id, _ := p.find(`SELECT signal_id AS id, '' AS of_case FROM signal WHERE org_id = $1 AND cleared_at IS NULL ORDER BY signal_id DESC LIMIT 8`, d.A, p.org(d).id)
	if id == "" {
		return nil
	}
	c := p.post("", p.by(d), "/signals/"+id+"/"+how, body)
	if body == nil {
		c.body = nil
	}
	return c
}
