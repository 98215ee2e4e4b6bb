package mail

import (
	"bytes"
	"mime"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"time"
)

// ours are the only headers that a message has.
var ours = []string{"From", "To", "Reply-To", "Subject", "Message-Id", "Date", "Content-Language", "Mime-Version", "Content-Type", "Content-Transfer-Encoding", "X-Houvast", "Auto-Submitted"}

// Nobody gets a header, a recipient or a line of their own into a message by
// what they are called, ask or write; and a mail program reads what was meant.
func FuzzCompose(f *testing.F) {
	f.Add("Anna de Vries", "anna@example.nl", "De uitslag", "Dag Anna,\n\nAlles is goed.", "nl")
	f.Add("Eve\r\nBcc: x@example.org", "eve@example.nl", "a\nb", ".\r\n.\r\nQUIT", "nl")
	f.Add("=?utf-8?q?=0D=0ABcc?=", "é@exämple.nl", "=?utf-8?b?AAAA?=", "\xff\x00", "")
	f.Add(`O'Brien \ "Jr"`, "a+b@example.nl", strings.Repeat("ë", 200), strings.Repeat("x", 1200), "en")
	at := time.Date(2026, 11, 12, 9, 42, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, name, address, subject, text, language string) {
		e, err := compose(Message{ID: "msg_1", From: Address{"Praktijk", "praktijk@example.nl"}, To: Address{name, address}, Subject: subject, Text: text,
			Language: language, Headers: map[string]string{"X-Houvast": subject}}, "example.nl", at)
		if err != nil {
			return
		}
		m, err := netmail.ReadMessage(bytes.NewReader(e.raw))
		if err != nil {
			t.Fatalf("nobody can read it: %v\n%s", err, e.raw)
		}
		for h, v := range m.Header {
			if !slices.Contains(ours, h) || len(v) != 1 {
				t.Errorf("header %s: %q\n%s", h, v, e.raw)
			}
		}
		to, err := m.Header.AddressList("To")
		if err != nil || len(to) != 1 || !strings.EqualFold(to[0].Address, e.to) {
			t.Errorf("to %q <%s>: %v, %v\n%s", name, address, to, err, e.raw)
		} else if want := strings.TrimSpace(name); to[0].Name != want {
			t.Errorf("%q is called %q\n%s", want, to[0].Name, e.raw)
		}
		for _, h := range []string{"Subject", "X-Houvast"} {
			got, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get(h))
			if err != nil || strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(subject), " ") {
				t.Errorf("%s %q reads %q, %v\n%s", h, subject, got, err, e.raw)
			}
		}
		for line := range bytes.SplitSeq(e.raw, []byte("\r\n")) {
			if len(line) > 998 || bytes.ContainsAny(line, "\r\n") {
				t.Errorf("a line of %d bytes: %q", len(line), line)
			}
		}
	})
}

// An address that is taken is one address, and taking it again changes nothing.
func FuzzMailbox(f *testing.F) {
	for _, s := range []string{"a@example.nl", "é@example.nl", "a@xn--exmple-cua.nl", "a@b@c", `"a b"@example.nl`, "a@[127.0.0.1]", "a@example.nl\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		addr, wide, ok := mailbox(s)
		if !ok {
			return
		}
		again, w, ok := mailbox(addr)
		if !ok || again != addr || w != wide {
			t.Errorf("%q is %q, and that is %q, %v", s, addr, again, ok)
		}
		if strings.ContainsAny(addr, " <>,\r\n") || strings.Count(addr, "@") != 1 {
			t.Errorf("%q is %q", s, addr)
		}
	})
}
