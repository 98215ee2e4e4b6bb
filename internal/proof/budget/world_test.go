package budget

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/app"
	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/backup"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/mail"
	"github.com/houvast/houvast/internal/kit/migrate"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/surface/portal"
	"github.com/houvast/houvast/internal/surface/story"
	"github.com/houvast/houvast/stories"
)

// Who opens the pages: the front desk, a manager and an administrator of the
// practice of the stories' last day.
const (
	deskUser    = stories.Begin
	managerUser = "Marga Oldenburg"
	adminUser   = "Thijs Roelofs"

	password = "een-huis-met-houvast"
	zone     = "Europe/Amsterdam"
)

var staff = []string{deskUser, managerUser, adminUser}

// world is an application in this process, whose every request and every piece
// of background work is counted.
type world struct {
	*app.App
	tape   *tape
	clock  *clock.Sim
	box    *post
	auth   *auth.Service
	routes *routes
	spec   []byte
	key    string // of the installer

	breaking *breaking           // nil: requests are made once
	home     string              // the organisation of the practice
	sessions map[string]*browser // by who sits at it
	customer struct{ id, question, caseID string }
}

// place says where the database of a world is.
type place struct {
	path        string // SQLite
	dsn, schema string // PostgreSQL
}

func (p place) config() (*config.Config, error) {
	flags := map[string]string{}
	if p.path != "" {
		flags["db.path"] = p.path
	}
	cfg, err := config.Load(config.Source{Flags: flags})
	if err != nil {
		return nil, err
	}
	cfg.PublicURL = "https://houvast.example"
	if p.dsn != "" {
		cfg.DB.URL = config.NewSecret(p.dsn)
	}
	return cfg, nil
}

func open(ctx context.Context, p place, at time.Time, t *tape) (*world, error) {
	cfg, err := p.config()
	if err != nil {
		return nil, err
	}
	w := &world{clock: clock.NewSim(at), box: &post{}, tape: t, sessions: map[string]*browser{}}
	var seed [32]byte
	seed[0] = 45
	if w.App, err = app.Open(ctx, app.Options{Config: cfg, Afresh: true, Clock: w.clock, Random: rand.NewChaCha8(seed), Schema: p.schema, Mail: w.box, Confirms: true,
		Log: slog.New(slog.DiscardHandler), Version: "budget"}); err != nil {
		return nil, err
	}
	w.auth = auth.New(auth.Options{DB: w.DB, Members: org.Members{}, PublicURL: cfg.PublicURL})
	if w.spec, err = w.App.OpenAPI(); err != nil {
		return nil, err
	}
	w.routes, err = routesOf(w.Site.Routes(), w.spec)
	return w, err
}

// What a story asks of an instance, with everything counted.

func (w *world) Handler() http.Handler   { return http.HandlerFunc(w.serve) }
func (w *world) Clock() *clock.Sim       { return w.clock }
func (w *world) OpenAPI() []byte         { return w.spec }
func (w *world) Installer() string       { return w.key }
func (w *world) Arrived() []mail.Message { return w.box.Arrived() }
func (w *world) Checks() []module.Check  { return w.App.Checks() }
func (w *world) Read(ctx context.Context, fn func(db.Q) error) error {
	return w.DB.Read(ctx, fn)
}

func (w *world) AdministratorKey(ctx context.Context, orgID, member string) (string, error) {
	who := actor.Actor{Kind: actor.Installer, Org: orgID, Name: "budget"}
	_, token, err := w.auth.CreateKey(ctx, who, auth.NewKey{Kind: auth.MemberKey, Name: "budget", Member: member})
	return token, err
}

// Settle does what is due in the background, and notes its statements.
func (w *world) Settle(ctx context.Context) error {
	ctx, done := w.tape.meter(ctx, background)
	defer done(0)
	return w.App.Settle(ctx)
}

// Next is when something is due, by statements that are noted too.
func (w *world) Next(ctx context.Context) (time.Time, error) {
	ctx, done := w.tape.meter(ctx, background)
	defer done(0)
	return w.App.Next(ctx)
}

func (w *world) serve(rw http.ResponseWriter, r *http.Request) { w.measured(rw, r) }

