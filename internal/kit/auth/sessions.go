package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/web"
)

const (
	sessionCookie = "hv_session"
	sessionIdle   = 12 * time.Hour
	sessionLife   = 7 * 24 * time.Hour
	sessionTouch  = 5 * time.Minute // how exactly we know when it was last seen
)

// Keys within a session.
const (
	keyAccount = "account"
	keyOrg     = "org"
	keyAgent   = "agent"  // which browser, as a person would call it
	keyRecent  = "recent" // accounts that signed in on this screen, the latest first
	keyKept    = "kept"   // it came out of the store, so saving it may not bring it back to life
	keyHash    = "hash"   // under which it stands in the store
	keyLocked  = "locked" // since when nothing of it is shown
)

// passing are the keys that describe the row and are not kept in it.
var passing = []string{keyKept, keyHash, keyLocked}

func newSessions(d *db.DB, secure bool) *scs.SessionManager {
	m := scs.New()
	m.Store = &sessionStore{d}
	m.Codec = codec{}
	m.HashTokenInStore = true
	m.Lifetime = sessionLife // our store decides, by the business clock
	m.Cookie.Name = sessionCookie
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Secure = secure
	m.Cookie.Persist = false
	m.ErrorFunc = web.Fail
	return m
}

// codec keeps a session as JSON: texts only. The deadline is the store's
// business, so the one given back is merely far away.
type codec struct{}

func (codec) Encode(_ time.Time, values map[string]any) ([]byte, error) { return json.Marshal(values) }

func (codec) Decode(b []byte) (time.Time, map[string]any, error) {
	values := map[string]any{}
	err := json.Unmarshal(b, &values)
	return time.Unix(1<<33, 0), values, err
}

// sessionStore implements scs.CtxStore. Tokens arrive hashed.
type sessionStore struct{ db *db.DB }

// FindCtx implements scs.CtxStore.
func (s *sessionStore) FindCtx(ctx context.Context, hash string) ([]byte, bool, error) {
	var row sessionRow
	var ok bool
	if err := s.db.Read(ctx, func(q db.Q) (err error) { row, ok, err = findSession(q, hash); return err }); err != nil || !ok {
		return nil, false, err
	}
	now := s.db.Clock().Now()
	if now.Sub(row.SeenAt) >= sessionIdle || now.Sub(row.CreatedAt) >= sessionLife {
		return nil, false, nil
	}
	if now.Sub(row.SeenAt) >= sessionTouch {
		if err := s.db.Write(ctx, func(t *db.Tx) error { return touchSession(t, hash) }); err != nil {
			return nil, false, err
		}
	}
	values := map[string]any{}
	if err := json.Unmarshal([]byte(row.Data), &values); err != nil {
		return nil, false, fmt.Errorf("session: %w", err)
	}
	values[keyKept], values[keyHash] = "1", hash
	if !row.LockedAt.IsZero() {
		values[keyLocked] = "1"
	}
	b, err := json.Marshal(values)
	return b, true, err
}

// CommitCtx implements scs.CtxStore. A session that was ended meanwhile, here
// or from another device, stays ended.
func (s *sessionStore) CommitCtx(ctx context.Context, hash string, b []byte, _ time.Time) error {
	values := map[string]any{}
	if err := json.Unmarshal(b, &values); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	_, kept := values[keyKept]
	for _, k := range passing {
		delete(values, k)
	}
	data, err := json.Marshal(values)
	if err != nil {
		return err
	}
	account, _ := values[keyAccount].(string)
	return s.db.Write(ctx, func(t *db.Tx) error {
		if kept {
			return updateSession(t, hash, string(data))
		}
		return insertSession(t, hash, account, string(data))
	})
}

// DeleteCtx implements scs.CtxStore.
func (s *sessionStore) DeleteCtx(ctx context.Context, hash string) error {
	return s.db.Write(ctx, func(t *db.Tx) error { return deleteSession(t, hash) })
}

// Find implements scs.Store; scs prefers FindCtx.
func (s *sessionStore) Find(hash string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), hash)
}

// Commit implements scs.Store; scs prefers CommitCtx.
func (s *sessionStore) Commit(hash string, b []byte, until time.Time) error {
	return s.CommitCtx(context.Background(), hash, b, until)
}

// Delete implements scs.Store; scs prefers DeleteCtx.
func (s *sessionStore) Delete(hash string) error { return s.DeleteCtx(context.Background(), hash) }

type sessionLoaded struct{}

// Wrap implements web.Gate: it loads the session and saves it with the answer.
func (s *Service) Wrap(next http.Handler) http.Handler {
	with := s.scs.LoadAndSave(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/assets/") { // files are the same for everybody
			next.ServeHTTP(w, r)
			return
		}
		with.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), sessionLoaded{}, true)))
	})
}

func hasSession(ctx context.Context) bool { return ctx.Value(sessionLoaded{}) != nil }

// Put implements web.Gate.
func (s *Service) Put(ctx context.Context, key, value string) {
	if hasSession(ctx) {
		s.scs.Put(ctx, "web."+key, value)
	}
}

// Pop implements web.Gate.
func (s *Service) Pop(ctx context.Context, key string) string {
	if !hasSession(ctx) {
		return ""
	}
	return s.scs.PopString(ctx, "web."+key)
}
