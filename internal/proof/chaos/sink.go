package chaos

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
)

// manners are how the mail server behaves.
type manners int

// The manners, from good to bad.
const (
	kind      manners = iota
	slow              // half a second to two before every answer
	busy              // 451 to the recipient or to the message
	refusing          // 550 to the recipient
	twice             // says 250 to the message two times
	lying             // takes the message, and hangs up before the answer
	forgetful         // the same, and the message is lost
	silent            // takes the message, and says nothing
	moody             // any of these, one in three times
)

var mannersNames = map[manners]string{kind: "kind", slow: "slow", busy: "busy", refusing: "refusing", twice: "saying 250 twice", lying: "lying",
	forgetful: "forgetful", silent: "silent", moody: "moody"}

func (m manners) String() string { return mannersNames[m] }

// letter is a message that arrived, or of which the sender may think so.
type letter struct {
	id   string // Message-ID before the @
	at   time.Time
	to   string
	link string // of the customer's page, when the text holds one
}

// sink is the mail server of a house. Arrived is what it took, whatever it
// answered: the customer has it.
type sink struct {
	port  int
	pause time.Duration // a pause before the answer to each message

	mu      sync.Mutex
	listen  net.Listener
	conns   map[net.Conn]bool
	manners manners
	rand    *rand.Rand
	arrived []letter
	copies  map[string]int
	links   []letter // the newest with a link
	refused int      // messages it did not take
	wait    sync.WaitGroup
	stop    context.CancelFunc
	done    context.Context
}

func newSink(r *rand.Rand) (*sink, error) {
	ctx, stop := context.WithCancel(context.Background())
	s := &sink{pause: 2 * time.Millisecond, conns: map[net.Conn]bool{}, rand: r, copies: map[string]int{}, stop: stop, done: ctx}
	if err := s.up(); err != nil {
		stop()
		return nil, err
	}
	return s, nil
}

// up takes connections, at the same port as before.
func (s *sink) up() error {
	l, err := (&net.ListenConfig{}).Listen(s.done, "tcp", "127.0.0.1:"+strconv.Itoa(s.port))
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.port, s.listen = l.Addr().(*net.TCPAddr).Port, l
	s.wait.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns[c] = true
			s.mu.Unlock()
			s.wait.Go(func() {
				s.talk(c)
				_ = c.Close()
				s.mu.Lock()
				delete(s.conns, c)
				s.mu.Unlock()
			})
		}
	})
	return nil
}

// down is a mail server that is gone: connections break, and none is taken.
func (s *sink) down() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.listen.Close()
	for c := range s.conns {
		_ = c.Close()
	}
}

func (s *sink) close() {
	s.stop()
	s.down()
	s.wait.Wait()
}

// behave changes the manners; who hangs is let go.
func (s *sink) behave(m manners) {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.manners
	s.manners = m
	if was == silent || was == moody {
		for c := range s.conns {
			_ = c.Close()
		}
	}
}

// mood is how the next message is met.
func (s *sink) mood() manners {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.manners != moody {
		return s.manners
	}
	if s.rand.IntN(3) > 0 {
		return kind
	}
	return slow + manners(s.rand.IntN(int(silent-slow)))
}

// talk is one SMTP conversation. It is written out because a library would
// not let it misbehave.
func (s *sink) talk(c net.Conn) {
	in := bufio.NewReaderSize(c, 64<<10)
	say := func(line string) bool {
		_, err := io.WriteString(c, line+"\r\n")
		return err == nil
	}
	if !say("220 chaos.localhost ready") {
		return
	}
	m, to := kind, ""
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if m == slow {
			clock.Machine.Sleep(s.done, 300*time.Millisecond)
		}
		var ok bool
		switch strings.ToUpper(verb) {
		case "EHLO":
			ok = say("250-chaos.localhost") && say("250-8BITMIME") && say("250 SMTPUTF8")
		case "HELO", "RSET", "NOOP":
			ok = say("250 2.0.0 ok")
		case "MAIL":
			m, to = s.mood(), ""
			ok = say("250 2.1.0 ok")
		case "RCPT":
			if _, a, found := strings.Cut(rest, "<"); found {
				to, _, _ = strings.Cut(a, ">")
			}
			switch {
			case m == refusing:
				ok = s.no() && say("550 5.1.1 nobody of that name")
			case m == busy && len(to)%2 == 0:
				ok = s.no() && say("451 4.3.0 later, please")
			default:
				ok = say("250 2.1.5 ok")
			}
		case "DATA":
			ok = say("354 go on") && s.data(in, c, m, to, say)
		case "QUIT":
			_ = say("221 2.0.0 bye")
			return
		default:
			ok = say("502 5.5.1 no such command")
		}
		if !ok {
			return
		}
	}
}

func (s *sink) no() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused++
	return true
}

// data reads the message, and answers as its manners are.
func (s *sink) data(in *bufio.Reader, c net.Conn, m manners, to string, say func(string) bool) bool {
	var text bytes.Buffer
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return false
		}
		if string(line) == ".\r\n" {
			break
		}
		text.Write(bytes.TrimPrefix(line, []byte(".")))
	}
	if m == busy {
		return s.no() && say("452 4.3.1 no room")
	}
	if m == forgetful {
		return false
	}
	s.take(text.Bytes(), to)
	clock.Machine.Sleep(s.done, s.pause)
	switch m {
	case lying:
		return false
	case silent:
		_, _ = c.Read(make([]byte, 1)) // until somebody gives up
		return false
	case twice:
		return say("250 2.0.0 taken") && say("250 2.0.0 taken, I said")
	}
	return say("250 2.0.0 taken")
}

var pageLink = regexp.MustCompile(`/q/([A-Za-z0-9._~-]{20,})`)

// take keeps what a customer now has.
func (s *sink) take(raw []byte, to string) {
	l := letter{to: to, at: clock.Machine.Now()}
	if m, err := mail.ReadMessage(bytes.NewReader(raw)); err == nil {
		l.id, _, _ = strings.Cut(strings.Trim(strings.TrimSpace(m.Header.Get("Message-ID")), "<>"), "@")
		if found := pageLink.FindStringSubmatch(plain(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body)); found != nil {
			l.link = found[1]
		}
	}
	if l.id == "" {
		l.id = fmt.Sprintf("without id to %s", to)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrived = append(s.arrived, l)
	s.copies[l.id]++
	if l.link != "" {
		if s.links = append(s.links, l); len(s.links) > 50 {
			s.links = s.links[1:]
		}
	}
}

// plain is the text of a message.
func plain(contentType, encoding string, body io.Reader) string {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if err != nil {
				return ""
			}
			if s := plain(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p); s != "" {
				return s
			}
		}
	}
	if strings.EqualFold(encoding, "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(io.LimitReader(body, 1<<20))
	if err != nil || kind != "text/plain" {
		return ""
	}
	return string(text)
}

// letters are what arrived so far.
func (s *sink) letters() []letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]letter(nil), s.arrived...)
}

// newest takes a link that a customer got, and forgets it.
func (s *sink) newest() (letter, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.links) == 0 {
		return letter{}, false
	}
	l := s.links[len(s.links)-1]
	s.links = s.links[:len(s.links)-1]
	return l, true
}

// has says whether a message arrived.
func (s *sink) has(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.copies[id] > 0
}

// repeat delivers the newest message about a question once more: a planted
// fault.
func (s *sink) repeat() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.arrived) - 1; i >= 0; i-- {
		if strings.HasPrefix(s.arrived[i].id, "msg_") {
			s.arrived = append(s.arrived, s.arrived[i])
			return
		}
	}
}
