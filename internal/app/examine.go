package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/lang"
	exam "github.com/houvast/houvast/internal/surface/examine"
)

// ExamineOptions are what an examination is started with.
type ExamineOptions struct {
	File     string
	JSON     bool
	Report   string // where to write the report; "" is a file of its own in the current directory, unless JSON is asked
	NoReport bool
	Names    bool   // name people in it
	Lang     string // nl, en; "" is the language of the terminal
	Both     bool   // reports in both languages
	Import   bool   // let the advisor of an organisation learn from it
	Undo     bool   // take that back
	Org      string // which organisation; "" is the only one there is
	Config   *config.Config
	Version  string
	Zone     string
	Columns  map[exam.Role]string
	Out, Err io.Writer
}

// Examine reads the history of an old system and says how its customers fared.
func Examine(ctx context.Context, o ExamineOptions) error {
	// A large log is kept in large pieces that stay; waiting until there is as
	// much waste as there is log would double what it takes.
	defer debug.SetGCPercent(debug.SetGCPercent(5))
	words, err := Words()
	if err != nil {
		return err
	}
	if o.Zone == "" {
		o.Zone = workcal.DefaultZone
	}
	if o.Lang == "" {
		o.Lang = terminalLanguage()
	}
	p := words.Printer(o.Lang, time.UTC, clock.Real{}.Now())
	loc, err := time.LoadLocation(o.Zone)
	if err != nil {
		return o.explain(p, errs.New(errs.Invalid, "zone-not-known").With("Zone", o.Zone))
	}
	p = p.Within(loc)
	if o.Undo {
		return o.explain(p, o.undoImport(ctx, p))
	}
	progress := newProgress(o.Err, p)
	l, err := exam.Read(ctx, exam.Options{File: o.File, Columns: o.Columns, Zone: loc, Progress: progress.tell,
		Mapped: func(l *exam.Log) { _ = exam.WriteMapping(o.Err, l, o.File, p) }}) // what is told beside the figures must not stop them
	progress.end()
	if err != nil {
		return o.explain(p, err)
	}
	f := l.Count()
	b, err := promise.Backtest(ctx, f.Spans, exam.Quoted)
	if err != nil {
		return err
	}
	if o.JSON {
		err = exam.WriteJSON(o.Out, f.Result(b))
	} else {
		err = exam.WriteText(o.Out, l, f, b, p)
	}
	if err == nil && o.Import {
		err = o.explain(p, o.importHistory(ctx, l, f, p, progress))
	}
	if err != nil || o.NoReport || o.JSON && o.Report == "" {
		return err
	}
	files, err := o.reports(ctx, exam.Report{File: o.File, Log: l, Figures: f, Backtest: b, Names: o.Names, Version: o.Version}, p)
	for _, name := range files {
		fmt.Fprintln(o.Err, p.T("examine.said.report", "File", name))
	}
	return o.explain(p, err)
}

// explain says in the language of the examination what is wrong.
func (o ExamineOptions) explain(p lang.Printer, err error) error {
	e, ok := errs.As(err)
	if !ok { // nil, too
		return err
	}
	_, detail := p.Problem(e)
	for _, f := range e.Fields {
		if len(e.Fields) > 1 {
			detail += "\n" + p.Field(f)
		}
	}
	fmt.Fprintf(o.Err, "houvast: %s\n", detail)
	return ExitStatus(1)
}

// progress tells how far a long reading is: at a terminal from the first
// second on, elsewhere when it takes long.
type progress struct {
	out      io.Writer
	p        lang.Printer
	terminal bool
	next     time.Time
	written  bool
}

func newProgress(out io.Writer, p lang.Printer) *progress {
	g := &progress{out: out, p: p}
	if f, ok := out.(*os.File); ok {
		info, err := f.Stat()
		g.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	g.next = clock.Machine.Now().Add(g.pause())
	return g
}

func (g *progress) pause() time.Duration {
	if g.terminal {
		return time.Second
	}
	return 5 * time.Second
}

func (g *progress) tell(at exam.Progress) {
	share := int64(0)
	if at.Size > 0 {
		share = at.Read * 100 / at.Size
	}
	g.say("examine.said.progress", "Share", fmt.Sprintf("%d%%", share), "Events", at.Events)
}

// say tells one step, unless the last one was told just now.
func (g *progress) say(key string, params ...any) {
	now := clock.Machine.Now()
	if now.Before(g.next) {
		return
	}
	g.next = now.Add(g.pause())
	line := g.p.T(key, params...)
	if g.terminal {
		fmt.Fprintf(g.out, "\r%s", line)
		g.written = true
		return
	}
	fmt.Fprintln(g.out, line)
}

func (g *progress) end() {
	if g.written {
		fmt.Fprintln(g.out)
		g.written = false
	}
}
