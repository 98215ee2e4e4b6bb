package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
)

// mailbox is a mail server that takes everything and keeps nothing but the
// count.
type mailbox struct {
	listener net.Listener
	received atomic.Int64
}

func openMailbox(ctx context.Context) (*mailbox, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	m := &mailbox{listener: l}
	go m.serve()
	return m, nil
}

func (m *mailbox) port() int { return m.listener.Addr().(*net.TCPAddr).Port }

func (m *mailbox) close() error { return m.listener.Close() }

func (m *mailbox) serve() {
	for {
		c, err := m.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			go m.talk(c)
		}
	}
}

func (m *mailbox) talk(c net.Conn) {
	defer c.Close() //nolint:errcheck // whoever sends is gone
	in := bufio.NewReader(c)
	say := func(s string) { _, _ = fmt.Fprintf(c, "%s\r\n", s) }
	say("220 bench.example ESMTP")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " ")
		switch verb {
		case "EHLO":
			_, _ = fmt.Fprint(c, "250-bench.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 PIPELINING\r\n")
		case "DATA":
			say("354 go on")
			for {
				line, err := in.ReadSlice('\n')
				if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
					return
				}
				if string(line) == ".\r\n" {
					break
				}
			}
			m.received.Add(1)
			say("250 2.0.0 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 2.0.0 fine")
		}
	}
}
