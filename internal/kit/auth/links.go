package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

const (
	maxAttempts   = 5 // at the second factor, per link
	maxCodes      = 5 // sent, per link
	codeValid     = 10 * time.Minute
	linkSession   = 12 * time.Hour
	linkPurpose   = "page"
	sessionPrefix = "hvs_"
)

// LinkSession is one opening of a customer's link.
type LinkSession struct {
	Token     string // for the cookie, or as a bearer token
	Link      string
	Org       string
	Person    string
	Question  string
	Confirmed bool
	ExpiresAt time.Time
	TriesLeft int
	Offers    []FactorOffer // ways to confirm; none when Confirmed
}

// Actor is who acts with the session.
func (l LinkSession) Actor() actor.Actor {
	return actor.Actor{Kind: actor.Customer, Org: l.Org, Person: l.Person, Question: l.Question, Confirmed: l.Confirmed}
}

// Links makes, opens and ends customers' links.
type Links struct{ s *Service }

// Links gives the customer links.
func (s *Service) Links() Links { return Links{s} }

// Issue makes a link to a person's question, in the transaction that sends it.
// The page is at /q/{token}. messageID is the message that will hold it.
func (l Links) Issue(t *db.Tx, org, person, question, messageID string, ttl time.Duration) (token string, err error) {
	plain := secret()
	return orgPart(org) + "." + plain, insertLink(t, linkRow{Org: org, ID: t.NewID("lnk"), Hash: hashOf(plain), Person: person, Question: question,
		Message: messageID, Purpose: linkPurpose, CreatedAt: t.Now(), ExpiresAt: t.Now().Add(ttl)})
}

// usable gives a link that may be opened.
func usable(q db.Q, token string) (linkRow, error) {
	org, plain, ok := strings.Cut(token, ".")
	if !ok || len(token) > 300 {
		return linkRow{}, errs.New(errs.NotFound, "link-unknown")
	}
	row, ok, err := linkByHash(q, orgFrom(org), hashOf(plain))
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "link-unknown")
	}
	if err != nil {
		return row, err
	}
	return row, alive(q, row)
}

func alive(q db.Q, row linkRow) error {
	switch {
	case !row.RevokedAt.IsZero():
		return errs.New(errs.Gone, "link-revoked")
	case !q.Now().Before(row.ExpiresAt):
		return errs.New(errs.Gone, "link-over")
	}
	return nil
}

// Look says whether a link can be opened, for the GET of its page. It changes
// nothing, so a mail scanner may look as often as it likes.
func (l Links) Look(ctx context.Context, token string) error {
	return l.s.db.Read(ctx, func(q db.Q) error { _, err := usable(q, token); return err })
}

// Open exchanges the token for a session, on a POST. A link may be opened
// again until it ends; each opening is logged and a fact.
func (l Links) Open(ctx context.Context, token string) (out LinkSession, err error) {
	plain := secret()
	err = l.s.db.Write(ctx, func(t *db.Tx) error {
		row, err := usable(t, token)
		if err != nil {
			return err
		}
		ses := linkSessionRow{Org: row.Org, Hash: hashOf(plain), Link: row.ID, CreatedAt: t.Now(), ExpiresAt: earlier(t.Now().Add(linkSession), row.ExpiresAt)}
		if err := insertLinkSession(t, ses); err != nil {
			return err
		}
		out = view(row, ses, plain)
		if err := insertAccess(t, []Access{{Org: row.Org, ID: t.NewID("acl"), At: t.Now(), ActorKind: string(actor.Customer), ActorID: row.Person, Kind: "link", Record: row.ID}}); err != nil {
			return err
		}
		t.Emit(db.Fact{Org: row.Org, Kind: factLinkOpened, Question: row.Question, Person: row.Person, By: out.Actor(),
			Data: map[string]any{"link": row.ID, "message": row.Message}})
		out.Offers, err = l.s.factors.Offers(t, row.Org, row.Person, row.Message)
		return err
	})
	return out, err
}

