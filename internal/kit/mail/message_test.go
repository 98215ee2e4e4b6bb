package mail_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/mail"
	"github.com/houvast/houvast/internal/kit/mail/mailtest"
)

// What goes in comes out, whatever letters it is written in.
func TestMessageArrivesAsWritten(t *testing.T) {
	srv := mailtest.Start(t, mailtest.Options{})
	long := strings.Repeat("https://vragen.linde.example/v/", 60) // 1,860 characters without a space; SMTP allows 998
	m := mail.Message{
		ID:            "msg_01",
		From:          mail.Address{Name: "Huisartsenpraktijk \"De Linde\", Müller & Zn.", Email: "vragen@linde.example"},
		To:            mail.Address{Name: "Şükrü \\ Çelik-van 't Hoff, ouder van Jörgen-Alexander en Noëlle 🙂", Email: "s.celik+kind@müller.example"},
		ReplyTo:       "antwoord@linde.example",
		Subject:       "Uw vraag over de kniepijn: wij bellen u donderdag 5 maart vóór 16.00 uur, zoals afgesproken – tot dan €",
		Text:          "Beste meneer Çelik,\r\n\r\n.een regel die met een punt begint\n.\n" + long + "\nGroet = 100% «goed»\n",
		HTML:          "<p lang=\"nl\">Beste meneer Çelik</p>\n<p>" + long + "</p>",
		Language:      "nl",
		Headers:       map[string]string{"X-Houvast-Case": "cas_1", "In-Reply-To": "<vraag.1@patient.example>"},
		AutoSubmitted: true,
	}
	if _, err := sender(t, srv, nil).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := srv.Received()[0]
	if got.Broken != nil {
		t.Fatal(got.Broken)
	}
	type seen struct {
		From, ID, Subject, FromName, ToName, HTML, Text                 string
		To, HeaderTo, ReplyTo                                           []string
		Auto, Lang, X, InReplyTo, Date, MIME, Cc, Bcc, Agent, ReturnPat string
	}
	unix := func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
	h := got.Header
	want := seen{From: "vragen@linde.example", ID: "msg_01@linde.example", Subject: m.Subject, FromName: m.From.Name, ToName: m.To.Name,
		HTML: m.HTML, Text: unix(m.Text), To: []string{"s.celik+kind@xn--mller-kva.example"}, HeaderTo: []string{"s.celik+kind@xn--mller-kva.example"},
		ReplyTo: []string{"antwoord@linde.example"}, Auto: "auto-generated", Lang: "nl", X: "cas_1", InReplyTo: "<vraag.1@patient.example>",
		Date: "Mon, 02 Mar 2026 12:00:00 +0000", MIME: "1.0"}
	have := seen{From: got.From, ID: got.MessageID, Subject: got.Subject, FromName: got.FromName, ToName: got.ToName,
		HTML: unix(got.HTML), Text: unix(got.Text), To: got.To, HeaderTo: got.Addresses("To"), ReplyTo: got.Addresses("Reply-To"),
		Auto: h.Get("Auto-Submitted"), Lang: h.Get("Content-Language"), X: h.Get("X-Houvast-Case"), InReplyTo: h.Get("In-Reply-To"),
		Date: h.Get("Date"), MIME: h.Get("Mime-Version"), Cc: h.Get("Cc"), Bcc: h.Get("Bcc"), Agent: h.Get("User-Agent") + h.Get("X-Mailer")}
	if d := cmp.Diff(want, have); d != "" {
		t.Error(d)
	}
	for _, line := range bytes.Split(got.Raw, []byte("\n")) {
		if len(bytes.TrimSuffix(line, []byte("\r"))) > 78 {
			t.Errorf("a line of %d characters: %s", len(line), line)
		}
	}
	if i := bytes.IndexFunc(got.Raw, func(r rune) bool { return r > 126 }); i >= 0 {
		t.Errorf("the message on the wire is not plain ASCII at byte %d", i)
	}
}

