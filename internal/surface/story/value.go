package story

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/houvast/houvast/internal/kernel/workcal"
)

var (
	refForm  = regexp.MustCompile(`\$\{([^{}]*)\}`)
	refName  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*(@[A-Za-z][A-Za-z0-9_-]*)?((\.[A-Za-z0-9_-]+)*)$`)
	refShift = regexp.MustCompile(`^(?:at|now)\s*(\+.*)?$`)
)

// references checks every ${…} and every name in "needs" and "owner": it must
// be of the cast, or be saved by some step.
func (r *reader) references(s *Story) {
	saved := map[string]bool{}
	s.walk(func(st *Step) {
		if st.Save != "" {
			saved[st.Save] = true
		}
	})
	cast := map[string]bool{}
	for _, o := range s.Cast.Organisations {
		cast[o.ID] = true
		for _, m := range o.Staff {
			cast[m.ID] = true
		}
		for _, t := range o.Teams {
			cast[t.ID] = true
		}
	}
	for _, c := range s.Cast.Customers {
		cast[c.ID] = true
	}
	var names, all []string
	for k := range saved {
		names = append(names, k)
		all = append(all, k)
	}
	for k := range cast {
		all = append(all, k)
	}
	s.walk(func(st *Step) {
		f := r.fields(st.node)
		if st.Save != "" && cast[st.Save] {
			r.bad(f["save"], "name-taken", "Word", st.Save)
		}
		for _, k := range []string{"needs", "unless"} {
			list := st.Needs
			if k == "unless" {
				list = st.Unless
			}
			for _, name := range list {
				if !saved[name] {
					r.unknown(f[k], "saved", name, names)
				}
			}
		}
		if st.Expect != nil {
			for name := range st.Expect.Owner {
				if !saved[name] {
					r.unknown(r.fields(f["expect"])["owner"], "saved", name, names)
				}
			}
			r.refs(s, st.Expect.Body, saved, cast, all)
		}
		r.refs(s, st.With, saved, cast, all)
	})
}

func (r *reader) refs(s *Story, n *yaml.Node, saved, cast map[string]bool, all []string) {
	if n == nil {
		return
	}
	if n.Kind == yaml.ScalarNode {
		for _, m := range refForm.FindAllStringSubmatch(n.Value, -1) {
			r.ref(s, n, m[1], saved, cast, all)
		}
		if strings.Contains(refForm.ReplaceAllString(n.Value, ""), "${") {
			r.bad(n, "bad-reference", "Word", n.Value)
		}
		if len(n.Value) >= 16 && n.Value[4] == '-' && momentForm.MatchString(n.Value) {
			r.moment(n)
		}
		return
	}
	for _, c := range n.Content {
		r.refs(s, c, saved, cast, all)
	}
}

func (r *reader) ref(s *Story, n *yaml.Node, ref string, saved, cast map[string]bool, all []string) {
	if m := refShift.FindStringSubmatch(ref); m != nil {
		if m[1] != "" {
			if _, ok := readSpan(m[1]); !ok {
				r.bad(n, "bad-span", "Word", m[1])
			}
		}
		return
	}
	m := refName.FindStringSubmatch(ref)
	if m == nil {
		r.bad(n, "bad-reference", "Word", "${"+ref+"}")
		return
	}
	root, _, _ := strings.Cut(ref, ".")
	name, org, at := strings.Cut(root, "@")
	switch {
	case at && s.customer(name) == nil:
		r.unknown(n, "customer", name, s.customerIDs())
	case at && s.organisation(org) == nil:
		r.unknown(n, "organisation", org, s.organisationIDs())
	case !at && !saved[name] && !cast[name]:
		r.unknown(n, "saved", name, all)
	case cast[name] && m[2] != "":
		r.bad(n, "no-field-of-cast", "Word", name)
	}
}

// scope is what references mean at one step.
type scope struct {
	story *Story
	now   time.Time
	org   string // the organisation that acts, or at which the customer asks
	cal   workcal.Calendar
	ids   map[string]string // cast id, or customer@organisation → id in the API
	saved map[string]any
}

// value turns a node into what is sent: references filled in, local moments
// with their offset and shifted.
func (sc *scope) value(n *yaml.Node) (any, error) {
	switch n.Kind {
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			v, err := sc.value(n.Content[i+1])
			if err != nil {
				return nil, err
			}
			out[n.Content[i].Value] = v
		}
		return out, nil
	case yaml.SequenceNode:
		out := []any{}
		for _, c := range n.Content {
			v, err := sc.value(c)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	}
	switch n.Tag {
	case "!!null":
		return nil, nil
	case "!!bool", "!!int", "!!float":
		var v any
		if err := n.Decode(&v); err != nil {
			return nil, fmt.Errorf("line %d: %w", n.Line, err)
		}
		return v, nil
	}
	return sc.text(n)
}

func (sc *scope) text(n *yaml.Node) (any, error) {
	if m, ok := readMoment(n.Value); ok {
		return rfc(m.At(sc.story.Zone, sc.story.days)), nil
	}
	if m := refForm.FindStringSubmatch(n.Value); m != nil && m[0] == n.Value {
		v, err := sc.lookup(m[1])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n.Line, err)
		}
		return v, nil
	}
	var failed error
	s := refForm.ReplaceAllStringFunc(n.Value, func(ref string) string {
		v, err := sc.lookup(ref[2 : len(ref)-1])
		if err != nil {
			failed = fmt.Errorf("line %d: %w", n.Line, err)
			return ""
		}
		return show(v)
	})
	return s, failed
}

func (sc *scope) lookup(ref string) (any, error) {
	if m := refShift.FindStringSubmatch(ref); m != nil {
		at := sc.now
		if m[1] != "" {
			sp, _ := readSpan(m[1]) // checked when parsing
			at = sp.from(at, sc.story.Zone, sc.cal)
		}
		return rfc(at), nil
	}
	root, path, _ := strings.Cut(ref, ".")
	if sc.story.customer(root) != nil {
		if sc.org == "" {
			return nil, fmt.Errorf("${%s}: at which organisation? write ${%s@…}", ref, root)
		}
		root += "@" + sc.org
	}
	if id, ok := sc.ids[root]; ok {
		return id, nil
	}
	v, ok := sc.saved[root]
	if !ok {
		return nil, fmt.Errorf("${%s}: nothing was saved under this name yet", ref)
	}
	if path == "" {
		return v, nil
	}
	got, ok := dig(v, path)
	if !ok {
		return nil, fmt.Errorf("${%s}: the answer has no %s; it has %s", ref, path, strings.Join(names(v), ", "))
	}
	return got, nil
}

// dig follows a dotted path into an answer; a number is a place in a list.
func dig(v any, path string) (any, bool) {
	for _, key := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			next, ok := x[key]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(x) {
				return nil, false
			}
			v = x[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// names lists the fields of an answer, for who mistook one.
func names(v any) (out []string) {
	if m, ok := v.(map[string]any); ok {
		for k := range m {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

// show writes a value as it stands in text.
func show(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}
