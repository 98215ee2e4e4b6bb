package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

// DraftField is the hidden input by which a form says of which draft it is the
// end: the draft's key, a space, and the word for this showing of the form.
const DraftField = "draft"

const (
	// DraftLife is how long what was typed is kept: it may be about anybody.
	DraftLife = 7 * 24 * time.Hour

	maxDraft    = 48 << 10 // bytes of one
	maxDrafts   = 50       // of one account in one organisation
	maxDraftKey = 200
)

// KeptDraft is a draft as the script of a page restores it.
type KeptDraft struct {
	Key    string `json:"key"`
	Fields string `json:"fields"`
	Text   string `json:"text"` // "What you typed at 10:42 was kept."
}

func draftKey(key string) bool { return key != "" && len(key) <= maxDraftKey && clean(key) }

// mine refuses drafts of whoever has no account here.
func mine(who actor.Actor) error {
	if who.Kind != actor.Staff || who.Account == "" || who.Org == "" {
		return errs.New(errs.Unauthorised, "sign-in-needed")
	}
	return nil
}

// KeepDraft keeps what somebody typed into a form of a page.
func (s *Site) KeepDraft(ctx context.Context, who actor.Actor, d Draft) error {
	if err := mine(who); err != nil {
		return err
	}
	if !draftKey(d.Key) || !draftKey(d.Form) || !clean(d.Path) || !clean(d.Title) || local(d.Path) != d.Path || len(d.Path) > 500 || len(d.Title) > 500 {
		return errs.New(errs.Malformed, "unreadable-input")
	}
	values, err := url.ParseQuery(d.Fields)
	if err != nil {
		return errs.New(errs.Malformed, "unreadable-input")
	}
	if len(d.Fields) > maxDraft {
		return errs.New(errs.TooLarge, "draft-too-large")
	}
	for name, list := range values {
		if !clean(name) || !acceptable(list) {
			return errs.New(errs.Malformed, "unreadable-input")
		}
	}
	d.Org, d.Account, d.Fields = who.Org, who.Account, values.Encode()
	return s.opts.DB.Write(ctx, func(t *db.Tx) error {
		if d.Fields == "" {
			return endDraft(t, d.Org, d.Account, d.Key, "") // more may be typed
		}
		since := t.Now().Add(-DraftLife)
		if _, there, err := findDraft(t, d.Org, d.Account, d.Key, since); err != nil || !there {
			if err != nil {
				return err
			}
			n, err := countDrafts(t, d.Org, d.Account, since)
			if err != nil {
				return err
			}
			if n >= maxDrafts {
				return errs.New(errs.TooMany, "too-many-drafts").With("Most", maxDrafts)
			}
		}
		return keepDraft(t, d)
	})
}

// DraftsFor gives what somebody typed before into forms, by their keys.
func (s *Site) DraftsFor(c *Ctx, keys []string) (list []KeptDraft, err error) {
	if err := mine(c.Actor); err != nil {
		return nil, err
	}
	if len(keys) > maxDrafts {
		return nil, errs.New(errs.TooLarge, "too-large")
	}
	err = s.opts.DB.Read(c.Context(), func(q db.Q) error {
		list = []KeptDraft{}
		for _, key := range keys {
			d, there, err := findDraft(q, c.Actor.Org, c.Actor.Account, key, q.Now().Add(-DraftLife))
			if err != nil {
				return err
			}
			if there {
				list = append(list, KeptDraft{Key: d.Key, Fields: d.Fields, Text: c.P.T("web.draft.kept", "When", When(c, d.SavedAt))})
			}
		}
		return nil
	})
	return list, err
}

// When is the clock time today, else day and time.
func When(c *Ctx, t time.Time) string {
	y, m, d := t.In(c.P.Loc()).Date()
	if ny, nm, nd := c.Now().In(c.P.Loc()).Date(); y == ny && m == nm && d == nd {
		return c.P.Clock(t)
	}
	return c.P.Moment(t)
}

// Drafts lists what somebody typed and has not sent, newest first.
func (s *Site) Drafts(ctx context.Context, who actor.Actor) (list []Draft, err error) {
	if err := mine(who); err != nil {
		return nil, err
	}
	err = s.opts.DB.Read(ctx, func(q db.Q) error {
		list, err = listDrafts(q, who.Org, who.Account, q.Now().Add(-DraftLife))
		return err
	})
	return list, err
}

// DropDraft forgets a draft; form is the showing of the form it was typed in,
// of which nothing is kept any more, or "".
func (s *Site) DropDraft(ctx context.Context, who actor.Actor, key, form string) error {
	if err := mine(who); err != nil {
		return err
	}
	if !draftKey(key) || len(form) > maxDraftKey || !clean(form) {
		return errs.New(errs.Malformed, "unreadable-input")
	}
	return s.opts.DB.Write(ctx, func(t *db.Tx) error { return endDraft(t, who.Org, who.Account, key, form) })
}

// EraseDrafts forgets whatever an account typed in an organisation, in the
// transaction in which it leaves.
func EraseDrafts(t *db.Tx, org, account string) error { return eraseDrafts(t, org, account) }

// sentDraft ends the draft of a form that did what it should: it led
// elsewhere.
func (s *Site) sentDraft(c *Ctx) {
	if c.r.Method != http.MethodPost || mine(c.Actor) != nil || c.r.PostForm == nil {
		return
	}
	key, form, ok := strings.Cut(c.r.PostForm.Get(DraftField), " ")
	if !ok {
		return
	}
	if err := s.DropDraft(context.WithoutCancel(c.Context()), c.Actor, key, form); err != nil {
		// It stays, is offered again and can be discarded.
		s.opts.Log.Warn("a draft stays behind", "request", c.ID, "route", c.route, "err", err)
	}
}
