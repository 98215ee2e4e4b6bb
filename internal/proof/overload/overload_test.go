package overload

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/app"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/mail"
)

// practice is a running server with one organisation.
type practice struct {
	t      *testing.T
	app    *app.App
	load   *Load
	keys   []string
	people []string
	cases  []string
	was    int64 // cases there were before the load
}

// anybody lets a key be made for any member.
type anybody struct{ auth.Members }

func (anybody) Member(db.Q, string, string) (actor.Actor, bool, error) {
	return actor.Actor{}, true, nil
}

func bases(t *testing.T, run func(t *testing.T, address string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { run(t, "HOUVAST_DB_PATH="+t.TempDir()+"/houvast.db") })
	t.Run("postgres", func(t *testing.T) {
		dsn := kittest.PostgresDSN(t)
		run(t, "HOUVAST_DB_URL="+kittest.WithSchema(dsn, kittest.NewSchema(t, dsn)))
	})
}

// open starts a server as in production and fills it.
func open(t *testing.T, env ...string) *practice {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(config.Source{Env: append(env, "HOUVAST_LISTEN="+address, "HOUVAST_PUBLIC_URL=http://"+address, "HOUVAST_BACKUP_DIR="+t.TempDir())})
	if err != nil {
		t.Fatal(err)
	}
	p := &practice{t: t}
	if p.app, err = app.Open(t.Context(), app.Options{Config: cfg, Log: slog.New(slog.NewJSONHandler(io.Discard, nil)), Mail: &mail.Box{}, Confirms: true, Parallel: 8, Guarded: true}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	up, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- p.app.Serve(ctx, func(string) { close(up) }) }()
	t.Cleanup(func() {
		p.load.Close()
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	p.load = NewLoad("http://"+address, 1000)
	select {
	case <-up:
	case err := <-done:
		t.Fatal(err)
	}
	p.settle()
	return p
}

func (p *practice) settle() {
	ctx := context.Background()
	installer, err := p.app.InstallerKey(ctx, "load")
	if err != nil {
		p.t.Fatal(err)
	}
	day := []map[string]any{{"from": 0, "to": 24 * 60}}
	var made struct {
		Organisation  struct{ ID string }
		Administrator struct{ ID string }
	}
	p.must(&made, Request{Method: http.MethodPost, Path: "/organisations", Token: installer, Body: map[string]any{"name": "De Linde", "kind": "practice", "phone": "+31205550100",
		"calendar":      map[string]any{"zone": "Europe/Amsterdam", "week": []any{day, day, day, day, day, day, day}},
		"administrator": map[string]any{"name": "Ada", "role": "administrator"}}})
	_, admin, err := auth.New(auth.Options{DB: p.app.DB, Members: anybody{}}).CreateKey(ctx,
		actor.Actor{Kind: actor.Installer, Org: made.Organisation.ID, Name: "load"}, auth.NewKey{Kind: auth.MemberKey, Name: "load", Member: made.Administrator.ID})
	if err != nil {
		p.t.Fatal(err)
	}
	for i := range 16 {
		var member struct{ ID string }
		p.must(&member, Request{Method: http.MethodPost, Path: "/members", Token: admin, Body: map[string]any{"name": fmt.Sprintf("Balie %d", i), "role": "desk"}})
		var key struct{ Token string }
		p.must(&key, Request{Method: http.MethodPost, Path: "/api-keys", Token: admin, Body: map[string]any{"kind": "member", "member_id": member.ID, "name": "load"}})
		p.keys = append(p.keys, key.Token)
		var person struct{ Person struct{ ID string } }
		p.must(&person, Request{Method: http.MethodPost, Path: "/people", Token: admin, Body: map[string]any{"name": fmt.Sprintf("Klant %d", i),
			"contact_points": []map[string]any{{"kind": "email", "value": fmt.Sprintf("klant%d@example.nl", i), "verified": true}}}})
		p.people = append(p.people, person.Person.ID)
	}
	for n := range 16 {
		var opened struct{ ID string }
		q := p.opening(int64(n))
		q.Path = strings.TrimPrefix(q.Path, api)
		p.must(&opened, q)
		p.cases = append(p.cases, opened.ID)
	}
	p.was = p.count()
}

const api = "/api/v1"

func (p *practice) must(into any, q Request) {
	p.t.Helper()
	q.Path = api + q.Path
	a := p.load.Send(context.Background(), q, clock.Machine.Now())
	for tries := 0; a.Status == http.StatusServiceUnavailable && tries < 100; tries++ { // the machine has other things to do, too
		clock.Machine.Sleep(context.Background(), 50*time.Millisecond)
		a = p.load.Send(context.Background(), q, clock.Machine.Now())
	}
	if a.Err != nil || a.Status >= 300 {
		p.t.Fatalf("%s %s: %d %s %v", q.Method, q.Path, a.Status, a.Body, a.Err)
	}
	if err := json.Unmarshal(a.Body, into); err != nil {
		p.t.Fatal(err)
	}
}

// opening is a new case with its promise, which is told to the customer.
func (p *practice) opening(n int64) Request {
	return Request{Name: "open", Method: http.MethodPost, Path: api + "/cases", Token: p.keys[n%int64(len(p.keys))], Body: map[string]any{
		"person_id": p.people[n%int64(len(p.people))], "subject": fmt.Sprintf("Vraag %d", n), "channel": "phone",
		"promise": map[string]any{"what": "Antwoord", "due_at": clock.Real{}.Now().Add(2 * time.Hour).Format(time.RFC3339)}}}
}

// mixed reads three times for each case that is opened.
func (p *practice) mixed(n int64) Request {
	if n%4 == 0 {
		return p.opening(n)
	}
	return Request{Name: "read", Method: http.MethodGet, Path: api + "/cases/" + p.cases[n%int64(len(p.cases))], Token: p.keys[n%int64(len(p.keys))]}
}

func (p *practice) count() (n int64) {
	p.t.Helper()
	if err := p.app.DB.Read(context.Background(), func(q db.Q) (err error) { n, err = Cases(q); return err }); err != nil {
		p.t.Fatal(err)
	}
	return n
}

// kept compares what was acknowledged with what there is: each case that was
// answered with 201 is there, and not one more.
func (p *practice) kept(answers []Answer) {
	p.t.Helper()
	var ids []string
	for _, a := range answers {
		if a.Request.Name != "open" || a.Status != http.StatusCreated {
			continue
		}
		var opened struct{ ID string }
		if err := json.Unmarshal(a.Body, &opened); err != nil || opened.ID == "" {
			p.t.Fatalf("an answer that cannot be read: %s %v", a.Body, err)
		}
		ids = append(ids, opened.ID)
	}
	missing := 0
	if err := p.app.DB.Read(context.Background(), func(q db.Q) error {
		missing = 0
		for _, id := range ids {
			there, err := HasCase(q, id)
			if err != nil {
				return err
			}
			if !there {
				missing++
			}
		}
		return nil
	}); err != nil {
		p.t.Fatal(err)
	}
	if now := p.count(); missing > 0 || now-p.was != int64(len(ids)) {
		p.t.Errorf("%d cases were acknowledged: %d are missing, and there are %d", len(ids), missing, now-p.was)
	}
	p.t.Logf("%d cases were acknowledged and are there; those that were refused are not", len(ids))
}

// TestWhatIsRefusedWasNotDone: far more is asked than there is room for, first
// while the database does nothing at all, then while it does what it can.
func TestWhatIsRefusedWasNotDone(t *testing.T) {
	bases(t, func(t *testing.T, address string) {
		p := open(t, address, "HOUVAST_LIMITS_AT_ONCE=8", "HOUVAST_LIMITS_WAITING=8", "HOUVAST_LIMITS_WAIT_MS=50")
		var all []Answer
		if strings.Contains(address, "PATH") {
			held, free, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
			go func() {
				done <- p.app.DB.Write(context.Background(), func(*db.Tx) error {
					close(held)
					<-free
					return nil
				})
			}()
			<-held
			answers := make(chan []Answer, 1)
			go func() {
				_, got := p.load.Open(t.Context(), 1e6, 100*time.Microsecond, p.opening)
				answers <- got
			}()
			// Who waits for the database hears when it comes back at the latest.
			for p.app.DB.Totals().Waiting < 1 {
				clock.Machine.Sleep(t.Context(), time.Millisecond)
			}
			clock.Machine.Sleep(t.Context(), 100*time.Millisecond)
			close(free)
			got := <-answers
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			all = append(all, got...)
			if f := Sum(got); f.Busy == 0 || f.Failed+f.Lost+f.NoRetryAfter > 0 {
				t.Errorf("while the database stood still: %s, %d without Retry-After", f, f.NoRetryAfter)
			}
			p.kept(all)
		}
		_, got := p.load.Open(t.Context(), 1e6, 300*time.Microsecond, p.opening)
		all = append(all, got...)
		f := Sum(got)
		if f.Done == 0 || f.Busy == 0 || f.Failed+f.Lost+f.NoRetryAfter > 0 || f.Sent != 300 {
			t.Errorf("%s, %d without Retry-After", f, f.NoRetryAfter)
		}
		p.kept(all)
		// And then it is as it was.
		var opened struct{ ID string }
		q := p.opening(0)
		q.Path = strings.TrimPrefix(q.Path, api)
		p.must(&opened, q)
	})
}

// TestFourTimesTooMuch measures what the server can do, asks four times as
// much of it, and prints what became of it.
func TestFourTimesTooMuch(t *testing.T) {
	if os.Getenv("HOUVAST_TEST_LONG") == "" {
		t.Skip("needs a quiet machine: set HOUVAST_TEST_LONG")
	}
	bases(t, func(t *testing.T, address string) {
		p := open(t, address)
		_, all := p.load.Closed(t.Context(), 16, 2*time.Second, p.mixed) // to warm up
		can, answers := p.load.Closed(t.Context(), 16, 5*time.Second, p.mixed)
		all = append(all, answers...)
		t.Logf("16 clients, one in four opens a case: %.0f/s; %s", can, Sum(answers))
		asked, answers := p.load.Open(t.Context(), 4*can, 10*time.Second, p.mixed)
		all = append(all, answers...)
		f := Sum(answers)
		t.Logf("asked %.0f/s for 10 s: %.0f/s done; %s", asked, float64(f.Done)/10, f)
		if f.P99 > time.Second || f.BusyP99 > time.Second {
			t.Errorf("answers do not stay under a second")
		}
		if f.Failed+f.Lost+f.NoRetryAfter > 0 {
			t.Errorf("%d failed, %d without an answer, %d refused without saying when to come back", f.Failed, f.Lost, f.NoRetryAfter)
		}
		if float64(f.Done)/10 < can/4 {
			t.Errorf("it collapsed: %.0f/s of %.0f/s", float64(f.Done)/10, can)
		}
		p.kept(all)
		after, answers := p.load.Closed(t.Context(), 16, 3*time.Second, p.mixed)
		t.Logf("afterwards: %.0f/s; %s", after, Sum(answers))
	})
}