func TestTextOrHTMLAlone(t *testing.T) {
	srv := mailtest.Start(t, mailtest.Options{})
	s := sender(t, srv, nil)
	only := message("msg_1")
	only.Text, only.HTML = "", "<p>Hallo</p>"
	for _, m := range []mail.Message{message("msg_2"), only} {
		if _, err := s.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	got := srv.Received()
	if !strings.HasPrefix(got[0].Header.Get("Content-Type"), "text/plain") || !strings.HasPrefix(got[1].Header.Get("Content-Type"), "text/html") {
		t.Errorf("got %s and %s", got[0].Header.Get("Content-Type"), got[1].Header.Get("Content-Type"))
	}
	if got[0].Header.Get("Auto-Submitted") == "" {
		t.Error("Auto-Submitted is missing")
	}
	written := message("msg_3")
	written.AutoSubmitted = false
	if _, err := s.Send(t.Context(), written); err != nil {
		t.Fatal(err)
	}
	if auto := srv.Received()[2].Header.Get("Auto-Submitted"); auto != "" {
		t.Errorf("written by hand, but Auto-Submitted: %s", auto)
	}
}

func TestDeliveryReportsAreAskedFor(t *testing.T) {
	for _, tt := range []struct {
		name string
		opts mailtest.Options
		all  bool
		want []string
		id   string
	}{
		{"failure and delay", mailtest.Options{}, false, []string{"DELAY", "FAILURE"}, "msg_1"},
		{"delivery too", mailtest.Options{}, true, []string{"DELAY", "FAILURE", "SUCCESS"}, "msg_1"},
		{"not offered", mailtest.Options{NoDSN: true}, true, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := mailtest.Start(t, tt.opts)
			if _, err := sender(t, srv, func(c *mail.Config) { c.DeliveryReports = tt.all }).Send(t.Context(), message("msg_1")); err != nil {
				t.Fatal(err)
			}
			got := srv.Received()[0]
			slices.Sort(got.Notify)
			if d := cmp.Diff(tt.want, got.Notify); d != "" || got.EnvelopeID != tt.id || (got.Return == "HDRS") != (tt.id != "") {
				t.Errorf("notify %v, envelope %q, return %q", got.Notify, got.EnvelopeID, got.Return)
			}
		})
	}
}

// Letters beyond ASCII before the @ need a server that knows them; without it
// no retry will help. An ordinary address never asks for it.
func TestWideAddresses(t *testing.T) {
	m := message("msg_1")
	m.To.Email = "zoë@patient.example"
	without := mailtest.Start(t, mailtest.Options{})
	r, _ := sender(t, without, nil).Send(t.Context(), m)
	if r.Outcome != mail.Refused || r.Reason != "utf8-address-unsupported" {
		t.Errorf("got %+v", r)
	}
	with := mailtest.Start(t, mailtest.Options{SMTPUTF8: true})
	for _, msg := range []mail.Message{m, message("msg_2")} {
		if _, err := sender(t, with, nil).Send(t.Context(), msg); err != nil {
			t.Fatal(err)
		}
	}
	got := with.Received()
	if got[0].To[0] != "zoë@patient.example" || !got[0].UTF8 || got[1].UTF8 {
		t.Errorf("got %v %v, %v", got[0].To, got[0].UTF8, got[1].UTF8)
	}
}

