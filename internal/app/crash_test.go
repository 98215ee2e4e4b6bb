package app

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/mail/mailtest"
)

// crashes is how often the servers are killed, over both databases together.
// HOUVAST_TEST_CRASHES changes it.
func crashes(t *testing.T) int {
	t.Helper()
	s := os.Getenv("HOUVAST_TEST_CRASHES")
	if s == "" {
		return 200
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 2 {
		t.Fatalf("HOUVAST_TEST_CRASHES=%s is no number of at least 2", s)
	}
	return n
}

// crashSeed is the seed of what the clients do and when the server dies.
// HOUVAST_TEST_SEED repeats a run as far as a machine allows.
func crashSeed(t *testing.T) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if s := os.Getenv("HOUVAST_TEST_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("HOUVAST_TEST_SEED=%d", seed)
	return seed
}

// A real server, under load, killed at random moments and started again: every
// acknowledged write is there, no message was sent twice, every invariant
// holds and the record verifies.
func TestKilledUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills a real server many times: not with -short")
	}
	seed, lives := crashSeed(t), crashes(t)/2
	program := filepath.Join(t.TempDir(), "houvast")
	if out, err := exec.Command("go", "build", "-o", program, "github.com/houvast/houvast/cmd/houvast").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	bases(t, func(t *testing.T, address string) {
		c := &crashing{t: t, program: program, rand: rand.New(rand.NewPCG(seed, 1)), cases: map[string]*known{}}
		c.smtp = mailtest.Start(t, mailtest.Options{})
		c.smtp.Fail(mailtest.Faults{Delay: 3 * time.Millisecond}) // so that it dies while sending, too
		c.port = freePort(t)
		c.env = append(environ(address), "HOUVAST_LISTEN=127.0.0.1:"+strconv.Itoa(c.port), "HOUVAST_MAIL_HOST="+c.smtp.Host(),
			"HOUVAST_MAIL_PORT="+strconv.Itoa(c.smtp.Port()), "HOUVAST_MAIL_TLS=none", "HOUVAST_MAIL_FROM=Huis <vragen@example.nl>")
		first := inside(t, c.env, nil, nil)
		c.orgs = []*tenant{newTenant(t, first, "Linde", org.Practice), newTenant(t, first, "Oost", org.Hospital)}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		c.run(lives, seed)
		c.check()
	})
}

// known is what the clients know of a case that was acknowledged.
type known struct {
	mu       sync.Mutex // one client at a time
	org      *tenant
	id       string
	subject  string
	promises map[string]int // open promise → the version that was acknowledged
	ended    map[string]int // ended promise → version
	contacts int
	unsure   int               // contact moments that may be there
	handoffs map[string]string // id → the last state that was acknowledged
}

type crashing struct {
	t       *testing.T
	program string
	env     []string
	port    int
	smtp    *mailtest.Server
	orgs    []*tenant
	rand    *rand.Rand

	mu    sync.Mutex
	cases map[string]*known
	list  []*known

	acknowledged, unsure, refused atomic.Int64
	maybe                         sync.Map // subject → tenant: nobody knows whether it was opened
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // only asked for a number
	return l.Addr().(*net.TCPAddr).Port
}

// start starts the server and comes back when it answers.
func (c *crashing) start() (cmd *exec.Cmd, took time.Duration) {
	c.t.Helper()
	begin := clock.Machine.Now()
	cmd = exec.Command(c.program, "serve")
	cmd.Env = c.env
	out, err := cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "answers on") {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return cmd, clock.Machine.Since(begin)
		}
	}
	_ = cmd.Wait()
	c.t.Fatalf("the server did not start: %s", said.String())
	return nil, 0
}

