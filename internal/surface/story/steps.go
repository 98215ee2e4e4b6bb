package story

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

var (
	callForm    = regexp.MustCompile(`^[a-z][A-Za-z0-9]{1,60}$`)
	problemForm = regexp.MustCompile(`^[a-z][a-z0-9-]{1,60}$`)
)

func (r *reader) caller(s *Story, n *yaml.Node) *Caller {
	f := r.fields(n, "id", "about", "begins", "patience", "grace", "turns_after", "reads_after", "replies")
	r.need(n, f, "id", "begins", "patience", "replies")
	c := &Caller{ID: r.str(f["id"]), About: r.str(f["about"]), Replies: map[string][]*Reply{}, line: n.Line,
		Patience: r.duration(f["patience"], 0), Grace: r.duration(f["grace"], time.Hour),
		Turns: r.duration(f["turns_after"], 20*time.Minute), Reads: r.duration(f["reads_after"], 30*time.Minute)}
	if c.About == "" {
		c.About = c.ID
	}
	for _, k := range []string{"id", "about"} {
		if f[k] != nil && s.customer(f[k].Value) == nil {
			r.unknown(f[k], "customer", f[k].Value, s.customerIDs())
		}
	}
	if f["patience"] != nil && c.Patience <= 0 {
		r.bad(f["patience"], "bad-span", "Word", f["patience"].Value)
	}
	if b := f["begins"]; b != nil {
		x := r.fields(b, "at", "at_organisation")
		r.need(b, x, "at", "at_organisation")
		if x["at"] != nil {
			c.Begins = r.moment(x["at"])
		}
		c.BeginsAt = r.str(x["at_organisation"])
		if c.BeginsAt != "" && s.organisation(c.BeginsAt) == nil {
			r.unknown(x["at_organisation"], "organisation", c.BeginsAt, s.organisationIDs())
		}
	}
	for org, list := range r.fields(f["replies"]) {
		if s.organisation(org) == nil {
			r.unknown(list, "organisation", org, s.organisationIDs())
			continue
		}
		for _, x := range r.list(list) {
			y := r.fields(x, "asks", "steps")
			r.need(x, y, "asks", "steps")
			c.Replies[org] = append(c.Replies[org], &Reply{Asks: r.text(y["asks"]), Steps: r.steps(s, y["steps"], false)})
		}
	}
	if c.BeginsAt != "" && s.organisation(c.BeginsAt) != nil && len(c.Replies[c.BeginsAt]) == 0 && f["replies"] != nil {
		r.bad(f["replies"], "no-reply", "Word", c.BeginsAt)
	}
	return c
}

// steps reads a list of steps. In the story itself a list begins with a moment
// and its moments do not go back.
func (r *reader) steps(s *Story, n *yaml.Node, outer bool) (out []*Step) {
	var last Moment
	for i, x := range r.list(n) {
		st := r.step(s, x)
		out = append(out, st)
		at := r.fields(x)["at"]
		if outer && i == 0 && st.At.IsZero() && at == nil {
			r.bad(x, "begin-with-moment")
		}
		if !st.At.IsZero() {
			if st.At.Before(last) {
				r.bad(at, "goes-back", "Word", at.Value)
			}
			last = st.At
		}
	}
	return out
}

func (r *reader) step(s *Story, n *yaml.Node) *Step {
	f := r.fields(n, "at", "after", "as", "say", "call", "with", "save", "expect", "stopped_by", "instead", "needs", "unless", "only")
	st := &Step{After: Span{clock: -1}, Say: r.text(f["say"]), With: f["with"], Needs: r.words(f["needs"]), Unless: r.words(f["unless"]), node: n, line: n.Line}
	if f["at"] != nil {
		st.At = r.moment(f["at"])
	}
	if f["after"] != nil {
		st.After = r.span(f["after"])
	}
	if f["at"] != nil && f["after"] != nil {
		r.bad(f["after"], "at-or-after")
	}
	st.As = r.who(s, f["as"])
	if c := f["call"]; c != nil {
		if st.Call = r.str(c); st.Call != "" && !callForm.MatchString(st.Call) {
			r.bad(c, "bad-call", "Word", st.Call)
		}
		if f["as"] == nil {
			r.bad(n, "key-missing", "Word", "as")
		}
		if f["say"] == nil {
			r.bad(n, "key-missing", "Word", "say")
		}
	}
	for _, k := range []string{"with", "save", "stopped_by"} {
		if f[k] != nil && f["call"] == nil {
			r.bad(f[k], "only-with-call", "Word", k)
		}
	}
	if f["with"] != nil {
		r.fields(f["with"])
	}
	if x := f["save"]; x != nil {
		st.Save = r.str(x)
		if st.Save != "" && !identForm.MatchString(st.Save) {
			r.bad(x, "bad-name", "Word", st.Save)
		}
		if slices.Contains(reserved, st.Save) {
			r.bad(x, "reserved", "Word", st.Save)
		}
	}
	if x := f["stopped_by"]; x != nil {
		if st.StoppedBy = r.str(x); !problemForm.MatchString(st.StoppedBy) {
			r.bad(x, "bad-problem", "Word", st.StoppedBy)
		}
		if f["expect"] != nil {
			r.bad(f["expect"], "stopped-and-expected")
		}
	}
	if x := f["instead"]; x != nil {
		if f["stopped_by"] == nil {
			r.bad(x, "instead-of-what")
		}
		st.Instead = r.steps(s, x, false)
	}
	if x := f["only"]; x != nil {
		st.Only = r.oneOf(x, "mode", "guarded", "bare")
	}
	st.Expect = r.expect(s, f["expect"], st.Call != "")
	if st.Call == "" && st.Expect == nil && f["say"] == nil {
		r.bad(n, "empty-step")
	}
	return st
}

