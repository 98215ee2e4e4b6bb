package signal

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// Deps is what the service needs.
type Deps struct {
	DB *db.DB
	// Subjects gives what cases are about, by id; nil: the desk shows no more
	// than the signal itself.
	Subjects func(q db.Q, org string, cases []string) (map[string]string, error)
}

// Service has the use cases.
type Service struct{ Deps }

// New makes the service.
func New(d Deps) *Service { return &Service{d} }

// Raise notes that something goes wrong, in the transaction in which it was
// noticed. The caller resolves whom it is for: keeper, owner, deputy, team
// lead; when that member is no longer active it goes to who stands in. While
// the signal is open raising it again changes nothing, unless it is more
// serious now. It gives the open signal, and whether anything changed.
func Raise(tx *db.Tx, who actor.Actor, s Signal) (Signal, bool, error) {
	s.Org = who.Org
	var c errs.Checks
	c.Must(s.Kind != "", "kind", "signal-kind-missing")
	c.Must(s.SubjectKind != "" && s.Subject != "", "subject_id", "signal-subject-missing")
	c.Must(s.Level >= Notice && s.Level <= Urgent, "level", "signal-level")
	c.Must(s.Member != "", "member_id", "signal-member-missing")
	if err := c.Err(); err != nil {
		return s, false, err
	}
	open, ok, err := lockOpen(tx, s.Org, s.Kind, s.Subject)
	if err != nil {
		return s, false, err
	}
	if !ok {
		if s.Member, err = active(tx, s.Org, s.Member); err != nil {
			return s, false, err
		}
		s.ID, s.RaisedAt = tx.NewID("sig"), tx.Now()
		if s.LookAt, err = lookAfter(tx, s); err != nil {
			return s, false, err
		}
		fresh, err := insert(tx, s)
		if err != nil {
			return s, false, err
		}
		if fresh {
			raised(tx, who, s)
			return s, true, nil
		}
		// Another node raised it since we looked.
		if open, ok, err = lockOpen(tx, s.Org, s.Kind, s.Subject); err != nil {
			return s, false, err
		}
		if !ok { // and cleared it already
			return s, false, errs.New(errs.Unavailable, "signal-busy")
		}
	}
	if open.Level >= s.Level {
		return open, false, nil
	}
	open.Level = s.Level
	for k, v := range s.Data {
		if open.Data == nil {
			open.Data = map[string]any{}
		}
		open.Data[k] = v
	}
	if open.LookAt, err = lookAfter(tx, open); err != nil {
		return open, false, err
	}
	if err := update(tx, open); err != nil {
		return open, false, err
	}
	raised(tx, who, open)
	return open, true, nil
}

// active gives the member, or who stands in for one who is not active. The row
// is locked, so that nobody leaves while getting a signal.
func active(tx *db.Tx, orgID, member string) (string, error) {
	for range 3 {
		m, err := org.LockMember(tx, orgID, member)
		if err != nil || m.Active {
			return m.ID, err
		}
		if member, err = org.Duty(tx, orgID, member); err != nil {
			return "", err
		}
	}
	return "", errs.New(errs.Conflict, "nobody-active")
}

// lookAfter is when a signal goes on to somebody else. From the second round
// on everybody was asked once, and four times as much time passes.
func lookAfter(q db.Q, s Signal) (time.Time, error) {
	if s.Level < Urgent || !s.Waits() {
		return time.Time{}, nil
	}
	o, err := org.ByID(q, s.Org)
	if err != nil {
		return time.Time{}, err
	}
	wait := time.Duration(o.Settings.TakeMinutes) * time.Minute
	if s.Round > 0 && s.Kind != RedFlag {
		wait *= 4
	}
	return NextLook(s, q.Now(), wait, o.Calendar), nil
}

func raised(tx *db.Tx, who actor.Actor, s Signal) {
	emit(tx, who, fact.SignalRaised, s, map[string]any{"member": s.Member, "subject": s.Subject, "subject_kind": s.SubjectKind, "level": int(s.Level)})
}

func emit(tx *db.Tx, who actor.Actor, kind string, s Signal, data map[string]any) {
	data["signal"], data["kind"] = s.ID, s.Kind
	tx.Emit(db.Fact{Org: s.Org, Kind: kind, Case: s.Case, By: who, Data: data})
	tx.Wake(Topic)
}

// Clear ends the open signal of a kind about a subject, when there is one.
// The reason is a code: "kept", "answered", "delivered".
func Clear(tx *db.Tx, who actor.Actor, kind, subject, reason string) (bool, error) {
	s, ok, err := lockOpen(tx, who.Org, kind, subject)
	if err != nil || !ok {
		return false, err
	}
	return true, end(tx, who, s, reason)
}

// ClearKinds ends the open signals of some kinds about a subject.
func ClearKinds(tx *db.Tx, who actor.Actor, kinds []string, subject, reason string) error {
	list, err := lockKinds(tx, who.Org, kinds, subject)
	for i := 0; err == nil && i < len(list); i++ {
		err = end(tx, who, list[i], reason)
	}
	return err
}

// ClearCase ends all open signals of a case but mentions: it was closed.
func ClearCase(tx *db.Tx, who actor.Actor, caseID, reason string) error {
	list, err := lockOfCase(tx, who.Org, caseID)
	for i := 0; err == nil && i < len(list); i++ {
		if list[i].Kind != Mention {
			err = end(tx, who, list[i], reason)
		}
	}
	return err
}

func end(tx *db.Tx, who actor.Actor, s Signal, reason string) error {
	if reason == "" {
		return errs.New(errs.Invalid, "signal-reason-missing").Field("reason", "signal-reason-missing")
	}
	s.ClearedAt, s.ClearReason, s.LookAt = tx.Now(), reason, time.Time{}
	if err := update(tx, s); err != nil {
		return err
	}
	emit(tx, who, fact.SignalCleared, s, map[string]any{"reason": reason})
	return nil
}

