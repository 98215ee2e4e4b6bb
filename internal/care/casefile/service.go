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
	"github.com/houvast/houvast/internal/kit/files"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/module"
)

// Elsewhere knows whether another organisation has accepted a question; the
// handoff capability satisfies it.
type Elsewhere interface {
	Accepted(q db.Q, org, question, otherOrg string) (bool, error)
}

// Deps are what the service needs.
type Deps struct {
	DB        *db.DB
	Promises  *promise.Service
	Teller    promise.Teller
	Elsewhere Elsewhere
	Handing   Handing // offers cases to colleagues; for doing it with several at once
	Notes     Noting  // writes notes inside; for doing it with several at once
	Lang      *lang.Bundle
	// Bare turns the safeguards off, for the comparison of decision 27. Only a
	// replay sets it.
	Bare bool
	// Panels gives the pieces that siblings put on the desk's pages; nil: none.
	Panels func(slot module.Slot) []module.Panel
	// Previews words a message exactly as it would go out. Without it the desk
	// shows the promise's own sentence.
	Previews Previewer
	// Texts are the organisation's own texts for answers; nil: none.
	Texts Texts
	// Scanner looks at files for viruses; the zero value has none set up.
	Scanner files.Scanner
}

// Preview is what a customer would read.
type Preview struct {
	Text, Language string
	Channel        string // "email", "phone", …; empty when nobody can be reached
}

// Previewer is satisfied by the message capability.
type Previewer interface {
	PreviewText(ctx context.Context, who actor.Actor, m promise.Telling) (Preview, error)
}

// Service is the case desk.
type Service struct {
	Deps
	Rows
}

// New makes the service. It satisfies promise.Cases.
func New(d Deps) *Service { return &Service{Deps: d} }

// Open is a question to be opened as a case.
type Open struct {
	Person  string // whom it is about
	Asker   string // who asks; default: the same
	Caller  string // who was on the line; default: who asks. One who may not speak for them only brings it
	Subject string // the question in the customer's words
	Channel string
	Said    string // what was said, when more than the subject
	Owner   string // member or team; default: who opens it
	Urgent  bool
	Door    string // the return door they come back by; default: the one that is open
	Promise promise.Make

	question string // set when it comes from another organisation
	quiet    bool   // no contact moment: nobody called us
}

// Open opens a case with its first contact moment and its first promise.
func (s *Service) Open(ctx context.Context, who actor.Actor, in Open) (c Case, p promise.Promise, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return c, p, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		c, p, err = s.OpenIn(t, who, in)
		return err
	})
	return c, p, err
}

// OpenFor opens the receiving side of a referral inside the receiver's
// transaction: the same question, nobody called.
func (s *Service) OpenFor(t *db.Tx, who actor.Actor, question string, in Open) (Case, promise.Promise, error) {
	in.question, in.quiet = question, true
	return s.OpenIn(t, who, in)
}

