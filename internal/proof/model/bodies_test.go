package model

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/kit/db"
)

// operation is one of the API's own description.
type operation struct {
	id, method, path string
	query            []string
	body             map[string]any // its schema
	media            string
}

// described are all operations, and the schemas they name.
func described(t testing.TB, h *house) (list []operation, schemas map[string]map[string]any) {
	t.Helper()
	raw, err := h.app.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string
			Parameters  []struct{ In, Name string }
			RequestBody struct {
				Content map[string]struct{ Schema map[string]any }
			}
		}
		Components struct{ Schemas map[string]map[string]any }
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	for path, methods := range doc.Paths {
		for method, x := range methods {
			o := operation{id: x.OperationID, method: strings.ToUpper(method), path: path}
			for _, p := range x.Parameters {
				if p.In == "query" {
					o.query = append(o.query, p.Name)
				}
			}
			for media, c := range x.RequestBody.Content {
				o.body, o.media = c.Schema, media
			}
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b operation) int { return strings.Compare(a.id, b.id) })
	return list, doc.Components.Schemas
}

// yard is a house with something of everything to send requests about.
type yard struct {
	*house
	list    []operation
	schemas map[string]map[string]any
	ids     map[string]string // by the name of the place where they go
	who     []*user
}

func newYard(t testing.TB, postgres bool) *yard {
	t.Helper()
	h := open(t, postgres)
	y := &yard{house: h, ids: map[string]string{}}
	y.list, y.schemas = described(t, h)
	o, other := h.orgs[0], h.orgs[1]
	y.who = []*user{o.admin(), o.key, {token: ""}}
	due := map[string]any{"what": "De uitslag", "due_at": "2026-11-16T12:00:00Z"}
	for range 2 {
		c := h.must(o.admin(), http.MethodPost, "/cases", map[string]any{"person_id": o.people[0], "subject": "Vraag", "channel": "phone", "promise": due})
		y.ids["other_case_id"], y.ids["case_id"] = y.ids["case_id"], text(c, "id")
		y.ids["promise_id"] = text(c, "next_promise", "id")
	}
	y.ids["handoff_id"] = text(h.must(o.admin(), http.MethodPost, "/handoffs", map[string]any{"case_id": y.ids["case_id"], "to": o.staff[1].member}), "id")
	y.ids["referral_id"] = text(h.must(o.admin(), http.MethodPost, "/referrals", map[string]any{"case_id": y.ids["other_case_id"], "to_organisation_id": other.id, "consent": true}), "id")
	y.ids["note_id"] = text(h.must(o.admin(), http.MethodPost, "/cases/"+y.ids["case_id"]+"/notes", map[string]any{"text": "Let op"}), "id")
	y.ids["template_id"] = text(h.must(o.admin(), http.MethodPost, "/templates", map[string]any{"name": "Dank", "text_nl": "Dank", "text_en": "Thanks"}), "id")
	y.ids["document_id"] = text(h.must(o.admin(), http.MethodPost, "/cases/"+y.ids["case_id"]+"/documents", map[string]any{"kind": "result", "name": "Uitslag", "content": "Goed"}), "id")
	y.ids["request_id"] = text(h.must(o.admin(), http.MethodPost, "/document-requests", map[string]any{"case_id": y.ids["case_id"], "kind": "result", "of_organisation_id": other.id, "why": "Nodig"}), "id")
	y.ids["series_id"] = text(h.must(o.admin(), http.MethodPost, "/cases/"+y.ids["case_id"]+"/series", map[string]any{"first": due,
		"steps": []map[string]any{{"what": "Bellen", "after_days": 2}}}), "id")
	if err := h.app.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]string{"person_id": o.people[0], "other_person_id": o.people[1], "into_person_id": o.people[1], "by_person_id": o.people[2], "member_id": o.staff[1].member,
		"team_id": o.team, "organisation_id": other.id, "to_organisation_id": other.id, "of_organisation_id": other.id, "to": o.staff[1].member, "owner_id": o.staff[1].member,
		"keeper_id": o.staff[1].member, "into_case_id": y.ids["other_case_id"], "measure": "kept", "outcome": "met", "row": "1"} {
		y.ids[name] = v
	}
	for place, query := range map[string]string{"message_id": `SELECT message_id FROM message WHERE org_id = $1 ORDER BY message_id LIMIT 1`,
		"signal_id": `SELECT signal_id FROM signal WHERE org_id = $1 ORDER BY signal_id LIMIT 1`, "point_id": `SELECT point_id FROM contact_point WHERE org_id = $1 ORDER BY point_id LIMIT 1`} {
		if err := h.app.DB.Read(t.Context(), func(q db.Q) (err error) { y.ids[place], _, err = db.Find[string](q, query, o.id); return err }); err != nil {
			t.Fatal(err)
		}
	}
	return y
}

