package app

import (
	"context"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/message"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/mail"
	"github.com/houvast/houvast/internal/kit/web"
)

// inviteWait is how long somebody who invites waits for the mail server; then
// they see the link themselves.
const inviteWait = 20 * time.Second

// colleagueAccounts are how colleagues sign in, as an organisation sees it.
type colleagueAccounts struct {
	s      *services
	sender mail.Sender
	words  *lang.Bundle
	base   string
}

// Ensure implements org.SignIn.
func (x colleagueAccounts) Ensure(t *db.Tx, email, name, language string) (string, bool, error) {
	a, made, err := x.s.auth.EnsureAccount(t, auth.NewAccount{Email: email, Name: name, Language: language})
	if err != nil || made {
		return a.ID, false, err
	}
	ready, err := auth.Chosen(t, a.ID)
	return a.ID, ready, err
}

// Ready implements org.SignIn.
func (colleagueAccounts) Ready(q db.Q, account string) (bool, error) { return auth.Chosen(q, account) }

// Link implements org.SignIn.
func (x colleagueAccounts) Link(t *db.Tx, account string) (org.OneTimeLink, error) {
	token, err := x.s.auth.Invite(t, account, inviteLife)
	return org.OneTimeLink{URL: strings.TrimRight(x.base, "/") + "/invitation/" + token, Until: t.Now().Add(inviteLife)}, err
}

// Send implements org.SignIn. It waits for no mail server for long: whoever
// invites sits before the page. A link is never put into a queue, where others
// could read it.
func (x colleagueAccounts) Send(ctx context.Context, l org.Letter) bool {
	var a auth.Account
	var now time.Time
	var o org.Organisation
	if err := x.s.org.DB.Read(ctx, func(q db.Q) (err error) {
		now = q.Now()
		if o, err = org.ByID(q, l.Org); err != nil {
			return err
		}
		a, err = auth.AccountOf(q, l.Account)
		return err
	}); err != nil {
		return false
	}
	p := x.words.Printer(o.Language, o.Calendar.Location(), now)
	ctx, cancel := context.WithTimeout(ctx, inviteWait)
	defer cancel()
	_, err := x.sender.Send(ctx, mail.Message{ID: l.ID, To: mail.Address{Name: a.Name, Email: a.Email},
		Subject: p.T("invitation-letter.subject", "Organisation", o.Name), Language: p.Lang(), AutoSubmitted: true,
		Text: p.T("invitation-letter.body", "By", l.By, "Organisation", o.Name, "URL", l.URL, "Until", l.Until)})
	return err == nil
}

// Leave implements org.SignIn: signed out everywhere, and what was typed and
// not sent is forgotten.
func (colleagueAccounts) Leave(t *db.Tx, orgID, account string) error {
	if err := auth.EndSessions(t, account); err != nil {
		return err
	}
	return web.EraseDrafts(t, orgID, account)
}

// load counts what a member answers for.
type load struct{}

// Held implements org.Load.
func (load) Held(q db.Q, orgID, member string) (h org.Held, err error) {
	if h.Cases, err = casefile.OpenCount(q, orgID, member); err != nil {
		return h, err
	}
	n, err := promise.Count(q, orgID, member)
	if err != nil {
		return h, err
	}
	h.Promises = n.Open
	h.Calls, err = message.CountCalls(q, orgID, member)
	return h, err
}
