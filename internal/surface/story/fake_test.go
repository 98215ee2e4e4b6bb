package story

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/fstest"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/id"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/mail"
	"github.com/houvast/houvast/internal/kit/module"
)

// fake is a much simpler desk behind the same kind of API, so that the engine
// is tested by itself: what it calls, when it moves time, what the customer
// decides. It has the tables that store.go reads and nothing else.
type fake struct {
	t      *testing.T
	d      *kittest.DB
	sealer *ledger.Sealer
	mails  []mail.Message
	who    map[string]string // bearer key → organisation

	bare     bool // safeguards off
	silent   bool // the watch says nothing when a promise breaks
	forgets  bool // contacts are not recorded
	stuck    bool // something is due and never gets done
	violates bool
	settled  []time.Time
}

const fakeSchema = `-- +goose Up
CREATE TABLE person (org_id TEXT NOT NULL, person_id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE case_file (org_id TEXT NOT NULL, case_id TEXT NOT NULL PRIMARY KEY, person_id TEXT NOT NULL, asker_id TEXT NOT NULL,
  owner_id TEXT NOT NULL, opened_at INTEGER NOT NULL, closed_at INTEGER, close_reason TEXT) STRICT;
CREATE TABLE contact_moment (org_id TEXT NOT NULL, contact_id TEXT NOT NULL PRIMARY KEY, person_id TEXT NOT NULL, at INTEGER NOT NULL, direction TEXT NOT NULL) STRICT;
CREATE TABLE promise (org_id TEXT NOT NULL, promise_id TEXT NOT NULL PRIMARY KEY, case_id TEXT NOT NULL, kind TEXT NOT NULL, to_person TEXT NOT NULL,
  made_at INTEGER NOT NULL, from_at INTEGER, due_at INTEGER NOT NULL, told TEXT NOT NULL, told_at INTEGER, state TEXT NOT NULL, ended_at INTEGER, successor TEXT) STRICT;
CREATE TABLE signal (org_id TEXT NOT NULL, signal_id TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, level INTEGER NOT NULL, member_id TEXT NOT NULL, cleared_at INTEGER) STRICT;
`

func newFake(t *testing.T) *fake {
	f := &fake{t: t, who: map[string]string{}}
	f.d = kittest.SQLite(t, fstest.MapFS{"schema/00900_fake.sql": {Data: []byte(fakeSchema)}})
	f.sealer = ledger.NewSealer(f.d.DB)
	return f
}

func (f *fake) Clock() *clock.Sim { return f.d.Clock }
func (f *fake) Installer() string { return "installer" }
func (f *fake) AdministratorKey(_ context.Context, org, _ string) (string, error) {
	f.who["admin-"+org] = org
	return "admin-" + org, nil
}
func (f *fake) Arrived() []mail.Message { return f.mails }
func (f *fake) Read(ctx context.Context, fn func(db.Q) error) error {
	return f.d.Read(ctx, fn)
}

func (f *fake) Checks() []module.Check {
	return []module.Check{
		{Invariant: 1, Name: "cases", Run: func(q db.Q) (int64, []string, error) {
			n, err := db.Get[int64](q, `SELECT COUNT(*) FROM case_file`)
			if f.violates && n > 0 {
				return n, []string{"cas_1"}, err
			}
			return n, nil, err
		}},
		{Invariant: 7, Name: "gestures", Run: func(db.Q) (int64, []string, error) { return 0, nil, nil }},
	}
}

// Settle breaks what fell due, and seals.
func (f *fake) Settle(ctx context.Context) error {
	f.settled = append(f.settled, f.d.Clock.Now())
	if !f.bare {
		if err := f.breaks(ctx); err != nil {
			return err
		}
	}
	return job.Drain(ctx, []job.Worker{f.sealer})
}