// who reads {staff: ria@hospital1}, {customer: mother} or {organisation: gp}.
func (r *reader) who(s *Story, n *yaml.Node) (w Who) {
	if n == nil {
		return w
	}
	f := r.fields(n, "staff", "customer", "organisation")
	if len(f) != 1 {
		if n.Kind == yaml.MappingNode && len(n.Content) != 2 {
			r.bad(n, "one-actor")
		}
		return w
	}
	for kind, x := range f {
		id := r.str(x)
		switch kind {
		case "staff":
			id = r.staffID(s, x, id)
			w.Staff = id
		case "customer":
			if s.customer(id) == nil {
				r.unknown(x, "customer", id, s.customerIDs())
			}
			w.Customer = id
		case "organisation":
			if s.organisation(id) == nil {
				r.unknown(x, "organisation", id, s.organisationIDs())
			}
			w.Organisation = id
		}
	}
	return w
}

// staffID reads "ria" or "ria@hospital1".
func (r *reader) staffID(s *Story, n *yaml.Node, id string) string {
	name, org, at := strings.Cut(id, "@")
	m := s.staff(name)
	if m == nil {
		r.unknown(n, "staff", name, s.staffIDs())
		return ""
	}
	if at && m.org.ID != org {
		r.bad(n, "works-elsewhere", "Word", name, "Near", m.org.ID)
	}
	return name
}

func (r *reader) expect(s *Story, n *yaml.Node, call bool) *Expect {
	if n == nil {
		return nil
	}
	f := r.fields(n, "status", "problem", "body", "signals", "messages", "owner", "promises")
	e := &Expect{Status: r.number(f["status"]), Problem: r.str(f["problem"]), Body: f["body"], line: n.Line, lines: map[string]int{}}
	for k, v := range f {
		e.lines[k] = v.Line
	}
	for _, k := range []string{"status", "problem", "body"} {
		if f[k] != nil && !call {
			r.bad(f[k], "only-with-call", "Word", "expect."+k)
		}
	}
	if x := f["status"]; x != nil && (e.Status < 100 || e.Status > 599) {
		r.bad(x, "bad-status", "Word", x.Value)
	}
	if x := f["problem"]; x != nil && !problemForm.MatchString(e.Problem) {
		r.bad(x, "bad-problem", "Word", x.Value)
	}
	if f["body"] != nil {
		r.fields(f["body"])
	}
	e.Signals = r.matches(s, f["signals"], "kind", "owner", "level")
	e.Messages = r.matches(s, f["messages"], "to", "channel", "template")
	e.Owner, e.Promises = map[string]string{}, map[string]string{}
	for saved, x := range r.fields(f["owner"]) {
		e.Owner[saved] = r.staffID(s, x, r.str(x))
	}
	for state, x := range r.fields(f["promises"], "open", "kept", "broken", "renegotiated", "withdrawn") {
		e.Promises[state] = r.str(x)
	}
	return e
}

func (r *reader) matches(s *Story, n *yaml.Node, known ...string) (out []map[string]string) {
	for _, x := range r.list(n) {
		m := map[string]string{}
		for k, v := range r.fields(x, known...) {
			m[k] = r.str(v)
			switch k {
			case "owner":
				m[k] = r.staffID(s, v, m[k])
			case "to":
				if s.customer(m[k]) == nil {
					r.unknown(v, "customer", m[k], s.customerIDs())
				}
			}
		}
		out = append(out, m)
	}
	return out
}
