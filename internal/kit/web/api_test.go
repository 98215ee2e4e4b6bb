package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
)

type promiseInput struct {
	Case string `path:"case" maxLength:"40"`
	Dry  bool   `query:"dry"`
	Body struct {
		What  string    `json:"what" minLength:"2" maxLength:"200"`
		Due   time.Time `json:"due_at"`
		Kind  string    `json:"kind" enum:"call,letter"`
		Count int       `json:"count,omitempty" minimum:"1" maximum:"9"`
		Tags  []string  `json:"tags,omitempty" maxItems:"3"`
		Mail  string    `json:"mail,omitempty" format:"email"`
		Inner struct {
			Note string `json:"note" pattern:"^[a-z]*$"`
		} `json:"inner,omitempty"`
	}
}

type promiseOutput struct {
	Body struct {
		N int64 `json:"n"`
	}
}

// withPromises gives the house an operation with an effect that can be counted.
func (h *house) withPromises(effect func(ctx context.Context, in *promiseInput) error) *atomic.Int64 {
	var n atomic.Int64
	huma.Register(h.api, Operation("makePromise", http.MethodPost, "/cases/{case}/promises", "Make a promise"),
		func(ctx context.Context, in *promiseInput) (*promiseOutput, error) {
			if effect != nil {
				if err := effect(ctx, in); err != nil {
					return nil, err
				}
			}
			out := &promiseOutput{}
			out.Body.N = n.Add(1)
			return out, nil
		})
	return &n
}

const promisePath = "/api/v1/cases/cas_1/promises"
const goodPromise = `{"what":"bellen","due_at":"2026-11-12T16:00:00Z","kind":"call"}`

func TestAPIProblems(t *testing.T) {
	h := lite(t)
	h.withPromises(func(_ context.Context, in *promiseInput) error {
		switch in.Body.What {
		case "asap":
			return errs.New(errs.Invalid, "required").Field("due_at", "required")
		case "broken":
			return errors.New("the password is hunter2")
		case "busy":
			return errs.New(errs.TooMany, "too-many-tries").With("Seconds", 7)
		}
		return nil
	})
	who := []string{"X-Who", "org_1 mem_1", "Accept-Language", "en"}
	with := func(what string) string { return strings.Replace(goodPromise, "bellen", what, 1) }
	for _, c := range []struct {
		body, typ, path string
		status          int
	}{
		{`{"what":"bellen","kind":"call"}`, "required", "due_at", 422},
		{strings.Replace(goodPromise, `"call"`, `"geheim"`, 1), "not-a-choice", "kind", 422},
		{with("x"), "too-short", "what", 422},
		{strings.Replace(goodPromise, "2026-11-12T16:00:00Z", "geheim", 1), "not-a-moment", "due_at", 422},
		{goodPromise[:len(goodPromise)-1] + `,"count":12}`, "too-high", "count", 422},
		{goodPromise[:len(goodPromise)-1] + `,"inner":{"note":"GEHEIM 7"}}`, "wrong-form", "inner.note", 422},
		{goodPromise[:len(goodPromise)-1] + `,"due":"geheim"}`, "unknown-property", "due", 422},
		{goodPromise[:len(goodPromise)-1] + `,"Jan de Vries":1}`, "unknown-property", "", 422},
		{`{"what":"geheim`, "unreadable-input", "", 400},
		{with(`ge\u0000heim`), "unreadable-input", "", 400},
		{with("asap"), "required", "due_at", 422},
		{with("broken"), "internal", "", 500},
		{with("busy"), "too-many-tries", "", 429},
		{with(strings.Repeat("x", 1<<20)), "too-large", "", 413},
	} {
		w := h.do("POST", promisePath, c.body, who...)
		p := problemOf(t, w)
		path := ""
		if len(p.Errors) > 0 {
			path = p.Errors[0].Path
		}
		if w.Code != c.status || p.Type != ProblemPath+c.typ || path != c.path || p.Title == "" || p.Detail == "" || p.Instance == "" {
			t.Errorf("%.60s: %d %+v", c.body, w.Code, p)
		}
		if low := strings.ToLower(w.Body.String()); strings.Contains(low, "geheim") || strings.Contains(low, "hunter2") || strings.Contains(low, "vries") || strings.Contains(w.Body.String(), "⟦") {
			t.Errorf("%.60s is repeated: %s", c.body, w.Body)
		}
	}
	if w := h.do("POST", promisePath, with("busy"), who...); w.Header().Get("Retry-After") != "7" {
		t.Errorf("Retry-After: %q", w.Header().Get("Retry-After"))
	}
	if p := problemOf(t, h.do("POST", promisePath, "what=x", "Content-Type", "application/x-www-form-urlencoded")); p.Status != 415 {
		t.Errorf("a form: %+v", p)
	}
	if p := problemOf(t, h.do("GET", "/api/v1/nothing", "", "Accept-Language", "nl")); p.Status != 404 || !strings.Contains(p.Detail, "geen pagina") {
		t.Errorf("nothing there: %+v", p)
	}
	if p := problemOf(t, h.do("PUT", promisePath, "{}")); p.Status != 405 {
		t.Errorf("another method: %+v", p)
	}
	if p := problemOf(t, h.do("POST", "/api/v1/cases/a%00b/promises", goodPromise)); p.Status != 400 {
		t.Errorf("NUL in the path: %+v", p)
	}
	if p := problemOf(t, h.do("POST", promisePath+"?dry=geheim", goodPromise)); p.Status != 422 || p.Errors[0].Path != "query.dry" {
		t.Errorf("a bad parameter: %+v", p)
	}
	if p := problemOf(t, h.do("POST", promisePath, goodPromise, "X-Who", "forged")); p.Status != 401 {
		t.Errorf("a forged credential: %+v", p)
	}
}

