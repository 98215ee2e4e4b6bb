package config

import (
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
)

// Config is everything an administrator can set. Fill it with Load; the zero
// value is not valid.
type Config struct {
	Listen         string   // host:port to answer on
	PublicURL      string   // where people reach it, without a slash at the end; base of every link
	TrustedProxies []string // addresses or networks whose X-Forwarded-* headers are believed
	Language       string   // nl or en, for whoever has not chosen one
	BackupDir      string   // where backups are written
	ImportMaxMB    int      // how large a list of customers may be
	StopDelay      int      // seconds between saying that it stops and closing the door

	DB      DB
	TLS     TLS
	Files   Files
	Mail    Mail
	Log     Log
	Metrics Metrics
	Limits  Limits
}

// Limits keep a server that is asked more than it can do from doing nothing
// well, and one client from taking what all should have.
type Limits struct {
	AtOnce             int // requests worked on at once, at most
	Waiting            int // requests that wait for a place, at most
	WaitMS             int // how long they wait, and how long the first write of one does
	AnswerMS           int // answers slower than this on the average: fewer at once
	ClientAtOnce       int // requests of one client under way; 0: no bound
	ClientPerSecond    int // of one that signed in; 0: no bound
	AnonymousPerSecond int // of an address that nobody signed in from; 0: no bound
	Connections        int
	Streams            int // live pages open
	BodyKB             int // what a form or a call of the API may hold
	HeaderKB           int
	ReadSeconds        int // how long a request, or 64 kB of a large one, may take to come in
	WriteSeconds       int // how long an answer, or 256 kB of a large one, may take to leave
	MemoryMB           int // what the program tries to stay below; 0: nine tenths of what its container has
}

// Metrics is where a monitor reads how the process fares.
type Metrics struct {
	Listen    string // host:port of a listener of its own; empty: nobody can ask
	Token     Secret // what a monitor must show; already read from TokenFile after Load
	TokenFile string
}

// On says whether metrics can be read.
func (m Metrics) On() bool { return m.Listen != "" }

// DB says where the data is: a file for SQLite or the URL of PostgreSQL.
type DB struct {
	Path    string // SQLite file; used when there is no URL
	URL     Secret // postgres://…; already read from URLFile after Load
	URLFile string // a file that holds the URL
}

// TLS lets Houvast answer on https itself; both or neither.
type TLS struct {
	Cert string // PEM file with the certificate and its chain
	Key  string // PEM file with the private key
}

// On says whether Houvast serves https itself.
func (t TLS) On() bool { return t.Cert != "" }

// Mail is the server that sends the mail. Without a host, mail is off.
type Mail struct {
	Host         string
	Port         int // 0 until Load has derived it from TLS
	Username     string
	Password     Secret // already read from PasswordFile after Load
	PasswordFile string
	From         string // "Name <address>" or an address
	TLS          string // starttls, opportunistic, implicit or none
	CAFile       string // PEM file with certificates to trust beside the machine's
}

// On says whether mail can be sent.
func (m Mail) On() bool { return m.Host != "" }

// How the connection to the mail server is protected.
const (
	MailStartTLS      = "starttls"      // must be offered, or nothing is sent
	MailOpportunistic = "opportunistic" // used when offered
	MailImplicit      = "implicit"      // encrypted from the first byte
	MailNone          = "none"          // only to this very machine
)

// Files says how files are looked at that people add.
type Files struct {
	Scan string // tcp:// or unix:// address of clamd, or a command; empty: nobody looks
}

// Log says what is written about the running of Houvast, and how.
type Log struct {
	Level  string // debug, info, warn or error
	Format string // auto (text on a terminal, else json), text or json
}

// Database gives the one address to open: the PostgreSQL URL, else the path of
// the SQLite file. It may hold a password: never log it.
func (c *Config) Database() string {
	if c.DB.URL.IsSet() {
		return c.DB.URL.Reveal()
	}
	return c.DB.Path
}

// Proxies gives the trusted proxies as networks; what Load accepted parses.
func (c *Config) Proxies() []netip.Prefix {
	out := make([]netip.Prefix, 0, len(c.TrustedProxies))
	for _, s := range c.TrustedProxies {
		if p, ok := parseNetwork(s); ok {
			out = append(out, p)
		}
	}
	return out
}

// parseNetwork reads 10.0.0.0/8 or a single address.
func parseNetwork(s string) (netip.Prefix, bool) {
	if strings.Contains(s, "/") {
		p, err := netip.ParsePrefix(s)
		return p.Masked(), err == nil
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}

// defaults are the lowest layer. Data lives under $XDG_DATA_HOME when that is
// set, else in the working directory.
func defaults(env map[string]string) *Config {
	data := "."
	if base := env["XDG_DATA_HOME"]; filepath.IsAbs(base) { // the XDG rule: a relative one counts as unset
		data = filepath.Join(base, "houvast")
	}
	return &Config{
		Listen:      "127.0.0.1:8410",
		Language:    "nl",
		ImportMaxMB: 256,
		DB:          DB{Path: filepath.Join(data, "houvast.db")},
		Mail:        Mail{TLS: MailStartTLS},
		Log:         Log{Level: "info", Format: "auto"},
		Limits: Limits{AtOnce: 256, Waiting: 512, WaitMS: 400, AnswerMS: 200, ClientAtOnce: 64, AnonymousPerSecond: 50,
			Connections: 4096, Streams: 2000, BodyKB: 1024, HeaderKB: 64, ReadSeconds: 60, WriteSeconds: 60},
	}
}

// derive fills what follows from other settings and was left open.
func (c *Config) derive() {
	if c.PublicURL == "" {
		c.PublicURL = c.urlOfListen()
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	if c.BackupDir == "" {
		c.BackupDir = "backups"
		if !c.DB.URL.IsSet() {
			c.BackupDir = filepath.Join(filepath.Dir(c.DB.Path), "backups")
		}
	}
	if c.Mail.Port == 0 {
		switch c.Mail.TLS {
		case MailImplicit:
			c.Mail.Port = 465
		case MailNone:
			c.Mail.Port = 25
		default:
			c.Mail.Port = 587
		}
	}
}

// urlOfListen is where a browser on this machine finds Houvast.
func (c *Config) urlOfListen() string {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return ""
	}
	if a, err := netip.ParseAddr(host); host == "" || err == nil && a.IsUnspecified() {
		host = "localhost"
	}
	scheme, usual := "http", "80"
	if c.TLS.On() {
		scheme, usual = "https", "443"
	}
	if port == usual {
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		return scheme + "://" + host
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// isPort says whether s is a port number; 0 lets the machine choose one.
func isPort(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 0 && n <= 65535
}
