package casefile_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/casefile/casefiletest"
	"github.com/houvast/houvast/internal/care/promise"
)

// A series is made, looked at, changed, kept and ended on the desk, without a
// script; what was typed stays.
func TestDeskSeries(t *testing.T) {
	onDesks(t, func(t *testing.T, k *desk) {
		c, only := k.Open(k.Make(2 * time.Hour))
		at := "/desk/cases/" + c.Ref()
		typed := []string{"what", "the form", "kind", "document", "by", "other", "by_text", "tomorrow 16:00", "told", "spoken"}
		// "More comes after this" takes along what was typed.
		_, _, page := k.post(t, at+"/promises", append(typed, "do", "more")...)
		has(t, page, `value="the form"`, `value="tomorrow 16:00"`, `name="step_what_0"`, "Add a step")
		_, _, page = k.post(t, at+"/series", append(typed, "sort", "steps", "step_what_0", "Call how it went", "do", "add")...)
		has(t, page, `value="Call how it went"`, `name="step_what_1"`)
		_, _, page = k.post(t, at+"/series", append(typed, "sort", "steps", "step_what_0", "A", "step_what_1", "B", "do", "up-1")...)
		has(t, page, `name="step_what_0" type="text" value="B"`)
		_, _, page = k.post(t, at+"/series", append(typed, "sort", "rule", "do", "sort")...)
		has(t, page, `name="every"`, `name="until"`)
		steps := append(typed, "sort", "steps", "step_what_0", "Call how it went", "step_kind_0", "callback", "step_after_0", "2", "step_unit_0", "day",
			"step_what_1", "The decision", "step_kind_1", "decision", "step_when_1")
		status, _, page := k.post(t, at+"/series", append(steps, "today 9:00", "do", "save")...)
		if status != http.StatusUnprocessableEntity {
			t.Errorf("into the past: %d", status)
		}
		has(t, page, `id="errsum"`, `href="#step_when_1"`, `value="today 9:00"`, `value="Call how it went"`)
		_, _, page = k.post(t, at+"/series", append(steps, "26 November 12:00", "do", "preview")...)
		has(t, page, `id="series-dates"`, "Call how it went: within 2 working days after that", "at the latest Tuesday 17 November at 17:00", "The decision: by Thursday 26 November at 12:00")
		status, to, page := k.post(t, at+"/series", append(steps, "26 November 12:00", "do", "save")...)
		if status != http.StatusSeeOther {
			t.Fatalf("%d %s %s", status, to, page)
		}
		list, err := k.Promises.SeriesOf(casefiletest.Ctx(), k.Who(), c.ID)
		if err != nil || len(list) != 1 {
			t.Fatalf("%v %+v", err, list)
		}
		x := list[0]
		_, page = k.get(t, at)
		has(t, page, "What comes after", "Call how it went: within 2 working days after that", "The decision: by", `href="`+at+`/series/`+x.ID+`"`, "What was still to come is not needed any more")
		// What lies ahead is changed, with the customer told.
		_, page = k.get(t, at+"/series/"+x.ID)
		has(t, page, `value="Call how it went"`, `value="The decision"`)
		status, _, _ = k.post(t, at+"/series/"+x.ID, "version", "1", "told", "message", "step_what_0", "The decision", "step_kind_0", "decision", "step_when_0", "26 November 12:00", "do", "save")
		if status != http.StatusSeeOther || len(k.Teller.Of("series-changed")) != 1 {
			t.Errorf("changed: %d", status)
		}
		status, _, page = k.post(t, at+"/series/"+x.ID, "version", "1", "told", "spoken", "step_what_0", "Too late to say", "step_after_0", "1", "step_unit_0", "hour", "do", "save")
		if status != http.StatusConflict && status != http.StatusPreconditionFailed {
			t.Errorf("somebody else changed it: %d", status)
		}
		has(t, page, `value="Too late to say"`)
		// Closing over it is asked plainly.
		status, _, page = k.post(t, at+"/close", "how", "agreed", "said", "It is solved", "do", "save")
		if status != http.StatusConflict {
			t.Errorf("closed over it: %d", status)
		}
		has(t, page, "More was promised to come in this question")
		// Keeping shows what comes next, and makes it.
		_, err = k.Promises.Keep(casefiletest.Ctx(), k.Who(), only.ID, promise.Keep{Done: true})
		k.Must(err)
		keep := at + "/promises/" + x.Now.ID + "/keep"
		_, page = k.get(t, keep)
		has(t, page, `id="onward"`, "The decision: by", "It goes on", "It ends here")
		status, _, page = k.post(t, keep, "how", "done", "then", "stop", "do", "save")
		if status != http.StatusUnprocessableEntity {
			t.Errorf("ended without a reason: %d", status)
		}
		has(t, page, `href="#stop"`)
		status, _, page = k.post(t, keep, "how", "done", "then", "on", "then_spoken", "1", "do", "save")
		if status != http.StatusSeeOther {
			t.Fatalf("%d %s", status, page)
		}
		now, err := k.Promises.GetSeries(casefiletest.Ctx(), k.Who(), x.ID)
		if err != nil || now.Position != 2 || now.Now.Told != promise.Spoken {
			t.Fatalf("%v %+v", err, now)
		}
		status, _, _ = k.post(t, at+"/series/"+x.ID+"/stop", "why", "", "version", "0")
		if status != http.StatusUnprocessableEntity {
			t.Errorf("stopped without a reason: %d", status)
		}
		status, _, _ = k.post(t, at+"/close", "how", "agreed", "said", "It is solved", "series", "1", "do", "save")
		if status != http.StatusSeeOther || k.Case(c.ID).CloseReason != casefile.Agreed {
			t.Errorf("closed on the customer's word: %d", status)
		}
	})
}
