package nodes

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/houvast/houvast/internal/app"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/telemetry"
)

// role makes this test program one node of a version when it is set.
const role = "HOUVAST_TEST_NODE"

func TestMain(m *testing.M) {
	if version := os.Getenv(role); version != "" {
		if err := beNode(version); err != nil {
			fmt.Fprintln(os.Stderr, app.Explain(err))
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// toCome is a migration of the version after this one.
var toCome = fstest.MapFS{"schema/90001_to_come.sql": &fstest.MapFile{Data: []byte(`-- +goose Up
-- expands: the older program leaves the column empty and does not know the table
ALTER TABLE case_file ADD COLUMN to_come TEXT;
ALTER TABLE promise ADD COLUMN to_come INTEGER NOT NULL DEFAULT 0;
CREATE TABLE to_come (org_id TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (org_id, id)) STRICT;
`)}}

// beNode is the program, as cmd/houvast would run it; "new" has one migration more.
func beNode(version string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	cfg, err := config.Load(config.Source{Env: os.Environ()})
	if err != nil {
		return err
	}
	o := app.Options{Config: cfg, Version: version, Parallel: 2, Log: telemetry.New(cfg.Log, os.Stderr)}
	if version == "new" {
		o.Migrations = []fs.FS{toCome}
	}
	a, err := app.Open(ctx, o)
	if err != nil {
		return err
	}
	return a.Serve(ctx, func(string) { fmt.Println("answers on", cfg.Listen) })
}

// process is one node in a process of its own.
type process struct {
	version string
	address *url.URL
	cmd     *exec.Cmd
	said    *os.File // what it said, for when it goes wrong
}

func start(t *testing.T, version string, env []string) *process {
	t.Helper()
	p, err := launch(t, version, env)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// launch starts a node and comes back when it answers.
func launch(t *testing.T, version string, env []string) (*process, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	host := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, err
	}
	said, err := os.Create(filepath.Join(t.TempDir(), "said"))
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = said.Close() })
	p := &process{version: version, address: &url.URL{Scheme: "http", Host: host}, said: said}
	p.cmd = exec.Command(os.Args[0]) //nolint:gosec // this very program
	if build := os.Getenv("HOUVAST_TEST_PREVIOUS"); build != "" && version == "old" {
		p.cmd = exec.Command(build, "serve") //nolint:gosec // the program that the caller built
	}
	p.cmd.Env = append(append(os.Environ(), env...), role+"="+version, "HOUVAST_LISTEN="+host)
	p.cmd.Stderr = said
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "answers on") {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return p, nil
		}
	}
	return nil, fmt.Errorf("a node of %s does not start: %s", version, p.words())
}

func (p *process) words() string {
	b, err := os.ReadFile(p.said.Name())
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-4000):])
}

// stop asks a node to stop, and waits until it has.
func (p *process) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("a node of %s did not stop well: %v\n%s", p.version, err, p.words())
	}
}

// balancer is a load balancer as small as can be: it asks every node whether
// it is ready and sends requests to those that are, in turn. It never sends
// one twice.
type balancer struct {
	*httptest.Server
	proxy *httputil.ReverseProxy
	turn  atomic.Int64

	mu    sync.Mutex
	nodes map[*process]bool // those it knows, and whether they are ready
}

type chosen struct{}

func newBalancer(t *testing.T) *balancer {
	t.Helper()
	b := &balancer{nodes: map[*process]bool{}}
	b.proxy = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(r.In.Context().Value(chosen{}).(*url.URL))
			r.Out.GetBody = nil
		},
		// No connection is used twice: http.Transport would send a request again
		// by itself when one turned out to be closed.
		Transport: &http.Transport{DisableKeepAlives: true},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusBadGateway)
		},
	}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to := b.pick()
		if to == nil {
			http.Error(w, "no node is ready", http.StatusBadGateway)
			return
		}
		b.proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), chosen{}, to)))
	}))
	watching, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for watching.Err() == nil {
			b.look()
			time.Sleep(50 * time.Millisecond)
		}
	})
	t.Cleanup(func() { stop(); wg.Wait(); b.Close() })
	return b
}

func (b *balancer) pick() *url.URL {
	b.mu.Lock()
	defer b.mu.Unlock()
	var ready []*url.URL
	for p, ok := range b.nodes {
		if ok {
			ready = append(ready, p.address)
		}
	}
	if len(ready) == 0 {
		return nil
	}
	return ready[int(b.turn.Add(1))%len(ready)]
}

func (b *balancer) look() {
	b.mu.Lock()
	var list []*process
	for p := range b.nodes {
		list = append(list, p)
	}
	b.mu.Unlock()
	for _, p := range list {
		res, err := http.Get(p.address.String() + "/readyz")
		ok := err == nil && res.StatusCode == http.StatusOK
		if err == nil {
			_ = res.Body.Close()
		}
		b.mu.Lock()
		if _, known := b.nodes[p]; known {
			b.nodes[p] = ok
		}
		b.mu.Unlock()
	}
}

