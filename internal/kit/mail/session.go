package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/textproto"
	"os"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/config"
)

// session is one conversation with the server.
type session struct {
	s      *SMTP
	conn   net.Conn // the TCP connection underneath: deadlines and closing
	client *smtp.Client
	stop   func() bool // forgets the context

	mu        sync.Mutex
	committed bool // the end of the message is being written: from here on, silence means uncertain
}

// open finds, encrypts and signs in. Its errors are all NotSent: no message
// has been mentioned yet. A 5xx here is about us and the server, not about the
// message, and is mended by the administrator. On a failed login the session
// comes along, closed, so that a check can tell how far it came.
func (s *SMTP) open(ctx context.Context) (*session, error) {
	dialer := net.Dialer{Timeout: s.cfg.ConnectTimeout}
	conn, err := dialer.DialContext(ctx, "tcp", s.address())
	if err != nil {
		return nil, failed(ctx, StageConnect, NotSent, err)
	}
	c := &session{s: s, conn: conn}
	c.stop = context.AfterFunc(ctx, c.cancelled)
	if err := c.greet(ctx); err != nil {
		c.drop()
		return nil, err
	}
	if err := c.login(ctx); err != nil {
		c.drop()
		return c, err
	}
	return c, nil
}

// cancelled ends the conversation at once while nothing can have been sent;
// afterwards it leaves the server a little time to answer, because giving up
// then makes work for a person.
func (c *session) cancelled() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.committed {
		_ = c.conn.Close()
		return
	}
	_ = c.conn.SetDeadline(clock.Machine.Now().Add(c.s.cfg.Grace))
}

// commit passes the point of no return, unless the context ended before it.
func (c *session) commit(ctx context.Context) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ctx.Err() != nil {
		return false
	}
	c.committed = true
	_ = c.conn.SetDeadline(clock.Machine.Now().Add(c.s.cfg.AnswerTimeout))
	return true
}

// within limits the next step. An expired context has closed the connection,
// so a later deadline cannot revive it.
func (c *session) within(d time.Duration) {
	_ = c.conn.SetDeadline(clock.Machine.Now().Add(d))
}

func (c *session) drop() {
	c.stop()
	_ = c.conn.Close()
}

// end says goodbye. Whatever comes of that changes nothing.
func (c *session) end() {
	c.stop()
	c.within(5 * time.Second)
	_ = c.client.Quit()
	_ = c.conn.Close()
}

// greet reads the greeting, says EHLO and encrypts as configured.
func (c *session) greet(ctx context.Context) error {
	cfg := c.s.cfg
	c.within(cfg.ConnectTimeout)
	var stream net.Conn = c.conn
	if cfg.TLS == config.MailImplicit {
		t := tls.Client(c.conn, c.s.tls)
		if err := t.HandshakeContext(ctx); err != nil {
			return failed(ctx, StageTLS, NotSent, err)
		}
		stream = t
	}
	var err error
	if c.client, err = smtp.NewClient(stream, cfg.Host); err != nil {
		return failed(ctx, StageGreeting, NotSent, err)
	}
	c.within(cfg.StepTimeout)
	if err := c.client.Hello(cfg.Domain); err != nil {
		return failed(ctx, StageGreeting, NotSent, err)
	}
	if cfg.TLS != config.MailStartTLS && cfg.TLS != config.MailOpportunistic {
		return nil
	}
	if offered, _ := c.client.Extension("STARTTLS"); !offered {
		if cfg.TLS == config.MailOpportunistic {
			return nil
		}
		return &Error{Receipt: Receipt{Outcome: NotSent, Stage: StageTLS, Reason: "tls-not-offered"}}
	}
	if err := c.client.StartTLS(c.s.tls); err != nil {
		return failed(ctx, StageTLS, NotSent, err)
	}
	return nil
}