func (f *fake) breaks(ctx context.Context) error {
	return f.d.Write(ctx, func(t *db.Tx) error {
		if f.stuck {
			return nil
		}
		due, err := db.Select[heard](t, `SELECT org_id, promise_id, case_id, to_person FROM promise WHERE state = 'open' AND kind <> 'visit' AND due_at < $1`, t.Now())
		if err != nil {
			return err
		}
		for _, p := range due {
			who := actor.ForSystem(p.Org)
			next := t.NewID("prm")
			if _, err := t.Exec(`UPDATE promise SET state = 'broken', ended_at = $2, successor = $3 WHERE promise_id = $1`, p.ID, t.Now(), next); err != nil {
				return err
			}
			if err := f.promise(t, p.Org, p.Case, p.To, next, "update", time.Time{}, t.Now().Add(24*time.Hour), "sent"); err != nil {
				return err
			}
			t.Emit(db.Fact{Org: p.Org, Kind: fact.PromiseBroken, Case: p.Case, Person: p.To, By: who, Data: map[string]any{"promise": p.ID, "why": "late", "successor": next}})
			if f.silent {
				continue
			}
			t.Emit(db.Fact{Org: p.Org, Kind: fact.MessageQueued, Case: p.Case, Person: p.To, By: who, Data: map[string]any{"message": "msg_" + p.ID, "channel": "email", "template": "promise-broken"}})
			t.Emit(db.Fact{Org: p.Org, Kind: fact.MessageSent, Case: p.Case, Person: p.To, By: who, Data: map[string]any{"message": "msg_" + p.ID, "channel": "email", "template": "promise-broken"}})
			f.mails = append(f.mails, mail.Message{To: mail.Address{Email: "hanna@example.org"}, Text: "https://houvast.example/q/" + p.Org + "." + "0123456789abcdefghij"})
		}
		return nil
	})
}

// Next is a millisecond after the first promise that falls due.
func (f *fake) Next(ctx context.Context) (at time.Time, err error) {
	if f.bare {
		return at, nil
	}
	err = f.d.Read(ctx, func(q db.Q) error {
		p, ok, err := db.Find[heard](q, `SELECT due_at FROM promise WHERE state = 'open' AND kind <> 'visit' ORDER BY due_at LIMIT 1`)
		if ok {
			at = p.Due.Add(time.Millisecond)
		}
		return err
	})
	return at, err
}

func (f *fake) promise(t *db.Tx, org, caseID, to, id, kind string, from, due time.Time, told string) error {
	_, err := t.Exec(`INSERT INTO promise (org_id, promise_id, case_id, kind, to_person, made_at, from_at, due_at, told, told_at, state)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open')`, org, id, caseID, kind, to, t.Now(), from, due, told, t.Now())
	if err == nil {
		t.Emit(db.Fact{Org: org, Kind: fact.PromiseMade, Case: caseID, Person: to, By: actor.ForSystem(org), Data: map[string]any{"promise": id, "due": due.UnixMilli(), "keeper": to},
			Text: map[string]string{"what": "an answer"}})
	}
	return err
}

// spec lists the operations of the fake: path and fields of the body.
var fakeOps = map[string]struct {
	path string
	body []string
}{
	"createOrganisation": {"/organisations", []string{"name", "kind", "language", "calendar", "administrator", "phone", "settings"}},
	"createMember":       {"/members", []string{"name", "role", "title"}},
	"getMember":          {"/members/{member_id}", nil},
	"updateMember":       {"/members/{member_id}", []string{"deputy_id", "deputy_agreed"}},
	"createTeam":         {"/teams", []string{"name", "duty_member_id", "auto_accept"}},
	"createApiKey":       {"/api-keys", []string{"kind", "member_id", "name"}},
	"createPerson":       {"/people", []string{"name", "language", "call_name", "birth_date", "contact_points"}},
	"addMatter":          {"/people/{person_id}/matters", []string{"text"}},
	"setRepresentation":  {"/people/{person_id}/representatives", []string{"by_person_id", "basis", "seen"}},
	"setReferralNeeds":   {"/referral-needs", []string{"documents", "desk_id"}},
	"openLink":           {"/links/open", []string{"token"}},
	"getQuestion":        {"/question", nil},
	"sendElsewhere":      {"/send-elsewhere", []string{"person_id", "asker_id", "channel", "to_organisation_id", "why"}},
	"openCase":           {"/cases", []string{"person_id", "asker_id", "subject", "channel", "promise"}},
	"logContact":         {"/cases/{case_id}/contacts", []string{"direction", "channel", "said"}},
	"keepPromise":        {"/promises/{promise_id}/keep", []string{"spoken", "next"}},
}

