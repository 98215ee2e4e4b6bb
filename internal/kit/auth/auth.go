package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/id"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
)

// Migrations are the tables of this package.
//
//go:embed schema/*.sql
var Migrations embed.FS

//go:embed lang/*.toml
var texts embed.FS

// Lang are the sentences of this package.
var Lang = lang.Source{FS: texts, Dir: "lang"}

// Names of facts, as care/fact lists them.
const (
	factSignedIn   = "account.signed-in"
	factRefused    = "account.refused"
	factKeyCreated = "key.created"
	factKeyRevoked = "key.revoked"
	factLinkOpened = "link.opened"
	factLinkOK     = "link.confirmed"
	factLinkGone   = "link.revoked"
)

// Membership is one organisation in which an account has a place.
type Membership struct {
	Org, OrgName, Member string
	Role                 actor.Role
}

// Members knows who belongs where; care/org is it. Deactivated members are
// not members.
type Members interface {
	// Membership is the actor an account is in an organisation.
	Membership(q db.Q, account, org string) (actor.Actor, bool, error)
	// Of lists where an account belongs, in a stable order.
	Of(q db.Q, account string) ([]Membership, error)
	// Member is the actor a member is, for API keys.
	Member(q db.Q, org, member string) (actor.Actor, bool, error)
}

// FactorKind is a way to confirm who opened a link.
type FactorKind string

// The second factors.
const (
	FactorCode      FactorKind = "code"       // sent to another verified contact point
	FactorBirthDate FactorKind = "birth-date" // "2006-01-02"
)

// FactorOffer is a way a person may confirm. Hint shows so much of a contact
// point that its owner knows it and nobody else learns it ("06 •••• ••78").
type FactorOffer struct {
	Kind  FactorKind `json:"kind" enum:"code,birth-date"`
	Point string     `json:"point,omitempty" doc:"For a code: the contact point to send it to."`
	Hint  string     `json:"hint,omitempty" doc:"So much of the contact point that its owner recognises it."`
}

// Factors knows what a person can confirm with; care/person and care/message are it.
type Factors interface {
	// Offers lists the ways, leaving out the contact point the link went to.
	Offers(q db.Q, org, person, message string) ([]FactorOffer, error)
	// BirthDateIs compares a date, "2006-01-02", with the one on record.
	BirthDateIs(q db.Q, org, person, date string) (bool, error)
	// SendCode sends a code to a contact point of the offers.
	SendCode(t *db.Tx, org, person, question, point, code string) error
}

// Warner tells the owner of an account that somebody tries to sign in with it.
type Warner interface {
	// Warn sees to it that a letter leaves; org is one where the account belongs.
	Warn(t *db.Tx, org string, a Account)
}

// Options are what a Service needs.
type Options struct {
	DB        *db.DB
	Members   Members
	Factors   Factors
	Warner    Warner // nil: nobody is told
	PublicURL string
	Log       *slog.Logger
}

// Service signs in, keeps keys and links, and says who is asking.
type Service struct {
	db      *db.DB
	members Members
	factors Factors
	warner  Warner
	log     *slog.Logger
	scs     *scs.SessionManager
	hasher  *hasher
	limit   *web.Limiter
	secure  bool
	seen    seenLog
}

// New makes the service.
func New(o Options) *Service {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{db: o.DB, members: o.Members, factors: o.Factors, warner: o.Warner, log: o.Log, hasher: newHasher(),
		secure: strings.HasPrefix(o.PublicURL, "https://")}
	s.limit = web.NewLimiter(6*time.Second, 20)
	s.scs = newSessions(o.DB, s.secure)
	return s
}

// secret makes 256 random bits as text that fits in an address.
func secret() string {
	var b [32]byte
	if _, err := rand.Read(b[:]); err != nil { // crypto/rand never fails
		panic("auth: no randomness: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// hashOf is what is kept of a random secret. A secret of 256 bits needs no
// slow hash: it cannot be guessed.
func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// orgPart is how a token carries its organisation (decision 15): without the
// prefix where it has one.
func orgPart(org string) string {
	if id.Valid("org", org) {
		return strings.TrimPrefix(org, "org_")
	}
	return org
}

func orgFrom(part string) string {
	if id.Valid("org", "org_"+part) {
		return "org_" + part
	}
	if part == "" {
		return job.Installation
	}
	return part
}
