package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/files"
	"github.com/houvast/houvast/internal/kit/mail"
)

// lookAtSettings judges what can be read but is unwise. That the settings can
// be read at all, loading them has shown.
func lookAtSettings(cfg *config.Config) []Finding {
	const area = "configuration"
	list := []Finding{found(area, "settings", "read", Fine, "Listen", cfg.Listen, "URL", cfg.PublicURL)}
	u, err := url.Parse(cfg.PublicURL)
	if err != nil || u.Hostname() == "" {
		return append(list, found(area, "public", "unreadable", Broken, "URL", cfg.PublicURL))
	}
	switch local := isLocal(u.Hostname()); {
	case local:
		list = append(list, found(area, "public", "local", Worrying, "URL", cfg.PublicURL))
	case u.Scheme != "https":
		list = append(list, found(area, "public", "plain", Broken, "URL", cfg.PublicURL))
	default:
		list = append(list, found(area, "public", "safe", Fine, "URL", cfg.PublicURL))
	}
	host, _, _ := net.SplitHostPort(cfg.Listen) // config.Load accepted it
	if u.Scheme == "https" && !cfg.TLS.On() && !isLocal(host) && len(cfg.TrustedProxies) == 0 {
		list = append(list, found(area, "proxy", "unknown", Worrying, "Listen", cfg.Listen))
	}
	return list
}

func isLocal(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && a.IsLoopback()
}

// lookAtZone says whether the machine knows the clocks of the Netherlands.
func lookAtZone() Finding {
	if _, err := time.LoadLocation("Europe/Amsterdam"); err != nil {
		return found("clock", "zone", "missing", Broken)
	}
	return found("clock", "zone", "known", Fine)
}

// lookAtTime judges what the machine says about its clock.
func lookAtTime(synced, known bool) Finding {
	switch {
	case !known:
		return found("clock", "time", "unknown", Passed)
	case !synced:
		return found("clock", "time", "unsynchronised", Worrying)
	}
	return found("clock", "time", "synchronised", Fine)
}

// lookAtMail goes as far as a mail server goes without being sent anything.
func lookAtMail(ctx context.Context, cfg *config.Config) (list []Finding) {
	const area = "mail"
	if !cfg.Mail.On() {
		return []Finding{found(area, "mail", "off", Worrying)}
	}
	sender, err := mail.New(cfg.Mail, clock.Real{})
	if err != nil {
		return []Finding{found(area, "mail", "unfit", Broken, "Why", why(err))}
	}
	for _, r := range sender.Check(ctx) {
		switch r.State {
		case mail.CheckFailed:
			bad := found(area, "mail", "failed", Broken, "Code", r.Code, "Enhanced", r.Enhanced)
			bad.reason = r.Reason
			return append(list, bad)
		case mail.CheckOK:
			list = append(list, found(area, "mail", "step", Fine, "Step", r.Step))
		}
	}
	return list
}

// lookAtScanner says whether somebody looks at added files, and answers.
func lookAtScanner(ctx context.Context, cfg *config.Config) Finding {
	const area = "disk"
	s := files.NewScanner(cfg.Files.Scan)
	if !s.On() {
		return found(area, "scanner", "off", Passed)
	}
	if err := s.Reach(ctx); err != nil {
		return found(area, "scanner", "silent", Broken, "Why", err.Error())
	}
	return found(area, "scanner", "answers", Fine)
}

// lookAtDisks looks where the database and the backups are.
func lookAtDisks(cfg *config.Config, size int64) (list []Finding) {
	const area = "disk"
	dirs := []string{cfg.BackupDir}
	if !db.IsPostgres(cfg.Database()) {
		dirs = []string{filepath.Dir(cfg.Database()), cfg.BackupDir}
		if info, err := os.Stat(cfg.Database()); err == nil && info.Mode().Perm()&0o007 != 0 {
			list = append(list, found(area, "file", "open", Worrying, "Path", cfg.Database()))
		}
	}
	for i, dir := range dirs {
		at := existing(dir)
		if i > 0 && at == existing(dirs[0]) {
			continue // the same disk and directory
		}
		free, known := freeBytes(at)
		list = append(list, judgeRoom(dir, free, known, size))
		if !writable(at) {
			list = append(list, found(area, "directory", "closed", Broken, "Path", at))
		}
	}
	return list
}

// judgeRoom wants room for twice the database and half a gigabyte: a backup, a
// migration, and growth until somebody reads the warning.
func judgeRoom(dir string, free int64, known bool, size int64) Finding {
	need := 2*size + 512<<20
	switch {
	case !known:
		return found("disk", "room", "unknown", Passed, "Dir", dir)
	case free < size/4+64<<20:
		return found("disk", "room", "full", Broken, "Dir", dir, "Free", megabytes(free), "Need", megabytes(need))
	case free < need:
		return found("disk", "room", "little", Worrying, "Dir", dir, "Free", megabytes(free), "Need", megabytes(need))
	}
	return found("disk", "room", "enough", Fine, "Dir", dir, "Free", megabytes(free))
}

// existing is the nearest directory above that is there already.
func existing(dir string) string {
	dir, err := filepath.Abs(dir)
	for err == nil {
		if info, statErr := os.Stat(dir); statErr == nil && info.IsDir() || dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	return dir
}

// writable tries it: permissions alone do not say so on network disks.
func writable(dir string) bool {
	f, err := os.CreateTemp(dir, ".houvast-doctor-*")
	if err != nil {
		return false
	}
	_ = f.Close() // nothing was written
	return os.Remove(f.Name()) == nil
}

// lookAtCertificate judges the certificate that Houvast itself answers with.
func lookAtCertificate(cfg *config.Config, now time.Time) Finding {
	const area = "certificates"
	if !cfg.TLS.On() {
		return found(area, "certificate", "elsewhere", Passed)
	}
	pair, err := tls.LoadX509KeyPair(cfg.TLS.Cert, cfg.TLS.Key)
	if err != nil {
		return found(area, "certificate", "unreadable", Broken, "File", cfg.TLS.Cert, "Why", why(err))
	}
	host := ""
	if u, err := url.Parse(cfg.PublicURL); err == nil {
		host = u.Hostname()
	}
	return judgeCertificate(pair.Leaf, host, now)
}

// judgeCertificate warns two weeks before the end, when a renewal that runs by
// itself has long been late.
func judgeCertificate(c *x509.Certificate, host string, now time.Time) Finding {
	const area, check = "certificates", "certificate"
	days := int(c.NotAfter.Sub(now).Hours() / 24)
	switch {
	case now.Before(c.NotBefore):
		return found(area, check, "early", Broken)
	case now.After(c.NotAfter):
		return found(area, check, "expired", Broken)
	case c.VerifyHostname(host) != nil:
		return found(area, check, "other-name", Broken, "Host", host)
	case days < 14:
		return found(area, check, "ending", Worrying, "Days", days)
	}
	return found(area, check, "valid", Fine, "Days", days)
}
