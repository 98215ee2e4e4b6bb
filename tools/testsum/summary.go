package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// An event is one line of `go test -json`; see `go doc test2json` and, for builds, `go help buildjson`.
type event struct {
	Action      string
	Package     string
	ImportPath  string // of build-output, instead of Package
	Test        string
	Elapsed     float64
	Output      string
	FailedBuild string
}

// A test is what is known of one test or subtest, by its full name.
type test struct {
	result string // "" while it runs, then pass, fail or skip
	output strings.Builder
	parent bool
}

// A pack is what is known of one package until it ends.
type pack struct {
	tests  map[string]*test
	output strings.Builder // what no test said: a panic, TestMain, the runtime
}

type skip struct{ where, reason string }

type summary struct {
	out                     io.Writer
	packages                map[string]*pack
	builds                  map[string]*strings.Builder
	skips                   []skip
	passed, failed, skipped int
}

func newSummary(out io.Writer) *summary {
	return &summary{out: out, packages: map[string]*pack{}, builds: map[string]*strings.Builder{}}
}

// read takes events until the stream ends. A line that is none (go itself complaining) is passed on as it is.
func (s *summary) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		switch {
		case len(line) == 0:
		case json.Unmarshal(line, &e) != nil:
			fmt.Fprint(s.out, string(line))
		default:
			s.take(e)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *summary) take(e event) {
	if e.Action == "build-output" {
		if s.builds[e.ImportPath] == nil {
			s.builds[e.ImportPath] = &strings.Builder{}
		}
		s.builds[e.ImportPath].WriteString(e.Output)
		return
	}
	if e.Package == "" {
		return
	}
	p := s.packages[e.Package]
	if p == nil {
		p = &pack{tests: map[string]*test{}}
		s.packages[e.Package] = p
	}
	if e.Test == "" {
		switch e.Action {
		case "output":
			p.output.WriteString(e.Output)
		case "pass", "fail", "skip":
			s.finish(e, p)
			delete(s.packages, e.Package)
		}
		return
	}
	t := p.test(e.Test)
	switch e.Action {
	case "output":
		t.output.WriteString(e.Output)
	case "pass", "fail", "skip":
		t.result = e.Action
	}
}

// test finds or adds a test; a subtest marks those above it as parents.
func (p *pack) test(name string) *test {
	t := p.tests[name]
	if t == nil {
		t = &test{}
		p.tests[name] = t
		for i := strings.LastIndexByte(name, '/'); i > 0; i = strings.LastIndexByte(name[:i], '/') {
			p.test(name[:i]).parent = true
		}
	}
	return t
}

// finish counts and prints a package that has ended.
func (s *summary) finish(e event, p *pack) {
	name := short(e.Package)
	var passed, skipped int
	var failures []string
	for _, n := range slices.Sorted(maps.Keys(p.tests)) {
		t := p.tests[n]
		switch t.result {
		case "pass":
			if !t.parent {
				passed++
			}
		case "skip":
			if !t.parent {
				skipped++
				s.skips = append(s.skips, skip{name + " " + n, reason(t.output.String())})
			}
		default: // failed, or still running when the package died
			if t.result == "" && e.Action == "pass" {
				continue
			}
			failures = append(failures, n)
		}
	}
	// A parent of a failed test failed only because of it.
	failures = slices.DeleteFunc(failures, func(n string) bool {
		return slices.ContainsFunc(failures, func(other string) bool { return strings.HasPrefix(other, n+"/") })
	})
	s.passed += passed
	s.skipped += skipped
	s.failed += len(failures)

	if e.Action != "fail" {
		if passed+skipped > 0 {
			fmt.Fprintf(s.out, "ok    %-36s %6.1f s  %4d passed%s\n", name, e.Elapsed, passed, and(skipped, "skipped"))
		}
		return
	}
	if len(failures) == 0 {
		s.failed++
	}
	fmt.Fprintf(s.out, "FAIL  %-36s %6.1f s  %4d passed%s%s\n", name, e.Elapsed, passed, and(len(failures), "failed"), and(skipped, "skipped"))
	if b := s.builds[e.FailedBuild]; b != nil {
		fmt.Fprint(s.out, indent(b.String()))
	}
	for _, n := range failures {
		t := p.tests[n]
		verdict := ""
		if t.result == "" {
			verdict = " did not finish"
		}
		fmt.Fprintf(s.out, "  %s%s\n%s", n, verdict, indent(t.output.String()))
	}
	fmt.Fprint(s.out, indent(p.output.String()))
}

// failRun counts a failure that belongs to no package.
func (s *summary) failRun(why string) {
	s.failed++
	fmt.Fprintln(s.out, "FAIL ", why)
}

func (s *summary) failedBefore(names string) {
	fmt.Fprintln(s.out, "\nFailed before the tests:", names)
}

// close prints what was skipped and the closing line, and tells whether something ran and nothing failed.
func (s *summary) close() bool {
	if len(s.packages) > 0 { // cut off in the middle
		for _, n := range slices.Sorted(maps.Keys(s.packages)) {
			s.finish(event{Action: "fail", Package: n}, s.packages[n])
		}
	}
	if len(s.skips) > 0 {
		fmt.Fprintln(s.out, "\nSkipped:")
		for _, k := range s.skips {
			fmt.Fprintf(s.out, "  %s: %s\n", k.where, k.reason)
		}
	}
	fmt.Fprintf(s.out, "\n%d passed, %d failed, %d skipped\n", s.passed, s.failed, s.skipped)
	return s.failed == 0 && s.passed > 0
}

// logged is a line that a test wrote with t.Log, t.Skip and the like.
var logged = regexp.MustCompile(`^\s+[\w.-]+\.go:\d+: (.*)$`)

// reason is what a skipped test said last.
func reason(output string) string {
	last := "no reason given"
	for line := range strings.Lines(output) {
		if m := logged.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
			last = m[1]
		}
	}
	return last
}

// noise is what the test runner says and the summary says better.
var noise = regexp.MustCompile(`^\s*(=== (RUN|PAUSE|CONT|NAME)\b|--- (PASS|FAIL|SKIP): |(PASS|FAIL|ok)(\s|$)|exit status \d+$)`)

// indent sets a failure's output below its heading.
func indent(output string) string {
	var b strings.Builder
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, "\n")
		if line != "" && !noise.MatchString(line) {
			b.WriteString("      " + line + "\n")
		}
	}
	return b.String()
}

func and(n int, what string) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d %s", n, what)
}

// short is an import path without the module's, as the directory is known to people.
func short(pkg string) string {
	const module = "github.com/houvast/houvast"
	if pkg == module {
		return "."
	}
	return strings.TrimPrefix(pkg, module+"/")
}
