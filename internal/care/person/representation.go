package person

import (
	"context"
	"slices"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// Basis is why somebody may speak for another.
type Basis string

// The bases. Partner and care-worker are people to call, not to decide: they
// speak for somebody only when they have a mandate. An employee speaks for a
// company.
const (
	Parent     Basis = "parent"
	Guardian   Basis = "guardian"
	Mandate    Basis = "mandate"
	Partner    Basis = "partner"
	CareWorker Basis = "care-worker"
	Employee   Basis = "employee"
)

// Bases lists them.
var Bases = []Basis{Parent, Guardian, Mandate, Partner, CareWorker, Employee}

// Authority is how far a parent or guardian decides.
type Authority string

// The kinds of authority. Both parents decide together unless it is recorded
// otherwise (decision 13).
const (
	Joint Authority = "joint" // together with the other one
	Sole  Authority = "sole"  // alone
	NoSay Authority = "none"  // may be told, does not decide
)

// Authorities lists them.
var Authorities = []Authority{Joint, Sole, NoSay}

// Representation is one person standing by another.
type Representation struct {
	Org    string    `db:"org_id" json:"-"`
	ID     string    `db:"representation_id" json:"id"`
	Person string    `db:"person_id" json:"person_id"`
	By     string    `db:"by_person_id" json:"by_person_id"`
	Basis  Basis     `db:"basis" json:"basis"`
	Since  time.Time `db:"since" json:"since"`
	Until  time.Time `db:"until" json:"until,omitzero"`
	SeenBy string    `db:"seen_by" json:"seen_by,omitempty"`
	// Authority is of a parent or guardian.
	Authority Authority `db:"authority" json:"authority"`
}

// At says whether it holds at a moment.
func (r Representation) At(at time.Time) bool {
	return !at.Before(r.Since) && (r.Until.IsZero() || at.Before(r.Until))
}

// Representative is a representation with the name of who speaks.
type Representative struct {
	Representation
	Name string `db:"name" json:"name"`
}

// Ages are the ages at which a child begins to speak too, and alone.
type Ages struct {
	Speaks  int // from this age child and representative both speak
	Decides int // from this age nobody speaks for the person without a mandate
}

// DutchAges are those of Dutch health care, with which an organisation begins.
var DutchAges = Ages{Speaks: 12, Decides: 16}

// AgesOf are the ages that an organisation chose.
func AgesOf(s org.Settings) Ages { return Ages{Speaks: s.ChildSpeaks, Decides: s.ChildDecides} }

// Voice says who speaks for a person.
type Voice struct {
	Representative bool // this representative may speak
	Self           bool // the person may
}

// MayRepresent says who speaks when somebody of an age has this
// representative, at a moment. An unknown age is negative: then the person is
// taken for an adult, because nobody is spoken for by mistake.
func (a Ages) MayRepresent(r Representation, age int, at time.Time) Voice {
	v := Voice{Self: age < 0 || age >= a.Speaks}
	if !r.At(at) {
		return v
	}
	switch r.Basis {
	case Mandate, Employee:
		v.Representative = true
	case Parent, Guardian:
		v.Representative = age >= 0 && age < a.Decides && r.Authority != NoSay
	case Partner, CareWorker:
	}
	return v
}

// MaySpeak says whether a customer may speak for another now: because they are
// the same, or as a representative by the ages of the organisation.
func MaySpeak(q db.Q, orgID, about, asker string) (bool, error) {
	subject, err := ByID(q, orgID, about)
	if err == nil && subject.MergedInto != "" {
		subject, err = ByID(q, orgID, subject.MergedInto)
	}
	if err != nil {
		return false, err
	}
	by, err := Survivor(q, orgID, asker)
	if err != nil || by == subject.ID {
		return err == nil, err
	}
	o, err := org.ByID(q, orgID)
	if err != nil {
		return false, err
	}
	stands, err := RepresentedBy(q, orgID, by)
	if err != nil {
		return false, err
	}
	now := q.Now().In(o.Calendar.Location())
	age, known := subject.Age(now)
	if !known {
		age = -1
	}
	for _, r := range stands {
		if r.Person == subject.ID && AgesOf(o.Settings).MayRepresent(r, age, now).Representative {
			return true, nil
		}
	}
	return false, nil
}

// Turning is the next birthday that changes who decides, when it is near: at
// most so many days ahead, or that many days ago. Ages are those of the
// organisation, and 18.
func Turning(birthDate string, today workcal.Date, a Ages, within int) (age int, on workcal.Date, ok bool) {
	born, err := workcal.ParseDate(birthDate)
	if err != nil {
		return 0, on, false
	}
	for _, age := range []int{a.Speaks, a.Decides, 18} {
		day := time.Date(born.Year+age, born.Month, born.Day, 0, 0, 0, 0, time.UTC) // 29 February becomes 1 March
		now := time.Date(today.Year, today.Month, today.Day, 0, 0, 0, 0, time.UTC)
		if days := int(day.Sub(now).Hours() / 24); days >= -within && days <= within {
			return age, workcal.DateOf(day, time.UTC), true
		}
	}
	return 0, on, false
}

// SetRepresentation is what is recorded of somebody who stands by another.
type SetRepresentation struct {
	By    string    `json:"by_person_id"`
	Basis Basis     `json:"basis" enum:"parent,guardian,mandate,partner,care-worker,employee"`
	Since time.Time `json:"since,omitzero" required:"false"`
	Until time.Time `json:"until,omitzero" required:"false" doc:"A moment in the past or now ends it"`
	Seen  bool      `json:"seen,omitempty" doc:"The proof was shown to whoever records it"`
	// Authority is of a parent or guardian.
	Authority Authority `json:"authority,omitempty" enum:"joint,sole,none" doc:"Of a parent or guardian: together with the other one (unless recorded otherwise), alone, or none"`
}

// Represent records that somebody stands by a person. It replaces what was
// recorded of the same two, which keeps its history. A mandate needs proof
// that was seen.
func (s *Service) Represent(ctx context.Context, who actor.Actor, person string, in SetRepresentation) (r Representation, err error) {
	if err := auth.Require(who, auth.PersonWrite); err != nil {
		return r, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		r, err = StandBy(tx, who, person, in)
		return err
	})
	return r, err
}

