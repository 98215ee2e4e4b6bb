package casefile_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/care/template"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
)

func onDesks(t *testing.T, run func(t *testing.T, k *desk)) {
	kittest.Databases(t, tables, func(t *testing.T, d *kittest.DB) { run(t, newDesk(t, d, "en")) })
}

// has expects texts on a page.
func has(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if !strings.Contains(page, s) {
			t.Errorf("the page does not say %q", s)
		}
	}
}

func TestDeskOpensAQuestion(t *testing.T) {
	onDesks(t, func(t *testing.T, k *desk) {
		typed := []string{"name", "Sanne de Wit", "born", "2-3-1990", "phone", "06 12345679", "channel", "phone", "owner", k.Team.ID,
			"what", "which hospital tests Mila", "kind", "callback", "by", "other", "told", "spoken", "do", "save"}
		status, _, page := k.post(t, "/desk/cases/new", append(typed, "subject", "", "by_text", "as soon as possible")...)
		if status != http.StatusUnprocessableEntity {
			t.Errorf("vague and without a question: status %d", status)
		}
		has(t, page, `id="errsum"`, `href="#subject"`, `href="#by_text"`, "is not a time", "Fri 13 Nov 17:00", `value="Sanne de Wit"`, `value="as soon as possible"`)
		status, _, page = k.post(t, "/desk/cases/new", append(typed, "subject", "Who makes the appointment?", "by_text", "Sunday 11:00")...)
		if status != http.StatusUnprocessableEntity {
			t.Errorf("outside opening hours: status %d", status)
		}
		has(t, page, "Nobody is there at that time", `value="Who makes the appointment?"`)
		status, to, page := k.post(t, "/desk/cases/new", append(typed, "subject", "Who makes the appointment?", "by_text", "tomorrow 11:00")...)
		if status != http.StatusSeeOther || to != "/desk/cases/H-1-B" {
			t.Fatalf("status %d to %q: %s", status, to, page)
		}
		status, page = k.get(t, to)
		if status != http.StatusOK {
			t.Fatalf("the case: status %d", status)
		}
		has(t, page, "Who makes the appointment?", "Phone Sanne de Wit: which hospital tests Mila", "36 years old", "06 12345679", "<b>Dee de Boer</b> has this question", "Balie")
		if len(k.Door.seen) == 0 {
			t.Error("nobody noted who saw the case")
		}
		k.Sound()
	})
}

func TestDeskRefusesAnUnknownCustomerAndAnothersCase(t *testing.T) {
	onDesks(t, func(t *testing.T, k *desk) {
		c, _ := k.open(t, "Anna's question", "the answer", time.Hour)
		if status, _ := k.get(t, "/desk/cases/new?person=per_06gwy8nj81sg717ykmbmebyrz8"); status != http.StatusNotFound {
			t.Errorf("an unknown customer: status %d", status)
		}
		other := orgtest.Named(t, k.DB, "Another practice", org.Practice)
		k.Door.who = orgtest.As(other.Desk)
		for _, path := range []string{"/desk/cases/" + c.ID, "/desk/cases/" + c.ID + "/promises/" + k.All(c.ID)[0].ID + "/keep"} {
			if status, _ := k.get(t, path); status != http.StatusNotFound {
				t.Errorf("%s of another organisation: status %d", path, status)
			}
		}
		if status, _, _ := k.post(t, "/desk/cases/"+c.ID+"/contacts", "direction", "in", "channel", "phone", "said", "hello"); status != http.StatusNotFound {
			t.Errorf("a contact in another organisation's case: status %d", status)
		}
	})
}

