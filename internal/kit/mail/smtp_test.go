package mail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/mail"
	"github.com/houvast/houvast/internal/kit/mail/mailtest"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// sender makes a sender for the server; change adapts its configuration.
func sender(t *testing.T, s *mailtest.Server, change func(*mail.Config)) *mail.SMTP {
	t.Helper()
	cfg := mail.Config{Host: s.Host(), Port: s.Port(), TLS: config.MailNone,
		From: mail.Address{Name: "Praktijk De Linde", Email: "vragen@linde.example"}, Clock: clock.NewSim(noon),
		ConnectTimeout: 20 * time.Second, StepTimeout: 20 * time.Second, AnswerTimeout: 20 * time.Second, Grace: 20 * time.Second}
	if change != nil {
		change(&cfg)
	}
	out, err := mail.NewSMTP(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func message(id string) mail.Message {
	return mail.Message{ID: id, To: mail.Address{Name: "Fatima el Amrani", Email: "fatima@patient.example"},
		Subject: "Uw vraag", Text: "Wij bellen u donderdag voor 16.00 uur.\n", Language: "nl", AutoSubmitted: true}
}

// Every way a server fails, what is known afterwards, and what really arrived.
// The last column is the point: NotSent and Refused must mean zero copies.
func TestOutcomes(t *testing.T) {
	personal := "<fatima@patient.example> Fatima el Amrani unknown"
	tests := []struct {
		name    string
		opts    mailtest.Options
		faults  mailtest.Faults
		change  func(*mail.Config)
		want    mail.Receipt
		arrived int
	}{
		{name: "accepted",
			want: mail.Receipt{Outcome: mail.Accepted, Code: 250, Enhanced: "2.0.0", DSN: true, Stage: mail.StageAnswer}, arrived: 1},
		{name: "accepted without delivery reports", opts: mailtest.Options{NoDSN: true},
			want: mail.Receipt{Outcome: mail.Accepted, Code: 250, Enhanced: "2.0.0", Stage: mail.StageAnswer}, arrived: 1},
		{name: "accepted with another 2xx", faults: mailtest.Faults{Data: mailtest.Reply{Code: 251, Enhanced: "2.1.0", Text: personal}},
			want: mail.Receipt{Outcome: mail.Accepted, Code: 251, Enhanced: "2.1.0", DSN: true, Stage: mail.StageAnswer}},
		{name: "slow but in time", faults: mailtest.Faults{Delay: 50 * time.Millisecond},
			want: mail.Receipt{Outcome: mail.Accepted, Code: 250, Enhanced: "2.0.0", DSN: true, Stage: mail.StageAnswer}, arrived: 1},
		{name: "hello put off", faults: mailtest.Faults{Hello: mailtest.Reply{Code: 421, Enhanced: "4.3.2"}},
			want: mail.Receipt{Outcome: mail.NotSent, Code: 421, Enhanced: "4.3.2", Stage: mail.StageGreeting, Reason: "answered"}},
		{name: "hello refused is about us", faults: mailtest.Faults{Hello: mailtest.Reply{Code: 554, Enhanced: "5.7.1"}},
			want: mail.Receipt{Outcome: mail.NotSent, Code: 554, Enhanced: "5.7.1", Stage: mail.StageGreeting, Reason: "answered"}},
		{name: "sender put off", faults: mailtest.Faults{Sender: mailtest.Reply{Code: 451, Enhanced: "4.7.1"}},
			want: mail.Receipt{Outcome: mail.NotSent, Code: 451, Enhanced: "4.7.1", Stage: mail.StageSender, Reason: "answered"}},
		{name: "sender refused", faults: mailtest.Faults{Sender: mailtest.Reply{Code: 553, Enhanced: "5.7.1"}},
			want: mail.Receipt{Outcome: mail.Refused, Code: 553, Enhanced: "5.7.1", Stage: mail.StageSender, Reason: "answered"}},
		{name: "recipient put off", faults: mailtest.Faults{Recipient: mailtest.Reply{Code: 450, Enhanced: "4.2.0", Text: personal}},
			want: mail.Receipt{Outcome: mail.NotSent, Code: 450, Enhanced: "4.2.0", Stage: mail.StageRecipient, Reason: "answered"}},
		{name: "recipient refused", faults: mailtest.Faults{Recipient: mailtest.Reply{Code: 550, Enhanced: "5.1.1", Text: personal}},
			want: mail.Receipt{Outcome: mail.Refused, Code: 550, Enhanced: "5.1.1", Stage: mail.StageRecipient, Reason: "answered"}},
		{name: "message put off", faults: mailtest.Faults{Data: mailtest.Reply{Code: 452, Enhanced: "4.3.1", Text: personal}},
			want: mail.Receipt{Outcome: mail.NotSent, Code: 452, Enhanced: "4.3.1", Stage: mail.StageAnswer, Reason: "answered"}},
		{name: "message refused", faults: mailtest.Faults{Data: mailtest.Reply{Code: 554, Enhanced: "5.6.0", Text: personal}},
			want: mail.Receipt{Outcome: mail.Refused, Code: 554, Enhanced: "5.6.0", Stage: mail.StageAnswer, Reason: "answered"}},
		{name: "nonsense after the message", faults: mailtest.Faults{Data: mailtest.Reply{Code: 354, Text: personal}},
			want: mail.Receipt{Outcome: mail.Uncertain, Code: 354, Stage: mail.StageAnswer, Reason: "answered"}},
		{name: "lost at the sender", faults: mailtest.Faults{Drop: mailtest.AtSender},
			want: mail.Receipt{Outcome: mail.NotSent, Stage: mail.StageSender, Reason: "connection-lost"}},
		{name: "lost at the recipient", faults: mailtest.Faults{Drop: mailtest.AtRecipient},
			want: mail.Receipt{Outcome: mail.NotSent, Stage: mail.StageRecipient, Reason: "connection-lost"}},
		{name: "lost after the message, which arrived", faults: mailtest.Faults{Drop: mailtest.AfterData},
			want: mail.Receipt{Outcome: mail.Uncertain, Stage: mail.StageAnswer, Reason: "connection-lost"}, arrived: 1},
		{name: "lost after the message, which did not arrive", faults: mailtest.Faults{Drop: mailtest.AfterDataLost},
			want: mail.Receipt{Outcome: mail.Uncertain, Stage: mail.StageAnswer, Reason: "connection-lost"}},
		{name: "no answer in time", faults: mailtest.Faults{Silent: true},
			change: func(c *mail.Config) { c.AnswerTimeout = 50 * time.Millisecond },
			want:   mail.Receipt{Outcome: mail.Uncertain, Stage: mail.StageAnswer, Reason: "time-out"}, arrived: 1},
		{name: "STARTTLS", opts: mailtest.Options{StartTLS: true}, change: func(c *mail.Config) { c.TLS = config.MailStartTLS },
			want: mail.Receipt{Outcome: mail.NotSent, Stage: mail.StageTLS, Reason: "certificate"}},
		{name: "TLS from the first byte", opts: mailtest.Options{Implicit: true}, change: func(c *mail.Config) { c.TLS = config.MailImplicit },
			want: mail.Receipt{Outcome: mail.NotSent, Stage: mail.StageTLS, Reason: "certificate"}},
		{name: "STARTTLS that is not offered", change: func(c *mail.Config) { c.TLS = config.MailStartTLS },
			want: mail.Receipt{Outcome: mail.NotSent, Stage: mail.StageTLS, Reason: "tls-not-offered"}},
		{name: "opportunistic does not fall back on a bad certificate", opts: mailtest.Options{StartTLS: true}, change: func(c *mail.Config) { c.TLS = config.MailOpportunistic },
			want: mail.Receipt{Outcome: mail.NotSent, Stage: mail.StageTLS, Reason: "certificate"}},
		{name: "opportunistic without an offer", change: func(c *mail.Config) { c.TLS = config.MailOpportunistic },
			want: mail.Receipt{Outcome: mail.Accepted, Code: 250, Enhanced: "2.0.0", DSN: true, Stage: mail.StageAnswer}, arrived: 1},
		{name: "login refused is about us", opts: mailtest.Options{Username: "u", Password: "right"},
			change: func(c *mail.Config) { c.Username, c.Password = "u", config.NewSecret("wrong") },
			want:   mail.Receipt{Outcome: mail.NotSent, Code: 535, Enhanced: "5.7.8", Stage: mail.StageLogin, Reason: "answered"}},
		{name: "login forgotten is about us", opts: mailtest.Options{Username: "u", Password: "right"},
			want: mail.Receipt{Outcome: mail.NotSent, Code: 530, Enhanced: "5.7.0", Stage: mail.StageSender, Reason: "answered"}},
		{name: "login not offered", change: func(c *mail.Config) { c.Username, c.Password = "u", config.NewSecret("x") },
			want: mail.Receipt{Outcome: mail.NotSent, Stage: mail.StageLogin, Reason: "no-safe-login-offered"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := mailtest.Start(t, tt.opts)
			srv.Fail(tt.faults)
			r, err := sender(t, srv, tt.change).Send(t.Context(), message("msg_1"))
			if d := cmp.Diff(tt.want, r); d != "" {
				t.Errorf("receipt: %s", d)
			}
			if (err == nil) != (tt.want.Outcome == mail.Accepted) || r.Retry() != (tt.want.Outcome == mail.NotSent) {
				t.Errorf("error %v and retry %v do not fit %s", err, r.Retry(), r.Outcome)
			}
			if n := srv.Copies("msg_1@linde.example"); n != tt.arrived {
				t.Errorf("%d copies arrived, want %d", n, tt.arrived)
			}
			if text := fmt.Sprint(err, r); strings.Contains(text, "atima") || strings.Contains(text, "wrong") {
				t.Errorf("personal text or a password: %s", text)
			}
		})
	}
}

func TestConnectionRefusedAndBack(t *testing.T) {
	srv := mailtest.Start(t, mailtest.Options{})
	s := sender(t, srv, nil)
	srv.Down()
	r, err := s.Send(t.Context(), message("msg_1"))
	if want := (mail.Receipt{Outcome: mail.NotSent, Stage: mail.StageConnect, Reason: "connection-refused"}); r != want || err == nil {
		t.Errorf("got %+v, %v", r, err)
	}
	srv.Up(t)
	if r, err = s.Send(t.Context(), message("msg_1")); err != nil || r.Outcome != mail.Accepted || srv.Copies("msg_1@linde.example") != 1 {
		t.Errorf("after it came back: %+v, %v", r, err)
	}
}

func TestServerNotFound(t *testing.T) {
	s, err := mail.NewSMTP(mail.Config{Host: "nowhere.invalid", Port: 587, TLS: config.MailStartTLS, From: mail.Address{Email: "a@example.org"}})
	if err != nil {
		t.Fatal(err)
	}
	r, _ := s.Send(t.Context(), message("msg_1"))
	if r.Outcome != mail.NotSent || r.Stage != mail.StageConnect {
		t.Errorf("got %+v", r)
	}
}

// A listener that talks, but not SMTP, and one that says nothing at all.
func TestNotAMailServer(t *testing.T) {
	for name, tt := range map[string]struct{ says, reason string }{
		"web server": {"HTTP/1.1 400 Bad Request\r\n\r\n", "not-smtp"},
		"silent":     {"", "time-out"},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { l.Close() })
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					_, _ = c.Write([]byte(tt.says))
					t.Cleanup(func() { c.Close() })
				}
			}()
			s, err := mail.NewSMTP(mail.Config{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: config.MailNone,
				From: mail.Address{Email: "a@example.org"}, ConnectTimeout: 100 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			r, _ := s.Send(t.Context(), message("msg_1"))
			if want := (mail.Receipt{Outcome: mail.NotSent, Stage: mail.StageGreeting, Reason: tt.reason}); r != want {
				t.Errorf("got %+v, want %+v", r, want)
			}
		})
	}
}

