package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/config"
)

// Config is how to reach the server. The time-outs run on the machine's clock.
type Config struct {
	Host     string
	Port     int
	Username string // no login when empty
	Password config.Secret
	TLS      string         // config.MailStartTLS, …Opportunistic, …Implicit, …None
	Roots    *x509.CertPool // what to trust; the machine's own when nil
	From     Address        // sender of a message that names none
	Domain   string         // for Message-ID and EHLO; the domain of From when empty
	Clock    clock.Clock    // dates the messages; the real one when nil

	// Reports of delivery too, not only of failure and delay. They come to the
	// address of the sender, so somebody must read that mailbox: off unless
	// incoming mail is handled.
	DeliveryReports bool

	ConnectTimeout time.Duration // 30 s; reaching the server, and each of greeting and TLS
	StepTimeout    time.Duration // 2 min; each command, each piece of the message
	AnswerTimeout  time.Duration // 10 min (RFC 5321, 4.5.3.2.6): a short wait makes outcomes uncertain for nothing
	Grace          time.Duration // 15 s; how long to wait on for that answer when the context has ended
}

// SMTP sends by one server, one connection a message.
type SMTP struct {
	cfg Config
	tls *tls.Config
}

// New makes the sender the settings describe: Off when there is no mail server.
func New(m config.Mail, c clock.Clock) (Sender, error) {
	if !m.On() {
		return Off{}, nil
	}
	from, err := mail.ParseAddress(m.From)
	if err != nil {
		return nil, errors.New("mail: the configured sender is not an e-mail address")
	}
	cfg := Config{Host: m.Host, Port: m.Port, Username: m.Username, Password: m.Password, TLS: m.TLS,
		From: Address{Name: from.Name, Email: from.Address}, Clock: c}
	if m.CAFile != "" {
		pem, err := os.ReadFile(m.CAFile)
		if err != nil {
			return nil, fmt.Errorf("mail: read certificates to trust: %w", err)
		}
		if cfg.Roots, err = x509.SystemCertPool(); err != nil {
			cfg.Roots = x509.NewCertPool()
		}
		if !cfg.Roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("mail: no certificate in %s", m.CAFile)
		}
	}
	s, err := NewSMTP(cfg)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// NewSMTP checks the configuration; it does not connect.
func NewSMTP(cfg Config) (*SMTP, error) {
	if cfg.Host == "" || !clean(cfg.Host) || strings.ContainsAny(cfg.Host, " /@") {
		return nil, errors.New("mail: the host of the mail server is missing or not a name")
	}
	if cfg.Port < 1 || cfg.Port > 65535 {
		return nil, fmt.Errorf("mail: %d is not a port", cfg.Port)
	}
	switch cfg.TLS {
	case config.MailStartTLS, config.MailOpportunistic, config.MailImplicit:
	case config.MailNone:
		if !config.Loopback(cfg.Host) {
			return nil, errors.New("mail: an unencrypted connection is allowed to this machine only")
		}
	default:
		return nil, fmt.Errorf("mail: unknown encryption %q", cfg.TLS)
	}
	from, _, ok := mailbox(cfg.From.Email)
	if !ok || !clean(cfg.From.Name) {
		return nil, errors.New("mail: the configured sender is not an e-mail address")
	}
	if cfg.Domain == "" {
		cfg.Domain = from[strings.LastIndexByte(from, '@')+1:]
	}
	if !clean(cfg.Domain) || strings.ContainsAny(cfg.Domain, " <>@") {
		return nil, errors.New("mail: the configured domain is not a name")
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.Real{}
	}
	for _, d := range []struct {
		at    *time.Duration
		usual time.Duration
	}{{&cfg.ConnectTimeout, 30 * time.Second}, {&cfg.StepTimeout, 2 * time.Minute}, {&cfg.AnswerTimeout, 10 * time.Minute}, {&cfg.Grace, 15 * time.Second}} {
		if *d.at <= 0 {
			*d.at = d.usual
		}
	}
	return &SMTP{cfg: cfg, tls: &tls.Config{ServerName: cfg.Host, RootCAs: cfg.Roots, MinVersion: tls.VersionTLS12}}, nil
}

func (s *SMTP) address() string { return net.JoinHostPort(s.cfg.Host, strconv.Itoa(s.cfg.Port)) }

// Send implements Sender.
func (s *SMTP) Send(ctx context.Context, m Message) (Receipt, error) {
	if m.From == (Address{}) {
		m.From = s.cfg.From
	}
	env, err := compose(m, s.cfg.Domain, s.cfg.Clock.Now())
	if err != nil {
		return Receipt{Outcome: Refused, Stage: StageMessage, Reason: "unfit"}, err
	}
	sess, err := s.open(ctx)
	if err != nil {
		return receiptOf(err), err
	}
	defer sess.end()
	r, err := sess.transmit(ctx, env)
	if err != nil {
		return receiptOf(err), err
	}
	return r, nil
}

func receiptOf(err error) Receipt {
	var e *Error
	if errors.As(err, &e) {
		return e.Receipt
	}
	// Not reached: every step makes an *Error. If one ever does not, nothing
	// is known, and that is what must be said.
	return Receipt{Outcome: Uncertain, Stage: StageAnswer, Reason: "unknown"}
}

// Check implements Sender. It introduces a message from the configured sender
// and takes it back, so nothing is sent.
func (s *SMTP) Check(ctx context.Context) []CheckResult {
	out := make([]CheckResult, len(checkSteps))
	for i, step := range checkSteps {
		out[i] = CheckResult{Step: step, State: CheckSkipped, Reason: "not-reached"}
	}
	server, encrypted, login, sender := &out[0], &out[1], &out[2], &out[3]
	fail := func(c *CheckResult, r Receipt) {
		c.State, c.Reason, c.Code, c.Enhanced = CheckFailed, r.Reason, r.Code, r.Enhanced
	}
	pass := func(c *CheckResult) { c.State, c.Reason = CheckOK, "" }

	sess, err := s.open(ctx)
	r := Receipt{}
	if err != nil {
		r = receiptOf(err)
	}
	if r.Stage == StageConnect || r.Stage == StageGreeting {
		fail(server, r)
		return out
	}
	pass(server)
	if r.Stage == StageTLS {
		fail(encrypted, r)
		return out
	}
	if err == nil {
		defer sess.end()
	}
	switch version := sess.tlsVersion(); version {
	case "":
		encrypted.Reason = "not-encrypted"
	default:
		pass(encrypted)
		encrypted.Detail = version
	}
	switch {
	case r.Stage == StageLogin:
		fail(login, r)
		return out
	case s.cfg.Username == "":
		login.Reason = "no-username"
	default:
		pass(login)
	}
	if err := sess.introduce(ctx, s.cfg.From.Email); err != nil {
		fail(sender, receiptOf(err))
		return out
	}
	pass(sender)
	return out
}