// address is an operation's path with something that is there in every place.
func (y *yard) address(o operation) string {
	path := o.path
	for {
		from := strings.IndexByte(path, '{')
		if from < 0 {
			return path
		}
		to := from + strings.IndexByte(path[from:], '}')
		id := y.ids[path[from+1:to]]
		if id == "" {
			id = "nowhere"
		}
		path = path[:from] + id + path[to+1:]
	}
}

// usual is a value that fits a schema.
func (y *yard) usual(s map[string]any, name string, depth int) any {
	if ref, ok := s["$ref"].(string); ok {
		s = y.schemas[ref[strings.LastIndexByte(ref, '/')+1:]]
	}
	if list, ok := s["enum"].([]any); ok && len(list) > 0 {
		return list[0]
	}
	kind, _ := s["type"].(string)
	if kinds, ok := s["type"].([]any); ok && len(kinds) > 0 {
		kind, _ = kinds[0].(string)
	}
	switch kind {
	case "object":
		out := map[string]any{}
		props, _ := s["properties"].(map[string]any)
		required, _ := s["required"].([]any)
		for k, v := range props {
			if inner, ok := v.(map[string]any); ok && depth < 4 && (depth == 0 && k != "$schema" || slices.Contains(required, any(k))) {
				out[k] = y.usual(inner, k, depth+1)
			}
		}
		return out
	case "array":
		inner, _ := s["items"].(map[string]any)
		return []any{y.usual(inner, strings.TrimSuffix(name, "s"), depth+1)}
	case "integer", "number":
		return 1
	case "boolean":
		return true
	}
	switch {
	case y.ids[name] != "":
		return y.ids[name]
	case s["format"] == "date-time", strings.HasSuffix(name, "_at"), name == "until":
		return "2026-11-17T12:00:00Z"
	}
	return "Woord"
}

// nasty are values that have no business in any body, as JSON.
var nasty = []string{`null`, `true`, `-1`, `1e400`, `9223372036854775808`, `3.5`, `""`, `"\u0000"`, `"a\u0000b"`, `"\ud800"`, `"` + strings.Repeat("é", 40_000) + `"`,
	`[]`, `[null]`, `{}`, `{"a":{"b":1}}`, strings.Repeat("[", 2000) + strings.Repeat("]", 2000), `"9999-12-31T23:59:59Z"`, `"0001-01-01T00:00:00Z"`,
	`"-9999-01-01T00:00:00Z"`, `"2026-11-17T12:00:00+23:59"`, `"'; DROP TABLE promise; --"`, `"\u202e"`, `"` + "\xff\xfe" + `"`, `"2026-11-16T12:00:00.123456789Z"`}

// unreadable are bodies that are no JSON object at all.
var unreadable = []string{``, ` `, `{`, `{"a":`, `[]`, `null`, `"x"`, `1`, "\x00", "\xff", `{"a":1}{"b":2}`, `{"a":1,}`, strings.Repeat(`{"a":`, 5000), strings.Repeat("[", 100_000)}

