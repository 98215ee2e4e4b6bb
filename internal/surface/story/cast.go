package story

import (
	"context"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// operations is how the cast is set up: what each part of it is called in the
// API. Names of fields are in the functions below, one for each operation.
var operations = struct {
	organisation, member, see, update, team, key, person, matter, represent, needs string
	open, confirm, question                                                        string
}{
	organisation: "createOrganisation",
	member:       "createMember",
	see:          "getMember",
	update:       "updateMember",
	team:         "createTeam",
	key:          "createApiKey",
	person:       "createPerson",
	matter:       "addMatter",
	represent:    "setRepresentation",
	needs:        "setReferralNeeds",
	open:         "openLink",
	confirm:      "confirmLink",
	question:     "getQuestion",
}

// cast sets up everybody who plays, through the same API.
func (r *run) cast(ctx context.Context) error {
	for _, o := range r.s.Cast.Organisations {
		if err := r.setOrganisation(ctx, o); err != nil {
			return fmt.Errorf("%s: organisation %s: %w", place(r.s.File, o.line), o.ID, err)
		}
	}
	for _, c := range r.s.Cast.Customers {
		for _, o := range c.KnownAt {
			if err := r.setCustomer(ctx, c, o); err != nil {
				return fmt.Errorf("%s: customer %s at %s: %w", place(r.s.File, c.line), c.ID, o, err)
			}
		}
	}
	for _, c := range r.s.Cast.Customers {
		if c.Guardian == "" {
			continue
		}
		for _, o := range c.KnownAt {
			by, ok := r.ids[c.Guardian+"@"+o]
			if !ok {
				continue
			}
			if _, err := r.setUp(ctx, r.admin(o), operations.represent, map[string]any{
				"person_id": r.ids[c.ID+"@"+o], "by_person_id": by, "basis": c.Basis, "seen": true}); err != nil {
				return fmt.Errorf("%s: who speaks for %s: %w", place(r.s.File, c.line), c.ID, err)
			}
		}
	}
	for _, o := range r.s.Cast.Organisations {
		if err := r.setNeeds(ctx, o); err != nil {
			return fmt.Errorf("%s: what %s needs with a referral: %w", place(r.s.File, o.line), o.ID, err)
		}
	}
	return r.in.Settle(ctx)
}

// setUp does one operation that must be accepted.
func (r *run) setUp(ctx context.Context, key, op string, with map[string]any) (any, error) {
	a, err := r.api.call(ctx, key, op, with)
	if err != nil {
		return nil, err
	}
	if !a.ok() {
		return nil, fmt.Errorf("%s: %s", op, a)
	}
	return a.body, nil
}

// idIn finds the id of what was made, also when it is wrapped.
func idIn(body any, paths ...string) (string, error) {
	for _, p := range append(paths, "id") {
		if v, ok := dig(body, p); ok {
			if id, ok := v.(string); ok && id != "" {
				return id, nil
			}
		}
	}
	return "", fmt.Errorf("the answer has no id; it has %v", names(body))
}

func (r *run) admin(org string) string {
	for _, m := range r.s.organisation(org).Staff {
		if m.Role == "administrator" {
			return r.keys[m.ID]
		}
	}
	return ""
}

func (r *run) setOrganisation(ctx context.Context, o *Organisation) error {
	var admin *Staff
	for _, m := range o.Staff {
		if m.Role == "administrator" && admin == nil {
			admin = m
		}
	}
	with := map[string]any{"name": o.Name, "kind": o.Kind, "language": o.Language, "calendar": o.Calendar,
		"administrator": map[string]any{"name": admin.Name, "role": admin.Role, "title": admin.Title}}
	if o.Phone != "" {
		with["phone"] = o.Phone
	}
	if o.Settings != nil {
		v, err := plainValue(o.Settings)
		if err != nil {
			return err
		}
		with["settings"] = v
	}
	body, err := r.setUp(ctx, r.in.Installer(), operations.organisation, with)
	if err != nil {
		return err
	}
	id, err := idIn(body, "organisation.id")
	if err != nil {
		return err
	}
	r.ids[o.ID], r.org[id], r.name[id] = id, o.ID, o.Name
	member, err := idIn(body, "administrator.id", "administrator_id")
	if err != nil {
		return err
	}
	r.ids[admin.ID], r.name[member] = member, admin.Name
	if r.keys[admin.ID], err = r.in.AdministratorKey(ctx, id, member); err != nil {
		return err
	}
	for _, m := range o.Staff {
		if m != admin {
			if err := r.setMember(ctx, o, m); err != nil {
				return err
			}
		}
	}
	if r.acts(o.ID) {
		body, err := r.setUp(ctx, r.keys[admin.ID], operations.key, map[string]any{"kind": "organisation", "name": o.Name})
		if err != nil {
			return err
		}
		token, _ := dig(body, "token")
		r.keys[o.ID] = show(token)
	}
	return r.setTeams(ctx, o)
}

// acts says whether an organisation itself does something in the story.
func (r *run) acts(org string) (yes bool) {
	r.s.walk(func(st *Step) { yes = yes || st.As.Organisation == org })
	return yes
}

func (r *run) setMember(ctx context.Context, o *Organisation, m *Staff) error {
	admin := r.admin(o.ID)
	body, err := r.setUp(ctx, admin, operations.member, map[string]any{"name": m.Name, "role": m.Role, "title": m.Title})
	if err != nil {
		return err
	}
	if r.ids[m.ID], err = idIn(body); err != nil {
		return err
	}
	r.name[r.ids[m.ID]] = m.Name
	if body, err = r.setUp(ctx, admin, operations.key, map[string]any{"kind": "member", "member_id": r.ids[m.ID], "name": m.Name}); err != nil {
		return err
	}
	token, ok := dig(body, "token")
	if !ok {
		return fmt.Errorf("%s: the answer has no token", operations.key)
	}
	r.keys[m.ID] = show(token)
	return nil
}

func (r *run) setTeams(ctx context.Context, o *Organisation) error {
	for _, t := range o.Teams {
		body, err := r.setUp(ctx, r.admin(o.ID), operations.team, map[string]any{"name": t.Name, "duty_member_id": r.ids[t.Duty], "auto_accept": t.AutoAccept})
		if err != nil {
			return err
		}
		if r.ids[t.ID], err = idIn(body); err != nil {
			return err
		}
		r.name[r.ids[t.ID]] = t.Name
	}
	for _, m := range o.Staff {
		if m.Deputy == "" {
			continue
		}
		seen, err := r.api.call(ctx, r.admin(o.ID), operations.see, map[string]any{"member_id": r.ids[m.ID]})
		if err != nil {
			return err
		}
		if _, err := r.setUp(ctx, r.admin(o.ID), operations.update, map[string]any{"member_id": r.ids[m.ID], "if_match": seen.etag,
			"deputy_id": r.ids[m.Deputy], "deputy_agreed": true}); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) setCustomer(ctx context.Context, c *Customer, org string) error {
	with := map[string]any{"name": c.Name, "language": c.Language}
	if c.CallName != "" {
		with["call_name"] = c.CallName
	}
	if c.Born != "" {
		with["birth_date"] = r.s.born(c)
	}
	var points []any
	for _, kind := range []string{c.Prefers, other(c.Prefers)} {
		if value := map[string]string{"email": c.Email, "phone": c.Phone}[kind]; value != "" {
			points = append(points, map[string]any{"kind": kind, "value": value, "verified": true})
		}
	}
	if points != nil {
		with["contact_points"] = points
	}
	body, err := r.setUp(ctx, r.admin(org), operations.person, with)
	if err != nil {
		return err
	}
	id, err := idIn(body, "person.id")
	if err != nil {
		return err
	}
	r.ids[c.ID+"@"+org], r.name[id] = id, c.Name
	for _, m := range c.Matters {
		if _, err := r.setUp(ctx, r.admin(org), operations.matter, map[string]any{"person_id": id, "text": m.In(c.Language)}); err != nil {
			return err
		}
	}
	return nil
}

func other(channel string) string {
	if channel == "email" {
		return "phone"
	}
	return "email"
}

func (r *run) setNeeds(ctx context.Context, o *Organisation) error {
	if len(o.Needs) == 0 && o.Desk == "" {
		return nil
	}
	with := map[string]any{"documents": append([]string{}, o.Needs...)}
	if o.Desk != "" {
		with["desk_id"] = r.ids[o.Desk]
	}
	_, err := r.setUp(ctx, r.admin(o.ID), operations.needs, with)
	return err
}

// plainValue is a node without references.
func plainValue(n *yaml.Node) (any, error) {
	var v any
	if err := n.Decode(&v); err != nil {
		return nil, fmt.Errorf("line %d: %w", n.Line, err)
	}
	return v, nil
}

// keyOf is what somebody shows when they act: staff and organisations a key,
// a customer the session of their link.
func (r *run) keyOf(ctx context.Context, w Who, asking string) (string, error) {
	switch {
	case w.Staff != "":
		return r.keys[w.Staff], nil
	case w.Organisation != "":
		return r.keys[w.Organisation], nil
	}
	for _, m := range r.minds {
		if m.rule.ID == w.Customer {
			return m.session, m.mayAct()
		}
	}
	return "", fmt.Errorf("%s has no link: nobody of that name follows rules in this story", w.Customer)
}
