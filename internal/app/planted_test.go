package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/mail/mailtest"
)

// plant is a bug, put straight into the store: what would be there if the
// program forgot a rule. Either a constraint refuses it, or a check names it.
type plant struct {
	invariant int
	what      string
	sql       []string
	check     string // the check that must name it; empty: the store refuses it
}

// Every invariant that is reached has a bug that is caught, and every check
// catches one: a check that never finds anything proves nothing (decision 28).
func TestPlantedBugsAreCaught(t *testing.T) {
	bases(t, func(t *testing.T, address string) {
		w := newGarden(t, address)
		caught := map[string]bool{}
		perInvariant := map[int]int{}
		for _, p := range w.plants() {
			for _, s := range p.sql {
				if strings.Contains(s, "''") {
					t.Errorf("%s: nothing to plant it in: %s", p.what, s)
				}
			}
			before := w.found(t, nil)
			after := w.found(t, p.sql)
			switch {
			case p.check == "" && !after.refused:
				t.Errorf("invariant %d: %s was accepted by the store", p.invariant, p.what)
			case p.check == "":
				perInvariant[p.invariant]++
			case after.err != nil:
				t.Errorf("%s: %v", p.what, after.err)
			case len(before.wrong[p.check]) > 0:
				t.Errorf("%q found something before %s: %v", p.check, p.what, before.wrong[p.check])
			case after.rows[p.check] == 0:
				t.Errorf("%q looked at nothing", p.check)
			case len(after.wrong[p.check]) == 0:
				t.Errorf("invariant %d: %q does not see %s", p.invariant, p.check, p.what)
			default:
				caught[p.check] = true
				perInvariant[p.invariant]++
			}
		}
		for _, c := range w.app.Checks() {
			if !caught[c.Name] {
				t.Errorf("no bug is planted for %q", c.Name)
			}
			if caught[c.Name] && perInvariant[c.Invariant] == 0 {
				t.Errorf("the bug for %q is said to be one of another invariant than %d", c.Name, c.Invariant)
			}
		}
		for n, enforced := range enforcedInvariants(t) {
			switch {
			case enforced && perInvariant[n] == 0:
				t.Errorf("docs/invariants.md tells what enforces invariant %d, and no bug of it is planted", n)
			case !enforced && perInvariant[n] > 0:
				t.Errorf("a bug of invariant %d is caught, and docs/invariants.md does not tell by what", n)
			}
		}
		t.Log("bugs caught by invariant:", perInvariant)
		w.record(t)
	})
}

var invariantTitle = regexp.MustCompile(`(?m)^## (\d+) .*$`)

// enforcedInvariants are the ten of docs/invariants.md: whether the page tells
// of anything that enforces them, or only that they are not reached yet.
func enforcedInvariants(t *testing.T) map[int]bool {
	t.Helper()
	b, err := os.ReadFile("../../docs/invariants.md")
	if err != nil {
		t.Fatal(err)
	}
	page, out := string(b), map[int]bool{}
	found := invariantTitle.FindAllStringSubmatchIndex(page, -1)
	for i, m := range found {
		end := len(page)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		n, err := strconv.Atoi(page[m[2]:m[3]])
		if err != nil {
			t.Fatal(err)
		}
		part := page[m[1]:end]
		out[n] = strings.Contains(part, "\n- Constraint: ") || strings.Contains(part, "\n- Service: ") || strings.Contains(part, "\n- Check: ") || strings.Contains(part, "\n- Checks: ")
		if !out[n] && !strings.Contains(part, "\n- Not reached: ") {
			t.Errorf("docs/invariants.md says nothing of invariant %d", n)
		}
	}
	for n := 1; n <= 10; n++ {
		if _, there := out[n]; !there {
			t.Errorf("docs/invariants.md has no invariant %d", n)
		}
	}
	return out
}

// garden is a house in which a bit of everything happened.
type garden struct {
	app  *App
	site *httptest.Server
	sim  *clock.Sim
	a, b *tenant

	broken, kept, moved, closedCase, silentCase, handedOver, offeredCase string
	offer, declined, referral, accepted                                  string
	joined, urgent, called                                               string
	series                                                               string
}

