package auth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

func TestSignInAndOut(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		b := h.browser()
		if got := b.who(); got != "" {
			t.Fatalf("nobody is %q", got)
		}
		if s := b.signIn(" FATIMA@delinde.example", phrase); s != 204 {
			t.Fatalf("signing in: %d", s)
		}
		if got := b.who(); got != "staff "+linde+" mem_fatima" {
			t.Errorf("signed in as %q", got)
		}
		old := b.cookie()
		if n := h.count(`SELECT count(*) FROM session WHERE hash = $1`, old); n != 0 {
			t.Error("the store holds the token itself")
		}
		if n := h.count(`SELECT count(*) FROM fact WHERE org_id = $1 AND kind = $2`, linde, factSignedIn); n != 1 {
			t.Errorf("%d facts of signing in", n)
		}
		b.do("POST", "/out", "")
		if got := b.who(); got != "" {
			t.Errorf("still %q after signing out", got)
		}
		// The old token is worth nothing, also when somebody kept it.
		if _, text, _ := h.browser().do("GET", "/who", "", "Cookie", sessionCookie+"="+old); strings.TrimSpace(text) != "" {
			t.Errorf("an ended session is %q", text)
		}
	})
}

// A token planted in the victim's browser beforehand does not become theirs.
func TestSessionFixation(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		b := h.browser()
		b.do("GET", "/plant", "")
		planted := b.cookie()
		if planted == "" {
			t.Fatal("no session to plant")
		}
		if s := b.signIn(fatima, phrase); s != 204 {
			t.Fatalf("signing in: %d", s)
		}
		if b.cookie() == planted {
			t.Error("signing in kept the token")
		}
		if _, text, _ := h.browser().do("GET", "/who", "", "Cookie", sessionCookie+"="+planted); strings.TrimSpace(text) != "" {
			t.Errorf("the planted token is %q", text)
		}
		// A token of the attacker's own invention is not taken over either.
		if _, _, head := h.browser().do("GET", "/plant", "", "Cookie", sessionCookie+"=invented"); strings.Contains(head.Get("Set-Cookie"), "invented") {
			t.Error("an invented token was taken over")
		}
	})
}

func TestSessionEnds(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		idle, busy := h.browser(), h.browser()
		idle.signIn(fatima, phrase)
		busy.signIn(fatima, phrase)
		for range 15 { // 15 × 11 h is nearly 7 days
			h.Clock.Advance(11 * time.Hour)
			if busy.who() == "" {
				t.Fatalf("a session in use ended at %s", h.Clock.Now())
			}
		}
		if idle.who() != "" {
			t.Error("a session idle for days is still there")
		}
		h.Clock.Advance(4 * time.Hour)
		if busy.who() != "" {
			t.Error("a session lives longer than a week")
		}
		h.Clock.Advance(24 * time.Hour)
		h.must(h.s.forget(context.Background(), jobNone))
		if n := h.count(`SELECT count(*) FROM session`); n != 0 {
			t.Errorf("%d sessions are kept for nothing", n)
		}
	})
}

// Ended sessions stay ended, even when a request that was under way saves one.
func TestEndedSessionIsNotSavedBack(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		store := &sessionStore{h.DB.DB}
		h.must(store.CommitCtx(ctx, "hash", []byte(`{"account":"`+h.acc+`"}`), time.Time{}))
		data, ok, err := store.FindCtx(ctx, "hash")
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		h.must(h.Write(ctx, func(tx *db.Tx) error { return deleteSessionsOf(tx, h.acc) }))
		h.must(store.CommitCtx(ctx, "hash", data, time.Time{}))
		if _, ok, _ := store.FindCtx(ctx, "hash"); ok {
			t.Error("the session came back")
		}
	})
}

