package budget

import (
	"regexp"
	"slices"
	"strings"
)

// Schema is what has to be known of tables and indexes to judge a plan.
type Schema struct {
	Columns map[string][]string // of each table
	Indexes map[string]Index    // by name
	Bounded map[string]string   // tables that stay small in every organisation, with the reason
}

// Index is an index, also that of a primary key.
type Index struct {
	Table string
	Where string // of a partial index
}

// Finding is a part of a plan that reads more the more there is.
type Finding struct {
	Table string
	Line  string // of the plan
	Why   string
}

var (
	places   = regexp.MustCompile(`\$\d+`)
	values   = regexp.MustCompile(`\((?:CAST\(\$ AS \w+\)|\$|, )+\)`)
	repeated = regexp.MustCompile(`\(…\)(?:, \(…\))+`)
	named    = regexp.MustCompile(`(?i)\b(?:FROM|JOIN|UPDATE|INTO|,)\s+(\w+)(?:\s+(?:AS\s+)?(\w+))?`)
	limited  = regexp.MustCompile(`(?i)\bLIMIT\b`)
	first    = regexp.MustCompile(`^SELECT MIN\(\w+\) FROM`)
)

// Plain is a statement with its places and long lists taken out, so that two
// that differ in the length of a list only are one.
func Plain(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	text = places.ReplaceAllString(text, "$")
	text = values.ReplaceAllString(text, "(…)")
	return repeated.ReplaceAllString(text, "(…)")
}

// tablesOf finds which table each name in a statement means.
func (s Schema) tablesOf(text string) map[string]string {
	out := map[string]string{}
	for _, m := range named.FindAllStringSubmatch(text, -1) {
		table, alias := m[1], m[2]
		if _, ok := s.Columns[table]; !ok {
			continue
		}
		out[table] = table
		switch strings.ToUpper(alias) {
		case "", "WHERE", "SET", "ON", "JOIN", "LEFT", "ORDER", "GROUP", "LIMIT", "UNION", "VALUES", "INNER", "FOR", "AND", "CROSS", "EXISTS":
		default:
			out[alias] = table
		}
	}
	return out
}

// unserved are the columns that a statement compares for equality on a table
// without the index knowing them: then rows are read that are thrown away.
func (s Schema) unserved(text, table, alias, index string, used []string) (out []string) {
	where := s.Indexes[index].Where
	for _, c := range s.Columns[table] {
		if c == "org_id" || slices.Contains(used, c) || regexp.MustCompile(`\b`+c+`\b`).MatchString(where) {
			continue
		}
		name := `(?:^|[\s(])` + c
		if alias != table {
			name = `\b` + alias + `\.` + c
		}
		if regexp.MustCompile(name + `\s*(?:=|IN \()`).MatchString(text) {
			out = append(out, c)
		}
	}
	return out
}

var (
	scan     = regexp.MustCompile(`^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?`)
	search   = regexp.MustCompile(`^SEARCH (\w+)(?: EXISTS)? USING (?:AUTOMATIC )?(?:PARTIAL )?(?:COVERING )?(?:INDEX(?: (\w+))?|INTEGER PRIMARY KEY|PRIMARY KEY) \((.*)\)`)
	equal    = regexp.MustCompile(`(\w+)=\?`)
	compared = regexp.MustCompile(`(\w+)[<>]\?`)
)

// JudgeSQLite looks through a plan of SQLite for what reads a whole table, or
// everything an organisation has in one.
func (s Schema) JudgeSQLite(text string, plan []string) (out []Finding) {
	tables := s.tablesOf(text)
	sorted := slices.ContainsFunc(plan, func(l string) bool { return strings.Contains(l, "USE TEMP B-TREE FOR ORDER BY") })
	for _, line := range plan {
		line = strings.TrimSpace(line)
		if m := scan.FindStringSubmatch(line); m != nil {
			table := tables[m[1]]
			if table != "" && s.Bounded[table] == "" {
				out = append(out, Finding{table, line, "reads the whole table"})
			}
			continue
		}
		m := search.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		alias, index := m[1], m[2]
		table := s.Indexes[index].Table
		if table == "" {
			table = tables[alias]
		}
		if strings.Contains(line, "AUTOMATIC") {
			out = append(out, Finding{table, line, "makes an index for this statement alone"})
			continue
		}
		if table == "" || s.Bounded[table] != "" {
			continue
		}
		var used, ranged []string
		for _, e := range equal.FindAllStringSubmatch(m[3], -1) {
			used = append(used, e[1])
		}
		for _, e := range compared.FindAllStringSubmatch(m[3], -1) {
			ranged = append(ranged, e[1])
		}
		if slices.ContainsFunc(used, func(c string) bool { return c != "org_id" }) {
			continue
		}
		if len(used) == 0 && first.MatchString(text) {
			continue // of an index that the watches of the installation share
		}
		if why := s.broad(text, table, alias, index, slices.Concat(used, ranged), sorted); why != "" {
			out = append(out, Finding{table, line, why})
		}
	}
	return out
}

