package nodes

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/app"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/mail"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/surface/story"
	"github.com/houvast/houvast/stories"
)

// heard keeps every statement that was run on behalf of a context.
type heard struct {
	mu    sync.Mutex
	texts map[string]int
}

func (h *heard) meter(ctx context.Context) context.Context {
	return db.Metered(ctx, &db.Meter{Each: func(text string, _ []any) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.texts[text]++
	}})
}

// unled are the statements that name no organisation, by a pattern of their
// text, and why they need none. A pattern that nothing needs is a mistake.
var unled = []struct{ pattern, why string }{
	{`(FROM|UPDATE|INTO) (lease|ledger_feed|follower|follower_dead|account|account_token|sign_in_guard|session)\b`, "tables of the installation"},
	{`^SELECT .* FROM fact WHERE pos > `, "the feed"},
	{`^SELECT .* FROM fact WHERE pos IS NULL ORDER BY org_id, id LIMIT`, "the sealer serves the installation"},
	{`^SELECT MIN\((run_at|look_at)\)`, "a watch asks when something is due at any organisation"},
	{`^SELECT .* FROM job WHERE dead_at IS NULL AND run_at <= \$1 ORDER BY run_at LIMIT \$2 FOR UPDATE SKIP LOCKED$`, "the queue claims what is due; the table stays on one server"},
	{`^SELECT .* WHERE (state = 'sending' AND )?look_at ([<>]=? \$1|IS NOT NULL ORDER BY look_at LIMIT 1$)`, "a watch asks what is due at any organisation"},
	{`FROM question_party\b`, "which organisations share a question"},
}

var (
	led     = regexp.MustCompile(`\b(\w+\.)?org_id\s*(=|IN\b)|\(org_id\b|\(\w+\.org_id\b`)
	insert  = regexp.MustCompile(`^INSERT INTO \w+ \([^)]*\borg_id\b`)
	locking = regexp.MustCompile(`\bFOR UPDATE\b`)
	spaces  = regexp.MustCompile(`\s+`)
)

// judge says what is wrong with a statement, and which exception it needed (-1
// for none).
func judge(text string) (wrong string, exception int) {
	text = strings.TrimSpace(spaces.ReplaceAllString(text, " "))
	if insert.MatchString(text) || !strings.HasPrefix(text, "INSERT") && led.MatchString(text) {
		if locking.MatchString(text) && !regexp.MustCompile(`\borg_id = \$`).MatchString(text) {
			return "locks rows of more than one organisation", -1
		}
		return "", -1
	}
	for i, x := range unled {
		if regexp.MustCompile(x.pattern).MatchString(text) {
			return "", i
		}
	}
	return "names no organisation", -1
}

// TestEveryStatementNamesItsOrganisation plays the stories with everything the
// background does, on both databases, and looks at each statement that was run.
func TestEveryStatementNamesItsOrganisation(t *testing.T) {
	places(t, func(t *testing.T, p place) {
		h := &heard{texts: map[string]int{}}
		play(t, p, h)
		needed := map[int]bool{}
		for text := range h.texts {
			wrong, i := judge(text)
			needed[i] = true
			if wrong != "" {
				t.Errorf("%s: %s", wrong, spaces.ReplaceAllString(text, " "))
			}
		}
		for i, x := range unled {
			if !needed[i] {
				t.Errorf("no statement needs the exception %s", x.pattern)
			}
		}
		if len(h.texts) < 200 {
			t.Errorf("only %d statements were heard", len(h.texts))
		}
		t.Logf("%d statements, %d exceptions", len(h.texts), len(unled))
	})
}