func (c *crashing) run(lives int, seed uint64) {
	ctx, stop := context.WithCancel(context.Background())
	var clients sync.WaitGroup
	for i := range 6 {
		w := &visitor{c: c, rand: rand.New(rand.NewPCG(seed, uint64(100+i))), number: i,
			client: client{http: &http.Client{Timeout: 10 * time.Second}, base: fmt.Sprintf("http://127.0.0.1:%d/api/v1", c.port)}}
		clients.Go(func() { w.run(ctx) })
	}
	var slowest, total time.Duration
	begin := clock.Machine.Now()
	for life := range lives {
		cmd, took := c.start()
		slowest, total = max(slowest, took), total+took
		clock.Machine.Sleep(ctx, time.Duration(200+c.rand.IntN(800))*time.Millisecond)
		if err := cmd.Process.Kill(); err != nil { // SIGKILL
			c.t.Fatalf("life %d: %v", life, err)
		}
		_ = cmd.Wait()
	}
	stop()
	clients.Wait()
	c.t.Logf("%d lives in %s; start-up %s on average, at most %s; %d writes acknowledged, %d cut off, %d refused; %d messages arrived",
		lives, clock.Machine.Since(begin).Round(time.Second), (total / time.Duration(lives)).Round(time.Millisecond), slowest.Round(time.Millisecond),
		c.acknowledged.Load(), c.unsure.Load(), c.refused.Load(), len(c.smtp.Received()))
}

// visitor is one client.
type visitor struct {
	c      *crashing
	client client
	rand   *rand.Rand
	number int
	nth    int
}

func (v *visitor) run(ctx context.Context) {
	for ctx.Err() == nil {
		k := v.pick()
		if k == nil || v.rand.IntN(4) == 0 {
			v.open(ctx)
			continue
		}
		k.mu.Lock()
		switch n := v.rand.IntN(10); {
		case n < 2:
			v.make(ctx, k)
		case n < 6:
			v.keep(ctx, k)
		case n < 8:
			v.contact(ctx, k)
		default:
			v.handoff(ctx, k)
		}
		k.mu.Unlock()
	}
}

// pick takes one of the newest cases, so that clients meet.
func (v *visitor) pick() *known {
	v.c.mu.Lock()
	defer v.c.mu.Unlock()
	if len(v.c.list) == 0 {
		return nil
	}
	return v.c.list[max(0, len(v.c.list)-1-v.rand.IntN(20))]
}

// do calls until somebody answers: a request whose answer was lost is sent
// again with its Idempotency-Key, and must not be done a second time. When the
// server died in the middle of it nobody knows what became of it: Status 0.
func (v *visitor) do(ctx context.Context, token, path string, body any) (answer, bool) {
	v.nth++
	key := fmt.Sprintf("v%d-%d", v.number, v.nth)
	for {
		a, err := v.client.call(ctx, http.MethodPost, path, token, key, body)
		switch {
		case ctx.Err() != nil:
			return answer{}, false
		case err != nil:
			clock.Machine.Sleep(ctx, 5*time.Millisecond)
		case a.Status == http.StatusServiceUnavailable:
			clock.Machine.Sleep(ctx, 20*time.Millisecond)
		case strings.HasPrefix(a.problem(), "idempotency-"):
			v.c.unsure.Add(1)
			return answer{}, false
		case a.ok():
			v.c.acknowledged.Add(1)
			return a, true
		case a.Status >= 500:
			v.c.t.Errorf("POST %s: %d %s", path, a.Status, a.Body)
			return a, false
		default:
			v.c.refused.Add(1)
			return a, false
		}
	}
}

func (v *visitor) promise(d time.Duration) map[string]any {
	v.nth++
	return map[string]any{"what": fmt.Sprintf("Antwoord %d-%d", v.number, v.nth), "due_at": soon(d), "spoken": v.rand.IntN(3) == 0}
}

// later is mostly well ahead, and sometimes so near that the watch breaks it.
func (v *visitor) later() time.Duration {
	if v.rand.IntN(6) == 0 {
		return time.Duration(300+v.rand.IntN(2000)) * time.Millisecond
	}
	return 2 * time.Hour
}

func (v *visitor) key(x *tenant) string {
	return x.Keys[[]string{"desk", "specialist", "manager"}[v.rand.IntN(3)]]
}

type promiseSeen struct {
	ID      string `json:"id"`
	State   string `json:"state"`
	Version int    `json:"version"`
}