func view(row linkRow, ses linkSessionRow, plain string) LinkSession {
	return LinkSession{Token: sessionPrefix + orgPart(row.Org) + "." + plain, Link: row.ID, Org: row.Org, Person: row.Person, Question: row.Question,
		Confirmed: !ses.ConfirmedAt.IsZero(), ExpiresAt: ses.ExpiresAt, TriesLeft: maxAttempts - row.Attempts}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// bySession finds the session of a token and its link, both alive.
func bySession(q db.Q, token string) (linkRow, linkSessionRow, string, error) {
	over := errs.New(errs.Unauthorised, "link-session-over")
	rest, ok := strings.CutPrefix(token, sessionPrefix)
	org, plain, dot := strings.Cut(rest, ".")
	if !ok || !dot || len(token) > 300 {
		return linkRow{}, linkSessionRow{}, "", over
	}
	ses, ok, err := findLinkSession(q, orgFrom(org), hashOf(plain))
	if err != nil || !ok {
		return linkRow{}, ses, "", errors.Join(err, iff(!ok && err == nil, over))
	}
	row, err := linkByID(q, ses.Org, ses.Link)
	if err == nil {
		err = alive(q, row)
	}
	return row, ses, plain, err
}

// OrgOfLink is the organisation that a link's token or session names, for a page
// that says whom to call when it is no good any more. It proves nothing.
func OrgOfLink(token string) string {
	org, _, ok := strings.Cut(strings.TrimPrefix(token, sessionPrefix), ".")
	if !ok || len(token) > 300 || len(org) > 100 || strings.HasPrefix(org, sessionPrefix) { // no organisation is called as our own mark is
		return ""
	}
	return orgFrom(org)
}

func iff(cond bool, err error) error {
	if cond {
		return err
	}
	return nil
}

// Session reads a session, with the ways to confirm while that is needed.
func (l Links) Session(ctx context.Context, session string) (out LinkSession, err error) {
	err = l.s.db.Read(ctx, func(q db.Q) error {
		row, ses, plain, err := bySession(q, session)
		if err != nil {
			return err
		}
		if out = view(row, ses, plain); out.Confirmed {
			return nil
		}
		out.Offers, err = l.s.factors.Offers(q, row.Org, row.Person, row.Message)
		return err
	})
	return out, err
}

// SendCode sends a new code to a contact point of the offers; an earlier code
// of the session ends.
func (l Links) SendCode(ctx context.Context, session, point string) error {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return err
	}
	code := fmt.Sprintf("%06d", n)
	return l.s.db.Write(ctx, func(t *db.Tx) error {
		row, ses, _, err := bySession(t, session)
		if err != nil {
			return err
		}
		offers, err := l.s.factors.Offers(t, row.Org, row.Person, row.Message)
		if err != nil {
			return err
		}
		offered := false
		for _, o := range offers {
			offered = offered || o.Kind == FactorCode && o.Point == point
		}
		if !offered {
			return errs.New(errs.Invalid, "factor-not-offered").Field("point", "factor-not-offered")
		}
		if row.Attempts >= maxAttempts {
			return errs.New(errs.Forbidden, "link-blocked")
		}
		left, err := spendCode(t, row.Org, row.ID)
		if err != nil {
			return err
		}
		if !left {
			return errs.New(errs.Forbidden, "link-codes-spent")
		}
		if err := setCode(t, row.Org, ses.Hash, codeHash(ses.Hash, code), t.Now().Add(codeValid)); err != nil {
			return err
		}
		return l.s.factors.SendCode(t, row.Org, row.Person, row.Question, point, code)
	})
}

// codeHash binds a code to the session it was asked in.
func codeHash(session, code string) string { return hashOf(session + " " + code) }

