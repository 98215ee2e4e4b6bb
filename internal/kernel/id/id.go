package id

import (
	"crypto/rand"
	"encoding/base32"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/uuid/v5"
)

// Kind is the prefix that says what an id identifies: three letters.
type Kind string

// alphabet has no i, l, o, u: ids survive being read aloud and retyped.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

var crockford = base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)

// Source makes ids. It is safe for concurrent use.
type Source struct{ gen *uuid.Gen }

// NewSource makes ids whose time comes from now and whose randomness from
// random; crypto/rand when random is nil. Stories pass a seeded reader.
func NewSource(now func() time.Time, random io.Reader) *Source {
	if random == nil {
		random = rand.Reader
	} else {
		random = &locked{r: random}
	}
	return &Source{gen: uuid.NewGenWithOptions(
		uuid.WithEpochFunc(now), uuid.WithRandomReader(random))}
}

// locked makes a reader such as a seeded one safe for concurrent use:
// otherwise two requests at a time could get one id.
type locked struct {
	mu sync.Mutex
	r  io.Reader
}

func (l *locked) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(p)
}

// New makes an id of a kind. Ids of one source sort in the order they were made
// within a millisecond as well, as long as the clock does not go back.
func (s *Source) New(k Kind) string {
	u, err := s.gen.NewV7()
	if err != nil { // only when the source of randomness fails: nothing can go on
		panic("id: no randomness: " + err.Error())
	}
	return string(k) + "_" + crockford.EncodeToString(u[:])
}

// Valid says whether s has the form of an id of kind k.
func Valid(k Kind, s string) bool {
	rest, ok := strings.CutPrefix(s, string(k)+"_")
	// The decoder passes over line ends and takes the byte 0xff for padding.
	if !ok || len(rest) != 26 || strings.ContainsFunc(rest, func(r rune) bool { return !strings.ContainsRune(alphabet, r) }) {
		return false
	}
	_, err := crockford.DecodeString(rest)
	return err == nil
}
