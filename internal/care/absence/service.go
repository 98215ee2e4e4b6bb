package absence

import (
	"context"
	"log/slog"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// Handing passes cases on; handoff satisfies it.
type Handing interface {
	// StandIn hands a case to who stands in, who agreed beforehand.
	StandIn(t *db.Tx, who actor.Actor, c casefile.Case, to string) (casefile.Case, error)
	// OfferBack offers a case to who had it before; false when there is nothing to offer.
	OfferBack(t *db.Tx, who actor.Actor, c casefile.Case, to string) (bool, error)
	// PassHeld gives what waits for an answer of a member to who stands in.
	PassHeld(t *db.Tx, org, member string) error
}

// Calls passes the calls to be made by somebody; message satisfies it.
type Calls interface {
	PassCalls(t *db.Tx, org, from, to string, most int) (int64, error)
}

// Preview is a message as the customer will get it.
type Preview struct{ Text, Channel, Language string }

// Previewer shows messages before they are sent.
type Previewer interface {
	PreviewTelling(ctx context.Context, who actor.Actor, m promise.Telling) (Preview, error)
}

// Deps are what the service needs.
type Deps struct {
	DB       *db.DB
	Cases    *casefile.Service
	Promises *promise.Service
	Teller   promise.Teller
	Handing  Handing
	Calls    Calls
	Previews Previewer // nil: the plan has no messages
	Log      *slog.Logger
}

// Service arranges absences.
type Service struct{ Deps }

// New makes the service.
func New(d Deps) *Service {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{d}
}

// Shift is a new time for a promise.
type Shift struct {
	Promise string
	From    time.Time // of a visit
	Due     time.Time
}

// Ask is an absence to be previewed or arranged.
type Ask struct {
	Member   string
	Kind     Kind      // default: ill
	From     time.Time // default: now
	Until    time.Time // zero: until further notice
	StandIn  string    // chosen and asked; needed when no deputy is there
	AllCases *bool     // default: by the length of the absence
	Moves    []Shift
}

// mostMoves is how many new times can be agreed at once; it keeps the
// transaction small (decision 22).
const mostMoves = 200

// plan is what preview and arranging have in common: the absence as it would be.
type plan struct {
	a     Absence
	o     org.Organisation
	m     org.Member
	chain []org.Member
}

// draft checks what was asked and fills in the rest.
func draft(q db.Q, who actor.Actor, in Ask) (p plan, err error) {
	now := q.Now()
	if p.o, err = org.ByID(q, who.Org); err != nil {
		return p, err
	}
	if p.m, err = org.MemberByID(q, who.Org, in.Member); err != nil {
		return p, err
	}
	if in.Kind == "" {
		in.Kind = Ill
	}
	if in.From.IsZero() || in.From.Before(now) || in.Kind == Ill {
		in.From = now
	}
	p.a = Absence{Org: who.Org, Member: p.m.ID, Kind: in.Kind, From: in.From, Until: in.Until, StandIn: in.StandIn, State: Arranging,
		MadeBy: who.ID(), MadeAt: now, Version: 1}
	if in.From.After(now) {
		p.a.State = Waiting
	}
	p.a.LookAt = p.a.Next()
	if in.AllCases != nil {
		p.a.AllCases = *in.AllCases
	} else {
		p.a.AllCases = AllByDefault(p.o.Calendar, in.From, in.Until, p.o.Settings.AbsenceDays)
	}
	var c errs.Checks
	c.Must(p.m.Active, "member_id", "absence-member-left")
	c.Must(in.Kind == Ill || in.Kind == Planned, "kind", "absence-kind-unknown")
	c.Must(in.Until.IsZero() || in.Until.After(in.From), "until", "away-backwards")
	c.Must(in.Until.IsZero() || in.Until.Before(now.AddDate(2, 0, 0)), "until", "time-too-far")
	c.Must(in.From.Before(now.AddDate(2, 0, 0)), "from", "time-too-far")
	c.Must(len(in.Moves) <= mostMoves, "moves", "absence-too-many-moves")
	if err := c.Err(); err != nil {
		return p, err
	}
	m := p.m
	m.StandIn = in.StandIn
	if p.chain, err = org.Chain(q, m); err != nil {
		return p, err
	}
	return p, p.chosen(q, in)
}

// chosen looks at who was chosen to stand in.
func (p plan) chosen(q db.Q, in Ask) error {
	if in.StandIn == "" {
		return nil
	}
	s, err := org.MemberByID(q, p.a.Org, in.StandIn)
	if errs.ClassOf(err) == errs.NotFound {
		return errs.New(errs.Invalid, "deputy-unknown").Field("stand_in_id", "deputy-unknown")
	}
	if err != nil {
		return err
	}
	var c errs.Checks
	c.Must(s.ID != p.m.ID, "stand_in_id", "absence-own-stand-in")
	c.Must(s.Active, "stand_in_id", "deputy-unknown")
	if s.Active && s.ID != p.m.ID && !s.Here(p.a.From) {
		c.Add(errs.Field{Path: "stand_in_id", Type: "absence-stand-in-away", Params: errs.Params{"Name": s.Name}})
	}
	return c.Err()
}

// standIn is who takes over what falls due at a moment; false: nobody.
func (p plan) standIn(due time.Time) (org.Member, bool) {
	at := p.a.From
	if p.a.State != Waiting {
		at = p.a.MadeAt
	}
	return StandIn(p.chain, p.m.ID, at, due)
}

// Confirm arranges an absence. The work itself is a job; arranging what is
// arranged already gives that absence and changes nothing.
func (s *Service) Confirm(ctx context.Context, who actor.Actor, in Ask) (a Absence, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return a, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		a = Absence{}
		// One at a time: the second of two finds what the first arranged.
		m, err := org.LockMember(t, who.Org, in.Member)
		if err != nil {
			return err
		}
		p, err := draft(t, who, in)
		if err != nil {
			return err
		}
		if same, err := already(t, p.a); err != nil || same.ID != "" {
			a = same
			return err
		}
		if err := p.needs(t); err != nil {
			return err
		}
		p.a.ID = t.NewID("abs")
		if err := db.Insert(t, "absence", p.a); err != nil {
			return err
		}
		if err := s.want(t, p, in.Moves); err != nil {
			return err
		}
		if p.a.State == Arranging || m.AwayFrom.IsZero() || p.a.From.Before(m.AwayFrom) {
			if _, err := org.SetAway(t, who, m, p.a.From, p.a.Until, p.a.StandIn); err != nil {
				return err
			}
		}
		data := map[string]any{"from": p.a.From.UnixMilli()}
		if !p.a.Until.IsZero() {
			data["until"] = p.a.Until.UnixMilli()
		}
		p.a.emit(t, who, fact.AbsenceMade, data)
		s.goOn(t, p.a)
		a = p.a
		return nil
	})
	return a, err
}

