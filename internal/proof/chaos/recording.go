package chaos

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// opKind is what was done to a file.
type opKind int

const (
	opWrite opKind = iota
	opTruncate
	opSync
	opSyncDir
	opCreate
	opUnlink
)

// op is one thing that the program asked of the disk.
type op struct {
	kind opKind
	at   time.Time // before it was done
	file string    // name within the directory of the database
	off  int64     // of a write; the new length of a truncation
	data []byte
	from int // a sync: what was written before this op is on the disk now
}

// recording is what a program did to the directory of its database, in order.
type recording struct {
	dir     string
	ops     []op
	begun   map[string]begun // by thread: what strace has not seen the end of
	exists  map[string]bool
	ignored int // syncs that did nothing, because a fault was planted
	done    chan error
}

type begun struct {
	text string
	at   time.Time
	from int
}

// traced are the system calls by which SQLite changes files.
const traced = "open,openat,pwrite64,write,ftruncate,fsync,fdatasync,unlink,unlinkat,rename,renameat,renameat2"

// record makes a command run under strace and reads what it does. The command
// stays a child of the harness; strace is its grandchild.
func record(dir, fifo string, lies bool, existing ...string) (*recording, []string, error) {
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		return nil, nil, err
	}
	rec := &recording{dir: dir, begun: map[string]begun{}, exists: map[string]bool{}, done: make(chan error, 1)}
	for _, f := range existing {
		rec.exists[f] = true
	}
	go func() {
		f, err := os.Open(fifo) //nolint:gosec // made above
		if err == nil {
			err = errors.Join(rec.read(f), f.Close())
		}
		rec.done <- err
	}()
	with := []string{"strace", "-D", "-f", "-q", "--seccomp-bpf", "-y", "-xx", "-s", "1048576", "-ttt", "-e", "signal=none", "-e", "trace=" + traced}
	if lies {
		with = append(with, "-e", "inject=fsync,fdatasync:retval=0")
	}
	return rec, append(with, "-o", fifo), nil
}

