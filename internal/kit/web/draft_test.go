package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
)

func somebody(org, member, account string) actor.Actor {
	return actor.Actor{Kind: actor.Staff, Org: org, Member: member, Account: account, Name: strings.TrimPrefix(member, "mem_"), Role: actor.Desk}
}

func TestDrafts(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		ruben, marit := somebody("org_1", "mem_ruben", "acc_1"), somebody("org_1", "mem_marit", "acc_2")
		const key = "case:cas_1:contact"
		keep := func(who actor.Actor, form, fields string) {
			t.Helper()
			h.must(h.site.KeepDraft(ctx, who, Draft{Key: key, Form: form, Path: "/desk/cases/H-1", Title: "Log a contact", Fields: fields}))
		}
		of := func(who actor.Actor) (all []string) {
			t.Helper()
			list, err := h.site.Drafts(ctx, who)
			h.must(err)
			for _, d := range list {
				v, err := url.ParseQuery(d.Fields)
				h.must(err)
				all = append(all, v.Get("said"))
			}
			return all
		}
		is := func(name string, got []string, want ...string) {
			t.Helper()
			if strings.Join(got, "|") != strings.Join(want, "|") {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		keep(ruben, "f1", "said=She+phoned")
		keep(ruben, "f1", "said=She+phoned+about+Mila")
		is("the last word", of(ruben), "She phoned about Mila")
		is("a colleague", of(marit))
		is("elsewhere", of(somebody("org_2", "mem_ruben", "acc_1")))

		// The form was sent; what was on its way comes too late.
		h.must(h.site.DropDraft(ctx, ruben, key, "f1"))
		is("sent", of(ruben))
		keep(ruben, "f1", "said=She+phoned+about+Mila")
		is("too late", of(ruben))
		keep(ruben, "f2", "said=Another+call")
		is("the form again", of(ruben), "Another call")

		// Everything taken out again, and typed anew.
		keep(ruben, "f2", "")
		is("emptied", of(ruben))
		keep(ruben, "f2", "said=After+all")
		is("typed anew", of(ruben), "After all")

		h.Clock.Advance(DraftLife + time.Minute)
		is("a week later", of(ruben))
		h.must(h.site.Jobs()[0].Handle(ctx, job.Job{}))
		h.must(h.Read(ctx, func(q db.Q) error {
			left, err := db.Get[int64](q, `SELECT count(*) FROM draft`)
			if left != 0 {
				t.Errorf("%d drafts are kept for nothing", left)
			}
			return err
		}))
	})
}

func TestDraftsAreRefused(t *testing.T) {
	h := lite(t)
	ctx := context.Background()
	ruben := somebody("org_1", "mem_ruben", "acc_1")
	good := Draft{Key: "k", Form: "f", Path: "/desk", Title: "t", Fields: "said=x"}
	for name, c := range map[string]struct {
		who    actor.Actor
		change func(d *Draft)
		want   string
	}{
		"nobody":         {actor.Actor{}, func(*Draft) {}, "sign-in-needed"},
		"a key":          {actor.Actor{Kind: actor.Staff, Org: "org_1", Member: "mem_1"}, func(*Draft) {}, "sign-in-needed"},
		"too long":       {ruben, func(d *Draft) { d.Fields = "said=" + strings.Repeat("x", maxDraft) }, "draft-too-large"},
		"no key":         {ruben, func(d *Draft) { d.Key = "" }, "unreadable-input"},
		"elsewhere":      {ruben, func(d *Draft) { d.Path = "//evil.example/" }, "unreadable-input"},
		"a NUL":          {ruben, func(d *Draft) { d.Fields = "said=%00" }, "unreadable-input"},
		"not text":       {ruben, func(d *Draft) { d.Fields = "said=%zz" }, "unreadable-input"},
		"a long heading": {ruben, func(d *Draft) { d.Title = strings.Repeat("x", 501) }, "unreadable-input"},
	} {
		d := good
		c.change(&d)
		if err := h.site.KeepDraft(ctx, c.who, d); errs.TypeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	for i := range maxDrafts {
		d := good
		d.Key = "k" + string(rune('A'+i))
		h.must(h.site.KeepDraft(ctx, ruben, d))
	}
	if err := h.site.KeepDraft(ctx, ruben, good); errs.TypeOf(err) != "too-many-drafts" {
		t.Errorf("one more: %v", err)
	}
}

// What somebody else sees of a page that several people have open.
func TestPresence(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		live := NewStream(h.DB.DB, nil)
		say := func(a actor.Actor, typing bool) (text string) {
			t.Helper()
			c := &Ctx{Actor: a, site: h.site, P: h.site.opts.Bundle.Printer("en", nil, h.Clock.Now())}
			c.r = httptest.NewRequest(http.MethodPost, "/desk/presence", nil)
			text, err := h.site.Present(c, live, "case:cas_1", typing)
			h.must(err)
			return text
		}
		ruben, marit, elsewhere := somebody("org_1", "mem_Ruben", "acc_1"), somebody("org_1", "mem_Marit", "acc_2"), somebody("org_2", "mem_Ilse", "acc_3")
		is := func(name, got, want string) {
			t.Helper()
			if got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		is("alone", say(ruben, false), "")
		is("two", say(marit, false), "Ruben is looking at this too.")
		is("the first again", say(ruben, true), "Marit is looking at this too.")
		is("typing", say(marit, false), "Ruben is typing here.")
		is("another organisation", say(elsewhere, false), "")
		h.Clock.Advance(typingLife + time.Second)
		is("no longer typing", say(marit, false), "Ruben is looking at this too.")
		h.must(h.site.Leave(context.Background(), live, ruben, "case:cas_1"))
		is("left", say(marit, false), "")
		say(ruben, false)
		h.Clock.Advance(presenceLife)
		is("without a sign of life", say(marit, false), "")
		if err := h.site.Leave(context.Background(), nil, ruben, "case"); errs.TypeOf(err) != "unreadable-input" {
			t.Errorf("about nothing: %v", err)
		}
	})
}