// already gives the absence that was arranged before, when it is this one; an
// absence at the same time that is another one is refused.
func already(q db.Q, a Absence) (Absence, error) {
	list, err := openOf(q, a.Org, a.Member)
	if err != nil {
		return Absence{}, err
	}
	for _, old := range list {
		switch {
		case old.State == Returning || !old.Overlaps(a.From, a.Until):
		case old.Kind == a.Kind && old.Until.Equal(a.Until) && old.Covers(a.From):
			return old, nil
		default:
			return Absence{}, errs.New(errs.Conflict, "absence-already").With("From", old.From).Field("from", "absence-already")
		}
	}
	return Absence{}, nil
}

// needs refuses an absence in which nobody would stand in while there is
// somebody who could.
func (p plan) needs(q db.Q) error {
	if _, ok := p.standIn(time.Time{}); ok {
		return nil
	}
	others, err := org.Active(q, p.a.Org, 200)
	if err != nil {
		return err
	}
	for _, o := range others {
		if o.ID != p.m.ID && o.Here(p.a.From) {
			return errs.New(errs.Invalid, "absence-needs-stand-in").Field("stand_in_id", "absence-needs-stand-in")
		}
	}
	return nil // everybody is away: whoever leads is told
}

// want keeps the new times that were chosen, after looking at each.
func (s *Service) want(t *db.Tx, p plan, moves []Shift) error {
	for i, x := range moves {
		pr, err := promise.ByID(t, p.a.Org, x.Promise)
		if err == nil && (pr.Keeper != p.m.ID || pr.State != promise.Open) {
			err = errs.New(errs.Conflict, "absence-not-theirs")
		}
		if err == nil && silent(pr) {
			err = errs.New(errs.Conflict, "cannot-move")
		}
		if err == nil {
			err = promise.CheckDue(p.o.Calendar, t.Now(), x.From, x.Due)
		}
		if e, ok := errs.As(err); ok && len(e.Fields) > 0 {
			for n := range e.Fields {
				e.Fields[n].Path = moveField(i)
			}
		}
		if err != nil {
			return err
		}
		if err := save(t, Item{Org: p.a.Org, Absence: p.a.ID, ID: pr.ID, Kind: ofPromise, Case: pr.Case, Action: Move, State: Wanted,
			Due: pr.Due, NewFrom: x.From, NewDue: x.Due, At: t.Now()}); err != nil {
			return err
		}
	}
	return nil
}

