package budget

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

const goldenBackground = "testdata/background.json"

// work is something that is done without anybody waiting for it, or that
// cannot be done twice to the same record.
type work struct {
	name   string
	before func(ctx context.Context) error         // not counted
	do     func(ctx context.Context) (cost, error) // nil is everything that is due in the background
}

// What is done in the background costs what it did: each piece in a house with
// nothing else in it, from what made it due to when nothing is due any more.
func TestBackground(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		countBackground(t, place{path: filepath.Join(t.TempDir(), "background.db")})
	})
	t.Run("postgres", func(t *testing.T) {
		dsn := kittest.PostgresDSN(t)
		countBackground(t, place{dsn: dsn, schema: kittest.NewSchema(t, dsn)})
	})
}

// bareHouse is an organisation that is always open, with its administrator.
func bareHouse(t *testing.T, at place) *player {
	t.Helper()
	ctx := t.Context()
	w, err := open(ctx, at, time.Date(2026, 11, 10, 9, 0, 0, 0, time.UTC), newTape())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	installer, err := w.InstallerKey(ctx, "background")
	if err != nil {
		t.Fatal(err)
	}
	p := &player{w: w, keys: map[string]string{"": installer}, etags: map[string]string{}, guests: map[string]*browser{}, kept: map[string]string{"n": "1"}}
	day := l{m{"from": 0, "to": 24 * 60}}
	if err := p.do(ctx, step{send: "POST /api/v1/organisations", body: m{"name": "De Linde", "kind": "practice", "phone": "010 000 01 00",
		"calendar":      m{"zone": zone, "week": l{day, day, day, day, day, day, day}},
		"administrator": m{"name": "Ada Lind", "role": "administrator"}}, keep: m2("home", "organisation.id", "ada", "administrator.id")}); err != nil {
		t.Fatal(err)
	}
	w.home = p.kept["home"]
	if p.keys[""], err = w.AdministratorKey(ctx, w.home, p.kept["ada"]); err != nil {
		t.Fatal(err)
	}
	if err := p.do(ctx, fresh("anna", "Anna", "@example.nl")); err != nil {
		t.Fatal(err)
	}
	return p
}

// works are the pieces, in the order in which they are measured.
func (p *player) works() []work {
	steps := func(list ...step) func(context.Context) error {
		return func(ctx context.Context) error {
			for _, s := range list {
				if err := p.do(ctx, s); err != nil {
					return err
				}
			}
			return nil
		}
	}
	at := func(moment time.Duration) func(context.Context) error { // an open case whose promise is due after that
		return func(ctx context.Context) error {
			return steps(opened("c", "anna", p.w.clock.Now().Add(moment).Format(time.RFC3339)), step{work: true})(ctx)
		}
	}
	kept := step{send: "POST /api/v1/promises/{c-promise}/keep", body: m{"spoken": true, "note": "Told the result", "next": m{"close": "agreed"}}}
	n := 0
	return []work{
		{"nothing is due", nil, nil},
		{"keep a promise", at(26 * time.Hour), func(ctx context.Context) (cost, error) { err := p.do(ctx, kept); return p.last, err }},
		{"what follows when a promise was kept", func(ctx context.Context) error {
			if err := at(26 * time.Hour)(ctx); err != nil {
				return err
			}
			return p.do(ctx, kept)
		}, nil},
		{"a promise breaks, and the customer is told", func(ctx context.Context) error {
			if err := at(3 * time.Hour)(ctx); err != nil {
				return err
			}
			p.w.clock.Advance(3*time.Hour - time.Second)
			if err := p.w.Settle(ctx); err != nil { // the warnings that come before
				return err
			}
			p.w.clock.Advance(2 * time.Second)
			return nil
		}, nil},
		{"send a message", steps(step{work: true}, opened("c", "anna", "tomorrow 14:00")), nil},
		{"seal 500 facts", func(ctx context.Context) error {
			return p.w.DB.Write(ctx, func(t *db.Tx) error {
				for range 500 {
					t.Emit(db.Fact{Org: p.w.home, Kind: fact.MatterSaid, Person: p.kept["anna"], By: actor.ForSystem(p.w.home), Text: map[string]string{"text": "Rather by phone"}})
				}
				return nil
			})
		}, nil},
		{"import 100 rows", func(ctx context.Context) error {
			n++
			var b strings.Builder
			b.WriteString("Name;Birth date;E-mail\n")
			for i := range 100 {
				fmt.Fprintf(&b, "Row %c%c Number%d;03-02-19%02d;row%d.%d@example.nl\n", 'A'+i%26, 'a'+i/26, n, i%90+10, n, i)
			}
			return steps(step{send: "POST /api/v1/imports?file_name=list.csv", body: b.String(), keep: m2("import", "id")},
				step{send: "PUT /api/v1/imports/{import}/columns", match: "import", body: columns},
				step{work: true, send: "GET /api/v1/imports/{import}", keep: m2("import", "id")},
				step{send: "POST /api/v1/imports/{import}/confirm", match: "import"})(ctx)
		}, nil},
	}
}

func countBackground(t *testing.T, at place) {
	t.Helper()
	p := bareHouse(t, at)
	ctx := t.Context()
	times := 4 // the first warms up
	if p.w.DB.Dialect() == db.Postgres {
		times = 2 // allocations are not compared there
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	ran := map[string]counts{}
	for _, x := range p.works() {
		var c counts
		var allocs, bytes []int64
		for n := range times {
			if x.before != nil {
				if err := x.before(ctx); err != nil {
					t.Fatalf("%s: %v", x.name, err)
				}
			}
			do := x.do
			if do == nil {
				do = func(ctx context.Context) (cost, error) {
					ctx, done := p.w.tape.meter(ctx, background)
					err := p.w.App.Settle(ctx)
					return done(0), err
				}
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			did, err := do(ctx)
			if err != nil {
				t.Fatalf("%s: %v", x.name, err)
			}
			runtime.ReadMemStats(&after)
			if n > 0 {
				c.Line = c.most(did.Line)
				allocs = append(allocs, int64(after.Mallocs-before.Mallocs))     //nolint:gosec // far below the limit
				bytes = append(bytes, int64(after.TotalAlloc-before.TotalAlloc)) //nolint:gosec // the same
			}
		}
		slices.Sort(allocs)
		slices.Sort(bytes)
		c.Allocs, c.KB = allocs[len(allocs)/2], bytes[len(bytes)/2]/1024
		ran[x.name] = c
	}
	hold(t, p.w.DB, goldenBackground, ran)
}
