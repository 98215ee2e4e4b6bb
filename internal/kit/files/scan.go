package files

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"time"
)

// State is what is known about a kept file.
type State string

// The states. Only clean and unscanned files are given out.
const (
	Scanning  State = "scanning"  // a scanner has still to look
	Clean     State = "clean"     // it found nothing
	Infected  State = "infected"  // its content was removed
	Unscanned State = "unscanned" // no scanner is set up
)

// GivenOut says whether somebody may have a file in this state.
func (s State) GivenOut() bool { return s == Clean || s == Unscanned }

// Scanner looks for viruses. The zero value has none set up.
type Scanner struct{ at string }

// NewScanner makes a scanner of the setting files.scan: tcp://host:port or
// unix:///path of clamd; anything else is a command that gets the file on
// standard input and exits with 0 when it is clean and 1 when it is infected.
func NewScanner(at string) Scanner { return Scanner{strings.TrimSpace(at)} }

// On says whether a scanner is set up.
func (s Scanner) On() bool { return s.at != "" }

// scanTime is how long a scanner may take for one file.
const scanTime = 2 * time.Minute

// Scan says whether a file is clean, and what was found if not.
func (s Scanner) Scan(ctx context.Context, b []byte) (clean bool, found string, err error) {
	ctx, cancel := context.WithTimeout(ctx, scanTime)
	defer cancel()
	if network, address, ok := s.daemon(); ok {
		return stream(ctx, network, address, b)
	}
	return command(ctx, s.at, b)
}

// Reach says whether the scanner answers.
func (s Scanner) Reach(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	network, address, ok := s.daemon()
	if !ok {
		args := strings.Fields(s.at)
		if len(args) == 0 {
			return errors.New("no command")
		}
		_, err := exec.LookPath(args[0])
		return err
	}
	answer, err := talk(ctx, network, address, func(w io.Writer) error { _, err := io.WriteString(w, "zPING\x00"); return err })
	if err == nil && answer != "PONG" {
		err = fmt.Errorf("answered %q", answer)
	}
	return err
}

// daemon reads the address of clamd.
func (s Scanner) daemon() (network, address string, ok bool) {
	for _, n := range []string{"tcp", "unix"} {
		if rest, is := strings.CutPrefix(s.at, n+"://"); is {
			return n, rest, true
		}
	}
	return "", "", false
}

// talk says something to clamd and gives its answer.
func talk(ctx context.Context, network, address string, say func(io.Writer) error) (string, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return "", fmt.Errorf("scanner: %w", err)
	}
	defer func() { _ = conn.Close() }() // everything was read
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	out := bufio.NewWriter(conn)
	sent := say(out)
	if sent == nil {
		sent = out.Flush()
	}
	// clamd answers and hangs up when a file is too large for it: read anyway.
	answer, err := bufio.NewReader(io.LimitReader(conn, 4096)).ReadString(0)
	answer = strings.TrimSpace(strings.TrimRight(answer, "\x00"))
	if answer == "" {
		return "", fmt.Errorf("scanner gave no answer: %w", errors.Join(sent, err))
	}
	return answer, nil
}

// stream is the INSTREAM command of clamd: chunks, each after its length, and
// a length of nothing at the end.
func stream(ctx context.Context, network, address string, b []byte) (bool, string, error) {
	const piece = 64 << 10
	answer, err := talk(ctx, network, address, func(w io.Writer) error {
		if _, err := io.WriteString(w, "zINSTREAM\x00"); err != nil {
			return err
		}
		for rest := b; len(rest) > 0; {
			n := min(len(rest), piece)
			if err := binary.Write(w, binary.BigEndian, uint32(n)); err != nil { //nolint:gosec // at most 64 kB
				return err
			}
			if _, err := w.Write(rest[:n]); err != nil {
				return err
			}
			rest = rest[n:]
		}
		return binary.Write(w, binary.BigEndian, uint32(0))
	})
	switch answer = strings.TrimPrefix(answer, "stream: "); {
	case err != nil:
		return false, "", err
	case answer == "OK":
		return true, "", nil
	case strings.HasSuffix(answer, " FOUND"):
		return false, strings.TrimSuffix(answer, " FOUND"), nil
	}
	return false, "", fmt.Errorf("scanner answered %q", answer)
}

// command runs a program: 0 is clean, 1 is infected, everything else an error.
func command(ctx context.Context, line string, b []byte) (bool, string, error) {
	args := strings.Fields(line)
	if len(args) == 0 {
		return false, "", errors.New("no scanner is set up")
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // the administrator's own setting
	cmd.Stdin = bytes.NewReader(b)
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return true, "", nil
	case ctx.Err() == nil && errors.As(err, &exit) && exit.ExitCode() == 1:
		return false, "", nil
	}
	return false, "", fmt.Errorf("scanner: %w", err)
}