func TestChangedMembershipAndPassword(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		b := h.browser()
		b.signIn(fatima, phrase)
		h.people.mu.Lock()
		h.people.places[h.acc] = []Membership{{Org: other, Member: "mem_2", Role: "desk"}}
		h.people.mu.Unlock()
		if got := b.who(); got != "" {
			t.Errorf("a former member is %q", got)
		}
		h.people.mu.Lock()
		h.people.places[h.acc] = []Membership{{Org: linde, Member: "mem_fatima", Role: "desk"}}
		h.people.mu.Unlock()
		if b.who() == "" {
			t.Fatal("the session ended with the membership")
		}
		h.must(h.s.SetPassword(context.Background(), h.acc, "gele tulpen op dinsdag"))
		if got := b.who(); got != "" {
			t.Errorf("after a new password still %q", got)
		}
		if s := b.signIn(fatima, phrase); s != 422 {
			t.Errorf("the old password: %d", s)
		}
	})
}

func TestGuessingIsSlowedDown(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		b := h.browser()
		for _, email := range []string{fatima, "nobody@delinde.example"} { // both alike
			for i := range freeTries {
				if s := b.signIn(email, "niet dit wachtwoord"); s != 422 {
					t.Fatalf("%s: attempt %d: %d", email, i+1, s)
				}
			}
			if s := b.signIn(email, phrase); s != 429 {
				t.Errorf("%s: the right password during the delay: %d", email, s)
			}
		}
		if n := h.count(`SELECT count(*) FROM fact WHERE kind = $1`, factRefused); n != 1 {
			t.Errorf("%d facts about the attempts", n)
		}
		h.Clock.Advance(31 * time.Second)
		if s := b.signIn(fatima, phrase); s != 204 {
			t.Errorf("after the delay: %d", s)
		}
		if n := h.count(`SELECT count(*) FROM sign_in_guard`); n != 1 {
			t.Errorf("success left %d counters", n)
		}
	})
}

