package casefile

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// What can be done with several cases at once.
const (
	BulkHandoff = "handoff" // offer them to a colleague or a team
	BulkMove    = "move"    // move the promise that falls due first
	BulkNote    = "note"    // write a note inside
	BulkWait    = "wait"    // wait for the customer
	BulkAsk     = "ask"     // ask the customer whether it is solved
)

// Bulks are the things that can be done with several cases.
var Bulks = []string{BulkHandoff, BulkMove, BulkNote, BulkWait, BulkAsk}

const (
	// MaxBulk is with how many cases one thing can be done.
	MaxBulk = 200
	// bulkAtOnce is how many are done while somebody waits, and how many the
	// job does before it lets others go first.
	bulkAtOnce = 20
)

// States of a row.
const (
	RowWaiting = "waiting"
	RowDone    = "done"
	RowRefused = "refused"
)

// Handing offers cases to colleagues; the handoff capability satisfies it.
type Handing interface {
	// OfferIn offers a case inside the transaction of another use case.
	OfferIn(t *db.Tx, who actor.Actor, caseID, to string) error
	// Offered says which cases are offered to somebody already.
	Offered(q db.Q, org string, cases []string) (map[string]bool, error)
}

// Noting writes notes inside; the note capability satisfies it.
type Noting interface {
	// MayNote says whether a text can be written as a note.
	MayNote(q db.Q, who actor.Actor, text string) error
	// NoteIn writes it in a case inside the transaction of another use case.
	NoteIn(t *db.Tx, who actor.Actor, caseID, text string) error
}

// BulkInput is what was chosen besides the cases.
type BulkInput struct {
	To  string    `json:"to,omitempty"`    // handoff: a member or a team
	Due time.Time `json:"due_at,omitzero"` // move; wait: when we look again
	// Text is the note, or what we wait for. It is forgotten once all is done.
	Text string `json:"text,omitempty"`
}

// BulkWanted is one thing to be done with several cases.
type BulkWanted struct {
	What  string
	Cases []string
	BulkInput
}

// BulkStep is what would happen with one case.
type BulkStep struct {
	Case    Case
	Promise promise.Promise // the one that falls due first
	Problem string          // why nothing happens with it: a problem type
}

// BulkPlan is what would happen. Nothing was changed.
type BulkPlan struct {
	BulkWanted
	Steps    []BulkStep
	Member   string    // handoff: who answers
	AtOnce   bool      // handoff: the team agreed beforehand to accept at once
	Closes   time.Time // ask: when it closes if nothing is said
	Messages int       // customers who get a message
	Calls    int       // customers who are to be phoned
}

// Can is with how many cases it can be done.
func (p BulkPlan) Can() (n int) {
	for _, x := range p.Steps {
		if x.Problem == "" {
			n++
		}
	}
	return n
}

// Bulk is one thing that somebody had done with several cases.
type Bulk struct {
	Org       string    `db:"org_id"`
	ID        string    `db:"bulk_id"`
	Member    string    `db:"member_id"`
	Once      string    `db:"once"`
	What      string    `db:"what"`
	Input     BulkInput `db:"input,json"`
	Total     int       `db:"total"`
	CreatedAt time.Time `db:"created_at"`
	EndedAt   time.Time `db:"ended_at"`
}

// BulkRow is what became of one case.
type BulkRow struct {
	Org     string    `db:"org_id"`
	Bulk    string    `db:"bulk_id"`
	Place   int       `db:"place"`
	Case    string    `db:"case_id"`
	Promise string    `db:"promise_id"`
	State   string    `db:"state"`
	Problem string    `db:"problem"`
	EndedAt time.Time `db:"ended_at"`
}

// BulkConfirmed is a preview that somebody confirmed.
type BulkConfirmed struct {
	BulkWanted
	// Once names the preview: confirming it again does nothing again.
	Once string
	// Promises are those that were shown, by case. A promise that was moved or
	// kept meanwhile is left alone.
	Promises map[string]string
}

func (in *BulkWanted) check() error {
	var c errs.Checks
	slices.Sort(in.Cases)
	in.Cases = slices.DeleteFunc(slices.Compact(in.Cases), func(s string) bool { return s == "" })
	c.Must(oneOf(in.What, Bulks...) != "", "do", "unknown-bulk")
	c.Must(len(in.Cases) > 0, "id", "bulk-empty")
	if len(in.Cases) > MaxBulk {
		c.Add(errs.Field{Path: "id", Type: "bulk-too-many", Params: errs.Params{"Max": MaxBulk}})
	}
	c.Must(in.What != BulkHandoff || in.To != "", "to", "bulk-receiver-missing")
	c.Must(in.What != BulkMove && in.What != BulkWait || !in.Due.IsZero(), "due_at", "bulk-due-missing")
	in.Text = strings.TrimSpace(in.Text)
	switch in.What {
	case BulkNote:
		c.Must(in.Text != "", "text", "bulk-note-missing")
	case BulkWait:
		c.Must(in.Text != "", "text", "bulk-wait-missing")
		if len(in.Text) > maxWait {
			c.Add(errs.Field{Path: "text", Type: "text-too-long", Params: errs.Params{"Max": maxWait}})
		}
	default:
		in.Text = ""
	}
	return c.Err()
}

// PreviewBulk says what would happen with each case, who is asked and how many
// customers hear of it. It changes nothing.
func (s *Service) PreviewBulk(ctx context.Context, who actor.Actor, in BulkWanted) (p BulkPlan, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return p, err
	}
	if err := in.check(); err != nil {
		return p, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error { p, err = s.plan(q, who, in); return err })
	return p, err
}