// Whatever is sent, the answer never says it back. The marker is put at every
// place of a body, in values and in keys, in right and wrong JSON.
func TestProblemsNeverRepeatInput(t *testing.T) {
	h := lite(t)
	h.withPromises(nil)
	rng := rand.New(rand.NewPCG(1, 2))
	const marker = "Fatima el Amrani"
	values := []string{`"` + marker + `"`, `["` + marker + `"]`, `{"` + marker + `":1}`, `{"a":{"` + marker + `":null}}`, `1e999`, `null`, `true`, `"` + marker, marker, `"2026-13-45"`, `""`}
	keys := []string{"what", "due_at", "kind", "count", "tags", "mail", "inner", marker, "inner.note"}
	refused := 0
	for range 3000 {
		var b strings.Builder
		b.WriteByte('{')
		for i := range 1 + rng.IntN(5) {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(`"` + keys[rng.IntN(len(keys))] + `":` + values[rng.IntN(len(values))])
		}
		b.WriteByte('}')
		body := b.String()
		if rng.IntN(10) == 0 {
			body = body[:rng.IntN(len(body))]
		}
		w := h.do("POST", promisePath, body, "X-Who", "org_1 mem_1")
		if w.Code >= 500 {
			t.Fatalf("%s: %d %s", body, w.Code, w.Body)
		}
		if w.Code >= 400 {
			refused++
			problemOf(t, w)
		}
		if strings.Contains(w.Body.String(), "Fatima") || strings.Contains(w.Body.String(), "⟦") {
			t.Fatalf("%s: %s", body, w.Body)
		}
	}
	if refused < 2000 {
		t.Errorf("only %d bodies were refused", refused)
	}
}

func TestDescription(t *testing.T) {
	h := lite(t)
	h.withPromises(nil)
	w := h.do("GET", "/api/openapi.json", "")
	var doc struct {
		OpenAPI    string
		Paths      map[string]map[string]struct{ Responses map[string]any }
		Components struct{ Schemas, SecuritySchemes map[string]any }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	op := doc.Paths[APIPrefix+"/cases/{case}/promises"]["post"]
	if doc.OpenAPI != "3.1.0" || op.Responses["422"] == nil || op.Responses["201"] == nil || doc.Components.Schemas["Problem"] == nil || len(doc.Components.SecuritySchemes) != 3 {
		t.Errorf("%s", w.Body)
	}
	if bytes.Contains(w.Body.Bytes(), []byte("ErrorModel")) {
		t.Error("huma's own errors are described")
	}
	for name, op := range map[string]huma.Operation{
		"no id":   {Method: "GET", Path: "/x"},
		"same id": Operation("makePromise", "GET", "/other", "x"),
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			huma.Register(h.api, op, func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
		}()
	}
}

func TestIdempotencyRace(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		begun := make(chan struct{})
		n := h.withPromises(func(context.Context, *promiseInput) error { <-begun; return nil })
		handler := h.site.Handler()
		var wg sync.WaitGroup
		var answers [600]atomic.Int64
		for i := range 20 {
			wg.Go(func() {
				if i == 19 {
					close(begun)
				}
				w := serve(handler, "POST", promisePath, goodPromise, "X-Who", "org_1 mem_1", "Idempotency-Key", "k")
				answers[w.Code].Add(1)
				if w.Code == 409 && !strings.Contains(w.Body.String(), "idempotency-running") {
					t.Error(w.Body)
				}
			})
		}
		wg.Wait()
		if n.Load() != 1 || answers[201].Load() < 1 || answers[201].Load()+answers[409].Load() != 20 {
			t.Errorf("%d effects; %d times done, %d times running", n.Load(), answers[201].Load(), answers[409].Load())
		}
	})
}

