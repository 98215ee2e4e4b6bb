package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Figure is one line of the table.
type Figure struct {
	Database string        `json:"database"`
	Cases    int           `json:"cases"`
	Sync     time.Duration `json:"sync_delay_ns,omitempty"` // added to each sync
	Row      string        `json:"row"`
	What     string        `json:"what"`
	Value    float64       `json:"value"`
	Unit     string        `json:"unit"`
	P50      time.Duration `json:"p50_ns,omitempty"`
	P99      time.Duration `json:"p99_ns,omitempty"`
	CPU      time.Duration `json:"cpu_ns,omitempty"` // processor time of the program for one of them
	Limit    float64       `json:"limit,omitempty"`
	Runs     []float64     `json:"runs,omitempty"`
	Goal     string        `json:"goal,omitempty"`
	Met      *bool         `json:"met,omitempty"`
	Note     string        `json:"note,omitempty"`
}

// ratio is the figure by its limit.
func (f Figure) ratio() float64 {
	if f.Limit == 0 {
		return 0
	}
	return f.Value / f.Limit
}

// judge compares with a goal.
func (f Figure) judge(goal string, met bool) Figure {
	if f.Goal != "" {
		goal = f.Goal + "; " + goal
		met = met && *f.Met
	}
	f.Goal, f.Met = goal, &met
	return f
}

func (f Figure) cells() []string {
	met := ""
	if f.Met != nil {
		met = "not met"
		if *f.Met {
			met = "met"
		}
	}
	size := thousands(f.Cases)
	if f.Sync > 0 {
		size += fmt.Sprintf(", sync +%s", f.Sync)
	}
	limit, ratio := "", ""
	if f.Limit > 0 {
		limit, ratio = amount(f.Limit, f.Unit), fmt.Sprintf("%.2f", f.ratio())
	}
	return []string{f.Database, size, f.What, amount(f.Value, f.Unit), span3(f.P50), span3(f.P99), span3(f.CPU), limit, ratio, f.Goal, met, f.Note}
}

var heading = []string{"database", "cases", "what", "median", "p50", "p99", "processor", "limit", "ratio", "goal", "met?", "note"}

// amount is a number as people read it.
func amount(v float64, unit string) string {
	switch {
	case unit == "/s" && v >= 100:
		return thousands(int(v+0.5)) + unit
	case v >= 100:
		return fmt.Sprintf("%.0f %s", v, unit)
	case unit == "/s":
		return fmt.Sprintf("%.1f%s", v, unit)
	}
	return fmt.Sprintf("%.2g %s", v, unit)
}

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return thousands(n/1000) + fmt.Sprintf(",%03d", n%1000)
}

// span3 is how long something took, in milliseconds.
func span3(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	switch {
	case d == 0:
		return ""
	case ms >= 100:
		return fmt.Sprintf("%.0f ms", ms)
	case ms >= 10:
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.2f ms", ms)
}

// WriteText writes the table for a terminal.
func WriteText(w io.Writer, figures []Figure) error {
	rows := [][]string{heading}
	for _, f := range figures {
		rows = append(rows, f.cells())
	}
	width := make([]int, len(heading))
	for _, r := range rows {
		for i, c := range r {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	for _, r := range rows {
		var b strings.Builder
		for i, c := range r {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(c))
			if i >= 3 && i <= 8 {
				b.WriteString(pad + c + "  ")
			} else {
				b.WriteString(c + pad + "  ")
			}
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(b.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// Between these the table stands in a document.
const (
	figuresBegin = "<!-- figures: written by make bench ARGS='--markdown docs/benchmarks.md' -->\n"
	figuresEnd   = "<!-- end of figures -->\n"
)

// Markdown writes the report for a document.
func (r *Report) Markdown() string {
	var b strings.Builder
	m := r.Machine
	fmt.Fprintf(&b, "Measured on %s: %s, %d cores, %d MB of memory, Linux %s, %s; load average before it %s.\n\n",
		r.At.Format(time.DateOnly), m.Processor, m.Cores, m.MemoryMB, m.Kernel, m.Go, m.Load)
	line := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(heading)
	b.WriteString("|---|---|---|---:|---:|---:|---:|---:|---:|---|---|---|\n")
	for _, f := range r.Figures {
		line(f.cells())
	}
	for _, n := range r.Notes {
		b.WriteString("\n" + n + "\n")
	}
	return b.String()
}

// Into puts the report into a document, between the marks where an earlier one
// stands; a document without marks becomes the report.
func (r *Report) Into(document string) string {
	before, rest, ok := strings.Cut(document, figuresBegin)
	if !ok {
		return r.Markdown()
	}
	_, after, ok := strings.Cut(rest, figuresEnd)
	if !ok {
		return r.Markdown()
	}
	return before + figuresBegin + "\n" + r.Markdown() + "\n" + figuresEnd + after
}

// WriteJSON writes everything that is known.
func WriteJSON(w io.Writer, r *Report) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}