func newGarden(t *testing.T, address string) *garden {
	t.Helper()
	w := &garden{sim: clock.NewSim(kittest.Start)}
	var err error
	w.app, err = Open(context.Background(), Options{Config: settings(t, environ(address)), Clock: w.sim, Log: kittest.Log(t),
		Mail: &mailtest.Recorder{}, Confirms: true})
	if err != nil {
		t.Fatal(err)
	}
	w.site = httptest.NewServer(w.app.Handler())
	t.Cleanup(func() {
		w.site.Close()
		if err := w.app.Close(); err != nil {
			t.Error(err)
		}
	})
	w.a, w.b = newTenant(t, w.app, "Linde", org.Practice), newTenant(t, w.app, "Oost", org.Hospital)
	w.grow(t)
	return w
}

func (w *garden) do(t *testing.T, x *tenant, path string, body map[string]any) map[string]any {
	t.Helper()
	c := client{http: w.site.Client(), base: w.site.URL + "/api/v1"}
	a, err := c.call(context.Background(), http.MethodPost, path, x.Keys["administrator"], "", body)
	var got map[string]any
	if err != nil || !a.ok() || a.into(&got) != nil {
		t.Fatalf("POST %s: %v %d %s", path, err, a.Status, a.Body)
	}
	return got
}

func (w *garden) promise(in time.Duration) map[string]any {
	return map[string]any{"what": "De uitslag", "due_at": w.sim.Now().Add(in).Format(time.RFC3339Nano)}
}

// open opens a case and gives its id and that of its promise.
func (w *garden) open(t *testing.T, x *tenant, in time.Duration) (id, promise string) {
	t.Helper()
	got := w.do(t, x, "/cases", map[string]any{"person_id": x.People[0], "subject": "Wanneer?", "channel": "phone", "promise": w.promise(in)})
	id, _ = got["id"].(string)
	return id, w.one(t, `SELECT promise_id FROM promise WHERE case_id = $1`, id)
}

func (w *garden) one(t *testing.T, text string, args ...any) (s string) {
	t.Helper()
	if err := w.app.DB.Read(context.Background(), func(q db.Q) (err error) { s, _, err = db.Find[string](q, text, args...); return err }); err != nil {
		t.Fatal(err)
	}
	return s
}

// until lets time pass, everything at its own moment.
func (w *garden) until(t *testing.T, at time.Time) {
	t.Helper()
	ctx := context.Background()
	for {
		if err := w.app.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		next, err := w.app.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if next.IsZero() || next.After(at) {
			w.sim.Set(at)
			if err := w.app.Settle(ctx); err != nil {
				t.Fatal(err)
			}
			return
		}
		w.sim.Set(next)
	}
}

