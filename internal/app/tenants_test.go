package app

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/mail/mailtest"
)

// Two tenants in one installation: whoever holds any key of the one gets
// nothing of the other, whatever they ask for and however they ask it. Every
// operation of the API is tried with ids of the other tenant in every place.
func TestTwoTenants(t *testing.T) {
	bases(t, func(t *testing.T, address string) {
		w := newBorder(t, address)
		tries, refused := 0, map[int]int{}
		names := slices.Sorted(maps.Keys(w.intruders)) // the seed decides, not the map
		before := w.theirs(t)
		for _, op := range w.operations(t) {
			for _, name := range names {
				for variant := range 4 {
					path, body := w.fill(op, variant)
					a := w.call(t, op.method, path, w.intruders[name], body)
					tries++
					refused[a.Status]++
					if a.Status >= 500 {
						t.Errorf("%s %s with the key of %s: %d %s", op.method, path, name, a.Status, a.Body)
					}
					w.leaks(t, op, name, path, a)
				}
			}
			if op.method == http.MethodGet {
				continue
			}
			after := w.theirs(t)
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("%s %s changed the other tenant:\n%s", op.method, op.path, diff)
			}
			before = after
		}
		// What was set going is done now: neither may that reach the other.
		if err := w.app.Settle(context.Background()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, w.theirs(t)); diff != "" {
			t.Errorf("what was left to do changed the other tenant:\n%s", diff)
		}
		t.Logf("%d requests across the border; answers: %v", tries, refused)
		if refused[404] < tries/10 {
			t.Error("hardly anything was not found: were they asked for at all?")
		}
		w.owner(t)
	})
}

// border is an installation with an intruder and a victim.
type border struct {
	app       *App
	server    *httptest.Server
	rand      *rand.Rand
	mine      *tenant
	victim    *tenant
	intruders map[string]string   // keys of the intruder, by what they are
	ids       map[string][]string // the victim's ids, by the name of the place where they go
	secrets   []string            // texts and ids of the victim that nobody else may read
	refs      map[string]json.RawMessage
	paths     map[string]map[string]json.RawMessage
}

func newBorder(t *testing.T, address string) *border {
	t.Helper()
	ctx := context.Background()
	w := &border{rand: rand.New(rand.NewPCG(20261121, 2)), ids: map[string][]string{}, intruders: map[string]string{}}
	recorder := &mailtest.Recorder{}
	w.app = inside(t, environ(address), clock.NewSim(kittest.Start), recorder)
	w.server = httptest.NewServer(w.app.Handler())
	t.Cleanup(func() {
		w.server.Close()
		if err := w.app.Close(); err != nil {
			t.Error(err)
		}
	})
	w.mine, w.victim = newTenant(t, w.app, "Inbreker", org.Hospital), newTenant(t, w.app, "Slachtoffer", org.Practice)
	for name, key := range w.mine.Keys {
		w.intruders[name] = key
	}
	w.intruders["nobody"] = ""
	w.live(t, w.victim, true)
	w.live(t, w.mine, false)
	if err := w.app.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	// A customer of the intruder, with a link to a question there.
	link := w.link(t, recorder)
	w.intruders["customer"] = link
	w.collect(t)
	w.describe(t)
	return w
}

func (w *border) client() client {
	return client{http: w.server.Client(), base: w.server.URL + "/api/v1"}
}

