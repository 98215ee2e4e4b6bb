package auth

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
)

var jobNone job.Job

func TestKeys(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		b := h.browser()
		with := func(token string) (int, string) {
			s, text, _ := b.do("GET", "/api/v1/api-keys", "", "Authorization", "Bearer "+token)
			return s, text
		}
		key, token, err := h.s.CreateKey(ctx, h.admin(), NewKey{Kind: MemberKey, Name: "Rooster", Member: "mem_fatima", Expires: h.Clock.Now().Add(48 * time.Hour)})
		h.must(err)
		if n := h.count(`SELECT count(*) FROM api_key WHERE hash = $1 OR hash = $2`, token, token[strings.LastIndex(token, ".")+1:]); n != 0 {
			t.Error("the store holds the key itself")
		}
		s, text := with(token)
		if s != 200 || !strings.Contains(text, key.ID) || strings.Contains(text, "hash") {
			t.Errorf("with the key: %d %s", s, text)
		}
		if n := h.count(`SELECT count(*) FROM api_key WHERE used_at IS NOT NULL`); n != 1 {
			t.Error("it is not known that the key was used")
		}
		// The same secret under another organisation, another key's id, a changed secret.
		parts := strings.Split(token, ".")
		for name, forged := range map[string]string{
			"other organisation": keyPrefix + orgPart(other) + "." + parts[1] + "." + parts[2],
			"installation":       keyPrefix + "." + parts[1] + "." + parts[2],
			"other id":           parts[0] + "." + strings.TrimPrefix(h.NewID("key"), "key_") + "." + parts[2],
			"other secret":       parts[0] + "." + parts[1] + "." + secret(),
			"no secret":          parts[0] + "." + parts[1] + ".",
			"the hash":           parts[0] + "." + parts[1] + "." + key.Hash,
			"nonsense":           "hv_'; DROP TABLE api_key; --",
			"a link's":           sessionPrefix + parts[0] + "." + parts[2],
		} {
			if s, text := with(forged); s != 401 || strings.Contains(text, forged) {
				t.Errorf("%s: %d %s", name, s, text)
			}
		}
		// Another organisation's administrator neither sees nor revokes it.
		stranger := actor.Actor{Kind: actor.Staff, Org: other, Member: "mem_x", Role: actor.Administrator}
		if list, err := h.s.Keys(ctx, stranger, "", 50); err != nil || len(list) != 0 {
			t.Errorf("a stranger sees %v %v", list, err)
		}
		if err := h.s.RevokeKey(ctx, stranger, key.ID); errs.ClassOf(err) != errs.NotFound {
			t.Errorf("a stranger revokes: %v", err)
		}
		h.must(h.s.RevokeKey(ctx, h.admin(), key.ID))
		h.must(h.s.RevokeKey(ctx, h.admin(), key.ID))
		if s, text := with(token); s != 401 || !strings.Contains(text, "key-revoked") {
			t.Errorf("a revoked key: %d %s", s, text)
		}
		if n := h.count(`SELECT count(*) FROM fact WHERE kind = $1`, factKeyRevoked); n != 1 {
			t.Errorf("%d facts of revoking", n)
		}
		_, late, err := h.s.CreateKey(ctx, h.admin(), NewKey{Kind: OrganisationKey, Name: "Ziekenhuis", Expires: h.Clock.Now().Add(time.Hour)})
		h.must(err)
		h.Clock.Advance(time.Hour)
		if s, text := with(late); s != 401 || !strings.Contains(text, "key-expired") {
			t.Errorf("a key that is over: %d %s", s, text)
		}
	})
}