// A connection lost in the middle of a large message: its end was never
// written, so it was not sent.
func TestLostDuringTheMessage(t *testing.T) {
	srv := mailtest.Start(t, mailtest.Options{})
	srv.Fail(mailtest.Faults{Drop: mailtest.DuringData})
	m := message("msg_1")
	m.Text = strings.Repeat("Een lange brief. ", 2<<20) // far beyond what the machine buffers
	r, _ := sender(t, srv, nil).Send(t.Context(), m)
	if want := (mail.Receipt{Outcome: mail.NotSent, Stage: mail.StageData, Reason: "connection-lost"}); r != want {
		t.Errorf("got %+v, want %+v", r, want)
	}
}

// While nothing can have been sent, a context that ends means: not sent.
func TestContextEndsBeforehand(t *testing.T) {
	srv := mailtest.Start(t, mailtest.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := sender(t, srv, nil).Send(ctx, message("msg_1"))
	if r.Outcome != mail.NotSent || r.Reason != "cancelled" || err == nil || len(srv.Received()) != 0 {
		t.Errorf("got %+v, %v", r, err)
	}
}

// Once the message is with the server, an ending context waits a little for the
// answer: it makes the difference between known and uncertain.
func TestContextEndsWhileWaitingForTheAnswer(t *testing.T) {
	for name, tt := range map[string]struct {
		faults mailtest.Faults
		grace  time.Duration
		want   mail.Outcome
	}{
		"the answer comes within the grace": {mailtest.Faults{Delay: 50 * time.Millisecond}, 20 * time.Second, mail.Accepted},
		"the answer does not come":          {mailtest.Faults{Silent: true}, 20 * time.Millisecond, mail.Uncertain},
	} {
		t.Run(name, func(t *testing.T) {
			srv := mailtest.Start(t, mailtest.Options{})
			reached := make(chan struct{}, 1)
			tt.faults.Reached = reached
			srv.Fail(tt.faults)
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-reached; cancel() }()
			r, _ := sender(t, srv, func(c *mail.Config) { c.Grace = tt.grace }).Send(ctx, message("msg_1"))
			if r.Outcome != tt.want || srv.Copies("msg_1@linde.example") != 1 {
				t.Errorf("got %+v with %d copies, want %s", r, srv.Copies("msg_1@linde.example"), tt.want)
			}
		})
	}
}