func (w *garden) grow(t *testing.T) {
	t.Helper()
	w.silentCase, _ = w.open(t, w.a, 3*time.Hour)
	w.do(t, w.a, "/cases/"+w.silentCase+"/ask-close", map[string]any{})
	w.do(t, w.a, "/promises/"+w.one(t, `SELECT promise_id FROM promise WHERE case_id = $1 AND kind <> 'closing'`, w.silentCase)+"/keep", map[string]any{"spoken": true})
	w.until(t, w.sim.Now().Add(10*24*time.Hour))

	next := map[string]any{"promise": w.promise(72 * time.Hour)}
	_, p := w.open(t, w.a, 3*time.Hour)
	w.do(t, w.a, "/promises/"+p+"/keep", map[string]any{"spoken": true, "next": next})
	w.kept = p
	_, p = w.open(t, w.a, 3*time.Hour)
	w.do(t, w.a, "/promises/"+p+"/renegotiate", map[string]any{"due_at": w.sim.Now().Add(50 * time.Hour).Format(time.RFC3339Nano), "spoken": true})
	w.moved = p
	w.closedCase, _ = w.open(t, w.a, 3*time.Hour)
	w.until(t, w.sim.Now().Add(time.Minute))
	w.do(t, w.a, "/cases/"+w.closedCase+"/close", map[string]any{"reason": "agreed", "said": "Het is opgelost"})

	w.offeredCase, _ = w.open(t, w.a, 70*time.Hour)
	refused, _ := w.open(t, w.a, 70*time.Hour)
	got := w.do(t, w.a, "/handoffs", map[string]any{"case_id": refused, "to": w.a.Members["specialist"].ID})
	w.declined, _ = got["id"].(string)
	w.do(t, w.a, "/handoffs/"+w.declined+"/decline", map[string]any{"reason": "not-mine", "explanation": "Dit hoort bij de balie", "next_step": "sender-keeps"})
	sent, _ := w.open(t, w.a, 70*time.Hour)
	refer := func(id string) string {
		r := w.do(t, w.a, "/referrals", map[string]any{"case_id": id, "to_organisation_id": w.b.Org, "consent": true})
		s, _ := r["id"].(string)
		w.until(t, w.sim.Now().Add(time.Second))
		return s
	}
	w.referral = refer(sent)
	w.handedOver, _ = w.open(t, w.a, 70*time.Hour)
	w.accepted = refer(w.handedOver)
	w.do(t, w.b, "/referrals/"+w.accepted+"/accept", map[string]any{"promise": w.promise(70 * time.Hour), "without_documents": true, "why": "Dit kan zonder"})
	_, w.broken = w.open(t, w.a, time.Hour)
	got = w.do(t, w.a, "/handoffs", map[string]any{"case_id": w.offeredCase, "to": w.a.Members["specialist"].ID})
	w.offer, _ = got["id"].(string)
	w.ask(t)
	w.until(t, w.sim.Now().Add(time.Hour+time.Second))
}

// ask lets people call, wait, and ask the same twice.
func (w *garden) ask(t *testing.T) {
	t.Helper()
	got := w.do(t, w.a, "/calls", map[string]any{"caller": map[string]any{"person_id": w.a.People[0]}, "subject": "Zijn jullie open?", "end": "helped", "answer": "Ja"})
	w.called = caseIn(got)
	got = w.do(t, w.a, "/calls/urgent", map[string]any{"caller": map[string]any{"person_id": w.a.People[1]}, "subject": "Pijn op de borst"})
	w.urgent = caseIn(got)
	w.do(t, w.a, "/cases/"+w.offeredCase+"/waiting", map[string]any{"kind": "other", "whom": "Het laboratorium", "what": "De uitslag",
		"until": w.sim.Now().Add(50 * time.Hour).Format(time.RFC3339), "spoken": true})
	w.joined, _ = w.open(t, w.a, 60*time.Hour)
	into, _ := w.open(t, w.a, 70*time.Hour)
	w.do(t, w.a, "/cases/"+w.joined+"/merge", map[string]any{"into_case_id": into})
	inSteps, _ := w.open(t, w.a, 60*time.Hour)
	got = w.do(t, w.a, "/cases/"+inSteps+"/series", map[string]any{"first": w.promise(50 * time.Hour),
		"steps": []map[string]any{{"what": "Bellen hoe het gaat", "after_days": 2}, {"what": "Het besluit", "after_days": 3}}})
	w.series, _ = got["id"].(string)
	first, _ := got["now"].(map[string]any)
	w.do(t, w.a, "/promises/"+fmt.Sprint(first["id"])+"/keep", map[string]any{"spoken": true})
	w.do(t, w.a, "/people/"+w.a.People[3]+"/merge", map[string]any{"into_person_id": w.a.People[2], "asked": true})
}

func caseIn(got map[string]any) string {
	c, _ := got["case"].(map[string]any)
	id, _ := c["id"].(string)
	return id
}

// findings are what the checks say of a store.
type findings struct {
	rows    map[string]int64
	wrong   map[string][]string
	refused bool
	err     error
}

var errUndo = errors.New("undo")

