package failover

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cluster is three PostgreSQL servers, their Patronis, and one etcd.
type cluster struct {
	dir     string
	bin     string // of PostgreSQL
	as      *syscall.Credential
	secret  string
	etcd    *exec.Cmd
	etcdAt  [2]int // for clients, for other etcds
	members []*member
	houses  int
}

// member is one server with the Patroni that looks after it.
type member struct {
	name      string
	dir       string
	port, api int
	patroni   *exec.Cmd
}

// settings are those of Patroni that docs/operations.md advises.
var settings = map[string]any{
	"ttl": 20, "loop_wait": 5, "retry_timeout": 5,
	"synchronous_mode": true, "synchronous_mode_strict": true, "failsafe_mode": false,
	"maximum_lag_on_failover": 1 << 20,
	"postgresql": map[string]any{"use_pg_rewind": true, "remove_data_directory_on_rewind_failure": true, "remove_data_directory_on_diverged_timelines": true,
		"parameters": map[string]any{"max_connections": 100, "wal_log_hints": "on", "timezone": "UTC", "unix_socket_directories": ""}},
}

// newCluster starts everything and waits until a leader has a synchronous
// standby. All of it ends with the test.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{secret: rand.Text()}
	for _, program := range []string{"patroni", "patronictl", "etcd"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("needs %s: tools/need postgres patroni", program)
		}
	}
	bins, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	must(t, err)
	if len(bins) == 0 {
		t.Skip("needs a PostgreSQL server: tools/need postgres patroni")
	}
	slices.Sort(bins)
	c.bin = bins[len(bins)-1]
	c.dir, err = os.MkdirTemp("", "houvast-failover.")
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(c.dir)) })
	must(t, os.Chmod(c.dir, 0o755)) //nolint:gosec // the account of the server passes through it
	if os.Getuid() == 0 {           // the server refuses to run as root
		u, err := user.Lookup("postgres")
		must(t, err)
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		must(t, err)
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		must(t, err)
		c.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	t.Cleanup(func() { // in the order that nobody takes over anything
		for _, m := range c.members {
			c.kill(m)
		}
		if c.etcd != nil {
			_ = c.etcd.Process.Kill()
			_ = c.etcd.Wait()
		}
	})
	c.etcdAt = [2]int{port(t), port(t)}
	must(t, c.startEtcd())
	for i := range 3 {
		m := &member{name: "pg" + strconv.Itoa(i+1), port: port(t), api: port(t)}
		m.dir = filepath.Join(c.dir, m.name)
		must(t, c.configure(m))
		c.members = append(c.members, m)
	}
	for i, m := range c.members {
		must(t, c.start(m))
		if i == 0 { // who is first makes the cluster, and the others copy it
			must(t, c.wait(90*time.Second, "a first leader", func() bool { return c.leader() == m }))
		}
	}
	must(t, c.wait(120*time.Second, "a whole cluster", c.whole))
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// port finds a free one below those that outgoing connections take, because
// it must be free again after whoever has it was killed.
func port(t *testing.T) int {
	t.Helper()
	for range 50 {
		n := 20000 + mathrand.IntN(12000)
		if l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(n)); err == nil {
			must(t, l.Close())
			return n
		}
	}
	t.Fatal("no free port")
	return 0
}

// launch starts a program as the account of the server; what it says goes to a file.
func (c *cluster) launch(dir, log string, name string, args ...string) (*exec.Cmd, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as, Setpgid: true}
	cmd.Env = append(os.Environ(), "HOME="+dir, "ETCD_UNSUPPORTED_ARCH="+os.Getenv("ETCD_UNSUPPORTED_ARCH"))
	out, err := os.OpenFile(filepath.Join(c.dir, log), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644) //nolint:gosec // nothing secret
	if err != nil {
		return nil, err
	}
	defer out.Close() //nolint:errcheck // the program has it
	cmd.Stdout, cmd.Stderr = out, out
	return cmd, cmd.Start()
}