func (v *visitor) open(ctx context.Context) {
	x := v.c.orgs[v.rand.IntN(len(v.c.orgs))]
	v.nth++
	k := &known{org: x, subject: fmt.Sprintf("Vraag %d-%d", v.number, v.nth), promises: map[string]int{}, ended: map[string]int{}, handoffs: map[string]string{}}
	v.c.maybe.Store(k.subject, x)
	a, ok := v.do(ctx, v.key(x), "/cases", map[string]any{"person_id": x.People[v.rand.IntN(len(x.People))], "subject": k.subject, "channel": "phone", "promise": v.promise(v.later())})
	if !ok {
		return
	}
	var got struct {
		ID      string      `json:"id"`
		Promise promiseSeen `json:"promise"`
		Case    struct {
			ID string `json:"id"`
		} `json:"case"`
	}
	if err := a.into(&got); err != nil || got.ID == "" {
		v.c.t.Errorf("opened %s: %v", a.Body, err)
		return
	}
	k.id, k.contacts = got.ID, 1
	if got.Promise.ID != "" {
		k.promises[got.Promise.ID] = got.Promise.Version
	}
	v.c.mu.Lock()
	defer v.c.mu.Unlock()
	v.c.cases[k.id] = k
	v.c.list = append(v.c.list, k)
}

func (v *visitor) make(ctx context.Context, k *known) {
	a, ok := v.do(ctx, v.key(k.org), "/cases/"+k.id+"/promises", v.promise(v.later()))
	var p promiseSeen
	if ok && a.into(&p) == nil {
		k.promises[p.ID] = p.Version
	}
}

func (v *visitor) keep(ctx context.Context, k *known) {
	for id := range k.promises {
		a, ok := v.do(ctx, v.key(k.org), "/promises/"+id+"/keep", map[string]any{"note": "Het is gelukt", "spoken": v.rand.IntN(2) == 0,
			"next": map[string]any{"promise": v.promise(v.later())}})
		var p promiseSeen
		switch {
		case ok && a.into(&p) == nil:
			k.ended[id] = p.Version
			delete(k.promises, id)
		case a.problem() == "promise-ended", a.Status == 0:
			delete(k.promises, id) // the watch was first, or nobody knows
		}
		return
	}
}

func (v *visitor) contact(ctx context.Context, k *known) {
	if a, ok := v.do(ctx, v.key(k.org), "/cases/"+k.id+"/contacts", map[string]any{"direction": "in", "channel": "phone", "said": "Ik bel nog eens"}); ok {
		k.contacts++
	} else if a.Status == 0 {
		k.unsure++
	}
}

func (v *visitor) handoff(ctx context.Context, k *known) {
	var h struct {
		ID    string `json:"id"`
		State string `json:"state"`
	}
	for id, state := range k.handoffs {
		if state == "offered" {
			if a, ok := v.do(ctx, k.org.Keys["manager"], "/handoffs/"+id+"/accept", map[string]any{}); ok && a.into(&h) == nil {
				k.handoffs[id] = h.State
			} else {
				delete(k.handoffs, id)
			}
			return
		}
	}
	to := k.org.Members[[]actor.Role{actor.Desk, actor.Specialist, actor.Manager}[v.rand.IntN(3)]].ID
	if a, ok := v.do(ctx, v.key(k.org), "/handoffs", map[string]any{"case_id": k.id, "to": to, "note": "Wil jij dit doen?"}); ok && a.into(&h) == nil {
		k.handoffs[h.ID] = h.State
	}
}

