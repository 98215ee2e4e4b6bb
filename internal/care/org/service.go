package org

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// Holds tells what a member still answers for; casefile satisfies it.
type Holds interface {
	OpenCases(tx *db.Tx, org, member string) (int64, error)
}

// Signals passes on the open signals of a member who leaves; signal satisfies it.
type Signals interface {
	Pass(tx *db.Tx, who actor.Actor, from, to string) error
}

// Held is what a member still answers for, counted.
type Held struct{ Cases, Promises, Calls int64 }

// any says whether there is something to hand over.
func (h Held) any() bool { return h.Cases+h.Promises+h.Calls > 0 }

// Load counts what a member answers for; the application satisfies it.
type Load interface {
	Held(q db.Q, org, member string) (Held, error)
}

// SignIn is how colleagues sign in; the application satisfies it.
type SignIn interface {
	// Ensure gives the account of an address, making it when there is none.
	// Ready says that its owner chose a password already.
	Ensure(t *db.Tx, email, name, language string) (account string, ready bool, err error)
	// Ready says whether the owner of an account chose a password.
	Ready(q db.Q, account string) (bool, error)
	// Link makes an address at which a password is chosen, once. An earlier one ends.
	Link(t *db.Tx, account string) (OneTimeLink, error)
	// Send mails a link to the account's own address; false: it was not sent.
	Send(ctx context.Context, l Letter) bool
	// Leave ends what an account has open in an organisation.
	Leave(t *db.Tx, org, account string) error
}

// Deps is what the service needs.
type Deps struct {
	DB       *db.DB
	Holds    Holds
	Signals  Signals
	Load     Load   // nil: nobody has anything to hand over but cases
	Accounts SignIn // nil: nobody is invited
}

// Service has the use cases.
type Service struct{ Deps }

// New makes the service.
func New(d Deps) *Service { return &Service{d} }

// NewMember is somebody to be added.
type NewMember struct {
	Name    string     `json:"name" maxLength:"200"`
	Role    actor.Role `json:"role" enum:"desk,specialist,manager,administrator"`
	Title   string     `json:"title,omitempty" maxLength:"200"`
	Email   string     `json:"email,omitempty" maxLength:"254"`
	Phone   string     `json:"phone,omitempty" maxLength:"40"`
	Account string     `json:"-"`
}

// NewOrganisation is an organisation to be made, with its first administrator.
type NewOrganisation struct {
	Name     string            `json:"name" maxLength:"200"`
	Kind     Kind              `json:"kind" enum:"practice,hospital,firm"`
	Phone    string            `json:"phone,omitempty" maxLength:"40"`
	Language string            `json:"language,omitempty" enum:"nl,en"`
	Calendar *workcal.Calendar `json:"calendar,omitempty"`
	Settings *Settings         `json:"settings,omitempty"`
	Admin    NewMember         `json:"administrator"`
}

// Create makes an organisation and its first member, an administrator.
func (s *Service) Create(ctx context.Context, who actor.Actor, in NewOrganisation) (o Organisation, admin Member, err error) {
	if err := auth.Require(who, auth.Install); err != nil {
		return o, admin, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		o, admin, err = CreateIn(tx, who, in)
		return err
	})
	return o, admin, err
}

// CreateIn is Create inside the transaction of the first start, which makes the
// administrator's account as well.
func CreateIn(tx *db.Tx, who actor.Actor, in NewOrganisation) (o Organisation, admin Member, err error) {
	o = Organisation{Name: clean(in.Name), Kind: in.Kind, Phone: clean(in.Phone), Language: in.Language,
		Settings: Defaults(), CreatedAt: tx.Now(), Version: 1}
	if o.Language == "" {
		o.Language = "nl"
	}
	if in.Calendar == nil {
		o.Calendar = workcal.Default("")
	} else {
		o.Calendar = *in.Calendar
	}
	if in.Settings != nil {
		o.Settings = *in.Settings
	}
	if err := o.check(); err != nil {
		return o, admin, err
	}
	o.ID, o.Zone = tx.NewID("org"), o.Calendar.Zone
	if err := db.Insert(tx, "organisation", o); err != nil {
		return o, admin, err
	}
	who.Org = o.ID
	tx.Emit(db.Fact{Org: o.ID, Kind: fact.OrgCreated, By: who, Data: map[string]any{"kind": string(o.Kind)}, Text: map[string]string{"name": o.Name}})
	in.Admin.Role = actor.Administrator
	admin, err = AddMemberIn(tx, who, in.Admin)
	return o, admin, err
}