func TestEncryptedAndSignedIn(t *testing.T) {
	for mode, opts := range map[string]mailtest.Options{
		config.MailStartTLS:      {StartTLS: true},
		config.MailOpportunistic: {StartTLS: true},
		config.MailImplicit:      {Implicit: true},
	} {
		t.Run(mode, func(t *testing.T) {
			opts.Username, opts.Password = "houvast", "hunter2"
			srv := mailtest.Start(t, opts)
			s := sender(t, srv, func(c *mail.Config) {
				c.TLS, c.Roots, c.Username, c.Password = mode, srv.Roots, "houvast", config.NewSecret("hunter2")
			})
			if _, err := s.Send(t.Context(), message("msg_1")); err != nil {
				t.Fatal(err)
			}
			if got := srv.Received()[0]; !got.TLS || !got.Login {
				t.Errorf("tls %v, login %v", got.TLS, got.Login)
			}
			want := []mail.CheckResult{{Step: "server", State: mail.CheckOK}, {Step: "encrypted", State: mail.CheckOK, Detail: "TLS 1.3"},
				{Step: "login", State: mail.CheckOK}, {Step: "sender", State: mail.CheckOK}}
			if d := cmp.Diff(want, s.Check(t.Context())); d != "" {
				t.Errorf("check: %s", d)
			}
			if n := len(srv.Received()); n != 1 {
				t.Errorf("a check sends nothing, but %d messages arrived", n)
			}
		})
	}
}

