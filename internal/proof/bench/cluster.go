package bench

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
)

// cluster is a PostgreSQL server of the benchmark's own, kept with what it was
// filled with.
type cluster struct {
	bin, dir string
	port     int
	account  *syscall.Credential // the server refuses to run as root
	cmd      *exec.Cmd
	waited   chan error
	delay    time.Duration
	run      string // the copy that is measured
}

// serverSettings are what an administrator would set for a machine of this
// size; all else, above all fsync, is as it comes.
var serverSettings = []string{"shared_buffers=1GB", "max_wal_size=4GB", "checkpoint_timeout=15min", "effective_cache_size=4GB", "random_page_cost=1.1",
	"listen_addresses=127.0.0.1", "max_connections=100", "timezone=UTC"}

// findPostgres gives the directory with initdb and postgres.
func findPostgres() (string, error) {
	if p, err := exec.LookPath("initdb"); err == nil {
		if _, err := os.Stat(filepath.Join(filepath.Dir(p), "postgres")); err == nil {
			return filepath.Dir(p), nil
		}
	}
	list, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(list) == 0 {
		return "", errors.New("no PostgreSQL server found: install it, or leave it out with --databases sqlite")
	}
	return filepath.Dir(list[len(list)-1]), nil
}

func openCluster(cache string) (*cluster, error) {
	bin, err := findPostgres()
	if err != nil {
		return nil, err
	}
	c := &cluster{bin: bin}
	if c.dir, err = filepath.Abs(filepath.Join(cache, "postgres")); err != nil {
		return nil, err
	}
	if os.Getuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			return nil, fmt.Errorf("PostgreSQL does not run as root: %w", err)
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		c.account = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	if _, err := os.Stat(filepath.Join(c.dir, "data", "PG_VERSION")); err == nil {
		return c, nil
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil { //nolint:gosec // the server's account must get in
		return nil, err
	}
	if c.account != nil {
		if err := os.Chown(c.dir, int(c.account.Uid), int(c.account.Gid)); err != nil {
			return nil, err
		}
	}
	cmd := c.command("initdb", "-D", filepath.Join(c.dir, "data"), "--username=houvast", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return c, nil
}

// command is a program of PostgreSQL's that no context ends: what is killed half
// way leaves a database that is taken for whole the next time.
func (c *cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), filepath.Join(c.bin, name), args...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: c.account}
	return cmd
}

// start starts the server, with its syncs slowed down when asked to.
func (c *cluster) start(ctx context.Context, delay time.Duration) (err error) {
	if c.cmd != nil && c.delay == delay {
		return nil
	}
	if err := c.stop(); err != nil {
		return err
	}
	if c.port, err = freePort(ctx); err != nil {
		return err
	}
	args := []string{"-D", filepath.Join(c.dir, "data"), "-c", "port=" + strconv.Itoa(c.port), "-c", "unix_socket_directories="}
	for _, s := range serverSettings {
		args = append(args, "-c", s)
	}
	cmd := c.command("postgres", args...)
	if t := traced(delay); t != nil {
		strace, err := exec.LookPath(t[0])
		if err != nil {
			return err
		}
		slow := exec.CommandContext(context.WithoutCancel(ctx), strace, append(t[1:], cmd.Args...)...)
		slow.Dir, slow.SysProcAttr = cmd.Dir, cmd.SysProcAttr
		cmd = slow
	}
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}
	log, err := os.Create(filepath.Join(filepath.Dir(c.dir), "postgres.log"))
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return errors.Join(err, log.Close())
	}
	c.cmd, c.delay, c.waited = cmd, delay, make(chan error, 1)
	go func() { c.waited <- errors.Join(cmd.Wait(), log.Close()) }()
	for begin := clock.Machine.Now(); clock.Machine.Since(begin) < time.Minute; clock.Machine.Sleep(ctx, 50*time.Millisecond) {
		if err := c.admin(ctx, nil); err == nil {
			return nil
		}
		select {
		case err := <-c.waited:
			c.cmd = nil
			text, _ := os.ReadFile(log.Name())
			return fmt.Errorf("PostgreSQL ended: %w\n%s", err, text)
		default:
		}
	}
	return errors.New("PostgreSQL did not start within a minute")
}

func (c *cluster) stop() error {
	if c == nil || c.cmd == nil {
		return nil
	}
	pid := c.cmd.Process.Pid
	if c.delay != 0 {
		pid = childOf(pid)
	}
	_ = syscall.Kill(pid, syscall.SIGINT) // fast shutdown
	err := <-c.waited
	c.cmd = nil
	var status *exec.ExitError
	if errors.As(err, &status) {
		err = nil
	}
	return err
}

// restart starts the server anew, with its syncs slowed down or not.
func (c *cluster) restart(ctx context.Context, delay time.Duration) error {
	return errors.Join(c.stop(), c.start(ctx, delay))
}

func (c *cluster) dsn(database string) string {
	return (&url.URL{Scheme: "postgres", User: url.User("houvast"), Host: "127.0.0.1:" + strconv.Itoa(c.port), Path: "/" + database, RawQuery: "sslmode=disable"}).String()
}

// fullName is what a full database is called.
func fullName(key string) string { return "full_" + strings.ReplaceAll(key, "-", "_") }

// filled gives a copy of a full database, filling it when need be.
func (c *cluster) filled(ctx context.Context, cache string, size Size, pl player, say func(string)) (address string, drop func() error, full *Filled, err error) {
	key, err := size.key()
	if err != nil {
		return "", nil, nil, err
	}
	name := fullName(key)
	kept := filepath.Join(cache, "postgres-"+key+".json")
	full, err = readFilled(kept)
	if has, seen := c.holds(ctx, name); seen != nil {
		return "", nil, nil, seen
	} else if err != nil || !has {
		if err := c.admin(ctx, remake(name)); err != nil {
			return "", nil, nil, err
		}
		what, err := pl(ctx)
		if err != nil {
			return "", nil, nil, err
		}
		if full, err = fill(ctx, c.dsn(name), what, size, clock.Real{}.Now(), say); err != nil {
			return "", nil, nil, fmt.Errorf("fill: %w", err)
		}
		if err := writeFilled(kept, full); err != nil {
			return "", nil, nil, err
		}
	}
	if size.inPlace() {
		c.run = name
		return c.dsn(name), func() error { return nil }, full, nil
	}
	c.run = fmt.Sprintf("run_%d", os.Getpid())
	if err := c.admin(ctx, copied(c.run, name)); err != nil {
		return "", nil, nil, err
	}
	return c.dsn(c.run), func() error { return c.admin(context.WithoutCancel(ctx), dropped(c.run)) }, full, nil
}