func (s *Service) plan(q db.Q, who actor.Actor, in BulkWanted) (p BulkPlan, err error) {
	p = BulkPlan{BulkWanted: in}
	cases, err := ByIDs(q, who.Org, in.Cases)
	if err != nil {
		return p, err
	}
	nexts, err := promise.NextOf(q, who.Org, in.Cases)
	if err != nil {
		return p, err
	}
	for _, id := range in.Cases {
		x := BulkStep{Case: cases[id], Promise: nexts[id]}
		if x.Case.ID == "" {
			x.Case.ID, x.Problem = id, "case-not-found"
		} else if x.Case.Closed() && in.What != BulkNote {
			x.Problem = "case-closed"
		}
		p.Steps = append(p.Steps, x)
	}
	slices.SortStableFunc(p.Steps, func(a, b BulkStep) int { return a.Case.NextDue.Compare(b.Case.NextDue) })
	switch in.What {
	case BulkHandoff:
		err = s.planHandoff(q, who, &p)
	case BulkMove:
		err = s.planMove(q, who, &p)
	case BulkNote:
		if s.Notes == nil {
			return p, errs.New(errs.Invalid, "unknown-bulk").Field("do", "unknown-bulk")
		}
		err = s.Notes.MayNote(q, who, in.Text)
	case BulkWait:
		err = s.planWait(q, who, &p)
	case BulkAsk:
		err = s.planAsk(q, who, &p)
	}
	return p, err
}

func (s *Service) planWait(q db.Q, who actor.Actor, p *BulkPlan) error {
	o, err := org.ByID(q, who.Org)
	if err != nil {
		return err
	}
	if err := promise.CheckDue(o.Calendar, q.Now(), time.Time{}, p.Due); err != nil {
		return err
	}
	return p.reach(q, o, func(x BulkStep) string { return x.Case.Asker })
}

func (s *Service) planAsk(q db.Q, who actor.Actor, p *BulkPlan) error {
	o, err := org.ByID(q, who.Org)
	if err != nil {
		return err
	}
	asked, err := promise.OpenOf(q, who.Org, p.Cases, promise.Closing)
	if err != nil {
		return err
	}
	for i, x := range p.Steps {
		if x.Problem == "" && slices.Contains(asked, x.Case.ID) {
			p.Steps[i].Problem = "closing-asked"
		}
	}
	p.Closes = s.closing(o, Case{}, q.Now()).Due
	return p.reach(q, o, func(x BulkStep) string { return x.Case.Asker })
}

// reach counts who gets a message and who is to be phoned.
func (p *BulkPlan) reach(q db.Q, o org.Organisation, to func(BulkStep) string) error {
	told := set{}
	for _, x := range p.Steps {
		if x.Problem == "" {
			told.add(to(x))
		}
	}
	cards, err := person.Cards(q, o.ID, told.list())
	if err != nil {
		return err
	}
	at := q.Now().In(o.Calendar.Location())
	for _, x := range p.Steps {
		if x.Problem != "" {
			continue
		}
		if c := preferred(cards[to(x)], at); c == "" || c == string(person.Phone) {
			p.Calls++
		} else {
			p.Messages++
		}
	}
	return nil
}

func (s *Service) planHandoff(q db.Q, who actor.Actor, p *BulkPlan) error {
	var err error
	if p.Member, p.AtOnce, err = answers(q, who.Org, p.To); err != nil {
		return err
	}
	offered, err := s.Handing.Offered(q, who.Org, p.Cases)
	if err != nil {
		return err
	}
	for i, x := range p.Steps {
		switch {
		case x.Problem != "":
		case offered[x.Case.ID]:
			p.Steps[i].Problem = "handoff-open"
		case x.Case.Owner == p.Member:
			p.Steps[i].Problem = "handoff-to-self"
		}
	}
	return nil
}

// answers gives the member who answers for a member or a team now.
func answers(q db.Q, orgID, to string) (member string, atOnce bool, err error) {
	unknown := errs.New(errs.Invalid, "bulk-receiver-missing").Field("to", "bulk-receiver-missing")
	if member, err = org.Duty(q, orgID, to); err != nil {
		if errs.ClassOf(err) == errs.NotFound {
			err = unknown
		}
		return "", false, err
	}
	team, err := org.TeamByID(q, orgID, to)
	switch {
	case errs.ClassOf(err) == errs.NotFound:
		return member, false, nil
	case err == nil && !team.Active:
		err = unknown
	}
	return member, team.AutoAccept, err
}

func (s *Service) planMove(q db.Q, who actor.Actor, p *BulkPlan) error {
	o, err := org.ByID(q, who.Org)
	if err != nil {
		return err
	}
	if err := promise.CheckDue(o.Calendar, q.Now(), time.Time{}, p.Due); err != nil {
		return err
	}
	for i, x := range p.Steps {
		if x.Problem != "" {
			continue
		}
		if err := promise.MayMove(x.Promise, q.Now(), time.Time{}, p.Due); err != nil {
			p.Steps[i].Problem = errs.TypeOf(err)
		}
	}
	return p.reach(q, o, func(x BulkStep) string { return x.Promise.To })
}

// GetBulk gives what was done with several cases, and what became of each.
func (s *Service) GetBulk(ctx context.Context, who actor.Actor, id string) (b Bulk, rows []BulkRow, err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return b, nil, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		if b, err = bulkByID(q, who.Org, id); err != nil {
			return err
		}
		rows, err = bulkRows(q, who.Org, id)
		return err
	})
	return b, rows, err
}
