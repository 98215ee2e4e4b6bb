package chaos

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
)

// node is one process of the program.
type node struct {
	command []string // what starts it; more than one word when something watches it
	env     []string
	port    int

	mu   sync.Mutex
	cmd  *exec.Cmd
	said *tail
	over chan struct{} // closed when the process has ended
	pid  int
}

// apart keeps a signal for the harness, as of Ctrl-C, from what it started.
var apart = &syscall.SysProcAttr{Setsid: true}

// startTime is how long a start may take before it is given up.
const startTime = 60 * time.Second

func freePort(ctx context.Context) (int, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

func (n *node) base() string { return "http://127.0.0.1:" + strconv.Itoa(n.port) }

// launch starts the program. What comes out of ready is whether it answers;
// false is that it ended.
func (n *node) launch(ctx context.Context) (ready <-chan bool, err error) {
	// It lives until it is stopped or killed, longer than whoever starts it waits.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), n.command[0], n.command[1:]...) //nolint:gosec // the programs that the harness built
	cmd.Env = append(n.env, "HOUVAST_LISTEN=127.0.0.1:"+strconv.Itoa(n.port))
	cmd.SysProcAttr = apart
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	said := &tail{}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	over, answers := make(chan struct{}), make(chan bool, 2) // nobody has to listen
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if strings.Contains(lines.Text(), "answers on") {
				answers <- true
				break
			}
		}
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
		close(over)
		answers <- false
	}()
	n.mu.Lock()
	n.cmd, n.said, n.over, n.pid = cmd, said, over, cmd.Process.Pid
	n.mu.Unlock()
	return answers, nil
}

// start starts the program and comes back when it answers.
func (n *node) start(ctx context.Context) (took time.Duration, err error) {
	begin := clock.Machine.Now()
	ready, err := n.launch(ctx)
	if err != nil {
		return 0, err
	}
	limit, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	select {
	case ok := <-ready:
		if ok {
			return clock.Machine.Since(begin), nil
		}
		return 0, fmt.Errorf("the program did not start: %s", n.said)
	case <-limit.Done():
		return 0, errors.Join(fmt.Errorf("the program did not start within %s: %s", startTime, n.said), n.kill())
	}
}

// signal sends one to the process that was started.
func (n *node) signal(s syscall.Signal) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd == nil {
		return errors.New("it does not run")
	}
	return syscall.Kill(n.pid, s)
}

// kill is kill -9. It comes back when the process has ended.
func (n *node) kill() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd == nil {
		return nil
	}
	_ = syscall.Kill(n.pid, syscall.SIGKILL)
	<-n.over
	n.cmd = nil
	return nil
}

// stop asks politely, as systemd would, and insists that it is done in time.
func (n *node) stop() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd == nil {
		return nil
	}
	if err := syscall.Kill(n.pid, syscall.SIGTERM); err != nil {
		return err
	}
	limit, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	defer func() { n.cmd = nil }()
	select {
	case <-n.over:
		if code := n.cmd.ProcessState.ExitCode(); code != 0 {
			return fmt.Errorf("stopped with status %d: %s", code, n.said)
		}
		return nil
	case <-limit.Done():
		_ = syscall.Kill(n.pid, syscall.SIGKILL)
		<-n.over
		return errors.New("it did not stop within 30 s of being asked")
	}
}

// tail keeps the end of what a process says.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.buf = append(t.buf, p...); len(t.buf) > 16<<10 {
		t.buf = append([]byte(nil), t.buf[len(t.buf)-8<<10:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.buf))
}

// command runs something to its end and gives what it said.
func command(ctx context.Context, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.SysProcAttr = apart
	if env != nil {
		cmd.Env = env
	}
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}
