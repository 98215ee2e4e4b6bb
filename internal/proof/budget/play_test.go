package budget

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/mail"
)

// step is one request that somebody sends: to the API with a key, or a form of
// the desk. In addresses and texts "{name}" stands for what was kept before.
type step struct {
	by    string            // one of the keys below; "" is the administrator's
	send  string            // "POST /api/v1/cases/{case}/notes"
	body  any               // a map as JSON, a text as a list of customers, form values as they are
	match string            // what was kept with the version that has to be named
	keep  map[string]string // names for what is in the answer, by the way there
	look  map[string]string // names for what these statements find
	mail  map[string]string // names for what follows a mark in the newest mail that has it
	work  bool              // let what is due in the background be done first
	link  bool              // the customer {person} gets a link about {question}: the key "customer"
}

// What bodies are made of: m and l are sent as JSON, f as a form of a page.
type (
	m = map[string]any
	l = []any
	f map[string]string
)

// Whose keys there are besides the administrator's.
const (
	byDesk     = "desk"
	byManager  = "manager"
	byHospital = "hospital" // the planning desk of another organisation
	byPartner  = "partner"  // the practice's own key for a provider
	byCustomer = "customer"
	onPages    = "pages:" // and who sits there: a form
)

// plays are what is asked of each capability that no story and no page asks,
// each on records of its own.
var plays = []struct {
	name  string
	steps []step
}{
	{"customers", customerSteps},
	{"cases", caseSteps},
	{"promises", promiseSteps},
	{"handoffs", handoffSteps},
	{"messages", messageSteps},
	{"intake", intakeSteps},
	{"organisation", orgSteps},
	{"imports", importSteps},
	{"cases at the desk", deskCaseSteps},
	{"customers at the desk", deskPeopleSteps},
	{"handoffs at the desk", deskHandoffSteps},
	{"messages at the desk", deskMessageSteps},
	{"the house at the desk", deskHouseSteps},
}

// player sends steps, and knows what was made by them.
type player struct {
	w     *world
	keys  map[string]string
	kept  map[string]string
	etags map[string]string
	// guests are browsers of people who begin here.
	guests map[string]*browser
	last   cost // of the newest request
}

// round tells the records of one run from those of the next: names are unique.
var round int

