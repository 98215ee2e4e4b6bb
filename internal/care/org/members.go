package org

import (
	"context"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// AddMember adds somebody who works here.
func (s *Service) AddMember(ctx context.Context, who actor.Actor, in NewMember) (m Member, err error) {
	if err := auth.Require(who, auth.OrgAdmin); err != nil {
		return m, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := lock(tx, who.Org); err != nil {
			return err
		}
		m, err = AddMemberIn(tx, who, in)
		return err
	})
	return m, err
}

// AddMemberIn is AddMember inside the transaction that makes the account.
func AddMemberIn(tx *db.Tx, who actor.Actor, in NewMember) (Member, error) {
	m := Member{Org: who.Org, Account: in.Account, Name: clean(in.Name), Role: in.Role, Title: clean(in.Title),
		Email: strings.TrimSpace(in.Email), Phone: clean(in.Phone), Active: true, CreatedAt: tx.Now(), Version: 1}
	if err := m.check(); err != nil {
		return m, err
	}
	m.ID = tx.NewID("mem")
	if err := db.Insert(tx, "member", m); err != nil {
		if db.Violates(err, db.Unique) {
			return m, errs.New(errs.Conflict, "account-already-member").Wrap(err)
		}
		return m, err
	}
	tx.Emit(db.Fact{Org: m.Org, Kind: fact.MemberAdded, By: who,
		Data: map[string]any{"member": m.ID, "role": string(m.Role)}, Text: map[string]string{"name": m.Name}})
	return m, nil
}

func (m Member) check() error {
	var c errs.Checks
	c.Must(m.Name != "", "name", "name-missing")
	c.Must(slices.Contains(actor.Roles, m.Role), "role", "role-unknown")
	if m.Email != "" {
		a, err := mail.ParseAddress(m.Email)
		c.Must(err == nil && a.Address == m.Email, "email", "email-unreadable")
	}
	c.Must(m.AwayUntil.IsZero() || !m.AwayFrom.IsZero() && m.AwayFrom.Before(m.AwayUntil), "away_until", "away-backwards")
	c.Must(m.Deputy == "" || m.DeputyAgreed, "deputy_id", "deputy-not-asked")
	return c.Err()
}

// ChangeMember is what may be changed of a member; nil leaves as it is. An
// empty Deputy or Back takes the deputy or the absence away. DeputyAgreed states that the
// deputy agreed to stand in; it is needed with a new deputy, except when the
// deputy saves it.
type ChangeMember struct {
	Name         *string     `json:"name,omitempty" maxLength:"200"`
	Role         *actor.Role `json:"role,omitempty" enum:"desk,specialist,manager,administrator"`
	Title        *string     `json:"title,omitempty" maxLength:"200"`
	Email        *string     `json:"email,omitempty" maxLength:"254"`
	Phone        *string     `json:"phone,omitempty" maxLength:"40"`
	Active       *bool       `json:"active,omitempty"`
	Deputy       *string     `json:"deputy_id,omitempty"`
	DeputyAgreed bool        `json:"deputy_agreed,omitempty"`
	AwayFrom     *time.Time  `json:"away_from,omitempty"`
	AwayUntil    *time.Time  `json:"away_until,omitempty" doc:"Without it: until further notice"`
	Back         bool        `json:"back,omitempty" doc:"Not away, or not any more"`
}

// own says whether a member may make this change to themselves.
func (c ChangeMember) own() bool { return c.Role == nil && c.Active == nil }

