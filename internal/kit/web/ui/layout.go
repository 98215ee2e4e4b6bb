package ui

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
)

// NavItem is one entry of the side navigation. Pass only what exists.
type NavItem struct {
	Key, Href, Icon, Label string
	// Count is a text ("41"); Hot draws it as something that breaks soon,
	// HotWord says what is counted then ("due").
	Count, HotWord string
	Hot            bool
}

// inBar is how many entries the bar at the bottom of a phone has room for.
const inBar = 5

// beyondBar are the entries that stand in the menu on a phone.
func beyondBar(items []NavItem) []NavItem {
	if len(items) <= inBar {
		return nil
	}
	return items[inBar:]
}

// NavGroup is a titled group further down the navigation.
type NavGroup struct {
	Title string
	Items []NavItem
}

// Language is one language a page is offered in; Name in that language.
type Language struct {
	Code, Name, Href string
	Current          bool
}

// Me is who is signed in.
type Me struct {
	Person
	Note          string // "Front desk, until 17:00"
	ProfileHref   string
	SignOutAction string // where the sign-out form posts to
	LockAction    string // where the form that locks the screen posts to
	DraftsHref    string // what was typed and not sent
	KeysHref      string // the page of single keys
	KeysAction    string // where the switch of single keys posts to
	KeysOff       bool   // single keys do nothing
	// LockMinutes is after how long without input the screen locks itself; 0
	// for never.
	LockMinutes int
}

// Search is the search form of the top bar.
type Search struct{ Action, Value, Placeholder string }

// Look is how a person wants to see pages: Theme "", "light" or "dark";
// Density "", "compact" or "roomy".
type Look struct {
	Theme, Density string
	// Private hides names and texts from people looking over a shoulder.
	Private bool
}

// LookAt is where LookHandler is mounted, PrivacyAt where PrivacyHandler is.
const (
	LookAt    = "/look"
	PrivacyAt = "/privacy"
)

// Page is what every layout needs.
type Page struct {
	Words  Words
	Assets *Assets
	Title  string
	// TitleOwner stands behind the title, "Houvast" when empty; on pages
	// for customers it is their organisation.
	TitleOwner string
	Look       Look
	// Class is added to <main>, such as "person" or "setup".
	Class string
	// Failed marks the answer to a form that was not accepted (the script
	// keeps what was typed until it was).
	Failed bool
	// Live is the address of the event stream, such as "/desk/events"; ""
	// for a page that does not change by itself.
	Live string
	// About is the record the page is about, "case:<id>", when it shows who
	// else has it open.
	About string
	// LookAction is where the form for theme and density posts to: the
	// address where LookHandler is mounted.
	LookAction string
	Languages  []Language
	Toast      *ToastView
}

// DeskPage is a page for staff.
type DeskPage struct {
	Page
	Org     string
	HomeURL string
	Current string // Key of the current NavItem
	Nav     []NavItem
	More    []NavGroup
	Me      *Me
	Search  *Search
	// LiveText is the count in the top bar ("60 promises, 3 breaking soon").
	LiveText string
	New      *ButtonView     // "New case"; its Key is usually "C"
	Foot     templ.Component // at the foot of the navigation, such as "Phone line open"
	Dialogs  []templ.Component
}

// PortalPage is a page for customers and other organisations.
type PortalPage struct {
	Page
	Org     string
	OrgHref string
	Foot    templ.Component
}

// PlainPage is for signing in, first start and errors.
type PlainPage struct {
	Page
	HomeURL string
	Org     string
	Note    string
	Foot    templ.Component
}

// Desk lays out a page for staff; its children are the content of <main>.
func Desk(p DeskPage) templ.Component {
	return page(p.Page, document{kind: "desk", sheets: []string{"tokens.css", "base.css", "desk.css", "insight.css", "shell.css"}, htmx: true, me: p.Me}, func(children templ.Component) templ.Component { return deskBody(p, children) })
}

// Portal lays out a page for customers: large type, one column, not indexed.
func Portal(p PortalPage) templ.Component {
	return page(p.Page, document{kind: "cust", sheets: []string{"tokens.css", "base.css", "portal.css"}, htmx: p.Live != "", hidden: true}, func(children templ.Component) templ.Component { return portalBody(p, children) })
}

// Plain lays out a page without navigation.
func Plain(p PlainPage) templ.Component {
	return page(p.Page, document{kind: "plain", sheets: []string{"tokens.css", "base.css"}, hidden: true}, func(children templ.Component) templ.Component { return plainBody(p, children) })
}

// document is what the head needs to know.
type document struct {
	kind   string
	sheets []string
	htmx   bool
	hidden bool // not for search engines
	me     *Me
}