// found plants a bug, runs every check, and takes the bug out again.
func (w *garden) found(t *testing.T, sql []string) (f findings) {
	t.Helper()
	f = findings{rows: map[string]int64{}, wrong: map[string][]string{}}
	err := w.app.DB.Write(context.Background(), func(tx *db.Tx) error {
		for _, s := range sql {
			n, err := tx.Exec(s)
			if err != nil {
				return err
			}
			if n == 0 {
				return fmt.Errorf("nothing to plant it in: %s", s)
			}
		}
		for _, c := range w.app.Checks() {
			n, wrong, err := c.Run(tx)
			if err != nil {
				return fmt.Errorf("%s: %w", c.Name, err)
			}
			f.rows[c.Name], f.wrong[c.Name] = n, wrong
		}
		return errUndo
	})
	if errors.Is(err, errUndo) {
		return f
	}
	f.err = err
	var v *db.Violation
	f.refused = errors.As(err, &v)
	return f
}

func (w *garden) plants() []plant {
	at := func(column, table, id string) string {
		return fmt.Sprintf(`UPDATE %s SET %%s WHERE %s = '%s'`, table, column, id)
	}
	promise := func(id, set string) string { return fmt.Sprintf(at("promise_id", "promise", id), set) }
	case_ := func(id, set string) string { return fmt.Sprintf(at("case_id", "case_file", id), set) }
	closed := func(reason string) string {
		return `closed_at = 1900000000000, close_reason = '` + reason + `', open_promises = 0, next_due = NULL`
	}
	specialist, admin := w.a.Members["specialist"].ID, w.a.Members["administrator"].ID
	gone := func(member string) string { return `UPDATE member SET active = 0 WHERE member_id = '` + member + `'` }
	list := func(state, confirmed string) string {
		return `INSERT INTO customer_import (org_id, import_id, state, form, file_name, bytes, head, columns, choices, tally, row_count, at_row,
			by_member, created_at, touched_at, version, confirmed_by, confirmed_at)
			VALUES ('` + w.a.Org + `', 'imp_planted', '` + state + `', 'csv', 'lijst.csv', 1, 1, '[]', '{}', '{}', 1, 1, '` + admin + `', 1, 1, 1, ` + confirmed + `)`
	}
	row := func(who string) string {
		return `INSERT INTO customer_import_row (org_id, import_id, row_no, cells, class, outcome, person_id)
			VALUES ('` + w.a.Org + `', 'imp_planted', 2, '[]', 'new', 'added', '` + who + `')`
	}
	emergency := func(answer string) string {
		return `INSERT INTO emergency (org_id, emergency_id, person_id, member_id, why, opened_at, until_at, answer, answered_by, answered_at, version)
			VALUES ('` + w.a.Org + `', 'emg_planted', '` + w.a.People[0] + `', '` + specialist + `', 'x', 1, 2, ` + answer + `, 1)`
	}
	return []plant{
		{1, "a case without an owner", []string{case_(w.offeredCase, `owner_id = NULL`)}, ""},
		{1, "an owner who is nobody", []string{case_(w.offeredCase, `owner_id = 'mem_nobody'`)}, ""},
		{1, "an owner who left", []string{gone(admin)}, "an open case has one owner, who works here"},
		{1, "a case reassigned behind the back", []string{case_(w.offeredCase, `owner_id = '`+specialist+`'`)}, "the owner changed only by an accepted handoff"},
		{1, "a signal for somebody who left", []string{gone(admin), `UPDATE member SET active = 0 WHERE org_id = '` + w.a.Org + `'`}, "an open signal has somebody who works here"},
		{1, "an urgent signal that is forgotten", []string{`UPDATE signal SET level = 3, taken_at = NULL, taken_by = NULL, look_at = 1 WHERE cleared_at IS NULL`}, "an urgent signal that nobody took goes on in time"},
		{1, "duty that nobody has", []string{gone(w.a.Members["desk"].ID)}, "a team has an active duty holder"},
		{1, "an organisation without an administrator", []string{gone(admin)}, "an organisation has an active administrator"},
		{1, "a case handed over to nobody", []string{case_(w.offeredCase, closed("handed-over"))}, "a question is handed over only to somebody who accepted it"},
		{1, "a promise left with somebody who is away", []string{`INSERT INTO absence (org_id, absence_id, member_id, kind, from_at, all_cases, state, made_by, made_at, arranged_at)
			SELECT org_id, 'abs_planted', keeper_id, 'ill', 1, 1, 'arranged', 'x', 1, 9007199254740990 FROM promise
			WHERE state = 'open' AND kind NOT IN ('closing', 'duty') AND moving_to IS NULL AND case_id = '` + w.offeredCase + `' ORDER BY promise_id LIMIT 1`},
			"what falls due while somebody is away is with who stands in, or somebody was told"},
		{1, "an urgent call that fetched nobody", []string{`DELETE FROM signal WHERE kind = 'urgent.call' AND case_id = '` + w.urgent + `'`}, "an urgent call fetched somebody"},
		{2, "an open case that counts no promise", []string{case_(w.offeredCase, `open_promises = 0`)}, ""},
		{2, "a promise without a time", []string{promise(w.broken, `due_at = NULL`)}, ""},
		{2, "the last promise ended without another", []string{`UPDATE promise SET state = 'withdrawn', ended_at = made_at, ended_by = 'x', look_at = NULL
			WHERE state = 'open' AND case_id = '` + w.offeredCase + `'`}, "an open case has an open promise with a clock time"},
		{2, "a promise that is gone", []string{`DELETE FROM delivery WHERE case_id = '` + w.offeredCase + `'`, `DELETE FROM promise WHERE case_id = '` + w.offeredCase + `'`},
			"an open case has an open promise with a clock time"},
		{2, "waiting without a promise for that moment", []string{`UPDATE waiting SET until_at = until_at + 1 WHERE case_id = '` + w.offeredCase + `'`},
			"a case that waits for somebody has a date, and a promise for it"},
		{2, "a series that waits for nothing", []string{`UPDATE promise SET series_id = NULL WHERE step = 2 AND series_id = '` + w.series + `'`},
			"a series that goes on has its present step promised"},
		{3, "a step of a series passed over", []string{`UPDATE promise SET series_id = NULL WHERE step = 1 AND series_id = '` + w.series + `'`},
			"a series passed over no step"},
		{3, "a twenty-first step", []string{`UPDATE series_step SET position = 21 WHERE series_id = '` + w.series + `' AND position = 3`}, ""},
		{3, "a step without a time", []string{`UPDATE series_step SET after_n = 0, after_unit = NULL WHERE series_id = '` + w.series + `'`}, ""},
		{3, "a promise moved silently", []string{`UPDATE promise SET due_at = due_at + 3600000 WHERE state = 'open' AND case_id = '` + w.offeredCase + `'`}, "a promise ends once and is never edited"},
		{3, "an end that was forgotten", []string{promise(w.kept, `state = 'open', ended_at = NULL, look_at = 1`)}, "a promise ends once and is never edited"},
		{3, "a promise both open and ended", []string{promise(w.kept, `state = 'open'`)}, ""},
		{3, "a promise into the past", []string{promise(w.kept, `due_at = made_at`)}, ""},
		{3, "late, and called kept", []string{promise(w.kept, `ended_at = due_at + 1`)}, "a kept promise was kept within its window"},
		{3, "early, and called kept", []string{promise(w.kept, `from_at = ended_at + 1`)}, "a kept promise was kept within its window"},
		{3, "moved without telling", []string{`UPDATE promise SET told = 'sent', told_at = NULL WHERE predecessor = '` + w.moved + `'`}, "a moved promise was told before the old one fell due"},
		{3, "moved to nothing", []string{promise(w.moved, `successor = NULL`)}, ""},
		{3, "broken, and nothing followed", []string{promise(w.broken, `successor = NULL`)}, "what broke was told, and has a successor or an end"},
		{3, "broken, and nobody told", []string{`UPDATE promise SET message_id = NULL WHERE promise_id = (SELECT successor FROM promise WHERE promise_id = '` + w.broken + `')`}, "what broke was told, and has a successor or an end"},
		{3, "a question joined, and its promise lost", []string{`UPDATE promise SET successor = NULL WHERE kind <> 'closing' AND case_id = '` + w.joined + `'`},
			"a question that was joined with another keeps every promise there"},
		{3, "asked, and forgotten", []string{`UPDATE delivery SET waits = 1 WHERE ended_at IS NULL AND case_id = '` + w.offeredCase + `'`},
			"what was asked has an open promise, waits for one, or has an end"},
		{3, "delivered by a promise that is still open", []string{`UPDATE delivery SET ended_at = asked_at, work_ms = 0, delivered = 1 WHERE ended_at IS NULL AND case_id = '` + w.offeredCase + `'`},
			"what was asked has an open promise, waits for one, or has an end"},
		{3, "delivered, and not ended", []string{`UPDATE delivery SET delivered = 1 WHERE ended_at IS NULL AND case_id = '` + w.offeredCase + `'`}, ""},
		{4, "the sender let go before anybody accepted", []string{case_(w.offeredCase, closed("withdrawn"))}, "a handoff drops nobody: what is offered has an open case with an owner"},
		{4, "offered to somebody who left", []string{gone(specialist)}, "what waits for an answer waits for somebody who works here"},
		{4, "accepted, and no case came of it", []string{`UPDATE referral SET question_id = 'qst_other' WHERE referral_id = '` + w.accepted + `' AND direction = 'in'`}, "an accepted referral has a case at the receiver"},
		{4, "declined without a next step", []string{`UPDATE handoff SET next_step = 'none' WHERE handoff_id = '` + w.declined + `'`}, "a declined offer has a reason and a next step, and ended no case"},
		{4, "a referral on nobody's desk", []string{`DELETE FROM referral WHERE referral_id = '` + w.referral + `' AND direction = 'in'`}, "every open referral of a sender is on somebody's desk"},
		{4, "two who stand in for each other", []string{`UPDATE member SET deputy_id = '` + specialist + `', deputy_agreed = 1 WHERE member_id = '` + admin + `'`,
			`UPDATE member SET deputy_id = '` + admin + `', deputy_agreed = 1 WHERE member_id = '` + specialist + `'`}, "nobody stands in for themselves"},
		{5, "a customer sent to where nobody knows them", []string{`INSERT INTO fact (org_id, id, at, kind, actor_kind, actor_id, data)
			VALUES ('` + w.a.Org + `', 'fct_planted', 1, 'customer.sent-elsewhere', 'staff', '` + admin + `', '{"accepted":false,"to":"` + w.b.Org + `"}')`}, "nobody is sent elsewhere before somebody there accepted"},
		{8, "the same said twice", []string{w.copyOf("delivered", "delivered")}, ""},
		{8, "the same waiting twice", []string{w.copyOf("delivered", "queued"), strings.Replace(strings.Replace(w.copyOf("delivered", "queued"), "msg_planted", "msg_planted2", 1), "turn + 50", "turn + 51", 1)}, "nothing is said twice"},
		{8, "a message that waits for nothing", []string{w.copyOf("delivered", "queued")}, "no message is stuck on its way"},
		{8, "a message that failed, and nobody knows", []string{w.copyOf("delivered", "failed"), `UPDATE message SET turn = 1000, intent = 'planted' WHERE message_id = 'msg_planted'`}, "what failed or is uncertain has somebody who knows"},
		{8, "ways to reach a customer without an order", []string{`UPDATE contact_point SET rank = 9 WHERE person_id = '` + w.a.People[0] + `'`}, "contact points have an order of preference"},
		{8, "an import that says it added somebody who is not there", []string{list("done", `'`+admin+`', 1`), row("pers_nobody")}, "whoever an import says it added is there"},
		{9, "words of a note that was taken back", []string{`INSERT INTO note (org_id, note_id, case_id, writer_id, written_at, fact_id, taken_back_at)
			SELECT b.org_id, 'not_planted', '` + w.offeredCase + `', '` + admin + `', 1, b.fact_id, 2 FROM fact_body b WHERE b.org_id = '` + w.a.Org + `' ORDER BY b.fact_id LIMIT 1`},
			"a note that was taken back has no words any more"},
		{9, "a list that was carried out before anybody confirmed it", []string{list("checked", `NULL, NULL`), row(w.a.People[0])}, "no list changed anything before it was confirmed"},
		{9, "an emergency nobody was told of", []string{emergency(`NULL, NULL, NULL`)}, "who leads was told of every emergency"},
		{9, "an emergency that somebody judged for themselves", []string{emergency(`'right', '` + specialist + `', 2`)}, ""},
		{9, "figures that count too many", []string{`UPDATE insight_day SET n = n + 1 WHERE org_id = '` + w.a.Org + `'`}, "figures equal the cases behind them"},
		{9, "a customer merged by nobody", []string{`UPDATE person_merge SET undone_at = merged_at, undone_by = merged_by WHERE person_id = '` + w.a.People[3] + `'`},
			"who was merged is one with somebody who is used"},
		{9, "a customer nobody finds", []string{`DELETE FROM person_term WHERE person_id = '` + w.a.People[0] + `'`}, "every customer can be found"},
		{9, "a question nobody finds", []string{`DELETE FROM case_term WHERE number = (SELECT number FROM case_file WHERE case_id = '` + w.offeredCase + `')
			AND org_id = '` + w.a.Org + `'`}, "every question is found by the words of its subject, and by no others"},
		{9, "words that outlived their question", []string{`INSERT INTO case_term (org_id, term, number) VALUES ('` + w.a.Org + `', 'planted', 999999)`},
			"every question is found by the words of its subject, and by no others"},
		{10, "agreed by nobody", []string{`UPDATE contact_moment SET at = at - 1 WHERE case_id = '` + w.closedCase + `'`}, "closed means the customer agrees"},
		{10, "a call agreed by somebody else", []string{`UPDATE contact_moment SET person_id = '` + w.a.People[1] + `' WHERE direction = 'in' AND case_id = '` + w.called + `'`},
			"only who may speak for a customer agreed in a call"},
		{10, "silence of somebody who was not told", []string{`UPDATE promise SET told = 'sent', told_at = NULL WHERE kind = 'closing' AND case_id = '` + w.silentCase + `'`}, "closed means the customer agrees"},
		{10, "closed without a reason", []string{case_(w.offeredCase, `closed_at = 1900000000000, open_promises = 0, next_due = NULL`)}, ""},
	}
}

