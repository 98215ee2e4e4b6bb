package app

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/kit/config"
)

// The tests of this file and of docs_*_test.go beside it keep the documentation honest: what it names exists,
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

func TestSettingsAreDocumented(t *testing.T) {
	known := map[string]bool{"HOUVAST_CONFIG": true, "HOUVAST_TEST_POSTGRES": true, "HOUVAST_TEST_BROWSER": true, "HOUVAST_TEST_LONG": true, "HOUVAST_SCREENSHOTS": true}
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
