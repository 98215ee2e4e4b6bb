package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	exam "github.com/houvast/houvast/internal/surface/examine"
)

// importChunk is after how many cases somebody is told how far we are.
const importChunk = 10_000

// importHistory lets the advisor of an organisation learn from a log. A case
// is taken over once, so doing it again, or going on after an interruption,
// adds only what is new.
func (o ExamineOptions) importHistory(ctx context.Context, l *exam.Log, f *exam.Figures, p lang.Printer, progress *progress) error {
	return o.withOrg(ctx, func(a *App, who actor.Actor, name string) error {
		added, source := 0, exam.Title(o.File)
		for from := 0; from < len(f.Spans); from += importChunk {
			part := make([]promise.Lead, 0, importChunk)
			for i := from; i < min(from+importChunk, len(f.Spans)); i++ {
				span, ended := f.Spans[i], l.Ended(i)
				lead := promise.Lead{ID: l.CaseName(i), Asked: time.UnixMilli(span.Start).UTC(), Ended: time.UnixMilli(span.End).UTC(), Delivered: ended}
				if !ended { // still open when the log was made, as far as known
					lead.Ended = f.Last.Truncate(time.Millisecond)
				}
				part = append(part, lead)
			}
			n, err := promise.ImportHistory(ctx, a.DB, who, source, part)
			if added += n; err != nil {
				return err
			}
			progress.say("examine.said.importing", "Done", from+len(part), "All", len(f.Spans))
		}
		progress.end()
		fmt.Fprintln(o.Err, p.T("examine.said.imported", "Added", added, "All", len(f.Spans), "Organisation", name, "File", o.File))
		return nil
	})
}

// undoImport takes back what was imported from a file of this name. The file
// need not be there any more.
func (o ExamineOptions) undoImport(ctx context.Context, p lang.Printer) error {
	return o.withOrg(ctx, func(a *App, who actor.Actor, name string) error {
		removed, err := promise.ForgetHistory(ctx, a.DB, who, exam.Title(o.File))
		if err == nil {
			_, err = fmt.Fprintln(o.Err, p.T("examine.said.undone", "Count", removed, "Organisation", name))
		}
		return err
	})
}

// withOrg opens the application and finds the organisation that is meant.
func (o ExamineOptions) withOrg(ctx context.Context, fn func(a *App, who actor.Actor, name string) error) error {
	a, err := Open(ctx, Options{Config: o.Config, Version: o.Version})
	if err != nil {
		return err
	}
	who, name := actor.Actor{Kind: actor.Installer, Name: "command line"}, ""
	err = a.DB.Read(ctx, func(q db.Q) error {
		found, err := onlyOrg(q, o.Org)
		who.Org, name = found.ID, found.Name
		return err
	})
	if err == nil {
		err = fn(a, who, name)
	}
	return errors.Join(err, a.Close())
}
