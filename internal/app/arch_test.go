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
)

const modulePath = "github.com/houvast/houvast/internal/"

// spine is the order of the capabilities that others stand on: each may
// import those before it.
var spine = []string{"org", "person", "signal", "promise", "casefile"}

// kitOrder is the order within kit: each may import those before it.
var kitOrder = []string{"config", "files", "telemetry", "lang", "db", "migrate", "ledger", "job", "kittest", "mail", "web", "module", "auth", "backup"}

type source struct {
	path    string // internal/care/promise/service.go
	dir     string // care/promise
	file    string // service.go
	test    bool
	gen     bool
	ast     *ast.File
	fset    *token.FileSet
	imports []string
}

// sources parses every Go file of the house.
func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	fset := token.NewFileSet()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.Contains(path, "testdata") {
			return err
		}
		f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(path, "../"))
		s := source{path: "internal/" + rel, dir: filepath.ToSlash(filepath.Dir(rel)), file: filepath.Base(rel),
			test: strings.HasSuffix(path, "_test.go"), gen: strings.HasSuffix(path, "_templ.go"), ast: f, fset: fset}
		for _, i := range f.Imports {
			name, _ := strconv.Unquote(i.Path.Value)
			s.imports = append(s.imports, name)
		}
		out = append(out, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 50 {
		t.Fatalf("only %d files found: the test looks in the wrong place", len(out))
	}
	return out
}

// mayImport is the import table of docs/architecture.md. It gives the reason
// when an import is not allowed.
func mayImport(from, to string) string {
	f, t := strings.Split(from, "/"), strings.Split(to, "/")
	level := map[string]int{"kernel": 0, "kit": 1, "care": 2, "surface": 3, "app": 4, "proof": 5}
	if level[t[0]] > level[f[0]] {
		return "a lower level never imports a higher one"
	}
	if from == to || strings.HasPrefix(from, to+"/") || strings.HasPrefix(to, from+"/") {
		return ""
	}
	switch f[0] {
	case "kit":
		if t[0] == "kit" && slices.Index(kitOrder, t[1]) > slices.Index(kitOrder, f[1]) {
			return "within kit imports go downward only: " + strings.Join(kitOrder, " ← ")
		}
		if slices.Index(kitOrder, f[1]) < 0 {
			return "say where kit/" + f[1] + " stands in kitOrder"
		}
	case "care":
		if t[0] != "care" || t[1] == "fact" {
			return ""
		}
		i, j := slices.Index(spine, f[1]), slices.Index(spine, t[1])
		switch {
		case f[1] == "fact":
			return "the vocabulary stands on its own"
		case j < 0:
			return "capabilities never import a sibling: follow its fact, or declare an interface that app satisfies"
		case i >= 0 && j > i:
			return "the spine goes one way: " + strings.Join(spine, " ← ")
		}
		// A html package holds views that the capability fills; it stays pure.
		if len(f) > 2 && strings.HasSuffix(f[2], "html") {
			return "templates declare their own view structs"
		}
	case "surface":
		if t[0] == "surface" {
			return "faces do not import each other"
		}
		// A story plays the capabilities, an examination tests the advisor.
		if t[0] == "care" && f[1] != "story" && f[1] != "examine" && f[1] != "fhir" {
			return "capabilities reach a face as modules and panels"
		}
	}
	return ""
}

func TestImportTable(t *testing.T) {
	for _, s := range sources(t) {
		for _, i := range s.imports {
			to, ours := strings.CutPrefix(i, modulePath)
			switch {
			case ours && s.test && (strings.HasPrefix(to, "kit/kittest") || strings.HasSuffix(to, "test")):
			case ours && strings.HasSuffix(s.dir, "test"): // builders for others' tests
			case ours:
				if why := mayImport(s.dir, to); why != "" && !s.test {
					t.Errorf("%s imports %s: %s", s.path, to, why)
				}
			case strings.HasPrefix(s.dir, "kernel/") && !s.test:
				if strings.Contains(strings.Split(i, "/")[0], ".") && !strings.HasPrefix(i, "github.com/gofrs/uuid") && !strings.HasPrefix(i, "golang.org/x/text/") {
					t.Errorf("%s imports %s: the kernel knows the standard library and small value libraries only", s.path, i)
				}
				for _, io := range []string{"net/http", "database/sql", "os"} {
					if i == io {
						t.Errorf("%s imports %s: the kernel is pure", s.path, i)
					}
				}
			case strings.Contains(i, "modernc.org/sqlite") || strings.Contains(i, "jackc/pgx"):
				if s.dir != "kit/db" && !s.test {
					t.Errorf("%s imports %s: only kit/db knows a driver", s.path, i)
				}
			case i == "net/http" && strings.HasPrefix(s.dir, "care/") && !s.test:
				ok := false
				for _, prefix := range []string{"desk", "portal", "api", "module"} {
					ok = ok || strings.HasPrefix(s.file, prefix)
				}
				if !ok {
					t.Errorf("%s imports net/http: only desk, portal, api and module files of a capability do", s.path)
				}
			}
		}
	}
}

