package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestSummary(t *testing.T) {
	const pkg = `"Package":"github.com/houvast/houvast/internal/x"`
	passes := func(name string) string {
		return `{"Action":"run",` + pkg + `,"Test":"` + name + `"}` + "\n" + `{"Action":"pass",` + pkg + `,"Test":"` + name + `"}` + "\n"
	}
	fails := func(name, says string) string {
		return `{"Action":"output",` + pkg + `,"Test":"` + name + `","Output":"    x_test.go:7: ` + says + `\n"}` + "\n" +
			`{"Action":"fail",` + pkg + `,"Test":"` + name + `"}` + "\n"
	}
	packagePasses := `{"Action":"pass",` + pkg + `,"Elapsed":1.25}` + "\n"
	packageFails := `{"Action":"fail",` + pkg + `,"Elapsed":1.25}` + "\n"

	for name, c := range map[string]struct {
		events string
		ok     bool
		want   []string
		not    []string
	}{
		"nothing ran": {
			want: []string{"0 passed, 0 failed, 0 skipped"},
		},
		"a package without tests is not mentioned": {
			events: passes("TestA") + packagePasses + `{"Action":"skip","Package":"github.com/houvast/houvast/internal/empty"}`,
			ok:     true,
			want:   []string{"ok    internal/x ", "1.2 s", "1 passed, 0 failed, 0 skipped"},
			not:    []string{"empty"},
		},
		"only leaves count": {
			events: passes("TestA/one/deep") + passes("TestA/one") + passes("TestA/two") + passes("TestA") + packagePasses,
			ok:     true,
			want:   []string{"\n2 passed, 0 failed, 0 skipped\n"},
		},
		"a leaf's failure counts once, with its output": {
			events: passes("TestA/good") + fails("TestA/bad", "got 1, want 2") + fails("TestA", "from above") + packageFails,
			want:   []string{"FAIL  internal/x ", "TestA/bad\n          x_test.go:7: got 1, want 2\n", "\n1 passed, 1 failed, 0 skipped\n"},
			not:    []string{"from above"},
		},
		"a parent that fails by itself counts": {
			events: passes("TestA/good") + fails("TestA", "left a goroutine") + packageFails,
			want:   []string{"left a goroutine", "\n1 passed, 1 failed, 0 skipped\n"},
		},
		"a name that only begins like another is no parent": {
			events: passes("TestAB") + fails("TestA", "alone") + packageFails,
			want:   []string{"alone", "\n1 passed, 1 failed, 0 skipped\n"},
		},
		"a skip is listed with its reason": {
			events: passes("TestA") +
				`{"Action":"output",` + pkg + `,"Test":"TestB","Output":"    x_test.go:9: needs PostgreSQL: set IT\n"}` + "\n" +
				`{"Action":"output",` + pkg + `,"Test":"TestB","Output":"--- SKIP: TestB (0.00s)\n"}` + "\n" +
				`{"Action":"skip",` + pkg + `,"Test":"TestB"}` + "\n" + packagePasses,
			ok:   true,
			want: []string{"internal/x TestB: needs PostgreSQL: set IT\n", "\n1 passed, 0 failed, 1 skipped\n"},
		},
		"everything skipped is no success": {
			events: `{"Action":"skip",` + pkg + `,"Test":"TestB"}` + "\n" + packagePasses,
			want:   []string{"TestB: no reason given", "\n0 passed, 0 failed, 1 skipped\n"},
		},
		"a package that does not build": {
			events: `{"ImportPath":"x [x.test]","Action":"build-output","Output":"x.go:3:1: undefined: y\n"}` + "\n" +
				`{"Action":"fail",` + pkg + `,"FailedBuild":"x [x.test]"}` + "\n",
			want: []string{"x.go:3:1: undefined: y", "\n0 passed, 1 failed, 0 skipped\n"},
		},
		"a test that never ended": {
			events: passes("TestA") + `{"Action":"run",` + pkg + `,"Test":"TestHangs"}` + "\n" +
				`{"Action":"output",` + pkg + `,"Output":"panic: test timed out\n"}` + "\n" + packageFails,
			want: []string{"TestHangs did not finish", "panic: test timed out", "\n1 passed, 1 failed, 0 skipped\n"},
		},
		"a stream that breaks off": {
			events: passes("TestA") + `{"Action":"run",` + pkg + `,"Test":"TestB"}` + "\n",
			want:   []string{"TestB did not finish", "\n1 passed, 1 failed, 0 skipped\n"},
		},
		"a panic outside any test": {
			events: passes("TestA") + `{"Action":"output",` + pkg + `,"Output":"exit in TestMain\n"}` + "\n" + packageFails,
			want:   []string{"exit in TestMain", "\n1 passed, 1 failed, 0 skipped\n"},
		},
		"a line that is no event is passed on": {
			events: "go: no such thing\n" + passes("TestA") + packagePasses,
			ok:     true,
			want:   []string{"go: no such thing\n"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			s := newSummary(&out)
			if err := s.read(strings.NewReader(c.events)); err != nil {
				t.Fatal(err)
			}
			if ok := s.close(); ok != c.ok {
				t.Errorf("success: %v, want %v", ok, c.ok)
			}
			for _, w := range c.want {
				if !strings.Contains(out.String(), w) {
					t.Errorf("lacks %q:\n%s", w, out.String())
				}
			}
			for _, w := range c.not {
				if strings.Contains(out.String(), w) {
					t.Errorf("should not say %q:\n%s", w, out.String())
				}
			}
		})
	}
}

func TestRun(t *testing.T) {
	const pass = `echo '{"Action":"pass","Package":"p","Test":"TestA"}'; echo '{"Action":"pass","Package":"p"}'; `
	for name, c := range map[string]struct {
		script, before string
		code           int
		want           string
	}{
		"all well":                            {pass, "", 0, "\n1 passed, 0 failed, 0 skipped\n"},
		"the command fails, the tests do not": {pass + "exit 3", "", 1, "\n1 passed, 1 failed, 0 skipped\n"},
		"a check failed before":               {pass, "lint", 1, "Failed before the tests: lint\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			if code := run([]string{"sh", "-c", c.script}, c.before, &out, &errs); code != c.code {
				t.Errorf("exit code %d, want %d; %s", code, c.code, errs.String())
			}
			if !strings.HasSuffix(out.String(), " skipped\n") || !strings.Contains(out.String(), c.want) {
				t.Errorf("ends otherwise:\n%s", out.String())
			}
		})
	}
	if code := run([]string{"/no/such/command"}, "", &bytes.Buffer{}, &bytes.Buffer{}); code != 1 {
		t.Errorf("a command that cannot start: exit code %d", code)
	}
}