// perform plays everything, and says what was refused.
func (w *world) perform(t *testing.T) {
	t.Helper()
	p, err := w.player(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, play := range plays {
		for i, s := range play.steps {
			if err := p.do(t.Context(), s); err != nil {
				t.Errorf("%s, step %d: %v", play.name, i+1, err)
			}
		}
		if err := w.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func (w *world) player(ctx context.Context) (*player, error) {
	round++
	now := w.clock.Now()
	p := &player{w: w, keys: map[string]string{}, etags: map[string]string{}, guests: map[string]*browser{}, kept: map[string]string{"n": strconv.Itoa(round), "home": w.home,
		"soon": now.Add(26 * time.Hour).Format(time.RFC3339), "later": now.Add(75 * time.Hour).Format(time.RFC3339), "last": now.Add(123 * time.Hour).Format(time.RFC3339)}}
	var hospital string
	if err := w.DB.Read(ctx, func(q db.Q) error {
		orgs, err := org.Partners(q, "", "", 50)
		if err != nil {
			return err
		}
		for _, o := range orgs {
			switch o.Name {
			case "Ziekenhuis Hoogwolde":
				hospital = o.ID
			case "Ziekenhuis Westerdam":
				p.kept["westerdam"] = o.ID
			}
		}
		for _, of := range []string{w.home, hospital} {
			members, err := org.Active(q, of, 200)
			if err != nil {
				return err
			}
			for _, m := range members {
				first, _, _ := strings.Cut(strings.ToLower(m.Name), " ")
				p.kept[first] = m.ID
			}
		}
		p.kept["hospital"] = hospital
		p.kept["gp"], err = db.Get[string](q, `SELECT team_id FROM team WHERE org_id = $1 AND name = 'Huisartsen'`, w.home)
		return err
	}); err != nil {
		return nil, err
	}
	for key, of := range map[string][2]string{"": {w.home, "thijs"}, byDesk: {w.home, "esra"}, byManager: {w.home, "marga"}, byHospital: {hospital, "gea"}} {
		token, err := w.AdministratorKey(ctx, of[0], p.kept[of[1]])
		if err != nil {
			return nil, err
		}
		p.keys[key] = token
	}
	return p, p.do(ctx, step{send: "POST /api/v1/api-keys", body: m{"kind": "organisation", "name": "provider {n}"}, keep: m2("key:"+byPartner, "token")})
}

// m2 makes a map of names and ways.
func m2(pairs ...string) map[string]string {
	out := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

// fill puts what was kept into the places of a text.
func (p *player) fill(s string) string {
	for from := 0; ; {
		i := strings.IndexByte(s[from:], '{')
		if i < 0 {
			return s
		}
		i += from
		j := strings.IndexByte(s[i:], '}')
		if j < 0 {
			return s
		}
		v, ok := p.kept[s[i+1:i+j]]
		if !ok {
			from = i + 1
			continue
		}
		s, from = s[:i]+v+s[i+j+1:], i+len(v)
	}
}

// filled does the same with everything in a body.
func (p *player) filled(v any) any {
	switch x := v.(type) {
	case string:
		return p.fill(x)
	case l:
		out := make(l, len(x))
		for i := range x {
			out[i] = p.filled(x[i])
		}
		return out
	case m:
		out := m{}
		for k, v := range x {
			out[p.fill(k)] = p.filled(v)
		}
		return out
	}
	return v
}

func (p *player) do(ctx context.Context, s step) error {
	if s.work {
		if err := p.w.Settle(ctx); err != nil {
			return err
		}
	}
	if err := p.find(ctx, s.look); err != nil {
		return err
	}
	for name, mark := range s.mail {
		for _, m := range p.w.box.Arrived() {
			if v := between(m.Text, mark); v != "" {
				p.kept[name] = v
			}
		}
	}
	if s.link {
		if err := p.w.DB.Write(ctx, func(t *db.Tx) (err error) {
			p.kept["link"], err = p.w.auth.Links().Issue(t, p.w.home, p.kept["person"], p.kept["question"], "", time.Hour)
			return err
		}); err != nil {
			return err
		}
	}
	if s.send == "" {
		return nil
	}
	method, path, _ := strings.Cut(p.fill(s.send), " ")
	if who, ok := strings.CutPrefix(s.by, onPages); ok {
		return p.page(s, who, method, path)
	}
	kind, body := "application/json", ""
	switch x := s.body.(type) {
	case string:
		kind, body = "text/csv", p.fill(x)
	case m:
		b, err := json.Marshal(p.filled(x))
		if err != nil {
			return err
		}
		body = string(b)
	}
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", kind)
	}
	if key := p.keys[s.by]; key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	if s.match != "" {
		r.Header.Set("If-Match", p.etags[s.match])
	}
	r.Header.Set("Accept-Language", "en")
	rec := httptest.NewRecorder()
	p.last = p.w.measured(rec, r)
	if rec.Code >= 300 {
		return fmt.Errorf("%s %s: %d %s\n%.400s", method, path, rec.Code, rec.Body, body)
	}
	if len(s.keep) == 0 {
		return nil
	}
	var answer any
	if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
		return err
	}
	for name, way := range s.keep {
		v := dig(answer, strings.Split(way, "."))
		if v == "" {
			return fmt.Errorf("%s %s: no %s in %.400s", method, path, way, rec.Body)
		}
		if key, ok := strings.CutPrefix(name, "key:"); ok {
			p.keys[key] = v
			continue
		}
		p.kept[name] = v
		if etag := rec.Header().Get("ETag"); etag != "" {
			p.etags[name] = etag
		}
	}
	return nil
}

// page opens a page or sends a form, as somebody who sits at the desk.
func (p *player) page(s step, who, method, path string) error {
	b := p.w.sessions[who]
	if b == nil {
		if b = p.guests[who]; b == nil {
			b = p.w.browser()
			p.guests[who] = b
		}
	}
	var rec *httptest.ResponseRecorder
	if method == http.MethodGet {
		rec = b.get(path)
	} else {
		values := url.Values{}
		if typed, ok := s.body.(f); ok {
			for name, v := range typed {
				values.Set(p.fill(name), p.fill(v))
			}
		}
		rec = b.post(path, values)
	}
	if rec.Code >= 400 {
		return fmt.Errorf("%s sends %s %s: %d %s", who, method, path, rec.Code, said(rec.Body.String()))
	}
	for name, way := range s.keep {
		at := rec.Header().Get("Location")
		if way != "" {
			at = rec.Body.String()
		}
		v := between(at, way)
		if v == "" {
			return fmt.Errorf("%s %s: no %q in what came back: %q", method, path, way, rec.Header().Get("Location"))
		}
		p.kept[name] = v
	}
	return nil
}

// between is what follows the first place of a mark, as far as an id goes.
func between(s, mark string) string {
	if mark != "" {
		i := strings.Index(s, mark)
		if i < 0 {
			return ""
		}
		s = s[i+len(mark):]
	} else {
		s = s[strings.LastIndexByte(s, '/')+1:]
	}
	if end := strings.IndexAny(s, "\"/?#&< \r\n"); end >= 0 {
		s = s[:end]
	}
	return s
}

// said is what a page says is wrong, without the page around it.
func said(page string) string {
	var out []string
	for _, mark := range []string{"problem", "error", "notice"} {
		for rest := page; len(out) < 6; {
			i := strings.Index(rest, mark)
			if i < 0 {
				break
			}
			out = append(out, strings.Join(strings.Fields(rest[i:min(i+160, len(rest))]), " "))
			rest = rest[min(i+160, len(rest)):]
		}
	}
	return strings.Join(out, "\n  ")
}

// find keeps what statements of a test find, each with the organisation first.
func (p *player) find(ctx context.Context, look map[string]string) error {
	return p.w.DB.Read(ctx, func(q db.Q) error {
		for name, text := range look {
			v, ok, err := db.Find[string](q, p.fill(text), p.w.home)
			if err == nil && !ok {
				err = fmt.Errorf("nothing found by %s", p.fill(text))
			}
			if err != nil {
				return err
			}
			p.kept[name] = v
		}
		return nil
	})
}

// dig finds a text in an answer; in a list "*" is the first that has it.
func dig(v any, way []string) string {
	if len(way) == 0 {
		s, _ := v.(string)
		return s
	}
	switch x := v.(type) {
	case m:
		return dig(x[way[0]], way[1:])
	case l:
		if way[0] == "*" {
			for _, y := range x {
				if s := dig(y, way[1:]); s != "" {
					return s
				}
			}
			return ""
		}
		if i, err := strconv.Atoi(way[0]); err == nil && i < len(x) {
			return dig(x[i], way[1:])
		}
	}
	return ""
}

// post is mail that arrives, but for addresses of which nobody knows.
type post struct{ mail.Box }

// nobodyKnows ends the addresses for which a server takes a message and hangs
// up before it says so.
const nobodyKnows = "@hangs-up.example"

// Send implements mail.Sender.
func (b *post) Send(ctx context.Context, msg mail.Message) (mail.Receipt, error) {
	if strings.HasSuffix(msg.To.Email, nobodyKnows) {
		e := &mail.Error{Receipt: mail.Receipt{Outcome: mail.Uncertain, Stage: mail.StageAnswer, Reason: "hung-up"}}
		return e.Receipt, e
	}
	return b.Box.Send(ctx, msg)
}

// due is a promise to say something at a time.
func due(when string) m {
	return m{"what": "The result of the test", "due_at": when, "kind": "callback"}
}

// fresh makes a customer with an e-mail address and keeps them under a name.
func fresh(name, called, at string) step {
	return step{send: "POST /api/v1/people", body: m{"name": called + " {n}", "birth_date": "1961-04-05", "contact_points": l{
		m{"kind": "email", "value": name + "{n}" + at, "verified": true}, m{"kind": "phone", "value": "010 000 09 {n}" + strconv.Itoa(len(called)%10), "verified": true}}},
		keep: m2(name, "person.id", name+"-point", "contact_points.0.id")}
}

// opened opens a case about somebody and keeps it, its promise and its question.
func opened(name, person, when string) step {
	return step{send: "POST /api/v1/cases", body: m{"person_id": "{" + person + "}", "subject": "When may I come in", "channel": "phone", "said": "Asked when.", "promise": due(when)},
		keep: m2(name, "id", name+"-promise", "next_promise.id", name+"-question", "question_id")}
}
