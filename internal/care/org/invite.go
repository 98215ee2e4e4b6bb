package org

import (
	"context"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// OneTimeLink is an address at which somebody chooses a password, once.
type OneTimeLink struct {
	URL   string
	Until time.Time
}

// Letter is a link on its way to whoever is invited.
type Letter struct {
	OneTimeLink
	ID      string // of this letter
	Org     string
	Account string
	By      string // who invites
}

// InvitationState is how an invitation reaches somebody.
type InvitationState string

// The states of an invitation.
const (
	InvitationAdded  InvitationState = "added"  // they signed in already; now here too
	InvitationMailed InvitationState = "mailed" // the link is in their mail
	InvitationShown  InvitationState = "shown"  // the link is given to whoever invites, once
	InvitationUnsent InvitationState = "unsent" // the mail did not go, and the link is nobody else's to see
)

// Invitation is what became of inviting somebody.
type Invitation struct {
	Member Member          `json:"member"`
	State  InvitationState `json:"state" enum:"added,mailed,shown,unsent"`
	URL    string          `json:"url,omitempty" doc:"Where a password is chosen, once; only when no mail went. It is never shown again."`
	Until  time.Time       `json:"until,omitzero" doc:"When the link stops working"`
}

// Invite adds somebody who starts here and gives them a way to sign in: a link
// by which they choose a password, mailed, or shown to whoever invites when no
// mail goes. An address that has an account keeps its password.
func (s *Service) Invite(ctx context.Context, who actor.Actor, in NewMember) (Invitation, error) {
	return s.invite(ctx, who, func(tx *db.Tx, o Organisation) (Member, bool, error) {
		if err := (Member{Name: clean(in.Name), Role: in.Role, Email: clean(in.Email), Active: true}).invitable(); err != nil {
			return Member{}, false, err
		}
		account, ready, err := s.Accounts.Ensure(tx, clean(in.Email), clean(in.Name), o.Language)
		if err != nil {
			return Member{}, false, err
		}
		if old, ok, err := memberOfAccount(tx, who.Org, account); err != nil || ok {
			if err == nil {
				err = there(old)
			}
			return old, false, err
		}
		in.Account = account
		m, err := AddMemberIn(tx, who, in)
		return m, ready, err
	})
}

// there says why somebody cannot be invited again.
func there(m Member) error {
	code := "colleague-already"
	if !m.Active {
		code = "colleague-left"
	}
	e := errs.New(errs.Conflict, code).With("Name", m.Name)
	e.Fields = []errs.Field{{Path: "email", Type: code, Params: errs.Params{"Name": m.Name}}}
	return e
}

// InviteAgain gives a member who has not chosen a password yet a new link; an
// earlier one ends. A member without an account gets one.
func (s *Service) InviteAgain(ctx context.Context, who actor.Actor, member string) (Invitation, error) {
	return s.invite(ctx, who, func(tx *db.Tx, o Organisation) (m Member, ready bool, err error) {
		if m, err = LockMember(tx, who.Org, member); err != nil {
			return m, false, err
		}
		if err := m.invitable(); err != nil {
			return m, false, err
		}
		if m.Account != "" {
			if ready, err = s.Accounts.Ready(tx, m.Account); err == nil && ready {
				err = errs.New(errs.Conflict, "invitation-accepted").With("Name", m.Name)
			}
			return m, false, err
		}
		account, ready, err := s.Accounts.Ensure(tx, m.Email, m.Name, o.Language)
		if err != nil {
			return m, false, err
		}
		if err := Link(tx, who, who.Org, member, account); err != nil {
			return m, false, err
		}
		m, err = MemberByID(tx, who.Org, member)
		return m, ready, err
	})
}

// invitable says whether somebody can be sent an invitation.
func (m Member) invitable() error {
	if !m.Active {
		return errs.New(errs.Conflict, "colleague-left").With("Name", m.Name)
	}
	var c errs.Checks
	c.Must(m.Email != "", "email", "invitation-address-missing")
	if err := c.Err(); err != nil {
		return err
	}
	return m.check()
}

// invite makes the link in the transaction that finds or makes the member, and
// mails it afterwards.
func (s *Service) invite(ctx context.Context, who actor.Actor, find func(*db.Tx, Organisation) (Member, bool, error)) (out Invitation, err error) {
	if err := auth.Require(who, auth.OrgAdmin); err != nil {
		return out, err
	}
	if s.Accounts == nil {
		return out, errs.New(errs.Unavailable, "invitations-off")
	}
	var letter Letter
	var others bool
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		out, letter = Invitation{State: InvitationAdded}, Letter{}
		o, err := lock(tx, who.Org)
		if err != nil {
			return err
		}
		var ready bool
		if out.Member, ready, err = find(tx, o); err != nil || ready {
			return err
		}
		letter = Letter{ID: tx.NewID("inv"), Org: o.ID, Account: out.Member.Account, By: who.Name}
		if letter.OneTimeLink, err = s.Accounts.Link(tx, letter.Account); err != nil {
			return err
		}
		tx.Emit(db.Fact{Org: who.Org, Kind: fact.MemberChanged, By: who, Data: map[string]any{"member": out.Member.ID, "what": []string{"invited"}}})
		others, err = elsewhere(tx, who.Org, letter.Account)
		return err
	})
	if err != nil || letter.URL == "" {
		return out, err
	}
	out.Until = letter.Until
	switch {
	case s.Accounts.Send(ctx, letter):
		out.State = InvitationMailed
	case others:
		// Whoever holds the link gets into the other organisation as well: it
		// is for the owner of the address only.
		out.State = InvitationUnsent
	default:
		out.State, out.URL = InvitationShown, letter.URL
	}
	return out, nil
}
