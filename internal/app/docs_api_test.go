package app

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/surface/story"
)

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