// Confirm checks the second factor. Five wrong answers block the link until a
// new one is sent. The session it gives has a new token; the old one ends.
func (l Links) Confirm(ctx context.Context, session string, kind FactorKind, value string) (out LinkSession, err error) {
	plain := secret()
	var refused error
	err = l.s.db.Write(ctx, func(t *db.Tx) error {
		refused = nil
		row, ses, old, err := bySession(t, session)
		if err != nil {
			return err
		}
		if !ses.ConfirmedAt.IsZero() {
			out = view(row, ses, old)
			return nil
		}
		// Counted first: of many attempts at a time none goes uncounted.
		left, err := spendAttempt(t, row.Org, row.ID)
		if err != nil {
			return err
		}
		if !left {
			return errs.New(errs.Forbidden, "link-blocked")
		}
		ok, err := l.fits(t, row, ses, kind, strings.TrimSpace(value))
		if err != nil {
			return err
		}
		if !ok { // what was counted must stay, so the refusal is told outside
			refused = errs.New(errs.Forbidden, "link-blocked")
			if n := maxAttempts - row.Attempts - 1; n > 0 {
				refused = errs.New(errs.Invalid, "factor-wrong").With("Count", n).Field("value", "factor-wrong-value")
			}
			return nil
		}
		// A session is exchanged once: the one whose delete counts.
		if mine, err := deleteLinkSession(t, row.Org, ses.Hash); err != nil || !mine {
			return errors.Join(err, iff(!mine, errs.New(errs.Unauthorised, "link-session-over")))
		}
		ses.Hash, ses.ConfirmedAt, ses.CodeHash, ses.CodeUntil = hashOf(plain), t.Now(), "", time.Time{}
		if err := insertLinkSession(t, ses); err != nil {
			return err
		}
		row.Attempts = 0
		out = view(row, ses, plain)
		t.Emit(db.Fact{Org: row.Org, Kind: factLinkOK, Question: row.Question, Person: row.Person, By: out.Actor(),
			Data: map[string]any{"link": row.ID, "factor": string(kind)}})
		return resetAttempts(t, row.Org, row.ID)
	})
	if err == nil {
		err = refused
	}
	return out, err
}

func (l Links) fits(t *db.Tx, row linkRow, ses linkSessionRow, kind FactorKind, value string) (bool, error) {
	switch kind {
	case FactorCode:
		digits := strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(value)
		fresh := ses.CodeHash != "" && t.Now().Before(ses.CodeUntil)
		return fresh && subtle.ConstantTimeCompare([]byte(ses.CodeHash), []byte(codeHash(ses.Hash, digits))) == 1, nil
	case FactorBirthDate:
		if _, err := time.Parse(time.DateOnly, value); err != nil {
			return false, nil //nolint:nilerr // what is no date is nobody's birthday
		}
		// Only where it is offered: a company has no birthday to guess.
		offers, err := l.s.factors.Offers(t, row.Org, row.Person, row.Message)
		if err != nil {
			return false, err
		}
		for _, o := range offers {
			if o.Kind == FactorBirthDate {
				return l.s.factors.BirthDateIs(t, row.Org, row.Person, value)
			}
		}
	}
	return false, nil
}

// Revoke ends one link and its sessions.
func (l Links) Revoke(t *db.Tx, by actor.Actor, org, linkID string) error {
	row, err := linkByID(t, org, linkID)
	if err != nil {
		return err
	}
	return l.revoke(t, by, row)
}

// RevokeOf ends all links of a person: merged, a wrong address, on request.
func (l Links) RevokeOf(t *db.Tx, by actor.Actor, org, person string) error {
	rows, err := linksOf(t, org, person)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := l.revoke(t, by, row); err != nil {
			return err
		}
	}
	return nil
}

func (l Links) revoke(t *db.Tx, by actor.Actor, row linkRow) error {
	changed, err := markLinkRevoked(t, row.Org, row.ID)
	if err == nil && changed {
		t.Emit(db.Fact{Org: row.Org, Kind: factLinkGone, Question: row.Question, Person: row.Person, By: by, Data: map[string]any{"link": row.ID}})
	}
	return err
}

// Close ends a session: the customer says "not me" or leaves.
func (l Links) Close(ctx context.Context, session string) error {
	return l.s.db.Write(ctx, func(t *db.Tx) error {
		org, plain, ok := strings.Cut(strings.TrimPrefix(session, sessionPrefix), ".")
		if !ok {
			return nil
		}
		_, err := deleteLinkSession(t, orgFrom(org), hashOf(plain))
		return err
	})
}