// TestImportTableBites proves that the table refuses what it should.
func TestImportTableBites(t *testing.T) {
	for _, x := range []struct {
		from, to string
		ok       bool
	}{
		{"kernel/id", "kit/db", false}, {"kit/db", "care/org", false}, {"kit/db", "kit/ledger", false},
		{"kit/job", "kit/db", true}, {"care/promise", "care/casefile", false}, {"care/casefile", "care/promise", true},
		{"care/message", "care/handoff", false}, {"care/message", "care/casefile", true}, {"care/promise", "care/message", false},
		{"surface/desk", "care/promise", false}, {"surface/story", "care/promise", true}, {"surface/examine", "care/promise", true}, {"app", "care/promise", true},
		{"care/fact", "care/org", false}, {"surface/desk", "surface/portal", false}, {"care/handoff", "care/fact", true},
	} {
		if got := mayImport(x.from, x.to) == ""; got != x.ok {
			t.Errorf("%s → %s: allowed %v, want %v", x.from, x.to, got, x.ok)
		}
	}
}

func TestTimeComesFromTheClock(t *testing.T) {
	banned := map[string]bool{"Now": true, "Since": true, "Until": true, "After": true, "AfterFunc": true, "NewTimer": true, "NewTicker": true, "Tick": true, "Sleep": true}
	for _, s := range sources(t) {
		if s.dir == "kernel/clock" || s.test || s.gen {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && x.Obj == nil && banned[sel.Sel.Name] {
				t.Errorf("%s: time.%s: business time comes from clock.Clock, machine time-outs from clock.Machine (decision 21)",
					s.fset.Position(n.Pos()), sel.Sel.Name)
			}
			return true
		})
	}
}

// statement recognises SQL in a string: a verb and what always goes with it.
var statement = regexp.MustCompile(`(?s)^\s*(SELECT\s.+\sFROM\s|INSERT INTO\s|UPDATE\s+\w+\s+SET\s|DELETE FROM\s|CREATE TABLE\s|WITH\s+\w+\s+AS\s)`)

// tenantless are the tables that belong to no organisation, or to the
// installation as a whole (decision 15 and docs/architecture.md).
var tenantless = regexp.MustCompile(`\b(lease|schema_floor|ledger_feed|ledger_head|follower|follower_dead|account|account_token|sign_in_guard|session|question_party|schema_version|sqlite_master|information_schema)\b`)

func TestSQLStaysInStores(t *testing.T) {
	seen := 0
	for _, s := range sources(t) {
		if s.test || s.gen || s.dir == "kit/db" || s.dir == "kit/migrate" {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(lit.Value)
			if err != nil || !statement.MatchString(text) {
				return true
			}
			seen++
			if !strings.HasPrefix(s.file, "store") {
				t.Errorf("%s: SQL outside store.go: %.60s", s.fset.Position(n.Pos()), text)
			}
			return true
		})
	}
	if seen < 50 {
		t.Errorf("only %d statements found: the test looks for the wrong thing", seen)
	}
}

// TestTenantInEveryStatement: each statement names org_id, unless its tables
// belong to the installation. Checks and watches look over all organisations
// on purpose: they are listed by the file or marked columns they use.
func TestTenantInEveryStatement(t *testing.T) {
	all := sources(t)
	named := constants(all)
	for _, s := range all {
		if s.test || s.gen || !strings.HasPrefix(s.file, "store") || strings.HasPrefix(s.file, "store_check") || s.dir == "kit/backup" {
			continue // checks and backups are about the whole store
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			// A statement may be put together from several literals: look at the whole expression.
			bin, isBin := n.(*ast.BinaryExpr)
			lit, isLit := n.(*ast.BasicLit)
			var text string
			switch {
			case isBin && bin.Op == token.ADD:
				ast.Inspect(bin, func(m ast.Node) bool {
					switch x := m.(type) {
					case *ast.BasicLit:
						part, _ := strconv.Unquote(x.Value)
						text += part + " "
					case *ast.Ident:
						text += named[s.dir+"."+x.Name] + " "
					}
					return true
				})
			case isLit && lit.Kind == token.STRING:
				text, _ = strconv.Unquote(lit.Value)
			default:
				return true
			}
			if !statement.MatchString(text) {
				return !isBin
			}
			across := strings.Contains(text, "look_at <=") || strings.Contains(text, "MIN(look_at)") || strings.Contains(text, "run_at") ||
				strings.Contains(text, "pos ") || tenantless.MatchString(text) || allowedAcross(s, n)
			if !strings.Contains(text, "org_id") && !across {
				t.Errorf("%s: no organisation in the statement: %.90s", s.fset.Position(n.Pos()), text)
			}
			return false
		})
	}
}

