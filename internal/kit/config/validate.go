package config

import (
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
)

// validate says everything that is wrong, not just the first thing.
func (l *loader) validate() {
	c := l.cfg
	if _, port, err := net.SplitHostPort(c.Listen); err != nil || !isPort(port) {
		l.bad("listen", "address", "")
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil ||
			strings.ContainsAny(c.PublicURL, "?# ") {
			l.bad("public_url", "url", "")
		}
	}
	for _, p := range c.TrustedProxies {
		if _, ok := parseNetwork(p); !ok {
			l.bad("trusted_proxies", "network", p)
		}
	}
	l.oneOf("language", c.Language, "nl", "en")
	l.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	l.oneOf("log.format", c.Log.Format, "auto", "text", "json")
	l.validateDB()
	l.validateTLS()
	l.validateMail()
	l.validateOperations()
}

// validateOperations: what a monitor reads says how busy an organisation is,
// so nobody beyond this machine reads it without a token.
func (l *loader) validateOperations() {
	c := l.cfg
	if c.StopDelay < 0 || c.StopDelay > 300 {
		l.bad("stop_delay", "range", "0–300")
	}
	n := c.Limits
	for _, x := range []struct {
		key              string
		value, low, high int
	}{
		{"at_once", n.AtOnce, 8, 10_000}, {"waiting", n.Waiting, 0, 100_000}, {"wait_ms", n.WaitMS, 10, 60_000}, {"answer_ms", n.AnswerMS, 10, 60_000},
		{"client_at_once", n.ClientAtOnce, 0, 10_000}, {"client_per_second", n.ClientPerSecond, 0, 1_000_000}, {"anonymous_per_second", n.AnonymousPerSecond, 0, 1_000_000},
		{"connections", n.Connections, 16, 1_000_000}, {"streams", n.Streams, 1, 1_000_000}, {"body_kb", n.BodyKB, 64, 100_000}, {"header_kb", n.HeaderKB, 8, 1024},
		{"read_seconds", n.ReadSeconds, 5, 3600}, {"write_seconds", n.WriteSeconds, 5, 3600}, {"memory_mb", n.MemoryMB, 0, 10_000_000},
	} {
		if x.value < x.low || x.value > x.high {
			l.bad("limits."+x.key, "range", strconv.Itoa(x.low)+"–"+strconv.Itoa(x.high))
		}
	}
	if m := c.Metrics; m.On() {
		host, port, err := net.SplitHostPort(m.Listen)
		switch {
		case err != nil || !isPort(port):
			l.bad("metrics.listen", "address", "")
		case !m.Token.IsSet() && !Loopback(host):
			l.bad("metrics.listen", "metrics-open", "metrics.token_file")
		}
	}
	if c.Metrics.Token.IsSet() && len(c.Metrics.Token.Reveal()) < 16 {
		l.bad("metrics.token", "metrics-token", "")
	}
}

func (l *loader) oneOf(key, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		l.bad(key, "choice", strings.Join(allowed, ", "))
	}
}

func isPostgres(s string) bool {
	return strings.HasPrefix(s, "postgres://") || strings.HasPrefix(s, "postgresql://")
}

func (l *loader) validateDB() {
	db := &l.cfg.DB
	if db.Path == "" || isPostgres(db.Path) {
		l.bad("db.path", "db-path", "")
	}
	if !db.URL.IsSet() {
		return
	}
	key := "db.url"
	if _, ok := l.origins[key]; !ok {
		key = "db.url_file"
	}
	if !isPostgres(db.URL.Reveal()) {
		l.bad(key, "db-url", "")
	}
	// A path and an address, given by one and the same hand, contradict each other.
	if l.origins["db.path"].Layer != FromDefault && l.origins["db.path"].Layer == l.origins[key].Layer {
		l.bad("db.path", "both", key)
	}
}

func (l *loader) validateTLS() {
	t := l.cfg.TLS
	switch {
	case t.Cert != "" && t.Key == "":
		l.bad("tls.cert", "needs", "tls.key")
	case t.Key != "" && t.Cert == "":
		l.bad("tls.key", "needs", "tls.cert")
	}
	l.readable("tls.cert", t.Cert)
	l.readable("tls.key", t.Key)
}

// readable reports a file that is named but cannot be opened, now rather than
// at the first request.
func (l *loader) readable(key, path string) {
	if path == "" {
		return
	}
	f, err := os.Open(path)
	if err != nil {
		l.bad(key, "unreadable", path)
		return
	}
	_ = f.Close()
}

func (l *loader) validateMail() {
	m := l.cfg.Mail
	l.oneOf("mail.tls", m.TLS, MailStartTLS, MailOpportunistic, MailImplicit, MailNone)
	_, portGiven := l.origins["mail.port"]
	if m.Port < 0 || m.Port > 65535 || portGiven && m.Port == 0 && !l.reported("mail.port") {
		l.bad("mail.port", "port", "")
	}
	if !m.On() {
		return
	}
	if m.TLS == MailNone && !Loopback(m.Host) {
		l.bad("mail.tls", "mail-unencrypted", "")
	}
	if a, err := mail.ParseAddress(m.From); err != nil || !strings.Contains(a.Address, "@") {
		l.bad("mail.from", "mail-from", "")
	}
	if m.Username != "" && !m.Password.IsSet() && !l.reported("mail.password_file") {
		l.bad("mail.username", "needs", "mail.password_file")
	}
	if m.Password.IsSet() && m.Username == "" {
		l.bad("mail.password", "needs", "mail.username")
	}
	l.readable("mail.ca_file", m.CAFile)
}

// reported keeps one mistake from being told twice.
func (l *loader) reported(key string) bool {
	return slices.ContainsFunc(l.problems, func(p Problem) bool { return p.Key == key })
}

// Loopback says whether host is this very machine, by name or address.
func Loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && a.IsLoopback()
}