// try sends a body and says what is wrong with the answer, if anything.
func (y *yard) try(u *user, o operation, body string) (int, error) {
	r := httptest.NewRequest(o.method, y.address(o), strings.NewReader(body))
	media := o.media
	if media == "" {
		media = "application/json"
	}
	r.Header.Set("Content-Type", media)
	r.Header.Set("If-Match", `"v1"`)
	if u.token != "" {
		r.Header.Set("Authorization", "Bearer "+u.token)
	}
	w := httptest.NewRecorder()
	y.app.Handler().ServeHTTP(w, r)
	switch {
	case w.Code == http.StatusServiceUnavailable, w.Code == http.StatusTooManyRequests:
		return w.Code, nil
	case w.Code >= 500:
		return w.Code, fmt.Errorf("%s %s: %d %s", o.method, o.path, w.Code, w.Body)
	case w.Code < 400:
		return w.Code, nil
	case !strings.HasPrefix(w.Header().Get("Content-Type"), "application/problem+json"):
		return w.Code, fmt.Errorf("%s %s: %d is no problem: %s", o.method, o.path, w.Code, w.Body)
	}
	var p struct {
		Type   string
		Status int
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		return w.Code, fmt.Errorf("%s %s: %d: %w %s", o.method, o.path, w.Code, err, w.Body)
	}
	if p.Type == "" || p.Status != w.Code {
		return w.Code, fmt.Errorf("%s %s: %d: %s", o.method, o.path, w.Code, w.Body)
	}
	if w.Body.Len() > 64<<10 {
		return w.Code, fmt.Errorf("%s %s: a problem of %d bytes", o.method, o.path, w.Body.Len())
	}
	return w.Code, nil
}

// bodies are what is tried on an operation: what cannot be read, and what can
// with one thing in it that should not be there. Few leaves most of them out,
// others for each.
func (y *yard) bodies(o operation, few bool) (list []string) {
	list = append(list, unreadable...)
	usual, ok := y.usual(o.body, "", 0).(map[string]any)
	if !ok {
		return list
	}
	n := len(o.id)
	for _, name := range slices.Sorted(maps.Keys(usual)) {
		for i, v := range nasty {
			if n++; few && i%6 != n%6 {
				continue
			}
			wrong := maps.Clone(usual)
			delete(wrong, name)
			rest, err := json.Marshal(wrong)
			if err != nil {
				continue
			}
			key, _ := json.Marshal(name)
			if string(rest) == "{}" {
				list = append(list, "{"+string(key)+":"+v+"}")
			} else {
				list = append(list, string(rest[:len(rest)-1])+","+string(key)+":"+v+"}")
			}
		}
	}
	return list
}

// Whatever is sent to an operation, the answer is what was asked for or a
// problem that says why not: never that the server failed, and never another
// answer on the other database.
func TestEveryOperationBearsEveryBody(t *testing.T) {
	few := os.Getenv("HOUVAST_TEST_LONG") == ""
	answers := map[string]map[string]int{}
	for _, postgres := range []bool{false, true} {
		name := map[bool]string{false: "sqlite", true: "postgres"}[postgres]
		t.Run(name, func(t *testing.T) {
			if postgres && os.Getenv("HOUVAST_TEST_POSTGRES") == "" {
				t.Skip("needs PostgreSQL: set HOUVAST_TEST_POSTGRES")
			}
			y := newYard(t, postgres)
			sent, by := 0, map[int]int{}
			answers[name] = map[string]int{}
			for _, o := range y.list {
				if o.body == nil {
					continue
				}
				for i, b := range y.bodies(o, few) {
					status, err := y.try(y.who[0], o, b)
					if err != nil {
						t.Errorf("%v\nto %.300q", err, b)
					}
					sent++
					by[status]++
					answers[name][fmt.Sprint(o.id, " ", i)] = status
					if i < len(unreadable) && status < 400 && o.media == "application/json" && strings.TrimSpace(b) != "" && b != "null" {
						t.Errorf("%s took %q: %d", o.id, b, status)
					}
				}
			}
			t.Logf("%d requests to %d operations: %v", sent, len(y.list), by)
			if sent < 1000 || by[http.StatusUnprocessableEntity] == 0 {
				t.Error("hardly anything was sent")
			}
		})
	}
	for what, status := range answers["postgres"] {
		if is := answers["sqlite"][what]; is != status {
			t.Errorf("%s is answered %d on SQLite and %d on PostgreSQL", what, is, status)
		}
	}
}

