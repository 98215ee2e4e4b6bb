package app

import (
	"context"
	"embed"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/care/absence"
	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/exchange"
	"github.com/houvast/houvast/internal/care/handoff"
	"github.com/houvast/houvast/internal/care/insight"
	"github.com/houvast/houvast/internal/care/intake"
	"github.com/houvast/houvast/internal/care/message"
	"github.com/houvast/houvast/internal/care/note"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/care/template"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/files"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/mail"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
	"github.com/houvast/houvast/internal/surface/desk"
	"github.com/houvast/houvast/internal/surface/portal"
	"github.com/houvast/houvast/internal/surface/rest"
)

//go:embed lang/*.toml
var appTexts embed.FS

var appWords = lang.Source{FS: appTexts, Dir: "lang"}

// services are the use cases of the house.
type services struct {
	auth     *auth.Service
	org      *org.Service
	person   *person.Service
	signal   *signal.Service
	promise  *promise.Service
	casefile *casefile.Service
	message  *message.Service
	handoff  *handoff.Service
	note     *note.Service
	absence  *absence.Service
	insight  *insight.Service
	exchange *exchange.Service
	intake   *intake.Service
	template *template.Service
	setup    *setup
}

// wire makes the services, meets what each declares of another, and mounts
// the faces.
func (a *App) wire(o Options) error {
	words, err := Words()
	if err != nil {
		return err
	}
	sender := o.Mail
	if sender == nil {
		if sender, err = mail.New(a.Config.Mail, a.DB.Clock()); err != nil {
			return err
		}
	}
	a.heads = headsJob(a.DB, sender, words)
	s := &services{}
	a.services = s
	var owners auth.Warner
	toCustomers := sender
	if _, off := sender.(mail.Off); !off {
		owners, toCustomers = warner{}, followedMail{sender, a.metrics}
	}
	a.warn = warnJob(a.DB, sender, words, a.Config.PublicURL)
	s.auth = auth.New(auth.Options{DB: a.DB, Members: org.Members{}, Factors: factors{s}, Warner: owners, PublicURL: a.Config.PublicURL, Log: o.Log})
	s.org = org.New(org.Deps{DB: a.DB, Holds: casefile.Rows{}, Signals: signal.Passing{}, Load: load{},
		Accounts: colleagueAccounts{s: s, sender: sender, words: words, base: a.Config.PublicURL}})
	s.person = person.New(person.Deps{DB: a.DB, Panels: a.panels, Links: s.auth.Links(), Alarm: signal.Alarm{}, Cases: casefile.Rows{}, Numbers: exchange.Numbers{}})
	s.signal = signal.New(signal.Deps{DB: a.DB, Subjects: subjects})
	var teller promise.Teller
	if o.Bare {
		teller = silent{}
	}
	s.message = message.New(message.Deps{DB: a.DB, Mail: toCustomers, Lang: words, Links: links{s, a.Config.PublicURL}, Log: o.Log, Confirms: o.Confirms})
	if teller == nil {
		teller = s.message
	}
	s.promise = promise.New(promise.Deps{DB: a.DB, Cases: cases{Rows: casefile.Rows{}, s: s}, Teller: teller, Lang: words, Unfilled: template.Unfilled})
	s.casefile = casefile.New(casefile.Deps{DB: a.DB, Promises: s.promise, Teller: teller, Elsewhere: handoff.Elsewhere{}, Lang: words, Bare: o.Bare,
		Handing: handing{s}, Panels: a.panels, Previews: previews{s}})
	s.handoff = handoff.New(handoff.Deps{DB: a.DB, Cases: s.casefile, Promises: s.promise, Teller: teller, Bare: o.Bare})
	s.note = note.New(note.Deps{DB: a.DB})
	s.casefile.Notes = s.note
	s.absence = absence.New(absence.Deps{DB: a.DB, Cases: s.casefile, Promises: s.promise, Teller: teller, Handing: s.handoff, Calls: s.message,
		Previews: previews{s}, Log: o.Log})
	s.insight = insight.New(insight.Deps{DB: a.DB})
	s.intake = intake.New(intake.Deps{DB: a.DB, Cases: s.casefile, Promises: s.promise, Lang: words, Bare: o.Bare})
	s.exchange = exchange.New(exchange.Deps{DB: a.DB, Max: int64(a.Config.ImportMaxMB) << 20, Seen: s.auth.Seen})
	s.casefile.Scanner = files.NewScanner(a.Config.Files.Scan)
	s.template = template.New(template.Deps{DB: a.DB, Lang: words})
	s.casefile.Texts = s.template
	s.setup = newSetup(a.DB, s)

	a.Modules = s.modules(o)
	a.stream = web.NewStream(a.DB, changes)
	assets, err := ui.NewAssets()
	if err != nil {
		return err
	}
	a.faces(o, words, assets, sender)
	return nil
}

