package auth

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/web"
)

// LockedAt is the page that a locked session shows instead of any other.
const LockedAt = "/locked"

// maxRecent is how many people of one screen are remembered.
const maxRecent = 6

const maxSessionsShown = 50

func (s *Service) locked(ctx context.Context) bool {
	return hasSession(ctx) && s.scs.GetString(ctx, keyLocked) != ""
}

// Lock hides everything behind the password: from the moment it is kept no
// request of this session reads or changes anything, whichever page or tab it
// comes from.
func (s *Service) Lock(ctx context.Context) error {
	hash := ""
	if hasSession(ctx) {
		hash = s.scs.GetString(ctx, keyHash)
	}
	if hash == "" || s.scs.GetString(ctx, keyAccount) == "" {
		return errs.New(errs.Unauthorised, "sign-in-needed")
	}
	return s.db.Write(ctx, func(t *db.Tx) error { return lockSession(t, hash) })
}

// LockedFor says whose screen is locked, and in which organisation; false when
// it is not.
func (s *Service) LockedFor(ctx context.Context) (a Account, org string, locked bool, err error) {
	if !s.locked(ctx) {
		return a, "", false, nil
	}
	org = s.scs.GetString(ctx, keyOrg)
	err = s.db.Read(ctx, func(q db.Q) (err error) { a, err = AccountOf(q, s.scs.GetString(ctx, keyAccount)); return err })
	return a, org, err == nil, err
}

// Unlock shows the screen again to who knows the password: the account that
// locked it, or another one that signed in here before. Wrong guesses count as
// they do at signing in.
func (s *Service) Unlock(ctx context.Context, account, password string) (Signed, error) {
	if !s.locked(ctx) {
		return Signed{}, errs.New(errs.Unauthorised, "sign-in-needed")
	}
	if account != s.scs.GetString(ctx, keyAccount) && !slices.Contains(s.recent(ctx), account) {
		return Signed{}, errs.New(errs.Invalid, "sign-in-wrong")
	}
	org := s.scs.GetString(ctx, keyOrg)
	var a Account
	if err := s.db.Read(ctx, func(q db.Q) (err error) { a, _, err = findAccount(q, account); return err }); err != nil {
		return Signed{}, err
	}
	a.LastOrg = org // whoever takes over goes on where the screen was
	guard := hashOf(fold(a.Email))
	if _, err := s.attempt(ctx, guard); err != nil {
		return Signed{}, err
	}
	ok, err := s.hasher.verify(ctx, a.Password, password)
	if err != nil {
		return Signed{}, err
	}
	if !ok || a.Disabled {
		return Signed{}, errs.New(errs.Invalid, "password-wrong").Field("password", "password-wrong")
	}
	return s.enter(ctx, a, guard)
}

// remember notes who signed in on this screen, and with which browser.
func (s *Service) remember(ctx context.Context, account string) {
	list := slices.DeleteFunc(s.recent(ctx), func(a string) bool { return a == account })
	list = slices.Insert(list, 0, account)
	s.scs.Put(ctx, keyRecent, strings.Join(list[:min(len(list), maxRecent)], " "))
	if c := web.From(ctx); c != nil {
		s.scs.Put(ctx, keyAgent, agent(c.Request().UserAgent()))
	}
}

func (s *Service) recent(ctx context.Context) []string {
	return strings.Fields(s.scs.GetString(ctx, keyRecent))
}

// Recent are the accounts that signed in on this screen since somebody signed
// out of it and that belong to the organisation it shows, the latest first.
func (s *Service) Recent(ctx context.Context) (list []Account, err error) {
	if !hasSession(ctx) {
		return nil, nil
	}
	org := s.scs.GetString(ctx, keyOrg)
	err = s.db.Read(ctx, func(q db.Q) error {
		list = nil
		for _, id := range s.recent(ctx) {
			a, ok, err := findAccount(q, id)
			if err != nil {
				return err
			}
			if !ok || a.Disabled {
				continue
			}
			if _, member, err := s.members.Membership(q, id, org); err != nil || !member {
				if err != nil {
					return err
				}
				continue
			}
			a.Password = ""
			list = append(list, a)
		}
		return nil
	})
	return list, err
}

// Session is one browser in which an account is signed in.
type Session struct {
	ID            string // to end it by; says nothing about its token
	Browser       string // "Firefox, Windows"; "" when unknown
	Since, SeenAt time.Time
	Locked, This  bool
}

// Sessions lists where somebody is signed in, the latest used first.
func (s *Service) Sessions(ctx context.Context, who actor.Actor) (list []Session, err error) {
	rows, err := s.sessionsOf(ctx, who)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		values := map[string]string{}
		if err := json.Unmarshal([]byte(r.Data), &values); err != nil {
			return nil, err
		}
		list = append(list, Session{ID: sessionID(r.Hash), Browser: values[keyAgent], Since: r.CreatedAt, SeenAt: r.SeenAt,
			Locked: !r.LockedAt.IsZero(), This: r.Hash == s.scs.GetString(ctx, keyHash)})
	}
	return list, nil
}

func (s *Service) sessionsOf(ctx context.Context, who actor.Actor) (rows []sessionRow, err error) {
	if who.Account == "" || !hasSession(ctx) {
		return nil, errs.New(errs.Unauthorised, "sign-in-needed")
	}
	err = s.db.Read(ctx, func(q db.Q) (err error) {
		rows, err = sessionsOf(q, who.Account, q.Now().Add(-sessionIdle), q.Now().Add(-sessionLife))
		return err
	})
	return rows, err
}

func sessionID(hash string) string { return hashOf(hash)[:16] }

// EndSession ends one of somebody's own sessions; one that is over already is
// ended.
func (s *Service) EndSession(ctx context.Context, who actor.Actor, id string) error {
	rows, err := s.sessionsOf(ctx, who)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if sessionID(r.Hash) == id {
			return s.db.Write(ctx, func(t *db.Tx) error { return deleteSession(t, r.Hash) })
		}
	}
	return nil
}

// EndOtherSessions ends all of somebody's sessions but this one.
func (s *Service) EndOtherSessions(ctx context.Context, who actor.Actor) error {
	if who.Account == "" || !hasSession(ctx) || s.scs.GetString(ctx, keyHash) == "" {
		return errs.New(errs.Unauthorised, "sign-in-needed")
	}
	return s.db.Write(ctx, func(t *db.Tx) error { return deleteOtherSessions(t, who.Account, s.scs.GetString(ctx, keyHash)) })
}

// agent is a browser as a person would call it: family and system, no version.
func agent(header string) string {
	first := func(list [][2]string) string {
		for _, f := range list {
			if strings.Contains(header, f[0]) {
				return f[1]
			}
		}
		return ""
	}
	// The order matters: all say that they are Mozilla, most say Safari.
	family := first([][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"SamsungBrowser/", "Samsung Internet"},
		{"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}})
	system := first([][2]string{{"Windows", "Windows"}, {"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"CrOS", "ChromeOS"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"}})
	switch {
	case family == "":
		return system
	case system == "":
		return family
	}
	return family + ", " + system
}