func TestDeskKeepsThePromise(t *testing.T) {
	onDesks(t, func(t *testing.T, k *desk) {
		c, p := k.open(t, "Is it ready?", "when it is ready", 3*time.Hour)
		path := "/desk/cases/" + c.Ref() + "/promises/" + p.ID
		v := strconv.Itoa(p.Version)

		// The last promise needs a next step; what was typed stays.
		status, _, page := k.post(t, path+"/keep", "version", v, "how", "spoken", "note", "It is ready", "next", "promise")
		if status != http.StatusUnprocessableEntity {
			t.Errorf("without a next promise: status %d", status)
		}
		has(t, page, "It is ready", `href="#what"`, `href="#by_text"`)
		status, _, page = k.post(t, path+"/keep", "version", v, "how", "", "note", "It is ready", "next", "agreed")
		if status != http.StatusUnprocessableEntity {
			t.Errorf("without how: status %d", status)
		}
		has(t, page, `href="#how"`, "Say how the customer hears it.")

		// Somebody else changed it: explained, kept, and accepted the second time.
		status, _, page = k.post(t, path+"/keep", "version", "7", "how", "spoken", "note", "It is ready", "next", "agreed")
		if status != http.StatusPreconditionFailed {
			t.Errorf("a stale version: status %d", status)
		}
		has(t, page, "Somebody else changed this while you were looking: "+k.Desk.Name+", ", "It is ready", `name="version" value="`+v+`"`)

		status, to, _ := k.post(t, path+"/keep", "version", v, "how", "spoken", "note", "It is ready", "next", "promise",
			"what", "whether it helps", "kind", "callback", "by", "other", "by_text", "tomorrow 10:00", "told", "spoken")
		if status != http.StatusSeeOther || to != "/desk/cases/"+c.Ref() {
			t.Fatalf("kept: status %d to %q", status, to)
		}
		if toast := k.Door.kept["toast"]; !strings.Contains(toast, "/undo") {
			t.Errorf("no undo is offered: %q", toast)
		}
		// The second click of two finds that it has ended.
		if status, to, _ = k.post(t, path+"/keep", "version", v, "how", "spoken", "note", "It is ready", "next", "agreed"); status != http.StatusConflict || to != "" {
			t.Errorf("kept twice: status %d to %q", status, to)
		}
		all := k.All(c.ID)
		if len(all) != 2 || all[0].State != promise.Kept || all[1].State != promise.Open {
			t.Fatalf("promises after keeping: %+v", all)
		}

		if status, _, _ = k.post(t, path+"/undo"); status != http.StatusSeeOther {
			t.Errorf("undo within a minute: status %d", status)
		}
		if got := k.Promise(p.ID).State; got != promise.Open {
			t.Errorf("after undo it is %s", got)
		}
		if status, _, _ = k.post(t, path+"/keep", "version", strconv.Itoa(k.Promise(p.ID).Version), "how", "done"); status != http.StatusSeeOther {
			t.Errorf("kept again, with another promise open: status %d", status)
		}
		k.DB.Clock.Advance(2 * time.Minute)
		if status, _, page = k.post(t, path+"/undo"); status != http.StatusConflict {
			t.Errorf("undo after two minutes: status %d", status)
		}
		has(t, page, "can no longer be undone")
		k.Sound()
	})
}

func TestDeskMovesAndWithdraws(t *testing.T) {
	onDesks(t, func(t *testing.T, k *desk) {
		c, p := k.open(t, "When is it?", "the day", 3*time.Hour)
		path := "/desk/cases/" + c.Ref() + "/promises/" + p.ID
		v := strconv.Itoa(p.Version)
		status, _, page := k.post(t, path+"/move", "version", v, "by", "other", "by_text", "soon", "told", "spoken", "what", "the day and the hour")
		if status != http.StatusUnprocessableEntity {
			t.Errorf("moved to no time: status %d", status)
		}
		has(t, page, `value="soon"`, `value="the day and the hour"`)
		status, _, page = k.post(t, path+"/move", "version", v, "by", "other", "by_text", "tomorrow 16:00", "told", "message", "what", "the day", "do", "preview")
		if status != http.StatusOK || len(k.All(c.ID)) != 1 {
			t.Errorf("a preview: status %d, %d promises", status, len(k.All(c.ID)))
		}
		has(t, page, `class="preview"`, "morgen om 16:00")
		if status, _, _ = k.post(t, path+"/move", "version", v, "by", "other", "by_text", "tomorrow 16:00", "told", "spoken", "by_customer", "1"); status != http.StatusSeeOther {
			t.Fatalf("moved: status %d", status)
		}
		all := k.All(c.ID)
		if len(all) != 2 || all[0].State != promise.Renegotiated || !all[1].Due.Equal(k.Local(1, 16, 0)) {
			t.Fatalf("promises after moving: %+v", all)
		}
		path = "/desk/cases/" + c.Ref() + "/promises/" + all[1].ID
		v = strconv.Itoa(all[1].Version)
		if status, _, _ = k.post(t, path+"/withdraw", "version", v, "next", "withdrawn"); status != http.StatusUnprocessableEntity {
			t.Errorf("withdrawn without a reason: status %d", status)
		}
		if status, _, _ = k.post(t, path+"/withdraw", "version", v, "why", "She found it herself", "next", "withdrawn"); status != http.StatusSeeOther {
			t.Errorf("withdrawn: status %d", status)
		}
		if got := k.Case(c.ID); !got.Closed() || got.CloseReason != casefile.Withdrawn {
			t.Errorf("the case after its last promise was withdrawn: %+v", got)
		}
		_, page = k.get(t, "/desk/cases/"+c.Ref())
		has(t, page, "Open again", "The customer no longer needs it")
		status, _, page = k.post(t, "/desk/cases/"+c.Ref()+"/reopen", "why", "", "what", "", "by", "other")
		if status != http.StatusUnprocessableEntity {
			t.Errorf("reopened with nothing: status %d", status)
		}
		has(t, page, `href="#what"`)
		if status, _, _ = k.post(t, "/desk/cases/"+c.Ref()+"/reopen", "why", "She still has a question", "what", "the answer", "by", "other", "by_text", "tomorrow 12:00", "told", "spoken"); status != http.StatusSeeOther {
			t.Errorf("reopened: status %d", status)
		}
		k.Sound()
	})
}