// OpenIn is Open inside a transaction.
func (s *Service) OpenIn(t *db.Tx, who actor.Actor, in Open) (Case, promise.Promise, error) {
	var c errs.Checks
	in.Subject = text(&c, "subject", in.Subject, true)
	in.Said = text(&c, "said", in.Said, false)
	c.Must(in.Person != "", "person_id", "person-missing")
	c.Must(knownChannel(in.Channel), "channel", "unknown-channel")
	if err := c.Err(); err != nil {
		return Case{}, promise.Promise{}, err
	}
	if in.Asker == "" {
		in.Asker = in.Person
	}
	if in.Caller == "" {
		in.Caller = in.Asker
	}
	for _, id := range []*string{&in.Person, &in.Asker, &in.Caller} { // who was merged asks as who is used
		live, err := person.Survivor(t, who.Org, *id)
		if err != nil {
			return Case{}, promise.Promise{}, err
		}
		*id = live
	}
	if err := s.mayAsk(t, who.Org, in.Person, in.Asker); err != nil {
		return Case{}, promise.Promise{}, err
	}
	owner := in.Owner
	if owner == "" {
		owner = who.Member
	}
	member, err := org.Duty(t, who.Org, owner)
	if err != nil {
		return Case{}, promise.Promise{}, err
	}
	row := Case{Org: who.Org, ID: t.NewID("cas"), Question: in.question, Subject: in.Subject, Person: in.Person,
		Asker: in.Asker, Owner: member, OwnerSince: t.Now(), Channel: in.Channel, OpenedAt: t.Now(),
		OpenPromises: 1, Urgent: in.Urgent, Version: 1}
	if owner != member {
		row.Team = owner
	}
	if row.Question == "" {
		row.Question = t.NewID("qst")
	}
	door, err := s.doorFor(t, row, in.Door)
	if err != nil {
		return Case{}, promise.Promise{}, err
	}
	// The row needs a due time and its number before the promise can point to
	// it; the promise's own checks run first, so that nothing is half done.
	if in.Promise.Kind == "" {
		in.Promise.Kind = promise.Answer
	}
	in.Promise.Counted = true
	row.NextDue, row.NextKind = in.Promise.Due.UTC().Truncate(time.Millisecond), string(in.Promise.Kind)
	if row.NextDue.IsZero() {
		row.NextDue = t.Now() // refused below with a clear message
	}
	if row.Number, err = nextNumber(t, who.Org); err != nil {
		return Case{}, promise.Promise{}, err
	}
	if err := insertCase(t, row); err != nil {
		return Case{}, promise.Promise{}, err
	}
	data := map[string]any{"ref": row.Ref(), "owner": row.Owner, "channel": row.Channel, "asker": row.Asker, "urgent": row.Urgent}
	if door.ID != "" {
		data["door"] = door.ID
	}
	t.Emit(s.fact(row, fact.CaseOpened, who, data, map[string]string{"subject": row.Subject}))
	if door.ID != "" {
		if err := useDoor(t, door, row.ID); err != nil {
			return Case{}, promise.Promise{}, err
		}
		t.Emit(s.fact(row, fact.DoorUsed, who, map[string]any{"door": door.ID, "given_by": door.GivenBy}, map[string]string{"when": door.Condition}))
	}
	if !in.quiet {
		said := in.Said
		if said == "" {
			said = in.Subject
		}
		if _, err := s.contact(t, who, row, Contact{Person: in.Caller, Direction: In, Channel: in.Channel, Said: said, Visible: true}); err != nil {
			return Case{}, promise.Promise{}, err
		}
	}
	if in.Promise.Keeper == "" {
		in.Promise.Keeper = row.Owner
	}
	p, err := s.Promises.MakeIn(t, who, row.subject(), in.Promise)
	if err != nil {
		return Case{}, promise.Promise{}, err
	}
	return row, p, nil
}

// mayAsk says whether the asker may speak for the person (decision 13).
func (s *Service) mayAsk(q db.Q, orgID, about, asker string) error {
	may, err := person.MaySpeak(q, orgID, about, asker)
	if err == nil && !may {
		err = errs.New(errs.Invalid, "may-not-speak").Field("asker_id", "may-not-speak")
	}
	return err
}

// doorFor finds the return door by which a customer comes back.
func (s *Service) doorFor(q db.Q, c Case, wanted string) (Door, error) {
	if s.Bare {
		return Door{}, nil
	}
	doors, err := Doors(q, c.Org, c.Person, q.Now())
	if err != nil {
		return Door{}, err
	}
	for _, d := range doors {
		if wanted == "" || d.ID == wanted {
			return d, nil
		}
	}
	if wanted != "" {
		return Door{}, errs.New(errs.NotFound, "door-not-found")
	}
	return Door{}, nil
}

// LogContact adds a contact moment to a case.
func (s *Service) LogContact(ctx context.Context, who actor.Actor, caseID string, in Contact) (m Contact, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return m, err
	}
	var c errs.Checks
	in.Said = text(&c, "said", in.Said, true)
	c.Must(in.Direction == In || in.Direction == Out, "direction", "unknown-direction")
	c.Must(knownChannel(in.Channel), "channel", "unknown-channel")
	if in.Direction == Out && in.Visible {
		s.filled(&c, "said", in.Said)
	}
	if err := c.Err(); err != nil {
		return m, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		row, err := lock(t, who.Org, caseID)
		if err != nil {
			return err
		}
		if in.Person == "" {
			in.Person = row.Asker
		}
		if in.Person != row.Asker {
			if err := s.mayAsk(t, row.Org, row.Person, in.Person); err != nil {
				return err
			}
		}
		m, err = s.contact(t, who, row, in)
		return err
	})
	return m, err
}

