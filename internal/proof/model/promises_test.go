package model

import "time"

var promiseKinds = []kind{
	{"make a promise", 5, func(p *play, d draw) *command {
		id := p.aCase(d)
		if id == "" {
			return nil
		}
		c := p.post("", p.by(d), "/cases/"+id+"/promises", p.promise(d))
		c.cases, c.step = []string{id}, on(id, func(s *standing, a answer) verdict {
			if !s.open {
				return mustNot
			}
			s.add(text(a.body, "id"))
			return must
		})
		return c
	}},
	{"keep a promise", 8, func(p *play, d draw) *command {
		return p.end(d, "keep", map[string]any{"spoken": true, "note": "De uitslag is goed"})
	}},
	{"withdraw a promise", 4, func(p *play, d draw) *command {
		return p.end(d, "withdraw", map[string]any{"why": "Niet meer nodig"})
	}},
	{"move a promise together", 4, func(p *play, d draw) *command { return p.move(d, true) }},
	{"move a promise by message", 3, func(p *play, d draw) *command { return p.move(d, false) }},
	{"take a kept one back", 2, func(p *play, d draw) *command {
		x, ok := p.aPromise(d, true)
		if !ok {
			return nil
		}
		c := p.post("", p.by(d), "/promises/"+x.ID+"/retract", nil)
		c.body, c.cases, c.facts = nil, []string{x.Case}, one("promise.retracted")
		c.step = on(x.Case, func(s *standing, _ answer) verdict {
			if s.live[x.ID] || !s.open {
				return mustNot
			}
			s.looseLive = s.looseLive || x.Series != ""
			s.add(x.ID)
			return may
		})
		return c
	}},
	{"promise a series", 2, func(p *play, d draw) *command {
		id := p.aCase(d)
		if id == "" {
			return nil
		}
		first := p.promise(d)
		first["due_at"] = p.in(26 * time.Hour)
		c := p.post("", p.by(d), "/cases/"+id+"/series", map[string]any{"first": first,
			"steps": []map[string]any{{"what": "Bellen hoe het gaat", "after_days": 2}, {"what": "Het besluit", "after_hours": 30}}})
		c.facts = one("series.made")
		c.cases, c.step = []string{id}, on(id, func(s *standing, a answer) verdict {
			if !s.open {
				return mustNot
			}
			now, _ := a.body["now"].(map[string]any)
			x, _ := now["id"].(string)
			s.add(x)
			return may
		})
		return c
	}},
	{"end a series", 1, func(p *play, d draw) *command {
		for _, id := range p.seen.made {
			x := p.seen.promises[id]
			if x.Org == p.org(d).id && x.Series != "" && x.State == "open" {
				c := p.post("", p.by(d), "/series/"+x.Series+"/stop", map[string]any{"why": "Het is zo duidelijk", "spoken": true})
				c.cases, c.step = []string{x.Case}, untold(x.Case)
				return c
			}
		}
		return nil
	}},
	{"read promises", 1, func(p *play, d draw) *command {
		return &command{who: p.by(d), method: "GET", path: "/promises?limit=20", step: func(table, answer) verdict { return must }}
	}},
	{"ask what can be promised", 1, func(p *play, d draw) *command {
		return &command{who: p.by(d), method: "GET", path: "/advice?kind=answer", step: func(table, answer) verdict { return must }}
	}},
}

// plain is a promise of which the model knows everything.
func plain(x seenPromise) bool {
	return x.Series == "" && x.Moving == "" && x.Kind != "closing" && x.Kind != "duty"
}

// end keeps or withdraws a promise.
func (p *play) end(d draw, how string, body map[string]any) *command {
	x, ok := p.aPromise(d, false)
	if !ok {
		return nil
	}
	next, closes, makes := p.next(d)
	if next != nil {
		body["next"] = next
	}
	version := 0
	if d.Odd%2 == 0 {
		version = x.Version
		body["version"] = version
	}
	c := p.post("", p.by(d), "/promises/"+x.ID+"/"+how, body)
	c.cases = []string{x.Case}
	c.step = on(x.Case, func(s *standing, _ answer) verdict {
		v := must
		switch {
		case !s.open, !s.live[x.ID] && !s.looseLive:
			return mustNot
		case s.looseLive:
			v = may
		case s.touched[x.ID]: // another version than the users saw
			s.looseLive = true
			v = may
		case x.Series != "": // onwards it goes, or not: said in "then"
			v = may
			s.looseLive = true
		case !plain(x) || p.isMovingTo(x):
			v = may
			s.looseLive = s.looseLive || x.Moving != "" || p.isMovingTo(x)
		case len(s.live)+s.fresh == 1 && next == nil:
			return mustNot
		}
		delete(s.live, x.ID)
		s.closing = s.closing && x.Kind != "closing"
		if makes {
			s.fresh++
		}
		if closes {
			s.open, s.reason, s.live, s.fresh, s.closing = false, "agreed", nil, 0, false
			if how == "withdraw" {
				v = may // the word of the customer has to be heard
			}
		}
		return v
	})
	if version != 0 && plain(x) {
		c.thing = "promise " + x.ID
	}
	return c
}

// move agrees another time.
func (p *play) move(d draw, spoken bool) *command {
	x, ok := p.aPromise(d, false)
	if !ok {
		return nil
	}
	body := map[string]any{"due_at": p.in(time.Duration(90+d.C%40) * time.Hour), "spoken": spoken}
	if d.Odd%2 == 0 {
		body["version"] = x.Version
	}
	c := p.post("", p.by(d), "/promises/"+x.ID+"/renegotiate", body)
	c.cases = []string{x.Case}
	c.step = on(x.Case, func(s *standing, a answer) verdict {
		v := must
		switch {
		case !s.open, !s.live[x.ID] && !s.looseLive,
			(x.Kind == "closing" || x.Kind == "duty") && !s.looseLive:
			return mustNot
		case s.looseLive, !plain(x), s.touched[x.ID]:
			v = may
			s.looseLive = s.looseLive || x.Series != ""
		case !x.Due.After(p.h.base.Clock.Now()):
			v = may
		}
		if spoken {
			delete(s.live, x.ID)
		}
		s.touched[x.ID] = true
		s.add(text(a.body, "id"))
		return v
	})
	return c
}
