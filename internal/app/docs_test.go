package app

import (
	"context"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/surface/story"
)

// The tests of this file keep the documentation honest: what it names exists,
// and what must be named there is.

const root = "../.."

// page is one Markdown file: its prose, and the code in it.
type page struct {
	name  string // docs/api.md
	text  string
	code  []string // spans and lines of fenced blocks
	fence map[string][]string
	heads map[string]bool // anchors
}

var (
	span    = regexp.MustCompile("`([^`\n]+)`")
	heading = regexp.MustCompile(`^#{1,6} +(.+?) *$`)
	mdLink  = regexp.MustCompile(`\]\(([^)\s]+)\)`)
)

func readDoc(t *testing.T, name string) page {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	p := page{name: name, fence: map[string][]string{}, heads: map[string]bool{}}
	var prose, block strings.Builder
	fenced, language := false, ""
	for _, line := range strings.Split(string(b), "\n") {
		if f, ok := strings.CutPrefix(strings.TrimSpace(line), "```"); ok {
			if fenced {
				p.fence[language] = append(p.fence[language], block.String())
				block.Reset()
			}
			fenced, language = !fenced, f
			continue
		}
		if fenced {
			p.code = append(p.code, line)
			block.WriteString(line + "\n")
			continue
		}
		if m := heading.FindStringSubmatch(line); m != nil {
			p.heads[anchor(m[1])] = true
		}
		for _, m := range span.FindAllStringSubmatch(line, -1) {
			p.code = append(p.code, m[1])
		}
		prose.WriteString(line + "\n")
	}
	if fenced {
		t.Errorf("%s: a block of code is not closed", name)
	}
	p.text = prose.String()
	return p
}