// copyOf makes another message of one intent, in a state.
func (w *garden) copyOf(from, to string) string {
	return `INSERT INTO message (org_id, message_id, intent, turn, person_id, point_id, channel, skipped, template, language, params, subject, body, state, code,
			attempts, member_id, created_at, accepted_at, delivered_at)
		SELECT org_id, 'msg_planted', intent, turn + 50, person_id, point_id, channel, skipped, template, language, params, subject, body, '` + to + `', 'planted',
			1, member_id, created_at, accepted_at, delivered_at FROM message WHERE state = '` + from + `' AND channel = 'email' AND org_id = '` + w.a.Org + `' ORDER BY message_id LIMIT 1`
}

// record plants bugs in the record itself, which the chain catches.
func (w *garden) record(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	verify := func() (bad []string) {
		t.Helper()
		reports, err := ledger.Verify(ctx, w.app.DB, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range reports {
			if r.Bad != nil {
				bad = append(bad, r.Org)
			}
		}
		return bad
	}
	if bad := verify(); len(bad) > 0 {
		t.Fatal("the record is bad before anything was planted:", bad)
	}
	if err := w.app.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE fact SET actor_id = 'mem_somebody-else' WHERE org_id = $1 AND kind = 'promise.broken'`, w.a.Org)
		if n == 0 {
			t.Error("nothing to forge")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if bad := verify(); !slices.Equal(bad, []string{w.a.Org}) {
		t.Error("a forged entry was not noticed:", bad)
	}
}
