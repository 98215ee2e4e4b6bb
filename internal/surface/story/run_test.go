package story

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"
)

// later is the good story in a year after the test clock's.
func later(t *testing.T, edit ...string) *Story {
	t.Helper()
	f := readText(t, "testdata/good.yaml")
	for i := 0; i+1 < len(edit); i += 2 {
		if !strings.Contains(f, edit[i]) {
			t.Fatalf("the story has no %q", edit[i])
		}
		f = strings.Replace(f, edit[i], edit[i+1], 1)
	}
	s, err := Parse("good.yaml", strings.NewReader(f))
	if err != nil {
		t.Fatal(err)
	}
	return s.Shift(300)
}

func replay(t *testing.T, s *Story, f *fake) *Result {
	t.Helper()
	res, err := Run(context.Background(), s, f, Options{Bare: f.bare})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func failures(res *Result) string {
	var b strings.Builder
	for _, f := range res.Failures {
		b.WriteString(f.What + ": expected " + f.Expected + ", got " + f.Got + "\n")
	}
	return b.String()
}

// kinds lists the timeline's kinds that are the engine's own.
func kinds(res *Result) string {
	var out []string
	for _, e := range res.Houvast.Timeline {
		switch e.Kind {
		case EntryContact, EntrySaid, EntryStopped, EntryEnds:
			out = append(out, e.Kind)
		}
	}
	return strings.Join(out, " ")
}

func TestGuarded(t *testing.T) {
	f := newFake(t)
	res := replay(t, later(t, "subject: Erger", `subject: "${ria}"`), f)
	if res.Failed != 0 || !res.OK() {
		t.Fatalf("failed:\n%s", failures(res))
	}
	h := res.Houvast
	if h.Contacts != 1 || h.Organisations != 1 || h.Bounces != 0 || h.Stopped != 1 || h.Outcome.Organisation != "clinic" || h.Days != 1 {
		t.Errorf("counted %+v", h)
	}
	if h.Promises != (Promises{Made: 2, Kept: 1}) {
		t.Errorf("promises %+v", h.Promises)
	}
	if got, want := kinds(res), "contact stopped said said"; got != want {
		t.Errorf("timeline %q, want %q", got, want)
	}
	if len(res.Checked) != 2 || res.Checked[0].State != Held || res.Checked[0].Rows != 1 || res.Checked[1].State != NotApplicable {
		t.Errorf("checked %+v", res.Checked)
	}
	for i := 1; i < len(f.settled); i++ {
		if f.settled[i].Before(f.settled[i-1]) {
			t.Errorf("time went back: %s after %s", f.settled[i], f.settled[i-1])
		}
	}
	for _, language := range []string{"nl", "en"} {
		var out bytes.Buffer
		if err := WriteText(&out, res, language); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "⟦") {
			t.Errorf("a sentence lacks something:\n%s", out.String())
		}
	}
	if _, err := res.JSON(); err != nil {
		t.Error(err)
	}
}

func TestBare(t *testing.T) {
	f := newFake(t)
	f.bare = true
	// The clinic sends her to the GP, who promises nothing she hears of. After
	// three days she phones whoever has the question: the GP, without an answer.
	res := replay(t, later(t), f)
	if res.Failed != 0 {
		t.Fatalf("failed:\n%s", failures(res))
	}
	h := res.Houvast
	if h.Contacts != 2 || h.Bounces != 1 || h.Stopped != 0 || h.Outcome.Kind != None || h.Organisations != 2 {
		t.Errorf("counted %+v", h)
	}
	if got, want := kinds(res), "contact said contact said ends"; got != want {
		t.Errorf("timeline %q, want %q", got, want)
	}
	if len(res.Skipped) != 2 {
		t.Errorf("skipped %+v: the two steps about a case that was never opened", res.Skipped)
	}
	var times []string
	for _, e := range h.Timeline {
		if e.Kind == EntryContact {
			times = append(times, e.At[11:16])
		}
	}
	if got := strings.Join(times, " "); got != "09:10 09:30" {
		t.Errorf("she got in touch at %s: told to turn elsewhere she does so 20 minutes later", got)
	}
}

