package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/fold"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/mail"
	"github.com/houvast/houvast/internal/kit/telemetry"
	"github.com/houvast/houvast/internal/surface/story"
	"github.com/houvast/houvast/stories"
)

// DemoOptions are what the demo is started with.
type DemoOptions struct {
	Config   *config.Config
	Dir      string // where the database is kept; "" for a temporary directory
	OwnDB    bool   // use the configured database instead, which must be empty
	Version  string
	Out, Err io.Writer
}

// demoPassword is the same for everybody in the demo, and printed.
const demoPassword = "een-huis-met-houvast"

// The demo's day begins at this local time of today, whatever the time is: a
// practice at night has nothing to show.
const (
	demoHour, demoMinute = 10, 42
	demoZone             = "Europe/Amsterdam"
)

// Demo makes an installation from the stories, moved so that today is today,
// and serves it.
func Demo(ctx context.Context, o DemoOptions) (err error) {
	dir := o.Dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "houvast-demo-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	if !o.OwnDB {
		o.Config.DB.Path, o.Config.DB.URL = filepath.Join(dir, "demo.db"), config.Secret{}
	}
	loc, err := time.LoadLocation(demoZone)
	if err != nil {
		return err
	}
	local := clock.Real{}.Now().In(loc)
	now := time.Date(local.Year(), local.Month(), local.Day(), demoHour, demoMinute, 0, 0, loc)
	start := clock.Machine.Now()
	fmt.Fprintf(o.Out, "Playing the stories up to today, %s, %02d:%02d …\n", now.Format("Monday 2 January 2006"), demoHour, demoMinute)
	signIns, err := o.fill(ctx, now)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.Out, "Ready after %s.\n\n", clock.Machine.Since(start).Round(100*time.Millisecond))

	a, err := Open(ctx, Options{Config: o.Config, Log: telemetry.New(o.Config.Log, o.Err), Version: o.Version,
		Clock: clock.Real{Offset: now.Sub(clock.Real{}.Now())}, Mail: &mail.Box{}, Confirms: true, Parallel: jobsAtOnce, Guarded: true})
	if err != nil {
		return err
	}
	return a.Serve(ctx, func(address string) {
		fmt.Fprintf(o.Out, "Houvast %s answers on %s\n\nSign in at %s/sign-in with the password %s as:\n", o.Version, address, address, demoPassword)
		slices.SortStableFunc(signIns, func(a, b signIn) int { // who to begin as stands first
			switch stories.Begin {
			case a.Name:
				return -1
			case b.Name:
				return 1
			}
			return 0
		})
		for _, s := range signIns {
			fmt.Fprintf(o.Out, "  %-34s %s, %s (%s)\n", s.Email, s.Name, s.Org, s.Role)
		}
		fmt.Fprintf(o.Out, "\nThe day of the demo begins at %02d:%02d and runs on from there. Messages go nowhere. Stop with Ctrl+C.\n", demoHour, demoMinute)
	})
}

type signIn struct{ Email, Name, Org, Role string }

// fill plays the stories of the demo into its database.
func (o DemoOptions) fill(ctx context.Context, now time.Time) (list []signIn, err error) {
	played, err := demoStories(now)
	if err != nil {
		return nil, err
	}
	first := now
	for _, s := range played {
		if s.Start().Before(first) {
			first = s.Start()
		}
	}
	in, err := newInstance(ctx, instanceOptions{Config: o.Config, Start: first})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	for _, s := range played { // the one that begins first was put first
		result, err := playOn(ctx, in, s, false)
		if err != nil {
			return nil, fmt.Errorf("story %s: %w", s.Name, err)
		}
		if !result.OK() {
			var text strings.Builder
			_ = story.WriteText(&text, result, "en")
			return nil, fmt.Errorf("story %s does not hold:\n%s", s.Name, text.String())
		}
	}
	// What the system does by itself between the last step and now.
	for {
		next, err := in.Next(ctx)
		if err != nil {
			return nil, err
		}
		if next.IsZero() || next.After(now) {
			break
		}
		in.clock.Set(next)
		if err := in.Settle(ctx); err != nil {
			return nil, err
		}
	}
	in.clock.Set(now)
	if err := in.Settle(ctx); err != nil {
		return nil, err
	}
	return in.accounts(ctx)
}

// accounts gives everybody who works in the demo's organisations a way to sign in.
func (in *instance) accounts(ctx context.Context) (list []signIn, err error) {
	var orgs []org.Partner
	members := map[string][]org.Member{}
	err = in.DB.Read(ctx, func(q db.Q) (err error) {
		if orgs, err = org.Partners(q, "", "", 50); err != nil {
			return err
		}
		for _, o := range orgs {
			if members[o.ID], err = org.Active(q, o.ID, 200); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, o := range orgs {
		for _, m := range members[o.ID] {
			email := m.Email
			if email == "" {
				email = strings.Join(strings.Fields(fold.Text(m.Name)), ".") + "@" + strings.Join(strings.Fields(fold.Text(o.Name)), "-") + ".example"
			}
			phc, err := in.services.auth.Hash(ctx, demoPassword, email)
			if err != nil {
				return nil, err
			}
			err = in.DB.Write(ctx, func(t *db.Tx) error {
				account, _, err := in.services.auth.EnsureAccount(t, auth.NewAccount{Email: email, Name: m.Name})
				if err != nil {
					return err
				}
				if err := in.services.auth.SetHash(t, account, phc); err != nil {
					return err
				}
				return org.Link(t, actor.Actor{Kind: actor.Installer, Org: o.ID, Name: "demo"}, o.ID, m.ID, account.ID)
			})
			if err != nil {
				return nil, err
			}
			list = append(list, signIn{email, m.Name, o.Name, string(m.Role)})
		}
	}
	return list, nil
}

// embedded reads a story that is part of the program.
func embedded(name string) (*story.Story, error) {
	f, err := stories.FS.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // in memory
	return story.Parse("stories/"+name, f)
}

// demoStories gives the stories of the demo, moved so that today is today: the
// demo's own day by days, because its organisations are open every day; all
// others by whole weeks, so that their weekdays stay what they were, and so
// far back that they are over when the demo's own begins.
func demoStories(now time.Time) (list []*story.Story, err error) {
	before := now
	for _, name := range stories.Demo {
		s, err := embedded(name)
		if err != nil {
			return nil, err
		}
		if s.Name == stories.Today {
			s = s.ShiftDays(daysBetween(s.End(), now))
			before = s.Start()
		}
		list = append(list, s)
	}
	for i, s := range list {
		if s.Name != stories.Today {
			// A week more, because a customer may act after the last moment that
			// a story names.
			weeks := int(math.Floor(float64(daysBetween(s.End(), before))/7)) - 1
			list[i] = s.Shift(weeks)
		}
	}
	return list, nil
}

// daysBetween counts the calendar days from a to b, where the demo is.
func daysBetween(a, b time.Time) int {
	day := func(t time.Time) int64 {
		l := t.In(b.Location())
		return time.Date(l.Year(), l.Month(), l.Day(), 12, 0, 0, 0, time.UTC).Unix() / (24 * 3600)
	}
	return int(day(b) - day(a))
}
