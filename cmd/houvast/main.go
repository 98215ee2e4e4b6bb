// Houvast: every question a customer brings has one owner, one promise with a
// clock time, and one page where the customer sees both.
//
// This package turns arguments into calls of internal/app, and nothing else.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // promises are local clock times, also where the machine has no zones

	"github.com/alecthomas/kong"

	"github.com/houvast/houvast/internal/app"
)

// version is set by the linker; a build without it says what git says.
var version = "devel"

type cli struct {
	settings

	Serve      serveCmd      `cmd:"" help:"Start the server."`
	Demo       demoCmd       `cmd:"" help:"Start the server on a lively example day, in a database of its own."`
	Replay     replayCmd     `cmd:"" help:"Play a story through the API under a simulated clock, and compare."`
	Examine    examineCmd    `cmd:"" help:"Read the history of an old system (CSV or XES) and say how its customers fared."`
	Migrate    migrateCmd    `cmd:"" help:"Bring the database up to date, after a backup. Serving does so by itself."`
	Backup     backupCmd     `cmd:"" help:"Write a verified backup while the server runs."`
	Restore    restoreCmd    `cmd:"" help:"Put a backup into an empty database."`
	Verify     verifyCmd     `cmd:"" help:"Recompute the chain of the record and name the first bad entry."`
	Doctor     doctorCmd     `cmd:"" help:"Look at configuration, database, clock, mail, disk and certificates, and say how to mend each."`
	User       userCmd       `cmd:"" help:"Who may sign in."`
	Key        keyCmd        `cmd:"" help:"Keys with which programs use the API."`
	Config     configCmd     `cmd:"" help:"Settings: an example file, or a check of yours."`
	Version    versionCmd    `cmd:"" help:"Which version this is."`
	Completion completionCmd `cmd:"" help:"Completion for your shell."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// streams are where a command writes.
type streams struct{ out, err io.Writer }

// run is main without the process: tests call it.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	var c cli
	code := -1
	parser, err := kong.New(&c, kong.Name("houvast"), kong.UsageOnError(), kong.Writers(out, errOut),
		kong.Description("Every question a customer brings has one owner, one promise with a clock time, and one page where the customer sees both."),
		kong.Exit(func(n int) { code = n }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(streams{out, errOut}), kong.Bind(&c.settings))
	if err != nil {
		fmt.Fprintln(errOut, err)
		return 2
	}
	parsed, err := parser.Parse(args)
	if code >= 0 { // --help has been answered
		return code
	}
	if err != nil {
		fmt.Fprintf(errOut, "houvast: %v\nTry: houvast --help\n", err)
		return 2
	}
	parsed.Bind(parser)
	if err := parsed.Run(); err != nil {
		var status app.ExitStatus
		if errors.As(err, &status) { // has said what it had to say
			return int(status)
		}
		fmt.Fprintf(errOut, "houvast: %s\n", app.Explain(err))
		return 1
	}
	return 0
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(s streams) error {
	_, err := fmt.Fprintln(s.out, "houvast", versionText())
	return err
}

func versionText() string {
	if version != "devel" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, x := range info.Settings {
			if x.Key == "vcs.revision" && len(x.Value) >= 12 {
				return "devel-" + x.Value[:12]
			}
		}
	}
	return version
}
