package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// write puts text in a file of the test and gives its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func mustLoad(t *testing.T, src Source) *Config {
	t.Helper()
	c, err := Load(src)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return c
}

func TestDefaultsAreEnough(t *testing.T) {
	c := mustLoad(t, Source{})
	got := []string{c.Listen, c.PublicURL, c.Language, c.Database(), c.BackupDir, c.Log.Level, c.Log.Format, fmt.Sprint(c.Mail.On(), c.TLS.On())}
	want := []string{"127.0.0.1:8410", "http://127.0.0.1:8410", "nl", "houvast.db", "backups", "info", "auto", "false false"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	c = mustLoad(t, Source{Env: []string{"XDG_DATA_HOME=/home/x/.local/share"}})
	if c.Database() != "/home/x/.local/share/houvast/houvast.db" || c.BackupDir != "/home/x/.local/share/houvast/backups" {
		t.Errorf("with XDG_DATA_HOME: %s, %s", c.Database(), c.BackupDir)
	}
	if c = mustLoad(t, Source{Env: []string{"XDG_DATA_HOME=relative"}}); c.Database() != "houvast.db" {
		t.Errorf("a relative XDG_DATA_HOME counts as unset, got %s", c.Database())
	}
}

// Every layer sets the same setting; taking the top one away shows the next.
func TestPrecedence(t *testing.T) {
	file := write(t, "h.toml", "listen = \"127.0.0.1:2\"\ntrusted_proxies = [\"10.0.0.1\"]\n[mail]\nhost=\"mx.example\"\nfrom=\"a@example.org\"\nport = 2\n")
	env := []string{"HOUVAST_LISTEN=127.0.0.1:3", "HOUVAST_MAIL_PORT=3", "HOUVAST_TRUSTED_PROXIES=10.0.0.3, 10.3.0.0/16"}
	flags := map[string]string{"listen": "127.0.0.1:4", "mail.port": "4", "trusted_proxies": "10.0.0.4"}
	tests := []struct {
		name    string
		src     Source
		listen  string
		port    int
		proxies string
	}{
		{"default", Source{}, "127.0.0.1:8410", 587, "[]"},
		{"file", Source{File: file}, "127.0.0.1:2", 2, "[10.0.0.1/32]"},
		{"file by variable", Source{Env: []string{"HOUVAST_CONFIG=" + file}}, "127.0.0.1:2", 2, "[10.0.0.1/32]"},
		{"environment", Source{File: file, Env: env}, "127.0.0.1:3", 3, "[10.0.0.3/32 10.3.0.0/16]"},
		{"flag", Source{File: file, Env: env, Flags: flags}, "127.0.0.1:4", 4, "[10.0.0.4/32]"},
		{"empty variable is not set", Source{File: file, Env: []string{"HOUVAST_LISTEN=", "HOUVAST_MAIL_PORT="}}, "127.0.0.1:2", 2, "[10.0.0.1/32]"},
		{"--config goes before HOUVAST_CONFIG", Source{File: file, Env: []string{"HOUVAST_CONFIG=/nowhere.toml"}}, "127.0.0.1:2", 2, "[10.0.0.1/32]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := mustLoad(t, tt.src)
			if c.Listen != tt.listen || c.Mail.Port != tt.port || fmt.Sprint(c.Proxies()) != tt.proxies {
				t.Errorf("got %s, %d, %v", c.Listen, c.Mail.Port, c.Proxies())
			}
		})
	}
}