// ownTexts are an organisation with one text of its own.
type ownTexts struct{}

func (ownTexts) Names(db.Q, string) ([]casefile.Text, error) {
	return []casefile.Text{{ID: "tpl_ready", Name: "It is ready"}}, nil
}
func (ownTexts) FillText(_ context.Context, _ actor.Actor, _, id string) (string, error) {
	if id != "tpl_ready" {
		return "", errs.New(errs.NotFound, "template-not-found")
	}
	return "Beste Anna, u hoort het vóór [tijd].", nil
}
func (ownTexts) Plain(_ lang.Printer, text, _ string) []string {
	return []string{strconv.Itoa(len(text)) + " letters"}
}
func (ownTexts) Unfilled(text string) []string { return template.Unfilled(text) }

// fills begins a text of a form with a template: below what was typed, which
// stays, and nothing is done; with a field that is open it is not sent.
func fills(t *testing.T, k *desk, path, field string, typed ...string) {
	t.Helper()
	_, page := k.get(t, strings.TrimSuffix(strings.TrimSuffix(path, "/contacts"), "/close"))
	has(t, page, `value="tpl_ready"`, `value="fill"`)
	status, _, page := k.post(t, path, append(typed, field, "Dag Anna,", "template", "tpl_ready", "do", "fill")...)
	if status != http.StatusOK {
		t.Errorf("%s: filled in: status %d", path, status)
	}
	has(t, page, "Dag Anna,\n\nBeste Anna, u hoort het vóór [tijd].", "letters</li>", `lang="nl"`, "autofocus")
	for i := 0; i < len(typed); i += 2 {
		has(t, page, `value="`+typed[i+1]+`"`)
	}
	status, _, page = k.post(t, path, append(typed, field, "U hoort het vóór [tijd].", "do", "save")...)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("%s: sent with an open field: status %d", path, status)
	}
	has(t, page, "[tijd] is still empty", "U hoort het vóór [tijd].")
	if status, _, _ := k.post(t, path, append(typed, field, "x", "template", "tpl_other", "do", "fill")...); status != http.StatusNotFound {
		t.Errorf("%s: a text of somebody else: status %d", path, status)
	}
}

