package model

import "time"

var handoffKinds = []kind{
	{"offer to a colleague", 4, func(p *play, d draw) *command { return p.offer(d, p.colleague(d)) }},
	{"offer to a team", 2, func(p *play, d draw) *command { return p.offer(d, p.org(d).team) }},
	{"give to a team that accepts at once", 1, func(p *play, d draw) *command { return p.offer(d, p.org(d).eager) }},
	{"accept an offer", 5, func(p *play, d draw) *command {
		return p.answerOffer(d, "accept", nil, func(s *standing, a answer) { s.owner = text(a.body, "to_member_id") })
	}},
	{"refuse an offer", 3, func(p *play, d draw) *command {
		c := p.answerOffer(d, "decline", map[string]any{"reason": "not-mine", "explanation": "Dit hoort bij de balie", "next_step": "sender-keeps"}, func(*standing, answer) {})
		if c != nil {
			c.facts = one("handoff.declined")
		}
		return c
	}},
	{"take an offer back", 2, func(p *play, d draw) *command { return p.answerOffer(d, "withdraw", nil, func(*standing, answer) {}) }},
	{"refer to another organisation", 3, func(p *play, d draw) *command {
		id := p.aCase(d)
		if id == "" {
			return nil
		}
		c := p.post("", p.by(d), "/referrals", map[string]any{"case_id": id, "to_organisation_id": p.beside(d).id, "consent": true, "note": "Graag beoordelen"})
		c.cases, c.step = []string{id}, on(id, func(s *standing, _ answer) verdict {
			if !s.open {
				return mustNot
			}
			return may
		})
		c.then = func(a answer) { p.referrals = append(p.referrals, trade{text(a.body, "id"), p.org(d), p.beside(d)}) }
		return c
	}},
	{"accept a referral", 3, func(p *play, d draw) *command {
		r, ok := p.aReferral(d)
		if !ok {
			return nil
		}
		c := p.post("", r.to.staff[d.A%len(r.to.staff)], "/referrals/"+r.id+"/accept", map[string]any{"promise": map[string]any{"what": "Een afspraak", "due_at": p.in(70 * time.Hour)},
			"without_documents": true, "why": "Dit kan zonder"})
		c.contest, c.thing = "", "referral "+r.id
		c.facts = one("case.opened")
		return p.at(c, r.to)
	}},
	{"refuse a referral", 2, func(p *play, d draw) *command {
		r, ok := p.aReferral(d)
		if !ok {
			return nil
		}
		c := p.post("", r.to.staff[d.A%len(r.to.staff)], "/referrals/"+r.id+"/decline", map[string]any{"reason": "no-capacity", "explanation": "Wij zijn vol", "next_step": map[string]any{"step": "back-to-sender", "advice": "Probeer het in januari"}})
		c.thing = "referral " + r.id
		return p.at(c, r.to)
	}},
	{"take a referral back", 1, func(p *play, d draw) *command {
		r, ok := p.aReferral(d)
		if !ok {
			return nil
		}
		return p.at(p.post("", r.from.staff[d.A%len(r.from.staff)], "/referrals/"+r.id+"/withdraw", map[string]any{"why": "Toch niet nodig"}), r.from)
	}},
	{"ask another organisation for a paper", 2, func(p *play, d draw) *command {
		id := p.aCase(d)
		if id == "" {
			return nil
		}
		c := p.post("", p.by(d), "/document-requests", map[string]any{"case_id": id, "kind": "specialist-letter", "of_organisation_id": p.beside(d).id, "why": "Voor het gesprek"})
		c.cases = []string{id}
		c.then = func(a answer) { p.requests = append(p.requests, trade{text(a.body, "id"), p.org(d), p.beside(d)}) }
		return c
	}},
	{"give the paper", 2, func(p *play, d draw) *command {
		r, ok := p.aRequest(d)
		if !ok {
			return nil
		}
		c := p.post("", r.to.staff[d.A%len(r.to.staff)], "/document-requests/"+r.id+"/provide", map[string]any{"name": "Brief", "content": "Beste collega"})
		c.thing = "request " + r.id
		return p.at(c, r.to)
	}},
	{"refuse the paper", 1, func(p *play, d draw) *command {
		r, ok := p.aRequest(d)
		if !ok {
			return nil
		}
		c := p.post("", r.to.staff[d.A%len(r.to.staff)], "/document-requests/"+r.id+"/refuse", map[string]any{"reason": "never-made", "explanation": "Er is geen brief", "next_step": map[string]any{"step": "back-to-sender"}})
		c.thing = "request " + r.id
		return p.at(c, r.to)
	}},
}

// at is a command about something of an organisation other than the one that
// was drawn.
func (p *play) at(c *command, home *organisation) *command {
	c.roles = []string{"desk", "specialist", "manager", "administrator", "organisation"} // partners trade with a key
	p.home[c] = home
	return c
}

func (p *play) offer(d draw, to string) *command {
	id := p.aCase(d)
	if id == "" {
		return nil
	}
	eager := to == p.org(d).eager
	want := to
	if m := p.org(d).duty[to]; m != "" {
		want = m
	}
	c := p.post("", p.by(d), "/handoffs", map[string]any{"case_id": id, "to": to, "consent": true, "note": "Weet jij meer"})
	c.cases, c.step = []string{id}, on(id, func(s *standing, a answer) verdict {
		switch {
		case !s.open, s.offer != "" && !s.looseOwner:
			return mustNot
		case s.looseOwner, p.away:
			if s.offer = text(a.body, "id"); text(a.body, "state") == "accepted" {
				s.offer, s.owner = "", text(a.body, "to_member_id")
			}
			return may
		case s.owner == want:
			return mustNot
		case eager:
			s.owner = want
			return must
		}
		s.offer = text(a.body, "id")
		return must
	})
	return c
}

func (p *play) answerOffer(d draw, how string, body map[string]any, after func(*standing, answer)) *command {
	var found []seenOffer
	for _, id := range p.seen.offered {
		if o := p.seen.offers[id]; o.Org == p.org(d).id && (o.waits() || d.C%6 == 0) {
			found = append(found, o)
		}
	}
	if len(found) == 0 {
		return nil
	}
	o := found[d.A%len(found)]
	c := p.post("", p.by(d), "/handoffs/"+o.ID+"/"+how, body)
	if body == nil {
		c.body = nil
	}
	c.cases, c.thing = []string{o.Case}, "offer "+o.ID
	leads := c.who.role == "manager" || c.who.role == "administrator"
	c.step = on(o.Case, func(s *standing, a answer) verdict {
		if !s.looseOwner && s.offer != o.ID || !s.open {
			return mustNot
		}
		v := may
		if !p.away && !s.looseOwner && how != "withdraw" && (c.who.member == o.To || leads) && (how != "accept" || c.who.member != s.owner) {
			v = must
		}
		s.offer = ""
		after(s, a)
		return v
	})
	return c
}
