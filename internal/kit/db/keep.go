package db

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
)

// kept is what a snapshot has read already. Of a transaction it also says
// which tables it wrote, of which nothing may be kept beyond it.
type kept struct {
	rows    map[string]map[string]any // by table and key
	written map[string]bool
}

// ran notes what a statement means for what was read before it.
func (k *kept) ran(text string, dia Dialect) effect {
	e := effectOf(text)
	if e.locks && dia != SQLite { // it may have waited for another, who changed what was read
		k.rows = nil
	}
	if e.table == "" {
		return e
	}
	delete(k.rows, e.table)
	if k.written == nil {
		k.written = map[string]bool{}
	}
	k.written[e.table] = true
	return e
}

// Once gives what load reads from a table, once for a snapshot: asked again
// with the same key it gives the same value, until this transaction writes the
// table. Use cases stack on each other and each asks for the organisation, the
// customer and the keeper; this way it costs one statement. The value is
// shared: nobody changes what is in it. Not for rows that are locked.
func Once[T any](q Q, table, key string, load func() (T, error)) (T, error) {
	k := q.memory()
	if v, ok := k.rows[table][key]; ok {
		if v, ok := v.(T); ok {
			return v, nil
		}
	}
	v, err := load()
	if err != nil {
		return v, err
	}
	if k.rows == nil {
		k.rows = map[string]map[string]any{}
	}
	if k.rows[table] == nil {
		k.rows[table] = map[string]any{}
	}
	k.rows[table][key] = v
	return v, nil
}

// mostKept bounds what is kept between snapshots.
const mostKept = 4096

// keeper keeps rows between snapshots, by version.
type keeper struct {
	mu   sync.Mutex
	rows map[keptKey]keptRow
}

type keptKey struct{ table, key string }

type keptRow struct {
	version int64
	value   any
}

// Keep gives a row that is costly to read (its columns hold JSON) and seldom
// changes: load runs when the row's version is another than that of the row
// that was read before. Every write of the table raises the version. The value
// is shared, as with Once.
func Keep[T any](q Q, table, key string, version int64, load func() (T, error)) (T, error) {
	k, id := q.between(), keptKey{table, key}
	if k == nil {
		return load()
	}
	k.mu.Lock()
	row, ok := k.rows[id]
	k.mu.Unlock()
	if ok && row.version == version {
		if v, ok := row.value.(T); ok {
			return v, nil
		}
	}
	v, err := load()
	if c, _ := q.counts(); c == nil || err != nil { // what a transaction sees may never be committed
		return v, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.rows == nil || len(k.rows) >= mostKept {
		k.rows = map[keptKey]keptRow{}
	}
	k.rows[id] = keptRow{version, v}
	return v, nil
}

// effect is what a statement does beside reading.
type effect struct {
	table string // that it writes
	locks bool   // FOR UPDATE
	ends  bool   // the transaction itself
}

var effects sync.Map // effect by text

func effectOf(text string) (e effect) {
	if v, ok := effects.Load(text); ok {
		return v.(effect)
	}
	words := strings.Fields(text[:min(len(text), 200)])
	if len(words) > 0 {
		switch first := strings.ToUpper(strings.TrimSuffix(words[0], ";")); {
		case first == "UPDATE" && len(words) > 2:
			e.table = words[1]
		case (first == "INSERT" || first == "DELETE") && len(words) > 2:
			e.table = words[2]
		case slices.Contains([]string{"BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"}, first):
			e.ends = true
		}
	}
	e.table, _, _ = strings.Cut(e.table, "(")
	e.locks = locking.MatchString(text)
	effects.Store(text, e)
	return e
}

// freshFor bounds how old a kept count may be: another node, or the command
// line beside a server, may write as well.
const freshFor = 2 * time.Second

// mostFresh bounds the counts that are kept.
const mostFresh = 4096

// counter keeps what was counted over whole tables until they are written.
type counter struct {
	commits atomic.Int64 // that wrote something, in this process
	mu      sync.Mutex
	last    map[string]int64 // the commit that wrote a table last
	counts  map[freshKey]freshCount
}

type freshKey struct{ what, key string }

type freshCount struct {
	asOf  int64     // the commits its snapshot was sure to see
	taken time.Time // by the machine's clock
	value any
}

// committed notes the tables that a transaction wrote. It is called after the
// commit and before whoever asked for it goes on.
func (c *counter) committed(written map[string]bool) {
	if len(written) == 0 {
		return
	}
	n := c.commits.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil {
		c.last = map[string]int64{}
	}
	for table := range written {
		c.last[table] = n
	}
}

// Fresh gives what load makes of whole tables: counts that many pages show and
// that would be counted again for each. It is kept until one of the tables is
// written by this process, and for two seconds at most: others may write too.
// The value is shared: nobody changes what is in it.
func Fresh[T any](q Q, tables []string, what, key string, load func() (T, error)) (T, error) {
	c, asOf := q.counts()
	if c == nil { // what it sees is not committed: no other may have it
		return load()
	}
	id, now := freshKey{what, key}, clock.Machine.Now()
	c.mu.Lock()
	kept, ok := c.counts[id]
	for _, t := range tables {
		ok = ok && kept.asOf >= c.last[t]
	}
	c.mu.Unlock()
	if ok && now.Sub(kept.taken) < freshFor {
		if v, ok := kept.value.(T); ok {
			return v, nil
		}
	}
	v, err := load()
	if err != nil {
		return v, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil || len(c.counts) >= mostFresh {
		c.counts = map[freshKey]freshCount{}
	}
	c.counts[id] = freshCount{asOf, now, v}
	return v, nil
}
