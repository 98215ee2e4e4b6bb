package examine

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// source is an open file whose content is known: unpacked, in UTF-8 or in an
// encoding that has separators and digits where UTF-8 has them.
type source struct {
	io.Reader
	xes     bool
	packed  bool
	sample  []byte // the beginning
	size    int64  // of the file
	read    atomic.Int64
	regular bool // can be read a second time
	close   func() error
}

const (
	sampleSize = 1 << 20
	readSize   = 1 << 20
)

// open finds out what a file is, by its content and not by its name.
func open(ctx context.Context, name string) (*source, error) {
	f, err := os.Open(name) //nolint:gosec // the file that was asked for
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, errs.New(errs.NotFound, "log-not-there").With("File", name)
		}
		return nil, err
	}
	s, err := identify(ctx, f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return s, nil
}

func identify(ctx context.Context, f *os.File) (*source, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, errs.New(errs.Invalid, "log-is-a-directory")
	}
	s := &source{size: info.Size(), regular: info.Mode().IsRegular()}
	in := bufio.NewReaderSize(&counting{f, &s.read}, readSize)
	var r io.Reader = in
	head, err := in.Peek(6)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return nil, errs.New(errs.Invalid, "log-is-zip")
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return nil, errs.New(errs.Invalid, "log-is-excel")
	case bytes.HasPrefix(head, []byte("BZh")), bytes.HasPrefix(head, []byte("\xfd7zXZ")), bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")), bytes.HasPrefix(head, []byte("7z\xbc\xaf")):
		return nil, errs.New(errs.Invalid, "log-packed-otherwise")
	case bytes.HasPrefix(head, []byte("%PDF")):
		return nil, errs.New(errs.Invalid, "not-a-log")
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, unpackTrouble(err)
		}
		s.packed = true
		r = &unpacked{z}
	}
	// Unpacking goes on beside reading: with two processors that halves the time.
	ahead := readAhead(ctx, r)
	s.close = func() error { ahead.stop(); return f.Close() }
	text := bufio.NewReaderSize(ahead, readSize)
	start, err := text.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(err, s.shut())
	}
	r = text
	switch {
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		if _, err := text.Discard(3); err != nil {
			return nil, errors.Join(err, s.shut())
		}
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")), wide(start) >= 0:
		order := unicode.LittleEndian
		if wide(start) == 0 || bytes.HasPrefix(start, []byte("\xfe\xff")) {
			order = unicode.BigEndian
		}
		r = transform.NewReader(text, unicode.UTF16(order, unicode.UseBOM).NewDecoder())
	}
	sample := bufio.NewReaderSize(r, sampleSize)
	s.sample, err = sample.Peek(sampleSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(err, s.shut())
	}
	s.Reader = sample
	trimmed := bytes.TrimSpace(s.sample)
	switch {
	case len(trimmed) == 0:
		return nil, errors.Join(errs.New(errs.Invalid, "log-empty"), s.shut())
	case trimmed[0] == '<':
		if !bytes.Contains(trimmed, []byte("<log")) && !bytes.Contains(trimmed, []byte("<trace")) {
			return nil, errors.Join(errs.New(errs.Invalid, "not-xes"), s.shut())
		}
		s.xes = true
	case trimmed[0] == '{' || bytes.HasPrefix(trimmed, []byte("[{")) || bytes.IndexByte(trimmed[:min(len(trimmed), 4096)], 0) >= 0:
		return nil, errors.Join(errs.New(errs.Invalid, "not-a-log"), s.shut())
	}
	return s, nil
}

func (s *source) shut() error {
	if s.close == nil {
		return nil
	}
	return s.close()
}

// wide recognises UTF-16 without a mark: 0 when the first byte of most letters
// is zero, 1 when the second is, -1 when neither.
func wide(b []byte) int {
	var zero [2]int
	for i, c := range b {
		if c == 0 {
			zero[i%2]++
		}
	}
	for i := range zero {
		if zero[i] > len(b)/3 && zero[1-i] < len(b)/50+1 {
			return i
		}
	}
	return -1
}

type counting struct {
	r io.Reader
	n *atomic.Int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// unpacked says in words what is wrong with a gzip file.
type unpacked struct{ z *gzip.Reader }

func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.z.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = unpackTrouble(err)
	}
	return n, err
}

func unpackTrouble(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errs.New(errs.Invalid, "log-cut-off").Wrap(err)
	}
	if errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) || isFlate(err) {
		return errs.New(errs.Invalid, "log-damaged").Wrap(err)
	}
	return fmt.Errorf("unpack: %w", err)
}

// ahead reads on in a goroutine of its own, three blocks at most.
type ahead struct {
	ctx    context.Context
	cancel context.CancelFunc
	full   chan block
	free   chan []byte
	now    block
	off    int
	done   chan struct{}
}

type block struct {
	b   []byte
	err error
}

func readAhead(ctx context.Context, r io.Reader) *ahead {
	a := &ahead{full: make(chan block, 3), free: make(chan []byte, 3), done: make(chan struct{})}
	a.ctx, a.cancel = context.WithCancel(ctx)
	for range 3 {
		a.free <- make([]byte, readSize)
	}
	go func() {
		defer close(a.done)
		for {
			var buf []byte
			select {
			case buf = <-a.free:
			case <-a.ctx.Done():
				return
			}
			n, err := io.ReadFull(r, buf)
			if errors.Is(err, io.ErrUnexpectedEOF) && n < len(buf) {
				if _, ours := errs.As(err); !ours {
					err = io.EOF
				}
			}
			select {
			case a.full <- block{buf[:n], err}:
			case <-a.ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return a
}

// Read implements io.Reader.
func (a *ahead) Read(p []byte) (int, error) {
	for a.off == len(a.now.b) {
		if a.now.err != nil {
			return 0, a.now.err
		}
		if a.now.b != nil {
			a.free <- a.now.b[:cap(a.now.b)]
		}
		select {
		case a.now = <-a.full:
			a.off = 0
		case <-a.ctx.Done():
			return 0, a.ctx.Err()
		}
	}
	n := copy(p, a.now.b[a.off:])
	a.off += n
	return n, nil
}

func (a *ahead) stop() {
	a.cancel()
	<-a.done
}

func isFlate(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.As(err, &corrupt)
}
