package auth

import (
	"context"
	"crypto/subtle"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/id"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
)

// KeyKind says for whom an API key acts.
type KeyKind string

// The kinds of key.
const (
	MemberKey       KeyKind = "member"       // as a member, with the role the member has at that moment
	OrganisationKey KeyKind = "organisation" // another organisation's part in a referral, a provider's reports
	InstallerKey    KeyKind = "installer"    // makes organisations; only from the command line
)

// Key is an API key as it is kept: without the key itself.
type Key struct {
	Org       string    `db:"org_id" json:"-"`
	ID        string    `db:"id" json:"id"`
	Kind      KeyKind   `db:"kind" json:"kind"`
	Name      string    `db:"name" json:"name"`
	Member    string    `db:"member_id" json:"member_id,omitempty"`
	Hash      string    `db:"hash" json:"-"`
	Hint      string    `db:"hint" json:"hint"`
	CreatedAt time.Time `db:"created_at" json:"created_at"`
	CreatedBy string    `db:"created_by" json:"created_by"`
	ExpiresAt time.Time `db:"expires_at" json:"expires_at,omitzero"`
	RevokedAt time.Time `db:"revoked_at" json:"revoked_at,omitzero"`
	UsedAt    time.Time `db:"used_at" json:"used_at,omitzero"` // to the hour
}

// NewKey is a key to be made.
type NewKey struct {
	Kind    KeyKind
	Name    string
	Member  string    // for a member's key
	Expires time.Time // zero: never
}

const keyPrefix = "hv_"

// CreateKey makes a key; the token is shown this once.
func (s *Service) CreateKey(ctx context.Context, who actor.Actor, n NewKey) (k Key, token string, err error) {
	org := who.Org
	if n.Kind == InstallerKey {
		org = job.Installation
		err = Require(who, Install)
	} else {
		err = Require(who, KeyAdmin)
	}
	if err != nil {
		return k, "", err
	}
	n.Name = strings.TrimSpace(n.Name)
	var c errs.Checks
	c.Must(n.Name != "", "name", "key-name-missing")
	c.Must(len(n.Name) <= 200, "name", "too-long")
	c.Must(n.Kind == MemberKey || n.Kind == OrganisationKey || n.Kind == InstallerKey, "kind", "not-a-choice")
	c.Must((n.Kind == MemberKey) == (n.Member != ""), "member_id", "key-member")
	c.Must(n.Expires.IsZero() || n.Expires.After(s.db.Clock().Now()), "expires_at", "in-the-past")
	if err := c.Err(); err != nil {
		return k, "", err
	}
	plain := secret()
	err = s.db.Write(ctx, func(t *db.Tx) error {
		if n.Kind == MemberKey {
			if _, ok, err := s.members.Member(t, org, n.Member); err != nil {
				return err
			} else if !ok {
				return errs.New(errs.Invalid, "key-member").Field("member_id", "key-member")
			}
		}
		k = Key{Org: org, ID: t.NewID("key"), Kind: n.Kind, Name: n.Name, Member: n.Member, Hash: hashOf(plain),
			Hint: plain[len(plain)-4:], CreatedAt: t.Now(), CreatedBy: who.ID(), ExpiresAt: n.Expires}
		if org != job.Installation { // the installation itself keeps no chain
			t.Emit(db.Fact{Org: org, Kind: factKeyCreated, By: who, Data: map[string]any{"key": k.ID, "kind": string(k.Kind)}, Text: map[string]string{"name": k.Name}})
		}
		return insertKey(t, k)
	})
	part := orgPart(org)
	if org == job.Installation {
		part = ""
	}
	return k, keyPrefix + part + "." + strings.TrimPrefix(k.ID, "key_") + "." + plain, err
}

// Keys lists the keys of the actor's organisation, after a key's id.
func (s *Service) Keys(ctx context.Context, who actor.Actor, after string, limit int) (list []Key, err error) {
	if err := Require(who, KeyAdmin); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(q db.Q) (err error) { list, err = keysOf(q, who.Org, after, limit); return err })
	return list, err
}

// InstallerKeys lists the installation's keys, for the command line.
func (s *Service) InstallerKeys(ctx context.Context, who actor.Actor) (list []Key, err error) {
	if err := Require(who, Install); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(q db.Q) (err error) { list, err = keysOf(q, job.Installation, "", 200); return err })
	return list, err
}

// RevokeKey ends a key at once. Revoking again changes nothing.
func (s *Service) RevokeKey(ctx context.Context, who actor.Actor, keyID string) error {
	org, need := who.Org, KeyAdmin
	if org == "" {
		org, need = job.Installation, Install
	}
	if err := Require(who, need); err != nil {
		return err
	}
	return s.db.Write(ctx, func(t *db.Tx) error {
		if _, ok, err := findKey(t, org, keyID); err != nil || !ok {
			if err == nil {
				err = errs.New(errs.NotFound, "not-found")
			}
			return err
		}
		changed, err := markKeyRevoked(t, org, keyID)
		if err == nil && changed && org != job.Installation {
			t.Emit(db.Fact{Org: org, Kind: factKeyRevoked, By: who, Data: map[string]any{"key": keyID}})
		}
		return err
	})
}

// byKey says who a key acts for. Only who holds the right secret learns that
// a key was revoked or expired.
func (s *Service) byKey(ctx context.Context, token string) (who actor.Actor, err error) {
	unknown := errs.New(errs.Unauthorised, "credential-unknown")
	parts := strings.Split(strings.TrimPrefix(token, keyPrefix), ".")
	if len(parts) != 3 || len(token) > 300 || !id.Valid("key", "key_"+parts[1]) {
		return who, unknown
	}
	org, keyID := orgFrom(parts[0]), "key_"+parts[1]
	var k Key
	err = s.db.Read(ctx, func(q db.Q) error {
		var ok bool
		if k, ok, err = findKey(q, org, keyID); err != nil {
			return err
		}
		same := subtle.ConstantTimeCompare([]byte(k.Hash), []byte(hashOf(parts[2]))) == 1
		switch {
		case !ok || !same:
			return unknown
		case !k.RevokedAt.IsZero():
			return errs.New(errs.Unauthorised, "key-revoked")
		case !k.ExpiresAt.IsZero() && !q.Now().Before(k.ExpiresAt):
			return errs.New(errs.Unauthorised, "key-expired")
		}
		switch k.Kind {
		case InstallerKey:
			who = actor.Actor{Kind: actor.Installer, Name: k.Name}
		case OrganisationKey:
			who = actor.Actor{Kind: actor.Organisation, Org: org, Name: k.Name}
		default:
			if who, ok, err = s.members.Member(q, org, k.Member); err != nil {
				return err
			}
			if !ok { // no longer a member
				return errs.New(errs.Unauthorised, "key-revoked")
			}
			who.Kind, who.Org, who.Member, who.Account = actor.Staff, org, k.Member, ""
		}
		return nil
	})
	if err != nil {
		return actor.Actor{}, err
	}
	if hour := s.db.Clock().Now().Truncate(time.Hour); hour.After(k.UsedAt) {
		err = s.db.Write(ctx, func(t *db.Tx) error { return markKeyUsed(t, org, keyID, hour) })
	}
	return who, err
}
