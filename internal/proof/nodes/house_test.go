package nodes

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/app"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/mail"
)

var ctx = context.Background()

// place is where the nodes of a test keep everything.
type place struct{ path, dsn, schema string }

// places runs a test on both databases.
func places(t *testing.T, run func(t *testing.T, p place)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { run(t, place{path: filepath.Join(t.TempDir(), "houvast.db")}) })
	t.Run("postgres", func(t *testing.T) { run(t, server(t)) })
}

// server gives a schema of its own on the PostgreSQL of the tests.
func server(t *testing.T) place {
	t.Helper()
	dsn := kittest.PostgresDSN(t)
	return place{dsn: dsn, schema: kittest.NewSchema(t, dsn)}
}

func (p place) config() (*config.Config, error) {
	cfg, err := config.Load(config.Source{})
	if err != nil {
		return nil, err
	}
	cfg.PublicURL, cfg.DB.Path = "https://houvast.example", p.path
	if p.dsn != "" {
		cfg.DB.URL = config.NewSecret(p.dsn)
	}
	return cfg, nil
}

// node opens one node in this process. It is closed after the test.
func node(t *testing.T, p place, c clock.Clock, sender mail.Sender) *app.App {
	t.Helper()
	cfg, err := p.config()
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.Open(ctx, app.Options{Config: cfg, Clock: c, Schema: p.schema, Mail: sender, Confirms: true,
		Log: slog.New(slog.DiscardHandler), Version: "test", Parallel: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// practice is an organisation with a key of its administrator and one customer.
type practice struct{ Org, Member, Key, Person string }

// newPractice makes one that is open day and night.
func newPractice(t *testing.T, d *db.DB) practice {
	t.Helper()
	cal, settings := workcal.Calendar{Zone: workcal.DefaultZone}, org.Defaults()
	for day := range cal.Week {
		cal.Week[day] = []workcal.Interval{{From: 0, To: 24 * 60}}
	}
	settings.QuietUntil = settings.QuietFrom
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	o, admin, err := org.New(org.Deps{DB: d}).Create(ctx, actor.Actor{Kind: actor.Installer, Name: "test"}, org.NewOrganisation{Name: "Praktijk",
		Kind: org.Practice, Phone: "+31205550100", Calendar: &cal, Settings: &settings, Admin: org.NewMember{Name: "Ada"}})
	must(err)
	who := actor.Actor{Kind: actor.Staff, Org: o.ID, Member: admin.ID, Role: admin.Role, Name: admin.Name, Language: "nl"}
	_, key, err := keys(d).CreateKey(ctx, who, auth.NewKey{Kind: auth.MemberKey, Name: "test", Member: admin.ID})
	must(err)
	card, err := person.New(person.Deps{DB: d}).Create(ctx, who, person.NewPerson{Name: "Klant", BirthDate: "1980-01-02",
		Points: []person.NewPoint{{Kind: person.Email, Value: "klant@example.nl", Verified: true}}})
	must(err)
	return practice{Org: o.ID, Member: admin.ID, Key: key, Person: card.Person.ID}
}

// keys makes keys in a database.
func keys(d *db.DB) *auth.Service {
	return auth.New(auth.Options{DB: d, Members: org.Members{}, PublicURL: "https://houvast.example"})
}

// answer is what came back on a request.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// caller makes requests of the API.
type caller struct {
	http *http.Client
	base string
	key  string
}

// call makes one request, once. An error means that no whole answer came.
func (c caller) call(ctx context.Context, method, path, once string, body any) (answer, error) {
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		in = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+"/api/v1"+path, in)
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if once != "" {
		req.Header.Set("Idempotency-Key", once)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	text, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, text}, errors.Join(err, res.Body.Close())
}

// id calls and gives the id of what was made.
func (c caller) id(ctx context.Context, path string, body any) (string, error) {
	a, err := c.call(ctx, http.MethodPost, path, "", body)
	if err != nil {
		return "", err
	}
	var made struct{ ID string }
	if err := json.Unmarshal(a.body, &made); err != nil || a.status >= 300 || made.ID == "" {
		return "", fmt.Errorf("POST %s: %d %s", path, a.status, a.body)
	}
	return made.ID, nil
}

// question is a body that opens a case.
func (p practice) question(subject string, due time.Time) map[string]any {
	return map[string]any{"person_id": p.Person, "subject": subject, "channel": "phone", "said": "Wanneer hoor ik iets?",
		"promise": map[string]any{"what": "terugbellen over de uitslag", "due_at": due.UTC().Format(time.RFC3339Nano)}}
}
