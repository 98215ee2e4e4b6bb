package app

import (
	"context"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/surface/story"
	"github.com/houvast/houvast/stories"
)

// Every story of the program plays on both databases as it says it does, and
// breaks no invariant. What the hospital's numbers must be is tested with the
// engine.
func TestStories(t *testing.T) {
	names, err := fs.Glob(stories.FS, "*.yaml")
	if err != nil || len(names) < len(stories.Demo) {
		t.Fatalf("%v, %v", names, err)
	}
	for _, name := range stories.Demo {
		if !slices.Contains(names, name) {
			t.Errorf("the demo needs %s", name)
		}
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(name, ".yaml"), func(t *testing.T) {
			t.Parallel()
			t.Run("sqlite", func(t *testing.T) { t.Parallel(); replay(t, name, "") })
			t.Run("postgres", func(t *testing.T) { t.Parallel(); replay(t, name, kittest.PostgresDSN(t)) })
		})
	}
}

func replay(t *testing.T, name, dsn string) {
	t.Helper()
	s, err := embedded(name)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	in, err := newInstance(ctx, instanceOptions{DSN: dsn, Start: s.Start()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	}()
	res, err := playOn(ctx, in, s, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range res.Failures {
		t.Errorf("%s:%d at %s: %s: expected %s, got %s", name, f.Line, f.At, f.What, f.Expected, f.Got)
	}
	held := 0
	for _, c := range res.Checked {
		for _, v := range c.Violations {
			t.Errorf("invariant %d, %s: %s", c.Invariant, c.Name, v)
		}
		if c.State == story.Held {
			held++
		}
	}
	if res.Failed != 0 || res.Violations != 0 || held < 10 || res.Expectations == 0 {
		t.Errorf("%d failed, %d violations, %d checks held, %d expectations", res.Failed, res.Violations, held, res.Expectations)
	}
}

// At whatever day the demo is started, its own day is today and the other
// stories are over.
func TestDemoStoriesMove(t *testing.T) {
	loc, err := time.LoadLocation(demoZone)
	if err != nil {
		t.Fatal(err)
	}
	for day := 0; day < 800; day += 13 { // all weekdays, all seasons
		now := time.Date(2020, 1, 1+day*7, demoHour, demoMinute, 0, 0, loc)
		list, err := demoStories(now)
		if err != nil {
			t.Fatal(err)
		}
		var today *story.Story
		for _, s := range list {
			if s.Name == stories.Today {
				today = s
			}
		}
		if today == nil || list[len(list)-1] != today {
			t.Fatal("the demo's own day is played last")
		}
		if gap := now.Sub(today.End()); gap < 0 || gap > 30*time.Minute {
			t.Errorf("%s: its day ends at %s", now, today.End())
		}
		for i, s := range list[:len(list)-1] {
			if rest := today.Start().Sub(s.End()); rest < 6*24*time.Hour {
				t.Errorf("%s: %s ends at %s, and the day begins at %s", now, s.Name, s.End(), today.Start())
			}
			was, err := embedded(stories.Demo[i])
			if err != nil {
				t.Fatal(err)
			}
			if a, b := was.End().In(loc), s.End().In(loc); a.Weekday() != b.Weekday() || a.Hour() != b.Hour() {
				t.Errorf("%s: %s ended on %s, now on %s", now, s.Name, a, b)
			}
		}
	}
}

// The demo opens on a morning with something at stake, also on Christmas Day
// and on the day the clock is put forward.
func TestDemoIsLively(t *testing.T) {
	loc, err := time.LoadLocation(demoZone)
	if err != nil {
		t.Fatal(err)
	}
	for _, date := range []string{"2026-12-25", "2027-03-28"} {
		t.Run(date, func(t *testing.T) {
			t.Parallel()
			d, err := time.ParseInLocation(time.DateOnly, date, loc)
			if err != nil {
				t.Fatal(err)
			}
			lively(t, time.Date(d.Year(), d.Month(), d.Day(), demoHour, demoMinute, 0, 0, loc))
		})
	}
}

func lively(t *testing.T, now time.Time) {
	t.Helper()
	ctx := context.Background()
	cfg, err := config.Load(config.Source{})
	if err != nil {
		t.Fatal(err)
	}
	cfg.DB.Path = filepath.Join(t.TempDir(), "demo.db")
	signIns, err := DemoOptions{Config: cfg, Out: io.Discard, Err: io.Discard}.fill(ctx, now)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(signIns, func(s signIn) bool { return s.Name == demoDesk }) {
		t.Errorf("nobody can sign in as %s: %v", demoDesk, signIns)
	}
	in, err := newInstance(ctx, instanceOptions{Config: cfg, Start: now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	}()
	midnight := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, now.Location())
	err = in.DB.Read(ctx, func(q db.Q) error {
		orgID, me, err := deskOf(q)
		if err != nil {
			return err
		}
		mine, err := promise.Due(q, orgID, me, time.Time{}, time.Time{}, time.Time{}, "", 200)
		if err != nil {
			return err
		}
		risk, today := 0, 0
		for _, p := range mine {
			if p.Due.Before(midnight) {
				today++
				if p.Risk >= promise.RiskKeeper {
					risk++
				}
			}
		}
		ended, err := promise.Ended(q, orgID, me, midnight.AddDate(0, 0, -1), midnight, 200)
		if err != nil {
			return err
		}
		all, err := promise.Count(q, orgID, "")
		if err != nil {
			return err
		}
		cases, err := casefile.OpenCount(q, orgID, "")
		if err != nil {
			return err
		}
		if risk != 3 || today < 12 || len(mine) < 20 || len(ended) < 6 || all.Open < 40 || cases < 40 {
			t.Errorf("mine: %d at risk, %d today, %d open, %d ended today; all: %d promises, %d cases", risk, today, len(mine), len(ended), all.Open, cases)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// demoDesk is whose day the demo shows best.
const demoDesk = "Esra Kaplan"

// deskOf finds her.
func deskOf(q db.Q) (orgID, member string, err error) {
	partners, err := org.Partners(q, "", "", 50)
	if err != nil {
		return "", "", err
	}
	for _, p := range partners {
		members, err := org.Active(q, p.ID, 50)
		if err != nil {
			return "", "", err
		}
		for _, m := range members {
			if m.Name == demoDesk {
				return p.ID, m.ID, nil
			}
		}
	}
	return "", "", fs.ErrNotExist
}
