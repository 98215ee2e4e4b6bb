package model

import (
	"fmt"
	"net/http"
)

var orgKinds = []kind{
	{"write a template", 2, func(p *play, d draw) *command {
		c := p.post("", p.lead(d), "/templates", map[string]any{"name": fmt.Sprintf("Tekst %d %d", p.round, d.Odd), "text_nl": "Dank u wel", "text_en": "Thank you"})
		c.roles, c.facts = leads, one("template.saved")
		c.then = func(a answer) { p.templates[p.org(d)] = append(p.templates[p.org(d)], text(a.body, "id")) }
		return c
	}},
	{"change a template", 3, func(p *play, d draw) *command {
		id, version := p.aTemplate(d)
		if id == "" {
			return nil
		}
		c := &command{who: p.lead(d), method: http.MethodPut, path: "/templates/" + id, roles: leads, head: match(version), facts: one("template.saved"),
			body: map[string]any{"name": fmt.Sprintf("Anders %d %d", p.round, d.Odd), "text_nl": fmt.Sprintf("Dank %d", d.Odd), "text_en": "Thank you"}}
		c.contest, c.thing = fmt.Sprintf("template %s at %s", id, version), "template "+id
		return c
	}},
	{"drop a template", 1, func(p *play, d draw) *command {
		id, _ := p.aTemplate(d)
		if id == "" {
			return nil
		}
		c := &command{who: p.lead(d), method: http.MethodDelete, path: "/templates/" + id, roles: leads, facts: one("template.dropped")}
		c.thing = "template " + id
		return c
	}},
	{"read the templates", 1, func(p *play, d draw) *command {
		return &command{who: p.by(d), method: http.MethodGet, path: "/templates", step: func(table, answer) verdict { return must }}
	}},
	{"call somebody away", 1, func(p *play, d draw) *command {
		if p.away && d.C%2 == 0 {
			return nil
		}
		o := p.org(d)
		i := 1 + d.A%(len(o.staff)-1)
		stand := 1 + (d.A+1)%(len(o.staff)-1)
		c := p.post("", p.by(d), "/absences", map[string]any{"member_id": o.staff[i].member, "kind": "ill", "until": p.in(40e9 * 3600), "stand_in_id": o.staff[stand].member,
			"all_cases": d.C%3 == 0})
		c.then = func(a answer) { p.absences = append(p.absences, trade{text(a.body, "id"), o, nil}) }
		p.away = true
		return p.everything(c, o)
	}},
	{"somebody is back", 2, func(p *play, d draw) *command {
		for _, x := range p.absences {
			if x.from == p.org(d) {
				c := p.post("", p.by(d), "/absences/"+x.id+"/end", nil)
				c.body = nil
				return p.everything(c, x.from)
			}
		}
		return nil
	}},
	{"change who has duty", 1, func(p *play, d draw) *command {
		o := p.org(d)
		if o.staff[0].role != "administrator" || p.away {
			return nil
		}
		version := p.version(`SELECT version FROM team WHERE org_id = $1 AND team_id = $2`, o.id, o.team)
		duty := o.staff[1+d.A%2].member
		c := &command{who: o.admin(), method: http.MethodPatch, path: "/teams/" + o.team, roles: []string{"administrator"}, head: match(version), body: map[string]any{"duty_member_id": duty}}
		c.contest, c.thing = fmt.Sprintf("team %s at %s", o.team, version), "team "+o.team
		c.then = func(answer) { o.duty[o.team] = duty }
		p.away = true // during this round nobody knows who has duty
		p.briefly = true
		return c
	}},
	{"add a red flag", 1, func(p *play, d draw) *command {
		c := p.post("", p.lead(d), "/red-flags", map[string]any{"name": fmt.Sprintf("Vlag %d %d", p.round, d.Odd), "words": []string{fmt.Sprintf("zeldzaam%d", d.Odd)}, "ask": "Hoe lang al?", "act": "Bel 112", "active": true})
		return c
	}},
	{"see how customers fare", 1, func(p *play, d draw) *command {
		return &command{who: p.lead(d), method: http.MethodGet, path: "/insight?weeks=4", roles: leads, step: func(table, answer) verdict { return must }}
	}},
	{"read the members", 1, func(p *play, d draw) *command {
		return &command{who: p.by(d), method: http.MethodGet, path: "/members", roles: []string{"desk", "specialist", "manager", "administrator", "organisation"}, step: func(table, answer) verdict { return must }}
	}},
	{"call a colleague in", 1, func(p *play, d draw) *command {
		c := p.post("", p.org(d).admin(), "/members", map[string]any{"name": fmt.Sprintf("Nieuw lid %d", d.Odd), "role": "desk"})
		c.roles, c.facts, c.step = []string{"administrator"}, one("member.added"), func(table, answer) verdict { return must }
		return c
	}},
}

// everything is a command that may do something with every case of an
// organisation.
func (p *play) everything(c *command, o *organisation) *command {
	for _, id := range p.seen.order {
		if p.seen.cases[id].Org == o.id {
			c.cases = append(c.cases, id)
		}
	}
	c.step = func(t table, _ answer) verdict {
		for id, s := range t {
			s.looseLive, s.looseOwner = true, true
			t[id] = s
		}
		return may
	}
	return c
}
