package lang

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"

	"golang.org/x/text/feature/plural"
	xlang "golang.org/x/text/language"
)

// The plural forms that Dutch and English have.
const (
	one   = "one"
	other = "other"
)

// message is one sentence in one language.
type message struct {
	forms  map[string]form
	params map[string]need // what it uses
}

// need says whether a parameter must be given. An earlier need gives way to a
// later one, except that optional wins: the sentence asks whether it is there.
type need int

const (
	inBranch need = iota + 1 // only within an {{if}}, so perhaps not
	required
	optional // stands in a condition
)

// form is one plural form: text alone when nothing is to be filled in.
type form struct {
	text   string
	tmpl   *template.Template
	pieces []piece // the same as tmpl when it is simple
}

// printerParam carries the printer into the template, so that a template that
// was parsed once formats in the zone and at the moment of each request.
const printerParam = "_printer"

// parseMessage reads the forms of a sentence. The templates of a language share
// base and so its functions, of which each would otherwise have a copy.
func parseMessage(lang, key string, forms map[string]string, base *template.Template) (*message, error) {
	m := &message{forms: map[string]form{}, params: map[string]need{}}
	for name, text := range forms {
		if name != one && name != other {
			return nil, fmt.Errorf("%s has no plural form %q", lang, name)
		}
		if strings.TrimSpace(text) == "" {
			return nil, errors.New("empty sentence")
		}
		f := form{text: text}
		if strings.Contains(text, "{{") {
			t, err := base.New(key + "/" + name).Parse(text)
			if err != nil {
				return nil, err
			}
			c := collector{params: m.params, need: required, top: true}
			c.list(t.Root)
			if c.err != nil {
				return nil, c.err
			}
			f.tmpl, f.pieces = t, pieces(t.Root)
		}
		m.forms[name] = f
	}
	if len(forms) > 1 { // a form without the number ("one case") still depends on it
		m.params["Count"] = required
	}
	return m, nil
}

func (m *message) paramsNotIn(o *message) []string {
	var out []string
	for _, p := range slices.Sorted(maps.Keys(m.params)) {
		if _, ok := o.params[p]; !ok {
			out = append(out, p)
		}
	}
	return out
}

// choose is the form for a count.
func (m *message) choose(lang string, count any) form {
	if len(m.forms) > 1 {
		if n, ok := whole(count); ok {
			tag := xlang.Dutch
			if lang == English {
				tag = xlang.English
			}
			// MatchPlural takes less than ten million. Beyond that no number is
			// singular in our languages.
			n = min(max(n, -n), 9_999_999)
			if plural.Cardinal.MatchPlural(tag, int(n), 0, 0, 0, 0) == plural.One {
				return m.forms[one]
			}
		}
	}
	return m.forms[other]
}

// collector walks a parsed sentence. It notes the parameters used and hands
// the printer to our functions: {{clock .Due}} becomes {{clock $._printer .Due}}.
type collector struct {
	params map[string]need
	need   need
	top    bool // dot is still the parameters, not the subject of a with or range
	err    error
}

func (c *collector) list(l *parse.ListNode) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			c.pipe(n.Pipe)
		case *parse.IfNode:
			c.branch(&n.BranchNode, c.top)
		case *parse.WithNode:
			c.branch(&n.BranchNode, false)
		case *parse.RangeNode:
			c.branch(&n.BranchNode, false)
		case *parse.TemplateNode:
			c.err = errors.New("a sentence may not use another template")
		}
	}
}

func (c *collector) branch(b *parse.BranchNode, topInside bool) {
	before, top := c.need, c.top
	c.need = optional
	c.pipe(b.Pipe)
	c.need = inBranch
	c.list(b.ElseList)
	c.top = topInside
	c.list(b.List)
	c.need, c.top = before, top
}

func (c *collector) pipe(p *parse.PipeNode) {
	if p == nil {
		return
	}
	for _, cmd := range p.Cmds {
		for _, a := range cmd.Args {
			c.arg(a)
		}
		if id, ok := cmd.Args[0].(*parse.IdentifierNode); ok && functions()[id.Ident] != nil {
			v := &parse.VariableNode{NodeType: parse.NodeVariable, Pos: id.Pos, Ident: []string{"$", printerParam}}
			cmd.Args = slices.Insert(cmd.Args, 1, parse.Node(v))
		}
	}
}

func (c *collector) arg(n parse.Node) {
	switch n := n.(type) {
	case *parse.FieldNode:
		if c.top {
			c.note(n.Ident[0])
		}
	case *parse.VariableNode:
		if n.Ident[0] == "$" && len(n.Ident) > 1 {
			c.note(n.Ident[1])
		}
	case *parse.PipeNode:
		c.pipe(n)
	case *parse.ChainNode:
		c.arg(n.Node)
	}
}

func (c *collector) note(name string) {
	if strings.HasPrefix(name, "_") {
		c.err = fmt.Errorf("a parameter is not called %s", name)
	}
	c.params[name] = max(c.params[name], c.need)
}

// functions are those a sentence may use. Each gets the printer first.
func functions() template.FuncMap {
	return template.FuncMap{
		"clock":       Printer.Clock,
		"day":         Printer.Day,
		"date":        Printer.Date,
		"moment":      Printer.Moment,
		"moment_long": Printer.MomentLong,
		"moment_full": Printer.MomentFull,
		"rel":         Printer.Rel,
		"ago":         Printer.Ago,
		"late":        Printer.Late,
		"duration":    Printer.Duration,
		"window":      Printer.Window,
		"number":      Printer.Number,
		"list":        Printer.list,
	}
}
