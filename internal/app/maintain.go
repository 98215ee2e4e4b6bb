package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/backup"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/migrate"
)

// ExitStatus ends the program with a status after everything was said.
type ExitStatus int

func (s ExitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// terminalLanguage is Dutch when the shell speaks Dutch, else English.
func terminalLanguage() string {
	for _, v := range []string{os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG")} {
		if v != "" {
			if strings.HasPrefix(v, "nl") {
				return lang.Dutch
			}
			break
		}
	}
	return lang.English
}

// Explain puts an error into a sentence for somebody at a terminal, in Dutch
// when their shell speaks Dutch.
func Explain(err error) string {
	language := terminalLanguage()
	var problems config.Problems
	if errors.As(err, &problems) {
		return strings.Join(problems.Sentences(language), "\n")
	}
	e, ok := errs.As(err)
	if !ok {
		return err.Error()
	}
	words, loadErr := Words()
	if loadErr != nil {
		return err.Error()
	}
	p := words.Printer(language, nil, clock.Real{}.Now())
	_, detail := p.Problem(e)
	if e.Err != nil {
		detail += " (" + e.Err.Error() + ")"
	}
	return detail
}

// Migrate brings the database up to date, after a backup when it holds
// something, or only says where it stands.
func Migrate(ctx context.Context, cfg *config.Config, only bool, out io.Writer) error {
	d, err := OpenDB(ctx, Options{Config: cfg})
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // nothing is being written any more
	s, err := migrate.Look(ctx, d, Migrations()...)
	if err != nil {
		return err
	}
	if only || s.Pending == 0 {
		_, err := fmt.Fprintf(out, "The database is at version %d; this program expects %d; %d migrations to go.\n", s.Current, s.Target, s.Pending)
		return err
	}
	if s.Current > 0 {
		name, err := backup.Write(ctx, d, cfg.BackupDir, "")
		if err != nil {
			return fmt.Errorf("back up before migrating: %w", err)
		}
		fmt.Fprintf(out, "Backup written to %s\n", name)
	}
	if s, err = migrate.Up(ctx, d, Migrations()...); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "The database is at version %d now.\n", s.Current)
	return err
}

// Backup writes a verified backup.
func Backup(ctx context.Context, cfg *config.Config, file string, out io.Writer) error {
	d, err := OpenDB(ctx, Options{Config: cfg})
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // nothing is being written any more
	name, err := backup.Write(ctx, d, cfg.BackupDir, file)
	if err != nil {
		return err
	}
	info, err := backup.Verify(ctx, name)
	if err != nil {
		return fmt.Errorf("the backup was written to %s but does not verify: %w", name, err)
	}
	_, err = fmt.Fprintf(out, "Backup written to %s and verified: %d rows in %d tables, %d chains.\n", name, info.Rows, len(info.Tables), len(info.Heads))
	return err
}

// Restore puts a backup into an empty database, and verifies what it put there.
func Restore(ctx context.Context, cfg *config.Config, file string, out io.Writer) error {
	info, err := backup.Verify(ctx, file)
	if err != nil {
		return err
	}
	d, err := OpenDB(ctx, Options{Config: cfg})
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // nothing is being written any more
	if _, err := migrate.UpTo(ctx, d, info.Schema, Migrations()...); err != nil {
		return err
	}
	if err := backup.Restore(ctx, d, file); err != nil {
		return err
	}
	if _, err := migrate.Up(ctx, d, Migrations()...); err != nil {
		return err
	}
	fmt.Fprintf(out, "Restored %d rows in %d tables.\n", info.Rows, len(info.Tables))
	return verify(ctx, d, info.Heads, false, out)
}

// Verify recomputes the chains and names the first bad entry of each.
func Verify(ctx context.Context, cfg *config.Config, headsFile string, asJSON bool, out io.Writer) error {
	kept, err := keptHeads(ctx, headsFile)
	if err != nil {
		return err
	}
	d, err := OpenDB(ctx, Options{Config: cfg})
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // nothing was written
	return verify(ctx, d, kept, asJSON, out)
}

// keptHeads reads heads from a backup, or from the JSON that was mailed.
func keptHeads(ctx context.Context, file string) ([]ledger.Head, error) {
	if file == "" {
		return nil, nil
	}
	if info, err := backup.Verify(ctx, file); err == nil {
		return info.Heads, nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var heads []ledger.Head
	if err := json.Unmarshal(b, &heads); err != nil {
		return nil, fmt.Errorf("%s is neither a backup nor a list of heads: %w", file, err)
	}
	return heads, nil
}

func verify(ctx context.Context, d *db.DB, kept []ledger.Head, asJSON bool, out io.Writer) error {
	reports, err := ledger.Verify(ctx, d, kept, nil)
	if err != nil {
		return err
	}
	bad := false
	for _, r := range reports {
		bad = bad || r.Bad != nil
	}
	if asJSON {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(reports); err != nil {
			return err
		}
	} else {
		for _, r := range reports {
			if r.Bad != nil {
				fmt.Fprintf(out, "%s: BAD at entry %d %s: %s\n", r.Org, r.Bad.Seq, r.Bad.Fact, r.Bad.Why)
				continue
			}
			fmt.Fprintf(out, "%s: %d entries, the chain holds; %d not sealed yet, %d texts erased\n", r.Org, r.Facts, r.Unsealed, r.Erased)
		}
		if len(reports) == 0 {
			fmt.Fprintln(out, "Nothing is recorded yet.")
		}
	}
	if bad {
		return ExitStatus(1)
	}
	return nil
}
