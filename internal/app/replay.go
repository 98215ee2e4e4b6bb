package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/mail"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/surface/story"
)

// ReplayOptions are what a replay is started with.
type ReplayOptions struct {
	Config   *config.Config
	OwnDB    bool // the configured PostgreSQL was asked for by name
	File     string
	JSON     bool
	Bare     bool
	Lang     string
	Out, Err io.Writer
}

// storySeed is the seed of the ids in stories: the same story gives the same ids.
const storySeed = 27

// Replay plays a story on a private instance and prints what came of it. The
// exit status is 1 when an expectation did not hold or an invariant was broken.
func Replay(ctx context.Context, o ReplayOptions) error {
	s, err := readStory(o.File)
	if err != nil {
		fmt.Fprintln(o.Err, sayStory(err, o.Lang))
		return ExitStatus(1)
	}
	dsn := ""
	if o.OwnDB {
		dsn = o.Config.Database()
	}
	in, err := newInstance(ctx, instanceOptions{DSN: dsn, Start: s.Start(), Bare: o.Bare})
	if err != nil {
		return err
	}
	result, err := playOn(ctx, in, s, o.Bare)
	if err = errors.Join(err, in.Close()); err != nil {
		var problems story.Problems
		if errors.As(err, &problems) {
			fmt.Fprintln(o.Err, sayStory(err, o.Lang))
			return ExitStatus(1)
		}
		return err
	}
	if o.JSON {
		b, err := result.JSON()
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(o.Out, string(b)); err != nil {
			return err
		}
	} else if err := story.WriteText(o.Out, result, o.Lang); err != nil {
		return err
	}
	if !result.OK() {
		return ExitStatus(1)
	}
	return nil
}

func readStory(file string) (*story.Story, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	return story.Parse(file, f)
}

func sayStory(err error, language string) string {
	var problems story.Problems
	if errors.As(err, &problems) {
		return problems.Say(language)
	}
	return Explain(err)
}

func playOn(ctx context.Context, in *instance, s *story.Story, bare bool) (*story.Result, error) {
	if err := story.Validate(s, in.OpenAPI()); err != nil {
		return nil, err
	}
	return story.Run(ctx, s, in, story.Options{Bare: bare})
}

type instanceOptions struct {
	DSN    string         // PostgreSQL: a schema of its own there; "" for an embedded database of its own
	Config *config.Config // or a database that stays
	Start  time.Time
	Bare   bool
}

// instance is a private application under a simulated clock. It satisfies
// story.Instance.
type instance struct {
	*App
	clock     *clock.Sim
	box       *mail.Box
	installer string
	spec      []byte
	clean     []func() error
}

func newInstance(ctx context.Context, o instanceOptions) (in *instance, err error) {
	in = &instance{clock: clock.NewSim(o.Start), box: &mail.Box{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, in.Close())
		}
	}()
	cfg := o.Config
	if cfg == nil {
		if cfg, err = config.Load(config.Source{}); err != nil {
			return in, err
		}
		cfg.PublicURL = "https://houvast.example"
	}
	schema := ""
	var seed [32]byte
	seed[0] = storySeed
	random := rand.NewChaCha8(seed)
	switch {
	case o.Config != nil:
	case o.DSN != "":
		cfg.DB.URL = config.NewSecret(o.DSN)
		schema = fmt.Sprintf("story_%d_%08x", os.Getpid(), rand.Uint32())
		drop, err := db.CreateSchema(ctx, o.DSN, schema)
		if err != nil {
			return in, err
		}
		in.clean = append(in.clean, func() error { return drop(context.WithoutCancel(ctx)) })
	default:
		dir, err := os.MkdirTemp("", "houvast-story-")
		if err != nil {
			return in, err
		}
		in.clean = append(in.clean, func() error { return os.RemoveAll(dir) })
		cfg.DB.Path = filepath.Join(dir, "story.db")
	}
	if in.App, err = Open(ctx, Options{Config: cfg, Clock: in.clock, Random: random, Schema: schema, Mail: in.box, Confirms: true,
		Bare: o.Bare, Log: slog.New(slog.DiscardHandler), Version: "story"}); err != nil {
		return in, err
	}
	if in.installer, err = in.InstallerKey(ctx, "story"); err != nil {
		return in, err
	}
	in.spec, err = in.App.OpenAPI()
	return in, err
}

// Close closes the application and removes its data.
func (in *instance) Close() (err error) {
	if in.App != nil {
		err = in.App.Close()
	}
	for _, f := range in.clean {
		err = errors.Join(err, f())
	}
	return err
}

// The rest is what a story asks of an instance.

func (in *instance) Handler() http.Handler   { return in.App.Handler() }
func (in *instance) Clock() *clock.Sim       { return in.clock }
func (in *instance) OpenAPI() []byte         { return in.spec }
func (in *instance) Installer() string       { return in.installer }
func (in *instance) Arrived() []mail.Message { return in.box.Arrived() }
func (in *instance) Checks() []module.Check  { return in.App.Checks() }
func (in *instance) Read(ctx context.Context, fn func(db.Q) error) error {
	return in.DB.Read(ctx, fn)
}

// AdministratorKey makes a key for the first administrator of an organisation,
// as the set-up page would.
func (in *instance) AdministratorKey(ctx context.Context, orgID, member string) (string, error) {
	who := actor.Actor{Kind: actor.Installer, Org: orgID, Name: "story"}
	_, token, err := in.services.auth.CreateKey(ctx, who, auth.NewKey{Kind: auth.MemberKey, Name: "story", Member: member})
	return token, err
}
