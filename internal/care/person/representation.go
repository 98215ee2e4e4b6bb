package person

import "time"

// Basis is why somebody may speak for another.
type Basis string

// The bases. Partner and care-worker are people to call, not to decide: they
// speak for somebody only when they have a mandate.
const (
	Parent     Basis = "parent"
	Guardian   Basis = "guardian"
	Mandate    Basis = "mandate"
	Partner    Basis = "partner"
	CareWorker Basis = "care-worker"
)

// Bases lists them.
var Bases = []Basis{Parent, Guardian, Mandate, Partner, CareWorker}

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

// DutchAges are those of Dutch health care.
var DutchAges = Ages{Speaks: 12, Decides: 16}

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
	case Mandate:
		v.Representative = true
	case Parent, Guardian:
		v.Representative = age >= 0 && age < a.Decides
	case Partner, CareWorker:
	}
	return v
}

// MayRepresent is Ages.MayRepresent with the Dutch ages.
func MayRepresent(r Representation, age int, at time.Time) Voice {
	return DutchAges.MayRepresent(r, age, at)
}