// login signs in when there is a name. In an encrypted connection PLAIN is what
// every server has; in a plain one to this machine it is allowed as well.
// Without either only SCRAM, which does not show the password.
func (c *session) login(ctx context.Context) error {
	cfg := c.s.cfg
	if cfg.Username == "" {
		return nil
	}
	offered, list := c.client.Extension("AUTH")
	has := func(mechanism string) bool {
		for _, m := range strings.Fields(list) {
			if offered && strings.EqualFold(m, mechanism) {
				return true
			}
		}
		return false
	}
	safe := c.tlsVersion() != "" || config.Loopback(cfg.Host)
	var auth smtp.Auth
	switch password := cfg.Password.Reveal(); {
	case safe && has("PLAIN"):
		auth = smtp.PlainAuth("", cfg.Username, password, cfg.Host, true)
	case safe && has("LOGIN"):
		auth = smtp.LoginAuth(cfg.Username, password, cfg.Host, true)
	case has("SCRAM-SHA-256"):
		auth = smtp.ScramSHA256Auth(cfg.Username, password)
	default:
		return &Error{Receipt: Receipt{Outcome: NotSent, Stage: StageLogin, Reason: "no-safe-login-offered"}}
	}
	c.within(cfg.StepTimeout)
	if err := c.client.Auth(auth); err != nil {
		return failed(ctx, StageLogin, NotSent, err)
	}
	return nil
}

// tlsVersion is "TLS 1.3" and the like; empty on an unencrypted connection.
func (c *session) tlsVersion() string {
	state, ok := c.client.TLSConnectionState()
	if !ok {
		return ""
	}
	return tls.VersionName(state.Version)
}

// transmit hands the message over. It is the one place that decides between
// not sent, refused and uncertain.
func (c *session) transmit(ctx context.Context, env *envelope) (Receipt, error) {
	step := c.s.cfg.StepTimeout
	utf8, _ := c.client.Extension("SMTPUTF8")
	if env.utf8 && !utf8 {
		return Receipt{}, &Error{Receipt: Receipt{Outcome: Refused, Stage: StageRecipient, Reason: "utf8-address-unsupported"}}
	}
	// Asking for SMTPUTF8 without need makes a message undeliverable behind
	// the first server that does not know it.
	c.client.SkipSMTPUTF8(!env.utf8)

	sender := "<" + env.from + ">"
	dsn, _ := c.client.Extension("DSN")
	if dsn {
		notify := "FAILURE,DELAY"
		if c.s.cfg.DeliveryReports {
			notify = "SUCCESS," + notify
		}
		c.client.SetDSNMailReturnOption("HDRS")
		c.client.SetDSNRcptNotifyOption(notify)
		// The client has no option for ENVID, by which a report names the
		// message it is about; the form of an id needs no escaping here.
		sender += " ENVID=" + env.id
	}
	c.within(step)
	if err := c.client.Mail(sender); err != nil {
		return Receipt{}, failed(ctx, StageSender, NotSent, err)
	}
	c.within(step)
	if err := c.client.Rcpt("<" + env.to + ">"); err != nil {
		return Receipt{}, failed(ctx, StageRecipient, NotSent, err)
	}
	c.within(step)
	w, err := c.client.Data()
	if err != nil {
		return Receipt{}, failed(ctx, StageData, NotSent, err)
	}
	if err := c.write(w, env.raw); err != nil {
		return Receipt{}, failed(ctx, StageData, NotSent, c.earlyAnswer(err))
	}

	// Everything but the line that ends the message is on its way. Without
	// that line a server must not deliver (RFC 5321, 4.1.1.4); with it, only
	// its answer tells.
	if !c.commit(ctx) {
		return Receipt{}, failed(ctx, StageData, NotSent, ctx.Err())
	}
	err = w.Close()
	if err == nil {
		answer := ""
		if d, ok := w.(*smtp.DataCloser); ok {
			answer = d.ServerResponse()
		}
		return Receipt{Outcome: Accepted, Code: 250, Enhanced: enhanced(answer), DSN: dsn, Stage: StageAnswer}, nil
	}
	var answer *textproto.Error
	if errors.As(err, &answer) && answer.Code/100 == 2 { // an unknown 2xx counts as 250 (RFC 5321, 4.3.2)
		return Receipt{Outcome: Accepted, Code: answer.Code, Enhanced: enhanced(answer.Msg), DSN: dsn, Stage: StageAnswer}, nil
	}
	return Receipt{}, failed(ctx, StageAnswer, Uncertain, err)
}

