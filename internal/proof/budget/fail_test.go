package budget

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/houvast/houvast/internal/kit/db"
)

// breaking lets the database give up at every statement of every request
// before the request is really made, and at its commit.
type breaking struct {
	t        *testing.T
	requests int
	broken   int
}

var errGaveUp = errors.New("the database gave up")

// besides are tables of the house itself: what is noted there before a use case
// begins is not undone with it.
var besides = regexp.MustCompile(`(?i)^\s*(INSERT INTO|UPDATE|DELETE FROM)\s+(session|idempotent|idempotency\w*|once\w*|form_once|access_log|sign_in_guard|api_key|presence)\b`)

var writes = regexp.MustCompile(`(?i)^\s*(INSERT|UPDATE|DELETE)\b`)

// mostStatements is more than any request needs before it commits.
const mostStatements = 400

// once are addresses at which trying often is refused for a while, or of which
// only the first try counts: what they write is besides what is asked.
var once = regexp.MustCompile(`/links/(code|confirm)$|^/q/confirm|^/desk/me/|^/(un)?lock$|^/desk/bulk/run$|^/sign-in`)

// zoneRead is the one statement whose failing is borne: the zone in which moments
// are said falls back to that of the installation.
var zoneRead = regexp.MustCompile(`FROM organisation WHERE org_id = \$1$`)

func (b *breaking) attempts(w *world, r *http.Request) {
	if once.MatchString(r.URL.Path) {
		return
	}
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			b.t.Fatal(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	b.requests++
	for at := 1; at <= mostStatements; at++ {
		n, fired, failed := 0, false, ""
		own := false // the transaction wrote more than what is noted besides
		m := &db.Meter{Fail: func(text string) error {
			switch {
			case text == db.Commit && own:
				return errGaveUp
			case text == db.Commit:
				return nil
			}
			if writes.MatchString(text) && !besides.MatchString(text) {
				own = true
			}
			if n++; n == at {
				fired, failed = true, text
				return errGaveUp
			}
			return nil
		}}
		try := r.Clone(db.Metered(r.Context(), m))
		try.Body = io.NopCloser(bytes.NewReader(body))
		rec := httptest.NewRecorder()
		w.App.Handler().ServeHTTP(rec, try)
		if !fired {
			return
		}
		b.broken++
		if rec.Code < 400 && !zoneRead.MatchString(failed) {
			b.t.Errorf("%s %s said %d although this failed: %.200s", r.Method, r.URL.Path, rec.Code, failed)
		}
	}
	b.t.Errorf("%s %s asks for more than %d statements", r.Method, r.URL.Path, mostStatements)
}

// Whenever the database gives up in the middle of a request, nothing is half
// done: the same request can be made afterwards as if nothing had been, and
// everything that must always hold does.
func TestNothingIsHalfDone(t *testing.T) {
	if raced {
		t.Skip("thousands of requests one after the other have no races to show")
	}
	w := newSQLite(t, t.TempDir(), newTape())
	if err := w.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.breaking = &breaking{t: t}
	w.perform(t)
	if w.breaking.broken < 2000 {
		t.Errorf("only %d statements failed in %d requests", w.breaking.broken, w.breaking.requests)
	}
	t.Logf("%d requests, %d statements that failed", w.breaking.requests, w.breaking.broken)
	w.breaking = nil
	if err := w.DB.Read(t.Context(), func(q db.Q) error {
		for _, c := range w.Checks() {
			_, wrong, err := c.Run(q)
			if err != nil {
				return err
			}
			if len(wrong) > 0 {
				t.Errorf("invariant %d: %s: %v", c.Invariant, c.Name, wrong)
			}
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}