// check looks at what is left, in a house of this process whose clock stands a
// quarter of an hour ahead, so that every lease has ended and all work is done.
func (c *crashing) check() {
	t := c.t
	t.Helper()
	ctx := context.Background()
	a := inside(t, c.env, clock.Real{Offset: 15 * time.Minute}, nil)
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	c.smtp.Fail(mailtest.Faults{})
	if err := a.Settle(ctx); err != nil {
		t.Fatal("it does not come to rest:", err)
	}
	if c.acknowledged.Load() < 10 || len(c.smtp.Received()) < 5 {
		t.Errorf("too little happened to mean anything: %d writes, %d messages", c.acknowledged.Load(), len(c.smtp.Received()))
	}
	if err := a.DB.Read(ctx, c.written); err != nil {
		t.Fatal(err)
	}
	c.once(ctx, a)
	var rows int64
	for _, check := range a.Checks() {
		if err := a.DB.Read(ctx, func(q db.Q) error {
			n, wrong, err := check.Run(q)
			rows += n
			for _, w := range wrong {
				t.Errorf("invariant %d, %s: %s", check.Invariant, check.Name, w)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	}
	reports, err := ledger.Verify(ctx, a.DB, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reports {
		if r.Bad != nil || r.Unsealed != 0 {
			t.Errorf("the record of %s: %+v %+v", r.Org, r, r.Bad)
		}
	}
	// And once more as somebody would from the command line.
	verify := exec.Command(c.program, "verify")
	verify.Env = c.env
	if out, err := verify.CombinedOutput(); err != nil {
		t.Errorf("houvast verify: %v\n%s", err, out)
	}
	t.Logf("%d cases, %d rows checked", len(c.cases), rows)
}

// written looks for everything that was acknowledged.
func (c *crashing) written(q db.Q) error {
	for id, k := range c.cases {
		got, err := casefile.ByID(q, k.org.Org, id)
		if err != nil {
			c.t.Errorf("case %s was acknowledged: %v", id, err)
			continue
		}
		if got.Subject != k.subject {
			c.t.Errorf("case %s is %q, was %q", id, got.Subject, k.subject)
		}
		ps, err := promise.OfCase(q, k.org.Org, id)
		if err != nil {
			return err
		}
		byID := map[string]promise.Promise{}
		for _, p := range ps {
			byID[p.ID] = p
		}
		for pid, version := range k.promises {
			if p, ok := byID[pid]; !ok || p.Version < version {
				c.t.Errorf("promise %s was acknowledged at version %d: %+v", pid, version, p)
			}
		}
		for pid, version := range k.ended {
			if p := byID[pid]; p.State != promise.Kept && p.State != promise.Broken || p.Version < version {
				c.t.Errorf("promise %s was acknowledged as ended at version %d: %+v", pid, version, p)
			}
		}
		n, err := casefile.CountContacts(q, k.org.Org, id, casefile.In)
		if err != nil {
			return err
		}
		if int(n) < k.contacts || int(n) > k.contacts+k.unsure {
			c.t.Errorf("case %s has %d contact moments, %d were acknowledged", id, n, k.contacts)
		}
		for hid, state := range k.handoffs {
			now, ok, err := db.Find[string](q, `SELECT state FROM handoff WHERE org_id = $1 AND handoff_id = $2`, k.org.Org, hid)
			if err != nil || !ok || state == "accepted" && now != "accepted" {
				c.t.Errorf("handoff %s was acknowledged as %s, is %q: %v", hid, state, now, err)
			}
		}
	}
	// What was asked again after its answer was lost was done once.
	var err error
	c.maybe.Range(func(subject, x any) bool {
		var n int64
		if n, err = db.Get[int64](q, `SELECT COUNT(*) FROM case_file WHERE org_id = $1 AND subject = $2`, x.(*tenant).Org, subject); n > 1 {
			c.t.Errorf("%s was opened %d times", subject, n)
		}
		return err == nil
	})
	return err
}

// once looks for what was said twice: by Message-ID, and by what it was about.
func (c *crashing) once(ctx context.Context, a *App) {
	t := c.t
	t.Helper()
	for _, id := range c.smtp.Duplicates() {
		t.Errorf("%s arrived %d times", id, c.smtp.Copies(id))
	}
	type sent struct {
		Org    string `db:"org_id"`
		ID     string `db:"message_id"`
		Intent string `db:"intent"`
		State  string `db:"state"`
	}
	var rows []sent
	if err := a.DB.Read(ctx, func(q db.Q) (err error) {
		rows, err = db.Select[sent](q, `SELECT org_id, message_id, intent, state FROM message`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	byID := map[string]sent{}
	states := map[string]int{}
	for _, r := range rows {
		byID[r.ID] = r
		states[r.State]++
		if r.State == "sending" {
			t.Errorf("message %s is still being sent, says the store", r.ID)
		}
	}
	intents := map[string]string{}
	for _, m := range c.smtp.Received() {
		id, _, _ := strings.Cut(m.MessageID, "@")
		r, ok := byID[id]
		if !ok {
			if m.Subject != "" && !strings.HasPrefix(id, "msg_") {
				continue // to the administrator
			}
			t.Errorf("%s arrived and is not in the store", m.MessageID)
			continue
		}
		if r.State == "queued" || r.State == "failed" || r.State == "recalled" {
			t.Errorf("%s arrived, and the store says %s", id, r.State)
		}
		if other, twice := intents[r.Org+r.Intent]; twice && other != id {
			t.Errorf("%s was said twice: %s and %s", r.Intent, other, id)
		}
		intents[r.Org+r.Intent] = id
	}
	t.Log("messages:", states)
	if states["accepted"]+states["delivered"] == 0 {
		t.Error("nothing was sent at all")
	}
}
