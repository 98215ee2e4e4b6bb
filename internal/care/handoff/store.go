package handoff

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

// Migrations are the capability's tables.
//
//go:embed schema/*.sql
var Migrations embed.FS

var (
	handoffColumns  = db.Columns[Handoff]("")
	referralColumns = db.Columns[Referral]("")
	paperColumns    = db.Columns[Paper]("")
	requestColumns  = db.Columns[Request]("")
)

func found[T any](v T, ok bool, err error, typ string) (T, error) {
	if err == nil && !ok {
		err = errs.New(errs.NotFound, typ)
	}
	return v, err
}

func handoffByID(q db.Q, org, id string) (Handoff, error) {
	h, ok, err := db.Find[Handoff](q, `SELECT `+handoffColumns+` FROM handoff WHERE org_id = $1 AND handoff_id = $2`, org, id)
	return found(h, ok, err, "handoff-not-found")
}

// openHandoff is the offer of a case that waits for an answer.
func openHandoff(t *db.Tx, org, caseID string) (Handoff, bool, error) {
	return db.Find[Handoff](t, `SELECT `+handoffColumns+` FROM handoff
		WHERE org_id = $1 AND case_id = $2 AND state IN ('offered', 'timed-out') FOR UPDATE`, org, caseID)
}

// offeredOf gives those of at most 200 cases that are offered and not answered.
func offeredOf(q db.Q, org string, cases []string) ([]string, error) {
	if len(cases) == 0 {
		return nil, nil
	}
	args, marks := []any{org}, make([]string, len(cases))
	for i, c := range cases {
		args = append(args, c)
		marks[i] = fmt.Sprintf("$%d", i+2)
	}
	return db.Select[string](q, `SELECT case_id FROM handoff WHERE org_id = $1 AND case_id IN (`+strings.Join(marks, ", ")+`)
		AND state IN ('offered', 'timed-out')`, args...)
}

func updateHandoff(t *db.Tx, h Handoff) error {
	return db.Changed(t.Exec(`UPDATE handoff SET to_member = $3, state = $4, look_at = $5, late = $6, answered_at = $7, answered_by = $8,
		reason = $9, explanation = $10, next_step = $11, version = version + 1
		WHERE org_id = $1 AND handoff_id = $2 AND version = $12`,
		h.Org, h.ID, h.To, string(h.State), h.LookAt, h.Late, h.AnsweredAt, db.Null(h.AnsweredBy),
		db.Null(h.Reason), db.Null(h.Explanation), db.Null(h.Next), h.Version))
}

// Filter says which offers a list shows.
type Filter struct {
	Direction string // Out or In
	Member    string // "" is everybody's
	Case      string
	Open      bool // only those that wait for an answer
}

func listHandoffs(q db.Q, org string, f Filter, before string, limit int) ([]Handoff, error) {
	column := "to_member"
	if f.Direction == Out {
		column = "from_member"
	}
	text, args := where(`SELECT `+handoffColumns+` FROM handoff WHERE org_id = $1 AND handoff_id < $2`, f, column, org, before, limit)
	if f.Open {
		text += ` AND state IN ('offered', 'timed-out')`
	}
	return db.Select[Handoff](q, text+` ORDER BY handoff_id DESC LIMIT $3`, args...)
}

func where(text string, f Filter, member, org, before string, limit int) (string, []any) {
	if before == "" {
		before = "~" // sorts after every id
	}
	args := []any{org, before, limit}
	if f.Member != "" {
		args = append(args, f.Member)
		text += fmt.Sprintf(` AND %s = $%d`, member, len(args))
	}
	if f.Case != "" {
		args = append(args, f.Case)
		text += fmt.Sprintf(` AND case_id = $%d`, len(args))
	}
	return text, args
}