// emit records what happened to an absence.
func (a Absence) emit(t *db.Tx, who actor.Actor, kind string, data map[string]any) {
	if data == nil {
		data = map[string]any{}
	}
	data["absence"], data["member"] = a.ID, a.Member
	t.Emit(db.Fact{Org: a.Org, Kind: kind, By: who, Data: data})
	t.Wake(Topic)
}

// Get gives an absence and counts what became of everything.
func (s *Service) Get(ctx context.Context, who actor.Actor, id string) (a Absence, n Tally, err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return a, n, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		if a, err = ByID(q, who.Org, id); err != nil {
			return err
		}
		n, err = tally(q, who.Org, id)
		return err
	})
	return a, n, err
}

// List gives a page of the absences that are not over, by their beginning.
func (s *Service) List(ctx context.Context, who actor.Actor, cursor string, limit int) (p page.Page[Absence], err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return p, err
	}
	key, err := page.Parse(cursor, 2)
	if err != nil {
		return p, err
	}
	var from time.Time
	id := ""
	if key != nil {
		if from, err = time.Parse(time.RFC3339Nano, key[0]); err != nil {
			return p, errs.New(errs.Malformed, "bad-cursor")
		}
		id = key[1]
	}
	limit = page.Size(limit)
	err = s.DB.Read(ctx, func(q db.Q) error {
		rows, err := openAfter(q, who.Org, from, id, limit+1)
		p = page.Of(rows, limit, func(a Absence) []string { return []string{a.From.Format(time.RFC3339Nano), a.ID} })
		return err
	})
	return p, err
}

// Items gives a page of what became of promises and cases; state "" is any.
func (s *Service) Items(ctx context.Context, who actor.Actor, id, state, cursor string, limit int) (p page.Page[Item], err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return p, err
	}
	key, err := page.Parse(cursor, 1)
	if err != nil {
		return p, err
	}
	after := ""
	if key != nil {
		after = key[0]
	}
	limit = page.Size(limit)
	err = s.DB.Read(ctx, func(q db.Q) error {
		if _, err := ByID(q, who.Org, id); err != nil {
			return err
		}
		rows, err := itemsAfter(q, who.Org, id, state, after, limit+1)
		p = page.Of(rows, limit, func(i Item) []string { return []string{i.ID} })
		return err
	})
	return p, err
}
