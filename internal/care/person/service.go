package person

import (
	"context"
	"slices"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/fold"
	"github.com/houvast/houvast/internal/kernel/id"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/module"
)

// Deps is what the service needs.
type Deps struct {
	DB *db.DB
	// Panels gives the pieces that others put on the page of a customer; nil: none.
	Panels func(slot module.Slot) []module.Panel
	// Links ends the links to a customer's page; nil: there are none.
	Links Links
	// Alarm tells who leads of an emergency; nil: nothing can be opened in one.
	Alarm Alarm
	// Cases knows what customers have open; nil: nothing is known of it.
	Cases Cases
	// Numbers knows the numbers customers had elsewhere; nil: there are none.
	Numbers Numbers
}

// Numbers gives the customer who has a number of their own, such as a customer
// number of an older system; "" when nobody has.
type Numbers interface {
	PersonOf(q db.Q, org, number string) (string, error)
}

// Service has the use cases.
type Service struct{ Deps }

// New makes the service.
func New(d Deps) *Service { return &Service{d} }

// NewPoint is a contact point to be added. Without a rank it comes last.
type NewPoint struct {
	Kind     Channel       `json:"kind" enum:"phone,sms,email,post"`
	Value    string        `json:"value" maxLength:"500"`
	Label    string        `json:"label,omitempty" maxLength:"100"`
	Rank     int           `json:"rank,omitempty" minimum:"0" maximum:"100"`
	Hours    *workcal.Week `json:"hours,omitempty"`
	Refused  bool          `json:"refused,omitempty"`
	Verified bool          `json:"verified,omitempty"`
}

// NewPerson is a customer to be added, the contact points in order of preference.
type NewPerson struct {
	Kind      Kind       `json:"kind,omitempty" enum:"person,company"`
	Name      string     `json:"name" maxLength:"200"`
	CallName  string     `json:"call_name,omitempty" maxLength:"200"`
	BirthDate string     `json:"birth_date,omitempty" doc:"1984-03-02"`
	Language  string     `json:"language,omitempty" enum:"nl,en"`
	Points    []NewPoint `json:"contact_points,omitempty" maxItems:"50"`
}

// Create adds a customer.
func (s *Service) Create(ctx context.Context, who actor.Actor, in NewPerson) (c Card, err error) {
	if err := auth.Require(who, auth.PersonWrite); err != nil {
		return c, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := Add(tx, who, in)
		if err != nil {
			return err
		}
		c, err = CardOf(tx, who.Org, p.ID)
		return err
	})
	return c, err
}

// Add is Create in the caller's transaction: opening a case for somebody new.
func Add(tx *db.Tx, who actor.Actor, in NewPerson) (Person, error) {
	o, err := org.ByID(tx, who.Org)
	if err != nil {
		return Person{}, err
	}
	p := Person{Org: who.Org, Kind: in.Kind, Name: clean(in.Name), CallName: clean(in.CallName), BirthDate: in.BirthDate,
		Language: in.Language, CreatedAt: tx.Now(), Version: 1}
	if p.Kind == "" {
		p.Kind = Human
	}
	if p.Language == "" {
		p.Language = o.Language
	}
	if err := p.check(workcal.DateOf(tx.Now(), o.Calendar.Location())); err != nil {
		return p, err
	}
	p.ID, p.Search = tx.NewID("per"), fold.Text(p.Name)
	if err := db.Insert(tx, "person", p); err != nil {
		return p, err
	}
	tx.Emit(db.Fact{Org: p.Org, Kind: fact.PersonAdded, Person: p.ID, By: who, Data: map[string]any{"person": p.ID}, Text: map[string]string{"name": p.Name}})
	var points []ContactPoint
	for _, np := range in.Points {
		np.Rank = 0
		c, err := insertPoint(tx, who, p, points, np)
		if err != nil {
			return p, err
		}
		points = append(points, c)
	}
	if err := indexNew(tx, p, points); err != nil {
		return p, err
	}
	return p, compare(tx, p, points)
}

// Get gives a customer's card.
func (s *Service) Get(ctx context.Context, who actor.Actor, id string) (c Card, err error) {
	if err := auth.Require(who, auth.PersonRead); err != nil {
		return c, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error { c, err = CardOf(q, who.Org, id); return err })
	return c, err
}

