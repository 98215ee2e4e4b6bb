package ledger

import (
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/houvast/houvast/internal/kit/db"
)

// Migrations are the ledger's tables.
//
//go:embed schema/*.sql
var Migrations embed.FS

// Topic is woken in the Hub when facts were sealed.
const Topic = "sealed"

// Fact is a recorded fact as it is read back.
type Fact struct {
	Org       string    `db:"org_id"`
	ID        string    `db:"id"`
	At        time.Time `db:"at"`
	Kind      string    `db:"kind"`
	Case      string    `db:"case_id"`
	Question  string    `db:"question_id"`
	Person    string    `db:"person_id"`
	ActorKind string    `db:"actor_kind"`
	ActorID   string    `db:"actor_id"`
	Raw       string    `db:"data"` // JSON, as chained
	Digest    string    `db:"digest"`
	Seq       int64     `db:"seq"`
	Pos       int64     `db:"pos"` // 0 while only recorded
	Hash      string    `db:"hash"`
}

// Data reads the fact's data into v, which is a pointer to a payload struct
// of care/fact or to a map.
func (f Fact) Data(v any) error {
	if err := json.Unmarshal([]byte(f.Raw), v); err != nil {
		return fmt.Errorf("data of %s: %w", f.Kind, err)
	}
	return nil
}

// Map gives the fact's data by name; numbers are json.Number-free float64.
func (f Fact) Map() map[string]any {
	m := map[string]any{}
	_ = f.Data(&m) // written by Write: always an object
	return m
}

// Write inserts emitted facts with their bodies. db calls it at the end of
// each transaction.
func Write(t *db.Tx, facts []db.Fact) error {
	rows := make([]Fact, len(facts))
	var bodies []body
	for i, f := range facts {
		data := []byte("{}")
		if len(f.Data) > 0 {
			var err error
			if data, err = json.Marshal(f.Data); err != nil {
				return fmt.Errorf("fact %s: %w", f.Kind, err)
			}
		}
		rows[i] = Fact{Org: f.Org, ID: f.ID, At: f.At, Kind: f.Kind, Case: f.Case, Question: f.Question,
			Person: f.Person, ActorKind: string(f.By.Kind), ActorID: f.By.ID(), Raw: string(data)}
		if len(f.Text) > 0 {
			text, err := json.Marshal(f.Text)
			if err != nil {
				return fmt.Errorf("fact %s: %w", f.Kind, err)
			}
			var salt [16]byte
			if _, err := rand.Read(salt[:]); err != nil {
				return err
			}
			b := body{Org: f.Org, Fact: f.ID, Salt: hex.EncodeToString(salt[:]), Text: string(text)}
			rows[i].Digest = b.digest()
			bodies = append(bodies, b)
		}
	}
	if err := insertFacts(t, rows); err != nil {
		return err
	}
	return insertBodies(t, bodies)
}

// body is the part of a fact that can be erased.
type body struct {
	Org  string `db:"org_id"`
	Fact string `db:"fact_id"`
	Salt string `db:"salt"`
	Text string `db:"text"`
}

// digest is SHA-256 over salt and text. The salt goes with the text, so an
// erased text cannot be found again by trying.
func (b body) digest() string {
	sum := sha256.Sum256([]byte(b.Salt + "\x00" + b.Text))
	return hex.EncodeToString(sum[:])
}

// link is the hash that chains a fact to the one before it: SHA-256 over the
// previous hash and every chained field, each with its length before it, so
// that no two different facts can be written the same.
func link(prev string, f Fact) string {
	h := sha256.New()
	for _, s := range []string{prev, f.Org, strconv.FormatInt(f.Seq, 10), f.ID,
		strconv.FormatInt(f.At.UnixMilli(), 10), f.Kind, f.Case, f.Question, f.Person,
		f.ActorKind, f.ActorID, f.Raw, f.Digest} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	return hex.EncodeToString(h.Sum(nil))
}
