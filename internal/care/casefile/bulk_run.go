package casefile

import (
	"context"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
)

// bulkJob is the kind of job that does what is left of a bulk.
const bulkJob = "case.bulk"

// bulkWait is how long the job leaves a small one to whoever confirmed it.
const bulkWait = 30 * time.Second

type bulkPayload struct {
	Bulk string `json:"bulk"`
}

// RunBulk does what a preview showed. Up to twenty cases are done at once; of
// more, a job does the rest, each case in its own transaction. A preview that
// was confirmed before gives what came of it.
func (s *Service) RunBulk(ctx context.Context, who actor.Actor, in BulkConfirmed) (b Bulk, err error) {
	if err := staffOnly(who, auth.CaseWrite); err != nil {
		return b, err
	}
	if err := in.check(); err != nil {
		return b, err
	}
	if in.Once == "" || len(in.Once) > 200 {
		return b, errs.New(errs.Invalid, "bulk-once-missing").Field("once", "bulk-once-missing")
	}
	small := len(in.Cases) <= bulkAtOnce
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		var known bool
		if b, known, err = bulkByOnce(t, who.Org, who.Member, in.Once); err != nil || known {
			return err
		}
		p, err := s.plan(t, who, in.BulkWanted) // what was chosen must hold now too
		if err != nil {
			return err
		}
		b = Bulk{Org: who.Org, ID: t.NewID("blk"), Member: who.Member, Once: in.Once, What: in.What, Input: in.BulkInput, Total: len(p.Steps), CreatedAt: t.Now()}
		rows := make([]BulkRow, 0, len(p.Steps))
		for i, x := range p.Steps {
			if x.Problem == "case-not-found" {
				return errs.New(errs.NotFound, "case-not-found")
			}
			row := BulkRow{Org: b.Org, Bulk: b.ID, Place: i, Case: x.Case.ID, Promise: in.Promises[x.Case.ID], State: RowWaiting}
			if row.Promise == "" {
				row.Promise = x.Promise.ID
			}
			rows = append(rows, row)
		}
		fresh, err := insertBulk(t, b, rows)
		if err != nil {
			return err
		}
		if !fresh { // confirmed twice at the same moment
			b, _, err = bulkByOnce(t, who.Org, who.Member, in.Once)
			return err
		}
		at := t.Now()
		if small {
			at = at.Add(bulkWait) // whoever confirmed it is doing it
		}
		t.Enqueue(db.Job{Org: b.Org, Kind: bulkJob, Key: b.ID, Payload: bulkPayload{b.ID}, At: at})
		return nil
	})
	if err != nil || !small {
		return b, err
	}
	if _, err := s.workBulk(ctx, b.Org, b.ID); err != nil {
		return b, err
	}
	b, _, err = s.GetBulk(ctx, who, b.ID)
	return b, err
}

// jobs are the capability's kinds of work.
func (s *Service) jobs() []job.Kind {
	return []job.Kind{{Name: bulkJob, Lease: 5 * time.Minute, Handle: func(ctx context.Context, j job.Job) error {
		var in bulkPayload
		if err := j.Payload(&in); err != nil {
			return err
		}
		left, err := s.workBulk(ctx, j.Org, in.Bulk)
		if err == nil && left {
			err = job.Later{At: s.DB.Clock().Now()}
		}
		return err
	}}}
}

// workBulk does the next cases of a bulk, each in its own transaction, and
// says whether some are left. What was done is done: whoever comes after finds
// the row ended.
func (s *Service) workBulk(ctx context.Context, orgID, bulkID string) (left bool, err error) {
	var b Bulk
	var rows []BulkRow
	var m org.Member
	err = s.DB.Read(ctx, func(q db.Q) error {
		if b, err = bulkByID(q, orgID, bulkID); err != nil {
			return err
		}
		if m, err = org.MemberByID(q, orgID, b.Member); err != nil {
			return err
		}
		rows, err = bulkWaiting(q, orgID, bulkID, bulkAtOnce+1)
		return err
	})
	if err != nil {
		return false, err
	}
	if left = len(rows) > bulkAtOnce; left {
		rows = rows[:bulkAtOnce]
	}
	who := actor.Actor{Kind: actor.Staff, Org: orgID, Member: m.ID, Account: m.Account, Role: m.Role, Name: m.Name}
	for _, row := range rows {
		if err := s.bulkRow(ctx, who, m.Active, b, row); err != nil {
			return false, err
		}
	}
	if !left {
		err = s.DB.Write(ctx, func(t *db.Tx) error { return endBulk(t, b) })
	}
	return left, err
}

// bulkRow does one case, or writes down why not.
func (s *Service) bulkRow(ctx context.Context, who actor.Actor, active bool, b Bulk, row BulkRow) error {
	err := auth.Require(who, auth.CaseWrite)
	if err == nil && !active {
		err = errs.New(errs.Forbidden, "not-allowed")
	}
	if err == nil {
		err = s.DB.Write(ctx, func(t *db.Tx) error {
			c, err := lock(t, b.Org, row.Case)
			if err != nil {
				return err
			}
			// The case is held: nobody else does this row now.
			if waits, err := rowWaits(t, row); err != nil || !waits {
				return err
			}
			if err := s.bulkDo(t, who, b, row, c); err != nil {
				return err
			}
			return endRow(t, row, RowDone, "")
		})
	}
	if refused(err) {
		why := errs.TypeOf(err)
		return s.DB.Write(ctx, func(t *db.Tx) error { return endRow(t, row, RowRefused, why) })
	}
	return err
}

// refused says whether an error is an answer, rather than something that went
// wrong and is tried again.
func refused(err error) bool {
	e, ok := errs.As(err)
	return ok && e.Class != errs.Internal && e.Class != errs.Unavailable && e.Class != errs.TooMany
}

func (s *Service) bulkDo(t *db.Tx, who actor.Actor, b Bulk, row BulkRow, c Case) error {
	if b.What == BulkNote {
		return s.Notes.NoteIn(t, who, c.ID, b.Input.Text)
	}
	if c.Closed() {
		return errs.New(errs.Conflict, "case-closed")
	}
	switch b.What {
	case BulkHandoff:
		return s.Handing.OfferIn(t, who, c.ID, b.Input.To)
	case BulkWait:
		_, err := s.waitIn(t, who, c, Wait{Kind: WaitCustomer, What: b.Input.Text, Until: b.Input.Due})
		return err
	case BulkAsk:
		_, err := s.askCloseIn(t, who, c, "")
		return err
	}
	if row.Promise == "" {
		return errs.New(errs.Conflict, "promise-ended")
	}
	p, err := promise.ByID(t, c.Org, row.Promise)
	if err != nil {
		return err
	}
	if p.State != promise.Open || p.Case != c.ID {
		return errs.New(errs.Conflict, "promise-ended").With("State", string(p.State))
	}
	_, err = s.Promises.RenegotiateIn(t, who, c.subject(), p, promise.Move{Due: b.Input.Due})
	return err
}