// in adds a node and waits until requests go there; out forgets it.
func (b *balancer) in(t *testing.T, p *process) {
	t.Helper()
	b.mu.Lock()
	b.nodes[p] = false
	b.mu.Unlock()
	for limit := time.Now().Add(30 * time.Second); time.Now().Before(limit); time.Sleep(20 * time.Millisecond) {
		b.mu.Lock()
		ready := b.nodes[p]
		b.mu.Unlock()
		if ready {
			return
		}
	}
	t.Fatalf("a node of %s never becomes ready: %s", p.version, p.words())
}

func (b *balancer) out(p *process) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.nodes, p)
}

// load writes and reads through the balancer until it is told to stop.
type load struct {
	call   caller
	house  practice
	wrote  atomic.Int64
	read   atomic.Int64
	mu     sync.Mutex
	failed []string
	wg     sync.WaitGroup
	stop   chan struct{}
}

func (l *load) begin(writers, readers int) {
	l.stop = make(chan struct{})
	due := time.Now().Add(30 * time.Hour)
	run := func(one func() error) {
		l.wg.Go(func() {
			for {
				select {
				case <-l.stop:
					return
				case <-time.After(10 * time.Millisecond):
				}
				if err := one(); err != nil {
					l.mu.Lock()
					l.failed = append(l.failed, err.Error())
					l.mu.Unlock()
				}
			}
		})
	}
	for i := range writers {
		n := 0
		run(func() error {
			n++
			a, err := l.call.call(ctx, http.MethodPost, "/cases", fmt.Sprintf("roll-%d-%d", i, n), l.house.question("Vraag tijdens de wissel", due))
			if err == nil && a.status >= 300 {
				err = fmt.Errorf("POST: %d %s", a.status, a.body)
			}
			if err != nil {
				return err
			}
			l.wrote.Add(1)
			return nil
		})
	}
	for range readers {
		run(func() error {
			a, err := l.call.call(ctx, http.MethodGet, "/cases?limit=5", "", nil)
			if err == nil && a.status >= 300 {
				err = fmt.Errorf("GET: %d %s", a.status, a.body)
			}
			if err == nil {
				l.read.Add(1)
			}
			return err
		})
	}
}

func (l *load) end() {
	close(l.stop)
	l.wg.Wait()
}

// TestOneVersionTakesThePlaceOfAnother: two nodes of the version before, then
// two of the next with one migration more, one after the other under constant
// load. No request fails, and a node of the version before can still start.
//
// HOUVAST_TEST_PREVIOUS may name a program of the version before (make roll
// builds it); without it that is this tree without the migration.
func TestOneVersionTakesThePlaceOfAnother(t *testing.T) {
	p := server(t)
	env := []string{"HOUVAST_DB_URL=" + kittest.WithSchema(p.dsn, p.schema), "HOUVAST_PUBLIC_URL=http://127.0.0.1:8410", "HOUVAST_LOG_LEVEL=warn",
		"HOUVAST_STOP_DELAY=1", "HOUVAST_BACKUP_DIR=" + t.TempDir()}
	var old [2]*process
	var failed [2]error
	var wg sync.WaitGroup
	for i := range old { // both on an empty database at once
		wg.Go(func() { old[i], failed[i] = launch(t, "old", env) })
	}
	wg.Wait()
	if err := errors.Join(failed[:]...); err != nil {
		t.Fatal(err)
	}
	b := newBalancer(t)
	for _, n := range old {
		b.in(t, n)
	}
	cfg, err := p.config()
	if err != nil {
		t.Fatal(err)
	}
	d, err := app.OpenDB(ctx, app.Options{Config: cfg, Schema: p.schema})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close() //nolint:errcheck // read only by then
	house := newPractice(t, d)
	l := &load{call: caller{b.Client(), b.URL, house.Key}, house: house}
	l.begin(2, 2)
	settle := func() { time.Sleep(300 * time.Millisecond) }
	settle()
	for i := range old {
		fresh := start(t, "new", env)
		b.in(t, fresh)
		settle()
		if i == 0 { // the older version may start again on what the newer one migrated
			again := start(t, "old", env)
			b.in(t, again)
			settle()
			again.stop(t)
			b.out(again)
		}
		old[i].stop(t)
		b.out(old[i])
		settle()
	}
	l.end()
	for i, f := range l.failed {
		if i < 5 {
			t.Error(f)
		}
	}
	t.Logf("%d writes and %d reads while two nodes were replaced; %d failed", l.wrote.Load(), l.read.Load(), len(l.failed))
	if l.wrote.Load() < 20 || l.read.Load() < 20 {
		t.Error("hardly anything was asked of them")
	}
	kept(t, d, house.Org, l.wrote.Load())
}

// kept looks whether everything that was acknowledged is there, once.
func kept(t *testing.T, d *db.DB, org string, wrote int64) {
	t.Helper()
	var cases int64
	if err := d.Read(ctx, func(q db.Q) (err error) {
		cases, err = db.Get[int64](q, `SELECT COUNT(*) FROM case_file WHERE org_id = $1`, org)
		return err
	}); err != nil || cases != wrote {
		t.Errorf("%d cases were acknowledged, %s are there (%v)", wrote, strconv.FormatInt(cases, 10), err)
	}
	reports, err := ledger.Verify(ctx, d, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reports {
		if r.Bad != nil {
			t.Errorf("the chain of %s is bad: %+v", r.Org, r.Bad)
		}
	}
}