// measured answers a request and says what it cost.
func (w *world) measured(rw http.ResponseWriter, r *http.Request) cost {
	if w.breaking != nil && r.Method != http.MethodGet {
		w.breaking.attempts(w, r)
	}
	status := &statusWriter{ResponseWriter: rw, status: http.StatusOK}
	ctx, done := w.tape.meter(r.Context(), w.routes.of(r))
	w.App.Handler().ServeHTTP(status, r.WithContext(ctx))
	return done(status.status)
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets what writes the answer find the writer below.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// play plays stories one after the other, each by whole weeks after the one
// before, and stands at the last moment of the last one.
func (w *world) play(ctx context.Context, list []*story.Story) error {
	for _, s := range list {
		if err := story.Validate(s, w.spec); err != nil {
			return err
		}
		result, err := story.Run(ctx, s, w, story.Options{})
		if err != nil {
			return fmt.Errorf("story %s: %w", s.Name, err)
		}
		if !result.OK() {
			var text strings.Builder
			_ = story.WriteText(&text, result, "en")
			return fmt.Errorf("story %s does not hold:\n%s", s.Name, text.String())
		}
	}
	return w.Settle(ctx)
}

// played reads the stories and puts them one after the other.
func played(names ...string) (list []*story.Story, err error) {
	var before time.Time
	for _, name := range names {
		f, err := stories.FS.Open(name)
		if err != nil {
			return nil, err
		}
		s, err := story.Parse("stories/"+name, f)
		if err := f.Close(); err != nil {
			return nil, err
		}
		if err != nil {
			return nil, err
		}
		if gap := before.Sub(s.Start()); !before.IsZero() && gap > 0 {
			s = s.Shift(int(gap/(7*24*time.Hour)) + 1)
		}
		before = s.End().Add(7 * 24 * time.Hour) // a customer may act after the last moment that a story names
		list = append(list, s)
	}
	return list, nil
}

// people finds the practice and gives those who open its pages a way to sign in.
func (w *world) people(ctx context.Context) error {
	var members []org.Member
	err := w.DB.Read(ctx, func(q db.Q) error {
		orgs, err := org.Partners(q, "", "", 50)
		if err != nil {
			return err
		}
		for _, o := range orgs {
			if members, err = org.Active(q, o.ID, 200); err != nil {
				return err
			}
			if slices.ContainsFunc(members, func(m org.Member) bool { return m.Name == deskUser }) {
				w.home = o.ID
				return nil
			}
		}
		return fmt.Errorf("nobody is called %s", deskUser)
	})
	if err != nil {
		return err
	}
	for _, m := range members {
		if !slices.Contains(staff, m.Name) {
			continue
		}
		phc, err := w.auth.Hash(ctx, password, emailOf(m.Name))
		if err != nil {
			return err
		}
		if err := w.DB.Write(ctx, func(t *db.Tx) error {
			account, _, err := w.auth.EnsureAccount(t, auth.NewAccount{Email: emailOf(m.Name), Name: m.Name})
			if err != nil {
				return err
			}
			if err := w.auth.SetHash(t, account, phc); err != nil {
				return err
			}
			return org.Link(t, actor.Actor{Kind: actor.Installer, Org: w.home, Name: "budget"}, w.home, m.ID, account.ID)
		}); err != nil {
			return err
		}
	}
	return nil
}

func emailOf(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@practice.example"
}

// enter signs everybody in, and lets the customer with the most to see open
// their page.
func (w *world) enter(ctx context.Context) error {
	if err := w.people(ctx); err != nil {
		return err
	}
	for _, name := range staff {
		b := w.browser()
		if a := b.post("/sign-in", url.Values{"email": {emailOf(name)}, "password": {password}}); a.Code != http.StatusSeeOther {
			return fmt.Errorf("%s cannot sign in: %d %s", name, a.Code, a.Body)
		}
		w.sessions[name] = b
	}
	return w.enterCustomer(ctx)
}

func (w *world) enterCustomer(ctx context.Context) error {
	var born string
	err := w.DB.Read(ctx, func(q db.Q) error {
		list, err := casefile.List(q, w.home, casefile.Filter{}, time.Time{}, "", 200)
		if err != nil {
			return err
		}
		for _, c := range list {
			p, err := person.ByID(q, w.home, c.Asker)
			if err != nil {
				return err
			}
			if p.BirthDate != "" && w.customer.id == "" {
				w.customer.id, w.customer.question, w.customer.caseID, born = p.ID, c.Question, c.ID, p.BirthDate
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	var token string
	if err := w.DB.Write(ctx, func(t *db.Tx) (err error) {
		token, err = w.auth.Links().Issue(t, w.home, w.customer.id, w.customer.question, "", time.Hour)
		return err
	}); err != nil {
		return err
	}
	b := w.browser()
	day, err := time.Parse(time.DateOnly, born)
	if err != nil {
		return err
	}
	b.get(portal.Home + "/" + token)
	b.post(portal.Home+"/"+token, nil)
	b.get(portal.Home + "/confirm")
	if a := b.post(portal.Home+"/confirm", url.Values{"kind": {"birth-date"}, "value": {day.Format("02-01-2006")}, "birth_date": {day.Format("02-01-2006")},
		"day": {day.Format("2")}, "month": {day.Format("1")}, "year": {day.Format("2006")}}); a.Code != http.StatusSeeOther {
		return fmt.Errorf("the customer cannot confirm: %d %s", a.Code, a.Body)
	}
	w.sessions[customerUser] = b
	return nil
}

// customerUser is the customer in the table of sessions.
const customerUser = "customer"

// browser keeps the cookies of one person.
type browser struct {
	w       *world
	cookies map[string]*http.Cookie
	last    cost
}

func (w *world) browser() *browser { return &browser{w: w, cookies: map[string]*http.Cookie{}} }

func (b *browser) get(path string) *httptest.ResponseRecorder {
	return b.send(httptest.NewRequest(http.MethodGet, path, nil))
}

func (b *browser) post(path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(r)
}

func (b *browser) send(r *http.Request) *httptest.ResponseRecorder {
	r.Header.Set("Accept-Language", "en")
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	rec := httptest.NewRecorder()
	b.last = b.w.measured(rec, r)
	for _, c := range rec.Result().Cookies() {
		b.cookies[c.Name] = c
	}
	return rec
}

// asKey sends a request of the API with a key.
func (w *world) asKey(key, method, path string) (*httptest.ResponseRecorder, cost) {
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Authorization", "Bearer "+key)
	rec := httptest.NewRecorder()
	c := w.measured(rec, r)
	return rec, c
}

// newSQLite plays the world into a file of this test.
func newSQLite(t *testing.T, dir string, tp *tape) *world {
	t.Helper()
	list, err := played("hospital.yaml", "day.yaml")
	if err != nil {
		t.Fatal(err)
	}
	w, err := open(t.Context(), place{path: filepath.Join(dir, "budget.db")}, list[0].Start(), tp)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	if w.key, err = w.InstallerKey(t.Context(), "budget"); err != nil {
		t.Fatal(err)
	}
	if err := w.play(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	return w
}

// restored is the same world on PostgreSQL, from its backup: everybody is
// signed in there too.
func restored(t *testing.T, file string, of *world, tp *tape) *world {
	t.Helper()
	dsn := kittest.PostgresDSN(t)
	at := place{dsn: dsn, schema: kittest.NewSchema(t, dsn)}
	if err := at.restore(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	w, err := open(t.Context(), at, of.clock.Now(), tp)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	w.home, w.customer, w.key = of.home, of.customer, of.key
	for who, b := range of.sessions {
		w.sessions[who] = &browser{w: w, cookies: maps.Clone(b.cookies)}
	}
	return w
}

// restore puts a backup into a database that has nothing in it yet.
func (p place) restore(ctx context.Context, file string) (err error) {
	cfg, err := p.config()
	if err != nil {
		return err
	}
	d, err := app.OpenDB(ctx, app.Options{Config: cfg, Schema: p.schema})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if _, err := migrate.Up(ctx, d, app.Migrations()...); err != nil {
		return err
	}
	return backup.Restore(ctx, d, file)
}