func (s *Service) contact(t *db.Tx, who actor.Actor, c Case, m Contact) (Contact, error) {
	m.Org, m.ID, m.Case, m.At, m.Member = c.Org, t.NewID("con"), c.ID, t.Now(), who.Member
	m.Said = person.MaskBSN(m.Said)
	if err := db.Insert(t, "contact_moment", m); err != nil {
		return m, err
	}
	if m.Direction == In {
		if err := s.endWait(t, who, c, WaitAnswered); err != nil {
			return m, err
		}
	}
	t.Emit(s.fact(c, fact.ContactLogged, who, map[string]any{"contact": m.ID, "direction": m.Direction,
		"channel": m.Channel, "with": m.Person, "visible": m.Visible}, map[string]string{"said": m.Said}))
	return m, nil
}

func (s *Service) fact(c Case, kind string, who actor.Actor, data map[string]any, txt map[string]string) db.Fact {
	return db.Fact{Org: c.Org, Kind: kind, Case: c.ID, Question: c.Question, Person: c.Person, By: who, Data: data, Text: txt}
}

// SendElsewhere records that a customer is told to turn to another
// organisation. That is only fair once somebody there has accepted the
// question; before that, it is passed on by us, not carried by the customer.
type SendElsewhere struct {
	Case    string // or, for a customer without one here:
	Person  string
	Asker   string
	Subject string
	Channel string
	To      string // the organisation
	Why     string // as it was said

	Direction string // who got in touch; default: the customer did
}

// SendElsewhere is refused with "door-open" when the customer holds a return
// door here, and with "not-accepted-there" while nobody there has the question.
func (s *Service) SendElsewhere(ctx context.Context, who actor.Actor, in SendElsewhere) (c Case, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return c, err
	}
	var ck errs.Checks
	in.Why = text(&ck, "why", in.Why, true)
	ck.Must(in.To != "" && in.To != who.Org, "to_organisation", "organisation-missing")
	ck.Must(in.Case != "" || in.Person != "", "person_id", "person-missing")
	if in.Direction == "" {
		in.Direction = In
	}
	ck.Must(in.Direction == In || in.Direction == Out, "direction", "unknown-direction")
	if err := ck.Err(); err != nil {
		return c, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		if in.Case != "" {
			if c, err = lock(t, who.Org, in.Case); err != nil {
				return err
			}
		} else {
			if in.Asker == "" {
				in.Asker = in.Person
			}
			if err := s.mayAsk(t, who.Org, in.Person, in.Asker); err != nil {
				return err
			}
			c = Case{Org: who.Org, Person: in.Person, Asker: in.Asker}
		}
		accepted := false
		if c.ID != "" {
			if accepted, err = s.Elsewhere.Accepted(t, c.Org, c.Question, in.To); err != nil {
				return err
			}
		}
		if !accepted && !s.Bare {
			return s.refuseSending(t, c, in.To)
		}
		if c.ID == "" {
			if c, err = s.sentAway(t, who, c, in); err != nil {
				return err
			}
		} else if _, err := s.contact(t, who, c, Contact{Person: c.Asker, Direction: in.Direction, Channel: in.Channel, Said: in.Why, Visible: true}); err != nil {
			return err
		}
		t.Emit(s.fact(c, fact.SentElsewhere, who, map[string]any{"to": in.To, "accepted": accepted}, map[string]string{"why": in.Why}))
		return nil
	})
	return c, err
}

func (s *Service) refuseSending(q db.Q, c Case, to string) error {
	doors, err := Doors(q, c.Org, c.Person, q.Now())
	if err != nil {
		return err
	}
	if len(doors) > 0 && c.ID == "" {
		return errs.New(errs.Conflict, "door-open").With("Until", doors[0].Until).With("Door", doors[0].ID)
	}
	other, err := org.PartnerByID(q, to)
	if err != nil {
		return err
	}
	return errs.New(errs.Conflict, "not-accepted-there").With("Organisation", other.Name)
}

// sentAway is what a bare replay records of a customer who was turned away at
// the desk: a case that ended where it began.
func (s *Service) sentAway(t *db.Tx, who actor.Actor, c Case, in SendElsewhere) (Case, error) {
	n, err := nextNumber(t, c.Org)
	if err != nil {
		return c, err
	}
	subject := in.Subject
	if subject == "" {
		subject = in.Why
	}
	c = Case{Org: c.Org, ID: t.NewID("cas"), Number: n, Question: t.NewID("qst"), Subject: subject, Person: c.Person,
		Asker: c.Asker, Owner: who.Member, OwnerSince: t.Now(), Channel: in.Channel, OpenedAt: t.Now(),
		ClosedAt: t.Now(), CloseReason: SentAway, Version: 1}
	if err := insertCase(t, c); err != nil {
		return c, err
	}
	_, err = s.contact(t, who, c, Contact{Person: c.Asker, Direction: in.Direction, Channel: in.Channel, Said: in.Why, Visible: true})
	return c, err
}