// StandBy is Represent in the caller's transaction: a referral brings along
// who speaks for the person.
func StandBy(tx *db.Tx, who actor.Actor, person string, in SetRepresentation) (r Representation, err error) {
	var c errs.Checks
	c.Must(slices.Contains(Bases, in.Basis), "basis", "basis-unknown")
	c.Must(in.By != "" && in.By != person, "by_person_id", "represents-oneself")
	c.Must(in.Basis != Mandate || in.Seen, "seen", "mandate-not-seen")
	c.Must(in.Until.IsZero() || !in.Until.Before(in.Since), "until", "until-before-since")
	c.Must(in.Authority == "" || slices.Contains(Authorities, in.Authority), "authority", "authority-unknown")
	if err := c.Err(); err != nil {
		return r, err
	}
	about, err := lock(tx, who.Org, person)
	if err != nil {
		return r, err
	}
	person = about.ID
	if in.By, err = Survivor(tx, who.Org, in.By); err != nil {
		return r, err
	}
	switch p, err := ByID(tx, who.Org, in.By); {
	case err != nil:
		return r, err
	case p.ID == person:
		return r, errs.New(errs.Invalid, "represents-oneself").Field("by_person_id", "represents-oneself")
	case p.Kind == Company && in.Basis != Mandate && in.Basis != CareWorker:
		return r, errs.New(errs.Invalid, "basis-of-company").Field("basis", "basis-of-company")
	case about.Kind == Company && in.Basis != Mandate && in.Basis != Employee, about.Kind == Human && in.Basis == Employee:
		return r, errs.New(errs.Invalid, "basis-for-company").Field("basis", "basis-for-company")
	}
	old, ok, err := openRepresentation(tx, who.Org, person, in.By)
	if err != nil {
		return r, err
	}
	if ok {
		end := tx.Now()
		if end.Before(old.Since) {
			end = old.Since
		}
		if err := endRepresentation(tx, old, end); err != nil {
			return r, err
		}
	}
	r = Representation{Org: who.Org, ID: tx.NewID("rep"), Person: person, By: in.By, Basis: in.Basis, Since: in.Since.UTC(), Until: in.Until.UTC(), Authority: Joint}
	if in.Authority != "" && (in.Basis == Parent || in.Basis == Guardian) {
		r.Authority = in.Authority
	}
	if in.Since.IsZero() {
		r.Since = tx.Now()
	}
	if in.Until.IsZero() {
		r.Until = time.Time{}
	} else if r.Until.Before(r.Since) {
		r.Until = r.Since
	}
	if in.Seen && who.Kind == actor.Staff {
		r.SeenBy = who.Member
	}
	data := map[string]any{"by": r.By, "with": r.By, "basis": string(r.Basis), "since": r.Since.UnixMilli(), "authority": string(r.Authority)}
	if !r.Until.IsZero() {
		data["until"] = r.Until.UnixMilli()
	}
	tx.Emit(db.Fact{Org: who.Org, Kind: fact.RepresentationSet, Person: person, By: who, Data: data})
	return r, db.Insert(tx, "representation", r)
}

// EndRepresentation says that somebody no longer stands by a person. Ending
// what is over already changes nothing.
func (s *Service) EndRepresentation(ctx context.Context, who actor.Actor, person, id string) error {
	if err := auth.Require(who, auth.PersonWrite); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := lock(tx, who.Org, person); err != nil {
			return err
		}
		r, err := representationByID(tx, who.Org, id)
		if err != nil {
			return err
		}
		if same, err := Same(tx, who.Org, person); err != nil {
			return err
		} else if !slices.Contains(same, r.Person) {
			return errs.New(errs.NotFound, "representation-unknown")
		}
		if !r.Until.IsZero() && !r.Until.After(tx.Now()) {
			return nil
		}
		return endStanding(tx, who, r)
	})
}

// endStanding ends a representation now; one that had not begun never was.
func endStanding(tx *db.Tx, who actor.Actor, r Representation) error {
	if r.Until = tx.Now(); r.Since.After(r.Until) {
		r.Until = r.Since
	}
	tx.Emit(db.Fact{Org: who.Org, Kind: fact.RepresentationSet, Person: r.Person, By: who,
		Data: map[string]any{"by": r.By, "with": r.By, "basis": string(r.Basis), "since": r.Since.UnixMilli(), "until": r.Until.UnixMilli()}})
	return endRepresentation(tx, r, r.Until)
}