// ChangePerson is what may be changed of a person; nil leaves as it is. Empty takes
// away the call name or birth date.
type ChangePerson struct {
	Kind       *Kind      `json:"kind,omitempty" enum:"person,company"`
	Name       *string    `json:"name,omitempty" maxLength:"200"`
	CallName   *string    `json:"call_name,omitempty" maxLength:"200"`
	BirthDate  *string    `json:"birth_date,omitempty"`
	Language   *string    `json:"language,omitempty" enum:"nl,en"`
	DeceasedAt *time.Time `json:"deceased_at,omitempty"`
	Alive      bool       `json:"alive,omitempty" doc:"That the person died was noted by mistake"`
}

// Update changes a person, when it is still at version.
func (s *Service) Update(ctx context.Context, who actor.Actor, id string, version int64, in ChangePerson) (p Person, err error) {
	if err := auth.Require(who, auth.PersonWrite); err != nil {
		return p, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if p, err = lockRow(tx, who.Org, id); err != nil {
			return err
		}
		if p.MergedInto != "" {
			return errs.New(errs.Conflict, "person-merged")
		}
		if p.Version != version {
			return errs.New(errs.Stale, "changed-meanwhile")
		}
		var what []string
		set(&what, "kind", &p.Kind, in.Kind)
		set(&what, "name", &p.Name, cleaned(in.Name))
		set(&what, "call_name", &p.CallName, cleaned(in.CallName))
		set(&what, "birth_date", &p.BirthDate, in.BirthDate)
		set(&what, "language", &p.Language, in.Language)
		if in.DeceasedAt != nil && !in.DeceasedAt.Equal(p.DeceasedAt) {
			p.DeceasedAt, what = in.DeceasedAt.UTC(), append(what, "deceased")
		}
		if in.Alive && !p.DeceasedAt.IsZero() {
			p.DeceasedAt, what = time.Time{}, append(what, "alive")
		}
		cal, err := org.Calendar(tx, who.Org)
		if err != nil {
			return err
		}
		if err := p.check(workcal.DateOf(tx.Now(), cal.Location())); err != nil || len(what) == 0 {
			return err
		}
		if p.DeceasedAt.After(tx.Now()) {
			return errs.New(errs.Invalid, "deceased-in-future").Field("deceased_at", "deceased-in-future")
		}
		p.Search = fold.Text(p.Name)
		if err := updatePerson(tx, p); err != nil {
			return err
		}
		p.Version++
		points, err := ownPoints(tx, who.Org, id)
		if err != nil {
			return err
		}
		changed(tx, who, p.ID, map[string]any{"what": what})
		if err := index(tx, p, points); err != nil {
			return err
		}
		return compare(tx, p, points)
	})
	return p, err
}

func changed(tx *db.Tx, who actor.Actor, person string, data map[string]any) {
	tx.Emit(db.Fact{Org: who.Org, Kind: fact.PersonChanged, Person: person, By: who, Data: data})
}

// List finds customers by the beginning of any word of their name, the first
// or last digits of a phone number, an e-mail address, a birth date, the
// reference of a case, or a customer number; all words must fit. Nothing typed gives those added
// last. Fewer than three letters or digits find nobody.
func (s *Service) List(ctx context.Context, who actor.Actor, typed, cursor string, limit int) (p page.Page[Card], err error) {
	if err := auth.Require(who, auth.PersonRead); err != nil {
		return p, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		if n, ok := id.ParseReference(typed); ok && s.Cases != nil && cursor == "" {
			if p, err = s.ofCase(q, who.Org, n); err != nil || len(p.Items) > 0 {
				return err
			}
		}
		if p, err = Find(q, who.Org, typed, cursor, limit); err != nil || s.Numbers == nil || cursor != "" {
			return err
		}
		p.Items, err = WithNumber(q, s.Numbers, who.Org, typed, p.Items)
		return err
	})
	return p, err
}

// WithNumber puts the customer whose own number was typed before those who were
// found in another way.
func WithNumber(q db.Q, numbers Numbers, orgID, typed string, found []Card) ([]Card, error) {
	of, err := numbers.PersonOf(q, orgID, typed)
	if err != nil || of == "" {
		return found, err
	}
	card, err := CardOf(q, orgID, of)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(slices.Clone(found), func(c Card) bool { return c.Person.ID == of })
	return append([]Card{card}, found...), nil
}

