package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
)

// build makes the program as it is released.
func build(ctx context.Context, dir string) (string, error) {
	program := filepath.Join(dir, "houvast")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "github.com/houvast/houvast/cmd/houvast")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return program, nil
}

// server is the program, running.
type server struct {
	cmd     *exec.Cmd
	address string
	took    time.Duration // from its start to the first page
	log     *os.File
	pid     int // of the program itself, also when it is traced
	waited  chan error
	profile string // where it gives profiles; "" when it does not
}

// starting says how the program is started.
type starting struct {
	program  []string
	database string
	mail     int // port; 0: no mail goes out
	dir      string
	profiled bool          // the program is this one, with profiles
	delay    time.Duration // into each sync, by strace; negative: traced without a delay
}

func freePort(ctx context.Context) (int, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// start starts the program and comes back at the first page it gives.
func start(ctx context.Context, o starting) (*server, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	s := &server{address: "127.0.0.1:" + strconv.Itoa(port)}
	args := append(traced(o.delay), o.program...)
	// It is asked to end, by stop: no context kills it.
	s.cmd = exec.CommandContext(context.WithoutCancel(ctx), args[0], args[1:]...)
	s.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), databaseSetting(o.database), "HOUVAST_LISTEN=" + s.address,
		"HOUVAST_PUBLIC_URL=http://" + s.address, "HOUVAST_BACKUP_DIR=" + filepath.Join(o.dir, "backups")}
	for _, v := range []string{"GOMAXPROCS", "GOGC", "GOMEMLIMIT", "GODEBUG"} {
		if set, ok := os.LookupEnv(v); ok {
			s.cmd.Env = append(s.cmd.Env, v+"="+set)
		}
	}
	if o.mail > 0 {
		s.cmd.Env = append(s.cmd.Env, "HOUVAST_MAIL_HOST=127.0.0.1", "HOUVAST_MAIL_PORT="+strconv.Itoa(o.mail), "HOUVAST_MAIL_TLS=none",
			"HOUVAST_MAIL_FROM=Huis <vragen@bench.example>")
	}
	if o.profiled {
		if port, err = freePort(ctx); err != nil {
			return nil, err
		}
		s.profile = "127.0.0.1:" + strconv.Itoa(port)
		s.cmd.Env = append(s.cmd.Env, "BENCH_PPROF="+s.profile)
	}
	if s.log, err = os.Create(filepath.Join(o.dir, "server.log")); err != nil {
		return nil, err
	}
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	begin := clock.Machine.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	gone := make(chan error, 1)
	go func() { gone <- s.cmd.Wait() }()
	ready := request("GET", "/sign-in", "", "", nil)
	for {
		if c, err := dial(s.address); err == nil {
			status, _, err := c.do(ready)
			c.close()
			if err == nil && status == 200 {
				break
			}
		}
		select {
		case err := <-gone:
			text, _ := os.ReadFile(s.log.Name())
			return nil, fmt.Errorf("the program ended: %w\n%s", err, text)
		default:
		}
		if clock.Machine.Since(begin) > 2*time.Minute {
			_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
			return nil, errors.New("the program gave no page within two minutes")
		}
		clock.Machine.Sleep(ctx, time.Millisecond)
	}
	s.took = clock.Machine.Since(begin)
	s.pid = s.cmd.Process.Pid
	if o.delay != 0 {
		s.pid = childOf(s.pid)
	}
	s.waited = gone
	return s, nil
}

// stop asks the program to end and waits for it.
func (s *server) stop() error {
	_ = syscall.Kill(s.pid, syscall.SIGTERM)
	err := <-s.waited
	return errors.Join(err, s.log.Close())
}

// traced is what runs the program with its syncs slowed down.
func traced(delay time.Duration) []string {
	if delay == 0 {
		return nil
	}
	args := []string{"strace", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fsync,fdatasync"}
	if delay > 0 {
		args = append(args, "-e", fmt.Sprintf("inject=fsync,fdatasync:delay_exit=%d", delay.Microseconds()))
	}
	return args
}

// childOf gives the one child of a process.
func childOf(pid int) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return pid
	}
	if f := strings.Fields(string(b)); len(f) > 0 {
		if n, err := strconv.Atoi(f[0]); err == nil {
			return n
		}
	}
	return pid
}

// resident is how much memory the program holds, in bytes.
func (s *server) resident() (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.ParseInt(strings.Fields(v)[0], 10, 64)
			return n << 10, err
		}
	}
	return 0, errors.New("the kernel does not say how much memory the program holds")
}

// processor is how much processor time the program has used.
func (s *server) processor() (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.pid))
	if err != nil {
		return 0, err
	}
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	if len(f) < 13 {
		return 0, errors.New("/proc/…/stat is too short")
	}
	user, err1 := strconv.ParseInt(f[11], 10, 64)
	system, err2 := strconv.ParseInt(f[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(err1, err2) // 100 ticks a second
}
