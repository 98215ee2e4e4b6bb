package app

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"slices"
	"strings"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/surface/desk"
)

// setup is the first start: it satisfies desk.FirstStart. The code is printed
// where only whoever started the server sees it, so that a stranger who finds
// a new server first cannot make it theirs.
type setup struct {
	db   *db.DB
	s    *services
	code string
}

func newSetup(d *db.DB, s *services) *setup {
	var b [10]byte
	if _, err := rand.Read(b[:]); err != nil { // crypto/rand never fails
		panic(err)
	}
	text := strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
	return &setup{db: d, s: s, code: text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:16]}
}

// Needed implements desk.FirstStart.
func (s *setup) Needed(ctx context.Context) (needed bool, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		list, err := org.Partners(q, "", "", 1)
		needed = len(list) == 0
		return err
	})
	return needed, err
}

// Code implements desk.FirstStart.
func (s *setup) Code(code string) bool {
	code = strings.ToLower(strings.TrimSpace(code))
	return subtle.ConstantTimeCompare([]byte(code), []byte(s.code)) == 1
}

// Finish implements desk.FirstStart.
func (s *setup) Finish(ctx context.Context, in desk.First) error {
	phc, err := s.s.auth.Hash(ctx, in.Password, in.Email)
	if err != nil {
		return err
	}
	who := actor.Actor{Kind: actor.Installer, Name: "set-up"}
	return s.db.Write(ctx, func(t *db.Tx) error {
		list, err := org.Partners(t, "", "", 1)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			return errs.New(errs.Conflict, "setup-done")
		}
		account, _, err := s.s.auth.EnsureAccount(t, auth.NewAccount{Email: in.Email, Name: in.AdminName, Language: in.AdminLanguage})
		if err != nil {
			return err
		}
		if err := s.s.auth.SetHash(t, account, phc); err != nil {
			return err
		}
		_, _, err = org.CreateIn(t, who, org.NewOrganisation{Name: in.Name, Kind: org.Kind(in.Kind), Phone: in.Phone, Language: in.Language,
			Calendar: &in.Calendar, Admin: org.NewMember{Name: in.AdminName, Email: in.Email, Role: actor.Administrator, Account: account.ID}})
		return err
	})
}

func sortPanels(list []module.Panel) {
	slices.SortStableFunc(list, func(a, b module.Panel) int { return a.Order - b.Order })
}