// faces mounts everything that is answered over HTTP.
func (a *App) faces(o Options, words *lang.Bundle, assets *ui.Assets, sender mail.Sender) {
	s := a.services
	staff := desk.New(desk.Deps{DB: a.DB, Auth: s.auth, Members: org.Members{}, Assets: assets, Stream: a.stream, Setup: s.setup, Mail: sender,
		Status: s.status, MailTrouble: s.mailTrouble, NewCase: "/desk/call", Search: "/desk/find", Find: s.find, Screen: s.screen})
	customers := portal.New(portal.Deps{Auth: s.auth, Directory: directory{a.DB}, Assets: assets, Stream: a.stream, PublicURL: a.Config.PublicURL})
	options := web.Options{DB: a.DB, Bundle: words, Log: o.Log, PublicURL: a.Config.PublicURL, Language: a.Config.Language,
		Proxies: a.Config.Proxies(), Gate: s.auth, Metrics: a.metrics, Traces: a.traces, Zone: zone(a.DB), ProblemFragment: staff.ProblemFragment,
		Problem: func(c *web.Ctx, v web.ProblemView) templ.Component {
			if strings.HasPrefix(c.Request().URL.Path, portal.Home) {
				return customers.Problem(c, v)
			}
			return staff.Problem(c, v)
		}}
	if o.Guarded {
		a.guarded(&options)
	}
	a.Site = web.New(options)
	(&profiler{db: a.DB}).mount(a.Site, staff.Plain)
	a.Modules = append(a.Modules, module.Module{Name: "customer page for staff", Desk: func(m *web.Mux) {
		m.Get("/desk/cases/{id}/customer-page", s.casefile.Preview(customers.Layout))
	}})
	a.Site.Handle(ui.AssetsPrefix, assets)
	staff.Mount(a.Site, a.Modules)
	own := customers.Routes(a.Site)
	a.API = web.NewAPI(a.Site, web.APIInfo{Title: "Houvast", Version: o.Version,
		Description: "Every question a customer brings has one owner, one promise with a clock time, and one page where the customer sees both."})
	for _, m := range a.Modules {
		if m.Portal != nil {
			m.Portal(own)
		}
		if m.API != nil {
			m.API(a.API)
		}
	}
	rest.Mount(a.Site, staff.Plain, a.API, words)
}

// cases is casefile as promises see it: rows, and the service for an end.
// The service is made after the promises, so it is looked up when needed.
type cases struct {
	casefile.Rows
	s *services
}

// End implements promise.Cases.
func (c cases) End(t *db.Tx, who actor.Actor, subj promise.Subject, reason string) error {
	return c.s.casefile.End(t, who, subj, reason)
}

// handing is the handoff capability as cases see it, which are made before it.
type handing struct{ s *services }

// OfferIn implements casefile.Handing.
func (h handing) OfferIn(t *db.Tx, who actor.Actor, caseID, to string) error {
	_, err := h.s.handoff.OfferIn(t, who, handoff.Offer{Case: caseID, To: to})
	return err
}

// Offered implements casefile.Handing.
func (h handing) Offered(q db.Q, orgID string, cases []string) (map[string]bool, error) {
	return h.s.handoff.Offered(q, orgID, cases)
}

// silent says nothing to anybody: a bare replay.
type silent struct{}

// Tell implements promise.Teller.
func (silent) Tell(*db.Tx, actor.Actor, promise.Telling) (string, error) { return "", nil }

// previews shows messages on the desk before they are sent.
type previews struct{ s *services }

// PreviewText implements casefile.Previewer.
func (p previews) PreviewText(ctx context.Context, who actor.Actor, m promise.Telling) (out casefile.Preview, err error) {
	v, err := p.s.message.PreviewOf(ctx, who, m)
	if err != nil {
		return out, err
	}
	out = casefile.Preview{Text: v.Body, Channel: string(v.Channel)}
	out.Language, err = directory{p.s.message.DB}.Language(ctx, who.Org, m.Person)
	return out, err
}

// PreviewTelling implements absence.Previewer.
func (p previews) PreviewTelling(ctx context.Context, who actor.Actor, m promise.Telling) (absence.Preview, error) {
	v, err := p.PreviewText(ctx, who, m)
	return absence.Preview{Text: v.Text, Channel: v.Channel, Language: v.Language}, err
}

// subjects is what cases are about, for the desk's list of signals.
func subjects(q db.Q, orgID string, ids []string) (map[string]string, error) {
	found, err := casefile.ByIDs(q, orgID, ids)
	out := make(map[string]string, len(found))
	for id, c := range found {
		out[id] = c.Subject
	}
	return out, err
}

// links makes personal links to customers' pages.
type links struct {
	s    *services
	base string
}

// linkLife is how long a link in a message works.
const linkLife = 60 * 24 * time.Hour

// PageURL implements message.Links.
func (l links) PageURL(t *db.Tx, orgID, personID, question, messageID string) (string, error) {
	token, err := l.s.auth.Links().Issue(t, orgID, personID, question, messageID, linkLife)
	return strings.TrimRight(l.base, "/") + portal.Home + "/" + token, err
}

