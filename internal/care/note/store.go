package note

import (
	"fmt"
	"strings"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/module"
)

const columns = `org_id, note_id, case_id, writer_id, written_at, fact_id, taken_back_at`

func byID(q db.Q, orgID, id string) (Note, error) {
	n, ok, err := db.Find[Note](q, `SELECT `+columns+` FROM note WHERE org_id = $1 AND note_id = $2`, orgID, id)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "note-unknown")
	}
	return n, err
}

func insert(t *db.Tx, n Note) error {
	_, err := t.Exec(`INSERT INTO note (org_id, note_id, case_id, writer_id, written_at, fact_id) VALUES ($1, $2, $3, $4, $5, $6)`,
		n.Org, n.ID, n.Case, n.Writer, n.At, n.Fact)
	for i := 0; err == nil && i < len(n.Mentioned); i++ {
		err = db.Insert(t, "note_mention", n.Mentioned[i])
	}
	return err
}

func setTakenBack(t *db.Tx, n Note) error {
	changed, err := t.Exec(`UPDATE note SET taken_back_at = $3 WHERE org_id = $1 AND note_id = $2 AND taken_back_at IS NULL`, n.Org, n.ID, n.TakenBack)
	if err == nil && changed == 0 {
		err = errs.New(errs.Conflict, "note-taken-back")
	}
	return err
}

// ofCase gives notes of a case before a note, newest first, with their words
// and whom they mention.
func ofCase(q db.Q, orgID, caseID, before string, limit int) ([]Note, error) {
	if before == "" {
		before = "~" // sorts after every id
	}
	list, err := db.Select[Note](q, `SELECT `+columns+` FROM note
		WHERE org_id = $1 AND case_id = $2 AND note_id < $3 ORDER BY note_id DESC LIMIT $4`, orgID, caseID, before, limit)
	if err != nil {
		return nil, err
	}
	return list, fill(q, orgID, list)
}

// newestBy gives the newest note of a member in a case.
func newestBy(q db.Q, orgID, caseID, writer string) (Note, bool, error) {
	return db.Find[Note](q, `SELECT `+columns+` FROM note
		WHERE org_id = $1 AND writer_id = $2 AND case_id = $3 ORDER BY note_id DESC LIMIT 1`, orgID, writer, caseID)
}

// fill reads the words of notes and whom they mention, at most 200 at a time.
func fill(q db.Q, orgID string, list []Note) error {
	if len(list) == 0 {
		return nil
	}
	facts, args, marks, at := make([]string, len(list)), []any{orgID}, make([]string, len(list)), map[string]int{}
	for i, n := range list {
		facts[i], marks[i], at[n.ID] = n.Fact, fmt.Sprintf("$%d", i+2), i
		args = append(args, n.ID)
	}
	texts, err := ledger.Texts(q, orgID, facts)
	if err != nil {
		return err
	}
	mentions, err := db.Select[Mention](q, `SELECT org_id, note_id, member_id, told_id FROM note_mention
		WHERE org_id = $1 AND note_id IN (`+strings.Join(marks, ", ")+`) ORDER BY note_id, member_id`, args...)
	if err != nil {
		return err
	}
	for i := range list {
		list[i].Text = texts[list[i].Fact]["note"]
	}
	for _, m := range mentions {
		list[at[m.Note]].Mentioned = append(list[at[m.Note]].Mentioned, m)
	}
	return nil
}

// CheckWords looks over all organisations, for replay, for notes that were
// taken back and of which the words are still there.
func CheckWords(q db.Q) (rows int64, wrong []string, err error) {
	return module.CountAndList(q, `SELECT COUNT(*) FROM note WHERE taken_back_at IS NOT NULL`,
		`SELECT n.note_id FROM note n JOIN fact_body b ON b.org_id = n.org_id AND b.fact_id = n.fact_id
		WHERE n.taken_back_at IS NOT NULL ORDER BY n.note_id`)
}
