package auth

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

func (h *house) link(ttl time.Duration) (token string) {
	h.t.Helper()
	h.must(h.Write(context.Background(), func(tx *db.Tx) (err error) {
		token, err = h.s.Links().Issue(tx, linde, "per_jan", "que_1", "msg_1", ttl)
		return err
	}))
	return token
}

func TestOpenAndConfirm(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		ctx, l := context.Background(), h.s.Links()
		token := h.link(14 * 24 * time.Hour)
		for range 10 { // a mail scanner
			h.must(l.Look(ctx, token))
		}
		if n := h.count(`SELECT count(*) FROM fact`); n != 0 {
			t.Error("looking left a trace")
		}
		ses, err := l.Open(ctx, token)
		h.must(err)
		if ses.Confirmed || ses.Person != "per_jan" || ses.Question != "que_1" || len(ses.Offers) != 2 || ses.Actor().Confirmed {
			t.Errorf("opened: %+v", ses)
		}
		if h.count(`SELECT count(*) FROM fact WHERE kind = $1 AND person_id = 'per_jan'`, factLinkOpened) != 1 || h.count(`SELECT count(*) FROM access_log WHERE kind = 'link'`) != 1 {
			t.Error("opening was not recorded")
		}
		h.must(l.SendCode(ctx, ses.Token, "cpt_phone"))
		code := h.people.lastCode()
		if n := h.count(`SELECT count(*) FROM link_session WHERE code_hash = $1`, code); n != 0 {
			t.Error("the code itself is kept")
		}
		sure, err := l.Confirm(ctx, ses.Token, FactorCode, code[:3]+" "+code[3:])
		h.must(err)
		if !sure.Confirmed || !sure.Actor().Confirmed || sure.Token == ses.Token {
			t.Errorf("confirmed: %+v", sure)
		}
		if _, err := l.Session(ctx, ses.Token); errs.TypeOf(err) != "link-session-over" {
			t.Errorf("the unconfirmed token lives on: %v", err)
		}
		again, err := l.Open(ctx, token)
		h.must(err)
		if again.Confirmed {
			t.Error("another device is confirmed by itself")
		}
		if _, err := l.Confirm(ctx, again.Token, FactorCode, code); errs.TypeOf(err) != "factor-wrong" {
			t.Errorf("the code of another session: %v", err)
		}
	})
}

func TestFactorAttempts(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		ctx, l := context.Background(), h.s.Links()
		token := h.link(time.Hour)
		first, err := l.Open(ctx, token)
		h.must(err)
		second, err := l.Open(ctx, token) // another opening brings no new attempts
		h.must(err)
		for i := range maxAttempts {
			ses := first
			if i%2 == 1 {
				ses = second
			}
			_, err := l.Confirm(ctx, ses.Token, FactorBirthDate, "1980-03-02")
			want := "factor-wrong"
			if i == maxAttempts-1 {
				want = "link-blocked"
			}
			if errs.TypeOf(err) != want {
				t.Errorf("attempt %d: %v, want %s", i+1, err, want)
			}
		}
		for _, ses := range []LinkSession{first, second} {
			if _, err := l.Confirm(ctx, ses.Token, FactorBirthDate, "1980-02-03"); errs.TypeOf(err) != "link-blocked" {
				t.Errorf("the right answer when blocked: %v", err)
			}
		}
		if err := l.SendCode(ctx, first.Token, "cpt_phone"); errs.TypeOf(err) != "link-blocked" {
			t.Errorf("a code when blocked: %v", err)
		}
		fresh, err := l.Open(ctx, h.link(time.Hour)) // a new link was sent
		h.must(err)
		if _, err := l.Confirm(ctx, fresh.Token, FactorBirthDate, "1980-02-03"); err != nil {
			t.Errorf("with a new link: %v", err)
		}
	})
}

// Guessing at a time: of 20 wrong answers at once five are looked at.
func TestParallelFactors(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		ctx, l := context.Background(), h.s.Links()
		ses, err := l.Open(ctx, h.link(time.Hour))
		h.must(err)
		h.must(l.SendCode(ctx, ses.Token, "cpt_phone"))
		wrong := "000000"
		if h.people.lastCode() == wrong {
			wrong = "000001"
		}
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := l.Confirm(ctx, ses.Token, FactorCode, wrong); errs.TypeOf(err) != "factor-wrong" && errs.TypeOf(err) != "link-blocked" {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := h.count(`SELECT attempts FROM link`); n != maxAttempts {
			t.Errorf("%d attempts counted", n)
		}
		if _, err := l.Confirm(ctx, ses.Token, FactorCode, h.people.lastCode()); errs.TypeOf(err) != "link-blocked" {
			t.Errorf("the right code afterwards: %v", err)
		}
	})
}

