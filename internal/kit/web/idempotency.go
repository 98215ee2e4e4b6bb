package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
)

const (
	idempotencyHeader = "Idempotency-Key"
	replayedHeader    = "Idempotent-Replayed"
	seenHeader        = "Houvast-Seen" // never sent
	maxIdempotencyKey = 200

	keepClaims = 24 * time.Hour
	// A claim is held for this long, and held on to while it is worked on: one
	// that nobody holds was left by a process that stopped.
	claimLease = 10 * time.Second
	claimRenew = 3 * time.Second
)

// idempotent answers a change of the API that is sent again under the same
// Idempotency-Key with what was answered the first time. See the package
// documentation for what is and is not guaranteed.
func (s *Site) idempotent(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get(idempotencyHeader)
		if key == "" || !isAPI(r.URL.Path) || r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions {
			next.ServeHTTP(w, r)
			return
		}
		c := From(r.Context())
		if c.Actor.Kind == "" { // nobody: has no keys of its own, and nothing to be done twice
			next.ServeHTTP(w, r)
			return
		}
		c.w, c.r = w, r
		if err := s.once(c, key, next); err != nil {
			s.fail(c, err)
		}
	})
}

func (s *Site) once(c *Ctx, key string, next http.Handler) error {
	if len(key) > maxIdempotencyKey || !clean(key) {
		return errs.New(errs.Malformed, "idempotency-key-bad").Field("header.idempotency-key", "idempotency-key-bad")
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, bodyLimit))
	if err != nil {
		return malformed(err)
	}
	c.r.Body = io.NopCloser(bytes.NewReader(body))
	mine := claimOf(c, key, digest([]byte(c.r.URL.RawQuery), []byte(c.r.Header.Get("If-Match")), body))
	there, claimed, err := s.claim(c.Context(), &mine)
	switch {
	case err != nil:
		return err
	case !claimed:
		return s.replay(c, mine, there)
	}
	return s.first(c, mine, next)
}

// claim claims a key in a transaction of its own: whatever happens from here
// on, a second request finds the claim and does nothing. Where somebody had it
// before, it gives theirs.
func (s *Site) claim(ctx context.Context, mine *claim) (there claim, claimed bool, err error) {
	mine.ClaimedAt = s.clock.Now()
	mine.HeldUntil = mine.ClaimedAt.Add(claimLease)
	err = s.opts.DB.Write(ctx, func(t *db.Tx) (err error) {
		there = claim{}
		if claimed, err = insertClaim(t, *mine, mine.ClaimedAt.Add(-keepClaims)); err == nil && !claimed {
			there, err = findClaim(t, *mine)
		}
		return err
	})
	return there, claimed, err
}

// hold holds on to a claim until the work is done.
func (s *Site) hold(ctx context.Context, mine claim) (done func()) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		for clock.Machine.Sleep(ctx, claimRenew); ctx.Err() == nil; clock.Machine.Sleep(ctx, claimRenew) {
			// When this fails the claim is taken for left, which says "nobody
			// knows": never that it may be done again.
			_ = s.opts.DB.Write(ctx, func(t *db.Tx) error { return holdClaim(t, mine, t.Now().Add(claimLease)) })
		}
	}()
	return cancel
}

// replay answers a request whose key was claimed before.
func (s *Site) replay(c *Ctx, mine, there claim) error {
	switch {
	case there.Digest != mine.Digest:
		return errs.New(errs.Invalid, "idempotency-mismatch").Field("header.idempotency-key", "idempotency-mismatch")
	case there.Fate == fateSecret:
		return errs.New(errs.Conflict, "idempotency-told")
	case there.Fate == fateUnknown, there.Status == 0 && !s.clock.Now().Before(there.HeldUntil):
		return errs.New(errs.Conflict, "idempotency-unknown")
	case there.Status == 0:
		return errs.New(errs.Conflict, "idempotency-running")
	}
	h := c.w.Header()
	for k, v := range there.Header {
		if k != seenHeader {
			h[k] = v
		}
	}
	for _, v := range there.Header[seenHeader] { // who gets it again sees it again
		kind, id, _ := strings.Cut(v, " ")
		c.Saw(kind, id)
	}
	h.Set(replayedHeader, "true")
	c.w.WriteHeader(there.Status)
	_, _ = c.w.Write(there.Body)
	return nil
}