func TestWhoMayMakeKeys(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		desk := h.admin()
		desk.Role = actor.Desk
		installer := actor.Actor{Kind: actor.Installer}
		for _, c := range []struct {
			who  actor.Actor
			key  NewKey
			want string
		}{
			{actor.Actor{}, NewKey{Kind: OrganisationKey, Name: "x"}, "sign-in-needed"},
			{desk, NewKey{Kind: OrganisationKey, Name: "x"}, "not-allowed"},
			{h.admin(), NewKey{Kind: InstallerKey, Name: "x"}, "not-allowed"},
			{h.admin(), NewKey{Kind: MemberKey, Name: "x", Member: "mem_stranger"}, "key-member"},
			{h.admin(), NewKey{Kind: MemberKey, Name: "x"}, "key-member"},
			{h.admin(), NewKey{Kind: OrganisationKey, Name: " "}, "key-name-missing"},
			{h.admin(), NewKey{Kind: OrganisationKey, Name: "x", Expires: h.Clock.Now()}, "in-the-past"},
			{installer, NewKey{Kind: InstallerKey, Name: "script"}, ""},
			{h.admin(), NewKey{Kind: OrganisationKey, Name: "x"}, ""},
		} {
			_, token, err := h.s.CreateKey(ctx, c.who, c.key)
			if c.want == "" && err != nil || c.want != "" && errs.TypeOf(err) != c.want {
				t.Errorf("%s makes %+v: %v, want %q", c.who.Kind, c.key, err, c.want)
			}
			if err == nil && c.key.Kind == InstallerKey {
				if who, err := h.s.byKey(ctx, token); err != nil || who.Kind != actor.Installer || who.Org != "" {
					t.Errorf("an installer's key is %+v %v", who, err)
				}
			}
		}
	})
}

// A key over the API: made, its secret told once, also under an
// Idempotency-Key.
func TestKeyOverAPI(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		_, admin, err := h.s.CreateKey(context.Background(), h.admin(), NewKey{Kind: MemberKey, Name: "beheer", Member: "mem_fatima"})
		h.must(err)
		b := h.browser()
		post := func() (int, string) {
			s, text, _ := b.do("POST", "/api/v1/api-keys", `{"kind":"organisation","name":"Ziekenhuis"}`,
				"Authorization", "Bearer "+admin, "Content-Type", "application/json", "Idempotency-Key", "k1")
			return s, text
		}
		s, text := post()
		var made struct{ ID, Token string }
		if err := json.Unmarshal([]byte(text), &made); s != 201 || err != nil || !strings.HasPrefix(made.Token, "hv_") {
			t.Fatalf("%d %s %v", s, text, err)
		}
		if s, text := post(); s != 409 || !strings.Contains(text, "idempotency-told") || strings.Contains(text, made.Token) {
			t.Errorf("again: %d %s", s, text)
		}
		if n := h.count(`SELECT count(*) FROM api_key`); n != 2 {
			t.Errorf("%d keys", n)
		}
		if n := h.count(`SELECT count(*) FROM idempotency WHERE body IS NOT NULL`); n != 0 {
			t.Error("the secret was kept")
		}
		if s, _, _ := b.do("DELETE", "/api/v1/api-keys/"+made.ID, "", "Authorization", "Bearer "+admin); s != 204 {
			t.Errorf("revoking: %d", s)
		}
	})
}

func TestAccessLog(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		b := h.browser()
		b.signIn(fatima, phrase)
		if s, text, _ := b.do("GET", "/desk/cases/cas_1", ""); s != 200 || text != "the case" {
			t.Fatalf("%d %s", s, text)
		}
		var list []Access
		h.must(h.Read(context.Background(), func(q db.Q) (err error) {
			list, err = AccessTo(q, linde, "case", "cas_1", "", 10)
			return err
		}))
		if len(list) != 1 || list[0].ActorID != "mem_fatima" || !list[0].At.Equal(h.Clock.Now()) || list[0].Request == "" {
			t.Errorf("access log: %+v", list)
		}
		// What cannot be kept is not shown.
		h.must(h.Write(context.Background(), func(tx *db.Tx) error {
			_, err := tx.Exec(`ALTER TABLE access_log RENAME TO gone`)
			return err
		}))
		if s, text, _ := b.do("GET", "/desk/cases/cas_1", ""); s != 503 || strings.Contains(text, "the case") {
			t.Errorf("without an access log: %d %s", s, text)
		}
	})
}
