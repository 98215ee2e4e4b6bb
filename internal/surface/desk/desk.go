package desk

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"time"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/mail"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

//go:embed lang/*.toml
var texts embed.FS

// Lang are the sentences of the frame.
var Lang = lang.Source{FS: texts, Dir: "lang"}

// The addresses of the frame that others link to.
const (
	Home   = "/desk"
	SignIn = "/sign-in"
	SetUp  = "/setup"
	Events = "/desk/events"
)

// Trouble is mail that waits because the mail server does not take it.
type Trouble struct {
	Waiting int64
	Since   time.Time
}

// First is what set-up makes: an organisation and its first administrator.
type First struct {
	Name, Kind, Phone, Language string
	Calendar                    workcal.Calendar
	AdminName, Email, Password  string
	AdminLanguage               string
}

// FirstStart is set-up itself: app satisfies it with the organisations and the accounts.
type FirstStart interface {
	// Needed says whether the installation has no organisation yet.
	Needed(ctx context.Context) (bool, error)
	// Code says whether this is the one-time code that was printed at start.
	Code(code string) bool
	// Finish makes the organisation and the account that administers it, with
	// its password: all of it or nothing. Errors name the fields of First in
	// snake case ("name", "calendar.week.1", "email", "password").
	Finish(ctx context.Context, in First) error
}

// Deps are what the desk needs. A nil function or empty address leaves that
// part out of the frame.
type Deps struct {
	DB      *db.DB
	Auth    *auth.Service
	Members auth.Members
	Assets  *ui.Assets
	Stream  *web.Stream
	Setup   FirstStart
	Mail    mail.Sender

	// Screen is what an organisation chose for screens that people share.
	Screen func(ctx context.Context, org string) (Screen, error)
	// Status is the live count in the top bar.
	Status func(ctx context.Context, who actor.Actor, words lang.Printer) (string, error)
	// MailTrouble says how much mail waits for the mail server.
	MailTrouble func(ctx context.Context, who actor.Actor) (Trouble, error)
	// NewCase is where a question is opened, Search where anything is found:
	// a page of the desk itself when there is a Find.
	NewCase, Search string
	Find            Finder
}

// Desk is the face for staff.
type Desk struct {
	Deps
	site     *web.Site
	nav      []module.NavItem
	commands []module.Command
}

// New makes the desk.
func New(d Deps) *Desk { return &Desk{Deps: d} }

// Mount puts the desk's own pages and those of the modules on a site.
func (d *Desk) Mount(site *web.Site, modules []module.Module) {
	d.site = site
	for _, m := range modules {
		d.nav = append(d.nav, m.Nav...)
		d.commands = append(d.commands, m.Commands...)
	}
	slices.SortStableFunc(d.nav, func(a, b module.NavItem) int { return a.Order - b.Order })
	d.commands = slices.Concat(d.own(), d.commands, ownLast())

	plain := web.NewMux(site, d.Plain)
	plain.Get("/{$}", d.home)
	plain.Get(SignIn, d.signInPage)
	plain.Post(SignIn, d.signIn)
	plain.Post("/sign-out", d.signOut)
	plain.Get("/choose", d.choosePage)
	plain.Post("/choose", d.choose)
	plain.Get("/invitation/{token}", d.invitationPage)
	plain.Post("/invitation/{token}", d.invitation)
	plain.Get("/language", d.language)
	if d.Setup != nil {
		d.mountSetup(plain)
	}
	d.mountScreen(plain)
	site.Handle("POST /privacy", http.HandlerFunc(ui.PrivacyHandler))
	site.Handle("POST /look", http.HandlerFunc(ui.LookHandler))

	desk := web.NewMux(site, d.Layout, d.Auth.Staff(SignIn))
	desk.Get("/desk/me", d.mePage)
	desk.Post("/desk/me", d.me)
	desk.Post("/desk/me/password", d.mePassword)
	desk.Post("/desk/me/keys", d.switchKeys)
	desk.Post("/desk/me/sessions/end", d.endSessions)
	desk.Get("/desk/keys", d.keysPage)
	desk.Get("/desk/roles", d.rolesPage)
	d.mountTyped(desk)
	if d.Find != nil && d.Search != "" {
		desk.Get(d.Search, d.find)
	}
	if d.Stream != nil {
		desk.Get(Events, d.Stream.Serve)
	}
	for _, m := range modules {
		if m.Desk != nil {
			m.Desk(desk)
		}
	}
}

// home sends everybody to where they are at home.
func (d *Desk) home(c *web.Ctx) error {
	if c.Actor.Kind == actor.Staff {
		return c.Redirect(Home)
	}
	if d.Setup != nil {
		needed, err := d.Setup.Needed(c.Context())
		if err != nil {
			return err
		}
		if needed {
			return c.Redirect(SetUp)
		}
	}
	return c.Redirect(SignIn)
}
