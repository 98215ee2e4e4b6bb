package migrate

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/houvast/houvast/internal/kit/db"
)

// Nodes of two versions run side by side while an installation is upgraded
// node by node. That works when the migrations between them only expand the
// schema: a table, a column or an index that the older program need not know.
// Such a migration says so in its file, with its reason:
//
//	-- expands: the older program leaves the column empty
//
// Every other one raises the floor: a program that does not know it is refused.

// floorless is the last migration before there was a floor.
const floorless = 44

var (
	expanding = regexp.MustCompile(`(?m)^-- expands: \S`)
	comment   = regexp.MustCompile(`(?m)--.*$`)
	created   = regexp.MustCompile(`(?i)^CREATE TABLE (\w+)`)
	indexed   = regexp.MustCompile(`(?i)^CREATE (UNIQUE )?INDEX \w+ ON (\w+)`)
	filled    = regexp.MustCompile(`(?i)^INSERT INTO (\w+)`)
	added     = regexp.MustCompile(`(?i)^ALTER TABLE \w+ ADD COLUMN `)
	needed    = regexp.MustCompile(`(?i)\bNOT NULL\b`)
	defaulted = regexp.MustCompile(`(?i)\bDEFAULT\b`)
	bound     = regexp.MustCompile(`(?i)\b(REFERENCES|UNIQUE)\b`)
)

// floor gives the text of a migration with what it does to the floor.
func floor(name, text string) (string, error) {
	n, err := strconv.Atoi(name[:5])
	if err != nil || n <= floorless {
		return text, err
	}
	if expanding.MatchString(text) {
		return text, onlyExpands(name, text)
	}
	return text + fmt.Sprintf("\nUPDATE schema_floor SET version = %d WHERE one = 1 AND version < %d;\n", n, n), nil
}

// onlyExpands refuses a migration that says it expands the schema and does
// something that a program which does not know of it could stumble over.
func onlyExpands(name, text string) error {
	fresh := map[string]bool{}
	for _, s := range strings.Split(comment.ReplaceAllString(text, ""), ";") {
		s = strings.TrimSpace(s)
		switch m := created.FindStringSubmatch(s); {
		case s == "":
		case m != nil:
			fresh[m[1]] = true
		case indexed.MatchString(s):
			if m := indexed.FindStringSubmatch(s); m[1] != "" && !fresh[m[2]] {
				return fmt.Errorf("migration %s says that it expands, but a unique index on %s refuses what older programs write", name, m[2])
			}
		case filled.MatchString(s) && fresh[filled.FindStringSubmatch(s)[1]]:
		case added.MatchString(s):
			if needed.MatchString(s) && !defaulted.MatchString(s) || bound.MatchString(s) {
				return fmt.Errorf("migration %s says that it expands, but older programs cannot fill the column: %s", name, s)
			}
		default:
			return fmt.Errorf("migration %s says that it expands, but an older program may stumble over: %.60s", name, s)
		}
	}
	return nil
}

// Floor is the oldest version that a program must know to work with the
// database.
func Floor(q db.Q) (int64, error) {
	return db.Get[int64](q, `SELECT version FROM schema_floor WHERE one = 1`)
}
