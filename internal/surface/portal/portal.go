package portal

import (
	"context"
	"embed"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
	"github.com/houvast/houvast/internal/surface/portal/html"
)

// Words are the sentences of this face.
//
//go:embed lang/*.toml
var Words embed.FS

// Lang is where the application finds them.
var Lang = lang.Source{FS: Words, Dir: "lang"}

// Home is the address of the page; everything of a customer is below it.
const Home = "/q"

// Organisation is whom the customer deals with, as they may see it.
type Organisation struct {
	Name  string
	Phone string // as people write it; empty when there is none
}

// Directory knows organisations and their customers; the application is it.
type Directory interface {
	Organisation(ctx context.Context, org string) (Organisation, error)
	// Language is that in which a customer wants to be spoken to, or "".
	Language(ctx context.Context, org, person string) (string, error)
}

// Deps are what the face needs.
type Deps struct {
	Auth      *auth.Service
	Directory Directory
	Assets    *ui.Assets
	Stream    *web.Stream // nil: pages do not refresh by themselves
	PublicURL string      // with https the language cookie goes by https only
}

// Surface is the customer's face.
type Surface struct {
	Deps
	limit *web.Limiter
}

// New makes the face.
func New(d Deps) *Surface {
	return &Surface{Deps: d, limit: web.NewLimiter(6*time.Second, 20)}
}

// Routes registers the way in and gives the mux for the pages of a customer,
// behind the guard of their link. Capabilities put theirs on it.
func (s *Surface) Routes(site *web.Site) *web.Mux {
	public := web.NewMux(site, s.Layout, s.chooseLanguage)
	public.Get(Home+"/{token}", s.look)
	public.Post(Home+"/{token}", s.open)
	public.Get(Home+"/left", s.left)
	public.Post(Home+"/leave", s.leave)

	own := web.NewMux(site, s.Layout, s.chooseLanguage, s.customer)
	own.Get(Home+"/confirm", s.confirm)
	own.Post(Home+"/confirm", s.check)
	own.Post(Home+"/confirm/code", s.sendCode)
	if s.Stream != nil {
		own.Get(Home+"/events", s.Stream.Serve)
	}
	return own
}

// Layout puts a page's body into the frame of the organisation.
func (s *Surface) Layout(c *web.Ctx, p web.Page) (templ.Component, error) {
	o, err := s.organisation(c)
	if err != nil {
		return nil, err
	}
	return s.document(c, o, p), nil
}

func (s *Surface) document(c *web.Ctx, o Organisation, p web.Page) templ.Component {
	live := p.Live
	if s.Stream == nil {
		live = ""
	}
	page := ui.PortalPage{Org: o.Name, Page: ui.Page{Words: c.P, Assets: s.Assets, Title: p.Title, TitleOwner: o.Name,
		Look: ui.LookOf(c.Request()), Class: p.Class, Failed: p.Failed, Live: live, Languages: languages(c)}}
	if t := c.TakeToast(); t != nil {
		page.Toast = &ui.ToastView{State: ui.Kept, Text: t.Text}
	}
	if c.Actor.Kind == actor.Customer {
		page.Foot = html.Foot(Home + "/leave")
	}
	body := p.Body
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return ui.Portal(page).Render(templ.WithChildren(ctx, body), w)
	})
}

// languages are the links to this page in the other languages. A form that was
// sent cannot be followed, so they lead back to the page. Staff who look at a
// customer's page see the customer's language.
func languages(c *web.Ctx) []ui.Language {
	if c.Actor.Kind == actor.Staff {
		return nil
	}
	base := Home
	if c.Request().Method == http.MethodGet {
		base = "" // the page itself, whatever its address
	}
	return []ui.Language{
		{Code: lang.Dutch, Name: "Nederlands", Href: base + "?lang=nl", Current: c.P.Lang() == lang.Dutch},
		{Code: lang.English, Name: "English", Href: base + "?lang=en", Current: c.P.Lang() == lang.English},
	}
}

// organisation is that of who is asking; the zero one when nobody knows.
func (s *Surface) organisation(c *web.Ctx) (Organisation, error) {
	if c.Actor.Org == "" {
		return Organisation{}, nil
	}
	o, err := s.Directory.Organisation(c.Context(), c.Actor.Org)
	if errs.ClassOf(err) == errs.NotFound { // a made-up token names no organisation
		c.Actor.Org = ""
		return Organisation{}, nil
	}
	return o, err
}

// chooseLanguage is a guard: ?lang= is a choice that this browser remembers.
func (s *Surface) chooseLanguage(c *web.Ctx) error {
	code := c.Query("lang")
	if code != lang.Dutch && code != lang.English || c.Request().Method != http.MethodGet {
		return nil
	}
	http.SetCookie(c.ResponseWriter(), &http.Cookie{Name: "lang", Value: code, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
		HttpOnly: true, Secure: strings.HasPrefix(s.PublicURL, "https://"), SameSite: http.SameSiteLaxMode})
	return web.RedirectTo(c.Request().URL.EscapedPath())
}

// customer is a guard: only with a link, in the customer's own language until
// they choose another. Whoever has none reads what to do.
func (s *Surface) customer(c *web.Ctx) error {
	if err := s.Auth.Customer(c); err != nil {
		return s.ended(c, auth.OrgOfLink(auth.LinkToken(c)), err)
	}
	c.Actor.Language = ""
	if k, err := c.Request().Cookie("lang"); err == nil && (k.Value == lang.Dutch || k.Value == lang.English) {
		c.Actor.Language = k.Value
		return nil
	}
	code, err := s.Directory.Language(c.Context(), c.Actor.Org, c.Actor.Person)
	if err != nil {
		return err
	}
	c.Actor.Language = code
	return nil
}

// ended answers with a page that says what to do when a link or a visit is
// over, and gives the error back, which then only has to be logged. Errors of
// another kind, and those of a live page's own requests, are answered as usual.
func (s *Surface) ended(c *web.Ctx, org string, err error) error {
	e, ok := errs.As(err)
	if !ok || !html.Ends(e.Type) || c.IsFragment() || c.Request().Header.Get("Accept") == "text/event-stream" {
		return err
	}
	c.Actor = actor.Actor{Org: org}
	o, oerr := s.organisation(c)
	if oerr != nil {
		return oerr
	}
	_, text := c.P.Problem(e)
	if perr := c.Page(web.Page{Status: web.Status(e.Class), Title: c.P.T("portal.title"),
		Body: html.Ended(html.EndedView{Type: e.Type, Text: text, Org: o.Name, Phone: o.Phone})}); perr != nil {
		return perr
	}
	return err
}

// Problem draws a problem on a page of this face, with whom to call; for
// web.Options.Problem on addresses under Home.
func (s *Surface) Problem(c *web.Ctx, v web.ProblemView) templ.Component {
	o, err := s.organisation(c)
	if err != nil { // the problem may be that nothing can be looked up
		o = Organisation{}
	}
	return s.document(c, o, web.Page{Title: v.Title, Body: html.Problem(html.ProblemView{Title: v.Title, Text: v.Detail, Incident: v.Incident,
		Org: o.Name, Phone: o.Phone, Home: Home})})
}