// TestAStatementWithoutOrganisationIsFound proves that the judge bites.
func TestAStatementWithoutOrganisationIsFound(t *testing.T) {
	for text, ok := range map[string]bool{
		`SELECT id FROM care_case WHERE id = $1`:                                        false,
		`SELECT org_id, id FROM care_case WHERE id = $1`:                                false,
		`SELECT id FROM care_case ORDER BY org_id LIMIT 5`:                              false,
		`SELECT id FROM care_case WHERE org_id = $1 AND id = $2`:                        true,
		`SELECT c.id FROM care_case c WHERE c.org_id = $1`:                              true,
		`SELECT p.id FROM promise p JOIN care_case c ON c.org_id = p.org_id FOR UPDATE`: false,
		`UPDATE promise SET state = 'kept' WHERE id = $1`:                               false,
		`UPDATE promise SET state = 'kept' WHERE org_id = $1 AND id = $2`:               true,
		`INSERT INTO promise (id, state) VALUES ($1, $2)`:                               false,
		`INSERT INTO promise (org_id, id) VALUES ($1, $2)`:                              true,
		`DELETE FROM draft WHERE saved_at < $1`:                                         false,
		`SELECT id FROM job WHERE run_at <= $1 FOR UPDATE`:                              false,
		`SELECT token FROM lease WHERE name = $1 FOR UPDATE`:                            true,
	} {
		if wrong, _ := judge(text); (wrong == "") != ok {
			t.Errorf("%s: %q", text, wrong)
		}
	}
}

// stage is an application that a story plays on, of which everything is heard.
type stage struct {
	*app.App
	heard *heard
	clock *clock.Sim
	box   *mail.Box
	spec  []byte
	key   string
}

func play(t *testing.T, p place, h *heard) {
	t.Helper()
	var list []*story.Story
	var before time.Time
	names := []string{"hospital.yaml", "ill-today.yaml"}
	for _, name := range names {
		f, err := stories.FS.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := story.Parse("stories/"+name, f)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if gap := before.Sub(s.Start()); !before.IsZero() && gap > 0 {
			s = s.Shift(int(gap/(7*24*time.Hour)) + 1)
		}
		before = s.End().Add(7 * 24 * time.Hour)
		list = append(list, s)
	}
	cfg, err := p.config()
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{heard: h, clock: clock.NewSim(list[0].Start()), box: &mail.Box{}}
	var seed [32]byte
	seed[0] = 43
	if s.App, err = app.Open(ctx, app.Options{Config: cfg, Clock: s.clock, Random: rand.NewChaCha8(seed), Schema: p.schema, Mail: s.box,
		Confirms: true, Log: slog.New(slog.DiscardHandler), Version: "test"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if s.key, err = s.InstallerKey(ctx, "test"); err != nil {
		t.Fatal(err)
	}
	if s.spec, err = s.App.OpenAPI(); err != nil {
		t.Fatal(err)
	}
	for _, one := range list {
		result, err := story.Run(ctx, one, s, story.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(names, one.Name+".yaml") || !result.OK() {
			t.Errorf("the story %s does not hold", one.Name)
		}
	}
}

// What a story asks of an instance.

func (s *stage) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.App.Handler().ServeHTTP(w, r.WithContext(s.heard.meter(r.Context())))
	})
}
func (s *stage) Settle(ctx context.Context) error                    { return s.App.Settle(s.heard.meter(ctx)) }
func (s *stage) Next(ctx context.Context) (time.Time, error)         { return s.App.Next(s.heard.meter(ctx)) }
func (s *stage) Clock() *clock.Sim                                   { return s.clock }
func (s *stage) OpenAPI() []byte                                     { return s.spec }
func (s *stage) Installer() string                                   { return s.key }
func (s *stage) Arrived() []mail.Message                             { return s.box.Arrived() }
func (s *stage) Checks() []module.Check                              { return s.App.Checks() }
func (s *stage) Read(ctx context.Context, fn func(db.Q) error) error { return s.DB.Read(ctx, fn) }

func (s *stage) AdministratorKey(ctx context.Context, orgID, member string) (string, error) {
	who := actor.Actor{Kind: actor.Installer, Org: orgID, Name: "test"}
	_, token, err := keys(s.DB).CreateKey(ctx, who, auth.NewKey{Kind: auth.MemberKey, Name: "test", Member: member})
	return token, err
}