// ofCase gives whom a case is about and who asked.
func (s *Service) ofCase(q db.Q, orgID string, number int64) (p page.Page[Card], err error) {
	ids, err := s.Cases.PeopleOf(q, orgID, number)
	if err != nil || len(ids) == 0 {
		return p, err
	}
	live, err := survivors(q, orgID, ids)
	if err != nil {
		return p, err
	}
	var of []string
	for _, one := range ids {
		if x := live[one].ID; x != "" && !slices.Contains(of, x) {
			of = append(of, x)
		}
	}
	cards, err := Cards(q, orgID, of)
	for _, one := range of {
		p.Items = append(p.Items, cards[one])
	}
	return p, err
}

// Find is List in the caller's transaction.
func Find(q db.Q, orgID, typed, cursor string, limit int) (p page.Page[Card], err error) {
	key, err := page.Parse(cursor, 2)
	if err != nil {
		return p, err
	}
	limit = page.Size(limit)
	ways := Query(typed)
	var hits []found
	switch {
	case len(ways) > 0:
		if key == nil {
			key = []string{"", ""}
		}
		hits, err = findAny(q, orgID, ways, key[0], key[1], limit+1)
	case clean(typed) == "":
		if key == nil {
			key = []string{"", "~"} // sorts after every id
		}
		hits, err = newest(q, orgID, key[1], limit+1)
	}
	if err != nil {
		return p, err
	}
	ids := make([]string, len(hits))
	for i, h := range hits {
		ids[i] = h.Person
	}
	cards, err := Cards(q, orgID, ids[:min(len(ids), limit)])
	if err != nil {
		return p, err
	}
	cut := page.Of(hits, limit, func(f found) []string { return []string{f.Term, f.Person} })
	p = page.Page[Card]{Items: make([]Card, len(cut.Items)), Next: cut.Next}
	for i, h := range cut.Items {
		p.Items[i] = cards[h.Person]
	}
	return p, nil
}

// AddMatter writes down what matters to a person. Customers do so for
// themselves, staff for others.
func (s *Service) AddMatter(ctx context.Context, who actor.Actor, person, text string) (m Matter, err error) {
	if err := may(who, person); err != nil {
		return m, err
	}
	text = MaskBSN(clean(text))
	if text == "" || len([]rune(text)) > 500 {
		return m, errs.New(errs.Invalid, "matter-length").Field("text", "matter-length")
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		m, err = NoteMatter(tx, who, person, text)
		return err
	})
	return m, err
}

// NoteMatter is AddMatter in the caller's transaction, for what another
// organisation wrote down already.
func NoteMatter(tx *db.Tx, who actor.Actor, person, text string) (Matter, error) {
	p, err := lock(tx, who.Org, person)
	if err != nil {
		return Matter{}, err
	}
	person = p.ID
	m := Matter{Org: who.Org, ID: tx.NewID("mat"), Person: person, Text: MaskBSN(clean(text)), SaidAt: tx.Now(), By: BySelf}
	if who.Kind == actor.Staff {
		m.By, m.ByMember = ByMember, who.Member
	}
	tx.Emit(db.Fact{Org: who.Org, Kind: fact.MatterSaid, Person: person, By: who, Data: map[string]any{"matter": m.ID}, Text: map[string]string{"text": m.Text}})
	return m, db.Insert(tx, "matter", m)
}

// EndMatter says that something matters no more.
func (s *Service) EndMatter(ctx context.Context, who actor.Actor, id string) (m Matter, err error) {
	if err := may(who, who.Person); err != nil {
		return m, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if m, err = lockMatter(tx, who.Org, id); err != nil {
			return err
		}
		if who.Kind == actor.Customer {
			if same, err := Same(tx, who.Org, who.Person); err != nil {
				return err
			} else if !slices.Contains(same, m.Person) {
				return errs.New(errs.NotFound, "matter-unknown")
			}
		}
		if !m.EndedAt.IsZero() {
			return nil
		}
		m.EndedAt = tx.Now()
		changed(tx, who, m.Person, map[string]any{"what": []string{"matter-ended"}, "matter": m.ID})
		return endMatter(tx, m, m.EndedAt)
	})
	return m, err
}

// may lets staff write about everybody, and a customer who passed the second
// factor about themselves.
func may(who actor.Actor, person string) error {
	if who.Kind == actor.Customer && who.Confirmed && who.Person == person {
		return auth.Require(who, auth.QuestionWrite)
	}
	return auth.Require(who, auth.PersonWrite)
}

func set[T comparable](what *[]string, name string, to *T, from *T) {
	if from != nil && *from != *to {
		*to, *what = *from, append(*what, name)
	}
}

func cleaned(s *string) *string {
	if s == nil {
		return nil
	}
	c := clean(*s)
	return &c
}
