package bench

import (
	"container/heap"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/fold"
	"github.com/houvast/houvast/internal/kernel/id"
	"github.com/houvast/houvast/internal/kit/ledger"
)

var crockford = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// customer is somebody who was written.
type customer struct {
	id, email, phone                 string // the last two are contact points
	name, emailAddress, phoneAddress string
}

// chainHead is where a chain stands while it is written.
type chainHead struct {
	seq  int64
	hash string
}

// pending is a fact that waits for its place in the chain.
type pending struct {
	id  string
	row []any
}

type pendings []pending

func (p pendings) Len() int           { return len(p) }
func (p pendings) Less(i, j int) bool { return p[i].id < p[j].id }
func (p pendings) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }
func (p *pendings) Push(x any)        { *p = append(*p, x.(pending)) }
func (p *pendings) Pop() any {
	old := *p
	last := old[len(old)-1]
	*p = old[:len(old)-1]
	return last
}

// writer takes rows.
type writer interface {
	put(table string, cols []string, row []any) error
}

// stamper writes patterns out.
type stamper struct {
	to     writer
	rand   *rand.Rand
	zone   *time.Location
	waits  pendings
	cols   []string // of fact
	at     map[string]int
	heads  map[string]chainHead
	pos    int64
	facts  int64
	sealed bool // facts get their place; else they stay as recorded
}

// stamped is what is different in one copy.
type stamped struct {
	p       practice
	who     customer
	subject string
	number  int64
	shift   int64 // milliseconds
	members [4]string
	ids     []string
	ref     string
}

// newID is an id as it was, at another time.
func (s *stamper) newID(old string, shift int64) string {
	var b [16]byte
	if _, err := crockford.Decode(b[:], []byte(old[4:])); err != nil {
		panic("bench: no id: " + old) // they come out of idForm
	}
	var ms [8]byte
	copy(ms[2:], b[:6])
	binary.BigEndian.PutUint64(ms[:], binary.BigEndian.Uint64(ms[:])+uint64(shift))
	copy(b[:6], ms[2:])
	binary.BigEndian.PutUint64(b[8:], s.rand.Uint64()&^(3<<62)|2<<62)
	return old[:4] + crockford.EncodeToString(b[:])
}

// begin gives a copy its ids and people.
func (s *stamper) begin(p *pattern, c *stamped) {
	c.ids = make([]string, len(p.ids))
	for i, old := range p.ids {
		c.ids[i] = s.newID(old, c.shift)
	}
	for i, r := range roles {
		list := c.p.Members[r]
		c.members[i] = list[s.rand.IntN(len(list))]
	}
	if c.number > 0 {
		c.ref = id.Reference(c.number)
	}
}

func (c *stamped) piece(b *strings.Builder, p piece) {
	switch p.kind {
	case literal:
		b.WriteString(p.lit)
	case ownID:
		b.WriteString(c.ids[p.n])
	case orgID:
		b.WriteString(c.p.Org)
	case teamID:
		b.WriteString(c.p.Team)
	case memberID:
		b.WriteString(c.members[p.n])
	case personID:
		b.WriteString(c.who.id)
	case emailID:
		b.WriteString(c.who.email)
	case phoneID:
		b.WriteString(c.who.phone)
	case subject:
		b.WriteString(c.subject)
	case name:
		b.WriteString(c.who.name)
	case reference:
		b.WriteString(c.ref)
	case when:
		b.WriteString(strconv.FormatInt(p.at+c.shift, 10))
	case stamp:
		b.WriteString(time.UnixMilli(p.at + c.shift).UTC().Format(time.RFC3339Nano))
	case email:
		b.WriteString(c.who.emailAddress)
	case phone:
		b.WriteString(c.who.phoneAddress)
	}
}

func (c *stamped) text(pieces []piece) string {
	if len(pieces) == 1 {
		switch p := pieces[0]; p.kind {
		case ownID:
			return c.ids[p.n]
		case orgID:
			return c.p.Org
		case personID:
			return c.who.id
		case memberID:
			return c.members[p.n]
		}
	}
	var b strings.Builder
	for _, p := range pieces {
		c.piece(&b, p)
	}
	return b.String()
}

