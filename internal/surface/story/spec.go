package story

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// spec is the part of an OpenAPI 3.1 document that calls need.
type spec struct {
	ops     map[string]*operation
	schemas map[string]any
}

// operation is one thing the API can do.
type operation struct {
	id, method, path string
	params           map[string]param // by name as a story writes it
	body             map[string]any   // schema; nil when it takes none
	required         []string         // of the body
}

type param struct {
	name, in string
	required bool
}

// parameter names as a story writes them: If-Match becomes if_match.
func storyName(name, in string) string {
	if in == "header" {
		return strings.ToLower(strings.ReplaceAll(name, "-", "_"))
	}
	return name
}

func readSpec(raw []byte) (*spec, error) {
	var doc struct {
		Paths      map[string]map[string]json.RawMessage `json:"paths"`
		Components struct {
			Schemas map[string]any `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("read the OpenAPI document: %w", err)
	}
	sp := &spec{ops: map[string]*operation{}, schemas: doc.Components.Schemas}
	for path, item := range doc.Paths {
		for method, rawOp := range item {
			var op struct {
				ID         string `json:"operationId"`
				Parameters []struct {
					Name     string `json:"name"`
					In       string `json:"in"`
					Required bool   `json:"required"`
				} `json:"parameters"`
				Body struct {
					Content map[string]struct {
						Schema map[string]any `json:"schema"`
					} `json:"content"`
				} `json:"requestBody"`
			}
			// A path item also has parameters and descriptions, which are no operation.
			if json.Unmarshal(rawOp, &op) != nil || op.ID == "" {
				continue
			}
			o := &operation{id: op.ID, method: strings.ToUpper(method), path: path, params: map[string]param{}}
			for _, p := range op.Parameters {
				o.params[storyName(p.Name, p.In)] = param{p.Name, p.In, p.Required}
			}
			if c, ok := op.Body.Content["application/json"]; ok {
				o.body = sp.resolve(c.Schema)
				o.required = stringsOf(o.body["required"])
			}
			sp.ops[o.id] = o
		}
	}
	if len(sp.ops) == 0 {
		return nil, fmt.Errorf("the OpenAPI document has no operations")
	}
	return sp, nil
}

// resolve follows references to the schema itself.
func (sp *spec) resolve(schema map[string]any) map[string]any {
	for range 10 {
		ref, ok := schema["$ref"].(string)
		if !ok {
			return schema
		}
		next, ok := sp.schemas[strings.TrimPrefix(ref, "#/components/schemas/")].(map[string]any)
		if !ok {
			return map[string]any{}
		}
		schema = next
	}
	return schema
}

func stringsOf(v any) (out []string) {
	list, _ := v.([]any)
	for _, x := range list {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func propertiesOf(schema map[string]any) map[string]any {
	p, _ := schema["properties"].(map[string]any)
	return p
}

// Validate compares a story with the API's own description: every call is an
// operation of it, with its fields. The error is Problems.
func Validate(s *Story, openapi []byte) error {
	sp, err := readSpec(openapi)
	if err != nil {
		return err
	}
	r := &reader{file: s.File}
	known := slices.Sorted(maps.Keys(sp.ops))
	s.walk(func(st *Step) {
		if st.Call == "" {
			return
		}
		op := sp.ops[st.Call]
		if op == nil {
			r.unknown(r.fields(st.node)["call"], "call", st.Call, known)
			return
		}
		r.call(sp, op, st)
	})
	return r.problems.err()
}

func (r *reader) call(sp *spec, op *operation, st *Step) {
	fields := propertiesOf(op.body)
	known := append(slices.Sorted(maps.Keys(op.params)), slices.Sorted(maps.Keys(fields))...)
	given := map[string]bool{}
	if st.With != nil {
		for i := 0; i+1 < len(st.With.Content); i += 2 {
			k, v := st.With.Content[i], st.With.Content[i+1]
			given[k.Value] = true
			if _, ok := op.params[k.Value]; ok {
				continue
			}
			if f, ok := fields[k.Value].(map[string]any); ok {
				r.nested(sp, f, v, 0)
				continue
			}
			r.unknown(k, "field", k.Value, known)
		}
	}
	at := st.With
	if at == nil {
		at = r.fields(st.node)["call"]
	}
	for name, p := range op.params {
		if p.required && p.in == "path" && !given[name] {
			r.bad(at, "field-missing", "Word", name, "Call", op.id)
		}
	}
	for _, name := range op.required {
		if !given[name] {
			r.bad(at, "field-missing", "Word", name, "Call", op.id)
		}
	}
}

// nested looks at the fields of an object inside the request.
func (r *reader) nested(sp *spec, schema map[string]any, n *yaml.Node, depth int) {
	schema = sp.resolve(schema)
	fields := propertiesOf(schema)
	if n.Kind == yaml.SequenceNode {
		if items, ok := schema["items"].(map[string]any); ok && depth < 8 {
			for _, c := range n.Content {
				r.nested(sp, items, c, depth+1)
			}
		}
		return
	}
	if n.Kind != yaml.MappingNode || fields == nil || depth > 8 {
		return
	}
	known := slices.Sorted(maps.Keys(fields))
	given := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		given[k.Value] = true
		f, ok := fields[k.Value].(map[string]any)
		if !ok {
			if schema["additionalProperties"] == false {
				r.unknown(k, "field", k.Value, known)
			}
			continue
		}
		r.nested(sp, f, v, depth+1)
	}
	for _, name := range stringsOf(schema["required"]) {
		if !given[name] {
			r.bad(n, "field-missing", "Word", name, "Call", k0(n))
		}
	}
}

// k0 names an object by its first key, for a message about what it lacks.
func k0(n *yaml.Node) string {
	if len(n.Content) == 0 {
		return "{}"
	}
	return n.Content[0].Value
}