// Every setting can be set in each layer: nothing in the table is forgotten by
// one of the ways in.
func TestEverySettingInEveryLayer(t *testing.T) {
	secretFile := write(t, "secret", "x\n")
	for _, key := range Keys() {
		var c Config
		var s setting
		for _, s = range c.settings() {
			if s.key == key {
				break
			}
		}
		text, quoted := "v1", `"v1"`
		switch {
		case isFileKey(key):
			text, quoted = secretFile, `"`+secretFile+`"`
		default:
			switch s.target.(type) {
			case *int:
				text, quoted = "11", "11"
			case *[]string:
				text, quoted = "v1", `["v1"]`
			}
		}
		for _, src := range []Source{
			{File: write(t, "h.toml", key+" = "+quoted+"\n")},
			{Env: []string{EnvName(key) + "=" + text}},
			{Flags: map[string]string{key: text}},
		} {
			l := &loader{env: environ(src.Env), origins: map[string]Origin{}, byKey: map[string]setting{}, cfg: &Config{}}
			for _, s := range l.cfg.settings() {
				l.byKey[s.key] = s
			}
			if src.File != "" {
				l.readFile(src.File)
			}
			l.readEnv()
			l.readFlags(src.Flags)
			if len(l.problems) > 0 {
				t.Errorf("%s: %v", key, l.problems)
			}
			if got := revealed(l.byKey[key].target); got != text {
				t.Errorf("%s from %+v: got %q, want %q", key, l.origins[key], got, text)
			}
		}
	}
}

func revealed(target any) string {
	switch t := target.(type) {
	case *string:
		return *t
	case *int:
		return fmt.Sprint(*t)
	case *Secret:
		return t.Reveal()
	case *[]string:
		return strings.Join(*t, ",")
	}
	return "unknown type"
}