// Nothing that could start a header, a command or a second recipient is sent;
// the refusal names the field and never repeats the value.
func TestUnfitMessages(t *testing.T) {
	srv := mailtest.Start(t, mailtest.Options{})
	s := sender(t, srv, nil)
	tests := []struct {
		name, path, typ string
		change          func(*mail.Message)
	}{
		{"header in the subject", "subject", "mail-control-characters", func(m *mail.Message) { m.Subject = "x\r\nBcc: evil@example.org" }},
		{"line feed alone", "subject", "mail-control-characters", func(m *mail.Message) { m.Subject = "x\nBcc: evil@example.org" }},
		{"line separator", "subject", "mail-control-characters", func(m *mail.Message) { m.Subject = "x\u2028Bcc: evil@example.org" }},
		{"next line, U+0085", "subject", "mail-control-characters", func(m *mail.Message) { m.Subject = "x\u0085evil" }},
		{"broken UTF-8", "subject", "mail-control-characters", func(m *mail.Message) { m.Subject = "x\xff evil" }},
		{"name of recipient", "to.name", "mail-control-characters", func(m *mail.Message) { m.To.Name = "evil\r\nCc: x@example.org" }},
		{"name of sender", "from.name", "mail-control-characters", func(m *mail.Message) {
			m.From = mail.Address{Name: "evil\x00", Email: "a@example.org"}
		}},
		{"command in the address", "to.email", "mail-address-unfit", func(m *mail.Message) { m.To.Email = "a@example.org>\r\nRCPT TO:<evil@example.org" }},
		{"parameter in the address", "to.email", "mail-address-unfit", func(m *mail.Message) { m.To.Email = "a@example.org> NOTIFY=NEVER <evil" }},
		{"two recipients", "to.email", "mail-address-unfit", func(m *mail.Message) { m.To.Email = "a@example.org,evil@example.org" }},
		{"two at signs", "to.email", "mail-address-unfit", func(m *mail.Message) { m.To.Email = "evil@a@example.org" }},
		{"no recipient", "to.email", "mail-address-unfit", func(m *mail.Message) { m.To = mail.Address{} }},
		{"no domain", "to.email", "mail-address-unfit", func(m *mail.Message) { m.To.Email = "evil@" }},
		{"reply to", "reply_to", "mail-address-unfit", func(m *mail.Message) { m.ReplyTo = "evil" }},
		{"bcc as a header", "headers", "mail-header-unfit", func(m *mail.Message) { m.Headers = map[string]string{"Bcc": "evil@example.org"} }},
		{"bcc in small letters", "headers", "mail-header-unfit", func(m *mail.Message) { m.Headers = map[string]string{"bcc": "evil@example.org"} }},
		{"name of a header", "headers", "mail-header-unfit", func(m *mail.Message) { m.Headers = map[string]string{"X-A: evil\r\nBcc": "x"} }},
		{"value of a header", "headers", "mail-control-characters", func(m *mail.Message) { m.Headers = map[string]string{"X-A": "x\r\nBcc: evil@example.org"} }},
		{"language", "language", "mail-control-characters", func(m *mail.Message) { m.Language = "nl\r\nevil: x" }},
		{"id", "id", "mail-id-unfit", func(m *mail.Message) { m.ID = "evil> NOTIFY=NEVER" }},
		{"no id", "id", "mail-id-unfit", func(m *mail.Message) { m.ID = "" }},
		{"nothing to say", "text", "mail-empty", func(m *mail.Message) { m.Text = " \n" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := message("msg_1")
			tt.change(&m)
			r, err := s.Send(t.Context(), m)
			e, ok := errs.As(err)
			if !ok || r.Outcome != mail.Refused || r.Stage != mail.StageMessage || len(e.Fields) != 1 || e.Fields[0].Path != tt.path || e.Type != tt.typ {
				t.Fatalf("got %+v, %v", r, err)
			}
			if strings.Contains(err.Error(), "evil") {
				t.Errorf("the value is repeated: %v", err)
			}
		})
	}
	if n := srv.Conversations(); n != 0 {
		t.Errorf("the server was bothered %d times", n)
	}
}

// Whatever anybody types as a name or subject: it is refused, or it arrives as
// typed, to one recipient, with no header that was not meant.
func TestNoTextBecomesAHeader(t *testing.T) {
	srv := mailtest.Start(t, mailtest.Options{})
	s := sender(t, srv, nil)
	plain := message("msg_plain")
	if _, err := s.Send(t.Context(), plain); err != nil {
		t.Fatal(err)
	}
	headers := len(srv.Received()[0].Header)
	nasty := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("aé \r\n:<>@,\"\\=?_()\t€🙂"))), rapid.StringMatching(`[ -~]{0,120}`))
	rapid.Check(t, func(rt *rapid.T) {
		m := message("msg_1")
		m.Subject, m.To.Name, m.Text = nasty.Draw(rt, "subject"), nasty.Draw(rt, "name"), "x"+nasty.Draw(rt, "text")
		before := len(srv.Received())
		r, err := s.Send(t.Context(), m)
		after := srv.Received()
		if err != nil {
			if r.Outcome != mail.Refused || r.Stage != mail.StageMessage || len(after) != before {
				rt.Fatalf("refused otherwise than for its text: %+v, %v", r, err)
			}
			return
		}
		got := after[len(after)-1]
		if got.Broken != nil || len(after) != before+1 || len(got.To) != 1 || got.To[0] != m.To.Email || len(got.Header) != headers {
			rt.Fatalf("broken %v, to %v, headers %v", got.Broken, got.To, got.Header)
		}
		// Blanks at the ends of a header do not count (RFC 5322), those around a name are dropped.
		if strings.Trim(got.Subject, " ") != strings.Trim(m.Subject, " ") || got.ToName != strings.TrimSpace(m.To.Name) {
			rt.Fatalf("subject %q became %q, name %q became %q", m.Subject, got.Subject, m.To.Name, got.ToName)
		}
	})
}