// broad says why a walk over an organisation's part of an index is too much.
// One that follows the order wanted and stops at a limit is not.
func (s Schema) broad(text, table, alias, index string, used []string, sorted bool) string {
	switch left := s.unserved(text, table, alias, index, used); {
	case len(left) > 0:
		return "walks what the organisation has and looks for " + strings.Join(left, ", ")
	case sorted:
		return "sorts all that the organisation has"
	case !limited.MatchString(text):
		return "reads all that the organisation has, without a limit"
	}
	return ""
}

var (
	pgNode   = regexp.MustCompile(`^(\s*)(?:->\s+)?(.*?)(?:  \(cost=.*)?$`)
	pgScan   = regexp.MustCompile(`^(?:Parallel )?(Seq Scan|Index Scan|Index Only Scan|Index Scan Backward|Index Only Scan Backward|Bitmap Heap Scan)(?: Backward)?(?: using (\w+))? on (\w+)(?: (\w+))?`)
	pgBitmap = regexp.MustCompile(`^Bitmap Index Scan on (\w+)`)
	pgEqual  = regexp.MustCompile(`\(?(\w+)\)?(?:::\w+)? = `)
	pgOrder  = regexp.MustCompile(`\(?(\w+)\)?(?:::\w+)? (?:<|>|<=|>=) `)
)

// JudgePostgres does the same with a plan of PostgreSQL, made with the
// statistics of large tables.
func (s Schema) JudgePostgres(text string, plan []string) (out []Finding) {
	sorted := slices.ContainsFunc(plan, func(l string) bool { return strings.Contains(l, "->  Sort") || strings.HasPrefix(l, "Sort") })
	heap := "" // alias of the bitmap scan above
	for i, line := range plan {
		m := pgNode.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		node := m[2]
		var table, alias, index string
		if b := pgBitmap.FindStringSubmatch(node); b != nil {
			index = b[1]
			table, alias = s.Indexes[index].Table, heap
		} else if n := pgScan.FindStringSubmatch(node); n != nil {
			index, table, alias = n[2], n[3], n[4]
			if alias == "" {
				alias = table
			}
			if n[1] == "Bitmap Heap Scan" {
				heap = alias
				continue
			}
			if _, ours := s.Columns[table]; !ours || s.Bounded[table] != "" {
				continue
			}
			if n[1] == "Seq Scan" {
				out = append(out, Finding{table, node, "reads the whole table"})
				continue
			}
		} else {
			continue
		}
		if table == "" || s.Bounded[table] != "" {
			continue
		}
		cond := ""
		for _, next := range plan[i+1:] {
			if strings.Contains(next, "->") {
				break
			}
			if c, ok := strings.CutPrefix(strings.TrimSpace(next), "Index Cond: "); ok {
				cond = c
			}
		}
		var used, ranged []string
		for _, e := range pgEqual.FindAllStringSubmatch(cond, -1) {
			used = append(used, e[1])
		}
		for _, e := range pgOrder.FindAllStringSubmatch(cond, -1) {
			ranged = append(ranged, e[1])
		}
		if slices.ContainsFunc(used, func(c string) bool { return c != "org_id" }) {
			continue
		}
		if len(used) == 0 && first.MatchString(text) {
			continue
		}
		if why := s.broad(text, table, alias, index, slices.Concat(used, ranged), sorted); why != "" {
			out = append(out, Finding{table, strings.TrimSpace(node + " " + cond), why})
		}
	}
	return out
}
