package auth

import (
	"context"
	"errors"
	"time"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

// freeTries is how often signing in may fail before it is slowed down.
const freeTries = 5

// forgetFails is after how long failures no longer count.
const forgetFails = 24 * time.Hour

// delay is how long to wait after n failures in a row: nothing at first, then
// half a minute doubling, never more than a quarter of an hour. It is never a
// lock: whoever knows the password gets in today.
func delay(n int) time.Duration {
	if n < freeTries {
		return 0
	}
	return min(30*time.Second<<min(n-freeTries, 10), 15*time.Minute)
}

// Signed is the outcome of signing in.
type Signed struct {
	Account Account
	Actor   actor.Actor  // in the organisation of last time
	Others  []Membership // all places, when there are several
}

// SignIn checks e-mail and password, and puts the account into the browser's
// session under a new token. The request must have passed Wrap. A wrong
// password and an unknown address are one and the same "sign-in-wrong".
func (s *Service) SignIn(ctx context.Context, email, password string) (Signed, error) {
	if !hasSession(ctx) {
		return Signed{}, errors.New("auth: SignIn outside a session")
	}
	wrong := errs.New(errs.Invalid, "sign-in-wrong")
	if len(email) > 320 || len(password) > 4*maxPassword {
		return Signed{}, wrong
	}
	guard := hashOf(fold(email))
	fails, err := s.attempt(ctx, guard)
	if err != nil {
		return Signed{}, err
	}
	var a Account
	if err := s.db.Read(ctx, func(q db.Q) (err error) { a, _, err = accountByEmail(q, email); return err }); err != nil {
		return Signed{}, err
	}
	ok, err := s.hasher.verify(ctx, a.Password, password)
	if err != nil {
		return Signed{}, err
	}
	if !ok || a.Disabled {
		if fails == freeTries && a.ID != "" {
			return Signed{}, errors.Join(wrong, s.tellRefused(ctx, a))
		}
		return Signed{}, wrong
	}
	return s.enter(ctx, a, guard)
}

// attempt counts a failure beforehand, so that many attempts at a time are no
// way around the delay; success takes it back.
func (s *Service) attempt(ctx context.Context, guard string) (fails int, err error) {
	var wait time.Duration
	err = s.db.Write(ctx, func(t *db.Tx) error {
		g, err := lockGuard(t, guard)
		if err != nil {
			return err
		}
		if wait = g.Until.Sub(t.Now()); wait > 0 {
			return nil
		}
		if t.Now().Sub(g.LastAt) > forgetFails {
			g.Fails = 0
		}
		g.Fails++
		fails = g.Fails
		g.LastAt, g.Until = t.Now(), time.Time{}
		if d := delay(g.Fails); d > 0 {
			g.Until = t.Now().Add(d)
		}
		return updateGuard(t, guard, g)
	})
	if err == nil && wait > 0 {
		err = errs.New(errs.TooMany, "sign-in-later").With("Seconds", int((wait+time.Second-1)/time.Second)).With("Wait", wait)
	}
	return fails, err
}

// warnAgain is how long the owner of an account is not told a second time.
const warnAgain = 24 * time.Hour

// tellRefused records, once when the delays begin, that somebody tries, and has
// the owner told. The letter leaves later, so whoever tries learns nothing.
func (s *Service) tellRefused(ctx context.Context, a Account) error {
	return s.db.Write(ctx, func(t *db.Tx) error {
		places, err := s.members.Of(t, a.ID)
		if err != nil {
			return err
		}
		for _, m := range places {
			t.Emit(db.Fact{Org: m.Org, Kind: factRefused, By: actor.ForSystem(m.Org), Data: map[string]any{"account": a.ID, "member": m.Member, "count": freeTries}})
		}
		if s.warner == nil || a.Disabled || len(places) == 0 {
			return nil
		}
		first, err := setWarned(t, a.ID, t.Now().Add(-warnAgain))
		if err == nil && first {
			a.Password = ""
			s.warner.Warn(t, places[0].Org, a)
		}
		return err
	})
}

// enter puts an account that proved itself into the session.
func (s *Service) enter(ctx context.Context, a Account, guard string) (Signed, error) {
	out := Signed{Account: a}
	out.Account.Password = ""
	if err := s.db.Write(ctx, func(t *db.Tx) error {
		places, err := s.members.Of(t, a.ID)
		if err != nil {
			return err
		}
		if len(places) == 0 {
			return errs.New(errs.Forbidden, "no-membership")
		}
		org := places[0].Org
		for _, m := range places {
			if m.Org == a.LastOrg {
				org = m.Org
			}
		}
		if out.Others = nil; len(places) > 1 {
			out.Others = places
		}
		if out.Actor, err = s.memberIn(t, a, org); err != nil {
			return err
		}
		if err := deleteGuard(t, guard); err != nil {
			return err
		}
		if err := updateLastOrg(t, a.ID, org); err != nil {
			return err
		}
		t.Emit(db.Fact{Org: org, Kind: factSignedIn, By: out.Actor, Data: map[string]any{"account": a.ID}})
		return nil
	}); err != nil {
		return Signed{}, err
	}
	if err := s.renew(ctx); err != nil {
		return Signed{}, err
	}
	s.remember(ctx, a.ID)
	s.scs.Put(ctx, keyAccount, a.ID)
	s.scs.Put(ctx, keyOrg, out.Actor.Org)
	return out, nil
}

// renew gives the session a new token, so that whoever planted or stole the
// old one has nothing. A session that was locked is not any more.
func (s *Service) renew(ctx context.Context) error {
	if err := s.scs.RenewToken(ctx); err != nil {
		return err
	}
	for _, k := range passing {
		s.scs.Remove(ctx, k)
	}
	return nil
}

func (s *Service) memberIn(q db.Q, a Account, org string) (actor.Actor, error) {
	who, ok, err := s.members.Membership(q, a.ID, org)
	if err != nil {
		return who, err
	}
	if !ok {
		return who, errs.New(errs.Forbidden, "no-membership")
	}
	who.Kind, who.Org, who.Account = actor.Staff, org, a.ID
	if a.Language != "" { // people choose their own; the organisation's is for who has no account
		who.Language = a.Language
	}
	if who.Name == "" {
		who.Name = a.Name
	}
	return who, nil
}

// Switch goes on in another organisation of the account.
func (s *Service) Switch(ctx context.Context, org string) (who actor.Actor, err error) {
	if !hasSession(ctx) || s.scs.GetString(ctx, keyAccount) == "" || s.locked(ctx) {
		return who, errs.New(errs.Unauthorised, "sign-in-needed")
	}
	err = s.db.Write(ctx, func(t *db.Tx) error {
		a, ok, err := findAccount(t, s.scs.GetString(ctx, keyAccount))
		if err != nil {
			return err
		}
		if !ok || a.Disabled {
			return errs.New(errs.Unauthorised, "sign-in-needed")
		}
		if who, err = s.memberIn(t, a, org); err != nil {
			return err
		}
		t.Emit(db.Fact{Org: org, Kind: factSignedIn, By: who, Data: map[string]any{"account": a.ID}})
		return updateLastOrg(t, a.ID, org)
	})
	if err == nil {
		s.scs.Put(ctx, keyOrg, org)
	}
	return who, err
}

// SignOut ends the browser's session.
func (s *Service) SignOut(ctx context.Context) error {
	if !hasSession(ctx) {
		return nil
	}
	return s.scs.Destroy(ctx)
}
