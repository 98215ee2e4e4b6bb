package app

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/mail"
)

// TestOperations is about what whoever runs an installation can see of it.
func TestOperations(t *testing.T) {
	bases(t, func(t *testing.T, address string) {
		c := clock.NewSim(kittest.Start)
		a := inside(t, append(environ(address), "HOUVAST_METRICS_TOKEN=sesam-open-u-toch"), c, &mail.Box{})
		x := newTenant(t, a, "De Linde", org.Practice)
		t.Run("probes", func(t *testing.T) { probesTell(t, a, c) })
		t.Run("metrics", func(t *testing.T) { metricsTell(t, a, c, x) })
		t.Run("stopping", func(t *testing.T) { stoppingIsTold(t, a) })
	})
}

func ask(h http.Handler, path string, header ...string) (int, http.Header, string) {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Result().Header, w.Body.String()
}

func readyNow(t *testing.T, a *App) (int, Readiness) {
	t.Helper()
	a.ready.mu.Lock()
	a.ready.at = time.Time{} // a load balancer a second later
	a.ready.mu.Unlock()
	status, _, body := ask(a.Handler(), "/readyz")
	var r Readiness
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		t.Fatal(body, err)
	}
	return status, r
}

func probesTell(t *testing.T, a *App, c *clock.Sim) {
	if status, _, body := ask(a.Handler(), "/healthz"); status != http.StatusOK || body != "ok\n" {
		t.Errorf("/healthz: %d %q", status, body)
	}
	if err := a.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if status, r := readyNow(t, a); status != http.StatusOK || !r.Ready || len(r.Notes)+len(r.Reasons) > 0 {
		t.Errorf("a node at rest: %d %+v", status, r)
	}
	if status, _, _ := ask(a.Handler(), "/health"); status != http.StatusOK {
		t.Errorf("the older name says %d", status)
	}

	// Work that nobody does is told, and turns nobody away.
	if err := a.DB.Write(t.Context(), func(tx *db.Tx) error {
		tx.Enqueue(db.Job{Kind: "of-a-newer-program", Key: "probe"})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	c.Advance(patience + time.Minute)
	if status, r := readyNow(t, a); status != http.StatusOK || !r.Ready || len(r.Notes) != 1 || r.Notes[0] != noteJobs {
		t.Errorf("with a job that lies: %d %+v", status, r)
	}

	// A database that another version made.
	target := a.ready.target
	a.ready.target = target - 1
	if status, r := readyNow(t, a); status != http.StatusOK || !strings.Contains(strings.Join(r.Notes, " "), noteNewer) {
		t.Errorf("while the next program is rolled out this one goes on: %d %+v", status, r)
	}
	a.ready.target = target + 1
	if status, r := readyNow(t, a); status != http.StatusServiceUnavailable || r.Ready || r.Reasons[0] != reasonOlder {
		t.Errorf("with a database that lacks a table: %d %+v", status, r)
	}
	a.ready.target = target

	// The answer is kept for a moment: asking often does not cost often.
	readyNow(t, a)
	before := a.DB.Totals().Reads
	for range 50 {
		a.ready.Look(t.Context())
	}
	if n := a.DB.Totals().Reads - before; n > 5 {
		t.Errorf("50 questions of a moment read the database %d times", n)
	}
}

func metricsTell(t *testing.T, a *App, c *clock.Sim, x *tenant) {
	ops := a.Operations()
	if status, _, body := ask(ops, "/metrics"); status != http.StatusUnauthorized || strings.Contains(body, "houvast_") {
		t.Errorf("without the token: %d", status)
	}
	if status, _, _ := ask(ops, "/metrics", "Authorization", "Bearer sesam-open-u-toc"); status != http.StatusUnauthorized {
		t.Errorf("with another token: %d", status)
	}
	if status, _, _ := ask(a.Handler(), "/metrics"); status != http.StatusNotFound {
		t.Errorf("the public address has metrics: %d", status)
	}
	api := client{http: server(t, a), base: "http://house"}
	if _, err := api.call(t.Context(), http.MethodPost, "/api/v1/cases", x.Keys["desk"], "", map[string]any{
		"person_id": x.People[0], "subject": "Fatima vraagt om een recept", "promise": map[string]any{
			"kind": "answer", "what": "Bellen over het recept", "due_at": c.Now().Add(2 * time.Hour).Format(time.RFC3339)}}); err != nil {
		t.Fatal(err)
	}
	ask(a.Handler(), "/desk/nergens/"+x.People[0])
	status, _, text := ask(ops, "/metrics", "Authorization", "Bearer sesam-open-u-toch")
	if status != http.StatusOK {
		t.Fatal(status, text)
	}
	for _, want := range []string{
		`houvast_http_request_seconds_count{method="POST",route="/api/v1/cases",status=`,
		`houvast_http_request_seconds_count{method="GET",route="none",status="4xx"}`,
		`houvast_jobs_due{kind="other"} 1`, `houvast_database_up 1`, `houvast_ready 1`, "houvast_db_writes_total", "houvast_facts_unsealed ",
		`houvast_follower_behind{follower="`, "go_goroutines", "houvast_build_info",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not told", want)
		}
	}
	for _, personal := range []string{"Fatima", "recept", x.People[0], x.Org, "De Linde"} {
		if strings.Contains(text, personal) {
			t.Errorf("a metric holds %q", personal)
		}
	}
	documented(t, text)
}

// documented: each metric of ours is in the table of docs/operations.md, each
// of that table exists, and the example rules name only what exists.
func documented(t *testing.T, text string) {
	exists := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (\S+) `).FindAllStringSubmatch(text, -1) {
		exists[m[1]] = true
	}
	told := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(houvast_[a-z_]+)").FindAllStringSubmatch(readDoc(t, "docs/operations.md").text, -1) {
		told[m[1]] = true
	}
	// These appear with the first one counted.
	later := map[string]bool{"houvast_http_refused_total": true, "houvast_job_seconds": true, "houvast_mail_sent_total": true, "houvast_http_places": true, "houvast_http_waiting": true, "houvast_messages_pending": true}
	for name := range exists {
		if strings.HasPrefix(name, "houvast_") && !told[name] {
			t.Errorf("docs/operations.md does not tell of %s", name)
		}
	}
	for name := range told {
		if !exists[name] && !later[name] {
			t.Errorf("docs/operations.md tells of %s, which does not exist", name)
		}
	}
	rules, err := os.ReadFile(filepath.Join(root, "docs/alerts.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, name := range regexp.MustCompile(`\b(?:houvast|go|process)_[a-z_]+`).FindAllString(string(rules), -1) {
		seen++
		for _, end := range []string{"_bucket", "_count", "_sum"} {
			name = strings.TrimSuffix(name, end)
		}
		if !exists[name] && !later[name] {
			t.Errorf("docs/alerts.yaml names %s, which does not exist", name)
		}
	}
	if seen < 10 {
		t.Errorf("docs/alerts.yaml names %d metrics: the test looks for the wrong thing", seen)
	}
}

func stoppingIsTold(t *testing.T, a *App) {
	a.ready.stopping.Store(true)
	status, header, body := ask(a.Handler(), "/readyz")
	if status != http.StatusServiceUnavailable || !strings.Contains(body, reasonStopping) || header.Get("Connection") != "close" {
		t.Errorf("at once: %d %s %v", status, body, header)
	}
	if status, header, _ := ask(a.Handler(), "/api/openapi.json"); status != http.StatusOK || header.Get("Connection") != "close" {
		t.Errorf("what still comes is answered, and the connection with it: %d %v", status, header)
	}
	if status, _, _ := ask(a.Handler(), "/healthz"); status != http.StatusOK {
		t.Errorf("a process that stops still lives: %d", status)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if _, r := readyNow(t, a); r.Ready {
		t.Error("ready without a database")
	}
}

// server is a client that calls the handler of the house.
func server(t testing.TB, a *App) *http.Client {
	t.Helper()
	return &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		if r.Body == nil {
			r.Body = io.NopCloser(strings.NewReader(""))
		}
		a.Handler().ServeHTTP(w, r)
		return w.Result(), nil
	})}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestStopDelay: a node that is asked to stop says so first, goes on answering
// for a while, and only then closes.
func TestStopDelay(t *testing.T) {
	t.Parallel()
	env := append(environ(t.TempDir()+"/houvast.db"), "HOUVAST_LISTEN=127.0.0.1:0", "HOUVAST_STOP_DELAY=1", "HOUVAST_METRICS_LISTEN=127.0.0.1:0")
	a := inside(t, env, clock.Real{}, &mail.Box{})
	ctx, stop := context.WithCancel(t.Context())
	up, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- a.Serve(ctx, func(string) { close(up) }) }()
	<-up
	stop()
	for !a.ready.stopping.Load() {
		clock.Machine.Sleep(t.Context(), time.Millisecond)
	}
	select {
	case err := <-done:
		t.Errorf("it closed before anybody could notice: %v", err)
	default:
	}
	if status, _, _ := ask(a.Handler(), "/api/openapi.json"); status != http.StatusOK {
		t.Errorf("while it waits it answers %d", status)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
