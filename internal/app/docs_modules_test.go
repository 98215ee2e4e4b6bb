package app

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// goModules are the Go modules that go.mod requires, and those of them that our
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
