package app

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/config"
)

// TestDoctorHasWords reads from the source what the doctor can find, because
// the sentences are put together from its codes.
func TestDoctorHasWords(t *testing.T) {
	words, err := Words()
	if err != nil {
		t.Fatal(err)
	}
	call := regexp.MustCompile(`found\((?:area|"[a-z]+"), (check|"[a-z-]+"), "([a-z-]+)", (Fine|Passed|Worrying|Broken)`)
	n := 0
	for _, name := range []string{"doctor_data.go", "doctor_machine.go"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if all, seen := strings.Count(string(b), "found("), len(call.FindAll(b, -1)); all != seen {
			t.Errorf("%s makes %d findings, of which this test can read %d", name, all, seen)
		}
		for _, m := range call.FindAllStringSubmatch(string(b), -1) {
			check := strings.Trim(strings.Replace(m[1], "check", "certificate", 1), `"`)
			keys := []string{"doctor." + check + "." + m[2]}
			if m[3] == "Worrying" || m[3] == "Broken" {
				keys = append(keys, "doctor.mend."+check+"-"+m[2])
			}
			for _, key := range keys {
				n++
				if words.Source("en", key) == "" || words.Source("nl", key) == "" {
					t.Errorf("no sentence for %s", key)
				}
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d sentences looked for", n)
	}
}

func (f Finding) code() string { return f.Check + "-" + f.said + " " + string(f.State) }

func TestDoctorJudges(t *testing.T) {
	now := time.Date(2026, 11, 12, 9, 42, 0, 0, time.UTC)
	const gb = 1 << 30
	for _, c := range []struct {
		got  Finding
		want string
	}{
		{judgeRoom("d", 100*gb, true, 10*gb), "room-enough ok"},
		{judgeRoom("d", 20*gb, true, 10*gb), "room-little warning"},
		{judgeRoom("d", 2*gb, true, 10*gb), "room-full failed"},
		{judgeRoom("d", 0, false, 10*gb), "room-unknown skipped"},
		{judgeBackup("d", time.Time{}, now), "backup-none warning"},
		{judgeBackup("d", now.Add(-30*time.Hour), now), "backup-recent ok"},
		{judgeBackup("d", now.Add(-49*time.Hour), now), "backup-old warning"},
		{judgeServerClock(-time.Second), "server-clock-agrees ok"},
		{judgeServerClock(-3 * time.Second), "server-clock-differs warning"},
		{lookAtTime(true, true), "time-synchronised ok"},
		{lookAtTime(false, true), "time-unsynchronised warning"},
		{lookAtTime(false, false), "time-unknown skipped"},
		{judgeCertificate(certificate(now, 90), "houvast.example.org", now), "certificate-valid ok"},
		{judgeCertificate(certificate(now, 13), "houvast.example.org", now), "certificate-ending warning"},
		{judgeCertificate(certificate(now, 90), "other.example.org", now), "certificate-other-name failed"},
		{judgeCertificate(certificate(now, 90), "houvast.example.org", now.AddDate(0, 4, 0)), "certificate-expired failed"},
		{judgeCertificate(certificate(now, 90), "houvast.example.org", now.AddDate(0, 0, -3)), "certificate-early failed"},
	} {
		if c.got.code() != c.want {
			t.Errorf("%s, want %s", c.got.code(), c.want)
		}
	}
}

// certificate is one for houvast.example.org that began yesterday.
func certificate(now time.Time, days int) *x509.Certificate {
	return &x509.Certificate{DNSNames: []string{"houvast.example.org"}, NotBefore: now.AddDate(0, 0, -1), NotAfter: now.AddDate(0, 0, days)}
}

func TestDoctorOnSettings(t *testing.T) {
	for _, c := range []struct {
		name string
		cfg  config.Config
		want []string
	}{
		{"trying out", config.Config{Listen: "127.0.0.1:8410", PublicURL: "http://127.0.0.1:8410"}, []string{"settings-read ok", "public-local warning"}},
		{"in the open", config.Config{Listen: ":80", PublicURL: "http://houvast.example.org"}, []string{"settings-read ok", "public-plain failed"}},
		{"behind nothing", config.Config{Listen: "0.0.0.0:8410", PublicURL: "https://houvast.example.org"},
			[]string{"settings-read ok", "public-safe ok", "proxy-unknown warning"}},
		{"behind a proxy", config.Config{Listen: "0.0.0.0:8410", PublicURL: "https://houvast.example.org", TrustedProxies: []string{"10.0.0.1"}},
			[]string{"settings-read ok", "public-safe ok"}},
		{"its own certificate", config.Config{Listen: ":443", PublicURL: "https://houvast.example.org", TLS: config.TLS{Cert: "c", Key: "k"}},
			[]string{"settings-read ok", "public-safe ok"}},
	} {
		var got []string
		for _, f := range lookAtSettings(&c.cfg) {
			got = append(got, f.code())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// examined runs the doctor and gives its codes and what it printed.
func examined(t *testing.T, cfg *config.Config) (codes []string, status error) {
	t.Helper()
	var out bytes.Buffer
	status = Doctor(t.Context(), DoctorOptions{Config: cfg, Lang: "nl", Out: &out})
	if strings.Contains(out.String(), "doctor.") || strings.Contains(out.String(), "{{") {
		t.Errorf("a sentence is missing:\n%s", out.String())
	}
	for _, f := range examine(context.Background(), cfg, clock.Real{}.Now()) {
		codes = append(codes, f.code())
	}
	return codes, status
}

func TestDoctorOnDatabases(t *testing.T) {
	dir := t.TempDir()
	cfg := &config.Config{Listen: "127.0.0.1:8410", PublicURL: "https://houvast.example.org", BackupDir: dir,
		DB: config.DB{Path: filepath.Join(dir, "houvast.db")}}
	has := func(want string, failed bool) {
		t.Helper()
		codes, status := examined(t, cfg)
		if !slices.Contains(codes, want) {
			t.Errorf("no %q in %q", want, codes)
		}
		var exit ExitStatus
		if failed != errors.As(status, &exit) {
			t.Errorf("%s: status %v", want, status)
		}
	}
	has("database-none warning", false)
	if _, err := os.Stat(cfg.DB.Path); err == nil {
		t.Fatal("the doctor made a database")
	}
	d, err := OpenDB(t.Context(), Options{Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	has("schema-older warning", false)
	if err := Migrate(t.Context(), cfg, false, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"database-answers ok", "schema-current ok", "work-done ok", "dead-none ok", "backup-none warning", "mail-off warning"} {
		has(want, false)
	}
	if err := Backup(t.Context(), cfg, "", &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	has("backup-recent ok", false)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close() // nobody listens there now
	cfg.Mail = config.Mail{Host: "127.0.0.1", Port: port, From: "desk@example.org", TLS: config.MailNone}
	has("mail-failed failed", true)
	cfg.Mail = config.Mail{}
	cfg.TLS = ownCertificate(t, dir)
	has("certificate-valid ok", false)

	// Pages in the middle of the file are overwritten, as a bad disk does.
	b, err := os.ReadFile(cfg.DB.Path)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(b) / 2; i < len(b)/2+32<<10; i++ {
		b[i] = 0xAA
	}
	if err := os.WriteFile(cfg.DB.Path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	codes, status := examined(t, cfg)
	if !slices.Contains(codes, "database-damaged failed") && !slices.Contains(codes, "database-unreachable failed") || status == nil {
		t.Errorf("damage was not found: %q, %v", codes, status)
	}
}

func TestDoctorOnPostgres(t *testing.T) {
	dsn := os.Getenv("HOUVAST_TEST_POSTGRES")
	if dsn == "" {
		t.Skip("needs PostgreSQL: set HOUVAST_TEST_POSTGRES")
	}
	cfg := &config.Config{Listen: "127.0.0.1:8410", PublicURL: "https://houvast.example.org", BackupDir: t.TempDir(), DB: config.DB{URL: config.NewSecret(dsn)}}
	codes, _ := examined(t, cfg)
	for _, want := range []string{"server-clock-agrees ok"} {
		if !slices.Contains(codes, want) {
			t.Errorf("no %q in %q", want, codes)
		}
	}
	var out bytes.Buffer
	_ = Doctor(t.Context(), DoctorOptions{Config: cfg, Lang: "en", JSON: true, Out: &out}) // the test server may run without fsync
	var report struct {
		State    State
		Findings []Finding
	}
	if err := json.Unmarshal(out.Bytes(), &report); err != nil || len(report.Findings) < 8 || report.State == "" {
		t.Errorf("%v in %s", err, out.String())
	}
	if strings.Contains(out.String(), dsn) {
		t.Error("the report holds the address of the database")
	}
}

// ownCertificate writes a certificate that this test signs itself.
func ownCertificate(t *testing.T, dir string) config.TLS {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := clock.Real{}.Now()
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "houvast.example.org"}, DNSNames: []string{"houvast.example.org"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 2, 0)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	files := config.TLS{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	for name, block := range map[string]*pem.Block{files.Cert: {Type: "CERTIFICATE", Bytes: der}, files.Key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}
