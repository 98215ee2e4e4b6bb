package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/migrate"
)

// patience is how long work may lie before the doctor says that nobody does it.
const patience = 5 * time.Minute

// lookAtDatabase opens the database without making one, and looks at its
// schema and at the record in it. size is what it takes on disk, 0 when unknown.
func lookAtDatabase(ctx context.Context, cfg *config.Config, now time.Time) (list []Finding, size int64) {
	const area = "database"
	dsn := cfg.Database()
	if !db.IsPostgres(dsn) {
		switch _, err := os.Stat(dsn); {
		case errors.Is(err, os.ErrNotExist):
			return []Finding{found(area, "database", "none", Worrying, "Path", dsn)}, 0
		case err != nil:
			return []Finding{found(area, "database", "unreachable", Broken, "Why", why(err))}, 0
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute) // a large file is read whole
	defer cancel()
	d, err := OpenDB(ctx, Options{Config: cfg})
	if err != nil {
		return []Finding{found(area, "database", "unreachable", Broken, "Why", why(err))}, 0
	}
	defer d.Close() //nolint:errcheck // nothing was written
	asked := clock.Real{}.Now()
	h, err := db.Inspect(ctx, d)
	if err != nil {
		return []Finding{found(area, "database", "unreachable", Broken, "Why", why(err))}, 0
	}
	switch {
	case h.Damage != "":
		list = append(list, found(area, "database", "damaged", Broken, "Server", h.Server, "Why", h.Damage))
	case h.Risk != "":
		list = append(list, found(area, "database", "risky", Broken, "Server", h.Server, "Setting", h.Risk))
	default:
		list = append(list, found(area, "database", "answers", Fine, "Server", h.Server, "Size", megabytes(h.Size)))
	}
	if !h.Clock.IsZero() {
		list = append(list, judgeServerClock(h.Clock.Sub(asked)))
	}
	s, err := migrate.Look(ctx, d, Migrations()...)
	switch {
	case err != nil:
		return append(list, found(area, "schema", "unreadable", Broken, "Why", why(err))), h.Size
	case s.Current > s.Target:
		return append(list, found(area, "schema", "newer", Broken, "Has", s.Current, "Knows", s.Target)), h.Size
	case s.Pending > 0:
		return append(list, found(area, "schema", "older", Worrying, "Has", s.Current, "Knows", s.Target, "Count", s.Pending)), h.Size
	}
	list = append(list, found(area, "schema", "current", Fine, "Has", s.Current))
	return append(list, lookAtRecord(ctx, d, now)...), h.Size
}

// lookAtRecord says whether work lies about that nobody does.
func lookAtRecord(ctx context.Context, d *db.DB, now time.Time) (list []Finding) {
	const area, most = "record", 1000
	var unsealed, late, jobs, facts int64
	var oldest time.Time
	err := d.Read(ctx, func(q db.Q) (err error) {
		if unsealed, oldest, err = ledger.Lag(q, most); err != nil {
			return err
		}
		if late, err = job.Overdue(q, now.Add(-patience), most); err != nil {
			return err
		}
		if jobs, err = job.CountDead(q); err != nil {
			return err
		}
		facts, err = ledger.CountDead(q)
		return err
	})
	if err != nil {
		return []Finding{found(area, "record", "unreadable", Broken, "Why", why(err))}
	}
	if unsealed > 0 && now.Sub(oldest) > patience || late > 0 {
		list = append(list, found(area, "work", "lies", Worrying, "Facts", unsealed, "Jobs", late))
	} else {
		list = append(list, found(area, "work", "done", Fine))
	}
	if jobs+facts > 0 {
		return append(list, found(area, "dead", "some", Worrying, "Jobs", jobs, "Facts", facts))
	}
	return append(list, found(area, "dead", "none", Fine))
}

// judgeServerClock compares the clock of a database server with ours: leases
// and due times of several nodes rest on clocks that agree.
func judgeServerClock(ahead time.Duration) Finding {
	if ahead.Abs() > 2*time.Second {
		return found("database", "server-clock", "differs", Worrying, "Seconds", int64(ahead.Abs()/time.Second))
	}
	return found("database", "server-clock", "agrees", Fine)
}

// lookAtBackups says how old the newest backup is.
func lookAtBackups(cfg *config.Config, now time.Time) Finding {
	names, _ := filepath.Glob(filepath.Join(cfg.BackupDir, "*.tar.gz")) // the pattern is well formed
	var newest time.Time
	for _, name := range names {
		if info, err := os.Stat(name); err == nil && info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	return judgeBackup(cfg.BackupDir, newest, now)
}

// judgeBackup wants one a day, with a day of grace.
func judgeBackup(dir string, newest, now time.Time) Finding {
	switch age := now.Sub(newest); {
	case newest.IsZero():
		return found("disk", "backup", "none", Worrying, "Dir", dir)
	case age > 48*time.Hour:
		return found("disk", "backup", "old", Worrying, "Days", int(age.Hours()/24), "Dir", dir)
	default:
		return found("disk", "backup", "recent", Fine, "Hours", int(age.Hours()))
	}
}

func megabytes(n int64) int64 { return (n + 1<<20 - 1) >> 20 }