// factors are the ways in which a customer shows that it is them.
type factors struct{ s *services }

// Offers implements auth.Factors: a code to a verified contact point that is
// not the one the link went to, and the birth date when it is known.
func (f factors) Offers(q db.Q, orgID, personID, messageID string) ([]auth.FactorOffer, error) {
	points, err := person.Points(q, orgID, personID)
	if err != nil {
		return nil, err
	}
	used := ""
	if m, err := message.ByID(q, orgID, messageID); err == nil {
		used = m.Point
	}
	var out []auth.FactorOffer
	for _, p := range points {
		if p.Kind == person.Email && !p.VerifiedAt.IsZero() && p.Usable && p.ID != used {
			out = append(out, auth.FactorOffer{Kind: auth.FactorCode, Point: p.ID, Hint: p.Hint()})
		}
	}
	p, err := person.ByID(q, orgID, personID)
	if err == nil && p.BirthDate != "" {
		out = append(out, auth.FactorOffer{Kind: auth.FactorBirthDate})
	}
	return out, err
}

// BirthDateIs implements auth.Factors.
func (factors) BirthDateIs(q db.Q, orgID, personID, date string) (bool, error) {
	p, err := person.ByID(q, orgID, personID)
	return err == nil && p.BirthDate != "" && p.BirthDate == date, err
}

// SendCode implements auth.Factors.
func (f factors) SendCode(t *db.Tx, orgID, personID, question, point, code string) error {
	return f.s.message.SendCode(t, orgID, personID, question, point, code)
}

// directory is what the customer's face asks of organisations.
type directory struct{ db *db.DB }

// Organisation implements portal.Directory.
func (d directory) Organisation(ctx context.Context, orgID string) (o portal.Organisation, err error) {
	err = d.db.Read(ctx, func(q db.Q) error {
		found, err := org.ByID(q, orgID)
		o = portal.Organisation{Name: found.Name, Phone: person.Spoken(found.Phone)}
		return err
	})
	return o, err
}

// Language implements portal.Directory.
func (d directory) Language(ctx context.Context, orgID, personID string) (language string, err error) {
	err = d.db.Read(ctx, func(q db.Q) error {
		p, err := person.ByID(q, orgID, personID)
		language = p.Language
		return err
	})
	return language, err
}

// zone gives the zone of an organisation.
func zone(d *db.DB) func(ctx context.Context, orgID string) *time.Location {
	return func(ctx context.Context, orgID string) *time.Location {
		loc := time.UTC
		_ = d.Read(ctx, func(q db.Q) error { // without the database the request fails anyway, and says so
			c, err := org.Calendar(q, orgID)
			if err == nil {
				loc = c.Location()
			}
			return err
		})
		return loc
	}
}

// status is the live count in the top bar.
func (s *services) status(ctx context.Context, who actor.Actor, words lang.Printer) (text string, err error) {
	err = s.promise.DB.Read(ctx, func(q db.Q) error {
		n, err := promise.Count(q, who.Org, "")
		text = words.T("desk.live", "Count", n.Open, "Risk", n.AtRisk)
		return err
	})
	return text, err
}

// screen is what an organisation chose for screens that several people share.
func (s *services) screen(ctx context.Context, orgID string) (out desk.Screen, err error) {
	err = s.org.DB.Read(ctx, func(q db.Q) error {
		o, err := org.ByID(q, orgID)
		out = desk.Screen{LockMinutes: o.Settings.LockMinutes, ShowNames: o.Settings.LockNames}
		return err
	})
	return out, err
}

func (s *services) mailTrouble(ctx context.Context, who actor.Actor) (t desk.Trouble, err error) {
	err = s.message.DB.Read(ctx, func(q db.Q) error {
		tr, err := message.MailTrouble(q, who.Org)
		t = desk.Trouble{Waiting: tr.Waiting, Since: tr.Since}
		return err
	})
	return t, err
}

// changes says which parts of pages a fact changes (decision 23).
func changes(f ledger.Fact) []web.Change {
	keys := []string{"today", "live", "nav-today", "nav-cases"}
	if f.Case != "" {
		keys = append(keys, "case:"+f.Case)
	}
	if f.Person != "" {
		keys = append(keys, "person:"+f.Person)
	}
	switch kind, _, _ := strings.Cut(f.Kind, "."); kind {
	case "handoff", "referral", "document":
		keys = append(keys, "handoffs", "nav-handoffs")
	case "signal":
		keys = append(keys, "signals")
	case "absence":
		keys = append(keys, "absences")
	case "message":
		keys = append(keys, "calls", "nav-calls")
	case "account", "key", "link":
		return nil
	}
	return []web.Change{{Keys: keys, Customer: f.Question != ""}}
}

// panels are the pieces of all modules for a slot, in order.
func (a *App) panels(slot module.Slot) (list []module.Panel) {
	for _, m := range a.Modules {
		for _, p := range m.Panels {
			if p.Slot == slot {
				list = append(list, p)
			}
		}
	}
	sortPanels(list)
	return list
}