func TestCheckSaysHowFarAMessageWouldCome(t *testing.T) {
	skipped := func(reason string, steps ...string) (out []mail.CheckResult) {
		for _, s := range steps {
			out = append(out, mail.CheckResult{Step: s, State: mail.CheckSkipped, Reason: reason})
		}
		return out
	}
	ok := func(step string) mail.CheckResult { return mail.CheckResult{Step: step, State: mail.CheckOK} }
	notEncrypted := skipped("not-encrypted", "encrypted")[0]
	tests := []struct {
		name   string
		opts   mailtest.Options
		faults mailtest.Faults
		down   bool
		change func(*mail.Config)
		want   []mail.CheckResult
	}{
		{"down", mailtest.Options{}, mailtest.Faults{}, true, nil,
			append([]mail.CheckResult{{Step: "server", State: mail.CheckFailed, Reason: "connection-refused"}}, skipped("not-reached", "encrypted", "login", "sender")...)},
		{"certificate", mailtest.Options{StartTLS: true}, mailtest.Faults{}, false, func(c *mail.Config) { c.TLS = config.MailStartTLS },
			append([]mail.CheckResult{ok("server"), {Step: "encrypted", State: mail.CheckFailed, Reason: "certificate"}}, skipped("not-reached", "login", "sender")...)},
		{"login", mailtest.Options{Username: "u", Password: "right"}, mailtest.Faults{}, false,
			func(c *mail.Config) { c.Username, c.Password = "u", config.NewSecret("wrong") },
			append([]mail.CheckResult{ok("server"), notEncrypted, {Step: "login", State: mail.CheckFailed, Reason: "answered", Code: 535, Enhanced: "5.7.8"}}, skipped("not-reached", "sender")...)},
		{"sender", mailtest.Options{}, mailtest.Faults{Sender: mailtest.Reply{Code: 553, Enhanced: "5.7.1"}}, false, nil,
			[]mail.CheckResult{ok("server"), notEncrypted, skipped("no-username", "login")[0], {Step: "sender", State: mail.CheckFailed, Reason: "answered", Code: 553, Enhanced: "5.7.1"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := mailtest.Start(t, tt.opts)
			srv.Fail(tt.faults)
			s := sender(t, srv, tt.change)
			if tt.down {
				srv.Down()
			}
			if d := cmp.Diff(tt.want, s.Check(t.Context())); d != "" {
				t.Error(d)
			}
		})
	}
}

// A retry after NotSent gives exactly one copy.
func TestRetryAfterNotSentGivesOneCopy(t *testing.T) {
	srv := mailtest.Start(t, mailtest.Options{})
	srv.Fail(mailtest.Faults{Recipient: mailtest.Reply{Code: 450}, Times: 2})
	s := sender(t, srv, nil)
	for range 5 {
		if r, _ := s.Send(t.Context(), message("msg_1")); !r.Retry() {
			break
		}
	}
	if srv.Copies("msg_1@linde.example") != 1 || len(srv.Duplicates()) != 0 || srv.Conversations() != 3 {
		t.Errorf("%d copies, duplicates %v, %d conversations", srv.Copies("msg_1@linde.example"), srv.Duplicates(), srv.Conversations())
	}
	if _, err := s.Send(t.Context(), message("msg_1")); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"msg_1@linde.example"}, srv.Duplicates()); d != "" {
		t.Errorf("the server must notice a second copy: %s", d)
	}
}