func TestDerived(t *testing.T) {
	cert := write(t, "cert.pem", "x")
	tests := []struct {
		name  string
		flags map[string]string
		want  string
	}{
		{"all addresses", map[string]string{"listen": ":8410"}, "http://localhost:8410"},
		{"all addresses, six", map[string]string{"listen": "[::]:8410"}, "http://localhost:8410"},
		{"usual port", map[string]string{"listen": "0.0.0.0:80"}, "http://localhost"},
		{"six", map[string]string{"listen": "[::1]:80"}, "http://[::1]"},
		{"https", map[string]string{"listen": "desk.example:443", "tls.cert": cert, "tls.key": cert}, "https://desk.example"},
		{"given", map[string]string{"public_url": "https://vragen.example/x/"}, "https://vragen.example/x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := mustLoad(t, Source{Flags: tt.flags}).PublicURL; got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	for mode, port := range map[string]int{MailStartTLS: 587, MailOpportunistic: 587, MailImplicit: 465, MailNone: 25} {
		c := mustLoad(t, Source{Flags: map[string]string{"mail.host": "localhost", "mail.from": "De Linde <a@example.org>", "mail.tls": mode}})
		if c.Mail.Port != port {
			t.Errorf("%s: port %d, want %d", mode, c.Mail.Port, port)
		}
	}
}

// The sentences are what an administrator reads; both languages, whole.
func TestProblemsAreSaidInWholeSentences(t *testing.T) {
	mail := "[mail]\nhost = \"mx.example\"\nfrom = \"a@example.org\"\n"
	tests := []struct {
		name   string
		file   string
		env    []string
		flags  map[string]string
		en, nl string // FILE stands for the path
	}{
		{name: "unknown key", file: "\n[mail]\nhots = \"x\"\n",
			en: "The setting mail.hots (FILE, line 3) does not exist; did you mean mail.host?",
			nl: "De instelling mail.hots (FILE, regel 3) bestaat niet; bedoelde je mail.host?"},
		{name: "right name, wrong section", file: "[smtp]\npassword_file = \"x\"\n",
			en: "The setting smtp.password_file (FILE, line 2) does not exist; did you mean mail.password_file?"},
		{name: "unknown key like nothing", file: "zwaluwstaart = 1\n",
			en: "The setting zwaluwstaart (FILE, line 1) does not exist."},
		{name: "unknown empty section", file: "[metriek]\n",
			en: "The setting metriek (FILE, line 1) does not exist."},
		{name: "unknown variable", env: []string{"HOUVAST_MAIL_PASWORD=hunter2"},
			en: "The environment variable HOUVAST_MAIL_PASWORD does not exist; did you mean HOUVAST_MAIL_PASSWORD?",
			nl: "De omgevingsvariabele HOUVAST_MAIL_PASWORD bestaat niet; bedoelde je HOUVAST_MAIL_PASSWORD?"},
		{name: "flag", flags: map[string]string{"log.level": "loud"},
			en: "The flag --log-level must have one of these values: debug, info, warn, error.",
			nl: "De optie --log-level moet een van deze waarden hebben: debug, info, warn, error."},
		{name: "number", file: mail + "port = \"587\"\n",
			en: "The setting mail.port (FILE, line 4) must be a whole number."},
		{name: "number in a variable", env: []string{"HOUVAST_MAIL_PORT=smtp"},
			en: "The environment variable HOUVAST_MAIL_PORT must be a whole number."},
		{name: "port", file: mail + "port = 70000\n",
			en: "The setting mail.port (FILE, line 4) must be a port from 1 to 65535."},
		{name: "list", file: "trusted_proxies = \"127.0.0.1\"\n",
			en: "The setting trusted_proxies (FILE, line 1) must be a list of texts, such as [\"127.0.0.1\"]."},
		{name: "network", file: "trusted_proxies = [\"10.0.0.0/8\", \"ten\"]\n",
			en: "The setting trusted_proxies (FILE, line 1) contains ten; that is not an IP address or a network such as 10.0.0.0/8."},
		{name: "text", file: "listen = 8410\n",
			en: "The setting listen (FILE, line 1) must be a text between quotes."},
		{name: "section as a value", file: "[listen]\nport = 1\n",
			en: "The setting listen (FILE, line 1) must be a text between quotes."},
		{name: "address", env: []string{"HOUVAST_LISTEN=8410"},
			en: "The environment variable HOUVAST_LISTEN must be an address with a port, such as 127.0.0.1:8410."},
		{name: "url", file: "public_url = \"vragen.example\"\n",
			en: "The setting public_url (FILE, line 1) must be a complete address that starts with http:// or https://, without a question mark or hash."},
		{name: "language", file: "language = \"fr\"\n",
			en: "The setting language (FILE, line 1) must have one of these values: nl, en."},
		{name: "database url", env: []string{"HOUVAST_DB_URL=mysql://root:hunter2@db/x"},
			en: "The environment variable HOUVAST_DB_URL must start with postgres:// or postgresql://; a file is given with db.path."},
		{name: "database path", flags: map[string]string{"db.path": "postgres://u:hunter2@db/x"},
			en: "The flag --db-path must name a file; an address of PostgreSQL is given with db.url."},
		{name: "path and url by one hand", file: "[db]\npath = \"x.db\"\nurl = \"postgres://db/x\"\n",
			en: "The setting db.path (FILE, line 2) and db.url are both set; leave one out."},
		{name: "half of tls", file: "[tls]\ncert = \"FILE\"\n",
			en: "The setting tls.cert (FILE, line 2) works only when tls.key is set as well."},
		{name: "from", file: "[mail]\nhost = \"mx.example\"\n",
			en: "The setting mail.from must be an e-mail address, with or without a name before it.",
			nl: "De instelling mail.from moet een e-mailadres zijn, met of zonder naam ervoor."},
		{name: "mail without encryption", file: mail + "tls = \"none\"\n",
			en: "The setting mail.tls (FILE, line 4) is none; that is allowed only when mail.host is this machine itself (localhost or 127.0.0.1)."},
		{name: "name without password", file: mail + "username = \"u\"\n",
			en: "The setting mail.username (FILE, line 4) works only when mail.password_file is set as well."},
		{name: "missing secret file", file: mail + "username = \"u\"\npassword_file = \"/nowhere/pw\"\n",
			en: "The setting mail.password_file (FILE, line 5) names the file /nowhere/pw, which cannot be read."},
		{name: "empty secret file", file: mail + "username = \"u\"\npassword_file = \"/dev/null\"\n",
			en: "The setting mail.password_file (FILE, line 5) names the file /dev/null, which is empty."},
		{name: "password twice", file: mail + "username = \"u\"\npassword = \"hunter2\"\npassword_file = \"/dev/null\"\n",
			en: "The setting mail.password_file (FILE, line 6) and mail.password are both set; leave one out."},
		{name: "syntax", file: mail + "password = hunter2\n",
			en: "The settings file is not valid TOML: FILE:4:12."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := Source{Env: tt.env, Flags: tt.flags}
			path := filepath.Join(t.TempDir(), "h.toml")
			if tt.file != "" {
				src.File = path
				if err := os.WriteFile(path, []byte(strings.ReplaceAll(tt.file, "FILE", path)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := Load(src)
			var ps Problems
			if !errors.As(err, &ps) {
				t.Fatalf("want Problems, got %v", err)
			}
			if d := cmp.Diff([]string{strings.ReplaceAll(tt.en, "FILE", path)}, ps.Sentences("en")); d != "" {
				t.Error(d)
			}
			if tt.nl != "" {
				if d := cmp.Diff([]string{strings.ReplaceAll(tt.nl, "FILE", path)}, ps.Sentences("nl")); d != "" {
					t.Error(d)
				}
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the message repeats a secret: %v", err)
			}
		})
	}
	if _, err := Load(Source{File: "/nowhere/h.toml"}); err == nil || err.Error() != "The settings file /nowhere/h.toml cannot be read; check its name and permissions." {
		t.Errorf("missing file: %v", err)
	}
}

func TestEverythingWrongIsSaidAtOnce(t *testing.T) {
	_, err := Load(Source{
		File:  write(t, "h.toml", "listne = \"x\"\nlanguage = \"fr\"\n"),
		Env:   []string{"HOUVAST_LOG_LEVEL=loud"},
		Flags: map[string]string{"mail.port": "x"},
	})
	var ps Problems
	if !errors.As(err, &ps) || len(ps) != 4 {
		t.Errorf("want 4 problems, got %v", err)
	}
}

func TestForeignVariablesAreLeftAlone(t *testing.T) {
	mustLoad(t, Source{Env: []string{"HOUVAST_TEST_POSTGRES=x", "HOUVAST_SERVICE_HOST=10.0.0.1", "HOUVAST_PORT_8410_TCP_ADDR=x",
		"HOUVAST_PORT=tcp://10.0.0.1:8410", "PATH=/bin", "MALFORMED"}})
}

func TestSecretsFromFiles(t *testing.T) {
	pw, url := write(t, "pw", "from file\r\n"), write(t, "url", "postgres://u:p@db/x\n")
	base := map[string]string{"mail.host": "mx.example", "mail.from": "a@example.org", "mail.username": "u"}
	with := func(extra ...string) map[string]string {
		m := map[string]string{}
		for k, v := range base {
			m[k] = v
		}
		for i := 0; i < len(extra); i += 2 {
			m[extra[i]] = extra[i+1]
		}
		return m
	}
	tests := []struct {
		name  string
		src   Source
		pw    string
		store string
	}{
		{"file", Source{Flags: with("mail.password_file", pw, "db.url_file", url)}, "from file", "postgres://u:p@db/x"},
		{"inline", Source{Flags: with("mail.password", "inline ", "db.url", "postgresql://db/y")}, "inline ", "postgresql://db/y"},
		{"a file in a flag goes before a variable", Source{Env: []string{"HOUVAST_MAIL_PASSWORD=variable"}, Flags: with("mail.password_file", pw)}, "from file", "houvast.db"},
		{"a value in a flag goes before a file in a variable", Source{Env: []string{"HOUVAST_MAIL_PASSWORD_FILE=" + pw}, Flags: with("mail.password", "flag")}, "flag", "houvast.db"},
		{"a path in a flag goes before a url in a variable", Source{Env: []string{"HOUVAST_DB_URL_FILE=" + url}, Flags: with("mail.password", "x", "db.path", "copy.db")}, "x", "copy.db"},
		{"a url in a flag goes before a path in a variable", Source{Env: []string{"HOUVAST_DB_PATH=x.db"}, Flags: with("mail.password", "x", "db.url", "postgres://db/y")}, "x", "postgres://db/y"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := mustLoad(t, tt.src)
			if c.Mail.Password.Reveal() != tt.pw || c.Database() != tt.store {
				t.Errorf("got %q and %q", c.Mail.Password.Reveal(), c.Database())
			}
		})
	}
}

func TestFileNamesAreRelativeToTheSettingsFile(t *testing.T) {
	path := write(t, "h.toml", "backup_dir=\"b\"\n[db]\npath = \"data/h.db\"\n[mail]\npassword_file = \"pw\"\nusername=\"u\"\n")
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "pw"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := mustLoad(t, Source{File: path})
	if c.Mail.Password.Reveal() != "x" || c.DB.Path != filepath.Join(filepath.Dir(path), "data/h.db") || c.BackupDir != filepath.Join(filepath.Dir(path), "b") {
		t.Errorf("got %q, %s, %s", c.Mail.Password.Reveal(), c.DB.Path, c.BackupDir)
	}
}

func TestSecretsAreMasked(t *testing.T) {
	const value = "hunter2"
	c := mustLoad(t, Source{Flags: map[string]string{"mail.host": "mx.example", "mail.from": "a@example.org",
		"mail.username": "u", "mail.password": value, "db.url": "postgres://u:" + value + "@db/x"}})
	hidden := struct{ inner Config }{*c} // fmt cannot call methods in here
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+"\n", c.Mail.Password)
		fmt.Fprintf(&out, verb+"\n", *c)
		fmt.Fprintf(&out, verb+"\n", c)
		fmt.Fprintf(&out, verb+"\n", hidden)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "config", *c, "password", c.Mail.Password)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "config", *c, "password", c.Mail.Password)
	if err := json.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{value, fmt.Sprintf("%x", value), "aHVudGVyMg"} {
		if strings.Contains(out.String(), form) {
			t.Errorf("the secret is printed as %s:\n%s", form, out.String())
		}
	}
	if c.Mail.Password.String() != "***" || (Secret{}).String() != "" {
		t.Errorf("got %q and %q", c.Mail.Password.String(), Secret{}.String())
	}
}

