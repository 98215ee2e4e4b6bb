package web

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

// OnceField is the hidden input, or for a form with files the parameter of its
// address, that makes sending a form twice the same as sending it once. See
// ui.Once.
const OnceField = "once"

// A second request waits this long for what becomes of the first.
const (
	oncePatience = 15 * time.Second
	onceLook     = 50 * time.Millisecond
)

// OnceToken is a word for one form on the page that is being drawn. It need
// not be secret: it means something only for the person who sends it.
func (c *Ctx) OnceToken() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forms++
	return c.ID + "." + strconv.Itoa(c.forms)
}

// onceForm runs the handler of a form. The first time, what became of it is
// kept under the form's token when something was done, which is told by
// leading elsewhere. The same form sent again leads there too, whether it was
// a double click or a reload; sent again with other contents it is not done,
// and whoever sent it is asked.
func (m *Mux) onceForm(c *Ctx, h Handler) error {
	if c.r.Method != http.MethodPost || c.Actor.Kind == "" {
		return h(c)
	}
	token, digested, err := onceOf(c)
	switch {
	case err != nil:
		return err
	case token == "":
		return h(c)
	case len(token) > maxIdempotencyKey || !clean(token):
		return errs.New(errs.Malformed, "unreadable-input")
	}
	mine := claimOf(c, OnceField+" "+token, digested)
	s, start := m.site, clock.Machine.Now()
	for wait := onceLook; ; wait = min(2*wait, time.Second) {
		there, claimed, err := s.claim(c.Context(), &mine)
		switch {
		case err != nil:
			return err
		case claimed:
			return s.firstForm(c, mine, h)
		case there.Status != 0 && there.Digest == mine.Digest:
			return c.Redirect(there.Header.Get("Location"))
		case there.Status != 0:
			return onceAgain(c, "once-changed", there.Header.Get("Location"))
		case there.Fate == fateUnknown, !s.clock.Now().Before(there.HeldUntil):
			return onceAgain(c, "once-unknown", "")
		case clock.Machine.Since(start) > oncePatience:
			return errs.New(errs.Conflict, "once-running")
		}
		if clock.Machine.Sleep(c.Context(), wait); c.Context().Err() != nil {
			return c.Context().Err()
		}
	}
}

// firstForm does the work and keeps where it led before the answer leaves.
func (s *Site) firstForm(c *Ctx, mine claim, h Handler) error {
	ctx := context.WithoutCancel(c.Context()) // the claim is settled also when the reader has left
	rec, out, done := &recorder{header: http.Header{}}, c.w, false
	settle := func(how func(t *db.Tx) error) {
		if err := s.opts.DB.Write(ctx, how); err != nil {
			// A second request will hear that nobody knows; this one gets its answer.
			s.opts.Log.Error("what became of a form could not be kept", "request", c.ID, "route", c.route, "err", err)
		}
	}
	unknown := func(t *db.Tx) error { return settleClaim(t, mine, fateUnknown) }
	defer func() {
		if !done { // a panic, on its way to the chain
			c.w = out
			settle(unknown)
		}
	}()
	release := s.hold(ctx, mine)
	defer release()
	c.w = rec
	err := h(c)
	if to := (redirect{}); errors.As(err, &to) {
		err = c.Redirect(to.to)
	}
	done, c.w = true, out
	to := rec.header.Get("Location")
	if p := rec.header.Get("HX-Redirect"); p != "" {
		to = p
	}
	switch {
	case errs.TypeOf(err) == "database-gone": // perhaps while it was being committed
		settle(unknown)
	case err != nil, to == "":
		settle(func(t *db.Tx) error { return dropClaim(t, mine) }) // nothing was done
	default:
		header, err := json.Marshal(http.Header{"Location": {to}})
		if err != nil {
			return err
		}
		settle(func(t *db.Tx) error { return keepAnswer(t, mine, http.StatusSeeOther, string(header), nil) })
	}
	if err != nil {
		return err
	}
	maps.Copy(out.Header(), rec.header)
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	out.WriteHeader(rec.status)
	_, _ = out.Write(rec.body.Bytes())
	return nil
}

// onceOf gives the token of a form and a digest of what it holds. Files are
// not read: their handler may want to read them as they come in, so that forms
// with files carry the token in their address, and count as changed when their
// length did.
func onceOf(c *Ctx) (token, digested string, err error) {
	if token = c.r.URL.Query().Get(OnceField); token != "" {
		return token, digest([]byte(strconv.FormatInt(c.r.ContentLength, 10))), nil
	}
	if !strings.HasPrefix(c.r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return "", "", nil
	}
	if err := c.r.ParseForm(); err != nil {
		return "", "", malformed(err)
	}
	values := maps.Clone(c.r.PostForm)
	token = values.Get(OnceField)
	delete(values, OnceField)
	return token, digest([]byte(c.r.URL.RawQuery), []byte(values.Encode())), nil
}

// onceAgain refuses a form that was sent before, and lets whoever sent it send
// it once more on purpose.
func onceAgain(c *Ctx, problem, to string) error {
	c.resend = &Resend{Action: c.r.URL.RequestURI(), Result: to}
	if c.r.URL.Query().Get(OnceField) != "" { // files do not come along
		c.resend.Action = ""
	} else {
		for _, name := range slices.Sorted(maps.Keys(c.r.PostForm)) {
			if name == OnceField {
				continue
			}
			for _, v := range c.r.PostForm[name] {
				c.resend.Fields = append(c.resend.Fields, ResendField{name, v})
			}
		}
	}
	return errs.New(errs.Conflict, problem)
}

// Resend is a form that was not done because it was sent before.
type Resend struct {
	Action string // where to send it again on purpose; "" when that cannot be
	Fields []ResendField
	Result string // what came of the first time; "" when nobody knows
}

// ResendField is one of its inputs.
type ResendField struct{ Name, Value string }

// OnceURL is the address of a form with files, with the token it needs.
func (c *Ctx) OnceURL(action string) string {
	u, err := url.Parse(action)
	if err != nil {
		return action
	}
	q := u.Query()
	q.Set(OnceField, c.OnceToken())
	u.RawQuery = q.Encode()
	return u.String()
}
