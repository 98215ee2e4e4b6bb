package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

// house is one installation under attack.
type house struct {
	run     *run
	row     *Row
	base    string
	name    string // of the database and a number
	dir     string // of its files
	address string // of the database, as the harness itself reaches it
	env     []string
	nodes   []*node
	sink    *sink
	journal *journal
	tenants []*tenant
	pause   time.Duration // between two things that a visitor does, at most
	offset  atomic.Int64  // of the house's clock, in nanoseconds
	movable string        // the file that moves its clock, when it is movable

	customers atomic.Int64 // messages that customers wrote by their link
	loads     int
	probes    int

	mu   sync.Mutex
	list []*known

	absent *node // was taken away: hardly anybody asks it meanwhile
}

// tenant is one organisation with a key of every role.
type tenant struct {
	id      string
	keys    map[string]string // by role, as the header wants it
	members map[string]string
	people  []string
}

const birthDate = "1980-01-02"

func (x *tenant) key(r *rand.Rand) string {
	return x.keys[[]string{"desk", "specialist", "manager"}[r.IntN(3)]]
}

// plan is how a house differs from the usual one.
type plan struct {
	dir     string // where the SQLite file is; default: beside the others
	movable bool   // a clock that can be moved
	offset  time.Duration
	node    []string // PostgreSQL: the addresses that nodes use; default one node, directly
	address string   // PostgreSQL: how the harness reaches it; default: a new database of the usual cluster
}

// newHouse makes a house with two organisations and starts its nodes.
func (r *run) newHouse(ctx context.Context, row *Row, p plan) (h *house, err error) {
	h = &house{run: r, row: row, base: row.Base, name: r.nextHouse(row.Base), journal: newJournal(), pause: 8 * time.Millisecond}
	h.dir = filepath.Join(r.dir, "house-"+h.name)
	if err := os.MkdirAll(h.dir, 0o755); err != nil { //nolint:gosec // nothing secret
		return nil, err
	}
	if h.sink, err = newSink(r.random("mail", h.name)); err != nil {
		return nil, err
	}
	defer func(built *house) {
		if err != nil {
			built.close()
		}
	}(h)
	addresses := p.node
	switch {
	case h.base == sqlite:
		if p.dir == "" {
			p.dir = h.dir
		}
		h.address = filepath.Join(p.dir, "houvast.db")
	case p.address != "":
		h.address = p.address
	default:
		if h.address, err = r.newDatabase(ctx); err != nil {
			return nil, err
		}
	}
	if len(addresses) == 0 {
		addresses = []string{h.address}
	}
	h.env = append(os.Environ(), "HOUVAST_PUBLIC_URL=http://127.0.0.1:8410", "HOUVAST_LOG_LEVEL=error", "HOUVAST_LOG_FORMAT=text", "HOUVAST_TRUSTED_PROXIES=127.0.0.1",
		"HOUVAST_BACKUP_DIR="+filepath.Join(h.dir, "backups"),
		"HOUVAST_MAIL_HOST=127.0.0.1", "HOUVAST_MAIL_PORT="+strconv.Itoa(h.sink.port), "HOUVAST_MAIL_TLS=none", "HOUVAST_MAIL_FROM=Huis <vragen@example.nl>")
	start := []string{r.Program, "serve"}
	if p.movable {
		h.movable = filepath.Join(h.dir, "clock")
		start = []string{r.Self, "serve", h.movable}
		if err := h.move(p.offset); err != nil {
			return nil, err
		}
	}
	for _, a := range addresses {
		n := &node{command: start, env: append(append([]string{}, h.env...), databaseVariable(h.base)+"="+a)}
		if n.port, err = freePort(ctx); err != nil {
			return nil, err
		}
		h.nodes = append(h.nodes, n)
	}
	h.env = append(h.env, databaseVariable(h.base)+"="+h.address)
	key, err := command(ctx, h.env, r.Program, "key", "installer", "chaos")
	if err != nil {
		return nil, fmt.Errorf("make a key: %w: %s", err, key)
	}
	for _, n := range h.nodes {
		if _, err := n.start(ctx); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"Linde", "Oost"} {
		x, err := h.furnish(ctx, lastLine(key), name)
		if err != nil {
			return nil, fmt.Errorf("furnish: %w", err)
		}
		h.tenants = append(h.tenants, x)
	}
	return h, nil
}

func lastLine(s string) string { return s[strings.LastIndexByte(s, '\n')+1:] }

func databaseVariable(base string) string {
	if base == postgres {
		return "HOUVAST_DB_URL"
	}
	return "HOUVAST_DB_PATH"
}