// page renders the body before the head, because only then is it known which
// icons the sprite at the top of the body must hold.
func page(p Page, d document, body func(children templ.Component) templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		children := templ.GetChildren(ctx)
		ctx = With(templ.ClearChildren(ctx), p.Words)
		markup, icons, err := collect(ctx, body(children))
		if err != nil {
			return err
		}
		if err := head(p, d).Render(ctx, w); err != nil {
			return err
		}
		class := ""
		if d.kind != "desk" {
			class = ` class="` + d.kind + `"`
		}
		if _, err := io.WriteString(w, "<body"+class+">\n"); err != nil {
			return err
		}
		if err := writeSprite(w, icons, false); err != nil {
			return err
		}
		if _, err := w.Write(markup); err != nil {
			return err
		}
		_, err = io.WriteString(w, "\n</body></html>\n")
		return err
	})
}

func (p Page) scheme() string {
	if p.Look.Theme == "light" || p.Look.Theme == "dark" {
		return p.Look.Theme
	}
	return "light dark"
}

// htmxConfig: no style sheet of its own, no history of its own (links are
// links here), and no extension but that of ui.js, which also takes away the
// means to run text as code.
const htmxConfig = `{"includeIndicatorCSS":false,"history":false,"extensions":"houvast","defaultTimeout":15000}`

// LookOf reads how this browser wants to see pages.
func LookOf(r *http.Request) Look {
	var l Look
	if c, err := r.Cookie("theme"); err == nil && (c.Value == "light" || c.Value == "dark") {
		l.Theme = c.Value
	}
	if c, err := r.Cookie("density"); err == nil && (c.Value == "compact" || c.Value == "roomy") {
		l.Density = c.Value
	}
	if c, err := r.Cookie("private"); err == nil && c.Value == "1" {
		l.Private = true
	}
	return l
}

// PrivacyHandler switches the privacy view on or off, in a cookie, and goes
// back to the page it came from.
func PrivacyHandler(w http.ResponseWriter, r *http.Request) {
	c := &http.Cookie{Name: "private", Value: "1", Path: "/", SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil, HttpOnly: true}
	if r.PostFormValue("on") == "" {
		c.Value, c.MaxAge = "", -1
	}
	http.SetCookie(w, c)
	http.Redirect(w, r, localPath(r.Header.Get("Referer"), r.Host), http.StatusSeeOther)
}

// LookHandler keeps the choice of theme and density in two cookies and goes
// back to the page it came from.
func LookHandler(w http.ResponseWriter, r *http.Request) {
	for _, name := range []string{"theme", "density"} {
		v := r.PostFormValue(name)
		switch v {
		case "light", "dark", "compact", "roomy":
			http.SetCookie(w, &http.Cookie{Name: name, Value: v, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()), SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil, HttpOnly: true})
		default:
			http.SetCookie(w, &http.Cookie{Name: name, Path: "/", MaxAge: -1, SameSite: http.SameSiteLaxMode})
		}
	}
	http.Redirect(w, r, localPath(r.Header.Get("Referer"), r.Host), http.StatusSeeOther)
}

// localPath gives the path of an address on this host, or "/": never another
// site, whatever the header says.
func localPath(address, host string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host != host || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || strings.HasPrefix(u.Path, "/\\") {
		return "/"
	}
	return u.RequestURI()
}

// owner is what stands behind the title.
func (p Page) owner() string {
	if p.TitleOwner != "" {
		return p.TitleOwner
	}
	return "Houvast"
}

// attributes are those of <html>: what style sheets and script go by.
func (d document) attributes(p Page) string {
	var b strings.Builder
	add := func(name, value string) {
		if value != "" {
			b.WriteString(" " + name + `="` + templ.EscapeString(value) + `"`)
		}
	}
	w := p.Words
	add("lang", w.Lang())
	add("data-theme", p.Look.Theme)
	add("data-density", p.Look.Density)
	add("data-now", stamp(w, w.Now()))
	add("data-words", clientWords(w))
	add("data-live", p.Live)
	if p.Look.Private {
		add("data-private", "1")
	}
	if d.me != nil {
		add("data-me", d.me.ID)
		if d.me.KeysOff {
			add("data-keys", "off")
		}
		if d.me.LockMinutes > 0 {
			add("data-lock-after", strconv.Itoa(d.me.LockMinutes))
		}
	}
	if p.Failed {
		add("data-outcome", "failed")
	}
	return b.String()
}

type shortcut struct {
	Keys []string
	Text string
}

// shortcutKeys is the list the dialog shows; ui.js does what it says.
var shortcutKeys = []shortcut{
	{[]string{"/"}, "ui.keys.search"},
	{[]string{"J", "K"}, "ui.keys.move"},
	{[]string{"Enter"}, "ui.keys.open"},
	{[]string{"D"}, "ui.keys.done"},
	{[]string{"M"}, "ui.keys.later"},
	{[]string{"A"}, "ui.keys.accept"},
	{[]string{"C"}, "ui.keys.new"},
	{[]string{"Z"}, "ui.keys.undo"},
	{[]string{"L"}, "ui.keys.lock"},
	{[]string{"Ctrl", "K"}, "ui.keys.palette"},
	{[]string{"?"}, "ui.keys.list"},
}

func (s Search) label(ctx context.Context) string {
	if s.Placeholder != "" {
		return s.Placeholder
	}
	return T(ctx, "ui.nav.search")
}
