package person

import (
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/workcal"
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
