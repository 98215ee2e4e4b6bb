package desk_test

import (
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// signedIn gives a house two colleagues, of whom Marit is signed in.
func signedIn(t *testing.T, h *house) {
	t.Helper()
	h.must(h.account(t.Context(), "marit@delinde.example", password, auth.Membership{Org: "org_1", OrgName: "De Linde", Member: "mem_1", Role: actor.Desk}))
	h.must(h.account(t.Context(), "ruben@delinde.example", "nog een ander wachtwoord", auth.Membership{Org: "org_1", OrgName: "De Linde", Member: "mem_2", Role: actor.Desk}))
	if status, _, page := h.post("/sign-in", "email", "marit@delinde.example", "password", password); status != http.StatusSeeOther {
		t.Fatalf("signing in: %d %s", status, page)
	}
}

func (h *house) accountID(email string) (id string) {
	h.t.Helper()
	h.must(h.db.Read(h.t.Context(), func(q db.Q) error {
		a, _, err := auth.AccountByEmail(q, email)
		id = a.ID
		return err
	}))
	return id
}

// While a screen is locked nothing of it can be read or changed, by whatever
// address it is asked for; the password shows it again.
func TestLock(t *testing.T) {
	onHouses(t, func(t *testing.T, h *house) {
		signedIn(t, h)
		if status, to, _ := h.post("/lock", "next", "/desk?who=all"); status != http.StatusSeeOther || !strings.HasPrefix(to, "/locked?next=") {
			t.Fatalf("locking: %d to %q", status, to)
		}
		for _, path := range []string{"/desk", "/desk/me", "/desk/drafts", "/desk/drafts/kept?key=k", "/desk/keys", "/desk/roles"} {
			status, to, page := h.get(path)
			if status != http.StatusSeeOther || !strings.HasPrefix(to, "/locked?next=") || strings.Contains(page, "Today") || strings.Contains(page, "Marit") {
				t.Errorf("%s while locked: %d to %q: %s", path, status, to, page)
			}
		}
		if _, to, _ := h.get("/choose"); to == "" {
			t.Error("organisations can be chosen while locked")
		}
		for _, path := range []string{"/desk/save", "/desk/me", "/desk/drafts", "/desk/presence", "/desk/me/sessions/end"} {
			if status, _, page := h.post(path, "language", "nl"); status != http.StatusUnauthorized || strings.Contains(page, "Marit") {
				t.Errorf("posting to %s while locked: %d", path, status)
			}
		}
		if status, _, _ := h.post("/choose", "org", "org_1"); status != http.StatusUnauthorized {
			t.Errorf("switching organisations while locked: %d", status)
		}
		status, _, page := h.get("/locked?next=/desk")
		if status != http.StatusOK || strings.Contains(page, "Today") || strings.Contains(page, "Ruben") {
			t.Errorf("the locked screen: %d %s", status, page)
		}
		has(t, page, "This screen is locked", "Sign in as somebody else")
		marit := h.accountID("marit@delinde.example")
		if status, _, page = h.post("/unlock", "account", marit, "password", "not this one at all", "next", "/desk?who=all"); status != http.StatusUnprocessableEntity {
			t.Errorf("a wrong password: %d", status)
		}
		has(t, page, "not your present password")
		if status, _, _ = h.post("/unlock", "account", h.accountID("ruben@delinde.example"), "password", "nog een ander wachtwoord"); status != http.StatusUnprocessableEntity {
			t.Errorf("somebody who was not here before, by a known account: %d", status)
		}
		if status, to, _ := h.post("/unlock", "account", marit, "password", password, "next", "/desk?who=all"); status != http.StatusSeeOther || to != "/desk?who=all" {
			t.Errorf("unlocking: %d to %q", status, to)
		}
		if _, _, page = h.get("/desk"); !strings.Contains(page, "Today") {
			t.Error("unlocked, but nothing to see")
		}
	})
}

// Guessing on a locked screen waits as long as guessing at the sign-in page.
func TestLockSlowsDown(t *testing.T) {
	onHouses(t, func(t *testing.T, h *house) {
		signedIn(t, h)
		h.post("/lock")
		marit := h.accountID("marit@delinde.example")
		last := 0
		for range 6 {
			last, _, _ = h.post("/unlock", "account", marit, "password", "a guess that is wrong")
		}
		if last != http.StatusTooManyRequests {
			t.Errorf("the sixth guess: %d", last)
		}
		if status, _, page := h.post("/unlock", "account", marit, "password", password); status != http.StatusTooManyRequests || !strings.Contains(page, "You can try again at") {
			t.Errorf("the right password too soon: %d %s", status, page)
		}
		h.db.Clock.Advance(time.Minute)
		if status, to, _ := h.post("/unlock", "account", marit, "password", password); status != http.StatusSeeOther || to != "/desk" {
			t.Errorf("later: %d to %q", status, to)
		}
	})
}

// A colleague takes the screen over; what the first one typed is still theirs.
func TestTakesOver(t *testing.T) {
	onHouses(t, func(t *testing.T, h *house) {
		signedIn(t, h)
		h.screen.ShowNames = true
		draft := []string{"key", "case:1:contact", "form", "f1", "path", "/desk", "title", "Log a contact", "fields", "said=She+phoned"}
		if status, _, page := h.post("/desk/drafts", draft...); status != http.StatusNoContent {
			t.Fatalf("keeping a draft: %d %s", status, page)
		}
		h.post("/lock", "switch", "1")
		if status, to, _ := h.post("/sign-in", "email", "ruben@delinde.example", "password", "nog een ander wachtwoord"); status != http.StatusSeeOther || to != "/desk" {
			t.Fatalf("a colleague signs in: %d to %q", status, to)
		}
		if _, _, page := h.get("/desk/drafts"); strings.Contains(page, "Log a contact") {
			t.Error("a colleague sees what the first one typed")
		}
		h.post("/lock", "switch", "1")
		_, _, page := h.get("/locked?switch=1")
		marit := h.accountID("marit@delinde.example")
		has(t, page, `value="`+marit+`"`, "Who are you?")
		if status, to, _ := h.post("/unlock", "account", marit, "password", password, "next", "/desk/me"); status != http.StatusSeeOther || to != "/desk" {
			t.Errorf("back again: %d to %q", status, to)
		}
		_, _, page = h.get("/desk/drafts")
		has(t, page, "Log a contact")
		if _, _, page = h.get("/desk/drafts/kept?key=case:1:contact&key=other"); !strings.Contains(page, `"fields":"said=She+phoned"`) || !strings.Contains(page, "was kept") {
			t.Errorf("what comes back: %s", page)
		}
		// The form is sent, and says which draft it ends.
		if status, _, _ := h.post("/desk/made", "said", "She phoned", "draft", "case:1:contact f1"); status != http.StatusSeeOther {
			t.Errorf("sending it: %d", status)
		}
		if _, _, page = h.get("/desk/drafts"); !strings.Contains(page, "Nothing is waiting") {
			t.Errorf("still there: %s", page)
		}
	})
}

func TestSessions(t *testing.T) {
	onHouses(t, func(t *testing.T, h *house) {
		signedIn(t, h)
		first := h.client.Jar
		other, err := cookiejar.New(nil)
		h.must(err)
		h.client.Jar = other
		h.post("/sign-in", "email", "marit@delinde.example", "password", password)
		_, _, page := h.get("/desk/me")
		if n := strings.Count(page, ">Sign out there<"); n != 1 {
			t.Errorf("%d sessions can be ended", n)
		}
		has(t, page, "this one", "Sign out everywhere else")
		_, rest, _ := strings.Cut(page, `action="/desk/me/sessions/end"><input type="hidden" name="id" value="`)
		id, _, _ := strings.Cut(rest, `"`)
		if status, to, _ := h.post("/desk/me/sessions/end", "id", id); status != http.StatusSeeOther || to != "/desk/me#sessions" {
			t.Errorf("ending one: %d to %q", status, to)
		}
		h.client.Jar = first
		if _, to, _ := h.get("/desk"); !strings.HasPrefix(to, "/sign-in") {
			t.Errorf("the ended session leads to %q", to)
		}
		h.post("/sign-in", "email", "marit@delinde.example", "password", password)
		h.post("/desk/me/sessions/end", "others", "1")
		if status, _, _ := h.get("/desk"); status != http.StatusOK {
			t.Errorf("this one ended too: %d", status)
		}
		h.client.Jar = other
		if _, to, _ := h.get("/desk"); !strings.HasPrefix(to, "/sign-in") {
			t.Errorf("the other leads to %q", to)
		}
		// A session of somebody else cannot be ended.
		h.client.Jar = first
		h.post("/sign-in", "email", "ruben@delinde.example", "password", "nog een ander wachtwoord")
		h.client.Jar = other
		h.post("/sign-in", "email", "marit@delinde.example", "password", password)
		h.post("/desk/me/sessions/end", "id", "0123456789abcdef")
		h.post("/desk/me/sessions/end", "others", "1")
		h.client.Jar = first
		if status, _, _ := h.get("/desk"); status != http.StatusOK {
			t.Errorf("a colleague was signed out: %d", status)
		}
	})
}

func TestKeysAndRoles(t *testing.T) {
	onHouses(t, func(t *testing.T, h *house) {
		signedIn(t, h)
		if _, _, page := h.get("/desk"); strings.Contains(page, `data-keys="off"`) {
			t.Error("single keys are off to begin with")
		}
		if status, to, _ := h.post("/desk/me/keys", "keys", "off", "back", "keys"); status != http.StatusSeeOther || to != "/desk/keys" {
			t.Errorf("switching off: %d to %q", status, to)
		}
		h.again() // another computer
		h.post("/sign-in", "email", "marit@delinde.example", "password", password)
		_, _, page := h.get("/desk")
		has(t, page, `data-keys="off"`)
		if status, _, _ := h.post("/desk/me/keys", "keys", "perhaps"); status != http.StatusUnprocessableEntity {
			t.Errorf("neither on nor off: %d", status)
		}
		_, _, page = h.get("/desk/roles")
		has(t, page, "Who may do what", "see people and what matters to them", "yours")
		if strings.Contains(page, "action.") {
			t.Error("an action without words")
		}
	})
}

// Commands are found by the beginning of their words, also by other words.
func TestFindsCommands(t *testing.T) {
	onHouses(t, func(t *testing.T, h *house) {
		signedIn(t, h)
		_, _, page := h.get("/desk/find?q=passw")
		has(t, page, "Your details", `href="/desk/me"`, "Nobody and nothing was found")
		if n := strings.Count(page, `<li class="hit`); n != 1 {
			t.Errorf("%d commands fit", n)
		}
		_, _, page = h.get("/desk/find")
		has(t, page, "New case", `class="hit is-on"`)
		if _, _, page = h.get("/desk/find?q=" + strings.Repeat("x", 5000)); !strings.Contains(page, "Nobody and nothing was found") {
			t.Error("an endless query")
		}
	})
}