// own makes a directory that the account of the server may write in.
func (c *cluster) own(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil || c.as == nil {
		return err
	}
	return os.Chown(dir, int(c.as.Uid), int(c.as.Gid))
}

func (c *cluster) startEtcd() (err error) {
	dir := filepath.Join(c.dir, "etcd")
	if err := c.own(dir); err != nil {
		return err
	}
	client, peer := "http://127.0.0.1:"+strconv.Itoa(c.etcdAt[0]), "http://127.0.0.1:"+strconv.Itoa(c.etcdAt[1])
	c.etcd, err = c.launch(dir, "etcd.log", "etcd", "--name", "etcd1", "--data-dir", filepath.Join(dir, "data"), "--listen-client-urls", client, "--advertise-client-urls", client,
		"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "etcd1="+peer)
	return err
}

func (c *cluster) stopEtcd() error {
	if err := c.etcd.Process.Kill(); err != nil {
		return err
	}
	_ = c.etcd.Wait() // killed
	return nil
}

// configure writes the settings of a member. YAML understands JSON.
func (c *cluster) configure(m *member) error {
	if err := c.own(m.dir); err != nil {
		return err
	}
	here := "127.0.0.1:"
	login := func(name string) map[string]any { return map[string]any{"username": name, "password": c.secret} }
	text, err := json.MarshalIndent(map[string]any{
		"scope": "houvast", "name": m.name,
		"restapi": map[string]any{"listen": here + strconv.Itoa(m.api), "connect_address": here + strconv.Itoa(m.api)},
		"etcd3":   map[string]any{"host": here + strconv.Itoa(c.etcdAt[0])},
		"bootstrap": map[string]any{"dcs": settings, "initdb": []any{map[string]any{"encoding": "UTF8"}, map[string]any{"locale": "C.UTF-8"}, "data-checksums",
			map[string]any{"auth": "scram-sha-256"}}},
		"postgresql": map[string]any{"listen": here + strconv.Itoa(m.port), "connect_address": here + strconv.Itoa(m.port), "data_dir": filepath.Join(m.dir, "data"),
			"bin_dir": c.bin, "pgpass": filepath.Join(m.dir, "pgpass"),
			"pg_hba":         []string{"host all all 127.0.0.1/32 scram-sha-256", "host replication all 127.0.0.1/32 scram-sha-256"},
			"authentication": map[string]any{"superuser": login("houvast"), "replication": login("replicator"), "rewind": login("rewinder")}},
	}, "", " ")
	if err != nil {
		return err
	}
	file := filepath.Join(m.dir, "patroni.yml")
	if err := os.WriteFile(file, text, 0o600); err != nil || c.as == nil {
		return err
	}
	return os.Chown(file, int(c.as.Uid), int(c.as.Gid))
}

func (c *cluster) start(m *member) (err error) {
	m.patroni, err = c.launch(m.dir, m.name+".log", "patroni", filepath.Join(m.dir, "patroni.yml"))
	return err
}

// family are the processes of a member: Patroni, the server and its children.
func (c *cluster) family(m *member) (out []int) {
	if m.patroni != nil {
		out = append(out, m.patroni.Process.Pid)
	}
	if b, err := os.ReadFile(filepath.Join(m.dir, "data", "postmaster.pid")); err == nil {
		first, _, _ := strings.Cut(string(b), "\n")
		// A number that is left in a file may be somebody else's by now.
		if pid, err := strconv.Atoi(strings.TrimSpace(first)); err == nil && c.works(pid, m) {
			out = append(out, pid)
		}
	}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for grown := true; grown; {
		grown = false
		for _, s := range stats {
			b, err := os.ReadFile(s)
			if err != nil {
				continue
			}
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(s)))
			fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
			if parent, _ := strconv.Atoi(fields[1]); slices.Contains(out, parent) && !slices.Contains(out, pid) {
				out, grown = append(out, pid), true
			}
		}
	}
	return out
}

// works says whether a process works in the directory of a member.
func (c *cluster) works(pid int, m *member) bool {
	at, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	return err == nil && strings.HasPrefix(at, m.dir)
}