func TestDeskComposer(t *testing.T) {
	onDesks(t, func(t *testing.T, k *desk) {
		c, p := k.open(t, "When is it?", "the day", 3*time.Hour)
		path := "/desk/cases/" + c.Ref()
		k.Cases.Texts, k.Promises.Unfilled = ownTexts{}, template.Unfilled
		fills(t, k, path+"/contacts", "said", "direction", "out", "channel", "email")
		fills(t, k, path+"/close", "note", "how", "ask", "version", strconv.Itoa(k.Case(c.ID).Version))
		fills(t, k, path+"/promises/"+p.ID+"/keep", "note", "version", strconv.Itoa(p.Version), "how", "message", "by_text", "tomorrow 14:00", "what", "the next day",
			"by", "other", "kind", "answer", "next", "promise")
		if n := len(k.All(c.ID)); n != 1 || len(k.Teller.Of("promise-kept"))+len(k.Teller.Of("closing-ask")) > 0 {
			t.Errorf("filling in did something: %d promises", n)
		}
		status, _, page := k.post(t, path+"/plain", "part", "log-text", "said", "four", "note", "no")
		if status != http.StatusOK || !strings.Contains(page, "4 letters") || strings.Contains(page, "<html") {
			t.Errorf("looked at while it is written: status %d, %s", status, page)
		}
		status, _, page = k.post(t, path+"/contacts", "direction", "out", "channel", "email", "said", "")
		if status != http.StatusUnprocessableEntity {
			t.Errorf("a contact without words: status %d", status)
		}
		has(t, page, `href="#said"`, `value="out" checked`, `value="email" selected`)
		if status, _, _ = k.post(t, path+"/contacts", "direction", "out", "channel", "email", "said", "We wrote to the hospital"); status != http.StatusSeeOther {
			t.Errorf("a contact: status %d", status)
		}
		status, _, page = k.post(t, path+"/promises", "what", "as soon as possible the result", "kind", "answer", "by", "other", "by_text", "tomorrow 14:00", "told", "spoken")
		if status != http.StatusUnprocessableEntity {
			t.Errorf("a vague promise: status %d", status)
		}
		has(t, page, `href="#what"`, `value="tomorrow 14:00"`)
		if status, _, _ = k.post(t, path+"/promises", "what", "the result", "kind", "answer", "by", k.Local(1, 17, 0).Format(time.RFC3339), "told", "message"); status != http.StatusSeeOther {
			t.Errorf("a promise by a chip: status %d", status)
		}
		if n := len(k.OpenOnes(c.ID)); n != 2 {
			t.Errorf("%d promises open, want 2", n)
		}
		status, _, page = k.post(t, path+"/close", "how", "agreed", "said", "", "version", strconv.Itoa(k.Case(c.ID).Version))
		if status != http.StatusUnprocessableEntity {
			t.Errorf("closed without the customer's word: status %d", status)
		}
		has(t, page, `href="#close-said"`)
		if status, _, _ = k.post(t, path+"/close", "how", "agreed", "said", "It is solved", "version", "1"); status != http.StatusPreconditionFailed {
			t.Errorf("closed what changed meanwhile: status %d", status)
		}
		if status, _, _ = k.post(t, path+"/close", "how", "ask"); status != http.StatusSeeOther {
			t.Errorf("asked whether it is solved: status %d", status)
		}
		status, _, page = k.post(t, path+"/close", "how", "ask")
		if status != http.StatusConflict {
			t.Errorf("asked twice: status %d", status)
		}
		has(t, page, "was asked already")
		if status, _, _ = k.post(t, path+"/doors", "condition", "if it gets worse", "until", "whenever"); status != http.StatusUnprocessableEntity {
			t.Errorf("a door until whenever: status %d", status)
		}
		if status, _, _ = k.post(t, path+"/doors", "condition", "if it gets worse", "until", "12-05-2027 17:00"); status != http.StatusSeeOther {
			t.Errorf("a door: status %d", status)
		}
		k.Sound()
	})
}

// file sends a document as a browser does.
func (k *desk) file(t *testing.T, path, name, content string) int {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", name)
	k.Must(err)
	_, err = part.Write([]byte(content))
	k.Must(err)
	k.Must(w.WriteField("doc_kind", "result"))
	k.Must(w.Close())
	r := httptest.NewRequest(http.MethodPost, path, &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	rec := httptest.NewRecorder()
	k.site.ServeHTTP(rec, r)
	return rec.Code
}

func TestDeskDocuments(t *testing.T) {
	onDesks(t, func(t *testing.T, k *desk) {
		c, _ := k.open(t, "When is it?", "the day", 3*time.Hour)
		path := "/desk/cases/" + c.Ref() + "/documents"
		if status, _, _ := k.post(t, path, "name", "A letter", "doc_kind", "referral-letter", "content", ""); status != http.StatusUnprocessableEntity {
			t.Errorf("an empty document: status %d", status)
		}
		for name, content := range map[string]string{"letter.txt": "INR 2,4 <html><script>alert(1)</script>", "setup.txt": "MZ\x90\x00\x03", "scan.pdf": "PK\x03\x04 not a letter"} {
			if status := k.file(t, path, name, content); status != http.StatusUnprocessableEntity {
				t.Errorf("%s that is something else: status %d", name, status)
			}
		}
		if status := k.file(t, path, "result.txt", strings.Repeat("x", 11<<20)); status == http.StatusSeeOther {
			t.Errorf("a file that is too large: status %d", status)
		}
		if status := k.file(t, path, "scan.pdf", "%PDF-1.7\x00\xff"); status != http.StatusSeeOther {
			t.Errorf("a PDF: status %d", status)
		}
		var papers []casefile.Document
		k.Read(func(q db.Q) (err error) { papers, err = casefile.Documents(q, c.Org, c.ID); return err })
		if len(papers) != 1 || papers[0].Name != "scan.pdf" {
			t.Fatalf("documents: %+v", papers)
		}
		status, page := k.get(t, "/desk/documents/"+papers[0].ID)
		if status != http.StatusOK {
			t.Errorf("the document: status %d", status)
		}
		has(t, page, "/desk/documents/"+papers[0].ID+"/file?download=1")
		if status, _ := k.get(t, "/desk/documents/"+papers[0].ID+"/file"); status != http.StatusOK {
			t.Errorf("the file itself: status %d", status)
		}
	})
}

func TestDeskTakesASignal(t *testing.T) {
	onDesks(t, func(t *testing.T, k *desk) {
		c, p := k.open(t, "When is it?", "the day", time.Hour)
		var s signal.Signal
		k.Must(k.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
			s, _, err = signal.Raise(tx, k.Who(), signal.Signal{Kind: promise.SignalRisk, Level: signal.Urgent, SubjectKind: "promise", Subject: p.ID, Case: c.ID, Member: k.Desk.ID})
			return err
		}))
		_, page := k.get(t, "/desk")
		has(t, page, "/desk/signals/"+s.ID+"/take", "I take this")
		if status, to, _ := k.post(t, "/desk/signals/"+s.ID+"/take"); status != http.StatusSeeOther || to != "/desk/cases/"+c.Ref() {
			t.Errorf("taken: status %d to %q", status, to)
		}
		k.Door.who = k.As(k.Manager)
		if status, _, _ := k.post(t, "/desk/signals/"+s.ID+"/take"); status != http.StatusConflict {
			t.Errorf("taken twice: status %d", status)
		}
	})
}

