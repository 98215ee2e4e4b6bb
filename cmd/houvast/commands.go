package main

import (
	"context"
	"fmt"
	"os"

	"github.com/houvast/houvast/internal/app"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/surface/examine"
)

// settings are the flags that stand above the environment and the file. The
// rest of what can be set is in the file; see houvast config example.
type settings struct {
	File      string `name:"config" env:"HOUVAST_CONFIG" placeholder:"FILE" help:"Settings file (TOML)."`
	DB        string `placeholder:"PATH|URL" help:"Database: a file, or postgres://…"`
	Listen    string `placeholder:"HOST:PORT" help:"Where to answer."`
	PublicURL string `name:"public-url" placeholder:"URL" help:"The address people use."`
	LogLevel  string `name:"log-level" placeholder:"LEVEL" help:"debug, info, warn or error."`
	LogFormat string `name:"log-format" placeholder:"FORM" help:"auto, text or json."`
}

func (s *settings) load() (*config.Config, error) {
	flags := map[string]string{}
	for key, v := range map[string]string{"listen": s.Listen, "public_url": s.PublicURL, "log.level": s.LogLevel, "log.format": s.LogFormat} {
		if v != "" {
			flags[key] = v
		}
	}
	switch {
	case db.IsPostgres(s.DB):
		flags["db.url"] = s.DB
	case s.DB != "":
		flags["db.path"] = s.DB
	}
	return config.Load(config.Source{File: s.File, Env: os.Environ(), Flags: flags})
}

type serveCmd struct{}

// Run starts the server.
func (serveCmd) Run(ctx context.Context, s streams, set *settings) error {
	cfg, err := set.load()
	if err != nil {
		return err
	}
	return app.Serve(ctx, app.ServeOptions{Config: cfg, Version: versionText(), Out: s.out, Err: s.err})
}

type demoCmd struct {
	Dir string `placeholder:"DIR" help:"Where to keep the demo's database. Default: a temporary directory, removed at the end."`
}

// Run starts the demo.
func (d demoCmd) Run(ctx context.Context, s streams, set *settings) error {
	cfg, err := set.load()
	if err != nil {
		return err
	}
	return app.Demo(ctx, app.DemoOptions{Config: cfg, Dir: d.Dir, OwnDB: set.DB != "", Version: versionText(), Out: s.out, Err: s.err})
}

type replayCmd struct {
	Story string `arg:"" type:"existingfile" help:"The story (YAML)."`
	JSON  bool   `name:"json" help:"Print one JSON object."`
	Bare  bool   `help:"With the safeguards off, for comparison."`
	Lang  string `enum:"nl,en" default:"en" help:"Language of the timeline: nl or en."`
}

// Run replays a story.
func (r replayCmd) Run(ctx context.Context, s streams, set *settings) error {
	cfg, err := set.load()
	if err != nil {
		return err
	}
	return app.Replay(ctx, app.ReplayOptions{Config: cfg, OwnDB: set.DB != "", File: r.Story, JSON: r.JSON, Bare: r.Bare, Lang: r.Lang, Out: s.out, Err: s.err})
}

type examineCmd struct {
	File     string `arg:"" help:"The event log: CSV or IEEE XES, packed with gzip or not."`
	JSON     bool   `name:"json" help:"Print one JSON object."`
	Report   string `placeholder:"FILE" help:"Where to write the report (HTML). Default: NAME.report.html where you stand; with --json only when asked."`
	NoReport bool   `help:"Write no report."`
	Names    bool   `help:"Name people in the report as the log does. Without it they are numbers."`
	Lang     string `enum:"auto,nl,en,both" default:"auto" help:"Language: nl, en, or both for two reports. Default: that of your shell."`
	Import   bool   `help:"Let the advisor of an organisation learn from it. Done twice, it adds nothing twice."`
	Undo     bool   `help:"Take back what was imported from a file of this name."`
	Org      string `placeholder:"ID" help:"Organisation to import for; not needed when there is only one."`
	Zone     string `placeholder:"NAME" help:"Time zone of times that do not say it. Default: Europe/Amsterdam."`
	Case     string `placeholder:"COLUMN" help:"Which column is the case; a name or a number. These are guessed from their names, - is none."`
	Who      string `placeholder:"COLUMN" help:"Who had it."`
	Group    string `placeholder:"COLUMN" help:"Their team."`
	When     string `placeholder:"COLUMN" help:"When it happened."`
	Clock    string `placeholder:"COLUMN" help:"The time of day, where it has a column of its own."`
	Activity string `placeholder:"COLUMN" help:"What happened."`
	Start    string `placeholder:"COLUMN" help:"When the case came in."`
	Deadline string `placeholder:"COLUMN" help:"When it should have ended."`
	End      string `placeholder:"COLUMN" help:"When it ended."`
	Kind     string `placeholder:"COLUMN" help:"What kind of case it is."`
}

// Run examines a log.
func (e examineCmd) Run(ctx context.Context, s streams, set *settings) error {
	var cfg *config.Config
	if e.Import || e.Undo { // nothing else needs settings or a database
		var err error
		if cfg, err = set.load(); err != nil {
			return err
		}
	}
	language := e.Lang
	if language == "auto" || language == "both" {
		language = ""
	}
	return app.Examine(ctx, app.ExamineOptions{File: e.File, JSON: e.JSON, Lang: language, Both: e.Lang == "both", Report: e.Report, NoReport: e.NoReport,
		Names: e.Names, Version: versionText(), Import: e.Import, Undo: e.Undo, Org: e.Org, Config: cfg, Zone: e.Zone, Out: s.out, Err: s.err,
		Columns: map[examine.Role]string{examine.Case: e.Case, examine.Who: e.Who, examine.Group: e.Group, examine.When: e.When, examine.Clock: e.Clock,
			examine.Activity: e.Activity, examine.Start: e.Start, examine.Deadline: e.Deadline, examine.End: e.End, examine.Kind: e.Kind}})
}

