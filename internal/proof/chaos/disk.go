package chaos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
)

// room is the size of the small disk.
const room = 256 << 20

// injectFull fills the disk of a house under load, and makes room again.
func injectFull(ctx context.Context, r *run, _ string, row *Row) error {
	mount, err := os.MkdirTemp(r.dir, "disk-")
	if err != nil {
		return err
	}
	if out, err := command(ctx, nil, "mount", "-t", "tmpfs", "-o", "size="+strconv.Itoa(room), "houvast-chaos", mount); err != nil {
		row.note("no small disk can be mounted here (%s): the errors of a full disk are given by strace instead", out)
		return troubled(ctx, r, row, "ENOSPC", "pwrite64,write,ftruncate,fallocate")
	}
	defer func() {
		if out, err := command(context.WithoutCancel(ctx), nil, "umount", mount); err != nil {
			row.note("unmount %s: %s", mount, out)
		}
	}()
	h, err := r.newHouse(ctx, row, plan{dir: mount})
	if err != nil {
		return err
	}
	defer h.close()
	l := h.work(ctx)
	defer l.end()
	dice, filler := r.random("full"), filepath.Join(mount, "filler")
	for range r.times(2, 12) {
		rest(ctx, r.pick(400*time.Millisecond, time.Second))
		// A little room is left, so that it ends in the middle of something.
		if err := fill(filler, dice.IntN(40)*4096); err != nil {
			return err
		}
		row.Times++
		h.feels(ctx, "a full disk")
		rest(ctx, r.pick(300*time.Millisecond, time.Second))
		if err := os.Remove(filler); err != nil {
			return err
		}
		h.recovers(ctx)
	}
	l.end()
	return h.verify(ctx)
}

// fill writes until the disk is full but for a little.
func fill(file string, leave int) (err error) {
	f, err := os.Create(file) //nolint:gosec // on the small disk
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	block, size := make([]byte, 64<<10), int64(0)
	for len(block) >= 4096 {
		n, err := f.Write(block)
		size += int64(n)
		if errors.Is(err, syscall.ENOSPC) {
			block = block[:len(block)/2]
			continue
		}
		if err != nil {
			return err
		}
	}
	return f.Truncate(max(0, size-int64(leave)))
}

// feels waits until the visitors feel what was done: an injection without an
// effect shows nothing.
func (h *house) feels(ctx context.Context, what string) {
	before, begin := h.journal.refused.Load()+h.journal.cutOff.Load(), clock.Machine.Now()
	for h.journal.refused.Load()+h.journal.cutOff.Load() < before+3 {
		if clock.Machine.Since(begin) > 10*time.Second {
			h.row.wrong("%s had no effect on anybody", what)
			return
		}
		if ctx.Err() != nil {
			return
		}
		rest(ctx, 10*time.Millisecond)
	}
}

// injectReadOnly lets every change of the database's files be refused, as on a
// file system that was remounted read-only after an error.
func injectReadOnly(ctx context.Context, r *run, _ string, row *Row) error {
	return troubled(ctx, r, row, "EROFS", "pwrite64,write,ftruncate,fallocate,fsync,fdatasync,unlink,unlinkat")
}

// injectIOError lets every sync fail: nobody knows what of the last writes is
// on the disk.
func injectIOError(ctx context.Context, r *run, _ string, row *Row) error {
	return troubled(ctx, r, row, "EIO", "fsync,fdatasync")
}

// troubled makes the system calls on the database's files fail for a while in
// the running program, by attaching strace to it.
func troubled(ctx context.Context, r *run, row *Row, errno, calls string) error {
	h, err := r.newHouse(ctx, row, plan{})
	if err != nil {
		return err
	}
	defer h.close()
	l := h.work(ctx)
	defer l.end()
	for range r.times(2, 12) {
		rest(ctx, r.pick(400*time.Millisecond, time.Second))
		stop, err := h.tamper(ctx, errno, calls)
		if err != nil {
			return err
		}
		row.Times++
		h.feels(ctx, errno)
		rest(ctx, r.pick(300*time.Millisecond, time.Second))
		if err := stop(); err != nil {
			return err
		}
		h.recovers(ctx)
	}
	l.end()
	return h.verify(ctx)
}

// tamper makes system calls fail on the database's files until stop is called.
func (h *house) tamper(ctx context.Context, errno, calls string) (stop func() error, err error) {
	file, err := filepath.EvalSymlinks(h.address)
	if err != nil {
		return nil, err
	}
	// Not ended by the context: killed, it would not let go of the program first.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), "strace", "-f", "-q", "-p", strconv.Itoa(h.nodes[0].pid), "-P", file, "-P", file+"-wal", "-P", filepath.Dir(file),
		"-e", "trace="+calls, "-e", "inject="+calls+":error="+errno, "-e", "signal=none", "-o", "/dev/null")
	said := &tail{}
	cmd.Stderr, cmd.SysProcAttr = said, apart
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	over := make(chan struct{})
	var ended error // known when it is over
	go func() {
		ended = cmd.Wait()
		close(over)
	}()
	// It is attached when the kernel says so of the program's first thread.
	begin := clock.Machine.Now()
	for !isTraced(h.nodes[0].pid) {
		select {
		case <-over:
			return nil, fmt.Errorf("strace: %w: %s", ended, said)
		default:
		}
		if ctx.Err() != nil || clock.Machine.Since(begin) > 20*time.Second {
			_ = cmd.Process.Signal(syscall.SIGINT)
			<-over
			return nil, errors.Join(ctx.Err(), fmt.Errorf("strace could not attach: %s", said))
		}
		rest(ctx, 5*time.Millisecond)
	}
	return func() error {
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			return err
		}
		<-over // ends with the signal it was sent
		return nil
	}, nil
}

// isTraced says whether somebody is attached to a process.
func isTraced(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return false
	}
	_, after, ok := strings.Cut(string(b), "TracerPid:\t")
	return ok && !strings.HasPrefix(after, "0\n")
}
