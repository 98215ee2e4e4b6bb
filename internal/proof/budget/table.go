package budget

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Line is what a route may ask of the database for one request.
type Line struct {
	Statements int64 `toml:"statements" json:"statements"`
	Rows       int64 `toml:"rows" json:"rows"`     // read and changed
	Reads      int64 `toml:"reads" json:"reads"`   // snapshots, and transactions that changed nothing
	Writes     int64 `toml:"writes" json:"writes"` // transactions that committed: each waits for the disk
}

func (l Line) most(o Line) Line {
	return Line{max(l.Statements, o.Statements), max(l.Rows, o.Rows), max(l.Reads, o.Reads), max(l.Writes, o.Writes)}
}

// Read reads a table of lines by route.
func Read(r io.Reader) (map[string]Line, error) {
	var out map[string]Line
	meta, err := toml.NewDecoder(r).Decode(&out)
	if err == nil && len(meta.Undecoded()) > 0 {
		err = fmt.Errorf("no such count: %v", meta.Undecoded())
	}
	return out, err
}

// Write writes a table as it is kept: by path, a line for each route.
func Write(w io.Writer, lines map[string]Line) error {
	list := make([]string, 0, len(lines))
	for route := range lines {
		list = append(list, route)
	}
	slices.SortFunc(list, func(a, b string) int {
		ma, pa, _ := strings.Cut(a, " ")
		mb, pb, _ := strings.Cut(b, " ")
		if pa != pb {
			return strings.Compare(pa, pb)
		}
		return strings.Compare(ma, mb)
	})
	for _, route := range list {
		l := lines[route]
		if _, err := fmt.Fprintf(w, "%-64s = { statements = %d, rows = %d, reads = %d, writes = %d }\n",
			fmt.Sprintf("%q", route), l.Statements, l.Rows, l.Reads, l.Writes); err != nil {
			return err
		}
	}
	return nil
}

// Compare says where what was measured is more than its line, and where it is
// less, so that the line can be lowered.
func Compare(route string, declared, ran Line) (over, under []string) {
	for _, c := range []struct {
		what          string
		declared, ran int64
	}{
		{"statements", declared.Statements, ran.Statements}, {"rows", declared.Rows, ran.Rows},
		{"reads", declared.Reads, ran.Reads}, {"writes", declared.Writes, ran.Writes},
	} {
		switch said := fmt.Sprintf("%s declares %d %s, ran %d", route, c.declared, c.what, c.ran); {
		case c.ran > c.declared:
			over = append(over, said)
		case c.ran < c.declared:
			under = append(under, said)
		}
	}
	return over, under
}