type migrateCmd struct {
	Status bool `help:"Only say where the database stands."`
}

// Run migrates.
func (m migrateCmd) Run(ctx context.Context, s streams, set *settings) error {
	cfg, err := set.load()
	if err != nil {
		return err
	}
	return app.Migrate(ctx, cfg, m.Status, s.out)
}

type backupCmd struct {
	File string `arg:"" optional:"" help:"Where to write it. Default: a dated file in the backup directory."`
}

// Run writes a backup.
func (b backupCmd) Run(ctx context.Context, s streams, set *settings) error {
	cfg, err := set.load()
	if err != nil {
		return err
	}
	return app.Backup(ctx, cfg, b.File, s.out)
}

type restoreCmd struct {
	File string `arg:"" type:"existingfile" help:"The backup."`
}

// Run restores a backup.
func (r restoreCmd) Run(ctx context.Context, s streams, set *settings) error {
	cfg, err := set.load()
	if err != nil {
		return err
	}
	return app.Restore(ctx, cfg, r.File, s.out)
}

type verifyCmd struct {
	Heads string `type:"existingfile" placeholder:"FILE" help:"Heads kept elsewhere: a backup, or the JSON that was mailed."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

// Run verifies the record.
func (v verifyCmd) Run(ctx context.Context, s streams, set *settings) error {
	cfg, err := set.load()
	if err != nil {
		return err
	}
	return app.Verify(ctx, cfg, v.Heads, v.JSON, s.out)
}

type doctorCmd struct {
	JSON bool   `name:"json" help:"Print one JSON object."`
	Lang string `enum:"nl,en" default:"en" help:"Language of the report: nl or en."`
}

// Run looks at everything and changes nothing.
func (d doctorCmd) Run(ctx context.Context, s streams, set *settings) error {
	cfg, err := set.load()
	if err != nil {
		return err
	}
	return app.Doctor(ctx, app.DoctorOptions{Config: cfg, JSON: d.JSON, Lang: d.Lang, Out: s.out})
}

type userCmd struct {
	Add      userAddCmd      `cmd:"" help:"Give somebody an account and a place in an organisation."`
	List     userListCmd     `cmd:"" help:"Who may sign in, and where."`
	Password userPasswordCmd `cmd:"" help:"Make a one-time link with which somebody chooses a new password."`
	Disable  userDisableCmd  `cmd:"" help:"End somebody's access at once; what they own stays theirs until it is handed over."`
}

type userAddCmd struct {
	Email string `required:"" help:"E-mail address to sign in with."`
	Name  string `required:"" help:"Name as colleagues and customers see it."`
	Org   string `placeholder:"ID" help:"Organisation; not needed when there is only one."`
	Role  string `enum:"desk,specialist,manager,administrator" default:"desk" help:"desk, specialist, manager or administrator."`
}

// Run adds a user.
func (u userAddCmd) Run(ctx context.Context, s streams, set *settings) error {
	return withApp(ctx, set, func(a *app.App) error { return a.UserAdd(ctx, s.out, u.Email, u.Name, u.Org, u.Role) })
}

type userListCmd struct{}

// Run lists users.
func (userListCmd) Run(ctx context.Context, s streams, set *settings) error {
	return withApp(ctx, set, func(a *app.App) error { return a.UserList(ctx, s.out) })
}

type userPasswordCmd struct {
	Email string `arg:"" help:"Whose."`
}

// Run makes a password link.
func (u userPasswordCmd) Run(ctx context.Context, s streams, set *settings) error {
	return withApp(ctx, set, func(a *app.App) error { return a.UserPassword(ctx, s.out, u.Email) })
}

type userDisableCmd struct {
	Email string `arg:"" help:"Whose."`
}

// Run disables an account.
func (u userDisableCmd) Run(ctx context.Context, s streams, set *settings) error {
	return withApp(ctx, set, func(a *app.App) error { return a.UserDisable(ctx, s.out, u.Email) })
}

type keyCmd struct {
	Installer keyInstallerCmd `cmd:"" help:"Make a key that can make organisations."`
}

type keyInstallerCmd struct {
	Name string `arg:"" help:"What it is for."`
}

// Run makes an installer key.
func (k keyInstallerCmd) Run(ctx context.Context, s streams, set *settings) error {
	return withApp(ctx, set, func(a *app.App) error {
		token, err := a.InstallerKey(ctx, k.Name)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.out, token)
		return err
	})
}

func withApp(ctx context.Context, set *settings, fn func(*app.App) error) error {
	cfg, err := set.load()
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, app.Options{Config: cfg, Version: versionText()})
	if err != nil {
		return err
	}
	if err := fn(a); err != nil {
		_ = a.Close()
		return err
	}
	return a.Close()
}

type configCmd struct {
	Example configExampleCmd `cmd:"" help:"Print a commented settings file."`
	Check   configCheckCmd   `cmd:"" help:"Read your settings and say what is wrong."`
}

type configExampleCmd struct {
	Lang string `enum:"nl,en" default:"en" help:"Language of the comments."`
}

// Run prints an example.
func (c configExampleCmd) Run(s streams) error {
	_, err := fmt.Fprint(s.out, config.Example(c.Lang))
	return err
}

type configCheckCmd struct{}

// Run checks the settings.
func (configCheckCmd) Run(s streams, set *settings) error {
	cfg, err := set.load()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "The settings can be read. Houvast answers on %s and is reached at %s.\n", cfg.Listen, cfg.PublicURL)
	return err
}
