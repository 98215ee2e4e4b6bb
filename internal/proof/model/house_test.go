package model

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/app"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/mail"
	"github.com/houvast/houvast/internal/kit/mail/mailtest"
)

// room is a part of a test that ends before the test does: what was put off
// until the end of the test is done when the room is left.
type room struct {
	testing.TB
	after []func()
}

func (r *room) Cleanup(f func()) { r.after = append(r.after, f) }

// TempDir implements testing.TB; the directory goes with the room.
func (r *room) TempDir() string {
	dir, err := os.MkdirTemp("", "houvast-model-")
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (r *room) leave() {
	for i := len(r.after) - 1; i >= 0; i-- {
		r.after[i]()
	}
}

// user is somebody with a way in.
type user struct {
	org    *organisation
	name   string
	role   string // of a member; "organisation", "customer" or "nobody"
	member string
	token  string
	// A customer's link is about one question.
	question string
	held     string // the case of it
}

func (u *user) staff() bool { return u.member != "" }

// organisation is one with everybody who works there and their customers.
type organisation struct {
	id     string
	team   string // whose duty somebody has
	eager  string // a team that accepts at once
	duty   map[string]string
	staff  []*user
	key    *user
	people []string
}

func (o *organisation) admin() *user { return o.staff[0] }

// house is the application under test, with two organisations.
type house struct {
	t    testing.TB
	base *kittest.DB
	app  *app.App
	mail *mailtest.Recorder
	orgs []*organisation
	read int // how many of the mails were looked at
}

// migrations are all tables but those that kittest makes by itself.
func migrations() []fs.FS { return app.Migrations()[3:] }

func open(t testing.TB, postgres bool) *house {
	t.Helper()
	h := &house{t: t, mail: &mailtest.Recorder{}}
	env := []string{"HOUVAST_PUBLIC_URL=http://127.0.0.1:8410", "HOUVAST_LOG_LEVEL=error", "HOUVAST_BACKUP_DIR=" + t.TempDir()}
	if postgres {
		h.base = kittest.Postgres(t, migrations()...)
		env = append(env, "HOUVAST_DB_URL="+kittest.WithSchema(h.base.DSN, h.base.Schema))
	} else {
		h.base = kittest.SQLite(t, migrations()...)
		env = append(env, "HOUVAST_DB_PATH="+filepath.Clean(h.base.DSN))
	}
	cfg, err := config.Load(config.Source{Env: env})
	if err != nil {
		t.Fatal(err)
	}
	h.mail.Decide(fate)
	if h.app, err = app.Open(context.Background(), app.Options{Config: cfg, Clock: h.base.Clock, Log: slog.New(slog.NewTextHandler(told{t}, &slog.HandlerOptions{Level: slog.LevelError})), Mail: h.mail,
		Random: rand.NewChaCha8([32]byte{28}), Confirms: true, Parallel: 4, KeepSchema: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.app.Close(); err != nil {
			t.Error(err)
		}
	})
	keys := auth.New(auth.Options{DB: h.app.DB, Members: anybody{}})
	for _, name := range []string{"Linde", "Oost"} {
		h.orgs = append(h.orgs, h.settle(keys, name))
	}
	return h
}

// fate is what the mail server does with a message: mostly deliver it.
func fate(m mail.Message) mailtest.Behaviour {
	f := fnv.New32a()
	_, _ = f.Write([]byte(m.ID))
	switch f.Sum32() % 16 {
	case 0:
		return mailtest.Decline
	case 1:
		return mailtest.Refuse
	case 2:
		return mailtest.Drop
	case 3:
		return mailtest.Lose
	}
	return mailtest.Accept
}

// told writes what went wrong in the house to the test. That mail is refused
// is not worth a word here.
type told struct{ t testing.TB }

func (w told) Write(p []byte) (int, error) { w.t.Log(string(p)); return len(p), nil }

// anybody lets a key be made for any member.
type anybody struct{ auth.Members }

func (anybody) Member(db.Q, string, string) (actor.Actor, bool, error) {
	return actor.Actor{}, true, nil
}

// settle makes an organisation with its people, through the API as far as that goes.
func (h *house) settle(keys *auth.Service, name string) *organisation {
	ctx := context.Background()
	installer, err := h.app.InstallerKey(ctx, "model "+name)
	if err != nil {
		h.t.Fatal(err)
	}
	day := []map[string]any{{"from": 0, "to": 24 * 60}}
	made := h.must(&user{token: installer}, http.MethodPost, "/organisations", map[string]any{"name": name, "kind": "practice", "phone": "+31205550100",
		"calendar":      map[string]any{"zone": "Europe/Amsterdam", "week": []any{day, day, day, day, day, day, day}},
		"administrator": map[string]any{"name": "Ada van " + name, "role": "administrator"}})
	o := &organisation{id: text(made, "organisation", "id"), duty: map[string]string{}}
	admin := text(made, "administrator", "id")
	_, token, err := keys.CreateKey(ctx, actor.Actor{Kind: actor.Installer, Org: o.id, Name: "model"}, auth.NewKey{Kind: auth.MemberKey, Name: "model", Member: admin})
	if err != nil {
		h.t.Fatal(err)
	}
	o.staff = []*user{{org: o, name: "administrator of " + name, role: "administrator", member: admin, token: token}}
	for i, role := range []string{"desk", "specialist", "manager", "desk"} {
		who := fmt.Sprintf("%s %d of %s", role, i, name)
		m := text(h.must(o.admin(), http.MethodPost, "/members", map[string]any{"name": who, "role": role}), "id")
		key := h.must(o.admin(), http.MethodPost, "/api-keys", map[string]any{"kind": "member", "member_id": m, "name": who})
		o.staff = append(o.staff, &user{org: o, name: who, role: role, member: m, token: text(key, "token")})
	}
	key := h.must(o.admin(), http.MethodPost, "/api-keys", map[string]any{"kind": "organisation", "name": "partner"})
	o.key = &user{org: o, name: "partner of " + name, role: "organisation", token: text(key, "token")}
	for _, eager := range []bool{false, true} {
		duty := o.staff[1].member
		if eager {
			duty = o.staff[2].member
		}
		id := text(h.must(o.admin(), http.MethodPost, "/teams", map[string]any{"name": fmt.Sprintf("Team %v", eager), "duty_member_id": duty, "auto_accept": eager,
			"member_ids": []string{o.staff[1].member, o.staff[2].member}}), "id")
		if o.duty[id] = duty; eager {
			o.eager = id
		} else {
			o.team = id
		}
	}
	for i := range 3 {
		p := h.must(o.admin(), http.MethodPost, "/people", map[string]any{"name": fmt.Sprintf("Klant %c", 'A'+i), "birth_date": "1980-01-02",
			"contact_points": []map[string]any{{"kind": "email", "value": fmt.Sprintf("klant%d.%s@example.nl", i, o.id), "verified": true},
				{"kind": "phone", "value": fmt.Sprintf("+3120555%04d", 200+i), "verified": true}}})
		o.people = append(o.people, text(p, "person", "id"))
	}
	return o
}

// answer is what came back.
type answer struct {
	status int
	body   map[string]any
	raw    string
}

func (a answer) ok() bool { return a.status >= 200 && a.status < 300 }

// problem is the type of an error, without the address before it.
func (a answer) problem() string {
	s, _ := a.body["type"].(string)
	return s[strings.LastIndexByte(s, '/')+1:]
}

// call makes one request of a user.
func (h *house) call(u *user, method, path, idempotency string, body any, head map[string]string) answer {
	var b []byte
	kind := "application/json"
	switch x := body.(type) {
	case nil:
	case string:
		b, kind = []byte(x), "text/csv"
	default:
		var err error
		if b, err = json.Marshal(x); err != nil {
			return answer{status: 999, raw: err.Error()}
		}
	}
	r := httptest.NewRequest(method, "/api/v1"+path, bytes.NewReader(b))
	if body != nil {
		r.Header.Set("Content-Type", kind)
	}
	if u.token != "" {
		r.Header.Set("Authorization", "Bearer "+u.token)
	}
	if idempotency != "" {
		r.Header.Set("Idempotency-Key", idempotency)
	}
	for k, v := range head {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	h.app.Handler().ServeHTTP(w, r)
	a := answer{status: w.Code, raw: w.Body.String()}
	_ = json.Unmarshal(w.Body.Bytes(), &a.body) // a file is no JSON
	return a
}

func (h *house) must(u *user, method, path string, body any) map[string]any {
	h.t.Helper()
	a := h.call(u, method, path, "", body, nil)
	if !a.ok() {
		h.t.Fatalf("%s %s: %d %s", method, path, a.status, a.raw)
	}
	return a.body
}

// text digs a text out of an answer.
func text(m map[string]any, path ...string) string {
	for _, p := range path[:len(path)-1] {
		m, _ = m[p].(map[string]any)
	}
	s, _ := m[path[len(path)-1]].(string)
	return s
}

var inMail = regexp.MustCompile(`/q/([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)`)

// letters opens the links of letters that came since, as customers do, and
// gives who they are now.
func (h *house) letters(most int) (new []*user) {
	all := h.mail.Arrived()
	for ; h.read < len(all) && len(new) < most; h.read++ {
		found := inMail.FindStringSubmatch(all[h.read].Text)
		if found == nil {
			continue
		}
		a := h.call(&user{}, http.MethodPost, "/links/open", "", map[string]any{"token": found[1]}, nil)
		if !a.ok() {
			continue // that link is over
		}
		u := &user{role: "customer", name: "customer of " + text(a.body, "question_id"), token: text(a.body, "token"), question: text(a.body, "question_id")}
		a = h.call(u, http.MethodPost, "/links/confirm", "", map[string]any{"kind": "birth-date", "value": "1980-01-02"}, nil)
		if t := text(a.body, "token"); a.ok() && t != "" {
			u.token = t
			new = append(new, u)
		}
	}
	return new
}

// until lets time pass, everything at its own moment, but no more than so many
// moments: a house in which everything was left alone tells its customers every
// day that there is no news.
func (h *house) until(at time.Time, moments int) error {
	ctx := context.Background()
	for range moments {
		if err := h.app.Settle(ctx); err != nil {
			return err
		}
		next, err := h.app.Next(ctx)
		if err != nil {
			return err
		}
		if next.IsZero() || next.After(at) {
			break
		}
		h.base.Clock.Set(next)
	}
	if h.base.Clock.Now().Before(at) {
		h.base.Clock.Set(at)
	}
	return h.app.Settle(ctx)
}
