package bench

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/houvast/houvast/internal/app"
	"github.com/houvast/houvast/internal/kernel/clock"
)

// fillVersion changes when what is filled in changes.
const fillVersion = 3

// key names a fill: the same tables, the same size, the same program to fill.
func (s Size) key() (string, error) {
	h := sha256.New()
	for _, set := range app.Migrations() {
		err := fs.WalkDir(set, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := fs.ReadFile(set, path)
			fmt.Fprintf(h, "%s %d\n", path, len(b))
			h.Write(b)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d-%d-%d-%s", s.Cases, s.open(), fillVersion, hex.EncodeToString(h.Sum(nil))[:10]), nil
}

// player gives what was played; it is played once.
type player func(context.Context) (*played, error)

// fillFile gives a full SQLite file from the cache, filling it when need be.
func fillFile(ctx context.Context, cache string, size Size, pl player, say func(string)) (file string, full *Filled, err error) {
	key, err := size.key()
	if err != nil {
		return "", nil, err
	}
	file = filepath.Join(cache, "sqlite-"+key+".db")
	if full, err := readFilled(file + ".json"); err == nil {
		return file, full, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", nil, err
	}
	part := file + ".part"
	for _, end := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(part + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", nil, err
		}
	}
	what, err := pl(ctx)
	if err != nil {
		return "", nil, err
	}
	if full, err = fill(ctx, part, what, size, clock.Real{}.Now(), say); err != nil {
		return "", nil, fmt.Errorf("fill: %w", err)
	}
	if err := os.Rename(part, file); err != nil {
		return "", nil, err
	}
	return file, full, writeFilled(file+".json", full)
}

func readFilled(file string) (*Filled, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	f := &Filled{}
	return f, json.Unmarshal(b, f)
}

func writeFilled(file string, f *Filled) error {
	b, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return os.WriteFile(file, b, 0o600)
}

// copyFile copies a database that nobody has open.
func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return errors.Join(err, out.Close())
	}
	return errors.Join(out.Sync(), out.Close())
}

// forget takes a full database away.
func (b *bench) forget(ctx context.Context, database string, size Size) error {
	key, err := size.key()
	if err != nil {
		return err
	}
	if database == "postgres" {
		return errors.Join(os.Remove(filepath.Join(b.Cache, "postgres-"+key+".json")), b.cluster.admin(context.WithoutCancel(ctx), dropped(fullName(key))))
	}
	file := filepath.Join(b.Cache, "sqlite-"+key+".db")
	for _, end := range []string{".json", "", "-wal", "-shm"} {
		if err := os.Remove(file + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