// FuzzBody sends any body to any operation by anybody.
func FuzzBody(f *testing.F) {
	y := newYard(f, false)
	for n, o := range y.list {
		if o.body == nil {
			continue
		}
		if b, err := json.Marshal(y.usual(o.body, "", 0)); err == nil {
			f.Add(uint(n), uint(0), string(b))
		}
	}
	for i, b := range unreadable {
		f.Add(uint(i*7), uint(i), b)
	}
	f.Fuzz(func(t *testing.T, n, who uint, body string) {
		o := y.list[n%uint(len(y.list))]
		if _, err := y.try(y.who[who%uint(len(y.who))], o, body); err != nil {
			t.Errorf("%v\nto %q", err, body)
		}
	})
}

// FuzzAddress asks for any page of any list by any values in the address.
func FuzzAddress(f *testing.F) {
	y := newYard(f, false)
	var lists []operation
	for _, o := range y.list {
		if o.method == http.MethodGet && len(o.query) > 0 {
			lists = append(lists, o)
		}
	}
	for n := range lists {
		f.Add(uint(n), "WyIyMDI2LTExLTEyIiwiY2FzXzEiXQ", "1")
		f.Add(uint(n), "\x00", "999999999999999999999")
		f.Add(uint(n), "%ff", "'")
	}
	f.Fuzz(func(t *testing.T, n uint, cursor, value string) {
		o := lists[n%uint(len(lists))]
		var b strings.Builder
		for i, name := range o.query {
			v := value
			if name == "cursor" {
				v = cursor
			}
			if i > 0 {
				b.WriteByte('&')
			}
			b.WriteString(name + "=" + escape(v))
		}
		r := httptest.NewRequest(http.MethodGet, y.address(o)+"?"+b.String(), nil)
		r.Header.Set("Authorization", "Bearer "+y.who[0].token)
		w := httptest.NewRecorder()
		y.app.Handler().ServeHTTP(w, r)
		if w.Code >= 500 && w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s?%s: %d %s", o.path, b.String(), w.Code, w.Body)
		}
	})
}

// escape writes a value into an address, every byte of it.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02x", s[i])
	}
	return b.String()
}

// FuzzToken asks with any token, as a key, a link and a session.
func FuzzToken(f *testing.F) {
	y := newYard(f, false)
	f.Add(y.who[0].token)
	f.Add("hvs_" + y.who[0].token)
	f.Add("hv_..")
	f.Add("hv_\x00.06gwy8nj81r4v2ergfv084hn1c.x")
	f.Fuzz(func(t *testing.T, token string) {
		r := httptest.NewRequest(http.MethodGet, "/api/v1/cases", nil)
		r.Header["Authorization"] = []string{"Bearer " + token}
		w := httptest.NewRecorder()
		y.app.Handler().ServeHTTP(w, r)
		if w.Code >= 500 && w.Code != http.StatusServiceUnavailable || w.Code == http.StatusOK && token != y.who[0].token {
			t.Errorf("%q is answered %d", token, w.Code)
		}
		body, err := json.Marshal(map[string]string{"token": token})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range y.list {
			if o.id == "openLink" {
				if status, err := y.try(y.who[2], o, string(body)); err != nil || status < 400 {
					t.Errorf("link %q: %d %v", token, status, err)
				}
			}
		}
	})
}
