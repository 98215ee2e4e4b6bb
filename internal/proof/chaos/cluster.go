package chaos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// cluster is a PostgreSQL server of the harness's own, that it may stop, break
// and replace.
type cluster struct {
	bin  string
	dir  string // of the server's files; belongs to its account
	data string
	port int
	as   *syscall.Credential // root borrows the account of the Debian package
	args []string            // of the last start

	databases int
}

// serverPassword protects the server from others on this machine: a superuser
// of a server can read files as its account.
const serverUser = "houvast"

func (r *run) server(ctx context.Context) (*cluster, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cluster != nil {
		return r.cluster, nil
	}
	c, err := newCluster(ctx, r.dir, "")
	if err != nil {
		return nil, err
	}
	r.cluster = c
	return c, c.start(ctx)
}

// newDatabase makes an empty database on the usual server and gives its address.
func (r *run) newDatabase(ctx context.Context) (string, error) {
	c, err := r.server(ctx)
	if err != nil {
		return "", err
	}
	return c.newDatabase(ctx)
}

func (c *cluster) newDatabase(ctx context.Context) (string, error) {
	c.databases++
	name := fmt.Sprintf("house%d", c.databases)
	if out, err := c.run(ctx, "createdb", "-h", "127.0.0.1", "-p", strconv.Itoa(c.port), "-U", serverUser, name); err != nil {
		return "", fmt.Errorf("createdb: %w: %s", err, out)
	}
	return c.address(name, c.port), nil
}

// address is how a database is reached, by one port or by several.
func (c *cluster) address(name string, ports ...int) string {
	var hosts []string
	for _, p := range ports {
		hosts = append(hosts, "127.0.0.1:"+strconv.Itoa(p))
	}
	s := "postgres://" + serverUser + ":" + c.password() + "@" + strings.Join(hosts, ",") + "/" + name + "?sslmode=disable&connect_timeout=5"
	if len(ports) > 1 {
		s += "&target_session_attrs=read-write"
	}
	return s
}

func (c *cluster) password() string {
	b, _ := os.ReadFile(filepath.Join(c.dir, "password")) // without it nobody gets in, and says so
	return strings.TrimSpace(string(b))
}

// serverBin finds the newest PostgreSQL of this machine.
func serverBin() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if more, _ := filepath.Glob("/usr/pgsql-*/bin/initdb"); len(found) == 0 {
		found = more
	}
	if p, e := exec.LookPath("initdb"); e == nil && len(found) == 0 {
		found = []string{p}
	}
	if err != nil || len(found) == 0 {
		return "", errors.New("no PostgreSQL server found; tools/need postgres installs one")
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

// newCluster makes an empty server, or a standby's directory without data.
func newCluster(ctx context.Context, parent, password string) (c *cluster, err error) {
	c = &cluster{}
	if c.bin, err = serverBin(); err != nil {
		return nil, err
	}
	if c.port, err = freePort(ctx); err != nil {
		return nil, err
	}
	if c.dir, err = os.MkdirTemp(parent, "pg-"); err != nil {
		return nil, err
	}
	c.data = filepath.Join(c.dir, "data")
	if os.Getuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			u, err = user.Lookup("nobody")
		}
		if err != nil {
			return nil, err
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2, os.Chown(c.dir, int(uid), int(gid))); err != nil {
			return nil, err
		}
		c.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	if standby := password != ""; standby {
		return c, c.write("password", password)
	}
	if err := c.write("password", secret()); err != nil {
		return nil, err
	}
	if out, err := c.run(ctx, "initdb", "-D", c.data, "-U", serverUser, "--pwfile="+filepath.Join(c.dir, "password"), "--auth=scram-sha-256",
		"--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	return c, nil
}

// write puts a file beside the data, readable by the server's account only.
func (c *cluster) write(name, content string) error {
	path := filepath.Join(c.dir, name)
	if err := os.WriteFile(path, []byte(content+"\n"), 0o600); err != nil {
		return err
	}
	if c.as == nil {
		return nil
	}
	return os.Chown(path, int(c.as.Uid), int(c.as.Gid))
}

// run runs one of PostgreSQL's programs as the server's account.
func (c *cluster) run(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, name), args...)
	cmd.Dir, cmd.Env = c.dir, append(os.Environ(), "PGPASSWORD="+c.password())
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: c.as}
	// A file, not a pipe: the server would keep a pipe open for ever.
	log, err := os.CreateTemp(filepath.Dir(c.dir), "said-")
	if err != nil {
		return "", err
	}
	defer func() { _ = errors.Join(log.Close(), os.Remove(log.Name())) }()
	cmd.Stdout, cmd.Stderr = log, log
	err = cmd.Run()
	said, _ := os.ReadFile(log.Name())
	return strings.TrimSpace(string(said)), err
}

// start starts the server, at the port it always has.
func (c *cluster) start(ctx context.Context, args ...string) error {
	c.args = args
	o := fmt.Sprintf("-c listen_addresses=127.0.0.1 -c port=%d -c unix_socket_directories= -c max_connections=120 -c timezone=UTC", c.port)
	for _, a := range args {
		o += " -c " + a
	}
	if out, err := c.run(ctx, "pg_ctl", "start", "-D", c.data, "-w", "-t", "60", "-l", filepath.Join(c.dir, "log"), "-o", o); err != nil {
		said, _ := os.ReadFile(filepath.Join(c.dir, "log"))
		return fmt.Errorf("start PostgreSQL: %w: %s: %.2000s", err, out, said)
	}
	return nil
}

// stop stops the server: smart, fast or immediate, which is as a crash.
func (c *cluster) stop(ctx context.Context, mode string) error {
	if out, err := c.run(ctx, "pg_ctl", "stop", "-D", c.data, "-w", "-t", "60", "-m", mode); err != nil {
		return fmt.Errorf("stop PostgreSQL: %w: %s", err, out)
	}
	return nil
}

// remove ends the server and takes its files away.
func (c *cluster) remove() error {
	if c == nil {
		return nil
	}
	if _, err := os.Stat(filepath.Join(c.data, "postmaster.pid")); err == nil {
		_ = c.stop(context.Background(), "immediate")
	}
	return os.RemoveAll(c.dir)
}

// follow makes this a standby of another server.
func (c *cluster) follow(ctx context.Context, primary *cluster) error {
	if err := os.RemoveAll(c.data); err != nil {
		return err
	}
	from := fmt.Sprintf("host=127.0.0.1 port=%d user=%s password=%s", primary.port, serverUser, primary.password())
	if out, err := c.run(ctx, "pg_basebackup", "-d", from, "-D", c.data, "-R", "-X", "stream", "-c", "fast", "--no-sync"); err != nil {
		return fmt.Errorf("pg_basebackup: %w: %s", err, out)
	}
	return c.start(ctx, "synchronous_standby_names=''")
}

// promote makes a standby the primary.
func (c *cluster) promote(ctx context.Context) error {
	if out, err := c.run(ctx, "pg_ctl", "promote", "-D", c.data, "-w", "-t", "60"); err != nil {
		return fmt.Errorf("promote: %w: %s", err, out)
	}
	return nil
}
