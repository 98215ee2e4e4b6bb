package migrate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"regexp"
	"testing/fstest"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

var name = regexp.MustCompile(`^[0-9]{5}_[a-z0-9_]+\.sql$`)

// Status says where a database stands.
type Status struct {
	Current int64 // the version it has; 0 when empty
	Target  int64 // the version this program expects
	Pending int
}

// Merge reads the migrations of all capabilities into one ordered set,
// translated for a dialect. Two files with one number are an error.
func Merge(d db.Dialect, sources ...fs.FS) (fs.FS, error) {
	merged, seen := fstest.MapFS{}, map[string]string{}
	for _, src := range sources {
		files, err := fs.Glob(src, "schema/*.sql")
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			base := f[len("schema/"):]
			if !name.MatchString(base) {
				return nil, fmt.Errorf("migration %s: a name like 00012_handoffs.sql is expected", base)
			}
			if other, ok := seen[base[:5]]; ok {
				return nil, fmt.Errorf("migrations %s and %s have the same number", other, base)
			}
			seen[base[:5]] = base
			text, err := fs.ReadFile(src, f)
			if err != nil {
				return nil, err
			}
			withFloor, err := floor(base, string(text))
			if err != nil {
				return nil, err
			}
			merged[base] = &fstest.MapFile{Data: []byte(db.DDL(d, withFloor))}
		}
	}
	return merged, nil
}

func provider(d *db.DB, sources []fs.FS) (*goose.Provider, error) {
	merged, err := Merge(d.Dialect(), sources...)
	if err != nil {
		return nil, err
	}
	opts := []goose.ProviderOption{goose.WithSlog(slog.New(slog.DiscardHandler))}
	if d.Dialect() == db.Postgres {
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		opts = append(opts, goose.WithTableName(versions), goose.WithSessionLocker(locker))
		return goose.NewProvider(goose.DialectPostgres, d.Pool(), merged, opts...)
	}
	store, err := database.NewStore(database.DialectSQLite3, versions)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider("", d.Pool(), merged, append(opts, goose.WithStore(once{store}))...)
}

// versions is the table in which each migration is noted.
const versions = "schema_version"

// once keeps a migration from running twice when two processes start on one
// SQLite file, which has no lock to hold meanwhile: the second one finds, in
// its own transaction, that the version is noted already, and undoes itself.
type once struct{ database.Store }

var errDone = errors.New("another process ran this migration")

func (o once) Insert(ctx context.Context, tx database.DBTxConn, req database.InsertRequest) error {
	switch _, err := o.GetMigration(ctx, tx, req.Version); {
	case err == nil:
		return errDone
	case !errors.Is(err, database.ErrVersionNotFound):
		return err
	}
	return o.Store.Insert(ctx, tx, req)
}

// Look says where the database stands, without changing it.
func Look(ctx context.Context, d *db.DB, sources ...fs.FS) (Status, error) {
	p, err := provider(d, sources)
	if err != nil {
		return Status{}, err
	}
	return look(ctx, p)
}

func look(ctx context.Context, p *goose.Provider) (s Status, err error) {
	if s.Current, s.Target, err = p.GetVersions(ctx); err != nil {
		return s, fmt.Errorf("read schema version: %w", err)
	}
	for _, src := range p.ListSources() {
		if src.Version > s.Current {
			s.Pending++
		}
	}
	return s, nil
}

// Up brings the database to the target version. A newer database is left as it
// is when all that this program does not know only expands it, and refused
// with the error type "database-newer" otherwise.
func Up(ctx context.Context, d *db.DB, sources ...fs.FS) (Status, error) {
	p, err := provider(d, sources)
	if err != nil {
		return Status{}, err
	}
	s, err := look(ctx, p)
	if err != nil {
		return s, err
	}
	if s.Current > s.Target {
		if err := d.Read(ctx, func(q db.Q) error {
			lowest, err := Floor(q)
			if err == nil && lowest <= s.Target {
				return nil
			}
			if errs.ClassOf(err) == errs.Unavailable {
				return err
			}
			return errs.New(errs.Conflict, "database-newer").With("Has", s.Current).With("Knows", s.Target)
		}); err != nil {
			return s, err
		}
		return s, nil
	}
	for {
		_, upErr := p.Up(ctx)
		now, err := look(ctx, p)
		switch {
		case upErr == nil && err == nil:
			return now, statistics(ctx, d)
		case upErr == nil:
			return now, err
		case err != nil || now.Current <= s.Current:
			return s, fmt.Errorf("migrate: %w", upErr)
		}
		s = now // another process came between, or a later one failed: go on from here
	}
}

// UpTo brings an empty database to a version that it had once: that of a
// backup, which is then migrated further with its rows in it.
func UpTo(ctx context.Context, d *db.DB, version int64, sources ...fs.FS) (Status, error) {
	p, err := provider(d, sources)
	if err != nil {
		return Status{}, err
	}
	s, err := look(ctx, p)
	if err != nil {
		return s, err
	}
	if version > s.Target {
		return s, errs.New(errs.Conflict, "database-newer").With("Has", version).With("Knows", s.Target)
	}
	if _, err := p.UpTo(ctx, version); err != nil {
		return s, fmt.Errorf("migrate to %d: %w", version, err)
	}
	return look(ctx, p)
}
