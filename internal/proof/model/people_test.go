package model

import (
	"fmt"
	"net/http"
)

var peopleKinds = []kind{
	{"add a customer", 2, func(p *play, d draw) *command {
		c := p.post("", p.by(d), "/people", map[string]any{"name": fmt.Sprintf("Nieuw %d", d.Odd), "birth_date": "1980-01-02",
			"contact_points": []map[string]any{{"kind": "email", "value": fmt.Sprintf("x%d.%d@example.nl", d.Odd, d.A), "verified": true}}})
		c.facts, c.step = one("person.added"), func(table, answer) verdict { return must }
		c.then = func(a answer) { p.org(d).people = append(p.org(d).people, text(a.body, "person", "id")) }
		return c
	}},
	{"change a customer", 4, func(p *play, d draw) *command {
		id := p.person(d)
		version := p.version(`SELECT version FROM person WHERE org_id = $1 AND person_id = $2`, p.org(d).id, id)
		name := fmt.Sprintf("Hernoemd %d %d", p.round, d.Odd)
		c := &command{who: p.by(d), method: http.MethodPatch, path: "/people/" + id, body: map[string]any{"name": name}, head: match(version)}
		c.contest, c.thing = fmt.Sprintf("person %s at %s", id, version), "person "+id
		c.then = func(answer) { p.names[id] = named{p.org(d), name} }
		return c
	}},
	{"another way to reach a customer", 1, func(p *play, d draw) *command {
		c := p.post("", p.by(d), "/people/"+p.person(d)+"/contact-points", map[string]any{"kind": "phone", "value": fmt.Sprintf("+31206%06d", d.Odd%1000000), "verified": true})
		c.facts = one("contact-point.added")
		return c
	}},
	{"what matters to a customer", 2, func(p *play, d draw) *command { // their wish
		c := p.post("", p.by(d), "/people/"+p.person(d)+"/matters", map[string]any{"text": "Belt liever niet"})
		c.facts = one("matter.said")
		return c
	}},
	{"agree to something", 2, func(p *play, d draw) *command {
		given := d.C%2 == 0
		id := p.person(d)
		c := p.post("", p.by(d), "/people/"+id+"/consents", map[string]any{"purpose": []string{"sms", "news", "survey"}[d.B%3], "given": given, "how": "spoken"})
		return c
	}},
	{"who speaks for a customer", 2, func(p *play, d draw) *command {
		a, b := p.person(d), p.otherPerson(d)
		if a == b {
			return nil
		}
		return p.post("", p.by(d), "/people/"+a+"/representatives", map[string]any{"by_person_id": b, "basis": "mandate", "seen": true})
	}},
	{"who lives with whom", 1, func(p *play, d draw) *command {
		a, b := p.person(d), p.otherPerson(d)
		if a == b {
			return nil
		}
		return p.post("", p.by(d), "/people/"+a+"/household", map[string]any{"other_person_id": b, "word": "partner"})
	}},
	{"two customers are one", 1, func(p *play, d draw) *command {
		a, b := p.person(d), p.otherPerson(d)
		if a == b {
			return nil
		}
		c := p.post("", p.by(d), "/people/"+a+"/merge", map[string]any{"into_person_id": b, "asked": true})
		c.then = func(answer) { p.merged[a] = true }
		return c
	}},
	{"two customers after all", 1, func(p *play, d draw) *command {
		for id := range p.merged {
			if contains(p.org(d).people, id) {
				c := p.post("", p.by(d), "/people/"+id+"/unmerge", nil)
				c.body = nil
				return c
			}
		}
		return nil
	}},
	{"two that look like one", 1, func(p *play, d draw) *command {
		a, b := p.person(d), p.otherPerson(d)
		if a == b {
			return nil
		}
		return p.post("", p.by(d), "/people/"+a+"/apart", map[string]any{"other_person_id": b})
	}},
	{"read a customer", 1, func(p *play, d draw) *command {
		return &command{who: p.by(d), method: http.MethodGet, path: "/people/" + p.person(d), step: func(table, answer) verdict { return must }}
	}},
	{"find customers", 1, func(p *play, d draw) *command {
		return &command{who: p.by(d), method: http.MethodGet, path: "/people?q=klant", step: func(table, answer) verdict { return must }}
	}},
	{"import customers", 2, func(p *play, d draw) *command {
		c := &command{who: p.lead(d), method: http.MethodPost, path: "/imports?file_name=lijst.csv", roles: leads,
			body: fmt.Sprintf("Naam;Geboortedatum;E-mail\nPiet %d;03-02-1971;piet%d@example.nl\nMies %d;04-02-1971;mies%d.%d@example.nl\n", d.Odd%9, d.Odd%9, d.A, d.A, d.Odd)}
		c.facts = nil
		c.then = func(a answer) { p.imports = append(p.imports, trade{text(a.body, "id"), p.org(d), nil}) }
		return c
	}},
	{"confirm an import", 2, func(p *play, d draw) *command { return p.imported(d, "confirm") }},
	{"undo an import", 1, func(p *play, d draw) *command { return p.imported(d, "undo") }},
	{"export customers", 1, func(p *play, d draw) *command {
		c := p.post("", p.lead(d), "/people/export", map[string]any{"form": []string{"csv", "vcard"}[d.C%2]})
		c.roles, c.facts, c.step = leads, one("people.exported"), func(table, answer) verdict { return must }
		return c
	}},
}

func match(version string) map[string]string {
	return map[string]string{"If-Match": `"v` + version + `"`}
}

func (p *play) imported(d draw, how string) *command {
	var mine []trade
	for _, x := range p.imports {
		if x.from == p.org(d) {
			mine = append(mine, x)
		}
	}
	if len(mine) == 0 {
		return nil
	}
	x := mine[d.A%len(mine)]
	c := p.post("", p.lead(d), "/imports/"+x.id+"/"+how, nil)
	c.body, c.roles = nil, leads
	if how == "confirm" {
		v := p.version(`SELECT version FROM customer_import WHERE org_id = $1 AND import_id = $2`, p.org(d).id, x.id)
		c.head, c.thing = match(v), "import "+x.id
	}
	return c
}
