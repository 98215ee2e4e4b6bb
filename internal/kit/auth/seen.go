package auth

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/web"
)

// Seen implements web.Gate. It returns when the access is on disk: nobody is
// shown what was not written down.
func (s *Service) Seen(ctx context.Context, who actor.Actor, request string, what []web.Seen) error {
	org := who.Org
	if org == "" {
		org = job.Installation
	}
	kind, by := string(who.Kind), who.ID()
	if kind == "" {
		kind, by = "nobody", "nobody"
	}
	rows := make([]Access, len(what))
	for i, w := range what {
		rows[i] = Access{Org: org, ID: s.db.NewID("acl"), ActorKind: kind, ActorID: by, Kind: w.Kind, Record: w.ID, Request: request}
	}
	return s.seen.write(ctx, s.db, rows)
}

// mostSeen bounds what is written together (decision 22).
const mostSeen = 400

// seenLog gathers the accesses of requests that are answered at the same time:
// while some are on their way to the disk the next ones wait for each other, so
// that reading many records costs few transactions.
type seenLog struct {
	mu      sync.Mutex
	next    *seenBatch // that requests may still join
	writing sync.Mutex // one at a time: meanwhile the next one grows
}

type seenBatch struct {
	rows []Access
	done chan struct{}
	err  error
}

func (l *seenLog) write(ctx context.Context, d *db.DB, rows []Access) error {
	l.mu.Lock()
	b, first := l.next, false
	if b == nil || len(b.rows)+len(rows) > mostSeen {
		b, first = &seenBatch{done: make(chan struct{})}, true
		l.next = b
	}
	b.rows = append(b.rows, rows...)
	l.mu.Unlock()
	if first {
		// Whoever came first writes for all: also for others when it goes away.
		l.flush(context.WithoutCancel(ctx), d, b)
	}
	<-b.done
	return b.err
}

func (l *seenLog) flush(ctx context.Context, d *db.DB, b *seenBatch) {
	defer close(b.done)
	l.writing.Lock()
	defer l.writing.Unlock()
	runtime.Gosched() // whoever is ready to join does
	l.mu.Lock()
	if l.next == b {
		l.next = nil
	}
	l.mu.Unlock()
	b.err = errors.New("the access log was not written") // when writing panics
	b.err = d.Write(ctx, func(t *db.Tx) error {
		for i := range b.rows {
			b.rows[i].At = t.Now()
		}
		return insertAccess(t, b.rows)
	})
}
