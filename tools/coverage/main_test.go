package main

import (
	"strings"
	"testing"
)

// Blocks that several test programs hold count once, and one that any of them
// reached is reached.
func TestRun(t *testing.T) {
	const in = `mode: set
github.com/houvast/houvast/internal/care/x/x.go:1.1,2.2 3 0
github.com/houvast/houvast/internal/care/x/x.go:1.1,2.2 3 1
github.com/houvast/houvast/internal/care/x/x.go:3.1,4.2 1 0
github.com/houvast/houvast/internal/care/x/service.go:1.1,2.2 10 7
github.com/houvast/houvast/internal/care/x/desk.go:1.1,2.2 100 0
`
	of := func(file string) (kind, error) {
		switch {
		case strings.HasSuffix(file, "desk.go"):
			return other, nil
		case strings.HasSuffix(file, "service.go"):
			return service, nil
		}
		return decision, nil
	}
	for goal, want := range map[float64]bool{70: true, 80: false} {
		var out strings.Builder
		ok, err := run(strings.NewReader(in), of, goal, &out)
		if err != nil || ok != want {
			t.Errorf("goal %v: %v, %v", goal, ok, err)
		}
		if s := out.String(); !strings.Contains(s, "75.0% of     4") || !strings.Contains(s, "100.0% of    10") || want == strings.Contains(s, "x/x.go") {
			t.Errorf("goal %v:\n%s", goal, s)
		}
	}
	if _, err := run(strings.NewReader("x y z\n"), of, 90, &strings.Builder{}); err == nil {
		t.Error("nonsense passes as a profile")
	}
}

func TestKindOf(t *testing.T) {
	for file, want := range map[string]kind{"internal/care/promise/desk_x.go": other, "internal/kit/db/db.go": other, "internal/care/casefile/html/case_templ.go": other} {
		if got, err := kindOf(file); err != nil || got != want {
			t.Errorf("%s is %v, %v", file, got, err)
		}
	}
}