func TestOff(t *testing.T) {
	var off mail.Sender = mail.Off{}
	r, err := off.Send(t.Context(), message("msg_1"))
	if r.Outcome != mail.NotSent || errs.ClassOf(err) != errs.Unavailable || errs.TypeOf(err) != "mail-off" {
		t.Errorf("got %+v, %v", r, err)
	}
	for _, c := range off.Check(t.Context()) {
		if c.State != mail.CheckSkipped || c.Reason != "mail-off" {
			t.Errorf("got %+v", c)
		}
	}
}

func TestNewFromSettings(t *testing.T) {
	if s, err := mail.New(config.Mail{}, nil); err != nil || s != (mail.Off{}) {
		t.Errorf("without a host mail is off, got %T, %v", s, err)
	}
	srv := mailtest.Start(t, mailtest.Options{StartTLS: true})
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, srv.PEM, 0o600); err != nil {
		t.Fatal(err)
	}
	m := config.Mail{Host: srv.Host(), Port: srv.Port(), TLS: config.MailStartTLS, From: "Bakkerij Zoë <brood@zoe.example>", CAFile: ca}
	s, err := mail.New(m, clock.NewSim(noon))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(t.Context(), message("msg_1")); err != nil {
		t.Fatal(err)
	}
	if got := srv.Received()[0]; got.From != "brood@zoe.example" || got.FromName != "Bakkerij Zoë" || got.MessageID != "msg_1@zoe.example" {
		t.Errorf("got %s, %s, %s", got.From, got.FromName, got.MessageID)
	}
	for name, bad := range map[string]config.Mail{
		"unencrypted to elsewhere": {Host: "mx.example", Port: 25, TLS: config.MailNone, From: "a@example.org"},
		"no sender":                {Host: "mx.example", Port: 25, TLS: config.MailStartTLS},
		"no port":                  {Host: "mx.example", TLS: config.MailStartTLS, From: "a@example.org"},
		"strange encryption":       {Host: "mx.example", Port: 25, TLS: "ssl3", From: "a@example.org"},
		"no such authority":        {Host: "mx.example", Port: 25, TLS: config.MailStartTLS, From: "a@example.org", CAFile: "/nowhere"},
	} {
		if s, err := mail.New(bad, nil); err == nil || s != nil {
			t.Errorf("%s: got %v, %v", name, s, err)
		}
	}
}

func TestTheConfigurationDoesNotShowThePassword(t *testing.T) {
	var out bytes.Buffer
	s, err := mail.NewSMTP(mail.Config{Host: "mx.example", Port: 25, TLS: config.MailStartTLS, From: mail.Address{Email: "a@example.org"},
		Username: "u", Password: config.NewSecret("hunter2")})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&out, "%+v %#v", s, s)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "s", s)
	if strings.Contains(out.String(), "hunter2") {
		t.Error("the password is printed")
	}
}

func TestErrorsAreOfOneKind(t *testing.T) {
	srv := mailtest.Start(t, mailtest.Options{})
	srv.Fail(mailtest.Faults{Recipient: mailtest.Reply{Code: 550, Enhanced: "5.1.1"}})
	_, err := sender(t, srv, nil).Send(t.Context(), message("msg_1"))
	var e *mail.Error
	if !errors.As(err, &e) || e.Error() != "mail: refused at recipient: answered 550 5.1.1" {
		t.Errorf("got %v", err)
	}
}