// constants are the texts that have a name, by directory and name.
func constants(all []source) map[string]string {
	out := map[string]string{}
	for _, s := range all {
		ast.Inspect(s.ast, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			for i, v := range spec.Values {
				if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING && i < len(spec.Names) {
					out[s.dir+"."+spec.Names[i].Name], _ = strconv.Unquote(lit.Value)
				}
			}
			return true
		})
	}
	return out
}

// allowedAcross reads a comment "across organisations: why" on the line of a
// statement or on the function around it.
func allowedAcross(s source, n ast.Node) bool {
	if s.dir == "kit/kittest" { // it makes and empties whole databases
		return true
	}
	line := s.fset.Position(n.Pos()).Line
	for _, d := range s.ast.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || n.Pos() < f.Pos() || f.End() < n.Pos() {
			continue
		}
		// An invariant is checked over the whole store.
		if strings.HasPrefix(strings.ToLower(f.Name.Name), "check") || f.Doc != nil && strings.Contains(f.Doc.Text(), "across organisations") {
			return true
		}
	}
	for _, g := range s.ast.Comments {
		if strings.Contains(g.Text(), "across organisations") && line-s.fset.Position(g.End()).Line <= 1 && line >= s.fset.Position(g.Pos()).Line {
			return true
		}
	}
	return false
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	dirs, docs := map[string]bool{}, map[string]bool{}
	for _, s := range sources(t) {
		if s.gen || s.test {
			continue
		}
		dirs[s.dir] = true
		if s.file == "doc.go" {
			docs[s.dir] = true
			if lines := s.fset.Position(s.ast.End()).Line; lines > 45 {
				t.Errorf("%s has %d lines: a purpose fits in 40", s.path, lines)
			}
			if s.ast.Doc == nil {
				t.Errorf("%s says nothing", s.path)
			}
		}
	}
	for d := range dirs {
		if !docs[d] && !strings.HasSuffix(d, "html") && !strings.HasSuffix(d, "test") {
			t.Errorf("internal/%s has no doc.go: say what it is for", d)
		}
	}
}

func TestNothingRegistersItself(t *testing.T) {
	for _, s := range sources(t) {
		if s.gen || s.test {
			continue
		}
		for _, d := range s.ast.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "init" && f.Recv == nil {
				t.Errorf("%s: init() hides what happens at start; say it in app", s.fset.Position(f.Pos()))
			}
		}
	}
}

func TestCapabilitiesHaveOneShape(t *testing.T) {
	// A file that outgrows itself splits by noun; these say nothing.
	nameless := regexp.MustCompile(`^(utils?|helpers?|common|misc|types|models?|handlers?|consts?)\.go$`)
	must := []string{"doc.go", "service.go", "store.go", "module.go"}
	entries, err := os.ReadDir("../care")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !e.IsDir() || e.Name() == "fact" {
			continue
		}
		files, err := os.ReadDir(filepath.Join("../care", e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		have := map[string]bool{}
		for _, f := range files {
			have[f.Name()] = true
			if f.IsDir() {
				switch n := f.Name(); {
				case n == "schema", n == "lang", n == "testdata", strings.HasSuffix(n, "html"), strings.HasSuffix(n, "test"):
				default:
					t.Errorf("care/%s/%s: a capability has schema, html, lang, testdata and builders for tests, and no other room", e.Name(), n)
				}
			} else if nameless.MatchString(f.Name()) {
				t.Errorf("care/%s/%s: name the file after the noun it is about", e.Name(), f.Name())
			}
		}
		for _, m := range must {
			if !have[m] {
				t.Errorf("care/%s lacks %s", e.Name(), m)
			}
		}
	}
}