// The example must be loadable as it is (changing nothing) and with every line
// opened (every key known, every value of the right type).
func TestExample(t *testing.T) {
	for _, lang := range []string{"nl", "en"} {
		text := Example(lang)
		if d := cmp.Diff(mustLoad(t, Source{}), mustLoad(t, Source{File: write(t, "h.toml", text)}), cmp.Comparer(func(a, b Secret) bool { return a.Reveal() == b.Reveal() })); d != "" {
			t.Errorf("%s: the example changes something: %s", lang, d)
		}
		open := regexp.MustCompile(`(?m)^#([a-z_]+ = )`).ReplaceAllString(text, "$1")
		_, err := Load(Source{File: write(t, "h.toml", open)})
		var ps Problems
		errors.As(err, &ps)
		for _, p := range ps {
			if p.Kind != "unreadable" && p.Kind != "both" { // it names files that are not here, and shows both ways to give a secret
				t.Errorf("%s: %s", lang, p.Sentence("en"))
			}
		}
		for _, key := range Keys() {
			if !strings.Contains(text, EnvName(key)) || Help(key, lang) == "" {
				t.Errorf("%s: %s is not explained", lang, key)
			}
		}
	}
}

func TestEverySentenceExistsInBothLanguages(t *testing.T) {
	for kind, s := range sentences {
		for _, text := range s {
			if !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "?") {
				t.Errorf("%s: not a whole sentence: %s", kind, text)
			}
		}
		if strings.Count(s[0], "%[1]s") != strings.Count(s[1], "%[1]s") || strings.Count(s[0], "%[2]s") != strings.Count(s[1], "%[2]s") {
			t.Errorf("%s: the languages do not say the same", kind)
		}
	}
}
