package mail

import (
	"bytes"
	"encoding/base64"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/net/idna"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// envelope is a message ready to be handed to a server.
type envelope struct {
	id       string
	from, to string // addresses, domains in ASCII
	utf8     bool   // an address has letters beyond ASCII before its @: the server must know SMTPUTF8
	raw      []byte
}

// idForm keeps ids fit for a Message-ID and, unescaped, for an ENVID (RFC 3461
// allows 100 characters there).
var idForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// headerForm is a name of X-*; otherHeaders are the only others a caller may set:
// everything that decides who gets what is set by this package.
var headerForm = regexp.MustCompile(`^X-[A-Za-z0-9-]{1,60}$`)

// languageForm is a language tag, such as nl or zh-Hant.
var languageForm = regexp.MustCompile(`^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8}){0,4}$`)

// long says whether a header would have a line that no server need take (RFC
// 5322 allows 998 bytes): lines are broken only at blanks.
func long(value string) bool {
	return slices.ContainsFunc(strings.Fields(value), func(w string) bool { return len(w) > 900 })
}

func otherHeader(name string) bool {
	switch name {
	case "In-Reply-To", "References", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Importance":
		return true
	}
	return false
}

// check says everything that makes a message unfit to send. The fields never
// hold the values.
func (m Message) check() error {
	var c errs.Checks
	c.Must(idForm.MatchString(m.ID), "id", "mail-id-unfit")
	for _, f := range []struct{ path, text string }{
		{"from.name", m.From.Name}, {"to.name", m.To.Name}, {"subject", m.Subject}, {"language", m.Language},
	} {
		c.Must(clean(f.text), f.path, "mail-control-characters")
	}
	c.Must(m.Language == "" || !clean(m.Language) || languageForm.MatchString(m.Language), "language", "mail-header-unfit")
	for _, f := range []struct {
		path, email string
		optional    bool
	}{{"from.email", m.From.Email, false}, {"to.email", m.To.Email, false}, {"reply_to", m.ReplyTo, true}} {
		if f.optional && f.email == "" {
			continue
		}
		_, _, ok := mailbox(f.email)
		c.Must(ok, f.path, "mail-address-unfit")
	}
	for name, value := range m.Headers {
		c.Must(headerForm.MatchString(name) || otherHeader(name) && !long(value), "headers", "mail-header-unfit")
		c.Must(clean(value), "headers", "mail-control-characters")
	}
	c.Must(strings.TrimSpace(m.Text+m.HTML) != "", "text", "mail-empty")
	return c.Err()
}

// clean says whether a text may stand in a header: no line ends, no other
// control characters, no broken UTF-8, no invisible line separators.
func clean(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	})
}

// mailbox reads a bare address and gives it with its domain in ASCII, and
// whether the part before the @ needs SMTPUTF8.
func mailbox(s string) (addr string, wide, ok bool) {
	if len(s) > 254 || !clean(s) || strings.ContainsAny(s, " <>\"(),:;\\[]") {
		return "", false, false
	}
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at > 64 || strings.IndexByte(s, '@') != at {
		return "", false, false
	}
	local, domain := s[:at], s[at+1:]
	if p, err := mail.ParseAddress(local + "@example.org"); err != nil || p.Address != local+"@example.org" {
		return "", false, false
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || ascii == "" {
		return "", false, false
	}
	for i := 0; i < len(local); i++ {
		wide = wide || local[i] >= utf8.RuneSelf
	}
	addr = local + "@" + ascii
	if p, err := mail.ParseAddress(addr); err != nil || p.Address != addr { // a domain with nothing between two dots
		return "", false, false
	}
	return addr, wide, true
}

// compose checks a message and writes it out. at dates it.
func compose(m Message, domain string, at time.Time) (*envelope, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	from, fromWide, _ := mailbox(m.From.Email)
	to, toWide, _ := mailbox(m.To.Email)
	g := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(gomail.EncodingQP), gomail.WithCharset(gomail.CharsetUTF8))
	g.SetGenHeaderPreformatted("From", written(m.From.Name, from))
	g.SetGenHeaderPreformatted("To", written(m.To.Name, to))
	if m.ReplyTo != "" {
		reply, replyWide, _ := mailbox(m.ReplyTo)
		g.SetGenHeaderPreformatted("Reply-To", written("", reply))
		fromWide = fromWide || replyWide
	}
	header(g, gomail.HeaderSubject, m.Subject)
	g.SetMessageIDWithValue(m.ID + "@" + domain)
	g.SetDateWithValue(at)
	if m.Language != "" {
		g.SetGenHeader("Content-Language", m.Language)
	}
	if m.AutoSubmitted {
		g.SetGenHeader("Auto-Submitted", "auto-generated")
	}
	for name, value := range m.Headers {
		if otherHeader(name) {
			g.SetGenHeader(gomail.Header(name), value)
			continue
		}
		header(g, gomail.Header(name), value)
	}
	text, html := strings.ToValidUTF8(m.Text, "\uFFFD"), strings.ToValidUTF8(m.HTML, "\uFFFD")
	switch {
	case html == "":
		g.SetBodyString(gomail.TypeTextPlain, text)
	case text == "":
		g.SetBodyString(gomail.TypeTextHTML, html)
	default: // the plain text first: the last alternative is the one preferred
		g.SetBodyString(gomail.TypeTextPlain, text)
		g.AddAlternativeString(gomail.TypeTextHTML, html)
	}
	var raw bytes.Buffer
	if _, err := g.WriteTo(&raw); err != nil {
		return nil, &Error{Receipt: Receipt{Outcome: Refused, Stage: StageMessage, Reason: "cannot-be-written"}}
	}
	return &envelope{id: m.ID, from: from, to: to, utf8: fromWide || toWide, raw: raw.Bytes()}, nil
}

// header sets a header of free text. The library leaves plain ASCII as it is,
// also what a mail program would take for an encoded word and read as
// something else than was typed, or not at all, and a word longer than a line.
func header(g *gomail.Msg, name gomail.Header, value string) {
	if strings.Contains(value, "=?") || long(value) {
		g.SetGenHeaderPreformatted(name, strings.Join(encoded(value), "\r\n "))
		return
	}
	g.SetGenHeader(name, value)
}

// written gives a name and an address as they stand in a header. The standard
// library writes a name with both a backslash and letters beyond ASCII in a way
// that no mail program can read (a backslash inside an encoded word), so every
// name that is not plain is encoded here, in base64, a line for each word.
func written(name, addr string) string {
	addr = "<" + addr + ">"
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		return addr
	case len(name) <= 50 && plainName.MatchString(name):
		return `"` + name + `" ` + addr
	}
	return strings.Join(append(encoded(name), addr), "\r\n ")
}

// encoded cuts a text into encoded words.
func encoded(s string) []string {
	const most = 45 // bytes in a word: 60 letters of base64 and 12 around it, of 75 allowed (RFC 2047)
	var words []string
	word := ""
	for _, r := range s {
		if len(word)+utf8.RuneLen(r) > most {
			words, word = append(words, word), ""
		}
		word += string(r)
	}
	words = append(words, word)
	for i, w := range words {
		words[i] = "=?utf-8?b?" + base64.StdEncoding.EncodeToString([]byte(w)) + "?="
	}
	return words
}

// plainName needs no encoding, only quotes.
var plainName = regexp.MustCompile(`^[A-Za-z0-9 .,'&()/:;@+-]+$`)