// UpdateMember changes a member, when it is still at version. Everybody may
// change their own details, deputy and absence.
func (s *Service) UpdateMember(ctx context.Context, who actor.Actor, id string, version int64, in ChangeMember) (m Member, err error) {
	action := auth.OrgAdmin
	if who.Kind == actor.Staff && who.Member == id && in.own() {
		action = auth.OrgRead
	}
	if err := auth.Require(who, action); err != nil {
		return m, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := lock(tx, who.Org); err != nil {
			return err
		}
		old, err := LockMember(tx, who.Org, id)
		if err != nil {
			return err
		}
		if old.Version != version {
			return errs.New(errs.Stale, "changed-meanwhile")
		}
		m = old
		what := in.apply(&m, who)
		if err := m.check(); err != nil || len(what) == 0 {
			return err
		}
		if err := s.mayChange(tx, who, old, m); err != nil {
			return err
		}
		if err := updateMember(tx, m); err != nil {
			return err
		}
		m.Version++
		tx.Emit(db.Fact{Org: m.Org, Kind: fact.MemberChanged, By: who, Data: map[string]any{"member": m.ID, "what": what}})
		return nil
	})
	return m, err
}

func (c ChangeMember) apply(m *Member, who actor.Actor) (what []string) {
	set(&what, "name", &m.Name, cleaned(c.Name))
	set(&what, "role", &m.Role, c.Role)
	set(&what, "title", &m.Title, cleaned(c.Title))
	set(&what, "email", &m.Email, cleaned(c.Email))
	set(&what, "phone", &m.Phone, cleaned(c.Phone))
	set(&what, "active", &m.Active, c.Active)
	if c.Deputy != nil && *c.Deputy != m.Deputy {
		m.Deputy, m.DeputyAgreed = *c.Deputy, *c.Deputy != "" && (c.DeputyAgreed || who.Member == *c.Deputy)
		what = append(what, "deputy")
	}
	if c.AwayFrom != nil && !c.AwayFrom.Equal(m.AwayFrom) {
		m.AwayFrom, m.AwayUntil, what = c.AwayFrom.UTC(), time.Time{}, append(what, "away")
	}
	if c.AwayUntil != nil && !c.AwayUntil.Equal(m.AwayUntil) {
		m.AwayUntil, what = c.AwayUntil.UTC(), append(what, "away-until")
	}
	if c.Back && !m.AwayFrom.IsZero() {
		m.AwayFrom, m.AwayUntil, what = time.Time{}, time.Time{}, append(what, "back")
	}
	return what
}

// mayChange holds the rules that look at other rows.
func (s *Service) mayChange(tx *db.Tx, who actor.Actor, old, m Member) error {
	next := func(id string) (Member, bool, error) { return findMember(tx, m.Org, id) }
	if m.Deputy != "" && m.Deputy != old.Deputy {
		d, ok, err := next(m.Deputy)
		if err != nil {
			return err
		}
		if !ok || !d.Active {
			return errs.New(errs.Invalid, "deputy-unknown").Field("deputy_id", "deputy-unknown")
		}
		round, err := Circle(m.ID, m.Deputy, next)
		if err != nil {
			return err
		}
		if round {
			return errs.New(errs.Invalid, "deputy-circle").Field("deputy_id", "deputy-circle")
		}
	}
	if !m.AwayFrom.IsZero() && m.Deputy == "" && (old.AwayFrom.IsZero() || old.Deputy != "") {
		others, err := otherActive(tx, m.Org, m.ID, "")
		if err != nil {
			return err
		}
		if others > 0 {
			return errs.New(errs.Invalid, "away-needs-deputy").Field("deputy_id", "away-needs-deputy")
		}
	}
	if !m.AwayFrom.IsZero() && !m.AwayFrom.Equal(old.AwayFrom) && s.Holds != nil {
		n, err := s.Holds.OpenCases(tx, m.Org, m.ID)
		if err != nil {
			return err
		}
		if n > 0 { // what falls due meanwhile must pass to somebody
			return errs.New(errs.Conflict, "away-arrange").With("Count", n)
		}
	}
	leaves := old.Active && !m.Active
	if old.Active && old.Role == actor.Administrator && (leaves || m.Role != actor.Administrator) {
		n, err := otherActive(tx, m.Org, m.ID, actor.Administrator)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.New(errs.Conflict, "last-administrator")
		}
	}
	if leaves {
		return s.mayLeave(tx, who, m)
	}
	return nil
}