// The owner of an account hears once a day that somebody tries, whoever tries
// and however the answer looks; an address without an account reaches nobody.
func TestTheOwnerIsWarnedOnceADay(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		fail := func(email string) {
			for range freeTries {
				if s := h.browser().signIn(email, "niet dit wachtwoord"); s != 422 {
					t.Fatalf("%s: %d", email, s)
				}
			}
			h.Clock.Advance(31 * time.Second)
		}
		fail("nobody@delinde.example")
		if len(h.people.warned) != 0 {
			t.Fatalf("warned for an address without an account: %v", h.people.warned)
		}
		fail(fatima)
		if diff := cmp.Diff([]string{linde + " " + h.acc}, h.people.warned); diff != "" {
			t.Fatalf("warned: %s", diff)
		}
		if s := h.browser().signIn(fatima, phrase); s != 204 {
			t.Fatalf("the owner: %d", s)
		}
		fail(fatima)
		if len(h.people.warned) != 1 {
			t.Errorf("warned twice a day: %v", h.people.warned)
		}
		h.Clock.Advance(25 * time.Hour)
		fail(fatima)
		if len(h.people.warned) != 2 {
			t.Errorf("not warned the next day: %v", h.people.warned)
		}
		h.must(h.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE account SET disabled = 1 WHERE id = $1`, h.acc)
			return err
		}))
		h.Clock.Advance(25 * time.Hour)
		fail(fatima)
		if len(h.people.warned) != 2 {
			t.Errorf("somebody who cannot sign in was warned: %v", h.people.warned)
		}
	})
}

func TestDelay(t *testing.T) {
	for n, want := range map[int]time.Duration{0: 0, 4: 0, 5: 30 * time.Second, 6: time.Minute, 7: 2 * time.Minute, 10: 15 * time.Minute, 1000: 15 * time.Minute} {
		if got := delay(n); got != want {
			t.Errorf("after %d: %s, want %s", n, got, want)
		}
	}
}

// Guessing with many connections at a time gets no more guesses.
func TestParallelGuesses(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		var mu sync.Mutex
		allowed := 0
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				_, err := h.s.attempt(context.Background(), "guard")
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					allowed++
				} else if errs.TypeOf(err) != "sign-in-later" {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if allowed != freeTries {
			t.Errorf("%d of 20 guesses at a time were let through, want %d", allowed, freeTries)
		}
	})
}

func TestInvitation(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		invite := func() (token string) {
			h.must(h.Write(ctx, func(tx *db.Tx) (err error) { token, err = h.s.Invite(tx, h.acc, 72*time.Hour); return err }))
			return token
		}
		first := invite()
		token := invite()
		if _, err := h.s.Invited(ctx, first); errs.TypeOf(err) != "invitation-over" {
			t.Errorf("an earlier invitation: %v", err)
		}
		if _, err := h.s.ChoosePassword(ctx, token, "kort"); errs.TypeOf(err) != "password-short" {
			t.Errorf("a short password: %v", err)
		}
		if _, err := h.s.ChoosePassword(ctx, token, "vier woorden zijn genoeg"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.s.ChoosePassword(ctx, token, "vier woorden zijn genoeg"); errs.TypeOf(err) != "invitation-over" {
			t.Errorf("the same invitation again: %v", err)
		}
		if s := h.browser().signIn(fatima, "vier woorden zijn genoeg"); s != 204 {
			t.Errorf("signing in with the new password: %d", s)
		}
		late := invite()
		h.Clock.Advance(73 * time.Hour)
		if _, err := h.s.ChoosePassword(ctx, late, "vijf woorden zijn ook goed"); errs.TypeOf(err) != "invitation-over" {
			t.Errorf("a late invitation: %v", err)
		}
	})
}

func TestCheckPassword(t *testing.T) {
	for password, want := range map[string]string{
		phrase:                      "",
		"vier woorden zijn genoeg":  "",
		"kort":                      "password-short",
		strings.Repeat("lang ", 60): "password-long",
		"Welkom2026!!":              "password-common",
		"wachtwoord123":             "password-common",
		"passwordpassword":          "password-common",
		"123456789012":              "password-common",
		"aaaaaaaaaaaaaa":            "password-common",
		"qwertyuiop12":              "password-common",
		fatima:                      "password-own-address",
		"x" + fatima + "1":          "password-own-address",
		"een\x00nul in het midden":  "unreadable-input",
	} {
		err := CheckPassword(password, fatima)
		if got := errs.TypeOf(err); err == nil && want != "" || err != nil && got != want {
			t.Errorf("%q: got %v, want %q", password, err, want)
		}
	}
}

func TestHash(t *testing.T) {
	h := newHasher()
	ctx := context.Background()
	a, err := h.hash(ctx, phrase)
	if err != nil || !strings.HasPrefix(a, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatal(a, err)
	}
	if b, _ := h.hash(ctx, phrase); a == b {
		t.Error("no salt")
	}
	for phc, want := range map[string]bool{a: true, "": false, h.dummy: false} {
		if ok, err := h.verify(ctx, phc, phrase); ok != want || err != nil {
			t.Errorf("%q: %v %v", phc, ok, err)
		}
	}
	if _, err := h.verify(ctx, "$argon2id$v=19$nonsense", phrase); !errors.Is(err, errPHC) {
		t.Errorf("a broken hash: %v", err)
	}
	full, cancel := context.WithCancel(ctx)
	cancel()
	h.slots <- struct{}{}
	h.slots <- struct{}{}
	if _, err := h.verify(full, a, phrase); !errors.Is(err, context.Canceled) {
		t.Errorf("with all slots taken: %v", err)
	}
}

func TestSignInFromElsewhereIsRefused(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		b := h.browser()
		form := url.Values{"email": {fatima}, "password": {phrase}}.Encode()
		if s, _, _ := b.do(http.MethodPost, "/in", form, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"); s != 403 {
			t.Errorf("a post from another site: %d", s)
		}
		if s, _, head := b.do(http.MethodGet, "/desk/cases/cas_1", ""); s != 303 || head.Get("Location") != "/sign-in?next=%2Fdesk%2Fcases%2Fcas_1" {
			t.Errorf("a desk page for nobody: %d %s", s, head.Get("Location"))
		}
	})
}
