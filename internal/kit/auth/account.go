package auth

import (
	"context"
	"net/mail"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

// NewAccount is an account to be made.
type NewAccount struct{ Email, Name, Language string }

// EnsureAccount gives the account of an e-mail address, making it when there
// is none. It has no password until its owner chooses one; see Invite.
func (s *Service) EnsureAccount(t *db.Tx, n NewAccount) (a Account, made bool, err error) {
	n.Email, n.Name = strings.TrimSpace(n.Email), strings.TrimSpace(n.Name)
	var c errs.Checks
	at, err := mail.ParseAddress(n.Email)
	c.Must(err == nil && at.Address == n.Email && len(n.Email) <= 320, "email", "not-an-address")
	c.Must(n.Name != "" && len(n.Name) <= 400, "name", "account-name-missing")
	if err := c.Err(); err != nil {
		return a, false, err
	}
	if n.Language != "en" {
		n.Language = "nl"
	}
	row := Account{ID: t.NewID("acc"), Email: n.Email, EmailKey: fold(n.Email), Name: n.Name, Language: n.Language, CreatedAt: t.Now(), ChangedAt: t.Now()}
	if made, err = insertAccount(t, row); err != nil {
		return a, false, err
	}
	a, _, err = accountByEmail(t, n.Email)
	a.Password = ""
	return a, made, err
}

// AccountOf gives an account, without its password.
func AccountOf(q db.Q, id string) (Account, error) {
	a, ok, err := findAccount(q, id)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "not-found")
	}
	a.Password = ""
	return a, err
}

// AccountByEmail finds an account by its address, without its password.
func AccountByEmail(q db.Q, email string) (Account, bool, error) {
	a, ok, err := accountByEmail(q, email)
	a.Password = ""
	return a, ok, err
}

// UpdateAccount changes how somebody is called and in which language they read.
func UpdateAccount(t *db.Tx, id, name, language string) error {
	if name = strings.TrimSpace(name); name == "" || len(name) > 400 {
		return errs.New(errs.Invalid, "account-name-missing").Field("name", "account-name-missing")
	}
	if language != "en" {
		language = "nl"
	}
	return updateAccount(t, id, name, language)
}

// SwitchKeys says whether single keys do something for an account.
func SwitchKeys(t *db.Tx, id string, off bool) error { return updateKeys(t, id, off) }

// Disable keeps an account from signing in, at once, or lets it again.
func Disable(t *db.Tx, id string, disabled bool) error {
	if err := updateDisabled(t, id, disabled); err != nil {
		return err
	}
	if !disabled {
		return nil
	}
	return deleteSessionsOf(t, id)
}

// Invite makes the token by which somebody chooses a password: for a new
// account or a forgotten one. An earlier token of the account ends.
func (s *Service) Invite(t *db.Tx, account string, valid time.Duration) (token string, err error) {
	token = secret()
	return token, insertAccountToken(t, hashOf(token), account, t.Now().Add(valid))
}

// Invited says whose token it is, for the page that asks for the password.
func (s *Service) Invited(ctx context.Context, token string) (a Account, err error) {
	var ok bool
	err = s.db.Read(ctx, func(q db.Q) (err error) { a, ok, err = accountByToken(q, hashOf(token)); return err })
	if err == nil && !ok {
		err = errs.New(errs.Gone, "invitation-over")
	}
	a.Password = ""
	return a, err
}

// ChoosePassword sets the password of whoever holds a token, uses the token up
// and ends all their sessions.
func (s *Service) ChoosePassword(ctx context.Context, token, password string) (Account, error) {
	a, err := s.Invited(ctx, token)
	if err != nil {
		return a, err
	}
	phc, err := s.prepare(ctx, password, a.Email)
	if err != nil {
		return a, err
	}
	return a, s.db.Write(ctx, func(t *db.Tx) error {
		ok, err := takeAccountToken(t, hashOf(token))
		if err != nil {
			return err
		}
		if !ok {
			return errs.New(errs.Gone, "invitation-over")
		}
		return renewed(t, a, phc)
	})
}

// SetPassword sets a password directly: first start and the command line.
func (s *Service) SetPassword(ctx context.Context, account, password string) error {
	var a Account
	if err := s.db.Read(ctx, func(q db.Q) (err error) { a, err = AccountOf(q, account); return err }); err != nil {
		return err
	}
	phc, err := s.prepare(ctx, password, a.Email)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(t *db.Tx) error { return renewed(t, a, phc) })
}

// ChangePassword changes the password of whoever is signed in and knows the
// old one; their other sessions end, this one gets a new token.
func (s *Service) ChangePassword(ctx context.Context, who actor.Actor, old, password string) error {
	if who.Account == "" || !hasSession(ctx) {
		return errs.New(errs.Unauthorised, "sign-in-needed")
	}
	var a Account
	if err := s.db.Read(ctx, func(q db.Q) (err error) { a, _, err = findAccount(q, who.Account); return err }); err != nil {
		return err
	}
	guard := hashOf(fold(a.Email))
	if _, err := s.attempt(ctx, guard); err != nil {
		return err
	}
	ok, err := s.hasher.verify(ctx, a.Password, old)
	if err != nil {
		return err
	}
	if !ok {
		return errs.New(errs.Invalid, "password-wrong").Field("old", "password-wrong")
	}
	phc, err := s.prepare(ctx, password, a.Email)
	if err != nil {
		return err
	}
	if err := s.db.Write(ctx, func(t *db.Tx) error { return renewed(t, a, phc) }); err != nil {
		return err
	}
	return s.renew(ctx)
}

// prepare checks and hashes a password, outside any transaction.
func (s *Service) prepare(ctx context.Context, password, email string) (string, error) {
	if err := CheckPassword(password, email); err != nil {
		return "", err
	}
	return s.hasher.hash(ctx, password)
}

func renewed(t *db.Tx, a Account, phc string) error {
	if err := updatePassword(t, a.ID, phc); err != nil {
		return err
	}
	if err := deleteGuard(t, hashOf(fold(a.Email))); err != nil {
		return err
	}
	return deleteSessionsOf(t, a.ID)
}

// Hash checks and hashes a password ahead of the transaction that makes its
// account: hashing takes long on purpose.
func (s *Service) Hash(ctx context.Context, password, email string) (string, error) {
	return s.prepare(ctx, password, email)
}

// SetHash sets a hashed password, in the transaction that made the account.
func (s *Service) SetHash(t *db.Tx, a Account, phc string) error { return renewed(t, a, phc) }

// Chosen says whether the owner of an account has chosen a password.
func Chosen(q db.Q, account string) (bool, error) {
	a, ok, err := findAccount(q, account)
	return ok && a.Password != "", err
}

// EndSessions signs an account out everywhere.
func EndSessions(t *db.Tx, account string) error { return deleteSessionsOf(t, account) }
