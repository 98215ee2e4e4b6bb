package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/surface/rest/html"
)

// describe turns the description into what the page shows.
func describe(o *huma.OpenAPI) html.Doc {
	d := html.Doc{Title: o.Info.Title, Version: o.Info.Version, About: o.Info.Description}
	if len(o.Servers) > 0 {
		d.Server = o.Servers[0].URL
	}
	groups := map[string][]html.Operation{}
	for path, item := range o.Paths {
		for _, m := range []struct {
			method string
			op     *huma.Operation
		}{{http.MethodGet, item.Get}, {http.MethodPost, item.Post}, {http.MethodPut, item.Put}, {http.MethodPatch, item.Patch}, {http.MethodDelete, item.Delete}} {
			if m.op == nil || m.op.Hidden {
				continue
			}
			tag := "Other"
			if len(m.op.Tags) > 0 {
				tag = m.op.Tags[0]
			}
			groups[tag] = append(groups[tag], operation(o, d.Server, m.method, path, m.op))
		}
	}
	order := []string{"Start", "Cases", "Promises", "People", "Organisation", "Handoffs", "Referrals", "Document requests", "Messages", "Signals", "Customer", "Access"}
	for tag, ops := range groups {
		slices.SortFunc(ops, func(a, b html.Operation) int {
			if c := strings.Compare(a.Path, b.Path); c != 0 {
				return c
			}
			return methodOrder(a.Method) - methodOrder(b.Method)
		})
		d.Groups = append(d.Groups, html.Group{Name: tag, ID: "tag-" + slug(tag), Operations: ops})
	}
	place := func(tag string) int {
		if i := slices.Index(order, tag); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortFunc(d.Groups, func(a, b html.Group) int {
		if x, y := place(a.Name), place(b.Name); x != y {
			return x - y
		}
		return strings.Compare(a.Name, b.Name)
	})
	return d
}

func methodOrder(m string) int {
	return slices.Index([]string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}, m)
}

func slug(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(s))
}

func operation(o *huma.OpenAPI, server, method, path string, op *huma.Operation) html.Operation {
	out := html.Operation{ID: op.OperationID, Method: method, Path: path, Summary: op.Summary, About: op.Description, Who: whoMay(op)}
	for _, p := range op.Parameters {
		row := property(o, p.Name, p.Schema, p.Required)
		row.In = p.In
		if p.Description != "" {
			row.About = p.Description
		}
		out.Parameters = append(out.Parameters, row)
	}
	var sent any
	if op.RequestBody != nil {
		if s := jsonSchema(op.RequestBody.Content); s != nil {
			out.Body = properties(o, s, "", 0)
			sent = sample(o, s, 0, true)
			out.Request = pretty(sent)
		}
	}
	for code, r := range op.Responses {
		v := html.Answer{Status: code, About: r.Description}
		if len(code) == 3 && code[0] == '2' {
			if s := jsonSchema(r.Content); s != nil {
				v.Body = properties(o, s, "", 0)
				v.Example = pretty(sample(o, s, 0, false))
			}
		}
		out.Answers = append(out.Answers, v)
	}
	slices.SortFunc(out.Answers, func(a, b html.Answer) int { return strings.Compare(a.Status, b.Status) })
	out.Curl = curl(server, out, sent)
	return out
}

// whoMay says whose credential an operation takes: "key", "link" or "nobody".
func whoMay(op *huma.Operation) string {
	if len(op.Security) == 0 {
		return "nobody"
	}
	for _, s := range op.Security {
		if _, ok := s[web.LinkScheme]; ok {
			return "link"
		}
	}
	return "key"
}

func jsonSchema(content map[string]*huma.MediaType) *huma.Schema {
	for _, kind := range []string{"application/json", "application/problem+json"} {
		if m := content[kind]; m != nil && m.Schema != nil {
			return m.Schema
		}
	}
	return nil
}