func TestDeskPagesThroughLaterAndTheList(t *testing.T) {
	onDesks(t, pagesThrough)
}

func pagesThrough(t *testing.T, k *desk) {
	for range 60 {
		k.open(t, "A question", "an answer", 24*time.Hour)
	}
	_, page := k.get(t, "/desk")
	first := strings.Count(page, `class="prow"`)
	_, page = k.get(t, nextHref(t, page))
	second := strings.Count(page, `class="prow"`)
	if first != 30 || second != 30 || strings.Contains(page, `rel="next"`) {
		t.Errorf("Later shows %d and then %d of 60", first, second)
	}
	_, page = k.get(t, "/desk/cases")
	first = strings.Count(page, `class="crow"`)
	_, page = k.get(t, nextHref(t, page))
	if second = strings.Count(page, `class="crow"`); first != 50 || second != 10 {
		t.Errorf("the list shows %d and %d cases", first, second)
	}
	for _, path := range []string{"/desk?after=x", "/desk/cases?after=WyJhIiwiYiJd"} {
		if status, _ := k.get(t, path); status != http.StatusBadRequest {
			t.Errorf("%s: status %d", path, status)
		}
	}
}

// nextHref is the address of the next page.
func nextHref(t *testing.T, page string) string {
	t.Helper()
	i := strings.Index(page, `rel="next"`)
	if i < 0 {
		t.Fatal("there is no next page")
	}
	link := page[strings.LastIndex(page[:i], `href="`)+len(`href="`):]
	link, _, _ = strings.Cut(link, `"`)
	link, _, _ = strings.Cut(link, "#")
	return strings.ReplaceAll(link, "&amp;", "&")
}

// Choosing another kind of promise fetches the moments that go with it.
func TestDeskTimes(t *testing.T) {
	d := kittest.SQLite(t, tables...)
	k := newDesk(t, d, "en")
	c, _ := k.open(t, "When is it ready?", "An answer", 3*time.Hour)
	_, page := k.get(t, "/desk/cases/"+c.Ref())
	if !strings.Contains(page, `data-hx-get="/desk/promise-times?case=`+c.ID+`"`) {
		t.Error("the kind of promise fetches nothing")
	}
	for _, kind := range []string{"answer", "update", "nonsense"} {
		status, part := k.get(t, "/desk/promise-times?case="+c.ID+"&kind="+kind)
		if status != http.StatusOK || !strings.HasPrefix(strings.TrimSpace(part), `<div class="stack" id="times">`) || strings.Contains(part, "<main") || !strings.Contains(part, `name="by"`) {
			t.Errorf("%s: %d %s", kind, status, part)
		}
	}
	if status, _ := k.get(t, "/desk/promise-times?case=cas_nobodys&kind=answer"); status != http.StatusNotFound {
		t.Errorf("a case that is not there: %d", status)
	}
}