// write sends all but the end of the message, and makes sure that it left.
func (c *session) write(w io.Writer, raw []byte) error {
	const piece = 32 << 10
	for len(raw) > 0 {
		n := min(piece, len(raw))
		c.within(c.s.cfg.StepTimeout)
		if _, err := w.Write(raw[:n]); err != nil {
			return err
		}
		raw = raw[n:]
	}
	c.within(c.s.cfg.StepTimeout)
	return c.client.Text.W.Flush()
}

// earlyAnswer looks whether the server said why before it hung up in the middle
// of the message (552 for one that is too large); else the error stays.
func (c *session) earlyAnswer(err error) error {
	c.within(2 * time.Second)
	_, _, said := c.client.Text.ReadResponse(250)
	var answer *textproto.Error
	if errors.As(said, &answer) {
		return answer
	}
	return err
}

// introduce says MAIL FROM and takes it back.
func (c *session) introduce(ctx context.Context, email string) error {
	from, _, _ := mailbox(email)
	c.client.SkipSMTPUTF8(true)
	c.within(c.s.cfg.StepTimeout)
	if err := c.client.Mail("<" + from + ">"); err != nil {
		return failed(ctx, StageSender, NotSent, err)
	}
	c.within(c.s.cfg.StepTimeout)
	if err := c.client.Reset(); err != nil {
		return failed(ctx, StageSender, NotSent, err)
	}
	return nil
}

// failed makes the one error of this package. silent is the outcome when the
// server gave no answer that can be understood; an answer decides by itself.
func failed(ctx context.Context, stage Stage, silent Outcome, err error) *Error {
	e := &Error{Receipt: Receipt{Outcome: silent, Stage: stage}}
	var answer *textproto.Error
	if errors.As(err, &answer) {
		e.Receipt.Reason, e.Receipt.Code, e.Receipt.Enhanced = "answered", answer.Code, enhanced(answer.Msg)
		e.Receipt.Outcome = outcomeOf(stage, silent, answer.Code)
		return e // without the cause: the server's words may name the recipient
	}
	e.Receipt.Reason = reason(ctx, err)
	switch stage {
	case StageConnect, StageTLS: // names of machines and certificates, nobody's
		e.Err = err
	}
	return e
}

// outcomeOf judges an answer. A refusal before MAIL FROM, or for want of a
// login, is about us; after that it is about the message.
func outcomeOf(stage Stage, silent Outcome, code int) Outcome {
	switch {
	case code >= 400 && code < 500:
		return NotSent
	case code == 530 || code == 534 || code == 535 || code == 538: // sign in first (RFC 4954)
		return NotSent
	case code >= 500 && code < 600:
		switch stage {
		case StageSender, StageRecipient, StageData, StageAnswer:
			return Refused
		}
		return NotSent
	}
	return silent
}

var enhancedForm = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}\b`)

// enhanced takes the status code (RFC 3463) that starts an answer, and nothing else.
func enhanced(msg string) string { return enhancedForm.FindString(msg) }

// reason puts a failure without an answer into one word.
func reason(ctx context.Context, err error) string {
	var (
		timeout net.Error
		dns     *net.DNSError
		cert    *tls.CertificateVerificationError
		unknown x509.UnknownAuthorityError
		record  tls.RecordHeaderError
		alert   tls.AlertError
		proto   textproto.ProtocolError
	)
	switch {
	case ctx.Err() != nil:
		return "cancelled"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded),
		errors.As(err, &timeout) && timeout.Timeout():
		return "time-out"
	case errors.As(err, &dns):
		return "server-not-found"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection-refused"
	case errors.As(err, &cert), errors.As(err, &unknown):
		return "certificate"
	case errors.As(err, &record), errors.As(err, &alert):
		return "tls-failed"
	case errors.As(err, &proto):
		return "not-smtp"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection-lost"
	}
	return "failed"
}