// Pass gives all open signals of a member to another, because the first one
// leaves. What the first one took has to be taken again.
func Pass(tx *db.Tx, who actor.Actor, from, to string) error {
	// With more than this the row lock of the member is held too long: then a
	// person has to look at them first (decision 22).
	const most = 200
	list, err := lockOfMember(tx, who.Org, from, most+1)
	if err != nil {
		return err
	}
	if len(list) > most {
		return errs.New(errs.Conflict, "member-holds-signals").With("Count", len(list))
	}
	return give(tx, who, list, to)
}

// PassSome gives at most so many open signals of a member to who stands in,
// and says how many it found: of many, a job passes one part after the other.
func PassSome(tx *db.Tx, who actor.Actor, from, to string, most int) (int, error) {
	list, err := lockOfMember(tx, who.Org, from, most)
	if err != nil {
		return 0, err
	}
	return len(list), give(tx, who, list, to)
}

// PassCase gives the open signals of a case but mentions to its new owner.
func PassCase(tx *db.Tx, who actor.Actor, caseID, to string) error {
	list, err := lockOfCase(tx, who.Org, caseID)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(s Signal) bool { return s.Kind == Mention })
	return give(tx, who, list, to)
}

func give(tx *db.Tx, who actor.Actor, list []Signal, to string) error {
	if len(list) == 0 {
		return nil
	}
	to, err := active(tx, who.Org, to)
	if err != nil {
		return err
	}
	for _, s := range list {
		if s.Member == to {
			continue
		}
		s.Member, s.TakenAt, s.TakenBy, s.Tried, s.Round = to, time.Time{}, "", nil, 0
		if s.LookAt, err = lookAfter(tx, s); err != nil {
			return err
		}
		if err := update(tx, s); err != nil {
			return err
		}
		raised(tx, who, s)
	}
	return nil
}

// Passing satisfies org.Signals.
type Passing struct{}

// Pass implements org.Signals.
func (Passing) Pass(tx *db.Tx, who actor.Actor, from, to string) error {
	return Pass(tx, who, from, to)
}

// Take makes the actor the one who looks after a signal. Taking one's own
// again changes nothing; one that somebody else took is theirs.
func (s *Service) Take(ctx context.Context, who actor.Actor, id string) (sig Signal, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return sig, err
	}
	if who.Kind != actor.Staff {
		return sig, errs.New(errs.Forbidden, "not-allowed").With("Action", string(auth.CaseWrite))
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if sig, err = lockByID(tx, who.Org, id); err != nil {
			return err
		}
		if err := sig.MayTake(who); err != nil {
			return err
		}
		switch {
		case !sig.IsOpen():
			return errs.New(errs.Gone, "signal-cleared")
		case sig.TakenBy == who.Member:
			return nil
		case sig.TakenBy != "":
			m, err := org.MemberByID(tx, who.Org, sig.TakenBy)
			if err != nil {
				return err
			}
			return errs.New(errs.Conflict, "signal-taken").With("Name", m.Name)
		}
		m, err := org.LockMember(tx, who.Org, who.Member)
		if err != nil {
			return err
		}
		if !m.Active {
			return errs.New(errs.Forbidden, "not-allowed").With("Action", string(auth.CaseWrite))
		}
		sig.Member, sig.TakenBy, sig.TakenAt, sig.LookAt = who.Member, who.Member, tx.Now(), time.Time{}
		if err := update(tx, sig); err != nil {
			return err
		}
		emit(tx, who, fact.SignalTaken, sig, map[string]any{"member": who.Member})
		return nil
	})
	return sig, err
}

// Settle ends a signal by hand, with the code of a reason. Clearing one that
// is cleared already changes nothing.
func (s *Service) Settle(ctx context.Context, who actor.Actor, id, reason string) (sig Signal, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return sig, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if sig, err = lockByID(tx, who.Org, id); err != nil || !sig.IsOpen() {
			return err
		}
		if sig.Level == Urgent && sig.Waits() {
			return errs.New(errs.Conflict, "signal-take-first")
		}
		if err := sig.maySettle(); err != nil {
			return err
		}
		if err := end(tx, who, sig, reason); err != nil {
			return err
		}
		sig, err = ByID(tx, who.Org, id)
		return err
	})
	return sig, err
}

// Open gives a page of open signals, the most serious and then the newest
// first: of a member, or of everybody when member is empty.
func Open(q db.Q, orgID, member, cursor string, limit int) (p page.Page[Signal], err error) {
	return OpenOf(q, orgID, only(member), cursor, limit)
}

// OpenOf is Open for some members, such as a team; none is everybody.
func OpenOf(q db.Q, orgID string, members []string, cursor string, limit int) (p page.Page[Signal], err error) {
	a := first
	key, err := page.Parse(cursor, 2)
	if err != nil {
		return p, err
	}
	if key != nil {
		level, err := strconv.ParseInt(key[0], 10, 64)
		if err != nil {
			return p, errs.New(errs.Malformed, "bad-cursor")
		}
		a = after{level, key[1]}
	}
	limit = page.Size(limit)
	rows, err := openAfter(q, orgID, members, a, limit+1)
	if err != nil {
		return p, err
	}
	return page.Of(rows, limit, func(s Signal) []string { return []string{strconv.Itoa(int(s.Level)), s.ID} }), nil
}

// List is Open as a use case.
func (s *Service) List(ctx context.Context, who actor.Actor, member, cursor string, limit int) (p page.Page[Signal], err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return p, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error { p, err = Open(q, who.Org, member, cursor, limit); return err })
	return p, err
}
