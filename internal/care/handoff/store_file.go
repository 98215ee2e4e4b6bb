package handoff

import (
	"time"

	"github.com/houvast/houvast/internal/kit/db"
)

// States of a file that goes with a referral.
const (
	FileThere  = "there"  // our own document, with the sender
	FileComing = "coming" // its content is being fetched
	FileHere   = "here"
)

// PaperFile is what is known of a paper of a referral that is a file.
type PaperFile struct {
	Org          string    `db:"org_id" json:"-"`
	Referral     string    `db:"referral_id" json:"-"`
	Document     string    `db:"document_id" json:"document_id"`
	Media        string    `db:"media" json:"media"`
	Size         int64     `db:"size" json:"size"`
	SHA256       string    `db:"sha256" json:"sha256"`
	SourceOrg    string    `db:"source_org" json:"from_organisation_id" doc:"Whose document it is"`
	SourceID     string    `db:"source_id" json:"-"`
	State        string    `db:"state" json:"state" enum:"there,coming,here" doc:"there: with the organisation that sent it. coming: being fetched. here: can be read"`
	HereAt       time.Time `db:"here_at" json:"here_at,omitzero"`
	CaseDocument string    `db:"case_document" json:"case_document_id,omitempty" doc:"What it became in the case"`
}

var paperFileColumns = db.Columns[PaperFile]("")

// filesOf gives the files that go with a referral.
func filesOf(q db.Q, org, referral string) ([]PaperFile, error) {
	return db.Select[PaperFile](q, `SELECT `+paperFileColumns+` FROM referral_file
		WHERE org_id = $1 AND referral_id = $2 ORDER BY document_id LIMIT 200`, org, referral)
}

func findPaperFile(q db.Q, org, referral, document string) (PaperFile, bool, error) {
	return db.Find[PaperFile](q, `SELECT `+paperFileColumns+` FROM referral_file
		WHERE org_id = $1 AND referral_id = $2 AND document_id = $3`, org, referral, document)
}

func lockPaperFile(t *db.Tx, f PaperFile) (PaperFile, bool, error) {
	return db.Find[PaperFile](t, `SELECT `+paperFileColumns+` FROM referral_file
		WHERE org_id = $1 AND referral_id = $2 AND document_id = $3 FOR UPDATE`, f.Org, f.Referral, f.Document)
}

// hasPiece says whether a piece of a file came already.
func hasPiece(q db.Q, f PaperFile, n int) (bool, error) {
	got, err := db.Get[int64](q, `SELECT COUNT(*) FROM referral_chunk WHERE org_id = $1 AND referral_id = $2 AND document_id = $3 AND n = $4`,
		f.Org, f.Referral, f.Document, n)
	return got > 0, err
}

// keepPiece keeps a piece, once.
func keepPiece(t *db.Tx, f PaperFile, n int, b []byte) error {
	_, err := t.Exec(`INSERT INTO referral_chunk (org_id, referral_id, document_id, n, bytes) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		f.Org, f.Referral, f.Document, n, b)
	return err
}

// pieces puts what came together.
func pieces(q db.Q, f PaperFile) ([]byte, error) {
	type chunk struct {
		Bytes []byte `db:"bytes"`
	}
	list, err := db.Select[chunk](q, `SELECT bytes FROM referral_chunk WHERE org_id = $1 AND referral_id = $2 AND document_id = $3 ORDER BY n`,
		f.Org, f.Referral, f.Document)
	var out []byte
	for _, c := range list {
		out = append(out, c.Bytes...)
	}
	return out, err
}

func dropPieces(t *db.Tx, f PaperFile) error {
	_, err := t.Exec(`DELETE FROM referral_chunk WHERE org_id = $1 AND referral_id = $2 AND document_id = $3`, f.Org, f.Referral, f.Document)
	return err
}

func fileArrived(t *db.Tx, f PaperFile) error {
	_, err := t.Exec(`UPDATE referral_file SET state = 'here', here_at = $4
		WHERE org_id = $1 AND referral_id = $2 AND document_id = $3 AND state = 'coming'`, f.Org, f.Referral, f.Document, t.Now())
	return err
}

func fileFiled(t *db.Tx, f PaperFile, document string) error {
	_, err := t.Exec(`UPDATE referral_file SET case_document = $4
		WHERE org_id = $1 AND referral_id = $2 AND document_id = $3`, f.Org, f.Referral, f.Document, document)
	return err
}

func findPaper(q db.Q, f PaperFile) (Paper, bool, error) {
	return db.Find[Paper](q, `SELECT `+paperColumns+` FROM referral_document
		WHERE org_id = $1 AND referral_id = $2 AND document_id = $3`, f.Org, f.Referral, f.Document)
}
