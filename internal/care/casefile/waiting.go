package casefile

import (
	"context"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
)

// Whom a case waits for.
const (
	WaitCustomer = "customer"
	WaitOther    = "other"
)

// How waiting ends.
const (
	WaitAnswered = "answered" // the customer got in touch
	WaitByHand   = "by-hand"
	WaitAgain    = "again" // we wait on, until another date
	WaitClosed   = "closed"
)

// Waiting says for whom a case waits, and until when. It stands beside the
// promises, which go on: what was promised is still due. Its own date is a
// promise too, to tell the customer how it stands.
type Waiting struct {
	Org      string    `db:"org_id"`
	ID       string    `db:"waiting_id"`
	Case     string    `db:"case_id"`
	Kind     string    `db:"kind"`
	Whom     string    `db:"whom"`
	What     string    `db:"what"`
	Since    time.Time `db:"since"`
	Until    time.Time `db:"until_at"`
	Promise  string    `db:"promise_id"`
	SetBy    string    `db:"set_by"`
	EndedAt  time.Time `db:"ended_at"`
	EndedBy  string    `db:"ended_by"`
	EndedHow string    `db:"ended_how"`
}

// maxWait is how much what we wait for may say: it stands in a promise.
const maxWait = 300

// Wait is whom we wait for.
type Wait struct {
	Kind    string    // WaitCustomer or WaitOther
	Whom    string    // who it is, when not the customer
	What    string    // what we wait for, in words the customer understands
	Until   time.Time // when we look again, and tell the customer how it stands
	Spoken  bool      // the customer heard it just now; else it is sent
	Version int       // of the case as the caller saw it; 0 does not care
}

func (in *Wait) check() error {
	var c errs.Checks
	c.Must(in.Kind == WaitCustomer || in.Kind == WaitOther, "kind", "unknown-wait")
	in.What = text(&c, "what", in.What, true)
	in.Whom = text(&c, "whom", in.Whom, in.Kind == WaitOther)
	for path, s := range map[string]string{"what": in.What, "whom": in.Whom} {
		if len(s) > maxWait {
			c.Add(errs.Field{Path: path, Type: "text-too-long", Params: errs.Params{"Max": maxWait}})
		}
	}
	if in.Kind == WaitCustomer {
		in.Whom = ""
	}
	return c.Err()
}

// Wait notes for whom a case waits, and promises the customer to tell by a
// time how it stands. No other promise changes.
func (s *Service) Wait(ctx context.Context, who actor.Actor, caseID string, in Wait) (w Waiting, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return w, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		c, err := lock(t, who.Org, caseID)
		if err != nil {
			return err
		}
		w, err = s.waitIn(t, who, c, in)
		return err
	})
	return w, err
}

// waitIn is Wait in a transaction that holds the case.
func (s *Service) waitIn(t *db.Tx, who actor.Actor, c Case, in Wait) (w Waiting, err error) {
	if err := in.check(); err != nil {
		return w, err
	}
	if c.Closed() {
		return w, errs.New(errs.Conflict, "case-closed")
	}
	if in.Version != 0 && in.Version != c.Version {
		return w, errs.New(errs.Stale, "changed-meanwhile")
	}
	if err := s.endWait(t, who, c, WaitAgain); err != nil {
		return w, err
	}
	words, err := s.theirWords(t, c)
	if err != nil {
		return w, err
	}
	m := waitPromise(words, in)
	m.Keeper = c.Owner
	p, err := s.Promises.MakeIn(t, who, c.subject(), m)
	if err != nil {
		return w, err
	}
	w = Waiting{Org: c.Org, ID: t.NewID("wai"), Case: c.ID, Kind: in.Kind, Whom: in.Whom, What: person.MaskBSN(in.What), Since: t.Now(),
		Until: p.Due, Promise: p.ID, SetBy: who.ID()}
	if err := startWaiting(t, w); err != nil {
		return w, err
	}
	t.Emit(s.fact(c, fact.CaseWaits, who, map[string]any{"waiting": w.ID, "kind": w.Kind, "until": w.Until.UnixMilli(), "promise": p.ID},
		map[string]string{"whom": w.Whom, "what": w.What}))
	return w, nil
}

// waitPromise is what the customer is promised for the date on which we look
// again, and how it is said.
func waitPromise(words lang.Printer, in Wait) promise.Make {
	m := promise.Make{Kind: promise.Update, Due: in.Until, Spoken: in.Spoken, Template: "waiting-" + in.Kind,
		Extra: map[string]any{"whom": in.Whom, "await": in.What}}
	m.What = words.T("case.waiting-"+in.Kind, "What", in.What, "Whom", in.Whom)
	return m
}

// theirWords prints in the language of who asks.
func (s *Service) theirWords(q db.Q, c Case) (lang.Printer, error) {
	o, err := org.ByID(q, c.Org)
	if err != nil {
		return lang.Printer{}, err
	}
	p, err := person.ByID(q, c.Org, c.Asker)
	if err != nil {
		return lang.Printer{}, err
	}
	return s.Lang.Printer(p.Language, o.Calendar.Location(), q.Now()), nil
}

// EndWait notes that what we waited for is there. The promises stay: the
// customer still hears how it stands.
func (s *Service) EndWait(ctx context.Context, who actor.Actor, caseID string) error {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(t *db.Tx) error {
		c, err := lock(t, who.Org, caseID)
		if err != nil {
			return err
		}
		if c.WaitingBy.IsZero() {
			return errs.New(errs.Conflict, "not-waiting")
		}
		return s.endWait(t, who, c, WaitByHand)
	})
}

// endWait ends the waiting of a case, if it waits.
func (s *Service) endWait(t *db.Tx, who actor.Actor, c Case, how string) error {
	if c.WaitingBy.IsZero() {
		return nil
	}
	w, ok, err := WaitingOf(t, c.Org, c.ID)
	if err != nil || !ok {
		return err
	}
	if how == WaitAnswered && w.Kind != WaitCustomer {
		return nil
	}
	if err := stopWaiting(t, w, how, who.ID()); err != nil {
		return err
	}
	t.Emit(s.fact(c, fact.CaseWaited, who, map[string]any{"waiting": w.ID, "kind": w.Kind, "how": how}, nil))
	return nil
}