// passes gives how often a case was passed on here: accepted handoffs, and
// referrals with every time they were sent on.
func passes(q db.Q, org, caseID string) ([]pass, error) {
	return db.Select[pass](q, `SELECT answered_at AS at, 1 AS times FROM handoff WHERE org_id = $1 AND case_id = $2 AND state = 'accepted'
		UNION ALL SELECT offered_at AS at, hops AS times FROM referral WHERE org_id = $1 AND case_id = $2 AND direction = 'out'`, org, caseID)
}

// declinedOf gives the offers of a case that were declined.
func declinedOf(q db.Q, org, caseID string) ([]string, error) {
	return db.Select[string](q, `SELECT handoff_id FROM handoff WHERE org_id = $1 AND case_id = $2 AND state = 'declined'
		UNION ALL SELECT referral_id FROM referral WHERE org_id = $1 AND case_id = $2 AND direction = 'out' AND state = 'declined' LIMIT 50`, org, caseID)
}

// referralByID gives an organisation's own row of a referral.
func referralByID(q db.Q, org, id string) (Referral, error) {
	r, ok, err := findReferral(q, org, id)
	return found(r, ok, err, "referral-not-found")
}

func findReferral(q db.Q, org, id string) (Referral, bool, error) {
	return db.Find[Referral](q, `SELECT `+referralColumns+` FROM referral WHERE org_id = $1 AND referral_id = $2`, org, id)
}

func lockReferral(t *db.Tx, org, id string) (Referral, error) {
	r, ok, err := db.Find[Referral](t, `SELECT `+referralColumns+` FROM referral WHERE org_id = $1 AND referral_id = $2 FOR UPDATE`, org, id)
	return found(r, ok, err, "referral-not-found")
}

// unsettled is a referral of a case whose answer may still come.
func unsettled(t *db.Tx, org, caseID string) (Referral, bool, error) {
	return db.Find[Referral](t, `SELECT `+referralColumns+` FROM referral WHERE org_id = $1 AND case_id = $2 AND direction = 'out'
		AND (state IN ('offered', 'received', 'timed-out') OR state = 'withdrawn' AND settled = 0)
		ORDER BY referral_id DESC LIMIT 1 FOR UPDATE`, org, caseID)
}

func updateReferral(t *db.Tx, r Referral) error {
	required, missing, chain, err := r.lists()
	if err != nil {
		return err
	}
	return db.Changed(t.Exec(`UPDATE referral SET peer_org = $3, case_id = $4, person_id = $5, handler_member = $6, state = $7,
		settled = $8, required = $9, missing = $10, chain = $11, hops = $12, answer_by = $13, look_at = $14, late = $15,
		answered_at = $16, answered_by = $17, onward_org = $18, reason = $19, explanation = $20, next_step = $21,
		next_org = $22, advice = $23, version = version + 1
		WHERE org_id = $1 AND referral_id = $2 AND version = $24`,
		r.Org, r.ID, r.Peer, db.Null(r.Case), db.Null(r.Person), r.Handler, string(r.State), r.Settled, required, missing, chain,
		r.Hops, r.AnswerBy, r.LookAt, r.Late, r.AnsweredAt, db.Null(r.AnsweredBy), db.Null(r.Onward), db.Null(r.Reason),
		db.Null(r.Explanation), db.Null(r.NextStep), db.Null(r.NextOrg), db.Null(r.Advice), r.Version))
}

func (r Referral) lists() (required, missing, chain string, err error) {
	out := make([]string, 3)
	for i, l := range [][]string{r.Required, r.Missing, r.Chain} {
		b, err := json.Marshal(append([]string{}, l...))
		if err != nil {
			return "", "", "", err
		}
		out[i] = string(b)
	}
	return out[0], out[1], out[2], nil
}

func listReferrals(q db.Q, org string, f Filter, before string, limit int) ([]Referral, error) {
	text, args := where(`SELECT `+referralColumns+` FROM referral WHERE org_id = $1 AND referral_id < $2`, f, "handler_member", org, before, limit)
	if f.Direction != "" {
		args = append(args, f.Direction)
		text += fmt.Sprintf(` AND direction = $%d`, len(args))
	}
	if f.Open {
		text += ` AND state IN ('offered', 'received', 'timed-out')`
	}
	return db.Select[Referral](q, text+` ORDER BY referral_id DESC LIMIT $3`, args...)
}