func (w *border) call(t *testing.T, method, path, token string, body any) answer {
	t.Helper()
	c := w.client()
	c.base = w.server.URL
	a, err := c.call(context.Background(), method, path, token, "", body)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// live makes a tenant do a bit of everything.
func (w *border) live(t *testing.T, x *tenant, victim bool) {
	t.Helper()
	mark := "INBREKER"
	if victim {
		mark = "GEHEIM"
	}
	do := func(path string, body map[string]any) map[string]any {
		t.Helper()
		a := w.call(t, http.MethodPost, "/api/v1"+path, x.Keys["administrator"], body)
		var got map[string]any
		if !a.ok() || a.into(&got) != nil {
			t.Fatalf("POST %s: %d %s", path, a.Status, a.Body)
		}
		return got
	}
	due := w.app.DB.Clock().Now().Add(26 * time.Hour).Format(time.RFC3339Nano)
	made := map[string]any{"what": mark + " antwoord over de uitslag", "due_at": due}
	for i := range 3 {
		c := do("/cases", map[string]any{"person_id": x.People[i], "subject": mark + " vraag over de uitslag", "channel": "phone", "said": mark + " gezegd", "promise": made})
		id, _ := c["id"].(string)
		do("/cases/"+id+"/promises", map[string]any{"what": mark + " tweede", "due_at": due, "kind": "callback"})
		do("/cases/"+id+"/contacts", map[string]any{"direction": "in", "channel": "phone", "said": mark + " contact"})
		do("/cases/"+id+"/documents", map[string]any{"kind": "referral-letter", "name": mark + ".txt", "content": mark + " brief"})
		do("/cases/"+id+"/doors", map[string]any{"condition": mark + " als het erger wordt", "until": due})
		do("/handoffs", map[string]any{"case_id": id, "to": x.Members["specialist"].ID, "note": mark + " overdracht"})
	}
	do("/people/"+x.People[0]+"/matters", map[string]any{"text": mark + " wat telt"})
	do("/api-keys", map[string]any{"kind": "organisation", "name": mark + " sleutel"})
}

var inMail = regexp.MustCompile(`/q/([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)`)

// link takes the token of a customer's page from a message of the intruder and
// exchanges it.
func (w *border) link(t *testing.T, r *mailtest.Recorder) string {
	t.Helper()
	for _, m := range r.Arrived() {
		found := inMail.FindStringSubmatch(m.Text)
		if found == nil || !strings.Contains(fmt.Sprint(m.To), w.mine.Org) {
			continue
		}
		token := found[1]
		a := w.call(t, http.MethodPost, "/api/v1/links/open", "", map[string]any{"token": token})
		var got map[string]any
		if !a.ok() || a.into(&got) != nil {
			t.Fatalf("opening link %s of %q: %d %s", token, m.Text, a.Status, a.Body)
		}
		for _, v := range got {
			if s, _ := v.(string); strings.HasPrefix(s, "hvs_") {
				return s
			}
		}
		t.Fatalf("no session in %s", a.Body)
	}
	t.Fatal("no customer of the intruder got a link")
	return ""
}

// theirs is everything of the victim, by table. All of it is read on one
// connection, as each new one of SQLite reads the whole schema first.
func (w *border) theirs(t *testing.T) map[string]string {
	t.Helper()
	conn, err := w.app.DB.Pool().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}()
	out := map[string]string{}
	for _, table := range w.tables(t, conn) {
		q := `SELECT * FROM ` + table + ` WHERE org_id = $1 ORDER BY 1, 2`
		if w.app.DB.Dialect() == db.SQLite {
			q = strings.ReplaceAll(q, "$1", "?1")
		}
		out[table] = strings.Join(lines(t, conn, q, w.victim.Org), "\n")
	}
	return out
}