// furnish makes an organisation through the API, open and mailing at any hour.
func (h *house) furnish(ctx context.Context, installer, name string) (*tenant, error) {
	c := &http.Client{Timeout: 20 * time.Second}
	defer c.CloseIdleConnections()
	post := func(token, path string, body, into any) error {
		a, err := send(ctx, c, h.nodes[0].base(), request{method: http.MethodPost, path: path, token: "Bearer " + token, body: body})
		if err == nil && !a.ok() {
			err = fmt.Errorf("POST %s: %d %.300s\n%s", path, a.status, a.body, h.said())
		}
		if err != nil {
			return err
		}
		return a.into(into)
	}
	cal, settings := workcal.Calendar{Zone: workcal.DefaultZone}, org.Defaults()
	for d := range cal.Week {
		cal.Week[d] = []workcal.Interval{{From: 0, To: 24 * 60}}
	}
	settings.QuietUntil = settings.QuietFrom
	var made struct {
		Organisation  struct{ ID string }
		Administrator struct{ ID string }
	}
	if err := post(installer, "/organisations", map[string]any{"name": name, "kind": "practice", "phone": "+31205550100", "calendar": cal,
		"settings": settings, "administrator": map[string]any{"name": "Ada van " + name, "role": "administrator"}}, &made); err != nil {
		return nil, err
	}
	x := &tenant{id: made.Organisation.ID, keys: map[string]string{}, members: map[string]string{"administrator": made.Administrator.ID}}
	admin, err := h.firstKey(ctx, x)
	if err != nil {
		return nil, err
	}
	for _, role := range []string{"desk", "specialist", "manager"} {
		var m struct{ ID string }
		if err := post(admin, "/members", map[string]any{"name": "Lid " + role + " van " + name, "role": role}, &m); err != nil {
			return nil, err
		}
		x.members[role] = m.ID
		var k struct{ Token string }
		if err := post(admin, "/api-keys", map[string]any{"kind": "member", "name": "sleutel " + role, "member_id": m.ID}, &k); err != nil {
			return nil, err
		}
		x.keys[role] = "Bearer " + k.Token
	}
	var team struct{ ID string }
	if err := post(admin, "/teams", map[string]any{"name": "Balie van " + name, "duty_member_id": x.members["desk"]}, &team); err != nil {
		return nil, err
	}
	desk := strings.TrimPrefix(x.keys["desk"], "Bearer ")
	for i := range 6 {
		var p struct{ Person struct{ ID string } }
		if err := post(desk, "/people", map[string]any{"name": fmt.Sprintf("Klant%d %s", i, name), "birth_date": birthDate, "contact_points": []any{
			map[string]any{"kind": "email", "value": fmt.Sprintf("klant%d.%s@example.nl", i, x.id), "verified": true},
			map[string]any{"kind": "phone", "value": fmt.Sprintf("+3120555%04d", 200+i)}}}, &p); err != nil {
			return nil, err
		}
		x.people = append(x.people, p.Person.ID)
	}
	return x, nil
}

// tenantOf finds whose customer has an address.
func (h *house) tenantOf(address string) *tenant {
	for _, x := range h.tenants {
		if strings.Contains(address, x.id) {
			return x
		}
	}
	return nil
}

// now is the time of the house's own clock.
func (h *house) now() time.Time { return clock.Real{Offset: time.Duration(h.offset.Load())}.Now() }

// move moves the house's clock to an offset of the machine's.
func (h *house) move(offset time.Duration) error {
	b, err := json.Marshal(offset)
	if err != nil {
		return err
	}
	if err := os.WriteFile(h.movable+".new", b, 0o600); err != nil {
		return err
	}
	h.offset.Store(int64(offset))
	return os.Rename(h.movable+".new", h.movable)
}

// know adds a question to those worked on.
func (h *house) know(k *known) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.list = append(h.list, k); len(h.list) > 64 {
		h.list = h.list[len(h.list)-32:]
	}
}

// pick takes one of the newest questions, so that visitors meet.
func (h *house) pick(r *rand.Rand) *known {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.list) == 0 {
		return nil
	}
	return h.list[max(0, len(h.list)-1-r.IntN(20))]
}

// someNode is whom a visitor asks, as a load balancer would choose: one that was
// taken away only now and then.
func (h *house) someNode(r *rand.Rand) *node {
	h.mu.Lock()
	absent := h.absent
	h.mu.Unlock()
	n := h.nodes[r.IntN(len(h.nodes))]
	if n == absent && r.IntN(10) > 0 {
		n = h.nodes[r.IntN(len(h.nodes))]
	}
	return n
}

// said is the end of what the nodes wrote to their logs.
func (h *house) said() (s string) {
	for i, n := range h.nodes {
		n.mu.Lock()
		if n.said != nil {
			s += fmt.Sprintf("node %d: %s\n", i+1, lastBytes(n.said.String(), 1200))
		}
		n.mu.Unlock()
	}
	return s
}