// follow gives the schema that a reference names.
func follow(o *huma.OpenAPI, s *huma.Schema) *huma.Schema {
	for range 10 {
		if s == nil || s.Ref == "" {
			return s
		}
		s = o.Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// deepest is how far down properties are listed. What lies deeper is named by
// its kind only.
const deepest = 4

// properties lists what is in a schema, with dotted names.
func properties(o *huma.OpenAPI, s *huma.Schema, under string, depth int) (rows []html.Property) {
	s = follow(o, s)
	if s == nil || depth > deepest {
		return nil
	}
	if s.Type == huma.TypeArray {
		return properties(o, s.Items, under+"[]", depth+1)
	}
	for _, name := range sorted(s.Properties) {
		p := s.Properties[name]
		full := strings.TrimPrefix(under+"."+name, ".")
		row := property(o, full, p, slices.Contains(s.Required, name))
		rows = append(rows, row)
		inner := follow(o, p)
		if inner == nil {
			continue
		}
		if inner.Type == huma.TypeArray {
			full, inner = full+"[]", follow(o, inner.Items)
		}
		if inner != nil && len(inner.Properties) > 0 {
			rows = append(rows, properties(o, inner, full, depth+1)...)
		}
	}
	return rows
}

// sorted gives the names of properties: what is needed to recognise a thing
// first, then by name.
func sorted(m map[string]*huma.Schema) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	rank := func(n string) int {
		switch n {
		case "id":
			return 0
		case "items":
			return 1
		}
		return 2
	}
	slices.SortFunc(names, func(a, b string) int {
		if x, y := rank(a), rank(b); x != y {
			return x - y
		}
		return strings.Compare(a, b)
	})
	return names
}

func property(o *huma.OpenAPI, name string, s *huma.Schema, required bool) html.Property {
	row := html.Property{Name: name, Required: required}
	if s == nil {
		return row
	}
	row.About = s.Description
	full := follow(o, s)
	if full == nil {
		return row
	}
	if row.About == "" {
		row.About = full.Description
	}
	row.Kind = kindOf(o, full)
	row.Limits = limits(full)
	for _, e := range full.Enum {
		row.Values = append(row.Values, fmt.Sprint(e))
	}
	if full.Default != nil {
		row.Default = fmt.Sprint(full.Default)
	}
	return row
}

func kindOf(o *huma.OpenAPI, s *huma.Schema) string {
	switch {
	case s == nil:
		return ""
	case s.Type == huma.TypeArray:
		return strings.TrimSpace("array of " + kindOf(o, follow(o, s.Items)))
	case s.Format != "" && s.Type == huma.TypeString:
		return s.Format
	case s.Type == "":
		return "any"
	}
	return s.Type
}

func limits(s *huma.Schema) (out []string) {
	number := func(sign string, n *int) {
		if n != nil {
			out = append(out, fmt.Sprintf("%s %d", sign, *n))
		}
	}
	number("length ≥", s.MinLength)
	number("length ≤", s.MaxLength)
	number("items ≥", s.MinItems)
	number("items ≤", s.MaxItems)
	if s.Minimum != nil {
		out = append(out, fmt.Sprintf("≥ %g", *s.Minimum))
	}
	if s.Maximum != nil {
		out = append(out, fmt.Sprintf("≤ %g", *s.Maximum))
	}
	if s.Pattern != "" {
		out = append(out, s.Pattern)
	}
	return out
}

// sample makes an example of a schema. For a request only what must be there
// and what has an example of its own.
func sample(o *huma.OpenAPI, s *huma.Schema, depth int, short bool) any {
	s = follow(o, s)
	switch {
	case s == nil || depth > deepest:
		return nil
	case len(s.Examples) > 0:
		return s.Examples[0]
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Default != nil:
		return s.Default
	}
	switch s.Type {
	case huma.TypeObject:
		m := object{}
		for _, name := range sorted(s.Properties) {
			p := follow(o, s.Properties[name])
			if p == nil || short && !slices.Contains(s.Required, name) && len(p.Examples) == 0 {
				continue
			}
			m = append(m, member{name, sampleOf(o, name, s.Properties[name], depth, short)})
		}
		return m
	case huma.TypeArray:
		return []any{sample(o, s.Items, depth+1, short)}
	}
	return sampleOf(o, "", s, depth, short)
}

// sampleOf is an example of a property, which its name says something about.
func sampleOf(o *huma.OpenAPI, name string, p *huma.Schema, depth int, short bool) any {
	s := follow(o, p)
	if s == nil {
		return nil
	}
	if len(s.Examples) > 0 || len(s.Enum) > 0 || s.Default != nil || s.Type == huma.TypeObject || s.Type == huma.TypeArray {
		return sample(o, s, depth+1, short)
	}
	switch s.Type {
	case huma.TypeBoolean:
		return false
	case huma.TypeInteger, huma.TypeNumber:
		if s.Minimum != nil {
			return *s.Minimum
		}
		return 1
	case huma.TypeString:
		return word(name, s.Format)
	}
	return nil
}

// prefixes of ids, by the names of the properties that hold them.
var prefixes = []struct{ name, prefix string }{
	{"case", "cas"}, {"person", "per"}, {"asker", "per"}, {"owner", "mem"}, {"keeper", "mem"}, {"member", "mem"}, {"question", "qst"},
	{"organisation", "org"}, {"org", "org"}, {"promise", "prm"}, {"handoff", "hnd"}, {"referral", "ref"}, {"document", "doc"}, {"door", "dor"}, {"team", "tea"},
}

func word(name, format string) any {
	switch format {
	case "date-time":
		return "2026-11-12T16:00:00Z"
	case "date":
		return "2026-11-12"
	case "email":
		return "anna@example.nl"
	case "uri", "uri-reference":
		return "/api/v1"
	}
	if id, ok := strings.CutSuffix(name, "_id"); ok || name == "id" {
		for _, p := range prefixes {
			if id == p.name || strings.HasSuffix(id, "_"+p.name) {
				return p.prefix + "_0193a1c2d3e4f5"
			}
		}
		return "0193a1c2d3e4f5"
	}
	switch name {
	case "reference":
		return "H-2417-R"
	case "subject":
		return "Who plans the appointment?"
	case "what":
		return "which hospital does the test"
	case "due_at":
		return "tomorrow 16:00"
	case "language":
		return "nl"
	}
	return "text"
}

// object is a JSON object that keeps its order.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON implements json.Marshaler.
func (m object) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	b.WriteByte('{')
	for i, x := range m {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(x.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(x.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return []byte(b.String()), nil
}

func pretty(v any) string {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil || v == nil {
		return ""
	}
	return string(b)
}

// curl is the request as somebody tries it.
func curl(server string, op html.Operation, body any) string {
	var b strings.Builder
	if server == "" {
		server = "http://localhost:8080"
	}
	b.WriteString("curl ")
	if op.Method != http.MethodGet {
		b.WriteString("-X " + op.Method + " ")
	}
	b.WriteString("'" + strings.TrimRight(server, "/") + op.Path + "'")
	switch op.Who {
	case "key":
		b.WriteString(" \\\n  -H 'Authorization: Bearer hv_…'")
	case "link":
		b.WriteString(" \\\n  -H 'Authorization: Bearer hvs_…'")
	}
	if op.Method != http.MethodGet {
		b.WriteString(" \\\n  -H 'Idempotency-Key: a-value-of-your-own'")
	}
	if body != nil {
		b.WriteString(" \\\n  -H 'Content-Type: application/json' \\\n  -d '" + strings.ReplaceAll(pretty(body), "'", "’") + "'")
	}
	return b.String()
}