func TestCodes(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		ctx, l := context.Background(), h.s.Links()
		ses, err := l.Open(ctx, h.link(24*time.Hour))
		h.must(err)
		if err := l.SendCode(ctx, ses.Token, "cpt_of_somebody_else"); errs.TypeOf(err) != "factor-not-offered" {
			t.Errorf("a code to elsewhere: %v", err)
		}
		if _, err := l.Confirm(ctx, ses.Token, FactorCode, ""); errs.TypeOf(err) != "factor-wrong" {
			t.Errorf("no code when none was sent: %v", err)
		}
		h.must(l.SendCode(ctx, ses.Token, "cpt_phone"))
		h.Clock.Advance(codeValid)
		if _, err := l.Confirm(ctx, ses.Token, FactorCode, h.people.lastCode()); errs.TypeOf(err) != "factor-wrong" {
			t.Errorf("a late code: %v", err)
		}
		for range maxCodes - 1 {
			h.must(l.SendCode(ctx, ses.Token, "cpt_phone"))
		}
		if err := l.SendCode(ctx, ses.Token, "cpt_phone"); errs.TypeOf(err) != "link-codes-spent" {
			t.Errorf("one code too many: %v", err)
		}
		h.people.noBirth = true
		if _, err := l.Confirm(ctx, ses.Token, FactorBirthDate, "1980-02-03"); errs.TypeOf(err) != "factor-wrong" {
			t.Errorf("a way that is not offered: %v", err)
		}
	})
}

func TestLinkEnds(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		ctx, l := context.Background(), h.s.Links()
		late, gone := h.link(time.Hour), h.link(48*time.Hour)
		ses, err := l.Open(ctx, gone)
		h.must(err)
		short, err := l.Open(ctx, late)
		h.must(err)
		h.Clock.Advance(time.Hour)
		if _, err := l.Open(ctx, late); errs.TypeOf(err) != "link-over" {
			t.Errorf("a link that is over: %v", err)
		}
		if _, err := l.Session(ctx, short.Token); err == nil {
			t.Error("the session outlives its link")
		}
		h.must(h.Write(ctx, func(tx *db.Tx) error { return l.RevokeOf(tx, h.admin(), linde, "per_jan") }))
		if _, err := l.Open(ctx, gone); errs.TypeOf(err) != "link-revoked" {
			t.Errorf("a revoked link: %v", err)
		}
		if _, err := l.Session(ctx, ses.Token); err == nil {
			t.Error("the session outlives the revoking")
		}
		plain := strings.SplitN(gone, ".", 2)[1]
		for _, forged := range []string{"", ".", "x", orgPart(other) + "." + plain, "." + plain, orgPart(linde) + "." + secret(), orgPart(linde) + "." + hashOf(plain)} {
			if _, err := l.Open(ctx, forged); errs.TypeOf(err) != "link-unknown" {
				t.Errorf("%q: %v", forged, err)
			}
		}
		h.Clock.Advance(400 * 24 * time.Hour)
		h.must(h.s.forget(ctx, jobNone))
		if n := h.count(`SELECT count(*) FROM link`) + h.count(`SELECT count(*) FROM link_session`); n != 0 {
			t.Errorf("%d rows are kept for nothing", n)
		}
	})
}

func TestLinkOverAPI(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		b := h.browser()
		post := func(path, body, bearer string) (int, map[string]any) {
			headers := []string{"Content-Type", "application/json"}
			if bearer != "" {
				headers = append(headers, "Authorization", "Bearer "+bearer)
			}
			s, text, _ := b.do("POST", "/api/v1"+path, body, headers...)
			out := map[string]any{}
			if text != "" {
				h.must(json.Unmarshal([]byte(text), &out))
			}
			return s, out
		}
		s, out := post("/links/open", `{"token":"`+h.link(time.Hour)+`"}`, "")
		if s != 201 || out["confirmed"] != false {
			t.Fatalf("%d %v", s, out)
		}
		token := out["token"].(string)
		if s, _ := post("/links/code", `{"point":"cpt_phone"}`, token); s != 204 {
			t.Errorf("code: %d", s)
		}
		if s, _, _ := b.do("GET", "/api/v1/api-keys", "", "Authorization", "Bearer "+token); s != 403 {
			t.Errorf("a customer lists keys: %d", s)
		}
		if s, out := post("/links/confirm", `{"kind":"birth-date","value":"1980-02-04"}`, token); s != 422 || out["type"] != "/problems/factor-wrong" {
			t.Errorf("wrong: %d %v", s, out)
		}
		s, out = post("/links/confirm", `{"kind":"birth-date","value":"1980-02-03"}`, token)
		if s != 200 || out["confirmed"] != true {
			t.Errorf("right: %d %v", s, out)
		}
		if s, _ := post("/links/code", `{"point":"cpt_phone"}`, token); s != 401 {
			t.Errorf("the old token: %d", s)
		}
		// The page, by cookie.
		if s, _, _ := b.do("GET", "/my", ""); s != 401 {
			t.Errorf("the page without a link: %d", s)
		}
		if s, text, _ := b.do("GET", "/my", "", "Cookie", linkCookie+"="+out["token"].(string)); s != 200 || text != "per_jan" {
			t.Errorf("the page: %d %s", s, text)
		}
		for range 30 {
			s, out = post("/links/open", `{"token":"`+orgPart(linde)+"."+secret()+`"}`, "")
		}
		if s != 429 {
			t.Errorf("guessing tokens all day: %d %v", s, out)
		}
	})
}