func (f *fake) OpenAPI() []byte {
	paths := map[string]any{}
	for id, op := range fakeOps {
		method := "post"
		if op.body == nil {
			method = "get"
		}
		o := map[string]any{"operationId": id}
		var params []any
		for i := 0; i < len(op.path); i++ {
			if op.path[i] == '{' {
				end := i
				for op.path[end] != '}' {
					end++
				}
				params = append(params, map[string]any{"name": op.path[i+1 : end], "in": "path", "required": true})
			}
		}
		if id == "updateMember" {
			params = append(params, map[string]any{"name": "If-Match", "in": "header"})
		}
		o["parameters"] = params
		if op.body != nil {
			fields := map[string]any{}
			for _, b := range op.body {
				fields[b] = map[string]any{}
			}
			o["requestBody"] = map[string]any{"content": map[string]any{"application/json": map[string]any{"schema": map[string]any{"$ref": "#/components/schemas/" + id}}}}
			paths["schema:"+id] = fields
		}
		item, _ := paths["/api/v1"+op.path].(map[string]any)
		if item == nil {
			item = map[string]any{}
		}
		item[method] = o
		paths["/api/v1"+op.path] = item
	}
	schemas := map[string]any{}
	for k, v := range paths {
		if name, ok := cutPrefix(k, "schema:"); ok {
			required := []any{}
			if name == "openCase" {
				required = []any{"person_id", "promise"}
			}
			schemas[name] = map[string]any{"properties": v, "required": required, "additionalProperties": false}
			delete(paths, k)
		}
	}
	raw, err := json.Marshal(map[string]any{"openapi": "3.1.0", "paths": paths, "components": map[string]any{"schemas": schemas}})
	if err != nil {
		f.t.Fatal(err)
	}
	return raw
}

func cutPrefix(s, p string) (string, bool) {
	if len(s) > len(p) && s[:len(p)] == p {
		return s[len(p):], true
	}
	return s, false
}

// Handler is the API: everything in one transaction each.
func (f *fake) Handler() http.Handler {
	mux := http.NewServeMux()
	for id, op := range fakeOps {
		method := "POST "
		if op.body == nil {
			method = "GET "
		}
		mux.HandleFunc(method+"/api/v1"+op.path, func(w http.ResponseWriter, r *http.Request) {
			in := map[string]any{}
			if op.body != nil {
				if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
					f.t.Errorf("%s: %v", id, err)
				}
			}
			key, _ := cutPrefix(r.Header.Get("Authorization"), "Bearer ")
			var out map[string]any
			status := http.StatusCreated
			err := f.d.Write(r.Context(), func(t *db.Tx) (err error) {
				out, status, err = f.do(t, id, f.who[key], in, r)
				return err
			})
			if err != nil {
				f.t.Errorf("%s: %v", id, err)
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(out)
		})
	}
	return mux
}

func refused(problem string) (map[string]any, int, error) {
	return map[string]any{"type": "/problems/" + problem, "detail": "no"}, http.StatusConflict, nil
}

func (f *fake) do(t *db.Tx, op, org string, in map[string]any, r *http.Request) (map[string]any, int, error) {
	made := func(kind string, more ...any) (map[string]any, int, error) {
		out := map[string]any{"id": t.NewID(idKind(kind))}
		for i := 0; i+1 < len(more); i += 2 {
			out[more[i].(string)] = more[i+1]
		}
		return out, http.StatusCreated, nil
	}
	switch op {
	case "createOrganisation":
		return map[string]any{"organisation": map[string]any{"id": t.NewID("org")}, "administrator": map[string]any{"id": t.NewID("mem")}}, 201, nil
	case "createMember":
		return made("mem")
	case "createApiKey":
		token := "key-" + show(in["member_id"])
		f.who[token] = org
		return made("key", "token", token)
	case "createPerson":
		out, status, err := made("per")
		if err == nil {
			_, err = t.Exec(`INSERT INTO person (org_id, person_id, name) VALUES ($1, $2, $3)`, org, out["id"], in["name"])
		}
		return out, status, err
	case "sendElsewhere":
		if !f.bare {
			return refused("door-open")
		}
		t.Emit(db.Fact{Org: org, Kind: fact.SentElsewhere, Person: show(in["person_id"]), By: actor.ForSystem(org),
			Data: map[string]any{"to": in["to_organisation_id"], "accepted": false}})
		return map[string]any{}, 201, f.contact(t, org, show(in["asker_id"]))
	case "openCase":
		return f.open(t, org, in)
	case "logContact":
		asker, err := db.Get[string](t, `SELECT asker_id FROM case_file WHERE case_id = $1`, r.PathValue("case_id"))
		if err != nil {
			return nil, 500, err
		}
		return map[string]any{}, 201, f.contact(t, org, asker)
	case "keepPromise":
		return f.keep(t, org, r.PathValue("promise_id"), in)
	case "openLink":
		return map[string]any{"token": "hvs_session", "confirmed": true, "factors": []any{}}, 200, nil
	case "getQuestion":
		open, err := db.Select[heard](t, `SELECT promise_id FROM promise WHERE state = 'open'`)
		list := []any{}
		for _, p := range open {
			list = append(list, map[string]any{"id": p.ID})
		}
		return map[string]any{"promises": list}, 200, err
	}
	return made("xxx")
}