// first does the work and keeps the answer before it leaves.
func (s *Site) first(c *Ctx, mine claim, next http.Handler) (err error) {
	rec := &recorder{header: http.Header{}}
	done := false
	ctx := context.WithoutCancel(c.Context()) // the claim is settled also when the client has left
	defer func() {
		if !done { // a panic, on its way to the chain
			err = errors.Join(err, s.opts.DB.Write(ctx, func(t *db.Tx) error { return settleClaim(t, mine, fateUnknown) }))
		}
	}()
	release := s.hold(ctx, mine)
	defer release()
	out := c.w
	next.ServeHTTP(rec, c.r)
	done, c.w = true, out
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	header, err := json.Marshal(rec.kept(c))
	if err != nil {
		return err
	}
	err = s.opts.DB.Write(ctx, func(t *db.Tx) error {
		switch {
		case c.failed == "database-gone": // perhaps while it was being committed
			return settleClaim(t, mine, fateUnknown)
		case rec.status >= 500, rec.status == 401, rec.status == 403, rec.status == 429:
			return dropClaim(t, mine) // nothing was done; it may be another time
		case c.secret && rec.status < 400:
			return settleClaim(t, mine, fateSecret)
		}
		return keepAnswer(t, mine, rec.status, string(header), rec.body.Bytes())
	})
	if err != nil && rec.status < 500 {
		// It was done, but a second request could not be told so: it will hear
		// that nobody knows. This one still gets its answer.
		s.opts.Log.Error("an answer could not be kept", "request", c.ID, "route", c.route, "err", err)
	}
	h := out.Header()
	for k, v := range rec.header {
		h[k] = v
	}
	out.WriteHeader(rec.status)
	_, _ = out.Write(rec.body.Bytes())
	return nil
}

// claimOf says whose key it is, and for what. The digest covers everything
// that could make it another request.
func claimOf(c *Ctx, key, digested string) claim {
	who := string(c.Actor.Kind) + ":" + c.Actor.ID()
	if c.Actor.Kind == actor.Customer {
		who += ":" + c.Actor.Question
	}
	org := c.Actor.Org
	if org == "" {
		org = job.Installation
	}
	return claim{Org: org, Who: who, Key: key, Operation: c.r.Method + " " + digest([]byte(c.r.URL.Path)), Digest: digested}
}

func digest(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:", len(p))
		h.Write(p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// recorder holds an answer back until it was kept.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
	}
}

func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}

// kept are the headers an answer that is given again has as well, and what it
// shows.
func (r *recorder) kept(c *Ctx) http.Header {
	out := http.Header{}
	for _, k := range []string{"Content-Type", "Location", "Etag", "Link", "Content-Language"} {
		if v := r.header.Values(k); len(v) > 0 {
			out[k] = v
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, v := range c.seen {
		out[seenHeader] = append(out[seenHeader], v.Kind+" "+v.ID)
	}
	return out
}

// Jobs is the web kit's durable work: answers are forgotten after a day, what
// was typed after a week, who was where after a minute.
func (s *Site) Jobs() []job.Kind {
	return []job.Kind{{Name: "web.forget", Every: time.Hour, Handle: func(ctx context.Context, _ job.Job) error {
		for {
			var n int64
			err := s.opts.DB.Write(ctx, func(t *db.Tx) (err error) {
				if n, err = purgeClaims(t, t.Now().Add(-keepClaims)); err != nil {
					return err
				}
				m, err := purgeTyped(t, t.Now().Add(-DraftLife), t.Now().Add(-presenceLife))
				n = max(n, m)
				return err
			})
			if err != nil || n < 500 {
				return err
			}
		}
	}}}
}