func (o Organisation) check() error {
	var c errs.Checks
	c.Must(o.Name != "", "name", "name-missing")
	c.Must(slices.Contains([]Kind{Practice, Hospital, Firm}, o.Kind), "kind", "kind-unknown")
	c.Must(o.Language == "nl" || o.Language == "en", "language", "language-unknown")
	under(&c, "calendar.", o.Calendar.Validate())
	under(&c, "", o.Settings.Validate())
	return c.Err()
}

// under adds the fields of an error to the checks, with a prefix.
func under(c *errs.Checks, prefix string, err error) {
	if e, ok := errs.As(err); ok {
		for _, f := range e.Fields {
			f.Path = prefix + f.Path
			c.Add(f)
		}
	}
}

// Get gives the actor's own organisation.
func (s *Service) Get(ctx context.Context, who actor.Actor) (o Organisation, err error) {
	if err := auth.Require(who, auth.OrgRead); err != nil {
		return o, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error { o, err = ByID(q, who.Org); return err })
	return o, err
}

// ChangeOrganisation is what may be changed of an organisation; nil leaves as it is.
type ChangeOrganisation struct {
	Name     *string           `json:"name,omitempty" maxLength:"200"`
	Phone    *string           `json:"phone,omitempty" maxLength:"40"`
	Language *string           `json:"language,omitempty" enum:"nl,en"`
	Calendar *workcal.Calendar `json:"calendar,omitempty"`
	Settings *Settings         `json:"settings,omitempty"`
}

// Update changes the actor's own organisation, when it is still at version.
func (s *Service) Update(ctx context.Context, who actor.Actor, version int64, in ChangeOrganisation) (o Organisation, err error) {
	if err := auth.Require(who, auth.OrgAdmin); err != nil {
		return o, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if o, err = lock(tx, who.Org); err != nil {
			return err
		}
		if o.Version != version {
			return errs.New(errs.Stale, "changed-meanwhile")
		}
		was := o
		var what []string
		set(&what, "name", &o.Name, cleaned(in.Name))
		set(&what, "phone", &o.Phone, cleaned(in.Phone))
		set(&what, "language", &o.Language, in.Language)
		if in.Calendar != nil {
			o.Calendar, o.Zone, what = *in.Calendar, in.Calendar.Zone, append(what, "calendar")
		}
		if in.Settings != nil && !in.Settings.same(o.Settings) {
			o.Settings, what = *in.Settings, append(what, "settings")
		}
		if err := o.check(); err != nil || len(what) == 0 {
			return err
		}
		if err := updateOrganisation(tx, o); err != nil {
			return err
		}
		o.Version++
		if err := record(tx, who, was, o); err != nil {
			return err
		}
		tx.Emit(db.Fact{Org: who.Org, Kind: fact.OrgChanged, By: who, Data: map[string]any{"what": what}})
		return nil
	})
	return o, err
}

// List gives a page of the directory: all organisations as partners see them.
func (s *Service) List(ctx context.Context, who actor.Actor, cursor string, limit int) (p page.Page[Partner], err error) {
	if who.Kind != actor.Installer { // who makes organisations may see which there are
		if err := auth.Require(who, auth.OrgRead); err != nil {
			return p, err
		}
	}
	key, err := page.Parse(cursor, 2)
	if err != nil {
		return p, err
	}
	if key == nil {
		key = []string{"", ""}
	}
	limit = page.Size(limit)
	err = s.DB.Read(ctx, func(q db.Q) error {
		rows, err := Partners(q, key[0], key[1], limit+1)
		p = page.Of(rows, limit, func(o Partner) []string { return []string{o.Name, o.ID} })
		return err
	})
	return p, err
}

// set takes over a new value when there is one and it differs.
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

func jsonOf(o Organisation) (calendar, settings string, err error) {
	c, err := json.Marshal(o.Calendar)
	if err != nil {
		return "", "", err
	}
	st, err := json.Marshal(o.Settings)
	return string(c), string(st), err
}