// TestBrokenPromise: the desk lets the promise lie. With a word at that moment
// she waits for the next; without one she phones, in opening hours.
func TestBrokenPromise(t *testing.T) {
	t.Run("told", func(t *testing.T) {
		f := newFake(t)
		res := replay(t, later(t, "subject: Erger", `subject: "${ria}"`, "at: 2021-05-18T10:00\n    as: {staff: ria}\n    needs: theCase", "at: 2021-05-19T10:00\n    as: {staff: ria}\n    only: bare"), f)
		h := res.Houvast
		if h.Promises.Broken == 0 || h.Promises.Untold != 0 {
			t.Errorf("promises %+v", h.Promises)
		}
		if h.Messages["email"] == 0 {
			t.Errorf("messages %v", h.Messages)
		}
		if h.Contacts != 1 {
			t.Errorf("%d contacts: she was told each time\n%s", h.Contacts, failures(res))
		}
	})
	t.Run("silent", func(t *testing.T) {
		f := newFake(t)
		f.silent = true
		res := replay(t, later(t, "subject: Erger", `subject: "${ria}"`, "at: 2021-05-18T10:00\n    as: {staff: ria}\n    needs: theCase", "at: 2021-05-19T10:00\n    as: {staff: ria}\n    only: bare"), f)
		if res.Houvast.Promises.Untold == 0 || !strings.Contains(failures(res), "promises that broke") {
			t.Errorf("a promise that broke without a word was not noticed: %+v", res.Houvast.Promises)
		}
		var second string
		for _, e := range res.Houvast.Timeline {
			if e.Kind == EntryContact {
				second = e.At[11:16]
			}
		}
		// Due at 17:00 with an hour of grace: the clinic is closed by then.
		if res.Houvast.Contacts != 2 || second != "09:00" {
			t.Errorf("%d contacts, the last at %s", res.Houvast.Contacts, second)
		}
	})
}

func TestWhatMustFailFails(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*fake)
		edit []string
		want string
	}{
		"a contact that is not recorded":   {func(f *fake) { f.forgets = true }, nil, "contacts by the customer: expected 1"},
		"a mistake that is not stopped":    {nil, []string{"stopped_by: door-open", "stopped_by: not-accepted-there"}, "stopped by not-accepted-there, got 409 door-open"},
		"a status":                         {nil, []string{"status: 201", "status: 200"}, "status: expected 200, got 201"},
		"a value of the body":              {nil, []string{"next_promise.due_at: 2021-05-18T17:00", "next_promise.due_at: 2021-05-18T17:01"}, "next_promise.due_at: expected"},
		"an owner":                         {nil, []string{"owner: {theCase: ria}", "owner: {theCase: boss}"}, "owner of theCase: expected boss, got ria"},
		"promises by state":                {nil, []string{"kept: 1", "kept: 2"}, "promises kept: expected 2, got 1"},
		"what the story comes to":          {nil, []string{"contacts_by_customer: 1, bounces: 0", "contacts_by_customer: 2, bounces: 0"}, "contacts_by_customer: expected 2, got 1"},
		"a call that is refused":           {nil, []string{`due_at: "${at+1d 17:00}", spoken`, "due_at: soon, spoken"}, "status: expected 201, got 409 vague-time"},
		"a reference to what never came":   {nil, []string{"theCase.next_promise.id", "theCase.next_promise.number"}, "the answer has no next_promise.number"},
		"a signal that nobody raised":      {nil, []string{"expect: {promises: {kept: 1}", "expect: {signals: [{kind: promise.risk}], promises: {kept: 1}"}, "signals: expected map[kind:promise.risk]"},
		"a message that nobody sent":       {nil, []string{"expect: {promises: {kept: 1}", "expect: {messages: [{to: mother}], promises: {kept: 1}"}, "messages: expected map[to:mother]"},
		"a violation":                      {func(f *fake) { f.violates = true }, nil, ""},
		"something that is always due":     {func(f *fake) { f.stuck = true }, []string{"at: 2021-05-18T10:00", "at: 2021-05-20T10:00"}, "never gets done"},
		"a clock that is past the story":   {func(f *fake) { f.d.Clock.Set(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)) }, nil, "after the story begins"},
		"an operation that does not exist": {nil, []string{"call: logContact", "call: logContacts"}, "the API has no operation logContacts: did you mean logContact?"},
		"a field that does not exist":      {nil, []string{"subject: Verwijzing", "subjects: Verwijzing"}, "the operation has no field subjects: did you mean subject?"},
		"a field that is missing":          {nil, []string{`with: {case_id: "${theCase.id}", direction`, "with: {direction"}, "logContact needs case_id"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			if c.set != nil {
				c.set(f)
			}
			edit := append([]string{"subject: Erger", `subject: "${ria}"`}, c.edit...)
			res, err := Run(context.Background(), later(t, edit...), f, Options{})
			got := ""
			switch {
			case err != nil:
				got = err.Error()
			case res.OK():
				t.Fatal("the replay says that all is well")
			default:
				got = failures(res)
			}
			if !strings.Contains(got, c.want) {
				t.Errorf("got:\n%s\nwant: %s", got, c.want)
			}
		})
	}
}