// anchor is the name by which a heading can be linked to.
func anchor(h string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(h) {
		switch {
		case r == ' ', r == '-':
			b.WriteByte('-')
		case r == '_', r >= 'a' && r <= 'z', r >= '0' && r <= '9', r > 127:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// documents are all Markdown files of the project.
func documents(t *testing.T) (out []page) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); path != root && (strings.HasPrefix(n, ".") || n == "node_modules" || n == "testdata" || n == "bin") {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(path, ".md") {
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			out = append(out, readDoc(t, filepath.ToSlash(rel)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 10 {
		t.Fatalf("only %d documents found: the test looks in the wrong place", len(out))
	}
	return out
}

func TestLinksInDocsLead(t *testing.T) {
	pages := map[string]page{}
	for _, p := range documents(t) {
		pages[p.name] = p
	}
	pictures, err := filepath.Glob(filepath.Join(root, "docs/screenshots/*.png"))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, p := range pages {
		for _, m := range mdLink.FindAllStringSubmatch(p.text, -1) {
			to, frag, _ := strings.Cut(m[1], "#")
			if strings.Contains(to, ":") { // elsewhere
				continue
			}
			seen++
			target := p.name
			if to != "" {
				target = filepath.ToSlash(filepath.Join(filepath.Dir(p.name), to))
				if strings.HasSuffix(target, ".png") && len(pictures) == 0 {
					continue // none was taken yet: make screenshots
				}
				if _, err := os.Stat(filepath.Join(root, target)); err != nil {
					t.Errorf("%s: %s is not there", p.name, m[1])
					continue
				}
			}
			if frag != "" && !pages[target].heads[frag] {
				t.Errorf("%s: %s has no heading #%s", p.name, target, frag)
			}
		}
	}
	if seen < 40 {
		t.Errorf("only %d links found: the test looks for the wrong thing", seen)
	}
}

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

func TestSettingsAreDocumented(t *testing.T) {
	known := map[string]bool{"HOUVAST_CONFIG": true, "HOUVAST_TEST_POSTGRES": true, "HOUVAST_TEST_BROWSER": true, "HOUVAST_SCREENSHOTS": true}
	operations := readDoc(t, "docs/operations.md")
	for _, key := range config.Keys() {
		known[config.EnvName(key)] = true
		if !slices.Contains(operations.code, key) {
			t.Errorf("docs/operations.md does not tell of the setting %s", key)
		}
	}
	variable := regexp.MustCompile(`\bHOUVAST_[A-Z0-9_]*[A-Z0-9]\b`)
	for _, p := range documents(t) {
		for _, code := range p.code {
			for _, v := range variable.FindAllString(code, -1) {
				if !known[v] {
					t.Errorf("%s: nothing reads %s", p.name, v)
				}
			}
		}
	}
}

// modules are the Go modules that go.mod requires, and those of them that our
// own code imports or runs as a tool.
func goModules(t *testing.T) (required, direct map[string]bool) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	required, direct = map[string]bool{}, map[string]bool{}
	line := regexp.MustCompile(`(?m)^(?:require)?\s+(\S+\.\S+/\S+) v\S+`)
	for _, m := range line.FindAllStringSubmatch(string(b), -1) {
		required[m[1]] = true
	}
	use := func(path string) {
		for m := path; strings.Contains(m, "/"); m = m[:strings.LastIndex(m, "/")] {
			if required[m] {
				direct[m] = true
				return
			}
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^tool (\S+)`).FindAllStringSubmatch(string(b), -1) {
		use(m[1])
	}
	for _, dir := range []string{"internal", "cmd", "tools", "stories"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			for _, i := range f.Imports {
				name, _ := strconv.Unquote(i.Path.Value)
				use(name)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(required) < 20 || len(direct) < 10 {
		t.Fatalf("%d modules required, %d used: the test looks for the wrong thing", len(required), len(direct))
	}
	return required, direct
}

func TestDependenciesAreDocumented(t *testing.T) {
	required, direct := goModules(t)
	told := map[string]bool{}
	row := regexp.MustCompile("(?m)^\\| `(\\S+/\\S+)` (v\\S+) \\|")
	doc := readDoc(t, "docs/dependencies.md")
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range row.FindAllStringSubmatch(doc.text, -1) {
		told[m[1]] = true
		switch {
		case !required[m[1]]:
			t.Errorf("docs/dependencies.md tells of %s, which go.mod does not require", m[1])
		case !strings.Contains(string(mod), m[1]+" "+m[2]):
			t.Errorf("docs/dependencies.md: go.mod has another version of %s than %s", m[1], m[2])
		}
	}
	for m := range direct {
		if !told[m] {
			t.Errorf("docs/dependencies.md does not tell what %s is for, instead of what, and under which licence", m)
		}
	}
}

func TestEveryPackageIsInTheArchitecture(t *testing.T) {
	doc := readDoc(t, "docs/architecture.md")
	for _, s := range sources(t) {
		if s.file == "doc.go" && !slices.Contains(doc.code, s.dir) {
			t.Errorf("docs/architecture.md has no line for `%s`", s.dir)
		}
	}
	// The import table is told as it is enforced.
	for what, order := range map[string][]string{"kit": kitOrder, "the spine": spine} {
		if line := strings.Join(order, " ← "); !slices.Contains(doc.code, line) {
			t.Errorf("docs/architecture.md does not tell the order of %s: %s", what, line)
		}
	}
}

func TestInvariantsAreDocumented(t *testing.T) {
	doc := readDoc(t, "docs/invariants.md")
	flat := strings.Join(strings.Fields(doc.text), " ")
	n := 0
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		ast.Inspect(s.ast, func(node ast.Node) bool {
			lit, ok := node.(*ast.CompositeLit)
			if !ok {
				return true
			}
			number, name := "", ""
			for _, e := range lit.Elts {
				kv, ok := e.(*ast.KeyValueExpr)
				if !ok {
					continue
				}
				key, _ := kv.Key.(*ast.Ident)
				value, isLit := kv.Value.(*ast.BasicLit)
				switch {
				case key == nil || !isLit:
				case key.Name == "Invariant":
					number = value.Value
				case key.Name == "Name":
					name, _ = strconv.Unquote(value.Value)
				}
			}
			if number == "" || name == "" {
				return true
			}
			n++
			if !doc.numbered(number) {
				t.Errorf("%s: docs/invariants.md has no invariant %s", s.path, number)
			}
			if !strings.Contains(flat, name) {
				t.Errorf("%s: docs/invariants.md does not tell of the check %q", s.path, name)
			}
			return true
		})
	}
	if n < 15 {
		t.Errorf("only %d checks found: the test looks for the wrong thing", n)
	}
}

func (p page) numbered(n string) bool {
	for h := range p.heads {
		if strings.HasPrefix(h, n+"-") {
			return true
		}
	}
	return false
}

// TestTestsInDocsExist: whoever reads that something is tested can look it up.
func TestTestsInDocsExist(t *testing.T) {
	have := map[string]bool{}
	for _, dir := range []string{"internal", "cmd", "tools"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok {
					have[fn.Name.Name] = true
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	name := regexp.MustCompile(`^(Test|Fuzz|Benchmark)[A-Z]\w*$`)
	for _, p := range documents(t) {
		for _, code := range p.code {
			if name.MatchString(code) && !have[code] {
				t.Errorf("%s: there is no %s", p.name, code)
			}
		}
	}
}

func TestDecisionsAreListed(t *testing.T) {
	index := readDoc(t, "docs/adr/README.md")
	files, err := filepath.Glob(filepath.Join(root, "docs/adr/[0-9]*.md"))
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]string{}
	for _, f := range files {
		base := filepath.Base(f)
		if other := numbers[base[:4]]; other != "" {
			t.Errorf("%s and %s have one number", other, base)
		}
		numbers[base[:4]] = base
		if !strings.Contains(index.text, "]("+base+")") {
			t.Errorf("docs/adr/README.md does not list %s", base)
		}
		p := readDoc(t, "docs/adr/"+base)
		for _, part := range []string{"context", "decision", "consequences", "alternatives"} {
			if !p.heads[part] {
				t.Errorf("%s has no part %q", p.name, part)
			}
		}
	}
	if len(files) < 10 {
		t.Errorf("only %d decisions found", len(files))
	}
}

// TestAPIDocs: every address and operation in the documents is one the API
// has, and the example of a story plays as the document says.
func TestAPIDocs(t *testing.T) {
	var example *story.Story
	for _, text := range readDoc(t, "docs/stories.md").fence["yaml"] {
		s, err := story.Parse("example.yaml", strings.NewReader(text))
		if err != nil || example != nil {
			t.Fatalf("docs/stories.md holds one whole story and nothing else in YAML: %v", err)
		}
		example = s
	}
	in, err := newInstance(context.Background(), instanceOptions{Start: example.Start()})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close() //nolint:errcheck // a test
	var spec struct {
		Paths map[string]map[string]struct {
			ID string `json:"operationId"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(in.OpenAPI(), &spec); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	var forms []*regexp.Regexp
	braces := regexp.MustCompile(`\\\{[^}]+\\\}`)
	for path, ops := range spec.Paths {
		forms = append(forms, regexp.MustCompile("^"+braces.ReplaceAllString(regexp.QuoteMeta(path), `[^/]+`)+"$"))
		for _, op := range ops {
			ids[op.ID] = true
		}
	}
	address := regexp.MustCompile(`/api/v1(/[A-Za-z0-9_{}$./-]*)?`)
	seen := 0
	for _, p := range documents(t) {
		for _, code := range p.code {
			for _, a := range address.FindAllString(code, -1) {
				a = strings.TrimRight(a, "/.")
				if a == "/api/v1" {
					continue
				}
				seen++
				if !slices.ContainsFunc(forms, func(f *regexp.Regexp) bool { return f.MatchString(a) }) {
					t.Errorf("%s: the API has no %s", p.name, a)
				}
			}
		}
	}
	if seen < 8 {
		t.Errorf("only %d addresses found: the test looks for the wrong thing", seen)
	}
	operation, named := regexp.MustCompile(`^[a-z]+[A-Z][A-Za-z]*$`), 0
	for _, line := range strings.Split(readDoc(t, "docs/api.md").text, "\n") {
		for _, m := range span.FindAllStringSubmatch(line, -1) {
			if operation.MatchString(m[1]) {
				if named++; !ids[m[1]] {
					t.Errorf("docs/api.md: there is no operation %s", m[1])
				}
			}
		}
	}
	if named < 30 {
		t.Errorf("only %d operations found in docs/api.md", named)
	}
	bare, err := newInstance(context.Background(), instanceOptions{Start: example.Start(), Bare: true})
	if err != nil {
		t.Fatal(err)
	}
	defer bare.Close() //nolint:errcheck // a test
	for _, on := range []*instance{in, bare} {
		result, err := playOn(context.Background(), on, example, on == bare)
		if err != nil {
			t.Fatalf("docs/stories.md: %v", err)
		}
		if !result.OK() {
			var out strings.Builder
			_ = story.WriteText(&out, result, "en")
			t.Errorf("docs/stories.md: the example does not hold:\n%s", out.String())
		}
	}
}
