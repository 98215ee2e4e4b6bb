package mailtest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/houvast/houvast/internal/kernel/clock"
)

// Received is a message as it arrived.
type Received struct {
	From       string   // MAIL FROM
	To         []string // RCPT TO
	Notify     []string // delivery reports asked for
	Return     string
	EnvelopeID string
	UTF8       bool // SMTPUTF8 was asked for
	TLS        bool
	Login      bool

	Header    mail.Header // as sent
	MessageID string      // without <>
	Subject   string      // decoded
	FromName  string
	ToName    string
	Text      string // decoded
	HTML      string
	Raw       []byte
	Broken    error // why it could not be parsed
}

// Addresses gives the addresses in a header.
func (r Received) Addresses(header string) []string {
	var out []string
	list, _ := r.Header.AddressList(header)
	for _, a := range list {
		out = append(out, a.Address)
	}
	return out
}

type session struct {
	s      *Server
	conn   *smtp.Conn
	faults Faults
	login  bool
	msg    Received
}

func (s *Server) newSession(c *smtp.Conn) (smtp.Session, error) {
	sess := &session{s: s, conn: c, faults: s.fault()}
	if err := sess.faults.Hello.err(); err != nil {
		return nil, err
	}
	return sess, nil
}

// err is the answer as the SMTP library wants it; nil for the zero Reply.
func (r Reply) err() error {
	if r.Code == 0 {
		return nil
	}
	e := &smtp.SMTPError{Code: r.Code, EnhancedCode: smtp.NoEnhancedCode, Message: r.Text}
	if r.Enhanced != "" {
		_, _ = fmt.Sscanf(r.Enhanced, "%d.%d.%d", &e.EnhancedCode[0], &e.EnhancedCode[1], &e.EnhancedCode[2])
	}
	return e
}

func (x *session) hangUp() error {
	_ = x.conn.Conn().Close()
	return io.ErrClosedPipe
}

func (x *session) AuthMechanisms() []string {
	if x.s.opts.Username == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (x *session) Auth(string) (sasl.Server, error) {
	return x.s.plain(func() { x.login = true }), nil
}

func (x *session) Reset()        {}
func (x *session) Logout() error { return nil }

func (x *session) Mail(from string, o *smtp.MailOptions) error {
	if x.s.opts.Username != "" && !x.login {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "sign in first"}
	}
	if x.faults.Drop == AtSender {
		return x.hangUp()
	}
	if err := x.faults.Sender.err(); err != nil {
		return err
	}
	_, secure := x.conn.TLSConnectionState()
	x.msg = Received{From: from, EnvelopeID: o.EnvelopeID, Return: string(o.Return), UTF8: o.UTF8, TLS: secure, Login: x.login}
	return nil
}

func (x *session) Rcpt(to string, o *smtp.RcptOptions) error {
	if x.faults.Drop == AtRecipient {
		return x.hangUp()
	}
	if err := x.faults.Recipient.err(); err != nil {
		return err
	}
	x.msg.To = append(x.msg.To, to)
	for _, n := range o.Notify {
		x.msg.Notify = append(x.msg.Notify, string(n))
	}
	return nil
}

func (x *session) Data(r io.Reader) error {
	if x.faults.Drop == DuringData {
		_, _ = r.Read(make([]byte, 1))
		return x.hangUp()
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := x.faults.Data.err(); err != nil {
		return err
	}
	if x.faults.Drop != AfterDataLost {
		x.msg.Raw = raw
		x.msg.Broken = x.msg.parse()
		x.s.mu.Lock()
		x.s.received = append(x.s.received, x.msg)
		x.s.mu.Unlock()
	}
	if x.faults.Reached != nil {
		x.faults.Reached <- struct{}{}
	}
	clock.Machine.Sleep(x.s.done, x.faults.Delay)
	if x.faults.Silent {
		// Nothing more comes from the client until it gives up.
		_, _ = x.conn.Conn().Read(make([]byte, 1))
		return io.ErrClosedPipe
	}
	if x.faults.Drop == AfterData || x.faults.Drop == AfterDataLost {
		return x.hangUp()
	}
	return nil
}

// parse reads the message as a mail program would.
func (r *Received) parse() error {
	m, err := mail.ReadMessage(bytes.NewReader(r.Raw))
	if err != nil {
		return err
	}
	r.Header = m.Header
	r.MessageID = trimAngles(m.Header.Get("Message-ID"))
	if r.Subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		return err
	}
	for header, name := range map[string]*string{"From": &r.FromName, "To": &r.ToName} {
		list, err := m.Header.AddressList(header)
		if err != nil {
			return fmt.Errorf("%s: %w", header, err)
		}
		if len(list) > 0 {
			*name = list[0].Name
		}
	}
	return r.part(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body)
}

func (r *Received) part(contentType, encoding string, body io.Reader) error {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return err
	}
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			if err := r.part(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p); err != nil {
				return err
			}
		}
	}
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	switch kind {
	case "text/plain":
		r.Text += string(text)
	case "text/html":
		r.HTML += string(text)
	}
	return nil
}

func trimAngles(s string) string { return strings.Trim(strings.TrimSpace(s), "<>") }