// wait comes back when the program has ended and everything was read.
func (rec *recording) wait(ctx context.Context) error {
	select {
	case err := <-rec.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (rec *recording) read(r io.Reader) error {
	in := bufio.NewReaderSize(r, 1<<20)
	for {
		line, err := in.ReadString('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := rec.line(strings.TrimRight(line, "\n")); err != nil {
			return err
		}
	}
}

// line reads one line: "PID SECONDS call(args) = result".
func (rec *recording) line(line string) error {
	pid, rest, _ := strings.Cut(line, " ")
	stamp, text, ok := strings.Cut(strings.TrimLeft(rest, " "), " ")
	if !ok {
		return nil
	}
	at, err := parseStamp(stamp)
	if err != nil {
		return fmt.Errorf("strace said %.80q: %w", line, err)
	}
	switch {
	case strings.HasSuffix(text, " <unfinished ...>"):
		rec.begun[pid] = begun{strings.TrimSuffix(text, " <unfinished ...>"), at, len(rec.ops)}
		return nil
	case strings.HasPrefix(text, "<... "):
		b, ok := rec.begun[pid]
		_, end, found := strings.Cut(text, " resumed>")
		if !ok || !found {
			return nil
		}
		delete(rec.begun, pid)
		return rec.call(b.text+end, b.at, b.from)
	case strings.HasPrefix(text, "+++"), strings.HasPrefix(text, "---"):
		return nil
	}
	return rec.call(text, at, len(rec.ops))
}

func parseStamp(s string) (time.Time, error) {
	sec, frac, ok := strings.Cut(s, ".")
	a, err := strconv.ParseInt(sec, 10, 64)
	if err != nil || !ok {
		return time.Time{}, fmt.Errorf("no moment: %q", s)
	}
	b, err := strconv.ParseInt(frac, 10, 64)
	return time.Unix(a, b*1000), err
}

// call reads one whole call.
func (rec *recording) call(text string, at time.Time, from int) error {
	name, args, ok := strings.Cut(text, "(")
	last := strings.LastIndex(args, ")")
	eq := strings.LastIndex(args, " = ")
	if !ok || eq < 0 {
		return nil
	}
	result := args[eq+3:]
	if strings.HasPrefix(result, "-") || strings.HasPrefix(result, "?") {
		return nil // it was refused, or the process ended in it
	}
	if p := strings.LastIndex(args[:eq], ")"); p >= 0 {
		last = p
	}
	args = args[:last]
	switch name {
	case "open", "openat":
		return rec.opened(args, at)
	case "unlink", "unlinkat", "rename", "renameat", "renameat2":
		return rec.named(name, args, at)
	}
	path, rest, ok := fdPath(args)
	if !ok {
		return nil
	}
	if path == rec.dir && (name == "fsync" || name == "fdatasync") {
		if strings.Contains(result, "INJECTED") {
			rec.ignored++
			return nil
		}
		rec.add(op{kind: opSyncDir, at: at, from: from})
		return nil
	}
	file, ok := rec.ours(path)
	if !ok {
		return nil
	}
	switch name {
	case "fsync", "fdatasync":
		if strings.Contains(result, "INJECTED") {
			rec.ignored++
			return nil
		}
		rec.add(op{kind: opSync, at: at, file: file, from: from})
	case "ftruncate":
		n, err := strconv.ParseInt(strings.TrimSpace(rest), 10, 64)
		if err != nil {
			return fmt.Errorf("ftruncate to %q: %w", rest, err)
		}
		rec.add(op{kind: opTruncate, at: at, file: file, off: n})
	case "pwrite64":
		data, tail, err := unhex(rest)
		if err != nil {
			return err
		}
		parts := strings.Split(strings.Trim(tail, ", "), ", ")
		if len(parts) != 2 {
			return fmt.Errorf("pwrite64 with %q", tail)
		}
		off, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil || strconv.Itoa(len(data)) != parts[0] {
			return fmt.Errorf("pwrite64 of %d bytes with %q: %w", len(data), tail, err)
		}
		rec.add(op{kind: opWrite, at: at, file: file, off: off, data: data})
	case "write":
		return fmt.Errorf("%s was written without a place: the recording does not know where", file)
	}
	return nil
}

func (rec *recording) add(o op) { rec.ops = append(rec.ops, o) }

// ours says whether a path is a file of the database whose content counts. The
// shared memory of the processes is made anew when nobody has the database open.
func (rec *recording) ours(path string) (string, bool) {
	if filepath.Dir(path) != rec.dir || strings.HasSuffix(path, "-shm") || strings.HasSuffix(path, "(deleted)") {
		return "", false
	}
	file := filepath.Base(path)
	return file, strings.HasPrefix(file, "houvast.db")
}

func (rec *recording) opened(args string, at time.Time) error {
	if !strings.Contains(args, "O_CREAT") {
		return nil
	}
	_, quoted, _ := strings.Cut(args, `"`)
	path, _, err := unhex(`"` + quoted)
	if err != nil {
		return err
	}
	if file, ok := rec.ours(string(path)); ok && !rec.exists[file] {
		rec.exists[file] = true
		rec.add(op{kind: opCreate, at: at, file: file})
	}
	return nil
}

func (rec *recording) named(name, args string, at time.Time) error {
	_, quoted, _ := strings.Cut(args, `"`)
	path, _, err := unhex(`"` + quoted)
	if err != nil {
		return err
	}
	file, ok := rec.ours(string(path))
	if !ok {
		return nil
	}
	if !strings.HasPrefix(name, "unlink") {
		return fmt.Errorf("%s was renamed: the recording does not know of that", file)
	}
	delete(rec.exists, file)
	rec.add(op{kind: opUnlink, at: at, file: file})
	return nil
}

// fdPath reads `9<\x2f\x74…>, rest`.
func fdPath(args string) (path, rest string, ok bool) {
	_, after, ok := strings.Cut(args, "<")
	if !ok {
		return "", "", false
	}
	hex, rest, ok := strings.Cut(after, ">")
	if !ok {
		return "", "", false
	}
	b, _, err := unhex(`"` + hex + `"`)
	return string(b), strings.TrimPrefix(rest, ", "), err == nil
}

// unhex reads "\x00\x01…" and gives what follows the closing quote.
func unhex(s string) (data []byte, rest string, err error) {
	if !strings.HasPrefix(s, `"`) {
		return nil, "", fmt.Errorf("no text: %.40q", s)
	}
	end := strings.IndexByte(s[1:], '"')
	if end < 0 {
		return nil, "", fmt.Errorf("a text without an end: %.40q", s)
	}
	text, rest := s[1:1+end], s[2+end:]
	if strings.HasPrefix(rest, "...") {
		return nil, "", errors.New("strace cut a text short")
	}
	data = make([]byte, 0, len(text)/4)
	for i := 0; i < len(text); {
		if text[i] != '\\' || i+4 > len(text) || text[i+1] != 'x' {
			data = append(data, text[i]) // marks such as (deleted) are not in hex
			i++
			continue
		}
		hi, lo := nibble(text[i+2]), nibble(text[i+3])
		if hi > 15 || lo > 15 {
			return nil, "", fmt.Errorf("no hexadecimal: %q", text[i:i+4])
		}
		data = append(data, hi<<4|lo)
		i += 4
	}
	return data, rest, nil
}

func nibble(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}
