package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/lang"
	exam "github.com/houvast/houvast/internal/surface/examine"
)

// reports writes the report in each language that was asked for and gives
// where they stand.
func (o ExamineOptions) reports(ctx context.Context, r exam.Report, p lang.Printer) (files []string, err error) {
	languages := []string{p.Lang()}
	if o.Both {
		languages = lang.Languages()
	}
	for _, l := range languages {
		name := o.Report
		if name == "" {
			name = exam.Title(o.File) + ".report.html"
		}
		if o.Both {
			end := filepath.Ext(name)
			name = strings.TrimSuffix(name, end) + "." + l + end
		}
		var b bytes.Buffer
		if err := exam.WriteHTML(ctx, &b, r, p.In(l)); err != nil {
			return files, err
		}
		if err := writeReport(name, b.Bytes()); err != nil {
			return files, err
		}
		files = append(files, name)
	}
	return files, nil
}

// writeReport puts a report in place as a whole. It replaces an earlier report
// and nothing else.
func writeReport(name string, content []byte) error {
	before, err := os.ReadFile(name) //nolint:gosec // where the report was asked to be
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case !bytes.Contains(before[:min(len(before), 4096)], []byte(exam.Mark)):
		return errs.New(errs.Conflict, "report-not-ours").With("File", name)
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".houvast-report-*")
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write the report: %w", err), os.Remove(f.Name()))
	}
	return nil
}