// mayLeave refuses to deactivate who holds cases or has duty, and passes the
// member's signals to who stands in.
func (s *Service) mayLeave(tx *db.Tx, who actor.Actor, m Member) error {
	n, err := s.Holds.OpenCases(tx, m.Org, m.ID)
	if err != nil {
		return err
	}
	if n > 0 {
		return errs.New(errs.Conflict, "member-holds-cases").With("Count", n)
	}
	if s.Load != nil {
		held, err := s.Load.Held(tx, m.Org, m.ID)
		if err != nil {
			return err
		}
		if held.any() {
			return errs.New(errs.Conflict, "member-holds-work").With("Promises", held.Promises).With("Calls", held.Calls)
		}
	}
	teams, err := dutiesOf(tx, m.Org, m.ID)
	if err != nil {
		return err
	}
	if len(teams) > 0 {
		return errs.New(errs.Conflict, "member-has-duty").With("Teams", teams)
	}
	// Not in the database yet, so resolve as if the member were gone already.
	gone := m
	gone.Active = false
	stand, ok, err := StandIn(gone, tx.Now(), func(id string) (Member, bool, error) { return findMember(tx, m.Org, id) })
	if err != nil {
		return err
	}
	if !ok {
		if stand, err = leadBeside(tx, m); err != nil {
			return err
		}
	}
	if err := s.Signals.Pass(tx, who, m.ID, stand.ID); err != nil || s.Accounts == nil || m.Account == "" {
		return err
	}
	return s.Accounts.Leave(tx, m.Org, m.Account)
}

// leadBeside is a lead other than m: one who is here, else any. The rule about
// the last administrator says that there is one.
func leadBeside(tx *db.Tx, m Member) (Member, error) {
	leads, err := Leads(tx, m.Org)
	if err != nil {
		return Member{}, err
	}
	leads = slices.DeleteFunc(leads, func(l Member) bool { return l.ID == m.ID })
	if len(leads) == 0 {
		return Member{}, errs.New(errs.Conflict, "last-administrator")
	}
	for _, l := range leads {
		if l.Here(tx.Now()) {
			return l, nil
		}
	}
	return leads[0], nil
}

// Link joins an account to a member, or takes it off when account is empty.
// It runs in the transaction in which the account was made or invited.
func Link(tx *db.Tx, who actor.Actor, org, member, account string) error {
	m, err := LockMember(tx, org, member)
	if err != nil || m.Account == account {
		return err
	}
	if err := linkAccount(tx, org, member, account); err != nil {
		if db.Violates(err, db.Unique) {
			return errs.New(errs.Conflict, "account-already-member").Wrap(err)
		}
		return err
	}
	tx.Emit(db.Fact{Org: org, Kind: fact.MemberChanged, By: who, Data: map[string]any{"member": member, "what": []string{"account"}}})
	return nil
}

// MemberFilter narrows a list of members.
type MemberFilter struct {
	Role     actor.Role
	Inactive bool // also those who left
}

// Members gives a page of members by name.
func (s *Service) Members(ctx context.Context, who actor.Actor, f MemberFilter, cursor string, limit int) (p page.Page[Member], err error) {
	if err := auth.Require(who, auth.OrgRead); err != nil {
		return p, err
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
		rows, err := membersAfter(q, who.Org, f, key[0], key[1], limit+1)
		p = page.Of(rows, limit, func(m Member) []string { return []string{m.Name, m.ID} })
		return err
	})
	return p, err
}

// Member gives one member.
func (s *Service) Member(ctx context.Context, who actor.Actor, id string) (m Member, err error) {
	if err := auth.Require(who, auth.OrgRead); err != nil {
		return m, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error { m, err = MemberByID(q, who.Org, id); return err })
	return m, err
}