// lines gives what a statement finds, a line for each row.
func lines(t *testing.T, conn *sql.Conn, text string, args ...any) (out []string) {
	t.Helper()
	rows, err := conn.QueryContext(t.Context(), text, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // read to the end below
	cols, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		vals, ptrs := make([]any, len(cols)), make([]any, len(cols))
		for i := range vals {
			ptrs[i] = &vals[i]
		}
		if err := rows.Scan(ptrs...); err != nil {
			t.Fatal(err)
		}
		out = append(out, strings.TrimSuffix(fmt.Sprintln(vals...), "\n"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// tables gives every table with an organisation in it, so that none that is
// added later is forgotten.
func (w *border) tables(t *testing.T, conn *sql.Conn) (out []string) {
	t.Helper()
	text := `SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'org_id' ORDER BY 1`
	if w.app.DB.Dialect() == db.Postgres {
		text = `SELECT table_name FROM information_schema.columns WHERE table_schema = current_schema() AND column_name = 'org_id' ORDER BY 1`
	}
	out = lines(t, conn, text)
	if len(out) < 15 {
		t.Fatal("only these tables belong to organisations:", out)
	}
	return out
}

// collect notes the victim's ids and the words nobody else may read.
func (w *border) collect(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	if err := w.app.DB.Read(ctx, func(q db.Q) error {
		for place, text := range map[string]string{
			"case_id": `SELECT case_id FROM case_file WHERE org_id = $1`, "promise_id": `SELECT promise_id FROM promise WHERE org_id = $1`,
			"person_id": `SELECT person_id FROM person WHERE org_id = $1`, "member_id": `SELECT member_id FROM member WHERE org_id = $1`,
			"team_id": `SELECT team_id FROM team WHERE org_id = $1`, "point_id": `SELECT point_id FROM contact_point WHERE org_id = $1`,
			"document_id": `SELECT document_id FROM document WHERE org_id = $1`, "door_id": `SELECT door_id FROM return_door WHERE org_id = $1`,
			"handoff_id": `SELECT handoff_id FROM handoff WHERE org_id = $1`, "message_id": `SELECT message_id FROM message WHERE org_id = $1`,
			"matter_id": `SELECT matter_id FROM matter WHERE org_id = $1`, "signal_id": `SELECT signal_id FROM signal WHERE org_id = $1`,
			"id": `SELECT id FROM api_key WHERE org_id = $1`,
		} {
			list, err := db.Select[string](q, text, w.victim.Org)
			if err != nil {
				return fmt.Errorf("%s: %w", place, err)
			}
			w.ids[place] = list
			w.secrets = append(w.secrets, list...)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	// The organisation's own name and number are known to all: they are partners.
	w.secrets = append(w.secrets, "GEHEIM", "Lid desk van Slachtoffer", "Ada van Slachtoffer", "Klant0 Slachtoffer", "Balie van Slachtoffer")
	for name, places := range map[string][]string{
		"case_id": nil, "promise_id": nil, "person_id": {"asker_id", "by_person_id", "to_person_id"},
		"member_id": {"owner_id", "keeper_id", "handler_member_id", "duty_member_id", "deputy_id", "desk_id", "to"}, "team_id": nil,
	} {
		for _, p := range places {
			w.ids[p] = w.ids[name]
		}
	}
	w.ids["organisation_id"] = []string{w.victim.Org}
	w.ids["to_organisation_id"], w.ids["of_organisation_id"] = w.ids["organisation_id"], w.ids["organisation_id"]
	w.ids["referral_id"], w.ids["request_id"] = w.ids["handoff_id"], w.ids["handoff_id"]
	for place, list := range w.ids {
		if len(list) == 0 && place != "signal_id" {
			t.Errorf("the victim has no %s", place)
		}
	}
}

type operation struct {
	id, method, path string
	params           []struct{ In, Name string }
	body             json.RawMessage
}

func (w *border) describe(t *testing.T) {
	t.Helper()
	b, err := w.app.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths      map[string]map[string]json.RawMessage
		Components struct{ Schemas map[string]json.RawMessage }
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	w.refs, w.paths = doc.Components.Schemas, doc.Paths
}

// operations are all that the API's own description has.
func (w *border) operations(t *testing.T) (out []operation) {
	t.Helper()
	for path, methods := range w.paths {
		for method, raw := range methods {
			var o struct {
				OperationID string
				Parameters  []struct{ In, Name string }
				RequestBody struct {
					Content map[string]struct{ Schema json.RawMessage }
				}
			}
			if !slices.Contains([]string{"get", "post", "put", "patch", "delete"}, method) {
				continue
			}
			if err := json.Unmarshal(raw, &o); err != nil {
				t.Fatal(err)
			}
			out = append(out, operation{o.OperationID, strings.ToUpper(method), path, o.Parameters, o.RequestBody.Content["application/json"].Schema})
		}
	}
	slices.SortFunc(out, func(a, b operation) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	if len(out) < 50 {
		t.Fatal("the description has only", len(out), "operations")
	}
	return out
}

// one is an id of the victim for a place, or something that fits nowhere.
func (w *border) one(place string) string {
	if list := w.ids[place]; len(list) > 0 {
		return list[w.rand.IntN(len(list))]
	}
	return ""
}

// fill makes a request of an operation with the victim's ids in every place;
// variants put them in the path only, or in the body only, and mix kinds.
func (w *border) fill(op operation, variant int) (path string, body any) {
	path = op.path
	var query []string
	for _, p := range op.params {
		v := w.one(p.Name)
		if variant == 3 && p.In == "path" { // of another kind
			v = w.one([]string{"case_id", "person_id", "organisation_id", "message_id"}[w.rand.IntN(4)])
		}
		switch {
		case p.In == "path":
			if variant == 2 {
				if own := w.own(p.Name); own != "" {
					v = own // their own, with the victim's in the body
				}
			}
			path = strings.ReplaceAll(path, "{"+p.Name+"}", v)
		case p.In == "query" && p.Name == "q":
			query = append(query, "q="+[]string{"Klant0", "Slachtoffer", "GEHEIM", "klant0"}[w.rand.IntN(4)])
		case p.In == "query" && v != "" && variant != 1:
			query = append(query, p.Name+"="+v)
		}
	}
	if len(query) > 0 {
		path += "?" + strings.Join(query, "&")
	}
	if len(op.body) > 0 {
		body = w.value(op.body, "", 0)
	}
	return path, body
}

// own is an id of the intruder for a place in a path.
func (w *border) own(place string) (id string) {
	column := map[string]string{"case_id": "case_file", "promise_id": "promise", "handoff_id": "handoff", "person_id": "person", "member_id": "member", "team_id": "team"}
	table, ok := column[place]
	if !ok {
		return ""
	}
	if err := w.app.DB.Read(context.Background(), func(q db.Q) (err error) {
		id, _, err = db.Find[string](q, `SELECT `+place+` FROM `+table+` WHERE org_id = $1 ORDER BY 1 LIMIT 1`, w.mine.Org)
		return err
	}); err != nil {
		return ""
	}
	return id
}

// value makes something that fits a schema, with the victim's ids where ids go.
func (w *border) value(raw json.RawMessage, name string, depth int) any {
	var s struct {
		Ref        string `json:"$ref"`
		Type       any
		Enum       []any
		Properties map[string]json.RawMessage
		Items      json.RawMessage
		Format     string
	}
	if err := json.Unmarshal(raw, &s); err != nil || depth > 4 {
		return nil
	}
	if s.Ref != "" {
		return w.value(w.refs[s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]], name, depth+1)
	}
	kind := fmt.Sprint(s.Type)
	switch {
	case w.one(name) != "":
		return w.one(name)
	case len(s.Enum) > 0:
		return s.Enum[w.rand.IntN(len(s.Enum))]
	case strings.Contains(kind, "object"):
		out := map[string]any{}
		for _, k := range slices.Sorted(maps.Keys(s.Properties)) {
			p := s.Properties[k]
			if k == "$schema" || k == "version" || k == "calendar" || k == "hours" || k == "settings" {
				continue
			}
			if v := w.value(p, k, depth+1); v != nil {
				out[k] = v
			}
		}
		return out
	case strings.Contains(kind, "array"):
		if name == "documents" {
			return []any{w.one("document_id")}
		}
		if v := w.value(s.Items, strings.TrimSuffix(name, "s"), depth+1); v != nil {
			return []any{v}
		}
		return []any{}
	case strings.Contains(kind, "integer"), strings.Contains(kind, "number"):
		return 1
	case strings.Contains(kind, "boolean"):
		return w.rand.IntN(2) == 0
	case s.Format == "date-time", name == "due_at", name == "until", name == "answer_by":
		return w.app.DB.Clock().Now().Add(26 * time.Hour).Format(time.RFC3339Nano)
	case name == "from_at":
		return nil
	case name == "token":
		return "hvl_nothing"
	}
	return "INBREKER tekst"
}

// unknown is how the answer for many records says of one, by the id it was
// asked for, that there is no such record; with anything else in it, it is a
// leak.
var unknown = regexp.MustCompile(`\{"case_id":"[^"]*","problem":"[a-z]+-not-found"\}`)

// leaks fails when an answer holds something of the victim that the request
// did not already have.
func (w *border) leaks(t *testing.T, op operation, who, path string, a answer) {
	t.Helper()
	text := unknown.ReplaceAllString(string(a.Body), "")
	for _, s := range w.secrets {
		if strings.Contains(text, s) && (a.ok() || !strings.Contains(path, s)) {
			t.Errorf("%s %s with the key of %s gives away %s: %d %.300s", op.method, path, who, s, a.Status, text)
			return
		}
	}
}

// owner proves that the requests are good ones: the victim itself gets through.
func (w *border) owner(t *testing.T) {
	t.Helper()
	read := 0
	for _, op := range w.operations(t) {
		if op.method != http.MethodGet || strings.Contains(op.path, "/question") {
			continue
		}
		path, _ := w.fill(op, 1)
		if strings.Contains(path, "//") || strings.HasSuffix(path, "/") {
			continue // the victim has none of these
		}
		if a := w.call(t, op.method, path, w.victim.Keys["administrator"], nil); a.ok() {
			read++
		} else if a.Status != http.StatusNotFound && a.Status != http.StatusForbidden {
			t.Errorf("%s: %d %s", path, a.Status, a.Body)
		}
	}
	if read < 20 {
		t.Errorf("the victim itself can read only %d things: the requests prove little", read)
	}
}
