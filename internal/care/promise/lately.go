package promise

import (
	"sync"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kit/db"
)

const (
	latelyFor  = time.Minute // as long a record is taken as it was read
	latelyMost = 1000        // records kept; each is some kilobytes
)

// lately keeps records of many deliveries for a minute. The odds are written beside every
// promise, and reading hundreds of deliveries for each would be most of the
// work of making one; of so many one more or less moves the odds by less than
// they are told in. Whoever asks for advice reads anew.
type lately struct {
	mu   sync.Mutex
	kept map[latelyKey]groups
}

type latelyKey struct {
	org, team string
	kind      Kind
}

// groups is groupsOf with records that may be a minute old.
func (l *lately) groups(q db.Q, o org.Organisation, kind Kind, team string) (groups, error) {
	key, now := latelyKey{o.ID, team, kind}, q.Now()
	l.mu.Lock()
	g, ok := l.kept[key]
	l.mu.Unlock()
	if age := now.Sub(g.now); ok && age >= 0 && age < latelyFor && g.org.Version == o.Version {
		g.now = now
		return g, nil
	}
	g, err := groupsOf(q, o, kind, team)
	read := 0
	for _, r := range g.records {
		read += r.of
	}
	if err != nil || read < recordMost { // little to read, and each one counts
		return g, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.kept == nil || len(l.kept) >= latelyMost {
		l.kept = map[latelyKey]groups{}
	}
	l.kept[key] = g
	return g, nil
}
