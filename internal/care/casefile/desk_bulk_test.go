package casefile_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/kit/kittest"
)

var onceField = regexp.MustCompile(`name="once" value="([^"]+)"`)

// On the desk several promises are moved in three steps without any script:
// tick, look, confirm. Confirming again leads to the same outcome.
func TestDeskBulk(t *testing.T) {
	kittest.Databases(t, tables, func(t *testing.T, d *kittest.DB) {
		k := newDesk(t, d, "en")
		a, pa := k.open(t, "Is het recept klaar?", "wanneer het recept klaar is", 3*time.Hour)
		b, pb := k.open(t, "Wanneer komt de spalk?", "op welke dag de spalk er is", 4*time.Hour)
		if _, body := k.get(t, "/desk/cases?all=1"); strings.Count(body, `name="id"`) != 2 || strings.Count(body, ` checked`) != 2 || !strings.Contains(body, `action="/desk/bulk"`) {
			t.Errorf("the list with all rows ticked:\n%s", body)
		}
		if status, at, _ := k.post(t, "/desk/bulk", "do", "move"); status != http.StatusSeeOther || at != "/desk/cases" {
			t.Errorf("nothing ticked: %d %s", status, at)
		}
		if status, _, body := k.post(t, "/desk/bulk", "do", "move", "id", a.ID, "id", b.ID); status != http.StatusOK || !strings.Contains(body, `name="due_at"`) || onceField.MatchString(body) {
			t.Errorf("asked for the time: %d", status)
		}
		if status, _, body := k.post(t, "/desk/bulk", "do", "move", "asked", "1", "due_at", "soon", "id", a.ID); status != http.StatusUnprocessableEntity || !strings.Contains(body, `value="soon"`) {
			t.Errorf("no clock time: %d", status)
		}
		due := k.Local(1, 16, 0).Format(time.RFC3339)
		status, _, body := k.post(t, "/desk/bulk", "do", "move", "asked", "1", "due_at", due, "id", a.ID, "id", b.ID)
		once := onceField.FindStringSubmatch(body)
		if status != http.StatusOK || once == nil || !strings.Contains(body, a.Ref()) || !strings.Contains(body, b.Ref()) {
			t.Fatalf("what happens: %d\n%s", status, body)
		}
		if n := len(k.OpenOnes(a.ID)); n != 1 {
			t.Errorf("looking changed something: %d promises", n)
		}
		first := ""
		for range 2 {
			status, at, body := k.post(t, "/desk/bulk/run", "do", "move", "due_at", due, "once", once[1], "id", a.ID, "promise", pa.ID, "id", b.ID, "promise", pb.ID)
			if status != http.StatusSeeOther || first != "" && at != first {
				t.Fatalf("confirmed: %d %s\n%s", status, at, body)
			}
			first = at
		}
		if status, body := k.get(t, first); status != http.StatusOK || strings.Count(body, "Moved") != 2 {
			t.Errorf("what became of it: %d\n%s", status, body)
		}
		if n := len(k.Teller.Of("promise-moved")); n != 2 {
			t.Errorf("%d messages", n)
		}
		if status, _, body := k.post(t, "/desk/bulk", "do", "wait", "id", a.ID); status != http.StatusOK || !strings.Contains(body, `name="text"`) || !strings.Contains(body, `name="due_at"`) {
			t.Errorf("asked what to wait for: %d", status)
		}
		if status, _, body := k.post(t, "/desk/bulk", "do", "wait", "asked", "1", "due_at", due, "text", "", "id", a.ID); status != http.StatusUnprocessableEntity || !strings.Contains(body, "Say what you wait for") {
			t.Errorf("waiting for nothing: %d", status)
		}
		if status, _, body := k.post(t, "/desk/bulk", "do", "wait", "asked", "1", "due_at", due, "text", "uw pasje", "id", a.ID); status != http.StatusOK || !strings.Contains(body, `name="text" value="uw pasje"`) || !strings.Contains(body, "Waits for the customer.") {
			t.Errorf("what waiting does: %d", status)
		}
		status, _, body = k.post(t, "/desk/bulk", "do", "ask", "id", a.ID, "id", b.ID)
		once = onceField.FindStringSubmatch(body)
		if status != http.StatusOK || once == nil || strings.Count(body, "if nothing is said. The customer can") != 2 {
			t.Fatalf("what asking does: %d\n%s", status, body)
		}
		status, at, _ := k.post(t, "/desk/bulk/run", "do", "ask", "once", once[1], "id", a.ID, "promise", "", "id", b.ID, "promise", "")
		if _, body := k.get(t, at); status != http.StatusSeeOther || strings.Count(body, "Asked") != 2 || len(k.Teller.Of("closing-ask")) != 2 {
			t.Errorf("asked: %d %s\n%s", status, at, body)
		}
		if status, _, body := k.post(t, "/desk/bulk", "do", "print", "id", a.ID, "id", b.ID); status != http.StatusOK || !strings.Contains(body, a.Ref()) {
			t.Errorf("printed: %d", status)
		}
		if status, _ := k.get(t, "/desk/cases/"+a.Ref()+"/merge"); status != http.StatusSeeOther {
			t.Errorf("joining with no case: status %d", status)
		}
		if status, _ := k.get(t, "/desk/bulk"); status != http.StatusSeeOther {
			t.Errorf("a preview loaded again: %d", status)
		}
		k.Sound()
	})
}
