// Package html holds the pages of the desk's frame. Its view structs hold
// texts in the reader's language already.
package html

import (
	"context"
	"io"
	"time"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/kit/web/ui"
)

// Fill puts a body into a layout.
func Fill(layout, body templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return layout.Render(templ.WithChildren(ctx, body), w)
	})
}

// MailTrouble is mail that waits for the mail server.
type MailTrouble struct {
	Waiting int
	Since   time.Time
}

// SignInView is the page to sign in on.
type SignInView struct {
	Email, Next, Problem string
	Again                time.Time // when another attempt is possible
}

// Place is an organisation of an account.
type Place struct {
	ID, Name, Note string
	Current        bool
}

// ChooseView is the choice between organisations.
type ChooseView struct {
	Places []Place
	Next   string
}

// InvitationView asks a new member for a password.
type InvitationView struct {
	Name, Email, Action string
	Errors              ui.Errors
}

// MeView is one's own details.
type MeView struct {
	Name, Email, Role, Language string
	Languages                   []ui.Option
	Look                        ui.Look
	Several                     bool // organisations
	Errors                      ui.Errors
	Problem                     string
	Keys                        KeysView
	Sessions                    []SessionView
}

// KeysView is the switch of the single keys.
type KeysView struct {
	Off  bool
	Back string // where the switch leads back to
}

// SessionView is one browser in which somebody is signed in.
type SessionView struct {
	ID, Browser, Note string
	This, Locked      bool
}

// LockedView is a locked screen.
type LockedView struct {
	Name      string // whose it is
	People    []ui.Option
	Account   string // who is going to unlock it
	Next      string
	Switch    bool   // for somebody else
	Elsewhere string // where anybody signs in
	Problem   string
	Again     time.Time // when another attempt is possible
}

// Draft is what was typed and not sent.
type Draft struct{ Key, Form, Title, Href, When string }

// DraftsView lists them.
type DraftsView struct{ Drafts []Draft }

// RoleView is one column of the table of roles.
type RoleView struct {
	Name    string
	Current bool
}

// RoleRow is one action and which roles may do it, in the order of the columns.
type RoleRow struct {
	Action string
	May    []bool
}

// RolesView is who may do what.
type RolesView struct {
	Roles []RoleView
	Rows  []RoleRow
}

// ProblemView is a page about a problem.
type ProblemView struct {
	Title, Detail, Incident string
	Home, SignIn, Again     string
	Typed                   bool   // something was sent, and is kept by the browser
	Result                  string // what came of sending the same form before
	Resend                  *Resend
}

// Resend is a form that can be sent once more on purpose.
type Resend struct {
	Action string
	Fields []ResendField
}

// ResendField is one of its inputs.
type ResendField struct{ Name, Value string }