// stamp writes one copy of a pattern.
func (s *stamper) stamp(p *pattern, c *stamped) error {
	digests := map[string]string{}
	var facts [][]any
	for _, r := range p.rows {
		row := make([]any, len(r.cells))
		for i, x := range r.cells {
			switch x.kind {
			case fixed, digest:
				row[i] = x.value
			case moment:
				row[i] = x.moment + c.shift
			case text:
				row[i] = c.text(x.pieces)
			case number:
				row[i] = c.number
			case hash:
				row[i] = s.hex(32)
			case day:
				row[i] = time.UnixMilli(r.cells[r.outAt].moment + c.shift).In(s.zone).Format(time.DateOnly)
			}
		}
		switch r.table {
		case "fact":
			if s.at == nil {
				s.cols, s.at = r.cols, map[string]int{}
				for i, col := range r.cols {
					s.at[col] = i
				}
			}
			facts = append(facts, row)
			continue
		case "fact_body":
			salt, text := s.hex(16), row[slices.Index(r.cols, "text")].(string)
			row[slices.Index(r.cols, "salt")] = salt
			digests[row[slices.Index(r.cols, "fact_id")].(string)] = ledger.Digest(salt, text)
		case "person":
			row[slices.Index(r.cols, "search")] = fold.Text(c.who.name)
		}
		if err := s.to.put(r.table, r.cols, row); err != nil {
			return err
		}
	}
	for _, row := range facts {
		row[s.at["digest"]] = nil
		if d, ok := digests[row[s.at["id"]].(string)]; ok {
			row[s.at["digest"]] = d
		}
		heap.Push(&s.waits, pending{row[s.at["id"]].(string), row})
	}
	s.facts += int64(len(facts))
	return nil
}

// hex is so many random bytes.
func (s *stamper) hex(n int) string {
	b := make([]byte, n)
	for i := 0; i+8 <= n; i += 8 {
		binary.LittleEndian.PutUint64(b[i:], s.rand.Uint64())
	}
	return hex.EncodeToString(b)
}

// seal gives their place to the facts from before a moment.
func (s *stamper) seal(before time.Time) error {
	limit := s.newID("fct_"+strings.Repeat("0", 26), before.UnixMilli())
	for len(s.waits) > 0 && s.waits[0].id < limit {
		row := heap.Pop(&s.waits).(pending).row
		str := func(col string) string { v, _ := row[s.at[col]].(string); return v }
		org := str("org_id")
		at, _ := row[s.at["at"]].(int64)
		if s.sealed {
			h := s.heads[org]
			s.pos++
			f := ledger.Stamp(h.hash, ledger.Fact{Org: org, ID: str("id"), At: time.UnixMilli(at), Kind: str("kind"), Case: str("case_id"), Question: str("question_id"),
				Person: str("person_id"), ActorKind: str("actor_kind"), ActorID: str("actor_id"), Raw: str("data"), Digest: str("digest")}, h.seq+1, s.pos)
			row[s.at["seq"]], row[s.at["pos"]], row[s.at["hash"]] = f.Seq, f.Pos, f.Hash
			s.heads[org] = chainHead{f.Seq, f.Hash}
		}
		if err := s.to.put("fact", s.cols, row); err != nil {
			return err
		}
	}
	return nil
}

var termCols = []string{"org_id", "term", "person_id"}

// meet writes a new customer.
func (s *stamper) meet(p *pattern, pr practice, n int, at time.Time) (customer, error) {
	shift := at.UnixMilli() - p.opened.UnixMilli()
	first := firstNames[s.rand.IntN(len(firstNames))]
	c := customer{
		id:    s.newID("per_"+strings.Repeat("0", 26), at.UnixMilli()),
		email: s.newID("cpt_"+strings.Repeat("0", 26), at.UnixMilli()),
		phone: s.newID("cpt_"+strings.Repeat("0", 26), at.UnixMilli()),
		name:  first + " " + invent(s.rand), emailAddress: fmt.Sprintf("%s.%d@bench.example", strings.ToLower(fold.Text(first)), n),
		phoneAddress: fmt.Sprintf("+316%08d", (n*7919+1_000_000)%100_000_000)}
	x := &stamped{p: pr, who: c, shift: shift}
	s.begin(p, x)
	if err := s.stamp(p, x); err != nil {
		return c, err
	}
	for _, t := range person.Terms(person.Person{Name: c.name, BirthDate: "1980-01-02"},
		[]person.ContactPoint{{Kind: person.Email, Value: c.emailAddress}, {Kind: person.Phone, Value: c.phoneAddress}}) {
		if err := s.to.put("person_term", termCols, []any{pr.Org, t, c.id}); err != nil {
			return c, err
		}
	}
	return c, nil
}
