package app

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// command is a command of the program as cmd/houvast declares it to kong.
type command struct {
	sub   map[string]*command
	flags map[string]bool
}

// commands reads the declarations from the source: package main cannot be imported.
func commands(t *testing.T) *command {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "cmd/houvast/*.go"))
	if err != nil {
		t.Fatal(err)
	}
	structs := map[string]*ast.StructType{}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.TypeSpec); ok {
				if st, ok := s.Type.(*ast.StructType); ok {
					structs[s.Name.Name] = st
				}
			}
			return true
		})
	}
	var read func(name string) *command
	read = func(name string) *command {
		c := &command{map[string]*command{}, map[string]bool{"help": true}}
		for _, f := range structs[name].Fields.List {
			tag := reflect.StructTag("")
			if f.Tag != nil {
				text, _ := strconv.Unquote(f.Tag.Value)
				tag = reflect.StructTag(text)
			}
			id, _ := f.Type.(*ast.Ident)
			_, isCommand := tag.Lookup("cmd")
			_, isArg := tag.Lookup("arg")
			switch {
			case len(f.Names) == 0: // embedded: its flags are ours
				for flag := range read(id.Name).flags {
					c.flags[flag] = true
				}
			case isCommand:
				c.sub[kebab(f.Names[0].Name)] = read(id.Name)
			case !isArg:
				flag := tag.Get("name")
				if flag == "" {
					flag = kebab(f.Names[0].Name)
				}
				c.flags[flag] = true
			}
		}
		return c
	}
	c := read("cli")
	if len(c.sub) < 5 || len(c.sub["user"].sub) < 3 {
		t.Fatalf("%d commands found: the test looks for the wrong thing", len(c.sub))
	}
	return c
}

func kebab(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

var called = regexp.MustCompile(`(?:^|[\s/;(=])houvast((?: +[^\s#|;&)]+)+)`)

func TestCommandsInDocsExist(t *testing.T) {
	all := commands(t)
	word := regexp.MustCompile(`^[a-z][a-z-]*$`)
	named := map[string]bool{}
	for _, p := range documents(t) {
		for _, code := range p.code {
			for _, m := range called.FindAllStringSubmatch(code, -1) {
				c, flags := all, map[string]bool{}
				for f := range all.flags {
					flags[f] = true
				}
				path := "houvast"
				for _, arg := range strings.Fields(m[1]) {
					if flag, ok := strings.CutPrefix(arg, "--"); ok {
						flag, _, _ = strings.Cut(strings.TrimRight(flag, "],."), "=")
						if flag != "" && !flags[flag] {
							t.Errorf("%s: %s has no flag --%s", p.name, path, flag)
						}
						continue
					}
					if len(c.sub) == 0 || !word.MatchString(arg) {
						continue
					}
					next := c.sub[arg]
					if next == nil {
						t.Errorf("%s: there is no command %q", p.name, path+" "+arg)
						break
					}
					c, path = next, path+" "+arg
					named[path] = true
					for f := range c.flags {
						flags[f] = true
					}
				}
			}
		}
	}
	// And whoever runs it finds each command in the documentation.
	var missing func(path string, c *command)
	missing = func(path string, c *command) {
		for name, sub := range c.sub {
			if len(sub.sub) == 0 && !named[path+" "+name] {
				t.Errorf("no document tells of %q", path+" "+name)
			}
			missing(path+" "+name, sub)
		}
	}
	missing("houvast", all)
}