// saidOf is what the logs say of one answer.
func (h *house) saidOf(a answer) string {
	var p struct{ Instance string }
	if a.into(&p) != nil || p.Instance == "" {
		return h.said()
	}
	for _, n := range h.nodes {
		n.mu.Lock()
		text := ""
		if n.said != nil {
			text = n.said.String()
		}
		n.mu.Unlock()
		for line := range strings.Lines(text) {
			if strings.Contains(line, p.Instance) {
				return line
			}
		}
	}
	return h.said()
}

func lastBytes(s string, n int) string { return s[max(0, len(s)-n):] }

// stop stops all nodes politely.
func (h *house) stop() (err error) {
	for _, n := range h.nodes {
		err = errors.Join(err, n.stop())
	}
	return err
}

// close ends everything at once.
func (h *house) close() {
	if why := h.journal.reasons(); why != "" {
		h.row.note("house %s refused: %s", h.name, why)
	}
	for _, n := range h.nodes {
		_ = n.kill()
	}
	if h.sink != nil {
		h.sink.close()
	}
}

// limit is how long a house may take until it works again by itself.
const limit = 60 * time.Second

// recovers sees whether a question is taken again, its facts are sealed and
// its message is mailed, without anybody's help.
func (h *house) recovers(ctx context.Context) { h.recoversOn(ctx, h.nodes, "afterwards") }

// recoversOn asks some of the nodes.
func (h *house) recoversOn(ctx context.Context, nodes []*node, when string) {
	for _, n := range nodes {
		begin := clock.Machine.Now()
		took, mailed, err := h.probe(ctx, n, begin)
		if err != nil {
			h.row.wrong("a node does not work by itself %s: %v\n%s", when, err, h.said())
			continue
		}
		h.row.mu.Lock()
		h.row.Recoveries++
		h.row.Recovered, h.row.MailAgain = max(h.row.Recovered, took), max(h.row.MailAgain, mailed)
		h.row.mu.Unlock()
	}
}

// probe opens one question and waits for its message.
func (h *house) probe(ctx context.Context, n *node, begin time.Time) (took, mailed time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	h.probes++
	x, c := h.tenants[h.probes%len(h.tenants)], &http.Client{Timeout: 5 * time.Second}
	defer c.CloseIdleConnections()
	subject := fmt.Sprintf("Proef %s-%d", h.name, h.probes)
	h.journal.ask(subject, aCase)
	last := errors.New("nobody answered")
	var got struct {
		ID      string `json:"id"`
		Promise struct {
			ID string `json:"id"`
		} `json:"promise"`
	}
	for got.ID == "" {
		a, err := send(ctx, c, n.base(), request{method: http.MethodPost, path: "/cases", token: x.keys["desk"], key: subject, body: map[string]any{
			"person_id": x.people[len(x.people)-1], "subject": subject, "channel": "phone",
			"promise": map[string]any{"what": "Wij zoeken het uit", "due_at": h.now().Add(3 * time.Hour).Format(time.RFC3339)}}})
		switch {
		case err != nil:
			last = err
		case a.ok():
			if err := a.into(&got); err != nil || got.ID == "" {
				return 0, 0, fmt.Errorf("%.200s: %w", a.body, err)
			}
		default:
			last = fmt.Errorf("%d %.300s", a.status, a.body)
			if strings.HasPrefix(a.problem(), "idempotency-") { // its first attempt may have been done: no matter
				subject = fmt.Sprintf("%s+", subject)
				h.journal.ask(subject, aCase)
			}
		}
		if ctx.Err() != nil {
			return 0, 0, fmt.Errorf("no question was taken within %s: %w", limit, last)
		}
		rest(ctx, 10*time.Millisecond)
	}
	took = clock.Machine.Since(begin)
	h.journal.acknowledge(entry{org: x.id, what: aCase, id: got.ID, state: subject})
	h.journal.acknowledged.Add(1)
	// Its message: known by id as soon as it is there.
	var m struct {
		Items []struct {
			ID    string `json:"id"`
			State string `json:"state"`
			Code  string `json:"code"`
		} `json:"items"`
	}
	for {
		a, err := send(ctx, c, n.base(), request{method: http.MethodGet, path: "/messages?case_id=" + got.ID, token: x.keys["desk"]})
		if err == nil && a.ok() && a.into(&m) == nil && len(m.Items) > 0 && h.sink.has(m.Items[0].ID) {
			return took, clock.Machine.Since(begin), nil
		}
		if ctx.Err() != nil {
			return took, 0, fmt.Errorf("the message about a question was not mailed within %s: %+v", limit, m.Items)
		}
		rest(ctx, 20*time.Millisecond)
	}
}