func (c *cluster) signal(m *member, s syscall.Signal) {
	for _, pid := range c.family(m) {
		_ = syscall.Kill(pid, s) // those that ended meanwhile need none
	}
}

// kill is kill -9 of everything of a member, Patroni first: it would start
// the server again.
func (c *cluster) kill(m *member) {
	c.signal(m, syscall.SIGKILL)
	if m.patroni != nil {
		_ = m.patroni.Wait()
		m.patroni = nil
	}
}

// Seen from Patroni's own addresses.

type state struct {
	Members []struct {
		Name, Role, State string
		Timeline          int
		Lag               any
	}
}

func (m *member) ask(path string, into any) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:"+strconv.Itoa(m.api)+path, nil)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	b, err := io.ReadAll(res.Body)
	err = errors.Join(err, res.Body.Close())
	if into != nil && err == nil {
		err = json.Unmarshal(b, into)
	}
	return res.StatusCode, err
}

// leader is who holds the lock and says so; nil while there is none.
func (c *cluster) leader() *member {
	for _, m := range c.members {
		if status, err := m.ask("/primary", nil); err == nil && status == http.StatusOK {
			return m
		}
	}
	return nil
}

// whole says whether all members follow one leader, one of them synchronously.
func (c *cluster) whole() bool {
	leader := c.leader()
	if leader == nil {
		return false
	}
	var s state
	if status, err := leader.ask("/cluster", &s); err != nil || status != http.StatusOK || len(s.Members) != len(c.members) {
		return false
	}
	roles := map[string]int{}
	for _, m := range s.Members {
		if m.State != "running" && m.State != "streaming" || m.Timeline != s.Members[0].Timeline {
			return false
		}
		if n, ok := m.Lag.(float64); ok && n > 1<<20 || m.Lag == "unknown" {
			return false
		}
		roles[m.Role]++
	}
	return roles["leader"] == 1 && roles["sync_standby"] >= 1
}

func (c *cluster) wait(limit time.Duration, what string, ok func() bool) error {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if ok() {
			return nil
		}
	}
	return fmt.Errorf("%s: not within %s\n%s", what, limit, c.said())
}

// said is the end of what everybody wrote.
func (c *cluster) said() (out string) {
	logs, _ := filepath.Glob(filepath.Join(c.dir, "*.log"))
	for _, l := range logs {
		if b, err := os.ReadFile(l); err == nil {
			out += "── " + filepath.Base(l) + "\n" + string(b[max(0, len(b)-1500):]) + "\n"
		}
	}
	return out
}

// ctl runs patronictl.
func (c *cluster) ctl(args ...string) error {
	cmd := exec.Command("patronictl", append([]string{"-c", filepath.Join(c.members[0].dir, "patroni.yml")}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "LANG=C.UTF-8")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("patronictl %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

// set changes one setting of the cluster while it runs.
func (c *cluster) set(name string, value any) error {
	return c.ctl("edit-config", "--force", "--quiet", "--set", fmt.Sprintf("%s=%v", name, value), "houvast")
}

// address is that of a database on all members, as docs/operations.md advises it.
func (c *cluster) address(database string) string {
	var hosts []string
	for _, m := range c.members {
		hosts = append(hosts, "127.0.0.1:"+strconv.Itoa(m.port))
	}
	return "postgres://houvast:" + c.secret + "@" + strings.Join(hosts, ",") + "/" + database + "?sslmode=disable&target_session_attrs=read-write&connect_timeout=3"
}

// newDatabase makes an empty one.
func (c *cluster) newDatabase() (string, error) {
	c.houses++
	name := "house" + strconv.Itoa(c.houses)
	leader := c.leader()
	if leader == nil {
		return "", errors.New("there is no leader")
	}
	cmd := exec.Command(filepath.Join(c.bin, "createdb"), "-h", "127.0.0.1", "-p", strconv.Itoa(leader.port), "-U", "houvast", name)
	cmd.Env = append(os.Environ(), "PGPASSWORD="+c.secret)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("createdb: %w: %s", err, out)
	}
	return c.address(name), nil
}