// papersOf gives the copies that go with a referral, oldest first.
func papersOf(q db.Q, org, referral string) ([]Paper, error) {
	return db.Select[Paper](q, `SELECT `+paperColumns+` FROM referral_document
		WHERE org_id = $1 AND referral_id = $2 ORDER BY added_at, document_id LIMIT 200`, org, referral)
}

func addPaper(t *db.Tx, p Paper) error {
	_, err := t.Exec(`INSERT INTO referral_document (org_id, referral_id, document_id, kind, name, content, from_org, added_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
		p.Org, p.Referral, p.ID, p.Kind, p.Name, p.Content, p.FromOrg, p.AddedAt)
	return err
}

func needsOf(q db.Q, org string) ([]string, error) {
	return db.Select[string](q, `SELECT kind FROM referral_need WHERE org_id = $1 ORDER BY kind LIMIT 50`, org)
}

func setNeeds(t *db.Tx, org string, kinds []string) error {
	if _, err := t.Exec(`DELETE FROM referral_need WHERE org_id = $1`, org); err != nil {
		return err
	}
	for _, k := range slices.Compact(slices.Sorted(slices.Values(kinds))) {
		if _, err := t.Exec(`INSERT INTO referral_need (org_id, kind) VALUES ($1, $2)`, org, k); err != nil {
			return err
		}
	}
	return nil
}

func deskOf(q db.Q, org string) (string, error) {
	s, _, err := db.Find[string](q, `SELECT desk FROM referral_desk WHERE org_id = $1`, org)
	return s, err
}

func setDesk(t *db.Tx, org, desk string) error {
	if desk == "" {
		_, err := t.Exec(`DELETE FROM referral_desk WHERE org_id = $1`, org)
		return err
	}
	_, err := t.Exec(`INSERT INTO referral_desk (org_id, desk) VALUES ($1, $2)
		ON CONFLICT (org_id) DO UPDATE SET desk = excluded.desk`, org, desk)
	return err
}

func findRequest(q db.Q, org, id string) (Request, bool, error) {
	return db.Find[Request](q, `SELECT `+requestColumns+` FROM document_request WHERE org_id = $1 AND request_id = $2`, org, id)
}

func lockRequest(t *db.Tx, org, id string) (Request, error) {
	r, ok, err := db.Find[Request](t, `SELECT `+requestColumns+` FROM document_request WHERE org_id = $1 AND request_id = $2 FOR UPDATE`, org, id)
	return found(r, ok, err, "request-not-found")
}

// asked gives the requests of an organisation for one kind of paper in a
// question, to know whom not to ask again.
func asked(q db.Q, org, question, kind string) ([]Request, error) {
	return db.Select[Request](q, `SELECT `+requestColumns+` FROM document_request
		WHERE org_id = $1 AND question_id = $2 AND kind = $3 AND direction = 'out' ORDER BY request_id LIMIT 50`, org, question, kind)
}

func updateRequest(t *db.Tx, r Request) error {
	return db.Changed(t.Exec(`UPDATE document_request SET peer_org = $3, case_id = $4, state = $5, handler_member = $6, answer_by = $7,
		look_at = $8, late = $9, answered_at = $10, answered_by = $11, onward_org = $12, reason = $13, explanation = $14,
		next_step = $15, next_org = $16, advice = $17, document_id = $18, name = $19, content = $20, version = version + 1
		WHERE org_id = $1 AND request_id = $2 AND version = $21`,
		r.Org, r.ID, r.Peer, db.Null(r.Case), r.State, r.Handler, r.AnswerBy, r.LookAt, r.Late, r.AnsweredAt, db.Null(r.AnsweredBy),
		db.Null(r.Onward), db.Null(r.Reason), db.Null(r.Explanation), db.Null(r.NextStep), db.Null(r.NextOrg), db.Null(r.Advice),
		db.Null(r.Document), db.Null(r.Name), db.Null(r.Content), r.Version))
}

// adopt gives the requests made for a referral to the case it became.
func adopt(t *db.Tx, org, referral, caseID, owner string) error {
	_, err := t.Exec(`UPDATE document_request SET case_id = $3, handler_member = $4, version = version + 1
		WHERE org_id = $1 AND referral_id = $2 AND direction = 'out' AND case_id IS NULL`, org, referral, caseID, owner)
	return err
}

func listRequests(q db.Q, org string, f Filter, referral, before string, limit int) ([]Request, error) {
	text, args := where(`SELECT `+requestColumns+` FROM document_request WHERE org_id = $1 AND request_id < $2`, f, "handler_member", org, before, limit)
	for _, e := range []struct{ column, value string }{{"direction", f.Direction}, {"referral_id", referral}} {
		if e.value != "" {
			args = append(args, e.value)
			text += fmt.Sprintf(` AND %s = $%d`, e.column, len(args))
		}
	}
	if f.Open {
		text += ` AND state = 'asked'`
	}
	return db.Select[Request](q, text+` ORDER BY request_id DESC LIMIT $3`, args...)
}

// heldBy gives what waits for a member's answer, by table, so that it can be
// given to who stands in.
func heldBy(q db.Q, org, member string) (offers, referrals, requests []string, err error) {
	if offers, err = db.Select[string](q, `SELECT handoff_id FROM handoff WHERE org_id = $1 AND to_member = $2
		AND state IN ('offered', 'timed-out') ORDER BY handoff_id LIMIT 150`, org, member); err != nil {
		return nil, nil, nil, err
	}
	if referrals, err = db.Select[string](q, `SELECT referral_id FROM referral WHERE org_id = $1 AND handler_member = $2
		AND state IN ('offered', 'received', 'timed-out') ORDER BY referral_id LIMIT 150`, org, member); err != nil {
		return nil, nil, nil, err
	}
	requests, err = db.Select[string](q, `SELECT request_id FROM document_request WHERE org_id = $1 AND handler_member = $2
		AND state = 'asked' ORDER BY request_id LIMIT 150`, org, member)
	return offers, referrals, requests, err
}

// due is one thing the watch has to look at.
type due struct {
	What string    `db:"what"`
	Org  string    `db:"org_id"`
	ID   string    `db:"id"`
	At   time.Time `db:"look_at"`
}

const dueQuery = `SELECT 'handoff' AS what, org_id, handoff_id AS id, look_at FROM handoff WHERE look_at <= $1
	UNION ALL SELECT 'referral', org_id, referral_id, look_at FROM referral WHERE look_at <= $1
	UNION ALL SELECT 'request', org_id, request_id, look_at FROM document_request WHERE look_at <= $1`

func dueNow(q db.Q, limit int) ([]due, error) {
	return db.Select[due](q, dueQuery+` ORDER BY 4, 3 LIMIT $2`, q.Now(), limit)
}

func nextLook(q db.Q) (at time.Time, err error) {
	for _, table := range []string{"handoff", "referral", "document_request"} {
		first, err := db.Get[time.Time](q, `SELECT MIN(look_at) FROM `+table+` WHERE look_at IS NOT NULL`)
		if err != nil {
			return at, err
		}
		if !first.IsZero() && (at.IsZero() || first.Before(at)) {
			at = first
		}
	}
	return at, nil
}

// postpone puts something the watch cannot handle aside.
func postpone(t *db.Tx, d due, at time.Time) error {
	table := map[string][2]string{"handoff": {"handoff", "handoff_id"}, "referral": {"referral", "referral_id"},
		"request": {"document_request", "request_id"}}[d.What]
	_, err := t.Exec(`UPDATE `+table[0]+` SET look_at = $3 WHERE org_id = $1 AND `+table[1]+` = $2 AND look_at IS NOT NULL`, d.Org, d.ID, at)
	return err
}
