package lang

import (
	"strconv"
	"strings"
	"text/template/parse"
)

// Most sentences are text with a few values between: "{{.Who}} calls you at
// {{clock .Due}}". Those are filled in without going through the template,
// which takes several times as long; a page has hundreds.

// piece is text, or the parameter name, formatted by say when it is not nil.
type piece struct {
	text string
	name string
	say  func(Printer, any) string
}

// pieces takes a parsed sentence apart; nil when it is more than text and values.
func pieces(root *parse.ListNode) []piece {
	var out []piece
	for _, n := range root.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			out = append(out, piece{text: string(n.Text)})
		case *parse.ActionNode:
			if len(n.Pipe.Cmds) != 1 || len(n.Pipe.Decl) > 0 {
				return nil
			}
			args := n.Pipe.Cmds[0].Args
			field, ok := args[len(args)-1].(*parse.FieldNode)
			if !ok || len(field.Ident) != 1 {
				return nil
			}
			p := piece{name: field.Ident[0]}
			if len(args) > 1 { // a function, the printer it was given, the parameter
				id, ok := args[0].(*parse.IdentifierNode)
				if !ok || len(args) != 3 {
					return nil
				}
				if p.say, ok = functions()[id.Ident].(func(Printer, any) string); !ok {
					return nil
				}
			}
			out = append(out, p)
		default:
			return nil
		}
	}
	return out
}

// quick fills the pieces in; false when a value needs the template's care.
func (p Printer) quick(ps []piece, data map[string]any) (string, bool) {
	if ps == nil {
		return "", false
	}
	var b strings.Builder
	for _, piece := range ps {
		if piece.name == "" {
			b.WriteString(piece.text)
			continue
		}
		v, ok := data[piece.name]
		switch {
		case !ok:
			return "", false
		case piece.say != nil:
			b.WriteString(piece.say(p, v))
		default:
			switch v := v.(type) {
			case string:
				b.WriteString(v)
			case missing:
				b.WriteString(v.String())
			case int:
				b.WriteString(strconv.Itoa(v))
			case int64:
				b.WriteString(strconv.FormatInt(v, 10))
			default:
				return "", false
			}
		}
	}
	return b.String(), true
}
