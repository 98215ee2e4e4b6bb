package main

import (
	"bufio"
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

const module = "github.com/houvast/houvast/"

func main() {
	goal := flag.Float64("goal", 90, "the share in percent that is asked of decisions and services in total")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: coverage [-goal PERCENT] PROFILE")
		os.Exit(2)
	}
	f, err := os.Open(flag.Arg(0))
	if err == nil {
		var reached bool
		if reached, err = run(f, kindOf, *goal, os.Stdout); err == nil && !reached {
			os.Exit(1)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "coverage:", err)
		os.Exit(1)
	}
}

// kind is what a file is.
type kind int

const (
	other kind = iota
	decision
	service
)

// neither are files that talk to people, programs or SQL, by how they begin.
var neither = []string{"desk", "portal", "api", "module", "store", "doc"}

// kindOf says what a file of ours is.
func kindOf(file string) (kind, error) {
	dir, base := path.Split(file)
	if strings.HasSuffix(base, "_templ.go") || strings.Contains(dir, "html/") || strings.HasSuffix(strings.TrimSuffix(dir, "/"), "test") ||
		slices.ContainsFunc(neither, func(p string) bool { return strings.HasPrefix(base, p) }) || !strings.HasPrefix(dir, "internal/kernel/") && !strings.HasPrefix(dir, "internal/care/") {
		return other, nil
	}
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		return other, err
	}
	for _, i := range f.Imports {
		if i.Path.Value == `"`+module+`internal/kit/db"` {
			return service, nil
		}
	}
	return decision, nil
}

// share is how many statements there are and how many were reached.
type share struct{ all, reached int }

func (s share) percent() float64 {
	if s.all == 0 {
		return 100
	}
	return 100 * float64(s.reached) / float64(s.all)
}

// run reads a profile and writes the table; false when the goal was not reached.
func run(profile io.Reader, of func(string) (kind, error), goal float64, out io.Writer) (bool, error) {
	statements, reached := map[string]int{}, map[string]bool{} // by block
	lines := bufio.NewScanner(profile)
	for lines.Scan() {
		block, rest, ok := strings.Cut(lines.Text(), " ")
		if !ok || block == "mode:" {
			continue
		}
		n, count, _ := strings.Cut(rest, " ")
		number, err := strconv.Atoi(n)
		if err != nil {
			return false, fmt.Errorf("%q is no line of a profile", lines.Text())
		}
		statements[block] = number // once, however many test programs hold it
		reached[block] = reached[block] || count != "0"
	}
	if err := lines.Err(); err != nil {
		return false, err
	}
	kinds, table, files, total := map[string]kind{}, map[string]*[3]share{}, map[string]*share{}, [3]share{}
	for block, n := range statements {
		file := strings.TrimPrefix(block[:strings.LastIndexByte(block, ':')], module)
		k, known := kinds[file]
		if !known {
			var err error
			if k, err = of(file); err != nil {
				return false, err
			}
			kinds[file] = k
		}
		if k == other {
			continue
		}
		row := table[path.Dir(file)]
		if row == nil {
			row = &[3]share{}
			table[path.Dir(file)] = row
		}
		if files[file] == nil {
			files[file] = &share{}
		}
		for _, s := range []*share{&row[k], &total[k], files[file]} {
			if s.all += n; reached[block] {
				s.reached += n
			}
		}
	}
	fmt.Fprintf(out, "%-36s %18s %18s\n", "package", "decisions", "services")
	for _, dir := range slices.Sorted(maps.Keys(table)) {
		row := table[dir]
		fmt.Fprintf(out, "%-36s %18s %18s%s\n", dir, row[decision], row[service], under(row, goal))
	}
	fmt.Fprintf(out, "%-36s %18s %18s\n", "in total", total[decision], total[service])
	low := slices.DeleteFunc(slices.Collect(maps.Keys(files)), func(f string) bool { return files[f].percent() >= goal })
	slices.SortFunc(low, func(a, b string) int {
		return (files[b].all - files[b].reached) - (files[a].all - files[a].reached)
	})
	if len(low) > 0 {
		fmt.Fprintf(out, "\nfiles under %.0f%%, those with most that is not reached first\n", goal)
	}
	for _, f := range low[:min(len(low), 40)] {
		fmt.Fprintf(out, "%7.1f%% %5d not reached  %s\n", files[f].percent(), files[f].all-files[f].reached, f)
	}
	return total[decision].percent() >= goal && total[service].percent() >= goal, nil
}

func (s share) String() string {
	if s.all == 0 {
		return "–"
	}
	return fmt.Sprintf("%5.1f%% of %5d", s.percent(), s.all)
}

func under(row *[3]share, goal float64) string {
	if row[decision].percent() < goal || row[service].percent() < goal {
		return "  under"
	}
	return ""
}