// NewDoor gives a customer the right to come back directly.
func (s *Service) NewDoor(ctx context.Context, who actor.Actor, caseID, condition string, until time.Time) (d Door, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return d, err
	}
	var c errs.Checks
	condition = text(&c, "condition", condition, true)
	if err := c.Err(); err != nil {
		return d, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		row, err := lock(t, who.Org, caseID)
		if err != nil {
			return err
		}
		if !until.After(t.Now()) {
			return errs.New(errs.Invalid, "time-past").With("Time", until).Field("until", "time-past")
		}
		d = Door{Org: row.Org, ID: t.NewID("dor"), Person: row.Person, Case: row.ID, GivenBy: who.Member, GivenAt: t.Now(),
			Condition: condition, Until: until}
		if err := db.Insert(t, "return_door", d); err != nil {
			return err
		}
		t.Emit(s.fact(row, fact.DoorOpened, who, map[string]any{"door": d.ID, "until": d.Until.UnixMilli()}, map[string]string{"when": condition}))
		return nil
	})
	return d, err
}

// AddDocument adds a paper to a case.
func (s *Service) AddDocument(ctx context.Context, who actor.Actor, caseID string, d Document) (Document, error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return d, err
	}
	var c errs.Checks
	d.Name = text(&c, "name", d.Name, true)
	known := false
	for _, k := range DocumentKinds {
		known = known || k == d.Kind
	}
	c.Must(known, "kind", "unknown-kind")
	c.Must(d.Content != "", "content", "content-missing")
	c.Must(len(d.Content) <= 500_000, "content", "text-too-long")
	if err := c.Err(); err != nil {
		return d, err
	}
	err := s.DB.Write(ctx, func(t *db.Tx) error {
		row, err := lock(t, who.Org, caseID)
		if err != nil {
			return err
		}
		d, err = s.AddDocumentIn(t, who, row, d)
		return err
	})
	return d, err
}

// AddDocumentIn is AddDocument inside a transaction that holds the case.
func (s *Service) AddDocumentIn(t *db.Tx, who actor.Actor, c Case, d Document) (Document, error) {
	d.Org, d.ID, d.Case, d.Question, d.Person, d.AddedBy, d.AddedAt = c.Org, t.NewID("doc"), c.ID, c.Question, c.Person, who.ID(), t.Now()
	if err := db.Insert(t, "document", d); err != nil {
		return d, err
	}
	t.Emit(s.fact(c, fact.DocumentAdded, who, map[string]any{"document": d.ID, "kind": d.Kind, "from_org": d.FromOrg}, map[string]string{"name": d.Name}))
	return d, nil
}

// ChangeOwner hands a case to another person of the organisation, with the
// promises its owner was to keep. Only an accepted handoff calls it: there is
// no "reassign".
func (s *Service) ChangeOwner(t *db.Tx, who actor.Actor, c Case, to, handoff string) (Case, error) {
	from := c.Owner
	if err := setOwner(t, c, to); err != nil {
		return c, err
	}
	if err := promise.SetKeeper(t, c.Org, c.ID, from, to); err != nil {
		return c, err
	}
	t.Emit(s.fact(c, fact.CaseOwner, who, map[string]any{"from": from, "to": to, "handoff": handoff}, nil))
	return ByID(t, c.Org, c.ID)
}

// Lock gives a case for a sibling's command and keeps others from changing it.
func (s *Service) Lock(t *db.Tx, orgID, id string) (Case, error) { return lock(t, orgID, id) }

// LogOut adds a contact moment from us to the customer, inside the
// transaction of another capability: somebody phoned.
func LogOut(t *db.Tx, who actor.Actor, caseID string, m Contact) (Contact, error) {
	c, err := lock(t, who.Org, caseID)
	if err != nil {
		return m, err
	}
	m.Direction = Out
	return new(Service).contact(t, who, c, m)
}
