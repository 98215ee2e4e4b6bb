package budget

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/kit/db"
)

// counts are what one of the main operations costs.
type counts struct {
	Line
	Allocs int64 `json:"allocs"` // on the heap, in this process, on SQLite
	KB     int64 `json:"kb"`
}

const golden = "testdata/counts.json"

// tolerance is by how much allocations may differ from what is kept, of a hundred.
const tolerance = 10

// operation is one of the main things that people do, done over and over.
type operation struct {
	name, method, path string
	body               func() map[string]any
	who                string // of a page; "" is the API with the administrator's key
}

// operations are the main ones, in the order in which they are measured.
func (w *world) operations(caseID, person string) []operation {
	one := "/api/v1/cases/" + caseID
	promise := func() map[string]any {
		return map[string]any{"kind": "callback", "what": "The result of the test", "due_at": "tomorrow 14:00"}
	}
	return []operation{
		{"read a case", http.MethodGet, one, nil, ""},
		{"first page of open cases", http.MethodGet, "/api/v1/cases", nil, ""},
		{"open promises", http.MethodGet, "/api/v1/promises", nil, ""},
		{"timeline of a case", http.MethodGet, one + "/timeline", nil, ""},
		{"search cases", http.MethodGet, "/api/v1/search/cases?q=uitslag", nil, ""},
		{"search people", http.MethodGet, "/api/v1/people?q=van", nil, ""},
		{"signals", http.MethodGet, "/api/v1/signals", nil, ""},
		{"messages", http.MethodGet, "/api/v1/messages", nil, ""},
		{"insight", http.MethodGet, "/api/v1/insight", nil, ""},
		{"Today", http.MethodGet, "/desk", nil, deskUser},
		{"page of cases", http.MethodGet, "/desk/cases", nil, deskUser},
		{"page of a case", http.MethodGet, "/desk/cases/" + caseID, nil, deskUser},
		{"page of a customer", http.MethodGet, "/desk/people/" + person, nil, deskUser},
		{"find", http.MethodGet, "/desk/find?q=van", nil, deskUser},
		{"calls to make", http.MethodGet, "/desk/calls", nil, deskUser},
		{"handoffs", http.MethodGet, "/desk/handoffs", nil, deskUser},
		{"customer page", http.MethodGet, "/q", nil, customerUser},
		{"log a contact moment", http.MethodPost, one + "/contacts", func() map[string]any {
			return map[string]any{"direction": "in", "channel": "phone", "said": "Asked how it stands."}
		}, ""},
		{"write a note", http.MethodPost, one + "/notes", func() map[string]any { return map[string]any{"text": "Letter has been sent."} }, ""},
		{"make a promise", http.MethodPost, one + "/promises", promise, ""},
		{"open a case", http.MethodPost, "/api/v1/cases", func() map[string]any {
			return map[string]any{"person_id": person, "subject": "When may I come in", "channel": "phone", "said": "Asked when.", "promise": promise()}
		}, ""},
	}
}

// do sends an operation once.
func (w *world) do(t *testing.T, key string, o operation) cost {
	t.Helper()
	if o.who != "" {
		a := w.sessions[o.who].get(o.path)
		if a.Code == http.StatusSeeOther { // to the address by its reference
			a = w.sessions[o.who].get(a.Header().Get("Location"))
		}
		if a.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", o.name, a.Code, a.Body)
		}
		return w.sessions[o.who].last
	}
	r := httptest.NewRequest(o.method, o.path, nil)
	if o.body != nil {
		b, err := json.Marshal(o.body())
		if err != nil {
			t.Fatal(err)
		}
		r = httptest.NewRequest(o.method, o.path, strings.NewReader(string(b)))
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Accept-Language", "en")
	rec := httptest.NewRecorder()
	c := w.measured(rec, r)
	if rec.Code >= 300 {
		t.Fatalf("%s: %d %s", o.name, rec.Code, rec.Body)
	}
	return c
}

// runs is how often each is done: the first warms up, of the others the one in
// the middle counts.
const runs = 6

// count measures the main operations and holds them against what is kept.
func count(t *testing.T, w *world) {
	t.Helper()
	key, err := w.adminKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// That a key was used is noted with its first request, which is not counted.
	first := httptest.NewRequest(http.MethodGet, "/api/v1/organisation", nil)
	first.Header.Set("Authorization", "Bearer "+key)
	w.App.Handler().ServeHTTP(httptest.NewRecorder(), first)
	var caseID, person string
	if err := w.DB.Read(t.Context(), func(q db.Q) (err error) {
		const open = ` FROM case_file WHERE org_id = $1 AND closed_at IS NULL ORDER BY case_id LIMIT 1`
		if caseID, err = db.Get[string](q, `SELECT case_id`+open, w.home); err != nil {
			return err
		}
		person, err = db.Get[string](q, `SELECT asker_id`+open, w.home)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	ran := map[string]counts{}
	for _, o := range w.operations(caseID, person) {
		var c counts
		var allocs, bytes []int64
		for n := range runs {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			did := w.do(t, key, o)
			runtime.ReadMemStats(&after)
			if n > 0 {
				c.Line = c.most(did.Line)
				allocs = append(allocs, int64(after.Mallocs-before.Mallocs))     //nolint:gosec // far below the limit
				bytes = append(bytes, int64(after.TotalAlloc-before.TotalAlloc)) //nolint:gosec // the same
			}
		}
		slices.Sort(allocs)
		slices.Sort(bytes)
		c.Allocs, c.KB = allocs[len(allocs)/2], bytes[len(bytes)/2]/1024
		ran[o.name] = c
	}
	hold(t, w.DB, golden, ran)
}

// keep writes what was measured.
func keep(t *testing.T, file string, what map[string]counts) {
	t.Helper()
	b, err := json.MarshalIndent(what, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(b, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
}

// hold holds what was measured against what is kept in a file.
func hold(t *testing.T, d *db.DB, file string, ran map[string]counts) {
	t.Helper()
	if *update && d.Dialect() == db.SQLite {
		keep(t, file, ran)
		return
	}
	b, err := os.ReadFile(file) //nolint:gosec // of this package
	if err != nil {
		t.Fatal(err)
	}
	var kept map[string]counts
	if err := json.Unmarshal(b, &kept); err != nil {
		t.Fatal(err)
	}
	if *update {
		for name, now := range ran {
			was := kept[name]
			was.Line = was.wider(d, now.Line)
			kept[name] = was
		}
		keep(t, file, kept)
		return
	}
	for name, now := range ran {
		was, ok := kept[name]
		if !ok {
			t.Errorf("%s is not in %s", name, file)
			continue
		}
		over, _ := Compare(name, slack(d, was.Line), now.Line)
		for _, why := range over {
			t.Error(why)
		}
		if d.Dialect() != db.SQLite || raced {
			continue
		}
		for _, x := range []struct {
			what     string
			was, now int64
		}{{"allocations", was.Allocs, now.Allocs}, {"kB on the heap", was.KB, now.KB}} {
			if x.now*100 > x.was*(100+tolerance) {
				t.Errorf("%s: %d %s, and %d before", name, x.now, x.what, x.was)
			}
		}
	}
	if len(kept) != len(ran) {
		t.Errorf("%s has %d operations, %d were measured: write it anew with -update", file, len(kept), len(ran))
	}
}
