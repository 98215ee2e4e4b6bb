package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// The cost of a password: 19 MiB, twice over, about 60 ms.
const (
	argonMemory  = 19 * 1024
	argonTime    = 2
	argonThreads = 1
	argonKey     = 32
	argonSalt    = 16
)

const (
	minPassword = 12
	maxPassword = 200 // characters; more only costs us time
)

// hasher bounds how many passwords are hashed at a time: each takes 19 MiB and
// a whole core.
type hasher struct {
	slots chan struct{}
	dummy string // what an unknown account is compared with
}

func newHasher() *hasher {
	h := &hasher{slots: make(chan struct{}, 2)}
	h.dummy = encode(secret(), make([]byte, argonSalt))
	return h
}

func (h *hasher) enter(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer func() { <-h.slots }()
	salt := make([]byte, argonSalt)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	return encode(password, salt), nil
}

// verify takes as long for no account ("") as for one.
func (h *hasher) verify(ctx context.Context, phc, password string) (bool, error) {
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer func() { <-h.slots }()
	known := phc != ""
	if !known {
		phc = h.dummy
	}
	ok, err := compare(phc, password)
	return ok && known, err
}

func normal(password string) []byte { return []byte(norm.NFKC.String(password)) }

// encode makes the PHC string of a password.
func encode(password string, salt []byte) string {
	key := argon2.IDKey(normal(password), salt, argonTime, argonMemory, argonThreads, argonKey)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

var errPHC = errors.New("auth: a stored password cannot be read")

func compare(phc, password string) (bool, error) {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errPHC
	}
	var version int
	var memory, time uint32
	var threads uint8
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false, errPHC
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &threads); err != nil || threads == 0 || time == 0 {
		return false, errPHC
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, errPHC
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) < 16 {
		return false, errPHC
	}
	got := argon2.IDKey(normal(password), salt, time, memory, threads, uint32(len(want))) //nolint:gosec // 32 of our own making
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// fold is how two spellings of an e-mail address are the same.
func fold(email string) string {
	return cases.Fold().String(norm.NFC.String(strings.TrimSpace(email)))
}

// CheckPassword says what is wrong with a password somebody chooses: too
// short, too long, among the most guessed, or the account's own address.
func CheckPassword(password, email string) error {
	var c errs.Checks
	n := utf8.RuneCountInString(password)
	folded := fold(password)
	local, _, _ := strings.Cut(fold(email), "@")
	switch {
	case !utf8.ValidString(password) || strings.ContainsRune(password, 0):
		c.Must(false, "password", "unreadable-input")
	case n < minPassword:
		c.Add(errs.Field{Path: "password", Type: "password-short", Params: errs.Params{"Least": minPassword}})
	case n > maxPassword:
		c.Add(errs.Field{Path: "password", Type: "password-long", Params: errs.Params{"Most": maxPassword}})
	case email != "" && (folded == fold(email) || strings.Contains(folded, fold(email)) || len(local) >= 6 && strings.Trim(folded, "0123456789!.") == local):
		c.Must(false, "password", "password-own-address")
	case common(folded):
		c.Must(false, "password", "password-common")
	}
	return c.Err()
}

// common says whether a password is what everybody tries first: one of the
// words people choose most, repeated or lengthened with digits and marks, or
// a row of keys.
func common(folded string) bool {
	core := strings.TrimRight(strings.TrimLeft(folded, "0123456789!@#$%^&*.-_ "), "0123456789!@#$%^&*.-_ ")
	if core == "" {
		return sequence(folded)
	}
	for _, w := range guessed {
		if core == w || strings.ReplaceAll(core, w, "") == "" {
			return true
		}
	}
	return sequence(folded)
}

// sequence says whether a text only runs along a row of keys or repeats
// one or two signs.
func sequence(s string) bool {
	rows := "abcdefghijklmnopqrstuvwxyz 01234567890123456789 98765432109876543210 qwertyuiopqwertyuiop asdfghjklasdfghjkl zxcvbnmzxcvbnm 1q2w3e4r5t6y7u8i9o0p"
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return strings.Contains(rows, s) || len(seen) <= 2
}
