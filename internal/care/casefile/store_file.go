package casefile

import (
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/files"
)

var fileColumns = db.Columns[File]("")

// chunkSize is how much of a file one row holds.
const chunkSize = 512 << 10

// fileByID gives what is known of a document that is a file.
func fileByID(q db.Q, org, id string) (File, bool, error) {
	return db.Find[File](q, `SELECT `+fileColumns+` FROM document_file WHERE org_id = $1 AND document_id = $2`, org, id)
}

func lockFile(t *db.Tx, org, id string) (File, bool, error) {
	return db.Find[File](t, `SELECT `+fileColumns+` FROM document_file WHERE org_id = $1 AND document_id = $2 FOR UPDATE`, org, id)
}

// FileIn gives what is known of a document that is a file; false for a text.
func FileIn(q db.Q, org, id string) (File, bool, error) { return fileByID(q, org, id) }

// FilesOf gives what is known of the documents of a case that are files.
func FilesOf(q db.Q, org, caseID string) (map[string]File, error) {
	list, err := db.Select[File](q, `SELECT `+db.Columns[File]("f.")+` FROM document d
		JOIN document_file f ON f.org_id = $1 AND f.document_id = d.document_id
		WHERE d.org_id = $1 AND d.case_id = $2 LIMIT 200`, org, caseID)
	out := make(map[string]File, len(list))
	for _, f := range list {
		out[f.Document] = f
	}
	return out, err
}

// PieceOf gives the n-th piece of a file that may be given out; false when
// there are no more.
func PieceOf(q db.Q, org, id string, n int) ([]byte, bool, error) {
	type chunk struct {
		Bytes []byte `db:"bytes"`
	}
	c, ok, err := db.Find[chunk](q, `SELECT c.bytes AS bytes FROM document_chunk c JOIN document_file f ON f.org_id = $1 AND f.document_id = c.document_id
		WHERE c.org_id = $1 AND c.document_id = $2 AND c.n = $3 AND f.state IN ('clean', 'unscanned')`, org, id, n)
	return c.Bytes, ok, err
}

// putBytes keeps the content of a file.
func putBytes(t *db.Tx, org, id string, b []byte) error {
	for n := 0; len(b) > 0; n++ {
		size := min(len(b), chunkSize)
		if _, err := t.Exec(`INSERT INTO document_chunk (org_id, document_id, n, bytes) VALUES ($1, $2, $3, $4)`, org, id, n, b[:size]); err != nil {
			return err
		}
		b = b[size:]
	}
	return nil
}

// bytesOf puts the content of a file together again.
func bytesOf(q db.Q, org, id string) ([]byte, error) {
	type chunk struct {
		Bytes []byte `db:"bytes"`
	}
	list, err := db.Select[chunk](q, `SELECT bytes FROM document_chunk WHERE org_id = $1 AND document_id = $2 ORDER BY n`, org, id)
	var out []byte
	for _, c := range list {
		out = append(out, c.Bytes...)
	}
	return out, err
}

// judged saves what a scanner said about a file whose row is held; the content
// of an infected one goes.
func judged(t *db.Tx, f File) error {
	var finding any
	if f.Finding != "" {
		finding = f.Finding
	}
	if _, err := t.Exec(`UPDATE document_file SET state = $3, checked_at = $4, finding = $5 WHERE org_id = $1 AND document_id = $2`,
		f.Org, f.Document, string(f.State), f.CheckedAt, finding); err != nil || f.State != files.Infected {
		return err
	}
	_, err := t.Exec(`DELETE FROM document_chunk WHERE org_id = $1 AND document_id = $2`, f.Org, f.Document)
	return err
}