func (f *fake) contact(t *db.Tx, org, person string) error {
	if f.forgets {
		return nil
	}
	_, err := t.Exec(`INSERT INTO contact_moment (org_id, contact_id, person_id, at, direction) VALUES ($1, $2, $3, $4, 'in')`, org, t.NewID("con"), person, t.Now())
	return err
}

func (f *fake) open(t *db.Tx, org string, in map[string]any) (map[string]any, int, error) {
	caseID, pid := t.NewID("cas"), t.NewID("prm")
	p := in["promise"].(map[string]any)
	due, err := time.Parse(time.RFC3339, show(p["due_at"]))
	if err != nil {
		return refused("vague-time")
	}
	if err := f.contact(t, org, show(in["asker_id"])); err != nil {
		return nil, 500, err
	}
	owner := show(f.ownerOf(in))
	if _, err := t.Exec(`INSERT INTO case_file (org_id, case_id, person_id, asker_id, owner_id, opened_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		org, caseID, in["person_id"], in["asker_id"], owner, t.Now()); err != nil {
		return nil, 500, err
	}
	told := "untold"
	if p["spoken"] == true {
		told = "spoken"
	}
	t.Emit(db.Fact{Org: org, Kind: fact.CaseOpened, Case: caseID, Person: show(in["person_id"]), By: actor.ForSystem(org), Data: map[string]any{"owner": owner}})
	return map[string]any{"id": caseID, "owner_id": owner, "open_promises": 1, "next_promise": map[string]any{"id": pid, "due_at": rfc(due)}}, 201,
		f.promise(t, org, caseID, show(in["asker_id"]), pid, "answer", time.Time{}, due, told)
}

// ownerOf is whoever opens it; the fake knows them by their key only, so the
// story says so in the subject.
func (f *fake) ownerOf(in map[string]any) any { return in["subject"] }

func (f *fake) keep(t *db.Tx, org, id string, in map[string]any) (map[string]any, int, error) {
	p, err := db.Get[heard](t, `SELECT org_id, promise_id, case_id, to_person, state FROM promise WHERE promise_id = $1`, id)
	if err != nil {
		return nil, 500, err
	}
	if p.State != "open" {
		return refused("promise-ended")
	}
	if _, err := t.Exec(`UPDATE promise SET state = 'kept', ended_at = $2 WHERE promise_id = $1`, id, t.Now()); err != nil {
		return nil, 500, err
	}
	t.Emit(db.Fact{Org: org, Kind: fact.PromiseKept, Case: p.Case, Person: p.To, By: actor.ForSystem(org), Data: map[string]any{"promise": id}})
	next, _ := dig(in, "next.promise")
	from, err1 := time.Parse(time.RFC3339, show(must(next, "from_at")))
	due, err2 := time.Parse(time.RFC3339, show(must(next, "due_at")))
	if err1 != nil || err2 != nil {
		return nil, 500, fmt.Errorf("window: %w", errors.Join(err1, err2))
	}
	return map[string]any{}, 200, f.promise(t, org, p.Case, p.To, t.NewID("prm"), show(must(next, "kind")), from, due, "spoken")
}

func must(v any, path string) any {
	got, _ := dig(v, path)
	return got
}

func idKind(s string) id.Kind { return id.Kind(s) }