func TestIdempotency(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		var fail error
		n := h.withPromises(func(ctx context.Context, _ *promiseInput) error {
			Saw(ctx, "case", "cas_1")
			if fail != nil && fail.Error() == "panic" {
				panic("half-way")
			}
			return fail
		})
		post := func(key, body, who string) (int, string, bool) {
			w := h.do("POST", promisePath, body, "X-Who", who, "Idempotency-Key", key)
			return w.Code, w.Body.String(), w.Header().Get(replayedHeader) == "true"
		}
		expect := func(name string, wantStatus int, wantEffects int64, wantText string) func(int, string, bool) {
			return func(status int, text string, replayed bool) {
				t.Helper()
				if status != wantStatus || n.Load() != wantEffects || !strings.Contains(text, wantText) {
					t.Errorf("%s: %d %s, %d effects (replayed %v)", name, status, text, n.Load(), replayed)
				}
			}
		}
		expect("first", 201, 1, `"n":1`)(post("k", goodPromise, "org_1 mem_1"))
		status, text, replayed := post("k", goodPromise, "org_1 mem_1")
		expect("again", 201, 1, `"n":1`)(status, text, replayed)
		if !replayed || len(h.gate.seen) != 2 {
			t.Errorf("again: replayed %v, seen %v", replayed, h.gate.seen)
		}
		if w := h.do("POST", promisePath, goodPromise, "X-Who", "org_1 mem_1", "Idempotency-Key", "k"); w.Header().Get(seenHeader) != "" || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("headers: %v", w.Header())
		}
		expect("another body", 422, 1, "idempotency-mismatch")(post("k", strings.Replace(goodPromise, "bellen", "schrijven", 1), "org_1 mem_1"))
		expect("another member", 201, 2, `"n":2`)(post("k", goodPromise, "org_1 mem_2"))
		expect("another organisation", 201, 3, `"n":3`)(post("k", goodPromise, "org_2 mem_1"))
		expect("an endless key", 400, 3, "idempotency-key-bad")(post(strings.Repeat("k", 201), goodPromise, "org_1 mem_1"))

		fail = errs.New(errs.Unavailable, "disk-full")
		expect("a failure", 503, 3, "disk-full")(post("f", goodPromise, "org_1 mem_1"))
		fail = nil
		expect("after the failure", 201, 4, `"n":4`)(post("f", goodPromise, "org_1 mem_1"))

		fail = errs.New(errs.Unavailable, "database-gone") // perhaps during the commit
		expect("connection lost", 503, 4, "database-gone")(post("g", goodPromise, "org_1 mem_1"))
		fail = nil
		expect("after the lost connection", 409, 4, "idempotency-unknown")(post("g", goodPromise, "org_1 mem_1"))

		fail = errors.New("panic")
		expect("a panic", 500, 4, "internal")(post("p", goodPromise, "org_1 mem_1"))
		fail = nil
		expect("after the panic", 409, 4, "idempotency-unknown")(post("p", goodPromise, "org_1 mem_1"))

		// A node stopped after it claimed.
		h.must(h.Write(context.Background(), func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE idempotency SET status = NULL, body = NULL WHERE ikey = 'f'`)
			return err
		}))
		expect("still running", 409, 4, "idempotency-running")(post("f", goodPromise, "org_1 mem_1"))
		h.Clock.Advance(claimLease)
		expect("stopped", 409, 4, "idempotency-unknown")(post("f", goodPromise, "org_1 mem_1"))

		h.Clock.Advance(keepClaims)
		expect("a day later", 201, 5, `"n":5`)(post("k", goodPromise, "org_1 mem_1"))
		h.Clock.Advance(keepClaims)
		h.must(h.site.Jobs()[0].Handle(context.Background(), job.Job{}))
		h.must(h.Read(context.Background(), func(q db.Q) error {
			left, err := db.Get[int64](q, `SELECT count(*) FROM idempotency`)
			if left != 0 {
				t.Errorf("%d claims are kept for nothing", left)
			}
			return err
		}))
	})
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}
