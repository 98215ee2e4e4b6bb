package mailtest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/houvast/houvast/internal/kernel/clock"
)

// TB is the part of *testing.T that is needed, so that no program that links
// this package gets the testing package along.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Options say what kind of server it is.
type Options struct {
	StartTLS       bool   // offer STARTTLS with a self-signed certificate
	Implicit       bool   // TLS from the first byte, with the same
	Username       string // ask for this login
	Password       string
	NoDSN          bool // do not offer delivery reports
	SMTPUTF8       bool // offer addresses beyond ASCII
	MaxMessageSize int64
}

// Reply is an answer: Reply{550, "5.1.1", "no such user"}.
type Reply struct {
	Code     int
	Enhanced string
	Text     string
}

// DropAt says where the connection breaks.
type DropAt int

// The places.
const (
	Nowhere       DropAt = iota
	AtSender             // at MAIL FROM
	AtRecipient          // at RCPT TO
	DuringData           // in the middle of the message
	AfterData            // the message is complete and kept, but the answer never leaves
	AfterDataLost        // the message is complete, and lost with the connection
)

// Faults say how the server fails. The zero value is a server that works.
type Faults struct {
	Hello     Reply         // instead of 250 to EHLO
	Sender    Reply         // instead of 250 to MAIL FROM
	Recipient Reply         // instead of 250 to RCPT TO
	Data      Reply         // instead of 250 to the message
	Drop      DropAt        // hang up
	Delay     time.Duration // before the answer to the message, on the machine's clock
	Silent    bool          // the message is kept; no answer until the client hangs up
	Reached   chan<- struct{}
	Times     int // how many messages fail; 0: all, until Fail is called again
}

// Server is a real SMTP server on 127.0.0.1.
type Server struct {
	Roots *x509.CertPool // trusts the server's certificate
	PEM   []byte         // the same, as a file

	opts Options
	smtp *smtp.Server
	tls  *tls.Config
	addr string
	done context.Context

	mu       sync.Mutex
	listener net.Listener
	serving  sync.WaitGroup
	faults   Faults
	failed   int
	received []Received
	connects int
}

// Start runs a server until the test ends.
func Start(t TB, opts Options) *Server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{opts: opts, done: ctx}
	if err := s.certify(); err != nil {
		t.Fatalf("mailtest: certificate: %v", err)
	}
	s.smtp = smtp.NewServer(smtp.BackendFunc(s.newSession))
	s.smtp.Domain = "mailtest.localhost"
	s.smtp.AllowInsecureAuth = true
	s.smtp.EnableDSN = !opts.NoDSN
	s.smtp.EnableSMTPUTF8 = opts.SMTPUTF8
	s.smtp.MaxMessageBytes = opts.MaxMessageSize
	s.smtp.ErrorLog = log.New(io.Discard, "", 0) // broken connections are what it is for
	if opts.StartTLS {
		s.smtp.TLSConfig = s.tls
	}
	s.addr = "127.0.0.1:0"
	if err := s.listen(); err != nil {
		t.Fatalf("mailtest: %v", err)
	}
	t.Cleanup(func() {
		cancel()
		_ = s.smtp.Close()
		s.Down()
		s.serving.Wait()
	})
	return s
}

func (s *Server) listen() error {
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addr, s.listener = l.Addr().String(), l
	if s.opts.Implicit {
		l = tls.NewListener(l, s.tls)
	}
	s.serving.Add(1)
	go func() {
		defer s.serving.Done()
		_ = s.smtp.Serve(l)
	}()
	return nil
}

// Host is where the server is.
func (s *Server) Host() string { return "127.0.0.1" }

// Port is where the server listens; the same again after Up.
func (s *Server) Port() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, port, _ := net.SplitHostPort(s.addr)
	n, _ := strconv.Atoi(port)
	return n
}

// Down refuses connections from now on.
func (s *Server) Down() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.listener.Close()
}

// Up takes connections again, at the same address.
func (s *Server) Up(t TB) {
	t.Helper()
	if err := s.listen(); err != nil {
		t.Fatalf("mailtest: %v", err)
	}
}

// Fail says how to fail from now on; Fail(Faults{}) is to work again.
func (s *Server) Fail(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.failed = f, 0
}

// fault gives the faults for a new conversation, and counts it.
func (s *Server) fault() Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connects++
	if s.faults.Times > 0 && s.failed >= s.faults.Times {
		return Faults{}
	}
	s.failed++
	return s.faults
}

// Conversations says how many clients said hello.
func (s *Server) Conversations() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connects
}

// Received gives the messages that arrived.
func (s *Server) Received() []Received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Received(nil), s.received...)
}

// Copies says how often a message with this Message-ID (with or without <>)
// arrived.
func (s *Server) Copies(messageID string) int {
	n := 0
	for _, r := range s.Received() {
		if r.MessageID == trimAngles(messageID) {
			n++
		}
	}
	return n
}

// Duplicates gives the Message-IDs that arrived more than once.
func (s *Server) Duplicates() []string {
	var out []string
	seen := map[string]int{}
	for _, r := range s.Received() {
		if seen[r.MessageID]++; seen[r.MessageID] == 2 {
			out = append(out, r.MessageID)
		}
	}
	return out
}

func (s *Server) certify() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	now := clock.Machine.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mailtest"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	s.PEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	s.Roots = x509.NewCertPool()
	s.Roots.AppendCertsFromPEM(s.PEM)
	s.tls = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	return nil
}

// plain is the one way to sign in.
func (s *Server) plain(ok func()) sasl.Server {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != s.opts.Username || password != s.opts.Password {
			return smtp.ErrAuthFailed
		}
		ok()
		return nil
	})
}
